//! Reading a held copy: what a phone kept under a hold when its workspace was erased, opened with the escrow identity.
//!
//! A held copy is a directory with `vault.db` (and `vault.db-wal` if the phone had one) and the wraps `escrow-<lane>.age`, as
//! `Curtain::held_files` names them. Each wrap opens the records of one patient, and of nobody else.

use crate::error::{Error, Result};
use crate::{file, open};
use curtain_core::session::KIND_NAMES;
use curtain_core::vault::{HeldRecord, open_held};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Largest wrap, in bytes.
const MAX_WRAP_BYTES: u64 = 16 * 1024;
const MESSAGE: u8 = 6;

/// Opens every wrap that an identity opens; large items go to `items` under their records' ids, if it is given. Gives `{"patients": [{"lane", "records"}], "sealed_to_others": n}`.
///
/// # Errors
/// When the directory is no held copy, none of its wraps opens, or a record does not authenticate.
pub fn read(directory: &Path, identities: &str, items: Option<&Path>) -> Result<Value> {
    let names = file::names(directory)?;
    let wraps: Vec<&String> =
        names.iter().filter(|name| name.starts_with("escrow-") && name.ends_with(".age")).collect();
    if wraps.is_empty() || !names.iter().any(|name| name == "vault.db") {
        return Err(Error::failed("no held copy: vault.db and escrow-….age are missing"));
    }
    // The database is opened in a copy: reading empties its log, and evidence stays as it came.
    let copy = tempfile::tempdir().map_err(|error| Error::failed(format!("a temporary directory: {error}")))?;
    for name in names.iter().filter(|name| ["vault.db", "vault.db-wal"].contains(&name.as_str())) {
        std::fs::copy(directory.join(name), copy.path().join(name))
            .map_err(|error| Error::failed(format!("{name}: {error}")))?;
    }
    let (mut patients, mut others) = (Vec::new(), 0u64);
    for name in wraps {
        let sealed = file::read(&directory.join(name), MAX_WRAP_BYTES)?;
        let Ok(wrap) = open::open(&sealed, identities) else {
            others += 1;
            continue;
        };
        let about = |error: curtain_core::error::Error| Error::failed(format!("{name}: {error}"));
        let (lane, records) = open_held(copy.path(), &wrap).map_err(about)?;
        let mut read = Vec::new();
        for one in &records {
            read.push(record(one, directory, items).map_err(|error| Error::failed(format!("{name}: {error}")))?);
        }
        patients.push(json!({ "lane": lane, "records": read }));
    }
    if patients.is_empty() {
        return Err(Error::failed("sealed to somebody else: the identity opens none of the wraps"));
    }
    Ok(json!({ "patients": patients, "sealed_to_others": others }))
}

/// A record as JSON: its members as the phone wrote them, and its long text.
fn record(from: &HeldRecord, directory: &Path, items: Option<&Path>) -> Result<Value> {
    let kind = usize::from(from.kind).checked_sub(1).and_then(|index| KIND_NAMES.get(index));
    let mut to = Map::new();
    to.insert("id".into(), from.id.clone().into());
    to.insert("version".into(), from.version.into());
    to.insert("kind".into(), kind.map_or_else(|| from.kind.into(), |name| (*name).into()));
    to.insert("members".into(), serde_json::from_slice(&from.head).unwrap_or_else(|_| hex(&from.head)));
    if let Some(length) = large_item(from, directory, items)? {
        to.insert("large_item".into(), length.into());
        return Ok(to.into());
    }
    match from.body.split_first_chunk::<4>() {
        Some((length, rest)) if from.kind == MESSAGE => {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            let (text, trace) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            to.insert("text".into(), text_of(text));
            to.insert("trace".into(), text_of(trace));
        }
        _ if from.body.is_empty() => {}
        _ => drop(to.insert("text".into(), text_of(&from.body))),
    }
    Ok(to.into())
}

/// Writes the large item that a record names; gives its length, or nothing if it names none.
fn large_item(from: &HeldRecord, directory: &Path, items: Option<&Path>) -> Result<Option<u64>> {
    let Some(mut reader) = from.large_item(directory)? else { return Ok(None) };
    let mut bytes = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        bytes.extend_from_slice(chunk);
    }
    if let Some(items) = items {
        file::make_directory(items)?;
        file::replace(&items.join(&from.id), &bytes)?;
    }
    Ok(Some(reader.length()))
}

fn text_of(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(|_| hex(bytes), Value::from)
}

fn hex(bytes: &[u8]) -> Value {
    json!({ "hex": curtain_core::crypto::hex(bytes) })
}
