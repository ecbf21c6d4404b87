//! The frozen vector of docs/formats.md section 13: the present build opens it and reads what was read when it was made.

use curtain_core::crypto::hex;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::platform::Instant;
use curtain_core::vault::{AttemptRules, Id, Workspace};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_frozen_vault_is_read_as_on_the_day_it_was_made() {
    let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/1");
    let expected: Value = serde_json::from_slice(&fs::read(vector.join("expected.json")).unwrap()).unwrap();
    let workspace = expected["workspace"].as_str().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (files, keys) = (directory.path().join("phone"), directory.path().join("keys"));
    copied(&vector.join("phone"), &files);
    copied(&vector.join("keys"), &keys);
    let keystore = Arc::new(SoftwareKeystore::new(&keys).unwrap());
    let mut place = Workspace::open(keystore, &files.join("workspaces"), Id::parse(workspace).unwrap()).unwrap();
    assert_eq!(place.anchor().state().attempts.failed, 1);
    let now = Instant { wall_ms: 1_800_000_000_000, since_boot_ms: 5, boot_id: "another boot".into() };
    let rules = AttemptRules::default();
    assert!(place.unlock(expected["wrong_passcode"].as_str().unwrap().as_bytes(), &now, rules).is_err());
    let mut vault = place.unlock(expected["passcode"].as_str().unwrap().as_bytes(), &now, rules).unwrap();
    let mut lanes = serde_json::Map::new();
    for lane in vault.lanes() {
        let mut records = Vec::new();
        vault
            .scan(lane, |row, body| {
                let head = String::from_utf8(row.head).unwrap();
                records.push(json!({
                    "id": row.id.text(), "version": row.version, "kind": row.kind, "head": head, "body": hex(&body),
                }));
                Ok(())
            })
            .unwrap();
        lanes.insert(lane.text(), records.into());
    }
    assert_eq!(Value::from(lanes), expected["vault"]["lanes"]);
    let journal = expected["vault"]["journal"].as_array().unwrap();
    let segment = expected["vault"]["segment"].as_array().unwrap();
    let rows = vault.journal(0).unwrap();
    assert!(journal.len() > 20 && segment.len() == 1 && rows.len() > journal.len() + segment.len());
    for (row, entry) in rows.iter().zip(journal.iter().chain(segment)) {
        assert_eq!(&serde_json::from_slice::<Value>(row).unwrap()["entry"], entry);
    }
}
