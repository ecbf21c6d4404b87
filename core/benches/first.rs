//! The first measurements: screening and assessing a draft, and a vault of 10,000 notes.
//!
//! `cargo bench -p curtain-core` prints one table (times of one thread); `docs/performance.md` says what each row includes.
//! Plain timers, no harness: every row is many rounds of the real call, sorted, with its median and its 99th percentile.
//! `-- screen` or `-- vault` runs one half.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Timer};

use curtain_core::crypto::kdf::{KdfCost, derive_passcode_key};
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::journal::{Code, JournalKey};
use curtain_core::message::{AssessInput, assess};
use curtain_core::note::Note;
use curtain_core::patient::{LawfulBasis, Purpose};
use curtain_core::platform::{Instant, KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use curtain_core::policy::{
    Audience, Channel, ConsentScope, ConsentState, History, NumberFacts, Pack, RosterState, US_HIPAA,
};
use curtain_core::screen::{KnownPerson, NameIndex, scan};
use curtain_core::vault::{Act, AttemptRules, Change, Forget, Id, NewWorkspace, Row, Vault, Workspace, signing_alias};
use curtain_core::words::Lang;

type Done<T = ()> = Result<T, Box<dyn Error>>;

const DRAFT_CHARS: usize = 320;
const PATIENTS: u16 = 200;
const NOTES_EACH: u16 = 50;
const NOTE_BYTES: usize = 1000;
const PASSCODE: &[u8] = b"correct horse battery";

fn main() -> Done {
    // `cargo bench` passes its own flags; only words choose.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |half: &str| chosen.is_empty() || chosen.iter().any(|word| word == half);
    let mut table = Table::default();
    if wanted("screen") {
        screening(&mut table)?;
    }
    if wanted("vault") {
        vault(&mut table)?;
    }
    table.print()
}

/// The rows to print.
#[derive(Default)]
struct Table(Vec<[String; 5]>);

impl Table {
    fn row(&mut self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let count = times.len();
        let at = |share: usize| times.get(count.saturating_sub(1) * share / 100).copied().unwrap_or_default();
        // Of fewer than a hundred rounds the worst is the honest tail.
        let (name, tail) = if count >= 100 { ("p99", at(99)) } else { ("max", at(100)) };
        self.0.push([what.to_owned(), count.to_string(), shown(at(50)), shown(tail), name.to_owned()]);
    }

    fn rate(&mut self, what: &str, number: usize, took: Duration) -> Done {
        let each = took / u32::try_from(number)?;
        let rate = format!("{:.0}/s", 1.0 / each.as_secs_f64());
        self.0.push([what.to_owned(), number.to_string(), shown(each), rate, String::new()]);
        Ok(())
    }

    fn part(&mut self, title: &str) {
        self.0.push([title.to_owned(), "rounds".to_owned(), "p50".to_owned(), "tail".to_owned(), String::new()]);
    }

    fn print(&self) -> Done {
        let mut out = std::io::stdout().lock();
        for [what, rounds, middle, tail, name] in &self.0 {
            if rounds == "rounds" {
                writeln!(out)?;
            }
            writeln!(out, "{}", format!("{what:<48} {rounds:>7} {middle:>11} {tail:>11} {name}").trim_end())?;
        }
        Ok(())
    }
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.1} us") } else { format!("{:.2} ms", micros / 1000.0) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Timer::now();
    let result = black_box(work());
    (start.elapsed(), result)
}

/// Sentences of each kind; drafts are made of them.
const LOGISTICS: &[&str] = &[
    "Just a reminder: your appointment is on Tuesday at 2 pm at the main clinic.",
    "Please call the clinic at 555-123-4567 if you need to change the time.",
    "Your prescription is ready for pickup.",
    "There is a new message for you in the patient portal.",
    "Please bring your insurance card and the completed forms.",
    "Parking is available behind the building.",
    "Dr. Lee is running about 20 minutes late today.",
    "Thank you for your patience.",
];
const CLINICAL: &[&str] = &[
    "Your potassium came back at 5.9 mmol/L and the creatinine is 2.1, which is higher than last month.",
    "Please increase the metformin to 1000 mg twice daily and stop the lisinopril.",
    "The CT scan shows a small nodule in the left lower lobe.",
    "Are you still having chest pain and shortness of breath?",
    "Your HIV test is negative but the chlamydia screen was positive.",
    "We should start insulin glargine 10 units at night.",
    "The biopsy of your breast did not show cancer.",
    "Keep taking the antidepressant even if you feel better.",
];
const SPANISH: &[&str] = &[
    "Le recordamos que su cita es mañana a las 2 de la tarde en la clínica principal.",
    "Su receta está lista en la farmacia.",
    "Por favor llame a la clínica al 555-123-4567 para cambiar la hora.",
    "Su prueba de embarazo salió positiva y tiene la presión alta.",
    "Tome 500 mg de amoxicilina cada ocho horas durante siete días.",
    "¿Todavía tiene dolor de pecho o fiebre?",
    "Hay un mensaje nuevo para usted en el portal.",
    "Gracias por su paciencia.",
];
const DISGUISED: &[&str] = &[
    "Your H.I.V test and the h1v viral load are back.",
    "We found chl@mydia, d3pression and an old abor-tion in the notes.",
    "Yоur арpointment about the t u m o r is on 3/4/26.",
    "Ms. Rosa Martinez, DOB 02/11/1961, MRN 00123456, lives at 12 Elm Street, Springfield 62704.",
    "Her SSN is 219-09-9999 and the NHS number 943 476 5919; mail rosa@example.org.",
    "She is in room 12, bed 4, the only 91 year old from the village on the ward.",
];

/// Twenty-four drafts of exactly 320 characters: sentences in rotation, cut like somebody who is still typing.
fn drafts(lists: &[&[&str]]) -> Vec<String> {
    let sentences: Vec<&str> =
        (0..8).flat_map(|at| lists.iter().filter_map(move |list| list.get(at % list.len()))).copied().collect();
    (0..24)
        .map(|first| {
            let turned =
                (0..).filter_map(|step: usize| sentences.get((first + step * (1 + first / 8)) % sentences.len()));
            turned.flat_map(|sentence| sentence.chars().chain([' '])).take(DRAFT_CHARS).collect()
        })
        .collect()
}

/// As many known patients as the vault below has.
fn known() -> NameIndex {
    const GIVEN: [&str; 10] = ["Rosa", "Ann", "Omar", "Mei", "Ivan", "Lucia", "Peter", "Aisha", "Tom", "Grace"];
    NameIndex::new((0..PATIENTS).map(|n| KnownPerson {
        names: vec![format!("{} Family{n}", GIVEN[usize::from(n) % GIVEN.len()])],
        identifiers: vec![format!("MRN{:06}", u32::from(n) * 37)],
        phones: vec![format!("+1 555 200 {n:04}")],
    }))
}

fn screening(table: &mut Table) -> Done {
    let names = known();
    let pack = Pack::builtin(US_HIPAA)?;
    table.part(&format!("a draft of {DRAFT_CHARS} characters"));
    let (first, result) = timed(|| scan("Your prescription is ready.", pack.profile(), &names));
    result?;
    table.row("scan, the first of the process (reads the words)", vec![first]);
    let kinds: [(&str, &[&[&str]]); 5] = [
        ("logistics", &[LOGISTICS]),
        ("clinical", &[CLINICAL]),
        ("mixed", &[LOGISTICS, CLINICAL]),
        ("Spanish", &[SPANISH]),
        ("disguised and identifiers", &[DISGUISED]),
    ];
    let (mut scans, mut assessments) = (Vec::new(), Vec::new());
    for (kind, lists) in kinds {
        let drafts = drafts(lists);
        let mut times = Vec::new();
        for _ in 0..300 {
            for draft in &drafts {
                let (time, result) = timed(|| scan(black_box(draft), pack.profile(), &names));
                result?;
                times.push(time);
            }
        }
        scans.extend_from_slice(&times);
        table.row(&format!("scan, {kind}"), times);
    }
    table.row("scan, all kinds", scans);
    for (kind, lists) in kinds {
        let drafts = drafts(lists);
        let mut times = Vec::new();
        for _ in 0..60 {
            for draft in &drafts {
                let input = sms(black_box(draft), &pack, &names);
                let (time, result) = timed(|| assess(&input));
                result?;
                times.push(time);
            }
        }
        assessments.extend_from_slice(&times);
        table.row(&format!("assess for SMS, {kind}"), times);
    }
    table.row("assess for SMS, all kinds", assessments);
    Ok(())
}

fn sms<'a>(text: &'a str, pack: &'a Pack, names: &'a NameIndex) -> AssessInput<'a> {
    AssessInput {
        text,
        profile: pack.profile(),
        names,
        channel: Channel::Sms,
        audience: Audience::Patient,
        consent: ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
        other_consents: &[],
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        pack,
        lang: Lang::En,
        now_ms: 1_795_000_000_000,
        salt: [9; 32],
        patient_first_name: Some("Rosa"),
        clinician: Some("Dr. Lee"),
    }
}

/// The software keystore, with a note of when each call began and ended.
struct Watched {
    inner: SoftwareKeystore,
    calls: Mutex<Vec<(Timer, Timer)>>,
}

impl Watched {
    fn watch<T>(&self, call: impl FnOnce(&SoftwareKeystore) -> T) -> T {
        let start = Timer::now();
        let result = call(&self.inner);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((start, Timer::now()));
        result
    }

    /// Time inside the keystore since the last question, and the longest pause between two calls: in an unlock, Argon2.
    fn told(&self) -> (Duration, Duration) {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner));
        let inside = calls.iter().map(|(start, end)| *end - *start).sum();
        let pauses = calls.iter().zip(calls.iter().skip(1)).map(|((_, end), (start, _))| *start - *end);
        (inside, pauses.max().unwrap_or_default())
    }
}

impl Keystore for Watched {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        self.watch(|inner| inner.create(alias, purpose))
    }
    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.watch(|inner| inner.exists(alias))
    }
    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.watch(|inner| inner.delete(alias))
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.prf(alias, input))
    }
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.seal(alias, plaintext))
    }
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.open(alias, sealed))
    }
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.sign(alias, message))
    }
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.public_key(alias))
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        self.inner.strength()
    }
}

/// The bench's clock: a second a call, so that nothing depends on the machine's.
fn at(seconds: u32) -> Instant {
    let ms = u64::from(seconds) * 1000;
    Instant { wall_ms: 1_795_000_000_000 + i64::from(seconds) * 1000, since_boot_ms: ms, boot_id: "bench".into() }
}

fn id(table: u8, patient: u16, note: u16) -> Id {
    let mut bytes = [0; 16];
    // Records are inserted in an order that is not the order of their ids, as random ids are.
    let mixed = (u32::from(patient) << 16 | u32::from(note)).wrapping_mul(0x9E37_79B1);
    bytes[..4].copy_from_slice(&mixed.to_be_bytes());
    bytes[4] = table;
    bytes[5..7].copy_from_slice(&patient.to_be_bytes());
    bytes[7..9].copy_from_slice(&note.to_be_bytes());
    Id(bytes)
}

fn lane(patient: u16) -> Id {
    id(1, patient, 0)
}

/// A note as the session shelves it: its JSON without the text in the head, the text in the body.
fn note(patient: u16, number: u16) -> Done<Change> {
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

fn saved(lane: Id) -> [Act; 1] {
    [Act { event: Code::NoteSaved.into(), lane: Some(lane) }]
}

fn vault(table: &mut Table) -> Done {
    let (files, keys) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let watched = Arc::new(Watched { inner: SoftwareKeystore::new(keys.path())?, calls: Mutex::default() });
    let keystore: Arc<dyn Keystore> = watched.clone();
    let name = Id([7; 16]);
    keystore.create(signing_alias(name), KeyPurpose::Sign)?;
    let new = NewWorkspace {
        id: name,
        enrolment: Id([8; 16]),
        passcode: PASSCODE,
        cost: KdfCost::STANDARD,
        journal_key: JournalKey::make()?,
        trust: "{}".into(),
    };
    drop(Workspace::create(keystore.clone(), files.path(), &at(0), new)?);

    table.part("writing, durable (WAL, synchronous FULL)");
    table.row("the disk: 4 KiB appended and synced", disk(files.path())?);
    let mut workspace = Workspace::open(keystore.clone(), files.path(), name)?;
    let mut vault = workspace.unlock(PASSCODE, &at(1), AttemptRules::default())?;
    let total = usize::from(PATIENTS) * usize::from(NOTES_EACH);
    let mut batches = Duration::ZERO;
    for patient in 0..PATIENTS {
        let changes = (0..NOTES_EACH).map(|number| note(patient, number)).collect::<Done<Vec<_>>>()?;
        let (time, result) = timed(|| vault.commit(workspace.anchor_mut(), &at(2), &changes, &saved(lane(patient))));
        result?;
        batches += time;
    }
    table.rate("insert a note, 50 a commit, one patient each", total, batches)?;
    let mut single = Vec::new();
    for number in 0..320 {
        let change = [note(number % PATIENTS, 1000 + number)?];
        let (time, result) = timed(|| vault.commit(workspace.anchor_mut(), &at(3), &change, &saved(change[0].lane())));
        result?;
        single.push(time);
    }
    let sum: Duration = single.iter().sum();
    table.row("insert a note, a commit each", single);
    table.rate("  the same, with every 32nd's anchor", 320, sum)?;
    vault.close()?;
    drop(workspace);

    let (workspace, mut vault) = opening(table, &watched, files.path(), name)?;
    reading(table, &mut vault)?;
    forgetting(table, &watched, workspace, vault)
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
    table.row("search all, as the session (JSON, lower case)", searches(9, || notes_with(vault, &lanes))?);
    let mut patient = lanes.chunks(1).cycle();
    let one = || bytes_with(vault, patient.next().unwrap_or(&[]), b"plan").map(|hits| hits.min(10));
    table.row("search one patient, bytes", searches(200, one)?);
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
