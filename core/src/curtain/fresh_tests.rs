//! The fresh authentication: every setting, export and departure act asks for it, for one act, for sixty seconds, and each
//! guess at it goes through the one counter.

use super::tests::{PASSCODE, Phone, ward};
use super::*;
use crate::lock::LockRules;
use crate::policy::{Audience, Channel};
use crate::session::DiscardReason;
use std::sync::atomic::Ordering;

const ACTS: [&str; 6] = ["settings", "export patient", "export journal", "shred", "discard", "wipe"];
const STRICT: LockRules = LockRules { idle_ms: 30_000, absolute_ms: 15 * 60_000 };

/// Something of the user's that the act is about.
struct About {
    patient: String,
    other: String,
    draft: String,
}

fn about(session: &Session, patient: String) -> About {
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    let other = session.patients().unwrap().into_iter().find(|one| one.id != patient).unwrap().id;
    About { patient, other, draft }
}

fn act(session: &Session, what: &str, about: &About, token: &str) -> Result<(), CurtainError> {
    let token = token.to_owned();
    match what {
        // Only as strict as the policy: nothing below locks earlier by it.
        "settings" => session.wish_lock_rules(LockRules::default(), token).map(drop),
        "export patient" => session.export_patient(about.patient.clone(), token).map(drop),
        "export journal" => session.export_journal(token).map(drop),
        "shred" => session.shred_patient(about.other.clone(), token),
        "discard" => session.discard(about.draft.clone(), DiscardReason::NotNeeded, token),
        _ => session.wipe(token).map(drop),
    }
}

#[test]
fn settings_exports_and_departure_each_ask_for_a_fresh_passcode_for_one_act_within_sixty_seconds() {
    for what in ACTS {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let about = about(&session, patient);
        if what == "wipe" {
            session.discard_draft(about.draft.clone()).unwrap();
        }
        let refused = Some(CurtainError::NeedsFreshAuth);
        assert_eq!(act(&session, what, &about, "").err(), refused, "{what}: none given");
        assert_eq!(act(&session, what, &about, &"0".repeat(32)).err(), refused, "{what}: made up");
        // One wrong try uses the right one up.
        let token = session.fresh_auth(PASSCODE).unwrap();
        assert_eq!(act(&session, what, &about, &"0".repeat(32)).err(), refused, "{what}");
        assert_eq!(act(&session, what, &about, &token).err(), refused, "{what}: after a wrong one");
        // Too late by either clock.
        let token = session.fresh_auth(PASSCODE).unwrap();
        phone.clock.pass(60_000);
        assert_eq!(act(&session, what, &about, &token).err(), refused, "{what}: after sixty seconds");
        let token = session.fresh_auth(PASSCODE).unwrap();
        phone.clock.wall_shift_ms.fetch_add(60_000, Ordering::SeqCst);
        assert_eq!(act(&session, what, &about, &token).err(), refused, "{what}: by the wall clock");
        // Of another session.
        let token = session.fresh_auth(PASSCODE).unwrap();
        session.lock().unwrap();
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        assert_eq!(act(&session, what, &about, &token).err(), refused, "{what}: from before a lock");
        // An earlier one when there is a later.
        let earlier = session.fresh_auth(PASSCODE).unwrap();
        let token = session.fresh_auth(PASSCODE).unwrap();
        assert_ne!(earlier, token);
        phone.clock.pass(59_999);
        act(&session, what, &about, &token).unwrap_or_else(|error| panic!("{what}: {error}"));
        if what != "wipe" {
            assert_eq!(session.export_journal(token).err(), refused, "{what}: twice");
        }
    }
}

#[test]
fn guesses_at_a_fresh_passcode_and_at_the_lock_screen_are_one_count() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    let left = |error: Option<CurtainError>| match error {
        Some(CurtainError::WrongPasscode { tries_left, .. }) => tries_left,
        other => panic!("{other:?}"),
    };
    assert_eq!(left(session.fresh_auth(b"wrong passcode").err()), 9);
    assert_eq!(left(session.change_passcode(b"wrong passcode", b"seven new lamps glow").err()), 8);
    assert_eq!(left(session.enable_biometry(b"wrong passcode").err()), 7);
    assert_eq!(left(curtain.unlock(workspace.clone(), b"wrong passcode").err()), 6);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(left(session.fresh_auth(b"wrong passcode").err()), 9, "the right one starts over");
}

#[test]
fn a_users_stricter_lock_holds_after_a_restart() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    let token = session.fresh_auth(PASSCODE).unwrap();
    assert_eq!(session.wish_lock_rules(STRICT, token).unwrap(), STRICT);
    drop((session, curtain));
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.state().unwrap().rules, STRICT);
    phone.clock.pass(30_000);
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
}
