//! What a text contains: pure, no I/O, no clock, no randomness, no channel.
//!
//! [`scan`] answers with [`Findings`]: spans with a class and a rule, the logistics intents that explain
//! the text, and its language. What may go where is `policy::decide`'s question, never asked here.

#[macro_use]
mod text;

mod class;
mod clinical;
mod identifier;
mod intent;
mod language;
mod lexicon;
mod live;
mod piece;
mod profile;
mod sensitive;
#[cfg(test)]
mod tests;

use crate::error::Error;

use self::intent::Memory;
use self::piece::{Known, Window, combine};

pub use class::Class;
pub use live::Screener;
pub use profile::{ClinicProfile, KnownPerson, NameIndex};

/// The longest text that is scanned: 1 MiB of UTF-8 (design.md section 2).
pub const MAX_SCAN_BYTES: usize = 1024 * 1024;

/// A range of the scanned text, half open, in both units that callers count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Record)]
pub struct Span {
    /// First byte of the span in UTF-8.
    pub start: u32,
    /// One past the last byte in UTF-8.
    pub end: u32,
    /// First code unit in UTF-16, as text views on both phones count.
    pub start_utf16: u32,
    /// One past the last code unit in UTF-16.
    pub end_utf16: u32,
}

/// How a finding stands in its sentence; the pack's table asks a different row for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Said outright: the class counts in full.
    Stated,
    /// Only named inside a recognised intent ("your lisinopril is ready", "Oncology clinic, tomorrow 2 pm").
    Named,
    /// A slot of a recognised intent, accepted by shape or against the clinic profile.
    Slot,
    /// A slot of a recognised intent that contradicts the clinic profile (not the clinic's phone, nobody on its staff).
    Mismatch,
    /// A first name in a greeting.
    Greeting,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub span: Span,
    /// What.
    pub class: Class,
    /// Which rule saw it: a stable dotted id, for example `result.polarity`; no text of the draft.
    pub rule: &'static str,
    /// How it stands in its sentence.
    pub standing: Standing,
}

/// A kind of message that a logistics channel may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Intent {
    /// `appointment.reminder`: when and where an appointment is.
    AppointmentReminder,
    /// `appointment.change`: another time is asked for or given.
    AppointmentChange,
    /// `appointment.cancel`: it does not take place.
    AppointmentCancel,
    /// `prescription_ready`: something can be picked up, unnamed.
    PrescriptionReady,
    /// `call_us`: please call this number.
    CallUs,
    /// `results_available`: results can be seen in the portal, nothing of what they say.
    ResultsAvailable,
    /// `portal_notice`: there is something in the portal.
    PortalNotice,
    /// `running_late`: the clinic or the clinician is late.
    RunningLate,
    /// `directions`: the way, parking, the entrance.
    Directions,
    /// `forms`: papers to fill in or bring.
    Forms,
    /// `billing`: whom to ask about a bill.
    Billing,
    /// `thanks`: a courtesy.
    Thanks,
    /// `urgent_call_back`: call now, without the reason.
    UrgentCallBack,
    /// `acknowledge_redirect`: received; please use the portal or call.
    AcknowledgeRedirect,
    /// `closing_channel`: texts to this number are not read.
    ClosingChannel,
}

impl Intent {
    /// Every intent, in declaration order.
    pub const ALL: [Intent; 15] = [
        Intent::AppointmentReminder,
        Intent::AppointmentChange,
        Intent::AppointmentCancel,
        Intent::PrescriptionReady,
        Intent::CallUs,
        Intent::ResultsAvailable,
        Intent::PortalNotice,
        Intent::RunningLate,
        Intent::Directions,
        Intent::Forms,
        Intent::Billing,
        Intent::Thanks,
        Intent::UrgentCallBack,
        Intent::AcknowledgeRedirect,
        Intent::ClosingChannel,
    ];

    /// The dotted name of design.md section 4, for example `appointment.reminder`.
    pub const fn name(self) -> &'static str {
        match self {
            Intent::AppointmentReminder => "appointment.reminder",
            Intent::AppointmentChange => "appointment.change",
            Intent::AppointmentCancel => "appointment.cancel",
            Intent::PrescriptionReady => "prescription_ready",
            Intent::CallUs => "call_us",
            Intent::ResultsAvailable => "results_available",
            Intent::PortalNotice => "portal_notice",
            Intent::RunningLate => "running_late",
            Intent::Directions => "directions",
            Intent::Forms => "forms",
            Intent::Billing => "billing",
            Intent::Thanks => "thanks",
            Intent::UrgentCallBack => "urgent_call_back",
            Intent::AcknowledgeRedirect => "acknowledge_redirect",
            Intent::ClosingChannel => "closing_channel",
        }
    }
}

/// A recognised intent and the part of the text that it explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntentMatch {
    /// Which kind of message.
    pub intent: Intent,
    /// The clause that it explains.
    pub span: Span,
}

/// The language that a text was screened in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
    /// Not known here: nothing was screened, and nothing may be called clean.
    Unknown,
    /// No words at all (empty, digits, emoji).
    None,
}

/// Everything that [`scan`] says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Ordered by start, then class; no two of the same class and span.
    pub findings: Vec<Finding>,
    /// Ordered by start.
    pub intents: Vec<IntentMatch>,
    /// The language screened in.
    pub language: Language,
    /// Whether the whole text reads like logistics: no clause is left over. The intents name its kinds, where it has a name.
    pub recognised: bool,
    /// What does not read like logistics, clause by clause, in the order of the text; empty if `recognised`.
    pub unrecognised: Vec<Span>,
    /// How many independent identifying clues were counted (age, ward, date, rarity, place, initials).
    pub clues: u32,
}

/// A finding by tokens, before it has its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    first: usize,
    last: usize,
    class: Class,
    rule: &'static str,
    standing: Standing,
}

impl Found {
    const fn stated(first: usize, last: usize, class: Class, rule: &'static str) -> Found {
        Found { first, last, class, rule, standing: Standing::Stated }
    }
}

/// Says what a text contains. Pure and deterministic; time and memory are linear in the text.
///
/// `profile` is the clinic's own: with it a slot that contradicts it is a [`Standing::Mismatch`], without it slots are taken by
/// their shape. `names` are the patients on this phone.
///
/// # Errors
/// [`Error::TooLarge`] above [`MAX_SCAN_BYTES`].
pub fn scan(text: &str, profile: Option<&ClinicProfile>, names: &NameIndex) -> Result<Findings, Error> {
    if text.len() > MAX_SCAN_BYTES {
        return Err(Error::TooLarge { field: "text", limit: MAX_SCAN_BYTES as u64 });
    }
    let own = profile.map(ClinicProfile::own_words).unwrap_or_default();
    let known = Known { profile, own: &own, names };
    let mut window = Window::open(text, 0, false);
    let (mut readings, mut memory) = (Vec::new(), Memory::default());
    while window.advance() {
        readings.push(window.read(known, &mut memory));
    }
    Ok(combine(readings.iter()))
}
