//! A vault of 10,000 notes: writing, unlocking, reading, forgetting, through the calls that the session makes.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use curtain_core::crypto::kdf::{KdfCost, derive_passcode_key};
use curtain_core::journal::Code;
use curtain_core::note::Note;
use curtain_core::patient::{LawfulBasis, Purpose};
use curtain_core::platform::{Instant, Keystore};
use curtain_core::session::{SearchFilter, search_on};
use curtain_core::vault::{Act, AttemptRules, Change, Forget, Id, Row, Vault, Workspace};

use crate::phone::{NAME, Phone, singles, written};
use crate::watched::Watched;
use crate::{Done, PATIENTS, Table, timed};

pub(crate) const NOTES_EACH: u16 = 50;
const NOTE_BYTES: usize = 1000;
pub(crate) const PASSCODE: &[u8] = b"four calm herons wade";

/// The bench's clock: a second a call, so that nothing depends on the machine's.
pub(crate) fn at(seconds: u32) -> Instant {
    let ms = u64::from(seconds) * 1000;
    Instant { wall_ms: 1_795_000_000_000 + i64::from(seconds) * 1000, since_boot_ms: ms, boot_id: "bench".into() }
}

pub(crate) fn id(table: u8, patient: u16, note: u16) -> Id {
    let mut bytes = [0; 16];
    // Records are inserted in an order that is not the order of their ids, as random ids are.
    let mixed = (u32::from(patient) << 16 | u32::from(note)).wrapping_mul(0x9E37_79B1);
    bytes[..4].copy_from_slice(&mixed.to_be_bytes());
    bytes[4] = table;
    bytes[5..7].copy_from_slice(&patient.to_be_bytes());
    bytes[7..9].copy_from_slice(&note.to_be_bytes());
    Id(bytes)
}

pub(crate) fn lane(patient: u16) -> Id {
    id(1, patient, 0)
}

/// A note as the session shelves it: its JSON without the text in the head, the text in the body.
pub(crate) fn note(patient: u16, number: u16) -> Done<Change> {
    const WORDS: [&str; 12] = [
        "reviewed",
        "the",
        "Chart",
        "and",
        "spoke",
        "with",
        "family;",
        "plan",
        "unchanged,",
        "follow",
        "up",
        "Monday.",
    ];
    let mut text = String::new();
    let mut at = usize::from(patient) * 7 + usize::from(number);
    while text.len() < NOTE_BYTES {
        text.push_str(WORDS[at % WORDS.len()]);
        text.push(' ');
        at = at * 5 + 3 + text.len();
        at %= 10_007;
    }
    if number == 25 && patient.is_multiple_of(20) {
        text.push_str("Zebra crossing.");
    }
    let (lane, id) = (lane(patient), id(2, patient, number));
    let head = Note {
        id: id.text(),
        patient: lane.text(),
        title: format!("Round {number}"),
        text: String::new(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: 1_795_000_000_000,
        updated_ms: 1_795_000_000_000,
        charted_ms: None,
    };
    Ok(Change::Put { lane, id, kind: 4, head: serde_json::to_vec(&head)?, body: text.into_bytes() })
}

pub(crate) fn saved(lane: Id) -> [Act; 1] {
    [Act { event: Code::NoteSaved.into(), lane: Some(lane) }]
}

pub(crate) fn run(table: &mut Table) -> Done {
    let phone = Phone::new(tempfile::tempdir()?)?;
    table.part("writing, durable (WAL, synchronous FULL)");
    table.row("the disk: 4 KiB appended and synced", disk(phone.path())?);
    let (_, mut workspace, mut vault) = phone.unlock(1)?;
    table.row("insert a note, 50 in a commit (each)", written(&mut workspace, &mut vault, PATIENTS)?);
    table.row("insert a note, a commit each", singles(&mut workspace, &mut vault, PATIENTS)?);
    vault.close()?;
    drop(workspace);

    let (workspace, mut vault) = opening(table, &phone.watched, phone.path(), NAME)?;
    reading(table, &mut vault)?;
    forgetting(table, &phone.watched, workspace, vault)
}

fn disk(directory: &Path) -> Done<Vec<Duration>> {
    let mut file = std::fs::File::create(directory.join("disk"))?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let (time, result) = timed(|| file.write_all(&[1; 4096]).and_then(|()| file.sync_data()));
        result?;
        times.push(time);
    }
    Ok(times)
}

/// Unlocks again and again; what Argon2 and the keystore took is told apart by the keystore's own notes.
fn opening(table: &mut Table, watched: &Arc<Watched>, files: &Path, name: Id) -> Done<(Workspace, Vault)> {
    table.part("unlocking 10,000 notes of 200 patients");
    let derive = || timed(|| derive_passcode_key(PASSCODE, &[7; 16], KdfCost::STANDARD));
    let mut derivations = Vec::new();
    let [mut whole, mut kdf, mut keys, mut rest, mut anchors] = [const { Vec::new() }; 5];
    let mut last = None;
    for round in 0..15 {
        if let Some((workspace, vault)) = last.take() {
            let (_, _): (Workspace, ()) = (workspace, Vault::close(vault)?);
        }
        let (time, result) = derive();
        result?;
        derivations.push(time);
        let keystore: Arc<dyn Keystore> = watched.clone();
        let (time, opened) = timed(|| Workspace::open(keystore, files, name));
        anchors.push(time);
        let mut workspace = opened?;
        watched.told();
        let (time, vault) = timed(|| workspace.unlock(PASSCODE, &at(100 + round), AttemptRules::default()));
        last = Some((workspace, vault?));
        let (inside, pause) = watched.told();
        whole.push(time);
        kdf.push(pause);
        keys.push(inside);
        rest.push(time.saturating_sub(inside + pause));
    }
    table.row("Argon2id alone (64 MiB, 3 passes)", derivations);
    table.row("open the locked workspace (anchor)", anchors);
    table.row("unlock, all of it", whole);
    table.row("  of it Argon2id", kdf);
    table.row("  of it the software keystore", keys);
    table.row("  the rest", rest);
    last.ok_or_else(|| "no round".into())
}

fn reading(table: &mut Table, vault: &mut Vault) -> Done {
    table.part("reading 10,000 notes of 200 patients");
    let mut all = Vec::new();
    for title in ["list 50 heads, a patient's first (verifies)", "list 50 heads, again"] {
        let mut times = Vec::new();
        for patient in 0..PATIENTS {
            let (time, rows) = timed(|| vault.list(lane(patient)));
            times.push(time);
            all.extend(rows?.into_iter().map(|row: Row| (row.lane, row.id)));
        }
        table.row(title, times);
    }
    let mut times = Vec::new();
    for step in 0..2000 {
        let (lane, id) = all.get(step * 7919 % all.len()).copied().ok_or("no rows")?;
        let (time, found) = timed(|| vault.read(lane, id));
        found?.ok_or("a note is gone")?;
        times.push(time);
    }
    table.row("read one note", times);
    let lanes: Vec<Id> = (0..PATIENTS).map(lane).collect();
    table.row("search all, bytes", searches(9, || bytes_with(vault, &lanes, b"Zebra crossing"))?);
    table.row("search all, heads parsed and texts lowered", searches(9, || notes_with(vault, &lanes))?);
    let all = "Zébra CROSSING";
    table.row("search all, as the session, one thread", searches(9, || session_search(vault, all, None, 1))?);
    table.row("search all, as the session, two threads", searches(9, || session_search(vault, all, None, 2))?);
    let mut patient = lanes.chunks(1).cycle();
    let one = || bytes_with(vault, patient.next().unwrap_or(&[]), b"plan").map(|hits| hits.min(10));
    table.row("search one patient, bytes", searches(200, one)?);
    for (title, threads) in [("one", 1), ("two", 2)] {
        let mut patient = lanes.iter().copied().cycle();
        let one = || session_search(vault, "PLAN", patient.next(), threads).map(|hits| hits.min(10));
        table.row(&format!("search one patient, as the session, {title} allowed"), searches(200, one)?);
    }
    Ok(())
}

fn searches(rounds: usize, mut search: impl FnMut() -> Done<usize>) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let (time, hits) = timed(&mut search);
        times.push(time);
        if hits? != 10 {
            return Err("a search missed what is there".into());
        }
    }
    Ok(times)
}

fn bytes_with(vault: &mut Vault, lanes: &[Id], needle: &[u8]) -> Done<usize> {
    let finder = memchr::memmem::Finder::new(needle);
    let mut hits = 0;
    for lane in lanes {
        vault.scan(*lane, |_, body| {
            hits += usize::from(finder.find(&body).is_some());
            Ok(())
        })?;
    }
    Ok(hits)
}

fn notes_with(vault: &mut Vault, lanes: &[Id]) -> Done<usize> {
    let finder = memchr::memmem::Finder::new(b"zebra crossing");
    let (mut hits, mut unread) = (0, 0);
    for lane in lanes {
        vault.scan(*lane, |row, body| {
            let (Ok(mut note), Ok(text)) = (serde_json::from_slice::<Note>(&row.head), String::from_utf8(body)) else {
                unread += 1;
                return Ok(());
            };
            note.text = text;
            let found = finder.find(note.text.to_lowercase().as_bytes()).is_some()
                || finder.find(note.title.to_lowercase().as_bytes()).is_some();
            hits += usize::from(found);
            Ok(())
        })?;
    }
    if unread == 0 { Ok(hits) } else { Err("a note cannot be read".into()) }
}

/// The session's search, with its excerpts.
fn session_search(vault: &mut Vault, words: &str, patient: Option<Id>, threads: usize) -> Done<usize> {
    let filter =
        SearchFilter { words: words.to_owned(), patient: patient.map(|lane| lane.text()), ..SearchFilter::default() };
    Ok(usize::try_from(search_on(vault, &filter, threads)?.total)?)
}

fn forgetting(table: &mut Table, watched: &Watched, mut workspace: Workspace, mut vault: Vault) -> Done {
    table.part("forgetting beyond recovery (with the epoch step)");
    let mut forget = |title: &str, times: usize, what: &dyn Fn(u16) -> Forget| -> Done {
        let (mut whole, mut inside) = (Vec::new(), Vec::new());
        for round in 0..times {
            let what = what(u16::try_from(round)?);
            watched.told();
            let (time, result) =
                timed(|| vault.forget_for_good(workspace.anchor_mut(), &at(1000), &what, &[Code::NoteSaved.into()]));
            result?;
            whole.push(time);
            inside.push(watched.told().0);
        }
        table.row(title, whole);
        table.row("  of it the software keystore", inside);
        Ok(())
    };
    forget("purge one note (re-keys its patient)", 15, &|round| Forget {
        records: vec![(lane(round), id(2, round, 3))],
        lanes: Vec::new(),
    })?;
    forget("purge 50 notes of 50 patients", 5, &|round| Forget {
        records: (50..100).map(|patient| (lane(patient), id(2, patient, 10 + round))).collect(),
        lanes: Vec::new(),
    })?;
    forget("shred one patient", 15, &|round| Forget { records: Vec::new(), lanes: vec![lane(100 + round)] })?;
    Ok(())
}
