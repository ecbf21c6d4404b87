use proptest::prelude::*;
use serde_json::json;

use super::*;

const FIXTURE: &[u8] = include_bytes!("../../../../../tests/fixtures/patients.json");
const SALT: [u8; 32] = [7; 32];
/// 2026-11-23 09:20:00 UTC.
const NOW: i64 = 1_795_425_600_000;

fn import(bytes: &[u8]) -> Result<Import> {
    super::import(bytes, &SALT, NOW, &[])
}

fn one(patient: Value) -> Result<Import> {
    let mut patient = patient;
    patient["resourceType"] = json!("Patient");
    import(
        json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]})
            .to_string()
            .as_bytes(),
    )
}

#[test]
fn the_patients_of_a_public_generator_are_imported() {
    let import = import(FIXTURE).unwrap();
    assert_eq!((import.patients.len(), import.report.patients, import.report.nameless), (16, 16, 0));
    assert_eq!((import.report.skipped_resources, import.report.contacts_left_out), (0, 0));
    let walter = import.patients.iter().find(|patient| patient.first_name() == Some("Walter")).unwrap();
    assert_eq!(walter.display_name(), "Walter Kerluke");
    assert_eq!(walter.date_of_birth.as_deref(), Some("1993-06-21"));
    assert_eq!(walter.contacts[0].value, "555-616-6417");
    assert_eq!(walter.language.as_deref(), Some("en-US"));
    assert_eq!(walter.contacts[0].verified_ms, None, "nobody has checked it with the patient");
    import.patients.iter().for_each(|patient| patient.check().unwrap());
}

#[test]
fn numbers_that_a_phone_does_not_need_stay_out() {
    let import = import(FIXTURE).unwrap();
    let kept = serde_json::to_string(&import.patients).unwrap();
    for left_out in ["999-", "us-ssn", "S999", "passport", "2.16.840.1.113883.4.3.25", "Massachusetts"] {
        assert!(!kept.contains(left_out), "{left_out}");
    }
    assert!(import.report.identifiers_left_out >= 16);
    assert!(import.patients.iter().all(|patient| patient.identifiers[0].system == "http://hospital.smarthealthit.org"));
}

#[test]
fn ids_are_the_same_again_in_this_vault_and_others_elsewhere() {
    let ids = |salt: u8| -> Vec<String> {
        let import = super::import(FIXTURE, &[salt; 32], NOW, &[]).unwrap();
        import.patients.into_iter().map(|patient| patient.id).collect()
    };
    assert_eq!(ids(7), ids(7));
    assert!(ids(7).iter().all(|id| !ids(8).contains(id)));
    let text = std::str::from_utf8(FIXTURE).unwrap().replace('-', "");
    assert!(ids(7).iter().all(|id| !text.contains(id.as_str())), "an id tells nothing of its source");
}

#[test]
fn deceased_old_numbers_and_languages_are_understood() {
    let import = one(json!({
        "id": "p1",
        "name": [{"use": "maiden", "family": "Rau"}, {"use": "usual", "given": ["Rosa", null, " "], "family": " Delgado  Ruiz "}],
        "birthDate": "1961-05",
        "deceasedDateTime": "2026-01-01",
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": true}],
        "telecom": [
            {"system": "phone", "value": "+15550100001", "use": "old"},
            {"system": "phone", "value": "+15550100002", "period": {"end": "2026-10-01"}},
            {"system": "sms", "value": "+15550100003", "rank": 2, "period": {"end": "2027"}},
            {"system": "email", "value": "rosa@example.org", "rank": 1},
            {"system": "phone", "value": "+1 555 010 0003"},
            {"system": "fax", "value": "+15550100009"},
            {"system": "phone", "value": "ask at the desk"},
        ],
        "communication": [{"language": {"coding": [{"code": "en"}]}}, {"language": {"coding": [{"code": "es"}]}, "preferred": true}],
    }))
    .unwrap();
    let patient = &import.patients[0];
    assert!(patient.deceased && patient.interpreter);
    assert_eq!(patient.display_name(), "Rosa Delgado Ruiz");
    let shown: Vec<(&str, bool)> = patient.contacts.iter().map(|c| (c.value.as_str(), c.old)).collect();
    assert_eq!(
        shown,
        [("rosa@example.org", false), ("+15550100003", false), ("+15550100001", true), ("+15550100002", true)]
    );
    assert_eq!(patient.language.as_deref(), Some("es"));
    let report = import.report;
    assert_eq!((report.deceased, report.birth_dates_missing, report.contacts_left_out), (1, 1, 2));
}

#[test]
fn a_patient_without_a_name_is_known_by_the_record_number() {
    let import =
        one(json!({"identifier": [{"value": "4471902", "type": {"text": "MRN"}}], "deceasedBoolean": false})).unwrap();
    assert_eq!(import.patients[0].display_name(), "<4471902>");
    assert_eq!((import.report.nameless, import.report.deceased), (1, 0));
    assert!(matches!(one(json!({})), Err(Error::Invalid { field: "bundle.patient", .. })));
    assert!(matches!(one(json!({"id": "p1"})), Err(Error::Invalid { field: "patient.names", .. })));
    assert_eq!(
        one(json!({"id": "p1", "name": [{"text": "Baby Haddad"}]})).unwrap().patients[0].first_name(),
        Some("Baby Haddad")
    );
}

#[test]
fn other_resources_are_skipped_and_counted() {
    let bundle = json!({"entry": [
        {"resource": {"resourceType": "Observation", "name": "x", "telecom": 5}},
        {"resource": {"resourceType": "Patient", "id": "a", "name": [{"family": "Haddad"}]}},
        {"resource": {"resourceType": "Patient", "id": "b", "active": false}},
        {"fullUrl": "urn:uuid:1"}, {"resource": {"resourceType": 7}},
    ], "type": "batch", "resourceType": "Bundle"});
    let import = import(bundle.to_string().as_bytes()).unwrap();
    assert_eq!((import.patients.len(), import.report.skipped_resources, import.report.skipped_inactive), (1, 3, 1));
    assert_eq!(super::import(br#"{"resourceType":"Bundle"}"#, &SALT, NOW, &[]).unwrap().patients.len(), 0);
}

#[test]
fn bad_input_is_a_typed_error_and_never_a_part() {
    let refused = |bytes: &[u8], why: &str| match import(bytes) {
        Err(Error::Invalid { why: found, .. }) => assert_eq!(found, why),
        other => panic!("{why}: {:?}", other.map(|import| import.report)),
    };
    refused(b"\xFF\xFE{}", "not UTF-8");
    refused(b"", "cut short");
    refused(&FIXTURE[..FIXTURE.len() / 2], "cut short");
    refused(&FIXTURE[..FIXTURE.len() - 3], "cut short");
    refused(b"{]", "not JSON");
    refused(b"{\"resourceType\":\"Bundle\"}x", "not JSON");
    refused(b"[]", "not a FHIR Bundle");
    refused(b"{\"resourceType\":\"Patient\"}", "not a FHIR Bundle");
    refused(b"{\"resourceType\":\"Bundle\",\"entry\":7}", "not a FHIR Bundle");
    refused("[".repeat(40).as_bytes(), "nested too deep");
    let wrong = json!([{"resourceType": "Patient", "id": "a", "name": [{"family": "Haddad"}]}, {"resourceType": "Patient", "id": "b", "name": 7}]);
    let entries: Vec<Value> = wrong.as_array().unwrap().iter().map(|resource| json!({"resource": resource})).collect();
    refused(json!({"resourceType": "Bundle", "entry": entries}).to_string().as_bytes(), "an element of the wrong type");
    let twice = vec![entries[0].clone(), entries[0].clone()];
    refused(json!({"resourceType": "Bundle", "entry": twice}).to_string().as_bytes(), "the same patient twice");
}

#[test]
fn limits_hold_and_the_largest_still_fits() {
    let big = vec![b' '; MAX_BUNDLE_BYTES + 1];
    assert_eq!(import(&big).map(|_| ()), Err(Error::TooLarge { field: "bundle", limit: 8_388_608 }));
    let patients = |count: usize| {
        let entries: Vec<String> = (0..count)
            .map(|i| format!(r#"{{"resource":{{"resourceType":"Patient","id":"{i}","name":[{{"family":"F"}}]}}}}"#))
            .collect();
        format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","))
    };
    assert_eq!(import(patients(MAX_PATIENTS).as_bytes()).unwrap().patients.len(), 5_000);
    assert_eq!(
        import(patients(MAX_PATIENTS + 1).as_bytes()).map(|_| ()),
        Err(Error::TooLarge { field: "bundle.patients", limit: 5_000 })
    );
    let long = json!({"id": "a", "name": [{"family": "x".repeat(300)}]});
    assert!(matches!(one(long), Err(Error::TooLarge { field: "patient.names.family", .. })));
    let nested = |depth: usize| {
        let extension = "[".repeat(depth - 1) + &"]".repeat(depth - 1);
        import(format!(r#"{{"resourceType":"Bundle","extra":{extension}}}"#).as_bytes()).map(|_| ())
    };
    assert_eq!(nested(MAX_DEPTH), Ok(()));
    assert_eq!(nested(MAX_DEPTH + 1), Err(Error::invalid("bundle", "nested too deep")));
}

#[test]
fn brackets_in_strings_are_no_depth() {
    let name = r#"["\\\"[[[["#.repeat(12);
    assert_eq!(one(json!({"id": "a", "name": [{"family": name}]})).unwrap().patients[0].names[0].family, name);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_bundles_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), cut in any::<prop::sample::Index>(), cuts: bool) {
        let end = FIXTURE.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(3).unwrap().0;
        let mut bytes = [&FIXTURE[..end - 1], b"]}"].concat();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(import) = import(&bytes) {
            prop_assert!(import.patients.iter().all(|patient| patient.check().is_ok()));
            prop_assert_eq!(usize::try_from(import.report.patients).unwrap(), import.patients.len());
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), end in "\\PC{0,14}", now in any::<i64>()) {
        let _ = import(&bytes);
        let _ = resource::ended(&end, now);
    }

    #[test]
    fn any_truncation_is_refused(cut in any::<prop::sample::Index>()) {
        let whole = FIXTURE.trim_ascii_end();
        prop_assert!(import(&whole[..cut.index(whole.len())]).is_err());
    }
}
