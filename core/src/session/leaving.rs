//! Leaving: fresh authentication, the checklist that must be empty, and the wipe at the end.

use super::enrolled::{Enrolled, Fresh, Unlocked, write_pending};
use super::export::MAX_PICTURES_BYTES;
use super::{Inside, Session, handover, holds, shelf};
use crate::crypto::{equal, hex, make_bytes};
use crate::departure::{self, Authority};
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::lock::{LockCause, elapsed};
use crate::message::{Draft, Message, Outcome};
use crate::note::{ChartNote, Note};
use crate::platform::Instant;
use crate::vault::{Act, Change, Id, Row, Vault, Workspace};

/// What a receipt calls items that left by hand-over; the record that remembers them is not counted.
pub const HANDED_OVER: &str = "handed_over";

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
    /// them are not in `open`, nor are those that were handed over.
    pub held: u32,
    /// By when this copy has to be gone, if that is known.
    pub leaving: Option<Leaving>,
}

/// From when on a lease's end counts as near, in milliseconds before it: 3 days.
pub const NEAR_MS: i64 = 3 * 86_400_000;

/// By when a copy has to be gone. From the sooner of the two on only leaving is open.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Leaving {
    /// The institution ordered it: until when, milliseconds since 1970.
    pub leaving_until_ms: Option<i64>,
    /// Why, in the institution's words; empty without an order.
    pub reason: String,
    /// The lease's end by wall clock or by running time, whichever comes sooner: a rotation's, if nobody renews it.
    pub lease_until_ms: Option<i64>,
    /// Whether the sooner one is no more than 3 days away.
    pub near: bool,
}

/// The words of an order are nobody's log.
impl std::fmt::Debug for Leaving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let times = (self.leaving_until_ms, self.lease_until_ms);
        f.debug_struct("Leaving").field("times", &times).field("near", &self.near).finish_non_exhaustive()
    }
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
            let leaving = inside.leaving.clone();
            checklist(&mut inside.open.vault, inside.workspace, leaving)
        })
    }

    /// Every open item as one export, patient by patient: FHIR R4 with pictures (16 MiB; the rest goes with the next one) and plain text, with a signed manifest, sealed to
    /// the institution in the age format. Nothing goes yet: once it has arrived, [`Session::discard_handed_over`]. Needs a fresh
    /// authentication; it is journaled. Not on the main thread.
    pub fn hand_over(&self, token: String) -> Result<Vec<u8>, CurtainError> {
        self.with_leaving(|inside| handover::hand_over(inside, &token, MAX_PICTURES_BYTES))
    }

    /// The hand-over has arrived: throws away what was in the latest one and was not written to since, but nothing under a hold.
    /// Gives how many items. Needs a fresh authentication.
    pub fn discard_handed_over(&self, token: String) -> Result<u32, CurtainError> {
        self.with_leaving(|inside| handover::discard_all(inside, &token))
    }

    /// Throws one item away with a reason. As handed over goes only what was in the latest hand-over as it stands, a message with
    /// an unknown outcome too. Needs a fresh authentication.
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

pub(super) fn checklist(vault: &mut Vault, workspace: &Workspace, leaving: Option<Leaving>) -> Result<Checklist> {
    let system = vault.system_lane();
    let state = workspace.anchor().state();
    let (_, handed) = handover::latest(vault)?;
    let mut open = Vec::new();
    for lane in vault.lanes() {
        let rows = match vault.list(lane) {
            Ok(rows) => rows,
            Err(Error::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        for row in &rows {
            let Some(item) = open_item(row, system)? else { continue };
            // A draft could only be sent or discarded: under a hold nobody has to do either to leave. The same of what was handed
            // over: it stays sealed, and the institution has it.
            let stays = state.holds(lane)
                && (item.kind == OpenItemKind::Unsent || handover::covered(vault, &handed, lane, row.id)?);
            open.extend(Some(item).filter(|_| !stays));
        }
    }
    open.sort_by_key(|item| item.since_ms);
    let held = holds::held_items(vault, workspace);
    let set_aside = u32::try_from(vault.set_aside().len()).unwrap_or(u32::MAX);
    Ok(Checklist { open, set_aside, held, leaving })
}

fn discard(inside: Inside<'_>, id: &str, reason: DiscardReason, token: &str) -> Result<()> {
    let id = Id::parse(id)?;
    write_pending(inside.open, inside.workspace, inside.now)?;
    let lane = shelf::lane_of(&mut inside.open.vault, id, "item")?;
    let system = inside.open.vault.system_lane();
    let (row, body) = inside.open.vault.read(lane, id)?.ok_or(Error::NotFound { what: "item" })?;
    let handed = reason == DiscardReason::HandedOver;
    match open_item(&row, system)?.map(|item| item.kind) {
        None => return Err(Error::NotAllowed { why: "not an open item" }),
        Some(OpenItemKind::NeedsCall) if !handed => {
            return Err(Error::NotAllowed { why: "say what became of the call" });
        }
        Some(OpenItemKind::UnknownOutcome) if !handed => {
            return Err(Error::NotAllowed { why: "say whether it was sent" });
        }
        Some(_) => {}
    }
    holds::refuse_held(inside.workspace, lane)?;
    let settled = if handed { Some(handover::settle(&mut inside.open.vault, &row, &body)?) } else { None };
    spend(inside.open, token, inside.now)?;
    let event = Event::counted(Code::DraftDiscarded, vec![("reason", reason as u64), ("kind", u64::from(row.kind))]);
    let changes: Vec<Change> = settled.into_iter().chain([Change::Delete { lane, id }]).collect();
    inside.open.commit(inside.workspace, inside.now, &changes, Act { event, lane: Some(lane) })
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
    let left = checklist(&mut open.vault, workspace, None)?.open;
    if left.is_empty() { Ok(()) } else { Err(Error::NotAllowed { why: "items to finish" }) }
}

/// The last guess failed, here or at the lock screen: locks, and erases where the policy says so.
pub(crate) fn used_up(enrolled: &mut Enrolled, now: &Instant) -> Error {
    // Nothing of a hold that waits for an open vault is sealed for escrow yet: it blocks, and an order opens.
    let waits = enrolled.workspace.as_ref().is_some_and(|workspace| workspace.anchor().state().awaits_hold());
    let erase = enrolled.attempt_rules().erase && !waits;
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
    let mut counts = counts_by_kind(&mut open.vault)?;
    let total = counts.iter().map(|(_, number)| number).sum();
    let handed = handover::count(&mut open.vault, workspace)?;
    counts.extend(Some((HANDED_OVER.to_owned(), handed)).filter(|_| handed > 0));
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
