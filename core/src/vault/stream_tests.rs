//! Large items: what comes back is what was written, or is refused; nothing of one outlives its record.

use super::super::faulty::{cut_files_after, files_healed, tamper};
use super::super::tests::{CANARY, PASSCODE, Phone, acts, at, filled, id};
use super::super::{AttemptRules, Forget, Workspace};
use super::*;
use crate::journal::Code;
use proptest::prelude::*;

/// Bytes that say where they stand.
fn item(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at + at / CHUNK_BYTES) % 251).unwrap()).collect()
}

fn write(vault: &mut Vault, workspace: &mut Workspace, lane: u8, record: u8, bytes: &[u8]) -> Result<u64> {
    let new = NewStream { lane: id(lane), id: id(record), kind: 40, head: b"a photo" };
    vault.put_stream(workspace.anchor_mut(), &at(50), &new, &mut &bytes[..], &acts())
}

fn whole(vault: &mut Vault, lane: u8, record: u8) -> Result<Vec<u8>> {
    let mut reader = vault.open_stream(id(lane), id(record))?;
    let mut out = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        assert!(chunk.len() <= CHUNK_BYTES);
        out.extend_from_slice(chunk);
    }
    assert_eq!((out.len() as u64, &reader.row().head[..]), (reader.length(), &b"a photo"[..]));
    assert!(reader.next_chunk()?.is_none());
    Ok(out)
}

fn stream_files(phone: &Phone) -> Vec<String> {
    let names = phone.snapshot().into_iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(PREFIX)).collect()
}

#[test]
fn what_was_written_is_read_chunk_by_chunk_after_a_lock() {
    let phone = filled();
    let sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_001];
    let (mut workspace, mut vault) = phone.unlocked();
    for (record, size) in (100..).zip(sizes) {
        assert_eq!(write(&mut vault, &mut workspace, 10, record, &item(size)).unwrap(), size as u64);
    }
    vault.close().unwrap();
    drop(workspace);
    let (mut workspace, mut vault) = phone.unlocked();
    for (record, size) in (100..).zip(sizes) {
        assert_eq!(whole(&mut vault, 10, record).unwrap(), item(size), "{size}");
    }
    let again = write(&mut vault, &mut workspace, 10, 100, b"x").err();
    assert_eq!(again, Some(Error::NotAllowed { why: "a stream is written once" }));
    assert_eq!(whole(&mut vault, 10, 11).err(), Some(Error::NotFound { what: "stream" }), "a note is none");
    assert_eq!(whole(&mut vault, 10, 99).err(), Some(Error::NotFound { what: "stream" }));
    assert_eq!(vault.read(id(10), id(11)).unwrap().unwrap().1, CANARY);
}

#[test]
fn no_plaintext_and_no_length_of_a_chunk_reaches_the_file() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let bytes = CANARY.repeat(5000);
    write(&mut vault, &mut workspace, 10, 100, &bytes).unwrap();
    for (path, bytes) in phone.snapshot() {
        assert!(memchr::memmem::find(&bytes, b"canary").is_none(), "{}", path.display());
    }
}

#[test]
fn a_record_taken_out_of_the_database_does_not_take_its_file_along() {
    let (phone, _) = two_items();
    tamper(&phone.directory(), &format!("DELETE FROM heads WHERE id = x'{}'", id(100).text()));
    let (_workspace, mut vault) = phone.unlocked();
    assert_eq!(stream_files(&phone).len(), 3);
    assert_eq!(whole(&mut vault, 10, 100).err(), Some(Error::Damaged { what: "patient" }));
}

/// An item that gives no end, and one that fails on the way.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::Error::other("gone"));
        }
        self.0 = self.0.saturating_sub(buffer.len() as u64);
        Ok(buffer.len())
    }
}

#[test]
fn what_cannot_be_read_to_its_end_leaves_nothing() {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let new = NewStream { lane: id(10), id: id(100), kind: 40, head: b"" };
    let mut failing = Endless(3 * CHUNK_BYTES as u64);
    let failed = vault.put_stream(workspace.anchor_mut(), &at(50), &new, &mut failing, &acts());
    assert!(matches!(failed, Err(Error::Io { what: "reading a stream", .. })), "{failed:?}");
    assert!(stream_files(&phone).is_empty());
    assert!(vault.read(id(10), id(100)).unwrap().is_none());
    assert_eq!(write(&mut vault, &mut workspace, 10, 100, b"after all").unwrap(), 9);
}

/// A phone with two items of equal length, closed; and a way to look at one of them with a file that was changed.
fn two_items() -> (Phone, Vec<u8>) {
    let phone = filled();
    let (mut workspace, mut vault) = phone.unlocked();
    let bytes = item(2 * CHUNK_BYTES + 100);
    write(&mut vault, &mut workspace, 10, 100, &bytes).unwrap();
    write(&mut vault, &mut workspace, 10, 101, &bytes).unwrap();
    write(&mut vault, &mut workspace, 20, 102, &bytes).unwrap();
    vault.close().unwrap();
    (phone, bytes)
}

#[test]
fn a_changed_swapped_or_missing_file_is_refused_and_nobody_is_set_aside() {
    let (phone, bytes) = two_items();
    let (_workspace, mut vault) = phone.unlocked();
    let file = |record: u8| path(&phone.directory(), id(record));
    let sound = std::fs::read(file(100)).unwrap();
    let sealed = CHUNK_BYTES + TAG_BYTES;
    let mut bad: Vec<(&str, Vec<u8>)> = vec![
        ("another of the patient", std::fs::read(file(101)).unwrap()),
        ("another patient's", std::fs::read(file(102)).unwrap()),
        ("empty", Vec::new()),
        ("extended", [&sound[..], b"x"].concat()),
    ];
    for cut in [1, TAG_BYTES, FILE_HEAD, FILE_HEAD + sealed, FILE_HEAD + 2 * sealed, sound.len() - 1] {
        bad.push(("cut", sound[..cut].to_vec()));
    }
    let (first, second) = (FILE_HEAD..FILE_HEAD + sealed, FILE_HEAD + sealed..FILE_HEAD + 2 * sealed);
    let mut reordered = sound.clone();
    reordered[first.clone()].copy_from_slice(&sound[second.clone()]);
    reordered[second].copy_from_slice(&sound[first]);
    bad.push(("reordered", reordered));
    for (what, file_bytes) in bad {
        std::fs::write(file(100), file_bytes).unwrap();
        assert_eq!(whole(&mut vault, 10, 100).err(), Some(DAMAGED), "{what}");
    }
    std::fs::remove_file(file(100)).unwrap();
    assert_eq!(whole(&mut vault, 10, 100).err(), Some(DAMAGED));
    std::fs::write(file(100), sound).unwrap();
    assert_eq!(whole(&mut vault, 10, 100).unwrap(), bytes);
    assert!(vault.set_aside().is_empty());
}

#[test]
fn an_old_file_under_the_same_id_is_refused() {
    let (phone, bytes) = two_items();
    let (mut workspace, mut vault) = phone.unlocked();
    let file = path(&phone.directory(), id(100));
    let old = std::fs::read(&file).unwrap();
    let delete = Change::Delete { lane: id(10), id: id(100) };
    vault.commit(workspace.anchor_mut(), &at(60), &[delete], &acts()).unwrap();
    assert!(!file.exists());
    write(&mut vault, &mut workspace, 10, 100, &bytes).unwrap();
    let new = std::fs::read(&file).unwrap();
    assert_eq!((new.len(), new == old), (old.len(), false));
    std::fs::write(&file, old).unwrap();
    assert_eq!(whole(&mut vault, 10, 100).err(), Some(DAMAGED));
    std::fs::write(&file, new).unwrap();
    assert_eq!(whole(&mut vault, 10, 100).unwrap(), bytes);
}

#[test]
fn a_purge_keeps_the_others_readable_and_takes_the_file_along() {
    let (phone, bytes) = two_items();
    let (mut workspace, mut vault) = phone.unlocked();
    let untouched = std::fs::read(path(&phone.directory(), id(101))).unwrap();
    let forget = Forget { records: vec![(id(10), id(100))], lanes: Vec::new() };
    vault.forget_for_good(workspace.anchor_mut(), &at(60), &forget, &[Act::from(Code::Purged)]).unwrap();
    assert_eq!(stream_files(&phone).len(), 2);
    assert_eq!(whole(&mut vault, 10, 101).unwrap(), bytes, "its record was sealed anew, its file was not");
    assert!(std::fs::read(path(&phone.directory(), id(101))).unwrap() == untouched);
    let forget = Forget { records: Vec::new(), lanes: vec![id(10)] };
    vault.forget_for_good(workspace.anchor_mut(), &at(70), &forget, &[Act::from(Code::Shredded)]).unwrap();
    assert_eq!(stream_files(&phone), [format!("{PREFIX}{}", id(102).text())]);
    assert_eq!(whole(&mut vault, 20, 102).unwrap(), bytes);
}

#[test]
fn a_kill_at_any_step_leaves_the_whole_item_or_nothing() {
    let bytes = item(CHUNK_BYTES + 10);
    let (mut cuts, mut kept) = (0, 0);
    for steps in 1..40 {
        let phone = filled();
        let (mut workspace, mut vault) = phone.unlocked();
        cut_files_after(steps);
        let written = write(&mut vault, &mut workspace, 10, 100, &bytes);
        let cut = files_healed();
        drop((vault, workspace));
        let (mut workspace, mut vault) = phone.unlocked();
        match whole(&mut vault, 10, 100) {
            Ok(found) => {
                assert!(written.is_ok() && found == bytes);
                kept += 1;
            }
            Err(error) => {
                assert!(written.is_err() && error == Error::NotFound { what: "stream" }, "{steps}: {error:?}");
                assert!(stream_files(&phone).is_empty(), "{steps}: an orphan");
                assert_eq!(write(&mut vault, &mut workspace, 10, 100, &bytes).unwrap(), bytes.len() as u64);
            }
        }
        cuts += usize::from(cut);
        if !cut {
            break;
        }
    }
    assert!(cuts >= 6 && kept >= 1, "{cuts} {kept}");
}

#[test]
fn a_kill_between_a_deletion_and_its_file_leaves_no_orphan_and_a_wipe_no_file() {
    let (phone, _) = two_items();
    let (mut workspace, mut vault) = phone.unlocked();
    let file = path(&phone.directory(), id(100));
    let kept = std::fs::read(&file).unwrap();
    let delete = Change::Delete { lane: id(10), id: id(100) };
    vault.commit(workspace.anchor_mut(), &at(60), &[delete], &acts()).unwrap();
    vault.close().unwrap();
    drop(workspace);
    std::fs::write(&file, kept).unwrap();
    std::fs::write(phone.directory().join("stream-rubbish.new"), b"x").unwrap();
    let mut workspace = phone.workspace().unwrap();
    let vault = workspace.unlock(PASSCODE, &at(70), AttemptRules::default()).unwrap();
    assert_eq!(stream_files(&phone).len(), 2);
    drop(vault);
    workspace.begin_wipe(&at(80), super::super::WipeCause::Departure, None, Vec::new()).unwrap();
    workspace.continue_wipe(&at(80)).unwrap();
    assert!(stream_files(&phone).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn any_changed_byte_is_refused_and_what_was_given_before_it_is_true(places in proptest::collection::vec(
        (any::<prop::sample::Index>(), 1u8..), 24)) {
        let (phone, bytes) = two_items();
        let (_workspace, mut vault) = phone.unlocked();
        let file = path(&phone.directory(), id(100));
        let sound = std::fs::read(&file).unwrap();
        for (place, change) in places {
            let mut bad = sound.clone();
            let place = place.index(bad.len());
            bad[place] ^= change;
            std::fs::write(&file, bad).unwrap();
            let opened = vault.open_stream(id(10), id(100));
            let Ok(mut reader) = opened else {
                prop_assert!(place < FILE_HEAD, "byte {place}");
                continue;
            };
            let mut given = Vec::new();
            let refused = loop {
                match reader.next_chunk() {
                    Ok(Some(chunk)) => given.extend_from_slice(chunk),
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            };
            prop_assert!(refused && bytes.starts_with(&given), "byte {place}");
            prop_assert!(matches!(reader.next_chunk(), Ok(None)), "nothing comes after damage");
        }
    }
}
