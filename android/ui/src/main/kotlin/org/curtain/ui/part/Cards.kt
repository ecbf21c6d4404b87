package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.shadow
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Shape
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Radius
import org.curtain.ui.theme.Size

/** The shadow of a card: light only, dark has lighter surfaces. */
@Composable
fun Modifier.lifted(shape: Shape): Modifier =
    if (Curtain.colors.dark) this
    else shadow(2.dp, shape, ambientColor = Curtain.colors.ink.copy(alpha = .35f), spotColor = Curtain.colors.ink.copy(alpha = .35f))

/** A card; [flush] ones have rows up to their edges. */
@Composable
fun CurtainCard(modifier: Modifier = Modifier, flush: Boolean = false, color: Color = Curtain.colors.surface, inset: Dp = 16.dp, content: @Composable ColumnScope.() -> Unit) {
    val shape = RoundedCornerShape(Radius.card)
    Column(
        modifier.fillMaxWidth().then(if (color == Curtain.colors.surface) Modifier.lifted(shape) else Modifier)
            .clip(shape).background(color).padding(if (flush) PaddingValues(0.dp) else PaddingValues(16.dp, inset)),
        content = content,
    )
}

/** A line between rows. */
@Composable
fun RowLine() = Box(Modifier.fillMaxWidth().height(1.dp).background(Curtain.colors.line))

/** What stands before a row's title; screen readers skip it. A [look] gives it that verdict's colours. */
@Composable
fun Avatar(initials: String? = null, icon: ImageVector? = null, look: Look? = null, color: Color = Curtain.colors.raised, modifier: Modifier = Modifier) {
    val ink = look?.let { Curtain.style(it).ink } ?: Curtain.colors.ink2
    Box(
        modifier.size(42.dp).clip(CircleShape).background(look?.let { Curtain.style(it).container } ?: color).clearAndSetSemantics {},
        Alignment.Center,
    ) {
        // Decoration of a fixed size: the name beside it grows.
        if (icon != null) Icon(icon, null, Modifier.size(22.dp), ink)
        else FixedText(initials.orEmpty(), Curtain.type.label.copy(fontWeight = FontWeight(650)), ink)
    }
}

/** A tag; with a [look] in that verdict's colours and, without an own [icon], with its icon. */
@Composable
fun Tag(text: String, modifier: Modifier = Modifier, icon: ImageVector? = null, look: Look? = null, container: Color? = null) {
    val style = look?.let { Curtain.style(it) }
    val ink = style?.ink ?: Curtain.colors.ink2
    Row(
        modifier.clip(RoundedCornerShape(Radius.tag)).background(container ?: style?.container ?: Curtain.colors.raised)
            .padding(start = 7.dp, end = 9.dp, top = 3.dp, bottom = 3.dp),
        Arrangement.spacedBy(5.dp), Alignment.CenterVertically,
    ) {
        (icon ?: style?.icon)?.let { Icon(it, null, Modifier.size(16.dp), ink) }
        Text(text, color = ink, style = Curtain.type.tag)
    }
}

/** [strong] then [rest], as banners and similar names have it. */
fun strong(strong: String, rest: String = "", color: Color = Color.Unspecified): AnnotatedString = buildAnnotatedString {
    withStyle(SpanStyle(fontWeight = FontWeight(650), color = color)) { append(strong) }
    append(rest)
}

/** A banner in place: what is, and below it the one [action]. */
@Composable
fun Banner(
    text: AnnotatedString,
    modifier: Modifier = Modifier,
    icon: ImageVector? = null,
    look: Look? = null,
    container: Color? = null,
    outlined: Boolean = false,
    square: Boolean = false,
    action: (@Composable () -> Unit)? = null,
) {
    val style = look?.let { Curtain.style(it) }
    val shape = RoundedCornerShape(if (square) 0.dp else Radius.cell)
    Row(
        modifier.fillMaxWidth().clip(shape).background(container ?: style?.container ?: Curtain.colors.raised)
            .then(if (outlined) Modifier.border(1.dp, Curtain.colors.line, shape) else Modifier).padding(14.dp, 12.dp),
        Arrangement.spacedBy(12.dp),
    ) {
        (icon ?: style?.icon)?.let { Icon(it, null, Modifier.size(24.dp), style?.ink ?: Curtain.colors.ink2) }
        Column(Modifier.weight(1f)) {
            Text(text, style = Curtain.type.small, color = Curtain.colors.ink)
            action?.invoke()
        }
    }
}

/** A section's heading with a [count] and what stands at its end. */
@Composable
fun SectionHead(text: String, modifier: Modifier = Modifier, count: String? = null, end: @Composable () -> Unit = {}) {
    Row(modifier.fillMaxWidth().padding(horizontal = 4.dp), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
        Row(Modifier.weight(1f), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
            Text(text, Modifier.weight(1f, fill = false).semantics { heading() }, color = Curtain.colors.ink2, style = Curtain.type.label)
            if (count != null) Tag(count)
        }
        end()
    }
}

/**
 * A row of a list, at least 64 high. With [onClick] the whole row acts and reads as one; [label] says it when the texts do not.
 * At large type [end] stands under the title.
 */
@Composable
fun ListRow(
    title: String,
    modifier: Modifier = Modifier,
    second: AnnotatedString? = null,
    lead: (@Composable () -> Unit)? = null,
    line: Boolean = false,
    label: String? = null,
    onClick: (() -> Unit)? = null,
    keepEnd: Boolean = false,
    bottom: Dp = 10.dp,
    end: (@Composable () -> Unit)? = null,
) {
    val under = end != null && !keepEnd && Curtain.largeType
    Column(modifier.fillMaxWidth()) {
        if (line) RowLine()
        Row(
            Modifier.fillMaxWidth()
                .then(if (onClick != null) Modifier.clickable(role = Role.Button, onClick = onClick) else Modifier)
                .semantics(mergeDescendants = onClick != null) { if (label != null) contentDescription = label }
                .defaultMinSize(minHeight = Size.row).padding(start = 16.dp, end = 16.dp, top = 10.dp, bottom = bottom),
            Arrangement.spacedBy(12.dp), Alignment.CenterVertically,
        ) {
            lead?.invoke()
            Column(Modifier.weight(1f)) {
                Text(title, color = Curtain.colors.ink, style = Curtain.type.head)
                if (second != null) Text(second, color = Curtain.colors.ink2, style = Curtain.type.caption)
                if (under) Box(Modifier.padding(top = 6.dp)) { end?.invoke() }
            }
            if (end != null && !under) end()
        }
    }
}

/** A number or sentence in two columns: what, and how much. One below the other at huge type. */
@Composable
fun Fact(what: String, value: String, modifier: Modifier = Modifier) {
    val content: @Composable RowScope.() -> Unit = {
        Text(what, Modifier.weight(1f), color = Curtain.colors.ink2, style = Curtain.type.small)
        Text(value, color = Curtain.colors.ink, style = Curtain.type.small.copy(fontWeight = FontWeight(550)))
    }
    if (Curtain.hugeType) {
        Column(modifier.fillMaxWidth().semantics(mergeDescendants = true) {}) {
            Text(what, color = Curtain.colors.ink2, style = Curtain.type.small)
            Text(value, color = Curtain.colors.ink, style = Curtain.type.small.copy(fontWeight = FontWeight(550)))
        }
    } else {
        Row(modifier.fillMaxWidth().semantics(mergeDescendants = true) {}, Arrangement.spacedBy(16.dp), content = content)
    }
}
