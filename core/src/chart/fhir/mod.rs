//! FHIR R4 (4.0.1): export of one patient's consents, messages, chart texts, photos and audit as a Bundle, the journal as
//! batches of AuditEvents for an audit repository, import of Patients and their Consents.
//!
//! Rules that bite: an `instant` has seconds and a zone; nothing is empty or null anywhere (every resource is pruned);
//! `Attachment.hash` is SHA-1 in R4, so it is left out and the SHA-256 of a wording travels as an extension;
//! R4 has no code for a text message, so the medium is `ELECTRONIC` with a text.

mod audit;
mod communication;
mod consent;
mod export;
mod feed;
mod import;
mod media;
mod transaction;

pub use export::{Export, WarningText, bundle, joined, loose};
pub use feed::{FeedOrigin, MAX_BATCH, audit_batches};
pub use import::{
    BroughtConsent, ConsentLeftOut, Import, ImportReport, LeftOutReason, MAX_BUNDLE_BYTES, MAX_CONSENTS, MAX_DEPTH,
    MAX_PATIENTS, Settled, import, settle,
};
pub use media::{PhotoContent, PhotoExport};
pub use transaction::transaction;

use serde_json::{Value, json};

use super::Party;
use crate::error::{Error, Result};
use crate::policy::Channel;

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const LOINC: &str = "http://loinc.org";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const PARTICIPATION_MODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode";
const PARTICIPATION_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";

/// Our extensions: fixed, so that the import knows what the export wrote, wherever it was made.
const CHANNEL_EXTENSION: &str = "urn:curtain:fhir:communication-channel";
const TERMS_EXTENSION: &str = "urn:curtain:fhir:consent-terms";
const WORDING_EXTENSION: &str = "urn:curtain:fhir:wording-sha256";

fn coding(system: &str, code: &str) -> Value {
    json!({"system": system, "code": code})
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [coding(system, code)]})
}

/// 32 hexadecimal digits as a UUID in its canonical form.
fn uuid(id: &str) -> String {
    let part = |range: std::ops::Range<usize>| id.get(range).unwrap_or("");
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

fn urn(id: &str) -> String {
    format!("urn:uuid:{}", uuid(id))
}

fn reference(party: &Party) -> Value {
    json!({"reference": urn(&party.id), "display": party.display})
}

/// A URI of the institution's own; `urn:` has no slashes.
fn own(base_uri: &str, name: &str) -> String {
    let separator = if base_uri.starts_with("urn:") { ':' } else { '/' };
    format!("{base_uri}{separator}{name}")
}

/// An id that is a function of another record's, so that the same export gives the same bytes.
fn derived_id(label: &str, id: &str) -> String {
    crate::crypto::hex(&crate::crypto::sha256_parts(&[label.as_bytes(), b" ", id.as_bytes()])[..16])
}

/// An `instant` in UTC, to the millisecond.
fn instant(ms: i64) -> Result<String> {
    let wrong = || Error::invalid("time", "not a time");
    let time = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).map_err(|_| wrong())?;
    if ms < 0 {
        return Err(wrong());
    }
    Ok(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        ms.rem_euclid(1000)
    ))
}

/// `Communication.medium`.
fn medium(channel: Channel) -> Value {
    let code = match channel {
        Channel::Portal => "ONLINEWRIT",
        Channel::Telehealth => "VIDEOCONF",
        Channel::Email | Channel::PersonalEmail => "EMAILWRIT",
        Channel::Phone => "PHONE",
        Channel::SecureMessaging | Channel::Sms | Channel::Whatsapp | Channel::Imessage => "ELECTRONIC",
    };
    json!({"coding": [coding(PARTICIPATION_MODE, code)], "text": label(channel)})
}

/// What a person calls the channel.
fn label(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "Patient portal",
        Channel::SecureMessaging => "Secure messaging",
        Channel::Telehealth => "Telehealth",
        Channel::Email => "Email",
        Channel::Whatsapp => "WhatsApp",
        Channel::Imessage => "iMessage",
        Channel::Sms => "SMS",
        Channel::PersonalEmail => "Personal email",
        Channel::Phone => "Phone call",
    }
}

/// Takes out every null, empty string, empty list and empty object, from the inside out.
fn prune(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(prune).filter(|item| !empty(item)).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, prune(member)))
                .filter(|(_, member)| !empty(member))
                .collect(),
        ),
        Value::String(text) => Value::String(text.chars().filter(|c| legal(*c)).collect()),
        other => other,
    }
}

/// FHIR strings hold no control characters but tab, line feed and carriage return.
fn legal(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r')
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
