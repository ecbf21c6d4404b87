package org.curtain.kit

import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.Refused
import org.curtain.core.SearchFilter
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** Eight threads at once: no deadlock, nothing lost, only typed errors. */
class ThreadsTest {
    @TempDir lateinit var home: Path

    /** Runs [work] on eight threads that start together; a deadlock fails it. */
    private fun <T> eight(work: (Int) -> T): List<T> {
        val pool = Executors.newFixedThreadPool(THREADS)
        val start = CyclicBarrier(THREADS)
        try {
            return List(THREADS) { at -> pool.submit(Callable { start.await(); work(at) }) }.map { it.get(120, SECONDS) }
        } finally {
            pool.shutdownNow()
        }
    }

    @Test
    fun `eight threads on one session and on Curtain lose no note and no letter`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        val patient = session.ward()
        val drafts = List(THREADS) { session.typed("", patient) }
        val refused = Delivery.Refused(Refused.MALFORMED)
        eight { at ->
            repeat(ROUNDS) { round ->
                session.saveNote(null, patient.id, "thread $at", "note $round of thread $at")
                session.typeDraft(drafts[at], "letters ".repeat(round % 5) + round, 0u)
                session.assess("Your prescription is ready, number $round", patient.request())
                when ((round + at) % 6) {
                    0 -> assertTrue(session.search(SearchFilter("thread $at")).hits.isNotEmpty())
                    1 -> assertEquals("Dr. Lee", phone.curtain.workspaces().single().clinician)
                    2 -> phone.curtain.tick()
                    3 -> assertEquals(refused, phone.curtain.deliver("rubbish".toByteArray().direct()))
                    4 -> session.tick()
                    5 -> phone.curtain.checkpoint(phone.workspace)
                }
            }
        }
        assertEquals(THREADS * ROUNDS, session.notes(patient.id).size)
        val last = "letters ".repeat((ROUNDS - 1) % 5) + (ROUNDS - 1)
        assertEquals(List(THREADS) { last }, session.drafts().map { it.draft.text })
        session.lock()
        phone.start()
        val again = phone.unlock()
        assertEquals(THREADS * ROUNDS, again.notes(patient.id).size)
        assertEquals(List(THREADS) { last }, again.drafts().map { it.draft.text })
    }

    @Test
    fun `a lock in the middle makes every later answer Locked and loses no note that was taken`(): Unit =
        Phone(home).use { phone ->
            val session = phone.enrol().unlock()
            val patient = session.ward()
            val taken = AtomicInteger()
            eight { at ->
                val end = runCatching {
                    repeat(100_000) {
                        if (at == 0 && taken.get() > 200) session.lock()
                        session.saveNote(null, patient.id, "Ward", "note $it of $at")
                        taken.incrementAndGet()
                    }
                }.exceptionOrNull()
                assertTrue(end is CurtainException.Locked, "$end")
                repeat(50) { assertThrows<CurtainException.Locked> { session.notes(patient.id) } }
            }
            assertTrue(taken.get() > 200)
            assertEquals(taken.get(), phone.unlock().notes(patient.id).size)
        }

    @Test
    fun `eight threads that unlock, use, lock and tick through one holder see only typed answers`(): Unit =
        Phone(home).use { phone ->
            phone.enrol()
            val holder = SessionHolder(phone.curtain)
            val (used, locked) = AtomicInteger() to AtomicInteger()
            eight { at ->
                val mine = AtomicInteger()
                var nextLock = 10
                val until = System.nanoTime() + 60_000_000_000
                while (mine.get() < 50 && used.get() < 5 * 50) {
                    check(System.nanoTime() < until) { "nobody gets on: ${used.get()} used, ${locked.get()} locked" }
                    try {
                        when (at) {
                            0 -> if (used.get() < nextLock) holder.tick() else holder.lock().also { nextLock += 20 }
                            1, 2 -> if (holder.unlocked.isEmpty()) holder.unlock(phone.workspace, passcode())
                            else -> {
                                holder.with(phone.workspace) { it.patients() }
                                mine.incrementAndGet()
                                used.incrementAndGet()
                            }
                        }
                    } catch (_: CurtainException.Locked) {
                        locked.incrementAndGet()
                        Thread.sleep(1)
                    }
                }
            }
            assertEquals(5 * 50, used.get())
            assertTrue(locked.get() > 0)
        }

    private companion object {
        const val THREADS = 8
        const val ROUNDS = 60
    }
}
