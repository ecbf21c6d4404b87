//! The head and the manifests: what makes a deleted, swapped or replayed row visible.
//!
//! ```text
//! manifest(lane) = HMAC(K_manifest, "lane" || for each record by id: id || version[8] || commit[32])
//! lanes          = HMAC(K_manifest, "lanes" || for each lane by id: lane || manifest || commit of its wrapped key)
//! head row       = seal(K_head; AAD "curtain head v1", workspace; JSON of Head)
//! ```

use super::record::Id;
use crate::crypto::{equal, seal, sha256};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::memory::Secret32;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the manifest says of a record: its version and the commitment of its key.
pub(crate) type Mark = (u64, [u8; 32]);

/// The database's only authenticated root.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// Commits so far.
    pub(crate) seq: u64,
    /// The anchor under which it was written.
    pub(crate) anchor_id: String,
    /// The keystore epoch that the key table is wrapped under.
    pub(crate) epoch: u32,
    /// Generation of the pepper key whose slots open ROOT: also in clear beside the sealed head, for a rekey that was cut.
    pub(crate) pepper: u32,
    /// INNER wrapped under ROOT, hexadecimal: see `keys`.
    pub(crate) inner: String,
    /// The lanes' manifest, hexadecimal.
    pub(crate) lanes: String,
    /// The journal's tree.
    pub(crate) journal: Journal,
    /// The last locked segment folded in, so that none is folded twice.
    pub(crate) folded: String,
    /// How many of its entries were folded in: a later unlock adds only what came since.
    pub(crate) folded_entries: u64,
}

impl Head {
    /// Seals it; the hash of the result is what the anchor keeps.
    pub(crate) fn seal(&self, key: &Secret32, workspace: Id) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(|_| Error::Internal { code: 230 })?;
        seal::seal(key, &[b"curtain head v1", &workspace.0], &plain)
    }

    /// Opens it.
    pub(crate) fn open(key: &Secret32, workspace: Id, sealed: &[u8]) -> Result<Head> {
        const DAMAGED: Error = Error::Damaged { what: "head" };
        let plain = seal::open(key, &[b"curtain head v1", &workspace.0], sealed).map_err(|_| DAMAGED)?;
        serde_json::from_slice(&plain).map_err(|_| DAMAGED)
    }
}

/// The manifest of one lane's records.
pub(crate) fn lane_manifest(key: &Secret32, records: &BTreeMap<Id, Mark>) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(4 + records.len() * 56);
    bytes.extend_from_slice(b"lane");
    for (id, (version, commit)) in records {
        bytes.extend_from_slice(&id.0);
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(commit);
    }
    crate::crypto::hmac_sha256(key.expose(), &[&bytes])
}

/// The manifest over all lanes: `(lane, manifest, wrapped key)` in order of lane.
pub(crate) fn lanes_manifest<'a>(
    key: &Secret32,
    lanes: impl ExactSizeIterator<Item = (&'a Id, &'a [u8; 32], &'a [u8])>,
) -> Result<[u8; 32]> {
    let mut bytes = Vec::with_capacity(5 + lanes.len() * 80);
    bytes.extend_from_slice(b"lanes");
    for (lane, manifest, wrapped) in lanes {
        let envelope = seal::Envelope::parse(wrapped).ok_or(Error::Damaged { what: "key table" })?;
        bytes.extend_from_slice(&lane.0);
        bytes.extend_from_slice(manifest);
        bytes.extend_from_slice(&envelope.commit);
    }
    Ok(crate::crypto::hmac_sha256(key.expose(), &[&bytes]))
}

/// The hash that the anchor keeps of a sealed head.
pub(crate) fn hash(sealed: &[u8]) -> [u8; 32] {
    sha256(sealed)
}

/// Compares a stored manifest with a recomputed one.
pub(crate) fn same(stored: &[u8], computed: &[u8; 32]) -> bool {
    equal(stored, computed)
}
