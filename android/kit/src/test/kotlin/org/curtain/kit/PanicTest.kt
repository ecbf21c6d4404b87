package org.curtain.kit

import java.nio.file.Path
import org.curtain.core.CurtainException
import org.curtain.core.SearchFilter
import org.curtain.core.Session
import org.curtain.core.WorkspaceState
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** A bug in the core, forced by the rehearsal library's hook: typed, the keys gone, and the phone still usable. */
class PanicTest {
    @TempDir lateinit var home: Path

    @Test
    fun `a panic in any call is typed, drops the keys, and lock, unlock and wipe still work`(): Unit = Phone(home).use { phone ->
        val first = phone.enrol().unlock()
        val patient = first.ward()
        first.agreed(patient)
        val draft = first.typed(TEXT, patient)
        first.lock()
        val calls = listOf<(Session) -> Any>(
            { it.patients() },
            { it.assess(TEXT, patient.request()) },
            { it.typeDraft(draft, TEXT, 0u) },
            { it.handOff(draft, patient.request()) },
            { it.saveNote(null, patient.id, "Ward", TEXT) },
            { it.search(SearchFilter(TEXT)) },
            { it.checklist() },
            { it.token() },
            { it.wipe("0".repeat(32)) },
        )
        for (call in calls) {
            val session = phone.unlock()
            phone.clock.panic.set(true)
            val panic = assertThrows<CurtainException.Internal> { call(session) }
            assertEquals(NextStep.Report(999), panic.nextStep())
            assertFalse("HIV" in "$panic ${panic.message} ${panic.stackTraceToString()}", "nothing of a text")
            assertFalse(phone.clock.panic.get(), "the hook was met")
            assertThrows<CurtainException.Locked> { session.patients() }
            assertEquals(WorkspaceState.Locked, phone.curtain.workspaces().single().state)
            session.lock()
            session.suspend()
        }
        val session = phone.unlock()
        assertEquals(listOf(TEXT), session.drafts().map { it.draft.text }, "what was written is there")
        assertEquals(0, session.notes(patient.id).size)
        session.chartItems().forEach { session.fileChart(it.id) }
        session.discardDraft(draft)
        val receipt = session.wipe(session.token())
        assertTrue(phone.hospital.verifyReceipt(receipt).startsWith("The receipt holds"))
    }

    @Test
    fun `after a panic the holder gives the session up at the next call`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val told = ArrayList<String>()
        val holder = SessionHolder(phone.curtain) { told += it }
        holder.unlock(phone.workspace, passcode())
        phone.clock.panic.set(true)
        assertThrows<CurtainException.Internal> { holder.with(phone.workspace) { it.patients() } }
        assertThrows<CurtainException.Locked> { holder.with(phone.workspace) { it.patients() } }
        assertEquals(listOf(phone.workspace), told)
        holder.unlock(phone.workspace, passcode())
        holder.with(phone.workspace) { it.patients() }
    }

    private companion object {
        const val TEXT = "Your HIV test is positive"
    }
}
