//! The assessment: one pure function from a draft and its circumstances to verdict, trace, findings, rewrites and chart text.

use super::draft::check_text;
use super::length::TextLength;
use super::live::{LiveScreen, Others};
use super::rewrite::{self, Rewrite};
use super::script::chart_sentence;
use crate::error::Result;
use crate::policy::{
    AttachmentKind, Audience, Channel, ConsentState, Content, Decision, DecisionInput, Destination, History,
    NumberFacts, Pack, Reason, RosterState, Severity, Verdict, decide, trace, verdict_on,
};
use crate::screen::{self, Class, ClinicProfile, Findings, Intent, Language, NameIndex, Span};
use crate::words::Lang;

mod explain;

/// Everything that an assessment depends on.
#[derive(Clone, Copy)]
pub struct AssessInput<'a> {
    /// The draft, at most [`super::MAX_DRAFT_BYTES`].
    pub text: &'a str,
    /// The clinic's facts; usually [`Pack::profile`].
    pub profile: Option<&'a ClinicProfile>,
    /// The names of the patients on this phone.
    pub names: &'a NameIndex,
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// Consent for this number or address on this channel.
    pub consent: ConsentState,
    /// Consent on other channels, for the channel bar; none said is not asked.
    pub other_consents: &'a [(Channel, ConsentState)],
    /// The group's roster.
    pub roster: RosterState,
    /// Whose number it is.
    pub number: NumberFacts,
    /// What goes with the text.
    pub attachments: &'a [AttachmentKind],
    /// What went to this number before.
    pub history: History,
    /// The rules.
    pub pack: &'a Pack,
    /// The clinician's language.
    pub lang: Lang,
    /// Now, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// The minute of the day where the phone is, 0 to 1439; `None` while nobody said.
    pub local_minute: Option<u32>,
    /// Drawn at random for each assessment that is kept; keys the trace's HMAC of the text.
    pub salt: [u8; 32],
    /// The patient's first name, for sentences and ready texts.
    pub patient_first_name: Option<&'a str>,
    /// The clinician as patients know them, for ready texts: `Dr. Lee`.
    pub clinician: Option<&'a str>,
}

/// A finding as it is shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Marked {
    /// Where.
    pub span: Span,
    /// What.
    pub class: Class,
    /// How it is shown.
    pub severity: Severity,
    /// Which rule saw it.
    pub rule: String,
    /// Why, in one sentence of at most 90 characters in the clinician's language, with the words it is about.
    pub reason: String,
    /// Where that comes from, in the clinician's language: the article's line or the rule, `HIPAA Safe Harbor, 45 CFR …`.
    pub source: String,
    /// What to do about it, if anything.
    pub fix: Option<String>,
}

/// The reason quotes the draft: it is not printed.
impl std::fmt::Debug for Marked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Marked")
            .field("class", &self.class)
            .field("severity", &self.severity)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

/// One cell of the channel bar.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChannelVerdict {
    /// The channel.
    pub channel: Channel,
    /// This text's verdict there.
    pub verdict: Verdict,
    /// Whether the policy keeps it closed.
    pub off: bool,
    /// The bar's short word.
    pub word: String,
}

/// What Curtain says of a draft.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Assessment {
    /// What may happen with it.
    pub verdict: Verdict,
    /// The panel's long word.
    pub headline: String,
    /// One sentence with the reasons, strongest first, and the way out.
    pub why: String,
    /// The seven questions' answers, by question.
    pub reasons: Vec<Reason>,
    /// What was found, in order.
    pub findings: Vec<Marked>,
    /// Recognised kinds of message, in order.
    pub intents: Vec<Intent>,
    /// Whether they explain the whole text.
    pub recognised: bool,
    /// What does not read like logistics, for a verdict of Review; empty if recognised.
    pub unrecognised: Vec<Span>,
    /// The language screened in.
    pub language: Language,
    /// Up to three texts that may go instead.
    pub rewrites: Vec<Rewrite>,
    /// Where a stopped text belongs: the verdict's own target, else the best open place.
    pub redirect: Option<Destination>,
    /// The best open place for this text, stopped or not.
    pub best: Option<Destination>,
    /// Every channel, most preferred first.
    pub bar: Vec<ChannelVerdict>,
    /// What goes to the chart, if the text may go and must be documented.
    pub chart_text: Option<String>,
    /// Whether it must be documented.
    pub must_document: bool,
    /// Whether a second way of reaching the person must be tried too.
    pub second_route: bool,
    /// How long it is.
    pub length: TextLength,
}

/// Assessments quote the draft: only the verdict is printed.
impl std::fmt::Debug for Assessment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assessment").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

/// Assesses a draft. Pure: the same input gives the same assessment.
///
/// # Errors
/// `TooLarge` for a draft over [`super::MAX_DRAFT_BYTES`].
pub fn assess(input: &AssessInput<'_>) -> Result<Assessment> {
    assess_live(input, &mut LiveScreen::new())
}

/// As [`assess`], with what remembers the draft as it was: on each keystroke only what changed is screened again.
///
/// # Errors
/// As [`assess`].
pub fn assess_live(input: &AssessInput<'_>, live: &mut LiveScreen) -> Result<Assessment> {
    check_text(input.text)?;
    let findings = live.draft.screen(input.text, input.profile, input.names)?;
    Ok(judge(input, findings, &mut live.others, false)?.0)
}

/// As [`assess`], with the trace: canonical JSON, byte-equal for the same input; patient data, sealed like a note.
/// Apart, because no keystroke needs its kilobytes.
///
/// # Errors
/// As [`assess`].
pub fn assess_traced(input: &AssessInput<'_>) -> Result<(Assessment, String)> {
    check_text(input.text)?;
    let findings = screen::scan(input.text, input.profile, input.names)?;
    judge(input, findings, &mut Others::default(), true)
}

fn judge(
    input: &AssessInput<'_>,
    findings: Findings,
    others: &mut Others,
    traced: bool,
) -> Result<(Assessment, String)> {
    let content = Content::of(input.text, &findings, input.profile);
    let question = question(input, &content);
    let decision = decide(&question);
    let trace = if traced { trace::record(&question, &decision, input.text, &input.salt)? } else { String::new() };
    let bar = Channel::ALL.into_iter().map(|channel| bar_cell(input, &question, channel)).collect();
    let rewrites = rewrite::offer(input, &findings, &decision, others)?;
    let verdict = decision.verdict;
    let redirect = match verdict {
        Verdict::Redirect { to } => Some(to),
        _ if verdict.stopped() => decision.best,
        _ => None,
    };
    let chart_text = (decision.must_document && !verdict.stopped())
        .then(|| chart_sentence(input.lang, input.channel, input.audience, &content.intents, content.recognised));
    let (headline, why) = explain::verdict(input, &findings, &decision);
    let marked = findings.findings.iter().zip(&decision.severities).map(|(finding, severity)| Marked {
        span: finding.span,
        class: finding.class,
        severity: *severity,
        rule: finding.rule.to_owned(),
        reason: explain::finding(input, finding, *severity),
        source: explain::source(input.lang, finding, *severity).to_owned(),
        fix: explain::fix(input.lang, finding, *severity),
    });
    let marked = marked.collect();
    let unrecognised = if verdict == Verdict::Review { findings.unrecognised } else { Vec::new() };
    let assessment = Assessment {
        verdict,
        headline,
        why,
        findings: marked,
        intents: content.intents.clone(),
        recognised: content.recognised,
        unrecognised,
        language: content.language,
        rewrites,
        redirect,
        best: decision.best,
        bar,
        chart_text,
        must_document: decision.must_document,
        second_route: decision.second_route,
        length: TextLength::of(input.text),
        reasons: decision.reasons,
    };
    Ok((assessment, trace))
}

/// Screens and decides another text in the same circumstances, without the attachments and as a first sending.
pub(super) fn decide_text(
    input: &AssessInput<'_>,
    channel: Channel,
    text: &str,
    others: &mut Others,
) -> Result<Decision> {
    let mut asked = question(input, others.content(text, input.profile, input.names)?);
    asked.channel = channel;
    asked.consent = consent_on(input, channel);
    asked.attachments = &[];
    asked.history.duplicate = false;
    Ok(decide(&asked))
}

fn question<'a>(input: &AssessInput<'a>, content: &'a Content) -> DecisionInput<'a> {
    DecisionInput {
        content,
        channel: input.channel,
        audience: input.audience,
        consent: input.consent,
        roster: input.roster,
        number: input.number,
        attachments: input.attachments,
        history: input.history,
        now_ms: input.now_ms,
        local_minute: input.local_minute,
        pack: input.pack,
    }
}

fn consent_on(input: &AssessInput<'_>, channel: Channel) -> ConsentState {
    if channel == input.channel {
        return input.consent;
    }
    let said = input.other_consents.iter().find(|(other, _)| *other == channel);
    said.map_or(ConsentState::NotAsked, |(_, consent)| *consent)
}

fn bar_cell(input: &AssessInput<'_>, question: &DecisionInput<'_>, channel: Channel) -> ChannelVerdict {
    let off = input.pack.channel(channel).is_none_or(|rule| rule.status == crate::policy::Status::Off);
    let verdict = verdict_on(question, channel, consent_on(input, channel));
    ChannelVerdict { channel, verdict, off, word: explain::bar_word(input.lang, verdict, off).to_owned() }
}
