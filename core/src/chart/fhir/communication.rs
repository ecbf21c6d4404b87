//! Texts as Communications, and a standing no as a CommunicationRequest.
//!
//! R4 says `completed`, `not-done`, `preparation`, `unknown`; what it has no word for is not claimed: a phone never knows
//! that a text was delivered, so `received` stands only on what the patient sent.

use serde_json::{Value, json};

use super::super::{Drafted, HandedOff, HandedOffOutcome, Origin, Party, Received};
use super::consent::channel_extension;
use super::export::Export;
use super::{coding, concept, derived_id, instant, label, medium, reference, urn};
use crate::consent::{ConsentEntry, ConsentStanding, governing};
use crate::error::Result;
use crate::patient::Patient;

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/communication-category";

/// A message: `completed` only if the clinician said so, never "received"; a stopped text is not repeated here.
pub(super) fn handed_off(message: &HandedOff, party: &Party, origin: &Origin) -> Result<Value> {
    message.check()?;
    let at = instant(message.at_ms)?;
    let not_done = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason";
    let (status, reason) = match &message.outcome {
        HandedOffOutcome::Sent => ("completed", Value::Null),
        HandedOffOutcome::Unknown => ("unknown", Value::Null),
        HandedOffOutcome::NotSent => ("not-done", json!({"text": "Not sent, said the clinician"})),
        HandedOffOutcome::Stopped { patient_objection: true, why } => {
            ("not-done", json!({"coding": [coding(not_done, "patient-objection")], "text": why}))
        }
        HandedOffOutcome::Stopped { why, .. } => ("not-done", json!({"text": why})),
    };
    let stopped = matches!(message.outcome, HandedOffOutcome::Stopped { .. });
    let sent = matches!(message.outcome, HandedOffOutcome::Sent);
    let decision = &message.decision;
    let note = format!(
        "Channel decision {}, policy {} (sha256 {}), outcome {}, rules {}.",
        decision.trace_sha256,
        decision.policy,
        decision.policy_sha256,
        decision.verdict.name(),
        if decision.rules.is_empty() { "none".to_owned() } else { decision.rules.join(", ") }
    );
    Ok(json!({
        "resourceType": "Communication",
        "language": message.language,
        "status": status,
        "statusReason": reason,
        "category": [concept(CATEGORY, "notification")],
        "medium": [medium(message.channel)],
        "subject": reference(party),
        "topic": {"text": message.topic},
        "sent": sent.then(|| at.clone()),
        "sender": reference(&origin.clinician),
        "recipient": [reference(party)],
        "payload": if stopped { Value::Null } else { payload(&message.text) },
        "note": [{"authorReference": reference(&origin.clinician), "time": at, "text": note}],
    }))
}

/// What the patient sent, word for word.
pub(super) fn received(text: &Received, party: &Party, origin: &Origin) -> Result<Value> {
    text.check()?;
    Ok(json!({
        "resourceType": "Communication",
        "status": "completed",
        "medium": [medium(text.channel)],
        "subject": reference(party),
        "received": instant(text.at_ms)?,
        "sender": reference(party),
        "recipient": [reference(&origin.clinician)],
        "payload": payload(&text.text),
    }))
}

/// What was typed and not handed off.
pub(super) fn drafted(draft: &Drafted, party: &Party, origin: &Origin) -> Result<Value> {
    draft.check()?;
    let written = json!([{
        "authorReference": reference(&origin.clinician),
        "time": instant(draft.at_ms)?,
        "text": "A draft on the clinician's phone, not handed over.",
    }]);
    Ok(json!({
        "resourceType": "Communication",
        "status": "preparation",
        "medium": [medium(draft.channel)],
        "subject": reference(party),
        "sender": reference(&origin.clinician),
        "recipient": [reference(party)],
        "payload": payload(&draft.text),
        "note": written,
    }))
}

/// Nothing for a text that says nothing: FHIR has no empty strings.
fn payload(text: &str) -> Value {
    let blank = text.chars().filter(|c| super::legal(*c)).all(char::is_whitespace);
    if blank { Value::Null } else { json!([{"contentString": text}]) }
}

/// "Do not text": one active instruction for each number or address and channel whose deciding answer is a no.
pub(super) fn requests(patient: &Patient, party: &Party, export: &Export<'_>) -> Result<Vec<(String, Value)>> {
    let mut requests = Vec::new();
    for entry in export.consents {
        let (channel, address) = match entry {
            ConsentEntry::Given(consent) => (consent.terms().channel, &consent.terms().address),
            ConsentEntry::Withdrawn(withdrawal) => (withdrawal.channel, &withdrawal.address),
        };
        let (deciding, standing) = governing(export.consents, patient, channel, address, export.at_ms);
        let no = matches!(standing, ConsentStanding::Objected | ConsentStanding::Withdrawn { .. });
        if !no || deciding.is_none_or(|deciding| deciding.id() != entry.id()) {
            continue;
        }
        let text =
            format!("Do not use {} for this patient at this number or address; call, or ask again.", label(channel));
        let request = json!({
            "resourceType": "CommunicationRequest",
            "extension": [channel_extension(channel, address)],
            "status": "active",
            "doNotPerform": true,
            "medium": [medium(channel)],
            "subject": reference(party),
            "about": [{"reference": urn(entry.id())}],
            "authoredOn": instant(entry.at_ms())?,
            "requester": reference(&export.origin.clinician),
            "recipient": [reference(party)],
            "note": [{"text": text}],
        });
        requests.push((derived_id("curtain do not contact", entry.id()), request));
    }
    Ok(requests)
}
