//! One patient's record as a `collection` Bundle: Patient, Consent, CommunicationRequest, Communication,
//! DocumentReference, AuditEvent, Provenance, Media, Device, Organization, Practitioner. The patient is named, or a pseudonym
//! alone that the institution maps on import.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::{AuditRecord, Drafted, HandedOff, Loose, Origin, Party, Received};
use super::{
    ACT_REASON, CONFIDENTIALITY, LOINC, PhotoExport, audit, coding, communication, concept, consent, instant, media,
    own, prune, reference, urn, uuid,
};
use crate::consent::ConsentEntry;
use crate::error::{Error, Result};
use crate::note::{ChartKind, ChartNote};
use crate::patient::{
    ContactKind, ContactOwner, ContactPoint, Patient, PatientIdentifier, check_count, check_id, check_short,
};

/// Items of one kind in one export, at most.
const MAX_ITEMS: usize = 10_000;
/// Texts of no patient in one hand-over, at most, in bytes.
const MAX_LOOSE_BYTES: usize = 8 * 1024 * 1024;

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
    /// Whether names, date of birth, identifiers, numbers and addresses go with it: to the record and to the patient, not with a
    /// photo for teaching.
    pub named: bool,
    /// The patient's history.
    pub consents: &'a [ConsentEntry],
    /// The words of the warnings that they heard.
    pub warnings: &'a [WarningText<'a>],
    /// Their messages.
    pub messages: &'a [HandedOff],
    /// What they texted.
    pub received: &'a [Received],
    /// What was not handed off.
    pub drafts: &'a [Drafted],
    /// Their chart texts.
    pub notes: &'a [ChartNote],
    /// Their photos.
    pub photos: &'a [PhotoExport],
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
    let photos = export.photos.iter().map(|photo| 1 + photo.consents.len()).sum();
    let texts = [export.messages.len(), export.received.len(), export.drafts.len(), export.notes.len(), photos];
    let counts = [export.consents.len(), export.audit.len()].into_iter().chain(texts);
    counts.clone().try_for_each(|count| check_count("export", count, MAX_ITEMS))?;
    let subject = match export.patient {
        Some(patient) => {
            patient.check()?;
            check_short("export.pseudonym", export.pseudonym)?;
            let display = format!("Patient (local pseudonym {})", export.pseudonym);
            Some((patient, Party { id: patient.id.clone(), display }))
        }
        None if export.consents.len() + texts.iter().sum::<usize>() > 0 => {
            return Err(Error::invalid("export.patient", "records without their patient"));
        }
        None => None,
    };
    let photos = match &subject {
        Some((patient, party)) => media::resources(patient, party, export)?,
        None => Vec::new(),
    };
    let mut resources: Vec<(Cow<'_, str>, Value)> = Vec::new();
    if let Some((patient, party)) = &subject {
        resources.push((patient.id.as_str().into(), patient_resource(patient, export)?));
        for entry in export.consents {
            let resource = match entry {
                ConsentEntry::Given(given) => consent::given(given, entry, patient, party, export)?,
                ConsentEntry::Withdrawn(withdrawal) => consent::withdrawn(withdrawal, entry, patient, party, export)?,
            };
            resources.push((entry.id().into(), resource));
        }
        for (id, resource) in communication::requests(patient, party, export)? {
            resources.push((id.into(), resource));
        }
        for message in export.messages {
            belongs(&message.patient, patient)?;
            resources.push((message.id.as_str().into(), communication::handed_off(message, party, origin)?));
        }
        for text in export.received {
            belongs(&text.patient, patient)?;
            resources.push((text.id.as_str().into(), communication::received(text, party, origin)?));
        }
        for draft in export.drafts {
            belongs(&draft.patient, patient)?;
            resources.push((draft.id.as_str().into(), communication::drafted(draft, party, origin)?));
        }
        for note in export.notes {
            belongs(&note.patient, patient)?;
            resources.push((note.id.as_str().into(), document(note, party, export)?));
        }
    }
    resources.extend(photos.iter().map(|(id, value)| (id.as_str().into(), value.clone())));
    for record in export.audit {
        let party = subject.as_ref().map(|(_, party)| party);
        resources.push((record.id.as_str().into(), audit::resource(record, party, export)?));
    }
    for entry in export.consents {
        resources.push((consent::provenance_id(entry).into(), consent::provenance(entry, export)?));
    }
    resources.extend(parties(origin).into_iter().map(|(id, resource)| (id.into(), resource)));

    let mut seen = std::collections::HashSet::new();
    let mut entries = Vec::with_capacity(resources.len());
    for (id, mut resource) in resources {
        resource["id"] = json!(uuid(&id));
        let mut security = vec![coding(CONFIDENTIALITY, "R")];
        if origin.demo {
            security.push(coding(ACT_REASON, "HTEST"));
        }
        resource["meta"] = json!({ "security": security });
        entries.push(json!({"fullUrl": urn(&id), "resource": prune(resource)}));
        if !seen.insert(id) {
            return Err(Error::invalid("export", "two records with one id"));
        }
    }
    Ok(prune(json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(export.at_ms)?,
        "entry": entries,
    })))
}

pub(super) fn belongs(owner: &str, patient: &Patient) -> Result<()> {
    if owner == patient.id { Ok(()) } else { Err(Error::invalid("export.patient", "an item of another patient")) }
}

/// A pseudonym and in what language; names, date of birth, identifiers and how to reach only where the export says so.
fn patient_resource(patient: &Patient, export: &Export<'_>) -> Result<Value> {
    let verified = |contact: &ContactPoint| contact.verified_ms.map(instant).transpose();
    let mut telecom = Vec::new();
    let mut contact = Vec::new();
    let mut rank = 0;
    for point in patient.contacts.iter().filter(|_| export.named) {
        let system = if point.kind == ContactKind::Phone { "phone" } else { "email" };
        if let ContactOwner::Other { who } = &point.owner {
            let unknown = coding("http://terminology.hl7.org/CodeSystem/v2-0131", "U");
            let relationship = json!([{"coding": [unknown], "text": who}]);
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
    let mut identifiers =
        vec![json!({"system": own(&export.origin.base_uri, "local-pseudonym"), "value": export.pseudonym})];
    let mut names = Vec::new();
    if export.named {
        identifiers.splice(0..0, patient.identifiers.iter().map(identifier));
        names.extend(patient.names.iter().map(|name| {
            let family = Some(&name.family).filter(|family| !family.trim().is_empty());
            json!({"family": family, "given": name.given})
        }));
    }
    Ok(json!({
        "resourceType": "Patient",
        "identifier": identifiers,
        "name": names,
        "birthDate": patient.date_of_birth.as_deref().filter(|_| export.named),
        "extension": if patient.interpreter { json!([{"url": interpreter, "valueBoolean": true}]) } else { Value::Null },
        "telecom": telecom,
        "contact": contact,
        "deceasedBoolean": if patient.deceased { json!(true) } else { Value::Null },
        "communication": language,
    }))
}

/// A system that is a URI as such, any other as the type's text.
fn identifier(identifier: &PatientIdentifier) -> Value {
    let system = identifier.system.trim();
    let uri = ["http://", "https://", "urn:"].iter().any(|scheme| system.starts_with(scheme))
        && !system.contains(|c: char| c.is_whitespace() || c.is_control());
    let record = ["mrn", "mr"].contains(&system.to_ascii_lowercase().as_str());
    let coded = json!({"coding": [coding("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")], "text": system});
    json!({
        "system": uri.then_some(system),
        "type": if uri { Value::Null } else if record { coded } else { json!({"text": system}) },
        "value": identifier.value,
    })
}

/// Texts of no patient as one document, with who wrote it and where.
pub fn loose(texts: &Loose<'_>) -> Result<Value> {
    texts.origin.check()?;
    check_id("loose.id", &texts.id)?;
    check_count("loose.text", texts.text.len(), MAX_LOOSE_BYTES)?;
    let (origin, at) = (texts.origin, instant(texts.at_ms)?);
    let document = json!({
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(&texts.id)}],
        "status": "current",
        "docStatus": "preliminary",
        "type": {"coding": [{"system": LOINC, "code": "34109-9", "display": "Note"}]},
        "date": at,
        "author": [reference(&origin.clinician)],
        "custodian": reference(&origin.clinic),
        "content": [{"attachment": {
            "contentType": "text/plain; charset=utf-8",
            "data": BASE64.encode(texts.text.as_bytes()),
            "title": "Handed over, of no patient",
            "creation": at,
        }}],
    });
    let parties = parties(origin).into_iter().map(|(id, resource)| (id.to_owned(), resource));
    let entries = std::iter::once((texts.id.clone(), document)).chain(parties).map(|(id, mut resource)| {
        resource["id"] = json!(uuid(&id));
        resource["meta"] = json!({"security": [coding(CONFIDENTIALITY, "R")]});
        json!({"fullUrl": urn(&id), "resource": resource})
    });
    Ok(prune(json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at,
        "entry": entries.collect::<Vec<_>>(),
    })))
}

/// The Bundles of several patients as one collection, in their order: what several hold (the clinic, the phone) stands once.
pub fn joined(bundles: Vec<Value>, at_ms: i64) -> Result<Value> {
    let (mut entries, mut seen) = (Vec::new(), std::collections::HashSet::new());
    for mut bundle in bundles {
        let Some(Value::Array(own)) = bundle.get_mut("entry").map(Value::take) else { continue };
        entries.extend(own.into_iter().filter(|entry| seen.insert(entry["fullUrl"].to_string())));
    }
    Ok(prune(json!({"resourceType": "Bundle", "type": "collection", "timestamp": instant(at_ms)?, "entry": entries})))
}

/// As US Core asks: type, category `clinical-note`, subject, author, and the text with its type.
fn document(note: &ChartNote, party: &Party, export: &Export<'_>) -> Result<Value> {
    note.check()?;
    let origin = export.origin;
    let (code, display) = match note.kind {
        ChartKind::Communication | ChartKind::Inbound => ("34748-4", "Telephone encounter Note"),
        ChartKind::Consent | ChartKind::Note | ChartKind::Photo => ("34109-9", "Note"),
    };
    let bundled = export.messages.iter().any(|message| message.id == note.source)
        || export.received.iter().any(|text| text.id == note.source)
        || export.consents.iter().any(|entry| entry.id() == note.source);
    let written = instant(note.created_ms)?;
    let category = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
    Ok(json!({
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn(&note.id)}],
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
