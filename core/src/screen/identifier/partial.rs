//! Parts of a number that still point at somebody: "her mobile ends 9913", "the last four of his number are 0461", a local number.

use super::Search;
use super::word::PERSON;
use crate::screen::Class;
use crate::screen::text::List;

const TELEPHONES: List = List::of(&[
    "mobile",
    "cell",
    "phone",
    "number",
    "landline",
    "numbers",
    "whatsapp",
    "movil",
    "celular",
    "celu",
    "telefono",
    "tel",
    "numero",
    "mob",
    "cellphone",
    "tlf",
]);
/// Words that say that the digits are of something else.
const CARDS: List = List::of(&[
    "card",
    "account",
    "acct",
    "tarjeta",
    "cuenta",
    "visa",
    "mastercard",
    "amex",
    "ssn",
    "social",
    "order",
    "invoice",
    "ticket",
    "policy",
    "claim",
    "iban",
]);

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if !text.is_number(at) || !search.free(at, at) || text.glued(at + 1) && text.is_word(at + 1) {
            continue;
        }
        if (2..=5).contains(&text.norm(at).len()) && record_end(search, at) {
            search.take(at, at, Class::IdentifierMrn, "mrn.part");
            continue;
        }
        let last = match text.norm(at).len() {
            2..=4 if ending(search, at) => at,
            5 | 6 if local(search, at) => at,
            2 | 3 if text.is_number(at + 1) && text.norm(at + 1).len() == 3 && local(search, at) => at + 1,
            _ => continue,
        };
        search.take(at, last, Class::IdentifierPhone, "phone.part");
    }
}

/// "ends 9913", "ending in 0461", "last four digits of her mobile are 0461".
fn ending(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let from = at.saturating_sub(10);
    let near = || (from..at).rev().take_while(|&i| !text.is(i, list!["\n", "!", ";"]));
    if text.norm(at).len() < 3 && !text.is(at.saturating_sub(1), list!["ends", "ending", "in", "en"]) {
        return false;
    }
    let ends = (at.saturating_sub(5)..at)
        .any(|i| text.is(i, list!["ends", "ending", "ended", "terminado", "termina", "acaba", "terminada"]));
    let fours = near().any(|i| {
        text.is(i, list!["last", "ultimos", "ultimas", "first", "final"])
            && text.is(
                i + 1,
                list!["four", "4", "three", "3", "digits", "cuatro", "tres", "cifras", "digitos", "few", "bit"],
            )
    });
    let phone = near().chain(at + 1..at + 5).any(|i| text.is(i, &TELEPHONES));
    let card = near().any(|i| text.is(i, &CARDS));
    (ends || fours) && phone && !card
}

/// "hosp num ends 812": the end of a number of the hospital's.
fn record_end(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let near = at.saturating_sub(7)..at;
    near.clone().any(|i| text.is(i, list!["ends", "ending", "starts", "starting", "termina", "acaba", "begins"]))
        && near.clone().any(|i| {
            text.is(i, list!["hosp", "hospital", "mrn", "nhs", "chart", "record", "wristband", "nhc", "expediente"])
        })
        && at > 0
        && text.is(at - 1, list!["ends", "ending", "in", "with", "starts", "starting", "en", "por", "begins"])
}

/// "ring her on 900461": five or six digits after calling somebody, with whom between.
fn local(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    if at < 3 || !text.is(at - 1, list!["on", "at", "al", ":", "is"]) || text.glued(at) {
        return false;
    }
    let called = |i: usize| {
        text.is(
            i,
            list![
                "ring", "call", "phone", "text", "reach", "contact", "rang", "try", "get", "catch", "bell", "ringing"
            ],
        )
    };
    let who =
        |i: usize| text.is(i, list!["her", "him", "them", "she", "he"]) || search.has(i, PERSON) || text.capital(i);
    let his = |i: usize| text.is(i, list!["his", "her", "their", "mums", "dads", "home"]);
    called(at - 3) && who(at - 2)
        || at > 3 && called(at - 4) && (who(at - 3) || who(at - 2)) && !text.is(at - 2, list!["us", "back"])
        || text.is(at - 2, list!["number", "landline", "phone", "mobile"]) && his(at - 3)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn a_part_of_a_number_is_found() {
        for (text, part) in [
            ("last four digits of her mobile are 0461", "0461"),
            ("his number ends ...9913, is that right", "9913"),
            ("ring her on 900461, it's local", "900461"),
            ("los últimos cuatro de su móvil son 4471", "4471"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierPhone).as_deref(), Some(part), "{text}");
        }
    }

    #[test]
    fn the_end_of_a_card_and_the_clinics_own_number_are_no_part_of_a_phone() {
        for text in
            ["paid with the card ending 4471", "the meeting ends 1530", "call us on 444555", "room 412 by phone 2"]
        {
            assert!(!has(text, Class::IdentifierPhone), "{text}");
        }
    }
}
