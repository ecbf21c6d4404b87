//! Slots: the times, counts, money, places and keys that a logistics text may fill in.

use super::super::identifier::FACILITY;
use super::super::lexicon::LOGISTICS;
use super::super::text::{Kind, Text};

const LENGTHS: [&str; 40] = [
    "minute",
    "minutes",
    "min",
    "mins",
    "hour",
    "hours",
    "hr",
    "hrs",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "business",
    "working",
    "m",
    "mile",
    "miles",
    "block",
    "blocks",
    "km",
    "meters",
    "metres",
    "minuto",
    "minutos",
    "hora",
    "horas",
    "dia",
    "dias",
    "semana",
    "semanas",
    "mes",
    "meses",
    "cuadras",
    "metros",
    "h",
    "times",
    "appointments",
    "questions",
];
const NUMBERED: [&str; 34] = [
    "floor",
    "suite",
    "room",
    "level",
    "building",
    "gate",
    "exit",
    "zone",
    "bay",
    "door",
    "lot",
    "desk",
    "window",
    "unit",
    "wing",
    "block",
    "bus",
    "line",
    "option",
    "piso",
    "sala",
    "puerta",
    "edificio",
    "planta",
    "consultorio",
    "opcion",
    "ventanilla",
    "extension",
    "ext",
    "step",
    "page",
    "route",
    "counter",
    "parking",
];
const FRIENDLY: [&str; 9] = ["😊", "🙂", "👍", "🙏", "😀", "👋", "📅", "📞", "✅"];

/// For each token, whether it is a slot or punctuation.
pub(crate) fn mark(text: &Text<'_>, own: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut slots = vec![false; text.tokens.len()];
    for at in 0..text.tokens.len() {
        match text.kind(at) {
            Some(Kind::Mark) => {
                let plain = text
                    .norm(at)
                    .chars()
                    .all(|c| c.is_ascii_punctuation() || matches!(c, '\n' | '\r' | '…' | '•' | '¿' | '¡' | '“' | '”'));
                fill(&mut slots, at, at, plain || FRIENDLY.contains(&text.raw(at)));
            }
            Some(Kind::Number) => {
                if let Some(last) = number(text, at) {
                    fill(&mut slots, at, last, true);
                }
            }
            Some(Kind::Word | Kind::Mixed) => {
                if own(at) || key(text, at) || numbered_letter(text, at) {
                    fill(&mut slots, at, at, true);
                } else if let Some(last) = place(text, at) {
                    fill(&mut slots, at, last, true);
                }
            }
            _ => {}
        }
    }
    slots
}

fn fill(slots: &mut [bool], first: usize, last: usize, value: bool) {
    if value && let Some(part) = slots.get_mut(first..=last) {
        part.fill(true);
    }
}

/// A number that a logistics text may hold: its last token.
fn number(text: &Text<'_>, at: usize) -> Option<usize> {
    let before = |back: usize| at.checked_sub(back).map_or("", |i| text.norm(i));
    let money = before(1) == "$"
        || before(1) == "€"
        || before(1) == "£"
        || text.is(at + 1, &["$", "€", "£", "dollars", "usd", "euros", "pesos"]);
    if money {
        return Some(decimals(text, at));
    }
    if matches!(text.norm(at), "911" | "999" | "112" | "111" | "988") && !text.glued(at + 1) {
        return Some(at);
    }
    let value = text.value(at)?;
    // "2:30 pm", "14:00", "10 am", "2-3 pm", "a las 5".
    if value <= 24 && text.norm(at).len() <= 2 {
        let mut last = at;
        if text.is(at + 1, &[":", ".", "h"])
            && text.glued(at + 1)
            && text.glued(at + 2)
            && text.norm(at + 2).len() == 2
            && text.value(at + 2).is_some_and(|m| m < 60)
        {
            last = at + 2;
        }
        let clock = half_of_day(text, last + 1);
        if let Some(end) = clock {
            return Some(end);
        }
        let to = if text.is(last + 1, &["-", "to", "and", "y", "a"]) { last + 2 } else { last + 1 };
        if to > last + 1 && text.is_number(to) && range_has_unit(text, to) {
            return Some(last);
        }
        if last > at
            || matches!(before(1), "at" | "las" | "@" | "by" | "until" | "before" | "after" | "around")
                && !glued_on(text, last)
        {
            return Some(last);
        }
        if matches!(before(1), "-" | "to" | "and") && at >= 2 && text.is_number(at - 2) && range_has_unit(text, at) {
            return Some(at);
        }
    }
    let unit = if text.is(at + 1, &["-"]) { at + 2 } else { at + 1 };
    if text.is(unit, &LENGTHS) && value <= 1000 && !(text.is(unit + 1, &["old"]) || text.is(unit + 2, &["old"])) {
        return Some(unit);
    }
    if text.is(at + 1, &["-", "to"]) && text.is_number(at + 2) && text.is(at + 3, &LENGTHS) {
        return Some(at);
    }
    if text.glued(at + 1) && text.is(at + 1, &["st", "nd", "rd", "th"]) {
        return Some(at + 1);
    }
    if NUMBERED.contains(&before(1))
        || NUMBERED.contains(&before(2)) && matches!(before(1), "#" | "." | "no" | ":")
        || text.is(at + 1, &NUMBERED)
    {
        return Some(at);
    }
    // "Reply 1 to confirm or 2 to reschedule".
    let keys = (at.saturating_sub(12)..at)
        .any(|i| text.is(i, &["reply", "press", "text", "responda", "oprima", "marque", "respond", "txt"]));
    (value <= 9 && keys && text.is(at + 1, &["to", "for", "para", "if", "or", ",", "="])).then_some(at)
}

fn glued_on(text: &Text<'_>, last: usize) -> bool {
    text.glued(last + 1) && text.kind(last + 1) != Some(Kind::Mark)
        || text.is(last + 1, &["%", "/", "-", "mg", "units", "out"])
}

fn range_has_unit(text: &Text<'_>, at: usize) -> bool {
    half_of_day(text, at + 1).is_some() || text.is(at + 1, &LENGTHS) || text.is(at + 1, &[":"])
}

/// "pm", "p.m.", "o'clock", "hrs" after a time: the last token.
fn half_of_day(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.is(at, &["am", "pm", "oclock", "hrs", "noon", "h", "horas"]) {
        return Some(at);
    }
    (text.is(at, &["a", "p"]) && text.is(at + 1, &["."]) && text.is(at + 2, &["m"]))
        .then(|| if text.is(at + 3, &["."]) { at + 3 } else { at + 2 })
}

fn decimals(text: &Text<'_>, at: usize) -> usize {
    let mut last = at;
    while text.is(last + 1, &[".", ","])
        && text.glued(last + 1)
        && text.glued(last + 2)
        && text.is_number(last + 2)
        && last < at + 6
    {
        last += 2;
    }
    last
}

/// "Reply C to confirm": a key of one letter.
fn key(text: &Text<'_>, at: usize) -> bool {
    text.norm(at).len() == 1
        && text.capital(at)
        && (at.saturating_sub(8)..at)
            .any(|i| text.is(i, &["reply", "press", "text", "responda", "respond", "txt", "send", "conteste"]))
}

/// "Building B", "Suite 4B".
fn numbered_letter(text: &Text<'_>, at: usize) -> bool {
    let short = text.norm(at).len() <= 4 && (text.norm(at).len() == 1 || text.kind(at) == Some(Kind::Mixed));
    short
        && at > 0
        && (text.is(at - 1, &NUMBERED)
            || text.is_number(at - 1) && text.glued(at) && at > 1 && text.is(at - 2, &NUMBERED))
}

/// "Oak Street Surgery": capitalised words that end in a word for a place.
fn place(text: &Text<'_>, at: usize) -> Option<usize> {
    if !text.capital(at) || LOGISTICS.word(text.norm(at)).is_some() && !text.capital(at + 1) {
        return None;
    }
    let mut end = None;
    for last in at..at + 6 {
        let joins = last > at && text.is(last, &["of", "the", "de", "la", "and", "&", ".", "at", "del", "-"]);
        if !(text.capital(last) || joins) {
            break;
        }
        if last > at && text.is(last, &FACILITY) {
            end = Some(last);
        }
    }
    end
}
