use proptest::prelude::*;

use super::*;

type Damage = fn(&mut Patient);

pub(crate) fn rosa() -> Patient {
    Patient {
        id: "0a".repeat(16),
        names: vec![PersonName { given: vec!["Rosa".into()], family: "Delgado".into() }],
        date_of_birth: Some("1961-05-03".into()),
        identifiers: vec![PatientIdentifier { system: "MRN".into(), value: "4471902".into() }],
        contacts: vec![ContactPoint {
            value: "+1 (555) 010-0142".into(),
            kind: ContactKind::Phone,
            owner: ContactOwner::Patient,
            shared_with: None,
            safe_to_leave_message: true,
            verified_ms: Some(1_795_000_000_000),
            old: false,
        }],
        language: Some("es".into()),
        interpreter: true,
        safeguarding: false,
        deceased: false,
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: 1_795_000_000_000,
        updated_ms: 1_795_000_000_000,
    }
}

fn named(given: &str, family: &str, birth: &str, id: u8) -> Patient {
    Patient {
        id: format!("{id:02x}").repeat(16),
        names: vec![PersonName { given: vec![given.into()], family: family.into() }],
        date_of_birth: Some(birth.into()),
        ..rosa()
    }
}

#[test]
fn a_whole_patient_is_accepted_and_survives_json() {
    let patient = rosa();
    patient.check().unwrap();
    let json = serde_json::to_string(&patient).unwrap();
    assert!(serde_json::from_str::<Patient>(&json).unwrap() == patient);
    assert!(serde_json::from_str::<Patient>(&json.replacen('{', "{\"extra\":1,", 1)).is_err());
}

#[test]
fn each_broken_field_is_refused_by_its_name() {
    let cases: [(&str, Damage); 13] = [
        ("patient.names.given", |p| p.names[0].given[0] = "Rosa\u{202E}".into()),
        ("patient.id", |p| p.id = "0A".repeat(16)),
        ("patient.names", |p| {
            p.names.clear();
            p.identifiers.clear();
        }),
        ("patient.names", |p| p.names = vec![PersonName { given: vec![], family: String::new() }]),
        ("patient.names.family", |p| p.names[0].family = "Del\ngado".into()),
        ("patient.date_of_birth", |p| p.date_of_birth = Some("1961-02-29".into())),
        ("patient.identifiers.value", |p| p.identifiers[0].value = "  ".into()),
        ("contact.value", |p| p.contacts[0].value = "call me".into()),
        ("contact.value", |p| p.contacts[0].kind = ContactKind::Email),
        ("contact.owner", |p| p.contacts[0].owner = ContactOwner::Other { who: String::new() }),
        ("contact.verified_ms", |p| p.contacts[0].verified_ms = Some(-1)),
        ("patient.language", |p| p.language = Some("español".into())),
        ("patient.created_ms", |p| p.created_ms = i64::MAX),
    ];
    for (field, damage) in cases {
        let mut patient = rosa();
        damage(&mut patient);
        assert!(
            matches!(patient.check(), Err(Error::Invalid { field: f, .. }) if f == field),
            "{field}: {:?}",
            patient.check()
        );
    }
}

#[test]
fn lists_and_texts_have_limits() {
    let mut patient = rosa();
    patient.contacts = vec![patient.contacts[0].clone(); MAX_LISTED + 1];
    assert_eq!(patient.check(), Err(Error::TooLarge { field: "patient.contacts", limit: 32 }));
    let mut patient = rosa();
    patient.names[0].family = "x".repeat(MAX_SHORT + 1);
    assert_eq!(patient.check(), Err(Error::TooLarge { field: "patient.names.family", limit: 256 }));
}

#[test]
fn a_calendar_day_is_a_real_one() {
    for good in ["2000-02-29", "1996-02-29", "1850-01-01", "2026-12-31"] {
        assert!(check_date("d", good).is_ok(), "{good}");
    }
    for bad in [
        "1900-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-00-10",
        "2026-1-01",
        "20260101",
        "+026-01-01",
        "１９９０-01-01",
        "",
    ] {
        assert!(check_date("d", bad).is_err(), "{bad}");
    }
}

#[test]
fn a_summary_shows_two_identifiers_beside_the_name() {
    let summary = rosa().summary();
    assert_eq!(summary.display_name, "Rosa Delgado");
    assert_eq!(summary.date_of_birth.as_deref(), Some("1961-05-03"));
    assert_eq!(summary.identifier.as_deref(), Some("4471902"));
    assert_eq!(rosa().first_name(), Some("Rosa"));
    let unknown = Patient { names: vec![], ..rosa() };
    unknown.check().unwrap();
    assert_eq!((unknown.display_name().as_str(), unknown.first_name()), ("<4471902>", None));
}

#[test]
fn a_number_is_found_in_any_spelling_unless_it_is_old() {
    let mut patient = rosa();
    assert!(patient.contact("+15550100142").is_some());
    assert!(patient.contact("+1 555.010.0142").is_some());
    assert!(patient.contact("555 010 0142").is_none(), "without the country code it is another number");
    patient.contacts[0].old = true;
    assert!(patient.contact("+15550100142").is_none());
}

#[test]
fn debug_shows_nothing_of_the_patient() {
    let shown = format!("{:?} {:?} {:?}", rosa(), rosa().summary(), rosa().contacts);
    for secret in ["Rosa", "Delgado", "4471902", "0142", "1961"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn names_that_can_be_mixed_up_are_named() {
    let among = [
        named("Rosa", "Delgado", "1961-05-03", 1),
        named("Rosa", "Delgato", "1980-01-01", 2),
        named("Rosalía", "Delgádo", "1980-01-01", 3),
        named("Delgado", "Rosa", "1980-01-01", 4),
        named("Marta", "Delgado", "1961-05-03", 5),
        named("Marta", "Delgado", "1980-01-01", 6),
        named("Rosa", "Dealgdo", "1980-01-01", 7),
        named("Amir", "Haddad", "1961-05-03", 8),
        named("Roas", "Delgaod", "1980-01-01", 9),
    ];
    let found = similar_patients(&rosa(), &among);
    let expected: Vec<String> = [1, 2, 3, 4, 5, 9].iter().map(|id| format!("{id:02x}").repeat(16)).collect();
    assert_eq!(found, expected);
    assert!(similar_patients(&rosa(), &[rosa()]).is_empty(), "never oneself");
}

proptest! {
    #[test]
    fn similarity_is_mutual(a in "[A-Za-zé' ]{0,9}", b in "[a-d]{0,6}", c in "[A-Za-zé' ]{0,9}", d in "[a-d]{0,6}") {
        let (left, right) = (named(&a, &b, "1990-01-01", 1), named(&c, &d, "1991-01-01", 2));
        let there = similar_patients(&left, std::slice::from_ref(&right)).is_empty();
        let back = similar_patients(&right, std::slice::from_ref(&left)).is_empty();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn checks_never_panic(date in "\\PC{0,12}", value in "\\PC{0,24}", tag in "\\PC{0,12}", id in "\\PC{0,40}") {
        let _ = check_date("d", &date);
        let _ = check_address(ContactKind::Phone, &value);
        let _ = check_address(ContactKind::Email, &value);
        let _ = check_language("l", &tag);
        let _ = check_id("i", &id);
        let _ = canonical_address(ContactKind::Phone, &value);
    }

    #[test]
    fn an_accepted_number_keeps_its_digits(value in "\\+?[0-9 ().-]{3,20}") {
        if check_address(ContactKind::Phone, &value).is_ok() {
            let digits = |s: &str| s.chars().filter(char::is_ascii_digit).collect::<String>();
            prop_assert_eq!(digits(&canonical_address(ContactKind::Phone, &value)), digits(&value));
        }
    }
}
