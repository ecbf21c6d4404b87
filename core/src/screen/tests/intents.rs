//! Every intent is recognised in English and Spanish and is not taken from its trap.

use super::scanned;
use crate::screen::{Intent, Standing};

/// (intent, English, Spanish, text that must not be recognised as it).
const TABLE: [(Intent, &str, &str, &str); 15] = [
    (
        Intent::AppointmentReminder,
        "Hi Rosa, this is a reminder of your appointment tomorrow at 2:30 pm with Dr. Lee at the main clinic.",
        "Hola Rosa, le recordamos su cita mañana a las 2:30 pm con la Dra. Lee en la clínica.",
        "Your tumor is due tomorrow",
    ),
    (
        Intent::AppointmentChange,
        "Your appointment has been moved to Friday, June 5 at 9:15 am.",
        "Su cita ha sido reprogramada para el viernes 5 de junio a las 9:15.",
        "Change your insulin before the appointment",
    ),
    (
        Intent::AppointmentCancel,
        "Your visit on Monday has been cancelled. Please call us to rebook.",
        "Su cita del lunes fue cancelada. Por favor llámenos.",
        "Cancel the metformin",
    ),
    (
        Intent::PrescriptionReady,
        "Your prescription is ready for pickup at the pharmacy.",
        "Su receta está lista para recoger en la farmacia.",
        "Your prescription is 20 mg and ready",
    ),
    (
        Intent::CallUs,
        "Please give us a call when you can. 555-123-4567",
        "Por favor llame a la clínica al 555-123-4567.",
        "Please call us, your tumor grew",
    ),
    (
        Intent::ResultsAvailable,
        "Please call the clinic about your test results.",
        "Por favor llame a la clínica sobre sus resultados.",
        "Your test results are positive",
    ),
    (
        Intent::PortalNotice,
        "You have a new message in the patient portal. Log in at https://portal.example/in to read it.",
        "Tiene un mensaje nuevo en el portal. Ingrese a https://portal.example/in para verlo.",
        "Log in and see that your biopsy is malignant",
    ),
    (
        Intent::RunningLate,
        "Dr. Lee is running about 30 minutes late today. Sorry for the inconvenience.",
        "El Dr. Lee tiene un retraso de 30 minutos. Disculpe las molestias.",
        "Your period is late",
    ),
    (
        Intent::Directions,
        "We are located on the 2nd floor, suite 210. Parking is free behind the building.",
        "Estamos en el piso 2. El estacionamiento está frente al edificio.",
        "The pain in your left leg: turn it on the floor",
    ),
    (
        Intent::Forms,
        "Please bring your insurance card and a photo ID, and complete the forms before your visit.",
        "Por favor traiga su tarjeta de seguro y complete el formulario.",
        "Form a fist if the pain comes",
    ),
    (
        Intent::Billing,
        "Your bill of $45.00 is due. Please call our billing office about the payment.",
        "Su factura de $45.00 está pendiente de pago. Gracias.",
        "Pay attention to the bleeding",
    ),
    (
        Intent::Thanks,
        "Thank you for your visit. Have a great day!",
        "Muchas gracias por su visita.",
        "Thanks, the fever is gone",
    ),
    (
        Intent::UrgentCallBack,
        "Please call the clinic right away. We need to speak with you.",
        "Por favor llame a la clínica de inmediato.",
        "Urgent: your potassium is 6.9",
    ),
    (
        Intent::AcknowledgeRedirect,
        "I saw your message. For your safety, I can't manage care by text. Please call the clinic.",
        "Vi su mensaje. Por su seguridad, no puedo atender por mensaje. Por favor llame a la clínica.",
        "I saw your rash",
    ),
    (
        Intent::ClosingChannel,
        "I can't give out my personal number. Please call the clinic line.",
        "No puedo usar mi celular personal para su atención médica. Por favor llame a la clínica.",
        "I can't manage your seizure on my personal phone",
    ),
];

#[test]
fn every_intent_stands_in_the_table() {
    for intent in Intent::ALL {
        assert!(TABLE.iter().any(|row| row.0 == intent), "{}", intent.name());
    }
}

#[test]
fn every_intent_is_recognised_in_both_languages() {
    let mut wrong = Vec::new();
    for (intent, english, spanish, _) in TABLE {
        for text in [english, spanish] {
            let findings = scanned(text);
            if !findings.recognised || !findings.intents.iter().any(|m| m.intent == intent) {
                wrong.push(format!("{}: {text}: {findings:?}", intent.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_intent_is_taken_from_its_trap() {
    for (intent, .., trap) in TABLE {
        let findings = scanned(trap);
        assert!(!findings.recognised, "{}: {trap}: {findings:?}", intent.name());
        assert!(!findings.intents.iter().any(|m| m.intent == intent), "{}: {trap}: {findings:?}", intent.name());
    }
}

#[test]
fn ordinary_clinic_texts_are_recognised() {
    let wrong: Vec<String> = include_str!("logistics.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| !scanned(line).recognised)
        .map(|line| format!("{line}: {:?}", scanned(line)))
        .collect();
    assert!(wrong.is_empty(), "{} not recognised:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_clinical_line_passes_as_plain_logistics() {
    let passes = |line: &&str| {
        let findings = scanned(line);
        let told = |f: &crate::screen::Finding| {
            let name = f.class.name();
            f.standing == Standing::Stated && name != "pattern.urgent"
                || f.standing == Standing::Named && (name.starts_with("clinical.") || name.starts_with("sensitive."))
        };
        findings.recognised && !findings.findings.iter().any(told)
    };
    let wrong: Vec<&str> = include_str!("clinical.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(passes)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn short_clinical_texts_are_never_recognised() {
    for text in [
        "You have it.",
        "It is not good.",
        "Your appointment is tomorrow. It spread.",
        "Please call us, it is growing.",
        "You can stop now and come back.",
        "See you tomorrow, take two before.",
        "Your visit is at 2 pm, no food.",
        "The other one was negative too, see you tomorrow at the clinic.",
        "Reminder: bring the pump log and double it tonight.",
    ] {
        assert!(!scanned(text).recognised, "{text}: {:?}", scanned(text));
    }
}
