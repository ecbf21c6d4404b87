//! Photos as R4 has them: a Media for each, and a Consent with its Provenance for each answer about it.
//!
//! `Attachment.hash` is SHA-1 in R4, so the SHA-256 travels as an extension, as that of a wording does. R4's Media names no Consent: an
//! extension does. The purposes are HL7's v3-ActReason where it has them; for a publication it has none.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::Party;
use super::export::{Export, belongs};
use super::{ACT_REASON, LOINC, coding, concept, instant, reference, urn};
use crate::crypto::{hex, sha256, sha256_parts};
use crate::error::Result;
use crate::patient::Patient;
use crate::photo::{Photo, PhotoConsentEntry, PhotoPurpose, PhotoStanding, photo_standing};

/// A photo as it is exported.
pub struct PhotoExport {
    /// What is kept of it.
    pub photo: Photo,
    /// The answers about it.
    pub consents: Vec<PhotoConsentEntry>,
    /// What leaves of the picture.
    pub content: PhotoContent,
}

/// What leaves of a picture.
#[derive(Default)]
pub enum PhotoContent {
    /// Nothing: only the photo's data.
    #[default]
    DataOnly,
    /// The picture as it is kept, for the patient or for the record.
    AsKept(Vec<u8>),
    /// A copy for a purpose, which carries its mark.
    Marked(PhotoPurpose, Vec<u8>),
}

impl PhotoContent {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            PhotoContent::DataOnly => None,
            PhotoContent::AsKept(bytes) | PhotoContent::Marked(_, bytes) => Some(bytes),
        }
    }
}

/// Every resource about photos, with its id.
pub(super) fn resources(patient: &Patient, party: &Party, export: &Export<'_>) -> Result<Vec<(String, Value)>> {
    let mut out = Vec::new();
    for item in export.photos {
        belongs(&item.photo.patient, patient)?;
        out.push((item.photo.id.clone(), media(item, party, export)?));
        for entry in &item.consents {
            out.push((entry.id().to_owned(), consent(entry, item, party, export)?));
            out.push((provenance_id(entry), provenance(entry, item, export)?));
        }
    }
    Ok(out)
}

fn extension(export: &Export<'_>, name: &str, value: &Value) -> Value {
    let mut extension = json!({"url": format!("{}/fhir/StructureDefinition/{name}", export.origin.base_uri)});
    if let (Some(members), Some(value)) = (extension.as_object_mut(), value.as_object()) {
        members.extend(value.clone());
    }
    extension
}

fn media(item: &PhotoExport, party: &Party, export: &Export<'_>) -> Result<Value> {
    let PhotoExport { photo, consents, content } = item;
    photo.check()?;
    let stored = instant(photo.edited_ms.unwrap_or(photo.stored_ms))?;
    let taken = instant(photo.taken_ms.unwrap_or(photo.stored_ms))?;
    let hash = content.bytes().map_or_else(|| photo.sha256.clone(), |bytes| hex(&sha256(bytes)));
    let size = content.bytes().map_or(photo.bytes, |bytes| bytes.len() as u64);
    // Only what is in force at this moment carries the picture.
    let purposes = match content {
        PhotoContent::Marked(purpose, _) => std::slice::from_ref(purpose),
        _ => &PhotoPurpose::ALL[..],
    };
    let carried =
        purposes.iter().filter_map(|purpose| match photo_standing(consents, &photo.id, *purpose, export.at_ms) {
            PhotoStanding::InForce { consent, .. } => {
                Some(extension(export, "photo-consent", &json!({"valueReference": {"reference": urn(&consent)}})))
            }
            _ => None,
        });
    let edits = if photo.covered > 0 { format!("{} parts covered for good.", photo.covered) } else { String::new() };
    let marked = match content {
        PhotoContent::DataOnly => "The picture is not in this bundle.",
        PhotoContent::AsKept(_) => "",
        PhotoContent::Marked(..) => "Carries its id and purpose in a strip below.",
    };
    let as_kept = !matches!(content, PhotoContent::Marked(..));
    Ok(json!({
        "resourceType": "Media",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(&photo.id)}],
        "extension": carried.collect::<Vec<_>>(),
        "status": "completed",
        "type": concept("http://terminology.hl7.org/CodeSystem/media-type", "image"),
        "subject": reference(party),
        "createdDateTime": taken,
        "issued": stored,
        "operator": reference(&export.origin.clinician),
        "deviceName": export.origin.device_name,
        "device": reference(&export.origin.device),
        // The strip of an exported copy makes it higher than what is kept.
        "width": if as_kept { json!(photo.width) } else { Value::Null },
        "height": if as_kept { json!(photo.height) } else { Value::Null },
        "content": {
            "extension": [extension(export, "content-sha256", &json!({"valueString": hash}))],
            "contentType": "image/jpeg",
            "data": content.bytes().map(|bytes| BASE64.encode(bytes)),
            "size": size,
            "title": format!("Clinical photo {}", photo.id),
            "creation": stored,
        },
        "note": [{"text": format!("{edits} {marked}").trim()}],
    }))
}

/// An answer: `active` only while it is the one that decides.
fn consent(entry: &PhotoConsentEntry, item: &PhotoExport, party: &Party, export: &Export<'_>) -> Result<Value> {
    entry.check()?;
    let (photo, purpose) = entry.subject();
    let standing = photo_standing(&item.consents, photo, purpose, export.at_ms);
    let (active, period, words, basis) = match entry {
        PhotoConsentEntry::Given(yes) => (
            matches!(standing, PhotoStanding::InForce { consent, .. } if consent == yes.id),
            json!({"start": instant(yes.start_ms)?, "end": yes.until_ms.map(instant).transpose()?}),
            None,
            yes.basis.name(),
        ),
        PhotoConsentEntry::Withdrawn(no) => (
            matches!(standing, PhotoStanding::Withdrawn { at_ms } if at_ms == no.at_ms),
            json!({"start": instant(no.at_ms)?}),
            no.words.as_deref().filter(|words| !words.is_empty()),
            "withdrawn",
        ),
    };
    let given = matches!(entry, PhotoConsentEntry::Given(_));
    let title = if words.is_some() { "The patient's words".to_owned() } else { format!("Photo consent, {basis}") };
    Ok(json!({
        "resourceType": "Consent",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(entry.id())}],
        "status": if active { "active" } else { "inactive" },
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [{
            "coding": [{"system": LOINC, "code": "59284-0", "display": "Patient Consent"}],
            "text": format!("Clinical photo for {}{}", purpose.name().replace('_', " "), if given { "" } else { " withdrawn" }),
        }],
        "patient": reference(party),
        "dateTime": instant(entry.at_ms())?,
        "performer": [reference(party)],
        "organization": [reference(&export.origin.clinic)],
        "sourceAttachment": {
            "contentType": "text/plain",
            "data": words.map(|words| BASE64.encode(words.as_bytes())),
            "title": title,
        },
        "policy": [{"uri": export.origin.policy_uri}],
        "provision": {
            "type": if given { "permit" } else { "deny" },
            "period": period,
            "purpose": [purpose_coding(purpose)],
            "data": [{"meaning": "instance", "reference": {"reference": urn(photo)}}],
        },
    }))
}

fn purpose_coding(purpose: PhotoPurpose) -> Value {
    match purpose {
        PhotoPurpose::Care => coding(ACT_REASON, "TREAT"),
        PhotoPurpose::SecondOpinion => coding(ACT_REASON, "COC"),
        PhotoPurpose::Teaching => coding(ACT_REASON, "TRAIN"),
        PhotoPurpose::Publication => json!({"system": "urn:curtain:photo-purpose", "code": "publication"}),
    }
}

fn provenance_id(entry: &PhotoConsentEntry) -> String {
    hex(&sha256_parts(&[b"curtain provenance ", entry.id().as_bytes()])[..16])
}

/// Who recorded an answer, and which one it revises.
fn provenance(entry: &PhotoConsentEntry, item: &PhotoExport, export: &Export<'_>) -> Result<Value> {
    let recorded_by = match entry {
        PhotoConsentEntry::Given(yes) => &yes.recorded_by,
        PhotoConsentEntry::Withdrawn(no) => &no.recorded_by,
    };
    let revised = item
        .consents
        .iter()
        .filter(|earlier| earlier.subject() == entry.subject() && earlier.at_ms() < entry.at_ms())
        .max_by_key(|earlier| (earlier.at_ms(), earlier.id()));
    let at = instant(entry.at_ms())?;
    Ok(json!({
        "resourceType": "Provenance",
        "target": [{"reference": urn(entry.id())}],
        "occurredDateTime": at,
        "recorded": at,
        "activity": concept(
            "http://terminology.hl7.org/CodeSystem/v3-DataOperation",
            if revised.is_some() { "UPDATE" } else { "CREATE" },
        ),
        "agent": [{
            "type": concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "enterer"),
            "who": {"display": recorded_by},
            "onBehalfOf": reference(&export.origin.clinic),
        }],
        "entity": revised.map(|earlier| json!([{"role": "revision", "what": {"reference": urn(earlier.id())}}])),
    }))
}

#[cfg(test)]
#[path = "media_tests.rs"]
mod tests;
