//! The town that somebody of whom is spoken moved to, comes from or stays in.

use super::Search;
use super::word::{BOOKED, CLINICIAN, FACILITY_WORD, MONTH, SPOT, TITLE, WEEKDAY};
use crate::screen::text::Kind;

/// "has he moved to the Gorbals", "she'll be up from ennis": a town that says where somebody of whom is spoken lives.
pub(super) fn hails(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    let moves = text.is(at, list!["moved", "moving", "flitted", "relocated", "mudo"]);
    let joint = if moves { list!["to", "a", "into"] } else { list!["from"] };
    let mut first = at + 1;
    if !text.is(first, joint) {
        return None;
    }
    first += 1;
    if text.is(first, list!["the", "la", "el"]) {
        first += 1;
    }
    let third = (at.saturating_sub(5)..at).any(|i| {
        text.is(i, list!["he", "she", "hes", "shes", "shell", "hell", "they", "theyre", "family", "se", "ella", "el"])
            || text.possessive(i) && text.is(i, list!["he", "she"])
            || search.has(i, super::word::PERSON) && !text.is(i, list!["called", "patient", "pt"])
    });
    let unknown = search.part(first) == super::run::Part::Unknown && text.norm(first).len() > 3;
    let town = text.kind(first) == Some(Kind::Word)
        && !search.has(first, MONTH | WEEKDAY | FACILITY_WORD | TITLE | CLINICIAN | SPOT | BOOKED)
        && !search.is_clinical(first)
        && !search.vocabulary(first)
        && search.free(first, first)
        && if moves { text.capital(first) } else { unknown };
    if !third || !town || search.near_before(at, 6, BOOKED) || text.possessive(first) {
        return None;
    }
    let last = (first + 1..first + 3).take_while(|&i| text.kind(i) == Some(Kind::Word) && text.capital(i)).last();
    Some((first, last.unwrap_or(first)))
}

/// "staying with her son in Totnes".
pub(super) fn stays(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    let joint = (at + 1..at + 6).take_while(|&i| text.is_word(i)).find(|&i| text.is(i, list!["in", "at", "en"]))?;
    let first = joint + 1;
    let town = |i: usize| {
        text.kind(i) == Some(Kind::Word)
            && text.capital(i)
            && !search.has(i, MONTH | WEEKDAY | FACILITY_WORD | SPOT)
            && !search.is_clinical(i)
            && search.free(i, i)
    };
    let third = (at.saturating_sub(4)..first).any(|i| {
        text.is(i, list!["he", "she", "hes", "shes", "her", "his", "their"]) || search.has(i, super::word::PERSON)
    });
    if !third || !town(first) || search.near_before(at, 6, BOOKED) {
        return None;
    }
    Some((first, (first + 1..first + 3).take_while(|&i| town(i)).last().unwrap_or(first)))
}
