//! From what was found to the row of the table that is asked.

use super::decide::Severity;
use super::facts::{Content, Fact};
use super::table::Row;
use crate::screen::{Class, Intent, Standing};

/// Replies that end with where to go in an emergency.
const REPLIES: [Intent; 2] = [Intent::AcknowledgeRedirect, Intent::ClosingChannel];

/// The table's row of a finding; `None` for what is known and fine.
pub(super) fn row_of(fact: &Fact, content: &Content) -> Option<Row> {
    use Class::*;
    let in_place = matches!(fact.standing, Standing::Slot | Standing::Greeting);
    match fact.class {
        // Never fine in a slot: the slot is what leaks.
        SensitiveProvider if fact.standing == Standing::Stated => Some(Row::Sensitive),
        SensitiveProvider => Some(Row::SensitiveProvider),
        SensitiveBadNews => Some(Row::BadNews),
        SensitiveHiv
        | SensitiveSti
        | SensitiveReproductive
        | SensitiveMentalHealth
        | SensitiveSubstanceUse
        | SensitiveViolence
        | SensitiveGenetic => Some(Row::Sensitive),
        AttachmentImage | AttachmentLabReport | AttachmentDocument => Some(Row::Attachment),
        UnscreenedLanguage => Some(Row::UnknownLanguage),
        _ if in_place => None,
        // "… call emergency services immediately" inside a recognised reply asks for nothing urgent.
        PatternUrgent if content.recognised && content.intents.iter().any(|intent| REPLIES.contains(intent)) => None,
        PatternUrgent => Some(Row::Urgent),
        ClinicalMedication | ClinicalTestName | ClinicalProcedure if fact.standing == Standing::Named => {
            Some(Row::Named)
        }
        ClinicalResult
        | ClinicalDiagnosis
        | ClinicalSymptom
        | ClinicalMedication
        | ClinicalDose
        | ClinicalMedicationChange
        | ClinicalAdvice
        | ClinicalProcedure
        | ClinicalTestName
        | PatternOngoingCare => Some(Row::Clinical),
        ClinicalOrder => Some(Row::Order),
        ClinicalSpecialty => Some(Row::Specialty),
        IdentifierCombination => Some(Row::Clues),
        IdentifierName
        | IdentifierInitials
        | IdentifierDateOfBirth
        | IdentifierDate
        | IdentifierAgeOver89
        | IdentifierMrn
        | IdentifierNhsNumber
        | IdentifierSsn
        | IdentifierNationalId
        | IdentifierPhone
        | IdentifierEmail
        | IdentifierAddress
        | IdentifierPostcode
        | IdentifierRoom
        | IdentifierBed
        | IdentifierUrl
        | IdentifierIp
        | IdentifierAccount
        | IdentifierDevice
        | IdentifierPlate => Some(Row::Identifiers),
    }
}

/// Whether it asks for a second way: urgent words said outright, or the urgent call-back.
pub(super) fn is_urgent(content: &Content) -> bool {
    content.intents.contains(&Intent::UrgentCallBack)
        || content.facts.iter().any(|fact| row_of(fact, content) == Some(Row::Urgent))
}

/// Where no cell is asked because the channel is closed, everything that is not in its place is in the way.
pub(super) fn closed_severity(fact: &Fact) -> Severity {
    match (fact.class, fact.standing) {
        (Class::UnscreenedLanguage, _) => Severity::Blind,
        (_, Standing::Slot | Standing::Greeting) => Severity::Note,
        _ => Severity::Stop,
    }
}

/// Whether a finding tells whoever reads it that somebody is in care.
pub(super) fn tells_of_care(fact: &Fact) -> bool {
    let name = fact.class.name();
    name.starts_with("clinical.")
        || name.starts_with("sensitive.")
        || name.starts_with("attachment.")
        || name == "pattern.ongoing_care"
}
