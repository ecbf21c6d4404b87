use super::*;
use crate::crypto::json::Hex;
use crate::crypto::jws::P256Signer;

const FIRST: [u8; 32] = [0x42; 32];

fn first_key() -> Secret32 {
    Secret32::new(FIRST)
}

fn stamp(n: u64) -> Stamp {
    Stamp { wall_ms: 1_700_000_000_000, since_boot_ms: n, boot: 1 }
}

/// A log of `n` entries that steps before every third entry, twice before every sixth (an empty epoch).
fn log(n: u64) -> (Vec<Row>, Journal) {
    let mut journal = Journal::new(Frontier::default(), Sealer::new(first_key()));
    let mut rows = Vec::new();
    for i in 0..n {
        for _ in 0..(u8::from(i % 3 == 2) + u8::from(i % 6 == 5)) {
            let sealer = journal.stepped().unwrap();
            journal.step(sealer);
        }
        let event = Event::ALL[usize::try_from(i).unwrap() % Event::ALL.len()];
        rows.push(journal.append(event, stamp(i), Some([7; 16]), &[(1, 2)]).unwrap());
    }
    (rows, journal)
}

fn check(rows: &[Row], state: &State) -> Result<(), LogFault> {
    verify(rows, first_key(), state)
}

/// An entry with another number or epoch under its old MAC.
fn renumbered(row: &Row, seq: u64, epoch: u64) -> Row {
    let entry = Entry { seq, epoch, ..Entry::decode(&row.entry).unwrap() };
    Row { entry: entry.encode().unwrap(), mac: row.mac }
}

#[test]
fn an_honest_log_of_any_length_verifies() {
    for n in 0..=64 {
        let (rows, journal) = log(n);
        assert_eq!(check(&rows, &journal.state()), Ok(()), "{n}");
        // Also against every older commitment.
        for older in 0..n {
            let (_, then) = log(older);
            assert_eq!(check(&rows, &then.state()), Ok(()), "{older} of {n}");
        }
    }
}

#[test]
fn every_deletion_repeat_swap_edit_and_truncation_is_found() {
    for n in 1..=64u64 {
        let (rows, journal) = log(n);
        let state = journal.state();
        let length = rows.len();
        for at in 0..length {
            let mut deleted = rows.clone();
            deleted.remove(at);
            assert!(check(&deleted, &state).is_err(), "deleted {at} of {n}");
            // Deleted and renumbered behind it.
            let closed: Vec<Row> = (0u64..)
                .zip(&deleted)
                .map(|(seq, row)| renumbered(row, seq, Entry::decode(&row.entry).unwrap().epoch))
                .collect();
            assert!(check(&closed, &state).is_err(), "closed over {at} of {n}");
            let mut repeated = rows.clone();
            repeated.insert(at, rows[at].clone());
            assert!(check(&repeated, &state).is_err(), "repeated {at} of {n}");
            assert_eq!(check(&rows[..at], &state), Err(LogFault::Truncated), "cut at {at} of {n}");
            // All pairs of the short logs and of the longest; of those between, the neighbours.
            let reach = if n <= 24 || n == 64 { length } else { length.min(at + 2) };
            for other in at + 1..reach {
                let mut swapped = rows.clone();
                swapped.swap(at, other);
                assert!(check(&swapped, &state).is_err(), "swapped {at} {other} of {n}");
            }
        }
    }
}

#[test]
fn every_edited_byte_of_an_entry_or_mac_is_found() {
    let (rows, journal) = log(13);
    for at in 0..rows.len() {
        for byte in 0..rows[at].entry.len() {
            let mut edited = rows.clone();
            edited[at].entry[byte] ^= 1;
            assert!(check(&edited, &journal.state()).is_err(), "{at} {byte}");
        }
        for byte in 0..32 {
            let mut edited = rows.clone();
            edited[at].mac[byte] ^= 1;
            let fault = LogFault::BadMac { at: u64::try_from(at).unwrap() };
            assert_eq!(check(&edited, &journal.state()), Err(fault));
        }
    }
}

#[test]
fn an_entry_resealed_under_the_present_key_is_found() {
    // The thief has the phone at the present epoch: its key, its seal, all rows. CVE-2023-31439.
    let (rows, journal) = log(20);
    let sealer = journal.sealer();
    for at in 0..rows.len() {
        for epoch in [sealer.epoch(), 0, sealer.epoch() + 1] {
            let mut forged = rows.clone();
            let mut entry = Entry::decode(&rows[at].entry).unwrap();
            (entry.epoch, entry.counts) = (epoch, vec![]);
            forged[at].entry = entry.encode().unwrap();
            let seq = u64::try_from(at).unwrap();
            forged[at].mac = sealer.mac(seq, &leaf_hash(&forged[at].entry));
            assert!(check(&forged, &journal.state()).is_err(), "{at} {epoch}");
        }
    }
}

#[test]
fn cutting_the_end_and_going_on_is_found_even_with_a_new_commitment() {
    // CVE-2023-31438: the thief cuts old entries, goes on under the present key, and even gets it committed to.
    let (rows, journal) = log(20);
    let sealer = journal.sealer();
    let last_epoch_starts = rows.iter().position(|r| Entry::decode(&r.entry).unwrap().epoch == sealer.epoch()).unwrap();
    for cut in 0..last_epoch_starts {
        let mut frontier = Frontier::default();
        for row in &rows[..cut] {
            frontier.append(leaf_hash(&row.entry)).unwrap();
        }
        let stolen = Sealer::from_parts(sealer.epoch(), Secret32::new(*sealer.key().expose()), sealer.seal());
        let mut thief = Journal::new(frontier, stolen);
        let mut forged = rows[..cut].to_vec();
        forged.push(thief.append(Event::Locked, stamp(0), None, &[]).unwrap());
        assert_eq!(check(&forged, &thief.state()), Err(LogFault::OtherSeal), "cut at {cut}");
    }
    // Within the present epoch the thief can: that is the limit, and it is documented.
    let mut thief = Journal::new(Frontier::default(), Sealer::new(first_key()));
    let row = thief.append(Event::Locked, stamp(0), None, &[]).unwrap();
    assert_eq!(check(&[row], &thief.state()), Ok(()));
}

#[test]
fn another_key_seal_epoch_or_size_is_found() {
    let (rows, journal) = log(9);
    let state = journal.state();
    assert_eq!(verify(&rows, Secret32::new([1; 32]), &state), Err(LogFault::BadMac { at: 0 }));
    assert_eq!(check(&rows, &State { seal: [1; 32], ..state }), Err(LogFault::OtherSeal));
    assert_eq!(check(&rows, &State { root: [1; 32], ..state }), Err(LogFault::OtherRoot));
    assert_eq!(check(&rows, &State { epoch: state.epoch + 1, ..state }), Err(LogFault::OtherSeal));
    assert!(check(&rows, &State { epoch: state.epoch - 1, ..state }).is_err());
    assert_eq!(check(&rows, &State { size: 10, ..state }), Err(LogFault::Truncated));
    assert_eq!(check(&rows, &State { epoch: u64::MAX, ..state }), Err(LogFault::OtherSeal));
}

#[test]
fn a_clock_that_jumps_is_no_alarm() {
    let mut journal = Journal::new(Frontier::default(), Sealer::new(first_key()));
    let mut rows = Vec::new();
    for wall_ms in [5, i64::MAX, i64::MIN, 0, -7, 1_700_000_000_000].repeat(170) {
        rows.push(journal.append(Event::ClockBack, Stamp { wall_ms, ..stamp(0) }, None, &[]).unwrap());
    }
    assert_eq!(check(&rows, &journal.state()), Ok(()));
}

#[test]
fn a_segment_is_folded_whole_and_a_missing_part_is_found() {
    let (mut rows, mut journal) = log(5);
    let mut segment = Segment::default();
    for n in 0..3 {
        segment.push(Event::UnlockFailed, stamp(100 + n), &[(1, 1)]).unwrap();
    }
    let checkpoint = Checkpoint::new(Hex([1; 16]), &journal.state(), &segment, 0, 0).unwrap();
    segment.push(Event::DocumentAccepted, stamp(104), &[]).unwrap();
    let (folded, frontier) = journal.fold(&segment, stamp(200)).unwrap();
    assert_eq!(folded.len(), 4);
    rows.extend(folded);
    journal.grown(frontier);
    assert_eq!(check(&rows, &journal.state()), Ok(()));
    assert_eq!(verify_folded(&rows, &checkpoint), Ok(()));
    for kept in 5..8 {
        assert_eq!(verify_folded(&rows[..kept], &checkpoint), Err(LogFault::NotFolded));
    }
    // A guess that was left out: the log itself is sound, the checkpoint tells.
    let (mut shorter, mut other) = log(5);
    let mut partial = Segment::default();
    partial.push(Event::UnlockFailed, stamp(100), &[(1, 1)]).unwrap();
    partial.push(Event::UnlockFailed, stamp(102), &[(1, 1)]).unwrap();
    let (folded, frontier) = other.fold(&partial, stamp(200)).unwrap();
    shorter.extend(folded);
    other.grown(frontier);
    shorter.push(other.append(Event::Unlocked, stamp(300), None, &[]).unwrap());
    assert_eq!(check(&shorter, &other.state()), Ok(()));
    assert_eq!(verify_folded(&shorter, &checkpoint), Err(LogFault::NotFolded));
}

#[test]
fn a_full_segment_counts_what_it_leaves_out() {
    use super::super::segment::MAX_SEGMENT;
    let mut segment = Segment::default();
    for n in 0..100 {
        segment.push(Event::UnlockFailed, stamp(n), &[]).unwrap();
    }
    assert_eq!((segment.pending().len(), segment.left_out()), (MAX_SEGMENT, 36));
    let stored = crate::crypto::json::encode(&segment).unwrap();
    assert_eq!(crate::crypto::json::decode_strict::<Segment>(&stored).unwrap(), segment);
    let (_, journal) = log(2);
    let (rows, _) = journal.fold(&segment, stamp(200)).unwrap();
    let last = Entry::decode(&rows.last().unwrap().entry).unwrap();
    assert_eq!((rows.len(), last.event, last.counts), (65, Event::SegmentOverflow, vec![(0, 36)]));
    assert!(Segment::default().push(Event::Locked, stamp(0), &[(2, 1), (1, 1)]).is_err());
}

#[test]
fn a_checkpoint_is_the_phones_and_every_flipped_byte_is_refused() {
    let phone = P256Signer::make();
    use crate::crypto::jws::Signer;
    let (_, journal) = log(9);
    let checkpoint = Checkpoint::new(Hex([1; 16]), &journal.state(), &Segment::default(), 3, 99).unwrap();
    let bytes = checkpoint.sign(&phone).unwrap();
    let opened = Checkpoint::open(&bytes, phone.public_key()).unwrap();
    assert_eq!((opened.state(), &opened), (journal.state(), &checkpoint));
    assert!(Checkpoint::open(&bytes, P256Signer::make().public_key()).is_err());
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(Checkpoint::open(&flipped, phone.public_key()).is_err(), "{at}");
    }
    let newer = Checkpoint { spec: 2, ..checkpoint.clone() }.sign(&phone).unwrap();
    assert_eq!(Checkpoint::open(&newer, phone.public_key()), Err(Error::TooNew { what: "checkpoint" }));
    let shrunk = Checkpoint { previous_size: 10, ..checkpoint }.sign(&phone).unwrap();
    assert!(Checkpoint::open(&shrunk, phone.public_key()).is_err());
}

#[test]
fn a_sealer_goes_on_from_its_stored_parts() {
    let (mut rows, journal) = log(7);
    let sealer = journal.sealer();
    let restored = Sealer::from_parts(sealer.epoch(), Secret32::new(*sealer.key().expose()), sealer.seal());
    let mut journal = Journal::new(journal.frontier().clone(), restored);
    rows.push(journal.append(Event::Locked, stamp(8), None, &[]).unwrap());
    assert_eq!(check(&rows, &journal.state()), Ok(()));
    let next = journal.stepped().unwrap();
    assert_ne!(next.key().expose(), journal.sealer().key().expose());
}
