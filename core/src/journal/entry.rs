//! What happened, as bytes: codes, counts and pseudonyms, never a word of a text.
//!
//! An entry is canonical JSON (fixed order of members, no spaces); its leaf in the tree is the hash of exactly these
//! bytes, its MAC `HMAC(k_epoch, "curtain journal mac v1" || epoch[8] || position[8] || leaf)` travels beside it. The position is
//! the entry's number in the log, or for what happened while locked the number
//! that it names itself.

use super::JournalKey;
use crate::crypto::{equal, hex, hmac_sha256, unhex};
use crate::error::{Error, Result};
use crate::platform::Instant;
use serde::{Deserialize, Serialize};

/// Most counts in one entry.
const MAX_COUNTS: usize = 64;
/// Longest entry in bytes, MAC included.
pub(super) const MAX_ENTRY_BYTES: usize = 8 * 1024;

/// The events that a journal knows. Their names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is its name")]
pub enum Code {
    Enrolled,
    GuessCounted,
    Unlocked,
    Locked,
    FreshAuth,
    DocumentAccepted,
    DocumentRefused,
    PatientsImported,
    PatientChanged,
    ConsentRecorded,
    ConsentWithdrawn,
    NoteSaved,
    DraftDiscarded,
    Assessed,
    HandedOff,
    OutcomeRecorded,
    NearMiss,
    InboundRecorded,
    Charted,
    RosterChanged,
    Exported,
    Purged,
    Shredded,
    DamageFound,
    DepartureStarted,
    WipeStarted,
    PasscodeChanged,
    BiometryEnabled,
    BiometryRemoved,
    BiometryFailed,
    RecoveryEnabled,
    RecoveryRemoved,
    Recovered,
    PhotoStored,
    PhotoChanged,
    PhotoDeleted,
    PhotoConsentRecorded,
    PhotoConsentWithdrawn,
    PhotoExported,
    HoldBegan,
    HoldEnded,
    WipedByOrder,
    HandedOver,
}

/// An event with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub code: Code,
    /// Numbers by constant names: counts of classes, sizes, versions.
    pub counts: Vec<(&'static str, u64)>,
    /// A hash or a code of ours, hexadecimal or a constant; no text of anybody.
    pub reference: Option<String>,
}

impl From<Code> for Event {
    fn from(code: Code) -> Event {
        Event { code, counts: Vec::new(), reference: None }
    }
}

impl Event {
    /// An event with numbers.
    pub fn counted(code: Code, counts: Vec<(&'static str, u64)>) -> Event {
        Event { code, counts, reference: None }
    }

    /// An event about a document or a digest.
    pub fn about(code: Code, reference: String) -> Event {
        Event { code, counts: Vec::new(), reference: Some(reference) }
    }
}

/// An entry as it is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Epoch of the MAC key: the number of anchor puts before it.
    pub epoch: u64,
    /// The seal over all epochs before, 64 hexadecimal digits.
    pub seal: String,
    /// What happened.
    pub code: Code,
    /// For what happened while locked and was folded in later: its number among those since the last unlock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locked: Option<u64>,
    /// The patient's pseudonym, 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Numbers by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub counts: Vec<(String, u64)>,
    /// A hash or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Wall clock, milliseconds since 1970; its order is not asserted.
    pub wall_ms: i64,
    /// Milliseconds since boot.
    pub since_boot_ms: u64,
    /// First 16 hexadecimal digits of the boot id's hash.
    pub boot: String,
}

impl Entry {
    pub(super) fn of(
        key: &JournalKey,
        event: &Event,
        patient: Option<[u8; 16]>,
        now: &Instant,
        locked: Option<u64>,
    ) -> Result<Entry> {
        if event.counts.len() > MAX_COUNTS || event.reference.as_ref().is_some_and(|text| text.len() > 128) {
            return Err(Error::Internal { code: 300 });
        }
        Ok(Entry {
            epoch: key.epoch(),
            seal: hex(&key.seal()),
            code: event.code,
            locked,
            patient: patient.map(|bytes| hex(&bytes)),
            counts: event.counts.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect(),
            reference: event.reference.clone(),
            wall_ms: now.wall_ms,
            since_boot_ms: now.since_boot_ms,
            boot: hex(&crate::crypto::sha256(now.boot_id.as_bytes())[..8]),
        })
    }
}

/// An entry's exact bytes with its MAC: what a journal row holds and an export carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The entry's JSON, exactly as hashed.
    pub entry: String,
    /// The MAC over epoch, position and leaf, 64 hexadecimal digits.
    pub mac: String,
}

impl Sealed {
    pub(super) fn make(key: &[u8; 32], seq: u64, entry: &Entry) -> Result<Sealed> {
        let text = serde_json::to_string(entry).map_err(|_| Error::Internal { code: 301 })?;
        let mac = hex(&mac(key, entry.epoch, seq, text.as_bytes()));
        Ok(Sealed { entry: text, mac })
    }

    /// Reads a stored row.
    pub fn parse(bytes: &[u8]) -> Result<Sealed> {
        const DAMAGED: Error = Error::Damaged { what: "journal entry" };
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(DAMAGED);
        }
        serde_json::from_slice(bytes).map_err(|_| DAMAGED)
    }

    /// The entry.
    pub fn read(&self) -> Result<Entry> {
        serde_json::from_str(&self.entry).map_err(|_| Error::Damaged { what: "journal entry" })
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| Error::Internal { code: 302 })
    }

    pub(super) fn verifies(&self, key: &[u8; 32], epoch: u64, seq: u64) -> bool {
        unhex::<32>(&self.mac).is_some_and(|stored| equal(&stored, &mac(key, epoch, seq, self.entry.as_bytes())))
    }
}

fn mac(key: &[u8; 32], epoch: u64, seq: u64, entry: &[u8]) -> [u8; 32] {
    let leaf = super::tree::leaf_hash(entry);
    hmac_sha256(key, &[b"curtain journal mac v1", &epoch.to_be_bytes(), &seq.to_be_bytes(), &leaf])
}
