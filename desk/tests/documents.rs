//! From enrolment to receipt at the desk: what it issues the core accepts, what a phone signs it verifies, and no other.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use curtain_core::crypto::json::{Digest, Hex, Id};
use curtain_core::crypto::jws::{Envelope, KeystoreSigner};
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::platform::{KeyPurpose, Keystore};
use curtain_core::policy::Pack;
use curtain_core::policy::confirm;
use curtain_core::policy::document::{
    Action, Cause, Checkpoint, METHOD, Payload, Receipt, Request, Residue, SPEC, Scope, identity,
};
use curtain_core::policy::trust::{Accepted, Document, Refusal, Trust};
use curtain_desk::issuer::{Enrolled, Enrolling, Institution, LeaseTerms};
use curtain_desk::verify;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

/// A phone as far as documents go: a keystore with one signing key.
struct Phone {
    keystore: SoftwareKeystore,
    enrolment: Id,
}

impl Phone {
    fn new(directory: &Path, number: u8) -> Phone {
        let keystore = SoftwareKeystore::new(&directory.join(format!("phone-{number}"))).unwrap();
        keystore.create("sign".into(), KeyPurpose::Sign).unwrap();
        Phone { keystore, enrolment: Hex([number; 16]) }
    }

    fn sign<P: Payload>(&self, payload: &P) -> Vec<u8> {
        payload.sign(&[&self.signer()]).unwrap()
    }

    fn signer(&self) -> KeystoreSigner<'_> {
        KeystoreSigner::new(&self.keystore, "sign").unwrap()
    }

    fn request(&self) -> Request {
        use curtain_core::crypto::jws::Signer;
        Request {
            spec: SPEC,
            enrolment: self.enrolment,
            phone: self.signer().public_key().clone(),
            keystore: "software".into(),
            app_version: "0.1.0".into(),
            created_ms: NOW,
        }
    }

    fn receipt(&self, trust: &Trust, cause: Cause, order: Option<Digest>) -> Receipt {
        Receipt {
            spec: SPEC,
            enrolment: trust.enrolment,
            institution: trust.institution.id,
            workspace: trust.workspace,
            cause,
            order,
            policy: None,
            policy_version: 0,
            counts: [("note".to_owned(), 3)].into(),
            keystore: "software".into(),
            keys_deleted: 5,
            residue: Residue::default(),
            held: false,
            journal_size: 9,
            journal_root: Hex([4; 32]),
            segment_length: 0,
            segment_hash: Hex([5; 32]),
            started_ms: NOW,
            finished_ms: NOW + 5,
            app_version: "0.1.0".into(),
            method: METHOD.into(),
        }
    }

    fn checkpoint(&self, trust: &Trust, size: u64, root: u8) -> Vec<u8> {
        self.sign(&Checkpoint {
            spec: SPEC,
            enrolment: trust.enrolment,
            institution: trust.institution.id,
            size,
            root: Hex([root; 32]),
            epoch: 2,
            seal: Hex([5; 32]),
            segment_length: 0,
            segment_hash: Hex([5; 32]),
            issued_ms: NOW,
        })
    }
}

struct Ward {
    directory: tempfile::TempDir,
    institution: Institution,
    phone: Phone,
    enrolled: Enrolled,
    trust: Trust,
}

fn ward() -> Ward {
    let directory = tempfile::tempdir().unwrap();
    let mut institution = Institution::create(&directory.path().join("keys"), "Riverside Clinic").unwrap();
    let phone = Phone::new(directory.path(), 1);
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec!["ward-4".into()] };
    let enrolled = institution.enrol(&phone.sign(&phone.request()), &whom, NOW).unwrap();
    let (trust, _) = Trust::enrol(&phone.request().to_payload().unwrap(), &enrolled.document).unwrap();
    Ward { directory, institution, phone, enrolled, trust }
}

fn pack() -> String {
    include_str!("../../core/src/policy/packs/us-hipaa.json").to_owned()
}

fn terms() -> LeaseTerms {
    LeaseTerms { length_ms: 30 * DAY, grace_ms: 14 * DAY, max_running_ms: 30 * DAY }
}

fn accepted(trust: &Trust, bytes: &[u8]) -> (Document, Trust) {
    match trust.accept(bytes, NOW).unwrap() {
        Accepted::New { document, trust, .. } => (*document, *trust),
        Accepted::AlreadyDone { .. } => panic!("was news"),
    }
}

#[test]
fn both_sides_show_the_same_six_words() {
    let ward = ward();
    let request = identity(&ward.phone.request().to_payload().unwrap());
    let envelope = Envelope::parse(&ward.enrolled.document).unwrap();
    let enrolment = identity(envelope.dangerous_unverified_payload());
    assert_eq!(confirm::words(&request, &enrolment), ward.enrolled.words);
    assert_eq!(ward.trust.institution.name, "Riverside Clinic");
    assert_eq!(ward.institution.entry(&ward.phone.enrolment).unwrap(), ward.enrolled.entry);
}

#[test]
fn what_the_desk_issues_the_core_accepts_in_order() {
    let mut ward = ward();
    let id = ward.phone.enrolment;
    let first = ward.institution.policy(&pack(), Scope::Institution, NOW).unwrap();
    let second = ward.institution.policy(&pack(), Scope::Group("ward-4".into()), NOW).unwrap();
    let (document, trust) = accepted(&ward.trust, &second);
    let Document::Policy(policy) = document else { panic!("a policy") };
    assert_eq!(policy.pack_hash().0, Pack::parse(pack().as_bytes()).unwrap().hash());
    assert_eq!(trust.accept(&first, NOW), Err(Refusal::OlderVersion));
    let (_, trust) = accepted(&trust, &ward.institution.lease(&id, terms(), NOW).unwrap());
    let wipe = Action::WipeWorkspace { holds: None };
    let order = ward.institution.order(&id, wipe.clone(), "phone lost", Some(NOW + DAY), NOW).unwrap();
    let (document, trust) = accepted(&trust, &order);
    assert!(matches!(document, Document::Order(order) if order.action == wipe && order.number == 1));
    let unlock = ward.institution.order(&id, Action::Unlock {}, "forgotten passcode", None, NOW).unwrap();
    assert_eq!(accepted(&trust, &unlock).1.order.version, 2);
    // A phone that is enrolled now takes no policy older than the one in force.
    let late = Phone::new(ward.directory.path(), 2);
    let enrolled = ward
        .institution
        .enrol(&late.sign(&late.request()), &Enrolling { clinician: "Dr. Li".into(), ..Default::default() }, NOW)
        .unwrap();
    let (trust, _) = Trust::enrol(&late.request().to_payload().unwrap(), &enrolled.document).unwrap();
    assert_eq!(trust.accept(&first, NOW), Err(Refusal::OlderVersion));
    assert_eq!(trust.accept(&second, NOW), Err(Refusal::OtherGroup));
}

#[test]
fn another_institutions_order_is_refused() {
    let ward = ward();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = Institution::create(elsewhere.path(), "Riverside Clinic").unwrap();
    other
        .enrol(&ward.phone.sign(&ward.phone.request()), &Enrolling { clinician: "x".into(), ..Default::default() }, NOW)
        .unwrap();
    let wipe = Action::WipeWorkspace { holds: None };
    let order = other.order(&ward.phone.enrolment, wipe, "phone lost", None, NOW).unwrap();
    assert_eq!(ward.trust.accept(&order, NOW), Err(Refusal::OtherInstitution));
}

#[test]
fn a_request_is_signed_by_the_key_that_it_names_and_enrolled_once() {
    let mut ward = ward();
    let (one, two) = (Phone::new(ward.directory.path(), 7), Phone::new(ward.directory.path(), 8));
    let stolen = two.sign(&one.request());
    let whom = Enrolling { clinician: "x".into(), ..Default::default() };
    assert!(ward.institution.enrol(&stolen, &whom, NOW).is_err());
    let good = one.sign(&one.request());
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        assert!(ward.institution.enrol(&flipped, &whom, NOW).is_err(), "{at}");
    }
    assert!(ward.institution.enrol(&good, &whom, NOW).is_ok());
    assert!(ward.institution.enrol(&good, &whom, NOW).unwrap_err().to_string().contains("already"));
}

#[test]
fn one_process_issues_at_a_time() {
    let ward = ward();
    let error = Institution::open(ward.institution.directory()).unwrap_err();
    assert!(error.to_string().contains("another curtain"));
}

#[test]
fn a_receipt_is_verified_against_the_register_by_other_code() {
    let mut ward = ward();
    let receipt = ward.phone.receipt(&ward.trust, Cause::Departure, None);
    let bytes = ward.phone.sign(&receipt);
    let entry = &ward.enrolled.entry;
    let seen = verify::receipt(&bytes, entry).unwrap();
    assert_eq!((seen.identity, seen.journal_size), (identity(&receipt.to_payload().unwrap()).0, 9));
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(verify::receipt(&flipped, entry).is_err(), "{at}");
        assert!(verify::receipt(&bytes[..at], entry).is_err(), "cut {at}");
    }
    // Another phone's signature, another workspace, residue, an order that was never issued.
    let stranger = Phone::new(ward.directory.path(), 9);
    assert_eq!(verify::receipt(&stranger.sign(&receipt), entry), Err(verify::Fault::Signature));
    let workspace = Receipt { workspace: Hex([9; 16]), ..receipt.clone() };
    assert!(verify::receipt(&ward.phone.sign(&workspace), entry).is_err());
    let residue = Receipt { residue: Residue { files: 1, keys: 0 }, ..receipt };
    assert!(verify::receipt(&ward.phone.sign(&residue), entry).is_err());
    let unknown = ward.phone.receipt(&ward.trust, Cause::Order, Some(Hex([7; 32])));
    assert!(verify::receipt(&ward.phone.sign(&unknown), entry).is_err());
    let wipe = Action::WipeWorkspace { holds: None };
    let order = ward.institution.order(&ward.phone.enrolment, wipe, "lost", None, NOW).unwrap();
    let hash = identity(Envelope::parse(&order).unwrap().dangerous_unverified_payload());
    let known = ward.phone.sign(&ward.phone.receipt(&ward.trust, Cause::Order, Some(hash)));
    let entry = ward.institution.entry(&ward.phone.enrolment).unwrap();
    assert!(verify::receipt(&known, &entry).is_ok());
}

#[test]
fn a_journal_that_shrank_or_forked_is_noticed() {
    use curtain_desk::issuer::register::KeptCheckpoint;
    let ward = ward();
    let mut entry = ward.enrolled.entry.clone();
    let check = |entry: &_, size, root| verify::checkpoint(&ward.phone.checkpoint(&ward.trust, size, root), entry);
    assert!(check(&entry, 8, 1).is_ok());
    entry.checkpoint = Some(KeptCheckpoint { size: 9, root: Hex([4; 32]) });
    assert!(check(&entry, 8, 1).unwrap_err().to_string().contains("shrank"));
    assert!(check(&entry, 9, 1).unwrap_err().to_string().contains("forked"));
    assert!(check(&entry, 9, 4).is_ok());
    assert!(check(&entry, 10, 1).is_ok());
    let receipt = ward.phone.receipt(&ward.trust, Cause::Departure, None);
    assert!(verify::receipt(&ward.phone.sign(&receipt), &entry).is_ok());
    let short = Receipt { journal_size: 8, ..receipt };
    assert!(verify::receipt(&ward.phone.sign(&short), &entry).is_err());
}

fn curtain(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_curtain")).current_dir(directory).args(arguments).output().unwrap()
}

/// Runs it, expects success, gives the standard output.
fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = curtain(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it, expects one line on stderr and this exit code, gives the line.
fn refused(directory: &Path, code: i32, arguments: &[&str]) -> String {
    let output = curtain(directory, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    if code == 1 {
        assert_eq!(text.trim_end().lines().count(), 1, "{text}");
        assert!(text.starts_with("curtain: ") && output.stdout.is_empty(), "{text}");
    }
    text
}

fn written(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_commands_do_it_all_and_fail_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    done(at, &["key", "init", "--name", "Riverside Clinic", "--out", "keys"]);
    refused(at, 2, &["key", "init", "--name", "Riverside Clinic", "--out", "keys"]);
    done(at, &["key", "new", "--role", "recipient", "--for", "recovery", "--out", "keys"]);
    let phone = Phone::new(at, 1);
    written(at, "request.jws", &phone.sign(&phone.request()));
    let text = done(at, &["enrol", "request.jws", "--keys", "keys", "--clinician", "Dr. Osei", "--out", "e.jws"]);
    let document = std::fs::read(at.join("e.jws")).unwrap();
    let (trust, enrolment) = Trust::enrol(&phone.request().to_payload().unwrap(), &document).unwrap();
    assert_eq!((enrolment.clinician.as_str(), trust.recipients.recovery.len()), ("Dr. Osei", 1));
    let words = confirm::words(&identity(&phone.request().to_payload().unwrap()), &trust.enrolled.hash.unwrap());
    assert!(text.contains(&words.join(" ")));

    written(at, "pack.json", pack().as_bytes());
    done(at, &["policy", "check", "pack.json"]);
    done(at, &["policy", "sign", "pack.json", "--keys", "keys", "--out", "policy.jws"]);
    let shown = done(at, &["policy", "show", "policy.jws", "--keys", "keys"]);
    assert!(shown.contains("policy version 1") && shown.contains(pack().trim_end()));
    let id = phone.enrolment.to_string();
    done(at, &["lease", "sign", &id, "--keys", "keys", "--days", "30", "--out", "lease.jws"]);
    done(
        at,
        &["order", "wipe", &id, "--keys", "keys", "--reason", "phone lost", "--holds", "keep", "--out", "wipe.jws"],
    );
    let now = curtain_desk::now_ms();
    let mut held = trust.clone();
    for name in ["policy.jws", "lease.jws", "wipe.jws"] {
        match held.accept(&std::fs::read(at.join(name)).unwrap(), now).unwrap() {
            Accepted::New { trust, .. } => held = *trust,
            Accepted::AlreadyDone { .. } => panic!("{name} was news"),
        }
    }

    // The receipt, beside which nothing lies, in another directory; then with one flipped byte.
    let receipt = phone.sign(&phone.receipt(&trust, Cause::Order, held.order.hash));
    let elsewhere = tempfile::tempdir().unwrap();
    let there = elsewhere.path();
    written(there, "receipt.jws", &receipt);
    assert!(refused(there, 1, &["verify", "receipt", "receipt.jws"]).contains("--register"));
    let register = at.join("keys/register");
    let register = register.to_str().unwrap();
    assert!(done(there, &["verify", "receipt", "receipt.jws", "--register", register]).contains("The receipt holds"));
    std::fs::copy(Path::new(register).join(format!("{id}.json")), there.join("register.json")).unwrap();
    done(there, &["verify", "receipt", "receipt.jws"]);
    let mut flipped = receipt.clone();
    flipped[receipt.len() / 2] ^= 1;
    written(there, "flipped.jws", &flipped);
    refused(there, 1, &["verify", "receipt", "flipped.jws"]);
    done(
        at,
        &["order", "acknowledge", there.join("receipt.jws").to_str().unwrap(), "--keys", "keys", "--out", "a.jws"],
    );
    let (document, _) = match held.accept(&std::fs::read(at.join("a.jws")).unwrap(), now).unwrap() {
        Accepted::New { document, trust, .. } => (*document, trust),
        Accepted::AlreadyDone { .. } => panic!("was news"),
    };
    let Document::Order(order) = document else { panic!("an order") };
    let payload = Envelope::parse(&receipt).unwrap().dangerous_unverified_payload().to_vec();
    assert_eq!(order.action, Action::Acknowledge { receipt: identity(&payload) });

    written(at, "c.jws", &phone.checkpoint(&trust, 9, 4));
    written(at, "shorter.jws", &phone.checkpoint(&trust, 8, 4));
    done(at, &["verify", "checkpoint", "c.jws", "--register", "keys/register", "--keep"]);
    let text = refused(at, 1, &["verify", "checkpoint", "shorter.jws", "--register", "keys/register"]);
    assert!(text.contains("shrank"));

    for (code, arguments) in [
        (2, &["verify"][..]),
        (2, &["lease", "sign", "zz", "--keys", "keys", "--out", "x"]),
        (2, &["lease", "sign", &id, "--keys", "nowhere", "--out", "x"]),
        (2, &["lease", "sign", &id, "--keys", "keys", "--days", "0", "--out", "x"]),
        (1, &["lease", "sign", &"0".repeat(32), "--keys", "keys", "--out", "x"]),
        (1, &["enrol", "request.jws", "--keys", "keys", "--clinician", "Dr. Osei", "--out", "x"]),
        (1, &["enrol", "pack.json", "--keys", "keys", "--clinician", "Dr. Osei", "--out", "x"]),
        (1, &["policy", "check", "request.jws"]),
        (1, &["policy", "show", "lease.jws", "--keys", "keys"]),
        (1, &["verify", "receipt", "missing.jws"]),
        (1, &["verify", "receipt", "c.jws", "--register", "keys/register"]),
        (1, &["open", "request.jws", "--identity", "keys/recipient-export-1.age"]),
    ] {
        refused(at, code, arguments);
    }
    assert!(!at.join("x").exists());
    written(at, "huge", &vec![b'{'; 10_000_000]);
    assert!(refused(at, 1, &["verify", "receipt", "huge"]).contains("larger than"));
}

#[test]
fn a_root_without_enough_private_keys_signs_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let mut institution = Institution::create(&at.join("keys"), "Riverside Clinic").unwrap();
    for name in ["root-1.jwk", "root-2.jwk"] {
        std::fs::remove_file(at.join("keys").join(name)).unwrap();
    }
    let phone = Phone::new(at, 1);
    let whom = Enrolling { clinician: "x".into(), ..Default::default() };
    let error = institution.enrol(&phone.sign(&phone.request()), &whom, NOW).unwrap_err();
    assert!(error.to_string().contains("2 root keys must sign, 1 private"), "{error}");
    assert!(institution.entry(&phone.enrolment).is_err());
}

#[cfg(unix)]
#[test]
fn private_keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    Institution::create(directory.path(), "Riverside Clinic").unwrap();
    for name in ["root-1.jwk", "order-1.jwk", "recipient-audit-1.age"] {
        let mode = std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
