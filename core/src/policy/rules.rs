//! The parts of a pack: a channel's rule, limits, lock, attempts, retention, wording, cases.

use serde::{Deserialize, Serialize};

use super::channel::{Audience, Channel, ChannelKind};
use super::facts::{ConsentScope, ConsentState};
use crate::crypto;
use crate::words::Lang;

/// The policy's word for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Use this one.
    Preferred,
    /// Allowed, with care for what it carries.
    WithCare,
    /// Logistics only.
    HighRisk,
    /// Off unless the policy opens it.
    Discouraged,
    /// Banned.
    Off,
}

/// What a channel may carry for each audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is the audience of its name")]
pub struct Kinds {
    pub patient: ChannelKind,
    pub colleague: ChannelKind,
    pub group: ChannelKind,
}

impl Kinds {
    /// The kind for an audience; `Off` is the wrong audience.
    pub const fn of(&self, audience: Audience) -> ChannelKind {
        match audience {
            Audience::Patient => self.patient,
            Audience::Colleague => self.colleague,
            Audience::Group => self.group,
        }
    }
}

/// How a channel protects what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// None.
    None,
    /// On the way between servers.
    InTransit,
    /// On the way and where it is stored; the provider can read it.
    InTransitAndAtRest,
    /// Only sender and receiver can read it.
    EndToEnd,
}

/// On what the record stands (HIPAA: request after a warning; NHS England: implied, with the right to object).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBasis {
    /// The patient asked for this channel after the warning.
    PatientRequest,
    /// The patient agreed when asked.
    ExpressConsent,
    /// Implied for direct care, with the right to object.
    ImpliedDirectCare,
    /// The patient prefers not.
    Objection,
    /// An emergency, and nobody could be asked.
    EmergencyNoPreference,
}

/// A channel's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRule {
    /// The policy's word for it; `off` is a ban, whatever the kinds say.
    pub status: Status,
    /// What it carries, for each audience.
    pub kind: Kinds,
    /// Whether a business associate agreement or its equivalent covers it.
    pub agreement: bool,
    /// Whether the institution controls accounts and data.
    pub institution_controlled: bool,
    /// Its encryption.
    pub encryption: Encryption,
    /// Whether it keeps an audit trail.
    pub audit_trail: bool,
    /// Where its data lies, in words.
    pub data_region: String,
    /// The longest text, in characters.
    pub max_length: u32,
    /// On which bases patients may be written to here, where this channel asks for consent. With `implied_direct_care` nobody
    /// need be asked first, and a no still closes it; `emergency_no_preference` opens the urgent call-back alone.
    #[serde(default = "asked_first")]
    pub bases: Vec<ConsentBasis>,
    /// The article's relative exposure, 0 to 100: illustrative, not measured.
    #[serde(default)]
    pub illustrative_risk: Option<u32>,
    /// The article's relative safety, 0 to 100: illustrative, not measured.
    #[serde(default)]
    pub illustrative_safety: Option<u32>,
    /// Whether an institution's policy may open it although it is off here.
    #[serde(default)]
    pub may_open: bool,
}

fn asked_first() -> Vec<ConsentBasis> {
    vec![ConsentBasis::PatientRequest, ConsentBasis::ExpressConsent, ConsentBasis::EmergencyNoPreference]
}

/// The channels that a policy names. Silence is a ban; a phone call is always a way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is the channel of its name")]
pub struct Channels {
    #[serde(default)]
    pub portal: Option<ChannelRule>,
    #[serde(default)]
    pub telehealth: Option<ChannelRule>,
    #[serde(default)]
    pub secure_messaging: Option<ChannelRule>,
    pub phone: ChannelRule,
    #[serde(default)]
    pub email: Option<ChannelRule>,
    #[serde(default)]
    pub sms: Option<ChannelRule>,
    #[serde(default)]
    pub imessage: Option<ChannelRule>,
    #[serde(default)]
    pub whatsapp: Option<ChannelRule>,
    #[serde(default)]
    pub personal_email: Option<ChannelRule>,
}

/// When no patient is texted, by the phone's own time. The urgent call-back goes at any hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From this minute of the day, 0 to 1439.
    pub from: u32,
    /// Until this minute of the day, not included; may be past midnight.
    pub to: u32,
}

impl QuietHours {
    /// Whether a minute of the day is quiet.
    pub const fn holds(&self, minute: u32) -> bool {
        if self.from <= self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

/// How many texts may go to one number, when, and what each must say; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Texts to one number in 24 hours.
    pub per_day: u32,
    /// Texts to one number in 7 days.
    pub per_week: u32,
    /// The same text counts as a duplicate for so many hours.
    pub duplicate_hours: u32,
    /// When nobody is texted; `null` is never.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    /// Whether each text must say who writes and on which number they are reached; offered from the clinic's name and phones.
    #[serde(default)]
    pub sender_and_number: bool,
    /// Whether each text must say how to stop the texts.
    #[serde(default)]
    pub opt_out_line: bool,
}

/// The institution's ceiling for the lock; users may be stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockPolicy {
    /// Idle time before the lock, in milliseconds, 30 s to 15 min.
    pub idle_ms: u64,
    /// Time since unlock before the lock, in milliseconds, 15 min to 24 h.
    pub absolute_ms: u64,
    /// Whether a finger or a face may open instead of the passcode; allowed if left out.
    #[serde(default = "allowed")]
    pub biometry: bool,
    /// Whether the institution may hold a recovery code; not if left out.
    #[serde(default)]
    pub recovery: bool,
}

const fn allowed() -> bool {
    true
}

/// What happens at the limit of counted guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptsAction {
    /// Block until a signed unlock order.
    Block,
    /// Erase this copy.
    Erase,
}

/// The limit of counted guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptsPolicy {
    /// 5 to 20.
    pub limit: u32,
    /// What then.
    pub action: AttemptsAction,
}

/// How long records stay, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionPolicy {
    /// Messages, inbound texts, traces.
    pub message_days: u32,
    /// Drafts.
    pub draft_days: u32,
    /// Notes and photos.
    pub note_days: u32,
    /// Whether something may be purged that was not charted.
    pub before_charted: bool,
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

impl Texts {
    /// The sentence in a language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Es => &self.es,
        }
    }
}

/// The warning that is read to a patient before consent; a consent records id, version, language and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Its id.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// After how many days consent is due to be asked again.
    pub review_days: u32,
    /// What is read aloud.
    pub text: Texts,
}

impl Wording {
    /// SHA-256 of the text in a language.
    pub fn sha256(&self, lang: Lang) -> [u8; 32] {
        crypto::sha256(self.text.get(lang).as_bytes())
    }
}

/// How the clinician confirms the number at hand-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffCheck {
    /// One tile when the number is known well, else match.
    Auto,
    /// Pick the last four digits from three tiles.
    Match,
    /// Type the last four digits.
    Type,
}

/// The consent that a case assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseConsent {
    /// Not asked.
    None,
    /// In force for logistics.
    Logistics,
    /// In force for clinical content.
    Clinical,
    /// Refused.
    Objected,
    /// An emergency, nobody could be asked.
    Emergency,
}

impl CaseConsent {
    /// As the decision is told.
    pub const fn state(self) -> ConsentState {
        match self {
            CaseConsent::None => ConsentState::NotAsked,
            CaseConsent::Logistics => ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
            CaseConsent::Clinical => ConsentState::InForce { allowed: ConsentScope::Clinical, review_due: false },
            CaseConsent::Objected => ConsentState::Objected,
            CaseConsent::Emergency => ConsentState::InForce { allowed: ConsentScope::CallBack, review_due: false },
        }
    }
}

/// One expectation that a pack brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The text.
    pub text: String,
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// With which consent.
    pub consent: CaseConsent,
    /// The expected verdict's name, `redirect:portal` with its destination.
    pub verdict: String,
    /// A class that must be found.
    #[serde(default)]
    pub class: Option<String>,
    /// The minute of the day, noon if left out.
    #[serde(default)]
    pub minute: Option<u32>,
}
