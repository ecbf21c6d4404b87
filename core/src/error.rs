//! Errors: [`Error`] inside, rich; [`CurtainError`] outside, one variant for each thing that a shell can do.
//!
//! Neither carries a word of a patient's, a draft's or a document's text.

use crate::memory::with_scrubbed_stack;
use crate::platform::KeystoreError;

/// The result of everything inside the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in detail. Payloads are constants and numbers only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The workspace is locked: unlock first.
    #[error("locked")]
    Locked,
    /// The lease is over: only leaving is open.
    #[error("locked until the institution renews the lease")]
    LeaseOver,
    /// The passcode did not match.
    #[error("the passcode did not match; {tries_left} tries left, next after {delay_ms} ms")]
    WrongPasscode {
        /// Guesses that remain before the policy's action.
        tries_left: u32,
        /// How long the next guess must wait, in milliseconds.
        delay_ms: u64,
    },
    /// A delay is running; the guess was not taken.
    #[error("wait {delay_ms} ms before the next try")]
    MustWait {
        /// What remains, in milliseconds.
        delay_ms: u64,
    },
    /// Too many guesses: only a signed unlock order opens.
    #[error("blocked until a signed unlock order")]
    Blocked,
    /// The workspace was erased; its receipt remains.
    #[error("erased")]
    Erased,
    /// The keystore says that a key is gone. Nothing was re-created.
    #[error("the keystore no longer has the key")]
    KeyGone,
    /// The keystore is not available at the moment.
    #[error("the keystore is not available now")]
    KeystoreNotNow,
    /// The phone's user must authenticate to the keystore first.
    #[error("the keystore needs authentication")]
    KeystoreNeedsAuth,
    /// The keystore cannot do what is needed.
    #[error("the keystore does not support this")]
    KeystoreUnsupported,
    /// The call needs a fresh passcode (one action, 60 s).
    #[error("a fresh authentication is needed")]
    NeedsFreshAuth,
    /// Stored data does not authenticate or parse; it was left in place.
    #[error("damaged: {what}")]
    Damaged {
        /// Which part, a constant.
        what: &'static str,
    },
    /// Stored data is older than the anchor says.
    #[error("rolled back: {what}")]
    RolledBack {
        /// Which part, a constant.
        what: &'static str,
    },
    /// The files belong to another phone or enrolment.
    #[error("these files belong to another phone")]
    OtherPhone,
    /// Written by a newer version.
    #[error("written by a newer version: {what}")]
    TooNew {
        /// Which part, a constant.
        what: &'static str,
    },
    /// An argument or document does not have the form that it must have.
    #[error("invalid {field}: {why}")]
    Invalid {
        /// Which field, a constant.
        field: &'static str,
        /// What is wrong with it, a constant.
        why: &'static str,
    },
    /// Something is larger than its limit.
    #[error("{field} is larger than {limit} bytes")]
    TooLarge {
        /// Which field, a constant.
        field: &'static str,
        /// The limit in bytes or items.
        limit: u64,
    },
    /// No such record.
    #[error("not found: {what}")]
    NotFound {
        /// What was looked for, a constant.
        what: &'static str,
    },
    /// A rule of the workspace forbids it now.
    #[error("not allowed now: {why}")]
    NotAllowed {
        /// Which rule, a constant.
        why: &'static str,
    },
    /// Another process has the vault open.
    #[error("another process has this vault open")]
    InUse,
    /// A platform callback called back into Curtain.
    #[error("called again from inside a platform callback")]
    Reentered,
    /// No space left on the device.
    #[error("no space left on the device")]
    NoSpace,
    /// The file system refused.
    #[error("the file system refused: {what} ({kind:?})")]
    Io {
        /// What was tried, a constant.
        what: &'static str,
        /// The kind that the system reported.
        kind: std::io::ErrorKind,
    },
    /// A signature, key or seal did not verify.
    #[error("does not verify: {what}")]
    Unverified {
        /// What did not, a constant.
        what: &'static str,
    },
    /// A bug: a promise of this library to itself does not hold.
    #[error("internal error {code}")]
    Internal {
        /// Where; a constant of the source.
        code: u32,
    },
}

impl Error {
    /// Shorthand for [`Error::Invalid`].
    pub const fn invalid(field: &'static str, why: &'static str) -> Error {
        Error::Invalid { field, why }
    }

    /// Turns an I/O error into ours, without its path.
    pub fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
        move |error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::NoSpace,
            kind => Error::Io { what, kind },
        }
    }
}

impl From<KeystoreError> for Error {
    fn from(error: KeystoreError) -> Error {
        match error {
            KeystoreError::PermanentlyGone => Error::KeyGone,
            KeystoreError::NeedsAuth => Error::KeystoreNeedsAuth,
            KeystoreError::NotNow => Error::KeystoreNotNow,
            KeystoreError::Unsupported => Error::KeystoreUnsupported,
        }
    }
}

/// What a shell gets: one variant for each thing that it can do about it, and no free text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CurtainError {
    /// Show the lock screen: it is locked, or this session is over.
    #[error("locked")]
    Locked,
    /// Show the lock screen with the lease's words; only leaving is open.
    #[error("the lease is over")]
    LeaseOver,
    /// Say that it didn't match, and count the delay down.
    #[error("wrong passcode")]
    WrongPasscode {
        /// Guesses that remain.
        tries_left: u32,
        /// Milliseconds before the next guess is taken.
        delay_ms: u64,
    },
    /// Count the delay down; the guess was not taken.
    #[error("wait")]
    MustWait {
        /// Milliseconds before the next guess is taken.
        delay_ms: u64,
    },
    /// Ask the institution for an unlock order.
    #[error("blocked")]
    Blocked,
    /// Show the receipt: this workspace was erased.
    #[error("erased")]
    Erased,
    /// Say that the phone no longer has the key; ask the institution.
    #[error("key gone")]
    KeyGone,
    /// Try again in a moment.
    #[error("keystore not now")]
    KeystoreNotNow,
    /// Authenticate the user to the phone, then call again.
    #[error("keystore needs authentication")]
    KeystoreNeedsAuth,
    /// This phone cannot run Curtain.
    #[error("keystore unsupported")]
    KeystoreUnsupported,
    /// Ask for the passcode, then call again with the token.
    #[error("needs fresh authentication")]
    NeedsFreshAuth,
    /// Show the damaged screen: put aside, not erased.
    #[error("damaged")]
    Damaged,
    /// Show the damaged screen with the words for restored files.
    #[error("rolled back")]
    RolledBack,
    /// Offer a clean start or recovery.
    #[error("other phone")]
    OtherPhone,
    /// Ask for an update of the app.
    #[error("too new")]
    TooNew,
    /// Mark the field.
    #[error("invalid {field}")]
    Invalid {
        /// Which argument; a constant of the library.
        field: String,
    },
    /// Refresh the list: the item is not there.
    #[error("not found")]
    NotFound,
    /// Explain which rule holds it back.
    #[error("not allowed")]
    NotAllowed {
        /// Which rule; a constant of the library.
        rule: String,
    },
    /// Another process or a callback holds the workspace.
    #[error("busy")]
    Busy,
    /// Free some space and try again.
    #[error("no space")]
    NoSpace,
    /// Report the number.
    #[error("internal {code}")]
    Internal {
        /// Where in the library.
        code: u32,
    },
}

impl From<Error> for CurtainError {
    fn from(error: Error) -> CurtainError {
        match error {
            Error::Locked => CurtainError::Locked,
            Error::LeaseOver => CurtainError::LeaseOver,
            Error::WrongPasscode { tries_left, delay_ms } => CurtainError::WrongPasscode { tries_left, delay_ms },
            Error::MustWait { delay_ms } => CurtainError::MustWait { delay_ms },
            Error::Blocked => CurtainError::Blocked,
            Error::Erased => CurtainError::Erased,
            Error::KeyGone => CurtainError::KeyGone,
            Error::KeystoreNotNow => CurtainError::KeystoreNotNow,
            Error::KeystoreNeedsAuth => CurtainError::KeystoreNeedsAuth,
            Error::KeystoreUnsupported => CurtainError::KeystoreUnsupported,
            Error::NeedsFreshAuth => CurtainError::NeedsFreshAuth,
            Error::Damaged { .. } => CurtainError::Damaged,
            Error::RolledBack { .. } => CurtainError::RolledBack,
            Error::OtherPhone => CurtainError::OtherPhone,
            Error::TooNew { .. } => CurtainError::TooNew,
            Error::Invalid { field, .. } | Error::TooLarge { field, .. } => {
                CurtainError::Invalid { field: field.to_owned() }
            }
            Error::Unverified { what } => CurtainError::Invalid { field: what.to_owned() },
            Error::NotFound { .. } => CurtainError::NotFound,
            Error::NotAllowed { why } => CurtainError::NotAllowed { rule: why.to_owned() },
            Error::InUse | Error::Reentered => CurtainError::Busy,
            Error::NoSpace => CurtainError::NoSpace,
            Error::Io { .. } => CurtainError::Internal { code: 1 },
            Error::Internal { code } => CurtainError::Internal { code },
        }
    }
}

/// The code of [`CurtainError::Internal`] for a panic that was caught at the door.
pub const PANICKED: u32 = 999;

/// Runs an exported call so that no panic leaves the library: it becomes [`PANICKED`], and `after` brings what it
/// left behind to its safe state. The stack below is overwritten either way: what reading a record moves around on it
/// (ring's keys above all) would else outlive the lock in threads that called.
pub(crate) fn no_panic<T, E: Into<CurtainError>>(
    work: impl FnOnce() -> Result<T, E>,
    after: impl FnOnce(),
) -> Result<T, CurtainError> {
    // Unwind safe: what a panic left half done is behind a gate, which drops the keys at the next entry.
    with_scrubbed_stack(|| match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => {
            after();
            Err(CurtainError::Internal { code: PANICKED })
        }
    })
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CurtainError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        CurtainError::KeystoreNotNow
    }
}
