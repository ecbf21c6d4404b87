//! T6: a thief who kept every image of every file ever written, knows every passcode, and has all keys that the keystore still
//! has. It does not ask Curtain: it opens slots, key tables and records by `docs/formats.md` and the primitives alone, every old
//! one with every key that it can still derive, so every combination of older and newer files is tried.
//!
//! Shredded patients, purged records and wiped vaults must not open; what was not forgotten must, or the thief is no thief; and
//! with a copy of the keystore from before, all of it opens, so forgetting is what the keystore forgets.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use curtain_core::crypto::slot::{SLOT_BYTES, Slot};
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::crypto::{derive_key, seal, sha256_parts};
use curtain_core::error::Error;
use curtain_core::memory::Secret32;
use curtain_core::platform::Keystore;
use rusqlite::Connection;

use crate::day::{Day, observe};
use crate::disk::{Disk, Tree, put, read_log_from};
use crate::model::{Model, Op};
use crate::ward::{Dice, Done, Place, TestClock, copy_tree, passcode};
use crate::{Tally, say, seed, shim};

/// Patients who are shredded and records that are purged in one life of a phone.
const SHREDDED: u8 = 50;
const KEPT: u8 = 5;
const PURGED_EACH: u8 = 10;
/// Vaults that are wiped on one phone, one after the other.
const WIPED: u64 = 20;

/// A row as the database has it.
#[derive(PartialEq, Eq, Hash)]
struct Record {
    lane: [u8; 16],
    id: [u8; 16],
    version: i64,
    envelope: Vec<u8>,
    head: Vec<u8>,
    body: Vec<u8>,
}

/// What the thief has taken.
struct Loot {
    log: PathBuf,
    read: u64,
    disk: Disk,
    scratch: PathBuf,
    databases: HashSet<[u8; 32]>,
    slots: HashSet<Vec<u8>>,
    anchors: HashSet<Vec<u8>>,
    wrapped: HashSet<([u8; 16], Vec<u8>)>,
    records: HashSet<Record>,
    images: Vec<Tree>,
}

impl Loot {
    fn new(place: &Place, log: &Path, scratch: &Path) -> Loot {
        Loot {
            log: log.to_owned(),
            read: 0,
            disk: Disk::new(&place.root),
            scratch: scratch.to_owned(),
            databases: HashSet::new(),
            slots: HashSet::new(),
            anchors: HashSet::new(),
            wrapped: HashSet::new(),
            records: HashSet::new(),
            images: Vec::new(),
        }
    }

    /// Takes everything that was written since the last time: after each sync, rename and unlink.
    fn take(&mut self, dice: &mut Dice) -> Done {
        for event in read_log_from(&self.log, &mut self.read)? {
            self.disk.apply(&event)?;
            if !matches!(event.kind, b's' | b'r' | b'u') {
                continue;
            }
            let tree = self.disk.whole()?;
            for (path, content) in &tree {
                let Some(content) = content else { continue };
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if path.starts_with("keys") {
                    continue;
                }
                if name.starts_with("slots") {
                    self.slots.insert(content.clone());
                } else if name.starts_with("anchor") {
                    self.anchors.insert(content.clone());
                } else if name == "vault.db" {
                    self.database(&tree, path, content)?;
                }
            }
            if dice.below(400) == 0 {
                self.images.push(tree);
            }
        }
        Ok(())
    }

    fn database(&mut self, tree: &Tree, path: &Path, content: &[u8]) -> Done {
        let wal = tree.get(&path.with_extension("db-wal")).cloned().flatten();
        if !self.databases.insert(sha256_parts(&[content, b"|", wal.as_deref().unwrap_or_default()])) {
            return Ok(());
        }
        drop(fs::remove_dir_all(&self.scratch));
        fs::create_dir_all(&self.scratch)?;
        let copy = self.scratch.join("vault.db");
        fs::write(&copy, content)?;
        if let Some(wal) = wal {
            fs::write(self.scratch.join("vault.db-wal"), wal)?;
        }
        // Not every moment is a database yet.
        let Ok(connection) = Connection::open(&copy) else { return Ok(()) };
        let lanes = connection.prepare("SELECT lane, wrapped FROM lanes").and_then(|mut statement| {
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()
        });
        self.wrapped.extend(lanes.unwrap_or_default());
        let sql = "SELECT lane, id, version, envelope, head, body FROM heads JOIN bodies USING (row)";
        let records = connection.prepare(sql).and_then(|mut statement| {
            let record = |row: &rusqlite::Row<'_>| {
                let (lane, id, version) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Record { lane, id, version, envelope: row.get(3)?, head: row.get(4)?, body: row.get(5)? })
            };
            statement.query_map([], record)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        self.records.extend(records.unwrap_or_default());
        Ok(())
    }

    /// Every text that opens with these keys.
    fn open(&self, keys: &Path, passcodes: usize) -> Done<Opened> {
        let keystore = SoftwareKeystore::new(keys)?;
        let mut opened = Opened::default();
        let mut names = Vec::new();
        for entry in fs::read_dir(keys)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        for anchor in &self.anchors {
            let Some(sealed) = anchor.get(18..) else { continue };
            let anchors = names.iter().filter(|name| name.contains(".anchor-"));
            opened.anchors += anchors.filter(|name| keystore.open((*name).clone(), sealed.to_vec()).is_ok()).count();
        }
        let mut tables: BTreeMap<[u8; 16], Vec<Secret32>> = BTreeMap::new();
        for slot in self.slots.iter().flat_map(|file| file.chunks(SLOT_BYTES)).filter_map(|part| Slot::parse(part).ok())
        {
            let workspace = curtain_core::crypto::hex(&slot.header.workspace);
            let pepper = format!("{workspace}.pepper-{}", slot.header.pepper);
            let ask = |input: [u8; 32]| -> curtain_core::error::Result<[u8; 32]> {
                let output = keystore.prf(pepper.clone(), input.to_vec())?;
                output.try_into().map_err(|_| Error::KeystoreUnsupported)
            };
            for number in 0..=passcodes {
                let Ok(Some(root)) = slot.open(&passcode(number), &ask) else { continue };
                opened.roots += 1;
                for epoch in names.iter().filter(|name| name.starts_with(&format!("{workspace}.epoch-"))) {
                    let input = sha256_parts(&[b"curtain key table v1", &slot.header.workspace]);
                    let share = keystore.prf(epoch.clone(), input.to_vec())?;
                    let table = derive_key(&share, root.expose(), &[b"curtain key table v1"])?;
                    tables.entry(slot.header.workspace).or_default().push(table);
                }
            }
        }
        let mut lanes: BTreeMap<[u8; 16], Vec<([u8; 16], Secret32)>> = BTreeMap::new();
        for (workspace, tables) in &tables {
            for (lane, wrapped) in &self.wrapped {
                for table in tables {
                    let Ok(key) = seal::open(table, &[b"curtain lane v1", workspace, lane], wrapped) else { continue };
                    let key = Secret32::from_slice(&key).ok_or("a key of another length")?;
                    lanes.entry(*lane).or_default().push((*workspace, key));
                }
            }
        }
        for record in &self.records {
            let Some(envelope) = seal::Envelope::parse(&record.envelope) else { continue };
            for (workspace, key) in lanes.get(&record.lane).into_iter().flatten() {
                let version = u64::try_from(record.version)?.to_be_bytes();
                let aad: [&[u8]; 5] = [b"curtain record v1", workspace, b"heads", &record.id, &version];
                let Ok(open) = seal::Opener::new(key).record(&aad, &envelope) else { continue };
                for part in [open.head(&record.head)?, open.body(&record.body)?] {
                    opened.texts.insert(String::from_utf8_lossy(&part).into_owned());
                }
            }
        }
        Ok(opened)
    }
}

#[derive(Default)]
struct Opened {
    roots: usize,
    anchors: usize,
    texts: BTreeSet<String>,
}

impl Opened {
    fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|opened| opened.contains(text))
    }
}

/// About `count` shredded patients, as many purged records, as many wiped vaults.
pub(crate) fn thief(root: &Path, images: &Path, count: u64) -> Done<Tally> {
    let (mut tally, mut dice) = (Tally::default(), Dice(seed()));
    let (mut shredded, mut purged, mut wiped, mut restored) = (0, 0, 0, 0u64);
    let mut judge = |held: bool, why: &dyn Fn() -> String| -> Done {
        if held {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            say(&why())?;
        }
        Ok(())
    };
    while shredded < count {
        drop(fs::remove_dir_all(root));
        let mut life = Life::begin(root, images)?;
        let (kept, gone) = life.fill()?;
        let before = images.join("keys-before");
        drop(fs::remove_dir_all(&before));
        copy_tree(&life.place.keys(), &before)?;
        life.forget()?;
        life.loot.take(&mut dice)?;
        let opened = life.loot.open(&life.place.keys(), life.model.places[0].passcode)?;
        for k in KEPT..KEPT + SHREDDED {
            let (note, name) = (format!("of person {k} at"), format!("Person-{k}\""));
            judge(!opened.has(&note) && !opened.has(&name), &|| format!("shredded patient {k} opens"))?;
        }
        for text in &gone {
            judge(!opened.has(text), &|| format!("a purged record opens: {text}"))?;
        }
        shredded += u64::from(SHREDDED);
        purged += gone.len() as u64;
        for text in &kept {
            judge(opened.has(text), &|| format!("the thief cannot open what stands: {text}"))?;
        }
        let earlier = life.loot.open(&before, life.model.places[0].passcode)?;
        let all = (KEPT..KEPT + SHREDDED).all(|k| earlier.has(&format!("of person {k} at")));
        judge(all && gone.iter().all(|text| earlier.has(text)), &|| "the keystore of before does not open it".into())?;
        judge(opened.anchors == 1, &|| format!("{} anchors open", opened.anchors))?;
        restored += life.restore(images, &gone, &mut judge)?;
    }
    while wiped < count {
        drop(fs::remove_dir_all(root));
        let mut life = Life::begin(root, images)?;
        life.run(&[Op::Enrol(1), Op::Policy(1), Op::Unlock(1), Op::Person(99), Op::Note(99, 1), Op::Lock])?;
        for _ in 0..WIPED {
            life.run(&[
                Op::Enrol(0),
                Op::Policy(0),
                Op::Unlock(0),
                Op::Person(7),
                Op::Note(7, 0),
                Op::Passcode,
                Op::Lock,
            ])?;
            life.loot.take(&mut dice)?;
            let before = life.loot.open(&life.place.keys(), 1)?;
            judge(before.has("of person 7 at"), &|| "the thief cannot open a vault that stands".into())?;
            life.run(&[Op::Wipe(0)])?;
            life.loot.take(&mut dice)?;
            let opened = life.loot.open(&life.place.keys(), 1)?;
            judge(!opened.has("of person 7 at") && !opened.has("Person-7\""), &|| "a wiped vault opens".into())?;
            judge(opened.has("of person 99 at"), &|| "the workspace beside it was harmed".into())?;
            life.run(&[Op::Acknowledge(0)])?;
            wiped += 1;
        }
    }
    say(&format!(
        "thief: {shredded} shredded patients, {purged} purged records, {wiped} wiped vaults; {restored} older directories put back"
    ))?;
    Ok(tally)
}

/// One phone, recorded from its first file on.
struct Life {
    place: Place,
    day: Day,
    model: Model,
    loot: Loot,
}

impl Life {
    fn begin(root: &Path, outside: &Path) -> Done<Life> {
        let place = Place::new(&root.join("phone"))?;
        let log = outside.join("thief.log");
        drop(fs::remove_file(&log));
        shim::log_to(&log);
        fs::create_dir(place.files())?;
        let day = Day::begin(&place, TestClock::at(0, false)).map_err(|error| format!("{error:?}"))?;
        let loot = Loot::new(&place, &log, &outside.join("scratch"));
        Ok(Life { place, day, model: Model::default(), loot })
    }

    fn run(&mut self, ops: &[Op]) -> Done {
        for op in ops {
            self.day.run(&self.model, *op).map_err(|error| format!("{op:?}: {error:?}"))?;
            self.model.apply(*op);
        }
        Ok(())
    }

    /// Patients to keep, with records to keep and records to purge; patients to shred. Gives the two kinds of texts.
    fn fill(&mut self) -> Done<(Vec<String>, Vec<String>)> {
        self.run(&[Op::Enrol(0), Op::Policy(0), Op::Unlock(0)])?;
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for k in 0..KEPT {
            self.run(&[Op::Person(k), Op::Note(k, 200)])?;
            kept.push(self.text(k, 200));
            for n in 0..PURGED_EACH {
                self.run(&[Op::Note(k, n), Op::ChartNote(k, n), Op::FileFirst])?;
                gone.push(self.text(k, n));
            }
        }
        for k in KEPT..KEPT + SHREDDED {
            self.run(&[Op::Person(k), Op::Note(k, 0)])?;
        }
        Ok((kept, gone))
    }

    fn text(&self, k: u8, n: u8) -> String {
        self.model.places[0]
            .people
            .get(&k)
            .and_then(|person| person.notes.get(&n))
            .map(|note| note.0.clone())
            .unwrap_or_default()
    }

    /// Shreds in a few sittings, changes the passcode in between, and purges.
    fn forget(&mut self) -> Done {
        for k in KEPT..KEPT + SHREDDED {
            self.run(&[Op::Shred(k)])?;
            match k % 20 {
                0 => self.run(&[Op::Lock, Op::Unlock(0)])?,
                10 => self.run(&[Op::Passcode])?,
                _ => {}
            }
        }
        self.run(&[Op::Days(31), Op::Unlock(0), Op::Lock])
    }

    /// Older directories under the keystore of today, whole, and an older database among today's files, opened by Curtain.
    fn restore(
        &self,
        images: &Path,
        gone: &[String],
        judge: &mut dyn FnMut(bool, &dyn Fn() -> String) -> Done,
    ) -> Done<u64> {
        let today = self.loot.disk.whole()?;
        let mut count = 0;
        for old in &self.loot.images {
            for database_only in [false, true] {
                let from = |path: &Path| {
                    let database = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vault.db"));
                    path.starts_with("keys") || database_only && !database
                };
                let mut tree: Tree =
                    today.iter().filter(|(path, _)| from(path)).map(|(p, c)| (p.clone(), c.clone())).collect();
                tree.extend(old.iter().filter(|(path, _)| !from(path)).map(|(p, c)| (p.clone(), c.clone())));
                let place = Place { root: images.join("restored") };
                drop(fs::remove_dir_all(&place.root));
                put(&tree, &place.root)?;
                let last = self.model.places[0].passcode;
                let keys: Vec<usize> = (0..=last).rev().collect();
                let clock = TestClock::at(self.model.passed_ms + 60_000, true);
                let seen = observe(&place, clock, [&keys, &[0]]).unwrap_or_default();
                let forgotten = |k: u8| seen.contains(&format!("person {k} "));
                let held = !(KEPT..KEPT + SHREDDED).any(forgotten) && !gone.iter().any(|text| seen.contains(text));
                judge(held, &|| "an older directory brought it back".into())?;
                count += 1;
            }
        }
        Ok(count)
    }
}
