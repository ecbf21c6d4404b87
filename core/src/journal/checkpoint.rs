//! Checkpoints: what the journal commits to, signed by the phone at each lock and exchange. The institution keeps them;
//! from then on the log up to there can be withheld, but not changed.

use super::log::State;
use super::segment::Segment;
use crate::crypto::json::{Digest, Hex, Id, decode_strict, encode};
use crate::crypto::jws::{self, Envelope, PublicKey, Signer};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// `typ` of a checkpoint.
pub const CHECKPOINT_TYP: &str = "curtain-checkpoint";

/// The payload of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Version of this specification, 1.
    pub spec: u32,
    /// Which enrolment's journal.
    pub enrolment: Id,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// Epoch of the MAC key.
    pub epoch: u64,
    /// Seal over the closed epochs.
    pub seal: Digest,
    /// Number of events that wait in the segment.
    pub segment_length: u64,
    /// Hash chain over them.
    pub segment_hash: Digest,
    /// Size of the previous checkpoint, 0 for none.
    pub previous_size: u64,
    /// When, by the phone's wall clock, in ms since 1970 UTC.
    pub issued_ms: i64,
}

impl Checkpoint {
    /// Of a journal's state and its waiting segment.
    pub fn new(enrolment: Id, state: &State, segment: &Segment, previous_size: u64, issued_ms: i64) -> Result<Self> {
        Ok(Checkpoint {
            spec: 1,
            enrolment,
            size: state.size,
            root: Hex(state.root),
            epoch: state.epoch,
            seal: Hex(state.seal),
            segment_length: segment.len(),
            segment_hash: segment.hash()?,
            previous_size,
            issued_ms,
        })
    }

    /// Signs it with the phone's key.
    pub fn sign(&self, phone: &dyn Signer) -> Result<Vec<u8>> {
        jws::sign(&encode(self)?, CHECKPOINT_TYP, &[phone])
    }

    /// Reads a checkpoint that `phone` signed.
    pub fn open(bytes: &[u8], phone: &PublicKey) -> Result<Checkpoint> {
        let envelope = Envelope::parse(bytes)?;
        let checkpoint: Checkpoint = decode_strict(envelope.verify(CHECKPOINT_TYP, std::slice::from_ref(phone), 1)?)?;
        if checkpoint.spec != 1 {
            return Err(Error::TooNew { what: "checkpoint" });
        }
        if checkpoint.previous_size > checkpoint.size {
            return Err(Error::invalid("checkpoint", "smaller than its predecessor"));
        }
        Ok(checkpoint)
    }

    /// What it commits to.
    pub fn state(&self) -> State {
        State { size: self.size, root: self.root.0, epoch: self.epoch, seal: self.seal.0 }
    }
}
