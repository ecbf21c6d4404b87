//! The reviewed words, and how they are looked up.
//!
//! [`Phrases`] is one table in memory, built once from the few thousand reviewed words of `words/*.txt`; [`terms`] walks
//! the large lists, which lie in the library as they are.

mod disguise;
pub(crate) mod people;
pub(crate) mod terms;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::Class;
use super::text::{Kind, Text};

/// A set of classes, one bit each, in declaration order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Classes(u64);

impl Classes {
    pub(crate) const fn of(class: Class) -> Classes {
        Classes(1 << class as u64)
    }

    pub(crate) const fn with(self, class: Class) -> Classes {
        Classes(self.0 | 1 << class as u64)
    }

    /// Both together.
    pub(crate) const fn and(self, other: Classes) -> Classes {
        Classes(self.0 | other.0)
    }

    /// Whether they share a class.
    pub(crate) const fn meets(self, other: Classes) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u64) != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |&class| self.has(class))
    }

    /// Whether a sensitive topic (not a provider's name) is among them.
    pub(crate) fn sensitive_topic(self) -> bool {
        self.iter().any(|c| c.name().starts_with("sensitive.") && c != Class::SensitiveProvider)
    }
}

/// One term: what follows its first word, and what it means.
#[derive(Debug)]
pub(crate) struct Term<V> {
    rest: Vec<&'static str>,
    /// Counts only beside another clinical word.
    pub(crate) weak: bool,
    upper: bool,
    pub(crate) value: V,
}

/// The steps of FNV-1a, eight bytes at a time: far faster than the default on short words. The tables are fixed, so nobody can
/// crowd a bucket.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // The upper bits are the well mixed ones.
        self.0 ^ self.0 >> 29
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let word = part.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// A stem has at least this many bytes.
const STEM_KEY: usize = 3;

/// A map of fixed words.
pub(crate) type Words<V> = HashMap<String, V, BuildHasherDefault<Fnv>>;

/// Terms by their first word, longest first.
#[derive(Debug)]
pub(crate) struct Phrases<V> {
    terms: HashMap<&'static str, Vec<Term<V>>, BuildHasherDefault<Fnv>>,
    /// Beginnings of words ("schizo*") by their first three bytes.
    stems: Words<Vec<(String, bool, V)>>,
    /// Parts of words ("*genital*").
    parts: Vec<(String, V)>,
}

impl<V: Copy> Phrases<V> {
    /// Reads word files; `meaning` gives a section's value from the name between its brackets.
    pub(crate) fn parse(files: &[&'static str], meaning: impl Fn(&str) -> Option<V>) -> Phrases<V> {
        let mut terms: HashMap<&'static str, Vec<Term<V>>, BuildHasherDefault<Fnv>> = HashMap::default();
        // Room for all at once: growing would move every term several times while somebody waits for the first answer.
        terms.reserve(files.iter().map(|file| memchr::memchr_iter(b',', file.as_bytes()).count()).sum());
        let mut stems: Words<Vec<(String, bool, V)>> = Words::default();
        let mut parts = Vec::new();
        for file in files {
            let mut value = None;
            for line in file.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
                if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    value = meaning(section);
                    continue;
                }
                let Some(value) = value else { continue };
                for entry in line.split(',').map(str::trim) {
                    let weak = entry.ends_with('?');
                    let upper = entry.starts_with('^');
                    if let Some(stem) = entry.trim_end_matches('?').strip_suffix('*').filter(|stem| !stem.contains(' '))
                    {
                        if let Some(part) = stem.strip_prefix('*') {
                            parts.push((part.to_owned(), value));
                        } else if let Some(key) = stem.get(..STEM_KEY) {
                            stems.entry(key.to_owned()).or_default().push((stem.to_owned(), weak, value));
                        }
                        continue;
                    }
                    let mut words = words_of(entry.trim_end_matches(['?', '*']).trim_start_matches('^'));
                    let Some(first) = words.next() else { continue };
                    terms.entry(first).or_default().push(Term { rest: words.collect(), weak, upper, value });
                }
            }
        }
        for list in terms.values_mut() {
            list.sort_by_key(|term| std::cmp::Reverse(term.rest.len()));
        }
        Phrases { terms, stems, parts }
    }

    /// What the beginning of a word tells, or a part of it: its value and whether it is weak.
    pub(crate) fn stem(&self, word: &str) -> Option<(V, bool)> {
        let begins = || {
            let stems = self.stems.get(word.get(..STEM_KEY)?)?;
            stems.iter().find(|(stem, ..)| word.starts_with(stem.as_str())).map(|&(_, weak, value)| (value, weak))
        };
        begins().or_else(|| {
            let holds = |(part, _): &&(String, V)| word.len() > part.len() && word.contains(part.as_str());
            self.parts.iter().find(holds).map(|&(_, value)| (value, false))
        })
    }

    /// Every term of one word that counts by itself.
    fn single(&self) -> impl Iterator<Item = (&str, V)> {
        let alone = |term: &&Term<V>| term.rest.is_empty() && !term.weak && !term.upper;
        self.terms.iter().flat_map(move |(word, terms)| terms.iter().filter(alone).map(move |term| (*word, term.value)))
    }

    /// The longest term that starts at `token`, with its last token. Plural endings and hyphens do not matter.
    pub(crate) fn longest(&self, text: &Text<'_>, token: usize) -> Option<(&Term<V>, usize)> {
        self.starting(text, token).next()
    }

    /// Every term that starts at `token`, longest first within each form of the first word.
    pub(crate) fn starting(&self, text: &Text<'_>, token: usize) -> impl Iterator<Item = (&Term<V>, usize)> {
        forms(text.norm(token)).filter_map(|form| self.terms.get(form)).flatten().filter_map(move |term| {
            let last = follow(text, token, &term.rest)?;
            (!term.upper || (token..=last).all(|t| text.tokens.get(t).is_some_and(|t| t.upper || t.kind != Kind::Word)))
                .then_some((term, last))
        })
    }

    /// A term of one word, given as folded text.
    pub(crate) fn word(&self, word: &str) -> Option<&Term<V>> {
        self.terms.get(word)?.iter().find(|term| term.rest.is_empty() && !term.upper)
    }

    /// A term of one word that counts by itself, those that count in capitals only among them.
    fn in_capitals(&self, word: &str) -> Option<V> {
        self.terms.get(word)?.iter().find(|term| term.rest.is_empty() && !term.weak).map(|term| term.value)
    }

    /// All meanings of one folded word.
    pub(crate) fn meanings(&self, word: &str) -> impl Iterator<Item = V> {
        self.terms.get(word).into_iter().flatten().filter(|term| term.rest.is_empty()).map(|term| term.value)
    }

    /// How many terms there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.terms.values().map(Vec::len).sum()
    }
}

/// The words of an entry, folded. The tables are built once and stay, so what must be folded is kept for good.
fn words_of(entry: &'static str) -> Box<dyn Iterator<Item = &'static str>> {
    // Nearly all are folded already: start-up is not the time to find that out the long way.
    if entry.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ') {
        return Box::new(entry.split(' ').filter(|word| !word.is_empty()));
    }
    let text = Text::new(entry);
    let words: Vec<String> =
        (0..text.tokens.len()).filter(|&i| text.kind(i) != Some(Kind::Mark)).map(|i| text.norm(i).to_owned()).collect();
    Box::new(words.into_iter().map(|word| &*word.leak()))
}

/// A word as it stands, then without a plural ending.
fn forms(word: &str) -> impl Iterator<Item = &str> {
    let long = word.len() > 4;
    [Some(word), word.strip_suffix('s').filter(|_| long), word.strip_suffix("es").filter(|_| long)]
        .into_iter()
        .flatten()
}

/// The last token of a term whose first word stands at `token`; marks glued between words are passed over.
fn follow(text: &Text<'_>, token: usize, rest: &[&str]) -> Option<usize> {
    let mut at = token;
    for word in rest {
        at = next_word(text, at)?;
        if !forms(text.norm(at)).any(|form| form == *word) {
            return None;
        }
    }
    Some(at)
}

/// The next token of a phrase: the next one, or the one after a hyphen, slash, dot or other glued mark.
pub(crate) fn next_word(text: &Text<'_>, token: usize) -> Option<usize> {
    let next = token + 1;
    match text.kind(next)? {
        Kind::Mark
            if text.glued(next) && text.glued(next + 1) && text.is(next, &["-", "/", ".", "&", "_", "*", "+"]) =>
        {
            (text.kind(next + 1)? != Kind::Mark).then_some(next + 1)
        }
        Kind::Mark => None,
        _ => Some(next),
    }
}

fn classes_of(section: &str) -> Option<Classes> {
    let mut classes = Classes::default();
    for name in section.split_whitespace() {
        classes = classes.with(Class::from_name(name)?);
    }
    (classes != Classes::default()).then_some(classes)
}

/// Clinical and sensitive terms.
pub(crate) static CLINICAL: LazyLock<Phrases<Classes>> = LazyLock::new(|| {
    Phrases::parse(
        &[
            include_str!("../words/sensitive.txt"),
            include_str!("../words/places.txt"),
            include_str!("../words/drugs.txt"),
            include_str!("../words/conditions.txt"),
            include_str!("../words/care.txt"),
        ],
        classes_of,
    )
});

/// What a word of the logistics vocabulary is: a language and a group, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Role {
    /// Index into [`LANGUAGES`].
    pub(crate) language: u8,
    /// Its group's bit of [`group`].
    pub(crate) group: u64,
}

/// Languages with words here; the first two are screened, the others only recognised as not screened.
pub(crate) const LANGUAGES: [&str; 14] =
    ["en", "es", "fr", "de", "it", "pt", "nl", "tl", "ht", "vi", "pl", "tr", "so", "id"];

/// Groups of the vocabulary; those that begin with `k_` make an intent.
const GROUPS: [&str; 47] = [
    "function",
    "plain",
    "appointment",
    "schedule",
    "change",
    "cancel",
    "prescription",
    "pickup",
    "contact",
    "team",
    "results",
    "available",
    "portal",
    "late",
    "direction",
    "form",
    "bill",
    "thanks",
    "urgent",
    "safety",
    "filler",
    "k_appointment",
    "k_schedule",
    "k_change",
    "k_modify",
    "k_cancel",
    "k_rx",
    "k_pickup",
    "k_contact",
    "k_team",
    "k_result",
    "k_test",
    "k_available",
    "k_portal",
    "k_late",
    "k_direction",
    "k_form",
    "k_bill",
    "k_thanks",
    "k_urgent",
    "k_saw",
    "k_message",
    "k_refuse",
    "k_personal",
    "k_channel",
    "k_care",
    "k_safest",
];

/// The bit of a group, zero for a name that is not one.
pub(crate) const fn group(name: &str) -> u64 {
    let mut at = 0;
    while at < GROUPS.len() {
        if same(GROUPS[at], name) {
            return 1 << at;
        }
        at += 1;
    }
    0
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The logistics vocabulary, fillers and the function words of other languages.
pub(crate) static LOGISTICS: LazyLock<Phrases<Role>> = LazyLock::new(|| {
    Phrases::parse(&[include_str!("../words/logistics.txt"), include_str!("../words/intents.txt")], |section| {
        let (language, name) = section.split_once(' ')?;
        let language = LANGUAGES.iter().position(|l| *l == language)?;
        Some(Role { language: u8::try_from(language).ok()?, group: group(name) })
    })
});

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
            .filter(|(other, end)| *end == last && other.rest.len() == term.rest.len())
            .fold(Classes::default(), |all, (other, _)| Classes(all.0 | other.value.0));
        return Some(Hit { first: at, last, classes, weak: term.weak, rule: "lexicon.term" });
    }
    if text.is_word(at)
        && let Some((classes, weak)) = CLINICAL.stem(text.norm(at))
    {
        return Some(Hit { first: at, last: at, classes, weak, rule: "lexicon.stem" });
    }
    disguise::spelled(text, at)
        .or_else(|| disguise::digits_for_letters(text, at))
        .or_else(|| disguise::pieces(text, at))
        .or_else(|| disguise::split_word(text, at))
        .or_else(|| disguise::mistyped(text, at))
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
