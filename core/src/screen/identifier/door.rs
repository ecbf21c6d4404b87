//! Where somebody lives, told as people tell it: by a landmark, a house's name, a number and half a street.
//!
//! "the flat above the Co-op on Mill Lane", "14b Cedar", "Unit 5, Bramble Yard, Mere", "two doors down from the Red Lion".
//! A word of living, sending or fetching before it tells it from the clinic's own way description.

use super::Search;
use super::address::ours;
use super::dwelling::{BESIDE, DWELLINGS, LANDMARKS, LIVING, ON};
use super::half::{half_street, numbered_street, small_door, small_street, trailing};
use super::town::{hails, stays};
use super::word::{BOOKED, CALLE, CLINICIAN, MONTH, SPOT, STREET, TITLE, TOWN, VERB, WEEKDAY};
use crate::screen::text::Kind;
use crate::screen::{Class, Standing};

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        let found = if search.free(at, at) { one(search, at) } else { None };
        let Some((first, last, rule)) = found.filter(|&(first, last, _)| search.free(first, last)) else {
            at += 1;
            continue;
        };
        let standing = if ours(search, first, last) { Standing::Slot } else { Standing::Stated };
        search.take_as(first, last, Class::IdentifierAddress, rule, standing);
        at = last.max(at) + 1;
    }
}

fn one(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize, &'static str)> {
    let text = search.text;
    match text.kind(at)? {
        Kind::Number => half_street(search, at)
            .or_else(|| small_door(search, at))
            .or_else(|| numbered_street(search, at))
            .map(|last| (at, last, "address.half")),
        Kind::Word => {
            if text.is(at, &DWELLINGS) {
                return dwelling(search, at).map(|(first, last)| (first, last, "address.dwelling"));
            }
            if text.is(at, list!["doors", "door", "cuadras"]) {
                return doors(search, at).map(|(first, last)| (first, last, "address.doors"));
            }
            if text.is(at, list!["plot", "lot", "unit", "pitch", "berth", "mooring", "hut", "block", "pier", "stand"]) {
                return plot(search, at).map(|last| (at, last, "address.plot"));
            }
            if text.is(at, list!["staying", "stays", "stopping", "stayed", "hospedado"]) {
                return stays(search, at).map(|(first, last)| (first, last, "address.residence"));
            }
            if text.is(at, list!["corner", "cnr", "esquina"]) {
                return corner(search, at).map(|last| (at, last, "address.corner"));
            }
            if text.is(
                at,
                list![
                    "moved",
                    "moving",
                    "flitted",
                    "relocated",
                    "up",
                    "down",
                    "over",
                    "driving",
                    "coming",
                    "travelling",
                    "mudo",
                ],
            ) {
                let hails = hails(search, at).map(|(first, last)| (first, last, "address.residence"));
                if hails.is_some() || !text.is(at, list!["over"]) {
                    return hails;
                }
            }
            if text.is(at, &BESIDE) && !text.is(at, list!["before", "after"]) && told(search, at, 4) && !way(search, at)
            {
                let last = place(search, at + 1, false)?;
                return Some((at, last, "address.landmark"));
            }
            if text.is(
                at,
                list!["vereda", "caserio", "aldea", "barrio", "parcela", "rancheria", "urbanizacion", "colonia"],
            ) && told(search, at, 4)
                && text.capital(at + 1)
            {
                return place(search, at + 1, false).map(|last| (at, last, "address.hamlet"));
            }
            if text.is(at, list!["number", "numero", "no"]) {
                return small_street(search, at).map(|last| (at, last, "address.door"));
            }
            trailing(search, at).map(|last| (at, last, "address.half"))
        }
        _ => None,
    }
}

/// Whether a word of living or of sending stands shortly before.
pub(super) fn told(search: &Search<'_, '_>, at: usize, reach: usize) -> bool {
    let text = search.text;
    (at.saturating_sub(reach)..at).rev().take_while(|&i| !text.is(i, list![".", "\n", "!", ";"])).any(|i| {
        text.is(i, &LIVING)
            || text.is(i, list!["she", "he", "they"])
                && (text.possessive(i) || text.is(i + 1, list!["is", "are", "re"]))
    })
}

/// "turn left past the church": a way that is told, and a place of the clinic.
fn way(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    (at.saturating_sub(8)..at).any(|i| {
        text.is(
            i,
            list![
                "turn", "left", "right", "exit", "bus", "stop", "park", "parking", "entrance", "walk", "walking",
                "head", "we", "were", "us", "our", "car", "clinic", "surgery", "meet", "wait", "estamos", "entrada",
            ],
        ) && !(text.is(i, list!["left"])
            && i > 0
            && text.is(i - 1, list!["folder", "keys", "bag", "parcel", "is", "was"]))
    })
}

/// The words of a place from `from` on: capitals, numbers, landmarks and the small words between them. Its last token, if
/// something in it names a place.
fn place(search: &Search<'_, '_>, from: usize, strict: bool) -> Option<usize> {
    let text = search.text;
    let (mut at, mut last) = (from, None);
    while at < from + 11 {
        let word = text.kind(at) == Some(Kind::Word);
        let calendar = search.has(at, MONTH | WEEKDAY);
        if word && text.capital(at) && !calendar && !search.has(at, TITLE | CLINICIAN) && search.free(at, at)
            || word
                && (text.is(at, &LANDMARKS) || search.has(at, STREET) && last.is_some() && text.norm(at).len() > 2)
                && !strict
            || word && text.glued(at) && last.is_some_and(|last| last + 2 == at) && text.is(at - 1, list!["-"])
            || text.kind(at) == Some(Kind::Number) && last.is_some() && text.norm(at).len() <= 4 && !text.glued(at + 1)
        {
            last = Some(at);
        } else if text.is(at, list!["-", "'", "."]) && text.glued(at) && text.glued(at + 1)
            || text.is(
                at,
                list![
                    "the", "a", "of", "on", "in", "to", "at", "old", "new", "from", "by", "de", "la", "el", "del",
                    "los", "las", "en", "st", "post", "al", "calle", "and", "un", "una", "big", "little", "blue",
                    "red", "front", "village", "fish", "corner",
                ],
            )
        {
            // A small word goes on only to a place.
        } else if word
            && !strict
            && at > from
            && text.is(at - 1, list!["the"])
            && !search.has(at, VERB | WEEKDAY | MONTH)
            && (text.is(at + 1, &LANDMARKS)
                || text.is(at + 1, list!["at", "in", "on", "of", "near", "by", ","])
                    && (text.capital(at + 2) || text.is(at + 2, list!["the"])))
        {
            // "past the reservoir at Llyn Brianne".
        } else if text.is(at, list![","])
            && last.is_some()
            && (text.capital(at + 1)
                && !search.has(at + 1, MONTH | WEEKDAY | TITLE | CLINICIAN)
                && (search.has(at + 1, TOWN | STREET)
                    || text.is(at + 2, list![",", "."])
                    || text.kind(at + 2).is_none()
                    || search.has(at + 2, STREET))
                || text.is(at + 1, &BESIDE))
        {
            if text.is(at + 1, &BESIDE) {
                at += 1;
            }
        } else if text.is(at, &BESIDE) && last.is_some() {
        } else {
            break;
        }
        at += 1;
    }
    last
}

/// "the flat above the Co-op on Mill Lane", "sheltered housing on Pound Street", "flat 3 on the Broadway".
fn dwelling(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    let mut next = at + 1;
    if text.is_number(next) || text.kind(next) == Some(Kind::Mixed) {
        next += 1;
        if text.kind(next) == Some(Kind::Word) && text.glued(next) && text.norm(next).len() == 1 {
            next += 1;
        }
    }
    let firm = text.is(next, &BESIDE) || text.is(next, list!["al"]) && text.is(next + 1, list!["lado", "final"]);
    let on = text.is(next, &ON);
    // "her sister's place in Marana": whose place it is.
    if text.is(at, list!["place", "pad"])
        && !(at > 0 && (text.possessive(at - 1) || text.is(at - 1, list!["his", "her", "their"]))
            || told(search, at, 2))
    {
        return None;
    }
    if !firm && !on
        || text.is(at, list!["terrace", "studio", "shelter", "boat", "barn", "farm"]) && !told(search, at, 6)
    {
        return None;
    }
    let mut from = next + 1;
    while text.is(from, list!["to", "from", "de", "del", "door", "lado", "al"]) && from < next + 4 {
        from += 1;
    }
    let last = place(search, from, on && !firm)?;
    // "a flat in London" tells little: a street, or who lives there.
    let street = (from..=last).any(|i| search.has(i, STREET | CALLE));
    let named = (from..=last).any(|i| text.capital(i));
    // "Mr Lowe at the end cottage on Quarry Brow".
    let sited = named
        && (at.saturating_sub(3)..at).any(|i| i > 0 && text.is(i, list!["the"]) && text.is(i - 1, list!["at", "from"]))
        && !text.is(at, list!["place", "flat"]);
    if on && !firm && !street && !sited && !told(search, at, 6) || !named && !told(search, at, 6) {
        return None;
    }
    let mut first = at;
    while first > 0 && at - first < 3 && text.kind(first - 1) == Some(Kind::Word) && search.free(first - 1, first - 1) {
        if text.is(first - 1, list!["the", "a", "el", "la", "un", "una", "that"]) {
            first -= 1;
            break;
        }
        if search.has(first - 1, VERB | BOOKED)
            || text.is(first - 1, &LIVING)
            || text.is(first - 1, &ON)
            || text.is(first - 1, list!["to", "from", "with", "is", "has", "a"])
        {
            break;
        }
        first -= 1;
    }
    let clear = first == at || text.is(first, list!["the", "a", "el", "la", "un", "una", "that"]);
    (!way(search, first)).then_some((if clear || told(search, first, 3) { first } else { at }, last))
}

/// "two doors down from the Red Lion in Ashby", "next door to the chippy".
fn doors(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    let mut next = at + 1;
    while text.is(next, list!["down", "up", "along", "from", "to", "past", "away", "de", "del"]) && next < at + 4 {
        next += 1;
    }
    let counted = at > 0
        && (text.is_number(at - 1)
            || text
                .is(at - 1, list!["two", "three", "four", "five", "few", "couple", "next", "dos", "tres", "cuatro"]));
    if next == at + 1 || !counted || !told(search, at - 1, 4) {
        return None;
    }
    place(search, next, false).filter(|_| !way(search, at)).map(|last| (at - 1, last))
}

/// "Plot 7, Sunny Acres", "Unit 5, Bramble Yard, Mere".
fn plot(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let mut next = at + 1;
    if !(text.is_number(next) || text.kind(next) == Some(Kind::Mixed)) || text.norm(next).len() > 4 {
        return None;
    }
    next += 1;
    if text.kind(next) == Some(Kind::Word) && text.glued(next) && text.norm(next).len() == 1 {
        next += 1;
    }
    if text.is(next, list![","]) {
        next += 1;
    }
    let named = text.kind(next) == Some(Kind::Word)
        && text.capital(next)
        && !search.has(next, MONTH | WEEKDAY | TITLE | CLINICIAN | SPOT)
        && (text.capital(next + 1) || told(search, at, 5));
    if !named || text.is(at, list!["block", "pier", "stand"]) && !told(search, at, 5) {
        return None;
    }
    place(search, next, true)
}

/// "corner of 5th and Alder", where somebody is fetched or lives.
fn corner(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if !told(search, at, 6) || way(search, at) {
        return None;
    }
    let mut next = at + 1;
    while text.is(next, list!["of", "the", "de", "con"]) && next < at + 3 {
        next += 1;
    }
    let street = |i: usize| -> Option<usize> {
        if text.is_number(i) && text.is(i + 1, list!["th", "st", "nd", "rd"]) {
            return Some(i + 1);
        }
        let mut last = i;
        while text.kind(last + 1) == Some(Kind::Word) && text.capital(last + 1) && last < i + 3 {
            last += 1;
        }
        (text.kind(i) == Some(Kind::Word) && text.capital(i) || text.is_number(i)).then_some(last)
    };
    let mid = street(next)?;
    if !text.is(mid + 1, list!["and", "&", "y", "con", "/"]) {
        return None;
    }
    street(mid + 2)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn a_home_told_by_what_stands_beside_it_is_found() {
        for (text, place) in [
            ("drop it at the flat above the Co-op on Mill Lane", "the flat above the Co-op on Mill Lane"),
            ("she's in sheltered housing on Pound Street, warden has the key", "sheltered housing on Pound Street"),
            ("collect her from the bungalow behind St Anne's church", "the bungalow behind St Anne's church"),
            ("he moved to flat 3 on the Broadway, top bell", "flat 3 on the Broadway"),
            ("lives two doors down from the Red Lion in Ashby", "two doors down from the Red Lion in Ashby"),
            ("letter came back from Unit 5, Bramble Yard, Mere", "Unit 5, Bramble Yard, Mere"),
            ("home address Plot 7, Sunny Acres", "Plot 7, Sunny Acres"),
            ("she's at 14b Cedar now", "14b Cedar"),
            ("care plan folder left at 31 Jubilee", "31 Jubilee"),
            ("number 9 harbour view, dog in the yard", "number 9 harbour view"),
            ("pickup corner of 5th and Alder, blue awning", "corner of 5th and Alder"),
            ("ahora está en Olmo 14 bis, no allá", "Olmo 14 bis"),
            ("vive en el piso encima de la panadería en calle Olmo", "el piso encima de la panadería en calle Olmo"),
            ("se mudó a la vereda El Salitre", "vereda El Salitre"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierAddress).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn the_clinics_own_way_and_ordinary_houses_are_nobodys_home() {
        for text in [
            "Turn left past the church, we are behind the Shell garage.",
            "Parking is behind the house on Mill Lane.",
            "We're on the corner of 5th and Alder.",
            "see you at 9 Monday",
            "the house is a mess",
            "a flat in London would be nice",
            "your visit on 4 Friday slots",
            "Estamos en Olmo 14, junto al banco.",
            "number 42 bus stops outside",
        ] {
            assert!(!stated(text, Class::IdentifierAddress), "{text}");
        }
    }
}
