//! Phone and fax numbers: national formats by their grouping, any grouping after a word such as "call".

use super::Search;
use crate::screen::Class;
use crate::screen::text::{Kind, Text};

const BEFORE: [&str; 30] = [
    "call",
    "phone",
    "tel",
    "telephone",
    "fax",
    "text",
    "cell",
    "mobile",
    "number",
    "ring",
    "dial",
    "contact",
    "whatsapp",
    "sms",
    "at",
    "on",
    "reach",
    "extension",
    "llame",
    "llamar",
    "telefono",
    "marque",
    "al",
    "numero",
    "celular",
    "movil",
    "llamenos",
    "to",
    "is",
    "us",
];
const UNITS: [&str; 14] =
    ["mg", "mcg", "ml", "units", "unit", "g", "kg", "iu", "%", "mmol", "minutes", "hours", "days", "am"];

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        match number_at(text, at).filter(|&(_, last)| search.free(at, last)) {
            Some((known, last)) => {
                let digits: String = (at..=last).map(|i| text.norm(i)).collect();
                let local = search.names.has_phone(&digits);
                let rule = if local {
                    "phone.local"
                } else if known {
                    "phone.format"
                } else {
                    "phone.keyword"
                };
                search.take(at, last, Class::IdentifierPhone, rule);
                at = last + 1;
            }
            None => at += 1,
        }
    }
}

/// A phone number that starts at `at`: whether its format is known, and its last token.
fn number_at(text: &Text<'_>, at: usize) -> Option<(bool, usize)> {
    let plus = text.is(at, &["+"]);
    let opens = text.is(at, &["("]);
    let mut next = if plus || opens { at + 1 } else { at };
    if !text.is_number(next) || !plus && !opens && at > 0 && text.glued(at) && !text.is(at - 1, &[":", "(", "#"]) {
        return None;
    }
    let mut lengths: Vec<usize> = Vec::with_capacity(7);
    let mut ends: Vec<usize> = Vec::with_capacity(7);
    let mut first_digit = '0';
    while lengths.len() < 7 && text.is_number(next) {
        if lengths.is_empty() {
            first_digit = text.norm(next).chars().next().unwrap_or('0');
        }
        lengths.push(text.norm(next).len());
        ends.push(next);
        next = match text.kind(next + 1) {
            Some(Kind::Number) if !text.glued(next + 1) => next + 1,
            Some(Kind::Mark)
                if text.is(next + 1, &["-", "."])
                    && text.glued(next + 1)
                    && text.is_number(next + 2)
                    && text.glued(next + 2) =>
            {
                next + 2
            }
            Some(Kind::Mark) if text.is(next + 1, &[")"]) && text.is_number(next + 2) => next + 2,
            Some(Kind::Mark) if text.is(next + 1, &[")"]) && text.is(next + 2, &["-"]) && text.is_number(next + 3) => {
                next + 3
            }
            Some(Kind::Mark) if text.is(next + 1, &["("]) && text.is_number(next + 2) => next + 2,
            _ => break,
        };
    }
    let told = (at.saturating_sub(4)..at).any(|i| text.is(i, &BEFORE));
    (1..=lengths.len()).rev().find_map(|count| {
        let (groups, last) = (lengths.get(..count)?, *ends.get(count - 1)?);
        let total: usize = groups.iter().sum();
        let known = plus && (8..=15).contains(&total) || format_known(groups, first_digit, opens);
        if !(known || told && (7..=15).contains(&total)) || text.is(last + 1, &UNITS) {
            return None;
        }
        Some((known, with_extension(text, last)))
    })
}

fn format_known(groups: &[usize], first: char, opens: bool) -> bool {
    match groups {
        [3, 3, 4] => ('2'..='9').contains(&first) || first == '0' || opens,
        [1, 3, 3, 4] => first == '1',
        [10] => ('2'..='9').contains(&first) || first == '0',
        [11] => first == '1' || first == '0',
        [5, 6] | [4, 3, 4] | [3, 4, 4] | [4, 7] | [5, 3, 3] | [3, 8] => first == '0' || opens,
        [3, 3, 3] | [3, 2, 2, 2] => ('6'..='9').contains(&first),
        [2, 4, 4] => opens || ('1'..='9').contains(&first),
        _ => false,
    }
}

fn with_extension(text: &Text<'_>, last: usize) -> usize {
    let mut at = last + 1;
    if text.is(at, &[","]) {
        at += 1;
    }
    if !text.is(at, &["ext", "x", "extension"]) {
        return last;
    }
    at += 1;
    if text.is(at, &[".", ":"]) {
        at += 1;
    }
    if text.is_number(at) && text.norm(at).len() <= 6 { at } else { last }
}
