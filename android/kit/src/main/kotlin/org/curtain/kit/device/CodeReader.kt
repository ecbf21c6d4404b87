package org.curtain.kit.device

import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import java.nio.ByteBuffer

/** Reads QR codes from a camera's frames. Not for two threads at once: it keeps one frame's brightness between calls. */
internal class CodeReader {
    private val reader = QRCodeReader()
    private var brightness = ByteArray(0)

    /**
     * The bytes of the code in a frame's Y plane (`YUV_420_888`); null when there is none that can be read, or [plane] does not hold
     * what its strides say.
     */
    fun read(plane: ByteBuffer, rowStride: Int, pixelStride: Int, size: Extent): ByteArray? {
        if (!gather(plane, rowStride, pixelStride, size)) return null
        val source = PlanarYUVLuminanceSource(brightness, size.width, size.height, 0, 0, size.width, size.height, false)
        return try {
            bytes(reader.decode(BinaryBitmap(HybridBinarizer(source)), HINTS).text)
        } catch (_: ReaderException) {
            null
        } catch (_: RuntimeException) {
            // What is in front of a camera is anybody's: the library has had index errors on codes made for it.
            null
        } finally {
            reader.reset()
        }
    }

    /** Rows without what the camera pads them with. */
    private fun gather(plane: ByteBuffer, rowStride: Int, pixelStride: Int, size: Extent): Boolean {
        if (size.width <= 0 || size.height <= 0 || size.pixels > Extent.FRAME_PIXELS || pixelStride <= 0 || rowStride <= 0) return false
        val last = (size.height - 1L) * rowStride + (size.width - 1L) * pixelStride
        val from = plane.duplicate()
        if (last >= from.remaining()) return false
        if (brightness.size != size.pixels.toInt()) brightness = ByteArray(size.pixels.toInt())
        val start = from.position()
        for (row in 0 until size.height) {
            val at = start + row * rowStride
            if (pixelStride == 1) {
                from.position(at)
                from.get(brightness, row * size.width, size.width)
            } else {
                for (column in 0 until size.width) brightness[row * size.width + column] = from.get(at + column * pixelStride)
            }
        }
        return true
    }

    /** Forgets the last frame. */
    fun forget() = brightness.fill(0)

    companion object {
        // Byte segments as Latin-1 give back every byte as it was, also where a code mixes them with digits and capitals.
        private val HINTS = mapOf(DecodeHintType.CHARACTER_SET to "ISO-8859-1", DecodeHintType.TRY_HARDER to true)

        /** The bytes of a code's text that was decoded as Latin-1; a code that names another alphabet itself is UTF-8. */
        fun bytes(text: String): ByteArray = text.toByteArray(if (text.all { it.code <= 0xff }) Charsets.ISO_8859_1 else Charsets.UTF_8)
    }
}
