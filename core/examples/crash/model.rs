//! What a ward's operations do, told twice: as a model that is only maps and times, and by the real thing (`day.rs`).
//! [`Model::render`] and `day::observe` write the same text of the same state.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::ward::Dice;

const DAY_MS: i64 = 86_400_000;
/// The policy's days for charted notes and messages, and for drafts: `us-hipaa.json`.
const CHARTED_DAYS: i64 = 30;
const DRAFT_DAYS: i64 = 7;
/// The lines in which two states differ.
pub(crate) fn difference(seen: &str, expected: &str) -> String {
    let only = |a: &str, b: &str, sign: char| -> String {
        let others: Vec<&str> = b.lines().collect();
        a.lines().filter(|line| !others.contains(line)).map(|line| format!("  {sign} {line}\n")).collect()
    };
    only(seen, expected, '+') + &only(expected, seen, '-')
}

/// A text that may go by SMS.
pub(crate) const SENDABLE: &str =
    "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
/// What an operation takes on the clock.
pub(crate) const OP_MS: u64 = 3_000;
/// What passes after the last key before a draft is written.
pub(crate) const SETTLE_MS: u64 = 300;

/// One call, or one short way of a user, that is acknowledged as a whole. Numbers: workspace, person, note, draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Op {
    Enrol(u8),
    Policy(u8),
    Unlock(u8),
    Wrong(u8),
    Lock,
    Suspend,
    Tick,
    Days(u8),
    Person(u8),
    Note(u8, u8),
    ChartNote(u8, u8),
    FileFirst,
    Draft(u8, u8),
    Type(u8, bool),
    Discard(u8),
    Consent(u8),
    Withdraw(u8),
    HandOff(u8),
    Outcome(u8),
    Inbound(u8),
    Roster(u8),
    Shred(u8),
    Passcode,
    Biometry,
    Recovery,
    Wipe(u8),
    Acknowledge(u8),
}

/// When something was last changed, and when it was charted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Times {
    changed_ms: i64,
    charted_ms: Option<i64>,
    /// Purged: its place in a list stays.
    gone: bool,
}

impl Times {
    fn over(&self, now_ms: i64) -> bool {
        self.charted_ms.is_some_and(|charted| now_ms >= charted.max(self.changed_ms) + CHARTED_DAYS * DAY_MS)
    }
}

/// What waits for the chart, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Waiting {
    Note(u8, u8),
    Message(u8, usize),
    Inbound(u8, usize),
    Consent(u8),
}

impl Waiting {
    fn person(self) -> u8 {
        match self {
            Waiting::Note(k, _) | Waiting::Message(k, _) | Waiting::Inbound(k, _) | Waiting::Consent(k) => k,
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) notes: BTreeMap<u8, (String, Times)>,
    /// The standing of consent to SMS: none, in force, withdrawn.
    pub(crate) consent: Option<bool>,
    pub(crate) messages: Vec<(bool, Times)>,
    inbound: Vec<Times>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stand {
    #[default]
    Absent,
    Enrolled,
    Erased,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) stand: Stand,
    pub(crate) passcode: usize,
    pub(crate) people: BTreeMap<u8, Person>,
    /// Of whom, the text, and when it was last changed.
    pub(crate) drafts: BTreeMap<u8, (u8, String, i64)>,
    pub(crate) rosters: Vec<u8>,
    waiting: Vec<Waiting>,
    pub(crate) failed: u32,
}

/// What the phone should hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Model {
    pub(crate) places: [Place; 2],
    pub(crate) open: Option<u8>,
    pub(crate) passed_ms: u64,
}

impl Model {
    fn now_ms(&self) -> i64 {
        crate::ward::START_MS + i64::try_from(self.passed_ms).unwrap_or(0)
    }

    pub(crate) fn here(&mut self) -> &mut Place {
        &mut self.places[usize::from(self.open.unwrap_or(0))]
    }

    pub(crate) fn note_text(&self, k: u8, n: u8) -> String {
        format!("note {n} of person {k} at {}: slept well, walks to the window, asks for tea", self.passed_ms)
    }

    /// What is past its time goes at an unlock and at a tick.
    fn purge(&mut self, w: usize) {
        let now_ms = self.now_ms();
        let place = &mut self.places[w];
        place.drafts.retain(|_, (_, _, changed)| now_ms < *changed + DRAFT_DAYS * DAY_MS);
        for person in place.people.values_mut() {
            person.notes.retain(|_, (_, times)| !times.over(now_ms));
            let messages = person.messages.iter_mut().map(|(_, times)| times);
            for times in messages.chain(&mut person.inbound) {
                times.gone |= times.over(now_ms);
            }
        }
    }

    /// The states that may be found now: what is past its time goes when a workspace is unlocked, if the clock is believed.
    pub(crate) fn renders(&self) -> Vec<String> {
        let mut found = Vec::new();
        for which in 0..4usize {
            let mut state = self.clone();
            (0..2).filter(|w| which >> w & 1 == 1).for_each(|w| state.purge(w));
            let text = state.render();
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    /// Whether the next unlock purges something.
    pub(crate) fn purges(&self) -> bool {
        self.renders().len() > 1
    }

    /// A new process looked, and saw one of [`Model::renders`]: nothing is open, no guess counts any more.
    pub(crate) fn restarted(&mut self, passed_ms: u64, seen: &str) {
        for which in 0..4usize {
            let mut state = self.clone();
            (0..2).filter(|w| which >> w & 1 == 1).for_each(|w| state.purge(w));
            if state.render() == seen {
                *self = state;
                break;
            }
        }
        self.places.iter_mut().for_each(|place| place.failed = 0);
        (self.open, self.passed_ms) = (None, passed_ms);
    }

    /// Does an operation; time passes first.
    pub(crate) fn apply(&mut self, op: Op) {
        self.passed_ms += OP_MS;
        let now_ms = self.now_ms();
        let fresh = || Times { changed_ms: now_ms, charted_ms: None, gone: false };
        match op {
            Op::Enrol(w) => self.places[usize::from(w)] = Place { stand: Stand::Enrolled, ..Place::default() },
            Op::Policy(_) | Op::Biometry | Op::Recovery => {}
            Op::Wrong(w) => self.places[usize::from(w)].failed += 1,
            Op::Unlock(w) => {
                self.open = Some(w);
                self.here().failed = 0;
                self.purge(usize::from(w));
            }
            // Leaving the foreground is a lock.
            Op::Lock | Op::Suspend => self.open = None,
            Op::Tick => self.purge(usize::from(self.open.unwrap_or(0))),
            Op::Days(days) => {
                self.passed_ms += u64::from(days) * DAY_MS.unsigned_abs();
                self.open = None;
            }
            Op::Person(k) => drop(self.here().people.insert(k, Person::default())),
            Op::Note(k, n) => {
                let text = self.note_text(k, n);
                let person = self.here().people.entry(k).or_default();
                // A changed note has to be charted anew.
                person.notes.insert(n, (text, fresh()));
            }
            Op::ChartNote(k, n) => self.here().waiting.push(Waiting::Note(k, n)),
            Op::FileFirst => self.file(now_ms),
            Op::Draft(k, n) => drop(self.here().drafts.insert(n, (k, String::new(), now_ms))),
            Op::Type(n, sendable) => {
                let text = if sendable { SENDABLE.to_owned() } else { format!("draft {n} as typed at {now_ms}") };
                if let Some(draft) = self.here().drafts.get_mut(&n) {
                    (draft.1, draft.2) = (text, now_ms);
                }
                self.passed_ms += SETTLE_MS;
            }
            Op::Discard(n) => drop(self.here().drafts.remove(&n)),
            Op::Consent(k) | Op::Withdraw(k) => {
                let here = self.here();
                here.people.entry(k).or_default().consent = Some(matches!(op, Op::Consent(_)));
                here.waiting.push(Waiting::Consent(k));
            }
            Op::HandOff(n) => {
                let here = self.here();
                let Some((k, ..)) = here.drafts.remove(&n) else { return };
                let messages = &mut here.people.entry(k).or_default().messages;
                messages.push((false, fresh()));
                here.waiting.push(Waiting::Message(k, messages.len() - 1));
            }
            Op::Outcome(k) => {
                if let Some(message) = self.here().people.entry(k).or_default().messages.last_mut() {
                    message.0 = true;
                }
            }
            Op::Inbound(k) => {
                let here = self.here();
                let inbound = &mut here.people.entry(k).or_default().inbound;
                inbound.push(fresh());
                here.waiting.push(Waiting::Inbound(k, inbound.len() - 1));
            }
            Op::Roster(n) => self.here().rosters.push(n),
            Op::Shred(k) => {
                let here = self.here();
                here.people.remove(&k);
                here.drafts.retain(|_, (of, ..)| *of != k);
                here.waiting.retain(|waiting| waiting.person() != k);
            }
            Op::Passcode => self.here().passcode += 1,
            Op::Wipe(w) => {
                self.places[usize::from(w)] = Place { stand: Stand::Erased, ..Place::default() };
                self.open = self.open.filter(|open| *open != w);
            }
            Op::Acknowledge(w) => self.places[usize::from(w)] = Place::default(),
        }
    }

    fn file(&mut self, now_ms: i64) {
        let here = self.here();
        if here.waiting.is_empty() {
            return;
        }
        let first = here.waiting.remove(0);
        let Some(person) = here.people.get_mut(&first.person()) else { return };
        let times = match first {
            Waiting::Note(_, n) => person.notes.get_mut(&n).map(|note| &mut note.1),
            Waiting::Message(_, at) => person.messages.get_mut(at).map(|message| &mut message.1),
            Waiting::Inbound(_, at) => person.inbound.get_mut(at),
            Waiting::Consent(_) => None,
        };
        if let Some(times) = times {
            times.charted_ms = Some(now_ms);
        }
    }

    /// The state as text; [`crate::day::observe`] writes the same.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        for (w, place) in self.places.iter().enumerate() {
            match place.stand {
                Stand::Absent => continue,
                Stand::Erased => {
                    let _ = writeln!(out, "{w}: erased");
                    continue;
                }
                Stand::Enrolled => {
                    let _ = writeln!(out, "{w}: passcode {} waiting {}", place.passcode, place.waiting.len());
                }
            }
            for (k, person) in &place.people {
                let messages: Vec<_> =
                    person.messages.iter().filter(|(_, times)| !times.gone).map(|(sent, _)| *sent).collect();
                let inbound = person.inbound.iter().filter(|times| !times.gone).count();
                let consent = person.consent;
                let _ = writeln!(out, "{w}: person {k} consent {consent:?} messages {messages:?} inbound {inbound}");
                for (n, (text, times)) in &person.notes {
                    let _ = writeln!(out, "{w}: note {k} {n} {} {text}", times.charted_ms.is_some());
                }
            }
            let mut drafts: Vec<_> =
                place.drafts.values().map(|(k, text, _)| format!("{w}: draft {k} {text}\n")).collect();
            drafts.sort();
            drafts.iter().for_each(|line| out.push_str(line));
            let mut rosters = place.rosters.clone();
            rosters.sort_unstable();
            rosters.iter().for_each(|n| out.push_str(&format!("{w}: roster {n}\n")));
        }
        out
    }

    /// An operation that may follow, for a random life of one workspace. `None`: throw again.
    pub(crate) fn propose(&self, dice: &mut Dice) -> Option<Op> {
        let here = &self.places[0];
        let (k, n) = (u8::try_from(dice.below(6)).ok()?, u8::try_from(dice.below(4)).ok()?);
        let person = here.people.get(&k);
        if self.open.is_none() {
            let wrong = here.failed < 3 && dice.below(5) == 0;
            return Some(if wrong { Op::Wrong(0) } else { Op::Unlock(0) });
        }
        let draft = here.drafts.get(&n);
        let op = match dice.below(40) {
            0..12 => Op::Note(k, n),
            12..15 if here.rosters.len() < 3 => Op::Roster(u8::try_from(here.rosters.len()).ok()?),
            15 => Op::Lock,
            16 => Op::Suspend,
            17..19 => Op::Tick,
            19..22 if person.is_some_and(|p| p.notes.contains_key(&n)) && here.waiting.len() < 12 => {
                Op::ChartNote(k, n)
            }
            22..26 if !here.waiting.is_empty() => Op::FileFirst,
            26 if draft.is_none() => Op::Draft(k, n),
            27..29 if draft.is_some() => Op::Type(n, dice.below(2) == 0),
            29 if draft.is_some() => Op::Discard(n),
            30 if here.waiting.len() < 12 => {
                if person?.consent == Some(true) {
                    Op::Withdraw(k)
                } else {
                    Op::Consent(k)
                }
            }
            31 if here.waiting.len() < 12 => Op::Inbound(k),
            32..34 => Op::Shred(k),
            34 if dice.below(3) == 0 && here.passcode < 200 => Op::Passcode,
            35 if dice.below(3) == 0 => Op::Biometry,
            36 if dice.below(3) == 0 => Op::Recovery,
            37 if dice.below(3) == 0 => Op::Days(8),
            _ => return None,
        };
        let about = |k: u8| here.people.contains_key(&k);
        Some(match op {
            Op::Note(k, _) | Op::Draft(k, _) | Op::Consent(k) | Op::Inbound(k) if !about(k) => Op::Person(k),
            Op::Shred(k) if !about(k) => return None,
            other => other,
        })
    }
}
