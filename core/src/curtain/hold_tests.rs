//! Legal hold, and erasure by order: what is kept, what goes, and what is left of either when the power goes.

use super::tests::{DAY_MS, Hospital, PASSCODE, Phone, START_MS, ward};
use super::*;
use crate::crypto::json::Digest;
use crate::journal::Sealed;
use crate::patient::PatientIdentifier;
use crate::policy::document::{Action, Cause, HoldScope, Holds, Order, Receipt, patient_named};
use crate::policy::{Audience, Channel};
use crate::session::DiscardReason;
use crate::vault::{HELD, HeldFile};
use std::collections::BTreeSet;

impl Hospital {
    /// What one person alone can sign.
    fn order_of_one(&self, enrolment: &str, number: u64, action: Action) -> Vec<u8> {
        let both = self.order(enrolment, number, action);
        let payload = Envelope::parse(&both).unwrap().dangerous_unverified_payload().to_vec();
        Order::from_payload(&payload).unwrap().sign(&[&self.order]).unwrap()
    }
}

pub(super) fn held() -> CurtainError {
    HELD.into()
}

pub(super) fn name_of(session: &Session, patient: &str) -> Digest {
    let identifier = session.patient(patient.to_owned()).unwrap().identifiers[0].clone();
    patient_named(&identifier.system, &identifier.value)
}

pub(super) fn hash_of(document: &[u8]) -> Digest {
    identity(Envelope::parse(document).unwrap().dangerous_unverified_payload())
}

/// Another living patient with an identifier.
pub(super) fn other_than(session: &Session, patient: &str) -> String {
    let all = session.patients().unwrap();
    all.into_iter().find(|one| one.id != patient && !one.deceased && one.identifier.is_some()).unwrap().id
}

/// The events of the journal that orders left, with their counts.
pub(super) fn noted(curtain: &Curtain, workspace: &str) -> Vec<(Code, Vec<(String, u64)>)> {
    let gate = curtain.place(workspace).unwrap();
    let mut inside = gate.enter().unwrap();
    let (open, ..) = inside.open().unwrap();
    let all = open.vault.journal(0).unwrap();
    let entries = all.iter().map(|row| Sealed::parse(row).unwrap().read().unwrap());
    let ours = entries
        .filter(|entry| matches!(entry.code, Code::HoldBegan | Code::HoldEnded | Code::WipedByOrder | Code::Shredded));
    ours.map(|entry| (entry.code, entry.counts.into_iter().collect())).collect()
}

/// Every entry of the journal: its code and its patient's pseudonym.
pub(super) fn noted_codes(curtain: &Curtain, workspace: &str) -> Vec<(Code, Option<String>)> {
    let gate = curtain.place(workspace).unwrap();
    let mut inside = gate.enter().unwrap();
    let (open, ..) = inside.open().unwrap();
    let all = open.vault.journal(0).unwrap();
    let entries = all.iter().map(|row| Sealed::parse(row).unwrap().read().unwrap());
    entries.map(|entry| (entry.code, entry.patient)).collect()
}

pub(super) fn files_of(root: &Path, workspace: &str) -> BTreeSet<String> {
    let directory = root.join("workspaces").join(workspace);
    let Ok(entries) = fs::read_dir(directory) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

pub(super) fn wraps(root: &Path, workspace: &str) -> BTreeSet<String> {
    files_of(root, workspace).into_iter().filter(|name| name.starts_with("escrow-")).collect()
}

pub(super) fn wrap_of(patient: &str) -> BTreeSet<String> {
    BTreeSet::from([format!("escrow-{patient}.age")])
}

pub(super) fn charted(session: &Session, patient: &str) -> String {
    let note = session.save_note(None, patient.to_owned(), "Ward".into(), "wound is dry".into()).unwrap();
    session.file_chart(session.chart_note(note.clone()).unwrap()).unwrap();
    note
}

fn refused(reason: Refused) -> Delivery {
    Delivery::Refused { reason }
}

#[test]
fn a_hold_and_a_release_need_two_keys_whatever_the_threshold_says() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let hold = Action::Hold { scope: HoldScope::Workspace };
    let alone = phone.hospital.order_of_one(&workspace, 1, hold.clone());
    assert_eq!(curtain.deliver(&alone).unwrap(), refused(Refused::BadSignature));
    let both = phone.hospital.order(&workspace, 1, hold);
    assert_eq!(curtain.deliver(&both).unwrap(), Delivery::Queued);
    let release = Action::Release { hold: hash_of(&both) };
    let alone = phone.hospital.order_of_one(&workspace, 2, release.clone());
    assert_eq!(curtain.deliver(&alone).unwrap(), refused(Refused::BadSignature));
    assert_eq!(curtain.deliver(&phone.hospital.order(&workspace, 2, release)).unwrap(), Delivery::Queued);
}

#[test]
fn a_hold_that_came_while_locked_keeps_everything_of_its_patient_and_of_nobody_else() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let other = other_than(&session, &patient);
    let notes = [charted(&session, &patient), charted(&session, &other)];
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "see you".into(), 3).unwrap();
    let who = name_of(&session, &patient);
    session.lock().unwrap();

    let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope: HoldScope::Patient(who) });
    assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Queued);
    assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Queued, "it still waits");
    phone.clock.pass(400 * DAY_MS);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    phone.clock.pass(2 * DAY_MS);
    drop(session);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    session.tick().unwrap();
    assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Done);
    assert_eq!(wraps(phone.files.path(), &workspace), wrap_of(&patient));
    assert_eq!(session.note(notes[0].clone()).unwrap().text, "wound is dry", "retention keeps it");
    assert_eq!(session.note(notes[1].clone()).err(), Some(CurtainError::NotFound), "the other one's time was over");

    let token = session.fresh_auth(PASSCODE).unwrap();
    assert_eq!(session.shred_patient(patient.clone(), token.clone()).err(), Some(held()));
    assert_eq!(session.discard_draft(draft.clone()).err(), Some(held()));
    assert_eq!(session.discard(draft.clone(), DiscardReason::NotNeeded, token.clone()).err(), Some(held()));
    let checklist = session.checklist().unwrap();
    assert!(checklist.held >= 3 && checklist.open.iter().all(|item| item.id != draft));
    // A passcode that was given for what is refused is still good for what is not.
    session.shred_patient(other, token).unwrap();
    session.lock().unwrap();
    assert_eq!(curtain.workspaces().unwrap()[0].counts.held, checklist.held);

    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let release = phone.hospital.order(&workspace, 2, Action::Release { hold: hash_of(&hold) });
    assert_eq!(curtain.deliver(&release).unwrap(), Delivery::Done, "at once while unlocked");
    assert!(wraps(phone.files.path(), &workspace).is_empty());
    session.discard_draft(draft).unwrap();
    phone.clock.pass(700_000);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    session.tick().unwrap();
    assert_eq!(session.note(notes[0].clone()).err(), Some(CurtainError::NotFound), "its time was over long ago");
    let codes: Vec<_> = noted(&curtain, &workspace).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [Code::HoldBegan, Code::Shredded, Code::HoldEnded]);
    let again = phone.hospital.order(&workspace, 3, Action::Release { hold: hash_of(&hold) });
    assert_eq!(curtain.deliver(&again).unwrap(), refused(Refused::NoSuchHold));
}

#[test]
fn whoever_comes_later_comes_under_the_hold_and_whoever_is_renamed_stays() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let who = name_of(&session, &patient);
    let order = |number, scope| phone.hospital.order(&workspace, number, Action::Hold { scope });
    let later = patient_named("MRN", "later 7");
    assert_eq!(curtain.deliver(&order(1, HoldScope::Patient(who))).unwrap(), Delivery::Done);
    assert_eq!(curtain.deliver(&order(2, HoldScope::Patient(later))).unwrap(), Delivery::Done);

    let mut renamed = session.patient(patient.clone()).unwrap();
    let identifier = PatientIdentifier { system: "MRN".into(), value: "somebody else".into() };
    renamed.identifiers = vec![identifier.clone()];
    session.save_patient(renamed.clone()).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    assert_eq!(session.shred_patient(patient.clone(), token.clone()).err(), Some(held()));

    let named = PatientIdentifier { value: "later 7".into(), ..identifier };
    let new = crate::patient::Patient { id: String::new(), identifiers: vec![named.clone()], ..renamed };
    let new = session.save_patient(new).unwrap();
    let changed = other_than(&session, &new);
    let mut other = session.patient(changed.clone()).unwrap();
    other.identifiers.push(named);
    session.save_patient(other).unwrap();
    let expected: BTreeSet<_> = [&patient, &new, &changed].into_iter().flat_map(|one| wrap_of(one)).collect();
    assert_eq!(wraps(phone.files.path(), &workspace), expected);
    for one in [&new, &changed] {
        assert_eq!(session.shred_patient(one.clone(), token.clone()).err(), Some(held()));
    }

    // Of the whole workspace: everybody there, what belongs to nobody, and who is imported after.
    let lanes = session.patients().unwrap().len();
    assert_eq!(curtain.deliver(&order(3, HoldScope::Workspace)).unwrap(), Delivery::Done);
    assert!(wraps(phone.files.path(), &workspace).len() >= lanes);
    let before = wraps(phone.files.path(), &workspace).len();
    let somebody = crate::patient::Patient {
        id: String::new(),
        identifiers: vec![PatientIdentifier { system: "MRN".into(), value: "a stranger".into() }],
        ..session.patient(new).unwrap()
    };
    session.save_patient(somebody).unwrap();
    assert_eq!(wraps(phone.files.path(), &workspace).len(), before + 1);
    // A wrap that somebody removed is there again after an unlock.
    let directory = phone.files.path().join("workspaces").join(&workspace);
    fs::remove_file(directory.join(wrap_of(&patient).first().unwrap())).unwrap();
    curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(wraps(phone.files.path(), &workspace).len(), before + 1);
}

#[test]
fn an_order_erases_a_patient_or_what_is_old_but_nothing_under_a_hold_and_says_so() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let other = other_than(&session, &patient);
    let third = session.patients().unwrap().into_iter().find(|one| one.id != patient && one.id != other).unwrap().id;
    let names = [&patient, &other].map(|one| name_of(&session, one));
    let old: Vec<_> = [&patient, &other, &third].iter().map(|one| charted(&session, one)).collect();
    phone.clock.pass(60_000);
    let new = charted(&session, &third);
    let typed = session.new_draft(Some(other.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(typed, "typed while the order came".into(), 3).unwrap();
    let order = |number, action| phone.hospital.order(&workspace, number, action);
    let hold = order(1, Action::Hold { scope: HoldScope::Patient(names[0]) });
    assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Done);
    for (number, who) in [(2, names[0]), (3, names[1]), (4, patient_named("MRN", "nobody"))] {
        assert_eq!(curtain.deliver(&order(number, Action::WipePatient { who })).unwrap(), Delivery::Done);
    }
    let before = Action::WipeBefore { date_ms: START_MS + 30_000 };
    assert_eq!(curtain.deliver(&order(5, before)).unwrap(), Delivery::Done);
    assert!(session.note(old[0].clone()).is_ok(), "held");
    assert_eq!(session.patient(other.clone()).err(), Some(CurtainError::NotFound));
    for note in &old[1..] {
        assert_eq!(session.note(note.clone()).err(), Some(CurtainError::NotFound));
    }
    assert!(session.note(new).is_ok());
    assert!(session.drafts().unwrap().is_empty(), "what was typed about who is gone is gone");
    let said: Vec<_> = noted(&curtain, &workspace)
        .into_iter()
        .filter(|(code, _)| *code == Code::WipedByOrder)
        .map(|(_, counts)| counts.into_iter().filter(|(_, number)| *number > 0).collect::<Vec<_>>())
        .collect();
    let count = |name: &str, number| (name.to_owned(), number);
    assert_eq!(said[..3], [vec![count("held", 1)], vec![count("patients", 1)], vec![]]);
    // The note and its chart text, of the third patient and of the held one.
    assert!(said[3].contains(&count("records", 2)) && said[3].contains(&count("held", 2)), "{said:?}");
}

#[test]
fn orders_that_wait_are_bounded_and_run_in_the_order_of_their_coming() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let who = name_of(&session, &patient);
    session.lock().unwrap();
    let order = |number, action| phone.hospital.order(&workspace, number, action);
    let hold = order(1, Action::Hold { scope: HoldScope::Patient(who) });
    let wipe = order(2, Action::WipePatient { who });
    let release = order(3, Action::Release { hold: hash_of(&hold) });
    for document in [&hold, &wipe, &release] {
        assert_eq!(curtain.deliver(document).unwrap(), Delivery::Queued);
    }
    for number in 4..=16 {
        let one = order(number, Action::WipeBefore { date_ms: 1 });
        assert_eq!(curtain.deliver(&one).unwrap(), Delivery::Queued);
    }
    let over = order(17, Action::WipeBefore { date_ms: 1 });
    assert_eq!(curtain.deliver(&over).unwrap(), refused(Refused::TooManyWaiting));
    drop((session, curtain));
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert!(session.patient(patient).is_ok(), "held when its turn came");
    assert_eq!(noted(&curtain, &workspace).len(), 16);
    assert_eq!(curtain.deliver(&over).unwrap(), Delivery::Done, "a refusal changed nothing");
}

pub(super) fn receipt_of(document: &[u8]) -> (Receipt, Action) {
    let payload = Envelope::parse(document).unwrap().dangerous_unverified_payload().to_vec();
    (Receipt::from_payload(&payload).unwrap(), Action::Acknowledge { receipt: identity(&payload) })
}

/// After a wipe under a hold of one patient: what is there, and that nothing of it opens here.
pub(super) fn only_what_is_held(root: &Path, curtain: &Curtain, workspace: &str, patient: &str) {
    let names: BTreeSet<String> = files_of(root, workspace).into_iter().filter(|name| name != "lock").collect();
    let mut expected = wrap_of(patient);
    expected.extend(["anchor", "receipt.jws", "vault.db"].map(str::to_owned));
    assert_eq!(names, expected);
    let files = curtain.held_files(workspace.to_owned()).unwrap();
    let listed: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(listed, [wrap_of(patient).first().unwrap().as_str(), "vault.db"]);
    for HeldFile { name, length } in files {
        let mut bytes = Vec::new();
        loop {
            let at = bytes.len() as u64;
            match curtain.held_part(workspace.to_owned(), name.clone(), at, 5_000).unwrap() {
                part if part.is_empty() => break,
                part => bytes.extend(part),
            }
        }
        assert_eq!(bytes.len() as u64, length);
        assert_eq!(bytes, fs::read(root.join("workspaces").join(workspace).join(&name)).unwrap());
    }
    for name in ["anchor", "lock", "../anchor", "receipt.jws", ""] {
        let part = curtain.held_part(workspace.to_owned(), name.into(), 0, 10);
        assert_eq!(part.err(), Some(CurtainError::NotFound));
    }
    assert_eq!(curtain.unlock(workspace.to_owned(), PASSCODE).err(), Some(CurtainError::Erased));
}

#[test]
fn a_wipe_order_under_a_hold_must_say_what_becomes_of_it() {
    for keep in [true, false] {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let who = name_of(&session, &patient);
        charted(&session, &patient);
        session.lock().unwrap();
        let order = |number, action| phone.hospital.order(&workspace, number, action);
        let wipe = |number, holds| order(number, Action::WipeWorkspace { holds });
        let hold = order(1, Action::Hold { scope: HoldScope::Patient(who) });
        assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Queued);
        assert_eq!(curtain.deliver(&wipe(2, None)).unwrap(), refused(Refused::HoldsUnsaid));
        assert_eq!(curtain.deliver(&wipe(2, Some(Holds::Keep))).unwrap(), refused(Refused::HoldWaits));
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        assert_eq!(curtain.deliver(&wipe(2, None)).unwrap(), refused(Refused::HoldsUnsaid));
        assert!(session.patient(patient.clone()).is_ok(), "nothing changed");
        assert!(curtain.held_files(workspace.clone()).unwrap().is_empty());
        let holds = if keep { Holds::Keep } else { Holds::Release };
        assert_eq!(curtain.deliver(&wipe(2, Some(holds))).unwrap(), Delivery::Done);
        let (receipt, acknowledge) = receipt_of(&curtain.receipt(workspace.clone()).unwrap().unwrap());
        assert_eq!((receipt.cause, receipt.held, receipt.residue.files), (Cause::Order, keep, 0));
        if keep {
            only_what_is_held(phone.files.path(), &curtain, &workspace, &patient);
        } else {
            assert_eq!(files_of(phone.files.path(), &workspace).len(), 3, "anchor, lock, receipt");
            assert!(curtain.held_files(workspace.clone()).unwrap().is_empty());
        }
        let late = order(3, Action::Hold { scope: HoldScope::Workspace });
        assert_eq!(curtain.deliver(&late).unwrap(), refused(Refused::Erased));
        assert_eq!(curtain.deliver(&order(3, acknowledge)).unwrap(), Delivery::Done);
        assert!(files_of(phone.files.path(), &workspace).is_empty());
    }
}

#[test]
fn departure_the_lease_and_used_up_guesses_keep_what_is_held() {
    for cause in [Cause::Departure, Cause::LeaseEnd, Cause::Attempts] {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        if cause == Cause::Attempts {
            let policy = phone.hospital.policy_with(2, r#""action": "block""#, r#""action": "erase""#);
            assert_eq!(curtain.deliver(&policy).unwrap(), Delivery::Done);
        }
        let (session, patient, _) = ward(&curtain, &workspace);
        let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft, "kept".into(), 0).unwrap();
        let scope = HoldScope::Patient(name_of(&session, &patient));
        let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope });
        assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Done);
        match cause {
            Cause::Departure => {
                assert!(session.checklist().unwrap().open.is_empty(), "a held draft keeps nobody from leaving");
                let token = session.fresh_auth(PASSCODE).unwrap();
                session.wipe(token).unwrap();
            }
            Cause::LeaseEnd => {
                assert_eq!(curtain.deliver(&phone.hospital.lease(&workspace, 1, 30)).unwrap(), Delivery::Done);
                session.lock().unwrap();
                phone.clock.pass(61 * DAY_MS);
                curtain.tick().unwrap();
            }
            _ => {
                session.lock().unwrap();
                for _ in 0..10 {
                    phone.clock.pass(DAY_MS);
                    curtain.unlock(workspace.clone(), b"wrong passcode").err().unwrap();
                }
            }
        }
        let (receipt, _) = receipt_of(&curtain.receipt(workspace.clone()).unwrap().unwrap());
        assert_eq!((receipt.cause, receipt.held), (cause, true));
        only_what_is_held(phone.files.path(), &curtain, &workspace, &patient);
        drop((session, curtain));
        only_what_is_held(phone.files.path(), &phone.curtain(), &workspace, &patient);
    }
}

#[test]
fn large_items_of_the_held_stay_and_those_of_others_go() {
    use crate::vault::{NewStream, open_held};
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let other = other_than(&session, &patient);
    let scope = HoldScope::Patient(name_of(&session, &patient));
    let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope });
    assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Done);
    let bytes = vec![7u8; 100_000];
    let items = [&patient, &other].map(|patient| {
        let gate = curtain.place(&workspace).unwrap();
        let mut inside = gate.enter().unwrap();
        let now = curtain.now().unwrap();
        let (open, place, _) = inside.open().unwrap();
        let id = Id::make().unwrap();
        let new = NewStream { lane: Id::parse(patient).unwrap(), id, kind: 77, head: b"{}" };
        open.vault.put_stream(place.anchor_mut(), &now, &new, &mut &bytes[..], &[]).unwrap();
        id.text()
    });
    let directory = phone.files.path().join("workspaces").join(&workspace);
    // What a wrap holds, as the escrow identity reads it: taken here from the vault itself.
    let wrap = {
        let gate = curtain.place(&workspace).unwrap();
        let mut inside = gate.enter().unwrap();
        let (open, ..) = inside.open().unwrap();
        open.vault.dangerous_wrap(Id::parse(&patient).unwrap())
    };
    let keep = phone.hospital.order(&workspace, 2, Action::WipeWorkspace { holds: Some(Holds::Keep) });
    assert_eq!(curtain.deliver(&keep).unwrap(), Delivery::Done);
    let left = files_of(phone.files.path(), &workspace);
    let streams: Vec<_> = left.iter().filter(|name| name.starts_with("stream-")).cloned().collect();
    assert_eq!(streams, [format!("stream-{}", items[0])]);
    let (lane, records) = open_held(&directory, &wrap).unwrap();
    assert_eq!(lane, patient);
    let item = records.iter().find(|record| record.id == items[0]).unwrap();
    let mut reader = item.large_item(&directory).unwrap().unwrap();
    let mut read = Vec::new();
    while let Some(chunk) = reader.next_chunk().unwrap() {
        read.extend_from_slice(chunk);
    }
    assert_eq!(read, bytes);
    assert!(records[0].large_item(&directory).unwrap().is_none());
    // Any other key, lane or workspace opens nothing.
    for at in 0..wrap.len() {
        let mut wrong = wrap.clone();
        wrong[at] ^= 1;
        assert!(open_held(&directory, &wrong).is_err() || open_held(&directory, &wrong).unwrap().1.is_empty(), "{at}");
        assert!(open_held(&directory, &wrap[..at]).is_err());
    }
}
