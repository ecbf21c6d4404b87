//! Ages, and those over 89 (45 CFR 164.514(b)(2)(i)(C)).

use super::Search;
use super::word::{AGE, PERSON};
use crate::screen::Class;
use crate::screen::text::{List, Text};

/// Ages over 89.
pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        let number = text.is_number(at) && (2..=3).contains(&text.norm(at).len());
        if !number && !search.has(at, AGE) {
            continue;
        }
        let found = match age_at(text, at) {
            // "turned 91": the word before is no part of the age.
            Some((_, age)) if age > 89 && !number && !text.is(at, list!["ninety", "noventa"]) => None,
            Some((last, age)) if age > 89 => Some(last),
            _ if number => told(search, at),
            _ => spelled(search, at),
        };
        if let Some(last) = found {
            search.take(at, last, Class::IdentifierAgeOver89, "age.over_89");
        }
    }
}

/// A bare 90 to 120 that is somebody's age by its words: "he's 94 and", "turned 91,", ", 92,", "95th birthday", "93F".
fn told(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let age = text.value(at).filter(|age| (90..=120).contains(age))?;
    let before = |words: &List| at > 0 && text.is(at - 1, words);
    if text.glued(at) && !before(list!["(", "~", "-"]) {
        return None;
    }
    if text.glued(at + 1) && text.is(at + 1, list!["th", "st", "nd", "rd"]) {
        let own = at > 0 && text.possessive(at - 1) && text.is(at + 2, list!["is", "on", "was", "party", "next"]);
        return (own || text.is(at + 2, list!["birthday", "cumpleanos"])).then_some(at + 1);
    }
    if age < 110 && text.glued(at + 1) && text.is(at + 1, list!["f", "m", "s"]) {
        return Some(at + 1);
    }
    let ends = text.kind(at + 1).is_none()
        || text.is(
            at + 1,
            list![
                ",",
                "!",
                "?",
                ")",
                "and",
                "now",
                "today",
                "in",
                "yesterday",
                "tomorrow",
                "but",
                "on",
                "who",
                "y",
                "e",
                "lives",
                "this",
                "next",
                "last",
                "\n",
                "with",
                "living",
                "hoy",
                "ahora",
                "ya",
                "still",
                "so",
                "el",
                "este",
                "and",
                "years",
                "-",
            ],
        )
        || text.is(at + 1, list!["."]) && !(text.glued(at + 2) && text.is_number(at + 2));
    let person = before(list![
        "he", "she", "hes", "shes", "age", "aged", "edad", "turned", "turns", "turning", "turn", "aged", "age",
        "tiene", "cumplio", "cumple",
    ]) || before(list!["is", "was", "be", "are"])
        && at > 1
        && text.is(
            at - 2,
            list!["he", "she", "mum", "mom", "dad", "nan", "gran", "grandma", "grandpa", "mother", "father", "patient"],
        )
        || before(list!["be"])
            && at > 1
            && text.is(at - 2, list!["will", "ll", "shell", "hell", "ill", "would"])
            && !(at > 2 && text.is(at - 3, list!["it", "there", "that", "which"]))
            && text.is(at + 1, list!["in", "on", "next", "this", "soon", "tomorrow", "years"])
        || at > 0 && text.possessive(at - 1) && search.has(at - 1, PERSON) && age < 110
        || before(list!["is", "was", "be", "are", "esta"]) && at > 1 && search.has(at - 2, PERSON) && age < 110;
    // "Opaline, 96, signed": between commas, and no unit after.
    let between =
        before(list![","]) && text.is(at + 1, list![",", ")"]) && !text.glued(at) && at > 1 && text.capital(at - 2);
    let half = if text.is(at + 1, list!["and"]) && text.is(at + 2, list!["a"]) && text.is(at + 3, list!["half"]) {
        at + 3
    } else {
        at
    };
    (person && (ends || at > 0 && text.possessive(at - 1) && text.is(at + 1, list!["the", "so"])) || between)
        .then_some(half)
}

/// "ninety-three today": a number in words that needs no unit beside a person.
fn spelled(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let (last, _) = number(text, at).filter(|_| text.is(at, list!["ninety", "noventa"]))?;
    let person = at > 0
        && text
            .is(at - 1, list!["is", "hes", "shes", "he", "she", "turned", "turns", "be", "tiene", "cumple", "cumplio"]);
    (person && !text.is(last + 1, list!["minutes", "percent", "days", "dollars", "pounds", "per", "miles", "mg"]))
        .then_some(last)
}

/// An age that starts at `at`: its last token and its value.
pub(super) fn age_at(text: &Text<'_>, at: usize) -> Option<(usize, u32)> {
    let (number_at, last) = if text.is(at, list!["aged", "age", "turned", "turns", "turning", "cumplio", "edad"]) {
        let mut next = at + 1;
        while text.is(next, list![":", "of", "is"]) && next < at + 3 {
            next += 1;
        }
        let value = number(text, next)?;
        let other =
            text.is(value.0 + 1, list!["%", "/", ":", "."]) && text.glued(value.0 + 1) && text.glued(value.0 + 2);
        return (!other).then_some(value).filter(|v| v.1 <= 120);
    } else {
        let (last, _) = number(text, at)?;
        (at, last)
    };
    let (_, age) = number(text, number_at)?;
    let mut next = last + 1;
    if text.is(next, list!["-"]) {
        next += 1;
    }
    let end = match text.norm(next) {
        "yo" | "yof" | "yom" => next,
        "y" if text.is(next + 1, list!["/"]) && text.is(next + 2, list!["o"]) => next + 2,
        "year" | "years" | "yr" | "yrs" => {
            let mut after = next + 1;
            if text.is(after, list!["-"]) {
                after += 1;
            }
            match text.norm(after) {
                "old" => after,
                "of" if text.is(after + 1, list!["age"]) => after + 1,
                ")" => next,
                _ => return None,
            }
        }
        "anos" | "anitos" => {
            if text.is(next + 1, list!["de"]) && text.is(next + 2, list!["edad"]) {
                next + 2
            } else {
                next
            }
        }
        _ => return None,
    };
    (age <= 120).then_some((end, age))
}

/// A number in digits or, from ninety, in words: its last token and value.
fn number(text: &Text<'_>, at: usize) -> Option<(usize, u32)> {
    if let Some(value) = text.value(at) {
        return (text.norm(at).len() <= 3).then_some((at, value));
    }
    if !text.is(at, list!["ninety", "noventa"]) {
        return None;
    }
    const ONES: [&str; 10] = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let next = if text.is(at + 1, list!["-"]) { at + 2 } else { at + 1 };
    let ones = ONES.iter().position(|w| !w.is_empty() && *w == text.norm(next)).and_then(|n| u32::try_from(n).ok());
    Some(ones.map_or((at, 90), |n| (next, 90 + n)))
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn an_age_over_89_is_found_however_it_is_told() {
        for (text, age) in [
            ("a 92yo with a cough", "92yo"),
            ("Gladys turned 91 today", "91"),
            ("he's 94 and alone", "94"),
            ("Opaline, 96, signed it", "96"),
            ("a happy 95th birthday", "95th"),
            ("Edna is ninety-three today", "ninety-three"),
            ("93F on the ward", "93F"),
            ("tiene 91 y vive sola", "91"),
            ("mamita de 92 añitos", "92 añitos"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierAgeOver89).as_deref(), Some(age), "{text}");
        }
    }

    #[test]
    fn other_nineties_are_no_age() {
        for text in [
            "sats 94 on air",
            "it is 95 percent done",
            "bus 97 stops here",
            "an 89 year old",
            "it's 92, sorry",
            "page 99",
        ] {
            assert!(!has(text, Class::IdentifierAgeOver89), "{text}");
        }
    }
}
