//! The sweep of retention: what is past its time is forgotten beyond recovery, a slice at a time.
//!
//! A slice lists patients in order of their id until it has seen so many records or found so many patients to re-key, and
//! forgets what was due among them in one epoch step. What it has not come to, the next tick does; where a sweep stands
//! is kept in memory only, since a patient who was swept has nothing due any more. So a slice that is cut is what an
//! epoch step that is cut is, and a restart begins at the first patient again.

use super::enrolled::Unlocked;
use super::shelf;
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::message::{Draft, Inbound, Message};
use crate::note::{ChartNote, Note};
use crate::photo::Photo;
use crate::platform::Instant;
use crate::policy::Pack;
use crate::retention::{Item, ItemKind, RetentionDays, due};
use crate::vault::{Act, Forget, Id, Row, Vault, Workspace};

/// A slice ends after the patient with whom it has listed this many records, some milliseconds' work.
const LISTED: usize = 2_000;
/// A slice re-keys at most this many patients (50 took 100 ms, one 10 ms, on the server of docs/performance.md),
const REKEYED: usize = 8;
/// and ends after the one with whom it seals this many records anew.
const RESEALED: usize = 500;

/// Where a sweep stands.
#[derive(Default)]
pub(crate) struct Sweep {
    /// The last patient that it came to; `None` before the first.
    past: Option<Id>,
    /// When it last came to its end.
    ended: Option<Instant>,
}

impl Sweep {
    /// Whether a slice is to be done: in the midst of a sweep, or when the last one is old.
    pub(crate) fn is_due(&self, now: &Instant, every_ms: u64) -> bool {
        self.past.is_some() || self.ended.as_ref().is_none_or(|at| crate::lock::elapsed(at, now) >= every_ms)
    }
}

/// One slice: forgets what is past its time, with one epoch step; most of the time there is nothing. A clock set far
/// ahead forgets nothing: see [`crate::vault::RunningTime`].
pub(crate) fn purge_slice(
    open: &mut Unlocked,
    workspace: &mut Workspace,
    days: &RetentionDays,
    now: &Instant,
) -> Result<()> {
    let mut running = workspace.anchor().state().running.clone();
    running.advance(now);
    let pending = open.pending.as_ref().map(|pending| pending.id);
    let (mut listed, mut rekeyed, mut resealed) = (0, 0, 0);
    let (mut records, mut past, mut more) = (Vec::new(), None, false);
    let left = open.vault.lanes().into_iter().filter(|lane| open.sweep.past.is_none_or(|past| *lane > past));
    for lane in left.collect::<Vec<_>>() {
        if listed >= LISTED || rekeyed >= REKEYED || resealed >= RESEALED {
            more = true;
            break;
        }
        past = Some(lane);
        if workspace.anchor().state().keeps(lane) {
            continue;
        }
        let rows = match open.vault.list(lane) {
            Ok(rows) => rows,
            Err(Error::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        listed += rows.len();
        let due = due_of(&rows, pending, running.steady_wall_ms, days)?;
        if due.is_empty() || !is_sound(&mut open.vault, lane)? {
            continue;
        }
        rekeyed += 1;
        resealed += rows.len() - due.len();
        records.extend(due.into_iter().map(|id| (lane, id)));
    }
    if !records.is_empty() {
        let event = Event::counted(Code::Purged, vec![("records", records.len() as u64)]);
        let forget = Forget { records, lanes: Vec::new() };
        open.vault.forget_for_good(workspace.anchor_mut(), now, &forget, &[Act::from(event)])?;
    }
    // Only now: a slice that failed is done again by the next tick.
    if more {
        open.sweep.past = past;
    } else {
        open.sweep = Sweep { past: None, ended: Some(now.clone()) };
    }
    Ok(())
}

/// What remains of the patient is sealed anew: damage in it must not keep the others from being forgotten.
pub(crate) fn is_sound(vault: &mut Vault, lane: Id) -> Result<bool> {
    match vault.scan(lane, |_, _| Ok(())) {
        Err(Error::Damaged { .. }) => Ok(false),
        other => other.map(|()| true),
    }
}

fn due_of(rows: &[Row], pending: Option<Id>, now_ms: i64, days: &RetentionDays) -> Result<Vec<Id>> {
    let mut items = Vec::new();
    for row in rows.iter().filter(|row| Some(row.id) != pending) {
        items.extend(retained(row)?);
    }
    let mut gone = due(now_ms, &items, days).iter().map(|id| Id::parse(id)).collect::<Result<Vec<Id>>>()?;
    super::photos::due_with(rows, &mut gone)?;
    Ok(gone)
}

/// The policy's days, as retention reads them.
pub(crate) fn retention_days(pack: &Pack) -> RetentionDays {
    RetentionDays {
        message_days: pack.retention.message_days,
        note_days: pack.retention.note_days,
        draft_days: pack.retention.draft_days,
        before_charted: pack.retention.before_charted,
    }
}

/// A record as retention sees it, not held: patients under a hold are passed over whole; patients, consents and rosters are not its business.
pub(crate) fn retained(row: &Row) -> Result<Option<Item>> {
    let item =
        |kind, created_ms, charted_ms| Some(Item { id: row.id.text(), kind, created_ms, charted_ms, held: false });
    Ok(if let Some(message) = shelf::from_head::<Message>(row)? {
        item(ItemKind::Message, message.handed_ms, message.charted_ms)
    } else if let Some(inbound) = shelf::from_head::<Inbound>(row)? {
        item(ItemKind::Message, inbound.received_ms, inbound.charted_ms)
    } else if let Some(note) = shelf::from_head::<Note>(row)? {
        item(ItemKind::Note, note.updated_ms, note.charted_ms)
    } else if let Some(photo) = shelf::from_head::<Photo>(row)? {
        item(ItemKind::Note, photo.edited_ms.unwrap_or(photo.stored_ms), photo.charted_ms)
    } else if let Some(note) = shelf::from_head::<ChartNote>(row)? {
        item(ItemKind::Note, note.created_ms, note.filed_ms)
    } else if let Some(draft) = shelf::from_head::<Draft>(row)? {
        item(ItemKind::Draft, draft.updated_ms, None)
    } else {
        None
    })
}
