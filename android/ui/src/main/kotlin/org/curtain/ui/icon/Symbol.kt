package org.curtain.ui.icon

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.unit.dp

/** A Material Symbol: its path in a square of 960 whose origin is at the bottom; parsed when first drawn. */
internal fun symbol(name: String, path: String, mirrored: Boolean = false): Lazy<ImageVector> = lazy(LazyThreadSafetyMode.PUBLICATION) {
    ImageVector.Builder(name, 24.dp, 24.dp, 960f, 960f, autoMirror = mirrored)
        .addGroup(translationY = 960f)
        .addPath(addPathNodes(path), fill = SolidColor(Color.Black))
        .clearGroup()
        .build()
}
