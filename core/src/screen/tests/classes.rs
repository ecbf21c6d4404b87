//! Every class fires on its example, on the right words, and stays quiet on its trap.

use super::{class_at, has, scanned};
use crate::screen::Class;

/// (class, text that has it, the words of its span, text that must not have it).
const TABLE: [(Class, &str, &str, &str); 47] = [
    (Class::IdentifierName, "Mrs Smith is coming in", "Smith", "Will you be in the main clinic in May?"),
    (Class::IdentifierInitials, "JD in room 12 is waiting", "JD", "CT in room 12 is free"),
    (Class::IdentifierDateOfBirth, "DOB 03/04/1961", "03/04/1961", "Please confirm your date of birth when you call"),
    (Class::IdentifierDate, "Seen on March 3, 2023 here", "March 3, 2023", "We are open 24/7 and you may call 2 of us"),
    (Class::IdentifierAgeOver89, "a 92-year-old lady", "92-year-old", "a 52-year-old lady"),
    (Class::IdentifierMrn, "MRN: UC-987654", "UC-987654", "The room is 98765"),
    (Class::IdentifierNhsNumber, "NHS number 943 476 5919", "943 476 5919", "Ref 943 476 5918"),
    (Class::IdentifierSsn, "her number is 123-45-6789", "123-45-6789", "her number is 666-45-6789"),
    (Class::IdentifierNationalId, "DNI 12345678Z", "12345678Z", "item 12345678A"),
    (Class::IdentifierPhone, "Reach her on (555) 777-0142", "(555) 777-0142", "Give 555 mg and check in 24 hours"),
    (Class::IdentifierEmail, "Write to ana.ruiz@example.org today", "ana.ruiz@example.org", "We meet @ the clinic"),
    (
        Class::IdentifierAddress,
        "She lives at 12 Oak Street, Apt 4",
        "12 Oak Street, Apt 4",
        "Please come to Oak Street Surgery",
    ),
    (Class::IdentifierPostcode, "The postcode is SW1A 1AA", "SW1A 1AA", "Order 90210 is here"),
    (Class::IdentifierRoom, "Patient in room 12 now", "room 12", "There is room for you"),
    (Class::IdentifierBed, "Move bed 7 please", "bed 7", "Time for bed at 7"),
    (
        Class::IdentifierUrl,
        "See https://clinic.example/a1?b=2 first",
        "https://clinic.example/a1?b=2",
        "I will.Go home",
    ),
    (Class::IdentifierIp, "Logged in from 10.0.12.7", "10.0.12.7", "Update to version 1.2.3.4"),
    (Class::IdentifierAccount, "Card 4111 1111 1111 1111", "4111 1111 1111 1111", "Number 4111 1111 1111 1112"),
    (Class::IdentifierDevice, "Pacemaker serial 8812345", "8812345", "Lot 8812345 of the drug"),
    (Class::IdentifierPlate, "His plate is ABC1234", "ABC1234", "Put it on a plate with 3 peas"),
    (
        Class::IdentifierCombination,
        "the only dialysis patient on 4B",
        "only dialysis patient on 4B",
        "Your appointment is May 3 in room 4",
    ),
    (Class::ClinicalResult, "Your potassium is 5.9", "5.9", "Your results are ready, please call"),
    (Class::ClinicalDiagnosis, "You have pneumonia", "pneumonia", "You have an appointment"),
    (Class::ClinicalSymptom, "How is the chest pain?", "chest pain", "How is the parking?"),
    (Class::ClinicalMedication, "You can take amlodipine", "amlodipine", "See you in april at the Oklahoma office"),
    (Class::ClinicalDose, "Use 20 units twice daily", "20 units twice daily", "Arrive 20 minutes early"),
    (Class::ClinicalMedicationChange, "Stop taking metformin", "Stop", "Stop by to pick up your medication"),
    (Class::ClinicalAdvice, "You need plenty of fluids", "plenty of fluids", "Drinks are sold at the entrance"),
    (Class::ClinicalOrder, "Give 5 mg haloperidol IM now", "Give 5 mg haloperidol IM", "Please give us a call"),
    (Class::ClinicalProcedure, "The colonoscopy went on", "colonoscopy", "The appointment went on"),
    (Class::ClinicalTestName, "About your mammogram", "mammogram", "About your test"),
    (Class::ClinicalSpecialty, "Cardiology on floor 2", "Cardiology", "Reception on floor 2"),
    (Class::SensitiveHiv, "About the H.I.V thing", "H.I.V", "How is your hive of bees"),
    (Class::SensitiveSti, "Your chl@mydia visit", "chl@mydia", "Your study visit"),
    (Class::SensitiveReproductive, "after the abortion", "abortion", "after the option"),
    (Class::SensitiveMentalHealth, "your schizophrenia", "schizophrenia", "the rapist was in the film"),
    (Class::SensitiveSubstanceUse, "your Suboxone is here", "Suboxone", "your bone is here"),
    (Class::SensitiveViolence, "since the sexual assault", "sexual assault", "since the last visit"),
    (Class::SensitiveGenetic, "your BRCA status", "BRCA", "your bra size"),
    (Class::SensitiveProvider, "Sexual Health Clinic at 2 pm", "Sexual Health Clinic", "Oak Health Clinic at 2 pm"),
    (Class::SensitiveBadNews, "I hear it has spread", "has spread", "the word has been sent"),
    (Class::AttachmentImage, "Attached is a photo of the knee", "Attached is a photo", "Please bring a photo ID"),
    (
        Class::AttachmentLabReport,
        "I attached your lab report",
        "attached your lab",
        "Please call about your lab report",
    ),
    (Class::AttachmentDocument, "See the attached letter", "attached letter", "We sent you a letter"),
    (
        Class::PatternOngoingCare,
        "Text me your readings every day",
        "Text me your readings",
        "Text me when you are here",
    ),
    (Class::PatternUrgent, "Call the clinic immediately", "immediately", "If this is an emergency, call 911"),
    (
        Class::UnscreenedLanguage,
        "Ihr Ergebnis ist da, bitte rufen Sie an",
        "Ihr Ergebnis ist da, bitte rufen Sie an",
        "Su resultado está listo",
    ),
];

#[test]
fn every_class_stands_in_the_table() {
    for class in Class::ALL {
        assert!(TABLE.iter().any(|row| row.0 == class), "{class}");
    }
}

#[test]
fn every_class_fires_on_its_words() {
    let wrong: Vec<String> = TABLE
        .iter()
        .filter(|(class, text, words, _)| class_at(text, *class).as_deref() != Some(words))
        .map(|(class, text, ..)| format!("{class}: {text}: {:?}: {:?}", class_at(text, *class), scanned(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_class_fires_on_its_trap() {
    let wrong: Vec<String> = TABLE
        .iter()
        .filter(|(class, _, _, trap)| has(trap, *class))
        .map(|(class, _, _, trap)| format!("{class}: {trap}: {:?}", scanned(trap)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn results_are_found_in_their_many_forms() {
    for text in [
        "Your biopsy came back benign",
        "Everything looks good on your labs",
        "Your labs were abnormal",
        "BP was 150/90",
        "You tested positive",
        "hemoglobin of nine",
        "A1c 9.2 today",
        "Your glucose was 300 mg/dL",
        "The X-ray revealed a fracture of the wrist",
        "Su prueba salió negativa",
        "La tomografía muestra una masa nueva",
        "Good news about your results",
        "Negative mammogram",
    ] {
        assert!(has(text, Class::ClinicalResult), "{text}: {:?}", scanned(text));
    }
}

#[test]
fn disguises_do_not_hide_a_word() {
    for text in [
        "your h.i.v. result",
        "your h i v result",
        "your H1V result",
        "your H\u{200B}IV result",
        "your НІV result",
        "your ＨＩＶ result",
    ] {
        assert!(has(text, Class::SensitiveHiv), "{text}: {:?}", scanned(text));
    }
}

#[test]
fn orders_to_staff_are_orders() {
    for text in [
        "Start vanc 1 g IV q12h",
        "Hold the metoprolol tonight",
        "Order CBC and BMP stat",
        "NPO after midnight",
        "Transfuse 2 units PRBC",
    ] {
        assert!(has(text, Class::ClinicalOrder), "{text}: {:?}", scanned(text));
    }
    assert!(!has("We can hold your appointment", Class::ClinicalOrder));
}
