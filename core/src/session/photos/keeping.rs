//! Photos in the vault: written, read, edited, forgotten.

use super::super::{Inside, consents, holds, leaving, patients, shelf};
use super::{DiscardReason, NewPhoto, PhotoPurposeState, PhotoSummary};
use crate::chart::fhir::{PhotoContent, PhotoExport};
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::note::{ChartKind, ChartNote};
use crate::patient::{LawfulBasis, Purpose};
use crate::photo::{
    Photo, PhotoBasis, PhotoConsent, PhotoConsentEntry, PhotoEdit, PhotoLooks, PhotoPurpose, Picture, photo_standing,
    photo_withdrawn,
};
use crate::vault::{Act, Forget, Id, NewStream, Row, Vault};
use crate::words::{self, Lang};
use shelf::{PhotoImage, Shelved};

const MISSING: Error = Error::NotFound { what: "photo" };

/// How a chart text names a photo.
pub(super) fn item(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// The answers about all photos of a lane.
pub(super) fn history(vault: &mut Vault, lane: Id) -> Result<Vec<PhotoConsentEntry>> {
    Ok(shelf::heads::<PhotoConsentEntry>(vault, lane)?.into_iter().map(|(_, entry)| entry).collect())
}

/// A photo that may still be shown, with the answers about it.
pub(super) fn one(vault: &mut Vault, id: &str) -> Result<(Id, Photo, Vec<PhotoConsentEntry>)> {
    let id = Id::parse(id)?;
    let lane = shelf::lane_of(vault, id, "photo")?;
    let photo: Photo = shelf::get(vault, lane, id, "photo")?;
    let mut entries = history(vault, lane)?;
    entries.retain(|entry| entry.subject().0 == photo.id);
    if photo_withdrawn(&entries, &photo.id) { Err(MISSING) } else { Ok((lane, photo, entries)) }
}

/// A photo and its picture.
pub(super) fn picture(vault: &mut Vault, id: &str) -> Result<(Photo, Vec<u8>)> {
    let (lane, photo, _) = one(vault, id)?;
    let mut reader = vault.open_stream(lane, Id::parse(&photo.image)?)?;
    let length = usize::try_from(photo.bytes).map_err(|_| Error::Damaged { what: "photo" })?;
    if reader.length() != photo.bytes {
        return Err(Error::Damaged { what: "photo" });
    }
    let mut jpeg = Vec::with_capacity(length);
    while let Some(chunk) = reader.next_chunk()? {
        jpeg.extend_from_slice(chunk);
    }
    Ok((photo, jpeg))
}

pub(super) fn list(vault: &mut Vault, patient: &str, now_ms: i64) -> Result<Vec<PhotoSummary>> {
    let lane = Id::parse(patient)?;
    let entries = history(vault, lane)?;
    let mut photos = Vec::new();
    // Only photos' bodies are opened: the small pictures.
    for (id, photo) in shelf::heads::<Photo>(vault, lane)? {
        if !photo_withdrawn(&entries, &photo.id) {
            photos.push(summary(shelf::get(vault, lane, id, "photo")?, &entries, now_ms));
        }
    }
    photos.sort_by(|one, two| (two.stored_ms, &two.id).cmp(&(one.stored_ms, &one.id)));
    Ok(photos)
}

fn summary(photo: Photo, entries: &[PhotoConsentEntry], now_ms: i64) -> PhotoSummary {
    let state = |purpose| PhotoPurposeState { purpose, standing: photo_standing(entries, &photo.id, purpose, now_ms) };
    PhotoSummary {
        purposes: PhotoPurpose::ALL.map(state).into(),
        charted: photo.charted_ms.is_some(),
        id: photo.id,
        patient: photo.patient,
        thumbnail: photo.thumbnail,
        width: photo.width,
        height: photo.height,
        taken_ms: photo.taken_ms,
        stored_ms: photo.stored_ms,
        edited_ms: photo.edited_ms,
        covered: photo.covered,
        cropped: photo.cropped,
        looks: photo.looks,
        copies: photo.copies,
    }
}

/// Seals a picture as a stream of its own; gives its id. Until a photo names it, it is nobody's.
fn put_picture(inside: &mut Inside<'_>, lane: Id, photo: &str, jpeg: &[u8]) -> Result<Id> {
    let id = Id::make()?;
    let head =
        serde_json::to_vec(&PhotoImage { photo: photo.to_owned() }).map_err(|_| Error::Internal { code: 430 })?;
    let new = NewStream { lane, id, kind: PhotoImage::KIND, head: &head };
    let event = Event::counted(Code::PhotoStored, vec![("bytes", jpeg.len() as u64)]);
    let act = Act { event, lane: Some(lane) };
    inside.open.vault.put_stream(inside.workspace.anchor_mut(), inside.now, &new, &mut &jpeg[..], &[act])?;
    Ok(id)
}

pub(super) fn add(mut inside: Inside<'_>, new: &NewPhoto, made: Picture) -> Result<PhotoSummary> {
    let patient = patients::one(&mut inside.open.vault, &new.patient)?;
    let (lane, id, now_ms) = (Id::parse(&patient.id)?, Id::make()?, inside.now.wall_ms);
    let consent = PhotoConsentEntry::Given(PhotoConsent {
        id: Id::make()?.text(),
        patient: patient.id.clone(),
        photo: id.text(),
        purpose: PhotoPurpose::Care,
        basis: new.basis,
        recognisable: false,
        witness: None,
        recorded_by: inside.clinician.to_owned(),
        start_ms: now_ms,
        until_ms: None,
    });
    consent.check()?;
    let mut photo = Photo {
        id: id.text(),
        patient: patient.id,
        // Checked as it will be, before anything is written.
        image: id.text(),
        width: made.width,
        height: made.height,
        bytes: made.jpeg.len() as u64,
        sha256: made.sha256,
        taken_ms: new.taken_ms,
        stored_ms: now_ms,
        edited_ms: None,
        covered: u32::try_from(new.edit.cover.len()).unwrap_or(u32::MAX),
        cropped: new.edit.crop.is_some(),
        looks: new.looks,
        copies: Vec::new(),
        purpose: Purpose::Treatment,
        basis: lawful(new.basis),
        charted_ms: None,
        thumbnail: made.thumbnail,
    };
    photo.check()?;
    let basis = words::text(Lang::En, &format!("photo.basis.{}", new.basis.name()));
    let text = words::fill(Lang::En, "chart.photo", &[("item", item(&photo.id)), ("basis", basis)]);
    let chart = consents::pending_chart(&photo.patient, id, ChartKind::Photo, &text, Lang::En, now_ms)?;
    photo.image = put_picture(&mut inside, lane, &photo.id, &made.jpeg)?.text();
    let changes = [shelf::put(lane, id, &photo)?, shelf::put(lane, Id::parse(consent.id())?, &consent)?, chart];
    let act = Act { event: Code::PhotoConsentRecorded.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &changes, act)?;
    // What waits for the chart must not vanish with an older database.
    inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    Ok(summary(photo, &[consent], now_ms))
}

const fn lawful(basis: PhotoBasis) -> LawfulBasis {
    match basis {
        PhotoBasis::RoutineCare => LawfulBasis::TreatmentOperations,
        PhotoBasis::Emergency => LawfulBasis::VitalInterests,
        PhotoBasis::AgreedInPerson | PhotoBasis::AgreedByPhone | PhotoBasis::AgreedOnPaper => {
            LawfulBasis::ExplicitConsent
        }
    }
}

pub(super) fn edit(
    mut inside: Inside<'_>,
    before: &Photo,
    edit: &PhotoEdit,
    looks: PhotoLooks,
    made: Option<Picture>,
) -> Result<PhotoSummary> {
    let (lane, mut photo, entries) = one(&mut inside.open.vault, &before.id)?;
    if photo.image != before.image {
        return Err(Error::NotAllowed { why: "edited meanwhile" });
    }
    if made.is_some() {
        // The picture before would go.
        holds::refuse_held(inside.workspace, lane)?;
    }
    let (id, now_ms) = (Id::parse(&photo.id)?, inside.now.wall_ms);
    photo.looks = looks;
    photo.edited_ms = Some(now_ms);
    let old = Id::parse(&photo.image)?;
    if let Some(made) = made {
        photo.covered = photo.covered.saturating_add(u32::try_from(edit.cover.len()).unwrap_or(u32::MAX));
        photo.cropped |= edit.crop.is_some();
        (photo.width, photo.height, photo.bytes) = (made.width, made.height, made.jpeg.len() as u64);
        (photo.sha256, photo.thumbnail) = (made.sha256, made.thumbnail);
        photo.image = put_picture(&mut inside, lane, &photo.id, &made.jpeg)?.text();
    }
    photo.check()?;
    let event = Event::counted(Code::PhotoChanged, vec![("covered", edit.cover.len() as u64)]);
    let act = Act { event, lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[shelf::put(lane, id, &photo)?], act)?;
    if photo.image != before.image {
        // The patient's key changes too: the small picture in the record's version before goes with the large one.
        let event = Event::counted(Code::Purged, vec![("records", 1)]);
        forget(&mut inside, lane, vec![old], event)?;
    }
    Ok(summary(photo, &entries, now_ms))
}

/// Forgets records of one patient beyond recovery.
fn forget(inside: &mut Inside<'_>, lane: Id, ids: Vec<Id>, event: Event) -> Result<()> {
    let what = Forget { records: ids.into_iter().map(|id| (lane, id)).collect(), lanes: Vec::new() };
    let act = Act { event, lane: Some(lane) };
    inside.open.vault.forget_for_good(inside.workspace.anchor_mut(), inside.now, &what, &[act])
}

pub(super) fn delete(mut inside: Inside<'_>, id: &str, reason: DiscardReason, token: &str) -> Result<()> {
    let (lane, photo, _) = one(&mut inside.open.vault, id)?;
    holds::refuse_held(inside.workspace, lane)?;
    leaving::spend(inside.open, token, inside.now)?;
    let event = Event::counted(Code::PhotoDeleted, vec![("reason", reason as u64)]);
    remove(&mut inside, lane, &photo, event)
}

/// Forgets a photo, its picture, and the chart text that still waits to say that there is one. The answers stay.
pub(super) fn remove(inside: &mut Inside<'_>, lane: Id, photo: &Photo, event: Event) -> Result<()> {
    let mut ids = vec![Id::parse(&photo.id)?, Id::parse(&photo.image)?];
    for (id, note) in shelf::heads::<ChartNote>(&mut inside.open.vault, lane)? {
        if note.pending() && note.source == photo.id {
            ids.push(id);
        }
    }
    forget(inside, lane, ids, event)
}

/// Adds what goes with `gone`, and what a cut left: photos whose care was withdrawn, and pictures that no photo names any more.
pub(crate) fn due_with(rows: &[Row], gone: &mut Vec<Id>) -> Result<()> {
    let (mut photos, mut entries, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        if let Some(photo) = shelf::from_head::<Photo>(row)? {
            photos.push((row.id, photo));
        } else if let Some(entry) = shelf::from_head::<PhotoConsentEntry>(row)? {
            entries.push(entry);
        } else if row.kind == PhotoImage::KIND {
            pictures.push(row.id);
        }
    }
    for (id, photo) in &photos {
        if photo_withdrawn(&entries, &photo.id) && !gone.contains(id) {
            gone.push(*id);
        }
    }
    photos.retain(|(id, _)| !gone.contains(id));
    let named = |picture: &Id| photos.iter().any(|(_, photo)| photo.image == picture.text());
    gone.extend(pictures.into_iter().filter(|picture| !named(picture)));
    Ok(())
}

/// A patient's photos as an export has them: as they are kept, the latest first, with pictures of `left` bytes at most.
pub(crate) fn exported(
    vault: &mut Vault,
    lane: Id,
    wanted: impl Fn(&str) -> bool,
    left: &mut u64,
) -> Result<Vec<PhotoExport>> {
    let entries = history(vault, lane)?;
    let mut photos: Vec<Photo> = shelf::heads::<Photo>(vault, lane)?.into_iter().map(|(_, photo)| photo).collect();
    photos.retain(|photo| wanted(&photo.id) && !photo_withdrawn(&entries, &photo.id));
    photos.sort_by(|one, two| (two.stored_ms, &two.id).cmp(&(one.stored_ms, &one.id)));
    let mut found = Vec::new();
    for photo in photos {
        let consents = entries.iter().filter(|entry| entry.subject().0 == photo.id).cloned().collect();
        let content = match left.checked_sub(photo.bytes) {
            Some(rest) => {
                *left = rest;
                PhotoContent::AsKept(picture(vault, &photo.id)?.1)
            }
            None => PhotoContent::DataOnly,
        };
        found.push(PhotoExport { photo, consents, content });
    }
    Ok(found)
}
