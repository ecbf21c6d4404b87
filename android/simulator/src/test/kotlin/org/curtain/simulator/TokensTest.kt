package org.curtain.simulator

import org.curtain.ui.fixtures.*
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import org.curtain.kit.screen.Look
import org.curtain.ui.Words
import org.curtain.ui.part.qrModules
import org.curtain.ui.theme.DarkPalette
import org.curtain.ui.theme.LightPalette
import org.curtain.ui.theme.verdictStyle
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What the tokens promise, in numbers. */
class TokensTest {
    private fun contrast(one: Color, other: Color): Double {
        val (dark, light) = listOf(one.luminance() + .05, other.luminance() + .05).sorted()
        return light / dark
    }

    private fun least(bound: Double, pairs: Map<String, Pair<Color, Color>>) {
        val low = pairs.mapValues { contrast(it.value.first, it.value.second) }.filterValues { it < bound }
        assertTrue(low.isEmpty()) { "below $bound: $low" }
    }

    @Test
    fun text_has_a_contrast_of_5_8_in_both_themes() {
        for (p in listOf(LightPalette, DarkPalette)) {
            val grounds = mapOf("ground" to p.ground, "surface" to p.surface, "raised" to p.raised)
            for ((name, ground) in grounds) least(5.8, mapOf("ink on $name" to (p.ink to ground), "ink2 on $name" to (p.ink2 to ground)))
            least(
                5.8,
                mapOf(
                    "primary on surface" to (p.primary to p.surface), "primary on ground" to (p.primary to p.ground), "on primary" to (p.onPrimary to p.primary),
                    "on soft" to (p.onPrimarySoft to p.primarySoft), "print" to (p.print to p.paper), "block on raised" to (p.block to p.raised),
                ),
            )
        }
    }

    @Test
    fun outlines_of_controls_have_a_contrast_of_3_4() {
        for (p in listOf(LightPalette, DarkPalette)) least(3.4, mapOf("surface" to (p.lineStrong to p.surface), "ground" to (p.lineStrong to p.ground)))
    }

    @Test
    fun every_look_has_its_style_in_both_themes_and_languages() {
        for (language in Words.languages) for (p in listOf(LightPalette, DarkPalette)) {
            val words = Words.of(language)
            val styles = Look.entries.associateWith { verdictStyle(it, p, words) }
            for ((look, style) in styles) {
                least(5.7, mapOf("$look" to (style.ink to style.container), "ink on $look" to (p.ink to style.container)))
                assertTrue(style.word.isNotBlank() && "SMS" in style.panel("SMS")) { "$look in $language" }
            }
            assertEquals(Look.entries.size, styles.values.map { it.word }.toSet().size, "words tell the verdicts apart")
            assertEquals(Look.entries.size, styles.values.map { it.panel("SMS") }.toSet().size)
            // A ban keeps the icon of Block; all others have one of their own.
            assertEquals(Look.entries.size - 1, styles.values.map { it.icon.name }.toSet().size, "icons tell the verdicts apart")
        }
    }

    @Test
    fun forbidden_words_are_nowhere() {
        val never = listOf("violation", "breach", "forbidden", "illegal", "unsafe", "invalid", "failed", "delivered", "guaranteed", "hipaa", "!", "please ask", "oops")
        for (language in Words.languages) for (line in Words.lines(language)) {
            assertTrue(never.none { it in line.lowercase() }) { line }
        }
    }

    @Test
    fun a_code_that_holds_too_much_is_refused() {
        assertNotNull(qrModules("x".repeat(2_000)))
        assertNull(qrModules("x".repeat(5_000)))
    }
}
