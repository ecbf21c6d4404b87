//! The work of `core/benches/first/side.rs` on SQLCipher 4 (defaults, raw key) or on plain SQLite, which is the same library without a key.
//!
//! `bench-peer sqlcipher|plain PATIENTS` prints one row a line: its name, a tab, the median in microseconds.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

type Done<T = ()> = Result<T, Box<dyn Error>>;

const NOTES_EACH: u32 = 50;
const NOTE_BYTES: usize = 1000;
const KEYS: [&str; 2] = [
    "x'2DD29CA851E7B56E4697B0E1F08507293D761A05CE4D1B628663F411A8086D99'",
    "x'98483C6EB40B6C31A448C22A66DED3B5E5E8D5119CAC8327B655C8B5C4836489'",
];

fn main() -> Done {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, patients] = words.as_slice() else { return Err("bench-peer sqlcipher|plain PATIENTS".into()) };
    let (ciphered, patients) = (store == "sqlcipher", patients.parse()?);
    run(ciphered, patients)
}

fn row(name: &str, mut times: Vec<Duration>) -> Done {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    writeln!(std::io::stdout(), "{name}\t{:.2}", middle.as_secs_f64() * 1e6)?;
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed(), result)
}

/// Opens and keys the database and reads its schema, without which SQLCipher has decrypted nothing.
fn open(path: &Path, key: Option<&str>) -> Done<Connection> {
    let connection = Connection::open(path)?;
    if let Some(key) = key {
        connection.pragma_update(None, "key", key)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn id(table: u8, patient: u32, note: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    let mixed = (patient << 16 | note).wrapping_mul(0x9E37_79B1);
    bytes[..4].copy_from_slice(&mixed.to_be_bytes());
    bytes[4] = table;
    bytes[5..9].copy_from_slice(&patient.to_be_bytes());
    bytes[9..13].copy_from_slice(&note.to_be_bytes());
    bytes
}

fn text(patient: u32, number: u32) -> String {
    const WORDS: [&str; 12] = [
        "reviewed", "the", "Chart", "and", "spoke", "with", "family;", "plan", "unchanged,", "follow", "up", "Monday.",
    ];
    let mut text = String::new();
    let mut at = patient as usize * 7 + number as usize;
    while text.len() < NOTE_BYTES {
        text.push_str(WORDS[at % WORDS.len()]);
        text.push(' ');
        at = at * 5 + 3 + text.len();
        at %= 10_007;
    }
    if number == 25 && patient.is_multiple_of(20) {
        text.push_str("Zebra crossing.");
    }
    text
}

fn insert(connection: &mut Connection, notes: &[(u32, u32)]) -> Done {
    let transaction = connection.transaction()?;
    {
        let mut statement = transaction.prepare_cached("INSERT INTO note VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for &(patient, number) in notes {
            let created = 1_795_000_000_000i64 + i64::from(number);
            statement.execute(params![
                id(2, patient, number),
                id(1, patient, 0),
                created,
                format!("Round {number}"),
                text(patient, number)
            ])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

const SCHEMA: &str = "CREATE TABLE note (id BLOB PRIMARY KEY, patient BLOB, created INTEGER, title TEXT, body TEXT); \
                      CREATE INDEX by_patient ON note (patient, created);";

fn run(ciphered: bool, patients: u32) -> Done {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("peer.db");
    let key = ciphered.then_some(KEYS[0]);
    let mut connection = open(&path, key)?;
    connection.execute_batch(SCHEMA)?;
    let mut times = Vec::new();
    for patient in 0..patients {
        let notes: Vec<_> = (0..NOTES_EACH).map(|number| (patient, number)).collect();
        let (time, result) = timed(|| insert(&mut connection, &notes));
        result?;
        times.push(time / NOTES_EACH);
    }
    row("batch", times)?;
    row("single", singles(&mut connection, patients)?)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let mut times = Vec::new();
    for number in 0..320 {
        let (time, result) = timed(|| insert(&mut connection, &[(number % patients, 2000 + number)]));
        result?;
        times.push(time);
    }
    row("single_normal", times)?;
    drop(connection);

    let mut times = Vec::new();
    for _ in 0..15 {
        let (time, connection) = timed(|| open(&path, key));
        drop(connection?);
        times.push(time);
    }
    row("open", times)?;

    let connection = open(&path, key)?;
    reading(&connection, patients)?;
    drop(connection);

    if let Some(memory) = memory_disk() {
        let mut connection = open(&memory.path().join("peer.db"), key)?;
        connection.execute_batch(SCHEMA)?;
        row("single_memory", singles(&mut connection, patients)?)?;
    }
    forgetting(&path, ciphered)
}

/// A commit each, 320 times.
fn singles(connection: &mut Connection, patients: u32) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..320 {
        let (time, result) = timed(|| insert(connection, &[(number % patients, 1000 + number)]));
        result?;
        times.push(time);
    }
    Ok(times)
}

fn reading(connection: &Connection, patients: u32) -> Done {
    let mut list = connection
        .prepare("SELECT id, created, title FROM note WHERE patient = ?1 ORDER BY created DESC LIMIT 50")?;
    let mut read = connection.prepare("SELECT created, title, body FROM note WHERE id = ?1")?;
    let mut search = connection.prepare("SELECT id FROM note WHERE body LIKE '%zebra crossing%'")?;
    let mut times = Vec::new();
    for step in 0..400 {
        let patient = id(1, step * 7 % patients, 0);
        let (time, rows) = timed(|| -> Result<Vec<([u8; 16], i64, String)>, rusqlite::Error> {
            list.query_map([patient], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        });
        if rows?.len() < 50 {
            return Err("a list is short".into());
        }
        times.push(time);
    }
    row("list50", times)?;
    let mut times = Vec::new();
    for step in 0..2000u32 {
        let nth = step * 7919 % (patients * NOTES_EACH);
        let wanted = id(2, nth / NOTES_EACH, nth % NOTES_EACH);
        let (time, found) = timed(|| {
            read.query_row([wanted], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        });
        found?;
        times.push(time);
    }
    row("read", times)?;
    let mut times = Vec::new();
    for _ in 0..9 {
        let (time, hits) = timed(|| -> Result<usize, rusqlite::Error> {
            let mut rows = search.query([])?;
            let mut hits = 0;
            while rows.next()?.is_some() {
                hits += 1;
            }
            Ok(hits)
        });
        if hits? != (patients as usize).div_ceil(20) {
            return Err("a search missed what is there".into());
        }
        times.push(time);
    }
    row("search", times)
}

/// One note deleted so that no older copy of the file opens it: SQLCipher writes every page anew under another key.
fn forgetting(path: &Path, ciphered: bool) -> Done {
    let mut times = Vec::new();
    for round in 0..6u32 {
        let connection = open(path, ciphered.then(|| KEYS[round as usize % 2]))?;
        let (time, result) = timed(|| -> Done {
            connection.execute("DELETE FROM note WHERE id = ?1", [id(2, 3, round)])?;
            if ciphered {
                connection.pragma_update(None, "rekey", KEYS[(round as usize + 1) % 2])?;
            }
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))?;
            Ok(())
        });
        result?;
        times.push(time);
    }
    row("forget", times)
}

/// A directory whose syncs cost nothing, where the system has one: there the processor's share of a commit shows.
fn memory_disk() -> Option<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").ok()
}
