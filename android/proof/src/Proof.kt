package org.curtain.proof

import java.nio.file.Files
import java.nio.file.Path
import org.curtain.core.AssessRequest
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.Curtain
import org.curtain.core.CurtainException
import org.curtain.core.Delivery
import org.curtain.core.KeystoreException
import org.curtain.core.Lang
import org.curtain.core.Verdict
import org.curtain.kit.FakeClock
import org.curtain.kit.FakeKeystore
import org.curtain.kit.Hospital
import org.curtain.kit.Passcode
import org.curtain.kit.SessionHolder
import org.curtain.kit.direct

private const val RIGHT = "seven calm herons wade"
private const val WRONG = "seven calm herrings"
private const val BLOCKED = "Señora 👋🏽, your HIV test is positive"

/** What the bindings do that a shrinker can break: calls, structures, callbacks, and errors in both directions. */
fun main() {
    val home = Files.createTempDirectory("curtain-proof")
    try {
        proveIn(home)
    } finally {
        home.toFile().deleteRecursively()
    }
    println("enrolled, unlocked, drafted and judged")
}

private fun proveIn(home: Path) {
    val (hospital, keystore) = Hospital(home.resolve("hospital")) to FakeKeystore()
    SessionHolder(Curtain.open(home.resolve("phone").toString(), keystore, FakeClock())).use { holder ->
        val curtain = holder.curtain
        val (answer, words) = hospital.enrol(curtain.request().document)
        check(curtain.enrolmentWords(answer.direct()) == words) { "other words than the desk's" }
        val workspace = passcode(RIGHT).spend { curtain.enrol(answer.direct(), it) }.id
        check(curtain.deliver(hospital.policy().direct()) == Delivery.Done) { "the policy was not taken" }

        val wrong = refused<CurtainException.WrongPasscode> { holder.unlock(workspace, passcode(WRONG)) }
        check(wrong.triesLeft == 9u) { "the guess was not counted" }
        keystore.fail { KeystoreException.NotNow() }
        refused<CurtainException> { holder.unlock(workspace, passcode(RIGHT)) }
        keystore.heal()

        holder.unlock(workspace, passcode(RIGHT))
        val (draft, said) = holder.with(workspace) { session ->
            val draft = session.newDraft(null, Channel.SMS, Audience.PATIENT)
            session.typeDraft(draft, BLOCKED, BLOCKED.length.toUInt())
            draft to session.assess(BLOCKED, AssessRequest(null, Channel.SMS, Audience.PATIENT, null, null, emptyList(), Lang.EN))
        }
        check(said.verdict == Verdict.Block) { "not stopped: ${said.verdict}" }
        check(said.findings.any { BLOCKED.substring(it.span.startUtf16.toInt(), it.span.endUtf16.toInt()).startsWith("HIV") }) { "spans" }
        holder.lock(workspace)
        refused<CurtainException.Locked> { holder.with(workspace) { it.drafts() } }
        holder.unlock(workspace, passcode(RIGHT))
        check(holder.with(workspace) { it.drafts() }.single().let { it.id == draft && it.draft.text == BLOCKED }) { "the draft is lost" }
    }
}

private fun passcode(text: String) = Passcode().apply { text.codePoints().forEach { check(append(it)) } }

private inline fun <reified E : Exception> refused(call: () -> Unit): E {
    try {
        call()
    } catch (error: Exception) {
        if (error is E) return error
        throw error
    }
    error("was not refused")
}
