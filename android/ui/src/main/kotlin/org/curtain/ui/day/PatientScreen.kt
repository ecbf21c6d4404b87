package org.curtain.ui.day

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
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
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.ChannelCell
import org.curtain.kit.screen.HistoryRow
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.NumberRow
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.PatientActions
import org.curtain.kit.screen.PatientState
import org.curtain.kit.screen.Sent
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.Way
import org.curtain.ui.icon.Icons
import org.curtain.ui.kind
import org.curtain.ui.owner
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.Dock
import org.curtain.ui.part.Grid
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.RoundAction
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.RowLine
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.WithSheet
import org.curtain.ui.part.fit
import org.curtain.ui.part.identifiers
import org.curtain.ui.part.strong
import org.curtain.ui.symbolOf
import org.curtain.ui.theme.Curtain
import org.curtain.ui.way

/** One patient: who, each number with its owner and channels, the history; asking for a call is one tap. */
@Composable
fun PatientScreen(state: PatientState, actions: PatientActions, go: ShellActions, adding: Boolean = false) {
    var more by remember { mutableStateOf(adding) }
    WithSheet(more, { AddSheet(state, actions) { more = false } }) { Page(state, actions, go) { more = true } }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Page(state: PatientState, actions: PatientActions, go: ShellActions, onMore: () -> Unit) {
    val words = Curtain.words
    ScreenFrame(
        top = { TaskHeader(null, go::back) { IconTarget(Icons.Edit, words.patientEdit, actions::edit) } },
        bottom = { Dock { PatientActionsRow(state, actions, onMore) } },
    ) {
        Column(Modifier.fillMaxWidth().padding(start = 4.dp, end = 4.dp, bottom = 16.dp)) {
            Text(state.who.name, Modifier.semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.display)
            Text(identifiers(state.who, born = true), color = Curtain.colors.ink2, style = Curtain.type.small)
            FlowRow(Modifier.padding(top = 10.dp), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) {
                state.language?.let { Tag(if (state.interpreter) words.patientInterpreter(it) else it, icon = Icons.Translate) }
                if (state.held) Tag(words.kindHeld, icon = Icons.Gavel)
                if (state.deceased) Tag(words.tagDeceased)
            }
        }
        if (state.safeguarding) Gap { Banner(strong(words.patientSafe), look = Look.BLOCK, icon = Icons.Shield) }
        if (state.similar.isNotEmpty()) {
            Gap { Banner(strong(words.patientSimilar + " ", state.similar.joinToString("; ") { it.name + ", " + (it.born ?: it.record).orEmpty() }), icon = Icons.Badge) }
        }
        CurtainCard(flush = true) {
            state.numbers.forEachIndexed { at, it -> Number(it, at > 0, actions) }
            state.portal?.let { portal ->
                ListRow(
                    words.wayPortal, second = AnnotatedString(words.patientPortal), line = state.numbers.isNotEmpty(),
                    lead = { Avatar(icon = Icons.Public, look = Look.ALLOW) }, onClick = { actions.message(Way.PORTAL) },
                ) { Tag(portal.word, look = portal.look) }
            }
            if (state.numbers.isEmpty() && state.portal == null) {
                ListRow(words.patientNoNumber, lead = { Avatar(icon = Icons.Mobile) }, onClick = actions::edit) { RowEnd(Icons.Add) }
            }
        }
        if (state.history.isNotEmpty()) {
            SectionHead(words.patientHistory, Modifier.padding(top = 16.dp, bottom = 6.dp))
            CurtainCard(flush = true) { state.history.forEachIndexed { at, it -> History(it, at > 0) { actions.openHistory(it.id) } } }
        }
        Spacer(Modifier.height(16.dp))
    }
}

@Composable
private fun Gap(content: @Composable () -> Unit) {
    content()
    Spacer(Modifier.height(12.dp))
}

@Composable
private fun PatientActionsRow(state: PatientState, actions: PatientActions, onMore: () -> Unit) {
    val words = Curtain.words
    val number = state.numbers.firstOrNull { !it.email }?.value
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.Bottom) {
        Actions(Modifier.weight(1f)) {
            if (state.safeguarding || state.deceased) {
                if (number != null) CurtainButton(if (state.safeguarding) words.patientCallSafe else words.wayPhone, { actions.call(number) }, icon = Icons.Call)
            } else {
                CurtainButton(words.quickCall, actions::askToCall, icon = Icons.PhoneCallback)
                if (number != null) CurtainButton(words.wayPhone, { actions.call(number) }, Modifier.fit(), ButtonLook.TONAL, Icons.Call)
            }
        }
        RoundAction(Icons.Add, words.patientNew, onMore)
    }
}

@Composable
private fun Number(row: NumberRow, line: Boolean, actions: PatientActions) {
    val words = Curtain.words
    val icon = when {
        row.email -> Icons.Mail
        row.owner == Owner.PATIENT -> Icons.Mobile
        else -> Icons.FamilyRestroom
    }
    val second = listOfNotNull(
        words.owner(row.owner, row.sharedWith),
        row.checkedMs?.let { words.patientChecked(Curtain.moments.day(it)) } ?: words.patientUnchecked,
        words.patientStale.takeIf { row.stale },
    ).joinToString(" · ")
    val one = row.channels.singleOrNull()
    Column(Modifier.fillMaxWidth()) {
        ListRow(row.value, second = AnnotatedString(second), lead = { Avatar(icon = icon) }, line = line, bottom = if (row.channels.size > 1) 6.dp else 10.dp, keepEnd = one == null) {
            if (one != null) Tag(if (one.look == Look.BLOCK) words.tagNoTexts else one.word, look = one.look)
            else IconTarget(Icons.Edit, words.labelled(words.patientEditNumber, row.value), actions::edit)
        }
        if (row.channels.size > 1) {
            Grid(if (Curtain.hugeType) 1 else if (Curtain.largeType) 2 else 3, Modifier.padding(start = 16.dp, end = 16.dp, bottom = 14.dp), 6.dp) {
                row.channels.forEach { cell -> Channel(cell) { if (cell.look == Look.CONSENT) actions.consent(cell.way, row.value) else actions.message(cell.way) } }
            }
        }
    }
}

@Composable
private fun Channel(cell: ChannelCell, onClick: () -> Unit) {
    val style = Curtain.style(cell.look)
    val name = Curtain.words.way(cell.way)
    Column(
        Modifier.clip(RoundedCornerShape(12.dp)).background(style.container).clickable(role = Role.Button, onClick = onClick)
            .semantics(mergeDescendants = true) { contentDescription = "$name. ${cell.word}" }.defaultMinSize(minHeight = 54.dp).padding(10.dp, 8.dp),
    ) {
        Text(name, color = Curtain.colors.ink, style = Curtain.type.caption)
        Row(horizontalArrangement = Arrangement.spacedBy(5.dp), verticalAlignment = Alignment.CenterVertically) {
            Icon(style.icon, null, Modifier.size(17.dp), style.ink)
            Text(cell.word, color = style.ink, style = Curtain.type.tag.copy(fontWeight = FontWeight(650)))
        }
    }
}

@Composable
private fun History(row: HistoryRow, line: Boolean, onClick: () -> Unit) {
    val words = Curtain.words
    ListRow(row.title ?: words.kind(row.kind), second = AnnotatedString(row.line), lead = { Avatar(icon = symbolOf(row.kind)) }, line = line, onClick = onClick, keepEnd = row.sent == null) {
        when (row.sent) {
            Sent.YES -> Tag(words.todaySent, look = Look.ALLOW)
            Sent.NO -> Tag(words.todayNotSent)
            Sent.UNKNOWN -> Tag(words.patientSent, icon = Icons.Help)
            null -> RowEnd()
        }
    }
}

@Composable
private fun AddSheet(state: PatientState, actions: PatientActions, onClose: () -> Unit) {
    val words = Curtain.words
    SheetFrame(words.patientNew, onClose, state.who.name + ", " + identifiers(state.who)) {
        Spacer(Modifier.height(12.dp))
        val ways = if (state.safeguarding || state.deceased) listOf() else listOf(Way.SMS, Way.EMAIL)
        val rows = ways.map { Triple(words.patientMessageBy(words.way(it)), symbolOf(it)) { actions.message(it) } } + listOf(
            Triple(words.quickTexted, Icons.MarkChatUnread, actions::theyTexted), Triple(words.quickNote, Icons.EditNote, actions::note),
            Triple(words.quickPhoto, Icons.PhotoCamera, actions::photo),
        )
        rows.forEachIndexed { at, (text, icon, act) ->
            if (at > 0) RowLine()
            ListRow(text, lead = { Avatar(icon = icon) }, onClick = { onClose(); act() }, keepEnd = true) { RowEnd() }
        }
    }
}
