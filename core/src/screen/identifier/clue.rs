//! Clues: facts that name nobody, and together may point at one person.

use super::Search;
use super::date::age_at;
use super::name::FACILITY;
use crate::screen::Class;
use crate::screen::text::Kind;

/// A clue and its kind; two of the same kind count once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clue {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) kind: ClueKind,
}

/// What a clue tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClueKind {
    Age,
    Date,
    Place,
    Ward,
    Initials,
    Rarity,
    Role,
}

const ROLES: [&str; 26] = [
    "mayor",
    "teacher",
    "principal",
    "priest",
    "pastor",
    "imam",
    "rabbi",
    "judge",
    "lawyer",
    "senator",
    "councillor",
    "councilman",
    "firefighter",
    "policeman",
    "footballer",
    "athlete",
    "celebrity",
    "ceo",
    "pilot",
    "farmer",
    "actor",
    "alcalde",
    "maestra",
    "cura",
    "coach",
    "soldier",
];

/// Every clue of a text, left to right within its kind.
pub(crate) fn clues(search: &Search<'_, '_>) -> Vec<Clue> {
    let text = search.text;
    let mut clues = Vec::new();
    for found in &search.found {
        let kind = match found.class {
            Class::IdentifierDate | Class::IdentifierDateOfBirth => ClueKind::Date,
            Class::IdentifierRoom | Class::IdentifierBed => ClueKind::Ward,
            Class::IdentifierInitials => ClueKind::Initials,
            Class::IdentifierAgeOver89 => ClueKind::Age,
            Class::IdentifierAddress | Class::IdentifierPostcode => ClueKind::Place,
            _ => continue,
        };
        clues.push(Clue { first: found.first, last: found.last, kind });
    }
    for at in text.starts() {
        if let Some((last, _)) = age_at(text, at) {
            clues.push(Clue { first: at, last, kind: ClueKind::Age });
        }
        if let Some(last) = rarity(search, at) {
            clues.push(Clue { first: at, last, kind: ClueKind::Rarity });
        }
        if text.is(at, &ROLES)
            && at > 0
            && text.is(at - 1, &["the", "our", "a", "local", "town", "village", "famous", "el", "la", "retired"])
        {
            clues.push(Clue { first: at, last: at, kind: ClueKind::Role });
        }
        if let Some(last) = facility(search, at) {
            clues.push(Clue { first: at, last, kind: ClueKind::Place });
        }
    }
    clues
}

/// "the only dialysis patient", "el único caso", "a rare …".
fn rarity(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let only = text.is(at, &["only", "unico", "unica"])
        && at > 0
        && text.is(at - 1, &["the", "our", "el", "la", "nuestro", "nuestra"])
        || text.is(at, &["first"]) && text.is(at + 1, &["case"])
        || text.is(at, &["rare", "rarest", "youngest", "oldest"]);
    if !only {
        return None;
    }
    (at + 1..=at + 4).find(|&i| {
        text.is(i, &["patient", "person", "case", "woman", "man", "one", "paciente", "caso", "child"])
            || search.is_clinical(i) && !text.is(at, &["only", "unico", "unica"])
    })
}

/// "St. Mary's Hospital", "Mayo Clinic": a named place that is not the clinic's own.
fn facility(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if !text.capital(at)
        || text.kind(at) != Some(Kind::Word)
        || text.is(at, &FACILITY)
        || at > 0 && text.capital(at - 1)
    {
        return None;
    }
    let mut last = at;
    while last < at + 5 && (text.capital(last + 1) || text.is(last + 1, &["."]) && text.capital(last + 2)) {
        last += 1;
    }
    let own = search.is_own(at);
    (!own && (at + 1..=last).any(|i| text.is(i, &FACILITY))).then_some(last)
}
