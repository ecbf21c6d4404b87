package org.curtain.ui.composer

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalSoftwareKeyboardController
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.delay
import org.curtain.kit.screen.ComposerActions
import org.curtain.kit.screen.ComposerState
import org.curtain.kit.screen.MainAction
import org.curtain.kit.screen.Mark
import org.curtain.kit.screen.MarkedSpan
import org.curtain.kit.screen.Sheet
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.Way
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.owner
import org.curtain.ui.part.Actions
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.ChannelBar
import org.curtain.ui.part.ChannelLine
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.VerdictPanel
import org.curtain.ui.part.WhoHeader
import org.curtain.ui.part.WithSheet
import org.curtain.ui.part.fit
import org.curtain.ui.symbolOf
import org.curtain.ui.theme.Curtain
import org.curtain.ui.way

private const val OPENS_AFTER_MS = 1_500L
private const val UNDO_MS = 10_000L
private const val BAR = 5

/** Who, text, verdict, reason, rewrites, chart, channels, action: the reading order, from top to bottom. */
@Composable
fun ComposerScreen(state: ComposerState, actions: ComposerActions, go: ShellActions) {
    WithSheet(state.sheet != null, { state.sheet?.let { ComposerSheet(state, it, actions) } }) {
        if (Curtain.edges.keyboard > 0.dp) Typing(state, actions, go) else Reading(state, actions, go)
    }
}

@Composable
private fun Header(state: ComposerState, go: ShellActions) {
    val words = Curtain.words
    val line = listOfNotNull(words.way(state.way), state.owner?.let { words.owner(it).replaceFirstChar(Char::lowercase) }).joinToString(" · ")
    val tag: @Composable () -> Unit = { Tag(if (state.safe) words.composerSafe else words.composerSaving, Modifier.padding(end = 10.dp), Icons.Check.takeIf { state.safe }) }
    val who = state.who
    if (who != null) WhoHeader(who, go::back, line, tag) else TaskHeader(words.composerNobody, go::back, AnnotatedString(line), tag)
}

@Composable
private fun Editor(state: ComposerState, actions: ComposerActions, least: Int, keyboard: Boolean) {
    val words = Curtain.words
    var chosen by remember { mutableStateOf<MarkedSpan?>(null) }
    // A draft that is opened has rested already; after a keystroke it has to rest again.
    var rested by remember { mutableStateOf(!keyboard) }
    val opened = remember { state.text }
    LaunchedEffect(state.text, keyboard) {
        if (keyboard || state.text != opened) {
            rested = false
            delay(OPENS_AFTER_MS)
        }
        rested = !keyboard
    }
    val strongest = state.spans.filter { it.mark == Mark.STOP }.minByOrNull(MarkedSpan::start)
    val ringed = chosen?.takeIf { it in state.spans } ?: strongest.takeIf { rested }
    CurtainCard(Modifier.defaultMinSize(minHeight = least.dp), inset = 12.dp) {
        DraftField(state.text, state.spans, ringed, actions::type, { chosen = it })
        // At large type it waits for a tap: the draft and the verdict would leave the screen.
        if (ringed != null && (ringed == chosen || !Curtain.largeType)) ReasonCard(ringed, actions)
        if (ringed == null && state.text.isNotEmpty() && !keyboard) {
            Spacer(Modifier.height(10.dp))
            Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween) {
                Text(words.composerLength(state.segments.coerceAtLeast(1), "${state.length}", "${state.single}"), Modifier.weight(1f, fill = false), color = Curtain.colors.ink2, style = Curtain.type.caption)
                if (!Curtain.largeType) Text(words.composerChecked, color = Curtain.colors.ink2, style = Curtain.type.caption)
            }
        }
    }
}

@Composable
private fun Undo(state: ComposerState, actions: ComposerActions) {
    var shown by remember(state.text) { mutableStateOf(true) }
    LaunchedEffect(state.text) { delay(UNDO_MS); shown = false }
    if (state.undo && shown) CurtainButton(Curtain.words.undo, actions::undo, look = ButtonLook.QUIET, icon = Icons.Undo, small = true)
}

@Composable
private fun Reading(state: ComposerState, actions: ComposerActions, go: ShellActions) {
    val words = Curtain.words
    val huge = Curtain.hugeType
    var all by remember { mutableStateOf(false) }
    // One row of five with "More" as the last, two of three at large type; the selected one is never behind it.
    val room = if (Curtain.largeType) BAR else BAR - 1
    val chosen = state.bar.indexOfFirst { it.selected }
    val cells = if (all || state.bar.size <= BAR) state.bar else state.bar.filterIndexed { at, _ -> at < room - (if (chosen >= room) 1 else 0) || at == chosen }
    val bar: @Composable () -> Unit = { ChannelBar(cells, actions::choose, state.why, state.bar.size - cells.size) { all = true } }
    ScreenFrame(
        top = { Header(state, go) },
        bottom = {
            Dock {
                // At huge type the channels scroll with the page; the one action stays.
                if (!huge) bar()
                MainRow(state, actions)
            }
        },
    ) {
        Editor(state, actions, if (state.readyTexts.isEmpty() && state.text.isNotEmpty()) 190 else 96, keyboard = false)
        Undo(state, actions)
        if (state.text.isEmpty()) Starters(state, actions)
        Spacer(Modifier.height(12.dp))
        VerdictPanel(state.look, state.headline, state.why, state.text, actions::trace) { style ->
            if (!huge && state.readyTexts.isEmpty()) Icon(Icons.KeyboardArrowDown, null, Modifier.size(24.dp), style.ink)
        }
        if (state.readyTexts.isNotEmpty()) {
            SectionHead(words.composerInstead, Modifier.padding(top = 14.dp, bottom = 6.dp)) {
                if (!Curtain.largeType) Text(words.composerAgain, color = Curtain.colors.ink2, style = Curtain.type.caption)
            }
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(6.dp)) { state.readyTexts.take(3).forEach { ReadyCard(it) { actions.use(it) } } }
        }
        state.consent?.let { Spacer(Modifier.height(12.dp)); ConsentNote(it, state, actions) }
        state.chartText?.let { ChartText(it, state.chartLimit, actions) }
        if (huge) { Spacer(Modifier.height(20.dp)); bar() }
        Spacer(Modifier.height(12.dp))
    }
}

/** With the keyboard up: the text, the verdict, the best ready text and one line of channels. */
@Composable
private fun Typing(state: ComposerState, actions: ComposerActions, go: ShellActions) {
    val words = Curtain.words
    val keyboard = LocalSoftwareKeyboardController.current
    ScreenFrame(
        top = { Header(state, go) },
        bottom = {
            Column {
                state.readyTexts.firstOrNull()?.let { Column(Modifier.padding(start = 16.dp, end = 16.dp, bottom = 10.dp)) { ReadyCard(it) { actions.use(it) } } }
                Column(Modifier.fillMaxWidth().background(Curtain.colors.surface)) {
                    org.curtain.ui.part.RowLine()
                    Row(Modifier.fillMaxWidth().padding(12.dp, 8.dp), Arrangement.spacedBy(6.dp), Alignment.CenterVertically) {
                        ChannelLine(state.bar, actions::choose, Modifier.weight(1f))
                        IconTarget(Icons.KeyboardHide, words.composerHideKeyboard, { keyboard?.hide() }, Modifier.background(Curtain.colors.raised, androidx.compose.foundation.shape.CircleShape))
                    }
                }
                BottomEdge()
            }
        },
    ) {
        Editor(state, actions, 150, keyboard = true)
        Spacer(Modifier.height(12.dp))
        VerdictPanel(state.look, state.headline, state.why, state.text, actions::trace) { style -> Text(words.why, color = style.ink, style = Curtain.type.label) }
    }
}

@Composable
private fun Starters(state: ComposerState, actions: ComposerActions) {
    if (state.starters.isEmpty()) return
    SectionHead(Curtain.words.composerStart, Modifier.padding(top = 16.dp, bottom = 6.dp))
    CurtainCard(flush = true) {
        state.starters.forEachIndexed { at, it ->
            ListRow(it.moment, second = AnnotatedString(it.text), line = at > 0, onClick = { actions.useScript(it) }, keepEnd = true) { Icon(Icons.Add, null, Modifier.size(24.dp), Curtain.colors.primary) }
        }
    }
}

/** The one big button, never grey, and the second way beside it. */
@Composable
private fun MainRow(state: ComposerState, actions: ComposerActions) {
    val words = Curtain.words
    val name = state.who?.let { given(it.name) }
    val (text, icon) = when (val action = state.action) {
        is MainAction.HandOff -> when {
            action.way == Way.PHONE -> words.actCall(name.orEmpty()) to Icons.Call
            name == null -> words.actOpen(words.way(action.way)) to symbolOf(action.way)
            action.owner == org.curtain.kit.screen.Owner.PATIENT && action.way == Way.SMS -> words.actTextOwn(name) to Icons.Sms
            else -> words.actText(name, words.way(action.way)) to symbolOf(action.way)
        }
        is MainAction.GoBy ->
            (if (action.way == Way.PHONE && name != null) words.actCallInstead(name) else words.actInstead(words.way(action.way))) to symbolOf(action.way)
        MainAction.AskConsent -> (if (name != null) words.actAsk(name) else words.barConsent) to Icons.LiveHelp
        MainAction.UseFirst -> words.actUseFirst to Icons.Edit
        MainAction.ChooseReady -> words.actChoose to Icons.EditNote
    }
    Actions {
        CurtainButton(text, actions::main, icon = icon)
        state.second?.let { CurtainButton(words.way(it), actions::second, Modifier.fit(), ButtonLook.TONAL) }
    }
}
