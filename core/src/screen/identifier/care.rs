//! Hospitals and towns where somebody was cared for: "seen at UCSF", "admitted to St. Mary's Hospital", "at Johns Hopkins on May 3".

use super::Search;
use super::word::{BOOKED, CARE, CLINICIAN, FACILITY_WORD, LOUD, MONTH, OUR, TOWN, WEEKDAY};
use crate::screen::Class;
use crate::screen::text::Kind;

pub(super) fn find(search: &mut Search<'_, '_>) {
    let mut at = search.text.starts().start;
    while at < search.text.tokens.len() {
        let found = if search.has(at, CARE) { place(search, at) } else { None };
        let Some((first, last)) = found else {
            at += 1;
            continue;
        };
        search.take(first, last, Class::IdentifierAddress, "address.care");
        at = last + 1;
    }
}

/// The place after a word of care: its first and last token.
fn place(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    // "to be seen at City Clinic on Monday" is still to come.
    if search.near_before(at, 6, BOOKED)
        || (at.saturating_sub(3)..at).any(|i| text.is(i, list!["be", "you", "will", "youll"]))
    {
        return None;
    }
    let mut next = at + 1;
    let direct = text.is(at, list!["visited"]);
    let joint = |i: usize| text.is(i, list!["at", "to", "from", "in", "by", "near", "en", "del", "al"]);
    let reached = |i: usize| direct || joint(i) && !search.has(i + 1, CLINICIAN) && !text.is(i, list!["by"]);
    while !reached(next) {
        if next > at + 9
            || !matches!(text.kind(next), Some(Kind::Word | Kind::Mixed | Kind::Number))
                && !text.is(next, list![",", ".", "&"])
        {
            return None;
        }
        next += 1;
    }
    while joint(next) || text.is(next, list!["the", "our", "el", "la"]) {
        next += 1;
    }
    let first = next;
    let named = |i: usize| {
        matches!(text.kind(i), Some(Kind::Word))
            && text.capital(i)
            && search.free(i, i)
            && !search.has(i, WEEKDAY | CLINICIAN | LOUD)
            && (!search.has(i, MONTH) || text.capital(i + 1))
    };
    if !named(first) || text.norm(first).len() < 2 || search.has(first, OUR) && !text.capital(first + 1) {
        return None;
    }
    let mut last = first;
    while last < first + 7 {
        let next = last + 1;
        if named(next) {
            last = next;
        } else if text.is(next, list!["-", ".", "&", "of", "de", "in", "and"]) && named(next + 1)
            || text.is(next, list![","]) && search.has(next + 1, TOWN) && text.capital(next + 1)
        {
            last = next + 1;
        } else if last == first && search.has(next, FACILITY_WORD) {
            last = next;
            break;
        } else {
            break;
        }
    }
    // A person's name in this place ("seen by Ana") was read already; one ordinary word is no place.
    let told = last > first
        || search.has(first, TOWN)
        || text.tokens.get(first).is_some_and(|t| t.upper)
        || !search.vocabulary(first);
    told.then_some((first, last))
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn a_place_of_care_is_found() {
        for (text, place) in [
            ("Jane R. seen at UCSF on April 15th", "UCSF"),
            ("who was admitted to Cedars-Sinai on Monday", "Cedars-Sinai"),
            ("discharged from St. Mary's Hospital on March 30th", "St. Mary's Hospital"),
            ("was treated at River City Clinic on July 7", "River City Clinic"),
            ("evaluated at the UCSF Medical Center on July 21", "UCSF Medical Center"),
            ("ingresado en Hospital La Paz ayer", "Hospital La Paz"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierAddress).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn a_visit_to_come_is_no_place_of_care() {
        for text in ["You will be seen at City Clinic on Monday", "your appointment to be treated at Oak Surgery"] {
            assert!(!has(text, Class::IdentifierAddress), "{text}");
        }
    }
}
