//! The decision: pure, seven questions in the article's order, every answer a reason.
//!
//! 1 does policy allow this channel (silence is a ban, and a ban ends it), 2 may this person be reached there, 3 is consent in
//! force for this number, 4 what does the text contain, 5 is it recognised, 6 limits, 7 what must be documented.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::channel::{Audience, Channel, ChannelKind, Destination, Verdict};
use super::facts::{
    AttachmentKind, ConsentScope, ConsentState, Content, History, NumberFacts, NumberOwner, RosterState,
};
use super::pack::Pack;
use super::rows::{closed_severity, is_urgent, row_of, tells_of_care};
use super::rules::{ConsentBasis, Status};
use super::table::{Row, strength};
use crate::screen::{Class, Intent, Standing};

/// Everything that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct DecisionInput<'a> {
    /// What the text contains.
    pub content: &'a Content,
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// Consent for this number or address on this channel.
    pub consent: ConsentState,
    /// The group's roster.
    pub roster: RosterState,
    /// Whose number it is.
    pub number: NumberFacts,
    /// What goes with the text.
    pub attachments: &'a [AttachmentKind],
    /// What went to this number before.
    pub history: History,
    /// Now, in milliseconds since 1970 UTC; recorded in the trace.
    pub now_ms: i64,
    /// The minute of the day where the phone is, 0 to 1439; `None` while nobody said.
    pub local_minute: Option<u32>,
    /// The rules.
    pub pack: &'a Pack,
}

/// How a finding is shown, set from the table's cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Known and fine.
    Note,
    /// Not screened: the language is not known.
    Blind,
    /// Better without: the cell says rewrite. "Change" on the screen.
    Warn,
    /// In the way: the cell says block or redirect.
    Stop,
}

impl Severity {
    /// The name in jsonl: `stop`, `warn`, `blind`, `note`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Blind => "blind",
            Severity::Warn => "warn",
            Severity::Stop => "stop",
        }
    }
}

/// One answer to one of the seven questions.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reason {
    /// Which question, 1 to 7.
    pub question: u8,
    /// Which row of the table was asked, if one was.
    pub row: Option<Row>,
    /// Which class of content, if one was found.
    pub class: Option<Class>,
    /// Which rule: a finding's, or `policy.…`, `audience.…`, `consent.…`, `limit.…`.
    pub rule: String,
    /// What this answer alone asks for.
    pub verdict: Verdict,
    /// The key of its sentence in the words.
    pub key: String,
}

/// What may happen with a text, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The strongest reason's verdict.
    pub verdict: Verdict,
    /// Every answer, by question; inside a question strongest first.
    pub reasons: Vec<Reason>,
    /// For each fact of the content, in its order.
    pub severities: Vec<Severity>,
    /// The best place for this content that is open now; a phone call is always a way out unless a pack closes it.
    pub best: Option<Destination>,
    /// The kind of the chosen channel for this audience.
    pub kind: ChannelKind,
    /// Whether it must go to the chart.
    pub must_document: bool,
    /// Whether a second way of reaching the person must be tried too.
    pub second_route: bool,
}

/// Decides. Pure: the same input gives the same decision.
pub fn decide(input: &DecisionInput<'_>) -> Decision {
    let mut answer = Answer::to(input, input.channel, input.consent);
    let best = best_permitted(input);
    let mut verdict = answer.verdict();
    if let Verdict::Redirect { to } = verdict {
        let open = match channel_of(to) {
            None => true,
            Some(channel) => !verdict_on(input, channel, other_consent(input, channel)).stopped(),
        };
        // A cell may point where this reader cannot be reached (the portal, for a colleague): then the best open place.
        if !open {
            verdict = best.map_or(Verdict::Block, |to| Verdict::Redirect { to });
        }
    }
    let must_document = verdict == Verdict::AllowAndDocument;
    let last = if must_document { "reason.document" } else { "reason.no_document" };
    if !answer.banned && !verdict.stopped() {
        answer.reasons.push(reason(7, None, None, "policy.document", verdict, last));
    }
    answer.reasons.sort_by_key(|reason| (reason.question, Reverse(strength(reason.verdict))));
    Decision {
        verdict,
        reasons: answer.reasons,
        severities: answer.severities,
        best,
        kind: answer.kind,
        must_document,
        second_route: answer.second_route,
    }
}

/// The verdict for the same text on one channel, with the consent that stands for it there.
pub fn verdict_on(input: &DecisionInput<'_>, channel: Channel, consent: ConsentState) -> Verdict {
    Answer::to(input, channel, consent).verdict()
}

/// The channel of a destination; `None` for order entry.
pub const fn channel_of(destination: Destination) -> Option<Channel> {
    match destination {
        Destination::Portal => Some(Channel::Portal),
        Destination::SecureMessaging => Some(Channel::SecureMessaging),
        Destination::Telehealth => Some(Channel::Telehealth),
        Destination::Email => Some(Channel::Email),
        Destination::Sms => Some(Channel::Sms),
        Destination::Phone => Some(Channel::Phone),
        Destination::OrderEntry => None,
    }
}

/// Consent is for one channel and address: another channel has none that this decision was told of.
fn other_consent(input: &DecisionInput<'_>, channel: Channel) -> ConsentState {
    if channel == input.channel { input.consent } else { ConsentState::NotAsked }
}

fn best_permitted(input: &DecisionInput<'_>) -> Option<Destination> {
    // Urgent things, bad news and a person at risk are for a voice, however good the portal is.
    let voice_first = input.audience == Audience::Patient && (input.number.safeguarding || is_urgent(input.content))
        || input.content.facts.iter().any(|fact| fact.class == Class::SensitiveBadNews);
    const BY_PREFERENCE: [Destination; 6] = [
        Destination::Portal,
        Destination::Telehealth,
        Destination::SecureMessaging,
        Destination::Phone,
        Destination::Email,
        Destination::Sms,
    ];
    let open = |to: &Destination| {
        channel_of(*to).is_some_and(|channel| !verdict_on(input, channel, other_consent(input, channel)).stopped())
    };
    let has_order = input.content.facts.iter().any(|fact| row_of(fact, input.content) == Some(Row::Order));
    if has_order {
        return Some(Destination::OrderEntry);
    }
    let first = voice_first.then_some(Destination::Phone).filter(open);
    first.or_else(|| BY_PREFERENCE.into_iter().find(open))
}

fn reason(question: u8, row: Option<Row>, class: Option<Class>, rule: &str, verdict: Verdict, key: &str) -> Reason {
    Reason { question, row, class, rule: rule.to_owned(), verdict, key: key.to_owned() }
}

/// The answers for one channel.
struct Answer {
    reasons: Vec<Reason>,
    severities: Vec<Severity>,
    kind: ChannelKind,
    second_route: bool,
    banned: bool,
}

impl Answer {
    fn to(input: &DecisionInput<'_>, channel: Channel, consent: ConsentState) -> Answer {
        let mut answer = Answer {
            reasons: Vec::new(),
            severities: input.content.facts.iter().map(closed_severity).collect(),
            kind: ChannelKind::Off,
            second_route: false,
            banned: false,
        };
        let rule = match input.pack.channel(channel) {
            Some(rule) if rule.status != Status::Off => rule,
            Some(_) => return answer.ban("policy.off", "reason.off"),
            None => return answer.ban("policy.silent", "reason.silent"),
        };
        answer.say(1, "policy.open", Verdict::Allow, "reason.open");
        answer.kind = rule.kind.of(input.audience);
        answer.reach(input);
        answer.consent(input, consent, rule.bases.contains(&ConsentBasis::ImpliedDirectCare));
        match answer.kind {
            ChannelKind::Off => {}
            ChannelKind::Voice => {
                answer.severities.fill(Severity::Note);
                answer.say(4, "policy.voice", Verdict::AllowAndDocument, "reason.document");
            }
            _ => {
                answer.content(input);
                answer.limits(input, rule.max_length);
            }
        }
        answer
    }

    fn verdict(&self) -> Verdict {
        // Of two places to go, a voice before order entry, and both before a written channel.
        let urge = |verdict: Verdict| match verdict {
            Verdict::Redirect { to: Destination::Phone } => 3,
            Verdict::Redirect { to: Destination::OrderEntry } => 2,
            Verdict::Redirect { to: Destination::SecureMessaging } => 1,
            _ => 0,
        };
        let strongest = self.reasons.iter().map(|reason| reason.verdict).max_by_key(|v| (strength(*v), urge(*v)));
        strongest.unwrap_or(Verdict::Block)
    }

    fn say(&mut self, question: u8, rule: &str, verdict: Verdict, key: &str) {
        self.reasons.push(reason(question, None, None, rule, verdict, key));
    }

    fn ban(mut self, rule: &str, key: &str) -> Answer {
        self.banned = true;
        self.say(1, rule, Verdict::Block, key);
        self
    }

    fn reach(&mut self, input: &DecisionInput<'_>) {
        let patient = input.audience == Audience::Patient;
        let before = self.reasons.len();
        if self.kind == ChannelKind::Off {
            self.say(2, "audience.wrong", Verdict::Block, "reason.audience");
        }
        if patient && input.number.safeguarding && self.kind != ChannelKind::Voice {
            self.say(2, "number.safeguarding", Verdict::Block, "reason.safeguarding");
        }
        if patient && input.number.deceased && self.kind != ChannelKind::Voice {
            self.say(2, "patient.deceased", Verdict::Block, "reason.deceased");
        }
        let shared = input.number.shared || input.number.owner == NumberOwner::Other;
        if patient && shared && matches!(self.kind, ChannelKind::Care | ChannelKind::Logistics) {
            let tells = input.content.names_clinic || input.content.facts.iter().any(tells_of_care);
            match tells {
                true => self.say(2, "number.shared", Verdict::Block, "reason.shared"),
                false => self.say(2, "number.shared", Verdict::Allow, "reason.shared.clean"),
            }
        }
        if self.reasons.len() == before {
            self.say(2, "audience.open", Verdict::Allow, "reason.reach");
        }
    }

    fn consent(&mut self, input: &DecisionInput<'_>, consent: ConsentState, implied: bool) {
        let asked =
            input.audience == Audience::Patient && matches!(self.kind, ChannelKind::Care | ChannelKind::Logistics);
        if !asked {
            return self.say(3, "consent.not_needed", Verdict::Allow, "reason.consent.not_needed");
        }
        let clinical = || input.content.facts.iter().any(|fact| row_of(fact, input.content) == Some(Row::Clinical));
        match consent {
            ConsentState::NotAsked if implied && !clinical() => {
                self.say(3, "consent.implied", Verdict::Allow, "reason.consent.implied");
            }
            ConsentState::NotAsked => {
                self.say(3, "consent.not_asked", Verdict::NeedsConsent, "reason.consent.not_asked");
            }
            ConsentState::Expired => self.say(3, "consent.expired", Verdict::NeedsConsent, "reason.consent.expired"),
            ConsentState::VoidNumberChanged => {
                self.say(3, "consent.number_changed", Verdict::NeedsConsent, "reason.consent.void");
            }
            ConsentState::Withdrawn { .. } => {
                self.say(3, "consent.withdrawn", Verdict::Block, "reason.consent.withdrawn");
            }
            ConsentState::Objected => self.say(3, "consent.objected", Verdict::Block, "reason.consent.objected"),
            ConsentState::BasisClosed => {
                self.say(3, "consent.basis", Verdict::NeedsConsent, "reason.consent.basis");
            }
            ConsentState::InForce { allowed: ConsentScope::CallBack, .. } if !input.content.is_call_back() => {
                self.say(3, "consent.scope", Verdict::NeedsConsent, "reason.consent.emergency");
            }
            ConsentState::InForce { allowed, review_due } => {
                if allowed == ConsentScope::Logistics && clinical() {
                    self.say(3, "consent.scope", Verdict::NeedsConsent, "reason.consent.scope");
                } else if review_due {
                    self.say(3, "consent.review_due", Verdict::Allow, "reason.consent.review_due");
                } else {
                    self.say(3, "consent.in_force", Verdict::Allow, "reason.consent.in_force");
                }
            }
        }
    }

    fn content(&mut self, input: &DecisionInput<'_>) {
        let content = input.content;
        for (index, fact) in content.facts.iter().enumerate() {
            let severity = match row_of(fact, content) {
                None => Severity::Note,
                Some(row) => self.ask(input, row, Some(fact.class), &fact.rule),
            };
            let severity = match fact.standing {
                Standing::Mismatch => severity.max(Severity::Warn),
                _ => severity,
            };
            if let Some(slot) = self.severities.get_mut(index) {
                *slot = severity;
            }
        }
        for attachment in input.attachments {
            self.ask(input, Row::Attachment, Some(attachment.class()), "attachment.given");
        }
        let combined = content.facts.iter().any(|fact| fact.class == Class::IdentifierCombination);
        if content.clues >= 2 && !combined {
            self.ask(input, Row::Clues, None, "clues.count");
        }
        if content.intents.contains(&Intent::UrgentCallBack)
            && !content.facts.iter().any(|fact| row_of(fact, content) == Some(Row::Urgent))
        {
            self.ask(input, Row::Urgent, None, "intent.urgent_call_back");
        }
        if self.reasons.iter().all(|reason| reason.question != 4) {
            self.say(4, "content.none", Verdict::Allow, "reason.nothing");
        }
        match content.recognised {
            true => self.ask(input, Row::Logistics, None, "intent.recognised"),
            false => self.ask(input, Row::NotRecognised, None, "intent.none"),
        };
    }

    /// Asks the table, keeps each answer once, and says how the finding is shown.
    fn ask(&mut self, input: &DecisionInput<'_>, row: Row, class: Option<Class>, rule: &str) -> Severity {
        let cell = input.pack.table.cell(row, self.kind);
        let stale = input.audience == Audience::Group && input.roster.is_stale();
        let asked = cell.verdict(input.content.is_call_back(), stale);
        self.second_route |= cell.second_route;
        let verdict = asked.unwrap_or(Verdict::Allow);
        let roster_decides = stale && cell.stale_roster.is_some();
        let question = match row {
            Row::Logistics | Row::NotRecognised => 5,
            _ if roster_decides => 2,
            _ => 4,
        };
        let key = match (roster_decides, input.roster, class) {
            (true, RosterState::LeftMember, _) => "reason.roster.left".to_owned(),
            (true, RosterState::Learners, _) => "reason.roster.learners".to_owned(),
            (true, _, _) => "reason.roster".to_owned(),
            (false, _, Some(class)) => format!("reason.{}", class.name()),
            (false, _, None) => row_key(row).to_owned(),
        };
        let known = self.reasons.iter().any(|old| old.row == Some(row) && old.class == class && old.rule == rule);
        if !known {
            self.reasons.push(Reason { question, row: Some(row), class, rule: rule.to_owned(), verdict, key });
        }
        match asked {
            _ if row == Row::UnknownLanguage => Severity::Blind,
            Some(Verdict::Block | Verdict::Redirect { .. }) => Severity::Stop,
            Some(Verdict::Rewrite | Verdict::NeedsConsent) => Severity::Warn,
            _ => Severity::Note,
        }
    }

    fn limits(&mut self, input: &DecisionInput<'_>, max_length: u32) {
        let before = self.reasons.len();
        if input.content.length > max_length {
            self.say(6, "limit.length", Verdict::Rewrite, "reason.length");
        }
        // A person who must call at once may be asked again.
        let counted = input.audience == Audience::Patient
            && matches!(self.kind, ChannelKind::Care | ChannelKind::Logistics)
            && !input.content.is_call_back();
        if counted {
            let limits = &input.pack.limits;
            if let Some(quiet) = limits.quiet_hours {
                match input.local_minute {
                    None => self.say(6, "limit.local_time", Verdict::Review, "reason.local_time"),
                    Some(minute) if quiet.holds(minute) => {
                        self.say(6, "limit.quiet_hours", Verdict::Review, "reason.quiet_hours");
                    }
                    Some(_) => {}
                }
            }
            if limits.sender_and_number && !(input.content.names_clinic && input.content.gives_number) {
                self.say(6, "limit.sender", Verdict::Rewrite, "reason.sender");
            }
            if limits.opt_out_line && !input.content.offers_stop {
                self.say(6, "limit.opt_out", Verdict::Rewrite, "reason.opt_out");
            }
            let full = |limit: u32, sent: u32| limit > 0 && sent >= limit;
            if full(limits.per_day, input.history.today) || full(limits.per_week, input.history.this_week) {
                let verdict = Verdict::Redirect { to: Destination::Phone };
                self.say(6, "limit.frequency", verdict, "reason.frequency");
            }
            if input.history.duplicate {
                self.say(6, "limit.duplicate", Verdict::Review, "reason.duplicate");
            }
        }
        if self.reasons.len() == before {
            self.say(6, "limit.none", Verdict::Allow, "reason.limits");
        }
    }
}

const fn row_key(row: Row) -> &'static str {
    match row {
        Row::Logistics => "reason.recognised",
        Row::Clues => "reason.clues",
        Row::Urgent => "reason.recognised",
        _ => "reason.not_recognised",
    }
}
