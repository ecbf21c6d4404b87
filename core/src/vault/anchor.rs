//! The anchor: a small state that files alone cannot bring back.
//!
//! It is sealed under keystore key `anchor-n`. Each put makes `anchor-n+1`, writes aside, syncs, renames and deletes
//! `anchor-n`, so a restored file names a key that is gone. It alone holds guesses, trusted documents, running time,
//! the tombstone, the journal's mark and MAC key, and the mark of the database's head.
//!
//! ```text
//! file = "CURTANCH" version[2] generation[8] keystore.seal(alias anchor-<generation>, JSON of AnchorState)
//! ```

use super::attempts::Attempts;
use super::biometry::Biometry;
use super::files;
use super::hold::{Hold, PendingOrder};
use super::wipe::Tombstone;
use crate::crypto::{hex, make_bytes};
use crate::error::{Error, Result};
use crate::journal::{JournalKey, Segment};
use crate::lock::LockRules;
use crate::platform::{Instant, KeyPurpose, Keystore, KeystoreError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"CURTANCH";
const VERSION: u16 = 1;
const HEADER: usize = 18;
const LIMIT_BYTES: u64 = 128 * 1024;

/// The database's head as the anchor last saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadMark {
    /// Commits so far.
    pub seq: u64,
    /// SHA-256 of the sealed head, hexadecimal.
    pub hash: String,
    /// Random, redrawn by each put made unlocked; commits write it into the head.
    pub anchor_id: String,
}

/// How far the wall clock may be ahead of what the phone ran, in milliseconds, and still be believed at once: a night off.
const BELIEVED_AHEAD_MS: i64 = 86_400_000;
/// How long the phone must run under a clock that jumped further ahead before it is believed, in milliseconds.
const CONFIRMED_AFTER_MS: u64 = 86_400_000;

/// How long this phone has run with the workspace on it, and how late its wall clock has been.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningTime {
    /// Accumulated milliseconds since boot over all boots, counting sleep.
    pub running_ms: u64,
    /// The latest wall clock seen since the lease in force was accepted (without one, ever), in milliseconds since 1970.
    pub high_wall_ms: i64,
    /// The wall clock as far as it is believed, never later than it reads: what forgetting goes by.
    pub steady_wall_ms: i64,
    /// [`RunningTime::running_ms`] when the wall clock was first seen too far ahead.
    ahead_since_ms: Option<u64>,
    /// How far the wall clock leapt ahead and was believed at once; what the phone runs makes up for it.
    leapt_ms: i64,
    since_boot_ms: u64,
    boot_id: String,
}

impl RunningTime {
    /// Adds what passed since the last call; within a boot only forward, after a restart the time since that boot:
    /// never more than truly passed.
    pub fn advance(&mut self, now: &Instant) {
        // A clock that stumbles back within a boot must not have the same time counted twice.
        let counted = if now.boot_id == self.boot_id { self.since_boot_ms } else { 0 };
        let passed = now.since_boot_ms.saturating_sub(counted);
        self.running_ms = self.running_ms.saturating_add(passed);
        self.high_wall_ms = self.high_wall_ms.max(now.wall_ms);
        self.since_boot_ms = now.since_boot_ms.max(counted);
        self.boot_id.clone_from(&now.boot_id);
        self.believe(now.wall_ms, passed);
    }

    /// A clock set far ahead, at once or day by day, must stay so for a day of running before anything is forgotten by it;
    /// one set back is followed.
    fn believe(&mut self, wall_ms: i64, passed_ms: u64) {
        let passed = i64::try_from(passed_ms).unwrap_or(i64::MAX);
        let expected = self.steady_wall_ms.saturating_add(passed);
        let leapt = self.leapt_ms.saturating_sub(passed).max(0);
        let leap = wall_ms.saturating_sub(expected).max(0);
        let since = *self.ahead_since_ms.get_or_insert(self.running_ms);
        if leapt.saturating_add(leap) <= BELIEVED_AHEAD_MS {
            (self.steady_wall_ms, self.leapt_ms, self.ahead_since_ms) = (wall_ms, leapt + leap, None);
        } else if self.running_ms.saturating_sub(since) >= CONFIRMED_AFTER_MS {
            (self.steady_wall_ms, self.leapt_ms, self.ahead_since_ms) = (wall_ms, 0, None);
        } else {
            (self.steady_wall_ms, self.leapt_ms) = (expected.min(wall_ms), leapt);
        }
    }

    /// A beginning: nothing has run yet.
    pub fn starting(now: &Instant) -> RunningTime {
        RunningTime {
            running_ms: 0,
            high_wall_ms: now.wall_ms,
            steady_wall_ms: now.wall_ms,
            ahead_since_ms: None,
            leapt_ms: 0,
            since_boot_ms: now.since_boot_ms,
            boot_id: now.boot_id.clone(),
        }
    }
}

/// An order to leave, as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveBy {
    /// SHA-256 of its payload, hexadecimal.
    pub order: String,
    /// Until when, milliseconds since 1970.
    pub until_ms: i64,
    /// When it was signed, milliseconds since 1970.
    pub issued_ms: i64,
    /// The running time when it was taken, in milliseconds.
    pub from_ms: u64,
    /// Why, in the institution's words.
    pub reason: String,
}

/// What a lock screen may know: counts, never words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct LockScreenCounts {
    /// Drafts kept safe.
    pub drafts: u32,
    /// Items that wait for the chart.
    pub uncharted: u32,
    /// Hand-offs whose outcome nobody has told yet.
    pub unknown: u32,
    /// Items under a hold.
    pub held: u32,
}

/// Everything that the anchor keeps.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorState {
    /// Counts puts; names the keystore key of the file.
    pub generation: u64,
    /// The workspace, 32 hexadecimal digits.
    pub workspace: String,
    /// This phone's enrolment in it, 32 hexadecimal digits.
    pub enrolment: String,
    /// The database's head.
    pub head: HeadMark,
    /// Generation of the pepper key that slots use; during a rekey the next one exists too.
    pub pepper: u32,
    /// The highest epoch key that may exist: written before the key is made, so that a wipe finds it.
    pub epoch: u32,
    /// Guesses and delays.
    pub attempts: Attempts,
    /// The biometric slot's share and how it stands; `None` while it is off.
    pub biometry: Option<Biometry>,
    /// Trusted documents and versions: JSON that `policy::Trust` reads; the vault does not.
    pub trust: String,
    /// The user's own lock rules where they chose some: a restart must not loosen them.
    pub wish: Option<LockRules>,
    /// Time that counts towards a lease's grace.
    pub running: RunningTime,
    /// The running time when the lease in force was accepted.
    pub lease_from_ms: u64,
    /// The journal's size, root and forward-secure key.
    pub journal: JournalKey,
    /// What happened while locked; folded into the journal at the next unlock, once.
    pub segment: Segment,
    /// For the lock screen.
    pub counts: LockScreenCounts,
    /// Orders that wait for the next unlock, in the order of their coming.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingOrder>,
    /// Active holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Whom the escrow wraps beside the vault are for: a digest; empty before the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub escrow: String,
    /// The order to leave, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<LeaveBy>,
    /// Present from the first step of a wipe.
    pub tombstone: Option<Tombstone>,
}

/// What reading an anchor can give. There is no default.
pub enum AnchorRead {
    /// It stands.
    Value(Box<Anchor>),
    /// No file.
    Missing,
    /// A file whose key is gone: an earlier one was put back, or the keystore lost it.
    Stale,
    /// A file that does not authenticate or parse.
    Damaged,
}

/// The anchor of one workspace, read and ready to be put.
pub struct Anchor {
    keystore: Arc<dyn Keystore>,
    path: PathBuf,
    pub(super) state: AnchorState,
    /// The key before the present one may still exist: it goes before the next put, so that never two are left.
    leftover: bool,
    /// A put that failed, and then could not be told from one that stands: looked at again before the next put.
    pub(super) doubtful: Option<(Box<AnchorState>, Vec<u8>)>,
}

/// The alias of a keystore key of this workspace.
pub fn alias(workspace: &str, name: &str, generation: u64) -> String {
    format!("{workspace}.{name}-{generation}")
}

impl Anchor {
    /// The anchor of a new workspace; [`Anchor::put`] writes it for the first time.
    pub(super) fn unwritten(keystore: Arc<dyn Keystore>, directory: &Path, state: AnchorState) -> Anchor {
        Anchor { keystore, path: directory.join("anchor"), state, leftover: false, doubtful: None }
    }

    /// Reads the anchor of `workspace` in `directory`.
    pub fn read(keystore: Arc<dyn Keystore>, directory: &Path, workspace: &str) -> Result<AnchorRead> {
        let path = directory.join("anchor");
        let bytes = match files::read_bounded(&path, LIMIT_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(AnchorRead::Missing),
            Err(Error::TooLarge { .. }) => return Ok(AnchorRead::Damaged),
            Err(error) => return Err(error),
        };
        let Some((header, sealed)) = bytes.split_first_chunk::<HEADER>() else { return Ok(AnchorRead::Damaged) };
        if &header[..8] != MAGIC {
            return Ok(AnchorRead::Damaged);
        }
        match u16::from_be_bytes([header[8], header[9]]) {
            VERSION => {}
            newer if newer > VERSION => return Err(Error::TooNew { what: "anchor" }),
            _ => return Ok(AnchorRead::Damaged),
        }
        let mut generation = [0u8; 8];
        generation.copy_from_slice(&header[10..]);
        let generation = u64::from_be_bytes(generation);
        let name = alias(workspace, "anchor", generation);
        if !keystore.exists(name.clone())? {
            return Ok(AnchorRead::Stale);
        }
        let plain = match keystore.open(name, sealed.to_vec()) {
            Ok(plain) => zeroize::Zeroizing::new(plain),
            Err(KeystoreError::Unsupported) => return Ok(AnchorRead::Damaged),
            Err(KeystoreError::PermanentlyGone) => return Ok(AnchorRead::Stale),
            Err(other) => return Err(other.into()),
        };
        let Ok(state) = serde_json::from_slice::<AnchorState>(&plain) else { return Ok(AnchorRead::Damaged) };
        if state.generation != generation || state.workspace != workspace {
            return Ok(AnchorRead::Damaged);
        }
        // A put that was cut after its rename left the older key: with it, the older file would still open.
        if generation > 1 {
            keystore.delete(alias(workspace, "anchor", generation - 1))?;
        }
        Ok(AnchorRead::Value(Box::new(Anchor { keystore, path, state, leftover: false, doubtful: None })))
    }

    /// The state as last put.
    pub fn state(&self) -> &AnchorState {
        &self.state
    }

    /// Ratchets: applies `change`, steps the journal key, makes the next key, writes, and destroys the old key.
    ///
    /// `unlocked` puts redraw `anchor_id`, locked ones keep it. When the error is the keystore's refusal to destroy the
    /// old key, the new state stands and the call must be repeated before anything relies on it.
    pub fn put(
        &mut self,
        now: &Instant,
        unlocked: bool,
        change: impl FnOnce(&mut AnchorState) -> Result<()>,
    ) -> Result<()> {
        // One copy of the work in the library, not one for each caller's closure.
        let mut change = Some(change);
        self.put_with(now, unlocked, &mut |state| change.take().map_or(Ok(()), |change| change(state)))
    }

    fn put_with(
        &mut self,
        now: &Instant,
        unlocked: bool,
        change: &mut dyn FnMut(&mut AnchorState) -> Result<()>,
    ) -> Result<()> {
        self.settle()?;
        self.finish()?;
        let mut next = self.state.clone();
        // Before the change: a lease counts from the running time at its own put.
        next.running.advance(now);
        change(&mut next)?;
        next.journal.step()?;
        if unlocked {
            next.head.anchor_id = hex(&make_bytes::<16>()?);
        }
        let old = next.generation;
        next.generation = old.checked_add(1).ok_or(Error::Internal { code: 200 })?;
        let name = alias(&next.workspace, "anchor", next.generation);
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&next).map_err(|_| Error::Internal { code: 201 })?);
        self.keystore.create(name.clone(), KeyPurpose::Seal)?;
        let sealed = self.keystore.seal(name, plain.to_vec())?;
        let mut bytes = Vec::with_capacity(HEADER + sealed.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&next.generation.to_be_bytes());
        bytes.extend_from_slice(&sealed);
        let written = files::write_whole(&self.path, &bytes);
        if written.is_err() {
            self.doubtful = Some((Box::new(next), bytes));
            // Unreadable now: the next put begins with it.
            drop(self.settle());
            return written;
        }
        self.state = next;
        self.leftover = old > 0;
        self.finish()
    }

    /// After a put that failed: whether its file stands, if perhaps not yet durably. Then the new key must live; else the
    /// unused key is replaced by the next put.
    fn settle(&mut self) -> Result<()> {
        let Some((next, bytes)) = &self.doubtful else { return Ok(()) };
        let stands = match files::read_bounded(&self.path, LIMIT_BYTES) {
            Ok(found) => found.as_ref() == Some(bytes),
            Err(Error::TooLarge { .. }) => false,
            Err(error) => return Err(error),
        };
        if stands {
            self.state = (**next).clone();
            self.leftover = self.state.generation > 1;
        }
        self.doubtful = None;
        Ok(())
    }

    /// Destroys the key of the file before the present one, once the present one is durable.
    fn finish(&mut self) -> Result<()> {
        if self.leftover {
            files::sync_parent(&self.path)?;
            self.keystore.delete(alias(&self.state.workspace, "anchor", self.state.generation - 1))?;
            self.leftover = false;
        }
        Ok(())
    }

    /// The keystore that seals it.
    pub fn keystore(&self) -> &Arc<dyn Keystore> {
        &self.keystore
    }

    /// Deletes the key and the file: the last step of a workspace's life.
    pub(crate) fn destroy(&self) -> Result<()> {
        // Also what a cut put may have left on either side.
        for generation in self.state.generation - 1..=self.state.generation + 1 {
            self.keystore.delete(alias(&self.state.workspace, "anchor", generation))?;
        }
        files::erase(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_795_000_000_000;
    const HOUR_MS: i64 = 3_600_000;

    /// The clocks after `hours` of running, the wall clock `shift` hours ahead of that.
    fn at(hours: i64, shift: i64) -> Instant {
        let since_boot_ms = u64::try_from(hours * HOUR_MS).unwrap();
        Instant { wall_ms: T0 + (hours + shift) * HOUR_MS, since_boot_ms, boot_id: "one".into() }
    }

    fn believed(running: &RunningTime) -> i64 {
        (running.steady_wall_ms - T0) / HOUR_MS
    }

    #[test]
    fn a_clock_far_ahead_is_believed_after_a_day_of_running_under_it() {
        let mut running = RunningTime::starting(&at(0, 0));
        for hour in 1..=24 {
            running.advance(&at(hour, 480));
            assert_eq!(believed(&running), hour, "as far as the phone ran");
        }
        running.advance(&at(25, 480));
        assert_eq!(believed(&running), 505);
    }

    #[test]
    fn a_clock_set_right_again_begins_its_day_anew_and_one_set_back_is_followed() {
        let mut running = RunningTime::starting(&at(0, 0));
        for (hour, shift, expected) in
            [(1, 480, 1), (20, 480, 20), (21, 0, 21), (22, 480, 22), (45, 480, 45), (46, 480, 526)]
        {
            running.advance(&at(hour, shift));
            assert_eq!(believed(&running), expected, "at {hour}");
        }
        running.advance(&at(47, -10));
        assert_eq!(believed(&running), 37);
    }

    #[test]
    fn a_clock_pushed_ahead_day_by_day_is_believed_for_one_day_only() {
        let mut running = RunningTime::starting(&at(0, 0));
        for push in 1..=30 {
            running.advance(&at(1, 20 * push));
            assert_eq!(believed(&running), 21, "push {push}");
        }
        // Nights off go on being believed: the days between make up for them.
        let mut running = RunningTime::starting(&at(0, 0));
        for day in 1..=30 {
            running.advance(&at(13 * day, 11 * day));
            assert_eq!(believed(&running), 24 * day);
        }
    }

    #[test]
    fn a_boot_clock_that_stumbles_back_counts_nothing_twice() {
        let mut running = RunningTime::starting(&at(0, 0));
        for hour in [5, 3, 5, 1, 6] {
            running.advance(&at(hour, 0));
        }
        assert_eq!(running.running_ms, at(6, 0).since_boot_ms);
    }

    #[test]
    fn a_night_off_is_believed_and_a_week_off_after_a_day() {
        let mut running = RunningTime::starting(&at(0, 0));
        let restarted = |hours: i64, ran: i64| Instant {
            wall_ms: T0 + hours * HOUR_MS,
            since_boot_ms: u64::try_from(ran * HOUR_MS).unwrap(),
            boot_id: format!("boot after {}", hours - ran),
        };
        running.advance(&restarted(14, 0));
        assert_eq!(believed(&running), 14);
        running.advance(&restarted(14 + 168, 0));
        assert_eq!(believed(&running), 14);
        running.advance(&restarted(14 + 168 + 24, 24));
        assert_eq!(believed(&running), 14 + 168 + 24);
    }
}
