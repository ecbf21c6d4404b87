//! The search, the sweep and the suspend through the exported surface.

use super::tests::{DAY_MS, PASSCODE, Phone, ward, words};
use crate::error::CurtainError;
use crate::message::Outcome;
use crate::policy::{Audience, Channel};
use crate::session::{MAX_HITS, SearchFilter, SearchKind, Session};
use std::path::Path;

fn note(session: &Session, patient: &str, title: &str, text: &str) -> String {
    session.save_note(None, patient.to_owned(), title.to_owned(), text.to_owned()).unwrap()
}

fn found(session: &Session, filter: SearchFilter) -> Vec<String> {
    session.search(filter).unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

/// Two living patients of the fixture.
fn two(session: &Session) -> (String, String) {
    let mut living = session.patients().unwrap().into_iter().filter(|patient| !patient.deceased);
    (living.next().unwrap().id, living.next().unwrap().id)
}

#[test]
fn a_search_is_blind_to_case_and_accents_and_shows_the_text_as_it_was_written() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let first = note(&session, &patient, "Visita", "La NIÑA está en casa, sin fiebre.");
    note(&session, &patient, "Other", "Nothing of the kind");
    for text in ["niña", "NINA", "esta nin\u{303}a", "  casa   la ", "fiébre", "visita nina", "VISITA"] {
        assert_eq!(found(&session, words(text)), std::slice::from_ref(&first), "{text}");
    }
    let hit = session.search(words("nina esta")).unwrap().hits.remove(0);
    assert_eq!((hit.patient, hit.kind), (patient, SearchKind::Note));
    assert_eq!(hit.excerpt, "La NIÑA está en casa, sin fiebre.");
    assert_eq!(session.search(words("visita")).unwrap().hits[0].excerpt, "Visita", "only the title matches");
    assert!(found(&session, words("niño")).is_empty());
    assert!(found(&session, words("nina tos")).is_empty(), "every word must stand there");
}

#[test]
fn each_part_of_a_filter_narrows() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    let (one, other) = two(&session);
    let early = note(&session, &one, "", "dressing dry");
    phone.clock.pass(60_000);
    let late = note(&session, &other, "", "dressing wet");
    let draft = session.new_draft(Some(one.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "About the dressing".into(), 0).unwrap();
    phone.clock.pass(1_000);
    session.tick().unwrap();
    let filter = |change: &dyn Fn(&mut SearchFilter)| {
        let mut filter = words("dressing");
        change(&mut filter);
        found(&session, filter)
    };
    assert_eq!(filter(&|_| {}).len(), 3);
    assert_eq!(filter(&|f| f.patient = Some(other.clone())), std::slice::from_ref(&late));
    assert_eq!(filter(&|f| f.kinds = vec![SearchKind::Draft]), [draft]);
    assert_eq!(filter(&|f| f.kinds = vec![SearchKind::Note]), [late.clone(), early.clone()], "latest first");
    let when = session.search(SearchFilter { patient: Some(other.clone()), ..words("wet") }).unwrap().hits[0].when_ms;
    assert_eq!(filter(&|f| f.until_ms = Some(when)), std::slice::from_ref(&early));
    assert!(!filter(&|f| f.from_ms = Some(when)).contains(&early));
    assert_eq!(filter(&|f| (f.from_ms, f.until_ms) = (Some(when), Some(when + 1))).len(), 2);
    let listed = SearchFilter { patient: Some(one.clone()), kinds: vec![SearchKind::Note], ..SearchFilter::default() };
    assert_eq!(found(&session, listed), [early], "without words, the others list");
    for (bad, error) in [
        (SearchFilter { patient: Some("00".repeat(16)), ..words("x") }, CurtainError::NotFound),
        (words("\u{301}"), CurtainError::Invalid { field: "search.words".into() }),
        (words(&"a ".repeat(17)), CurtainError::Invalid { field: "search.words".into() }),
        (
            SearchFilter { from_ms: Some(5), until_ms: Some(5), ..words("x") },
            CurtainError::Invalid { field: "search.until_ms".into() },
        ),
    ] {
        assert_eq!(session.search(bad).err(), Some(error));
    }
}

#[test]
fn every_kind_of_text_is_found_and_no_trace_is_taken_for_a_text() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    super::tests::agreed(&session, &patient, &number);
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    let text = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
    session.type_draft(draft.clone(), text.into(), 0).unwrap();
    super::tests::confirmed(&session, &patient, &number);
    let handed = session.hand_off(draft, super::tests::request(&patient, &number)).unwrap();
    session.record_outcome(handed.message.clone(), Outcome::Sent).unwrap();
    let only = |kind, text: &str| SearchFilter { kinds: vec![kind], ..words(text) };
    assert_eq!(found(&session, only(SearchKind::Message, "RECENT visit")), [handed.message]);
    assert!(found(&session, only(SearchKind::Message, "verdict")).is_empty(), "the trace is no text of a person");
    assert_eq!(found(&session, only(SearchKind::ChartText, "recent")).len(), 1);
    let lang = crate::words::Lang::En;
    session.record_inbound(patient, Channel::Sms, number, "Is my rash normal?".into(), lang).unwrap();
    assert_eq!(found(&session, only(SearchKind::Inbound, "RASH")).len(), 1);
}

#[test]
fn a_search_gives_the_latest_two_hundred_and_says_how_many_there_are() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    let (one, other) = two(&session);
    let mut notes = Vec::new();
    for number in 0..MAX_HITS + 20 {
        phone.clock.pass(10);
        notes.push(note(&session, if number % 2 == 0 { &one } else { &other }, "", "the same words"));
    }
    notes.reverse();
    notes.truncate(MAX_HITS);
    let result = session.search(words("same")).unwrap();
    assert_eq!(result.total as usize, MAX_HITS + 20);
    assert_eq!(result.hits.iter().map(|hit| hit.id.clone()).collect::<Vec<_>>(), notes);
}

#[test]
fn what_is_past_its_time_goes_in_slices_and_goes_on_after_a_kill() {
    const CHARTED: usize = 40;
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let mut like = session.patient(patient).unwrap();
    for number in 0..CHARTED {
        (like.id, like.identifiers) = (String::new(), Vec::new());
        like.names[0].family = format!("Number{number}");
        let one = session.save_patient(like.clone()).unwrap();
        let chart = session.chart_note(note(&session, &one, "", "past its time")).unwrap();
        session.file_chart(chart).unwrap();
    }
    let left = |session: &Session| {
        session.search(SearchFilter { kinds: vec![SearchKind::Note], ..words("past") }).unwrap().total
    };
    assert_eq!(left(&session), 40);
    session.lock().unwrap();
    drop((session, curtain));
    phone.clock.pass(400 * DAY_MS);
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(left(&session), 32, "one slice at unlock");
    session.tick().unwrap();
    assert_eq!(left(&session), 24);
    // Killed: no lock, no close.
    let copy = copied(phone.files.path());
    drop((session, curtain));
    restored(copy.path(), phone.files.path());
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    for rest in [16, 8, 0, 0] {
        assert_eq!(left(&session), rest);
        session.tick().unwrap();
    }
    assert!(session.patients().unwrap().len() > CHARTED, "the patients stay");
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    restored(from, to.path());
    to
}

fn restored(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            restored(&entry.path(), &target);
        } else {
            std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Files of this process that lie in the vault, by name.
#[cfg(target_os = "linux")]
fn open_files(directory: &Path) -> Vec<String> {
    let handles =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let inside = handles.filter(|path| path.starts_with(directory));
    inside.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_suspend_leaves_nothing_of_the_vault_open_and_no_text_behind() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let directory = phone.files.path().join("workspaces").join(&workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "half a sentence".into(), 3).unwrap();
    assert!(open_files(&directory).iter().any(|name| name == "vault.db"));
    session.suspend().unwrap();
    // The process lock alone: an empty file of its own, in the app's own container.
    assert_eq!(open_files(&directory), ["lock"]);
    let log = std::fs::metadata(directory.join("vault.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "nothing waits in the write-ahead log");
    assert!(!directory.join("vault.db-shm").exists());
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    let drafts = session.drafts().unwrap();
    assert_eq!((&drafts[0].id, &drafts[0].draft.text[..]), (&draft, "half a sentence"));
}
