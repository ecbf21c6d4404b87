//! Patients and their Consents from a FHIR R4 Bundle: bounded, typed, all or nothing.
//!
//! Entries are read one at a time, so memory stays near the size of the largest one. Resources of other types are
//! skipped and counted. What a phone does not need is left out: social security, passport and driving licence numbers,
//! addresses, next of kin. A Consent that says no counts; one that says yes counts only under the rules of [`consent`].

mod consent;
mod resource;
mod settle;

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

pub use consent::{BroughtConsent, ConsentLeftOut, LeftOutReason};
pub use settle::{Settled, settle};

use consent::{ConsentIn, Reading};
use resource::PatientIn;

use crate::error::{Error, Result};
use crate::patient::{Patient, check_count, opaque_debug};

/// The largest Bundle: 8 MiB.
pub const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024;
/// Patients in one Bundle, at most.
pub const MAX_PATIENTS: usize = 5_000;
/// Consents in one Bundle, at most.
pub const MAX_CONSENTS: usize = 20_000;
/// Lists and objects inside one another, at most; FHIR resources need about 10.
pub const MAX_DEPTH: usize = 32;

/// What an import found, beside the patients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct ImportReport {
    /// Patients imported.
    pub patients: u32,
    /// Consents that the Bundle holds, read or left out.
    pub consents: u32,
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
    /// For each patient the id that the Bundle gave it, if that is a UUID (32 hexadecimal digits), else empty: in this
    /// phone's own export it is the patient's id here.
    pub claimed: Vec<String>,
    /// The answers, in the Bundle's order; [`settle`] says which of them count.
    pub consents: Vec<BroughtConsent>,
    /// Consents that cannot count, and why.
    pub left_out: Vec<ConsentLeftOut>,
    /// What else there was.
    pub report: ImportReport,
}

opaque_debug!(Import);

/// Reads the patients and consents of a Bundle.
///
/// `salt` is the vault's: an id is `HMAC-SHA256(salt, resource id)`, so that the same patient gets the same id again
/// and the id tells nobody anything. `now_ms` becomes the time of the records and ends past contact periods. `wordings`
/// are the SHA-256 (64 hexadecimal digits) of the warnings that this phone knows.
///
/// # Errors
/// `TooLarge` over [`MAX_BUNDLE_BYTES`], [`MAX_PATIENTS`] or [`MAX_CONSENTS`]; `Invalid` for what is not UTF-8, not
/// JSON or cut short, nested over [`MAX_DEPTH`], no Bundle, or holds a patient or consent with an element of the wrong
/// type. Nothing is imported then.
pub fn import(bytes: &[u8], salt: &[u8; 32], now_ms: i64, wordings: &[String]) -> Result<Import> {
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
    let report = ImportReport { skipped_resources: entries.entry.skipped, ..ImportReport::default() };
    if let Some(error) = entries.entry.failed {
        return Err(error);
    }
    let mut import = Import {
        patients: Vec::with_capacity(entries.entry.patients.len()),
        claimed: Vec::with_capacity(entries.entry.patients.len()),
        consents: Vec::new(),
        left_out: Vec::new(),
        report,
    };
    let mut seen = HashSet::new();
    // What a Consent may call its patient; `None` for one that is not imported, or a name that two have.
    let mut named: HashMap<String, Option<String>> = HashMap::new();
    for (full_url, resource) in entries.entry.patients {
        let names = resource::names_of(full_url, resource.id.as_deref());
        let claimed = resource.id.as_deref().and_then(plain_uuid).unwrap_or_default();
        let found = if resource.active == Some(false) {
            import.report.skipped_inactive += 1;
            None
        } else {
            let patient = resource::patient(resource, salt, now_ms, &mut import.report)?;
            if !seen.insert(patient.id.clone()) {
                return Err(Error::invalid("bundle.patient", "the same patient twice"));
            }
            let id = patient.id.clone();
            import.patients.push(patient);
            import.claimed.push(claimed);
            Some(id)
        };
        for name in names {
            named.entry(name).and_modify(|other| *other = None).or_insert_with(|| found.clone());
        }
    }
    let count = |number: usize| u32::try_from(number).map_err(|_| Error::invalid("bundle", "too many resources"));
    import.report.patients = count(import.patients.len())?;
    import.report.consents = count(entries.entry.consents.len())?;
    for consent in entries.entry.consents {
        let patient = consent.patient().and_then(|name| named.get(name)).cloned().flatten();
        match consent::read(consent, patient.as_deref(), now_ms, wordings) {
            Reading::Counts(brought) => import.consents.push(*brought),
            Reading::LeftOut(left_out) => import.left_out.push(left_out),
        }
    }
    Ok(import)
}

/// A UUID as 32 lower-case hexadecimal digits.
fn plain_uuid(id: &str) -> Option<String> {
    let plain = id.replace('-', "");
    (id.len() == 36 && crate::patient::check_id("id", &plain).is_ok()).then_some(plain)
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

/// The patients and consents of `Bundle.entry`; the rest only counted. The first error stops reading, the last bytes are still parsed.
#[derive(Default)]
struct Entries {
    patients: Vec<(Option<String>, PatientIn)>,
    consents: Vec<ConsentIn>,
    skipped: u32,
    failed: Option<Error>,
}

#[derive(Deserialize)]
struct EntryIn {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
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
        let kind = entry.resource.as_ref().and_then(|resource| resource.get("resourceType")).and_then(Value::as_str);
        let taken = match (kind, entry.resource.as_ref()) {
            (Some("Patient"), Some(resource)) => PatientIn::deserialize(resource)
                .map_err(|_| Error::invalid("bundle.patient", "an element of the wrong type"))
                .map(|patient| self.patients.push((entry.full_url, patient)))
                .and_then(|()| check_count("bundle.patients", self.patients.len(), MAX_PATIENTS)),
            (Some("Consent"), Some(resource)) => ConsentIn::deserialize(resource)
                .map_err(|_| Error::invalid("bundle.consent", "an element of the wrong type"))
                .map(|consent| self.consents.push(consent))
                .and_then(|()| check_count("bundle.consents", self.consents.len(), MAX_CONSENTS)),
            _ => {
                self.skipped = self.skipped.saturating_add(1);
                Ok(())
            }
        };
        self.failed = taken.err();
    }
}

#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod tests;
