//! Half a street: a door's number and a word or two, where a word of living says what they are.

use super::Search;
use super::address::UNITS;
use super::door::told;
use super::word::{BOOKED, CALLE, CLINICIAN, FACILITY_WORD, MONTH, SPOT, STREET, TITLE, WEEKDAY};
use crate::screen::text::Kind;

/// "14b Cedar", "31 Jubilee", "9 Harbour View": a number and capitals after a word of living.
pub(super) fn half_street(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if text.norm(at).len() > 4
        || text.glued(at)
        || text.norm(at).starts_with('0')
        || at > 0 && text.is(at - 1, list!["$", "£", "€", "#"])
    {
        return None;
    }
    let mut number = at;
    if text.glued(at + 1) {
        if text.kind(at + 1) != Some(Kind::Word) || text.norm(at + 1).len() != 1 {
            return None;
        }
        number += 1;
    }
    let street = |i: usize| {
        text.kind(i) == Some(Kind::Word)
            && text.capital(i)
            && !text.glued(i)
            && text.norm(i).len() > 2
            && search.free(i, i)
            && !text.tokens.get(i).is_some_and(|t| t.upper)
            && !search.has(i, MONTH | WEEKDAY | TITLE | CLINICIAN | FACILITY_WORD)
            && !search.is_clinical(i)
            && !search.vocabulary(i)
            && !text.possessive(i)
    };
    if !street(number + 1) {
        return None;
    }
    let placed = at > 0
        && (text.is(at - 1, list!["at", "to", "from", "on", "is", ":", "visit", "live", "address", "now", ","])
            || text.is(at - 1, list!["number", "no"]));
    // "at 14b Cedar": a letter behind the number is a door's.
    let near = told(search, at, 6);
    let end = (number + 2..number + 4).take_while(|&i| text.kind(i) == Some(Kind::Word) && text.capital(i)).last();
    (placed && near && !search.near_before(at, 6, BOOKED))
        .then(|| super::address::tail(search, end.unwrap_or(number + 1)))
}

/// "418 W 46th": a street that is a number.
pub(super) fn numbered_street(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let side = text.is(at + 1, list!["w", "e", "n", "s", "west", "east", "north", "south", "nw", "ne", "sw", "se"]);
    let street = text.is_number(at + 2) && text.glued(at + 3) && text.is(at + 3, list!["th", "st", "nd", "rd"]);
    let last = if search.has(at + 4, STREET) { at + 4 } else { at + 3 };
    (text.norm(at).len() <= 5 && !text.glued(at + 1) && side && text.capital(at + 1) && street)
        .then(|| super::address::tail(search, last))
}

/// "at 22 the crescent", "still at 14 fordhouse": a door's number and words in small letters.
pub(super) fn small_door(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if text.norm(at).len() > 4 || at == 0 || !text.is(at - 1, list!["at", "to"]) || text.glued(at + 1) {
        return None;
    }
    let the = text.is(at + 1, list!["the"]) && search.has(at + 2, STREET) && text.norm(at + 2).len() > 3;
    let live = (at.saturating_sub(5)..at).any(|i| {
        text.is(
            i,
            list![
                "still", "lives", "live", "living", "moved", "door", "drop", "deliver", "collect", "stays", "shes",
                "hes", "now",
            ],
        )
    });
    let unknown =
        search.part(at + 1) == super::run::Part::Unknown && text.norm(at + 1).len() >= 5 && !text.capital(at + 1);
    let ends = text.kind(at + 2).is_none() || text.kind(at + 2) == Some(Kind::Mark);
    match () {
        () if the && live => Some(at + 2),
        // "the neighbour at 46 has the key".
        () if text.is(at.saturating_sub(2), list!["neighbour", "neighbor", "neighbours", "vecino", "vecina"])
            && text.is(at + 1, list!["has", "is", "will", "who", "said", "took", "can"]) =>
        {
            Some(at)
        }
        () if unknown && live && ends => Some(at + 1),
        () => None,
    }
}

/// "number 9 harbour view", "no 4 the maltings": small letters after a door's number.
pub(super) fn small_street(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let mut next = at + 1;
    if text.is(next, list!["."]) && text.glued(next) {
        next += 1;
    }
    if !text.is_number(next) || text.norm(next).len() > 4 {
        return None;
    }
    let word = |i: usize| text.kind(i) == Some(Kind::Word) && !text.glued(i);
    let ends = |i: usize| word(i) && search.has(i, STREET) && text.norm(i).len() > 2;
    let second = word(next + 1) && !text.is(next + 1, list!["to", "on", "is", "in", "of", "at", "bus", "will"]);
    if second && ends(next + 2) && !text.is(next + 2, list!["way", "place", "point", "run", "close", "gate", "view"]) {
        return Some(next + 2);
    }
    // Words that are streets and more: with a word of living, or a comma or nothing after.
    let ended = text.kind(next + 3).is_none() || text.is(next + 3, list![",", ".", "\n"]);
    (second && ends(next + 2) && (ended || told(search, at, 4))).then_some(next + 2)
}

/// "vive en Olmo 14", "Olmo 14 bis": a name and a number, as in Spanish.
pub(super) fn trailing(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let name = text.capital(at)
        && text.norm(at).len() > 2
        && !search.has(at, MONTH | WEEKDAY | SPOT | FACILITY_WORD | TITLE | CLINICIAN | CALLE)
        && !text.is(at, &UNITS)
        && !search.is_clinical(at)
        && at > 0
        && text.is(at - 1, list!["en", "a", "la", "el"]);
    if !name || !text.is_number(at + 1) || text.norm(at + 1).len() > 4 || text.glued(at + 1) {
        return None;
    }
    let bis = text.is(at + 2, list!["bis", "ter"]);
    if text.glued(at + 2) && text.kind(at + 2) != Some(Kind::Mark) || !bis && !told(search, at, 3) {
        return None;
    }
    Some(super::address::tail(search, if bis { at + 2 } else { at + 1 }))
}
