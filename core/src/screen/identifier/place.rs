//! Places: addresses, postcodes, rooms, wards and beds.

use super::Search;
use crate::screen::Class;
use crate::screen::text::{Kind, Text};

const STREETS: [&str; 34] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "lane",
    "ln",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "court",
    "ct",
    "way",
    "place",
    "pl",
    "terrace",
    "close",
    "crescent",
    "square",
    "highway",
    "hwy",
    "parkway",
    "pkwy",
    "circle",
    "trail",
    "alley",
    "row",
    "gardens",
    "grove",
    "mews",
    "hill",
    "walk",
];
const CALLES: [&str; 10] = ["calle", "avenida", "avda", "plaza", "paseo", "carrera", "calzada", "camino", "rua", "ul"];
const UNITS: [&str; 7] = ["apt", "apartment", "suite", "unit", "flat", "apto", "piso"];
const STATES: [&str; 51] = [
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "hi", "id", "il", "in", "ia", "ks", "ky", "la", "me",
    "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne", "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa",
    "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa", "wv", "wi", "wy", "dc",
];

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if !search.free(at, at) {
            continue;
        }
        if let Some(last) = address(text, at) {
            search.take(at, last, Class::IdentifierAddress, "address.street");
        } else if let Some((first, last)) = residence(text, at) {
            search.take(first, last, Class::IdentifierAddress, "address.residence");
        } else if let Some(last) = postcode(text, at) {
            search.take(at, last, Class::IdentifierPostcode, "postcode.shape");
        } else if let Some((last, class, rule)) = room(text, at) {
            search.take(at, last, class, rule);
        }
    }
}

/// "12 Oak Street, Apt 4", "Calle Mayor 5", "PO Box 12".
fn address(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.is_number(at) && text.norm(at).len() <= 6 {
        // Up to four capitalised words, the last of them a kind of street: "12 St James Street", "1600 Pennsylvania Ave".
        let words = (at + 1..=at + 4).take_while(|&i| text.kind(i) == Some(Kind::Word) && text.capital(i));
        if let Some(street) = words.filter(|&i| i > at + 1 && text.is(i, &STREETS)).last() {
            return Some(with_unit(text, street));
        }
        // "12 oak street" in small letters needs the whole word for its street.
        if text.kind(at + 1) == Some(Kind::Word)
            && !text.glued(at + 1)
            && text.is(at + 2, &["street", "avenue", "road", "lane", "boulevard"])
        {
            return Some(with_unit(text, at + 2));
        }
        return None;
    }
    if text.is(at, &["po", "p.o"]) && text.is(at + 1, &["box"]) && text.is_number(at + 2) {
        return Some(at + 2);
    }
    if text.is(at, &CALLES) {
        let mut next = at + 1;
        while next <= at + 6 {
            if text.is_number(next) {
                return (next > at + 1).then(|| with_unit(text, next));
            }
            if !(text.is_word(next) || text.is(next, &[",", ".", "#"])) {
                return None;
            }
            next += 1;
        }
    }
    None
}

fn with_unit(text: &Text<'_>, last: usize) -> usize {
    let mut at = last + 1;
    while text.is(at, &[",", "."]) && at < last + 3 {
        at += 1;
    }
    if text.is(at, &UNITS) {
        at += 1;
        if text.is(at, &[".", "#"]) {
            at += 1;
        }
        if text.is_number(at) || text.kind(at) == Some(Kind::Mixed) {
            return at;
        }
    }
    last
}

/// "lives in Springfield", "vive en Ponce": the place's name.
fn residence(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let verb = text.is(at, &["lives", "living", "live", "residing", "resides", "resident", "vive", "reside", "viven"]);
    let mut next = at + 1;
    if !(verb && text.is(next, &["in", "at", "of", "on", "en"])) {
        return None;
    }
    next += 1;
    if text.is(next, &["the"]) {
        next += 1;
    }
    let first = next;
    if let Some(last) = address(text, first) {
        return Some((first, last));
    }
    if text.is_number(next) {
        next += 1;
    }
    let name = next;
    while next < first + 5 && text.kind(next) == Some(Kind::Word) && text.capital(next) {
        next += 1;
    }
    (next > name).then(|| (first, next - 1))
}

/// UK and Canadian shapes, and US ZIP codes after a state, a word for them or with four more digits.
fn postcode(text: &Text<'_>, at: usize) -> Option<usize> {
    let norm = text.norm(at);
    if text.is_number(at) {
        let previous = |back: usize| at.checked_sub(back).map_or("", |i| text.norm(i));
        let state = at > 0 && STATES.contains(&previous(1)) && text.tokens.get(at - 1).is_some_and(|t| t.upper);
        let keyword = ["zip", "zipcode", "postcode", "postal", "cp", "code"];
        let told = keyword.contains(&previous(1)) && previous(1) != "code"
            || keyword.contains(&previous(2)) && ["code", ":", "is", "es"].contains(&previous(1))
            || keyword.contains(&previous(3)) && ["is", ":", "es"].contains(&previous(1)) && previous(2) == "code";
        let plus4 = text.is(at + 1, &["-"])
            && text.glued(at + 1)
            && text.glued(at + 2)
            && text.is_number(at + 2)
            && text.norm(at + 2).len() == 4;
        return match norm.len() {
            5 if plus4 => Some(at + 2),
            5 if state || told => Some(at),
            3 | 4 if told => Some(at),
            _ => None,
        };
    }
    // The outward and inward parts arrive as one to four tokens; digits and letters were cut apart.
    let mut whole = String::new();
    for i in at..at + 5 {
        let token = text.tokens.get(i)?;
        if !matches!(token.kind, Kind::Word | Kind::Mixed | Kind::Number)
            || token.kind != Kind::Number && !token.upper
            || i > at + 3
        {
            return None;
        }
        whole.push_str(text.norm(i));
        if whole.len() > 7 {
            return None;
        }
        if uk_shape(&whole) && !text.glued(i + 1) && text.is_word(i) && !text.glued(at) {
            return Some(i);
        }
    }
    None
}

/// A9 9AA, A99 9AA, AA9 9AA, AA99 9AA, A9A 9AA, AA9A 9AA, and A9A 9A9 for Canada.
fn uk_shape(code: &str) -> bool {
    let shape: String = code
        .bytes()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_lowercase() {
                'a'
            } else {
                '?'
            }
        })
        .collect();
    matches!(shape.as_str(), "a99aa" | "a999aa" | "aa99aa" | "aa999aa" | "a9a9aa" | "aa9a9aa" | "a9a9a9")
}

/// "room 12", "ward 4B", "bed 7".
fn room(text: &Text<'_>, at: usize) -> Option<(usize, Class, &'static str)> {
    let (class, rule) = match text.norm(at) {
        "room" | "rm" | "habitacion" | "cuarto" | "hab" => (Class::IdentifierRoom, "room.keyword"),
        "ward" | "pabellon" => (Class::IdentifierRoom, "room.ward"),
        "bed" | "bay" | "cama" | "camilla" => (Class::IdentifierBed, "bed.keyword"),
        // "on 4B": a ward by its shape.
        "on" | "in" if ward_shape(text, at + 1) => return Some((at + 2, Class::IdentifierRoom, "room.ward")),
        _ => return None,
    };
    let mut next = at + 1;
    while text.is(next, &["#", ".", "no", "number", ":", "numero"]) && next < at + 4 {
        next += 1;
    }
    if text.is_number(next) && text.norm(next).len() <= 4 {
        let letter = text.glued(next + 1) && text.is_word(next + 1) && text.norm(next + 1).len() == 1;
        return Some((if letter { next + 1 } else { next }, class, rule));
    }
    let short = text.norm(next).len() <= 4
        && (text.kind(next) == Some(Kind::Mixed)
            || text.norm(next).len() == 1 && text.tokens.get(next).is_some_and(|t| t.upper));
    (short && text.is_word(next) && !text.is(next, &["i"])).then_some((next, class, rule))
}

fn ward_shape(text: &Text<'_>, at: usize) -> bool {
    text.is_number(at)
        && text.norm(at).len() <= 2
        && text.glued(at + 1)
        && text.norm(at + 1).len() == 1
        && text.tokens.get(at + 1).is_some_and(|t| t.upper)
}
