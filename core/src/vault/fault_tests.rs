//! What the vault promises while things fail: a keystore that refuses at any call, a process that ends at any call.

use super::faulty::Faulty;
use super::tests::{CANARY, PASSCODE, Phone, acts, at, filled, id, put};
use super::*;
use crate::error::{Error, Result};
use crate::journal::{Code, Mark, Sealed, verify};
use crate::platform::Instant;
use std::sync::Arc;

pub(super) const WRONG: &[u8] = b"wrong passcode";
pub(super) const RULES: AttemptRules = AttemptRules { limit: 10, erase: false };

fn faulty(phone: &Phone) -> (Arc<Faulty>, Workspace) {
    let keystore = Faulty::new(phone.keystore.clone());
    let workspace = Workspace::open(keystore.clone(), phone.files.path(), id(1)).unwrap();
    (keystore, workspace)
}

/// How a keystore fails at the n-th call: once, after its deed; or, as a kill does, from there on for good.
fn ways(n: u64) -> [(u64, u64, bool); 2] {
    [(n, n, true), (n, u64::MAX - 1, false)]
}

/// Runs `case` for every call that it makes; `case` says whether the fault was met.
fn at_every_call(case: impl Fn((u64, u64, bool)) -> bool) {
    let mut met = 0;
    for n in 0..200 {
        let count = ways(n).into_iter().filter(|way| case(*way)).count();
        if count == 0 {
            break;
        }
        met += count;
    }
    assert!(met > 8, "the cases met no fault: {met}");
}

pub(super) fn transient(error: &Error) -> bool {
    matches!(error, Error::KeystoreNotNow)
}

/// The whole journal verifies from its first key, and no entry stands in it twice.
pub(super) fn journal_is_whole(phone: &Phone, workspace: &Workspace, vault: &Vault) -> Vec<Code> {
    let log: Vec<Sealed> = vault.journal(0).unwrap().iter().map(|row| Sealed::parse(row).unwrap()).collect();
    let key = &workspace.anchor().state().journal;
    let (size, root) = vault.journal_mark();
    let entries = verify(&phone.first_key, &log, &Mark { size, root, epoch: key.epoch(), seal: key.seal() }).unwrap();
    let mut unique: Vec<_> = log.iter().map(|sealed| &sealed.mac).collect();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), log.len(), "an entry was folded twice");
    entries.into_iter().map(|entry| entry.code).collect()
}

pub(super) fn keys_named(phone: &Phone, name: &str) -> usize {
    let all = std::fs::read_dir(phone.keys.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    all.filter(|file| file.contains(name)).count()
}

/// After whatever happened: reopened as a new process, nothing is lost, nothing is erased, one of each key is left.
fn ends_well(phone: &Phone, now: Instant) -> Vec<Code> {
    let mut workspace = phone.workspace().unwrap();
    assert!(workspace.anchor().state().tombstone.is_none());
    let mut vault = workspace.unlock(PASSCODE, &now, RULES).unwrap();
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
    assert_eq!((vault.count(id(10)).unwrap(), vault.count(id(20)).unwrap()), (2, 2));
    assert_eq!((keys_named(phone, "anchor-"), keys_named(phone, "epoch-")), (1, 1));
    journal_is_whole(phone, &workspace, &vault)
}

#[test]
fn an_unlock_that_fails_at_any_keystore_call_loses_nothing() {
    at_every_call(|(first, last, late)| {
        let phone = filled();
        let (keystore, mut workspace) = faulty(&phone);
        workspace.unlock(WRONG, &at(100), RULES).err().unwrap();
        keystore.fail(first, last, late);
        let result = workspace.unlock(PASSCODE, &at(101), RULES);
        let met = keystore.failed();
        match result {
            Err(error) => assert!(transient(&error), "{error}"),
            Ok(vault) => vault.close().unwrap(),
        }
        assert!(!met || workspace.anchor().state().tombstone.is_none());
        drop(workspace);
        let codes = ends_well(&phone, at(4_000_000));
        assert!(codes.iter().filter(|code| **code == Code::GuessCounted).count() >= 3, "{codes:?}");
        met
    });
}

#[test]
fn an_unlock_that_fails_is_repeated_in_the_same_process() {
    at_every_call(|(first, last, late)| {
        let phone = filled();
        let (keystore, mut workspace) = faulty(&phone);
        keystore.fail(first, last, late);
        if let Ok(vault) = workspace.unlock(PASSCODE, &at(101), RULES) {
            assert!(late || !keystore.failed());
            vault.close().unwrap();
        }
        let met = keystore.failed();
        keystore.heal();
        let vault = workspace.unlock(PASSCODE, &at(102), RULES).unwrap();
        journal_is_whole(&phone, &workspace, &vault);
        vault.close().unwrap();
        drop(workspace);
        ends_well(&phone, at(4_000_000));
        met
    });
}

#[test]
fn no_answer_to_a_guess_comes_before_its_count_is_on_disk() {
    at_every_call(|(first, last, late)| {
        let phone = filled();
        let (keystore, mut workspace) = faulty(&phone);
        for n in 0..2 {
            workspace.unlock(WRONG, &at(100 + n), RULES).err().unwrap();
        }
        keystore.fail(first, last, late);
        let answer = workspace.unlock(WRONG, &at(102), RULES).err().unwrap();
        let met = keystore.failed();
        // Killed: what the disk says counts.
        drop(workspace);
        let counted = phone.workspace().unwrap().anchor().state().attempts.failed;
        match answer {
            Error::WrongPasscode { tries_left, .. } => assert_eq!((counted, tries_left), (3, 7)),
            error => assert!(transient(&error) && (2..=3).contains(&counted), "{error}, {counted}"),
        }
        met
    });
}

#[test]
fn an_anchor_key_that_could_not_be_destroyed_goes_before_the_next_put() {
    for late in [false, true] {
        let phone = filled();
        let old = phone.snapshot();
        let (keystore, mut workspace) = faulty(&phone);
        // A put asks for a new key, a seal, and the old key's end.
        keystore.fail(2, 2, late);
        let event = crate::journal::Event::from(Code::GuessCounted);
        let error = workspace.note_locked(&at(50), &event, |_| Ok(())).err().unwrap();
        assert!(transient(&error));
        // The keystore goes on refusing: the next put does not begin.
        let generation = workspace.anchor().state().generation;
        keystore.fail(0, 0, false);
        assert!(workspace.note_locked(&at(51), &event, |_| Ok(())).is_err());
        assert_eq!(workspace.anchor().state().generation, generation);
        keystore.heal();
        workspace.unlock(WRONG, &at(52), RULES).err().unwrap();
        drop(workspace);
        assert_eq!(keys_named(&phone, "anchor-"), 1);
        phone.restore(&old);
        assert_eq!(phone.workspace().err(), Some(Error::RolledBack { what: "anchor" }));
    }
}

#[test]
fn a_put_that_fails_at_any_call_leaves_memory_and_disk_alike() {
    at_every_call(|(first, last, late)| {
        let phone = filled();
        let (keystore, mut workspace) = faulty(&phone);
        keystore.fail(first, last, late);
        let put = |workspace: &mut Workspace, n| {
            let event = crate::journal::Event::from(Code::GuessCounted);
            workspace.note_locked(&at(n), &event, |state| {
                state.counts.drafts += 1;
                Ok(())
            })
        };
        let result: Result<()> = (0..4).try_for_each(|n| put(&mut workspace, n));
        let met = keystore.failed();
        assert_eq!(result.is_err(), met);
        let memory = (workspace.anchor().state().generation, workspace.anchor().state().counts);
        drop(workspace);
        let workspace = phone.workspace().unwrap();
        assert_eq!((workspace.anchor().state().generation, workspace.anchor().state().counts), memory);
        drop(workspace);
        ends_well(&phone, at(100));
        met
    });
}

/// Commits until the sleeping keystore stops them, then the two of a lock; gives how many stood.
fn commits_asleep(workspace: &mut Workspace, vault: &mut Vault) -> u8 {
    let mut stood = 0;
    let commit = |vault: &mut Vault, workspace: &mut Workspace, n: u8, closing: bool| {
        let changes = [put(40, 100 + n, b"more")];
        let (anchor, now) = (workspace.anchor_mut(), at(200));
        if closing {
            vault.commit_closing(anchor, &now, &changes, &acts())
        } else {
            vault.commit(anchor, &now, &changes, &acts())
        }
    };
    for n in 0..100 {
        match commit(vault, workspace, n, false) {
            Ok(()) => stood += 1,
            Err(error) => {
                assert!(transient(&error));
                break;
            }
        }
    }
    for _ in 0..2 {
        commit(vault, workspace, stood, true).unwrap();
        stood += 1;
    }
    assert!(commit(vault, workspace, stood, true).is_err(), "no more than opening accepts");
    stood
}

#[test]
fn a_sleeping_keystore_stops_commits_before_opening_would_refuse_them() {
    let phone = filled();
    let (keystore, mut workspace) = faulty(&phone);
    let mut vault = workspace.unlock(PASSCODE, &at(100), RULES).unwrap();
    keystore.fail(0, u64::MAX - 1, false);
    let stood = commits_asleep(&mut workspace, &mut vault);
    assert_eq!(u32::from(stood), RESEAL_EVERY);
    drop((vault, workspace));
    // Every unlock below is cut at its last put, more often than opening accepts commits.
    for n in 0..3u64 {
        for call in 0..30 {
            let (keystore, mut workspace) = faulty(&phone);
            keystore.fail(call, u64::MAX - 1, false);
            let now = at(10_000_000 * (n * 30 + call + 1));
            match workspace.unlock(PASSCODE, &now, RULES) {
                Ok(_) => break,
                Err(error) => assert!(transient(&error), "{n} {call}: {error}"),
            }
            keystore.heal();
            if workspace.anchor().state().attempts.failed > 4 {
                workspace
                    .note_locked(&now, &Code::DocumentAccepted.into(), |s| {
                        s.attempts.reset();
                        Ok(())
                    })
                    .unwrap();
            }
        }
    }
    let mut workspace = phone.workspace().unwrap();
    let mut vault = workspace.unlock(PASSCODE, &at(5_000_000_000), RULES).unwrap();
    assert_eq!(vault.count(id(40)).unwrap(), usize::from(stood));
    journal_is_whole(&phone, &workspace, &vault);
}

#[test]
fn forgetting_cut_at_any_keystore_call_ends_forgotten_or_whole() {
    for same_process in [false, true] {
        at_every_call(|(first, last, late)| {
            let phone = filled();
            let (keystore, mut workspace) = faulty(&phone);
            let mut vault = workspace.unlock(PASSCODE, &at(100), RULES).unwrap();
            let forget = |record| Forget { records: vec![(id(10), id(record))], lanes: vec![] };
            keystore.fail(first, last, late);
            let done = vault.forget_for_good(workspace.anchor_mut(), &at(101), &forget(12), &acts());
            let met = keystore.failed();
            assert_eq!(done.is_err(), met);
            keystore.heal();
            if same_process {
                // Whatever stands goes on: reading, writing, and forgetting something else.
                vault.commit(workspace.anchor_mut(), &at(102), &[put(20, 29, b"x")], &acts()).unwrap();
                let other = Forget { records: vec![(id(20), id(29))], lanes: vec![] };
                vault.forget_for_good(workspace.anchor_mut(), &at(103), &other, &acts()).unwrap();
                assert_eq!(keys_named(&phone, "epoch-"), 1, "no older epoch is passed over");
            }
            drop((vault, workspace));
            let (mut workspace, mut vault) = {
                let mut workspace = phone.workspace().unwrap();
                let vault = workspace.unlock(PASSCODE, &at(200), RULES).unwrap();
                (workspace, vault)
            };
            assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
            assert_eq!(vault.count(id(20)).unwrap(), 2);
            let gone = vault.read(id(10), id(12)).unwrap().is_none();
            assert!(gone || done.is_err());
            if !gone {
                vault.forget_for_good(workspace.anchor_mut(), &at(201), &forget(12), &acts()).unwrap();
            }
            assert_eq!(keys_named(&phone, "epoch-"), 1);
            journal_is_whole(&phone, &workspace, &vault);
            drop(vault);
            wiped(workspace, &phone);
            met
        });
    }
}

pub(super) fn wiped(mut workspace: Workspace, phone: &Phone) {
    workspace.begin_wipe(&at(300), WipeCause::Departure, None, vec![]).unwrap();
    workspace.continue_wipe(&at(301)).unwrap();
    workspace.store_receipt(&at(302), b"receipt").unwrap();
    workspace.acknowledge(&at(400)).unwrap();
    assert_eq!(keys_named(phone, ""), 0, "no key is left");
}

#[test]
fn a_wipe_cut_at_any_keystore_call_ends_wiped() {
    at_every_call(|(first, last, late)| {
        let phone = filled();
        let (keystore, mut workspace) = faulty(&phone);
        keystore.fail(first, last, late);
        let wipe = |workspace: &mut Workspace| {
            workspace.begin_wipe(&at(300), WipeCause::Departure, None, vec![])?;
            workspace.continue_wipe(&at(301))?;
            workspace.store_receipt(&at(302), b"receipt")
        };
        let result = wipe(&mut workspace);
        let met = keystore.failed();
        assert!(result.as_ref().err().is_none_or(transient));
        drop(workspace);
        wiped(phone.workspace().unwrap(), &phone);
        met
    });
}

#[test]
fn a_fresh_passcode_right_or_wrong_keeps_the_journal_whole() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    for (n, passcode) in [WRONG, PASSCODE, WRONG, WRONG].into_iter().enumerate() {
        let now = at(100 + n as u64);
        vault.commit(workspace.anchor_mut(), &now, &[put(10, 60, b"x")], &acts()).unwrap();
        let checked = workspace.check_passcode(&mut vault, passcode, &now, RULES);
        assert_eq!(checked.is_ok(), passcode == PASSCODE);
        vault.reseal(workspace.anchor_mut(), &now).unwrap();
        vault.commit(workspace.anchor_mut(), &now, &[], &acts()).unwrap();
        journal_is_whole(&phone, &workspace, &vault);
    }
    assert_eq!(workspace.anchor().state().attempts.failed, 2);
    for impossible in [&b""[..], &[b'x'; 5000]] {
        let checked = workspace.check_passcode(&mut vault, impossible, &at(200), RULES);
        assert!(matches!(checked, Err(Error::Invalid { .. })), "{checked:?}");
    }
    assert_eq!(workspace.anchor().state().attempts.failed, 2, "an impossible passcode is no guess");
}

#[test]
fn a_flipped_byte_in_one_patient_keeps_nobody_else_from_anything() {
    // In a head, a body, and a wrapped key: the manifests hold their commitments, not these bytes.
    for statement in [
        "UPDATE heads SET head = zeroblob(length(head)) WHERE row = 1",
        "UPDATE bodies SET body = zeroblob(length(body)) WHERE row = 1",
        "UPDATE lanes SET wrapped = CAST(substr(wrapped, 1, length(wrapped) - 1) ||
         CASE substr(wrapped, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)
         WHERE lane = (SELECT lane FROM heads WHERE row = 1)",
    ] {
        let phone = filled();
        phone.raw().execute(statement, []).unwrap();
        let (mut workspace, mut vault) = phone.unlocked();
        let scanned = vault.scan(id(10), |_, _| Ok(()));
        assert!(matches!(scanned, Err(Error::Damaged { .. })), "{statement}: {scanned:?}");
        assert_eq!(vault.set_aside(), [id(10)], "{statement}");
        assert_eq!(vault.lanes(), [id(20)]);
        let forget = Forget { records: vec![(id(20), id(22))], lanes: vec![] };
        vault.forget_for_good(workspace.anchor_mut(), &at(50), &forget, &acts()).unwrap();
        assert_eq!(vault.read(id(20), id(21)).unwrap().unwrap().1, b"other");
        drop((vault, workspace));
        let (_workspace, mut vault) = phone.unlocked();
        assert_eq!(vault.count(id(20)).unwrap(), 1);
        assert!(vault.scan(id(10), |_, _| Ok(())).is_err());
    }
}

#[test]
fn a_row_that_names_another_patient_behind_its_index_sets_its_own_patient_aside() {
    let phone = filled();
    let file = phone.directory().join("vault.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // In the table the lane stands behind the id; the index by lane keeps the true one.
    let row = [id(11).0, id(10).0].concat();
    let at = memchr::memmem::find(&bytes, &row).unwrap();
    bytes[at + 16] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (_workspace, mut vault) = phone.unlocked();
    assert_eq!(vault.list(id(10)).unwrap().len(), 2);
    let found = vault.find(id(11)).unwrap();
    assert_eq!(found, Some(id(10)), "the manifest that lists it says whose it is");
    assert!(matches!(vault.read(id(10), id(11)), Err(Error::Damaged { .. })));
    assert_eq!(vault.set_aside(), [id(10)]);
}
