//! The keys of an unlocked vault, all from ROOT, and the key table that wraps each lane's random key.
//!
//! ```text
//! K_head = HKDF(salt workspace, ikm ROOT, info label)
//! inner  = seal(HKDF(salt workspace, ikm ROOT, info "curtain inner v1"); AAD "curtain inner v1", workspace; INNER)      104 bytes
//! K_manifest, K_journal, K_pseudonym = HKDF(salt workspace, ikm INNER, info label)
//! K_tab,n = HKDF(salt PRF(epoch-n, SHA-256("curtain key table v1" || workspace)), ikm ROOT, info "curtain key table v1")
//! wrapped = seal(K_tab,n; AAD "curtain lane v1", workspace, lane; K_lane)                                    104 bytes
//! ```
//!
//! Lane keys are random, never derived: who has ROOT alone cannot bring back a key that the table forgot. INNER is random
//! too and goes through every rekey: a new passcode changes no manifest, no pseudonym and no entry of the journal.

use super::anchor::alias;
use super::record::Id;
use crate::crypto::{derive_key, hex, hmac_sha256, seal, sha256_parts, unhex};
use crate::error::{Error, Result};
use crate::memory::{Secret32, tapped, with_scrubbed_stack};
use crate::platform::Keystore;
use std::sync::Arc;

/// Length of a wrapped lane key in bytes; checked before it is opened.
pub(crate) const WRAPPED_BYTES: usize = seal::OVERHEAD + 32;

/// The keys that an unlocked vault holds.
pub(crate) struct Keys {
    pub(crate) root: Secret32,
    pub(crate) head: Secret32,
    pub(crate) manifest: Secret32,
    pub(crate) journal: Secret32,
    pseudonym: Secret32,
    pub(crate) table: Secret32,
    pub(crate) inner: Secret32,
}

impl Keys {
    /// Derives everything; asks the keystore once, for the epoch's share.
    pub(crate) fn derive(
        root: Secret32,
        inner: Secret32,
        workspace: Id,
        keystore: &Arc<dyn Keystore>,
        epoch: u32,
    ) -> Result<Keys> {
        let of = |label: &[u8]| derive_key(&workspace.0, inner.expose(), &[label]);
        let manifest = of(b"curtain manifest v1")?;
        let (journal, pseudonym) = (of(b"curtain journal seal v1")?, of(b"curtain pseudonym v1")?);
        let head = derive_head(&root, workspace)?;
        let table = derive_table(&root, workspace, keystore, epoch)?;
        for (name, key) in [("ROOT", &root), ("INNER", &inner), ("head key", &head), ("manifest key", &manifest)] {
            tapped(name, key.expose());
        }
        for (name, key) in [("journal seal key", &journal), ("pseudonym key", &pseudonym), ("table key", &table)] {
            tapped(name, key.expose());
        }
        Ok(Keys { head, manifest, journal, pseudonym, table, root, inner })
    }

    /// How the journal names a lane: nobody without ROOT and the lane's random id can link it.
    pub(crate) fn pseudonym(&self, lane: Id) -> [u8; 16] {
        let mac = hmac_sha256(self.pseudonym.expose(), &[&lane.0]);
        let mut out = [0u8; 16];
        out.copy_from_slice(&mac[..16]);
        out
    }
}

/// `K_head`: needed before anything else can be derived.
pub(crate) fn derive_head(root: &Secret32, workspace: Id) -> Result<Secret32> {
    derive_key(&workspace.0, root.expose(), &[b"curtain head v1"])
}

/// INNER as the head carries it.
pub(crate) fn wrap_inner(root: &Secret32, workspace: Id, inner: &Secret32) -> Result<String> {
    let key = derive_key(&workspace.0, root.expose(), &[INNER])?;
    Ok(hex(&seal::seal(&key, &[INNER, &workspace.0], inner.expose())?))
}

/// INNER from a head that opened.
pub(crate) fn unwrap_inner(root: &Secret32, workspace: Id, wrapped: &str) -> Result<Secret32> {
    const DAMAGED: Error = Error::Damaged { what: "head" };
    let wrapped = unhex::<WRAPPED_BYTES>(wrapped).ok_or(DAMAGED)?;
    let key = derive_key(&workspace.0, root.expose(), &[INNER])?;
    let inner = zeroize::Zeroizing::new(seal::open(&key, &[INNER, &workspace.0], &wrapped).map_err(|_| DAMAGED)?);
    Secret32::from_slice(&inner).ok_or(DAMAGED)
}

const INNER: &[u8] = b"curtain inner v1";

/// `K_tab,n` for an epoch of the keystore.
pub(crate) fn derive_table(
    root: &Secret32,
    workspace: Id,
    keystore: &Arc<dyn Keystore>,
    epoch: u32,
) -> Result<Secret32> {
    let input = sha256_parts(&[b"curtain key table v1", &workspace.0]);
    let share = keystore.prf(alias(&workspace.text(), "epoch", u64::from(epoch)), input.to_vec())?;
    let share = Secret32::from_slice(&share).ok_or(Error::KeystoreUnsupported)?;
    tapped("epoch share", share.expose());
    derive_key(share.expose(), root.expose(), &[b"curtain key table v1"])
}

/// Wraps a lane's key.
pub(crate) fn wrap(table: &Secret32, workspace: Id, lane: Id, key: &Secret32) -> Result<Vec<u8>> {
    tapped("lane key", key.expose());
    seal::seal(table, &[b"curtain lane v1", &workspace.0, &lane.0], key.expose())
}

/// Unwraps a lane's key.
pub(crate) fn unwrap(table: &Secret32, workspace: Id, lane: Id, wrapped: &[u8]) -> Result<Secret32> {
    const DAMAGED: Error = Error::Damaged { what: "key table" };
    if wrapped.len() != WRAPPED_BYTES {
        return Err(DAMAGED);
    }
    with_scrubbed_stack(|| {
        let key = zeroize::Zeroizing::new(
            seal::open(table, &[b"curtain lane v1", &workspace.0, &lane.0], wrapped).map_err(|_| DAMAGED)?,
        );
        tapped("lane key", &key);
        Secret32::from_slice(&key).ok_or(DAMAGED)
    })
}
