package org.curtain.kit

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import org.curtain.core.Clock
import org.curtain.core.Instant

/** A clock that stands until the test turns it. It begins at the computer's wall time: the desk signs with that. */
class FakeClock(private val startMs: Long = System.currentTimeMillis()) : Clock {
    private val sinceBoot = AtomicLong(3_600_000)
    private val shift = AtomicLong(-3_600_000)
    private val boot = AtomicInteger(1)

    /** The next reading orders the rehearsal library to panic. */
    val panic = AtomicBoolean()

    /** Throws instead of answering, while set. */
    @Volatile var failing: (() -> Exception)? = null

    /** Runs before each reading. */
    @Volatile var before: () -> Unit = {}

    /** Time passes, on both clocks. */
    fun pass(ms: Long) {
        sinceBoot.addAndGet(ms)
    }

    /** Somebody sets the wall clock. */
    fun setWall(byMs: Long) {
        shift.addAndGet(byMs)
    }

    /** The phone restarts, and has been off for [offMs]. */
    fun reboot(offMs: Long = 60_000) {
        shift.addAndGet(sinceBoot.getAndSet(5_000) + offMs - 5_000)
        boot.incrementAndGet()
    }

    override fun now(): Instant {
        before()
        failing?.let { throw it() }
        val passed = sinceBoot.get()
        val name = if (panic.getAndSet(false)) "dangerous: panic" else "boot ${boot.get()}"
        return Instant(startMs + shift.get() + passed, passed.toULong(), name)
    }
}
