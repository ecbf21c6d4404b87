//! Everyday words of both languages, names of people and of places, in one map that lies in the library as it is.

use std::sync::LazyLock;

use fst::Map;

use super::vocabulary;
use crate::screen::text::Text;

/// An ordinary English word.
pub(crate) const ENGLISH: u32 = 1;
/// An ordinary Spanish word.
pub(crate) const SPANISH: u32 = 32;

static PEOPLE: LazyLock<Option<Map<&'static [u8]>>> =
    LazyLock::new(|| Map::new(include_bytes!(concat!(env!("OUT_DIR"), "/people.fst")).as_slice()).ok());

/// What is known of a folded word: the bits of the built map (`people` of `build.rs`); 0 for nothing.
pub(crate) fn facts(word: &str) -> u32 {
    let Some(people) = PEOPLE.as_ref() else { return 0 };
    let known = people.get(word).and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0);
    if known == 0 && spanish_verb(people, word) { SPANISH } else { known }
}

/// What is known of a token's word: the vocabulary has it for its words.
pub(crate) fn known(text: &Text<'_>, token: usize) -> u32 {
    match text.word(token) {
        0 => facts(text.norm(token)),
        number => u32::from(vocabulary::about(number).facts),
    }
}

/// "avísele", "tráigalo", "regrésela": a known form under one or two pronouns.
fn spanish_verb(people: &Map<&'static [u8]>, word: &str) -> bool {
    const PRONOUNS: [&str; 9] = ["le", "lo", "la", "me", "te", "se", "nos", "les", "los"];
    let cut = |word: &str| PRONOUNS.iter().find_map(|end| word.strip_suffix(end).map(str::len));
    let ordinary =
        |part: &str| part.len() >= 3 && people.get(part).is_some_and(|bits| bits & u64::from(ENGLISH | SPANISH) != 0);
    let Some(one) = (word.len() >= 6).then(|| cut(word)).flatten().and_then(|end| word.get(..end)) else {
        return false;
    };
    ordinary(one) || cut(one).and_then(|end| one.get(..end)).is_some_and(ordinary)
}
