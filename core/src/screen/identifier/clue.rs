//! Clues: facts that name nobody, and together may point at one person.

use super::Search;
use super::age::age_at;
use super::word::{AGE, CLINICIAN, FACILITY};
use crate::screen::Class;
use crate::screen::text::{Kind, List};

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
    Kin,
    Event,
}

impl ClueKind {
    /// Whether logistics are made of it: dates, places and wards.
    pub(crate) const fn is_logistics(self) -> bool {
        matches!(self, ClueKind::Date | ClueKind::Place | ClueKind::Ward)
    }
}

const ROLES: List = List::of(&[
    "mayor",
    "teacher",
    "principal",
    "headteacher",
    "priest",
    "pastor",
    "vicar",
    "imam",
    "rabbi",
    "nun",
    "judge",
    "lawyer",
    "senator",
    "congressman",
    "minister",
    "councillor",
    "councilman",
    "sheriff",
    "firefighter",
    "policeman",
    "policewoman",
    "footballer",
    "athlete",
    "goalkeeper",
    "celebrity",
    "ceo",
    "pilot",
    "farmer",
    "actor",
    "actress",
    "singer",
    "weatherman",
    "newsreader",
    "drummer",
    "beekeeper",
    "postman",
    "butcher",
    "baker",
    "coach",
    "soldier",
    "undertaker",
    "chauffeur",
    "alcalde",
    "alcaldesa",
    "maestra",
    "maestro",
    "cura",
    "torero",
    "politico",
    "diputado",
    "futbolista",
    "presentadora",
]);
/// What a person of note may own or be kin to.
const KIN: List = List::of(&[
    "wife",
    "husband",
    "son",
    "daughter",
    "mother",
    "father",
    "mom",
    "mum",
    "dad",
    "brother",
    "sister",
    "chauffeur",
    "driver",
    "twins",
    "baby",
    "niece",
    "nephew",
    "grandson",
    "granddaughter",
    "partner",
    "girlfriend",
    "boyfriend",
    "nanny",
    "esposa",
    "esposo",
    "mujer",
    "marido",
    "hijo",
    "hija",
    "madre",
]);
/// What everybody in town has heard of.
const EVENTS: List = List::of(&[
    "fire",
    "crash",
    "accident",
    "shooting",
    "stabbing",
    "explosion",
    "flood",
    "parade",
    "news",
    "paper",
    "papers",
    "telly",
    "tele",
    "derailment",
    "robbery",
    "rescue",
    "collision",
    "marathon",
    "festival",
    "incendio",
    "choque",
    "explosion",
    "noticias",
    "periodico",
    "accidente",
    "drowning",
    "bombing",
    "lottery",
]);

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
        if !matches!(text.kind(at), Some(Kind::Word | Kind::Number | Kind::Mixed)) {
            continue;
        }
        let kind = clue(search, at);
        // Kin of somebody of note, and whoever was in the news, are two clues in one: whose, and which of them.
        if let Some((last, ClueKind::Kin | ClueKind::Event)) = kind {
            clues.push(Clue { first: at, last, kind: ClueKind::Role });
        }
        clues.extend(kind.map(|(last, kind)| Clue { first: at, last, kind }));
    }
    clues
}

fn clue(search: &Search<'_, '_>, at: usize) -> Option<(usize, ClueKind)> {
    let text = search.text;
    if (text.is_number(at) || search.has(at, AGE))
        && let Some((last, _)) = age_at(text, at)
    {
        return Some((last, ClueKind::Age));
    }
    if text.kind(at) != Some(Kind::Word) {
        return None;
    }
    if let Some(last) = rarity(search, at) {
        return Some((last, ClueKind::Rarity));
    }
    let told = at > 0
        && text.is(
            at - 1,
            list![
                "the",
                "our",
                "a",
                "local",
                "town",
                "village",
                "famous",
                "el",
                "la",
                "retired",
                "ex",
                "former",
                "state",
                "celebrity",
                "nuestro",
            ],
        );
    if told && text.is(at, &ROLES) {
        return Some((at, ClueKind::Role));
    }
    // "the mayor's wife", "dr kessler's own mom": kin of somebody of note.
    if text.is(at, &KIN) && at > 0 {
        let owner = if text.is(at - 1, list!["own"]) { at.checked_sub(2) } else { at.checked_sub(1) };
        let clinician = |i: usize| i > 0 && search.has(i - 1, CLINICIAN) || i > 1 && search.has(i - 2, CLINICIAN);
        if owner.is_some_and(|i| text.possessive(i) && (text.is(i, &ROLES) || clinician(i))) {
            return Some((at, ClueKind::Kin));
        }
    }
    // "the twins from the fire", "the one in the paper".
    if text.is(at, &EVENTS)
        && let Some(article) =
            (at.saturating_sub(2)..at).rev().find(|&i| text.is(i, list!["the", "el", "la", "las", "los"]))
        && article > 0
        && text.is(article - 1, list!["from", "in", "at", "after", "on", "del", "en", "de"])
    {
        let person = (at.saturating_sub(8)..at).any(|i| {
            text.is(
                i,
                list![
                    "twins", "one", "guy", "lady", "man", "woman", "kid", "girl", "boy", "couple", "family", "who",
                    "senator", "chico", "chica", "senor", "que",
                ],
            )
        });
        return person.then_some((at, ClueKind::Event));
    }
    if let Some(last) = facility(search, at) {
        return Some((last, ClueKind::Place));
    }
    let profile = search.profile?;
    let listed = |list: &[String]| profile.listed(text, at, list);
    listed(&profile.small_places)
        .map(|last| (last, ClueKind::Place))
        .or_else(|| listed(&profile.rare_conditions).map(|last| (last, ClueKind::Rarity)))
}

/// "the only dialysis patient", "el único caso", "a rare …".
fn rarity(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let only = text.is(at, list!["only", "unico", "unica"])
        && at > 0
        && text.is(at - 1, list!["the", "our", "el", "la", "nuestro", "nuestra"])
        || text.is(at, list!["first"]) && text.is(at + 1, list!["case"])
        || text.is(at, list!["rare", "rarest", "youngest", "oldest"]);
    if !only {
        return None;
    }
    (at + 1..=at + 4).find(|&i| {
        text.is(i, list!["patient", "person", "case", "woman", "man", "one", "paciente", "caso", "child"])
            || search.is_clinical(i) && !text.is(at, list!["only", "unico", "unica"])
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
    while last < at + 5 && (text.capital(last + 1) || text.is(last + 1, list!["."]) && text.capital(last + 2)) {
        last += 1;
    }
    let own = search.is_own(at);
    (!own && (at + 1..=last).any(|i| text.is(i, &FACILITY))).then_some(last)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::has;

    #[test]
    fn details_that_point_at_one_person_make_a_combination() {
        for text in [
            "the only dialysis patient on 4B is upset",
            "the mayor's wife came in again",
            "the twins from the fire are doing well",
            "the girl from the bus crash is awake",
            "our celebrity weatherman in bed 9",
            "dr kessler's own mom is in the waiting room",
        ] {
            assert!(has(text, Class::IdentifierCombination), "{text}");
        }
    }

    #[test]
    fn one_detail_alone_is_no_combination() {
        for text in [
            "the only slot left is at 9",
            "our teacher training day",
            "the fire drill is at 10",
            "a 45 year old came in",
        ] {
            assert!(!has(text, Class::IdentifierCombination), "{text}");
        }
    }
}
