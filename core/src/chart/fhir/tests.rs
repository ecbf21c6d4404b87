use std::collections::BTreeSet;

use super::*;
use crate::chart::{AuditAct, AuditRecord, DecisionRef, Drafted, HandedOff, HandedOffOutcome, Origin, Received};
use crate::consent::{Consent, ConsentEntry, tests::no, tests::terms};
use crate::note::{ChartNote, tests::chart_note};
use crate::patient::{Patient, PatientIdentifier, tests::rosa};
use crate::policy::Verdict;
use data_encoding::BASE64;

const DAY: i64 = 86_400_000;
const T0: i64 = 1_795_000_000_000;

struct Sample {
    origin: Origin,
    patient: Patient,
    consents: Vec<ConsentEntry>,
    messages: Vec<HandedOff>,
    received: Vec<Received>,
    drafts: Vec<Drafted>,
    notes: Vec<ChartNote>,
    audit: Vec<AuditRecord>,
}

fn id(byte: u8) -> String {
    format!("{byte:02x}").repeat(16)
}

fn decision() -> DecisionRef {
    DecisionRef {
        trace_sha256: "7f3c".repeat(16),
        policy: "us-hipaa 1".into(),
        policy_sha256: "9b1e".repeat(16),
        verdict: Verdict::AllowAndDocument,
        rules: vec!["intent.call_us".into()],
    }
}

fn sample() -> Sample {
    let party = |byte, display: &str| Party { id: id(byte), display: display.into() };
    let origin = Origin {
        clinician: party(0x22, "Dr A. Lee"),
        clinic: party(0x33, "Example Clinic"),
        device: party(0x44, "Clinic phone 7, core 0.1.0"),
        device_name: "clinic-phone-7".into(),
        base_uri: "https://clinic.example".into(),
        policy_uri: "https://clinic.example/policy/texting/2026-10".into(),
        demo: true,
    };
    let patient = rosa();
    let message = |byte, outcome| HandedOff {
        id: id(byte),
        patient: rosa().id,
        channel: Channel::Sms,
        text: "Please call us about your recent visit.".into(),
        language: "en".into(),
        topic: "Request to call clinic".into(),
        at_ms: T0 + DAY,
        outcome,
        decision: decision(),
    };
    let stopped = HandedOffOutcome::Stopped { patient_objection: true, why: "Texting withdrawn".into() };
    let act = |byte, act| AuditRecord { id: id(byte), at_ms: T0 + 2 * DAY, act };
    Sample {
        consents: vec![ConsentEntry::Given(Consent::new(terms()).unwrap()), ConsentEntry::Withdrawn(no(T0 + 2 * DAY))],
        messages: vec![message(0xb1, HandedOffOutcome::Sent), message(0xb2, stopped)],
        received: vec![Received {
            id: id(0xe1),
            patient: rosa().id,
            channel: Channel::Sms,
            text: "STOP".into(),
            at_ms: T0 + 2 * DAY,
        }],
        drafts: vec![Drafted {
            id: id(0xe2),
            patient: rosa().id,
            channel: Channel::Portal,
            text: "Your results".into(),
            at_ms: T0 + 2 * DAY,
        }],
        notes: vec![ChartNote { source: id(0xb1), ..chart_note() }],
        audit: vec![
            act(
                0xa1,
                AuditAct::Decision {
                    patient: rosa().id,
                    consent: Some(no(0).id),
                    permitted: false,
                    reason: "consent.withdrawn".into(),
                },
            ),
            act(
                0xa2,
                AuditAct::Disclosure {
                    patient: rosa().id,
                    message: id(0xb1),
                    channel: Channel::Sms,
                    address: Some("+15550100142".into()),
                    decision: decision(),
                    journal_entry: 1841,
                    journal_root: "c0".repeat(32),
                },
            ),
            act(0xa3, AuditAct::UnlockFailed { tries: 3 }),
            act(
                0xa4,
                AuditAct::Wiped {
                    vault: id(0x55),
                    records: 214,
                    photos: 37,
                    receipt_sha256: "e3".repeat(32),
                    residue_clean: true,
                },
            ),
        ],
        origin,
        patient,
    }
}

fn export(sample: &Sample) -> Export<'_> {
    Export {
        origin: &sample.origin,
        patient: Some(&sample.patient),
        pseudonym: "P-0042",
        named: false,
        consents: &sample.consents,
        warnings: &[],
        messages: &sample.messages,
        received: &sample.received,
        drafts: &sample.drafts,
        notes: &sample.notes,
        audit: &sample.audit,
        photos: &[],
        at_ms: T0 + 3 * DAY,
    }
}

fn resources(bundle: &Value) -> Vec<&Value> {
    bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect()
}

fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            visit(name, member);
            walk(member, visit);
        }),
        Value::Array(items) => items.iter().for_each(|item| {
            visit("", item);
            walk(item, visit);
        }),
        _ => {}
    }
}

#[test]
fn a_bundle_has_every_resource_in_order_and_the_same_bytes_each_time() {
    let sample = sample();
    let bundle = bundle(&export(&sample)).unwrap();
    let types: Vec<&str> = resources(&bundle).iter().map(|r| r["resourceType"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "Patient",
            "Consent",
            "Consent",
            "CommunicationRequest",
            "Communication",
            "Communication",
            "Communication",
            "Communication",
            "DocumentReference",
            "AuditEvent",
            "AuditEvent",
            "AuditEvent",
            "AuditEvent",
            "Provenance",
            "Provenance",
            "Device",
            "Organization",
            "Practitioner"
        ]
    );
    assert_eq!(bundle.to_string(), super::bundle(&export(&sample)).unwrap().to_string());
}

#[test]
fn nothing_is_empty_and_every_reference_resolves() {
    let sample = sample();
    let bundle = bundle(&export(&sample)).unwrap();
    let urls: BTreeSet<&str> =
        bundle["entry"].as_array().unwrap().iter().map(|e| e["fullUrl"].as_str().unwrap()).collect();
    let mut references = 0;
    walk(&bundle, &mut |name, value| {
        assert!(!empty(value), "{name}");
        if name == "reference" {
            references += 1;
            assert!(urls.contains(value.as_str().unwrap()), "{value}");
        }
        if ["timestamp", "recorded", "dateTime", "sent", "date", "start", "creation"].contains(&name) {
            let time = value.as_str().unwrap();
            assert!(time.len() == 24 && time.starts_with("2026-") && time.ends_with('Z'), "{name} {time}");
        }
    });
    assert!(references > 20);
    let shape = |url: &&str| url.len() == 45 && url.starts_with("urn:uuid:") && url.to_lowercase() == **url;
    assert!(urls.iter().all(shape));
}

#[test]
fn the_patient_is_a_pseudonym() {
    let sample = sample();
    let whole = bundle(&export(&sample)).unwrap();
    let text = whole.to_string();
    assert!(text.contains("P-0042") && resources(&whole)[0].get("telecom").is_none());
    for secret in ["Rosa", "Delgado", "4471902", "1961-05-03"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn where_the_export_says_so_the_patient_is_named_with_identifiers_and_numbers() {
    let sample = sample();
    let mut patient = sample.patient.clone();
    let identifier = |system: &str, value: &str| PatientIdentifier { system: system.into(), value: value.into() };
    patient.identifiers = vec![identifier("MRN", "4471902"), identifier("https://nhs.example/id", "943 476 5919")];
    let named = Export { named: true, patient: Some(&patient), ..export(&sample) };
    let whole = bundle(&named).unwrap();
    let shown = resources(&whole)[0];
    assert_eq!(shown["name"][0]["family"], "Delgado");
    assert_eq!(shown["birthDate"], "1961-05-03");
    assert_eq!(
        shown["identifier"][0],
        json!({"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}], "text": "MRN"}, "value": "4471902"})
    );
    assert_eq!(shown["identifier"][1], json!({"system": "https://nhs.example/id", "value": "943 476 5919"}));
    assert_eq!(
        (shown["identifier"].as_array().unwrap().len(), &shown["identifier"][2]["value"]),
        (3, &json!("P-0042"))
    );
    assert_eq!(shown["telecom"][0]["value"], "+1 (555) 010-0142");
}

#[test]
fn several_patients_are_one_collection_in_which_the_clinic_stands_once() {
    let sample = sample();
    let one = bundle(&export(&sample)).unwrap();
    let loose =
        super::super::Loose { origin: &sample.origin, id: "0e".repeat(16), text: "who covers".into(), at_ms: T0 };
    let other = super::loose(&loose).unwrap();
    let whole = super::joined(vec![one.clone(), other], T0 + 3 * DAY).unwrap();
    let entries = |bundle: &Value| bundle["entry"].as_array().unwrap().clone();
    assert_eq!(
        entries(&whole).len(),
        entries(&one).len() + 1,
        "the phone, the clinic and the clinician are there already"
    );
    assert_eq!(entries(&whole)[..entries(&one).len()], entries(&one)[..]);
    let last = entries(&whole).last().unwrap()["resource"].clone();
    assert_eq!((&last["resourceType"], last.get("subject")), (&json!("DocumentReference"), None));
    assert_eq!(last["content"][0]["attachment"]["data"], BASE64.encode(b"who covers"));
}

fn entry_like() -> crate::journal::Entry {
    crate::journal::Entry {
        epoch: 3,
        seal: "0".repeat(64),
        code: crate::journal::Code::Charted,
        locked: None,
        patient: Some("ab".repeat(16)),
        counts: Vec::new(),
        reference: None,
        wall_ms: T0,
        since_boot_ms: 1,
        boot: "0".repeat(16),
    }
}

#[test]
fn an_entry_of_the_journal_is_an_event_about_the_patient_with_its_place_and_leaf() {
    let sample = sample();
    let entry = entry_like();
    let act = AuditAct::Noted { patient: sample.patient.id.clone(), entry, position: 7, leaf: "cd".repeat(32) };
    let audit = [AuditRecord { id: "0e".repeat(16), at_ms: T0, act }];
    let whole = bundle(&Export { audit: &audit, ..export(&sample) }).unwrap();
    let found = resources(&whole).into_iter().find(|resource| resource["resourceType"] == "AuditEvent").unwrap();
    assert_eq!((&found["outcomeDesc"], &found["action"]), (&json!("charted"), &json!("U")));
    assert_eq!(found["entity"][1]["detail"][0]["valueString"], "7");
    assert_eq!(found["entity"][1]["detail"][1]["valueString"], "cd".repeat(32));
    let somebody =
        AuditAct::Noted { patient: "0d".repeat(16), entry: entry_like(), position: 7, leaf: "cd".repeat(32) };
    let audit = [AuditRecord { id: "0e".repeat(16), at_ms: T0, act: somebody }];
    let refused = bundle(&Export { audit: &audit, ..export(&sample) });
    assert!(matches!(refused, Err(Error::Invalid { field: "audit.patient", .. })), "nobody else's entry");
}

#[test]
fn only_demonstration_data_is_labelled_as_test() {
    let mut sample = sample();
    let labelled = |sample: &Sample| {
        let bundle = bundle(&export(sample)).unwrap();
        resources(&bundle).iter().filter(|r| r["meta"]["security"].to_string().contains("HTEST")).count()
    };
    assert_eq!(labelled(&sample), 18);
    sample.origin.demo = false;
    assert_eq!(labelled(&sample), 0);
}

#[test]
fn a_withdrawal_makes_the_consent_before_it_inactive() {
    let mut sample = sample();
    let statuses = |sample: &Sample| -> Vec<(String, String)> {
        let bundle = bundle(&export(sample)).unwrap();
        let consents = resources(&bundle).into_iter().filter(|r| r["resourceType"] == "Consent");
        consents
            .map(|r| (r["status"].as_str().unwrap().into(), r["provision"]["type"].as_str().unwrap().into()))
            .collect()
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(statuses(&sample), [pair("inactive", "permit"), pair("active", "deny")]);
    sample.audit.clear();
    sample.consents.pop();
    assert_eq!(statuses(&sample), [pair("active", "permit")]);
    let bundle = bundle(&export(&sample)).unwrap();
    let consent = resources(&bundle)[1];
    assert_eq!(consent["provision"]["extension"][0]["valueContactPoint"]["system"], "sms");
    assert_eq!(consent["provision"]["provision"][0]["securityLabel"].as_array().unwrap().len(), 7);
    assert!(consent["sourceAttachment"].get("hash").is_none(), "R4's hash is SHA-1: left out");
    assert_eq!(consent["sourceAttachment"]["extension"][0]["valueString"], "5f".repeat(32));
}

#[test]
fn a_warning_travels_with_its_words_when_they_are_known() {
    let sample = sample();
    let sha256 = "5f".repeat(32);
    let warnings = [WarningText { sha256: &sha256, text: "Not private." }];
    let bundle = bundle(&Export { warnings: &warnings, ..export(&sample) }).unwrap();
    assert_eq!(resources(&bundle)[1]["sourceAttachment"]["data"], "Tm90IHByaXZhdGUu");
}

#[test]
fn a_message_is_completed_only_if_sent_and_a_stopped_text_is_not_repeated() {
    let mut sample = sample();
    let bundle = bundle(&export(&sample)).unwrap();
    let (sent, stopped) = (resources(&bundle)[4], resources(&bundle)[5]);
    assert_eq!((&sent["status"], &sent["medium"][0]["text"]), (&json!("completed"), &json!("SMS")));
    assert_eq!(sent["sent"], "2026-11-19T11:06:40.000Z");
    assert_eq!((&stopped["status"], stopped.get("payload"), stopped.get("sent")), (&json!("not-done"), None, None));
    assert_eq!(stopped["statusReason"]["coding"][0]["code"], "patient-objection");
    sample.messages[0].outcome = HandedOffOutcome::Unknown;
    let bundle = super::bundle(&export(&sample)).unwrap();
    assert_eq!((&resources(&bundle)[4]["status"], resources(&bundle)[4].get("sent")), (&json!("unknown"), None));
    let claimed = resources(&bundle).into_iter().filter(|r| r.get("received").is_some()).count();
    assert!(claimed == 1 && !bundle.to_string().contains("delivered"), "only what the patient sent was received");
}

#[test]
fn audit_events_have_the_codes_of_their_profiles() {
    let sample = sample();
    let bundle = bundle(&export(&sample)).unwrap();
    let events: Vec<&Value> = resources(&bundle).into_iter().filter(|r| r["resourceType"] == "AuditEvent").collect();
    let code = |event: &Value| (event["type"]["code"].clone(), event["action"].clone(), event["outcome"].clone());
    assert_eq!(code(events[0]), (json!("110113"), json!("E"), json!("8")));
    assert_eq!((events[0]["agent"].as_array().unwrap().len(), events[0]["entity"].as_array().unwrap().len()), (4, 2));
    assert_eq!(code(events[1]), (json!("110106"), json!("R"), json!("0")));
    assert_eq!(events[1]["agent"][1]["network"], json!({"address": "+15550100142", "type": "3"}));
    assert_eq!(events[1]["entity"][1]["detail"][2], json!({"type": "journal-entry", "valueString": "1841"}));
    assert_eq!(code(events[2]), (json!("110114"), json!("E"), json!("4")));
    assert_eq!(code(events[3]), (json!("destroy"), json!("D"), json!("0")));
    assert!(events.iter().all(|event| event["source"]["observer"]["reference"] == urn(&id(0x44))));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let refused = |change: fn(&mut Sample), field: &str| {
        let mut sample = sample();
        change(&mut sample);
        let result = bundle(&export(&sample));
        assert!(matches!(&result, Err(Error::Invalid { field: f, .. }) if *f == field), "{field} {result:?}");
    };
    refused(|s| s.messages[0].patient = id(9), "export.patient");
    refused(|s| s.notes[0].patient = id(9), "export.patient");
    refused(|s| s.received[0].patient = id(9), "export.patient");
    refused(|s| s.drafts[0].patient = id(9), "export.patient");
    refused(|s| s.patient.id = id(9), "export.patient");
    refused(|s| s.messages[1].id = id(0xb1), "export");
    refused(|s| s.messages[0].at_ms = -1, "message.at_ms");
    refused(|s| s.origin.base_uri = "clinic".into(), "origin.uri");
    refused(
        |s| {
            s.messages.clear();
            s.received.clear();
            s.drafts.clear();
            s.notes.clear();
            s.consents.clear();
            s.patient.id = id(9);
        },
        "audit.patient",
    );
    let sample = sample();
    let alone = Export { patient: None, ..export(&sample) };
    assert_eq!(bundle(&alone), Err(Error::invalid("export.patient", "records without their patient")));
    let audit = &sample.audit[2..];
    let events = Export {
        patient: None,
        consents: &[],
        messages: &[],
        received: &[],
        drafts: &[],
        notes: &[],
        audit,
        ..export(&sample)
    };
    assert_eq!(resources(&bundle(&events).unwrap()).len(), 5, "a wipe's bundle needs no patient");
}

#[test]
fn control_characters_never_reach_fhir() {
    let mut sample = sample();
    sample.messages[0].text = "Please\u{0} call\u{1b}[31m us\n".into();
    let bundle = bundle(&export(&sample)).unwrap();
    assert_eq!(resources(&bundle)[4]["payload"][0]["contentString"], "Please call[31m us\n");
}

#[test]
fn a_no_in_force_is_a_standing_instruction_and_an_answered_one_is_not() {
    let mut sample = sample();
    let requests = |sample: &Sample| -> Vec<Value> {
        let bundle = bundle(&export(sample)).unwrap();
        resources(&bundle).into_iter().filter(|r| r["resourceType"] == "CommunicationRequest").cloned().collect()
    };
    let found = requests(&sample);
    assert_eq!((found.len(), &found[0]["doNotPerform"], &found[0]["status"]), (1, &json!(true), &json!("active")));
    assert_eq!(found[0]["about"][0]["reference"], urn(sample.consents[1].id()));
    assert_eq!(found[0]["extension"][0]["valueContactPoint"], json!({"system": "sms", "value": "+15550100142"}));
    let later = crate::consent::ConsentTerms { id: id(0xc9), start_ms: T0 + 2 * DAY + 1, ..terms() };
    sample.consents.push(ConsentEntry::Given(Consent::new(later).unwrap()));
    assert_eq!(requests(&sample), Vec::<Value>::new());
}
