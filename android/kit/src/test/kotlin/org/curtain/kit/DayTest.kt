package org.curtain.kit

import java.nio.file.Files
import java.nio.file.Path
import java.util.Base64
import org.curtain.core.ChartKind
import org.curtain.core.Channel
import org.curtain.core.Class
import org.curtain.core.Contact
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.Lang
import org.curtain.core.Outcome
import org.curtain.core.Refused
import org.curtain.core.SearchFilter
import org.curtain.core.Verdict
import org.curtain.core.WorkspaceState
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** From enrolment to receipt, with the desk program on the other side. Also run on the release library. */
class DayTest {
    @TempDir lateinit var home: Path

    @Test
    fun `a day from enrolment to receipt leaves nothing behind`(): Unit = Phone(home).use { phone ->
        phone.start()
        val curtain = phone.curtain
        val request = curtain.request()
        val (answer, words) = phone.hospital.enrol(request.document)
        assertEquals(words, curtain.enrolmentWords(answer.direct()), "both screens show the same six")
        assertEquals(6, words.size)
        val info = passcode().spend { curtain.enrol(answer.direct(), it) }
        assertEquals(listOf("St. Alder", "Dr. Lee"), listOf(info.institution, info.clinician))
        phone.workspace = info.id
        assertEquals(Delivery.Done, curtain.deliver(phone.hospital.policy().direct()))
        assertEquals(Delivery.Done, curtain.deliver(phone.hospital.lease(request.enrolment).direct()))
        assertEquals(Delivery.Refused(Refused.MALFORMED), curtain.deliver("rubbish".toByteArray().direct()))

        val session = phone.unlock()
        val patient = session.ward()
        assertEquals(Verdict.NeedsConsent, session.assess(ALLOWED_TEXT, patient.request()).verdict)
        session.agreed(patient)

        // Stopped while typing; the spans index straight into Kotlin's text.
        val draft = session.typed("", patient)
        val stopped = "Señora 👋🏽, your HIV test is positive"
        session.typeDraft(draft, stopped, stopped.length.toUInt())
        val said = session.assess(stopped, patient.request())
        assertEquals(Verdict.Block, said.verdict)
        val hiv = said.findings.first { it.`class` == Class.SENSITIVE_HIV }.span
        assertEquals("HIV", stopped.substring(hiv.startUtf16.toInt(), hiv.endUtf16.toInt()).take(3))
        assertTrue(hiv.start > hiv.startUtf16, "the bytes before it are more than the units")
        assertThrows<CurtainException.NotAllowed> { session.handOff(draft, patient.request()) }

        // What is offered instead may go.
        val chosen = said.rewrites.first { it.channel == Channel.SMS && !it.verdict.stops() }
        session.typeDraft(draft, chosen.text, 0u)
        assertThrows<CurtainException.NotAllowed>("nobody confirmed the number") { session.handOff(draft, patient.request()) }
        assertTrue(session.confirmNumber(patient.id, patient.number, patient.number.filter(Char::isDigit).takeLast(4)))
        val handed = session.handOff(draft, patient.request())
        assertTrue(handed.link.startsWith("sms:"))
        assertEquals(patient.number.filter(Char::isDigit).takeLast(4), handed.lastFour)
        session.recordOutcome(handed.message, Outcome.SENT)
        assertEquals(listOf(Outcome.SENT), session.messages(patient.id).map { it.message.outcome })

        val reply = session.recordInbound(patient.id, Channel.SMS, patient.number, "Thanks! Is my rash normal?", Lang.EN)
        assertEquals(Contact.FIRST, reply.contact)
        val note = session.saveNote(null, patient.id, "Ward round", "Wound edges clean and dry.")
        assertEquals(listOf(note), session.search(SearchFilter("édges CLEAN")).hits.map { it.id })

        // The chart: one text is edited, all are filed.
        session.chartNote(note)
        val waiting = session.chartItems()
        assertEquals(4, waiting.size, "the consent's, the message's, the reply's, the note's")
        session.editChart(waiting.first { it.kind == ChartKind.NOTE }.id, SEEN)
        waiting.forEach { session.fileChart(it.id) }
        assertTrue(session.chartItems().isEmpty())

        val bundle = phone.hospital.openExport(session.exportPatient(patient.id, session.token()))
        val filed = Base64.getEncoder().encodeToString(SEEN.toByteArray())
        assertTrue(filed in bundle, "what was filed is what is exported")
        val journal = session.exportJournal(session.token())
        val checked = phone.hospital.verifyJournal(journal, curtain.auditKey(info.id), curtain.checkpoint(info.id))
        assertTrue(checked.startsWith("The journal holds"), checked)

        assertTrue(session.checklist().open.isEmpty())
        assertThrows<CurtainException.NeedsFreshAuth> { session.wipe("0".repeat(32)) }
        val receipt = session.wipe(session.token())
        assertThrows<CurtainException.Erased> { session.patients() }
        assertThrows<CurtainException.Erased> { phone.unlock() }
        assertEquals(WorkspaceState.Erased, curtain.workspaces().single().state)
        assertArrayEquals(receipt, curtain.receipt(info.id))
        val verified = phone.hospital.verifyReceipt(receipt)
        assertTrue(verified.startsWith("The receipt holds: Dr. Lee's phone signed it."), verified)
        assertEquals(Delivery.Done, curtain.deliver(phone.hospital.acknowledge(receipt).direct()))
        assertTrue(curtain.workspaces().isEmpty())
        assertThrows<CurtainException.NotFound> { curtain.receipt(info.id) }
        session.close()

        assertTrue(phone.files().isEmpty(), "files left: ${phone.files().keys}")
        assertTrue(phone.keystore.aliases.isEmpty(), "keys left: ${phone.keystore.aliases}")
        assertFalse(Files.exists(phone.directory.resolve("workspaces").resolve(info.id)))
    }

    @Test
    fun `a lock in the middle of a word loses nothing and a wrong passcode is counted`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("half a sent")
        session.lock()
        assertThrows<CurtainException.Locked> { session.drafts() }
        val wrong = assertThrows<CurtainException.WrongPasscode> { phone.curtain.guess(phone.workspace, WRONG) }
        assertEquals(9u, wrong.triesLeft)
        assertEquals(1u, phone.curtain.workspaces().single().counts.drafts)
        val again = phone.unlock()
        assertEquals(listOf("half a sent"), again.drafts().map { it.draft.text })
    }

    @Test
    fun `an order wipes while locked and the desk verifies the receipt`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("never handed off", session.ward())
        assertEquals(Delivery.Done, phone.curtain.deliver(phone.hospital.order("wipe", phone.workspace).direct()))
        assertThrows<CurtainException.Erased> { session.drafts() }
        val receipt = checkNotNull(phone.curtain.receipt(phone.workspace))
        assertTrue("cause      order" in phone.hospital.verifyReceipt(receipt))
        assertEquals(Delivery.Done, phone.curtain.deliver(phone.hospital.acknowledge(receipt).direct()))
        assertTrue(phone.files().isEmpty())
    }

    private companion object {
        const val SEEN = "Wound clean and dry, seen at the bedside."
    }
}

/** Whether a text with this verdict may not go. */
fun Verdict.stops(): Boolean = this !is Verdict.Allow && this !is Verdict.AllowAndDocument
