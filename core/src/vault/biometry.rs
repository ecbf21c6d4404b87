//! The biometric slot: a hardware key that only a finger or a face releases seals a share, and the share opens slot 1.
//!
//! Never a yes or no: without the hardware's answer there is nothing to open the slot with. It rests after five failures, after a
//! restart and 72 hours after the last passcode, by the core's clock, and ends when the hardware says that its key is gone
//! (another finger was enrolled). What it knows of itself stands in the anchor.

use super::attempts::AttemptRules;
use super::slots::BIOMETRY;
use super::store::Vault;
use super::unlock::{By, prf};
use super::workspace::Workspace;
use crate::crypto::make_key;
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::lock::elapsed;
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, KeyPurpose, KeystoreError};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Failures after which the passcode is asked for.
pub const MAX_FAILURES: u32 = 5;
/// How long after a passcode biometrics do, in milliseconds: 72 hours.
pub const PASSCODE_EVERY_MS: u64 = 72 * 3_600_000;

/// How the biometric slot stands, in the anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Biometry {
    /// The share, sealed by the keystore's biometric key, hexadecimal.
    share: String,
    /// Failures since the last success.
    failed: u32,
    /// The keystore said that the key is gone.
    gone: bool,
    /// The clocks at the last passcode.
    passcode: Seen,
}

/// A reading of the clocks, as the anchor keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    wall_ms: i64,
    since_boot_ms: u64,
    boot_id: String,
}

impl Seen {
    fn at(now: &Instant) -> Seen {
        Seen { wall_ms: now.wall_ms, since_boot_ms: now.since_boot_ms, boot_id: now.boot_id.clone() }
    }
}

/// Why a finger or a face does not do at the moment, although it is on: the passcode is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum BiometryPause {
    /// It failed five times.
    Failures,
    /// The phone restarted since the last passcode.
    Restart,
    /// The last passcode was 72 hours ago, or a clock went back behind it.
    TooLongAgo,
    /// A finger or face was added or removed on this phone: it must be turned on anew.
    Changed,
}

impl BiometryPause {
    /// The rule in [`Error::NotAllowed`].
    pub const fn rule(self) -> &'static str {
        match self {
            BiometryPause::Failures => "passcode after five failures",
            BiometryPause::Restart => "passcode after a restart",
            BiometryPause::TooLongAgo => "passcode every 72 hours",
            BiometryPause::Changed => "passcode after a change of fingers or faces",
        }
    }
}

impl Biometry {
    fn new(sealed: &[u8], now: &Instant) -> Biometry {
        Biometry { share: HEXLOWER.encode(sealed), failed: 0, gone: false, passcode: Seen::at(now) }
    }

    /// The passcode was given: failures start over, and so do the 72 hours.
    pub(super) fn passcode_given(&mut self, now: &Instant) {
        self.failed = 0;
        self.passcode = Seen::at(now);
    }

    pub(super) fn succeeded(&mut self) {
        self.failed = 0;
    }

    /// Why the passcode is asked for instead, if it is. Pure.
    pub fn pause(&self, now: &Instant) -> Option<BiometryPause> {
        let Seen { wall_ms, since_boot_ms, boot_id } = self.passcode.clone();
        let passcode = Instant { wall_ms, since_boot_ms, boot_id };
        if self.gone {
            Some(BiometryPause::Changed)
        } else if self.failed >= MAX_FAILURES {
            Some(BiometryPause::Failures)
        } else if now.boot_id != passcode.boot_id {
            Some(BiometryPause::Restart)
        } else if now.since_boot_ms < passcode.since_boot_ms || elapsed(&passcode, now) >= PASSCODE_EVERY_MS {
            Some(BiometryPause::TooLongAgo)
        } else {
            None
        }
    }
}

/// The alias of a workspace's biometric key.
pub(super) fn alias(workspace: &str) -> String {
    format!("{workspace}.biometry")
}

impl Workspace {
    /// Turns the biometric slot on; the caller has just checked the passcode. Turned on again, the earlier key and share go.
    ///
    /// # Errors
    /// `KeystoreNeedsAuth` when the shell must show the system's prompt first, and call again.
    pub fn enable_biometry(&mut self, vault: &mut Vault, now: &Instant) -> Result<()> {
        self.finish_rekey(vault, now)?;
        let keystore = self.anchor().keystore().clone();
        let name = alias(&self.id().text());
        if self.anchor().state().biometry.is_some() {
            vault.put(&mut self.anchor, now, |state| {
                state.biometry = None;
                Ok(())
            })?;
        }
        keystore.create(name.clone(), KeyPurpose::SealWithBiometry)?;
        let share = make_key()?;
        let plain = Zeroizing::new(share.expose().to_vec());
        let sealed = keystore.seal(name, plain.to_vec())?;
        let slot = self.make_slot(vault, BIOMETRY, share.expose())?;
        self.put_slot(vault, &slot)?;
        vault.put(&mut self.anchor, now, |state| {
            state.biometry = Some(Biometry::new(&sealed, now));
            Ok(())
        })
    }

    /// Opens the vault with the share that the hardware releases after a finger or a face. The shell prompts first.
    ///
    /// # Errors
    /// `NotFound` when it is off; `NotAllowed` with a rule of [`BiometryPause`] when the passcode is asked for;
    /// `KeystoreNeedsAuth` when the hardware was not satisfied, which counts as a failure; `Blocked` and `MustWait` as for a passcode.
    pub fn unlock_with_biometry(&mut self, now: &Instant, rules: AttemptRules) -> Result<Vault> {
        self.may_guess(now, rules)?;
        let biometry = self.anchor().state().biometry.clone().ok_or(Error::NotFound { what: "biometric slot" })?;
        if let Some(pause) = biometry.pause(now) {
            return Err(Error::NotAllowed { why: pause.rule() });
        }
        let slots = self.slots(None)?;
        let keystore = self.anchor().keystore().clone();
        let name = self.id().text();
        let ask = prf(&keystore, &name, slots.pepper());
        // The passcode's slot shows that phone and keystore are whole: what fails below is the biometric slot's.
        slots.first().verify(&ask)?;
        let sealed = HEXLOWER.decode(biometry.share.as_bytes()).unwrap_or_default();
        let share = match keystore.open(alias(&name), sealed) {
            Ok(share) => Zeroizing::new(share),
            Err(KeystoreError::NeedsAuth) => {
                self.biometry_failed(now)?;
                return Err(Error::KeystoreNeedsAuth);
            }
            Err(KeystoreError::PermanentlyGone | KeystoreError::Unsupported) => return self.biometry_gone(now),
            Err(KeystoreError::NotNow) => return Err(Error::KeystoreNotNow),
        };
        let Some(slot) = slots.get(BIOMETRY) else { return self.biometry_gone(now) };
        slot.verify(&ask)?;
        let root: Option<Secret32> = with_scrubbed_stack(|| slot.open(&share, &ask))?;
        match root {
            Some(root) => self.open_vault(root, now, By::Biometry),
            // A share of another turning-on, which was cut before its anchor.
            None => self.biometry_gone(now),
        }
    }

    /// A finger or a face was refused: five of them, and the passcode is asked for.
    pub fn biometry_failed(&mut self, now: &Instant) -> Result<()> {
        let Some(biometry) = &self.anchor().state().biometry else { return Ok(()) };
        if biometry.failed >= MAX_FAILURES {
            return Ok(());
        }
        self.note_locked(now, &Event::from(Code::BiometryFailed), |state| {
            if let Some(biometry) = &mut state.biometry {
                biometry.failed += 1;
            }
            Ok(())
        })
    }

    /// The key or its slot is gone: only turning it on anew helps. The rekey at the next passcode removes what is left.
    fn biometry_gone<T>(&mut self, now: &Instant) -> Result<T> {
        self.note_locked(now, &Event::from(Code::BiometryFailed), |state| {
            if let Some(biometry) = &mut state.biometry {
                biometry.gone = true;
            }
            Ok(())
        })?;
        Err(Error::NotAllowed { why: BiometryPause::Changed.rule() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_ms: i64, since_boot_ms: u64, boot: &str) -> Instant {
        Instant { wall_ms, since_boot_ms, boot_id: boot.into() }
    }

    #[test]
    fn it_rests_after_a_restart_72_hours_and_five_failures_by_either_clock() {
        const WALL: i64 = 1_795_000_000_000;
        let hours = |n: i64| n * 3_600_000;
        let biometry = Biometry::new(b"share", &at(WALL, 1_000, "a"));
        let pause = |wall: i64, boot_ms: u64, boot: &str| biometry.pause(&at(WALL + wall, boot_ms, boot));
        assert_eq!(pause(hours(71), 1_000, "a"), None);
        assert_eq!(pause(hours(72), 1_000, "a"), Some(BiometryPause::TooLongAgo));
        assert_eq!(pause(0, 1_000 + PASSCODE_EVERY_MS - 1, "a"), None);
        assert_eq!(pause(0, 1_000 + PASSCODE_EVERY_MS, "a"), Some(BiometryPause::TooLongAgo));
        // A wall clock set back buys nothing: the boot clock goes on.
        assert_eq!(pause(-hours(1_000), 1_000 + PASSCODE_EVERY_MS, "a"), Some(BiometryPause::TooLongAgo));
        assert_eq!(pause(0, 999, "a"), Some(BiometryPause::TooLongAgo));
        assert_eq!(pause(0, 2_000, "b"), Some(BiometryPause::Restart));
        let mut failing = biometry.clone();
        for _ in 0..MAX_FAILURES {
            assert_eq!(failing.pause(&at(WALL, 1_000, "a")), None);
            failing.failed += 1;
        }
        assert_eq!(failing.pause(&at(WALL, 1_000, "a")), Some(BiometryPause::Failures));
        failing.passcode_given(&at(WALL, 5_000, "b"));
        assert_eq!(failing.pause(&at(WALL, 6_000, "b")), None);
        failing.gone = true;
        failing.passcode_given(&at(WALL, 7_000, "b"));
        assert_eq!(failing.pause(&at(WALL, 8_000, "b")), Some(BiometryPause::Changed), "no passcode brings a key back");
    }
}
