//! The decision against design.md section 3, cell by cell, and the article's order of questions.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::screen::{Class, Intent, Language, Standing};

const GIVEN: ConsentState = ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false };

fn fact(class: Class, standing: Standing) -> Fact {
    Fact { class, standing, rule: Cow::Borrowed("test.rule") }
}

fn content(facts: &[(Class, Standing)]) -> Content {
    Content {
        facts: facts.iter().map(|(class, standing)| fact(*class, *standing)).collect(),
        intents: vec![Intent::AppointmentReminder],
        language: Language::English,
        recognised: true,
        clues: 0,
        names_clinic: false,
        gives_number: false,
        offers_stop: false,
        length: 60,
    }
}

/// `us-hipaa` with WhatsApp opened, as a policy may: the only channel of kind `deidentified`.
fn open_pack() -> Pack {
    let mut pack = Pack::builtin(US_HIPAA).unwrap();
    if let Some(rule) = pack.channels.whatsapp.as_mut() {
        rule.status = Status::Discouraged;
    }
    pack
}

fn input<'a>(content: &'a Content, channel: Channel, audience: Audience, pack: &'a Pack) -> DecisionInput<'a> {
    DecisionInput {
        content,
        channel,
        audience,
        consent: GIVEN,
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        now_ms: 1_700_000_000_000,
        local_minute: Some(12 * 60),
        pack,
    }
}

fn example(row: Row) -> Content {
    use Standing::{Named, Stated};
    let mut of = match row {
        Row::Logistics => content(&[]),
        Row::Clinical => content(&[(Class::ClinicalResult, Stated)]),
        Row::Order => content(&[(Class::ClinicalOrder, Stated)]),
        Row::Named => content(&[(Class::ClinicalMedication, Named)]),
        Row::Sensitive => content(&[(Class::SensitiveHiv, Stated)]),
        Row::SensitiveProvider => content(&[(Class::SensitiveProvider, Named)]),
        Row::Specialty => content(&[(Class::ClinicalSpecialty, Named)]),
        Row::BadNews => content(&[(Class::SensitiveBadNews, Stated)]),
        Row::Identifiers => content(&[(Class::IdentifierMrn, Stated)]),
        Row::Clues => content(&[(Class::IdentifierCombination, Stated)]),
        Row::Attachment => content(&[(Class::AttachmentLabReport, Stated)]),
        Row::Urgent => content(&[(Class::PatternUrgent, Stated)]),
        Row::UnknownLanguage => content(&[(Class::UnscreenedLanguage, Stated)]),
        Row::NotRecognised => content(&[]),
    };
    if matches!(row, Row::Urgent | Row::UnknownLanguage | Row::NotRecognised) {
        of.recognised = false;
        of.intents.clear();
    }
    of
}

/// Design.md section 3, written out: row, then full, team, care, logistics, deidentified.
const DESIGN: [(Row, [&str; 5]); 14] = [
    (Row::Logistics, ["allow", "allow", "allow_and_document", "allow_and_document", "allow"]),
    (Row::Clinical, ["allow", "allow", "redirect:portal", "block", "allow_and_document"]),
    (
        Row::Order,
        ["redirect:order_entry", "redirect:order_entry", "redirect:order_entry", "block", "redirect:order_entry"],
    ),
    (Row::Named, ["allow", "allow", "rewrite", "rewrite", "allow_and_document"]),
    (Row::Sensitive, ["allow", "allow", "block", "block", "redirect:secure_messaging"]),
    (Row::SensitiveProvider, ["allow", "allow", "rewrite", "rewrite", "rewrite"]),
    (Row::Specialty, ["allow", "allow", "note", "note", "note"]),
    (Row::BadNews, ["allow_and_document", "allow", "redirect:phone", "block", "allow_and_document"]),
    (Row::Identifiers, ["allow", "allow", "rewrite", "rewrite", "redirect:secure_messaging"]),
    (Row::Clues, ["allow", "allow", "rewrite", "rewrite", "redirect:secure_messaging"]),
    (Row::Attachment, ["allow", "allow", "redirect:portal", "block", "block"]),
    (Row::Urgent, ["allow", "allow", "redirect:phone", "rewrite", "redirect:phone"]),
    (Row::UnknownLanguage, ["allow_and_document", "allow", "review", "review", "review"]),
    (Row::NotRecognised, ["allow", "allow", "review", "review", "allow_and_document"]),
];

const KINDS: [(Channel, Audience, ChannelKind); 5] = [
    (Channel::Portal, Audience::Patient, ChannelKind::Full),
    (Channel::SecureMessaging, Audience::Colleague, ChannelKind::Team),
    (Channel::Email, Audience::Patient, ChannelKind::Care),
    (Channel::Sms, Audience::Patient, ChannelKind::Logistics),
    (Channel::Whatsapp, Audience::Colleague, ChannelKind::Deidentified),
];

#[test]
fn every_cell_of_the_table_is_the_designs() {
    let pack = open_pack();
    assert_eq!(DESIGN.map(|(row, _)| row), Row::ALL);
    for (row, cells) in DESIGN {
        let content = example(row);
        for (cell, (channel, audience, kind)) in cells.iter().zip(KINDS) {
            let decision = decide(&input(&content, channel, audience, &pack));
            let asked: Vec<_> = decision.reasons.iter().filter(|reason| reason.row == Some(row)).collect();
            assert_eq!(decision.kind, kind);
            assert_eq!(asked.len(), 1, "{row:?} on {kind:?}");
            let expected = verdict_from(cell).unwrap_or(Verdict::Allow);
            assert_eq!(asked[0].verdict, expected, "{row:?} on {kind:?}");
            // Beside the row itself only question 5 speaks.
            let five = decision.reasons.iter().find(|reason| reason.question == 5).unwrap().verdict;
            let strongest = if strength(five) > strength(expected) { five } else { expected };
            assert_eq!(decision.verdict, strongest, "{row:?} on {kind:?}");
        }
    }
}

#[test]
fn severities_come_from_the_cell() {
    let pack = open_pack();
    let severity = |class, standing, channel, audience| {
        decide(&input(&content(&[(class, standing)]), channel, audience, &pack)).severities[0]
    };
    use Standing::{Greeting, Mismatch, Named, Slot, Stated};
    assert_eq!(severity(Class::SensitiveHiv, Stated, Channel::Sms, Audience::Patient), Severity::Stop);
    assert_eq!(severity(Class::ClinicalResult, Stated, Channel::Email, Audience::Patient), Severity::Stop);
    assert_eq!(severity(Class::ClinicalResult, Stated, Channel::Portal, Audience::Patient), Severity::Note);
    assert_eq!(severity(Class::ClinicalMedication, Named, Channel::Sms, Audience::Patient), Severity::Warn);
    assert_eq!(severity(Class::UnscreenedLanguage, Stated, Channel::Portal, Audience::Patient), Severity::Blind);
    assert_eq!(severity(Class::ClinicalSpecialty, Named, Channel::Sms, Audience::Patient), Severity::Note);
    assert_eq!(severity(Class::IdentifierPhone, Slot, Channel::Sms, Audience::Patient), Severity::Note);
    assert_eq!(severity(Class::IdentifierName, Greeting, Channel::Sms, Audience::Patient), Severity::Note);
    assert_eq!(severity(Class::IdentifierPhone, Mismatch, Channel::Sms, Audience::Patient), Severity::Warn);
    assert_eq!(severity(Class::IdentifierPhone, Mismatch, Channel::Portal, Audience::Patient), Severity::Warn);
}

#[test]
fn a_mismatch_with_the_clinics_facts_is_rewritten_on_sms() {
    let pack = open_pack();
    let wrong_phone = content(&[(Class::IdentifierPhone, Standing::Mismatch)]);
    assert_eq!(decide(&input(&wrong_phone, Channel::Sms, Audience::Patient, &pack)).verdict, Verdict::Rewrite);
}

#[test]
fn a_ban_ends_it_and_nothing_else_is_asked() {
    let pack = Pack::builtin(US_HIPAA).unwrap();
    let hiv = example(Row::Sensitive);
    let mut asked = input(&hiv, Channel::Whatsapp, Audience::Patient, &pack);
    asked.consent = ConsentState::Withdrawn { at_ms: 1 };
    let decision = decide(&asked);
    assert_eq!(decision.verdict, Verdict::Block);
    assert_eq!(decision.reasons.len(), 1);
    assert_eq!((decision.reasons[0].question, decision.reasons[0].rule.as_str()), (1, "policy.off"));
    let mut silent = pack.clone();
    silent.channels.sms = None;
    let decision = decide(&input(&hiv, Channel::Sms, Audience::Patient, &silent));
    assert_eq!((decision.reasons.len(), decision.reasons[0].rule.as_str()), (1, "policy.silent"));
}

#[test]
fn the_wrong_audience_is_blocked() {
    let pack = Pack::builtin(US_HIPAA).unwrap();
    let plain = content(&[]);
    for (channel, audience) in [
        (Channel::SecureMessaging, Audience::Patient),
        (Channel::Portal, Audience::Colleague),
        (Channel::Telehealth, Audience::Group),
    ] {
        let decision = decide(&input(&plain, channel, audience, &pack));
        assert_eq!(decision.verdict, Verdict::Block);
        assert!(decision.reasons.iter().any(|reason| reason.rule == "audience.wrong"));
    }
}

#[test]
fn consent_is_asked_for_patients_on_care_and_logistics_only() {
    let pack = open_pack();
    let plain = content(&[]);
    let verdict = |channel, audience, consent| {
        let mut asked = input(&plain, channel, audience, &pack);
        asked.consent = consent;
        decide(&asked).verdict
    };
    for channel in [Channel::Sms, Channel::Email, Channel::Whatsapp] {
        for state in [ConsentState::NotAsked, ConsentState::Expired, ConsentState::VoidNumberChanged] {
            assert_eq!(verdict(channel, Audience::Patient, state), Verdict::NeedsConsent, "{channel:?} {state:?}");
        }
        for state in [ConsentState::Withdrawn { at_ms: 5 }, ConsentState::Objected] {
            assert_eq!(verdict(channel, Audience::Patient, state), Verdict::Block, "{channel:?} {state:?}");
        }
        let due = ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: true };
        assert_eq!(verdict(channel, Audience::Patient, due), Verdict::AllowAndDocument);
    }
    assert_eq!(verdict(Channel::Portal, Audience::Patient, ConsentState::NotAsked), Verdict::Allow);
    assert_eq!(verdict(Channel::Phone, Audience::Patient, ConsentState::Objected), Verdict::AllowAndDocument);
    assert_eq!(verdict(Channel::Sms, Audience::Colleague, ConsentState::NotAsked), Verdict::AllowAndDocument);
}

#[test]
fn consent_never_loosens_a_cell() {
    let pack = open_pack();
    for row in Row::ALL {
        for channel in [Channel::Sms, Channel::Email] {
            let example = example(row);
            let mut asked = input(&example, channel, Audience::Patient, &pack);
            let logistics = decide(&asked).verdict;
            asked.consent = ConsentState::InForce { allowed: ConsentScope::Clinical, review_due: false };
            assert_eq!(decide(&asked).verdict, logistics, "{row:?}");
        }
    }
}

#[test]
fn safeguarding_leaves_only_the_safe_number() {
    let pack = open_pack();
    let plain = content(&[]);
    for channel in Channel::ALL {
        let mut asked = input(&plain, channel, Audience::Patient, &pack);
        asked.number.safeguarding = true;
        let decision = decide(&asked);
        let expected = if channel == Channel::Phone { Verdict::AllowAndDocument } else { Verdict::Block };
        assert_eq!(decision.verdict, expected, "{channel:?}");
        assert_eq!(decision.best, Some(Destination::Phone));
    }
}

#[test]
fn a_shared_phone_gets_nothing_that_tells_of_care() {
    let pack = open_pack();
    let verdict = |content: &Content, number: NumberFacts| {
        let mut asked = input(content, Channel::Sms, Audience::Patient, &pack);
        asked.number = number;
        decide(&asked).verdict
    };
    let shared = NumberFacts { shared: true, ..NumberFacts::default() };
    let daughters = NumberFacts { owner: NumberOwner::Other, ..NumberFacts::default() };
    let mut named = content(&[]);
    named.names_clinic = true;
    for number in [shared, daughters] {
        assert_eq!(verdict(&content(&[]), number), Verdict::AllowAndDocument);
        assert_eq!(verdict(&named, number), Verdict::Block);
        assert_eq!(verdict(&content(&[(Class::ClinicalMedication, Standing::Named)]), number), Verdict::Block);
        assert_eq!(verdict(&content(&[(Class::ClinicalSpecialty, Standing::Named)]), number), Verdict::Block);
    }
    assert_eq!(verdict(&named, NumberFacts::default()), Verdict::AllowAndDocument);
}

#[test]
fn a_stale_roster_leaves_out_who_it_is() {
    let pack = open_pack();
    let named = example(Row::Identifiers);
    let verdict = |content: &Content, roster| {
        let mut asked = input(content, Channel::SecureMessaging, Audience::Group, &pack);
        asked.roster = roster;
        decide(&asked).verdict
    };
    assert_eq!(verdict(&named, RosterState::Fresh), Verdict::Allow);
    assert_eq!(verdict(&named, RosterState::Stale { days: 9 }), Verdict::Rewrite);
    assert_eq!(verdict(&named, RosterState::LeftMember), Verdict::Rewrite);
    assert_eq!(verdict(&named, RosterState::Learners), Verdict::Rewrite, "a student or extern among them");
    assert_eq!(verdict(&example(Row::Clinical), RosterState::Learners), Verdict::Allow, "nobody is named");
    assert_eq!(verdict(&example(Row::Clinical), RosterState::Stale { days: 9 }), Verdict::Allow);
}

#[test]
fn urgent_text_goes_only_as_the_call_back_and_asks_for_a_second_route() {
    let pack = open_pack();
    let mut call_back = content(&[(Class::PatternUrgent, Standing::Stated)]);
    call_back.intents = vec![Intent::UrgentCallBack];
    let decision = decide(&input(&call_back, Channel::Sms, Audience::Patient, &pack));
    assert_eq!((decision.verdict, decision.second_route), (Verdict::AllowAndDocument, true));
    assert!(decision.must_document);
    let other = example(Row::Urgent);
    let decision = decide(&input(&other, Channel::Sms, Audience::Patient, &pack));
    assert_eq!((decision.verdict, decision.second_route), (Verdict::Rewrite, true));
    assert_eq!(decision.best, Some(Destination::Phone));
    let mut worse = other.clone();
    worse.facts.push(fact(Class::SensitiveHiv, Standing::Stated));
    assert_eq!(decide(&input(&worse, Channel::Sms, Audience::Patient, &pack)).verdict, Verdict::Block);
    let mut again = input(&call_back, Channel::Sms, Audience::Patient, &pack);
    again.history = History { today: 100, this_week: 100, duplicate: true };
    assert_eq!(decide(&again).verdict, Verdict::AllowAndDocument, "whoever must call at once may be asked again");
}

#[test]
fn a_redirect_never_points_where_the_reader_cannot_be_reached() {
    let pack = open_pack();
    let result = example(Row::Clinical);
    let colleague = decide(&input(&result, Channel::Email, Audience::Colleague, &pack));
    assert_eq!(colleague.verdict, Verdict::Redirect { to: Destination::SecureMessaging });
    let mut without = pack.clone();
    without.channels.portal = None;
    without.channels.telehealth = None;
    let patient = decide(&input(&result, Channel::Email, Audience::Patient, &without));
    assert_eq!(patient.verdict, Verdict::Redirect { to: Destination::Phone });
}

#[test]
fn limits_of_length_number_and_repetition_hold() {
    let pack = open_pack();
    let mut long = content(&[]);
    long.length = 919;
    assert_eq!(decide(&input(&long, Channel::Sms, Audience::Patient, &pack)).verdict, Verdict::Rewrite);
    let plain = content(&[]);
    let mut asked = input(&plain, Channel::Sms, Audience::Patient, &pack);
    asked.history = History { duplicate: false, today: 6, this_week: 6 };
    assert_eq!(decide(&asked).verdict, Verdict::Redirect { to: Destination::Phone });
    asked.history = History { duplicate: true, today: 0, this_week: 0 };
    assert_eq!(decide(&asked).verdict, Verdict::Review);
}

#[test]
fn every_stop_names_a_place_that_is_open() {
    let pack = open_pack();
    for row in Row::ALL {
        for (channel, audience, _) in KINDS {
            let example = example(row);
            let decision = decide(&input(&example, channel, audience, &pack));
            assert!(decision.best.is_some(), "{row:?} on {channel:?}");
        }
    }
}

#[test]
fn every_reason_has_its_sentence() {
    let pack = open_pack();
    for class in Class::ALL {
        assert!(crate::words::find(crate::words::Lang::En, &format!("reason.{}", class.name())).is_some(), "{class}");
        for standing in [Standing::Stated, Standing::Named, Standing::Mismatch] {
            for (channel, audience, _) in KINDS {
                let example = content(&[(class, standing)]);
                for reason in decide(&input(&example, channel, audience, &pack)).reasons {
                    assert!(crate::words::find(crate::words::Lang::Es, &reason.key).is_some(), "{}", reason.key);
                }
            }
        }
    }
}

#[test]
fn a_pack_that_opens_what_the_floor_keeps_closed_is_refused() {
    let floor = Pack::floor("US").unwrap();
    floor.check_tightens(&floor).unwrap();
    Pack::builtin(STRICT).unwrap().check_tightens(&floor).unwrap();
    open_pack().check_tightens(&floor).unwrap();
    assert!(floor.check_tightens(&Pack::builtin(STRICT).unwrap()).is_err());
    let mut looser = floor.clone();
    looser.table.sensitive.logistics = Cell::parse("rewrite").unwrap();
    assert!(looser.check_tightens(&floor).is_err());
    let mut opened = floor.clone();
    if let Some(rule) = opened.channels.personal_email.as_mut() {
        rule.status = Status::Discouraged;
    }
    assert!(opened.check_tightens(&floor).is_err());
    let mut wider = floor.clone();
    if let Some(rule) = wider.channels.sms.as_mut() {
        rule.kind.patient = ChannelKind::Care;
    }
    assert!(wider.check_tightens(&floor).is_err());
}

#[test]
fn a_pack_out_of_bounds_or_with_unknown_members_is_refused() {
    let json = include_str!("packs/us-hipaa.json");
    Pack::parse(json.as_bytes()).unwrap();
    for (from, to) in [
        ("\"limit\": 10", "\"limit\": 4"),
        ("\"limit\": 10", "\"limit\": 10.0"),
        ("\"idle_ms\": 120000", "\"idle_ms\": 29999"),
        ("\"version\": 1,\n", "\"version\": 0,\n"),
        ("\"break_glass\": false", "\"break_glass\": false, \"more\": 1"),
        ("\"note\"", "\"perhaps\""),
        ("\"full\": \"allow\"", "\"full\": \"allow\", \"full\": \"allow\""),
        ("\"scripts\": {}", "\"scripts\": {\"verdict.block\": {\"en\": \"x\", \"es\": \"x\"}}"),
        ("\"scripts\": {}", "\"scripts\": {\"script.call_safe\": {\"en\": \"{mrn}\", \"es\": \"x\"}}"),
    ] {
        assert!(json.contains(from), "{from}");
        assert!(Pack::parse(json.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    }
    Pack::admit(json.as_bytes()).unwrap();
    let looser = json.replacen(
        "\"sensitive\": {\"full\": \"allow\", \"team\": \"allow\", \"care\": \"block\"",
        "\"sensitive\": {\"full\": \"allow\", \"team\": \"allow\", \"care\": \"review\"",
        1,
    );
    assert!(looser != json && Pack::parse(looser.as_bytes()).is_ok());
    assert!(Pack::admit(looser.as_bytes()).is_err());
    assert!(Pack::parse(&vec![b' '; MAX_PACK_BYTES + 1]).is_err());
    assert!(Pack::parse(&json.as_bytes()[..json.len() / 2]).is_err());
}

#[test]
fn the_same_decision_comes_out_of_the_trace_alone() {
    let pack = open_pack();
    let salt = [7; 32];
    for row in Row::ALL {
        for (channel, audience, _) in KINDS {
            let example = example(row);
            let asked = input(&example, channel, audience, &pack);
            let decision = decide(&asked);
            let text = "a text that is never in its trace";
            let trace = trace::record(&asked, &decision, text, &salt).unwrap();
            assert_eq!(trace, trace::record(&asked, &decide(&asked), text, &salt).unwrap());
            assert_eq!(trace::replay(&trace, &pack).unwrap(), decision);
            assert!(trace::is_about(&trace, text).unwrap());
            assert!(!trace::is_about(&trace, "another").unwrap());
            assert!(!trace.contains("never"));
            // serde_json's own map is sorted here, so an unsorted or spaced trace would not come back the same.
            let value: serde_json::Value = serde_json::from_str(&trace).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), trace);
            assert!(only_integers(&value));
        }
    }
    assert_eq!(serde_json::json!({"b": 1, "a": 2}).to_string(), r#"{"a":2,"b":1}"#);
}

fn only_integers(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(map) => map.values().all(only_integers),
        serde_json::Value::Array(items) => items.iter().all(only_integers),
        serde_json::Value::Number(number) => number.is_i64() || number.is_u64(),
        _ => true,
    }
}

#[test]
fn a_trace_with_another_verdict_or_pack_does_not_replay() {
    let pack = open_pack();
    let hiv = example(Row::Sensitive);
    let asked = input(&hiv, Channel::Sms, Audience::Patient, &pack);
    let trace = trace::record(&asked, &decide(&asked), "text", &[1; 32]).unwrap();
    let forged = trace.replace("\"block\"", "\"allow\"");
    assert_ne!(forged, trace);
    assert!(trace::replay(&forged, &pack).is_err());
    assert!(trace::replay(&trace, &Pack::builtin(STRICT).unwrap()).is_err());
    assert!(trace::replay(&trace[..trace.len() - 1], &pack).is_err());
    assert!(trace::replay("", &pack).is_err());
}

proptest! {
    #[test]
    fn deciding_is_pure_and_more_findings_never_loosen(
        picks in proptest::collection::vec((0usize..47, 0usize..5), 0..8), extra in 0usize..47, channel in 0usize..9, audience in 0usize..3,
    ) {
        let pack = open_pack();
        let standings = [Standing::Stated, Standing::Named, Standing::Slot, Standing::Mismatch, Standing::Greeting];
        let facts: Vec<_> = picks.iter().map(|(class, standing)| (Class::ALL[*class], standings[*standing])).collect();
        let audience = [Audience::Patient, Audience::Colleague, Audience::Group][audience];
        let some = content(&facts);
        let asked = input(&some, Channel::ALL[channel], audience, &pack);
        let first = decide(&asked);
        prop_assert_eq!(&first, &decide(&asked));
        let mut more = some.clone();
        more.facts.push(fact(Class::ALL[extra], Standing::Stated));
        let second = decide(&input(&more, Channel::ALL[channel], audience, &pack));
        prop_assert!(strength(second.verdict) >= strength(first.verdict));
    }
}
