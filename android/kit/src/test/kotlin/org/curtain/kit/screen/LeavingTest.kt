package org.curtain.kit.screen

import java.nio.file.Path
import org.curtain.core.WorkspaceState
import org.curtain.kit.PASSCODE
import org.curtain.kit.WRONG
import org.curtain.kit.agreed
import org.curtain.kit.typed
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** From the list of what is left to the receipt. */
class LeavingTest {
    @TempDir lateinit var home: Path

    private val Night.leaving get() = checkNotNull(shell.leaving.state.value)

    private fun Night.fresh(text: String = PASSCODE) {
        checkNotNull(shell.fresh.state.value) { "nothing asks: ${shell.state.value.trouble}" }
        text.codePoints().forEach(shell.fresh::character)
        shell.fresh.enter()
    }

    private fun Night.state() = holder.curtain.workspaces().singleOrNull()?.state

    @Test
    fun `everything is finished, the phone erased, and the desk verifies the receipt`(): Unit = Night(home).enrolled().use { night ->
        night.unlock()
        night.holder.with(night.phone.workspace) {
            it.agreed(night.to)
            it.typed("never sent", night.to)
        }
        night.shell.open(Place.Leaving)
        assertEquals(setOf(Waiting.Kind.COMMUNICATION, Waiting.Kind.DRAFT_MESSAGE), night.leaving.open.map { it.kind }.toSet())
        night.shell.leaving.erase()
        assertNull(night.shell.fresh.state.value, "not while something is left")
        val draft = night.leaving.open.first { it.kind == Waiting.Kind.DRAFT_MESSAGE }.ids.single()
        night.shell.leaving.discard(draft, WhyDiscard.NOT_SENT)
        night.fresh(WRONG)
        assertTrue(checkNotNull(night.shell.fresh.state.value).didNotMatch)
        night.fresh()
        assertNull(night.shell.fresh.state.value)
        night.shell.leaving.next()
        assertEquals(Place.Today, night.place)
        checkNotNull(night.shell.today.state.value).toChart.forEach { night.shell.today.filed(it.id) }
        night.shell.open(Place.Leaving)
        assertNull(night.leaving.next)
        night.shell.leaving.erase()
        night.fresh()
        assertEquals(Place.Countdown, night.place)
        assertEquals(5, night.shell.countdown.state.value?.secondsLeft)
        night.device.pass(4_000)
        assertEquals(1, night.shell.countdown.state.value?.secondsLeft)
        night.device.pass(1_000)
        assertEquals(Place.Receipt(night.phone.workspace), night.place)
        val receipt = checkNotNull(night.shell.receipt.state.value)
        assertEquals(listOf("departure", "0"), listOf(receipt.cause, "${receipt.left}"))
        night.shell.receipt.save()
        val signed = checkNotNull(night.device.saved["receipt.jws"])
        assertTrue(night.phone.hospital.verifyReceipt(signed).startsWith("The receipt holds"))
        val parts = Parts()
        assertTrue(receipt.parts.map { parts.take(it.toByteArray()) }.last().contentEquals(signed))
        night.shell.receipt.done()
        night.shell.lock.receive()
        night.shell.receive.scanned(night.phone.hospital.acknowledge(signed))
        night.shell.receive.finish()
        assertTrue((checkNotNull(night.shell.lock.state.value).phase as LockState.Phase.FirstRun).step is EnrolStep.ShowRequest)
    }

    @Test
    fun `stop, back, a lock and the background all keep everything`(): Unit = Night(home).enrolled().use { night ->
        val stops = listOf<Shell.() -> Unit>({ countdown.stop() }, { back() }, { lock() }, { suspend() })
        for (stop in stops) {
            if (night.place == Place.Lock) night.unlock()
            night.shell.open(Place.Leaving)
            night.shell.leaving.erase()
            night.fresh()
            night.device.pass(4_000)
            assertEquals(1, night.shell.countdown.state.value?.secondsLeft)
            night.shell.stop()
            night.device.pass(10_000)
            assertTrue(night.state() is WorkspaceState.Locked || night.state() is WorkspaceState.Unlocked, "${night.state()}")
            assertNull(night.shell.countdown.state.value)
        }
    }

    @Test
    fun `an order erases while a patient's page is open and shows the receipt`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Patient(night.to.id))
        night.shell.deliver(night.phone.hospital.order("wipe", night.phone.workspace))
        assertEquals(Place.Receipt(night.phone.workspace), night.place)
        assertNull(night.shell.patient.state.value)
        assertEquals("order", night.shell.receipt.state.value?.cause)
    }
}
