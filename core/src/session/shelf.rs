//! How records lie in the vault: a kind's number, what its head holds for lists, and what only its body holds.

use crate::consent::{Consent, Withdrawal};
use crate::error::{Error, Result};
use crate::message::{Draft, Inbound, Message};
use crate::note::{ChartNote, Note};
use crate::patient::Patient;
use crate::photo::{Photo, PhotoConsentEntry};
use crate::roster::Roster;
use crate::vault::{Change, Id, Kind, Row, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What records are called, from kind 1 on: in receipts, and by who reads a held copy.
pub const KIND_NAMES: [&str; 13] = [
    "patient",
    "consent",
    "withdrawal",
    "note",
    "draft",
    "message",
    "inbound",
    "chart_text",
    "roster",
    "photo",
    "picture",
    "photo_consent",
    "hand_over",
];

/// A record that has its place in the vault. The head is its JSON without the long text, the body the long text.
pub(crate) trait Shelved: Serialize + DeserializeOwned + Clone {
    /// Its number inside the seal; never reused.
    const KIND: Kind;

    /// Takes the long text out.
    fn take_body(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Puts the long text back.
    fn put_body(&mut self, _body: Vec<u8>) -> Result<()> {
        Ok(())
    }
}

const DAMAGED: Error = Error::Damaged { what: "record" };

fn text(body: Vec<u8>) -> Result<String> {
    String::from_utf8(body).map_err(|_| DAMAGED)
}

impl Shelved for Patient {
    const KIND: Kind = 1;
}

impl Shelved for Consent {
    const KIND: Kind = 2;
}

impl Shelved for Withdrawal {
    const KIND: Kind = 3;
}

impl Shelved for Note {
    const KIND: Kind = 4;

    fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        self.text = text(body)?;
        Ok(())
    }
}

impl Shelved for Draft {
    const KIND: Kind = 5;

    fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        self.text = text(body)?;
        Ok(())
    }
}

impl Shelved for Message {
    const KIND: Kind = 6;

    /// See [`text_and_trace`].
    fn take_body(&mut self) -> Vec<u8> {
        let (text, trace) = (std::mem::take(&mut self.text), std::mem::take(&mut self.trace));
        let mut body = Vec::with_capacity(4 + text.len() + trace.len());
        body.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_be_bytes());
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(trace.as_bytes());
        body
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        let (first, second) = text_and_trace(&body)?;
        self.text = text(first.to_vec())?;
        self.trace = text(second.to_vec())?;
        Ok(())
    }
}

impl Shelved for Inbound {
    const KIND: Kind = 7;

    fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text).into_bytes()
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        self.text = text(body)?;
        Ok(())
    }
}

impl Shelved for ChartNote {
    const KIND: Kind = 8;
}

impl Shelved for Roster {
    const KIND: Kind = 9;
}

impl Shelved for Photo {
    const KIND: Kind = 10;

    /// The small picture, so that lists of other records read none.
    fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.thumbnail)
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        self.thumbnail = body;
        Ok(())
    }
}

/// The head of a photo's picture, which is a stream: its body is the vault's.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoImage {
    /// Id of the photo.
    pub(crate) photo: String,
}

impl Shelved for PhotoImage {
    const KIND: Kind = 11;
}

impl Shelved for PhotoConsentEntry {
    const KIND: Kind = 12;
}

/// A message's body: `length of the text[4] || text || trace`.
fn text_and_trace(body: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(DAMAGED)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| DAMAGED)?;
    rest.split_at_checked(length).ok_or(DAMAGED)
}

/// The long text in a record's body, where it lies.
pub(crate) fn text_of(kind: Kind, body: &[u8]) -> Result<&str> {
    let text = if kind == Message::KIND { text_and_trace(body)?.0 } else { body };
    std::str::from_utf8(text).map_err(|_| DAMAGED)
}

/// The change that writes a record.
pub(crate) fn put<T: Shelved>(lane: Id, id: Id, record: &T) -> Result<Change> {
    let mut record = record.clone();
    let body = record.take_body();
    let head = serde_json::to_vec(&record).map_err(|_| Error::Internal { code: 400 })?;
    Ok(Change::Put { lane, id, kind: T::KIND, head, body })
}

/// A record from its head alone; its long text is empty.
pub(crate) fn from_head<T: Shelved>(row: &Row) -> Result<Option<T>> {
    if row.kind != T::KIND {
        return Ok(None);
    }
    serde_json::from_slice(&row.head).map(Some).map_err(|_| DAMAGED)
}

/// A whole record.
pub(crate) fn whole<T: Shelved>(row: &Row, body: Vec<u8>) -> Result<Option<T>> {
    let Some(mut record) = from_head::<T>(row)? else { return Ok(None) };
    record.put_body(body)?;
    Ok(Some(record))
}

/// Reads one record of a kind.
pub(crate) fn get<T: Shelved>(vault: &mut Vault, lane: Id, id: Id, what: &'static str) -> Result<T> {
    let found = match vault.read(lane, id) {
        Err(Error::NotFound { .. }) => None,
        other => other?,
    };
    let (row, body) = found.ok_or(Error::NotFound { what })?;
    whole(&row, body)?.ok_or(Error::NotFound { what })
}

/// All records of a kind in a lane, from their heads, in order of insertion.
pub(crate) fn heads<T: Shelved>(vault: &mut Vault, lane: Id) -> Result<Vec<(Id, T)>> {
    let rows = match vault.list(lane) {
        Err(Error::NotFound { .. }) => Vec::new(),
        other => other?,
    };
    let mut found = Vec::new();
    for row in rows {
        if let Some(record) = from_head(&row)? {
            found.push((row.id, record));
        }
    }
    Ok(found)
}

/// All records of a kind in a lane, whole.
pub(crate) fn all<T: Shelved>(vault: &mut Vault, lane: Id) -> Result<Vec<(Id, T)>> {
    let mut found = Vec::new();
    let scanned = vault.scan(lane, |row, body| {
        if let Some(record) = whole(&row, body)? {
            found.push((row.id, record));
        }
        Ok(())
    });
    match scanned {
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        other => other.map(|()| found),
    }
}

/// Where a record is, when only its id is known: the lane whose verified manifest lists it.
pub(crate) fn lane_of(vault: &mut Vault, id: Id, what: &'static str) -> Result<Id> {
    vault.find(id)?.ok_or(Error::NotFound { what })
}
