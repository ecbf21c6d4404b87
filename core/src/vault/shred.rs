//! Forgetting: records and whole patients beyond recovery, by forgetting keys in the keystore.
//!
//! The epoch step: make `epoch-n+1` -> one transaction (rows deleted, touched lanes re-keyed and re-sealed, the whole
//! key table rewrapped) -> `wal_checkpoint(TRUNCATE)`, result checked -> anchor -> delete `epoch-n` -> only then
//! acknowledged. Old flash pages and old file copies then hold wrapped keys that nothing can unwrap.

use super::anchor::{Anchor, alias};
use super::record::{self, Id};
use super::rows::{self, Aad};
use super::store::{Act, Vault};
use super::{database, head, journal, keys};
use crate::crypto::{make_key, seal};
use crate::error::{Error, Result};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, KeyPurpose};
use rusqlite::params;

/// What to forget.
#[derive(Default)]
pub struct Forget {
    /// Single records: their lane gets a new key and what remains in it is sealed anew.
    pub records: Vec<(Id, Id)>,
    /// Whole lanes with everything in them.
    pub lanes: Vec<Id>,
}

impl Vault {
    /// Forgets records and lanes beyond recovery; the entries of `acts` go into the same transaction.
    pub fn forget_for_good(&mut self, anchor: &mut Anchor, now: &Instant, forget: &Forget, acts: &[Act]) -> Result<()> {
        if forget.records.is_empty() && forget.lanes.is_empty() {
            return Ok(());
        }
        let mut lanes = forget.lanes.iter().chain(forget.records.iter().map(|(lane, _)| lane));
        if lanes.any(|lane| anchor.state().holds(*lane)) {
            return Err(super::hold::HELD);
        }
        for (lane, id) in &forget.records {
            if !self.opened(*lane)?.1.contains_key(id) {
                return Err(Error::NotFound { what: "record" });
            }
        }
        // An earlier step whose last part failed: its key would otherwise be passed over for good.
        self.finish_epoch(anchor, now)?;
        let new = self.head.epoch.checked_add(1).ok_or(Error::Internal { code: 250 })?;
        // The anchor covers the commit below should the phone die right after it, and names the key for a wipe.
        self.put(anchor, now, |state| {
            state.epoch = new;
            Ok(())
        })?;
        let name = self.workspace.text();
        anchor.keystore().create(alias(&name, "epoch", u64::from(new)), KeyPurpose::Prf)?;
        let table = keys::derive_table(&self.keys.root, self.workspace, anchor.keystore(), new)?;
        let mut gone: Vec<Id> = forget.records.iter().map(|(_, id)| *id).collect();
        for lane in &forget.lanes {
            gone.extend(self.ids_of(*lane)?);
        }
        let before = self.head.clone();
        let done = with_scrubbed_stack(|| self.rewrite(anchor, now, forget, acts, &table, new));
        match done {
            Ok(()) => self.keys.table = table,
            Err(error) => {
                self.head = before;
                self.reload()?;
                return Err(error);
            }
        }
        self.reload()?;
        self.erase_streams(gone);
        self.finish_epoch(anchor, now)
    }

    /// The second half of an epoch step; also run at unlock, in case the phone died in between.
    pub(super) fn finish_epoch(&mut self, anchor: &mut Anchor, now: &Instant) -> Result<()> {
        let Some(old) = self.head.epoch.checked_sub(1) else { return Ok(()) };
        let name = alias(&self.workspace.text(), "epoch", u64::from(old));
        if !anchor.keystore().exists(name.clone())? {
            return Ok(());
        }
        database::checkpoint(&self.connection)?;
        self.reseal(anchor, now)?;
        anchor.keystore().delete(name)?;
        Ok(())
    }

    fn reload(&mut self) -> Result<()> {
        let lanes = rows::read_lanes(&self.connection)?;
        self.lanes = lanes;
        Ok(())
    }

    fn rewrite(
        &mut self,
        anchor: &Anchor,
        now: &Instant,
        forget: &Forget,
        acts: &[Act],
        table: &Secret32,
        epoch: u32,
    ) -> Result<()> {
        let pseudonyms: Vec<_> = acts.iter().map(|act| act.lane.map(|lane| self.keys.pseudonym(lane))).collect();
        let mut rekeyed: Vec<Id> = forget.records.iter().map(|(lane, _)| *lane).collect();
        rekeyed.sort_unstable();
        rekeyed.dedup();
        for lane in &rekeyed {
            self.touch(*lane)?;
        }
        let Vault { connection, workspace, keys, head, lanes, aside, .. } = self;
        let transaction = connection.unchecked_transaction().map_err(database::failed)?;
        for lane in &forget.lanes {
            lanes.remove(lane).ok_or(Error::NotFound { what: "patient" })?;
            let run = || -> rusqlite::Result<()> {
                connection.execute(
                    "DELETE FROM bodies WHERE row IN (SELECT row FROM heads WHERE lane = ?1)",
                    params![&lane.0[..]],
                )?;
                connection.execute("DELETE FROM heads WHERE lane = ?1", params![&lane.0[..]])?;
                connection.execute("DELETE FROM lanes WHERE lane = ?1", params![&lane.0[..]]).map(drop)
            };
            run().map_err(database::failed)?;
        }
        for (lane, id) in &forget.records {
            if !forget.lanes.contains(lane) {
                rows::delete_row(connection, *lane, *id)?;
            }
        }
        for (id, lane) in lanes.iter_mut() {
            let key = if rekeyed.contains(id) {
                let old = keys::unwrap(&keys.table, *workspace, *id, &lane.wrapped)?;
                let fresh = make_key()?;
                let marks = reseal_rows(connection, *workspace, *id, &old, &fresh)?;
                lane.manifest = head::lane_manifest(&keys.manifest, &marks);
                fresh
            } else {
                match keys::unwrap(&keys.table, *workspace, *id, &lane.wrapped) {
                    Ok(key) => key,
                    // A wrapped key that is damaged opens under no table: it stays as it is, and the others go on.
                    Err(Error::Damaged { .. }) => {
                        if !aside.contains(id) {
                            aside.push(*id);
                        }
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            lane.wrapped = keys::wrap(table, *workspace, *id, &key)?;
            rows::put_lane(connection, *id, lane)?;
        }
        for (act, pseudonym) in acts.iter().zip(pseudonyms) {
            let (seq, entry) = head.journal.append(&anchor.state().journal, &act.event, pseudonym, now)?;
            journal::put_entry(connection, *workspace, keys, seq, &entry)?;
        }
        head.epoch = epoch;
        rows::write_head(connection, *workspace, keys, head, lanes, anchor)?;
        transaction.commit().map_err(database::failed)
    }
}

/// Seals every remaining record of a lane under its fresh key, as its next version.
fn reseal_rows(
    connection: &rusqlite::Connection,
    workspace: Id,
    lane: Id,
    old: &Secret32,
    fresh: &Secret32,
) -> Result<std::collections::BTreeMap<Id, head::Mark>> {
    let ids: Vec<Id> = {
        let mut statement =
            connection.prepare_cached("SELECT id FROM heads WHERE lane = ?1 ORDER BY row").map_err(database::failed)?;
        let rows =
            statement.query_map(params![&lane.0[..]], |row| row.get::<_, Vec<u8>>(0)).map_err(database::failed)?;
        let mut ids = Vec::new();
        for row in rows {
            let bytes = row.map_err(database::failed)?;
            ids.push(Id(bytes.try_into().map_err(|_| Error::Damaged { what: "patient" })?));
        }
        ids
    };
    let opener = seal::Opener::new(old);
    let mut marks = std::collections::BTreeMap::new();
    for id in ids {
        let (version, envelope, head, body): (i64, Vec<u8>, Vec<u8>, Vec<u8>) = connection
            .prepare_cached("SELECT version, envelope, head, body FROM heads JOIN bodies USING (row) WHERE id = ?1")
            .and_then(|mut statement| {
                statement.query_row(params![&id.0[..]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            })
            .map_err(database::failed)?;
        let version = u64::try_from(version).map_err(|_| Error::Damaged { what: "patient" })?;
        let envelope = seal::Envelope::parse(&envelope).ok_or(Error::Damaged { what: "patient" })?;
        let aad = Aad::of(workspace, id, version);
        let record = opener.record(&aad.parts(), &envelope)?;
        let (kind, head) = record::unpad_head(record.head(&head)?)?;
        let body = record::unpad_body(record.body(&body)?)?;
        let next = version + 1;
        let commit = rows::put_row(connection, workspace, fresh, lane, id, next, (kind, &head, &body))?;
        marks.insert(id, (next, commit));
    }
    Ok(marks)
}
