use proptest::prelude::*;

use super::*;
use crate::patient::tests::rosa;

type Damage = fn(&mut ConsentTerms);

const NUMBER: &str = "+1 (555) 010-0142";
const OLD: &str = "+1 555 010 0199";
const T0: i64 = 1_795_000_000_000;
const DAY: i64 = 86_400_000;

pub(crate) fn terms() -> ConsentTerms {
    ConsentTerms {
        id: "c1".repeat(16),
        patient: rosa().id,
        channel: Channel::Sms,
        kind: ContactKind::Phone,
        address: NUMBER.into(),
        owner: ContactOwner::Patient,
        allowed: Allowed::Logistics,
        wording: WarningWording {
            id: "sms-warning".into(),
            version: 3,
            sha256: "5f".repeat(32),
            language: "es".into(),
        },
        alternatives: vec![Channel::Portal, Channel::Phone],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        recorded_by: "Dr A. Lee".into(),
        witness: None,
        interpreter: Some("phone interpreter 4471".into()),
        start_ms: T0,
        review_by_ms: T0 + 365 * DAY,
    }
}

fn yes(change: impl FnOnce(&mut ConsentTerms)) -> ConsentEntry {
    let mut terms = terms();
    change(&mut terms);
    ConsentEntry::Given(Consent::new(terms).unwrap())
}

fn objection(at_ms: i64) -> ConsentEntry {
    yes(|t| {
        t.start_ms = at_ms;
        t.review_by_ms = at_ms + DAY;
        t.allowed = Allowed::Nothing;
        t.basis = ConsentBasis::Objection;
    })
}

pub(crate) fn no(at_ms: i64) -> Withdrawal {
    Withdrawal {
        id: "d1".repeat(16),
        patient: rosa().id,
        channel: Channel::Sms,
        kind: ContactKind::Phone,
        address: "+15550100142".into(),
        how: HowGiven::InboundMessage,
        words: Some("STOP".into()),
        recorded_by: "Dr A. Lee".into(),
        at_ms,
    }
}

fn at(history: &[ConsentEntry], now_ms: i64) -> ConsentStanding {
    state(history, &rosa(), Channel::Sms, NUMBER, now_ms)
}

const IN_FORCE: ConsentStanding = ConsentStanding::InForce { allowed: Allowed::Logistics, review_due: false };

#[test]
fn no_consent_is_built_without_all_that_it_needs() {
    let cases: [(&str, Damage); 13] = [
        ("consent.wording.id", |t| t.wording.id.clear()),
        ("consent.wording.sha256", |t| t.wording.sha256.clear()),
        ("consent.wording.language", |t| t.wording.language.clear()),
        ("consent.wording.version", |t| t.wording.version = 0),
        ("contact.value", |t| t.address.clear()),
        ("contact.owner", |t| t.owner = ContactOwner::Other { who: " ".into() }),
        ("consent.alternatives", |t| t.alternatives.clear()),
        ("consent.alternatives", |t| t.alternatives = vec![Channel::Sms]),
        ("consent.allowed", |t| t.allowed = Allowed::Nothing),
        ("consent.allowed", |t| t.basis = ConsentBasis::Objection),
        ("consent.recorded_by", |t| t.recorded_by.clear()),
        ("consent.review_by_ms", |t| t.review_by_ms = t.start_ms),
        ("consent.how", |t| t.how = HowGiven::InboundMessage),
    ];
    for (field, damage) in cases {
        let mut terms = terms();
        damage(&mut terms);
        let json = serde_json::to_string(&terms).unwrap();
        assert!(matches!(Consent::new(terms), Err(Error::Invalid { field: f, .. }) if f == field), "{field}");
        assert!(serde_json::from_str::<Consent>(&json).is_err(), "{field}: nor read back");
    }
}

#[test]
fn a_history_survives_json_and_shows_nothing_in_debug() {
    let history = vec![yes(|_| ()), ConsentEntry::Withdrawn(no(T0 + DAY))];
    let json = serde_json::to_string(&history).unwrap();
    assert!(serde_json::from_str::<Vec<ConsentEntry>>(&json).unwrap() == history);
    let shown = format!("{history:?} {:?}", terms());
    assert!(!shown.contains("0142") && !shown.contains("STOP") && !shown.contains("Lee"));
}

#[test]
fn a_consent_is_in_force_from_its_start_until_its_review() {
    let history = [yes(|_| ())];
    assert_eq!(at(&[], T0), ConsentStanding::NotAsked);
    assert_eq!(at(&history, T0 - 1), ConsentStanding::NotAsked);
    assert_eq!(at(&history, T0), IN_FORCE);
    assert_eq!(at(&history, T0 + 335 * DAY), IN_FORCE);
    let due = ConsentStanding::InForce { allowed: Allowed::Logistics, review_due: true };
    assert_eq!(at(&history, T0 + 335 * DAY + 1), due);
    assert_eq!(at(&history, T0 + 365 * DAY - 1), due);
    assert_eq!(at(&history, T0 + 365 * DAY), ConsentStanding::Expired);
}

#[test]
fn a_consent_is_for_its_own_patient_channel_and_number() {
    let history = [yes(|_| ())];
    assert_eq!(state(&history, &rosa(), Channel::Whatsapp, NUMBER, T0), ConsentStanding::NotAsked);
    let other = Patient { id: "0b".repeat(16), ..rosa() };
    assert_eq!(state(&history, &other, Channel::Sms, NUMBER, T0), ConsentStanding::NotAsked);
    let mut two = rosa();
    two.contacts.push(crate::patient::ContactPoint { value: OLD.into(), ..two.contacts[0].clone() });
    assert_eq!(state(&history, &two, Channel::Sms, OLD, T0), ConsentStanding::NotAsked, "a second number, never asked");
    assert_eq!(state(&history, &rosa(), Channel::Sms, "+15550100142", T0), IN_FORCE, "another spelling");
}

#[test]
fn a_changed_number_or_owner_voids_the_answer() {
    let for_old = [yes(|t| t.address = OLD.into())];
    assert_eq!(state(&for_old, &rosa(), Channel::Sms, NUMBER, T0), ConsentStanding::VoidNumberChanged);
    let mut kept = rosa();
    kept.contacts[0].old = true;
    assert_eq!(state(&[yes(|_| ())], &kept, Channel::Sms, NUMBER, T0), ConsentStanding::VoidNumberChanged);
    let mut daughters = rosa();
    daughters.contacts[0].owner = ContactOwner::Other { who: "daughter".into() };
    assert_eq!(state(&[yes(|_| ())], &daughters, Channel::Sms, NUMBER, T0), ConsentStanding::VoidNumberChanged);
}

#[test]
fn a_withdrawal_holds_at_once_and_whatever_the_clock_says() {
    let history = [yes(|_| ()), ConsentEntry::Withdrawn(no(T0 + DAY))];
    for now in [0, T0, T0 + DAY, T0 + 400 * DAY] {
        assert_eq!(at(&history, now), ConsentStanding::Withdrawn { at_ms: T0 + DAY });
    }
    let same_moment = [yes(|_| ()), ConsentEntry::Withdrawn(no(T0))];
    assert_eq!(at(&same_moment, T0), ConsentStanding::Withdrawn { at_ms: T0 });
}

#[test]
fn only_an_explicit_new_record_reopens_after_a_no() {
    let again = yes(|t| {
        t.id = "c2".repeat(16);
        t.start_ms = T0 + 2 * DAY;
    });
    let withdrawn = ConsentEntry::Withdrawn(no(T0 + DAY));
    assert_eq!(at(&[yes(|_| ()), withdrawn.clone(), again.clone()], T0 + 2 * DAY), IN_FORCE);
    assert_eq!(at(&[yes(|_| ()), objection(T0 + DAY), again.clone()], T0 + 2 * DAY), IN_FORCE);
    assert_eq!(at(&[yes(|_| ()), objection(T0 + DAY)], T0 + 99 * DAY), ConsentStanding::Objected);
    let start_text = ConsentTerms { how: HowGiven::InboundMessage, start_ms: T0 + 2 * DAY, ..terms() };
    assert!(Consent::new(start_text).is_err(), "START is no record");
}

#[test]
fn a_no_outlives_the_number_that_it_was_said_for() {
    let mut gone = no(T0 + DAY);
    gone.address = OLD.into();
    assert_eq!(
        at(&[ConsentEntry::Withdrawn(gone.clone())], T0 + 2 * DAY),
        ConsentStanding::Withdrawn { at_ms: T0 + DAY }
    );
    let asked_for_new = yes(|t| t.start_ms = T0 + 2 * DAY);
    assert_eq!(at(&[ConsentEntry::Withdrawn(gone), asked_for_new], T0 + 2 * DAY), IN_FORCE);
}

#[test]
fn a_later_consent_replaces_an_earlier_one() {
    let wide = yes(|t| t.allowed = Allowed::Clinical);
    let narrow = yes(|t| t.start_ms = T0 + DAY);
    let both = [wide.clone(), narrow];
    assert_eq!(at(&both, T0), ConsentStanding::InForce { allowed: Allowed::Clinical, review_due: false });
    assert_eq!(at(&both, T0 + DAY), IN_FORCE);
    assert_eq!(at(&[wide, yes(|_| ())], T0), IN_FORCE, "at the same moment the lesser holds");
}

fn entries() -> impl Strategy<Value = Vec<ConsentEntry>> {
    let entry = (0..4u8, 0..40i64, 1..40i64, any::<bool>()).prop_map(|(kind, start, length, old)| {
        let address = if old { OLD } else { NUMBER };
        match kind {
            0 => {
                let mut withdrawal = no(T0 + start * DAY);
                withdrawal.address = address.into();
                ConsentEntry::Withdrawn(withdrawal)
            }
            1 => objection(T0 + start * DAY),
            wide => yes(|t| {
                t.address = address.into();
                t.allowed = if wide == 2 { Allowed::Logistics } else { Allowed::Clinical };
                t.start_ms = T0 + start * DAY;
                t.review_by_ms = T0 + (start + length) * DAY;
            }),
        }
    });
    prop::collection::vec(entry, 0..8)
}

proptest! {
    #[test]
    fn standing_is_a_pure_function_of_entries_and_time(history in entries(), day in 0..90i64, seed in any::<u64>()) {
        let now = T0 + day * DAY;
        let mut shuffled = history.clone();
        for i in (1..shuffled.len()).rev() {
            let j = usize::try_from(seed.rotate_left(u32::try_from(i).unwrap()) % (i as u64 + 1)).unwrap();
            shuffled.swap(i, j);
        }
        prop_assert_eq!(at(&history, now), at(&shuffled, now));
        prop_assert_eq!(at(&history, now), at(&history, now));
    }

    #[test]
    fn a_yes_in_force_is_always_backed_by_a_record_after_every_no(history in entries(), day in 0..90i64) {
        let now = T0 + day * DAY;
        if let ConsentStanding::InForce { allowed, .. } = at(&history, now) {
            let backed = history.iter().any(|entry| match entry {
                ConsentEntry::Given(c) => {
                    let t = c.terms();
                    t.address == NUMBER && t.allowed == allowed && t.start_ms <= now && now < t.review_by_ms
                        && history.iter().filter(|e| e.is_no()).all(|e| e.at_ms() < t.start_ms)
                }
                ConsentEntry::Withdrawn(_) => false,
            });
            prop_assert!(backed);
        }
    }

    #[test]
    fn adding_a_no_never_opens_anything(history in entries(), day in 0..90i64, said in 0..40i64) {
        let now = T0 + day * DAY;
        let before = at(&history, now);
        let mut after = history;
        after.push(ConsentEntry::Withdrawn(no(T0 + said * DAY)));
        let opened = matches!(at(&after, now), ConsentStanding::InForce { .. });
        let open_before = matches!(before, ConsentStanding::InForce { .. });
        prop_assert!(!opened || open_before);
    }
}
