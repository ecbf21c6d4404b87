//! The clinic's own facts and the patients on this phone.

use super::{Class, Standing};
use crate::error::Error;
use crate::screen::{ClinicProfile, Findings, KnownPerson, MAX_SCAN_BYTES, NameIndex, scan};

fn clinic() -> ClinicProfile {
    ClinicProfile {
        name: "St. Alder".into(),
        phones: vec!["555-123-4567".into()],
        staff: vec!["Lee".into(), "Grace Okafor".into()],
        sites: vec!["main clinic".into()],
        addresses: vec!["12 Oak Street, Springfield".into()],
        portal_url: "https://portal.alder.example".into(),
        ..ClinicProfile::default()
    }
}

fn read(text: &str) -> Findings {
    scan(text, Some(&clinic()), &NameIndex::default()).unwrap()
}

fn standing(findings: &Findings, class: Class) -> Option<Standing> {
    findings.findings.iter().find(|f| f.class == class).map(|f| f.standing)
}

#[test]
fn slots_that_agree_with_the_profile_stay_slots() {
    let findings = read(
        "This is Dr. Lee from St. Alder. Please call us at (555) 123-4567 or log in at https://portal.alder.example/x.",
    );
    assert!(findings.recognised, "{findings:?}");
    for class in [Class::IdentifierName, Class::IdentifierPhone, Class::IdentifierUrl] {
        assert_eq!(standing(&findings, class), Some(Standing::Slot), "{class}");
    }
}

#[test]
fn slots_that_contradict_the_profile_are_mismatches() {
    let findings =
        read("This is Dr. Moreau from St. Alder. Please call us at 555-123-9999 or log in at https://evil.example/x.");
    for class in [Class::IdentifierName, Class::IdentifierPhone, Class::IdentifierUrl] {
        assert_eq!(standing(&findings, class), Some(Standing::Mismatch), "{class}: {findings:?}");
    }
}

#[test]
fn a_number_outside_an_intent_is_stated_unless_it_is_the_clinics() {
    assert_eq!(standing(&read("her brother has 555-123-9999"), Class::IdentifierPhone), Some(Standing::Stated));
    assert_eq!(standing(&read("her brother has 555-123-4567"), Class::IdentifierPhone), Some(Standing::Slot));
}

#[test]
fn the_clinics_own_name_is_nobodys_name() {
    let names = NameIndex::new([KnownPerson { names: vec!["Maria Alder".into()], ..KnownPerson::default() }]);
    let findings = scan("Please call St. Alder tomorrow.", Some(&clinic()), &names).unwrap();
    assert_eq!(standing(&findings, Class::IdentifierName), None, "{findings:?}");
}

#[test]
fn patients_on_this_phone_are_known_by_name_number_and_record() {
    let names = NameIndex::new([KnownPerson {
        names: vec!["Rosa Martinez".into()],
        identifiers: vec!["X77-1234".into()],
        phones: vec!["555 777 0142".into()],
    }]);
    let read = |text: &str| scan(text, None, &names).unwrap();
    assert_eq!(standing(&read("is martinez, rosa still waiting"), Class::IdentifierName), Some(Standing::Stated));
    assert_eq!(standing(&read("martinez is still waiting"), Class::IdentifierName), Some(Standing::Stated));
    assert_eq!(standing(&read("file X77-1234 is ready"), Class::IdentifierMrn), Some(Standing::Stated));
    assert_eq!(
        standing(&read("Please call the clinic at 555-777-0142."), Class::IdentifierPhone),
        Some(Standing::Stated)
    );
    assert_eq!(
        standing(&read("Hi Rosa, your appointment is tomorrow."), Class::IdentifierName),
        Some(Standing::Greeting)
    );
    assert_eq!(
        standing(&read("Hi Rosa Martinez, your appointment is tomorrow."), Class::IdentifierName),
        Some(Standing::Stated)
    );
}

#[test]
fn small_places_and_rare_conditions_of_the_policy_are_clues() {
    let clinic = ClinicProfile {
        small_places: vec!["Nempnett Thrubwell".into(), "Piñal".into()],
        rare_conditions: vec!["fish odour syndrome".into()],
        ..ClinicProfile::default()
    };
    let clues = |text: &str, profile| scan(text, profile, &NameIndex::default()).unwrap().clues;
    let text = "the farm at nempnett thrubwell, she has Fish-Odour syndrome";
    assert_eq!(clues(text, Some(&clinic)), clues(text, None) + 2);
    let text = "la niña del accidente vive cerca de PIÑAL";
    assert_eq!(clues(text, Some(&clinic)), clues(text, None) + 1);
    let text = "the farm at nempnett thrubwell, she has Fish-Odour syndrome";
    let found = scan(text, Some(&clinic), &NameIndex::default()).unwrap();
    assert!(standing(&found, Class::IdentifierCombination).is_some(), "{found:?}");
}

#[test]
fn lists_beyond_their_bounds_are_known() {
    let long = ClinicProfile { small_places: vec!["a".repeat(65)], ..ClinicProfile::default() };
    let many = ClinicProfile { rare_conditions: vec!["x".into(); 201], ..ClinicProfile::default() };
    let empty = ClinicProfile { rare_conditions: vec![" ".into()], ..ClinicProfile::default() };
    for clinic in [long, many, empty] {
        assert!(!clinic.lists_in_bounds());
    }
}

#[test]
fn a_text_over_the_limit_is_refused() {
    let long = "a".repeat(MAX_SCAN_BYTES + 1);
    let refused = scan(&long, None, &NameIndex::default());
    assert!(matches!(refused, Err(Error::TooLarge { field: "text", .. })));
    assert!(scan(&long[1..], None, &NameIndex::default()).is_ok());
}
