//! The large term lists: drugs, diagnoses, symptoms, procedures and laboratory tests that the reviewed words lack.
//!
//! `words/lexicon/*.txt` are made by `core/lexicons/make`; the build turns them into one finite state transducer that is read
//! where it lies in the library: nothing to start, nothing on the heap. Terms that a shorter term, a reviewed word or an
//! ending tells already are not in it, so 16,400 entries stand for 29,500 names.

use std::sync::LazyLock;

use fst::raw::{Fst, Node, Output};

use super::vocabulary::{self, BEGINS, hash};
use super::{Classes, Hit, forms, next_word};
use crate::screen::text::{Kind, List, Text};

/// Folded words, joined by spaces, to an index into [`CLASSES`].
const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terms.fst"));

/// A Bloom filter of the first words of terms: nineteen words in twenty end here, before the map is walked.
const FIRST_WORDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terms.bits"));

/// Whether some term may begin with a word.
fn may_begin(word: &str) -> bool {
    let hash = hash(word.as_bytes());
    // The same bits as in `build.rs`.
    [hash & 0x1_FFFF, hash.wrapping_mul(0x9E37_79B1) >> 15].into_iter().all(|bit| {
        let byte = usize::try_from(bit >> 3).ok().and_then(|at| FIRST_WORDS.get(at));
        byte.is_none_or(|byte| byte >> (bit & 7) & 1 == 1)
    })
}

/// The class names of each index.
const NAMES: &[&[&str]] = include!(concat!(env!("OUT_DIR"), "/terms.rs"));

/// The classes of each index.
static CLASSES: [Classes; NAMES.len()] = {
    let (mut classes, mut at) = ([Classes::named(&[]); NAMES.len()], 0);
    while at < NAMES.len() {
        classes[at] = Classes::named(NAMES[at]);
        at += 1;
    }
    classes
};

static TERMS: LazyLock<Option<Fst<&'static [u8]>>> = LazyLock::new(|| Fst::new(BYTES).ok());

/// The longest term has this many words (`LONGEST` of `core/lexicons/terms.py`).
const LONGEST: usize = 6;

/// Adds the terms of the lists to what is found already, which goes first: a term within `covered` tokens says nothing new.
pub(crate) fn add(text: &Text<'_>, covered: &[bool], found: &mut Vec<Hit>) {
    let Some(terms) = TERMS.as_ref() else { return };
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        let term = if starts(text, at) { longest(terms, text, at) } else { None };
        let fresh = term.filter(|&(last, _)| covered.get(at..=last).is_some_and(|tokens| tokens.contains(&false)));
        if let Some((last, classes)) = fresh.filter(|&(last, _)| last > at || !named(text, at)) {
            found.push(Hit { first: at, last, classes, weak: false, rule: "lexicon.terms" });
            at = last;
        }
        at += 1;
    }
}

/// Whether a single word is a term of the lists.
pub(super) fn knows(word: &str) -> bool {
    let Some(terms) = TERMS.as_ref() else { return false };
    let found = walk(terms, terms.root(), Output::zero(), word.as_bytes());
    found.is_some_and(|(node, _)| node.is_final())
}

fn starts(text: &Text<'_>, at: usize) -> bool {
    let begins = |(form, number): (Option<&str>, u16)| {
        let known = || vocabulary::about(number).flags & BEGINS != 0;
        form.is_some_and(|form| if number != 0 { known() } else { may_begin(form) })
    };
    matches!(text.kind(at), Some(Kind::Word | Kind::Mixed | Kind::Number))
        && forms(text.norm(at)).into_iter().zip(text.forms(at)).any(begins)
}

/// "Dr. Addison" is a clinician, whatever is called after him.
fn named(text: &Text<'_>, at: usize) -> bool {
    const TITLES: List = List::of(&[
        "dr", "mr", "mrs", "ms", "miss", "prof", "doctor", "nurse", "sr", "sra", "srta", "dra", "don", "dona",
    ]);
    let before = match at.checked_sub(1) {
        Some(dot) if text.is(dot, list!["."]) => dot.checked_sub(1),
        other => other,
    };
    before.is_some_and(|before| text.is(before, &TITLES))
}

/// The longest term that starts at a token: its last token and its classes. Plural endings and glued marks do not matter.
fn longest(terms: &Fst<&'static [u8]>, text: &Text<'_>, at: usize) -> Option<(usize, Classes)> {
    let mut best = None;
    follow(terms, terms.root(), Output::zero(), text, at, LONGEST, &mut best);
    let (last, index) = best?;
    let classes = CLASSES.get(usize::try_from(index).ok()?)?;
    Some((last, *classes))
}

/// Follows every form of a token, then the words behind it; a longer term replaces a shorter one.
fn follow(
    terms: &Fst<&'static [u8]>,
    from: Node<'_>,
    so_far: Output,
    text: &Text<'_>,
    at: usize,
    words: usize,
    best: &mut Option<(usize, u64)>,
) {
    for form in forms(text.norm(at)).into_iter().flatten() {
        let Some((node, output)) = walk(terms, from, so_far, form.as_bytes()) else { continue };
        if node.is_final() && best.is_none_or(|(last, _)| last < at) {
            *best = Some((at, output.cat(node.final_output()).value()));
        }
        if words > 1
            && let Some((node, output)) = walk(terms, node, output, b" ")
            && let Some(next) = next_word(text, at)
        {
            follow(terms, node, output, text, next, words - 1, best);
        }
    }
}

/// The state after `bytes`, if a term goes on that way.
fn walk<'f>(terms: &'f Fst<&'static [u8]>, from: Node<'f>, so_far: Output, bytes: &[u8]) -> Option<(Node<'f>, Output)> {
    bytes.iter().try_fold((from, so_far), |(node, output), &byte| {
        let step = node.transition(node.find_input(byte)?);
        Some((terms.node(step.addr), output.cat(step.out)))
    })
}

#[cfg(test)]
mod tests;
