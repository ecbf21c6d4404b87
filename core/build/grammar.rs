//! Reads the rules of `src/screen/words/grammar/*.txt`; `src/screen/clinical/grammar.rs` says how they are written.

use std::collections::{BTreeMap, BTreeSet};

/// Sets of words as bits; at most 128 sets.
pub(crate) type Sets = u128;
/// Names of classes.
pub(crate) type Classes = BTreeSet<String>;

/// One place of a rule.
#[derive(Clone, Default)]
pub(crate) struct Element {
    pub(crate) words: Vec<String>,
    pub(crate) sets: Sets,
    pub(crate) classes: Classes,
    pub(crate) number: bool,
    pub(crate) optional: bool,
    pub(crate) forbidden: bool,
    /// The sentence's end will do.
    pub(crate) end: bool,
    /// How many tokens may be skipped before it.
    pub(crate) gap: u8,
}

/// A sequence that makes a finding.
#[derive(Clone, Default)]
pub(crate) struct Rule {
    pub(crate) classes: Classes,
    pub(crate) name: String,
    pub(crate) elements: Vec<Element>,
    /// Starts a clause.
    pub(crate) opens: bool,
    /// Ends a sentence.
    pub(crate) ends: bool,
    pub(crate) needs: Vec<(Sets, Classes)>,
    pub(crate) bans: Sets,
}

/// All rules, and the words that they know with the sets of each.
#[derive(Default)]
pub(crate) struct Grammar {
    pub(crate) words: BTreeMap<String, Sets>,
    pub(crate) rules: Vec<Rule>,
    /// Things of which pain and death are said in jest.
    pub(crate) things: Sets,
}

impl Grammar {
    /// Reads rule files; a line that cannot be read is the error. `all` are the names of all classes.
    pub(crate) fn parse(files: &[&str], all: &[String]) -> Result<Grammar, String> {
        let mut grammar = Grammar::default();
        let mut sets: BTreeMap<String, Sets> = BTreeMap::new();
        for file in files {
            let (mut section, mut spoken) = (None, None);
            for line in file.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("//")) {
                if let Some(inside) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    section = Some(section_of(inside, all).ok_or(line)?);
                } else if let Some((name, members)) = line.strip_prefix('@').and_then(|l| l.split_once(" = ")) {
                    let next = u32::try_from(sets.len()).map_err(|_| line)?;
                    let bit = *sets.entry(name.to_owned()).or_insert(1u128.checked_shl(next).ok_or(line)?);
                    for form in members.split_whitespace().flat_map(plural) {
                        *grammar.words.entry(form).or_default() |= bit;
                    }
                } else if let Some(set) = line.strip_prefix("figurative @") {
                    grammar.things = *sets.get(set).ok_or(line)?;
                } else if let Some(set) = line.strip_prefix("spoken @") {
                    spoken = Some(*sets.get(set).ok_or(line)?);
                } else {
                    let (classes, name) = section.clone().ok_or(line)?;
                    let mut rule = grammar.rule(line, &sets, all)?;
                    (rule.classes, rule.name) = (classes, name);
                    if figurative(&rule.classes) {
                        rule.bans |= grammar.things;
                    }
                    rule.needs.extend(spoken.map(|set| (set, Classes::default())));
                    grammar.rules.push(rule);
                }
            }
        }
        Ok(grammar)
    }

    fn rule(&mut self, line: &str, sets: &BTreeMap<String, Sets>, all: &[String]) -> Result<Rule, String> {
        let mut rule = Rule::default();
        let mut gap = 0;
        let any = |list: &str| {
            let mut found = (0, Classes::default());
            for part in list.split('|') {
                match part.strip_prefix('@') {
                    Some(set) => found.0 |= *sets.get(set).ok_or(line)?,
                    None => found.1.extend(part.strip_prefix('%').and_then(|k| kind_of(k, all)).ok_or(line)?),
                }
            }
            Ok::<_, String>(found)
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
                        element.classes.extend(kind_of(kind, all).ok_or(line)?);
                    } else {
                        for form in plural(part) {
                            self.words.entry(form.clone()).or_default();
                            element.words.push(form);
                        }
                    }
                }
                rule.elements.push(element);
            }
        }
        let starts = rule.elements.first().is_some_and(|e| !e.optional && !e.forbidden && e.gap == 0);
        if starts { Ok(rule) } else { Err(line.to_owned()) }
    }
}

/// Whether a thing may have it in jest: what is felt or seen, and death.
fn figurative(classes: &Classes) -> bool {
    classes.iter().all(|c| matches!(c.as_str(), "clinical.symptom" | "clinical.diagnosis" | "sensitive.bad_news"))
}

/// The forms of "knee~": itself and its plural.
fn plural(word: &str) -> impl Iterator<Item = String> {
    let stem = word.strip_suffix('~');
    let plural = stem.map(|s| format!("{s}s"));
    std::iter::once(stem.unwrap_or(word).to_owned()).chain(plural)
}

/// `clinical.advice advice.food`: classes, then the name of the rule.
fn section_of(inside: &str, all: &[String]) -> Option<(Classes, String)> {
    let (classes, name) = inside.rsplit_once(' ')?;
    let classes: Classes = classes.split(' ').map(str::to_owned).collect();
    classes.iter().all(|class| all.contains(class)).then(|| (classes, name.to_owned()))
}

/// The classes of a term's kind.
fn kind_of(kind: &str, all: &[String]) -> Option<Classes> {
    let of = |names: &[&str]| Some(names.iter().map(|name| format!("clinical.{name}")).collect());
    match kind {
        "rx" => of(&["medication"]),
        "dx" => of(&["diagnosis"]),
        "sx" => of(&["symptom"]),
        "test" => of(&["test_name"]),
        "proc" => of(&["procedure"]),
        "clin" => of(&["medication", "diagnosis", "symptom", "test_name", "procedure"]),
        "sens" => Some(all.iter().filter(|name| name.starts_with("sensitive.")).cloned().collect()),
        _ => None,
    }
}
