package org.curtain.kit.screen

import java.nio.file.Path
import org.curtain.core.WorkspaceState
import org.curtain.kit.PASSCODE
import org.curtain.kit.WRONG
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** First run, guesses, waits, fingers, and the lock. */
class LockTest {
    @TempDir lateinit var home: Path

    private val Night.lock get() = checkNotNull(shell.lock.state.value)

    private val Night.step get() = (lock.phase as LockState.Phase.FirstRun).step

    @Test
    fun `a first run goes from the request to an open workspace`(): Unit = Night(home).start().use { night ->
        val request = night.step as EnrolStep.ShowRequest
        val (answer, words) = night.phone.hospital.enrol(request.document)
        night.shell.lock.receive()
        assertEquals(Place.Receive, night.place)
        // As QR codes, in any order and one twice.
        val codes = Parts.of(answer).map { it.toByteArray() }
        assertTrue(codes.size > 1)
        (codes.drop(1).reversed() + codes.last()).forEach(night.shell.receive::scanned)
        assertEquals(ReceiveState.Phase.Parts(codes.size - 1, codes.size), night.shell.receive.state.value?.phase)
        night.shell.receive.scanned(codes.first())
        assertEquals(Place.Lock, night.place)
        assertEquals(words, (night.step as EnrolStep.CompareWords).words)
        night.shell.lock.wordsMatch(true)
        night.type("12345")
        assertNotNull((night.step as EnrolStep.ChoosePasscode).weakness)
        night.shell.lock.enter()
        assertTrue(night.step is EnrolStep.ChoosePasscode, "a weak one is not taken")
        night.unlock(PASSCODE)
        night.unlock("$PASSCODE!")
        assertTrue((night.step as EnrolStep.RepeatPasscode).differs)
        night.unlock(PASSCODE)
        assertEquals(Place.Today, night.place)
        night.shell.lock()
        assertEquals("St. Alder", night.lock.institution)
        assertEquals(LockState.Phase.Enter, night.lock.phase)
    }

    @Test
    fun `wrong guesses are counted, then the ring waits and names the next wait`(): Unit = Night(home).enrolled().use { night ->
        night.unlock(WRONG)
        assertTrue(night.lock.didNotMatch)
        assertEquals(9, night.lock.triesLeft)
        repeat(4) { night.unlock(WRONG) }
        assertEquals(LockState.Phase.Wait(30, 30, 60), night.lock.phase)
        night.device.pass(11_000)
        night.shell.tick()
        assertEquals(LockState.Phase.Wait(19, 30, 60), night.lock.phase)
        night.unlock()
        assertEquals(Place.Lock, night.place, "the right one does not open during a wait")
        night.device.pass(19_000)
        night.shell.tick()
        assertEquals(LockState.Phase.Enter, night.lock.phase)
        night.unlock()
        assertEquals(Place.Today, night.place)
    }

    @Test
    fun `only an unlock order opens what is blocked`(): Unit = Night(home).enrolled().use { night ->
        repeat(10) {
            night.unlock(WRONG)
            night.device.pass(3_600_000)
            night.shell.tick()
        }
        assertEquals(LockState.Phase.Blocked, night.lock.phase)
        night.shell.lock.receive()
        night.shell.receive.scanned(night.phone.hospital.order("unlock", night.phone.workspace))
        assertTrue(night.shell.receive.state.value?.phase is ReceiveState.Phase.Done)
        night.shell.receive.finish()
        night.unlock()
        assertEquals(Place.Today, night.place)
    }

    @Test
    fun `a refused finger is told, and after five the passcode is asked for`(): Unit = Night(home).enrolled(biometry = true).use { night ->
        night.unlock().shell.lock()
        night.device.touch = Device.Touch.REFUSED
        repeat(5) { night.shell.lock.fingerprint() }
        assertEquals(LockState.Biometry.PASSCODE_FIRST, night.lock.biometry)
        night.device.touch = Device.Touch.ACCEPTED
        night.shell.lock.fingerprint()
        assertEquals(Place.Lock, night.place)
    }

    @Test
    fun `it locks by itself, says how long until then, and back never opens`(): Unit = Night(home).enrolled().use { night ->
        night.unlock()
        night.shell.tick()
        val seconds = checkNotNull(night.shell.state.value.lockSeconds)
        night.shell.open(Place.Settings)
        night.device.pass(seconds * 1000L + 1_000)
        night.shell.tick()
        assertEquals(Place.Lock, night.place)
        assertNull(night.shell.settings.state.value)
        night.shell.back()
        night.shell.open(Place.Patients)
        assertEquals(Place.Lock, night.place)
    }

    @Test
    fun `a lease that is over leaves only leaving`(): Unit = Night(home).enrolled().use { night ->
        night.deliver(night.phone.hospital.lease(night.phone.workspace, days = 1, graceDays = 14))
        night.device.pass(2L * 24 * 3_600_000)
        night.shell.tick()
        assertEquals(LockState.Phase.LeaseOver, night.lock.phase)
        night.unlock()
        assertEquals(Place.Leaving, night.place)
        assertNotNull(night.shell.leaving.state.value)
    }

    @Test
    fun `a refused document changes nothing and says why`(): Unit = Night(home).enrolled().use { night ->
        night.shell.lock.receive()
        night.shell.receive.scanned("rubbish".toByteArray())
        assertEquals(ReceiveState.Phase.Refused(ReceiveState.Why.UNKNOWN), night.shell.receive.state.value?.phase)
        night.shell.back()
        assertEquals(LockState.Phase.Enter, night.lock.phase)
        assertEquals(WorkspaceState.Locked, night.holder.curtain.workspaces().single().state)
    }
}
