//! A draft: what is being typed, saved as typed, so that a lock loses nothing.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::policy::{Audience, Channel};

/// The longest draft: 64 KiB of UTF-8 (design.md section 2).
pub const MAX_DRAFT_BYTES: usize = 64 * 1024;

/// A text that was not handed off yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The patient it is about or for, if one was chosen: 32 hex digits.
    pub patient: Option<String>,
    /// The channel chosen.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// What stands there, at most [`MAX_DRAFT_BYTES`].
    pub text: String,
    /// Where the caret stands, in UTF-16 units.
    pub cursor: u32,
    /// The last keystroke, in milliseconds since 1970 UTC.
    pub updated_ms: i64,
}

impl Draft {
    /// Checks the bounds.
    ///
    /// # Errors
    /// `TooLarge` for the text; `Invalid` for a caret outside it or a patient id that is none.
    pub fn check(&self) -> Result<()> {
        check_text(&self.text)?;
        check_id(self.patient.as_deref())?;
        let units = u32::try_from(self.text.encode_utf16().count()).unwrap_or(u32::MAX);
        if self.cursor > units {
            return Err(Error::invalid("draft", "the caret stands outside the text"));
        }
        Ok(())
    }
}

/// Drafts are patient data: only their size is printed.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("channel", &self.channel).field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

pub(super) fn check_text(text: &str) -> Result<()> {
    match text.len() > MAX_DRAFT_BYTES {
        true => Err(Error::TooLarge { field: "draft", limit: 64 * 1024 }),
        false => Ok(()),
    }
}

pub(super) fn check_id(id: Option<&str>) -> Result<()> {
    let hex =
        |id: &str| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match id.is_none_or(hex) {
        true => Ok(()),
        false => Err(Error::invalid("patient", "not an id")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str, cursor: u32) -> Draft {
        let patient = Some("0123456789abcdef0123456789abcdef".to_owned());
        let (channel, audience) = (Channel::Sms, Audience::Patient);
        Draft { patient, channel, audience, text: text.to_owned(), cursor, updated_ms: 0 }
    }

    #[test]
    fn a_draft_is_bounded_and_its_caret_counts_utf16() {
        assert!(draft("a😀", 3).check().is_ok());
        assert!(draft("a😀", 4).check().is_err());
        assert!(draft(&"x".repeat(MAX_DRAFT_BYTES), 0).check().is_ok());
        assert_eq!(
            draft(&"x".repeat(MAX_DRAFT_BYTES + 1), 0).check(),
            Err(Error::TooLarge { field: "draft", limit: 65_536 })
        );
        let mut other = draft("", 0);
        other.patient = Some("Rosa".to_owned());
        assert!(other.check().is_err());
    }

    #[test]
    fn a_draft_is_never_printed() {
        assert!(!format!("{:?}", draft("new mass", 0)).contains("mass"));
    }
}
