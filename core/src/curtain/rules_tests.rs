//! What a policy asks before, at and after a hand-off: basis, hours, sender, the number, the call.

use super::tests::{Phone, agreed, confirmed, request, ward};
use crate::consent::{Allowed, ConsentStanding, HowGiven};
use crate::error::CurtainError;
use crate::message::{CallOutcome, Outcome};
use crate::platform::Clock;
use crate::policy::{Audience, Channel, ConsentBasis, Pack, Verdict};
use crate::session::{ConsentForm, NumberAsk, OpenItemKind, Session};
use crate::words::Lang;

const REMINDER: &str = "Just a reminder: your appointment is tomorrow at 2 pm at the main clinic.";
const CALL_BACK: &str = "Please call the clinic/ER immediately; we need to discuss your recent test.";
const WHOLE: &str =
    "Riverside Clinic: your prescription is ready. Questions? Call 555-123-4567. Reply STOP to opt out.";

fn form(patient: &str, number: &str, basis: ConsentBasis) -> ConsentForm {
    ConsentForm {
        patient: patient.to_owned(),
        channel: Channel::Sms,
        address: number.to_owned(),
        allowed: if basis == ConsentBasis::Objection { Allowed::Nothing } else { Allowed::Logistics },
        lang: Lang::En,
        alternatives: vec![Channel::Portal],
        basis,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    }
}

fn verdict(session: &Session, text: &str, patient: &str, number: &str) -> Verdict {
    session.assess(text.into(), request(patient, number)).unwrap().verdict
}

fn under(phone: &Phone, pack: &str) -> (std::sync::Arc<Session>, String, String) {
    let (curtain, workspace) = phone.enrolled();
    let mut pack: serde_json::Value = serde_json::from_slice(&Pack::builtin_json(pack).unwrap()).unwrap();
    pack["clinic"] = serde_json::json!({"name": "Riverside Clinic", "phones": ["555-123-4567"]});
    curtain.deliver(&phone.hospital.policy_of(2, pack.to_string())).unwrap();
    ward(&curtain, &workspace)
}

#[test]
fn a_basis_that_the_policy_does_not_open_is_refused_and_an_older_one_no_longer_counts() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let refused = session.record_consent(form(&patient, &number, ConsentBasis::ImpliedDirectCare));
    assert!(matches!(refused, Err(CurtainError::Invalid { field }) if field == "consent.basis"));
    session.record_consent(form(&patient, &number, ConsentBasis::PatientRequest)).unwrap();
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::AllowAndDocument);
    // The institution asks for express consent from now on.
    let mut pack: serde_json::Value = serde_json::from_slice(&Pack::builtin_json("us-hipaa").unwrap()).unwrap();
    pack["channels"]["sms"]["bases"] = serde_json::json!(["express_consent"]);
    pack["cases"].as_array_mut().unwrap().retain(|case| case["channel"] != "sms" || case["consent"] != "none");
    curtain.deliver(&phone.hospital.policy_of(2, pack.to_string())).unwrap();
    let said = session.assess(REMINDER.into(), request(&patient, &number)).unwrap();
    assert_eq!(said.verdict, Verdict::NeedsConsent, "{}", said.why);
    let standing = || session.consent_standing(patient.clone(), Channel::Sms, number.clone()).unwrap();
    assert_eq!(standing(), ConsentStanding::Closed, "the standing says what the verdict goes by");
    phone.clock.pass(1_000);
    session.record_consent(form(&patient, &number, ConsentBasis::ExpressConsent)).unwrap();
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::AllowAndDocument);
    assert!(matches!(standing(), ConsentStanding::InForce { .. }));
}

#[test]
fn an_emergency_without_an_answer_opens_the_call_back_alone() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    session.record_consent(form(&patient, &number, ConsentBasis::EmergencyNoPreference)).unwrap();
    assert_eq!(verdict(&session, CALL_BACK, &patient, &number), Verdict::AllowAndDocument);
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::NeedsConsent);
}

#[test]
fn implied_consent_opens_logistics_until_the_patient_objects() {
    let phone = Phone::new();
    let (session, patient, number) = under(&phone, "uk-nhs");
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::AllowAndDocument);
    assert_eq!(verdict(&session, "Your HIV test is positive, call me.", &patient, &number), Verdict::Block);
    session.record_consent(form(&patient, &number, ConsentBasis::Objection)).unwrap();
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::Block);
}

#[test]
fn texts_keep_quiet_hours_by_the_phones_own_time_and_say_who_writes_and_how_to_stop() {
    let phone = Phone::new();
    let (session, patient, number) = under(&phone, "us-tcpa");
    agreed(&session, &patient, &number);
    let ask = request(&patient, &number);
    let unknown = session.assess(WHOLE.into(), ask.clone()).unwrap();
    assert_eq!(unknown.verdict, Verdict::Review, "nobody said what time it is there");
    let at = |hour: i64| {
        let minute = phone.clock.now().unwrap().wall_ms.div_euclid(60_000);
        let offset = (hour * 60 - minute.rem_euclid(1_440) + 720).rem_euclid(1_440) - 720;
        session.set_utc_offset(i32::try_from(offset).unwrap()).unwrap();
    };
    for (hour, expected) in [
        (12, Verdict::AllowAndDocument),
        (20, Verdict::AllowAndDocument),
        (21, Verdict::Review),
        (3, Verdict::Review),
        (8, Verdict::AllowAndDocument),
    ] {
        at(hour);
        assert_eq!(session.assess(WHOLE.into(), ask.clone()).unwrap().verdict, expected, "at {hour}");
    }
    at(3);
    assert_eq!(verdict(&session, CALL_BACK, &patient, &number), Verdict::AllowAndDocument, "urgent at any hour");
    at(12);
    let said = session.assess("Your prescription is ready.".into(), ask.clone()).unwrap();
    assert_eq!(said.verdict, Verdict::Rewrite);
    let offered = said.rewrites.first().expect("a text that says it all");
    assert!(offered.text.ends_with("Reply STOP to opt out."), "{}", offered.text);
    assert!(offered.text.contains("555"), "{}", offered.text);
    assert!(!offered.verdict.stopped() && offered.length.segments == 1);
    assert!(matches!(session.set_utc_offset(1_081), Err(CurtainError::Invalid { .. })));
}

#[test]
fn an_urgent_text_stays_open_until_the_call_has_an_outcome() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), CALL_BACK.into(), 0).unwrap();
    confirmed(&session, &patient, &number);
    let handed = session.hand_off(draft, request(&patient, &number)).unwrap();
    assert!(handed.second_route);
    session.record_outcome(handed.message.clone(), Outcome::Sent).unwrap();
    let kinds = || {
        let open = session.checklist().unwrap().open;
        open.iter().filter(|item| item.id == handed.message).map(|item| item.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(), [OpenItemKind::NeedsCall]);
    session.record_call(handed.message.clone(), CallOutcome::NotReached).unwrap();
    assert_eq!(kinds(), [OpenItemKind::NeedsCall], "nobody was reached");
    session.record_call(handed.message.clone(), CallOutcome::Reached).unwrap();
    assert_eq!(kinds(), []);
    let charted = session.chart_items().unwrap().into_iter().find(|note| note.source == handed.message).unwrap();
    assert!(charted.text.contains("Reached by phone.") && !charted.text.contains("not reached"), "{}", charted.text);
    let token = session.fresh_auth(super::tests::PASSCODE).unwrap();
    let discarded = session.discard(handed.message, crate::session::DiscardReason::NotNeeded, token);
    assert!(discarded.is_err(), "what was sent is never thrown away");
}

#[test]
fn the_number_is_matched_until_it_is_known_well_and_a_wrong_tile_is_a_near_miss() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let check = || session.number_check(patient.clone(), number.clone()).unwrap();
    let first = check();
    let NumberAsk::Match { tiles } = &first.ask else { panic!("never used before") };
    let right = number[number.len() - 4..].to_owned();
    assert!(tiles.contains(&right) && tiles.len() == 3);
    let wrong = tiles.iter().find(|tile| **tile != right).unwrap().clone();
    assert!(!session.confirm_number(patient.clone(), number.clone(), wrong).unwrap());
    assert!(session.confirm_number(patient.clone(), number.clone(), right.clone()).unwrap());
    // Checked with the patient, used, and nobody near: one tap is enough.
    let mut record = session.patient(patient.clone()).unwrap();
    for contact in &mut record.contacts {
        contact.verified_ms = Some(super::tests::START_MS);
    }
    for id in session.similar_patients(patient.clone()).unwrap() {
        let token = session.fresh_auth(super::tests::PASSCODE).unwrap();
        session.shred_patient(id, token).unwrap();
    }
    session.save_patient(record).unwrap();
    assert!(matches!(check().ask, NumberAsk::Match { .. }), "not used yet");
    agreed(&session, &patient, &number);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), REMINDER.into(), 0).unwrap();
    confirmed(&session, &patient, &number);
    session.hand_off(draft, request(&patient, &number)).unwrap();
    let known = check();
    assert!(known.ask == NumberAsk::Tap { digits: right } && !known.stale && known.similar.is_empty());
    let stranger = session.number_check(patient.clone(), "+1 999 555 0000".into());
    assert!(matches!(stranger, Err(CurtainError::Invalid { .. })));
}

#[test]
fn a_no_from_a_shared_number_holds_for_all_who_share_it_until_each_is_asked() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let other = session.patients().unwrap().into_iter().find(|one| one.id != patient && !one.deceased).unwrap().id;
    let mut record = session.patient(other.clone()).unwrap();
    let mut shared = session.patient(patient.clone()).unwrap().contact(&number).unwrap().clone();
    // Another spelling of it.
    shared.value = format!(" {} ", number.replace('-', " "));
    shared.value = shared.value.trim().to_owned();
    record.contacts.insert(0, shared);
    session.save_patient(record).unwrap();
    agreed(&session, &patient, &number);
    agreed(&session, &other, &number);
    assert_eq!(verdict(&session, "Please call us.", &other, &number), Verdict::AllowAndDocument);
    let words = Some("pls stop txting me".to_owned());
    session.withdraw_consent(patient.clone(), Channel::Sms, number.clone(), HowGiven::InboundMessage, words).unwrap();
    assert_eq!(verdict(&session, "Please call us.", &patient, &number), Verdict::Block);
    assert_eq!(verdict(&session, "Please call us.", &other, &number), Verdict::Block);
    let theirs = session.consents(other.clone()).unwrap();
    let Some(crate::session::ConsentEntry::Withdrawn { withdrawal }) = theirs.last() else { panic!("a withdrawal") };
    assert_eq!(withdrawal.words, None, "what one person wrote is in nobody else's record");
    phone.clock.pass(1_000);
    agreed(&session, &other, &number);
    assert_eq!(verdict(&session, "Please call us.", &other, &number), Verdict::AllowAndDocument);
    assert_eq!(verdict(&session, "Please call us.", &patient, &number), Verdict::Block, "each for themselves");
}

#[test]
fn nobody_is_texted_who_has_died() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    assert_eq!(verdict(&session, REMINDER, &patient, &number), Verdict::AllowAndDocument);
    let mut record = session.patient(patient.clone()).unwrap();
    record.deceased = true;
    session.save_patient(record).unwrap();
    for channel in [Channel::Sms, Channel::Email, Channel::Portal] {
        let ask = crate::session::AssessRequest { channel, ..request(&patient, &number) };
        let said = session.assess(REMINDER.into(), ask).unwrap();
        assert_eq!(said.verdict, Verdict::Block, "{channel:?}");
        assert!(said.why.contains("has died") && said.rewrites.is_empty());
    }
    let call = crate::session::AssessRequest { channel: Channel::Phone, ..request(&patient, &number) };
    assert_eq!(session.assess(REMINDER.into(), call).unwrap().verdict, Verdict::AllowAndDocument);
}

#[test]
fn what_is_recorded_between_two_keys_counts_at_the_next() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    let key = |text: &str| {
        session.type_draft(draft.clone(), text.into(), 0).unwrap();
        let said = verdict(&session, text, &patient, &number);
        // The draft itself is written in between, which changes nothing.
        phone.clock.pass(1_000);
        session.tick().unwrap();
        assert_eq!(verdict(&session, text, &patient, &number), said);
        said
    };
    assert_eq!(key(REMINDER), Verdict::NeedsConsent);
    agreed(&session, &patient, &number);
    assert_eq!(key(REMINDER), Verdict::AllowAndDocument);
    let other = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(other.clone(), REMINDER.into(), 0).unwrap();
    confirmed(&session, &patient, &number);
    let handed = session.hand_off(other, request(&patient, &number)).unwrap();
    assert_eq!(key(REMINDER), Verdict::Review, "the same text went there just now");
    session.record_outcome(handed.message, Outcome::NotSent).unwrap();
    assert_eq!(key(REMINDER), Verdict::AllowAndDocument, "it did not");
    session.withdraw_consent(patient.clone(), Channel::Sms, number.clone(), HowGiven::InPerson, None).unwrap();
    assert_eq!(key(REMINDER), Verdict::Block);
}

#[test]
fn another_spelling_of_a_number_is_the_same_number_to_the_limits() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    let text = "Your prescription is ready.";
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), text.into(), 0).unwrap();
    confirmed(&session, &patient, &number);
    session.hand_off(draft, request(&patient, &number)).unwrap();
    let respelled = number.replace('-', " ");
    assert_ne!(respelled, number);
    let again = |address: &str| session.assess(text.into(), request(&patient, address)).unwrap().verdict;
    assert_eq!(again(&respelled), again(&number));
    assert_ne!(again(&number), Verdict::AllowAndDocument, "the same text twice within a day");
}
