//! An unlocked vault: reading, and the one write path.

use super::anchor::Anchor;
use super::head::{self, Head, Mark};
use super::journal;
use super::keys::{self, Keys};
use super::record::{self, Change, Id, Kind, Row};
use super::{CLOSING_COMMITS, RESEAL_EVERY, database};
use crate::crypto::{hex, seal};
use crate::error::{Error, Result};
use crate::journal::Event;
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::Instant;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// What the vault knows of a lane.
pub(super) struct Lane {
    pub(super) wrapped: Vec<u8>,
    pub(super) manifest: [u8; 32],
    pub(super) key: Option<Secret32>,
    /// The verified records, read at first touch.
    records: Option<BTreeMap<Id, Mark>>,
}

/// An unlocked workspace. Dropping it locks: keys are wiped and the connection closed.
pub struct Vault {
    pub(super) connection: Connection,
    pub(super) workspace: Id,
    pub(super) keys: Keys,
    pub(super) head: Head,
    pub(super) lanes: BTreeMap<Id, Lane>,
    /// Lanes whose manifest does not match: read-only would still mislead, so nothing of them is given at all.
    pub(super) aside: Vec<Id>,
    pub(super) since_put: u32,
}

/// One entry for the journal, with the lane that it is about.
pub struct Act {
    /// What happened.
    pub event: Event,
    /// The patient's lane, journaled as a pseudonym.
    pub lane: Option<Id>,
}

impl<E: Into<Event>> From<E> for Act {
    fn from(event: E) -> Act {
        Act { event: event.into(), lane: None }
    }
}

impl Vault {
    /// Reads the head and the lanes of an open database and checks the one against the other.
    pub(super) fn load(connection: Connection, workspace: Id, keys: Keys, head: Head) -> Result<Vault> {
        let lanes = read_lanes(&connection)?;
        let computed = head::lanes_manifest(
            &keys.manifest,
            lanes.iter().map(|(id, lane)| (id, &lane.manifest, &lane.wrapped[..])).collect::<Vec<_>>().into_iter(),
        )?;
        if head.lanes != hex(&computed) {
            return Err(Error::Damaged { what: "lanes" });
        }
        let entries: i64 =
            connection.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).map_err(database::failed)?;
        if u64::try_from(entries).ok() != Some(head.journal.size()) {
            return Err(Error::Damaged { what: "journal" });
        }
        Ok(Vault { connection, workspace, keys, head, lanes, aside: Vec::new(), since_put: 0 })
    }

    /// Commits so far.
    pub fn seq(&self) -> u64 {
        self.head.seq
    }

    /// All lanes that stand, by id.
    pub fn lanes(&self) -> Vec<Id> {
        self.lanes.keys().copied().filter(|lane| !self.aside.contains(lane)).collect()
    }

    /// The lane for what belongs to no patient.
    pub fn system_lane(&self) -> Id {
        Id(self.keys.pseudonym(Id([0; 16])))
    }

    /// Salts the ids of imported records: the same resource gets the same id again, and the id tells nobody anything.
    pub fn import_salt(&self) -> [u8; 32] {
        crate::crypto::hmac_sha256(self.keys.manifest.expose(), &[b"curtain import v1"])
    }

    /// The lane of a record, verified; `None` when no lane has it.
    pub fn find(&mut self, id: Id) -> Result<Option<Id>> {
        let lane: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT lane FROM heads WHERE id = ?1")
            .and_then(|mut statement| statement.query_row(params![&id.0[..]], |row| row.get(0)).optional())
            .map_err(database::failed)?;
        let Some(lane) = lane else { return Ok(None) };
        let lane = Id(lane.try_into().map_err(|_| Error::Damaged { what: "patient" })?);
        let listed = self.opened(lane)?.1.contains_key(&id);
        if listed { Ok(Some(lane)) } else { Err(Error::Damaged { what: "patient" }) }
    }

    /// Lanes that were set aside because their rows do not match their manifest.
    pub fn set_aside(&self) -> &[Id] {
        &self.aside
    }

    /// The pseudonym under which the journal names a lane, 32 hexadecimal digits.
    pub fn pseudonym(&self, lane: Id) -> String {
        hex(&self.keys.pseudonym(lane))
    }

    /// The one write path: all changes and their journal entries, in one transaction.
    ///
    /// The anchor is resealed every 30 commits; without one the next fails.
    pub fn commit(&mut self, anchor: &mut Anchor, now: &Instant, changes: &[Change], acts: &[Act]) -> Result<()> {
        if self.since_put >= RESEAL_EVERY - CLOSING_COMMITS {
            self.reseal(anchor, now)?;
        }
        self.commit_now(anchor, now, changes, acts)?;
        if self.since_put >= RESEAL_EVERY - CLOSING_COMMITS {
            self.ratchet(anchor, now)?;
        }
        Ok(())
    }

    /// A commit on the way to the lock: it asks the keystore for nothing, and has two of the 32 for itself.
    pub fn commit_closing(
        &mut self,
        anchor: &mut Anchor,
        now: &Instant,
        changes: &[Change],
        acts: &[Act],
    ) -> Result<()> {
        if self.since_put >= RESEAL_EVERY {
            self.reseal(anchor, now)?;
        }
        self.commit_now(anchor, now, changes, acts)
    }

    fn commit_now(&mut self, anchor: &Anchor, now: &Instant, changes: &[Change], acts: &[Act]) -> Result<()> {
        for change in changes {
            let lane = change.lane();
            if self.lanes.contains_key(&lane) {
                self.touch(lane)?;
            }
        }
        let before = self.head.clone();
        let done = with_scrubbed_stack(|| self.write(anchor, now, changes, acts));
        if let Err(error) = done {
            self.head = before;
            self.forget(changes)?;
            return Err(error);
        }
        self.since_put += 1;
        Ok(())
    }

    /// Reseals after a commit, which stands whether or not the keystore answers now: if not, the next one insists.
    pub fn ratchet(&mut self, anchor: &mut Anchor, now: &Instant) -> Result<()> {
        match self.reseal(anchor, now) {
            Err(Error::KeystoreNotNow | Error::KeystoreNeedsAuth | Error::NoSpace) => {
                self.since_put = self.since_put.max(RESEAL_EVERY - CLOSING_COMMITS);
                Ok(())
            }
            other => other,
        }
    }

    /// Puts the anchor over the present head.
    pub fn reseal(&mut self, anchor: &mut Anchor, now: &Instant) -> Result<()> {
        self.put(anchor, now, |_| Ok(()))
    }

    /// Puts the anchor over the present head, with a change of its state.
    pub fn put(
        &mut self,
        anchor: &mut Anchor,
        now: &Instant,
        change: impl FnOnce(&mut super::AnchorState) -> Result<()>,
    ) -> Result<()> {
        let hash = self.head_hash()?;
        let (seq, size, root) = (self.head.seq, self.head.journal.size(), self.head.journal.root());
        anchor.put(now, true, |state| {
            state.head.seq = seq;
            state.head.hash = hex(&hash);
            state.journal.mark(size, root);
            change(state)
        })?;
        self.since_put = 0;
        Ok(())
    }

    pub(super) fn head_hash(&self) -> Result<[u8; 32]> {
        let sealed: Vec<u8> = self
            .connection
            .query_row("SELECT sealed FROM head WHERE only = 1", [], |row| row.get(0))
            .map_err(database::failed)?;
        Ok(head::hash(&sealed))
    }

    /// After a failed commit: what memory says of the touched lanes is read again.
    fn forget(&mut self, changes: &[Change]) -> Result<()> {
        let stored = read_lanes(&self.connection)?;
        for change in changes {
            let id = change.lane();
            match stored.get(&id) {
                None => drop(self.lanes.remove(&id)),
                Some(row) => {
                    if let Some(lane) = self.lanes.get_mut(&id) {
                        lane.manifest = row.manifest;
                        lane.wrapped.clone_from(&row.wrapped);
                        lane.records = None;
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, anchor: &Anchor, now: &Instant, changes: &[Change], acts: &[Act]) -> Result<()> {
        let Vault { connection, workspace, keys, head, lanes, .. } = self;
        let transaction = connection.unchecked_transaction().map_err(database::failed)?;
        let mut touched = Vec::new();
        for change in changes {
            let lane_id = change.lane();
            if let std::collections::btree_map::Entry::Vacant(vacant) = lanes.entry(lane_id) {
                let key = crate::crypto::make_key()?;
                let wrapped = keys::wrap(&keys.table, *workspace, lane_id, &key)?;
                let empty = BTreeMap::new();
                vacant.insert(Lane { wrapped, manifest: [0; 32], key: Some(key), records: Some(empty) });
            }
            let lane = lanes.get_mut(&lane_id).ok_or(Error::Internal { code: 240 })?;
            if !touched.contains(&lane_id) {
                touched.push(lane_id);
            }
            let records = lane.records.as_mut().ok_or(Error::Internal { code: 241 })?;
            match change {
                Change::Put { id, kind, head, body, .. } => {
                    if lane.key.is_none() {
                        lane.key = Some(keys::unwrap(&keys.table, *workspace, lane_id, &lane.wrapped)?);
                    }
                    let key = lane.key.as_ref().ok_or(Error::Internal { code: 242 })?;
                    let version = records.get(id).map_or(0, |mark| mark.0) + 1;
                    let commit = put_row(connection, *workspace, key, lane_id, *id, version, (*kind, head, body))?;
                    records.insert(*id, (version, commit));
                }
                Change::Delete { id, .. } => {
                    delete_row(connection, lane_id, *id)?;
                    records.remove(id);
                }
            }
        }
        for id in touched {
            let lane = lanes.get_mut(&id).ok_or(Error::Internal { code: 243 })?;
            let records = lane.records.as_ref().ok_or(Error::Internal { code: 244 })?;
            lane.manifest = head::lane_manifest(&keys.manifest, records);
            put_lane(connection, id, lane)?;
        }
        for act in acts {
            let pseudonym = act.lane.map(|lane| keys.pseudonym(lane));
            let (seq, entry) = head.journal.append(&anchor.state().journal, &act.event, pseudonym, now)?;
            journal::put_entry(connection, *workspace, keys, seq, &entry)?;
        }
        write_head(connection, *workspace, keys, head, lanes, anchor)?;
        transaction.commit().map_err(database::failed)
    }

    /// Verifies a lane against its manifest at first touch; a mismatch sets it aside.
    pub(super) fn touch(&mut self, id: Id) -> Result<()> {
        const DAMAGED: Error = Error::Damaged { what: "patient" };
        if self.aside.contains(&id) {
            return Err(DAMAGED);
        }
        let lane = self.lanes.get_mut(&id).ok_or(Error::NotFound { what: "lane" })?;
        if lane.records.is_some() {
            return Ok(());
        }
        let found = marks(&self.connection, id)?;
        if !head::same(&lane.manifest, &head::lane_manifest(&self.keys.manifest, &found)) {
            self.aside.push(id);
            return Err(DAMAGED);
        }
        if lane.key.is_none() {
            lane.key = Some(keys::unwrap(&self.keys.table, self.workspace, id, &lane.wrapped)?);
        }
        lane.records = Some(found);
        Ok(())
    }

    pub(super) fn opened(&mut self, id: Id) -> Result<(&Secret32, &BTreeMap<Id, Mark>)> {
        self.touch(id)?;
        let lane = self.lanes.get(&id).ok_or(Error::NotFound { what: "lane" })?;
        match (&lane.key, &lane.records) {
            (Some(key), Some(records)) => Ok((key, records)),
            _ => Err(Error::Internal { code: 245 }),
        }
    }

    /// How many records a lane has.
    pub fn count(&mut self, lane: Id) -> Result<usize> {
        Ok(self.opened(lane)?.1.len())
    }

    /// The heads of a lane, in order of insertion.
    pub fn list(&mut self, lane: Id) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.each(lane, false, |row, _| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Every record of a lane with its body, in order of insertion, one at a time.
    pub fn scan(&mut self, lane: Id, mut visit: impl FnMut(Row, Vec<u8>) -> Result<()>) -> Result<()> {
        self.each(lane, true, |row, body| visit(row, body.unwrap_or_default()))
    }

    fn each(&mut self, lane: Id, bodies: bool, visit: impl FnMut(Row, Option<Vec<u8>>) -> Result<()>) -> Result<()> {
        let done = self.visit(lane, bodies, visit);
        self.judged(lane, done)
    }

    /// Damage below the manifest, in a row's sealed bytes or a lane's wrapped key, sets the lane aside too.
    fn judged<T>(&mut self, lane: Id, done: Result<T>) -> Result<T> {
        if matches!(done, Err(Error::Damaged { what }) if what != "database") && !self.aside.contains(&lane) {
            self.aside.push(lane);
        }
        done
    }

    fn visit(
        &mut self,
        lane: Id,
        bodies: bool,
        mut visit: impl FnMut(Row, Option<Vec<u8>>) -> Result<()>,
    ) -> Result<()> {
        let workspace = self.workspace;
        self.touch(lane)?;
        let opened = self.lanes.get(&lane).ok_or(Error::NotFound { what: "lane" })?;
        let (Some(key), Some(records)) = (&opened.key, &opened.records) else {
            return Err(Error::Internal { code: 246 });
        };
        let sql = if bodies {
            "SELECT id, version, envelope, head, body FROM heads JOIN bodies USING (row) WHERE lane = ?1 ORDER BY row"
        } else {
            "SELECT id, version, envelope, head, NULL FROM heads WHERE lane = ?1 ORDER BY row"
        };
        let mut statement = self.connection.prepare_cached(sql).map_err(database::failed)?;
        let mut found = statement.query(params![&lane.0[..]]).map_err(database::failed)?;
        let opener = seal::Opener::new(key);
        let mut seen = 0usize;
        while let Some(stored) = found.next().map_err(database::failed)? {
            let (row, body) = Stored::read(stored)?.open(workspace, lane, &opener, records)?;
            seen += 1;
            visit(row, body)?;
        }
        // Fewer rows than the manifest lists: one vanished under an open connection.
        if seen == records.len() { Ok(()) } else { Err(Error::Damaged { what: "patient" }) }
    }

    /// One record with its body; `None` when its lane does not have it.
    pub fn read(&mut self, lane: Id, id: Id) -> Result<Option<(Row, Vec<u8>)>> {
        let done = self.read_row(lane, id);
        self.judged(lane, done)
    }

    fn read_row(&mut self, lane: Id, id: Id) -> Result<Option<(Row, Vec<u8>)>> {
        let workspace = self.workspace;
        if self.opened(lane)?.1.get(&id).is_none() {
            return Ok(None);
        }
        let opened = self.lanes.get(&lane).ok_or(Error::NotFound { what: "lane" })?;
        let (Some(key), Some(records)) = (&opened.key, &opened.records) else {
            return Err(Error::Internal { code: 249 });
        };
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, version, envelope, head, body FROM heads JOIN bodies USING (row)
                 WHERE id = ?1 AND lane = ?2",
            )
            .map_err(database::failed)?;
        let mut found = statement.query(params![&id.0[..], &lane.0[..]]).map_err(database::failed)?;
        let stored = found.next().map_err(database::failed)?.ok_or(Error::Damaged { what: "patient" })?;
        let (row, body) = Stored::read(stored)?.open(workspace, lane, &seal::Opener::new(key), records)?;
        Ok(Some((row, body.ok_or(Error::Damaged { what: "patient" })?)))
    }

    /// Closes in order: everything out of the write-ahead log, then the keys.
    pub fn close(self) -> Result<()> {
        database::checkpoint(&self.connection)
    }
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
struct Stored<'r> {
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
    fn read(row: &'r rusqlite::Row<'_>) -> Result<Stored<'r>> {
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
    fn open(
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

    /// The row's id, version and envelope, if they are those of the verified manifest.
    fn checked(&self, records: &BTreeMap<Id, Mark>) -> Result<(Id, u64, seal::Envelope)> {
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

fn marks(connection: &Connection, lane: Id) -> Result<BTreeMap<Id, Mark>> {
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
        .prepare_cached("INSERT INTO head (only, sealed) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET sealed = ?1")
        .and_then(|mut statement| statement.execute(params![sealed]))
        .map(drop)
        .map_err(database::failed)
}
