//! A draft made readable: tokens in folded form, each with its place in the original, and sentences.
//!
//! Folding is NFKD without marks, lower case, straight quotes, no invisible characters, and Latin letters
//! for their Cyrillic and Greek look-alikes where the text is mostly Latin. Every token keeps the bytes that it
//! came from, so a finding always points at what the clinician typed.

mod builder;
mod fold;
mod net;

use std::ops::Range;

use super::Span;
use builder::Builder;
use fold::{is_latin, look_alike};
use net::atoms;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters.
    Word,
    /// Digits.
    Number,
    /// Letters and digits, or letters with a digit's look-alike inside ("h1v", "a1c", "chl@mydia").
    Mixed,
    /// One character of punctuation, a symbol or a line end.
    Mark,
    /// An email address.
    Email,
    /// A web address.
    Url,
    /// An IP address.
    Ip,
}

/// A piece of the text.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// First byte in the original.
    pub(crate) start: usize,
    /// One past the last byte in the original; a possessive "'s" lies outside.
    pub(crate) end: usize,
    norm: Range<usize>,
    pub(crate) kind: Kind,
    /// The first letter is a capital.
    pub(crate) capital: bool,
    /// Every letter is a capital.
    pub(crate) upper: bool,
    /// "'s" follows.
    pub(crate) possessive: bool,
    /// No space stands between this token and the one before.
    pub(crate) glued: bool,
}

/// A text, its tokens and its sentences.
#[derive(Debug)]
pub(crate) struct Text<'t> {
    source: &'t str,
    folded: String,
    pub(crate) tokens: Vec<Token>,
    /// Ranges of `tokens`; together they cover all of them.
    pub(crate) sentences: Vec<Range<usize>>,
    /// (byte, UTF-16 unit) of the first character at or after each multiple of `STEP`; empty for ASCII.
    marks: Vec<(usize, usize)>,
    /// Letters of scripts other than Latin that were not read as look-alikes.
    pub(crate) foreign_letters: usize,
    /// Latin letters.
    pub(crate) latin_letters: usize,
}

const STEP: usize = 256;

/// Whether `word` is one of `words`; length and first byte are compared before a call is made for the rest.
#[inline]
pub(crate) fn among(word: &str, words: &[&str]) -> bool {
    let first = word.as_bytes().first();
    words.iter().any(|other| other.len() == word.len() && other.as_bytes().first() == first && *other == word)
}

impl<'t> Text<'t> {
    /// Reads `source` once; time and space are linear in its length.
    pub(crate) fn new(source: &'t str) -> Text<'t> {
        let (mut latin, mut alike, mut foreign) = (0usize, 0usize, 0usize);
        for c in source.chars() {
            if c.is_ascii_alphabetic() {
                latin += 1;
            } else if !c.is_ascii() && c.is_alphabetic() {
                if look_alike(c).is_some() {
                    alike += 1;
                } else if is_latin(c) {
                    latin += 1;
                } else {
                    foreign += 1;
                }
            }
        }
        let homoglyphs = latin >= alike + foreign;
        if !homoglyphs {
            foreign += alike;
        }
        let mut builder = Builder::default();
        builder.folded.reserve(source.len());
        builder.homoglyphs = homoglyphs;
        let mut at = 0;
        for (start, end, kind) in atoms(source) {
            builder.read(source, at..start);
            builder.atom(source, start, end, kind);
            at = end;
        }
        builder.read(source, at..source.len());
        let Builder { folded, tokens, .. } = builder;
        let mut text = Text {
            source,
            folded,
            tokens,
            sentences: Vec::new(),
            marks: utf16_marks(source),
            foreign_letters: foreign,
            latin_letters: latin,
        };
        text.split_sentences();
        text
    }

    /// The folded form of a token; empty for one that does not exist.
    pub(crate) fn norm(&self, token: usize) -> &str {
        self.tokens.get(token).and_then(|t| self.folded.get(t.norm.clone())).unwrap_or("")
    }

    /// Whether a token's folded form is one of `words`.
    pub(crate) fn is(&self, token: usize, words: &[&str]) -> bool {
        among(self.norm(token), words)
    }

    /// The token's kind, if there is such a token.
    pub(crate) fn kind(&self, token: usize) -> Option<Kind> {
        self.tokens.get(token).map(|t| t.kind)
    }

    /// Whether the token exists and is a word or a mixed token.
    pub(crate) fn is_word(&self, token: usize) -> bool {
        matches!(self.kind(token), Some(Kind::Word | Kind::Mixed))
    }

    /// Whether the token exists and is digits only.
    pub(crate) fn is_number(&self, token: usize) -> bool {
        self.kind(token) == Some(Kind::Number)
    }

    /// Whether the token follows the one before without a space.
    pub(crate) fn glued(&self, token: usize) -> bool {
        self.tokens.get(token).is_some_and(|t| t.glued)
    }

    /// Whether the token starts with a capital letter.
    pub(crate) fn capital(&self, token: usize) -> bool {
        self.tokens.get(token).is_some_and(|t| t.capital)
    }

    /// Whether "'s" follows the token.
    pub(crate) fn possessive(&self, token: usize) -> bool {
        self.tokens.get(token).is_some_and(|t| t.possessive)
    }

    /// The value of a short number token.
    pub(crate) fn value(&self, token: usize) -> Option<u32> {
        if self.is_number(token) && self.norm(token).len() <= 9 { self.norm(token).parse().ok() } else { None }
    }

    /// The bytes of a token as they were typed.
    pub(crate) fn raw(&self, token: usize) -> &str {
        self.tokens.get(token).and_then(|t| self.source.get(t.start..t.end)).unwrap_or("")
    }

    /// The span of the tokens `first..=last`.
    pub(crate) fn span(&self, first: usize, last: usize) -> Span {
        let start = self.tokens.get(first).map_or(0, |t| t.start);
        let end = self.tokens.get(last).map_or(start, |t| t.end).max(start);
        self.span_bytes(start, end)
    }

    /// The span of a whole text.
    pub(crate) fn whole(&self) -> Span {
        self.span_bytes(0, self.source.len())
    }

    fn span_bytes(&self, start: usize, end: usize) -> Span {
        let unit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            start: unit(start),
            end: unit(end),
            start_utf16: unit(self.utf16(start)),
            end_utf16: unit(self.utf16(end)),
        }
    }

    fn utf16(&self, byte: usize) -> usize {
        if self.marks.is_empty() {
            return byte;
        }
        let known = self.marks.partition_point(|&(b, _)| b <= byte);
        let (from, units) = known.checked_sub(1).and_then(|k| self.marks.get(k)).copied().unwrap_or((0, 0));
        units + self.source.get(from..byte).map_or(0, |s| s.chars().map(char::len_utf16).sum())
    }

    fn split_sentences(&mut self) {
        let mut start = 0;
        let mut ranges = Vec::new();
        for i in 0..self.tokens.len() {
            if self.ends_sentence(i) {
                ranges.push(start..i + 1);
                start = i + 1;
            }
        }
        if start < self.tokens.len() {
            ranges.push(start..self.tokens.len());
        }
        self.sentences = ranges;
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
                !(ABBREVIATIONS.contains(&before) || short && self.is_word(i + 1) && !self.spelled_end(i))
            }
            _ => false,
        }
    }

    /// After "p.m." or "H.I.V." a capital starts a new sentence.
    fn spelled_end(&self, dot: usize) -> bool {
        dot >= 3 && self.norm(dot - 2) == "." && self.glued(dot - 1) && self.capital(dot + 1)
    }
}

const ABBREVIATIONS: [&str; 24] = [
    "dr", "mr", "mrs", "ms", "st", "prof", "no", "apt", "ext", "vs", "sr", "sra", "srta", "dra", "tel", "rd", "blvd",
    "approx", "dept", "rm", "pt", "hosp", "av", "num",
];

fn utf16_marks(source: &str) -> Vec<(usize, usize)> {
    if source.is_ascii() {
        return Vec::new();
    }
    let mut marks = Vec::with_capacity(source.len() / STEP + 1);
    let (mut units, mut next) = (0, 0);
    for (byte, c) in source.char_indices() {
        if byte >= next {
            marks.push((byte, units));
            next = byte + STEP;
        }
        units += c.len_utf16();
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let text = Text::new(source);
        (0..text.tokens.len()).map(|i| text.norm(i).to_owned()).collect()
    }

    #[test]
    fn folding_undoes_quotes_marks_width_and_look_alikes() {
        assert_eq!(words("Patient’s ANÁLISIS"), ["patient", "analisis"]);
        assert_eq!(words("can’t we’ll"), ["cant", "we"]);
        assert_eq!(words("your \u{41D}\u{406}V te\u{200B}st ＨＩＶ"), ["your", "hiv", "test", "hiv"]);
        assert_eq!(words("20mg 10am h1v"), ["20", "mg", "10", "am", "h1v"]);
    }

    #[test]
    fn spans_agree_in_bytes_and_utf16() {
        let source = format!("{} é😊 HIV", "á".repeat(400));
        let text = Text::new(&source);
        let last = text.tokens.len() - 1;
        let span = text.span(last, last);
        assert_eq!(&source[span.start as usize..span.end as usize], "HIV");
        assert_eq!(span.start_utf16 as usize, source[..span.start as usize].encode_utf16().count());
        assert_eq!(span.end_utf16 - span.start_utf16, 3);
    }

    #[test]
    fn sentences_end_at_stops_and_not_inside_titles_times_or_numbers() {
        let count = |s: &str| Text::new(s).sentences.len();
        assert_eq!(count("This is Dr. Lee. Please call."), 2);
        assert_eq!(count("Come at 2 p.m. Bring your card."), 2);
        assert_eq!(count("It is 2.5 mg at 10 a.m. daily"), 1);
        assert_eq!(count("Call now; we wait"), 2);
    }

    #[test]
    fn addresses_of_the_net_are_one_token() {
        let kinds = |s: &str| Text::new(s).tokens.iter().map(|t| t.kind).collect::<Vec<_>>();
        assert_eq!(kinds("a.b@c.org,"), [Kind::Email, Kind::Mark]);
        assert_eq!(kinds("https://clinic.example/a?b=1."), [Kind::Url, Kind::Mark]);
        assert_eq!(kinds("10.0.0.1"), [Kind::Ip]);
        assert_eq!(kinds("fe80::1:2"), [Kind::Ip]);
        assert_eq!(kinds("I.ll"), [Kind::Word, Kind::Mark, Kind::Word]);
    }
}
