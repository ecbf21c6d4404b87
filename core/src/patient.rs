//! Who a note or a message is about: names, identifiers, and how to reach them, each number with its owner.
//!
//! Records are checked when they are written and when they are read; times are milliseconds since 1970 UTC,
//! ids are 128 bits as 32 lower-case hexadecimal digits. `Debug` never shows content.

mod similar;

use crate::error::{Error, Result};

pub use similar::similar_patients;

/// Names of one patient, at most.
const MAX_NAMES: usize = 8;
/// Given names in one name, at most.
const MAX_GIVEN: usize = 8;
/// Identifiers, and contact points, of one patient, at most.
const MAX_LISTED: usize = 32;
/// Bytes of one name, identifier or other short text, at most.
pub(crate) const MAX_SHORT: usize = 256;

/// `Debug` that names the type and none of its content, so that no log ever carries a patient's text.
macro_rules! opaque_debug {
    ($($name:ident),+ $(,)?) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        })+
    };
}
pub(crate) use opaque_debug;

/// One name of a patient; the first of the list is the one in use.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// Given names in order; may be empty when `family` is not.
    pub given: Vec<String>,
    /// Family name; may be empty when `given` is not.
    pub family: String,
}

/// A number that an institution knows the patient by (FHIR R4 `Identifier`).
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct PatientIdentifier {
    /// Who issued it: a URI, or a short word such as `MRN`.
    pub system: String,
    /// The number itself.
    pub value: String,
}

/// What a contact point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// A telephone number, for calls and texts.
    Phone,
    /// An email address.
    Email,
}

/// Whose number or address it is.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ContactOwner {
    /// The patient's own.
    Patient,
    /// Somebody else's, for example a daughter's.
    Other {
        /// Who, in a few words.
        who: String,
    },
}

/// A number or address, and what is known about who sees what arrives there.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct ContactPoint {
    /// The number or address, as written.
    pub value: String,
    /// Phone or email.
    pub kind: ContactKind,
    /// Whose it is.
    pub owner: ContactOwner,
    /// Who else uses it, if anybody.
    pub shared_with: Option<String>,
    /// Whether the patient said that a voicemail may be left there.
    pub safe_to_leave_message: bool,
    /// When it was last checked with the patient (ms); `None` if never.
    pub verified_ms: Option<i64>,
    /// No longer theirs: kept for the record, never used, its consents void.
    pub old: bool,
}

impl ContactPoint {
    /// The form that two spellings of the same number or address share, see [`canonical_address`].
    pub fn canonical(&self) -> String {
        canonical_address(self.kind, &self.value)
    }

    /// Refuses what is no phone number or email address.
    fn check(&self) -> Result<()> {
        check_address(self.kind, &self.value)?;
        check_owner(&self.owner)?;
        if let Some(who) = &self.shared_with {
            check_short("contact.shared_with", who)?;
        }
        check_time_if("contact.verified_ms", self.verified_ms)
    }
}

/// What a record about a patient is kept for; becomes `v3-ActReason` in FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Treating this patient (`TREAT`).
    Treatment,
    /// Managing their care, for example appointments (`CAREMGT`).
    CareManagement,
    /// Handing over between clinicians (`COC`).
    CoordinationOfCare,
    /// The patient asked for it (`PATRQT`).
    PatientRequest,
}

/// On what ground it may be kept. Required on every patient-linked record (GDPR article 9, HIPAA 45 CFR 164.506).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    /// Treatment, payment and operations: HIPAA 45 CFR 164.506.
    TreatmentOperations,
    /// Direct care under professional secrecy: GDPR articles 6(1)(e) and 9(2)(h).
    DirectCare,
    /// The patient's explicit consent: GDPR article 9(2)(a), HIPAA 45 CFR 164.508.
    ExplicitConsent,
    /// Vital interests: GDPR articles 6(1)(d) and 9(2)(c).
    VitalInterests,
}

/// A patient on this phone.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Names, the one in use first. Empty only for an unknown patient who has an identifier.
    pub names: Vec<PersonName>,
    /// `YYYY-MM-DD`, or `None` if not known.
    pub date_of_birth: Option<String>,
    /// Record numbers; the first is shown.
    pub identifiers: Vec<PatientIdentifier>,
    /// Numbers and addresses, the preferred one first.
    pub contacts: Vec<ContactPoint>,
    /// Preferred language, BCP 47 (`es`, `en-US`).
    pub language: Option<String>,
    /// Whether an interpreter is needed.
    pub interpreter: bool,
    /// Only the safe number may be used, and only to call.
    pub safeguarding: bool,
    /// Died; nothing may be sent to their numbers.
    pub deceased: bool,
    /// What the record is kept for.
    pub purpose: Purpose,
    /// On what ground.
    pub basis: LawfulBasis,
    /// When it was first written (ms).
    pub created_ms: i64,
    /// When it was last changed (ms).
    pub updated_ms: i64,
}

/// What a list shows of a patient: two identifiers beside the name, so that nobody is mixed up.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct PatientSummary {
    /// The patient's id.
    pub id: String,
    /// Name in use, `Given Family`; the identifier in angle brackets for an unknown patient.
    pub display_name: String,
    /// `YYYY-MM-DD` if known.
    pub date_of_birth: Option<String>,
    /// The first record number.
    pub identifier: Option<String>,
    /// Only call, on the safe number.
    pub safeguarding: bool,
    /// Died.
    pub deceased: bool,
}

opaque_debug!(PersonName, PatientIdentifier, ContactOwner, ContactPoint, Patient, PatientSummary);

impl Patient {
    /// Refuses a record that breaks a rule of its fields.
    ///
    /// # Errors
    /// `Invalid` with the field and a constant reason, `TooLarge` when a list or a text is over its limit.
    pub fn check(&self) -> Result<()> {
        check_id("patient.id", &self.id)?;
        check_count("patient.names", self.names.len(), MAX_NAMES)?;
        check_count("patient.identifiers", self.identifiers.len(), MAX_LISTED)?;
        check_count("patient.contacts", self.contacts.len(), MAX_LISTED)?;
        if self.names.is_empty() && self.identifiers.is_empty() {
            return Err(Error::invalid("patient.names", "neither a name nor an identifier"));
        }
        for name in &self.names {
            check_count("patient.names.given", name.given.len(), MAX_GIVEN)?;
            if name.given.is_empty() && name.family.is_empty() {
                return Err(Error::invalid("patient.names", "empty"));
            }
            name.given.iter().try_for_each(|given| check_short("patient.names.given", given))?;
            if !name.family.is_empty() {
                check_short("patient.names.family", &name.family)?;
            }
        }
        if let Some(date) = &self.date_of_birth {
            check_date("patient.date_of_birth", date)?;
        }
        for identifier in &self.identifiers {
            check_short("patient.identifiers.system", &identifier.system)?;
            check_short("patient.identifiers.value", &identifier.value)?;
        }
        self.contacts.iter().try_for_each(ContactPoint::check)?;
        if let Some(language) = &self.language {
            check_language("patient.language", language)?;
        }
        check_time("patient.created_ms", self.created_ms)?;
        check_time("patient.updated_ms", self.updated_ms)
    }

    /// What lists show.
    pub fn summary(&self) -> PatientSummary {
        PatientSummary {
            id: self.id.clone(),
            display_name: self.display_name(),
            date_of_birth: self.date_of_birth.clone(),
            identifier: self.identifiers.first().map(|identifier| identifier.value.clone()),
            safeguarding: self.safeguarding,
            deceased: self.deceased,
        }
    }

    /// The first given name of the name in use: what a greeting may carry.
    pub fn first_name(&self) -> Option<&str> {
        self.names.first().and_then(|name| name.given.first()).map(String::as_str)
    }

    /// `Given Family`, or `<identifier>` for an unknown patient.
    pub fn display_name(&self) -> String {
        match self.names.first() {
            Some(name) => {
                let words = name.given.iter().map(String::as_str).chain([name.family.as_str()]);
                words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            }
            None => format!("<{}>", self.identifiers.first().map_or("", |identifier| identifier.value.as_str())),
        }
    }

    /// The contact point in use that has this number or address, whatever its spelling; `None` for old ones.
    pub fn contact(&self, address: &str) -> Option<&ContactPoint> {
        self.contacts
            .iter()
            .filter(|contact| !contact.old)
            .find(|contact| contact.canonical() == canonical_address(contact.kind, address))
    }
}

/// The form that two spellings of one number or address share: a phone number's digits, with `+` if it had one;
/// an email address in lower case. A number with and without country code stay two numbers: consent is for the exact one.
pub fn canonical_address(kind: ContactKind, value: &str) -> String {
    let value = value.trim();
    match kind {
        ContactKind::Phone => value
            .char_indices()
            .filter(|(at, c)| c.is_ascii_digit() || (*at == 0 && *c == '+'))
            .map(|(_, c)| c)
            .collect(),
        ContactKind::Email => value.to_lowercase(),
    }
}

/// Refuses what is no phone number (3 to 20 digits and the usual punctuation) or email address (RFC 5321 lengths).
pub(crate) fn check_address(kind: ContactKind, value: &str) -> Result<()> {
    check_short("contact.value", value)?;
    let good = match kind {
        ContactKind::Phone => {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            let plus_leads = value.trim().rfind('+').is_none_or(|at| at == 0);
            plus_leads
                && (3..=20).contains(&digits)
                && value.chars().all(|c| c.is_ascii_digit() || "+-(). /".contains(c))
        }
        ContactKind::Email => value.split_once('@').is_some_and(|(local, domain)| {
            (1..=64).contains(&local.len())
                && (1..=189).contains(&domain.len())
                && !domain.contains('@')
                && !value.chars().any(|c| c.is_whitespace() || "<>,;\"".contains(c))
        }),
    };
    if good { Ok(()) } else { Err(Error::invalid("contact.value", "no phone number or email address")) }
}

pub(crate) fn check_owner(owner: &ContactOwner) -> Result<()> {
    match owner {
        ContactOwner::Patient => Ok(()),
        ContactOwner::Other { who } => check_short("contact.owner", who),
    }
}

/// Exactly 32 lower-case hexadecimal digits.
pub(crate) fn check_id(field: &'static str, id: &str) -> Result<()> {
    check_hex(field, id, 32)
}

pub(crate) fn check_hex(field: &'static str, text: &str, digits: usize) -> Result<()> {
    if text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(())
    } else {
        Err(Error::invalid(field, "not lower-case hexadecimal of its length"))
    }
}

/// Not blank, on one line, at most [`MAX_SHORT`] bytes.
pub(crate) fn check_short(field: &'static str, text: &str) -> Result<()> {
    check_size(field, text, MAX_SHORT)?;
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "empty"));
    }
    // Bidirectional overrides can make a name or number read as another one (Unicode TR 36).
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')) {
        return Err(Error::invalid(field, "control character"));
    }
    Ok(())
}

pub(crate) fn check_size(field: &'static str, text: &str, limit: usize) -> Result<()> {
    check_count(field, text.len(), limit)
}

pub(crate) fn check_count(field: &'static str, count: usize, limit: usize) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { field, limit: u64::try_from(limit).unwrap_or(u64::MAX) })
}

/// A time from 1970 to 9999, the range that FHIR instants can say.
pub(crate) fn check_time(field: &'static str, ms: i64) -> Result<()> {
    if (0..=253_402_300_799_999).contains(&ms) { Ok(()) } else { Err(Error::invalid(field, "not a time")) }
}

pub(crate) fn check_time_if(field: &'static str, ms: Option<i64>) -> Result<()> {
    ms.map_or(Ok(()), |ms| check_time(field, ms))
}

/// The shape of a BCP 47 tag: letters first, then groups of at most 8 letters and digits.
pub(crate) fn check_language(field: &'static str, tag: &str) -> Result<()> {
    let mut parts = tag.split('-');
    let first = parts.next().is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    if first && rest && tag.len() <= 35 { Ok(()) } else { Err(Error::invalid(field, "not a language tag")) }
}

/// A day of the Gregorian calendar, `YYYY-MM-DD`, from 1850 to 2199.
pub(crate) fn check_date(field: &'static str, date: &str) -> Result<()> {
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = date.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let bytes = date.as_bytes();
    let shaped = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    let day_exists = || {
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        ((1850..2200).contains(&year) && (1..=days).contains(&day)).then_some(())
    };
    if shaped && day_exists().is_some() { Ok(()) } else { Err(Error::invalid(field, "no date of the form YYYY-MM-DD")) }
}

#[cfg(test)]
pub(crate) mod tests;
