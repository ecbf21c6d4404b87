//! Phone and fax numbers: national formats by their grouping, any grouping after a word such as "call".

use super::Search;
use super::word::{BOOKED, FACILITY_WORD, NAMED, OUR, PERSON, PHONE};
use crate::screen::text::{Kind, List, Text};
use crate::screen::{Class, Standing};

const UNITS: List = List::of(&[
    "mg", "mcg", "ml", "units", "unit", "g", "kg", "iu", "%", "mmol", "minutes", "hours", "days", "am", "pesos",
    "euros",
]);

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        let starts = matches!(text.kind(at), Some(Kind::Number | Kind::Mark)) && search.free(at, at);
        match if starts { number_at(search, at).filter(|&(_, last)| search.free(at, last)) } else { None } {
            Some((known, last)) => {
                let local = search.names.has_phone(&super::code::joined(text, at, last));
                let rule = if local {
                    "phone.local"
                } else if known {
                    "phone.format"
                } else {
                    "phone.keyword"
                };
                search.take(at, last, Class::IdentifierPhone, rule);
                at = last + 1;
            }
            None => at += 1,
        }
    }
}

/// A number that the sentence calls the clinic's own ("call us at", "the office: ", "billing is") is a slot, unless somebody
/// stands between: "his wife Ana, 07700 900256".
pub(super) fn settle(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in 0..search.found.len() {
        let Some(phone) = search.found.get(at).filter(|f| f.class == Class::IdentifierPhone && f.rule != "phone.local")
        else {
            continue;
        };
        let first = phone.first;
        let theirs = (first.saturating_sub(3)..first).any(|i| {
            text.is(
                i,
                list![
                    "his", "her", "hers", "your", "su", "tu", "new", "old", "hers", "mobile", "cell", "nuevo", "suyo"
                ],
            )
        }) || search.near_before(first, 6, PERSON)
            || search.near_before(first, 8, NAMED);
        const CALL: List = List::of(&[
            "call",
            "calling",
            "ring",
            "phone",
            "text",
            "dial",
            "reach",
            "contact",
            "llame",
            "llamenos",
            "llamar",
            "llama",
            "llamanos",
            "marque",
            "marqueme",
            "comuniquese",
            "us",
            "office",
            "desk",
            "billing",
            "line",
            "reception",
            "questions",
            "number",
            "shop",
            "clinic",
            "emergencies",
            "duda",
            "whatsapp",
            "admision",
            "tel",
            "informes",
            "escriba",
            "back",
        ]);
        let ours = search.near_before(first, 10, OUR | FACILITY_WORD | BOOKED)
            || (first.saturating_sub(7)..first).any(|i| text.is(i, &CALL));
        if ours
            && !theirs
            && let Some(phone) = search.found.get_mut(at)
        {
            phone.standing = Standing::Slot;
        }
    }
}

/// A phone number that starts at `at`: whether its format is known, and its last token.
fn number_at(search: &Search<'_, '_>, at: usize) -> Option<(bool, usize)> {
    let text = search.text;
    let bracket = text.is(at, list!["("]) && text.is(at + 1, list!["+"]);
    let plus = text.is(at, list!["+"]) || bracket;
    let opens = text.is(at, list!["("]) && !bracket;
    let mut next = at + usize::from(plus || opens) + usize::from(bracket);
    if !text.is_number(next)
        || !plus && !opens && at > 0 && text.glued(at) && !text.is(at - 1, list![":", "(", "#", "/", "\n"])
    {
        return None;
    }
    let (mut lengths, mut ends, mut count) = ([0usize; 8], [0usize; 8], 0);
    let mut first_digit = '0';
    while count < 8 && text.is_number(next) {
        if count == 0 {
            first_digit = text.norm(next).chars().next().unwrap_or('0');
        }
        if let (Some(length), Some(end)) = (lengths.get_mut(count), ends.get_mut(count)) {
            (*length, *end) = (text.norm(next).len(), next);
        }
        count += 1;
        next = match text.kind(next + 1) {
            Some(Kind::Number) if !text.glued(next + 1) => next + 1,
            Some(Kind::Mark)
                if text.is(next + 1, list!["-", ".", "/"])
                    && text.is_number(next + 2)
                    && (text.glued(next + 1) && text.glued(next + 2)
                        || !text.glued(next + 1)
                            && !text.glued(next + 2)
                            && text.norm(next).len() >= 3
                            && text.norm(next + 2).len() >= 3) =>
            {
                next + 2
            }
            Some(Kind::Mark) if text.is(next + 1, list![")"]) && text.is_number(next + 2) => next + 2,
            Some(Kind::Mark)
                if text.is(next + 1, list![")"]) && text.is(next + 2, list!["-"]) && text.is_number(next + 3) =>
            {
                next + 3
            }
            Some(Kind::Mark) if text.is(next + 1, list!["("]) && text.is_number(next + 2) => next + 2,
            _ => break,
        };
    }
    let told = search.near_before(at, 4, PHONE);
    (1..=count).rev().find_map(|count| {
        let (groups, last) = (lengths.get(..count)?, *ends.get(count - 1)?);
        let total: usize = groups.iter().sum();
        let known = plus && (8..=15).contains(&total) || format_known(groups, first_digit, opens);
        if !(known || told && (7..=15).contains(&total)) || text.is(last + 1, &UNITS) {
            return None;
        }
        Some((known, with_extension(text, last)))
    })
}

fn format_known(groups: &[usize], first: char, opens: bool) -> bool {
    match groups {
        [3, 3, 4] => ('2'..='9').contains(&first) || first == '0' || opens,
        [1, 3, 3, 4] => first == '1',
        [10] => ('2'..='9').contains(&first) || first == '0',
        [11] => first == '1' || first == '0',
        [9] => matches!(first, '6' | '7' | '9'),
        [5, 6] | [4, 3, 4] | [3, 4, 4] | [4, 7] | [5, 3, 3] | [3, 8] | [4, 6] | [2, 2, 2, 2, 2] => {
            first == '0' || opens
        }
        [2, 3, 2, 2] => matches!(first, '8' | '9'),
        [3, 3, 3] | [3, 2, 2, 2] => ('6'..='9').contains(&first),
        [2, 4, 4] => opens || ('1'..='9').contains(&first),
        [3, 4] => first == '5',
        [3, 3, 2, 2] | [3, 7] => first == '3' || first == '6' || opens,
        _ => false,
    }
}

fn with_extension(text: &Text<'_>, last: usize) -> usize {
    let mut at = last + 1;
    if text.is(at, list![","]) {
        at += 1;
    }
    if !text.is(at, list!["ext", "x", "extension"]) {
        return last;
    }
    at += 1;
    if text.is(at, list![".", ":"]) {
        at += 1;
    }
    if text.is_number(at) && text.norm(at).len() <= 6 { at } else { last }
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn numbers_of_many_countries_are_phones() {
        for number in [
            "(555) 123-4567",
            "555.123.4567",
            "+1 555 016 3308",
            "07700 900 219",
            "020 7946 0177",
            "+44 7700 900731",
            "(+44) 7700-900-590",
            "699 956 915",
            "(71) 4233-6306",
            "+57 310 555 0142",
            "55 5203 0188",
            "310 5550142",
            "0161 555 0101",
        ] {
            assert_eq!(class_at(&format!("hers: {number} ok"), Class::IdentifierPhone).as_deref(), Some(number));
        }
    }

    #[test]
    fn doses_and_counts_are_no_phones() {
        for text in ["take 500 mg", "5000 units at 8", "page 12 of 300", "see 1 2 3"] {
            assert!(!has(text, Class::IdentifierPhone), "{text}");
        }
    }
}
