//! The schema as a list of steps: its length is the version, one transaction runs what is missing, the future is refused.

use crate::error::{Error, Result};
use rusqlite::Connection;

/// Each step brings the schema one version on. Released steps never change.
const STEPS: &[&str] = &[
    // heads and bodies apart, so that lists never read bodies; WITHOUT ROWID would mix them back.
    "CREATE TABLE heads (
         row INTEGER PRIMARY KEY,
         id BLOB NOT NULL UNIQUE,
         lane BLOB NOT NULL,
         version INTEGER NOT NULL,
         envelope BLOB NOT NULL,
         head BLOB NOT NULL
     ) STRICT;
     CREATE INDEX heads_by_lane ON heads (lane);
     CREATE TABLE bodies (row INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
     CREATE TABLE lanes (lane BLOB PRIMARY KEY, wrapped BLOB NOT NULL, manifest BLOB NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE journal (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
     CREATE TABLE head (
         only INTEGER PRIMARY KEY CHECK (only = 1),
         pepper INTEGER NOT NULL,
         sealed BLOB NOT NULL
     ) STRICT;",
];

/// The version that this library writes.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// Brings the database to [`VERSION`].
pub(crate) fn run(connection: &mut Connection) -> Result<()> {
    let from: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(super::database::failed)?;
    if from > VERSION {
        return Err(Error::TooNew { what: "database" });
    }
    let Some(missing) = usize::try_from(from).ok().and_then(|done| STEPS.get(done..)) else {
        return Err(Error::Damaged { what: "database version" });
    };
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(super::database::failed)?;
    for step in missing {
        transaction.execute_batch(step).map_err(super::database::failed)?;
    }
    transaction.pragma_update(None, "user_version", VERSION).map_err(super::database::failed)?;
    transaction.commit().map_err(super::database::failed)
}

/// The text of every table and index, in order of name: an attacker's trigger or view shows here.
pub(crate) fn schema(connection: &Connection) -> Result<String> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    Ok(read().map_err(super::database::failed)?.join("\n"))
}
