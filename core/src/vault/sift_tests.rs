//! The streaming search: one thread and two see the same, and damage takes a patient's rows out of it altogether.

use super::super::faulty::tamper;
use super::super::tests::{Phone, acts, at, id};
use super::super::{Change, Workspace};
use super::*;
use std::sync::Mutex;
use std::thread::ThreadId;

const PATIENTS: u8 = 6;
const NOTES: u8 = 40;

/// Six patients of forty notes of four kilobytes: some eight batches.
fn filled() -> (Phone, Workspace, Vault) {
    let phone = Phone::new();
    let (mut workspace, mut vault) = phone.unlocked();
    for lane in 10..10 + PATIENTS {
        let change = |note: u8| Change::Put {
            lane: id(lane),
            id: Id([lane, note, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
            kind: note % 2,
            head: vec![lane, note],
            body: [vec![b'.'; 4000], vec![lane, note]].concat(),
        };
        let changes: Vec<_> = (0..NOTES).map(change).collect();
        vault.commit(workspace.anchor_mut(), &at(20), &changes, &acts()).unwrap();
    }
    vault.reseal(workspace.anchor_mut(), &at(30)).unwrap();
    (phone, workspace, vault)
}

fn all(vault: &mut Vault, threads: usize) -> (Vec<(Id, Id)>, usize) {
    let workers = Mutex::new(Vec::<ThreadId>::new());
    let lanes: Vec<Id> = vault.lanes();
    let seen = vault
        .sift(&lanes, threads, &Vec::new, &|seen: &mut Vec<(Id, Id)>, glimpse, body| {
            let mut workers = workers.lock().unwrap();
            if !workers.contains(&std::thread::current().id()) {
                workers.push(std::thread::current().id());
            }
            drop(workers);
            if glimpse.kind == 0 {
                let body = body.open()?;
                assert_eq!((body.len(), &body[4000..]), (4002, glimpse.head));
            }
            seen.push((glimpse.lane, glimpse.id));
            Ok(())
        })
        .unwrap();
    let mut seen: Vec<_> = seen.concat();
    seen.sort_unstable();
    (seen, workers.into_inner().unwrap().len())
}

#[test]
fn two_threads_see_what_one_sees_and_one_patient_needs_no_second() {
    let (_phone, _workspace, mut vault) = filled();
    let (one, workers) = all(&mut vault, 1);
    assert_eq!((one.len(), workers), (usize::from(PATIENTS) * usize::from(NOTES), 1));
    let (two, workers) = all(&mut vault, 2);
    assert!(one == two && workers <= 2);
}

#[test]
fn what_is_smaller_than_a_batch_stays_on_the_calling_thread() {
    let phone = Phone::new();
    let (mut workspace, mut vault) = phone.unlocked();
    let change =
        |note: u8| Change::Put { lane: id(10), id: id(note), kind: 1, head: vec![note], body: vec![b'.'; 1000] };
    let changes: Vec<_> = (20..70).map(change).collect();
    vault.commit(workspace.anchor_mut(), &at(20), &changes, &acts()).unwrap();
    assert_eq!(all(&mut vault, 2).1, 1);
}

#[test]
fn an_unverified_or_damaged_patient_is_in_no_result() {
    for sql in [
        "UPDATE bodies SET body = zeroblob(length(body)) WHERE row = (SELECT max(row) FROM heads WHERE lane = x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b')",
        "DELETE FROM heads WHERE row = (SELECT max(row) FROM heads WHERE lane = x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b')",
        "UPDATE heads SET version = 2 WHERE lane = x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b'",
    ] {
        for threads in [1, 2] {
            let (phone, workspace, vault) = filled();
            vault.close().unwrap();
            drop(workspace);
            tamper(&phone.directory(), sql);
            let (_workspace, mut vault) = phone.unlocked();
            let seen = sift_bodies(&mut vault, threads);
            assert_eq!(seen.len(), usize::from(PATIENTS - 1) * usize::from(NOTES), "{sql}");
            assert!(seen.iter().all(|lane| *lane != id(11)));
            assert_eq!(vault.set_aside(), [id(11)]);
        }
    }
}

fn sift_bodies(vault: &mut Vault, threads: usize) -> Vec<Id> {
    let lanes = vault.lanes();
    let seen = vault.sift(&lanes, threads, &Vec::new, &|seen: &mut Vec<Id>, glimpse, body| {
        body.open()?;
        seen.push(glimpse.lane);
        Ok(())
    });
    seen.unwrap().concat()
}

#[test]
fn a_panic_on_the_second_thread_is_one_here() {
    let (_phone, _workspace, mut vault) = filled();
    let lanes = vault.lanes();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vault.sift(&lanes, 2, &|| (), &|(), _, _| panic!("forced"))
    }));
    assert!(panicked.is_err());
}
