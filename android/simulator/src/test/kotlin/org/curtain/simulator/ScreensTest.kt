package org.curtain.simulator

import org.curtain.ui.fixtures.*
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.unit.Density
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What every screen owes to fingers, screen readers and large type. */
@OptIn(ExperimentalTestApi::class)
class ScreensTest {
    /** Every screen in [language] at [type]: its targets without a label or under 48 dp, and its texts that are cut. */
    private fun faults(type: Float, language: String): List<String> {
        val found = mutableListOf<String>()
        var nodes = 0
        for ((name, screen) in screens) {
            val view = screen.view.copy(type = type, language = language, bars = false)
            runSkikoComposeUiTest(Size(view.width * 2f, view.height * 2f), Density(2f, type)) {
                setContent { Phone(view) { screen.content(Fixtures(language)) } }
                mainClock.advanceTimeBy(2_000)
                val any = SemanticsMatcher("any") { true }
                for (node in onAllNodes(any).fetchSemanticsNodes()) {
                    nodes++
                    listOfNotNull(unlabelled(node), small(node)).forEach { found += "$name: $it" }
                }
                for (node in onAllNodes(any, useUnmergedTree = true).fetchSemanticsNodes()) cut(node)?.let { found += "$name: $it" }
            }
        }
        assertTrue(nodes > screens.size * 5) { "only $nodes nodes" }
        return found.distinct()
    }

    private fun acts(node: SemanticsNode): Boolean =
        listOf(SemanticsActions.OnClick, SemanticsActions.SetText).any { it in node.config } && SemanticsProperties.Disabled !in node.config

    private fun label(node: SemanticsNode): String =
        (node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() + node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }).joinToString(" ").trim()

    private fun unlabelled(node: SemanticsNode): String? = "a target without a label at ${node.boundsInRoot}".takeIf { acts(node) && label(node).isEmpty() }

    private fun small(node: SemanticsNode): String? =
        "${label(node)}: ${node.size.width / 2}x${node.size.height / 2}".takeIf { acts(node) && SemanticsActions.SetText !in node.config && (node.size.width < 96 || node.size.height < 96) }

    /** A line wider or lower than its room, an ellipsis, or a word broken in the middle. */
    private fun cut(node: SemanticsNode): String? {
        val results = mutableListOf<TextLayoutResult>()
        node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(results)
        val result = results.firstOrNull() ?: return null
        val text = result.layoutInput.text.text
        val lines = 0 until result.lineCount
        val wide = lines.any { result.getLineRight(it) - result.getLineLeft(it) > node.size.width + 1 }
        val low = result.multiParagraph.height > node.size.height + 1
        val broken = lines.any { line ->
            val end = result.getLineEnd(line)
            end in 1 until text.length && text[end - 1].isLetter() && text[end].isLetter()
        }
        return if (wide || low || broken || lines.any(result::isLineEllipsized)) "“$text” is cut" else null
    }

    private fun none(found: List<String>) = assertTrue(found.isEmpty()) { found.joinToString("\n") }

    @Test
    fun targets_are_labelled_and_48_dp_and_no_text_is_cut_at_100_percent() = none(faults(1f, "en"))

    @Test
    fun the_same_at_130_percent_in_spanish() = none(faults(1.3f, "es"))

    @Test
    fun the_same_at_200_percent() = none(faults(2f, "en"))

    @Test
    fun the_same_at_200_percent_in_spanish() = none(faults(2f, "es"))
}
