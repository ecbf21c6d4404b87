//! Constant tables of words that are written in code, by their hash.

use super::vocabulary::hash;
use crate::screen::text::List;

/// Room for these many words, some of it free.
const SLOTS: usize = 2048;

/// A set of words.
pub(crate) struct Listed([u32; SLOTS]);

impl Listed {
    /// The words of all lists.
    pub(crate) const fn of(lists: &[&[&List]]) -> Listed {
        let (mut slots, mut at, mut taken) = ([0; SLOTS], 0, 0);
        while at < lists.len() {
            let mut list = 0;
            while list < lists[at].len() {
                let (mut word, words) = (0, lists[at][list].words());
                while word < words.len() {
                    let hash = hash(words[word].as_bytes());
                    let mut slot = hash as usize % SLOTS;
                    while slots[slot] != 0 && slots[slot] != hash {
                        slot = (slot + 1) % SLOTS;
                    }
                    taken += (slots[slot] == 0) as usize;
                    assert!(taken < SLOTS, "more words than there is room for");
                    slots[slot] = hash;
                    word += 1;
                }
                list += 1;
            }
            at += 1;
        }
        Listed(slots)
    }

    /// Whether a word with this hash is in it: for what is asked more closely afterwards.
    pub(crate) fn has(&self, hash: u32) -> bool {
        let (end, start) = self.0.split_at(hash as usize % SLOTS);
        start.iter().chain(end).take_while(|slot| **slot != 0).any(|slot| *slot == hash)
    }
}

/// Words with bits: lists of words between spaces, and the bit of each list.
pub(crate) struct Bits {
    lists: &'static [(&'static str, u32)],
    /// The hash of a word, where it stands in its list, and all its bits.
    slots: [(u32, Place, u32); SLOTS],
}

/// A list, and a word's beginning and length in it.
#[derive(Clone, Copy)]
struct Place(u8, u8, u16);

impl Bits {
    /// The words of all lists.
    #[expect(clippy::cast_possible_truncation, reason = "asserted at compile time; `try_from` is not const")]
    pub(crate) const fn of(lists: &'static [(&'static str, u32)]) -> Bits {
        let (mut slots, mut list, mut taken) = ([(0, Place(0, 0, 0), 0); SLOTS], 0, 0);
        while list < lists.len() {
            let (words, bit) = (lists[list].0.as_bytes(), lists[list].1);
            let mut from = 0;
            while from < words.len() {
                let mut end = from;
                while end < words.len() && words[end] != b' ' {
                    end += 1;
                }
                if end > from {
                    let hash = hash(words.split_at(end).0.split_at(from).1);
                    let mut slot = hash as usize % SLOTS;
                    while slots[slot].0 != 0 && slots[slot].0 != hash {
                        slot = (slot + 1) % SLOTS;
                    }
                    taken += (slots[slot].0 == 0) as usize;
                    assert!(taken < SLOTS, "more words than there is room for");
                    assert!(end - from < 256 && end < 65536 && list < 256, "too long a word or a list");
                    slots[slot] = (hash, Place(list as u8, (end - from) as u8, from as u16), slots[slot].2 | bit);
                }
                from = end + 1;
            }
            list += 1;
        }
        Bits { lists, slots }
    }

    /// The bits of a word with this hash.
    pub(crate) fn get(&self, word: &str, hash: u32) -> u32 {
        let (end, start) = self.slots.split_at(hash as usize % SLOTS);
        let mut taken = start.iter().chain(end).take_while(|slot| slot.0 != 0);
        let Some((_, Place(list, length, from), bits)) = taken.find(|slot| slot.0 == hash) else { return 0 };
        let written = self.lists.get(usize::from(*list)).and_then(|(words, _)| words.get(usize::from(*from)..));
        let same = word.len() == usize::from(*length) && written.is_some_and(|rest| rest.starts_with(word));
        if same { *bits } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_lists_are_found_with_all_their_bits_and_no_others() {
        const LISTS: &[(&str, u32)] = &[("one two  three", 1), ("two four", 2)];
        static BITS: Bits = Bits::of(LISTS);
        let get = |word: &str| BITS.get(word, hash(word.as_bytes()));
        assert_eq!(["one", "two", "three", "four", "five", ""].map(get), [1, 3, 1, 2, 0, 0]);
        static LISTED: Listed = Listed::of(&[&[list!["one"], list!["two", "three"]], &[list!["four"]]]);
        let has = |word: &str| LISTED.has(hash(word.as_bytes()));
        assert_eq!(["one", "two", "three", "four", "five", ""].map(has), [true, true, true, true, false, false]);
    }
}
