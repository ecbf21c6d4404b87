//! One unlocked workspace. Each room of the API is an export block of one-line bodies; the work is in the room's file.
//!
//! Every call enters one gate, reads the clock, and locks first if it is time: there is no timer to miss.

mod chart;
mod circumstances;
mod consents;
mod drafts;
mod enrolled;
mod export;
mod fold;
#[cfg(any(test, feature = "dangerous-fuzzing"))]
pub(crate) mod fuzzing;
mod gate;
mod handover;
mod holds;
mod import;
mod inbound;
mod leaving;
mod neighbours;
mod notes;
mod numbers;
mod patients;
mod photos;
mod rosters;
mod search;
mod shelf;
mod slots;
mod sweep;

pub use consents::{ConsentEntry, ConsentForm, ConsentWording};
pub use drafts::{AssessRequest, HandedOff, SavedDraft, SavedMessage};
pub use import::ImportedPatients;
pub use leaving::{Checklist, DiscardReason, HANDED_OVER, Leaving, NEAR_MS, OpenItem, OpenItemKind};
pub use notes::NoteSummary;
pub use numbers::{NUMBER_CHECKED_MS, NumberAsk, NumberCheck};
pub use photos::{NewPhoto, PhotoAdded, PhotoConsentForm, PhotoPurposeState, PhotoSummary, PhotoWithdrawn};
pub use search::{MAX_HITS, SearchFilter, SearchHit, SearchKind, SearchResult, search, search_on};
pub use shelf::KIND_NAMES;
pub use slots::BiometryState;

pub(crate) use enrolled::{Enrolled, Unlocked};
pub(crate) use gate::{Entered, Gate};
pub(crate) use leaving::used_up;
pub(crate) use neighbours::Neighbours;
pub(crate) use slots::{FORBIDDEN, NO_RECOVERY, strong_enough};

use crate::error::{CurtainError, Error, Result, no_panic};
use crate::lock::{LockCause, LockRules};
use crate::platform::Instant;
use crate::policy::Pack;
use crate::vault::Workspace;
use enrolled::{SETTLE_MS, SWEEP_MS};
use std::sync::Arc;

/// An unlocked workspace. It ends by itself (idle, longest time, background, a clock that goes back); then every call
/// answers `Locked`, and unlocking gives a new one. Calls may come from any thread; heavy ones say so.
#[derive(uniffi::Object)]
pub struct Session {
    gate: Arc<Gate<Enrolled>>,
    unlock: u64,
}

/// How a session stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SessionState {
    /// Milliseconds until it locks by itself, unless used.
    pub locks_in_ms: u64,
    /// The rules in force: the strictest of the institution's and the user's.
    pub rules: LockRules,
    /// Patients set aside because their rows do not match their manifest: put aside, not erased.
    pub set_aside: u32,
    /// Whether everything typed is written.
    pub draft_safe: bool,
}

/// What a room's work needs.
pub(crate) struct Inside<'a> {
    pub(crate) open: &'a mut Unlocked,
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) pack: &'a Pack,
    pub(crate) clinician: &'a str,
    pub(crate) institution: &'a str,
    pub(crate) recipients: &'a [String],
    pub(crate) auditors: &'a [String],
    pub(crate) recovery: &'a [String],
    pub(crate) now: &'a Instant,
    /// By when this copy has to be gone.
    pub(crate) leaving: Option<Leaving>,
}

impl Session {
    pub(crate) fn new(gate: Arc<Gate<Enrolled>>, unlock: u64) -> Session {
        Session { gate, unlock }
    }

    /// Enters, locks if it is time, runs `work` as a use of the session. With a lease that is over, only leaving is open.
    fn with<T>(&self, work: impl FnOnce(Inside<'_>) -> Result<T>) -> Result<T, CurtainError> {
        self.run(false, work)
    }

    /// As [`Session::with`], for what leaving needs: open after the lease's end too.
    fn with_leaving<T>(&self, work: impl FnOnce(Inside<'_>) -> Result<T>) -> Result<T, CurtainError> {
        self.run(true, work)
    }

    fn run<T>(&self, leaving: bool, work: impl FnOnce(Inside<'_>) -> Result<T>) -> Result<T, CurtainError> {
        self.safely(|| self.work(leaving, work))
    }

    fn work<T>(&self, leaving: bool, work: impl FnOnce(Inside<'_>) -> Result<T>) -> Result<T, CurtainError> {
        let mut inside = self.enter()?;
        let now = inside.clock.now().map_err(Error::from)?;
        #[cfg(any(test, feature = "dangerous-test-hooks"))]
        crate::platform::panic_if_ordered(&now);
        inside.settle(&now)?;
        if !self.is_current(&inside) {
            return Err(inside.ended().into());
        }
        if !leaving && inside.lease_is_over(&now) {
            return Err(CurtainError::LeaseOver);
        }
        let (clinician, institution) = (inside.trust.clinician.clone(), inside.trust.institution.name.clone());
        let (recipients, auditors) = (inside.trust.recipients.export.clone(), inside.trust.recipients.audit.clone());
        let recovery = &inside.trust.recipients.recovery.clone()[..];
        let leaving = inside.leaving(&now);
        let (open, workspace, pack) = inside.open()?;
        open.used = now.clone();
        let (clinician, institution) = (&clinician[..], &institution[..]);
        let (recipients, auditors) = (&recipients[..], &auditors[..]);
        let all = Inside {
            open,
            workspace,
            pack,
            clinician,
            institution,
            recipients,
            auditors,
            recovery,
            now: &now,
            leaving,
        };
        work(all).map_err(CurtainError::from)
    }

    /// No panic leaves; after one the keys are dropped at once, not only at the next call.
    fn safely<T>(&self, work: impl FnOnce() -> Result<T, CurtainError>) -> Result<T, CurtainError> {
        no_panic(work, || drop(self.gate.enter()))
    }

    fn enter(&self) -> Result<Entered<'_, Enrolled>, CurtainError> {
        self.gate.enter().map_err(CurtainError::from)
    }

    fn is_current(&self, inside: &Enrolled) -> bool {
        inside.unlocked.is_some() && inside.unlocks == self.unlock
    }
}

#[uniffi::export]
impl Session {
    /// How it stands, without counting as a use.
    pub fn state(&self) -> Result<SessionState, CurtainError> {
        self.safely(|| {
            let mut inside = self.enter()?;
            let now = inside.clock.now().map_err(Error::from)?;
            inside.settle(&now)?;
            if !self.is_current(&inside) {
                return Err(inside.ended().into());
            }
            let rules = inside.lock_rules();
            let (open, ..) = inside.open()?;
            let idle = rules.idle_ms.saturating_sub(crate::lock::elapsed(&open.used, &now));
            let absolute = rules.absolute_ms.saturating_sub(crate::lock::elapsed(&open.since, &now));
            Ok(SessionState {
                locks_in_ms: idle.min(absolute),
                rules,
                set_aside: u32::try_from(open.vault.set_aside().len()).unwrap_or(u32::MAX),
                draft_safe: open.pending.is_none(),
            })
        })
    }

    /// Locks now: writes what was typed, signs a checkpoint, drops the keys. Locking twice is fine.
    pub fn lock(&self) -> Result<(), CurtainError> {
        self.safely(|| {
            let mut inside = self.enter()?;
            if !self.is_current(&inside) {
                return Ok(());
            }
            let now = inside.now_or_last()?;
            inside.lock(&now, LockCause::Asked).map_err(CurtainError::from)
        })
    }

    /// The app leaves the foreground: writes what was typed, empties the write-ahead log, closes the database and drops
    /// the keys; nothing of the vault stays open. iOS ends an app that holds a lock on a database while it sleeps.
    pub fn suspend(&self) -> Result<(), CurtainError> {
        self.lock()
    }

    /// To be called 250 ms after the last key and about once a second: writes what was typed, locks if it is time,
    /// and every ten minutes forgets what is past its time, in bounded slices. Not a use of the session.
    pub fn tick(&self) -> Result<(), CurtainError> {
        self.safely(|| {
            let mut inside = self.enter()?;
            let now = inside.clock.now().map_err(Error::from)?;
            inside.settle(&now)?;
            if !self.is_current(&inside) {
                return Err(inside.ended().into());
            }
            let days = sweep::retention_days(&inside.pack);
            let (open, workspace, _) = inside.open()?;
            if open.pending.as_ref().is_some_and(|pending| crate::lock::elapsed(&pending.typed, &now) >= SETTLE_MS) {
                enrolled::write_pending(open, workspace, &now)?;
            }
            if !workspace.anchor().state().pending.is_empty() {
                inside.carry_out(&now)?;
            }
            let (open, workspace, _) = inside.open()?;
            if workspace.rekey_is_open(&open.vault) {
                workspace.finish_rekey(&mut open.vault, &now)?;
            }
            if !open.sweep.is_due(&now, SWEEP_MS) {
                return Ok(());
            }
            sweep::purge_slice(open, workspace, &days, &now).map_err(CurtainError::from)
        })
    }

    /// Says how many minutes the phone's own time is ahead of UTC, for quiet hours and the dates of chart texts; to be called
    /// after each unlock, and when the phone's time zone changes. Until then chart texts are dated in UTC, and a policy with
    /// quiet hours lets no text pass unseen.
    ///
    /// Over 18 hours either way it is `Invalid`.
    pub fn set_utc_offset(&self, minutes: i32) -> Result<(), CurtainError> {
        self.with(|inside| {
            if !(-1_080..=1_080).contains(&minutes) {
                return Err(Error::invalid("utc_offset", "over 18 hours"));
            }
            inside.open.utc_offset = Some(minutes);
            Ok(())
        })
    }

    /// Asks for stricter lock rules than the institution's; looser wishes change nothing. They hold until others are wished
    /// for, after a restart too. Needs a fresh authentication.
    pub fn wish_lock_rules(&self, rules: LockRules, token: String) -> Result<LockRules, CurtainError> {
        self.safely(|| {
            self.with(|inside| {
                leaving::spend(inside.open, &token, inside.now)?;
                inside.open.vault.put(inside.workspace.anchor_mut(), inside.now, |state| {
                    state.wish = Some(rules);
                    Ok(())
                })
            })?;
            Ok(self.enter()?.lock_rules())
        })
    }
}
