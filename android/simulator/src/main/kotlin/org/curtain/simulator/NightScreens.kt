package org.curtain.simulator

import org.curtain.kit.screen.ChannelCell
import org.curtain.kit.screen.EditNumber
import org.curtain.kit.screen.EditPatientState
import org.curtain.kit.screen.EnrolStep
import org.curtain.kit.screen.HistoryRow
import org.curtain.kit.screen.LockState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.NumberRow
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.PatientRow
import org.curtain.kit.screen.PatientState
import org.curtain.kit.screen.PatientsState
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.Sent
import org.curtain.kit.screen.TodayState
import org.curtain.kit.screen.Waiting
import org.curtain.kit.screen.Way
import org.curtain.kit.screen.WorkspaceTab
import org.curtain.ui.day.EditPatientScreen
import org.curtain.ui.day.PatientScreen
import org.curtain.ui.day.PatientsScreen
import org.curtain.ui.day.TodayScreen
import org.curtain.ui.lock.LockScreen

private val enter = LockState(listOf(), "St. Alder Hospital", drafts = 1, uncharted = 0, typed = 2, phase = LockState.Phase.Enter, biometry = LockState.Biometry.READY)

private fun lock(state: LockState): Drawn = Drawn { LockScreen(state, Silent.of(), Silent.shell) }

private fun stopped(phase: LockState.Phase): Drawn = lock(enter.copy(typed = 0, uncharted = 2, institution = "St. Alder", phase = phase))

private fun Fixtures.today(empty: Boolean = false): TodayState = TodayState(
    now, "Dr. Okafor", at(11, 24, 7), leaseNear = empty, leavingDays = if (empty) 2 else null, setAside = if (empty) 1 else 0,
    outcomes = if (empty) listOf() else listOf(Waiting("m1", rosa, Waiting.Kind.OUTCOME, Way.SMS, "0142", at(11, 23, 2, 41))),
    toChart = if (empty) listOf() else listOf(
        Waiting("c1", rosa, Waiting.Kind.COMMUNICATION, Way.SMS, "0142", at(11, 23, 2, 41)), Waiting("c2", amir, Waiting.Kind.REDIRECTED, null, null, at(11, 23, 0, 55)),
        Waiting("c3", grace, Waiting.Kind.CONSENT, null, null, at(11, 22, 22, 10)),
    ),
    drafts = if (empty) listOf() else listOf(Waiting("d1", tomasz, Waiting.Kind.DRAFT_NOTE, null, null, at(11, 23, 2, 58))),
)

private fun Fixtures.patients(): PatientsState {
    val rosa = PatientRow(rosa, PatientRow.Tag.TEXT_OK, false)
    val grace = PatientRow(grace, PatientRow.Tag.TEXT_OK, false)
    return PatientsState(
        "", listOf(rosa, grace),
        listOf(
            PatientRow(amir, PatientRow.Tag.ASK_FIRST, true), PatientRow(noor, PatientRow.Tag.NO_TEXTS, true), PatientRow(lin, PatientRow.Tag.ASK_FIRST, false),
            PatientRow(tomasz, PatientRow.Tag.SHARED, false), PatientRow(eleanor, PatientRow.Tag.CALL_ONLY, false),
        ),
        7, listOf("Haddad"),
    )
}

private fun Fixtures.patient(safeguarding: Boolean = false): PatientState = PatientState(
    rosa, either("Spanish", "Español"), interpreter = true, safeguarding = safeguarding, deceased = false, held = safeguarding,
    numbers = listOf(
        NumberRow(
            rosaNumber, false, Owner.PATIENT, null, at(5, 3), stale = false,
            channels = listOf(
                ChannelCell(Way.SMS, Look.ALLOW, either("Logistics", "Trámites"), false, false), ChannelCell(Way.WHATSAPP, Look.OFF, words.barOff, false, false),
                ChannelCell(Way.PHONE, Look.ALLOW, words.barAllow, false, false),
            ),
        ),
        NumberRow("(202) 555-0177", false, Owner.FAMILY, "Inés", at(5, 3), stale = safeguarding, channels = listOf(ChannelCell(Way.SMS, Look.BLOCK, words.barBlock, false, false))),
    ),
    portal = ChannelCell(Way.PORTAL, Look.DOCUMENT, words.barDocument, false, false),
    history = listOf(
        HistoryRow("h1", Waiting.Kind.COMMUNICATION, null, either("Today 02:41 · handed to SMS", "Hoy 02:41 · pasado a SMS"), at(11, 23, 2, 41), Sent.UNKNOWN),
        HistoryRow("h2", Waiting.Kind.CONSENT, either("Agreed to texts, logistics only", "Acepta mensajes, solo trámites"), either("3 May · wording 4 · review May 2027", "3 may · texto 4 · revisar may 2027"), at(5, 3), null),
        HistoryRow("h3", Waiting.Kind.PHOTO, either("Photo, left forearm", "Foto, antebrazo izquierdo"), either("2 May · care only · filed", "2 may · solo atención · archivada"), at(5, 2), null),
    ),
    similar = listOf(),
)

/** Lock, Today, patients: pictures 01 to 05 and their other states. */
val nightScreens: Map<String, Drawn> = mapOf(
    "01-lock" to lock(enter),
    "01-lock-enter" to lock(enter.copy(typed = 6, didNotMatch = true, triesLeft = 4)),
    "01-lock-passphrase" to lock(enter.copy(typed = 9, passphrase = true, workspaces = listOf(WorkspaceTab("a", "St. Alder", true), WorkspaceTab("b", "Mercy West", false)))),
    "01-lock-finger" to lock(enter.copy(typed = 0, biometry = LockState.Biometry.CHANGED)),
    "01-enrol-show" to stopped(LockState.Phase.FirstRun(EnrolStep.ShowRequest("curtain-request:5f0c1c1e8d7a".repeat(8).toByteArray()))),
    "01-enrol-compare" to stopped(LockState.Phase.FirstRun(EnrolStep.CompareWords(listOf("amber", "canoe", "ladder", "orbit", "pepper", "velvet")))),
    "01-enrol-choose" to stopped(LockState.Phase.FirstRun(EnrolStep.ChoosePasscode(4, null))),
    "01-enrol-repeat" to stopped(LockState.Phase.FirstRun(EnrolStep.RepeatPasscode(6, true))),
    "02-lock-delay" to lock(
        enter.copy(typed = 0, institution = "St. Alder", triesLeft = 5, totalTries = 10, phase = LockState.Phase.Wait(19, 30, 60), biometry = LockState.Biometry.OFF),
    ),
    "02-lock-blocked" to stopped(LockState.Phase.Blocked),
    "02-lock-lease" to stopped(LockState.Phase.LeaseOver),
    "02-lock-gone" to stopped(LockState.Phase.KeyGone),
    "02-lock-damaged" to stopped(LockState.Phase.Damaged),
    "02-lock-other" to stopped(LockState.Phase.OtherPhone),
    "02-lock-notnow" to stopped(LockState.Phase.NotNow),
    "02-lock-update" to stopped(LockState.Phase.Update),
    "03-today" to Drawn { TodayScreen(it.today(), Silent.of(), it.shell(Place.Today), Silent.shell) },
    "03-today-empty" to Drawn { TodayScreen(it.today(empty = true), Silent.of(), it.shell(Place.Today, 24), Silent.shell) },
    "04-patients" to Drawn { PatientsScreen(it.patients(), Silent.of(), it.shell(Place.Patients, 96), Silent.shell, {}) },
    "04-patients-empty" to Drawn { PatientsScreen(PatientsState("", listOf(), listOf(), 0, listOf()), Silent.of(), it.shell(Place.Patients), Silent.shell, {}) },
    "04-patients-none" to Drawn(View(keyboard = 300)) { PatientsScreen(PatientsState("Abara", listOf(), listOf(), 7, listOf()), Silent.of(), it.shell(Place.Patients), Silent.shell, {}) },
    "04-pick" to Drawn { PatientsScreen(it.patients().copy(picking = Place.Pick.Purpose.ASK_TO_CALL), Silent.of(), it.shell(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL)), Silent.shell, {}) },
    "05-patient" to Drawn { PatientScreen(it.patient(), Silent.of(), Silent.shell) },
    "05-patient-safe" to Drawn { PatientScreen(it.patient(safeguarding = true), Silent.of(), Silent.shell) },
    "05-patient-new" to Drawn { PatientScreen(it.patient(), Silent.of(), Silent.shell, adding = true) },
    "05-patient-edit" to Drawn {
        EditPatientScreen(
            EditPatientState("Rosa", "Delgado", "1961-03-14", "", listOf(EditNumber(it.rosaNumber, false, Owner.PATIENT, true)), "es", true, false, setOf("record")),
            Silent.of(), Silent.shell, adding = false,
        )
    },
)
