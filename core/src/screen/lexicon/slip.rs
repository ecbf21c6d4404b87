//! Slips of a finger in sensitive words.

use super::vocabulary::{NO_SLIP, meant};
use super::{Hit, people, terms};
use crate::screen::text::{Kind, Text};

/// Shorter words have too many neighbours: "live" is not "hive".
const SHORTEST: usize = 6;

/// What a single slip leaves of a word: its first three letters, its last three, and, for a swap in the middle of a short
/// word, the two at each end. A word and its slip share one of these three keys.
fn keys(word: &str) -> [Option<u32>; 3] {
    let word = word.as_bytes();
    let pack = |kind: u32, bytes: &[&[u8]]| bytes.iter().copied().flatten().fold(kind, |k, &b| k << 7 | u32::from(b));
    let (head, tail) = (word.first_chunk::<3>(), word.last_chunk::<3>());
    let ends = word.first_chunk::<2>().zip(word.last_chunk::<2>());
    [head.map(|h| pack(1, &[h])), tail.map(|t| pack(2, &[t])), ends.map(|(h, t)| pack(3, &[h, t]))]
}

/// "chlamidia", "herion", "miscariage": one letter too many, too few, wrong or swapped in a sensitive word.
pub(super) fn mistyped(text: &Text<'_>, at: usize) -> Option<Hit> {
    let word = text.norm(at);
    if text.kind(at)? != Kind::Word
        || !(SHORTEST - 1..=20).contains(&word.len())
        || !word.is_ascii()
        || text.about(at).flags & NO_SLIP != 0
    {
        return None;
    }
    let mut candidates = keys(word).into_iter().flatten().flat_map(meant);
    let (_, classes) = candidates.find(|(right, _)| one_slip(word.as_bytes(), right.as_bytes()))?;
    // An ordinary word, a name and a term of the lists ("adoption", "conception") stay what they are.
    let known = people::known(text, at) != 0 || terms::knows(word);
    (!known).then_some(Hit { first: at, last: at, classes, weak: false, rule: "disguise.slip" })
}

/// Whether one insertion, deletion, replacement or swap of neighbours turns one word into the other.
fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (rest, other) = (short.get(same..).unwrap_or(&[]), long.get(same..).unwrap_or(&[]));
    if short.len() < long.len() {
        return other.get(1..) == Some(rest);
    }
    rest.get(1..) == other.get(1..)
        || matches!((rest, other), ([a, b, x @ ..], [c, d, y @ ..]) if a == d && b == c && x == y)
}
