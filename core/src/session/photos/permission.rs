//! What photos may be used for: recorded, withdrawn, and asked before anything leaves.

use super::super::{Inside, consents, export as sealing, holds, leaving, patients, shelf};
use super::keeping::{item, one, picture, remove};
use super::{PhotoConsentForm, PhotoWithdrawn};
use crate::chart::fhir::{Export, PhotoContent, PhotoExport, bundle};
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::note::ChartKind;
use crate::photo::{
    Photo, PhotoConsent, PhotoConsentEntry, PhotoCopy, PhotoPurpose, PhotoWithdrawal, may_export, photo_standing,
};
use crate::vault::{Act, Change, Id};
use crate::words::{self, Lang};

/// The change that writes a chart text about a photo; chart texts are in the institution's language.
fn chart_text(entry: &PhotoConsentEntry, photo: &Photo, key: &str, values: &[(&str, &str)]) -> Result<Change> {
    let purpose = words::text(Lang::En, &format!("photo.purpose.{}", entry.subject().1.name()));
    let values = [&[("item", item(&photo.id)), ("purpose", purpose)], values].concat();
    let text = words::fill(Lang::En, key, &values);
    consents::pending_chart(&photo.patient, Id::parse(entry.id())?, ChartKind::Consent, &text, Lang::En, entry.at_ms())
}

pub(super) fn record(inside: Inside<'_>, form: PhotoConsentForm) -> Result<String> {
    let (lane, photo, _) = one(&mut inside.open.vault, &form.photo)?;
    let entry = PhotoConsentEntry::Given(PhotoConsent {
        id: Id::make()?.text(),
        patient: photo.patient.clone(),
        photo: photo.id.clone(),
        purpose: form.purpose,
        basis: form.basis,
        recognisable: form.recognisable,
        witness: form.witness,
        recorded_by: inside.clinician.to_owned(),
        start_ms: inside.now.wall_ms,
        until_ms: form.until_ms,
    });
    entry.check()?;
    let basis = words::text(Lang::En, &format!("photo.basis.{}", form.basis.name()));
    let chart = chart_text(&entry, &photo, "chart.photo.consent", &[("basis", basis)])?;
    let id = Id::parse(entry.id())?;
    let event = Event::counted(Code::PhotoConsentRecorded, vec![("purpose", form.purpose as u64)]);
    let act = Act { event, lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[shelf::put(lane, id, &entry)?, chart], act)?;
    inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    Ok(id.text())
}

pub(super) fn withdraw(
    mut inside: Inside<'_>,
    photo: &str,
    purpose: PhotoPurpose,
    words: Option<String>,
) -> Result<PhotoWithdrawn> {
    let (lane, photo, _) = one(&mut inside.open.vault, photo)?;
    let care = purpose == PhotoPurpose::Care;
    // Under a hold it is out of use at once, and goes with the first sweep after the release.
    let deleted = care && holds::refuse_held(inside.workspace, lane).is_ok();
    let entry = PhotoConsentEntry::Withdrawn(PhotoWithdrawal {
        id: Id::make()?.text(),
        patient: photo.patient.clone(),
        photo: photo.id.clone(),
        purpose,
        words,
        recorded_by: inside.clinician.to_owned(),
        at_ms: inside.now.wall_ms,
    });
    entry.check()?;
    let copies: Vec<PhotoCopy> = photo.copies.iter().filter(|copy| care || copy.purpose == purpose).cloned().collect();
    let key = match (care, deleted) {
        (true, true) => "chart.photo.deleted",
        (true, false) => "chart.photo.held",
        (false, _) => "chart.photo.withdrawn",
    };
    let chart = chart_text(&entry, &photo, key, &[("n", &copies.len().to_string())])?;
    let event = Event::counted(Code::PhotoConsentWithdrawn, vec![("purpose", purpose as u64)]);
    let act = Act { event, lane: Some(lane) };
    let changes = [shelf::put(lane, Id::parse(entry.id())?, &entry)?, chart];
    inside.open.commit(inside.workspace, inside.now, &changes, act)?;
    // A withdrawal must survive a restored database: the anchor covers it before anybody is told.
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    if deleted {
        let event = Event::counted(Code::PhotoDeleted, vec![("withdrawn", 1)]);
        remove(&mut inside, lane, &photo, event)?;
    }
    Ok(PhotoWithdrawn { deleted, copies })
}

/// A photo that may leave for a purpose, with its picture.
pub(super) fn allowed(inside: Inside<'_>, id: &str, purpose: PhotoPurpose) -> Result<(Photo, Vec<u8>)> {
    let (_, photo, entries) = one(&mut inside.open.vault, id)?;
    may_export(&photo.looks, purpose, &photo_standing(&entries, &photo.id, purpose, inside.now.wall_ms))?;
    picture(&mut inside.open.vault, id)
}

/// What an exported copy carries: the text of its strip, and for every purpose but care what stands across it.
pub(super) fn mark(id: &str, purpose: PhotoPurpose) -> (String, Option<String>) {
    let name = purpose.name().replace('_', " ").to_uppercase();
    let text = format!("PHOTO {id} FOR {name} ONLY");
    (text, (purpose != PhotoPurpose::Care).then_some(name))
}

pub(super) fn export(
    inside: Inside<'_>,
    before: &Photo,
    purpose: PhotoPurpose,
    text: &str,
    marked: Vec<u8>,
    token: &str,
) -> Result<Vec<u8>> {
    let (lane, mut photo, entries) = one(&mut inside.open.vault, &before.id)?;
    if photo.image != before.image {
        // What was covered meanwhile must not leave uncovered.
        return Err(Error::NotAllowed { why: "edited meanwhile" });
    }
    let now_ms = inside.now.wall_ms;
    // Asked again: the picture was marked without the gate.
    let consent = may_export(&photo.looks, purpose, &photo_standing(&entries, &photo.id, purpose, now_ms))?;
    photo.copies.push(PhotoCopy { purpose, consent, at_ms: now_ms });
    photo.check()?;
    leaving::spend(inside.open, token, inside.now)?;
    let patient = patients::one(&mut inside.open.vault, &photo.patient)?;
    let pseudonym = format!("P-{}", &inside.open.vault.pseudonym(lane)[..8]);
    let origin = sealing::origin(&inside)?;
    let consents = entries.into_iter().filter(|entry| entry.subject().1 == purpose).collect();
    let photos = [PhotoExport { photo, consents, content: PhotoContent::Marked(purpose, marked) }];
    let resources = bundle(&Export {
        origin: &origin,
        patient: Some(&patient),
        pseudonym: &pseudonym,
        named: false,
        consents: &[],
        warnings: &[],
        messages: &[],
        received: &[],
        drafts: &[],
        notes: &[],
        audit: &[],
        photos: &photos,
        at_ms: now_ms,
    })?;
    let resources = serde_json::to_string(&resources).map_err(|_| Error::Internal { code: 431 })?;
    let sealed = sealing::seal(&inside, &resources, text)?;
    let [PhotoExport { photo, .. }] = photos;
    let counts = vec![("purpose", purpose as u64), ("bytes", sealed.len() as u64)];
    let event = Event { code: Code::PhotoExported, counts, reference: Some(photo.id.clone()) };
    let act = Act { event, lane: Some(lane) };
    // `one` read the whole record, so the small picture is still in it.
    let change = shelf::put(lane, Id::parse(&photo.id)?, &photo)?;
    inside.open.commit(inside.workspace, inside.now, &[change], act)?;
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    Ok(sealed)
}
