//! What the desk tells a person who works at a terminal: one line, and an exit code.

use std::path::Path;

/// The result of everything at the desk.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One clear line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Asked for wrongly: exit 2.
    #[error("{0}")]
    Usage(String),
    /// A check failed, or a file could not be read or written: exit 1.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// A failed check.
    pub fn failed(text: impl Into<String>) -> Error {
        Error::Failed(text.into())
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Failed(_) => 1,
        }
    }

    /// Names the file that an error is about.
    pub fn about(path: &Path) -> impl FnOnce(Error) -> Error + '_ {
        move |error| match error {
            Error::Usage(text) => Error::Usage(format!("{}: {text}", path.display())),
            Error::Failed(text) => Error::Failed(format!("{}: {text}", path.display())),
        }
    }
}

impl From<curtain_core::error::Error> for Error {
    fn from(error: curtain_core::error::Error) -> Error {
        Error::Failed(error.to_string())
    }
}
