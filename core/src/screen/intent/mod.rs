//! Which logistics intents a text is made of, and whether they explain all of it.
//!
//! A clause is explained only if each of its words is in the closed vocabulary of `words/logistics.txt`, is a slot, or is a
//! name that an intent may carry (a medicine, a test, a procedure, a service). What is left over is not recognised: default-deny.

pub(crate) mod recogniser;
mod slot;

use std::ops::Range;

use super::lexicon::{LOGISTICS, group};
use super::text::{Kind, Text};
use super::{Class, Found, Intent, Standing};

/// How one sentence reads.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) range: Range<usize>,
    pub(crate) intents: Vec<Intent>,
    /// Nothing is left over.
    pub(crate) explained: bool,
    /// Nothing is left over if some sentence of the text redirects.
    pub(crate) explained_by_redirect: bool,
    /// It redirects.
    pub(crate) redirects: bool,
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

/// What a token is to the recogniser.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    groups: u64,
    named: bool,
    appointment_like: bool,
    medicine: bool,
    blocked: bool,
    phone: bool,
    dated: bool,
}

/// Reads every sentence. `own` says whether a token is a word of the clinic's own names.
pub(crate) fn read(text: &Text<'_>, found: &[Found], own: impl Fn(usize) -> bool) -> Vec<Clause> {
    let slots = slot::mark(text, own);
    let mut parts = vec![Part::default(); text.tokens.len()];
    for finding in found {
        let class = finding.class;
        let Some(tokens) = parts.get_mut(finding.first..=finding.last) else { continue };
        for part in tokens {
            if may_be_named(class) {
                part.named = true;
                part.appointment_like |= matches!(
                    class,
                    Class::ClinicalTestName
                        | Class::ClinicalProcedure
                        | Class::SensitiveProvider
                        | Class::ClinicalSpecialty
                );
                part.medicine |= class == Class::ClinicalMedication;
            } else if may_be_slot(class) {
                part.phone |= class == Class::IdentifierPhone;
                part.dated |= class == Class::IdentifierDate;
                part.groups |= const { group("filler") };
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
                tokens.iter_mut().for_each(|part| part.groups |= term.value.group);
            }
        }
    }
    let seen: Vec<(Range<usize>, u64, Vec<Intent>)> = text
        .sentences
        .iter()
        .map(|range| {
            let bits = range.clone().filter_map(|i| parts.get(i)).fold(0, |all, part| all | part.groups);
            (range.clone(), bits, intents(parts.get(range.clone()).unwrap_or(&[]), bits))
        })
        .collect();
    seen.into_iter()
        .map(|(range, bits, intents)| {
            let redirects = bits & const { any(&["k_safest"]) } != 0
                || intents.iter().any(|i| {
                    matches!(i, Intent::AcknowledgeRedirect | Intent::ClosingChannel | Intent::UrgentCallBack)
                });
            let explains = |redirecting| explained(text, &parts, &slots, &range, bits, &intents, redirecting);
            let alone = explains(redirects);
            let explained_by_redirect = alone || !redirects && explains(true);
            Clause { range, intents, explained: alone, explained_by_redirect, redirects }
        })
        .collect()
}

/// Whether nothing is left over in a sentence.
fn explained(
    text: &Text<'_>,
    parts: &[Part],
    slots: &[bool],
    range: &Range<usize>,
    bits: u64,
    intents: &[Intent],
    redirecting: bool,
) -> bool {
    let safety = const { any(&["safety"]) };
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
    if !intents.iter().any(carries) && parts.get(range.clone()).is_some_and(|p| p.iter().any(|part| part.medicine)) {
        return false;
    }
    let mut named = 0;
    let mut words = 0;
    for at in range.clone() {
        let (part, slot) = (parts.get(at).copied().unwrap_or_default(), slots.get(at).copied().unwrap_or(false));
        let is_mark = text.kind(at) == Some(Kind::Mark);
        words += usize::from(!is_mark);
        if part.blocked && !is_mark {
            return false;
        }
        // Words of safety ("manage", "recorded") belong to a redirect only.
        let vocabulary = part.groups & !safety != 0 || part.groups & safety != 0 && redirecting;
        named += usize::from(part.named);
        if !(part.named || vocabulary || slot) {
            return false;
        }
    }
    if !intents.is_empty() {
        return true;
    }
    // A sender's line may name a service; other clauses without an intent name nothing, and say something.
    let content = bits & !const { any(&["function"]) } != 0 || words == 0;
    content && (named == 0 || words <= 6)
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

/// How a finding stands inside an explained clause.
pub(crate) fn standing(class: Class, before: Standing, intents: &[Intent]) -> Standing {
    if before != Standing::Stated {
        return before;
    }
    match class {
        _ if may_be_named(class) => Standing::Named,
        // Urgency is at home in the call-back only; anywhere else it is said outright.
        Class::PatternUrgent if intents.contains(&Intent::UrgentCallBack) => Standing::Named,
        // A patient's name stays stated; the other slots are the clinic's until its profile says otherwise.
        Class::IdentifierName => Standing::Stated,
        _ if may_be_slot(class) && (!intents.is_empty() || class == Class::IdentifierDate) => Standing::Slot,
        _ => before,
    }
}
