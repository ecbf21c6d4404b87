//! What leaves of a patient, sealed: messages and filed texts, what they wrote, what was not handed over, notes that are in no
//! chart text yet, photos, what was decided about each message, and what the journal says of them.

use super::{Inside, consents, photos, shelf};
use crate::chart::fhir::{self, Export, PhotoContent, WarningText};
use crate::chart::{AuditAct, AuditRecord, DecisionRef, Drafted, HandedOff, HandedOffOutcome, Origin, Party, Received};
use crate::consent::{ConsentEntry, governing};
use crate::crypto::jws::KeystoreSigner;
use crate::crypto::{age, hex, json, sha256, sha256_parts};
use crate::error::{Error, Result};
use crate::journal::{Code, Entry, Sealed, Tree, leaf_hash};
use crate::message::{Draft, Inbound, Message, Outcome};
use crate::note::{ChartKind, ChartNote, Note};
use crate::patient::Patient;
use crate::policy::document::{Manifest, Payload, Recipients, SPEC};
use crate::policy::{Channel, trace};
use crate::vault::{Id, Vault};
use crate::words::Lang;
use std::collections::{BTreeSet, VecDeque};

/// Pictures in one export, at most, in bytes: of a patient the latest ones; of the others only the data. A phone holds what it
/// seals several times over in memory.
pub(crate) const MAX_PICTURES_BYTES: u64 = 16 * 1024 * 1024;
/// Journal entries about one patient in one export, at most: the latest ones.
const MAX_NOTED: usize = 5_000;

/// What an export holds before it is sealed.
pub(crate) struct Gathered {
    pub(crate) bundle: serde_json::Value,
    pub(crate) chart: String,
    pub(crate) messages: usize,
    /// Photos whose pictures found no room.
    pub(crate) left_out: Vec<String>,
}

/// Everything about a patient; with `only`, the records of these ids alone. `room` is what is left for pictures, in bytes.
pub(crate) fn gather(
    inside: &mut Inside<'_>,
    patient: &Patient,
    only: Option<&BTreeSet<String>>,
    room: &mut u64,
) -> Result<Gathered> {
    let lane = Id::parse(&patient.id)?;
    let vault = &mut inside.open.vault;
    let wanted = |id: &str| only.is_none_or(|only| only.contains(id));
    let consents: Vec<ConsentEntry> = consents::history(vault, &patient.id)?;
    let (handed_off, others) = noted(vault, lane)?;
    let (mut handed, mut audit) = (Vec::new(), Vec::new());
    for (id, message) in shelf::all::<Message>(vault, lane)?.iter().filter(|(id, _)| wanted(&id.text())) {
        let decision = decided(message)?;
        audit.push(self::decision(*id, message, patient, &consents)?);
        if let Some(found) = handed_off.iter().find(|found| found.entry.wall_ms == message.handed_ms) {
            audit.push(disclosure(*id, message, &decision, found));
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
    if only.is_none() {
        audit.extend(others.iter().map(|one| entry_of(one, patient)));
    }
    let mut notes = notes(vault, lane)?;
    notes.retain(|note| wanted(&note.id));
    let mut received = received(vault, lane)?;
    received.retain(|one| wanted(&one.id));
    let mut drafts = drafts(vault, lane)?;
    drafts.retain(|one| wanted(&one.id));
    let photos = photos::exported(vault, lane, wanted, room)?;
    let without = photos.iter().filter(|one| matches!(one.content, PhotoContent::DataOnly));
    let left_out = without.map(|one| one.photo.id.clone()).collect();
    let said: Vec<ConsentEntry> = consents.into_iter().filter(|entry| wanted(entry.id())).collect();
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
        named: true,
        consents: &said,
        warnings: &warnings,
        messages: &handed,
        received: &received,
        drafts: &drafts,
        notes: &notes,
        audit: &audit,
        photos: &photos,
        at_ms: inside.now.wall_ms,
    })?;
    let plain: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    Ok(Gathered { bundle, chart: plain.join("\n\n"), messages: handed.len(), left_out })
}

/// A Bundle as it is sealed.
pub(crate) fn text_of(bundle: &serde_json::Value) -> Result<String> {
    serde_json::to_string_pretty(bundle).map_err(|_| Error::Internal { code: 420 })
}

fn disclosure(id: Id, message: &Message, decision: &DecisionRef, found: &Noted) -> AuditRecord {
    AuditRecord {
        id: hex(&sha256(&[&id.0[..], b"audit"].concat())[..16]),
        at_ms: message.handed_ms,
        act: AuditAct::Disclosure {
            patient: message.patient.clone().unwrap_or_default(),
            message: id.text(),
            channel: message.channel,
            address: Some(message.address.clone()),
            decision: decision.clone(),
            journal_entry: found.position,
            journal_root: hex(&found.root.unwrap_or_default()),
        },
    }
}

fn entry_of(noted: &Noted, patient: &Patient) -> AuditRecord {
    AuditRecord {
        id: hex(&sha256_parts(&[b"curtain noted ", patient.id.as_bytes(), &noted.position.to_be_bytes()])[..16]),
        at_ms: noted.entry.wall_ms,
        act: AuditAct::Noted {
            patient: patient.id.clone(),
            entry: noted.entry.clone(),
            position: noted.position,
            leaf: hex(&noted.leaf),
        },
    }
}

/// What the patient texted.
fn received(vault: &mut Vault, lane: Id) -> Result<Vec<Received>> {
    let found = shelf::all::<Inbound>(vault, lane)?.into_iter().map(|(id, inbound)| Received {
        id: id.text(),
        patient: lane.text(),
        channel: inbound.channel,
        text: inbound.text,
        at_ms: inbound.received_ms,
    });
    Ok(found.collect())
}

/// What was typed and not handed over.
fn drafts(vault: &mut Vault, lane: Id) -> Result<Vec<Drafted>> {
    let found = shelf::all::<Draft>(vault, lane)?.into_iter().map(|(id, draft)| Drafted {
        id: id.text(),
        patient: lane.text(),
        channel: draft.channel,
        text: draft.text,
        at_ms: draft.updated_ms,
    });
    Ok(found.collect())
}

/// The chart texts, and the notes that none of them is made of, as texts that still have to be filed.
fn notes(vault: &mut Vault, lane: Id) -> Result<Vec<ChartNote>> {
    let mut texts: Vec<ChartNote> = shelf::heads::<ChartNote>(vault, lane)?.into_iter().map(|(_, note)| note).collect();
    for (id, note) in shelf::all::<Note>(vault, lane)? {
        let id = id.text();
        let blank = note.text.trim().is_empty() && note.title.trim().is_empty();
        if blank || texts.iter().any(|text| text.source == id) {
            continue;
        }
        let text = if note.title.is_empty() { note.text } else { format!("{}: {}", note.title, note.text) };
        texts.push(ChartNote {
            id: id.clone(),
            patient: note.patient,
            source: id,
            kind: ChartKind::Note,
            text: shorten(text),
            language: "en".to_owned(),
            purpose: note.purpose,
            basis: note.basis,
            created_ms: note.created_ms,
            filed_ms: None,
        });
    }
    Ok(texts)
}

/// A title before the longest note makes it longer than a chart text may be.
fn shorten(mut text: String) -> String {
    let mut end = text.len().min(crate::note::MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// What was decided about a message before it was handed over: channels that ask for consent name the answer that decided.
fn decision(id: Id, message: &Message, patient: &Patient, consents: &[ConsentEntry]) -> Result<AuditRecord> {
    let cited = trace::cited(&message.trace)?;
    let asked = !matches!(message.channel, Channel::Portal | Channel::Telehealth | Channel::Phone);
    let (deciding, _) = governing(consents, patient, message.channel, &message.address, message.handed_ms);
    let mut reason = format!("{}: {}", cited.verdict.name(), cited.rules.join(", "));
    let mut end = reason.len().min(250);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    Ok(AuditRecord {
        id: hex(&sha256(&[&id.0[..], b"decision"].concat())[..16]),
        at_ms: message.handed_ms,
        act: AuditAct::Decision {
            patient: patient.id.clone(),
            consent: deciding.filter(|_| asked).map(|entry| entry.id().to_owned()),
            permitted: true,
            reason,
        },
    })
}

/// The plaintext inside the age file: one JSON object with the exact texts and a manifest that signs their hashes.
pub(crate) fn seal(inside: &Inside<'_>, bundle: &str, chart: &str) -> Result<Vec<u8>> {
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

pub(crate) fn origin(inside: &Inside<'_>) -> Result<Origin> {
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

fn decided(message: &Message) -> Result<DecisionRef> {
    let cited = trace::cited(&message.trace)?;
    Ok(DecisionRef {
        trace_sha256: hex(&sha256(message.trace.as_bytes())),
        policy: cited.policy,
        policy_sha256: cited.policy_sha256,
        verdict: cited.verdict,
        rules: cited.rules,
    })
}

/// One entry of the journal about a patient.
struct Noted {
    position: u64,
    entry: Entry,
    leaf: [u8; 32],
    /// The tree's root after it, for a hand-off.
    root: Option<[u8; 32]>,
}

/// What the journal says of a patient: every hand-off, and the latest of the rest.
fn noted(vault: &Vault, lane: Id) -> Result<(Vec<Noted>, VecDeque<Noted>)> {
    let pseudonym = vault.pseudonym(lane);
    let mut tree = Tree::default();
    let (mut handed, mut others) = (Vec::new(), VecDeque::new());
    for bytes in vault.journal(0)? {
        let sealed = Sealed::parse(&bytes)?;
        let (leaf, position) = (leaf_hash(sealed.entry.as_bytes()), tree.size());
        tree.push(leaf);
        let entry = sealed.read()?;
        if entry.patient.as_deref() != Some(&pseudonym) {
            continue;
        }
        if entry.code == Code::HandedOff {
            handed.push(Noted { position, entry, leaf, root: Some(tree.root()) });
        } else {
            if others.len() == MAX_NOTED {
                others.pop_front();
            }
            others.push_back(Noted { position, entry, leaf, root: None });
        }
    }
    Ok((handed, others))
}
