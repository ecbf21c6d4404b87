//! Photos in a Bundle.

use super::super::super::{Origin, Party};
use super::super::{Export, bundle};
use super::*;
use crate::error::Error;
use crate::patient::{LawfulBasis, Purpose, tests::rosa};
use crate::photo::{LookAnswer, PhotoBasis, PhotoConsent, PhotoLooks, PhotoWithdrawal};

const T0: i64 = 1_795_000_000_000;
const JPEG: &[u8] = b"\xFF\xD8 pixels";

fn id(byte: u8) -> String {
    format!("{byte:02x}").repeat(16)
}

fn origin() -> Origin {
    let party = |byte, display: &str| Party { id: id(byte), display: display.into() };
    Origin {
        clinician: party(0x22, "Dr A. Lee"),
        clinic: party(0x33, "Example Clinic"),
        device: party(0x44, "Clinic phone 7"),
        device_name: "clinic-phone-7".into(),
        base_uri: "https://clinic.example".into(),
        policy_uri: "https://clinic.example/policy/1".into(),
        demo: true,
    }
}

fn photo() -> Photo {
    let looks = PhotoLooks {
        face: LookAnswer::Covered,
        marks: LookAnswer::NotThere,
        labels: LookAnswer::NotThere,
        background: LookAnswer::NotThere,
    };
    Photo {
        id: id(0xc1),
        patient: rosa().id,
        image: id(0xc2),
        width: 4000,
        height: 3000,
        bytes: 123_456,
        sha256: "ab".repeat(32),
        taken_ms: Some(T0),
        stored_ms: T0 + 1000,
        edited_ms: None,
        covered: 1,
        cropped: false,
        looks,
        copies: Vec::new(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        charted_ms: None,
        thumbnail: b"small".to_vec(),
    }
}

fn yes(byte: u8, purpose: PhotoPurpose) -> PhotoConsentEntry {
    PhotoConsentEntry::Given(PhotoConsent {
        id: id(byte),
        patient: rosa().id,
        photo: id(0xc1),
        purpose,
        basis: PhotoBasis::AgreedOnPaper,
        recognisable: false,
        witness: None,
        recorded_by: "Dr A. Lee".into(),
        start_ms: T0,
        until_ms: None,
    })
}

fn no(byte: u8, purpose: PhotoPurpose) -> PhotoConsentEntry {
    let (patient, photo, words) = (rosa().id, id(0xc1), Some("No more, please.".into()));
    let no =
        PhotoWithdrawal { id: id(byte), patient, photo, purpose, words, recorded_by: "Dr Roe".into(), at_ms: T0 + 5 };
    PhotoConsentEntry::Withdrawn(no)
}

fn made(item: PhotoExport) -> crate::error::Result<Vec<Value>> {
    let (origin, patient, photos) = (origin(), rosa(), [item]);
    let whole = bundle(&Export {
        origin: &origin,
        patient: Some(&patient),
        pseudonym: "P-0042",
        named: false,
        consents: &[],
        warnings: &[],
        messages: &[],
        received: &[],
        drafts: &[],
        notes: &[],
        audit: &[],
        photos: &photos,
        at_ms: T0 + 10_000,
    })?;
    Ok(whole["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone()).collect())
}

fn of<'v>(resources: &'v [Value], kind: &str) -> Vec<&'v Value> {
    resources.iter().filter(|resource| resource["resourceType"] == kind).collect()
}

#[test]
fn a_photo_is_a_media_that_names_its_consents_and_its_hash() {
    let consents =
        vec![yes(0xd1, PhotoPurpose::Care), yes(0xd2, PhotoPurpose::Teaching), no(0xd3, PhotoPurpose::Teaching)];
    let resources = made(PhotoExport { photo: photo(), consents, content: PhotoContent::DataOnly }).unwrap();
    let [media] = of(&resources, "Media")[..] else { panic!("one") };
    assert_eq!((&media["status"], &media["content"]["contentType"]), (&json!("completed"), &json!("image/jpeg")));
    assert_eq!(media["content"]["extension"][0]["valueString"], "ab".repeat(32));
    assert_eq!((&media["width"], &media["content"]["size"]), (&json!(4000), &json!(123_456)));
    assert!(media["content"].get("data").is_none());
    let carried = media["extension"].as_array().unwrap();
    assert_eq!(carried.len(), 1, "only care is in force");
    assert_eq!(carried[0]["valueReference"]["reference"], urn(&id(0xd1)));
    let statuses: Vec<_> =
        of(&resources, "Consent").iter().map(|consent| consent["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["active", "inactive", "active"]);
    let last = of(&resources, "Consent")[2];
    assert_eq!(
        (&last["provision"]["type"], &last["provision"]["purpose"][0]["code"]),
        (&json!("deny"), &json!("TRAIN"))
    );
    assert_eq!(of(&resources, "Provenance").len(), 3);
    assert_eq!(of(&resources, "Provenance")[2]["entity"][0]["role"], "revision");
    let text = serde_json::to_string(&resources).unwrap();
    assert!(!text.contains(&BASE64.encode(b"small")), "no small picture");
    for photo in [Photo { patient: id(9), ..photo() }, Photo { bytes: 0, ..photo() }] {
        assert!(matches!(
            made(PhotoExport { photo, consents: vec![], content: PhotoContent::DataOnly }),
            Err(Error::Invalid { .. })
        ));
    }
}

#[test]
fn an_exported_copy_carries_its_bytes_their_hash_and_its_one_consent() {
    let consents = vec![yes(0xd1, PhotoPurpose::Care), yes(0xd2, PhotoPurpose::Publication)];
    let content = PhotoContent::Marked(PhotoPurpose::Publication, JPEG.to_vec());
    let resources = made(PhotoExport { photo: photo(), consents, content }).unwrap();
    let media = of(&resources, "Media")[0];
    assert_eq!(media["content"]["data"], BASE64.encode(JPEG));
    assert_eq!(media["content"]["extension"][0]["valueString"], hex(&sha256(JPEG)));
    assert_eq!(media["content"]["size"], JPEG.len());
    assert_eq!(media["extension"].as_array().unwrap().len(), 1);
    assert_eq!(media["extension"][0]["valueReference"]["reference"], urn(&id(0xd2)));
    assert!(media.get("height").is_none(), "the strip makes it higher");
}
