//! The rows as SQLite holds them: lanes, heads and bodies, and the one sealed head over all. Static SQL only.

use super::anchor::Anchor;
use super::database;
use super::head::{self, Head, Mark};
use super::keys::Keys;
use super::record::{self, Id, Kind, Row};
use crate::crypto::{hex, seal};
use crate::error::{Error, Result};
use crate::memory::Secret32;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What the vault knows of a lane.
pub(super) struct Lane {
    pub(super) wrapped: Vec<u8>,
    pub(super) manifest: [u8; 32],
    pub(super) key: Option<Secret32>,
    /// The verified records, read at first touch.
    pub(super) records: Option<BTreeMap<Id, Mark>>,
}

/// Additional data of a record: format, workspace, table, id, version; the kind is inside.
pub(super) struct Aad {
    workspace: [u8; 16],
    id: [u8; 16],
    version: [u8; 8],
}

impl Aad {
    pub(super) fn of(workspace: Id, id: Id, version: u64) -> Aad {
        Aad { workspace: workspace.0, id: id.0, version: version.to_be_bytes() }
    }

    pub(super) fn parts(&self) -> [&[u8]; 5] {
        [b"curtain record v1", &self.workspace, b"heads", &self.id, &self.version]
    }
}

/// A row as SQLite holds it: copied only when it is opened.
pub(super) struct Stored<'r> {
    id: &'r [u8],
    version: i64,
    envelope: &'r [u8],
    head: &'r [u8],
    body: Option<&'r [u8]>,
}

/// A column's bytes where they lie.
fn blob<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r [u8]> {
    let value = row.get_ref(column).map_err(database::failed)?;
    value.as_blob().map_err(|_| Error::Damaged { what: "database row" })
}

impl<'r> Stored<'r> {
    pub(super) fn read(row: &'r rusqlite::Row<'_>) -> Result<Stored<'r>> {
        let no_body = matches!(row.get_ref(4), Ok(rusqlite::types::ValueRef::Null));
        Ok(Stored {
            id: blob(row, 0)?,
            version: row.get(1).map_err(database::failed)?,
            envelope: blob(row, 2)?,
            head: blob(row, 3)?,
            body: if no_body { None } else { Some(blob(row, 4)?) },
        })
    }

    /// Opens what the verified manifest lists, with one key for head and body.
    pub(super) fn open(
        &self,
        workspace: Id,
        lane: Id,
        opener: &seal::Opener,
        records: &BTreeMap<Id, Mark>,
    ) -> Result<(Row, Option<Vec<u8>>)> {
        let (id, version, envelope) = self.checked(records)?;
        let record = opener.record(&Aad::of(workspace, id, version).parts(), &envelope)?;
        let (kind, head) = record::unpad_head(record.head(self.head)?)?;
        let body = self.body.map(|sealed| record.body(sealed).and_then(record::unpad_body)).transpose()?;
        Ok((Row { lane, id, version, kind, head }, body))
    }

    /// The sealed head and body where they lie.
    pub(super) fn sealed(&self) -> (&'r [u8], &'r [u8]) {
        (self.head, self.body.unwrap_or_default())
    }

    /// The row's id, version and envelope, if they are those of the verified manifest.
    pub(super) fn checked(&self, records: &BTreeMap<Id, Mark>) -> Result<(Id, u64, seal::Envelope)> {
        const DAMAGED: Error = Error::Damaged { what: "patient" };
        let id = Id(self.id.try_into().map_err(|_| DAMAGED)?);
        let version = u64::try_from(self.version).map_err(|_| DAMAGED)?;
        let envelope = seal::Envelope::parse(self.envelope).ok_or(DAMAGED)?;
        if records.get(&id) == Some(&(version, envelope.commit)) { Ok((id, version, envelope)) } else { Err(DAMAGED) }
    }
}

pub(super) fn read_lanes(connection: &Connection) -> Result<BTreeMap<Id, Lane>> {
    const DAMAGED: Error = Error::Damaged { what: "lanes" };
    let mut statement =
        connection.prepare_cached("SELECT lane, wrapped, manifest FROM lanes").map_err(database::failed)?;
    let mut rows = statement.query([]).map_err(database::failed)?;
    let mut lanes = BTreeMap::new();
    while let Some(row) = rows.next().map_err(database::failed)? {
        let read = || -> rusqlite::Result<(Vec<u8>, Vec<u8>, Vec<u8>)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
        let (id, wrapped, manifest) = read().map_err(database::failed)?;
        let id = Id(id.try_into().map_err(|_| DAMAGED)?);
        let manifest = manifest.try_into().map_err(|_| DAMAGED)?;
        lanes.insert(id, Lane { wrapped, manifest, key: None, records: None });
    }
    Ok(lanes)
}

pub(super) fn marks(connection: &Connection, lane: Id) -> Result<BTreeMap<Id, Mark>> {
    const DAMAGED: Error = Error::Damaged { what: "patient" };
    let mut statement = connection
        .prepare_cached("SELECT id, version, envelope FROM heads WHERE lane = ?1")
        .map_err(database::failed)?;
    let mut rows = statement.query(params![&lane.0[..]]).map_err(database::failed)?;
    let mut marks = BTreeMap::new();
    while let Some(row) = rows.next().map_err(database::failed)? {
        let id = Id(blob(row, 0)?.try_into().map_err(|_| DAMAGED)?);
        let version = u64::try_from(row.get::<_, i64>(1).map_err(database::failed)?).map_err(|_| DAMAGED)?;
        // A malformed envelope cannot match any manifest: left out, the manifest mismatches.
        if let Some(envelope) = seal::Envelope::parse(blob(row, 2)?) {
            marks.insert(id, (version, envelope.commit));
        }
    }
    Ok(marks)
}

/// Seals a record under its lane's key and writes both rows; gives the commitment for the manifest.
pub(super) fn put_row(
    connection: &Connection,
    workspace: Id,
    key: &Secret32,
    lane: Id,
    id: Id,
    version: u64,
    (kind, head, body): (Kind, &[u8], &[u8]),
) -> Result<[u8; 32]> {
    let head = zeroize::Zeroizing::new(record::pad_head(kind, head)?);
    let body = zeroize::Zeroizing::new(record::pad_body(body)?);
    let sealed = seal::seal_pair(key, &Aad::of(workspace, id, version).parts(), &head, &body)?;
    let mut envelope = sealed.envelope.salt.to_vec();
    envelope.extend_from_slice(&sealed.envelope.commit);
    let number = i64::try_from(version).map_err(|_| Error::Internal { code: 247 })?;
    let run = || -> rusqlite::Result<usize> {
        let row: i64 = connection
            .prepare_cached(
                "INSERT INTO heads (id, lane, version, envelope, head) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET version = ?3, envelope = ?4, head = ?5 WHERE lane = ?2
                 RETURNING row",
            )?
            .query_row(params![&id.0[..], &lane.0[..], number, envelope, sealed.head], |row| row.get(0))?;
        connection
            .prepare_cached("INSERT INTO bodies (row, body) VALUES (?1, ?2) ON CONFLICT (row) DO UPDATE SET body = ?2")?
            .execute(params![row, sealed.body])
    };
    run().map_err(database::failed)?;
    Ok(sealed.envelope.commit)
}

/// Removes both rows of a record.
pub(super) fn delete_row(connection: &Connection, lane: Id, id: Id) -> Result<()> {
    let run = || -> rusqlite::Result<usize> {
        connection
            .prepare_cached("DELETE FROM bodies WHERE row = (SELECT row FROM heads WHERE id = ?1 AND lane = ?2)")?
            .execute(params![&id.0[..], &lane.0[..]])?;
        connection
            .prepare_cached("DELETE FROM heads WHERE id = ?1 AND lane = ?2")?
            .execute(params![&id.0[..], &lane.0[..]])
    };
    match run().map_err(database::failed)? {
        1 => Ok(()),
        _ => Err(Error::NotFound { what: "record" }),
    }
}

/// Writes a lane's wrapped key and manifest.
pub(super) fn put_lane(connection: &Connection, id: Id, lane: &Lane) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO lanes (lane, wrapped, manifest) VALUES (?1, ?2, ?3)
             ON CONFLICT (lane) DO UPDATE SET wrapped = ?2, manifest = ?3",
        )
        .and_then(|mut statement| statement.execute(params![&id.0[..], lane.wrapped, &lane.manifest[..]]))
        .map(drop)
        .map_err(database::failed)
}

/// Recomputes the lanes' manifest, counts the commit and seals the head.
pub(super) fn write_head(
    connection: &Connection,
    workspace: Id,
    keys: &Keys,
    head: &mut Head,
    lanes: &BTreeMap<Id, Lane>,
    anchor: &Anchor,
) -> Result<()> {
    let all: Vec<_> = lanes.iter().map(|(id, lane)| (id, &lane.manifest, &lane.wrapped[..])).collect();
    head.lanes = hex(&head::lanes_manifest(&keys.manifest, all.into_iter())?);
    head.seq += 1;
    head.anchor_id.clone_from(&anchor.state().head.anchor_id);
    let sealed = head.seal(&keys.head, workspace)?;
    connection
        .prepare_cached(
            "INSERT INTO head (only, pepper, sealed) VALUES (1, ?1, ?2)
             ON CONFLICT (only) DO UPDATE SET pepper = ?1, sealed = ?2",
        )
        .and_then(|mut statement| statement.execute(params![head.pepper, sealed]))
        .map(drop)
        .map_err(database::failed)
}
