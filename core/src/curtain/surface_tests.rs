//! What the surface promises a shell beyond the day: panics, a second unlock, rosters, and what time does to drafts.

use super::tests::{DAY_MS, PASSCODE, Phone, START_MS, ward};
use super::*;
use crate::policy::{Audience, Channel};
use std::sync::atomic::Ordering;

#[test]
fn a_panic_becomes_an_error_and_locks_and_leaving_still_works() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    phone.clock.panic.store(true, Ordering::SeqCst);
    let panicked = Some(CurtainError::Internal { code: crate::error::PANICKED });
    assert_eq!(session.patients().err(), panicked, "the text of the panic goes nowhere");
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
    session.lock().unwrap();

    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    session.discard_draft(draft).unwrap();
    phone.clock.panic.store(true, Ordering::SeqCst);
    assert_eq!(session.checklist().err(), panicked);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.wipe(token).unwrap();
    assert!(curtain.receipt(workspace).unwrap().is_some());
}

#[test]
fn a_second_unlock_ends_the_first_session_and_keeps_what_it_typed() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (first, patient, _) = ward(&curtain, &workspace);
    let draft = first.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    first.type_draft(draft, "half a sent".into(), 11).unwrap();
    let second = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(first.drafts().err(), Some(CurtainError::Locked));
    first.lock().unwrap();
    assert_eq!(second.drafts().unwrap()[0].draft.text, "half a sent", "the old one's lock is not the new one's");
}

#[test]
fn a_roster_is_listed_by_name_and_changed_under_its_id() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    let roster = |id: &str, name: &str| crate::roster::Roster {
        id: id.into(),
        name: name.into(),
        members: vec![],
        confirmed_ms: START_MS,
    };
    session.save_roster(roster("", "Ward 4")).unwrap();
    let id = session.save_roster(roster("", "Evening team")).unwrap();
    session.save_roster(roster(&id, "Night team")).unwrap();
    let names: Vec<String> = session.rosters().unwrap().into_iter().map(|roster| roster.name).collect();
    assert_eq!(names, ["Night team", "Ward 4"]);
}

#[test]
fn a_clock_set_far_ahead_forgets_no_draft_until_the_phone_ran_a_day_under_it() {
    const HOUR_MS: u64 = 3_600_000;
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft, "half a sent".into(), 11).unwrap();
    session.lock().unwrap();
    phone.clock.wall_shift_ms.store(20 * i64::try_from(DAY_MS).unwrap(), Ordering::SeqCst);
    for hour in 0..24 {
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        assert_eq!(session.drafts().unwrap().len(), 1, "hour {hour}");
        session.lock().unwrap();
        phone.clock.pass(HOUR_MS);
    }
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert!(session.drafts().unwrap().is_empty(), "a clock that stays is the time");
}

#[test]
fn a_session_that_stays_open_forgets_what_comes_due() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.lock().unwrap();
    phone.clock.pass(7 * DAY_MS - 300_000);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.drafts().unwrap().len(), 1, "five minutes early");
    for _ in 0..11 {
        phone.clock.pass(60_000);
        session.drafts().unwrap();
        session.tick().unwrap();
    }
    assert!(session.drafts().unwrap().is_empty());
}

/// Each reading is later than the one before, as on a phone.
#[derive(Default)]
struct RunningClock(std::sync::atomic::AtomicI64);

impl Clock for RunningClock {
    fn now(&self) -> Result<Instant, crate::platform::KeystoreError> {
        let ms = self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Instant { wall_ms: START_MS + ms, since_boot_ms: ms.unsigned_abs(), boot_id: "boot".into() })
    }
}

#[test]
fn a_tick_a_list_or_a_delivery_from_another_thread_locks_nobody() {
    let phone = Phone::new();
    let clock = Arc::new(RunningClock::default());
    let curtain =
        Curtain::with_cost(phone.files.path(), phone.keystore.clone(), clock, KdfCost::DANGEROUS_CHEAP).unwrap();
    let enrolment = phone.hospital.enrol(&curtain.request().unwrap());
    let workspace = curtain.enrol(&enrolment, PASSCODE).unwrap().id;
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..50 {
                    curtain.tick().unwrap();
                    curtain.workspaces().unwrap();
                    curtain.deliver(&phone.hospital.policy(1)).unwrap();
                }
            });
        }
        for _ in 0..300 {
            session.drafts().unwrap();
        }
    });
    assert_eq!(curtain.workspaces().unwrap()[0].last_lock, None);
}
