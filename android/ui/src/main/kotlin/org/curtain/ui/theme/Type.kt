package org.curtain.ui.theme

import androidx.compose.runtime.Immutable
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.LineHeightStyle
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.em
import androidx.compose.ui.unit.sp

/** The type tokens, in [face]: the phone's own face unless a picture is drawn elsewhere. Figures are tabular throughout. */
@Immutable
class Type(face: FontFamily) {
    private val base = TextStyle(
        fontFamily = face,
        fontFeatureSettings = "tnum",
        lineHeightStyle = LineHeightStyle(LineHeightStyle.Alignment.Center, LineHeightStyle.Trim.None),
    )

    private fun style(size: Double, line: Double, weight: Int, spacing: TextUnit = TextUnit.Unspecified): TextStyle =
        base.copy(fontSize = size.sp, lineHeight = line.sp, fontWeight = FontWeight(weight), letterSpacing = spacing)

    val display: TextStyle = style(32.0, 40.0, 650, (-0.02).em)
    val title: TextStyle = style(22.0, 28.0, 650, (-0.01).em)
    val name: TextStyle = style(19.0, 24.0, 650, (-0.01).em)
    val head: TextStyle = style(17.0, 24.0, 600)
    val action: TextStyle = style(17.0, 22.0, 600)
    val verdict: TextStyle = style(17.0, 22.0, 650)
    val body: TextStyle = style(17.0, 25.0, 400)
    val draft: TextStyle = style(20.0, 30.4, 400, (-0.003).em)
    val label: TextStyle = style(15.0, 20.0, 600)
    val small: TextStyle = style(15.0, 21.0, 400)
    val caption: TextStyle = style(13.0, 18.0, 500)
    val tag: TextStyle = style(13.0, 18.0, 600)
    val cell: TextStyle = style(13.0, 16.0, 600)
    val word: TextStyle = style(13.0, 16.0, 650, (-0.025).em)
    val tile: TextStyle = style(26.0, 32.0, 650, 0.03.em)
    val key: TextStyle = style(28.0, 32.0, 500)
    val clock: TextStyle = style(44.0, 48.0, 650, (-0.02).em)
    val badge: TextStyle = style(11.0, 16.0, 650, 0.01.em)
}
