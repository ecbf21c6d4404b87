//! A policy pack: channels, verdict table, limits, wording and the clinic's own facts as data, with its own cases.
//!
//! JSON, unknown members refused, integers only, every field bounded. Its identity is the SHA-256 of its bytes. A pack that
//! fails its own cases, or that is looser than the built-in floor, is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::{Audience, Channel, ChannelKind, Verdict};
use super::decide::{DecisionInput, decide};
use super::facts::{Content, History, NumberFacts, RosterState};
use super::rules::{
    AttemptsPolicy, Case, ChannelRule, Channels, HandoffCheck, Limits, LockPolicy, RetentionPolicy, Status, Texts,
    Wording,
};
use super::table::{Row, Table, verdict_from};
use crate::crypto;
use crate::error::{Error, Result};
use crate::screen::{self, Class, ClinicProfile, NameIndex};
use crate::words::{self, Lang};

/// The largest pack that is read: 64 KiB, as any signed document.
pub const MAX_PACK_BYTES: usize = 64 * 1024;

/// A policy pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    #[serde(skip)]
    hash: [u8; 32],
    /// Its name: lower-case letters, digits and hyphens.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// Where its rules hold, for example `US`.
    pub jurisdiction: String,
    /// The institution as texts call it; the clinic's name if empty.
    #[serde(default)]
    pub institution: String,
    /// The channels.
    pub channels: Channels,
    /// The verdicts.
    pub table: Table,
    /// The limits.
    pub limits: Limits,
    /// The lock.
    pub lock: LockPolicy,
    /// The guesses.
    pub attempts: AttemptsPolicy,
    /// The retention.
    pub retention: RetentionPolicy,
    /// The consent warning.
    pub consent: Wording,
    /// Scripts that replace the built-in ones, by key (`script.…`).
    #[serde(default)]
    pub scripts: BTreeMap<String, Texts>,
    /// The clinic's own names, numbers, addresses and staff.
    #[serde(default)]
    pub clinic: ClinicProfile,
    /// The check at hand-off.
    pub handoff_check: HandoffCheck,
    /// Whether a journaled exception is open.
    pub break_glass: bool,
    /// Where its rules come from, by the name of the rule: `channels.sms`, `table.clinical`, `limits.per_day`.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// What it promises about itself.
    pub cases: Vec<Case>,
}

impl Pack {
    /// Reads a pack and checks its form and bounds. [`Pack::check`] runs its cases.
    ///
    /// # Errors
    /// `TooLarge` over [`MAX_PACK_BYTES`]; `Invalid` naming the field.
    pub fn parse(bytes: &[u8]) -> Result<Pack> {
        if bytes.len() > MAX_PACK_BYTES {
            return Err(Error::TooLarge { field: "policy pack", limit: 64 * 1024 });
        }
        let mut pack: Pack =
            serde_json::from_slice(bytes).map_err(|_| Error::invalid("policy pack", "not a pack of this version"))?;
        pack.hash = crypto::sha256(bytes);
        pack.bounded()?;
        Ok(pack)
    }

    /// Reads an institution's pack and admits it: form and bounds, no cell looser than the floor, every case of its own holds.
    ///
    /// # Errors
    /// As [`Pack::parse`], [`Pack::check_tightens`] and [`Pack::check`].
    pub fn admit(bytes: &[u8]) -> Result<Pack> {
        let pack = Pack::parse(bytes)?;
        pack.check_tightens(&Pack::floor(&pack.jurisdiction)?)?;
        pack.check()?;
        Ok(pack)
    }

    /// SHA-256 of the bytes it was read from: its identity in traces.
    pub const fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// A channel's rule; `None` is silence, which is a ban.
    pub const fn channel(&self, channel: Channel) -> Option<&ChannelRule> {
        let channels = &self.channels;
        match channel {
            Channel::Portal => channels.portal.as_ref(),
            Channel::SecureMessaging => channels.secure_messaging.as_ref(),
            Channel::Telehealth => channels.telehealth.as_ref(),
            Channel::Email => channels.email.as_ref(),
            Channel::Whatsapp => channels.whatsapp.as_ref(),
            Channel::Imessage => channels.imessage.as_ref(),
            Channel::Sms => channels.sms.as_ref(),
            Channel::PersonalEmail => channels.personal_email.as_ref(),
            Channel::Phone => Some(&channels.phone),
        }
    }

    /// The clinic's facts, if the pack brings any.
    pub fn profile(&self) -> Option<&ClinicProfile> {
        (self.clinic != ClinicProfile::default()).then_some(&self.clinic)
    }

    /// A script: the pack's own wording, else the built-in one, with its `{placeholders}`.
    pub fn script(&self, lang: Lang, key: &str) -> &str {
        self.scripts.get(key).map_or_else(|| words::text(lang, key), |texts| texts.get(lang))
    }

    /// Runs the pack's own cases through the screener and the decision.
    ///
    /// # Errors
    /// `NotAllowed` when a case does not come out as the pack says; `Invalid` when a case names an unknown verdict or class.
    pub fn check(&self) -> Result<()> {
        match self.failing_cases()?.first() {
            None => Ok(()),
            Some(_) => Err(Error::NotAllowed { why: "the policy pack fails one of its own cases" }),
        }
    }

    /// The cases that do not come out as the pack says: index and the verdict that came out.
    pub fn failing_cases(&self) -> Result<Vec<(usize, Verdict)>> {
        let names = NameIndex::new(Vec::new());
        let mut failing = Vec::new();
        for (index, case) in self.cases.iter().enumerate() {
            let findings = screen::scan(&case.text, self.profile(), &names)?;
            let content = Content::of(&case.text, &findings, self.profile());
            let decision = decide(&DecisionInput {
                content: &content,
                channel: case.channel,
                audience: case.audience,
                consent: case.consent.state(),
                roster: RosterState::None,
                number: NumberFacts::default(),
                attachments: &[],
                history: History::default(),
                now_ms: 0,
                local_minute: Some(case.minute.unwrap_or(12 * 60)),
                pack: self,
            });
            let as_said = match case.verdict.as_str() {
                "redirect" => matches!(decision.verdict, Verdict::Redirect { .. }),
                name => Some(decision.verdict) == verdict_from(name),
            };
            let found = match &case.class {
                None => true,
                Some(name) => findings.findings.iter().any(|finding| finding.class.name() == name),
            };
            if !as_said || !found {
                failing.push((index, decision.verdict));
            }
        }
        Ok(failing)
    }

    /// Whether every cell, for every channel and audience, is the floor's or stronger.
    ///
    /// # Errors
    /// `NotAllowed` when the pack opens what the floor keeps closed.
    pub fn check_tightens(&self, floor: &Pack) -> Result<()> {
        const KINDS: [ChannelKind; 5] = [
            ChannelKind::Full,
            ChannelKind::Team,
            ChannelKind::Care,
            ChannelKind::Logistics,
            ChannelKind::Deidentified,
        ];
        let looser = Err(Error::NotAllowed { why: "the policy pack is looser than the built-in floor" });
        for row in Row::ALL {
            for kind in KINDS {
                if !self.table.cell(row, kind).tightens(&floor.table.cell(row, kind)) {
                    return looser;
                }
            }
        }
        for channel in Channel::ALL {
            let Some(rule) = self.channel(channel).filter(|rule| rule.status != Status::Off) else { continue };
            let Some(base) = floor.channel(channel).filter(|base| base.status != Status::Off || base.may_open) else {
                return looser;
            };
            for audience in [Audience::Patient, Audience::Colleague, Audience::Group] {
                let (mine, least) = (rule.kind.of(audience), base.kind.of(audience));
                let same_or_closed = mine == least || mine == ChannelKind::Off;
                let both_written = KINDS.contains(&mine) && KINDS.contains(&least);
                let tighter = both_written
                    && Row::ALL.iter().all(|row| self.table.cell(*row, mine).tightens(&floor.table.cell(*row, least)));
                if !same_or_closed && !tighter {
                    return looser;
                }
                // Consent is asked on care and logistics only: a kind that asks may not become one that does not.
                let asks = |kind| matches!(kind, ChannelKind::Care | ChannelKind::Logistics);
                if audience == Audience::Patient && asks(least) && !asks(mine) && mine != ChannelKind::Off {
                    return looser;
                }
            }
            if rule.bases.iter().any(|basis| !base.bases.contains(basis)) {
                return looser;
            }
        }
        Ok(())
    }

    fn bounded(&self) -> Result<()> {
        let invalid = |why| Err(Error::invalid("policy pack", why));
        let short = |text: &str, max: usize| !text.is_empty() && text.chars().count() <= max;
        let id_like = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !short(&self.id, 64) || !self.id.bytes().all(id_like) {
            return invalid("id");
        }
        if self.version == 0 || self.consent.version == 0 {
            return invalid("version");
        }
        if !short(&self.jurisdiction, 16) || self.institution.chars().count() > 80 {
            return invalid("jurisdiction or institution");
        }
        let phone = &self.channels.phone;
        let by_voice =
            [phone.kind.patient, phone.kind.colleague, phone.kind.group].iter().all(|kind| *kind == ChannelKind::Voice);
        if phone.status == Status::Off || !by_voice {
            return invalid("a phone call is always a way out");
        }
        for rule in Channel::ALL.iter().filter_map(|channel| self.channel(*channel)) {
            let percent = |value: Option<u32>| value.is_none_or(|value| value <= 100);
            if !(1..=65_536).contains(&rule.max_length)
                || !percent(rule.illustrative_risk)
                || !percent(rule.illustrative_safety)
                || !short(&rule.data_region, 80)
            {
                return invalid("channel");
            }
        }
        if self.limits.quiet_hours.is_some_and(|quiet| quiet.from >= 1_440 || quiet.to >= 1_440) {
            return invalid("limits");
        }
        if self.limits.per_day > 1_000 || self.limits.per_week > 7_000 || self.limits.duplicate_hours > 24 * 30 {
            return invalid("limits");
        }
        if !(30_000..=900_000).contains(&self.lock.idle_ms)
            || !(crate::lock::FLOOR_ABSOLUTE_MS..=86_400_000).contains(&self.lock.absolute_ms)
        {
            return invalid("lock");
        }
        if !(5..=20).contains(&self.attempts.limit) {
            return invalid("attempts");
        }
        let days = [self.retention.message_days, self.retention.draft_days, self.retention.note_days];
        if days.iter().any(|days| !(1..=3_650).contains(days)) || !(1..=3_650).contains(&self.consent.review_days) {
            return invalid("days");
        }
        if !short(&self.consent.id, 64) || Lang::ALL.iter().any(|lang| !short(self.consent.text.get(*lang), 1_000)) {
            return invalid("consent");
        }
        self.bounded_scripts()?;
        self.bounded_sources()?;
        self.bounded_clinic()?;
        if self.cases.is_empty() || self.cases.len() > 500 {
            return invalid("cases");
        }
        for case in &self.cases {
            if case.minute.is_some_and(|minute| minute >= 1_440) {
                return invalid("case");
            }
            let verdict = case.verdict == "redirect" || verdict_from(&case.verdict).is_some();
            let class = case.class.as_deref().is_none_or(|name| Class::from_name(name).is_some());
            if !verdict || !class || case.text.chars().count() > 2_000 {
                return invalid("case");
            }
        }
        Ok(())
    }

    fn bounded_scripts(&self) -> Result<()> {
        for (key, texts) in &self.scripts {
            for lang in Lang::ALL {
                let known = words::find(lang, key).filter(|_| key.starts_with("script."));
                let own = texts.get(lang);
                let fits = !own.is_empty() && own.chars().count() <= 1_000;
                let names_known = words::placeholders(own).iter().all(|name| SCRIPT_NAMES.contains(name));
                if known.is_none() || !fits || !names_known {
                    return Err(Error::invalid("policy pack", "script"));
                }
            }
        }
        Ok(())
    }

    fn bounded_sources(&self) -> Result<()> {
        let known = |name: &String| RULE_NAMES.contains(&name.as_str());
        let fits = |text: &String| !text.is_empty() && text.chars().count() <= 300;
        let all = self.sources.iter().all(|(name, text)| known(name) && fits(text));
        if all { Ok(()) } else { Err(Error::invalid("policy pack", "sources")) }
    }

    fn bounded_clinic(&self) -> Result<()> {
        let clinic = &self.clinic;
        let lists = [&clinic.other_names, &clinic.phones, &clinic.addresses, &clinic.sites, &clinic.staff];
        let fits = |text: &String| text.chars().count() <= 200;
        let single = [&clinic.name, &clinic.portal_url, &clinic.emergency_line, &clinic.hours];
        if lists.iter().any(|list| list.len() > 500 || !list.iter().all(fits))
            || !single.into_iter().all(fits)
            || !clinic.lists_in_bounds()
        {
            return Err(Error::invalid("policy pack", "clinic"));
        }
        Ok(())
    }
}

/// What a policy's own script may fill in.
const SCRIPT_NAMES: [&str; 7] = ["clinic", "phone", "portal", "emergency", "patient", "channel", "clinician"];

/// What a source may be named for.
pub const RULE_NAMES: [&str; 34] = [
    "channels.portal",
    "channels.telehealth",
    "channels.secure_messaging",
    "channels.phone",
    "channels.email",
    "channels.sms",
    "channels.imessage",
    "channels.whatsapp",
    "channels.personal_email",
    "table.logistics",
    "table.clinical",
    "table.order",
    "table.named",
    "table.sensitive",
    "table.sensitive_provider",
    "table.specialty",
    "table.bad_news",
    "table.identifiers",
    "table.clues",
    "table.attachment",
    "table.urgent",
    "table.unknown_language",
    "table.not_recognised",
    "limits.per_day",
    "limits.per_week",
    "limits.duplicate_hours",
    "limits.quiet_hours",
    "limits.sender_and_number",
    "limits.opt_out_line",
    "lock",
    "attempts",
    "retention",
    "consent",
    "bases",
];
