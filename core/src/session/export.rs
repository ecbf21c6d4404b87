//! What an export of a patient says beside messages and filed texts: what they wrote, what was not handed over, notes that
//! are in no chart text yet, and what was decided about each message.

use super::shelf;
use crate::chart::{AuditAct, AuditRecord, Drafted, Received};
use crate::consent::{ConsentEntry, governing};
use crate::crypto::{hex, sha256};
use crate::error::Result;
use crate::message::{Draft, Inbound, Message};
use crate::note::{ChartKind, ChartNote, Note};
use crate::patient::Patient;
use crate::policy::{Channel, trace};
use crate::vault::{Id, Vault};

/// What the patient texted.
pub(crate) fn received(vault: &mut Vault, lane: Id) -> Result<Vec<Received>> {
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
pub(crate) fn drafts(vault: &mut Vault, lane: Id) -> Result<Vec<Drafted>> {
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
pub(crate) fn notes(vault: &mut Vault, lane: Id) -> Result<Vec<ChartNote>> {
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
pub(crate) fn decision(id: Id, message: &Message, patient: &Patient, consents: &[ConsentEntry]) -> Result<AuditRecord> {
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
