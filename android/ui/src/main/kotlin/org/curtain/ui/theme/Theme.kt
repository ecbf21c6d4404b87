package org.curtain.ui.theme

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.remember
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import org.curtain.kit.screen.Look
import org.curtain.ui.Moments
import org.curtain.ui.Words

/** What the system covers at the edges; [keyboard] is its whole height while it is up, else 0. */
@Immutable
data class Edges(val top: Dp = 0.dp, val bottom: Dp = 0.dp, val keyboard: Dp = 0.dp)

private val LocalPalette = staticCompositionLocalOf<Palette> { error("no CurtainTheme") }
private val LocalType = staticCompositionLocalOf<Type> { error("no CurtainTheme") }
private val LocalWords = staticCompositionLocalOf<Words> { error("no CurtainTheme") }
private val LocalMoments = staticCompositionLocalOf<Moments> { error("no CurtainTheme") }
private val LocalEdges = staticCompositionLocalOf { Edges() }
private val LocalReduced = staticCompositionLocalOf { false }
private val LocalHaptics = staticCompositionLocalOf<(Haptic) -> Unit> { {} }

/** What is in force where a composable stands. */
object Curtain {
    val colors: Palette @Composable @ReadOnlyComposable get() = LocalPalette.current
    val type: Type @Composable @ReadOnlyComposable get() = LocalType.current
    val words: Words @Composable @ReadOnlyComposable get() = LocalWords.current
    val moments: Moments @Composable @ReadOnlyComposable get() = LocalMoments.current
    val edges: Edges @Composable @ReadOnlyComposable get() = LocalEdges.current
    /** True where motion is to be left out. */
    val reducedMotion: Boolean @Composable @ReadOnlyComposable get() = LocalReduced.current
    val haptics: (Haptic) -> Unit @Composable @ReadOnlyComposable get() = LocalHaptics.current
    /** 1 at 100 %. */
    val typeScale: Float @Composable @ReadOnlyComposable get() = LocalDensity.current.fontScale
    val largeType: Boolean @Composable @ReadOnlyComposable get() = typeScale >= LARGE_TYPE
    val hugeType: Boolean @Composable @ReadOnlyComposable get() = typeScale >= HUGE_TYPE

    /** The style of [look] in this theme and language. */
    @Composable
    @ReadOnlyComposable
    fun style(look: Look): VerdictStyle = verdictStyle(look, colors, words)
}

/** Everything a screen needs around it. There is no dynamic colour: a verdict looks the same on every phone. */
@Composable
fun CurtainTheme(
    words: Words,
    moments: Moments,
    dark: Boolean = isSystemInDarkTheme(),
    edges: Edges = Edges(),
    face: FontFamily = FontFamily.Default,
    reducedMotion: Boolean = false,
    haptics: (Haptic) -> Unit = {},
    content: @Composable () -> Unit,
) {
    val palette = if (dark) DarkPalette else LightPalette
    val type = remember(face) { Type(face) }
    val scheme = remember(palette) {
        (if (palette.dark) darkColorScheme() else lightColorScheme()).copy(
            primary = palette.primary, onPrimary = palette.onPrimary, background = palette.ground, onBackground = palette.ink,
            surface = palette.surface, onSurface = palette.ink, onSurfaceVariant = palette.ink2, outline = palette.lineStrong,
        )
    }
    MaterialTheme(colorScheme = scheme, typography = remember(type) { Typography(bodyLarge = type.body, labelLarge = type.label) }) {
        CompositionLocalProvider(
            LocalPalette provides palette, LocalType provides type, LocalWords provides words, LocalMoments provides moments,
            LocalEdges provides edges, LocalReduced provides reducedMotion, LocalHaptics provides haptics,
            LocalContentColor provides palette.ink, content = content,
        )
    }
}
