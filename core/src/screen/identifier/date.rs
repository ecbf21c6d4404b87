//! Dates but for a bare year, and dates of birth (45 CFR 164.514(b)(2)(i)(C)).

use super::Search;
use super::word::{BIRTH, BOOKED, CALLE, CARE, MONTH, WEEKDAY};
use crate::screen::lexicon::KEYWORDS;
use crate::screen::text::{Kind, List, Text};
use crate::screen::{Class, Standing};

const PARTS: List = List::of(&[
    "tablet", "tablets", "tab", "tabs", "pill", "pills", "cup", "cups", "dose", "mg", "hour", "hours", "mile", "way",
    "price", "of", "pain", "ward",
]);

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        if search.has(at, BIRTH)
            && let Some((_, last)) =
                KEYWORDS.starting(text, at).find(|(term, _)| term.value == Class::IdentifierDateOfBirth)
        {
            // "dob 110758": six or eight digits in one piece.
            let run = (last + 1..=last + 4).find(|&i| text.is_number(i)).filter(|&i| {
                let digits = text.norm(i);
                let two = |from: usize| digits.get(from..from + 2).and_then(|d| d.parse::<u32>().ok()).unwrap_or(0);
                matches!(digits.len(), 6 | 8)
                    && (1..=31).contains(&two(0))
                    && (1..=31).contains(&two(2))
                    && !text.glued(i + 1)
                    || digits.len() == 8 && matches!(two(0), 19 | 20)
            });
            if let Some(only) = run {
                search.take(only, only, Class::IdentifierDateOfBirth, "date.birth");
                at = only + 1;
                continue;
            }
            // "12 04 55" on a band.
            let spaced = (last + 1..=last + 5).find(|&i| {
                day(text, i)
                    && day(text, i + 1)
                    && text.is_number(i + 2)
                    && matches!(text.norm(i + 2).len(), 2 | 4)
                    && !text.glued(i + 1)
            });
            if let Some(first) = spaced {
                search.take(first, first + 2, Class::IdentifierDateOfBirth, "date.birth");
                at = first + 3;
                continue;
            }
            // "born april 55".
            let month = (last + 1..=last + 3).find(|&i| {
                search.has(i, MONTH)
                    && text.is_number(i + 1)
                    && text.norm(i + 1).len() == 2
                    && text.value(i + 1).is_some_and(|y| y > 31)
            });
            if let Some(first) = month
                .filter(|&first| !text.is_number(first - 1) && !text.is(first - 1, list!["of", "th", "rd", "nd", "st"]))
            {
                search.take(first, first + 1, Class::IdentifierDateOfBirth, "date.birth");
                at = first + 2;
                continue;
            }
            let date = (last + 1..=last + 6).find_map(|i| date_at(search, i).map(|end| (i, birth_end(text, end))));
            if let Some((first, end)) = date {
                search.take(first, end, Class::IdentifierDateOfBirth, "date.birth");
                at = end + 1;
                continue;
            }
        }
        // "calle 16 de Septiembre 2304" is a street.
        let street = search.before(at).is_some_and(|i| search.has(i, CALLE) && text.norm(i).len() > 2);
        if let Some(last) = date_at(search, at).filter(|_| !street) {
            let first = if at > 0 && search.has(at - 1, WEEKDAY) { at - 1 } else { at };
            let standing = if scheduled(search, at, last) { Standing::Slot } else { Standing::Stated };
            search.take_as(first, last, Class::IdentifierDate, "date.shape", standing);
            at = last + 1;
            continue;
        }
        // "discharged last Tuesday, the 4th": a day by its name beside what happened.
        if text.is(at, list!["last"])
            && search.has(at + 1, WEEKDAY)
            && search.near_before(at, 7, CARE)
            && !search.near_before(at, 8, BOOKED)
        {
            let nth = text.is(at + 2, list![","]) && text.is(at + 3, list!["the"]) && day(text, at + 4);
            let last = if nth { ordinal(text, at + 4) } else { at + 1 };
            search.take(at, last, Class::IdentifierDate, "date.weekday");
        }
        if let Some(last) = day_alone(search, at) {
            search.take(at - 1, last, Class::IdentifierDate, "date.day");
        }
        at += 1;
    }
}

/// A date that an appointment, an opening or a deadline is on is the clinic's, and no fact about a person's past.
fn scheduled(search: &Search<'_, '_>, first: usize, last: usize) -> bool {
    let text = search.text;
    let full = year(text, last) && last > first;
    search.near_before(first, 8, BOOKED) && !search.near_before(first, 8, CARE)
        || !full && search.near_after(last, 6, BOOKED)
}

/// "admitted on the 3rd", "went home on the 14th": the day alone beside what happened.
fn day_alone(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    const HAPPENED: List = List::of(&[
        "admitted",
        "discharged",
        "home",
        "went",
        "left",
        "came",
        "fell",
        "died",
        "passed",
        "operated",
        "seen",
        "signature",
        "signed",
        "dislocated",
        "born",
        "moved",
        "started",
        "stopped",
        "since",
        "saw",
        "had",
        "delivered",
    ]);
    let told = at >= 2 && text.is(at - 1, list!["the"]) && text.is(at - 2, list!["on", "since", "from"]);
    if !told || !day(text, at) {
        return None;
    }
    let last = ordinal(text, at);
    let happened = (at.saturating_sub(7)..at).any(|i| text.is(i, &HAPPENED));
    (last > at && happened && !search.near_before(at, 8, BOOKED)).then_some(last)
}

/// The last token of a date that starts at `at`.
pub(super) fn date_at(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    match text.kind(at)? {
        Kind::Number if at == 0 || !text.glued(at) || !text.is(at - 1, list!["/", "-", ".", ":", ",", "$", "#"]) => {
            written_out(search, at).or_else(|| numeric(search, at))
        }
        Kind::Word if search.has(at, MONTH) => month_first(text, at),
        Kind::Word
            if text.is(
                at,
                list!["christmas", "boxing", "valentines", "halloween", "easter", "hogmanay", "navidad", "reyes"],
            ) =>
        {
            let next = if text.is(at + 1, list!["day", "eve", "night", "sunday"]) { at + 2 } else { at + 1 };
            let end = if text.is(next, list!["'", "of", "de"]) { next + 1 } else { next };
            let short = text.is_number(end) && text.norm(end).len() == 2 && end > next && text.glued(end);
            (year(text, end) || short).then_some(end)
        }
        _ => None,
    }
}

fn year(text: &Text<'_>, at: usize) -> bool {
    text.norm(at).len() == 4 && text.value(at).is_some_and(|y| (1900..=2099).contains(&y))
}

fn day(text: &Text<'_>, at: usize) -> bool {
    text.norm(at).len() <= 2 && text.value(at).is_some_and(|d| (1..=31).contains(&d))
}

/// After a day: its ordinal ending, if any.
fn ordinal(text: &Text<'_>, at: usize) -> usize {
    if text.glued(at + 1) && text.is(at + 1, list!["st", "nd", "rd", "th", "º", "o", "er"]) { at + 1 } else { at }
}

fn with_year(text: &Text<'_>, last: usize) -> usize {
    let mut at = last + 1;
    while text.is(at, list![",", "of", "de", "del", "'"]) && at < last + 3 {
        at += 1;
    }
    // "3rd of may 61", "Jan '80": two digits that are no day and no hour.
    let short = text.norm(at).len() == 2
        && text
            .value(at)
            .is_some_and(|y| y > 31 && !matches!(y, 45 | 35 | 40 | 50 | 55 | 60) || text.is(at - 1, list!["'"]))
        && !(text.glued(at + 1) && text.is(at + 1, list!["%", ":", "/", "-"]));
    if (year(text, at) || short)
        && !text.is(at + 1, list!["am", "pm", "hours", "hrs", "minutes", "mins", "people", "slots"])
    {
        at
    } else {
        last
    }
}

/// A date of birth may have any year of two digits: "3 may 21", "0703 1949".
fn birth_end(text: &Text<'_>, last: usize) -> usize {
    let at = last + 1;
    let short = text.is_number(at) && text.norm(at).len() == 2 && !text.glued(at);
    let ends = text.kind(at + 1).is_none() || !text.glued(at + 1) || text.is(at + 1, list![".", ",", ")", "?"]);
    if short && ends && text.norm(last).len() != 4 && !text.is(at + 1, list!["am", "pm", "minutes", "mins"]) {
        at
    } else {
        last
    }
}

/// "January 16th, 2024", "Jan 10", "April 2023".
fn month_first(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut next = at + 1;
    if text.is(next, list!["."]) && text.glued(next) || text.is(next, list!["de", "of", "del"]) && year(text, next + 1)
    {
        next += 1;
    }
    if year(text, next) {
        return Some(next);
    }
    if text.is(next, list!["the"]) {
        next += 1;
    }
    // "you may 2 …": the small word needs its capital or an ordinal.
    let doubtful = text.is(at, list!["may", "mar", "march"]) && !text.capital(at);
    if !day(text, next)
        || doubtful && ordinal(text, next) == next
        || text.is(next + 1, list![":"]) && text.glued(next + 1)
    {
        return None;
    }
    Some(with_year(text, ordinal(text, next)))
}

/// "24 June 2026", "the 15th of January 2022", "3 de mayo de 2024", "12/abr/1965".
fn written_out(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if !day(text, at) {
        return None;
    }
    // "3rd of the 3rd 61".
    let from = ordinal(text, at) + 1;
    if ordinal(text, at) > at && text.is(from, list!["of"]) {
        let month = if text.is(from + 1, list!["the"]) { from + 2 } else { from + 1 };
        let end = ordinal(text, month);
        if end > month && text.value(month).is_some_and(|m| (1..=12).contains(&m)) {
            return Some(with_year(text, end));
        }
    }
    let mut next = ordinal(text, at) + 1;
    while text.is(next, list!["of", "de", "-", "/"]) && next < at + 4 {
        next += 1;
    }
    // "the 3rd of may", "3rd may": the small word is a month there.
    let told = ordinal(text, at) > at || next > at + 1 && text.is(next - 1, list!["of", "de", "-", "/"]);
    if !search.has(next, MONTH)
        || !told
            && text.is(next, list!["may", "mar", "ago", "march", "ene"])
            && !text.capital(next)
            && !text.glued(next)
            && !year(text, next + 1)
    {
        return None;
    }
    let last = if text.is(next + 1, list!["-", "/"]) && year(text, next + 2) { next + 2 } else { next };
    Some(with_year(text, last))
}

/// "24/06/2026", "2026-06-24", "3.2.61", "05/08".
fn numeric(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let mark = text.norm(at + 1);
    if !matches!(mark, "/" | "-" | ".") || !(at + 1..=at + 2).all(|i| text.glued(i)) || !text.is_number(at + 2) {
        return None;
    }
    let three = text.norm(at + 3) == mark && text.glued(at + 3) && text.glued(at + 4) && text.is_number(at + 4);
    let value = |i: usize| text.value(i).unwrap_or(0);
    let (a, b) = (value(at), value(at + 2));
    if three {
        // A sort code or a version goes on, or has zeros.
        if text.is(at + 5, list!["-", "/", "."]) && text.glued(at + 5) && text.glued(at + 6) && text.is_number(at + 6) {
            return None;
        }
        let shape = |d: u32, m: u32| (1..=31).contains(&d) && (1..=31).contains(&m) && (d <= 12 || m <= 12);
        let short = text.norm(at).len() <= 2 && text.norm(at + 2).len() <= 2;
        let ends = text.norm(at + 4).len();
        let last_year = short
            && shape(a, b)
            && (ends == 2 && (mark == "/" || !code_word(search, at)) || ends == 4 && year(text, at + 4));
        let iso = year(text, at) && shape(b, value(at + 4));
        return (last_year || iso).then_some(at + 4);
    }
    // "03/2024".
    if mark == "/" && (1..=12).contains(&a) && year(text, at + 2) && text.norm(at).len() <= 2 {
        return Some(at + 2);
    }
    let shape = (1..=31).contains(&a) && (1..=31).contains(&b) && (a <= 12 || b <= 12) && (a, b) != (24, 7);
    let short = text.norm(at).len() <= 2 && text.norm(at + 2).len() <= 2;
    // "flat 2/1 Rimu Bend" is a door, "3/52" a span of weeks.
    let door = text.capital(at + 3) && !text.glued(at + 3);
    let before = at > 0
        && text.is(at - 1, list!["flat", "apt", "unit", "was", "score", "pain", "bp", "gcs", "page", "vision", "only"]);
    (mark == "/"
        && shape
        && short
        && !door
        && !before
        && !text.is(at + 3, &PARTS)
        && !matches!((a, b), (1, 2) | (1, 1) | (1, 3) | (1, 4) | (3, 4) | (2, 3)))
    .then_some(at + 2)
}

fn code_word(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    at > 0
        && (text.is(at - 1, list!["code", "version", "v", "rev", "app", "to", "-"])
            || at > 1 && text.is(at - 2, list!["code", "version"]))
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn dates_are_found_in_every_usual_form() {
        for (text, date) in [
            ("she was seen on the 15th of January 2022 again", "15th of January 2022"),
            ("he was admitted April 2023 with it", "April 2023"),
            ("fell on Feb 14 2023 at home", "Feb 14 2023"),
            ("he died on 2026-06-24", "2026-06-24"),
            ("fell 3/11/26, home since", "3/11/26"),
            ("ingresó el 3 de marzo de 2024", "3 de marzo de 2024"),
            ("operada 12/abr/1965 aqui", "12/abr/1965"),
            ("came out on sunday 1st nov", "sunday 1st nov"),
            ("was admitted on the 3rd", "the 3rd"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierDate).as_deref(), Some(date), "{text}");
        }
        for (text, date) in [
            ("dob 6/6/48, new", "6/6/48"),
            ("Born 8th of August 1988? ok", "8th of August 1988"),
            ("date of birth on the form says 07-14-2062", "07-14-2062"),
            ("nacida el 4 de enero de 1960", "4 de enero de 1960"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierDateOfBirth).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn halves_scores_and_hours_are_no_dates() {
        for text in ["take 1/2 tablet", "24/7 line", "open 9-5", "you may 2 at a time", "sats 3/4", "version 1.2.19"] {
            assert!(!has(text, Class::IdentifierDate), "{text}");
        }
    }
}
