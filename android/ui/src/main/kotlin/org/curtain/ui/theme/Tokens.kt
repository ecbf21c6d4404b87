package org.curtain.ui.theme

import androidx.compose.runtime.Immutable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.unit.dp

/** The colour roles of one theme. Ink and container of each verdict belong together; see [verdictStyle]. */
@Immutable
class Palette(
    val dark: Boolean,
    val ground: Color, val surface: Color, val raised: Color,
    val ink: Color, val ink2: Color, val line: Color, val lineStrong: Color,
    val primary: Color, val onPrimary: Color, val primarySoft: Color, val onPrimarySoft: Color,
    val block: Color, val blockSoft: Color,
    val redirect: Color, val redirectSoft: Color,
    val consent: Color, val consentSoft: Color,
    val rewrite: Color, val rewriteSoft: Color,
    val review: Color, val reviewSoft: Color,
    val document: Color, val documentSoft: Color,
    val allow: Color, val allowSoft: Color,
    val scrim: Color,
    val pleatA: Color, val pleatB: Color, val pleatC: Color, val hem: Color, val rail: Color,
    /** Paper and print of a QR code: the same in both themes, so that a camera reads it. */
    val paper: Color, val print: Color,
)

/** The light theme: linen. */
val LightPalette: Palette = Palette(
    dark = false,
    ground = Color(0xFFF5F3EE), surface = Color(0xFFFFFFFF), raised = Color(0xFFECE9E2),
    ink = Color(0xFF16211F), ink2 = Color(0xFF4B5A57), line = Color(0xFFD6D2C8), lineStrong = Color(0xFF7A8683),
    primary = Color(0xFF0B5A5E), onPrimary = Color(0xFFFFFFFF), primarySoft = Color(0xFFD8ECEA), onPrimarySoft = Color(0xFF063F42),
    block = Color(0xFF961A3C), blockSoft = Color(0xFFFBE8EC),
    redirect = Color(0xFF1D4C9E), redirectSoft = Color(0xFFE5EDFB),
    consent = Color(0xFF66379B), consentSoft = Color(0xFFF1E8FA),
    rewrite = Color(0xFF824600), rewriteSoft = Color(0xFFFCEFD9),
    review = Color(0xFF47525F), reviewSoft = Color(0xFFE9ECF0),
    document = Color(0xFF0A6157), documentSoft = Color(0xFFDAF0EC),
    allow = Color(0xFF1C6A33), allowSoft = Color(0xFFE2F3E4),
    scrim = Color(0x850A1413),
    pleatA = Color(0xFF0B5A5E), pleatB = Color(0xFF0F6E70), pleatC = Color(0xFF084448), hem = Color(0xFF063A3D), rail = Color(0xFFC9C3B4),
    paper = Color(0xFFFFFFFF), print = Color(0xFF16211F),
)

/** The dark theme: lighter surfaces instead of shadow. */
val DarkPalette: Palette = Palette(
    dark = true,
    ground = Color(0xFF0E1413), surface = Color(0xFF161E1D), raised = Color(0xFF202A28),
    ink = Color(0xFFE3EAE7), ink2 = Color(0xFFA8B5B1), line = Color(0xFF33403D), lineStrong = Color(0xFF7F8D89),
    primary = Color(0xFF79CFC8), onPrimary = Color(0xFF00302F), primarySoft = Color(0xFF12403F), onPrimarySoft = Color(0xFFBFEDE8),
    block = Color(0xFFFFB0BD), blockSoft = Color(0xFF471623),
    redirect = Color(0xFFA8C6FF), redirectSoft = Color(0xFF152F5C),
    consent = Color(0xFFD7BCFF), consentSoft = Color(0xFF38215E),
    rewrite = Color(0xFFF5C177), rewriteSoft = Color(0xFF422A02),
    review = Color(0xFFC2CAD3), reviewSoft = Color(0xFF2A323B),
    document = Color(0xFF86D6CA), documentSoft = Color(0xFF083D38),
    allow = Color(0xFF90D8A3), allowSoft = Color(0xFF103A1D),
    scrim = Color(0x9E000000),
    pleatA = Color(0xFF0C3D40), pleatB = Color(0xFF104B4D), pleatC = Color(0xFF082E31), hem = Color(0xFF052224), rail = Color(0xFF4A544F),
    paper = Color(0xFFFFFFFF), print = Color(0xFF16211F),
)

/** Sizes that do not grow with the type. */
object Size {
    val margin = 16.dp
    val target = 48.dp
    val action = 56.dp
    val row = 64.dp
    val keyWidth = 84.dp
    val keyHeight = 72.dp
}

/** Radii: tags, banners and channels, cards, sheets. */
object Radius {
    val tag = 8.dp
    val cell = 14.dp
    val card = 20.dp
    val sheet = 28.dp
}

/** Milliseconds of motion; all are 0 with reduced motion. */
object Motion {
    const val QUICK: Int = 120
    const val CALM: Int = 240
    const val CURTAIN: Int = 320
}

/** From here the channel bar has three columns, and tags stand under titles. */
const val LARGE_TYPE: Float = 1.155f

/** From here the channel bar is a list. */
const val HUGE_TYPE: Float = 1.595f
