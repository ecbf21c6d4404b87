//! What the recorded workload of `tests/crash` found, each as a test of its own.

use super::fault_tests::keys_named;
use super::tests::{PASSCODE, at, filled, id};
use super::{AttemptRules, WipeCause, Workspace, database};
use crate::error::Error;
use crate::journal::Code;

#[test]
fn an_acknowledged_wipe_cut_while_its_anchor_is_overwritten_ends_gone() {
    let phone = filled();
    let mut workspace = phone.workspace().unwrap();
    workspace.begin_wipe(&at(300), WipeCause::Departure, None, vec![]).unwrap();
    workspace.continue_wipe(&at(301)).unwrap();
    workspace.store_receipt(&at(302), b"receipt").unwrap();
    let directory = phone.directory();
    let anchor = std::fs::read(directory.join("anchor")).unwrap();
    workspace.acknowledge(&at(400)).unwrap();
    drop(workspace);
    assert_eq!(keys_named(&phone, ""), 0);
    // The power went in the middle of the zeros: no anchor any more, and no older one either.
    std::fs::create_dir(&directory).unwrap();
    for zeros in [1, 18, anchor.len()] {
        let mut half = anchor.clone();
        half[..zeros].fill(0);
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("anchor"), &half).unwrap();
        let opened = Workspace::open(phone.keystore.clone(), phone.files.path(), id(1));
        assert_eq!(opened.err(), Some(Error::NotFound { what: "workspace" }), "{zeros}");
        assert!(!directory.exists());
    }
}

#[test]
fn a_damaged_anchor_beside_a_vault_is_damage_and_stays() {
    let phone = filled();
    let path = phone.directory().join("anchor");
    let mut anchor = std::fs::read(&path).unwrap();
    anchor[..18].fill(0);
    std::fs::write(&path, &anchor).unwrap();
    assert_eq!(phone.workspace().err(), Some(Error::Damaged { what: "anchor" }));
    // Even where the signing key is gone too, a directory that holds more than an anchor is left alone.
    for entry in std::fs::read_dir(phone.keys.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    assert_eq!(phone.workspace().err(), Some(Error::Damaged { what: "anchor" }));
    assert!(phone.directory().join("vault.db").exists());
}

#[test]
fn a_put_that_could_not_be_told_from_a_failed_one_keeps_its_key() {
    let phone = filled();
    let mut workspace = phone.workspace().unwrap();
    let before = workspace.anchor().state().clone();
    let put = |workspace: &mut Workspace, n| workspace.note_locked(&at(n), &Code::GuessCounted.into(), |_| Ok(()));
    put(&mut workspace, 50).unwrap();
    let after = Box::new(workspace.anchor().state().clone());
    let bytes = std::fs::read(phone.directory().join("anchor")).unwrap();
    // As after a rename that stands, whose directory could not be synced and whose file could not be read then.
    workspace.anchor.state = before.clone();
    workspace.anchor.doubtful = Some((after, bytes));
    put(&mut workspace, 51).unwrap();
    assert_eq!(workspace.anchor().state().generation, before.generation + 2, "the one that stands came first");
    drop(workspace);
    assert_eq!(phone.workspace().unwrap().anchor().state().generation, before.generation + 2);
    assert_eq!(keys_named(&phone, "anchor-"), 1);
}

#[test]
fn a_database_that_cannot_be_read_is_no_damaged_one() {
    let phone = filled();
    let mut workspace = phone.workspace().unwrap();
    let path = phone.directory().join("vault.db");
    std::fs::rename(&path, phone.directory().join("aside")).unwrap();
    // Reading a directory is an I/O error that no permission of the test's user hides.
    std::fs::create_dir(&path).unwrap();
    let opened = workspace.unlock(PASSCODE, &at(50), AttemptRules::default());
    assert!(matches!(opened.err(), Some(Error::Io { .. })));
    std::fs::remove_dir(&path).unwrap();
    std::fs::rename(phone.directory().join("aside"), &path).unwrap();
    assert!(workspace.unlock(PASSCODE, &at(51), AttemptRules::default()).is_ok());
    assert!(database::is_io("266, page 3") && database::is_io("10") && !database::is_io("11") && !database::is_io("x"));
}
