package org.curtain.kit.screen

import java.nio.file.Path
import org.curtain.kit.ALLOWED_TEXT
import org.curtain.kit.agreed
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** From lock screen to hand-off, as somebody does it. */
class ComposerTest {
    @TempDir lateinit var home: Path

    private fun Night.lastFour() = checkNotNull(lastFour(to.number))

    private fun Night.composer() = checkNotNull(shell.composer.state.value) { "$place ${shell.state.value.trouble}" }

    private fun Night.consented() = apply { holder.with(phone.workspace) { it.agreed(to) } }

    private fun Night.write(text: String) = shell.composer.type(text, text.length)

    @Test
    fun `the call-back story takes five taps from the lock screen to SMS`(): Unit = Night(home).enrolled(biometry = true).use { night ->
        night.unlock().consented().shell.lock()
        night.digits = 0
        assertEquals(LockState.Biometry.READY, night.shell.lock.state.value?.biometry)
        night.tap { lock.fingerprint() }
        assertEquals(Place.Today, night.place)
        night.tap { open(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL)) }
        night.tap { patients.open(night.to.id) }
        assertTrue(night.composer().look.goes, "${night.composer().look}: ${night.composer().why}")
        assertEquals(MainAction.HandOff(Way.SMS, Owner.PATIENT), night.composer().action)
        night.tap { composer.main() }
        assertTrue(night.device.opened.isEmpty())
        night.tap { composer.digits(night.lastFour()) }
        assertEquals(listOf(5, 0), listOf(night.taps, night.digits))
        assertTrue(night.device.opened.single().startsWith("sms:"))
    }

    @Test
    fun `a wrong tile opens nothing and cannot be guessed on`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().consented().shell.open(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL))
        night.shell.patients.open(night.to.id)
        night.shell.composer.main()
        val sheet = night.composer().sheet as Sheet.HandOff
        assertEquals(3, sheet.tiles.toSet().size)
        assertTrue(night.lastFour() in sheet.tiles)
        night.shell.composer.digits(sheet.tiles.first { it != night.lastFour() })
        assertTrue((night.composer().sheet as Sheet.HandOff).wrong)
        night.shell.composer.digits(night.lastFour())
        assertTrue(night.device.opened.isEmpty())
        night.shell.composer.noneOfThese()
        assertEquals(Place.EditPatient(night.to.id), night.place)
    }

    @Test
    fun `stopped, reworded, handed off, answered, charted, and today is empty`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().consented().shell.open(Place.Patient(night.to.id))
        night.shell.patient.message(Way.SMS)
        night.write("Your HIV test is positive")
        assertEquals(Look.BLOCK, night.composer().look)
        assertTrue(night.composer().spans.any { it.mark == Mark.STOP && it.quoted in "Your HIV test is positive" })
        assertTrue(night.composer().action is MainAction.GoBy)
        night.shell.composer.use(night.composer().readyTexts.first { it.way == Way.SMS })
        assertTrue(night.composer().look.goes)
        assertTrue(night.composer().undo)
        night.shell.composer.main()
        night.shell.composer.digits(night.lastFour())
        assertTrue(night.composer().sheet is Sheet.Outcome)
        night.shell.composer.outcome(Sent.YES)
        assertEquals(Place.Today, night.place)
        val today = checkNotNull(night.shell.today.state.value)
        assertEquals(listOf(0, 0), listOf(today.outcomes.size, today.drafts.size))
        today.toChart.forEach {
            night.shell.today.copyChart(it.id)
            night.shell.today.filed(it.id)
        }
        assertEquals(today.toChart.size, night.device.copied.size)
        assertTrue(checkNotNull(night.shell.today.state.value).toChart.isEmpty())
    }

    @Test
    fun `without an answer it asks first, and after the conversation the same draft may go`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().shell.open(Place.Patient(night.to.id))
        night.shell.patient.message(Way.SMS)
        night.write(ALLOWED_TEXT)
        assertEquals(MainAction.AskConsent, night.composer().action)
        assertEquals(ConsentBanner.Kind.NEEDED, night.composer().consent?.kind)
        night.shell.composer.main()
        assertEquals(Place.Consent(night.to.id, Way.SMS, night.to.number), night.place)
        val consent = night.shell.consent
        assertEquals(setOf(1, 2), consent.state.value?.missing)
        consent.agrees()
        assertTrue(night.place is Place.Consent, "nothing is saved before the steps")
        consent.play()
        consent.offer(Way.PORTAL, true)
        consent.agrees()
        assertEquals(ALLOWED_TEXT, night.composer().text)
        assertTrue(night.composer().look.goes)
    }

    @Test
    fun `a lock in the middle of a word covers at once and keeps the draft`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().consented().shell.open(Place.Patient(night.to.id))
        night.shell.patient.message(Way.SMS)
        night.write("half a sent")
        night.shell.lock()
        assertEquals(Place.Lock, night.place)
        assertNull(night.shell.composer.state.value)
        assertNull(night.shell.state.value.lockSeconds)
        assertEquals(1, night.shell.lock.state.value?.drafts)
        night.unlock()
        val draft = checkNotNull(night.shell.today.state.value).drafts.single()
        night.shell.today.resume(draft.id)
        assertEquals("half a sent", night.composer().text)
    }

    @Test
    fun `a stricter verdict shows at once and a softer one when typing rests`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().consented().shell.open(Place.Patient(night.to.id))
        night.shell.patient.message(Way.SMS)
        night.write(ALLOWED_TEXT)
        night.device.pass(ComposerPresenter.REST_MS)
        assertTrue(night.composer().look.goes && night.composer().safe)
        night.write("$ALLOWED_TEXT Your HIV test is positive")
        assertEquals(Look.BLOCK, night.composer().look)
        assertFalse(night.composer().safe)
        night.write(ALLOWED_TEXT)
        assertEquals(Look.BLOCK, night.composer().look, "softer: not yet")
        assertTrue(night.composer().spans.none { it.mark == Mark.STOP }, "spans go in the same frame")
        night.device.pass(ComposerPresenter.REST_MS)
        assertTrue(night.composer().look.goes)
    }

    @Test
    fun `where no app answers the link the text and the number can be copied`(): Unit = Night(home).enrolled().use { night ->
        night.device.answersLinks = false
        night.unlock().consented().shell.open(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL))
        night.shell.patients.open(night.to.id)
        night.shell.composer.main()
        night.shell.composer.digits(night.lastFour())
        assertEquals(night.to.number, (night.composer().sheet as Sheet.CopyInstead).number)
        night.shell.composer.closeSheet()
        assertTrue(night.composer().sheet is Sheet.Outcome, "it was handed off: what became of it is asked")
    }

    @Test
    fun `an unanswered hand-off leads today after a lock`(): Unit = Night(home).enrolled().use { night ->
        night.unlock().consented().shell.open(Place.Pick(Place.Pick.Purpose.ASK_TO_CALL))
        night.shell.patients.open(night.to.id)
        night.shell.composer.main()
        night.shell.composer.digits(night.lastFour())
        night.shell.suspend()
        assertEquals(Place.Lock, night.place)
        night.unlock()
        val asked = checkNotNull(night.shell.today.state.value).outcomes.single()
        assertEquals(listOf(Way.SMS, night.lastFour()), listOf(asked.way, asked.lastFour))
        night.shell.today.answer(asked.id, Sent.NO)
        assertTrue(checkNotNull(night.shell.today.state.value).outcomes.isEmpty())
    }
}
