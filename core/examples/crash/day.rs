//! The operations on the real thing, and what it holds as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use curtain_core::consent::{Allowed, ConsentBasis, ConsentStanding, HowGiven};
use curtain_core::curtain::{Curtain, Delivery, WorkspaceState};
use curtain_core::error::CurtainError;
use curtain_core::message::{Outcome, last_four};
use curtain_core::patient::{ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PersonName, Purpose};
use curtain_core::policy::{Audience, Channel};
use curtain_core::roster::{Roster, RosterMember};
use curtain_core::session::{AssessRequest, ConsentForm, Session};
use curtain_core::words::Lang;

use crate::model::{Model, OP_MS, Op, SETTLE_MS};
use crate::ward::{Hospital, Place, TestClock, WRONG, passcode};

const DAY_MS: u64 = 86_400_000;

/// One process: Curtain open on a phone, perhaps with a session.
pub(crate) struct Day {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) curtain: Arc<Curtain>,
    session: Option<Arc<Session>>,
}

/// Why an operation did not succeed: of Curtain, or a fault of the test itself.
#[derive(Debug)]
pub(crate) enum Failed {
    Curtain(CurtainError),
    Core(curtain_core::error::Error),
    Other(String),
}

impl From<CurtainError> for Failed {
    fn from(error: CurtainError) -> Failed {
        Failed::Curtain(error)
    }
}

impl From<Box<dyn std::error::Error>> for Failed {
    fn from(error: Box<dyn std::error::Error>) -> Failed {
        Failed::Other(error.to_string())
    }
}

impl Failed {
    fn of(text: &str) -> Failed {
        Failed::Other(text.to_owned())
    }
}

fn family(k: u8) -> String {
    format!("Person-{k}")
}

fn number(k: u8) -> String {
    format!("+1555555{:04}", 100 + u32::from(k))
}

fn hospital(w: u8) -> String {
    format!("Hospital {w}")
}

impl Day {
    pub(crate) fn begin(place: &Place, clock: Arc<TestClock>) -> Result<Day, Failed> {
        let curtain = place.curtain(clock.clone()).map_err(Failed::Core)?;
        Ok(Day { clock, curtain, session: None })
    }

    fn session(&self) -> Result<&Session, Failed> {
        self.session.as_deref().ok_or(Failed::of("no session"))
    }

    /// The workspace of a hospital.
    pub(crate) fn workspace(&self, w: u8) -> Result<String, Failed> {
        let all = self.curtain.workspaces()?;
        all.into_iter()
            .find(|info| info.institution == hospital(w))
            .map(|info| info.id)
            .ok_or(Failed::of("no workspace"))
    }

    fn person(&self, k: u8) -> Result<String, Failed> {
        let all = self.session()?.patients()?;
        all.into_iter().find(|p| p.display_name.contains(&family(k))).map(|p| p.id).ok_or(Failed::of("no person"))
    }

    fn draft(&self, model: &Model, n: u8) -> Result<(String, String), Failed> {
        let here = &model.places[usize::from(model.open.unwrap_or(0))];
        let (k, text, _) = here.drafts.get(&n).ok_or(Failed::of("no draft in the model"))?;
        let patient = self.person(*k)?;
        let found = self
            .session()?
            .drafts()?
            .into_iter()
            .find(|saved| saved.draft.patient.as_deref() == Some(&patient) && saved.draft.text == *text);
        Ok((found.ok_or(Failed::of("no draft"))?.id, patient))
    }

    /// Does an operation as [`Model::apply`] does; `model` is the state before it.
    pub(crate) fn run(&mut self, model: &Model, op: Op) -> Result<(), Failed> {
        self.clock.pass(OP_MS);
        let place = &model.places[usize::from(model.open.unwrap_or(0))];
        let key = passcode(place.passcode);
        match op {
            Op::Enrol(w) => {
                let hospital = Hospital::new(w)?;
                let request = self.curtain.request()?;
                let enrolment = hospital.enrol(&request)?;
                self.curtain.enrol(&enrolment, &passcode(0))?;
            }
            Op::Policy(w) => done(self.curtain.deliver(&Hospital::new(w)?.policy(1)?)?)?,
            Op::Unlock(w) => {
                let key = passcode(model.places[usize::from(w)].passcode);
                self.session = Some(self.curtain.unlock(self.workspace(w)?, &key)?);
            }
            Op::Wrong(w) => match self.curtain.unlock(self.workspace(w)?, WRONG) {
                Err(CurtainError::WrongPasscode { .. }) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Err(Failed::of("a wrong passcode opened")),
            },
            Op::Lock => self.session()?.lock()?,
            Op::Suspend => self.session()?.suspend()?,
            Op::Tick => self.session()?.tick()?,
            Op::Days(days) => {
                self.clock.pass(u64::from(days) * DAY_MS);
                self.curtain.tick()?;
            }
            Op::Person(k) => drop(self.session()?.save_patient(patient(k, self.clock.wall_ms()))?),
            Op::Note(k, n) => self.note(model, k, n)?,
            Op::ChartNote(k, n) => {
                let note = self.note_id(&self.person(k)?, n)?.ok_or(Failed::of("no note"))?;
                self.session()?.chart_note(note)?;
            }
            Op::FileFirst => {
                let first = self.session()?.chart_items()?.into_iter().next().ok_or(Failed::of("nothing waits"))?;
                self.session()?.file_chart(first.id)?;
            }
            Op::Draft(k, _) => {
                let person = self.person(k)?;
                self.session()?.new_draft(Some(person), Channel::Sms, Audience::Patient)?;
            }
            Op::Type(n, _) => {
                let (id, _) = self.draft(model, n)?;
                let mut after = model.clone();
                after.apply(op);
                let text = after.here().drafts.get(&n).map(|draft| draft.1.clone()).unwrap_or_default();
                self.session()?.type_draft(id, text, 1)?;
                self.clock.pass(SETTLE_MS);
                self.session()?.tick()?;
            }
            Op::Discard(n) => self.session()?.discard_draft(self.draft(model, n)?.0)?,
            Op::Consent(k) => drop(self.session()?.record_consent(form(self.person(k)?, number(k)))?),
            Op::Withdraw(k) => {
                let person = self.person(k)?;
                self.session()?.withdraw_consent(person, Channel::Sms, number(k), HowGiven::InPerson, None)?;
            }
            Op::HandOff(n) => {
                let (id, person) = self.draft(model, n)?;
                let k = place.drafts.get(&n).map_or(0, |draft| draft.0);
                let request = AssessRequest {
                    patient: Some(person),
                    channel: Channel::Sms,
                    audience: Audience::Patient,
                    address: Some(number(k)),
                    roster: None,
                    attachments: vec![],
                    lang: Lang::En,
                };
                let digits = last_four(&number(k)).unwrap_or_default();
                self.session()?.confirm_number(self.person(k)?, number(k), digits)?;
                self.session()?.hand_off(id, request)?;
            }
            Op::Outcome(k) => {
                let messages = self.session()?.messages(self.person(k)?)?;
                let last = messages.into_iter().max_by_key(|saved| saved.message.handed_ms);
                self.session()?.record_outcome(last.ok_or(Failed::of("no message"))?.id, Outcome::Sent)?;
            }
            Op::Inbound(k) => {
                let person = self.person(k)?;
                self.session()?.record_inbound(person, Channel::Sms, number(k), "Thank you".into(), Lang::En)?;
            }
            Op::Roster(n) => {
                let member = RosterMember { name: "B. Okafor".into(), role: "nurse".into(), until_ms: None };
                let confirmed_ms = self.clock.wall_ms();
                let roster =
                    Roster { id: String::new(), name: format!("Team {n}"), members: vec![member], confirmed_ms };
                self.session()?.save_roster(roster)?;
            }
            Op::Shred(k) => {
                let person = self.person(k)?;
                let token = self.session()?.fresh_auth(&key)?;
                self.session()?.shred_patient(person, token)?;
            }
            Op::Passcode => self.session()?.change_passcode(&key, &passcode(place.passcode + 1))?,
            Op::Biometry => self.session()?.enable_biometry(&key)?,
            Op::Recovery => drop(self.session()?.enable_recovery(&key)?),
            Op::Wipe(w) => done(self.curtain.deliver(&Hospital::new(w)?.wipe(&self.workspace(w)?)?)?)?,
            Op::Acknowledge(w) => {
                let workspace = self.workspace(w)?;
                let receipt = self.curtain.receipt(workspace.clone())?.ok_or(Failed::of("no receipt"))?;
                done(self.curtain.deliver(&Hospital::new(w)?.acknowledge(&workspace, &receipt)?)?)?;
            }
        }
        Ok(())
    }

    fn note_id(&self, person: &str, n: u8) -> Result<Option<String>, Failed> {
        let title = format!("Note {n}");
        Ok(self.session()?.notes(person.to_owned())?.into_iter().find(|note| note.title == title).map(|note| note.id))
    }

    fn note(&self, model: &Model, k: u8, n: u8) -> Result<(), Failed> {
        let person = self.person(k)?;
        let mut after = model.clone();
        after.passed_ms += OP_MS;
        let id = self.note_id(&person, n)?;
        self.session()?.save_note(id, person, format!("Note {n}"), after.note_text(k, n))?;
        Ok(())
    }
}

fn done(delivery: Delivery) -> Result<(), Failed> {
    if delivery == Delivery::Done { Ok(()) } else { Err(Failed::Other(format!("{delivery:?}"))) }
}

fn patient(k: u8, now_ms: i64) -> Patient {
    let phone = ContactPoint {
        value: number(k),
        kind: ContactKind::Phone,
        owner: ContactOwner::Patient,
        shared_with: None,
        safe_to_leave_message: true,
        verified_ms: Some(now_ms),
        old: false,
    };
    Patient {
        id: String::new(),
        names: vec![PersonName { given: vec!["Rosa".into()], family: family(k) }],
        date_of_birth: Some("1961-05-03".into()),
        identifiers: vec![],
        contacts: vec![phone],
        language: Some("en".into()),
        interpreter: false,
        safeguarding: false,
        deceased: false,
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: now_ms,
        updated_ms: now_ms,
    }
}

fn form(patient: String, address: String) -> ConsentForm {
    ConsentForm {
        patient,
        channel: Channel::Sms,
        address,
        allowed: Allowed::Logistics,
        lang: Lang::En,
        alternatives: vec![Channel::Portal, Channel::Phone],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    }
}

/// What the phone holds, read by a new process through every door: as [`Model::render`] writes it. `keys` are the passcodes
/// that may open each workspace.
pub(crate) fn observe(place: &Place, clock: Arc<TestClock>, keys: [&[usize]; 2]) -> Result<String, Failed> {
    let day = Day::begin(place, clock)?;
    let mut texts = BTreeMap::new();
    for info in day.curtain.workspaces()? {
        let Some(w) = (0..2u8).find(|w| info.institution == hospital(*w)) else {
            return Err(Failed::Other(format!("a workspace is {:?}", info.state)));
        };
        let text = match info.state {
            WorkspaceState::Erased => format!("{w}: erased\n"),
            WorkspaceState::Locked | WorkspaceState::Waiting { .. } => seen(&day, w, &info.id, keys[usize::from(w)])?,
            state => return Err(Failed::Other(format!("workspace {w} is {state:?}"))),
        };
        texts.insert(w, text);
    }
    Ok(texts.into_values().collect())
}

fn seen(day: &Day, w: u8, id: &str, keys: &[usize]) -> Result<String, Failed> {
    let mut refused = None;
    for number in keys {
        match day.curtain.unlock(id.to_owned(), &passcode(*number)) {
            Ok(session) => return written(&session, w, *number),
            Err(error @ CurtainError::WrongPasscode { .. }) => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused.map_or(Failed::of("no passcode"), Failed::Curtain))
}

fn written(session: &Session, w: u8, key: usize) -> Result<String, Failed> {
    let mut out = String::new();
    let checklist = session.checklist()?;
    if checklist.set_aside > 0 {
        return Err(Failed::Other(format!("{} set aside", checklist.set_aside)));
    }
    let _ = writeln!(out, "{w}: passcode {key} waiting {}", session.chart_items()?.len());
    let mut people = BTreeMap::new();
    for summary in session.patients()? {
        let k: u8 = (0..=255).find(|k| summary.display_name.ends_with(&family(*k))).ok_or(Failed::of("a name"))?;
        let standing = match session.consent_standing(summary.id.clone(), Channel::Sms, number(k))? {
            ConsentStanding::NotAsked => None,
            ConsentStanding::InForce { .. } => Some(true),
            ConsentStanding::Withdrawn { .. } => Some(false),
            _ => return Err(Failed::of("a consent stands otherwise")),
        };
        let mut messages = session.messages(summary.id.clone())?;
        messages.sort_by_key(|saved| saved.message.handed_ms);
        let sent: Vec<_> = messages.iter().map(|saved| saved.message.outcome == Outcome::Sent).collect();
        let mut text = format!(
            "{w}: person {k} consent {standing:?} messages {sent:?} inbound {}\n",
            session.inbound(summary.id.clone())?.len()
        );
        let mut notes = BTreeMap::new();
        for note in session.notes(summary.id.clone())? {
            let n = note.title.trim_start_matches("Note ").parse::<u8>().map_err(|_| Failed::of("a title"))?;
            let whole = session.note(note.id)?;
            let line = format!("{w}: note {k} {n} {} {}\n", note.charted, whole.text);
            if notes.insert(n, line).is_some() {
                return Err(Failed::of("a note stands twice"));
            }
        }
        notes.into_values().for_each(|line| text.push_str(&line));
        if people.insert(k, (text, summary.id)).is_some() {
            return Err(Failed::of("a person stands twice"));
        }
    }
    let mut drafts = Vec::new();
    for saved in session.drafts()? {
        let of = people.iter().find(|(_, (_, id))| Some(id) == saved.draft.patient.as_ref());
        let k = of.map(|(k, _)| *k).ok_or(Failed::of("a draft of nobody"))?;
        drafts.push(format!("{w}: draft {k} {}\n", saved.draft.text));
    }
    people.into_values().for_each(|(text, _)| out.push_str(&text));
    drafts.sort();
    drafts.iter().for_each(|line| out.push_str(line));
    let mut rosters: Vec<_> =
        session.rosters()?.into_iter().map(|r| format!("{w}: {}\n", r.name.replace("Team", "roster"))).collect();
    rosters.sort();
    rosters.iter().for_each(|line| out.push_str(line));
    Ok(out)
}
