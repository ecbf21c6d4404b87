//! What opens the workspace: the passcode and its change, the biometric slot, the recovery slot.

use super::enrolled::Enrolled;
use super::leaving::used_up;
use super::{Inside, Session};
use crate::crypto::age::Recipient;
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::platform::Instant;
use crate::policy::document::Recipients;
use crate::vault::{Act, BiometryPause, NewSlots, PasscodeWeakness, weakness};

/// How a finger or a face stands as a way in, for the lock screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum BiometryState {
    /// Not turned on.
    Off,
    /// The institution's policy forbids it.
    Forbidden,
    /// Show the system's prompt, then call `unlock_with_biometry`.
    Ready,
    /// Turned on, and this time the passcode is asked for.
    PasscodeFirst {
        /// Why.
        reason: BiometryPause,
    },
}

#[uniffi::export]
impl Session {
    /// Changes the passcode. The present one goes through the same counter as at the lock screen. Biometrics are off afterwards, to be
    /// turned on anew; where recovery is on there is a new sealed code. Not on the main thread: it takes about a second.
    ///
    /// After an error that is not about one of the passcodes, one of the two opens: `WrongPasscode` for the new one says that it is the old one.
    ///
    /// # Errors
    /// `WrongPasscode`, `MustWait`, `Blocked`; `Invalid` with field `passcode` for a new one that is too weak, of which
    /// `passcode_weakness` says why; those of the keystore.
    pub fn change_passcode(&self, current: &[u8], new: &[u8]) -> Result<(), CurtainError> {
        self.with_passcode(current, |inside| {
            strong_enough(inside.workspace.anchor().keystore().strength()?, new, inside.clinician, inside.institution)?;
            rekey(inside, new, true, Code::PasscodeChanged)
        })
    }

    /// Turns a finger or a face on as a way in, beside the passcode. Show the system's prompt first where sealing needs it:
    /// `KeystoreNeedsAuth` says so. Not on the main thread.
    ///
    /// # Errors
    /// `NotAllowed` where the policy forbids it; those of the passcode and of the keystore.
    pub fn enable_biometry(&self, passcode: &[u8]) -> Result<(), CurtainError> {
        self.with_passcode(passcode, |inside| {
            if !inside.pack.lock.biometry {
                return Err(FORBIDDEN);
            }
            inside.workspace.enable_biometry(&mut inside.open.vault, inside.now)?;
            inside.open.commit(inside.workspace, inside.now, &[], Act::from(Code::BiometryEnabled))
        })
    }

    /// Turns it off for good: the workspace gets new keys, so that nothing kept of the biometric slot opens anything. Not on the main thread.
    pub fn disable_biometry(&self, passcode: &[u8]) -> Result<(), CurtainError> {
        self.with_passcode(passcode, |inside| rekey(inside, passcode, true, Code::BiometryRemoved))
    }

    /// Makes a recovery code, sealed to the institution, which alone can read it: bring the file there. The code opens this phone's
    /// copy once, on this phone only, for a new passcode. Called again, the earlier code ends by new keys, and biometrics are off. Not on the main thread.
    ///
    /// # Errors
    /// `NotAllowed` where the policy does not allow it, or the institution has no recovery recipients.
    pub fn enable_recovery(&self, passcode: &[u8]) -> Result<Vec<u8>, CurtainError> {
        self.with_passcode(passcode, |inside| {
            let recipients = Recipients::parse(inside.recovery)?;
            if !inside.pack.lock.recovery || recipients.is_empty() {
                return Err(NO_RECOVERY);
            }
            let (open, workspace) = (inside.open, inside.workspace);
            if workspace.has_recovery(&open.vault)? {
                let (new, acts) = (NewSlots { passcode, recovery: &recipients }, [Act::from(Code::RecoveryEnabled)]);
                workspace.rekey(&mut open.vault, inside.now, &new, &acts)?;
                return workspace.sealed_recovery(Some(&open.vault))?.ok_or(Error::Internal { code: 273 });
            }
            let sealed = workspace.enable_recovery(&mut open.vault, inside.now, &recipients)?;
            open.commit(workspace, inside.now, &[], Act::from(Code::RecoveryEnabled))?;
            Ok(sealed)
        })
    }

    /// Ends recovery for good: the workspace gets new keys, and the code opens nothing. Biometrics are off afterwards. Not on the main thread.
    pub fn disable_recovery(&self, passcode: &[u8]) -> Result<(), CurtainError> {
        self.with_passcode(passcode, |inside| rekey(inside, passcode, false, Code::RecoveryRemoved))
    }
}

pub(crate) const FORBIDDEN: Error = Error::NotAllowed { why: "biometrics are off by policy" };
pub(crate) const NO_RECOVERY: Error = Error::NotAllowed { why: "recovery is off by policy" };

impl Session {
    /// Asks for the passcode through the one counter, then works; the last wrong one ends the session as at the lock screen.
    pub(super) fn with_passcode<T>(
        &self,
        passcode: &[u8],
        work: impl FnOnce(Inside<'_>) -> Result<T>,
    ) -> Result<T, CurtainError> {
        self.counted(false, passcode, work)
    }

    /// As [`Session::with_passcode`]; `leaving` is open after the lease's end too.
    pub(super) fn counted<T>(
        &self,
        leaving: bool,
        passcode: &[u8],
        work: impl FnOnce(Inside<'_>) -> Result<T>,
    ) -> Result<T, CurtainError> {
        self.safely(|| {
            let rules = self.enter()?.attempt_rules();
            let done = self.run(leaving, |inside| {
                inside.workspace.check_passcode(&mut inside.open.vault, passcode, inside.now, rules)?;
                work(inside)
            });
            match done {
                Err(CurtainError::WrongPasscode { tries_left: 0, .. }) => {
                    let mut inside = self.enter()?;
                    let now = inside.now_or_last()?;
                    Err(used_up(&mut inside, &now).into())
                }
                other => other,
            }
        })
    }
}

/// New slots for a passcode; recovery stays on if it was, and still may be.
fn rekey(inside: Inside<'_>, passcode: &[u8], recovery: bool, code: Code) -> Result<()> {
    let on = recovery && inside.pack.lock.recovery && inside.workspace.has_recovery(&inside.open.vault)?;
    let recovery = if on { Recipients::parse(inside.recovery)? } else { Vec::new() };
    // A token given under the old passcode is good for nothing any more.
    inside.open.fresh = None;
    let new = NewSlots { passcode, recovery: &recovery };
    inside.workspace.rekey(&mut inside.open.vault, inside.now, &new, &[Act::from(code)])
}

/// Refuses a passcode that this phone's keystore cannot make strong.
pub(crate) fn strong_enough(
    strength: crate::platform::KeystoreStrength,
    passcode: &[u8],
    clinician: &str,
    institution: &str,
) -> Result<()> {
    match weakness(passcode, strength, &[clinician, institution]) {
        None => Ok(()),
        Some(PasscodeWeakness::TooShort | PasscodeWeakness::TooLong) => Err(Error::invalid("passcode", "length")),
        Some(weak) => Err(Error::invalid("passcode", weak.key())),
    }
}

impl Enrolled {
    /// How biometrics stand.
    pub(crate) fn biometry(&self, now: &Instant) -> Result<BiometryState> {
        let state = self.workspace.as_ref().ok_or(Error::Erased)?.anchor().state();
        Ok(match &state.biometry {
            _ if !self.pack.lock.biometry => BiometryState::Forbidden,
            None => BiometryState::Off,
            Some(biometry) => match biometry.pause(now) {
                None => BiometryState::Ready,
                Some(reason) => BiometryState::PasscodeFirst { reason },
            },
        })
    }

    /// The institution's recovery recipients where the policy allows recovery; else none.
    pub(crate) fn recovery_recipients(&self) -> Result<Vec<Recipient>> {
        if self.pack.lock.recovery { Recipients::parse(&self.trust.recipients.recovery) } else { Ok(Vec::new()) }
    }

    /// After the right passcode: slots that may not be any more, by policy or because the biometric key is gone, end by a rekey.
    pub(crate) fn retire_slots(&mut self, passcode: &[u8], now: &Instant) -> Result<()> {
        let recipients = self.recovery_recipients()?;
        let allowed = self.pack.lock.biometry;
        let (open, workspace, _) = self.open()?;
        let biometry = workspace.anchor().state().biometry.as_ref();
        let gone = biometry.is_some_and(|biometry| !allowed || biometry.pause(now) == Some(BiometryPause::Changed));
        let on = workspace.has_recovery(&open.vault)?;
        if !gone && (!on || !recipients.is_empty()) {
            return Ok(());
        }
        let recovery = if on { &recipients[..] } else { &[] };
        let code = if gone { Code::BiometryRemoved } else { Code::RecoveryRemoved };
        workspace.rekey(&mut open.vault, now, &NewSlots { passcode, recovery }, &[Act::from(code)])
    }
}
