//! Patients from a FHIR R4 Bundle: bounded, typed, all or nothing.
//!
//! Entries are read one at a time, so memory stays near the size of the largest one. Resources other than Patient are
//! skipped and counted. What a phone does not need is left out: social security, passport and driving licence numbers,
//! addresses, next of kin.

mod resource;

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

use resource::PatientIn;

use crate::error::{Error, Result};
use crate::patient::{Patient, check_count, opaque_debug};

/// The largest Bundle: 8 MiB.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024;
/// Patients in one Bundle, at most.
pub const MAX_PATIENTS: usize = 5_000;
/// Lists and objects inside one another, at most; FHIR resources need about 10.
pub const MAX_DEPTH: usize = 32;
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
        let patient = resource::patient(resource, salt, now_ms, &mut report)?;
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

#[cfg(test)]
mod tests;
