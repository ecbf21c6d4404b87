//! What a rekey promises, also when it is cut at every step.

use super::fault_tests::{RULES, journal_is_whole, keys_named, wiped};
use super::faulty::{Faulty, cut_files_after, files_healed};
use super::tests::{CANARY, PASSCODE, Phone, acts, at, filled, id, put};
use super::*;
use crate::error::{Error, Result};
use crate::journal::Code;
use crate::platform::Instant;
use std::sync::Arc;

pub(super) const NEW: &[u8] = b"another passcode";

pub(super) fn changed(passcode: &[u8]) -> NewSlots<'_> {
    NewSlots { passcode, recovery: &[] }
}

pub(super) fn act() -> Vec<Act> {
    vec![Act::from(Code::PasscodeChanged)]
}

pub(super) fn whole(phone: &Phone, workspace: &Workspace, vault: &mut Vault) {
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
    assert_eq!((vault.count(id(10)).unwrap(), vault.count(id(20)).unwrap()), (2, 2));
    assert!(vault.set_aside().is_empty());
    journal_is_whole(phone, workspace, vault);
}

pub(super) fn open_with(phone: &Phone, passcode: &[u8], now: &Instant) -> Result<(Workspace, Vault)> {
    let mut workspace = phone.workspace()?;
    let vault = workspace.unlock(passcode, now, RULES)?;
    Ok((workspace, vault))
}

/// Which of the passcodes opens: exactly one does, with everything there.
pub(super) fn the_one<'p>(phone: &Phone, passcodes: &[&'p [u8]], from: u64) -> &'p [u8] {
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

pub(super) fn healed(keystore: &Faulty) -> bool {
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
    let statement = "UPDATE lanes SET wrapped = CAST(substr(wrapped, 1, length(wrapped) - 1) ||
         CASE substr(wrapped, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)
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
fn a_wipe_after_a_rekey_that_was_cut_leaves_no_key_and_no_slot() {
    let cut = |start: &dyn Fn(&Faulty)| {
        let phone = filled();
        let keystore = Faulty::new(phone.keystore.clone());
        let mut workspace = Workspace::open(keystore.clone(), phone.files.path(), id(1)).unwrap();
        let mut vault = workspace.unlock(PASSCODE, &at(10), RULES).unwrap();
        start(&keystore);
        let met = workspace.rekey(&mut vault, &at(11), &changed(NEW), &act()).is_err();
        assert_eq!(healed(&keystore) | files_healed(), met);
        drop((vault, workspace));
        wiped(phone.workspace().unwrap(), &phone);
        assert!(!phone.directory().exists());
        met
    };
    let mut met = 0;
    for n in 0..100 {
        let before = met;
        met += u32::from(cut(&|keystore| keystore.fail(n, u64::MAX - 1, false)));
        met += u32::from(cut(&|_| cut_files_after(n + 1)));
        if met == before {
            break;
        }
    }
    assert!(met > 40, "{met}");
}
