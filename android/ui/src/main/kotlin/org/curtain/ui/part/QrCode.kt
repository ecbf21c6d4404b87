package org.curtain.ui.part

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import com.google.zxing.WriterException
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel
import com.google.zxing.qrcode.encoder.ByteMatrix
import com.google.zxing.qrcode.encoder.Encoder
import org.curtain.ui.theme.Curtain

/** The modules of a QR code of [content], or null when it holds more than one code can. */
fun qrModules(content: String): ByteMatrix? = try {
    Encoder.encode(content, ErrorCorrectionLevel.M).matrix
} catch (_: WriterException) {
    null
} catch (_: IllegalArgumentException) {
    null
}

/** A QR code on white paper in both themes, with a quiet zone that readers need. */
@Composable
fun QrCode(content: String, label: String, modifier: Modifier = Modifier) {
    val matrix = remember(content) { qrModules(content) }
    val colors = Curtain.colors
    Canvas(modifier.aspectRatio(1f).background(colors.paper).semantics { contentDescription = label }.padding(8.dp)) {
        if (matrix == null) return@Canvas
        val module = size.minDimension / (matrix.width + 2 * QUIET)
        for (y in 0 until matrix.height) {
            var x = 0
            while (x < matrix.width) {
                val start = x
                while (x < matrix.width && matrix[x, y].toInt() == 1) x++
                // One run is one rectangle: no seams between modules.
                if (x > start) drawRect(colors.print, Offset((start + QUIET) * module, (y + QUIET) * module), Size((x - start) * module, module + .5f))
                x++
            }
        }
    }
}

private const val QUIET = 2
