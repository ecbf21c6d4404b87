//! What signed documents say: payloads with their bounds. Who may sign what and which one counts: [`super::trust`].
//!
//! Every payload names its `spec` (1) and is strict JSON of at most 48 KiB: no member more, none less, integers only.
//! A document's identity is the SHA-256 of its payload bytes. Times are milliseconds since 1970-01-01 UTC.

use crate::crypto::json::{Digest, Hex, Id, decode_strict, encode};
use crate::crypto::jws::{self, PublicKey, Signer};
use crate::crypto::sha256;
use crate::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of this specification that is written, and the newest that is read.
pub const SPEC: u32 = 1;
/// Longest text member (names, reasons), in bytes.
pub const MAX_TEXT_BYTES: usize = 200;
/// Most keys of a role.
pub const MAX_KEYS: usize = 8;
/// Longest lease and longest grace: ten years.
pub const MAX_SPAN_MS: i64 = 10 * 366 * 24 * 3_600_000;

pub use super::evidence::{Cause, Checkpoint, METHOD, Manifest, Receipt, Residue};
pub use super::order::{Action, HoldScope, Holds, Order, patient_named};
pub use super::roles::{Institution, Minimum, Recipients, Role, Roles};

/// The `typ` of each document's protected header.
pub mod typ {
    /// A phone asks to be enrolled.
    pub const REQUEST: &str = "curtain-request";
    /// An institution takes a phone in.
    pub const ENROLMENT: &str = "curtain-enrolment";
    /// New root set, roles and recipients.
    pub const ROOT: &str = "curtain-root";
    /// The rules in force.
    pub const POLICY: &str = "curtain-policy";
    /// How long a phone may go on alone.
    pub const LEASE: &str = "curtain-lease";
    /// An order to one phone.
    pub const ORDER: &str = "curtain-order";
    /// A phone's word that a workspace was erased.
    pub const RECEIPT: &str = "curtain-receipt";
    /// What a phone's journal commits to.
    pub const CHECKPOINT: &str = "curtain-checkpoint";
    /// What a sealed export holds.
    pub const MANIFEST: &str = "curtain-manifest";
}

/// What all payloads have in common.
pub trait Payload: Serialize + DeserializeOwned {
    /// The `typ` of its protected header; separates the documents of one key from each other.
    const TYP: &'static str;

    /// Whether the members make sense together; a constant says what does not.
    fn validate(&self) -> Result<()>;

    /// Its bytes, for signing.
    fn to_payload(&self) -> Result<Vec<u8>> {
        self.validate()?;
        encode(self)
    }

    /// Reads payload bytes that were verified (or bring their own keys).
    fn from_payload(bytes: &[u8]) -> Result<Self> {
        let value: Self = decode_strict(bytes)?;
        value.validate()?;
        Ok(value)
    }

    /// Signs it: the whole document's bytes.
    fn sign(&self, signers: &[&dyn Signer]) -> Result<Vec<u8>> {
        jws::sign(&self.to_payload()?, Self::TYP, signers)
    }
}

/// The identity of a document: SHA-256 of its payload.
pub fn identity(payload: &[u8]) -> Digest {
    Hex(sha256(payload))
}

/// A phone asks to be enrolled; signed by the key that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Specification version.
    pub spec: u32,
    /// Random, drawn for this enrolment.
    pub enrolment: Id,
    /// The phone's signing key; receipts and checkpoints will come from it.
    pub phone: PublicKey,
    /// [`crate::platform::KeystoreStrength::name`].
    pub keystore: String,
    /// The app's version.
    pub app_version: String,
    /// When, by the phone's clock.
    pub created_ms: i64,
}

/// An institution takes a phone in; signed by its root. It brings its own keys, so a person compares six words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Specification version.
    pub spec: u32,
    /// Identity of the request that it answers.
    pub request: Digest,
    /// The request's enrolment.
    pub enrolment: Id,
    /// Who takes the phone in.
    pub institution: Institution,
    /// Random, drawn for this workspace.
    pub workspace: Id,
    /// Groups that this phone's policies may be for.
    pub groups: Vec<String>,
    /// Version of the root set.
    pub version: u64,
    /// Who may sign what.
    pub roles: Roles,
    /// Who can open what leaves the phone.
    pub recipients: Recipients,
    /// Lowest versions to accept.
    pub minimum: Minimum,
    /// The clinician's name as messages show it.
    pub clinician: String,
    /// When.
    pub issued_ms: i64,
}

/// New root set, roles and recipients; signed by the old root and by the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Specification version.
    pub spec: u32,
    /// Whose.
    pub institution: Id,
    /// Exactly one more than the version in force.
    pub version: u64,
    /// Who may sign what from now on.
    pub roles: Roles,
    /// Who can open what leaves the phone from now on.
    pub recipients: Recipients,
    /// For each role whose keys changed, the lowest version to accept from the new ones (the way out of a
    /// fast-forward by a stolen key).
    pub minimum: Minimum,
    /// When.
    pub issued_ms: i64,
}

/// Whom a policy is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// Every phone of the institution.
    Institution,
    /// Phones enrolled in this group.
    Group(String),
    /// One phone.
    Enrolment(Id),
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Specification version.
    pub spec: u32,
    /// Whose.
    pub institution: Id,
    /// For whom.
    pub scope: Scope,
    /// Only goes up.
    pub version: u64,
    /// The pack's own JSON text, byte for byte: a string and not an object, so that its hash is of what was signed.
    pub pack: String,
    /// When.
    pub issued_ms: i64,
}

impl Policy {
    /// `SHA-256(pack)`, the policy hash of traces.
    pub fn pack_hash(&self) -> Digest {
        Hex(sha256(self.pack.as_bytes()))
    }
}

/// How long one phone may go on without a word from its institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Specification version.
    pub spec: u32,
    /// Whose.
    pub institution: Id,
    /// For which phone.
    pub enrolment: Id,
    /// Only goes up.
    pub version: u64,
    /// The wall clock's end.
    pub not_after_ms: i64,
    /// How long after either end the workspace is only locked and not erased.
    pub grace_ms: i64,
    /// The running time's end: what the phone may accumulate from acceptance, whatever its wall clock says.
    pub max_running_ms: i64,
    /// When.
    pub issued_ms: i64,
}

pub(super) fn validate_spec(spec: u32) -> Result<()> {
    match spec {
        SPEC => Ok(()),
        0 => Err(Error::invalid("spec", "no such version")),
        _ => Err(Error::TooNew { what: "document" }),
    }
}

/// Names and reasons are shown to people: no control character, nothing that turns the writing direction.
pub(super) fn validate_text(text: &str) -> Result<()> {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES || text.chars().any(odd) {
        return Err(Error::invalid("text", "empty, too long or with control characters"));
    }
    Ok(())
}

pub(super) fn validate_time(ms: i64) -> Result<()> {
    // The year 9999: beyond it, sums of times could overflow.
    if (0..=253_402_300_799_999).contains(&ms) { Ok(()) } else { Err(Error::invalid("time", "out of range")) }
}

pub(super) fn validate_keystore(name: &str) -> Result<()> {
    let known = ["hmac_hw", "ecdh_hw", "constant_share", "software"];
    if known.contains(&name) { Ok(()) } else { Err(Error::invalid("keystore", "unknown strength")) }
}

impl Payload for Request {
    const TYP: &'static str = typ::REQUEST;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_keystore(&self.keystore)?;
        validate_text(&self.app_version)?;
        validate_time(self.created_ms)?;
        if self.phone.algorithm() == jws::Algorithm::Es256 { Ok(()) } else { Err(Error::invalid("phone", "not P-256")) }
    }
}

impl Payload for Enrolment {
    const TYP: &'static str = typ::ENROLMENT;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_text(&self.institution.name)?;
        validate_text(&self.clinician)?;
        if self.groups.len() > MAX_KEYS {
            return Err(Error::invalid("groups", "number"));
        }
        self.groups.iter().try_for_each(|group| validate_text(group))?;
        self.roles.validate()?;
        self.recipients.validate()?;
        validate_time(self.issued_ms)
    }
}

impl Payload for Root {
    const TYP: &'static str = typ::ROOT;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        self.roles.validate()?;
        self.recipients.validate()?;
        validate_time(self.issued_ms)
    }
}

impl Payload for Policy {
    const TYP: &'static str = typ::POLICY;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        if let Scope::Group(group) = &self.scope {
            validate_text(group)?;
        }
        if self.pack.is_empty() {
            return Err(Error::invalid("pack", "empty"));
        }
        validate_time(self.issued_ms)
    }
}

impl Payload for Lease {
    const TYP: &'static str = typ::LEASE;

    fn validate(&self) -> Result<()> {
        validate_spec(self.spec)?;
        validate_time(self.issued_ms)?;
        validate_time(self.not_after_ms)?;
        let spans = [self.not_after_ms - self.issued_ms, self.max_running_ms];
        if spans.iter().any(|span| !(1..=MAX_SPAN_MS).contains(span)) || !(0..=MAX_SPAN_MS).contains(&self.grace_ms) {
            return Err(Error::invalid("lease", "spans out of range"));
        }
        Ok(())
    }
}
