//! Journal entries as AuditEvents, in the shapes of IHE BALP (AuthZ consent, privacy disclosure at the source) and ATNA.

use serde_json::{Value, json};

use super::super::{AuditAct, AuditRecord, DecisionRef, Origin, Party};
use super::export::Export;
use super::{ACT_REASON, DCM, LIFECYCLE, PARTICIPATION_TYPE, coding, concept, feed, instant, reference, urn};
use crate::error::{Error, Result};
use crate::patient::{check_hex, check_id, check_short};
use crate::policy::Channel;

pub(super) const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
pub(super) const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";

/// `outcome`: the act was done, or a permit.
pub(super) const SUCCESS: &str = "0";
/// `outcome`: a warning that does not stop (a wrong passcode, something left over).
pub(super) const MINOR: &str = "4";
/// `outcome`: denied.
pub(super) const SERIOUS: &str = "8";

pub(super) fn resource(record: &AuditRecord, subject: Option<&Party>, export: &Export<'_>) -> Result<Value> {
    check_id("audit.id", &record.id)?;
    let origin = export.origin;
    let about = |patient: &str| {
        subject.filter(|party| party.id == patient).ok_or(Error::invalid("audit.patient", "not the export's patient"))
    };
    let mut event = match &record.act {
        AuditAct::Decision { patient, consent, permitted, reason } => {
            check_short("audit.reason", reason)?;
            let consent = consent.as_deref().map(|id| linked_consent(id, export)).transpose()?;
            decision(about(patient)?, consent, *permitted, reason, origin)
        }
        AuditAct::Disclosure { patient, message, channel, address, decision, journal_entry, journal_root } => {
            decision.check()?;
            check_id("audit.message", message)?;
            check_hex("audit.journal_root", journal_root, 64)?;
            let what = message_reference(message, export);
            let mut event = disclosure(about(patient)?, *channel, address.as_deref(), origin);
            event["entity"] = json!([patient_entity(about(patient)?), {
                "what": what,
                "type": coding(ENTITY_TYPE, "2"),
                "role": coding(OBJECT_ROLE, "4"),
                "detail": details(decision, *journal_entry, journal_root),
            }]);
            event
        }
        AuditAct::Noted { patient, entry, position, leaf } => {
            check_hex("audit.leaf", leaf, 64)?;
            let shape = feed::shape(entry);
            let (name, detail) = feed::described(entry, *position, leaf);
            let journal = json!({"display": "Journal entry"});
            json!({
                "type": shape.kind,
                "subtype": shape.subtype.map(|subtype| json!([subtype])),
                "action": shape.action,
                "outcome": shape.outcome,
                "outcomeDesc": name.replace('_', " "),
                "agent": [
                    {"type": concept(PARTICIPATION_TYPE, "IRCP"), "who": reference(&origin.clinician), "requestor": true},
                    application(origin),
                ],
                "entity": [
                    patient_entity(about(patient)?),
                    {"what": journal, "type": coding(ENTITY_TYPE, "2"), "role": coding(OBJECT_ROLE, "13"), "detail": detail},
                ],
            })
        }
        AuditAct::UnlockFailed { tries } => json!({
            "type": {"system": DCM, "code": "110114", "display": "User Authentication"},
            "subtype": [{"system": DCM, "code": "110122", "display": "Login"}],
            "action": "E",
            "outcome": MINOR,
            "outcomeDesc": format!("wrong passcode, try {tries}"),
            "agent": [{"who": reference(&origin.device), "requestor": true}],
        }),
        AuditAct::Wiped { vault, records, photos, receipt_sha256, residue_clean } => {
            check_id("audit.vault", vault)?;
            check_hex("audit.receipt_sha256", receipt_sha256, 64)?;
            let scan = if *residue_clean { "residue scan clean" } else { "residue scan found something left" };
            json!({
                "type": {"system": LIFECYCLE, "code": "destroy", "display": "Destroy/Delete Record Lifecycle Event"},
                "action": "D",
                "outcome": if *residue_clean { SUCCESS } else { MINOR },
                "outcomeDesc": format!("Wipe: keys destroyed, {records} records and {photos} photos unreadable, {scan}"),
                "agent": [{"who": reference(&origin.clinician), "requestor": true}, application(origin)],
                "entity": [{
                    "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": urn(vault)}, "display": "Vault"},
                    "type": coding(ENTITY_TYPE, "2"),
                    "detail": [
                        {"type": "wipe-receipt-sha256", "valueString": receipt_sha256},
                        {"type": "method", "valueString": "cryptographic erase and file removal"},
                    ],
                }],
            })
        }
    };
    event["resourceType"] = json!("AuditEvent");
    event["recorded"] = json!(instant(record.at_ms)?);
    event["source"] = json!({
        "observer": reference(&origin.device),
        "type": [{"system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "1", "display": "User Device"}],
    });
    Ok(event)
}

/// BALP AuthZ consent: four agents, and no entities but patient and consent (the list is closed there).
fn decision(party: &Party, consent: Option<Value>, permitted: bool, reason: &str, origin: &Origin) -> Value {
    let agent = |system: &str, code: &str, who: &Party, requestor: bool| json!({"type": concept(system, code), "who": reference(who), "requestor": requestor});
    let mut user = agent(PARTICIPATION_TYPE, "IRCP", &origin.clinician, true);
    user["purposeOfUse"] = json!([concept(ACT_REASON, "TREAT")]);
    let organisation = agent("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV", &origin.clinic, false);
    let authority =
        agent("http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver", &origin.device, false);
    let mut entity = vec![patient_entity(party)];
    entity.extend(
        consent.map(|what| json!({"what": what, "type": coding("http://hl7.org/fhir/resource-types", "Consent")})),
    );
    json!({
        "type": {"system": DCM, "code": "110113", "display": "Security Alert"},
        "subtype": [coding("https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType", "AuthZ-Consent")],
        "action": "E",
        "outcome": if permitted { SUCCESS } else { SERIOUS },
        "outcomeDesc": reason,
        "agent": [application(origin), user, organisation, authority],
        "entity": entity,
    })
}

/// BALP privacy disclosure at the source: `network.type` 3 is a telephone number, 4 an email address.
fn disclosure(party: &Party, channel: Channel, address: Option<&str>, origin: &Origin) -> Value {
    let kind = match channel {
        Channel::Email | Channel::PersonalEmail => "4",
        Channel::Portal | Channel::Telehealth | Channel::SecureMessaging => "5",
        Channel::Sms | Channel::Whatsapp | Channel::Imessage | Channel::Phone => "3",
    };
    // The profile wants a network on both ends: what has no number or address of its own is the institution's.
    let address = address.filter(|address| !address.trim().is_empty());
    let (address, kind) = address.map_or((origin.base_uri.as_str(), "5"), |address| (address, kind));
    json!({
        "type": {"system": DCM, "code": "110106", "display": "Export"},
        "subtype": [coding(LIFECYCLE, "disclose")],
        "action": "R",
        "outcome": SUCCESS,
        "purposeOfEvent": [concept(ACT_REASON, "TREAT")],
        "agent": [
            {
                "type": {"coding": [{"system": DCM, "code": "110153", "display": "Source Role ID"}]},
                "who": reference(&origin.device),
                "requestor": false,
                "network": {"address": origin.device_name, "type": "1"},
            },
            {
                "type": {"coding": [{"system": DCM, "code": "110152", "display": "Destination Role ID"}]},
                "who": reference(party),
                "requestor": false,
                "network": {"address": address, "type": kind},
            },
            {
                "type": concept(PARTICIPATION_TYPE, "AUT"),
                "who": reference(&origin.clinician),
                "requestor": true,
            },
        ],
    })
}

fn application(origin: &Origin) -> Value {
    json!({
        "type": {"coding": [{"system": DCM, "code": "110150", "display": "Application"}]},
        "who": reference(&origin.device),
        "requestor": false,
        "network": {"address": origin.device_name, "type": "1"},
    })
}

fn patient_entity(party: &Party) -> Value {
    json!({"what": reference(party), "type": coding(ENTITY_TYPE, "1"), "role": coding(OBJECT_ROLE, "1")})
}

fn details(decision: &DecisionRef, journal_entry: u64, journal_root: &str) -> Value {
    json!([
        {"type": "decision-trace-sha256", "valueString": decision.trace_sha256},
        {"type": "policy-sha256", "valueString": decision.policy_sha256},
        {"type": "journal-entry", "valueString": journal_entry.to_string()},
        {"type": "journal-root", "valueString": journal_root},
    ])
}

/// A consent of the Bundle by reference, an older one by its identifier.
fn linked_consent(id: &str, export: &Export<'_>) -> Result<Value> {
    check_id("audit.consent", id)?;
    Ok(link(id, export.consents.iter().any(|entry| entry.id() == id)))
}

fn message_reference(id: &str, export: &Export<'_>) -> Value {
    link(id, export.messages.iter().any(|message| message.id == id))
}

fn link(id: &str, bundled: bool) -> Value {
    if bundled {
        json!({"reference": urn(id)})
    } else {
        json!({"identifier": {"system": "urn:ietf:rfc:3986", "value": urn(id)}})
    }
}
