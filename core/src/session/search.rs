//! The search over everything that lies in the vault: streamed, decrypted as it goes, nothing of it is kept.

use super::fold::{fold_into, origin};
use super::shelf::Shelved;
use super::{Session, shelf};
use crate::error::{CurtainError, Error, Result};
use crate::message::{Draft, Inbound, Message};
use crate::note::{ChartNote, Note};
use crate::vault::{Glimpse, Id, Kind, SealedBody, Vault};
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::cmp::Reverse;
use zeroize::Zeroizing;

/// Most hits that a search gives.
pub const MAX_HITS: usize = 200;
/// Longest text of a filter in bytes.
const MAX_TERM_BYTES: usize = 256;
/// Most words of a filter.
const MAX_WORDS: usize = 16;
/// How many characters of context stand on each side of a hit.
const CONTEXT: usize = 32;

/// What kinds of text a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SearchKind {
    /// A note; its date is that of its last change.
    Note,
    /// A draft as far as it is written; its date is that of the last keystroke.
    Draft,
    /// A message that was handed off, and when.
    Message,
    /// What a patient wrote, and when it came.
    Inbound,
    /// A text for the record, and when it was made.
    ChartText,
}

/// What to search for. Every part narrows; a part left out lets everything through.
#[derive(Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct SearchFilter {
    /// Words that all stand in the text or its title, whole or in part; case and accents make no difference.
    /// At most 16 words and 256 bytes; empty to list by the other parts alone.
    #[uniffi(default = "")]
    pub words: String,
    /// One patient's id.
    #[uniffi(default = None)]
    pub patient: Option<String>,
    /// Kinds of text; empty for all.
    #[uniffi(default = [])]
    pub kinds: Vec<SearchKind>,
    /// From when on, milliseconds since 1970.
    #[uniffi(default = None)]
    pub from_ms: Option<i64>,
    /// Until before when, milliseconds since 1970.
    #[uniffi(default = None)]
    pub until_ms: Option<i64>,
}

/// One record that a search found.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SearchHit {
    /// The record's id.
    pub id: String,
    /// The patient's id; empty when it belongs to none.
    pub patient: String,
    /// What it is.
    pub kind: SearchKind,
    /// Its date, milliseconds since 1970: see [`SearchKind`].
    pub when_ms: i64,
    /// The text around the first match, as it was written; the title where only that matches.
    pub excerpt: String,
}

/// What a search found, in an order that does not depend on how it was done.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SearchResult {
    /// Latest first, then by id; at most 200.
    pub hits: Vec<SearchHit>,
    /// How many there are in all.
    pub total: u32,
    /// Patients set aside as damaged: they could not be searched.
    pub set_aside: u32,
}

#[uniffi::export]
impl Session {
    /// Searches notes, drafts, messages, inbound and chart texts: `SearchFilter(words = "wound")`. One patient takes
    /// less than a millisecond; not on the main thread for many thousands of texts.
    pub fn search(&self, filter: SearchFilter) -> Result<SearchResult, CurtainError> {
        self.with(|inside| search(&mut inside.open.vault, &filter))
    }
}

/// The search behind [`Session::search`], on as many threads as pay.
///
/// # Errors
/// `TooLarge` or `Invalid` for the filter, `NotFound` for the patient, `Damaged` for a patient who is set aside.
pub fn search(vault: &mut Vault, filter: &SearchFilter) -> Result<SearchResult> {
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(2));
    search_on(vault, filter, threads)
}

/// As [`search`], on one thread or two.
///
/// # Errors
/// As [`search`].
pub fn search_on(vault: &mut Vault, filter: &SearchFilter, threads: usize) -> Result<SearchResult> {
    let wanted = Wanted::of(filter, vault.system_lane())?;
    let lanes = match &filter.patient {
        None => vault.lanes(),
        Some(patient) => {
            let lane = Id::parse(patient)?;
            // Neither "none" nor a few hits for a patient who cannot be verified.
            match vault.count(lane) {
                Err(Error::NotFound { .. }) => return Err(Error::NotFound { what: "patient" }),
                other => other?,
            };
            vec![lane]
        }
    };
    let found =
        vault.sift(&lanes, threads, &Found::default, &|found, glimpse, body| wanted.look(found, glimpse, body))?;
    if filter.patient.is_some() && lanes.iter().any(|lane| vault.set_aside().contains(lane)) {
        return Err(Error::Damaged { what: "patient" });
    }
    let mut all = Found::default();
    for part in found {
        all.total += part.total;
        all.hits.extend(part.hits);
    }
    all.keep_latest();
    Ok(SearchResult {
        hits: all.hits,
        total: u32::try_from(all.total).unwrap_or(u32::MAX),
        set_aside: u32::try_from(vault.set_aside().len()).unwrap_or(u32::MAX),
    })
}

/// A filter made ready.
struct Wanted<'f> {
    words: Vec<Finder<'static>>,
    filter: &'f SearchFilter,
    system: Id,
}

/// What one thread found, and the buffers that it folds into: wiped with it.
#[derive(Default)]
struct Found {
    hits: Vec<SearchHit>,
    total: usize,
    text: Zeroizing<String>,
    title: Zeroizing<String>,
}

/// What a search needs of any head. Each kind has one of the times first in the order of [`Face::when`].
#[derive(serde::Deserialize)]
struct Face<'a> {
    #[serde(borrow, default)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Cow<'a, str>,
    updated_ms: Option<i64>,
    handed_ms: Option<i64>,
    received_ms: Option<i64>,
    created_ms: Option<i64>,
}

impl Face<'_> {
    fn when(&self) -> Option<i64> {
        self.updated_ms.or(self.handed_ms).or(self.received_ms).or(self.created_ms)
    }
}

impl SearchKind {
    fn of(kind: Kind) -> Option<SearchKind> {
        match kind {
            Note::KIND => Some(SearchKind::Note),
            Draft::KIND => Some(SearchKind::Draft),
            Message::KIND => Some(SearchKind::Message),
            Inbound::KIND => Some(SearchKind::Inbound),
            ChartNote::KIND => Some(SearchKind::ChartText),
            _ => None,
        }
    }
}

impl Wanted<'_> {
    fn of(filter: &SearchFilter, system: Id) -> Result<Wanted<'_>> {
        if filter.words.len() > MAX_TERM_BYTES {
            return Err(Error::TooLarge { field: "search", limit: MAX_TERM_BYTES as u64 });
        }
        if let (Some(from), Some(until)) = (filter.from_ms, filter.until_ms)
            && from >= until
        {
            return Err(Error::invalid("search.until_ms", "not after from_ms"));
        }
        let mut folded = Zeroizing::new(String::new());
        fold_into(&filter.words, &mut folded);
        let words: Vec<_> = folded.split_whitespace().map(|word| Finder::new(word).into_owned()).collect();
        if words.len() > MAX_WORDS {
            return Err(Error::invalid("search.words", "more than 16 words"));
        }
        // What folds to nothing, such as a lone accent, is no wish to see everything.
        if words.is_empty() && !filter.words.trim().is_empty() {
            return Err(Error::invalid("search.words", "no letters"));
        }
        Ok(Wanted { words, filter, system })
    }

    fn look(&self, found: &mut Found, glimpse: &Glimpse<'_>, body: SealedBody<'_>) -> Result<()> {
        const DAMAGED: Error = Error::Damaged { what: "record" };
        let Some(kind) = SearchKind::of(glimpse.kind) else { return Ok(()) };
        if !self.filter.kinds.is_empty() && !self.filter.kinds.contains(&kind) {
            return Ok(());
        }
        let face: Face<'_> = serde_json::from_slice(glimpse.head).map_err(|_| DAMAGED)?;
        let when_ms = face.when().ok_or(DAMAGED)?;
        if self.filter.from_ms.is_some_and(|from| when_ms < from)
            || self.filter.until_ms.is_some_and(|until| when_ms >= until)
        {
            return Ok(());
        }
        // A chart text lies in its head whole.
        let text = if kind == SearchKind::ChartText { &face.text } else { shelf::text_of(glimpse.kind, body.open()?)? };
        if let Some(excerpt) = self.matched(found, &face.title, text) {
            let patient = if glimpse.lane == self.system { String::new() } else { glimpse.lane.text() };
            found.keep(SearchHit { id: glimpse.id.text(), patient, kind, when_ms, excerpt });
        }
        Ok(())
    }

    /// Whether every word stands in title or text; then what to show.
    fn matched(&self, found: &mut Found, title: &str, text: &str) -> Option<String> {
        let Some(first) = self.words.first() else {
            return Some(around(text, 0..0));
        };
        found.text.clear();
        found.title.clear();
        fold_into(text, &mut found.text);
        fold_into(title, &mut found.title);
        let (text_bytes, title_bytes) = (found.text.as_bytes(), found.title.as_bytes());
        let in_text = first.find(text_bytes);
        let all = self.words.iter().enumerate().all(|(number, word)| {
            let in_text = if number == 0 { in_text } else { word.find(text_bytes) };
            in_text.is_some() || word.find(title_bytes).is_some()
        });
        all.then(|| {
            in_text.map_or_else(
                || title.to_owned(),
                |at| {
                    let folded = at..at + first.needle().len();
                    // ASCII folds in place.
                    let range = if text.is_ascii() { folded } else { origin(text, &folded) };
                    around(text, range)
                },
            )
        })
    }
}

impl Found {
    fn keep(&mut self, hit: SearchHit) {
        self.total += 1;
        self.hits.push(hit);
        if self.hits.len() >= 2 * MAX_HITS {
            self.keep_latest();
        }
    }

    fn keep_latest(&mut self) {
        self.hits.sort_unstable_by(|left, right| {
            (Reverse(left.when_ms), &left.id).cmp(&(Reverse(right.when_ms), &right.id))
        });
        self.hits.truncate(MAX_HITS);
    }
}

/// The words around a match.
fn around(text: &str, found: std::ops::Range<usize>) -> String {
    let before = text.get(..found.start).unwrap_or("");
    let after = text.get(found.end..).unwrap_or("");
    let start = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(index, _)| index);
    let end = found.end + after.char_indices().nth(CONTEXT).map_or(after.len(), |(index, _)| index);
    text.get(start..end).unwrap_or("").to_owned()
}
