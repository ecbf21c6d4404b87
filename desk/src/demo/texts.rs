//! The messages of the day: the article's, and a dozen more over several channels.

use curtain_core::policy::{Audience, Channel};

/// Whom a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The patient who agreed to texts.
    Agreed,
    /// The patient who prefers none.
    Declined,
    /// A patient whom nobody has asked.
    NotAsked,
    /// A colleague.
    Colleague,
    /// The ward's group.
    Group,
}

impl For {
    pub(super) fn audience(self) -> Audience {
        match self {
            For::Agreed | For::Declined | For::NotAsked => Audience::Patient,
            For::Colleague => Audience::Colleague,
            For::Group => Audience::Group,
        }
    }
}

/// A text and what must be said of it.
pub(super) struct Line {
    pub(super) text: &'static str,
    pub(super) channel: Channel,
    pub(super) to: For,
    /// The verdict's name.
    pub(super) verdict: &'static str,
    /// A class that must be among the findings.
    pub(super) class: Option<&'static str>,
}

const fn line(
    text: &'static str,
    channel: Channel,
    to: For,
    verdict: &'static str,
    class: Option<&'static str>,
) -> Line {
    Line { text, channel, to, verdict, class }
}

/// What is handed off: it stands in no policy, so that the search for plaintext can look for it.
pub(super) const HANDED_OFF: &str =
    "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your visit on Tuesday.";

/// The article's acceptable and unacceptable texts first.
pub(super) const LINES: [Line; 20] = [
    line(
        "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.",
        Channel::Sms,
        For::Agreed,
        "allow_and_document",
        None,
    ),
    line(
        "Just a reminder: your appointment is tomorrow at 2 pm at the main clinic.",
        Channel::Sms,
        For::Agreed,
        "allow_and_document",
        None,
    ),
    line("Your prescription is ready.", Channel::Sms, For::Agreed, "allow_and_document", None),
    line(
        "Your CT scan shows a new mass. We need to discuss treatment options.",
        Channel::Sms,
        For::Agreed,
        "block",
        Some("clinical.result"),
    ),
    line(
        "Increase your insulin dose to 20 units twice daily and send me your sugars by WhatsApp daily.",
        Channel::Sms,
        For::Agreed,
        "block",
        Some("clinical.medication_change"),
    ),
    line("Your HIV test is positive, call me.", Channel::Sms, For::Agreed, "block", Some("sensitive.hiv")),
    line(
        "Please call the clinic/ER immediately; we need to discuss your recent test.",
        Channel::Sms,
        For::Agreed,
        "allow_and_document",
        None,
    ),
    line("Your results are normal.", Channel::Sms, For::Agreed, "block", Some("clinical.result")),
    line("Your results are ready, please call.", Channel::Sms, For::Agreed, "allow_and_document", None),
    line("Reminder: HIV clinic, tomorrow 2 pm", Channel::Sms, For::Agreed, "rewrite", Some("sensitive.provider")),
    line("Your lisinopril is ready.", Channel::Sms, For::Agreed, "rewrite", Some("clinical.medication")),
    line("Your Truvada is ready.", Channel::Sms, For::Agreed, "block", Some("sensitive.hiv")),
    line(
        "Recordatorio: su cita es mañana a las 2 pm en la clínica.",
        Channel::Sms,
        For::Agreed,
        "allow_and_document",
        None,
    ),
    line(
        "Bitte rufen Sie uns an, Ihr Befund liegt jetzt vor.",
        Channel::Sms,
        For::Agreed,
        "review",
        Some("unscreened.language"),
    ),
    line("Your prescription is ready.", Channel::Sms, For::NotAsked, "needs_consent", None),
    line("Your prescription is ready.", Channel::Sms, For::Declined, "block", None),
    line(
        "Your CT scan shows a new mass. We need to discuss treatment options.",
        Channel::Portal,
        For::Agreed,
        "allow",
        Some("clinical.result"),
    ),
    line("Your results are normal.", Channel::Email, For::Agreed, "redirect", Some("clinical.result")),
    line(
        "The patient in room 12 has a potassium of 6.1, please look at the ECG.",
        Channel::Whatsapp,
        For::Group,
        "block",
        None,
    ),
    line(
        "Start metoprolol 25 mg twice daily for the patient in bed 4.",
        Channel::SecureMessaging,
        For::Colleague,
        "redirect",
        Some("clinical.order"),
    ),
];
