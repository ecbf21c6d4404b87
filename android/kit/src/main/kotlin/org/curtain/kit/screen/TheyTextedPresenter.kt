package org.curtain.kit.screen

import org.curtain.core.Channel
import org.curtain.core.Class
import org.curtain.core.Contact
import org.curtain.core.HowGiven
import org.curtain.core.Lang
import org.curtain.core.Patient
import org.curtain.core.Reply

/** What a patient texted first, word for word, and what to reply. */
class TheyTextedPresenter internal constructor(shell: Shell) : Presenter<Place.TheyTexted, TheyTextedState>(shell), TheyTextedActions {
    private class Inbox(val patient: Patient, var number: String?, var lang: Lang) {
        var text = ""
        var reply: Reply? = null
        var urgent = false
    }

    private var inbox: Inbox? = null

    override fun load(place: Place.TheyTexted) {
        val patient = session { it.patient(place.patient) }
        inbox = Inbox(patient, patient.contactFor(Channel.SMS)?.value, langOf(patient.language ?: shell.lang.code))
        render()
    }

    override fun forget() {
        inbox = null
    }

    override fun number(value: String) = at { if (it.reply == null) it.number = value }

    override fun paste(text: String) = at { if (it.reply == null) it.text = text }

    /** Records it, once: from here on it counts as one of three contacts. */
    override fun read() = at { now ->
        val number = now.number ?: return@at shell.trouble(Trouble.Kind.FIELD, "address")
        if (now.reply != null || now.text.isBlank()) return@at
        session { session ->
            now.urgent = session.assess(now.text, requestFor(now.patient, Channel.SMS, shell.lang, number)).findings.any { it.`class` == Class.PATTERN_URGENT }
            now.reply = session.recordInbound(now.patient.id, Channel.SMS, number, now.text, now.lang)
        }
    }

    override fun language(code: String) = at { if (it.reply == null) it.lang = langOf(code) }

    override fun reply() = at { now ->
        val text = now.reply?.text ?: return@at
        shell.go(Place.Composer(session { it.draftOf(now.patient.id, Channel.SMS, text) }))
    }

    override fun call() = at { now ->
        val number = now.number ?: return@at
        if (!device.open("tel:${number.filter { it.isDigit() || it == '+' }}")) device.copy(number, TodayPresenter.CLIPBOARD_SECONDS)
    }

    override fun stopTexts() = at { now ->
        val number = now.number ?: return@at
        session { it.withdrawConsent(now.patient.id, Channel.SMS, number, HowGiven.INBOUND_MESSAGE, now.text.takeIf(String::isNotBlank)) }
        shell.go(Place.Today)
    }

    override fun copyChart() = at { now -> now.reply?.let { device.copy(it.chartText, TodayPresenter.CLIPBOARD_SECONDS) } }

    private fun render() {
        val now = inbox ?: return
        val reply = now.reply
        publish(
            TheyTextedState(
                who = now.patient.who,
                numbers = now.patient.phones.map { it.value },
                number = now.number,
                text = now.text,
                contact = reply?.let { it.contact.ordinal + 1 },
                urgent = now.urgent,
                // Before the third contact the core gives no reply to a wish to stop only.
                stop = reply != null && reply.text == null && reply.contact != Contact.CALL_ONLY && !now.urgent,
                reply = reply?.text,
                replyLanguage = now.lang.code,
                advice = reply?.advice.orEmpty(),
                chartText = reply?.chartText,
                callFirst = now.urgent || reply?.contact == Contact.CALL_ONLY,
            ),
        )
    }

    private fun at(work: (Inbox) -> Unit) {
        act {
            work(inbox ?: return@act)
            render()
        }
    }
}
