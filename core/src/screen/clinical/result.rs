//! Results: "your test is positive", "the scan shows …", "potassium 5.9"; "normal" is a result too.

use std::ops::Range;

use super::Reader;
use super::result_words::{
    ANALYTES, BEING, EVERYDAY, FINDINGS, LAB_UNITS, NUMBER_WORDS, SHOWING, SUBJECTS, VAGUE, VERDICTS,
};
use crate::screen::Class;
use crate::screen::text::{Kind, List};

/// Where a result's grammar may start.
pub(super) const STARTS: &[&List] = &[
    &VERDICTS,
    &SHOWING,
    &NUMBER_WORDS,
    list!["came", "come", "comes", "require", "requires", "need", "needs", "warrant", "warrants"],
];

pub(super) fn read(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    if reader.text.is_word(at) {
        verdict(reader, sentence, at);
        came_back(reader, sentence, at);
        needs_more(reader, sentence, at);
        shows(reader, sentence, at);
        if at > sentence.start {
            tested(reader, sentence, at - 1);
        }
    } else if reader.text.is_number(at) {
        value(reader, sentence, at);
    }
}

/// Tests that have no number: "X-ray at 2" is a time.
const IMAGED: List = List::of(&[
    "x",
    "ray",
    "rays",
    "xray",
    "ct",
    "mri",
    "scan",
    "ultrasound",
    "mammogram",
    "ecg",
    "ekg",
    "echo",
    "test",
    "check",
    "culture",
]);

fn subject(reader: &Reader<'_, '_>, at: usize) -> bool {
    (reader.text.is(at, &SUBJECTS) && reader.text.is_word(at))
        || reader.has(at, Class::ClinicalTestName)
        || reader.has(at, Class::ClinicalProcedure)
}

/// "Your results are normal", "negative biopsy", "everything looks good" after a result's word.
fn verdict(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    const BACK: usize = 9;
    let text = reader.text;
    if !text.is(at, &VERDICTS) {
        return;
    }
    let window = at.saturating_sub(BACK).max(sentence.start)..at;
    let definite = |i: usize| subject(reader, i) && !text.is(i, &VAGUE);
    let linked = (at.saturating_sub(3).max(sentence.start)..at).any(|i| text.is(i, &BEING));
    let everyday = text.is(at, &EVERYDAY);
    let spoken_of = window.clone().any(definite)
        || linked && window.clone().any(|i| text.is(i, &VAGUE)) && result_nearby(reader, sentence);
    let before = !everyday && (at + 1..sentence.end.min(at + 3)).any(definite) && !(text.is(at, list!["high", "low"]));
    let news = text.is(at, list!["good", "great", "bad"])
        && text.is(at + 1, list!["news"])
        && (result_nearby(reader, sentence) || at > 0 && text.is(at - 1, list!["have"]));
    let ahead = text.is(at, list!["positive", "negative"]) && text.is(at + 1, list!["for"]);
    if spoken_of && (linked || !everyday) || before || news || ahead {
        let last = if news { at + 1 } else { at };
        reader.push(at, last, Class::ClinicalResult, "result.polarity");
    }
}

/// Whether this sentence or the one before speaks of a result.
fn result_nearby(reader: &Reader<'_, '_>, sentence: &Range<usize>) -> bool {
    let from = sentence.start.saturating_sub(14);
    (from..sentence.end.min(sentence.start + 40)).any(|i| subject(reader, i) && !reader.text.is(i, &VAGUE))
}

/// "Your labs came back", which is said of a result, not of its paper.
fn came_back(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    if !(text.is(at, list!["came", "come", "comes"]) && text.is(at + 1, list!["back"])) {
        return;
    }
    // "The test came back, please phone" says nothing of it.
    let more = at + 2 < sentence.end
        && text.is_word(at + 2)
        && !text.is(
            at + 2,
            list!["so", "please", "and", "from", "to", "in", "today", "now", "yesterday", "pls", "this", "but"],
        );
    let window = at.saturating_sub(7).max(sentence.start)..at;
    let yours = at > sentence.start + 1 && text.is(at - 2, list!["your", "his", "her", "su", "sus"]);
    if (more || yours) && window.into_iter().any(|i| subject(reader, i) && !text.is(i, &VAGUE)) {
        reader.push(at, at + 1, Class::ClinicalResult, "result.came_back");
    }
}

/// "Your results need further tests" says that they were not normal.
fn needs_more(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    if !text.is(at, list!["require", "requires", "need", "needs", "warrant", "warrants"]) {
        return;
    }
    let said_of = (at.saturating_sub(3).max(sentence.start)..at)
        .any(|i| text.is(i, list!["results", "result", "test", "tests", "labs", "scan", "mammogram", "resultados"]));
    let more = (at + 1..sentence.end.min(at + 4)).find(|&i| {
        text.is(
            i,
            list![
                "follow",
                "followup",
                "further",
                "more",
                "additional",
                "another",
                "repeat",
                "repeating",
                "attention",
                "treatment",
                "investigation",
            ],
        )
    });
    if let Some(more) = more.filter(|_| said_of) {
        reader.push(at, more, Class::ClinicalResult, "result.needs_more");
    }
}

/// "tested positive", "HIV positive", "dio positivo".
fn tested(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let polar = |i: usize| text.is(i, list!["positive", "negative", "positivo", "positiva", "negativo", "negativa"]);
    if at + 1 < sentence.end
        && polar(at + 1)
        && (text.is(at, list!["tested", "tests", "dio", "salio", "is", "are"]) && reader_topic(reader, sentence)
            || reader.has(at, Class::ClinicalDiagnosis)
            || sensitive(reader, at))
    {
        reader.push(at + 1, at + 1, Class::ClinicalResult, "result.polarity");
    }
    if text.is(at, list!["tested", "dio", "salio"]) && polar(at + 1) {
        reader.push(at, at + 1, Class::ClinicalResult, "result.tested");
    }
}

fn sensitive(reader: &Reader<'_, '_>, at: usize) -> bool {
    reader.classes.get(at).is_some_and(|c| c.sensitive_topic())
}

fn reader_topic(reader: &Reader<'_, '_>, sentence: &Range<usize>) -> bool {
    (sentence.start..sentence.end.min(sentence.start + 30))
        .any(|i| sensitive(reader, i) || reader.has(i, Class::ClinicalDiagnosis))
}

/// "The CT scan shows a new mass": what is shown, without its article, to the end of the phrase.
fn shows(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    const ENDS: List = List::of(&[
        "in", "on", "of", "at", "and", "or", "but", "so", "that", "which", "with", "for", "to", "we", "you", "i",
        "please", "from", "near", "by", "en", "de", "del", "y", "o", "que", "pero", "con", "para", "no", "is", "are",
    ]);
    let text = reader.text;
    if !text.is(at, &SHOWING) {
        return;
    }
    let window = at.saturating_sub(6).max(sentence.start)..at;
    let spoken_of = window.clone().any(|i| subject(reader, i) && !text.is(i, &VAGUE))
        || at > 0 && text.is(at - 1, list!["this", "that", "it"]);
    let mut first = at + 1;
    while text.is(
        first,
        list![
            "a", "an", "the", "some", "any", "you", "have", "your", "that", "signs", "sign", "evidence", "of", "un",
            "una", "el", "la", "no", "us",
        ],
    ) && first < at + 6
    {
        first += 1;
    }
    let mut last = first;
    while last + 1 < sentence.end
        && last < first + 4
        && (text.is_word(last + 1) || text.is_number(last + 1))
        && !text.is(last + 1, &ENDS)
    {
        last += 1;
    }
    if first >= sentence.end || !(text.is_word(first) || text.is_number(first)) {
        return;
    }
    let what = first..=last;
    let finding = what.clone().find(|&i| text.is(i, &FINDINGS) || reader.has(i, Class::ClinicalDiagnosis));
    let telling = finding.is_some()
        || what.clone().any(|i| {
            reader.has(i, Class::ClinicalSymptom) || reader.has(i, Class::ClinicalTestName) || text.is(i, &VERDICTS)
        });
    let strong_subject = spoken_of && !text.is(at, list!["confirm", "confirms", "found"]);
    if !(spoken_of && telling
        || strong_subject
            && !window.into_iter().any(|i| text.is(i, list!["appointment", "records", "id"]))
            && text.is(at, list!["shows", "showed", "show", "reveals", "revealed", "muestra", "muestran", "mostro"]))
    {
        return;
    }
    reader.push(first, last, Class::ClinicalResult, "result.shows");
    if finding.is_some() {
        reader.push(first, last, Class::ClinicalDiagnosis, "diagnosis.shown");
    }
}

/// "A1c 9.2", "BP was 150/90", "88% sats", "hemoglobin of nine", "5.9 mmol/L".
fn value(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    let mut last = at;
    while text.is(last + 1, list![".", ",", "/"])
        && text.glued(last + 1)
        && text.glued(last + 2)
        && text.is_number(last + 2)
        && last < at + 4
    {
        last += 2;
    }
    if at > 0 && text.glued(at) && text.is(at - 1, list![".", ",", "/", ":"]) {
        return;
    }
    let with_unit = text.is(last + 1, &LAB_UNITS) && !text.is(last + 1, list!["%", "percent", "u"])
        || text.is(last + 1, list!["mg", "g", "mcg", "ug"])
            && text.is(last + 2, list!["/"])
            && text.is(last + 3, list!["dl", "l", "ml"])
        || text.is(last + 1, list!["x"]) && text.is(last + 2, list!["10"]);
    let from = at.saturating_sub(5).max(sentence.start);
    let analyte = (from..at).rev().find(|&i| {
        let named = text.is(i, &ANALYTES)
            && !text.is(i, list!["k", "na", "cr"])
            && !(text.is(i, list!["sat"]) && text.capital(i))
            || reader.has(i, Class::ClinicalTestName) && !text.is(i, &IMAGED);
        let short = text.is(i, list!["k", "na", "cr"]) && text.tokens.get(i).is_some_and(|t| t.capital);
        let bridged = (i + 1..at).all(|j| {
            text.is(
                j,
                list![
                    "is",
                    "was",
                    "of",
                    "at",
                    "level",
                    "levels",
                    "test",
                    "result",
                    "a",
                    ":",
                    "=",
                    "came",
                    "back",
                    "to",
                    "around",
                    "about",
                    "still",
                    "now",
                    "today",
                    "es",
                    "de",
                    "en",
                    "fue",
                    ">",
                    "<",
                    "count",
                    "reading",
                    "sugar",
                    "pressure",
                    "up",
                    "your",
                    "-",
                    "rate",
                    "saturation",
                ],
            ) || reader.has(j, Class::ClinicalTestName)
        });
        (named || short) && bridged
    });
    let is_clock = text
        .is(last + 1, list![":", "am", "pm", "a", "p", "minutes", "days", "weeks", "hours", "th", "st", "nd", "rd"])
        || text.norm(at).len() > 4;
    if with_unit || analyte.is_some() && !is_clock {
        let end = if text.is(last + 1, &LAB_UNITS) || text.is(last + 1, list!["mg", "g"]) { last + 1 } else { last };
        let end = if end > last && text.is(end + 1, list!["/"]) && text.is_word(end + 2) { end + 2 } else { end };
        reader.push(at, end, Class::ClinicalResult, "result.value");
    }
}

/// "a hemoglobin of nine": a value in words.
pub(super) fn spoken_value(reader: &mut Reader<'_, '_>, sentence: &Range<usize>, at: usize) {
    let text = reader.text;
    if !text.is(at, &NUMBER_WORDS) || at < sentence.start + 2 || text.kind(at) != Some(Kind::Word) {
        return;
    }
    if text.is(at - 1, list!["of", "is", "was", "at", "de"]) && reader.has(at - 2, Class::ClinicalTestName) {
        reader.push(at, at, Class::ClinicalResult, "result.value");
    }
}
