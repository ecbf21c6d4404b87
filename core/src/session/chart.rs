//! The chart: texts that wait to be filed, and the sealed export of everything about a patient.

use super::{Inside, Session, consents, export, leaving, patients, shelf};
use crate::crypto::age;
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::message::{CallOutcome, Inbound, Message, Outcome, call_chart, outcome_chart};
use crate::note::{ChartKind, ChartNote, Note};
use crate::photo::Photo;
use crate::policy::Channel;
use crate::policy::document::Recipients;
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

fn export_patient(mut inside: Inside<'_>, patient: &str, token: &str) -> Result<Vec<u8>> {
    let patient = patients::one(&mut inside.open.vault, patient)?;
    let lane = Id::parse(&patient.id)?;
    leaving::spend(inside.open, token, inside.now)?;
    let gathered = export::gather(&mut inside, &patient, None, &mut { export::MAX_PICTURES_BYTES })?;
    let sealed = export::seal(&inside, &export::text_of(&gathered.bundle)?, &gathered.chart)?;
    let counts = vec![("messages", gathered.messages as u64), ("bytes", sealed.len() as u64)];
    let act = Act { event: Event::counted(Code::Exported, counts), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[], act)?;
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    Ok(sealed)
}

#[cfg(test)]
impl Session {
    /// The bundle of [`Session::export_patient`], unsealed: the core seals and never opens.
    pub(crate) fn bundle_of(&self, patient: &str) -> Result<String, CurtainError> {
        self.with(|mut inside| {
            let patient = patients::one(&mut inside.open.vault, patient)?;
            export::text_of(&export::gather(&mut inside, &patient, None, &mut { export::MAX_PICTURES_BYTES })?.bundle)
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
