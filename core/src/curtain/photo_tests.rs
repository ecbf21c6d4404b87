//! Photos through the surface: kept, covered, allowed, withdrawn, purged, cut off in between.

use super::tests::{DAY_MS, PASSCODE, Phone, START_MS, ward};
use super::*;
use crate::journal::{Code, Sealed};
use crate::photo::{LookAnswer, PhotoArea, PhotoBasis, PhotoEdit, PhotoLooks, PhotoPurpose, PhotoStanding};
use crate::policy::document::Receipt;
use crate::session::{DiscardReason, NewPhoto, OpenItemKind, PhotoAdded, PhotoConsentForm, PhotoSummary, SearchFilter};
use crate::vault::faulty::{cut_files_after, files_healed};
use std::path::Path;

const PICTURE: &[u8] = include_bytes!("../../../tests/fixtures/photos/base444.jpg");
const LOOKS: PhotoLooks = PhotoLooks {
    face: LookAnswer::NotThere,
    marks: LookAnswer::NotThere,
    labels: LookAnswer::NotThere,
    background: LookAnswer::NotThere,
};

fn new(patient: &str) -> NewPhoto {
    let (edit, basis) = (PhotoEdit::default(), PhotoBasis::RoutineCare);
    NewPhoto { patient: patient.into(), edit, looks: LOOKS, basis, taken_ms: Some(START_MS) }
}

fn add(session: &Session, patient: &str) -> PhotoSummary {
    match session.add_photo(PICTURE, new(patient)).unwrap() {
        PhotoAdded::Stored { photo } => photo,
        PhotoAdded::ConvertFirst => panic!("a JPEG needs no conversion"),
    }
}

fn yes(photo: &str, purpose: PhotoPurpose, basis: PhotoBasis) -> PhotoConsentForm {
    PhotoConsentForm { photo: photo.into(), purpose, basis, recognisable: false, witness: None, until_ms: None }
}

fn everything_covered() -> PhotoEdit {
    PhotoEdit { cover: vec![PhotoArea { left: 0, top: 0, width: 10_000, height: 10_000 }], crop: None }
}

fn export(session: &Session, photo: &str, purpose: PhotoPurpose) -> Result<Vec<u8>, CurtainError> {
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.export_photo(photo.into(), purpose, token)
}

fn refused(rule: &str) -> Option<CurtainError> {
    Some(CurtainError::NotAllowed { rule: rule.into() })
}

fn invalid(field: &str) -> Option<CurtainError> {
    Some(CurtainError::Invalid { field: field.into() })
}

/// All files under a directory.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    found
}

fn streams(phone: &Phone) -> Vec<(PathBuf, Vec<u8>)> {
    let named = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with("stream-");
    files(phone.files.path()).into_iter().filter(|(path, _)| named(path)).collect()
}

fn codes(curtain: &Curtain, workspace: &str) -> Vec<Code> {
    let gate = curtain.place(workspace).unwrap();
    let mut inside = gate.enter().unwrap();
    let (open, ..) = inside.open().unwrap();
    open.vault.journal(0).unwrap().iter().map(|row| Sealed::parse(row).unwrap().read().unwrap().code).collect()
}

#[test]
fn a_photo_is_kept_listed_and_shown_and_a_lock_ends_that() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let added = add(&session, &patient);
    assert_eq!((added.width, added.height, added.charted, added.taken_ms), (40, 24, false, Some(START_MS)));
    let care = &added.purposes[0];
    assert!(matches!(care.standing, PhotoStanding::InForce { .. }) && care.purpose == PhotoPurpose::Care);
    assert!(added.purposes[1..].iter().all(|other| other.standing == PhotoStanding::NotAsked));
    let shown = session.photo_picture(added.id.clone()).unwrap();
    assert!(shown.starts_with(&[0xFF, 0xD8]) && shown != PICTURE);
    assert!(added.thumbnail.starts_with(&[0xFF, 0xD8]));

    // The picture is nowhere outside of a seal.
    for (path, bytes) in files(phone.files.path()) {
        for part in [&shown[200..232], &added.thumbnail[200..232], &PICTURE[200..232]] {
            assert!(memchr::memmem::find(&bytes, part).is_none(), "{}", path.display());
        }
    }
    session.lock().unwrap();
    assert_eq!(session.photo_picture(added.id.clone()).err(), Some(CurtainError::Locked));
    assert_eq!(session.photos(patient.clone()).err(), Some(CurtainError::Locked));
    assert_eq!(session.add_photo(PICTURE, new(&patient)).err(), Some(CurtainError::Locked));
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert!(session.photos(patient).unwrap() == [added.clone()]);
    assert_eq!(session.photo_picture(added.id).unwrap(), shown);
    assert!(session.search(SearchFilter::default()).is_ok(), "a search passes pictures by");
}

#[test]
fn what_is_refused_leaves_nothing() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    assert!(session.add_photo(heic, new(&patient)).unwrap() == PhotoAdded::ConvertFirst);
    assert_eq!(session.add_photo(b"GIF89a", new(&patient)).err(), invalid("photo.format"));
    assert_eq!(session.add_photo(&PICTURE[..500], new(&patient)).err(), invalid("photo"));
    assert_eq!(session.add_photo(PICTURE, new(&"0".repeat(32))).err(), Some(CurtainError::NotFound));
    let area = PhotoArea { left: 9_000, top: 0, width: 2_000, height: 1 };
    let wrong = NewPhoto { edit: PhotoEdit { cover: vec![area], crop: None }, ..new(&patient) };
    assert_eq!(session.add_photo(PICTURE, wrong).err(), invalid("photo.area"));
    let wrong = NewPhoto { taken_ms: Some(-1), ..new(&patient) };
    assert_eq!(session.add_photo(PICTURE, wrong).err(), invalid("photo.taken_ms"));
    assert!(session.photos(patient).unwrap().is_empty());
    assert_eq!(streams(&phone).len(), 0);
    assert_eq!(session.photo_picture("0".repeat(32)).err(), Some(CurtainError::NotFound));
    session.patients().unwrap();
}

#[test]
fn an_edit_replaces_the_picture_and_old_copies_of_the_files_do_not_bring_it_back() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let before = add(&session, &patient);
    let answers =
        session.edit_photo(before.id.clone(), PhotoEdit::default(), PhotoLooks { face: LookAnswer::Shown, ..LOOKS });
    assert_eq!(answers.unwrap().looks.face, LookAnswer::Shown);
    let shown = session.photo_picture(before.id.clone()).unwrap();
    session.lock().unwrap();
    let old = files(phone.files.path());
    let old_streams = streams(&phone);
    drop(session);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();

    let after = session.edit_photo(before.id.clone(), everything_covered(), LOOKS).unwrap();
    assert_eq!((&after.id, after.covered, after.edited_ms.is_some()), (&before.id, 1, true));
    let covered = session.photo_picture(before.id.clone()).unwrap();
    assert!(covered != shown && after.thumbnail != before.thumbnail);
    let new_streams = streams(&phone);
    assert_eq!((old_streams.len(), new_streams.len()), (1, 1));
    assert!(old_streams[0].0 != new_streams[0].0, "a stream is written once");
    session.lock().unwrap();
    drop((session, curtain));

    // Today's state, and the old picture's file put back beside it.
    fs::write(&old_streams[0].0, &old_streams[0].1).unwrap();
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.photo_picture(before.id.clone()).unwrap(), covered);
    assert!(!old_streams[0].0.exists(), "nobody's file goes");
    session.lock().unwrap();
    drop((session, curtain));

    // All files of before, with all keys that the keystore still has; and the old database under today's anchor.
    let now = files(phone.files.path());
    for anchor_of_today in [false, true] {
        for (path, bytes) in &old {
            if !(anchor_of_today && path.file_name().unwrap() == "anchor") {
                fs::write(path, bytes).unwrap();
            }
        }
        let curtain = phone.curtain();
        let opened = curtain.unlock(workspace.clone(), PASSCODE);
        assert!(opened.is_err(), "an old copy opens: {anchor_of_today}");
        drop((opened, curtain));
        for (path, bytes) in &now {
            fs::write(path, bytes).unwrap();
        }
    }
}

#[test]
fn a_photo_leaves_only_for_what_was_agreed_and_a_token_is_good_once() {
    use PhotoPurpose::{Care, Publication, SecondOpinion, Teaching};
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let id = add(&session, &patient).id;
    let missing = refused("no consent for this purpose");
    for purpose in [SecondOpinion, Teaching, Publication] {
        assert_eq!(export(&session, &id, purpose).err(), missing);
        let form = yes(&id, purpose, PhotoBasis::RoutineCare);
        assert_eq!(session.record_photo_consent(form).err(), invalid("photo.consent.basis"));
    }
    let form = yes(&id, Publication, PhotoBasis::AgreedInPerson);
    assert_eq!(session.record_photo_consent(form).err(), invalid("photo.consent.basis"), "publication needs paper");
    let until_ms = Some(START_MS + 30 * i64::try_from(DAY_MS).unwrap());
    let form = PhotoConsentForm { until_ms, ..yes(&id, Teaching, PhotoBasis::AgreedInPerson) };
    let consent = session.record_photo_consent(form).unwrap();
    assert_eq!(export(&session, &id, Publication).err(), missing, "teaching is not publication");

    let token = session.fresh_auth(PASSCODE).unwrap();
    let sealed = session.export_photo(id.clone(), Teaching, token.clone()).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    assert_eq!(session.export_photo(id.clone(), Teaching, token).err(), Some(CurtainError::NeedsFreshAuth));
    assert_eq!(session.export_photo(id.clone(), Teaching, String::new()).err(), Some(CurtainError::NeedsFreshAuth));
    export(&session, &id, Care).unwrap();
    let copies = session.photos(patient.clone()).unwrap()[0].copies.clone();
    assert_eq!(copies.iter().map(|copy| copy.purpose).collect::<Vec<_>>(), [Teaching, Care]);
    assert_eq!(copies[0].consent, consent);
    assert!(codes(&curtain, &workspace).iter().filter(|code| **code == Code::PhotoExported).count() == 2);

    // What is in the picture counts too.
    let looks = |looks| session.edit_photo(id.clone(), PhotoEdit::default(), looks).unwrap();
    looks(PhotoLooks { labels: LookAnswer::Shown, ..LOOKS });
    assert_eq!(export(&session, &id, Teaching).err(), refused("a label or papers are in the picture"));
    export(&session, &id, Care).unwrap();
    looks(PhotoLooks { face: LookAnswer::Shown, ..LOOKS });
    assert_eq!(export(&session, &id, Teaching).err(), refused("the patient can be recognised"));
    phone.clock.pass(1);
    let form = PhotoConsentForm { recognisable: true, until_ms, ..yes(&id, Teaching, PhotoBasis::AgreedOnPaper) };
    session.record_photo_consent(form).unwrap();
    export(&session, &id, Teaching).unwrap();

    // Withdrawn, and nothing else ends with it.
    let withdrawn = session.withdraw_photo_consent(id.clone(), Teaching, Some("No more.".into())).unwrap();
    assert_eq!((withdrawn.deleted, withdrawn.copies.len()), (false, 2), "those for teaching");
    assert_eq!(export(&session, &id, Teaching).err(), missing);
    export(&session, &id, Care).unwrap();
    phone.clock.pass(1);
    session
        .record_photo_consent(PhotoConsentForm { until_ms, ..yes(&id, Teaching, PhotoBasis::AgreedByPhone) })
        .unwrap();
    looks(LOOKS);
    export(&session, &id, Teaching).unwrap();
    session.lock().unwrap();
    phone.clock.pass(30 * DAY_MS);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(export(&session, &id, Teaching).err(), missing, "its time is over");
    assert!(session.photos(patient).unwrap()[0].purposes[2].standing == PhotoStanding::Expired);
}

#[test]
fn without_care_a_photo_is_gone_and_its_answers_stay() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let (kept, gone) = (add(&session, &patient).id, add(&session, &patient).id);
    session.record_photo_consent(yes(&gone, PhotoPurpose::Teaching, PhotoBasis::AgreedInPerson)).unwrap();
    export(&session, &gone, PhotoPurpose::Teaching).unwrap();
    let withdrawn = session.withdraw_photo_consent(gone.clone(), PhotoPurpose::Care, None).unwrap();
    assert_eq!((withdrawn.deleted, withdrawn.copies.len()), (true, 1));
    assert_eq!(session.photos(patient.clone()).unwrap().iter().map(|photo| &photo.id).collect::<Vec<_>>(), [&kept]);
    assert_eq!(streams(&phone).len(), 1);
    let missing = Some(CurtainError::NotFound);
    assert_eq!(session.photo_picture(gone.clone()).err(), missing);
    assert_eq!(export(&session, &gone, PhotoPurpose::Teaching).err(), missing);
    let form = yes(&gone, PhotoPurpose::Care, PhotoBasis::AgreedOnPaper);
    assert_eq!(session.record_photo_consent(form).err(), missing, "no later yes brings it back");
    let texts: Vec<String> = session.chart_items().unwrap().into_iter().map(|note| note.text).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("taken for care")).count(), 1, "the one that is still there");
    assert!(texts.iter().any(|text| text.ends_with("deleted from the clinic phone; copies made before: 1.")));
    assert!(texts.iter().all(|text| !text.contains('{')), "{texts:?}");
    session.photo_picture(kept).unwrap();
    let codes = codes(&curtain, &workspace);
    for code in [Code::PhotoStored, Code::PhotoConsentRecorded, Code::PhotoConsentWithdrawn, Code::PhotoDeleted] {
        assert!(codes.contains(&code), "{code:?}");
    }
}

#[test]
fn a_photo_is_charted_with_its_text_purged_in_its_time_and_deleted_with_a_reason() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let (charted, waiting, wrong) =
        (add(&session, &patient).id, add(&session, &patient).id, add(&session, &patient).id);
    assert_eq!(session.checklist().unwrap().open.iter().filter(|item| item.kind == OpenItemKind::Uncharted).count(), 3);
    let text = session.chart_items().unwrap().into_iter().find(|note| note.source == charted).unwrap();
    session.file_chart(text.id).unwrap();
    let photos = session.photos(patient.clone()).unwrap();
    assert!(photos.iter().all(|photo| photo.charted == (photo.id == charted)));
    let refused = session.delete_photo(wrong.clone(), DiscardReason::WrongPatient, String::new()).err();
    assert_eq!(refused, Some(CurtainError::NeedsFreshAuth));
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.delete_photo(wrong, DiscardReason::WrongPatient, token).unwrap();
    assert_eq!((streams(&phone).len(), session.chart_items().unwrap().len()), (2, 1));
    session.lock().unwrap();
    // Far beyond any pack's days, in steps, since a clock that jumps purges nothing.
    for _ in 0..400 {
        phone.clock.pass(DAY_MS);
        curtain.tick().unwrap();
    }
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    for _ in 0..3 {
        session.tick().unwrap();
    }
    let left: Vec<String> = session.photos(patient).unwrap().into_iter().map(|photo| photo.id).collect();
    assert_eq!(left, [waiting], "never before it is charted");
    assert_eq!(streams(&phone).len(), 1, "a purge takes the picture along");
}

#[test]
fn a_patient_who_is_shredded_takes_the_pictures_along() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let other = session.patients().unwrap().into_iter().find(|other| other.id != patient).unwrap().id;
    let (gone, kept) = (add(&session, &patient).id, add(&session, &other).id);
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.shred_patient(patient, token).unwrap();
    assert_eq!(session.photo_picture(gone).err(), Some(CurtainError::NotFound));
    session.photo_picture(kept).unwrap();
    assert_eq!(streams(&phone).len(), 1);
}

#[test]
fn a_wipe_takes_the_pictures_and_the_receipt_counts_them() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    add(&session, &patient);
    add(&session, &patient);
    for note in session.chart_items().unwrap() {
        session.file_chart(note.id).unwrap();
    }
    assert_eq!(streams(&phone).len(), 2);
    let token = session.fresh_auth(PASSCODE).unwrap();
    let receipt = session.wipe(token).unwrap();
    assert_eq!(streams(&phone).len(), 0);
    let read = Receipt::from_payload(Envelope::parse(&receipt).unwrap().dangerous_unverified_payload()).unwrap();
    assert_eq!((read.counts["photo"], read.counts["picture"], read.counts["photo_consent"]), (2, 2, 2));
}

#[test]
fn a_cut_at_any_step_leaves_whole_photos_and_nobodys_picture_goes() {
    let (mut cuts, mut met) = (0, [0; 4]);
    for steps in (1..).step_by(2) {
        let phone = Phone::new();
        let (curtain, workspace) = phone.enrolled();
        let (session, patient, _) = ward(&curtain, &workspace);
        let first = add(&session, &patient);
        let before = session.photo_picture(first.id.clone()).unwrap();
        cut_files_after(steps);
        let second = session.add_photo(PICTURE, new(&patient)).is_ok();
        let edited = session.edit_photo(first.id.clone(), everything_covered(), LOOKS).is_ok();
        let withdrawn = session.withdraw_photo_consent(first.id.clone(), PhotoPurpose::Care, None).is_ok();
        let cut = files_healed();
        cuts += usize::from(cut);
        drop((session, curtain));

        let curtain = phone.curtain();
        let session = curtain.unlock(workspace, PASSCODE).unwrap();
        for _ in 0..2 {
            session.tick().unwrap();
        }
        let photos = session.photos(patient).unwrap();
        let pictures: Vec<_> = photos.iter().map(|photo| session.photo_picture(photo.id.clone()).unwrap()).collect();
        let first = photos.iter().position(|photo| photo.id == first.id);
        assert!(!second || photos.iter().filter(|photo| photo.covered == 0).count() >= 1, "{steps}");
        assert!(!withdrawn || first.is_none(), "{steps}: a withdrawal that was acknowledged is undone");
        if let Some(at) = first {
            assert!(!edited || photos[at].covered == 1, "{steps}: an edit that was acknowledged is undone");
            assert_eq!(pictures[at] == before, photos[at].covered == 0, "{steps}");
        }
        assert_eq!(streams(&phone).len(), photos.len(), "{steps}: a picture that no photo names");
        for (count, happened) in met.iter_mut().zip([second, edited, withdrawn, first.is_none()]) {
            *count += usize::from(happened);
        }
        if !cut {
            break;
        }
    }
    assert!(cuts > 8 && met.iter().all(|count| *count > 0), "{cuts} {met:?}");
}

#[test]
fn a_lock_from_another_thread_ends_what_is_under_way_and_keeps_what_was_told() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (mut session, patient, _) = ward(&curtain, &workspace);
    let mut told = 0;
    for round in 0..12 {
        let (stored, ended) = std::thread::scope(|scope| {
            let adding = scope.spawn(|| {
                let (mut stored, mut last) = (0, None);
                for _ in 0..20 {
                    match session.add_photo(PICTURE, new(&patient)) {
                        Ok(_) => stored += 1,
                        Err(error) => {
                            last = Some(error);
                            break;
                        }
                    }
                }
                (stored, last)
            });
            std::thread::sleep(std::time::Duration::from_millis(round * 7));
            session.lock().unwrap();
            adding.join().unwrap()
        });
        assert!(ended.is_none_or(|error| error == CurtainError::Locked));
        told += stored;
        session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    }
    let photos = session.photos(patient).unwrap();
    assert_eq!(photos.len(), told);
    for photo in photos {
        session.photo_picture(photo.id).unwrap();
    }
    assert_eq!(streams(&phone).len(), told);
}

#[test]
fn a_held_photo_is_not_changed_and_goes_after_the_release_if_care_was_withdrawn() {
    use super::hold_tests::{hash_of, held, name_of};
    use crate::policy::document::{Action, HoldScope};
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let photo = add(&session, &patient).id;
    let who = name_of(&session, &patient);
    let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope: HoldScope::Patient(who) });
    curtain.deliver(&hold).unwrap();
    let token = session.fresh_auth(PASSCODE).unwrap();
    let deleted = session.delete_photo(photo.clone(), DiscardReason::WrongPatient, token);
    assert_eq!(deleted.err(), Some(held()));
    let looks = session.photos(patient.clone()).unwrap()[0].looks;
    assert_eq!(session.edit_photo(photo.clone(), everything_covered(), looks).err(), Some(held()));
    let withdrawn = session.withdraw_photo_consent(photo.clone(), PhotoPurpose::Care, None).unwrap();
    assert!(!withdrawn.deleted && session.photos(patient.clone()).unwrap().is_empty(), "out of use at once");
    assert_eq!(session.photo_picture(photo.clone()).err(), Some(CurtainError::NotFound));
    assert_eq!(streams(&phone).len(), 1, "kept");
    let release = phone.hospital.order(&workspace, 2, Action::Release { hold: hash_of(&hold) });
    curtain.deliver(&release).unwrap();
    phone.clock.pass(700_000);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    for _ in 0..3 {
        session.tick().unwrap();
    }
    assert!(streams(&phone).is_empty(), "and gone after the release");
}

#[test]
fn an_order_that_erases_what_is_old_takes_pictures_along_in_one_step() {
    use crate::policy::document::Action;
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    add(&session, &patient);
    phone.clock.pass(60_000);
    let new = add(&session, &patient);
    let order = phone.hospital.order(&workspace, 1, Action::WipeBefore { date_ms: START_MS + 30_000 });
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    assert_eq!(session.photos(patient).unwrap().len(), 1);
    assert_eq!(streams(&phone).len(), 1, "no sweep ran since");
    session.photo_picture(new.id).unwrap();
}

#[test]
fn what_was_covered_while_a_copy_was_marked_does_not_leave_uncovered() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let photo = add(&session, &patient);
    let token = session.fresh_auth(PASSCODE).unwrap();
    let covered = || drop(session.edit_photo(photo.id.clone(), everything_covered(), photo.looks).unwrap());
    let exported = session.exported_photo(&photo.id, PhotoPurpose::Care, &token, covered);
    assert_eq!(exported.err(), refused("edited meanwhile"));
    assert!(!codes(&curtain, &workspace).contains(&Code::PhotoExported));
    // The passcode was for a copy, and there is none yet.
    session.export_photo(photo.id, PhotoPurpose::Care, token).unwrap();
}

#[test]
fn an_export_carries_the_latest_pictures_within_its_bound_and_the_data_of_the_others() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let first = add(&session, &patient);
    phone.clock.pass(1_000);
    let second = add(&session, &patient);
    let bytes = session.photo_picture(second.id.clone()).unwrap().len() as u64;
    let carried = |within: u64| session.pictures_within(&patient, within).unwrap();
    let both = |two: bool, one: bool| vec![(second.id.clone(), two), (first.id.clone(), one)];
    assert_eq!(carried(2 * bytes), both(true, true));
    assert_eq!(carried(2 * bytes - 1), both(true, false));
    assert_eq!(carried(bytes - 1), both(false, false));
    let bundle = session.bundle_of(&patient).unwrap();
    assert_eq!(bundle.matches("\"Media\"").count(), 2);
    assert!(bundle.contains("photo stored") && !bundle.contains("not in this bundle"));
    session.withdraw_photo_consent(first.id.clone(), PhotoPurpose::Care, None).unwrap();
    assert_eq!(carried(2 * bytes), [(second.id, true)], "what was withdrawn leaves no more");
}

#[test]
fn a_photo_whose_picture_found_no_room_was_not_handed_over_and_goes_with_the_next_one() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let first = add(&session, &patient);
    phone.clock.pass(1_000);
    add(&session, &patient);
    let token = || session.fresh_auth(PASSCODE).unwrap();
    assert_eq!(session.checklist().unwrap().open.len(), 2);
    session.hand_over_within(&token(), session.photo_picture(first.id).unwrap().len() as u64).unwrap();
    assert_eq!(session.discard_handed_over(token()).unwrap(), 1);
    assert_eq!(session.checklist().unwrap().open.len(), 1);
    session.hand_over(token()).unwrap();
    assert_eq!(session.discard_handed_over(token()).unwrap(), 1);
    assert!(session.checklist().unwrap().open.is_empty());
}
