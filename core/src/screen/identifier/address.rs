//! Street addresses of many countries, houses by their names, and where somebody lives.

use super::Search;
use super::home::{HOME, named_street, residence};
use super::word::{BOOKED, CALLE, FACILITY_WORD, FIRST, GIVEN, MONTH, OTHER, OUR, STREET, WEEKDAY};
use crate::screen::text::{Kind, List};
use crate::screen::{Class, Standing};

pub(super) const UNITS: List = List::of(&[
    "apt",
    "apartment",
    "suite",
    "ste",
    "unit",
    "flat",
    "apto",
    "piso",
    "lot",
    "floor",
    "fl",
    "dpto",
    "depto",
    "depart",
    "puerta",
    "int",
    "interior",
    "casa",
    "manzana",
    "lote",
    "torre",
    "bloque",
]);
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

/// An address that the sentence calls the clinic's own: "we are at", "our entrance on", "parking at".
pub(super) fn ours(search: &Search<'_, '_>, first: usize, last: usize) -> bool {
    let text = search.text;
    let yours = (first.saturating_sub(6)..first).any(|i| {
        text.is(i, list!["your", "his", "her", "their", "su", "tu", "lives", "vive", "posted", "mailed", "sent"])
    });
    let sender = (first.saturating_sub(4)..first).any(|i| search.has(i, FACILITY_WORD) && text.capital(i));
    !yours && (sender || search.near_before(first, 7, OUR | BOOKED) || search.near_after(last, 4, OUR))
}

fn one(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize, &'static str)> {
    let text = search.text;
    let last = |last: usize, rule| Some((at, last, rule));
    match text.kind(at)? {
        Kind::Number => match numbered(search, at) {
            Some(end) => last(end, "address.street"),
            None => None,
        },
        Kind::Word | Kind::Mixed => {
            if text.is(at, list!["po", "p"]) && (text.is(at + 1, list!["box"]) && text.is_number(at + 2)) {
                return last(at + 2, "address.box");
            }
            if text.is(at, list!["psc", "apo", "fpo", "apdo", "apartado"])
                && (text.is_number(at + 1) || text.tokens.get(at + 1).is_some_and(|t| t.upper))
            {
                return last(at + 1, "address.box");
            }
            if search.has(at, CALLE)
                && let Some(end) = calle(search, at)
            {
                return last(end, "address.street");
            }
            if text.is(at, &UNITS)
                && (text.is_number(at + 1) || text.kind(at + 1) == Some(Kind::Mixed))
                && text.is(at, list!["flat", "apt", "apartment", "unit", "suite", "caravan", "villa"])
            {
                return flat(search, at).and_then(|end| last(end, "address.flat"));
            }
            if text.is(at, list!["number", "no", "nr"])
                && (text.is_number(at + 1) || text.is(at + 1, list!["."]) && text.is_number(at + 2))
            {
                let digit = if text.is_number(at + 1) { at + 1 } else { at + 2 };
                let door = at > 0 && text.is(at - 1, list!["at", "fae", "from", "is", "door", ",", "opposite"]);
                let short = text.norm(digit).len() <= 3
                    && (text.is(at, list!["number"]) || at > 0 && text.is(at - 1, list![",", "at"]));
                let told = text.is(at.saturating_sub(1), list!["at", "fae", "opposite"])
                    || text.is(at.saturating_sub(1), list!["from"]) && text.capital(at)
                    || (at.saturating_sub(4)..at)
                        .any(|i| text.is(i, list!["next", "lives", "house", "key", "neighbour", "shes", "hes"]));
                if door && short && told {
                    return last(street_after(search, digit).unwrap_or(digit), "address.door");
                }
            }
            residence(search, at).or_else(|| named_street(search, at).map(|end| (at, end, "address.named")))
        }
        _ => None,
    }
}

/// Capitalised words after a number, the last of them a kind of street: its token.
fn street_after(search: &Search<'_, '_>, number: usize) -> Option<usize> {
    let text = search.text;
    let mut street = None;
    let mut at = number + 1;
    while at <= number + 6 {
        if text.kind(at) == Some(Kind::Word) && text.capital(at) && !search.has(at, MONTH | WEEKDAY) {
            if at > number + 1 && search.has(at, STREET) {
                street = Some(at);
            }
            at += 1;
        } else if text.is(at, list!["."]) && text.glued(at) && at > number + 1 {
            at += 1;
        } else {
            break;
        }
    }
    street
}

/// "12 Oak Street, Apt 4", "2/19 Rimu Bend", "41-08 Heron Street", "27a Gasworks Lane", "11 Cathkin Loan", "30866 Ránargata 87".
pub(super) fn numbered(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if text.norm(at).len() > 6
        || text.glued(at) && at > 0 && !text.is(at - 1, list!["(", "\n", "#"])
        || at > 0 && text.is(at - 1, list!["$", "£", "€"])
    {
        return None;
    }
    let mut number = at;
    if text.is(number + 1, list!["-", "/"])
        && text.glued(number + 1)
        && text.is_number(number + 2)
        && text.glued(number + 2)
    {
        number += 2;
    } else if text.is_number(number + 1)
        && !text.glued(number + 1)
        && text.norm(number + 1).len() <= 3
        && text.capital(number + 2)
    {
        number += 1;
    }
    if text.glued(number + 1) && text.norm(number + 1).len() == 1 && text.kind(number + 1) == Some(Kind::Word) {
        number += 1;
    }
    if let Some(street) = street_after(search, number) {
        return Some(tail(search, street));
    }
    // "12 oak street" in small letters needs the whole word for its street.
    if text.kind(number + 1) == Some(Kind::Word)
        && !text.glued(number + 1)
        && text.is(
            number + 2,
            list![
                "street",
                "avenue",
                "road",
                "lane",
                "boulevard",
                "drive",
                "close",
                "court",
                "crescent",
                "terrace",
                "gardens",
                "grove",
                "rd",
                "ave",
                "mews",
                "st",
            ],
        )
        && !text.is(
            number + 1,
            list![
                "the", "a", "of", "our", "to", "minute", "minutes", "min", "mins", "hour", "hours", "mile", "miles",
                "in", "at", "by", "and", "on", "more", "day", "week",
            ],
        )
    {
        return Some(tail(search, number + 2));
    }
    // A number, words of no dictionary, a number: a street abroad.
    let mut word = number + 1;
    while word < number + 5
        && (text.kind(word) == Some(Kind::Word) && (text.capital(word) || search.has(word, CALLE))
            || text.is(word, list!["."]) && text.glued(word))
    {
        word += 1;
    }
    let foreign = word > number + 1
        && !text.glued(number + 1)
        && text.is_number(word)
        && !search.has(number + 1, MONTH | WEEKDAY)
        && !text.glued(word + 1);
    if foreign
        && text.norm(word).len() <= 4
        && (number + 1..word).all(|i| !search.has(i, MONTH | WEEKDAY) && (i > number + 1 || !search.has(i, FIRST)))
    {
        return Some(tail(search, word));
    }
    // "from 9 The Maltings".
    let the = text.is(number + 1, list!["the"])
        && text.capital(number + 1)
        && text.capital(number + 2)
        && !search.has(number + 2, MONTH | WEEKDAY);
    if the && at > 0 && text.is(at - 1, list!["at", "from", "to", "of", ","]) {
        return Some(tail(search, number + 2));
    }
    // "at 11 Kelso Loaning": two words of no dictionary after a word of living somewhere.
    let told = (at.saturating_sub(3)..at).any(|i| text.is(i, &HOME));
    let unknown = |i: usize| {
        text.kind(i) == Some(Kind::Word)
            && text.capital(i)
            && !text.glued(i)
            && !search.has(i, MONTH | WEEKDAY | OTHER | GIVEN)
            && !search.is_clinical(i)
    };
    (told && unknown(number + 1) && unknown(number + 2) && text.norm(at).len() <= 5).then(|| tail(search, number + 2))
}

/// "flat 12 Mulberry Court", "Flat 9, Lowry Wharf", "flat 0/2".
fn flat(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let mut number = at + 1;
    if text.is(number + 1, list!["/"]) && text.is_number(number + 2) {
        number += 2;
    }
    let next = if text.is(number + 1, list![","]) { number + 2 } else { number + 1 };
    if text.is_number(next)
        && let Some(end) = numbered(search, next)
    {
        return Some(end);
    }
    let mut word = next;
    while word < next + 4
        && text.kind(word) == Some(Kind::Word)
        && text.capital(word)
        && !search.has(word, MONTH | WEEKDAY)
    {
        word += 1;
    }
    let named = word > next + 1 || word == next + 1 && !search.has(next, FIRST);
    if named && text.is(at, list!["flat", "apt", "apartment", "suite", "caravan"]) {
        return Some(tail(search, word - 1));
    }
    text.is(at, list!["flat", "caravan", "apt", "apartment"]).then_some(number)
}

/// "Calle Mayor 5", "Carrera 68 # 24-15 apto 502", "Av. Rivadavia 6120, 4° B", "ul. Zamkowa 33".
pub(super) fn calle(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    // "c/ Mayor 5", "C. Mayor 5".
    let short = text.norm(at).len() <= 2 && !text.is(at + 1, list![".", "/"]);
    let mut next = if text.is(at + 1, list!["/"]) { at + 2 } else { at + 1 };
    let (mut words, mut numbers, mut end) = (0, 0, None);
    while next <= at + 10 {
        if text.is_number(next) {
            numbers += 1;
            // "calle 16 de Septiembre 2304": a number that a name follows belongs to the name.
            end = Some(next);
            next += 1;
        } else if text
            .is(next, list!["#", "-", "°", "º", "no", "n", "num", "numero", "sur", "norte", "bis", "este", "oeste"])
            && (numbers > 0 || text.is(next, list!["#", "no", "num", "numero"]))
        {
            next += 1;
        } else if text.kind(next) == Some(Kind::Word)
            && (text.capital(next) || text.is(next, list!["de", "la", "los", "las", "del", "el", "y"]))
            && words < 6
        {
            words += 1;
            next += 1;
        } else if text.is(next, list!["."]) && text.glued(next)
            || text.is(next, list![","]) && text.is_number(next + 1) && numbers == 0
        {
            next += 1;
        } else {
            break;
        }
    }
    let with = text.is(next, list!["con", "y", "esquina"]);
    (words + numbers >= 2 && numbers >= 1 && !short && !with || text.norm(at).len() > 3 && numbers >= 2 && !with)
        .then_some(end)
        .flatten()
        .map(|end| tail(search, end))
}

/// What belongs to an address after its street: a unit, then a town if a code follows it.
pub(super) fn tail(search: &Search<'_, '_>, last: usize) -> usize {
    let text = search.text;
    let mut end = last;
    for _ in 0..3 {
        let mut at = end + 1;
        while text.is(at, list![",", ".", "#", "\n"]) && at < end + 4 {
            at += 1;
        }
        let hash = text.is(at.saturating_sub(1), list!["#"]) && text.is_number(at);
        if hash {
            end = at;
            continue;
        }
        if text.is(at, &UNITS) {
            at += 1;
            if text.is(at, list![".", "#"]) {
                at += 1;
            }
            if text.is_number(at) || text.kind(at) == Some(Kind::Mixed) || text.tokens.get(at).is_some_and(|t| t.upper)
            {
                end = at;
                continue;
            }
        }
        break;
    }
    // ", Tallinn, Estonia 02151": up to six capitalised words, if they end in a code.
    let mut at = end + 1;
    while at < end + 9
        && (text.is(at, list![",", "\n", ".", "(", ")"]) || text.kind(at) == Some(Kind::Word) && text.capital(at))
    {
        at += 1;
    }
    let code =
        at > end + 1 && text.is_number(at) && (4..=6).contains(&text.norm(at).len()) && !text.is(at - 1, list!["."]);
    // The code itself is a postcode's.
    if code {
        let mut before = at - 1;
        while before > end && text.kind(before) == Some(Kind::Mark) {
            before -= 1;
        }
        return before;
    }
    end
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn addresses_of_many_countries_are_found() {
        for (text, address) in [
            ("he is at 6 Pennyfarthing Close now", "6 Pennyfarthing Close"),
            ("posted to 2208 W Palmetto Shade Ave, Apt 6 today", "2208 W Palmetto Shade Ave, Apt 6"),
            ("her flat 12 Mulberry Court is", "flat 12 Mulberry Court"),
            ("at 27a Gasworks Lane still", "27a Gasworks Lane"),
            ("2/19 Rimu Bend it is", "2/19 Rimu Bend"),
            ("a la Carrera 68 # 24-15 apto 502", "Carrera 68 # 24-15 apto 502"),
            ("vive en calle 16 de Septiembre 2304 o ya", "calle 16 de Septiembre 2304"),
            ("lo mandamos a Av. Rivadavia 6120 ayer", "Av. Rivadavia 6120"),
            ("the bill went to PO Box 1187 again", "PO Box 1187"),
            ("she lives in Springfield now", "Springfield"),
            ("lives in the Milwaukee area", "Milwaukee"),
            ("is it 35108 ul. Zamkowa 33 Apt. 406 then", "35108 ul. Zamkowa 33 Apt. 406"),
            ("dad lives at 12 oak street", "12 oak street"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierAddress).as_deref(), Some(address), "{text}");
        }
    }

    #[test]
    fn the_clinics_own_way_and_street_names_accuse_nobody() {
        for text in [
            "We are at 212 Dumbarton Road, opposite the subway",
            "Parking on the Oxford Road side is closed",
            "Turn left on Saffron Lane",
            "Your appointment at Oak Street Surgery is on May 3",
            "see you at Hope Street Clinic",
        ] {
            assert!(!stated(text, Class::IdentifierAddress), "{text}");
        }
    }
}
