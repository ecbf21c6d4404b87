//! What may erase a workspace, complete; and the receipt that says so.
//!
//! Damage, clocks, keystore errors and rollback are not on the list: they block. A test in `tests/ranks.rs` holds that
//! a wipe begins in this file and nowhere else.

use crate::crypto::json;
use crate::crypto::json::Hex;
use crate::crypto::jws::KeystoreSigner;
use crate::crypto::unhex;
use crate::error::{Error, Result};
use crate::platform::Instant;
use crate::policy::document::{Cause, METHOD, Payload, Receipt, Residue, SPEC};
use crate::policy::lease::LeaseState;
use crate::policy::trust::Trust;
use crate::vault::{WipeCause, WipeOrder, WipePhase, Workspace};

/// Who or what demands the wipe. Each is proven by the room that makes it.
pub enum Authority {
    /// A verified order for this enrolment.
    Order(WipeOrder),
    /// The lease's grace is over by running time and by wall time.
    LeaseGrace(LeaseState),
    /// The last counted guess failed, slot and anchor being intact, and the policy says erase.
    AttemptsUsedUp,
    /// The user's own departure: the session spent a fresh authentication.
    FreshAuthentication,
}

/// Erases and signs the receipt. Each step survives a power cut; [`resume`] goes on.
pub fn erase(
    workspace: &mut Workspace,
    now: &Instant,
    authority: Authority,
    counts: Vec<(String, u64)>,
) -> Result<Vec<u8>> {
    let (cause, order) = match authority {
        Authority::Order(order) => (WipeCause::Order, Some(order)),
        Authority::LeaseGrace(LeaseState::EraseDue) => (WipeCause::Lease, None),
        Authority::LeaseGrace(_) => return Err(Error::NotAllowed { why: "the lease's grace is not over" }),
        Authority::AttemptsUsedUp => (WipeCause::Attempts, None),
        Authority::FreshAuthentication => (WipeCause::Departure, None),
    };
    workspace.begin_wipe(now, cause, order, counts)?;
    resume(workspace, now)?.ok_or(Error::Internal { code: 500 })
}

/// Goes on with a wipe that was begun; gives the receipt, or `None` when none was begun.
pub fn resume(workspace: &mut Workspace, now: &Instant) -> Result<Option<Vec<u8>>> {
    workspace.continue_wipe(now)?;
    let state = workspace.anchor().state();
    let Some(tombstone) = state.tombstone.clone() else { return Ok(None) };
    if tombstone.phase == WipePhase::Acknowledged {
        return Ok(None);
    }
    if tombstone.phase == WipePhase::Receipted
        && let Some(receipt) = workspace.receipt()?
    {
        return Ok(Some(receipt));
    }
    let keystore = workspace.anchor().keystore().clone();
    let trust: Trust = json::decode_strict(state.trust.as_bytes())?;
    let digest = |text: &str| unhex(text).map(Hex).ok_or(Error::Internal { code: 501 });
    let receipt = Receipt {
        spec: SPEC,
        enrolment: trust.enrolment,
        institution: trust.institution.id,
        workspace: trust.workspace,
        cause: match tombstone.cause {
            WipeCause::Order => Cause::Order,
            WipeCause::Lease => Cause::LeaseEnd,
            WipeCause::Attempts => Cause::Attempts,
            WipeCause::Departure => Cause::Departure,
        },
        order: tombstone.order.as_deref().map(digest).transpose()?,
        policy: trust.policy.hash,
        policy_version: if trust.policy.hash.is_some() { trust.policy.version } else { 0 },
        counts: tombstone.counts.iter().cloned().collect(),
        keystore: keystore.strength()?.name().to_owned(),
        keys_deleted: u64::from(tombstone.keys_deleted),
        residue: Residue { files: u64::from(tombstone.residue), keys: 0 },
        held: tombstone.held,
        journal_size: tombstone.journal_size,
        journal_root: digest(&tombstone.journal_root)?,
        segment_length: state.segment.len() as u64,
        segment_hash: digest(&state.segment.digest())?,
        started_ms: tombstone.started_ms,
        finished_ms: tombstone.finished_ms.unwrap_or(now.wall_ms),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        method: METHOD.to_owned(),
    };
    let signer = KeystoreSigner::new(&*keystore, &workspace.signing_alias())?;
    let document = receipt.sign(&[&signer])?;
    workspace.store_receipt(now, &document)?;
    Ok(Some(document))
}
