//! The Rust side of the shells' tables: the same calls as `android/bench` and `ios/bench`, without bindings between.
//!
//! `cargo bench -p curtain-desk` prints it; what a shell's row takes beyond this one's is the bindings' share.

use curtain_core::consent::{Allowed, ConsentBasis, HowGiven};
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::Curtain;
use curtain_core::message::last_four;
use curtain_core::policy::document::Scope;
use curtain_core::policy::{Audience, Channel, Pack};
use curtain_core::roster::{Roster, RosterMember};
use curtain_core::session::{AssessRequest, ConsentForm, Session};
use curtain_core::words::Lang;
use curtain_desk::issuer::{Enrolling, Institution};
use curtain_desk::now_ms;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Timer};

const PASSCODE: &[u8] = b"seven calm herons wade";
/// One draft of 320 characters, typed one by one.
const DRAFT: &str = include_str!("../../tests/fixtures/keystrokes.txt");
const PATIENTS: &[u8] = include_bytes!("../../tests/fixtures/patients.json");
const NOTES: usize = 50;
/// Patients on the phone beside those of the fixture.
const STORED: usize = 4_980;

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let scratch = tempfile::tempdir()?;
    // Keys in memory, as the shells' fakes have them: this measures Curtain and not a disk.
    let memory = Path::new("/dev/shm");
    let keys = if memory.exists() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
    let keystore = Arc::new(SoftwareKeystore::new(keys.path())?);
    let curtain = Curtain::open(scratch.path().join("phone").display().to_string(), keystore, Arc::new(SoftwareClock))?;
    let mut hospital = Institution::create(&scratch.path().join("hospital"), "St. Alder")?;
    let whom = Enrolling { clinician: "Dr. Lee".to_owned(), groups: Vec::new() };
    let enrolled = hospital.enrol(&curtain.request()?.document, &whom, now_ms())?;
    let workspace = curtain.enrol(&enrolled.document, PASSCODE)?.id;

    println!("{:<28} {:>7} {:>10} {:>10} {:>10}", "what, in us", "rounds", "least", "p50", "p99");
    let session = curtain.unlock(workspace.clone(), PASSCODE)?;
    session.import_patients(PATIENTS)?;
    let patients: Vec<String> = session.patients()?.into_iter().take(4).map(|patient| patient.id).collect();
    let text: String = DRAFT.trim_end().chars().cycle().take(1000).collect();
    for patient in &patients {
        for _ in 0..NOTES {
            session.save_note(None, patient.clone(), "Visit".into(), text.clone())?;
        }
    }
    let patient = &patients[0];
    typing(&session)?;
    times("list 50 notes", 500, || Ok(session.notes(patient.clone())?))?;
    let note = session.notes(patient.clone())?.remove(0).id;
    times("read a note", 500, || Ok(session.note(note.clone())?))?;
    // On another patient: the list above keeps its length.
    let other = &patients[1];
    times("save a note", 200, || Ok(session.save_note(None, other.clone(), "Visit".into(), text.clone())?))?;
    session.lock()?;
    let mut rounds = Vec::new();
    for _ in 0..20 {
        let start = Timer::now();
        let session = curtain.unlock(workspace.clone(), PASSCODE)?;
        rounds.push(start.elapsed());
        session.lock()?;
    }
    row("unlock", rounds)?;
    let pack = String::from_utf8(Pack::builtin_json("us-hipaa")?)?;
    curtain.deliver(&hospital.policy(&pack, Scope::Institution, now_ms())?)?;
    full_ward(&curtain, &workspace)
}

/// A keystroke with everything that a verdict may depend on: 5,000 patients on the phone, an answer on record, texts handed off
/// to the number before, and for a group its roster.
fn full_ward(curtain: &Curtain, workspace: &str) -> Done {
    let session = curtain.unlock(workspace.to_owned(), PASSCODE)?;
    let people: Vec<String> = (0..STORED).map(person).collect();
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, people.join(","));
    session.import_patients(bundle.as_bytes())?;
    let patients = session.patients()?;
    let stored = patients.len();
    let patient =
        patients.iter().find(|one| one.display_name.contains("Family00042")).ok_or("no such patient")?.id.clone();
    let address = session.patient(patient.clone())?.contacts.remove(0).value;
    let to_patient = AssessRequest {
        patient: Some(patient.clone()),
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: Some(address.clone()),
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    session.record_consent(ConsentForm {
        patient: patient.clone(),
        channel: Channel::Sms,
        address,
        allowed: Allowed::Logistics,
        lang: Lang::En,
        alternatives: vec![Channel::Portal],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    })?;
    for hour in 1..=5 {
        let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient)?;
        session.type_draft(draft.clone(), format!("Your appointment is tomorrow at {hour} pm."), 0)?;
        let number = to_patient.address.clone().unwrap_or_default();
        session.confirm_number(patient.clone(), number.clone(), last_four(&number).unwrap_or_default())?;
        session.hand_off(draft, to_patient.clone())?;
    }
    let member =
        |index: usize| RosterMember { name: format!("Dr. Member{index}"), role: "resident".into(), until_ms: None };
    let members = (0..40).map(member).collect();
    let roster = Roster { id: String::new(), name: "Ward 4".into(), members, confirmed_ms: now_ms() };
    let roster = session.save_roster(roster)?;
    let to_group = AssessRequest {
        channel: Channel::SecureMessaging,
        audience: Audience::Group,
        address: None,
        roster: Some(roster),
        ..to_patient.clone()
    };
    let draft = DRAFT.trim_end();
    let ends: Vec<usize> = draft.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    for (what, request) in [("patient", to_patient), ("group", to_group)] {
        let mut taken = Vec::new();
        for round in 0..7 {
            for end in &ends {
                let so_far = draft[..*end].to_owned();
                let start = Timer::now();
                black_box(session.assess(so_far, request.clone())?);
                if round >= 2 {
                    taken.push(start.elapsed());
                }
            }
        }
        row(&format!("{what}, {stored} stored"), taken)?;
    }
    session.lock()?;
    Ok(())
}

/// A patient as FHIR; names that are nobody's words.
fn person(index: usize) -> String {
    format!(
        r#"{{"resource":{{"resourceType":"Patient","identifier":[{{"system":"urn:mrn","value":"B{index:05}"}}],
        "name":[{{"family":"Family{index:05}","given":["Given{}"]}}],"birthDate":"19{:02}-03-04",
        "telecom":[{{"system":"phone","value":"555-{:03}-{:04}"}}]}}}}"#,
        index % 700,
        30 + index % 60,
        200 + index / 10_000,
        index % 10_000
    )
}

/// Each prefix of the draft, as somebody types it.
fn typing(session: &Session) -> Done {
    let draft = DRAFT.trim_end();
    let ends: Vec<usize> = draft.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let request = AssessRequest {
        patient: None,
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: None,
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    let id = session.new_draft(None, Channel::Sms, Audience::Patient)?;
    let (mut assessed, mut typed) = (Vec::new(), Vec::new());
    for round in 0..12 {
        for end in &ends {
            let so_far = draft[..*end].to_owned();
            let start = Timer::now();
            black_box(session.assess(so_far.clone(), request.clone())?);
            let middle = Timer::now();
            session.type_draft(id.clone(), so_far, u32::try_from(*end)?)?;
            // The first two rounds warm up.
            if round >= 2 {
                assessed.push(middle - start);
                typed.push(middle.elapsed());
            }
        }
    }
    row("assess, a keystroke", assessed)?;
    row("type_draft, a keystroke", typed)
}

fn times<T>(what: &str, rounds: usize, mut work: impl FnMut() -> Done<T>) -> Done {
    let mut taken = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Timer::now();
        black_box(work()?);
        taken.push(start.elapsed());
    }
    row(what, taken)
}

fn row(what: &str, mut taken: Vec<Duration>) -> Done {
    taken.sort_unstable();
    let micros = |share: usize| taken[(taken.len() - 1) * share / 100].as_secs_f64() * 1e6;
    let (least, p50, p99) = (micros(0), micros(50), micros(99));
    writeln!(std::io::stdout(), "{what:<28} {:>7} {least:>10.1} {p50:>10.1} {p99:>10.1}", taken.len())?;
    Ok(())
}
