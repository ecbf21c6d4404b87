//! The chart paragraph: one line of ASCII, at most 600 characters, that any record system takes by paste.
//!
//! Sentences in order: date, what was offered, the warning, the preference and its limits, the exact text, what became
//! of it, the decision. The text gives way first: a long one is cut with `[...]`, whole in the message record.

use unicode_normalization::UnicodeNormalization;

use super::{DecisionRef, HandedOffOutcome};
use crate::consent::{Allowed, WarningWording};
use crate::error::{Error, Result};
use crate::patient::{ContactKind, canonical_address, check_time};
use crate::policy::Channel;

/// The longest paragraph, in characters.
pub const MAX_CHART_CHARS: usize = 600;
/// Characters of a warning's or policy's id that the paragraph quotes.
const MAX_NAME: usize = 32;
/// Characters of a text below which quoting it says nothing.
const MIN_QUOTE: usize = 24;

/// The language of the paragraph: the record's, not the patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChartLanguage {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

/// The patient's choice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Preference<'a> {
    /// The channel that they prefer, or object to.
    pub channel: Channel,
    /// Phone or email.
    pub kind: ContactKind,
    /// The number or address; only its end is written.
    pub address: &'a str,
    /// What may be written there.
    pub allowed: Allowed,
}

/// What the paragraph is assembled from; what is `None` or empty is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChartParts<'a> {
    /// When it happened (ms).
    pub at_ms: i64,
    /// The clinic's clock: minutes east of UTC, -1080 to 1080.
    pub utc_offset_minutes: i32,
    /// The channels that were offered.
    pub offered: &'a [Channel],
    /// The warning that was given.
    pub warning: Option<&'a WarningWording>,
    /// What the patient chose.
    pub preference: Option<Preference<'a>>,
    /// The exact text and its channel.
    pub text: Option<(&'a str, Channel)>,
    /// What became of it.
    pub outcome: Option<&'a HandedOffOutcome>,
    /// The decision behind it.
    pub decision: Option<&'a DecisionRef>,
}

impl std::fmt::Debug for ChartParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChartParts { .. }")
    }
}

/// The sentences of one language; `{}` marks a value.
struct Words {
    months: [&'static str; 12],
    and: &'static str,
    channels: [&'static str; 9],
    offered: &'static str,
    warned: &'static str,
    prefers: &'static str,
    limits: &'static str,
    objects: &'static str,
    ending: &'static str,
    text: &'static str,
    kept: &'static str,
    sent: &'static str,
    not_sent: &'static str,
    unknown: &'static str,
    stopped: &'static str,
    decision: &'static str,
}

const ENGLISH: Words = Words {
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    and: "and",
    channels: [
        "portal",
        "telehealth",
        "secure messaging",
        "phone call",
        "email",
        "text message",
        "iMessage",
        "WhatsApp",
        "personal email",
    ],
    offered: "Discussed communication options; offered: {}.",
    warned: "Warned that it is not fully secure ({}).",
    prefers: "Patient prefers {} despite privacy limitations.",
    limits: "Will limit to basic info and ask patient to call for clinical discussions.",
    objects: "Patient prefers not to be contacted by {}.",
    ending: "{} (ends {})",
    text: "By {}: \"{}\"",
    kept: "Message by {}; its text is kept in the message record.",
    sent: "Handed to the app; marked as sent.",
    not_sent: "Not sent.",
    unknown: "Handed to the app; not known whether sent.",
    stopped: "Not sent: stopped by policy.",
    decision: "Decision {}, policy {}: {}.",
};

const SPANISH: Words = Words {
    months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    and: "y",
    channels: [
        "portal",
        "telesalud",
        "mensajeria segura",
        "llamada",
        "correo",
        "mensaje de texto",
        "iMessage",
        "WhatsApp",
        "correo personal",
    ],
    offered: "Se hablo de las formas de contacto; se ofrecio: {}.",
    warned: "Se advirtio que no es del todo seguro ({}).",
    prefers: "Prefiere {} pese a sus limites de privacidad.",
    limits: "Solo informacion basica; para temas clinicos se le pedira que llame.",
    objects: "Prefiere que no se le contacte por {}.",
    ending: "{} (termina en {})",
    text: "Por {}: \"{}\"",
    kept: "Mensaje por {}; su texto queda en el registro de mensajes.",
    sent: "Pasado a la aplicacion; marcado como enviado.",
    not_sent: "No enviado.",
    unknown: "Pasado a la aplicacion; no se sabe si se envio.",
    stopped: "No enviado: lo impidio la politica.",
    decision: "Decision {}, politica {}: {}.",
};

/// Assembles the paragraph.
///
/// # Errors
/// `Invalid` for a time or offset that is none.
pub fn assemble(parts: &ChartParts<'_>, language: ChartLanguage) -> Result<String> {
    let words = match language {
        ChartLanguage::English => &ENGLISH,
        ChartLanguage::Spanish => &SPANISH,
    };
    let mut before = vec![date(parts.at_ms, parts.utc_offset_minutes, words)? + "."];
    if !parts.offered.is_empty() {
        before.push(fill(words.offered, &[&list(parts.offered, words)]));
    }
    if let Some(warning) = parts.warning {
        let cited = format!("{} v{}", short(&warning.id), warning.version);
        before.push(fill(words.warned, &[&cited]));
    }
    if let Some(preference) = &parts.preference {
        let place = fill(words.ending, &[name(preference.channel, words), &ending(preference)]);
        if preference.allowed == Allowed::Nothing {
            before.push(fill(words.objects, &[&place]));
        } else {
            before.push(fill(words.prefers, &[&place]));
        }
        if preference.allowed == Allowed::Logistics {
            before.push(words.limits.to_owned());
        }
    }
    let mut after = Vec::new();
    if let Some(outcome) = parts.outcome {
        after.push(
            match outcome {
                HandedOffOutcome::Sent => words.sent,
                HandedOffOutcome::NotSent => words.not_sent,
                HandedOffOutcome::Unknown => words.unknown,
                HandedOffOutcome::Stopped { .. } => words.stopped,
            }
            .to_owned(),
        );
    }
    if let Some(decision) = parts.decision {
        let trace: String = decision.trace_sha256.chars().take(12).collect();
        let verdict = decision.verdict.name().replace('_', " ");
        after.push(fill(words.decision, &[&trace, &short(&decision.policy), &verdict]));
    }
    let taken: usize = before.iter().chain(&after).map(|sentence| sentence.chars().count() + 1).sum();
    let room = MAX_CHART_CHARS.saturating_sub(taken);
    let quoted = parts.text.map(|(text, channel)| quote(text, name(channel, words), room, words));
    let whole = before.into_iter().chain(quoted).chain(after).collect::<Vec<_>>().join(" ");
    Ok(whole.chars().take(MAX_CHART_CHARS).collect())
}

/// The text in quotation marks, cut to `room` characters; a sentence about it if there is no room for it.
fn quote(text: &str, channel: &str, room: usize, words: &Words) -> String {
    let text = ascii(text).replace('"', "'");
    let frame = fill(words.text, &[channel, ""]);
    let space = room.saturating_sub(frame.len());
    if text.len() <= space {
        return fill(words.text, &[channel, &text]);
    }
    if space < MIN_QUOTE {
        return fill(words.kept, &[channel]);
    }
    let cut: String = text.chars().take(space - " [...]".len()).collect();
    fill(words.text, &[channel, &(cut.trim_end().to_owned() + " [...]")])
}

/// `23 Nov 2026 09:20` on the clinic's clock.
fn date(at_ms: i64, offset_minutes: i32, words: &Words) -> Result<String> {
    check_time("chart.at_ms", at_ms)?;
    if !(-1080..=1080).contains(&offset_minutes) {
        return Err(Error::invalid("chart.utc_offset_minutes", "over 18 hours"));
    }
    let seconds = at_ms.div_euclid(1000) + i64::from(offset_minutes) * 60;
    let time =
        time::OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| Error::invalid("chart.at_ms", "not a time"))?;
    let month = words.months[usize::from(u8::from(time.month())) - 1];
    Ok(format!("{:02} {month} {:04} {:02}:{:02}", time.day(), time.year(), time.hour(), time.minute()))
}

fn name(channel: Channel, words: &Words) -> &'static str {
    Channel::ALL.iter().position(|known| *known == channel).map_or("", |at| words.channels[at])
}

/// `portal, phone call and email`.
fn list(channels: &[Channel], words: &Words) -> String {
    let mut names: Vec<&str> = Vec::new();
    for channel in channels {
        let name = name(*channel, words);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} {} {last}", rest.join(", "), words.and),
        None => String::new(),
    }
}

/// The last four digits of a number; the domain of an address.
fn ending(preference: &Preference<'_>) -> String {
    let canonical = ascii(&canonical_address(preference.kind, preference.address));
    match preference.kind {
        ContactKind::Phone => canonical[canonical.len().saturating_sub(4)..].to_owned(),
        ContactKind::Email => short(canonical.rsplit('@').next().unwrap_or("")),
    }
}

fn short(text: &str) -> String {
    ascii(text).chars().take(MAX_NAME).collect()
}

/// Puts the values into the `{}` of a sentence, in order.
fn fill(sentence: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut out = String::with_capacity(sentence.len() + 32);
    for (i, piece) in sentence.split("{}").enumerate() {
        if i > 0 {
            out.push_str(values.next().unwrap_or(&""));
        }
        out.push_str(piece);
    }
    out
}

/// Plain ASCII on one line, single spaces: accents dropped, typographic quotes and dashes made plain, anything else a `?`.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd() {
        match c {
            '!'..='~' => out.push(c),
            '\u{2018}'..='\u{201B}' | '\u{2032}' => out.push('\''),
            '\u{201C}'..='\u{201F}' | '\u{AB}' | '\u{BB}' | '\u{2033}' => out.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{DF}' => out.push_str("ss"),
            '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FE0F}' | '\u{FEFF}' | '\u{BF}' | '\u{A1}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            _ => out.push('?'),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests;
