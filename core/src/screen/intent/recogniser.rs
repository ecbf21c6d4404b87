//! The trained recogniser: whether a text reads like the logistics of a clinic.
//!
//! A small convolutional network over words, in integers only, so that every phone gives the same answer: each word is a
//! row of a table (a word that the table lacks is the sum of its 3- and 4-byte pieces), filters over one, three and five
//! words keep their maximum over all sentences, and one weighted sum of them is compared with a
//! threshold (Y. Kim, "Convolutional Neural Networks for Sentence Classification", 2014). It is asked only of sentences
//! in which no veto stands: it lets pass, it never accuses. `core/recogniser/train` makes `recogniser.bin`; ADR 0010.

use std::ops::Range;
use std::sync::Arc;

use crate::screen::lexicon::vocabulary::hash;
use crate::screen::text::{Kind, Text};

/// Of a longer sentence nothing is said: nobody sends it as logistics.
const MAX_WORDS: usize = 96;
/// Length of a word's row.
const DEPTH: usize = 24;
/// Filters of each width.
const FILTERS: usize = 64;
/// Filters of all three widths: one, three and five words.
const ALL: usize = 3 * FILTERS;
/// What a word adds to the filters, by its place in their windows: one place, three, five.
const PLACES: usize = 9 * FILTERS;

/// The file's header: depth, filters, known words, pieces, and what the weighted sum must reach.
const HEADER: usize = 24;
static WEIGHTS: &[u8] = include_bytes!("recogniser.bin");
const KNOWN: usize = word32(include_bytes!("recogniser.bin"), 8) as usize;
/// Rows of the pieces of unknown words; a power of two of them.
const PIECES: usize = word32(include_bytes!("recogniser.bin"), 12) as usize;
/// One row a known word, then one for a capitalised and one for any unknown word.
const ROWS: usize = HEADER + 4 * KNOWN;
const PIECE_ROWS: usize = ROWS + (KNOWN + 2) * DEPTH;
const MATRIX: usize = PIECE_ROWS + PIECES * DEPTH;
const BIASES: usize = MATRIX + PLACES * DEPTH;

/// The filters' weights, by what they are multiplied with: for each value of a row, each filter's at each place.
static MATRIX_BY_DEPTH: [[i16; PLACES]; DEPTH] = {
    let bytes = include_bytes!("recogniser.bin");
    assert!(
        word32(bytes, 0) as usize == DEPTH && word32(bytes, 4) as usize == FILTERS,
        "other shapes than written here"
    );
    assert!(PIECES.is_power_of_two() && bytes.len() == BIASES + 8 * ALL, "a file of another length");
    let mut matrix = [[0; PLACES]; DEPTH];
    let (mut width, mut place, mut from) = (1, 0, MATRIX);
    while width <= 5 {
        let mut at = 0;
        while at < FILTERS * width * DEPTH {
            let (filter, offset, depth) = (at / (width * DEPTH), at / DEPTH % width, at % DEPTH);
            matrix[depth][(place + offset) * FILTERS + filter] = bytes[from + at].cast_signed() as i16;
            at += 1;
        }
        (place, from, width) = (place + width, from + at, width + 2);
    }
    matrix
};
/// One a filter: what is added to its maximum, and what that counts.
static BIAS: [i32; ALL] = words32(include_bytes!("recogniser.bin"), BIASES);
static WEIGHT: [i32; ALL] = words32(include_bytes!("recogniser.bin"), BIASES + 4 * ALL);
/// What the weighted sum must reach.
const THRESHOLD: i64 = {
    let bytes = include_bytes!("recogniser.bin");
    (word32(bytes, 20) as i64) << 32 | word32(bytes, 16) as i64
};

const fn word32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

const fn words32(bytes: &[u8], from: usize) -> [i32; ALL] {
    let mut all = [0; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = word32(bytes, from + 4 * at).cast_signed();
        at += 1;
    }
    all
}

/// A word's row.
type Row = [i8; DEPTH];

/// The row that begins at a byte of the file.
fn row(from: usize) -> Row {
    let bytes = WEIGHTS.get(from..).and_then(|rest| rest.first_chunk::<DEPTH>());
    bytes.map_or([0; DEPTH], |bytes| bytes.map(u8::cast_signed))
}

/// How many known words' hashes are below each value of their upper twelve bits.
#[expect(clippy::cast_possible_truncation, reason = "asserted below; `try_from` is not const")]
static FIRST: [u16; (1 << 12) + 1] = {
    let bytes = include_bytes!("recogniser.bin");
    assert!(KNOWN < 1 << 16, "more known words than the index counts");
    let (mut first, mut top, mut at) = ([0; (1 << 12) + 1], 0, 0);
    while top <= 1 << 12 {
        while at < KNOWN && word32(bytes, HEADER + 4 * at) >> 20 < top {
            at += 1;
        }
        first[top as usize] = at as u16;
        top += 1;
    }
    first
};

/// Where a word stands among the known ones, which are sorted by their hash.
fn find(word: &str) -> Option<usize> {
    let key = hash(word.as_bytes());
    let top = (key >> 20) as usize;
    let [from, to] = *FIRST.get(top..top + 2)?.first_chunk()?;
    let keys = WEIGHTS.get(HEADER..ROWS)?.as_chunks::<4>().0;
    (usize::from(from)..usize::from(to)).find(|&at| keys.get(at).is_some_and(|own| u32::from_le_bytes(*own) == key))
}

/// The row of a word.
fn embed(word: &str, name: bool) -> Row {
    if let Some(index) = find(word) {
        return row(ROWS + index * DEPTH);
    }
    let mut bounded = [b'<'; 26];
    let length = word.len().min(24);
    for (to, byte) in bounded.iter_mut().skip(1).zip(word.bytes().take(24)) {
        *to = byte;
    }
    bounded[length + 1] = b'>';
    let bounded = bounded.get(..length + 2).unwrap_or_default();
    let mut sum = [0i32; DEPTH];
    for piece in bounded.windows(3).chain(bounded.windows(4)).take(MAX_PIECES) {
        let at = hash(piece) as usize & (PIECES - 1);
        sum.iter_mut().zip(row(PIECE_ROWS + at * DEPTH)).for_each(|(sum, value)| *sum += i32::from(value));
    }
    let mut own = row(ROWS + (if name { KNOWN } else { KNOWN + 1 }) * DEPTH);
    for (own, sum) in own.iter_mut().zip(sum) {
        *own = i8::try_from((sum.div_euclid(4) + i32::from(*own)).clamp(-127, 127)).unwrap_or(0);
    }
    own
}

/// What a row adds to each filter at each place.
type Sums = [i32; PLACES];

/// Multiplies a row out. Two products of bytes, one of each above -128, fit 16 bits: the processor takes eight at a time.
fn multiply(row: &Row) -> Sums {
    let row = row.map(i16::from);
    std::array::from_fn(|at| {
        let pair = |n: usize| {
            let ([a, b], [by_a, by_b]) = ([row[n], row[n + 1]], [&MATRIX_BY_DEPTH[n], &MATRIX_BY_DEPTH[n + 1]]);
            i32::from(a.wrapping_mul(by_a[at]).wrapping_add(b.wrapping_mul(by_b[at])))
        };
        (0..DEPTH / 2).fold(0, |sum, n| i32::wrapping_add(sum, pair(2 * n)))
    })
}

/// Rows that were multiplied out lately: few words make most of a text. What it answers does not depend on what it holds.
#[derive(Debug, Default)]
pub(crate) struct Memory(Vec<Option<Arc<(Row, Sums)>>>);

impl Memory {
    /// With 2,328 bytes each, 0.6 MB at most.
    const SLOTS: usize = 256;

    fn sums(&mut self, row: Row) -> Arc<(Row, Sums)> {
        if self.0.is_empty() {
            self.0.resize(Memory::SLOTS, None);
        }
        let mixed = row.as_chunks::<8>().0.iter().fold(0u64, |mixed, part| {
            (mixed ^ u64::from_le_bytes(part.map(i8::cast_unsigned)))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        });
        let slot = usize::try_from(mixed % Memory::SLOTS as u64).ok().and_then(|at| self.0.get_mut(at));
        let Some(slot) = slot else {
            return Arc::new((row, multiply(&row)));
        };
        match slot {
            Some(known) if known.0 == row => Arc::clone(known),
            _ => Arc::clone(slot.insert(Arc::new((row, multiply(&row))))),
        }
    }
}

const MAX_PIECES: usize = 24;
/// How far below the threshold a sentence may lie that others lift over it: a hundredfold in odds (4.6), in the model's units.
const FLOOR: i64 = 308_700_000;

/// What a text's sentences make of the filters: each one's maximum. Empty for a text without words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Maxima(Vec<i32>);

impl Maxima {
    /// Takes another sentence in.
    pub(crate) fn join(&mut self, other: &Maxima) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        } else {
            self.0.iter_mut().zip(&other.0).for_each(|(mine, other)| *mine = (*mine).max(*other));
        }
    }

    /// Whether what was read, all of it together, reads like logistics.
    pub(crate) fn logistics(&self) -> bool {
        self.score().is_some_and(|score| score >= THRESHOLD)
    }

    /// Whether a sentence may stand among logistics: it does not read much more like something else.
    pub(crate) fn bearable(&self) -> bool {
        self.score().is_none_or(|score| score >= THRESHOLD - FLOOR)
    }

    /// The weighted sum of the filters that fire; `None` without words.
    fn score(&self) -> Option<i64> {
        let fired = self.0.iter().zip(BIAS.iter().zip(&WEIGHT));
        (!self.0.is_empty()).then(|| {
            fired.map(|(max, (bias, weight))| i64::from(max.saturating_add(*bias).max(0)) * i64::from(*weight)).sum()
        })
    }
}

/// A token as the recogniser reads it: `None` for punctuation that says nothing.
pub(crate) fn word<'a>(text: &'a Text<'_>, token: usize, buffer: &'a mut String) -> Option<&'a str> {
    let norm = text.norm(token);
    match text.kind(token)? {
        Kind::Mark => (matches!(norm, "?" | "!" | "%") || !norm.is_ascii()).then_some(norm),
        Kind::Number => Some("00000".get(..norm.len().min(5)).unwrap_or("00000")),
        Kind::Email => Some("<email>"),
        Kind::Url | Kind::Ip => Some("<url>"),
        Kind::Word => Some(norm),
        Kind::Mixed => {
            buffer.clear();
            buffer.extend(norm.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }));
            Some(buffer)
        }
    }
}

/// Whether a token may be a name: capitalised inside a sentence that does not shout.
pub(crate) fn name_like(text: &Text<'_>, token: usize, first: usize) -> bool {
    token > first && text.tokens.get(token).is_some_and(|t| t.capital && !t.upper)
}

/// Reads one sentence; `None` for one of too many words. `stand_in` gives the word to read in place of a token ("" to pass it over).
pub(crate) fn read(
    text: &Text<'_>,
    range: &Range<usize>,
    memory: &mut Memory,
    stand_in: impl Fn(usize) -> Option<&'static str>,
) -> Option<Maxima> {
    let mut buffer = String::new();
    let (mut rows, mut says) = (Vec::with_capacity(range.len()), false);
    for token in range.clone() {
        let replaced = stand_in(token);
        let Some(word) = replaced.or_else(|| word(text, token, &mut buffer)) else { continue };
        if word.is_empty() {
            continue;
        }
        if rows.len() == MAX_WORDS {
            return None;
        }
        says |= word.chars().nth(1).is_some();
        rows.push(embed(word, replaced.is_none() && name_like(text, token, range.start)));
    }
    // Single letters and marks are no message: of them there is nothing to ask.
    if !says {
        return Some(Maxima::default());
    }
    Some(convolve(&rows, memory))
}

/// Each filter's maximum over all windows; beyond the sentence's ends every value is zero.
fn convolve(rows: &[Row], memory: &mut Memory) -> Maxima {
    static NOTHING: Sums = [0; PLACES];
    let sums: Vec<_> = rows.iter().map(|row| memory.sums(*row)).collect();
    let mut maxima = vec![i32::MIN; ALL];
    for at in 0..sums.len() {
        let part = |back: usize, place: usize| {
            let sums = (at + 2).checked_sub(back).and_then(|at| sums.get(at)).map_or(&NOTHING, |sums| &sums.1);
            sums.as_chunks::<FILTERS>().0.get(place).unwrap_or(&[0; FILTERS])
        };
        let ([a], [b, c, d], [e, f, g, h, i]) = (
            [part(2, 0)],
            [part(3, 1), part(2, 2), part(1, 3)],
            [part(4, 4), part(3, 5), part(2, 6), part(1, 7), part(0, 8)],
        );
        let Some([one, three, five]) = maxima.as_chunks_mut::<FILTERS>().0.first_chunk_mut::<3>() else { break };
        for n in 0..FILTERS {
            one[n] = one[n].max(a[n]);
            three[n] = three[n].max(b[n].wrapping_add(c[n]).wrapping_add(d[n]));
            five[n] = five[n].max(e[n].wrapping_add(f[n]).wrapping_add(g[n]).wrapping_add(h[n]).wrapping_add(i[n]));
        }
    }
    Maxima(maxima)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_as_the_multiplication_takes_them() {
        let keys: Vec<u32> = WEIGHTS[HEADER..ROWS].as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
        assert!(keys.len() > 4000 && keys.is_sorted());
        // Else two products of bytes would not fit 16 bits.
        assert!(WEIGHTS[ROWS..PIECE_ROWS].iter().all(|&byte| byte.cast_signed() != i8::MIN));
    }

    #[test]
    fn a_text_without_words_has_nothing_to_ask_and_one_with_words_has() {
        let maxima = |source: &str| {
            let text = Text::new(source);
            read(&text, &(0..text.tokens.len()), &mut Memory::default(), |_| None)
        };
        assert_eq!(maxima("..."), Some(Maxima::default()));
        assert_eq!(maxima("%s%n"), Some(Maxima::default()));
        assert!(maxima("Your appointment is tomorrow").unwrap().score().is_some());
        assert_eq!(maxima(&"la ".repeat(MAX_WORDS + 1)), None);
    }

    /// A filter's weight, straight from the file.
    fn weight(width: usize, filter: usize, at: usize) -> i32 {
        let before = [0, 1, 0, 4][width / 2 + usize::from(width == 5)] * FILTERS * DEPTH;
        i32::from(WEIGHTS[MATRIX + before + filter * width * DEPTH + at].cast_signed())
    }

    #[test]
    fn every_filter_keeps_its_greatest_sum_of_products() {
        let words = ["your", "appointment", "is", "on", "xqzv", "your", "appointment"];
        let mut rows: Vec<Row> = words.iter().map(|word| embed(word, false)).collect();
        rows.push([-127; DEPTH]);
        let Maxima(maxima) = convolve(&rows, &mut Memory::default());
        for (nth, width) in [1usize, 3, 5].into_iter().enumerate() {
            for filter in 0..FILTERS {
                let sum = |middle: usize| -> i32 {
                    let at = |n: usize| (middle + n / DEPTH).checked_sub(width / 2).and_then(|word| rows.get(word));
                    let value = |n: usize| at(n).map_or(0, |row| i32::from(row[n % DEPTH]));
                    (0..width * DEPTH).map(|n| value(n) * weight(width, filter, n)).sum()
                };
                let most = (0..rows.len()).map(sum).max();
                assert_eq!(maxima.get(nth * FILTERS + filter).copied(), most, "{width} {filter}");
            }
        }
    }

    #[test]
    fn what_is_remembered_changes_no_answer() {
        let mut memory = Memory::default();
        for n in 0..3000 {
            let row: Row = std::array::from_fn(|at| i8::try_from((n * 31 + at * 7) % 127).unwrap());
            assert_eq!(memory.sums(row).1, multiply(&row));
        }
        assert_eq!(memory.0.len(), Memory::SLOTS);
    }
}
