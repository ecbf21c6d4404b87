package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardOptions
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
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextRange
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.TextFieldValue
import androidx.compose.ui.unit.dp
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius

/** Keyboards do not learn from what is typed here: no correction means no personal dictionary. */
fun quietKeyboard(type: KeyboardType = KeyboardType.Text, capitals: KeyboardCapitalization = KeyboardCapitalization.Sentences): KeyboardOptions =
    KeyboardOptions(capitalization = capitals, autoCorrectEnabled = false, keyboardType = type)

/** A field whose cursor survives a state that answers later with the same text. [onValue] has the text and the cursor. */
@Composable
fun PlainField(
    text: String,
    onValue: (String, Int) -> Unit,
    style: TextStyle,
    modifier: Modifier = Modifier,
    single: Boolean = false,
    keyboard: KeyboardOptions = quietKeyboard(),
    hint: String? = null,
    decoration: @Composable (@Composable () -> Unit) -> Unit = { it() },
) {
    var value by remember { mutableStateOf(TextFieldValue(text, TextRange(text.length))) }
    // What the state says wins when it differs: a rewrite, an undo, another draft.
    val shown = if (value.text == text) value else TextFieldValue(text, TextRange(text.length)).also { value = it }
    BasicTextField(
        shown,
        {
            value = it
            onValue(it.text, it.selection.start)
        },
        modifier, textStyle = style.copy(color = Curtain.colors.ink), singleLine = single, keyboardOptions = keyboard,
        cursorBrush = SolidColor(Curtain.colors.primary),
        decorationBox = { inner ->
            decoration {
                Box {
                    if (shown.text.isEmpty() && hint != null) Text(hint, Modifier.clearAndSetSemantics {}, color = Curtain.colors.ink2, style = style)
                    inner()
                }
            }
        },
    )
}

/** A field with its name above it; [note] below says what is still missing. */
@Composable
fun LabelledField(
    name: String,
    text: String,
    onText: (String) -> Unit,
    modifier: Modifier = Modifier,
    hint: String? = null,
    note: String? = null,
    single: Boolean = true,
    keyboard: KeyboardOptions = quietKeyboard(),
    counter: String? = null,
) {
    val shape = RoundedCornerShape(Radius.cell)
    Column(modifier.fillMaxWidth(), Arrangement.spacedBy(4.dp)) {
        Row(Modifier.fillMaxWidth().padding(horizontal = 4.dp), Arrangement.SpaceBetween) {
            Text(name, Modifier.clearAndSetSemantics {}, color = Curtain.colors.ink2, style = Curtain.type.label)
            if (counter != null) Text(counter, color = Curtain.colors.ink2, style = Curtain.type.caption)
        }
        PlainField(
            text, { value, _ -> onText(value) }, Curtain.type.body,
            Modifier.fillMaxWidth().semantics { contentDescription = name }, single, keyboard, hint,
        ) { inner ->
            Box(
                Modifier.fillMaxWidth().defaultMinSize(minHeight = 52.dp).clip(shape).background(Curtain.colors.surface)
                    .border(if (note == null) 1.dp else 2.dp, if (note == null) Curtain.colors.lineStrong else Curtain.colors.rewrite, shape)
                    .padding(16.dp, 12.dp),
                Alignment.CenterStart,
            ) { inner() }
        }
        if (note != null) Text(note, Modifier.padding(horizontal = 4.dp), color = Curtain.colors.rewrite, style = Curtain.type.caption)
    }
}

/** The search field, under the thumb; [onScan] reads a wristband. */
@Composable
fun SearchField(text: String, hint: String, onText: (String) -> Unit, modifier: Modifier = Modifier, onScan: (() -> Unit)? = null) {
    val shape = RoundedCornerShape(28.dp)
    Row(
        modifier.fillMaxWidth().lifted(shape).clip(shape).background(Curtain.colors.surface).border(1.dp, Curtain.colors.line, shape)
            .defaultMinSize(minHeight = 52.dp).padding(start = 18.dp, end = 6.dp),
        Arrangement.spacedBy(10.dp), Alignment.CenterVertically,
    ) {
        Icon(Icons.Search, null, Modifier.size(24.dp), Curtain.colors.ink2)
        PlainField(
            text, { value, _ -> onText(value) }, Curtain.type.body, Modifier.weight(1f).semantics { contentDescription = hint }, single = true,
            keyboard = quietKeyboard(capitals = KeyboardCapitalization.Words), hint = hint,
        ) { Box(Modifier.defaultMinSize(minHeight = 52.dp).padding(vertical = 12.dp), Alignment.CenterStart) { it() } }
        if (text.isNotEmpty()) IconTarget(Icons.Close, Curtain.words.searchClear, { onText("") }, tint = Curtain.colors.ink2)
        else if (onScan != null) IconTarget(Icons.QrCodeScanner, Curtain.words.searchScan, onScan, tint = Curtain.colors.primary)
    }
}

/** The symbol of a row, or nothing. */
@Composable
fun RowEnd(icon: ImageVector = Icons.ChevronRight) = Icon(icon, null, Modifier.size(24.dp), Curtain.colors.ink2)
