package org.curtain.kit.screen

import java.text.Normalizer
import org.curtain.core.Channel
import org.curtain.core.ConsentStanding
import org.curtain.core.PatientSummary
import org.curtain.core.SearchFilter
import org.curtain.core.Session

/** The list of patients, and the choice of one for a quick action. */
class PatientsPresenter internal constructor(shell: Shell) : Presenter<Place, PatientsState>(shell), PatientsActions {
    private var query = ""
    private var everybody: List<PatientSummary> = emptyList()
    private var similar: Set<String> = emptySet()
    private var recent: List<String> = emptyList()
    private val tags = HashMap<String, PatientRow.Tag>()
    private var round = 0

    override fun load(place: Place) {
        query = ""
        tags.clear()
        session { session ->
            everybody = session.patients()
            val since = device.nowMs() - RECENT_MS
            recent = session.search(SearchFilter(fromMs = since)).hits.sortedByDescending { it.whenMs }.map { it.patient }.distinct().take(RECENT)
        }
        // Alike by family name; the composer asks the core, which knows slips too.
        similar = everybody.groupingBy { it.family }.eachCount().filter { it.value > 1 && it.key.isNotEmpty() }.keys
        show()
    }

    override fun forget() {
        query = ""
        everybody = emptyList()
        similar = emptySet()
        recent = emptyList()
        tags.clear()
    }

    override fun search(query: String) {
        act {
            this.query = query
            show()
        }
    }

    override fun open(patient: String) {
        act {
            when ((place as? Place.Pick)?.purpose) {
                Place.Pick.Purpose.ASK_TO_CALL -> shell.go(Place.Composer(session { it.draftOf(patient, Channel.SMS, it.callUs(it.patient(patient), Channel.SMS, shell.lang)) }))
                Place.Pick.Purpose.THEY_TEXTED -> shell.go(Place.TheyTexted(patient))
                Place.Pick.Purpose.NOTE -> shell.go(Place.Note(patient, null))
                Place.Pick.Purpose.PHOTO -> shell.go(Place.Photo(patient, null))
                null -> shell.go(Place.Patient(patient))
            }
        }
    }

    override fun add(name: String) {
        act {
            shell.editPatient.prefill(name)
            shell.go(Place.EditPatient(null))
        }
    }

    private fun show() {
        round += 1
        slice(round, SLICE)
    }

    /** A tag costs calls for each patient: the first rows are there at once, the others follow in turns. */
    private fun slice(asked: Int, until: Int) {
        if (asked != round || place == null) return
        val wanted = folded(query).split(' ').filter(String::isNotEmpty)
        val found = everybody.filter { summary -> wanted.all { it in folded("${summary.displayName} ${summary.dateOfBirth.orEmpty()} ${summary.identifier.orEmpty()}") } }
        val rows = session { session -> found.take(until).map { row(session, it) } }
        val byId = everybody.associateBy { it.id }
        val latest = if (wanted.isEmpty()) session { session -> recent.mapNotNull(byId::get).map { row(session, it) } } else emptyList()
        val alike = rows.filter { it.similar }.mapNotNull { byId[it.who.id]?.family }.distinct().sorted()
        publish(PatientsState(query, latest, rows, everybody.size, alike, (place as? Place.Pick)?.purpose))
        if (rows.size < found.size) act { slice(asked, until + SLICE) }
    }

    private fun row(session: Session, summary: PatientSummary) =
        PatientRow(summary.who, tags.getOrPut(summary.id) { tag(session, summary) }, summary.family in similar)

    private fun tag(session: Session, summary: PatientSummary): PatientRow.Tag {
        if (summary.deceased) return PatientRow.Tag.DECEASED
        if (summary.safeguarding) return PatientRow.Tag.SAFEGUARDING
        val contact = session.patient(summary.id).contactFor(Channel.SMS) ?: return PatientRow.Tag.CALL_ONLY
        if (contact.whose == Owner.SHARED) return PatientRow.Tag.SHARED
        return when (session.consentStanding(summary.id, Channel.SMS, contact.value)) {
            is ConsentStanding.InForce -> PatientRow.Tag.TEXT_OK
            is ConsentStanding.Withdrawn, ConsentStanding.Objected -> PatientRow.Tag.NO_TEXTS
            ConsentStanding.NotAsked, ConsentStanding.Closed, ConsentStanding.Expired, ConsentStanding.VoidNumberChanged -> PatientRow.Tag.ASK_FIRST
        }
    }

    private val PatientSummary.family: String get() = displayName.trim().substringAfterLast(' ')

    private companion object {
        const val SLICE = 100
        const val RECENT = 5
        const val RECENT_MS = 7L * 24 * 3_600_000

        /** Without marks and case: `Núñez` is found by `nunez`. */
        fun folded(text: String): String =
            Normalizer.normalize(text, Normalizer.Form.NFD).filter { Character.getType(it) != Character.NON_SPACING_MARK.toInt() }.lowercase()
    }
}
