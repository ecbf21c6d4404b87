//! Grammar by closed sets of words, read from `words/grammar/*.txt`.
//!
//! A rule is a sequence of elements, for example `keep|leave {3} dry|clean|@dressing`. An element is words and sets joined by
//! `|`; `{n}` skips up to n tokens, `?` makes an element optional, `!` forbids what follows at that place, `#` is a number,
//! `%rx` and its kind are terms of the lexicons, `^` is the start of a clause and `$` the end of a sentence. `+@set` asks for
//! a member of the set in this sentence or the one before, `-@set` forbids one in this sentence. `word~` stands for its
//! plural too. `figurative @set` names things of which pain is said in jest.
//! `spoken @set` asks for a member of the set in every rule that follows in its file: words that only its language has.
//!
//! `build.rs` reads the files into constant tables. A token's word gives its number and its sets; only rules that may start with it are tried, and every rule looks
//! at a bounded number of tokens, so that a text costs time linear in its length.

use std::ops::Range;

use super::Reader;
use crate::screen::lexicon::{Classes, vocabulary};
use crate::screen::text::{Kind, List, Text};
use crate::screen::{Class, Found};

/// Sets of words as bits; at most 128 sets.
type Sets = u128;

/// What one word is to the rules.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Its number in the vocabulary; 0 is a word that no rule knows.
    id: u16,
    sets: Sets,
}

/// One place of a rule.
struct Element {
    /// Index into [`SETS`].
    sets: u16,
    /// Where its words begin among [`MEMBERS`], and how many there are.
    words: (u16, u8),
    /// A bit for each of them: its number modulo 32.
    mask: u32,
    /// Index into [`CLASSES`].
    classes: u8,
    /// How many tokens may be skipped before it.
    gap: u8,
    number: bool,
    optional: bool,
    forbidden: bool,
    /// The sentence's end will do.
    end: bool,
}

/// A sequence that makes a finding.
struct Rule {
    classes: u8,
    /// Index into [`NAMES`].
    name: u8,
    elements: (u16, u8),
    /// Where what it needs begins among [`NEEDS`], and how much that is: sets and classes.
    needs: (u16, u8),
    /// Sets of which it bears no member.
    bans: u16,
    /// Starts a clause.
    opens: bool,
    /// Ends a sentence.
    ends: bool,
}

include!(concat!(env!("OUT_DIR"), "/grammar.rs"));

/// A part of a table.
fn part<T>(table: &'static [T], from: u16, count: impl Into<usize>) -> &'static [T] {
    let from = usize::from(from);
    table.get(from..from + count.into()).unwrap_or_default()
}

fn sets(index: u16) -> Sets {
    SETS.get(usize::from(index)).copied().unwrap_or(0)
}

fn classes(index: u8) -> Classes {
    CLASSES.get(usize::from(index)).copied().unwrap_or_default()
}

/// All that the tokens of a sentence are to the rules.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sets: Sets,
    classes: Classes,
    /// A bit for each word: its number modulo 32.
    mask: u32,
    number: bool,
}

impl Element {
    fn accepts(&self, token: &Entry, kinds: Classes, number: bool) -> bool {
        sets(self.sets) & token.sets != 0
            || self.number && number
            || classes(self.classes).meets(kinds)
            || self.mask >> (token.id % 32) & 1 != 0
                && token.id != 0
                && part(&MEMBERS, self.words.0, self.words.1).contains(&token.id)
    }

    /// Whether some token of a sentence may be what is asked for here, or none need be.
    fn may_stand(&self, all: &Sum) -> bool {
        self.optional
            || self.forbidden
            || self.end
            || self.mask & all.mask != 0
            || sets(self.sets) & all.sets != 0
            || self.number && all.number
            || classes(self.classes).meets(all.classes)
    }
}

impl Rule {
    fn elements(&self) -> &'static [Element] {
        part(&ELEMENTS, self.elements.0, self.elements.1)
    }

    /// Whether a sentence's words, and those near it, let it be.
    fn may_stand(&self, all: &Sum, near: &Sum) -> bool {
        let mut needs = part(&NEEDS, self.needs.0, self.needs.1).iter();
        self.elements().iter().skip(1).all(|element| element.may_stand(all))
            && sets(self.bans) & all.sets == 0
            && needs.all(|&(asked, kinds)| sets(asked) & near.sets != 0 || classes(kinds).meets(near.classes))
    }
}

/// Whether a thing may have it in jest: what is felt or seen, and death.
fn figurative(class: Class) -> bool {
    matches!(class, Class::ClinicalSymptom | Class::ClinicalDiagnosis | Class::SensitiveBadNews)
}

/// Everything that the rules say of a text.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let text = reader.text;
    let mut before = Sum::default();
    let mut entries: Vec<Entry> = Vec::new();
    let mut told = vec![Classes::default(); text.tokens.len()];
    for found in &reader.found {
        mark(&mut told, found.first, found.last, found.class);
    }
    for sentence in &text.sentences {
        entries.clear();
        let mut all = Sum::default();
        for at in sentence.clone() {
            all.classes = all.classes.and(reader.classes.get(at).copied().unwrap_or_default());
            all.number |= text.is_number(at);
            let entry = if text.kind(at) == Some(Kind::Number) || super::is_name(text, at) {
                Entry::default()
            } else {
                Entry { id: text.word(at), sets: sets(text.about(at).sets) }
            };
            all.sets |= entry.sets;
            all.mask |= u32::from(entry.id != 0) << (entry.id % 32);
            entries.push(entry);
        }
        if all.sets & THINGS != 0 {
            let jest = |found: &Found| sentence.contains(&found.first) && figurative(found.class);
            reader.found.retain(|found| !jest(found));
        }
        let near = Sum { sets: all.sets | before.sets, classes: all.classes.and(before.classes), ..all };
        let place = Place { text, sentence, entries: &entries, near, all };
        for at in sentence.clone() {
            let Some(entry) = place.entry(at) else { continue };
            let classes = reader.classes.get(at).copied().unwrap_or_default();
            let (from, count) = STARTS.get(usize::from(vocabulary::word(entry.id).rules)).copied().unwrap_or_default();
            let starts = part(&STARTED, from, count);
            place.try_all(reader, &mut told, starts, at);
            if classes != Classes::default() && (at == sentence.start || reader.classes.get(at - 1) != Some(&classes)) {
                place.try_all(reader, &mut told, &BY_CLASS, at);
            }
            if text.is_number(at) {
                place.try_all(reader, &mut told, &BY_NUMBER, at);
            }
        }
        before = all;
    }
}

/// Notes that a class is told at some tokens.
fn mark(told: &mut [Classes], first: usize, last: usize, class: Class) {
    for classes in told.get_mut(first..=last).unwrap_or(&mut []) {
        *classes = classes.with(class);
    }
}

/// One sentence under the rules.
struct Place<'a, 't> {
    text: &'a Text<'t>,
    sentence: &'a Range<usize>,
    entries: &'a [Entry],
    all: Sum,
    /// The same, with the sets and classes of the sentence before.
    near: Sum,
}

impl Place<'_, '_> {
    fn entry(&self, at: usize) -> Option<Entry> {
        self.entries.get(at.checked_sub(self.sentence.start)?).copied()
    }

    fn try_all(&self, reader: &mut Reader<'_, '_>, told: &mut [Classes], rules: &[u16], at: usize) {
        for rule in rules.iter().filter_map(|&i| RULES.get(usize::from(i))) {
            if !rule.may_stand(&self.all, &self.near) || rule.opens && !self.opens(at) {
                continue;
            }
            if let Some(last) = self.follow(reader, rule, 0, at) {
                // What is told there already keeps its narrower span.
                let new = |class: &Class| !told.get(at..=last).is_some_and(|t| t.iter().any(|c| c.has(*class)));
                let name = NAMES.get(usize::from(rule.name)).copied().unwrap_or("");
                let new = classes(rule.classes).iter().filter(new).fold(Classes::default(), Classes::with);
                for class in new.iter() {
                    reader.push(at, last, class, name);
                    mark(told, at, last, class);
                }
            }
        }
    }

    /// Whether a clause starts at a token: at the sentence's start, behind a mark, or behind a joining word.
    fn opens(&self, at: usize) -> bool {
        const JOINS: List = List::of(&[
            "and", "but", "so", "then", "please", "pls", "also", "or", "ok", "okay", "yes", "no", "just", "now", "y",
            "pero", "favor", "entonces", "or", "plz", "both", "o",
        ]);
        at == self.sentence.start
            || self.text.kind(at - 1) == Some(Kind::Mark) && !self.text.is(at - 1, list!["'"])
            || self.text.is(at - 1, &JOINS)
    }

    /// Follows the elements from `index` on, the first of them at `at` or behind its gap: the last token of the match.
    fn follow(&self, reader: &Reader<'_, '_>, rule: &Rule, index: usize, at: usize) -> Option<usize> {
        let Some(element) = rule.elements().get(index) else {
            return (!rule.ends || self.over(at)).then(|| at.saturating_sub(1));
        };
        if element.end && !element.forbidden && self.over(at) {
            return self.follow(reader, rule, index + 1, at);
        }
        if element.forbidden {
            // Nothing of the kind within the gap and one token more.
            let next = self.skip(at);
            let none = !(next..self.sentence.end.min(next + usize::from(element.gap) + 1))
                .any(|i| self.accepts(reader, element, i));
            return if none { self.follow(reader, rule, index + 1, at) } else { None };
        }
        let from = if index == 0 { at } else { self.skip(at) };
        for here in from..self.sentence.end.min(from + usize::from(element.gap) + 1) {
            if self.accepts(reader, element, here)
                && let Some(last) = self.follow(reader, rule, index + 1, self.past(reader, element, here))
            {
                return Some(last);
            }
        }
        if element.optional { self.follow(reader, rule, index + 1, at) } else { None }
    }

    /// Whether nothing but marks is left.
    fn over(&self, at: usize) -> bool {
        let left = at..self.sentence.end;
        left.len() <= 4 && left.into_iter().all(|i| self.text.kind(i) == Some(Kind::Mark))
    }

    fn accepts(&self, reader: &Reader<'_, '_>, element: &Element, at: usize) -> bool {
        let Some(entry) = self.entry(at) else { return false };
        let classes = reader.classes.get(at).copied().unwrap_or_default();
        element.accepts(&entry, classes, self.text.is_number(at))
    }

    /// Past the token, and past the rest of a term of several words.
    fn past(&self, reader: &Reader<'_, '_>, element: &Element, at: usize) -> usize {
        let kinds = reader.classes.get(at).copied().unwrap_or_default();
        let mut next = at + 1;
        while classes(element.classes).meets(kinds)
            && next < self.sentence.end
            && reader.classes.get(next) == Some(&kinds)
        {
            next += 1;
        }
        next
    }

    /// Past one comma, hyphen, slash or quote that no rule knows.
    fn skip(&self, at: usize) -> usize {
        let passed = at < self.sentence.end && self.text.is(at, list![",", "-", "/", "\"", "'", "*", ":", "(", ")"]);
        if passed { at + 1 } else { at }
    }
}

#[cfg(test)]
#[allow(dead_code, reason = "the build's own module: only its reading is asked here")]
#[path = "../../../build/grammar.rs"]
mod build;

#[cfg(test)]
mod tests {
    use super::{RULES, STARTS, build};
    use crate::screen::Class;

    #[test]
    fn every_rule_of_the_files_is_in_the_tables() {
        assert!(RULES.len() > 1000 && STARTS.len() > 1000);
        assert!(RULES.iter().all(|rule| !rule.elements().is_empty()));
    }

    #[test]
    fn a_line_that_means_nothing_is_refused_by_name() {
        let all = Class::ALL.map(|class| class.name().to_owned());
        assert!(build::Grammar::parse(&["[clinical.advice a.b]\n@set = rest\n@set here"], &all).is_ok());
        for wrong in [
            "[clinical.advice a.b]\n@nobody here",
            "[clinical.nothing a.b]",
            "words without a section",
            "[clinical.advice a.b]\nmaybe? here",
        ] {
            assert_eq!(build::Grammar::parse(&[wrong], &all).err().as_deref(), wrong.lines().last(), "{wrong}");
        }
    }
}
