//! Prints a full FHIR R4 Bundle from fixed records: `cargo run -p curtain-core --example fhir_bundle > bundle.json`.
//!
//! `tests/fhir/run` checks it against the R4 schema, the cardinalities and the code tables.

use std::io::Write as _;

use curtain_core::chart::fhir::{Export, WarningText, bundle};
use curtain_core::chart::text::{ChartLanguage, ChartParts, Preference, assemble};
use curtain_core::chart::{
    AuditAct, AuditRecord, DecisionRef, Drafted, HandedOff, HandedOffOutcome, Origin, Party, Received,
};
use curtain_core::consent::{
    Allowed, Consent, ConsentBasis, ConsentEntry, ConsentTerms, HowGiven, WarningWording, Withdrawal,
};
use curtain_core::crypto::{hex, sha256};
use curtain_core::error::Result;
use curtain_core::note::{ChartKind, ChartNote};
use curtain_core::patient::{
    ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose,
};
use curtain_core::policy::{Channel, Verdict};

/// 2026-11-23 09:20:00 UTC.
const AT: i64 = 1_795_425_600_000;
const DAY: i64 = 86_400_000;
const WARNING: &str = "Text messages aren't fully private. Other people might read them. We'll only write about \
    appointments and to ask you to call us. The portal and the phone are safer. You can say no, or change your mind at \
    any time.";
const MESSAGE: &str = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";

fn id(byte: u8) -> String {
    hex(&[byte; 16])
}

fn main() -> Result<()> {
    let origin = origin();
    let patient = patient();
    let consents = consents()?;
    let messages = messages();
    let notes = notes(&messages[0])?;
    let audit = audit();
    let sha256 = hex(&sha256(WARNING.as_bytes()));
    let bundle = bundle(&Export {
        origin: &origin,
        patient: Some(&patient),
        pseudonym: "P-0042",
        named: false,
        consents: &consents,
        warnings: &[WarningText { sha256: &sha256, text: WARNING }],
        messages: &messages,
        received: &[Received {
            id: id(0xe1),
            patient: id(0x11),
            channel: Channel::Sms,
            text: "STOP".to_owned(),
            at_ms: AT,
        }],
        drafts: &[Drafted {
            id: id(0xe2),
            patient: id(0x11),
            channel: Channel::Portal,
            text: MESSAGE.to_owned(),
            at_ms: AT,
        }],
        notes: &notes,
        audit: &audit,
        photos: &[],
        at_ms: AT + 20 * DAY,
    })?;
    let io = curtain_core::error::Error::io("standard output");
    writeln!(std::io::stdout().lock(), "{bundle:#}").map_err(io)
}

fn origin() -> Origin {
    let party = |byte, display: &str| Party { id: id(byte), display: display.to_owned() };
    Origin {
        clinician: party(0x22, "Dr A. Lee"),
        clinic: party(0x33, "Example Clinic"),
        device: party(0x44, "Clinic phone 7, core 0.1.0"),
        device_name: "clinic-phone-7".to_owned(),
        base_uri: "https://clinic.example".to_owned(),
        policy_uri: "https://clinic.example/policy/texting/2026-10".to_owned(),
        demo: true,
    }
}

fn patient() -> Patient {
    let point = |value: &str, kind, owner, old| ContactPoint {
        value: value.to_owned(),
        kind,
        owner,
        shared_with: None,
        safe_to_leave_message: true,
        verified_ms: Some(AT),
        old,
    };
    let daughter = ContactOwner::Other { who: "daughter".to_owned() };
    Patient {
        id: id(0x11),
        names: vec![PersonName { given: vec!["Rosa".to_owned()], family: "Delgado".to_owned() }],
        date_of_birth: Some("1961-05-03".to_owned()),
        identifiers: vec![PatientIdentifier { system: "MRN".to_owned(), value: "4471902".to_owned() }],
        contacts: vec![
            point("+15550100142", ContactKind::Phone, ContactOwner::Patient, false),
            point("rosa@example.org", ContactKind::Email, ContactOwner::Patient, false),
            point("+15550100199", ContactKind::Phone, ContactOwner::Patient, true),
            point("+15550100177", ContactKind::Phone, daughter, false),
        ],
        language: Some("es".to_owned()),
        interpreter: true,
        safeguarding: false,
        deceased: false,
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: AT,
        updated_ms: AT,
    }
}

fn terms(byte: u8, channel: Channel, kind: ContactKind, address: &str) -> ConsentTerms {
    ConsentTerms {
        id: id(byte),
        patient: id(0x11),
        channel,
        kind,
        address: address.to_owned(),
        owner: ContactOwner::Patient,
        allowed: Allowed::Logistics,
        wording: WarningWording {
            id: "sms-warning".to_owned(),
            version: 3,
            sha256: hex(&sha256(WARNING.as_bytes())),
            language: "en".to_owned(),
        },
        alternatives: vec![Channel::Portal, Channel::Phone],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        recorded_by: "Dr A. Lee".to_owned(),
        witness: Some("Nurse B. Okafor".to_owned()),
        interpreter: None,
        start_ms: AT,
        review_by_ms: AT + 365 * DAY,
    }
}

fn consents() -> Result<Vec<ConsentEntry>> {
    let phone = ContactKind::Phone;
    let email = ConsentTerms {
        allowed: Allowed::Clinical,
        ..terms(0xc2, Channel::Email, ContactKind::Email, "rosa@example.org")
    };
    let whatsapp = ConsentTerms {
        allowed: Allowed::Nothing,
        basis: ConsentBasis::Objection,
        ..terms(0xc3, Channel::Whatsapp, phone, "+15550100142")
    };
    let old = ConsentTerms { start_ms: AT - 90 * DAY, ..terms(0xc4, Channel::Sms, phone, "+15550100199") };
    Ok(vec![
        ConsentEntry::Given(Consent::new(old)?),
        ConsentEntry::Given(Consent::new(terms(0xc1, Channel::Sms, phone, "+15550100142"))?),
        ConsentEntry::Given(Consent::new(email)?),
        ConsentEntry::Given(Consent::new(whatsapp)?),
        ConsentEntry::Withdrawn(Withdrawal {
            id: id(0xc5),
            patient: id(0x11),
            channel: Channel::Sms,
            kind: phone,
            address: "+15550100142".to_owned(),
            how: HowGiven::InboundMessage,
            words: Some("STOP".to_owned()),
            recorded_by: "Dr A. Lee".to_owned(),
            at_ms: AT + 8 * DAY,
        }),
    ])
}

fn decision(verdict: Verdict, rule: &str) -> DecisionRef {
    DecisionRef {
        trace_sha256: hex(&sha256(rule.as_bytes())),
        policy: "us-hipaa 1".to_owned(),
        policy_sha256: hex(&sha256(b"us-hipaa 1")),
        verdict,
        rules: vec![rule.to_owned()],
    }
}

fn messages() -> Vec<HandedOff> {
    let message = |byte, channel, outcome, verdict, rule: &str| HandedOff {
        id: id(byte),
        patient: id(0x11),
        channel,
        text: MESSAGE.to_owned(),
        language: "en".to_owned(),
        topic: "Request to call clinic".to_owned(),
        at_ms: AT + i64::from(byte) * 60_000,
        outcome,
        decision: decision(verdict, rule),
    };
    let documented = Verdict::AllowAndDocument;
    let objected = HandedOffOutcome::Stopped { patient_objection: true, why: "Texting withdrawn".to_owned() };
    let content = HandedOffOutcome::Stopped { patient_objection: false, why: "Clinical content".to_owned() };
    vec![
        message(0xb1, Channel::Sms, HandedOffOutcome::Sent, documented, "intent.call_us"),
        message(0xb2, Channel::Email, HandedOffOutcome::Unknown, documented, "intent.call_us"),
        message(0xb3, Channel::Portal, HandedOffOutcome::NotSent, Verdict::Allow, "kind.full"),
        message(0xb4, Channel::Sms, objected, Verdict::Block, "consent.withdrawn"),
        message(0xb5, Channel::Phone, content, Verdict::Block, "result.polarity"),
    ]
}

fn notes(sent: &HandedOff) -> Result<Vec<ChartNote>> {
    let wording = terms(0xc1, Channel::Sms, ContactKind::Phone, "+15550100142").wording;
    let text = assemble(
        &ChartParts {
            at_ms: sent.at_ms,
            utc_offset_minutes: -300,
            offered: &[Channel::Portal, Channel::Phone],
            warning: Some(&wording),
            preference: Some(Preference {
                channel: Channel::Sms,
                kind: ContactKind::Phone,
                address: "+15550100142",
                allowed: Allowed::Logistics,
            }),
            text: Some((&sent.text, sent.channel)),
            outcome: Some(&sent.outcome),
            decision: Some(&sent.decision),
        },
        ChartLanguage::English,
    )?;
    let note = |byte, kind, source: &str, text: String, filed_ms| ChartNote {
        id: id(byte),
        patient: id(0x11),
        source: source.to_owned(),
        kind,
        text,
        language: "en".to_owned(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: AT,
        filed_ms,
    };
    Ok(vec![
        note(0xd1, ChartKind::Communication, &sent.id, text, Some(AT + DAY)),
        note(0xd2, ChartKind::Note, &id(0xee), "Reached by phone, result discussed.".to_owned(), None),
    ])
}

fn audit() -> Vec<AuditRecord> {
    let record = |byte, act| AuditRecord { id: id(byte), at_ms: AT + 9 * DAY, act };
    let decided = |consent: u8, permitted, reason: &str| AuditAct::Decision {
        patient: id(0x11),
        consent: Some(id(consent)),
        permitted,
        reason: reason.to_owned(),
    };
    let disclosed = |message: u8, channel, address: Option<&str>| AuditAct::Disclosure {
        patient: id(0x11),
        message: id(message),
        channel,
        address: address.map(str::to_owned),
        decision: decision(Verdict::AllowAndDocument, "intent.call_us"),
        journal_entry: 1841,
        journal_root: hex(&sha256(b"journal")),
    };
    let wiped = |clean| AuditAct::Wiped {
        vault: id(0x55),
        records: 214,
        photos: 37,
        receipt_sha256: hex(&sha256(b"receipt")),
        residue_clean: clean,
    };
    vec![
        record(0xa1, decided(0xc1, true, "intent.call_us: permitted")),
        record(0xa2, decided(0xc5, false, "consent.withdrawn: texting withdrawn")),
        record(0xa3, disclosed(0xb1, Channel::Sms, Some("+15550100142"))),
        record(0xa4, disclosed(0xb2, Channel::Email, Some("rosa@example.org"))),
        record(0xa5, disclosed(0xbf, Channel::Portal, None)),
        record(0xa6, AuditAct::UnlockFailed { tries: 3 }),
        record(0xa7, wiped(true)),
        record(0xa8, wiped(false)),
    ]
}
