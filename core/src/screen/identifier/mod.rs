//! What says who somebody is: the eighteen identifiers of 45 CFR 164.514(b)(2) and national ones, by grammar and checksum.
//!
//! Order matters: what a keyword names comes first, then checksums, then shapes, then names; a token belongs to one finding.
//! Nothing here looks further than a few tokens beyond its own sentence.

mod address;
mod age;
mod bare;
mod care;
mod check;
mod clue;
mod code;
mod cue;
mod date;
mod door;
mod dwelling;
mod half;
mod handle;
mod home;
mod initials;
mod judge;
mod name;
mod partial;
mod phone;
mod plate;
mod postcode;
mod run;
mod spot;
mod standing;
mod town;
mod word;

pub(crate) use clue::{Clue, ClueKind, clues};

use self::word::{FIRST, LOUD};
use super::lexicon::Hit;
use super::profile::{ClinicProfile, NameIndex, WordSet};
use super::text::{Kind, Text};
use super::{Class, Found, Standing};

/// What the detectors read, and what they have found so far.
pub(crate) struct Search<'a, 't> {
    pub(crate) text: &'a Text<'t>,
    /// Tokens inside a clinical or sensitive term.
    pub(crate) clinical: Vec<bool>,
    /// The words of the clinic's own names.
    own: &'a WordSet,
    pub(crate) profile: Option<&'a ClinicProfile>,
    pub(crate) names: &'a NameIndex,
    /// What each word is: bits of [`word`].
    bits: Vec<u32>,
    /// Tokens that belong to a finding already.
    taken: Vec<bool>,
    found: Vec<Found>,
}

impl Search<'_, '_> {
    /// Whether a token is one of the words of the clinic's own names.
    fn is_own(&self, token: usize) -> bool {
        !self.own.is_empty() && self.own.contains(self.text.norm(token))
    }

    fn is_clinical(&self, token: usize) -> bool {
        self.clinical.get(token).copied().unwrap_or(false)
    }

    /// Whether a word carries one of these bits.
    fn has(&self, token: usize, bits: u32) -> bool {
        self.bits.get(token).is_some_and(|own| {
            let asks = bits & word::FACTS != 0 && own & (word::LOOKED | bits) == 0 && self.text.is_word(token);
            own & bits != 0 || asks && word::facts_at(self.text, token) & bits != 0
        })
    }

    /// Whether the lists alone say so.
    fn is_listed(&self, token: usize, bits: u32) -> bool {
        self.bits.get(token).is_some_and(|own| own & bits != 0)
    }

    /// The word before a token, past one mark glued to it or to the token.
    fn before(&self, token: usize) -> Option<usize> {
        let mut at = token.checked_sub(1)?;
        if self.text.kind(at) == Some(Kind::Mark) {
            if self.text.is(at, list!["\n", "!", "?", ";", ","]) {
                return None;
            }
            at = at.checked_sub(1)?;
        }
        Some(at)
    }

    /// Whether one of the `reach` tokens before `token` carries one of these bits; a line's end stops the search.
    fn near_before(&self, token: usize, reach: usize, bits: u32) -> bool {
        (token.saturating_sub(reach)..token)
            .rev()
            .take_while(|&i| !self.text.is(i, list!["\n"]))
            .any(|i| self.has(i, bits))
    }

    /// Whether a greeting stands just before a comma: "Buenas tardes, don …".
    fn before_greets(&self, token: usize) -> bool {
        token.checked_sub(2).is_some_and(|i| self.has(i, word::GREETING))
    }

    fn near_after(&self, token: usize, reach: usize, bits: u32) -> bool {
        (token + 1..=token + reach).take_while(|&i| !self.text.is(i, list!["\n"])).any(|i| self.has(i, bits))
    }

    fn free(&self, first: usize, last: usize) -> bool {
        self.taken.get(first..=last).is_some_and(|t| t.iter().all(|&taken| !taken))
    }

    fn take(&mut self, first: usize, last: usize, class: Class, rule: &'static str) {
        self.take_as(first, last, class, rule, Standing::Stated);
    }

    fn take_as(&mut self, first: usize, last: usize, class: Class, rule: &'static str, standing: Standing) {
        if self.free(first, last) {
            if let Some(tokens) = self.taken.get_mut(first..=last) {
                tokens.fill(true);
            }
            self.found.push(Found { first, last, class, rule, standing });
        }
    }
}

/// Every identifier, and the clues that are none by themselves.
pub(crate) fn find(
    text: &Text<'_>,
    hits: &[Hit],
    profile: Option<&ClinicProfile>,
    own: &WordSet,
    names: &NameIndex,
    words: &[u32],
) -> (Vec<Found>, Vec<Clue>) {
    let taken = vec![false; text.tokens.len()];
    let mut clinical = taken.clone();
    for hit in hits {
        if let Some(tokens) = clinical.get_mut(hit.first..=hit.last) {
            tokens.fill(true);
        }
    }
    let mut search = Search { text, clinical, own, profile, names, bits: read(text, words), taken, found: Vec::new() };
    code::find(&mut search);
    date::find(&mut search);
    age::find(&mut search);
    bare::find(&mut search);
    plate::find(&mut search);
    handle::find(&mut search);
    phone::find(&mut search);
    partial::find(&mut search);
    door::find(&mut search);
    address::find(&mut search);
    postcode::find(&mut search);
    spot::find(&mut search);
    spot::bare(&mut search);
    name::find(&mut search);
    initials::find(&mut search);
    run::find(&mut search);
    care::find(&mut search);
    phone::settle(&mut search);
    bare::beside(&mut search);
    let clues = clues(&search);
    (search.found, clues)
}

/// What an ordinary word is not.
const PLAIN: u32 =
    word::ORDINARY | word::GIVEN | word::FAMILY | word::STREET | word::MONTH | word::WEEKDAY | word::TITLE | word::TOWN;

/// What the words behind those in `known` are by themselves: their bits.
pub(crate) fn words(text: &Text<'_>, known: &mut Vec<u32>) {
    known.extend((known.len()..text.tokens.len()).map(|i| match text.kind(i) {
        Some(Kind::Word | Kind::Mixed) if text.capital(i) => word::bits_at(text, i),
        Some(Kind::Word | Kind::Mixed) => word::listed_at(text, i),
        _ => 0,
    }));
}

/// The bits of every word, and of its place in the sentence.
fn read(text: &Text<'_>, words: &[u32]) -> Vec<u32> {
    let mut all = words.to_vec();
    for range in &text.sentences {
        let (mut words, mut capitals, mut plain, mut loud, mut alien, mut first) = (0, 0, 0, 0, 0, true);
        for i in range.clone() {
            let Some(token) = text.tokens.get(i) else { continue };
            match token.kind {
                Kind::Word => {
                    let long = token.end - token.start > 1;
                    alien += usize::from(all.get(i).is_some_and(|bits| bits & word::ALIEN != 0));
                    words += usize::from(long);
                    capitals += usize::from(long && token.capital && !token.upper);
                    plain += usize::from(
                        long && token.capital && all.get(i).is_some_and(|bits| bits & PLAIN == word::ORDINARY),
                    );
                    loud += usize::from(long && token.upper);
                    if first && let Some(bits) = all.get_mut(i) {
                        *bits |= FIRST;
                    }
                    first = false;
                }
                Kind::Mark => first |= !text.is(i, list![",", ".", "-", "'", "/", "&", "+"]),
                _ => first = false,
            }
        }
        let mixed = words - loud;
        // Names and addresses have capitals too: a headline has them on ordinary words.
        let headline = mixed >= 6 && capitals * 6 >= mixed * 5 && plain >= 3;
        if alien >= 2 || words >= 4 && loud * 2 > words || headline {
            for bits in all.get_mut(range.clone()).into_iter().flatten() {
                *bits |= LOUD;
            }
        }
    }
    all
}
