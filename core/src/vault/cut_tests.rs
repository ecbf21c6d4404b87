//! What the recorded workload of `tests/crash` found, each as a test of its own.

use super::fault_tests::keys_named;
use super::tests::{at, filled, id};
use super::{WipeCause, Workspace};
use crate::error::Error;

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
