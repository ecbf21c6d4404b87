package org.curtain.kit.screen

import org.curtain.core.ContactKind
import org.curtain.core.ContactPoint
import org.curtain.core.LawfulBasis
import org.curtain.core.Patient
import org.curtain.core.PatientIdentifier
import org.curtain.core.PersonName
import org.curtain.core.Purpose

/** Adds or changes a patient. A number that is changed starts its consent again: the core sees to that. */
class EditPatientPresenter internal constructor(shell: Shell) : Presenter<Place.EditPatient, EditPatientState>(shell), EditPatientActions {
    private var before: Patient? = null
    private var form: EditPatientState? = null
    private var name = ""

    /** What was searched for becomes the name of a new patient. On the worker. */
    internal fun prefill(name: String) {
        this.name = name.trim()
    }

    override fun load(place: Place.EditPatient) {
        val patient = place.patient?.let { id -> session { it.patient(id) } }
        before = patient
        val given = patient?.names?.firstOrNull()?.given?.joinToString(" ") ?: name.substringBeforeLast(' ', "")
        show(
            EditPatientState(
                given = given,
                family = patient?.names?.firstOrNull()?.family ?: name.substringAfterLast(' '),
                born = patient?.dateOfBirth.orEmpty(),
                record = patient?.identifiers?.firstOrNull()?.value.orEmpty(),
                numbers = patient?.contacts.orEmpty().map { EditNumber(it.value, it.kind == ContactKind.EMAIL, it.whose, it.old) },
                language = patient?.language ?: shell.lang.code,
                interpreter = patient?.interpreter ?: false,
                safeguarding = patient?.safeguarding ?: false,
                missing = emptySet(),
            ),
        )
    }

    override fun forget() {
        before = null
        form = null
        name = ""
    }

    override fun change(state: EditPatientState) {
        act { if (place != null) show(state) }
    }

    private fun show(state: EditPatientState) {
        val missing = buildSet {
            if (state.given.isBlank() && state.family.isBlank()) add("name")
            if (state.born.isBlank() && state.record.isBlank()) addAll(listOf("born", "record"))
        }
        form = state.copy(missing = missing).also(::publish)
    }

    override fun save() {
        act {
            val (here, form) = (place ?: return@act) to (form ?: return@act)
            if (form.missing.isNotEmpty()) return@act
            val id = session { it.savePatient(patient(form)) }
            shell.done(here)
            if (here.patient == null) shell.go(Place.Patient(id))
        }
    }

    private fun patient(form: EditPatientState): Patient {
        val old = before
        val name = PersonName(form.given.split(' ').filter(String::isNotBlank), form.family.trim())
        val now = device.nowMs()
        val first = form.record.trim().takeIf(String::isNotEmpty)?.let { PatientIdentifier(old?.identifiers?.firstOrNull()?.system ?: "MRN", it) }
        return Patient(
            id = old?.id.orEmpty(),
            names = listOf(name) + old?.names.orEmpty().drop(1),
            dateOfBirth = form.born.trim().takeIf(String::isNotEmpty),
            identifiers = listOfNotNull(first) + old?.identifiers.orEmpty().drop(1),
            contacts = form.numbers.filter { it.value.isNotBlank() }.map(::contact),
            language = form.language.takeIf(String::isNotBlank),
            interpreter = form.interpreter,
            safeguarding = form.safeguarding,
            deceased = old?.deceased ?: false,
            purpose = old?.purpose ?: Purpose.TREATMENT,
            basis = old?.basis ?: LawfulBasis.TREATMENT_OPERATIONS,
            createdMs = old?.createdMs ?: now,
            updatedMs = now,
        )
    }

    /** What is not on the form stays, as long as the number is the same. */
    private fun contact(number: EditNumber): ContactPoint {
        val old = before?.contacts?.firstOrNull { it.value == number.value }
        return ContactPoint(
            value = number.value.trim(),
            kind = if (number.email) ContactKind.EMAIL else ContactKind.PHONE,
            owner = if (old != null && old.whose == number.owner) old.owner else number.owner.inCore,
            sharedWith = if (number.owner == Owner.SHARED) old?.sharedWith ?: Owner.SHARED.name.lowercase() else null,
            safeToLeaveMessage = old?.safeToLeaveMessage ?: false,
            verifiedMs = old?.verifiedMs,
            old = number.old,
        )
    }
}
