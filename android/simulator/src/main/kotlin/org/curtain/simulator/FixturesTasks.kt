package org.curtain.simulator

import org.curtain.kit.screen.ConsentBanner
import org.curtain.kit.screen.ConsentDetails
import org.curtain.kit.screen.ConsentState
import org.curtain.kit.screen.NoteState
import org.curtain.kit.screen.Owner
import org.curtain.kit.screen.ScriptCard
import org.curtain.kit.screen.ScriptsState
import org.curtain.kit.screen.TheyTextedState
import org.curtain.kit.screen.Way
import org.curtain.ui.task.ConsentScreen
import org.curtain.ui.task.NoteScreen
import org.curtain.ui.task.ScriptsScreen
import org.curtain.ui.task.TheyTextedScreen

private fun Fixtures.consent(fresh: Boolean = false, standing: Boolean = false): ConsentState = ConsentState(
    rosa, Way.SMS, rosaNumber, "es", listOf("en", "es"),
    "Los mensajes de texto no son del todo privados. Otras personas podrían leerlos. Solo le escribiremos sobre citas y para pedirle que nos llame. " +
        "El portal y el teléfono son más seguros. Puede decir que no, o cambiar de idea cuando quiera.",
    4, approved = !standing, played = !fresh, offered = if (fresh) setOf() else setOf(Way.PORTAL, Way.PHONE),
    owner = if (standing) Owner.SHARED else if (fresh) null else Owner.PATIENT, clinical = false, details = ConsentDetails(),
    standing = if (standing) ConsentBanner(ConsentBanner.Kind.IN_FORCE, "Rosa", at(5, 3), "0142") else null,
    missing = if (fresh) setOf(1, 2, 3) else setOf(), approvedMs = at(1, 2), againMs = at(11, 23, year = 2027),
)

private fun Fixtures.texted(contact: Int? = 1, urgent: Boolean = false, stop: Boolean = false): TheyTextedState = TheyTextedState(
    amir, listOf("(202) 555-0168", "(202) 555-0186"), "(202) 555-0168",
    if (contact == null) "" else if (stop) "STOP" else if (urgent) "My chest hurts since this morning, what should I take?" else "Can I just WhatsApp you my blood sugars? This morning it was 212.",
    contact, urgent, stop,
    if (contact == 3 || stop) null else either(
        "I'm glad you're keeping such close track. For your privacy and to keep everything properly documented, I'm not allowed to manage care through WhatsApp or my " +
            "personal phone. The safest way is through the patient portal or by calling the clinic at $clinicNumber, where everything is recorded in your chart. " +
            "If you're having an emergency, go to the ER or call 911.",
        "Me alegra que lleve un control tan cuidadoso. Por su privacidad y para que todo quede bien anotado, no puedo atenderle por WhatsApp ni por mi teléfono personal. " +
            "Lo más seguro es el portal o llamar a la clínica al $clinicNumber, donde todo queda en su historia. Si es una emergencia, vaya a urgencias o llame al 911.",
    ),
    language,
    if (urgent || stop) listOf() else listOf(
        either("They gave a health reading. Move it to the chart today. If it worries you, call now.", "Dio un dato de salud. Anótelo hoy en la historia. Si le preocupa, llame ahora."),
    ),
    if (stop) null else "Patient wrote by text.", callFirst = contact == 3 || urgent, languages = listOf("en", "es"), replyTexts = 3,
)

/** Screens of consent and of what they texted. */
val taskScreens: Map<String, Drawn> = mapOf(
    "consent" to Drawn { ConsentScreen(it.consent(), Silent.of(), Silent.shell) },
    "consent-missing" to Drawn { ConsentScreen(it.consent(fresh = true), Silent.of(), Silent.shell) },
    "consent-standing" to Drawn { ConsentScreen(it.consent(standing = true), Silent.of(), Silent.shell) },
    "note" to Drawn {
        NoteScreen(
            NoteState("n1", it.tomasz, it.either("Night, ward 6", "Noche, planta 6"), it.either("Slept well. Asked twice for water.", "Durmió bien. Pidió agua dos veces."), true, false, false, it.at(12, 23)),
            Silent.of(), Silent.shell,
        )
    },
    "note-held" to Drawn { NoteScreen(NoteState("n1", it.tomasz, it.either("Night", "Noche"), it.either("Slept well.", "Durmió bien."), true, true, true, it.at(12, 23)), Silent.of(), Silent.shell) },
    "scripts" to Drawn {
        ScriptsScreen(
            ScriptsState(
                it.language, listOf("en", "es"),
                listOf(
                    ScriptCard("number", it.either("They ask for your number", "Piden su número"), it.either("I can't give my own number. The clinic always reaches me.", "No puedo dar mi número. La clínica siempre me encuentra."), 5, true),
                    ScriptCard("whatsapp", it.either("“Just WhatsApp it”", "“Mándelo por WhatsApp”"), it.either("I'd rather call: WhatsApp isn't private enough for you.", "Mejor llamo: WhatsApp no es bastante privado para usted."), 6, false),
                ),
            ),
            Silent.of(), Silent.shell,
        )
    },
    "texted" to Drawn { TheyTextedScreen(it.texted(), Silent.of(), Silent.shell) },
    "texted-enter" to Drawn { TheyTextedScreen(it.texted(contact = null), Silent.of(), Silent.shell) },
    "texted-urgent" to Drawn { TheyTextedScreen(it.texted(urgent = true), Silent.of(), Silent.shell) },
    "texted-stop" to Drawn { TheyTextedScreen(it.texted(stop = true), Silent.of(), Silent.shell) },
    "texted-third" to Drawn { TheyTextedScreen(it.texted(contact = 3), Silent.of(), Silent.shell) },
)
