package org.curtain.kit.device

import com.google.zxing.BarcodeFormat
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.QRCodeWriter
import java.nio.ByteBuffer
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.random.Random
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a camera needs that is no camera: answers, sizes, turns, codes. */
class CameraTest {
    /** A frame as a camera gives it: rows padded, pixels apart, the code somewhere in it. */
    private class Frame(code: String, val size: Extent, private val rowStride: Int, private val pixelStride: Int, hints: Map<EncodeHintType, Any> = emptyMap()) {
        private val plane: ByteBuffer = ByteBuffer.allocateDirect((size.height - 1) * rowStride + (size.width - 1) * pixelStride + 1)

        init {
            val side = 440
            val matrix = QRCodeWriter().encode(code, BarcodeFormat.QR_CODE, side, side, hints)
            for (at in 0 until plane.capacity()) plane.put(at, if (at % 2 == 0) 0 else -1) // What lies between the pixels is not theirs.
            for (y in 0 until size.height) for (x in 0 until size.width) {
                val dark = x - 90 in 0 until side && y - 20 in 0 until side && matrix[x - 90, y - 20]
                plane.put(y * rowStride + x * pixelStride, if (dark) 40 else 200.toByte())
            }
        }

        fun read(reader: CodeReader = CodeReader()) = reader.read(plane, rowStride, pixelStride, size)
    }

    @Test
    fun `an answer is given once, whoever is first`() {
        repeat(200) {
            val (answers, winners) = AtomicInteger() to AtomicInteger()
            val once = Once<Int> { answers.incrementAndGet() }
            val start = CountDownLatch(1)
            val all = (1..4).map { one -> thread { start.await(); if (once.give(one)) winners.incrementAndGet() } }
            start.countDown()
            all.forEach(Thread::join)
            assertEquals(1 to 1, answers.get() to winners.get())
        }
    }

    @Test
    fun `an answer that asks again is not asked twice`() {
        var calls = 0
        lateinit var once: Once<Unit>
        once = Once { calls += 1; assertFalse(once.give(Unit)) }
        assertTrue(once.give(Unit))
        assertEquals(1, calls)
    }

    @Test
    fun `a picture is the largest that is at most twelve megapixels`() {
        val sizes = listOf(Extent(640, 480), Extent(9248, 6936), Extent(4032, 3024), Extent(4032, 2268), Extent(0, 0))
        assertEquals(Extent(4032, 3024), Extent.largest(sizes, Extent.PICTURE_PIXELS))
        assertNull(Extent.largest(listOf(Extent(9248, 6936)), Extent.PICTURE_PIXELS))
        assertNull(Extent.largest(emptyList(), Extent.PICTURE_PIXELS))
        assertNull(Extent.largest(listOf(Extent(65_536, 65_536)), Extent.PICTURE_PIXELS), "no overflow makes it small")
    }

    @Test
    fun `the preview shows what is taken`() {
        val sizes = listOf(Extent(3840, 2160), Extent(1920, 1080), Extent(1440, 1080), Extent(640, 480), Extent(176, 144))
        assertEquals(Extent(1440, 1080), Extent.preview(sizes, Extent(4032, 3024)))
        assertEquals(Extent(1920, 1080), Extent.preview(sizes, Extent(4032, 2268)))
        assertEquals(Extent(176, 144), Extent.preview(listOf(Extent(1920, 1080), Extent(176, 144)), Extent(4032, 3024)), "the likest, where none is the same")
        assertNull(Extent.preview(listOf(Extent(3840, 2160)), Extent(4032, 3024)))
    }

    @Test
    fun `the phone's turn is to the quarter and stays when it lies flat`() {
        assertEquals(listOf(0, 0, 90, 90, 180, 270, 0), listOf(0, 44, 45, 134, 180, 314, 315).map { Turn.phone(it, 90) })
        assertEquals(270, Turn.phone(-1, 270))
        // Turned a quarter to the left (ROTATION_90), the orientation sensor says 270.
        assertEquals(listOf(0, 270, 180, 90), (0..3).map(Turn::ofDisplay))
    }

    @Test
    fun `a picture comes upright however the phone is held`() {
        assertEquals(listOf(90, 180, 270, 0), listOf(0, 90, 180, 270).map { Turn.picture(90, it, front = false) })
        assertEquals(listOf(270, 180, 90, 0), listOf(0, 90, 180, 270).map { Turn.picture(270, it, front = true) })
    }

    @Test
    fun `the preview is whole and not stretched`() {
        val buffer = Extent(1440, 1080)
        for (rotation in 0..3) for (sensor in listOf(0, 90, 180, 270)) for (view in listOf(Extent(1080, 2340), Extent(2340, 1080), Extent(500, 500))) {
            val fit = Turn.fit(buffer, sensor, rotation, view)
            val (width, height) = fit.scaleX * view.width to fit.scaleY * view.height
            val upright = if (sensor % 180 == 0) 1440f / 1080 else 1080f / 1440
            assertEquals(upright, width / height, 1e-3f, "the buffer's own shape")
            val seen = if (fit.degrees % 180 == 0) width to height else height to width
            assertTrue(seen.first <= view.width + 0.5f && seen.second <= view.height + 0.5f, "all of it within the view")
            assertTrue(seen.first > view.width - 0.5f || seen.second > view.height - 0.5f, "as large as it can be")
        }
        assertEquals(Fit(1f, 1440f / 2340, 0), Turn.fit(buffer, 90, 0, Extent(1080, 2340)))
    }

    @Test
    fun `a part of a document is read out of a padded frame`() {
        val part = "C1:2/3:" + "aZ09-_".repeat(30)
        assertArrayEquals(part.toByteArray(), Frame(part, Extent(640, 480), 704, 1).read())
        assertArrayEquals(part.toByteArray(), Frame(part, Extent(640, 480), 1300, 2).read(), "pixels two bytes apart")
    }

    @Test
    fun `every byte comes back as it was`() {
        for (from in listOf(0, 128)) {
            val bytes = ByteArray(128) { (from + it).toByte() }
            assertArrayEquals(bytes, Frame(bytes.toString(Charsets.ISO_8859_1), Extent(640, 480), 640, 1).read())
        }
        // A code that names its alphabet itself.
        val named = mapOf(EncodeHintType.CHARACTER_SET to "UTF-8")
        assertArrayEquals("東 Ω".toByteArray(), Frame("東 Ω", Extent(640, 480), 640, 1, named).read())
    }

    @Test
    fun `one reader reads frame after frame, of other sizes as well`() {
        val reader = CodeReader()
        assertEquals("one", Frame("one", Extent(640, 480), 640, 1).read(reader)?.decodeToString())
        assertNull(reader.read(ByteBuffer.allocateDirect(640 * 480), 640, 1, Extent(640, 480)))
        assertEquals("two", Frame("two", Extent(800, 600), 832, 1).read(reader)?.decodeToString())
        reader.forget()
        assertEquals("three", Frame("three", Extent(640, 480), 640, 1).read(reader)?.decodeToString())
    }

    @Test
    fun `a frame that is not what it says is no code and no crash`() {
        val reader = CodeReader()
        val plane = ByteBuffer.allocateDirect(640 * 480)
        assertNull(reader.read(plane, 704, 1, Extent(640, 480)), "shorter than its strides")
        assertNull(reader.read(plane, 640, 1, Extent(640, 481)))
        assertNull(reader.read(plane, 0, 1, Extent(640, 480)))
        assertNull(reader.read(plane, 640, 0, Extent(640, 480)))
        assertNull(reader.read(plane, Int.MAX_VALUE, Int.MAX_VALUE, Extent(640, 480)))
        assertNull(reader.read(plane, 1, 1, Extent(100_000, 100_000)), "larger than any frame we ask for")
        val random = Random(7)
        repeat(20) {
            val noise = ByteBuffer.wrap(random.nextBytes(320 * 240))
            assertNull(reader.read(noise, 320, 1, Extent(320, 240)))
        }
    }
}
