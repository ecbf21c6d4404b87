//! What is kept of a photo beside its picture, and when it may leave.

use super::{PhotoPurpose, PhotoStanding};
use crate::error::{Error, Result};
use crate::patient::{LawfulBasis, Purpose, check_count, check_hex, check_id, check_time, check_time_if, opaque_debug};

/// Exports that one photo remembers, at most.
const MAX_COPIES: usize = 200;

/// The answer to one look at a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum LookAnswer {
    /// Nothing of the kind is in the picture.
    NotThere,
    /// It was covered.
    Covered,
    /// It is in the picture because care needs it.
    Shown,
}

/// The checklist that a person answers before a picture is kept; no model looks at it. Words: `photo.look.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct PhotoLooks {
    /// A face, or part of one.
    pub face: LookAnswer,
    /// A tattoo, jewellery, a scar that others know.
    pub marks: LookAnswer,
    /// A label, a wristband, a screen.
    pub labels: LookAnswer,
    /// Papers, or other people, in the background.
    pub background: LookAnswer,
}

/// One export.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct PhotoCopy {
    /// What for.
    pub purpose: PhotoPurpose,
    /// Id of the consent on which it left.
    pub consent: String,
    /// When (ms).
    pub at_ms: i64,
}

/// A photo of a patient. The picture is a stream of its own.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// Id of the stream that is its picture; another one after each edit.
    pub image: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Length of the picture in bytes.
    pub bytes: u64,
    /// SHA-256 of the picture, 64 hexadecimal digits.
    pub sha256: String,
    /// When it was taken, as the shell says (ms).
    pub taken_ms: Option<i64>,
    /// When it was stored (ms).
    pub stored_ms: i64,
    /// When it was last edited (ms).
    pub edited_ms: Option<i64>,
    /// How many parts were covered, in all.
    pub covered: u32,
    /// Whether parts were cut off.
    pub cropped: bool,
    /// The checklist's answers.
    pub looks: PhotoLooks,
    /// The exports so far.
    pub copies: Vec<PhotoCopy>,
    /// What it is kept for.
    pub purpose: Purpose,
    /// On what ground.
    pub basis: LawfulBasis,
    /// When it went into the record (ms); `None` while it still has to.
    pub charted_ms: Option<i64>,
    /// The picture small, JPEG.
    #[serde(skip)]
    pub thumbnail: Vec<u8>,
}

opaque_debug!(Photo);

impl Photo {
    /// Refuses a photo without patient or picture.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge` over 200 exports.
    pub fn check(&self) -> Result<()> {
        check_id("photo.id", &self.id)?;
        check_id("photo.patient", &self.patient)?;
        check_id("photo.image", &self.image)?;
        check_hex("photo.sha256", &self.sha256, 64)?;
        if self.width == 0 || self.height == 0 || self.bytes == 0 {
            return Err(Error::invalid("photo", "empty"));
        }
        check_time_if("photo.taken_ms", self.taken_ms)?;
        check_time("photo.stored_ms", self.stored_ms)?;
        check_time_if("photo.edited_ms", self.edited_ms)?;
        check_time_if("photo.charted_ms", self.charted_ms)?;
        check_count("photo.copies", self.copies.len(), MAX_COPIES)
    }
}

/// Whether a picture with these answers may leave on this standing; gives the consent's id.
///
/// Labels and other people's papers leave for care only; who can be recognised leaves for anything else only after having agreed to that.
///
/// # Errors
/// `NotAllowed`, with the rule.
pub fn may_export(looks: &PhotoLooks, purpose: PhotoPurpose, standing: &PhotoStanding) -> Result<String> {
    let PhotoStanding::InForce { consent, recognisable, .. } = standing else {
        return Err(Error::NotAllowed { why: "no consent for this purpose" });
    };
    if purpose != PhotoPurpose::Care {
        if looks.labels == LookAnswer::Shown || looks.background == LookAnswer::Shown {
            return Err(Error::NotAllowed { why: "a label or papers are in the picture" });
        }
        if !recognisable && (looks.face == LookAnswer::Shown || looks.marks == LookAnswer::Shown) {
            return Err(Error::NotAllowed { why: "the patient can be recognised" });
        }
    }
    Ok(consent.clone())
}
