//! Initials that stand for a patient: "K.W.", "JD in room 12", "pt M.K.".

use super::Search;
use super::word::{FAMILY, GIVEN, SPOT};
use crate::screen::Class;
use crate::screen::text::Kind;

const NOT_INITIALS: [&str; 97] = [
    "ct", "mri", "ed", "or", "er", "icu", "nicu", "picu", "ccu", "iv", "bp", "hr", "uk", "tv", "md", "rn", "np", "pa",
    "do", "gp", "ent", "pt", "dx", "tx", "hx", "rx", "ob", "gi", "gu", "us", "am", "pm", "ok", "id", "po", "npo",
    "stat", "prn", "dob", "mrn", "yo", "ii", "iii", "asap", "fyi", "the", "in", "is", "rm", "nhs", "ssn", "gmc", "er",
    "usa", "eu", "nh", "ny", "la", "tbc", "bd", "od", "qd", "tds", "sr", "ss", "te", "el", "tac", "rmn", "upp", "uci",
    "dni", "nie", "no", "si", "if", "it", "we", "on", "at", "to", "an", "be", "my", "so", "as", "by", "of", "hi", "up",
    "go", "ot", "slt", "reg", "ha", "yes", "rip",
];
/// Dotted letters that are no person's.
const DOTTED: [&str; 40] = [
    "us", "uk", "usa", "ps", "am", "pm", "eg", "ie", "po", "no", "dob", "md", "rn", "un", "id", "cc", "bc", "ad", "dc",
    "hiv", "std", "sti", "aids", "iv", "nb", "rip", "phd", "gp", "er", "icu", "asap", "fyi", "tb", "ct", "mri", "ee",
    "uu", "ti", "dni", "aka",
];

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        let short = text.kind(at) == Some(Kind::Word) && text.norm(at).len() <= 4 && text.capital(at);
        let found = if short && search.free(at, at) { dotted(search, at).or_else(|| joined(search, at)) } else { None };
        match found {
            Some(last) => {
                search.take(at, last, Class::IdentifierInitials, "initials.place");
                at = last + 1;
            }
            None => at += 1,
        }
    }
}

/// "K.W.", "M.A-S.", "T.O'D.", "R. T. M.": letters with dots.
fn dotted(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if text.norm(at).len() != 1
        || !text.is(at + 1, &["."])
        || !text.glued(at + 1)
        || at > 0 && text.glued(at) && !text.is(at - 1, &["(", "\"", "/", "\n"])
    {
        return None;
    }
    let mut whole = [0u8; 4];
    let (mut count, mut last, mut next) = (0, at, at);
    while count < 4
        && text.kind(next) == Some(Kind::Word)
        && text.norm(next).len() <= 2
        && text.tokens.get(next).is_some_and(|t| t.upper)
        && (text.is(next + 1, &["."]) && text.glued(next + 1) || count > 0 && text.glued(next))
    {
        if let (Some(slot), Some(byte)) = (whole.get_mut(count), text.norm(next).as_bytes().first()) {
            *slot = *byte;
        }
        count += 1;
        last = if text.is(next + 1, &["."]) && text.glued(next + 1) { next + 1 } else { next };
        next = last + 1;
        if text.is(next, &["-"]) && text.glued(next) && text.glued(next + 1) {
            next += 1;
        }
    }
    let letters = std::str::from_utf8(whole.get(..count)?).ok()?;
    // A sentence's last dot is not the initials'.
    (count >= 2 && !super::super::text::among(letters.as_bytes(), &DOTTED)).then_some(last)
}

/// "JB bed 12", "A McF": two or three capitals near a room, bed, ward, the word patient or an age.
fn joined(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let capitals = (2..=3).contains(&text.norm(at).len())
        && text.tokens.get(at).is_some_and(|t| t.upper)
        && !text.is(at, &NOT_INITIALS)
        && !search.is_clinical(at)
        && !search.has(at, GIVEN | FAMILY)
        && (!text.glued(at + 1) || text.kind(at + 1) == Some(Kind::Mark))
        && (at == 0 || !text.glued(at));
    if !capitals || text.tokens.get(at + 1).is_some_and(|t| t.upper && t.end - t.start > 3) {
        return None;
    }
    let beside = |i: usize| {
        search.has(i, SPOT)
            && (text.is_number(i + 1)
                || text.kind(i + 1) == Some(Kind::Mixed)
                || text.is(i, &["room", "bed", "rm", "ward", "bay", "cama"]))
            || text.is(i, &["pt", "patient", "paciente", "initials", "iniciales"])
            || text.is_number(i)
                && text.glued(i + 1)
                && text.norm(i + 1).len() == 1
                && text.capital(i + 1)
                && i > 0
                && text.is(i - 1, &["on", "in"])
    };
    let near = (at.saturating_sub(4)..at).any(beside) || (at + 1..at + 5).any(beside);
    let told = at > 0
        && text.is(at - 1, &["call", "by", "for", "visit", "see", "pt", "patient"])
        && (text.is(at + 1, &[",", "at", "from"]));
    (near || told).then_some(at)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn initials_are_found_with_dots_or_beside_a_bed() {
        for (text, initials) in [
            ("K.W., our frequent flyer", "K.W."),
            ("placement for R.T. please", "R.T."),
            ("M.A-S. owes a form", "M.A-S."),
            ("T.O'D. is next", "T.O'D."),
            ("JB bed 12, reg aware", "JB"),
            ("M.G.L., la subes", "M.G.L."),
            ("R. T. M., cuarto 11", "R. T. M."),
        ] {
            assert_eq!(class_at(text, Class::IdentifierInitials).as_deref(), Some(initials), "{text}");
        }
    }

    #[test]
    fn letters_of_countries_times_and_wards_are_no_initials() {
        for text in [
            "in the U.S. today",
            "at 2 P.M. sharp",
            "P.S. bring it",
            "CT in room 3",
            "ICU bed 4 is free",
            "the H.I.V. clinic",
        ] {
            assert!(!has(text, Class::IdentifierInitials), "{text}");
        }
    }
}
