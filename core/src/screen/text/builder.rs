//! Tokens out of characters, one pass.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::{invisible, look_alike, plain};
use super::{Kind, Token};
use crate::screen::lexicon::{forms, vocabulary};

/// Folded text and tokens as far as they are read.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) folded: String,
    pub(super) tokens: Vec<Token>,
    pub(super) homoglyphs: bool,
    spaced: bool,
    open: Option<Open>,
}

/// A token being read.
struct Open {
    start: usize,
    norm: usize,
    end: usize,
    letters: usize,
    digits: usize,
    capitals: usize,
    first_capital: bool,
    odd: bool,
    /// Where letters follow leading digits: (folded, original) offsets.
    seam: Option<(usize, usize)>,
    digit_after_letter: bool,
    /// Where the last apostrophe stood: (folded, original) offsets.
    apostrophe: Option<(usize, usize)>,
}

impl Builder {
    /// A piece begins: its first token stands alone.
    pub(super) fn begin(&mut self) {
        self.spaced = true;
    }

    pub(super) fn atom(&mut self, source: &str, start: usize, end: usize, kind: Kind) {
        self.close();
        let from = self.folded.len();
        self.folded.extend(source.get(start..end).unwrap_or("").chars().flat_map(char::to_lowercase));
        self.push(Token {
            start,
            end,
            norm: from..self.folded.len(),
            kind,
            capital: false,
            upper: false,
            possessive: false,
            glued: false,
            hash: 0,
            forms: [0; 3],
        });
    }

    /// Reads ASCII characters in which no mark stands for a letter: as [`Builder::read`] does, in a fraction of the time.
    pub(super) fn read_ascii(&mut self, source: &str, range: Range<usize>) {
        let Some(part) = source.get(range.clone()) else { return };
        let bytes = part.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let from = at;
            let norm = self.folded.len();
            if !byte.is_ascii_alphanumeric() {
                at += 1;
                if byte == b'\n' || !char::from(byte).is_whitespace() {
                    self.folded.push(char::from(byte));
                    self.push(Token::mark(range.start + from, range.start + at, norm..norm + 1));
                    self.spaced = byte == b'\n';
                } else {
                    self.spaced = true;
                }
                continue;
            }
            let (mut digits, mut capitals) = (0, 0);
            // Where letters follow leading digits, and whether a digit follows a letter.
            let (mut seam, mut digit_after_letter) = (0, false);
            while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_alphanumeric()) {
                if byte.is_ascii_digit() {
                    digit_after_letter |= at - from > digits;
                    digits += 1;
                } else {
                    seam = if at - from == digits { at } else { seam };
                    capitals += usize::from(byte.is_ascii_uppercase());
                }
                at += 1;
            }
            self.folded.push_str(part.get(from..at).unwrap_or(""));
            if capitals > 0
                && let Some(fresh) = self.folded.get_mut(norm..)
            {
                fresh.make_ascii_lowercase();
            }
            let letters = at - from - digits;
            let mut token = Token {
                start: range.start + from,
                end: range.start + at,
                norm: norm..self.folded.len(),
                kind: match (letters, digits) {
                    (_, 0) => Kind::Word,
                    (0, _) => Kind::Number,
                    _ => Kind::Mixed,
                },
                capital: byte.is_ascii_uppercase(),
                upper: letters > 0 && capitals == letters,
                possessive: false,
                glued: false,
                hash: 0,
                forms: [0; 3],
            };
            if digits > 0 && letters > 0 && !digit_after_letter {
                let number = Token {
                    end: range.start + seam,
                    norm: norm..norm + (seam - from),
                    kind: Kind::Number,
                    capital: false,
                    upper: false,
                    ..token.clone()
                };
                token.start = number.end;
                token.norm.start = number.norm.end;
                token.kind = Kind::Word;
                token.capital = token.upper;
                self.push(number);
            }
            self.push(token);
        }
    }

    fn push(&mut self, mut token: Token) {
        token.glued = !self.spaced && !self.tokens.is_empty();
        let norm = self.folded.get(token.norm.clone()).unwrap_or("");
        token.hash = vocabulary::hash(norm.as_bytes());
        token.forms[0] = vocabulary::look(norm, token.hash);
        if norm.ends_with('s') {
            for (number, form) in token.forms.iter_mut().zip(forms(norm)).skip(1) {
                *number = form.map_or(0, |form| vocabulary::look(form, vocabulary::hash(form.as_bytes())));
            }
        }
        self.spaced = false;
        self.tokens.push(token);
    }

    pub(super) fn read(&mut self, source: &str, range: Range<usize>) {
        let Some(part) = source.get(range.clone()) else { return };
        let mut chars = part.char_indices().peekable();
        let mut previous = ' ';
        while let Some((at, c)) = chars.next() {
            let (start, end) = (range.start + at, range.start + at + c.len_utf8());
            let next = chars.peek().map_or(' ', |&(_, n)| n);
            if c.is_ascii() {
                self.step(c.to_ascii_lowercase(), c, start, end, previous, next);
            } else if !invisible(c) {
                for part in c.nfkd() {
                    if is_combining_mark(part) {
                        continue;
                    }
                    let plain = plain(part);
                    let plain = if self.homoglyphs { look_alike(plain).unwrap_or(plain) } else { plain };
                    for low in plain.to_lowercase().filter(|&l| !is_combining_mark(l)) {
                        self.step(low, if c.is_uppercase() { 'A' } else { c }, start, end, previous, next);
                    }
                }
            }
            if !invisible(c) {
                previous = c;
            }
        }
        self.close();
    }

    fn step(&mut self, low: char, typed: char, start: usize, end: usize, previous: char, next: char) {
        let sandwiched = previous.is_alphabetic() && next.is_alphabetic();
        if low.is_alphanumeric() || sandwiched && matches!(low, '@' | '$' | '!') {
            let folded = self.folded.len();
            let open = self.open.get_or_insert(Open {
                start,
                norm: folded,
                end,
                letters: 0,
                digits: 0,
                capitals: 0,
                first_capital: typed.is_uppercase(),
                odd: false,
                seam: None,
                digit_after_letter: false,
                apostrophe: None,
            });
            if low.is_ascii_digit() {
                open.digits += 1;
                open.digit_after_letter |= open.letters > 0;
            } else {
                if open.digits > 0 && open.letters == 0 && open.seam.is_none() {
                    open.seam = Some((folded, start));
                }
                open.letters += 1;
                open.odd |= !low.is_alphanumeric();
                open.capitals += usize::from(typed.is_uppercase());
            }
            open.end = end;
            self.folded.push(low);
            return;
        }
        if low == '\''
            && sandwiched
            && let Some(open) = self.open.as_mut()
        {
            open.apostrophe = Some((self.folded.len(), start));
            return;
        }
        self.close();
        if low.is_whitespace() && low != '\n' {
            self.spaced = true;
            return;
        }
        let from = self.folded.len();
        self.folded.push(low);
        self.push(Token::mark(start, end, from..self.folded.len()));
        self.spaced = low == '\n';
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let mut norm = open.norm..self.folded.len();
        let mut end = open.end;
        let mut possessive = false;
        if let Some((folded, original)) = open.apostrophe {
            let suffix = self.folded.get(folded..).unwrap_or("");
            if matches!(suffix, "s" | "ll" | "re" | "ve" | "m" | "d") {
                possessive = suffix == "s";
                norm.end = folded;
                end = original;
            }
        }
        let token = Token {
            start: open.start,
            end,
            norm: norm.clone(),
            kind: match (open.letters, open.digits) {
                (_, 0) if open.odd => Kind::Mixed,
                (_, 0) => Kind::Word,
                (0, _) => Kind::Number,
                _ => Kind::Mixed,
            },
            capital: open.first_capital,
            upper: open.letters > 0 && open.capitals == open.letters,
            possessive,
            glued: false,
            hash: 0,
            forms: [0; 3],
        };
        match open.seam {
            // "20mg", "10am", "70yo": a number and its unit.
            Some((folded, original)) if !open.digit_after_letter && folded < norm.end && original < end => {
                let number = Token {
                    end: original,
                    norm: norm.start..folded,
                    kind: Kind::Number,
                    capital: false,
                    upper: false,
                    possessive: false,
                    ..token.clone()
                };
                let kind = if open.odd { Kind::Mixed } else { Kind::Word };
                self.push(number);
                self.push(Token { start: original, norm: folded..norm.end, kind, capital: token.upper, ..token });
            }
            _ => self.push(token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(source: &str, read: fn(&mut Builder, &str, Range<usize>)) -> (String, Vec<String>) {
        let mut builder = Builder::default();
        builder.begin();
        read(&mut builder, source, 0..source.len());
        (builder.folded, builder.tokens.iter().map(|token| format!("{token:?}")).collect())
    }

    proptest! {
        #[test]
        fn the_short_way_through_ascii_reads_as_the_long_one(source in "([A-Za-z0-9]{0,5}[ -#%-&(-?A-~\n\r\t]{0,2}){0,8}") {
            prop_assume!(!source.contains(['@', '$', '!', '\'']));
            prop_assert_eq!(tokens(&source, Builder::read_ascii), tokens(&source, Builder::read));
        }
    }
}
