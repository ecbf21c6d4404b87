//! What a decision is told: facts about the reader, the number and the text, none of them the text itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::screen::{Class, ClinicProfile, Findings, Intent, Language, Standing};

/// What a patient's consent covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentScope {
    /// The urgent call-back alone.
    CallBack,
    /// Appointments and requests to call.
    Logistics,
    /// Clinical content too. It never loosens a cell of the table.
    Clinical,
}

/// Consent for one number or address at one moment; `consent` fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Nobody has asked.
    NotAsked,
    /// Given and valid.
    InForce {
        /// What it covers.
        allowed: ConsentScope,
        /// Whether it is time to ask again; it stays valid.
        review_due: bool,
    },
    /// Past its end.
    Expired,
    /// Taken back.
    Withdrawn {
        /// When, in milliseconds since 1970 UTC.
        at_ms: i64,
    },
    /// Refused when asked.
    Objected,
    /// The number or its owner changed since.
    VoidNumberChanged,
    /// Given on a basis that this policy does not open the channel for.
    BasisClosed,
}

impl ConsentState {
    /// Whether asking the patient could open the channel: no answer, or one that ran out.
    pub const fn may_ask(self) -> bool {
        matches!(
            self,
            ConsentState::NotAsked
                | ConsentState::Expired
                | ConsentState::VoidNumberChanged
                | ConsentState::BasisClosed
                | ConsentState::InForce { allowed: ConsentScope::CallBack, .. }
        )
    }
}

/// What Curtain knows of a group's members; `roster` fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterState {
    /// Not a group, or its members are kept elsewhere (the hospital's own app).
    None,
    /// Confirmed within the policy's days.
    Fresh,
    /// Not confirmed for too long, or the rotation ended.
    Stale {
        /// Days since it was confirmed.
        days: u32,
    },
    /// Somebody on it has left the service.
    LeftMember,
    /// Confirmed, with a student or an extern in it, who may not read about every patient.
    Learners,
}

impl RosterState {
    /// Whether the group may hold people who should not read about a patient.
    pub const fn is_stale(self) -> bool {
        matches!(self, RosterState::Stale { .. } | RosterState::LeftMember | RosterState::Learners)
    }
}

/// Whose number or address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberOwner {
    /// The patient's own.
    #[default]
    Patient,
    /// Somebody else's.
    Other,
}

/// Facts about the number or address a text goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberFacts {
    /// The patient has died: whoever reads it is somebody else.
    pub deceased: bool,
    /// Whose it is.
    pub owner: NumberOwner,
    /// The patient is at risk from somebody near: no text at all.
    pub safeguarding: bool,
    /// Somebody else reads it too.
    pub shared: bool,
}

/// What was sent to this number before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Whether the same text was handed off within the policy's hours.
    pub duplicate: bool,
    /// Texts handed off in the last 7 days.
    pub this_week: u32,
    /// Texts handed off in the last 24 hours.
    pub today: u32,
}

/// A file that goes with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// A photo or a picture.
    Image,
    /// A lab report.
    LabReport,
    /// Any other document.
    Document,
}

impl AttachmentKind {
    /// The class of content that it is.
    pub const fn class(self) -> Class {
        match self {
            AttachmentKind::Image => Class::AttachmentImage,
            AttachmentKind::LabReport => Class::AttachmentLabReport,
            AttachmentKind::Document => Class::AttachmentDocument,
        }
    }
}

/// One finding without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub class: Class,
    /// How it stands in its sentence.
    pub standing: Standing,
    /// Which rule saw it.
    pub rule: Cow<'static, str>,
}

/// What a text contains, without a word of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// In the order of [`Findings::findings`].
    pub facts: Vec<Fact>,
    /// In the order of the text.
    pub intents: Vec<Intent>,
    /// The language screened in.
    pub language: Language,
    /// Whether intents explain the whole text.
    pub recognised: bool,
    /// Identifying clues.
    pub clues: u32,
    /// Whether it names a clinic: enough to tell on a shared phone.
    pub names_clinic: bool,
    /// Whether it gives a number to call.
    pub gives_number: bool,
    /// Whether it says how to stop the texts.
    pub offers_stop: bool,
    /// Characters (Unicode scalar values).
    pub length: u32,
}

/// Words that say "a place of care", in the languages screened.
const CLINIC_WORDS: [&str; 14] = [
    "clinic",
    "clínica",
    "clinica",
    "hospital",
    "surgery",
    "doctor",
    "dr",
    "dra",
    "médico",
    "consultorio",
    "practice",
    "ward",
    "pharmacy",
    "farmacia",
];

impl Content {
    /// What a screened text contains.
    pub fn of(text: &str, findings: &Findings, profile: Option<&ClinicProfile>) -> Content {
        Content {
            facts: findings
                .findings
                .iter()
                .map(|finding| Fact {
                    class: finding.class,
                    standing: finding.standing,
                    rule: Cow::Borrowed(finding.rule),
                })
                .collect(),
            intents: findings.intents.iter().map(|found| found.intent).collect(),
            language: findings.language,
            recognised: findings.recognised,
            clues: findings.clues,
            names_clinic: names_clinic(text, profile),
            gives_number: findings.findings.iter().any(|finding| finding.class == Class::IdentifierPhone),
            offers_stop: offers_stop(text),
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        }
    }

    /// Whether the text is the urgent call-back and nothing else.
    pub fn is_call_back(&self) -> bool {
        self.recognised && self.intents.contains(&Intent::UrgentCallBack)
    }
}

/// Words that tell a reader how to stop: "reply STOP", "to opt out".
fn offers_stop(text: &str) -> bool {
    const SAID: [&str; 6] = ["reply stop", "text stop", "send stop", "opt out", "responda alto", "envíe alto"];
    let lower = text.to_lowercase();
    SAID.iter().any(|said| lower.contains(said))
}

fn names_clinic(text: &str, profile: Option<&ClinicProfile>) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    if words.any(|word| CLINIC_WORDS.contains(&word)) {
        return true;
    }
    let Some(profile) = profile else { return false };
    std::iter::once(&profile.name)
        .chain(&profile.other_names)
        .chain(&profile.sites)
        .map(|name| name.trim().to_lowercase())
        .any(|name| !name.is_empty() && lower.contains(&name))
}
