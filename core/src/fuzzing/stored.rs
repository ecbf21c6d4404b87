//! What lies on a phone's disk, and what lies behind its seals.

use super::input::{Input, text};
use super::phone::CLOCK;
use crate::crypto::seal::{Envelope, OVERHEAD};
use crate::crypto::stream::{CHUNK_BYTES, Chunks};
use crate::journal::{self, Code, Event, Journal, JournalKey, Mark, Sealed, Segment, Tree, leaf_hash, root_of};
use crate::memory::Secret32;
use crate::platform::Instant;

fn now() -> Instant {
    Instant { wall_ms: CLOCK.wall_ms, since_boot_ms: 60_000, boot_id: "boot 1".to_owned() }
}

/// A slots file: as it is, and with the keystore's MAC made over it, so that header and wrapped key are hostile.
pub fn slots(bytes: &[u8]) {
    crate::vault::fuzzing::slots(bytes);
}

/// An anchor's JSON behind a keystore that opens it: read, used, put again and read again.
pub fn anchor(bytes: &[u8]) {
    thread_local! {
        static PLACE: super::input::Scratch = super::input::Scratch::make();
    }
    PLACE.with(|place| crate::vault::fuzzing::anchor(place.path(), bytes, &now()));
}

/// The plaintext of a database's head, and of a key table's entry.
pub fn head(bytes: &[u8]) {
    crate::vault::fuzzing::head(bytes, &now());
}

/// A record: padded plaintexts as they come, or a kind, a head and a body as a session reads them.
pub fn record(bytes: &[u8]) {
    let mut input = Input(bytes);
    let kind = input.byte();
    if kind & 0x80 != 0 {
        return crate::vault::fuzzing::padding(input.rest());
    }
    let head = input.part();
    crate::session::fuzzing::record(kind, head, input.rest());
}

/// A database and its write-ahead log: opened and read to the end.
pub fn database(bytes: &[u8]) {
    thread_local! {
        static PLACE: super::input::Scratch = super::input::Scratch::make();
    }
    let mut input = Input(bytes);
    let log = input.part();
    let database = input.rest();
    PLACE.with(|place| crate::vault::fuzzing::database(place.path(), database, log));
}

/// A stream: its record's body, and its chunks after an attacker moved, cut, doubled or changed them.
pub fn stream(bytes: &[u8]) {
    crate::vault::fuzzing::stream_body(bytes);
    let mut input = Input(bytes);
    let (key, aad) = (Secret32::new([5; 32]), [&b"fuzz"[..]]);
    let (mut chunks, envelope) = Chunks::make(&key, &aad).expect("randomness");
    let lengths: Vec<usize> = (0..input.one(&[1u8, 2, 3, 4])).map(|_| input.short() % 96).collect();
    let mut whole: Vec<(Vec<u8>, bool)> = Vec::new();
    for (at, length) in lengths.iter().enumerate() {
        let (mut chunk, last) = (vec![u8::try_from(at).unwrap_or(0); *length], at + 1 == lengths.len());
        chunks.seal_next(&mut chunk, last).expect("seals");
        whole.push((chunk, last));
    }
    let mut got = whole.clone();
    for _ in 0..3 {
        if got.is_empty() || input.is_empty() {
            break;
        }
        let (one, other) = (input.below(got.len()), input.below(got.len()));
        match input.byte() % 6 {
            0 => got.swap(one, other),
            1 => drop(got.remove(one)),
            2 => got.insert(other, got[one].clone()),
            3 => got[one].1 ^= true,
            4 => {
                let at = input.below(got[one].0.len().max(1));
                let with = input.byte();
                got[one].0.get_mut(at).into_iter().for_each(|byte| *byte ^= with);
            }
            _ => got[one].0 = input.part().to_vec(),
        }
    }
    let mut open = Chunks::open(&key, &aad, &envelope).expect("our own stream");
    let (mut buffer, mut read) = (Vec::new(), 0);
    for (sealed, last) in &got {
        if open.open_next(sealed, *last, &mut buffer).is_err() {
            assert!(buffer.is_empty(), "plaintext of a refused chunk");
            break;
        }
        read += 1;
    }
    let same = got.iter().zip(&whole).take_while(|(one, other)| one == other).count();
    assert!(read == same && buffer.len() <= CHUNK_BYTES, "{read} chunks open, {same} are as they were sealed");
    let other = Envelope::parse(bytes.get(..OVERHEAD - 16).unwrap_or_default());
    assert!(other.is_none_or(|other| Chunks::open(&key, &aad, &other).is_err()), "forged");
}

/// A journal: rows as bytes; and a log that was made, then changed, under its own checkpoint and a forged one.
pub fn journal(bytes: &[u8]) {
    if let Ok(row) = Sealed::parse(bytes) {
        drop(row.read());
        drop(journal::verify(&"00".repeat(32), &[row], &Mark { size: 1, root: [0; 32], epoch: 0, seal: [0; 32] }));
    }
    drop(serde_json::from_slice::<Segment>(bytes).map(|segment| {
        drop(segment.digest());
        drop(Journal::default().fold(&segment, 1));
    }));
    let mut input = Input(bytes);
    let mut tree = serde_json::from_slice::<Tree>(input.part()).unwrap_or_default();
    if tree.is_sound() {
        let _ = tree.root();
    }
    let mut key = JournalKey::make().expect("randomness");
    let first = key.expose().to_owned();
    let (mut whole, mut rows) = (Journal::default(), Vec::new());
    let count = input.byte() % 12;
    tree = Tree::default();
    for at in 0..count {
        let kind = input.byte();
        let event =
            Event::counted(if kind & 1 == 0 { Code::NoteSaved } else { Code::Charted }, vec![("n", u64::from(at))]);
        let (_, row) = whole.append(&key, &event, (kind & 2 != 0).then_some([kind; 16]), &now()).expect("appends");
        rows.push(Sealed::parse(&row).expect("our own row"));
        tree.push(leaf_hash(rows[usize::from(at)].entry.as_bytes()));
        if kind & 4 != 0 {
            key.mark(whole.size(), whole.root());
            key.step().expect("steps");
        }
    }
    assert!(tree.root() == whole.root(), "the tree and the journal differ");
    // A put ends it: until then whoever holds the open phone can take back what came since the last.
    key.mark(whole.size(), whole.root());
    key.step().expect("steps");
    let mark = Mark { size: whole.size(), root: whole.root(), epoch: key.epoch(), seal: key.seal() };
    let entries = journal::verify(&first, &rows, &mark).expect("a log that was not touched");
    assert!(entries.len() == rows.len());
    consistent(&rows, &mut input);
    let before = rows.clone();
    for _ in 0..2 {
        if rows.is_empty() || input.is_empty() {
            break;
        }
        let (one, other) = (input.below(rows.len()), input.below(rows.len()));
        match input.byte() % 6 {
            0 => rows.swap(one, other),
            1 => drop(rows.remove(one)),
            2 => rows.insert(other, rows[one].clone()),
            3 => rows[one].entry = text(input.part()),
            4 => rows[one].mac = text(input.part()),
            _ => rows[one].entry = rows[one].entry.replace("note_saved", "charted"),
        }
    }
    // Hexadecimal is read in one form only, so that another row is another log.
    let forged = Mark { size: rows.len() as u64, root: roots(&rows), ..mark };
    for at in [mark, forged] {
        assert!(journal::verify(&first, &rows, &at).is_err() || rows == before, "a changed log verifies");
    }
}

fn roots(rows: &[Sealed]) -> journal::Hash {
    root_of(&rows.iter().map(|row| leaf_hash(row.entry.as_bytes())).collect::<Vec<_>>())
}

/// Consistency proofs: ours holds, another one does not.
fn consistent(rows: &[Sealed], input: &mut Input<'_>) {
    let leaves: Vec<journal::Hash> = rows.iter().map(|row| leaf_hash(row.entry.as_bytes())).collect();
    let old = input.below(leaves.len() + 1);
    let (before, after) = (root_of(&leaves[..old]), root_of(&leaves));
    let proof = journal::consistency_proof(old, &leaves);
    let holds = |old: usize, proof: &[journal::Hash]| {
        journal::is_consistent(old as u64, &before, leaves.len() as u64, &after, proof)
    };
    assert!(holds(old, &proof), "our own proof");
    let mut other: Vec<journal::Hash> = proof.clone();
    for _ in 0..input.byte() % 4 {
        let hash = crate::crypto::sha256(input.take(2));
        let at = input.below(other.len() + 1);
        if input.byte() & 1 == 0 || other.is_empty() {
            other.insert(at, hash);
        } else {
            let _ = other.remove(at % other.len());
        }
    }
    assert!(other == proof || old == 0 && other.is_empty() || !holds(old, &other), "another proof holds");
}

/// A recovery code as it is typed: what is accepted is written in one way.
pub fn recovery_code(bytes: &[u8]) {
    crate::vault::fuzzing::recovery_code(bytes);
}
