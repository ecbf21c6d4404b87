//! What a wipe leaves under a hold until its receipt is acknowledged: the database, large items of held lanes, and the
//! escrow wraps. On the phone nothing opens them any more; who has a wrap's plaintext opens its lane with [`open_held`].

use super::anchor::AnchorState;
use super::hold::{ESCROW_LABEL, is_escrow};
use super::record::{Id, Kind, Row};
use super::rows::Stored;
use super::stream::{StreamReader, held_reader};
use super::workspace::Workspace;
use super::{database, files, rows};
use crate::crypto::seal;
use crate::error::{Error, Result};
use crate::memory::Secret32;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Most bytes that one call gives of a held file.
const MAX_PART_BYTES: u32 = 1024 * 1024;

const DATABASE: [&str; 2] = ["vault.db", "vault.db-wal"];
const STREAM_PREFIX: &str = "stream-";

/// A file that stays under a hold.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HeldFile {
    /// Its name: ids only, nothing of a patient.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
}

/// A record that was opened with a lane's key.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// The record's id, 32 hexadecimal digits.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// Its kind.
    pub kind: Kind,
    /// What lists needed: JSON.
    pub head: Vec<u8>,
    /// The rest.
    pub body: Vec<u8>,
    workspace: Id,
    lane: Id,
}

impl HeldRecord {
    /// The large item that it names, from the same copy; `None` when it names none.
    ///
    /// # Errors
    /// `Damaged` when the file is missing or not this record's; what was read before an error is authentic.
    pub fn large_item(&self, directory: &Path) -> Result<Option<StreamReader<'static>>> {
        let id = Id::parse(&self.id)?;
        let row = Row { lane: self.lane, id, version: self.version, kind: self.kind, head: self.head.clone() };
        held_reader(directory, self.workspace, row, &self.body)
    }
}

/// The file names that stay when a workspace is wiped under its holds.
pub(super) struct Kept {
    streams: Option<BTreeSet<String>>,
}

impl Kept {
    /// Empties the write-ahead log, and reads which large items are held; where the database cannot be read now, all stay.
    /// The log stays beside a database that cannot take it: both are read together.
    pub(super) fn read(directory: &Path, state: &AnchorState) -> Kept {
        let read = || -> Result<BTreeSet<String>> {
            let connection = database::open(&directory.join(DATABASE[0]))?;
            database::checkpoint(&connection)?;
            held_streams(&connection, state)
        };
        Kept { streams: read().ok() }
    }

    /// Whether a file stays.
    pub(super) fn keeps(&self, name: &str) -> bool {
        let held = |streams: &BTreeSet<String>| streams.contains(name);
        DATABASE.contains(&name)
            || is_escrow(name)
            || (name.starts_with(STREAM_PREFIX) && self.streams.as_ref().is_none_or(held))
    }
}

/// The names of large items in held lanes; a record that names none has no such file.
fn held_streams(connection: &Connection, state: &AnchorState) -> Result<BTreeSet<String>> {
    let mut statement = connection.prepare_cached("SELECT id, lane FROM heads").map_err(database::failed)?;
    let mut found = statement.query([]).map_err(database::failed)?;
    let mut names = BTreeSet::new();
    while let Some(row) = found.next().map_err(database::failed)? {
        let ids: (Vec<u8>, Vec<u8>) = row.get(0).and_then(|id| Ok((id, row.get(1)?))).map_err(database::failed)?;
        let (Ok(id), Ok(lane)) = (ids.0.try_into().map(Id), ids.1.try_into().map(Id)) else { continue };
        if state.holds(lane) {
            names.insert(format!("{STREAM_PREFIX}{}", id.text()));
        }
    }
    Ok(names)
}

fn may_leave(name: &str) -> bool {
    DATABASE.contains(&name) || is_escrow(name) || name.starts_with(STREAM_PREFIX)
}

impl Workspace {
    /// What a wipe left under a hold, by name; nothing before the wipe and after its acknowledgement.
    pub fn held_files(&self) -> Result<Vec<HeldFile>> {
        let left = self.anchor().state().tombstone.as_ref().is_some_and(|one| one.holds_files());
        let mut found = Vec::new();
        if !left {
            return Ok(found);
        }
        for entry in std::fs::read_dir(self.directory()).map_err(Error::io("listing the workspace"))? {
            let entry = entry.map_err(Error::io("listing the workspace"))?;
            let Some(name) = entry.file_name().to_str().filter(|name| may_leave(name)).map(str::to_owned) else {
                continue;
            };
            let length = entry.metadata().map_err(Error::io("listing the workspace"))?.len();
            found.push(HeldFile { name, length });
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// At most 1 MiB of a held file, from `offset`; empty behind its end.
    ///
    /// # Errors
    /// `NotFound` for a name that [`Workspace::held_files`] does not list.
    pub fn held_part(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>> {
        if !self.held_files()?.iter().any(|file| file.name == name) {
            return Err(Error::NotFound { what: "held file" });
        }
        let failed = || Error::io("reading a held file");
        let mut file = std::fs::File::open(self.directory().join(name)).map_err(failed())?;
        file.seek(SeekFrom::Start(offset)).map_err(failed())?;
        let mut part = Vec::new();
        file.take(u64::from(length.min(MAX_PART_BYTES))).read_to_end(&mut part).map_err(failed())?;
        Ok(part)
    }

    /// The institution has the receipt: what was held goes, before the anchor that says so.
    pub(super) fn erase_held(&self) -> Result<()> {
        for file in self.held_files()? {
            files::erase(&self.directory().join(file.name))?;
        }
        Ok(())
    }
}

/// Opens the records of one lane in a copy of a held workspace, with the plaintext of its wrap; for the institution, never
/// called on a phone. Gives the lane, 32 hexadecimal digits, and its records in order of their writing.
///
/// What is given is authentic under the lane's key. That no record is missing only the phone's keys could have said.
///
/// # Errors
/// `Invalid` when `wrap` is no plaintext of a wrap, `Damaged` when the database or a row does not open.
pub fn open_held(directory: &Path, wrap: &[u8]) -> Result<(String, Vec<HeldRecord>)> {
    const INVALID: Error = Error::invalid("wrap", "not an escrow wrap");
    const DAMAGED: Error = Error::Damaged { what: "record" };
    let rest = wrap.strip_prefix(ESCROW_LABEL).filter(|rest| rest.len() == 64).ok_or(INVALID)?;
    let id = |bytes: &[u8]| bytes.try_into().map(Id).map_err(|_| INVALID);
    let (workspace, lane) = (id(&rest[..16])?, id(&rest[16..32])?);
    let key = Secret32::from_slice(&rest[32..]).ok_or(INVALID)?;
    let connection = database::open(&directory.join(DATABASE[0]))?;
    let marks = rows::marks(&connection, lane)?;
    let mut statement = connection
        .prepare_cached(
            "SELECT id, version, envelope, head, body FROM heads JOIN bodies USING (row) WHERE lane = ?1 ORDER BY row",
        )
        .map_err(database::failed)?;
    let mut found = statement.query(params![&lane.0[..]]).map_err(database::failed)?;
    let opener = seal::Opener::new(&key);
    let mut records = Vec::new();
    while let Some(stored) = found.next().map_err(database::failed)? {
        let (row, body) = Stored::read(stored)?.open(workspace, lane, &opener, &marks).map_err(|_| DAMAGED)?;
        let body = body.ok_or(DAMAGED)?;
        let (id, version, kind, head) = (row.id.text(), row.version, row.kind, row.head);
        records.push(HeldRecord { id, version, kind, head, body, workspace, lane });
    }
    Ok((lane.text(), records))
}
