//! The audit log as pure bytes; the vault stores it, in the same transaction as the act.
//!
//! A tree (RFC 6962) makes every entry part of one root; a MAC key that dies with each anchor put makes entries older
//! than the last put unforgeable, even for whoever holds the unlocked phone later. Entries name the key's epoch; a log
//! is checked against a checkpoint with [`verify`]. No patient text: patients are pseudonyms that a shred unlinks.

mod entry;
mod tree;

pub use entry::{Code, Entry, Event, Sealed};
pub use tree::{Hash, Tree, consistency_proof, is_consistent, leaf_hash, root_of};

use crate::crypto::{derive_key, hex, make_bytes, make_key, unhex};
use crate::error::{Error, Result};
use crate::platform::Instant;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Most entries that are kept of what happens while locked; later ones are only counted.
pub const MAX_SEGMENT: usize = 64;

/// The forward-secure MAC key and the mark of the journal that it stands over; lives in the anchor.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalKey {
    epoch: u64,
    key: String,
    size: u64,
    root: String,
}

impl Drop for JournalKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl JournalKey {
    /// The first key, epoch 0; its value goes to the audit recipients, sealed, and nowhere else.
    pub fn make() -> Result<JournalKey> {
        let key = hex(make_key()?.expose());
        Ok(JournalKey { epoch: 0, key, size: 0, root: hex(&Tree::default().root()) })
    }

    /// The key, 64 hexadecimal digits: for the audit recipients.
    pub fn expose(&self) -> &str {
        &self.key
    }

    /// Anchor puts so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// `k_(e+1) = HKDF(salt empty, ikm k_e, info "curtain journal step v1")`; the old key is gone.
    pub fn step(&mut self) -> Result<()> {
        let next = derive_key(&[], &*self.bytes()?, &[b"curtain journal step v1"])?;
        self.key.zeroize();
        self.key = hex(next.expose());
        self.epoch = self.epoch.checked_add(1).ok_or(Error::Internal { code: 310 })?;
        Ok(())
    }

    /// Notes the journal's size and root at this put.
    pub fn mark(&mut self, size: u64, root: Hash) {
        self.size = size;
        self.root = hex(&root);
    }

    /// The size at the last unlocked put.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root at the last unlocked put.
    pub fn root(&self) -> Hash {
        unhex(&self.root).unwrap_or_default()
    }

    fn bytes(&self) -> Result<zeroize::Zeroizing<[u8; 32]>> {
        unhex(&self.key).map(zeroize::Zeroizing::new).ok_or(Error::Damaged { what: "journal key" })
    }
}

/// The journal's tree, sealed inside the database's head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Journal {
    tree: Tree,
}

impl Journal {
    /// Entries so far.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root over all entries.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Appends an event; gives its position and the bytes of its row.
    pub fn append(
        &mut self,
        key: &JournalKey,
        event: &Event,
        patient: Option<[u8; 16]>,
        now: &Instant,
    ) -> Result<(u64, Vec<u8>)> {
        let seq = self.size();
        let sealed = Sealed::make(&*key.bytes()?, seq, &Entry::of(key.epoch, event, patient, now, false)?)?;
        self.push(&sealed)
    }

    /// Appends what happened while locked, as it stands; gives positions and rows.
    pub fn fold(&mut self, segment: &Segment) -> Result<Vec<(u64, Vec<u8>)>> {
        segment.entries.iter().map(|sealed| self.push(sealed)).collect()
    }

    fn push(&mut self, sealed: &Sealed) -> Result<(u64, Vec<u8>)> {
        if !self.tree.is_sound() {
            return Err(Error::Damaged { what: "journal tree" });
        }
        let seq = self.size();
        self.tree.push(leaf_hash(sealed.entry.as_bytes()));
        Ok((seq, sealed.bytes()?))
    }
}

/// What happened while locked: capped, chained to the journal by its size, folded in once at the next unlock.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    id: String,
    entries: Vec<Sealed>,
    uncounted: u64,
}

impl Segment {
    /// An empty segment under a fresh id.
    pub fn start() -> Result<Segment> {
        Ok(Segment { id: hex(&make_bytes::<16>()?), entries: Vec::new(), uncounted: 0 })
    }

    /// Names it, so that it is folded once.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Entries kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries that came after it was full.
    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// SHA-256 over the entries, hexadecimal: for checkpoints made while locked.
    pub fn digest(&self) -> String {
        let leaves: Vec<Hash> = self.entries.iter().map(|sealed| leaf_hash(sealed.entry.as_bytes())).collect();
        hex(&root_of(&leaves))
    }

    /// Appends an event at its position in the segment: where the journal will stand at the fold is not known yet,
    /// since commits that the anchor has not seen may have gone before.
    pub fn append(&mut self, key: &JournalKey, event: &Event, now: &Instant) -> Result<()> {
        if self.entries.len() >= MAX_SEGMENT {
            self.uncounted += 1;
            return Ok(());
        }
        let seq = self.entries.len() as u64;
        let entry = Entry::of(key.epoch, event, None, now, true)?;
        self.entries.push(Sealed::make(&*key.bytes()?, seq, &entry)?);
        Ok(())
    }
}

/// Checks a whole log against the first key and a checkpoint's size and root: nothing edited, deleted, swapped,
/// cut, or sealed again under another epoch's key. The order of wall clocks is not asserted: clocks step.
pub fn verify(first_key: &str, log: &[Sealed], size: u64, root: &Hash) -> Result<Vec<Entry>> {
    const UNVERIFIED: Error = Error::Unverified { what: "journal" };
    let mut key = JournalKey { epoch: 0, key: first_key.to_owned(), size: 0, root: String::new() };
    if log.len() as u64 != size {
        return Err(UNVERIFIED);
    }
    let mut tree = Tree::default();
    let mut entries = Vec::with_capacity(log.len());
    let mut locked_run = 0;
    for (seq, sealed) in (0u64..).zip(log) {
        let entry = sealed.read()?;
        // Epochs never fall; a jump is as many puts, each of which stepped the key.
        if entry.epoch < key.epoch || entry.epoch - key.epoch > MAX_EPOCH_STEP {
            return Err(UNVERIFIED);
        }
        while key.epoch < entry.epoch {
            key.step()?;
        }
        let position = if entry.locked { locked_run } else { seq };
        locked_run = if entry.locked { locked_run + 1 } else { 0 };
        if !sealed.verifies(&*key.bytes()?, entry.epoch, position) {
            return Err(UNVERIFIED);
        }
        tree.push(leaf_hash(sealed.entry.as_bytes()));
        entries.push(entry);
    }
    if &tree.root() == root { Ok(entries) } else { Err(UNVERIFIED) }
}

/// Most anchor puts between two entries that a verifier follows.
const MAX_EPOCH_STEP: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn now(n: i64) -> Instant {
        Instant { wall_ms: 1000 - n, since_boot_ms: n.unsigned_abs(), boot_id: "b".into() }
    }

    /// A log of `n` entries with a key step after every third, its first key, size and root.
    fn log(n: i64) -> (String, Vec<Sealed>, u64, Hash) {
        let mut key = JournalKey::make().unwrap();
        let first = key.expose().to_owned();
        let mut journal = Journal::default();
        let mut rows = Vec::new();
        for i in 0..n {
            let event = Event::counted(Code::NoteSaved, vec![("notes", i.unsigned_abs())]);
            let (seq, row) = journal.append(&key, &event, Some([3; 16]), &now(i)).unwrap();
            assert_eq!(seq, i.unsigned_abs());
            rows.push(Sealed::parse(&row).unwrap());
            if i % 3 == 2 {
                key.step().unwrap();
            }
        }
        (first, rows, journal.size(), journal.root())
    }

    #[test]
    fn a_whole_log_verifies_whatever_the_wall_clock_did() {
        for n in [0, 1, 2, 3, 7, 64] {
            let (key, rows, size, root) = log(n);
            assert_eq!(verify(&key, &rows, size, &root).unwrap().len() as u64, size);
        }
    }

    #[test]
    fn every_deletion_swap_edit_and_cut_is_found() {
        for n in 1..=64 {
            let (key, rows, size, root) = log(n);
            for i in 0..rows.len() {
                let mut deleted = rows.clone();
                deleted.remove(i);
                assert!(verify(&key, &deleted, size, &root).is_err());
                assert!(verify(&key, &deleted, size - 1, &root).is_err());
                let mut edited = rows.clone();
                edited[i].entry = edited[i].entry.replace("note_saved", "exported");
                assert!(verify(&key, &edited, size, &root).is_err());
                if i > 0 {
                    let mut swapped = rows.clone();
                    swapped.swap(i, i - 1);
                    assert!(verify(&key, &swapped, size, &root).is_err());
                    assert!(verify(&key, &rows[..i], i as u64, &root).is_err());
                }
            }
        }
    }

    #[test]
    fn an_old_entry_sealed_again_with_a_later_key_is_refused() {
        let (first, mut rows, _, _) = log(9);
        let mut later = JournalKey { epoch: 0, key: first.clone(), size: 0, root: String::new() };
        (0..2).for_each(|_| later.step().unwrap());
        // The forger holds the key of epoch 2 and rewrites entry 1, in its own epoch and in the later one.
        for epoch in [0, 2] {
            let mut entry = rows[1].read().unwrap();
            entry.epoch = epoch;
            entry.code = Code::Purged;
            rows[1] = Sealed::make(&later.bytes().unwrap(), 1, &entry).unwrap();
            let leaves: Vec<Hash> = rows.iter().map(|row| leaf_hash(row.entry.as_bytes())).collect();
            assert!(verify(&first, &rows, 9, &root_of(&leaves)).is_err());
        }
    }

    #[test]
    fn a_locked_segment_folds_into_the_same_tree_and_verifies() {
        let mut key = JournalKey::make().unwrap();
        let first = key.expose().to_owned();
        let mut journal = Journal::default();
        key.mark(journal.size(), journal.root());
        // After the mark: a commit that the anchor did not see before the process was killed.
        let mut rows = vec![journal.append(&key, &Code::Enrolled.into(), None, &now(0)).unwrap().1];
        let mut segment = Segment::start().unwrap();
        for i in 0..3 {
            key.step().unwrap();
            segment.append(&key, &Code::GuessCounted.into(), &now(i)).unwrap();
        }
        rows.extend(journal.fold(&segment).unwrap().into_iter().map(|(_, row)| row));
        rows.push(journal.append(&key, &Code::Unlocked.into(), None, &now(5)).unwrap().1);
        let log: Vec<Sealed> = rows.iter().map(|row| Sealed::parse(row).unwrap()).collect();
        let entries = verify(&first, &log, journal.size(), &journal.root()).unwrap();
        assert_eq!(entries.iter().filter(|entry| entry.locked).count(), 3);
    }

    #[test]
    fn a_segment_is_capped_and_counts_the_rest() {
        let key = JournalKey::make().unwrap();
        let mut segment = Segment::start().unwrap();
        (0..100).for_each(|i| segment.append(&key, &Code::GuessCounted.into(), &now(i)).unwrap());
        assert_eq!((segment.len(), segment.uncounted()), (MAX_SEGMENT, 36));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for bytes in [&b""[..], b"{}", b"{\"entry\":\"\",\"mac\":\"\"}", &[0xff; 40], &[b' '; 9000]] {
            let _ = Sealed::parse(bytes).and_then(|sealed| sealed.read());
        }
    }
}
