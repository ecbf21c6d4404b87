//! A hold from the order to the court: what a phone keeps, and who can open it.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::{Curtain, Delivery};
use curtain_core::error::CurtainError;
use curtain_core::policy::document::Scope;
use curtain_core::session::Session;
use curtain_desk::issuer::{Enrolling, Institution};
use curtain_desk::now_ms;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

const PASSCODE: &[u8] = b"four calm herons wade";
const PATIENTS: &[u8] = include_bytes!("../../tests/fixtures/patients.json");

#[cfg(feature = "dangerous-cheap-kdf")]
const COST: KdfCost = KdfCost::DANGEROUS_CHEAP;
#[cfg(not(feature = "dangerous-cheap-kdf"))]
const COST: KdfCost = KdfCost::STANDARD;

struct Ward {
    directory: tempfile::TempDir,
    curtain: Arc<Curtain>,
    workspace: String,
}

fn phone(directory: &Path) -> Arc<Curtain> {
    let keystore = SoftwareKeystore::new(&directory.join("hardware")).unwrap();
    Curtain::with_cost(&directory.join("phone"), Arc::new(keystore), Arc::new(SoftwareClock), COST).unwrap()
}

fn ward() -> Ward {
    let directory = tempfile::tempdir().unwrap();
    let curtain = phone(directory.path());
    let mut institution = Institution::create(&directory.path().join("keys"), "Riverside Clinic").unwrap();
    let request = curtain.request().unwrap();
    let whom = Enrolling { clinician: "Dr. Osei".into(), groups: vec![] };
    let enrolled = institution.enrol(&request.document, &whom, now_ms()).unwrap();
    let workspace = curtain.enrol(&enrolled.document, PASSCODE).unwrap().id;
    let pack = include_str!("../../core/src/policy/packs/us-hipaa.json");
    let policy = institution.policy(pack, Scope::Institution, now_ms()).unwrap();
    assert_eq!(curtain.deliver(&policy).unwrap(), Delivery::Done);
    Ward { directory, curtain, workspace }
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copied(&path, &target);
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}

impl Ward {
    fn desk(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_curtain")).current_dir(self.directory.path()).args(arguments).output().unwrap()
    }

    /// Signs an order with the tool; gives what it printed and the document.
    fn order(&self, name: &str, more: &[&str]) -> (String, Vec<u8>) {
        let mut arguments = vec!["order", name, &self.workspace, "--keys", "keys", "--reason", "case 7"];
        arguments.extend(["--out", "order.jws"]);
        arguments.extend(more);
        let output = self.desk(&arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        (String::from_utf8(output.stdout).unwrap(), std::fs::read(self.directory.path().join("order.jws")).unwrap())
    }

    fn deliver(&self, name: &str, more: &[&str]) -> (String, Delivery) {
        let (printed, document) = self.order(name, more);
        (printed, self.curtain.deliver(&document).unwrap())
    }

    /// Brings the held files out, as a shell would.
    fn collect(&self) -> PathBuf {
        let held = self.directory.path().join("held");
        std::fs::create_dir_all(&held).unwrap();
        for file in self.curtain.held_files(self.workspace.clone()).unwrap() {
            let part = |at| self.curtain.held_part(self.workspace.clone(), file.name.clone(), at, 1 << 20).unwrap();
            let mut bytes = Vec::new();
            while (bytes.len() as u64) < file.length {
                bytes.extend(part(bytes.len() as u64));
            }
            std::fs::write(held.join(&file.name), bytes).unwrap();
        }
        held
    }
}

fn two(session: &Session) -> [(String, String, String); 2] {
    let mut found = session.patients().unwrap().into_iter().filter_map(|summary| {
        let identifier = session.patient(summary.id.clone()).unwrap().identifiers.first()?.clone();
        Some((summary.id, identifier.system, identifier.value))
    });
    [found.next().unwrap(), found.next().unwrap()]
}

#[test]
fn after_a_wipe_under_a_hold_only_the_escrow_identity_opens_and_only_the_held_patient() {
    let ward = ward();
    let session = ward.curtain.unlock(ward.workspace.clone(), PASSCODE).unwrap();
    session.import_patients(PATIENTS).unwrap();
    let [(held, system, value), (other, ..)] = two(&session);
    for patient in [&held, &other] {
        session.save_note(None, patient.clone(), "Ward".into(), format!("canary of {patient}")).unwrap();
    }
    let named = ["--system", &system, "--value", &value];
    let (printed, document) = ward.order("hold", &named);
    assert!(!String::from_utf8_lossy(&document).contains(&value), "no identifier stands in an order");
    let hold = printed.lines().find_map(|line| line.strip_prefix("hold ")).unwrap().to_owned();
    assert_eq!(ward.curtain.deliver(&document).unwrap(), Delivery::Done);
    // Written after the hold began: it is kept too.
    session.save_note(None, held.clone(), "Later".into(), format!("later canary of {held}")).unwrap();
    session.lock().unwrap();
    let thief = ward.directory.path().join("thief");
    copied(&ward.directory.path().join("phone"), &thief.join("phone"));
    let refusal = ward.deliver("wipe", &[]).1;
    assert!(matches!(refusal, Delivery::Refused { .. }), "{refusal:?}");
    assert_eq!(ward.deliver("wipe", &["--holds", "keep"]).1, Delivery::Done);
    assert!(session.patients().is_err());

    // The phone with every key that its keystore still has, and the passcode: nothing opens.
    drop(session);
    assert_eq!(ward.curtain.unlock(ward.workspace.clone(), PASSCODE).err(), Some(CurtainError::Erased));
    // Nor does a whole copy of its files from before, wraps included, with those keys.
    copied(&ward.directory.path().join("hardware"), &thief.join("hardware"));
    let opened = phone(&thief).unlock(ward.workspace.clone(), PASSCODE);
    assert!(matches!(opened.err(), Some(CurtainError::RolledBack | CurtainError::KeyGone)));
    let directory = ward.collect();
    let database = std::fs::read(directory.join("vault.db")).unwrap();
    assert!(!database.windows(6).any(|window| window == b"canary"));

    // The escrow identity opens the held patient, and nobody else.
    let identity = "keys/recipient-escrow-1.age";
    let output = ward.desk(&["open", "held", "--identity", identity]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["patients"].as_array().unwrap().len(), 1);
    assert_eq!(read["patients"][0]["lane"], held.as_str());
    let records = read["patients"][0]["records"].as_array().unwrap();
    let kinds: Vec<&str> = records.iter().map(|record| record["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "note").count(), 2);
    assert!(kinds.contains(&"patient") && text.contains(&format!("later canary of {held}")) && text.contains(&value));
    assert!(!text.contains(&other), "nothing of another patient");
    for wrong in ["keys/recipient-export-1.age", "keys/recipient-audit-1.age"] {
        assert_eq!(ward.desk(&["open", "held", "--identity", wrong]).status.code(), Some(1));
    }
    // Reading changed nothing of the evidence, and a changed record does not open.
    assert_eq!(std::fs::read(directory.join("vault.db")).unwrap(), database);
    let wrap = format!("escrow-{held}.age");
    std::fs::rename(directory.join(&wrap), directory.join(format!("escrow-{other}.age"))).unwrap();
    let renamed = ward.desk(&["open", "held", "--identity", identity]);
    assert!(String::from_utf8_lossy(&renamed.stdout).contains(&held), "what is inside a wrap counts, not its name");

    // An acknowledgement erases: the tool asks whether everything was collected.
    let receipt = ward.curtain.receipt(ward.workspace.clone()).unwrap().unwrap();
    std::fs::write(ward.directory.path().join("receipt.jws"), receipt).unwrap();
    let acknowledge = ["order", "acknowledge", "receipt.jws", "--keys", "keys", "--out", "ack.jws"];
    assert_eq!(ward.desk(&acknowledge).status.code(), Some(1));
    let all: Vec<&str> = acknowledge.into_iter().chain(["--held-collected"]).collect();
    assert_eq!(ward.desk(&all).status.code(), Some(0));
    let acknowledged = std::fs::read(ward.directory.path().join("ack.jws")).unwrap();
    assert_eq!(ward.curtain.deliver(&acknowledged).unwrap(), Delivery::Done);
    assert!(ward.curtain.workspaces().unwrap().is_empty());
    assert_eq!(hold.len(), 64);
}

#[test]
fn a_hold_of_everybody_is_released_by_what_the_tool_printed() {
    let ward = ward();
    let session = ward.curtain.unlock(ward.workspace.clone(), PASSCODE).unwrap();
    session.import_patients(PATIENTS).unwrap();
    let [(patient, system, value), _] = two(&session);
    let (printed, done) = ward.deliver("hold", &["--workspace"]);
    assert_eq!(done, Delivery::Done);
    let hold = printed.lines().find_map(|line| line.strip_prefix("hold ")).unwrap().to_owned();
    let wipe = ["--system", &system, "--value", &value];
    assert_eq!(ward.deliver("wipe-patient", &wipe).1, Delivery::Done);
    assert!(session.patient(patient.clone()).is_ok(), "held");
    assert_eq!(ward.deliver("release", &["--hold", &hold]).1, Delivery::Done);
    assert_eq!(ward.deliver("wipe-patient", &wipe).1, Delivery::Done);
    assert_eq!(session.patient(patient.clone()).err(), Some(CurtainError::NotFound));
    let note = session.patients().unwrap()[0].id.clone();
    let note = session.save_note(None, note, "Ward".into(), "old".into()).unwrap();
    assert_eq!(ward.deliver("wipe-before", &["--date", "2020-01-01"]).1, Delivery::Done);
    assert!(session.note(note.clone()).is_ok());
    assert_eq!(ward.deliver("wipe-before", &["--date", "2199-12-31"]).1, Delivery::Done);
    assert_eq!(session.note(note).err(), Some(CurtainError::NotFound));
    for bad in ["2026-13-01", "2026-02-30", "1969-12-31", "2026-1", "tomorrow", "2026-01-01-01"] {
        let mut arguments = vec!["order", "wipe-before", &ward.workspace, "--keys", "keys", "--reason", "x"];
        arguments.extend(["--out", "x.jws", "--date", bad]);
        assert_eq!(ward.desk(&arguments).status.code(), Some(2), "{bad}");
    }
}

#[test]
fn the_tool_orders_a_phone_to_leave_opens_what_it_hands_over_and_reads_the_policy_in_its_receipt() {
    let ward = ward();
    let session = ward.curtain.unlock(ward.workspace.clone(), PASSCODE).unwrap();
    session.import_patients(PATIENTS).unwrap();
    let [(one, ..), (two, ..)] = two(&session);
    for patient in [&one, &two] {
        session.save_note(None, patient.clone(), "Ward".into(), format!("canary of {patient}")).unwrap();
    }
    assert_eq!(ward.deliver("leave", &["--until", "2999-03-07"]).1, Delivery::Done);
    let leaving = ward.curtain.workspaces().unwrap().remove(0).leaving.unwrap();
    assert_eq!((leaving.leaving_until_ms, leaving.reason.as_str()), (Some(32_477_760_000_000), "case 7"));
    let sealed = session.hand_over(session.fresh_auth(PASSCODE).unwrap()).unwrap();
    std::fs::write(ward.directory.path().join("handed.age"), &sealed).unwrap();
    let opened =
        ward.desk(&["open", "handed.age", "--identity", "keys/recipient-export-1.age", "--out", "handed.json"]);
    assert_eq!(opened.status.code(), Some(0), "{opened:?}");
    let text = std::fs::read_to_string(ward.directory.path().join("handed.json")).unwrap();
    for patient in [&one, &two] {
        assert!(text.contains(&format!("canary of {patient}")));
    }
    let verified = ward.desk(&["verify", "export", "handed.json", "--register", "keys/register"]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    assert_eq!(session.discard_handed_over(session.fresh_auth(PASSCODE).unwrap()).unwrap(), 2);
    let receipt = session.wipe(session.fresh_auth(PASSCODE).unwrap()).unwrap();
    std::fs::write(ward.directory.path().join("receipt.jws"), receipt).unwrap();
    let read = ward.desk(&["verify", "receipt", "receipt.jws", "--register", "keys/register"]);
    let said = String::from_utf8(read.stdout).unwrap();
    assert!(said.contains("policy     version 1, ") && said.contains("2  handed_over"), "{said}");
}
