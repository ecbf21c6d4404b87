package org.curtain.kit

import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.concurrent.thread
import org.curtain.core.Curtain
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.KeystoreException
import org.curtain.core.WorkspaceState
import org.curtain.kit.FakeKeystore.Call
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** A keystore that fails in every way: each arrives typed, nothing typed is lost, and afterwards the day goes on. */
class KeystoreFailuresTest {
    @TempDir lateinit var home: Path

    private fun Phone.tries() = curtain.workspaces().single().triesLeft

    /** The right passcode fails with [E], and costs no guess. */
    private inline fun <reified E : CurtainException> Phone.refuses() {
        assertThrows<E> { unlock() }
        keystore.heal()
        assertEquals(10u, tries(), "no guess was taken")
    }

    @Test
    fun `each failure of the keystore arrives as its own case and costs no guess`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        phone.keystore.fail { KeystoreException.NotNow() }
        phone.refuses<CurtainException.KeystoreNotNow>()
        phone.keystore.fail { KeystoreException.NeedsAuth() }
        phone.refuses<CurtainException.KeystoreNeedsAuth>()
        phone.keystore.fail { KeystoreException.Unsupported() }
        phone.refuses<CurtainException.KeystoreUnsupported>()
        phone.keystore.fail { KeystoreException.PermanentlyGone() }
        phone.refuses<CurtainException.KeyGone>()
        phone.unlock().lock()
    }

    @Test
    fun `an exception that nobody expects counts as not now`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        for (error in listOf(IllegalStateException("of the vendor"), NullPointerException(), java.io.IOException("bus"))) {
            phone.keystore.fail { error }
            phone.refuses<CurtainException.KeystoreNotNow>()
        }
        phone.unlock().lock()
    }

    @Test
    fun `an Error in a guarded keystore is not now and never the answer no or done`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        phone.curtain.close()
        phone.keystore.before = { call, _ -> if (call == Call.EXISTS) throw OutOfMemoryError("of the test") }
        // As the holder opens it.
        SessionHolder.open(phone.directory.toString(), phone.keystore, phone.clock).use { holder ->
            assertEquals(WorkspaceState.NotNow, holder.curtain.workspaces().single().state)
            phone.keystore.heal()
            holder.tick()
            assertEquals(WorkspaceState.Locked, holder.curtain.workspaces().single().state)
            phone.keystore.before = { call, _ -> if (call == Call.DELETE) throw StackOverflowError() }
            assertThrows<CurtainException.KeystoreNotNow> { holder.unlock(phone.workspace, passcode()) }
            phone.keystore.heal()
            holder.unlock(phone.workspace, passcode())
            holder.with(phone.workspace) { it.patients() }
        }
    }

    @Test
    fun `while the keystore sleeps a lock still drops the keys and keeps what was typed`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("half a sent")
        phone.keystore.fail { KeystoreException.NotNow() }
        assertThrows<CurtainException.KeystoreNotNow> { session.lock() }
        assertThrows<CurtainException.Locked> { session.drafts() }
        phone.keystore.heal()
        phone.start()
        assertEquals(listOf("half a sent"), phone.unlock().drafts().map { it.draft.text })
    }

    @Test
    fun `writing goes on for a while without the keystore, then says so, and loses nothing`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        val patient = session.ward()
        phone.keystore.fail { KeystoreException.NeedsAuth() }
        var saved = 0
        assertThrows<CurtainException.KeystoreNeedsAuth> {
            repeat(100) {
                session.saveNote(null, patient.id, "Ward", "note $it")
                saved += 1
            }
        }
        assertTrue(saved > 0)
        phone.keystore.heal()
        session.saveNote(null, patient.id, "Ward", "and one more")
        phone.start()
        assertEquals(saved + 1, phone.unlock().notes(patient.id).size)
    }

    @Test
    fun `an order that comes while the keystore sleeps waits and is carried out by the tick`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        runCatching { phone.curtain.guess(phone.workspace, WRONG) }
        assertEquals(9u, phone.tries())
        phone.keystore.fail { KeystoreException.NotNow() }
        val order = phone.hospital.order("unlock", phone.workspace)
        assertEquals(Delivery.Queued, phone.curtain.deliver(order.direct()))
        phone.keystore.heal()
        phone.curtain.tick()
        assertEquals(10u, phone.tries())
    }

    @Test
    fun `a key that is gone is said and nothing is made anew`(): Unit = Phone(home).use { phone ->
        phone.enrol().unlock().run { ward(); lock() }
        phone.keystore.forget("${phone.workspace}.pepper-1")
        val (files, aliases) = phone.files() to phone.keystore.aliases
        assertThrows<CurtainException.KeyGone> { phone.unlock() }
        phone.start()
        phone.curtain.tick()
        assertThrows<CurtainException.KeyGone> { phone.unlock() }
        assertEquals(files, phone.files())
        assertEquals(aliases, phone.keystore.aliases)
    }

    @Test
    fun `an anchor whose key is gone reads as older files and stays as it is`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        phone.curtain.close()
        phone.keystore.forget(phone.keystore.aliases.single { ".anchor-" in it })
        val (files, aliases) = phone.files() to phone.keystore.aliases
        phone.start()
        assertEquals(WorkspaceState.RolledBack, phone.curtain.workspaces().single().state)
        assertThrows<CurtainException.RolledBack> { phone.unlock() }
        assertEquals(files, phone.files())
        assertEquals(aliases, phone.keystore.aliases)
    }

    @Test
    fun `the key of the patients' table gone is said, costs no guess, and is not made anew`(): Unit = Phone(home).use { phone ->
        phone.enrol().unlock().run { ward(); lock() }
        val epoch = phone.keystore.aliases.single { ".epoch-" in it }
        phone.keystore.forget(epoch)
        repeat(12) { assertThrows<CurtainException.KeyGone> { phone.unlock() } }
        assertEquals(10u, phone.tries(), "the passcode was right each time")
        assertTrue(epoch !in phone.keystore.aliases)
    }

    @Test
    fun `without its signing key a phone locks all the same and keeps what was typed`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        session.typed("half a sent")
        phone.keystore.forget("${phone.workspace}.sign")
        assertThrows<CurtainException.KeyGone> { session.lock() }
        assertThrows<CurtainException.Locked> { session.drafts() }
        assertEquals(listOf("half a sent"), phone.unlock().drafts().map { it.draft.text })
    }

    @Test
    fun `an answer of the wrong length is unsupported and a wrong one is damage, never a wrong passcode`(): Unit =
        Phone(home).use { phone ->
            phone.enrol()
            for (length in listOf(0, 31, 33, 4096)) {
                phone.keystore.answer = { call, bytes -> if (call == Call.PRF) bytes.copyOf(length) else bytes }
                phone.refuses<CurtainException.KeystoreUnsupported>()
            }
            phone.keystore.answer = { call, bytes -> if (call == Call.PRF) bytes.reversedArray() else bytes }
            phone.refuses<CurtainException.Damaged>()
            phone.unlock().lock()
        }

    @Test
    fun `a sealed state that opens to something else is damage and is left as it is`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val files = phone.files()
        phone.keystore.answer = { call, bytes -> if (call == Call.OPEN) bytes.copyOf(bytes.size / 2) else bytes }
        phone.start()
        assertEquals(WorkspaceState.Damaged, phone.curtain.workspaces().single().state)
        assertThrows<CurtainException.Damaged> { phone.unlock() }
        assertEquals(files, phone.files())
        phone.keystore.heal()
        phone.start()
        phone.unlock().patients()
    }

    @Test
    fun `a signature that does not verify is never put under a document`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        for (bad in listOf<(ByteArray) -> ByteArray>({ it.copyOf(63) }, { it.reversedArray() }, { ByteArray(64) }, { it + it })) {
            phone.keystore.answer = { call, bytes -> if (call == Call.SIGN) bad(bytes) else bytes }
            assertThrows<CurtainException.KeystoreUnsupported> { phone.curtain.checkpoint(phone.workspace) }
            assertThrows<CurtainException.KeystoreUnsupported> { phone.curtain.request() }
        }
        phone.keystore.heal()
        phone.keystore.answer = { call, bytes -> if (call == Call.PUBLIC_KEY) bytes.copyOf(64) else bytes }
        val refused = assertThrows<CurtainException.Invalid> { phone.curtain.request() }
        assertEquals("key", refused.`field`)
        phone.keystore.heal()
        phone.curtain.checkpoint(phone.workspace)
    }

    @Test
    fun `a slow call holds up its own workspace and no other`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val slow = phone.workspace
        val (answer, _) = phone.hospital.enrol(phone.curtain.request().document)
        val quick = passcode().spend { phone.curtain.enrol(answer.direct(), it) }.id
        val (entered, go) = CountDownLatch(1) to CountDownLatch(1)
        phone.keystore.before = { _, alias ->
            if (alias.startsWith(slow)) {
                entered.countDown()
                check(go.await(60, SECONDS))
            }
        }
        val holder = SessionHolder(phone.curtain)
        val waiting = thread { holder.unlock(slow, passcode()) }
        assertTrue(entered.await(30, SECONDS))
        // The slow one waits inside its keystore for as long as this takes.
        holder.unlock(quick, passcode())
        holder.with(quick) { session ->
            session.typed("half a sent")
            session.saveNote(null, session.ward().id, "Ward", "wound is dry")
        }
        holder.lock(quick)
        assertTrue(waiting.isAlive)
        assertEquals(emptySet<String>(), holder.unlocked)
        go.countDown()
        waiting.join(30_000)
        assertEquals(setOf(slow), holder.unlocked)
    }

    /** Says of the generated code what [guarded] is there for; if this fails, the guard may go. */
    @Test
    fun `without the guard an Error in exists is read as no`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        phone.curtain.close()
        phone.keystore.before = { call, _ -> if (call == Call.EXISTS) throw OutOfMemoryError("of the test") }
        Curtain.open(phone.directory.toString(), phone.keystore, phone.clock).use { bare ->
            assertEquals(WorkspaceState.OtherPhone, bare.workspaces().single().state)
        }
    }
}
