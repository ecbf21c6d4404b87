//! Which document counts: roles, thresholds, versions, in the manner of TUF. [`Trust`] is what the anchor keeps of it.
//!
//! [`Trust::accept`] is pure and takes `&self`: a refusal cannot change anything, an acceptance brings the state to keep.
//! Expired policies stay in force (falling back to defaults would be a way around them); leases and orders expire.

use super::document::{
    Action, Enrolment, Institution, Lease, Minimum, Order, Payload, Policy, Recipients, Request, Role, Roles, Root,
    SPEC, Scope, identity,
};
use super::lease::Clocks;
use crate::crypto::json::{Digest, Id, parse_strict};
use crate::crypto::jws::{Envelope, MAX_DOCUMENT_BYTES, PublicKey};
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// Furthest that one document may move a version on: a stolen role key must not exhaust the numbers at one blow.
pub const MAX_JUMP: u64 = 10_000;

/// Why a document was refused. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// A signature does not verify, or too few distinct keys signed.
    #[error("the signatures do not hold")]
    BadSignature,
    /// Signed by a key of this institution that may not sign such a document.
    #[error("signed by a key that may not sign this")]
    WrongRole,
    /// For another phone or an earlier enrolment of this one.
    #[error("for another enrolment")]
    OtherEnrolment,
    /// Of another institution, or signed by nobody that is known here.
    #[error("of another institution")]
    OtherInstitution,
    /// For a group that this phone is not in.
    #[error("for another group")]
    OtherGroup,
    /// Older than what is in force.
    #[error("older than the one in force")]
    OlderVersion,
    /// The same version as the one in force, with other content: the institution, or a thief of its key, says two things.
    #[error("the same version with other content")]
    Equivocation,
    /// Further ahead than one document may go.
    #[error("its version is too far ahead")]
    TooFarAhead,
    /// Not a document, or its members make no sense.
    #[error("not a valid document")]
    Malformed,
    /// More than 64 KiB.
    #[error("larger than 64 KiB")]
    TooLarge,
    /// Of a newer specification.
    #[error("needs a newer version of the app")]
    TooNew,
    /// Past its time.
    #[error("expired")]
    Expired,
    /// Orders something that this version cannot do.
    #[error("orders something unknown")]
    UnknownAction,
}

impl Refusal {
    /// A stable number for journals, from 1.
    pub const fn code(self) -> u16 {
        self as u16 + 1
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        match error {
            Error::TooLarge { .. } => Refusal::TooLarge,
            Error::TooNew { .. } => Refusal::TooNew,
            Error::Unverified { .. } => Refusal::BadSignature,
            _ => Refusal::Malformed,
        }
    }
}

/// The last accepted document of one type. Before the first, `version` is one below the lowest to accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// Its version or number.
    pub version: u64,
    /// Its identity; none before the first.
    pub hash: Option<Digest>,
}

/// What the anchor keeps: whom this phone believes, and up to where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// This enrolment.
    pub enrolment: Id,
    /// The institution.
    pub institution: Institution,
    /// The workspace.
    pub workspace: Id,
    /// Groups that policies may name.
    pub groups: Vec<String>,
    /// The clinician's name as messages show it.
    pub clinician: String,
    /// Who may sign what.
    pub roles: Roles,
    /// Who can open what leaves the phone.
    pub recipients: Recipients,
    /// The enrolment document.
    pub enrolled: Last,
    /// The root set's version, and the rotation that brought it.
    pub root: Last,
    /// The policy in force.
    pub policy: Last,
    /// The lease in force.
    pub lease: Last,
    /// The last order.
    pub order: Last,
}

/// A document that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A new root set.
    Root(Root),
    /// New rules.
    Policy(Policy),
    /// A new lease.
    Lease(Lease),
    /// An order to carry out.
    Order(Order),
}

/// What [`Trust::accept`] says to a document that is not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The very document that was accepted last: nothing to do, an order is not carried out twice.
    AlreadyDone {
        /// Its identity.
        hash: Digest,
    },
    /// New: keep `trust` in the anchor and the bytes beside the vault, then act.
    New {
        /// The document.
        document: Box<Document>,
        /// Its identity.
        hash: Digest,
        /// The state to keep.
        trust: Box<Trust>,
    },
}

impl Trust {
    /// Reads the enrolment that answers `request` (its payload bytes). Nothing is trusted before a person has compared
    /// [`super::confirm::words`] on both screens: an enrolment brings its own keys.
    pub fn enrol(request: &[u8], document: &[u8]) -> Result<(Trust, Enrolment), Refusal> {
        let asked = Request::from_payload(request)?;
        let envelope = Envelope::parse(document)?;
        if envelope.claimed_typ() != Enrolment::TYP {
            return Err(Refusal::WrongRole);
        }
        let payload = envelope.dangerous_unverified_payload();
        refuse_newer(payload)?;
        let enrolment = Enrolment::from_payload(payload)?;
        verify(&envelope, Enrolment::TYP, &enrolment.roles.root)?;
        if enrolment.enrolment != asked.enrolment || enrolment.request != identity(request) {
            return Err(Refusal::OtherEnrolment);
        }
        let trust = Trust {
            enrolment: enrolment.enrolment,
            institution: enrolment.institution.clone(),
            workspace: enrolment.workspace,
            groups: enrolment.groups.clone(),
            clinician: enrolment.clinician.clone(),
            roles: enrolment.roles.clone(),
            recipients: enrolment.recipients.clone(),
            enrolled: Last { version: enrolment.version, hash: Some(identity(payload)) },
            root: Last { version: enrolment.version, hash: Some(identity(payload)) },
            policy: before(enrolment.minimum.policy),
            lease: before(enrolment.minimum.lease),
            order: before(enrolment.minimum.order),
        };
        Ok((trust, enrolment))
    }

    /// Judges a delivered document. A policy's pack is the caller's to parse and check before it keeps `trust`.
    pub fn accept(&self, bytes: &[u8], now: impl Into<Clocks>) -> Result<Accepted, Refusal> {
        let now = now.into();
        let envelope = Envelope::parse(bytes)?;
        match envelope.claimed_typ() {
            Root::TYP => self.accept_root(&envelope),
            Policy::TYP => self.accept_policy(&envelope),
            Lease::TYP => self.accept_lease(&envelope, &now),
            Order::TYP => self.accept_order(&envelope, &now),
            Enrolment::TYP => self.accept_enrolment(&envelope),
            _ => Err(Refusal::Malformed),
        }
    }

    /// A second enrolment is a new workspace, not news for this one; the same one again is no error.
    fn accept_enrolment(&self, envelope: &Envelope) -> Result<Accepted, Refusal> {
        let hash = identity(self.verified(envelope, Enrolment::TYP, &self.roles.root)?);
        if self.enrolled.hash == Some(hash) { Ok(Accepted::AlreadyDone { hash }) } else { Err(Refusal::OtherEnrolment) }
    }

    fn accept_root(&self, envelope: &Envelope) -> Result<Accepted, Refusal> {
        // Signed by both sets: the old keys vouch for the bytes before they are parsed for the new keys.
        let payload = envelope.dangerous_unverified_payload();
        let hash = identity(payload);
        let old = envelope.signers_among(Root::TYP, &self.roles.root.keys)?;
        if old.len() < threshold(&self.roles.root) {
            return Err(self.explain(envelope));
        }
        if self.root.hash == Some(hash) {
            return Ok(Accepted::AlreadyDone { hash });
        }
        refuse_newer(payload)?;
        let root = Root::from_payload(payload)?;
        let both = [&self.roles.root.keys[..], &root.roles.root.keys[..]].concat();
        let signers = envelope.signers(Root::TYP, &both)?;
        if signers.iter().filter(|key| root.roles.root.keys.contains(key)).count() < threshold(&root.roles.root) {
            return Err(Refusal::BadSignature);
        }
        if root.institution != self.institution.id {
            return Err(Refusal::OtherInstitution);
        }
        match root.version {
            version if version < self.root.version => return Err(Refusal::OlderVersion),
            version if version == self.root.version => return Err(Refusal::Equivocation),
            version if version - self.root.version > 1 => return Err(Refusal::TooFarAhead),
            _ => {}
        }
        let mut trust = self.clone();
        let reset = |last: &mut Last, old: &Role, new: &Role, minimum: u64| {
            if old != new {
                *last = before(minimum);
            }
        };
        let Minimum { policy, lease, order } = root.minimum;
        reset(&mut trust.policy, &self.roles.policy, &root.roles.policy, policy);
        reset(&mut trust.lease, &self.roles.lease, &root.roles.lease, lease);
        reset(&mut trust.order, &self.roles.order, &root.roles.order, order);
        trust.roles = root.roles.clone();
        trust.recipients = root.recipients.clone();
        trust.root = Last { version: root.version, hash: Some(hash) };
        Ok(Accepted::New { document: Box::new(Document::Root(root)), hash, trust: Box::new(trust) })
    }

    fn accept_policy(&self, envelope: &Envelope) -> Result<Accepted, Refusal> {
        let payload = self.verified(envelope, Policy::TYP, &self.roles.policy)?;
        let policy = Policy::from_payload(payload)?;
        self.same_institution(&policy.institution)?;
        match &policy.scope {
            Scope::Enrolment(id) if *id != self.enrolment => return Err(Refusal::OtherEnrolment),
            Scope::Group(group) if !self.groups.contains(group) => return Err(Refusal::OtherGroup),
            _ => {}
        }
        let Some(last) = newer(&self.policy, policy.version, payload)? else {
            return Ok(Accepted::AlreadyDone { hash: identity(payload) });
        };
        let trust = Trust { policy: last, ..self.clone() };
        Ok(accepted(Document::Policy(policy), payload, trust))
    }

    fn accept_lease(&self, envelope: &Envelope, now: &Clocks) -> Result<Accepted, Refusal> {
        let payload = self.verified(envelope, Lease::TYP, &self.roles.lease)?;
        let lease = Lease::from_payload(payload)?;
        self.same_institution(&lease.institution)?;
        self.same_enrolment(&lease.enrolment)?;
        let Some(last) = newer(&self.lease, lease.version, payload)? else {
            return Ok(Accepted::AlreadyDone { hash: identity(payload) });
        };
        if now.are_past(&lease) {
            return Err(Refusal::Expired);
        }
        let trust = Trust { lease: last, ..self.clone() };
        Ok(accepted(Document::Lease(lease), payload, trust))
    }

    fn accept_order(&self, envelope: &Envelope, now: &Clocks) -> Result<Accepted, Refusal> {
        let payload = self.verified(envelope, Order::TYP, &self.roles.order)?;
        refuse_unknown_action(payload)?;
        let order = Order::from_payload(payload)?;
        if envelope.signers(Order::TYP, &self.roles.order.keys)?.len() < order.action.min_signers() {
            return Err(Refusal::BadSignature);
        }
        self.same_institution(&order.institution)?;
        self.same_enrolment(&order.enrolment)?;
        let Some(last) = newer(&self.order, order.number, payload)? else {
            return Ok(Accepted::AlreadyDone { hash: identity(payload) });
        };
        if order.expires_ms.is_some_and(|at| now.are_after(at)) {
            return Err(Refusal::Expired);
        }
        let trust = Trust { order: last, ..self.clone() };
        Ok(accepted(Document::Order(order), payload, trust))
    }

    /// The payload, if `role` signed it and it is of a specification that we read.
    fn verified<'e>(&self, envelope: &'e Envelope, typ: &str, role: &Role) -> Result<&'e [u8], Refusal> {
        match envelope.verify(typ, &role.keys, threshold(role)) {
            Ok(payload) => refuse_newer(payload).map(|()| payload),
            Err(_) => Err(self.explain(envelope)),
        }
    }

    /// Why signatures failed: nobody known, another role's key, or bad ones. Only words; refused it is in any case.
    fn explain(&self, envelope: &Envelope) -> Refusal {
        let roles = &self.roles;
        let all: Vec<PublicKey> =
            [&roles.root, &roles.policy, &roles.lease, &roles.order].iter().flat_map(|r| r.keys.clone()).collect();
        if !all.iter().any(|key| envelope.names(key)) {
            return Refusal::OtherInstitution;
        }
        let typ = envelope.claimed_typ();
        let role = match typ {
            Policy::TYP => &roles.policy,
            Lease::TYP => &roles.lease,
            Order::TYP => &roles.order,
            _ => &roles.root,
        };
        match envelope.signers(typ, &all) {
            Ok(signers) if signers.iter().any(|key| !role.keys.contains(key)) => Refusal::WrongRole,
            _ => Refusal::BadSignature,
        }
    }

    fn same_institution(&self, id: &Id) -> Result<(), Refusal> {
        if *id == self.institution.id { Ok(()) } else { Err(Refusal::OtherInstitution) }
    }

    fn same_enrolment(&self, id: &Id) -> Result<(), Refusal> {
        if *id == self.enrolment { Ok(()) } else { Err(Refusal::OtherEnrolment) }
    }
}

/// The state before the first document of a type, when `minimum` is the lowest version to accept.
fn before(minimum: u64) -> Last {
    Last { version: minimum.saturating_sub(1), hash: None }
}

fn threshold(role: &Role) -> usize {
    usize::try_from(role.threshold).unwrap_or(usize::MAX)
}

fn verify<'e>(envelope: &'e Envelope, typ: &str, role: &Role) -> Result<&'e [u8], Refusal> {
    Ok(envelope.verify(typ, &role.keys, threshold(role))?)
}

fn accepted(document: Document, payload: &[u8], trust: Trust) -> Accepted {
    Accepted::New { document: Box::new(document), hash: identity(payload), trust: Box::new(trust) }
}

/// What to keep if `version` is news, or `None` for the very document that is in force.
fn newer(last: &Last, version: u64, payload: &[u8]) -> Result<Option<Last>, Refusal> {
    let hash = identity(payload);
    if version < last.version {
        return Err(Refusal::OlderVersion);
    }
    if version == last.version {
        return match last.hash {
            Some(known) if known == hash => Ok(None),
            Some(_) => Err(Refusal::Equivocation),
            None => Err(Refusal::OlderVersion),
        };
    }
    if version - last.version > MAX_JUMP {
        return Err(Refusal::TooFarAhead);
    }
    Ok(Some(Last { version, hash: Some(hash) }))
}

/// A newer specification may have members that we would call malformed: say what helps.
fn refuse_newer(payload: &[u8]) -> Result<(), Refusal> {
    let value = parse_strict(payload)?;
    match value.get("spec").and_then(serde_json::Value::as_u64) {
        Some(spec) if spec > u64::from(SPEC) => Err(Refusal::TooNew),
        Some(_) => Ok(()),
        None => Err(Refusal::Malformed),
    }
}

fn refuse_unknown_action(payload: &[u8]) -> Result<(), Refusal> {
    let value = parse_strict(payload)?;
    let action = value.get("action").and_then(serde_json::Value::as_object).ok_or(Refusal::Malformed)?;
    match action.keys().next() {
        Some(name) if action.len() == 1 && !Action::NAMES.contains(&name.as_str()) => Err(Refusal::UnknownAction),
        _ => Ok(()),
    }
}

const _: () = assert!(MAX_DOCUMENT_BYTES == 64 * 1024, "Refusal::TooLarge names the limit");

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
