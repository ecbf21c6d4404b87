//! Everything that works while locked: the workspaces on this phone, enrolment, signed documents, unlocking, the tick.

#[cfg(test)]
mod clock_tests;
mod delivery;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod fhir_tests;
#[cfg(test)]
mod fresh_tests;
mod held;
#[cfg(test)]
mod hold_cut_tests;
#[cfg(test)]
mod hold_tests;
#[cfg(test)]
mod leaving_tests;
mod orders;
mod overview;
#[cfg(test)]
mod photo_tests;
#[cfg(test)]
mod rollback_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod slots_tests;
#[cfg(test)]
mod surface_tests;
#[cfg(test)]
mod tests;
mod ways_in;

pub use delivery::{Delivery, Refused};
pub use overview::{WorkspaceInfo, WorkspaceState};

use crate::crypto::json::Hex;
use crate::crypto::jws::{Envelope, KeystoreSigner, PublicKey};
use crate::crypto::kdf::KdfCost;
use crate::crypto::{age, hex, json};
use crate::departure::{self, Authority};
use crate::error::{CurtainError, Error, Result, no_panic};
use crate::journal::{Code, Event, JournalKey};
use crate::lock::LockCause;
use crate::platform::{Clock, Instant, KeyPurpose, Keystore};
use crate::policy::Pack;
use crate::policy::confirm;
use crate::policy::document::{Payload, Recipients, Request, SPEC, identity};
use crate::policy::lease::LeaseState;
use crate::policy::trust::{Refusal, Trust};
use crate::session::{Enrolled, Gate, Neighbours, Session, strong_enough};
use crate::vault::{Id, NewWorkspace, Workspace, signing_alias};
use overview::info;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Longest document that is read from disk, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// What a guess costs where a shell opens Curtain.
#[cfg(not(feature = "dangerous-test-hooks"))]
const COST: KdfCost = KdfCost::STANDARD;
#[cfg(feature = "dangerous-test-hooks")]
const COST: KdfCost = KdfCost::DANGEROUS_CHEAP;

/// The workspaces on this phone. One object for the life of the app; its calls may come from any thread.
#[derive(uniffi::Object)]
pub struct Curtain {
    directory: PathBuf,
    keystore: Arc<dyn Keystore>,
    clock: Arc<dyn Clock>,
    cost: KdfCost,
    places: Mutex<BTreeMap<Id, Place>>,
    neighbours: Arc<Neighbours>,
}

#[derive(Clone)]
enum Place {
    Open(Arc<Gate<Enrolled>>),
    /// It cannot be opened: the error says what to show. Its files are left as they are.
    Shut(Error),
}

/// An enrolment request: bring it to the institution, by file or QR.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EnrolmentRequest {
    /// This enrolment, 32 hexadecimal digits.
    pub enrolment: String,
    /// The signed request.
    pub document: Vec<u8>,
}

#[uniffi::export]
impl Curtain {
    /// Opens Curtain in a directory of the app that is excluded from every backup. Wipes that were cut go on first.
    /// A workspace that cannot be opened says so in [`Curtain::workspaces`]; it never stands in the way of others.
    #[uniffi::constructor]
    pub fn open(
        directory: String,
        keystore: Arc<dyn Keystore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Curtain>, CurtainError> {
        no_panic(|| Curtain::with_cost(Path::new(&directory), keystore, clock, COST), || ())
    }

    /// Starts an enrolment: makes this phone's signing key and its signed request.
    pub fn request(&self) -> Result<EnrolmentRequest, CurtainError> {
        self.safely(|| self.make_request())
    }

    /// The six words that both screens must show before an enrolment is accepted.
    pub fn enrolment_words(&self, enrolment: &[u8]) -> Result<Vec<String>, CurtainError> {
        self.safely(|| Ok(self.pending_for(enrolment)?.words))
    }

    /// Accepts an enrolment whose words were compared, and makes the workspace under a passcode.
    /// Not on the main thread: it takes tenths of a second. The passcode buffer is the caller's to clear.
    pub fn enrol(&self, enrolment: &[u8], passcode: &[u8]) -> Result<WorkspaceInfo, CurtainError> {
        self.safely(|| self.accept_enrolment(enrolment, passcode))
    }

    /// Takes a signed document from any carrier, locked or not. Never an error for a bad document: see [`Delivery`].
    pub fn deliver(&self, document: &[u8]) -> Result<Delivery, CurtainError> {
        self.safely(|| delivery::deliver(self, document))
    }

    /// Every workspace, for the lock screen.
    pub fn workspaces(&self) -> Result<Vec<WorkspaceInfo>, CurtainError> {
        self.safely(|| self.shown())
    }

    /// One guess at the passcode. Not on the main thread. The passcode buffer is the caller's to clear.
    /// A session that is still open is locked first, as by [`Session::lock`]: there is one at a time.
    pub fn unlock(&self, workspace: String, passcode: &[u8]) -> Result<Arc<Session>, CurtainError> {
        self.safely(|| {
            let session = self.open_session(&workspace, |inside, now| {
                let rules = inside.attempt_rules();
                inside.workspace()?.unlock(passcode, now, rules)
            })?;
            // Slots that may not be any more end here, or if that fails at the next passcode; nobody is locked out by it.
            drop(self.place(&workspace)?.enter().and_then(|mut inside| inside.retire_slots(passcode, &self.now()?)));
            Ok(session)
        })
    }

    /// To be called at start, on resume and about once a minute: locks what is due, counts the lease, delivers what
    /// waited for the keystore, goes on with wipes.
    pub fn tick(&self) -> Result<(), CurtainError> {
        self.safely(|| self.run_tick())
    }

    /// The signed receipt of an erased workspace, until it is acknowledged.
    pub fn receipt(&self, workspace: String) -> Result<Option<Vec<u8>>, CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.workspace()?.receipt())
    }

    /// A checkpoint of the journal, signed now: for every exchange with the institution.
    pub fn checkpoint(&self, workspace: String) -> Result<Vec<u8>, CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.checkpoint(&self.now()?))
    }

    /// The journal's first MAC key, sealed to the institution's audit recipients at enrolment.
    pub fn audit_key(&self, workspace: String) -> Result<Vec<u8>, CurtainError> {
        self.safely(|| {
            let kept = self.place(&workspace)?.enter()?.workspace()?.kept("audit-key.age", MAX_FILE_BYTES)?;
            kept.ok_or(Error::NotFound { what: "audit key" })
        })
    }
}

/// A request that waits for its enrolment.
struct PendingRequest {
    id: Id,
    path: PathBuf,
    trust: Trust,
    words: Vec<String>,
}

impl Curtain {
    /// As [`Curtain::open`], with the cost of a guess injected.
    pub fn with_cost(
        directory: &Path,
        keystore: Arc<dyn Keystore>,
        clock: Arc<dyn Clock>,
        cost: KdfCost,
    ) -> Result<Arc<Curtain>> {
        for part in ["workspaces", "pending", "inbox"] {
            crate::vault::make_directory(&directory.join(part))?;
        }
        let curtain = Curtain {
            directory: directory.to_owned(),
            keystore,
            clock,
            cost,
            places: Mutex::default(),
            neighbours: Arc::default(),
        };
        let now = curtain.now()?;
        for entry in fs::read_dir(directory.join("workspaces")).map_err(Error::io("listing workspaces"))? {
            let name = entry.map_err(Error::io("listing workspaces"))?.file_name();
            // A name that is no id is no workspace of ours.
            let Some(id) = name.to_str().and_then(|name| Id::parse(name).ok()) else { continue };
            curtain.find(id, &now);
        }
        Ok(Arc::new(curtain))
    }

    /// No panic leaves; after one, keys that it left behind are dropped at once.
    fn safely<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T, CurtainError> {
        no_panic(work, || self.gates().iter().for_each(|gate| drop(gate.enter())))
    }

    fn now(&self) -> Result<Instant> {
        Ok(self.clock.now()?)
    }

    fn shown(&self) -> Result<Vec<WorkspaceInfo>> {
        let places: Vec<_> = self.places().iter().map(|(id, place)| (*id, place.clone())).collect();
        let shown = places.into_iter().map(|(id, place)| info(id, &place, &*self.clock));
        // One that is just being removed is no more, and stands in nobody's way.
        shown.filter(|info| !matches!(info, Err(Error::Erased))).collect()
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<Id, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gates(&self) -> Vec<Arc<Gate<Enrolled>>> {
        let open = |place: &Place| if let Place::Open(gate) = place { Some(gate.clone()) } else { None };
        self.places().values().filter_map(open).collect()
    }

    fn place(&self, workspace: &str) -> Result<Arc<Gate<Enrolled>>> {
        match self.places().get(&Id::parse(workspace)?) {
            Some(Place::Open(gate)) => Ok(gate.clone()),
            Some(Place::Shut(error)) => Err(error.clone()),
            None => Err(Error::NotFound { what: "workspace" }),
        }
    }

    /// Loads a workspace into its place.
    fn find(&self, id: Id, now: &Instant) {
        let place = match self.load(id, now) {
            Ok(gate) => Place::Open(gate),
            // The rest of an acknowledged wipe, now removed.
            Err(Error::NotFound { what: "workspace" }) => return drop(self.places().remove(&id)),
            Err(error) => {
                self.neighbours.leave(id);
                Place::Shut(error)
            }
        };
        let mut places = self.places();
        // Another thread may have opened it meanwhile, and holds its files.
        if !matches!(places.get(&id), Some(Place::Open(_))) {
            places.insert(id, place);
        }
    }

    /// Tries again what could not be opened because the keystore slept or another process held it.
    fn wake(&self, now: &Instant) {
        let passing = |place: &Place| {
            matches!(place, Place::Shut(Error::KeystoreNotNow | Error::KeystoreNeedsAuth | Error::InUse))
        };
        let asleep: Vec<Id> = self.places().iter().filter(|(_, place)| passing(place)).map(|(id, _)| *id).collect();
        asleep.into_iter().for_each(|id| self.find(id, now));
    }

    fn load(&self, id: Id, now: &Instant) -> Result<Arc<Gate<Enrolled>>> {
        // An enrolment that was cut before its anchor: its request still waits, and enrolling again starts over.
        let pending = self.directory.join("pending").join(id.text());
        let anchored = self.directory.join("workspaces").join(id.text()).join("anchor").exists();
        if !anchored && pending.exists() {
            return Err(Error::NotFound { what: "workspace" });
        }
        let mut workspace = Workspace::open(self.keystore.clone(), &self.directory.join("workspaces"), id)?;
        if workspace.is_acknowledged() {
            workspace.acknowledge(now)?;
            return Err(Error::NotFound { what: "workspace" });
        }
        if workspace.anchor().state().tombstone.is_some() {
            match departure::resume(&mut workspace, now) {
                // The keystore may still be asleep: the tick goes on, and nothing else is open meanwhile.
                Ok(_) | Err(Error::KeystoreNotNow | Error::KeystoreNeedsAuth) => {}
                Err(error) => return Err(error),
            }
        }
        let trust: Trust = json::decode_strict(workspace.anchor().state().trust.as_bytes())
            .map_err(|_| Error::Damaged { what: "trusted documents" })?;
        let mut enrolled = Enrolled::locked(self.clock.clone(), workspace, trust, &self.neighbours)?;
        delivery::load_documents(&mut enrolled)?;
        crate::vault::erase_file(&pending)?;
        Ok(Arc::new(Gate::new(enrolled)))
    }

    fn make_request(&self) -> Result<EnrolmentRequest> {
        let now = self.now()?;
        let id = Id::make()?;
        let alias = signing_alias(id);
        self.keystore.create(alias.clone(), KeyPurpose::Sign)?;
        let signer = KeystoreSigner::new(&*self.keystore, &alias)?;
        let request = Request {
            spec: SPEC,
            enrolment: Hex(id.0),
            phone: PublicKey::p256(&self.keystore.public_key(alias)?)?,
            keystore: self.keystore.strength()?.name().to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            created_ms: now.wall_ms,
        };
        let document = request.sign(&[&signer])?;
        crate::vault::write_whole(&self.directory.join("pending").join(id.text()), &document)?;
        Ok(EnrolmentRequest { enrolment: id.text(), document })
    }

    /// The pending request that an enrolment answers, with the trust that it would establish.
    fn pending_for(&self, enrolment: &[u8]) -> Result<PendingRequest> {
        let pending = fs::read_dir(self.directory.join("pending")).map_err(Error::io("listing requests"))?;
        for entry in pending {
            let path = entry.map_err(Error::io("listing requests"))?.path();
            let Some(id) = path.file_name().and_then(|n| n.to_str()).and_then(|name| Id::parse(name).ok()) else {
                continue;
            };
            let Some(request) = crate::vault::read_bounded(&path, MAX_FILE_BYTES)? else { continue };
            let request = Envelope::parse(&request)?.dangerous_unverified_payload().to_vec();
            match Trust::enrol(&request, enrolment) {
                Ok((trust, _)) => {
                    let answered = Envelope::parse(enrolment)?;
                    let both = (identity(&request), identity(answered.dangerous_unverified_payload()));
                    let words = confirm::words(&both.0, &both.1).to_vec();
                    return Ok(PendingRequest { id, path, trust, words });
                }
                Err(Refusal::OtherEnrolment) => {}
                Err(Refusal::TooNew) => return Err(Error::TooNew { what: "enrolment" }),
                Err(Refusal::TooLarge) => return Err(Error::TooLarge { field: "enrolment", limit: MAX_FILE_BYTES }),
                Err(_) => return Err(Error::Unverified { what: "enrolment" }),
            }
        }
        Err(Error::NotFound { what: "request for this enrolment" })
    }

    fn accept_enrolment(&self, enrolment: &[u8], passcode: &[u8]) -> Result<WorkspaceInfo> {
        let now = self.now()?;
        let pending = self.pending_for(enrolment)?;
        if self.places().contains_key(&pending.id) {
            return Err(Error::NotAllowed { why: "enrolled already" });
        }
        let names = (&pending.trust.clinician, &pending.trust.institution.name);
        strong_enough(self.keystore.strength()?, passcode, names.0, names.1)?;
        let journal_key = JournalKey::make()?;
        let recipients = Recipients::parse(&pending.trust.recipients.audit)?;
        let audit_key = age::seal_to(&recipients, journal_key.expose().as_bytes())?;
        let trust = String::from_utf8(json::encode(&pending.trust)?).map_err(|_| Error::Internal { code: 510 })?;
        let new = NewWorkspace { id: pending.id, enrolment: pending.id, passcode, cost: self.cost, journal_key, trust };
        let parent = self.directory.join("workspaces");
        // With the workspace or not at all: without the audit key nobody could ever check its journal.
        let beside: [(&str, &[u8]); 2] = [("audit-key.age", &audit_key), ("enrolment.jws", enrolment)];
        let workspace = Workspace::create_beside(self.keystore.clone(), &parent, &now, new, &beside)?;
        let enrolled = Enrolled::locked(self.clock.clone(), workspace, pending.trust, &self.neighbours)?;
        let place = Place::Open(Arc::new(Gate::new(enrolled)));
        let info = info(pending.id, &place, &*self.clock)?;
        self.places().insert(pending.id, place);
        crate::vault::erase_file(&pending.path)?;
        Ok(info)
    }

    /// Every workspace gets its turn, whatever another one's trouble is; the first trouble is reported.
    fn run_tick(&self) -> Result<()> {
        self.wake(&self.now()?);
        let mut done = delivery::empty_inbox(self).map(drop);
        for gate in self.gates() {
            done = done.and(self.tick_one(&gate));
        }
        done
    }

    fn tick_one(&self, gate: &Gate<Enrolled>) -> Result<()> {
        let mut inside = gate.enter()?;
        let now = &self.now()?;
        let settled = inside.settle(now);
        let lease = inside.lease_state(now);
        let Some(workspace) = inside.workspace.as_mut() else { return settled };
        if workspace.is_acknowledged() {
            let id = workspace.id();
            workspace.acknowledge(now)?;
            inside.workspace = None;
            self.forget(id);
        } else if workspace.anchor().state().tombstone.is_some() {
            departure::resume(workspace, now)?;
        } else if let Some(lease @ LeaseState::EraseDue) = lease.filter(|_| !workspace.anchor().state().awaits_hold()) {
            // Nothing of a hold that waits for an open vault is sealed for escrow yet: until then it only locks.
            // The keys are dropped whatever else the lock cannot do.
            drop(inside.lock(now, LockCause::Lease));
            inside.workspace()?.note_locked(now, &Event::from(Code::WipeStarted), |_| Ok(()))?;
            departure::erase(inside.workspace()?, now, Authority::LeaseGrace(lease), Vec::new())?;
        } else {
            // What the phone has run counts towards the lease even if nobody unlocks it.
            inside.count_running(now)?;
        }
        settled
    }

    /// Forgets a workspace whose receipt was acknowledged.
    fn forget(&self, id: Id) {
        self.neighbours.leave(id);
        self.places().remove(&id);
    }
}

impl Enrolled {
    /// A workspace without policy or lease documents yet: the built-in strict pack holds.
    fn locked(
        clock: Arc<dyn Clock>,
        workspace: Workspace,
        trust: Trust,
        neighbours: &Arc<Neighbours>,
    ) -> Result<Enrolled> {
        let mut enrolled = Enrolled {
            clock,
            workspace: Some(workspace),
            trust,
            pack: Pack::builtin(crate::policy::STRICT)?,
            lease: None,
            neighbours: neighbours.clone(),
            unlocked: None,
            unlocks: 0,
            last_lock: None,
        };
        // Before its documents are read the strict lock holds, for the others too.
        enrolled.set_pack(enrolled.pack.clone());
        Ok(enrolled)
    }
}

/// The name under which a document in force is kept beside the vault: the hash of its payload.
fn document_name(hash: &[u8; 32]) -> String {
    format!("document-{}.jws", hex(hash))
}
