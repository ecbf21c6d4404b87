//! A whole journal against its first key and a checkpoint.
//!
//! A line is `{"entry": text, "mac": hex}`. `leaf = SHA-256(0x00 || entry)`,
//! `mac = HMAC-SHA256(k_e, "curtain journal mac v1" || e (8 bytes) || position (8 bytes) || leaf)`,
//! `k_{e+1} = HKDF-SHA256(salt empty, k_e, "curtain journal step v1")`, `seal_0` is 32 zero bytes, and
//! `seal_{e+1} = SHA-256(seal_e || HMAC(k_e, "curtain journal close v1" || e || size || root))` of the journal at the last
//! unlocked anchor put. The position is the line's number, or for what happened while locked the number that the entry
//! names. Wall clocks may step: their order is no error.

use super::json::parse;
use super::tree::Tree;
use super::{Checkpoint, Fault, sha256};
use hmac::Mac;

/// More epochs between two entries than a phone makes anchor puts.
const MAX_EPOCH_STEP: u64 = 1_000_000;

/// What a sound journal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Entries.
    pub size: u64,
    /// Root over all of them.
    pub root: [u8; 32],
    /// Events by name, in order of their names.
    pub events: Vec<(String, u64)>,
}

/// Checks the lines. Entries beyond the checkpoint are checked by their MACs and seals alone.
pub fn journal(lines: &[u8], first_key: &[u8; 32], against: Option<&Checkpoint>) -> Result<Summary, Fault> {
    let mut at = Epoch { number: 0, key: *first_key, seal: [0; 32], size: 0, root: sha256(&[]) };
    let mut tree = Tree::default();
    let mut covered = None;
    let mut events = std::collections::BTreeMap::new();
    for (number, line) in (0u64..).zip(lines.split(|b| *b == b'\n').filter(|line| !line.is_empty())) {
        let wrong = |what: &str| Fault::Claim(format!("entry {number}: {what}"));
        if let Some(checkpoint) = against.filter(|checkpoint| checkpoint.size == number) {
            at.reached(checkpoint.epoch, &checkpoint.seal, &tree).ok_or_else(|| closed_otherwise(number))?;
            covered = Some(tree.root());
        }
        let row = parse(line)?;
        let row = row.members(&["entry", "mac"], &[])?;
        let text = row.text("entry")?;
        let entry = parse(text.as_bytes())?;
        let optional = ["locked", "patient", "counts", "reference"];
        let entry = entry.members(&["epoch", "seal", "code", "wall_ms", "since_boot_ms", "boot"], &optional)?;
        let named: u64 = entry.int("epoch")?;
        if against.is_some_and(|c| number < c.size && named > c.epoch) {
            return Err(wrong("an epoch newer than the checkpoint"));
        }
        let seal = entry.bytes("seal")?;
        at = at.reached(named, &seal, &tree).ok_or_else(|| closed_otherwise(number))?;
        let position = if entry.get("locked").is_some() { entry.int("locked")? } else { number };
        let leaf = sha256(&[&[0], text.as_bytes()]);
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&at.key).map_err(|_| Fault::Key)?;
        for part in [&b"curtain journal mac v1"[..], &named.to_be_bytes(), &position.to_be_bytes(), &leaf] {
            mac.update(part);
        }
        mac.verify_slice(&row.bytes::<32>("mac")?).map_err(|_| wrong("does not authenticate"))?;
        *events.entry(entry.text("code")?.to_owned()).or_insert(0) += 1;
        tree.push(text.as_bytes());
    }
    let (size, root) = (tree.size(), tree.root());
    if let Some(checkpoint) = against {
        if checkpoint.size == size {
            at.reached(checkpoint.epoch, &checkpoint.seal, &tree).ok_or_else(|| closed_otherwise(size))?;
            covered = Some(root);
        }
        let covered = covered.ok_or_else(|| Fault::Claim("shorter than the checkpoint".to_owned()))?;
        if covered != checkpoint.root {
            return Err(Fault::Claim("not the journal that the checkpoint commits to".to_owned()));
        }
    }
    Ok(Summary { size, root, events: events.into_iter().collect() })
}

fn closed_otherwise(number: u64) -> Fault {
    Fault::Claim(format!("before entry {number}: epochs were closed over another journal"))
}

/// An epoch as the phone's anchor knew it: its key, the seal over those before, and the journal at the last unlocked put.
#[derive(Clone)]
struct Epoch {
    number: u64,
    key: [u8; 32],
    seal: [u8; 32],
    size: u64,
    root: [u8; 32],
}

impl Epoch {
    /// The epoch `number` with this seal: all puts in between saw the entries so far, or none of them did.
    fn reached(&self, number: u64, seal: &[u8; 32], tree: &Tree) -> Option<Epoch> {
        if number < self.number || number - self.number > MAX_EPOCH_STEP {
            return None;
        }
        let mut seen = self.clone();
        if number > self.number {
            (seen.size, seen.root) = (tree.size(), tree.root());
        }
        [seen, self.clone()].into_iter().find_map(|mut candidate| {
            while candidate.number < number {
                candidate = candidate.closed()?;
            }
            (candidate.seal == *seal).then_some(candidate)
        })
    }

    /// The next epoch.
    fn closed(&self) -> Option<Epoch> {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&self.key).ok()?;
        let (number, size) = (self.number.to_be_bytes(), self.size.to_be_bytes());
        for part in [&b"curtain journal close v1"[..], &number, &size, &self.root] {
            mac.update(part);
        }
        let seal = sha256(&[&self.seal, mac.finalize().into_bytes().as_slice()]);
        Some(Epoch { number: self.number + 1, key: step(&self.key).ok()?, seal, ..self.clone() })
    }
}

fn step(key: &[u8; 32]) -> Result<[u8; 32], Fault> {
    let mut next = [0u8; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, key).expand(b"curtain journal step v1", &mut next).map_err(|_| Fault::Key)?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curtain_core::journal::{Code, Event, Journal, JournalKey, Segment};
    use curtain_core::platform::Instant;

    fn now(n: i64) -> Instant {
        Instant { wall_ms: 1000 - n, since_boot_ms: 0, boot_id: "b".into() }
    }

    /// The core's journal of `n` entries with a locked run, its first key and the checkpoint over it.
    fn made(n: i64) -> (Vec<Vec<u8>>, [u8; 32], Checkpoint) {
        let mut key = JournalKey::make().unwrap();
        let first = data_encoding::HEXLOWER.decode(key.expose().as_bytes()).unwrap().try_into().unwrap();
        let mut journal = Journal::default();
        let mut lines = Vec::new();
        for i in 0..n {
            let event = Event::counted(Code::NoteSaved, vec![("notes", 1)]);
            lines.push(journal.append(&key, &event, Some([3; 16]), &now(i)).unwrap().1);
            if i % 3 == 2 {
                let mut segment = Segment::start().unwrap();
                for _ in 0..2 {
                    key.step().unwrap();
                    segment.append(&key, &Code::GuessCounted.into(), &now(i)).unwrap();
                }
                lines.extend(journal.fold(&segment, 0).unwrap().into_iter().map(|(_, row)| row));
            }
        }
        let checkpoint = Checkpoint {
            enrolment: [2; 16],
            institution: [1; 16],
            size: journal.size(),
            root: journal.root(),
            epoch: key.epoch(),
            seal: key.seal(),
            segment_length: 0,
            segment_hash: [0; 32],
            issued_ms: 0,
        };
        (lines, first, checkpoint)
    }

    #[test]
    fn the_cores_journal_verifies_by_other_code() {
        let (lines, first, checkpoint) = made(20);
        let summary = journal(&lines.join(&b'\n'), &first, Some(&checkpoint)).unwrap();
        assert_eq!((summary.size, summary.root), (32, checkpoint.root));
        assert_eq!(summary.events, [("guess_counted".to_owned(), 12), ("note_saved".to_owned(), 20)]);
        let older = made(0).2;
        assert!(journal(&lines.join(&b'\n'), &first, Some(&older)).is_ok());
    }

    #[test]
    fn every_deletion_swap_cut_and_flip_is_found() {
        let (lines, first, checkpoint) = made(12);
        let check = |lines: &[Vec<u8>]| journal(&lines.join(&b'\n'), &first, Some(&checkpoint));
        assert!(check(&lines).is_ok());
        for at in 0..lines.len() {
            let mut deleted = lines.clone();
            deleted.remove(at);
            assert!(check(&deleted).is_err(), "deleted {at}");
            assert!(check(&lines[..at]).is_err(), "cut at {at}");
            for other in at + 1..lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(at, other);
                assert!(check(&swapped).is_err(), "swapped {at} {other}");
            }
            for byte in 0..lines[at].len() {
                let mut flipped = lines.clone();
                flipped[at][byte] ^= 1;
                assert!(check(&flipped).is_err(), "flipped {at} {byte}");
            }
        }
        assert!(journal(&lines.join(&b'\n'), &[9; 32], None).is_err());
    }
}
