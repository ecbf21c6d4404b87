//! Number plates by their shape: UK since 1963, Spain, Argentina, Colombia, and three letters with three or four digits beside
//! a word for a car.

use super::Search;
use super::check;
use super::code::joined;
use crate::screen::Class;
use crate::screen::text::{Kind, List, Text};

const CARS: List = List::of(&[
    "car",
    "truck",
    "van",
    "plate",
    "plates",
    "vehicle",
    "parked",
    "parking",
    "reg",
    "driver",
    "lights",
    "auto",
    "coche",
    "moto",
    "placa",
    "placas",
    "patente",
    "matricula",
    "camioneta",
    "carro",
    "blocking",
    "suv",
    "sedan",
    "motorbike",
    "bike",
    "honda",
    "ford",
    "toyota",
    "permit",
    "grua",
    "fiesta",
    "corsa",
    "chaval",
    "blue",
    "drives",
    "drive",
    "driving",
    "skoda",
    "jag",
    "jaguar",
    "bmw",
    "audi",
    "golf",
    "polo",
    "volvo",
    "vw",
    "mini",
    "merc",
    "mercedes",
    "nissan",
    "kia",
    "hyundai",
    "transit",
    "astra",
    "focus",
    "estate",
    "hatchback",
    "minibus",
    "tesla",
    "peugeot",
    "renault",
    "seat",
    "fiat",
    "mazda",
    "registration",
    "scooter",
]);

/// Words that half a plate stands behind.
const HALVED: List = List::of(&[
    "car",
    "van",
    "truck",
    "reg",
    "plate",
    "fiesta",
    "corsa",
    "golf",
    "polo",
    "astra",
    "focus",
    "transit",
    "skoda",
    "coche",
    "minibus",
    "hatchback",
]);

/// Whether a code of these tokens is a plate; in capitals, or with a car beside it.
pub(super) fn plate(text: &Text<'_>, first: usize, last: usize, code: &str) -> bool {
    if !(5..=8).contains(&code.len())
        || !(first..=last).all(|i| {
            text.is_number(i) || text.kind(i) == Some(Kind::Mark) || text.tokens.get(i).is_some_and(|t| t.upper)
        })
    {
        return false;
    }
    let shaped = strict(code);
    let loose = ["lll999", "lll9999", "999lll", "9lll999", "9ll999", "lll999l", "l9lll", "l99lll", "l999lll", "lll9l"]
        .iter()
        .any(|p| check::shape(code, p));
    let near = beside(text, first, last);
    let groups = last > first;
    shaped && (near || groups && !check::shape(code, "9999lll")) || near && loose
}

fn strict(code: &str) -> bool {
    ["ll99lll", "9999lll", "ll999ll", "l9999ll", "lll99l"].iter().any(|p| check::shape(code, p))
}

fn beside(text: &Text<'_>, first: usize, last: usize) -> bool {
    (first.saturating_sub(8)..first).chain(last + 1..last + 8).any(|i| text.is(i, &CARS))
}

/// "silver skoda bd17 xyz", "coche 4471 kzp", "placas abc-12-34": in small letters, with a car beside it.
pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if !search.free(at, at) || text.glued(at) && at > 0 && text.kind(at - 1) != Some(Kind::Mark) {
            continue;
        }
        let length = text.norm(at).len();
        // "blue van YP08": half a plate right after the car.
        if at > 0
            && text.is(at - 1, &HALVED)
            && check::shape(text.norm(at), "ll99")
            && text.tokens.get(at).is_some_and(|t| t.upper)
        {
            search.take(at, at, Class::IdentifierPlate, "plate.half");
            continue;
        }
        let begins = match text.kind(at) {
            Some(Kind::Mixed) => (2..=7).contains(&length),
            Some(Kind::Number) => length == 4,
            Some(Kind::Word) => (1..=3).contains(&length) && text.is_number(after(text, at)),
            _ => false,
        };
        if !begins || super::code::of_a_thing(search, at) {
            continue;
        }
        if let Some(last) = small(search, at) {
            search.take(at, last, Class::IdentifierPlate, "plate.small");
        }
    }
}

/// The token after `at`, past a hyphen glued to both.
fn after(text: &Text<'_>, at: usize) -> usize {
    if text.is(at + 1, list!["-"]) && text.glued(at + 1) && text.glued(at + 2) { at + 2 } else { at + 1 }
}

fn small(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let mut last = at;
    for _ in 0..4 {
        let length = text.tokens.get(at..=last)?.iter().map(|t| t.end - t.start).sum::<usize>();
        if length >= 5 {
            let code = joined(text, at, last);
            let ends = !text.glued(last + 1) || text.kind(last + 1) == Some(Kind::Mark);
            let shape = strict(&code) || check::shape(&code, "lll9999") || check::shape(&code, "lll999");
            if ends && shape && in_traffic(search, at, last) {
                return Some(last);
            }
        }
        let next = after(text, last);
        if !matches!(text.kind(next), Some(Kind::Word | Kind::Number | Kind::Mixed)) || text.norm(next).len() > 4 {
            return None;
        }
        last = next;
    }
    None
}

/// Whether a car or the word for its plate stands beside what may be one.
fn in_traffic(search: &Search<'_, '_>, at: usize, last: usize) -> bool {
    let text = search.text;
    let told = (at.saturating_sub(3)..at).any(|i| {
        text.is(i, list!["reg", "plate", "plates", "placa", "placas", "matricula", "patente", "registration"])
    });
    // "is 30 min": words that somebody knows are no part of a plate.
    let word = || {
        (at..=last).any(|i| {
            text.kind(i) == Some(Kind::Word)
                && (search.has(i, super::word::ORDINARY | super::word::OTHER)
                    || text.norm(i).len() == 1 && text.glued(i) != (i > at))
        }) || text.kind(at) == Some(Kind::Word) && !text.glued(at + 1) && !text.capital(at)
    };
    told || beside(text, at, last) && !word()
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn plates_are_found_as_people_type_them() {
        for (text, plate) in [
            ("reg is LM19 OPK, blocking the bay", "LM19 OPK"),
            ("silver skoda bd17 xyz has its lights on", "bd17 xyz"),
            ("he drives the K9 REG jag", "K9 REG"),
            ("coche 4471 kzp tapando la rampa", "4471 kzp"),
            ("la camioneta con placas abc-12-34 tiene", "abc-12-34"),
            ("the van with 7KLM449 is double parked", "7KLM449"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierPlate).as_deref(), Some(plate), "{text}");
        }
    }

    #[test]
    fn years_models_and_sums_beside_a_car_are_no_plate() {
        for text in [
            "a 2019 van for sale",
            "the car cost 4500 all in",
            "parking is 2 hrs max",
            "drive the bmw i3 for me",
            "the car in bay 12",
        ] {
            assert!(!has(text, Class::IdentifierPlate), "{text}");
        }
    }
}
