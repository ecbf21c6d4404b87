package org.curtain.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.flow.StateFlow
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.Shell
import org.curtain.kit.screen.ShellState
import org.curtain.ui.composer.ComposerScreen
import org.curtain.ui.day.EditPatientScreen
import org.curtain.ui.day.PatientScreen
import org.curtain.ui.day.PatientsScreen
import org.curtain.ui.day.TodayScreen
import org.curtain.ui.lock.LockScreen
import org.curtain.ui.part.WithSheet
import org.curtain.ui.theme.Curtain

/**
 * The whole app over one [shell]: the screen of the place where it is, what asks for the passcode above it, and what went wrong in
 * its place. Needs a `CurtainTheme` around it.
 */
@Composable
fun CurtainRoot(shell: Shell) {
    val at by shell.state.collectAsState()
    val fresh by shell.fresh.state.collectAsState()
    Box(Modifier.fillMaxSize().background(Curtain.colors.ground)) {
        WithSheet(fresh != null, { fresh?.let { FreshUnlockSheet(it, shell.fresh) } }) { Screen(shell, at) }
        at.trouble?.let { trouble ->
            TroubleBanner(
                trouble, shell::dismissTrouble,
                Modifier.align(Alignment.TopCenter).padding(top = Curtain.edges.top + 8.dp, start = 16.dp, end = 16.dp),
            )
        }
    }
}

/** A state is null until its first reading is done, some milliseconds: the ground stands there, and no spinner. */
@Composable
private fun <S : Any> Shown(states: StateFlow<S?>, content: @Composable (S) -> Unit) {
    val state by states.collectAsState()
    state?.let { content(it) }
}

@Composable
private fun Screen(shell: Shell, at: ShellState) {
    when (val place = at.place) {
        Place.Lock -> Shown(shell.lock.state) { LockScreen(it, shell.lock, shell) }
        Place.Receive -> Shown(shell.receive.state) { ReceiveScreen(it, shell.receive, shell) }
        Place.Today -> Shown(shell.today.state) { TodayScreen(it, shell.today, at, shell) }
        Place.Patients, is Place.Pick -> Shown(shell.patients.state) { PatientsScreen(it, shell.patients, at, shell) }
        is Place.Patient -> Shown(shell.patient.state) { PatientScreen(it, shell.patient, shell) }
        is Place.EditPatient -> Shown(shell.editPatient.state) { EditPatientScreen(it, shell.editPatient, shell, place.patient == null) }
        is Place.Composer -> Shown(shell.composer.state) { ComposerScreen(it, shell.composer, shell) }
        is Place.Consent -> Shown(shell.consent.state) { ConsentScreen(it, shell.consent, shell) }
        is Place.TheyTexted -> Shown(shell.theyTexted.state) { TheyTextedScreen(it, shell.theyTexted, shell) }
        is Place.Note -> Shown(shell.note.state) { NoteScreen(it, shell.note, shell) }
        is Place.Photo -> Shown(shell.photo.state) { PhotoScreen(it, shell.photo, shell) }
        Place.Groups -> Shown(shell.groups.state) { GroupsScreen(it, at, shell) }
        is Place.Roster -> Shown(shell.roster.state) { RosterScreen(it, shell.roster, shell) }
        Place.More -> MoreScreen(at, shell)
        Place.Scripts -> Shown(shell.scripts.state) { ScriptsScreen(it, shell.scripts, shell) }
        Place.Policy -> Shown(shell.policy.state) { PolicyScreen(it, shell.policy, shell) }
        Place.Settings -> Shown(shell.settings.state) { SettingsScreen(it, shell.settings, at, shell) }
        Place.Limits -> LimitsScreen(shell)
        Place.Evidence -> Shown(shell.evidence.state) { EvidenceScreen(it, shell.evidence, shell) }
        Place.Leaving -> Shown(shell.leaving.state) { LeavingScreen(it, shell.leaving, shell) }
        Place.Countdown -> Shown(shell.countdown.state) { CountdownScreen(it, shell.countdown) }
        is Place.Receipt -> Shown(shell.receipt.state) { ReceiptScreen(it, shell.receipt, shell) }
        is Place.Damaged -> Shown(shell.damaged.state) { DamagedScreen(it, shell.damaged, shell) }
    }
}
