//! What a phone signs for the institution: receipts of erasure and checkpoints of the journal.
//!
//! Both come from the vault's state, which keeps identifiers and hashes as hexadecimal; their form is checked here.

use super::document::{Payload, SPEC, typ, validate_keystore, validate_spec, validate_text, validate_time};
use crate::crypto::json::{Digest, Hex, Id};
use crate::error::{Error, Result};
use crate::journal::{JournalKey, Segment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The only method of erasure that is named (NIST SP 800-88: cryptographic erase; nothing about media).
pub const METHOD: &str = "cryptographic erase and file removal";
/// The only claim that is made.
pub const CLAIM: &str = "keys deleted as reported by this phone's keystore";
/// Why a workspace may be erased: the complete list.
pub const CAUSES: [&str; 4] = ["order", "lease", "attempts", "departure"];

/// The phone's word that a workspace was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Specification version.
    pub spec: u32,
    /// Which phone's enrolment, 32 hexadecimal digits.
    pub enrolment: String,
    /// Which workspace, 32 hexadecimal digits.
    pub workspace: String,
    /// One of [`CAUSES`].
    pub cause: String,
    /// Identity of the order, 64 hexadecimal digits; exactly if the cause is one.
    pub order: Option<String>,
    /// How many items of each kind there were; empty when it was locked.
    pub counts: BTreeMap<String, u64>,
    /// [`METHOD`].
    pub method: String,
    /// [`CLAIM`].
    pub claim: String,
    /// [`crate::platform::KeystoreStrength::name`].
    pub keystore: String,
    /// Keystore keys that existed and were deleted.
    pub keys_deleted: u32,
    /// Files that could not be removed.
    pub residue: u32,
    /// Entries of the journal when it ended.
    pub journal_size: u64,
    /// Root of the journal's tree, 64 hexadecimal digits.
    pub journal_root: String,
    /// Events that waited in the locked segment.
    pub segment_size: u64,
    /// [`Segment::digest`].
    pub segment_digest: String,
    /// When the wipe began, by the phone's clock.
    pub started_ms: i64,
    /// When the files were gone.
    pub finished_ms: i64,
    /// The app's version.
    pub version: String,
}

impl Payload for Receipt {
    const TYP: &'static str = typ::RECEIPT;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        self.enrolment.parse::<Id>()?;
        self.workspace.parse::<Id>()?;
        self.journal_root.parse::<Digest>()?;
        self.segment_digest.parse::<Digest>()?;
        if let Some(order) = &self.order {
            order.parse::<Digest>()?;
        }
        validate_keystore(&self.keystore)?;
        validate_text(&self.version)?;
        let plain = |name: &String| {
            (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
        };
        if self.counts.len() > 64 || !self.counts.keys().all(plain) {
            return Err(Error::invalid("counts", "names"));
        }
        let cause = self.cause.as_str();
        if !CAUSES.contains(&cause) || self.order.is_some() != (cause == "order") {
            return Err(Error::invalid("receipt", "cause"));
        }
        if self.method != METHOD || self.claim != CLAIM {
            return Err(Error::invalid("receipt", "claims more than it may"));
        }
        validate_time(self.started_ms)?;
        validate_time(self.finished_ms)
    }
}

/// What a phone's journal commits to, signed at each lock and exchange. The institution keeps it: from then on the log
/// up to there can be withheld, but not changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Specification version.
    pub spec: u32,
    /// Which enrolment's journal.
    pub enrolment: Id,
    /// Number of entries.
    pub tree_size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// Epoch of the MAC key.
    pub epoch: u64,
    /// Events that wait in the locked segment.
    pub segment_length: u64,
    /// [`Segment::digest`].
    pub segment_digest: Digest,
    /// When, by the phone's clock.
    pub issued_ms: i64,
}

/// What a sealed export holds, signed by the phone: age names no sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Specification version.
    pub spec: u32,
    /// Which phone, 32 hexadecimal digits.
    pub enrolment: String,
    /// SHA-256 of the FHIR bundle's exact text, hexadecimal.
    pub bundle: String,
    /// SHA-256 of the chart texts, hexadecimal.
    pub chart: String,
    /// When, by the phone's clock.
    pub created_ms: i64,
}

impl Checkpoint {
    /// Of the journal as it was at the last anchor put, and of the segment that waits.
    pub fn new(enrolment: &str, journal: &JournalKey, segment: &Segment, issued_ms: i64) -> Result<Checkpoint> {
        Ok(Checkpoint {
            spec: SPEC,
            enrolment: enrolment.parse()?,
            tree_size: journal.size(),
            root: Hex(journal.root()),
            epoch: journal.epoch(),
            segment_length: segment.len() as u64,
            segment_digest: segment.digest().parse()?,
            issued_ms,
        })
    }
}

impl Payload for Manifest {
    const TYP: &'static str = typ::MANIFEST;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_time(self.created_ms)
    }
}

impl Payload for Checkpoint {
    const TYP: &'static str = typ::CHECKPOINT;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_time(self.issued_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jws::{Envelope, P256Signer, Signer};
    use crate::journal::Code;
    use crate::platform::Instant;

    fn receipt() -> Receipt {
        Receipt {
            spec: 1,
            enrolment: "02".repeat(16),
            workspace: "03".repeat(16),
            cause: "departure".into(),
            order: None,
            counts: [("note".to_owned(), 3), ("photo.wound".to_owned(), 0)].into(),
            method: METHOD.into(),
            claim: CLAIM.into(),
            keystore: "software".into(),
            keys_deleted: 4,
            residue: 0,
            journal_size: 9,
            journal_root: "04".repeat(32),
            segment_size: 0,
            segment_digest: "05".repeat(32),
            started_ms: 1_700_000_000_000,
            finished_ms: 1_700_000_000_005,
            version: "0.1.0".into(),
        }
    }

    #[test]
    fn a_receipt_reads_back_under_the_phones_key_alone() {
        let phone = P256Signer::make();
        let bytes = receipt().sign(&[&phone]).unwrap();
        let read = |key| Envelope::parse(&bytes).unwrap().verify(Receipt::TYP, &[key], 1).map(<[u8]>::to_vec);
        assert_eq!(Receipt::from_payload(&read(phone.public_key().clone()).unwrap()).unwrap(), receipt());
        assert!(read(P256Signer::make().public_key().clone()).is_err());
    }

    #[test]
    fn a_receipt_claims_no_more_than_it_may() {
        for broken in [
            Receipt { order: Some("01".repeat(32)), ..receipt() },
            Receipt { cause: "order".into(), ..receipt() },
            Receipt { cause: "damage".into(), ..receipt() },
            Receipt { method: "media purged".into(), ..receipt() },
            Receipt { claim: "data gone everywhere".into(), ..receipt() },
            Receipt { keystore: "titan".into(), ..receipt() },
            Receipt { counts: [("Ada Lovelace".to_owned(), 1)].into(), ..receipt() },
            Receipt { journal_root: "04".repeat(31), ..receipt() },
            Receipt { enrolment: "ZZ".repeat(16), ..receipt() },
            Receipt { started_ms: -1, ..receipt() },
            Receipt { spec: 0, ..receipt() },
        ] {
            assert!(broken.to_payload().is_err(), "{broken:?}");
        }
        assert!(Receipt { cause: "order".into(), order: Some("01".repeat(32)), ..receipt() }.to_payload().is_ok());
    }

    #[test]
    fn a_checkpoint_carries_journal_and_segment() {
        let (mut key, mut segment) = (JournalKey::make().unwrap(), Segment::start().unwrap());
        key.step().unwrap();
        key.mark(5, [7; 32]);
        let now = Instant { wall_ms: 5, since_boot_ms: 1, boot_id: "b".into() };
        segment.append(&key, &Code::GuessCounted.into(), &now).unwrap();
        let checkpoint = Checkpoint::new(&"02".repeat(16), &key, &segment, 99).unwrap();
        assert_eq!((checkpoint.tree_size, checkpoint.root, checkpoint.epoch), (5, Hex([7; 32]), 1));
        assert_eq!((checkpoint.segment_length, checkpoint.segment_digest.to_string()), (1, segment.digest()));
        assert_eq!(Checkpoint::from_payload(&checkpoint.to_payload().unwrap()).unwrap(), checkpoint);
        assert!(Checkpoint::new("02", &key, &segment, 99).is_err());
    }
}
