//! Clinical photos: taken into the vault, shown, covered, allowed for purposes, exported, deleted.
//!
//! A photo is three things in its patient's lane: the record, the answers about its use, and the picture, a stream. An edit writes a new
//! picture, then the record that names it, then forgets the old one beyond recovery; whatever is cut off in between, a picture that no photo
//! names is nobody's, and the sweep forgets it. Pixels are worked on outside of the gate: a lock never waits for a decoder.

mod keeping;
mod permission;

pub(crate) use keeping::{due_with, exported};

use super::leaving::DiscardReason;
use super::{Session, patients};
#[cfg(test)]
use crate::chart::fhir::PhotoContent;
use crate::error::{CurtainError, Result};
use crate::photo::{self, PhotoBasis, PhotoCopy, PhotoEdit, PhotoFormat, PhotoLooks, PhotoPurpose, PhotoStanding};

/// What comes with a new picture.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewPhoto {
    /// The patient's id.
    pub patient: String,
    /// What to cover and cut off before it is kept; what was there is never stored.
    pub edit: PhotoEdit,
    /// The answers to the checklist.
    pub looks: PhotoLooks,
    /// On what its use for care stands.
    pub basis: PhotoBasis,
    /// When it was taken, milliseconds since 1970, if the shell knows.
    pub taken_ms: Option<i64>,
}

/// What became of a new picture.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PhotoAdded {
    /// It is kept.
    Stored {
        /// The photo.
        photo: PhotoSummary,
    },
    /// HEIC or AVIF: convert it to JPEG in sRGB with the phone's own decoder, in memory, and add that.
    ConvertFirst,
}

/// How a photo may be used for one purpose.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoPurposeState {
    /// The purpose.
    pub purpose: PhotoPurpose,
    /// What holds now.
    pub standing: PhotoStanding,
}

/// A photo as lists show it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoSummary {
    /// The photo's id; it stays through edits and stands on every exported copy.
    pub id: String,
    /// The patient's id.
    pub patient: String,
    /// The picture small: JPEG, at most 256 pixels on its longest side.
    pub thumbnail: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// When it was taken, milliseconds since 1970, if the shell said so.
    pub taken_ms: Option<i64>,
    /// When it was stored.
    pub stored_ms: i64,
    /// When it was last edited.
    pub edited_ms: Option<i64>,
    /// How many parts were covered for good, in all.
    pub covered: u32,
    /// Whether parts were cut off.
    pub cropped: bool,
    /// The checklist's answers.
    pub looks: PhotoLooks,
    /// What it may be used for now, the narrowest purpose first.
    pub purposes: Vec<PhotoPurposeState>,
    /// The exports so far.
    pub copies: Vec<PhotoCopy>,
    /// Whether it is in the record.
    pub charted: bool,
}

/// What a clinician fills in when a patient has answered about a photo.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoConsentForm {
    /// The photo's id.
    pub photo: String,
    /// What for.
    pub purpose: PhotoPurpose,
    /// On what the yes stands; publication needs paper.
    pub basis: PhotoBasis,
    /// Whether the patient agreed to be recognisable.
    pub recognisable: bool,
    /// Who else heard it.
    pub witness: Option<String>,
    /// Until when, milliseconds since 1970; `None` until it is withdrawn, and always for care.
    pub until_ms: Option<i64>,
}

/// What a withdrawal did.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhotoWithdrawn {
    /// Whether the photo was deleted, which withdrawing care does.
    pub deleted: bool,
    /// The copies that left for what was withdrawn: Curtain cannot recall them, the institution has to.
    pub copies: Vec<PhotoCopy>,
}

#[uniffi::export]
impl Session {
    /// Keeps a picture, given as bytes in memory: JPEG or PNG, at most 32 MiB and 50 megapixels. Everything but the pixels is left out, it is
    /// turned upright, covered and cropped, encoded anew and sealed. Its chart text waits in the chart list. Not on the main thread:
    /// half a second for 12 megapixels.
    pub fn add_photo(&self, picture: &[u8], photo: NewPhoto) -> Result<PhotoAdded, CurtainError> {
        self.safely(|| {
            // Whoever may not keep it, or for whom, hears so before the work.
            self.work(false, |inside| patients::one(&mut inside.open.vault, &photo.patient).map(drop))?;
            if PhotoFormat::of(picture)? == PhotoFormat::ConvertFirst {
                return Ok(PhotoAdded::ConvertFirst);
            }
            let made = photo::prepare(picture, &photo.edit)?;
            self.work(false, |inside| keeping::add(inside, &photo, made)).map(|photo| PhotoAdded::Stored { photo })
        })
    }

    /// A patient's photos, latest first.
    pub fn photos(&self, patient: String) -> Result<Vec<PhotoSummary>, CurtainError> {
        self.with_leaving(|inside| keeping::list(&mut inside.open.vault, &patient, inside.now.wall_ms))
    }

    /// A photo's picture: JPEG, upright, as kept. Not on the main thread; drop it when the screen goes.
    pub fn photo_picture(&self, id: String) -> Result<Vec<u8>, CurtainError> {
        self.with_leaving(|inside| keeping::picture(&mut inside.open.vault, &id).map(|(_, jpeg)| jpeg))
    }

    /// Covers and cuts off parts for good, with the checklist's answers for what is left; an empty edit only takes the answers. When this
    /// returns, the picture before is beyond recovery; so under a hold parts are not taken off. Not on the main thread.
    pub fn edit_photo(&self, id: String, edit: PhotoEdit, looks: PhotoLooks) -> Result<PhotoSummary, CurtainError> {
        self.safely(|| {
            let (before, jpeg) = self.work(false, |inside| keeping::picture(&mut inside.open.vault, &id))?;
            let made = if edit.is_empty() { None } else { Some(photo::prepare(&jpeg, &edit)?) };
            drop(jpeg);
            self.work(false, |inside| keeping::edit(inside, &before, &edit, looks, made))
        })
    }

    /// Deletes a photo beyond recovery, with a reason; not under a hold. Needs a fresh authentication.
    pub fn delete_photo(&self, id: String, reason: DiscardReason, token: String) -> Result<(), CurtainError> {
        self.with_leaving(|inside| keeping::delete(inside, &id, reason, &token))
    }

    /// Records that a photo may be used for a purpose; nothing is ever overwritten. Gives the record's id. Its chart text waits.
    pub fn record_photo_consent(&self, form: PhotoConsentForm) -> Result<String, CurtainError> {
        self.with(|inside| permission::record(inside, form))
    }

    /// Records that a photo may no longer be used for a purpose. It holds at once. Without care a photo has nothing to stand on: then it is
    /// deleted beyond recovery (under a hold: out of use, and deleted after the release), whatever else was agreed; its copy in the hospital's record is the hospital's.
    pub fn withdraw_photo_consent(
        &self,
        photo: String,
        purpose: PhotoPurpose,
        words: Option<String>,
    ) -> Result<PhotoWithdrawn, CurtainError> {
        self.with(|inside| permission::withdraw(inside, &photo, purpose, words))
    }

    /// A photo for a purpose that its consent covers, with its id and the purpose drawn into the picture, as FHIR with a signed manifest,
    /// sealed to the institution in the age format. Needs a fresh authentication; it is journaled as a disclosure. Not on the main thread.
    pub fn export_photo(&self, id: String, purpose: PhotoPurpose, token: String) -> Result<Vec<u8>, CurtainError> {
        self.exported_photo(&id, purpose, &token, || ())
    }
}

impl Session {
    /// The picture is marked without the gate; `meanwhile` stands for what another thread does then.
    pub(crate) fn exported_photo(
        &self,
        id: &str,
        purpose: PhotoPurpose,
        token: &str,
        meanwhile: impl FnOnce(),
    ) -> Result<Vec<u8>, CurtainError> {
        self.safely(|| {
            let (before, jpeg) = self.work(true, |inside| permission::allowed(inside, id, purpose))?;
            let (text, across) = permission::mark(id, purpose);
            let marked = photo::marked(&jpeg, &text, across.as_deref())?;
            drop(jpeg);
            meanwhile();
            self.work(true, |inside| permission::export(inside, &before, purpose, &text, marked.jpeg, token))
        })
    }
}

#[cfg(test)]
impl Session {
    /// Which photos an export would carry the pictures of, the latest first, if it could hold so many bytes.
    pub(crate) fn pictures_within(&self, patient: &str, mut bytes: u64) -> Result<Vec<(String, bool)>, CurtainError> {
        self.with(|inside| {
            let lane = crate::vault::Id::parse(patient)?;
            let found = keeping::exported(&mut inside.open.vault, lane, |_| true, &mut bytes)?;
            let carried = |content: &PhotoContent| matches!(content, PhotoContent::AsKept(_));
            Ok(found.into_iter().map(|one| (one.photo.id.clone(), carried(&one.content))).collect())
        })
    }
}
