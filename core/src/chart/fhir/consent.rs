//! Consents as R4 has them: a yes is `permit` with the sensitive classes denied one level down, a no is `deny`; each has
//! a Provenance. The shape is that of IHE PCF Advanced. What R4 has no element for (the exact channel, what was offered,
//! on what it stands, who heard it) is one extension, [`TERMS_EXTENSION`], that the import reads back.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::Party;
use super::export::{Export, belongs};
use super::{
    ACT_CODE, ACT_REASON, CHANNEL_EXTENSION, LOINC, TERMS_EXTENSION, WORDING_EXTENSION, coding, concept, derived_id,
    instant, label, reference, urn,
};
use crate::consent::{Allowed, Consent, ConsentEntry, ConsentStanding, ConsentTerms, Withdrawal, governing};
use crate::error::Result;
use crate::patient::{ContactOwner, Patient};
use crate::policy::Channel;

/// A yes or an objection; `active` only while it is the one that decides.
pub(super) fn given(
    consent: &Consent,
    entry: &ConsentEntry,
    patient: &Patient,
    party: &Party,
    export: &Export<'_>,
) -> Result<Value> {
    let terms = consent.terms();
    belongs(&terms.patient, patient)?;
    let (deciding, standing) = governing(export.consents, patient, terms.channel, &terms.address, export.at_ms);
    let holds = matches!(standing, ConsentStanding::InForce { .. } | ConsentStanding::Objected);
    let active = holds && deciding.is_some_and(|deciding| deciding.id() == entry.id());
    let words = export.warnings.iter().find(|warning| warning.sha256 == terms.wording.sha256).map(|w| w.text);
    let wording_hash = json!({"url": WORDING_EXTENSION, "valueString": terms.wording.sha256});
    let permit = terms.allowed != Allowed::Nothing;
    let title = format!("Wording {} v{}", terms.wording.id, terms.wording.version);
    Ok(json!({
        "resourceType": "Consent",
        "extension": [terms_extension(terms)?],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(&terms.id)}],
        "status": if active { "active" } else { "inactive" },
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": category(terms.channel, if permit { "" } else { " declined" }),
        "patient": reference(party),
        "dateTime": instant(terms.start_ms)?,
        "performer": [reference(party)],
        "organization": [reference(&export.origin.clinic)],
        "sourceAttachment": {
            "extension": [wording_hash],
            "contentType": "text/plain",
            "language": terms.wording.language,
            "data": words.map(|words| BASE64.encode(words.as_bytes())),
            "title": title,
        },
        "policy": [{"uri": export.origin.policy_uri}],
        "provision": {
            "type": if permit { "permit" } else { "deny" },
            "period": {"start": instant(terms.start_ms)?, "end": permit.then(|| instant(terms.review_by_ms)).transpose()?},
            "extension": [channel_extension(terms.channel, &terms.address)],
            "purpose": [coding(ACT_REASON, if terms.allowed == Allowed::Logistics { "CAREMGT" } else { "TREAT" })],
            "provision": if permit { denied() } else { Value::Null },
        },
    }))
}

pub(super) fn withdrawn(
    withdrawal: &Withdrawal,
    entry: &ConsentEntry,
    patient: &Patient,
    party: &Party,
    export: &Export<'_>,
) -> Result<Value> {
    withdrawal.check()?;
    belongs(&withdrawal.patient, patient)?;
    let (deciding, _) = governing(export.consents, patient, withdrawal.channel, &withdrawal.address, export.at_ms);
    let active = deciding.is_some_and(|deciding| deciding.id() == entry.id());
    let words = withdrawal.words.as_deref().filter(|words| !words.is_empty());
    let title = if words.is_some() { "The patient's words" } else { "Withdrawal, said to the clinician" };
    Ok(json!({
        "resourceType": "Consent",
        "extension": [withdrawal_extension(withdrawal)],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(&withdrawal.id)}],
        "status": if active { "active" } else { "inactive" },
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": category(withdrawal.channel, " withdrawn"),
        "patient": reference(party),
        "dateTime": instant(withdrawal.at_ms)?,
        "performer": [reference(party)],
        "organization": [reference(&export.origin.clinic)],
        "sourceAttachment": {
            "contentType": "text/plain",
            "data": words.map(|words| BASE64.encode(words.as_bytes())),
            "title": title,
        },
        "policy": [{"uri": export.origin.policy_uri}],
        "provision": {
            "type": "deny",
            "period": {"start": instant(withdrawal.at_ms)?},
            "extension": [channel_extension(withdrawal.channel, &withdrawal.address)],
        },
    }))
}

fn category(channel: Channel, suffix: &str) -> Value {
    let coding = json!([{"system": LOINC, "code": "59284-0", "display": "Patient Consent"}]);
    json!([{"coding": coding, "text": format!("Communication preference: {}{suffix}", label(channel))}])
}

/// R4's Consent has no element for a channel: importers that do not know this extension still see a valid Consent.
pub(super) fn channel_extension(channel: Channel, address: &str) -> Value {
    json!({"url": CHANNEL_EXTENSION, "valueContactPoint": {"system": contact_system(channel), "value": address}})
}

/// `ContactPoint.system` of a channel.
pub(super) const fn contact_system(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Phone => "phone",
        Channel::Email | Channel::PersonalEmail => "email",
        Channel::Portal | Channel::Telehealth => "url",
        Channel::SecureMessaging | Channel::Whatsapp | Channel::Imessage => "other",
    }
}

fn part(url: &str, value: &str, content: impl serde::Serialize) -> Value {
    json!({"url": url, value: content})
}

fn terms_extension(terms: &ConsentTerms) -> Result<Value> {
    let mut parts = vec![
        part("channel", "valueCode", terms.channel),
        part("contact-kind", "valueCode", terms.kind),
        part("allowed", "valueCode", terms.allowed),
        part("basis", "valueCode", terms.basis),
        part("how", "valueCode", terms.how),
        part("wording-id", "valueString", &terms.wording.id),
        part("wording-version", "valuePositiveInt", terms.wording.version),
        part("recorded-by", "valueString", &terms.recorded_by),
        part("review-by", "valueInstant", instant(terms.review_by_ms)?),
    ];
    parts.extend(terms.alternatives.iter().map(|channel| part("alternative", "valueCode", channel)));
    if let ContactOwner::Other { who } = &terms.owner {
        parts.push(part("contact-owner", "valueString", who));
    }
    parts.extend(terms.witness.iter().map(|who| part("witness", "valueString", who)));
    parts.extend(terms.interpreter.iter().map(|who| part("interpreter", "valueString", who)));
    Ok(json!({"url": TERMS_EXTENSION, "extension": parts}))
}

fn withdrawal_extension(withdrawal: &Withdrawal) -> Value {
    json!({"url": TERMS_EXTENSION, "extension": [
        part("channel", "valueCode", withdrawal.channel),
        part("contact-kind", "valueCode", withdrawal.kind),
        part("how", "valueCode", withdrawal.how),
        part("recorded-by", "valueString", &withdrawal.recorded_by),
    ]})
}

/// What every yes denies one level down.
pub(super) fn denied() -> Value {
    json!([{"type": "deny", "securityLabel": sensitive()}])
}

/// The sensitive classes, which no consent opens on an open channel (design.md section 3), as R4 has them.
fn sensitive() -> Vec<Value> {
    let labels = [
        ("HIV", "HIV/AIDS information sensitivity"),
        ("STD", "sexually transmitted disease information sensitivity"),
        ("PSY", "psychiatry disorder information sensitivity"),
        ("ETH", "substance abuse information sensitivity"),
        ("SEX", "sexuality and reproductive health information sensitivity"),
        ("SDV", "sexual assault, abuse, or domestic violence information sensitivity"),
        ("GDIS", "genetic disease information sensitivity"),
    ];
    labels.iter().map(|(code, display)| json!({"system": ACT_CODE, "code": code, "display": display})).collect()
}

/// The id of a consent's Provenance.
pub(super) fn provenance_id(entry: &ConsentEntry) -> String {
    derived_id("curtain provenance", entry.id())
}

/// Who recorded a consent or a withdrawal, and which one it revises.
pub(super) fn provenance(entry: &ConsentEntry, export: &Export<'_>) -> Result<Value> {
    let recorded_by = match entry {
        ConsentEntry::Given(consent) => &consent.terms().recorded_by,
        ConsentEntry::Withdrawn(withdrawal) => &withdrawal.recorded_by,
    };
    let revised = export
        .consents
        .iter()
        .filter(|earlier| earlier.same_subject(entry) && earlier.at_ms() < entry.at_ms())
        .max_by_key(|earlier| (earlier.at_ms(), earlier.id()));
    let at = instant(entry.at_ms())?;
    let clinician = &export.origin.clinician;
    let who = if *recorded_by == clinician.display { reference(clinician) } else { json!({"display": recorded_by}) };
    let participant = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
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
            "type": concept(participant, "enterer"),
            "who": who,
            "onBehalfOf": reference(&export.origin.clinic),
        }],
        "entity": revised.map(|earlier| json!([{"role": "revision", "what": {"reference": urn(earlier.id())}}])),
    }))
}
