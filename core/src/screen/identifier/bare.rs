//! Codes that need no keyword: a checksum proves them, or their shape is one of a national number, a plate, a record.

use super::check;
use super::code::{code, joined, of_a_thing};
use super::plate::plate;
use super::word::NAMED;
use super::{Search, postcode};
use crate::screen::Class;
use crate::screen::text::{Kind, Text};

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if !search.free(at, at) || text.glued(at) && at > 0 && text.kind(at - 1) != Some(Kind::Mark) {
            continue;
        }
        match text.kind(at) {
            Some(Kind::Number | Kind::Mixed | Kind::Word) if text.norm(at).len() == 2 && hardware(search, at) => {}
            Some(Kind::Number) => number(search, at),
            Some(Kind::Mixed) => mixed(search, at),
            Some(Kind::Word) if text.tokens.get(at).is_some_and(|t| t.upper) || text.is(at, list!["xxx"]) => {
                mixed(search, at)
            }
            Some(Kind::Mark) if text.is(at, list!["("]) && text.norm(at + 1) == "01" && text.is(at + 2, list![")"]) => {
                udi(search, at)
            }
            _ => {}
        }
    }
}

/// "(01)00844588003288": a device identifier, GS1.
fn udi(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if text.is_number(at + 3) && text.norm(at + 3).len() >= 14 {
        let end = code(search, at + 3).unwrap_or(at + 3);
        search.take(at, end, Class::IdentifierDevice, "device.udi");
    }
}

/// "00:1B:44:11:3A:B7": the address of a network card, six pairs (IEEE 802).
fn hardware(search: &mut Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let (mut digits, mut last) = (0, at);
    // A pair may be cut in two where its digit stands first.
    while last < at + 20 && digits < 12 {
        let piece = text.norm(last);
        let hex = piece.bytes().all(|b| b.is_ascii_hexdigit());
        if text.kind(last) == Some(Kind::Mark) {
            if !text.is(last, list![":", "-"]) || digits % 2 == 1 {
                return false;
            }
        } else if hex && !piece.is_empty() && piece.len() <= 2 && (last == at || text.glued(last)) {
            digits += piece.len();
        } else {
            return false;
        }
        last += 1;
    }
    let whole = digits == 12 && last > at + 10;
    if whole {
        search.take(at, last - 1, Class::IdentifierDevice, "device.mac");
    }
    whole
}

fn length(text: &Text<'_>, at: usize) -> usize {
    if text.is_number(at) { text.norm(at).len() } else { 0 }
}

fn number(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let here = text.norm(at).len();
    // Most numbers are short and alone: a time, a day.
    if here < 2 && !text.glued(at + 1) || (at.saturating_sub(3)..at).any(|i| text.is(i, list!["+"])) {
        return;
    }
    let dashed = |i: usize| text.is(i, list!["-", "."]) && text.glued(i) && text.glued(i + 1);
    let grouped = [here, length(text, at + 2), length(text, at + 4)];
    if grouped == [3, 2, 4] && dashed(at + 1) && dashed(at + 3) {
        if check::ssn(&joined(text, at, at + 4)) {
            search.take(at, at + 4, Class::IdentifierSsn, "ssn.shape");
        }
        return;
    }
    if grouped == [3, 3, 4] && dashed(at + 1) && dashed(at + 3) && nhs_issued(&joined(text, at, at + 4)) {
        search.take(at, at + 4, Class::IdentifierNhsNumber, "nhs.checksum");
        return;
    }
    let spaced = [here, length(text, at + 1), length(text, at + 2)];
    if spaced == [3, 3, 4] && nhs_issued(&joined(text, at, at + 2)) {
        search.take(at, at + 2, Class::IdentifierNhsNumber, "nhs.checksum");
        return;
    }
    if spaced == [3, 2, 4] && check::ssn(&joined(text, at, at + 2)) {
        search.take(at, at + 2, Class::IdentifierSsn, "ssn.shape");
        return;
    }
    let Some(end) = code(search, at) else { return };
    let whole = joined(text, at, end);
    let digits = whole.bytes().filter(u8::is_ascii_digit).count();
    let all_digits = digits == whole.len();
    let found = if all_digits && (13..=19).contains(&digits) && check::luhn(&whole) {
        Some((Class::IdentifierAccount, "account.luhn"))
    } else if whole.len() == 9 && digits == 8 && whole.split_at_checked(8).is_some_and(|(d, l)| check::dni(d, l)) {
        Some((Class::IdentifierNationalId, "national_id.dni"))
    } else if end == at + 4 && dashed(at + 1) && digits == 11 && check::cuil(&whole)
        || end == at + 6 && digits == 11 && check::cpf(&whole)
    {
        Some((Class::IdentifierNationalId, "national_id.checksum"))
    } else if dashed(end.saturating_sub(1))
        && whole.split_at_checked(whole.len().saturating_sub(1)).is_some_and(|(d, c)| check::rut(d, c))
    {
        Some((Class::IdentifierNationalId, "national_id.rut"))
    } else if all_digits && digits == 10 && nhs_issued(&whole) {
        Some((Class::IdentifierNhsNumber, "nhs.checksum"))
    } else if plate(text, at, end, &whole) && !of_a_thing(search, at) {
        Some((Class::IdentifierPlate, "plate.shape"))
    } else {
        record(search, at, end, digits, all_digits)
    };
    if let Some((class, rule)) = found {
        search.take(at, end, class, rule);
    }
}

/// A long number that nothing explains: seven digits in one piece are nobody's order, page or price.
fn record(
    search: &Search<'_, '_>,
    at: usize,
    end: usize,
    digits: usize,
    all_digits: bool,
) -> Option<(Class, &'static str)> {
    let text = search.text;
    if of_a_thing(search, at) || search.names.has_identifier(&joined(text, at, end)) {
        return search.names.has_identifier(&joined(text, at, end)).then_some((Class::IdentifierMrn, "mrn.local"));
    }
    // "99.080.317": an identity number as it is written in Spanish; a sum has its sign or its unit.
    let dots = (at..end).filter(|&i| text.is(i, list!["."])).count();
    let sum = text.is(end + 1, list!["pesos", "euros", "cop", "usd", "mil", "de"]);
    if all_digits
        && dots >= 2
        && end == at + 2 * dots
        && (7..=10).contains(&digits)
        && length(text, end) == 3
        && length(text, at + 2) == 3
        && !sum
    {
        return Some((Class::IdentifierNationalId, "national_id.dotted"));
    }
    let one = at == end && !(at > 0 && text.is_number(at - 1));
    let zero = text.norm(at).starts_with('0');
    let phone = matches!(digits, 10 | 11) || digits == 9 && text.norm(at).starts_with(['6', '7', '9']);
    let called = (at.saturating_sub(4)..at).any(|i| {
        text.is(i, list!["call", "ring", "text", "tel", "phone", "llame", "llamar", "marque", "al", "numero"])
    });
    if one && (7..=12).contains(&digits) && !phone && !zero && !called {
        return Some((Class::IdentifierMrn, "mrn.number"));
    }
    let glued = (at + 1..=end).all(|i| text.glued(i));
    if !glued {
        return None;
    }
    let hyphens = (at..end).filter(|&i| text.is(i, list!["-"])).count();
    (!all_digits && hyphens > 0 && digits >= 6 || hyphens >= 2 && digits >= 12)
        .then_some((Class::IdentifierMrn, "mrn.shape"))
}

/// "Olive Entwistle, 4471822" and "Osgood (88214)": a number right after a name that is stated.
pub(super) fn beside(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in 2..text.tokens.len() {
        if !text.is_number(at)
            || !(5..=10).contains(&text.norm(at).len())
            || !search.free(at, at)
            || text.glued(at + 1) && text.is_word(at + 1)
        {
            continue;
        }
        let apart = text.is(at - 1, list![",", "(", "#", "-", ":"]);
        if (apart && search.has(at - 2, NAMED) || search.has(at - 1, NAMED)) && !postcode::money(text, at) {
            search.take(at, at, Class::IdentifierMrn, "mrn.beside");
        }
    }
}

fn mixed(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let Some(end) = code(search, at) else { return };
    let whole = joined(text, at, end);
    let digits = whole.bytes().filter(u8::is_ascii_digit).count();
    let found = if whole.len() == 17 && check::vin(&whole) {
        Some((Class::IdentifierPlate, "plate.vin"))
    } else if check::nino_shape(&whole) {
        Some((Class::IdentifierNationalId, "national_id.nino"))
    } else if licence(&whole) {
        Some((Class::IdentifierNationalId, "national_id.licence"))
    } else if check::nie(&whole) {
        Some((Class::IdentifierNationalId, "national_id.nie"))
    } else if check::curp_shape(&whole) {
        let proven = check::curp(&whole);
        Some((Class::IdentifierNationalId, if proven { "national_id.curp" } else { "national_id.curp_shape" }))
    } else if check::iban(&whole) || check::iban_shape(&whole) && whole.len() >= 20 && digits >= 14 {
        Some((Class::IdentifierAccount, if check::iban(&whole) { "account.iban" } else { "account.iban_shape" }))
    } else if search.names.may_begin_identifier(text.norm(at)) && search.names.has_identifier(&whole) {
        Some((Class::IdentifierMrn, "mrn.local"))
    } else if whole.starts_with("xxx") && digits == 4 {
        Some((Class::IdentifierSsn, "ssn.masked"))
    } else if postcode::whole(text, at).is_some() || of_a_thing(search, at) || search.is_clinical(at) {
        None
    } else if plate(text, at, end, &whole) {
        Some((Class::IdentifierPlate, "plate.shape"))
    } else {
        let pieces = (at..end).any(|i| text.is(i, list!["-", "/"])) && (at + 1..=end).all(|i| text.glued(i));
        let letters = whole.bytes().take_while(u8::is_ascii_alphabetic).count();
        let upper = text.tokens.get(at).is_some_and(|t| t.upper);
        let long = upper && end == at && (1..=4).contains(&letters) && digits >= 5 && digits + letters == whole.len();
        (pieces && upper && letters > 0 && digits >= 4 && whole.len() >= 6 || long)
            .then_some((Class::IdentifierMrn, "mrn.shape"))
    };
    if let Some((class, rule)) = found {
        search.take(at, end, class, rule);
    }
}

/// A UK driving licence: five of the name, six digits of the birth date, two initials, three more (DVLA).
fn licence(code: &str) -> bool {
    let b = code.as_bytes();
    b.len() == 16
        && b.iter().take(3).all(u8::is_ascii_lowercase)
        && b.iter().skip(5).take(6).all(u8::is_ascii_digit)
        && b.iter().skip(14).all(u8::is_ascii_lowercase)
}

/// Ten digits that are an NHS number and no plausible phone number of North America.
fn nhs_issued(digits: &str) -> bool {
    let b = digits.as_bytes();
    let phone = matches!((b.first(), b.get(3)), (Some(b'2'..=b'8'), Some(b'2'..=b'9'))) || b.first() == Some(&b'0');
    check::nhs(digits) && (digits.starts_with(['4', '6', '7']) && !phone || digits.starts_with("999"))
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn a_code_that_proves_itself_needs_no_keyword() {
        for (text, class, code) in [
            ("we hold 943 476 5919? no", Class::IdentifierNhsNumber, None),
            ("it is 401 023 2137 then", Class::IdentifierNhsNumber, Some("401 023 2137")),
            (
                "refund to GB82 WEST 1234 5698 7654 32, £36",
                Class::IdentifierAccount,
                Some("GB82 WEST 1234 5698 7654 32"),
            ),
            ("it was 4111 1111 1111 1111 again", Class::IdentifierAccount, Some("4111 1111 1111 1111")),
            ("found 1M8GDM9AXKP042788 outside", Class::IdentifierPlate, Some("1M8GDM9AXKP042788")),
            ("lleva 12345678Z en la ficha", Class::IdentifierNationalId, Some("12345678Z")),
            ("es X1234567L ahora", Class::IdentifierNationalId, Some("X1234567L")),
            ("tiene BOXW310820HNERXN09 mal", Class::IdentifierNationalId, Some("BOXW310820HNERXN09")),
            ("trajo 529.982.247-25 ayer", Class::IdentifierNationalId, Some("529.982.247-25")),
            ("his is 12.345.678-5 there", Class::IdentifierNationalId, Some("12.345.678-5")),
            ("wearing 123-45-6789 on it", Class::IdentifierSsn, Some("123-45-6789")),
            ("AB 12 34 56 C is smudged", Class::IdentifierNationalId, Some("AB 12 34 56 C")),
        ] {
            assert_eq!(class_at(text, class).as_deref(), code, "{text}");
        }
    }

    #[test]
    fn a_wrong_check_digit_proves_nothing() {
        assert!(!has("it is 401 023 2138 then", Class::IdentifierNhsNumber));
        assert!(!has("es X1234567M ahora", Class::IdentifierNationalId));
        assert!(!has("it was 4111 1111 1111 1112 again", Class::IdentifierAccount));
    }

    #[test]
    fn orders_tickets_and_versions_are_nobodys_number() {
        for text in [
            "Order 55120 arrived",
            "ticket C118, about 20 ahead",
            "Invoice 2093188 for October",
            "item code 5012616-171 is back",
            "Version 4.2.1.7 is broken",
            "receipt 0019-3345",
            "confirmation code 7G4KQ",
        ] {
            assert!(!has(text, Class::IdentifierMrn) && !has(text, Class::IdentifierPlate), "{text}");
        }
    }
}
