//! Terms of one word or more, found where they stand in a text.

use super::classes::Classes;
use super::roles::{Jest, Role};
use super::vocabulary::{self, Book, Entry};
use crate::screen::Class;
use crate::screen::text::{Kind, Text};

/// A table of terms by their first word, longest first.
pub(crate) struct Phrases<V: 'static> {
    meanings: &'static [V],
    book: Book,
}

/// Clinical and sensitive terms.
pub(crate) static CLINICAL: Phrases<Classes> = Phrases { meanings: vocabulary::CLINICAL, book: Book::Clinical };
/// The logistics vocabulary, fillers and the function words of other languages.
pub(crate) static LOGISTICS: Phrases<Role> = Phrases { meanings: vocabulary::LOGISTICS_ROLES, book: Book::Logistics };
/// What stands before a number or a code and says what it is.
pub(crate) static KEYWORDS: Phrases<Class> = Phrases { meanings: vocabulary::KEYWORDS, book: Book::Keywords };

/// What tells a jest, an idiom or a story from earnest.
pub(crate) static JEST: Phrases<Jest> = Phrases { meanings: vocabulary::JEST, book: Book::Jest };

/// One term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term<V> {
    /// How many words it has behind the first.
    pub(super) more: u8,
    /// Counts only beside another clinical word.
    pub(crate) weak: bool,
    pub(crate) value: V,
}

impl<V: Copy> Phrases<V> {
    fn entries(&self, number: u16) -> &'static [Entry] {
        vocabulary::entries(number, self.book)
    }

    fn term(&self, entry: &Entry) -> Option<Term<V>> {
        let value = *self.meanings.get(usize::from(entry.meaning))?;
        Some(Term { more: entry.more, weak: entry.weak, value })
    }

    /// The longest term that starts at `token`, with its last token. Plural endings and hyphens do not matter.
    pub(crate) fn longest(&self, text: &Text<'_>, token: usize) -> Option<(Term<V>, usize)> {
        self.starting(text, token).next()
    }

    /// Every term that starts at `token`, longest first within each form of the first word.
    pub(crate) fn starting(&self, text: &Text<'_>, token: usize) -> impl Iterator<Item = (Term<V>, usize)> {
        let forms = text.forms(token).into_iter().filter(|&number| number != 0);
        forms.flat_map(|number| self.entries(number)).filter_map(move |entry| {
            let last = follow(text, token, entry.rest())?;
            let upper = || (token..=last).all(|t| text.tokens.get(t).is_some_and(|t| t.upper || t.kind != Kind::Word));
            if !entry.upper || upper() { Some((self.term(entry)?, last)) } else { None }
        })
    }

    /// A term of one word, given as folded text.
    pub(crate) fn word(&self, word: &str) -> Option<Term<V>> {
        self.joined(word, "")
    }

    /// A term of one word, given in two parts.
    pub(crate) fn joined(&self, left: &str, right: &str) -> Option<Term<V>> {
        let mut entries = self.entries(vocabulary::look_joined(left, right)).iter();
        entries.find(|entry| entry.more == 0 && !entry.upper).and_then(|entry| self.term(entry))
    }

    /// A term of one word that counts by itself, those that count in capitals only among them.
    pub(super) fn in_capitals(&self, word: &str) -> Option<V> {
        let mut entries = self.entries(vocabulary::look(word, vocabulary::hash(word.as_bytes()))).iter();
        let entry = entries.find(|entry| entry.more == 0 && !entry.weak)?;
        self.term(entry).map(|term| term.value)
    }

    /// How many terms there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        (1..=vocabulary::count()).map(|number| self.entries(number).len()).sum()
    }
}

/// A word as it stands, then without a plural ending.
pub(crate) fn forms(word: &str) -> [Option<&str>; 3] {
    let long = word.len() > 4;
    [Some(word), word.strip_suffix('s').filter(|_| long), word.strip_suffix("es").filter(|_| long)]
}

/// The last token of a term whose first word stands at `token`; marks glued between words are passed over.
fn follow(text: &Text<'_>, token: usize, rest: &[u16]) -> Option<usize> {
    let mut at = token;
    for word in rest {
        at = next_word(text, at)?;
        if !text.forms(at).contains(word) {
            return None;
        }
    }
    Some(at)
}

/// The next token of a phrase: the next one, or the one after a hyphen, slash, dot or other glued mark.
pub(crate) fn next_word(text: &Text<'_>, token: usize) -> Option<usize> {
    let next = token + 1;
    match text.kind(next)? {
        Kind::Mark
            if text.glued(next) && text.glued(next + 1) && text.is(next, list!["-", "/", ".", "&", "_", "*", "+"]) =>
        {
            (text.kind(next + 1)? != Kind::Mark).then_some(next + 1)
        }
        Kind::Mark => None,
        _ => Some(next),
    }
}
