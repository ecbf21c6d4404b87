//! Leaving: what is handed over as one sealed export, an order to leave, the end of a lease, and what a receipt then says.

use super::hold_tests::{charted, name_of, noted_codes};
use super::tests::{DAY_MS, PASSCODE, Phone, START_MS, agreed, confirmed, request, ward};
use super::*;
use crate::crypto::sha256;
use crate::message::Outcome;
use crate::policy::document::{Action, Cause, HoldScope, Policy, Receipt};
use crate::policy::{Audience, Channel};
use crate::session::{DiscardReason, OpenItemKind};
use std::sync::atomic::Ordering;

const DAY: i64 = 86_400_000;

fn token(session: &Session) -> String {
    session.fresh_auth(PASSCODE).unwrap()
}

fn refused(rule: &str) -> Option<CurtainError> {
    Some(CurtainError::NotAllowed { rule: rule.into() })
}

fn receipt_of(document: &[u8]) -> Receipt {
    Receipt::from_payload(Envelope::parse(document).unwrap().dangerous_unverified_payload()).unwrap()
}

/// A note, a draft of nobody, a chart text of an answer, and a message whose outcome nobody said.
fn unfinished(session: &Session, patient: &str, number: &str) -> String {
    agreed(session, patient, number);
    session.save_note(None, patient.to_owned(), "Round".into(), "edges clean".into()).unwrap();
    let loose = session.new_draft(None, Channel::SecureMessaging, Audience::Colleague).unwrap();
    session.type_draft(loose, "who covers tonight".into(), 0).unwrap();
    let draft = session.new_draft(Some(patient.to_owned()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "Please call us at 555-123-4567 about your recent visit.".into(), 0).unwrap();
    confirmed(session, patient, number);
    session.hand_off(draft, request(patient, number)).unwrap().message
}

#[test]
fn what_is_handed_over_may_go_and_the_wipe_opens_with_a_receipt_that_counts_it() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    assert_eq!(session.hand_over(token(&session)).err(), refused("nothing to hand over"));
    unfinished(&session, &patient, &number);
    let before = session.checklist().unwrap().open;
    assert_eq!(before.len(), 5);
    assert_eq!(session.discard_handed_over(token(&session)).err(), refused("nothing was handed over"));
    assert_eq!(session.hand_over("0".repeat(32)).err(), Some(CurtainError::NeedsFreshAuth));
    let sealed = session.hand_over(token(&session)).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    assert_eq!(session.checklist().unwrap().open.len(), 5, "sealed is not arrived");
    assert_eq!(session.wipe(token(&session)).err(), refused("items to finish"));
    // It may take a day until somebody says that it arrived.
    session.lock().unwrap();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.discard_handed_over("0".repeat(32)).err(), Some(CurtainError::NeedsFreshAuth));
    assert_eq!(session.discard_handed_over(token(&session)).unwrap(), 5);
    assert!(session.checklist().unwrap().open.is_empty());
    let codes = noted_codes(&curtain, &workspace);
    let handed: Vec<_> = codes.iter().filter(|(code, _)| *code == Code::HandedOver).collect();
    assert_eq!(handed.len(), 2, "one entry for the patient, one for what is nobody's");
    assert_eq!(handed.iter().filter(|(_, patient)| patient.is_some()).count(), 1);
    let receipt = receipt_of(&session.wipe(token(&session)).unwrap());
    assert_eq!((receipt.cause, receipt.counts.get("handed_over")), (Cause::Departure, Some(&5)));
}

#[test]
fn an_item_that_was_written_to_since_was_not_handed_over() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let message = unfinished(&session, &patient, &number);
    let kind = |kind: OpenItemKind| {
        let open = session.checklist().unwrap().open;
        open.into_iter().find(|item| item.kind == kind).unwrap().id
    };
    let (note, draft) = (kind(OpenItemKind::UnchartedNote), kind(OpenItemKind::Unsent));
    let not_handed = refused("not handed over as it stands");
    assert_eq!(session.discard(note.clone(), DiscardReason::HandedOver, token(&session)).err(), not_handed);
    session.hand_over(token(&session)).unwrap();
    session.save_note(Some(note.clone()), patient.clone(), "Round".into(), "edges red".into()).unwrap();
    assert_eq!(session.discard(note.clone(), DiscardReason::HandedOver, token(&session)).err(), not_handed);
    // Typed and not written yet counts as written.
    session.type_draft(draft.clone(), "who covers tomorrow".into(), 0).unwrap();
    assert_eq!(session.discard(draft.clone(), DiscardReason::HandedOver, token(&session)).err(), not_handed);
    assert_eq!(
        session.discard(message.clone(), DiscardReason::NotNeeded, token(&session)).err(),
        refused("say whether it was sent"),
        "only a hand-over takes an outcome's place"
    );
    session.discard(message, DiscardReason::HandedOver, token(&session)).unwrap();
    assert_eq!(session.discard_handed_over(token(&session)).unwrap(), 2, "the two chart texts");
    let left: Vec<String> = session.checklist().unwrap().open.into_iter().map(|item| item.id).collect();
    assert_eq!(left.iter().collect::<std::collections::BTreeSet<_>>(), [&note, &draft].into());
    session.hand_over(token(&session)).unwrap();
    assert_eq!(session.discard_handed_over(token(&session)).unwrap(), 2);
    let receipt = receipt_of(&session.wipe(token(&session)).unwrap());
    assert_eq!(receipt.counts.get("handed_over"), Some(&5), "over both hand-overs");
}

#[test]
fn what_is_held_and_was_handed_over_stays_and_no_longer_stands_in_the_way() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let note = session.save_note(None, patient.clone(), "Round".into(), "edges clean".into()).unwrap();
    let hold = Action::Hold { scope: HoldScope::Patient(name_of(&session, &patient)) };
    assert_eq!(curtain.deliver(&phone.hospital.order(&workspace, 1, hold)).unwrap(), Delivery::Done);
    assert_eq!(session.checklist().unwrap().open.len(), 1);
    session.hand_over(token(&session)).unwrap();
    assert!(session.checklist().unwrap().open.is_empty());
    assert_eq!(session.discard_handed_over(token(&session)).unwrap(), 0);
    assert_eq!(session.note(note.clone()).unwrap().text, "edges clean");
    session.save_note(Some(note), patient, "Round".into(), "edges red".into()).unwrap();
    assert_eq!(session.checklist().unwrap().open.len(), 1, "written to since");
    session.hand_over(token(&session)).unwrap();
    let receipt = receipt_of(&session.wipe(token(&session)).unwrap());
    assert_eq!((receipt.held, receipt.counts.get("handed_over")), (true, Some(&1)));
}

#[test]
fn an_order_to_leave_says_until_when_and_then_only_leaving_is_open() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let shown = || curtain.workspaces().unwrap().remove(0);
    assert!(shown().leaving.is_none());
    let leave = |number, days| {
        let until_ms = START_MS + days * DAY;
        phone.hospital.order(&workspace, number, Action::Leave { until_ms })
    };
    // It works while locked, and a later order's day takes the place of an earlier one's.
    assert_eq!(curtain.deliver(&leave(1, 2)).unwrap(), Delivery::Done);
    assert_eq!(curtain.deliver(&leave(2, 5)).unwrap(), Delivery::Done);
    assert_eq!(
        curtain.deliver(&leave(1, 2)).unwrap(),
        Delivery::Refused { reason: Refused::OlderVersion },
        "an older order changes nothing"
    );
    let leaving = shown().leaving.unwrap();
    assert_eq!((leaving.leaving_until_ms, leaving.reason.as_str()), (Some(START_MS + 5 * DAY), "test"));
    assert_eq!((leaving.lease_until_ms, leaving.near), (None, false));
    let (session, patient, _) = ward(&curtain, &workspace);
    assert_eq!(session.checklist().unwrap().leaving, Some(leaving));
    charted(&session, &patient);
    let note = session.save_note(None, patient.clone(), "Open".into(), "to be charted".into()).unwrap();
    session.lock().unwrap();
    drop((session, curtain));
    // After a restart it stands; its end comes by running time as well, the wall clock put back.
    let curtain = phone.curtain();
    phone.clock.pass(2 * DAY_MS);
    assert!(curtain.workspaces().unwrap()[0].leaving.as_ref().unwrap().near);
    phone.clock.pass(3 * DAY_MS);
    phone.clock.wall_shift_ms.store(-5 * DAY, Ordering::SeqCst);
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::LeaseOver);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver));
    assert_eq!(session.save_note(None, patient, "New".into(), "no".into()).err(), Some(CurtainError::LeaseOver));
    let chart = session.chart_note(note).unwrap();
    assert_eq!(session.chart_items().unwrap().len(), 1);
    session.hand_over(token(&session)).unwrap();
    session.file_chart(chart).unwrap();
    assert!(session.checklist().unwrap().open.is_empty());
    assert_eq!(receipt_of(&session.wipe(token(&session)).unwrap()).cause, Cause::Departure);
}

#[test]
fn a_lease_says_how_long_it_runs_by_the_clock_that_ends_first_and_renewing_it_does_not_undo_an_order() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let leaving = || curtain.workspaces().unwrap().remove(0).leaving.unwrap();
    curtain.deliver(&phone.hospital.lease(&workspace, 1, 7)).unwrap();
    assert_eq!((leaving().lease_until_ms, leaving().near), (Some(START_MS + 7 * DAY), false));
    phone.clock.pass(5 * DAY_MS);
    phone.clock.wall_shift_ms.store(-4 * DAY, Ordering::SeqCst);
    assert_eq!(leaving().lease_until_ms, Some(START_MS + 3 * DAY), "two days of running time are left");
    assert!(leaving().near);
    phone.clock.wall_shift_ms.store(0, Ordering::SeqCst);
    let leave = Action::Leave { until_ms: START_MS + 6 * DAY };
    curtain.deliver(&phone.hospital.order(&workspace, 1, leave)).unwrap();
    let renewed = phone.hospital.lease_of(&workspace, 2, START_MS + 5 * DAY, 30);
    assert_eq!(curtain.deliver(&renewed).unwrap(), Delivery::Done);
    assert_eq!(leaving().leaving_until_ms, Some(START_MS + 6 * DAY));
    phone.clock.pass(DAY_MS);
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::LeaseOver);
    // The lease's grace of 30 days is the order's, by both clocks: what ran counts from when the order was taken.
    for _ in 0..35 {
        phone.clock.pass(DAY_MS);
        curtain.tick().unwrap();
    }
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
}

#[test]
fn a_hold_that_waits_for_its_first_unlock_survives_the_end_of_a_lease() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    charted(&session, &patient);
    session.lock().unwrap();
    curtain.deliver(&phone.hospital.lease(&workspace, 1, 7)).unwrap();
    let hold = Action::Hold { scope: HoldScope::Workspace };
    assert_eq!(curtain.deliver(&phone.hospital.order(&workspace, 1, hold)).unwrap(), Delivery::Queued);
    for _ in 0..20 {
        phone.clock.pass(DAY_MS);
        curtain.tick().unwrap();
    }
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::LeaseOver, "nothing is sealed for escrow yet");
    // The first unlock seals it; then the lease's end may do its work.
    curtain.unlock(workspace.clone(), PASSCODE).unwrap().lock().unwrap();
    curtain.tick().unwrap();
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
    let receipt = receipt_of(&curtain.receipt(workspace).unwrap().unwrap());
    assert_eq!((receipt.cause, receipt.held), (Cause::LeaseEnd, true));
}

#[test]
fn a_hold_that_waits_survives_the_last_guess() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let erasing = phone.hospital.policy_with(2, r#""action": "block""#, r#""action": "erase""#);
    assert_eq!(curtain.deliver(&erasing).unwrap(), Delivery::Done);
    let hold = Action::Hold { scope: HoldScope::Workspace };
    assert_eq!(curtain.deliver(&phone.hospital.order(&workspace, 1, hold)).unwrap(), Delivery::Queued);
    for _ in 0..12 {
        drop(curtain.unlock(workspace.clone(), b"wrong passcode"));
        phone.clock.pass(DAY_MS / 12);
    }
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Blocked);
    curtain.deliver(&phone.hospital.order(&workspace, 2, Action::Unlock {})).unwrap();
    curtain.unlock(workspace, PASSCODE).unwrap();
}

#[test]
fn a_receipt_names_the_policy_that_was_in_force() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let second = phone.hospital.policy(2);
    assert_eq!(curtain.deliver(&second).unwrap(), Delivery::Done);
    let (session, ..) = ward(&curtain, &workspace);
    let receipt = receipt_of(&session.wipe(token(&session)).unwrap());
    let payload = Envelope::parse(&second).unwrap().dangerous_unverified_payload().to_vec();
    assert_eq!((receipt.policy, receipt.policy_version), (Some(Hex(sha256(&payload))), 2));
    assert_eq!(Policy::from_payload(&payload).unwrap().version, 2);
}

#[test]
fn no_text_goes_to_a_number_that_nobody_confirmed_and_one_confirmation_is_for_one_text() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let draft = |text: &str| {
        let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
        session.type_draft(draft.clone(), text.into(), 0).unwrap();
        draft
    };
    let first = draft("Your prescription is ready.");
    let hand_off = |draft: &str| session.hand_off(draft.to_owned(), request(&patient, &number));
    assert_eq!(hand_off(&first).err(), refused("confirm the number"));
    assert!(!session.confirm_number(patient.clone(), number.clone(), "no".into()).unwrap());
    assert_eq!(hand_off(&first).err(), refused("confirm the number"));
    confirmed(&session, &patient, &number);
    assert!(!session.confirm_number(patient.clone(), number.clone(), "no".into()).unwrap());
    assert_eq!(hand_off(&first).err(), refused("confirm the number"), "a wrong tile takes a right one back");
    confirmed(&session, &patient, &number.replace('-', " "));
    let message = hand_off(&first).unwrap().message;
    session.record_outcome(message, Outcome::Sent).unwrap();
    let second = draft("Your appointment is on Monday at 2:30 pm.");
    assert_eq!(hand_off(&second).err(), refused("confirm the number"), "once is for one text");
    confirmed(&session, &patient, &number);
    session.lock().unwrap();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(
        session.hand_off(second, request(&patient, &number)).err(),
        refused("confirm the number"),
        "a lock ends it"
    );
}
