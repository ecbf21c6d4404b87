//! A text in pieces that depend on little but themselves, so that an edit changes few of them.
//!
//! A piece ends where a line or, for certain, a sentence ends. Where none does it ends behind a comma or behind a word that its
//! own letters choose, so that an edit does not move the ends after it, and at the latest after [`LONGEST`] tokens. Every
//! decision looks at the piece and at one character behind it.

use std::ops::Range;

use super::builder::Builder;
use super::fold::{is_latin, look_alike};
use super::net::atoms;
use super::{Letters, Text};

/// From this many tokens on a piece may end inside a sentence.
const LONG: usize = 40;
/// A piece has no more tokens than this, but for the rest of its last word.
const LONGEST: usize = 64;
/// A run without a space, and one of spaces, is cut after this many bytes.
const LONGEST_RUN: usize = 1024;
/// How many tokens before a piece its readers see, at least, if there are so many.
pub(crate) const CONTEXT: usize = 16;
/// How many tokens before a piece that begins inside a sentence its readers start.
const OVERLAP: usize = 12;
/// How far beyond its end the end of a piece depends on the text, in bytes: one character.
pub(crate) const LOOKAHEAD: usize = 4;

impl<'t> Text<'t> {
    /// Reads `source` as one piece; time and space are linear in its length.
    pub(crate) fn new(source: &'t str) -> Text<'t> {
        let mut text = Text::open(source, 0, false);
        let mut builder = text.builder();
        let mut letters = Letters::default();
        let mut at = 0;
        while let Some(run) = run(source, at) {
            builder.run(source, &run, &mut letters);
            at = run.end;
        }
        text.letters = letters;
        text.take(builder);
        text.piece = 0..source.len();
        text.split_sentences();
        text
    }

    /// A window on `source` before the byte `at`, where a piece begins; `within` says whether that is inside a sentence.
    pub(crate) fn open(source: &'t str, at: usize, within: bool) -> Text<'t> {
        Text {
            source,
            folded: String::new(),
            tokens: Vec::new(),
            sentences: Vec::new(),
            fresh: 0,
            from: 0,
            base: at,
            piece: at..at,
            within: (within, within),
            letters: Letters::default(),
            ascii: false,
        }
    }

    /// Moves the window to the next piece; `None` at the end of the text, else how many tokens left the window.
    pub(crate) fn next_piece(&mut self) -> Option<usize> {
        let begin = self.piece.end;
        let mut next = run(self.source, begin)?;
        let dropped = self.slide();
        let mut builder = self.builder();
        let mut letters = Letters::default();
        let within = loop {
            builder.run(self.source, &next, &mut letters);
            let follows = self.source.get(next.end..).and_then(|rest| rest.chars().next());
            let cut = match follows {
                None => Some(false),
                Some(_) if next.line => Some(false),
                Some(follows) => self.cut(&mut builder, begin, &next, follows),
            };
            match (cut, run(self.source, next.end)) {
                (None, Some(more)) => next = more,
                (cut, _) => break cut.unwrap_or(false),
            }
        };
        self.take(builder);
        self.letters = letters;
        self.piece = begin..next.end;
        self.within = (self.within.1, within);
        self.base = if self.fresh == 0 { begin } else { self.tokens.first().map_or(begin, |t| t.start) };
        self.ascii = self.source(self.base..next.end).is_ascii();
        self.from = if self.within.0 { self.fresh.saturating_sub(OVERLAP) } else { self.fresh };
        self.split_sentences();
        Some(dropped)
    }

    /// Whether the piece ends behind `last`, and if so whether inside a sentence.
    fn cut(&mut self, builder: &mut Builder, begin: usize, last: &Run, follows: char) -> Option<bool> {
        // Lent for the question: sentences are read from a text.
        std::mem::swap(&mut self.folded, &mut builder.folded);
        std::mem::swap(&mut self.tokens, &mut builder.tokens);
        let count = self.tokens.len() - self.fresh;
        let over = self.sentence_is_over(self.fresh..self.tokens.len(), follows);
        let end = self.norm(self.tokens.len().saturating_sub(1));
        // Not between "10 June," and "2026", nor inside a name.
        let between = !follows.is_numeric() && !follows.is_uppercase();
        let chosen = count >= LONG && between && (end == "," || mixed(end) & 7 == 0);
        std::mem::swap(&mut self.folded, &mut builder.folded);
        std::mem::swap(&mut self.tokens, &mut builder.tokens);
        if over {
            Some(false)
        } else {
            (last.forced || chosen || count >= LONGEST || last.end - begin >= 2 * LONGEST_RUN).then_some(true)
        }
    }

    /// Leaves at least [`CONTEXT`] tokens in the window, from the beginning of a run on; says how many went.
    fn slide(&mut self) -> usize {
        let most = self.tokens.len().saturating_sub(CONTEXT);
        let keep = (0..=most).rev().find(|&i| !self.glued(i)).unwrap_or(0);
        if keep > 0 {
            let folded = self.tokens.get(keep).map_or(self.folded.len(), |t| t.norm.start);
            self.folded.drain(..folded);
            self.tokens.drain(..keep);
            for token in &mut self.tokens {
                token.norm = token.norm.start - folded..token.norm.end - folded;
            }
        }
        self.fresh = self.tokens.len();
        keep
    }

    fn builder(&mut self) -> Builder {
        let mut builder = Builder::default();
        builder.folded = std::mem::take(&mut self.folded);
        builder.tokens = std::mem::take(&mut self.tokens);
        builder.begin();
        builder
    }

    fn take(&mut self, builder: Builder) {
        Builder { folded: self.folded, tokens: self.tokens, .. } = builder;
    }
}

/// Characters up to a space, and the spaces behind them.
struct Run {
    word: Range<usize>,
    end: usize,
    /// A line ends among the spaces.
    line: bool,
    /// It would go on.
    forced: bool,
}

/// The run that begins at a byte; `None` at the end of the text.
fn run(source: &str, at: usize) -> Option<Run> {
    let rest = source.get(at..).filter(|rest| !rest.is_empty())?;
    let word = rest.len() - after(rest, false).len();
    let spaces = rest.get(word..).unwrap_or("");
    let forced = spaces.starts_with(|c: char| !c.is_whitespace());
    let behind = after(spaces, true);
    let spaces = spaces.get(..spaces.len() - behind.len()).unwrap_or("");
    let line = spaces != " " && spaces.contains(['\n', '\u{2028}', '\u{2029}', '\u{85}']);
    Some(Run { word: at..at + word, end: at + word + spaces.len(), line, forced })
}

/// What follows the leading spaces of a text, or its leading other characters; no more than [`LONGEST_RUN`] of them.
fn after(text: &str, spaces: bool) -> &str {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at).filter(|_| at < LONGEST_RUN) {
        let width = if byte.is_ascii() {
            if matches!(byte, b'\t'..=b'\r' | b' ') != spaces {
                break;
            }
            1
        } else {
            match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(c) if c.is_whitespace() == spaces => c.len_utf8(),
                _ => break,
            }
        };
        at += width;
    }
    text.get(at..).unwrap_or("")
}

/// FNV-1a of a word.
fn mixed(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) >> 7
}

impl Builder {
    fn run(&mut self, source: &str, run: &Run, letters: &mut Letters) {
        let Some(word) = source.get(run.word.clone()) else { return };
        self.homoglyphs = true;
        let ascii = word.is_ascii();
        if ascii {
            let count = word.bytes().filter(u8::is_ascii_alphabetic).count();
            letters.latin = letters.latin.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        } else {
            let own = count_letters(word);
            // Look-alikes stand for Latin letters among Latin letters, or where nothing else is there.
            self.homoglyphs = own.foreign == 0 || own.latin >= own.alike + own.foreign;
            letters.add(&own);
        }
        let mut at = run.word.start;
        // An address of the net has one of these inside.
        let core = word.trim_end_matches(['.', '!', '?', ':']);
        if core.bytes().any(|b| matches!(b, b'.' | b'@' | b':')) {
            for (start, end, kind) in atoms(word) {
                let (start, end) = (run.word.start + start, run.word.start + end);
                self.read(source, at..start);
                self.atom(source, start, end, kind);
                at = end;
            }
        }
        if ascii && plain(word) {
            self.read_ascii(source, at..run.word.end);
        } else {
            self.read(source, at..run.word.end);
        }
        match source.get(run.word.end..run.end) {
            Some(" ") => self.begin(),
            Some(spaces) if spaces.is_ascii() => self.read_ascii(source, run.word.end..run.end),
            _ => self.read(source, run.word.end..run.end),
        }
    }
}

/// Whether no mark in an ASCII word stands for a letter or joins two parts: none of these is followed by a letter.
fn plain(word: &str) -> bool {
    let bytes = word.as_bytes();
    !bytes.windows(2).any(|w| matches!(w, [b'@' | b'$' | b'!' | b'\'', next] if next.is_ascii_alphabetic()))
}

fn count_letters(word: &str) -> Letters {
    let mut letters = Letters::default();
    for c in word.chars().filter(|c| c.is_alphabetic()) {
        if c.is_ascii() {
            letters.latin += 1;
        } else if look_alike(c).is_some() {
            letters.alike += 1;
        } else if is_latin(c) {
            letters.latin += 1;
        } else {
            letters.foreign += 1;
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(source: &str) -> Vec<&str> {
        let mut text = Text::open(source, 0, false);
        let mut found = Vec::new();
        while text.next_piece().is_some() {
            found.push(&source[text.piece.clone()]);
        }
        found
    }

    #[test]
    fn pieces_are_sentences_and_cover_the_text() {
        assert_eq!(pieces("Hi Rosa!  See you.\n\nDr. Lee"), ["Hi Rosa!  ", "See you.\n\n", "Dr. Lee"]);
        assert_eq!(pieces("On Jan. 5 at 2 p.m. please."), ["On Jan. 5 at 2 p.m. please."]);
        assert_eq!(pieces(""), [""; 0]);
        assert_eq!(pieces(" \n"), [" \n"]);
        let long = "pain and more pain then ".repeat(40);
        let cut = pieces(&long);
        assert!(cut.len() > 2 && cut.concat() == long, "{cut:?}");
    }

    #[test]
    fn a_word_inserted_moves_few_of_the_pieces_of_a_text_without_sentences() {
        let words = ["your", "visit", "is", "on", "the", "day", "that", "we", "said", "bring", "what", "you", "have"];
        let list = |skip: usize| -> String {
            (0..400usize).filter(|n| *n != skip).map(|n| format!("{} ", words[(n * n + n / 7) % words.len()])).collect()
        };
        let (before, after) = (list(usize::MAX), list(40));
        let (before, after) = (pieces(&before), pieces(&after));
        let fresh = after.iter().filter(|piece| !before.contains(piece)).count();
        assert!(before.len() > 6 && fresh <= 3, "{fresh} of {}", after.len());
    }

    #[test]
    fn no_piece_is_longer_than_its_limit() {
        for unit in ["a", "a.", "é", "1-", "\u{301}", " ", "\u{200B}", "a ", "😊"] {
            let text = unit.repeat(9000 / unit.len());
            assert!(pieces(&text).iter().all(|piece| piece.len() <= 4 * LONGEST_RUN), "{unit:?}");
        }
    }
}
