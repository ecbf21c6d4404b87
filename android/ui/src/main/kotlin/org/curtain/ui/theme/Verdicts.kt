package org.curtain.ui.theme

import androidx.compose.runtime.Immutable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import org.curtain.kit.screen.Look
import org.curtain.ui.Words
import org.curtain.ui.icon.Icons

/** What the hand feels when a verdict stands. */
enum class Haptic { NONE, TICK, LIGHT }

/** How a verdict looks, reads and feels; [panel] takes the name of the channel. */
@Immutable
class VerdictStyle(
    val ink: Color,
    val container: Color,
    val icon: ImageVector,
    val word: String,
    val panel: (channel: String) -> String,
    val haptic: Haptic,
)

/** The one style of [look]: icon, word and colour, in that order of trust. */
fun verdictStyle(look: Look, palette: Palette, words: Words): VerdictStyle = when (look) {
    Look.BLOCK -> VerdictStyle(palette.block, palette.blockSoft, Icons.Block, words.barBlock, words::panelBlock, Haptic.TICK)
    Look.OFF -> VerdictStyle(palette.block, palette.raised, Icons.Block, words.barOff, words::panelOff, Haptic.TICK)
    Look.REDIRECT -> VerdictStyle(palette.redirect, palette.redirectSoft, Icons.AltRoute, words.barRedirect, words::panelRedirect, Haptic.TICK)
    Look.CONSENT -> VerdictStyle(palette.consent, palette.consentSoft, Icons.LiveHelp, words.barConsent, words::panelConsent, Haptic.NONE)
    Look.REWRITE -> VerdictStyle(palette.rewrite, palette.rewriteSoft, Icons.Edit, words.barRewrite, words::panelRewrite, Haptic.NONE)
    Look.REVIEW -> VerdictStyle(palette.review, palette.reviewSoft, Icons.Visibility, words.barReview, words::panelReview, Haptic.NONE)
    Look.DOCUMENT ->
        VerdictStyle(palette.document, palette.documentSoft, Icons.AssignmentTurnedIn, words.barDocument, words::panelDocument, Haptic.LIGHT)
    Look.ALLOW -> VerdictStyle(palette.allow, palette.allowSoft, Icons.CheckCircle, words.barAllow, words::panelAllow, Haptic.LIGHT)
}
