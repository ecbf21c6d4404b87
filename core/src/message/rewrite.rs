//! What to send instead: the smallest change, a ready text, a request to call. Deterministic; each is screened and decided again,
//! and offered only if it may go where it says.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::assess::{AssessInput, decide_text};
use super::length::{TextLength, plain_quotes};
use super::script::{ScriptFacts, consent_warning, script};
use crate::error::Result;
use crate::policy::{Audience, Channel, Decision, Destination, Severity, Verdict, channel_of};
use crate::screen::{Class, Finding, Findings, Intent, Language, Standing};
use crate::words::{self, Lang};

mod cut;

/// How a rewrite came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum RewriteKind {
    /// The draft without what is in the way.
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

/// A text that may go instead.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rewrite {
    /// How it came about.
    pub kind: RewriteKind,
    /// Where it may go: the chosen channel, or an open one where the chosen one takes nothing. By phone it is read aloud.
    pub channel: Channel,
    /// The text.
    pub text: String,
    /// The rules whose findings it is rid of.
    pub removed: Vec<String>,
    /// Its own verdict there: never a stop.
    pub verdict: Verdict,
    /// How long it is.
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
pub(super) fn offer(input: &AssessInput<'_>, findings: &Findings, decision: &Decision) -> Result<Vec<Rewrite>> {
    let mut desk = Desk::new(input, findings, decision);
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
        reason.verdict.stopped() && (obstacle || reason.rule == "limit.frequency" || reason.rule == "limit.duplicate")
    })
}

/// The words of the offered texts themselves: never telling, in either language.
static NEUTRAL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let offered = |key: &&str| ["ready.", "neutral.", "script."].iter().any(|room| key.starts_with(room));
    let both = words::keys().filter(offered).flat_map(|key| Lang::ALL.map(|lang| words::text(lang, key)));
    both.flat_map(cut::words).collect()
});

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
    /// Words that must not come back.
    telling: BTreeSet<String>,
    offered: Vec<Rewrite>,
}

impl<'a> Desk<'a> {
    fn new(input: &'a AssessInput<'a>, findings: &'a Findings, decision: &'a Decision) -> Desk<'a> {
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
        let mut desk = Desk { input, findings, decision, lang, facts, when, telling, offered };
        let spans = desk.in_the_way().map(|finding| cut::words(cut::slice(input.text, finding.span)));
        let telling = spans.flatten().filter(|word| word.chars().count() > 1 && !NEUTRAL.contains(word)).collect();
        desk.telling = telling;
        desk
    }

    /// The findings that a rewrite must be rid of.
    fn in_the_way(&self) -> impl Iterator<Item = &'a Finding> {
        let severities = &self.decision.severities;
        self.findings.findings.iter().zip(severities).filter(|(_, s)| **s >= Severity::Warn).map(|(finding, _)| finding)
    }

    /// Offers the first candidate that may go, one SMS segment before several.
    fn first_of(&mut self, kind: RewriteKind, channel: Channel, candidates: Vec<String>) -> Result<bool> {
        let texted = matches!(channel, Channel::Sms | Channel::Imessage | Channel::Whatsapp);
        let mut seen = BTreeSet::new();
        let mut candidates: Vec<String> = candidates
            .into_iter()
            .map(|text| cut::tidy(&if texted { plain_quotes(&text) } else { text }))
            .filter(|text| !text.is_empty() && text != self.input.text.trim())
            .filter(|text| seen.insert(text.clone()) && self.offered.iter().all(|other| other.text != *text))
            .collect();
        if channel == Channel::Sms {
            candidates.sort_by_key(|text| TextLength::of(text).segments > 1);
        }
        for text in candidates {
            if cut::words(&text).iter().any(|word| self.telling.contains(word)) {
                continue;
            }
            let again = decide_text(self.input, channel, &text)?;
            if !again.verdict.stopped() {
                let removed: BTreeSet<String> = self.in_the_way().map(|finding| finding.rule.to_owned()).collect();
                let length = TextLength::of(&text);
                let verdict = again.verdict;
                self.offered.push(Rewrite {
                    kind,
                    channel,
                    text,
                    removed: removed.into_iter().collect(),
                    verdict,
                    length,
                });
                return Ok(true);
            }
        }
        Ok(false)
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
        let smallest = cut::candidates(self.input.text, self.findings, &self.decision.severities, self.lang);
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
        if notes.contains(&Severity::Warn) {
            let candidates = cut::candidates(self.input.text, self.findings, &notes, self.lang);
            self.first_of(RewriteKind::SmallestChange, self.input.channel, candidates)?;
        }
        Ok(())
    }

    /// Where the chosen channel takes nothing: what to say by phone, or to write where it is open.
    fn elsewhere(&mut self) -> Result<()> {
        let has = |rule: &str| self.decision.reasons.iter().any(|reason| reason.rule == rule);
        let pack = self.input.pack;
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
        let mut candidates = cut::candidates(self.input.text, self.findings, &self.decision.severities, self.lang);
        let short = words::text(self.lang, "ready.call_us.short");
        if let Some(name) = self.slot(Class::IdentifierName, Standing::Greeting) {
            let greeting = words::fill(self.lang, "ready.greeting", &[("patient", name)]);
            candidates.push(format!("{greeting} {}", cut::lower_first(short)));
        }
        candidates.push(short.to_owned());
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
        for key in [self.nearest(), "ready.call_us"] {
            candidates.extend(self.fill(&format!("{key}.full")));
            candidates.extend(self.fill(key));
        }
        candidates
    }

    /// Requests to call, the one with sender and number first.
    fn call_us(&self) -> Vec<String> {
        [
            "ready.call_us.sender.full",
            "ready.call_us.full",
            "ready.call_us.sender",
            "ready.call_us.plain",
            "ready.call_us",
            "ready.call_us.short",
        ]
        .into_iter()
        .filter_map(|key| self.fill(key))
        .collect()
    }

    /// A template with all its names known, or `None`.
    fn fill(&self, key: &str) -> Option<String> {
        let template = words::find(self.lang, key)?;
        let phone = self.facts.phone().or_else(|| self.slot(Class::IdentifierPhone, Standing::Slot));
        let clinician = self.input.clinician.map(str::to_owned).or_else(|| self.clinician());
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

    /// The clinician of a sender line, with the title that stands before the name.
    fn clinician(&self) -> Option<String> {
        let found = self
            .findings
            .findings
            .iter()
            .find(|f| f.class == Class::IdentifierName && matches!(f.standing, Standing::Slot))?;
        let name = cut::slice(self.input.text, found.span);
        let before = self.input.text.get(..usize::try_from(found.span.start).ok()?)?.trim_end();
        let title = ["Dr.", "Dr", "Dra.", "Dra"].into_iter().find(|title| before.ends_with(title));
        Some(title.map_or_else(|| name.to_owned(), |title| format!("{title} {name}")))
    }
}
