//! Lists of words that rules ask for.

use crate::screen::lexicon::vocabulary::hash;

/// A list of folded words. Eight bits of a token's hash tell most tokens from all of them.
#[derive(Debug)]
pub(crate) struct List {
    bits: [u64; 4],
    words: &'static [&'static str],
}

impl List {
    /// The list of these words.
    pub(crate) const fn of(words: &'static [&'static str]) -> List {
        let (mut bits, mut at) = ([0; 4], 0);
        while at < words.len() {
            let low = hash(words[at].as_bytes()) & 0xFF;
            bits[(low >> 6) as usize] |= 1 << (low & 63);
            at += 1;
        }
        List { bits, words }
    }

    /// Whether a word with this [`hash`] may be one of them.
    #[inline]
    pub(super) fn may_hold(&self, hash: u32) -> bool {
        let [a, b, c, d] = self.bits;
        let bits = match hash >> 6 & 3 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        bits >> (hash & 63) & 1 != 0
    }

    /// Whether a folded word is one of them.
    pub(crate) fn holds(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// The words.
    pub(crate) const fn words(&self) -> &'static [&'static str] {
        self.words
    }
}

/// A [`List`] of these words, made by the compiler.
macro_rules! list {
    ($($word:expr),* $(,)?) => {
        const { &$crate::screen::text::List::of(&[$($word),*]) }
    };
}
