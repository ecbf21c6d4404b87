//! Notes about patients.

use super::{Inside, Session, patients, shelf};
use crate::error::{CurtainError, Result};
use crate::journal::Code;
use crate::note::Note;
use crate::patient::{LawfulBasis, Purpose};
use crate::vault::{Act, Id, Vault};

/// A note as lists show it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoteSummary {
    /// The note's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it was last changed, milliseconds since 1970.
    pub updated_ms: i64,
    /// Whether it is in the record.
    pub charted: bool,
}

#[uniffi::export]
impl Session {
    /// Writes a note about a patient, new (no id) or changed; gives its id.
    pub fn save_note(
        &self,
        id: Option<String>,
        patient: String,
        title: String,
        text: String,
    ) -> Result<String, CurtainError> {
        self.with(|inside| save(inside, id.as_deref(), &patient, title, text))
    }

    /// A patient's notes, latest first.
    pub fn notes(&self, patient: String) -> Result<Vec<NoteSummary>, CurtainError> {
        self.with(|inside| list(&mut inside.open.vault, &patient))
    }

    /// One note, whole.
    pub fn note(&self, id: String) -> Result<Note, CurtainError> {
        self.with(|inside| {
            let id = Id::parse(&id)?;
            let lane = shelf::lane_of(&mut inside.open.vault, id, "note")?;
            shelf::get(&mut inside.open.vault, lane, id, "note")
        })
    }
}

fn save(inside: Inside<'_>, id: Option<&str>, patient: &str, title: String, text: String) -> Result<String> {
    let lane = Id::parse(patient)?;
    patients::one(&mut inside.open.vault, patient)?;
    let now_ms = inside.now.wall_ms;
    let note = match id {
        Some(id) => {
            let mut note: Note = shelf::get(&mut inside.open.vault, lane, Id::parse(id)?, "note")?;
            note.title = title;
            note.edit(text, now_ms)?;
            note
        }
        None => Note {
            id: Id::make()?.text(),
            patient: patient.to_owned(),
            title,
            text,
            purpose: Purpose::Treatment,
            basis: LawfulBasis::TreatmentOperations,
            created_ms: now_ms,
            updated_ms: now_ms,
            charted_ms: None,
        },
    };
    note.check()?;
    let change = shelf::put(lane, Id::parse(&note.id)?, &note)?;
    let act = Act { event: Code::NoteSaved.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[change], act)?;
    if id.is_none() {
        // What waits for the chart must not vanish with an older database; changes of its text are sealed with the next put.
        inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    }
    Ok(note.id)
}

fn list(vault: &mut Vault, patient: &str) -> Result<Vec<NoteSummary>> {
    let mut notes: Vec<_> = shelf::heads::<Note>(vault, Id::parse(patient)?)?
        .into_iter()
        .map(|(_, note)| NoteSummary {
            id: note.id,
            title: note.title,
            updated_ms: note.updated_ms,
            charted: note.charted_ms.is_some(),
        })
        .collect();
    notes.sort_by_key(|note| std::cmp::Reverse(note.updated_ms));
    Ok(notes)
}
