//! The journal's rows: sealed beside the records, in the same transactions.

use super::anchor::Anchor;
use super::database;
use super::keys::Keys;
use super::record::Id;
use super::rows::write_head;
use super::store::Vault;
use crate::crypto::seal;
use crate::error::{Error, Result};
use crate::journal::{Event, Segment};
use crate::platform::Instant;
use rusqlite::{Connection, params};

impl Vault {
    /// The journal's entries from `from`, opened, in order.
    pub fn journal(&self, from: u64) -> Result<Vec<Vec<u8>>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, entry FROM journal WHERE seq >= ?1 ORDER BY seq")
            .map_err(database::failed)?;
        let first = i64::try_from(from).map_err(|_| Error::invalid("from", "too large"))?;
        let mut rows = statement.query(params![first]).map_err(database::failed)?;
        let (mut entries, mut expected) = (Vec::new(), from);
        while let Some(row) = rows.next().map_err(database::failed)? {
            let seq: i64 = row.get(0).map_err(database::failed)?;
            let sealed: Vec<u8> = row.get(1).map_err(database::failed)?;
            if u64::try_from(seq).ok() != Some(expected) {
                return Err(Error::Damaged { what: "journal" });
            }
            let aad: [&[u8]; 3] = [b"curtain journal entry v1", &self.workspace.0, &expected.to_be_bytes()];
            entries.push(seal::open(&self.keys.journal, &aad, &sealed)?);
            expected += 1;
        }
        if expected == self.head.journal.size().max(from) {
            Ok(entries)
        } else {
            Err(Error::Damaged { what: "journal" })
        }
    }

    /// The journal's size and root.
    pub fn journal_mark(&self) -> (u64, [u8; 32]) {
        (self.head.journal.size(), self.head.journal.root())
    }

    /// Moves a locked segment into the journal, with one more entry. What an earlier unlock moved already, cut before its
    /// anchor put, is not moved again.
    pub(super) fn fold(&mut self, anchor: &mut Anchor, now: &Instant, segment: &Segment, event: &Event) -> Result<()> {
        let before = self.head.clone();
        self.write_segment(anchor, now, segment, event).inspect_err(|_| self.head = before)
    }

    fn write_segment(&mut self, anchor: &Anchor, now: &Instant, segment: &Segment, event: &Event) -> Result<()> {
        let Vault { connection, workspace, keys, head, lanes, .. } = self;
        let transaction = connection.unchecked_transaction().map_err(database::failed)?;
        let moved = if head.folded == segment.id() { head.folded_entries } else { 0 };
        let from = usize::try_from(moved).unwrap_or(usize::MAX);
        for (seq, entry) in head.journal.fold(segment, from)? {
            put_entry(connection, *workspace, keys, seq, &entry)?;
        }
        let (seq, entry) = head.journal.append(&anchor.state().journal, event, None, now)?;
        put_entry(connection, *workspace, keys, seq, &entry)?;
        segment.id().clone_into(&mut head.folded);
        head.folded_entries = segment.len() as u64;
        write_head(connection, *workspace, keys, head, lanes, anchor)?;
        transaction.commit().map_err(database::failed)
    }
}

/// Seals one journal entry into its row.
pub(super) fn put_entry(connection: &Connection, workspace: Id, keys: &Keys, seq: u64, entry: &[u8]) -> Result<()> {
    let aad: [&[u8]; 3] = [b"curtain journal entry v1", &workspace.0, &seq.to_be_bytes()];
    let sealed = seal::seal(&keys.journal, &aad, entry)?;
    let number = i64::try_from(seq).map_err(|_| Error::Internal { code: 248 })?;
    connection
        .prepare_cached("INSERT INTO journal (seq, entry) VALUES (?1, ?2)")
        .and_then(|mut statement| statement.execute(params![number, sealed]))
        .map(drop)
        .map_err(database::failed)
}
