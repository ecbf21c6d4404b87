use proptest::prelude::*;

use super::*;
use crate::consent::tests::terms;
use crate::policy::Verdict;

/// 2026-11-23 09:20:00 UTC.
const AT: i64 = 1_795_425_600_000;

fn decision() -> DecisionRef {
    DecisionRef {
        trace_sha256: "7f3c".repeat(16),
        policy: "us-hipaa 1".into(),
        policy_sha256: "9b1e".repeat(16),
        verdict: Verdict::AllowAndDocument,
        rules: vec!["intent.call_us".into()],
    }
}

fn preference(allowed: Allowed) -> Option<Preference<'static>> {
    Some(Preference { channel: Channel::Sms, kind: ContactKind::Phone, address: "+1 (555) 010-0142", allowed })
}

const NOTHING: ChartParts<'static> = ChartParts {
    at_ms: AT,
    utc_offset_minutes: 0,
    offered: &[],
    warning: None,
    preference: None,
    text: None,
    outcome: None,
    decision: None,
};

#[test]
fn the_paragraph_says_what_the_article_asks_for() {
    let (terms, decision) = (terms(), decision());
    let text = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
    let parts = ChartParts {
        offered: &[Channel::Portal, Channel::Phone],
        warning: Some(&terms.wording),
        preference: preference(Allowed::Logistics),
        text: Some((text, Channel::Sms)),
        outcome: Some(&HandedOffOutcome::Sent),
        decision: Some(&decision),
        ..NOTHING
    };
    assert_eq!(
        assemble(&parts, ChartLanguage::English).unwrap(),
        "23 Nov 2026 09:20. Discussed communication options; offered: portal and phone call. \
         Warned that it is not fully secure (sms-warning v3). Patient prefers text message (ends 0142) despite privacy \
         limitations. Will limit to basic info and ask patient to call for clinical discussions. By text message: \
         \"This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.\" Handed to the app; \
         marked as sent. Decision 7f3c7f3c7f3c, policy us-hipaa 1: allow and document."
    );
    let spanish = assemble(&parts, ChartLanguage::Spanish).unwrap();
    assert!(spanish.starts_with("23 nov 2026 09:20. Se hablo") && spanish.is_ascii() && spanish.len() <= 600);
}

#[test]
fn the_clock_is_the_clinics() {
    let at = |at_ms, utc_offset_minutes| {
        assemble(&ChartParts { at_ms, utc_offset_minutes, ..NOTHING }, ChartLanguage::English)
    };
    assert_eq!(at(AT, -300).unwrap(), "23 Nov 2026 04:20.");
    assert_eq!(at(0, -60).unwrap(), "31 Dec 1969 23:00.");
    assert!(at(AT, 2000).is_err() && at(-1, 0).is_err() && at(i64::MAX, 0).is_err());
    assert!(at(253_402_300_799_999, 1080).is_err(), "past the year 9999 on the clinic's clock");
}

#[test]
fn a_refusal_is_not_written_as_a_preference_for_the_channel() {
    let parts = ChartParts { preference: preference(Allowed::Nothing), ..NOTHING };
    let text = assemble(&parts, ChartLanguage::English).unwrap();
    assert_eq!(text, "23 Nov 2026 09:20. Patient prefers not to be contacted by text message (ends 0142).");
}

#[test]
fn a_long_text_is_cut_and_the_decision_kept() {
    let decision = decision();
    let long = "Please call. ".repeat(200);
    let parts = ChartParts { text: Some((&long, Channel::Sms)), decision: Some(&decision), ..NOTHING };
    let text = assemble(&parts, ChartLanguage::English).unwrap();
    assert!(text.len() <= 600 && text.contains(" [...]\" Decision 7f3c7f3c7f3c"), "{text}");
}

#[test]
fn the_fullest_paragraph_still_fits_with_its_decision() {
    let wording = WarningWording { id: "w".repeat(200), version: u32::MAX, ..terms().wording };
    let decision = DecisionRef { policy: "p".repeat(200), ..decision() };
    for language in [ChartLanguage::English, ChartLanguage::Spanish] {
        let parts = ChartParts {
            offered: &Channel::ALL,
            warning: Some(&wording),
            preference: preference(Allowed::Logistics),
            text: Some((&"x".repeat(5000), Channel::PersonalEmail)),
            outcome: Some(&HandedOffOutcome::Unknown),
            decision: Some(&decision),
            ..NOTHING
        };
        let text = assemble(&parts, language).unwrap();
        assert!(text.len() <= 600 && text.ends_with(": allow and document."), "{} {text}", text.len());
    }
}

#[test]
fn typography_becomes_plain() {
    assert_eq!(ascii("“Señora”, ¿cómo\r\n está — bien… 👍"), "\"Senora\", como esta - bien... ?");
}

proptest! {
    #[test]
    fn always_ascii_one_line_and_at_most_600(
        text in "\\PC{0,900}", address in "\\PC{0,40}", at in any::<i64>(), offset in any::<i32>(), email: bool, es: bool,
    ) {
        let kind = if email { ContactKind::Email } else { ContactKind::Phone };
        let decision = decision();
        let parts = ChartParts {
            at_ms: at.rem_euclid(200_000_000_000_000),
            utc_offset_minutes: offset % 1080,
            preference: Some(Preference { channel: Channel::Email, kind, address: &address, allowed: Allowed::Logistics }),
            text: Some((&text, Channel::Sms)),
            decision: Some(&decision),
            ..NOTHING
        };
        let language = if es { ChartLanguage::Spanish } else { ChartLanguage::English };
        let out = assemble(&parts, language).unwrap();
        prop_assert!(out.len() <= MAX_CHART_CHARS && out.bytes().all(|b| (b' '..=b'~').contains(&b)));
        prop_assert!(out.contains("7f3c7f3c7f3c"));
    }
}
