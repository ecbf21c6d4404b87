//! Writes generated days as FHIR R4: `cargo run -p curtain-core --example fhir_days -- FOLDER [DAYS] [SEED]`.
//!
//! FOLDER/collection gets one patient's export for each day, FOLDER/transaction every twentieth of them as a server takes
//! it, FOLDER/batch the journal of every hundred days as AuditEvents. The same seed gives the same bytes. Records are made
//! by the constructors that the phone uses, so what they refuse is in no file. `tests/fhir/run` checks the files.

use std::path::Path;

use curtain_core::chart::fhir::{
    Export, FeedOrigin, PhotoContent, PhotoExport, WarningText, audit_batches, bundle, transaction,
};
use curtain_core::chart::{
    AuditAct, AuditRecord, DecisionRef, Drafted, HandedOff, HandedOffOutcome, Origin, Party, Received,
};
use curtain_core::consent::{
    Allowed, Consent, ConsentBasis, ConsentEntry, ConsentTerms, HowGiven, WarningWording, Withdrawal,
};
use curtain_core::crypto::{hex, sha256};
use curtain_core::journal::{Entry, Sealed};
use curtain_core::note::{ChartKind, ChartNote};
use curtain_core::patient::{
    ContactKind, ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose,
};
use curtain_core::photo::{
    LookAnswer, Photo, PhotoBasis, PhotoConsent, PhotoConsentEntry, PhotoLooks, PhotoPurpose, PhotoWithdrawal,
};
use curtain_core::policy::{Channel, Destination, Verdict};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-23 00:00:00 UTC.
const START: i64 = 1_795_392_000_000;
const DAY: i64 = 86_400_000;

const TEXTS: [&str; 14] = [
    "Please call us at 555-123-4567 about your recent visit.",
    "Your appointment is on Monday at 2:30 pm. Reply STOP to opt out.",
    "Le esperamos el lunes. Llámenos al 555-0101 si no puede venir.",
    "Thank you 😀👩‍⚕️",
    "line one\nline two\r\n\tindented",
    "  spaces around  ",
    "\u{0}control\u{1b}[31m\u{7f}\u{85} characters",
    "<div xmlns=\"http://www.w3.org/1999/xhtml\">not & markup</div>",
    "\u{feff}\u{200b}\u{202e}direction",
    "\"quotes\" and \\ backslash {\"resourceType\":\"Patient\"}",
    "e\u{301} é ﬁ Ⅳ ½ 中文 العربية",
    "\u{1}",
    " ",
    "x",
];
const WORDINGS: [&str; 3] =
    ["Text messages aren't fully private.", "Los mensajes de texto no son privados.", "A wording & more <b>words</b>"];
const WHO: [&str; 5] = ["Dr A. Lee", "Nurse B. Okafor", "José Ñandú", "O'Neil & Sons <Ltd>", "Ward 7 / night"];
const CODES: [&str; 43] = [
    "hold_began",
    "hold_ended",
    "wiped_by_order",
    "photo_stored",
    "photo_changed",
    "photo_deleted",
    "photo_consent_recorded",
    "photo_consent_withdrawn",
    "photo_exported",
    "near_miss",
    "enrolled",
    "guess_counted",
    "unlocked",
    "locked",
    "fresh_auth",
    "document_accepted",
    "document_refused",
    "patients_imported",
    "patient_changed",
    "consent_recorded",
    "consent_withdrawn",
    "note_saved",
    "draft_discarded",
    "assessed",
    "handed_off",
    "outcome_recorded",
    "inbound_recorded",
    "charted",
    "roster_changed",
    "exported",
    "purged",
    "shredded",
    "damage_found",
    "departure_started",
    "wipe_started",
    "passcode_changed",
    "biometry_enabled",
    "biometry_removed",
    "biometry_failed",
    "recovery_enabled",
    "recovery_removed",
    "recovered",
    "handed_over",
];

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn ms(&mut self, below: i64) -> i64 {
        i64::try_from(self.roll() >> 1).unwrap_or(0) % below
    }

    fn id(&mut self) -> String {
        hex(&[self.roll().to_be_bytes(), self.roll().to_be_bytes()].concat())
    }

    fn hash(&mut self) -> String {
        hex(&sha256(&self.roll().to_be_bytes()))
    }

    fn text(&mut self) -> String {
        let long = if self.once_in(40) { 200 } else { 1 + self.below(3) };
        (0..long).map(|_| self.one(&TEXTS)).collect::<Vec<_>>().join("")
    }
}

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().ok_or("fhir_days FOLDER [DAYS] [SEED]")?);
    let days: i64 = arguments.get(1).map_or(Ok(500), |text| text.parse())?;
    let seed: u64 = arguments.get(2).map_or(Ok(1), |text| text.parse())?;
    for kind in ["collection", "transaction", "batch"] {
        std::fs::create_dir_all(folder.join(kind))?;
    }
    let write = |name: String, value: &serde_json::Value| std::fs::write(folder.join(name), format!("{value:#}"));
    for number in 1..=days {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(u64::try_from(number)?));
        let day = day(&mut dice, START + number * DAY)?;
        write(format!("collection/day-{number:04}.json"), &day)?;
        if number % 20 == 1 {
            write(format!("transaction/day-{number:04}.json"), &transaction(day)?)?;
        }
        if number % 100 == 1 {
            let enrolment = dice.id();
            let origin =
                FeedOrigin { enrolment: &enrolment, clinician: dice.one(&WHO), base_uri: "urn:curtain", first: 0 };
            let lines = journal(&mut dice, START + number * DAY)?;
            for (part, batch) in audit_batches(&origin, &lines)?.iter().enumerate() {
                write(format!("batch/journal-{number:04}-{part}.json"), batch)?;
            }
        }
    }
    Ok(())
}

fn day(dice: &mut Dice, at: i64) -> Done<serde_json::Value> {
    let origin = origin(dice);
    let patient = patient(dice, at);
    let wordings: Vec<String> = WORDINGS.iter().map(|text| hex(&sha256(text.as_bytes()))).collect();
    let consents = (0..dice.below(6)).map(|_| consent(dice, &patient, &wordings, at)).collect::<Done<Vec<_>>>()?;
    let messages: Vec<HandedOff> = (0..dice.below(7)).map(|_| message(dice, &patient, at)).collect();
    let received: Vec<Received> = (0..dice.below(3))
        .map(|_| Received {
            id: dice.id(),
            patient: patient.id.clone(),
            channel: dice.one(&Channel::ALL),
            text: dice.text(),
            at_ms: at + dice.ms(DAY),
        })
        .collect();
    let drafts: Vec<Drafted> = (0..dice.below(3))
        .map(|_| Drafted {
            id: dice.id(),
            patient: patient.id.clone(),
            channel: dice.one(&Channel::ALL),
            text: if dice.once_in(4) { String::new() } else { dice.text() },
            at_ms: at + dice.ms(DAY),
        })
        .collect();
    let notes: Vec<ChartNote> = (0..dice.below(5)).map(|_| note(dice, &patient, &messages, &received, at)).collect();
    let audit = audit(dice, &patient, &consents, &messages, at)?;
    let warnings: Vec<WarningText<'_>> =
        wordings.iter().zip(WORDINGS).take(2).map(|(sha256, text)| WarningText { sha256, text }).collect();
    let photos: Vec<PhotoExport> = (0..dice.below(3)).map(|_| photo(dice, &patient.id, at)).collect();
    Ok(bundle(&Export {
        origin: &origin,
        patient: Some(&patient),
        pseudonym: &format!("P-{}", &patient.id[..8]),
        named: dice.once_in(2),
        consents: &consents,
        warnings: &warnings,
        messages: &messages,
        received: &received,
        drafts: &drafts,
        notes: &notes,
        audit: &audit,
        photos: &photos,
        at_ms: at + DAY,
    })?)
}

/// A photo with its answers; for one in three the picture itself leaves, for care.
fn photo(dice: &mut Dice, patient: &str, at: i64) -> PhotoExport {
    let taken = at + dice.ms(DAY / 4);
    let none = LookAnswer::NotThere;
    let looks =
        PhotoLooks { face: dice.one(&[none, LookAnswer::Covered]), marks: none, labels: none, background: none };
    let photo = Photo {
        id: dice.id(),
        patient: patient.to_owned(),
        image: dice.id(),
        width: 640 + u32::try_from(dice.below(4_000)).unwrap_or(0),
        height: 480,
        bytes: 100_000,
        sha256: dice.hash(),
        taken_ms: Some(taken).filter(|_| dice.once_in(2)),
        stored_ms: taken + 5_000,
        edited_ms: Some(taken + 60_000).filter(|_| dice.once_in(3)),
        covered: u32::try_from(dice.below(3)).unwrap_or(0),
        cropped: dice.once_in(5),
        looks,
        copies: Vec::new(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        charted_ms: None,
        thumbnail: b"small".to_vec(),
    };
    let yes = |dice: &mut Dice, purpose, basis| {
        PhotoConsentEntry::Given(PhotoConsent {
            id: dice.id(),
            patient: patient.to_owned(),
            photo: photo.id.clone(),
            purpose,
            basis,
            recognisable: false,
            witness: Some("Nurse B. Ward".to_owned()).filter(|_| dice.once_in(3)),
            recorded_by: dice.one(&WHO).to_owned(),
            start_ms: taken,
            until_ms: None,
        })
    };
    let mut consents = vec![yes(dice, PhotoPurpose::Care, PhotoBasis::AgreedOnPaper)];
    for purpose in [PhotoPurpose::SecondOpinion, PhotoPurpose::Teaching, PhotoPurpose::Publication] {
        if dice.once_in(3) {
            consents.push(yes(dice, purpose, PhotoBasis::AgreedOnPaper));
            if dice.once_in(3) {
                consents.push(PhotoConsentEntry::Withdrawn(PhotoWithdrawal {
                    id: dice.id(),
                    patient: patient.to_owned(),
                    photo: photo.id.clone(),
                    purpose,
                    words: Some(dice.one(&TEXTS).to_owned()).filter(|_| dice.once_in(2)),
                    recorded_by: dice.one(&WHO).to_owned(),
                    at_ms: taken + 120_000,
                }));
            }
        }
    }
    // The smallest that calls itself a JPEG: what is checked here is the resource around it.
    let picture = vec![0xff, 0xd8, 0xff, 0xd9];
    let content = match dice.below(4) {
        0 => PhotoContent::Marked(PhotoPurpose::Care, picture),
        1 => PhotoContent::AsKept(picture),
        _ => PhotoContent::DataOnly,
    };
    PhotoExport { photo, consents, content }
}

fn origin(dice: &mut Dice) -> Origin {
    let party = |dice: &mut Dice, display: &str| Party { id: dice.id(), display: display.to_owned() };
    Origin {
        clinician: {
            let who = dice.one(&WHO);
            party(dice, who)
        },
        clinic: party(dice, "Example Clinic"),
        device: party(dice, "Clinic phone, core 0.1.0"),
        device_name: "phone-7".to_owned(),
        base_uri: dice.one(&["https://portal.clinic.example", "urn:curtain", "https://h.example/a/b"]).to_owned(),
        policy_uri: dice.one(&["urn:curtain:policy:us-hipaa:1", "https://clinic.example/policy/2026"]).to_owned(),
        demo: dice.once_in(2),
    }
}

fn address(dice: &mut Dice, kind: ContactKind) -> String {
    let stem = match kind {
        ContactKind::Phone => dice.one(&["+1555010010", "(555) 010-010", "555.010.010", "+44 20 7946 010"]),
        ContactKind::Email => dice.one(&["rosa@example.or", "o'neil+ward@mail.example.co", "é@exämple.o"]),
    };
    format!("{stem}{}", 1 + dice.below(4))
}

fn owner(dice: &mut Dice) -> ContactOwner {
    if dice.once_in(4) { ContactOwner::Other { who: dice.one(&WHO).to_owned() } } else { ContactOwner::Patient }
}

fn patient(dice: &mut Dice, at: i64) -> Patient {
    let contacts = (0..dice.below(5))
        .map(|_| {
            let kind = dice.one(&[ContactKind::Phone, ContactKind::Phone, ContactKind::Email]);
            ContactPoint {
                value: address(dice, kind),
                kind,
                owner: owner(dice),
                shared_with: dice.once_in(5).then(|| "partner".to_owned()),
                safe_to_leave_message: dice.once_in(2),
                verified_ms: if dice.once_in(2) { Some(at - dice.ms(90 * DAY)) } else { None },
                old: dice.once_in(4),
            }
        })
        .collect();
    Patient {
        id: dice.id(),
        names: vec![PersonName { given: vec!["Rosa".to_owned()], family: "Delgado".to_owned() }],
        date_of_birth: Some("1961-05-03".to_owned()),
        identifiers: vec![PatientIdentifier { system: "MRN".to_owned(), value: dice.id() }],
        contacts,
        language: dice.one(&[None, Some("en"), Some("es"), Some("zh-Hant"), Some("ht")]).map(str::to_owned),
        interpreter: dice.once_in(3),
        safeguarding: dice.once_in(9),
        deceased: dice.once_in(15),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: at,
        updated_ms: at,
    }
}

/// For a number of the patient's where there is one, so that every standing occurs.
fn consent(dice: &mut Dice, patient: &Patient, wordings: &[String], at: i64) -> Done<ConsentEntry> {
    let known = patient.contacts.get(dice.below(patient.contacts.len() + 1));
    let (kind, address, owner) = match known {
        Some(contact) => (contact.kind, contact.value.clone(), contact.owner.clone()),
        None => (ContactKind::Phone, address(dice, ContactKind::Phone), owner(dice)),
    };
    let channel = match kind {
        ContactKind::Email => dice.one(&[Channel::Email, Channel::PersonalEmail]),
        ContactKind::Phone => {
            dice.one(&[Channel::Sms, Channel::Sms, Channel::Whatsapp, Channel::Imessage, Channel::Phone])
        }
    };
    let hows = [HowGiven::InPerson, HowGiven::ByPhone, HowGiven::OnPaper, HowGiven::InPortal];
    let start_ms = at - dice.ms(400 * DAY);
    if dice.once_in(3) {
        let how = if dice.once_in(2) { HowGiven::InboundMessage } else { dice.one(&hows) };
        let withdrawal = Withdrawal {
            id: dice.id(),
            patient: patient.id.clone(),
            channel,
            kind,
            address,
            how,
            words: dice.once_in(2).then(|| dice.one(&["STOP", "no more texts 🙏\n", "  "]).to_owned()),
            recorded_by: dice.one(&WHO).to_owned(),
            at_ms: start_ms,
        };
        withdrawal.check()?;
        return Ok(ConsentEntry::Withdrawn(withdrawal));
    }
    let objects = dice.once_in(4);
    let basis = [ConsentBasis::PatientRequest, ConsentBasis::ExpressConsent, ConsentBasis::ImpliedDirectCare];
    Ok(ConsentEntry::Given(Consent::new(ConsentTerms {
        id: dice.id(),
        patient: patient.id.clone(),
        channel,
        kind,
        address,
        owner,
        allowed: if objects { Allowed::Nothing } else { dice.one(&[Allowed::Logistics, Allowed::Clinical]) },
        wording: WarningWording {
            id: "sms-warning".to_owned(),
            version: 1 + u32::from(dice.once_in(2)),
            sha256: wordings[dice.below(wordings.len())].clone(),
            language: dice.one(&["en", "es", "es-MX"]).to_owned(),
        },
        alternatives: vec![Channel::Portal, Channel::SecureMessaging],
        basis: if objects { ConsentBasis::Objection } else { dice.one(&basis) },
        how: dice.one(&hows),
        recorded_by: dice.one(&WHO).to_owned(),
        witness: dice.once_in(3).then(|| dice.one(&WHO).to_owned()),
        interpreter: dice.once_in(4).then(|| "phone interpreter 4471".to_owned()),
        start_ms,
        review_by_ms: start_ms + DAY + dice.ms(700 * DAY),
    })?))
}

fn decided(dice: &mut Dice) -> DecisionRef {
    let verdicts = [
        Verdict::Allow,
        Verdict::AllowAndDocument,
        Verdict::Block,
        Verdict::Redirect { to: Destination::Portal },
        Verdict::NeedsConsent,
        Verdict::Rewrite,
        Verdict::Review,
    ];
    DecisionRef {
        trace_sha256: dice.hash(),
        policy: dice.one(&["us-hipaa 1", "eu-gdpr 3", "strict 1"]).to_owned(),
        policy_sha256: dice.hash(),
        verdict: dice.one(&verdicts),
        rules: (0..dice.below(4)).map(|_| dice.one(&["intent.call_us", "consent.withdrawn"]).to_owned()).collect(),
    }
}

fn message(dice: &mut Dice, patient: &Patient, at: i64) -> HandedOff {
    let outcome = match dice.below(5) {
        0 => HandedOffOutcome::NotSent,
        1 => HandedOffOutcome::Unknown,
        2 => HandedOffOutcome::Stopped {
            patient_objection: dice.once_in(2),
            why: dice.one(&["Texting withdrawn", "Clinical content"]).to_owned(),
        },
        _ => HandedOffOutcome::Sent,
    };
    HandedOff {
        id: dice.id(),
        patient: patient.id.clone(),
        channel: dice.one(&Channel::ALL),
        text: dice.text(),
        language: dice.one(&["en", "es"]).to_owned(),
        topic: dice.one(&["Request to call clinic", "Message to patient", " "]).to_owned(),
        at_ms: at + dice.ms(DAY),
        outcome,
        decision: decided(dice),
    }
}

fn note(dice: &mut Dice, patient: &Patient, sent: &[HandedOff], received: &[Received], at: i64) -> ChartNote {
    let sources = sent.iter().map(|m| &m.id).chain(received.iter().map(|text| &text.id)).collect::<Vec<_>>();
    let source = sources.get(dice.below(sources.len() + 1)).map_or_else(|| dice.id(), |id| (*id).clone());
    let kinds = [ChartKind::Communication, ChartKind::Consent, ChartKind::Inbound, ChartKind::Note, ChartKind::Photo];
    ChartNote {
        id: dice.id(),
        patient: patient.id.clone(),
        source,
        kind: dice.one(&kinds),
        text: format!("x{}", dice.text()),
        language: dice.one(&["en", "es"]).to_owned(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: at + dice.ms(DAY),
        filed_ms: if dice.once_in(2) { Some(at + DAY) } else { None },
    }
}

fn audit(
    dice: &mut Dice,
    patient: &Patient,
    consents: &[ConsentEntry],
    messages: &[HandedOff],
    at: i64,
) -> Done<Vec<AuditRecord>> {
    let mut records = Vec::new();
    for message in messages {
        let id = consents.get(dice.below(consents.len() + 1)).map(|entry| entry.id().to_owned());
        let decision = AuditAct::Decision {
            patient: patient.id.clone(),
            consent: id.or_else(|| dice.once_in(2).then(|| dice.id())),
            permitted: dice.once_in(2),
            reason: "intent.call_us: permitted".to_owned(),
        };
        let disclosure = AuditAct::Disclosure {
            patient: patient.id.clone(),
            message: message.id.clone(),
            channel: message.channel,
            address: Some(address(dice, ContactKind::Phone)),
            decision: message.decision.clone(),
            journal_entry: dice.roll() >> 40,
            journal_root: dice.hash(),
        };
        for act in [decision, disclosure] {
            records.push(AuditRecord { id: dice.id(), at_ms: message.at_ms, act });
        }
    }
    for _ in 0..dice.below(4) {
        // A hand-off is a disclosure of its own kind, above.
        let code = dice.one(&CODES.map(|code| if code == "handed_off" { "charted" } else { code }));
        let (entry, position) = (entry(dice, code, 0, at)?, dice.roll() >> 40);
        let act = AuditAct::Noted { patient: patient.id.clone(), entry, position, leaf: dice.hash() };
        records.push(AuditRecord { id: dice.id(), at_ms: at, act });
    }
    if dice.once_in(2) {
        let act = AuditAct::UnlockFailed { tries: 1 + u32::from(dice.once_in(2)) };
        records.push(AuditRecord { id: dice.id(), at_ms: at, act });
    }
    if dice.once_in(6) {
        let act = AuditAct::Wiped {
            vault: dice.id(),
            records: dice.roll() >> 50,
            photos: 3,
            receipt_sha256: dice.hash(),
            residue_clean: dice.once_in(2),
        };
        records.push(AuditRecord { id: dice.id(), at_ms: at, act });
    }
    Ok(records)
}

/// An entry of the journal of that name.
fn entry(dice: &mut Dice, name: &str, epoch: u64, at: i64) -> Done<Entry> {
    Ok(Entry {
        epoch,
        seal: dice.hash(),
        code: serde_json::from_value(serde_json::Value::String(name.to_owned()))?,
        locked: dice.once_in(9).then(|| dice.roll() >> 60),
        patient: dice.once_in(2).then(|| dice.id()),
        counts: (0..dice.below(3)).map(|_| ("records".to_owned(), dice.roll() >> 50)).collect(),
        reference: dice.once_in(4).then(|| dice.hash()),
        wall_ms: at + dice.ms(DAY),
        since_boot_ms: dice.roll() >> 40,
        boot: dice.hash()[..16].to_owned(),
    })
}

/// Every kind of entry, then any.
fn journal(dice: &mut Dice, at: i64) -> Done<Vec<Sealed>> {
    let mut lines = Vec::new();
    for number in 0..120 {
        let name = CODES.get(number).copied().unwrap_or_else(|| dice.one(&CODES));
        let entry = entry(dice, name, u64::try_from(number / 10)?, at)?;
        lines.push(Sealed { entry: serde_json::to_string(&entry)?, mac: dice.hash() });
    }
    Ok(lines)
}
