package org.curtain.kit

import com.sun.jna.Native
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import java.security.SecureRandom
import javax.management.ObjectName
import kotlin.experimental.xor
import kotlin.io.path.readLines
import org.curtain.core.CurtainException
import org.curtain.core.SearchFilter
import org.curtain.core.Session
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/**
 * What is left of passcode, texts and the keystore's answers in this process, outside the Java heap: nothing. What the Java heap
 * keeps until it is overwritten is counted and said. The keys of the vault are the Rust scan's business (core/tests/memory).
 */
class MemoryTest {
    @TempDir lateinit var home: Path

    /** Bytes that stand in this process masked only, but where a test puts them. */
    private class Masked(val name: String, val bytes: ByteArray) {
        fun text() = String(CharArray(bytes.size) { (bytes[it] xor MASK).toInt().toChar() })
        fun wide() = Masked("$name in UTF-16", ByteArray(bytes.size * 2) { if (it % 2 == 0) bytes[it / 2] else MASK })
    }

    private val random = SecureRandom()

    /** Letters at random: no literal of a class file, which the JVM would keep. */
    private fun words(name: String) =
        Masked(name, ByteArray(40) { (if (it % 9 == 8) ' ' else 'a' + random.nextInt(26)).code.toByte() xor MASK })

    private fun Masked.typed() = Passcode().also { typed -> bytes.forEach { typed.append((it xor MASK).toInt()) } }

    @Test
    fun `after a lock no whole secret is left outside the Java heap`(): Unit = Phone(home).use { phone ->
        val answers = ArrayList<Masked>()
        val first = phone.enrol().unlock()
        val patient = first.ward()
        val passcode = words("passcode")
        passcode.typed().spend { new -> passcode().spend { old -> first.changePasscode(old, new) } }
        first.lock()
        phone.keystore.answer = { call, bytes ->
            if (call == FakeKeystore.Call.PRF) answers += Masked("answer of the PRF", ByteArray(bytes.size) { bytes[it] xor MASK })
            bytes
        }
        var managed = emptyList<String>()
        var alive = 0
        repeat(CYCLES) { cycle ->
            answers.clear()
            val (note, draft, wrong) = listOf("note", "draft", "wrong passcode").map(::words)
            val texts = listOf(passcode, note, draft, wrong).flatMap { listOf(it, it.wide()) }
            assertThrows<CurtainException.WrongPasscode> {
                wrong.typed().spend { phone.curtain.unlock(phone.workspace, it) }
            }
            val session = passcode.typed().spend { phone.curtain.unlock(phone.workspace, it) }
            work(session, patient, note, draft)
            alive += Scan(texts + answers).run { outside.count { it.startsWith("draft") } }
            if (cycle % 3 == 2) {
                phone.clock.panic.set(true)
                assertThrows<CurtainException.Internal> { session.patients() }
            } else {
                session.lock()
            }
            session.close()
            val left = Scan(texts + answers, managed = cycle == CYCLES - 1)
            assertEquals(emptyList<String>(), left.outside, "cycle $cycle")
            managed = left.inside
        }
        assertTrue(alive >= CYCLES, "the search finds a draft that is typed: $alive")
        val counts = managed.groupingBy { it }.eachCount().toSortedMap()
        println("managed heap: $CYCLES cycles, after each lock 0 values outside the Java heap; inside it after the last: $counts")
    }

    private fun work(session: Session, patient: Reachable, note: Masked, draft: Masked) {
        val id = session.saveNote(null, patient.id, "Ward", note.text())
        assertEquals(40, session.note(id).text.length)
        session.typed(draft.text(), patient)
        assertNull(session.search(SearchFilter(note.text())).hits.singleOrNull { it.id != id })
    }

    /** Reads every writable page and looks for the values. */
    private class Scan(values: List<Masked>, managed: Boolean = false) {
        val outside = ArrayList<String>()
        val inside = ArrayList<String>()
        private val byStart = values.groupBy { start(it.bytes, 0) xor WIDE }

        /** By a hash of the first eight bytes, so that nearly every place costs one look. */
        private val starts = BooleanArray(1 shl 16).also { known -> byStart.keys.forEach { known[slot(it)] = true } }
        private val buffer = ByteBuffer.allocateDirect(CHUNK)
        private val copy = ByteArray(CHUNK)

        init {
            val own = com.sun.jna.Pointer.nativeValue(Native.getDirectBufferPointer(buffer))
            val heap = javaHeap()
            FileChannel.open(Path.of("/proc/self/mem"), StandardOpenOption.READ).use { memory ->
                for (line in Path.of("/proc/self/maps").readLines()) {
                    val (range, rights) = line.split(' ')
                    val (from, to) = range.split('-').map { it.toULong(16).toLong() }
                    if (!rights.startsWith("rw") || from < 0 || !managed && from in heap && to - 1 in heap) continue
                    var at = from
                    while (at < to) {
                        val length = minOf(CHUNK.toLong(), to - at).toInt()
                        buffer.clear().limit(length)
                        val read = try { memory.read(buffer, at) } catch (_: java.io.IOException) { -1 }
                        if (read > 0) {
                            buffer.flip().get(copy, 0, read)
                            look(at, read) { name, address ->
                                if (address !in own - 64..own + CHUNK) (if (address in heap) inside else outside).add(name)
                            }
                        }
                        at += if (length == CHUNK) CHUNK - 256 else length
                    }
                }
            }
            buffer.clear()
            while (buffer.hasRemaining()) buffer.put(0)
        }

        private fun slot(window: Long) = (window * -0x61c8864680b583ebL ushr 48).toInt()

        private fun start(bytes: ByteArray, at: Int): Long {
            var window = 0L
            for (offset in 0 until 8) window = window shl 8 or (bytes[at + offset].toLong() and 0xff)
            return window
        }

        private inline fun look(address: Long, length: Int, found: (String, Long) -> Unit) {
            var window = 0L
            for (at in 0 until length) {
                window = window shl 8 or (copy[at].toLong() and 0xff)
                if (!starts[slot(window)] || at < 7) continue
                val candidates = byStart[window] ?: continue
                val begin = at - 7
                for (value in candidates) {
                    if (begin + value.bytes.size <= length && value.bytes.indices.all { copy[begin + it] == value.bytes[it] xor MASK }) {
                        found(value.name, address + begin)
                    }
                }
            }
        }

        /** From the first to the last address that the garbage collector names. */
        private fun javaHeap(): LongRange {
            val said = ManagementFactory.getPlatformMBeanServer().invoke(
                ObjectName("com.sun.management:type=DiagnosticCommand"), "gcHeapInfo", arrayOf<Any?>(null), arrayOf("[Ljava.lang.String;"),
            ) as String
            val addresses = Regex("0x([0-9a-f]{8,16})").findAll(said.substringBefore("Metaspace")).map { it.groupValues[1].toLong(16) }.toList()
            check(addresses.size >= 2) { said }
            return addresses.min() until addresses.max()
        }
    }

    private companion object {
        const val CYCLES = 20
        const val CHUNK = 1 shl 20
        const val MASK: Byte = 0x25
        const val WIDE = 0x2525252525252525L
    }
}
