//! A phone to be attacked: an institution with known keys, a keystore of glass, and files with everything in them.

use super::input::{Input, Scratch, text};
use crate::consent::{Allowed, ConsentBasis, HowGiven};
use crate::crypto::hmac_sha256;
use crate::crypto::json::Hex;
use crate::crypto::jws::{Ed25519Signer, Envelope, PublicKey, Signer};
use crate::crypto::kdf::KdfCost;
use crate::crypto::software::SoftwareKeystore;
use crate::curtain::{Curtain, EnrolmentRequest};
use crate::message::{Outcome, last_four};
use crate::platform::{Clock, Instant, KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use crate::policy::document::{
    Enrolment, Institution, Minimum, Payload, Policy, Recipients, Request, Role, Roles, SPEC, Scope, identity,
};
use crate::policy::trust::{Last, Trust};
use crate::policy::{Audience, Channel};
use crate::session::{AssessRequest, ConsentForm, SearchFilter, Session};
use crate::words::Lang;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub(super) const PASSCODE: &[u8] = b"four calm herons wade";
/// Its secret is SHA-256 of "curtain vectors: a recipient that protects nothing".
pub(super) const RECIPIENT: &str = "age10xgxt7n6j8hfdn3nz86yaa92ydxq75wlp4xn8sty4cx4pklrc5nq466qyg";
pub(super) const PATIENTS: &[u8] = include_bytes!("../../../tests/fixtures/patients.json");

/// The time at which everything happens.
pub(super) struct FixedClock {
    pub(super) wall_ms: i64,
}

/// 2026-11-23 09:20:00 UTC.
pub(super) const CLOCK: FixedClock = FixedClock { wall_ms: 1_795_425_600_000 };

/// Moves a second with every reading, so that nothing happens twice at once.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Result<Instant, KeystoreError> {
        let since_boot_ms = self.0.fetch_add(10, Ordering::SeqCst);
        let passed = i64::try_from(since_boot_ms).map_err(|_| KeystoreError::NotNow)?;
        Ok(Instant { wall_ms: CLOCK.wall_ms + passed, since_boot_ms, boot_id: "boot 1".to_owned() })
    }
}

/// A keystore that hides nothing: what it seals lies open, so that hostile bytes reach what is behind the seal.
pub(crate) struct Glass {
    keys: Mutex<BTreeSet<String>>,
    signing: Arc<SoftwareKeystore>,
}

impl Glass {
    fn new(signing: Arc<SoftwareKeystore>, keys: BTreeSet<String>) -> Glass {
        Glass { keys: Mutex::new(keys), signing }
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, alias: &str) -> Result<(), KeystoreError> {
        if self.keys().contains(alias) { Ok(()) } else { Err(KeystoreError::PermanentlyGone) }
    }
}

impl Keystore for Glass {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        if purpose == KeyPurpose::Sign {
            self.signing.create(alias.clone(), purpose)?;
        }
        self.keys().insert(alias);
        Ok(())
    }

    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        Ok(self.keys().contains(&alias))
    }

    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.keys().remove(&alias);
        Ok(())
    }

    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.known(&alias)?;
        Ok(hmac_sha256(alias.as_bytes(), &[&input]).to_vec())
    }

    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.known(&alias).map(|()| plaintext)
    }

    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.known(&alias).map(|()| sealed)
    }

    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.known(&alias)?;
        self.signing.sign(alias, message)
    }

    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.known(&alias)?;
        self.signing.public_key(alias)
    }

    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        Ok(KeystoreStrength::Software)
    }
}

/// An institution with one key a role, always the same.
pub(super) struct Hospital {
    signers: [Ed25519Signer; 4],
}

impl Hospital {
    pub(super) const ID: [u8; 16] = *b"St. Alder fuzzed";
    pub(super) const ENROLMENT: [u8; 16] = *b"the fuzzed phone";

    pub(super) fn known() -> &'static Hospital {
        static KNOWN: OnceLock<Hospital> = OnceLock::new();
        let signer = |seed: u8| Ed25519Signer::from_seed(&[seed; 32]).expect("a seed");
        KNOWN.get_or_init(|| Hospital { signers: [signer(1), signer(2), signer(3), signer(4)] })
    }

    /// Root, policy, lease, order.
    pub(super) fn signers(&self) -> [&Ed25519Signer; 4] {
        self.signers.each_ref()
    }

    pub(super) fn keys(&self) -> Vec<PublicKey> {
        self.signers.iter().map(|signer| signer.public_key().clone()).collect()
    }

    pub(super) fn enrolment_hex(&self) -> String {
        crate::crypto::hex(&Hospital::ENROLMENT)
    }

    pub(super) fn roles(&self) -> Roles {
        let role = |at: usize| Role { threshold: 1, keys: vec![self.signers[at].public_key().clone()] };
        Roles { root: role(0), policy: role(1), lease: role(2), order: role(3) }
    }

    pub(super) fn recipients() -> Recipients {
        let one = || vec![RECIPIENT.to_owned()];
        Recipients { audit: one(), export: one(), recovery: one(), ..Recipients::default() }
    }

    pub(super) fn institution() -> Institution {
        Institution { id: Hex(Hospital::ID), name: "St. Alder".into() }
    }

    /// The payload of a request for [`Hospital::ENROLMENT`] by a phone whose key is the generator of P-256.
    pub(super) fn request(&self) -> Vec<u8> {
        let point = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
        let point = crate::crypto::unhex::<65>(point).expect("hexadecimal");
        let request = Request {
            spec: SPEC,
            enrolment: Hex(Hospital::ENROLMENT),
            phone: PublicKey::p256(&point).expect("a point"),
            keystore: "software".into(),
            app_version: "0.1.0".into(),
            created_ms: CLOCK.wall_ms,
        };
        request.to_payload().expect("a request")
    }

    pub(super) fn enrolment(&self, request: &[u8], enrolment: [u8; 16]) -> Enrolment {
        Enrolment {
            spec: SPEC,
            request: identity(request),
            enrolment: Hex(enrolment),
            institution: Hospital::institution(),
            workspace: Hex(enrolment),
            groups: vec!["ward 3".into()],
            version: 1,
            roles: self.roles(),
            recipients: Hospital::recipients(),
            minimum: Minimum::default(),
            clinician: "Dr. Lee".into(),
            issued_ms: CLOCK.wall_ms,
        }
    }

    pub(super) fn policy(&self, version: u64) -> Policy {
        let pack = include_str!("../policy/packs/us-hipaa.json").to_owned();
        let (institution, scope) = (Hex(Hospital::ID), Scope::Institution);
        Policy { spec: SPEC, institution, scope, version, pack, issued_ms: CLOCK.wall_ms }
    }

    /// What a phone of [`Hospital::ENROLMENT`] trusts.
    pub(super) fn trust(&self) -> Trust {
        let before = |version| Last { version, hash: None };
        Trust {
            enrolment: Hex(Hospital::ENROLMENT),
            institution: Hospital::institution(),
            workspace: Hex(Hospital::ENROLMENT),
            groups: vec!["ward 3".into()],
            clinician: "Dr. Lee".into(),
            roles: self.roles(),
            recipients: Hospital::recipients(),
            enrolled: before(1),
            root: before(1),
            policy: before(0),
            lease: before(0),
            order: before(0),
        }
    }

    fn enrol(&self, request: &EnrolmentRequest) -> Vec<u8> {
        let envelope = Envelope::parse(&request.document).expect("our own request");
        let id = crate::crypto::unhex(&request.enrolment).expect("an id");
        let enrolment = self.enrolment(envelope.dangerous_unverified_payload(), id);
        enrolment.sign(&[&self.signers[0]]).expect("signs")
    }
}

/// An enrolled phone, locked.
pub(super) struct Phone {
    pub(super) curtain: Arc<Curtain>,
    pub(super) workspace: String,
    pub(super) delivered: u32,
    keystore: Arc<Glass>,
    scratch: Scratch,
}

impl Phone {
    pub(super) fn enrolled() -> Phone {
        let scratch = Scratch::make();
        let signing = SoftwareKeystore::new(&scratch.path().join("keys")).expect("a keystore");
        let keystore = Arc::new(Glass::new(Arc::new(signing), BTreeSet::new()));
        let curtain = open(&scratch.path().join("phone"), keystore.clone()).expect("opens");
        let request = curtain.request().expect("a request");
        let hospital = Hospital::known();
        let workspace = curtain.enrol(&hospital.enrol(&request), PASSCODE).expect("enrols").id;
        Phone { curtain, workspace, delivered: 0, keystore, scratch }
    }

    pub(super) fn hospital(&self) -> &'static Hospital {
        Hospital::known()
    }
}

fn open(files: &Path, keystore: Arc<Glass>) -> crate::error::Result<Arc<Curtain>> {
    Curtain::with_cost(files, keystore, Arc::new(Ticking::default()), KdfCost::DANGEROUS_CHEAP)
}

/// A record's kind, head and body.
pub(super) type Found = (u8, Vec<u8>, Vec<u8>);

/// A phone's files and keys at one moment, one record of each kind in them.
pub(super) struct Snapshot {
    pub(super) workspace: String,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) records: Vec<Found>,
    keys: BTreeSet<String>,
    phone: Phone,
}

impl Snapshot {
    pub(super) fn known() -> &'static Snapshot {
        static KNOWN: OnceLock<Snapshot> = OnceLock::new();
        KNOWN.get_or_init(|| Snapshot::take().expect("a phone with everything in it"))
    }

    fn take() -> Result<Snapshot, crate::error::CurtainError> {
        let phone = Phone::enrolled();
        let policy = phone.hospital().policy(1).sign(&[phone.hospital().signers()[1]])?;
        phone.curtain.deliver(&policy)?;
        let session = phone.curtain.unlock(phone.workspace.clone(), PASSCODE)?;
        fill(&session)?;
        session.enable_biometry(PASSCODE)?;
        session.lock()?;
        drop(phone.curtain.unlock(phone.workspace.clone(), b"a wrong passcode"));
        let directory = phone.scratch.path().join("phone").join("workspaces").join(&phone.workspace);
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "lock" {
                files.insert(name, std::fs::read(entry.path()).unwrap_or_default());
            }
        }
        let keys = phone.keystore.keys().clone();
        let mut snapshot = Snapshot { workspace: phone.workspace.clone(), files, records: vec![], keys, phone };
        snapshot.records = snapshot.read_records()?;
        Ok(snapshot)
    }

    fn glass(&self) -> Arc<Glass> {
        Arc::new(Glass::new(self.phone.keystore.signing.clone(), self.keys.clone()))
    }

    /// Lays the files out below `place`, as a phone has them.
    fn lay_out(&self, place: &Path, files: &BTreeMap<String, Vec<u8>>) {
        let directory = place.join("workspaces").join(&self.workspace);
        std::fs::create_dir_all(&directory).expect("a directory");
        for (name, bytes) in files {
            std::fs::write(directory.join(name), bytes).expect("a file");
        }
    }

    fn read_records(&self) -> crate::error::Result<Vec<Found>> {
        let scratch = Scratch::make();
        self.lay_out(scratch.path(), &self.files);
        let id = crate::vault::Id::parse(&self.workspace)?;
        let mut workspace = crate::vault::Workspace::open(self.glass(), &scratch.path().join("workspaces"), id)?;
        let now = Ticking(AtomicU64::new(10_000_000)).now()?;
        let rules = crate::vault::AttemptRules { limit: 10, erase: false };
        let mut vault = workspace.unlock(PASSCODE, &now, rules)?;
        let mut records = Vec::new();
        for lane in vault.lanes() {
            vault.scan(lane, |row, body| {
                records.push((row.kind, row.head, body));
                Ok(())
            })?;
        }
        Ok(records)
    }
}

fn fill(session: &Session) -> Result<(), crate::error::CurtainError> {
    session.import_patients(PATIENTS)?;
    let found = session.patients()?;
    let with_phone = found.iter().find_map(|summary| {
        let patient = session.patient(summary.id.clone()).ok()?;
        let contact = patient.contacts.iter().find(|one| one.kind == crate::patient::ContactKind::Phone && !one.old)?;
        Some((patient.id.clone(), contact.value.clone()))
    });
    let (patient, number) = with_phone.ok_or(crate::error::Error::NotFound { what: "patient with a phone" })?;
    session.save_note(None, patient.clone(), "Ward".into(), "Wound dry. Stitches out on Monday.".into())?;
    session.record_consent(ConsentForm {
        patient: patient.clone(),
        channel: Channel::Sms,
        address: number.clone(),
        allowed: Allowed::Logistics,
        lang: Lang::En,
        alternatives: vec![Channel::Portal],
        basis: ConsentBasis::PatientRequest,
        how: HowGiven::InPerson,
        witness: None,
        interpreter: None,
    })?;
    let draft = session.new_draft(Some(patient.clone()), Channel::Sms, Audience::Patient)?;
    session.type_draft(draft.clone(), "Your prescription is ready.".into(), 0)?;
    let request = AssessRequest {
        patient: Some(patient.clone()),
        channel: Channel::Sms,
        audience: Audience::Patient,
        address: Some(number.clone()),
        roster: None,
        attachments: vec![],
        lang: Lang::En,
    };
    session.confirm_number(patient.clone(), number.clone(), last_four(&number).unwrap_or_default())?;
    let handed = session.hand_off(draft, request)?;
    session.record_outcome(handed.message, Outcome::Sent)?;
    session.record_inbound(patient.clone(), Channel::Sms, number.clone(), "thank you doctor".into(), Lang::En)?;
    session.withdraw_consent(patient.clone(), Channel::Sms, number, HowGiven::ByPhone, None)?;
    let draft = session.new_draft(Some(patient), Channel::Email, Audience::Patient)?;
    session.type_draft(draft, "Half a sent".into(), 11)?;
    session.save_roster(crate::roster::Roster {
        id: String::new(),
        name: "Ward 3".into(),
        members: vec![crate::roster::RosterMember {
            name: "Dr. Okafor".into(),
            role: "physician".into(),
            until_ms: None,
        }],
        confirmed_ms: CLOCK.wall_ms,
    })?;
    Ok(())
}

/// The files of a phone after an attacker had them, who can also open the anchor: opened, unlocked and read through.
/// Nothing may panic, and nothing is erased unless the anchor itself says so.
pub fn stolen_phone(bytes: &[u8]) {
    let snapshot = Snapshot::known();
    let mut files = snapshot.files.clone();
    let names: Vec<String> = files.keys().cloned().collect();
    let mut input = Input(bytes);
    let mut anchor_stands = true;
    for _ in 0..8 {
        if input.is_empty() {
            break;
        }
        let name = &names[usize::from(input.byte()) % names.len()];
        anchor_stands &= name != "anchor";
        let Some(file) = files.get_mut(name) else { continue };
        let at = input.below(file.len() + 1);
        match input.byte() % 7 {
            0 => file.truncate(at),
            1 => *file = input.part().to_vec(),
            2 => drop(file.splice(at..at, input.part().iter().copied())),
            3 => drop(file.drain(at..(at + input.short()).min(file.len()).max(at))),
            4 => drop(files.remove(name)),
            5 if name == "anchor" => *file = changed_anchor(file, &text(input.part())),
            _ => file.iter_mut().skip(at).zip(input.part()).for_each(|(old, new)| *old = *new),
        }
    }
    let had = files.contains_key("vault.db");
    let scratch = Scratch::make();
    snapshot.lay_out(scratch.path(), &files);
    if let Ok(curtain) = open(scratch.path(), snapshot.glass()) {
        look_around(&curtain, &snapshot.workspace);
    }
    let database = scratch.path().join("workspaces").join(&snapshot.workspace).join("vault.db");
    assert!(!anchor_stands || !had || database.exists(), "damage erased something");
}

/// The anchor with lines of `pointer=json` laid over its JSON.
fn changed_anchor(file: &[u8], lines: &str) -> Vec<u8> {
    let (header, json) = file.split_at(file.len().min(18));
    let Ok(mut value) = serde_json::from_slice::<Value>(json) else { return file.to_vec() };
    for line in lines.lines() {
        let Some((pointer, json)) = line.split_once('=') else { continue };
        if let (Some(place), Ok(new)) = (value.pointer_mut(pointer), serde_json::from_str(json)) {
            *place = new;
        }
    }
    // As the anchor writes it: members in the order of the struct do not matter to the reader.
    [header, &serde_json::to_vec(&value).unwrap_or_default()].concat()
}

fn look_around(curtain: &Curtain, workspace: &str) {
    let panicked = |error: &crate::error::CurtainError| {
        assert!(
            !matches!(error, crate::error::CurtainError::Internal { code: crate::error::PANICKED }),
            "a panic was caught"
        );
    };
    drop(curtain.workspaces());
    drop(curtain.biometry(workspace.to_owned()).inspect_err(panicked));
    drop(curtain.checkpoint(workspace.to_owned()).inspect_err(panicked));
    drop(curtain.tick());
    let Ok(session) = curtain.unlock(workspace.to_owned(), PASSCODE).inspect_err(panicked) else { return };
    drop(session.state().inspect_err(panicked));
    for patient in session.patients().inspect_err(panicked).unwrap_or_default().into_iter().take(3) {
        drop(session.patient(patient.id.clone()).inspect_err(panicked));
        drop(session.notes(patient.id.clone()).inspect_err(panicked));
        drop(session.messages(patient.id.clone()).inspect_err(panicked));
        drop(session.inbound(patient.id.clone()).inspect_err(panicked));
        drop(session.consents(patient.id.clone()).inspect_err(panicked));
        drop(session.save_note(None, patient.id, "t".into(), "A new note.".into()).inspect_err(panicked));
    }
    drop(session.drafts().inspect_err(panicked));
    drop(session.chart_items().inspect_err(panicked));
    drop(session.rosters().inspect_err(panicked));
    drop(session.checklist().inspect_err(panicked));
    let words = SearchFilter { words: "dry".into(), patient: None, kinds: vec![], from_ms: None, until_ms: None };
    drop(session.search(words).inspect_err(panicked));
    drop(session.lock().inspect_err(panicked));
    drop(curtain.workspaces());
}
