//! A draft made readable: tokens in folded form, each with its place in the original, and sentences.
//!
//! Folding is NFKD without marks, lower case, straight quotes, no invisible characters, and Latin letters
//! for their Cyrillic and Greek look-alikes where the text is mostly Latin. Every token keeps the bytes that it
//! came from, so a finding always points at what the clinician typed.

#[macro_use]
mod list;

mod builder;
mod cut;
mod fold;
mod net;
mod sentence;

use std::ops::Range;

use super::Span;
use super::lexicon::vocabulary::{self, About};

pub(crate) use cut::{CONTEXT, LOOKAHEAD};
pub(crate) use list::List;

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
    /// The hash of the folded form.
    pub(crate) hash: u32,
    /// Numbers in the vocabulary: of the word, and of what it is the plural of.
    forms: [u16; 3],
}

impl Token {
    /// A mark, so far unglued.
    fn mark(start: usize, end: usize, norm: Range<usize>) -> Token {
        let kind = Kind::Mark;
        Token {
            start,
            end,
            norm,
            kind,
            capital: false,
            upper: false,
            possessive: false,
            glued: false,
            hash: 0,
            forms: [0; 3],
        }
    }
}

/// How many letters of which kind a text has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letters {
    /// Latin letters.
    pub(crate) latin: u32,
    /// Letters of other scripts that look like Latin ones.
    pub(crate) alike: u32,
    /// Every other letter.
    pub(crate) foreign: u32,
}

/// A text, or a window on one: the tokens of the piece being read, the last few before it, and the piece's sentences.
///
/// [`Text::new`] reads everything as one piece. [`Text::open`] and [`Text::next_piece`] go through a text piece by piece; nothing
/// outside the window can be seen, so what is read in it depends on its bytes alone.
#[derive(Debug)]
pub(crate) struct Text<'t> {
    source: &'t str,
    folded: String,
    pub(crate) tokens: Vec<Token>,
    /// Ranges of `tokens` that cover the piece; the first may begin before it, where the piece begins inside a sentence.
    pub(crate) sentences: Vec<Range<usize>>,
    /// The piece's first token; those before it are context.
    pub(crate) fresh: usize,
    /// Where readers start: at the piece, or a little before it where it begins inside a sentence.
    from: usize,
    /// The byte that spans count from: where the context begins.
    pub(crate) base: usize,
    /// The piece's bytes.
    pub(crate) piece: Range<usize>,
    /// Whether the piece began, and whether it ended, inside a sentence.
    pub(crate) within: (bool, bool),
    /// The piece's letters.
    pub(crate) letters: Letters,
    /// All that is seen in the window is ASCII.
    ascii: bool,
}

impl Letters {
    /// Adds another piece's.
    pub(crate) fn add(&mut self, other: &Letters) {
        self.latin = self.latin.saturating_add(other.latin);
        self.alike = self.alike.saturating_add(other.alike);
        self.foreign = self.foreign.saturating_add(other.foreign);
    }
}

#[cfg(test)]
thread_local! {
    /// How many questions about tokens this thread has asked: what screening costs, in a unit that no other program changes.
    pub(crate) static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

impl Text<'_> {
    /// A token, if there is such a one: every question about one comes by here.
    #[inline]
    fn token(&self, token: usize) -> Option<&Token> {
        #[cfg(test)]
        LOOKS.with(|looks| looks.set(looks.get() + 1));
        self.tokens.get(token)
    }

    /// The folded form of a token; empty for one that does not exist.
    pub(crate) fn norm(&self, token: usize) -> &str {
        self.token(token).and_then(|t| self.folded.get(t.norm.clone())).unwrap_or("")
    }

    /// Whether a token's folded form is on a list.
    #[inline]
    pub(crate) fn is(&self, token: usize, list: &List) -> bool {
        self.token(token).is_some_and(|t| {
            list.may_hold(t.hash) && self.folded.get(t.norm.clone()).is_some_and(|norm| list.holds(norm))
        })
    }

    /// The token's kind, if there is such a token.
    pub(crate) fn kind(&self, token: usize) -> Option<Kind> {
        self.token(token).map(|t| t.kind)
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
        self.token(token).is_some_and(|t| t.glued)
    }

    /// Whether the token starts with a capital letter.
    pub(crate) fn capital(&self, token: usize) -> bool {
        self.token(token).is_some_and(|t| t.capital)
    }

    /// Whether "'s" follows the token.
    pub(crate) fn possessive(&self, token: usize) -> bool {
        self.token(token).is_some_and(|t| t.possessive)
    }

    /// The token's hash; that of nothing for one that does not exist.
    pub(crate) fn hash(&self, token: usize) -> u32 {
        self.token(token).map_or(0, |t| t.hash)
    }

    /// The numbers of the token's word in the vocabulary: as it stands, without "s", without "es". 0 is none.
    pub(crate) fn forms(&self, token: usize) -> [u16; 3] {
        self.token(token).map_or([0; 3], |t| t.forms)
    }

    /// The number of the token's word in the vocabulary; 0 for one that nothing knows.
    pub(crate) fn word(&self, token: usize) -> u16 {
        self.forms(token)[0]
    }

    /// What the vocabulary says of the token's word.
    pub(crate) fn about(&self, token: usize) -> &'static About {
        vocabulary::about(self.word(token))
    }

    /// The value of a short number token.
    pub(crate) fn value(&self, token: usize) -> Option<u32> {
        if self.is_number(token) && self.norm(token).len() <= 9 { self.norm(token).parse().ok() } else { None }
    }

    /// The bytes of a token as they were typed.
    pub(crate) fn raw(&self, token: usize) -> &str {
        self.token(token).and_then(|t| self.source.get(t.start..t.end)).unwrap_or("")
    }

    /// A part of the text as it was typed.
    pub(crate) fn source(&self, bytes: Range<usize>) -> &str {
        self.source.get(bytes).unwrap_or("")
    }

    /// The tokens at which a reader may start; it may look at all others.
    pub(crate) fn starts(&self) -> Range<usize> {
        self.from..self.tokens.len()
    }

    /// The span of the tokens `first..=last`, counted from [`Text::base`].
    pub(crate) fn span(&self, first: usize, last: usize) -> Span {
        let start = self.tokens.get(first).map_or(self.base, |t| t.start);
        let end = self.tokens.get(last).map_or(start, |t| t.end).max(start);
        let unit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let before = self.utf16(self.base..start);
        Span {
            start: unit(start - self.base),
            end: unit(end - self.base),
            start_utf16: unit(before),
            end_utf16: unit(before + self.utf16(start..end)),
        }
    }

    /// Code units in UTF-16 of a part of the window.
    pub(crate) fn utf16(&self, bytes: Range<usize>) -> usize {
        if self.ascii { bytes.len() } else { utf16_len(self.source(bytes)) }
    }
}

/// Code units of a text in UTF-16: one for each character, one more for each of four bytes.
fn utf16_len(text: &str) -> usize {
    let units = |&byte: &u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    text.as_bytes().iter().map(units).sum()
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
