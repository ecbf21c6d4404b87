//! Rewrites of the project's own texts: what is offered may go, fits, and is the same twice.

use std::path::{Path, PathBuf};

use super::super::assess::{assess, assess_traced};
use super::super::tests::plain;
use super::*;
use crate::policy::{Pack, US_HIPAA};
use crate::screen::{ClinicProfile, NameIndex};

/// So many texts of the open corpus, drawn with a fixed seed.
const SAMPLE: usize = 400;

fn files(under: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, out),
            false if path.extension().is_some_and(|ext| ext == "jsonl") => out.push(path),
            false => {}
        }
    }
}

/// Texts of the open files (never the held-back third), in an order that depends on nothing but the seed.
fn sample() -> Vec<String> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/corpus");
    let mut paths = Vec::new();
    for open in ["en", "es"] {
        files(&corpus.join(open), &mut paths);
    }
    paths.sort();
    let mut texts: Vec<String> = Vec::new();
    for path in paths {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            texts.push(row["text"].as_str().unwrap().to_owned());
        }
    }
    assert!(texts.len() > 5_000, "{} texts", texts.len());
    // Numerical Recipes' generator: what it draws is the same on every machine.
    let mut state: u64 = 0x5eed_0005;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % texts.len()
    };
    let drawn: Vec<usize> = (0..SAMPLE).map(|_| draw()).collect();
    drawn.into_iter().map(|at| texts[at].clone()).collect()
}

#[test]
fn every_rewrite_of_our_texts_may_go_fits_and_is_the_same_twice() {
    let pack = Pack::builtin(US_HIPAA).unwrap();
    let names = NameIndex::new(Vec::new());
    let mut offered = 0;
    for text in sample() {
        let input = plain(&text, &pack, &names, Lang::En);
        let said = assess(&input).unwrap();
        assert_eq!(said.rewrites, assess_traced(&input).unwrap().0.rewrites, "the same draft, other texts: {text}");
        assert!(!said.verdict.stopped() || !said.rewrites.is_empty(), "no way out of: {text}");
        for rewrite in &said.rewrites {
            offered += 1;
            let again = assess(&AssessInput { text: &rewrite.text, channel: rewrite.channel, ..input }).unwrap();
            assert!(!again.verdict.stopped(), "{text}\n-> {}: {:?}", rewrite.text, again.reasons);
            assert_eq!((again.verdict, again.length), (rewrite.verdict, rewrite.length), "{text}");
            // Longer than one segment only where the draft is, and never longer than it.
            let (new, old) = (rewrite.length.segments, said.length.segments);
            assert!(new == 1 || new <= old, "{text}\n-> {} ({new} segments)", rewrite.text);
            assert_ne!(rewrite.text, text);
            for removed in &rewrite.removed {
                let at = |offset: u32| usize::try_from(offset).unwrap();
                assert!(text.get(at(removed.span.start)..at(removed.span.end)).is_some_and(|cut| !cut.is_empty()));
                let known = said.findings.iter().any(|f| f.span == removed.span && f.rule == removed.rule);
                let unknown = removed.rule == "intent.none" && said.unrecognised.contains(&removed.span);
                assert!(known || unknown, "{text}: {removed:?}");
            }
        }
    }
    assert!(offered > SAMPLE / 4, "only {offered} rewrites");
}

fn clinic() -> ClinicProfile {
    ClinicProfile {
        name: "St. Alder Clinic".to_owned(),
        phones: vec!["555-123-4567".to_owned(), "555-123-9999".to_owned()],
        staff: vec!["Lee".to_owned(), "Okafor".to_owned()],
        ..ClinicProfile::default()
    }
}

#[test]
fn the_drafts_own_greeting_clinician_and_number_are_kept() {
    let (pack, names, clinic) = (Pack::builtin(US_HIPAA).unwrap(), NameIndex::new(Vec::new()), clinic());
    let text = "Hi Rosa, this is Dr. Okafor from the clinic. Your biopsy shows cancer. Please call us at 555-123-9999.";
    let input = AssessInput { profile: Some(&clinic), ..plain(text, &pack, &names, Lang::En) };
    let said = assess(&AssessInput { clinician: Some("Dr. Lee"), ..input }).unwrap();
    assert!(said.verdict.stopped());
    let of = |kind| said.rewrites.iter().find(|rewrite| rewrite.kind == kind).map(|rewrite| rewrite.text.as_str());
    assert_eq!(
        of(RewriteKind::SmallestChange),
        Some("Hi Rosa, this is Dr. Okafor from the clinic. Please call us at 555-123-9999.")
    );
    let call = of(RewriteKind::CallUs).unwrap();
    assert!(call.starts_with("Hi Rosa, this is Dr. Okafor") && call.contains("555-123-9999"), "{call}");
    // Whom an appointment is with is not who writes.
    let with = "Your appointment with Dr. Okafor about your cancer is tomorrow.";
    let said = assess(&AssessInput { text: with, ..input }).unwrap();
    assert!(said.rewrites.iter().all(|rewrite| !rewrite.text.contains("This is Dr. Okafor")));
}

#[test]
fn an_allowed_draft_in_costly_letters_is_offered_in_plain_ones() {
    let (pack, names) = (Pack::builtin(US_HIPAA).unwrap(), NameIndex::new(Vec::new()));
    let sms = |text: &str| assess(&plain(text, &pack, &names, Lang::En)).unwrap();
    let smart = "Your appointment is tomorrow at 2 pm \u{2013} please call us if you can\u{2019}t come.";
    let said = sms(smart);
    assert!(!said.verdict.stopped(), "{:?}", said.reasons);
    let plain: Vec<&str> = said.rewrites.iter().map(|rewrite| rewrite.text.as_str()).collect();
    assert_eq!(plain, ["Your appointment is tomorrow at 2 pm - please call us if you can't come."]);
    assert!(said.rewrites.iter().all(|rewrite| rewrite.removed.is_empty() && rewrite.length.segments == 1));
    assert_eq!(sms(plain[0]).rewrites, [], "nothing is left to replace");
    let spanish = "Le recordamos que su cita es mañana a las 2 pm en la clínica. Si no puede venir, llámenos.";
    let said = sms(spanish);
    assert!(!said.verdict.stopped(), "{:?}", said.reasons);
    assert_eq!(said.length.segments, 2);
    assert!(said.rewrites.iter().any(|r| r.length.segments == 1 && r.text.contains("clinica")), "{:?}", said.rewrites);
}

#[test]
fn urgent_text_becomes_the_articles_call_back_in_one_segment_in_both_languages() {
    let (pack, names) = (Pack::builtin(US_HIPAA).unwrap(), NameIndex::new(Vec::new()));
    for (text, call_back) in [
        (
            "Your potassium is 6.8, this is urgent, come in immediately.",
            "Please call the clinic/ER immediately; we need to discuss your recent test.",
        ),
        ("Su potasio está en 6.8, es urgente, venga de inmediato.", words::text(Lang::Es, "script.urgent_call_back")),
    ] {
        let said = assess(&plain(text, &pack, &names, Lang::En)).unwrap();
        assert!(said.verdict.stopped() && said.second_route, "{text}");
        let ready = said.rewrites.iter().find(|rewrite| rewrite.kind == RewriteKind::ReadyText).unwrap();
        assert!(ready.text == call_back || ready.text == plain_letters(call_back), "{}", ready.text);
        assert_eq!(ready.length.segments, 1);
        let removed: Vec<&str> = ready.removed.iter().map(|removed| removed.rule.as_str()).collect();
        assert!(removed.len() >= 2 && removed.iter().any(|rule| rule.starts_with("urgent.")), "{removed:?}");
    }
}
