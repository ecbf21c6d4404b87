//! One patient's record as a `collection` Bundle: Patient, Consent, Communication, DocumentReference, AuditEvent,
//! Provenance, Device, Organization, Practitioner. The patient is a pseudonym; the institution maps it on import.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::{AuditRecord, HandedOff, HandedOffOutcome, Origin, Party};
use super::{
    ACT_CODE, ACT_REASON, CONFIDENTIALITY, LOINC, audit, coding, concept, instant, label, medium, prune, reference,
    urn, uuid,
};
use crate::consent::{Allowed, Consent, ConsentEntry, ConsentStanding, Withdrawal, governing};
use crate::error::{Error, Result};
use crate::note::{ChartKind, ChartNote};
use crate::patient::{ContactKind, ContactOwner, ContactPoint, Patient, check_count, check_short};
use crate::policy::Channel;

/// Items of one kind in one export, at most.
const MAX_ITEMS: usize = 10_000;

/// The words of a warning; exported with the consents that name its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WarningText<'a> {
    /// SHA-256 of the words, 64 hexadecimal digits, as in the consent.
    pub sha256: &'a str,
    /// The words.
    pub text: &'a str,
}

/// What goes into one Bundle.
#[derive(Clone, Copy)]
pub struct Export<'a> {
    /// Where it comes from.
    pub origin: &'a Origin,
    /// The patient; `None` for events of the phone alone (unlock, wipe).
    pub patient: Option<&'a Patient>,
    /// What the patient is called outside of this phone, for example `P-0042`; empty without a patient.
    pub pseudonym: &'a str,
    /// The patient's history.
    pub consents: &'a [ConsentEntry],
    /// The words of the warnings that they heard.
    pub warnings: &'a [WarningText<'a>],
    /// Their messages.
    pub messages: &'a [HandedOff],
    /// Their chart texts.
    pub notes: &'a [ChartNote],
    /// What the journal says.
    pub audit: &'a [AuditRecord],
    /// When the export is made (ms).
    pub at_ms: i64,
}

/// Builds the Bundle. The same export gives the same bytes.
///
/// # Errors
/// `Invalid` for a time, id or reference that does not hold, or an item of another patient; `TooLarge` over 10,000
/// items of one kind.
pub fn bundle(export: &Export<'_>) -> Result<Value> {
    let origin = export.origin;
    origin.check()?;
    let counts = [export.consents.len(), export.messages.len(), export.notes.len(), export.audit.len()];
    counts.into_iter().try_for_each(|count| check_count("export", count, MAX_ITEMS))?;
    let subject = match export.patient {
        Some(patient) => {
            patient.check()?;
            check_short("export.pseudonym", export.pseudonym)?;
            let display = format!("Patient (local pseudonym {})", export.pseudonym);
            Some((patient, Party { id: patient.id.clone(), display }))
        }
        None if export.consents.len() + export.messages.len() + export.notes.len() > 0 => {
            return Err(Error::invalid("export.patient", "records without their patient"));
        }
        None => None,
    };
    let mut resources = Vec::new();
    if let Some((patient, party)) = &subject {
        resources.push((patient.id.as_str(), patient_resource(patient, export)?));
        for entry in export.consents {
            let resource = match entry {
                ConsentEntry::Given(consent) => given(consent, entry, patient, party, export)?,
                ConsentEntry::Withdrawn(withdrawal) => withdrawn(withdrawal, entry, patient, party, export)?,
            };
            resources.push((entry.id(), resource));
        }
        for message in export.messages {
            belongs(&message.patient, patient)?;
            resources.push((&message.id, communication(message, party, origin)?));
        }
        for note in export.notes {
            belongs(&note.patient, patient)?;
            resources.push((&note.id, document(note, party, export)?));
        }
    }
    for record in export.audit {
        let party = subject.as_ref().map(|(_, party)| party);
        resources.push((&record.id, audit::resource(record, party, export)?));
    }
    let provenances = export.consents.iter().map(|entry| Ok((provenance_id(entry), provenance(entry, export)?)));
    let provenances = provenances.collect::<Result<Vec<(String, Value)>>>()?;
    resources.extend(provenances.iter().map(|(id, value)| (id.as_str(), value.clone())));
    resources.extend(parties(origin));

    let mut seen = std::collections::HashSet::new();
    let mut entries = Vec::with_capacity(resources.len());
    for (id, mut resource) in resources {
        if !seen.insert(id) {
            return Err(Error::invalid("export", "two records with one id"));
        }
        resource["id"] = json!(uuid(id));
        let mut security = vec![coding(CONFIDENTIALITY, "R")];
        if origin.demo {
            security.push(coding(ACT_REASON, "HTEST"));
        }
        resource["meta"] = json!({ "security": security });
        entries.push(json!({"fullUrl": urn(id), "resource": prune(resource)}));
    }
    Ok(prune(json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(export.at_ms)?,
        "entry": entries,
    })))
}

fn belongs(owner: &str, patient: &Patient) -> Result<()> {
    if owner == patient.id { Ok(()) } else { Err(Error::invalid("export.patient", "an item of another patient")) }
}

/// No name, no date of birth, no record number: a pseudonym, how to reach, and in what language.
fn patient_resource(patient: &Patient, export: &Export<'_>) -> Result<Value> {
    let verified = |contact: &ContactPoint| contact.verified_ms.map(instant).transpose();
    let mut telecom = Vec::new();
    let mut contact = Vec::new();
    let mut rank = 0;
    for point in &patient.contacts {
        let system = if point.kind == ContactKind::Phone { "phone" } else { "email" };
        if let ContactOwner::Other { who } = &point.owner {
            let relationship = json!([{"text": who}]);
            contact.push(json!({"relationship": relationship, "telecom": [{"system": system, "value": point.value}]}));
            continue;
        }
        rank += u32::from(!point.old);
        telecom.push(json!({
            "system": system,
            "value": point.value,
            "use": if point.old { json!("old") } else { Value::Null },
            "rank": if point.old { Value::Null } else { json!(rank) },
            "period": {"start": if point.old { Value::Null } else { json!(verified(point)?) }},
        }));
    }
    let interpreter = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";
    let language = patient
        .language
        .as_ref()
        .map(|tag| json!([{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": tag}]}, "preferred": true}]));
    Ok(json!({
        "resourceType": "Patient",
        "identifier": [{"system": format!("{}/local-pseudonym", export.origin.base_uri), "value": export.pseudonym}],
        "extension": if patient.interpreter { json!([{"url": interpreter, "valueBoolean": true}]) } else { Value::Null },
        "telecom": telecom,
        "contact": contact,
        "deceasedBoolean": if patient.deceased { json!(true) } else { Value::Null },
        "communication": language,
    }))
}

/// A yes or an objection; `active` only while it is the one that decides.
fn given(
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
    let base = &export.origin.base_uri;
    let wording_hash =
        json!({"url": format!("{base}/fhir/StructureDefinition/wording-sha256"), "valueString": terms.wording.sha256});
    let mut contact = vec![channel_extension(terms.channel, &terms.address, base)];
    if let ContactOwner::Other { who } = &terms.owner {
        contact.push(json!({"url": format!("{base}/fhir/StructureDefinition/contact-owner"), "valueString": who}));
    }
    let permit = terms.allowed != Allowed::Nothing;
    let title = format!("Wording {} v{}", terms.wording.id, terms.wording.version);
    Ok(json!({
        "resourceType": "Consent",
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
            "extension": contact,
            "purpose": [coding(ACT_REASON, if terms.allowed == Allowed::Logistics { "CAREMGT" } else { "TREAT" })],
            "provision": if permit { json!([{"type": "deny", "securityLabel": sensitive()}]) } else { Value::Null },
        },
    }))
}

fn withdrawn(
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
            "extension": [channel_extension(withdrawal.channel, &withdrawal.address, &export.origin.base_uri)],
        },
    }))
}

fn category(channel: Channel, suffix: &str) -> Value {
    let coding = json!([{"system": LOINC, "code": "59284-0", "display": "Patient Consent"}]);
    json!([{"coding": coding, "text": format!("Communication preference: {}{suffix}", label(channel))}])
}

/// R4's Consent has no element for a channel: importers that do not know this extension still see a valid Consent.
fn channel_extension(channel: Channel, address: &str, base: &str) -> Value {
    let system = match channel {
        Channel::Sms => "sms",
        Channel::Phone => "phone",
        Channel::Email | Channel::PersonalEmail => "email",
        Channel::Portal | Channel::Telehealth => "url",
        Channel::SecureMessaging | Channel::Whatsapp | Channel::Imessage => "other",
    };
    let url = format!("{base}/fhir/StructureDefinition/communication-channel");
    json!({"url": url, "valueContactPoint": {"system": system, "value": address}})
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

/// A message: `completed` only if the clinician said so, never "received"; a stopped text is not repeated here.
fn communication(message: &HandedOff, party: &Party, origin: &Origin) -> Result<Value> {
    message.check()?;
    let at = instant(message.at_ms)?;
    let not_done = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason";
    let (status, reason) = match &message.outcome {
        HandedOffOutcome::Sent => ("completed", Value::Null),
        HandedOffOutcome::Unknown => ("unknown", Value::Null),
        HandedOffOutcome::NotSent => ("not-done", json!({"text": "Not sent, said the clinician"})),
        HandedOffOutcome::Stopped { patient_objection: true, why } => {
            ("not-done", json!({"coding": [coding(not_done, "patient-objection")], "text": why}))
        }
        HandedOffOutcome::Stopped { why, .. } => ("not-done", json!({"text": why})),
    };
    let stopped = matches!(message.outcome, HandedOffOutcome::Stopped { .. });
    let sent = matches!(message.outcome, HandedOffOutcome::Sent);
    let decision = &message.decision;
    let note = format!(
        "Channel decision {}, policy {} (sha256 {}), outcome {}, rules {}.",
        decision.trace_sha256,
        decision.policy,
        decision.policy_sha256,
        decision.verdict.name(),
        if decision.rules.is_empty() { "none".to_owned() } else { decision.rules.join(", ") }
    );
    Ok(json!({
        "resourceType": "Communication",
        "language": message.language,
        "status": status,
        "statusReason": reason,
        "category": [concept("http://terminology.hl7.org/CodeSystem/communication-category", "notification")],
        "medium": [medium(message.channel)],
        "subject": reference(party),
        "topic": {"text": message.topic},
        "sent": sent.then(|| at.clone()),
        "sender": reference(&origin.clinician),
        "recipient": [reference(party)],
        "payload": if stopped { Value::Null } else { json!([{"contentString": message.text}]) },
        "note": [{"authorReference": reference(&origin.clinician), "time": at, "text": note}],
    }))
}

fn document(note: &ChartNote, party: &Party, export: &Export<'_>) -> Result<Value> {
    note.check()?;
    let origin = export.origin;
    let (code, display) = match note.kind {
        ChartKind::Communication | ChartKind::Inbound => ("34748-4", "Telephone encounter Note"),
        ChartKind::Consent | ChartKind::Note | ChartKind::Photo => ("34109-9", "Note"),
    };
    let bundled = export.messages.iter().any(|message| message.id == note.source)
        || export.consents.iter().any(|entry| entry.id() == note.source);
    let written = instant(note.created_ms)?;
    let category = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
    Ok(json!({
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": if note.pending() { "preliminary" } else { "final" },
        "type": {"coding": [{"system": LOINC, "code": code, "display": display}]},
        "category": [concept(category, "clinical-note")],
        "subject": reference(party),
        "date": note.filed_ms.map_or_else(|| Ok(written.clone()), instant)?,
        "author": [reference(&origin.clinician)],
        "custodian": reference(&origin.clinic),
        "content": [{"attachment": {
            "contentType": "text/plain; charset=utf-8",
            "language": note.language,
            "data": BASE64.encode(note.text.as_bytes()),
            "title": "Communication note",
            "creation": written,
        }}],
        "context": {"related": if bundled { json!([{"reference": urn(&note.source)}]) } else { Value::Null }},
    }))
}

/// The id of a consent's Provenance: a function of the consent's, so that the same export gives the same bytes.
fn provenance_id(entry: &ConsentEntry) -> String {
    crate::crypto::hex(&crate::crypto::sha256_parts(&[b"curtain provenance ", entry.id().as_bytes()])[..16])
}

/// Who recorded a consent or a withdrawal, and which one it revises.
fn provenance(entry: &ConsentEntry, export: &Export<'_>) -> Result<Value> {
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
            "who": {"display": recorded_by},
            "onBehalfOf": reference(&export.origin.clinic),
        }],
        "entity": revised.map(|earlier| json!([{"role": "revision", "what": {"reference": urn(earlier.id())}}])),
    }))
}

/// What the references point at, so that the Bundle stands alone.
fn parties(origin: &Origin) -> [(&str, Value); 3] {
    let device = json!({
        "resourceType": "Device",
        "deviceName": [{"name": origin.device.display, "type": "user-friendly-name"}],
        "owner": reference(&origin.clinic),
    });
    let clinic = json!({"resourceType": "Organization", "name": origin.clinic.display});
    let clinician = json!({"resourceType": "Practitioner", "name": [{"text": origin.clinician.display}]});
    [(&origin.device.id, device), (&origin.clinic.id, clinic), (&origin.clinician.id, clinician)]
}
