//! What patients answered, from one phone to another and back, through the exported surface.

use super::tests::{PASSCODE, PATIENTS, Phone, agreed, confirmed, request, ward};
use super::*;
use crate::chart::fhir::LeftOutReason;
use crate::consent::{Allowed, ConsentBasis, ConsentStanding, HowGiven};
use crate::message::Outcome;
use crate::policy::{Audience, Channel, Verdict};
use crate::session::{ConsentEntry, ConsentForm, Session};
use crate::words::Lang;
use serde_json::Value;

fn exported(session: &Session, patient: &str) -> Value {
    serde_json::from_str(&session.bundle_of(patient).unwrap()).unwrap()
}

/// As the institution maps it: its own number in the pseudonym's place.
fn mapped(mut bundle: Value, session: &Session, patient: &str) -> Vec<u8> {
    let known = session.patient(patient.to_owned()).unwrap().identifiers.remove(0);
    bundle["entry"][0]["resource"]["identifier"] = serde_json::json!([{"system": known.system, "value": known.value}]);
    bundle.to_string().into_bytes()
}

fn facts(session: &Session, patient: &str) -> Vec<Value> {
    let entries = session.consents(patient.to_owned()).unwrap();
    let bare = entries.into_iter().map(|entry| {
        let mut value = match entry {
            ConsentEntry::Given { terms } => serde_json::to_value(terms).unwrap(),
            ConsentEntry::Withdrawn { withdrawal } => serde_json::to_value(withdrawal).unwrap(),
        };
        value.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "patient");
        value
    });
    bare.collect()
}

fn standing(session: &Session, patient: &str, number: &str) -> ConsentStanding {
    session.consent_standing(patient.to_owned(), Channel::Sms, number.to_owned()).unwrap()
}

fn in_force(session: &Session, patient: &str, number: &str) -> bool {
    matches!(standing(session, patient, number), ConsentStanding::InForce { .. })
}

fn withdraw(session: &Session, patient: &str, number: &str) {
    let words = Some("STOP".to_owned());
    let how = HowGiven::InboundMessage;
    session.withdraw_consent(patient.to_owned(), Channel::Sms, number.to_owned(), how, words).unwrap();
}

/// The same patient on another phone of the institution, in the same minute.
fn beside(phone: &Phone, session: &Session, patient: &str) -> (Phone, Arc<Session>, String) {
    let other = Phone::new();
    other.clock.pass(phone.clock.since_boot_ms.load(std::sync::atomic::Ordering::SeqCst) + 60_000);
    let (curtain, workspace) = other.enrolled();
    let (there, ..) = ward(&curtain, &workspace);
    let known = session.patient(patient.to_owned()).unwrap().identifiers.remove(0);
    let same = there.patients().unwrap().into_iter().find(|summary| {
        let found = there.patient(summary.id.clone()).unwrap();
        found.identifiers.iter().any(|i| i.value == known.value)
    });
    (other, there, same.unwrap().id)
}

#[test]
fn what_a_patient_answered_is_the_same_on_the_next_phone() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let (other, there, same) = beside(&phone, &session, &patient);
    assert_eq!(standing(&there, &same, &number), ConsentStanding::NotAsked);
    let bundle = mapped(exported(&session, &patient), &session, &patient);
    let brought = there.import_patients(&bundle).unwrap();
    assert_eq!((brought.imported, brought.known, brought.consents, brought.left_out.len()), (0, 1, 1, 0));
    assert!(in_force(&there, &same, &number));
    assert_eq!(facts(&there, &same), facts(&session, &patient));
    let text = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
    let verdict = there.assess(text.into(), request(&same, &number)).unwrap().verdict;
    assert_eq!(verdict, Verdict::AllowAndDocument, "the imported yes decides");
    let again = there.import_patients(&bundle).unwrap();
    assert_eq!((again.consents, again.consents_known), (0, 1), "a second time changes nothing");

    // The no follows on the same way, and holds at once.
    phone.clock.pass(2_000);
    withdraw(&session, &patient, &number);
    other.clock.pass(3_000);
    let bundle = mapped(exported(&session, &patient), &session, &patient);
    let brought = there.import_patients(&bundle).unwrap();
    assert_eq!((brought.consents, brought.consents_known), (1, 1));
    assert!(matches!(standing(&there, &same, &number), ConsentStanding::Withdrawn { .. }));
    assert_eq!(facts(&there, &same), facts(&session, &patient));
    let verdict = there.assess(text.into(), request(&same, &number)).unwrap().verdict;
    assert_eq!(verdict, Verdict::Block);
}

#[test]
fn an_imported_yes_never_lifts_a_no_of_this_phone() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let (other, there, same) = beside(&phone, &session, &patient);
    withdraw(&there, &same, &number);
    phone.clock.pass(90_000);
    agreed(&session, &patient, &number);
    other.clock.pass(60_000);
    let bundle = mapped(exported(&session, &patient), &session, &patient);
    let brought = there.import_patients(&bundle).unwrap();
    assert_eq!(brought.consents, 0);
    assert_eq!(brought.left_out.len(), 1);
    assert_eq!(brought.left_out[0].reason, LeftOutReason::RefusedHere);
    assert_eq!(brought.left_out[0].patient.as_deref(), Some(same.as_str()));
    assert!(matches!(standing(&there, &same, &number), ConsentStanding::Withdrawn { .. }));
}

#[test]
fn the_phones_own_export_brings_nothing_new() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    phone.clock.pass(1_000);
    withdraw(&session, &patient, &number);
    let before = (facts(&session, &patient), session.patients().unwrap().len());
    let bundle = exported(&session, &patient).to_string();
    let brought = session.import_patients(bundle.as_bytes()).unwrap();
    assert_eq!((brought.imported, brought.known, brought.consents, brought.consents_known), (0, 1, 0, 2));
    assert_eq!((facts(&session, &patient), session.patients().unwrap().len()), before);
}

#[test]
fn an_imported_no_holds_for_everybody_here_who_shares_the_number() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let mut partner = session.patient(patient.clone()).unwrap();
    (partner.id, partner.identifiers) = (String::new(), Vec::new());
    let partner = session.save_patient(partner).unwrap();
    agreed(&session, &patient, &number);
    agreed(&session, &partner, &number);
    phone.clock.pass(1_000);
    let known = session.patient(patient.clone()).unwrap().identifiers.remove(0);
    let bundle = serde_json::json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "x", "name": [{"family": "Any"}],
            "identifier": [{"system": known.system, "value": known.value}]}},
        {"resource": {"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/x"},
            "sourceAttachment": {"contentType": "text/plain", "data": "U1RPUA=="},
            "provision": {"type": "deny", "extension": [{"url": "https://ehr.example/communication-channel",
                "valueContactPoint": {"system": "sms", "value": number}}]}}},
    ]});
    let bundle = bundle.to_string().into_bytes();
    assert_eq!(session.import_patients(&bundle).unwrap().consents, 2);
    for person in [&patient, &partner] {
        assert!(matches!(standing(&session, person, &number), ConsentStanding::Withdrawn { .. }));
    }
    let words = |person: &str| facts(&session, person).last().unwrap()["words"].clone();
    assert_eq!((words(&patient), words(&partner)), ("STOP".into(), Value::Null), "her words are in her record alone");
    phone.clock.pass(1_000);
    agreed(&session, &partner, &number);
    assert!(in_force(&session, &partner, &number));
}

#[test]
fn an_imported_no_survives_a_restart_and_a_damaged_bundle_changes_nothing() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let known = session.patient(patient.clone()).unwrap().identifiers.remove(0);
    let bundle = serde_json::json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "x", "name": [{"family": "Any"}],
            "identifier": [{"system": known.system, "value": known.value}]}},
        {"resource": {"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/x"},
            "provision": {"type": "deny", "extension": [{"url": "https://ehr.example/communication-channel",
                "valueContactPoint": {"system": "sms", "value": number}}]}}},
        {"resource": {"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/x"},
            "provision": {"type": "permit"}}},
    ]});
    let mut damaged = bundle.clone();
    damaged["entry"][2]["resource"]["status"] = serde_json::json!(7);
    let refused = session.import_patients(damaged.to_string().as_bytes()).err();
    assert_eq!(refused, Some(CurtainError::Invalid { field: "bundle.consent".into() }));
    assert!(in_force(&session, &patient, &number), "nothing in part");
    phone.clock.pass(1_000);
    let brought = session.import_patients(bundle.to_string().as_bytes()).unwrap();
    assert_eq!((brought.known, brought.consents), (1, 1));
    assert_eq!(brought.left_out[0].reason, LeftOutReason::Incomplete);
    drop((session, curtain));
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert!(matches!(standing(&session, &patient, &number), ConsentStanding::Withdrawn { .. }));
    assert_eq!(session.consents(patient).unwrap().len(), 2);
    assert_eq!(session.import_patients(PATIENTS).unwrap().imported, 0);
}

#[test]
fn an_export_says_everything_about_the_patient() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let send = |text: &str| {
        let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft.clone(), text.into(), 0).unwrap();
        draft
    };
    let draft = send("This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.");
    confirmed(&session, &patient, &number);
    let handed = session.hand_off(draft, request(&patient, &number)).unwrap();
    session.record_outcome(handed.message, Outcome::Sent).unwrap();
    send("half a sen");
    session.lock().unwrap();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    session.record_inbound(patient.clone(), Channel::Sms, number.clone(), "STOP".into(), Lang::En).unwrap();
    session.save_note(None, patient.clone(), "Ward round".into(), "Slept well.".into()).unwrap();
    let objection = ConsentForm {
        patient: patient.clone(),
        channel: Channel::Whatsapp,
        address: number.clone(),
        allowed: Allowed::Nothing,
        lang: Lang::En,
        alternatives: vec![Channel::Portal],
        basis: ConsentBasis::Objection,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    };
    session.record_consent(objection).unwrap();
    let bundle = exported(&session, &patient);
    let found = |kind: &str, part: &str| {
        let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
        entries.filter(|r| r["resourceType"] == kind && r.to_string().contains(part)).count()
    };
    assert_eq!(found("Communication", "\"completed\""), 2);
    assert_eq!(found("Communication", "\"preparation\""), 1);
    assert_eq!(found("Communication", "\"received\""), 1);
    assert_eq!(found("Consent", ""), 2);
    assert_eq!(found("CommunicationRequest", "WhatsApp"), 1);
    assert_eq!(found("Provenance", ""), 2);
    assert_eq!(found("DocumentReference", "\"preliminary\""), 5, "four texts to file, and a note that has none");
    assert_eq!(found("AuditEvent", "AuthZ-Consent"), 1);
    assert_eq!(found("AuditEvent", "\"disclose\""), 1);
}
