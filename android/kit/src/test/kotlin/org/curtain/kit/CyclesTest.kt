package org.curtain.kit

import com.sun.jna.Native
import com.sun.jna.Pointer
import java.lang.ref.WeakReference
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readText
import org.curtain.core.FfiConverterTypeClock
import org.curtain.core.FfiConverterTypeKeystore
import org.curtain.core.Session
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** A thousand times unlock and lock: native memory is flat, and nothing that was opened stays open. */
class CyclesTest {
    @TempDir lateinit var home: Path

    /** What this process holds of the machine's memory, in KiB. The heap is touched at the start, so the rest is native. */
    private fun residentKib(): Long {
        repeat(3) { System.gc() }
        return Path.of("/proc/self/statm").readText().split(' ')[1].toLong() * 4
    }

    private fun openFiles(): Int = Files.list(Path.of("/proc/self/fd")).use { it.toList().size }

    private fun handles(): Int = FfiConverterTypeKeystore.handleMap.size + FfiConverterTypeClock.handleMap.size

    private fun Phone.cycle(): Session = curtain.guess(workspace).also {
        it.patients()
        it.typed("half a sent").let(it::discardDraft)
        it.lock()
        it.close()
    }

    /** Growth in KiB over a thousand rounds of [round]. */
    private fun growth(round: () -> Unit): Long {
        val before = residentKib()
        repeat(CYCLES) { round() }
        return residentKib() - before
    }

    @Test
    fun `a thousand unlocks and locks leave native memory, files and handles as they were`(): Unit = Phone(home).use { phone ->
        phone.enrol().unlock().run { ward(); lock(); close() }
        // Until everything is compiled and every pool has its size.
        repeat(CYCLES / 2) { phone.cycle() }
        val (files, handles) = openFiles() to handles()
        val grown = growth { phone.cycle() }
        println("1,000 cycles: native memory grew by $grown KiB, the bound is $BOUND_KIB KiB")
        assertTrue(grown < BOUND_KIB, "native memory grew by $grown KiB")
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
        println("4 KiB leaked 1,000 times: native memory grew by $grown KiB")
        assertTrue(grown > BOUND_KIB, "only $grown KiB seen")
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
        val before = handles()
        phone.enrol()
        repeat(20) { phone.curtain.guess(phone.workspace) }
        phone.curtain.close()
        val until = System.nanoTime() + 30_000_000_000
        while (handles() > before && System.nanoTime() < until) {
            System.gc()
            Thread.sleep(20)
        }
        assertEquals(before, handles())
    }

    private companion object {
        const val CYCLES = 1000

        /** Half of what 4 KiB a cycle come to. */
        const val BOUND_KIB = 2000
    }
}
