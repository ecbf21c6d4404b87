package org.curtain.ui.part

import androidx.compose.animation.Crossfade
import androidx.compose.animation.core.snap
import androidx.compose.animation.core.tween
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.RoundedCornerShape
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
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.ChannelCell
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Way
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Haptic
import org.curtain.ui.theme.Motion
import org.curtain.ui.theme.Radius
import org.curtain.ui.theme.Size
import org.curtain.ui.theme.VerdictStyle
import org.curtain.ui.way

private const val SPOKEN_AFTER_MS = 800L

/**
 * The verdict in a sentence: a live region that speaks when it changed and typing rests, Block and NeedsConsent at once. [seed] is
 * whatever changes with a keystroke. [onClick] opens the trace.
 */
@Composable
fun VerdictPanel(look: Look, headline: String, why: String, seed: Any?, onClick: (() -> Unit)? = null, end: (@Composable (VerdictStyle) -> Unit)? = null) {
    val style = Curtain.style(look)
    val motion = if (Curtain.reducedMotion) 0 else Motion.QUICK
    val haptics = Curtain.haptics
    var felt by remember { mutableStateOf(look) }
    LaunchedEffect(look) {
        if (felt != look && style.haptic != Haptic.NONE) haptics(style.haptic)
        felt = look
    }
    Box(Modifier.fillMaxWidth()) {
        Spoken(look, "$headline. $why", seed)
        Row(
            Modifier.fillMaxWidth().clip(RoundedCornerShape(Radius.cell)).background(style.container)
                .then(if (onClick != null) Modifier.clickable(onClickLabel = Curtain.words.verdictOpens, role = Role.Button, onClick = onClick) else Modifier)
                .semantics(mergeDescendants = true) {}
                .defaultMinSize(minHeight = Size.action).padding(14.dp, 10.dp),
            Arrangement.spacedBy(12.dp), Alignment.CenterVertically,
        ) {
            Crossfade(look, animationSpec = if (motion == 0) snap() else tween(motion)) { Icon(Curtain.style(it).icon, null, Modifier.size(30.dp), Curtain.style(it).ink) }
            Column(Modifier.weight(1f)) {
                Text(headline, color = style.ink, style = Curtain.type.verdict)
                if (why.isNotEmpty()) Text(why, color = Curtain.colors.ink, style = Curtain.type.small)
                if (Curtain.hugeType) end?.invoke(style)
            }
            if (!Curtain.hugeType) end?.invoke(style)
        }
    }
}

/** Says [sentence] without showing it, later than it is shown where that may wait. */
@Composable
private fun Spoken(look: Look, sentence: String, seed: Any?) {
    var said by remember { mutableStateOf("") }
    LaunchedEffect(sentence, seed) {
        if (said != sentence) {
            if (look != Look.BLOCK && look != Look.CONSENT) kotlinx.coroutines.delay(SPOKEN_AFTER_MS)
            said = sentence
        }
    }
    Box(Modifier.size(1.dp).semantics { liveRegion = LiveRegionMode.Polite; if (said.isNotEmpty()) contentDescription = said })
}

private const val CELLS = 5

/**
 * All channels with their verdicts, in the order of the policy, one of them selected. Five in a row; three columns at large type, a list
 * at huge type; what is too much stands behind "More", which [onMore] opens.
 */
@Composable
fun ChannelBar(cells: List<ChannelCell>, choose: (Way) -> Unit, why: String = "", more: Int = 0, onMore: () -> Unit = {}) {
    val huge = Curtain.hugeType
    val columns = if (huge) 1 else if (Curtain.largeType) 3 else CELLS
    val group = Curtain.words.composerChannels
    val slots: List<@Composable (Modifier) -> Unit> = cells.mapIndexed<ChannelCell, @Composable (Modifier) -> Unit> { at, cell ->
        { modifier -> Cell(cell, modifier, at + 1, cells.size, columns, if (cell.selected) why else "") { choose(cell.way) } }
    } + if (more > 0) listOf<@Composable (Modifier) -> Unit>({ MoreCell(more, it, columns, onMore) }) else listOf()
    Grid(columns, Modifier.fillMaxWidth().selectableGroup().semantics { contentDescription = group }) { slots.forEach { it(Modifier) } }
}

@Composable
private fun Cell(cell: ChannelCell, modifier: Modifier, at: Int, of: Int, columns: Int, why: String, onClick: () -> Unit) {
    val words = Curtain.words
    val style = Curtain.style(cell.look)
    val name = words.way(cell.way)
    val verdict = if (why.isEmpty()) cell.word else "${cell.word}: ${why.replaceFirstChar(Char::lowercase)}"
    val best = if (cell.best) ". ${words.best}" else ""
    val label = "$name. ${verdict.trimEnd('.')}. " + (if (cell.selected) words.cellSelected(at.toString(), of.toString()) else words.cellPosition(at.toString(), of.toString())) + best
    CellFrame(
        modifier.selectable(cell.selected, role = Role.RadioButton, onClick = onClick).semantics(mergeDescendants = true) { contentDescription = label },
        name, style, cell.word, columns, cell.selected, cell.best && !cell.selected,
    )
}

@Composable
private fun MoreCell(more: Int, modifier: Modifier, columns: Int, onClick: () -> Unit) {
    val words = Curtain.words
    val style = VerdictStyle(Curtain.colors.ink2, Curtain.colors.raised, Icons.MoreHoriz, "", { "" }, Haptic.NONE)
    val word = words.channelsMore(more)
    CellFrame(
        modifier.clickable(role = Role.Button, onClick = onClick).semantics(mergeDescendants = true) { contentDescription = "${words.more}, $word" },
        words.more, style, word, columns, selected = false, best = false,
    )
}

@Composable
private fun CellFrame(act: Modifier, name: String, style: VerdictStyle, word: String, columns: Int, selected: Boolean, best: Boolean) {
    val shape = RoundedCornerShape(Radius.cell)
    val notch = style.ink
    Box(
        Modifier.drawBehind {
            if (selected && columns == CELLS) {
                val half = 7.dp.toPx()
                val tip = 8.dp.toPx()
                drawPath(Path().apply { moveTo(size.width / 2, -tip); lineTo(size.width / 2 + half, 0f); lineTo(size.width / 2 - half, 0f); close() }, notch)
            }
        },
    ) {
        val body = Modifier.fillMaxWidth().clip(shape).background(style.container).then(if (selected) Modifier.border(2.5.dp, style.ink, shape) else Modifier)
            .then(act)
        when (columns) {
            CELLS -> Column(body.defaultMinSize(minHeight = 84.dp).padding(2.dp, 8.dp), Arrangement.SpaceBetween, Alignment.CenterHorizontally) {
                CellText(name, Modifier, false)
                Icon(style.icon, null, Modifier.padding(vertical = 2.dp).size(26.dp), style.ink)
                CellWord(word, style)
            }
            1 -> Row(body.defaultMinSize(minHeight = Size.action).padding(12.dp, 8.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
                Icon(style.icon, null, Modifier.size(26.dp), style.ink)
                CellText(name, Modifier.weight(1f), true)
                if (best) Best()
                CellWord(word, style)
            }
            else -> Column(body.defaultMinSize(minHeight = 68.dp).padding(8.dp), Arrangement.spacedBy(4.dp, Alignment.CenterVertically)) {
                Row(verticalAlignment = Alignment.CenterVertically) {
                    CellText(name, Modifier.weight(1f), true)
                    Icon(style.icon, null, Modifier.size(20.dp), style.ink)
                }
                CellWord(word, style)
            }
        }
        if (best && columns != 1) {
            Box(Modifier.align(if (columns == CELLS) Alignment.TopCenter else Alignment.TopStart).offset(y = (-9).dp)) { Best() }
        }
    }
}

@Composable
private fun CellText(text: String, modifier: Modifier, start: Boolean) =
    Text(text, modifier.clearAndSetSemantics {}, color = Curtain.colors.ink, style = Curtain.type.cell, textAlign = if (start) TextAlign.Start else TextAlign.Center)

@Composable
private fun CellWord(text: String, style: VerdictStyle) =
    Text(text, Modifier.clearAndSetSemantics {}, color = style.ink, style = Curtain.type.word, textAlign = TextAlign.Center)

/** Repeats what the label says: it may be smaller than all else, and does not grow much. */
@Composable
private fun Best() = FixedText(
    Curtain.words.best, Curtain.type.badge, Curtain.colors.surface,
    Modifier.clearAndSetSemantics {}.clip(RoundedCornerShape(Radius.tag)).background(Curtain.style(Look.ALLOW).ink).padding(horizontal = 7.dp), limit = 1.15f,
)

/** The bar while the keyboard is up: one line of 48, closed channels left out. */
@Composable
fun ChannelLine(cells: List<ChannelCell>, choose: (Way) -> Unit, modifier: Modifier = Modifier) {
    val words = Curtain.words
    Row(modifier.selectableGroup(), Arrangement.spacedBy(6.dp)) {
        val open = cells.filter { it.look != Look.OFF }.take(4)
        open.forEachIndexed { at, cell ->
            val style = Curtain.style(cell.look)
            val shape = RoundedCornerShape(12.dp)
            val label = "${words.way(cell.way)}. ${cell.word}. " +
                if (cell.selected) words.cellSelected("${at + 1}", "${open.size}") else words.cellPosition("${at + 1}", "${open.size}")
            Row(
                Modifier.weight(1f).defaultMinSize(minHeight = Size.target).clip(shape).background(style.container)
                    .then(if (cell.selected) Modifier.border(2.5.dp, style.ink, shape) else Modifier)
                    .selectable(cell.selected, role = Role.RadioButton) { choose(cell.way) }
                    .semantics(mergeDescendants = true) { contentDescription = label }.padding(horizontal = 4.dp),
                Arrangement.spacedBy(5.dp, Alignment.CenterHorizontally), Alignment.CenterVertically,
            ) {
                Icon(style.icon, null, Modifier.size(18.dp), style.ink)
                if (!Curtain.hugeType) Text(words.way(cell.way), Modifier.clearAndSetSemantics {}, color = style.ink, style = Curtain.type.cell)
            }
        }
    }
}
