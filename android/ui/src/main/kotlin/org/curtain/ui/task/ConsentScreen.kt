package org.curtain.ui.task

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.intl.LocaleList
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import org.curtain.kit.screen.ConsentActions
import org.curtain.kit.screen.ConsentBanner
import org.curtain.kit.screen.ConsentDetails
import org.curtain.kit.screen.ConsentState
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.Way
import org.curtain.ui.given
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Actions
import org.curtain.ui.part.Banner
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Dock
import org.curtain.ui.part.LabelledField
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.RowEnd
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SheetFrame
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.WithSheet
import org.curtain.ui.part.identifiers
import org.curtain.ui.theme.Curtain
import org.curtain.ui.way

/** The consent conversation: read aloud, what was offered instead, whose phone; two answers of equal weight. */
@Composable
fun ConsentScreen(state: ConsentState, actions: ConsentActions, go: ShellActions) {
    var details by remember { mutableStateOf(false) }
    WithSheet(details, { DetailsSheet(state.details, actions) { details = false } }) {
        val words = Curtain.words
        ScreenFrame(
            top = { TaskHeader(words.askTitle(given(state.who.name), words.way(state.way)), go::back, AnnotatedString(identifiers(state.who))) },
            bottom = { Dock { if (!Curtain.hugeType) Answers(state, actions) else Buttons(actions) } },
        ) {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
                state.standing?.let { Standing(it, state, actions) }
                Segments(state.languages.map { it to languageName(it) }, state.language, choose = actions::language)
                Aloud(state, actions)
                TitledCard(words.askOffered) {
                    Chips(Modifier.padding(top = 10.dp)) {
                        for (way in INSTEAD.filter { it != state.way }) {
                            val on = way in state.offered
                            Chip(if (way == Way.PHONE) words.askCall else words.way(way), on, many = true) { actions.offer(way, !on) }
                        }
                    }
                }
                Whose(state, actions)
                CurtainCard(flush = true) {
                    Column(Modifier.fillMaxWidth().padding(16.dp, 10.dp)) {
                        Caption(words.askOnly)
                        Text(if (state.clinical) words.askClinical else words.askLogistics, color = Curtain.colors.ink, style = Curtain.type.head)
                    }
                    state.againMs?.let { again ->
                        ListRow(words.askAgain, line = true) { Text(Curtain.moments.date(again), color = Curtain.colors.ink, style = Curtain.type.label) }
                    }
                    ListRow(words.askDetails, second = AnnotatedString(words.how(state.details.how)), line = true, onClick = { details = true }, keepEnd = true) { RowEnd() }
                }
                if (Curtain.hugeType) Missing(state)
                Gap(4.dp)
            }
        }
    }
}

private val INSTEAD = listOf(Way.PORTAL, Way.PHONE, Way.TELEHEALTH)

@Composable
private fun Aloud(state: ConsentState, actions: ConsentActions) {
    val words = Curtain.words
    val version = listOfNotNull(
        words.askWording(state.wordingVersion.toString()), if (state.approved) state.approvedMs?.let { words.askApproved(Curtain.moments.day(it)) } ?: words.askApprovedPlain else null,
    ).joinToString(" · ")
    TitledCard(words.askAloud, version) {
        // In the language of the text, so that a screen reader speaks it right.
        Text(
            AnnotatedString("“${state.wording.trim('"', '“', '”')}”", SpanStyle(localeList = LocaleList(state.language))), Modifier.padding(top = 8.dp),
            color = Curtain.colors.ink, style = Curtain.type.body.copy(fontSize = 19.sp, lineHeight = 27.sp, fontWeight = FontWeight(500)),
        )
        if (!state.approved) {
            Banner(AnnotatedString(words.askUnapproved(languageName(state.language))), Modifier.padding(top = 12.dp), look = Look.REWRITE, icon = Icons.Translate)
        }
        CurtainButton(
            if (state.played) words.askPlayAgain else words.askPlay(languageName(state.language)), actions::play, Modifier.padding(top = 12.dp), ButtonLook.TONAL,
            Icons.VolumeUp, small = true,
        )
    }
}

@Composable
private fun Whose(state: ConsentState, actions: ConsentActions) {
    val words = Curtain.words
    val others = listOf(Owner.FAMILY to words.askFamily, Owner.CAREGIVER to words.askCarer, Owner.OTHER to words.askOther)
    val other = state.owner in others.map { it.first }
    TitledCard(words.askWhose(state.address)) {
        Chips(Modifier.padding(top = 10.dp)) {
            Chip(words.askOwn, state.owner == Owner.PATIENT) { actions.owner(Owner.PATIENT) }
            Chip(words.askShared, state.owner == Owner.SHARED) { actions.owner(Owner.SHARED) }
            Chip(words.askElse, other) { if (!other) actions.owner(Owner.OTHER) }
        }
        if (other) Chips(Modifier.padding(top = 8.dp)) { for ((owner, text) in others) Chip(text, state.owner == owner) { actions.owner(owner) } }
        if (state.owner == Owner.SHARED) Banner(AnnotatedString(words.askSharedOnly(given(state.who.name))), Modifier.padding(top = 10.dp), look = Look.REWRITE, icon = Icons.FamilyRestroom)
    }
}

/** What stands before the talk; a yes in force can be taken back with one tap. */
@Composable
private fun Standing(banner: ConsentBanner, state: ConsentState, actions: ConsentActions) {
    val words = Curtain.words
    val name = banner.name
    val day = banner.atMs?.let { Curtain.moments.date(it) }.orEmpty()
    val (text, look) = when (banner.kind) {
        ConsentBanner.Kind.IN_FORCE -> words.askStandingYes(name, day) to Look.ALLOW
        ConsentBanner.Kind.REVIEW_DUE -> words.askStandingReview(name, day) to Look.CONSENT
        ConsentBanner.Kind.WITHDRAWN -> words.consentWithdrawn(name, day) to Look.BLOCK
        ConsentBanner.Kind.EXPIRED -> words.consentExpired(name) to Look.CONSENT
        ConsentBanner.Kind.NUMBER_CHANGED -> words.consentChanged to Look.CONSENT
        ConsentBanner.Kind.NEEDED -> words.consentNeeded(name) to Look.CONSENT
    }
    val takeBack = banner.kind == ConsentBanner.Kind.IN_FORCE || banner.kind == ConsentBanner.Kind.REVIEW_DUE
    Banner(
        AnnotatedString(text), look = look,
        action = if (takeBack) ({
            CurtainButton(words.askWithdraw, actions::withdraw, Modifier.padding(top = 8.dp), ButtonLook.OUTLINE, small = true, label = words.labelled(words.askWithdraw, state.who.name))
        }) else null,
    )
}

@Composable
private fun Missing(state: ConsentState) {
    val words = Curtain.words
    val text = if (state.missing.isEmpty()) words.askEither else words.askMissing(
        state.missing.sorted().joinToString(", ") { listOf(words.askMissing1, words.askMissing2, words.askMissing3).getOrElse(it - 1) { "" } },
    )
    DockLine(text, Modifier.semantics { liveRegion = LiveRegionMode.Polite })
}

@Composable
private fun Answers(state: ConsentState, actions: ConsentActions) {
    Missing(state)
    Buttons(actions)
}

@Composable
private fun Buttons(actions: ConsentActions) {
    Actions {
        CurtainButton(Curtain.words.askNo, actions::prefersNot, look = ButtonLook.OUTLINE)
        CurtainButton(Curtain.words.askYes, actions::agrees, look = ButtonLook.OUTLINE, icon = Icons.Check)
    }
}

private fun org.curtain.ui.Words.how(how: ConsentDetails.How): String = when (how) {
    ConsentDetails.How.IN_PERSON -> askHowPerson
    ConsentDetails.How.PHONE -> askHowPhone
    ConsentDetails.How.WRITTEN -> askHowWritten
    ConsentDetails.How.MESSAGE -> askHowMessage
}

@Composable
private fun DetailsSheet(details: ConsentDetails, actions: ConsentActions, onClose: () -> Unit) {
    val words = Curtain.words
    SheetFrame(words.askDetails, onClose) {
        Caption(words.askHow, Modifier.padding(top = 12.dp))
        Chips(Modifier.padding(top = 8.dp)) {
            for (how in ConsentDetails.How.entries) Chip(words.how(how), details.how == how) { actions.details(details.copy(how = how)) }
        }
        LabelledField(words.askWitness, details.witness, { actions.details(details.copy(witness = it)) }, Modifier.padding(top = 12.dp))
        LabelledField(words.askInterpreter, details.interpreter, { actions.details(details.copy(interpreter = it)) }, Modifier.padding(top = 12.dp))
        PrimaryButton(words.done, onClose, Modifier.fillMaxWidth().padding(top = 16.dp), Icons.Check)
    }
}
