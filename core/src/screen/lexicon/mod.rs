//! The reviewed words, and how they are found in a text.
//!
//! [`vocabulary`] says what one word is, [`phrases`] finds the terms of `words/*.txt`, [`terms`] those of the large lists,
//! [`disguise`] words that are hidden.

mod classes;
mod disguise;
pub(crate) mod listed;
pub(crate) mod people;
mod phrases;
mod roles;
mod slip;
pub(crate) mod terms;
pub(crate) mod vocabulary;

pub(crate) use self::classes::Classes;
pub(crate) use self::phrases::{CLINICAL, JEST, KEYWORDS, LOGISTICS, forms, next_word};
pub(crate) use self::roles::{Jest, LANGUAGES, group};

use super::text::{Kind, Text};

/// A clinical or sensitive term found in a text: tokens `first..=last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) classes: Classes,
    pub(crate) weak: bool,
    pub(crate) rule: &'static str,
}

/// Every clinical and sensitive term, left to right, the longest at each place, disguises included.
pub(crate) fn hits(text: &Text<'_>) -> Vec<Hit> {
    let mut found = Vec::new();
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        if let Some(hit) = hit_at(text, at) {
            at = hit.last + 1;
            found.push(hit);
        } else {
            at += 1;
        }
    }
    found
}

fn hit_at(text: &Text<'_>, at: usize) -> Option<Hit> {
    if !matches!(text.kind(at)?, Kind::Word | Kind::Mixed | Kind::Number) {
        return None;
    }
    if let Some((term, last)) = CLINICAL.longest(text, at) {
        // The same words may stand under several headings.
        let classes = CLINICAL
            .starting(text, at)
            .filter(|(other, end)| *end == last && other.more == term.more)
            .fold(Classes::default(), |all, (other, _)| all.and(other.value));
        return Some(Hit { first: at, last, classes, weak: term.weak, rule: "lexicon.term" });
    }
    if text.is_word(at)
        && let Some((classes, weak)) = vocabulary::stem(text.norm(at), text.word(at))
    {
        return Some(Hit { first: at, last: at, classes, weak, rule: "lexicon.stem" });
    }
    disguise::spelled(text, at)
        .or_else(|| disguise::digits_for_letters(text, at))
        .or_else(|| disguise::pieces(text, at))
        .or_else(|| disguise::split_word(text, at))
        .or_else(|| slip::mistyped(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(usize, usize, &'static str)> {
        let text = Text::new(source);
        hits(&text).into_iter().map(|h| (h.first, h.last, h.rule)).collect()
    }

    #[test]
    fn the_word_files_parse_into_a_working_set() {
        assert!(CLINICAL.len() > 1200, "{}", CLINICAL.len());
        assert!(LOGISTICS.len() > 1000, "{}", LOGISTICS.len());
    }

    #[test]
    fn the_longest_term_wins_and_plurals_and_hyphens_do_not_matter() {
        assert_eq!(found("your blood-sugars"), [(1, 3, "lexicon.term")]);
        assert_eq!(found("two biopsies, three biopsys"), [(1, 1, "lexicon.term"), (4, 4, "lexicon.term")]);
        assert_eq!(found("the HIV clinic"), [(1, 2, "lexicon.term")]);
    }

    #[test]
    fn disguised_words_are_found() {
        for disguised in ["H.I.V", "h i v", "h-i-v", "h1v", "chl@mydia", "abor-tion", "abor tion", "5uicide"] {
            assert_eq!(found(disguised).len(), 1, "{disguised}");
        }
    }

    #[test]
    fn ordinary_words_side_by_side_are_not_a_disguise() {
        for plain in ["the rapist", "a b c", "see you at 10", "I go on"] {
            assert_eq!(found(plain), [], "{plain}");
        }
    }
}
