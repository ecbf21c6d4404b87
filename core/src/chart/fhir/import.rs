//! Patients from a FHIR R4 Bundle: bounded, typed, all or nothing.
//!
//! Entries are read one at a time, so memory stays near the size of the largest one. Resources other than Patient are
//! skipped and counted. What a phone does not need is left out: social security, passport and driving licence numbers,
//! addresses, next of kin.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

use crate::crypto::{hex, hmac_sha256};
use crate::error::{Error, Result};
use crate::patient::{
    ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose,
    check_address, check_count, check_date, check_language, check_size, opaque_debug,
};

/// The largest Bundle: 8 MiB.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024;
/// Patients in one Bundle, at most.
pub const MAX_PATIENTS: usize = 5_000;
/// Lists and objects inside one another, at most; FHIR resources need about 10.
pub const MAX_DEPTH: usize = 32;
/// Identifier types (HL7 v2 table 0203) that stay out: social security, driving licence, passport.
const LEFT_OUT: [&str; 3] = ["SS", "DL", "PPN"];
/// Identifier systems that say the same without a type.
const LEFT_OUT_SYSTEMS: [&str; 2] = ["http://hl7.org/fhir/sid/us-ssn", "http://hl7.org/fhir/sid/passport"];

/// What an import found, beside the patients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct ImportReport {
    /// Patients imported.
    pub patients: u32,
    /// Resources of other types, skipped.
    pub skipped_resources: u32,
    /// Patients marked inactive by their institution, skipped.
    pub skipped_inactive: u32,
    /// Imported patients who died.
    pub deceased: u32,
    /// Imported patients without a name.
    pub nameless: u32,
    /// Imported patients whose date of birth is missing or names no day.
    pub birth_dates_missing: u32,
    /// Numbers and addresses left out: no phone number or email address, or beyond 32.
    pub contacts_left_out: u32,
    /// Identifiers left out: social security, licence and passport numbers, unusable ones, or beyond 32.
    pub identifiers_left_out: u32,
}

/// The whole result of an import; there is no partial one.
#[derive(Clone, PartialEq, Eq)]
pub struct Import {
    /// The patients, in the Bundle's order; each passes [`Patient::check`].
    pub patients: Vec<Patient>,
    /// What else there was.
    pub report: ImportReport,
}

opaque_debug!(Import);

/// Reads the patients of a Bundle.
///
/// `salt` is the vault's: an id is `HMAC-SHA256(salt, resource id)`, so that the same patient gets the same id again
/// and the id tells nobody anything. `now_ms` becomes the time of the records and ends past contact periods.
///
/// # Errors
/// `TooLarge` over [`MAX_BUNDLE_BYTES`] or [`MAX_PATIENTS`]; `Invalid` for what is not UTF-8, not JSON or cut short,
/// nested over [`MAX_DEPTH`], no Bundle, or holds a patient that cannot be read. Nothing is imported then.
pub fn import_patients(bytes: &[u8], salt: &[u8; 32], now_ms: i64) -> Result<Import> {
    check_count("bundle", bytes.len(), MAX_BUNDLE_BYTES)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Error::invalid("bundle", "not UTF-8"))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    check_depth(text.as_bytes())?;
    let entries = serde_json::from_str::<BundleIn>(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => Error::invalid("bundle", "cut short"),
        serde_json::error::Category::Data => Error::invalid("bundle", "not a FHIR Bundle"),
        _ => Error::invalid("bundle", "not JSON"),
    })?;
    if entries.resource_type != "Bundle" {
        return Err(Error::invalid("bundle", "not a FHIR Bundle"));
    }
    let mut report = ImportReport { skipped_resources: entries.entry.skipped, ..ImportReport::default() };
    if let Some(error) = entries.entry.failed {
        return Err(error);
    }
    let mut patients = Vec::with_capacity(entries.entry.patients.len());
    let mut seen = HashSet::new();
    for resource in entries.entry.patients {
        if resource.active == Some(false) {
            report.skipped_inactive += 1;
            continue;
        }
        let patient = patient(resource, salt, now_ms, &mut report)?;
        if !seen.insert(patient.id.clone()) {
            return Err(Error::invalid("bundle.patient", "the same patient twice"));
        }
        patients.push(patient);
    }
    report.patients = u32::try_from(patients.len()).map_err(|_| Error::invalid("bundle", "too many patients"))?;
    Ok(Import { patients, report })
}

/// Counts brackets outside of strings: cheap, before the parser allocates anything.
fn check_depth(bytes: &[u8]) -> Result<()> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Error::invalid("bundle", "nested too deep"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct BundleIn {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default)]
    entry: Entries,
}

/// The patients of `Bundle.entry`; the rest only counted. The first error stops reading, the last bytes are still parsed.
#[derive(Default)]
struct Entries {
    patients: Vec<PatientIn>,
    skipped: u32,
    failed: Option<Error>,
}

#[derive(Deserialize)]
struct EntryIn {
    resource: Option<Value>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Entries, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while entries.failed.is_none() {
                    let Some(entry) = list.next_element::<EntryIn>()? else { return Ok(entries) };
                    entries.take(entry);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(entries)
            }
        }

        deserializer.deserialize_seq(EntriesVisitor)
    }
}

impl Entries {
    fn take(&mut self, entry: EntryIn) {
        let is_patient = |resource: &Value| resource.get("resourceType").and_then(Value::as_str) == Some("Patient");
        let Some(resource) = entry.resource.filter(is_patient) else {
            self.skipped = self.skipped.saturating_add(1);
            return;
        };
        self.failed = check_count("bundle.patients", self.patients.len() + 1, MAX_PATIENTS).err();
        if self.failed.is_some() {
            return;
        }
        match serde_json::from_value(resource) {
            Ok(patient) => self.patients.push(patient),
            Err(_) => self.failed = Some(Error::invalid("bundle.patient", "an element of the wrong type")),
        }
    }
}

/// The elements of a FHIR R4 Patient that are read; all others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatientIn {
    id: Option<String>,
    active: Option<bool>,
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

fn patient(resource: PatientIn, salt: &[u8; 32], now_ms: i64, report: &mut ImportReport) -> Result<Patient> {
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
fn ended(end: &str, now_ms: i64) -> bool {
    let Ok(now) = super::instant(now_ms) else { return false };
    let day = end.get(..end.len().min(10)).unwrap_or("");
    !day.is_empty() && day.bytes().all(|b| b.is_ascii_digit() || b == b'-') && day < &now[..day.len()]
}

/// The preferred language, else the first one.
fn language(list: Vec<CommunicationIn>) -> Option<String> {
    let preferred = list.iter().find(|communication| communication.preferred == Some(true)).or(list.first())?;
    let codes = preferred.language.as_ref()?.coding.iter().filter_map(|coding| coding.code.as_deref());
    codes.filter(|code| check_language("language", code).is_ok()).map(str::to_owned).next()
}

#[cfg(test)]
mod tests;
