//! The circumstances that a text is assessed in: channel, reader, consent, policy.

use crate::error::{Error, Result};
use crate::file;
use crate::issuer::check_pack;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use curtain_core::message::{AssessInput, Assessment, assess};
use curtain_core::policy::{
    Audience, CaseConsent, Channel, History, MAX_PACK_BYTES, NumberFacts, Pack, RosterState, US_HIPAA,
};
use curtain_core::screen::NameIndex;
use curtain_core::words::{self, Lang};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The circumstances of an assessment and the policy, on the command line.
#[derive(Debug, Clone, Args)]
pub struct SettingArgs {
    #[command(flatten)]
    circumstances: CircumstanceArgs,
    /// A policy pack's JSON, or a built-in pack: us-hipaa, strict
    #[arg(long, value_name = "F", default_value = US_HIPAA)]
    policy: PathBuf,
}

/// The circumstances of an assessment, on the command line.
#[derive(Debug, Clone, Args)]
pub struct CircumstanceArgs {
    /// Over which channel
    #[arg(long, default_value = "sms", value_parser = channels())]
    channel: Channel,
    /// To whom
    #[arg(long, value_enum, default_value = "patient")]
    audience: AudienceArg,
    /// What the patient agreed to on this channel
    #[arg(long, value_enum, default_value = "logistics")]
    consent: ConsentArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AudienceArg {
    Patient,
    Colleague,
    Group,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ConsentArg {
    None,
    Logistics,
    Clinical,
}

fn channels() -> impl TypedValueParser<Value = Channel> {
    let names = Channel::ALL.map(Channel::name);
    PossibleValuesParser::new(names).try_map(|name| Channel::from_name(&name).ok_or("no such channel"))
}

/// The circumstances of an assessment: everything but the text.
#[derive(Debug)]
pub struct Setting {
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// What the patient agreed to.
    pub consent: CaseConsent,
    /// The rules.
    pub pack: Pack,
    names: NameIndex,
}

impl Setting {
    /// Reads the policy.
    ///
    /// # Errors
    /// `Failed` when it cannot be read or a phone would refuse it.
    pub fn of(args: &SettingArgs) -> Result<Setting> {
        Setting::under(&args.circumstances, &args.policy)
    }

    /// The same circumstances under a policy: a built-in pack's name, or a file.
    ///
    /// # Errors
    /// As [`Setting::of`].
    pub fn under(args: &CircumstanceArgs, policy: &Path) -> Result<Setting> {
        let audience = match args.audience {
            AudienceArg::Patient => Audience::Patient,
            AudienceArg::Colleague => Audience::Colleague,
            AudienceArg::Group => Audience::Group,
        };
        let consent = match args.consent {
            ConsentArg::None => CaseConsent::None,
            ConsentArg::Logistics => CaseConsent::Logistics,
            ConsentArg::Clinical => CaseConsent::Clinical,
        };
        let pack = pack(policy)?;
        let setting = Setting { channel: args.channel, audience, consent, pack, names: NameIndex::new(Vec::new()) };
        // The first assessment builds the lexicons; that is no part of any text's time.
        setting.assess("Please call us.")?;
        Ok(setting)
    }

    /// Assesses one text, and says how long that took in nanoseconds.
    ///
    /// # Errors
    /// `TooLarge` for a text over 64 KiB.
    pub fn assess(&self, text: &str) -> curtain_core::error::Result<(Assessment, u128)> {
        let began = Instant::now();
        let said = assess(&AssessInput {
            text,
            profile: self.pack.profile(),
            names: &self.names,
            channel: self.channel,
            audience: self.audience,
            consent: self.consent.state(),
            other_consents: &[],
            roster: RosterState::None,
            number: NumberFacts::default(),
            attachments: &[],
            history: History::default(),
            pack: &self.pack,
            lang: Lang::En,
            // No trace is made: neither its time nor its salt matter, and without them a run can be repeated.
            now_ms: 0,
            // Nor is the hour: noon, which no quiet hours take in.
            local_minute: Some(12 * 60),
            salt: [0; 32],
            patient_first_name: None,
            clinician: None,
        })?;
        Ok((said, began.elapsed().as_nanos()))
    }

    /// Channel, reader and consent in words: `SMS to a patient, logistics consent`.
    pub fn way(&self) -> String {
        let whom = match self.audience {
            Audience::Patient => "to a patient",
            Audience::Colleague => "to a colleague",
            Audience::Group => "to a group",
        };
        let consent = match (self.audience, self.consent) {
            (Audience::Colleague | Audience::Group, _) => "",
            (_, CaseConsent::None) => ", no consent",
            (_, CaseConsent::Logistics) => ", logistics consent",
            (_, CaseConsent::Clinical) => ", clinical consent",
            (_, CaseConsent::Objected) => ", who objected",
            (_, CaseConsent::Emergency) => ", in an emergency",
        };
        let channel = words::text(Lang::En, &format!("channel.{}", self.channel.name()));
        let mut chars = channel.chars();
        let channel: String =
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect());
        format!("{channel} {whom}{consent}")
    }
}

/// A built-in pack by its name, else a file that is admitted as on a phone.
fn pack(policy: &Path) -> Result<Pack> {
    if let Some(name) = Pack::builtin_names().find(|name| policy == Path::new(name)) {
        return Ok(Pack::builtin(name)?);
    }
    let limit = u64::try_from(MAX_PACK_BYTES).unwrap_or(u64::MAX);
    let text = String::from_utf8(file::read(policy, limit)?)
        .map_err(|_| Error::failed(format!("{}: the pack is not UTF-8", policy.display())))?;
    check_pack(&text).map_err(Error::about(policy))
}
