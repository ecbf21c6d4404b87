//! Where somebody lives without a number: a town after "lives in", a house by its name, a street by its kind.

use super::Search;
use super::address::{calle, numbered, tail};
use super::word::{BOOKED, CALLE, FACILITY_WORD, LOUD, MONTH, OTHER, OUR, STREET, TOWN, WEEKDAY};
use crate::screen::text::{Kind, List, Text};

/// Last words of a house's own name.
const HOUSES: List = List::of(&[
    "house",
    "court",
    "cottage",
    "cottages",
    "lodge",
    "villa",
    "villas",
    "farm",
    "barn",
    "manor",
    "forge",
    "heights",
    "mansions",
    "hall",
    "towers",
    "wharf",
    "rectory",
    "vicarage",
    "grange",
    "mews",
    "fields",
    "apartments",
    "gardens",
    "caravan",
    "estate",
    "croft",
]);
/// Words of living somewhere, and of sending or coming to a door.
pub(super) const HOME: List = List::of(&[
    "mean",
    "or",
    "confirm",
    "street",
    "surname",
    "registered",
    "says",
    "still",
    "yous",
    "moved",
    "it",
    "lives",
    "living",
    "live",
    "residing",
    "resides",
    "resident",
    "vive",
    "reside",
    "viven",
    "viviendo",
    "address",
    "addr",
    "moved",
    "moving",
    "home",
    "house",
    "flat",
    "posted",
    "post",
    "mailed",
    "deliver",
    "delivered",
    "delivery",
    "direccion",
    "domicilio",
    "renta",
    "mandamos",
    "enviamos",
    "keysafe",
    "neighbour",
    "neighbor",
    "collection",
    "pick",
    "pickup",
    "drop",
    "tenant",
    "door",
    "one",
    "at",
    "son",
    "visit",
    "box",
    "placement",
    "kids",
    "shelter",
    "going",
    "flitting",
    "ambulance",
    "ambulancia",
    "letter",
    "sent",
    "taxi",
    "both",
    "his",
    "her",
    "their",
    "your",
    "parcel",
    "stays",
    "staying",
]);

/// "lives in Springfield", "vive en Ponce", "lives in the Milwaukee area": the place's name.
pub(super) fn residence(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize, &'static str)> {
    let text = search.text;
    let verb = text.is(
        at,
        list![
            "lives",
            "living",
            "live",
            "lived",
            "residing",
            "resides",
            "resident",
            "vive",
            "reside",
            "viven",
            "viviendo",
            "domicilio",
            "based",
        ],
    );
    let mut next = at + 1;
    if text.is(next, list!["out", "somewhere", "down", "up", "registrado"]) {
        next += 1;
    }
    if !(verb && text.is(next, list!["in", "at", "of", "on", "en", "past", "near", "by", ":"])) {
        return None;
    }
    next += 1;
    if text.is(next, list!["the"]) {
        next += 1;
    }
    let first = next;
    if let Some((_, last, rule)) = if text.is(next, list!["in"]) { None } else { one_plain(search, next) } {
        return Some((first, last, rule));
    }
    if text.is_number(next) {
        next += 1;
    }
    let name = next;
    while next < first + 6
        && (text.kind(next) == Some(Kind::Word) && text.capital(next) && !search.has(next, OTHER | MONTH)
            || next > name && text.is(next, list![","]) && text.capital(next + 1) && search.has(next + 1, TOWN))
    {
        next += 1;
    }
    (next > name).then(|| (first, next - 1, "address.residence"))
}

fn one_plain(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize, &'static str)> {
    let end = match search.text.kind(at)? {
        Kind::Number => numbered(search, at),
        Kind::Word if search.has(at, CALLE) => calle(search, at),
        _ => None,
    };
    end.map(|end| (at, end, "address.street"))
}

/// "Cypress Knee Court", "Rowan House, Back Lane", "The Old Forge": a street or a house without its number, where somebody lives.
pub(super) fn named_street(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if !text.capital(at)
        || search.has(at, MONTH | WEEKDAY | LOUD)
        || at > 0 && text.capital(at - 1) && !text.is(at - 1, list![","])
    {
        return None;
    }
    let mut last = at;
    let mut kind = None;
    while last < at + 4 && text.kind(last) == Some(Kind::Word) && text.capital(last) {
        let ends = search.has(last, STREET) && text.norm(last).len() > 1 || text.is(last, &HOUSES);
        if last > at && ends {
            kind = Some(last);
        }
        last += 1;
    }
    let end = kind?;
    // A surgery, a school or a side of a street is no home.
    if search.has(end + 1, FACILITY_WORD) && !text.is(end + 1, list!["house"])
        || text.is(end + 1, list!["side", "exit", "car", "end"])
        || search.is_own(at)
    {
        return None;
    }
    let house = text.is(end, &HOUSES) && !text.is(end, list!["hall", "court", "gardens", "house"]);
    let told = (at.saturating_sub(6)..at).any(|i| text.is(i, &HOME))
        || text.is(end + 1, list![","]) && text.capital(end + 2)
        || house;
    // "next visit The Old Forge, Nether Wallop": a house with its own name and its village is nobody's clinic.
    let village = house && text.is(end + 1, list![","]) && text.capital(end + 2) && !search.near_before(at, 3, OUR);
    let clinic = search.near_before(at, 8, OUR | BOOKED) || search.near_after(end, 8, OUR) || spoken_way(text, at);
    (told && (!clinic || village && !search.near_before(at, 8, FACILITY_WORD))).then(|| tail(search, end))
}

/// "turn left on Oak Street", "the entrance is on": a way, not a home.
fn spoken_way(text: &Text<'_>, at: usize) -> bool {
    (at.saturating_sub(8)..at).any(|i| {
        text.is(
            i,
            list![
                "turn", "left", "right", "exit", "off", "bus", "stop", "between", "corner", "past", "behind",
                "opposite", "across", "next",
            ],
        )
    }) && !(at.saturating_sub(6)..at).any(|i| text.is(i, list!["lives", "collection", "live"]))
}
