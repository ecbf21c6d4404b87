//! The format of a scripted day: TOML, every member known, every error with its line. `docs/day.md` describes it.

use super::step::Step;
use crate::error::{Error, Result};
use crate::file;
use curtain_core::patient::ContactKind;
use serde::{Deserialize, Deserializer};
use std::path::Path;
use time::format_description::well_known::Rfc3339;
use toml::Spanned;

/// Largest script, in bytes.
pub const MAX_SCRIPT_BYTES: u64 = 256 * 1024;
/// Most steps of a script.
pub const MAX_STEPS: usize = 1000;
/// Most patients or rosters of a script.
pub const MAX_PEOPLE: usize = 200;

/// A day to be played.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it is about.
    pub title: String,
    /// Where it comes from, in a few words.
    #[serde(default)]
    pub(super) about: String,
    pub(super) start: Moment,
    #[serde(default = "passcode")]
    pub(super) passcode: String,
    #[serde(default = "institution")]
    pub(super) institution: String,
    #[serde(default = "clinician")]
    pub(super) clinician: String,
    /// What the story asks for and today's core cannot do.
    #[serde(default)]
    pub not_yet: Vec<String>,
    #[serde(default)]
    pub(super) policy: PolicyPart,
    #[serde(default)]
    pub(super) lease: LeasePart,
    #[serde(default, rename = "patient")]
    pub(super) patients: Vec<Person>,
    #[serde(default, rename = "roster")]
    pub(super) rosters: Vec<RosterPart>,
    #[serde(default, rename = "step")]
    pub(super) steps: Vec<Spanned<Step>>,
    /// Where each step begins, as a line of the file.
    #[serde(skip)]
    pub(super) lines: Vec<usize>,
}

fn passcode() -> String {
    "seven calm herons wade".to_owned()
}

fn institution() -> String {
    "St. Alder".to_owned()
}

fn clinician() -> String {
    "Dr. Lee".to_owned()
}

/// A moment, RFC 3339.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(pub(super) i64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = time::OffsetDateTime::parse(&text, &Rfc3339).ok().map(time::OffsetDateTime::unix_timestamp);
        let seconds = at.filter(|seconds| (0..32_503_680_000).contains(seconds));
        let seconds =
            seconds.ok_or_else(|| serde::de::Error::custom("not a moment such as \"2026-03-03T03:10:00Z\""))?;
        Ok(Moment(seconds * 1000))
    }
}

/// A span of time: `"90s"`, `"5m"`, `"36h"`, `"14d"`, at most 400 days; with `-` before it where a clock goes back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub(super) i64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = || -> Option<i64> {
            let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            let unit = match unit {
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            let ms = number.parse::<i64>().ok()?.checked_mul(unit)?;
            (ms.unsigned_abs() <= 400 * 86_400_000).then_some(ms)
        };
        read()
            .map(Span)
            .ok_or_else(|| serde::de::Error::custom("not a time such as \"90s\", \"5m\", \"36h\" or \"14d\""))
    }
}

/// The policy: `us-hipaa` with the institution's facts, and what is changed in it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyPart {
    /// Members that are added or replaced, at any depth.
    #[serde(default)]
    pub(super) change: toml::Table,
}

/// A lease, in days.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeasePart {
    pub(super) days: u16,
    pub(super) grace_days: u16,
}

impl Default for LeasePart {
    fn default() -> LeasePart {
        LeasePart { days: 400, grace_days: 14 }
    }
}

/// A patient.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    /// What the steps call them.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) born: Option<String>,
    pub(super) mrn: Option<String>,
    /// Numbers and addresses, the one in use first.
    #[serde(default)]
    pub(super) contacts: Vec<Contact>,
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) interpreter: bool,
    #[serde(default)]
    pub(super) safeguarding: bool,
    #[serde(default)]
    pub(super) deceased: bool,
}

/// A number or address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contact {
    pub(super) value: String,
    /// Whose it is, if not the patient's.
    pub(super) owner: Option<String>,
    pub(super) shared_with: Option<String>,
    #[serde(default)]
    pub(super) safe_to_leave_message: bool,
}

impl Contact {
    /// An address has an @.
    pub(super) fn kind(&self) -> ContactKind {
        if self.value.contains('@') { ContactKind::Email } else { ContactKind::Phone }
    }
}

/// A group of colleagues.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RosterPart {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) members: Vec<Member>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) role: String,
    /// When their rotation ends, from now on.
    pub(super) ends_in: Option<Span>,
}

impl Script {
    /// Reads a script from a file.
    ///
    /// # Errors
    /// `Failed` for a file that cannot be read, `Usage` with file and line for one that is no script.
    pub fn read(path: &Path) -> Result<Script> {
        let bytes = file::read(path, MAX_SCRIPT_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| Error::Usage("not UTF-8".to_owned()));
        text.and_then(|text| Script::parse(&text)).map_err(Error::about(path))
    }

    /// Reads a script.
    ///
    /// # Errors
    /// `Usage` with the line for what is no script.
    pub fn parse(text: &str) -> Result<Script> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let wrong = |error: toml::de::Error| {
            let place = error.span().map_or(String::new(), |span| format!("line {}: ", line(span.start)));
            let why: Vec<&str> = error.message().split_whitespace().collect();
            Error::Usage(format!("{place}{}", why.join(" ")))
        };
        let mut script: Script = toml::from_str(text).map_err(wrong)?;
        script.lines = script.steps.iter().map(|step| line(step.span().start)).collect();
        let people = script.patients.len().max(script.rosters.len());
        if script.steps.len() > MAX_STEPS || people > MAX_PEOPLE {
            return Err(Error::Usage(format!("more than {MAX_STEPS} steps, or {MAX_PEOPLE} patients or rosters")));
        }
        if script.steps.is_empty() {
            return Err(Error::Usage("no [[step]]".to_owned()));
        }
        Ok(script)
    }

    /// How many things it expects.
    pub fn expectations(&self) -> usize {
        self.steps.iter().map(|step| step.get_ref().expect.0.len()).sum()
    }
}
