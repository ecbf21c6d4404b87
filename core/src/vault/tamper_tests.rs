//! T13 and T14: every byte of a vault's files flipped, and its rows rearranged: refused, set aside, or answered exactly as before.
//! `CURTAIN_CAMPAIGN=full` takes every byte and every bit; else a sample by stride.

#![allow(clippy::print_stdout, reason = "the counts of a campaign; there are no patients in it")]

use super::fault_tests::RULES;
use super::tests::{CANARY, PASSCODE, Phone, acts, at, id, put};
use super::*;
use crate::crypto::kdf::KdfCost;
use crate::crypto::software::SoftwareKeystore;
use crate::error::{Error, Result};
use crate::journal::JournalKey;
use crate::platform::{KeyPurpose, Keystore};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tempfile::TempDir;

pub(super) const LANES: [u8; 3] = [10, 20, 30];
pub(super) const RECORDS: [(u8, u8); 8] =
    [(10, 11), (10, 12), (10, 13), (20, 21), (20, 22), (30, 31), (30, 32), (30, 33)];

pub(super) fn full() -> bool {
    std::env::var("CURTAIN_CAMPAIGN").is_ok_and(|form| form == "full")
}

/// All cases in the full campaign.
pub(super) fn all_or(sample: usize) -> usize {
    if full() { usize::MAX } else { sample }
}

pub(super) type Files = Vec<(String, Vec<u8>)>;

pub(super) fn read_all(directory: &Path) -> Files {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

pub(super) fn write_all(directory: &Path, files: &Files) {
    for (name, _) in read_all(directory) {
        if !files.iter().any(|(kept, _)| *kept == name) {
            std::fs::remove_file(directory.join(name)).unwrap();
        }
    }
    for (name, bytes) in files {
        std::fs::write(directory.join(name), bytes).unwrap();
    }
}

/// A workspace's files and the keystore that belongs to them.
#[derive(Clone)]
pub(super) struct Image {
    pub(super) files: Files,
    keys: Files,
}

impl Image {
    pub(super) fn of(phone: &Phone) -> Image {
        Image { files: read_all(&phone.directory()), keys: read_all(phone.keys.path()) }
    }

    pub(super) fn file(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.files.iter_mut().find(|(file, _)| file == name).unwrap().1
    }
}

/// Where images are put down and opened, one after the other.
pub(super) struct Bench {
    pub(super) files: TempDir,
    keys: TempDir,
    keystore: Arc<dyn Keystore>,
}

/// What a damaged image led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Refused,
    Aside,
    Identical,
}

/// Id, version, kind, head, body.
pub(super) type Record = (Id, u64, u8, Vec<u8>, Vec<u8>);

/// Everything that a vault answers: by lane what it lists and holds, and the journal.
#[derive(PartialEq, Eq, Clone)]
pub(super) struct Answers {
    lanes: BTreeMap<Id, Vec<Record>>,
    journal: Vec<Vec<u8>>,
}

pub(super) fn typed(error: &Error) -> std::result::Result<(), String> {
    match error {
        Error::Damaged { .. } | Error::TooNew { .. } | Error::RolledBack { .. } | Error::OtherPhone => Ok(()),
        Error::Io { .. } | Error::TooLarge { .. } => Ok(()),
        other => Err(format!("the wrong error: {other}")),
    }
}

impl Bench {
    pub(super) fn new() -> Bench {
        let (files, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keystore = Arc::new(SoftwareKeystore::new(keys.path()).unwrap());
        std::fs::create_dir(files.path().join(id(1).text())).unwrap();
        Bench { files, keys, keystore }
    }

    pub(super) fn lay(&self, image: &Image) {
        write_all(&self.files.path().join(id(1).text()), &image.files);
        write_all(self.keys.path(), &image.keys);
    }

    pub(super) fn open(&self) -> Result<Workspace> {
        Workspace::open(self.keystore.clone(), self.files.path(), id(1))
    }

    pub(super) fn answers(&self) -> Answers {
        let mut workspace = self.open().unwrap();
        let mut vault = workspace.unlock(PASSCODE, &at(1000), RULES).unwrap();
        let mut lanes = BTreeMap::new();
        for lane in vault.lanes() {
            let mut rows = Vec::new();
            let whole = vault.scan(lane, |row, body| {
                rows.push((row.id, row.version, row.kind, row.head, body));
                Ok(())
            });
            whole.unwrap();
            lanes.insert(lane, rows);
        }
        Answers { lanes, journal: vault.journal(0).unwrap() }
    }

    /// Opens what lies there with the right passcode and asks everything; an answer that is neither the one from before nor
    /// a refusal is told. Nothing may count as a guess.
    pub(super) fn judge(&self, before: &Answers) -> std::result::Result<Outcome, String> {
        let mut workspace = match self.open() {
            Ok(workspace) => workspace,
            Err(error) => return typed(&error).map(|()| Outcome::Refused),
        };
        let unlocked = workspace.unlock(PASSCODE, &at(1000), RULES);
        let state = workspace.anchor().state();
        if state.attempts.failed != 0 || state.tombstone.is_some() {
            return Err("a guess was counted, or it was erased".into());
        }
        let mut vault = match unlocked {
            Ok(vault) => vault,
            Err(error) => return typed(&error).map(|()| Outcome::Refused),
        };
        let mut outcome = Outcome::Identical;
        let mut noticed = |error: Error| {
            outcome = Outcome::Aside;
            typed(&error)
        };
        let mut hurt = std::collections::BTreeSet::new();
        for (lane, rows) in &before.lanes {
            for (record, version, kind, head, body) in rows {
                match vault.find(*record) {
                    Ok(found) if found == Some(*lane) => {}
                    Ok(_) => return Err("a record was not found, or elsewhere".into()),
                    Err(error) => noticed(error)?,
                }
                match vault.read(*lane, *record) {
                    Ok(Some((row, read))) => {
                        if (row.version, row.kind, &row.head, &read) != (*version, *kind, head, body) {
                            return Err("another text".into());
                        }
                    }
                    Ok(None) => return Err("a record is silently gone".into()),
                    Err(error) => {
                        hurt.insert(*lane);
                        noticed(error)?;
                    }
                }
            }
            match vault.list(*lane) {
                Ok(listed) => {
                    let same = |(row, (id, version, kind, head, _)): (&Row, &Record)| {
                        (&row.id, &row.version, &row.kind, &row.head) == (id, version, kind, head)
                    };
                    let mut listed: Vec<_> = listed.into_iter().collect();
                    let mut rows: Vec<_> = rows.clone();
                    listed.sort_by_key(|row| row.id);
                    rows.sort_by_key(|row| row.0);
                    if listed.len() != rows.len() || !listed.iter().zip(&rows).all(same) {
                        return Err("another list".into());
                    }
                }
                Err(error) => {
                    hurt.insert(*lane);
                    noticed(error)?;
                }
            }
            let mut seen = Vec::new();
            let scanned = vault.scan(*lane, |row, body| {
                seen.push((row.id, body));
                Ok(())
            });
            match scanned {
                Ok(()) => {
                    seen.sort();
                    let mut expected: Vec<_> = rows.iter().map(|row| (row.0, row.4.clone())).collect();
                    expected.sort();
                    if seen != expected {
                        return Err("another search".into());
                    }
                }
                Err(error) => {
                    hurt.insert(*lane);
                    noticed(error)?;
                }
            }
            match vault.count(*lane) {
                Ok(count) if count == rows.len() => {}
                Ok(_) => return Err("another count".into()),
                Err(error) => {
                    hurt.insert(*lane);
                    noticed(error)?;
                }
            }
        }
        match vault.find(id(99)) {
            Ok(None) => {}
            Ok(Some(_)) => return Err("a record that was never there".into()),
            Err(error) => noticed(error)?,
        }
        // Lists leave out what is damaged: none may be left out untold.
        if !hurt.iter().all(|lane| vault.set_aside().contains(lane)) {
            return Err("a damaged patient is not set aside".into());
        }
        let shown: Vec<Id> = vault.lanes().into_iter().chain(vault.set_aside().iter().copied()).collect();
        if shown.len() != before.lanes.len() || !shown.iter().all(|lane| before.lanes.contains_key(lane)) {
            return Err("a patient is silently gone, or one came".into());
        }
        match vault.journal(0) {
            // Only the entries of this unlock may differ.
            Ok(entries) => {
                let before = &before.journal[..before.journal.len() - 2];
                if !entries.starts_with(before) {
                    return Err("another journal".into());
                }
            }
            Err(error) => noticed(error)?,
        }
        Ok(outcome)
    }
}

pub(super) fn lock_of(phone: &Phone, number: u8) {
    phone.keystore.create(signing_alias(id(number)), KeyPurpose::Sign).unwrap();
    let new = NewWorkspace {
        id: id(number),
        enrolment: id(number + 1),
        passcode: PASSCODE,
        cost: KdfCost::DANGEROUS_CHEAP,
        journal_key: JournalKey::make().unwrap(),
        trust: "{}".into(),
    };
    Workspace::create(phone.keystore.clone(), phone.files.path(), &at(0), new).unwrap();
}

/// Three patients; one record has two versions, one was deleted.
pub(super) fn write_records(workspace: &mut Workspace, vault: &mut Vault) {
    for (lane, record) in RECORDS {
        let text = [CANARY, &[lane, record]].concat();
        vault.commit(workspace.anchor_mut(), &at(20), &[put(lane, record, &text)], &acts()).unwrap();
    }
    let anchor = workspace.anchor_mut();
    vault.commit(anchor, &at(21), &[put(10, 11, b"the text that holds")], &acts()).unwrap();
    vault.commit(anchor, &at(21), &[put(20, 29, b"gone")], &[]).unwrap();
    vault.commit(anchor, &at(21), &[Change::Delete { lane: id(20), id: id(29) }], &acts()).unwrap();
    vault.reseal(anchor, &at(22)).unwrap();
}

/// A phone with two workspaces; the first as after a lock.
pub(super) fn ward() -> Phone {
    let phone = Phone::new();
    lock_of(&phone, 5);
    let mut other = Workspace::open(phone.keystore.clone(), phone.files.path(), id(5)).unwrap();
    let mut vault = other.unlock(PASSCODE, &at(10), RULES).unwrap();
    write_records(&mut other, &mut vault);
    vault.close().unwrap();
    let (mut workspace, mut vault) = phone.unlocked();
    write_records(&mut workspace, &mut vault);
    vault.close().unwrap();
    phone
}

pub(super) fn baseline(image: &Image) -> Answers {
    let bench = Bench::new();
    bench.lay(image);
    let answers = bench.answers();
    assert_eq!(answers.lanes.len(), LANES.len());
    assert_eq!(answers.lanes.values().map(Vec::len).sum::<usize>(), RECORDS.len());
    // An image is opened again and again: the same answers each time, or nothing below would mean anything.
    bench.lay(image);
    assert_eq!(bench.judge(&answers), Ok(Outcome::Identical));
    answers
}

/// What a byte is turned into: each bit flipped, then all zeros, all ones.
pub(super) fn turned(byte: u8, way: usize) -> u8 {
    match way {
        8 => 0,
        9 => 0xFF,
        bit => byte ^ (1 << bit),
    }
}

/// Every byte of these files ten ways, or a sample of so many cases a file, over as many threads as there are cores.
pub(super) fn flip(
    image: &Image,
    names: &[&str],
    sample: usize,
    judge: impl Fn(&Bench) -> std::result::Result<Outcome, String> + Sync,
) {
    let mut cases = Vec::new();
    for name in names {
        let length = image.clone().file(name).len();
        let all = length * 10;
        // A stride that shares no factor with ten: every way has its turn, all over the file.
        let stride = (all / sample).max(1) | 1;
        let stride = if stride.is_multiple_of(5) { stride + 2 } else { stride };
        cases.extend((0..all).step_by(stride).map(|case| (*name, case / 10, case % 10)));
    }
    let (next, tally) = (AtomicUsize::new(0), [const { AtomicUsize::new(0) }; 3]);
    let failures = std::sync::Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let bench = Bench::new();
                while let Some((name, byte, way)) = cases.get(next.fetch_add(1, SeqCst)) {
                    let mut bad = image.clone();
                    let file = bad.file(name);
                    let new = turned(file[*byte], *way);
                    if new == file[*byte] {
                        continue;
                    }
                    file[*byte] = new;
                    bench.lay(&bad);
                    let said = catch_unwind(AssertUnwindSafe(|| judge(&bench))).unwrap_or(Err("a panic".into()));
                    match said {
                        Ok(outcome) => drop(tally[outcome as usize].fetch_add(1, SeqCst)),
                        Err(said) => failures.lock().unwrap().push(format!("{name} byte {byte} way {way}: {said}")),
                    }
                }
            });
        }
    });
    let [refused, aside, identical] = tally.map(AtomicUsize::into_inner);
    let bytes: usize = names.iter().map(|name| image.clone().file(name).len()).sum();
    println!("{names:?}: {bytes} bytes: {refused} refused, {aside} set aside, {identical} the same answers");
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of them: {:#?}", failures.len(), &failures[..failures.len().min(20)]);
    assert!(refused > 0);
}

#[test]
fn every_flipped_byte_of_a_closed_vault_is_noticed_or_changes_no_answer() {
    let image = Image::of(&ward());
    let before = baseline(&image);
    let mut names: Vec<_> = image.files.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "lock").collect();
    names.sort_unstable();
    assert_eq!(names, ["anchor", "slots", "vault.db"]);
    flip(&image, &names, all_or(400), |bench| bench.judge(&before));
}

#[test]
fn an_index_page_damaged_anywhere_never_hides_a_patient_untold() {
    let phone = ward();
    let mut pages = Vec::new();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name IN ('sqlite_autoindex_heads_1', 'heads_by_lane')";
    let raw = phone.raw();
    let mut statement = raw.prepare(sql).unwrap();
    for page in statement.query_map([], |row| row.get::<_, u32>(0)).unwrap() {
        pages.push(usize::try_from(page.unwrap()).unwrap());
    }
    drop(statement);
    raw.close().unwrap();
    let image = Image::of(&phone);
    let (before, bench) = (baseline(&image), Bench::new());
    for page in pages {
        for byte in (page - 1) * 4096..page * 4096 {
            let mut bad = image.clone();
            let file = bad.file("vault.db");
            if file[byte] == 0 {
                continue;
            }
            file[byte] ^= if byte % 2 == 0 { 0x08 } else { 0xFF };
            bench.lay(&bad);
            bench.judge(&before).unwrap_or_else(|said| panic!("byte {byte}: {said}"));
        }
    }
}

#[test]
fn every_flipped_byte_of_a_write_ahead_log_is_noticed_or_changes_no_answer() {
    let phone = ward();
    let (mut workspace, mut vault) = phone.unlocked();
    vault.commit(workspace.anchor_mut(), &at(40), &[put(30, 31, b"a withdrawal")], &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(41)).unwrap();
    // As a kill leaves it: the log was not moved into the database yet.
    let image = Image::of(&phone);
    drop((workspace, vault));
    let before = baseline(&image);
    flip(&image, &["vault.db-wal"], all_or(250), |bench| bench.judge(&before));
}

#[test]
fn a_log_flipped_or_cut_behind_the_anchor_gives_a_whole_earlier_commit_and_never_one_before_the_anchor() {
    let phone = ward();
    let (mut workspace, mut vault) = phone.unlocked();
    vault.commit(workspace.anchor_mut(), &at(40), &[put(30, 31, b"a withdrawal")], &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(41)).unwrap();
    let texts: Vec<Vec<u8>> = (0..4u8).map(|n| vec![b'a' + n; 30]).collect();
    for text in &texts {
        vault.commit(workspace.anchor_mut(), &at(42), &[put(20, 21, text)], &[]).unwrap();
    }
    let image = Image::of(&phone);
    drop((workspace, vault));
    let old = [CANARY, &[20, 21]].concat();
    let judge = |bench: &Bench| {
        let mut workspace = bench.open().map_err(|error| error.to_string())?;
        let mut vault = match workspace.unlock(PASSCODE, &at(1000), RULES) {
            Ok(vault) => vault,
            Err(error) => return typed(&error).map(|()| Outcome::Refused),
        };
        let withdrawal = vault.read(id(30), id(31));
        if !matches!(&withdrawal, Ok(Some((_, text))) if text == b"a withdrawal") {
            return withdrawal.map_or(Ok(Outcome::Aside), |_| Err("what the anchor covers is gone".into()));
        }
        match vault.read(id(20), id(21)) {
            Ok(Some((_, text))) if text == texts[3] => Ok(Outcome::Identical),
            // Commits since the last anchor may be missing from the end: told in the threat model.
            Ok(Some((_, text))) if text == old || texts.contains(&text) => Ok(Outcome::Aside),
            Err(error) => typed(&error).map(|()| Outcome::Aside),
            _ => Err("a text that never was".into()),
        }
    };
    flip(&image, &["vault.db-wal"], if full() { 60_000 } else { 200 }, judge);
    let bench = Bench::new();
    let whole = image.clone().file("vault.db-wal").len();
    for length in (0..whole).step_by(if full() { 13 } else { 997 }) {
        let mut cut = image.clone();
        cut.file("vault.db-wal").truncate(length);
        bench.lay(&cut);
        judge(&bench).unwrap_or_else(|said| panic!("cut at {length}: {said}"));
    }
}

#[test]
fn a_flipped_slot_bit_with_the_right_passcode_twelve_times_never_erases() {
    let image = Image::of(&ward());
    let erasing = AttemptRules { limit: 10, erase: true };
    let bench = Bench::new();
    let length = image.clone().file("slots").len() * 8;
    for bit in (0..length).step_by(if full() { 1 } else { 41 }) {
        let mut bad = image.clone();
        bad.file("slots")[bit / 8] ^= 1 << (bit % 8);
        bench.lay(&bad);
        let mut workspace = bench.open().unwrap();
        for _ in 0..12 {
            let error = workspace.unlock(PASSCODE, &at(1000), erasing).err();
            typed(&error.unwrap()).unwrap();
        }
        assert_eq!(workspace.anchor().state().attempts.failed, 0, "bit {bit}");
        assert!(workspace.anchor().state().tombstone.is_none());
        // Put right again, it opens at once: no delay, no guess used up.
        let slots = bench.files.path().join(id(1).text()).join("slots");
        std::fs::write(slots, image.clone().file("slots")).unwrap();
        drop(workspace.unlock(PASSCODE, &at(1000), erasing).unwrap());
    }
}
