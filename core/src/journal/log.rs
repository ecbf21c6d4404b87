//! Appending with forward-secure MACs, and the check of a whole log.
//!
//! `mac = HMAC(k_e, epoch || seq || leaf)`, `k_{e+1} = HKDF(k_e, "journal step")`; the anchor's ratchet forgets `k_e`, so
//! whoever takes the phone cannot forge what was sealed before. A MAC for each entry does not yet stop "cut the end and
//! go on" (CVE-2023-31438 in journald), nor entries re-sealed under a newer key (CVE-2023-31439). So each step also
//! folds a close that is kept nowhere else into one running seal:
//! `seal_{e+1} = SHA-256(seal_e || HMAC(k_e, "close" || e || size || root))`. Without the dead keys nobody can compute the
//! seal of another history, and an empty epoch is sealed like any other.

use super::Checkpoint;
use super::entry::{Entry, Event, Stamp, encode_body};
use super::segment::{Segment, extend};
use super::tree::{Frontier, Hash, leaf_hash};
use crate::crypto::json::Digest;
use crate::crypto::{derive_key, equal, hmac_sha256, sha256_parts};
use crate::error::{Error, Result};
use crate::memory::Secret32;

/// An entry with its MAC, as the vault stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// [`Entry::encode`].
    pub entry: Vec<u8>,
    /// `HMAC(k_e, epoch || seq || leaf)`.
    pub mac: [u8; 32],
}

/// The epoch's MAC key and the running seal. It lives in the anchor and nowhere else.
#[derive(Debug)]
pub struct Sealer {
    epoch: u64,
    key: Secret32,
    seal: Hash,
}

impl Sealer {
    /// The first epoch. `first_key` is random; its only other copy is sealed to the audit recipients at enrolment.
    pub fn new(first_key: Secret32) -> Sealer {
        Sealer { epoch: 0, key: first_key, seal: [0; 32] }
    }

    /// From the parts that the anchor keeps.
    pub fn from_parts(epoch: u64, key: Secret32, seal: Hash) -> Sealer {
        Sealer { epoch, key, seal }
    }

    /// The present epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The present key, for sealing into the anchor.
    pub fn key(&self) -> &Secret32 {
        &self.key
    }

    /// The seal over all closed epochs.
    pub fn seal(&self) -> Hash {
        self.seal
    }

    /// `HMAC(k_e, epoch || seq || leaf)`.
    fn mac(&self, seq: u64, leaf: &Hash) -> [u8; 32] {
        hmac_sha256(self.key.expose(), &[&self.epoch.to_be_bytes(), &seq.to_be_bytes(), leaf])
    }

    /// The next epoch's sealer, given the log as it stands. The caller makes it durable, then drops this one.
    pub fn stepped(&self, size: u64, root: &Hash) -> Result<Sealer> {
        let epoch = self.epoch.checked_add(1).ok_or(Error::Internal { code: 153 })?;
        let close = hmac_sha256(self.key.expose(), &[b"close", &self.epoch.to_be_bytes(), &size.to_be_bytes(), root]);
        let key = derive_key(&[], self.key.expose(), &[b"journal step"])?;
        Ok(Sealer { epoch, key, seal: sha256_parts(&[&self.seal, &close]) })
    }
}

/// What a checkpoint, a receipt or the anchor commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Epoch at that time.
    pub epoch: u64,
    /// Seal at that time.
    pub seal: Hash,
}

/// The end of a log that can grow: its tree's frontier and its sealer.
#[derive(Debug)]
pub struct Journal {
    frontier: Frontier,
    sealer: Sealer,
}

impl Journal {
    /// Goes on from stored parts; [`Frontier::default`] for an empty log.
    pub fn new(frontier: Frontier, sealer: Sealer) -> Journal {
        Journal { frontier, sealer }
    }

    /// The tree's frontier, for storing with the head.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The sealer, for sealing into the anchor.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// What this log commits to now.
    pub fn state(&self) -> State {
        State {
            size: self.frontier.size(),
            root: self.frontier.root(),
            epoch: self.sealer.epoch,
            seal: self.sealer.seal,
        }
    }

    /// The next row, without growing: the caller commits it with the act, then calls [`Journal::grown`].
    pub fn next_row(
        &self,
        event: Event,
        stamp: Stamp,
        patient: Option<[u8; 16]>,
        counts: &[(u16, u32)],
    ) -> Result<(Row, Frontier)> {
        self.row_after(&self.frontier, event, stamp, patient, counts)
    }

    /// Appends at once, for callers that cannot fail between row and store (tests, folding in one transaction).
    pub fn append(
        &mut self,
        event: Event,
        stamp: Stamp,
        patient: Option<[u8; 16]>,
        counts: &[(u16, u32)],
    ) -> Result<Row> {
        let (row, frontier) = self.next_row(event, stamp, patient, counts)?;
        self.frontier = frontier;
        Ok(row)
    }

    /// Takes the frontier of rows that were committed.
    pub fn grown(&mut self, frontier: Frontier) {
        self.frontier = frontier;
    }

    /// The sealer after the anchor's next put; [`Journal::step`] takes it once the put is durable.
    pub fn stepped(&self) -> Result<Sealer> {
        self.sealer.stepped(self.frontier.size(), &self.frontier.root())
    }

    /// Moves to the next epoch; the old key is wiped.
    pub fn step(&mut self, sealer: Sealer) {
        self.sealer = sealer;
    }

    /// The rows of a segment, in order, and the frontier behind them. The caller commits them in one transaction and
    /// empties the segment in the same anchor put, so a segment is folded once.
    pub fn fold(&self, segment: &Segment, now: Stamp) -> Result<(Vec<Row>, Frontier)> {
        let mut rows = Vec::new();
        let mut frontier = self.frontier.clone();
        for one in segment.pending() {
            let (row, next) = self.row_after(&frontier, one.event()?, one.stamp, None, &one.counts)?;
            rows.push(row);
            frontier = next;
        }
        if segment.left_out() > 0 {
            let left_out = [(0, segment.left_out())];
            let (row, next) = self.row_after(&frontier, Event::SegmentOverflow, now, None, &left_out)?;
            rows.push(row);
            frontier = next;
        }
        Ok((rows, frontier))
    }

    fn row_after(
        &self,
        frontier: &Frontier,
        event: Event,
        stamp: Stamp,
        patient: Option<[u8; 16]>,
        counts: &[(u16, u32)],
    ) -> Result<(Row, Frontier)> {
        let seq = frontier.size();
        let entry = Entry { seq, epoch: self.sealer.epoch, event, stamp, patient, counts: counts.to_vec() }.encode()?;
        let leaf = leaf_hash(&entry);
        let mut grown = frontier.clone();
        grown.append(leaf)?;
        Ok((Row { mac: self.sealer.mac(seq, &leaf), entry }, grown))
    }
}

/// What is wrong with a log. `at` is the position, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// The bytes are no entry.
    #[error("entry {at} cannot be read")]
    Malformed {
        /// Position.
        at: u64,
    },
    /// A number is missing, repeated or out of order.
    #[error("entry {at} has another number")]
    OutOfSequence {
        /// Position.
        at: u64,
    },
    /// The epoch is older than its predecessor's, or newer than the commitment.
    #[error("entry {at} is of an epoch that does not fit")]
    WrongEpoch {
        /// Position.
        at: u64,
    },
    /// The MAC is not of that epoch's key over this entry.
    #[error("entry {at} does not authenticate")]
    BadMac {
        /// Position.
        at: u64,
    },
    /// There are fewer entries than were committed to.
    #[error("the log is shorter than what was committed to")]
    Truncated,
    /// The entries are not those that were committed to.
    #[error("the log is not the one that was committed to")]
    OtherRoot,
    /// The epochs were not closed over these entries.
    #[error("the log was sealed over other entries")]
    OtherSeal,
    /// What happened while locked was not taken over whole.
    #[error("what happened while locked is not in the log as it was")]
    NotFolded,
}

/// Checks a log from its first key against a commitment; rows beyond the commitment are checked as far as keys reach.
/// Wall-clock order is no error: clocks jump.
pub fn verify(rows: &[Row], first_key: Secret32, committed: &State) -> Result<(), LogFault> {
    if committed.epoch > MAX_EPOCH {
        return Err(LogFault::OtherSeal);
    }
    let mut sealer = Sealer::new(first_key);
    let mut frontier = Frontier::default();
    let mut seal = None;
    let mut root = (committed.size == 0).then(|| frontier.root());
    for (at, row) in (0u64..).zip(rows) {
        let entry = Entry::decode(&row.entry).map_err(|_| LogFault::Malformed { at })?;
        if entry.seq != at {
            return Err(LogFault::OutOfSequence { at });
        }
        // What the commitment covers is not newer than it; what follows is not older.
        let fits = if at < committed.size { entry.epoch <= committed.epoch } else { entry.epoch >= committed.epoch };
        if !fits || entry.epoch < sealer.epoch || entry.epoch > MAX_EPOCH {
            return Err(LogFault::WrongEpoch { at });
        }
        advance(&mut sealer, &frontier, entry.epoch, committed.epoch, &mut seal)
            .map_err(|_| LogFault::WrongEpoch { at })?;
        let leaf = leaf_hash(&row.entry);
        if !equal(&sealer.mac(at, &leaf), &row.mac) {
            return Err(LogFault::BadMac { at });
        }
        frontier.append(leaf).map_err(|_| LogFault::OutOfSequence { at })?;
        if frontier.size() == committed.size {
            root = Some(frontier.root());
        }
    }
    let Some(root) = root else { return Err(LogFault::Truncated) };
    if root != committed.root {
        return Err(LogFault::OtherRoot);
    }
    if seal.is_none() {
        advance(&mut sealer, &frontier, committed.epoch, committed.epoch, &mut seal)
            .map_err(|_| LogFault::OtherSeal)?;
    }
    if seal.is_some_and(|seal| equal(&seal, &committed.seal)) { Ok(()) } else { Err(LogFault::OtherSeal) }
}

/// No phone puts its anchor this often; a forged epoch must not cost 2^64 steps.
const MAX_EPOCH: u64 = 10_000_000;

/// Steps the sealer to `epoch`, noting its seal when it passes `bound`.
fn advance(sealer: &mut Sealer, at: &Frontier, epoch: u64, bound: u64, seal: &mut Option<Hash>) -> Result<()> {
    loop {
        if sealer.epoch == bound && seal.is_none() {
            *seal = Some(sealer.seal);
        }
        if sealer.epoch >= epoch {
            return Ok(());
        }
        *sealer = sealer.stepped(at.size(), &at.root())?;
    }
}

/// Checks that what a checkpoint's segment held follows the checkpoint's entries in the log, whole and unchanged.
pub fn verify_folded(rows: &[Row], checkpoint: &Checkpoint) -> Result<(), LogFault> {
    let (start, length) = (usize::try_from(checkpoint.size), usize::try_from(checkpoint.segment_length));
    let (Ok(start), Ok(length)) = (start, length) else { return Err(LogFault::NotFolded) };
    let folded = start.checked_add(length).and_then(|end| rows.get(start..end)).ok_or(LogFault::NotFolded)?;
    let mut chain = [0u8; 32];
    for row in folded {
        let entry = Entry::decode(&row.entry).map_err(|_| LogFault::NotFolded)?;
        let body = encode_body(entry.event, &entry.stamp, entry.patient.as_ref(), &entry.counts);
        chain = extend(&chain, &body.map_err(|_| LogFault::NotFolded)?);
    }
    if Digest::from(chain) == checkpoint.segment_hash { Ok(()) } else { Err(LogFault::NotFolded) }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
