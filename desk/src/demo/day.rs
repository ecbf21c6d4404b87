//! The day itself, in order.

use super::texts::{For, HANDED_OFF, LINES, Line};
use crate::error::{Error, Result};
use crate::issuer::Institution;
use crate::ward::{Stage, Ward, clinic_pack, hunt, lease_of, pack_text};
use crate::{file, now_ms, verify};
use curtain_core::consent::{Allowed, ConsentBasis, HowGiven};
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::{Curtain, Delivery, WorkspaceState};
use curtain_core::error::CurtainError;
use curtain_core::message::{Outcome, last_four};
use curtain_core::patient::ContactKind;
use curtain_core::policy::document::{Action, Scope};
use curtain_core::policy::{Audience, Channel, trace};
use curtain_core::session::{AssessRequest, ConsentForm, SearchFilter, Session};
use curtain_core::words::Lang;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PASSCODE: &[u8] = b"seven calm herons wade";
const WRONG: &[u8] = b"seven calm herrings";
const PATIENTS: &[u8] = include_bytes!("../../../tests/fixtures/patients.json");
const NOTE: &str = "Wound edges clean and dry, dressing changed, review on Thursday.";

/// Everybody and everything of the day.
struct Day<'a, 'b> {
    stage: &'a mut Stage<'b>,
    out: &'a Path,
    phone: PathBuf,
    ward: Ward,
    curtain: Arc<Curtain>,
    pack: String,
    /// What must never be found on the phone.
    needles: Vec<String>,
}

/// Plays the day: the phone and the hospital live in `scratch`, what is kept goes to `out`.
pub(super) fn play(stage: &mut Stage<'_>, scratch: &Path, out: &Path) -> Result<()> {
    let mut day = morning(stage, scratch, out)?;
    let session = day.unlock(PASSCODE)?;
    let people = day.patients(&session)?;
    day.messages(&session, &people)?;
    let message = day.hand_off(&session, &people)?;
    let session = day.night(session, &message)?;
    day.leave(&session, &people)?;
    day.evidence()
}

/// The patients who appear in the texts: id, number, name.
struct People {
    agreed: (String, String),
    declined: (String, String),
    not_asked: (String, String),
}

fn morning<'a, 'b>(stage: &'a mut Stage<'b>, scratch: &Path, out: &'a Path) -> Result<Day<'a, 'b>> {
    stage.section("The hospital makes its keys and signs its policy");
    let mut hospital = Institution::create(&scratch.join("hospital"), "St. Alder")?;
    stage.fact("Roots: 2 of 3 must sign. Two keys for orders, one each for policies and leases.");
    let pack = pack_text(&clinic_pack("St. Alder", "Dr. Lee")?)?;
    let policy = hospital.policy(&pack, Scope::Institution, now_ms())?;
    file::replace(&out.join("policy.json"), pack.as_bytes())?;
    file::replace(&out.join("policy.jws"), &policy)?;
    stage.fact("Policy us-hipaa for St. Alder: its own cases passed, no looser than the floor.");

    stage.section("The phone asks to be enrolled");
    let (phone, keys) = (scratch.join("phone"), scratch.join("keystore"));
    file::make_directory(&phone)?;
    let keystore = Arc::new(SoftwareKeystore::new(&keys)?);
    let curtain = Curtain::open(phone.display().to_string(), keystore, Arc::new(SoftwareClock))?;
    let mut ward = Ward::enrol(&curtain, hospital, "Dr. Lee", PASSCODE, now_ms())?;
    stage.fact(&format!("Both screens show: {}", ward.words.join(" ")));
    stage.expect(ward.words_agree, "the six words are the same on both screens");
    stage.expect(curtain.deliver(&policy)? == Delivery::Done, "the signed policy is in force on the phone");
    let lease = ward.hospital.lease(&ward.enrolment, lease_of(14, 14), now_ms())?;
    stage.expect(curtain.deliver(&lease)? == Delivery::Done, "the lease runs for 14 days");
    let needles = vec![String::from_utf8_lossy(PASSCODE).into_owned(), NOTE.to_owned()];
    Ok(Day { stage, out, phone, ward, curtain, pack, needles })
}

impl Day<'_, '_> {
    fn unlock(&self, passcode: &[u8]) -> Result<Arc<Session>, CurtainError> {
        self.curtain.unlock(self.ward.workspace.clone(), passcode)
    }

    fn patients(&mut self, session: &Session) -> Result<People> {
        self.stage.section("Patients come in from a FHIR Bundle; two are asked about texts");
        let brought = session.import_patients(PATIENTS)?;
        self.stage
            .expect(brought.imported >= 10, &format!("{} patients imported, sealed one by one", brought.imported));
        let mut reachable = Vec::new();
        for summary in session.patients()? {
            let patient = session.patient(summary.id.clone())?;
            self.needles.push(patient.display_name());
            let number = patient.contacts.iter().find(|contact| contact.kind == ContactKind::Phone && !contact.old);
            if let (false, Some(number)) = (patient.deceased, number) {
                self.needles.push(number.value.clone());
                reachable.push((summary.id, number.value.clone(), summary.display_name));
            }
        }
        let [agreed, declined, not_asked, ..] = &reachable[..] else {
            return Err(Error::failed("the bundle has too few patients with a number"));
        };
        let wording = session.consent_wording(Lang::En)?;
        self.stage.fact(&format!("Read aloud (version {}): \"{}\"", wording.version, wording.text));
        self.consent(session, agreed, Allowed::Logistics)?;
        self.stage.fact(&format!("{} agrees: logistics only, this number only.", agreed.2));
        self.consent(session, declined, Allowed::Nothing)?;
        self.stage.fact(&format!("{} prefers no texts.", declined.2));
        session.save_note(None, agreed.0.clone(), "Ward round".to_owned(), NOTE.to_owned())?;
        let pair = |person: &(String, String, String)| (person.0.clone(), person.1.clone());
        Ok(People { agreed: pair(agreed), declined: pair(declined), not_asked: pair(not_asked) })
    }

    fn consent(&self, session: &Session, person: &(String, String, String), allowed: Allowed) -> Result<()> {
        let agreed = allowed != Allowed::Nothing;
        session.record_consent(ConsentForm {
            patient: person.0.clone(),
            channel: Channel::Sms,
            address: person.1.clone(),
            allowed,
            lang: Lang::En,
            alternatives: vec![Channel::Portal, Channel::Phone],
            basis: if agreed { ConsentBasis::PatientRequest } else { ConsentBasis::Objection },
            how: HowGiven::InPerson,
            witness: None,
            interpreter: None,
        })?;
        Ok(())
    }

    fn messages(&mut self, session: &Session, people: &People) -> Result<()> {
        self.stage.section("Twenty texts, as they are typed");
        self.stage.fact("[stops it]  (better left out)");
        for (index, line) in LINES.iter().enumerate() {
            // The policy lies on the phone in clear, with its own cases: those texts are no patient's.
            if !self.pack.contains(line.text) {
                self.needles.push(line.text.to_owned());
            }
            let said = session.assess(line.text.to_owned(), request(line, people))?;
            let classes = said.findings.iter().any(|finding| Some(finding.class.name()) == line.class);
            let holds = said.verdict.name() == line.verdict && (line.class.is_none() || classes);
            self.stage.verdict(index + 1, &to_whom(line), line.text, &said);
            self.stage.judged(index + 1, holds);
        }
        let pack = curtain_core::policy::Pack::parse(self.pack.as_bytes())?;
        let said = session.assess(LINES[5].text.to_owned(), request(&LINES[5], people))?;
        let kept = session.trace(LINES[5].text.to_owned(), request(&LINES[5], people))?;
        file::replace(&self.out.join("trace.json"), kept.as_bytes())?;
        let again = trace::replay(&kept, &pack)?;
        let about = trace::is_about(&kept, LINES[5].text)?;
        self.stage
            .expect(again.verdict == said.verdict && about, "the trace of text 6 decides again to the same verdict");
        self.stage.expect(!kept.contains("HIV test"), "and holds no word of the text");
        Ok(())
    }

    fn hand_off(&mut self, session: &Session, people: &People) -> Result<String> {
        self.stage.section("One goes out, and into the chart");
        let line = &LINES[0];
        let draft = session.new_draft(Some(people.agreed.0.clone()), line.channel, Audience::Patient)?;
        session.type_draft(draft.clone(), LINES[5].text.to_owned(), 0)?;
        let stopped = session.hand_off(draft.clone(), request(&LINES[5], people));
        self.stage.expect(stopped.is_err(), "a blocked text cannot be handed off: there is no \"send anyway\"");
        session.type_draft(draft.clone(), HANDED_OFF.to_owned(), 0)?;
        self.needles.push(HANDED_OFF.to_owned());
        let (patient, number) = people.agreed.clone();
        session.confirm_number(patient, number.clone(), last_four(&number).unwrap_or_default())?;
        let handed = session.hand_off(draft, request(line, people))?;
        self.stage.fact(&format!("The shell opens {}…", handed.link.get(..16).unwrap_or(&handed.link)));
        session.record_outcome(handed.message.clone(), Outcome::Sent)?;
        let items = session.chart_items()?;
        for item in items.iter().filter(|item| item.source == handed.message) {
            self.stage.fact(&format!("Chart: {}", item.text));
        }
        Ok(handed.message)
    }

    fn night(&mut self, session: Arc<Session>, message: &str) -> Result<Arc<Session>> {
        self.stage.section("Lock, a wrong passcode, unlock, search");
        let draft = session.new_draft(None, Channel::Sms, Audience::Patient)?;
        session.type_draft(draft.clone(), "half a sentence, typed as it".to_owned(), 28)?;
        self.needles.push("half a sentence, typed as it".to_owned());
        session.lock()?;
        self.stage
            .expect(session.patients().err() == Some(CurtainError::Locked), "locked: keys and database are dropped");
        let wrong = self.unlock(WRONG).err();
        self.stage.expect(
            matches!(wrong, Some(CurtainError::WrongPasscode { tries_left: 9, .. })),
            "a wrong passcode is refused and counted before it is tried: 9 tries left",
        );
        let session = self.unlock(PASSCODE)?;
        let kept = session.drafts()?.iter().any(|saved| saved.draft.text == "half a sentence, typed as it");
        self.stage.expect(kept, "the half-typed draft survived the lock");
        session.discard_draft(draft)?;
        let filter = SearchFilter { words: "visit on TUESDAY".to_owned(), ..SearchFilter::default() };
        let hits = session.search(filter)?.hits;
        self.stage.expect(hits.iter().any(|hit| hit.id == message), "search finds the message by its words");
        let seen = hunt(&self.phone, &self.needles)?;
        let text = format!(
            "{} needles in 4 encodings, {} files, {} KiB on the phone: {} found",
            self.needles.len(),
            seen.files,
            seen.bytes / 1024,
            seen.hits
        );
        self.stage.expect(seen.hits == 0 && seen.files > 3, &text);
        Ok(session)
    }

    fn leave(&mut self, session: &Session, people: &People) -> Result<()> {
        self.stage.section("The last day: chart what is left, then erase this phone's copy");
        let open = session.checklist()?.open;
        self.stage.expect(!open.is_empty(), &format!("{} things to finish first", open.len()));
        let token = session.fresh_auth(PASSCODE)?;
        let early = session.wipe(token).err();
        self.stage.expect(
            matches!(early, Some(CurtainError::NotAllowed { .. })),
            "the wipe does not open before they are done",
        );
        for note in session.notes(people.agreed.0.clone())? {
            session.chart_note(note.id)?;
        }
        for item in session.chart_items()? {
            session.file_chart(item.id)?;
        }
        self.stage.expect(session.checklist()?.open.is_empty(), "everything is charted");
        let token = session.fresh_auth(PASSCODE)?;
        let sealed = session.export_patient(people.agreed.0.clone(), token)?;
        file::replace(&self.out.join("export.age"), &sealed)?;
        let opened = self.ward.opened(&sealed)?;
        file::replace(&self.out.join("bundle.fhir.json"), opened.bundle.as_bytes())?;
        file::replace(&self.out.join("chart.txt"), opened.chart.as_bytes())?;
        let bundle: serde_json::Value =
            serde_json::from_str(&opened.bundle).map_err(|_| Error::failed("the bundle is not JSON"))?;
        self.stage.expect(
            bundle["resourceType"] == "Bundle",
            "the hospital opens the sealed export; its manifest is signed by the phone",
        );
        self.journal(session)?;
        let token = session.fresh_auth(PASSCODE)?;
        let receipt = session.wipe(token)?;
        file::replace(&self.out.join("receipt.jws"), &receipt)?;
        let state =
            self.curtain.workspaces()?.into_iter().find(|info| info.id == self.ward.workspace).map(|info| info.state);
        self.stage
            .expect(state == Some(WorkspaceState::Erased), "erased: keys first, then files, then the residue scan");
        self.stage.expect(
            self.unlock(PASSCODE).err() == Some(CurtainError::Erased),
            "the right passcode opens nothing any more",
        );
        Ok(())
    }

    /// The journal leaves sealed; the hospital checks it from the first key that it got at enrolment.
    fn journal(&mut self, session: &Session) -> Result<()> {
        let token = session.fresh_auth(PASSCODE)?;
        let sealed = session.export_journal(token)?;
        let journal = self.ward.journal(&self.curtain, &sealed)?;
        file::replace(&self.out.join("checkpoint.jws"), &journal.checkpoint)?;
        self.stage.expect(
            journal.read.size == journal.at.size,
            &format!("{} journal entries verify from their first key to the checkpoint", journal.read.size),
        );
        let mut cut: Vec<&[u8]> = journal.lines.split(|byte| *byte == b'\n').collect();
        cut.remove(cut.len() / 2);
        let cut = verify::journal::journal(&cut.join(&b'\n'), &journal.first, Some(&journal.at));
        self.stage.expect(cut.is_err(), "one entry taken out, and they do not");
        Ok(())
    }

    fn evidence(&mut self) -> Result<()> {
        self.stage.section("What the hospital can check");
        let entry = self.ward.entry()?;
        entry.write(&self.out.join("register.json"))?;
        let path = self.out.join("receipt.jws");
        let receipt = file::read(&path, 64 * 1024)?;
        let read = verify::receipt(&receipt, &entry);
        self.stage.expect(read.is_ok(), "the receipt verifies with the phone's key from the register");
        let read = read.map_err(|fault| Error::failed(format!("the receipt: {fault}")))?;
        self.stage.fact(&format!(
            "Cause {}, {} keys deleted as the keystore reports ({}), {} files and {} keys left.",
            read.cause, read.keys_deleted, read.keystore, read.residue.0, read.residue.1
        ));
        let mut flipped = receipt.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        self.stage.expect(verify::receipt(&flipped, &entry).is_err(), "one flipped byte, and it does not");
        let left = hunt(&self.phone, &self.needles)?;
        self.stage
            .expect(left.hits == 0, &format!("after the wipe: {} files, {} needles found", left.files, left.hits));
        let hash = curtain_core::policy::document::identity(
            curtain_core::crypto::jws::Envelope::parse(&receipt)?.dangerous_unverified_payload(),
        );
        let order = self.ward.hospital.order(
            &self.ward.enrolment,
            Action::Acknowledge { receipt: hash },
            "receipt arrived",
            None,
            now_ms(),
        )?;
        self.stage.expect(self.curtain.deliver(&order)? == Delivery::Done, "acknowledged: the last keys go");
        self.stage.expect(self.curtain.workspaces()?.is_empty(), "nothing of St. Alder is left on the phone");
        Ok(())
    }
}

fn request(line: &Line, people: &People) -> AssessRequest {
    let person = match line.to {
        For::Agreed => Some(&people.agreed),
        For::Declined => Some(&people.declined),
        For::NotAsked => Some(&people.not_asked),
        For::Colleague | For::Group => None,
    };
    let phone = matches!(line.channel, Channel::Sms | Channel::Whatsapp | Channel::Imessage | Channel::Phone);
    AssessRequest {
        patient: person.map(|person| person.0.clone()),
        channel: line.channel,
        audience: line.to.audience(),
        address: person.filter(|_| phone).map(|person| person.1.clone()),
        roster: None,
        attachments: Vec::new(),
        lang: Lang::En,
    }
}

fn to_whom(line: &Line) -> String {
    let reader = match line.to {
        For::Agreed => "to a patient who agreed to texts",
        For::Declined => "to a patient who prefers no texts",
        For::NotAsked => "to a patient whom nobody has asked",
        For::Colleague => "to a colleague",
        For::Group => "to the ward's group",
    };
    format!("{} {reader}", line.channel.name().replace('_', " "))
}
