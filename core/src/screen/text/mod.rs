//! A draft made readable: tokens in folded form, each with its place in the original, and sentences.
//!
//! Folding is NFKD without marks, lower case, straight quotes, no invisible characters, and Latin letters
//! for their Cyrillic and Greek look-alikes where the text is mostly Latin. Every token keeps the bytes that it
//! came from, so a finding always points at what the clinician typed.

mod fold;
mod net;

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Span;
use fold::{invisible, is_latin, look_alike, plain};
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
        let mut builder = Builder { folded: String::with_capacity(source.len()), homoglyphs, ..Builder::default() };
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
        words.contains(&self.norm(token))
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
            "-" => i > 0 && !self.glued(i) && !self.glued(i + 1) && !(self.is_number(i - 1) && self.is_number(i + 1)),
            "." => {
                if i == 0 || self.glued(i + 1) && self.is_word(i + 1) && self.norm(i + 1).len() == 1 {
                    return false;
                }
                if self.glued(i + 1) && self.kind(i + 1) != Some(Kind::Mark) && (self.is_number(i - 1) || self.is_number(i + 1)) {
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

#[derive(Default)]
struct Builder {
    folded: String,
    tokens: Vec<Token>,
    homoglyphs: bool,
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
    fn atom(&mut self, source: &str, start: usize, end: usize, kind: Kind) {
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
        });
    }

    fn push(&mut self, mut token: Token) {
        token.glued = !self.spaced && !self.tokens.is_empty();
        self.spaced = false;
        self.tokens.push(token);
    }

    fn read(&mut self, source: &str, range: Range<usize>) {
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
        if low == '\'' && sandwiched {
            if let Some(open) = self.open.as_mut() {
                open.apostrophe = Some((self.folded.len(), start));
                return;
            }
        }
        self.close();
        if low.is_whitespace() && low != '\n' {
            self.spaced = true;
            return;
        }
        let from = self.folded.len();
        self.folded.push(low);
        self.push(Token {
            start,
            end,
            norm: from..self.folded.len(),
            kind: Kind::Mark,
            capital: false,
            upper: false,
            possessive: false,
            glued: false,
        });
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
