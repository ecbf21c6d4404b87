package org.curtain.ui.more

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.onClick
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.PolicyActions
import org.curtain.kit.screen.PolicyCell
import org.curtain.kit.screen.PolicyRow
import org.curtain.kit.screen.PolicyState
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.To
import org.curtain.kit.screen.Way
import org.curtain.ui.icon.Icons
import org.curtain.ui.leaving.Line
import org.curtain.ui.part.Banner
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.RowLine
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.TonalButton
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.WithSheet
import org.curtain.ui.task.Caption
import org.curtain.ui.task.Chips
import org.curtain.ui.task.Gap
import org.curtain.ui.task.Segments
import org.curtain.ui.task.date
import org.curtain.ui.theme.Curtain
import org.curtain.ui.way

private class Asked(val way: Way, val column: String, val cell: PolicyCell)

/** What may go where: channels by content, each cell with its verdict and, on a tap, its sentence. */
@Composable
fun PolicyScreen(state: PolicyState, actions: PolicyActions, go: ShellActions) {
    var asked by remember { mutableStateOf<Asked?>(null) }
    WithSheet(asked != null, { asked?.let { CellSheet(it) { asked = null } } }) {
        val words = Curtain.words
        val about = listOfNotNull(
            if (state.builtIn) words.policyBuiltIn else state.version.takeIf(String::isNotEmpty)?.let { words.policyVersion(it) }, state.signer?.let { words.policySigned(it) },
            state.untilMs?.let { words.policyUntil(Curtain.moments.date(it)) },
        ).joinToString(" · ")
        ScreenFrame(
            top = { TaskHeader(words.policyTitle, go::back, AnnotatedString(about)) },
            bottom = { Dock { TonalButton(words.policySay, actions::whatToSay, Modifier.fillMaxWidth(), Icons.Forum) } },
        ) {
            if (state.builtIn || state.expired) {
                Banner(AnnotatedString(if (state.builtIn) words.policyBuiltInWhy else words.policyExpired), look = Look.REWRITE, icon = Icons.Info)
                Gap()
            }
            Segments(listOf(To.PATIENT to words.policyPatients, To.COLLEAGUE to words.policyColleagues), if (state.audience == To.PATIENT) To.PATIENT else To.COLLEAGUE, choose = actions::audience)
            Gap()
            if (Curtain.largeType) Lists(state) { asked = it } else Table(state) { asked = it }
            Gap()
            Chips { for (look in Look.entries.reversed()) if (state.rows.any { row -> row.cells.any { it.look == look } }) Tag(Curtain.style(look).word, look = look) }
            if (state.exposure.isNotEmpty()) {
                SectionHead(words.policyExposure, Modifier.padding(top = 14.dp, bottom = 6.dp)) { if (!Curtain.largeType) Caption(words.policyIllustrative) }
                Exposure(state)
                Gap()
            }
            // What is not known is left out, and not shown empty.
            if (state.hash.isNotEmpty()) CurtainCard {
                Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(5.dp)) {
                    state.signer?.let { Line(words.policySigner, it) }
                    Line(words.policyHash, state.hash, machine = true)
                }
            }
            Gap(16.dp)
        }
    }
}

@Composable
private fun CellSheet(asked: Asked, onClose: () -> Unit) {
    val style = Curtain.style(asked.cell.look)
    SheetFrame("${Curtain.words.way(asked.way)} · ${asked.column}", onClose) {
        Gap()
        Banner(AnnotatedString("${style.word}. ${asked.cell.sentence}"), look = asked.cell.look)
        CurtainButton(Curtain.words.close, onClose, Modifier.fillMaxWidth().padding(top = 12.dp), ButtonLook.TONAL)
    }
}

private val FIRST = 96.dp
private val CELL = 58.dp

@Composable
private fun Table(state: PolicyState, onAsk: (Asked) -> Unit) {
    CurtainCard(flush = true) {
        Column(Modifier.fillMaxWidth().padding(start = 16.dp, end = 12.dp, top = 16.dp, bottom = 4.dp)) {
            Row(Modifier.fillMaxWidth().padding(bottom = 8.dp), verticalAlignment = Alignment.Bottom) {
                Box(Modifier.width(FIRST))
                for (column in state.columns) Text(column, Modifier.weight(1f), color = Curtain.colors.ink2, style = Curtain.type.word, textAlign = TextAlign.Center)
            }
            state.rows.forEach { row ->
                RowLine()
                Row(Modifier.fillMaxWidth().defaultMinSize(minHeight = CELL), verticalAlignment = Alignment.CenterVertically) {
                    Name(row, Modifier.width(FIRST))
                    row.cells.forEachIndexed { at, cell -> Cell(row, state.columns.getOrElse(at) { "" }, cell, Modifier.weight(1f), onAsk) }
                }
            }
        }
    }
}

@Composable
private fun Name(row: PolicyRow, modifier: Modifier) {
    Column(modifier.padding(vertical = 6.dp).semantics(mergeDescendants = true) { heading() }) {
        Text(Curtain.words.way(row.way), color = Curtain.colors.ink, style = Curtain.type.label)
        if (row.note.isNotEmpty()) Caption(row.note)
    }
}

@Composable
private fun Cell(row: PolicyRow, column: String, cell: PolicyCell, modifier: Modifier, onAsk: (Asked) -> Unit) {
    val style = Curtain.style(cell.look)
    val label = "${Curtain.words.way(row.way)}, $column: ${style.word}. ${cell.sentence}"
    Box(modifier, Alignment.Center) {
        Box(
            Modifier.size(48.dp).clip(RoundedCornerShape(12.dp)).background(style.container).clickable { onAsk(Asked(row.way, column, cell)) }
                .clearAndSetSemantics { contentDescription = label; role = Role.Button; onClick { onAsk(Asked(row.way, column, cell)); true } },
            Alignment.Center,
        ) { Icon(style.icon, null, Modifier.size(22.dp), style.ink) }
    }
}

/** Where the type is large: a card for each channel, with its verdicts in words. */
@Composable
private fun Lists(state: PolicyState, onAsk: (Asked) -> Unit) {
    Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
        for (row in state.rows) {
            CurtainCard(flush = true) {
                Name(row, Modifier.padding(horizontal = 16.dp))
                row.cells.forEachIndexed { at, cell ->
                    val style = Curtain.style(cell.look)
                    val column = state.columns.getOrElse(at) { "" }.replace('\n', ' ')
                    RowLine()
                    Row(
                        Modifier.fillMaxWidth().clickable(role = Role.Button) { onAsk(Asked(row.way, column, cell)) }.semantics(mergeDescendants = true) {}
                            .defaultMinSize(minHeight = 56.dp).padding(16.dp, 8.dp),
                        Arrangement.spacedBy(12.dp), Alignment.CenterVertically,
                    ) {
                        Icon(style.icon, null, Modifier.size(26.dp), style.ink)
                        Text(column, Modifier.weight(1f), color = Curtain.colors.ink, style = Curtain.type.small)
                        Text(style.word, color = style.ink, style = Curtain.type.word)
                    }
                }
            }
        }
    }
}

/** Named as what it is: an illustration, measured by nobody. */
@Composable
private fun Exposure(state: PolicyState) {
    val words = Curtain.words
    CurtainCard {
        if (Curtain.largeType) Caption(words.policyIllustrative)
        for ((way, share) in state.exposure) {
            val bar: @Composable (Modifier) -> Unit = {
                Box(it.height(10.dp).clip(RoundedCornerShape(5.dp)).background(Curtain.colors.raised)) {
                    Box(Modifier.fillMaxWidth(share.coerceIn(0, 100) / 100f).height(10.dp).clip(RoundedCornerShape(5.dp)).background(Curtain.colors.ink2))
                }
            }
            if (Curtain.largeType) {
                Column(Modifier.fillMaxWidth().padding(top = 8.dp).semantics(mergeDescendants = true) {}) {
                    Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween) {
                        Caption(words.way(way), color = Curtain.colors.ink)
                        Caption("$share", color = Curtain.colors.ink)
                    }
                    bar(Modifier.fillMaxWidth())
                }
            } else {
                Row(Modifier.fillMaxWidth().defaultMinSize(minHeight = 26.dp).semantics(mergeDescendants = true) {}, Arrangement.spacedBy(10.dp), Alignment.CenterVertically) {
                    Caption(words.way(way), Modifier.width(104.dp), Curtain.colors.ink)
                    bar(Modifier.weight(1f))
                    Caption("$share", Modifier.width(26.dp), Curtain.colors.ink, TextAlign.End)
                }
            }
        }
    }
}
