package org.curtain.kit

import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText
import kotlin.system.exitProcess
import org.curtain.core.Channel
import org.curtain.core.ConsentStanding
import org.curtain.core.Delivery
import org.curtain.core.Lang
import org.curtain.core.Outcome
import org.curtain.core.SearchFilter
import org.curtain.core.SearchKind
import org.curtain.core.Session
import org.curtain.core.WorkspaceState

/** One process of [RestartTest]: checks what the last one left, does one step, and is killed by its own SIGKILL. */
fun main(arguments: Array<String>) {
    val (home, step) = Path.of(arguments[0]) to arguments[1]
    val phone = Phone(home, FakeKeystore(home.resolve("keys")))
    phone.start()
    phone.curtain.workspaces().singleOrNull()?.let { phone.workspace = it.id }
    RestartSteps(home, phone).all.getValue(step)()
    println("done $step")
    System.out.flush()
    kill()
}

/** No shutdown hook, no lock, no close. */
private fun kill() {
    ProcessBuilder("kill", "-9", "${ProcessHandle.current().pid()}").start().waitFor()
    Thread.sleep(10_000)
    exitProcess(1)
}

/** The steps of a day, each in a process of its own. */
class RestartSteps(private val home: Path, private val phone: Phone) {
    private fun open(): Pair<Session, Reachable> = phone.unlock().let { it to it.ward() }

    private fun same(wanted: Any?, found: Any?) = check(wanted == found) { "wanted $wanted, found $found" }

    val all = linkedMapOf<String, () -> Unit>(
        "request" to {
            home.resolve("request.jws").writeBytes(phone.curtain.request().document)
        },
        "enrol" to {
            val (answer, words) = phone.hospital.enrol(home.resolve("request.jws").readBytes())
            same(words, phone.curtain.enrolmentWords(answer.direct()))
            passcode().spend { phone.curtain.enrol(answer.direct(), it) }
        },
        "deliver" to {
            same(Delivery.Done, phone.curtain.deliver(phone.hospital.policy().direct()))
            same(Delivery.Done, phone.curtain.deliver(phone.hospital.lease(phone.workspace).direct()))
        },
        "consent" to {
            val (session, patient) = open()
            session.agreed(patient)
        },
        "tick while typing" to {
            val (session, patient) = open()
            check(session.consentStanding(patient.id, Channel.SMS, patient.number) is ConsentStanding.InForce)
            session.typed("This is Dr. Lee from", patient)
            phone.clock.pass(250)
            session.tick()
        },
        "suspend while typing" to {
            val (session, _) = open()
            val kept = session.drafts().single()
            same("This is Dr. Lee from", kept.draft.text)
            session.typeDraft(kept.id, "${kept.draft.text} the clinic.", 1u)
            session.suspend()
        },
        "kill while typing" to {
            val (session, _) = open()
            val kept = session.drafts().single()
            same("This is Dr. Lee from the clinic.", kept.draft.text)
            session.typeDraft(kept.id, ALLOWED_TEXT, 7u)
            phone.clock.pass(250)
            session.tick()
            session.typeDraft(kept.id, "$ALLOWED_TEXT And", 11u)
        },
        "hand off" to {
            val (session, patient) = open()
            val kept = session.drafts().single()
            same(ALLOWED_TEXT to 7u, kept.draft.text to kept.draft.cursor)
            check(session.confirmNumber(patient.id, patient.number, patient.number.filter(Char::isDigit).takeLast(4)))
            session.handOff(kept.id, patient.request())
        },
        "outcome, reply and note" to {
            val (session, patient) = open()
            same(0, session.drafts().size)
            val message = session.messages(patient.id).single()
            same(Outcome.UNKNOWN, message.message.outcome)
            session.recordOutcome(message.id, Outcome.SENT)
            session.recordInbound(patient.id, Channel.SMS, patient.number, "Thanks!", Lang.EN)
            session.saveNote(null, patient.id, "Ward round", "Wound edges clean and dry.")
        },
        "chart" to {
            val (session, patient) = open()
            same(Outcome.SENT, session.messages(patient.id).single().message.outcome)
            same("Thanks!", session.inbound(patient.id).single().text)
            same(1, session.search(SearchFilter("edges clean", kinds = listOf(SearchKind.NOTE))).hits.size)
            session.chartNote(session.notes(patient.id).single().id)
            session.chartItems().forEach { session.fileChart(it.id) }
        },
        "wipe" to {
            val (session, _) = open()
            same(0, session.chartItems().size)
            same(0, session.checklist().open.size)
            session.wipe(session.token())
        },
        "receipt" to {
            same(WorkspaceState.Erased, phone.curtain.workspaces().single().state)
            val receipt = checkNotNull(phone.curtain.receipt(phone.workspace))
            check(phone.hospital.verifyReceipt(receipt).startsWith("The receipt holds"))
            same(Delivery.Done, phone.curtain.deliver(phone.hospital.acknowledge(receipt).direct()))
        },
        "nothing" to {
            same(0, phone.curtain.workspaces().size)
            same(emptySet<String>(), phone.files().keys)
            same(emptySet<String>(), phone.keystore.aliases)
        },
    )

    init {
        // Of the second test: saves notes until it is killed from outside, and says each that was taken.
        all["save until killed"] = {
            val (session, patient) = open()
            home.resolve("patient").writeText(patient.id)
            repeat(100_000) { println("saved ${session.saveNote(null, patient.id, "Ward", "note $it")}") }
        }
        all["nothing saved is lost"] = {
            val session = phone.unlock()
            val there = session.notes(home.resolve("patient").readText()).map { it.id }.toSet()
            val said = home.resolve("saved").readText().lines().filter(String::isNotEmpty)
            check(there.containsAll(said)) { "lost: ${(said - there).size} of ${said.size}" }
            check(there.size <= said.size + 3) { "nobody saved ${there.size - said.size}" }
            said.forEach { check(session.note(it).text.startsWith("note ")) }
        }
    }
}
