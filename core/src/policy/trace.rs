//! The decision trace: canonical JSON (sorted keys, integers only, no spaces) from which the desk decides again.
//!
//! It holds classes, rules, counts and `HMAC-SHA256(salt, text)`, never the text or a plain hash of it. The salt stands beside
//! it so that somebody who holds the text can show that it is the one: a trace is patient data and sealed like a note.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::channel::{Audience, Channel, Destination, Verdict};
use super::decide::{Decision, DecisionInput, Reason, decide};
use super::facts::{AttachmentKind, ConsentState, Content, Fact, History, NumberFacts, RosterState};
use super::pack::Pack;
use super::table::Row;
use crate::crypto;
use crate::error::{Error, Result};
use crate::screen::{Class, Intent, Language, Standing};

/// The longest trace that is read: 256 KiB.
pub const MAX_TRACE_BYTES: usize = 256 * 1024;

const FORMAT: &str = "curtain-trace/1";

// Fields stand in alphabetical order: that is what makes the encoding canonical, whatever serde_json's features are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    attachments: Vec<AttachmentKind>,
    audience: Audience,
    best: Option<Destination>,
    channel: Channel,
    clues: u32,
    consent: ConsentState,
    findings: Vec<Found>,
    format: String,
    gives_number: bool,
    history: History,
    intents: Vec<String>,
    language: String,
    length: u32,
    local_minute: Option<u32>,
    mac: String,
    must_document: bool,
    names_clinic: bool,
    now_ms: i64,
    number: NumberFacts,
    offers_stop: bool,
    policy: PolicyRef,
    reasons: Vec<Why>,
    recognised: bool,
    roster: RosterState,
    salt: String,
    second_route: bool,
    verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    class: String,
    rule: String,
    severity: super::decide::Severity,
    standing: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyRef {
    id: String,
    sha256: String,
    version: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    class: Option<String>,
    key: String,
    question: u8,
    row: Option<Row>,
    rule: String,
    verdict: Verdict,
}

/// Writes the trace of a decision. The same inputs give the same bytes.
pub fn record(input: &DecisionInput<'_>, decision: &Decision, text: &str, salt: &[u8; 32]) -> Result<String> {
    encode(&body(input, decision, mac(salt, text), crypto::hex(salt)))
}

/// Decides again from a trace and the pack that it names.
///
/// # Errors
/// `Invalid` or `TooLarge` when it is not a trace; `Unverified` when the pack is another one, or when deciding again does not
/// give the same trace byte for byte.
pub fn replay(trace: &str, pack: &Pack) -> Result<Decision> {
    let body = parse(trace)?;
    if body.policy.sha256 != crypto::hex(&pack.hash()) {
        return Err(Error::Unverified { what: "the trace's policy" });
    }
    let content = content_of(&body)?;
    let input = DecisionInput {
        content: &content,
        channel: body.channel,
        audience: body.audience,
        consent: body.consent,
        roster: body.roster,
        number: body.number,
        attachments: &body.attachments,
        history: body.history,
        now_ms: body.now_ms,
        local_minute: body.local_minute,
        pack,
    };
    let decision = decide(&input);
    let again = encode(&self::body(&input, &decision, body.mac.clone(), body.salt.clone()))?;
    if again != trace {
        return Err(Error::Unverified { what: "the trace's verdict" });
    }
    Ok(decision)
}

/// What a record cites of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    /// Id and version of the policy, for example `us-hipaa 1`.
    pub policy: String,
    /// SHA-256 of the policy, hexadecimal.
    pub policy_sha256: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The rules that decided, each once, in order.
    pub rules: Vec<String>,
}

/// Reads what a record cites; it is not decided again, see [`replay`].
pub fn cited(trace: &str) -> Result<Cited> {
    let body = parse(trace)?;
    let mut rules: Vec<String> = Vec::new();
    for reason in body.reasons {
        if !rules.contains(&reason.rule) {
            rules.push(reason.rule);
        }
    }
    let policy = format!("{} {}", body.policy.id, body.policy.version);
    Ok(Cited { policy, policy_sha256: body.policy.sha256, verdict: body.verdict, rules })
}

/// Whether a trace is about this text.
pub fn is_about(trace: &str, text: &str) -> Result<bool> {
    let body = parse(trace)?;
    let salt: [u8; 32] = crypto::unhex(&body.salt).ok_or(Error::invalid("trace", "salt"))?;
    Ok(crypto::equal(mac(&salt, text).as_bytes(), body.mac.as_bytes()))
}

fn mac(salt: &[u8; 32], text: &str) -> String {
    crypto::hex(&crypto::hmac_sha256(salt, &[text.as_bytes()]))
}

fn encode(body: &Body) -> Result<String> {
    serde_json::to_string(body).map_err(|_| Error::Internal { code: 510 })
}

fn parse(trace: &str) -> Result<Body> {
    if trace.len() > MAX_TRACE_BYTES {
        return Err(Error::TooLarge { field: "trace", limit: 256 * 1024 });
    }
    let body: Body = serde_json::from_str(trace).map_err(|_| Error::invalid("trace", "not a trace"))?;
    if body.format != FORMAT {
        return Err(Error::TooNew { what: "trace" });
    }
    Ok(body)
}

fn body(input: &DecisionInput<'_>, decision: &Decision, mac: String, salt: String) -> Body {
    let content = input.content;
    Body {
        attachments: input.attachments.to_vec(),
        audience: input.audience,
        best: decision.best,
        channel: input.channel,
        clues: content.clues,
        consent: input.consent,
        findings: content
            .facts
            .iter()
            .zip(&decision.severities)
            .map(|(fact, severity)| Found {
                class: fact.class.name().to_owned(),
                rule: fact.rule.clone().into_owned(),
                severity: *severity,
                standing: standing_name(fact.standing).to_owned(),
            })
            .collect(),
        format: FORMAT.to_owned(),
        gives_number: content.gives_number,
        history: input.history,
        intents: content.intents.iter().map(|intent| intent.name().to_owned()).collect(),
        language: language_name(content.language).to_owned(),
        length: content.length,
        local_minute: input.local_minute,
        mac,
        must_document: decision.must_document,
        names_clinic: content.names_clinic,
        now_ms: input.now_ms,
        number: input.number,
        offers_stop: content.offers_stop,
        policy: PolicyRef {
            id: input.pack.id.clone(),
            sha256: crypto::hex(&input.pack.hash()),
            version: input.pack.version,
        },
        reasons: decision.reasons.iter().map(why).collect(),
        recognised: content.recognised,
        roster: input.roster,
        salt,
        second_route: decision.second_route,
        verdict: decision.verdict,
    }
}

fn why(reason: &Reason) -> Why {
    Why {
        class: reason.class.map(|class| class.name().to_owned()),
        key: reason.key.clone(),
        question: reason.question,
        row: reason.row,
        rule: reason.rule.clone(),
        verdict: reason.verdict,
    }
}

fn content_of(body: &Body) -> Result<Content> {
    let unknown = || Error::invalid("trace", "a name in it is not known");
    let facts = body.findings.iter().map(|found| {
        Ok(Fact {
            class: Class::from_name(&found.class).ok_or_else(unknown)?,
            standing: STANDINGS.into_iter().find(|s| standing_name(*s) == found.standing).ok_or_else(unknown)?,
            rule: Cow::Owned(found.rule.clone()),
        })
    });
    let intents =
        body.intents.iter().map(|name| Intent::ALL.into_iter().find(|i| i.name() == name).ok_or_else(unknown));
    Ok(Content {
        facts: facts.collect::<Result<_>>()?,
        intents: intents.collect::<Result<_>>()?,
        language: LANGUAGES.into_iter().find(|l| language_name(*l) == body.language).ok_or_else(unknown)?,
        recognised: body.recognised,
        clues: body.clues,
        names_clinic: body.names_clinic,
        gives_number: body.gives_number,
        offers_stop: body.offers_stop,
        length: body.length,
    })
}

const STANDINGS: [Standing; 5] =
    [Standing::Stated, Standing::Named, Standing::Slot, Standing::Mismatch, Standing::Greeting];

const fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Stated => "stated",
        Standing::Named => "named",
        Standing::Slot => "slot",
        Standing::Mismatch => "mismatch",
        Standing::Greeting => "greeting",
    }
}

const LANGUAGES: [Language; 4] = [Language::English, Language::Spanish, Language::Unknown, Language::None];

const fn language_name(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Spanish => "es",
        Language::Unknown => "unknown",
        Language::None => "none",
    }
}
