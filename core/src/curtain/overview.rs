//! What a lock screen shows of each workspace: how it stands and counts, nothing of a patient.

use super::Place;
use crate::error::{Error, Result};
use crate::lock::LockCause;
use crate::platform::Clock;
use crate::session::Leaving;
use crate::vault::{Id, LockScreenCounts};

/// How a workspace stands, for the lock screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum WorkspaceState {
    /// Ready for the passcode.
    Locked,
    /// A session is open.
    Unlocked,
    /// A delay runs.
    Waiting {
        /// What remains, in milliseconds.
        delay_ms: u64,
    },
    /// Only a signed unlock order opens.
    Blocked,
    /// The lease is over: unlocking opens leaving only.
    LeaseOver,
    /// Erased; the receipt waits to be acknowledged.
    Erased,
    /// Its files do not authenticate; put aside, not erased.
    Damaged,
    /// Its files are older than they were.
    RolledBack,
    /// Its files belong to another phone.
    OtherPhone,
    /// A newer version of the app wrote it.
    TooNew,
    /// Another process has it open, or the keystore is not available: try again.
    NotNow,
}

/// A workspace, for the lock screen: nothing of a patient.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WorkspaceInfo {
    /// Its id.
    pub id: String,
    /// The institution's name.
    pub institution: String,
    /// The clinician's name.
    pub clinician: String,
    /// How it stands.
    pub state: WorkspaceState,
    /// Guesses left before the policy's action.
    pub tries_left: u32,
    /// Counts, never words.
    pub counts: LockScreenCounts,
    /// Why it locked last.
    pub last_lock: Option<LockCause>,
    /// By when this copy has to be gone, if that is known.
    pub leaving: Option<Leaving>,
}

pub(super) fn info(id: Id, place: &Place, clock: &dyn Clock) -> Result<WorkspaceInfo> {
    let gate = match place {
        Place::Open(gate) => gate,
        Place::Shut(error) => {
            return Ok(WorkspaceInfo {
                id: id.text(),
                institution: String::new(),
                clinician: String::new(),
                state: shut_state(error),
                tries_left: 0,
                counts: LockScreenCounts::default(),
                last_lock: None,
                leaving: None,
            });
        }
    };
    let mut inside = gate.enter()?;
    let now = &clock.now()?;
    // A lock that could not write everything is told to whoever uses the session; the keys are gone in any case.
    drop(inside.settle(now));
    let rules = inside.attempt_rules();
    let lease_over = inside.lease_is_over(now);
    let (open, leaving) = (inside.unlocked.is_some(), inside.leaving(now));
    let state = inside.workspace()?.anchor().state();
    let (tries_left, delay_ms) = (state.attempts.left(rules), state.attempts.remaining_ms(now));
    let shown = if state.tombstone.is_some() {
        WorkspaceState::Erased
    } else if open {
        WorkspaceState::Unlocked
    } else if tries_left == 0 {
        WorkspaceState::Blocked
    } else if delay_ms > 0 {
        WorkspaceState::Waiting { delay_ms }
    } else if lease_over {
        WorkspaceState::LeaseOver
    } else {
        WorkspaceState::Locked
    };
    let counts = state.counts;
    Ok(WorkspaceInfo {
        id: id.text(),
        institution: inside.trust.institution.name.clone(),
        clinician: inside.trust.clinician.clone(),
        state: shown,
        tries_left,
        counts,
        last_lock: inside.last_lock,
        leaving,
    })
}

fn shut_state(error: &Error) -> WorkspaceState {
    match error {
        Error::RolledBack { .. } => WorkspaceState::RolledBack,
        Error::OtherPhone => WorkspaceState::OtherPhone,
        Error::TooNew { .. } => WorkspaceState::TooNew,
        Error::InUse | Error::KeystoreNotNow | Error::KeystoreNeedsAuth => WorkspaceState::NotNow,
        _ => WorkspaceState::Damaged,
    }
}
