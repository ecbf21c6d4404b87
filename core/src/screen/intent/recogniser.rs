//! The trained recogniser: whether a text reads like the logistics of a clinic.
//!
//! A small convolutional network over words, in integers only, so that every phone gives the same answer: each word is a
//! row of a table (a word that the table lacks is the sum of its 3- and 4-byte pieces), filters over one, three and five
//! words keep their maximum over all sentences, and one weighted sum of them is compared with a
//! threshold (Y. Kim, "Convolutional Neural Networks for Sentence Classification", 2014). It is asked only of sentences
//! in which no veto stands: it lets pass, it never accuses. `core/recogniser/train` makes `recogniser.bin`; ADR 0010.

use std::ops::Range;
use std::sync::LazyLock;

use super::super::text::{Kind, Text};

/// Of a longer sentence nothing is said: nobody sends it as logistics.
const MAX_WORDS: usize = 96;
const WIDTHS: [usize; 3] = [1, 3, 5];

static WEIGHTS: &[u8] = include_bytes!("recogniser.bin");
static MODEL: LazyLock<Model> = LazyLock::new(|| Model::read(WEIGHTS).unwrap_or_default());

/// The parts of `recogniser.bin`; by an empty model [`read`] reads nothing.
#[derive(Debug, Default)]
struct Model {
    /// Length of a word's row.
    depth: usize,
    /// Filters of each width.
    filters: usize,
    /// FNV-1a of the known words, sorted: little-endian `u32`.
    keys: &'static [u8],
    /// One row a known word, then one for a capitalised and one for any unknown word.
    rows: &'static [u8],
    /// Rows of the pieces of unknown words; a power of two of them.
    pieces: &'static [u8],
    /// For each width, each filter's `width * depth` weights.
    filter: [Vec<i16>; 3],
    /// One a filter, for all widths.
    bias: Vec<i32>,
    weight: Vec<i32>,
    /// What the weighted sum must reach.
    threshold: i64,
}

/// Takes `count` bytes off the front.
fn take(bytes: &mut &'static [u8], count: usize) -> Option<&'static [u8]> {
    let (head, tail) = bytes.split_at_checked(count)?;
    *bytes = tail;
    Some(head)
}

fn word32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn words32(bytes: &[u8]) -> Vec<i32> {
    bytes.chunks_exact(4).filter_map(|b| Some(i32::from_le_bytes(b.try_into().ok()?))).collect()
}

impl Model {
    fn read(mut bytes: &'static [u8]) -> Option<Model> {
        let header: Vec<usize> =
            take(&mut bytes, 16)?.chunks_exact(4).filter_map(|b| usize::try_from(word32(b)?).ok()).collect();
        let &[depth, filters, words, pieces] = header.as_slice() else { return None };
        let threshold = i64::from_le_bytes(take(&mut bytes, 8)?.try_into().ok()?);
        let keys = take(&mut bytes, words * 4)?;
        let rows = take(&mut bytes, (words + 2) * depth)?;
        let pieces = take(&mut bytes, pieces * depth)?;
        let mut filter = [const { Vec::new() }; 3];
        for (weights, width) in filter.iter_mut().zip(WIDTHS) {
            *weights = take(&mut bytes, width * depth * filters)?.iter().map(|&b| i16::from(b.cast_signed())).collect();
        }
        let bias = words32(take(&mut bytes, filters * 12)?);
        let weight = words32(take(&mut bytes, filters * 12)?);
        bytes.is_empty().then_some(Model { depth, filters, keys, rows, pieces, filter, bias, weight, threshold })
    }

    fn row(&self, index: usize) -> &[u8] {
        self.rows.get(index * self.depth..(index + 1) * self.depth).unwrap_or(&[])
    }

    /// Where a word stands in the table.
    fn find(&self, word: &str) -> Option<usize> {
        let key = hash(word.as_bytes());
        let (mut low, mut high) = (0, self.keys.len() / 4);
        while low < high {
            let middle = low.midpoint(high);
            match self.keys.get(middle * 4..middle * 4 + 4).and_then(word32)?.cmp(&key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Appends a word's row.
    fn embed(&self, word: &str, name: bool, out: &mut Vec<i16>) {
        if let Some(index) = self.find(word) {
            out.extend(self.row(index).iter().map(|&b| i16::from(b.cast_signed())));
            return;
        }
        let known = self.keys.len() / 4;
        let mut sum = vec![0i32; self.depth];
        let count = self.pieces.len() / self.depth.max(1);
        let bounded: Vec<u8> = std::iter::once(b'<').chain(word.bytes().take(24)).chain([b'>']).collect();
        for piece in bounded.windows(3).chain(bounded.windows(4)).take(MAX_PIECES) {
            let at = usize::try_from(hash(piece)).unwrap_or(0) & count.saturating_sub(1);
            let row = self.pieces.get(at * self.depth..(at + 1) * self.depth).unwrap_or(&[]);
            sum.iter_mut().zip(row).for_each(|(s, &b)| *s += i32::from(b.cast_signed()));
        }
        let own = self.row(if name { known } else { known + 1 });
        out.extend(sum.iter().zip(own).map(|(&s, &b)| {
            i16::try_from((s.div_euclid(4) + i32::from(b.cast_signed())).clamp(-127, 127)).unwrap_or(0)
        }));
    }
}

const MAX_PIECES: usize = 24;
/// How far below the threshold a sentence may lie that others lift over it: a hundredfold in odds (4.6), in the model's units.
const FLOOR: i64 = 308_700_000;

/// FNV-1a, 32 bits: what the trainer knows words by.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |h, &b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

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
        self.score().is_some_and(|score| score >= MODEL.threshold)
    }

    /// Whether a sentence may stand among logistics: it does not read much more like something else.
    pub(crate) fn bearable(&self) -> bool {
        self.score().is_none_or(|score| score >= MODEL.threshold - FLOOR)
    }

    /// The weighted sum of the filters that fire; `None` without words.
    fn score(&self) -> Option<i64> {
        let model = &*MODEL;
        let fired = self.0.iter().zip(model.bias.iter().zip(&model.weight));
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

/// Reads one sentence; `None` for one of too many words, and for any if there are no weights. `stand_in` gives the word to read in place of a token ("" to pass it over).
pub(crate) fn read(
    text: &Text<'_>,
    range: &Range<usize>,
    stand_in: impl Fn(usize) -> Option<&'static str>,
) -> Option<Maxima> {
    let model = &*MODEL;
    let depth = model.depth;
    // Two empty rows on each side, for the widest filter.
    let mut rows = vec![0i16; 2 * depth];
    let mut buffer = String::new();
    let (mut words, mut says) = (0, false);
    for token in range.clone() {
        let replaced = stand_in(token);
        let Some(word) = replaced.or_else(|| word(text, token, &mut buffer)) else { continue };
        if word.is_empty() {
            continue;
        }
        words += 1;
        if words > MAX_WORDS {
            return None;
        }
        says |= word.chars().nth(1).is_some();
        model.embed(word, replaced.is_none() && name_like(text, token, range.start), &mut rows);
    }
    // Single letters and marks are no message: of them there is nothing to ask.
    if !says {
        return Some(Maxima::default());
    }
    rows.resize((words + 4) * depth, 0);
    let mut maxima = Vec::with_capacity(3 * model.filters);
    for (width, weights) in WIDTHS.into_iter().zip(&model.filter) {
        let span = width * depth;
        let first = (2 - width / 2) * depth;
        for filter in weights.chunks_exact(span.max(1)) {
            let windows = (0..words).filter_map(|word| rows.get(first + word * depth..first + word * depth + span));
            maxima.push(windows.map(|window| dot(window, filter)).max().unwrap_or(i32::MIN));
        }
    }
    // Without weights nothing is known: never for want of them may a text pass.
    (!maxima.is_empty()).then_some(Maxima(maxima))
}

/// Eight sums side by side, wrapping, so that the processor adds eight at a time; 120 products of two bytes fit 32 bits.
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0i32; 8];
    for (a, b) in a.iter().zip(b) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum = sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b)));
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(&a, &b)| i32::from(a).wrapping_mul(i32::from(b)));
    sums.into_iter().chain(rest).fold(0, i32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_read_whole_and_half_of_them_not_at_all() {
        let model = Model::read(WEIGHTS).unwrap();
        assert!(model.depth.is_multiple_of(8) && model.filters > 0 && model.keys.len() > 4000);
        assert_eq!(model.bias.len(), 3 * model.filters);
        let keys: Vec<u32> = model.keys.chunks_exact(4).filter_map(word32).collect();
        assert!(keys.is_sorted());
        assert!(Model::read(&WEIGHTS[..WEIGHTS.len() / 2]).is_none());
        assert!(Model::read(&[]).is_none());
    }

    #[test]
    fn a_text_without_words_has_nothing_to_ask_and_one_with_words_has() {
        let maxima = |source: &str| {
            let text = Text::new(source);
            read(&text, &(0..text.tokens.len()), |_| None)
        };
        assert_eq!(maxima("..."), Some(Maxima::default()));
        assert_eq!(maxima("%s%n"), Some(Maxima::default()));
        assert!(maxima("Your appointment is tomorrow").unwrap().score().is_some());
        assert_eq!(maxima(&"la ".repeat(MAX_WORDS + 1)), None);
    }

    #[test]
    fn products_are_summed_as_one_by_one() {
        let (a, b): (Vec<i16>, Vec<i16>) = ((-60..61).collect(), (0..121).map(|n| 127 - 2 * n).collect());
        assert_eq!(dot(&a, &b), a.iter().zip(&b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>());
    }
}
