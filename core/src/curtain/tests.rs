//! From enrolment to receipt through the exported surface, over software keys and a clock that the test turns.

use super::*;
use crate::consent::{Allowed, ConsentBasis, ConsentStanding, HowGiven};
use crate::crypto::jws::{Ed25519Signer, make_ed25519_seed};
use crate::crypto::software::SoftwareKeystore;
use crate::journal::{Mark, Sealed, verify};
use crate::message::Outcome;
use crate::platform::KeystoreError;
use crate::policy::document::{
    Action, Cause, Enrolment, Institution, Lease, Minimum, Order, Policy, Receipt, Residue, Role, Roles, Scope,
};
use crate::policy::{Audience, Channel, Verdict};
use crate::session::{AssessRequest, ConsentForm, DiscardReason, SearchFilter};
use crate::vault::faulty::Faulty;
use crate::words::Lang;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;

pub(super) const PASSCODE: &[u8] = b"four calm herons wade";
pub(super) const START_MS: i64 = 1_795_400_000_000;
pub(super) const DAY_MS: u64 = 86_400_000;
pub(super) const PATIENTS: &[u8] = include_bytes!("../../../tests/fixtures/patients.json");
/// A recipient of the age format, made for these tests only.
pub(super) const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

#[derive(Default)]
pub(super) struct TurnedClock {
    pub(super) since_boot_ms: AtomicU64,
    pub(super) wall_shift_ms: AtomicI64,
    pub(super) boot: AtomicU64,
    pub(super) stopped: AtomicBool,
    /// The next reading orders a panic.
    pub(super) panic: AtomicBool,
}

impl TurnedClock {
    pub(super) fn pass(&self, ms: u64) {
        self.since_boot_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Result<Instant, KeystoreError> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(KeystoreError::NotNow);
        }
        let since_boot_ms = self.since_boot_ms.load(Ordering::SeqCst);
        let wall_ms = START_MS + i64::try_from(since_boot_ms).unwrap() + self.wall_shift_ms.load(Ordering::SeqCst);
        let boot_id = if self.panic.swap(false, Ordering::SeqCst) {
            "dangerous: panic".to_owned()
        } else {
            format!("boot {}", self.boot.load(Ordering::SeqCst))
        };
        Ok(Instant { wall_ms, since_boot_ms, boot_id })
    }
}

/// An institution with one key a role.
pub(super) struct Hospital {
    pub(super) id: [u8; 16],
    pub(super) root: Ed25519Signer,
    pub(super) policy: Ed25519Signer,
    pub(super) lease: Ed25519Signer,
    pub(super) order: Ed25519Signer,
    /// A hold takes both.
    pub(super) second: Ed25519Signer,
}

impl Hospital {
    pub(super) fn new() -> Hospital {
        let signer = || Ed25519Signer::from_seed(make_ed25519_seed().unwrap().expose()).unwrap();
        let id = crate::crypto::make_bytes().unwrap();
        Hospital { id, root: signer(), policy: signer(), lease: signer(), order: signer(), second: signer() }
    }

    pub(super) fn enrol(&self, request: &EnrolmentRequest) -> Vec<u8> {
        use crate::crypto::jws::Signer;
        let payload = Envelope::parse(&request.document).unwrap().dangerous_unverified_payload().to_vec();
        let role = |signer: &Ed25519Signer| Role { threshold: 1, keys: vec![signer.public_key().clone()] };
        let enrolment = Enrolment {
            spec: SPEC,
            request: identity(&payload),
            enrolment: request.enrolment.parse().unwrap(),
            institution: Institution { id: Hex(self.id), name: "St. Alder".into() },
            workspace: request.enrolment.parse().unwrap(),
            groups: vec![],
            version: 1,
            roles: Roles {
                root: role(&self.root),
                policy: role(&self.policy),
                lease: role(&self.lease),
                order: Role {
                    keys: vec![self.order.public_key().clone(), self.second.public_key().clone()],
                    threshold: 1,
                },
            },
            recipients: Recipients {
                audit: vec![RECIPIENT.into()],
                export: vec![RECIPIENT.into()],
                recovery: vec![RECIPIENT.into()],
                escrow: vec![RECIPIENT.into()],
            },
            minimum: Minimum::default(),
            clinician: "Dr. Lee".into(),
            issued_ms: START_MS,
        };
        enrolment.sign(&[&self.root]).unwrap()
    }

    pub(super) fn policy(&self, version: u64) -> Vec<u8> {
        self.policy_of(version, include_str!("../policy/packs/us-hipaa.json").to_owned())
    }

    pub(super) fn policy_of(&self, version: u64, pack: String) -> Vec<u8> {
        let (institution, scope) = (Hex(self.id), Scope::Institution);
        Policy { spec: SPEC, institution, scope, version, pack, issued_ms: START_MS }.sign(&[&self.policy]).unwrap()
    }

    fn erasing_policy(&self, version: u64) -> Vec<u8> {
        self.policy_with(version, r#""action": "block""#, r#""action": "erase""#)
    }

    /// The pack `us-hipaa` with something else in one place.
    pub(super) fn policy_with(&self, version: u64, from: &str, to: &str) -> Vec<u8> {
        let pack = include_str!("../policy/packs/us-hipaa.json");
        assert_eq!(pack.matches(from).count(), 1);
        self.policy_of(version, pack.replace(from, to))
    }

    pub(super) fn lease(&self, enrolment: &str, version: u64, days: i64) -> Vec<u8> {
        self.lease_of(enrolment, version, START_MS, days)
    }

    /// A lease issued at another time.
    pub(super) fn lease_of(&self, enrolment: &str, version: u64, issued_ms: i64, days: i64) -> Vec<u8> {
        let span = days * i64::try_from(DAY_MS).unwrap();
        let lease = Lease {
            spec: SPEC,
            institution: Hex(self.id),
            enrolment: enrolment.parse().unwrap(),
            version,
            not_after_ms: issued_ms + span,
            grace_ms: span,
            max_running_ms: span,
            issued_ms,
        };
        lease.sign(&[&self.lease]).unwrap()
    }

    pub(super) fn order(&self, enrolment: &str, number: u64, action: Action) -> Vec<u8> {
        let order = Order {
            spec: SPEC,
            institution: Hex(self.id),
            enrolment: enrolment.parse().unwrap(),
            number,
            action,
            reason: "test".into(),
            issued_ms: START_MS,
            expires_ms: None,
        };
        let both: [&dyn crate::crypto::jws::Signer; 2] = [&self.order, &self.second];
        order.sign(&both[..order.action.min_signers()]).unwrap()
    }
}

pub(super) struct Phone {
    pub(super) files: TempDir,
    pub(super) keys: TempDir,
    pub(super) keystore: Arc<Faulty>,
    pub(super) clock: Arc<TurnedClock>,
    pub(super) hospital: Hospital,
}

impl Phone {
    pub(super) fn new() -> Phone {
        let (files, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keystore = Faulty::new(Arc::new(SoftwareKeystore::new(keys.path()).unwrap()));
        Phone { files, keys, keystore, clock: Arc::default(), hospital: Hospital::new() }
    }

    pub(super) fn curtain(&self) -> Arc<Curtain> {
        Curtain::with_cost(self.files.path(), self.keystore.clone(), self.clock.clone(), KdfCost::DANGEROUS_CHEAP)
            .unwrap()
    }

    pub(super) fn enrolled(&self) -> (Arc<Curtain>, String) {
        let curtain = self.curtain();
        let request = curtain.request().unwrap();
        let enrolment = self.hospital.enrol(&request);
        assert_eq!(curtain.enrolment_words(&enrolment).unwrap().len(), 6);
        let info = curtain.enrol(&enrolment, PASSCODE).unwrap();
        assert_eq!((info.institution.as_str(), &info.state), ("St. Alder", &WorkspaceState::Locked));
        assert_eq!(curtain.deliver(&self.hospital.policy(1)).unwrap(), Delivery::Done);
        (curtain, info.id)
    }
}

pub(super) fn request(patient: &str, address: &str) -> AssessRequest {
    AssessRequest {
        patient: Some(patient.to_owned()),
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: Some(address.to_owned()),
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    }
}

pub(super) fn agreed(session: &Session, patient: &str, address: &str) {
    let form = ConsentForm {
        patient: patient.to_owned(),
        channel: Channel::Sms,
        address: address.to_owned(),
        allowed: Allowed::Logistics,
        lang: Lang::En,
        alternatives: vec![Channel::Portal, Channel::Phone],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    };
    session.record_consent(form).unwrap();
}

/// Confirms a number for one text, as the clinician does who reads it.
pub(super) fn confirmed(session: &Session, patient: &str, address: &str) {
    let digits: Vec<char> = address.chars().filter(char::is_ascii_digit).collect();
    let last_four = digits[digits.len() - 4..].iter().collect();
    assert!(session.confirm_number(patient.to_owned(), address.to_owned(), last_four).unwrap());
}

pub(super) fn words(words: &str) -> SearchFilter {
    SearchFilter { words: words.into(), ..SearchFilter::default() }
}

/// A session with the fixture's patients; the first with a phone number, and that number.
pub(super) fn ward(curtain: &Curtain, workspace: &str) -> (Arc<Session>, String, String) {
    let session = curtain.unlock(workspace.to_owned(), PASSCODE).unwrap();
    let report = session.import_patients(PATIENTS).unwrap();
    assert!(report.imported >= 10);
    assert_eq!(
        session.import_patients(PATIENTS).unwrap().known,
        report.imported,
        "a second import brings nobody twice"
    );
    let patients = session.patients().unwrap().into_iter().filter(|patient| !patient.deceased);
    let (id, number) = patients
        .filter_map(|summary| {
            let patient = session.patient(summary.id.clone()).unwrap();
            let contact = patient.contacts.iter().find(|c| c.kind == crate::patient::ContactKind::Phone && !c.old)?;
            Some((summary.id, contact.value.clone()))
        })
        .next()
        .unwrap();
    (session, id, number)
}

#[test]
fn a_day_from_enrolment_to_receipt() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);

    let ask = request(&patient, &number);
    let text = "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.";
    let before = session.assess(text.into(), ask.clone()).unwrap();
    assert_eq!(before.verdict, Verdict::NeedsConsent);
    agreed(&session, &patient, &number);
    let standing = session.consent_standing(patient.clone(), Channel::Sms, number.clone()).unwrap();
    assert!(matches!(standing, ConsentStanding::InForce { .. }));

    let stopped = session.assess("Your HIV test is positive, call me.".into(), ask.clone()).unwrap();
    assert_eq!(stopped.verdict, Verdict::Block);

    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft.clone(), "Your HIV test is positive".into(), 3).unwrap();
    assert_eq!(
        session.hand_off(draft.clone(), ask.clone()).err(),
        Some(CurtainError::NotAllowed { rule: "verdict".into() })
    );
    session.type_draft(draft.clone(), text.into(), 5).unwrap();

    // Locked while typing: nothing is lost.
    session.lock().unwrap();
    assert_eq!(session.drafts().err(), Some(CurtainError::Locked));
    assert!(matches!(
        curtain.unlock(workspace.clone(), b"wrong passcode").err(),
        Some(CurtainError::WrongPasscode { tries_left: 9, .. })
    ));
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.drafts().unwrap()[0].draft.text, text);
    assert_eq!(session.drafts().unwrap()[0].draft.cursor, 5);

    confirmed(&session, &patient, &number);
    let handed = session.hand_off(draft.clone(), ask).unwrap();
    assert!(handed.link.starts_with("sms:"), "{}", handed.link);
    assert_eq!(session.drafts().unwrap().len(), 0);
    session.record_outcome(handed.message.clone(), Outcome::Sent).unwrap();
    assert!(session.search(words("recent VISIT")).unwrap().hits.iter().any(|hit| hit.id == handed.message));

    // Leaving: everything charted first.
    let token = session.fresh_auth(PASSCODE).unwrap();
    let refused = session.wipe(token).err();
    assert_eq!(refused, Some(CurtainError::NotAllowed { rule: "items to finish".into() }));
    let waiting = session.chart_items().unwrap();
    assert_eq!(waiting.len(), 2, "the consent's and the message's");
    assert!(waiting.iter().all(|note| note.text.chars().count() <= 600));
    for note in waiting {
        session.file_chart(note.id).unwrap();
    }
    assert_eq!(session.checklist().unwrap().open.len(), 0);
    let token = session.fresh_auth(PASSCODE).unwrap();
    let export = session.export_patient(patient.clone(), token.clone()).unwrap();
    assert!(export.starts_with(b"age-encryption.org/v1"));
    assert_eq!(session.wipe(token).err(), Some(CurtainError::NeedsFreshAuth), "a token is good for one action");
    let token = session.fresh_auth(PASSCODE).unwrap();
    let receipt = session.wipe(token).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::Erased));
    assert_eq!(curtain.receipt(workspace.clone()).unwrap().unwrap(), receipt);

    let envelope = Envelope::parse(&receipt).unwrap();
    let read = Receipt::from_payload(envelope.dangerous_unverified_payload()).unwrap();
    assert_eq!((read.cause, read.residue, read.keystore.as_str()), (Cause::Departure, Residue::default(), "software"));
    assert_eq!(read.counts["message"], 1);

    let hash = identity(envelope.dangerous_unverified_payload());
    let acknowledged = phone.hospital.order(&workspace, 1, Action::Acknowledge { receipt: hash });
    assert_eq!(curtain.deliver(&acknowledged).unwrap(), Delivery::Done);
    assert!(curtain.workspaces().unwrap().is_empty());
}

#[test]
fn the_journal_of_a_day_verifies_from_its_first_key() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let first = {
        let gate = curtain.place(&workspace).unwrap();
        let key = gate.enter().unwrap().workspace().unwrap().anchor().state().journal.clone();
        // The institution has the first key from the enrolment; the test makes the later one from it below.
        (key.epoch(), key.expose().to_owned())
    };
    assert!(first.0 > 0, "the anchor has been put, so the first key is gone from the phone");
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    session.lock().unwrap();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let gate = curtain.place(&workspace).unwrap();
    let mut inside = gate.enter().unwrap();
    let (open, ..) = inside.open().unwrap();
    let rows = open.vault.journal(0).unwrap();
    let log: Vec<Sealed> = rows.iter().map(|row| Sealed::parse(row).unwrap()).collect();
    let (size, root) = open.vault.journal_mark();
    assert!(size >= 8);
    let codes: Vec<Code> = log.iter().map(|sealed| sealed.read().unwrap().code).collect();
    for code in [
        Code::Enrolled,
        Code::DocumentAccepted,
        Code::GuessCounted,
        Code::Unlocked,
        Code::ConsentRecorded,
        Code::Locked,
    ] {
        assert!(codes.contains(&code), "{code:?}");
    }
    // Without the first key nothing verifies: a later epoch's key is no substitute.
    let state = &inside.workspace().unwrap().anchor().state().journal;
    let mark = Mark { size, root, epoch: state.epoch(), seal: state.seal() };
    assert!(verify(&first.1, &log, &mark).is_err());
    drop(inside);
    drop(session);
}

#[test]
fn idle_locks_and_the_typed_text_survives() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    session.type_draft(draft, "half a sent".into(), 11).unwrap();
    phone.clock.pass(119_000);
    assert_eq!(session.state().unwrap().locks_in_ms, 1_000);
    assert!(!session.state().unwrap().draft_safe);
    phone.clock.pass(1_000);
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
    let info = &curtain.workspaces().unwrap()[0];
    assert_eq!((info.last_lock, info.counts.drafts), (Some(LockCause::Idle), 1));
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.drafts().unwrap()[0].draft.text, "half a sent");
}

#[test]
fn a_clock_that_goes_back_locks_and_the_right_passcode_opens() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    phone.clock.wall_shift_ms.store(-3_600_000, Ordering::SeqCst);
    assert_eq!(session.patients().err(), Some(CurtainError::Locked));
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    session.patients().unwrap();
}

#[test]
fn a_new_process_finds_everything_as_it_was() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, number) = ward(&curtain, &workspace);
    agreed(&session, &patient, &number);
    session.withdraw_consent(patient.clone(), Channel::Sms, number.clone(), HowGiven::InPerson, None).unwrap();
    // Killed: no lock, no close.
    drop((session, curtain));
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    let standing = session.consent_standing(patient.clone(), Channel::Sms, number.clone()).unwrap();
    assert!(matches!(standing, ConsentStanding::Withdrawn { .. }));
    let verdict = session.assess("Your prescription is ready.".into(), request(&patient, &number)).unwrap().verdict;
    assert_eq!(verdict, Verdict::Block);
}

#[test]
fn a_second_process_is_told_so() {
    let phone = Phone::new();
    let (_curtain, _) = phone.enrolled();
    let second = phone.curtain();
    assert_eq!(second.workspaces().unwrap()[0].state, WorkspaceState::NotNow);
}

#[test]
fn an_order_wipes_while_locked_once_and_only_here() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, ..) = ward(&curtain, &workspace);
    session.lock().unwrap();
    let stranger = Hospital::new();
    let wipe = |hospital: &Hospital, enrolment: &str, number| {
        hospital.order(enrolment, number, Action::WipeWorkspace { holds: None })
    };
    let refused = |reason| Delivery::Refused { reason };
    assert_eq!(curtain.deliver(&wipe(&stranger, &workspace, 1)).unwrap(), refused(Refused::OtherInstitution));
    let other = "00112233445566778899aabbccddeeff";
    assert_eq!(curtain.deliver(&wipe(&phone.hospital, other, 1)).unwrap(), refused(Refused::OtherEnrolment));
    assert_eq!(curtain.deliver(b"not a document").unwrap(), refused(Refused::Malformed));
    assert_eq!(curtain.deliver(&vec![b'x'; 70_000]).unwrap(), refused(Refused::TooLarge));
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Locked);
    let order = wipe(&phone.hospital, &workspace, 3);
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done, "a second delivery is no error");
    let older = wipe(&phone.hospital, &workspace, 2);
    assert_eq!(curtain.deliver(&older).unwrap(), refused(Refused::OlderVersion));
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
    assert_eq!(curtain.unlock(workspace.clone(), PASSCODE).err(), Some(CurtainError::Erased));
    let receipt = curtain.receipt(workspace).unwrap().unwrap();
    let read = Receipt::from_payload(Envelope::parse(&receipt).unwrap().dangerous_unverified_payload()).unwrap();
    assert_eq!(read.cause, Cause::Order);
}

#[test]
fn ten_wrong_passcodes_block_until_a_signed_order() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    for _ in 0..10 {
        phone.clock.pass(3_600_000);
        curtain.unlock(workspace.clone(), b"wrong passcode").err().unwrap();
    }
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Blocked);
    assert_eq!(curtain.unlock(workspace.clone(), PASSCODE).err(), Some(CurtainError::Blocked));
    let order = phone.hospital.order(&workspace, 1, Action::Unlock {});
    assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
    curtain.unlock(workspace, PASSCODE).unwrap();
}

#[test]
fn the_last_guess_erases_only_where_the_policy_says_so() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    assert_eq!(curtain.deliver(&phone.hospital.erasing_policy(2)).unwrap(), Delivery::Done);
    for guess in 1..=10 {
        phone.clock.pass(3_600_000);
        let error = curtain.unlock(workspace.clone(), b"wrong passcode").err().unwrap();
        assert_eq!(error == CurtainError::Erased, guess == 10, "guess {guess}: {error}");
    }
    let receipt = curtain.receipt(workspace).unwrap().unwrap();
    let read = Receipt::from_payload(Envelope::parse(&receipt).unwrap().dangerous_unverified_payload()).unwrap();
    assert_eq!(read.cause, Cause::Attempts);
}

#[test]
fn a_policy_that_is_older_looser_or_forged_changes_nothing() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    assert_eq!(curtain.deliver(&phone.hospital.policy(2)).unwrap(), Delivery::Done);
    let refused = |reason| Delivery::Refused { reason };
    assert_eq!(curtain.deliver(&phone.hospital.policy(1)).unwrap(), refused(Refused::OlderVersion));
    let mut forged = phone.hospital.policy(3);
    let last = forged.len() - 20;
    forged[last] ^= 1;
    assert!(matches!(curtain.deliver(&forged).unwrap(), Delivery::Refused { .. }));
    let wrong = Policy {
        spec: SPEC,
        institution: Hex(phone.hospital.id),
        scope: Scope::Institution,
        version: 4,
        pack: "{}".into(),
        issued_ms: START_MS,
    };
    let wrong = wrong.sign(&[&phone.hospital.policy]).unwrap();
    assert_eq!(curtain.deliver(&wrong).unwrap(), refused(Refused::PolicyFails));
    drop(curtain);
    // The policy in force is kept, and a damaged copy of it is damage, not a way back to defaults.
    let curtain = phone.curtain();
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Locked);
    drop(curtain);
    let directory = phone.files.path().join("workspaces").join(&workspace);
    let mut kept = fs::read_dir(&directory).unwrap().map(|e| e.unwrap().path());
    let policy = kept.find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("document-")).unwrap();
    fs::remove_file(policy).unwrap();
    assert_eq!(phone.curtain().workspaces().unwrap()[0].state, WorkspaceState::Damaged);
}

#[test]
fn a_lease_locks_then_erases_by_both_clocks_only() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    assert_eq!(curtain.deliver(&phone.hospital.lease(&workspace, 1, 7)).unwrap(), Delivery::Done);
    let (session, ..) = ward(&curtain, &workspace);
    session.lock().unwrap();
    // A clock far ahead locks, and never erases.
    phone.clock.wall_shift_ms.store(40 * i64::try_from(DAY_MS).unwrap(), Ordering::SeqCst);
    curtain.tick().unwrap();
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::LeaseOver);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver));
    session.checklist().unwrap();
    session.lock().unwrap();
    // Fifteen days really pass.
    for _ in 0..15 {
        phone.clock.pass(DAY_MS);
        curtain.tick().unwrap();
    }
    assert_eq!(curtain.workspaces().unwrap()[0].state, WorkspaceState::Erased);
}

#[test]
fn charted_items_past_their_time_are_purged_at_unlock() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let note = session.save_note(None, patient.clone(), "Ward".into(), "wound is dry".into()).unwrap();
    let chart = session.chart_note(note.clone()).unwrap();
    session.file_chart(chart).unwrap();
    let kept = session.save_note(None, patient.clone(), "Open".into(), "to be charted".into()).unwrap();
    session.lock().unwrap();
    phone.clock.pass(400 * DAY_MS);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.note(note).err(), Some(CurtainError::NotFound));
    assert_eq!(session.note(kept).unwrap().text, "to be charted", "never before it is charted");
    assert_eq!(session.search(words("wound")).unwrap().total, 0);
}

#[test]
fn an_item_is_discarded_only_with_a_reason_and_a_fresh_passcode() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let draft = session.new_draft(Some(patient), Channel::Sms, Audience::Patient).unwrap();
    let refused = session.discard(draft.clone(), DiscardReason::NotNeeded, "0".repeat(32)).err();
    assert_eq!(refused, Some(CurtainError::NeedsFreshAuth));
    let token = session.fresh_auth(PASSCODE).unwrap();
    phone.clock.pass(60_000);
    assert_eq!(
        session.discard(draft.clone(), DiscardReason::NotNeeded, token).err(),
        Some(CurtainError::NeedsFreshAuth)
    );
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.discard(draft, DiscardReason::NotNeeded, token).unwrap();
    assert!(session.checklist().unwrap().open.is_empty());
}

#[test]
fn a_shredded_patient_is_gone_and_the_others_stay() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let before = session.patients().unwrap().len();
    let token = session.fresh_auth(PASSCODE).unwrap();
    session.shred_patient(patient.clone(), token).unwrap();
    assert_eq!(session.patient(patient).err(), Some(CurtainError::NotFound));
    assert_eq!(session.patients().unwrap().len(), before - 1);
}
