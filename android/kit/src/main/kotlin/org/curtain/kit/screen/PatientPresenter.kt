package org.curtain.kit.screen

import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.ContactKind
import org.curtain.core.ContactPoint
import org.curtain.core.ConsentEntry
import org.curtain.core.Patient
import org.curtain.core.Session

/** One patient's page. */
class PatientPresenter internal constructor(shell: Shell) : Presenter<Place.Patient, PatientState>(shell), PatientActions {
    override fun load(place: Place.Patient) {
        publish(
            session { session ->
                val patient = session.patient(place.patient)
                val people = session.patients().associateBy { it.id }
                PatientState(
                    who = patient.who,
                    language = patient.language,
                    interpreter = patient.interpreter,
                    safeguarding = patient.safeguarding,
                    deceased = patient.deceased,
                    // The core counts what is under a hold, and does not say what it is.
                    held = false,
                    numbers = patient.contacts.filter { !it.old }.map { number(session, patient, it) },
                    portal = session.assess("", requestFor(patient, Channel.PORTAL, shell.lang)).let { said ->
                        said.bar.firstOrNull { it.channel == Channel.PORTAL }?.cell(null, said.best?.way)
                    },
                    history = history(session, patient.id),
                    similar = session.similarPatients(patient.id).mapNotNull { people[it]?.who },
                )
            },
        )
    }

    private fun number(session: Session, patient: Patient, contact: ContactPoint): NumberRow {
        val phone = contact.kind == ContactKind.PHONE
        val said = session.assess("", requestFor(patient, if (phone) Channel.SMS else Channel.EMAIL, shell.lang, contact.value))
        return NumberRow(
            value = contact.value,
            email = !phone,
            owner = contact.whose,
            sharedWith = contact.sharedWith,
            checkedMs = contact.verifiedMs,
            stale = contact.verifiedMs.let { it == null || device.nowMs() - it !in 0 until CHECKED_MS },
            channels = said.bar.filter { it.channel.kind == contact.kind }.map { it.cell(null, said.best?.way) },
        )
    }

    private fun history(session: Session, patient: String): List<HistoryRow> {
        val messages = session.messages(patient).map { (id, message) ->
            HistoryRow(id, Waiting.Kind.COMMUNICATION, null, message.text, message.handedMs, message.outcome.shown)
        }
        val notes = session.notes(patient).map { HistoryRow(it.id, Waiting.Kind.NOTE, it.title, "", it.updatedMs, null) }
        val inbound = session.inbound(patient).mapIndexed { at, it -> HistoryRow("$at", Waiting.Kind.INBOUND, null, it.text, it.receivedMs, null) }
        val photos = session.photos(patient).map { HistoryRow(it.id, Waiting.Kind.PHOTO, null, "", it.storedMs, null) }
        val consents = session.consents(patient).map {
            when (it) {
                is ConsentEntry.Given -> HistoryRow(it.terms.id, Waiting.Kind.CONSENT, null, it.terms.address, it.terms.startMs, null)
                is ConsentEntry.Withdrawn -> HistoryRow(it.withdrawal.id, Waiting.Kind.CONSENT, null, it.withdrawal.address, it.withdrawal.atMs, Sent.NO)
            }
        }
        return (messages + notes + inbound + photos + consents).sortedByDescending { it.atMs }
    }

    override fun askToCall() = with { patient ->
        shell.go(Place.Composer(session { it.draftOf(patient, Channel.SMS, it.callUs(it.patient(patient), Channel.SMS, shell.lang)) }))
    }

    override fun call(number: String) {
        // The phone's own dialler: nothing leaves before the user dials there.
        if (!device.open("tel:${number.filter { it.isDigit() || it == '+' }}")) device.copy(number, TodayPresenter.CLIPBOARD_SECONDS)
    }

    override fun message(way: Way) = with { patient ->
        val channel = way.channel ?: return@with
        shell.go(Place.Composer(session { it.newDraft(patient, channel, Audience.PATIENT) }))
    }

    override fun theyTexted() = with { shell.go(Place.TheyTexted(it)) }

    override fun note() = with { shell.go(Place.Note(it, null)) }

    override fun photo() = with { shell.go(Place.Photo(it, null)) }

    override fun edit() = with { shell.go(Place.EditPatient(it)) }

    override fun consent(way: Way, address: String) = with { shell.go(Place.Consent(it, way, address)) }

    override fun openHistory(id: String) = with { patient ->
        when (state.value?.history?.firstOrNull { it.id == id }?.kind) {
            Waiting.Kind.NOTE -> shell.go(Place.Note(patient, id))
            Waiting.Kind.PHOTO -> shell.go(Place.Photo(patient, id))
            else -> Unit
        }
    }

    private fun with(work: (String) -> Unit) {
        act { place?.let { work(it.patient) } }
    }

    private companion object {
        /** A number checked longer ago is asked for again, as in the core. */
        const val CHECKED_MS = 90L * 24 * 3_600_000
    }
}
