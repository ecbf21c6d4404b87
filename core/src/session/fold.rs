//! Folding for the search: what differs only in case or in accents reads the same.
//!
//! `fold(text)` = each character decomposed (NFKD), marks dropped, case folded through lower, upper and lower case again,
//! so that ẞ, ß and SS, ς and Σ, ı and I meet.

use std::ops::Range;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Appends the folded text to `out`. ASCII is copied and lowered whole.
pub(super) fn fold_into(text: &str, out: &mut String) {
    // The whole at once first: most texts are ASCII, and that question is asked sixteen bytes at a time.
    let plain = if text.is_ascii() { text.len() } else { text.bytes().take_while(u8::is_ascii).count() };
    let start = out.len();
    let (ascii, rest) = text.split_at(plain);
    out.push_str(ascii);
    if let Some(copied) = out.get_mut(start..) {
        copied.make_ascii_lowercase();
    }
    rest.chars().for_each(|c| fold_char(c, out));
}

fn fold_char(c: char, out: &mut String) {
    if c.is_ascii() {
        return out.push(c.to_ascii_lowercase());
    }
    decompose_compatible(c, |part| {
        if part.is_ascii() {
            out.push(part.to_ascii_lowercase());
        } else if !is_combining_mark(part) {
            let folded = part.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
            out.extend(folded.filter(|c| !is_combining_mark(*c)));
        }
    });
}

/// Where in `text` the bytes `folded` of its folded form come from, in whole characters with the marks that follow them.
pub(super) fn origin(text: &str, folded: &Range<usize>) -> Range<usize> {
    let (mut at, mut start, mut end) = (0, None, text.len());
    let mut one = String::new();
    for (index, c) in text.char_indices() {
        one.clear();
        fold_char(c, &mut one);
        if at >= folded.end && !one.is_empty() {
            end = index;
            break;
        }
        at += one.len();
        if at > folded.start && start.is_none() {
            start = Some(index);
        }
    }
    start.unwrap_or(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fold(text: &str) -> String {
        let mut out = String::new();
        fold_into(text, &mut out);
        out
    }

    #[test]
    fn case_and_accents_make_no_difference() {
        for (left, right) in [
            ("Wound DRY", "wound dry"),
            ("Ñandú", "nandu"),
            ("JOSÉ", "jose\u{301}"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ"),
            ("İstanbul", "istanbul"),
            ("ﬁebre", "FIEBRE"),
            ("Ｆｅｖｅｒ", "fever"),
            ("Новый", "НОВЫИ"),
        ] {
            assert_eq!(fold(left), fold(right), "{left}");
        }
        assert_ne!(fold("dose"), fold("doze"));
    }

    #[test]
    fn a_match_is_shown_with_its_accents() {
        let text = "La niña está en el Hospital Bárbara";
        let folded = fold(text);
        for (needle, shown) in [("nina", "niña"), ("esta", "está"), ("barbara", "Bárbara"), ("a esta", "a está")] {
            let at = folded.find(needle).unwrap();
            assert_eq!(&text[origin(text, &(at..at + needle.len()))], shown);
        }
        let apart = "jose\u{301} came";
        assert_eq!(&apart[origin(apart, &(0..4))], "jose\u{301}");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once_and_case_never_matters(text in "[ -~À-ÖØ-öø-žА-я]{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert_eq!(fold(&text.to_uppercase()), once);
        }

        #[test]
        fn an_origin_lies_on_characters(text: String, from in 0usize..40, length in 0usize..40) {
            let folded = fold(&text);
            let from = from.min(folded.len());
            let range = origin(&text, &(from..(from + length).min(folded.len())));
            prop_assert!(text.get(range).is_some());
        }
    }
}
