//! Opening SQLite so that it can be trusted with ciphertext: pragmas and limits of security.md C5, read back.

use super::migrate;
use crate::error::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::OnceLock;

const APPLICATION_ID: i64 = 0x4355_5254;

/// Creates the database of a new workspace.
pub(crate) fn create(path: &Path) -> Result<Connection> {
    if path.try_exists().map_err(Error::io("creating the database"))? {
        return Err(Error::NotAllowed { why: "a database exists already" });
    }
    // Made by us first, so that SQLite never creates it readable by others.
    super::files::write_whole(path, b"")?;
    let mut connection = connect(path)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(failed)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    harden(&connection)?;
    migrate::run(&mut connection)?;
    Ok(connection)
}

/// Opens an existing database; checks its form and its schema text.
///
/// Behind a session that closed, nothing else: what is read is authenticated row by row and by manifest, whereas a look at every
/// page (`quick_check`) was five sixths of the time of opening. Where a write-ahead log was left, by a kill or a power cut, every
/// page is looked at before the first write, so that a torn list of free pages takes no sound ones with it.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    // SQLite takes an empty file for a new database and writes to it: what is not ours is not even opened.
    let mut magic = [0u8; 16];
    match std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)) {
        Ok(()) if &magic == b"SQLite format 3\0" => {}
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => {
            return Err(Error::io("opening the database")(error));
        }
        _ => return Err(Error::Damaged { what: "database" }),
    }
    let left = left_behind(path);
    let mut connection = connect(path)?;
    harden(&connection)?;
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).map_err(failed);
    if number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(Error::Damaged { what: "database" });
    }
    migrate::run(&mut connection)?;
    if migrate::schema(&connection)? != expected_schema()? {
        return Err(Error::Damaged { what: "database schema" });
    }
    if !left {
        return Ok(connection);
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    match verdict.as_str() {
        "ok" => Ok(connection),
        // A page that could not be read is no damaged page.
        unread if unread.split_once("error code=").is_some_and(|(_, code)| is_io(code)) => {
            Err(Error::Io { what: "database", kind: ErrorKind::Other })
        }
        _ => Err(Error::Damaged { what: "database pages" }),
    }
}

/// Whether SQLite's extended result code at the beginning of a text is one of `SQLITE_IOERR`.
pub(super) fn is_io(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse::<i32>().is_ok_and(|code| code & 0xff == rusqlite::ffi::SQLITE_IOERR)
}

/// Whether the session before was cut: its write-ahead log is still there.
fn left_behind(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// What the schema of this version reads, made once: the steps in a database of memory only.
fn expected_schema() -> Result<&'static str> {
    static EXPECTED: OnceLock<String> = OnceLock::new();
    if let Some(known) = EXPECTED.get() {
        return Ok(known);
    }
    let mut fresh = Connection::open_in_memory().map_err(failed)?;
    migrate::run(&mut fresh)?;
    let schema = migrate::schema(&fresh)?;
    Ok(EXPECTED.get_or_init(|| schema))
}

/// The generation of the pepper whose slots open this database: what a rekey that was cut left in force.
pub(crate) fn pepper(path: &Path) -> Result<u32> {
    let number: i64 =
        open(path)?.query_row("SELECT pepper FROM head WHERE only = 1", [], |row| row.get(0)).map_err(failed)?;
    u32::try_from(number).map_err(|_| Error::Damaged { what: "head" })
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    Connection::open_with_flags(path, flags).map_err(failed)
}

fn harden(connection: &Connection) -> Result<()> {
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(setting, on).map_err(failed)?;
    }
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 64 * 1024),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 64),
    ] {
        connection.set_limit(limit, value).map_err(failed)?;
    }
    // EXCLUSIVE before WAL: no -shm file, and a second process is refused by SQLite too.
    for (pragma, value, expected) in [
        ("locking_mode", "EXCLUSIVE", "exclusive"),
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("secure_delete", "ON", "1"),
        ("temp_store", "MEMORY", "2"),
        ("mmap_size", "0", "0"),
        ("cell_size_check", "ON", "1"),
        ("foreign_keys", "ON", "1"),
        ("fullfsync", "ON", "1"),
        ("checkpoint_fullfsync", "ON", "1"),
    ] {
        let set = format!("PRAGMA {pragma} = {value}");
        connection.execute_batch(&set).or_else(ignore_row).map_err(failed)?;
        let get = format!("PRAGMA {pragma}");
        let read = connection.query_row(&get, [], |row| row.get::<_, rusqlite::types::Value>(0)).map_err(failed)?;
        let read = match read {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            _ => String::new(),
        };
        if read != expected {
            return Err(Error::Internal { code: 220 });
        }
    }
    Ok(())
}

/// Pragmas that answer with a row are no failure.
fn ignore_row(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::ExecuteReturnedResults => Ok(()),
        other => Err(other),
    }
}

/// SQLite's error as ours, without its text.
pub(crate) fn failed(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::InUse,
        Some(ErrorCode::DiskFull) => Error::NoSpace,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged { what: "database" },
        Some(ErrorCode::OutOfMemory) => Error::Io { what: "database", kind: ErrorKind::OutOfMemory },
        Some(ErrorCode::SystemIoFailure | ErrorCode::OperationAborted | ErrorCode::FileLockingProtocolFailed) => {
            Error::Io { what: "database", kind: ErrorKind::Other }
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            Error::Io { what: "database", kind: ErrorKind::PermissionDenied }
        }
        Some(ErrorCode::TooBig) => Error::TooLarge { field: "record", limit: 16 * 1024 * 1024 },
        _ => Error::Damaged { what: "database row" },
    }
}

/// Moves everything from the WAL into the database and empties it; a busy checkpoint is an error.
pub(crate) fn checkpoint(connection: &Connection) -> Result<()> {
    super::files::step().map_err(Error::io("checkpoint"))?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(failed)?;
    if busy == 0 { Ok(()) } else { Err(Error::InUse) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_version_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.db");
        create(&path).unwrap().pragma_update(None, "user_version", migrate::VERSION + 1).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path), Err(Error::TooNew { .. })));
        assert_eq!(before.len(), std::fs::read(&path).unwrap().len());
    }

    #[test]
    fn a_planted_trigger_is_damage() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.db");
        drop(create(&path).unwrap());
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch("CREATE TRIGGER t AFTER INSERT ON heads BEGIN DELETE FROM heads; END;").unwrap();
        drop(raw);
        assert!(matches!(open(&path), Err(Error::Damaged { .. })));
    }

    #[test]
    fn a_second_connection_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.db");
        let _first = create(&path).unwrap();
        assert_eq!(open(&path).err(), Some(Error::InUse));
    }

    #[test]
    fn no_file_is_damage_and_text_is_no_database() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.db");
        assert!(matches!(open(&path), Err(Error::Damaged { .. })));
        std::fs::write(
            &path,
            b"this is not a database at all, but it is long enough to be read as a header of one....",
        )
        .unwrap();
        assert!(matches!(open(&path), Err(Error::Damaged { .. })));
    }
}
