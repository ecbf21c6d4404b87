//! Numbers and codes: what a keyword names, what a checksum proves, and addresses of the net.

use std::sync::LazyLock;

use super::Search;
use crate::screen::Class;
use crate::screen::lexicon::Phrases;
use crate::screen::text::{Kind, Text};

static KEYWORDS: LazyLock<Phrases<Class>> =
    LazyLock::new(|| Phrases::parse(&[include_str!("../words/identifiers.txt")], Class::from_name));

/// How many tokens may stand between a keyword and its code.
const REACH: usize = 4;

/// Codes after a keyword, emails, links and IP addresses.
pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        match text.kind(at) {
            Some(Kind::Email) => search.take(at, at, Class::IdentifierEmail, "email.shape"),
            Some(Kind::Url) => search.take(at, at, Class::IdentifierUrl, "url.shape"),
            // "version 1.2.3.4" is no address.
            Some(Kind::Ip) if at == 0 || !text.is(at - 1, &["version", "v", "ver", "release", "firmware", "build"]) => {
                search.take(at, at, Class::IdentifierIp, "ip.shape");
            }
            Some(Kind::Word) => keyword(search, at),
            _ => {}
        }
    }
}

fn keyword(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let Some((term, last)) = KEYWORDS.longest(text, at) else { return };
    let class = term.value;
    if class == Class::IdentifierDateOfBirth || term.weak && !text.is(last + 1, &["#", ":"]) {
        return;
    }
    let mut from = last + 1;
    while from <= last + REACH {
        match text.kind(from) {
            Some(Kind::Mark) if text.is(from, &[":", "#", "(", "-", ".", "=", "/"]) => from += 1,
            Some(Kind::Word)
                if text.is(
                    from,
                    &[
                        "is", "number", "no", "num", "id", "es", "model", "card", "plate", "sn", "n", "s", "serial",
                        "numero",
                    ],
                ) =>
            {
                from += 1
            }
            Some(Kind::Word | Kind::Mixed | Kind::Number) => {
                if let Some(end) = code(text, from).filter(|&end| fits(class, text, from, end)) {
                    search.take(from, end, class, rule(class));
                }
                return;
            }
            _ => return,
        }
    }
}

const fn rule(class: Class) -> &'static str {
    match class {
        Class::IdentifierMrn => "mrn.keyword",
        Class::IdentifierAccount => "account.keyword",
        Class::IdentifierSsn => "ssn.keyword",
        Class::IdentifierNhsNumber => "nhs.keyword",
        Class::IdentifierNationalId => "national_id.keyword",
        Class::IdentifierDevice => "device.keyword",
        _ => "plate.keyword",
    }
}

/// The last token of a code: glued pieces, or groups of digits with single spaces.
fn code(text: &Text<'_>, from: usize) -> Option<usize> {
    let mut end = from;
    while end < from + 10 {
        let next = end + 1;
        match text.kind(next) {
            Some(Kind::Word | Kind::Mixed | Kind::Number) if text.glued(next) => end = next,
            Some(Kind::Mark) if text.glued(next) && text.glued(next + 1) && text.is(next, &["-", "/", "."]) => {
                match text.kind(next + 1) {
                    Some(Kind::Word | Kind::Mixed | Kind::Number) => end = next + 1,
                    _ => break,
                }
            }
            Some(Kind::Number)
                if text.is_number(end) || end == from && text.tokens.get(from).is_some_and(|t| t.upper) =>
            {
                end = next
            }
            _ => break,
        }
    }
    Some(end)
}

/// The letters and digits of tokens `first..=last`.
fn joined(text: &Text<'_>, first: usize, last: usize) -> String {
    (first..=last).filter(|&i| text.kind(i) != Some(Kind::Mark)).map(|i| text.norm(i)).collect()
}

fn fits(class: Class, text: &Text<'_>, first: usize, last: usize) -> bool {
    let code = joined(text, first, last);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    match class {
        Class::IdentifierSsn => digits == 9 || digits == 4 && code.len() == 4,
        Class::IdentifierNhsNumber => digits == 10 && nhs_valid(&code),
        Class::IdentifierPlate => {
            code.len() == 17 && vin_valid(&code) || (5..=8).contains(&code.len()) && digits >= 1 && digits < code.len()
        }
        Class::IdentifierDevice => digits >= 5,
        Class::IdentifierNationalId => digits >= 5,
        Class::IdentifierAccount => digits >= 5,
        _ => digits >= 3 && code.len() >= 4,
    }
}

/// Codes that prove themselves without a keyword.
pub(super) fn bare(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if !search.free(at, at) || text.glued(at) && at > 0 && text.kind(at - 1) != Some(Kind::Mark) {
            continue;
        }
        match text.kind(at) {
            Some(Kind::Number) => number(search, at),
            Some(Kind::Mixed | Kind::Word) => mixed(search, at),
            Some(Kind::Mark)
                if text.is(at, &["("])
                    && text.norm(at + 1) == "01"
                    && text.is(at + 2, &[")"])
                    && text.norm(at + 3).len() >= 14
                    && text.is_number(at + 3) =>
            {
                let end = code(text, at + 3).unwrap_or(at + 3);
                search.take(at, end, Class::IdentifierDevice, "device.udi");
            }
            _ => {}
        }
    }
}

fn number(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let lengths: [usize; 3] =
        std::array::from_fn(|k| if text.is_number(at + 2 * k) { text.norm(at + 2 * k).len() } else { 0 });
    let dashed = text.is(at + 1, &["-"]) && text.is(at + 3, &["-"]) && (at + 1..=at + 4).all(|i| text.glued(i));
    if lengths == [3, 2, 4] && dashed && ssn_valid(&joined(text, at, at + 4)) {
        search.take(at, at + 4, Class::IdentifierSsn, "ssn.shape");
        return;
    }
    let spaced: [usize; 3] = std::array::from_fn(|k| if text.is_number(at + k) { text.norm(at + k).len() } else { 0 });
    if spaced == [3, 3, 4] && nhs_issued(&joined(text, at, at + 2)) && !plausible_phone(&joined(text, at, at + 2)) {
        search.take(at, at + 2, Class::IdentifierNhsNumber, "nhs.checksum");
        return;
    }
    let mut end = at;
    while end < at + 8
        && (text.is_number(end + 1)
            || text.is(end + 1, &["-"]) && text.glued(end + 1) && text.is_number(end + 2) && text.glued(end + 2))
    {
        end += if text.is_number(end + 1) { 1 } else { 2 };
    }
    let digits = joined(text, at, end);
    if (13..=19).contains(&digits.len()) && luhn_valid(&digits) {
        search.take(at, end, Class::IdentifierAccount, "account.luhn");
    } else if digits.len() == 8 && end == at && text.glued(at + 1) && dni_valid(&digits, text.norm(at + 1)) {
        search.take(at, at + 1, Class::IdentifierNationalId, "national_id.dni");
    } else if text.norm(at).len() == 10 && nhs_issued(text.norm(at)) && !plausible_phone(text.norm(at)) {
        search.take(at, at, Class::IdentifierNhsNumber, "nhs.checksum");
    }
}

fn mixed(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let end = code(text, at).unwrap_or(at).min(at + 8);
    let one = text.norm(at);
    if one.len() == 17 && vin_valid(one) {
        search.take(at, at, Class::IdentifierPlate, "plate.vin");
    } else if nino_shape(text, at) {
        let last = (at..=at + 4).take_while(|&i| i == at || text.is_number(i) || text.is_word(i)).last().unwrap_or(at);
        let last = last.min(at + nino_tokens(text, at) - 1);
        search.take(at, last, Class::IdentifierNationalId, "national_id.nino");
    } else if end == at && nie_valid(one) {
        search.take(at, at, Class::IdentifierNationalId, "national_id.nie");
    } else if search.names.may_begin_identifier(one) && search.names.has_identifier(&joined(text, at, end)) {
        search.take(at, end, Class::IdentifierMrn, "mrn.local");
    }
}

/// How many tokens make up "QQ 12 34 56 C" from `at`, spaced or not; 0 if they do not.
fn nino_tokens(text: &Text<'_>, at: usize) -> usize {
    // Two letters and a digit, or nothing that follows can make one: most words end here, before anything is copied.
    if text.norm(at).as_bytes().get(2).is_some_and(|third| !third.is_ascii_digit()) {
        return 0;
    }
    let mut whole = String::new();
    for (count, i) in (at..at + 5).enumerate() {
        if text.kind(i).is_none_or(|k| matches!(k, Kind::Mark | Kind::Email | Kind::Url | Kind::Ip)) {
            return 0;
        }
        whole.push_str(text.norm(i));
        if whole.len() == 9 {
            let b = whole.as_bytes();
            let shape = b.iter().take(2).all(|c| c.is_ascii_lowercase() && !b"dfiquv".contains(c))
                && b.iter().skip(2).take(6).all(u8::is_ascii_digit)
                && b.last().is_some_and(|c| (b'a'..=b'd').contains(c));
            return if shape { count + 1 } else { 0 };
        }
        if whole.len() > 9 {
            return 0;
        }
    }
    0
}

fn nino_shape(text: &Text<'_>, at: usize) -> bool {
    nino_tokens(text, at) > 0
}

/// Digits of a text as numbers.
fn values(digits: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    digits.bytes().filter(u8::is_ascii_digit).map(|d| u32::from(d - b'0'))
}

/// Modulus 11 of the NHS Data Dictionary: weights 10 to 2, check digit 11 - remainder, 11 written as 0, 10 never issued.
fn nhs_valid(digits: &str) -> bool {
    let all: Vec<u32> = values(digits).collect();
    let [body @ .., check] = all.as_slice() else { return false };
    let sum: u32 = body.iter().zip((2..=10).rev()).map(|(d, w)| d * w).sum();
    body.len() == 9 && all.iter().any(|d| Some(d) != all.first()) && (11 - sum % 11) % 11 == *check
}

/// The first digits that are issued without a further system's prefix.
fn nhs_issued(digits: &str) -> bool {
    digits.starts_with(['4', '6', '7']) && nhs_valid(digits)
}

/// Area, group and serial that the Social Security Administration issues.
fn ssn_valid(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    let (area, group, serial) = (part(0, 3), part(3, 5), part(5, 9));
    area > 0 && area != 666 && area < 900 && group > 0 && serial > 0
}

/// Luhn, ISO/IEC 7812-1.
fn luhn_valid(digits: &str) -> bool {
    let sum: u32 =
        values(digits).rev().enumerate().map(|(at, d)| if at % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d }).sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// The letter of a Spanish DNI: number modulo 23.
fn dni_valid(digits: &str, letter: &str) -> bool {
    const LETTERS: &[u8; 23] = b"trwagmyfpdxbnjzsqvhlcke";
    let Ok(number) = digits.parse::<usize>() else { return false };
    letter.len() == 1 && LETTERS.get(number % 23) == letter.as_bytes().first()
}

/// A Spanish NIE: X, Y or Z for 0, 1 or 2, then as a DNI.
fn nie_valid(code: &str) -> bool {
    let prefix = match code.as_bytes().first() {
        Some(b'x') => "0",
        Some(b'y') => "1",
        Some(b'z') => "2",
        _ => return false,
    };
    code.len() == 9
        && code.is_ascii()
        && matches!((code.get(1..8), code.get(8..)), (Some(d), Some(l)) if d.bytes().all(|c| c.is_ascii_digit()) && dni_valid(&format!("{prefix}{d}"), l))
}

/// The check digit of a vehicle identification number, 49 CFR 565.15.
fn vin_valid(code: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: u8| match c {
        b'0'..=b'9' => Some(u32::from(c - b'0')),
        b'a'..=b'h' => Some(u32::from(c - b'a') + 1),
        b'j'..=b'n' => Some(u32::from(c - b'j') + 1),
        b'p' => Some(7),
        b'r' => Some(9),
        b's'..=b'z' => Some(u32::from(c - b's') + 2),
        _ => None,
    };
    let mut sum = 0;
    for (c, weight) in code.bytes().zip(WEIGHTS) {
        let Some(v) = value(c) else { return false };
        sum += v * weight;
    }
    let check = match sum % 11 {
        10 => b'x',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    code.len() == 17 && code.as_bytes().get(8) == Some(&check)
}

fn plausible_phone(digits: &str) -> bool {
    let b = digits.as_bytes();
    matches!((b.first(), b.get(3)), (Some(b'2'..=b'9'), Some(b'2'..=b'9'))) || b.first() == Some(&b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_accept_published_examples_and_refuse_one_changed_digit() {
        assert!(nhs_valid("9434765919") && !nhs_valid("9434765918") && !nhs_valid("1111111111"));
        assert!(luhn_valid("4111111111111111") && !luhn_valid("4111111111111112"));
        assert!(dni_valid("12345678", "z") && !dni_valid("12345678", "a"));
        assert!(nie_valid("x1234567l") && !nie_valid("x1234567m"));
        assert!(vin_valid("1m8gdm9axkp042788") && !vin_valid("1m8gdm9a1kp042788"));
        assert!(ssn_valid("123456789") && !ssn_valid("666456789") && !ssn_valid("123006789"));
    }
}
