//! What a phone believes of another's ledger, and that it believes all of its own.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::consent::moment;
use super::*;
use crate::chart::fhir::{Export, WarningText, bundle};
use crate::chart::{Origin, Party};
use crate::consent::{
    Allowed, Consent, ConsentBasis, ConsentEntry, ConsentStanding, ConsentTerms, HowGiven, Withdrawal, state,
    tests::no as withdrawal, tests::terms,
};
use crate::crypto::{hex, sha256};
use crate::patient::{ContactKind, ContactOwner, ContactPoint, Patient, tests::rosa};
use crate::policy::Channel;

const SALT: [u8; 32] = [9; 32];
const T0: i64 = 1_795_000_000_000;
const DAY: i64 = 86_400_000;
const NOW: i64 = T0 + 100 * DAY;
const WARNING: &str = "Texts are not private.";
const NUMBER: &str = "+1 (555) 010-0142";

fn yes(change: impl FnOnce(&mut ConsentTerms)) -> ConsentEntry {
    let mut terms = terms();
    terms.wording.sha256 = hex(&sha256(WARNING.as_bytes()));
    change(&mut terms);
    // Ids are the vault's; a list of answers in a test needs different ones.
    terms.id = hex(&sha256(format!("{:?} {}", terms.channel, terms.start_ms).as_bytes())[..16]);
    ConsentEntry::Given(Consent::new(terms).unwrap())
}

fn no(at_ms: i64) -> ConsentEntry {
    let id = hex(&sha256(&at_ms.to_be_bytes())[..16]);
    ConsentEntry::Withdrawn(Withdrawal { id, at_ms, ..withdrawal(at_ms) })
}

fn objection(at_ms: i64) -> ConsentEntry {
    yes(|t| {
        (t.start_ms, t.review_by_ms) = (at_ms, at_ms + DAY);
        (t.allowed, t.basis) = (Allowed::Nothing, ConsentBasis::Objection);
    })
}

fn exported(patient: &Patient, consents: &[ConsentEntry]) -> Value {
    let party = |digit: &str, display: &str| Party { id: digit.repeat(32), display: display.into() };
    let origin = Origin {
        clinician: party("2", "Dr A. Lee"),
        clinic: party("3", "Example Clinic"),
        device: party("4", "Clinic phone 7"),
        device_name: "clinic-phone-7".into(),
        base_uri: "urn:curtain".into(),
        policy_uri: "urn:curtain:policy:us-hipaa:1".into(),
        demo: false,
    };
    let sha256 = hex(&sha256(WARNING.as_bytes()));
    bundle(&Export {
        origin: &origin,
        patient: Some(patient),
        pseudonym: "P-0042",
        named: true,
        consents,
        warnings: &[WarningText { sha256: &sha256, text: WARNING }],
        messages: &[],
        received: &[],
        drafts: &[],
        photos: &[],
        notes: &[],
        audit: &[],
        at_ms: NOW,
    })
    .unwrap()
}

/// The institution puts its own name and number in the pseudonym's place.
fn mapped(mut bundle: Value) -> Value {
    bundle["entry"][0]["resource"]["name"] = json!([{"family": "Delgado", "given": ["Rosa"]}]);
    bundle["entry"][0]["resource"]["identifier"] = json!([{"system": "MRN", "value": "4471902"}]);
    bundle
}

fn consent(bundle: &mut Value, nth: usize) -> &mut Value {
    let entries = bundle["entry"].as_array_mut().unwrap();
    &mut entries.iter_mut().filter(|e| e["resource"]["resourceType"] == "Consent").nth(nth).unwrap()["resource"]
}

fn read(bundle: &Value) -> Import {
    import(bundle.to_string().as_bytes(), &SALT, NOW, &[]).unwrap()
}

/// What a phone with this ledger makes of a Bundle: the ledger after it, and the reasons for what does not count.
fn after(ledger: &[ConsentEntry], bundle: &Value) -> (Patient, Vec<ConsentEntry>, Vec<LeftOutReason>) {
    let read = read(bundle);
    let patient = read.patients[0].clone();
    let settled = settle(ledger, &read.consents, &patient, &SALT, NOW).unwrap();
    let reasons = read.left_out.iter().chain(&settled.left_out).map(|left_out| left_out.reason).collect();
    (patient, [ledger.to_vec(), settled.append, settled.ended].concat(), reasons)
}

/// An entry without what is another on each phone: its id and the patient's.
fn bare(entry: &ConsentEntry) -> Value {
    let mut value = serde_json::to_value(entry).unwrap();
    let inner = value.as_object_mut().unwrap().values_mut().next().unwrap().as_object_mut().unwrap();
    inner.remove("id");
    inner.remove("patient");
    value
}

fn facts(entries: &[ConsentEntry]) -> Vec<Value> {
    entries.iter().map(bare).collect()
}

fn rehomed(entries: &[ConsentEntry], patient: &Patient) -> Vec<ConsentEntry> {
    let home = |entry: &ConsentEntry| match entry.clone() {
        ConsentEntry::Given(given) => {
            let terms = ConsentTerms { patient: patient.id.clone(), ..given.terms().clone() };
            ConsentEntry::Given(Consent::new(terms).unwrap())
        }
        ConsentEntry::Withdrawn(no) => ConsentEntry::Withdrawn(Withdrawal { patient: patient.id.clone(), ..no }),
    };
    entries.iter().map(home).collect()
}

fn standing(patient: &Patient, ledger: &[ConsentEntry]) -> ConsentStanding {
    state(ledger, patient, Channel::Sms, NUMBER, NOW)
}

const IN_FORCE: ConsentStanding = ConsentStanding::InForce { allowed: Allowed::Logistics, review_due: false };

#[test]
fn a_ledger_goes_from_phone_to_phone_and_holds_the_same_facts() {
    let ledger = [
        yes(|t| t.witness = Some("Nurse B. Okafor".into())),
        no(T0 + 2 * DAY),
        yes(|t| (t.start_ms, t.review_by_ms) = (T0 + 3 * DAY, T0 + 300 * DAY)),
        yes(|t| {
            (t.channel, t.kind, t.address) = (Channel::Email, ContactKind::Email, "rosa@example.org".into());
            t.allowed = Allowed::Clinical;
            (t.how, t.basis) = (HowGiven::OnPaper, ConsentBasis::ExpressConsent);
        }),
        yes(|t| {
            (t.channel, t.address) = (Channel::Whatsapp, "+15550100177".into());
            t.owner = ContactOwner::Other { who: "daughter".into() };
        }),
        objection(T0 + 5 * DAY),
    ];
    for held in [&ledger[..], &ledger[..5], &ledger[..3], &ledger[..2], &ledger[..1], &ledger[3..]] {
        let bundle = mapped(exported(&rosa(), held));
        let (patient, there, left_out) = after(&[], &bundle);
        assert_eq!(left_out, []);
        assert_eq!(facts(&there), facts(held));
        assert_eq!(standing(&patient, &there), standing(&rosa(), held));
        // A second time changes nothing, and the way back brings nothing new.
        assert_eq!(after(&there, &bundle).1, there);
        let back = mapped(exported(&patient, &there));
        let here = rehomed(held, &read(&back).patients[0]);
        assert_eq!((after(&here, &back).1, after(&here, &back).2), (here, vec![]));
    }
}

#[test]
fn a_permission_with_anything_missing_or_added_is_asked_again() {
    let whole = mapped(exported(&rosa(), &[yes(|_| ())]));
    let (patient, there, _) = after(&[], &whole);
    assert_eq!(standing(&patient, &there), IN_FORCE);
    let asked_again = |change: &dyn Fn(&mut Value), reason: LeftOutReason| {
        let mut bundle = whole.clone();
        change(consent(&mut bundle, 0));
        let (patient, there, left_out) = after(&[], &bundle);
        assert_eq!((standing(&patient, &there), left_out), (ConsentStanding::NotAsked, vec![reason]));
    };
    let parts = whole["entry"][1]["resource"]["extension"][0]["extension"].as_array().unwrap().len();
    assert_eq!(parts, 12);
    for part in 0..parts {
        let name = &whole["entry"][1]["resource"]["extension"][0]["extension"][part]["url"];
        // Two alternatives were offered, and an interpreter need not be there.
        if name != "alternative" && name != "interpreter" && name != "review-by" {
            asked_again(
                &|c| drop(c["extension"][0]["extension"].as_array_mut().unwrap().remove(part)),
                LeftOutReason::Incomplete,
            );
        }
        let wrong = |c: &mut Value| c["extension"][0]["extension"][part] = json!({"url": name, "valueCode": "x y"});
        if name != "interpreter" && name != "review-by" {
            asked_again(&wrong, LeftOutReason::Incomplete);
        }
    }
    let incomplete: [&dyn Fn(&mut Value); 16] = [
        &|c| drop(c.as_object_mut().unwrap().remove("extension")),
        &|c| drop(c.as_object_mut().unwrap().remove("dateTime")),
        &|c| drop(c.as_object_mut().unwrap().remove("sourceAttachment")),
        &|c| drop(c.as_object_mut().unwrap().remove("provision")),
        &|c| drop(c["provision"].as_object_mut().unwrap().remove("extension")),
        &|c| drop(c["provision"].as_object_mut().unwrap().remove("provision")),
        &|c| drop(c["provision"].as_object_mut().unwrap().remove("period")),
        &|c| drop(c["provision"].as_object_mut().unwrap().remove("type")),
        &|c| c["provision"]["period"]["start"] = json!("2026-01-01T00:00:00Z"),
        &|c| c["provision"]["period"]["end"] = json!("2026"),
        &|c| c["provision"]["actor"] = json!([{"role": {"text": "carer"}}]),
        &|c| c["provision"]["dataPeriod"] = json!({"start": "2026"}),
        &|c| c["modifierExtension"] = json!([{"url": "urn:x", "valueBoolean": true}]),
        &|c| c["provision"]["provision"][0]["securityLabel"] = json!([]),
        &|c| c["provision"]["extension"][0]["valueContactPoint"]["system"] = json!("email"),
        &|c| c["provision"]["extension"][0]["url"] = json!("https://clinic.example/communication-channel"),
    ];
    incomplete.iter().for_each(|change| asked_again(change, LeftOutReason::Incomplete));
    let wording = LeftOutReason::WordingUnknown;
    asked_again(&|c| drop(c["sourceAttachment"].as_object_mut().unwrap().remove("data")), wording);
    asked_again(&|c| c["sourceAttachment"]["data"] = json!("T3RoZXI="), wording);
    asked_again(&|c| c["sourceAttachment"]["extension"][0]["valueString"] = json!("ab".repeat(32)), wording);
    for status in ["draft", "proposed", "entered-in-error", "ACTIVE", ""] {
        asked_again(&|c| c["status"] = json!(status), LeftOutReason::NotFinal);
    }
    let future = |c: &mut Value| {
        c["dateTime"] = json!("2027-03-01T00:00:00Z");
        c["provision"]["period"]["start"] = json!("2027-03-01T00:00:00Z");
    };
    asked_again(&future, LeftOutReason::InTheFuture);
    asked_again(&|c| c["patient"]["reference"] = json!("Patient/none"), LeftOutReason::NoPatient);
}

#[test]
fn words_that_the_phone_knows_need_not_travel() {
    let mut bundle = mapped(exported(&rosa(), &[yes(|_| ())]));
    consent(&mut bundle, 0)["sourceAttachment"].as_object_mut().unwrap().remove("data");
    let known = [hex(&sha256(WARNING.as_bytes()))];
    let read = import(bundle.to_string().as_bytes(), &SALT, NOW, &known).unwrap();
    assert_eq!((read.consents.len(), read.left_out.len(), read.report.consents), (1, 0, 1));
}

#[test]
fn a_no_counts_however_little_it_says() {
    let ledger = [yes(|_| ())];
    let bare = json!({"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/p1"},
        "provision": {"type": "deny", "extension": [{"url": "https://other.example/StructureDefinition/communication-channel",
            "valueContactPoint": {"system": "sms", "value": "+15550100142"}}]}});
    let given = |consent: &Value| {
        json!({"resourceType": "Bundle", "entry": [
            {"resource": {"resourceType": "Patient", "id": "p1", "name": [{"family": "Delgado"}],
                "telecom": [{"system": "phone", "value": NUMBER}]}}, {"resource": consent}]})
    };
    let holds = |consent: Value, at: i64| {
        let bundle = given(&consent);
        let patient = read(&bundle).patients[0].clone();
        let ledger = rehomed(&ledger, &patient);
        assert_eq!(standing(&patient, &ledger), IN_FORCE);
        let (_, there, left_out) = after(&ledger, &bundle);
        assert_eq!(left_out, []);
        assert_eq!(standing(&patient, &there), ConsentStanding::Withdrawn { at_ms: at }, "{consent}");
    };
    holds(bare.clone(), NOW);
    let with = |name: &str, value: Value| {
        let mut consent = bare.clone();
        consent[name] = value;
        consent
    };
    holds(with("dateTime", json!("2026-12-01T10:00:00+02:00")), 1_796_112_000_000);
    holds(with("dateTime", json!("2026-12-01")), 1_796_169_599_999);
    for odd in ["2026", "2026-12-01T10:00", "soon", "9999-12-31T00:00:00Z", "2027-12-01"] {
        holds(with("dateTime", json!(odd)), NOW);
    }
    holds(with("status", json!("inactive")), NOW);
    holds(with("modifierExtension", json!([{"url": "urn:x"}])), NOW);
    holds(with("sourceAttachment", json!({"data": "not base64"})), NOW);
    let mut rejected = with("status", json!("rejected"));
    rejected["provision"]["type"] = json!("permit");
    holds(rejected, NOW);

    for unclear in [json!([]), json!([{"url": "x/communication-channel", "valueContactPoint": {"system": "sms"}}])] {
        let mut consent = bare.clone();
        consent["provision"]["extension"] = unclear;
        assert_eq!(after(&[], &given(&consent)).2, [LeftOutReason::NoChannel], "nobody guesses what was refused");
    }
}

#[test]
fn a_permission_never_lifts_a_no_that_its_bundle_does_not_know() {
    let later = [yes(|t| (t.start_ms, t.review_by_ms) = (T0 + 9 * DAY, T0 + 90 * DAY))];
    let bundle = mapped(exported(&rosa(), &later));
    let patient = read(&bundle).patients[0].clone();
    for refusal in [no(T0 + DAY), objection(T0 + DAY), no(NOW)] {
        let here = rehomed(std::slice::from_ref(&refusal), &patient);
        let (_, there, left_out) = after(&here, &bundle);
        assert_eq!((there, left_out), (here, vec![LeftOutReason::RefusedHere]));
    }
    // Known to both, and asked again after it: in force.
    let told = [no(T0 + DAY), later[0].clone()];
    let bundle = mapped(exported(&rosa(), &told));
    let here = rehomed(&told[..1], &patient);
    let (_, there, left_out) = after(&here, &bundle);
    assert_eq!((facts(&there), left_out), (facts(&told), vec![]));
}

#[test]
fn a_permission_that_is_inactive_is_over_at_once_and_a_later_one_is_not() {
    let given = [yes(|_| ())];
    let mut bundle = mapped(exported(&rosa(), &given));
    let (patient, before, _) = after(&[], &bundle);
    assert_eq!(standing(&patient, &before), IN_FORCE);
    consent(&mut bundle, 0)["status"] = json!("inactive");
    let withdrawn = ConsentStanding::Withdrawn { at_ms: T0 };
    for ledger in [&before[..], &[]] {
        let (patient, there, left_out) = after(ledger, &bundle);
        assert_eq!((standing(&patient, &there), there.len(), left_out), (withdrawn, 2, vec![]));
        assert_eq!(after(&there, &bundle).1, there);
        // Asked again there, and exported: the end of the first does not stand in the way.
        let later = [given[0].clone(), yes(|t| (t.start_ms, t.review_by_ms) = (T0 + 9 * DAY, T0 + 390 * DAY))];
        let bundle = mapped(exported(&rosa(), &later));
        let (_, there, left_out) = after(&there, &bundle);
        assert_eq!((standing(&patient, &there), left_out), (IN_FORCE, vec![]));
    }
}

#[test]
fn a_number_that_is_void_or_a_date_that_has_passed_stays_so() {
    let mut moved = rosa();
    let old = moved.contacts.iter_mut().find(|c| c.canonical() == "+15550100142").unwrap();
    old.old = true;
    let new = ContactPoint { value: "+15550100143".into(), old: false, ..old.clone() };
    moved.contacts.push(new);
    let ledger = [
        yes(|_| ()),
        yes(|t| (t.address, t.start_ms, t.review_by_ms) = ("+15550100143".into(), T0 + DAY, T0 + 300 * DAY)),
    ];
    let (patient, there, left_out) = after(&[], &mapped(exported(&moved, &ledger)));
    assert_eq!((facts(&there), left_out), (facts(&ledger), vec![]));
    assert_eq!(standing(&patient, &there), ConsentStanding::VoidNumberChanged);
    assert_eq!(state(&there, &patient, Channel::Sms, "+15550100143", NOW), IN_FORCE);
    let expired = [yes(|t| t.review_by_ms = T0 + DAY)];
    let (patient, there, _) = after(&[], &mapped(exported(&rosa(), &expired)));
    assert_eq!((standing(&patient, &there), there.len()), (ConsentStanding::Expired, 1));
}

#[test]
fn a_consent_is_for_the_patient_it_names_and_for_one_alone() {
    let mut bundle = mapped(exported(&rosa(), &[yes(|_| ())]));
    let other =
        json!({"fullUrl": "urn:x", "resource": {"resourceType": "Patient", "id": "o", "name": [{"family": "Haddad"}]}});
    bundle["entry"].as_array_mut().unwrap().insert(0, other);
    let import = read(&bundle);
    assert_eq!(import.patients.len(), 2);
    assert!(matches!(&import.consents[0].entry, ConsentEntry::Given(c) if c.terms().patient == import.patients[1].id));
    assert_eq!(import.claimed, [String::new(), rosa().id]);
    // Two patients under one name: neither is meant.
    bundle["entry"][0]["fullUrl"] = bundle["entry"][1]["fullUrl"].clone();
    assert_eq!(read(&bundle).left_out[0].reason, LeftOutReason::NoPatient);
    // A patient who is not imported has no ledger.
    bundle["entry"][0]["fullUrl"] = json!("urn:x");
    bundle["entry"][1]["resource"]["active"] = json!(false);
    assert_eq!(read(&bundle).left_out[0].reason, LeftOutReason::NoPatient);
}

#[test]
fn a_consent_with_a_wrong_type_refuses_the_whole_bundle_and_too_many_do() {
    let whole = mapped(exported(&rosa(), &[yes(|_| ())]));
    let wrong: [&dyn Fn(&mut Value); 4] =
        [&|c| c["status"] = json!(7), &|c| c["provision"] = json!([]), &|c| c["extension"] = json!("x"), &|c| {
            c["extension"][0]["extension"][0]["valueCode"] = json!(true)
        }];
    for change in wrong {
        let mut bundle = whole.clone();
        change(consent(&mut bundle, 0));
        let refused = import(bundle.to_string().as_bytes(), &SALT, NOW, &[]);
        assert_eq!(refused.map(|_| ()), Err(Error::invalid("bundle.consent", "an element of the wrong type")));
    }
    let many = vec![r#"{"resource":{"resourceType":"Consent"}}"#; MAX_CONSENTS + 1].join(",");
    let many = format!(r#"{{"resourceType":"Bundle","entry":[{many}]}}"#);
    let refused = import(many.as_bytes(), &SALT, NOW, &[]).map(|_| ());
    assert_eq!(refused, Err(Error::TooLarge { field: "bundle.consents", limit: 20_000 }));
}

fn entry_of((kind, day, clinical): (u8, i64, bool)) -> ConsentEntry {
    let at = T0 + day * DAY;
    match kind % 3 {
        0 => no(at),
        1 => objection(at),
        _ => yes(|t| {
            (t.start_ms, t.review_by_ms) = (at, at + 40 * DAY);
            t.allowed = if clinical { Allowed::Clinical } else { Allowed::Logistics };
        }),
    }
}

fn ledgers() -> impl Strategy<Value = Vec<ConsentEntry>> {
    let days = prop::collection::btree_map(0i64..100, (any::<u8>(), any::<bool>()), 0..8);
    days.prop_map(|days| days.into_iter().map(|(day, (kind, clinical))| entry_of((kind, day, clinical))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_ledger_survives_the_way(ledger in ledgers()) {
        let (patient, there, left_out) = after(&[], &mapped(exported(&rosa(), &ledger)));
        prop_assert_eq!(left_out.len(), 0);
        prop_assert_eq!(facts(&there), facts(&ledger));
        prop_assert_eq!(standing(&patient, &there), standing(&rosa(), &ledger));
    }

    /// Whatever two phones know: after the import a no of either that nothing later answered on *its* phone still holds.
    #[test]
    fn no_file_opens_what_this_phone_closed(here in ledgers(), there in ledgers()) {
        let bundle = mapped(exported(&rosa(), &there));
        let patient = read(&bundle).patients[0].clone();
        let here = rehomed(&here, &patient);
        let before = standing(&patient, &here);
        let (_, both, _) = after(&here, &bundle);
        let closed = matches!(before, ConsentStanding::Withdrawn { .. } | ConsentStanding::Objected);
        let known = there.iter().map(bare).collect::<Vec<_>>();
        let refusals: Vec<_> = here.iter().filter(|e| !matches!(e, ConsentEntry::Given(c) if c.terms().allowed != Allowed::Nothing)).collect();
        // Rule 4 takes a no of the same moment as an answer that the file calls over for the one it wrote itself.
        let moments: Vec<i64> = there.iter().map(ConsentEntry::at_ms).collect();
        let unheard = |no: &ConsentEntry| !known.contains(&bare(no)) && !moments.contains(&no.at_ms());
        if closed && refusals.into_iter().any(unheard) {
            let open = matches!(standing(&patient, &both), ConsentStanding::InForce { .. });
            prop_assert!(!open);
        }
    }

    #[test]
    fn mutated_consents_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>(), cuts: bool) {
        let mut bytes = mapped(exported(&rosa(), &[yes(|_| ()), no(T0 + DAY)])).to_string().into_bytes();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(import) = import(&bytes, &SALT, NOW, &[]) {
            for patient in &import.patients {
                let settled = settle(&[], &import.consents, patient, &SALT, NOW).unwrap();
                prop_assert!(settled.append.iter().all(|entry| entry.at_ms() <= NOW));
            }
        }
    }

    #[test]
    fn a_moment_is_read_or_not_but_never_panics(text in "\\PC{0,45}", day in "[0-9]{4}-[0-9]{2}-[0-9]{2}T?[0-9:+Z.]{0,18}") {
        let _ = (moment(&text), moment(&day));
    }
}
