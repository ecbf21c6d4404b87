//! T7 and T13 through sessions: any subset of the app's files put back from any earlier point, and every file of the app
//! flipped. Refused, set aside, or the same answers. The attacker has the files, not the keystore.
//! `CURTAIN_CAMPAIGN=full` takes 500 points and a finer stride.

#![allow(clippy::print_stdout, reason = "the counts of a campaign; there are no patients in it")]

use super::clock_tests::{Dice, full};
use super::tests::{PASSCODE, Phone, START_MS, TurnedClock, agreed, request, ward, words};
use super::*;
use crate::consent::{Allowed, ConsentBasis, HowGiven};
use crate::crypto::software::SoftwareKeystore;
use crate::policy::{Audience, Channel};
use crate::session::ConsentForm;
use crate::words::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use tempfile::TempDir;

type Files = BTreeMap<PathBuf, Vec<u8>>;
/// What a session answers: by patient (empty: nobody's) and question.
type Answers = BTreeMap<(String, String), String>;

const WRONG: &[u8] = b"wrong passcode";

fn read_all(root: &Path, below: &Path, into: &mut Files) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            read_all(root, &path, into);
        } else {
            into.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

fn files_of(root: &Path) -> Files {
    let mut files = Files::new();
    read_all(root, Path::new(""), &mut files);
    files
}

fn lay(root: &Path, files: &Files) {
    for old in files_of(root).into_keys().filter(|path| !files.contains_key(path)) {
        fs::remove_file(root.join(old)).unwrap();
    }
    for (path, bytes) in files {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), bytes).unwrap();
    }
}

/// Where files are put down beside a keystore of their time, and opened.
struct Bench {
    files: TempDir,
    keys: TempDir,
    clock: Arc<TurnedClock>,
}

/// Whom and what to ask.
struct Asked {
    workspace: String,
    other: String,
    people: Vec<(String, String)>,
}

/// What came of opening.
enum Opened {
    Refused(CurtainError),
    Answered { answers: Answers, aside: BTreeSet<String>, failed: u32 },
}

impl Bench {
    fn new() -> Bench {
        Bench { files: tempfile::tempdir().unwrap(), keys: tempfile::tempdir().unwrap(), clock: Arc::default() }
    }

    /// Two hours after `phone`: no delay is left, and nothing is past its time yet.
    fn two_hours_after(&self, phone: &Phone) {
        let ran = phone.clock.since_boot_ms.load(Ordering::SeqCst);
        self.clock.since_boot_ms.store(ran + 7_200_000, Ordering::SeqCst);
    }

    fn open(&self, files: &Files, keys: &Files, asked: &Asked) -> Opened {
        lay(self.files.path(), files);
        lay(self.keys.path(), keys);
        let keystore = Arc::new(SoftwareKeystore::new(self.keys.path()).unwrap());
        let curtain =
            Curtain::with_cost(self.files.path(), keystore, self.clock.clone(), KdfCost::DANGEROUS_CHEAP).unwrap();
        let failed = match curtain.place(&asked.workspace) {
            Err(error) => return Opened::Refused(error.into()),
            Ok(gate) => {
                let inside = gate.enter().unwrap();
                inside.workspace.as_ref().unwrap().anchor().state().attempts.failed
            }
        };
        let session = match curtain.unlock(asked.workspace.clone(), PASSCODE) {
            Err(error) => {
                // Whatever it is, it is no guess, and erases nothing.
                let gate = curtain.place(&asked.workspace).unwrap();
                let inside = gate.enter().unwrap();
                let state = inside.workspace.as_ref().unwrap().anchor().state();
                // The right passcode starts the count over, or leaves it.
                assert!(state.attempts.failed <= failed && state.tombstone.is_none());
                return Opened::Refused(error);
            }
            Ok(session) => session,
        };
        let answers = answers(&session, asked);
        let others = curtain.workspaces().unwrap();
        let other = others.iter().find(|info| info.id == asked.other).map(|info| info.state.clone());
        assert_eq!(other, Some(WorkspaceState::Locked), "the other workspace");
        let gate = curtain.place(&asked.workspace).unwrap();
        let mut inside = gate.enter().unwrap();
        let aside = inside.open().unwrap().0.vault.set_aside().iter().map(Id::text).collect();
        Opened::Answered { answers, aside, failed }
    }
}

fn told<T>(result: Result<T, CurtainError>, say: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => say(value),
        Err(error) => format!("error: {error:?}"),
    }
}

fn answers(session: &Session, asked: &Asked) -> Answers {
    let mut all = Answers::new();
    let mut say = |patient: &str, what: String, answer: String| drop(all.insert((patient.to_owned(), what), answer));
    let people = session.patients().unwrap();
    for summary in people {
        say(&summary.id, "listed".into(), summary.display_name);
    }
    for (patient, number) in &asked.people {
        say(
            patient,
            "patient".into(),
            told(session.patient(patient.clone()), |p| format!("{} {}", p.id, p.contacts.len())),
        );
        for channel in [Channel::Sms, Channel::Email] {
            let standing = session.consent_standing(patient.clone(), channel, number.clone());
            say(patient, format!("standing {channel:?}"), told(standing, |standing| format!("{standing:?}")));
        }
        say(patient, "consents".into(), told(session.consents(patient.clone()), |all| all.len().to_string()));
        say(
            patient,
            "inbound".into(),
            told(session.inbound(patient.clone()), |all| {
                all.into_iter().map(|one| one.text).collect::<Vec<_>>().join("|")
            }),
        );
        let verdict = session.assess("Your prescription is ready.".into(), request(patient, number));
        say(patient, "verdict".into(), told(verdict, |assessment| format!("{:?}", assessment.verdict)));
        match session.notes(patient.clone()) {
            Ok(notes) => {
                say(patient, "notes".into(), notes.len().to_string());
                for note in notes {
                    let text = told(session.note(note.id.clone()), |note| note.text);
                    say(patient, format!("text {}", note.id), text);
                }
            }
            Err(error) => say(patient, "notes".into(), format!("error: {error:?}")),
        }
    }
    for item in session.chart_items().unwrap() {
        say(&item.patient, format!("chart {}", item.id), item.text);
    }
    for item in session.checklist().unwrap().open {
        let kind = format!("{:?}", item.kind);
        let what = if kind == "Unsent" { "draft open" } else { "open" };
        say(&item.patient, format!("{what} {}", item.id), kind);
    }
    for saved in session.drafts().unwrap() {
        let patient = saved.draft.patient.clone().unwrap_or_default();
        say(&patient, format!("draft {}", saved.id), saved.draft.text);
    }
    for hit in session.search(words("wound")).unwrap().hits {
        say(&hit.patient, format!("hit {}", hit.id), String::new());
    }
    all
}

/// Typed text and a note's later wording are anchored with the next put, at most 32 commits later; everything else at once.
fn may_lag(what: &str) -> bool {
    ["draft", "text ", "hit "].iter().any(|kind| what.starts_with(kind))
}

/// Judges answers against those of the present; `window` are those of points under the very same anchor.
fn judge(opened: Opened, present: &Answers, window: &[&Answers], failed: u32) -> Result<&'static str, String> {
    let (answers, aside, counted) = match opened {
        Opened::Refused(CurtainError::Damaged | CurtainError::RolledBack | CurtainError::OtherPhone) => {
            return Ok("refused");
        }
        Opened::Refused(CurtainError::TooNew | CurtainError::Internal { code: 1 }) => return Ok("refused"),
        Opened::Refused(other) => return Err(format!("the wrong error: {other:?}")),
        Opened::Answered { answers, aside, failed } => (answers, aside, failed),
    };
    if counted < failed {
        return Err(format!("guesses fell from {failed} to {counted}"));
    }
    let mut said = "the same answers";
    let keys: BTreeSet<_> = present.keys().chain(answers.keys()).collect();
    for key in keys {
        let (now, then) = (answers.get(key), present.get(key));
        if now == then {
            continue;
        }
        if aside.contains(&key.0) && now.is_none_or(|answer| answer.starts_with("error: Damaged")) {
            said = "set aside";
        } else if may_lag(&key.1) && window.iter().any(|point| point.get(key) == now) {
            said = "an earlier commit under the same anchor";
        } else {
            return Err(format!("{}: {then:?} became {now:?}", key.1));
        }
    }
    Ok(said)
}

fn second_enrolment(phone: &Phone, curtain: &Arc<Curtain>) -> String {
    let request = curtain.request().unwrap();
    curtain.enrol(&phone.hospital.enrol(&request), PASSCODE).unwrap().id
}

/// A ward with two workspaces; the first with three people to ask about.
fn begin() -> (Phone, Arc<Curtain>, Arc<Session>, Asked) {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let other = second_enrolment(&phone, &curtain);
    let lease = phone.hospital.lease(&workspace, 1, 1000);
    assert_eq!(curtain.deliver(&lease).unwrap(), Delivery::Done);
    let (session, ..) = ward(&curtain, &workspace);
    let mut people = Vec::new();
    for summary in session.patients().unwrap().into_iter().filter(|summary| !summary.deceased) {
        let patient = session.patient(summary.id.clone()).unwrap();
        let number = patient.contacts.iter().find(|c| c.kind == crate::patient::ContactKind::Phone && !c.old);
        people.extend(number.map(|number| (summary.id, number.value.clone())));
    }
    people.truncate(3);
    assert_eq!(people.len(), 3);
    (phone, curtain, session, Asked { workspace, other, people })
}

fn objected(session: &Session, patient: &str, address: &str) {
    let form = ConsentForm {
        patient: patient.to_owned(),
        channel: Channel::Sms,
        address: address.to_owned(),
        allowed: Allowed::Nothing,
        lang: Lang::En,
        alternatives: vec![Channel::Phone],
        basis: ConsentBasis::Objection,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    };
    session.record_consent(form).unwrap();
}

/// The phone as it lives: acts, locks, failed guesses, kills.
struct Day {
    phone: Phone,
    curtain: Option<Arc<Curtain>>,
    session: Option<Arc<Session>>,
    asked: Asked,
    dice: Dice,
    draft: Option<String>,
    lease: u64,
    failed: u32,
}

impl Day {
    fn session(&mut self) -> Arc<Session> {
        if self.session.is_none() {
            self.phone.clock.pass(3_700_000);
            let curtain = self.curtain.as_ref().unwrap();
            self.session = Some(curtain.unlock(self.asked.workspace.clone(), PASSCODE).unwrap());
            self.failed = 0;
        }
        self.session.clone().unwrap()
    }

    fn act(&mut self) {
        self.phone.clock.pass(1_000);
        let (patient, number) = self.asked.people[self.dice.below(3)].clone();
        let number_of = number.clone();
        match self.dice.below(20) {
            0..=1 => {
                let session = self.session();
                session.save_note(None, patient, "Ward".into(), format!("wound {}", self.dice.below(1000))).unwrap();
            }
            2..=3 => {
                let session = self.session();
                if let Some(note) = session.notes(patient.clone()).unwrap().first() {
                    let text = format!("wound edited {}", self.dice.below(1000));
                    session.save_note(Some(note.id.clone()), patient, "Ward".into(), text).unwrap();
                }
            }
            4..=8 => {
                let session = self.session();
                let text = format!("typed {}", self.dice.below(1000));
                let draft = match self.draft.take() {
                    Some(draft) if self.dice.below(4) > 0 => draft,
                    _ => session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap(),
                };
                session.type_draft(draft.clone(), text, 0).unwrap();
                self.phone.clock.pass(300);
                session.tick().unwrap();
                self.draft = Some(draft);
            }
            9 => agreed(&self.session(), &patient, &number),
            10 => objected(&self.session(), &patient, &number),
            11..=12 => {
                let session = self.session();
                session.withdraw_consent(patient, Channel::Sms, number_of, HowGiven::InPerson, None).unwrap();
            }
            13 => {
                let said = ["STOP", "thanks", "who is this"][self.dice.below(3)];
                let session = self.session();
                session.record_inbound(patient, Channel::Sms, number, said.into(), Lang::En).unwrap();
            }
            14 => {
                let session = self.session();
                if let Some(note) = session.notes(patient).unwrap().first() {
                    session.chart_note(note.id.clone()).unwrap();
                }
            }
            15 => {
                if let Some(session) = self.session.take() {
                    session.lock().unwrap();
                }
            }
            16..=17 => {
                // A guess at the lock screen: the session ends.
                self.session = None;
                self.phone.clock.pass(3_700_000);
                if self.failed < 6 {
                    let curtain = self.curtain.as_ref().unwrap();
                    drop(curtain.unlock(self.asked.workspace.clone(), WRONG).err().unwrap());
                    self.failed += 1;
                }
            }
            18 => {
                self.lease += 1;
                let lease = self.phone.hospital.lease(&self.asked.workspace, self.lease, 1000);
                assert_eq!(self.curtain.as_ref().unwrap().deliver(&lease).unwrap(), Delivery::Done);
            }
            _ => {
                // Killed, and started again.
                (self.session, self.curtain) = (None, None);
                self.curtain = Some(self.phone.curtain());
            }
        }
    }
}

/// One moment: the files, and what they answered when opened with the keystore of that moment.
struct Point {
    files: Files,
    anchor: Vec<u8>,
    answers: Answers,
}

fn anchor_of(files: &Files, asked: &Asked) -> Vec<u8> {
    files[&Path::new("workspaces").join(&asked.workspace).join("anchor")].clone()
}

/// Every subset worth trying of an earlier point's files, over the present ones.
fn mixtures(present: &Files, earlier: &Files, asked: &Asked, dice: &mut Dice) -> Vec<Files> {
    let own = Path::new("workspaces").join(&asked.workspace);
    let names: Vec<PathBuf> =
        ["anchor", "slots", "vault.db", "vault.db-wal"].iter().map(|name| own.join(name)).collect();
    let take = |chosen: &dyn Fn(&Path) -> bool| {
        let mut mixed: Files =
            present.iter().filter(|(path, _)| !chosen(path)).map(|(p, b)| (p.clone(), b.clone())).collect();
        mixed.extend(earlier.iter().filter(|(path, _)| chosen(path)).map(|(p, b)| (p.clone(), b.clone())));
        mixed
    };
    let anchor = names[0].clone();
    let mut all = vec![take(&|_| true), take(&|path| path != anchor)];
    if full() {
        for choice in 1..16u32 {
            all.push(take(&|path| names.iter().enumerate().any(|(bit, name)| choice >> bit & 1 == 1 && name == path)));
        }
    } else {
        let choice = dice.below(15) + 1;
        all.push(take(&|path| names.iter().enumerate().any(|(bit, name)| choice >> bit & 1 == 1 && name == path)));
    }
    let coins = dice.roll();
    let paths: Vec<PathBuf> = present.keys().chain(earlier.keys()).cloned().collect();
    all.push(take(&|path| paths.iter().position(|one| one == path).is_some_and(|at| coins >> (at % 64) & 1 == 1)));
    all
}

#[test]
fn any_files_put_back_from_any_earlier_point_are_refused_or_change_no_answer() {
    let points = if full() { 500 } else { 24 };
    let (phone, curtain, session, asked) = begin();
    let (curtain, session) = (Some(curtain), Some(session));
    let mut day = Day { phone, curtain, session, asked, dice: Dice(11), draft: None, lease: 1, failed: 0 };
    let bench = Bench::new();
    let mut past: Vec<Point> = Vec::new();
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for number in 1..=points {
        day.act();
        // The files while everything runs, as a kill would leave them, and the keystore of the same moment.
        let (files, keys) = (files_of(day.phone.files.path()), files_of(day.phone.keys.path()));
        bench.two_hours_after(&day.phone);
        let Opened::Answered { answers, failed, .. } = bench.open(&files, &keys, &day.asked) else {
            panic!("point {number} does not open");
        };
        assert_eq!(failed, day.failed, "point {number}");
        past.push(Point { anchor: anchor_of(&files, &day.asked), files, answers });
        let present = past.last().unwrap();
        // Each point is put back at the end; some at moments in between, between failed guesses among them.
        let chosen: Vec<usize> = if number == points {
            (0..past.len() - 1).collect()
        } else if !full() && number % 6 > 0 {
            Vec::new()
        } else {
            vec![day.dice.below(past.len()), past.len().saturating_sub(2)]
        };
        for at in chosen {
            let earlier = &past[at];
            let same = past.iter().filter(|point| point.anchor == present.anchor);
            let window: Vec<&Answers> = same.map(|point| &point.answers).collect();
            for mixed in mixtures(&present.files, &earlier.files, &day.asked, &mut day.dice) {
                let opened = catch_unwind(AssertUnwindSafe(|| bench.open(&mixed, &keys, &day.asked)));
                let opened = opened.unwrap_or_else(|_| panic!("point {at} at {number}: a panic"));
                match judge(opened, &present.answers, &window, day.failed) {
                    Ok(said) => *tally.entry(said).or_default() += 1,
                    Err(said) => panic!("point {at} put back at {number}: {said}"),
                }
            }
        }
    }
    println!("{points} points: {tally:?}");
    assert!(tally["refused"] > points && tally["the same answers"] > points / 8, "{tally:?}");
}

/// The acts that no older database may take back, one after the other; each is under the anchor before its call returns.
const LASTING: [&str; 8] =
    ["yes", "new note", "text for the chart", "inbound", "no", "number", "withdrawal", "hand-off"];

fn lasting(session: &Session, what: &str, patient: &str, number: &str) {
    match what {
        "yes" => agreed(session, patient, number),
        "no" => objected(session, patient, number),
        "new note" => {
            session.save_note(None, patient.to_owned(), "Ward".into(), "wound is dry".into()).unwrap();
        }
        "text for the chart" => {
            let note = session.notes(patient.to_owned()).unwrap().remove(0).id;
            session.chart_note(note).unwrap();
        }
        "inbound" => {
            let (patient, number) = (patient.to_owned(), number.to_owned());
            session.record_inbound(patient, Channel::Sms, number, "STOP".into(), Lang::En).unwrap();
        }
        "number" => {
            let mut changed = session.patient(patient.to_owned()).unwrap();
            changed.contacts.retain(|contact| contact.value != number);
            session.save_patient(changed).unwrap();
        }
        "withdrawal" => {
            let (patient, number) = (patient.to_owned(), number.to_owned());
            session.withdraw_consent(patient, Channel::Sms, number, HowGiven::InPerson, None).unwrap();
        }
        _ => {
            let draft = session.new_draft(Some(patient.to_owned()), Channel::Phone, Audience::Patient).unwrap();
            session.type_draft(draft.clone(), "Please call us.".into(), 0).unwrap();
            let mut ask = request(patient, number);
            ask.channel = Channel::Phone;
            session.hand_off(draft, ask).unwrap();
        }
    }
}

#[test]
fn no_older_database_takes_back_a_no_a_new_note_or_what_waits_for_the_chart() {
    let (phone, curtain, session, asked) = begin();
    let bench = Bench::new();
    let anchor = Path::new("workspaces").join(&asked.workspace).join("anchor");
    for what in LASTING {
        // Its own person for the changed number: nothing may be sent there afterwards.
        let (patient, number) = &asked.people[usize::from(what == "number")];
        let before = files_of(phone.files.path());
        phone.clock.pass(1_000);
        lasting(&session, what, patient, number);
        let (mut mixed, keys) = (files_of(phone.files.path()), files_of(phone.keys.path()));
        for (path, bytes) in before.into_iter().filter(|(path, _)| *path != anchor) {
            mixed.insert(path, bytes);
        }
        bench.two_hours_after(&phone);
        let opened = bench.open(&mixed, &keys, &asked);
        assert!(matches!(opened, Opened::Refused(CurtainError::RolledBack)), "{what} was taken back");
    }
    drop((session, curtain));
}

#[test]
fn a_crash_branch_of_the_same_commits_put_back_later_is_refused() {
    let (phone, curtain, session, asked) = begin();
    let (patient, number) = asked.people[0].clone();
    agreed(&session, &patient, &number);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    let fork = files_of(phone.files.path());
    // One branch of the commits after the anchor, killed, and kept by somebody.
    let mut branches = Vec::new();
    for n in 0..24 {
        session.type_draft(draft.clone(), format!("branch {n}"), 0).unwrap();
        phone.clock.pass(300);
        session.tick().unwrap();
        branches.push(files_of(phone.files.path()));
    }
    let keys = files_of(phone.keys.path());
    assert!(branches.iter().all(|branch| anchor_of(branch, &asked) == anchor_of(&fork, &asked)), "one anchor over all");
    drop((session, curtain));
    // The files from before are put back: at most these commits are gone, and the phone goes on from there.
    lay(phone.files.path(), &fork);
    let curtain = phone.curtain();
    let session = curtain.unlock(asked.workspace.clone(), PASSCODE).unwrap();
    session.withdraw_consent(patient, Channel::Sms, number, HowGiven::InPerson, None).unwrap();
    for n in 0..12 {
        session.type_draft(draft.clone(), format!("other {n}"), 0).unwrap();
        phone.clock.pass(300);
        session.tick().unwrap();
    }
    let (present, present_keys) = (files_of(phone.files.path()), files_of(phone.keys.path()));
    assert_ne!(keys, present_keys);
    let bench = Bench::new();
    bench.two_hours_after(&phone);
    let Opened::Answered { answers, .. } = bench.open(&present, &present_keys, &asked) else { panic!("it opens") };
    let mut dice = Dice(3);
    let (mut refused, mut same) = (0, 0);
    for branch in branches.iter().step_by(if full() { 1 } else { 6 }).chain([&fork]) {
        for mixed in mixtures(&present, branch, &asked, &mut dice) {
            match judge(bench.open(&mixed, &present_keys, &asked), &answers, &[], 0) {
                Ok("refused") => refused += 1,
                Ok(_) => same += 1,
                Err(said) => panic!("{said}"),
            }
        }
    }
    println!("{} commits in the branch: {refused} mixtures refused, {same} the same answers", branches.len());
    assert!(refused > 10);
}

#[test]
fn every_flipped_byte_of_the_apps_files_is_noticed_or_changes_no_answer() {
    let (phone, curtain, session, asked) = begin();
    let (patient, number) = asked.people[0].clone();
    agreed(&session, &patient, &number);
    session.withdraw_consent(patient.clone(), Channel::Sms, number, HowGiven::InPerson, None).unwrap();
    session.save_note(None, patient.clone(), "Ward".into(), "wound is dry".into()).unwrap();
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft, "half a sent".into(), 11).unwrap();
    session.lock().unwrap();
    // A second request waits for its enrolment, a document in the inbox for the keystore.
    curtain.request().unwrap();
    drop((session, curtain));
    let next = phone.hospital.lease_of(&asked.workspace, 2, START_MS, 1000);
    let name = format!("{:016x}-{}", 1, hex(&crate::crypto::sha256(&next)));
    fs::write(phone.files.path().join("inbox").join(name), &next).unwrap();
    let (files, keys) = (files_of(phone.files.path()), files_of(phone.keys.path()));
    let bench = Bench::new();
    bench.two_hours_after(&phone);
    let Opened::Answered { answers: present, .. } = bench.open(&files, &keys, &asked) else { panic!("it opens") };
    let (mut tally, mut flipped): (BTreeMap<&str, u64>, u64) = Default::default();
    let own = Path::new("workspaces").join(&asked.workspace);
    let of_neighbour = Path::new("workspaces").join(&asked.other);
    for (path, bytes) in files.iter().filter(|(path, bytes)| !bytes.is_empty() && !path.starts_with(&of_neighbour)) {
        // The database is large, and flipped byte by byte below sessions.
        let sample = match (path.starts_with(&own), full()) {
            (_, true) => 1500,
            (true, false) => 16,
            (false, false) => 4,
        };
        for case in (0..bytes.len() * 8).step_by((bytes.len() * 8 / sample).max(1) | 1) {
            let mut bad = files.clone();
            bad.get_mut(path).unwrap()[case / 8] ^= 1 << (case % 8);
            flipped += 1;
            let opened = catch_unwind(AssertUnwindSafe(|| bench.open(&bad, &keys, &asked)));
            let opened = opened.unwrap_or_else(|_| panic!("{} bit {case}: a panic", path.display()));
            match judge(opened, &present, &[], 0) {
                Ok(said) => *tally.entry(said).or_default() += 1,
                Err(said) => panic!("{} bit {case}: {said}", path.display()),
            }
        }
    }
    println!("{flipped} flips over {} files: {tally:?}", files.len());
    assert!(tally["refused"] > 0 && tally["the same answers"] > 0);
}
