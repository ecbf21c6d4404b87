//! The golden examples and traps of the clinical reference, section 0, and the article's own replies.

use super::{class_at, has, has_named, scanned, stated};
use crate::screen::{Class, Intent, Language, Standing};

/// Recognised, with no clinical or sensitive content said outright and nothing named that a logistics channel rewrites.
fn allowed(text: &str) {
    let findings = scanned(text);
    assert!(findings.recognised, "{text}: {findings:?}");
    for finding in &findings.findings {
        let name = finding.class.name();
        let free = finding.standing != Standing::Stated || name == "pattern.urgent";
        assert!(free, "{text}: {finding:?}");
        let named =
            finding.standing == Standing::Named && (name.starts_with("clinical.") || name.starts_with("sensitive."));
        assert!(!named || finding.class == Class::ClinicalSpecialty, "{text}: {finding:?}");
    }
}

#[test]
fn the_articles_acceptable_texts_are_recognised_and_carry_nothing() {
    for text in [
        "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.",
        "Just a reminder: your appointment is tomorrow at 2 pm at the main clinic.",
        "Your prescription is ready.",
        "Please call the clinic about your test results.",
        "Please call the clinic/ER immediately; we need to discuss your recent test.",
        "I saw your message. For your safety, I can't manage care by text. Please call the clinic/ER.",
        "I saw your message. For your safety, I can’t manage care by text. Please call the clinic/ER.",
    ] {
        allowed(text);
    }
}

#[test]
fn the_articles_scripts_are_recognised() {
    for (text, intent) in [
        (
            "I’m glad you’re keeping such close track. For your privacy and to keep everything properly documented, I’m not allowed \
             to manage care through WhatsApp or my personal phone. The safest way is through the patient portal or by calling the \
             clinic, where everything is recorded in your chart. If you’re having an emergency, go to the ER or call emergency services.",
            Intent::ClosingChannel,
        ),
        (
            "For your privacy and so everything is properly documented, I’m not allowed to use my personal phone or WhatsApp for \
             medical care. The safest ways to reach me are through the clinic line or patient portal.",
            Intent::ClosingChannel,
        ),
        (
            "Our policy says we shouldn’t use WhatsApp for patient care because of privacy risks. I can call them or use the portal.",
            Intent::AcknowledgeRedirect,
        ),
        ("Let’s message through the portal; it’s safer for your information.", Intent::AcknowledgeRedirect),
    ] {
        allowed(text);
        assert!(scanned(text).intents.iter().any(|m| m.intent == intent), "{text}: {:?}", scanned(text).intents);
    }
}

#[test]
fn the_articles_unacceptable_texts_are_stated_with_their_spans() {
    let ct = "Your CT scan shows a new mass. We need to discuss treatment options.";
    assert_eq!(class_at(ct, Class::ClinicalResult).as_deref(), Some("new mass"));
    assert_eq!(class_at(ct, Class::ClinicalDiagnosis).as_deref(), Some("new mass"));
    let insulin = "Increase your insulin dose to 20 units twice daily and send me your sugars by WhatsApp daily.";
    assert_eq!(class_at(insulin, Class::ClinicalMedicationChange).as_deref(), Some("Increase"));
    assert_eq!(class_at(insulin, Class::ClinicalMedication).as_deref(), Some("insulin"));
    assert!(stated(insulin, Class::ClinicalDose) && stated(insulin, Class::ClinicalAdvice));
    assert!(stated(insulin, Class::PatternOngoingCare));
    assert!(!stated(insulin, Class::ClinicalOrder), "said to a patient, not to staff");
    let hiv = "Your HIV test is positive, call me.";
    assert!(stated(hiv, Class::SensitiveHiv));
    assert_eq!(class_at(hiv, Class::ClinicalResult).as_deref(), Some("positive"));
    for text in [ct, insulin, hiv] {
        assert!(!scanned(text).recognised, "{text}");
    }
}

#[test]
fn a_normal_result_is_a_result_and_a_ready_one_is_not() {
    assert_eq!(class_at("Your results are normal.", Class::ClinicalResult).as_deref(), Some("normal"));
    assert!(stated("Sus resultados son normales.", Class::ClinicalResult));
    allowed("Your results are ready, please call.");
    allowed("Sus resultados están listos, por favor llámenos.");
}

#[test]
fn logistics_that_leaks_is_seen() {
    let clinic = "Reminder: HIV clinic, tomorrow 2 pm";
    assert_eq!(class_at(clinic, Class::SensitiveProvider).as_deref(), Some("HIV clinic"));
    assert!(has_named(clinic, Class::SensitiveProvider), "{:?}", scanned(clinic));
    assert!(!has(clinic, Class::SensitiveHiv), "the provider's span covers the topic");
    assert!(scanned(clinic).recognised);
    let truvada = "Your Truvada is ready";
    assert!(stated(truvada, Class::SensitiveHiv) && has(truvada, Class::ClinicalMedication));
    let oncology = "Dr Lee, Oncology";
    assert_eq!(class_at(oncology, Class::SensitiveProvider).as_deref(), Some("Oncology"));
    let lisinopril = "Your lisinopril is ready";
    assert!(has_named(lisinopril, Class::ClinicalMedication) && scanned(lisinopril).recognised);
    assert_eq!(scanned(lisinopril).intents[0].intent, Intent::PrescriptionReady);
}

#[test]
fn urgency_is_named_in_the_call_back_and_stated_elsewhere() {
    assert!(has_named(
        "Please call the clinic/ER immediately; we need to discuss your recent test.",
        Class::PatternUrgent
    ));
    assert!(stated("The doctor wants to see you urgently about your visit.", Class::PatternUrgent));
}

#[test]
fn initials_and_a_room_identify() {
    let text = "JD in room 12 needs a bed";
    assert_eq!(class_at(text, Class::IdentifierInitials).as_deref(), Some("JD"));
    assert_eq!(class_at(text, Class::IdentifierRoom).as_deref(), Some("room 12"));
    assert!(stated(text, Class::IdentifierCombination));
    let only = "the only dialysis patient on 4B";
    assert!(scanned(only).clues >= 2 && stated(only, Class::IdentifierCombination), "{:?}", scanned(only));
}

#[test]
fn the_clinics_own_facts_inside_their_intent_are_slots() {
    let findings = scanned(
        "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your appointment on May 3 at 2 pm.",
    );
    assert!(findings.findings.iter().all(|f| f.standing == Standing::Slot), "{findings:?}");
    assert_eq!(findings.findings.len(), 3);
}

#[test]
fn an_unknown_language_is_said_to_be_unscreened_and_never_recognised() {
    for text in ["Votre ordonnance est prête, veuillez nous appeler.", "Ваш тест положительный."] {
        let findings = scanned(text);
        assert_eq!(findings.language, Language::Unknown);
        assert!(!findings.recognised && has(text, Class::UnscreenedLanguage), "{findings:?}");
    }
    let emoji = scanned("😊😊");
    assert_eq!((emoji.language, emoji.recognised), (Language::None, false));
}

#[test]
fn negation_questions_and_family_history_still_count() {
    assert!(stated("There is no sign of cancer.", Class::ClinicalDiagnosis));
    assert!(stated("Any chest pain?", Class::ClinicalSymptom));
    assert!(stated("Does diabetes run in your family?", Class::ClinicalDiagnosis));
    assert!(stated("Your HIV test was not positive.", Class::ClinicalResult));
}
