//! The day itself: who is in it, the morning before the first step, the steps in order, and what happens to the phone.

use super::expect::Seen;
use super::phone::copy;
use super::script::{PolicyPart, Script};
use super::step::{Act, Step, Unlock};
use crate::error::{Error, Result};
use crate::file;
use crate::ward::{Stage, TurnedClock, Ward, lease_of};
use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::Curtain;
use curtain_core::error::CurtainError;
use curtain_core::policy::Channel;
use curtain_core::session::{AssessRequest, Session};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Why a step did not go on.
pub(super) enum Halt {
    /// The phone said no: a step may expect that.
    Phone(CurtainError),
    /// The script names what is not there.
    Script(String),
    /// The machine, the hospital or a check failed.
    Desk(Error),
}

impl From<CurtainError> for Halt {
    fn from(error: CurtainError) -> Halt {
        Halt::Phone(error)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Desk(error)
    }
}

impl From<curtain_core::error::Error> for Halt {
    fn from(error: curtain_core::error::Error) -> Halt {
        Halt::Phone(error.into())
    }
}

/// What a step's work gives.
pub(super) type Done<T = ()> = std::result::Result<T, Halt>;

/// A hospital, its workspace on the phone, and the names that the script has for what is in it.
pub(super) struct Place {
    pub(super) ward: Ward,
    pub(super) passcode: String,
    pub(super) session: Option<Arc<Session>>,
    /// The policy in force, to be changed.
    pub(super) pack: serde_json::Value,
    /// Every policy that was signed, oldest first.
    pub(super) packs: Vec<String>,
    pub(super) people: BTreeMap<String, String>,
    pub(super) rosters: BTreeMap<String, String>,
    pub(super) photos: BTreeMap<String, String>,
    /// Identity of the policy in force, as a receipt names it.
    pub(super) policy: [u8; 32],
}

/// A draft by its name in the script, and what became of it.
pub(super) struct Writing {
    pub(super) id: String,
    pub(super) request: AssessRequest,
    /// What was offered in its place, last time.
    pub(super) offers: Vec<(Channel, String)>,
}

/// A trace that was kept.
pub(super) struct Kept {
    pub(super) trace: String,
    /// The policy that it was decided under.
    pub(super) pack: String,
}

/// Everybody and everything of a day.
pub(super) struct Day<'a, 'b> {
    pub(super) stage: &'a mut Stage<'b>,
    pub(super) out: Option<&'a Path>,
    pub(super) scratch: &'a Path,
    pub(super) cost: KdfCost,
    pub(super) clock: Arc<TurnedClock>,
    pub(super) keystore: Arc<SoftwareKeystore>,
    pub(super) curtain: Arc<Curtain>,
    pub(super) places: Vec<Place>,
    /// Which of them the steps are about.
    pub(super) at: usize,
    pub(super) number: usize,
    pub(super) writings: BTreeMap<String, Writing>,
    pub(super) documents: BTreeMap<String, Vec<u8>>,
    pub(super) traces: BTreeMap<String, Kept>,
    pub(super) unlocked: Option<Instant>,
    /// What must never lie on the phone in clear.
    pub(super) needles: Vec<String>,
}

/// The name of an enum's variant as scripts spell it.
pub(super) fn variant(value: &impl std::fmt::Debug) -> String {
    let whole = format!("{value:?}");
    let mut out = String::new();
    for c in whole.chars().take_while(|c| c.is_alphanumeric() || *c == '_') {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Plays a script in `scratch`.
pub(super) fn play(
    stage: &mut Stage<'_>,
    script: &Script,
    scratch: &Path,
    cost: KdfCost,
    out: Option<&Path>,
) -> Result<()> {
    let keystore = Arc::new(SoftwareKeystore::new(&scratch.join("keystore"))?);
    let clock = Arc::new(TurnedClock::new(script.start.0));
    let phone = scratch.join("phone");
    file::make_directory(&phone)?;
    let curtain = Curtain::with_cost(&phone, keystore.clone(), clock.clone(), cost)?;
    let mut day = Day {
        stage,
        out,
        scratch,
        cost,
        clock,
        keystore,
        curtain,
        places: Vec::new(),
        at: 0,
        number: 0,
        writings: BTreeMap::new(),
        documents: BTreeMap::new(),
        traces: BTreeMap::new(),
        unlocked: None,
        needles: Vec::new(),
    };
    day.morning(script).map_err(|halt| before("before the first step", halt))?;
    for (number, (step, line)) in script.steps.iter().zip(&script.lines).enumerate() {
        day.number = number + 1;
        day.step(step.get_ref(), *line)?;
    }
    Ok(())
}

fn before(place: &str, halt: Halt) -> Error {
    match halt {
        Halt::Phone(error) => Error::failed(format!("{place}: the phone answered {}", answer(&error))),
        Halt::Script(why) => Error::Usage(format!("{place}: {why}")),
        Halt::Desk(Error::Usage(why)) => Error::Usage(format!("{place}: {why}")),
        Halt::Desk(Error::Failed(why)) => Error::failed(format!("{place}: {why}")),
    }
}

/// A phone's answer as scripts spell it, with the constant that says which field or rule.
fn answer(error: &CurtainError) -> String {
    let name = variant(error);
    match error {
        CurtainError::Invalid { field } => format!("{name} ({field})"),
        CurtainError::NotAllowed { rule } => format!("{name} ({rule})"),
        _ => name,
    }
}

impl Day<'_, '_> {
    fn morning(&mut self, script: &Script) -> Done {
        self.enrol(&script.institution, &script.clinician, &script.passcode, &script.policy)?;
        self.lease(lease_of(script.lease.days.into(), script.lease.grace_days.into()), &mut Seen::default())?;
        self.unlock(&Unlock { passcode: None }, &mut Seen::default())?;
        for person in &script.patients {
            self.save_person(person)?;
        }
        for roster in &script.rosters {
            self.save_roster(roster)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, line: usize) -> Result<()> {
        let (number, name) = (self.number, step.act.name().replace('_', " "));
        self.stage.section(&format!("{}  {}", self.time(), step.says.as_deref().unwrap_or(&name)));
        let mut seen = Seen::default();
        let began = Instant::now();
        let done = self.act(&step.act, &mut seen);
        seen.note("took_ms", u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        let place = format!("step {number} (line {line})");
        match done {
            Ok(()) => {}
            Err(Halt::Phone(error)) => self.answered(&place, step, &error, &mut seen),
            Err(halt) => return Err(before(&place, halt)),
        }
        self.standing(&mut seen)?;
        for expectation in &step.expect.0 {
            match expectation.check(&seen) {
                Ok(line) => self.stage.expect(true, &line),
                Err(line) => self.stage.expect(false, &format!("{place}: {line}")),
            }
        }
        Ok(())
    }

    /// The phone said no: a fact where the step expects one, else a broken expectation.
    fn answered(&mut self, place: &str, step: &Step, error: &CurtainError, seen: &mut Seen) {
        seen.note("error", variant(error));
        match error {
            CurtainError::Invalid { field } => seen.note("field", field.as_str()),
            CurtainError::NotAllowed { rule } => seen.note("rule", rule.as_str()),
            CurtainError::MustWait { delay_ms } | CurtainError::WrongPasscode { delay_ms, .. } => {
                seen.note("delay_s", delay_ms / 1000);
            }
            _ => {}
        }
        if step.expect.names("error") {
            self.stage.fact(&format!("The phone answers: {}", answer(error)));
        } else {
            self.stage.expect(false, &format!("{place}: the phone answered {}", answer(error)));
        }
    }

    /// How the workspace stands after a step, as its lock screen shows it.
    fn standing(&mut self, seen: &mut Seen) -> Result<()> {
        let place = self.place();
        let info = self.curtain.workspaces()?.into_iter().find(|info| info.id == place.ward.workspace);
        seen.note("state", info.as_ref().map_or("gone".to_owned(), |info| variant(&info.state)));
        if let Some(info) = info {
            seen.note("tries_left", info.tries_left);
            if let Some(leaving) = info.leaving {
                let now = self.clock.wall_ms();
                let days = |at: i64| u64::try_from(at.saturating_sub(now).div_euclid(86_400_000)).unwrap_or(0);
                let known = [("leaving_days", leaving.leaving_until_ms), ("lease_days", leaving.lease_until_ms)];
                for (name, at) in known {
                    if let Some(at) = at {
                        seen.note(name, days(at));
                    }
                }
                seen.note("near", leaving.near);
            }
            if let Some(cause) = info.last_lock {
                seen.note("last_lock", variant(&cause));
            }
        }
        if let Some(since) = self.unlocked {
            seen.note("since_unlock_ms", u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn act(&mut self, act: &Act, seen: &mut Seen) -> Done {
        match act {
            Act::Arrived(_) => self.arrived(seen),
            Act::Assess(compose) => self.assess(compose, seen),
            Act::Background(_) => Ok(self.session()?.suspend()?),
            Act::Chart(of) => self.chart(of.patient.as_deref(), seen),
            Act::ChartNote(titled) => self.chart_note(titled),
            Act::Called(part) => Ok(self.session()?.record_call(self.writing(&part.draft)?.id.clone(), part.was)?),
            Act::Checklist(_) => self.checklist(seen),
            Act::Choose(choose) => self.choose(choose, seen),
            Act::Consent(part) => self.record_consent(part),
            Act::Consents(of) => self.consents(of, seen),
            Act::Contact(part) => self.contact(part),
            Act::Cover(part) => self.cover(part, seen),
            Act::Deliver(named) => self.deliver_kept(&named.name, seen),
            Act::Discard(part) => self.discard(part),
            Act::DiscardDraft(of) => Ok(self.session()?.discard_draft(self.writing(&of.draft)?.id.clone())?),
            Act::Drafts(_) => self.drafts(seen),
            Act::EditChart(part) => self.edit_chart(part),
            Act::Enrol(part) => {
                self.needle(&part.passcode);
                self.enrol(&part.institution, &part.clinician, &part.passcode, &PolicyPart::default())
            }
            Act::Export(of) => self.export(of, seen),
            Act::ExportPhoto(part) => self.export_photo(part, seen),
            Act::FileChart(part) => self.file_chart(part, seen),
            Act::FindPlaintext(_) => self.find_plaintext(seen),
            Act::HandOff(part) => self.hand_off(part, seen),
            Act::HandOver(_) => self.hand_over(seen),
            Act::Inbound(part) => self.inbound(part, seen),
            Act::Journal(_) => self.journal(seen),
            Act::KeepFiles(named) => Ok(copy(&self.phone(), &self.copy_of(&named.name)?)?),
            Act::Kill(_) => self.kill(),
            Act::Lease(part) => self.lease(lease_of(part.days.into(), part.grace_days.into()), seen),
            Act::Lock(_) => Ok(self.session()?.lock()?),
            Act::Messages(of) => self.messages(of, seen),
            Act::Note(part) => self.note(part),
            Act::Order(part) => self.order(part, seen),
            Act::Outcome(part) => {
                Ok(self.session()?.record_outcome(self.writing(&part.draft)?.id.clone(), part.was)?)
            }
            Act::Patient(person) => self.save_person(person),
            Act::Photo(part) => self.photo(part, seen),
            Act::PhotoConsent(part) => self.photo_consent(part),
            Act::PhotoWithdraw(part) => self.photo_withdraw(part, seen),
            Act::Photos(of) => self.photos(of.patient.as_deref(), seen),
            Act::Policy(part) => self.policy(part, seen),
            Act::Receipt(_) => self.receipt(seen),
            Act::Replay(named) => self.replay(&named.name, seen),
            Act::Restart(_) => {
                self.clock.restart();
                self.kill()
            }
            Act::RestoreFiles(named) => self.restore(&named.name),
            Act::Roster(part) => self.save_roster(part),
            Act::Scripts(part) => self.scripts(part, seen),
            Act::Search(part) => self.search(part, seen),
            Act::Shred(of) => self.shred(of),
            Act::Similar(of) => self.similar(of, seen),
            Act::Standing(reach) => self.consent_standing(reach, seen),
            Act::State(_) => {
                self.session()?.state()?;
                Ok(())
            }
            Act::Trace(compose) => self.trace(compose, seen),
            Act::TurnDraft(part) => self.turn(part),
            Act::TurnClock(span) => {
                self.clock.turn(span.0);
                self.tick()
            }
            Act::TurnTo(named) => self.turn_to(&named.name),
            Act::Unlock(part) => self.unlock(part, seen),
            Act::Wait(span) => self.wait(span.0),
            Act::Wipe(_) => self.wipe(),
            Act::Withdraw(part) => self.withdraw(part),
            Act::Write(compose) => self.write(compose, seen),
        }
    }

    fn time(&self) -> String {
        let at = time::OffsetDateTime::from_unix_timestamp(self.clock.wall_ms().div_euclid(1000));
        at.map_or(String::new(), |at| format!("{:02}:{:02}", at.hour(), at.minute()))
    }

    pub(super) fn place(&self) -> &Place {
        &self.places[self.at]
    }

    pub(super) fn place_mut(&mut self) -> &mut Place {
        &mut self.places[self.at]
    }

    /// The session of the present workspace; one that has ended answers for itself.
    pub(super) fn session(&self) -> Done<Arc<Session>> {
        self.place().session.clone().ok_or(Halt::Phone(CurtainError::Locked))
    }

    /// The passcode is asked for again.
    pub(super) fn fresh(&self) -> Done<String> {
        Ok(self.session()?.fresh_auth(self.place().passcode.as_bytes())?)
    }

    /// A text that must not lie on the phone in clear.
    pub(super) fn needle(&mut self, text: &str) {
        self.needles.push(text.to_owned());
    }

    pub(super) fn keep(&self, name: &str, bytes: &[u8]) -> Done {
        Ok(self.out.map_or(Ok(()), |out| file::replace(&out.join(name), bytes))?)
    }
}
