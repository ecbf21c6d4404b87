//! What says who somebody is: the eighteen identifiers of 45 CFR 164.514(b)(2) and national ones, by grammar and checksum.
//!
//! Order matters: what a keyword names comes first, then checksums, then shapes; a token belongs to one finding.

use std::collections::HashSet;

mod clue;
mod code;
mod date;
mod name;
mod phone;
mod place;

pub(crate) use clue::{Clue, ClueKind, clues};

use super::lexicon::Hit;
use super::profile::{ClinicProfile, NameIndex};
use super::text::Text;
use super::{Class, Found};

/// What the detectors read, and what they have found so far.
pub(crate) struct Search<'a, 't> {
    pub(crate) text: &'a Text<'t>,
    /// Tokens inside a clinical or sensitive term.
    pub(crate) clinical: Vec<bool>,
    /// The words of the clinic's own names.
    own: &'a HashSet<String>,
    pub(crate) profile: Option<&'a ClinicProfile>,
    pub(crate) names: &'a NameIndex,
    /// Tokens that belong to a finding already.
    taken: Vec<bool>,
    found: Vec<Found>,
}

impl Search<'_, '_> {
    /// Whether a token is one of the words of the clinic's own names.
    fn is_own(&self, token: usize) -> bool {
        self.own.contains(self.text.norm(token))
    }

    fn is_clinical(&self, token: usize) -> bool {
        self.clinical.get(token).copied().unwrap_or(false)
    }

    fn free(&self, first: usize, last: usize) -> bool {
        self.taken.get(first..=last).is_some_and(|t| t.iter().all(|&taken| !taken))
    }

    fn take(&mut self, first: usize, last: usize, class: Class, rule: &'static str) {
        if self.free(first, last) {
            self.reserve(first, last);
            self.found.push(Found::stated(first, last, class, rule));
        }
    }

    fn reserve(&mut self, first: usize, last: usize) {
        if let Some(tokens) = self.taken.get_mut(first..=last) {
            tokens.fill(true);
        }
    }
}

/// Every identifier, and the clues that are none by themselves.
pub(crate) fn find(
    text: &Text<'_>,
    hits: &[Hit],
    profile: Option<&ClinicProfile>,
    own: &HashSet<String>,
    names: &NameIndex,
) -> (Vec<Found>, Vec<Clue>) {
    let taken = vec![false; text.tokens.len()];
    let mut clinical = taken.clone();
    for hit in hits {
        if let Some(tokens) = clinical.get_mut(hit.first..=hit.last) {
            tokens.fill(true);
        }
    }
    let mut search = Search { text, clinical, own, profile, names, taken, found: Vec::new() };
    code::find(&mut search);
    date::find(&mut search);
    code::bare(&mut search);
    phone::find(&mut search);
    place::find(&mut search);
    name::find(&mut search);
    let clues = clues(&search);
    (search.found, clues)
}
