//! T14: a vault's rows rearranged, and its files exchanged: refused, set aside, or answered exactly as before.

#![allow(clippy::print_stdout, reason = "the counts of a campaign; there are no patients in it")]

use super::tamper_tests::*;
use super::tests::{acts, at, id, put};

/// Statements that rearrange a vault, each with what it must lead to. `o` is the other workspace's database, `old` an
/// earlier copy of this one.
const REARRANGED: &[(&str, &str)] = &[
    (
        "two bodies of a patient swapped",
        "UPDATE bodies SET body = (SELECT b.body FROM main.bodies b WHERE b.row = CASE bodies.row WHEN 1 THEN 2 ELSE 1 END) WHERE row IN (1, 2)",
    ),
    (
        "two bodies of two patients swapped",
        "UPDATE bodies SET body = (SELECT b.body FROM main.bodies b WHERE b.row = CASE bodies.row WHEN 1 THEN 4 ELSE 1 END) WHERE row IN (1, 4)",
    ),
    ("a body deleted", "DELETE FROM bodies WHERE row = 4"),
    ("a head in the place of a body", "UPDATE bodies SET body = (SELECT head FROM heads WHERE row = 4) WHERE row = 4"),
    ("a body in the place of a head", "UPDATE heads SET head = (SELECT body FROM bodies WHERE row = 4) WHERE row = 4"),
    ("a record deleted whole", "DELETE FROM heads WHERE row = 5; DELETE FROM bodies WHERE row = 5"),
    (
        "a patient's records all deleted",
        "DELETE FROM bodies WHERE row IN (SELECT row FROM heads WHERE lane = (SELECT lane FROM heads WHERE row = 4)); DELETE FROM heads WHERE lane = (SELECT lane FROM heads WHERE row = 4)",
    ),
    (
        "a patient deleted whole",
        "DELETE FROM lanes WHERE lane = (SELECT lane FROM heads WHERE row = 4); DELETE FROM bodies WHERE row IN (4, 5); DELETE FROM heads WHERE row IN (4, 5)",
    ),
    (
        "a record twice under another id",
        "INSERT INTO heads SELECT 900, randomblob(16), lane, version, envelope, head FROM heads WHERE row = 4; INSERT INTO bodies SELECT 900, body FROM bodies WHERE row = 4",
    ),
    (
        "a record twice in another patient",
        "INSERT INTO heads SELECT 900, randomblob(16), (SELECT lane FROM heads WHERE row = 1), version, envelope, head FROM heads WHERE row = 4; INSERT INTO bodies SELECT 900, body FROM bodies WHERE row = 4",
    ),
    ("a record moved to a patient that is none", "UPDATE heads SET lane = randomblob(16) WHERE row = 4"),
    (
        "two records' ids swapped",
        "CREATE TEMP TABLE t AS SELECT row, id FROM heads; UPDATE heads SET id = randomblob(16) WHERE row IN (4, 5); UPDATE heads SET id = (SELECT id FROM t WHERE t.row = 9 - heads.row) WHERE row IN (4, 5)",
    ),
    (
        "two records' envelopes swapped",
        "CREATE TEMP TABLE t AS SELECT row, envelope FROM heads; UPDATE heads SET envelope = (SELECT envelope FROM t WHERE t.row = 9 - heads.row) WHERE row IN (4, 5)",
    ),
    ("a version raised", "UPDATE heads SET version = version + 1 WHERE row = 4"),
    ("a version below zero", "UPDATE heads SET version = -1 WHERE row = 4"),
    ("an envelope cut", "UPDATE heads SET envelope = substr(envelope, 1, 20) WHERE row = 4"),
    ("an empty head", "UPDATE heads SET head = x'' WHERE row = 4"),
    ("an empty body", "UPDATE bodies SET body = x'' WHERE row = 4"),
    ("an id of another length", "UPDATE heads SET id = x'00' WHERE row = 4"),
    (
        "two patients' keys swapped",
        "CREATE TEMP TABLE t AS SELECT lane, wrapped FROM lanes; UPDATE lanes SET wrapped = (SELECT wrapped FROM t WHERE t.lane != lanes.lane ORDER BY lane LIMIT 1)",
    ),
    (
        "two patients' manifests swapped",
        "CREATE TEMP TABLE t AS SELECT lane, manifest FROM lanes; UPDATE lanes SET manifest = (SELECT manifest FROM t WHERE t.lane != lanes.lane ORDER BY lane LIMIT 1)",
    ),
    ("a patient renamed", "UPDATE lanes SET lane = randomblob(16) WHERE lane = (SELECT lane FROM heads WHERE row = 4)"),
    ("a patient twice", "INSERT INTO lanes SELECT randomblob(16), wrapped, manifest FROM lanes LIMIT 1"),
    ("a journal entry deleted", "DELETE FROM journal WHERE seq = 3"),
    ("the journal's end deleted", "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)"),
    (
        "two journal entries swapped",
        "CREATE TEMP TABLE t AS SELECT seq, entry FROM journal; UPDATE journal SET entry = (SELECT entry FROM t WHERE t.seq = 7 - journal.seq) WHERE seq IN (3, 4)",
    ),
    (
        "a journal entry twice",
        "INSERT INTO journal SELECT (SELECT max(seq) + 1 FROM journal), entry FROM journal WHERE seq = 3",
    ),
    (
        "a journal entry from a record",
        "UPDATE journal SET entry = (SELECT head FROM heads WHERE row = 1) WHERE seq = 3",
    ),
    ("the head deleted", "DELETE FROM head"),
    ("the head's pepper changed", "UPDATE head SET sealed = zeroblob(length(sealed))"),
    ("a table dropped: heads", "DROP TABLE heads"),
    ("a table dropped: bodies", "DROP TABLE bodies"),
    ("a table dropped: lanes", "DROP TABLE lanes"),
    ("a table dropped: journal", "DROP TABLE journal"),
    ("a table dropped: head", "DROP TABLE head"),
    ("an index dropped", "DROP INDEX heads_by_lane"),
    ("a table more", "CREATE TABLE more (x)"),
    ("a column more", "ALTER TABLE heads ADD COLUMN more BLOB"),
    ("a view", "CREATE VIEW v AS SELECT * FROM heads"),
    ("a table renamed", "ALTER TABLE bodies RENAME TO heads2"),
    ("another application's number", "PRAGMA application_id = 7"),
    ("an earlier version", "PRAGMA user_version = 0"),
    ("a version below zero in the file", "PRAGMA user_version = -1"),
    (
        "an index that lists less",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_heads_1') WHERE name = 'heads_by_lane'",
    ),
    (
        "tables that stand for each other",
        "PRAGMA writable_schema = ON; CREATE TEMP TABLE t AS SELECT name, rootpage FROM sqlite_schema; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM t WHERE t.name = CASE sqlite_schema.name WHEN 'bodies' THEN 'journal' ELSE 'bodies' END) WHERE name IN ('bodies', 'journal')",
    ),
    ("a trigger", "CREATE TRIGGER t AFTER INSERT ON heads BEGIN DELETE FROM heads; END"),
    (
        "another workspace's record",
        "UPDATE heads SET (version, envelope, head) = (SELECT version, envelope, head FROM o.heads h WHERE h.row = heads.row) WHERE row = 4; UPDATE bodies SET body = (SELECT body FROM o.bodies b WHERE b.row = bodies.row) WHERE row = 4",
    ),
    (
        "another workspace's patient",
        "DELETE FROM heads WHERE row IN (4, 5); INSERT INTO heads SELECT * FROM o.heads WHERE row IN (4, 5); UPDATE lanes SET (wrapped, manifest) = (SELECT wrapped, manifest FROM o.lanes l WHERE l.lane = lanes.lane)",
    ),
    ("another workspace's journal", "DELETE FROM journal; INSERT INTO journal SELECT * FROM o.journal"),
    ("another workspace's head", "UPDATE head SET (pepper, sealed) = (SELECT pepper, sealed FROM o.head)"),
    (
        "another workspace's rows, all of them",
        "DELETE FROM heads; DELETE FROM bodies; DELETE FROM lanes; DELETE FROM journal; DELETE FROM head; INSERT INTO heads SELECT * FROM o.heads; INSERT INTO bodies SELECT * FROM o.bodies; INSERT INTO lanes SELECT * FROM o.lanes; INSERT INTO journal SELECT * FROM o.journal; INSERT INTO head SELECT * FROM o.head",
    ),
    (
        "an old record put back",
        "UPDATE heads SET (version, envelope, head) = (SELECT version, envelope, head FROM old.heads h WHERE h.row = heads.row) WHERE row = 1; UPDATE bodies SET body = (SELECT body FROM old.bodies b WHERE b.row = bodies.row) WHERE row = 1",
    ),
    (
        "an old patient put back",
        "DELETE FROM heads WHERE row = 1; INSERT INTO heads SELECT * FROM old.heads WHERE row = 1; DELETE FROM bodies WHERE row = 1; INSERT INTO bodies SELECT * FROM old.bodies WHERE row = 1; UPDATE lanes SET (wrapped, manifest) = (SELECT wrapped, manifest FROM old.lanes l WHERE l.lane = lanes.lane) WHERE lane = (SELECT lane FROM heads WHERE row = 1)",
    ),
    (
        "all old rows put back",
        "DELETE FROM heads; DELETE FROM bodies; DELETE FROM lanes; DELETE FROM journal; DELETE FROM head; INSERT INTO heads SELECT * FROM old.heads; INSERT INTO bodies SELECT * FROM old.bodies; INSERT INTO lanes SELECT * FROM old.lanes; INSERT INTO journal SELECT * FROM old.journal; INSERT INTO head SELECT * FROM old.head",
    ),
    (
        "all old rows but the head put back",
        "DELETE FROM heads; DELETE FROM bodies; DELETE FROM lanes; DELETE FROM journal; INSERT INTO heads SELECT * FROM old.heads; INSERT INTO bodies SELECT * FROM old.bodies; INSERT INTO lanes SELECT * FROM old.lanes; INSERT INTO journal SELECT * FROM old.journal",
    ),
];

#[test]
fn rows_rearranged_in_any_way_are_noticed() {
    let phone = ward();
    // The earlier copy: before one text was changed once more, and another patient's record with it.
    let old = std::fs::read(phone.directory().join("vault.db")).unwrap();
    let (mut workspace, mut vault) = phone.unlocked();
    let changes = [put(10, 11, b"the newest text"), put(20, 22, b"a withdrawal")];
    vault.commit(workspace.anchor_mut(), &at(40), &changes, &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(41)).unwrap();
    vault.close().unwrap();
    drop(workspace);
    let image = Image::of(&phone);
    let before = baseline(&image);
    let bench = Bench::new();
    let old_path = bench.files.path().join("old.db");
    let other = phone.files.path().join(id(5).text()).join("vault.db");
    for (what, statements) in REARRANGED {
        bench.lay(&image);
        std::fs::write(&old_path, &old).unwrap();
        let directory = bench.files.path().join(id(1).text());
        let raw = rusqlite::Connection::open(directory.join("vault.db")).unwrap();
        raw.execute_batch(&format!("ATTACH '{}' AS o; ATTACH '{}' AS old;", other.display(), old_path.display()))
            .unwrap();
        raw.execute_batch(statements).unwrap_or_else(|error| panic!("{what}: {error}"));
        drop(raw);
        let said = bench.judge(&before);
        assert!(matches!(said, Ok(Outcome::Refused | Outcome::Aside)), "{what}: {said:?}");
    }
}

#[test]
fn files_of_another_workspace_or_an_older_state_in_the_place_of_ones_own_are_refused() {
    let phone = ward();
    let other: Files = read_all(&phone.files.path().join(id(5).text()));
    let older = Image::of(&phone);
    let (mut workspace, mut vault) = phone.unlocked();
    vault.commit(workspace.anchor_mut(), &at(40), &[put(10, 11, b"the newest text")], &acts()).unwrap();
    vault.reseal(workspace.anchor_mut(), &at(41)).unwrap();
    // Killed: there is a log.
    let image = Image::of(&phone);
    drop((workspace, vault));
    let before = baseline(&image);
    let bench = Bench::new();
    let names = ["anchor", "slots", "vault.db", "vault.db-wal"];
    let (mut noticed, mut harmless) = (0, 0);
    for source in [&other, &older.files] {
        // Every choice of files taken from there; a file that is not there is missing afterwards.
        for choice in 1..1u32 << names.len() {
            let mut mixed = image.clone();
            for (_, name) in names.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1) {
                mixed.files.retain(|(file, _)| file != name);
                mixed.files.extend(source.iter().find(|(file, _)| file == name).cloned());
            }
            bench.lay(&mixed);
            match bench.judge(&before) {
                // Pages of two databases under one log may make up a database in which patients are set aside.
                Ok(Outcome::Refused | Outcome::Aside) => noticed += 1,
                // An older database under the newest log is the newest; the slots did not change.
                Ok(Outcome::Identical) => harmless += 1,
                Err(said) => panic!("choice {choice:04b}: {said}"),
            }
            assert!(harmless == 0 || std::ptr::eq(source, &older.files), "choice {choice:04b} of another workspace");
        }
    }
    println!("{noticed} mixtures noticed, {harmless} harmless");
    assert!(noticed > 20);
}
