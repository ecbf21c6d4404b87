package org.curtain.kit

import java.nio.file.Path
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.KeystoreException
import org.curtain.core.LockCause
import org.curtain.core.Session
import org.curtain.core.WorkspaceState
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** Clocks that fail, go back, jump and restart: they lock, never erase, and lose nothing that was typed. */
class ClockTest {
    @TempDir lateinit var home: Path

    /** Types, lets [happen], finds the session locked for [cause], unlocks, and finds what was typed. */
    private fun Phone.locksFor(cause: LockCause, happen: () -> Unit) {
        val session = unlock()
        session.drafts().forEach { session.discardDraft(it.id) }
        session.typed("typed before $cause")
        happen()
        assertThrows<CurtainException.Locked> { session.patients() }
        assertEquals(cause, curtain.workspaces().single().lastLock)
        assertEquals(listOf("typed before $cause"), unlock().drafts().map { it.draft.text })
    }

    @Test
    fun `each turn of the clock locks for its own cause and keeps what was typed`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        phone.locksFor(LockCause.IDLE) { phone.clock.pass(120_000) }
        phone.locksFor(LockCause.CLOCK_BACK) { phone.clock.setWall(-3_600_000) }
        phone.locksFor(LockCause.RESTART) { phone.clock.reboot() }
    }

    @Test
    fun `a session in use ends after its longest time`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("typed all day")
        val ended = assertThrows<CurtainException.Locked> {
            repeat(8 * 60 + 1) {
                phone.clock.pass(60_000)
                session.patients()
            }
        }
        assertEquals(NextStep.ShowLock(), ended.nextStep())
        assertEquals(LockCause.ABSOLUTE, phone.curtain.workspaces().single().lastLock)
        assertEquals(listOf("typed all day"), phone.unlock().drafts().map { it.draft.text })
    }

    @Test
    fun `a clock that fails or throws is said, and neither keeps a session open nor loses text`(): Unit =
        Phone(home).use { phone ->
            phone.enrol()
            val failures = listOf({ KeystoreException.NotNow() }, { IllegalStateException("no clock") })
            for ((failure, end) in failures zip listOf(Session::lock, Session::suspend)) {
                val session = phone.unlock()
                session.drafts().forEach { session.discardDraft(it.id) }
                session.typed("half a sent")
                phone.clock.failing = failure
                assertThrows<CurtainException.KeystoreNotNow> { session.patients() }
                assertThrows<CurtainException.KeystoreNotNow> { session.tick() }
                assertThrows<CurtainException.KeystoreNotNow> { phone.curtain.tick() }
                assertThrows<CurtainException.KeystoreNotNow> { phone.unlock() }
                end(session)
                phone.clock.failing = null
                assertThrows<CurtainException.Locked> { session.patients() }
                assertEquals(listOf("half a sent"), phone.unlock().drafts().map { it.draft.text })
            }
        }

    @Test
    fun `a jump ahead ends the lease and erases nothing, and a new lease opens`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val lease = phone.hospital.lease(phone.workspace, days = 2, graceDays = 1)
        assertEquals(Delivery.Done, phone.curtain.deliver(lease.direct()))
        val session = phone.unlock()
        val patient = session.ward()
        session.typed("half a sent", patient)
        phone.clock.setWall(20 * DAY_MS)
        assertThrows<CurtainException.Locked> { session.patients() }
        phone.curtain.tick()
        assertEquals(WorkspaceState.LeaseOver, phone.curtain.workspaces().single().state)
        val leaving = phone.unlock()
        val over = assertThrows<CurtainException.LeaseOver> { leaving.patients() }
        assertEquals(NextStep.ShowLock(leaseOver = true), over.nextStep())
        assertEquals(1, leaving.checklist().open.size, "leaving is open")
        leaving.lock()
        assertEquals(Delivery.Done, phone.curtain.deliver(phone.hospital.lease(phone.workspace, days = 60).direct()))
        assertEquals(listOf("half a sent"), phone.unlock().drafts().map { it.draft.text })
    }

    @Test
    fun `a delay is counted down by the phone's running clock and not by the wall`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        repeat(4) { assertThrows<CurtainException.WrongPasscode> { phone.curtain.guess(phone.workspace, WRONG) } }
        val fifth = assertThrows<CurtainException.WrongPasscode> { phone.curtain.guess(phone.workspace, WRONG) }
        assertEquals(NextStep.CountDown(kotlin.time.Duration.parse("30s"), 5), fifth.nextStep())
        phone.clock.setWall(3_600_000)
        val wait = assertThrows<CurtainException.MustWait> { phone.unlock() }
        assertTrue(wait.delayMs in 1u..30_000u)
        phone.clock.pass(30_000)
        phone.unlock().lock()
    }

    @Test
    fun `ten wrong passcodes block until an order of the institution`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        repeat(10) {
            phone.clock.pass(3_600_000)
            assertThrows<CurtainException> { phone.curtain.guess(phone.workspace, WRONG) }
        }
        phone.clock.pass(30 * DAY_MS)
        assertThrows<CurtainException.Blocked> { phone.unlock() }
        assertEquals(Delivery.Done, phone.curtain.deliver(phone.hospital.order("unlock", phone.workspace).direct()))
        phone.unlock().lock()
    }

    @Test
    fun `the tick writes what was typed when the typing pauses`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("half a sent")
        session.tick()
        assertFalse(session.state().draftSafe, "still typing")
        phone.clock.pass(250)
        session.tick()
        assertTrue(session.state().draftSafe)
        phone.start()
        assertEquals(listOf("half a sent"), phone.unlock().drafts().map { it.draft.text })
    }

    private companion object {
        const val DAY_MS = 86_400_000L
    }
}
