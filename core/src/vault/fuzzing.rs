//! The vault's parsers for the fuzz targets: nothing here is in a release.

use super::anchor::{Anchor, AnchorRead, AnchorState, alias};
use super::attempts::AttemptRules;
use super::head::{self, Head};
use super::keys::{self, WRAPPED_BYTES};
use super::record::{self, Id};
use super::recovery::Code;
use super::slots::{PASSCODE, Slots};
use super::{database, rows, stream};
use crate::crypto::slot::SLOT_BYTES;
use crate::crypto::{hmac_sha256, seal, sha256, sha256_parts};
use crate::error::Result;
use crate::journal::{Code as What, Event, Journal};
use crate::memory::Secret32;
use crate::platform::{Instant, KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use std::path::Path;
use std::sync::Arc;

const WORKSPACE: Id = Id(*b"the fuzzed phone");
const KEY: [u8; 32] = [7; 32];

/// The hardware's PRF.
fn phone(input: [u8; 32]) -> Result<[u8; 32]> {
    Ok(hmac_sha256(&KEY, &[&input]))
}

/// A slots file as it is, and sealed anew.
pub(crate) fn slots(bytes: &[u8]) {
    drop(Slots::parse(bytes));
    let mut sealed = Vec::with_capacity(bytes.len());
    for part in bytes.chunks(SLOT_BYTES) {
        let mut part = part.to_vec();
        if part.len() == SLOT_BYTES {
            let known = sha256(&phone(sha256_parts(&[b"curtain known answer v1", &part[..71]])).unwrap_or_default());
            part[71..103].copy_from_slice(&known);
            let mac = phone(sha256_parts(&[b"curtain slot mac v1", &part[..SLOT_BYTES - 32]])).unwrap_or_default();
            part[SLOT_BYTES - 32..].copy_from_slice(&mac);
        }
        sealed.extend_from_slice(&part);
    }
    let Ok(slots) = Slots::parse(&sealed) else { return };
    assert!(slots.first().header.slot == PASSCODE && slots.pepper() == slots.first().header.pepper);
    for number in 0..=3 {
        let Some(slot) = slots.get(number) else { continue };
        assert!(slot.verify(&phone).is_ok(), "what the keystore sealed verifies");
        assert!(slots.with(slot) == sealed, "replacing a slot by itself changes the file");
        // A guess at a cost that a phone would pay takes a tenth of a second.
        if slot.header.cost.memory_kib() <= 64 {
            drop(slot.open(b"123456", &phone));
        }
    }
}

/// A slots file for [`slots`], which makes the MACs its own.
pub(crate) fn slots_seeds() -> Vec<Vec<u8>> {
    use crate::crypto::kdf::KdfCost;
    use crate::crypto::slot::{SlotHeader, make_slot};
    let make = |number| {
        let header = SlotHeader::make([1; 16], [2; 16], number, 3, KdfCost::DANGEROUS_CHEAP)?;
        make_slot(&header, b"123456", &Secret32::new([9; 32]), &phone)
    };
    let all: Vec<Vec<u8>> = (0..3).filter_map(|number| make(number).ok()).collect();
    vec![all[0].clone(), all[..2].concat(), all.concat(), [&all[0][..], &all[2]].concat()]
}

/// Every key exists, and nothing is hidden.
struct Open;

impl Keystore for Open {
    fn create(&self, _: String, _: KeyPurpose) -> Result<(), KeystoreError> {
        Ok(())
    }
    fn exists(&self, _: String) -> Result<bool, KeystoreError> {
        Ok(true)
    }
    fn delete(&self, _: String) -> Result<(), KeystoreError> {
        Ok(())
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        Ok(hmac_sha256(alias.as_bytes(), &[&input]).to_vec())
    }
    fn seal(&self, _: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        Ok(plaintext)
    }
    fn open(&self, _: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        Ok(sealed)
    }
    fn sign(&self, _: String, _: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        Err(KeystoreError::Unsupported)
    }
    fn public_key(&self, _: String) -> Result<Vec<u8>, KeystoreError> {
        Err(KeystoreError::Unsupported)
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        Ok(KeystoreStrength::Software)
    }
}

/// An anchor file, header and JSON: read; used as a locked phone uses it; put, and read again.
pub(crate) fn anchor(place: &Path, bytes: &[u8], now: &Instant) {
    drop(std::fs::write(place.join("anchor"), bytes));
    let read = || Anchor::read(Arc::new(Open), place, &WORKSPACE.text());
    let Ok(AnchorRead::Value(mut anchor)) = read() else { return };
    let state: AnchorState = anchor.state().clone();
    let rules = AttemptRules { limit: 10, erase: true };
    assert!(state.attempts.left(rules) <= 10);
    let _ = state.attempts.remaining_ms(now);
    let _ = state.biometry.as_ref().map(|on| on.pause(now));
    drop((state.segment.digest(), alias(&state.workspace, "epoch", u64::from(state.epoch))));
    drop(Journal::default().fold(&state.segment, usize::try_from(now.since_boot_ms).unwrap_or(0) % 3));
    let counted = anchor.put(now, false, |state| {
        state.attempts.count(now);
        state.segment.append(&state.journal, &Event::from(What::GuessCounted), now)
    });
    if counted.is_err() {
        return;
    }
    let put = anchor.state().clone();
    assert!(put.generation == state.generation + 1 && put.journal.epoch() == state.journal.epoch() + 1);
    assert!(
        put.attempts.failed > state.attempts.failed || state.attempts.failed == u32::MAX,
        "a guess was not counted"
    );
    let text = |state: &AnchorState| serde_json::to_vec(state).unwrap_or_default();
    assert!(
        matches!(read(), Ok(AnchorRead::Value(again)) if text(again.state()) == text(&put)),
        "what was put is read"
    );
}

/// An anchor file of [`WORKSPACE`] made of another workspace's.
pub(crate) fn anchor_seed(file: &[u8], workspace: &str) -> Vec<u8> {
    let (header, json) = file.split_at(file.len().min(18));
    [header, String::from_utf8_lossy(json).replace(workspace, &WORKSPACE.text()).as_bytes()].concat()
}

/// A head's plaintext behind its seal; and a key table's entry whose plaintext is anything.
pub(crate) fn head(bytes: &[u8], now: &Instant) {
    let key = Secret32::new(KEY);
    let Ok(sealed) = seal::seal(&key, &[b"curtain head v1", &WORKSPACE.0], bytes) else { return };
    assert!(Head::open(&Secret32::new([8; 32]), WORKSPACE, &sealed).is_err(), "another key");
    assert!(Head::open(&key, WORKSPACE, bytes).is_err(), "no seal");
    if let Ok(mut opened) = Head::open(&key, WORKSPACE, &sealed) {
        drop(keys::unwrap_inner(&key, WORKSPACE, &opened.inner));
        let _ = opened.journal.root();
        if let Ok(journal) = crate::journal::JournalKey::make() {
            drop(opened.journal.append(&journal, &Event::from(What::NoteSaved), None, now));
        }
        let again = opened.seal(&key, WORKSPACE).and_then(|sealed| Head::open(&key, WORKSPACE, &sealed));
        let text = |head: &Head| serde_json::to_vec(head).unwrap_or_default();
        assert!(again.is_ok_and(|again| text(&again) == text(&opened)), "a head reads back");
    }
    let aad = [&b"curtain lane v1"[..], &WORKSPACE.0, &WORKSPACE.0];
    let wrapped = seal::seal(&key, &aad, bytes).unwrap_or_default();
    let unwrapped = keys::unwrap(&key, WORKSPACE, WORKSPACE, &wrapped);
    assert!(unwrapped.is_ok() == (bytes.len() == 32) && (wrapped.len() == WRAPPED_BYTES) == (bytes.len() == 32));
    assert!(keys::unwrap(&key, WORKSPACE, WORKSPACE, bytes).is_err(), "no seal");
    let lanes = [(&WORKSPACE, &KEY, bytes)];
    assert!(head::lanes_manifest(&key, lanes.into_iter()).is_ok() == seal::Envelope::parse(bytes).is_some());
}

/// A head's plaintext.
pub(crate) fn head_seed() -> Vec<u8> {
    let mut journal = Journal::default();
    let now = Instant { wall_ms: 1, since_boot_ms: 1, boot_id: "boot 1".to_owned() };
    if let Ok(key) = crate::journal::JournalKey::make() {
        (0..5).for_each(|_| drop(journal.append(&key, &Event::from(What::NoteSaved), None, &now)));
    }
    let hex = crate::crypto::hex(&KEY);
    let inner = keys::wrap_inner(&Secret32::new(KEY), WORKSPACE, &Secret32::new(KEY)).unwrap_or_default();
    let (anchor_id, folded) = (WORKSPACE.text(), WORKSPACE.text());
    let head = Head { seq: 5, anchor_id, epoch: 1, pepper: 1, inner, lanes: hex, journal, folded, folded_entries: 2 };
    serde_json::to_vec(&head).unwrap_or_default()
}

/// Padded plaintexts: the owned and the borrowed reader agree, and what is read can be padded again.
pub(crate) fn padding(bytes: &[u8]) {
    let (owned, lying) = (record::unpad_head(bytes.to_vec()), record::head_of(bytes));
    assert!(owned.is_ok() == lying.is_ok());
    if let (Ok((kind, owned)), Ok((same, lying))) = (owned, lying) {
        assert!(kind == same && owned == lying);
        let again = record::pad_head(kind, &owned).and_then(record::unpad_head);
        assert!(owned.len() > record::MAX_HEAD_BYTES || again.is_ok_and(|again| again == (kind, owned)));
    }
    let (owned, lying) = (record::unpad_body(bytes.to_vec()), record::body_of(bytes));
    assert!(owned.is_ok() == lying.is_ok());
    if let (Ok(owned), Ok(lying)) = (owned, lying) {
        assert!(
            owned == lying && record::pad_body(&owned).and_then(record::unpad_body).is_ok_and(|again| again == owned)
        );
    }
}

/// A database file and its log: opened, every table read, every row tried against a manifest that knows it.
pub(crate) fn database(place: &Path, bytes: &[u8], log: &[u8]) {
    let path = place.join("vault.db");
    for (name, content) in [("vault.db", bytes), ("vault.db-wal", log), ("vault.db-journal", &[])] {
        let file = place.join(name);
        drop(if content.is_empty() { std::fs::remove_file(&file) } else { std::fs::write(&file, content) });
    }
    drop(database::pepper(&path));
    let Ok(connection) = database::open(&path) else { return };
    let Ok(lanes) = rows::read_lanes(&connection) else { return };
    let opener = seal::Opener::new(&Secret32::new(KEY));
    for lane in lanes.into_keys().take(8) {
        let Ok(marks) = rows::marks(&connection, lane) else { continue };
        let _ = head::lane_manifest(&Secret32::new(KEY), &marks);
        let Ok(mut statement) = connection
            .prepare("SELECT id, version, envelope, head, body FROM heads JOIN bodies USING (row) WHERE lane = ?1")
        else {
            continue;
        };
        let Ok(mut found) = statement.query([&lane.0[..]]) else { continue };
        while let Ok(Some(row)) = found.next() {
            let Ok(stored) = rows::Stored::read(row) else { continue };
            assert!(stored.open(WORKSPACE, lane, &opener, &marks).is_err(), "forged");
        }
    }
    drop(database::checkpoint(&connection));
}

/// The body of a stream's record.
pub(crate) fn stream_body(bytes: &[u8]) {
    if let Some((key, length)) = stream::parse(bytes) {
        assert!(length <= super::MAX_STREAM_BYTES && stream::body(&key, length)[..] == *bytes);
    }
}

/// The body of a stream's record.
pub(crate) fn stream_seed() -> Vec<u8> {
    stream::body(&Secret32::new(KEY), 100_000).to_vec()
}

/// A recovery code as typed.
pub(crate) fn recovery_code(bytes: &[u8]) {
    let Ok(code) = Code::parse(bytes) else { return };
    let text = code.text();
    assert!(Code::parse(text.as_bytes()).is_ok_and(|same| same.secret() == code.secret()));
    assert!(Code::parse(text.to_lowercase().as_bytes()).is_ok_and(|same| same.secret() == code.secret()));
}

/// Some codes.
pub(crate) fn recovery_seeds() -> Vec<Vec<u8>> {
    (0..4).filter_map(|_| Some(Code::make().ok()?.text().as_bytes().to_vec())).collect()
}
