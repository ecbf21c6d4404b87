package org.curtain.ui.task

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.gestures.detectDragGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.clipToBounds
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.semantics.CustomAccessibilityAction
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.customActions
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.IntOffset
import androidx.compose.ui.unit.IntSize
import androidx.compose.ui.unit.dp
import kotlin.math.roundToInt
import org.curtain.kit.screen.Cover
import org.curtain.ui.icon.Icons
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.DarkPalette
import org.curtain.ui.theme.Palette

/** Nine fields, three in a row: what a screen reader covers without drawing. */
private const val FIELDS = 9

/** A drag shorter than this share of the picture is a slip of the finger. */
private const val LEAST = .01f

/**
 * The whole picture, so that nothing outside the screen stays uncovered; a finger draws a cover, or while [cropping] what is kept.
 * [onCover] is null when it can no longer be changed.
 */
@Composable
internal fun CoverPicture(
    picture: ImageBitmap, covers: List<Cover>, crop: Cover?, cropping: Boolean, onCover: ((Cover) -> Unit)?, onCrop: (Cover) -> Unit,
) {
    val words = Curtain.words
    val colors = Curtain.colors
    val cover by rememberUpdatedState(onCover)
    val keep by rememberUpdatedState(onCrop)
    val crops by rememberUpdatedState(cropping)
    var drawn by remember { mutableStateOf<Cover?>(null) }
    BoxWithConstraints(Modifier.fillMaxWidth()) {
        val ratio = picture.height.toFloat() / picture.width.coerceAtLeast(1)
        val tall = (maxWidth * ratio).coerceAtMost(420.dp)
        Canvas(
            Modifier.fillMaxWidth().height(tall).clipToBounds()
                .pointerInput(picture, onCover == null) {
                    if (onCover == null) return@pointerInput
                    var from = Offset.Zero
                    detectDragGestures(
                        onDragStart = { from = it },
                        onDragEnd = {
                            drawn?.takeIf { it.right - it.left > LEAST && it.bottom - it.top > LEAST }?.let { if (crops) keep(it) else cover?.invoke(it) }
                            drawn = null
                        },
                        onDragCancel = { drawn = null },
                    ) { change, _ ->
                        change.consume()
                        drawn = between(from, change.position, place(picture, Size(size.width.toFloat(), size.height.toFloat())))
                    }
                }
                .semantics {
                    contentDescription = words.photoLabel(covers.size)
                    if (onCover != null) customActions = (0 until FIELDS).map { field ->
                        CustomAccessibilityAction(words.photoField("${field + 1}")) { onCover(ninth(field)); true }
                    }
                },
        ) {
            val at = place(picture, size)
            drawImage(picture, dstOffset = IntOffset(at.left.roundToInt(), at.top.roundToInt()), dstSize = IntSize(at.width.roundToInt(), at.height.roundToInt()))
            for (one in covers) drawRoundRect(colors.print, inside(one, at).topLeft, inside(one, at).size, CornerRadius(3.dp.toPx()))
            crop?.let { shade(inside(it, at), at, colors) }
            drawn?.let { rect ->
                val box = inside(rect, at)
                if (!cropping) drawRect(colors.print, box.topLeft, box.size, alpha = .7f)
                drawRect(
                    colors.paper, box.topLeft, box.size,
                    style = Stroke(2.dp.toPx(), pathEffect = PathEffect.dashPathEffect(floatArrayOf(8.dp.toPx(), 6.dp.toPx()))),
                )
            }
        }
    }
}

private fun ninth(field: Int): Cover = Cover(field % 3 / 3f, field / 3 / 3f, (field % 3 + 1) / 3f, (field / 3 + 1) / 3f)

/** Where the whole picture stands in [area]. */
private fun place(picture: ImageBitmap, area: Size): Rect {
    val scale = minOf(area.width / picture.width, area.height / picture.height)
    val size = Size(picture.width * scale, picture.height * scale)
    return Rect(Offset((area.width - size.width) / 2, (area.height - size.height) / 2), size)
}

private fun between(from: Offset, to: Offset, at: Rect): Cover {
    fun across(x: Float) = ((x - at.left) / at.width).coerceIn(0f, 1f)
    fun down(y: Float) = ((y - at.top) / at.height).coerceIn(0f, 1f)
    return Cover(across(minOf(from.x, to.x)), down(minOf(from.y, to.y)), across(maxOf(from.x, to.x)), down(maxOf(from.y, to.y)))
}

private fun inside(cover: Cover, at: Rect): Rect =
    Rect(at.left + cover.left * at.width, at.top + cover.top * at.height, at.left + cover.right * at.width, at.top + cover.bottom * at.height)

/** All but what is kept is dimmed. */
private fun DrawScope.shade(kept: Rect, at: Rect, colors: Palette) {
    fun dim(left: Float, top: Float, right: Float, bottom: Float) = drawRect(colors.print, Offset(left, top), Size(right - left, bottom - top), alpha = .65f)
    dim(at.left, at.top, at.right, kept.top)
    dim(at.left, kept.bottom, at.right, at.bottom)
    dim(at.left, kept.top, kept.left, kept.bottom)
    dim(kept.right, kept.top, at.right, kept.bottom)
    drawRect(colors.paper, kept.topLeft, kept.size, style = Stroke(2.dp.toPx()))
}

/** Says on the picture itself, in both themes dark, what was taken out of the file. */
@Composable
internal fun Removed(text: String, modifier: Modifier = Modifier) {
    Row(
        modifier.clip(RoundedCornerShape(8.dp)).background(DarkPalette.ground.copy(alpha = .82f)).padding(start = 7.dp, end = 9.dp, top = 3.dp, bottom = 3.dp),
        Arrangement.spacedBy(5.dp), Alignment.CenterVertically,
    ) {
        Icon(Icons.LocationOff, null, Modifier.size(16.dp), DarkPalette.ink)
        Text(text, color = DarkPalette.ink, style = Curtain.type.tag)
    }
}
