//! One FHIR R4 Consent as ours: what it says, before anybody decides whether it counts here.
//!
//! **A no** (`provision.type` deny, or status `rejected`) needs a patient and the extension that names a channel and a
//! number or address; anybody's will do. Its time is its own, never later than now; without a readable one it is now.
//!
//! **A yes** is a ledger entry only if it is exactly what our export writes: every term that `Session::record_consent`
//! demands, one number or address, the sensitive classes denied and nothing else said, and the warning's words known here
//! or with it under their hash. Whatever is less is left out: then nobody was asked as far as this phone knows.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::super::consent::{contact_system, denied};
use super::super::{CHANNEL_EXTENSION, TERMS_EXTENSION, WORDING_EXTENSION};
use crate::consent::{
    Allowed, Consent, ConsentBasis, ConsentEntry, ConsentTerms, HowGiven, WarningWording, Withdrawal,
};
use crate::crypto::{hex, sha256};
use crate::patient::{ContactKind, ContactOwner, check_address, check_date, check_short, opaque_debug};
use crate::policy::Channel;

/// Why a Consent does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum LeftOutReason {
    /// It names no patient whom this Bundle brings.
    NoPatient,
    /// The patient was set aside on this phone: damaged, and not written to.
    SetAside,
    /// A draft, a proposal, or entered in error.
    NotFinal,
    /// A no that names no channel with a number or address: ask the patient what they meant.
    NoChannel,
    /// A yes that lacks what a consent here needs, or says more than a phone understands: ask the patient.
    Incomplete,
    /// A yes to a warning whose words are neither known here nor with it: ask the patient.
    WordingUnknown,
    /// A yes that starts later than now, by this phone's clock.
    InTheFuture,
    /// A yes for a channel that the patient refused on this phone, which the Bundle does not know: ask the patient.
    RefusedHere,
}

/// A Consent that does not count.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentLeftOut {
    /// The patient's id, if the Bundle brings that patient.
    pub patient: Option<String>,
    /// The channel, if it names one.
    pub channel: Option<Channel>,
    /// Why.
    pub reason: LeftOutReason,
}

/// An answer that a Bundle brought.
#[derive(Clone, PartialEq, Eq)]
pub struct BroughtConsent {
    /// The answer, for the patient's id in this import.
    pub entry: ConsentEntry,
    /// Whether its institution says that it is the one in force.
    pub active: bool,
}

opaque_debug!(BroughtConsent);

/// What a Consent is here.
pub(super) enum Reading {
    Counts(Box<BroughtConsent>),
    LeftOut(ConsentLeftOut),
}

/// The elements of a FHIR R4 Consent that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentIn {
    status: Option<String>,
    patient: Option<ReferenceIn>,
    date_time: Option<String>,
    source_attachment: Option<AttachmentIn>,
    provision: Option<ProvisionIn>,
    #[serde(default)]
    extension: Vec<ExtensionIn>,
    modifier_extension: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ReferenceIn {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct AttachmentIn {
    language: Option<String>,
    data: Option<String>,
    #[serde(default)]
    extension: Vec<ExtensionIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvisionIn {
    r#type: Option<String>,
    period: Option<PeriodIn>,
    provision: Option<Value>,
    #[serde(default)]
    extension: Vec<ExtensionIn>,
    #[serde(default)]
    purpose: Vec<IgnoredAny>,
    id: Option<IgnoredAny>,
    /// Conditions that a phone does not understand: actor, action, class, code, data, ...
    #[serde(flatten)]
    more: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct PeriodIn {
    start: Option<String>,
    end: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionIn {
    url: Option<String>,
    #[serde(default)]
    extension: Vec<ExtensionIn>,
    value_code: Option<String>,
    value_string: Option<String>,
    value_positive_int: Option<u64>,
    value_instant: Option<String>,
    value_contact_point: Option<PointIn>,
}

#[derive(Deserialize)]
struct PointIn {
    system: Option<String>,
    value: Option<String>,
}

impl ConsentIn {
    /// How it calls its patient.
    pub(super) fn patient(&self) -> Option<&str> {
        self.patient.as_ref()?.reference.as_deref()
    }

    fn terms(&self) -> Terms<'_> {
        let found = self.extension.iter().find(|extension| extension.url.as_deref() == Some(TERMS_EXTENSION));
        Terms(found.map_or(&[], |extension| &extension.extension))
    }

    /// The channel's number or address; of a no, in anybody's extension of that name.
    fn point(&self, exact: bool) -> Option<&PointIn> {
        let here = |url: &str| if exact { url == CHANNEL_EXTENSION } else { url.ends_with("communication-channel") };
        let mut found = self.provision.iter().flat_map(|provision| &provision.extension);
        found.find(|extension| extension.url.as_deref().is_some_and(here))?.value_contact_point.as_ref()
    }
}

/// The parts of our extension.
#[derive(Clone, Copy)]
struct Terms<'a>(&'a [ExtensionIn]);

impl<'a> Terms<'a> {
    fn all(self, url: &'static str) -> impl Iterator<Item = &'a ExtensionIn> {
        self.0.iter().filter(move |part| part.url.as_deref() == Some(url))
    }

    fn text(self, url: &'static str) -> Option<&'a str> {
        self.all(url).find_map(|part| part.value_string.as_deref())
    }

    fn code<T: DeserializeOwned>(self, url: &'static str) -> Option<T> {
        self.all(url).find_map(|part| coded(part.value_code.as_deref()?))
    }
}

fn coded<T: DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(Value::String(code.to_owned())).ok()
}

/// What a Consent says; `patient` is whom it is about, if this import brings them.
pub(super) fn read(consent: ConsentIn, patient: Option<&str>, now_ms: i64, wordings: &[String]) -> Reading {
    let channel = channel_of(&consent);
    let left_out = |reason| Reading::LeftOut(ConsentLeftOut { patient: patient.map(str::to_owned), channel, reason });
    let Some(patient) = patient else { return left_out(LeftOutReason::NoPatient) };
    let status = consent.status.as_deref().unwrap_or("");
    if !matches!(status, "active" | "inactive" | "rejected") {
        return left_out(LeftOutReason::NotFinal);
    }
    let active = status == "active";
    let counts = |entry| Reading::Counts(Box::new(BroughtConsent { entry, active }));
    let kind = consent.provision.as_ref().and_then(|provision| provision.r#type.as_deref());
    if kind == Some("deny") || status == "rejected" {
        let Some(channel) = channel else { return left_out(LeftOutReason::NoChannel) };
        return match no(&consent, patient, channel, now_ms) {
            Some(entry) => counts(entry),
            None => left_out(LeftOutReason::NoChannel),
        };
    }
    match yes(&consent, patient, wordings).map(Consent::new) {
        Ok(Ok(consent)) if consent.terms().start_ms > now_ms => left_out(LeftOutReason::InTheFuture),
        Ok(Ok(consent)) => counts(ConsentEntry::Given(consent)),
        Ok(Err(_)) => left_out(LeftOutReason::Incomplete),
        Err(reason) => left_out(reason),
    }
}

/// Ours says the channel itself; from others it is told by what the number or address is for.
fn channel_of(consent: &ConsentIn) -> Option<Channel> {
    consent.terms().code("channel").or_else(|| match consent.point(false)?.system.as_deref()? {
        "sms" => Some(Channel::Sms),
        "email" => Some(Channel::Email),
        "phone" => Some(Channel::Phone),
        _ => None,
    })
}

/// A no counts with as little as possible: it never has more time than now, and never none.
fn no(consent: &ConsentIn, patient: &str, channel: Channel, now_ms: i64) -> Option<ConsentEntry> {
    let terms = consent.terms();
    let address = consent.point(false)?.value.as_deref()?.trim().to_owned();
    let kind = terms.code("contact-kind").unwrap_or_else(|| kind_of(&address));
    check_address(kind, &address).ok()?;
    let at_ms = consent.date_time.as_deref().and_then(moment).unwrap_or(now_ms).min(now_ms);
    if let Some(entry) = objection(consent, patient, at_ms) {
        return Some(entry);
    }
    let recorded_by = terms.text("recorded-by").filter(|who| check_short("recorded-by", who).is_ok());
    let words = consent.source_attachment.as_ref().and_then(|source| source.data.as_deref());
    let words = words.and_then(|data| String::from_utf8(BASE64.decode(data.as_bytes()).ok()?).ok());
    let mut withdrawal = Withdrawal {
        id: super::super::derived_id("curtain import no", patient),
        patient: patient.to_owned(),
        channel,
        kind,
        address,
        how: terms.code("how").unwrap_or(HowGiven::Imported),
        words,
        recorded_by: recorded_by.unwrap_or("Imported record").to_owned(),
        at_ms,
    };
    if withdrawal.check().is_err() {
        // Too many words, or a clock before 1970: the no counts all the same.
        withdrawal.words = None;
        withdrawal.at_ms = withdrawal.at_ms.max(0);
    }
    withdrawal.check().ok().map(|()| ConsentEntry::Withdrawn(withdrawal))
}

fn kind_of(address: &str) -> ContactKind {
    if address.contains('@') { ContactKind::Email } else { ContactKind::Phone }
}

/// A no to the question itself, as our export writes it.
fn objection(consent: &ConsentIn, patient: &str, at_ms: i64) -> Option<ConsentEntry> {
    let mut terms = complete(consent, patient)?;
    let review_by_ms = consent.terms().all("review-by").find_map(|part| moment(part.value_instant.as_deref()?))?;
    (terms.start_ms, terms.review_by_ms) = (at_ms, review_by_ms);
    let consent = Consent::new(terms).ok().filter(|consent| consent.terms().allowed == Allowed::Nothing)?;
    Some(ConsentEntry::Given(consent))
}

fn yes(consent: &ConsentIn, patient: &str, wordings: &[String]) -> Result<ConsentTerms, LeftOutReason> {
    const INCOMPLETE: LeftOutReason = LeftOutReason::Incomplete;
    let provision = consent.provision.as_ref().ok_or(INCOMPLETE)?;
    let as_exported = provision.r#type.as_deref() == Some("permit")
        && provision.more.is_empty()
        && provision.id.is_none()
        && provision.purpose.len() == 1
        && consent.modifier_extension.is_none()
        && provision.provision.as_ref() == Some(&denied());
    let mut terms = complete(consent, patient).filter(|_| as_exported).ok_or(INCOMPLETE)?;
    let period = provision.period.as_ref().ok_or(INCOMPLETE)?;
    let moment_of = |text: &Option<String>| text.as_deref().and_then(moment).ok_or(INCOMPLETE);
    terms.start_ms = moment_of(&consent.date_time)?;
    terms.review_by_ms = moment_of(&period.end)?;
    let point = consent.point(true).ok_or(INCOMPLETE)?;
    if terms.allowed == Allowed::Nothing
        || terms.start_ms != moment_of(&period.start)?
        || point.system.as_deref() != Some(contact_system(terms.channel))
    {
        return Err(INCOMPLETE);
    }
    let words = consent.source_attachment.as_ref().and_then(|source| source.data.as_deref());
    let said = words.and_then(|data| BASE64.decode(data.as_bytes()).ok()).map(|words| hex(&sha256(&words)));
    let known = match said {
        // Other words than it cites: neither is to be believed.
        Some(said) => said == terms.wording.sha256,
        None => wordings.contains(&terms.wording.sha256),
    };
    if known { Ok(terms) } else { Err(LeftOutReason::WordingUnknown) }
}

/// The terms without their times, if all are there.
fn complete(consent: &ConsentIn, patient: &str) -> Option<ConsentTerms> {
    let terms = consent.terms();
    let source = consent.source_attachment.as_ref()?;
    let hash = source.extension.iter().find(|extension| extension.url.as_deref() == Some(WORDING_EXTENSION))?;
    let alternatives: Option<Vec<Channel>> =
        terms.all("alternative").map(|part| coded(part.value_code.as_deref()?)).collect();
    let owner = terms.text("contact-owner").map(|who| ContactOwner::Other { who: who.to_owned() });
    let version = terms.all("wording-version").find_map(|part| part.value_positive_int)?;
    Some(ConsentTerms {
        id: super::super::derived_id("curtain import yes", patient),
        patient: patient.to_owned(),
        channel: terms.code("channel")?,
        kind: terms.code("contact-kind")?,
        address: consent.point(true)?.value.clone()?,
        owner: owner.unwrap_or(ContactOwner::Patient),
        allowed: terms.code("allowed")?,
        wording: WarningWording {
            id: terms.text("wording-id")?.to_owned(),
            version: u32::try_from(version).ok()?,
            sha256: hash.value_string.clone()?,
            language: source.language.clone()?,
        },
        alternatives: alternatives?,
        basis: terms.code::<ConsentBasis>("basis")?,
        how: terms.code("how")?,
        recorded_by: terms.text("recorded-by")?.to_owned(),
        witness: terms.text("witness").map(str::to_owned),
        interpreter: terms.text("interpreter").map(str::to_owned),
        start_ms: 0,
        review_by_ms: 0,
    })
}

/// Milliseconds of a FHIR `instant` or `dateTime`; of a day without a time, its end in UTC.
pub(super) fn moment(text: &str) -> Option<i64> {
    use time::format_description::well_known::Rfc3339;
    let whole = match text.len() {
        10 if check_date("date", text).is_ok() => format!("{text}T23:59:59.999Z"),
        11..=40 => text.to_owned(),
        _ => return None,
    };
    let at = time::OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}
