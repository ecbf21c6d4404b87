//! What is said in jest, in an idiom or of a film: words of illness that tell of nobody.
//!
//! "Cold turkey on crisps", "the HIV documentary", "a pain in the neck": on a text read by nobody in care such a finding is
//! noise that teaches people to ignore the rest. Only findings are dropped here, nothing is permitted by it: a text goes by
//! SMS only if the recogniser takes it for logistics, and no talk of films is (ADR 0010).

use std::ops::Range;

use crate::screen::Found;
use crate::screen::lexicon::{JEST, Jest};
use crate::screen::text::Text;

/// Drops the findings that stand in an idiom, in talk of a story, or that are everyday words in talk of things at play.
pub(super) fn quieten(text: &Text<'_>, found: &mut Vec<Found>) {
    if found.is_empty() {
        return;
    }
    for sentence in &text.sentences {
        if found.iter().any(|f| sentence.contains(&f.first)) {
            one(text, sentence, found);
        }
    }
}

/// The same for one sentence.
fn one(text: &Text<'_>, sentence: &Range<usize>, found: &mut Vec<Found>) {
    let (mut play, mut story, mut care, mut person) = (false, false, false, false);
    let mut idioms: Vec<(usize, usize)> = Vec::new();
    let mut everyday: Vec<(usize, usize)> = Vec::new();
    let mut passing: Vec<(usize, usize)> = Vec::new();
    for at in sentence.clone() {
        for (term, last) in JEST.starting(text, at) {
            match term.value {
                Jest::Idiom => idioms.push((at, last)),
                Jest::Everyday => everyday.push((at, last)),
                Jest::Play => play = true,
                Jest::Story => story = true,
                Jest::Care => care = true,
                Jest::Passing => passing.push((at, last)),
                Jest::Person => person = true,
            }
        }
    }
    // "It is mental" says nothing of "mental health": what reaches out of the phrase stays.
    let within = |f: &Found, ranges: &[(usize, usize)]| ranges.iter().any(|&(a, b)| a <= f.first && f.last <= b);
    // A time, a count or a second finding is what a message of care would have.
    let number = sentence.clone().any(|at| text.is_number(at));
    let touches = |f: &Found| passing.iter().any(|&(a, b)| f.first <= b && a <= f.last);
    let here = |f: &&Found| sentence.contains(&f.first) && !f.class.name().starts_with("identifier.");
    let alone = !care && !person && !number && found.iter().filter(here).all(touches);
    found.retain(|f| {
        !sentence.contains(&f.first)
            || f.class.name().starts_with("identifier.")
            || !(alone && touches(f)
                || within(f, &idioms)
                || !care && (story && !f.class.name().starts_with("pattern.") || play && within(f, &everyday)))
    });
}
