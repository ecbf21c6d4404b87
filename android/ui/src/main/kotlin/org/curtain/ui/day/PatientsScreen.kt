package org.curtain.ui.day

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.PatientRow
import org.curtain.kit.screen.PatientsActions
import org.curtain.kit.screen.PatientsState
import org.curtain.kit.screen.Place
import org.curtain.kit.screen.ShellActions
import org.curtain.kit.screen.ShellState
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.Avatar
import org.curtain.ui.part.Banner
import org.curtain.ui.part.BottomBar
import org.curtain.ui.part.BottomEdge
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.RootHeader
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SearchField
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.Tag
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.identifiers
import org.curtain.ui.part.strong
import org.curtain.ui.theme.Curtain

/** All patients of this phone, or the choice of one for a quick action; the search stands under the thumb, above the keyboard. */
@Composable
fun PatientsScreen(state: PatientsState, actions: PatientsActions, shell: ShellState, go: ShellActions, onScan: (() -> Unit)? = null) {
    val words = Curtain.words
    val count = words.patientsCount(state.total)
    ScreenFrame(
        top = {
            val purpose = state.picking
            if (purpose != null) {
                TaskHeader(
                    when (purpose) {
                        Place.Pick.Purpose.ASK_TO_CALL -> words.pickCall
                        Place.Pick.Purpose.THEY_TEXTED -> words.pickTexted
                        Place.Pick.Purpose.NOTE -> words.pickNote
                        Place.Pick.Purpose.PHOTO -> words.pickPhoto
                    },
                    go::back, AnnotatedString(count),
                )
            } else {
                RootHeader(words.rootPatients, count) { IconTarget(Icons.PersonAdd, words.patientsAdd, { actions.add("") }) }
            }
        },
        bottom = {
            Column {
                SearchField(state.query, words.patientsSearch, actions::search, Modifier.padding(start = 16.dp, end = 16.dp, top = 10.dp, bottom = 12.dp), onScan)
                if (Curtain.edges.keyboard > 0.dp || state.picking != null) BottomEdge() else BottomBar(shell, go)
            }
        },
    ) {
        if (state.recent.isNotEmpty() && state.query.isEmpty()) {
            SectionHead(words.patientsRecent, Modifier.padding(bottom = 6.dp))
            CurtainCard(flush = true) { state.recent.forEachIndexed { at, it -> Row(it, at > 0, actions) } }
            Spacer(Modifier.height(18.dp))
        }
        if (state.all.isNotEmpty()) {
            SectionHead(if (state.query.isEmpty()) words.patientsAll else words.patientsFound, Modifier.padding(bottom = 6.dp))
            CurtainCard(flush = true) {
                if (state.similar.isNotEmpty()) {
                    Banner(strong(words.patientsSimilar(state.similar.joinToString(", ")) + " ", words.patientsCheck), icon = Icons.Badge, square = true)
                }
                state.all.forEachIndexed { at, it -> Row(it, at > 0, actions) }
            }
        } else if (state.query.isNotEmpty()) {
            CurtainCard(flush = true) {
                ListRow(words.patientsAddNamed(state.query), second = AnnotatedString(words.patientsNone), lead = { Avatar(icon = Icons.PersonAdd) }, onClick = { actions.add(state.query) })
            }
        } else if (state.total == 0) {
            CurtainCard {
                Text(words.patientsEmpty, color = Curtain.colors.ink2, style = Curtain.type.body)
            }
        }
        Spacer(Modifier.height(16.dp))
    }
}

@Composable
private fun Row(row: PatientRow, line: Boolean, actions: PatientsActions) {
    val who = row.who
    val born = who.born?.let { Curtain.moments.born(it) }
    val second = if (row.similar && born != null) {
        buildAnnotatedString {
            withStyle(SpanStyle(fontWeight = FontWeight(700), color = Curtain.colors.ink)) { append(born) }
            who.record?.let { append(" · " + Curtain.words.patientRecord(it)) }
        }
    } else {
        AnnotatedString(identifiers(who))
    }
    ListRow(who.name, second = second, lead = { Avatar(who.initials) }, line = line, onClick = { actions.open(who.id) }) { PatientTag(row.tag) }
}

/** The state of texting as a tag: a verdict where there is one. */
@Composable
internal fun PatientTag(tag: PatientRow.Tag) {
    val words = Curtain.words
    when (tag) {
        PatientRow.Tag.TEXT_OK -> Tag(words.tagTextOk, look = Look.ALLOW)
        PatientRow.Tag.ASK_FIRST -> Tag(words.barConsent, look = Look.CONSENT)
        PatientRow.Tag.NO_TEXTS -> Tag(words.tagNoTexts, look = Look.BLOCK)
        PatientRow.Tag.SHARED -> Tag(words.tagShared, icon = Icons.FamilyRestroom)
        PatientRow.Tag.CALL_ONLY -> Tag(words.tagCallOnly, icon = Icons.Call)
        PatientRow.Tag.SAFEGUARDING -> Tag(words.tagSafe, icon = Icons.Shield)
        PatientRow.Tag.DECEASED -> Tag(words.tagDeceased)
    }
}
