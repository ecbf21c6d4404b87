//! Grammar by closed sets of words, read from `words/grammar/*.txt`.
//!
//! A rule is a sequence of elements, for example `keep|leave {3} dry|clean|@dressing`. An element is words and sets joined by
//! `|`; `{n}` skips up to n tokens, `?` makes an element optional, `!` forbids what follows at that place, `#` is a number,
//! `%rx` and its kind are terms of the lexicons, `^` is the start of a clause and `$` the end of a sentence. `+@set` asks for
//! a member of the set in this sentence or the one before, `-@set` forbids one in this sentence. `word~` stands for its
//! plural too. `figurative @set` names things of which pain is said in jest.
//! `spoken @set` asks for a member of the set in every rule that follows in its file: words that only its language has.
//!
//! One look-up of each token gives its number and its sets; only rules that may start with it are tried, and every rule looks
//! at a bounded number of tokens, so that a text costs time linear in its length.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::Reader;
use crate::screen::lexicon::{Classes, Words};
use crate::screen::text::{Kind, Text};
use crate::screen::{Class, Found};

/// The rules, each file with its own sets; a later file may use the sets of an earlier one.
const FILES: [&str; 4] = [
    include_str!("../words/grammar/en.txt"),
    include_str!("../words/grammar/es.txt"),
    include_str!("../words/grammar/sensitive_en.txt"),
    include_str!("../words/grammar/sensitive_es.txt"),
];

/// Sets of words as bits; at most 128 sets.
type Sets = u128;

/// What one word is to the rules.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Its number; 0 is a word that no rule knows.
    id: u16,
    sets: Sets,
}

/// One place of a rule.
#[derive(Debug, Clone, Default)]
struct Element {
    words: Vec<u16>,
    sets: Sets,
    classes: Classes,
    number: bool,
    optional: bool,
    forbidden: bool,
    /// The sentence's end will do.
    end: bool,
    /// How many tokens may be skipped before it.
    gap: usize,
}

impl Element {
    fn accepts(&self, token: &Entry, classes: Classes, number: bool) -> bool {
        self.sets & token.sets != 0
            || self.number && number
            || self.classes.meets(classes)
            || token.id != 0 && self.words.contains(&token.id)
    }
}

/// A sequence that makes a finding.
#[derive(Debug, Clone)]
struct Rule {
    classes: Classes,
    name: &'static str,
    elements: Vec<Element>,
    /// Starts a clause.
    opens: bool,
    /// Ends a sentence.
    ends: bool,
    needs: Vec<(Sets, Classes)>,
    bans: Sets,
}

/// All rules, and which of them may start where.
#[derive(Debug, Default)]
struct Grammar {
    words: Words<Entry>,
    rules: Vec<Rule>,
    by_word: Vec<Vec<u16>>,
    by_class: Vec<u16>,
    by_number: Vec<u16>,
    /// Things of which pain and death are said in jest.
    things: Sets,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::parse(&FILES).unwrap_or_default());

impl Grammar {
    /// Reads rule files; a line that cannot be read is named in the error.
    fn parse(files: &[&'static str]) -> Result<Grammar, &'static str> {
        let mut grammar = Grammar { by_word: vec![Vec::new()], ..Grammar::default() };
        let mut sets: BTreeMap<&'static str, Sets> = BTreeMap::new();
        for file in files {
            let (mut section, mut spoken) = (None, None);
            for line in file.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("//")) {
                if let Some(inside) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    section = Some(section_of(inside).ok_or(line)?);
                } else if let Some((name, members)) = line.strip_prefix('@').and_then(|l| l.split_once(" = ")) {
                    let next = sets.len();
                    let bit = *sets
                        .entry(name)
                        .or_insert(1u128.checked_shl(u32::try_from(next).map_err(|_| line)?).ok_or(line)?);
                    for member in members.split_whitespace() {
                        for form in plural(member) {
                            grammar.word(&form)?.sets |= bit;
                        }
                    }
                } else if let Some(set) = line.strip_prefix("figurative @") {
                    grammar.things = *sets.get(set).ok_or(line)?;
                } else if let Some(set) = line.strip_prefix("spoken @") {
                    spoken = Some(*sets.get(set).ok_or(line)?);
                } else {
                    let (classes, name) = section.ok_or(line)?;
                    let mut rule = grammar.rule(line, classes, name, &sets)?;
                    if figurative(classes) {
                        rule.bans |= grammar.things;
                    }
                    rule.needs.extend(spoken.map(|set| (set, Classes::default())));
                    grammar.rules.push(rule);
                }
            }
        }
        grammar.index()?;
        Ok(grammar)
    }

    /// The entry of a word, made if it's new.
    fn word(&mut self, word: &str) -> Result<&mut Entry, &'static str> {
        let next = u16::try_from(self.by_word.len()).map_err(|_| "too many words")?;
        let by_word = &mut self.by_word;
        Ok(self.words.entry(word.to_owned()).or_insert_with(|| {
            by_word.push(Vec::new());
            Entry { id: next, sets: 0 }
        }))
    }

    fn rule(
        &mut self,
        line: &'static str,
        classes: Classes,
        name: &'static str,
        sets: &BTreeMap<&'static str, Sets>,
    ) -> Result<Rule, &'static str> {
        let mut rule =
            Rule { classes, name, elements: Vec::new(), opens: false, ends: false, needs: Vec::new(), bans: 0 };
        let mut gap = 0;
        let any = |list: &'static str| {
            let add = |(bits, classes): (Sets, Classes), part: &'static str| match part.strip_prefix('@') {
                Some(set) => Some((bits | *sets.get(set)?, classes)),
                None => Some((bits, classes.and(kind_of(part.strip_prefix('%')?)?))),
            };
            list.split('|').try_fold((0, Classes::default()), add).ok_or(line)
        };
        for piece in line.split_whitespace() {
            if piece == "^" {
                rule.opens = true;
            } else if piece == "$" {
                rule.ends = true;
            } else if let Some(list) = piece.strip_prefix('+').filter(|l| l.starts_with(['@', '%'])) {
                rule.needs.push(any(list)?);
            } else if let Some(list) = piece.strip_prefix('-').filter(|l| l.starts_with('@')) {
                rule.bans |= any(list)?.0;
            } else if let Some(n) = piece.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                gap = n.parse().map_err(|_| line)?;
            } else {
                let (piece, forbidden) = piece.strip_prefix('!').map_or((piece, false), |p| (p, true));
                let (piece, optional) =
                    piece.strip_suffix('?').filter(|p| !p.is_empty()).map_or((piece, false), |p| (p, true));
                let mut element = Element { gap, optional, forbidden, ..Element::default() };
                gap = 0;
                for part in piece.split('|') {
                    if let Some(set) = part.strip_prefix('@') {
                        element.sets |= *sets.get(set).ok_or(line)?;
                    } else if part == "#" {
                        element.number = true;
                    } else if part == "$" {
                        element.end = true;
                    } else if let Some(kind) = part.strip_prefix('%').filter(|kind| !kind.is_empty()) {
                        element.classes = element.classes.and(kind_of(kind).ok_or(line)?);
                    } else {
                        for form in plural(part) {
                            element.words.push(self.word(&form)?.id);
                        }
                    }
                }
                rule.elements.push(element);
            }
        }
        let starts = rule.elements.first().is_some_and(|e| !e.optional && !e.forbidden && e.gap == 0);
        if starts { Ok(rule) } else { Err(line) }
    }

    /// Notes for each word which rules may start with it.
    fn index(&mut self) -> Result<(), &'static str> {
        // Every word's number under each of its sets: asking each rule of each word would take longer than all the rest.
        let mut members: Vec<Vec<u16>> = vec![Vec::new(); 128];
        for entry in self.words.values() {
            let mut sets = entry.sets;
            while sets != 0 {
                members.get_mut(usize::try_from(sets.trailing_zeros()).unwrap_or(0)).ok_or("a set")?.push(entry.id);
                sets &= sets - 1;
            }
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let at = u16::try_from(at).map_err(|_| "too many rules")?;
            let Some(first) = rule.elements.first() else { continue };
            let of_sets = members.iter().enumerate().filter(|(bit, _)| first.sets >> bit & 1 != 0);
            for &id in of_sets.flat_map(|(_, ids)| ids).chain(&first.words) {
                let list = self.by_word.get_mut(usize::from(id)).ok_or("a word")?;
                if list.last() != Some(&at) {
                    list.push(at);
                }
            }
            if first.classes != Classes::default() {
                self.by_class.push(at);
            }
            if first.number {
                self.by_number.push(at);
            }
        }
        Ok(())
    }
}

/// Whether a thing may have it in jest: what is felt or seen, and death.
fn figurative(classes: Classes) -> bool {
    let felt = Classes::of(Class::ClinicalSymptom).with(Class::ClinicalDiagnosis).with(Class::SensitiveBadNews);
    felt.and(classes) == felt
}

/// The forms of "knee~": itself and its plural.
fn plural(word: &str) -> impl Iterator<Item = String> {
    let stem = word.strip_suffix('~');
    let plural = stem.map(|s| format!("{s}s"));
    std::iter::once(stem.unwrap_or(word).to_owned()).chain(plural)
}

/// `clinical.advice advice.food`: classes, then the name of the rule.
fn section_of(inside: &'static str) -> Option<(Classes, &'static str)> {
    let (classes, name) = inside.rsplit_once(' ')?;
    let mut all = Classes::default();
    for class in classes.split(' ') {
        all = all.with(Class::from_name(class)?);
    }
    Some((all, name))
}

/// The classes of a term's kind.
fn kind_of(kind: &str) -> Option<Classes> {
    let of = Classes::of;
    Some(match kind {
        "rx" => of(Class::ClinicalMedication),
        "dx" => of(Class::ClinicalDiagnosis),
        "sx" => of(Class::ClinicalSymptom),
        "test" => of(Class::ClinicalTestName),
        "proc" => of(Class::ClinicalProcedure),
        "clin" => of(Class::ClinicalMedication)
            .with(Class::ClinicalDiagnosis)
            .with(Class::ClinicalSymptom)
            .with(Class::ClinicalTestName)
            .with(Class::ClinicalProcedure),
        "sens" => Class::ALL
            .into_iter()
            .filter(|c| c.name().starts_with("sensitive."))
            .fold(Classes::default(), Classes::with),
        _ => return None,
    })
}

/// Everything that the rules say of a text.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let text = reader.text;
    let grammar = &*GRAMMAR;
    let mut before = (0, Classes::default());
    let mut entries: Vec<Entry> = Vec::new();
    let mut told = vec![Classes::default(); text.tokens.len()];
    for found in &reader.found {
        mark(&mut told, found.first, found.last, found.class);
    }
    for sentence in &text.sentences {
        entries.clear();
        let mut all: Sets = 0;
        let mut classes = Classes::default();
        for at in sentence.clone() {
            classes = classes.and(reader.classes.get(at).copied().unwrap_or_default());
            let entry = if text.kind(at) == Some(Kind::Number) || super::is_name(text, at) {
                Entry::default()
            } else {
                grammar.words.get(text.norm(at)).copied().unwrap_or_default()
            };
            all |= entry.sets;
            entries.push(entry);
        }
        if all & grammar.things != 0 {
            let jest = |found: &Found| sentence.contains(&found.first) && figurative(Classes::of(found.class));
            reader.found.retain(|found| !jest(found));
        }
        let place =
            Place { grammar, text, sentence, entries: &entries, near: (all | before.0, classes.and(before.1)), all };
        for at in sentence.clone() {
            let Some(entry) = place.entry(at) else { continue };
            let classes = reader.classes.get(at).copied().unwrap_or_default();
            let starts = grammar.by_word.get(usize::from(entry.id)).map_or(&[][..], Vec::as_slice);
            place.try_all(reader, &mut told, starts, at);
            if classes != Classes::default() && (at == sentence.start || reader.classes.get(at - 1) != Some(&classes)) {
                place.try_all(reader, &mut told, &grammar.by_class, at);
            }
            if text.is_number(at) {
                place.try_all(reader, &mut told, &grammar.by_number, at);
            }
        }
        before = (all, classes);
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
    grammar: &'a Grammar,
    text: &'a Text<'t>,
    sentence: &'a Range<usize>,
    entries: &'a [Entry],
    all: Sets,
    /// The sets and classes of this sentence and the one before.
    near: (Sets, Classes),
}

impl Place<'_, '_> {
    fn entry(&self, at: usize) -> Option<Entry> {
        self.entries.get(at.checked_sub(self.sentence.start)?).copied()
    }

    fn try_all(&self, reader: &mut Reader<'_, '_>, told: &mut [Classes], rules: &[u16], at: usize) {
        for rule in rules.iter().filter_map(|&i| self.grammar.rules.get(usize::from(i))) {
            if rule.bans & self.all != 0
                || rule.needs.iter().any(|(sets, classes)| sets & self.near.0 == 0 && !classes.meets(self.near.1))
                || rule.opens && !self.opens(at)
            {
                continue;
            }
            if let Some(last) = self.follow(reader, rule, 0, at) {
                // What is told there already keeps its narrower span.
                let new = |class: &Class| !told.get(at..=last).is_some_and(|t| t.iter().any(|c| c.has(*class)));
                for class in rule.classes.iter().filter(new).collect::<Vec<_>>() {
                    reader.push(at, last, class, rule.name);
                    mark(told, at, last, class);
                }
            }
        }
    }

    /// Whether a clause starts at a token: at the sentence's start, behind a mark, or behind a joining word.
    fn opens(&self, at: usize) -> bool {
        const JOINS: [&str; 22] = [
            "and", "but", "so", "then", "please", "pls", "also", "or", "ok", "okay", "yes", "no", "just", "now", "y",
            "pero", "favor", "entonces", "or", "plz", "both", "o",
        ];
        at == self.sentence.start
            || self.text.kind(at - 1) == Some(Kind::Mark) && !self.text.is(at - 1, &["'"])
            || self.text.is(at - 1, &JOINS)
    }

    /// Follows the elements from `index` on, the first of them at `at` or behind its gap: the last token of the match.
    fn follow(&self, reader: &Reader<'_, '_>, rule: &Rule, index: usize, at: usize) -> Option<usize> {
        let Some(element) = rule.elements.get(index) else {
            return (!rule.ends || self.over(at)).then(|| at.saturating_sub(1));
        };
        if element.end && !element.forbidden && self.over(at) {
            return self.follow(reader, rule, index + 1, at);
        }
        if element.forbidden {
            // Nothing of the kind within the gap and one token more.
            let next = self.skip(at);
            let none = !(next..self.sentence.end.min(next + element.gap + 1)).any(|i| self.accepts(reader, element, i));
            return if none { self.follow(reader, rule, index + 1, at) } else { None };
        }
        let from = if index == 0 { at } else { self.skip(at) };
        for here in from..self.sentence.end.min(from + element.gap + 1) {
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
        let classes = reader.classes.get(at).copied().unwrap_or_default();
        let mut next = at + 1;
        while element.classes.meets(classes) && next < self.sentence.end && reader.classes.get(next) == Some(&classes) {
            next += 1;
        }
        next
    }

    /// Past one comma, hyphen, slash or quote that no rule knows.
    fn skip(&self, at: usize) -> usize {
        let passed = at < self.sentence.end && self.text.is(at, &[",", "-", "/", "\"", "'", "*", ":", "(", ")"]);
        if passed { at + 1 } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_rule_files_is_read() {
        let grammar = Grammar::parse(&FILES);
        assert!(grammar.is_ok(), "{:?}", grammar.err());
        assert!(grammar.is_ok_and(|g| g.rules.len() > 300));
    }

    #[test]
    fn a_line_that_means_nothing_is_refused_by_name() {
        for wrong in [
            "[clinical.advice a.b]\n@nobody here",
            "[clinical.nothing a.b]",
            "words without a section",
            "[clinical.advice a.b]\nmaybe? here",
        ] {
            assert!(Grammar::parse(&[wrong]).is_err(), "{wrong}");
        }
    }
}
