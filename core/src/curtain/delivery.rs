//! Signed documents from any carrier: judged by the trust in the anchor, kept beside the vault, acted on.
//!
//! The order that survives a power cut: the document's bytes are written under their hash, then the anchor names the
//! hash; a file that the anchor does not name counts for nothing.

use super::{Curtain, MAX_FILE_BYTES, orders};
use crate::crypto::json;
use crate::crypto::jws::{Envelope, MAX_DOCUMENT_BYTES};
use crate::crypto::{hex, sha256};
use crate::departure::{self, Authority};
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::lock::LockCause;
use crate::platform::Instant;
use crate::policy::document::{Action, Holds, Lease, Order, Payload, Policy};
use crate::policy::trust::{Accepted, Document, Last, Refusal, Trust};
use crate::policy::{Pack, STRICT};
use crate::session::{Enrolled, Gate};
use crate::vault::{Act, LeaveBy, WipeOrder};
use std::fs;
use std::sync::Arc;

/// Most documents that wait in the inbox.
const MAX_INBOX: usize = 32;

/// What became of a delivered document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Delivery {
    /// Accepted and carried out, or carried out before.
    Done,
    /// Kept until the keystore answers, or an order for an open vault until the next unlock; `tick` goes on.
    Queued,
    /// Refused; nothing changed.
    Refused {
        /// Why.
        reason: Refused,
    },
}

/// Why a document was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Refused {
    /// A signature does not verify, or too few distinct keys signed.
    BadSignature,
    /// Signed by a key of this institution that may not sign such a document.
    WrongRole,
    /// For another phone or an earlier enrolment of this one.
    OtherEnrolment,
    /// Of another institution, or signed by nobody that is known here.
    OtherInstitution,
    /// For a group that this phone is not in.
    OtherGroup,
    /// Older than what is in force.
    OlderVersion,
    /// The same version as the one in force, with other content: report it to the institution.
    Equivocation,
    /// Its version is further ahead than one document may go.
    TooFarAhead,
    /// Not a document, or its members make no sense.
    Malformed,
    /// More than 64 KiB.
    TooLarge,
    /// Of a newer specification: ask for an update of the app.
    TooNew,
    /// Past its time.
    Expired,
    /// Orders something that this version cannot do.
    UnknownAction,
    /// The policy fails its own cases, or is looser than the floor.
    PolicyFails,
    /// The inbox is full.
    InboxFull,
    /// As many orders wait for the next unlock, or as many holds are active, as there may be.
    TooManyWaiting,
    /// Says nothing about an active hold: order the wipe anew with keep or release.
    HoldsUnsaid,
    /// A hold waits for the next unlock, and nothing of it is sealed for escrow yet: nothing could be kept.
    HoldWaits,
    /// No such hold is active or waits.
    NoSuchHold,
    /// The institution named no escrow recipients: what a hold keeps could never be opened.
    NoEscrow,
    /// The workspace was erased.
    Erased,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        match refusal {
            Refusal::BadSignature => Refused::BadSignature,
            Refusal::WrongRole => Refused::WrongRole,
            Refusal::OtherEnrolment => Refused::OtherEnrolment,
            Refusal::OtherInstitution => Refused::OtherInstitution,
            Refusal::OtherGroup => Refused::OtherGroup,
            Refusal::OlderVersion => Refused::OlderVersion,
            Refusal::Equivocation => Refused::Equivocation,
            Refusal::TooFarAhead => Refused::TooFarAhead,
            Refusal::Malformed => Refused::Malformed,
            Refusal::TooLarge => Refused::TooLarge,
            Refusal::TooNew => Refused::TooNew,
            Refusal::Expired => Refused::Expired,
            Refusal::UnknownAction => Refused::UnknownAction,
        }
    }
}

/// Delivers to the workspace that the document is for.
pub(super) fn deliver(curtain: &Curtain, document: &[u8]) -> Result<Delivery> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Ok(Delivery::Refused { reason: Refused::TooLarge });
    }
    // What waits goes first: an order that is overtaken by a later one would be refused as older.
    if empty_inbox(curtain)? {
        return queue(curtain, document);
    }
    match judge_everywhere(curtain, document) {
        Err(Error::KeystoreNotNow | Error::KeystoreNeedsAuth) => queue(curtain, document),
        other => other,
    }
}

/// Each workspace judges; the first that the document concerns decides.
fn judge_everywhere(curtain: &Curtain, document: &[u8]) -> Result<Delivery> {
    let mut refused = Refused::OtherEnrolment;
    for gate in curtain.gates() {
        match deliver_to(curtain, &gate, document)? {
            Delivery::Refused { reason: reason @ (Refused::OtherEnrolment | Refused::OtherInstitution) } => {
                refused = reason;
            }
            decided => return Ok(decided),
        }
    }
    // Until a keystore answers, a workspace cannot be judged: the document may be for it.
    let asleep = curtain
        .places()
        .values()
        .any(|place| matches!(place, super::Place::Shut(Error::KeystoreNotNow | Error::KeystoreNeedsAuth)));
    if asleep { Err(Error::KeystoreNotNow) } else { Ok(Delivery::Refused { reason: refused }) }
}

fn deliver_to(curtain: &Curtain, gate: &Arc<Gate<Enrolled>>, document: &[u8]) -> Result<Delivery> {
    let mut inside = gate.enter()?;
    let now = curtain.now()?;
    inside.settle(&now)?;
    let Some(clocks) = inside.clocks(&now) else {
        return Ok(Delivery::Refused { reason: Refused::OtherEnrolment });
    };
    match inside.trust.accept(document, clocks) {
        Ok(Accepted::AlreadyDone { hash }) => orders::standing(&mut inside, &hash.0),
        Ok(Accepted::New { document: read, hash, trust }) => {
            act(curtain, &mut inside, &now, document, *read, &hash.0, *trust)
        }
        Err(refusal @ (Refusal::OtherEnrolment | Refusal::OtherInstitution)) => {
            Ok(Delivery::Refused { reason: refusal.into() })
        }
        Err(refusal) => {
            note(
                &mut inside,
                &now,
                Event::counted(Code::DocumentRefused, vec![("reason", u64::from(refusal.code()))]),
            )?;
            Ok(Delivery::Refused { reason: refusal.into() })
        }
    }
}

/// Keeps what was accepted, then does what it says.
fn act(
    curtain: &Curtain,
    inside: &mut Enrolled,
    now: &Instant,
    bytes: &[u8],
    document: Document,
    hash: &[u8; 32],
    trust: Trust,
) -> Result<Delivery> {
    match document {
        Document::Root(_) => {
            keep(inside, now, bytes, hash, trust, |_| {})?;
            if inside.unlocked.is_some() {
                // Other escrow recipients: what fails now, the next unlock does.
                drop(inside.carry_out(now));
            }
        }
        Document::Policy(policy) => {
            let Ok(pack) = Pack::admit(policy.pack.as_bytes()) else {
                let reason = u64::from(u16::MAX);
                note(inside, now, Event::counted(Code::DocumentRefused, vec![("reason", reason)]))?;
                return Ok(Delivery::Refused { reason: Refused::PolicyFails });
            };
            keep(inside, now, bytes, hash, trust, |_| {})?;
            inside.set_pack(pack);
        }
        Document::Lease(lease) => {
            keep(inside, now, bytes, hash, trust, |state| {
                state.lease_from_ms = state.running.running_ms;
                state.running.high_wall_ms = now.wall_ms;
            })?;
            inside.lease = Some(lease);
        }
        Document::Order(order) => return obey(curtain, inside, now, &order, hash, trust),
    }
    Ok(Delivery::Done)
}

fn obey(
    curtain: &Curtain,
    inside: &mut Enrolled,
    now: &Instant,
    order: &Order,
    hash: &[u8; 32],
    trust: Trust,
) -> Result<Delivery> {
    if let Some(what) = orders::for_open_vault(&order.action) {
        return orders::wait(inside, now, what, hash, trust);
    }
    match &order.action {
        Action::Unlock {} => {
            remember(inside, now, hash, trust, |state| state.attempts.reset())?;
        }
        Action::WipeWorkspace { holds } => {
            if let Some(reason) = orders::wipe_refusal(inside.workspace()?.anchor().state(), *holds) {
                return Ok(Delivery::Refused { reason });
            }
            let order = WipeOrder { hash: hex(hash), release_holds: *holds == Some(Holds::Release) };
            // The keys go before the first file does, whatever the session is doing.
            drop(inside.lock(now, LockCause::Wiped));
            let workspace = inside.workspace()?;
            workspace.note_locked(now, &Event::about(Code::DocumentAccepted, hex(hash)), |_| Ok(()))?;
            departure::erase(workspace, now, Authority::Order(order), Vec::new())?;
            // Only now does the order count as carried out: cut before, it is carried out again.
            let encoded = encoded(&trust)?;
            workspace.anchor_mut().put(now, false, |state| {
                state.trust = encoded;
                Ok(())
            })?;
            inside.trust = trust;
        }
        Action::Acknowledge { receipt } => {
            let workspace = inside.workspace()?;
            let stored = workspace.receipt()?;
            let stored = stored.map(|bytes| Envelope::parse(&bytes)).transpose()?;
            let ours = stored.map(|envelope| sha256(envelope.dangerous_unverified_payload())) == Some(receipt.0);
            // Begun before and cut: the receipt is gone already.
            if !ours && !workspace.is_acknowledged() {
                return Ok(Delivery::Refused { reason: Refused::OtherEnrolment });
            }
            let id = workspace.id();
            workspace.acknowledge(now)?;
            inside.workspace = None;
            curtain.forget(id);
        }
        Action::Leave { until_ms } => {
            if inside.workspace()?.anchor().state().tombstone.is_some() {
                return Ok(Delivery::Refused { reason: Refused::Erased });
            }
            remember(inside, now, hash, trust, |state| {
                state.leave = Some(LeaveBy {
                    order: hex(hash),
                    until_ms: *until_ms,
                    issued_ms: order.issued_ms,
                    from_ms: state.running.running_ms,
                    reason: order.reason.clone(),
                });
            })?;
        }
        // Above: they need an open vault.
        Action::Hold { .. } | Action::Release { .. } | Action::WipePatient { .. } | Action::WipeBefore { .. } => {}
    }
    Ok(Delivery::Done)
}

/// Writes the document under its hash, anchors the trust that names it, removes what it replaced.
fn keep(
    inside: &mut Enrolled,
    now: &Instant,
    bytes: &[u8],
    hash: &[u8; 32],
    trust: Trust,
    change: impl FnOnce(&mut crate::vault::AnchorState),
) -> Result<()> {
    inside.workspace()?.keep(&super::document_name(hash), bytes)?;
    remember(inside, now, hash, trust, change)?;
    let in_force: Vec<String> = [&inside.trust.policy, &inside.trust.lease, &inside.trust.root]
        .iter()
        .filter_map(|last| last.hash.as_ref().map(|hash| super::document_name(&hash.0)))
        .collect();
    inside.workspace()?.sweep_kept("document-", &in_force)
}

/// Anchors the new trust, with the journal entry in the same step as far as the state allows.
pub(super) fn remember(
    inside: &mut Enrolled,
    now: &Instant,
    hash: &[u8; 32],
    trust: Trust,
    change: impl FnOnce(&mut crate::vault::AnchorState),
) -> Result<()> {
    let encoded = encoded(&trust)?;
    let event = Event::about(Code::DocumentAccepted, hex(hash));
    let expected = encoded.clone();
    let update = |state: &mut crate::vault::AnchorState| {
        state.trust = encoded;
        change(state);
        Ok(())
    };
    let put = match inside.open() {
        Ok((open, workspace, _)) => {
            open.commit(workspace, now, &[], Act::from(event))?;
            open.vault.put(workspace.anchor_mut(), now, update)
        }
        Err(Error::Locked) => inside.workspace()?.note_locked(now, &event, update),
        Err(error) => return Err(error),
    };
    // A put may stand though its last step failed: then the document is done, and a second delivery is no news.
    if inside.workspace()?.anchor().state().trust == expected {
        inside.trust = trust;
    }
    put
}

fn encoded(trust: &Trust) -> Result<String> {
    String::from_utf8(json::encode(trust)?).map_err(|_| Error::Internal { code: 520 })
}

fn note(inside: &mut Enrolled, now: &Instant, event: Event) -> Result<()> {
    match inside.open() {
        Ok((open, workspace, _)) => open.commit(workspace, now, &[], Act::from(event)),
        Err(Error::Locked) => inside.workspace()?.note_locked(now, &event, |_| Ok(())),
        Err(error) => Err(error),
    }
}

/// Reads the documents that the anchor names; a missing or other one is damage, never a fallback to defaults.
pub(super) fn load_documents(enrolled: &mut Enrolled) -> Result<()> {
    if let Some(payload) = in_force(enrolled, enrolled.trust.policy)? {
        let policy = Policy::from_payload(&payload)?;
        enrolled.set_pack(Pack::parse(policy.pack.as_bytes())?);
    } else {
        enrolled.set_pack(Pack::builtin(STRICT)?);
    }
    if let Some(payload) = in_force(enrolled, enrolled.trust.lease)? {
        enrolled.lease = Some(Lease::from_payload(&payload)?);
    }
    Ok(())
}

fn in_force(enrolled: &Enrolled, last: Last) -> Result<Option<Vec<u8>>> {
    const DAMAGED: Error = Error::Damaged { what: "document in force" };
    let (Some(hash), Some(workspace)) = (last.hash, &enrolled.workspace) else { return Ok(None) };
    if workspace.anchor().state().tombstone.is_some() {
        return Ok(None);
    }
    let bytes = workspace.kept(&super::document_name(&hash.0), MAX_FILE_BYTES)?.ok_or(DAMAGED)?;
    let payload = Envelope::parse(&bytes).map_err(|_| DAMAGED)?.dangerous_unverified_payload().to_vec();
    // Verified when it was accepted; the anchor's hash says that these are the same bytes.
    if sha256(&payload) == hash.0 { Ok(Some(payload)) } else { Err(DAMAGED) }
}

/// Keeps a document until the keystore answers, behind those that came before.
fn queue(curtain: &Curtain, document: &[u8]) -> Result<Delivery> {
    if Envelope::parse(document).is_err() {
        return Ok(Delivery::Refused { reason: Refused::Malformed });
    }
    let waiting = waiting(curtain)?;
    let hash = hex(&sha256(document));
    if waiting.iter().any(|name| name.ends_with(&hash)) {
        return Ok(Delivery::Queued);
    }
    if waiting.len() >= MAX_INBOX {
        return Ok(Delivery::Refused { reason: Refused::InboxFull });
    }
    let last = waiting.last().and_then(|name| u64::from_str_radix(name.get(..16)?, 16).ok()).unwrap_or(0);
    let name = format!("{:016x}-{hash}", last.saturating_add(1));
    crate::vault::write_whole(&curtain.directory.join("inbox").join(name), document)?;
    Ok(Delivery::Queued)
}

/// The names of the documents that wait, in the order in which they came.
fn waiting(curtain: &Curtain) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(curtain.directory.join("inbox")).map_err(Error::io("listing the inbox"))? {
        let name = entry.map_err(Error::io("listing the inbox"))?.file_name();
        names.extend(name.into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// Delivers what waited, in the order in which it came; gives whether some still waits for the keystore.
/// What cannot be read or kept now stays, and stands in nobody's way.
pub(super) fn empty_inbox(curtain: &Curtain) -> Result<bool> {
    for name in waiting(curtain)? {
        let path = curtain.directory.join("inbox").join(name);
        let Ok(Some(document)) = crate::vault::read_bounded(&path, MAX_FILE_BYTES) else { continue };
        match judge_everywhere(curtain, &document) {
            // Delivered twice is no harm; a file that cannot be removed must not hold up the others.
            Ok(_) => drop(crate::vault::erase_file(&path)),
            Err(Error::KeystoreNotNow | Error::KeystoreNeedsAuth) => return Ok(true),
            Err(_) => {}
        }
    }
    Ok(false)
}
