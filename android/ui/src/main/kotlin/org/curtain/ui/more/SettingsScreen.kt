package org.curtain.ui.more

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.focusable
import androidx.compose.foundation.gestures.detectHorizontalDragGestures
import androidx.compose.foundation.gestures.detectTapGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size as Area
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.scale
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.ProgressBarRangeInfo
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.progressBarRangeInfo
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.setProgress
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import kotlin.math.roundToInt
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.SettingsActions
import org.curtain.kit.screen.SettingsState
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.ui.Words
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.task.Caption
import org.curtain.ui.task.Gap
import org.curtain.ui.task.IconRow
import org.curtain.ui.task.SwitchRow
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Palette

/** "15 s" or "2 min". */
internal fun Words.span(seconds: Int): String = if (seconds < 60 || seconds % 60 != 0) seconds(seconds.toString()) else minutes((seconds / 60).toString())

/** The tag of what only the institution changes. */
@Composable
internal fun HospitalTag() = Tag(Curtain.words.settingsHospital, icon = Icons.Domain)

/** What the clinician may make stricter, and what the hospital has set. */
@Composable
fun SettingsScreen(state: SettingsState, actions: SettingsActions, shell: ShellState, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(
        top = { TaskHeader(words.settingsTitle, go::back, AnnotatedString(words.settingsStricter)) },
        bottom = { BottomBar(shell.copy(place = Place.More), go) },
    ) {
        LockAfter(state, actions)
        SectionHead(words.settingsKeys, Modifier.padding(top = 16.dp, bottom = 6.dp))
        CurtainCard(flush = true) {
            IconRow(Icons.Lock, words.settingsLeaving, words.settingsAtOnce) { HospitalTag() }
            if (state.biometryAllowed) SwitchRow(Icons.Fingerprint, words.lockFingerprint, words.settingsNewFinger, state.biometry, line = true, onChange = actions::biometry)
            else IconRow(Icons.Fingerprint, words.lockFingerprint, words.settingsOff, line = true) { HospitalTag() }
            IconRow(Icons.Password, words.settingsPasscode, words.settingsPasscodeAsks, line = true, onClick = actions::changePasscode) { RowEnd() }
            IconRow(Icons.Memory, words.settingsKeystore, words.keystore(state.keystore), line = true)
        }
        SectionHead(words.settingsScreen, Modifier.padding(top = 16.dp, bottom = 6.dp))
        CurtainCard(flush = true) {
            IconRow(Icons.ContentCopy, words.settingsClipboard, words.settingsAfter(words.span(state.clipboardSeconds))) { HospitalTag() }
            IconRow(Icons.ScreenshotMonitor, words.settingsScreenshots, words.settingsScreenshotsOff, line = true) { HospitalTag() }
            SwitchRow(Icons.TouchApp, words.settingsHaptics, words.settingsHapticsWhat, state.haptics, line = true, onChange = actions::haptics)
            IconRow(Icons.Visibility, words.lockLimits, words.settingsLimits, line = true, onClick = actions::limits) { RowEnd() }
        }
        SectionHead(words.settingsWorkspaces, Modifier.padding(top = 16.dp, bottom = 6.dp))
        CurtainCard(flush = true) {
            state.workspaces.forEachIndexed { at, workspace ->
                IconRow(Icons.Domain, workspace.institution, if (workspace.selected) words.settingsOpen else words.settingsClosed, line = at > 0)
            }
            IconRow(Icons.VerifiedUser, words.moreEvidence, words.moreEvidenceWhat, line = state.workspaces.isNotEmpty(), onClick = actions::evidence) { RowEnd() }
        }
        if (state.workspaces.size > 1) Caption(words.settingsStrictest, Modifier.padding(start = 4.dp, end = 4.dp, top = 8.dp))
        Gap(16.dp)
    }
}

private fun Words.keystore(keystore: SettingsState.Keystore): String = when (keystore) {
    SettingsState.Keystore.SECURE_CHIP -> settingsKeyChip
    SettingsState.Keystore.TRUSTED_ENVIRONMENT -> settingsKeyTrusted
    SettingsState.Keystore.SOFTWARE -> settingsKeySoftware
}

/** How much of the track the hospital allows; the rest is hatched and out of reach. */
private const val ALLOWED = .66f

@Composable
private fun LockAfter(state: SettingsState, actions: SettingsActions) {
    val words = Curtain.words
    val choices = state.idleChoices.filter { it <= state.idleLimitSeconds }.ifEmpty { listOf(state.idleLimitSeconds) }.sorted()
    val at = choices.indexOfLast { it <= state.idleSeconds }.coerceAtLeast(0)
    val limit = words.settingsLimit(words.span(state.idleLimitSeconds))
    CurtainCard {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
            Text(words.settingsLockAfter, Modifier.weight(1f).semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.head)
            Text(words.span(state.idleSeconds), color = Curtain.colors.primary, style = Curtain.type.head)
        }
        Slider(choices.size, at, "${words.settingsLockAfter}, ${words.span(state.idleSeconds)}. $limit", Modifier.padding(top = 4.dp)) { chosen ->
            if (chosen != at) actions.idle(choices[chosen])
        }
        Ends(words.span(choices.first()), limit)
    }
}

/** The stops of the allowed part, evenly apart; a tap, a drag or a screen reader's own gesture chooses one. */
@Composable
private fun Slider(stops: Int, at: Int, label: String, modifier: Modifier, choose: (Int) -> Unit) {
    val colors = Curtain.colors
    val rtl = LocalLayoutDirection.current == LayoutDirection.Rtl
    val chosen by rememberUpdatedState(choose)
    fun stop(x: Float, width: Float): Int {
        val along = (if (rtl) width - x else x) / width / ALLOWED
        return (along * (stops - 1)).roundToInt().coerceIn(0, stops - 1)
    }
    Canvas(
        modifier.fillMaxWidth().height(48.dp)
            .pointerInput(stops, rtl) { detectTapGestures { chosen(stop(it.x, size.width.toFloat())) } }
            .pointerInput(stops, rtl) { detectHorizontalDragGestures { change, _ -> chosen(stop(change.position.x, size.width.toFloat())) } }
            .semantics {
                contentDescription = label
                progressBarRangeInfo = ProgressBarRangeInfo(at.toFloat(), 0f..(stops - 1).coerceAtLeast(1).toFloat(), (stops - 2).coerceAtLeast(0))
                setProgress { chosen(it.roundToInt().coerceIn(0, stops - 1)); true }
            }.focusable(),
    ) {
        val share = if (stops < 2) ALLOWED else ALLOWED * at / (stops - 1)
        if (rtl) scale(-1f, 1f) { track(share, colors) } else track(share, colors)
    }
}

private fun DrawScope.track(share: Float, colors: Palette) {
    val middle = size.height / 2
    fun bar(from: Float, to: Float, color: Color) =
        drawRoundRect(color, Offset(from, middle - 3.dp.toPx()), Area(to - from, 6.dp.toPx()), CornerRadius(3.dp.toPx()))
    val limit = size.width * ALLOWED
    val knob = (size.width * share).coerceIn(14.dp.toPx(), size.width)
    drawLine(
        colors.lineStrong, Offset(limit, middle), Offset(size.width, middle), 6.dp.toPx(),
        pathEffect = PathEffect.dashPathEffect(floatArrayOf(5.dp.toPx(), 4.dp.toPx())), alpha = .55f,
    )
    bar(0f, limit, colors.lineStrong)
    bar(0f, knob, colors.primary)
    drawRoundRect(colors.ink, Offset(limit - 1.5.dp.toPx(), middle - 12.dp.toPx()), Area(3.dp.toPx(), 24.dp.toPx()), CornerRadius(2.dp.toPx()))
    drawCircle(colors.surface, 18.dp.toPx(), Offset(knob, middle))
    drawCircle(colors.primary, 14.dp.toPx(), Offset(knob, middle))
}

/** What stands below the track: the strictest at its start, the limit under its mark; in two lines where both do not fit. */
@Composable
private fun Ends(first: String, limit: String) {
    Layout({
        Caption(first)
        Caption(limit)
    }) { children, limits ->
        val start = children[0].measure(limits.copy(minWidth = 0))
        val mark = children[1].measure(limits.copy(minWidth = 0))
        val x = (limits.maxWidth * ALLOWED - mark.width / 2f).roundToInt().coerceIn(0, (limits.maxWidth - mark.width).coerceAtLeast(0))
        val below = x < start.width + 8.dp.roundToPx()
        layout(limits.maxWidth, if (below) start.height + mark.height else maxOf(start.height, mark.height)) {
            start.placeRelative(0, 0)
            mark.placeRelative(x, if (below) start.height else 0)
        }
    }
}
