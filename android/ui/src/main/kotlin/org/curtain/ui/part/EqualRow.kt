package org.curtain.ui.part

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** [columns] children of one width and one height; fewer children leave the rest of the row empty. */
@Composable
fun EqualRow(columns: Int, modifier: Modifier = Modifier, gap: Dp = 5.dp, content: @Composable () -> Unit) {
    Layout(content, modifier) { children, limits ->
        val space = gap.roundToPx()
        val wide = (limits.maxWidth - space * (columns - 1)) / columns
        val height = children.maxOfOrNull { it.minIntrinsicHeight(wide) } ?: 0
        val placed = children.map { it.measure(Constraints(wide, wide, height, Constraints.Infinity)) }
        layout(limits.maxWidth, placed.maxOfOrNull { it.height } ?: 0) { placed.forEachIndexed { at, it -> it.placeRelative(at * (wide + space), 0) } }
    }
}
