//! Leaving: fresh authentication, the checklist that must be empty, and the wipe at the end.

use super::enrolled::{Enrolled, Fresh, Unlocked, write_pending};
use super::{Inside, Session, holds, shelf};
use crate::crypto::{equal, hex, make_bytes};
use crate::departure::{self, Authority};
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::lock::{LockCause, elapsed};
use crate::message::{Draft, Message, Outcome};
use crate::note::{ChartNote, Note};
use crate::platform::Instant;
use crate::vault::{Act, Change, Id, Row, Vault, Workspace};

/// How long a fresh authentication is good for, in milliseconds.
const FRESH_MS: u64 = 60_000;

/// What still has to be finished before leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum OpenItemKind {
    /// A chart text that was not filed.
    Uncharted,
    /// A note that is not in the record.
    UnchartedNote,
    /// A draft that was not sent.
    Unsent,
    /// A message of which nobody said whether it was sent.
    UnknownOutcome,
    /// An urgent message, and nobody said what became of the call.
    NeedsCall,
}

/// One thing to finish.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct OpenItem {
    /// The record's id.
    pub id: String,
    /// The patient's id; empty when it belongs to none.
    pub patient: String,
    /// What it is.
    pub kind: OpenItemKind,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
}

/// The departure checklist.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Checklist {
    /// What is left; the wipe opens when nothing is.
    pub open: Vec<OpenItem>,
    /// Patients set aside as damaged: their items cannot be listed.
    pub set_aside: u32,
    /// Items under a hold: they cannot be discarded, and stay sealed for the institution when this copy is erased. Drafts among
    /// them are not in `open`.
    pub held: u32,
}

/// Why an item is thrown away without being charted. A code, so that the journal may carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum DiscardReason {
    /// The same is in the record already.
    InTheRecord,
    /// Never needed, for example a test.
    NotNeeded,
    /// It was about the wrong patient.
    WrongPatient,
    /// Somebody else took it over.
    HandedOver,
}

#[uniffi::export]
impl Session {
    /// Asks for the passcode again, through the same counter: gives a token for one action within 60 s.
    /// Not on the main thread: a guess takes tenths of a second.
    pub fn fresh_auth(&self, passcode: &[u8]) -> Result<String, CurtainError> {
        self.counted(true, passcode, |inside| {
            let token = hex(&make_bytes::<16>()?);
            inside.open.fresh = Some(Fresh { token: token.clone(), at: inside.now.clone() });
            let act = Act::from(Code::FreshAuth);
            inside.open.commit(inside.workspace, inside.now, &[], act)?;
            Ok(token)
        })
    }

    /// What is left to finish before this phone's copy may be erased.
    pub fn checklist(&self) -> Result<Checklist, CurtainError> {
        self.with_leaving(|inside| {
            write_pending(inside.open, inside.workspace, inside.now)?;
            checklist(&mut inside.open.vault, inside.workspace)
        })
    }

    /// Throws one item away with a reason. Needs a fresh authentication.
    pub fn discard(&self, item: String, reason: DiscardReason, token: String) -> Result<(), CurtainError> {
        self.with_leaving(|inside| discard(inside, &item, reason, &token))
    }

    /// Erases this workspace from the phone. Needs an empty checklist and a fresh authentication; gives the receipt.
    /// Whatever interrupts it, the next start goes on.
    pub fn wipe(&self, token: String) -> Result<Vec<u8>, CurtainError> {
        self.safely(|| {
            self.with_leaving(|inside| ready(inside, &token))?;
            let mut inside = self.enter()?;
            let now = inside.clock.now().map_err(Error::from)?;
            if !self.is_current(&inside) {
                return Err(inside.ended().into());
            }
            // Another thread may have written in between.
            let (open, workspace, _) = inside.open()?;
            finished(open, workspace, &now)?;
            leave(&mut inside, &now).map_err(CurtainError::from)
        })
    }
}

/// Uses up a fresh authentication.
pub(crate) fn spend(open: &mut Unlocked, token: &str, now: &Instant) -> Result<()> {
    let fresh = open.fresh.take().ok_or(Error::NeedsFreshAuth)?;
    let good = equal(fresh.token.as_bytes(), token.as_bytes()) && elapsed(&fresh.at, now) < FRESH_MS;
    if good { Ok(()) } else { Err(Error::NeedsFreshAuth) }
}

/// The open item that a record is, if it is one.
fn open_item(row: &Row, system: Id) -> Result<Option<OpenItem>> {
    let item = |kind, since_ms| {
        let patient = if row.lane == system { String::new() } else { row.lane.text() };
        Ok(Some(OpenItem { id: row.id.text(), patient, kind, since_ms }))
    };
    if let Some(note) = shelf::from_head::<ChartNote>(row)? {
        if note.pending() {
            return item(OpenItemKind::Uncharted, note.created_ms);
        }
    } else if let Some(note) = shelf::from_head::<Note>(row)? {
        if note.charted_ms.is_none() {
            return item(OpenItemKind::UnchartedNote, note.created_ms);
        }
    } else if let Some(draft) = shelf::from_head::<Draft>(row)? {
        return item(OpenItemKind::Unsent, draft.updated_ms);
    } else if let Some(message) = shelf::from_head::<Message>(row)?
        && (message.outcome == Outcome::Unknown || message.needs_call())
    {
        let unknown = message.outcome == Outcome::Unknown;
        let kind = if unknown { OpenItemKind::UnknownOutcome } else { OpenItemKind::NeedsCall };
        return item(kind, message.handed_ms);
    }
    Ok(None)
}

fn checklist(vault: &mut Vault, workspace: &Workspace) -> Result<Checklist> {
    let system = vault.system_lane();
    let state = workspace.anchor().state();
    let mut open = Vec::new();
    for lane in vault.lanes() {
        match vault.list(lane) {
            Ok(rows) => {
                for row in &rows {
                    // A draft could only be sent or discarded: under a hold nobody has to do either to leave.
                    let stays = |item: &OpenItem| item.kind == OpenItemKind::Unsent && state.holds(lane);
                    open.extend(open_item(row, system)?.filter(|item| !stays(item)));
                }
            }
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    open.sort_by_key(|item| item.since_ms);
    let held = holds::held_items(vault, workspace);
    Ok(Checklist { open, set_aside: u32::try_from(vault.set_aside().len()).unwrap_or(u32::MAX), held })
}

fn discard(inside: Inside<'_>, id: &str, reason: DiscardReason, token: &str) -> Result<()> {
    let id = Id::parse(id)?;
    write_pending(inside.open, inside.workspace, inside.now)?;
    let lane = shelf::lane_of(&mut inside.open.vault, id, "item")?;
    let system = inside.open.vault.system_lane();
    let (row, _) = inside.open.vault.read(lane, id)?.ok_or(Error::NotFound { what: "item" })?;
    match open_item(&row, system)?.map(|item| item.kind) {
        None => return Err(Error::NotAllowed { why: "not an open item" }),
        Some(OpenItemKind::NeedsCall) => return Err(Error::NotAllowed { why: "say what became of the call" }),
        Some(OpenItemKind::UnknownOutcome) => return Err(Error::NotAllowed { why: "say whether it was sent" }),
        Some(_) => {}
    }
    holds::refuse_held(inside.workspace, lane)?;
    spend(inside.open, token, inside.now)?;
    let event = Event::counted(Code::DraftDiscarded, vec![("reason", reason as u64), ("kind", u64::from(row.kind))]);
    inside.open.commit(inside.workspace, inside.now, &[Change::Delete { lane, id }], Act { event, lane: Some(lane) })
}

fn ready(inside: Inside<'_>, token: &str) -> Result<()> {
    finished(inside.open, inside.workspace, inside.now)?;
    spend(inside.open, token, inside.now)
}

fn finished(open: &mut Unlocked, workspace: &mut Workspace, now: &Instant) -> Result<()> {
    write_pending(open, workspace, now)?;
    // A hold among them must be sealed for escrow before the keys go.
    if !workspace.anchor().state().pending.is_empty() {
        return Err(Error::NotAllowed { why: "orders to carry out" });
    }
    let left = checklist(&mut open.vault, workspace)?.open;
    if left.is_empty() { Ok(()) } else { Err(Error::NotAllowed { why: "items to finish" }) }
}

/// The last guess failed, here or at the lock screen: locks, and erases where the policy says so.
pub(crate) fn used_up(enrolled: &mut Enrolled, now: &Instant) -> Error {
    let erase = enrolled.attempt_rules().erase;
    // The keys are dropped whatever else the lock cannot do.
    drop(enrolled.lock(now, if erase { LockCause::Wiped } else { LockCause::Asked }));
    if !erase {
        return Error::Blocked;
    }
    let erased = enrolled
        .workspace()
        .and_then(|workspace| departure::erase(workspace, now, Authority::AttemptsUsedUp, Vec::new()));
    erased.err().unwrap_or(Error::Erased)
}

/// Counts what is about to go, ends the journal, drops the keys, erases.
fn leave(enrolled: &mut Enrolled, now: &Instant) -> Result<Vec<u8>> {
    let (open, workspace, _) = enrolled.open()?;
    let counts = counts_by_kind(&mut open.vault)?;
    let total = counts.iter().map(|(_, number)| number).sum();
    let event = Event::counted(Code::DepartureStarted, vec![("records", total)]);
    open.commit(workspace, now, &[], Act::from(event))?;
    // The keys go before the first file does.
    enrolled.lock(now, LockCause::Wiped)?;
    departure::erase(enrolled.workspace()?, now, Authority::FreshAuthentication, counts)
}

/// How many records of each kind there are, for the receipt.
fn counts_by_kind(vault: &mut Vault) -> Result<Vec<(String, u64)>> {
    let mut counts = [0u64; shelf::KIND_NAMES.len()];
    for lane in vault.lanes() {
        match vault.list(lane) {
            Ok(rows) => {
                for row in rows {
                    if let Some(count) = usize::from(row.kind).checked_sub(1).and_then(|index| counts.get_mut(index)) {
                        *count += 1;
                    }
                }
            }
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let named = shelf::KIND_NAMES.iter().zip(counts).filter(|(_, count)| *count > 0);
    Ok(named.map(|(name, count)| ((*name).to_owned(), count)).collect())
}
