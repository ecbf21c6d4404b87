//! Patterns: care moved onto this channel, urgency, things attached, and advice by its grammar.

use crate::screen::text::List;
use std::ops::Range;

use super::Reader;
use crate::screen::Class;

const ASK: List = List::of(&[
    "send",
    "text",
    "whatsapp",
    "message",
    "email",
    "sms",
    "mandeme",
    "envieme",
    "escribame",
    "mande",
    "envie",
    "manda",
    "enviame",
    "mandame",
    "report",
    "post",
]);
const HEALTH: List = List::of(&[
    "sugars",
    "sugar",
    "readings",
    "reading",
    "pressure",
    "bp",
    "weight",
    "weights",
    "glucose",
    "temperature",
    "temp",
    "symptoms",
    "symptom",
    "levels",
    "results",
    "log",
    "pain",
    "photo",
    "photos",
    "picture",
    "pictures",
    "pic",
    "pics",
    "rash",
    "wound",
    "scores",
    "score",
    "vitals",
    "diary",
    "progress",
    "azucares",
    "azucar",
    "presion",
    "peso",
    "lecturas",
    "glucosa",
    "foto",
    "fotos",
    "sintomas",
    "temperatura",
    "resultados",
    "herida",
    "bps",
    "numbers",
]);
const IMAGES: List = List::of(&[
    "photo",
    "photos",
    "picture",
    "pictures",
    "image",
    "images",
    "pic",
    "pics",
    "scan",
    "scans",
    "xray",
    "ray",
    "mri",
    "ct",
    "foto",
    "fotos",
    "imagen",
    "imagenes",
    "screenshot",
    "radiografia",
    "video",
    "snap",
]);
const DOCUMENTS: List = List::of(&[
    "letter",
    "document",
    "documents",
    "pdf",
    "summary",
    "form",
    "forms",
    "note",
    "notes",
    "plan",
    "file",
    "leaflet",
    "certificate",
    "carta",
    "documento",
    "documentos",
    "formulario",
    "archivo",
    "informe",
    "paperwork",
    "copy",
    "referral",
]);
const LABS: List = List::of(&[
    "result",
    "results",
    "report",
    "reports",
    "labs",
    "lab",
    "resultado",
    "resultados",
    "laboratorio",
    "bloodwork",
    "analisis",
    "pathology",
]);

/// Where a pattern may start.
pub(super) const STARTS: &[&List] = &[
    &ASK,
    list![
        "check",
        "let",
        "continue",
        "keep",
        "immediately",
        "immediate",
        "urgent",
        "urgently",
        "asap",
        "inmediatamente",
        "urgente",
        "urgentemente",
        "right",
        "straight",
        "at",
        "de",
        "cuanto",
        "as",
        "lo",
        "emergency",
        "emergencia",
        "now",
        "attached",
        "attaching",
        "attach",
        "enclosed",
        "attachment",
        "adjunto",
        "adjunta",
        "adjuntos",
        "adjuntas",
        "anexo",
        "here",
        "heres",
        "sending",
        "sent",
        "aqui",
        "le",
        "should",
        "must",
        "need",
        "needs",
        "have",
        "want",
        "debe",
        "deberia",
        "necesita",
        "take",
        "use",
        "apply",
        "avoid",
        "drink",
        "monitor",
        "limit",
        "measure",
        "tome",
        "aplique",
        "beba",
        "recommend",
        "recommends",
        "advise",
        "advised",
        "recomiendo",
        "recomendamos",
        "suggest",
    ],
];

pub(super) fn read(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    attachment(reader, sentence, at);
    if reader.text.is_word(at) {
        ongoing(reader, sentence, at);
        urgent(reader, sentence, at);
        advice(reader, sentence, at);
    }
}

/// "send me your sugars by WhatsApp daily", "text me if it gets worse".
fn ongoing(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let to_me = text.is(at + 1, list!["me", "us", "nos"])
        || text.is(at, list!["mandeme", "envieme", "escribame", "enviame", "mandame"]);
    if text.is(at, &ASK) && to_me {
        let window = at + 1..sentence.end.min(at + 9);
        let about = window.clone().find(|&i| {
            text.is(i, &HEALTH)
                && !(text.is(i, list!["photo", "picture", "pic", "photos", "pictures"]) && text.is(i + 1, list!["id"]))
                || reader.has(i, Class::ClinicalSymptom)
                || reader.has(i, Class::ClinicalTestName)
        });
        let owned =
            window.clone().any(|i| text.is(i, list!["your", "su", "sus", "the", "of", "any", "a", "la", "las", "una"]));
        let worse = window.clone().any(|i| text.is(i, list!["worse", "worsens", "hurts", "peor", "empeora"]));
        if let Some(about) = about.filter(|_| owned) {
            reader.push(at, about, Class::PatternOngoingCare, "ongoing.send_me");
            reader.push(at, about, Class::ClinicalAdvice, "advice.report");
        } else if worse {
            reader.push(at, at + 1, Class::PatternOngoingCare, "ongoing.if_worse");
        }
    }
    let check_in = text.is(at, list!["check"])
        && text.is(at + 1, list!["in"])
        && text.is(at + 2, list!["with", "on"])
        && text.is(at + 3, list!["you"])
        && (at + 4..sentence.end.min(at + 10))
            .any(|i| text.is(i, list!["daily", "every", "day", "tomorrow", "text", "here"]));
    let feel = text.is(at, list!["let"])
        && text.is(at + 1, list!["me"])
        && text.is(at + 2, list!["know"])
        && text.is(at + 3, list!["how"])
        && (at + 4..sentence.end.min(at + 9)).any(|i| {
            text.is(i, list!["feel", "feeling", "pain", "wound", "symptoms"]) || reader.has(i, Class::ClinicalSymptom)
        });
    let here = text.is(at, list!["continue", "keep"])
        && (at + 1..sentence.end.min(at + 6)).any(|i| text.is(i, list!["treating", "managing", "monitoring", "care"]))
        && (at + 1..sentence.end.min(at + 9)).any(|i| text.is(i, list!["whatsapp", "text", "here", "chat"]));
    if check_in || feel || here {
        reader.push(at, (at + 3).min(sentence.end - 1), Class::PatternOngoingCare, "ongoing.check_in");
    }
}

/// "immediately", "right away", "urgente"; not "if this is an emergency", which every footer says.
fn urgent(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let last = match text.norm(at) {
        "immediately" | "immediate" | "urgent" | "urgently" | "asap" | "inmediatamente" | "urgente"
        | "urgentemente" => at,
        "right" | "straight" if text.is(at + 1, list!["away"]) => at + 1,
        "at" if text.is(at + 1, list!["once"]) => at + 1,
        "de" if text.is(at + 1, list!["inmediato"]) => at + 1,
        "cuanto" if text.is(at + 1, list!["antes"]) => at + 1,
        "as" if text.is(at + 1, list!["soon"])
            && text.is(at + 2, list!["as"])
            && text.is(at + 3, list!["possible"]) =>
        {
            at + 3
        }
        "lo" if text.is(at + 1, list!["antes"]) && text.is(at + 2, list!["posible"]) => at + 2,
        "emergency" | "emergencia" if at > sentence.start && text.is(at - 1, list!["an", "medical", "una", "real"]) => {
            at
        }
        "now"
            if at > sentence.start
                && (text.is(at - 1, list!["er", "hospital", "911", "ambulance"])
                    || text.is(at - 1, list!["us", "clinic"]) && at + 1 >= sentence.end - 1) =>
        {
            at
        }
        _ => return,
    };
    let conditional = (at.saturating_sub(6).max(sentence.start)..at)
        .any(|i| text.is(i, list!["if", "si", "not", "for", "no", "nothing", "nada", "isnt", "in", "en"]))
        && text.is(at, list!["emergency", "urgent", "emergencia", "urgente", "an"]);
    let care = text.is(at + 1, list!["care"]);
    if !conditional && !care {
        reader.push(at, last, Class::PatternUrgent, "urgent.word");
    }
}

/// "attached is your X-ray", "see the photo below", "report.pdf".
fn attachment(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    if text.is(at, list!["."]) && text.glued(at) && text.glued(at + 1) && at > 0 {
        let class = match text.norm(at + 1) {
            "jpg" | "jpeg" | "png" | "heic" | "gif" | "dcm" | "mp4" => Class::AttachmentImage,
            "pdf" | "doc" | "docx" | "rtf" | "txt" | "xls" | "xlsx" | "csv" => Class::AttachmentDocument,
            _ => return,
        };
        reader.push(at - 1, at + 1, class, "attachment.file");
        return;
    }
    let attached = text.is(
        at,
        list![
            "attached",
            "attaching",
            "attach",
            "enclosed",
            "attachment",
            "adjunto",
            "adjunta",
            "adjuntos",
            "adjuntas",
            "anexo",
        ],
    );
    let here = text.is(at, list!["here"]) && text.is(at + 1, list!["is", "are"])
        || text.is(at, list!["heres", "sending", "sent"]) && text.is(at + 1, list!["you", "is"])
        || text.is(at, list!["aqui"]) && text.is(at + 1, list!["esta", "estan"])
        || text.is(at, list!["le"]) && text.is(at + 1, list!["envio", "mando"]);
    if !attached && !here {
        return;
    }
    let from = if attached { at.saturating_sub(5).max(sentence.start) } else { at + 1 };
    let until = sentence.end.min(at + 8);
    let near = |list: &List| (from..until).find(|&i| i != at && text.is(i, list) && !text.is(i + 1, list!["id"]));
    let whose = (from..until).any(|i| text.is(i, list!["your", "of", "the", "from", "su", "sus", "de", "la"]));
    let hit = near(&IMAGES)
        .map(|i| (i, Class::AttachmentImage))
        .or_else(|| near(&LABS).map(|i| (i, Class::AttachmentLabReport)))
        .or_else(|| near(&DOCUMENTS).filter(|_| attached).map(|i| (i, Class::AttachmentDocument)));
    match hit {
        // "Here are the details" attaches nothing; "the results attached" does.
        Some((i, class)) if attached || whose => reader.push(at.min(i), at.max(i), class, "attachment.near"),
        None if attached
            && text.is(at, list!["attached", "attachment", "adjunto"])
            && (at > 0 && text.is(at - 1, list!["see", "the", "find", "is", "ver"])) =>
        {
            reader.push(at, at, Class::AttachmentDocument, "attachment.word");
        }
        _ => {}
    }
}

/// "you should rest", "take ibuprofen", "make sure you drink": advice by verb and object.
fn advice(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    const ACTS: List = List::of(&[
        "take",
        "taking",
        "use",
        "using",
        "apply",
        "drink",
        "eat",
        "avoid",
        "rest",
        "stop",
        "start",
        "fast",
        "monitor",
        "check",
        "weigh",
        "exercise",
        "elevate",
        "quit",
        "lose",
        "test",
        "isolate",
        "measure",
        "increase",
        "decrease",
        "reduce",
        "limit",
        "cut",
        "ice",
        "stretch",
        "walk",
        "sleep",
        "wear",
        "change",
        "clean",
        "tomar",
        "usar",
        "evitar",
        "descansar",
        "comer",
        "beber",
        "reposar",
        "dejar",
        "bajar",
        "hacer",
    ]);
    let text = reader.text;
    let told = text.is(at, list!["should", "must"]) && at > 0 && text.is(at - 1, list!["you", "she", "he", "patient"])
        || text.is(at, list!["need", "needs", "have", "want"])
            && text.is(at + 1, list!["to"])
            && at > 0
            && text.is(at - 1, list!["you", "she", "he", "patient"])
        || text.is(at, list!["debe", "deberia", "necesita"]);
    let mut act = at + 1;
    while text.is(act, list!["to", "not", "also", "be", "try", "really", "definitely", "no"]) && act < at + 4 {
        act += 1;
    }
    let clinical = (act..sentence.end.min(act + 7)).any(|i| {
        reader.classes.get(i).is_some_and(|c| c.iter().any(|c| c.name().starts_with("clinical.")))
            || text.is(
                i,
                list![
                    "fluids", "water", "salt", "sugar", "food", "foods", "diet", "alcohol", "ice", "agua", "sal",
                    "meals", "weight",
                ],
            )
    });
    if told && act < sentence.end && text.is(act, &ACTS) && clinical {
        reader.push(at, act, Class::ClinicalAdvice, "advice.told");
    }
    let imperative = text.is(
        at,
        list![
            "take", "use", "apply", "avoid", "drink", "monitor", "limit", "measure", "tome", "use", "aplique", "beba"
        ],
    );
    let opens =
        at == sentence.start || text.is(at - 1, list![",", ":", "please", "and", "then", "also", "to", "favor"]);
    let object = (at + 1..sentence.end.min(at + 5)).any(|i| {
        reader.has(i, Class::ClinicalMedication)
            || reader.has(i, Class::ClinicalTestName)
            || text.is(i, list!["fluids", "water", "salt", "alcohol", "sugar", "agua", "liquidos"])
    });
    if imperative && opens && object {
        reader.push(at, at, Class::ClinicalAdvice, "advice.imperative");
    }
    if text.is(at, list!["recommend", "recommends", "advise", "advised", "recomiendo", "recomendamos", "suggest"])
        && clinical
    {
        reader.push(at, at, Class::ClinicalAdvice, "advice.recommend");
    }
}
