//! Notes about patients, and the search over everything that lies in the vault.

use super::shelf::Shelved;
use super::{Inside, Session, patients, shelf};
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::message::{Inbound, Message};
use crate::note::Note;
use crate::patient::{LawfulBasis, Purpose};
use crate::vault::{Act, Id, Vault};

/// Most hits that a search gives.
const MAX_HITS: usize = 200;
/// Longest search term in bytes.
const MAX_TERM_BYTES: usize = 256;
/// How many characters of context stand on each side of a hit.
const CONTEXT: usize = 32;

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

/// What a search found.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoteHit {
    /// The record's id.
    pub id: String,
    /// The patient's id.
    pub patient: String,
    /// The words around the first match.
    pub excerpt: String,
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

    /// Notes, messages and inbound texts that hold the words, case-blind. Not on the main thread for many thousands.
    pub fn search(&self, words: String) -> Result<Vec<NoteHit>, CurtainError> {
        self.with(|inside| search(&mut inside.open.vault, &words))
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

fn search(vault: &mut Vault, words: &str) -> Result<Vec<NoteHit>> {
    if words.len() > MAX_TERM_BYTES {
        return Err(Error::TooLarge { field: "search", limit: MAX_TERM_BYTES as u64 });
    }
    let needle = words.trim().to_lowercase();
    if needle.is_empty() {
        return Ok(Vec::new());
    }
    let finder = memchr::memmem::Finder::new(&needle);
    let mut hits = Vec::new();
    for lane in vault.lanes() {
        let scanned = vault.scan(lane, |row, body| {
            if hits.len() >= MAX_HITS {
                return Ok(());
            }
            let (text, title) = match row.kind {
                Note::KIND => shelf::whole::<Note>(&row, body)?.map(|note| (note.text, note.title)),
                Message::KIND => shelf::whole::<Message>(&row, body)?.map(|message| (message.text, String::new())),
                Inbound::KIND => shelf::whole::<Inbound>(&row, body)?.map(|inbound| (inbound.text, String::new())),
                _ => None,
            }
            .unwrap_or_default();
            let lower = text.to_lowercase();
            let found = finder.find(lower.as_bytes());
            if found.is_some() || finder.find(title.to_lowercase().as_bytes()).is_some() {
                let excerpt = found.map_or(title, |at| excerpt(&lower, at, needle.len()));
                hits.push(NoteHit { id: row.id.text(), patient: row.lane.text(), excerpt });
            }
            Ok(())
        });
        match scanned {
            Ok(()) | Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hits)
}

/// The words around a match.
fn excerpt(text: &str, at: usize, length: usize) -> String {
    let before = text.get(..at).unwrap_or("");
    let after = text.get(at + length..).unwrap_or("");
    let start = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(index, _)| index);
    let end = at + length + after.char_indices().nth(CONTEXT).map_or(after.len(), |(index, _)| index);
    text.get(start..end).unwrap_or("").to_owned()
}
