package org.curtain.ui.task

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.platform.LocalClipboardManager
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.TheyTextedActions
import org.curtain.kit.screen.TheyTextedState
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.PlainField
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.TonalButton
import org.curtain.ui.part.fit
import org.curtain.ui.part.identifiers
import org.curtain.ui.part.strong
import org.curtain.ui.theme.Curtain

/** They texted first: what they wrote, word for word; then what to answer, and what moves to the chart. */
@Composable
fun TheyTextedScreen(state: TheyTextedState, actions: TheyTextedActions, go: ShellActions) {
    val words = Curtain.words
    val recorded = state.contact != null
    val ends = state.number?.let { words.ends(it.filter(Char::isDigit).takeLast(4)) }
    ScreenFrame(
        top = { TaskHeader(words.textedTitle(state.who.name), go::back, AnnotatedString(listOfNotNull(identifiers(state.who).ifEmpty { null }, ends).joinToString(" · "))) },
        bottom = { Dock { if (recorded) Answer(state, actions) else PrimaryButton(words.textedRead, actions::read, Modifier.fillMaxWidth(), Icons.Check) } },
    ) {
        Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
            if (state.urgent) Banner(strong(words.textedUrgent, " " + words.textedUrgentWhy(given(state.who.name))), Modifier.polite(), Icons.Call, Look.BLOCK)
            if (state.stop) Banner(strong(words.textedStop, " " + words.textedStopWhy), Modifier.polite(), look = Look.CONSENT)
            if (recorded) Recorded(state, actions) else Enter(state, actions)
            Gap(4.dp)
        }
    }
}

private fun Modifier.polite(): Modifier = semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite }

@Suppress("DEPRECATION") // The newer clipboard has no text without a platform's own types.
@Composable
private fun Enter(state: TheyTextedState, actions: TheyTextedActions) {
    val words = Curtain.words
    val clipboard = LocalClipboardManager.current
    if (state.numbers.size > 1) {
        TitledCard(words.textedFrom) {
            Chips(Modifier.padding(top = 10.dp)) { for (number in state.numbers) Chip(number, number == state.number) { actions.number(number) } }
        }
    }
    TitledCard(words.textedWhat, words.textedVerbatim) {
        PlainField(
            state.text, { text, _ -> actions.paste(text) }, Curtain.type.draft, Modifier.fillMaxWidth().semantics { contentDescription = words.textedWhat },
            hint = words.textedHint,
        ) { Box(Modifier.fillMaxWidth().padding(vertical = 12.dp).height(200.dp)) { it() } }
        CurtainButton(words.textedPaste, { clipboard.getText()?.let { actions.paste(it.text) } }, look = ButtonLook.TONAL, icon = Icons.ContentPaste, small = true)
    }
}

@Composable
private fun Recorded(state: TheyTextedState, actions: TheyTextedActions) {
    val words = Curtain.words
    TitledCard(words.textedWhat, words.textedVerbatim) { Quote(state.text) }
    Steps(state.contact ?: 1)
    state.reply?.let { reply ->
        CurtainCard {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
                Caption(
                    listOfNotNull(words.textedReply, if (state.replyTexts > 0) words.textedTexts(state.replyTexts) else null).joinToString(" · "),
                    Modifier.weight(1f).semantics { heading() },
                )
                Tag(words.barDocument, look = Look.DOCUMENT)
            }
            Text(reply, Modifier.padding(top = 10.dp), color = Curtain.colors.ink, style = Curtain.type.body)
            val other = state.languages.filter { it != state.replyLanguage }
            if (other.isNotEmpty()) {
                Chips(Modifier.padding(top = 12.dp)) {
                    for (code in other) CurtainButton(languageName(code), { actions.language(code) }, look = ButtonLook.OUTLINE, icon = Icons.Translate, small = true)
                }
            }
        }
    }
    for (advice in state.advice) {
        val head = advice.substringBefore(". ", "").let { if (it.isEmpty()) advice else "$it." }
        Banner(strong(head, advice.removePrefix(head), Curtain.style(Look.DOCUMENT).ink), look = Look.DOCUMENT)
    }
    if (state.chartText != null) {
        CurtainCard(flush = true) {
            ListRow(words.textedChart, second = AnnotatedString(words.textedChartWhat), lead = { Avatar(icon = Icons.AssignmentTurnedIn) }) {
                CurtainButton(words.copy, actions::copyChart, look = ButtonLook.TONAL, icon = Icons.ContentCopy, small = true, label = words.labelled(words.copy, words.textedChart))
            }
        }
    }
}

/** Their words, with a bar before them. */
@Composable
private fun Quote(text: String) {
    val line = Curtain.colors.lineStrong
    Text(
        text,
        Modifier.padding(top = 8.dp).drawBehind {
            val x = if (layoutDirection == LayoutDirection.Ltr) 1.5.dp.toPx() else size.width - 1.5.dp.toPx()
            drawLine(line, Offset(x, 0f), Offset(x, size.height), 3.dp.toPx())
        }.padding(start = 15.dp, top = 2.dp, bottom = 2.dp),
        color = Curtain.colors.ink, style = Curtain.type.body,
    )
}

/** Which contact of three it is: a redirect, a short reply, then only calls. */
@Composable
private fun Steps(contact: Int) {
    val words = Curtain.words
    val steps = listOf(words.textedStep1 to words.textedStep1What, words.textedStep2 to words.textedStep2What, words.textedStep3 to words.textedStep3What)
    val now = steps.getOrNull(contact.coerceIn(1, 3) - 1) ?: return
    val label = words.labelled(now.first, now.second)
    if (Curtain.hugeType) {
        Step(now, true, Modifier.fillMaxWidth())
    } else {
        Row(Modifier.fillMaxWidth().semantics(mergeDescendants = true) { contentDescription = label }, Arrangement.spacedBy(6.dp)) {
            steps.forEachIndexed { at, step -> Step(step, at == contact.coerceIn(1, 3) - 1, Modifier.weight(1f)) }
        }
    }
}

@Composable
private fun Step(step: Pair<String, String>, on: Boolean, modifier: Modifier) {
    Column(modifier) {
        Box(Modifier.fillMaxWidth().height(4.dp).background(if (on) Curtain.colors.primary else Curtain.colors.line))
        Text(
            step.first, Modifier.padding(top = 8.dp), color = if (on) Curtain.colors.ink else Curtain.colors.ink2,
            style = Curtain.type.label.copy(fontSize = 14.sp, fontWeight = FontWeight(650)),
        )
        Caption(step.second)
    }
}

/** The one action: stop their texts when they ask for it, call when it is urgent or the third time, else reply. */
@Composable
private fun Answer(state: TheyTextedState, actions: TheyTextedActions) {
    val words = Curtain.words
    val name = given(state.who.name)
    val calls = state.urgent || state.callFirst || state.reply == null || state.contact == 3
    val digits = state.number?.filter(Char::isDigit)?.takeLast(4).orEmpty()
    Actions {
        if (state.urgent) {
            PrimaryButton(words.actCall(name), actions::call, icon = Icons.Call)
            if (state.stop) TonalButton(words.textedStopShort, actions::stopTexts, Modifier.fit(), label = words.textedStopTexts(digits))
        } else if (state.stop) {
            PrimaryButton(words.textedStopTexts(digits), actions::stopTexts, icon = Icons.Block)
            TonalButton(words.textedCall, actions::call, Modifier.fit(), Icons.Call, words.actCall(name))
        } else if (calls) {
            PrimaryButton(words.actCall(name), actions::call, icon = Icons.Call)
            if (state.reply != null && state.contact != 3) TonalButton(words.textedBySms, actions::reply, Modifier.fit(), Icons.Sms)
        } else {
            PrimaryButton(words.textedBySms, actions::reply, icon = Icons.Sms)
            TonalButton(words.textedCall, actions::call, Modifier.fit(), Icons.Call, words.actCall(name))
        }
    }
}
