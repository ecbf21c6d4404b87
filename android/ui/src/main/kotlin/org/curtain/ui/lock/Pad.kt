package org.curtain.ui.lock

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.alpha
import androidx.compose.ui.draw.clip
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.password
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextRange
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.TextFieldValue
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.LockActions
import org.curtain.kit.screen.WorkspaceTab
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.FixedText
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.lifted
import org.curtain.ui.theme.Curtain

/** How many digits were typed; never which. */
@Composable
internal fun Dots(typed: Int) {
    val label = Curtain.words.lockTyped(typed.toString())
    Row(Modifier.clearAndSetSemantics { contentDescription = label; liveRegion = LiveRegionMode.Polite }, Arrangement.spacedBy(16.dp)) {
        for (at in 0 until maxOf(DIGITS, typed.coerceAtMost(MOST_DOTS))) {
            Box(
                Modifier.size(14.dp).clip(CircleShape)
                    .then(if (at < typed) Modifier.background(Curtain.colors.primary) else Modifier.border(2.dp, Curtain.colors.lineStrong, CircleShape)),
            )
        }
    }
}

private const val MOST_DOTS = 12

/** The app's own pad: digits go to [actions] one by one and are kept nowhere here. Its order is that of a phone in every script. */
@Composable
internal fun PinPad(actions: LockActions, enabled: Boolean, fingerprint: Boolean, enter: Boolean) {
    val words = Curtain.words
    CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Ltr) {
        Column(Modifier.alpha(if (enabled) 1f else .38f), Arrangement.spacedBy(10.dp)) {
            for (row in listOf("123", "456", "789")) {
                Row(horizontalArrangement = Arrangement.spacedBy(24.dp)) { row.forEach { Digit(it, enabled, actions) } }
            }
            Row(horizontalArrangement = Arrangement.spacedBy(24.dp)) {
                when {
                    enter -> Bare(Icons.Check, words.lockOpen, enabled, 34, actions::enter, filled = true)
                    fingerprint -> Bare(Icons.Fingerprint, words.lockFingerprint, enabled, 38, actions::fingerprint)
                    else -> Spacer(Modifier.size(84.dp, 72.dp))
                }
                Digit('0', enabled, actions)
                Bare(Icons.Backspace, words.lockDelete, enabled, 30, actions::backspace)
            }
        }
    }
}

private val key = RoundedCornerShape(36.dp)

@Composable
private fun Digit(digit: Char, enabled: Boolean, actions: LockActions) {
    Box(
        Modifier.size(84.dp, 72.dp).lifted(key).clip(key).background(Curtain.colors.surface)
            .clickable(enabled = enabled, role = Role.Button) { actions.key(digit) },
        Alignment.Center,
    ) { FixedText(digit.toString(), Curtain.type.key, Curtain.colors.ink, limit = 1.6f) }
}

@Composable
private fun Bare(icon: ImageVector, label: String, enabled: Boolean, size: Int, onClick: () -> Unit, filled: Boolean = false) {
    Box(
        Modifier.size(84.dp, 72.dp).clip(key).background(if (filled) Curtain.colors.primary else Color.Transparent)
            .clickable(enabled = enabled, role = Role.Button, onClick = onClick).semantics { contentDescription = label },
        Alignment.Center,
    ) { Icon(icon, null, Modifier.size(size.dp), if (filled) Curtain.colors.onPrimary else Curtain.colors.primary) }
}

/** A passphrase goes to [actions] character by character; the field itself holds one blank and shows only how many there are. */
@Composable
internal fun PassphraseField(typed: Int, actions: LockActions) {
    val focus = remember { FocusRequester() }
    val shape = RoundedCornerShape(28.dp)
    val label = Curtain.words.lockPassphrase
    LaunchedEffect(Unit) { focus.requestFocus() }
    Column(Modifier.padding(horizontal = 24.dp), Arrangement.spacedBy(16.dp)) {
        Box(
            Modifier.fillMaxWidth().clip(shape).background(Curtain.colors.surface).border(1.5.dp, Curtain.colors.lineStrong, shape)
                .defaultMinSize(minHeight = 56.dp).padding(20.dp, 14.dp),
            Alignment.Center,
        ) {
            Text(if (typed == 0) label else "•".repeat(typed.coerceAtMost(40)), Modifier.clearAndSetSemantics {}, color = if (typed == 0) Curtain.colors.ink2 else Curtain.colors.ink, style = Curtain.type.body)
            BasicTextField(
                SENTINEL,
                { value ->
                    if (value.text.isEmpty()) actions.backspace()
                    value.text.drop(1).codePoints().forEach(actions::character)
                },
                Modifier.fillMaxWidth().alpha(0f).focusRequester(focus).semantics { password(); contentDescription = label },
                keyboardOptions = KeyboardOptions(KeyboardCapitalization.None, autoCorrectEnabled = false, KeyboardType.Password, ImeAction.Done),
                keyboardActions = KeyboardActions(onDone = { actions.enter() }), singleLine = true,
            )
        }
        PrimaryButton(Curtain.words.lockOpen, actions::enter, Modifier.fillMaxWidth())
    }
}

/** One blank before the cursor, so that a deletion is seen as well. */
private val SENTINEL = TextFieldValue(" ", TextRange(1))

/** The time left of a wait: once around in [total] seconds, spoken every ten. */
@Composable
internal fun Ring(left: Int, total: Int) {
    val colors = Curtain.colors
    val spoken = Curtain.words.lockRing((left + 9) / 10 * 10)
    Box(Modifier.size(184.dp).clearAndSetSemantics { contentDescription = spoken; liveRegion = LiveRegionMode.Polite }, Alignment.Center) {
        Canvas(Modifier.fillMaxSize()) {
            val wide = 9.dp.toPx()
            val box = Size(size.width - wide, size.height - wide)
            val from = Offset(wide / 2, wide / 2)
            drawArc(colors.line, 0f, 360f, false, from, box, style = Stroke(wide))
            drawArc(colors.primary, -90f, 360f * left / total.coerceAtLeast(1), false, from, box, style = Stroke(wide, cap = StrokeCap.Butt))
        }
        Column(horizontalAlignment = Alignment.CenterHorizontally) {
            FixedText(Curtain.moments.left(left), Curtain.type.clock, colors.ink, limit = 1.3f)
            FixedText(Curtain.words.lockThen, Curtain.type.caption, colors.ink2, limit = 1.4f)
        }
    }
}

/** The institutions of this phone, where there is more than one. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun Workspaces(tabs: List<WorkspaceTab>, choose: (String) -> Unit) {
    FlowRow(Modifier.padding(start = 20.dp, end = 20.dp, bottom = 12.dp), Arrangement.spacedBy(8.dp, Alignment.CenterHorizontally), Arrangement.spacedBy(8.dp)) {
        for (tab in tabs) {
            val shape = RoundedCornerShape(24.dp)
            Box(
                Modifier.clip(shape).background(if (tab.selected) Curtain.colors.primarySoft else Curtain.colors.raised)
                    .selectable(tab.selected, role = Role.Tab) { choose(tab.id) }.defaultMinSize(minHeight = 48.dp, minWidth = 48.dp).padding(16.dp, 6.dp),
                Alignment.Center,
            ) { Text(tab.institution, color = if (tab.selected) Curtain.colors.onPrimarySoft else Curtain.colors.ink2, style = Curtain.type.label) }
        }
    }
}
