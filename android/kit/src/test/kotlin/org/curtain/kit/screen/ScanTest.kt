package org.curtain.kit.screen

import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Receiving by camera: it opens with the screen, reads each document once, and says when it may not. */
class ScanTest {
    @TempDir lateinit var home: Path

    private val Night.received get() = checkNotNull(shell.receive.state.value)

    @Test
    fun `the camera opens with the screen and an enrolment in parts is taken from it`(): Unit = Night(home).start().use { night ->
        val request = (checkNotNull(night.shell.lock.state.value).phase as LockState.Phase.FirstRun).step as EnrolStep.ShowRequest
        val (answer, words) = night.phone.hospital.enrol(request.document)
        val codes = Parts.of(answer).map { it.toByteArray() }
        assertTrue(codes.size > 1)
        // Each twice, as a camera sees them; what comes after the last is not looked at.
        night.device.codes = codes.reversed().flatMap { listOf(it, it) } + "rubbish".toByteArray()
        night.shell.lock.receive()
        assertEquals(1, night.device.scans)
        assertEquals(Place.Lock, night.place)
        val step = (checkNotNull(night.shell.lock.state.value).phase as LockState.Phase.FirstRun).step
        assertEquals(words, (step as EnrolStep.CompareWords).words)
    }

    @Test
    fun `what was refused can be scanned again`(): Unit = Night(home).enrolled().use { night ->
        night.device.codes = listOf("rubbish".toByteArray())
        night.shell.lock.receive()
        assertEquals(ReceiveState.Phase.Refused(ReceiveState.Why.UNKNOWN), night.received.phase)
        night.device.codes = listOf(night.phone.hospital.order("unlock", night.phone.workspace))
        night.shell.receive.scan()
        assertEquals(2, night.device.scans)
        assertTrue(night.received.phase is ReceiveState.Phase.Done)
    }

    @Test
    fun `a camera that is left or not allowed leaves the way by file`(): Unit = Night(home).enrolled().use { night ->
        night.device.camera = false
        night.shell.lock.receive()
        assertEquals(ReceiveState(ReceiveState.Phase.Scan, cameraAllowed = false), night.received)
        assertFalse(night.received.cameraAllowed)
        night.device.file = night.phone.hospital.order("unlock", night.phone.workspace)
        night.shell.receive.chooseFile()
        assertTrue(night.received.phase is ReceiveState.Phase.Done)
    }
}
