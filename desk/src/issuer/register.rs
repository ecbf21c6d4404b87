//! The register: one file for each enrolled phone, with its public key and what was sent to it and last heard from it.

use crate::error::{Error, Result};
use crate::file;
use curtain_core::crypto::json::{Digest, Id, decode_strict};
use curtain_core::crypto::jws::PublicKey;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest register file, in bytes.
const MAX_ENTRY_BYTES: u64 = 1024 * 1024;

/// An order that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedOrder {
    /// Its identity.
    pub hash: Digest,
    /// Its number.
    pub number: u64,
    /// What it orders.
    pub action: String,
    /// When, in ms since 1970 UTC.
    pub issued_ms: i64,
}

/// The last checkpoint that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCheckpoint {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

/// One phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its enrolment.
    pub enrolment: Id,
    /// The institution.
    pub institution: Id,
    /// Its workspace.
    pub workspace: Id,
    /// Who carries it.
    pub clinician: String,
    /// The key that its requests, receipts and checkpoints are signed with.
    pub phone: PublicKey,
    /// What its keystore said it is.
    pub keystore: String,
    /// The six words, as compared.
    pub words: Vec<String>,
    /// When it was enrolled, in ms since 1970 UTC.
    pub enrolled_ms: i64,
    /// Version of the last lease, 0 for none.
    pub lease_version: u64,
    /// Orders so far, oldest first.
    pub orders: Vec<IssuedOrder>,
    /// The last checkpoint that was kept.
    pub checkpoint: Option<KeptCheckpoint>,
}

impl Entry {
    /// Number of the last order, 0 for none.
    pub fn order_number(&self) -> u64 {
        self.orders.last().map_or(0, |order| order.number)
    }

    /// Reads one entry.
    pub fn read(path: &Path) -> Result<Entry> {
        decode_strict(&file::read(path, MAX_ENTRY_BYTES)?)
            .map_err(|_| Error::failed(format!("{}: not a register entry", path.display())))
    }

    /// Replaces the entry's file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|_| Error::failed("the entry cannot be written"))?;
        text.push(b'\n');
        file::replace(path, &text)
    }

    /// The entry of an enrolment: in `register` (a file or a directory), or else beside `document`
    /// (`register.json`, `register/*.json`).
    pub fn find(enrolment: &Id, document: &Path, register: Option<&Path>) -> Result<(PathBuf, Entry)> {
        let places = match register {
            Some(given) if !given.exists() => {
                return Err(Error::Usage(format!("{}: no such register", given.display())));
            }
            Some(given) => vec![given.to_owned()],
            None => {
                let beside = document.parent().unwrap_or(Path::new(""));
                vec![beside.join("register.json"), beside.join("register")]
            }
        };
        for place in places {
            if place.is_file() {
                let entry = Entry::read(&place)?;
                if entry.enrolment == *enrolment {
                    return Ok((place, entry));
                }
            } else if place.is_dir() {
                let path = place.join(format!("{enrolment}.json"));
                if path.is_file() {
                    return Entry::read(&path).map(|entry| (path, entry));
                }
            }
        }
        Err(Error::failed(format!("no register entry for enrolment {enrolment}: name the register with --register")))
    }
}
