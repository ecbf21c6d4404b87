package org.curtain.ui.composer

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawBehind
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.ClipOp
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.drawscope.clipRect
import androidx.compose.ui.semantics.CustomAccessibilityAction
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.customActions
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.TextRange
import androidx.compose.ui.text.input.TextFieldValue
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Mark
import org.curtain.kit.screen.MarkedSpan
import org.curtain.ui.Words
import org.curtain.ui.part.quietKeyboard
import org.curtain.ui.theme.Curtain
import org.curtain.ui.theme.Palette

/**
 * The draft, with its spans drawn behind the text from the layout of the text itself. Only drawing reads the spans: a new verdict redraws
 * this field and composes nothing again. [onCursor] tells which span the cursor stands in.
 */
@Composable
internal fun DraftField(text: String, spans: List<MarkedSpan>, ringed: MarkedSpan?, onType: (String, Int) -> Unit, onCursor: (MarkedSpan?) -> Unit, modifier: Modifier = Modifier) {
    val words = Curtain.words
    val colors = Curtain.colors
    var value by remember { mutableStateOf(TextFieldValue(text, TextRange(text.length))) }
    val shown = if (value.text == text) value else TextFieldValue(text, TextRange(text.length)).also { value = it }
    var layout by remember { mutableStateOf<TextLayoutResult?>(null) }
    val marks by rememberUpdatedState(spans)
    val ring by rememberUpdatedState(ringed)
    val described = describe(spans, words)
    BasicTextField(
        shown,
        {
            val typed = it.text != shown.text
            value = it
            if (typed) onType(it.text, it.selection.start)
            onCursor(if (it.selection.collapsed) marks.filter { span -> it.selection.start in span.start..span.end }.maxByOrNull(MarkedSpan::mark) else null)
        },
        modifier.fillMaxWidth().semantics {
            contentDescription = words.composerText
            if (described.isNotEmpty()) stateDescription = described
            if (spans.isNotEmpty()) {
                customActions = listOf(
                    CustomAccessibilityAction(words.composerNext) {
                        val at = ring?.let(marks::indexOf) ?: -1
                        onCursor(marks[(at + 1) % marks.size])
                        true
                    },
                )
            }
        }.drawBehind { layout?.let { drawMarks(it, marks, ring, colors) } },
        textStyle = Curtain.type.draft.copy(color = colors.ink), cursorBrush = SolidColor(colors.primary), keyboardOptions = quietKeyboard(),
        onTextLayout = { layout = it },
        decorationBox = { inner ->
            Box {
                if (text.isEmpty()) Text(words.composerHint, Modifier.clearAndSetSemantics {}, color = colors.ink2, style = Curtain.type.draft)
                inner()
            }
        },
    )
}

/** "new mass, stopped; CT scan, better without": what the shapes say, for those who do not see them. */
private fun describe(spans: List<MarkedSpan>, words: Words): String = spans.joinToString("; ") { span ->
    "${span.quoted}, " + when (span.mark) {
        Mark.STOP -> words.markStop
        Mark.CHANGE -> words.markChange
        Mark.NOTE -> words.markNote
        Mark.BLIND -> words.markBlind
    }
}

/** Strongest last, so that it wins where two overlap. A span beyond the text that is laid out now is not drawn: its word is gone. */
private fun DrawScope.drawMarks(layout: TextLayoutResult, spans: List<MarkedSpan>, ringed: MarkedSpan?, colors: Palette) {
    val length = layout.layoutInput.text.length
    for (span in spans.sortedBy(MarkedSpan::mark)) {
        if (span.start >= span.end || span.end > length) continue
        for (box in boxes(layout, span.start, span.end)) drawMark(span.mark, box, span == ringed, colors)
    }
}

/** One box for each line that a range touches, whatever the direction of its script. */
private fun boxes(layout: TextLayoutResult, start: Int, end: Int): List<Rect> =
    (layout.getLineForOffset(start)..layout.getLineForOffset(end - 1)).mapNotNull { line ->
        val from = maxOf(start, layout.getLineStart(line))
        val to = minOf(end, layout.getLineEnd(line, visibleEnd = true))
        if (from >= to) return@mapNotNull null
        val bounds = layout.getPathForRange(from, to).getBounds()
        val base = layout.getLineBaseline(line)
        val size = layout.layoutInput.style.fontSize
        val tall = with(layout.layoutInput.density) { size.toPx() }
        Rect(bounds.left, base - tall, bounds.right, base + tall * .42f)
    }

private fun DrawScope.drawMark(mark: Mark, box: Rect, ringed: Boolean, colors: Palette) {
    val under = box.bottom - 2.dp.toPx()
    fun line(color: androidx.compose.ui.graphics.Color, thick: Float, dash: PathEffect?, cap: StrokeCap = StrokeCap.Butt) =
        drawLine(color, Offset(box.left, under), Offset(box.right, under), thick, cap, dash)
    when (mark) {
        Mark.STOP -> {
            drawRect(colors.blockSoft, box.topLeft, Size(box.width, under - box.top))
            line(colors.block, 3.dp.toPx(), null)
        }
        Mark.CHANGE -> line(colors.rewrite, 2.dp.toPx(), PathEffect.dashPathEffect(floatArrayOf(6.dp.toPx(), 4.dp.toPx())))
        Mark.NOTE -> line(colors.lineStrong, 2.dp.toPx(), PathEffect.dashPathEffect(floatArrayOf(.1f, 4.dp.toPx())), StrokeCap.Round)
        Mark.BLIND -> clipRect(box.left, box.top, box.right, box.bottom, ClipOp.Intersect) {
            var x = box.left - box.height
            while (x < box.right) {
                drawLine(colors.review.copy(alpha = .28f), Offset(x, box.bottom), Offset(x + box.height, box.top), 3.dp.toPx())
                x += 9.dp.toPx()
            }
        }
    }
    if (ringed) {
        val color = when (mark) {
            Mark.STOP -> colors.block
            Mark.CHANGE -> colors.rewrite
            Mark.NOTE -> colors.lineStrong
            Mark.BLIND -> colors.review
        }
        val out = 1.5.dp.toPx()
        drawRoundRect(
            color, Offset(box.left - out, box.top - out), Size(box.width + 2 * out, box.height + out),
            androidx.compose.ui.geometry.CornerRadius(3.dp.toPx()), Stroke(out),
        )
    }
}
