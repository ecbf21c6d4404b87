//! Two hundred times: a wrong passcode, an unlock, a piece of work, and one of the ways in which it ends. After each the process is searched.

use crate::phone::{DAY_MS, Hospital, TurnedClock, open, patient};
use crate::scan::{Hit, Scanner, hmac_states};
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::Curtain;
use curtain_core::error::CurtainError;
use curtain_core::memory::tap::{MASK, Tapped, take};
use curtain_core::patient::Patient;
use curtain_core::policy::{Audience, Channel};
use curtain_core::session::{AssessRequest, DiscardReason, SearchFilter, Session};
use curtain_core::words::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use tempfile::TempDir;

/// What the workers do: they live on, so that their stacks can be searched.
type Job = Box<dyn FnOnce() + Send>;

struct Worker {
    jobs: Sender<(Job, Sender<()>)>,
    _thread: JoinHandle<()>,
}

impl Worker {
    fn start() -> Worker {
        let (jobs, todo) = channel::<(Job, Sender<()>)>();
        let _thread = std::thread::spawn(move || {
            for (job, done) in todo {
                job();
                done.send(()).unwrap();
            }
        });
        Worker { jobs, _thread }
    }

    /// Runs `job` on this worker's stack and waits.
    fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, wait) = channel();
        let result = Arc::new(std::sync::Mutex::new(None));
        let slot = result.clone();
        self.jobs.send((Box::new(move || *slot.lock().unwrap() = Some(job())), done)).unwrap();
        wait.recv().expect("the job panicked");
        result.lock().unwrap().take().unwrap()
    }
}

/// A text that exists masked only, and whole while a call needs it.
#[derive(Clone)]
struct Masked(Vec<u8>);

impl Masked {
    /// Of bytes that never stood together: `part` gives them one by one.
    fn of(parts: impl Iterator<Item = u8>) -> Masked {
        Masked(parts.map(|byte| byte ^ MASK).collect())
    }

    fn text(&self) -> String {
        // Made by the allocator that wipes; the caller hands it over or drops it.
        let mut text = String::with_capacity(self.0.len());
        text.extend(self.0.iter().map(|byte| char::from(byte ^ MASK)));
        text
    }

    fn utf16(&self) -> Vec<u8> {
        self.0.iter().flat_map(|byte| [*byte, MASK]).collect()
    }
}

/// Lower-case letters that differ in each cycle: `kind` and a number in base 26 between fixed words.
fn words(kind: u8, cycle: u64) -> Masked {
    let mut number = cycle.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let letters = std::iter::repeat_with(move || {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        b'a' + u8::try_from(number % 26).unwrap()
    });
    Masked::of(
        [kind]
            .into_iter()
            .chain(letters.take(47).enumerate().map(|(at, letter)| if at % 9 == 8 { b' ' } else { letter })),
    )
}

struct Bench {
    clock: Arc<TurnedClock>,
    hospital: Hospital,
    workers: Vec<Worker>,
    scanner: Scanner,
    journal: Vec<Tapped>,
    texts: Vec<(String, Masked)>,
    hits: BTreeMap<String, usize>,
    scans: usize,
    found_alive: BTreeSet<String>,
    failed: usize,
}

struct Phone {
    _files: TempDir,
    _keys: TempDir,
    curtain: Arc<Curtain>,
    workspace: String,
    patient: String,
    passcode: Masked,
    /// The next unlock is by biometry.
    finger: bool,
}

pub(crate) fn run() {
    let cycles = std::env::var("CURTAIN_CYCLES").map_or(200, |text| text.parse().unwrap());
    std::panic::set_hook(Box::new(|info| {
        // The ordered panic is no news; any other is.
        if !info.to_string().contains("forced by a test") {
            println!("{info}");
        }
    }));
    let started = std::time::Instant::now();
    let mut bench = Bench {
        clock: Arc::default(),
        hospital: Hospital::new().unwrap(),
        workers: (0..3).map(|_| Worker::start()).collect(),
        scanner: Scanner::new(),
        journal: Vec::new(),
        texts: Vec::new(),
        hits: BTreeMap::new(),
        scans: 0,
        found_alive: BTreeSet::new(),
        failed: 0,
    };
    bench.control();
    let mut phone = None;
    for cycle in 0..cycles {
        let mut current = phone.take().unwrap_or_else(|| bench.new_phone(cycle));
        if bench.cycle(&mut current, cycle) {
            phone = Some(current);
        }
    }
    println!("alive while unlocked, and found: {:?}", bench.found_alive);
    for kind in ["ROOT", "table key", "manifest key", "lane key", "draft"] {
        if !bench.found_alive.contains(kind) {
            println!("control: {kind} is alive while unlocked and was not found");
            bench.failed += 1;
        }
    }
    for (what, count) in &bench.hits {
        println!("left behind: {what}: {count} times");
    }
    bench.failed += bench.hits.len();
    println!(
        "memory: {cycles} cycles, {} searches, {} MiB read, {} values in the last; {} kinds of values left behind; {:.0} s",
        bench.scans,
        bench.scanner.bytes_read >> 20,
        bench.scanner.needles(),
        bench.hits.len(),
        started.elapsed().as_secs_f64()
    );
    println!("{} passed, {} failed", usize::from(bench.failed == 0), bench.failed);
    std::process::exit(i32::from(bench.failed > 0));
}

impl Bench {
    /// The search finds what is there: in the heap, on another thread's stack, in UTF-16, and as a state of HMAC.
    fn control(&mut self) {
        let secret = words(b'c', u64::MAX);
        self.texts = vec![("control".into(), secret.clone())];
        self.arm();
        assert!(self.scanner.scan().is_empty(), "masked, it is found nowhere");
        let heap = secret.text();
        assert_eq!(self.scanner.scan().len(), 1, "in the heap");
        let wide: Vec<u16> = heap.encode_utf16().collect();
        assert_eq!(self.scanner.scan().len(), 2, "in UTF-16");
        drop((heap, wide));
        assert!(self.scanner.scan().is_empty(), "freed is wiped");
        let (out, stop) = (channel::<()>(), channel::<()>());
        let thread = std::thread::spawn(move || {
            let mut local = [0u8; 48];
            local.iter_mut().zip(&secret.0).for_each(|(to, from)| *to = from ^ MASK);
            std::hint::black_box(&local);
            out.0.send(()).unwrap();
            stop.1.recv().unwrap();
            std::hint::black_box(&local);
        });
        out.1.recv().unwrap();
        assert_eq!(self.scanner.scan().len(), 1, "on a stack");
        stop.0.send(()).unwrap();
        thread.join().unwrap();
        self.texts.clear();
        self.scanner.clear();
    }

    /// Looks for everything that was made since the last call, and for the texts.
    fn arm(&mut self) {
        for (name, masked) in take() {
            if name.starts_with("journal key") {
                self.journal.push((name, masked.clone()));
            }
            self.look_for(name, masked);
        }
        for (name, text) in &self.texts {
            self.scanner.add(name, text.0.clone());
            self.scanner.add(&format!("{name} in UTF-16"), text.utf16());
        }
    }

    fn look_for(&mut self, name: &str, masked: Vec<u8>) {
        if masked.len() >= 8 && self.scanner.add(name, masked.clone()) && masked.len() == 32 {
            for (state, masked) in hmac_states(&masked) {
                self.scanner.add(&format!("{state} of {name}"), masked);
            }
        }
    }

    /// Searches; nothing may be there but the journal's present key, which MACs what happens while locked.
    fn nothing_is_left(&mut self, after: &str) {
        self.arm();
        self.scans += 1;
        let hits = self.scanner.scan();
        let journal: Vec<Hit> = hits.iter().filter(|hit| hit.name.starts_with("journal key in")).cloned().collect();
        for hit in &hits {
            if journal.len() == 1 && hit.address == journal[0].address {
                continue;
            }
            if std::env::var_os("CURTAIN_SHOW").is_some() {
                println!("after {after}: {hit:x?}");
            }
            *self.hits.entry(format!("{} after {after} in {}", hit.name, place(&hit.region))).or_default() += 1;
        }
    }

    fn new_phone(&mut self, cycle: u64) -> Phone {
        let (files, keys) = (scratch(), scratch());
        let keystore = Arc::new(SoftwareKeystore::new(keys.path()).unwrap());
        let curtain = open(files.path(), keystore, &self.clock).unwrap();
        let passcode = words(b'p', cycle);
        let (workspace, patient) = {
            let typed = passcode.text();
            let workspace = self.hospital.take_in(&curtain, typed.as_bytes()).unwrap();
            let session = curtain.unlock(workspace.clone(), typed.as_bytes()).unwrap();
            let patient = session.save_patient(patient("Ana", "Ruiz", "1958-03-02", "A-1001", "555-777-0142")).unwrap();
            session.lock().unwrap();
            (workspace, patient)
        };
        Phone { _files: files, _keys: keys, curtain, workspace, patient, passcode, finger: false }
    }

    /// What is done now and then: leaving the phone by an export, new slots, forgetting.
    fn rare(&mut self, phone: &mut Phone, session: &Arc<Session>, cycle: u64, worker: usize) {
        let (open, patient, passcode) = (session.clone(), phone.patient.clone(), phone.passcode.clone());
        match cycle % 7 {
            1 => self.workers[worker].run(move || {
                let other = open.save_patient(mistaken()).unwrap();
                open.save_note(None, other.clone(), "Ward".into(), "a note about nobody".into()).unwrap();
                let token = open.fresh_auth(passcode.text().as_bytes()).unwrap();
                open.shred_patient(other, token).unwrap();
            }),
            2 => self.workers[worker].run(move || {
                let token = open.fresh_auth(passcode.text().as_bytes()).unwrap();
                assert!(open.export_patient(patient, token).unwrap().len() > 1000);
            }),
            3 => {
                let new = words(b'q', cycle);
                self.texts.push(("new passcode".into(), new.clone()));
                phone.passcode = new.clone();
                self.workers[worker].run(move || {
                    open.change_passcode(passcode.text().as_bytes(), new.text().as_bytes()).unwrap();
                });
            }
            4 => {
                phone.finger = true;
                self.workers[worker].run(move || open.enable_biometry(passcode.text().as_bytes()).unwrap());
            }
            5 => self.workers[worker].run(move || {
                assert!(open.enable_recovery(passcode.text().as_bytes()).unwrap().len() > 100);
            }),
            _ => {}
        }
    }

    /// One cycle; whether the phone is still there.
    fn cycle(&mut self, phone: &mut Phone, cycle: u64) -> bool {
        let (note, draft, wrong) = (words(b'n', cycle), words(b'd', cycle), words(b'w', cycle));
        // What was made in the last cycle was searched for, and is made again or gone; the journal's key is only replaced now.
        self.scanner.clear();
        let last = self.journal.len().saturating_sub(2);
        self.journal.drain(..last);
        for (name, masked) in self.journal.clone() {
            self.look_for(name, masked);
        }
        self.texts = vec![
            ("passcode".into(), phone.passcode.clone()),
            ("wrong passcode".into(), wrong.clone()),
            ("note".into(), note.clone()),
            ("draft".into(), draft.clone()),
        ];
        let turn = |n: u64| usize::try_from((cycle + n) % 3).unwrap();
        let (curtain, workspace) = (phone.curtain.clone(), phone.workspace.clone());
        let refused = self.workers[turn(0)].run(move || curtain.unlock(workspace, wrong.text().as_bytes()).err());
        assert!(matches!(refused, Some(CurtainError::WrongPasscode { .. })), "{refused:?}");
        self.nothing_is_left("a failed unlock");

        let (curtain, workspace, passcode) = (phone.curtain.clone(), phone.workspace.clone(), phone.passcode.clone());
        let by_finger = std::mem::take(&mut phone.finger);
        let session = self.workers[turn(1)].run(move || {
            if by_finger {
                return curtain.unlock_with_biometry(workspace).unwrap();
            }
            curtain.unlock(workspace, passcode.text().as_bytes()).unwrap()
        });
        let (open, patient, typed) = (session.clone(), phone.patient.clone(), draft);
        self.workers[turn(2)].run(move || work(&open, &patient, &note, &typed));
        self.rare(phone, &session, cycle, turn(1));
        if cycle < 8 {
            self.arm();
            self.found_alive.extend(self.scanner.scan().into_iter().map(|hit| hit.name));
        }

        let (open, clock, passcode, curtain) =
            (session.clone(), self.clock.clone(), phone.passcode.clone(), phone.curtain.clone());
        let way = ["a lock", "a suspension", "a panic", "the idle time", "a wipe"][usize::try_from(cycle % 5).unwrap()];
        self.workers[turn(0)].run(move || match cycle % 5 {
            0 => open.lock().unwrap(),
            1 => open.suspend().unwrap(),
            2 => {
                clock.panic.store(true, Ordering::SeqCst);
                assert!(matches!(open.patients().err(), Some(CurtainError::Internal { .. })));
                assert_eq!(open.patients().err(), Some(CurtainError::Locked));
            }
            3 => {
                clock.pass(600_000);
                curtain.tick().unwrap();
                assert_eq!(open.patients().err(), Some(CurtainError::Locked));
            }
            _ => wipe(&open, &passcode),
        });
        drop(session);
        self.nothing_is_left(way);
        self.clock.pass(DAY_MS / 24);
        cycle % 5 != 4
    }
}

/// What a clinician does: writes, reads, searches, asks.
fn work(session: &Session, patient: &str, note: &Masked, typed: &Masked) {
    let id = session.save_note(None, patient.to_owned(), "Ward".into(), note.text()).unwrap();
    assert_eq!(session.note(id.clone()).unwrap().text.len(), note.0.len());
    session.save_note(Some(id), patient.to_owned(), "Ward".into(), note.text() + ".").unwrap();
    let filter = SearchFilter { words: note.text()[..20].to_owned(), ..SearchFilter::default() };
    assert_eq!(session.search(filter).unwrap().total, 1);
    let draft = session.new_draft(Some(patient.to_owned()), Channel::Sms, Audience::Patient).unwrap();
    let request = AssessRequest {
        patient: Some(patient.to_owned()),
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: Some("555-777-0142".into()),
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    for end in 1..=typed.0.len() {
        session.type_draft(draft.clone(), Masked(typed.0[..end].to_vec()).text(), 0).unwrap();
    }
    session.assess(typed.text(), request).unwrap();
    assert_eq!(session.patients().unwrap().len(), 1);
}

fn mistaken() -> Patient {
    patient("Cy", "Doe", "2001-07-09", "A-1003", "555-777-0144")
}

fn wipe(session: &Session, passcode: &Masked) {
    let token = || session.fresh_auth(passcode.text().as_bytes()).unwrap();
    for item in session.checklist().unwrap().open {
        session.discard(item.id, DiscardReason::NotNeeded, token()).unwrap();
    }
    session.wipe(token()).unwrap();
}

/// Memory, where there is such a place: what is measured here is not how fast a disk syncs.
fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn place(region: &str) -> &str {
    match region {
        "[heap]" | "[stack]" => region,
        "anonymous" => "an arena or a thread's stack",
        _ => "a library's data",
    }
}
