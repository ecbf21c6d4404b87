package org.curtain.ui.more

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.EvidenceActions
import org.curtain.kit.screen.EvidenceState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ReceiveActions
import org.curtain.kit.screen.ReceiveState
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.ui.Words
import org.curtain.ui.icon.Icons
import org.curtain.ui.leaving.Codes
import org.curtain.ui.leaving.Line
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.RootHeader
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.RowLine
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.TonalButton
import org.curtain.ui.task.Gap
import org.curtain.ui.task.IconRow
import org.curtain.ui.task.Nothing
import org.curtain.ui.task.date
import org.curtain.ui.theme.Curtain

/** What is not of every day. */
@Composable
fun MoreScreen(shell: ShellState, go: ShellActions) {
    val words = Curtain.words
    val rows: List<Triple<ImageVector, Pair<String, String>, Place>> = listOf(
        Triple(Icons.Forum, words.scriptsTitle to words.moreScripts, Place.Scripts), Triple(Icons.ListAlt, words.policyTitle to words.morePolicy, Place.Policy),
        Triple(Icons.TouchApp, words.settingsTitle to words.moreSettings, Place.Settings), Triple(Icons.VerifiedUser, words.moreEvidence to words.moreEvidenceWhat, Place.Evidence),
        Triple(Icons.QrCodeScanner, words.receiveTitle to words.moreReceive, Place.Receive), Triple(Icons.Luggage, words.moreLeaving to words.moreLeavingWhat, Place.Leaving),
        Triple(Icons.Visibility, words.lockLimits to words.settingsLimits, Place.Limits),
    )
    ScreenFrame(top = { RootHeader(words.rootMore) }, bottom = { BottomBar(shell, go) }) {
        CurtainCard(flush = true) {
            rows.forEachIndexed { at, (icon, texts, place) -> IconRow(icon, texts.first, texts.second, line = at > 0, onClick = { go.open(place) }) { RowEnd() } }
        }
        Gap(16.dp)
    }
}

/** Five lines, no small print. */
@Composable
fun LimitsScreen(go: ShellActions) {
    val words = Curtain.words
    val lines = listOf(
        Icons.ScreenshotMonitor to words.limitsScreenshot, Icons.PhotoCamera to words.limitsCamera, Icons.Sms to words.limitsSent, Icons.Keyboard to words.limitsKeyboard,
        Icons.Memory to words.limitsMemory,
    )
    ScreenFrame(top = { TaskHeader(words.lockLimits, go::back, AnnotatedString(words.settingsLimits)) }, bottom = { BottomEdge() }) {
        CurtainCard(flush = true) { lines.forEachIndexed { at, (icon, text) -> Sentence(icon, text, at > 0) } }
        Gap()
        Banner(AnnotatedString(words.screenLimits), icon = Icons.Info)
        Gap(16.dp)
    }
}

@Composable
private fun Sentence(icon: ImageVector, text: String, line: Boolean) {
    if (line) RowLine()
    Row(Modifier.fillMaxWidth().padding(16.dp, 14.dp), Arrangement.spacedBy(12.dp)) {
        Icon(icon, null, tint = Curtain.colors.ink2)
        Text(text, Modifier.weight(1f), color = Curtain.colors.ink, style = Curtain.type.body)
    }
}

/** The log's checkpoint as codes, what nobody else holds yet, and the sealed export. */
@Composable
fun EvidenceScreen(state: EvidenceState, actions: EvidenceActions, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(
        top = { TaskHeader(words.moreEvidence, go::back, AnnotatedString(words.evidenceWhat)) },
        bottom = {
            Dock {
                if (state.checkpoint.isEmpty()) PrimaryButton(words.evidenceShow, actions::show, Modifier.fillMaxWidth(), Icons.QrCode2)
                TonalButton(words.evidenceExport, actions::export, Modifier.fillMaxWidth(), Icons.IosShare)
            }
        },
    ) {
        if (state.unanchored > 0) {
            Banner(AnnotatedString(words.evidenceUnanchored(state.unanchored)), look = Look.REWRITE, icon = Icons.Info)
            Gap()
        }
        if (state.checkpoint.isNotEmpty()) {
            Codes(state.checkpoint, words.evidenceName)
            Gap()
        }
        CurtainCard {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                Line(words.evidenceEntries, "${state.entries}")
                Line(words.evidenceOpen, "${state.unanchored}")
                Line(words.evidenceLast, state.exportedMs?.let { "${Curtain.moments.date(it)}, ${Curtain.moments.time(it)}" } ?: words.evidenceNever)
            }
        }
        Gap(16.dp)
    }
}

/** Receiving what a hospital signed. The camera has a window of its own, which hands every code to the presenter. */
@Composable
fun ReceiveScreen(state: ReceiveState, actions: ReceiveActions, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(
        top = { TaskHeader(words.receiveTitle, go::back, AnnotatedString(words.receiveWhat)) },
        bottom = {
            Dock {
                when (state.phase) {
                    is ReceiveState.Phase.Done -> PrimaryButton(words.done, actions::finish, Modifier.fillMaxWidth(), Icons.Check)
                    else -> Actions {
                        PrimaryButton(words.receiveOpen, actions::scan, icon = Icons.QrCodeScanner)
                        TonalButton(words.receiveFile, actions::chooseFile, icon = Icons.ListAlt)
                    }
                }
            }
        },
    ) {
        val live = Modifier.fillMaxWidth().semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite }
        if (!state.cameraAllowed) Banner(AnnotatedString(words.receiveCamera), Modifier.fillMaxWidth(), look = Look.REVIEW, icon = Icons.Info)
        when (val phase = state.phase) {
            ReceiveState.Phase.Scan -> Nothing(Icons.QrCodeScanner, words.receiveScan)
            is ReceiveState.Phase.Parts -> Nothing(Icons.QrCodeScanner, words.receiveParts("${phase.have}", "${phase.of}"))
            is ReceiveState.Phase.Refused -> {
                Banner(AnnotatedString(words.refusal(phase.why)), live, look = Look.BLOCK, icon = Icons.Info)
                Nothing(Icons.QrCodeScanner, words.receiveNothing)
            }
            is ReceiveState.Phase.Done -> Banner(AnnotatedString(if (phase.waiting) words.receiveWaiting else words.receiveDone), live, look = Look.ALLOW)
        }
        Gap(16.dp)
    }
}

private fun Words.refusal(why: ReceiveState.Why): String = when (why) {
    ReceiveState.Why.OLDER -> receiveRefusedOlder
    ReceiveState.Why.OTHER_PHONE -> receiveRefusedOtherPhone
    ReceiveState.Why.SIGNATURE -> receiveRefusedSignature
    ReceiveState.Why.EXPIRED -> receiveRefusedExpired
    ReceiveState.Why.WAITS -> receiveRefusedWaits
    ReceiveState.Why.UNKNOWN -> receiveRefusedUnknown
}
