//! What a phone signs for the institution: receipts of erasure and checkpoints of the journal.

use super::document::{Payload, typ, validate_keystore, validate_spec, validate_text, validate_time};
use crate::crypto::json::{Digest, Id};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a workspace was erased: the complete list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A signed order.
    Order,
    /// The lease's end.
    LeaseEnd,
    /// Too many wrong passcodes, where the policy says so.
    Attempts,
    /// The clinician left.
    Departure,
}

/// What a search found after the erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residue {
    /// Files of the workspace that could not be removed.
    pub files: u64,
    /// Keystore aliases that still exist, besides those that the receipt needs.
    pub keys: u64,
}

/// The only erasure that is claimed.
pub const METHOD: &str = "cryptographic erase + file removal";

/// The phone's word that a workspace was erased; signed by the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Specification version.
    pub spec: u32,
    /// Which phone.
    pub enrolment: Id,
    /// Whose.
    pub institution: Id,
    /// Which workspace.
    pub workspace: Id,
    /// Why.
    pub cause: Cause,
    /// Identity of the order, exactly if the cause is one.
    pub order: Option<Digest>,
    /// Identity of the policy that was in force, or `None` under the built-in strict one.
    pub policy: Option<Digest>,
    /// Its version; 0 without one.
    pub policy_version: u64,
    /// How many items of each kind there were.
    pub counts: BTreeMap<String, u64>,
    /// [`crate::platform::KeystoreStrength::name`].
    pub keystore: String,
    /// Keys deleted, as the keystore reported.
    pub keys_deleted: u64,
    /// What a search found afterwards.
    pub residue: Residue,
    /// Whether ciphertext stayed because of a hold.
    pub held: bool,
    /// Entries of the journal.
    pub journal_size: u64,
    /// Root of the journal's tree.
    pub journal_root: Digest,
    /// Events that waited in the locked segment.
    pub segment_length: u64,
    /// Hash chain over them.
    pub segment_hash: Digest,
    /// When the wipe began, by the phone's clock.
    pub started_ms: i64,
    /// When it was done.
    pub finished_ms: i64,
    /// The app's version.
    pub app_version: String,
    /// [`METHOD`].
    pub method: String,
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
    /// Whose.
    pub institution: Id,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// Epoch of the MAC key.
    pub epoch: u64,
    /// Seal over the epochs before it.
    pub seal: Digest,
    /// Events that wait in the locked segment.
    pub segment_length: u64,
    /// [`crate::journal::Segment::digest`].
    pub segment_hash: Digest,
    /// When, by the phone's clock.
    pub issued_ms: i64,
}

/// What a sealed export holds, signed by the phone: age names no sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Specification version.
    pub spec: u32,
    /// Which phone.
    pub enrolment: Id,
    /// SHA-256 of the FHIR bundle's exact text.
    pub bundle: Digest,
    /// SHA-256 of the chart texts.
    pub chart: Digest,
    /// When, by the phone's clock.
    pub created_ms: i64,
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

impl Payload for Receipt {
    const TYP: &'static str = typ::RECEIPT;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_keystore(&self.keystore)?;
        validate_text(&self.app_version)?;
        let plain = |name: &String| {
            (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
        };
        if self.counts.len() > 64 || !self.counts.keys().all(plain) {
            return Err(Error::invalid("counts", "names"));
        }
        if self.method != METHOD || self.order.is_some() != (self.cause == Cause::Order) {
            return Err(Error::invalid("receipt", "method or cause"));
        }
        validate_time(self.started_ms)?;
        validate_time(self.finished_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::Hex;
    use crate::crypto::jws::{Envelope, P256Signer, Signer};

    fn receipt() -> Receipt {
        Receipt {
            spec: 1,
            enrolment: Hex([2; 16]),
            institution: Hex([1; 16]),
            workspace: Hex([3; 16]),
            cause: Cause::Departure,
            order: None,
            policy: Some(Hex([5; 32])),
            policy_version: 3,
            counts: [("note".to_owned(), 3), ("photo.wound".to_owned(), 0)].into(),
            keystore: "software".into(),
            keys_deleted: 4,
            residue: Residue::default(),
            held: false,
            journal_size: 9,
            journal_root: Hex([4; 32]),
            segment_length: 0,
            segment_hash: Hex([5; 32]),
            started_ms: 1_700_000_000_000,
            finished_ms: 1_700_000_000_005,
            app_version: "0.1.0".into(),
            method: METHOD.into(),
        }
    }

    /// What `key` lets through of a document.
    fn read<P: Payload>(bytes: &[u8], key: &dyn Signer) -> Result<P> {
        let envelope = Envelope::parse(bytes)?;
        P::from_payload(envelope.verify(P::TYP, std::slice::from_ref(key.public_key()), 1)?)
    }

    #[test]
    fn a_receipt_reads_back_under_the_phones_key_alone() {
        let phone = P256Signer::make();
        let bytes = receipt().sign(&[&phone]).unwrap();
        assert_eq!(read::<Receipt>(&bytes, &phone).unwrap(), receipt());
        assert!(read::<Receipt>(&bytes, &P256Signer::make()).is_err());
        assert!(read::<Checkpoint>(&bytes, &phone).is_err());
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(read::<Receipt>(&flipped, &phone).is_err(), "{at}");
        }
    }

    #[test]
    fn a_receipt_claims_no_more_than_it_may() {
        for broken in [
            Receipt { order: Some(Hex([1; 32])), ..receipt() },
            Receipt { cause: Cause::Order, ..receipt() },
            Receipt { method: "media purged".into(), ..receipt() },
            Receipt { keystore: "titan".into(), ..receipt() },
            Receipt { counts: [("Ada Lovelace".to_owned(), 1)].into(), ..receipt() },
            Receipt { started_ms: -1, ..receipt() },
            Receipt { spec: 0, ..receipt() },
        ] {
            assert!(broken.to_payload().is_err(), "{broken:?}");
        }
        assert!(Receipt { cause: Cause::Order, order: Some(Hex([1; 32])), ..receipt() }.to_payload().is_ok());
    }

    #[test]
    fn a_checkpoint_reads_back_and_a_newer_one_is_named() {
        let phone = P256Signer::make();
        let checkpoint = Checkpoint {
            spec: 1,
            enrolment: Hex([2; 16]),
            institution: Hex([1; 16]),
            size: 5,
            root: Hex([7; 32]),
            epoch: 3,
            seal: Hex([5; 32]),
            segment_length: 1,
            segment_hash: Hex([8; 32]),
            issued_ms: 99,
        };
        let bytes = checkpoint.sign(&[&phone]).unwrap();
        assert_eq!(read::<Checkpoint>(&bytes, &phone).unwrap(), checkpoint);
        assert!(read::<Receipt>(&bytes, &phone).is_err());
        let newer = Checkpoint { spec: 2, ..checkpoint };
        assert_eq!(newer.to_payload(), Err(Error::TooNew { what: "document" }));
    }
}
