//! One FHIR R4 Patient as ours.

use serde::Deserialize;

use super::ImportReport;
use crate::crypto::{hex, hmac_sha256};
use crate::error::{Error, Result};
use crate::patient::{
    ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose,
    check_address, check_date, check_language, check_size,
};

/// Identifier types (HL7 v2 table 0203) that stay out: social security, driving licence, passport.
const LEFT_OUT: [&str; 3] = ["SS", "DL", "PPN"];
/// Identifier systems that say the same without a type.
const LEFT_OUT_SYSTEMS: [&str; 2] = ["http://hl7.org/fhir/sid/us-ssn", "http://hl7.org/fhir/sid/passport"];

/// The elements of a FHIR R4 Patient that are read; all others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PatientIn {
    pub(super) id: Option<String>,
    pub(super) active: Option<bool>,
    #[serde(default)]
    identifier: Vec<IdentifierIn>,
    #[serde(default)]
    name: Vec<NameIn>,
    #[serde(default)]
    telecom: Vec<TelecomIn>,
    birth_date: Option<String>,
    deceased_boolean: Option<bool>,
    deceased_date_time: Option<String>,
    #[serde(default)]
    communication: Vec<CommunicationIn>,
    #[serde(default)]
    extension: Vec<ExtensionIn>,
}

#[derive(Deserialize)]
struct IdentifierIn {
    #[serde(rename = "use")]
    used: Option<String>,
    r#type: Option<ConceptIn>,
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
struct ConceptIn {
    #[serde(default)]
    coding: Vec<CodingIn>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct CodingIn {
    code: Option<String>,
}

#[derive(Deserialize)]
struct NameIn {
    #[serde(rename = "use")]
    used: Option<String>,
    text: Option<String>,
    family: Option<String>,
    #[serde(default)]
    given: Vec<Option<String>>,
}

#[derive(Deserialize)]
struct TelecomIn {
    system: Option<String>,
    value: Option<String>,
    #[serde(rename = "use")]
    used: Option<String>,
    rank: Option<u32>,
    period: Option<PeriodIn>,
}

#[derive(Deserialize)]
struct PeriodIn {
    end: Option<String>,
}

#[derive(Deserialize)]
struct CommunicationIn {
    language: Option<ConceptIn>,
    preferred: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionIn {
    url: Option<String>,
    value_boolean: Option<bool>,
}

pub(super) fn patient(resource: PatientIn, salt: &[u8; 32], now_ms: i64, report: &mut ImportReport) -> Result<Patient> {
    let names = names(resource.name)?;
    let identifiers = identifiers(resource.identifier, report)?;
    let source = match (&resource.id, identifiers.first()) {
        (Some(id), _) if !id.is_empty() => ["id", "", id.as_str()],
        (_, Some(first)) => ["identifier", first.system.as_str(), first.value.as_str()],
        _ => return Err(Error::invalid("bundle.patient", "neither an id nor an identifier")),
    };
    // Each part with its length, so that no two sources have the same bytes.
    let parts: Vec<Vec<u8>> =
        source.iter().map(|part| [&part.len().to_be_bytes()[..], part.as_bytes()].concat()).collect();
    let id = hmac_sha256(salt, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let date_of_birth = resource.birth_date.filter(|date| check_date("birthDate", date).is_ok());
    let deceased = resource.deceased_boolean == Some(true) || resource.deceased_date_time.is_some();
    let interpreter = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";
    let patient = Patient {
        id: hex(&id[..16]),
        contacts: contacts(resource.telecom, now_ms, report),
        language: language(resource.communication),
        interpreter: resource
            .extension
            .iter()
            .any(|extension| extension.url.as_deref() == Some(interpreter) && extension.value_boolean == Some(true)),
        safeguarding: false,
        deceased,
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: now_ms,
        updated_ms: now_ms,
        names,
        date_of_birth,
        identifiers,
    };
    patient.check()?;
    report.deceased += u32::from(deceased);
    report.nameless += u32::from(patient.names.is_empty());
    report.birth_dates_missing += u32::from(patient.date_of_birth.is_none());
    Ok(patient)
}

/// What another resource of the Bundle may refer to this one by.
pub(super) fn names_of(full_url: Option<String>, id: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = full_url.into_iter().chain(id.map(|id| format!("Patient/{id}"))).collect();
    names.dedup();
    names
}

/// Names in use first (`usual`, then `official`), old and maiden ones last.
fn names(list: Vec<NameIn>) -> Result<Vec<PersonName>> {
    let place = |used: Option<&str>| match used {
        Some("usual") => 0u8,
        Some("official") => 1,
        Some("old" | "maiden") => 3,
        _ => 2,
    };
    let mut names: Vec<(u8, PersonName)> = Vec::new();
    for name in list {
        let clean = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut given: Vec<String> =
            name.given.into_iter().flatten().map(clean).filter(|given| !given.is_empty()).collect();
        let family = clean(name.family.unwrap_or_default());
        if given.is_empty() && family.is_empty() {
            // Only a display text: kept whole rather than guessed apart.
            given.extend(name.text.map(clean).filter(|text| !text.is_empty()));
        }
        if !given.is_empty() || !family.is_empty() {
            names.push((place(name.used.as_deref()), PersonName { given, family }));
        }
    }
    names.sort_by_key(|(place, _)| *place);
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// Record numbers first, as typed `MR`.
fn identifiers(list: Vec<IdentifierIn>, report: &mut ImportReport) -> Result<Vec<PatientIdentifier>> {
    let mut found: Vec<(u8, PatientIdentifier)> = Vec::new();
    for identifier in list {
        let codes = identifier.r#type.iter().flat_map(|kind| &kind.coding).filter_map(|coding| coding.code.as_deref());
        let codes: Vec<&str> = codes.collect();
        let system = identifier.system.as_deref().unwrap_or("");
        let secret = codes.iter().any(|code| LEFT_OUT.contains(code))
            || LEFT_OUT_SYSTEMS.iter().any(|left_out| system.starts_with(left_out));
        let value = identifier.value.as_deref().unwrap_or("").trim();
        if secret || value.is_empty() || identifier.used.as_deref() == Some("old") || found.len() >= 32 {
            report.identifiers_left_out = report.identifiers_left_out.saturating_add(1);
            continue;
        }
        check_size("bundle.patient.identifier", value, 256)?;
        let named = identifier.r#type.as_ref().and_then(|kind| kind.text.as_deref()).unwrap_or("unknown");
        let system = if system.trim().is_empty() { named } else { system };
        let place = u8::from(!codes.contains(&"MR"));
        found.push((place, PatientIdentifier { system: system.trim().to_owned(), value: value.to_owned() }));
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, identifier)| identifier).collect())
}

/// Usable numbers and addresses, by rank; old ones kept and marked, last. Nobody has verified any of them yet.
fn contacts(list: Vec<TelecomIn>, now_ms: i64, report: &mut ImportReport) -> Vec<ContactPoint> {
    let mut found: Vec<((bool, u32), ContactPoint)> = Vec::new();
    for telecom in list {
        let kind = match telecom.system.as_deref() {
            Some("phone" | "sms") => Some(ContactKind::Phone),
            Some("email") => Some(ContactKind::Email),
            _ => None,
        };
        let value = telecom.value.as_deref().unwrap_or("").trim().to_owned();
        let Some(kind) = kind.filter(|kind| check_address(*kind, &value).is_ok()) else {
            report.contacts_left_out = report.contacts_left_out.saturating_add(1);
            continue;
        };
        let ended = telecom.period.and_then(|period| period.end).is_some_and(|end| ended(&end, now_ms));
        let old = telecom.used.as_deref() == Some("old") || ended;
        let point = ContactPoint {
            value,
            kind,
            owner: ContactOwner::Patient,
            shared_with: None,
            safe_to_leave_message: false,
            verified_ms: None,
            old,
        };
        // One number is often listed twice, for calls and for texts; in use wins over old.
        let rank = telecom.rank.unwrap_or(u32::MAX);
        let same = found.iter().position(|(_, other)| other.kind == kind && other.canonical() == point.canonical());
        match same {
            Some(at) => {
                let (place, other) = &mut found[at];
                other.old &= old;
                *place = (other.old, place.1.min(rank));
            }
            None if found.len() >= 32 => report.contacts_left_out = report.contacts_left_out.saturating_add(1),
            None => found.push(((old, rank), point)),
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, point)| point).collect()
}

/// Whether a FHIR dateTime (`2026`, `2026-10`, `2026-10-01`, or with a time) lies on a day before that of `now_ms`.
pub(super) fn ended(end: &str, now_ms: i64) -> bool {
    let Ok(now) = super::super::instant(now_ms) else { return false };
    let day = end.get(..end.len().min(10)).unwrap_or("");
    !day.is_empty() && day.bytes().all(|b| b.is_ascii_digit() || b == b'-') && day < &now[..day.len()]
}

/// The preferred language, else the first one.
fn language(list: Vec<CommunicationIn>) -> Option<String> {
    let preferred = list.iter().find(|communication| communication.preferred == Some(true)).or(list.first())?;
    let codes = preferred.language.as_ref()?.coding.iter().filter_map(|coding| coding.code.as_deref());
    codes.filter(|code| check_language("language", code).is_ok()).map(str::to_owned).next()
}
