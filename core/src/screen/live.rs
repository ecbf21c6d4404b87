//! Screening while somebody types: only what an edit touches is read again.

use super::intent::Memory;
use super::piece::{Known, Reading, Window, combine};
use super::profile::WordSet;
use super::text::{CONTEXT, LOOKAHEAD};
use super::{ClinicProfile, Findings, MAX_SCAN_BYTES, NameIndex};
use crate::error::Error;

/// A screener that remembers the last text it was shown, piece by piece.
///
/// [`Screener::screen`] says exactly what [`super::scan`] says; it costs what changed since the last text, not the whole. It
/// keeps the text, so it belongs inside an unlocked session and is dropped with it (freed memory is wiped). Its `Debug` shows
/// sizes only.
#[derive(Default)]
pub struct Screener {
    text: String,
    readings: Vec<Reading>,
    memory: Memory,
    profile: Option<ClinicProfile>,
    own: WordSet,
    names: u64,
    read: u64,
}

impl std::fmt::Debug for Screener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screener").field("bytes", &self.text.len()).field("pieces", &self.readings.len()).finish()
    }
}

impl Screener {
    /// A screener that remembers nothing.
    pub fn new() -> Screener {
        Screener::default()
    }

    /// Says what a text contains, as [`super::scan`] does with the same arguments.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`MAX_SCAN_BYTES`]; the last text is remembered still.
    pub fn screen(
        &mut self,
        text: &str,
        profile: Option<&ClinicProfile>,
        names: &NameIndex,
    ) -> Result<Findings, Error> {
        if text.len() > MAX_SCAN_BYTES {
            return Err(Error::TooLarge { field: "text", limit: MAX_SCAN_BYTES as u64 });
        }
        if self.profile.as_ref() != profile || self.names != names.stamp() {
            *self = Screener {
                profile: profile.cloned(),
                own: profile.map(ClinicProfile::own_words).unwrap_or_default(),
                names: names.stamp(),
                read: self.read,
                ..Screener::default()
            };
        }
        if self.text != text || self.readings.is_empty() {
            self.edit(text, names);
        }
        Ok(combine(self.readings.iter()))
    }

    /// Forgets the text.
    pub fn clear(&mut self) {
        *self = Screener::default();
    }

    /// Bytes of the last text and of all before it that were read, context not counted: what the work is in proportion to.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Reads what differs between the remembered text and `new`, and remembers that.
    fn edit(&mut self, new: &str, names: &NameIndex) {
        let old = std::mem::take(&mut self.text);
        let (before, after) = unchanged(&old, new);
        let known = Known { profile: self.profile.as_ref(), own: &self.own, names };
        // Pieces before the edit stay: the end of each depends on no more than one character behind it.
        let (mut first, mut start) = (0, 0);
        while let Some(reading) = self.readings.get(first).filter(|r| start + r.bytes() + LOOKAHEAD <= before) {
            (first, start) = (first + 1, start + reading.bytes());
        }
        // The window needs their last tokens.
        let (mut from, mut opens, mut tokens) = (first, start, 0);
        while let Some(reading) = from.checked_sub(1).and_then(|i| self.readings.get(i)).filter(|_| tokens < CONTEXT) {
            (from, opens, tokens) = (from - 1, opens - reading.bytes(), tokens + reading.tokens);
        }
        let mut window = Window::open(new, opens, self.readings.get(from).is_some_and(|r| r.within.0));
        for reading in self.readings.get(from..first).unwrap_or_default() {
            window.advance();
            window.recall(reading);
        }
        let mut fresh = Vec::new();
        // The old piece that may be the next one, and where it began.
        let (mut next, mut next_start) = (first, start);
        let mut kept = self.readings.len();
        while window.advance() {
            let at = window.text.piece.start;
            while let Some(reading) = self.readings.get(next).filter(|_| next_start + new.len() < at + old.len()) {
                (next, next_start) = (next + 1, next_start + reading.bytes());
            }
            // Behind the edit, where an old piece began, the bytes are the same to the end; so the ends of pieces are too.
            let behind = at + after >= new.len() && next_start + new.len() == at + old.len();
            if let Some(reading) = self.readings.get(next).filter(|_| behind)
                && reading.within == window.text.within
                && reading.context == window.context()
                && new.get(window.text.base..at)
                    == old.get(next_start.saturating_sub(reading.context_bytes())..next_start)
            {
                // It reads as it did, and so does all that follows: nothing behind it sees further back.
                kept = next;
                break;
            }
            self.read += window.text.piece.len() as u64;
            fresh.push(window.read(known, &mut self.memory));
        }
        self.readings.splice(first..kept, fresh);
        self.text = old;
        self.text.replace_range(before..self.text.len() - after, new.get(before..new.len() - after).unwrap_or(""));
    }
}

/// How many bytes two texts share at their beginning and, beyond that, at their end, in whole characters.
fn unchanged(old: &str, new: &str) -> (usize, usize) {
    const STEP: usize = 32;
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let steps = a.chunks_exact(STEP).zip(b.chunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    let rest = a.iter().zip(b).skip(steps).take_while(|(a, b)| a == b).count();
    let mut before = steps + rest;
    while !(old.is_char_boundary(before) && new.is_char_boundary(before)) {
        before -= 1;
    }
    let (a, b) = (a.get(before..).unwrap_or_default(), b.get(before..).unwrap_or_default());
    let steps = a.rchunks_exact(STEP).zip(b.rchunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    let rest = a.iter().rev().zip(b.iter().rev()).skip(steps).take_while(|(a, b)| a == b).count();
    let mut after = steps + rest;
    while !(old.is_char_boundary(old.len() - after) && new.is_char_boundary(new.len() - after)) {
        after -= 1;
    }
    (before, after)
}
