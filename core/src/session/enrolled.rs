//! One enrolled workspace in memory: its locked side, and while unlocked its vault.

use super::circumstances::Known;
use super::gate::Guarded;
use super::leaving::{Leaving, NEAR_MS};
use super::neighbours::Neighbours;
use super::shelf;
use super::sweep::{self, Sweep};
use crate::crypto::jws::KeystoreSigner;
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::lock::{LockCause, LockRules, is_due};
use crate::message::{Draft, LiveScreen, Message, Outcome};
use crate::note::ChartNote;
use crate::platform::{Clock, Instant};
use crate::policy::document::{Checkpoint, Lease, Payload, SPEC};
use crate::policy::lease::{self, Clocks, Elapsed, LeaseState};
use crate::policy::trust::Trust;
use crate::policy::{AttemptsAction, Pack};
use crate::screen::{KnownPerson, NameIndex};
use crate::vault::{Act, Anchor, AttemptRules, Change, Id, LockScreenCounts, Vault, Workspace};
use std::sync::Arc;

/// How long after the last keystroke a draft is written, in milliseconds.
pub(crate) const SETTLE_MS: u64 = 250;

/// How often retention looks while unlocked, in milliseconds.
pub(crate) const SWEEP_MS: u64 = 600_000;

/// A workspace, locked or not.
pub(crate) struct Enrolled {
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` after the receipt was acknowledged: nothing is left.
    pub(crate) workspace: Option<Workspace>,
    pub(crate) trust: Trust,
    pub(crate) pack: Pack,
    pub(crate) lease: Option<Lease>,
    /// What the other workspaces on this phone say of the lock.
    pub(crate) neighbours: Arc<Neighbours>,
    pub(crate) unlocked: Option<Unlocked>,
    /// Counts unlocks: a session of an earlier one never comes alive again.
    pub(crate) unlocks: u64,
    pub(crate) last_lock: Option<LockCause>,
}

/// What stands while unlocked.
pub(crate) struct Unlocked {
    pub(crate) vault: Vault,
    pub(crate) since: Instant,
    pub(crate) used: Instant,
    /// Where retention stands.
    pub(crate) sweep: Sweep,
    pub(crate) pending: Option<Pending>,
    names: Option<NameIndex>,
    /// Follows the open draft key by key. It holds its text: dropped, and so wiped, with the keys.
    pub(crate) screener: LiveScreen,
    pub(crate) fresh: Option<Fresh>,
    /// The patient and number that were confirmed last, for one hand-off.
    pub(crate) confirmed: Option<(String, String)>,
    /// What the last verdict was told.
    pub(crate) known: Option<Known>,
    /// Minutes that the phone's own time is ahead of UTC; `None` until the shell says.
    pub(crate) utc_offset: Option<i32>,
}

/// Typed text that is not written yet.
pub(crate) struct Pending {
    pub(crate) id: Id,
    pub(crate) lane: Id,
    pub(crate) draft: Draft,
    pub(crate) typed: Instant,
}

/// A passcode given again: good for one action within 60 s.
pub(crate) struct Fresh {
    pub(crate) token: String,
    pub(crate) at: Instant,
}

impl Guarded for Enrolled {
    fn after_panic(&mut self) {
        self.unlocked = None;
        self.last_lock = Some(LockCause::Asked);
    }
}

impl Enrolled {
    pub(crate) fn workspace(&mut self) -> Result<&mut Workspace> {
        self.workspace.as_mut().ok_or(Error::Erased)
    }

    /// The policy's lock rules, or where they are stricter the user's, or another institution's on this phone.
    pub(crate) fn lock_rules(&self) -> LockRules {
        let policy = rules_of(&self.pack);
        let wish = self.workspace.as_ref().and_then(|workspace| workspace.anchor().state().wish);
        self.neighbours.strictest(crate::lock::strictest(policy, wish.unwrap_or(policy)))
    }

    /// A policy comes into force; its lock holds for the other workspaces too, until this one is erased.
    pub(crate) fn set_pack(&mut self, pack: Pack) {
        if let Some(workspace) = self.workspace.as_ref().filter(|one| one.anchor().state().tombstone.is_none()) {
            self.neighbours.say(workspace.id(), rules_of(&pack));
        }
        self.pack = pack;
    }

    pub(crate) fn attempt_rules(&self) -> AttemptRules {
        AttemptRules { limit: self.pack.attempts.limit, erase: self.pack.attempts.action == AttemptsAction::Erase }
    }

    /// Where the lease stands by the clocks of `now` and the time that the anchor accumulated since it was accepted, or an order
    /// to leave where that is further on; `None` without either: the institution asks for none.
    pub(crate) fn lease_state(&self, now: &Instant) -> Option<LeaseState> {
        let rank = |state: &LeaseState| match state {
            LeaseState::Active { .. } => 0,
            LeaseState::Over => 1,
            LeaseState::EraseDue => 2,
        };
        self.lease_alone(now).into_iter().chain(self.leave_state(now)).max_by_key(rank)
    }

    fn lease_alone(&self, now: &Instant) -> Option<LeaseState> {
        let (lease, clocks) = (self.lease.as_ref()?, self.clocks(now)?);
        let Clocks { wall_ms, high_water_wall_ms, lease: Some((_, running_ms)) } = clocks else { return None };
        Some(lease::state(lease, &Elapsed { wall_ms, high_water_wall_ms, running_ms }))
    }

    fn leave_state(&self, now: &Instant) -> Option<LeaseState> {
        let state = self.workspace.as_ref()?.anchor().state();
        let leave = state.leave.as_ref()?;
        let mut running = state.running.clone();
        running.advance(now);
        let (wall_ms, high_water_wall_ms) = (now.wall_ms, running.high_wall_ms);
        let elapsed =
            Elapsed { wall_ms, high_water_wall_ms, running_ms: running.running_ms.saturating_sub(leave.from_ms) };
        Some(lease::leaving(leave.until_ms, leave.issued_ms, self.lease.as_ref(), &elapsed))
    }

    /// By when this copy has to be gone.
    pub(crate) fn leaving(&self, now: &Instant) -> Option<Leaving> {
        let order = self.workspace.as_ref().and_then(|workspace| workspace.anchor().state().leave.as_ref());
        let lease_until_ms = match (self.lease_alone(now), &self.lease) {
            (Some(LeaseState::Active { until_ms, running_left_ms }), _) => {
                Some(until_ms.min(now.wall_ms.saturating_add(i64::try_from(running_left_ms).unwrap_or(i64::MAX))))
            }
            (_, lease) => lease.as_ref().map(|lease| lease.not_after_ms),
        };
        let leaving_until_ms = order.map(|order| order.until_ms);
        let sooner = lease_until_ms.into_iter().chain(leaving_until_ms).min()?;
        let reason = order.map(|order| order.reason.clone()).unwrap_or_default();
        let near = self.lease_is_over(now) || sooner.saturating_sub(now.wall_ms) <= NEAR_MS;
        Some(Leaving { leaving_until_ms, reason, lease_until_ms, near })
    }

    /// What signed documents are judged by; `None` after the workspace is gone.
    pub(crate) fn clocks(&self, now: &Instant) -> Option<Clocks> {
        let state = self.workspace.as_ref()?.anchor().state();
        let mut running = state.running.clone();
        running.advance(now);
        let since = running.running_ms.saturating_sub(state.lease_from_ms);
        let lease = self.lease.as_ref().map(|lease| (lease.issued_ms, since));
        Some(Clocks { wall_ms: now.wall_ms, high_water_wall_ms: running.high_wall_ms, lease })
    }

    /// Whether only leaving is open.
    pub(crate) fn lease_is_over(&self, now: &Instant) -> bool {
        matches!(self.lease_state(now), Some(LeaseState::Over | LeaseState::EraseDue))
    }

    /// The clocks; while they do not answer, the session's last reading: a lock must not wait for them.
    pub(crate) fn now_or_last(&self) -> Result<Instant> {
        let last = self.unlocked.as_ref().map(|open| open.used.clone());
        self.clock.now().or_else(|error| last.ok_or(error.into()))
    }

    /// Locks if it is time; every call asks first.
    pub(crate) fn settle(&mut self, now: &Instant) -> Result<()> {
        let due = match &self.unlocked {
            None => return Ok(()),
            Some(open) => is_due(self.lock_rules(), &open.since, &open.used, now),
        };
        if let Some(cause) = due {
            self.lock(now, cause)?;
        }
        Ok(())
    }

    /// Writes what was typed, notes the lock, anchors it, signs a checkpoint, drops the keys.
    ///
    /// Whatever fails on the way, the keys are dropped; the first failure is reported.
    pub(crate) fn lock(&mut self, now: &Instant, cause: LockCause) -> Result<()> {
        if let (LockCause::Wiped | LockCause::Lease, Some(workspace)) = (cause, &self.workspace) {
            self.neighbours.leave(workspace.id());
        }
        let Some(mut open) = self.unlocked.take() else { return Ok(()) };
        self.last_lock = Some(cause);
        let Some(workspace) = self.workspace.as_mut() else { return Ok(()) };
        let written = seal_pending(&mut open, workspace, now, Vault::commit_closing);
        let counts = count(&mut open.vault, workspace);
        let event = Event::counted(Code::Locked, vec![("cause", cause as u64)]);
        let noted = open.vault.commit_closing(workspace.anchor_mut(), now, &[], &[Act::from(event)]).and_then(|()| {
            open.vault.put(workspace.anchor_mut(), now, |state| {
                state.counts = counts;
                Ok(())
            })
        });
        let signed = self.checkpoint(now).map(drop);
        let closed = open.vault.close();
        written.and(noted).and(signed).and(closed)
    }

    /// Signs the journal's present size and root and keeps the document beside the vault.
    pub(crate) fn checkpoint(&mut self, now: &Instant) -> Result<Vec<u8>> {
        let workspace = self.workspace.as_mut().ok_or(Error::Erased)?;
        let keystore = workspace.anchor().keystore().clone();
        let signer = KeystoreSigner::new(&*keystore, &workspace.signing_alias())?;
        let state = workspace.anchor().state();
        let checkpoint = Checkpoint {
            spec: SPEC,
            enrolment: self.trust.enrolment,
            institution: self.trust.institution.id,
            size: state.journal.size(),
            root: state.journal.root().into(),
            epoch: state.journal.epoch(),
            seal: state.journal.seal().into(),
            segment_length: state.segment.len() as u64,
            segment_hash: state.segment.digest().parse()?,
            issued_ms: now.wall_ms,
        };
        let document = checkpoint.sign(&[&signer])?;
        workspace.keep("checkpoint.jws", &document)?;
        Ok(document)
    }

    /// Counts what the phone has run towards the lease, now and then: an anchor put every ten minutes at most.
    pub(crate) fn count_running(&mut self, now: &Instant) -> Result<()> {
        const EVERY_MS: u64 = 600_000;
        let Some(workspace) = self.workspace.as_mut() else { return Ok(()) };
        let before = workspace.anchor().state().running.running_ms;
        let mut running = workspace.anchor().state().running.clone();
        running.advance(now);
        let counts = self.lease.is_some() || workspace.anchor().state().leave.is_some();
        if !counts || running.running_ms - before < EVERY_MS {
            return Ok(());
        }
        match &mut self.unlocked {
            Some(open) => open.vault.reseal(workspace.anchor_mut(), now),
            None => workspace.anchor_mut().put(now, false, |_| Ok(())),
        }
    }

    /// What an unlock brings with it: the first slice of what is past its time goes; ticks do the rest.
    pub(crate) fn after_unlock(&mut self, now: &Instant) -> Result<()> {
        let days = sweep::retention_days(&self.pack);
        let (open, workspace, _) = self.open()?;
        sweep::purge_slice(open, workspace, &days, now)
    }

    /// Why a session that is over is over: the lock screen is next, or the receipt.
    pub(crate) fn ended(&self) -> Error {
        let erased = |workspace: &Workspace| workspace.anchor().state().tombstone.is_some();
        if self.workspace.as_ref().is_none_or(erased) { Error::Erased } else { Error::Locked }
    }

    /// The open vault and the locked side, both.
    pub(crate) fn open(&mut self) -> Result<(&mut Unlocked, &mut Workspace, &Pack)> {
        match (&mut self.unlocked, &mut self.workspace) {
            (Some(open), Some(workspace)) => Ok((open, workspace, &self.pack)),
            (_, None) => Err(Error::Erased),
            (None, _) => Err(Error::Locked),
        }
    }
}

impl Unlocked {
    pub(crate) fn new(vault: Vault, now: &Instant) -> Unlocked {
        Unlocked {
            vault,
            since: now.clone(),
            used: now.clone(),
            sweep: Sweep::default(),
            pending: None,
            names: None,
            screener: LiveScreen::new(),
            fresh: None,
            confirmed: None,
            known: None,
            utc_offset: None,
        }
    }

    /// One commit through the one write path.
    pub(crate) fn commit(
        &mut self,
        workspace: &mut Workspace,
        now: &Instant,
        changes: &[Change],
        act: Act,
    ) -> Result<()> {
        self.vault.commit(workspace.anchor_mut(), now, changes, &[act])
    }

    /// The names of the patients on this phone, read once and kept while nobody changes.
    pub(crate) fn names(&mut self) -> Result<&NameIndex> {
        Ok(self.screening()?.0)
    }

    /// What a draft is screened with: the names, and the screener that follows it.
    pub(crate) fn screening(&mut self) -> Result<(&NameIndex, &mut LiveScreen)> {
        if self.names.is_none() {
            let people = super::patients::all(&mut self.vault)?.into_iter().map(|patient| KnownPerson {
                names: patient.names.iter().flat_map(|n| n.given.iter().cloned().chain([n.family.clone()])).collect(),
                identifiers: patient.identifiers.iter().map(|identifier| identifier.value.clone()).collect(),
                phones: patient.contacts.iter().map(|contact| contact.value.clone()).collect(),
            });
            self.names = Some(NameIndex::new(people.collect::<Vec<_>>()));
        }
        let names = self.names.as_ref().ok_or(Error::Internal { code: 410 })?;
        Ok((names, &mut self.screener))
    }

    /// Somebody was added, changed or removed: what was known of people is read again, what was said of them forgotten.
    pub(crate) fn people_changed(&mut self) {
        self.names = None;
        self.screener.clear();
    }
}

/// What a policy says of the lock.
fn rules_of(pack: &Pack) -> LockRules {
    LockRules { idle_ms: pack.lock.idle_ms, absolute_ms: pack.lock.absolute_ms }
}

/// Writes the pending draft, if any.
pub(crate) fn write_pending(open: &mut Unlocked, workspace: &mut Workspace, now: &Instant) -> Result<()> {
    seal_pending(open, workspace, now, Vault::commit)
}

fn seal_pending(
    open: &mut Unlocked,
    workspace: &mut Workspace,
    now: &Instant,
    commit: impl FnOnce(&mut Vault, &mut Anchor, &Instant, &[Change], &[Act]) -> Result<()>,
) -> Result<()> {
    let Some(pending) = &open.pending else { return Ok(()) };
    let before = open.vault.seq();
    let change = shelf::put(pending.lane, pending.id, &pending.draft)?;
    commit(&mut open.vault, workspace.anchor_mut(), now, &[change], &[])?;
    open.pending = None;
    let after = open.vault.seq();
    if let Some(known) = &mut open.known {
        known.follow(before, after);
    }
    Ok(())
}

/// What the lock screen may count. Lanes set aside count for nothing: they say so themselves at unlock.
fn count(vault: &mut Vault, workspace: &Workspace) -> LockScreenCounts {
    let held = super::holds::held_items(vault, workspace);
    let mut counts = LockScreenCounts { held, ..LockScreenCounts::default() };
    for lane in vault.lanes() {
        let Ok(rows) = vault.list(lane) else { continue };
        for row in rows {
            if let Ok(Some(_)) = shelf::from_head::<Draft>(&row) {
                counts.drafts += 1;
            } else if let Ok(Some(message)) = shelf::from_head::<Message>(&row) {
                counts.unknown += u32::from(message.outcome == Outcome::Unknown);
            } else if let Ok(Some(note)) = shelf::from_head::<ChartNote>(&row) {
                counts.uncharted += u32::from(note.filed_ms.is_none());
            }
        }
    }
    counts
}
