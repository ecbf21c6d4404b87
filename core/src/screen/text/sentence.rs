//! Where sentences end, token by token.

use crate::screen::text::List;
use std::ops::Range;

use super::{Kind, Text};

impl Text<'_> {
    /// The sentences of the piece; the first begins in the context if the piece began inside it.
    pub(super) fn split_sentences(&mut self) {
        let mut start = self.fresh;
        if self.within.0 {
            start = (0..self.fresh).rev().find(|&i| self.ends_sentence(i)).map_or(0, |i| i + 1);
        }
        let mut sentences = std::mem::take(&mut self.sentences);
        sentences.clear();
        for i in self.fresh..self.tokens.len() {
            if self.ends_sentence(i) {
                sentences.push(start..i + 1);
                start = i + 1;
            }
        }
        if start < self.tokens.len() {
            sentences.push(start..self.tokens.len());
        }
        self.sentences = sentences;
    }

    fn ends_sentence(&self, i: usize) -> bool {
        if self.kind(i) != Some(Kind::Mark) {
            return false;
        }
        match self.norm(i) {
            "\n" | "!" | "?" | ";" | "•" | "|" => true,
            // A spaced dash is a break; "2 - 3 pm" is a range.
            "-" => {
                let spaced = i > 0 && !self.glued(i) && !self.glued(i + 1);
                spaced && !(self.is_number(i - 1) && self.is_number(i + 1))
            }
            "." => {
                if i == 0 || self.glued(i + 1) && self.is_word(i + 1) && self.norm(i + 1).len() == 1 {
                    return false;
                }
                if self.glued(i + 1)
                    && self.kind(i + 1) != Some(Kind::Mark)
                    && (self.is_number(i - 1) || self.is_number(i + 1))
                {
                    return false;
                }
                let before = self.norm(i - 1);
                let short = before.len() == 1 && self.is_word(i - 1);
                !(self.is(i - 1, &ABBREVIATIONS) || short && self.is_word(i + 1) && !self.spelled_end(i))
            }
            _ => false,
        }
    }

    /// After "p.m." or "H.I.V." a capital starts a new sentence.
    fn spelled_end(&self, dot: usize) -> bool {
        dot >= 3 && self.norm(dot - 2) == "." && self.glued(dot - 1) && self.capital(dot + 1)
    }

    /// Whether a sentence ends for certain with the last token of the piece, whatever follows `next`: a piece may end here,
    /// because nothing that begins before reaches beyond it. Where it is doubtful ("p.m. Bring", "Jan. 5") it does not.
    pub(super) fn sentence_is_over(&self, piece: Range<usize>, next: char) -> bool {
        let Some(last) = piece.end.checked_sub(1).filter(|_| self.kind(piece.end - 1) == Some(Kind::Mark)) else {
            return false;
        };
        match self.norm(last) {
            "!" | "?" | ";" | "•" | "|" => true,
            "." if last > piece.start && !next.is_numeric() => match self.kind(last - 1) {
                Some(Kind::Word) => {
                    self.norm(last - 1).len() > 1
                        && !self.is(last - 1, &ABBREVIATIONS)
                        && !self.is(last - 1, &SHORTENED)
                }
                _ => true,
            },
            _ => false,
        }
    }
}

const ABBREVIATIONS: List = List::of(&[
    "dr", "mr", "mrs", "ms", "st", "prof", "no", "apt", "ext", "vs", "sr", "sra", "srta", "dra", "tel", "rd", "blvd",
    "approx", "dept", "rm", "pt", "hosp", "av", "num",
]);

/// Other words that are written with a dot inside a name, a date or an address.
const SHORTENED: List = List::of(&[
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mon", "tue", "tues", "wed",
    "thu", "thur", "thurs", "fri", "sat", "sun", "ene", "abr", "ago", "dic", "lun", "mie", "jue", "vie", "sab", "dom",
    "ave", "avda", "ste", "fl", "bldg", "nos", "jr", "mx", "gen", "rev", "hon", "sgt", "capt", "lt", "col", "mt", "ft",
    "ud", "uds", "vd", "depto", "dpto", "lic", "ing", "gral", "cap", "po", "tlf", "pts", "ln", "ul", "str",
]);
