//! Words in disguise: spelled out, with digits for letters, broken in two.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use super::{CLINICAL, Classes, Fnv, Hit, LOGISTICS, Words, next_word, people};
use crate::screen::text::{Kind, Text, among};

/// "H.I.V", "h i v", "U T I": single letters that spell a term.
pub(super) fn spelled(text: &Text<'_>, at: usize) -> Option<Hit> {
    const LONGEST: usize = 14;
    let letter = |t: usize| (text.is_word(t) && text.norm(t).len() == 1).then(|| text.norm(t));
    let mut word = letter(at)?.to_owned();
    if at > 0 && letter(at - 1).is_some() && word == "s" {
        return None;
    }
    let (mut end, mut best) = (at, None);
    for _ in 0..LONGEST {
        let next = match text.kind(end + 1) {
            Some(Kind::Mark) if text.is(end + 1, &[".", "-", "_", "*", "/", "·", ",", "|", "+"]) => end + 2,
            _ => end + 1,
        };
        let Some(more) = letter(next) else { break };
        word.push_str(more);
        end = next;
        if word.len() >= 3
            && let Some(classes) = CLINICAL.in_capitals(&word)
        {
            best = Some(Hit { first: at, last: end, classes, weak: false, rule: "disguise.spaced" });
        }
    }
    best.filter(|_| word.len() <= LONGEST + 1)
}

/// "h1v", "chl@mydia", "d3pression", "5uicide".
pub(super) fn digits_for_letters(text: &Text<'_>, at: usize) -> Option<Hit> {
    let last = match text.kind(at)? {
        Kind::Mixed => at,
        Kind::Number if text.is_word(at + 1) && text.glued(at + 1) => at + 1,
        _ => return None,
    };
    let raw: String = (at..=last).map(|i| text.norm(i)).collect();
    if raw.len() < 3 || raw.len() > 40 || !raw.chars().any(char::is_alphabetic) {
        return None;
    }
    ['i', 'l'].into_iter().find_map(|one| {
        let word: String = raw
            .chars()
            .map(|c| match c {
                '1' | '!' => one,
                '0' => 'o',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .collect();
        let term = CLINICAL.word(&word).filter(|t| !t.weak)?;
        Some(Hit { first: at, last, classes: term.value, weak: false, rule: "disguise.digits" })
    })
}

/// "met.for.min", "dia-be-tes": a clinical word broken by marks into three pieces or more.
pub(super) fn pieces(text: &Text<'_>, at: usize) -> Option<Hit> {
    const MOST: usize = 5;
    let mut word = text.norm(at).to_owned();
    let (mut end, mut pieces) = (at, 1);
    while pieces < MOST && text.glued(end + 1) && text.is(end + 1, &[".", "-", "_", "*", "/", "~"]) {
        if !(text.glued(end + 2) && text.is_word(end + 2)) {
            break;
        }
        word.push_str(text.norm(end + 2));
        end += 2;
        pieces += 1;
    }
    if pieces < 3 || word.len() < 6 {
        return None;
    }
    let classes = CLINICAL.in_capitals(&word)?;
    Some(Hit { first: at, last: end, classes, weak: false, rule: "disguise.pieces" })
}

/// "abor-tion", "chla*mydia", "abor tion": a sensitive word broken in two.
pub(super) fn split_word(text: &Text<'_>, at: usize) -> Option<Hit> {
    if text.kind(at)? != Kind::Word || text.norm(at).len() < 2 {
        return None;
    }
    let next = next_word(text, at)?;
    let (left, right) = (text.norm(at), text.norm(next));
    let spaced = next == at + 1 && !text.glued(next);
    let joined_len = left.len() + right.len();
    // "the rapist", "a part": two ordinary words are not a broken one.
    let ordinary = |w: &str| LOGISTICS.word(w).is_some();
    if text.kind(next)? != Kind::Word
        || !(6..=24).contains(&joined_len)
        || spaced && (ordinary(left) || ordinary(right))
    {
        return None;
    }
    let word = format!("{left}{right}");
    let term = CLINICAL.word(&word).filter(|t| !t.weak && t.value.sensitive_topic())?;
    Some(Hit { first: at, last: next, classes: term.value, weak: false, rule: "disguise.split" })
}

/// Sensitive words by what a single slip of a finger leaves of them: their first three letters, their last three, and, for a
/// swap in the middle of a short word, the two at each end.
struct Slips {
    words: Vec<(String, Classes)>,
    keys: HashMap<u64, Vec<u16>, BuildHasherDefault<Fnv>>,
    /// Ordinary words one slip away from a sensitive one ("adoption", "conception"), which stay what they are.
    ordinary: Words<()>,
}

/// Sensitive words that are as plain as their neighbours.
const PLAIN: [&str; 24] = [
    "mental", "voices", "cutting", "beaten", "refuge", "refugio", "memory", "abused", "condon", "puberty", "nipple",
    "coping", "genome", "fundal", "slavery", "shelter", "carries", "dating", "lesbian", "puberty", "mosaic", "ashes",
    "poppers", "opting",
];

/// Shorter words have too many neighbours: "live" is not "hive".
const SHORTEST: usize = 6;

static SLIPS: LazyLock<Slips> = LazyLock::new(|| {
    let mut slips = Slips { words: Vec::new(), keys: HashMap::default(), ordinary: Words::default() };
    for word in include_str!("../words/ordinary.txt").split_whitespace() {
        slips.ordinary.insert(word.to_owned(), ());
    }
    let telling = |(word, classes): &(&str, Classes)| {
        word.len() >= SHORTEST + usize::from(!classes.sensitive_topic()) && word.is_ascii() && !among(word, &PLAIN)
    };
    let mut words: Vec<(&str, Classes)> = CLINICAL.single().filter(telling).collect();
    words.sort_unstable_by_key(|(word, _)| *word);
    words.dedup_by_key(|(word, _)| *word);
    for (word, classes) in words {
        let Ok(at) = u16::try_from(slips.words.len()) else { break };
        for key in keys(word).into_iter().flatten() {
            slips.keys.entry(key).or_default().push(at);
        }
        slips.words.push((word.to_owned(), classes));
    }
    slips
});

/// The three keys of a word; a word and its slip share one of them.
fn keys(word: &str) -> [Option<u64>; 3] {
    let word = word.as_bytes();
    let pack = |kind: u8, bytes: &[&[u8]]| {
        bytes.iter().copied().flatten().fold(u64::from(kind), |key, &byte| key << 8 | u64::from(byte))
    };
    let (head, tail) = (word.first_chunk::<3>(), word.last_chunk::<3>());
    let ends = word.first_chunk::<2>().zip(word.last_chunk::<2>());
    [head.map(|h| pack(1, &[h])), tail.map(|t| pack(2, &[t])), ends.map(|(h, t)| pack(3, &[h, t]))]
}

/// "chlamidia", "herion", "miscariage": one letter too many, too few, wrong or swapped in a sensitive word.
pub(super) fn mistyped(text: &Text<'_>, at: usize) -> Option<Hit> {
    let word = text.norm(at);
    if text.kind(at)? != Kind::Word || !(SHORTEST - 1..=20).contains(&word.len()) || !word.is_ascii() {
        return None;
    }
    // A capital in the middle of a sentence is more often a name than a slip.
    let slips = &*SLIPS;
    let known = slips.ordinary.contains_key(word) || LOGISTICS.word(word).is_some() || people::facts(word) != 0;
    if known || super::terms::knows(word) {
        return None;
    }
    for key in keys(word).into_iter().flatten() {
        for &candidate in slips.keys.get(&key).map_or(&[][..], Vec::as_slice) {
            if let Some((right, classes)) = slips.words.get(usize::from(candidate))
                && one_slip(word.as_bytes(), right.as_bytes())
            {
                return Some(Hit { first: at, last: at, classes: *classes, weak: false, rule: "disguise.slip" });
            }
        }
    }
    None
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
