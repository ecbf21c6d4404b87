package org.curtain.ui.leaving

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.LeavingActions
import org.curtain.kit.screen.LeavingState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.OpenGroup
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.Waiting
import org.curtain.kit.screen.WhyDiscard
import org.curtain.ui.Words
import org.curtain.ui.icon.Icons
import org.curtain.ui.kind
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Dock
import org.curtain.ui.part.FixedText
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.WithSheet
import org.curtain.ui.symbolOf
import org.curtain.ui.task.DockLine
import org.curtain.ui.task.Gap
import org.curtain.ui.task.Ring
import org.curtain.ui.theme.Curtain

/** Leaving an institution: what is still to finish, what is done, and the erasure that opens when all is. */
@Composable
fun LeavingScreen(state: LeavingState, actions: LeavingActions, go: ShellActions) {
    var discarding by remember { mutableStateOf<OpenGroup?>(null) }
    WithSheet(discarding != null, { discarding?.let { group -> DiscardSheet(group, actions) { discarding = null } } }) {
        val words = Curtain.words
        val left = state.open.sumOf { it.count }
        ScreenFrame(
            top = {
                TaskHeader(
                    words.leavingTitle(state.institution), go::back,
                    state.endsMs?.let { AnnotatedString(words.leavingEnds("${Curtain.moments.weekday(it)}, ${Curtain.moments.time(it)}")) },
                )
            },
            bottom = { Dock { Next(state, actions, left) } },
        ) {
            Progress(state, left)
            if (state.open.isNotEmpty()) {
                SectionHead(words.leavingToFinish, Modifier.padding(top = 18.dp, bottom = 6.dp))
                CurtainCard(flush = true) { state.open.forEachIndexed { at, group -> Open(group, at > 0, actions) { discarding = group } } }
            }
            if (state.open.isNotEmpty()) {
                SectionHead(words.leavingHandOver, Modifier.padding(top = 18.dp, bottom = 6.dp))
                CurtainCard {
                    Text(words.leavingHandOverWhat(state.institution), color = Curtain.colors.ink2, style = Curtain.type.small)
                    Actions(Modifier.padding(top = 12.dp)) {
                        CurtainButton(words.leavingHandOverSeal, actions::handOver, look = ButtonLook.TONAL, small = true)
                        CurtainButton(words.leavingHandOverArrived, actions::arrived, look = ButtonLook.OUTLINE, small = true)
                    }
                }
            }
            if (state.finished.isNotEmpty() || state.held > 0) {
                SectionHead(words.leavingDone, Modifier.padding(top = 18.dp, bottom = 6.dp))
                CurtainCard(flush = true) {
                    state.finished.forEachIndexed { at, done ->
                        ListRow(
                            words.leavingKindDone(done.kind, done.count), second = AnnotatedString(words.leavingFiled),
                            lead = { Avatar(icon = Icons.Check, look = Look.ALLOW) }, line = at > 0,
                        )
                    }
                    if (state.held > 0) {
                        ListRow(
                            words.leavingHeld(state.held), second = AnnotatedString(words.leavingHeldWhat(state.institution)), lead = { Avatar(icon = Icons.Gavel) },
                            line = state.finished.isNotEmpty(),
                        )
                    }
                }
            }
            Gap(16.dp)
        }
    }
}

@Composable
private fun Progress(state: LeavingState, left: Int) {
    val words = Curtain.words
    val total = state.done + left
    val label = words.leavingRing("${state.done}", "$total")
    CurtainCard {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(16.dp), Alignment.CenterVertically) {
            Ring(if (total == 0) 1f else state.done.toFloat() / total, 84.dp, 7.dp, Modifier.clearAndSetSemantics { contentDescription = label }) {
                Row(verticalAlignment = Alignment.Bottom) {
                    FixedText("${state.done}", Curtain.type.title, Curtain.colors.ink)
                    FixedText("/$total", Curtain.type.caption, Curtain.colors.ink2, Modifier.padding(bottom = 4.dp))
                }
            }
            Column(Modifier.weight(1f)) {
                Text(if (left == 0) words.leavingNothing else words.leavingLeft(left), Modifier.semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.title)
                Text(words.leavingThen, color = Curtain.colors.ink2, style = Curtain.type.small)
            }
        }
    }
}

/** The kinds that only answering or charting can finish; the rest may be discarded with a reason. */
private val kept = setOf(Waiting.Kind.OUTCOME, Waiting.Kind.CALL, Waiting.Kind.HELD)

@Composable
private fun Open(group: OpenGroup, line: Boolean, actions: LeavingActions, onDiscard: () -> Unit) {
    val words = Curtain.words
    val title = words.leavingKindOpen(group.kind, group.count)
    val act = when (group.kind) {
        Waiting.Kind.OUTCOME, Waiting.Kind.CALL -> words.leavingAnswer
        Waiting.Kind.DRAFT_MESSAGE, Waiting.Kind.DRAFT_NOTE -> words.leavingOpen
        else -> words.leavingChart
    }
    ListRow(title, second = AnnotatedString(group.names.joinToString(", ")), lead = { Avatar(icon = symbol(group.kind)) }, line = line) {
        Row(verticalAlignment = Alignment.CenterVertically) {
            if (group.kind !in kept) {
                IconTarget(Icons.MoreHoriz, words.labelled(words.leavingDiscard, title), onDiscard, tint = Curtain.colors.ink2)
            }
            CurtainButton(act, { actions.open(group) }, look = ButtonLook.TONAL, small = true, label = words.labelled(act, title))
        }
    }
}

private fun symbol(kind: Waiting.Kind): ImageVector = when (kind) {
    Waiting.Kind.COMMUNICATION, Waiting.Kind.REDIRECTED, Waiting.Kind.CONSENT, Waiting.Kind.INBOUND -> Icons.AssignmentTurnedIn
    Waiting.Kind.DRAFT_MESSAGE -> Icons.EditNote
    else -> symbolOf(kind)
}

@Composable
private fun Next(state: LeavingState, actions: LeavingActions, left: Int) {
    val words = Curtain.words
    val next = state.next
    if (next == null) {
        PrimaryButton(words.leavingErase, actions::erase, Modifier.fillMaxWidth(), Icons.Delete)
        DockLine(words.leavingEraseWhat)
    } else {
        val name = next.who?.name ?: words.kind(next.kind)
        val text = when (next.kind) {
            Waiting.Kind.OUTCOME, Waiting.Kind.CALL -> words.leavingNextAnswer(name)
            Waiting.Kind.DRAFT_MESSAGE, Waiting.Kind.DRAFT_NOTE -> words.leavingNextOpen(name)
            else -> words.leavingNextChart(name)
        }
        PrimaryButton(text, actions::next, Modifier.fillMaxWidth())
        DockLine(words.leavingWait(left))
    }
}

/** A reason for each thing that is not charted; the fresh unlock is asked for by what this leads to. */
@Composable
private fun DiscardSheet(group: OpenGroup, actions: LeavingActions, onClose: () -> Unit) {
    val words = Curtain.words
    var chosen by remember(group) { mutableStateOf(group.ids.singleOrNull()) }
    SheetFrame(words.leavingDiscard, onClose, words.leavingDiscardWhat) {
        if (group.ids.size > 1) {
            Gap()
            CurtainCard(flush = true, color = Curtain.colors.raised) {
                group.ids.forEachIndexed { at, id ->
                    ListRow(group.names.getOrElse(at) { "" }, line = at > 0, onClick = { chosen = id }, keepEnd = true) { if (chosen == id) RowEnd(Icons.Check) }
                }
            }
        }
        chosen?.let { id ->
            Column(Modifier.fillMaxWidth().padding(top = 12.dp), Arrangement.spacedBy(8.dp)) {
                for (why in WhyDiscard.entries) {
                    CurtainButton(words.why(why), { actions.discard(id, why); onClose() }, Modifier.fillMaxWidth(), ButtonLook.OUTLINE, small = true)
                }
            }
        }
        CurtainButton(words.cancel, onClose, Modifier.fillMaxWidth().padding(top = 8.dp), ButtonLook.QUIET)
    }
}

private fun Words.why(why: WhyDiscard): String = when (why) {
    WhyDiscard.DUPLICATE -> leavingWhyDuplicate
    WhyDiscard.ENTERED_BY_MISTAKE -> leavingWhyMistake
    WhyDiscard.CHARTED_ELSEWHERE -> leavingWhyElsewhere
    WhyDiscard.NOT_SENT -> leavingWhyNotSent
    WhyDiscard.HANDED_OVER -> leavingWhyHanded
}

private fun Words.leavingKindOpen(kind: Waiting.Kind, n: Int): String = when (kind) {
    Waiting.Kind.OUTCOME -> leavingOpenOutcome(n)
    Waiting.Kind.CALL -> leavingOpenCall(n)
    Waiting.Kind.DRAFT_MESSAGE -> leavingOpenDraft(n)
    Waiting.Kind.DRAFT_NOTE, Waiting.Kind.NOTE -> leavingOpenNote(n)
    Waiting.Kind.PHOTO -> leavingOpenPhoto(n)
    Waiting.Kind.HELD -> leavingHeld(n)
    Waiting.Kind.COMMUNICATION, Waiting.Kind.REDIRECTED, Waiting.Kind.CONSENT, Waiting.Kind.INBOUND -> leavingOpenChart(n)
}

private fun Words.leavingKindDone(kind: Waiting.Kind, n: Int): String = when (kind) {
    Waiting.Kind.PHOTO -> leavingDonePhoto(n)
    Waiting.Kind.NOTE, Waiting.Kind.DRAFT_NOTE -> leavingDoneNote(n)
    Waiting.Kind.HELD -> leavingHeld(n)
    Waiting.Kind.OUTCOME, Waiting.Kind.CALL -> leavingDoneAnswered(n)
    Waiting.Kind.COMMUNICATION, Waiting.Kind.REDIRECTED, Waiting.Kind.CONSENT, Waiting.Kind.INBOUND, Waiting.Kind.DRAFT_MESSAGE -> leavingDoneChart(n)
}
