package org.curtain.ui.task

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.unit.dp
import java.time.DateTimeException
import java.time.LocalDate
import java.time.LocalTime
import java.time.ZoneId
import org.curtain.kit.screen.GroupsState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Member
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.RosterActions
import org.curtain.kit.screen.RosterState
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.LabelledField
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.RootHeader
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.TonalButton
import org.curtain.ui.part.VerdictPanel
import org.curtain.ui.part.WithSheet
import org.curtain.ui.part.fit
import org.curtain.ui.part.quietKeyboard
import org.curtain.ui.part.strong
import org.curtain.ui.theme.Curtain

/** The groups with a roster: how many people, and whether the roster is fresh enough to name a patient. */
@Composable
fun GroupsScreen(state: GroupsState, shell: ShellState, go: ShellActions) {
    val words = Curtain.words
    ScreenFrame(top = { RootHeader(words.rootGroups) }, bottom = { BottomBar(shell, go) }) {
        if (state.rosters.isEmpty()) Nothing(Icons.Groups, words.groupsEmpty)
        else CurtainCard(flush = true) {
            state.rosters.forEachIndexed { at, roster ->
                ListRow(
                    roster.name, second = AnnotatedString("${words.groupsPeople(roster.people)} · ${words.rosterChecked(Curtain.moments.day(roster.confirmedMs))}"),
                    lead = { Avatar(icon = Icons.Groups) }, line = at > 0, onClick = { go.open(Place.Roster(roster.id)) },
                ) { if (roster.stale) Tag(words.groupsCheck, look = Look.REWRITE) else RowEnd() }
            }
        }
        Gap(16.dp)
    }
}

/** Who is in a group: nobody is named there while the roster is old or somebody has left. */
@Composable
fun RosterScreen(state: RosterState, actions: RosterActions, go: ShellActions) {
    var adding by remember { mutableStateOf(false) }
    WithSheet(adding, { AddSheet(actions) { adding = false } }) {
        val words = Curtain.words
        ScreenFrame(
            top = { TaskHeader(state.name, go::back, AnnotatedString("${words.rosterSecure} · ${words.groupsPeople(state.people.size)}")) },
            bottom = {
                Dock {
                    Actions {
                        PrimaryButton(words.rosterConfirm, actions::confirm, icon = Icons.TaskAlt)
                        TonalButton(words.rosterMessage, actions::message, Modifier.fit())
                    }
                }
            },
        ) {
            val why = listOfNotNull(
                words.rosterOld(state.daysOld).takeIf { state.stale }, words.rosterLeft(state.left).takeIf { state.left > 0 },
                words.rosterStudents(state.students).takeIf { state.students > 0 },
            ).joinToString(" ")
            if (why.isEmpty()) VerdictPanel(Look.DOCUMENT, words.rosterFresh, words.rosterFreshWhy, state.confirmedMs)
            else VerdictPanel(Look.REWRITE, words.rosterStale, why, state.confirmedMs)
            SectionHead(words.rosterStill, Modifier.padding(top = 16.dp, bottom = 6.dp)) { Caption(words.rosterChecked(Curtain.moments.day(state.confirmedMs))) }
            CurtainCard(flush = true) { state.people.forEachIndexed { at, member -> Person(member, at > 0, state.confirmedMs, actions) } }
            Caption(words.rosterOnlyHere, Modifier.padding(start = 4.dp, end = 4.dp, top = 8.dp))
            CurtainButton(words.rosterAdd, { adding = true }, look = ButtonLook.QUIET, icon = Icons.PersonAdd, small = true)
            if (state.clues > 0) {
                Gap(8.dp)
                Banner(strong(words.rosterClues(state.clues), " " + words.rosterCluesWhy, Curtain.style(Look.REVIEW).ink), look = Look.REVIEW)
            }
            Gap(16.dp)
        }
    }
}

@Composable
private fun Person(member: Member, line: Boolean, nowMs: Long, actions: RosterActions) {
    val words = Curtain.words
    // A tap on "Here" asks; only the second one, on "Remove", takes somebody off.
    var asked by remember(member.name) { mutableStateOf(false) }
    val until = member.untilMs?.let { end -> if (year(end) == year(nowMs)) Curtain.moments.day(end) else Curtain.moments.monthYear(end) }
    val role = if (member.kind == Member.Kind.YOU) words.rosterYou else member.role
    val second = listOf(role, if (until == null) words.rosterNoEnd else if (member.kind == Member.Kind.LEFT) words.rosterLeftOn(until) else words.rosterUntil(until)).joinToString(" · ")
    ListRow(member.name, second = AnnotatedString(second), lead = { Avatar(initials(member.name)) }, line = line) {
        val remove = @Composable {
            CurtainButton(
                words.editRemove, { actions.remove(member) }, look = ButtonLook.OUTLINE, small = true, ink = Curtain.style(Look.BLOCK).ink,
                label = words.labelled(words.editRemove, member.name),
            )
        }
        when {
            member.kind == Member.Kind.YOU -> Caption(words.rosterYou)
            member.kind == Member.Kind.LEFT || asked -> remove()
            member.kind == Member.Kind.STUDENT -> Tag(words.rosterNoNames, look = Look.REWRITE)
            else -> CurtainButton(
                words.rosterHere, { asked = true }, look = ButtonLook.TONAL, icon = Icons.Check, small = true, label = words.rosterHereLabel(member.name),
            )
        }
    }
}

@Composable
private fun year(ms: Long): String = Curtain.moments.monthYear(ms).takeLast(4)

private val title = Regex("^\\p{L}+\\.\\s+")

private fun initials(name: String): String =
    name.replace(title, "").split(' ').filter(String::isNotBlank).let { parts -> listOfNotNull(parts.firstOrNull(), parts.drop(1).lastOrNull()) }
        .joinToString("") { it.substring(0, it.offsetByCodePoints(0, 1)) }

@Composable
private fun AddSheet(actions: RosterActions, onClose: () -> Unit) {
    val words = Curtain.words
    var name by remember { mutableStateOf("") }
    var role by remember { mutableStateOf("") }
    var until by remember { mutableStateOf("") }
    var asked by remember { mutableStateOf(false) }
    val end = endOfDay(until)
    val capitals = quietKeyboard(capitals = KeyboardCapitalization.Words)
    SheetFrame(words.rosterAdd, onClose) {
        Column(Modifier.fillMaxWidth().padding(top = 12.dp)) {
            LabelledField(words.rosterName, name, { name = it }, note = words.editMissing.takeIf { asked && name.isBlank() }, keyboard = capitals)
            Gap()
            LabelledField(words.rosterRole, role, { role = it })
            Gap()
            LabelledField(words.rosterEnd, until, { until = it }, hint = words.editBornHint, note = words.rosterEndNote.takeIf { until.isNotBlank() && end == null && asked })
            Gap(16.dp)
            PrimaryButton(
                words.save,
                {
                    asked = true
                    if (name.isNotBlank() && (until.isBlank() || end != null)) {
                        actions.add(name.trim(), role.trim(), end)
                        onClose()
                    }
                },
                Modifier.fillMaxWidth(), Icons.Check,
            )
        }
    }
}

/** The last minute of a day written as 2026-11-30, or null. */
private fun endOfDay(date: String): Long? = try {
    LocalDate.parse(date.trim()).atTime(LocalTime.of(23, 59)).atZone(ZoneId.systemDefault()).toInstant().toEpochMilli()
} catch (_: DateTimeException) {
    null
}
