//! Holds and orders that waited for an open vault: whom they name, what is kept, what goes.
//!
//! Each order is one transaction with its entry in the journal, then the anchor put that takes it off those that wait. Cut
//! in between, the entry tells the next attempt that it was done.

use super::enrolled::{Enrolled, Unlocked, write_pending};
use super::{patients, sweep};
use crate::crypto::json::Digest;
use crate::error::{Error, Result};
use crate::journal::{Code, Event, MAX_SEGMENT, Sealed};
use crate::patient::Patient;
use crate::platform::Instant;
use crate::policy::document::patient_named;
use crate::vault::{Act, Forget, HELD, Hold, Id, MAX_HELD_PATIENTS, Ordered, PendingOrder, Vault, Workspace};

/// How far back an order's entry is looked for: what one session may write before it ends, and what is then folded in.
const LOOKED_BACK: u64 = 4 * MAX_SEGMENT as u64;

impl Enrolled {
    /// Brings the escrow wraps up to date and carries out, in the order of their coming, what waited for an open vault.
    pub(crate) fn carry_out(&mut self, now: &Instant) -> Result<()> {
        let recipients = self.trust.recipients.escrow.clone();
        let (open, workspace, _) = self.open()?;
        open.vault.set_escrow(&recipients)?;
        open.vault.renew_escrow(workspace.anchor_mut(), now)?;
        while let Some(order) = workspace.anchor().state().pending.first().cloned() {
            carry_out_one(open, workspace, now, &order)?;
        }
        Ok(())
    }
}

fn carry_out_one(open: &mut Unlocked, workspace: &mut Workspace, now: &Instant, order: &PendingOrder) -> Result<()> {
    let noted = is_noted(&open.vault, &order.order)?;
    match &order.what {
        Ordered::Hold { who } => {
            let lanes = who.as_ref().map(|who| named(&mut open.vault, who)).transpose()?.unwrap_or_default();
            if lanes.len() > MAX_HELD_PATIENTS {
                return Err(Error::TooLarge { field: "patients of one hold", limit: MAX_HELD_PATIENTS as u64 });
            }
            let covered = if who.is_some() { lanes.len() } else { patients_of(&open.vault) };
            note(open, workspace, now, noted, event(Code::HoldBegan, order, vec![("patients", covered as u64)]))?;
            let lanes = lanes.iter().map(Id::text).collect();
            let hold = Hold { order: order.order.clone(), who: who.clone(), lanes };
            open.vault.begin_hold(workspace.anchor_mut(), now, hold)
        }
        Ordered::Release { hold } => {
            note(open, workspace, now, noted, event(Code::HoldEnded, order, Vec::new()))?;
            open.vault.end_hold(workspace.anchor_mut(), now, hold, &order.order)
        }
        Ordered::WipePatient { who } => {
            if !noted {
                wipe_patient(open, workspace, now, order, who)?;
            }
            done(open, workspace, now, order)
        }
        Ordered::WipeBefore { date_ms } => {
            if !noted {
                wipe_before(open, workspace, now, order, *date_ms)?;
            }
            done(open, workspace, now, order)
        }
    }
}

fn event(code: Code, order: &PendingOrder, counts: Vec<(&'static str, u64)>) -> Event {
    Event { code, counts, reference: Some(order.order.clone()) }
}

fn note(open: &mut Unlocked, workspace: &mut Workspace, now: &Instant, noted: bool, event: Event) -> Result<()> {
    if noted { Ok(()) } else { open.commit(workspace, now, &[], Act::from(event)) }
}

fn done(open: &mut Unlocked, workspace: &mut Workspace, now: &Instant, order: &PendingOrder) -> Result<()> {
    open.vault.put(workspace.anchor_mut(), now, |state| {
        state.pending.retain(|one| one.order != order.order);
        Ok(())
    })
}

/// Whether the journal says already that an order was carried out: then only the anchor put was cut.
fn is_noted(vault: &Vault, order: &str) -> Result<bool> {
    let size = vault.journal_mark().0;
    let rows = match vault.journal(size.saturating_sub(LOOKED_BACK)) {
        Ok(rows) => rows,
        // A damaged row must not keep an order from being carried out: done twice is no harm.
        Err(Error::Damaged { .. } | Error::Unverified { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    for row in rows {
        let entry = Sealed::parse(&row)?.read()?;
        let ours = matches!(entry.code, Code::HoldBegan | Code::HoldEnded | Code::WipedByOrder);
        if ours && entry.reference.as_deref() == Some(order) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn patients_of(vault: &Vault) -> usize {
    let system = vault.system_lane();
    vault.every_lane().into_iter().filter(|lane| *lane != system).count()
}

fn names(patient: &Patient) -> impl Iterator<Item = Digest> {
    patient.identifiers.iter().map(|identifier| patient_named(&identifier.system, &identifier.value))
}

/// The lanes of the patients whom an order names.
fn named(vault: &mut Vault, who: &str) -> Result<Vec<Id>> {
    let all = patients::all(vault)?;
    let ours = all.iter().filter(|patient| names(patient).any(|name| name.to_string() == who));
    ours.map(|patient| Id::parse(&patient.id)).collect()
}

/// Before patients are written: those whom a hold names come under it, new or changed, and stay there.
pub(crate) fn cover<'p>(
    open: &mut Unlocked,
    workspace: &mut Workspace,
    now: &Instant,
    written: impl Iterator<Item = &'p Patient>,
) -> Result<()> {
    let holds = &workspace.anchor().state().holds;
    let mut found = Vec::new();
    if holds.iter().all(|hold| hold.who.is_none()) {
        return Ok(());
    }
    for patient in written {
        let lane = Id::parse(&patient.id)?;
        for name in names(patient).map(|name| name.to_string()) {
            let meant = holds.iter().filter(|hold| hold.who.as_ref() == Some(&name) && !hold.covers(lane));
            found.extend(meant.map(|hold| (hold.order.clone(), lane)));
        }
    }
    found.sort_unstable();
    found.dedup();
    open.vault.extend_holds(workspace.anchor_mut(), now, &found)
}

/// Refuses what a hold forbids; one that waits to become active may be anybody's.
pub(crate) fn refuse_held(workspace: &Workspace, lane: Id) -> Result<()> {
    if workspace.anchor().state().keeps(lane) { Err(HELD) } else { Ok(()) }
}

/// How many items a hold keeps.
pub(crate) fn held_items(vault: &mut Vault, workspace: &Workspace) -> u32 {
    let state = workspace.anchor().state();
    if state.holds.is_empty() {
        return 0;
    }
    let mut items = 0u32;
    for lane in vault.lanes().into_iter().filter(|lane| state.holds(*lane)) {
        let Ok(rows) = vault.list(lane) else { continue };
        let kept = rows.iter().filter(|row| matches!(sweep::retained(row), Ok(Some(_)))).count();
        items = items.saturating_add(u32::try_from(kept).unwrap_or(u32::MAX));
    }
    items
}

fn aside(vault: &Vault) -> u64 {
    vault.set_aside().len() as u64
}

/// What was typed about somebody who goes is not written back.
pub(crate) fn drop_typed(open: &mut Unlocked, gone: &[Id]) {
    open.pending = open.pending.take().filter(|pending| !gone.contains(&pending.lane));
    open.people_changed();
}

fn wipe_patient(
    open: &mut Unlocked,
    workspace: &mut Workspace,
    now: &Instant,
    order: &PendingOrder,
    who: &str,
) -> Result<()> {
    let found = named(&mut open.vault, who)?;
    let (held, lanes): (Vec<Id>, Vec<Id>) = found.into_iter().partition(|lane| workspace.anchor().state().holds(*lane));
    let counts = vec![("patients", lanes.len() as u64), ("held", held.len() as u64), ("set_aside", aside(&open.vault))];
    let mut acts = vec![Act::from(event(Code::WipedByOrder, order, counts))];
    acts.extend(lanes.iter().map(|lane| Act { event: Code::Shredded.into(), lane: Some(*lane) }));
    drop_typed(open, &lanes);
    if lanes.is_empty() {
        return open.vault.commit(workspace.anchor_mut(), now, &[], &acts);
    }
    open.vault.forget_for_good(workspace.anchor_mut(), now, &Forget { records: Vec::new(), lanes }, &acts)
}

fn wipe_before(
    open: &mut Unlocked,
    workspace: &mut Workspace,
    now: &Instant,
    order: &PendingOrder,
    date_ms: i64,
) -> Result<()> {
    write_pending(open, workspace, now)?;
    let (mut records, mut held) = (Vec::new(), 0u64);
    for lane in open.vault.lanes() {
        let rows = match open.vault.list(lane) {
            Ok(rows) => rows,
            Err(Error::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        let mut older = Vec::new();
        for row in &rows {
            if sweep::retained(row)?.is_some_and(|item| item.created_ms < date_ms) {
                older.push(row.id);
            }
        }
        // A photo's picture goes with it, in the same step.
        super::photos::due_with(&rows, &mut older)?;
        if workspace.anchor().state().holds(lane) {
            held += older.len() as u64;
        } else if !older.is_empty() && sweep::is_sound(&mut open.vault, lane)? {
            records.extend(older.into_iter().map(|id| (lane, id)));
        }
    }
    let counts = vec![("records", records.len() as u64), ("held", held), ("set_aside", aside(&open.vault))];
    let acts = [Act::from(event(Code::WipedByOrder, order, counts))];
    if records.is_empty() {
        return open.vault.commit(workspace.anchor_mut(), now, &[], &acts);
    }
    open.vault.forget_for_good(workspace.anchor_mut(), now, &Forget { records, lanes: Vec::new() }, &acts)
}
