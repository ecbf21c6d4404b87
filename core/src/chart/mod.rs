//! What goes into the record: a plain paragraph that anybody can paste ([`text`]), and FHIR R4 for systems ([`fhir`]).
//!
//! The inputs are plain structs, filled by the rooms that own messages and the journal. Everything here is pure.

pub mod fhir;
pub mod text;

use crate::error::{Error, Result};
use crate::journal::Entry;
use crate::note::MAX_TEXT_BYTES;
use crate::patient::{check_count, check_hex, check_id, check_short, check_size, check_time, opaque_debug};
use crate::policy::{Channel, Verdict};

/// Somebody or something that a record names: a person, a clinic, a phone.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// 32 lower-case hexadecimal digits; becomes a `urn:uuid`.
    pub id: String,
    /// The name shown.
    pub display: String,
}

/// Where an export comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    /// The clinician who uses this phone.
    pub clinician: Party,
    /// The institution.
    pub clinic: Party,
    /// The phone, with the version of the core.
    pub device: Party,
    /// The phone's name on a network, for example `clinic-phone-7`.
    pub device_name: String,
    /// Start of the institution's own URIs, without a slash at its end: `https://clinic.example`.
    pub base_uri: String,
    /// URI of the policy in force.
    pub policy_uri: String,
    /// Demonstration data: every resource is then labelled `HTEST`.
    pub demo: bool,
}

/// The decision behind a message: hashes and rules, no text.
#[derive(Clone, PartialEq, Eq)]
pub struct DecisionRef {
    /// SHA-256 of the trace, 64 hexadecimal digits.
    pub trace_sha256: String,
    /// The policy's id and version, for example `us-hipaa 1`.
    pub policy: String,
    /// SHA-256 of the policy, 64 hexadecimal digits.
    pub policy_sha256: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Ids of the rules that decided.
    pub rules: Vec<String>,
}

/// What became of a message. There is no "delivered": the phone cannot know.
#[derive(Clone, PartialEq, Eq)]
pub enum HandedOffOutcome {
    /// The clinician said that it was sent.
    Sent,
    /// The clinician said that it was not sent.
    NotSent,
    /// Not answered yet, or not known.
    Unknown,
    /// The decision stopped it; the text is not exported.
    Stopped {
        /// Whether the patient's own no stopped it.
        patient_objection: bool,
        /// Why, in a sentence without the text.
        why: String,
    },
}

/// A message as the record needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct HandedOff {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// The channel.
    pub channel: Channel,
    /// The exact text.
    pub text: String,
    /// Its language, BCP 47.
    pub language: String,
    /// What it was about, in a few words ("Request to call clinic").
    pub topic: String,
    /// When it was handed off or stopped (ms).
    pub at_ms: i64,
    /// What became of it.
    pub outcome: HandedOffOutcome,
    /// The decision behind it.
    pub decision: DecisionRef,
}

/// A text that the patient sent, word for word.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// The channel that it came over.
    pub channel: Channel,
    /// The exact text.
    pub text: String,
    /// When it was recorded (ms).
    pub at_ms: i64,
}

/// A text that was not handed off: in the export it is a `preparation`, and nobody has read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Drafted {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// The channel that was chosen.
    pub channel: Channel,
    /// What stands there.
    pub text: String,
    /// The last keystroke (ms).
    pub at_ms: i64,
}

/// Texts of no patient that are handed over, word for word.
pub struct Loose<'a> {
    /// Where they come from.
    pub origin: &'a Origin,
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// The texts.
    pub text: String,
    /// When (ms).
    pub at_ms: i64,
}

/// One journal entry that the record keeps as an AuditEvent.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// When (ms).
    pub at_ms: i64,
    /// What happened.
    pub act: AuditAct,
}

/// What happened.
#[derive(Clone, PartialEq, Eq)]
pub enum AuditAct {
    /// A channel was permitted or denied for a patient.
    Decision {
        /// Id of the patient.
        patient: String,
        /// Id of the consent that decided, if one did.
        consent: Option<String>,
        /// Permitted or denied.
        permitted: bool,
        /// The rule and its reason, without the text.
        reason: String,
    },
    /// A message left the phone.
    Disclosure {
        /// Id of the patient.
        patient: String,
        /// Id of the message.
        message: String,
        /// The channel.
        channel: Channel,
        /// The number or address, if the channel has one.
        address: Option<String>,
        /// The decision behind it.
        decision: DecisionRef,
        /// Its place in the journal.
        journal_entry: u64,
        /// The journal's root after it, 64 hexadecimal digits.
        journal_root: String,
    },
    /// Another entry of the journal about a patient: a record written, filed, exported, deleted.
    Noted {
        /// Id of the patient.
        patient: String,
        /// The entry.
        entry: Entry,
        /// Its place in the journal.
        position: u64,
        /// Its leaf in the journal's tree, 64 hexadecimal digits.
        leaf: String,
    },
    /// A wrong passcode.
    UnlockFailed {
        /// Which try since the last right one, from 1.
        tries: u32,
    },
    /// The workspace was erased.
    Wiped {
        /// Id of the vault.
        vault: String,
        /// Records made unreadable.
        records: u64,
        /// Photos made unreadable.
        photos: u64,
        /// SHA-256 of the receipt, 64 hexadecimal digits.
        receipt_sha256: String,
        /// Whether the scan found nothing left.
        residue_clean: bool,
    },
}

opaque_debug!(Party, Origin, DecisionRef, HandedOffOutcome, HandedOff, Received, Drafted, AuditRecord, AuditAct);

impl Origin {
    /// Refuses empty names and what is no `https` or `urn` URI.
    ///
    /// # Errors
    /// `Invalid` with the field.
    pub fn check(&self) -> Result<()> {
        for party in [&self.clinician, &self.clinic, &self.device] {
            check_id("origin.id", &party.id)?;
            check_short("origin.display", &party.display)?;
        }
        check_short("origin.device_name", &self.device_name)?;
        for uri in [&self.base_uri, &self.policy_uri] {
            check_short("origin.uri", uri)?;
            let shaped = uri.starts_with("https://") || uri.starts_with("urn:");
            if !shaped || uri.contains(char::is_whitespace) || uri.ends_with('/') {
                return Err(Error::invalid("origin.uri", "no URI"));
            }
        }
        Ok(())
    }
}

impl DecisionRef {
    fn check(&self) -> Result<()> {
        check_hex("decision.trace_sha256", &self.trace_sha256, 64)?;
        check_hex("decision.policy_sha256", &self.policy_sha256, 64)?;
        check_short("decision.policy", &self.policy)?;
        check_count("decision.rules", self.rules.len(), 256)?;
        self.rules.iter().try_for_each(|rule| check_short("decision.rules", rule))
    }
}

impl HandedOff {
    fn check(&self) -> Result<()> {
        check_id("message.id", &self.id)?;
        check_id("message.patient", &self.patient)?;
        check_size("message.text", &self.text, MAX_TEXT_BYTES)?;
        crate::patient::check_language("message.language", &self.language)?;
        check_time("message.at_ms", self.at_ms)?;
        self.decision.check()
    }
}

impl Received {
    fn check(&self) -> Result<()> {
        check_text(&self.id, &self.patient, &self.text, self.at_ms)
    }
}

impl Drafted {
    fn check(&self) -> Result<()> {
        check_text(&self.id, &self.patient, &self.text, self.at_ms)
    }
}

fn check_text(id: &str, patient: &str, text: &str, at_ms: i64) -> Result<()> {
    check_id("message.id", id)?;
    check_id("message.patient", patient)?;
    check_size("message.text", text, MAX_TEXT_BYTES)?;
    check_time("message.at_ms", at_ms)
}
