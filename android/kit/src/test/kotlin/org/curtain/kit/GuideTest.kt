package org.curtain.kit

import java.io.File
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.KeyGenerator
import javax.crypto.Mac
import javax.crypto.SecretKey
import kotlin.io.path.readBytes
import org.curtain.core.AssessRequest
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.Class
import org.curtain.core.Clock
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.Instant
import org.curtain.core.KeyPurpose
import org.curtain.core.Keystore
import org.curtain.core.KeystoreException
import org.curtain.core.Lang
import org.curtain.core.NumberAsk
import org.curtain.core.OpenItem
import org.curtain.core.Outcome
import org.curtain.core.Severity
import org.curtain.core.Verdict
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

// The regions below are the guide's snippets: docs/integrating.md shows them, and the test runs them in this order.

// guide: clock
class PhoneClock : Clock {
    // On Android: Settings.Global.BOOT_COUNT.
    private val boot = File("/proc/sys/kernel/random/boot_id").readText().trim()

    override fun now() = Instant(
        wallMs = System.currentTimeMillis(),
        // On Android: SystemClock.elapsedRealtime(). Like it, this counts sleep; System.nanoTime() does not.
        sinceBootMs = (File("/proc/uptime").readText().substringBefore(' ').toDouble() * 1000).toULong(),
        bootId = boot,
    )
}
// guide end

// guide: keystore
class PhoneKeystore(private val others: Keystore) : Keystore by others {
    // On Android: KeyStore.getInstance("AndroidKeyStore"); the keys never leave the secure hardware.
    private val keys = ConcurrentHashMap<String, SecretKey>()

    override fun create(alias: String, purpose: KeyPurpose) {
        if (purpose != KeyPurpose.PRF) return others.create(alias, purpose)
        // On Android: a KeyGenParameterSpec with PURPOSE_SIGN and setIsStrongBoxBacked(true).
        keys[alias] = KeyGenerator.getInstance("HmacSHA256").generateKey()
    }

    override fun exists(alias: String) = keys.containsKey(alias) || others.exists(alias)

    override fun delete(alias: String) {
        keys.remove(alias) ?: others.delete(alias)
    }

    override fun prf(alias: String, input: ByteArray): ByteArray {
        // Gone for good, as after a reset of the secure element. In doubt throw NotNow: doubt never erases.
        val key = keys[alias] ?: throw KeystoreException.PermanentlyGone()
        return Mac.getInstance("HmacSHA256").run {
            init(key)
            doFinal(input)
        }
    }
}
// guide end

/** The guide, run from an empty directory to the receipt. Also run on the release library. */
class GuideTest {
    @TempDir lateinit var home: Path
    private val screen = Screen()

    @Test
    fun `the guide runs from an empty project to the receipt`() {
        val hospital = Hospital(home.resolve("hospital"))
        val directory = home.resolve("phone").toString()
        val keystore = PhoneKeystore(FakeKeystore())
        val patientsOfToday = Hospital.tree.resolve("tests/fixtures/patients.json").readBytes()

        // guide: open
        // Once for the life of the app. The holder keeps the open session, and tells when it is over.
        val holder = SessionHolder.open(directory, keystore, PhoneClock()) { screen.showLock(it) }
        val curtain = holder.curtain
        curtain.tick()
        screen.showWorkspaces(curtain.workspaces()) // state, tries left, counts: nothing of a patient
        // guide end

        val choosePasscode = { passcode() }
        val institution = { request: ByteArray -> hospital.enrol(request).first }
        // guide: enrol
        val request = curtain.request()
        val answer = institution(request.document).direct() // by file or QR, there and back
        screen.compare(curtain.enrolmentWords(answer)) // six words, the same on both screens
        val workspace = choosePasscode().spend { curtain.enrol(answer, it) }.id
        // guide end
        assertEquals(6, screen.words.size)
        assertEquals(Delivery.Done, curtain.deliver(hospital.policy().direct()))

        for (keys in listOf(WRONG, PASSCODE)) {
            val keyPad = keys.codePoints().toArray()
            // guide: unlock
            val passcode = Passcode()
            keyPad.forEach { passcode.append(it) } // as the keys are touched; passcode.backspace() takes one back
            try {
                holder.unlock(workspace, passcode) // not on the main thread; afterwards the passcode is zero
                screen.showPatients(holder.with(workspace) { it.patients() })
            } catch (error: CurtainException) {
                screen.show(error.nextStep()) // for a wrong passcode: CountDown(delay, triesLeft)
            }
            // guide end
            assertTrue(passcode.isEmpty)
        }
        assertEquals(9, (screen.steps.single() as NextStep.CountDown).triesLeft)

        val patient = holder.with(workspace) { session ->
            session.importPatients(patientsOfToday.direct())
            session.ward().also { session.agreed(it) }
        }
        val (id, number) = patient.id to patient.number
        val text = "Señora 👋, your HIV test is positive"
        // guide: type
        val to = AssessRequest(id, Channel.SMS, Audience.PATIENT, number, null, emptyList(), Lang.EN)
        val draft = holder.with(workspace) { it.newDraft(id, Channel.SMS, Audience.PATIENT) }
        // At each key, with what stands in the text view:
        val said = holder.with(workspace) { session ->
            session.typeDraft(draft, text, cursor = text.length.toUInt())
            session.assess(text, to)
        }
        screen.headline = said.headline
        for (found in said.findings.filter { it.severity == Severity.STOP }) {
            // UTF-16 units, as Android's spans count: setSpan(…, start, end, …).
            screen.underline(found.span.startUtf16.toInt(), found.span.endUtf16.toInt(), found.reason)
        }
        // guide end
        assertEquals(Verdict.Block, said.verdict)
        assertTrue(said.headline.isNotEmpty() && said.findings.any { it.`class` == Class.SENSITIVE_HIV })
        assertTrue(screen.underlined.any { (start, end) -> text.substring(start, end).startsWith("HIV") })

        // guide: rewrite
        // What to send instead, each screened again; the clinician chooses.
        val instead = screen.choose(said.rewrites.filter { it.channel == Channel.SMS }.map { it.text })
        holder.with(workspace) { it.typeDraft(draft, instead, cursor = instead.length.toUInt()) }
        // guide end

        screen.lastFour = number.filter(Char::isDigit).takeLast(4)
        // guide: hand-off
        val ask = holder.with(workspace) { it.numberCheck(id, number) }.ask // one tap, three tiles, or typing
        val right = holder.with(workspace) { it.confirmNumber(id, number, screen.digits(ask)) }
        check(right) // else nothing goes: the journal has counted a near miss
        val handed = holder.with(workspace) { it.handOff(draft, to) } // NotAllowed where the verdict stops it, or nobody confirmed
        screen.openLink(handed.link) // on Android: startActivity(Intent(ACTION_SENDTO, handed.link.toUri()))
        // On return: "Did you send it?"
        holder.with(workspace) { it.recordOutcome(handed.message, Outcome.SENT) }
        // guide end
        assertTrue(screen.opened.startsWith("sms:"))

        // guide: chart
        for (item in holder.with(workspace) { it.chartItems() }) {
            val chosen = screen.edit(item.text)
            holder.with(workspace) { session ->
                if (chosen != item.text) session.editChart(item.id, chosen)
                session.fileChart(item.id) // once it stands in the record
            }
        }
        // guide end
        assertEquals(0, holder.with(workspace) { it.chartItems() }.size)

        // guide: lifecycle
        // 250 ms after the last key, and about once a second:
        holder.tick()
        // onStop, and when the screen goes off:
        holder.suspend()
        // The user asks, or the app ends:
        holder.lock()
        // From then on every call answers Locked, until the next unlock:
        try {
            holder.with(workspace) { it.patients() }
        } catch (error: CurtainException.Locked) {
            screen.show(error.nextStep())
        }
        // guide end
        assertEquals(NextStep.ShowLock(), screen.steps.last())
        assertEquals(listOf(workspace), screen.locked)

        val document = hospital.lease(workspace)
        // guide: deliver
        // Policies, leases and orders, from a push message, managed configuration, a file or a QR; locked or not.
        when (val answered = curtain.deliver(document.direct())) {
            Delivery.Done -> screen.showWorkspaces(curtain.workspaces()) // an order may have erased one
            Delivery.Queued -> Unit // the keystore sleeps; tick delivers it
            is Delivery.Refused -> screen.showRefused(answered.reason)
        }
        // guide end
        assertEquals(1, screen.workspaces)

        holder.unlock(workspace, passcode())
        val askPasscode = { passcode() }
        // guide: leave
        val left = holder.with(workspace) { it.checklist().open }
        if (left.isEmpty()) {
            // Good for one act within 60 seconds. Neither this nor the wipe on the main thread.
            val token = holder.with(workspace) { session -> askPasscode().spend { session.freshAuth(it) } }
            screen.showReceipt(holder.wipe(workspace, token)) // and bring it to the institution
        } else {
            screen.showToFinish(left)
        }
        // guide end
        assertTrue(hospital.verifyReceipt(screen.receipt).startsWith("The receipt holds"))
        curtain.deliver(hospital.acknowledge(screen.receipt).direct())
        assertTrue(curtain.workspaces().isEmpty())
        holder.close()
    }

    /** What an app shows; it remembers, for the test. */
    private class Screen {
        val steps = ArrayList<NextStep>()
        val locked = ArrayList<String>()
        val underlined = ArrayList<Pair<Int, Int>>()
        var words = emptyList<String>()
        var headline = ""
        var opened = ""
        var receipt = ByteArray(0)
        var workspaces = 0

        fun show(step: NextStep) = steps.add(step)
        fun showLock(workspace: String) = locked.add(workspace).let { }
        fun showWorkspaces(all: List<Any>) = all.size.let { workspaces = it }
        fun compare(six: List<String>) = six.let { words = it }
        fun showPatients(patients: List<Any>) = check(patients.isEmpty()) { "a new workspace has none" }
        fun underline(start: Int, end: Int, why: String) = check(why.isNotEmpty()).also { underlined += start to end }
        fun choose(texts: List<String>) = texts.first()
        var lastFour = ""

        fun digits(ask: NumberAsk) = lastFour.also { check(ask !is NumberAsk.Match || it in ask.tiles) }
        fun openLink(link: String) = link.let { opened = it }
        fun edit(text: String) = text.removeSuffix(".") + ", seen."
        fun showRefused(reason: Any): Unit = error("$reason")
        fun showToFinish(items: List<OpenItem>): Unit = error("${items.size} left")
        fun showReceipt(signed: ByteArray) = signed.let { receipt = it }
    }
}
