package org.curtain.ui.part

import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.unit.Density

/** Text that does not grow with the type: decoration that stands elsewhere in words, and the figures of the PIN pad, which are large already. */
@Composable
fun FixedText(text: String, style: TextStyle, color: Color, modifier: Modifier = Modifier, limit: Float = 1f) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, density.fontScale.coerceAtMost(limit))) {
        Text(text, modifier, color = color, style = style)
    }
}
