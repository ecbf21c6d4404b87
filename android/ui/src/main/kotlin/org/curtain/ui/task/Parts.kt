package org.curtain.ui.task

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
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
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size as Area
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import java.util.Locale
import org.curtain.ui.Moments
import org.curtain.ui.icon.Icons
import org.curtain.ui.part.CurtainCard
import org.curtain.ui.part.Grid
import org.curtain.ui.part.ListRow
import org.curtain.ui.part.lifted
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Palette
import org.curtain.ui.theme.Size

/** A language in its own words: "Español". */
internal fun languageName(code: String): String {
    val locale = Locale.forLanguageTag(code)
    return locale.getDisplayLanguage(locale).replaceFirstChar { it.titlecase(locale) }
}

/** 23 Nov 2027: always with its year. */
internal fun Moments.date(ms: Long): String = day(ms, 0)

/** One of a few, side by side; one below the other at huge type. */
@Composable
internal fun <T> Segments(choices: List<Pair<T, String>>, chosen: T, modifier: Modifier = Modifier, choose: (T) -> Unit) {
    val shape = RoundedCornerShape(27.dp)
    val columns = if (Curtain.hugeType) 1 else choices.size.coerceIn(1, if (Curtain.largeType) 2 else 3)
    Box(modifier.fillMaxWidth().clip(shape).background(Curtain.colors.raised).padding(3.dp).selectableGroup()) {
        Grid(columns, gap = 0.dp) {
            for ((value, text) in choices) {
                val on = value == chosen
                val pill = RoundedCornerShape(24.dp)
                Box(
                    Modifier.then(if (on) Modifier.lifted(pill).background(Curtain.colors.surface, pill) else Modifier).clip(pill)
                        .selectable(on, role = Role.RadioButton) { choose(value) }.defaultMinSize(minHeight = Size.target).padding(8.dp, 6.dp),
                    Alignment.Center,
                ) { Text(text, color = if (on) Curtain.colors.ink else Curtain.colors.ink2, style = Curtain.type.label, textAlign = TextAlign.Center) }
            }
        }
    }
}

/** A chip of 48 among several; [many] of them may be on at once. [icon] and [ink] stand on one that is off. */
@Composable
internal fun Chip(text: String, on: Boolean, many: Boolean = false, icon: ImageVector? = null, ink: Color = Curtain.colors.ink, label: String? = null, onClick: () -> Unit) {
    val shape = RoundedCornerShape(8.dp)
    val color = if (on) Curtain.colors.onPrimarySoft else ink
    Row(
        Modifier.clip(shape).then(if (on) Modifier.background(Curtain.colors.primarySoft) else Modifier.border(1.dp, Curtain.colors.lineStrong, shape))
            .then(
                if (many) Modifier.toggleable(on, role = Role.Checkbox) { onClick() } else Modifier.selectable(on, role = Role.RadioButton, onClick = onClick),
            )
            .semantics(mergeDescendants = true) { if (label != null) this[androidx.compose.ui.semantics.SemanticsProperties.ContentDescription] = listOf(label) }
            .defaultMinSize(minHeight = Size.target, minWidth = Size.target).padding(12.dp, 4.dp),
        Arrangement.spacedBy(6.dp, Alignment.CenterHorizontally), Alignment.CenterVertically,
    ) {
        (if (on) Icons.Check else icon)?.let { Icon(it, null, Modifier.size(18.dp), color) }
        Text(text, color = color, style = Curtain.type.label)
    }
}

/** Chips in as many lines as they need. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun Chips(modifier: Modifier = Modifier, content: @Composable () -> Unit) =
    FlowRow(modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(8.dp)) { content() }

/** A card whose small [title] is a heading, with what stands at its end. */
@Composable
internal fun TitledCard(title: String, end: String? = null, modifier: Modifier = Modifier, content: @Composable ColumnScope.() -> Unit) {
    CurtainCard(modifier) {
        if (end != null && Curtain.largeType) {
            Caption(title, Modifier.semantics { heading() })
            Caption(end)
        } else {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp)) {
                Caption(title, Modifier.weight(1f).semantics { heading() })
                if (end != null) Caption(end)
            }
        }
        content()
    }
}

/** The second line's type. */
@Composable
internal fun Caption(text: String, modifier: Modifier = Modifier, color: Color = Curtain.colors.ink2, align: TextAlign? = null) =
    Text(text, modifier, color = color, style = Curtain.type.caption, textAlign = align)

/** What the dock says below or above its buttons. */
@Composable
internal fun DockLine(text: String, modifier: Modifier = Modifier) = Caption(text, modifier.fillMaxWidth(), align = TextAlign.Center)

/** A ring of which [share] (0 to 1) is drawn, with [content] inside. */
@Composable
internal fun Ring(share: Float, diameter: Dp, stroke: Dp, modifier: Modifier = Modifier, content: @Composable () -> Unit) {
    val colors = Curtain.colors
    Box(modifier.size(diameter), Alignment.Center) {
        Canvas(Modifier.size(diameter)) {
            val wide = stroke.toPx()
            val at = Offset(wide / 2, wide / 2)
            val area = Area(size.width - wide, size.height - wide)
            drawArc(colors.line, 0f, 360f, false, at, area, style = Stroke(wide))
            drawArc(colors.primary, -90f, 360f * share.coerceIn(0f, 1f), false, at, area, style = Stroke(wide, cap = StrokeCap.Butt))
        }
        content()
    }
}

/** A row with a symbol, as settings and lists of places have it. */
@Composable
internal fun IconRow(icon: ImageVector, title: String, second: String? = null, line: Boolean = false, onClick: (() -> Unit)? = null, end: (@Composable () -> Unit)? = null) =
    ListRow(
        title, second = second?.let { androidx.compose.ui.text.AnnotatedString(it) }, lead = { Icon(icon, null, Modifier.size(24.dp), Curtain.colors.ink2) },
        line = line, onClick = onClick, keepEnd = onClick != null, end = end,
    )

/** A row that is on or off; the whole row is the switch. */
@Composable
internal fun SwitchRow(icon: ImageVector, title: String, second: String?, on: Boolean, line: Boolean = false, onChange: (Boolean) -> Unit) =
    ListRow(
        title, Modifier.toggleable(on, role = Role.Switch, onValueChange = onChange).semantics(mergeDescendants = true) {},
        second = second?.let { androidx.compose.ui.text.AnnotatedString(it) }, lead = { Icon(icon, null, Modifier.size(24.dp), Curtain.colors.ink2) },
        line = line, keepEnd = true,
    ) { Knob(on, Curtain.colors) }

@Composable
private fun Knob(on: Boolean, colors: Palette) {
    Box(
        Modifier.size(52.dp, 32.dp).clip(CircleShape).background(if (on) colors.primary else colors.raised)
            .then(if (on) Modifier else Modifier.border(2.dp, colors.lineStrong, CircleShape)).padding(horizontal = if (on) 4.dp else 8.dp),
        if (on) Alignment.CenterEnd else Alignment.CenterStart,
    ) { Box(Modifier.size(if (on) 24.dp else 16.dp).clip(CircleShape).background(if (on) colors.onPrimary else colors.lineStrong)) }
}

/** The one line and the next action of a list that has nothing. */
@Composable
internal fun Nothing(icon: ImageVector, text: String, action: @Composable () -> Unit = {}) {
    Column(Modifier.fillMaxWidth().padding(top = 72.dp, start = 16.dp, end = 16.dp), Arrangement.spacedBy(12.dp), Alignment.CenterHorizontally) {
        Icon(icon, null, Modifier.size(48.dp), Curtain.colors.primary)
        Text(text, color = Curtain.colors.ink2, style = Curtain.type.body, textAlign = TextAlign.Center)
        action()
    }
}

/** The space between two cards. */
@Composable
internal fun Gap(height: Dp = 12.dp) = Spacer(Modifier.height(height))
