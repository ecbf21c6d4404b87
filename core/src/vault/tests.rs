//! The vault's promises, over the software keystore in a directory of its own.

use super::*;
use crate::crypto::kdf::KdfCost;
use crate::crypto::software::SoftwareKeystore;
use crate::error::{Error, Result};
use crate::journal::{Code, JournalKey};
use crate::platform::{Instant, KeyPurpose, Keystore};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub(super) const PASSCODE: &[u8] = b"correct horse";
pub(super) const CANARY: &[u8] = b"canary: the patient is unwell";

pub(super) struct Phone {
    pub(super) files: TempDir,
    pub(super) keys: TempDir,
    pub(super) keystore: Arc<dyn Keystore>,
    /// The journal's first key, as the audit recipients have it.
    pub(super) first_key: String,
}

pub(super) fn id(byte: u8) -> Id {
    Id([byte; 16])
}

pub(super) fn at(since_boot_ms: u64) -> Instant {
    Instant {
        wall_ms: 1_800_000_000_000 + i64::try_from(since_boot_ms).unwrap(),
        since_boot_ms,
        boot_id: "boot".into(),
    }
}

impl Phone {
    pub(super) fn new() -> Phone {
        let (files, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keystore: Arc<dyn Keystore> = Arc::new(SoftwareKeystore::new(keys.path()).unwrap());
        let journal_key = JournalKey::make().unwrap();
        let phone = Phone { files, keys, keystore, first_key: journal_key.expose().to_owned() };
        phone.keystore.create(signing_alias(id(1)), KeyPurpose::Sign).unwrap();
        Workspace::create(
            phone.keystore.clone(),
            phone.files.path(),
            &at(0),
            NewWorkspace {
                id: id(1),
                enrolment: id(2),
                passcode: PASSCODE,
                cost: KdfCost::DANGEROUS_CHEAP,
                journal_key,
                trust: "{}".into(),
            },
        )
        .unwrap();
        phone
    }

    pub(super) fn workspace(&self) -> Result<Workspace> {
        Workspace::open(self.keystore.clone(), self.files.path(), id(1))
    }

    pub(super) fn unlocked(&self) -> (Workspace, Vault) {
        let mut workspace = self.workspace().unwrap();
        let vault = workspace.unlock(PASSCODE, &at(10), AttemptRules::default()).unwrap();
        (workspace, vault)
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.files.path().join(id(1).text())
    }

    pub(super) fn snapshot(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(self.directory()).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
    }

    pub(super) fn restore(&self, snapshot: &[(PathBuf, Vec<u8>)]) {
        for entry in std::fs::read_dir(self.directory()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (path, bytes) in snapshot {
            std::fs::write(path, bytes).unwrap();
        }
    }

    pub(super) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.directory().join("vault.db")).unwrap()
    }
}

pub(super) fn put(lane: u8, record: u8, body: &[u8]) -> Change {
    Change::Put { lane: id(lane), id: id(record), kind: 7, head: b"head".to_vec(), body: body.to_vec() }
}

pub(super) fn acts() -> Vec<Act> {
    vec![Act::from(Code::NoteSaved)]
}

/// Two patients with two records each, closed.
pub(super) fn filled() -> Phone {
    let phone = Phone::new();
    let (mut workspace, mut vault) = phone.unlocked();
    let changes = [put(10, 11, CANARY), put(10, 12, b"second"), put(20, 21, b"other"), put(20, 22, b"fourth")];
    vault.commit(workspace.anchor_mut(), &at(20), &changes, &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(30)).unwrap();
    vault.close().unwrap();
    phone
}

#[test]
fn what_was_written_is_read_after_a_lock() {
    let phone = filled();
    let (_workspace, mut vault) = phone.unlocked();
    let (row, body) = vault.read(id(10), id(11)).unwrap().unwrap();
    assert_eq!((row.kind, &row.head[..], &body[..]), (7, &b"head"[..], CANARY));
    assert_eq!(vault.list(id(20)).unwrap().len(), 2);
    assert!(vault.read(id(10), id(99)).unwrap().is_none());
    assert_eq!(vault.read(id(99), id(11)).err(), Some(Error::NotFound { what: "lane" }));
}

#[test]
fn no_plaintext_reaches_a_file() {
    let phone = filled();
    for (path, bytes) in phone.snapshot() {
        assert!(memchr::memmem::find(&bytes, b"canary").is_none(), "{}", path.display());
        assert!(memchr::memmem::find(&bytes, &CANARY[..12]).is_none());
    }
}

#[test]
fn ten_wrong_passcodes_block_and_the_right_one_no_longer_opens() {
    let phone = Phone::new();
    let mut workspace = phone.workspace().unwrap();
    let mut now = 100;
    for left in (0..10).rev() {
        now += 4_000_000;
        match workspace.unlock(b"wrong passcode", &at(now), AttemptRules::default()).err() {
            Some(Error::WrongPasscode { tries_left, .. }) => assert_eq!(tries_left, left),
            Some(Error::Blocked) => assert_eq!(left, 0),
            other => panic!("{other:?}"),
        }
    }
    now += 40_000_000;
    assert_eq!(workspace.unlock(PASSCODE, &at(now), AttemptRules::default()).err(), Some(Error::Blocked));
}

#[test]
fn a_delay_is_not_shortened_by_closing_the_app() {
    let phone = Phone::new();
    for n in 0..5 {
        let mut workspace = phone.workspace().unwrap();
        workspace.unlock(b"wrong passcode", &at(100 + n), AttemptRules::default()).err().unwrap();
    }
    let mut workspace = phone.workspace().unwrap();
    let waits = workspace.unlock(PASSCODE, &at(10_104), AttemptRules::default()).err();
    assert_eq!(waits, Some(Error::MustWait { delay_ms: 20_000 }));
    workspace.unlock(PASSCODE, &at(30_104), AttemptRules::default()).unwrap();
    assert_eq!(workspace.anchor().state().attempts.failed, 0);
}

#[test]
fn restored_files_do_not_bring_guesses_back() {
    let phone = filled();
    let before = phone.snapshot();
    phone.workspace().unwrap().unlock(b"wrong passcode", &at(100), AttemptRules::default()).err().unwrap();
    phone.restore(&before);
    assert_eq!(phone.workspace().err(), Some(Error::RolledBack { what: "anchor" }));
}

#[test]
fn a_flipped_slot_bit_is_damage_and_never_counted() {
    let phone = filled();
    let slots = phone.directory().join("slots");
    let good = std::fs::read(&slots).unwrap();
    let mut workspace = phone.workspace().unwrap();
    for byte in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[byte] ^= 0x10;
        std::fs::write(&slots, &bad).unwrap();
        let error = workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).err().unwrap();
        let refused = matches!(
            error,
            Error::Damaged { .. } | Error::TooNew { .. } | Error::OtherPhone | Error::RolledBack { .. }
        );
        assert!(refused, "byte {byte}: {error}");
        assert_eq!(workspace.anchor().state().attempts.failed, 0, "byte {byte}");
    }
    std::fs::write(&slots, &good[..40]).unwrap();
    assert_eq!(
        workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).err(),
        Some(Error::Damaged { what: "slot" })
    );
    std::fs::write(&slots, &good).unwrap();
    workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).unwrap();
}

#[test]
fn an_older_database_is_refused() {
    let phone = filled();
    let old = phone.snapshot();
    let (mut workspace, mut vault) = phone.unlocked();
    vault.commit(workspace.anchor_mut(), &at(40), &[put(10, 13, b"withdrawal")], &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(50)).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let newer: Vec<_> = phone.snapshot().into_iter().filter(|(path, _)| path.ends_with("anchor")).collect();
    let mixed: Vec<_> = old.into_iter().filter(|(path, _)| !path.ends_with("anchor")).chain(newer).collect();
    phone.restore(&mixed);
    let mut workspace = phone.workspace().unwrap();
    let error = workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).err();
    assert_eq!(error, Some(Error::RolledBack { what: "database" }));
    assert_eq!(workspace.anchor().state().attempts.failed, 0, "the right passcode uses up no guess");
}

#[test]
fn a_kill_after_a_commit_loses_nothing() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    for n in 0..5 {
        vault.commit(workspace.anchor_mut(), &at(40), &[put(10, 100 + n, b"more")], &acts()).unwrap();
    }
    // No close, no reseal: as if the process had been killed.
    drop(vault);
    drop(workspace);
    let (_workspace, mut vault) = phone.unlocked();
    assert_eq!(vault.list(id(10)).unwrap().len(), 7);
}

#[test]
fn the_anchor_is_resealed_every_32_commits() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let before = workspace.anchor().state().generation;
    for n in 0..64u8 {
        vault.commit(workspace.anchor_mut(), &at(40), &[put(30, 100 + n, b"x")], &[]).unwrap();
    }
    assert_eq!(workspace.anchor().state().generation, before + 2);
}

#[test]
fn a_deleted_row_is_not_silence() {
    let phone = filled();
    phone.raw().execute("DELETE FROM heads WHERE row = 1", []).unwrap();
    let (_workspace, mut vault) = phone.unlocked();
    assert_eq!(vault.list(id(10)).err(), Some(Error::Damaged { what: "patient" }));
    assert_eq!(vault.set_aside(), &[id(10)]);
    assert_eq!(vault.list(id(20)).unwrap().len(), 2, "other patients are unharmed");
}

#[test]
fn a_swapped_row_is_refused() {
    let phone = filled();
    phone
        .raw()
        .execute_batch(
            "CREATE TEMP TABLE t AS SELECT row, head FROM heads;
             UPDATE heads SET head = (SELECT t.head FROM t WHERE t.row = CASE heads.row WHEN 1 THEN 2 ELSE 1 END)
             WHERE row IN (1, 2);",
        )
        .unwrap();
    let (_workspace, mut vault) = phone.unlocked();
    assert!(matches!(vault.list(id(10)), Err(Error::Damaged { .. })));
}

#[test]
fn a_row_moved_to_another_patient_is_refused() {
    let phone = filled();
    phone.raw().execute("UPDATE heads SET lane = (SELECT lane FROM heads WHERE row = 3) WHERE row = 1", []).unwrap();
    let (_workspace, mut vault) = phone.unlocked();
    assert!(matches!(vault.list(id(20)), Err(Error::Damaged { .. })));
    assert!(matches!(vault.list(id(10)), Err(Error::Damaged { .. })));
}

#[test]
fn an_old_row_put_back_is_refused() {
    let phone = filled();
    let old: (Vec<u8>, Vec<u8>) = phone
        .raw()
        .query_row("SELECT envelope, head FROM heads WHERE row = 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let (mut workspace, mut vault) = phone.unlocked();
    vault.commit(workspace.anchor_mut(), &at(40), &[put(10, 11, b"new text")], &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(41)).unwrap();
    vault.close().unwrap();
    drop(workspace);
    phone
        .raw()
        .execute("UPDATE heads SET version = 1, envelope = ?1, head = ?2 WHERE row = 1", [old.0, old.1])
        .unwrap();
    let (_workspace, mut vault) = phone.unlocked();
    assert!(matches!(vault.read(id(10), id(11)), Err(Error::Damaged { .. })));
}

#[test]
fn a_deleted_patient_row_is_refused_at_the_door() {
    let phone = filled();
    phone.raw().execute("DELETE FROM lanes WHERE lane = (SELECT lane FROM heads WHERE row = 1)", []).unwrap();
    let mut workspace = phone.workspace().unwrap();
    let error = workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).err();
    assert_eq!(error, Some(Error::Damaged { what: "lanes" }));
}

#[test]
fn files_on_another_phone_are_recognised() {
    let phone = filled();
    let elsewhere = Phone::new();
    for (path, bytes) in phone.snapshot() {
        let name = path.file_name().unwrap();
        std::fs::create_dir_all(elsewhere.files.path().join(id(9).text())).unwrap();
        std::fs::write(elsewhere.files.path().join(id(9).text()).join(name), bytes).unwrap();
    }
    let error = Workspace::open(elsewhere.keystore.clone(), elsewhere.files.path(), id(9)).err();
    assert_eq!(error, Some(Error::OtherPhone));
}

#[test]
fn a_flipped_anchor_is_damage_and_a_newer_one_is_too_new() {
    let phone = filled();
    let path = phone.directory().join("anchor");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(phone.workspace().err(), Some(Error::Damaged { what: "anchor" }));
    let mut newer = good.clone();
    newer[9] = 9;
    std::fs::write(&path, &newer).unwrap();
    assert!(matches!(phone.workspace().err(), Some(Error::TooNew { .. })));
    std::fs::write(&path, &good).unwrap();
    phone.workspace().unwrap();
}

#[test]
fn two_processes_do_not_share_a_vault() {
    let phone = filled();
    let _first = phone.workspace().unwrap();
    assert_eq!(phone.workspace().err(), Some(Error::InUse));
}

#[test]
fn a_forgotten_record_does_not_open_from_old_files() {
    let phone = filled();
    let old = phone.snapshot();
    let (mut workspace, mut vault) = phone.unlocked();
    let forget = Forget { records: vec![(id(10), id(11))], lanes: vec![] };
    vault.forget_for_good(workspace.anchor_mut(), &at(50), &forget, &acts()).unwrap();
    assert!(vault.read(id(10), id(11)).unwrap().is_none());
    assert_eq!(vault.read(id(10), id(12)).unwrap().unwrap().1, b"second");
    assert_eq!(vault.read(id(20), id(21)).unwrap().unwrap().1, b"other");
    let wrapped_old = alias(&id(1).text(), "epoch", 1);
    assert!(!phone.keystore.exists(wrapped_old).unwrap(), "the epoch's key is gone, and with it every older copy");
    vault.close().unwrap();
    drop(workspace);
    phone.restore(&old);
    assert!(phone.workspace().is_err());
}

#[test]
fn a_shredded_patient_leaves_the_others() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let forget = Forget { records: vec![], lanes: vec![id(10)] };
    vault.forget_for_good(workspace.anchor_mut(), &at(50), &forget, &acts()).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let (_workspace, mut vault) = phone.unlocked();
    assert_eq!(vault.lanes(), [id(20)]);
    assert_eq!(vault.list(id(20)).unwrap().len(), 2);
}

#[test]
fn an_epoch_step_cut_after_its_commit_is_finished_at_the_next_unlock() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let forget = Forget { records: vec![(id(10), id(11))], lanes: vec![] };
    vault.forget_for_good(workspace.anchor_mut(), &at(50), &forget, &acts()).unwrap();
    // As a kill before the deletion would have left it: the older epoch's key is still there.
    phone.keystore.create(alias(&id(1).text(), "epoch", 1), KeyPurpose::Prf).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let (_workspace, mut vault) = phone.unlocked();
    assert!(!phone.keystore.exists(alias(&id(1).text(), "epoch", 1)).unwrap());
    assert_eq!(vault.list(id(10)).unwrap().len(), 1);
}

#[test]
fn a_failed_commit_changes_nothing() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let seq = vault.seq();
    let too_large = Change::Put { lane: id(10), id: id(50), kind: 1, head: vec![0; MAX_HEAD_BYTES + 1], body: vec![] };
    let changes = [put(10, 11, b"changed"), put(77, 78, b"new lane"), too_large];
    assert!(vault.commit(workspace.anchor_mut(), &at(60), &changes, &acts()).is_err());
    assert_eq!(vault.seq(), seq);
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
    assert!(!vault.lanes().contains(&id(77)));
    let gone = [Change::Delete { lane: id(10), id: id(99) }];
    assert_eq!(
        vault.commit(workspace.anchor_mut(), &at(60), &gone, &[]).err(),
        Some(Error::NotFound { what: "record" })
    );
    vault.commit(workspace.anchor_mut(), &at(61), &[put(10, 11, b"fine")], &acts()).unwrap();
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, b"fine");
}

#[test]
fn a_receipt_is_kept_whole_and_not_before_the_files_are_gone() {
    let phone = filled();
    let mut workspace = phone.workspace().unwrap();
    workspace.begin_wipe(&at(100), WipeCause::Departure, None, Vec::new()).unwrap();
    for _ in 0..2 {
        assert_eq!(workspace.store_receipt(&at(101), b"receipt").err(), Some(Error::Internal { code: 260 }));
        workspace.delete_keys().unwrap();
    }
    workspace.continue_wipe(&at(102)).unwrap();
    let long = vec![b'r'; 64 * 1024];
    workspace.store_receipt(&at(103), &long).unwrap();
    assert!(workspace.receipt().unwrap() == Some(long));
}

#[test]
fn a_wipe_cut_at_every_step_ends_wiped() {
    for steps in 0..3 {
        let phone = filled();
        let mut workspace = phone.workspace().unwrap();
        workspace.begin_wipe(&at(100), WipeCause::Departure, None, vec![("note".into(), 4)]).unwrap();
        if steps > 0 {
            // Cut after the keys: the files are still there.
            workspace.delete_keys().unwrap();
        }
        if steps > 1 {
            workspace.continue_wipe(&at(101)).unwrap();
        }
        drop(workspace);
        let mut workspace = phone.workspace().unwrap();
        assert_eq!(workspace.unlock(PASSCODE, &at(102), AttemptRules::default()).err(), Some(Error::Erased));
        workspace.continue_wipe(&at(103)).unwrap();
        let tombstone = workspace.anchor().state().tombstone.clone().unwrap();
        assert_eq!((tombstone.phase, tombstone.residue), (WipePhase::FilesErased, 0));
        workspace.store_receipt(&at(104), b"receipt").unwrap();
        let mut left: Vec<_> = std::fs::read_dir(phone.directory())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["anchor", "lock", "receipt.jws"]);
        workspace.acknowledge(&at(400)).unwrap();
        assert!(!phone.directory().exists());
        assert_eq!(std::fs::read_dir(phone.keys.path()).unwrap().count(), 0, "no key is left");
    }
}

#[test]
fn a_wiped_vault_does_not_open_from_a_full_copy_of_its_files() {
    let phone = filled();
    let copy = phone.snapshot();
    let mut workspace = phone.workspace().unwrap();
    workspace
        .begin_wipe(&at(100), WipeCause::Order, Some(WipeOrder { hash: "ab".into(), release_holds: false }), vec![])
        .unwrap();
    workspace.continue_wipe(&at(101)).unwrap();
    drop(workspace);
    phone.restore(&copy);
    assert_eq!(phone.workspace().err(), Some(Error::RolledBack { what: "anchor" }));
}

#[test]
fn an_unanswering_keystore_is_neither_loss_nor_a_guess() {
    struct Asleep(Arc<dyn Keystore>, std::sync::atomic::AtomicBool);
    use crate::platform::{KeystoreError, KeystoreStrength};
    impl Asleep {
        fn check(&self) -> Result<(), KeystoreError> {
            if self.1.load(std::sync::atomic::Ordering::SeqCst) { Err(KeystoreError::NotNow) } else { Ok(()) }
        }
    }
    impl Keystore for Asleep {
        fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
            self.check()?;
            self.0.create(alias, purpose)
        }
        fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
            self.check()?;
            self.0.exists(alias)
        }
        fn delete(&self, alias: String) -> Result<(), KeystoreError> {
            self.check()?;
            self.0.delete(alias)
        }
        fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
            self.check()?;
            self.0.prf(alias, input)
        }
        fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
            self.check()?;
            self.0.seal(alias, plaintext)
        }
        fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
            self.check()?;
            self.0.open(alias, sealed)
        }
        fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
            self.check()?;
            self.0.sign(alias, message)
        }
        fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
            self.0.public_key(alias)
        }
        fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
            self.0.strength()
        }
    }
    let phone = filled();
    let asleep = Arc::new(Asleep(phone.keystore.clone(), false.into()));
    let mut workspace = Workspace::open(asleep.clone(), phone.files.path(), id(1)).unwrap();
    asleep.1.store(true, std::sync::atomic::Ordering::SeqCst);
    for _ in 0..12 {
        let error = workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).err();
        assert_eq!(error, Some(Error::KeystoreNotNow));
    }
    asleep.1.store(false, std::sync::atomic::Ordering::SeqCst);
    workspace.unlock(PASSCODE, &at(100), AttemptRules::default()).unwrap();
}
