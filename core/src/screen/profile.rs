//! What a clinic says of itself, and whom this phone knows: filled by the rooms above, read here.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hash, Hasher};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::{Kind, Text};

/// A clinic's own facts. Slots of a recognised intent are checked against them; an empty list checks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClinicProfile {
    /// The clinic's name as patients know it.
    pub name: String,
    /// Other names that it goes by.
    pub other_names: Vec<String>,
    /// Its phone numbers, in any notation.
    pub phones: Vec<String>,
    /// Its street addresses.
    pub addresses: Vec<String>,
    /// Names of its places, for example "main clinic".
    pub sites: Vec<String>,
    /// Family names or full names of the clinicians who may be named in a text.
    pub staff: Vec<String>,
    /// The patient portal's address.
    pub portal_url: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Opening hours, as words.
    pub hours: String,
    /// Names of small places around the clinic (villages, islands, wards with a name): each is a clue. At most
    /// [`ClinicProfile::MAX_LISTED`], of at most [`ClinicProfile::MAX_LISTED_BYTES`] bytes.
    pub small_places: Vec<String>,
    /// Conditions and circumstances so rare around the clinic that they point at one person: each is a clue. Bounded as
    /// [`small_places`](Self::small_places).
    pub rare_conditions: Vec<String>,
}

impl ClinicProfile {
    /// The most entries in each of [`small_places`](Self::small_places) and [`rare_conditions`](Self::rare_conditions).
    pub const MAX_LISTED: usize = 200;
    /// The longest entry of those lists, in bytes.
    pub const MAX_LISTED_BYTES: usize = 64;

    /// Whether the lists are within their bounds and no entry is empty.
    pub(crate) fn lists_in_bounds(&self) -> bool {
        [&self.small_places, &self.rare_conditions].iter().all(|list| {
            list.len() <= Self::MAX_LISTED
                && list.iter().all(|entry| entry.len() <= Self::MAX_LISTED_BYTES && !entry.trim().is_empty())
        })
    }

    /// The last token of an entry of a list that starts at `token`, whatever its capitals and accents.
    pub(crate) fn listed(&self, text: &Text<'_>, token: usize, list: &[String]) -> Option<usize> {
        list.iter().find_map(|entry| {
            let mut at = token;
            let mut words = entry.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
            if !same_folded(text.norm(at), words.next()?) {
                return None;
            }
            for word in words {
                at = super::lexicon::next_word(text, at)?;
                if !same_folded(text.norm(at), word) {
                    return None;
                }
            }
            Some(at)
        })
    }

    /// Whether a number is the clinic's; `None` if the profile lists none.
    pub(crate) fn owns_phone(&self, typed: &str) -> Option<bool> {
        let mut listed = self.phones.iter().chain([&self.emergency_line]).map(|p| digits(p)).filter(|p| !p.is_empty());
        let typed = digits(typed);
        let mut any = false;
        let own = listed.any(|phone| {
            any = true;
            same_number(&phone, &typed)
        });
        any.then_some(own)
    }

    /// Whether a clinician's name is on the staff; `None` if the profile lists nobody.
    pub(crate) fn employs(&self, name: &[&str]) -> Option<bool> {
        if self.staff.is_empty() {
            return None;
        }
        Some(self.staff.iter().any(|person| {
            let words = folded(person);
            name.last().is_some_and(|family| words.iter().any(|w| w == family))
        }))
    }

    /// Whether a link leads to the clinic's portal; `None` if the profile names none.
    pub(crate) fn links_to(&self, url: &str) -> Option<bool> {
        (!self.portal_url.is_empty()).then(|| host(&self.portal_url) == host(url))
    }

    /// Whether an address is the clinic's; `None` if the profile lists none.
    pub(crate) fn stands_at(&self, address: &[&str]) -> Option<bool> {
        if self.addresses.is_empty() {
            return None;
        }
        Some(self.addresses.iter().any(|own| {
            let words = folded(own);
            address.iter().all(|part| words.iter().any(|w| w == part))
        }))
    }

    /// The words of the clinic's names and places, folded: none of them is a patient's name.
    pub(crate) fn own_words(&self) -> WordSet {
        [&self.name].into_iter().chain(&self.other_names).chain(&self.sites).flat_map(|n| folded(n)).collect()
    }
}

/// A person whom this phone has on record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPerson {
    /// Full names, as recorded; each is matched whole and by its longer parts.
    pub names: Vec<String>,
    /// Record numbers and other identifiers.
    pub identifiers: Vec<String>,
    /// Phone numbers, in any notation.
    pub phones: Vec<String>,
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

/// A set of folded words.
pub(crate) type WordSet = HashSet<String, BuildHasherDefault<Fnv>>;

/// A map of folded words.
type Words<V> = HashMap<String, V, BuildHasherDefault<Fnv>>;

/// The local patients' names, numbers and identifiers, ready to be looked up while somebody types.
///
/// Building is linear in the patients; a look-up costs one hash of one word. Its `Debug` shows counts only.
#[derive(Clone, Default)]
pub struct NameIndex {
    by_first_word: Words<Vec<Vec<String>>>,
    parts: WordSet,
    identifiers: HashSet<String>,
    phones: HashSet<String>,
    /// First letters and digits of identifiers, a bit each.
    initials: u64,
    /// Tells one index from another: a hash of the people in it.
    stamp: u64,
}

impl std::fmt::Debug for NameIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameIndex").field("names", &self.by_first_word.len()).finish_non_exhaustive()
    }
}

impl NameIndex {
    /// Indexes the people on this phone.
    pub fn new(people: impl IntoIterator<Item = KnownPerson>) -> NameIndex {
        let mut index = NameIndex::default();
        let mut stamp = Fnv::default();
        for person in people {
            [&person.names, &person.identifiers, &person.phones].hash(&mut stamp);
            for name in &person.names {
                let words = folded(name);
                index.parts.extend(words.iter().filter(|w| w.chars().count() >= 3).cloned());
                if let [family, given, ..] = words.as_slice() {
                    // "Martinez Rosa" and "Rosa Martinez" are the same person.
                    let turned = vec![given.clone(), family.clone()];
                    if words.len() == 2 {
                        index.by_first_word.entry(given.clone()).or_default().push(turned);
                    }
                    index.by_first_word.entry(family.clone()).or_default().push(words);
                }
            }
            index.identifiers.extend(person.identifiers.iter().map(|i| alphanumeric(i)).filter(|i| i.len() >= 4));
            index.phones.extend(person.phones.iter().map(|p| tail(&digits(p)).to_owned()).filter(|p| p.len() >= 7));
        }
        index.initials = index.identifiers.iter().fold(0, |bits, id| bits | initial(id));
        for names in index.by_first_word.values_mut() {
            names.sort_by_key(|words| std::cmp::Reverse(words.len()));
            names.dedup();
        }
        index.stamp = stamp.finish();
        index
    }

    /// The same for the same people in the same order.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Whether anybody is on record.
    pub(crate) fn knows_anyone(&self) -> bool {
        !self.by_first_word.is_empty()
    }

    /// The last token of a full name that starts at `token`.
    pub(crate) fn full_name(&self, text: &Text<'_>, token: usize) -> Option<usize> {
        self.by_first_word.get(text.norm(token))?.iter().find_map(|words| {
            let mut at = token;
            for word in words.iter().skip(1) {
                at += 1;
                if text.kind(at) == Some(Kind::Mark) && text.is(at, list![",", "-", "."]) {
                    at += 1;
                }
                if text.norm(at) != word {
                    return None;
                }
            }
            Some(at)
        })
    }

    /// Whether a folded word is part of a known name.
    pub(crate) fn has_part(&self, word: &str) -> bool {
        self.parts.contains(word)
    }

    /// Whether an identifier on record may begin with this word: asked of every word, so without a copy of it.
    pub(crate) fn may_begin_identifier(&self, word: &str) -> bool {
        self.initials & initial(word) != 0
    }

    /// Whether an identifier, in any punctuation, is on record.
    pub(crate) fn has_identifier(&self, typed: &str) -> bool {
        !self.identifiers.is_empty() && self.identifiers.contains(&alphanumeric(typed))
    }

    /// Whether a phone number is a patient's.
    pub(crate) fn has_phone(&self, typed: &str) -> bool {
        !self.phones.is_empty() && self.phones.contains(tail(&digits(typed)))
    }
}

/// Whether an entry's word folds to `folded`.
fn same_folded(folded: &str, word: &str) -> bool {
    if word.is_ascii() {
        return folded.eq_ignore_ascii_case(word);
    }
    word.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase).eq(folded.chars())
}

/// The digits of a number without an extension.
fn digits(phone: &str) -> String {
    phone.split(['x', 'e', 'E']).next().unwrap_or("").chars().filter(char::is_ascii_digit).collect()
}

/// The part of a number that stays the same with and without country and trunk prefixes.
fn tail(digits: &str) -> &str {
    digits.len().checked_sub(9).and_then(|from| digits.get(from..)).unwrap_or(digits)
}

fn same_number(a: &str, b: &str) -> bool {
    // Short forms ("555-1234") match the end of the full number.
    a == b
        || a.len() >= 7
            && b.len() >= 7
            && (tail(a) == tail(b) || a.len() < 9 && b.ends_with(a) || b.len() < 9 && a.ends_with(b))
}

fn alphanumeric(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The bit of a word's first letter or digit.
fn initial(word: &str) -> u64 {
    match word.bytes().next() {
        Some(byte) if byte.is_ascii_alphanumeric() => 1 << (byte & 0x3F),
        // A word that begins with neither may go on with one.
        _ => u64::MAX,
    }
}

/// The folded words of a name.
pub(crate) fn folded(name: &str) -> Vec<String> {
    let text = Text::new(name);
    (0..text.tokens.len()).filter(|&i| text.kind(i) != Some(Kind::Mark)).map(|i| text.norm(i).to_owned()).collect()
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest).to_ascii_lowercase();
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_clinics_in_any_notation() {
        let profile = ClinicProfile { phones: vec!["+1 (555) 123-4567".into()], ..ClinicProfile::default() };
        assert_eq!(profile.owns_phone("555-123-4567"), Some(true));
        assert_eq!(profile.owns_phone("123-4567"), Some(true));
        assert_eq!(profile.owns_phone("555-123-4568"), Some(false));
        assert_eq!(ClinicProfile::default().owns_phone("555-123-4567"), None);
    }

    #[test]
    fn a_profile_with_an_unknown_member_is_refused() {
        assert!(serde_json::from_str::<ClinicProfile>(r#"{"name":"St. Alder","color":"green"}"#).is_err());
        assert_eq!(serde_json::from_str::<ClinicProfile>("{}").unwrap(), ClinicProfile::default());
    }

    #[test]
    fn known_names_are_found_whatever_their_case_and_order() {
        let index = NameIndex::new([KnownPerson {
            names: vec!["Rosa Martínez".into()],
            identifiers: vec!["MRN-00123".into()],
            phones: vec!["+1 555 777 0142".into()],
        }]);
        let text = Text::new("MARTINEZ, rosa");
        assert_eq!(index.full_name(&text, 0), Some(2));
        assert!(index.has_identifier("mrn 00123"));
        assert!(index.has_phone("(555) 777-0142"));
        assert!(!index.has_phone("(555) 777-0143"));
        assert!(!format!("{index:?}").contains("rosa"));
    }
}
