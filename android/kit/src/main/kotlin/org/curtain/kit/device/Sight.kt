package org.curtain.kit.device

import java.util.concurrent.atomic.AtomicReference
import kotlin.math.abs
import kotlin.math.min

/** An answer that is given once, whoever gives it first, from any thread. */
internal class Once<T>(done: (T) -> Unit) {
    private val waiting = AtomicReference<((T) -> Unit)?>(done)

    /** Whether this was the answer; false, and nothing is called, when there was one before. */
    fun give(answer: T): Boolean = (waiting.getAndSet(null) ?: return false).let { it(answer); true }
}

/** Width and height in pixels, as the sensor lies. */
internal data class Extent(val width: Int, val height: Int) {
    val pixels: Long get() = width.toLong() * height

    private fun likeness(other: Extent): Float = abs(width.toFloat() / height - other.width.toFloat() / other.height)

    companion object {
        /** What is sold as 12 megapixels. */
        const val PICTURE_PIXELS: Long = 4032L * 3024

        /** Enough for a code of a whole document part at arm's length, and little enough to be read several times a second. */
        const val FRAME_PIXELS: Long = 1280L * 960

        /** What every camera can show beside a picture (camera2's table of guaranteed outputs). */
        const val PREVIEW_PIXELS: Long = 1920L * 1440

        /** The largest within [limit] pixels; null when none is. */
        fun largest(sizes: List<Extent>, limit: Long): Extent? = sizes.filter { it.width > 0 && it.height > 0 && it.pixels <= limit }.maxByOrNull { it.pixels }

        /** The largest within [limit] that shows what [taken] shows; else the likest. Null when none is small enough. */
        fun preview(sizes: List<Extent>, taken: Extent, limit: Long = PREVIEW_PIXELS): Extent? {
            val small = sizes.filter { it.width > 0 && it.height > 0 && it.pixels <= limit }
            return largest(small.filter { it.likeness(taken) < SAME }, limit) ?: small.minByOrNull { it.likeness(taken) }
        }

        private const val SAME = 0.02f
    }
}

/** How the preview's buffer is put upright, whole and unstretched into its view: scales about the centre, then degrees clockwise. */
internal data class Fit(val scaleX: Float, val scaleY: Float, val degrees: Int)

/** Turns between the sensor, the phone and its display. All degrees are clockwise, 0 to 359. */
internal object Turn {
    /** How far the phone is turned, to the quarter, from what the orientation sensor says; [before] while it cannot tell (lying flat). */
    fun phone(sensed: Int, before: Int): Int = if (sensed < 0) before else (sensed % 360 + 45) / 90 * 90 % 360

    /** The phone's turn as its display shows it; [rotation] is one of `Surface.ROTATION_*`, 0 to 3. */
    fun ofDisplay(rotation: Int): Int = (360 - rotation * 90 % 360) % 360

    /** `JPEG_ORIENTATION` for an upright picture: as `CaptureRequest` defines it, a front camera turns the other way. */
    fun picture(sensor: Int, phone: Int, front: Boolean): Int = Math.floorMod(if (front) sensor - phone else sensor + phone, 360)

    /** A `TextureView` stretches the [buffer] over itself, upright for the phone's natural orientation only. */
    fun fit(buffer: Extent, sensor: Int, rotation: Int, view: Extent): Fit {
        val natural = if (sensor % 180 == 0) buffer else Extent(buffer.height, buffer.width)
        val seen = if (rotation % 2 == 0) natural else Extent(natural.height, natural.width)
        val whole = min(view.width.toFloat() / seen.width, view.height.toFloat() / seen.height)
        return Fit(natural.width * whole / view.width, natural.height * whole / view.height, ofDisplay(rotation))
    }
}
