package org.curtain.kit

import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Pointer
import com.sun.jna.Structure
import java.lang.ref.WeakReference
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.createTempDirectory
import kotlin.io.path.readText
import org.curtain.core.FfiConverterTypeClock
import org.curtain.core.FfiConverterTypeKeystore
import org.curtain.core.Session
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

/** A thousand times unlock and lock: native memory is flat, and nothing that was opened stays open. */
class CyclesTest {
    private lateinit var home: Path

    /** In memory where there is such a place: a thousand cycles would wait for the disk most of the time. */
    @BeforeEach
    fun place() {
        // What other tests left to the garbage goes first.
        settle()
        val memory = Path.of("/dev/shm")
        home = if (Files.isWritable(memory)) Files.createTempDirectory(memory, "curtain") else createTempDirectory()
    }

    @AfterEach
    fun clean() {
        home.toFile().deleteRecursively()
    }

    /** Of glibc: see mallinfo(3) and malloc_trim(3). */
    @Suppress("FunctionName")
    private interface Allocator : Library {
        fun malloc_trim(pad: Long): Int
        fun mallinfo2(): Info

        @Structure.FieldOrder("fields")
        class Info : Structure(), Structure.ByValue {
            @JvmField var fields = LongArray(10)

            /** Bytes that somebody allocated and did not free: `uordblks` and `hblkhd`. */
            val used: Long get() = fields[7] + fields[4]
        }
    }

    private val allocator = Native.load("c", Allocator::class.java)

    /** In KiB: what is allocated and not freed, and what the process holds of the machine's memory. */
    private data class Memory(val used: Long, val resident: Long) {
        override fun toString() = "used $used, resident $resident"
    }

    /** The least of some samples: the JVM's own compiler comes and goes. The heap was touched at the start and is flat. */
    private fun memory(): Memory {
        repeat(3) { System.gc() }
        val samples = List(12) {
            Thread.sleep(250)
            allocator.malloc_trim(0)
            val pages = Path.of("/proc/self/statm").readText().split(' ')[1].toLong()
            Memory(allocator.mallinfo2().used / 1024, pages * 4)
        }
        return Memory(samples.minOf { it.used }, samples.minOf { it.resident })
    }

    /** Every open file, pipe and socket but the JVM's own: it opens jars, and the random source, when it likes. */
    private fun openFiles(): List<String> = Files.list(Path.of("/proc/self/fd")).use { all ->
        // One that is gone when it is read was this listing's own.
        val targets = all.toList().mapNotNull { runCatching { "${Files.readSymbolicLink(it)}" }.getOrNull() }
        val own = listOf(System.getProperty("java.home"), "/dev/", "/proc/", "/sys/")
        targets.filter { target -> own.none(target::startsWith) && !target.endsWith(".jar") }.sorted()
    }

    private fun handles(): Int = FfiConverterTypeKeystore.handleMap.size + FfiConverterTypeClock.handleMap.size

    private fun Phone.cycle(): Session = curtain.guess(workspace).also {
        it.patients()
        it.typed("half a sent").let(it::discardDraft)
        it.lock()
        it.close()
    }

    /** Growth over a thousand rounds of [round]. */
    private fun growth(round: () -> Unit): Memory {
        val before = memory()
        repeat(CYCLES) { round() }
        return memory().let { Memory(it.used - before.used, it.resident - before.resident) }
    }

    @Test
    fun `a thousand unlocks and locks leave native memory, files and handles as they were`(): Unit = Phone(home).use { phone ->
        phone.enrol().unlock().run { ward(); lock(); close() }
        // Until everything is compiled and every pool has its size.
        repeat(CYCLES / 2) { phone.cycle() }
        val (files, handles) = openFiles() to handles()
        val grown = growth { phone.cycle() }
        println("1,000 cycles: native $grown KiB, the bound is $BOUND_KIB")
        assertTrue(grown.used < BOUND_KIB && grown.resident < BOUND_KIB, "native memory grew by $grown KiB")
        assertEquals(files, openFiles())
        assertEquals(handles, handles())
    }

    /** Keeps the bound honest: the same measurement sees a leak of 4 KiB a cycle. */
    @Test
    fun `a leak of 4 KiB a cycle would break the bound`() {
        val leaked = ArrayList<Long>(CYCLES)
        val grown = growth {
            val block = Native.malloc(4096)
            Pointer(block).setMemory(0, 4096, 1)
            leaked += block
        }
        leaked.forEach(Native::free)
        println("leaked 1,000 times 4 KiB: native $grown KiB")
        assertTrue(grown.used > BOUND_KIB, "only $grown KiB seen")
    }

    @Test
    fun `closed sessions are freed on both sides, and Curtain gives its keystore and clock back`(): Unit =
        Phone(home).use { phone ->
            val before = handles()
            phone.enrol()
            assertTrue(handles() > before)
            // Each session holds the workspace, and with it the keystore: one that leaked would keep the handle.
            val sessions = List(50) { WeakReference(phone.cycle()) }
            val last = phone.curtain.guess(phone.workspace)
            phone.curtain.close()
            assertTrue(handles() > before, "the open session still holds them")
            last.close()
            assertEquals(before, handles())
            repeat(3) { System.gc() }
            assertEquals(0, sessions.count { it.get() != null })
        }

    @Test
    fun `a session that nobody closed is freed with the garbage`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val sessions = MutableList(20) { phone.curtain.guess(phone.workspace) }
        phone.curtain.close()
        assertTrue(handles() > 0, "${sessions.size} sessions still hold them")
        sessions.clear()
        settle()
    }

    /** Collects garbage until no keystore and no clock is held; whatever nobody uses must get there. */
    private fun settle() {
        val until = System.nanoTime() + 30_000_000_000
        while (handles() > 0 && System.nanoTime() < until) {
            System.gc()
            Thread.sleep(20)
        }
        assertEquals(0, handles())
    }

    private companion object {
        const val CYCLES = 1000

        /** Half of what 4 KiB a cycle come to. */
        const val BOUND_KIB = 2000
    }
}
