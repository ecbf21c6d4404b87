//! Doses, changes of medication and orders.

use crate::screen::text::List;
use std::ops::Range;

use super::Reader;
use super::result::spoken_value;
use crate::screen::Class;

const UNITS: List = List::of(&[
    "mg",
    "mgs",
    "mcg",
    "ug",
    "milligram",
    "milligrams",
    "microgram",
    "micrograms",
    "units",
    "unit",
    "iu",
    "ml",
    "mls",
    "cc",
    "meq",
    "tablet",
    "tablets",
    "tab",
    "tabs",
    "pill",
    "pills",
    "capsule",
    "capsules",
    "cap",
    "caps",
    "puff",
    "puffs",
    "drop",
    "drops",
    "spray",
    "sprays",
    "patch",
    "patches",
    "teaspoon",
    "teaspoons",
    "tsp",
    "tbsp",
    "suppository",
    "dose",
    "doses",
    "unidades",
    "unidad",
    "tableta",
    "tabletas",
    "pastilla",
    "pastillas",
    "capsula",
    "capsulas",
    "gotas",
    "miligramos",
    "comprimido",
    "comprimidos",
    "dosis",
    "inhalaciones",
]);
const COUNTS: List = List::of(&[
    "one", "two", "three", "four", "five", "six", "eight", "ten", "half", "twenty", "thirty", "forty", "fifty",
    "eighty", "hundred", "una", "dos", "tres", "media", "medio",
]);
const LATIN: List =
    List::of(&["bid", "tid", "qid", "qd", "qhs", "prn", "q4h", "q6h", "q8h", "q12h", "q24h", "nightly", "po", "qam"]);
const CHANGES: List = List::of(&[
    "increase",
    "increased",
    "increasing",
    "decrease",
    "decreased",
    "decreasing",
    "raise",
    "lower",
    "lowering",
    "reduce",
    "reduced",
    "reducing",
    "double",
    "halve",
    "cut",
    "stop",
    "stopped",
    "stopping",
    "start",
    "started",
    "starting",
    "hold",
    "holding",
    "skip",
    "resume",
    "restart",
    "switch",
    "switching",
    "switched",
    "change",
    "changed",
    "changing",
    "discontinue",
    "discontinued",
    "continue",
    "adjust",
    "adjusted",
    "adjusting",
    "taper",
    "wean",
    "add",
    "up",
    "replace",
    "take",
    "taking",
    "aumente",
    "aumentar",
    "suba",
    "subir",
    "baje",
    "bajar",
    "reduzca",
    "reducir",
    "suspenda",
    "suspender",
    "deje",
    "dejar",
    "empiece",
    "empezar",
    "inicie",
    "iniciar",
    "doble",
    "cambie",
    "continue",
    "siga",
    "tome",
    "tomar",
    "salte",
    "put",
    "prescribe",
    "prescribed",
    "gave",
    "using",
    "pause",
]);
/// Words for a medicine that name none.
const MEDICINE: List = List::of(&[
    "dose",
    "doses",
    "dosage",
    "medication",
    "medications",
    "medicine",
    "medicines",
    "meds",
    "med",
    "pill",
    "pills",
    "tablet",
    "tablets",
    "insulin",
    "drops",
    "cream",
    "injection",
    "injections",
    "shots",
    "dosis",
    "medicamento",
    "medicamentos",
    "medicina",
    "medicinas",
    "pastilla",
    "pastillas",
]);
const ORDER_VERBS: List = List::of(&[
    "give",
    "start",
    "hold",
    "push",
    "bolus",
    "administer",
    "hang",
    "draw",
    "order",
    "repeat",
    "obtain",
    "transfuse",
    "dc",
    "titrate",
    "insert",
    "place",
    "consult",
    "infuse",
    "inject",
    "run",
    "ordered",
    "ordering",
    "administre",
    "administrar",
    "ordene",
    "poner",
    "aplicar",
    "get",
]);
const ROUTES: List = List::of(&[
    "iv", "im", "po", "sq", "subq", "sc", "ng", "pr", "sl", "stat", "npo", "bid", "tid", "prn", "q6h", "q12h",
]);

/// Where a dose, a change or an order may start.
pub(super) const STARTS: &[&List] = &[
    &COUNTS,
    &LATIN,
    &CHANGES,
    &ORDER_VERBS,
    list![
        "daily",
        "diario",
        "diaria",
        "diariamente",
        "once",
        "twice",
        "thrice",
        "every",
        "cada",
        "each",
        "npo",
        "dose",
        "doses",
        "dosage",
        "dosing",
        "dosis",
    ],
];

/// Reads at one token; `scope` remembers, once asked, whether the sentence speaks of a medicine.
pub(super) fn read(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, scope: &mut Option<bool>, at: usize) {
    if reader.text.is_number(at) || reader.text.is(at, &COUNTS) {
        amount(reader, sentence, at);
        spoken_value(reader, sentence, at);
    }
    if reader.text.is_word(at) {
        frequency_alone(reader, sentence, scope, at);
        change(reader, sentence, at);
        order(reader, sentence, at);
        dose_words(reader, at);
        spoken_value(reader, sentence, at);
    }
}

/// Whether a sentence speaks of a medicine.
fn of_medicine(reader: &Reader<'_, '_>, sentence: &Range<usize>) -> bool {
    sentence.clone().any(|i| {
        reader.has(i, Class::ClinicalMedication)
            || reader.text.is(i, &MEDICINE)
            || reader.text.is(i, list!["take", "apply", "tome"])
    })
}

/// "20 units twice daily", "2 tablets every 6 hours".
fn amount(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let mut last = at;
    while text.is(last + 1, list![".", "-", "/", ","]) && text.is_number(last + 2) && last < at + 4 {
        last += 2;
    }
    if at > sentence.start
        && text.is(at - 1, list![".", "/", "-"])
        && text.glued(at)
        && text.is_number(at.saturating_sub(2))
    {
        return;
    }
    let mut unit = last + 1;
    if text.is(unit, list!["-", "more", "of", "whole"]) {
        unit += 1;
    }
    if !text.is(unit, &UNITS) || unit >= sentence.end {
        return;
    }
    // "mg/dL" is a lab value; "8 drops" of other things have no unit of their own.
    if text.is(unit + 1, list!["/"]) && text.is(unit + 2, list!["dl", "l", "ml"])
        || text.is(unit, list!["dose", "cap", "caps", "patch", "drop", "tab", "tabs", "unit"])
            && text.norm(at).len() > 3
    {
        return;
    }
    let end = frequency(reader, unit + 1).unwrap_or(unit);
    reader.push(at, end, Class::ClinicalDose, "dose.amount");
}

/// A frequency that starts at `at`: its last token.
fn frequency(reader: &Reader<'_, '_>, at: usize) -> Option<usize> {
    let text = reader.text;
    let times = |i: usize| text.is(i, list!["day", "daily", "week", "weekly", "night", "dia", "semana", "noche"]);
    if text.is(at, &LATIN) || text.is(at, list!["daily", "diario", "diaria", "diariamente"]) {
        return Some(at);
    }
    if text.is(at, list!["once", "twice", "thrice"]) {
        let next = if text.is(at + 1, list!["a", "per", "every", "each"]) { at + 2 } else { at + 1 };
        return times(next).then_some(next);
    }
    if text.is(at + 1, list!["times", "veces"]) {
        let next = if text.is(at + 2, list!["a", "per", "al", "por", "each"]) { at + 3 } else { at + 2 };
        return times(next).then_some(next);
    }
    if text.is(at, list!["una"]) && text.is(at + 1, list!["vez"]) {
        return times(at + 3).then_some(at + 3);
    }
    if text.is(at, list!["every", "cada", "each"]) {
        if text.is(at + 1, list!["day", "morning", "night", "evening", "dia", "noche", "manana"]) {
            return Some(at + 1);
        }
        let counted = text.is_number(at + 1) || text.is(at + 1, &COUNTS);
        let to = if text.is(at + 2, list!["-", "to"]) { at + 4 } else { at + 2 };
        return (counted && text.is(to, list!["hours", "hour", "hrs", "h", "days", "weeks", "horas", "dias"]))
            .then_some(to);
    }
    None
}

/// "twice daily" beside a medicine.
fn frequency_alone(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, scope: &mut Option<bool>, at: usize) {
    let text = reader.text;
    if let Some(last) = frequency(reader, at).filter(|&last| last < sentence.end) {
        let medicine = *scope.get_or_insert_with(|| of_medicine(reader, sentence));
        if medicine
            || text.is(at, list!["bid", "tid", "qid", "prn", "qhs"]) && text.tokens.get(at).is_some_and(|t| t.upper)
        {
            reader.push(at, last, Class::ClinicalDose, "dose.frequency");
        }
    }
}

/// "a lower dose", "miss a dose", "the new dosage".
fn dose_words(reader: &mut Reader<'_, '_>, at: usize) {
    let text = reader.text;
    if text.is(at, list!["dose", "doses", "dosage", "dosing", "dosis"]) {
        reader.push(at, at, Class::ClinicalDose, "dose.word");
    }
}

/// "Increase your insulin", "stop taking it", "deje de tomar".
fn change(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    if !text.is(at, &CHANGES) || text.is(at, list!["stop"]) && text.is(at + 1, list!["by", "in", "at"]) {
        return;
    }
    // "up" and "cut" move only with a dose right behind them.
    let reach = if text.is(at, list!["up", "cut", "put", "using", "gave", "get"]) { 3 } else { 6 };
    let object = (at + 1..sentence.end.min(at + reach))
        .find(|&i| reader.has(i, Class::ClinicalMedication) || text.is(i, &MEDICINE));
    let taking = text.is(at, list!["stop", "start", "stopped", "started", "continue", "resume", "deje", "siga"])
        && (text.is(at + 1, list!["taking", "tomando", "tomar"])
            || text.is(at + 1, list!["de"]) && text.is(at + 2, list!["tomar", "usar"])
            || text.is(at + 1, list!["using"]) && object.is_some());
    let counted = text.is(at, list!["take", "tome", "taking"])
        && (text.is_number(at + 1) || text.is(at + 1, &COUNTS))
        && text.is(at + 2, &UNITS);
    let it = text.is(at, list!["take", "tome"])
        && text.is(at + 1, list!["it", "them", "this", "these"])
        && (text.is(
            at + 2,
            list!["with", "every", "once", "twice", "daily", "at", "before", "after", "until", "by", "again"],
        ) || text.is(at + 2, list!["as"]) && text.is(at + 3, list!["soon", "needed", "directed", "prescribed"]));
    let blocked = object.is_some_and(|o| {
        (at + 1..o).any(|i| {
            text.is(
                i,
                list![
                    "about",
                    "regarding",
                    "pick",
                    "collect",
                    "ready",
                    "appointment",
                    "for",
                    "refill",
                    "sobre",
                    "recoger"
                ],
            )
        })
    });
    if taking || counted || it {
        reader.push(at, at, Class::ClinicalMedicationChange, "medication.change");
        if counted || it {
            reader.push(at, at, Class::ClinicalAdvice, "advice.take");
        }
    } else if object.is_some() && !blocked && !text.is(at, list!["up", "put"]) {
        reader.push(at, at, Class::ClinicalMedicationChange, "medication.change");
        reader.push(at, object.unwrap_or(at), Class::ClinicalAdvice, "advice.medication");
    }
}

/// "Give 5 mg lisinopril PO now", "order CBC stat", "NPO after midnight": said to staff, so without "you".
fn order(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let to_patient = |i: usize| text.is(i, list!["you", "your", "yours", "su", "sus", "usted", "me", "my"]);
    if text.is(at, list!["npo"]) && text.tokens.get(at).is_some_and(|t| t.upper) {
        reader.push(at, at, Class::ClinicalOrder, "order.npo");
        return;
    }
    if !text.is(at, &ORDER_VERBS) {
        return;
    }
    let end = sentence.end.min(at + 9);
    let window = at + 1..end;
    if window.clone().any(to_patient)
        || at > sentence.start && (to_patient(at - 1) || text.is(at - 1, list!["in", "an", "the", "placed"]))
    {
        return;
    }
    let drug = window.clone().any(|i| reader.has(i, Class::ClinicalMedication));
    let test = window.clone().any(|i| {
        reader.has(i, Class::ClinicalTestName)
            || reader.has(i, Class::ClinicalProcedure)
            || text.is(i, list!["labs", "bloods", "cultures"])
    });
    let route = window.clone().any(|i| text.is(i, &ROUTES));
    let dosed = window.clone().any(|i| text.is_number(i) && text.is(i + 1, &UNITS));
    let lab_verb = text
        .is(at, list!["order", "ordered", "ordering", "draw", "repeat", "obtain", "get", "insert", "place", "ordene"]);
    let drug_verb = !text.is(at, list!["order", "ordered", "get", "place", "repeat", "run"]) || dosed || route;
    if drug && drug_verb
        || dosed && route
        || test && lab_verb
        || text.is(at, list!["transfuse", "bolus"]) && (dosed || window.clone().any(|i| text.is_number(i)))
    {
        let last = window
            .rev()
            .find(|&i| {
                reader.has(i, Class::ClinicalMedication)
                    || reader.has(i, Class::ClinicalTestName)
                    || text.is(i, &UNITS)
                    || text.is(i, &ROUTES)
            })
            .unwrap_or(at);
        reader.push(at, last, Class::ClinicalOrder, "order.verb");
    }
}
