//! The surface while things fail: a keystore that refuses at any call, a process that ends, a clock that stops, a patient
//! whose rows are damaged, threads.

use super::tests::{DAY_MS, PASSCODE, PATIENTS, Phone, START_MS, agreed, confirmed, request, ward, words};
use super::*;
use crate::policy::document::{Action, Cause, Policy, Receipt, Scope};
use crate::policy::{Audience, Channel};
use crate::vault::faulty::tamper;
use std::sync::atomic::Ordering::SeqCst;

const FOR_GOOD: u64 = u64::MAX - 1;
const TEXT: &str = "Your prescription is ready.";

/// Runs `case` for every keystore call that it makes: refused once after its deed, or refused from there on.
fn at_every_call(case: impl Fn((u64, u64, bool)) -> bool) {
    let mut met = 0;
    for n in 0..300 {
        let count = [(n, n, true), (n, FOR_GOOD, false)].into_iter().filter(|way| case(*way)).count();
        if count == 0 {
            break;
        }
        met += count;
    }
    assert!(met > 4, "the cases met no fault: {met}");
}

fn keys_left(phone: &Phone) -> usize {
    fs::read_dir(phone.keys.path()).unwrap().count()
}

fn receipt_of(curtain: &Curtain, workspace: &str) -> (Receipt, Action) {
    let receipt = curtain.receipt(workspace.to_owned()).unwrap().unwrap();
    let payload = Envelope::parse(&receipt).unwrap().dangerous_unverified_payload().to_vec();
    (Receipt::from_payload(&payload).unwrap(), Action::Acknowledge { receipt: identity(&payload) })
}

#[test]
fn a_lock_seals_what_was_typed_though_the_keystore_sleeps() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    // The longest time without an answer: more keystrokes than an anchor may lag behind.
    phone.keystore.fail(0, FOR_GOOD, false);
    let mut refused = 0;
    for n in 0..60 {
        session.type_draft(draft.clone(), format!("typed {n}"), 1).unwrap();
        phone.clock.pass(300);
        refused += u32::from(session.tick().is_err());
    }
    assert!(refused > 0);
    assert_eq!(session.lock().err(), Some(CurtainError::KeystoreNotNow));
    assert_eq!(session.drafts().err(), Some(CurtainError::Locked), "the keys are gone all the same");
    drop((session, curtain));
    phone.keystore.heal();
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.drafts().unwrap()[0].draft.text, "typed 59");
}

#[test]
fn a_lock_cut_at_any_keystore_call_loses_nothing() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft, TEXT.into(), 3).unwrap();
        phone.keystore.fail(first, last, late);
        let met = session.lock().is_err();
        assert_eq!(session.patients().err(), Some(CurtainError::Locked));
        phone.keystore.heal();
        drop((session, curtain));
        let session = phone.curtain().unlock(workspace, PASSCODE).unwrap();
        assert_eq!(session.drafts().unwrap()[0].draft.text, TEXT);
        met
    });
}

#[test]
fn a_clock_that_does_not_answer_neither_keeps_a_session_open_nor_loses_text() {
    for suspend in [false, true] {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft, TEXT.into(), 3).unwrap();
        phone.clock.stopped.store(true, SeqCst);
        assert!(session.patients().is_err());
        if suspend {
            session.suspend().unwrap()
        } else {
            session.lock().unwrap()
        }
        phone.clock.stopped.store(false, SeqCst);
        assert_eq!(session.patients().err(), Some(CurtainError::Locked));
        let session = curtain.unlock(workspace, PASSCODE).unwrap();
        assert_eq!(session.drafts().unwrap()[0].draft.text, TEXT);
    }
}

#[test]
fn an_unlock_with_retention_that_fails_at_any_call_can_be_repeated() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let note = session.save_note(None, patient, "Ward".into(), "wound is dry".into()).unwrap();
        session.file_chart(session.chart_note(note.clone()).unwrap()).unwrap();
        session.lock().unwrap();
        phone.clock.pass(400 * DAY_MS);
        phone.keystore.fail(first, last, late);
        let opened = curtain.unlock(workspace.clone(), PASSCODE);
        let met = phone.keystore.failed();
        phone.keystore.heal();
        let session = opened.unwrap_or_else(|error| {
            assert_eq!(error, CurtainError::KeystoreNotNow);
            curtain.unlock(workspace, PASSCODE).unwrap()
        });
        session.tick().unwrap();
        assert_eq!(session.note(note).err(), Some(CurtainError::NotFound), "what failed at unlock, the tick does");
        met
    });
}

#[test]
fn one_damaged_patient_keeps_nobody_else_from_anything() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let everybody = session.patients().unwrap();
    let other = everybody.iter().find(|one| one.id != patient && !one.deceased).unwrap().id.clone();
    let mut notes = Vec::new();
    for one in [&patient, &other] {
        let note = session.save_note(None, one.clone(), "Ward".into(), "wound is dry".into()).unwrap();
        session.file_chart(session.chart_note(note.clone()).unwrap()).unwrap();
        session.save_note(None, one.clone(), "Open".into(), "still to be charted".into()).unwrap();
        notes.push(note);
    }
    session.lock().unwrap();
    drop((session, curtain));
    let lane = format!("(SELECT max(row) FROM heads WHERE lane = x'{other}')");
    let directory = phone.files.path().join("workspaces").join(&workspace);
    tamper(&directory, &format!("UPDATE bodies SET body = zeroblob(length(body)) WHERE row = {lane}"));
    let curtain = phone.curtain();
    phone.clock.pass(400 * DAY_MS);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    session.tick().unwrap();
    assert_eq!(session.note(notes[0].clone()).err(), Some(CurtainError::NotFound), "purged");
    assert_eq!(session.state().unwrap().set_aside, 1);
    assert_eq!(session.notes(other.clone()).err(), Some(CurtainError::Damaged));
    assert_eq!(session.patients().unwrap().len(), everybody.len() - 1);
    let found = session.search(words("charted")).unwrap();
    assert_eq!((found.total, found.set_aside), (1, 1));
    let checklist = session.checklist().unwrap();
    assert_eq!(checklist.set_aside, 1);
    assert!(checklist.open.iter().all(|item| item.patient != other));
    assert_eq!(session.import_patients(PATIENTS).unwrap().imported, 0);
    session.assess(TEXT.into(), request(&patient, &number)).unwrap();
    agreed(&session, &patient, &number);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft, TEXT.into(), 0).unwrap();
    assert_eq!(session.drafts().unwrap().len(), 1);
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.export_patient(patient, token).unwrap();
    session.lock().unwrap();
}

#[test]
fn orders_that_waited_are_carried_out_in_the_order_of_their_coming() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    phone.keystore.fail(0, FOR_GOOD, false);
    for number in 1..=8 {
        // The wipe in the middle: whichever other order overtook it, it would be refused as older.
        let action = if number == 4 { Action::WipeWorkspace { holds: None } } else { Action::Unlock {} };
        let order = phone.hospital.order(&workspace, number, action);
        assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Queued);
        assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Queued, "twice is once");
    }
    assert!(matches!(curtain.deliver(b"{}").unwrap(), Delivery::Refused { .. }), "rubbish takes no place");
    phone.keystore.heal();
    let last = phone.hospital.order(&workspace, 9, Action::Unlock {});
    assert_eq!(curtain.deliver(&last).unwrap(), Delivery::Done);
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
    assert_eq!(fs::read_dir(phone.files.path().join("inbox")).unwrap().count(), 0);
}

#[test]
fn an_order_is_carried_out_once_wherever_its_delivery_failed() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let tries = |curtain: &Curtain| curtain.workspaces().unwrap()[0].tries_left;
        let wrong = || drop(curtain.unlock(workspace.clone(), b"wrong passcode"));
        wrong();
        let order = phone.hospital.order(&workspace, 1, Action::Unlock {});
        phone.keystore.fail(first, last, late);
        let delivered = curtain.deliver(&order).unwrap();
        phone.keystore.heal();
        let met = delivered == Delivery::Queued;
        let done = tries(&curtain) == 10;
        assert!(met || done);
        wrong();
        for _ in 0..3 {
            curtain.tick().unwrap();
            assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
        }
        assert_eq!(tries(&curtain), if done { 9 } else { 10 });
        met
    });
}

#[test]
fn what_slept_at_the_start_is_woken_by_the_tick() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    drop(curtain);
    phone.keystore.fail(0, FOR_GOOD, false);
    let curtain = phone.curtain();
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::NotNow);
    let order = phone.hospital.order(&workspace, 1, Action::WipeWorkspace { holds: None });
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Queued);
    phone.keystore.heal();
    curtain.tick().unwrap();
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
}

#[test]
fn a_wipe_order_and_its_acknowledgement_cut_at_any_call_leave_one_receipt_and_then_nothing() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft, TEXT.into(), 3).unwrap();
        let order = phone.hospital.order(&workspace, 1, Action::WipeWorkspace { holds: None });
        phone.keystore.fail(first, last, late);
        let _ = curtain.deliver(&order).unwrap();
        let mut met = phone.keystore.failed();
        phone.keystore.heal();
        assert!(session.patients().is_err());
        drop((session, curtain));
        let curtain = phone.curtain();
        curtain.tick().unwrap();
        assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
        assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
        let (receipt, acknowledge) = receipt_of(&curtain, &workspace);
        assert_eq!(receipt.cause, Cause::Order);
        let acknowledge = phone.hospital.order(&workspace, 2, acknowledge);
        phone.keystore.fail(first, last, late);
        let _ = curtain.deliver(&acknowledge).unwrap();
        met |= phone.keystore.failed();
        let list = curtain.workspaces().unwrap();
        assert!(list.iter().all(|one| one.state == WorkspaceState::Erased), "{list:?}");
        phone.keystore.heal();
        // In one half of the cases the same process goes on, in the other a new one.
        let curtain = if late {
            curtain
        } else {
            drop(curtain);
            phone.curtain()
        };
        curtain.tick().unwrap();
        assert!(curtain.workspaces().unwrap().is_empty());
        assert_eq!(keys_left(&phone), 0);
        assert_eq!(fs::read_dir(phone.files.path().join("workspaces")).unwrap().count(), 0);
        met
    });
}

#[test]
fn an_enrolment_cut_at_any_call_is_repeated_and_keeps_its_audit_key() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let curtain = phone.curtain();
        let asked = curtain.request().unwrap();
        let enrolment = phone.hospital.enrol(&asked);
        phone.keystore.fail(first, last, late);
        let enrolled = curtain.enrol(&enrolment, PASSCODE);
        let met = enrolled.is_err();
        drop(curtain);
        phone.keystore.heal();
        let curtain = phone.curtain();
        let known = curtain.workspaces().unwrap();
        if known.iter().all(|one| one.state != WorkspaceState::Locked) {
            curtain.enrol(&enrolment, PASSCODE).unwrap();
        }
        assert!(curtain.audit_key(asked.enrolment.clone()).unwrap().starts_with(b"age-encryption.org/v1"));
        curtain.unlock(asked.enrolment, PASSCODE).unwrap();
        met
    });
}

#[test]
fn a_hand_off_that_fails_leaves_the_draft() {
    at_every_call(|(first, last, late)| {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, number) = ward(&curtain, &workspace);
        agreed(&session, &patient, &number);
        let text = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
        let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft.clone(), text.into(), 0).unwrap();
        confirmed(&session, &patient, &number);
        phone.keystore.fail(first, last, late);
        let handed = session.hand_off(draft.clone(), request(&patient, &number));
        let met = phone.keystore.failed();
        phone.keystore.heal();
        match handed {
            Ok(handed) => assert!(handed.link.starts_with("sms:")),
            Err(error) => {
                assert_eq!(error, CurtainError::KeystoreNotNow);
                session.hand_off(draft, request(&patient, &number)).unwrap();
            }
        }
        assert_eq!(session.messages(patient).unwrap().len(), 1);
        met
    });
}

#[test]
fn the_last_wrong_fresh_passcode_locks_and_erases_only_where_the_policy_says_so() {
    for erase in [false, true] {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let pack = include_str!("../policy/packs/us-hipaa.json").to_owned();
        let other = pack.replacen("\"action\": \"block\"", "\"action\": \"erase\"", 1);
        assert_ne!(pack, other);
        let policy = Policy {
            spec: SPEC,
            institution: Hex(phone.hospital.id),
            scope: Scope::Institution,
            version: 2,
            pack: if erase { other } else { pack },
            issued_ms: START_MS,
        };
        assert_eq!(curtain.deliver(&policy.sign(&[&phone.hospital.policy]).unwrap()).unwrap(), Delivery::Done);
        for n in 0..9 {
            phone.clock.pass(3_600_000);
            assert!(curtain.unlock(workspace.clone(), b"wrong passcode").is_err(), "{n}");
        }
        // The tenth is the right one: it opens. Then ten wrong ones inside the session.
        phone.clock.pass(3_600_000);
        let mut session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        for left in (0..10).rev() {
            let error = loop {
                match session.fresh_auth(b"wrong passcode").err().unwrap() {
                    CurtainError::MustWait { delay_ms } => {
                        // The anchor's own delay; the session is kept in use meanwhile.
                        for _ in 0..=delay_ms / 60_000 {
                            phone.clock.pass(60_000);
                            session.patients().unwrap();
                        }
                    }
                    other => break other,
                }
            };
            match (left, erase) {
                (0, true) => assert_eq!(error, CurtainError::Erased),
                (0, false) => assert_eq!(error, CurtainError::Blocked),
                _ => assert!(matches!(error, CurtainError::WrongPasscode { tries_left, .. } if tries_left == left)),
            }
        }
        assert!(session.patients().is_err());
        let state = if erase { WorkspaceState::Erased } else { WorkspaceState::Blocked };
        assert_eq!(curtain.workspaces().unwrap()[0].state, state);
        if !erase {
            let order = phone.hospital.order(&workspace, 1, Action::Unlock {});
            assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
            session = curtain.unlock(workspace, PASSCODE).unwrap();
            session.patients().unwrap();
        }
    }
}

#[test]
fn neither_a_session_nor_a_token_of_an_earlier_unlock_comes_alive() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (old, patient, _) = ward(&curtain, &workspace);
    let token = old.fresh_auth(PASSCODE).unwrap();
    old.lock().unwrap();
    let new = curtain.unlock(workspace, PASSCODE).unwrap();
    for error in [
        old.patients().err(),
        old.tick().err(),
        old.state().err(),
        old.fresh_auth(PASSCODE).err(),
        old.wipe(token.clone()).err(),
        old.type_draft("00".repeat(16), TEXT.into(), 0).err(),
    ] {
        assert_eq!(error, Some(CurtainError::Locked));
    }
    old.lock().unwrap();
    old.suspend().unwrap();
    new.patients().unwrap();
    assert_eq!(new.shred_patient(patient.clone(), token).err(), Some(CurtainError::NeedsFreshAuth));
    let token = new.fresh_auth(PASSCODE).unwrap();
    assert_eq!(new.shred_patient(patient.clone(), String::new()).err(), Some(CurtainError::NeedsFreshAuth));
    assert_eq!(new.shred_patient(patient, token).err(), Some(CurtainError::NeedsFreshAuth), "a miss uses it up");
}

#[test]
fn a_roster_takes_no_other_records_place() {
    use crate::roster::Roster;
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(None, Channel::SecureMessaging, Audience::Colleague).unwrap();
    session.type_draft(draft.clone(), TEXT.into(), 0).unwrap();
    session.tick().unwrap();
    let roster = |id: &str| Roster { id: id.into(), name: "Ward".into(), members: vec![], confirmed_ms: START_MS };
    for other in [&draft, &patient] {
        assert_eq!(session.save_roster(roster(other)).err(), Some(CurtainError::NotFound));
    }
    assert_eq!(session.drafts().unwrap()[0].draft.text, TEXT);
    let saved = session.save_roster(roster("")).unwrap();
    assert_eq!(session.save_roster(roster(&saved)).unwrap(), saved);
}

#[test]
fn no_file_and_no_error_names_a_patient() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "a canary sings".into(), 0).unwrap();
    let mut said = format!("{:?}", session.hand_off(draft, request(&patient, &number)).err());
    for id in ["", "canary", &"canary".repeat(10_000), "00", &"zz".repeat(16), "\u{0}"] {
        let errors = [
            session.patient(id.into()).err(),
            session.note(id.into()).err(),
            session.type_draft(id.into(), "canary".repeat(20_000), u32::MAX).err(),
            session.new_draft(Some(id.into()), Channel::Sms, Audience::Patient).err(),
            session.save_note(Some(id.into()), patient.clone(), id.into(), id.into()).err(),
            session.shred_patient(id.into(), id.into()).err(),
            session.search(words(&"canary".repeat(1000))).err(),
            session.import_patients(id.as_bytes()).err(),
            curtain.unlock(id.into(), id.as_bytes()).err(),
            curtain.receipt(id.into()).err(),
        ];
        assert!(errors.iter().all(Option::is_some), "{id:.20}: {errors:?}");
        said.push_str(&format!("{errors:?}"));
    }
    assert!(!said.contains("canary") && !said.contains(&number), "{said}");
    session.lock().unwrap();
    let mut waiting = vec![phone.files.path().to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(!name.contains(&patient), "{name}");
        assert!(memchr::memmem::find(&fs::read(&path).unwrap(), b"canary").is_none(), "{name}");
    }
}

#[test]
fn threads_that_type_tick_lock_unlock_and_deliver_at_once_end_well() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.lock().unwrap();
    std::thread::scope(|scope| {
        for worker in 0..4u64 {
            let (curtain, workspace, draft, phone) = (&curtain, &workspace, &draft, &phone);
            scope.spawn(move || {
                for n in 0..15u64 {
                    let opened = curtain.unlock(workspace.clone(), PASSCODE);
                    if let Ok(session) = opened {
                        let typed = session.type_draft(draft.clone(), format!("{worker} {n}"), 0);
                        assert!(matches!(typed, Ok(()) | Err(CurtainError::Locked)), "{typed:?}");
                        drop(session.tick());
                        session.lock().unwrap();
                    }
                    curtain.tick().unwrap();
                    curtain.deliver(&phone.hospital.policy(2)).unwrap();
                    curtain.workspaces().unwrap();
                }
            });
        }
    });
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.drafts().unwrap().len(), 1);
}

#[test]
fn five_thousand_patients_come_in_are_listed_and_survive_a_lock() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    for part in 0..5 {
        let entries: Vec<String> = (part * 1000..(part + 1) * 1000)
            .map(|n| {
                format!(
                    r#"{{"resource":{{"resourceType":"Patient","id":"p{n}","identifier":[{{"system":"urn:x","value":"{n}"}}],"name":[{{"family":"F{n}","given":["G{n}"]}}]}}}}"#
                )
            })
            .collect();
        let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","));
        assert_eq!(session.import_patients(bundle.as_bytes()).unwrap().imported, 1000);
    }
    session.lock().unwrap();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.patients().unwrap().len(), 5000);
    session.tick().unwrap();
    assert!(session.checklist().unwrap().open.is_empty());
}

/// What the killed process does: unlocks, and writes until it is no more. Run by the test below in a process of its own.
#[test]
fn a_process_to_be_killed() {
    let Some(place) = std::env::var_os("CURTAIN_TEST_KILLED") else { return };
    let place = Path::new(&place);
    let keystore = Arc::new(crate::crypto::software::SoftwareKeystore::new(&place.join("keys")).unwrap());
    let clock = Arc::new(crate::crypto::software::SoftwareClock);
    let curtain = Curtain::with_cost(&place.join("files"), keystore, clock, KdfCost::DANGEROUS_CHEAP).unwrap();
    let workspace = curtain.workspaces().unwrap()[0].id.clone();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    let patient = session.patients().unwrap()[0].id.clone();
    for n in 0u32.. {
        let note = session.save_note(None, patient.clone(), "Ward".into(), format!("note {n}")).unwrap();
        // Told before the kill: so it must be there after it.
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(place.join("told"))
            .and_then(|mut file| std::io::Write::write_all(&mut file, format!("{note}\n").as_bytes()))
            .unwrap();
        if n % 7 == 6 {
            let token = session.fresh_auth(PASSCODE).unwrap();
            session.export_patient(patient.clone(), token).unwrap();
        }
    }
}

#[test]
fn whatever_was_told_before_a_kill_minus_nine_is_there_after_it() {
    let phone = Phone::new();
    let place = phone.files.path();
    let keystore = Arc::new(crate::crypto::software::SoftwareKeystore::new(&place.join("keys")).unwrap());
    let clock = Arc::new(crate::crypto::software::SoftwareClock);
    let open = || Curtain::with_cost(&place.join("files"), keystore.clone(), clock.clone(), KdfCost::DANGEROUS_CHEAP);
    let curtain = open().unwrap();
    let asked = curtain.request().unwrap();
    let workspace = curtain.enrol(&phone.hospital.enrol(&asked), PASSCODE).unwrap().id;
    curtain.unlock(workspace.clone(), PASSCODE).unwrap().import_patients(PATIENTS).unwrap();
    drop(curtain);
    let mut told = String::new();
    for round in 0..4u64 {
        let before = told.len();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "curtain::fault_tests::a_process_to_be_killed"])
            .env("CURTAIN_TEST_KILLED", place)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            std::thread::sleep(std::time::Duration::from_millis(50 + round * 13));
            told = fs::read_to_string(place.join("told")).unwrap_or_default();
            if told.len() > before + 33 * 12 || child.try_wait().unwrap().is_some() {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        told = fs::read_to_string(place.join("told")).unwrap();
        assert!(told.len() > before, "round {round}: it wrote something");
        let curtain = open().unwrap();
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        for note in told.lines() {
            session.note(note.to_owned()).unwrap();
        }
    }
}
