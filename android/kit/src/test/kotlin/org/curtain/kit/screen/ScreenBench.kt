package org.curtain.kit.screen

import java.nio.file.Path
import java.util.concurrent.Executors
import kotlin.io.path.readText
import org.curtain.core.AssessRequest
import org.curtain.core.Audience
import org.curtain.core.Channel
import org.curtain.core.FfiConverterTypeAssessRequest
import org.curtain.core.FfiConverterTypeAssessment
import org.curtain.core.Lang
import org.curtain.kit.Hospital
import org.curtain.kit.agreed
import org.curtain.kit.row

/** From a key to its spans, through presenter, worker and bindings; and from nothing to the lock screen. */
fun measureScreens(home: Path) {
    val worker = Executors.newSingleThreadExecutor()
    try {
        Night(home, worker).enrolled().settle().use { night ->
            night.unlock().settle().holder.with(night.phone.workspace) { it.agreed(night.to) }
            night.shell.open(Place.Patient(night.to.id))
            night.shell.patient.message(Way.SMS)
            night.settle()
            keystrokes(night)
            night.shell.close()
            night.settle()
            starts(night)
        }
    } finally {
        worker.shutdownNow()
    }
}

private const val ROUNDS = 20

private fun keystrokes(night: Night) {
    val draft = Hospital.tree.resolve("tests/fixtures/keystrokes.txt").readText().trimEnd()
    val request = AssessRequest(night.to.id, Channel.SMS, Audience.PATIENT, night.to.number, null, emptyList(), Lang.EN)
    val (whole, calls, border) = listOf(ArrayList<Long>(), ArrayList(), ArrayList())
    repeat(ROUNDS) { round ->
        // The first rounds are for the JVM's compiler.
        fun note(into: ArrayList<Long>, since: Long) = System.nanoTime().let { if (round >= ROUNDS / 2) into += it - since }
        for (end in 1..draft.length) {
            val soFar = draft.take(end)
            val start = System.nanoTime()
            night.shell.composer.type(soFar, end)
            while (night.shell.composer.state.value?.text != soFar) Thread.onSpinWait()
            note(whole, start)
            night.settle()
            val said = night.holder.with(night.phone.workspace) { session ->
                val asked = System.nanoTime()
                session.assess(soFar, request).also { note(calls, asked) }
            }
            // What the bindings do besides the core's own work: the request written, the answer written and read.
            val moved = System.nanoTime()
            FfiConverterTypeAssessRequest.lift(FfiConverterTypeAssessRequest.lower(request))
            FfiConverterTypeAssessment.lift(FfiConverterTypeAssessment.lower(said))
            note(border, moved)
        }
        night.device.pass(ComposerPresenter.REST_MS)
        night.settle()
    }
    row("keystroke to its spans", whole)
    row("of it: assess", calls)
    row("of that: across the border", border)
}

private fun starts(night: Night) {
    val taken = List(ROUNDS + 1) {
        val start = System.nanoTime()
        night.start()
        while (night.shell.lock.state.value?.institution != "St. Alder") Thread.onSpinWait()
        val done = System.nanoTime() - start
        night.shell.close()
        night.settle()
        done
    }
    row("start to the lock screen", taken.drop(1))
}
