//! Orders that are carried out in an open vault: they wait in the anchor while it is locked.

use super::delivery::{Delivery, Refused, remember};
use crate::crypto::hex;
use crate::error::Result;
use crate::platform::Instant;
use crate::policy::document::{Action, HoldScope, Holds};
use crate::policy::trust::Trust;
use crate::session::Enrolled;
use crate::vault::{AnchorState, MAX_HOLDS, MAX_PENDING, Ordered, PendingOrder};

/// What such an order asks of the vault; `None` for those that act at once, locked or not.
pub(super) fn for_open_vault(action: &Action) -> Option<Ordered> {
    Some(match action {
        Action::Hold { scope: HoldScope::Workspace } => Ordered::Hold { who: None },
        Action::Hold { scope: HoldScope::Patient(who) } => Ordered::Hold { who: Some(who.to_string()) },
        Action::Release { hold } => Ordered::Release { hold: hold.to_string() },
        Action::WipePatient { who } => Ordered::WipePatient { who: who.to_string() },
        Action::WipeBefore { date_ms } => Ordered::WipeBefore { date_ms: *date_ms },
        Action::WipeWorkspace { .. } | Action::Unlock {} | Action::Acknowledge { .. } | Action::Leave { .. } => {
            return None;
        }
    })
}

/// Puts the order among those that wait, then carries out what waits if the vault is open.
pub(super) fn wait(
    inside: &mut Enrolled,
    now: &Instant,
    what: Ordered,
    hash: &[u8; 32],
    trust: Trust,
) -> Result<Delivery> {
    if let Some(reason) = refusal(inside.workspace()?.anchor().state(), &what, &trust) {
        return Ok(Delivery::Refused { reason });
    }
    let order = PendingOrder { order: hex(hash), what };
    remember(inside, now, hash, trust, |state| state.pending.push(order))?;
    if inside.unlocked.is_some() {
        // What fails now stays, and the session's tick goes on with it or reports.
        drop(inside.carry_out(now));
    }
    standing(inside, hash)
}

fn refusal(state: &AnchorState, what: &Ordered, trust: &Trust) -> Option<Refused> {
    if state.tombstone.is_some() {
        return Some(Refused::Erased);
    }
    if state.pending.len() >= MAX_PENDING {
        return Some(Refused::TooManyWaiting);
    }
    match what {
        Ordered::Hold { .. } if trust.recipients.escrow.is_empty() => Some(Refused::NoEscrow),
        Ordered::Hold { .. } if state.hold_count() >= MAX_HOLDS => Some(Refused::TooManyWaiting),
        Ordered::Release { hold } if !state.knows_hold(hold) => Some(Refused::NoSuchHold),
        _ => None,
    }
}

/// Why a wipe order must not be carried out as it is: it has to say what becomes of a hold, and what is to be kept must
/// have been sealed for escrow, which needs an open vault.
pub(super) fn wipe_refusal(state: &AnchorState, holds: Option<Holds>) -> Option<Refused> {
    match holds {
        _ if state.tombstone.is_some() => None,
        None if state.hold_count() > 0 => Some(Refused::HoldsUnsaid),
        Some(Holds::Keep) if state.awaits_hold() => Some(Refused::HoldWaits),
        _ => None,
    }
}

/// Whether an accepted order was carried out or waits.
pub(super) fn standing(inside: &mut Enrolled, hash: &[u8; 32]) -> Result<Delivery> {
    let waits = inside.workspace()?.anchor().state().pending.iter().any(|one| one.order == hex(hash));
    Ok(if waits { Delivery::Queued } else { Delivery::Done })
}
