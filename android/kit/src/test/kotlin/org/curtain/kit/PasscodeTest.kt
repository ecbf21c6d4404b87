package org.curtain.kit

import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.file.Path
import kotlin.io.path.readLines
import kotlin.random.Random
import org.curtain.core.CurtainException
import org.curtain.core.KeystoreException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** A passcode crosses once, in one buffer, and is zero afterwards. */
class PasscodeTest {
    @TempDir lateinit var home: Path

    /** The whole room of the buffer, whatever of it is shown. */
    private fun ByteBuffer.whole() = duplicate().clear().let { all -> List(all.capacity()) { all.get(it) } }

    private fun assertZero(seen: ByteBuffer) {
        assertEquals(Passcode.MAX_BYTES, seen.capacity())
        assertTrue(seen.whole().all { it == 0.toByte() })
    }

    @Test
    fun `the buffer is zero after a success, a wrong passcode, a failure of the keystore and an exception`() {
        Phone(home).use { phone ->
            phone.enrol()
            lateinit var seen: ByteBuffer
            fun guess(text: String) {
                val typed = passcode(text)
                try {
                    typed.spend {
                        seen = it
                        assertTrue(seen.isDirect && seen.whole().any { byte -> byte != 0.toByte() })
                        phone.curtain.unlock(phone.workspace, it)
                    }.lock()
                } finally {
                    assertTrue(typed.isEmpty)
                }
            }
            guess(PASSCODE)
            assertZero(seen)
            assertThrows<CurtainException.WrongPasscode> { guess(WRONG) }
            assertZero(seen)
            phone.keystore.fail { KeystoreException.NotNow() }
            assertThrows<CurtainException.KeystoreNotNow> { guess(PASSCODE) }
            assertZero(seen)
            phone.keystore.heal()
            assertThrows<IllegalStateException> {
                passcode().spend {
                    seen = it
                    error("the screen fails")
                }
            }
            assertZero(seen)
        }
    }

    @Test
    fun `the holder spends the passcode also when there is nothing to unlock`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val holder = SessionHolder(phone.curtain)
        for (guess in listOf(passcode(), passcode(WRONG))) {
            runCatching { holder.unlock(phone.workspace, guess) }
            assertTrue(guess.isEmpty)
        }
        val unknown = passcode()
        assertThrows<CurtainException.NotFound> { holder.unlock("0".repeat(32), unknown) }
        assertTrue(unknown.isEmpty)
        holder.close()
        val late = passcode()
        assertThrows<CurtainException.Locked> { holder.unlock(phone.workspace, late) }
        assertTrue(late.isEmpty)
    }

    @Test
    fun `what is typed is UTF-8 and a backspace takes a whole character and its bytes`() {
        val text = "aé€😀z"
        val typed = passcode(text)
        assertEquals(5, typed.length)
        typed.spend { assertEquals(text.toByteArray().asList(), List(it.remaining()) { at -> it.get(at) }) }
        text.codePoints().forEach { typed.append(it) }
        repeat(2) { typed.backspace() }
        typed.spend {
            assertEquals("aé€".toByteArray().asList(), List(it.remaining()) { at -> it.get(at) })
            assertTrue(it.whole().drop(it.remaining()).all { byte -> byte == 0.toByte() }, "taken back is overwritten")
        }
        typed.backspace()
        assertTrue(typed.isEmpty)
        assertEquals("Passcode", "$typed")
    }

    @Test
    fun `what is no character or has no room is refused and changes nothing`() {
        val typed = Passcode()
        assertFalse(typed.append(0xd83d), "half of a pair")
        assertFalse(typed.append(0x110000))
        assertFalse(typed.append(-1))
        assertTrue(typed.isEmpty)
        repeat(Passcode.MAX_BYTES - 1) { assertTrue(typed.append('x')) }
        assertFalse(typed.append('é'))
        assertTrue(typed.append('x'))
        assertFalse(typed.append('x'))
        assertEquals(Passcode.MAX_BYTES, typed.length)
        typed.close()
        assertTrue(typed.isEmpty)
    }

    @Test
    fun `no copy of a passcode is left anywhere in the process`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        // Held masked, and typed one by one: the test itself must not hold it.
        val secret = masked()
        val (answer, _) = phone.hospital.enrol(phone.curtain.request().document)
        val second = typedFrom(secret).spend { phone.curtain.enrol(answer.direct(), it) }.id
        val session = typedFrom(secret).spend { phone.curtain.unlock(second, it) }
        typedFrom(secret).spend { session.freshAuth(it) }
        assertEquals(0, copies(secret))
        // The search finds one where there is one: in a String, and in native memory.
        val planted = masked()
        val text = buildString { planted.forEach { append((it xor MASK).toChar()) } }
        assertTrue(copies(planted) > 0, "planted: ${text.length}")
        val direct = masked()
        val buffer = ByteBuffer.allocateDirect(2 * HALF)
        direct.forEach { buffer.put((it xor MASK).toByte()) }
        assertTrue(copies(direct) > 0, "planted: ${buffer.position()}")
        session.lock()
    }

    /** From digits to small letters, signs between them: mixed enough to be taken. */
    private fun masked() = IntArray(2 * HALF) { Random.nextInt('0'.code, 'z'.code + 1) xor MASK }

    private fun typedFrom(masked: IntArray) = Passcode().apply { masked.forEach { append(it xor MASK) } }

    /**
     * How often either half of it stands in writable memory, as bytes or as UTF-16: heap, native heap, stacks. Halves,
     * because an allocator writes over the beginning of what is freed and leaves the rest.
     */
    private fun copies(masked: IntArray): Int {
        val halves = listOf(masked.copyOf(HALF), masked.copyOfRange(HALF, 2 * HALF))
        val chunk = ByteArray(CHUNK)
        val regions = Path.of("/proc/self/maps").readLines().filter { it.split(' ')[1].startsWith("rw") }
        var found = 0
        RandomAccessFile("/proc/self/mem", "r").use { memory ->
            for (region in regions) {
                val (from, to) = region.substringBefore(' ').split('-').map { it.toULong(16).toLong() }
                var at = from
                while (at < to) {
                    // A region may be gone by now, or be the kernel's.
                    val read = runCatching { memory.seek(at); memory.read(chunk, 0, minOf(CHUNK.toLong(), to - at).toInt()) }.getOrDefault(-1)
                    if (read <= 0) break
                    for (half in halves) found += count(chunk, read, half, 1) + count(chunk, read, half, 2)
                    if (at + read >= to) break
                    at += maxOf(1, read - 2 * masked.size)
                }
            }
        }
        return found
    }

    private fun count(bytes: ByteArray, size: Int, masked: IntArray, stride: Int): Int {
        var found = 0
        for (start in 0..size - masked.size * stride) {
            var same = 0
            while (same < masked.size && bytes[start + same * stride].toInt() == masked[same] xor MASK) same += 1
            if (same == masked.size) found += 1
        }
        return found
    }

    private companion object {
        const val MASK = 0x155
        const val CHUNK = 1 shl 20
        const val HALF = 24
    }
}
