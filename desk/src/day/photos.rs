//! Steps about photos: taken, covered, allowed for a purpose, exported, withdrawn.

use super::expect::Seen;
use super::play::{Day, Done, Halt, variant};
use crate::error::Error;
use curtain_core::photo::{LookAnswer, PhotoArea, PhotoBasis, PhotoEdit, PhotoLooks, PhotoPurpose};
use curtain_core::session::{NewPhoto, PhotoAdded, PhotoConsentForm, PhotoSummary};
use data_encoding::BASE64;
use serde::Deserialize;

/// What is wanted of a picture, in ten-thousandths of its width and height.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// The checklist; what is not said is not in the picture.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looks {
    face: Option<LookAnswer>,
    marks: Option<LookAnswer>,
    labels: Option<LookAnswer>,
    background: Option<LookAnswer>,
}

/// A picture is taken, in memory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhotoPart {
    /// What the steps call it.
    photo: String,
    patient: String,
    /// The file that the camera gave, JPEG or PNG, in base64; white space is left out.
    bytes: String,
    #[serde(default)]
    cover: Vec<Area>,
    #[serde(default)]
    looks: Looks,
    #[serde(default = "routine")]
    basis: PhotoBasis,
}

fn routine() -> PhotoBasis {
    PhotoBasis::RoutineCare
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverPart {
    photo: String,
    cover: Vec<Area>,
    #[serde(default)]
    looks: Looks,
}

/// A photo for a purpose; the rest for an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PurposePart {
    photo: String,
    purpose: PhotoPurpose,
    basis: Option<PhotoBasis>,
    words: Option<String>,
}

fn looks(said: Looks) -> PhotoLooks {
    let answer = |one: Option<LookAnswer>| one.unwrap_or(LookAnswer::NotThere);
    PhotoLooks {
        face: answer(said.face),
        marks: answer(said.marks),
        labels: answer(said.labels),
        background: answer(said.background),
    }
}

fn edit(cover: &[Area]) -> PhotoEdit {
    let area = |one: &Area| PhotoArea { left: one.left, top: one.top, width: one.width, height: one.height };
    PhotoEdit { cover: cover.iter().map(area).collect(), crop: None }
}

impl Day<'_, '_> {
    fn photo_id(&self, name: &str) -> Done<String> {
        let id = self.place().photos.get(name).cloned();
        id.ok_or_else(|| Halt::Script(format!("no photo {name:?} was taken")))
    }

    pub(super) fn photo(&mut self, part: &PhotoPart, seen: &mut Seen) -> Done {
        let packed: String = part.bytes.split_whitespace().collect();
        let bytes = BASE64.decode(packed.as_bytes()).map_err(|_| Halt::Script("bytes are not base64".to_owned()))?;
        let patient = self.patient(&part.patient)?;
        let new = NewPhoto {
            patient,
            edit: edit(&part.cover),
            looks: looks(part.looks),
            basis: part.basis,
            taken_ms: Some(self.clock.wall_ms()),
        };
        match self.session()?.add_photo(&bytes, new)? {
            PhotoAdded::ConvertFirst => Err(Halt::Script("the shell converts such a file first".to_owned())),
            PhotoAdded::Stored { photo } => {
                self.place_mut().photos.insert(part.photo.clone(), photo.id.clone());
                self.seen_photo(&photo, seen)
            }
        }
    }

    fn seen_photo(&mut self, photo: &PhotoSummary, seen: &mut Seen) -> Done {
        let picture = self.session()?.photo_picture(photo.id.clone())?;
        self.stage.fact(&format!("Kept: {} by {} pixels, {} bytes", photo.width, photo.height, picture.len()));
        let latin: String = picture.iter().map(|byte| char::from(*byte)).collect();
        seen.note("picture", vec![latin]);
        seen.note("covered", photo.covered);
        let purposes = photo.purposes.iter().map(|one| format!("{} {}", one.purpose.name(), variant(&one.standing)));
        seen.note("purposes", purposes.collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn cover(&mut self, part: &CoverPart, seen: &mut Seen) -> Done {
        let id = self.photo_id(&part.photo)?;
        let photo = self.session()?.edit_photo(id, edit(&part.cover), looks(part.looks))?;
        self.seen_photo(&photo, seen)
    }

    pub(super) fn photos(&mut self, patient: Option<&str>, seen: &mut Seen) -> Done {
        let patient = patient.ok_or_else(|| Halt::Script("photos needs a patient".to_owned()))?;
        let photos = self.session()?.photos(self.patient(patient)?)?;
        seen.note("photos", photos.len());
        let standing = photos.iter().flat_map(|photo| &photo.purposes);
        seen.note(
            "purposes",
            standing.map(|one| format!("{} {}", one.purpose.name(), variant(&one.standing))).collect::<Vec<_>>(),
        );
        Ok(())
    }

    pub(super) fn photo_consent(&mut self, part: &PurposePart) -> Done {
        let form = PhotoConsentForm {
            photo: self.photo_id(&part.photo)?,
            purpose: part.purpose,
            basis: part.basis.unwrap_or(PhotoBasis::AgreedInPerson),
            recognisable: false,
            witness: None,
            until_ms: None,
        };
        self.session()?.record_photo_consent(form)?;
        Ok(())
    }

    pub(super) fn photo_withdraw(&mut self, part: &PurposePart, seen: &mut Seen) -> Done {
        let id = self.photo_id(&part.photo)?;
        let done = self.session()?.withdraw_photo_consent(id, part.purpose, part.words.clone())?;
        seen.note("deleted", done.deleted);
        seen.note("copies", done.copies.len());
        Ok(())
    }

    pub(super) fn export_photo(&mut self, part: &PurposePart, seen: &mut Seen) -> Done {
        let (id, token) = (self.photo_id(&part.photo)?, self.fresh()?);
        let sealed = self.session()?.export_photo(id, part.purpose, token)?;
        self.keep("export.age", &sealed)?;
        let opened = self.place().ward.opened(&sealed)?;
        let bundle: serde_json::Value =
            serde_json::from_str(&opened.bundle).map_err(|_| Error::failed("the bundle is not JSON"))?;
        seen.note("verified", true);
        seen.note("resources", super::papers::resources(&bundle));
        seen.note("bundle", vec![opened.bundle, opened.chart]);
        Ok(())
    }
}
