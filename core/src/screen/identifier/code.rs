//! Numbers and codes after a word that names them: an MRN, a policy, a passport, a plate.

use super::check;
use super::word::{KEYWORD, ORDERED, TOWN};
use super::{Search, postcode};
use crate::screen::lexicon::KEYWORDS;
use crate::screen::text::{Kind, List, Text};
use crate::screen::{Class, Standing};

/// How many words may stand between a keyword and its code.
const REACH: usize = 8;

/// Small words between a keyword and its code.
const BETWEEN: List = List::of(&[
    "is",
    "number",
    "no",
    "num",
    "id",
    "es",
    "model",
    "card",
    "plate",
    "sn",
    "n",
    "s",
    "serial",
    "numero",
    "ref",
    "reference",
    "the",
    "on",
    "as",
    "of",
    "and",
    "en",
    "el",
    "la",
    "lo",
    "que",
    "tengo",
    "de",
    "del",
    "registra",
    "figura",
    "era",
    "nuevo",
    "nueva",
    "new",
    "old",
    "it",
    "was",
    "from",
    "not",
    "for",
    "we",
    "have",
    "weve",
    "your",
    "una",
    "con",
    "terminada",
    "ending",
    "in",
    "acompanante",
    "ahorros",
    "patient",
    "holder",
    "starting",
    "start",
    "put",
    "now",
    "has",
    "be",
    "alarm",
    "social",
    "end",
]);

/// Codes after a keyword, emails, links and IP addresses.
pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        match text.kind(at) {
            Some(Kind::Email) => search.take(at, at, Class::IdentifierEmail, "email.shape"),
            Some(Kind::Url) => search.take(at, at, Class::IdentifierUrl, "url.shape"),
            // "version 1.2.3.4" is no address.
            Some(Kind::Ip)
                if at == 0 || !text.is(at - 1, list!["version", "v", "ver", "release", "firmware", "build"]) =>
            {
                search.take(at, at, Class::IdentifierIp, "ip.shape");
            }
            Some(Kind::Word | Kind::Mixed) if search.has(at, KEYWORD) => keyword(search, at),
            _ => {}
        }
    }
}

fn keyword(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let Some((term, last)) = KEYWORDS.longest(text, at) else { return };
    let class = term.value;
    // "case 88-20931": long enough to be nobody's third case.
    let whole = |end: usize| {
        long(text, last + 1, end) && joined(text, last + 1, end).bytes().filter(u8::is_ascii_digit).count() >= 6
    };
    let marked = term.weak && code(search, last + 1).is_some_and(whole)
        || text.is(last + 1, list!["#", ":", ".", "no", "number"])
        || text.is_number(last + 1) && text.norm(last + 1).len() >= 6;
    if class == Class::IdentifierDateOfBirth || term.weak && !marked {
        return;
    }
    let mut from = last + 1;
    let mut small = 0;
    while small <= REACH {
        match text.kind(from) {
            Some(Kind::Mark)
                if text.is(from, list![":", "#", "(", "-", ".", "=", "/", ",", "°", "º", "?", ")", "\"", "*"]) =>
            {
                from += 1
            }
            Some(Kind::Word | Kind::Mixed | Kind::Number) => {
                if let Some(end) = code(search, from)
                    .filter(|&end| fits(class, text, from, end) && (!vague(text, last) || long(text, from, end)))
                {
                    let standing = if clinicians(text, at, from, end) { Standing::Slot } else { Standing::Stated };
                    search.take_as(from, end, class, rule(class), standing);
                    again(search, end, class);
                    return;
                }
                if !text.is(from, &BETWEEN) && !search.has(from, TOWN) {
                    return;
                }
                from += 1;
            }
            _ => return,
        }
        small += 1;
    }
}

/// The clinician's own number in a register: with a US one, only if its check digit holds.
fn clinicians(text: &Text<'_>, at: usize, first: usize, last: usize) -> bool {
    text.is(at, list!["gmc", "nmc", "dea"]) || text.is(at, list!["npi"]) && check::npi(&joined(text, first, last))
}

/// "ref" and "ID" say little: a short number after them is an order's or a ticket's.
fn vague(text: &Text<'_>, last: usize) -> bool {
    text.is(
        last,
        list!["ref", "reference", "id", "card", "claim", "group", "patient", "paciente", "license", "licence", "badge"],
    )
}

fn long(text: &Text<'_>, first: usize, last: usize) -> bool {
    let code = joined(text, first, last);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6 || digits >= 4 && code.len() > digits
}

/// "SSN 509 62 0137 or 509 26 0137": a second code of the same kind.
fn again(search: &mut Search<'_, '_>, last: usize, class: Class) {
    let text = search.text;
    if text.is(last + 1, list!["or", "and", "o", "y", "vs", "/"])
        && let Some(end) = code(search, last + 2).filter(|&end| fits(class, text, last + 2, end))
    {
        search.take(last + 2, end, class, rule(class));
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

/// The last token of a code that starts at `from`: glued pieces, and groups of digits or capitals between single spaces.
pub(super) fn code(search: &Search<'_, '_>, from: usize) -> Option<usize> {
    let text = search.text;
    let solid = |i: usize| {
        matches!(text.kind(i), Some(Kind::Number | Kind::Mixed))
            || text.is(i, list!["xxx", "xx"])
            || text.kind(i) == Some(Kind::Word)
                && (text.glued(i) || text.tokens.get(i).is_some_and(|t| t.upper && t.end - t.start <= 6))
    };
    if !solid(from) || text.norm(from).len() > 34 {
        return None;
    }
    let mut end = from;
    while end < from + 14 {
        let next = end + 1;
        let digit_last = text.norm(end).ends_with(|c: char| c.is_ascii_digit());
        let piece = text.norm(next);
        let upper = text.tokens.get(next).is_some_and(|t| t.upper);
        match text.kind(next) {
            Some(Kind::Word | Kind::Mixed | Kind::Number) if text.glued(next) => end = next,
            Some(Kind::Mark)
                if text.glued(next)
                    && text.glued(next + 1)
                    && text.is(next, list!["-", "/", ".", ":"])
                    && solid(next + 1) =>
            {
                end = next + 1;
            }
            // Groups between spaces: digits after digits or letters; letters only short ones, after digits.
            Some(Kind::Number) if digit_last || upper_word(text, end) => end = next,
            Some(Kind::Mixed) if (digit_last || upper_word(text, end)) && upper && piece.len() <= 6 => end = next,
            // An IBAN's bank is four letters.
            Some(Kind::Word) if end == from && upper && piece.len() == 4 && check::shape(text.norm(from), "ll99") => {
                end = next
            }
            Some(Kind::Word)
                if digit_last && upper && piece.len() <= 3 && !search.is_clinical(next) && !is_word(piece) =>
            {
                end = next;
            }
            _ => break,
        }
    }
    // Letters alone are no code.
    (from..=end).any(|i| text.norm(i).bytes().any(|c| c.is_ascii_digit())).then_some(end)
}

fn upper_word(text: &Text<'_>, at: usize) -> bool {
    text.tokens.get(at).is_some_and(|t| t.upper)
}

fn is_word(piece: &str) -> bool {
    matches!(
        piece,
        "is" | "in"
            | "ct"
            | "npo"
            | "or"
            | "to"
            | "i"
            | "mri"
            | "iv"
            | "am"
            | "pm"
            | "ok"
            | "rx"
            | "dx"
            | "a"
            | "y"
            | "o"
            | "e"
            | "bp"
            | "hr"
            | "no"
            | "not"
    )
}

/// The letters and digits of tokens `first..=last`.
pub(super) fn joined(text: &Text<'_>, first: usize, last: usize) -> String {
    let mut whole = String::with_capacity(24);
    for i in (first..=last).filter(|&i| text.kind(i) != Some(Kind::Mark)) {
        whole.push_str(text.norm(i));
    }
    whole
}

fn fits(class: Class, text: &Text<'_>, first: usize, last: usize) -> bool {
    let code = joined(text, first, last);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    // "2 pm", "10 am", "30 minutes": a number of something else.
    if digits <= 4
        && text.is(
            last + 1,
            list!["am", "pm", "minutes", "min", "hours", "days", "weeks", "%", "$", "years", "horas", "dias", "h"],
        )
    {
        return false;
    }
    match class {
        // A wrong check digit still warns where the word says what it should be.
        Class::IdentifierNhsNumber => digits == 10,
        Class::IdentifierSsn => {
            digits == 9 || digits == 4 && (code.len() == 4 || code.starts_with("xxx")) || digits == 11 || digits == 10
        }
        Class::IdentifierPlate => {
            // A VIN whose check digit is wrong warns too where the word says what it should be.
            code.len() == 17 && (check::vin(&code) || digits >= 5)
                || (4..=8).contains(&code.len()) && digits >= 1 && digits < code.len()
        }
        Class::IdentifierDevice => digits >= 4,
        Class::IdentifierNationalId => digits >= 4,
        Class::IdentifierAccount => digits >= 4 || digits == 3 && code.len() >= 6,
        // "exp 03/27" is a month.
        _ => digits >= 3 && code.len() >= 4 && !(digits == 4 && last == first + 2 && text.is(first + 1, list!["/"])),
    }
}

/// Whether what stands before a bare code says that it is an order's, a form's or a ticket's.
pub(super) fn of_a_thing(search: &Search<'_, '_>, at: usize) -> bool {
    search.near_before(at, 3, ORDERED) || postcode::money(search.text, at)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::class_at;

    #[test]
    fn a_keyword_names_the_code_after_it_whatever_its_grouping() {
        for (text, class, code) in [
            ("policy AVX 660-118-24 lapsed", Class::IdentifierAccount, "AVX 660-118-24"),
            ("subscriber ID YLK 9031 77542, group", Class::IdentifierAccount, "YLK 9031 77542"),
            ("Medicare number 1EG4-TE5-MK73 is on the card", Class::IdentifierAccount, "1EG4-TE5-MK73"),
            ("Su número de historia es el 2048817, gracias", Class::IdentifierMrn, "2048817"),
            ("passport 533201986 copied", Class::IdentifierNationalId, "533201986"),
            ("the pump, serial PJN 448213 H, is here", Class::IdentifierDevice, "PJN 448213 H"),
            ("matrícula 4417 KZT", Class::IdentifierPlate, "4417 KZT"),
            ("NHS no 943 476 5918", Class::IdentifierNhsNumber, "943 476 5918"),
            ("DNI del acompañante: 99503318-M. Gracias", Class::IdentifierNationalId, "99503318-M"),
        ] {
            assert_eq!(class_at(text, class).as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn a_clinicians_own_register_number_is_a_slot() {
        use crate::screen::Standing;
        use crate::screen::tests::scanned;
        let standing = |text: &str| {
            scanned(text).findings.into_iter().find(|f| f.class == Class::IdentifierNationalId).map(|f| f.standing)
        };
        assert_eq!(standing("NPI 1234567893 for the form"), Some(Standing::Slot));
        assert_eq!(standing("NPI 1234567890 for the form"), Some(Standing::Stated));
    }

    #[test]
    fn a_small_number_after_a_keyword_is_no_code() {
        for text in ["your account is 2 days late", "the policy of 12 visits", "case 3 was fine"] {
            assert_eq!(class_at(text, Class::IdentifierAccount), None, "{text}");
        }
    }
}
