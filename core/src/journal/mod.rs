//! The audit log as pure bytes; the vault stores it, in the same transaction as the act.
//!
//! A tree (RFC 6962) makes every entry part of one root; a MAC key that dies with each anchor put makes entries older
//! than the last put unforgeable, even for whoever holds the unlocked phone later. Entries name the key's epoch; a log
//! is checked against a checkpoint with [`verify`]. No patient text: patients are pseudonyms that a shred unlinks.
//!
//! Each put also closes its epoch, so that old entries cannot be cut and the log continued under a later key:
//!
//! ```text
//! seal_0     = 32 zero bytes
//! seal_(e+1) = SHA-256(seal_e || HMAC(k_e, "curtain journal close v1" || e[8] || size[8] || root[32]))
//! ```
//!
//! Size and root are the journal's at the last unlocked put, this one included; every entry names the seal of its epoch.

mod entry;
mod tree;

pub use entry::{Code, Entry, Event, Sealed};
pub use tree::{Hash, Tree, consistency_proof, is_consistent, leaf_hash, root_of};

use crate::crypto::{derive_key, hex, hmac_sha256, make_bytes, make_key, sha256_parts, unhex};
use crate::error::{Error, Result};
use crate::memory::tapped;
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
    seal: String,
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
        tapped("journal key in hexadecimal", key.as_bytes());
        Ok(JournalKey::first(key))
    }

    fn first(key: String) -> JournalKey {
        JournalKey { epoch: 0, key, seal: hex(&[0; 32]), size: 0, root: hex(&Tree::default().root()) }
    }

    /// The seal over all closed epochs.
    pub fn seal(&self) -> Hash {
        unhex(&self.seal).unwrap_or_default()
    }

    /// The key, 64 hexadecimal digits: for the audit recipients.
    pub fn expose(&self) -> &str {
        &self.key
    }

    /// Anchor puts so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Closes the epoch under the present mark, then `k_(e+1) = HKDF(salt empty, ikm k_e, info "curtain journal step v1")`;
    /// the old key is gone.
    pub fn step(&mut self) -> Result<()> {
        let (epoch, size) = (self.epoch.to_be_bytes(), self.size.to_be_bytes());
        let closed = hmac_sha256(&*self.bytes()?, &[b"curtain journal close v1", &epoch, &size, &self.root()]);
        self.seal = hex(&sha256_parts(&[&self.seal(), &closed]));
        let next = derive_key(&[], &*self.bytes()?, &[b"curtain journal step v1"])?;
        self.key.zeroize();
        self.key = hex(next.expose());
        tapped("journal key", next.expose());
        tapped("journal key in hexadecimal", self.key.as_bytes());
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
        let sealed = Sealed::make(&*key.bytes()?, seq, &Entry::of(key, event, patient, now, None)?)?;
        self.push(&sealed)
    }

    /// Appends what happened while locked, as it stands, from entry `from` of the segment; gives positions and rows.
    pub fn fold(&mut self, segment: &Segment, from: usize) -> Result<Vec<(u64, Vec<u8>)>> {
        segment.entries.iter().skip(from).map(|sealed| self.push(sealed)).collect()
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
        let entry = Entry::of(key, event, None, now, Some(seq))?;
        self.entries.push(Sealed::make(&*key.bytes()?, seq, &entry)?);
        Ok(())
    }
}

/// What a checkpoint says of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// The epoch in which it was made.
    pub epoch: u64,
    /// The seal of that epoch.
    pub seal: Hash,
}

/// Checks a whole log against the first key and a checkpoint: nothing edited, deleted, swapped, cut, cut and gone on with,
/// or sealed again under another epoch's key. The order of wall clocks is not asserted: clocks step.
pub fn verify(first_key: &str, log: &[Sealed], at: &Mark) -> Result<Vec<Entry>> {
    if log.len() as u64 != at.size {
        return Err(UNVERIFIED);
    }
    let mut key = JournalKey::first(first_key.to_owned());
    let mut tree = Tree::default();
    let mut entries = Vec::with_capacity(log.len());
    for (seq, sealed) in (0u64..).zip(log) {
        let entry = sealed.read()?;
        let seal = unhex(&entry.seal).ok_or(UNVERIFIED)?;
        key = advance(key, entry.epoch, &seal, &tree)?;
        if !sealed.verifies(&*key.bytes()?, entry.epoch, entry.locked.unwrap_or(seq)) {
            return Err(UNVERIFIED);
        }
        tree.push(leaf_hash(sealed.entry.as_bytes()));
        entries.push(entry);
    }
    advance(key, at.epoch, &at.seal, &tree)?;
    if tree.root() == at.root { Ok(entries) } else { Err(UNVERIFIED) }
}

const UNVERIFIED: Error = Error::Unverified { what: "journal" };

/// Steps a verifier's key to `epoch`, where `seal` must stand. The puts in between either did not see the entries so far
/// (made locked, after a kill) or all saw them: the seal tells which.
fn advance(key: JournalKey, epoch: u64, seal: &Hash, tree: &Tree) -> Result<JournalKey> {
    // Epochs never fall; a jump is as many puts, each of which stepped the key.
    if epoch < key.epoch || epoch - key.epoch > MAX_EPOCH_STEP {
        return Err(UNVERIFIED);
    }
    // Within an epoch the mark stays what it was at the put: the next put may be a locked one, after a kill.
    if epoch == key.epoch {
        return if key.seal() == *seal { Ok(key) } else { Err(UNVERIFIED) };
    }
    let mut seen = key.clone();
    seen.mark(tree.size(), tree.root());
    for mut candidate in [seen, key] {
        while candidate.epoch < epoch {
            candidate.step()?;
        }
        if candidate.seal() == *seal {
            return Ok(candidate);
        }
    }
    Err(UNVERIFIED)
}

/// Most anchor puts between two entries that a verifier follows.
const MAX_EPOCH_STEP: u64 = 1_000_000;

#[cfg(test)]
mod tests;
