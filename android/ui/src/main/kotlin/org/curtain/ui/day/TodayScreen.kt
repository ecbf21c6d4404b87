package org.curtain.ui.day

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
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
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.Reached
import org.curtain.kit.screen.Sent
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.kit.screen.TodayActions
import org.curtain.kit.screen.TodayState
import org.curtain.kit.screen.Waiting
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.kind
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Grid
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.RootHeader
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.Tag
import org.curtain.ui.part.strong
import org.curtain.ui.symbolOf
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius

/** What waits tonight: unanswered outcomes first, then what goes to the chart, then drafts; the four quick actions under the thumb. */
@Composable
fun TodayScreen(state: TodayState, actions: TodayActions, shell: ShellState, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(
        top = { RootHeader(words.rootToday, shift(state.nowMs)) { state.leaseUntilMs?.let { Lease(it, state.leaseNear) } } },
        bottom = {
            Column {
                if (!Curtain.hugeType) Quick(go, Modifier.padding(start = 16.dp, end = 16.dp, top = 10.dp, bottom = 12.dp))
                BottomBar(shell, go)
            }
        },
    ) {
        state.leavingDays?.let { days ->
            Banner(AnnotatedString(words.todayLeaving(days)), icon = Icons.Luggage, look = Look.REWRITE) {
                CurtainButton(words.todayLeavingOpen, { go.open(Place.Leaving) }, Modifier.padding(top = 4.dp), ButtonLook.QUIET, small = true)
            }
            Spacer(Modifier.height(12.dp))
        }
        if (state.setAside > 0) {
            Banner(AnnotatedString(words.todaySetAside(state.setAside)), icon = Icons.Info, look = Look.REVIEW) {
                CurtainButton(words.lockShow, { go.open(Place.Damaged(false)) }, Modifier.padding(top = 4.dp), ButtonLook.QUIET, small = true)
            }
            Spacer(Modifier.height(12.dp))
        }
        for (waiting in state.outcomes) {
            if (waiting.kind == Waiting.Kind.CALL) CallOutcome(waiting, state.nowMs, actions) else Outcome(waiting, state.nowMs, actions)
            Spacer(Modifier.height(12.dp))
        }
        if (state.toChart.isNotEmpty()) {
            SectionHead(words.todayToChart, count = "${state.toChart.size}") {
                if (state.toChart.size > 1) CurtainButton(words.todayCopyAll, actions::copyAll, look = ButtonLook.QUIET, small = true)
            }
            CurtainCard(flush = true) { state.toChart.forEachIndexed { at, it -> ToChart(it, state.nowMs, actions, at > 0) } }
        }
        if (state.drafts.isNotEmpty()) {
            SectionHead(words.todayDrafts, Modifier.padding(top = 18.dp, bottom = 6.dp))
            CurtainCard(flush = true) {
                state.drafts.forEachIndexed { at, it ->
                    val title = listOfNotNull(words.kind(it.kind), it.who?.name).joinToString(" · ")
                    ListRow(
                        title, second = AnnotatedString(words.todayKept(Curtain.moments.since(it.sinceMs, state.nowMs))),
                        lead = { Avatar(icon = if (it.kind == Waiting.Kind.DRAFT_MESSAGE) Icons.Sms else Icons.EditNote) }, line = at > 0,
                    ) { CurtainButton(words.todayResume, { actions.resume(it.id) }, look = ButtonLook.OUTLINE, small = true, label = words.labelled(words.todayResume, title)) }
                }
            }
        }
        if (state.outcomes.isEmpty() && state.toChart.isEmpty() && state.drafts.isEmpty()) {
            Column(Modifier.fillMaxWidth().padding(top = 96.dp), Arrangement.spacedBy(12.dp), Alignment.CenterHorizontally) {
                Icon(Icons.Bedtime, null, Modifier.size(48.dp), Curtain.colors.primary)
                Text(words.todayEmpty, color = Curtain.colors.ink2, style = Curtain.type.body, textAlign = TextAlign.Center)
            }
        }
        if (Curtain.hugeType) Quick(go, Modifier.padding(top = 18.dp))
        Spacer(Modifier.height(16.dp))
    }
}

/** "Night shift · Mon 23 Nov" */
@Composable
private fun shift(nowMs: Long): String {
    val hour = Curtain.moments.time(nowMs).take(2).toIntOrNull() ?: 0
    val day = Curtain.moments.weekday(nowMs)
    return if (hour >= NIGHT_FROM || hour < NIGHT_TO) Curtain.words.todayNight(day) else day
}

private const val NIGHT_FROM = 20
private const val NIGHT_TO = 7

@Composable
private fun Lease(untilMs: Long, near: Boolean) {
    Tag(
        Curtain.words.todayLease(Curtain.moments.weekdayTime(untilMs)), Modifier.padding(bottom = 4.dp), Icons.VerifiedUser, if (near) Look.REWRITE else null,
    )
}

@Composable
private fun Question(waiting: Waiting, title: String, second: String, icon: ImageVector, answers: @Composable () -> Unit) {
    CurtainCard {
        Row(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}, Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Avatar(icon = icon)
            Column(Modifier.weight(1f)) {
                Text(title, Modifier.semantics { heading() }, color = Curtain.colors.ink, style = Curtain.type.head)
                Text(listOfNotNull(waiting.who?.name, second).joinToString(" · "), color = Curtain.colors.ink2, style = Curtain.type.caption)
            }
        }
        Actions(Modifier.fillMaxWidth().padding(top = 12.dp)) { answers() }
    }
}

@Composable
private fun Outcome(waiting: Waiting, nowMs: Long, actions: TodayActions) {
    val words = Curtain.words
    val second = listOfNotNull(waiting.lastFour?.let { words.ends(it) }, words.todayOpened(Curtain.moments.since(waiting.sinceMs, nowMs))).joinToString(" · ")
    val name = waiting.who?.let { given(it.name) }
    Question(waiting, if (name != null) words.todayOutcome(name) else words.outcomeTitle, second, Icons.Sms) {
        CurtainButton(words.todaySent, { actions.answer(waiting.id, Sent.YES) }, look = ButtonLook.TONAL, icon = Icons.Check, small = true)
        CurtainButton(words.todayNotSent, { actions.answer(waiting.id, Sent.NO) }, look = ButtonLook.OUTLINE, small = true)
        CurtainButton(words.todayNotSure, { actions.answer(waiting.id, Sent.UNKNOWN) }, look = ButtonLook.OUTLINE, small = true)
    }
}

@Composable
private fun CallOutcome(waiting: Waiting, nowMs: Long, actions: TodayActions) {
    val words = Curtain.words
    val name = waiting.who?.let { given(it.name) }
    Question(
        waiting, if (name != null) words.todayCalled(name) else words.todayCalledNobody, words.todayOpened(Curtain.moments.since(waiting.sinceMs, nowMs)), Icons.Call,
    ) {
        CurtainButton(words.todayReached, { actions.recordCall(waiting.id, Reached.REACHED) }, look = ButtonLook.TONAL, icon = Icons.Check, small = true)
        CurtainButton(words.todayPassedOn, { actions.recordCall(waiting.id, Reached.PASSED_ON) }, look = ButtonLook.OUTLINE, small = true)
        CurtainButton(words.todayNotReached, { actions.recordCall(waiting.id, Reached.NOT_REACHED) }, look = ButtonLook.OUTLINE, small = true)
    }
}

/** First copied, then said to be in the chart: the copy alone proves nothing. */
@Composable
private fun ToChart(waiting: Waiting, nowMs: Long, actions: TodayActions, line: Boolean) {
    val words = Curtain.words
    var copied by remember(waiting.id) { mutableStateOf(false) }
    val who = waiting.who
    val second = "${words.kind(waiting.kind)} · ${Curtain.moments.since(waiting.sinceMs, nowMs)}"
    ListRow(
        who?.name ?: words.kind(waiting.kind), second = AnnotatedString(second),
        lead = { if (who != null) Avatar(who.initials) else Avatar(icon = symbolOf(waiting.kind)) }, line = line,
    ) {
        val about = "${who?.name.orEmpty()}, $second"
        if (copied) CurtainButton(words.todayFiled, { actions.filed(waiting.id) }, look = ButtonLook.OUTLINE, icon = Icons.Check, small = true, label = words.labelled(words.todayFiled, about))
        else CurtainButton(
            words.copy, { actions.copyChart(waiting.id); copied = true }, look = ButtonLook.TONAL, icon = Icons.ContentCopy, small = true,
            label = words.labelled(words.copy, about),
        )
    }
}

@Composable
private fun Quick(go: ShellActions, modifier: Modifier = Modifier) {
    val words = Curtain.words
    Grid(if (Curtain.largeType) 2 else 4, modifier, 8.dp) {
        QuickTile(words.quickCall, Icons.PhoneCallback) { go.open(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL)) }
        QuickTile(words.quickTexted, Icons.MarkChatUnread) { go.open(Place.Pick(Place.Pick.Purpose.THEY_TEXTED)) }
        QuickTile(words.quickNote, Icons.EditNote) { go.open(Place.Pick(Place.Pick.Purpose.NOTE)) }
        QuickTile(words.quickPhoto, Icons.PhotoCamera) { go.open(Place.Pick(Place.Pick.Purpose.PHOTO)) }
    }
}

@Composable
private fun QuickTile(text: String, icon: ImageVector, onClick: () -> Unit) {
    Column(
        Modifier.clip(RoundedCornerShape(Radius.cell)).background(Curtain.colors.primarySoft).clickable(role = Role.Button, onClick = onClick)
            .semantics(mergeDescendants = true) {}.defaultMinSize(minHeight = 72.dp).padding(4.dp, 8.dp),
        Arrangement.spacedBy(6.dp, Alignment.CenterVertically), Alignment.CenterHorizontally,
    ) {
        Icon(icon, null, Modifier.size(24.dp), Curtain.colors.onPrimarySoft)
        Text(text, color = Curtain.colors.onPrimarySoft, style = Curtain.type.cell, textAlign = TextAlign.Center)
    }
}
