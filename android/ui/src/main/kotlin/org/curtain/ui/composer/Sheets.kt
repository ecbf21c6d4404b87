package org.curtain.ui.composer

import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.ComposerActions
import org.curtain.kit.screen.ComposerState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Sent
import org.curtain.kit.screen.Sheet
import org.curtain.kit.screen.Who
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Grid
import org.curtain.ui.part.LabelledField
import org.curtain.ui.part.RowLine
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.identifiers
import org.curtain.ui.part.quietKeyboard
import org.curtain.ui.part.strong
import org.curtain.ui.symbolOf
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius
import org.curtain.ui.way

/** The sheets over the composer: the seven answers, the number, the outcome, and the copy where no app answers. */
@Composable
internal fun ComposerSheet(state: ComposerState, sheet: Sheet, actions: ComposerActions) = when (sheet) {
    Sheet.Trace -> Trace(state, actions)
    is Sheet.HandOff -> HandOff(state, sheet, actions)
    is Sheet.Outcome -> Outcome(sheet, actions)
    is Sheet.CopyInstead -> CopyInstead(sheet, actions)
}

@Composable
private fun Trace(state: ComposerState, actions: ComposerActions) {
    val words = Curtain.words
    SheetFrame(state.headline, actions::closeSheet, state.why) {
        Spacer(Modifier.height(12.dp))
        state.trace.forEachIndexed { at, line ->
            if (at > 0) RowLine()
            val style = Curtain.style(line.look)
            Row(Modifier.fillMaxWidth().padding(vertical = 10.dp).semantics(mergeDescendants = true) {}, Arrangement.spacedBy(12.dp)) {
                Icon(style.icon, style.word, Modifier.size(24.dp), style.ink)
                Column(Modifier.weight(1f)) {
                    Text(question(line.question), color = Curtain.colors.ink2, style = Curtain.type.caption)
                    Text(line.sentence, color = Curtain.colors.ink, style = Curtain.type.small)
                    Text(line.rule, color = Curtain.colors.ink2, style = Curtain.type.caption)
                }
            }
        }
        Spacer(Modifier.height(8.dp))
        Banner(AnnotatedString(words.screenLimits), icon = Icons.Info)
        CurtainButton(words.close, actions::closeSheet, Modifier.fillMaxWidth().padding(top = 8.dp), ButtonLook.QUIET)
    }
}

@Composable
private fun question(number: Int): String {
    val words = Curtain.words
    return when (number) {
        1 -> words.question1
        2 -> words.question2
        3 -> words.question3
        4 -> words.question4
        5 -> words.question5
        6 -> words.question6
        else -> words.question7
    }
}

@Composable
private fun Person(who: Who) {
    CurtainCard(Modifier.padding(top = 16.dp), color = Curtain.colors.raised) {
        Row(Modifier.semantics(mergeDescendants = true) {}, Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Avatar(who.initials, color = Curtain.colors.surface)
            Column(Modifier.weight(1f)) {
                Text(who.name, color = Curtain.colors.ink, style = Curtain.type.head)
                Text(identifiers(who, born = true), color = Curtain.colors.ink2, style = Curtain.type.small)
            }
        }
    }
}

@Composable
private fun HandOff(state: ComposerState, sheet: Sheet.HandOff, actions: ComposerActions) {
    val words = Curtain.words
    val name = given(sheet.who.name)
    val channel = words.way(state.way)
    val checked = sheet.checkedMs?.let { words.handoffChecked(Curtain.moments.day(it)) + " " }.orEmpty()
    SheetFrame(
        if (sheet.ask == Sheet.HandOff.Ask.OPEN) words.handoffOpen(channel) else words.handoffTitle(name), actions::closeSheet,
        checked + if (sheet.ask == Sheet.HandOff.Ask.OPEN) "" else words.handoffHelp,
    ) {
        Person(sheet.who)
        if (sheet.wrong) Column(Modifier.padding(top = 12.dp)) { Banner(strong(words.handoffWrong), look = Look.BLOCK) }
        Spacer(Modifier.height(16.dp))
        when (sheet.ask) {
            Sheet.HandOff.Ask.TYPE -> Typed(actions)
            Sheet.HandOff.Ask.OPEN -> sheet.tiles.firstOrNull()?.let { four ->
                CurtainButton(words.handoffOpenEnds(channel, four), { actions.digits(four) }, Modifier.fillMaxWidth(), icon = symbolOf(state.way), minHeight = 64.dp, label = words.handoffOpenEnds(channel, spoken(four)))
            }
            Sheet.HandOff.Ask.MATCH -> CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Ltr) {
                Grid(if (Curtain.hugeType) 1 else sheet.tiles.size.coerceIn(1, 3), gap = 10.dp) { sheet.tiles.forEach { Tile(it) { actions.digits(it) } } }
            }
        }
        Row(Modifier.padding(top = 16.dp), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
            Icon(symbolOf(state.way), null, Modifier.size(18.dp), Curtain.colors.ink2)
            Text(words.handoffOpens(channel), Modifier.weight(1f), color = Curtain.colors.ink2, style = Curtain.type.caption)
        }
        CurtainButton(words.handoffNone, actions::noneOfThese, Modifier.fillMaxWidth().padding(top = 8.dp), ButtonLook.QUIET)
    }
}

/** Read digit by digit: "ends 0 1 4 2". */
private fun spoken(digits: String): String = digits.toList().joinToString(" ")

@Composable
private fun Tile(digits: String, onClick: () -> Unit) {
    val label = Curtain.words.ends(spoken(digits))
    val shape = RoundedCornerShape(Radius.card)
    Box(
        Modifier.clip(shape).border(1.5.dp, Curtain.colors.lineStrong, shape).clickable(role = Role.Button, onClick = onClick)
            .semantics(mergeDescendants = true) { contentDescription = label }.defaultMinSize(minHeight = 84.dp),
        Alignment.Center,
    ) { Text(digits, Modifier.clearAndSetSemantics {}, color = Curtain.colors.ink, style = Curtain.type.tile) }
}

@Composable
private fun Typed(actions: ComposerActions) {
    val words = Curtain.words
    var typed by remember { mutableStateOf("") }
    LabelledField(words.handoffType, typed, { value -> typed = value.filter(Char::isDigit).take(4); if (typed.length == 4) actions.digits(typed) }, keyboard = quietKeyboard(KeyboardType.Number, KeyboardCapitalization.None))
}

@Composable
private fun Outcome(sheet: Sheet.Outcome, actions: ComposerActions) {
    val words = Curtain.words
    val to = sheet.who?.let { words.outcomeTo(it.name) }
    val line = listOfNotNull(to, sheet.lastFour?.let { words.ends(it) }, words.outcomeAt(Curtain.moments.time(sheet.atMs))).joinToString(", ")
    // Swiping it away is no answer but "not sure".
    SheetFrame(words.outcomeTitle, { actions.outcome(Sent.UNKNOWN) }, "$line. ${words.outcomeBlind}") {
        Spacer(Modifier.height(18.dp))
        CurtainButton(words.outcomeYes, { actions.outcome(Sent.YES) }, Modifier.fillMaxWidth(), icon = Icons.Check, minHeight = 64.dp)
        Actions(Modifier.padding(top = 10.dp)) {
            CurtainButton(words.outcomeNo, { actions.outcome(Sent.NO) }, look = ButtonLook.OUTLINE)
            CurtainButton(words.outcomeUnknown, { actions.outcome(Sent.UNKNOWN) }, look = ButtonLook.OUTLINE)
        }
        sheet.chartText?.let {
            CurtainCard(Modifier.padding(top = 16.dp), color = Curtain.colors.raised) {
                Text(words.chartGoes, color = Curtain.colors.ink2, style = Curtain.type.caption)
                Text(it, Modifier.padding(top = 4.dp), color = Curtain.colors.ink, style = Curtain.type.small)
            }
        }
    }
}

@Composable
private fun CopyInstead(sheet: Sheet.CopyInstead, actions: ComposerActions) {
    val words = Curtain.words
    SheetFrame(words.copyTitle, actions::closeSheet, words.copyClears) {
        for ((what, text) in listOfNotNull(sheet.number?.let { words.copyNumber to it }, words.copyText to sheet.text)) {
            CurtainCard(Modifier.padding(top = 16.dp), color = Curtain.colors.raised) {
                Text(what, color = Curtain.colors.ink2, style = Curtain.type.caption)
                Text(text, Modifier.padding(top = 4.dp, bottom = 10.dp), color = Curtain.colors.ink, style = Curtain.type.body)
                CurtainButton(words.copy, { actions.copy(text) }, look = ButtonLook.TONAL, icon = Icons.ContentCopy, small = true, label = words.labelled(words.copy, what))
            }
        }
        CurtainButton(words.done, actions::closeSheet, Modifier.fillMaxWidth().padding(top = 16.dp))
    }
}
