//! Dates but for a bare year, dates of birth, and ages over 89.

use std::sync::LazyLock;

use super::Search;
use crate::screen::Class;
use crate::screen::lexicon::Phrases;
use crate::screen::text::{Kind, Text};

static BIRTH: LazyLock<Phrases<()>> = LazyLock::new(|| {
    Phrases::parse(&[include_str!("../words/identifiers.txt")], |s| (s == "identifier.date_of_birth").then_some(()))
});

const MONTHS: [&str; 47] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "setiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "ene",
    "abr",
    "ago",
    "dic",
    "decem",
    "janu",
    "febr",
    "novem",
    "octo",
    "septem",
];
const PARTS: [&str; 16] = [
    "tablet", "tablets", "tab", "tabs", "pill", "pills", "cup", "cups", "dose", "mg", "hour", "hours", "mile", "way",
    "price", "of",
];

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        if let Some((_, last)) = BIRTH.longest(text, at) {
            let date = (last + 1..=last + 4).find_map(|i| date_at(text, i).map(|end| (i, end)));
            if let Some((first, end)) = date {
                search.take(first, end, Class::IdentifierDateOfBirth, "date.birth");
                at = end + 1;
                continue;
            }
        }
        if let Some(last) = date_at(text, at) {
            search.take(at, last, Class::IdentifierDate, "date.shape");
            at = last + 1;
        } else {
            if let Some((last, age)) = age_at(text, at)
                && age > 89
            {
                search.take(at, last, Class::IdentifierAgeOver89, "age.over_89");
            }
            at += 1;
        }
    }
}

/// The last token of a date that starts at `at`.
fn date_at(text: &Text<'_>, at: usize) -> Option<usize> {
    match text.kind(at)? {
        Kind::Number if at == 0 || !text.glued(at) || !text.is(at - 1, &["/", "-", ".", ":", ","]) => {
            written_out(text, at).or_else(|| numeric(text, at))
        }
        Kind::Word if text.is(at, &MONTHS) => month_first(text, at),
        _ => None,
    }
}

fn year(text: &Text<'_>, at: usize) -> bool {
    text.value(at).is_some_and(|y| (1900..=2099).contains(&y)) && text.norm(at).len() == 4
}

fn day(text: &Text<'_>, at: usize) -> bool {
    text.norm(at).len() <= 2 && text.value(at).is_some_and(|d| (1..=31).contains(&d))
}

/// After a day: its ordinal ending, if any.
fn ordinal(text: &Text<'_>, at: usize) -> usize {
    if text.glued(at + 1) && text.is(at + 1, &["st", "nd", "rd", "th", "º", "o", "er"]) { at + 1 } else { at }
}

fn with_year(text: &Text<'_>, last: usize) -> usize {
    let mut at = last + 1;
    while text.is(at, &[",", "of", "de", "del"]) && at < last + 3 {
        at += 1;
    }
    if year(text, at) { at } else { last }
}

/// "January 16th, 2024", "Jan 10", "April 2023".
fn month_first(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut next = at + 1;
    if text.is(next, &["."]) && text.glued(next) {
        next += 1;
    }
    if year(text, next) {
        return Some(next);
    }
    if text.is(next, &["the"]) {
        next += 1;
    }
    // "you may 2 …": the small word needs its capital or an ordinal.
    let doubtful = text.is(at, &["may", "mar", "march"]) && !text.capital(at);
    if !day(text, next) || doubtful && ordinal(text, next) == next || text.is(next + 1, &[":"]) && text.glued(next + 1)
    {
        return None;
    }
    Some(with_year(text, ordinal(text, next)))
}

/// "24 June 2026", "15th of January", "3 de mayo de 2024".
fn written_out(text: &Text<'_>, at: usize) -> Option<usize> {
    if !day(text, at) {
        return None;
    }
    let mut next = ordinal(text, at) + 1;
    while text.is(next, &["of", "de", "-"]) && next < at + 4 {
        next += 1;
    }
    if !text.is(next, &MONTHS) || text.is(next, &["may"]) && !text.capital(next) {
        return None;
    }
    let last = if text.is(next + 1, &["-"]) && year(text, next + 2) { next + 2 } else { next };
    Some(with_year(text, last))
}

/// "24/06/2026", "2026-06-24", "05/08".
fn numeric(text: &Text<'_>, at: usize) -> Option<usize> {
    let mark = text.norm(at + 1);
    if !matches!(mark, "/" | "-" | ".") || !(at + 1..=at + 2).all(|i| text.glued(i)) || !text.is_number(at + 2) {
        return None;
    }
    let three = text.norm(at + 3) == mark && text.glued(at + 3) && text.glued(at + 4) && text.is_number(at + 4);
    let value = |i: usize| text.value(i).unwrap_or(0);
    let (a, b) = (value(at), value(at + 2));
    if three {
        let shape = |d: u32, m: u32| (1..=31).contains(&d) && (1..=31).contains(&m) && (d <= 12 || m <= 12);
        let last_year = matches!(text.norm(at + 4).len(), 2 | 4)
            && shape(a, b)
            && (text.norm(at + 4).len() == 2 || year(text, at + 4));
        let iso = year(text, at) && shape(b, value(at + 4));
        return (last_year || iso).then_some(at + 4);
    }
    let shape = (1..=31).contains(&a) && (1..=31).contains(&b) && (a <= 12 || b <= 12) && (a, b) != (24, 7);
    let short = text.norm(at).len() <= 2 && text.norm(at + 2).len() <= 2;
    (mark == "/" && shape && short && !text.is(at + 3, &PARTS) && (a, b) != (1, 2)).then_some(at + 2)
}

/// An age that starts at `at`: its last token and its value.
pub(super) fn age_at(text: &Text<'_>, at: usize) -> Option<(usize, u32)> {
    let (number_at, last) = if text.is(at, &["aged", "age", "turned", "turns", "turning", "cumplio", "edad"]) {
        let mut next = at + 1;
        while text.is(next, &[":", "of", "is"]) && next < at + 3 {
            next += 1;
        }
        let value = number(text, next)?;
        return (!text.is(value.0 + 1, &["%", "/", ":", "."]) || !text.glued(value.0 + 1))
            .then_some(value)
            .filter(|v| v.1 <= 120);
    } else {
        let (last, _) = number(text, at)?;
        (at, last)
    };
    let (_, age) = number(text, number_at)?;
    let mut next = last + 1;
    if text.is(next, &["-"]) {
        next += 1;
    }
    let end = match text.norm(next) {
        "yo" | "yof" | "yom" | "y" => {
            let slash = text.is(next, &["y"]);
            if slash && !(text.is(next + 1, &["/"]) && text.is(next + 2, &["o"])) {
                return None;
            }
            if slash { next + 2 } else { next }
        }
        "year" | "years" | "yr" | "yrs" | "month" if !text.is(next, &["month"]) => {
            let mut after = next + 1;
            if text.is(after, &["-"]) {
                after += 1;
            }
            match text.norm(after) {
                "old" => after,
                "of" if text.is(after + 1, &["age"]) => after + 1,
                _ => return None,
            }
        }
        "anos" => {
            let mut after = next;
            if text.is(next + 1, &["de"]) && text.is(next + 2, &["edad"]) {
                after = next + 2;
            }
            after
        }
        _ => return None,
    };
    (age <= 120).then_some((end, age))
}

/// A number in digits or, from ninety, in words: its last token and value.
fn number(text: &Text<'_>, at: usize) -> Option<(usize, u32)> {
    if let Some(value) = text.value(at) {
        return (text.norm(at).len() <= 3).then_some((at, value));
    }
    if !text.is(at, &["ninety", "noventa"]) {
        return None;
    }
    const ONES: [&str; 10] = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let next = if text.is(at + 1, &["-"]) { at + 2 } else { at + 1 };
    let ones = ONES.iter().position(|w| !w.is_empty() && *w == text.norm(next)).and_then(|n| u32::try_from(n).ok());
    Some(ones.map_or((at, 90), |n| (next, 90 + n)))
}
