//! The golden examples end to end: verdict, trace, rewrites, words, in both languages.

use proptest::prelude::*;

use super::*;
use crate::policy::{
    Audience, Channel, ConsentScope, ConsentState, Destination, History, NumberFacts, Pack, RosterState, STRICT,
    Severity, US_HIPAA, Verdict, trace,
};
use crate::screen::{ClinicProfile, Intent, NameIndex, scan};
use crate::words::Lang;

const GIVEN: ConsentState = ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false };

const CT: &str = "Your CT scan shows a new mass. We need to discuss treatment options.";
const INSULIN: &str = "Increase your insulin dose to 20 units twice daily and send me your sugars by WhatsApp daily.";
const HIV: &str = "Your HIV test is positive, call me.";
const REMINDER: &str = "Just a reminder: your appointment is tomorrow at 2 pm at the main clinic.";
const CALL_BACK: &str = "Please call the clinic/ER immediately; we need to discuss your recent test.";

fn clinic() -> ClinicProfile {
    ClinicProfile {
        name: "St. Alder Clinic".to_owned(),
        phones: vec!["555-123-4567".to_owned()],
        sites: vec!["main clinic".to_owned()],
        staff: vec!["Lee".to_owned(), "Okafor".to_owned()],
        portal_url: "https://portal.example.org".to_owned(),
        emergency_line: "911".to_owned(),
        ..ClinicProfile::default()
    }
}

/// A draft by SMS to a patient who agreed to logistics, with no other facts.
pub(super) fn plain<'a>(text: &'a str, pack: &'a Pack, names: &'a NameIndex, lang: Lang) -> AssessInput<'a> {
    AssessInput {
        text,
        profile: None,
        names,
        channel: Channel::Sms,
        audience: Audience::Patient,
        consent: GIVEN,
        other_consents: &[],
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        local_minute: Some(12 * 60),
        pack,
        lang,
        now_ms: 1_700_000_000_000,
        salt: [9; 32],
        patient_first_name: Some("Rosa"),
        clinician: None,
    }
}

/// A draft's circumstances, to be changed field by field.
struct Desk {
    pack: Pack,
    names: NameIndex,
    clinic: ClinicProfile,
}

impl Desk {
    fn new(pack: &str) -> Desk {
        Desk { pack: Pack::builtin(pack).unwrap(), names: NameIndex::new(Vec::new()), clinic: clinic() }
    }

    fn sms<'a>(&'a self, text: &'a str) -> AssessInput<'a> {
        plain(text, &self.pack, &self.names, Lang::En)
    }

    fn with_facts<'a>(&'a self, text: &'a str) -> AssessInput<'a> {
        AssessInput { profile: Some(&self.clinic), clinician: Some("Dr. Lee"), ..self.sms(text) }
    }
}

#[test]
fn the_articles_acceptable_texts_may_go_and_are_documented() {
    let desk = Desk::new(US_HIPAA);
    for text in [
        "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.",
        REMINDER,
        "Your prescription is ready.",
        "Please call the clinic about your test results.",
        CALL_BACK,
        "I saw your message. For your safety, I can't manage care by text. Please call the clinic/ER.",
    ] {
        for input in [desk.sms(text), desk.with_facts(text)] {
            let said = assess(&input).unwrap();
            assert_eq!(said.verdict, Verdict::AllowAndDocument, "{text}: {:?}", said.reasons);
            assert!(said.must_document && said.chart_text.is_some());
            assert!(said.findings.iter().all(|found| found.severity == Severity::Note), "{text}");
        }
    }
    assert!(assess(&desk.sms(CALL_BACK)).unwrap().second_route);
    assert!(assess(&desk.sms(CALL_BACK)).unwrap().chart_text.unwrap().contains("Attempt documented"));
}

#[test]
fn each_unacceptable_text_is_blocked_with_three_rewrites_that_give_nothing_away() {
    let desk = Desk::new(US_HIPAA);
    for (text, class, telling) in [
        (CT, "clinical.result", &["ct", "scan", "mass", "treatment"][..]),
        (INSULIN, "clinical.medication_change", &["insulin", "units", "sugars", "whatsapp", "dose", "increase"][..]),
        (HIV, "sensitive.hiv", &["hiv", "positive"][..]),
    ] {
        for input in [desk.sms(text), desk.with_facts(text)] {
            let said = assess(&input).unwrap();
            assert_eq!(said.verdict, Verdict::Block, "{text}");
            assert_eq!(said.redirect, Some(Destination::Portal));
            assert!(said.findings.iter().any(|f| f.class.name() == class && f.severity == Severity::Stop), "{text}");
            let kinds: Vec<_> = said.rewrites.iter().map(|rewrite| rewrite.kind).collect();
            assert_eq!(kinds, [RewriteKind::SmallestChange, RewriteKind::ReadyText, RewriteKind::CallUs], "{text}");
            for rewrite in &said.rewrites {
                let lower = rewrite.text.to_lowercase();
                let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).collect();
                assert!(telling.iter().all(|word| !words.contains(word)), "{}", rewrite.text);
                assert!(!rewrite.removed.is_empty());
                assert_eq!(rewrite.length.segments, 1);
            }
        }
    }
}

#[test]
fn every_rewrite_may_go_where_it_says() {
    let desk = Desk::new(US_HIPAA);
    for text in [
        CT,
        INSULIN,
        HIV,
        "Your results are normal",
        "Your Truvada is ready",
        "Your lisinopril is ready",
        "Reminder: HIV clinic, tomorrow 2 pm",
        "Dr Lee, Oncology",
        "Hi Rosa, your biopsy shows cancer. Please call us at 555-123-4567.",
        "Su prueba de VIH es positiva, llámeme.",
        "whatever this is about, it is not simple",
        "Chest pain? Come to the emergency room now!",
        "😀😀😀",
    ] {
        for input in [desk.sms(text), desk.with_facts(text), AssessInput { channel: Channel::Email, ..desk.sms(text) }]
        {
            let said = assess(&input).unwrap();
            assert!(said.verdict.stopped(), "{text}");
            assert!(!said.rewrites.is_empty(), "{text}: every stop offers a text");
            assert!(said.redirect.is_some(), "{text}: every stop names a place");
            for rewrite in &said.rewrites {
                let again = assess(&AssessInput { text: &rewrite.text, channel: rewrite.channel, ..input }).unwrap();
                assert!(!again.verdict.stopped(), "{text} -> {}", rewrite.text);
                assert_eq!(again.verdict, rewrite.verdict);
            }
        }
    }
}

#[test]
fn the_smallest_change_keeps_what_may_stay() {
    let desk = Desk::new(US_HIPAA);
    let smallest = |text: &str| {
        let said = assess(&desk.with_facts(text)).unwrap();
        said.rewrites.iter().find(|r| r.kind == RewriteKind::SmallestChange).map(|r| r.text.clone()).unwrap_or_default()
    };
    assert_eq!(smallest("Your lisinopril is ready."), "Your prescription is ready.");
    let kept = smallest(
        "Hi Rosa, this is Dr. Lee from the clinic. Your CT scan shows a new mass. Please call us at 555-123-4567.",
    );
    assert!(kept.contains("Rosa") && kept.contains("Lee") && kept.contains("555-123-4567"), "{kept}");
    assert!(!kept.contains("mass"));
}

#[test]
fn a_smallest_change_stays_a_sentence_and_claims_nothing_new() {
    let desk = Desk::new(US_HIPAA);
    for (text, expected) in [
        ("Your appointment is tomorrow at 2:00 PM with Dr. Johnson.", "Your appointment is tomorrow at 2:00 PM."),
        ("Your prescription for metformin is due for refill.", "Your prescription is due for refill."),
        (HIV, "Call me."),
        ("Reminder: HIV clinic, tomorrow 2 pm", "Reminder: the clinic, tomorrow 2 pm."),
        ("Your results are normal", "Please call us."),
    ] {
        let said = assess(&desk.with_facts(text)).unwrap();
        let smallest = said.rewrites.iter().find(|rewrite| rewrite.kind == RewriteKind::SmallestChange);
        assert_eq!(smallest.map(|rewrite| rewrite.text.as_str()), Some(expected), "{text}");
    }
    let due = assess(&desk.sms("Your prescription for metformin is due for refill.")).unwrap();
    assert!(due.rewrites.iter().all(|rewrite| !rewrite.text.contains("ready")), "due for refill is not ready");
}

#[test]
fn urgent_words_become_the_articles_call_back() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms("This is urgent, come to the hospital right away.")).unwrap();
    assert!(said.verdict.stopped());
    assert!(said.second_route);
    assert!(
        said.rewrites.iter().any(|r| r.kind == RewriteKind::ReadyText && r.text == CALL_BACK),
        "{:?}",
        said.rewrites
    );
}

#[test]
fn the_same_input_gives_a_byte_equal_trace_that_replays() {
    let desk = Desk::new(US_HIPAA);
    for text in [CT, HIV, REMINDER, CALL_BACK, "", "😀", "Ihr Befund ist da, bitte rufen Sie uns heute noch an."] {
        let (first, kept) = assess_traced(&desk.with_facts(text)).unwrap();
        assert_eq!(first, assess(&desk.with_facts(text)).unwrap(), "a trace changes nothing else");
        assert_eq!(kept, assess_traced(&desk.with_facts(text)).unwrap().1);
        let again = trace::replay(&kept, &desk.pack).unwrap();
        assert_eq!(again.verdict, first.verdict);
        assert!(trace::is_about(&kept, text).unwrap());
        for word in ["mass", "HIV", "clinic.", "Rosa", "Befund"] {
            assert!(!kept.contains(word), "{word} in the trace of {text}");
        }
        let (salted, other) = assess_traced(&AssessInput { salt: [8; 32], ..desk.with_facts(text) }).unwrap();
        assert_ne!(other, kept);
        assert_eq!(salted.verdict, first.verdict);
    }
}

#[test]
fn spans_lie_where_the_words_are() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms(HIV)).unwrap();
    let hiv = said.findings.iter().find(|found| found.class.name() == "sensitive.hiv").unwrap();
    let at = |offset: u32| usize::try_from(offset).unwrap();
    assert!(HIV[at(hiv.span.start)..at(hiv.span.end)].contains("HIV"));
    assert!(hiv.reason.contains("HIV") && hiv.fix.is_some());
}

#[test]
fn a_review_points_at_what_it_does_not_know() {
    let desk = Desk::new(US_HIPAA);
    let text = "Your appointment is tomorrow at 2 pm. The owl in the attic sings of feared marmalade.";
    let said = assess(&desk.sms(text)).unwrap();
    assert_eq!((said.verdict, said.recognised), (Verdict::Review, false), "{:?}", said.reasons);
    assert!(!said.unrecognised.is_empty());
    let at = |offset: u32| usize::try_from(offset).unwrap();
    let shown: String = said.unrecognised.iter().map(|span| &text[at(span.start)..at(span.end)]).collect();
    assert!(shown.contains("feared"), "{shown}");
    for known in [REMINDER, HIV] {
        assert!(assess(&desk.sms(known)).unwrap().unrecognised.is_empty(), "{known}");
    }
}

#[test]
fn spanish_texts_get_spanish_rewrites_and_the_clinician_reads_their_own_language() {
    let desk = Desk::new(US_HIPAA);
    let text = "Su prueba de VIH es positiva, llámeme.";
    let english = assess(&desk.sms(text)).unwrap();
    assert_eq!(english.verdict, Verdict::Block);
    assert_eq!(english.headline, "Not by SMS");
    assert!(english.rewrites.iter().any(|rewrite| rewrite.text.contains("clínica")), "{:?}", english.rewrites);
    assert!(english.rewrites.iter().all(|rewrite| !rewrite.text.to_lowercase().contains("vih")));
    let spanish = assess(&AssessInput { lang: Lang::Es, ..desk.sms(text) }).unwrap();
    assert_eq!(spanish.headline, "Por SMS, no");
    let trace = |lang| assess_traced(&AssessInput { lang, ..desk.sms(text) }).unwrap().1;
    assert_eq!(trace(Lang::Es), trace(Lang::En), "words never reach the trace");
    let allowed =
        assess(&AssessInput { lang: Lang::Es, ..desk.sms("Le recordamos su cita mañana a las 2 pm en la clínica.") });
    assert_eq!(allowed.unwrap().headline, "Sí por SMS, y se anota");
}

#[test]
fn words_say_what_is_in_the_way_and_where_it_goes() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms(INSULIN)).unwrap();
    assert!(said.why.ends_with("Call, or use the portal."), "{}", said.why);
    assert!(said.why.starts_with("A change of medicine"), "{}", said.why);
    let consent = |consent| assess(&AssessInput { consent, ..desk.sms(REMINDER) }).unwrap();
    assert_eq!(consent(ConsentState::NotAsked).headline, "Ask Rosa first");
    let withdrawn = consent(ConsentState::Withdrawn { at_ms: 1_777_766_400_000 });
    assert_eq!(withdrawn.why, "Rosa asked for no texts on 3 May. Call instead.");
    let off =
        assess(&AssessInput { channel: Channel::Whatsapp, profile: Some(&desk.clinic), ..desk.sms(REMINDER) }).unwrap();
    assert_eq!(off.why, "Off. St. Alder Clinic doesn't use WhatsApp.");
    let blind =
        assess(&desk.sms("Ihr Termin ist morgen um vierzehn Uhr, bitte bringen Sie die Unterlagen mit.")).unwrap();
    assert_eq!((blind.verdict, blind.why.as_str()), (Verdict::Review, "Not screened: this language isn't known here."));
    assert!(blind.findings.iter().any(|found| found.severity == Severity::Blind));
}

#[test]
fn the_bar_shows_every_channel_before_one_is_chosen() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms(CT)).unwrap();
    let word = |channel| said.bar.iter().find(|cell| cell.channel == channel).map(|cell| cell.word.as_str()).unwrap();
    assert_eq!(said.bar.len(), 9);
    assert_eq!(word(Channel::Portal), "OK");
    assert_eq!(word(Channel::Sms), "No");
    assert_eq!(word(Channel::Whatsapp), "Off");
    assert_eq!(word(Channel::Phone), "OK + chart");
    let others = [(Channel::Email, GIVEN)];
    let said = assess(&AssessInput { other_consents: &others, ..desk.sms(CT) }).unwrap();
    assert!(said.bar.iter().any(|cell| cell.channel == Channel::Email && cell.word == "Portal"));
}

#[test]
fn where_a_channel_takes_nothing_an_open_place_gets_the_text() {
    let desk = Desk::new(US_HIPAA);
    let ask = assess(&AssessInput { consent: ConsentState::NotAsked, ..desk.sms(REMINDER) }).unwrap();
    assert_eq!(ask.verdict, Verdict::NeedsConsent);
    assert!(ask.rewrites.iter().any(|r| r.channel == Channel::Phone && r.text.contains("aren't fully private")));
    let banned = assess(&AssessInput { channel: Channel::Whatsapp, ..desk.sms(HIV) }).unwrap();
    assert!(banned.rewrites.iter().any(|r| r.channel == Channel::Portal), "{:?}", banned.rewrites);
    let mut at_risk = desk.sms(REMINDER);
    at_risk.number.safeguarding = true;
    let said = assess(&at_risk).unwrap();
    assert_eq!((said.verdict, said.redirect), (Verdict::Block, Some(Destination::Phone)));
    assert!(said.rewrites.iter().all(|r| r.channel == Channel::Phone) && !said.rewrites.is_empty());
    let strict = Desk::new(STRICT);
    let said = assess(&strict.sms(REMINDER)).unwrap();
    assert_eq!((said.verdict, said.redirect), (Verdict::Block, Some(Destination::Portal)));
}

#[test]
fn a_greeting_is_a_note_and_a_shorter_text_is_offered() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms("Hi Rosa, your appointment is tomorrow at 2 pm at the main clinic.")).unwrap();
    assert_eq!(said.verdict, Verdict::AllowAndDocument, "{:?}", said.reasons);
    assert!(said.rewrites.iter().all(|rewrite| !rewrite.text.contains("Rosa")));
    assert_eq!(said.rewrites.len(), 1, "{:?}", said.rewrites);
}

#[test]
fn drafts_over_the_limit_and_odd_texts_are_typed_never_a_panic() {
    let desk = Desk::new(US_HIPAA);
    let long = "a".repeat(MAX_DRAFT_BYTES + 1);
    assert!(assess(&desk.sms(&long)).is_err());
    for text in ["", " ", "\n\n", "😀", "\u{202e}abc", "{patient}", &"word ".repeat(13_000), &".".repeat(60_000)] {
        assert!(assess(&desk.with_facts(text)).is_ok());
    }
}

#[test]
fn both_packs_hold_their_own_cases() {
    for name in [STRICT, US_HIPAA] {
        let pack = Pack::builtin(name).unwrap();
        let failing: Vec<_> =
            pack.failing_cases().unwrap().into_iter().map(|(index, verdict)| (&pack.cases[index], verdict)).collect();
        assert!(failing.is_empty(), "{name}: {failing:#?}");
        pack.check().unwrap();
    }
    assert!(Pack::builtin(US_HIPAA).unwrap().cases.len() >= 25);
    let mut wrong = Pack::builtin(US_HIPAA).unwrap();
    wrong.cases[0].verdict = "block".to_owned();
    assert!(wrong.check().is_err());
}

#[test]
fn the_scripts_for_patients_may_go_by_sms() {
    let desk = Desk::new(US_HIPAA);
    for lang in Lang::ALL {
        for profile in [None, Some(&desk.clinic)] {
            let facts = ScriptFacts { profile, ..ScriptFacts::default() };
            for id in [
                "script.redirect_patient",
                "script.decline_number",
                "script.reply_clinical",
                "script.reply_short",
                "script.urgent_call_back",
            ] {
                let said = script(&desk.pack, lang, id, &facts).unwrap();
                let verdict = assess(&AssessInput { profile, ..desk.sms(&said.text) }).unwrap();
                assert_eq!(verdict.verdict, Verdict::AllowAndDocument, "{lang:?} {}: {:?}", said.text, verdict.reasons);
            }
        }
    }
    assert_eq!(scripts(&desk.pack, Lang::En, &ScriptFacts::default()).len(), 9);
    assert!(script(&desk.pack, Lang::En, "script.none", &ScriptFacts::default()).is_none());
}

#[test]
fn chart_sentences_say_what_the_article_says() {
    let sentence = |intent| chart_sentence(Lang::En, Channel::Sms, Audience::Patient, &[Intent::CallUs, intent], true);
    assert!(sentence(Intent::UrgentCallBack).contains("Attempt documented"));
    assert!(sentence(Intent::AcknowledgeRedirect).contains("boundaries reinforced"));
    let consent = crate::words::text(Lang::En, "consent.chart");
    assert_eq!(
        consent,
        "Discussed communication options. Patient prefers text despite privacy limitations. Will limit to basic info and ask patient to call for clinical discussions."
    );
    let inbound = inbound_chart(Lang::En, "sugar 340 today", Some("Please call."));
    assert!(inbound.contains("sugar 340 today") && inbound.contains("Please call.") && inbound.contains("boundaries"));
    for outcome in [Outcome::Sent, Outcome::NotSent, Outcome::Unknown] {
        assert!(outcome_chart(Lang::Es, Channel::Sms, outcome).contains("SMS"));
    }
}

fn reading(text: &str) -> Reading {
    read(text, &scan(text, None, &NameIndex::new(Vec::new())).unwrap())
}

#[test]
fn a_wish_to_stop_is_heard_in_both_languages_and_nothing_else_is() {
    for text in [
        "STOP",
        "stop.",
        "Stop please",
        "Unsubscribe",
        "opt out",
        "END",
        "pls stop txting me",
        "stop plz",
        "no more msgs",
        "dont txt me anymore",
        "no quiero más msjs",
        "please don’t text me anymore",
        "Do not text this number",
        "no more texts",
        "ALTO",
        "Por favor no me escriba más",
        "no quiero más mensajes",
        "darme de baja",
    ] {
        assert!(reading(text).stop, "{text}");
    }
    for text in [
        "Can I stop taking my pills?",
        "please cancel my appointment",
        "when does it end",
        "please don't stop texting me",
        "pls dont stop txting me",
        "el bus paró y llego tarde",
        "I can't come on Friday",
        "",
    ] {
        assert!(!reading(text).stop, "{text}");
    }
    assert!(reading("START").start && !reading("START").stop);
}

#[test]
fn emergencies_and_readings_are_seen() {
    for text in [
        "I have chest pain",
        "I can't breathe",
        "me duele mucho, dolor en el pecho",
        "I want to die",
        "no puedo respirar",
    ] {
        assert!(reading(text).emergency && reading(text).clinical, "{text}");
    }
    assert!(reading("my blood sugar was 340 this morning").clinical);
    assert!(!reading("thank you, see you tomorrow").emergency);
    assert!(!reading("thank you, see you tomorrow").clinical);
}

#[test]
fn the_third_contact_is_a_call_and_a_stop_gets_no_reply() {
    let desk = Desk::new(US_HIPAA);
    let facts = ScriptFacts { profile: Some(&desk.clinic), patient: Some("Amir"), ..ScriptFacts::default() };
    let reply = |count, text: &str| {
        let inbound = Inbound {
            patient: None,
            channel: Channel::Sms,
            address: "555-987-0168".to_owned(),
            text: text.to_owned(),
            received_ms: 0,
            count,
            charted_ms: None,
        };
        let (reading, patient_lang) = (reading(text), Lang::En);
        reply_for(&ReplyInput { inbound: &inbound, reading, pack: &desk.pack, patient_lang, lang: Lang::En, facts })
    };
    let sugar = "my blood sugar was 340 this morning";
    let (first, second, third) = (reply(1, sugar), reply(2, sugar), reply(3, sugar));
    assert!(first.text.as_ref().unwrap().starts_with("I saw your message."));
    assert!(second.text.as_ref().unwrap().len() < first.text.as_ref().unwrap().len());
    assert_eq!((third.text, third.contact), (None, Contact::CallOnly));
    assert!(third.advice.iter().any(|line| line.starts_with("Don't reply by text a third time. Call Amir")));
    assert!(first.chart_text.contains(sugar) && first.chart_text.contains("I saw your message."));
    let stop = reply(1, "STOP");
    assert_eq!(stop.text, None);
    assert!(stop.advice.contains(&"This reads like a wish to stop. Stop texts to 0168?".to_owned()));
    let emergency = reply(1, "I have chest pain");
    assert!(emergency.text.unwrap().starts_with("If this is an emergency, call 911 now."));
    assert!(emergency.advice[0].contains("Call now"));
}

#[test]
fn what_quotes_a_text_is_never_printed() {
    let desk = Desk::new(US_HIPAA);
    let said = assess(&desk.sms("Hi Rosa, your biopsy shows cancer.")).unwrap();
    let shown = format!("{said:?} {:?} {:?}", said.findings, said.rewrites);
    assert!(!shown.contains("Rosa") && !shown.contains("biopsy") && !shown.contains("cancer"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_assessed_replays_and_gets_rewrites_that_may_go(
        text in "(\\PC{0,60}|((Hi Rosa|HIV|your|mass|is ready|20 units|tomorrow|call us|VIH|su cita|Dr\\. Lee|MRN 1234567|[,.:?]) ){0,12})",
        channel in 0usize..9, audience in 0usize..3, consent in 0usize..3,
    ) {
        let desk = Desk::new(US_HIPAA);
        let audience = [Audience::Patient, Audience::Colleague, Audience::Group][audience];
        let consent = [GIVEN, ConsentState::NotAsked, ConsentState::Withdrawn { at_ms: 1 }][consent];
        let input = AssessInput { channel: Channel::ALL[channel], audience, consent, ..desk.with_facts(&text) };
        let (said, kept) = assess_traced(&input).unwrap();
        prop_assert_eq!(trace::replay(&kept, &desk.pack).unwrap().verdict, said.verdict);
        for rewrite in &said.rewrites {
            let kept = if rewrite.channel == input.channel { consent } else { ConsentState::NotAsked };
            let again = AssessInput { text: &rewrite.text, channel: rewrite.channel, consent: kept, ..input };
            prop_assert!(!assess(&again).unwrap().verdict.stopped());
        }
    }
}
