//! The journal as AuditEvents: batches for an audit repository (IHE ITI-20, "Send Audit Bundle", FHIR feed).
//!
//! A journal knows patients by pseudonyms and says no text, so these events do not either: what is referred to is an
//! identifier, never a resource. Codes are those of DICOM PS3.15 A.5.3 (ATNA) and of the record lifecycle. The REST
//! profiles of IHE BALP are not claimed: nothing here was a REST operation. Each event carries its place and leaf hash,
//! so that a repository can drop what it has and anybody can find the entry in the signed journal.

use serde_json::{Value, json};

use super::audit::{ENTITY_TYPE, MINOR, OBJECT_ROLE, SERIOUS, SUCCESS};
use super::{
    CONFIDENTIALITY, DCM, LIFECYCLE, PARTICIPATION_TYPE, coding, concept, derived_id, instant, own, prune, urn,
};
use crate::crypto::hex;
use crate::error::{Error, Result};
use crate::journal::{Code, Entry, Sealed, leaf_hash};
use crate::patient::{check_count, check_hex, check_id, check_short};

/// AuditEvents in one batch, at most.
pub const MAX_BATCH: usize = 1_000;
/// Entries of one journal, at most.
const MAX_ENTRIES: usize = 1_000_000;

/// Whose journal it is.
#[derive(Clone, Copy)]
pub struct FeedOrigin<'a> {
    /// The enrolment: 32 lower-case hexadecimal digits.
    pub enrolment: &'a str,
    /// Who carries the phone.
    pub clinician: &'a str,
    /// Start of the institution's own URIs, as in [`super::super::Origin`].
    pub base_uri: &'a str,
    /// Number of the first entry given, from 0: where the batch before ended.
    pub first: u64,
}

/// What kind of event a code is.
pub(super) struct Shape {
    pub(super) kind: Value,
    pub(super) subtype: Option<Value>,
    pub(super) action: &'static str,
    pub(super) outcome: Option<&'static str>,
}

/// The entries as Bundles of type `batch`, [`MAX_BATCH`] in each, in the journal's order. Gives none for none.
///
/// The caller has verified the journal (`curtain verify journal`): this reads it and does not check MACs.
///
/// # Errors
/// `Invalid` for an origin that does not hold, `Damaged` for a line that is no entry, `TooLarge` over a million entries.
pub fn audit_batches(origin: &FeedOrigin<'_>, entries: &[Sealed]) -> Result<Vec<Value>> {
    check_id("feed.enrolment", origin.enrolment)?;
    check_short("feed.clinician", origin.clinician)?;
    check_short("feed.base_uri", origin.base_uri)?;
    check_count("feed", entries.len(), MAX_ENTRIES)?;
    let mut batches = Vec::new();
    let mut position = origin.first;
    for chunk in entries.chunks(MAX_BATCH) {
        let mut items = Vec::with_capacity(chunk.len());
        for sealed in chunk {
            let event = event(origin, sealed, position)?;
            let id = derived_id("curtain audit", &format!("{} {position}", origin.enrolment));
            items.push(json!({
                "fullUrl": urn(&id),
                "resource": event,
                "request": {"method": "POST", "url": "AuditEvent"},
            }));
            position = position.checked_add(1).ok_or(Error::invalid("feed.first", "too large"))?;
        }
        batches.push(prune(json!({"resourceType": "Bundle", "type": "batch", "entry": items})));
    }
    Ok(batches)
}

fn event(origin: &FeedOrigin<'_>, sealed: &Sealed, position: u64) -> Result<Value> {
    let entry = sealed.read()?;
    if let Some(patient) = &entry.patient {
        check_hex("feed.patient", patient, 32)?;
    }
    let shape = shape(&entry);
    let device = identified(origin, "enrolment", origin.enrolment, "The clinician's phone", "Device");
    let subject = entry.patient.as_deref().map(|pseudonym| {
        json!({
            "what": identified(origin, "journal-pseudonym", pseudonym, "Patient (pseudonym of the journal)", "Patient"),
            "type": coding(ENTITY_TYPE, "1"),
            "role": coding(OBJECT_ROLE, "1"),
        })
    });
    let (name, detail) = described(&entry, position, &hex(&leaf_hash(sealed.entry.as_bytes())));
    let journal = json!({
        "what": identified(origin, "journal", &format!("{}/{position}", origin.enrolment), "Journal entry", ""),
        "type": coding(ENTITY_TYPE, "2"),
        "role": coding(OBJECT_ROLE, "13"),
        "detail": detail,
    });
    Ok(json!({
        "resourceType": "AuditEvent",
        "meta": {"security": [coding(CONFIDENTIALITY, "R")]},
        "type": shape.kind,
        "subtype": shape.subtype.map(|subtype| json!([subtype])),
        "action": shape.action,
        "recorded": instant(entry.wall_ms)?,
        "outcome": shape.outcome,
        "outcomeDesc": name.replace('_', " "),
        "agent": [
            {
                "type": concept(PARTICIPATION_TYPE, "IRCP"),
                "who": {"display": origin.clinician},
                "requestor": true,
            },
            {
                "type": {"coding": [{"system": DCM, "code": "110150", "display": "Application"}]},
                "who": device.clone(),
                "requestor": false,
            },
        ],
        "source": {
            "observer": device,
            "type": [{"system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "1", "display": "User Device"}],
        },
        "entity": subject.into_iter().chain([journal]).collect::<Vec<_>>(),
    }))
}

/// A logical reference: the resource is somewhere else, or nowhere.
fn identified(origin: &FeedOrigin<'_>, system: &str, value: &str, display: &str, kind: &str) -> Value {
    json!({
        "type": kind,
        "identifier": {"system": own(origin.base_uri, system), "value": value},
        "display": display,
    })
}

/// A code's name, and what an AuditEvent says of the entry's place and numbers.
pub(super) fn described(entry: &Entry, position: u64, leaf: &str) -> (String, Value) {
    let name = serde_json::to_value(entry.code).ok();
    let name = name.as_ref().and_then(Value::as_str).unwrap_or("event").to_owned();
    let counts: Vec<String> = entry.counts.iter().map(|(name, number)| format!("{name} {number}")).collect();
    let detail = json!([
        {"type": "journal-entry", "valueString": position.to_string()},
        {"type": "journal-leaf-sha256", "valueString": leaf},
        {"type": "journal-epoch", "valueString": entry.epoch.to_string()},
        {"type": "event", "valueString": name},
        {"type": "counts", "valueString": if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }},
    ]);
    (name, detail)
}

pub(super) fn shape(entry: &Entry) -> Shape {
    let dcm = |code: &str, display: &str| json!({"system": DCM, "code": code, "display": display});
    let login = || Some(dcm("110122", "Login"));
    let lifecycle = |code: &str| Some(coding(LIFECYCLE, code));
    let of = |kind, subtype, action, outcome| Shape { kind, subtype, action, outcome: Some(outcome) };
    let authentication = || dcm("110114", "User Authentication");
    let security = || dcm("110113", "Security Alert");
    let record = || dcm("110110", "Patient Record");
    let destroy =
        || json!({"system": LIFECYCLE, "code": "destroy", "display": "Destroy/Delete Record Lifecycle Event"});
    let attributes = || Some(dcm("110137", "User Security Attributes Changed"));
    let configuration = || Some(dcm("110129", "Security Configuration"));
    match entry.code {
        // Counted before it is checked: whether it was right, the next entry says.
        Code::GuessCounted => Shape { kind: authentication(), subtype: login(), action: "E", outcome: None },
        Code::Unlocked | Code::FreshAuth | Code::Recovered => of(authentication(), login(), "E", SUCCESS),
        Code::BiometryFailed => of(authentication(), login(), "E", MINOR),
        Code::Locked => of(authentication(), Some(dcm("110123", "Logout")), "E", SUCCESS),
        Code::Enrolled => of(security(), attributes(), "C", SUCCESS),
        Code::PasscodeChanged
        | Code::BiometryEnabled
        | Code::BiometryRemoved
        | Code::RecoveryEnabled
        | Code::RecoveryRemoved => of(security(), attributes(), "U", SUCCESS),
        Code::HoldBegan | Code::HoldEnded | Code::DocumentAccepted => of(security(), configuration(), "U", SUCCESS),
        Code::DocumentRefused => of(security(), configuration(), "U", MINOR),
        Code::RosterChanged => of(security(), Some(dcm("110136", "Security Roles Changed")), "U", SUCCESS),
        Code::DamageFound => of(security(), None, "E", SERIOUS),
        Code::PatientsImported => of(dcm("110107", "Import"), lifecycle("receive"), "C", SUCCESS),
        Code::HandedOff => of(dcm("110106", "Export"), lifecycle("disclose"), "R", SUCCESS),
        Code::PhotoExported => of(dcm("110106", "Export"), lifecycle("transmit"), "R", SUCCESS),
        Code::HandedOver => of(dcm("110106", "Export"), lifecycle("transmit"), "R", SUCCESS),
        Code::Exported if entry.patient.is_some() => of(dcm("110106", "Export"), lifecycle("transmit"), "R", SUCCESS),
        Code::Exported => of(dcm("110101", "Audit Log Used"), None, "R", SUCCESS),
        Code::ConsentRecorded => of(record(), lifecycle("originate"), "C", SUCCESS),
        Code::InboundRecorded => of(record(), lifecycle("receive"), "C", SUCCESS),
        Code::PatientChanged | Code::ConsentWithdrawn | Code::NoteSaved | Code::OutcomeRecorded => {
            of(record(), lifecycle("amend"), "U", SUCCESS)
        }
        Code::PhotoStored | Code::PhotoConsentRecorded => of(record(), lifecycle("originate"), "C", SUCCESS),
        Code::PhotoChanged | Code::PhotoConsentWithdrawn => of(record(), lifecycle("amend"), "U", SUCCESS),
        Code::Charted => of(record(), lifecycle("attest"), "U", SUCCESS),
        // Nothing went out: what a wrong tile would have disclosed was stopped.
        Code::NearMiss => of(record(), None, "E", MINOR),
        Code::Assessed => of(record(), lifecycle("access"), "E", SUCCESS),
        Code::WipedByOrder
        | Code::PhotoDeleted
        | Code::DraftDiscarded
        | Code::Purged
        | Code::Shredded
        | Code::DepartureStarted
        | Code::WipeStarted => of(destroy(), None, "D", SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: FeedOrigin<'_> = FeedOrigin {
        enrolment: "4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f",
        clinician: "Dr A. Lee",
        base_uri: "urn:curtain",
        first: 0,
    };

    fn line(code: Code, patient: Option<&str>) -> Sealed {
        let entry = Entry {
            epoch: 3,
            seal: "0".repeat(64),
            code,
            locked: None,
            patient: patient.map(str::to_owned),
            counts: vec![("records".to_owned(), 2)],
            reference: None,
            wall_ms: 1_795_425_600_000,
            since_boot_ms: 1,
            boot: "0".repeat(16),
        };
        Sealed { entry: serde_json::to_string(&entry).unwrap(), mac: "0".repeat(64) }
    }

    #[test]
    fn a_journal_of_any_length_is_cut_into_batches_and_no_entry_is_lost() {
        for (length, batches) in [(0, 0), (1, 1), (MAX_BATCH, 1), (MAX_BATCH + 1, 2)] {
            let lines = vec![line(Code::Unlocked, None); length];
            let found = audit_batches(&FeedOrigin { first: 7, ..ORIGIN }, &lines).unwrap();
            assert_eq!(found.len(), batches);
            let entries: Vec<&Value> = found.iter().flat_map(|batch| batch["entry"].as_array().unwrap()).collect();
            assert_eq!(entries.len(), length);
            for (number, entry) in entries.iter().enumerate() {
                assert_eq!(entry["resource"]["entity"][0]["detail"][0]["valueString"], (number + 7).to_string());
                assert_eq!(entry["request"], json!({"method": "POST", "url": "AuditEvent"}));
            }
            let urls: std::collections::HashSet<_> = entries.iter().map(|entry| entry["fullUrl"].to_string()).collect();
            assert_eq!(urls.len(), length, "each event has a name of its own");
        }
    }

    #[test]
    fn an_event_says_who_what_and_about_whom_by_pseudonym_alone() {
        let pseudonym = "ab".repeat(16);
        let lines = [line(Code::ConsentWithdrawn, Some(&pseudonym)), line(Code::GuessCounted, None)];
        let batch = audit_batches(&ORIGIN, &lines).unwrap().remove(0);
        let event = |number: usize| &batch["entry"][number]["resource"];
        assert_eq!(event(0)["entity"][0]["what"]["identifier"]["value"], pseudonym);
        assert_eq!((&event(0)["type"]["code"], &event(0)["action"]), (&json!("110110"), &json!("U")));
        assert_eq!(event(0)["entity"][1]["detail"][1]["valueString"], hex(&leaf_hash(lines[0].entry.as_bytes())));
        assert_eq!(event(0)["entity"][1]["detail"][4]["valueString"], "records 2");
        assert_eq!(event(1).get("outcome"), None, "a try is counted before it is known to be right");
        assert_eq!(event(1)["outcomeDesc"], "guess counted");
        assert!(!batch.to_string().contains("\"reference\"") && event(0).get("id").is_none());
    }

    #[test]
    fn what_is_no_entry_or_no_pseudonym_is_refused() {
        let broken = Sealed { entry: "{}".to_owned(), mac: String::new() };
        assert_eq!(audit_batches(&ORIGIN, &[broken]), Err(Error::Damaged { what: "journal entry" }));
        let named = line(Code::Charted, Some("Rosa Delgado"));
        assert!(matches!(audit_batches(&ORIGIN, &[named]), Err(Error::Invalid { field: "feed.patient", .. })));
        let mut late = line(Code::Charted, None);
        late.entry = late.entry.replace("1795425600000", "-1");
        assert!(matches!(audit_batches(&ORIGIN, &[late]), Err(Error::Invalid { field: "time", .. })));
        let nobody = FeedOrigin { clinician: " ", ..ORIGIN };
        assert!(matches!(audit_batches(&nobody, &[]), Err(Error::Invalid { field: "feed.clinician", .. })));
        let end = FeedOrigin { first: u64::MAX, ..ORIGIN };
        assert!(matches!(audit_batches(&end, &[line(Code::Locked, None)]), Err(Error::Invalid { .. })));
    }
}
