//! Channels, audiences, verdicts: the words that a decision is made of.

/// A way to reach somebody.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The institution's patient portal: `portal`.
    Portal,
    /// The institution's messenger between clinicians; patients are not on it: `secure_messaging`.
    SecureMessaging,
    /// The institution's video visits and their chat: `telehealth`.
    Telehealth,
    /// The institution's e-mail: `email`.
    Email,
    /// WhatsApp: `whatsapp`.
    Whatsapp,
    /// iMessage: `imessage`.
    Imessage,
    /// Text messages of the phone network: `sms`.
    Sms,
    /// The clinician's private e-mail: `personal_email`.
    PersonalEmail,
    /// A call: `phone`. What is left on a voicemail counts as SMS.
    Phone,
}

impl Channel {
    /// Every channel, most preferred first (design.md section 3).
    pub const ALL: [Channel; 9] = [
        Channel::Portal,
        Channel::Telehealth,
        Channel::SecureMessaging,
        Channel::Phone,
        Channel::Email,
        Channel::Sms,
        Channel::Imessage,
        Channel::Whatsapp,
        Channel::PersonalEmail,
    ];

    /// The name on the command line, in traces and in packs: `secure_messaging`.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Portal => "portal",
            Channel::SecureMessaging => "secure_messaging",
            Channel::Telehealth => "telehealth",
            Channel::Email => "email",
            Channel::Whatsapp => "whatsapp",
            Channel::Imessage => "imessage",
            Channel::Sms => "sms",
            Channel::PersonalEmail => "personal_email",
            Channel::Phone => "phone",
        }
    }

    /// The channel of a name, or `None`.
    pub fn from_name(name: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// What a channel may carry: a column of the pack's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Anything for the patient.
    Full,
    /// Anything between clinicians of the team.
    Team,
    /// Non-urgent, limited details.
    Care,
    /// Simple logistics only.
    Logistics,
    /// Cases without anything identifying.
    Deidentified,
    /// A conversation by voice.
    Voice,
    /// Banned.
    Off,
}

/// Whom a text goes to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The patient, or somebody who answers for them.
    Patient,
    /// One colleague.
    Colleague,
    /// Several colleagues, under a roster.
    Group,
}

/// Where a stopped text belongs instead.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The patient portal.
    Portal,
    /// The hospital's secure messaging.
    SecureMessaging,
    /// A telehealth visit.
    Telehealth,
    /// Institutional email.
    Email,
    /// A text message.
    Sms,
    /// A phone call.
    Phone,
    /// The record's order entry: a destination, never a channel.
    OrderEntry,
}

impl Destination {
    /// The name in traces, packs and jsonl: `order_entry`.
    pub const fn name(self) -> &'static str {
        match self {
            Destination::Portal => "portal",
            Destination::SecureMessaging => "secure_messaging",
            Destination::Telehealth => "telehealth",
            Destination::Email => "email",
            Destination::Sms => "sms",
            Destination::Phone => "phone",
            Destination::OrderEntry => "order_entry",
        }
    }
}

/// What may happen with a text, strongest first; the strongest reason wins.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not over this channel.
    Block,
    /// Fine to say, but elsewhere: the only obstacle is the channel.
    Redirect {
        /// Where it belongs.
        to: Destination,
    },
    /// No answer of the patient yet for this number or address.
    NeedsConsent,
    /// Send the offered text instead.
    Rewrite,
    /// Not recognised as permitted: default-deny.
    Review,
    /// May go, and goes to the chart.
    AllowAndDocument,
    /// May go.
    Allow,
}

impl Verdict {
    /// The name in traces and jsonl: `allow_and_document`.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Block => "block",
            Verdict::Redirect { .. } => "redirect",
            Verdict::NeedsConsent => "needs_consent",
            Verdict::Rewrite => "rewrite",
            Verdict::Review => "review",
            Verdict::AllowAndDocument => "allow_and_document",
            Verdict::Allow => "allow",
        }
    }

    /// Whether the text may not go as it stands: anything but the two allows.
    pub const fn stopped(self) -> bool {
        !matches!(self, Verdict::Allow | Verdict::AllowAndDocument)
    }
}
