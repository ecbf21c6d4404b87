//! Postcodes: UK, Canada, Argentina by shape; five digits after a state, a word for them, or an address.

use super::Search;
use super::word::CALLE;
use crate::screen::Class;
use crate::screen::text::{Kind, List, Text};

const STATES: List = List::of(&[
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "hi", "id", "il", "in", "ia", "ks", "ky", "la", "me",
    "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne", "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa",
    "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa", "wv", "wi", "wy", "dc",
]);
const WORDS: List = List::of(&["zip", "zipcode", "postcode", "postal", "cp", "postcodes", "eircode"]);

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        let found = match text.kind(at) {
            Some(Kind::Number) if text.norm(at).len() >= 3 => digits(search, at),
            Some(Kind::Word | Kind::Mixed) if text.tokens.get(at).is_some_and(|t| t.upper) => {
                whole(text, at).or_else(|| eircode(text, at)).or_else(|| outward(text, at))
            }
            Some(Kind::Mixed) if (2..=4).contains(&text.norm(at).len()) => small(text, at),
            _ => None,
        };
        if let Some(last) = found {
            search.take(at, last, Class::IdentifierPostcode, "postcode.shape");
        }
    }
}

/// "le2 7xd": in small letters both halves must be there, with one space.
fn small(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut code = [0u8; 8];
    let mut length = 0;
    for i in at..at + 3 {
        let piece = text.norm(i).as_bytes();
        code.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
    }
    let halves = !text.glued(at + 1)
        && text.is_number(at + 1)
        && text.norm(at + 1).len() == 1
        && text.glued(at + 2)
        && text.norm(at + 2).len() == 2;
    (halves && postal_shape(code.get(..length)?)).then_some(at + 2)
}

/// Whether a sum of money's sign stands before a number.
pub(super) fn money(text: &Text<'_>, at: usize) -> bool {
    at > 0 && text.is(at - 1, list!["$", "£", "€"])
}

fn digits(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let length = text.norm(at).len();
    let plus4 = text.is(at + 1, list!["-"])
        && text.glued(at + 1)
        && text.glued(at + 2)
        && text.is_number(at + 2)
        && text.norm(at + 2).len() == 4;
    if length == 5 && plus4 {
        return Some(at + 2);
    }
    if length > 6 || money(text, at) || text.glued(at + 1) && text.kind(at + 1) != Some(Kind::Mark) {
        return None;
    }
    let state = at > 0 && text.tokens.get(at - 1).is_some_and(|t| t.upper) && text.is(at - 1, &STATES);
    let told = (at.saturating_sub(4)..at).any(|i| text.is(i, &WORDS)) && !text.is(at - 1, list![","]);
    let asked = length == 5 && (at + 1..at + 8).any(|i| text.is(i, list!["zip", "zipcode", "postcode"]));
    let after = length >= 4 && after_address(search, at);
    // "pickup crew can come to 85713": a number that somebody comes or sends to.
    let sent = length == 5
        && at > 1
        && text.is(at - 1, list!["to", "in"])
        && (at.saturating_sub(4)..at - 1).any(|i| {
            text.is(i, list!["come", "coming", "ship", "shipped", "deliver", "delivering", "lives", "live", "mailed"])
        });
    (sent || told && (3..=6).contains(&length) || length == 5 && (state || asked) || after).then_some(at)
}

/// ", Tampa 33629", ", 28012 Madrid": within five tokens of an address.
fn after_address(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let mut back = at;
    while back > 0 && at - back < 6 {
        back -= 1;
        if search.taken.get(back).copied().unwrap_or(false) {
            let address =
                search.found.iter().rev().take(4).any(|f| f.class == Class::IdentifierAddress && f.last == back);
            return address && at > back + 1;
        }
        let passes = text.is_number(back) && text.norm(back).len() <= 2
            || text.is(back, list!["º", "ª", "o", "a"]) && text.glued(back)
            || text.kind(back) == Some(Kind::Mark) && !text.is(back, list![".", "?", "!"])
            || text.capital(back) && !search.has(back, CALLE);
        if !passes {
            return false;
        }
    }
    false
}

/// The outward and inward parts arrive as one to four tokens; digits and letters were cut apart.
pub(super) fn whole(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut whole = [0u8; 8];
    let mut length = 0;
    for i in at..at + 4 {
        let token = text.tokens.get(i)?;
        if !matches!(token.kind, Kind::Word | Kind::Mixed | Kind::Number) || token.kind != Kind::Number && !token.upper
        {
            return None;
        }
        let piece = text.norm(i).as_bytes();
        whole.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
        let code = whole.get(..length)?;
        let ends = !text.glued(i + 1) || text.kind(i + 1) == Some(Kind::Mark);
        let starts = !text.glued(at) || at > 0 && text.kind(at - 1) == Some(Kind::Mark);
        if postal_shape(code) && ends && text.is_word(i) && starts {
            return Some(i);
        }
    }
    None
}

/// A9 9AA, A99 9AA, AA9 9AA, AA99 9AA, A9A 9AA, AA9A 9AA; A9A 9A9 for Canada; A9999AAA for Argentina.
fn postal_shape(code: &[u8]) -> bool {
    const SHAPES: [&[u8]; 8] =
        [b"a99aa", b"a999aa", b"aa99aa", b"aa999aa", b"a9a9aa", b"aa9a9aa", b"a9a9a9", b"a9999aaa"];
    SHAPES.iter().any(|shape| {
        shape.len() == code.len()
            && shape.iter().zip(code).all(|(s, c)| if *s == b'9' { c.is_ascii_digit() } else { c.is_ascii_lowercase() })
    })
}

/// "D08 X4F2": Ireland's, a routing key and four letters or digits (Eircode address file: no B, G, I, J, L, M, O, Q, S, U, Z).
fn eircode(text: &Text<'_>, at: usize) -> Option<usize> {
    let key = text.norm(at).as_bytes();
    let letter = |c: &u8| c.is_ascii_lowercase() && !b"bgijlmoqsuz".contains(c);
    let routing = key.len() == 3
        && key.first().is_some_and(letter)
        && key.get(1..).is_some_and(|k| k.iter().all(u8::is_ascii_digit) || k == b"6w");
    if !routing || text.glued(at + 1) {
        return None;
    }
    let mut code = [0u8; 4];
    let (mut length, mut last) = (0, at);
    while length < 4 && (length == 0 || text.glued(last + 1)) {
        last += 1;
        let piece = text.norm(last).as_bytes();
        if piece.is_empty() {
            return None;
        }
        code.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
    }
    let ends = !text.glued(last + 1) || text.kind(last + 1) == Some(Kind::Mark);
    let unique = length == 4
        && code.iter().all(|c| c.is_ascii_digit() || letter(c))
        && code.iter().any(u8::is_ascii_digit)
        && code.iter().any(u8::is_ascii_lowercase);
    (unique && ends && text.tokens.get(at + 1).is_some_and(|t| t.upper || t.kind == Kind::Number)).then_some(last)
}

/// "at G20", "lives in BS41": the outward half alone, after a word for where.
fn outward(text: &Text<'_>, at: usize) -> Option<usize> {
    let code = text.norm(at).as_bytes();
    let letters = code.iter().take_while(|c| c.is_ascii_lowercase()).count();
    let digits = code.len() - letters;
    let shaped =
        (1..=2).contains(&letters) && (1..=2).contains(&digits) && code.iter().skip(letters).all(u8::is_ascii_digit);
    let year = at > 1 && text.is(at - 1, list![","]) && text.is_number(at - 2) && text.norm(at - 2).len() == 4;
    (shaped
        && (at > 0 && text.is(at - 1, list!["postcode", "lives", "live", "says", "outcode"])
            || year
            || at > 0 && text.is(at - 1, list!["at"]) && code.len() >= 3 && letters == 1))
        .then_some(at)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn postcodes_of_six_countries_are_found() {
        for (text, code) in [
            ("postcode LE2 7XD please", "LE2 7XD"),
            ("lives SW1A 1AA there", "SW1A 1AA"),
            ("near K1A 0B1 then", "K1A 0B1"),
            ("Plant City FL 33564-1187 since", "33564-1187"),
            ("zip 44667, that is all", "44667"),
            ("col. La Paz, CP 72160", "72160"),
            ("código postal es 1607", "1607"),
            ("vive en calle Mayor 41, 28012 Madrid", "28012"),
            ("C1406GLN es", "C1406GLN"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierPostcode).as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn prices_and_small_numbers_are_no_postcode() {
        for text in ["pay $12345 now", "code 1234", "10245 steps a day"] {
            assert!(!has(text, Class::IdentifierPostcode), "{text}");
        }
    }
}
