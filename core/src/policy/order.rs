//! Orders to one phone: what they may ask for. Who may sign one: [`super::trust`]; what becomes of
//! it is for the rooms above.

use super::document::{Payload, typ, validate_spec, validate_text, validate_time};
use crate::crypto::json::{Digest, Hex, Id};
use crate::crypto::sha256_parts;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a wipe order says about an active hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Ciphertext and escrow wraps stay until acknowledged.
    Keep,
    /// Erased all the same.
    Release,
}

/// What an order orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Erase the workspace.
    WipeWorkspace {
        /// Must be said while a hold is active.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holds: Option<Holds>,
    },
    /// End the block after too many guesses.
    Unlock {},
    /// The receipt has arrived: what was kept for it may go.
    Acknowledge {
        /// Identity of the receipt.
        receipt: Digest,
    },
    /// Nothing of these patients may go until a release. Two keys must sign it.
    Hold {
        /// Whose.
        scope: HoldScope,
    },
    /// A hold ends. Two keys must sign it.
    Release {
        /// Identity of the order that began it.
        hold: Digest,
    },
    /// Erase one patient.
    WipePatient {
        /// [`patient_named`].
        who: Digest,
    },
    /// Erase the notes, messages, drafts and chart texts that were last written before a time.
    WipeBefore {
        /// Milliseconds since 1970.
        date_ms: i64,
    },
    /// The copy has to be gone by a time: until then everything works and the phone says so, from then on as after a lease's
    /// end. A later order's time takes its place.
    Leave {
        /// Milliseconds since 1970.
        until_ms: i64,
    },
}

/// Whom a hold covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldScope {
    /// Everybody on the phone, and what belongs to no patient.
    Workspace,
    /// The patient of that name, now or later: [`patient_named`].
    Patient(Digest),
}

/// How an order names a patient, so that no identifier stands in it:
/// `SHA-256("curtain patient v1" || length[4] system || length[4] value)`, both as the record has them.
/// Whoever can guess the identifier can check the guess.
pub fn patient_named(system: &str, value: &str) -> Digest {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let parts = [&b"curtain patient v1"[..], &length(system), system.as_bytes(), &length(value), value.as_bytes()];
    Hex(sha256_parts(&parts))
}

impl Action {
    /// The actions that this version knows.
    pub const NAMES: [&'static str; 8] =
        ["wipe_workspace", "unlock", "acknowledge", "hold", "release", "wipe_patient", "wipe_before", "leave"];

    /// Its name among them.
    pub const fn name(&self) -> &'static str {
        match self {
            Action::WipeWorkspace { .. } => Action::NAMES[0],
            Action::Unlock {} => Action::NAMES[1],
            Action::Acknowledge { .. } => Action::NAMES[2],
            Action::Hold { .. } => Action::NAMES[3],
            Action::Release { .. } => Action::NAMES[4],
            Action::WipePatient { .. } => Action::NAMES[5],
            Action::WipeBefore { .. } => Action::NAMES[6],
            Action::Leave { .. } => Action::NAMES[7],
        }
    }

    /// How many distinct keys of the order role must sign at least, whatever the role's threshold: no single person
    /// begins or ends a hold.
    pub const fn min_signers(&self) -> usize {
        match self {
            Action::Hold { .. } | Action::Release { .. } => 2,
            _ => 1,
        }
    }
}

/// An order to one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Specification version.
    pub spec: u32,
    /// Whose.
    pub institution: Id,
    /// For which phone.
    pub enrolment: Id,
    /// Only goes up.
    pub number: u64,
    /// What to do.
    pub action: Action,
    /// Why, for the person who holds the phone.
    pub reason: String,
    /// When.
    pub issued_ms: i64,
    /// From when on it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<i64>,
}

impl Payload for Order {
    const TYP: &'static str = typ::ORDER;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_text(&self.reason)?;
        validate_time(self.issued_ms)?;
        if let Action::WipeBefore { date_ms: at } | Action::Leave { until_ms: at } = self.action {
            validate_time(at)?;
        }
        match self.expires_ms {
            Some(at) if at <= self.issued_ms => Err(Error::invalid("order", "expires before it is issued")),
            Some(at) => validate_time(at),
            None => Ok(()),
        }
    }
}
