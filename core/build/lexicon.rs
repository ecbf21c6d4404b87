//! Reads the reviewed words of `src/screen/words/*.txt` into terms by their first word.

use std::collections::{BTreeMap, BTreeSet};

use crate::Outcome;
use crate::fold::fold;
use crate::tables::Tables;

/// A table of terms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Book {
    /// Clinical and sensitive terms.
    Clinical,
    /// The logistics vocabulary, fillers and the function words of other languages.
    Logistics,
    /// Words before a number that say what it is.
    Keywords,
    /// Idioms, and what tells a jest or a story from earnest.
    Jest,
}

/// One term: what follows its first word, and what it means.
pub(crate) struct Term {
    pub(crate) rest: Vec<String>,
    /// Counts only beside another clinical word: "mass?".
    pub(crate) weak: bool,
    /// Counts in capitals only: "^MI".
    pub(crate) upper: bool,
    /// Index into its book's meanings.
    pub(crate) meaning: usize,
}

/// A beginning of words ("schizo*") or a part of them ("*genital*"), and its meaning.
pub(crate) struct Stem {
    pub(crate) letters: String,
    pub(crate) weak: bool,
    pub(crate) meaning: usize,
}

/// A stem has at least this many bytes.
const STEM_KEY: usize = 3;

/// Reads the files of one book.
pub(crate) fn phrases(tables: &mut Tables, book: Book, files: &[String]) -> Outcome<()> {
    for file in files {
        let mut meaning = None;
        for line in file.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                meaning = Some(tables.meaning(book, section));
                continue;
            }
            let meaning = meaning.ok_or_else(|| format!("words without a section: {line}"))?;
            for entry in line.split(',').map(str::trim) {
                let (weak, upper) = (entry.ends_with('?'), entry.starts_with('^'));
                if let Some(stem) = entry.trim_end_matches('?').strip_suffix('*').filter(|stem| !stem.contains(' ')) {
                    if let Some(part) = stem.strip_prefix('*') {
                        tables.parts.push(Stem { letters: part.to_owned(), weak: false, meaning });
                    } else if stem.len() >= STEM_KEY {
                        tables.stems.push(Stem { letters: stem.to_owned(), weak, meaning });
                    }
                    continue;
                }
                let mut words = fold(entry.trim_end_matches(['?', '*']).trim_start_matches('^'))?.into_iter();
                let Some(first) = words.next() else { continue };
                let rest: Vec<String> = words.collect();
                for word in &rest {
                    tables.word(word);
                }
                tables.word(&first).terms.entry(book).or_default().push(Term { rest, weak, upper, meaning });
            }
        }
    }
    for word in tables.words.values_mut() {
        if let Some(terms) = word.terms.get_mut(&book) {
            // Stable: among equals the file's order decides.
            terms.sort_by_key(|term| std::cmp::Reverse(term.rest.len()));
        }
    }
    Ok(())
}

/// Sensitive words as plain as their neighbours: none of them is what a slip of a finger was to be.
const PLAIN: [&str; 24] = [
    "mental", "voices", "cutting", "beaten", "refuge", "refugio", "memory", "abused", "condon", "puberty", "nipple",
    "coping", "genome", "fundal", "slavery", "shelter", "carries", "dating", "lesbian", "puberty", "mosaic", "ashes",
    "poppers", "opting",
];

/// Shorter words have too many neighbours: "live" is not "hive".
const SHORTEST: usize = 6;

/// Words that a slip of a finger may have been meant for, and the meaning of each.
pub(crate) fn slips(tables: &Tables) -> Vec<(String, usize)> {
    let sensitive = |meaning: usize| {
        let classes = tables.clinical.get(meaning).map_or("", String::as_str).split(' ');
        classes.into_iter().any(|class| class.starts_with("sensitive.") && class != "sensitive.provider")
    };
    let telling = |word: &str, meaning: usize| {
        word.len() >= SHORTEST + usize::from(!sensitive(meaning)) && word.is_ascii() && !PLAIN.contains(&word)
    };
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (word, entry) in &tables.words {
        let terms = entry.terms.get(&Book::Clinical).into_iter().flatten();
        // The first one that tells: files come in their order.
        let mut alone = terms.filter(|term| term.rest.is_empty() && !term.weak && !term.upper);
        if let Some(term) = alone.find(|term| telling(word, term.meaning)) {
            found.insert(word.clone(), term.meaning);
        }
    }
    found.into_iter().collect()
}

/// Names that small letters may spell too, and the first words of the codes' keywords: what each is.
pub(crate) fn listed(names: &str, keywords: &str) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut all: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    let mut kind = "GIVEN";
    for line in names.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            kind = if line == "[family]" { "FAMILY" } else { "GIVEN" };
            continue;
        }
        for name in line.split(", ").filter(|name| name.is_ascii() && !name.is_empty()) {
            all.entry(name.to_owned()).or_default().insert(kind);
        }
    }
    let lines = keywords.lines().filter(|line| !line.starts_with(['#', '[']));
    for key in lines.flat_map(|line| line.split(',')) {
        let first = key.trim().split([' ', '\'', '?']).next().unwrap_or("");
        if !first.is_empty() {
            all.entry(first.to_owned()).or_default().insert("KEYWORD");
        }
    }
    all
}
