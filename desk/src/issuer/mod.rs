//! An institution in a directory: its keys, its counters, its register; and the documents that it issues.
//!
//! ```text
//! institution.json    id, name, thresholds, versions       root-1.jwk … order-1.jwk    private keys, with .pub.jwk
//! register/ID.json    one phone each                       recipient-audit-1.age …     age identities, with .pub
//! ```
//! One process at a time: two that count at once would issue two documents of one version, which phones call
//! equivocation. A counter is written before its document leaves; a gap does no harm.

pub mod key;
pub mod register;

use crate::error::{Error, Result};
use crate::{file, verify};
use curtain_core::crypto::json::{Id, decode_strict, encode};
use curtain_core::crypto::jws::Signer;
use curtain_core::crypto::make_bytes;
use curtain_core::policy::Pack;
use curtain_core::policy::confirm;
use curtain_core::policy::document::{
    self, Action, Enrolment, Lease, Minimum, Order, Payload, Policy, Recipients, Request, Role, Roles, SPEC, Scope,
    identity,
};
use register::{Entry, IssuedOrder};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

const STATE_FILE: &str = "institution.json";
const REGISTER: &str = "register";

/// How many keys of each role must sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Enrolments and rotations.
    pub root: u32,
    /// Policies.
    pub policy: u32,
    /// Leases.
    pub lease: u32,
    /// Orders.
    pub order: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    id: Id,
    name: String,
    root_version: u64,
    policy_version: u64,
    thresholds: Thresholds,
}

/// An institution, opened for issuing.
#[derive(Debug)]
pub struct Institution {
    directory: PathBuf,
    state: State,
    /// Held until this is dropped.
    _lock: File,
}

/// Whom an enrolment is for.
#[derive(Debug, Clone, Default)]
pub struct Enrolling {
    /// The clinician's name as messages show it.
    pub clinician: String,
    /// Groups whose policies the phone takes.
    pub groups: Vec<String>,
}

/// An enrolment, to be carried to the phone.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The signed document.
    pub document: Vec<u8>,
    /// The words that both screens must show.
    pub words: [String; 6],
    /// The register's entry.
    pub entry: Entry,
}

/// A lease's spans, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct LeaseTerms {
    /// From now to its end by the wall clock.
    pub length_ms: i64,
    /// How long it only locks.
    pub grace_ms: i64,
    /// Its end by running time.
    pub max_running_ms: i64,
}

impl Institution {
    /// A new institution in `directory`: three root keys of which two sign, two order keys of which one signs (a hold takes
    /// both), one key for each other role, and age identities for audit, export and escrow.
    pub fn create(directory: &Path, name: &str) -> Result<Institution> {
        file::make_directory(directory)?;
        let lock = take_lock(directory)?;
        let path = directory.join(STATE_FILE);
        if path.exists() {
            return Err(Error::Usage(format!("{}: already holds an institution", directory.display())));
        }
        for (role, number) in [("root", 3), ("policy", 1), ("lease", 1), ("order", 2)] {
            for _ in 0..number {
                key::make_signing(directory, role)?;
            }
        }
        for kind in ["audit", "export", "escrow"] {
            key::make_recipient(directory, kind)?;
        }
        file::make_directory(&directory.join(REGISTER))?;
        let thresholds = Thresholds { root: 2, policy: 1, lease: 1, order: 1 };
        let id = make_bytes::<16>()?.into();
        let state = State { id, name: name.to_owned(), root_version: 1, policy_version: 0, thresholds };
        let institution = Institution { directory: directory.to_owned(), state, _lock: lock };
        institution.save()?;
        Ok(institution)
    }

    /// Opens an institution; an error while another process has it open.
    pub fn open(directory: &Path) -> Result<Institution> {
        let path = directory.join(STATE_FILE);
        if !path.is_file() {
            let text = format!("{}: no institution here (curtain key init makes one)", directory.display());
            return Err(Error::Usage(text));
        }
        let lock = take_lock(directory)?;
        let state = decode_strict(&file::read(&path, 64 * 1024)?)
            .map_err(|_| Error::failed(format!("{}: not an institution's file", path.display())))?;
        Ok(Institution { directory: directory.to_owned(), state, _lock: lock })
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.state.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Who may sign what, from the public keys in the directory.
    pub fn roles(&self) -> Result<Roles> {
        let role = |name: &str, threshold: u32| -> Result<Role> {
            Ok(Role { threshold, keys: key::public_keys(&self.directory, name)? })
        };
        let thresholds = &self.state.thresholds;
        Ok(Roles {
            root: role("root", thresholds.root)?,
            policy: role("policy", thresholds.policy)?,
            lease: role("lease", thresholds.lease)?,
            order: role("order", thresholds.order)?,
        })
    }

    /// Who can open what leaves a phone.
    pub fn recipients(&self) -> Result<Recipients> {
        let of = |kind| key::recipients(&self.directory, kind);
        Ok(Recipients { audit: of("audit")?, export: of("export")?, recovery: of("recovery")?, escrow: of("escrow")? })
    }

    /// Takes a phone in: checks that its request is signed by the key that it names, answers it, notes it.
    pub fn enrol(&mut self, request: &[u8], whom: &Enrolling, now_ms: i64) -> Result<Enrolled> {
        let payload = verify::request(request).map_err(|fault| Error::failed(format!("the request: {fault}")))?;
        let asked = Request::from_payload(&payload)?;
        let path = self.entry_path(&asked.enrolment);
        if path.exists() {
            return Err(Error::failed(format!("enrolment {} is in the register already", asked.enrolment)));
        }
        let enrolment = Enrolment {
            spec: SPEC,
            request: identity(&payload),
            enrolment: asked.enrolment,
            institution: document::Institution { id: self.state.id, name: self.state.name.clone() },
            workspace: make_bytes::<16>()?.into(),
            groups: whom.groups.clone(),
            version: self.state.root_version,
            roles: self.roles()?,
            recipients: self.recipients()?,
            minimum: Minimum { policy: self.state.policy_version.max(1), lease: 1, order: 1 },
            clinician: whom.clinician.clone(),
            issued_ms: now_ms,
        };
        let document = self.sign(&enrolment, "root", self.state.thresholds.root)?;
        let words = confirm::words(&enrolment.request, &identity(&enrolment.to_payload()?));
        let entry = Entry {
            enrolment: asked.enrolment,
            institution: self.state.id,
            workspace: enrolment.workspace,
            clinician: whom.clinician.clone(),
            phone: asked.phone,
            keystore: asked.keystore,
            words: words.to_vec(),
            enrolled_ms: now_ms,
            lease_version: 0,
            orders: Vec::new(),
            checkpoint: None,
        };
        file::make_directory(&self.directory.join(REGISTER))?;
        entry.write(&path)?;
        Ok(Enrolled { document, words, entry })
    }

    /// Signs a pack after running its own cases and holding it against the built-in floor.
    pub fn policy(&mut self, pack: &str, scope: Scope, now_ms: i64) -> Result<Vec<u8>> {
        check_pack(pack)?;
        let version = self.state.policy_version + 1;
        let institution = self.state.id;
        let policy = Policy { spec: SPEC, institution, scope, version, pack: pack.to_owned(), issued_ms: now_ms };
        let document = self.sign(&policy, "policy", self.state.thresholds.policy)?;
        self.state.policy_version = version;
        self.save()?;
        Ok(document)
    }

    /// Signs the next lease of one phone.
    pub fn lease(&mut self, enrolment: &Id, terms: LeaseTerms, now_ms: i64) -> Result<Vec<u8>> {
        let mut entry = self.entry(enrolment)?;
        entry.lease_version += 1;
        let lease = Lease {
            spec: SPEC,
            institution: self.state.id,
            enrolment: *enrolment,
            version: entry.lease_version,
            not_after_ms: now_ms.saturating_add(terms.length_ms),
            grace_ms: terms.grace_ms,
            max_running_ms: terms.max_running_ms,
            issued_ms: now_ms,
        };
        let document = self.sign(&lease, "lease", self.state.thresholds.lease)?;
        entry.write(&self.entry_path(enrolment))?;
        Ok(document)
    }

    /// Signs the next order to one phone.
    pub fn order(
        &mut self,
        enrolment: &Id,
        action: Action,
        reason: &str,
        expires_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<Vec<u8>> {
        let mut entry = self.entry(enrolment)?;
        let (name, signers) = (action.name(), u32::try_from(action.min_signers()).unwrap_or(u32::MAX));
        let order = Order {
            spec: SPEC,
            institution: self.state.id,
            enrolment: *enrolment,
            number: entry.order_number() + 1,
            action,
            reason: reason.to_owned(),
            issued_ms: now_ms,
            expires_ms,
        };
        let document = self.sign(&order, "order", self.state.thresholds.order.max(signers))?;
        let hash = identity(&order.to_payload()?);
        entry.orders.push(IssuedOrder { hash, number: order.number, action: name.to_owned(), issued_ms: now_ms });
        entry.write(&self.entry_path(enrolment))?;
        Ok(document)
    }

    /// A phone's entry in the register.
    pub fn entry(&self, enrolment: &Id) -> Result<Entry> {
        let path = self.entry_path(enrolment);
        if path.is_file() {
            Entry::read(&path)
        } else {
            Err(Error::failed(format!("enrolment {enrolment} is not in the register")))
        }
    }

    /// Where a phone's entry lies.
    pub fn entry_path(&self, enrolment: &Id) -> PathBuf {
        self.directory.join(REGISTER).join(format!("{enrolment}.json"))
    }

    fn sign<P: Payload>(&self, payload: &P, role: &str, threshold: u32) -> Result<Vec<u8>> {
        let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
        let signers = key::signers(&self.directory, role)?;
        if signers.len() < needed {
            let text = format!("{needed} {role} keys must sign, {} private ones are here", signers.len());
            return Err(Error::failed(text));
        }
        let chosen: Vec<&dyn Signer> = signers.iter().take(needed).map(|signer| signer as &dyn Signer).collect();
        Ok(payload.sign(&chosen)?)
    }

    fn save(&self) -> Result<()> {
        file::replace(&self.directory.join(STATE_FILE), &encode(&self.state)?)
    }
}

/// Parses a pack, runs its cases, and refuses one that loosens the built-in floor.
pub fn check_pack(pack: &str) -> Result<Pack> {
    let parsed = Pack::parse(pack.as_bytes()).map_err(|error| Error::failed(format!("the pack: {error}")))?;
    let failing = parsed.failing_cases()?;
    if let Some((number, verdict)) = failing.first() {
        let text = format!("the pack fails {} of its own cases; case {number} gives {verdict:?}", failing.len());
        return Err(Error::failed(text));
    }
    parsed
        .check_tightens(&Pack::floor(&parsed.jurisdiction)?)
        .map_err(|error| Error::failed(format!("the pack: {error}")))?;
    Ok(parsed)
}

fn take_lock(directory: &Path) -> Result<File> {
    let path = directory.join("institution.lock");
    let failed = |error: std::io::Error| Error::failed(format!("{}: {error}", path.display()));
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::failed(format!("{}: another curtain is working here", directory.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}
