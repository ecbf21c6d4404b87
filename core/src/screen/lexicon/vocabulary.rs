//! Every word that a word file or a rule knows: one look-up a token says all that is known of it.
//!
//! `build.rs` writes the tables; they lie in the library as they are: nothing to start, nothing on the heap.

use super::classes::{Classes, class_named};
use super::roles::{Jest, Role, languages};
use crate::screen::Class;

/// A word: what is said of it, the terms that begin with it, the rules that may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    about: u16,
    /// Index into the groups of terms.
    group: u16,
    /// Index into the grammar's lists of rules by their first word.
    pub(crate) rules: u16,
}

/// The terms that begin with a word: of each book, side by side.
#[derive(Debug, Clone, Copy)]
struct Group {
    from: u16,
    counts: [u8; 4],
}

/// A table of terms.
#[derive(Debug, Clone, Copy)]
pub(super) enum Book {
    Clinical,
    Logistics,
    Keywords,
    Jest,
}

/// What is said of a word by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    /// Bits that are named below.
    pub(crate) flags: u16,
    /// Languages with this word, a bit each.
    pub(crate) languages: u16,
    /// What the map of [`super::people`] says.
    pub(crate) facts: u8,
    /// Index into the grammar's sets of words.
    pub(crate) sets: u16,
    /// What its beginning or a part of it tells: see [`stem`].
    stem: u8,
}

/// A clinical or sensitive term of this one word.
pub(crate) const CLINICAL_WORD: u16 = CLINICAL_WEAK | CLINICAL_PLAIN;
/// It counts only beside another.
pub(crate) const CLINICAL_WEAK: u16 = 1;
/// It counts by itself.
pub(crate) const CLINICAL_PLAIN: u16 = 2;
/// A word of the logistics vocabulary.
pub(crate) const LOGISTICS: u16 = 4;
/// A given name that small letters may spell too.
pub(crate) const GIVEN: u16 = 8;
/// A family name, likewise.
pub(crate) const FAMILY: u16 = 16;
/// The first word of a keyword that names a code.
pub(crate) const KEYWORD: u16 = 32;
/// A word of its own, never a slip of a finger.
pub(crate) const NO_SLIP: u16 = 64;
/// Some term of the large lists begins with it.
pub(crate) const BEGINS: u16 = 128;

/// One term: the words behind its first, and what it means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    rest: u16,
    pub(super) more: u8,
    pub(super) meaning: u8,
    pub(super) weak: bool,
    pub(super) upper: bool,
}

include!(concat!(env!("OUT_DIR"), "/vocabulary.rs"));

pub(super) static CLINICAL: &[Classes] = &CLINICAL_MEANINGS;
pub(super) static LOGISTICS_ROLES: &[Role] = &LOGISTICS_MEANINGS;
pub(super) static KEYWORDS: &[Class] = &KEYWORD_MEANINGS;
pub(super) static JEST: &[Jest] = &JEST_MEANINGS;

/// FNV-1a, 32 bits: what words are known by, here, in the recogniser and in the lists that are written in code.
pub(crate) const fn hash(bytes: &[u8]) -> u32 {
    hash_on(0x811c_9dc5, bytes)
}

/// The hash of what was hashed so far and of `bytes` behind it.
const fn hash_on(so_far: u32, bytes: &[u8]) -> u32 {
    let (mut hash, mut at) = (so_far, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// The number of a folded word with this [`hash`]; 0 for one that nothing knows.
pub(crate) fn look(word: &str, hash: u32) -> u16 {
    number(hash, |own| own == word)
}

/// The number of the folded word that two parts make together.
pub(super) fn look_joined(left: &str, right: &str) -> u16 {
    number(hash_on(hash(left.as_bytes()), right.as_bytes()), |own| own.strip_prefix(left) == Some(right))
}

/// The number of the word with this hash that is spelled so.
fn number(hash: u32, spelled: impl Fn(&str) -> bool) -> u16 {
    let (top, low) = ((hash >> 20) as usize, hash & 0xFFFF);
    let Some([from, to]) = FIRST.get(top..top + 2) else { return 0 };
    let same = |at: u16| HASHES.get(usize::from(at)).is_some_and(|own| u32::from(*own) == low) && spelled(spelling(at));
    (*from..*to).find(|&at| same(at)).map_or(0, |at| at + 1)
}

fn spelling(at: u16) -> &'static str {
    let end = |at: usize| Some(*BASES.get(at / 64)? as usize + usize::from(*ENDS.get(at)?));
    let range = || Some(end(usize::from(at))?..end(usize::from(at) + 1)?);
    range().and_then(|range| SPELLED.get(range)).unwrap_or("")
}

/// The words with these numbers, as they are spelled.
pub(super) fn spelled(number: u16) -> &'static str {
    number.checked_sub(1).map_or("", spelling)
}

/// What is known of a word by its number.
pub(crate) fn word(number: u16) -> &'static Word {
    WORDS.get(usize::from(number)).unwrap_or(&WORDS[0])
}

/// What is said of a word by its number.
pub(crate) fn about(number: u16) -> &'static About {
    ABOUT.get(usize::from(word(number).about)).unwrap_or(&ABOUT[0])
}

/// The terms of a book that begin with a word, in the order in which they are tried.
pub(super) fn entries(number: u16, book: Book) -> &'static [Entry] {
    let Some(Group { from, counts }) = GROUPS.get(usize::from(word(number).group)) else { return &[] };
    let [clinical, logistics, keywords, jest] = counts.map(usize::from);
    let (before, count) = match book {
        Book::Clinical => (0, clinical),
        Book::Logistics => (clinical, logistics),
        Book::Keywords => (clinical + logistics, keywords),
        Book::Jest => (clinical + logistics + keywords, jest),
    };
    let from = usize::from(*from) + before;
    ENTRIES.get(from..from + count).unwrap_or_default()
}

impl Entry {
    /// The numbers of the words behind the first.
    pub(super) fn rest(&self) -> &'static [u16] {
        REST.get(usize::from(self.rest)..usize::from(self.rest) + usize::from(self.more)).unwrap_or_default()
    }
}

/// What the beginning of a word tells, or a part of it: its classes and whether it is weak.
pub(super) fn stem(word: &str, number: u16) -> Option<(Classes, bool)> {
    let code = if number != 0 { about(number).stem } else { stem_of(word) };
    let (meaning, weak) = (code.checked_sub(1)? / 2, code % 2 == 0);
    Some((CLINICAL.get(usize::from(meaning)).copied()?, weak))
}

fn stem_of(word: &str) -> u8 {
    let key = word.as_bytes().first_chunk::<3>();
    let from = STEMS.partition_point(|(stem, _)| stem.as_bytes().first_chunk::<3>() < key);
    let alike = STEMS.iter().skip(from).take_while(|(stem, _)| stem.as_bytes().first_chunk::<3>() == key);
    let mut begins = alike.filter(|(stem, _)| word.starts_with(stem));
    let mut holds = PARTS.iter().filter(|(part, _)| word.len() > part.len() && word.contains(part));
    begins.next().or_else(|| holds.next()).map_or(0, |&(_, code)| code)
}

/// Words that may have been meant where a word shares this key with them, and the classes of each.
pub(super) fn meant(key: u32) -> impl Iterator<Item = (&'static str, Classes)> {
    let from = SLIP_KEYS.partition_point(|other| *other < key);
    let same = SLIP_KEYS.iter().zip(&SLIPS).skip(from).take_while(move |(other, _)| **other == key);
    same.filter_map(|(_, &(word, meaning))| Some((spelled(word), CLINICAL.get(usize::from(meaning)).copied()?)))
}

/// How many words there are.
#[cfg(test)]
pub(super) fn count() -> u16 {
    u16::try_from(HASHES.len()).unwrap()
}

#[cfg(test)]
#[path = "../../../build/fold.rs"]
mod fold;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::text::{Kind, Text};

    #[test]
    fn every_word_is_found_by_its_spelling_and_no_other() {
        for at in 0..count() {
            let word = spelling(at);
            assert_eq!(look(word, hash(word.as_bytes())), at + 1, "{word}");
            let other = format!("{word}\u{1}");
            assert_eq!(look(&other, hash(other.as_bytes())), 0, "{word}");
        }
        assert_eq!(look("", hash(b"")), 0);
    }

    #[test]
    fn the_build_folds_every_entry_as_a_text_is_folded() {
        let files = [
            include_str!("../words/sensitive.txt"),
            include_str!("../words/places.txt"),
            include_str!("../words/drugs.txt"),
            include_str!("../words/conditions.txt"),
            include_str!("../words/care.txt"),
            include_str!("../words/logistics.txt"),
            include_str!("../words/intents.txt"),
            include_str!("../words/identifiers.txt"),
        ];
        let lines = files.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with(['#', '[']));
        for entry in lines.flat_map(|line| line.split(',')).map(str::trim) {
            let entry = entry.trim_end_matches(['?', '*']).trim_start_matches(['^', '*']);
            let text = Text::new(entry);
            let words = (0..text.tokens.len()).filter(|&at| text.kind(at) != Some(Kind::Mark)).map(|at| text.norm(at));
            assert_eq!(fold::fold(entry).unwrap(), words.collect::<Vec<_>>(), "{entry}");
        }
    }
}
