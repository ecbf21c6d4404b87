//! What opens a workspace, through the exported surface; and two workspaces on one phone.

use super::tests::{Hospital, PASSCODE, Phone, ward};
use super::*;
use crate::policy::document::Action;
use crate::session::BiometryState;
use crate::vault::{BiometryPause, PASSCODE_EVERY_MS, PasscodeWeakness};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::SeqCst;

const NEW: &[u8] = b"eleven slow barges drift";
const WRONG: &[u8] = b"wrong passcode";
const LONGEST: &str = r#""absolute_ms": 28800000"#;

#[test]
fn a_passcode_is_changed_with_the_present_one_and_the_session_goes_on() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let names = session.patients().unwrap().len();
    let token = session.fresh_auth(PASSCODE).unwrap();

    let wrong = session.change_passcode(WRONG, NEW).err();
    assert_eq!(wrong, Some(CurtainError::WrongPasscode { tries_left: 9, delay_ms: 0 }), "through the same counter");
    let weak = session.change_passcode(PASSCODE, b"2580").err();
    assert_eq!(weak, Some(CurtainError::Invalid { field: "passcode".into() }));
    session.change_passcode(PASSCODE, NEW).unwrap();
    assert_eq!(session.shred_patient(patient, token).err(), Some(CurtainError::NeedsFreshAuth), "old tokens are dead");
    assert_eq!(session.patients().unwrap().len(), names);
    session.fresh_auth(NEW).unwrap();
    session.lock().unwrap();
    drop((session, curtain));
    let curtain = phone.curtain();
    assert!(matches!(curtain.unlock(workspace.clone(), PASSCODE).err(), Some(CurtainError::WrongPasscode { .. })));
    let session = curtain.unlock(workspace, NEW).unwrap();
    assert_eq!(session.patients().unwrap().len(), names);
    assert!(session.import_patients(super::tests::PATIENTS).unwrap().imported == 0, "imported ids stay the same");
}

#[test]
fn a_change_that_the_keystore_interrupts_is_finished_by_the_tick_and_the_session_goes_on() {
    let mut met = 0;
    for n in 0..60 {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let draft = session.new_draft(Some(patient), crate::policy::Channel::Sms, crate::policy::Audience::Patient);
        session.type_draft(draft.unwrap(), "half a sent".into(), 11).unwrap();
        phone.keystore.fail(n, u64::MAX - 1, false);
        let changed = session.change_passcode(PASSCODE, NEW);
        let failed = phone.keystore.failed();
        phone.keystore.heal();
        assert_eq!(changed, if failed { Err(CurtainError::KeystoreNotNow) } else { Ok(()) });
        phone.clock.pass(300);
        session.tick().unwrap();
        let next = phone.files.path().join("workspaces").join(&workspace).join("slots.next");
        assert!(!next.exists(), "call {n}");
        let right: Vec<_> =
            [PASSCODE, NEW].into_iter().filter(|passcode| session.fresh_auth(passcode).is_ok()).collect();
        assert_eq!(right.len(), 1, "call {n}");
        session.lock().unwrap();
        drop((session, curtain));
        let session = phone.curtain().unlock(workspace, right[0]).unwrap();
        assert_eq!(session.drafts().unwrap()[0].draft.text, "half a sent");
        met += u32::from(failed);
        if !failed {
            break;
        }
    }
    assert!(met > 20, "{met}");
}

#[test]
fn the_last_wrong_passcode_of_a_change_blocks_as_at_the_lock_screen() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let five = phone.hospital.policy_with(2, r#""limit": 10"#, r#""limit": 5"#);
    assert_eq!(curtain.deliver(&five).unwrap(), Delivery::Done);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    for _ in 0..4 {
        assert!(matches!(session.change_passcode(WRONG, NEW), Err(CurtainError::WrongPasscode { .. })));
    }
    assert_eq!(session.change_passcode(WRONG, NEW).err(), Some(CurtainError::Blocked));
    assert_eq!(session.patients().err(), Some(CurtainError::Locked), "the session is over");
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Blocked);
    assert_eq!(curtain.unlock(workspace, PASSCODE).err(), Some(CurtainError::Blocked));
}

#[test]
fn a_weak_passcode_is_named_and_no_workspace_is_made_under_one() {
    let phone = Phone::new();
    let curtain = phone.curtain();
    let enrolment = phone.hospital.enrol(&curtain.request().unwrap());
    for (weak, why) in [
        (&b"482716"[..], PasscodeWeakness::DigitsOnly),
        (b"seven calm herons", PasscodeWeakness::FewWords),
        (b"Password1!", PasscodeWeakness::Common),
    ] {
        assert_eq!(curtain.passcode_weakness(weak).unwrap(), Some(why), "the software keystore is no hardware");
        assert_eq!(curtain.enrol(&enrolment, weak).err(), Some(CurtainError::Invalid { field: "passcode".into() }));
    }
    let named = curtain.enrol(&enrolment, b"St. Alder, Lee 1").err();
    assert_eq!(named, Some(CurtainError::Invalid { field: "passcode".into() }));
    assert_eq!(curtain.passcode_weakness(PASSCODE).unwrap(), None);
    curtain.enrol(&enrolment, PASSCODE).unwrap();
    assert_eq!(curtain.passcode_weakness(b"St. Alder, Lee 1").unwrap(), Some(PasscodeWeakness::Personal));
}

#[test]
fn biometrics_open_while_the_policy_allows_them_and_the_passcode_is_not_due() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let state = || curtain.biometry(workspace.clone()).unwrap();
    let finger = || curtain.unlock_with_biometry(workspace.clone()).map(drop);
    assert_eq!(state(), BiometryState::Off);
    assert_eq!(finger(), Err(CurtainError::NotFound));
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert!(matches!(session.enable_biometry(WRONG), Err(CurtainError::WrongPasscode { .. })), "it needs the passcode");
    session.enable_biometry(PASSCODE).unwrap();
    session.lock().unwrap();
    assert_eq!(state(), BiometryState::Ready);
    let session = curtain.unlock_with_biometry(workspace.clone()).unwrap();
    assert!(session.patients().unwrap().is_empty());
    // What asks for a passcode takes no finger.
    assert_eq!(session.wipe("0".repeat(32)).err(), Some(CurtainError::NeedsFreshAuth));

    for _ in 0..5 {
        assert_eq!(state(), BiometryState::Ready);
        curtain.biometry_failed(workspace.clone()).unwrap();
    }
    assert_eq!(state(), BiometryState::PasscodeFirst { reason: BiometryPause::Failures });
    assert!(matches!(finger(), Err(CurtainError::NotAllowed { .. })));
    curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    finger().unwrap();
    phone.clock.pass(PASSCODE_EVERY_MS);
    assert_eq!(state(), BiometryState::PasscodeFirst { reason: BiometryPause::TooLongAgo });
    curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    phone.clock.boot.fetch_add(1, SeqCst);
    assert_eq!(state(), BiometryState::PasscodeFirst { reason: BiometryPause::Restart });
    curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    finger().unwrap();

    let forbid = phone.hospital.policy_with(2, LONGEST, r#""absolute_ms": 28800000, "biometry": false"#);
    assert_eq!(curtain.deliver(&forbid).unwrap(), Delivery::Done);
    assert_eq!(state(), BiometryState::Forbidden);
    assert!(matches!(finger(), Err(CurtainError::NotAllowed { .. })));
    let key = || {
        fs::read_dir(phone.keys.path()).unwrap().any(|e| e.unwrap().path().ends_with(format!("{workspace}.biometry")))
    };
    assert!(key());
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert!(!key(), "the next passcode removes what may not be any more");
    assert!(matches!(session.enable_biometry(PASSCODE), Err(CurtainError::NotAllowed { .. })));
    assert_eq!(curtain.deliver(&phone.hospital.policy(3)).unwrap(), Delivery::Done);
    assert_eq!(state(), BiometryState::Off, "allowed again it is turned on anew");
}

#[test]
fn biometrics_that_are_turned_off_leave_nothing_and_a_new_passcode_turns_them_off() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let slots = || fs::read(phone.files.path().join("workspaces").join(&workspace).join("slots")).unwrap();
    let before = slots();
    session.enable_biometry(PASSCODE).unwrap();
    assert!(slots().starts_with(&before) && slots().len() == 2 * before.len());
    session.disable_biometry(PASSCODE).unwrap();
    assert!(slots() != before && slots().len() == before.len(), "new keys, not only a slot less");
    session.enable_biometry(PASSCODE).unwrap();
    session.change_passcode(PASSCODE, NEW).unwrap();
    assert_eq!(curtain.biometry(workspace.clone()).unwrap(), BiometryState::Off);
    assert_eq!(curtain.unlock_with_biometry(workspace).err(), Some(CurtainError::NotFound));
}

#[test]
fn recovery_is_off_unless_the_policy_allows_it_and_ends_with_it() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let off = Some(CurtainError::NotAllowed { rule: "recovery is off by policy".into() });
    assert_eq!(session.enable_recovery(PASSCODE).err(), off);
    let allow = phone.hospital.policy_with(2, LONGEST, r#""absolute_ms": 28800000, "recovery": true"#);
    assert_eq!(curtain.deliver(&allow).unwrap(), Delivery::Done);
    assert_eq!(curtain.sealed_recovery_code(workspace.clone()).unwrap(), None, "off by default");
    let mut sealed = session.enable_recovery(PASSCODE).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    let earlier = std::mem::replace(&mut sealed, session.enable_recovery(PASSCODE).unwrap());
    assert_ne!(earlier, sealed, "another code ends the first");
    session.lock().unwrap();
    assert_eq!(curtain.sealed_recovery_code(workspace.clone()).unwrap(), Some(sealed.clone()), "also while locked");
    assert_eq!(
        curtain.recover(workspace.clone(), b"no code", NEW).err(),
        Some(CurtainError::Invalid { field: "recovery code".into() })
    );
    let guess = b"000-000-000-000-000-000-000-000-005";
    assert!(crate::vault::RecoveryCode::parse(&guess[..]).is_err(), "a slip is no guess");
    assert_eq!(curtain.workspaces().unwrap()[0].tries_left, 10);

    // A new passcode brings a new code while recovery is on.
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    session.change_passcode(PASSCODE, NEW).unwrap();
    let next = curtain.sealed_recovery_code(workspace.clone()).unwrap().unwrap();
    assert_ne!(next, sealed);
    assert_eq!(curtain.deliver(&phone.hospital.policy(3)).unwrap(), Delivery::Done);
    curtain.unlock(workspace.clone(), NEW).unwrap();
    assert_eq!(
        curtain.sealed_recovery_code(workspace).unwrap(),
        None,
        "the next passcode ends what may not be any more"
    );
}

/// Two institutions on one phone.
fn shared() -> (Phone, Hospital, Arc<Curtain>, String, String) {
    let phone = Phone::new();
    let (curtain, first) = phone.enrolled();
    let other = Hospital::new();
    let enrolment = other.enrol(&curtain.request().unwrap());
    let second = curtain.enrol(&enrolment, PASSCODE).unwrap().id;
    assert_eq!(curtain.deliver(&other.policy(1)).unwrap(), Delivery::Done);
    (phone, other, curtain, first, second)
}

#[test]
fn the_strictest_lock_of_two_institutions_holds_until_one_is_erased() {
    let (phone, other, curtain, first, second) = shared();
    let session = curtain.unlock(first.clone(), PASSCODE).unwrap();
    assert_eq!(session.state().unwrap().rules.idle_ms, 120_000);
    let stricter = other.policy_with(2, r#""idle_ms": 120000"#, r#""idle_ms": 45000"#);
    assert_eq!(curtain.deliver(&stricter).unwrap(), Delivery::Done);
    assert_eq!(session.state().unwrap().rules.idle_ms, 45_000, "at once, in the open session");
    phone.clock.pass(45_000);
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
    // Also after a restart of the app, with the other one locked.
    drop((session, curtain));
    let curtain = phone.curtain();
    let session = curtain.unlock(first.clone(), PASSCODE).unwrap();
    assert_eq!(session.state().unwrap().rules.idle_ms, 45_000);
    let order = other.order(&second, 1, Action::WipeWorkspace { holds: None });
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    assert_eq!(session.state().unwrap().rules.idle_ms, 120_000, "who is erased binds nobody");
    drop((session, curtain));
    let session = phone.curtain().unlock(first, PASSCODE).unwrap();
    assert_eq!(session.state().unwrap().rules.idle_ms, 120_000);
}

#[test]
fn no_policy_locks_another_institution_out() {
    let (_phone, other, curtain, first, _) = shared();
    for (from, to) in [
        (r#""idle_ms": 120000"#, r#""idle_ms": 29999"#),
        (r#""idle_ms": 120000"#, r#""idle_ms": 0"#),
        (r#""absolute_ms": 28800000"#, r#""absolute_ms": 899999"#),
    ] {
        let refused = curtain.deliver(&other.policy_with(2, from, to)).unwrap();
        assert_eq!(refused, Delivery::Refused { reason: Refused::PolicyFails });
    }
    let rules = curtain.unlock(first, PASSCODE).unwrap().state().unwrap().rules;
    assert_eq!((rules.idle_ms, rules.absolute_ms), (120_000, 28_800_000));
}

/// Every file below a directory that belongs to a workspace, or every key with its name.
fn belongings(phone: &Phone, workspace: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(phone.files.path().join("workspaces").join(workspace)).into_iter().flatten();
    let keys = fs::read_dir(phone.keys.path()).unwrap();
    let keys = keys.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with(workspace));
    files.chain(keys).map(|entry| entry.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn erasing_one_workspace_leaves_the_other_byte_for_byte() {
    let (phone, other, curtain, first, second) = shared();
    for workspace in [&first, &second] {
        ward(&curtain, workspace).0.lock().unwrap();
    }
    let before = belongings(&phone, &first);
    assert!(before.len() >= 8, "files and keys: {:?}", before.keys());
    let order = other.order(&second, 1, Action::WipeWorkspace { holds: None });
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    assert_eq!(belongings(&phone, &first), before);
    let receipt = curtain.receipt(second.clone()).unwrap().unwrap();
    let receipt = identity(Envelope::parse(&receipt).unwrap().dangerous_unverified_payload());
    let acknowledged = other.order(&second, 2, Action::Acknowledge { receipt });
    assert_eq!(curtain.deliver(&acknowledged).unwrap(), Delivery::Done);
    assert_eq!(belongings(&phone, &first), before);
    assert!(belongings(&phone, &second).is_empty());
    assert!(curtain.unlock(first, PASSCODE).unwrap().patients().unwrap().len() >= 10);
}
