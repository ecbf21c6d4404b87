package org.curtain.simulator

import org.curtain.kit.screen.ChannelCell
import org.curtain.kit.screen.ComposerState
import org.curtain.kit.screen.ConsentBanner
import org.curtain.kit.screen.Look
import org.curtain.kit.screen.MainAction
import org.curtain.kit.screen.Mark
import org.curtain.kit.screen.MarkedSpan
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.ReadyKind
import org.curtain.kit.screen.ReadyText
import org.curtain.kit.screen.ScriptCard
import org.curtain.kit.screen.Sheet
import org.curtain.kit.screen.To
import org.curtain.kit.screen.TraceLine
import org.curtain.kit.screen.Way
import org.curtain.ui.composer.ComposerScreen

private fun String.span(words: String, mark: Mark, reason: String = ""): MarkedSpan {
    val at = indexOf(words)
    check(at >= 0) { words }
    return MarkedSpan(at, at + words.length, mark, words, reason, "screen.en.$mark", "policy 7, 3.2")
}

private fun Fixtures.cells(portal: Look, call: Look, sms: Look, email: Look, best: Way?, selected: Way = Way.SMS): List<ChannelCell> =
    listOf(Way.PORTAL to portal, Way.PHONE to call, Way.SMS to sms, Way.EMAIL to email, Way.WHATSAPP to Look.OFF).map { (way, look) ->
        ChannelCell(way, look, org.curtain.ui.theme.verdictStyle(look, org.curtain.ui.theme.LightPalette, words).word, way == selected, way == best)
    }

private fun Fixtures.composer(
    text: String, look: Look, headline: String, why: String, spans: List<MarkedSpan> = listOf(), ready: List<ReadyText> = listOf(), consent: ConsentBanner? = null,
    chart: String? = null, bar: List<ChannelCell>, action: MainAction, second: Way? = null, sheet: Sheet? = null, undo: Boolean = false, safe: Boolean = true,
    starters: List<ScriptCard> = listOf(), trace: List<TraceLine> = listOf(),
): ComposerState = ComposerState(
    "d", rosa, To.PATIENT, Way.SMS, Owner.PATIENT, text, safe, spans, look, headline, why, ready, consent, chart, 600, bar, action, second, trace, sheet, undo,
    text.length, 160, 1, starters,
)

private fun Fixtures.blocked(sheet: Sheet? = null, extra: Boolean = false): ComposerState {
    val text = either("Your CT scan shows a new mass. We need to discuss treatment options.", "Su tomografía muestra una masa nueva. Debemos hablar del tratamiento.")
    val bar = cells(Look.DOCUMENT, Look.ALLOW, Look.BLOCK, Look.REDIRECT, Way.PHONE)
    return composer(
        text, Look.BLOCK, words.panelBlock("SMS"), either("A result and advice. Call, or use the portal.", "Da un resultado y un consejo. Mejor por teléfono o en el portal."),
        listOf(
            text.span(either("CT scan", "tomografía"), Mark.CHANGE, either("A test names a part of the story.", "Una prueba cuenta parte de la historia.")),
            text.span(either("new mass", "masa nueva"), Mark.STOP, either("Whoever holds her phone can read it.", "Lo puede leer quien tenga su teléfono.")),
            text.span(either("discuss treatment options", "hablar del tratamiento"), Mark.STOP, either("Advice belongs in a call.", "Un consejo va por teléfono.")),
        ),
        listOf(
            ready(ReadyKind.CALL_US, either("This is Dr. Okafor from St. Alder Clinic. Please call us at 202-555-0100 today.", "Soy la Dra. Okafor, de la Clínica St. Alder. Llámenos hoy al 202-555-0100.")),
            ready(ReadyKind.READY_TEXT, either("You have a new message in the St. Alder portal. Please sign in.", "Tiene un mensaje en el portal de St. Alder. Por favor, entre a leerlo."), Way.PORTAL),
            ready(ReadyKind.SMALLEST_CHANGE, either("Please call the clinic. We need to talk about your visit.", "Llame a la clínica, por favor. Debemos hablar de su visita.")),
        ),
        bar = if (extra) bar + ChannelCell(Way.SECURE_MESSAGING, Look.ALLOW, words.barAllow, false, false) + ChannelCell(Way.TELEHEALTH, Look.ALLOW, words.barAllow, false, false) else bar,
        action = MainAction.GoBy(Way.PHONE), second = Way.PORTAL, sheet = sheet,
        trace = (1..7).map { TraceLine(it, if (it == 5) Look.BLOCK else Look.ALLOW, if (it == 5) "content.result" else "rule.$it", either("The text tells a result.", "El texto da un resultado.")) },
    )
}

private fun ready(kind: ReadyKind, text: String, way: Way = Way.SMS): ReadyText = ReadyText(kind, way, Look.ALLOW, text, text.length, 160)

private fun Fixtures.allowed(sheet: Sheet? = null, undo: Boolean = false): ComposerState = composer(
    callBack, Look.ALLOW, words.panelAllow("SMS"), either("Asks Rosa to call. Gives nothing away.", "Pide a Rosa que llame. No revela nada."),
    listOf(callBack.span("Dr. Okafor", Mark.NOTE), callBack.span("St. Alder Clinic", Mark.NOTE), callBack.span("202-555-0100", Mark.NOTE)),
    consent = ConsentBanner(ConsentBanner.Kind.IN_FORCE, "Rosa Delgado", at(5, 3), null),
    chart = either(
        "23 Nov 03:10. Text message to (202) 555-0142 asking patient to call the clinic about recent visit. No clinical content. Patient prefers text despite privacy limits (3 May). Exact text kept.",
        "23 nov 03:10. Mensaje al (202) 555-0142 para que llame a la clínica. Sin contenido clínico. Prefiere mensajes (3 may). Texto exacto guardado.",
    ),
    bar = cells(Look.DOCUMENT, Look.ALLOW, Look.ALLOW, Look.ALLOW, null), action = MainAction.HandOff(Way.SMS, Owner.PATIENT), sheet = sheet, undo = undo,
)

private fun Fixtures.typing(): ComposerState {
    val text = either("Hi Rosa, your lisinopril is ready at the pharmacy.", "Hola, Rosa: su lisinopril está listo en la farmacia.")
    return composer(
        text, Look.REWRITE, words.panelRewrite("SMS"), either("It names a medicine.", "Nombra un medicamento."),
        listOf(text.span("Rosa", Mark.NOTE), text.span("lisinopril", Mark.CHANGE, either("It names a medicine.", "Nombra un medicamento."))),
        listOf(ready(ReadyKind.SMALLEST_CHANGE, either("Hi Rosa, your prescription is ready at the pharmacy.", "Hola, Rosa: su receta está lista en la farmacia."))),
        bar = cells(Look.DOCUMENT, Look.ALLOW, Look.REWRITE, Look.ALLOW, null), action = MainAction.UseFirst,
    )
}

private fun Fixtures.asking(kind: ConsentBanner.Kind, look: Look = Look.CONSENT): ComposerState = composer(
    callBack, look, if (look == Look.CONSENT) words.panelConsent("SMS") else words.panelBlock("SMS"), either("No answer yet for this number. Takes a minute.", "Aún no hay respuesta para este número. Toma un minuto."),
    consent = ConsentBanner(kind, "Rosa Delgado", at(5, 3), "0168"), bar = cells(Look.DOCUMENT, Look.ALLOW, look, Look.ALLOW, Way.PHONE), undo = true,
    action = if (look == Look.CONSENT) MainAction.AskConsent else MainAction.GoBy(Way.PHONE), second = Way.PORTAL, safe = false,
)

private fun Fixtures.blind(): ComposerState = composer(
    "Bonjour, rappelez la clinique demain matin.", Look.REVIEW, words.panelReview("SMS"), either("Only simple, known texts go by SMS. Choose a ready one, or call.", "Por SMS solo van textos simples y conocidos."),
    listOf("Bonjour, rappelez la clinique demain matin.".let { it.span(it, Mark.BLIND, words.reasonBlind("…")) }),
    bar = cells(Look.REVIEW, Look.ALLOW, Look.REVIEW, Look.REVIEW, Way.PHONE), action = MainAction.ChooseReady,
)

private fun Fixtures.empty(): ComposerState = composer(
    "", Look.REVIEW, words.panelReview("SMS"), either("Only simple, known texts go by SMS.", "Por SMS solo van textos simples y conocidos."),
    bar = cells(Look.DOCUMENT, Look.ALLOW, Look.REVIEW, Look.REVIEW, Way.PHONE), action = MainAction.ChooseReady,
    starters = listOf(
        ScriptCard("s1", either("Ask to call", "Pedir que llame"), callBack, 7, true),
        ScriptCard("s2", either("Portal notice", "Aviso del portal"), either("You have a new message in the St. Alder portal. Please sign in.", "Tiene un mensaje en el portal de St. Alder."), 5, true),
        ScriptCard("s3", either("Visit tomorrow", "Cita mañana"), either("Please come tomorrow at 9:00. Bring your card.", "Venga mañana a las 9:00. Traiga su tarjeta."), 4, true),
    ),
)

private fun composer(view: View = View(), state: Fixtures.() -> ComposerState): Drawn = Drawn(view) { ComposerScreen(it.state(), Silent.of(), Silent.shell) }

/** The composer and its sheets: pictures 06 to 09, 19 to 21 and their other states. */
val composerScreens: Map<String, Drawn> = mapOf(
    "06-composer-blocked" to composer { blocked() },
    "06-composer-more" to composer { blocked(extra = true) },
    "06-composer-trace" to composer { blocked(Sheet.Trace) },
    "06-composer-empty" to composer { empty() },
    "06-composer-blind" to composer { blind() },
    "06-composer-ask" to composer { asking(ConsentBanner.Kind.NEEDED) },
    "06-composer-changed" to composer { asking(ConsentBanner.Kind.NUMBER_CHANGED) },
    "06-composer-due" to composer { asking(ConsentBanner.Kind.REVIEW_DUE) },
    "06-composer-withdrawn" to composer { asking(ConsentBanner.Kind.WITHDRAWN, Look.BLOCK) },
    "07-composer-allowed" to composer { allowed() },
    "07-composer-undo" to composer { allowed(undo = true) },
    "08-composer-dark" to composer(View(dark = true)) { blocked() },
    "09-composer-es-130" to composer(View(language = "es", type = 1.3f)) { blocked(extra = true) },
    "09-composer-200" to composer(View(type = 2f)) { blocked() },
    "19-handoff" to composer { allowed(Sheet.HandOff(rosa, Sheet.HandOff.Ask.MATCH, listOf("0124", "0142", "0177"), at(5, 3), false)) },
    "19-handoff-open" to composer { allowed(Sheet.HandOff(rosa, Sheet.HandOff.Ask.OPEN, listOf("0142"), at(5, 3), false)) },
    "19-handoff-wrong" to composer { allowed(Sheet.HandOff(rosa, Sheet.HandOff.Ask.TYPE, listOf(), null, true)) },
    "20-outcome" to composer {
        allowed(
            Sheet.Outcome(
                rosa, "m1", Way.SMS, "0142", at(11, 23, 3, 11),
                either("23 Nov 03:11. Text to (202) 555-0142 asking patient to call the clinic. No clinical content.", "23 nov 03:11. Mensaje al (202) 555-0142 para que llame a la clínica. Sin contenido clínico."),
            ),
        )
    },
    "20-copy" to composer { allowed(Sheet.CopyInstead(callBack, rosaNumber)) },
    "21-composer-typing" to composer(View(keyboard = 290)) { typing() },
)
