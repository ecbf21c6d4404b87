//! What the biometric slot and a recovery code promise, also when they are cut at every step.

use super::fault_tests::{RULES, WRONG, keys_named, transient, wiped};
use super::faulty::{Faulty, cut_files_after, files_healed};
use super::rekey_tests::{NEW, act, changed, healed, open_with, the_one, whole};
use super::tests::{PASSCODE, Phone, at, filled, id};
use super::*;
use crate::crypto::age::Recipient;
use crate::error::Error;
use crate::journal::Code;
use crate::platform::{KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use std::sync::Arc;

/// A recipient of the age format, made for these tests only.
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

#[test]
fn a_finger_opens_until_the_passcode_is_due() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    assert!(matches!(workspace.unlock_with_biometry(&at(11), RULES), Err(Error::NotFound { .. })));
    workspace.enable_biometry(&mut vault, &at(12)).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let by_finger = |n: u64| {
        let mut workspace = phone.workspace().unwrap();
        let vault = workspace.unlock_with_biometry(&at(n), RULES);
        vault.map(|mut vault| {
            whole(&phone, &workspace, &mut vault);
            vault.close().unwrap();
        })
    };
    by_finger(100).unwrap();
    let due = 12 + PASSCODE_EVERY_MS;
    by_finger(due - 1).unwrap();
    assert_eq!(by_finger(due), Err(Error::NotAllowed { why: BiometryPause::TooLongAgo.rule() }));
    open_with(&phone, PASSCODE, &at(due + 1)).unwrap();
    by_finger(due + 2).unwrap();
    let mut restarted = at(due + 3);
    restarted.boot_id = "another boot".into();
    let refused = phone.workspace().unwrap().unlock_with_biometry(&restarted, RULES).err();
    assert_eq!(refused, Some(Error::NotAllowed { why: BiometryPause::Restart.rule() }));
    assert_eq!(phone.workspace().unwrap().anchor().state().attempts.failed, 0, "a finger is no guess");
}

/// A keystore whose biometric key answers as the test says: the sensor's part.
struct Sensor {
    inner: Arc<dyn Keystore>,
    answer: std::sync::Mutex<Option<crate::platform::KeystoreError>>,
}

impl Keystore for Sensor {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        self.inner.create(alias, purpose)
    }
    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.inner.exists(alias)
    }
    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.inner.delete(alias)
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.inner.prf(alias, input)
    }
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.inner.seal(alias, plaintext)
    }
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        match *self.answer.lock().unwrap() {
            Some(error) if alias.ends_with(".biometry") => Err(error),
            _ => self.inner.open(alias, sealed),
        }
    }
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.inner.sign(alias, message)
    }
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.inner.public_key(alias)
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        self.inner.strength()
    }
}

fn with_sensor() -> (Phone, Arc<Sensor>) {
    let phone = filled();
    let sensor = Arc::new(Sensor { inner: phone.keystore.clone(), answer: std::sync::Mutex::new(None) });
    let (mut workspace, mut vault) = phone.unlocked();
    workspace.enable_biometry(&mut vault, &at(12)).unwrap();
    vault.close().unwrap();
    (phone, sensor)
}

#[test]
fn five_refused_fingers_ask_for_the_passcode_and_a_sleeping_keystore_is_none() {
    let (phone, sensor) = with_sensor();
    let finger = |n: u64, answer: Option<KeystoreError>| {
        *sensor.answer.lock().unwrap() = answer;
        // A process of its own each time: the count is in the anchor.
        let mut workspace = Workspace::open(sensor.clone(), phone.files.path(), id(1)).unwrap();
        workspace.unlock_with_biometry(&at(n), RULES).map(drop)
    };
    for n in 0..4 {
        assert_eq!(finger(100 + n, Some(KeystoreError::NeedsAuth)), Err(Error::KeystoreNeedsAuth));
    }
    finger(110, None).unwrap();
    for n in 0..9 {
        assert_eq!(finger(120 + n, Some(KeystoreError::NotNow)), Err(Error::KeystoreNotNow));
    }
    for n in 0..5 {
        assert_eq!(finger(130 + n, Some(KeystoreError::NeedsAuth)), Err(Error::KeystoreNeedsAuth));
    }
    assert_eq!(finger(140, None), Err(Error::NotAllowed { why: BiometryPause::Failures.rule() }));
    open_with(&phone, PASSCODE, &at(150)).unwrap();
    finger(160, None).unwrap();
}

#[test]
fn a_biometric_key_that_is_gone_ends_it_and_the_passcode_still_opens() {
    for error in [KeystoreError::PermanentlyGone, KeystoreError::Unsupported] {
        let (phone, sensor) = with_sensor();
        *sensor.answer.lock().unwrap() = Some(error);
        let mut workspace = Workspace::open(sensor.clone(), phone.files.path(), id(1)).unwrap();
        let changed_finger = Some(Error::NotAllowed { why: BiometryPause::Changed.rule() });
        assert_eq!(workspace.unlock_with_biometry(&at(100), RULES).err(), changed_finger);
        // Also when the key answers again: an answer after "gone" is not believed.
        *sensor.answer.lock().unwrap() = None;
        assert_eq!(workspace.unlock_with_biometry(&at(101), RULES).err(), changed_finger);
        let mut vault = workspace.unlock(PASSCODE, &at(102), RULES).unwrap();
        whole(&phone, &workspace, &mut vault);
        workspace.enable_biometry(&mut vault, &at(103)).unwrap();
        vault.close().unwrap();
        workspace.unlock_with_biometry(&at(104), RULES).unwrap();
    }
}

#[test]
fn a_finger_gives_no_guesses_back_and_opens_nothing_that_is_blocked() {
    let (phone, _) = with_sensor();
    let mut workspace = phone.workspace().unwrap();
    for n in 0..4 {
        workspace.unlock(WRONG, &at(100 + n), RULES).err().unwrap();
    }
    workspace.unlock_with_biometry(&at(110), RULES).unwrap();
    assert_eq!(workspace.anchor().state().attempts.failed, 4);
    workspace.unlock(WRONG, &at(111), RULES).err().unwrap();
    assert!(matches!(workspace.unlock_with_biometry(&at(112), RULES), Err(Error::MustWait { .. })));
    for n in 1..6u64 {
        workspace.unlock(WRONG, &at(4_000_000 * n), RULES).err().unwrap();
    }
    assert_eq!(workspace.unlock_with_biometry(&at(40_000_000), RULES).err(), Some(Error::Blocked));
}

#[test]
fn a_removed_biometric_slot_does_not_come_back_with_old_files() {
    let (phone, _) = with_sensor();
    let old = std::fs::read(phone.directory().join("slots")).unwrap();
    assert_eq!(old.len(), 2 * crate::crypto::slot::SLOT_BYTES);
    let (mut workspace, mut vault) = phone.unlocked();
    workspace.rekey(&mut vault, &at(100), &changed(PASSCODE), &act()).unwrap();
    vault.close().unwrap();
    assert_eq!(keys_named(&phone, "biometry"), 0);
    assert!(matches!(workspace.unlock_with_biometry(&at(101), RULES), Err(Error::NotFound { .. })));
    std::fs::write(phone.directory().join("slots"), &old).unwrap();
    let refused = workspace.unlock(PASSCODE, &at(102), RULES).err();
    assert_eq!(refused, Some(Error::RolledBack { what: "slot" }));
}

#[test]
fn turning_biometrics_on_cut_at_any_step_leaves_the_passcode_and_loses_nothing() {
    let cut = |start: &dyn Fn(&Faulty), heal: &dyn Fn(&Faulty) -> bool| {
        let phone = filled();
        let keystore = Faulty::new(phone.keystore.clone());
        let mut workspace = Workspace::open(keystore.clone(), phone.files.path(), id(1)).unwrap();
        let mut vault = workspace.unlock(PASSCODE, &at(10), RULES).unwrap();
        start(&keystore);
        let on = workspace.enable_biometry(&mut vault, &at(11));
        let met = heal(&keystore);
        assert_eq!(on.is_err(), met);
        drop((vault, workspace));
        let mut workspace = phone.workspace().unwrap();
        let by_finger = workspace.unlock_with_biometry(&at(12), RULES).map(drop);
        assert!(by_finger.is_ok() || met);
        drop(workspace);
        assert_eq!(the_one(&phone, &[PASSCODE], 1_000), PASSCODE);
        wiped(phone.workspace().unwrap(), &phone);
        met
    };
    let mut met = 0;
    for n in 0..100 {
        let before = met;
        for (first, last, late) in [(n, n, true), (n, u64::MAX - 1, false)] {
            met += u32::from(cut(&|keystore| keystore.fail(first, last, late), &healed));
        }
        met += u32::from(cut(&|_| cut_files_after(n + 1), &|_| files_healed()));
        if met == before {
            break;
        }
    }
    assert!(met > 20, "{met}");
}

/// The code as the institution reads it: the slot's own, for a test that cannot open age files here.
fn code_for(workspace: &mut Workspace, vault: &mut Vault, n: u64) -> RecoveryCode {
    workspace.finish_rekey(vault, &at(n)).unwrap();
    let code = RecoveryCode::make().unwrap();
    let slot = workspace.make_slot(vault, 2, code.secret()).unwrap();
    workspace.keep(&super::slots::recovery_name(slot.bytes()), b"sealed").unwrap();
    workspace.put_slot(vault, &slot).unwrap();
    code
}

#[test]
fn a_recovery_code_opens_once_on_this_phone_only_and_under_a_new_passcode() {
    let phone = filled();
    let (mut workspace, vault) = phone.unlocked();
    let other = RecoveryCode::make().unwrap();
    let recovered = |workspace: &mut Workspace, code: &RecoveryCode, n: u64, new: &[u8]| {
        workspace.recover(code, &at(n), RULES, &changed(new), &[Act::from(Code::Recovered)])
    };
    vault.close().unwrap();
    assert!(matches!(recovered(&mut workspace, &other, 11, NEW), Err(Error::NotFound { .. })), "it is off by default");
    assert_eq!(workspace.anchor().state().attempts.failed, 0);
    let mut vault = workspace.unlock(PASSCODE, &at(12), RULES).unwrap();
    let code = code_for(&mut workspace, &mut vault, 13);
    vault.close().unwrap();
    let stolen = phone.snapshot();

    // The files with the code on another phone.
    let thief = Phone::new();
    std::fs::remove_file(thief.directory().join("slots")).unwrap();
    std::fs::write(thief.directory().join("slots"), std::fs::read(phone.directory().join("slots")).unwrap()).unwrap();
    let away = recovered(&mut thief.workspace().unwrap(), &code, 20, NEW).err();
    assert_eq!(away, Some(Error::Damaged { what: "slot" }), "worthless without this phone's keystore");

    // A wrong code is a wrong guess, at the same counter as the passcode.
    workspace.unlock(WRONG, &at(30), RULES).err().unwrap();
    let wrong = recovered(&mut workspace, &other, 31, NEW).err();
    assert_eq!(wrong, Some(Error::WrongPasscode { tries_left: 8, delay_ms: 0 }));
    assert!(
        matches!(recovered(&mut workspace, &code, 32, b"short"), Err(Error::Invalid { .. })),
        "no new passcode, no way in"
    );

    let mut vault = recovered(&mut workspace, &code, 33, NEW).unwrap();
    whole(&phone, &workspace, &mut vault);
    assert_eq!(workspace.anchor().state().attempts.failed, 0);
    vault.close().unwrap();
    assert!(matches!(recovered(&mut workspace, &code, 34, NEW), Err(Error::NotFound { .. })), "it worked once");
    assert!(workspace.sealed_recovery(None).unwrap().is_none());
    drop(workspace);
    assert_eq!(the_one(&phone, &[PASSCODE, NEW], 1_000), NEW);
    phone.restore(&stolen);
    assert!(phone.workspace().is_err(), "nor with the files of before");
}

#[test]
fn a_recovery_cut_at_any_step_leaves_the_code_or_the_new_passcode() {
    let cut = |start: &dyn Fn(&Faulty), heal: &dyn Fn(&Faulty) -> bool| {
        let phone = filled();
        let (mut workspace, mut vault) = phone.unlocked();
        let code = code_for(&mut workspace, &mut vault, 13);
        vault.close().unwrap();
        drop(workspace);
        let keystore = Faulty::new(phone.keystore.clone());
        let mut workspace = Workspace::open(keystore.clone(), phone.files.path(), id(1)).unwrap();
        start(&keystore);
        let recovered = workspace.recover(&code, &at(20), RULES, &changed(NEW), &act()).map(drop);
        let met = heal(&keystore);
        assert_eq!(recovered.is_err(), met);
        assert!(recovered.as_ref().err().is_none_or(|error| transient(error) || matches!(error, Error::Io { .. })));
        drop(workspace);
        let opens = the_one(&phone, &[PASSCODE, NEW], 1_000);
        assert!(opens == NEW || met);
        if opens == PASSCODE {
            let mut workspace = phone.workspace().unwrap();
            workspace.recover(&code, &at(50_000_000), RULES, &changed(NEW), &act()).unwrap().close().unwrap();
            drop(workspace);
            assert_eq!(the_one(&phone, &[PASSCODE, NEW], 60_000_000), NEW);
        }
        met
    };
    let mut met = 0;
    for n in 0..100 {
        let before = met;
        met += u32::from(cut(&|keystore| keystore.fail(n, u64::MAX - 1, false), &healed));
        met += u32::from(cut(&|_| cut_files_after(n + 1), &|_| files_healed()));
        if met == before {
            break;
        }
    }
    assert!(met > 30, "{met}");
}

#[test]
fn a_sealed_code_lies_beside_its_slot_and_goes_with_it() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let recipients = [Recipient::parse(RECIPIENT).unwrap()];
    let first = workspace.enable_recovery(&mut vault, &at(100), &recipients).unwrap();
    assert_eq!(workspace.sealed_recovery(Some(&vault)).unwrap(), Some(first.clone()));
    let second = workspace.enable_recovery(&mut vault, &at(101), &recipients).err();
    assert_eq!(second, Some(Error::NotAllowed { why: "recovery is on" }), "an earlier code must not come back");
    // A rekey makes another code where recovery stays on.
    let new = NewSlots { passcode: NEW, recovery: &recipients };
    workspace.rekey(&mut vault, &at(102), &new, &act()).unwrap();
    let third = workspace.sealed_recovery(Some(&vault)).unwrap().unwrap();
    assert!(third != first && third.starts_with(b"age-encryption.org/v1\n"));
    let files = || {
        let all = std::fs::read_dir(phone.directory()).unwrap();
        all.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("recovery-")).count()
    };
    assert_eq!(files(), 1);
    workspace.rekey(&mut vault, &at(103), &changed(NEW), &act()).unwrap();
    assert_eq!((files(), workspace.sealed_recovery(Some(&vault)).unwrap()), (0, None));
}
