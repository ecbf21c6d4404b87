//! What a patient texted: first acknowledge and redirect, then shorter, then call only; emergencies first.

use serde::{Deserialize, Serialize};

use super::draft::{check_id, check_text};
use super::handoff::last_four;
use super::script::{ScriptFacts, inbound_chart, script};
use crate::error::Result;
use crate::policy::{Channel, Pack};
use crate::screen::{Class, Findings};
use crate::words::{self, Lang};

/// A text that came in, word for word.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// The patient: 32 hex digits.
    pub patient: Option<String>,
    /// Over which channel.
    pub channel: Channel,
    /// The number or address it came from.
    pub address: String,
    /// Word for word.
    pub text: String,
    /// When it came, in milliseconds since 1970 UTC.
    pub received_ms: i64,
    /// Which contact of this patient it is, from 1.
    pub count: u32,
    /// When it was charted.
    pub charted_ms: Option<i64>,
}

impl Inbound {
    /// Checks the bounds.
    pub fn check(&self) -> Result<()> {
        check_text(&self.text)?;
        check_id(self.patient.as_deref())
    }
}

/// Inbound texts are patient data: only channel and count are printed.
impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound").field("channel", &self.channel).field("count", &self.count).finish_non_exhaustive()
    }
}

/// What an inbound text asks of the clinician.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    /// It reads like a wish to stop: withdrawal is suggested, default yes.
    pub stop: bool,
    /// It reads like a wish to start: never opens anything, asking anew does.
    pub start: bool,
    /// It holds something for the record.
    pub clinical: bool,
    /// It may be an emergency: the emergency line first, call now.
    pub emergency: bool,
}

/// Whole messages that mean "stop" (47 CFR 64.1200(a)(10) and Spanish equals).
const STOP_WORDS: [&str; 18] = [
    "stop",
    "stopall",
    "stop all",
    "quit",
    "end",
    "revoke",
    "opt out",
    "optout",
    "cancel",
    "unsubscribe",
    "alto",
    "parar",
    "pare",
    "basta",
    "cancelar",
    "salir",
    "baja",
    "dar de baja",
];

/// Phrases that a reasonable person means as "stop".
const STOP_PHRASES: [&str; 34] = [
    "stop texting",
    "stop messaging",
    "stop sending",
    "stop contacting",
    "stop the texts",
    "stop these texts",
    "stop all texts",
    "quit texting",
    "dont text",
    "do not text",
    "dont message",
    "do not message",
    "no more texts",
    "no more messages",
    "dont want texts",
    "dont want any texts",
    "dont want any more texts",
    "dont want messages",
    "remove my number",
    "take me off",
    "unsubscribe me",
    "opt me out",
    "no me escriba",
    "no me escriban",
    "no me mande",
    "no me manden",
    "no mas mensajes",
    "no quiero mensajes",
    "no quiero mas mensajes",
    "no quiero recibir mensajes",
    "deje de escribir",
    "dejen de escribir",
    "deje de mandar",
    "darme de baja",
];

/// Whole messages that mean "start".
const START_WORDS: [&str; 9] =
    ["start", "unstop", "resume", "subscribe", "yes texts", "start texts", "iniciar", "empezar", "reanudar"];

/// Words of people in danger, whatever else is found.
const EMERGENCY: [&str; 38] = [
    "chest pain",
    "cant breathe",
    "cannot breathe",
    "can not breathe",
    "trouble breathing",
    "hard to breathe",
    "short of breath",
    "passed out",
    "passing out",
    "unconscious",
    "not waking up",
    "seizure",
    "stroke",
    "face drooping",
    "overdose",
    "overdosed",
    "took too many",
    "kill myself",
    "end my life",
    "want to die",
    "suicide",
    "suicidal",
    "bleeding a lot",
    "wont stop bleeding",
    "throat is closing",
    "emergency",
    "help me please",
    "dolor de pecho",
    "dolor en el pecho",
    "no puedo respirar",
    "me falta el aire",
    "se desmayo",
    "me desmaye",
    "convulsion",
    "sobredosis",
    "quiero morir",
    "suicid",
    "emergencia",
];

/// Reads an inbound text. `findings` are those of the same text.
pub fn read(text: &str, findings: &Findings) -> Reading {
    let plain = plain_words(text);
    let stop = STOP_WORDS.contains(&plain.as_str())
        || STOP_WORDS.iter().any(|word| plain == format!("{word} please") || plain == format!("please {word}"))
        || STOP_PHRASES.iter().any(|phrase| says(&plain, phrase));
    let emergency = EMERGENCY.iter().any(|phrase| holds(&plain, phrase))
        || findings.findings.iter().any(|finding| finding.class == Class::PatternUrgent);
    let clinical = emergency
        || findings.findings.iter().any(|finding| {
            let name = finding.class.name();
            name.starts_with("clinical.") || name.starts_with("sensitive.")
        });
    Reading { stop, start: START_WORDS.contains(&plain.as_str()), clinical, emergency }
}

/// How people shorten the words of those phrases on a phone.
const SHORTHAND: [(&str, &str); 14] = [
    ("msg", "message"),
    ("msging", "messaging"),
    ("msgs", "messages"),
    ("plz", "please"),
    ("pls", "please"),
    ("textin", "texting"),
    ("txt", "text"),
    ("txtin", "texting"),
    ("txting", "texting"),
    ("txts", "texts"),
    ("txtng", "texting"),
    ("txtmsg", "message"),
    ("xfa", "por favor"),
    ("msjs", "mensajes"),
];

/// Lower case, no apostrophes or accents, one space between words, shorthand written out.
fn plain_words(text: &str) -> String {
    let plain = letters(text);
    let written = |word| SHORTHAND.iter().find(|(short, _)| *short == word).map_or(word, |(_, whole)| *whole);
    plain.split(' ').map(written).collect::<Vec<_>>().join(" ")
}

fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = match c {
            '\'' | '\u{2019}' | '\u{2018}' => continue,
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        };
        if c != ' ' || !out.is_empty() && !out.ends_with(' ') {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether the phrase starts at a word.
fn holds(plain: &str, phrase: &str) -> bool {
    plain.match_indices(phrase).any(|(at, _)| at == 0 || plain.as_bytes().get(at - 1) == Some(&b' '))
}

/// As [`holds`], and it is not turned round: "please don't stop texting".
fn says(plain: &str, phrase: &str) -> bool {
    plain.match_indices(phrase).any(|(at, _)| {
        let before = plain.get(..at).unwrap_or("").trim_end();
        let at_word = at == 0 || plain.as_bytes().get(at - 1) == Some(&b' ');
        at_word
            && !["dont", "do not", "never", "no"].iter().any(|no| before == *no || before.ends_with(&format!(" {no}")))
    })
}

/// How far a patient's texting has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Contact {
    /// Acknowledge once and redirect.
    First,
    /// A short redirect.
    Second,
    /// Call only: no third reply.
    CallOnly,
}

impl Contact {
    /// The contact of a count, from 1; 0 counts as the first.
    pub const fn of(count: u32) -> Contact {
        match count {
            0 | 1 => Contact::First,
            2 => Contact::Second,
            _ => Contact::CallOnly,
        }
    }
}

/// What to do with an inbound text.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reply {
    /// Which contact it is.
    pub contact: Contact,
    /// What to send, in the patient's language; `None` means call. Never sent after a wish to stop.
    pub text: Option<String>,
    /// What the clinician reads above it: emergency first, then stop, then call only, then what to move to the record.
    pub advice: Vec<String>,
    /// What goes to the chart.
    pub chart_text: String,
}

/// Text and chart text quote the patient: they are not printed.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// What a reply depends on.
#[derive(Clone, Copy)]
pub struct ReplyInput<'a> {
    /// The text that came in; its `count` says which contact it is.
    pub inbound: &'a Inbound,
    /// What [`read`] said of it.
    pub reading: Reading,
    /// The rules, whose wording wins.
    pub pack: &'a Pack,
    /// What the patient reads.
    pub patient_lang: Lang,
    /// What the clinician and the chart read.
    pub lang: Lang,
    /// What the script is filled with.
    pub facts: ScriptFacts<'a>,
}

/// The reply: acknowledge and redirect, short, then call only; the emergency line first; nothing after a wish to stop.
pub fn reply_for(input: &ReplyInput<'_>) -> Reply {
    let ReplyInput { inbound, reading, pack, patient_lang, lang, facts } = *input;
    let contact = Contact::of(inbound.count);
    let body = match contact {
        Contact::First => script(pack, patient_lang, "script.reply_clinical", &facts),
        Contact::Second => script(pack, patient_lang, "script.reply_short", &facts),
        Contact::CallOnly => None,
    };
    let mut text = body.map(|script| script.text).filter(|_| !reading.stop);
    let mut advice = Vec::new();
    if reading.emergency {
        let line = words::fill(patient_lang, "script.emergency", &facts.values(patient_lang));
        text = text.map(|body| format!("{line} {body}"));
        advice.push(words::text(lang, "inbound.urgent").to_owned());
    }
    if reading.stop {
        let last_four = last_four(&inbound.address).unwrap_or_default();
        advice.push(words::fill(lang, "inbound.stop", &[("last_four", &last_four)]));
    }
    if reading.start {
        advice.push(words::text(lang, "inbound.start").to_owned());
    }
    if contact == Contact::CallOnly {
        advice.push(words::fill_template(pack.script(lang, "script.call_only"), &facts.values(lang)));
    }
    if reading.clinical {
        advice.push(words::fill(lang, "inbound.record", &facts.values(lang)));
    }
    let chart_text = match (reading.stop, reading.clinical) {
        (true, false) => words::text(lang, "chart.withdrawn").to_owned(),
        (true, true) => {
            format!("{} {}", inbound_chart(lang, &inbound.text, None), words::text(lang, "chart.withdrawn"))
        }
        (false, _) => inbound_chart(lang, &inbound.text, text.as_deref()),
    };
    Reply { contact, text, advice, chart_text }
}
