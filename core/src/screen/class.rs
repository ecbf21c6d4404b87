//! What a text can contain: stable dotted names, shared by traces, packs and shells.

/// A class of content. The dotted name ([`Class::name`]) is stable and appears in traces and packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Class {
    /// `identifier.name`: somebody's name.
    IdentifierName,
    /// `identifier.initials`: initials that stand for a patient.
    IdentifierInitials,
    /// `identifier.date_of_birth`.
    IdentifierDateOfBirth,
    /// `identifier.date`: a date about a person, such as an admission (HIPAA Safe Harbor C).
    IdentifierDate,
    /// `identifier.age_over_89` (HIPAA Safe Harbor C).
    IdentifierAgeOver89,
    /// `identifier.mrn`: a medical record number.
    IdentifierMrn,
    /// `identifier.nhs_number`: ten digits, checked modulo 11.
    IdentifierNhsNumber,
    /// `identifier.ssn`: a US social security number.
    IdentifierSsn,
    /// `identifier.national_id`: another country's number of a person.
    IdentifierNationalId,
    /// `identifier.phone`: a telephone or fax number.
    IdentifierPhone,
    /// `identifier.email`: an e-mail address.
    IdentifierEmail,
    /// `identifier.address`: a street address.
    IdentifierAddress,
    /// `identifier.postcode`: a postcode or ZIP code.
    IdentifierPostcode,
    /// `identifier.room`: a room on a ward.
    IdentifierRoom,
    /// `identifier.bed`: a bed on a ward.
    IdentifierBed,
    /// `identifier.url`: a web address.
    IdentifierUrl,
    /// `identifier.ip`: an internet address.
    IdentifierIp,
    /// `identifier.account`: a number of an account, plan or licence.
    IdentifierAccount,
    /// `identifier.device`: a number of a medical device.
    IdentifierDevice,
    /// `identifier.plate`: a number of a vehicle.
    IdentifierPlate,
    /// `identifier.combination`: details that together point at one person.
    IdentifierCombination,
    /// `clinical.result`: the outcome of a test, "normal" included.
    ClinicalResult,
    /// `clinical.diagnosis`: what a person has.
    ClinicalDiagnosis,
    /// `clinical.symptom`: what a person feels or shows.
    ClinicalSymptom,
    /// `clinical.medication`: a drug.
    ClinicalMedication,
    /// `clinical.dose`: how much of a drug, how often.
    ClinicalDose,
    /// `clinical.medication_change`: start, stop or change a drug.
    ClinicalMedicationChange,
    /// `clinical.advice`: what to do about one's health.
    ClinicalAdvice,
    /// `clinical.order`: an instruction that belongs into order entry.
    ClinicalOrder,
    /// `clinical.procedure`: an operation or examination.
    ClinicalProcedure,
    /// `clinical.test_name`: a test, without its outcome.
    ClinicalTestName,
    /// `clinical.specialty`: a clinic's or clinician's field, where it isn't sensitive.
    ClinicalSpecialty,
    /// `sensitive.hiv`: HIV and its drugs.
    SensitiveHiv,
    /// `sensitive.sti`: sexually transmitted infections.
    SensitiveSti,
    /// `sensitive.reproductive`: pregnancy, contraception, fertility, abortion.
    SensitiveReproductive,
    /// `sensitive.mental_health`: psychiatric and psychological care.
    SensitiveMentalHealth,
    /// `sensitive.substance_use`: alcohol and drugs (42 CFR Part 2).
    SensitiveSubstanceUse,
    /// `sensitive.violence`: abuse and violence.
    SensitiveViolence,
    /// `sensitive.genetic`: genes and inherited risks.
    SensitiveGenetic,
    /// `sensitive.provider`: a clinic or clinician whose name alone tells.
    SensitiveProvider,
    /// `sensitive.bad_news`: what should be said in person or by phone.
    SensitiveBadNews,
    /// `attachment.image`: a picture.
    AttachmentImage,
    /// `attachment.lab_report`: a laboratory's report.
    AttachmentLabReport,
    /// `attachment.document`: any other file.
    AttachmentDocument,
    /// `pattern.ongoing_care`: care that moves into text messages.
    PatternOngoingCare,
    /// `pattern.urgent`: it can't wait for a text to be read.
    PatternUrgent,
    /// `unscreened.language`: a language that Curtain can't screen; never taken for clean.
    UnscreenedLanguage,
}

impl Class {
    /// Every class, in declaration order.
    pub const ALL: [Class; 47] = {
        use Class::*;
        [
            IdentifierName,
            IdentifierInitials,
            IdentifierDateOfBirth,
            IdentifierDate,
            IdentifierAgeOver89,
            IdentifierMrn,
            IdentifierNhsNumber,
            IdentifierSsn,
            IdentifierNationalId,
            IdentifierPhone,
            IdentifierEmail,
            IdentifierAddress,
            IdentifierPostcode,
            IdentifierRoom,
            IdentifierBed,
            IdentifierUrl,
            IdentifierIp,
            IdentifierAccount,
            IdentifierDevice,
            IdentifierPlate,
            IdentifierCombination,
            ClinicalResult,
            ClinicalDiagnosis,
            ClinicalSymptom,
            ClinicalMedication,
            ClinicalDose,
            ClinicalMedicationChange,
            ClinicalAdvice,
            ClinicalOrder,
            ClinicalProcedure,
            ClinicalTestName,
            ClinicalSpecialty,
            SensitiveHiv,
            SensitiveSti,
            SensitiveReproductive,
            SensitiveMentalHealth,
            SensitiveSubstanceUse,
            SensitiveViolence,
            SensitiveGenetic,
            SensitiveProvider,
            SensitiveBadNews,
            AttachmentImage,
            AttachmentLabReport,
            AttachmentDocument,
            PatternOngoingCare,
            PatternUrgent,
            UnscreenedLanguage,
        ]
    };

    /// The dotted name of design.md section 4, for example `sensitive.hiv`.
    pub const fn name(self) -> &'static str {
        match self {
            Class::IdentifierName => "identifier.name",
            Class::IdentifierInitials => "identifier.initials",
            Class::IdentifierDateOfBirth => "identifier.date_of_birth",
            Class::IdentifierDate => "identifier.date",
            Class::IdentifierAgeOver89 => "identifier.age_over_89",
            Class::IdentifierMrn => "identifier.mrn",
            Class::IdentifierNhsNumber => "identifier.nhs_number",
            Class::IdentifierSsn => "identifier.ssn",
            Class::IdentifierNationalId => "identifier.national_id",
            Class::IdentifierPhone => "identifier.phone",
            Class::IdentifierEmail => "identifier.email",
            Class::IdentifierAddress => "identifier.address",
            Class::IdentifierPostcode => "identifier.postcode",
            Class::IdentifierRoom => "identifier.room",
            Class::IdentifierBed => "identifier.bed",
            Class::IdentifierUrl => "identifier.url",
            Class::IdentifierIp => "identifier.ip",
            Class::IdentifierAccount => "identifier.account",
            Class::IdentifierDevice => "identifier.device",
            Class::IdentifierPlate => "identifier.plate",
            Class::IdentifierCombination => "identifier.combination",
            Class::ClinicalResult => "clinical.result",
            Class::ClinicalDiagnosis => "clinical.diagnosis",
            Class::ClinicalSymptom => "clinical.symptom",
            Class::ClinicalMedication => "clinical.medication",
            Class::ClinicalDose => "clinical.dose",
            Class::ClinicalMedicationChange => "clinical.medication_change",
            Class::ClinicalAdvice => "clinical.advice",
            Class::ClinicalOrder => "clinical.order",
            Class::ClinicalProcedure => "clinical.procedure",
            Class::ClinicalTestName => "clinical.test_name",
            Class::ClinicalSpecialty => "clinical.specialty",
            Class::SensitiveHiv => "sensitive.hiv",
            Class::SensitiveSti => "sensitive.sti",
            Class::SensitiveReproductive => "sensitive.reproductive",
            Class::SensitiveMentalHealth => "sensitive.mental_health",
            Class::SensitiveSubstanceUse => "sensitive.substance_use",
            Class::SensitiveViolence => "sensitive.violence",
            Class::SensitiveGenetic => "sensitive.genetic",
            Class::SensitiveProvider => "sensitive.provider",
            Class::SensitiveBadNews => "sensitive.bad_news",
            Class::AttachmentImage => "attachment.image",
            Class::AttachmentLabReport => "attachment.lab_report",
            Class::AttachmentDocument => "attachment.document",
            Class::PatternOngoingCare => "pattern.ongoing_care",
            Class::PatternUrgent => "pattern.urgent",
            Class::UnscreenedLanguage => "unscreened.language",
        }
    }

    /// The class of a dotted name, or `None`.
    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
