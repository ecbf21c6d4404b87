package org.curtain.simulator

import java.time.LocalDateTime
import java.time.ZoneOffset
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ShellState
import org.curtain.kit.screen.Who
import org.curtain.ui.Words

/** The night of the pictures, Monday 23 November 2026, 03:10: people who do not exist, and what they wait for. */
class Fixtures(val language: String) {
    val words: Words = Words.of(language)
    val spanish: Boolean = language == "es"
    val now: Long = at(11, 23, 3, 10)

    /** Milliseconds of a moment in 2026. */
    fun at(month: Int, day: Int, hour: Int = 12, minute: Int = 0, year: Int = 2026): Long =
        LocalDateTime.of(year, month, day, hour, minute).toInstant(ZoneOffset.UTC).toEpochMilli()

    val rosa: Who = Who("rosa", "Rosa Delgado", "1961-03-14", "40 71 93")
    val grace: Who = Who("grace", "Grace Obi", "1988-09-02", "41 20 05")
    val amir: Who = Who("amir", "Amir Haddad", "1974-01-30", "39 88 12")
    val noor: Who = Who("noor", "Noor Haddad", "1974-06-11", "39 88 47")
    val lin: Who = Who("lin", "Lin Wei", "1952-12-25", "38 05 66")
    val tomasz: Who = Who("tomasz", "Tomasz Nowak", "1949-02-08", "37 42 90")
    val eleanor: Who = Who("eleanor", "Eleanor Whitcombe", "1936-10-19", "36 11 28")

    val institution: String = "St. Alder"
    val hospital: String = "St. Alder Hospital"
    val rosaNumber: String = "(202) 555-0142"
    val clinicNumber: String = "202-555-0100"
    val callBack: String = "This is Dr. Okafor from St. Alder Clinic. Please call us at 202-555-0100 about your recent visit."

    /** The shell with [seconds] until it locks. */
    fun shell(place: Place, seconds: Int? = 102): ShellState = ShellState(place, 1, seconds)

    /** English or Spanish. */
    fun either(english: String, spanish: String): String = if (this.spanish) spanish else english
}
