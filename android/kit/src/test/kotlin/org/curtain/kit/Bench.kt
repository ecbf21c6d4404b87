package org.curtain.kit

import java.nio.file.Files
import kotlin.io.path.readText
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.Session
import org.curtain.kit.screen.measureScreens

/** Prints what calls cost through JNA, beside `cargo bench -p curtain-desk`: the same calls without bindings. */
fun main() {
    val home = Files.createTempDirectory("curtain-bench")
    try {
        Phone(home.resolve("calls")).use(::measure)
        measureScreens(home.resolve("screens"))
    } finally {
        home.toFile().deleteRecursively()
    }
}

private const val NOTES = 50

private fun measure(phone: Phone) {
    phone.enrol()
    println("%-28s %7s %10s %10s %10s".format("what, in us", "rounds", "least", "p50", "p99"))
    val session = phone.unlock()
    session.ward()
    val patients = session.patients().take(4).map { it.id }
    val draft = Hospital.tree.resolve("tests/fixtures/keystrokes.txt").readText().trimEnd()
    val text = draft.repeat(4).take(1000)
    for (patient in patients) repeat(NOTES) { session.saveNote(null, patient, "Visit", text) }
    typing(session, draft)
    times("list 50 notes", 500) { session.notes(patients[0]) }
    val note = session.notes(patients[0]).first().id
    times("read a note", 500) { session.note(note) }
    // On another patient: the list above keeps its length.
    times("save a note", 200) { session.saveNote(null, patients[1], "Visit", text) }
    session.lock()
    val rounds = List(20) {
        val start = System.nanoTime()
        val opened = phone.curtain.guess(phone.workspace)
        val taken = System.nanoTime() - start
        opened.lock()
        opened.close()
        taken
    }
    row("unlock", rounds)
}

/** Each prefix of the draft, as somebody types it. */
private fun typing(session: Session, draft: String) {
    val id = session.newDraft(null, Channel.SMS, Audience.PATIENT)
    val (assessed, typed) = ArrayList<Long>() to ArrayList<Long>()
    // The first ten rounds are for the JVM's compiler.
    repeat(20) { round ->
        for (end in 1..draft.length) {
            val soFar = draft.take(end)
            val start = System.nanoTime()
            session.assess(soFar, request())
            val middle = System.nanoTime()
            session.typeDraft(id, soFar, end.toUInt())
            val done = System.nanoTime()
            if (round >= 10) {
                assessed += middle - start
                typed += done - middle
            }
        }
    }
    row("assess, a keystroke", assessed)
    row("type_draft, a keystroke", typed)
}

private fun times(what: String, rounds: Int, work: () -> Any) {
    // As much again first, so that what is measured is compiled.
    if (rounds >= 500) repeat(rounds) { work() }
    row(what, List(rounds) {
        val start = System.nanoTime()
        work()
        System.nanoTime() - start
    })
}

internal fun row(what: String, taken: List<Long>) {
    val sorted = taken.sorted()
    val micros = listOf(0, 50, 99).map { sorted[(sorted.size - 1) * it / 100] / 1000.0 }
    println("%-28s %7d %10.1f %10.1f %10.1f".format(what, sorted.size, micros[0], micros[1], micros[2]))
}
