//! Writes a small real vault for readers by other code: `cargo run -p curtain-core --example vectors -- DIRECTORY`.
//!
//! ```text
//! phone/        the files of a phone, locked, with one wrong guess since       docs/formats.md
//! keys/         the software keystore's keys: one file an alias, the byte of its purpose and the key
//! before/       vault.db, slots and anchor as they were before the purge and the shredding
//! wiped/        anchor and receipt of a copy of that phone, wiped, and the anchor's key
//! patient.age, journal.age    an export and the journal's, sealed to the institution
//! expected.json what must be found, as this library reads it back from a copy
//! ```
//!
//! Everything is invented; the passcode and the recipient's secret stand in `expected.json`. Guesses cost what they cost on a phone.

#[path = "fixture/phone.rs"]
mod phone;

use curtain_core::consent::{Allowed, ConsentBasis, HowGiven};
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::Curtain;
use curtain_core::message::{Outcome, last_four};
use curtain_core::policy::{Audience, Channel};
use curtain_core::session::{AssessRequest, ConsentForm, DiscardReason, Session};
use curtain_core::vault::{AttemptRules, Id, Workspace};
use curtain_core::words::Lang;
use data_encoding::HEXLOWER;
use phone::{DAY_MS, Hospital, TurnedClock, patient};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Done<T = ()> = Result<T, Box<dyn Error>>;

const PASSCODE: &str = "four calm herons wade";
const NUMBER: &str = "555-777-0142";
const PURGED: &str = "Purged: the wound is dry, stitches out on Monday.";
const SHREDDED: &str = "Shredded: a patient who was here by mistake.";
const KEPT: &str = "Kept: peak flow 410 after the nebuliser. «Überprüft», 再検査.";
const LONG: &str = "Long: ";
const SENT: &str = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
const INBOUND: &str = "thank you doctor";
const DRAFT: &str = "Half a sent";

fn main() -> Done {
    let out: PathBuf = std::env::args_os().nth(1).ok_or("vectors DIRECTORY")?.into();
    if out.exists() {
        return Err("the directory exists already".into());
    }
    let (files, keys, before) = (out.join("phone"), out.join("keys"), out.join("before"));
    fs::create_dir_all(&before)?;
    let (clock, hospital) = (Arc::new(TurnedClock::default()), Hospital::new()?);
    let keystore = Arc::new(SoftwareKeystore::new(&keys)?);
    let curtain = phone::open(&files, keystore, &clock)?;
    let workspace = hospital.take_in(&curtain, PASSCODE.as_bytes())?;
    let session = curtain.unlock(workspace.clone(), PASSCODE.as_bytes())?;
    let ana = session.save_patient(patient("Ana", "Ruiz", "1958-03-02", "A-1001", NUMBER))?;
    let ben = session.save_patient(patient("Ben", "Okafor", "1990-12-31", "A-1002", "555-777-0143"))?;
    let mistaken = session.save_patient(patient("Cy", "Doe", "2001-07-09", "A-1003", "555-777-0144"))?;
    let shredded = session.save_note(None, mistaken.clone(), "Wrong".into(), SHREDDED.into())?;
    let purged = session.save_note(None, ana.clone(), "Ward".into(), PURGED.into())?;
    session.file_chart(session.chart_note(purged.clone())?)?;
    let kept = session.save_note(None, ana.clone(), "Spirometry".into(), KEPT.into())?;
    session.lock()?;
    let place = files.join("workspaces").join(&workspace);
    for name in ["vault.db", "slots", "anchor"] {
        fs::copy(place.join(name), before.join(name))?;
    }

    clock.pass(31 * DAY_MS);
    let session = curtain.unlock(workspace.clone(), PASSCODE.as_bytes())?;
    session.shred_patient(mistaken.clone(), session.fresh_auth(PASSCODE.as_bytes())?)?;
    clock.pass(1_000);
    let long = session.save_note(None, ben.clone(), "Round".into(), LONG.to_owned() + &"soft abdomen. ".repeat(60))?;
    session.save_note(Some(long.clone()), ben.clone(), "Round".into(), LONG.to_owned() + &"settled. ".repeat(60))?;
    let message = consent_and_send(&session, &ana)?;
    session.record_inbound(ana.clone(), Channel::Sms, NUMBER.into(), INBOUND.into(), Lang::En)?;
    let sealed_patient = session.export_patient(ben.clone(), session.fresh_auth(PASSCODE.as_bytes())?)?;
    fs::write(out.join("patient.age"), sealed_patient)?;
    session.enable_biometry(PASSCODE.as_bytes())?;
    session.enable_recovery(PASSCODE.as_bytes())?;
    fs::write(out.join("journal.age"), session.export_journal(session.fresh_auth(PASSCODE.as_bytes())?)?)?;
    let draft = session.new_draft(Some(ben.clone()), Channel::Sms, Audience::Patient)?;
    session.type_draft(draft.clone(), DRAFT.into(), 11)?;
    clock.pass(5_000);
    session.lock()?;
    clock.pass(5_000);
    if curtain.unlock(workspace.clone(), b"a wrong passcode").is_ok() {
        return Err("a wrong passcode opened it".into());
    }
    drop((session, curtain));

    let expected = json!({
        "workspace": workspace,
        "passcode": PASSCODE,
        "wrong_passcode": "a wrong passcode",
        "recipient_secret": HEXLOWER.encode(&curtain_core::crypto::sha256(b"curtain vectors: a recipient that protects nothing")),
        "patients": {"ana": ana, "ben": ben},
        "texts": {&kept: KEPT, &message: SENT, &draft: DRAFT},
        "gone": {&purged: PURGED, &shredded: SHREDDED},
        "shredded_patient": mistaken,
        "vault": read_back(&out, &files, &keys, &workspace, &clock)?,
    });
    fs::write(out.join("expected.json"), serde_json::to_string_pretty(&expected)? + "\n")?;
    wipe_a_copy(&out, &files, &keys, &workspace, &clock)
}

fn consent_and_send(session: &Session, patient: &str) -> Done<String> {
    session.record_consent(ConsentForm {
        patient: patient.to_owned(),
        channel: Channel::Sms,
        address: NUMBER.into(),
        allowed: Allowed::Logistics,
        lang: Lang::En,
        alternatives: vec![Channel::Portal, Channel::Phone],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    })?;
    let draft = session.new_draft(Some(patient.to_owned()), Channel::Sms, Audience::Patient)?;
    session.type_draft(draft.clone(), SENT.into(), 0)?;
    let request = AssessRequest {
        patient: Some(patient.to_owned()),
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: Some(NUMBER.into()),
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    session.confirm_number(patient.to_owned(), NUMBER.into(), last_four(NUMBER).unwrap_or_default())?;
    let handed = session.hand_off(draft, request)?;
    session.record_outcome(handed.message.clone(), Outcome::Sent)?;
    Ok(handed.message)
}

/// A copy of phone and keys, as opening changes both.
fn copy(out: &Path, files: &Path, keys: &Path) -> Done<(PathBuf, PathBuf)> {
    let (other_files, other_keys) = (out.join("copy-of-phone"), out.join("copy-of-keys"));
    for (from, to) in [(files, &other_files), (keys, &other_keys)] {
        copy_tree(from, to)?;
    }
    Ok((other_files, other_keys))
}

fn copy_tree(from: &Path, to: &Path) -> Done {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Every record and journal entry of a copy, by the vault's own reading.
fn read_back(out: &Path, files: &Path, keys: &Path, workspace: &str, clock: &TurnedClock) -> Done<Value> {
    use curtain_core::platform::Clock;
    let (files, keys) = copy(out, files, keys)?;
    let keystore = Arc::new(SoftwareKeystore::new(&keys)?);
    let mut place = Workspace::open(keystore, &files.join("workspaces"), Id::parse(workspace)?)?;
    let (entries, segment) = (place.anchor().state().journal.size(), place.anchor().state().segment.len());
    let mut vault = place.unlock(PASSCODE.as_bytes(), &clock.now()?, AttemptRules::default())?;
    let mut lanes = serde_json::Map::new();
    for lane in vault.lanes() {
        let mut records = Vec::new();
        vault.scan(lane, |row, body| {
            records.push(json!({
                "id": row.id.text(),
                "version": row.version,
                "kind": row.kind,
                "head": String::from_utf8_lossy(&row.head),
                "body": HEXLOWER.encode(&body),
            }));
            Ok(())
        })?;
        lanes.insert(lane.text(), records.into());
    }
    let rows = vault.journal(0)?;
    let entries = usize::try_from(entries)?;
    let texts = |rows: &[Vec<u8>]| -> Done<Vec<Value>> {
        rows.iter().map(|row| Ok(serde_json::from_slice::<Value>(row)?["entry"].clone())).collect()
    };
    // The copy's unlock counted a guess of its own after those of the segment.
    let (log, while_locked) = (texts(&rows[..entries])?, texts(&rows[entries..entries + segment])?);
    drop(vault);
    fs::remove_dir_all(files)?;
    fs::remove_dir_all(keys)?;
    Ok(json!({"lanes": lanes, "journal": log, "segment": while_locked}))
}

/// What a wipe leaves: anchor and receipt of another copy.
fn wipe_a_copy(out: &Path, files: &Path, keys: &Path, workspace: &str, clock: &Arc<TurnedClock>) -> Done {
    let (files, keys) = copy(out, files, keys)?;
    let keystore = Arc::new(SoftwareKeystore::new(&keys)?);
    let curtain: Arc<Curtain> = phone::open(&files, keystore, clock)?;
    let session = curtain.unlock(workspace.to_owned(), PASSCODE.as_bytes())?;
    let token = || session.fresh_auth(PASSCODE.as_bytes());
    for item in session.checklist()?.open {
        session.discard(item.id, DiscardReason::NotNeeded, token()?)?;
    }
    session.wipe(token()?)?;
    drop((session, curtain));
    let wiped = out.join("wiped");
    fs::create_dir_all(&wiped)?;
    let place = files.join("workspaces").join(workspace);
    for name in ["anchor", "receipt.jws"] {
        fs::copy(place.join(name), wiped.join(name))?;
    }
    for entry in fs::read_dir(&keys)? {
        let entry = entry?;
        fs::copy(entry.path(), wiped.join(entry.file_name()))?;
    }
    fs::remove_dir_all(files)?;
    fs::remove_dir_all(keys)?;
    Ok(())
}
