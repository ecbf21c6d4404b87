//! The words of an assessment: headline, why, reasons, fixes, the bar.

use super::AssessInput;
use crate::policy::{
    Audience, ChannelKind, ConsentScope, ConsentState, Decision, Destination, Reason, Row, Severity, Verdict, strength,
};
use crate::screen::{Class, Finding, Findings, Intent, Language, Standing};
use crate::words::{self, Lang};

/// The longest quote in a reason, in characters, with its mark of omission.
const QUOTE: usize = 24;

/// The panel's long word and the sentence under it.
pub(super) fn verdict(input: &AssessInput<'_>, findings: &Findings, decision: &Decision) -> (String, String) {
    let names = Names::of(input);
    let headline = match decision.verdict {
        Verdict::Block if banned(decision) => names.fill("verdict.off.title"),
        Verdict::Block => names.fill("verdict.block"),
        Verdict::Redirect { to } => names.fill(&format!("verdict.redirect.{}", to.name())),
        Verdict::NeedsConsent => names.fill("verdict.consent"),
        Verdict::Rewrite => names.fill("verdict.rewrite"),
        Verdict::Review => names.fill("verdict.review"),
        Verdict::AllowAndDocument => names.fill("verdict.document"),
        Verdict::Allow => names.fill("verdict.allow"),
    };
    (capital(&headline), capital(&why(input, findings, decision, &names)))
}

fn why(input: &AssessInput<'_>, findings: &Findings, decision: &Decision, names: &Names<'_>) -> String {
    let has = |rule: &str| decision.reasons.iter().any(|reason| reason.rule == rule);
    // An obstacle in the reader or the number is said as it is, whatever the text holds.
    if let Some(reason) = decision.reasons.iter().find(|r| r.question <= 3 && r.verdict == Verdict::Block) {
        return match (reason.rule.as_str(), input.consent) {
            ("policy.off" | "policy.silent", _) => names.fill("verdict.off"),
            ("consent.withdrawn", ConsentState::Withdrawn { at_ms }) => names.withdrawn(at_ms),
            ("consent.objected", _) => names.fill("consent.objected"),
            ("audience.wrong", _) => sentences(&names.fill(&reason.key), way(input.lang, decision.best)),
            _ => names.fill(&reason.key),
        };
    }
    match decision.verdict {
        Verdict::Block => names.stop(&what(input.lang, decision), way(input.lang, decision.best)),
        Verdict::Redirect { .. } if has("limit.frequency") => names.fill("reason.frequency"),
        Verdict::Redirect { .. } => names.fill("verdict.redirect.why"),
        Verdict::NeedsConsent => match input.consent {
            ConsentState::VoidNumberChanged => names.fill("consent.changed"),
            ConsentState::Expired => names.fill("consent.expired"),
            ConsentState::BasisClosed => names.fill("reason.consent.basis"),
            ConsentState::InForce { allowed: ConsentScope::CallBack, .. } => names.fill("reason.consent.emergency"),
            ConsentState::InForce { .. } => names.fill("reason.consent.scope"),
            _ => names.fill("verdict.consent.why"),
        },
        Verdict::Rewrite if decision.reasons.iter().any(|r| r.question == 2 && r.verdict == Verdict::Rewrite) => {
            let reason = decision.reasons.iter().find(|r| r.question == 2 && r.verdict == Verdict::Rewrite);
            reason.map_or_else(String::new, |reason| names.fill(&reason.key))
        }
        Verdict::Rewrite => {
            let what = what(input.lang, decision);
            match what.is_empty() {
                true if has("limit.sender") => names.fill("reason.sender"),
                true if has("limit.opt_out") => names.fill("reason.opt_out"),
                true => names.fill("verdict.rewrite.long"),
                false => words::fill(input.lang, "verdict.rewrite.why", &[("what", &what)]),
            }
        }
        Verdict::Review if findings.language == Language::Unknown => names.fill("screen.blind"),
        Verdict::Review if has("limit.duplicate") && findings.recognised => names.fill("reason.duplicate"),
        Verdict::Review if has("limit.quiet_hours") && findings.recognised => names.fill("reason.quiet_hours"),
        Verdict::Review if has("limit.local_time") && findings.recognised => names.fill("reason.local_time"),
        Verdict::Review => names.fill("verdict.review.why"),
        Verdict::AllowAndDocument | Verdict::Allow => {
            let asks_to_call = [Intent::CallUs, Intent::UrgentCallBack, Intent::ResultsAvailable];
            let calls = findings.intents.iter().any(|found| asks_to_call.contains(&found.intent));
            let simple = matches!(decision.kind, ChannelKind::Logistics | ChannelKind::Care) && findings.recognised;
            let said = match () {
                () if findings.language == Language::Unknown => names.fill("screen.blind"),
                () if simple && calls && input.audience == Audience::Patient => names.fill("verdict.allow.call"),
                () if simple => names.fill("verdict.allow.why"),
                () if decision.kind == ChannelKind::Deidentified => remaining(input.lang, findings),
                () => names.fill("verdict.allow.channel"),
            };
            let second = if decision.second_route { words::text(input.lang, "verdict.second_route") } else { "" };
            sentences(&said, second)
        }
    }
}

/// What a channel for texts without identifiers is told: never that a text is anonymous, only what was not found and what is left.
fn remaining(lang: Lang, findings: &Findings) -> String {
    if findings.findings.iter().any(|found| found.class.name().starts_with("identifier.")) {
        return words::text(lang, "verdict.allow.channel").to_owned();
    }
    match findings.clues {
        0 => words::text(lang, "verdict.allow.no_identifier").to_owned(),
        1 => words::text(lang, "verdict.allow.one_clue").to_owned(),
        count => words::fill(lang, "verdict.allow.clues", &[("count", &count.to_string())]),
    }
}

fn banned(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| reason.question == 1 && reason.verdict == Verdict::Block)
}

fn way(lang: Lang, best: Option<Destination>) -> &'static str {
    words::text(lang, &format!("way.{}", best.unwrap_or(Destination::Phone).name()))
}

/// What the text gives away, strongest first, at most three things.
fn what(lang: Lang, decision: &Decision) -> String {
    let mut asked: Vec<&Reason> =
        decision.reasons.iter().filter(|reason| reason.row.is_some() && reason.verdict.stopped()).collect();
    // Of the same strength, what says most comes first: a result before the test that it is of.
    asked.sort_by_key(|reason| (std::cmp::Reverse(strength(reason.verdict)), weight(reason)));
    let mut things: Vec<&str> = Vec::new();
    // Not being recognised is a reason of its own only where nothing else is.
    let content = asked.iter().any(|reason| !matches!(reason.row, Some(Row::NotRecognised)));
    for reason in asked {
        if content && reason.row == Some(Row::NotRecognised) {
            continue;
        }
        let thing = words::text(lang, what_key(reason));
        if !things.contains(&thing) && things.len() < 3 {
            things.push(thing);
        }
    }
    match things.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{}{}{last}", rest.join(", "), words::text(lang, "list.and")),
    }
}

fn weight(reason: &Reason) -> u8 {
    match what_key(reason) {
        "what.sensitive" | "what.service" | "what.bad_news" => 0,
        "what.result" => 1,
        "what.diagnosis" => 2,
        "what.change" => 3,
        "what.test" | "what.procedure" | "what.medicine" | "what.specialty" => 5,
        _ => 4,
    }
}

fn what_key(reason: &Reason) -> &'static str {
    match (reason.class, reason.row) {
        (Some(Class::ClinicalResult), _) => "what.result",
        (Some(Class::ClinicalDiagnosis), _) => "what.diagnosis",
        (Some(Class::ClinicalSymptom), _) => "what.symptom",
        (Some(Class::ClinicalMedication), _) => "what.medicine",
        (Some(Class::ClinicalDose), _) => "what.dose",
        (Some(Class::ClinicalMedicationChange), _) => "what.change",
        (Some(Class::ClinicalAdvice), _) => "what.advice",
        (Some(Class::ClinicalProcedure), _) => "what.procedure",
        (Some(Class::ClinicalTestName), _) => "what.test",
        (Some(Class::PatternOngoingCare), _) => "what.ongoing",
        (_, Some(Row::Order)) => "what.order",
        (_, Some(Row::Specialty)) => "what.specialty",
        (_, Some(Row::SensitiveProvider)) => "what.service",
        (_, Some(Row::Sensitive)) => "what.sensitive",
        (_, Some(Row::BadNews)) => "what.bad_news",
        (_, Some(Row::Identifiers)) => "what.identifier",
        (_, Some(Row::Clues)) => "what.clues",
        (_, Some(Row::Attachment)) => "what.attachment",
        (_, Some(Row::Urgent)) => "what.urgent",
        _ => "what.unknown",
    }
}

/// The sentence of a finding, with the words it is about.
pub(super) fn finding(input: &AssessInput<'_>, finding: &Finding, severity: Severity) -> String {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let said = input.text.get(at(finding.span.start)..at(finding.span.end)).unwrap_or("");
    // One word more than fits is enough: a span may be as long as the draft.
    let mut quote = String::new();
    for word in said.split_whitespace() {
        if !quote.is_empty() {
            quote.push(' ');
        }
        quote.extend(word.chars().take(QUOTE + 1));
        if quote.len() > 4 * QUOTE {
            break;
        }
    }
    if quote.chars().count() > QUOTE {
        quote = quote.chars().take(QUOTE - 1).collect::<String>().trim_end().to_owned();
        quote.push('…');
    }
    let values = [("text", quote.as_str())];
    match accepted(finding, severity) {
        Some("slot") => words::fill(input.lang, "reason.accepted.slot", &values),
        Some("greeting") => words::fill(input.lang, "reason.accepted.greeting", &values),
        _ if finding.standing == Standing::Mismatch => words::fill(input.lang, "reason.mismatch", &values),
        _ => words::fill(input.lang, &format!("reason.{}", finding.class.name()), &values),
    }
}

/// Where a finding's reason comes from: a line of the article, or a rule.
pub(super) fn source(lang: Lang, finding: &Finding, severity: Severity) -> &'static str {
    match (accepted(finding, severity), finding.standing) {
        (Some(_), _) | (None, Standing::Mismatch) => words::text(lang, "source.accepted"),
        (None, _) => words::text(lang, &format!("source.{}", finding.class.name())),
    }
}

/// Whether a finding is only noted because it has its place in this kind of message.
fn accepted(finding: &Finding, severity: Severity) -> Option<&'static str> {
    match (severity, finding.standing) {
        (Severity::Note, Standing::Slot) => Some("slot"),
        (Severity::Note, Standing::Greeting) => Some("greeting"),
        _ => None,
    }
}

/// What to do about a finding; nothing about a note.
pub(super) fn fix(lang: Lang, finding: &Finding, severity: Severity) -> Option<String> {
    if matches!(severity, Severity::Note | Severity::Blind) {
        return None;
    }
    let key = match (finding.class, finding.standing) {
        (_, Standing::Mismatch) => "fix.check",
        (Class::ClinicalOrder, _) => "fix.order",
        (Class::ClinicalMedication | Class::ClinicalTestName | Class::ClinicalProcedure, Standing::Named)
        | (Class::SensitiveProvider, _) => "fix.neutral",
        (class, _) if class.name().starts_with("identifier.") || class.name().starts_with("attachment.") => {
            "fix.remove"
        }
        _ => "fix.call",
    };
    Some(words::text(lang, key).to_owned())
}

/// The bar's short word.
pub(super) fn bar_word(lang: Lang, verdict: Verdict, off: bool) -> &'static str {
    let key = match verdict {
        _ if off => "off",
        Verdict::Redirect { to } => to.name(),
        other => other.name(),
    };
    words::text(lang, &format!("bar.{key}"))
}

fn sentences(first: &str, second: &str) -> String {
    if second.is_empty() { first.to_owned() } else { format!("{first} {second}") }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The names that sentences are filled with.
struct Names<'a> {
    lang: Lang,
    patient: &'a str,
    institution: &'a str,
    channel: &'static str,
}

impl<'a> Names<'a> {
    fn of(input: &AssessInput<'a>) -> Names<'a> {
        let lang = input.lang;
        let clinic = input.profile.map_or("", |profile| profile.name.as_str());
        let institution = [input.pack.institution.as_str(), clinic].into_iter().find(|name| !name.is_empty());
        Names {
            lang,
            patient: input.patient_first_name.unwrap_or(words::text(lang, "name.patient")),
            institution: institution.unwrap_or(words::text(lang, "name.institution")),
            channel: words::text(lang, &format!("channel.{}", input.channel.name())),
        }
    }

    fn fill(&self, key: &str) -> String {
        let values = [("patient", self.patient), ("institution", self.institution), ("channel", self.channel)];
        words::fill(self.lang, key, &values)
    }

    fn withdrawn(&self, at_ms: i64) -> String {
        let date = words::day_and_month(self.lang, at_ms);
        words::fill(self.lang, "consent.withdrawn", &[("patient", self.patient), ("date", &date)])
    }

    fn stop(&self, what: &str, way: &str) -> String {
        words::fill(self.lang, "why.stop", &[("what", what), ("way", way)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Span;

    /// The widest quote: longer than is ever shown, in characters of two bytes.
    const DRAFT: &str = "ñandúes y ñoños según la clínica de mañana por la tarde";
    const SEVERITIES: [Severity; 4] = [Severity::Note, Severity::Blind, Severity::Warn, Severity::Stop];
    const STANDINGS: [Standing; 5] =
        [Standing::Stated, Standing::Named, Standing::Slot, Standing::Mismatch, Standing::Greeting];

    fn every(said: impl Fn(Lang, &Finding, Severity, &str)) {
        let end = u32::try_from(DRAFT.len()).unwrap();
        let end_utf16 = u32::try_from(DRAFT.encode_utf16().count()).unwrap();
        let span = Span { start: 0, end, start_utf16: 0, end_utf16 };
        let pack = crate::policy::Pack::builtin(crate::policy::US_HIPAA).unwrap();
        let names = crate::screen::NameIndex::new(Vec::new());
        for lang in Lang::ALL {
            let input = super::super::super::tests::plain(DRAFT, &pack, &names, lang);
            for (class, standing) in
                Class::ALL.into_iter().flat_map(|class| STANDINGS.map(|standing| (class, standing)))
            {
                for severity in SEVERITIES {
                    let found = Finding { span, class, rule: "test", standing };
                    said(lang, &found, severity, &finding(&input, &found, severity));
                }
            }
        }
    }

    #[test]
    fn every_reason_is_one_short_sentence_or_two_in_both_languages() {
        every(|lang, found, _, reason| {
            assert!(!reason.is_empty() && !reason.contains(['{', '}']), "{lang:?} {}: {reason}", found.class.name());
            assert!(reason.chars().count() <= 90, "{lang:?} {}: {reason}", found.class.name());
        });
        // What stands under a verdict is as short.
        for (lang, key) in Lang::ALL.iter().flat_map(|lang| words::keys().map(move |key| (*lang, key))) {
            if key.starts_with("reason.") {
                let name = "x".repeat(QUOTE);
                let said = words::fill(lang, key, &[("text", &name), ("patient", &name)]);
                assert!(said.chars().count() <= 90, "{lang:?} {key}: {said}");
            }
        }
    }

    #[test]
    fn no_reason_accuses_anybody() {
        const NEVER: [&str; 24] = [
            "violation",
            "breach",
            "forbidden",
            "illegal",
            "unsafe",
            "error",
            "invalid",
            "failed",
            "you",
            "your",
            "must",
            "wrong",
            "not allowed",
            "hipaa",
            "violación",
            "infracción",
            "prohibido",
            "ilegal",
            "inseguro",
            "falló",
            "usted",
            "debe",
            "delito",
            "culpa",
        ];
        every(|lang, found, _, reason| {
            let plain = reason.to_lowercase();
            let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric() && c != '\'').collect();
            for never in NEVER {
                let said = if never.contains(' ') { plain.contains(never) } else { words.contains(&never) };
                assert!(!said, "{lang:?} {}: {never}: {reason}", found.class.name());
            }
            assert!(!reason.contains('!'), "{reason}");
        });
    }

    #[test]
    fn every_finding_says_where_its_rule_comes_from_in_both_languages() {
        every(|lang, found, severity, _| {
            let said = source(lang, found, severity);
            assert!(said.chars().count() <= 120, "{lang:?} {}: {said}", found.class.name());
            let (article, other) =
                if lang == Lang::En { ("Article, ", "Artículo") } else { ("Artículo, ", "Article,") };
            let named = [article, "HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(", "Curtain: ", "42 CFR", "GINA", "CMS"];
            assert!(named.iter().any(|name| said.contains(name)), "{lang:?} {}: {said}", found.class.name());
            assert!(!said.contains(other), "{lang:?}: {said}");
        });
        let of = |class| words::text(Lang::En, &format!("source.{}", Class::name(class)));
        assert!(of(Class::IdentifierMrn).contains("(H)") && of(Class::AttachmentLabReport).contains("lab reports"));
    }

    #[test]
    fn a_quote_is_short_however_long_its_span_is() {
        every(|_, _, _, reason| {
            let quote = reason.split('"').nth(1).filter(|_| reason.starts_with('"'));
            assert!(quote.is_none_or(|quote| quote.chars().count() <= QUOTE && quote.ends_with('…')), "{reason}");
        });
    }
}
