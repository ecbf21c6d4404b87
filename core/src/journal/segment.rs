//! What happens while the workspace is locked: a capped list in the anchor, folded into the log at the next unlock.

use super::entry::{Event, Stamp, encode_body};
use crate::crypto::json::{Digest, Hex};
use crate::crypto::sha256_parts;
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// Most events that a segment keeps; what comes after is only counted, so guesses cannot fill the anchor.
pub const MAX_SEGMENT: usize = 64;

/// An event that is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// [`Event::code`].
    pub event: u16,
    /// When it happened.
    pub stamp: Stamp,
    /// As [`super::Entry::counts`].
    pub counts: Vec<(u16, u32)>,
}

/// The events since the last lock, with a hash chain over them that checkpoints and receipts carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pending: Vec<Pending>,
    left_out: u32,
}

impl Segment {
    /// Adds an event. Once [`MAX_SEGMENT`] are kept, it is counted and not kept; `Err` only for counts out of order.
    pub fn push(&mut self, event: Event, stamp: Stamp, counts: &[(u16, u32)]) -> Result<()> {
        encode_body(event, &stamp, None, counts)?;
        if self.pending.len() >= MAX_SEGMENT {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.pending.push(Pending { event: event.code(), stamp, counts: counts.to_vec() });
        }
        Ok(())
    }

    /// What is kept, oldest first.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// How many events came after the segment was full.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.left_out == 0
    }

    /// Number of kept events.
    pub fn len(&self) -> u64 {
        self.pending.len() as u64
    }

    /// `h_0 = zeros; h_{i+1} = SHA-256(h_i || body_i)` over the kept events, as they will stand in the log.
    pub fn hash(&self) -> Result<Digest> {
        let mut chain = [0u8; 32];
        for one in &self.pending {
            chain = extend(&chain, &one.body()?);
        }
        Ok(Hex(chain))
    }
}

impl Pending {
    /// The event itself; `Err` if the code is unknown, which a sealed anchor of this version never holds.
    pub fn event(&self) -> Result<Event> {
        Event::from_code(self.event).ok_or(crate::error::Error::Damaged { what: "journal segment" })
    }

    fn body(&self) -> Result<Vec<u8>> {
        encode_body(self.event()?, &self.stamp, None, &self.counts)
    }
}

/// One step of the chain.
pub(super) fn extend(chain: &[u8; 32], body: &[u8]) -> [u8; 32] {
    sha256_parts(&[chain, body])
}
