package org.curtain.kit

import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.concurrent.thread
import org.curtain.core.Audience
import org.curtain.core.CallOutcome
import org.curtain.core.Channel
import org.curtain.core.CurtainException
import org.curtain.core.DiscardReason
import org.curtain.core.HowGiven
import org.curtain.core.Lang
import org.curtain.core.LockRules
import org.curtain.core.LookAnswer
import org.curtain.core.NewPhoto
import org.curtain.core.Outcome
import org.curtain.core.Patient
import org.curtain.core.PhotoBasis
import org.curtain.core.PhotoConsentForm
import org.curtain.core.PhotoEdit
import org.curtain.core.PhotoLooks
import org.curtain.core.PhotoPurpose
import org.curtain.core.Roster
import org.curtain.core.SearchFilter
import org.curtain.core.Session
import org.curtain.core.SessionInterface
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

/** Calls from inside a callback, and calls on what is over: typed errors, never a deadlock or a crash. */
class ReentryTest {
    @TempDir lateinit var home: Path

    /** Every call of a session that needs its keys; `lock` and `suspend` are fine at any time. */
    private val calls: Map<String, (Session) -> Any> = ID.let { id ->
        mapOf(
            "state" to { it.state() },
            "tick" to { it.tick() },
            "wishLockRules" to { it.wishLockRules(LockRules(1u, 1u), id) },
            "chartItems" to { it.chartItems() },
            "chartNote" to { it.chartNote(id) },
            "editChart" to { it.editChart(id, "text") },
            "exportJournal" to { it.exportJournal(id) },
            "exportPatient" to { it.exportPatient(id, id) },
            "fileChart" to { it.fileChart(id) },
            "consentStanding" to { it.consentStanding(id, Channel.SMS, "555") },
            "consentWording" to { it.consentWording(Lang.EN) },
            "consents" to { it.consents(id) },
            "recordConsent" to { it.agreed(Reachable(id, "555")) },
            "withdrawConsent" to { it.withdrawConsent(id, Channel.SMS, "555", HowGiven.IN_PERSON, null) },
            "assess" to { it.assess("text", request()) },
            "discardDraft" to { it.discardDraft(id) },
            "drafts" to { it.drafts() },
            "handOff" to { it.handOff(id, request()) },
            "messages" to { it.messages(id) },
            "newDraft" to { it.newDraft(null, Channel.SMS, Audience.PATIENT) },
            "recordOutcome" to { it.recordOutcome(id, Outcome.SENT) },
            "recordCall" to { it.recordCall(id, CallOutcome.REACHED) },
            "setUtcOffset" to { it.setUtcOffset(60) },
            "trace" to { it.trace("text", request()) },
            "scripts" to { it.scripts(null, Lang.EN) },
            "turnDraft" to { it.turnDraft(id, Channel.SMS) },
            "typeDraft" to { it.typeDraft(id, "text", 0u) },
            "inbound" to { it.inbound(id) },
            "recordInbound" to { it.recordInbound(id, Channel.SMS, "555", "text", Lang.EN) },
            "checklist" to { it.checklist() },
            "discard" to { it.discard(id, DiscardReason.NOT_NEEDED, id) },
            "handOver" to { it.handOver(id) },
            "discardHandedOver" to { it.discardHandedOver(id) },
            "freshAuth" to { it.token() },
            "wipe" to { it.wipe(id) },
            "note" to { it.note(id) },
            "notes" to { it.notes(id) },
            "saveNote" to { it.saveNote(null, id, "title", "text") },
            "search" to { it.search(SearchFilter("text")) },
            "importPatients" to { it.importPatients("{}".toByteArray().direct()) },
            "patient" to { it.patient(id) },
            "patients" to { it.patients() },
            "savePatient" to { it.savePatient(checkNotNull(somebody)) },
            "shredPatient" to { it.shredPatient(id, id) },
            "similarPatients" to { it.similarPatients(id) },
            "numberCheck" to { it.numberCheck(id, "555") },
            "confirmNumber" to { it.confirmNumber(id, "555", "0142") },
            "addPhoto" to { it.addPhoto("picture".toByteArray().direct(), NewPhoto(id, asItIs, nothingSeen, PhotoBasis.ROUTINE_CARE, null)) },
            "photos" to { it.photos(id) },
            "photoPicture" to { it.photoPicture(id) },
            "editPhoto" to { it.editPhoto(id, asItIs, nothingSeen) },
            "deletePhoto" to { it.deletePhoto(id, DiscardReason.NOT_NEEDED, id) },
            "recordPhotoConsent" to {
                it.recordPhotoConsent(PhotoConsentForm(id, PhotoPurpose.CARE, PhotoBasis.AGREED_ON_PAPER, false, null, null))
            },
            "withdrawPhotoConsent" to { it.withdrawPhotoConsent(id, PhotoPurpose.CARE, null) },
            "exportPhoto" to { it.exportPhoto(id, PhotoPurpose.CARE, id) },
            "rosters" to { it.rosters() },
            "saveRoster" to { it.saveRoster(Roster("", "Ward 4", emptyList(), 0)) },
            "changePasscode" to { on -> passcode().spend { old -> passcode().spend { new -> on.changePasscode(old, new) } } },
            "enableBiometry" to { on -> passcode().spend { on.enableBiometry(it) } },
            "disableBiometry" to { on -> passcode().spend { on.disableBiometry(it) } },
            "enableRecovery" to { on -> passcode().spend { on.enableRecovery(it) } },
            "disableRecovery" to { on -> passcode().spend { on.disableRecovery(it) } },
        )
    }
    private val nobody get() = LookAnswer.NOT_THERE
    private val asItIs get() = PhotoEdit(emptyList(), null)
    private val nothingSeen get() = PhotoLooks(nobody, nobody, nobody, nobody)
    private var somebody: Patient? = null
    private lateinit var order: ByteArray

    private inline fun <reified E : CurtainException> Session.answersAll() {
        for ((name, call) in calls) assertThrows<E>(name) { call(this) }
        lock()
        suspend()
    }

    @Test
    fun `every call of a session is among those tried here`() {
        val all = SessionInterface::class.java.declaredMethods.map { it.name.substringBefore('-') }
        assertEquals((all - "Companion").toSortedSet(), (calls.keys + "lock" + "suspend").toSortedSet())
    }

    @Test
    fun `every call answers Locked after a lock and after a second unlock`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        somebody = session.patient(session.ward().id)
        session.lock()
        session.answersAll<CurtainException.Locked>()
        val second = phone.unlock()
        session.answersAll<CurtainException.Locked>()
        assertTrue(second.patients().isNotEmpty(), "the old one's lock is not the new one's")
    }

    @Test
    fun `every call answers Erased after a wipe, as Curtain does`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        somebody = session.patient(session.ward().id)
        session.wipe(session.token())
        session.answersAll<CurtainException.Erased>()
        assertThrows<CurtainException.Erased> { phone.unlock() }
    }

    @Test
    fun `every call from inside the clock is Busy, and the call that was under way goes on`(): Unit = Phone(home).use { phone ->
        val session = phone.enrol().unlock()
        somebody = session.patient(session.ward().id)
        val seen = HashMap<String, Throwable?>()
        fun inside(name: String, call: () -> Any) {
            phone.clock.before = {
                phone.clock.before = {}
                seen[name] = runCatching { call() }.exceptionOrNull()
            }
            session.patients()
        }
        for ((name, call) in calls) inside(name) { call(session) }
        inside("lock") { session.lock() }
        inside("suspend") { session.suspend() }
        assertEquals(calls.size + 2, seen.size)
        assertEquals(emptyMap<String, Throwable?>(), seen.filterValues { it !is CurtainException.Busy })
        session.patients()
    }

    @Test
    fun `Curtain called from inside the keystore is Busy, and the unlock that was under way goes on`(): Unit =
        Phone(home).use { phone ->
            phone.enrol()
            val inside = listOf<() -> Any?>(
                { phone.unlock() },
                { phone.curtain.workspaces() },
                { phone.curtain.tick() },
                { phone.curtain.receipt(phone.workspace) },
                { phone.curtain.checkpoint(phone.workspace) },
                { phone.curtain.auditKey(phone.workspace) },
                { phone.curtain.deliver(order.direct()) },
            )
            order = phone.hospital.order("unlock", phone.workspace)
            for (call in inside) {
                var seen: Throwable? = null
                phone.keystore.before = { _, _ ->
                    phone.keystore.heal()
                    seen = runCatching { call() }.exceptionOrNull()
                }
                phone.unlock().lock()
                assertTrue(seen is CurtainException.Busy, "$seen")
                assertEquals(NextStep.TryAgain, (seen as CurtainException).nextStep())
            }
        }

    @Test
    fun `a closed object throws IllegalStateException and the holder answers Locked`(): Unit = Phone(home).use { phone ->
        val bare = phone.enrol().unlock()
        bare.lock()
        bare.close()
        assertThrows<IllegalStateException> { bare.patients() }
        bare.close()

        val told = ArrayList<String>()
        val holder = SessionHolder(phone.curtain) { told += it }
        assertThrows<CurtainException.Locked> { holder.with(phone.workspace) { it.patients() } }
        holder.unlock(phone.workspace, passcode())
        lateinit var leaked: Session
        holder.with(phone.workspace) { leaked = it }
        holder.lock()
        assertTrue(leaked.uniffiIsDestroyed)
        assertThrows<IllegalStateException> { leaked.patients() }
        assertThrows<CurtainException.Locked> { holder.with(phone.workspace) { it.patients() } }
        assertEquals(listOf(phone.workspace), told, "told once")
        holder.unlock(phone.workspace, passcode())
        holder.close()
        holder.close()
        holder.tick()
        holder.suspend()
        assertThrows<CurtainException.Locked> { holder.with(phone.workspace) { it.patients() } }
        assertThrows<CurtainException.Locked> { holder.unlock(phone.workspace, passcode()) }
        assertThrows<IllegalStateException> { phone.curtain.workspaces() }
    }

    @Test
    fun `the holder drops a session however it ended, and tells once`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val told = ArrayList<String>()
        val holder = SessionHolder(phone.curtain) { told += it }
        val endings = listOf<() -> Unit>(
            { holder.suspend() },
            { holder.with(phone.workspace) { it.lock() } },
            { phone.clock.pass(120_000) },
            { phone.clock.setWall(-1_000_000) },
            { phone.curtain.guess(phone.workspace).lock() },
            { phone.keystore.fail { IllegalStateException() }.also { runCatching { holder.lock() } }; phone.keystore.heal() },
            { holder.wipe(phone.workspace, holder.with(phone.workspace) { it.token() }) },
        )
        for ((at, ending) in endings.withIndex()) {
            lateinit var used: Session
            holder.unlock(phone.workspace, passcode())
            holder.with(phone.workspace) { used = it }
            ending()
            holder.tick()
            assertTrue(used.uniffiIsDestroyed, "ending $at")
            assertEquals(emptySet<String>(), holder.unlocked)
            assertEquals(at + 1, told.size)
        }
        assertTrue(checkNotNull(phone.curtain.receipt(phone.workspace)).isNotEmpty())
    }

    @Test
    fun `an order that erases ends the holder's session too`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val told = ArrayList<String>()
        val holder = SessionHolder(phone.curtain) { told += it }
        holder.unlock(phone.workspace, passcode())
        phone.curtain.deliver(phone.hospital.order("wipe", phone.workspace).direct())
        holder.tick()
        assertEquals(listOf(phone.workspace), told)
        assertThrows<CurtainException.Locked> { holder.with(phone.workspace) { it.patients() } }
        assertThrows<CurtainException.Erased> { holder.unlock(phone.workspace, passcode()) }
    }

    @Test
    fun `a session that is in use is closed when its last user has left`(): Unit = Phone(home).use { phone ->
        phone.enrol()
        val holder = SessionHolder(phone.curtain)
        holder.unlock(phone.workspace, passcode())
        val (inside, go) = CountDownLatch(1) to CountDownLatch(1)
        lateinit var used: Session
        var seen: Throwable? = null
        val user = thread {
            seen = runCatching {
                holder.with(phone.workspace) {
                    used = it
                    inside.countDown()
                    check(go.await(30, SECONDS))
                    it.patients()
                }
            }.exceptionOrNull()
        }
        assertTrue(inside.await(30, SECONDS))
        holder.lock()
        assertTrue(!used.uniffiIsDestroyed)
        go.countDown()
        user.join(30_000)
        assertTrue(seen is CurtainException.Locked, "$seen")
        assertTrue(used.uniffiIsDestroyed)
    }

    private companion object {
        const val ID = "00112233445566778899aabbccddeeff"
    }
}
