//! The ways in beside the passcode, and what they have in common with it: one session at a time, one counter.

use super::Curtain;
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::lock::LockCause;
use crate::platform::Instant;
use crate::session::{BiometryState, Enrolled, FORBIDDEN, NO_RECOVERY, Session, Unlocked, strong_enough, used_up};
use crate::vault::{Act, NewSlots, PasscodeWeakness, RecoveryCode, Vault, weakness};
use std::sync::Arc;

#[uniffi::export]
impl Curtain {
    /// Opens with a finger or a face: the keystore releases a share only for one. Show the system's prompt first. Not on the main thread.
    /// Never a guess at the passcode; what is blocked stays blocked.
    ///
    /// # Errors
    /// `NotFound` while it is off; `NotAllowed` when the passcode is asked for instead, [`Curtain::biometry`] says why;
    /// `KeystoreNeedsAuth` when the hardware was not satisfied, which counts as one of five failures.
    pub fn unlock_with_biometry(&self, workspace: String) -> Result<Arc<Session>, CurtainError> {
        self.safely(|| {
            self.open_session(&workspace, |inside, now| {
                if !inside.pack.lock.biometry {
                    return Err(FORBIDDEN);
                }
                let rules = inside.attempt_rules();
                inside.workspace()?.unlock_with_biometry(now, rules)
            })
        })
    }

    /// How a finger or a face stands as a way into a workspace, for the lock screen.
    pub fn biometry(&self, workspace: String) -> Result<BiometryState, CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.biometry(&self.now()?))
    }

    /// Tells that the system's prompt refused a finger or a face: after five the passcode is asked for. It can only make things stricter.
    pub fn biometry_failed(&self, workspace: String) -> Result<(), CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.workspace()?.biometry_failed(&self.now()?))
    }

    /// Why a passcode is too weak for this phone, or nothing: for the screen on which one is chosen. What is chosen is judged
    /// again by [`Curtain::enrol`], [`Curtain::recover`] and [`Session::change_passcode`]. The buffer is the caller's to clear.
    pub fn passcode_weakness(&self, passcode: &[u8]) -> Result<Option<PasscodeWeakness>, CurtainError> {
        self.safely(|| {
            let names: Vec<String> =
                self.shown()?.into_iter().flat_map(|info| [info.clinician, info.institution]).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Ok(weakness(passcode, self.keystore.strength()?, &names))
        })
    }

    /// The recovery code of a workspace, sealed to the institution: bring it there when the passcode is forgotten. Nothing while recovery is off.
    pub fn sealed_recovery_code(&self, workspace: String) -> Result<Option<Vec<u8>>, CurtainError> {
        self.safely(|| {
            let gate = self.place(&workspace)?;
            let mut inside = gate.enter()?;
            match inside.open() {
                Ok((open, workspace, _)) => workspace.sealed_recovery(Some(&open.vault)),
                Err(Error::Locked) => inside.workspace()?.sealed_recovery(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Opens with the code that the institution read from the sealed file, once, under a new passcode. A wrong code is a guess as a wrong
    /// passcode is; a mistyped one is none. What is blocked needs an unlock order first. Not on the main thread. Both buffers are the caller's to clear.
    ///
    /// # Errors
    /// `NotFound` while recovery is off; `Invalid` for what is no code, or a new passcode that is too weak; as [`Curtain::unlock`].
    pub fn recover(&self, workspace: String, code: &[u8], passcode: &[u8]) -> Result<Arc<Session>, CurtainError> {
        self.safely(|| {
            let code = RecoveryCode::parse(code)?;
            self.open_session(&workspace, |inside, now| {
                strong_enough(
                    self.keystore.strength()?,
                    passcode,
                    &inside.trust.clinician,
                    &inside.trust.institution.name,
                )?;
                if !inside.pack.lock.recovery {
                    return Err(NO_RECOVERY);
                }
                let (rules, recipients) = (inside.attempt_rules(), inside.recovery_recipients()?);
                let new = NewSlots { passcode, recovery: &recipients };
                inside.workspace()?.recover(&code, now, rules, &new, &[Act::from(Code::Recovered)])
            })
        })
    }
}

impl Curtain {
    /// Ends a session that is still open, lets `unlock` try, and begins another.
    pub(super) fn open_session(
        &self,
        workspace: &str,
        unlock: impl FnOnce(&mut Enrolled, &Instant) -> Result<Vault>,
    ) -> Result<Arc<Session>> {
        self.wake(&self.now()?);
        let gate = self.place(workspace)?;
        let unlocks = {
            let mut inside = gate.enter()?;
            // Read inside: a reading from before the wait is older than the last use, and would lock as a clock set back.
            let now = self.now()?;
            inside.settle(&now)?;
            // Who sees a lock screen has lost its session: what was typed there is written, and it ends.
            inside.lock(&now, LockCause::Asked)?;
            let erase = inside.attempt_rules().erase;
            let guesses = inside.workspace()?.anchor().state().attempts.failed;
            let vault = match unlock(&mut inside, &now) {
                Ok(vault) => vault,
                Err(Error::Blocked) if erase && inside.workspace()?.anchor().state().attempts.failed > guesses => {
                    return Err(used_up(&mut inside, &now));
                }
                Err(error) => return Err(error),
            };
            inside.unlocks += 1;
            inside.unlocked = Some(Unlocked::new(vault, &now));
            // What waited comes first: while the keystore owes an answer the user tries again. Anything else the session's
            // tick goes on with or reports; till then a hold that waits keeps everything.
            if let Err(error @ (Error::KeystoreNotNow | Error::KeystoreNeedsAuth)) = inside.carry_out(&now) {
                drop(inside.lock(&now, LockCause::Asked));
                return Err(error);
            }
            // What retention cannot do now, the session's tick does or reports; nobody is locked out by it.
            drop(inside.after_unlock(&now));
            inside.unlocks
        };
        Ok(Arc::new(Session::new(gate, unlocks)))
    }
}
