package org.curtain.ui.part

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.defaultMinSize
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
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.layout.layoutId
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Size

/** The four looks of a button: the one action, beside it, outlined, and text alone. */
enum class ButtonLook { PRIMARY, TONAL, OUTLINE, QUIET }

private val pill = RoundedCornerShape(percent = 50)
private val soft = RoundedCornerShape(28.dp)

/** A button with [text]; [small] is 48 high instead of 56. [label] is what a screen reader says when that is more than the text. */
@Composable
fun CurtainButton(
    text: String,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    look: ButtonLook = ButtonLook.PRIMARY,
    icon: ImageVector? = null,
    small: Boolean = false,
    label: String? = null,
    ink: Color? = null,
    enabled: Boolean = true,
    minHeight: Dp = if (small) Size.target else Size.action,
) {
    val colors = Curtain.colors
    val foreground = ink ?: when (look) {
        ButtonLook.PRIMARY -> colors.onPrimary
        ButtonLook.TONAL -> colors.onPrimarySoft
        ButtonLook.OUTLINE -> colors.ink
        ButtonLook.QUIET -> colors.primary
    }
    val shape = if (Curtain.largeType) soft else pill
    Row(
        modifier.defaultMinSize(minHeight = minHeight, minWidth = Size.target).clip(shape)
            .then(
                when (look) {
                    ButtonLook.PRIMARY -> Modifier.background(colors.primary)
                    ButtonLook.TONAL -> Modifier.background(colors.primarySoft)
                    ButtonLook.OUTLINE -> Modifier.border(1.5.dp, ink ?: colors.lineStrong, shape)
                    ButtonLook.QUIET -> Modifier
                },
            )
            .clickable(enabled = enabled, role = Role.Button, onClick = onClick)
            .semantics(mergeDescendants = true) { if (label != null) contentDescription = label }
            .padding(horizontal = if (small) 16.dp else 20.dp, vertical = if (small) 6.dp else 8.dp),
        Arrangement.spacedBy(if (small) 8.dp else 10.dp, Alignment.CenterHorizontally),
        Alignment.CenterVertically,
    ) {
        if (icon != null) Icon(icon, null, Modifier.size(if (small) 20.dp else 24.dp), foreground)
        Text(
            text, color = foreground, textAlign = TextAlign.Center, style = if (small) Curtain.type.label else Curtain.type.action,
            modifier = if (label != null) Modifier.clearAndSetSemantics {} else Modifier,
        )
    }
}

/** The one action of a screen. */
@Composable
fun PrimaryButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, icon: ImageVector? = null, label: String? = null) =
    CurtainButton(text, onClick, modifier, ButtonLook.PRIMARY, icon, label = label)

/** The action beside the primary one. */
@Composable
fun TonalButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, icon: ImageVector? = null, label: String? = null, small: Boolean = false) =
    CurtainButton(text, onClick, modifier, ButtonLook.TONAL, icon, small, label)

/** A target of 48 with a symbol alone; [label] says what it does. */
@Composable
fun IconTarget(icon: ImageVector, label: String, onClick: () -> Unit, modifier: Modifier = Modifier, tint: Color = Curtain.colors.ink, symbol: Dp = 24.dp) {
    Box(
        modifier.defaultMinSize(Size.target, Size.target).clip(CircleShape).clickable(role = Role.Button, onClick = onClick)
            .semantics { contentDescription = label },
        Alignment.Center,
    ) { Icon(icon, null, Modifier.size(symbol), tint) }
}

/** A round tonal button of 56 with a symbol alone. */
@Composable
fun RoundAction(icon: ImageVector, label: String, onClick: () -> Unit, modifier: Modifier = Modifier) {
    Box(
        modifier.size(Size.action).clip(CircleShape).background(Curtain.colors.primarySoft).clickable(role = Role.Button, onClick = onClick)
            .semantics { contentDescription = label },
        Alignment.Center,
    ) { Icon(icon, null, Modifier.size(24.dp), Curtain.colors.onPrimarySoft) }
}

/** Marks a child of [Actions] that keeps its own width. */
fun Modifier.fit(): Modifier = layoutId("fit")

/** Buttons side by side, all of one height, where their words fit on one line; one below the other where they do not. */
@Composable
fun Actions(modifier: Modifier = Modifier, gap: Dp = 8.dp, content: @Composable () -> Unit) {
    Layout(content, modifier) { children, limits ->
        val space = gap.roundToPx()
        val wide = children.map { it.maxIntrinsicWidth(Constraints.Infinity) }
        val grows = children.map { it.layoutId != "fit" }
        val whole = limits.maxWidth
        val free = whole - space * (children.size - 1)
        if (children.size == 1 || wide.sum() <= free) {
            val growing = grows.count { it }
            val rest = free - wide.filterIndexed { at, _ -> !grows[at] }.sum()
            val share = if (growing == 0) 0 else rest / growing
            val even = wide.indices.all { !grows[it] || wide[it] <= share }
            val extra = if (growing == 0) 0 else (free - wide.sum()) / growing
            val widths = wide.indices.map { if (!grows[it]) wide[it].coerceAtMost(free) else if (even) share else wide[it] + extra }
            val height = children.indices.maxOfOrNull { children[it].maxIntrinsicHeight(widths[it]) } ?: 0
            val placed = children.mapIndexed { at, child -> child.measure(Constraints(widths[at], widths[at], height, Constraints.Infinity)) }
            layout(whole, placed.maxOfOrNull { it.height } ?: 0) {
                var x = 0
                placed.forEach { it.placeRelative(x, 0); x += it.width + space }
            }
        } else {
            val placed = children.map { it.measure(Constraints(whole, whole)) }
            layout(whole, placed.sumOf { it.height } + space * (placed.size - 1)) {
                var y = 0
                placed.forEach { it.placeRelative(0, y); y += it.height + space }
            }
        }
    }
}
