//! A clinician's days, one after the other, on one phone: 20 patients, 60 messages a day, everything charted by night.
//!
//! The same seed gives the same days. What a day cannot know, such as whether a text may go, it asks the core.

use curtain_core::consent::{Allowed, ConsentBasis, HowGiven};
use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::{Curtain, Delivery};
use curtain_core::message::{Outcome, last_four};
use curtain_core::patient::{
    ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose,
};
use curtain_core::policy::document::Scope;
use curtain_core::policy::{Audience, Channel};
use curtain_core::session::{AssessRequest, ConsentForm, Session};
use curtain_core::words::Lang;
use curtain_desk::error::{Error, Result};
use curtain_desk::issuer::Institution;
use curtain_desk::ward::{TurnedClock, Ward, clinic_pack, hunt, lease_of, pack_text};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Patients on the phone at any time.
pub(crate) const PATIENTS: usize = 20;
/// Messages of one day.
pub(crate) const MESSAGES: u32 = 60;
/// Patients who go home each day; as many come.
const CHANGES: usize = 1;

const PASSCODE: &[u8] = b"seven calm herons wade";
/// 2026-03-02, 08:00 UTC.
const START_MS: i64 = 1_772_438_400_000;
const MINUTE_MS: u32 = 60_000;

const GIVEN: [&str; 12] =
    ["Ana", "Jonas", "Maya", "Ruth", "Lucia", "Tomas", "Ingrid", "Kofi", "Leila", "Pavel", "Noor", "Elif"];
const FAMILY: [&str; 12] = [
    "Rivera",
    "Brandt",
    "Osei",
    "Adler",
    "Mendoza",
    "Kowalczyk",
    "Lindqvist",
    "Asante",
    "Haddad",
    "Novotny",
    "Rahman",
    "Yildirim",
];
const CLINICAL: [&str; 5] = [
    "Your potassium came back at 6.1, we should repeat it",
    "Your CT scan shows a new mass, we need to discuss treatment options",
    "Please take two more tablets of metoprolol tonight",
    "The biopsy was benign, no further treatment needed",
    "Your wound culture grew staphylococcus, we will change the antibiotic",
];
const REPORTED: [&str; 4] = [
    "my sugars were twelve this morning and fifteen now",
    "the wound is red and smells a little",
    "can I come on Friday instead",
    "fever again last night, took paracetamol",
];
const TEAM: [&str; 3] = [
    "Bed nine is short of breath again, please see her before rounds",
    "Handover: drain out tomorrow, potassium to be repeated at six",
    "Family of bed two asks for a meeting this afternoon",
];

/// What was done, and how long it took.
#[derive(Debug, Default, Clone)]
pub(crate) struct Figures {
    /// Days.
    pub(crate) days: u32,
    /// Texts handed off.
    pub(crate) handed_off: u64,
    /// Texts that were stopped and went otherwise, or not at all.
    pub(crate) stopped: u64,
    /// Texts that patients sent.
    pub(crate) inbound: u64,
    /// Chart texts filed.
    pub(crate) filed: u64,
    /// Patients shredded.
    pub(crate) shredded: u64,
    /// Items that are open in the end: must be 0.
    pub(crate) open: u64,
    /// Needles found in the phone's files: must be 0.
    pub(crate) plaintext: usize,
    /// Needles that were looked for.
    pub(crate) needles: usize,
    /// Files that were searched, and their bytes.
    pub(crate) searched: (usize, u64),
    /// Entries of the journal, as the desk's verifier counts them.
    pub(crate) journal: u64,
    /// All days, guesses at the passcode left out.
    pub(crate) days_took: Duration,
    /// Guesses at the passcode (unlocks and fresh authentications), each with its KDF.
    pub(crate) guesses_took: Duration,
    /// How many guesses.
    pub(crate) guesses: u32,
    /// Exporting and verifying the journal.
    pub(crate) journal_took: Duration,
    /// Searching the files.
    pub(crate) search_took: Duration,
}

/// SplitMix64: small, seeded, good enough to choose texts.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from((z ^ (z >> 31)) % bound).unwrap_or(0)
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts.get(self.below(texts.len())).copied().unwrap_or_default()
    }
}

struct Bed {
    patient: String,
    number: String,
    agreed: bool,
}

struct Days {
    curtain: Arc<Curtain>,
    clock: Arc<TurnedClock>,
    ward: Ward,
    chance: Chance,
    beds: Vec<Bed>,
    admitted: usize,
    needles: Vec<String>,
    seen: Figures,
}

/// Plays so many days in `directory`.
///
/// # Errors
/// `Failed` for whatever does not go as it should.
pub(crate) fn play(directory: &Path, days: u32, seed: u64, cost: KdfCost) -> Result<Figures> {
    let phone = directory.join("phone");
    std::fs::create_dir_all(&phone).map_err(|error| Error::failed(error.to_string()))?;
    let keystore = Arc::new(SoftwareKeystore::new(&directory.join("keystore"))?);
    let clock = Arc::new(TurnedClock::new(START_MS));
    let curtain = Curtain::with_cost(&phone, keystore, clock.clone(), cost)?;
    let hospital = Institution::create(&directory.join("hospital"), "St. Alder")?;
    let mut ward = Ward::enrol(&curtain, hospital, "Dr. Lee", PASSCODE, clock.wall_ms())?;
    let pack = pack_text(&clinic_pack("St. Alder", "Dr. Lee")?)?;
    let policy = ward.hospital.policy(&pack, Scope::Institution, clock.wall_ms())?;
    let lease = ward.hospital.lease(&ward.enrolment, lease_of(3000, 30), clock.wall_ms())?;
    if curtain.deliver(&policy)? != Delivery::Done || curtain.deliver(&lease)? != Delivery::Done {
        return Err(Error::failed("the phone refused its policy or lease"));
    }
    let mut needles = vec![String::from_utf8_lossy(PASSCODE).into_owned()];
    needles.extend([&CLINICAL[..], &REPORTED, &TEAM].concat().into_iter().map(str::to_owned));
    needles.retain(|needle| !pack.contains(needle.as_str()));
    let seen = Figures { days, ..Figures::default() };
    let mut all = Days { curtain, clock, ward, chance: Chance(seed), beds: Vec::new(), admitted: 0, needles, seen };
    for _ in 0..days {
        all.day()?;
    }
    all.end(&phone)
}

impl Days {
    fn guess<T>(&mut self, guess: impl FnOnce(&Days) -> Result<T>) -> Result<T> {
        let began = Instant::now();
        let done = guess(self);
        self.seen.guesses += 1;
        self.seen.guesses_took += began.elapsed();
        done
    }

    fn unlock(&mut self) -> Result<Arc<Session>> {
        self.guess(|days| Ok(days.curtain.unlock(days.ward.workspace.clone(), PASSCODE)?))
    }

    fn day(&mut self) -> Result<()> {
        let (began, guessed) = (Instant::now(), self.seen.guesses_took);
        let morning = self.clock.wall_ms();
        let session = self.unlock()?;
        let going = if self.beds.len() < PATIENTS { 0 } else { CHANGES };
        for _ in 0..going {
            let bed = self.beds.remove(self.chance.below(PATIENTS));
            let token = self.guess(|_| Ok(session.fresh_auth(PASSCODE)?))?;
            session.shred_patient(bed.patient, token)?;
            self.seen.shredded += 1;
        }
        while self.beds.len() < PATIENTS {
            self.admit(&session)?;
        }
        for number in 0..MESSAGES {
            // Inside the idle time, so that one unlock serves the day.
            self.clock.pass(MINUTE_MS);
            session.tick()?;
            self.message(&session, number)?;
        }
        for item in session.chart_items()? {
            if item.filed_ms.is_none() {
                session.file_chart(item.id)?;
                self.seen.filed += 1;
            }
        }
        session.lock()?;
        let rest = morning + 86_400_000 - self.clock.wall_ms();
        self.clock.pass(u32::try_from(rest).map_err(|_| Error::failed("a day of more than 24 hours"))?);
        self.curtain.tick()?;
        self.seen.days_took += began.elapsed().saturating_sub(self.seen.guesses_took - guessed);
        Ok(())
    }

    fn admit(&mut self, session: &Session) -> Result<()> {
        self.admitted += 1;
        let (given, family) = (self.chance.one_of(&GIVEN), self.chance.one_of(&FAMILY));
        let number = format!("555-{:03}-{:04}", 200 + self.admitted / 10_000, self.admitted % 10_000);
        let record = format!("MRN-{:07}", 4_200_000 + self.admitted);
        self.needles.extend([format!("{given} {family}"), number.clone(), record.clone()]);
        let patient = session.save_patient(Patient {
            id: String::new(),
            names: vec![PersonName { given: vec![given.to_owned()], family: family.to_owned() }],
            date_of_birth: Some(format!(
                "19{:02}-0{}-1{}",
                self.chance.below(90) + 10,
                1 + self.chance.below(9),
                self.chance.below(9)
            )),
            identifiers: vec![PatientIdentifier { system: "MRN".to_owned(), value: record }],
            contacts: vec![ContactPoint {
                value: number.clone(),
                kind: ContactKind::Phone,
                owner: ContactOwner::Patient,
                shared_with: None,
                safe_to_leave_message: false,
                verified_ms: None,
                old: false,
            }],
            language: None,
            interpreter: false,
            safeguarding: false,
            deceased: false,
            purpose: Purpose::Treatment,
            basis: LawfulBasis::TreatmentOperations,
            created_ms: 0,
            updated_ms: 0,
        })?;
        let agreed = self.chance.below(4) > 0;
        session.record_consent(ConsentForm {
            patient: patient.clone(),
            channel: Channel::Sms,
            address: number.clone(),
            allowed: if agreed { Allowed::Logistics } else { Allowed::Nothing },
            lang: Lang::En,
            alternatives: vec![Channel::Portal, Channel::Phone],
            basis: if agreed { ConsentBasis::PatientRequest } else { ConsentBasis::Objection },
            how: HowGiven::InPerson,
            witness: None,
            interpreter: None,
        })?;
        self.beds.push(Bed { patient, number, agreed });
        Ok(())
    }

    fn message(&mut self, session: &Session, number: u32) -> Result<()> {
        let bed = self.chance.below(PATIENTS);
        match number % 10 {
            0..=5 => {
                let text = match self.chance.below(4) {
                    0 => format!(
                        "Just a reminder: your appointment is tomorrow at {} pm at the main clinic.",
                        1 + self.chance.below(6)
                    ),
                    1 => format!("Please call us at 555-123-4567 before {} pm.", 1 + self.chance.below(6)),
                    2 => "Your prescription is ready.".to_owned(),
                    _ => "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit."
                        .to_owned(),
                };
                let channel = if self.beds[bed].agreed { Channel::Sms } else { Channel::Portal };
                self.send(session, Some(bed), channel, &text)
            }
            6 => {
                let text = self.chance.one_of(&CLINICAL);
                self.send(session, Some(bed), Channel::Sms, text)
            }
            7 => {
                let text = self.chance.one_of(&TEAM);
                self.send(session, None, Channel::SecureMessaging, text)
            }
            8 => {
                let text = self.chance.one_of(&CLINICAL);
                self.send(session, Some(bed), Channel::Portal, text)
            }
            _ => {
                let (patient, from) = (self.beds[bed].patient.clone(), self.beds[bed].number.clone());
                let text = self.chance.one_of(&REPORTED).to_owned();
                session.record_inbound(patient, Channel::Sms, from, text, Lang::En)?;
                self.seen.inbound += 1;
                Ok(())
            }
        }
    }

    /// Typed, assessed, handed off; what is stopped goes by the portal, as it says itself.
    fn send(&mut self, session: &Session, bed: Option<usize>, channel: Channel, text: &str) -> Result<()> {
        let bed = bed.map(|bed| (self.beds[bed].patient.clone(), self.beds[bed].number.clone()));
        let audience = if bed.is_some() { Audience::Patient } else { Audience::Colleague };
        let request = |channel: Channel| AssessRequest {
            patient: bed.as_ref().map(|(patient, _)| patient.clone()),
            channel,
            audience,
            address: bed.as_ref().filter(|_| channel == Channel::Sms).map(|(_, number)| number.clone()),
            roster: None,
            attachments: Vec::new(),
            lang: Lang::En,
        };
        let draft = session.new_draft(bed.as_ref().map(|(patient, _)| patient.clone()), channel, audience)?;
        for end in text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).chain([text.len()]) {
            let typed = text.get(..end).unwrap_or(text);
            session.type_draft(draft.clone(), typed.to_owned(), u32::try_from(typed.len()).unwrap_or(0))?;
        }
        let mut request_now = request(channel);
        if session.assess(text.to_owned(), request_now.clone())?.verdict.stopped() {
            self.seen.stopped += 1;
            session.turn_draft(draft.clone(), Channel::Portal)?;
            request_now = request(Channel::Portal);
        }
        if let (Some((patient, number)), Channel::Sms) = (&bed, request_now.channel) {
            session.confirm_number(patient.clone(), number.clone(), last_four(number).unwrap_or_default())?;
        }
        let handed = session.hand_off(draft, request_now)?;
        session.record_outcome(handed.message, Outcome::Sent)?;
        self.seen.handed_off += 1;
        Ok(())
    }

    fn end(mut self, phone: &Path) -> Result<Figures> {
        let session = self.unlock()?;
        self.seen.open = u64::try_from(session.checklist()?.open.len()).unwrap_or(u64::MAX);
        let token = self.guess(|_| Ok(session.fresh_auth(PASSCODE)?))?;
        let began = Instant::now();
        let sealed = session.export_journal(token)?;
        let journal = self.ward.journal(&self.curtain, &sealed)?;
        self.seen.journal_took = began.elapsed();
        if journal.read.size != journal.at.size {
            return Err(Error::failed("the journal and its checkpoint differ in size"));
        }
        self.seen.journal = journal.read.size;
        session.lock()?;
        self.needles.sort_unstable();
        self.needles.dedup();
        let began = Instant::now();
        let found = hunt(phone, &self.needles)?;
        self.seen.search_took = began.elapsed();
        self.seen.plaintext = found.hits;
        self.seen.needles = self.needles.len();
        self.seen.searched = (found.files, found.bytes);
        Ok(self.seen)
    }
}
