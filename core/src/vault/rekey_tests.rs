//! What a rekey, the biometric slot and a recovery code promise, also when they are cut at every step.

use super::fault_tests::{RULES, WRONG, journal_is_whole, keys_named, transient, wiped};
use super::faulty::{Faulty, cut_files_after, files_healed};
use super::tests::{CANARY, PASSCODE, Phone, acts, at, filled, id, put};
use super::*;
use crate::crypto::age::Recipient;
use crate::error::{Error, Result};
use crate::journal::Code;
use crate::platform::{Instant, KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use std::sync::Arc;

const NEW: &[u8] = b"another passcode";
/// A recipient of the age format, made for these tests only.
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

fn changed(passcode: &[u8]) -> NewSlots<'_> {
    NewSlots { passcode, recovery: &[] }
}

fn act() -> Vec<Act> {
    vec![Act::from(Code::PasscodeChanged)]
}

fn whole(phone: &Phone, workspace: &Workspace, vault: &mut Vault) {
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
    assert_eq!((vault.count(id(10)).unwrap(), vault.count(id(20)).unwrap()), (2, 2));
    assert!(vault.set_aside().is_empty());
    journal_is_whole(phone, workspace, vault);
}

fn open_with(phone: &Phone, passcode: &[u8], now: &Instant) -> Result<(Workspace, Vault)> {
    let mut workspace = phone.workspace()?;
    let vault = workspace.unlock(passcode, now, RULES)?;
    Ok((workspace, vault))
}

/// Which of the passcodes opens: exactly one does, with everything there.
fn the_one<'p>(phone: &Phone, passcodes: &[&'p [u8]], from: u64) -> &'p [u8] {
    let mut opens = Vec::new();
    for (n, passcode) in passcodes.iter().enumerate() {
        match open_with(phone, passcode, &at(from + 4_000_000 * n as u64)) {
            Ok((workspace, mut vault)) => {
                whole(phone, &workspace, &mut vault);
                opens.push(*passcode);
                vault.close().unwrap();
            }
            Err(error) => assert!(matches!(error, Error::WrongPasscode { .. }), "{error}"),
        }
    }
    assert_eq!(opens.len(), 1, "exactly one passcode opens");
    assert!(!phone.directory().join("slots.next").exists());
    for key in ["pepper-", "epoch-", "anchor-"] {
        assert_eq!(keys_named(phone, key), 1, "{key}");
    }
    opens[0]
}

#[test]
fn a_new_passcode_opens_everything_and_the_old_one_nothing() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let (lane, pseudonym, salt) = (vault.system_lane(), vault.pseudonym(id(10)), vault.import_salt());
    let head = vault.head_hash().unwrap();
    workspace.rekey(&mut vault, &at(100), &changed(NEW), &act()).unwrap();
    assert_ne!(vault.head_hash().unwrap(), head);
    whole(&phone, &workspace, &mut vault);
    // The session goes on.
    vault.commit(workspace.anchor_mut(), &at(101), &[put(10, 13, b"after")], &acts()).unwrap();
    let forget = Forget { records: vec![(id(10), id(13))], lanes: vec![] };
    vault.forget_for_good(workspace.anchor_mut(), &at(102), &forget, &acts()).unwrap();
    assert!(workspace.check_passcode(&mut vault, PASSCODE, &at(103), RULES).is_err());
    workspace.check_passcode(&mut vault, NEW, &at(104), RULES).unwrap();
    vault.close().unwrap();
    drop(workspace);
    assert_eq!(the_one(&phone, &[PASSCODE, NEW], 10_000), NEW);
    let (_workspace, vault) = open_with(&phone, NEW, &at(20_000_000)).unwrap();
    let same = (vault.system_lane(), vault.pseudonym(id(10)), vault.import_salt());
    assert_eq!(same, (lane, pseudonym, salt), "what the journal and imports name stays the same");
}

/// Cuts three rekeys in a row with `cut`, then asks which passcode opens; gives how many cuts were met.
fn three_in_a_row(cut: impl Fn(&Faulty), heal: impl Fn(&Faulty) -> bool, same_process: bool) -> u32 {
    let phone = filled();
    let mut current = PASSCODE;
    let mut met = 0;
    let mut last: Option<(Arc<Faulty>, Workspace, Vault)> = None;
    for (n, next) in [NEW, b"a third passcode", b"the fourth one"].into_iter().enumerate() {
        let from = 100_000_000 * (n as u64 + 1);
        let (keystore, mut workspace, mut vault) = last.take().unwrap_or_else(|| {
            let keystore = Faulty::new(phone.keystore.clone());
            let mut workspace = Workspace::open(keystore.clone(), phone.files.path(), id(1)).unwrap();
            let vault = workspace.unlock(current, &at(from), RULES).unwrap();
            (keystore, workspace, vault)
        });
        cut(&keystore);
        let result = workspace.rekey(&mut vault, &at(from + 1), &changed(next), &act());
        let was_met = heal(&keystore);
        met += u32::from(was_met);
        assert_eq!(result.is_err(), was_met, "{result:?}");
        let acknowledged = result.is_ok();
        if same_process {
            // The session goes on: reads, writes, and asks for the passcode that is in force.
            whole(&phone, &workspace, &mut vault);
            let changes = [put(10, 12, b"second"), put(30, 31, &[u8::try_from(n).unwrap()])];
            vault.commit(workspace.anchor_mut(), &at(from + 2), &changes, &acts()).unwrap();
            let checks = |workspace: &mut Workspace, vault: &mut Vault, passcode: &[u8]| {
                workspace.check_passcode(vault, passcode, &at(from + 3), RULES).is_ok()
            };
            let (old, new) = (checks(&mut workspace, &mut vault, current), checks(&mut workspace, &mut vault, next));
            assert!(old != new && (new || !acknowledged));
            current = if new { next } else { current };
            last = Some((keystore, workspace, vault));
            continue;
        }
        drop((vault, workspace));
        let opens = the_one(&phone, &[current, next], from + 1_000);
        assert!(opens == next || !acknowledged);
        current = opens;
    }
    drop(last);
    assert_eq!(the_one(&phone, &[current], 900_000_000), current);
    wiped(phone.workspace().unwrap(), &phone);
    met
}

fn healed(keystore: &Faulty) -> bool {
    let failed = keystore.failed();
    keystore.heal();
    failed
}

/// Every keystore call: refused after its deed, and refused from there on as by a kill.
fn cut_at_every_call(same_process: bool) {
    let mut total = 0;
    for n in 0..100 {
        let ways = [(n, n, true), (n, u64::MAX - 1, false)].into_iter().map(|(first, last, late)| {
            three_in_a_row(|keystore| keystore.fail(first, last, late), healed, same_process)
        });
        let met: u32 = ways.sum();
        total += met;
        if met == 0 {
            break;
        }
    }
    assert!(total > 100, "the cuts met little: {total}");
}

#[test]
fn a_rekey_cut_at_any_keystore_call_and_killed_opens_with_exactly_one_passcode() {
    cut_at_every_call(false);
}

#[test]
fn a_rekey_refused_at_any_keystore_call_leaves_a_session_that_goes_on() {
    cut_at_every_call(true);
}

fn cut_at_every_file_step(same_process: bool) {
    let mut total = 0;
    for n in 1..200 {
        let met = three_in_a_row(|_| cut_files_after(n), |_| files_healed(), same_process);
        total += met;
        if met == 0 {
            break;
        }
    }
    assert!(total > 40, "the cuts met little: {total}");
}

#[test]
fn a_rekey_cut_at_any_file_step_and_killed_opens_with_exactly_one_passcode() {
    cut_at_every_file_step(false);
}

#[test]
fn a_rekey_refused_at_any_file_step_leaves_a_session_that_goes_on() {
    cut_at_every_file_step(true);
}

#[test]
fn after_the_acknowledgement_old_files_and_the_old_passcode_open_nothing_with_all_current_keys() {
    let phone = filled();
    let before = phone.snapshot();
    let (mut workspace, mut vault) = phone.unlocked();
    let during = phone.snapshot();
    workspace.rekey(&mut vault, &at(100), &changed(NEW), &act()).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let current = phone.snapshot();
    // Any mixture of an old file and the current ones, and the old files whole.
    let mixtures = before.iter().chain(&during).map(|(path, bytes)| {
        let mut mixed: Vec<_> = current.iter().filter(|(other, _)| other != path).cloned().collect();
        mixed.push((path.clone(), bytes.clone()));
        mixed
    });
    for files in mixtures.chain([before.clone(), during.clone()]) {
        phone.restore(&files);
        let opened = open_with(&phone, PASSCODE, &at(10_000)).map(drop);
        assert!(opened.is_err());
        // A guess ratchets the anchor: the copy of the current files must stay the current one.
        phone.restore(&current);
        if phone.workspace().is_err() {
            return assert!(matches!(opened, Err(Error::WrongPasscode { .. })), "{opened:?}");
        }
    }
}

#[test]
fn old_slots_open_no_root_with_all_current_keys() {
    let phone = filled();
    let old = std::fs::read(phone.directory().join("slots")).unwrap();
    let (mut workspace, mut vault) = phone.unlocked();
    let name = id(1).text();
    let slot = crate::crypto::slot::Slot::parse(&old).unwrap();
    let root = |pepper| slot.open(PASSCODE, &super::unlock::prf(&phone.keystore, &name, pepper));
    assert!(root(1).unwrap().is_some());
    workspace.rekey(&mut vault, &at(100), &changed(NEW), &act()).unwrap();
    assert_eq!(root(1).err(), Some(Error::KeyGone));
    assert!(root(2).unwrap().is_none());
}

#[test]
fn the_same_passcode_may_be_given_again_and_an_impossible_one_changes_nothing() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    for impossible in [&b"short"[..], &[b'x'; 2000]] {
        assert!(workspace.rekey(&mut vault, &at(100), &changed(impossible), &act()).is_err());
    }
    assert_eq!(vault.head.pepper, 1);
    workspace.rekey(&mut vault, &at(101), &changed(PASSCODE), &act()).unwrap();
    assert_eq!(vault.head.pepper, 2);
    drop((vault, workspace));
    assert_eq!(the_one(&phone, &[PASSCODE], 10_000), PASSCODE);
}

#[test]
fn a_damaged_lane_keeps_nobody_from_a_new_passcode() {
    let phone = filled();
    let statement = "UPDATE lanes SET wrapped = CAST(substr(wrapped, 1, length(wrapped) - 1) || x'00' AS BLOB)
         WHERE lane = (SELECT lane FROM heads WHERE row = 1)";
    phone.raw().execute(statement, []).unwrap();
    let (mut workspace, mut vault) = phone.unlocked();
    workspace.rekey(&mut vault, &at(100), &changed(NEW), &act()).unwrap();
    drop((vault, workspace));
    let (_workspace, mut vault) = open_with(&phone, NEW, &at(10_000)).unwrap();
    assert_eq!(vault.count(id(20)).unwrap(), 2);
    assert!(matches!(vault.scan(id(10), |_, _| Ok(())), Err(Error::Damaged { .. })));
}

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
    workspace.enable_recovery(vault, &at(n), &[Recipient::parse(RECIPIENT).unwrap()]).unwrap();
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
    let second = workspace.enable_recovery(&mut vault, &at(101), &recipients).unwrap();
    assert_ne!(first, second);
    // A new passcode makes another code where recovery stays on.
    let new = NewSlots { passcode: NEW, recovery: &recipients };
    workspace.rekey(&mut vault, &at(102), &new, &act()).unwrap();
    let third = workspace.sealed_recovery(Some(&vault)).unwrap().unwrap();
    assert!(third != second && third.starts_with(b"age-encryption.org/v1\n"));
    let files = || {
        let all = std::fs::read_dir(phone.directory()).unwrap();
        all.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("recovery-")).count()
    };
    assert_eq!(files(), 1);
    workspace.rekey(&mut vault, &at(103), &changed(NEW), &act()).unwrap();
    assert_eq!((files(), workspace.sealed_recovery(Some(&vault)).unwrap()), (0, None));
}
