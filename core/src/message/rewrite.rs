//! What to send instead: the smallest change, a ready text, a request to call. Deterministic; each is screened and decided again,
//! and offered only if it may go where it says.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::assess::{AssessInput, decide_text};
use super::length::{SmsEncoding, TextLength, plain_letters, plain_quotes};
use super::live::Others;
use super::script::{ScriptFacts, consent_warning, script};
use crate::error::Result;
use crate::policy::{Audience, Channel, Decision, Destination, Severity, Verdict, channel_of};
use crate::screen::{Class, Finding, Findings, Intent, Language, Span, Standing};
use crate::words::{self, Lang};

mod cut;
#[cfg(test)]
mod tests;

/// How a rewrite came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum RewriteKind {
    /// The draft without what is in the way, or in letters that take fewer SMS segments.
    SmallestChange,
    /// A template of the nearest kind of message.
    ReadyText,
    /// A request to call.
    CallUs,
}

impl RewriteKind {
    /// The name in jsonl: `smallest_change`, `ready_text`, `call_us`.
    pub const fn name(self) -> &'static str {
        match self {
            RewriteKind::SmallestChange => "smallest_change",
            RewriteKind::ReadyText => "ready_text",
            RewriteKind::CallUs => "call_us",
        }
    }
}

/// What a rewrite took out of the draft.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, uniffi::Record)]
pub struct Removed {
    /// Where it stood in the draft.
    pub span: Span,
    /// The rule that asked for it: a finding's, or `intent.none` for a clause that does not read like logistics.
    pub rule: String,
}

/// A text that may go instead.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rewrite {
    /// How it came about.
    pub kind: RewriteKind,
    /// Where it may go: the chosen channel, or an open one where the chosen one takes nothing. By phone it is read aloud.
    pub channel: Channel,
    /// The text.
    pub text: String,
    /// What it is rid of, in the order of the draft; empty where only letters were replaced.
    pub removed: Vec<Removed>,
    /// Its own verdict there: never a stop.
    pub verdict: Verdict,
    /// How long it is: one SMS segment, unless nothing shorter may go.
    pub length: TextLength,
}

/// The text may hold a name: it is not printed.
impl std::fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rewrite")
            .field("kind", &self.kind)
            .field("channel", &self.channel)
            .field("removed", &self.removed)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// Offers up to three rewrites, the smallest change first.
pub(super) fn offer(
    input: &AssessInput<'_>,
    findings: &Findings,
    decision: &Decision,
    others: &mut Others,
) -> Result<Vec<Rewrite>> {
    let mut desk = Desk::new(input, findings, decision, others);
    if takes_nothing(decision) {
        desk.elsewhere()?;
    } else if decision.verdict.stopped() {
        match input.audience {
            Audience::Patient => desk.for_patient()?,
            Audience::Colleague | Audience::Group => desk.for_colleague()?,
        }
    } else {
        desk.shorter()?;
    }
    desk.offered.sort_by_key(|rewrite| rewrite.kind);
    Ok(desk.offered)
}

/// Whether the chosen channel takes no text at all now: closed, wrong reader, no consent, enough texts sent.
fn takes_nothing(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| {
        let obstacle = reason.question <= 3 && reason.row.is_none() && reason.rule != "consent.scope";
        const AT_ALL: [&str; 4] = ["limit.frequency", "limit.duplicate", "limit.quiet_hours", "limit.local_time"];
        reason.verdict.stopped() && (obstacle || AT_ALL.contains(&reason.rule.as_str()))
    })
}

/// The words of the offered texts themselves: never telling, in either language.
static NEUTRAL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let offered = |key: &&str| ["ready.", "neutral.", "script."].iter().any(|room| key.starts_with(room));
    let both = words::keys().filter(offered).flat_map(|key| Lang::ALL.map(|lang| words::text(lang, key)));
    both.flat_map(cut::words).collect()
});

/// Whether a text holds a number to call: seven digits and more, with what stands between them.
fn has_number(text: &str) -> bool {
    let between = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '+');
    text.split(|c: char| !c.is_ascii_digit() && !between(c))
        .any(|run| run.chars().filter(char::is_ascii_digit).count() >= 7)
}

/// Where rewrites are made.
struct Desk<'a> {
    input: &'a AssessInput<'a>,
    findings: &'a Findings,
    decision: &'a Decision,
    /// The language of the reader.
    lang: Lang,
    facts: ScriptFacts<'a>,
    /// The draft's time, in its words: read once for all templates.
    when: OnceCell<Option<String>>,
    /// What goes: the findings of `Warn` and `Stop`; where the draft may go as it is, those that a shorter text leaves out.
    severities: Vec<Severity>,
    /// Words that must not come back.
    telling: BTreeSet<String>,
    offered: Vec<Rewrite>,
    others: &'a mut Others,
}

impl<'a> Desk<'a> {
    fn new(
        input: &'a AssessInput<'a>,
        findings: &'a Findings,
        decision: &'a Decision,
        others: &'a mut Others,
    ) -> Desk<'a> {
        let lang = match findings.language {
            Language::English => Lang::En,
            Language::Spanish => Lang::Es,
            Language::Unknown | Language::None => input.lang,
        };
        let facts = ScriptFacts {
            profile: input.profile,
            patient: input.patient_first_name,
            clinician: input.clinician,
            channel: Some(input.channel),
        };
        let (when, telling, offered) = (OnceCell::new(), BTreeSet::new(), Vec::new());
        let severities = decision.severities.clone();
        let mut desk = Desk { input, findings, decision, lang, facts, when, severities, telling, offered, others };
        let spans = desk.in_the_way().map(|finding| cut::words(cut::slice(input.text, finding.span)));
        let telling = spans.flatten().filter(|word| word.chars().count() > 1 && !NEUTRAL.contains(word)).collect();
        desk.telling = telling;
        desk
    }

    /// The findings that a rewrite must be rid of.
    fn in_the_way(&self) -> impl Iterator<Item = &'a Finding> {
        let marked = self.findings.findings.iter().zip(&self.severities);
        marked.filter(|(_, severity)| **severity >= Severity::Warn).map(|(finding, _)| finding)
    }

    /// Each span that goes, with its rule.
    fn removed(&self) -> Vec<Removed> {
        let found = self.in_the_way().map(|finding| Removed { span: finding.span, rule: finding.rule.to_owned() });
        let unknown = self.findings.unrecognised.iter().filter(|_| self.decision.verdict == Verdict::Review);
        let unknown = unknown.map(|span| Removed { span: *span, rule: "intent.none".to_owned() });
        found.chain(unknown).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Offers the first candidate that may go, one SMS segment before several.
    fn first_of(&mut self, kind: RewriteKind, channel: Channel, candidates: Vec<String>) -> Result<bool> {
        let texted = matches!(channel, Channel::Sms | Channel::Imessage | Channel::Whatsapp);
        let mut seen = BTreeSet::new();
        let mut texts: Vec<String> = Vec::new();
        for text in candidates {
            let text = cut::tidy(&if texted { plain_quotes(&text) } else { text });
            let text = if channel == self.input.channel { self.complete(text) } else { text };
            if text.is_empty() || text == self.input.text.trim() || !seen.insert(text.clone()) {
                continue;
            }
            if channel == Channel::Sms && TextLength::of(&text).segments > 1 {
                texts.push(plain_letters(&text));
            }
            texts.push(text);
        }
        if channel == Channel::Sms {
            texts.sort_by_cached_key(|text| TextLength::of(text).segments > 1);
        }
        for text in texts {
            if self.offered.iter().all(|other| other.text != text) && self.may_offer(kind, channel, text)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A text with what the policy wants in each: who writes, on which number, how to stop.
    fn complete(&self, text: String) -> String {
        let asked = |rule: &str| self.decision.reasons.iter().any(|reason| reason.rule == rule);
        let limits = &self.input.pack.limits;
        let (mut text, texted) = (text, asked("limit.sender") || asked("limit.opt_out"));
        if !texted || text.is_empty() {
            return text;
        }
        let say = |key, name, value| words::fill(self.lang, key, &[(name, value)]);
        if limits.sender_and_number {
            let clinic = self.input.profile.map_or("", |profile| profile.name.as_str());
            let sender = [clinic, self.input.clinician.unwrap_or("")].into_iter().find(|name| !name.is_empty());
            if let Some(sender) = sender.filter(|sender| !text.contains(*sender)) {
                text = format!("{} {text}", say("limit.sender", "sender", sender));
            }
            let phone = self.facts.phone().filter(|_| !has_number(&text));
            if let Some(phone) = phone {
                text = format!("{text} {}", say("limit.number", "phone", phone));
            }
        }
        if limits.opt_out_line && !text.contains(words::text(self.lang, "limit.opt_out")) {
            text = format!("{text} {}", words::text(self.lang, "limit.opt_out"));
        }
        text
    }

    /// Offers a text if it gives nothing away again and may go.
    fn may_offer(&mut self, kind: RewriteKind, channel: Channel, text: String) -> Result<bool> {
        if cut::words(&text).iter().any(|word| self.telling.contains(word)) {
            return Ok(false);
        }
        let verdict = decide_text(self.input, channel, &text, self.others)?.verdict;
        if verdict.stopped() {
            return Ok(false);
        }
        let (removed, length) = (self.removed(), TextLength::of(&text));
        self.offered.push(Rewrite { kind, channel, text, removed, verdict, length });
        Ok(true)
    }

    fn for_patient(&mut self) -> Result<()> {
        let channel = self.input.channel;
        let smallest = self.smallest();
        self.first_of(RewriteKind::SmallestChange, channel, smallest)?;
        let ready = self.ready();
        self.first_of(RewriteKind::ReadyText, channel, ready)?;
        let call = self.call_us();
        self.first_of(RewriteKind::CallUs, channel, call)?;
        Ok(())
    }

    fn for_colleague(&mut self) -> Result<()> {
        let channel = self.input.channel;
        let smallest = cut::candidates(self.input.text, self.findings, &self.severities, self.lang);
        self.first_of(RewriteKind::SmallestChange, channel, smallest)?;
        let plain = |key| vec![words::text(self.lang, key).to_owned()];
        let (ready, call) = (plain("ready.colleague"), plain("ready.colleague.call"));
        self.first_of(RewriteKind::ReadyText, channel, ready)?;
        self.first_of(RewriteKind::CallUs, channel, call)?;
        Ok(())
    }

    /// A text that may go already: without the greeting's name or the specialty, it is shorter and says less.
    fn shorter(&mut self) -> Result<()> {
        let notes: Vec<Severity> = self
            .findings
            .findings
            .iter()
            .map(|finding| match finding.standing == Standing::Greeting || finding.class == Class::ClinicalSpecialty {
                true => Severity::Warn,
                false => Severity::Note,
            })
            .collect();
        let leaves_out = notes.contains(&Severity::Warn);
        self.severities = notes;
        if leaves_out {
            let candidates = cut::candidates(self.input.text, self.findings, &self.severities, self.lang);
            self.first_of(RewriteKind::SmallestChange, self.input.channel, candidates)?;
        }
        self.severities.clone_from(&self.decision.severities);
        self.in_plain_letters()
    }

    /// The draft as it is, in letters that take fewer SMS segments: typographic marks first, accents only if that is not enough.
    fn in_plain_letters(&mut self) -> Result<()> {
        let (text, length) = (self.input.text, TextLength::of(self.input.text));
        if self.input.channel != Channel::Sms || length.encoding == SmsEncoding::Gsm7 {
            return Ok(());
        }
        let quotes = plain_quotes(text);
        let saves = |other: &TextLength| other.encoding == SmsEncoding::Gsm7 || other.segments < length.segments;
        let plain = match TextLength::of(&quotes) {
            other if other.segments > 1 => plain_letters(&quotes),
            _ => quotes,
        };
        if plain != text && saves(&TextLength::of(&plain)) {
            self.may_offer(RewriteKind::SmallestChange, Channel::Sms, plain)?;
        }
        Ok(())
    }

    /// Where the chosen channel takes nothing: what to say by phone, or to write where it is open.
    fn elsewhere(&mut self) -> Result<()> {
        let has = |rule: &str| self.decision.reasons.iter().any(|reason| reason.rule == rule);
        let pack = self.input.pack;
        // What to say to a family is nobody's template.
        if has("patient.deceased") {
            return Ok(());
        }
        if has("number.safeguarding") || has("number.shared") {
            let safe = script(pack, self.input.lang, "script.call_safe", &self.facts).map(|script| script.text);
            self.first_of(RewriteKind::CallUs, Channel::Phone, safe.into_iter().collect())?;
            return Ok(());
        }
        let blocked =
            self.decision.reasons.iter().any(|reason| reason.question <= 3 && reason.verdict == Verdict::Block);
        if self.input.consent.may_ask() && !blocked && self.input.audience == Audience::Patient {
            self.first_of(RewriteKind::ReadyText, Channel::Phone, vec![consent_warning(pack, self.lang).text])?;
        }
        let candidates = match self.input.audience {
            Audience::Patient => self.call_us(),
            Audience::Colleague | Audience::Group => vec![words::text(self.lang, "ready.colleague.call").to_owned()],
        };
        let best = self.decision.best.filter(|to| *to != Destination::Phone).and_then(channel_of);
        for channel in best.into_iter().chain([Channel::Portal, Channel::SecureMessaging]) {
            if self.first_of(RewriteKind::CallUs, channel, candidates.clone())? {
                break;
            }
        }
        Ok(())
    }

    /// The draft without what is in the way; if nothing simple is left of it, its greeting and a request to call.
    fn smallest(&self) -> Vec<String> {
        let mut candidates = cut::candidates(self.input.text, self.findings, &self.severities, self.lang);
        let short = words::text(self.lang, "ready.call_us.short");
        candidates.extend(self.greeted(std::iter::once(short.to_owned())));
        candidates
    }

    /// The nearest ready text, with facts where they are known, then without.
    fn ready(&self) -> Vec<String> {
        let urgent = self.decision.reasons.iter().any(|reason| reason.row == Some(crate::policy::Row::Urgent));
        let mut candidates = Vec::new();
        if urgent {
            let script = script(self.input.pack, self.lang, "script.urgent_call_back", &self.facts);
            candidates.extend(script.map(|script| script.text));
        }
        let keys = [self.nearest(), "ready.call_us"];
        let texts = keys.iter().flat_map(|key| [self.fill(&format!("{key}.full")), self.fill(key)]).flatten();
        candidates.extend(self.greeted(texts));
        candidates
    }

    /// Each text with the draft's own greeting before it, then without.
    fn greeted(&self, texts: impl Iterator<Item = String>) -> Vec<String> {
        let name = self.slot(Class::IdentifierName, Standing::Greeting);
        let greeting = name.map(|name| words::fill(self.lang, "ready.greeting", &[("patient", name)]));
        let both = |text: String| {
            let greeted = greeting.as_ref().map(|greeting| format!("{greeting} {}", cut::lower_first(&text)));
            greeted.into_iter().chain([text])
        };
        texts.flat_map(both).collect()
    }

    /// Requests to call, the one with sender and number first.
    fn call_us(&self) -> Vec<String> {
        let texts = [
            "ready.call_us.sender.full",
            "ready.call_us.full",
            "ready.call_us.sender",
            "ready.call_us.plain",
            "ready.call_us",
            "ready.call_us.short",
        ]
        .into_iter()
        .filter_map(|key| self.fill(key));
        self.greeted(texts)
    }

    /// A template with all its names known, or `None`.
    fn fill(&self, key: &str) -> Option<String> {
        let template = words::find(self.lang, key)?;
        // The draft's own number and sender are kept; the clinic's first number stands in for none.
        let phone = self.slot(Class::IdentifierPhone, Standing::Slot).or_else(|| self.facts.phone());
        let clinician = self.sender().or_else(|| self.input.clinician.map(str::to_owned));
        let portal = self.input.profile.map(|profile| profile.portal_url.as_str()).filter(|url| !url.is_empty());
        let when = self.when.get_or_init(|| cut::when(self.input.text));
        let values: Vec<(&str, &str)> = [
            ("phone", phone),
            ("clinician", clinician.as_deref()),
            ("portal", portal),
            ("when", when.as_deref()),
            ("patient", self.input.patient_first_name),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect();
        let known = words::placeholders(template).iter().all(|name| values.iter().any(|(known, _)| known == name));
        known.then(|| words::fill_template(template, &values))
    }

    fn nearest(&self) -> &'static str {
        // "Ready" is said again only if the draft said so: "due for refill" is another fact.
        let said_ready = cut::words(self.input.text).iter().any(|w| ["ready", "lista", "listo"].contains(&w.as_str()));
        let prescription = if said_ready { "ready.prescription_ready" } else { "ready.prescription" };
        let by_intent = self.findings.intents.iter().find_map(|found| match found.intent {
            Intent::AppointmentReminder => Some("ready.appointment_reminder"),
            Intent::AppointmentChange | Intent::AppointmentCancel => Some("ready.appointment_change"),
            Intent::PrescriptionReady => Some(prescription),
            Intent::ResultsAvailable => Some("ready.results_available"),
            Intent::PortalNotice => Some("ready.portal_notice"),
            Intent::RunningLate => Some("ready.running_late"),
            Intent::Forms => Some("ready.forms"),
            Intent::Billing => Some("ready.billing"),
            Intent::CallUs
            | Intent::Directions
            | Intent::Thanks
            | Intent::UrgentCallBack
            | Intent::AcknowledgeRedirect
            | Intent::ClosingChannel => None,
        });
        let has = |class| self.in_the_way().any(|finding| finding.class == class);
        let refill = self.findings.intents.iter().any(|found| found.intent == Intent::PrescriptionReady);
        if refill && has(Class::ClinicalMedication) {
            return prescription;
        }
        by_intent.unwrap_or(match () {
            () if has(Class::ClinicalResult) || has(Class::AttachmentLabReport) => "ready.results_available",
            () if has(Class::ClinicalProcedure) => "ready.appointment_change",
            () => "ready.call_us",
        })
    }

    fn slot(&self, class: Class, standing: Standing) -> Option<&'a str> {
        let found = self.findings.findings.iter().find(|f| f.class == class && f.standing == standing)?;
        Some(cut::slice(self.input.text, found.span)).filter(|text| !text.is_empty())
    }

    /// Who the draft says it is from, with the title that stands before the name: "This is Dr. Lee", not "with Dr. Lee".
    fn sender(&self) -> Option<String> {
        const LEADS: [&str; 9] = ["this is", "it's", "it is", "from", "soy", "soy el", "soy la", "habla", "le escribe"];
        self.findings.findings.iter().find_map(|found| {
            if found.class != Class::IdentifierName || found.standing != Standing::Slot {
                return None;
            }
            let before = self.input.text.get(..usize::try_from(found.span.start).ok()?)?.trim_end();
            let title = ["Dr.", "Dr", "Dra.", "Dra"].into_iter().find(|title| before.ends_with(title));
            let lead = before.strip_suffix(title.unwrap_or("")).unwrap_or(before).trim_end().to_lowercase();
            let lead = lead.replace('\u{2019}', "'");
            let name = cut::slice(self.input.text, found.span);
            let says = LEADS
                .iter()
                .any(|said| lead.strip_suffix(said).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)));
            says.then(|| title.map_or_else(|| name.to_owned(), |title| format!("{title} {name}")))
        })
    }
}
