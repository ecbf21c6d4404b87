//! An unlocked vault: reading, and the one write path.

use super::anchor::Anchor;
use super::head::{self, Head, Mark};
use super::hold::{HELD, write_escrow};
use super::journal;
use super::keys::{self, Keys};
use super::record::{Change, Id, Row};
use super::rows::{Lane, Stored, delete_row, marks, put_lane, put_row, read_lanes, write_head};
use super::{CLOSING_COMMITS, RESEAL_EVERY, database};
use crate::crypto::age::Recipient;
use crate::crypto::{hex, seal};
use crate::error::{Error, Result};
use crate::journal::Event;
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::Instant;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An unlocked workspace. Dropping it locks: keys are wiped and the connection closed.
pub struct Vault {
    pub(super) connection: Connection,
    /// Where the database lies, and large items beside it.
    pub(super) directory: PathBuf,
    pub(super) workspace: Id,
    pub(super) keys: Keys,
    pub(super) head: Head,
    pub(super) lanes: BTreeMap<Id, Lane>,
    /// Lanes whose manifest does not match: read-only would still mislead, so nothing of them is given at all.
    pub(super) aside: Vec<Id>,
    pub(super) since_put: u32,
    /// To whom held lanes are sealed, and the mark of these recipients: see `hold`.
    pub(super) escrow: Vec<Recipient>,
    pub(super) escrow_mark: String,
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
    pub(super) fn load(
        connection: Connection,
        directory: PathBuf,
        workspace: Id,
        keys: Keys,
        head: Head,
    ) -> Result<Vault> {
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
        let (aside, escrow, escrow_mark) = (Vec::new(), Vec::new(), String::new());
        Ok(Vault { connection, directory, workspace, keys, head, lanes, aside, since_put: 0, escrow, escrow_mark })
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
        crate::crypto::hmac_sha256(self.keys.inner.expose(), &[b"curtain import v1"])
    }

    /// The lane of a record, verified; `None` when no lane has it, which only verified lanes can say.
    pub fn find(&mut self, id: Id) -> Result<Option<Id>> {
        const DAMAGED: Error = Error::Damaged { what: "patient" };
        let lane: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT lane FROM heads WHERE id = ?1")
            .and_then(|mut statement| statement.query_row(params![&id.0[..]], |row| row.get(0)).optional())
            .map_err(database::failed)?;
        let Some(lane) = lane else { return self.find_in_manifests(id) };
        let lane = Id(lane.try_into().map_err(|_| DAMAGED)?);
        if self.lanes.contains_key(&lane) {
            match self.opened(lane) {
                Ok((_, records)) if records.contains_key(&id) => return Ok(Some(lane)),
                Ok(_) | Err(Error::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // A row under a lane that does not list it was moved: reading it where it is listed sets that lane aside.
        self.find_in_manifests(id)?.map(Some).ok_or(DAMAGED)
    }

    /// No row has the id: a deleted row and a lying index look the same, so every manifest is asked.
    fn find_in_manifests(&mut self, id: Id) -> Result<Option<Id>> {
        let (mut unverified, mut found) = (Vec::new(), None);
        for (lane, known) in &self.lanes {
            let lists = match &known.records {
                Some(records) => records.contains_key(&id),
                None => match marks(&self.connection, *lane) {
                    Ok(read) if head::same(&known.manifest, &head::lane_manifest(&self.keys.manifest, &read)) => {
                        read.contains_key(&id)
                    }
                    Ok(_) | Err(Error::Damaged { .. }) => {
                        unverified.push(*lane);
                        false
                    }
                    Err(error) => return Err(error),
                },
            };
            found = found.or(lists.then_some(*lane));
        }
        let silent = unverified.is_empty();
        unverified.retain(|lane| !self.aside.contains(lane));
        self.aside.append(&mut unverified);
        if found.is_some() || silent { Ok(found) } else { Err(Error::Damaged { what: "patient" }) }
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
            if matches!(change, Change::Delete { .. }) && anchor.state().holds(lane) {
                return Err(HELD);
            }
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
        self.erase_streams(changes.iter().filter_map(|change| match change {
            Change::Delete { id, .. } => Some(*id),
            Change::Put { .. } => None,
        }));
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
        let Vault { connection, directory, workspace, keys, head, lanes, escrow, .. } = self;
        let transaction = connection.unchecked_transaction().map_err(database::failed)?;
        let mut touched = Vec::new();
        for change in changes {
            let lane_id = change.lane();
            if let std::collections::btree_map::Entry::Vacant(vacant) = lanes.entry(lane_id) {
                let key = crate::crypto::make_key()?;
                // Before its first record is committed: from then on it can be opened for whom it is held.
                if anchor.state().holds(lane_id) {
                    write_escrow(directory, *workspace, lane_id, &key, escrow)?;
                }
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
        if self.aside.contains(&id) {
            return Err(Error::Damaged { what: "patient" });
        }
        if self.lanes.get(&id).ok_or(Error::NotFound { what: "lane" })?.records.is_some() {
            return Ok(());
        }
        let done = self.verify(id);
        self.judged(id, done)
    }

    fn verify(&mut self, id: Id) -> Result<()> {
        let lane = self.lanes.get_mut(&id).ok_or(Error::NotFound { what: "lane" })?;
        let found = marks(&self.connection, id)?;
        if !head::same(&lane.manifest, &head::lane_manifest(&self.keys.manifest, &found)) {
            return Err(Error::Damaged { what: "patient" });
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

    /// Damage below the manifest, in a row's sealed bytes or a lane's wrapped key, sets the lane aside too; so does a page
    /// that SQLite cannot read: lists leave damaged lanes out, and none may be left out untold.
    fn judged<T>(&mut self, lane: Id, done: Result<T>) -> Result<T> {
        if matches!(done, Err(Error::Damaged { .. })) && !self.aside.contains(&lane) {
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
