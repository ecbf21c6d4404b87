package org.curtain.ui.part

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** Children in [columns] of one width, each row of one height. */
@Composable
fun Grid(columns: Int, modifier: Modifier = Modifier, gap: Dp = 5.dp, content: @Composable () -> Unit) {
    Layout(content, modifier) { children, limits ->
        val space = gap.roundToPx()
        val wide = (limits.maxWidth - space * (columns - 1)) / columns
        val rows = children.chunked(columns).map { row ->
            val height = row.maxOf { it.minIntrinsicHeight(wide) }
            row.map { it.measure(Constraints(wide, wide, height, Constraints.Infinity)) }
        }
        val tall = rows.map { row -> row.maxOf { it.height } }
        layout(limits.maxWidth, tall.sum() + space * (tall.size - 1).coerceAtLeast(0)) {
            var y = 0
            rows.forEachIndexed { at, row ->
                row.forEachIndexed { column, it -> it.placeRelative(column * (wide + space), y) }
                y += tall[at] + space
            }
        }
    }
}
