package org.curtain.ui

import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.time.temporal.ChronoUnit
import java.util.Locale

/** Dates and times as a person reads them, in the language of [words] and the time of [zone]. */
class Moments(private val words: Words, private val zone: ZoneId = ZoneId.systemDefault()) {
    private val locale = Locale.forLanguageTag(words.language)
    private val dayMonth = DateTimeFormatter.ofPattern("d MMM", locale)
    private val weekday = DateTimeFormatter.ofPattern("EEE d MMM", locale)
    private val weekdayName = DateTimeFormatter.ofPattern("EEE", locale)
    private val full = DateTimeFormatter.ofPattern("dd MMM yyyy", locale)
    private val monthYear = DateTimeFormatter.ofPattern("MMM yyyy", locale)
    private val clock = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT)

    private fun at(ms: Long): ZonedDateTime = Instant.ofEpochMilli(ms).atZone(zone)

    /** 03:10 */
    fun time(ms: Long): String = at(ms).format(clock)

    /** 3 May; with the year when it is not that of [nowMs]. */
    fun day(ms: Long, nowMs: Long? = null): String =
        if (nowMs != null && at(ms).year != at(nowMs).year) at(ms).format(full).trimStart('0') else at(ms).format(dayMonth)

    /** Mon 23 Nov */
    fun weekday(ms: Long): String = at(ms).format(weekday)

    /** May 2027 */
    fun monthYear(ms: Long): String = at(ms).format(monthYear)

    /** Tue 07:00 */
    fun weekdayTime(ms: Long): String = "${at(ms).format(weekdayName)} ${time(ms)}"

    /** 02:41 today, yesterday 22:10, 3 May 22:10: seen from [nowMs]. */
    fun since(ms: Long, nowMs: Long): String = when (ChronoUnit.DAYS.between(at(ms).toLocalDate(), at(nowMs).toLocalDate())) {
        0L -> time(ms)
        1L -> words.yesterdayAt(time(ms))
        else -> "${day(ms, nowMs)} ${time(ms)}"
    }

    /** 14 Mar 1961 of 1961-03-14; what is no date stays as it is. */
    fun born(date: String): String = try {
        LocalDate.parse(date).format(full)
    } catch (_: DateTimeException) {
        date
    }

    /** 1:42 of 102 seconds. */
    fun left(seconds: Int): String = "%d:%02d".format(Locale.ROOT, seconds / 60, seconds % 60)
}
