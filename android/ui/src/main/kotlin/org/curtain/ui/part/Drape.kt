package org.curtain.ui.part

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Brush
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.drawscope.scale
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Palette

private const val PLEATS = 7

/** The curtain of the lock screen: rail, rings, seven pleats. [gathered] from 0 (closed) to 1 (all at the leading side). */
@Composable
fun Drape(height: Dp, modifier: Modifier = Modifier, gathered: Float = 0f, topEdge: Dp = Curtain.edges.top) {
    val colors = Curtain.colors
    Canvas(modifier.fillMaxWidth().height(height).clearAndSetSemantics {}) {
        if (layoutDirection == LayoutDirection.Rtl) scale(-1f, 1f) { hang(colors, gathered, topEdge.toPx()) } else hang(colors, gathered, topEdge.toPx())
    }
}

private fun DrawScope.hang(colors: Palette, gathered: Float, top: Float) {
    val width = size.width / PLEATS * (1f - .9f * gathered)
    val rail = top + 7.dp.toPx()
    for (at in 0 until PLEATS) {
        val middle = width * (at + .5f)
        drawCircle(colors.rail, 5.dp.toPx(), Offset(middle, rail + 10.dp.toPx()), style = Stroke(3.dp.toPx()))
    }
    drawRect(colors.rail, Offset(0f, rail), Size(size.width, 7.dp.toPx()))
    for (at in 0 until PLEATS) {
        val left = width * at
        val odd = at % 2 == 1
        val side = size.height - (if (odd) 22 else 29).dp.toPx()
        val hem = Path().apply {
            moveTo(left, rail + 17.dp.toPx())
            lineTo(left + width, rail + 17.dp.toPx())
            lineTo(left + width, side)
            quadraticTo(left + width / 2, side + 24.dp.toPx(), left, side)
            close()
        }
        drawPath(
            hem,
            Brush.horizontalGradient(
                0f to colors.pleatC, .22f to colors.pleatA, .55f to colors.pleatB, .85f to colors.pleatA, 1f to colors.pleatC,
                startX = left, endX = left + width,
            ),
        )
    }
}
