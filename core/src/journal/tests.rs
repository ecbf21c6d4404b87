//! What a journal must show: everything that was done to it.

use super::*;

fn now(n: i64) -> Instant {
    Instant { wall_ms: 1000 - n, since_boot_ms: n.unsigned_abs(), boot_id: "b".into() }
}

/// A log of `n` entries with a put after every third, its first key and the mark that a checkpoint would carry.
fn log(n: i64) -> (String, Vec<Sealed>, Mark) {
    let mut key = JournalKey::make().unwrap();
    let first = key.expose().to_owned();
    let mut journal = Journal::default();
    let mut rows = Vec::new();
    for i in 0..n {
        let event = Event::counted(Code::NoteSaved, vec![("notes", i.unsigned_abs())]);
        let (seq, row) = journal.append(&key, &event, Some([3; 16]), &now(i)).unwrap();
        assert_eq!(seq, i.unsigned_abs());
        rows.push(Sealed::parse(&row).unwrap());
        if i % 3 == 2 {
            put(&mut key, &journal);
        }
    }
    put(&mut key, &journal);
    let mark = mark(&key, &journal);
    (first, rows, mark)
}

/// An anchor put made unlocked.
fn put(key: &mut JournalKey, journal: &Journal) {
    key.mark(journal.size(), journal.root());
    key.step().unwrap();
}

fn mark(key: &JournalKey, journal: &Journal) -> Mark {
    Mark { size: journal.size(), root: journal.root(), epoch: key.epoch(), seal: key.seal() }
}

fn root_over(rows: &[Sealed]) -> Hash {
    root_of(&rows.iter().map(|row| leaf_hash(row.entry.as_bytes())).collect::<Vec<_>>())
}

#[test]
fn a_whole_log_verifies_whatever_the_wall_clock_did() {
    for n in [0, 1, 2, 3, 7, 64] {
        let (key, rows, mark) = log(n);
        assert_eq!(verify(&key, &rows, &mark).unwrap().len() as u64, mark.size);
    }
}

#[test]
fn every_deletion_swap_edit_and_cut_is_found() {
    for n in 1..=64 {
        let (key, rows, mark) = log(n);
        let check = |rows: &[Sealed]| {
            let forged = Mark { size: rows.len() as u64, root: root_over(rows), ..mark };
            verify(&key, rows, &mark).is_ok() || verify(&key, rows, &forged).is_ok()
        };
        for i in 0..rows.len() {
            let mut deleted = rows.clone();
            deleted.remove(i);
            assert!(!check(&deleted));
            let mut edited = rows.clone();
            edited[i].entry = edited[i].entry.replace("note_saved", "exported");
            assert!(!check(&edited));
            if i > 0 {
                let mut swapped = rows.clone();
                swapped.swap(i, i - 1);
                assert!(!check(&swapped));
                assert!(!check(&rows[..i]));
            }
        }
    }
}

#[test]
fn a_log_that_is_cut_and_gone_on_with_under_the_present_key_is_found() {
    let mut key = JournalKey::make().unwrap();
    let first = key.expose().to_owned();
    let (mut journal, mut kept, mut cut_at) = (Journal::default(), Vec::new(), Journal::default());
    for i in 0..9 {
        let row = journal.append(&key, &Code::NoteSaved.into(), None, &now(i)).unwrap().1;
        if i < 3 {
            kept.push(Sealed::parse(&row).unwrap());
            cut_at = journal.clone();
        }
        put(&mut key, &journal);
    }
    // The thief holds the anchor of now: its key, its seal, everything but the keys of closed epochs.
    let row = cut_at.append(&key, &Code::NoteSaved.into(), None, &now(20)).unwrap().1;
    kept.push(Sealed::parse(&row).unwrap());
    put(&mut key, &cut_at);
    assert!(verify(&first, &kept, &mark(&key, &cut_at)).is_err());
}

#[test]
fn an_old_entry_sealed_again_with_a_later_key_is_refused() {
    let (first, rows, mark) = log(9);
    let mut later = JournalKey::first(first.clone());
    (0..2).for_each(|_| later.step().unwrap());
    // The forger holds the key of epoch 2 and rewrites entry 1, in its own epoch and in the later one.
    for epoch in [0, 2] {
        let mut forged = rows.clone();
        let mut entry = rows[1].read().unwrap();
        entry.epoch = epoch;
        entry.code = Code::Purged;
        forged[1] = Sealed::make(&later.bytes().unwrap(), 1, &entry).unwrap();
        assert!(verify(&first, &forged, &Mark { root: root_over(&forged), ..mark }).is_err());
    }
}

#[test]
fn a_locked_segment_folds_into_the_same_tree_and_verifies() {
    let mut key = JournalKey::make().unwrap();
    let first = key.expose().to_owned();
    let mut journal = Journal::default();
    key.mark(journal.size(), journal.root());
    // After the mark: a commit that the anchor did not see before the process was killed.
    let mut rows = vec![journal.append(&key, &Code::Enrolled.into(), None, &now(0)).unwrap().1];
    let mut segment = Segment::start().unwrap();
    for i in 0..3 {
        key.step().unwrap();
        segment.append(&key, &Code::GuessCounted.into(), &now(i)).unwrap();
    }
    key.step().unwrap();
    rows.extend(journal.fold(&segment, 0).unwrap().into_iter().map(|(_, row)| row));
    rows.push(journal.append(&key, &Code::Unlocked.into(), None, &now(5)).unwrap().1);
    put(&mut key, &journal);
    let log: Vec<Sealed> = rows.iter().map(|row| Sealed::parse(row).unwrap()).collect();
    let entries = verify(&first, &log, &mark(&key, &journal)).unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.locked.is_some()).count(), 3);
}

#[test]
fn a_segment_is_capped_and_counts_the_rest() {
    let key = JournalKey::make().unwrap();
    let mut segment = Segment::start().unwrap();
    (0..100).for_each(|i| segment.append(&key, &Code::GuessCounted.into(), &now(i)).unwrap());
    assert_eq!((segment.len(), segment.uncounted()), (MAX_SEGMENT, 36));
}

#[test]
fn any_bytes_are_read_or_refused() {
    for bytes in [&b""[..], b"{}", b"{\"entry\":\"\",\"mac\":\"\"}", &[0xff; 40], &[b' '; 9000]] {
        let _ = Sealed::parse(bytes).and_then(|sealed| sealed.read());
    }
}

#[test]
fn a_segment_has_a_name_of_its_own_and_its_digest_is_the_root_over_what_it_holds() {
    let key = JournalKey::make().unwrap();
    let (mut one, other) = (Segment::start().unwrap(), Segment::start().unwrap());
    assert!(one.id() != other.id() && unhex::<16>(one.id()).is_some());
    assert!(one.is_empty() && one.digest() == hex(&root_of(&[])));
    one.append(&key, &Event::from(Code::GuessCounted), &now(1)).unwrap();
    assert!(!one.is_empty() && one.len() == 1);
    assert_eq!(one.digest(), hex(&root_over(&one.entries)));
}
