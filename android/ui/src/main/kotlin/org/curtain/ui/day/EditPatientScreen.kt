package org.curtain.ui.day

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
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
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.EditNumber
import org.curtain.kit.screen.EditPatientActions
import org.curtain.kit.screen.EditPatientState
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.ShellActions
import org.curtain.ui.icon.Icons
import org.curtain.ui.owner
import org.curtain.ui.part.CurtainButton
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.ButtonLook
import org.curtain.ui.part.Dock
import org.curtain.ui.part.IconTarget
import org.curtain.ui.part.LabelledField
import org.curtain.ui.part.PrimaryButton
import org.curtain.ui.part.ScreenFrame
import org.curtain.ui.part.SectionHead
import org.curtain.ui.part.TaskHeader
import org.curtain.ui.part.quietKeyboard
import org.curtain.ui.theme.Curtain

/** Adding or changing a patient: two identifiers are asked for, in words beside the field that lacks one. */
@Composable
fun EditPatientScreen(state: EditPatientState, actions: EditPatientActions, go: ShellActions, adding: Boolean) {
    val words = Curtain.words
    fun note(field: String): String? = words.editMissing.takeIf { field in state.missing }
    ScreenFrame(
        top = { TaskHeader(if (adding) words.patientsAdd else words.patientEdit, go::back, AnnotatedString(words.editTwo)) },
        bottom = { Dock { PrimaryButton(words.save, actions::save, Modifier.fillMaxWidth(), Icons.Check) } },
    ) {
        Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
            val capitals = quietKeyboard(capitals = KeyboardCapitalization.Words)
            LabelledField(words.editGiven, state.given, { actions.change(state.copy(given = it)) }, note = note("given"), keyboard = capitals)
            LabelledField(words.editFamily, state.family, { actions.change(state.copy(family = it)) }, note = note("family"), keyboard = capitals)
            LabelledField(
                words.editBorn, state.born, { actions.change(state.copy(born = it)) }, hint = words.editBornHint, note = note("born"),
                keyboard = quietKeyboard(KeyboardType.Number, KeyboardCapitalization.None),
            )
            LabelledField(words.editRecord, state.record, { actions.change(state.copy(record = it)) }, note = note("record"), keyboard = quietKeyboard(capitals = KeyboardCapitalization.Characters))
            SectionHead(words.editNumbers, Modifier.padding(top = 6.dp))
            state.numbers.forEachIndexed { at, number ->
                NumberCard(number, note("numbers.$at"), { changed -> actions.change(state.copy(numbers = state.numbers.toMutableList().also { it[at] = changed })) }) {
                    actions.change(state.copy(numbers = state.numbers.filterIndexed { index, _ -> index != at }))
                }
            }
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                CurtainButton(words.editAddNumber, { actions.change(state.copy(numbers = state.numbers + EditNumber("", false, Owner.PATIENT, false))) }, Modifier.weight(1f), ButtonLook.TONAL, Icons.Add, small = true)
                CurtainButton(words.editAddEmail, { actions.change(state.copy(numbers = state.numbers + EditNumber("", true, Owner.PATIENT, false))) }, Modifier.weight(1f), ButtonLook.TONAL, Icons.Add, small = true)
            }
            LabelledField(words.editLanguage, state.language, { actions.change(state.copy(language = it)) }, hint = words.editLanguageHint)
            Check(words.editInterpreter, state.interpreter) { actions.change(state.copy(interpreter = it)) }
            Check(words.editSafeguarding, state.safeguarding) { actions.change(state.copy(safeguarding = it)) }
            Spacer(Modifier.height(16.dp))
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun NumberCard(number: EditNumber, note: String?, onChange: (EditNumber) -> Unit, onRemove: () -> Unit) {
    val words = Curtain.words
    CurtainCard {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(4.dp), Alignment.Bottom) {
            LabelledField(
                if (number.email) words.wayEmail else words.editNumber, number.value, { onChange(number.copy(value = it)) }, Modifier.weight(1f), note = note,
                keyboard = quietKeyboard(if (number.email) KeyboardType.Email else KeyboardType.Phone, KeyboardCapitalization.None),
            )
            IconTarget(Icons.Delete, words.labelled(words.editRemove, number.value), onRemove)
        }
        FlowRow(Modifier.padding(top = 10.dp), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) {
            for (owner in Owner.entries) Choice(words.owner(owner), number.owner == owner) { onChange(number.copy(owner = owner)) }
        }
    }
}

/** One of several, as a chip with a target of 48. */
@Composable
fun Choice(text: String, selected: Boolean, onClick: () -> Unit) {
    val shape = RoundedCornerShape(10.dp)
    Row(
        Modifier.clip(shape).background(if (selected) Curtain.colors.primarySoft else Curtain.colors.raised).selectable(selected, role = Role.RadioButton, onClick = onClick)
            .semantics(mergeDescendants = true) {}.defaultMinSize(minHeight = 48.dp, minWidth = 48.dp).padding(12.dp, 6.dp),
        Arrangement.spacedBy(6.dp), Alignment.CenterVertically,
    ) {
        if (selected) Icon(Icons.Check, null, Modifier.size(18.dp), Curtain.colors.onPrimarySoft)
        Text(text, color = if (selected) Curtain.colors.onPrimarySoft else Curtain.colors.ink2, style = Curtain.type.label)
    }
}

/** A sentence that is so or not; the whole line is the target. */
@Composable
fun Check(text: String, on: Boolean, modifier: Modifier = Modifier, onChange: (Boolean) -> Unit) {
    Row(
        modifier.fillMaxWidth().clip(RoundedCornerShape(12.dp)).toggleable(on, role = Role.Checkbox, onValueChange = onChange)
            .semantics(mergeDescendants = true) {}.defaultMinSize(minHeight = 48.dp).padding(4.dp, 6.dp),
        Arrangement.spacedBy(12.dp), Alignment.CenterVertically,
    ) {
        Icon(if (on) Icons.CheckBox else Icons.CheckBoxOutlineBlank, null, Modifier.size(24.dp), if (on) Curtain.colors.primary else Curtain.colors.lineStrong)
        Box(Modifier.weight(1f)) { Text(text, color = Curtain.colors.ink, style = Curtain.type.small) }
    }
}
