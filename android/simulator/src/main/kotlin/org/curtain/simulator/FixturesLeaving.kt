package org.curtain.simulator

import org.curtain.kit.screen.CountdownState
import org.curtain.kit.screen.DamagedState
import org.curtain.kit.screen.Finished
import org.curtain.kit.screen.LeavingState
import org.curtain.kit.screen.OpenGroup
import org.curtain.kit.screen.ReceiptState
import org.curtain.kit.screen.Waiting
import org.curtain.ui.leaving.CountdownScreen
import org.curtain.ui.leaving.DamagedScreen
import org.curtain.ui.leaving.LeavingScreen
import org.curtain.ui.leaving.ReceiptScreen

private fun Fixtures.leaving(done: Boolean = false): LeavingState = LeavingState(
    institution, at(11, 28, 18), if (done) 19 else 15,
    if (done) listOf() else listOf(
        OpenGroup(Waiting.Kind.COMMUNICATION, 2, listOf(amir.name, grace.name), listOf("c2", "c3")),
        OpenGroup(Waiting.Kind.OUTCOME, 1, listOf("${rosa.name} · 23 Nov 02:41"), listOf("m1")),
        OpenGroup(Waiting.Kind.DRAFT_MESSAGE, 1, listOf(tomasz.name), listOf("d1")),
    ),
    listOf(Finished(Waiting.Kind.COMMUNICATION, 11), Finished(Waiting.Kind.PHOTO, 3)), 1,
    if (done) null else LeavingState.Next(Waiting.Kind.COMMUNICATION, "c2", amir),
)

private fun Fixtures.receipt(left: Int = 0, parts: Int = 1): ReceiptState = ReceiptState(
    hospital, at(11, 28, 17, 52), either("Rotation ended", "Terminó la rotación"),
    listOf(
        either("Erased", "Borrado") to either("8 patients, 14 notes, 3 photos", "8 pacientes, 14 notas, 3 fotos"), either("How", "Cómo") to either("Keys, then files", "Llaves, luego archivos"),
        either("Uncharted", "Sin anotar") to "0", either("On hold", "Retenido") to either("1, sealed", "1, sellado"), either("Traces left", "Restos") to "$left",
        either("Policy", "Normas") to "12 · 9c1e 40b7", either("Last log entry", "Último registro") to "#1 184 · e05a 77d2", either("Signed by", "Firma") to either("this phone", "este teléfono") + " · 7f21 0093",
    ),
    List(parts) { "CURTAIN:RECEIPT:${it + 1}/$parts:" + "7F210093C1E40B7E05A77D2".repeat(12) }, left, acknowledged = false,
)

/** Leaving, from the list of what is open to the receipt. */
val leavingScreens: Map<String, Drawn> = mapOf(
    "leaving" to Drawn { LeavingScreen(it.leaving(), Silent.of(), Silent.shell) },
    "leaving-done" to Drawn { LeavingScreen(it.leaving(done = true), Silent.of(), Silent.shell) },
    "countdown" to Drawn { CountdownScreen(CountdownState(it.hospital, 4, 5, 8, 14, 3), Silent.of()) },
    "damaged" to Drawn { DamagedScreen(DamagedState(false, false, 3, it.institution), Silent.of()) },
    "other-phone" to Drawn { DamagedScreen(DamagedState(false, true, 0, it.institution), Silent.of()) },
    "receipt" to Drawn { ReceiptScreen(it.receipt(), Silent.of()) },
    "receipt-left" to Drawn { ReceiptScreen(it.receipt(left = 1, parts = 3), Silent.of()) },
)
