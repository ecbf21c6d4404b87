//! The desk against a real phone: the core's own enrolment, vault, journal, export, wipe and receipt.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::{Curtain, Delivery};
use curtain_core::photo::{LookAnswer, PhotoBasis, PhotoEdit, PhotoLooks, PhotoPurpose};
use curtain_core::policy::document::{Action, Scope};
use curtain_core::policy::{Audience, Channel};
use curtain_core::session::{AssessRequest, NewPhoto, PhotoAdded, PhotoConsentForm, Session};
use curtain_core::words::Lang;
use curtain_desk::issuer::register::{Entry, KeptCheckpoint};
use curtain_desk::issuer::{Enrolling, Institution, LeaseTerms};
use curtain_desk::{now_ms, open, verify};
use sha2::Digest;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const PASSCODE: &[u8] = b"four calm herons wade";
const PATIENTS: &[u8] = include_bytes!("../../tests/fixtures/patients.json");

#[cfg(feature = "dangerous-cheap-kdf")]
const COST: KdfCost = KdfCost::DANGEROUS_CHEAP;
#[cfg(not(feature = "dangerous-cheap-kdf"))]
const COST: KdfCost = KdfCost::STANDARD;

fn phone(directory: &Path) -> Arc<Curtain> {
    let keystore = SoftwareKeystore::new(&directory.join("hardware")).unwrap();
    Curtain::with_cost(&directory.join("phone"), Arc::new(keystore), Arc::new(SoftwareClock), COST).unwrap()
}

fn identity_file(institution: &Institution, kind: &str) -> String {
    std::fs::read_to_string(institution.directory().join(format!("recipient-{kind}-1.age"))).unwrap()
}

/// `curtain verify trace` beside the signed policy, then with the verdict changed, then without the policy.
fn a_trace_verifies_and_a_changed_one_does_not(directory: &Path, session: &Session, policy: &[u8]) {
    let asked = AssessRequest {
        patient: None,
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: None,
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    let trace = session.trace("Your HIV test is positive, call me.".into(), asked).unwrap();
    let place = directory.join("out");
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("policy.jws"), policy).unwrap();
    let verified = |name: &str, text: &str, more: &[&str]| {
        std::fs::write(place.join(name), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_curtain"));
        command.current_dir(&place).args(["verify", "trace", name]).args(more).output().unwrap()
    };
    let output = verified("trace.json", &trace, &[]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("deciding again gives block"), "{output:?}");
    assert_eq!(verified("named.json", &trace, &["--policy", "policy.jws"]).status.code(), Some(0));
    let changed = trace.replace("\"block\"", "\"allow\"");
    assert_ne!(changed, trace);
    assert_eq!(verified("changed.json", &changed, &[]).status.code(), Some(1));
    std::fs::write(place.join("strict.json"), include_str!("../../core/src/policy/packs/strict.json")).unwrap();
    assert_eq!(verified("other.json", &trace, &["--policy", "strict.json"]).status.code(), Some(1));
}

#[test]
fn from_enrolment_to_an_acknowledged_receipt() {
    let directory = tempfile::tempdir().unwrap();
    let curtain = phone(directory.path());
    let mut institution = Institution::create(&directory.path().join("keys"), "Riverside Clinic").unwrap();

    let request = curtain.request().unwrap();
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec![] };
    let enrolled = institution.enrol(&request.document, &whom, now_ms()).unwrap();
    assert_eq!(curtain.enrolment_words(&enrolled.document).unwrap(), enrolled.words);
    let workspace = curtain.enrol(&enrolled.document, PASSCODE).unwrap().id;

    let id = enrolled.entry.enrolment;
    let pack = include_str!("../../core/src/policy/packs/us-hipaa.json");
    let policy = institution.policy(pack, Scope::Institution, now_ms()).unwrap();
    let day = 86_400_000;
    let terms = LeaseTerms { length_ms: 30 * day, grace_ms: 14 * day, max_running_ms: 30 * day };
    let lease = institution.lease(&id, terms, now_ms()).unwrap();
    for document in [&policy, &lease] {
        assert_eq!(curtain.deliver(document).unwrap(), Delivery::Done);
    }

    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert!(session.import_patients(PATIENTS).unwrap().imported >= 10);
    let patient = session.patients().unwrap()[0].id.clone();
    a_trace_verifies_and_a_changed_one_does_not(directory.path(), &session, &policy);
    let token = session.fresh_auth(PASSCODE).unwrap();
    let sealed = session.export_patient(patient, token).unwrap();

    // The export opens with the institution's identity alone, and names its phone.
    let opened = open::open(&sealed, &identity_file(&institution, "export")).unwrap();
    assert!(open::open(&sealed, &identity_file(&institution, "audit")).is_err());
    let mut entry = institution.entry(&id).unwrap();
    let export: serde_json::Value = serde_json::from_slice(&opened).unwrap();
    let part = |name: &str| export[name].as_str().unwrap().to_owned();
    let (manifest, bundle, chart) = (part("manifest"), part("bundle"), part("chart"));
    assert!(bundle.contains("\"Bundle\""));
    let check = |bundle: &str| verify::manifest(manifest.as_bytes(), &entry, bundle.as_bytes(), chart.as_bytes());
    assert!(check(&bundle).is_ok());
    assert!(check(&bundle.replacen("Patient", "Patiend", 1)).is_err());

    // The journal's first key is the institution's; a checkpoint commits to the journal and is kept.
    let audit_key = open::open(&curtain.audit_key(workspace.clone()).unwrap(), &identity_file(&institution, "audit"));
    assert_eq!(audit_key.unwrap().len(), 64);
    session.lock().unwrap();
    let checkpoint = verify::checkpoint(&curtain.checkpoint(workspace.clone()).unwrap(), &entry).unwrap();
    assert!(checkpoint.size >= 4);
    entry.checkpoint = Some(KeptCheckpoint { size: checkpoint.size, root: checkpoint.root.into() });
    entry.write(&institution.entry_path(&id)).unwrap();

    // Another institution's order does nothing; ours wipes, and the receipt names it.
    let mut other = Institution::create(&directory.path().join("other"), "Elsewhere").unwrap();
    other.enrol(&request.document, &whom, now_ms()).unwrap();
    let wipe = Action::WipeWorkspace { holds: None };
    let foreign = other.order(&id, wipe.clone(), "phone lost", None, now_ms()).unwrap();
    assert!(matches!(curtain.deliver(&foreign).unwrap(), Delivery::Refused { .. }));
    let order = institution.order(&id, wipe, "phone lost", None, now_ms()).unwrap();
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    let receipt = curtain.receipt(workspace).unwrap().unwrap();
    let entry = institution.entry(&id).unwrap();
    let seen = verify::receipt(&receipt, &entry).unwrap();
    assert_eq!((seen.cause.as_str(), seen.order), ("order", Some(entry.orders[0].hash.0)));
    for at in 0..receipt.len() {
        let mut flipped = receipt.clone();
        flipped[at] ^= 1;
        assert!(verify::receipt(&flipped, &entry).is_err(), "{at}");
    }
    let action = Action::Acknowledge { receipt: seen.identity.into() };
    let acknowledged = institution.order(&id, action, "receipt verified", None, now_ms()).unwrap();
    assert_eq!(curtain.deliver(&acknowledged).unwrap(), Delivery::Done);
    assert!(curtain.workspaces().unwrap().is_empty());
}

/// A phone with the fixture's patients, and the institution that it belongs to.
fn unlocked(directory: &Path) -> (Arc<Session>, Institution, Entry) {
    let curtain = phone(directory);
    let mut institution = Institution::create(&directory.join("keys"), "Riverside Clinic").unwrap();
    let request = curtain.request().unwrap();
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec![] };
    let enrolled = institution.enrol(&request.document, &whom, now_ms()).unwrap();
    let workspace = curtain.enrol(&enrolled.document, PASSCODE).unwrap().id;
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert!(session.import_patients(PATIENTS).unwrap().imported >= 10);
    (session, institution, enrolled.entry)
}

#[test]
fn an_exported_photo_opens_at_the_institution_with_its_mark_its_consent_and_its_hash() {
    let directory = tempfile::tempdir().unwrap();
    let (session, institution, entry) = unlocked(directory.path());
    let patient = session.patients().unwrap()[0].id.clone();
    let looks = PhotoLooks {
        face: LookAnswer::NotThere,
        marks: LookAnswer::NotThere,
        labels: LookAnswer::NotThere,
        background: LookAnswer::NotThere,
    };
    let (edit, basis) = (PhotoEdit::default(), PhotoBasis::AgreedInPerson);
    let new = NewPhoto { patient: patient.clone(), edit, looks, basis, taken_ms: None };
    let picture = include_bytes!("../../tests/fixtures/photos/progressive.jpg");
    let PhotoAdded::Stored { photo } = session.add_photo(picture, new).unwrap() else { panic!("a JPEG") };
    let form = PhotoConsentForm {
        photo: photo.id.clone(),
        purpose: PhotoPurpose::Teaching,
        basis: PhotoBasis::AgreedOnPaper,
        recognisable: false,
        witness: None,
        until_ms: None,
    };
    let consent = session.record_photo_consent(form).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    let sealed = session.export_photo(photo.id.clone(), PhotoPurpose::Teaching, token).unwrap();
    let opened = open::open(&sealed, &identity_file(&institution, "export")).unwrap();
    let export: serde_json::Value = serde_json::from_slice(&opened).unwrap();
    let part = |name: &str| export[name].as_str().unwrap().to_owned();
    verify::manifest(part("manifest").as_bytes(), &entry, part("bundle").as_bytes(), part("chart").as_bytes()).unwrap();
    assert_eq!(part("chart"), format!("PHOTO {} FOR TEACHING ONLY", photo.id));
    let bundle: serde_json::Value = serde_json::from_str(&part("bundle")).unwrap();
    let of = |kind: &str| -> Vec<serde_json::Value> {
        let all = bundle["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone());
        all.filter(|resource| resource["resourceType"] == kind).collect()
    };
    let (media, consents) = (of("Media"), of("Consent"));
    assert_eq!((media.len(), consents.len()), (1, 1), "the consent for teaching alone");
    let jpeg = data_encoding::BASE64.decode(media[0]["content"]["data"].as_str().unwrap().as_bytes()).unwrap();
    let hash = media[0]["content"]["extension"][0]["valueString"].as_str().unwrap();
    assert_eq!(hash, data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(&jpeg)));
    let named = media[0]["extension"][0]["valueReference"]["reference"].as_str().unwrap().replace('-', "");
    assert_eq!(named, format!("urn:uuid:{consent}"));
    // Higher than what is kept, by the strip; the strip's letters are read back in the core's tests.
    assert!(jpeg.starts_with(&[0xFF, 0xD8]) && jpeg != session.photo_picture(photo.id).unwrap());
    let start = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    assert_eq!(u16::from_be_bytes([jpeg[start + 7], jpeg[start + 8]]), 40);
    assert!(u16::from_be_bytes([jpeg[start + 5], jpeg[start + 6]]) > 24);

    // Everything about the patient: the photo as it is kept, without the strip, and its answers.
    let kept = session.photo_picture(session.photos(patient.clone()).unwrap().remove(0).id).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    let opened =
        open::open(&session.export_patient(patient, token).unwrap(), &identity_file(&institution, "export")).unwrap();
    let export: serde_json::Value = serde_json::from_slice(&opened).unwrap();
    let bundle = export["bundle"].as_str().unwrap();
    assert!(bundle.contains("\"Media\"") && bundle.contains("Clinical photo for teaching"));
    assert!(
        bundle.contains(&data_encoding::BASE64.encode(&kept)) && !bundle.contains(&data_encoding::BASE64.encode(&jpeg))
    );
}

#[test]
fn a_forgotten_passcode_is_recovered_with_the_code_that_only_the_institution_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let curtain = phone(directory.path());
    let mut institution = Institution::create(&directory.path().join("keys"), "Riverside Clinic").unwrap();
    curtain_desk::issuer::key::make_recipient(institution.directory(), "recovery").unwrap();
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec![] };
    let enrolled = institution.enrol(&curtain.request().unwrap().document, &whom, now_ms()).unwrap();
    let workspace = curtain.enrol(&enrolled.document, PASSCODE).unwrap().id;
    let pack = include_str!("../../core/src/policy/packs/us-hipaa.json")
        .replace(r#""absolute_ms": 28800000"#, r#""absolute_ms": 28800000, "recovery": true"#);
    let policy = institution.policy(&pack, Scope::Institution, now_ms()).unwrap();
    assert_eq!(curtain.deliver(&policy).unwrap(), Delivery::Done);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let imported = session.import_patients(PATIENTS).unwrap().imported;
    session.enable_recovery(PASSCODE).unwrap();
    session.lock().unwrap();

    let sealed = curtain.sealed_recovery_code(workspace.clone()).unwrap().unwrap();
    assert!(open::open(&sealed, &identity_file(&institution, "audit")).is_err());
    let code = open::open(&sealed, &identity_file(&institution, "recovery")).unwrap();
    assert_eq!(code.len(), 27 + 8, "nine groups of three");
    const NEW: &[u8] = b"eleven slow barges drift";
    let weak = curtain.recover(workspace.clone(), &code, b"123456").err();
    assert!(weak.is_some_and(|error| error.to_string() == "invalid passcode"));
    let session = curtain.recover(workspace.clone(), &code, NEW).unwrap();
    assert_eq!(session.patients().unwrap().len(), usize::try_from(imported).unwrap());
    session.lock().unwrap();
    assert!(curtain.unlock(workspace.clone(), PASSCODE).is_err(), "the forgotten one is gone");
    assert!(curtain.recover(workspace.clone(), &code, PASSCODE).is_err(), "and the code worked once");
    let again = curtain.sealed_recovery_code(workspace.clone()).unwrap().unwrap();
    assert_ne!(again, sealed, "the next one is sealed already");
    let session = curtain.unlock(workspace, NEW).unwrap();
    assert_eq!(session.patients().unwrap().len(), usize::try_from(imported).unwrap());
}

#[test]
fn a_compliance_officer_gets_fhir_out_of_what_a_phone_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let curtain = phone(directory.path());
    let mut institution = Institution::create(&directory.path().join("keys"), "Riverside Clinic").unwrap();
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec![] };
    let enrolled = institution.enrol(&curtain.request().unwrap().document, &whom, now_ms()).unwrap();
    let workspace = curtain.enrol(&enrolled.document, PASSCODE).unwrap().id;
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    session.import_patients(PATIENTS).unwrap();
    let patient = session.patients().unwrap()[0].id.clone();
    let token = session.fresh_auth(PASSCODE).unwrap();
    let sealed = session.export_patient(patient, token).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    let journal = session.export_journal(token).unwrap();
    let audit = identity_file(&institution, "audit");
    let place = directory.path().join("out");
    std::fs::create_dir(&place).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(place.join(name), bytes).unwrap();
    put("export.age", &sealed);
    put("key", identity_file(&institution, "export").as_bytes());
    put("export.json", &open::open(&sealed, &identity_file(&institution, "export")).unwrap());
    put("journal.jsonl", &open::open(&journal, &audit).unwrap());
    put("first", &open::open(&curtain.audit_key(workspace).unwrap(), &audit).unwrap());
    put("register.json", &std::fs::read(institution.entry_path(&enrolled.entry.enrolment)).unwrap());
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_curtain"));
        let output = command.current_dir(&place).arg("fhir").args(args).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), shown)
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();

    let (code, bundle, said) = run(&["export.age", "--identity", "key"]);
    assert_eq!((code, &json(&bundle)["type"]), (Some(0), &"collection".into()));
    assert!(said.contains("Dr. Osei's phone signed it") && said.contains("1 Patient"), "{said}");
    assert_eq!(run(&["export.json"]).1, bundle, "opened before or now, byte for byte");
    let posted = json(&run(&["export.json", "--form", "transaction"]).1);
    assert!(posted["entry"][0]["request"]["url"].as_str().unwrap().starts_with("Patient/"));
    let batch = json(&run(&["journal.jsonl", "--first-key", "first"]).1);
    assert_eq!(batch["type"], "batch");
    assert!(batch["entry"].as_array().unwrap().len() >= 4);
    assert!(batch.to_string().contains("audit log used") || batch.to_string().contains("exported"));

    // Written whole, under the names of what was read.
    assert_eq!(run(&["export.json", "journal.jsonl", "--first-key", "first", "--out", "fhir"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(place.join("fhir/export.fhir.json")).unwrap() + "\n", bundle);
    assert!(place.join("fhir/journal.fhir.json").exists());

    // Nothing is believed that was changed, and nothing is guessed.
    let refused = |args: &[&str], code: i32| {
        let (status, out, said) = run(args);
        assert_eq!((status, out.as_str()), (Some(code), ""), "{args:?}");
        assert!(said.starts_with("curtain: ") && said.trim_end().lines().count() == 1, "{said}");
    };
    refused(&["export.age"], 2);
    refused(&["journal.jsonl"], 2);
    let changed = std::fs::read_to_string(place.join("export.json")).unwrap().replacen("Patient", "Patiend", 1);
    put("changed.json", changed.as_bytes());
    refused(&["changed.json"], 1);
    assert_eq!(run(&["changed.json", "--unchecked"]).0, Some(0));
    let lines = std::fs::read(place.join("journal.jsonl")).unwrap();
    let cut: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').skip(1).collect();
    put("cut.jsonl", &cut.join(&b'\n'));
    refused(&["cut.jsonl", "--first-key", "first"], 1);
    put("other.json", b"{}");
    refused(&["other.json"], 1);
    put("text", b"x");
    refused(&["text"], 1);
    std::fs::rename(place.join("register.json"), place.join("elsewhere.json")).unwrap();
    refused(&["export.json"], 1);
    refused(&["journal.jsonl", "--first-key", "first"], 2);
    assert_eq!(run(&["export.json", "--register", "elsewhere.json"]).0, Some(0));
}
