//! Which logistics intents a text is made of, and whether they explain all of it.
//!
//! A clause is explained only if no veto stands in it and [`recogniser`] takes it, alone or with the rest of the text, for
//! logistics; what is not is left to the clinician: default-deny. Which kind of message it is says the vocabulary of `words/intents.txt`.

pub(crate) mod recogniser;

use std::ops::Range;

pub(crate) use self::recogniser::{Maxima, Memory};
use super::lexicon::{LOGISTICS, group};
use super::text::{Kind, Text};
use super::{Class, Found, Intent, Standing};

/// How one sentence reads.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) range: Range<usize>,
    pub(crate) intents: Vec<Intent>,
    /// What the recogniser made of it; `None` where something stands that logistics may not hold.
    pub(crate) maxima: Option<Maxima>,
}

/// Classes that an intent may name.
pub(crate) const fn may_be_named(class: Class) -> bool {
    matches!(
        class,
        Class::ClinicalMedication
            | Class::ClinicalTestName
            | Class::ClinicalProcedure
            | Class::ClinicalSpecialty
            | Class::SensitiveProvider
    )
}

/// Classes that an intent may hold as a slot.
pub(crate) const fn may_be_slot(class: Class) -> bool {
    matches!(
        class,
        Class::IdentifierName
            | Class::IdentifierPhone
            | Class::IdentifierEmail
            | Class::IdentifierUrl
            | Class::IdentifierDate
            | Class::IdentifierAddress
            | Class::IdentifierPostcode
            | Class::IdentifierRoom
    )
}

const fn any(names: &[&str]) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < names.len() {
        bits |= group(names[at]);
        at += 1;
    }
    bits
}

/// Whether a token is part of what an intent may name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Named {
    #[default]
    No,
    First,
    More,
}

/// What a token is to its clause.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    groups: u64,
    named: Named,
    english: bool,
    spanish: bool,
    appointment_like: bool,
    medicine: bool,
    /// A service that may be named as it is.
    reads_as_it_is: bool,
    blocked: bool,
    phone: bool,
    dated: bool,
}

/// Reads every sentence. `own` says whether a token is a word of the clinic's own names.
pub(crate) fn read(text: &Text<'_>, found: &[Found], memory: &mut Memory, own: impl Fn(usize) -> bool) -> Vec<Clause> {
    let mut parts = vec![Part::default(); text.tokens.len()];
    for finding in found {
        let class = finding.class;
        let Some(tokens) = parts.get_mut(finding.first..=finding.last) else { continue };
        for (at, part) in tokens.iter_mut().enumerate() {
            if may_be_named(class) {
                part.named = if at == 0 { Named::First } else { Named::More };
                part.appointment_like |= class != Class::ClinicalMedication;
                part.medicine |= class == Class::ClinicalMedication;
                part.reads_as_it_is |= class == Class::ClinicalSpecialty;
            } else if may_be_slot(class) {
                part.phone |= class == Class::IdentifierPhone;
                part.dated |= class == Class::IdentifierDate;
            } else if class != Class::PatternUrgent && class != Class::IdentifierBed {
                part.blocked = true;
            }
        }
    }
    let first = text.sentences.first().map_or(0, |sentence| sentence.start);
    for at in first..text.tokens.len() {
        for (term, last) in LOGISTICS.starting(text, at) {
            if term.value.language < 2
                && let Some(tokens) = parts.get_mut(at..=last)
            {
                for part in tokens {
                    part.groups |= term.value.group;
                    part.spanish |= term.value.language == 1;
                    part.english |= term.value.language == 0;
                }
            }
        }
    }
    text.sentences
        .iter()
        .map(|range| {
            let parts = parts.get(range.clone()).unwrap_or(&[]);
            let bits = parts.iter().fold(0, |all, part| all | part.groups);
            let intents = intents(parts, bits);
            let maxima = maxima(text, parts, range, &intents, memory, &own);
            Clause { range: range.clone(), intents, maxima }
        })
        .collect()
}

/// What the recogniser makes of a sentence; `None` if something stands in it that logistics may not hold.
fn maxima(
    text: &Text<'_>,
    parts: &[Part],
    range: &Range<usize>,
    intents: &[Intent],
    memory: &mut Memory,
    own: impl Fn(usize) -> bool,
) -> Option<Maxima> {
    let is_mark = |at: usize| text.kind(range.start + at) == Some(Kind::Mark);
    if parts.iter().enumerate().any(|(at, part)| part.blocked && !is_mark(at)) {
        return None;
    }
    // A medicine is named by what is said of a prescription, a call or a bill, by nothing else.
    let carries = |i: &Intent| {
        matches!(
            i,
            Intent::PrescriptionReady
                | Intent::CallUs
                | Intent::UrgentCallBack
                | Intent::PortalNotice
                | Intent::Billing
        )
    };
    if parts.iter().any(|part| part.medicine) && !intents.iter().any(carries) {
        return None;
    }
    let spanish = parts.iter().filter(|part| part.spanish).count() > parts.iter().filter(|part| part.english).count();
    // What may be named has its own row in the pack's table: the recogniser is asked about the sentence around it.
    recogniser::read(text, range, memory, |token| {
        let part = parts.get(token - range.start)?;
        if own(token) {
            return Some(if spanish { "clinica" } else { "clinic" });
        }
        match part.named {
            _ if part.reads_as_it_is => None,
            Named::No => None,
            Named::More => Some(""),
            Named::First if part.medicine => Some(if spanish { "receta" } else { "prescription" }),
            Named::First => Some(if spanish { "cita" } else { "appointment" }),
        }
    })
}

/// The intents of a sentence.
fn intents(parts: &[Part], bits: u64) -> Vec<Intent> {
    let has = |groups: u64| bits & groups != 0;
    let (named_event, medicine) = (parts.iter().any(|p| p.appointment_like), parts.iter().any(|p| p.medicine));
    let phone = parts.iter().any(|p| p.phone);
    let dated = parts.iter().any(|p| p.dated);
    let mut found = Vec::new();
    let refuses = has(const { any(&["k_refuse"]) });
    if refuses && has(const { any(&["k_personal"]) }) {
        found.push(Intent::ClosingChannel);
    } else if has(const { any(&["k_saw"]) }) && has(const { any(&["k_message"]) })
        || refuses && has(const { any(&["k_channel"]) }) && has(const { any(&["k_care"]) })
        || has(const { any(&["k_safest"]) })
    {
        found.push(Intent::AcknowledgeRedirect);
    }
    let appointment = has(const { any(&["k_appointment"]) }) || named_event;
    if has(const { any(&["k_cancel"]) }) {
        found.push(Intent::AppointmentCancel);
    }
    if has(const { any(&["k_change"]) }) || has(const { any(&["k_modify"]) }) && has(const { any(&["k_appointment"]) })
    {
        found.push(Intent::AppointmentChange);
    }
    if (has(const { any(&["k_rx"]) }) || medicine) && has(const { any(&["k_pickup"]) }) {
        found.push(Intent::PrescriptionReady);
    }
    if has(const { any(&["k_result"]) }) && has(const { any(&["k_available"]) })
        || has(const { any(&["k_test"]) })
            && has(const { any(&["k_available"]) })
            && !has(const { any(&["k_schedule"]) })
    {
        found.push(Intent::ResultsAvailable);
    }
    let contact = has(const { any(&["k_contact"]) }) && (has(const { any(&["k_team"]) }) || phone);
    if contact {
        found.push(if has(const { any(&["k_urgent"]) }) { Intent::UrgentCallBack } else { Intent::CallUs });
    }
    let other = !found.iter().any(|i| matches!(i, Intent::AppointmentCancel | Intent::AppointmentChange));
    if other
        && (appointment
            && (has(const { any(&["k_schedule", "schedule"]) })
                || dated
                || !contact && has(const { any(&["k_appointment"]) }))
            || has(const { any(&["k_schedule"]) }))
    {
        found.push(Intent::AppointmentReminder);
    }
    for (key, intent) in [
        (const { group("k_portal") }, Intent::PortalNotice),
        (const { group("k_late") }, Intent::RunningLate),
        (const { group("k_direction") }, Intent::Directions),
        (const { group("k_form") }, Intent::Forms),
        (const { group("k_bill") }, Intent::Billing),
        (const { group("k_thanks") }, Intent::Thanks),
    ] {
        if has(key) {
            found.push(intent);
        }
    }
    found.sort_unstable();
    found
}

/// How a finding stands inside an explained clause; `single` says that it is one word.
pub(crate) fn standing(class: Class, rule: &str, single: bool, before: Standing, intents: &[Intent]) -> Standing {
    if before != Standing::Stated {
        return before;
    }
    match class {
        _ if may_be_named(class) => Standing::Named,
        // Urgency is at home in the call-back only; anywhere else it is said outright.
        Class::PatternUrgent if intents.contains(&Intent::UrgentCallBack) => Standing::Named,
        // "Ask Mina for the key", "Sue at the desk": a first name in a logistics sentence tells no more than one in a greeting.
        Class::IdentifierName if single && matches!(rule, "name.capital" | "name.list") => Standing::Slot,
        // Any other name stays stated; the other slots are the clinic's until its profile says otherwise.
        Class::IdentifierName => Standing::Stated,
        // "Room 6" is a way to go, a ward without more may say where somebody lies.
        Class::IdentifierRoom if intents.is_empty() && rule != "room.keyword" => before,
        _ if may_be_slot(class) => Standing::Slot,
        _ => before,
    }
}
