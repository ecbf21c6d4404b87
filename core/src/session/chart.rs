//! The chart: texts that wait to be filed, and the sealed export of everything about a patient.

use super::{Inside, Session, consents, export, leaving, patients, photos, shelf};
use crate::chart::fhir::{self, Export, WarningText};
use crate::chart::{AuditAct, AuditRecord, DecisionRef, HandedOff, HandedOffOutcome, Origin, Party};
use crate::consent::ConsentEntry;
use crate::crypto::jws::KeystoreSigner;
use crate::crypto::{age, hex, json, sha256};
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event, Sealed, Tree, leaf_hash};
use crate::message::{CallOutcome, Inbound, Message, Outcome, call_chart, outcome_chart};
use crate::note::{ChartKind, ChartNote, Note};
use crate::patient::Patient;
use crate::photo::Photo;
use crate::policy::document::{Manifest, Payload, Recipients, SPEC};
use crate::policy::{Channel, trace};
use crate::vault::{Act, Id, Vault};
use crate::words::Lang;

/// Longest chart text in characters: what records accept in one line of a form.
pub(crate) const MAX_CHART: usize = 600;

#[uniffi::export]
impl Session {
    /// The chart texts that wait to be filed, oldest first.
    pub fn chart_items(&self) -> Result<Vec<ChartNote>, CurtainError> {
        self.with_leaving(|inside| pending(&mut inside.open.vault))
    }

    /// Changes a chart text before it is filed.
    pub fn edit_chart(&self, id: String, text: String) -> Result<(), CurtainError> {
        self.with_leaving(|inside| edit(inside, &id, text))
    }

    /// The chart text is in the record now: it and what it documents count as charted, and retention may begin.
    pub fn file_chart(&self, id: String) -> Result<(), CurtainError> {
        self.with_leaving(|inside| file(inside, &id))
    }

    /// Turns a note into a chart text that waits; gives the chart text's id.
    pub fn chart_note(&self, note: String) -> Result<String, CurtainError> {
        self.with_leaving(|inside| chart_note(inside, &note))
    }

    /// The whole journal, one entry a line, sealed to the institution's audit recipients: with the audit key of the
    /// enrolment and a checkpoint, `curtain verify journal` checks it. Needs a fresh authentication; it is journaled.
    pub fn export_journal(&self, token: String) -> Result<Vec<u8>, CurtainError> {
        self.with_leaving(|inside| export_journal(inside, &token))
    }

    /// Everything about a patient as FHIR R4 and plain text, with a signed manifest, sealed to the institution in the
    /// age format. Needs a fresh authentication; it is journaled. Not on the main thread.
    pub fn export_patient(&self, patient: String, token: String) -> Result<Vec<u8>, CurtainError> {
        self.with_leaving(|inside| export_patient(inside, &patient, &token))
    }
}

fn pending(vault: &mut Vault) -> Result<Vec<ChartNote>> {
    let mut waiting = Vec::new();
    for lane in vault.lanes() {
        match shelf::heads::<ChartNote>(vault, lane) {
            Ok(notes) => waiting.extend(notes.into_iter().map(|(_, note)| note).filter(ChartNote::pending)),
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    waiting.sort_by_key(|note| note.created_ms);
    Ok(waiting)
}

fn one(vault: &mut Vault, id: &str) -> Result<(Id, Id, ChartNote)> {
    let id = Id::parse(id)?;
    let lane = shelf::lane_of(vault, id, "chart text")?;
    Ok((lane, id, shelf::get(vault, lane, id, "chart text")?))
}

fn edit(inside: Inside<'_>, id: &str, text: String) -> Result<()> {
    let (lane, id, mut note) = one(&mut inside.open.vault, id)?;
    if !note.pending() {
        return Err(Error::NotAllowed { why: "filed already" });
    }
    note.text = text;
    note.check()?;
    let act = Act { event: Code::NoteSaved.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[shelf::put(lane, id, &note)?], act)
}

fn file(inside: Inside<'_>, id: &str) -> Result<()> {
    let (lane, id, mut note) = one(&mut inside.open.vault, id)?;
    let now_ms = inside.now.wall_ms;
    note.file(now_ms)?;
    let mut changes = vec![shelf::put(lane, id, &note)?];
    let source = Id::parse(&note.source)?;
    let found = inside.open.vault.read(lane, source)?;
    if let Some((row, body)) = found {
        if let Some(mut message) = shelf::whole::<Message>(&row, body.clone())? {
            message.charted_ms = Some(now_ms);
            changes.push(shelf::put(lane, source, &message)?);
        } else if let Some(mut inbound) = shelf::whole::<Inbound>(&row, body.clone())? {
            inbound.charted_ms = Some(now_ms);
            changes.push(shelf::put(lane, source, &inbound)?);
        } else if let Some(mut photo) = shelf::whole::<Photo>(&row, body.clone())? {
            photo.charted_ms = Some(now_ms);
            changes.push(shelf::put(lane, source, &photo)?);
        } else if let Some(mut note) = shelf::whole::<Note>(&row, body)? {
            note.charted_ms = Some(now_ms);
            changes.push(shelf::put(lane, source, &note)?);
        }
    }
    let act = Act { event: Code::Charted.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &changes, act)
}

fn chart_note(inside: Inside<'_>, id: &str) -> Result<String> {
    let id = Id::parse(id)?;
    let lane = shelf::lane_of(&mut inside.open.vault, id, "note")?;
    let note: Note = shelf::get(&mut inside.open.vault, lane, id, "note")?;
    let text = if note.title.is_empty() { note.text } else { format!("{}: {}", note.title, note.text) };
    let (chart, change) =
        consents::make_chart(&note.patient, id, ChartKind::Note, &text, Lang::En, inside.now.wall_ms)?;
    let act = Act { event: Code::NoteSaved.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[change], act)?;
    inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    Ok(chart)
}

/// The chart text with what became of the message; an earlier answer's sentence gives way to the new one.
pub(crate) fn with_outcome(text: &str, lang: Lang, channel: Channel, outcome: Outcome) -> String {
    let earlier = [Outcome::Sent, Outcome::NotSent, Outcome::Unknown];
    replaced(
        text,
        &earlier.map(|earlier| outcome_chart(lang, channel, earlier)),
        &outcome_chart(lang, channel, outcome),
    )
}

/// The chart text with what became of the call, once.
pub(crate) fn with_call(text: &str, lang: Lang, outcome: CallOutcome) -> String {
    let earlier = [CallOutcome::Reached, CallOutcome::PassedOn, CallOutcome::NotReached];
    replaced(text, &earlier.map(|earlier| call_chart(lang, earlier).to_owned()), call_chart(lang, outcome))
}

/// The text without the earlier sentences and with this one, if there is room.
fn replaced(text: &str, earlier: &[String], sentence: &str) -> String {
    let mut kept = text.to_owned();
    for said in earlier {
        kept = kept.replace(said.as_str(), "");
    }
    let kept = kept.trim();
    if kept.chars().count() + 1 + sentence.chars().count() > MAX_CHART {
        return text.to_owned();
    }
    format!("{kept} {sentence}").trim().to_owned()
}

/// What an export holds before it is sealed.
struct Gathered {
    bundle: String,
    chart: String,
    messages: usize,
}

fn export_patient(mut inside: Inside<'_>, patient: &str, token: &str) -> Result<Vec<u8>> {
    let patient = patients::one(&mut inside.open.vault, patient)?;
    let lane = Id::parse(&patient.id)?;
    leaving::spend(inside.open, token, inside.now)?;
    let gathered = gather(&mut inside, &patient)?;
    let sealed = seal(&inside, &gathered.bundle, &gathered.chart)?;
    let counts = vec![("messages", gathered.messages as u64), ("bytes", sealed.len() as u64)];
    let act = Act { event: Event::counted(Code::Exported, counts), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[], act)?;
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    Ok(sealed)
}

fn gather(inside: &mut Inside<'_>, patient: &Patient) -> Result<Gathered> {
    let lane = Id::parse(&patient.id)?;
    let vault = &mut inside.open.vault;
    let messages = shelf::all::<Message>(vault, lane)?;
    let places = handed_off_entries(vault, lane)?;
    let mut handed = Vec::new();
    let consents: Vec<ConsentEntry> = consents::history(vault, &patient.id)?;
    let mut audit = Vec::new();
    for (id, message) in &messages {
        let decision = decision(message)?;
        audit.push(export::decision(*id, message, patient, &consents)?);
        let place = places.iter().find(|(wall_ms, ..)| *wall_ms == message.handed_ms);
        if let Some((_, entry, root)) = place {
            audit.push(AuditRecord {
                id: hex(&sha256(&[&id.0[..], b"audit"].concat())[..16]),
                at_ms: message.handed_ms,
                act: AuditAct::Disclosure {
                    patient: patient.id.clone(),
                    message: id.text(),
                    channel: message.channel,
                    address: Some(message.address.clone()),
                    decision: decision.clone(),
                    journal_entry: *entry,
                    journal_root: root.clone(),
                },
            });
        }
        handed.push(HandedOff {
            id: id.text(),
            patient: patient.id.clone(),
            channel: message.channel,
            text: message.text.clone(),
            language: message.lang.tag().to_owned(),
            topic: "Message to patient".to_owned(),
            at_ms: message.handed_ms,
            outcome: match message.outcome {
                Outcome::Sent => HandedOffOutcome::Sent,
                Outcome::NotSent => HandedOffOutcome::NotSent,
                Outcome::Unknown => HandedOffOutcome::Unknown,
            },
            decision,
        });
    }
    let (notes, received) = (export::notes(vault, lane)?, export::received(vault, lane)?);
    let drafts = export::drafts(vault, lane)?;
    let photos = photos::exported(vault, lane)?;
    let pseudonym = format!("P-{}", &vault.pseudonym(lane)[..8]);
    let origin = origin(inside)?;
    let words: Vec<(String, &str)> = [Lang::En, Lang::Es]
        .map(|lang| (hex(&inside.pack.consent.sha256(lang)), inside.pack.consent.text.get(lang)))
        .into();
    let warnings: Vec<_> = words.iter().map(|(sha256, text)| WarningText { sha256, text }).collect();
    let bundle = fhir::bundle(&Export {
        origin: &origin,
        patient: Some(patient),
        pseudonym: &pseudonym,
        consents: &consents,
        warnings: &warnings,
        messages: &handed,
        received: &received,
        drafts: &drafts,
        notes: &notes,
        audit: &audit,
        photos: &photos,
        at_ms: inside.now.wall_ms,
    })?;
    let bundle = serde_json::to_string_pretty(&bundle).map_err(|_| Error::Internal { code: 420 })?;
    let plain: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    Ok(Gathered { bundle, chart: plain.join("\n\n"), messages: messages.len() })
}

#[cfg(test)]
impl Session {
    /// The bundle of [`Session::export_patient`], unsealed: the core seals and never opens.
    pub(crate) fn bundle_of(&self, patient: &str) -> Result<String, CurtainError> {
        self.with(|mut inside| {
            let patient = patients::one(&mut inside.open.vault, patient)?;
            gather(&mut inside, &patient).map(|gathered| gathered.bundle)
        })
    }
}

fn export_journal(inside: Inside<'_>, token: &str) -> Result<Vec<u8>> {
    leaving::spend(inside.open, token, inside.now)?;
    let act = Act::from(Event::from(Code::Exported));
    inside.open.commit(inside.workspace, inside.now, &[], act)?;
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    let lines = inside.open.vault.journal(0)?.join(&b'\n');
    age::seal_to(&Recipients::parse(inside.auditors)?, &lines)
}

/// The plaintext inside the age file: one JSON object with the exact texts and a manifest that signs their hashes.
pub(super) fn seal(inside: &Inside<'_>, bundle: &str, chart: &str) -> Result<Vec<u8>> {
    let state = inside.workspace.anchor().state();
    let manifest = Manifest {
        spec: SPEC,
        enrolment: state.enrolment.parse()?,
        bundle: sha256(bundle.as_bytes()).into(),
        chart: sha256(chart.as_bytes()).into(),
        created_ms: inside.now.wall_ms,
    };
    let keystore = inside.workspace.anchor().keystore().clone();
    let signer = KeystoreSigner::new(&*keystore, &inside.workspace.signing_alias())?;
    let manifest = String::from_utf8(manifest.sign(&[&signer])?).map_err(|_| Error::Internal { code: 421 })?;
    let whole = json::encode(&serde_json::json!({ "manifest": manifest, "bundle": bundle, "chart": chart }))?;
    age::seal_to(&Recipients::parse(inside.recipients)?, &whole)
}

pub(super) fn origin(inside: &Inside<'_>) -> Result<Origin> {
    // Pseudonymous ids: the same name or enrolment gives the same urn:uuid in every export.
    let party = |display: &str| Party { id: hex(&sha256(display.as_bytes())[..16]), display: display.to_owned() };
    let enrolment = inside.workspace.anchor().state().enrolment.clone();
    let pack = inside.pack;
    let portal = pack.clinic.portal_url.trim_end_matches('/');
    let base = if portal.starts_with("https://") { portal.to_owned() } else { "urn:curtain".to_owned() };
    let origin = Origin {
        clinician: party(inside.clinician),
        clinic: party(inside.institution),
        device: Party { id: enrolment.clone(), display: format!("Clinic phone, core {}", env!("CARGO_PKG_VERSION")) },
        device_name: format!("phone-{}", enrolment.get(..8).unwrap_or("")),
        base_uri: base,
        policy_uri: format!("urn:curtain:policy:{}:{}", pack.id, pack.version),
        demo: false,
    };
    origin.check()?;
    Ok(origin)
}

fn decision(message: &Message) -> Result<DecisionRef> {
    let cited = trace::cited(&message.trace)?;
    Ok(DecisionRef {
        trace_sha256: hex(&sha256(message.trace.as_bytes())),
        policy: cited.policy,
        policy_sha256: cited.policy_sha256,
        verdict: cited.verdict,
        rules: cited.rules,
    })
}

/// Where in the journal a patient's hand-offs stand: wall clock, entry, root after it.
fn handed_off_entries(vault: &Vault, lane: Id) -> Result<Vec<(i64, u64, String)>> {
    let pseudonym = vault.pseudonym(lane);
    let mut tree = Tree::default();
    let mut places = Vec::new();
    for bytes in vault.journal(0)? {
        let sealed = Sealed::parse(&bytes)?;
        tree.push(leaf_hash(sealed.entry.as_bytes()));
        let entry = sealed.read()?;
        if entry.code == Code::HandedOff && entry.patient.as_deref() == Some(&pseudonym) {
            places.push((entry.wall_ms, tree.size() - 1, hex(&tree.root())));
        }
    }
    Ok(places)
}
