//! Wipe: a state machine that every restart resumes before anything else.
//!
//! ```text
//! tombstone in the anchor -> keystore aliases (all but the signing key and the anchor's) -> slots -> files
//! (under a hold all but database, held streams and escrow wraps) -> residue scan -> receipt signed and stored -> acknowledged: signing key, anchor, directory
//! ```
//!
//! Once the aliases are gone nothing opens, whatever becomes of the files. What is claimed is what is known:
//! "keys deleted as reported by its keystore".

use super::anchor::alias;
use super::files;
use super::held::Kept;
use super::workspace::Workspace;
use crate::error::{Error, Result};
use crate::platform::Instant;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Why a workspace is erased: the complete list of what may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WipeCause {
    /// A valid order for this enrolment.
    Order,
    /// The lease's grace ended by running time and by wall time.
    Lease,
    /// The last counted guess failed, slot and anchor being intact, and the policy says erase.
    Attempts,
    /// The user's own departure, with fresh authentication.
    Departure,
}

impl WipeCause {
    /// The name in receipts.
    pub const fn name(self) -> &'static str {
        match self {
            WipeCause::Order => "order",
            WipeCause::Lease => "lease",
            WipeCause::Attempts => "attempts",
            WipeCause::Departure => "departure",
        }
    }
}

/// The order that asks for a wipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WipeOrder {
    /// SHA-256 of its payload, hexadecimal.
    pub hash: String,
    /// Whether what is held goes all the same.
    pub release_holds: bool,
}

/// How far a wipe has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WipePhase {
    /// Decided; everything still there.
    Intent,
    /// The keystore reported its keys deleted: nothing opens any more.
    KeysDeleted,
    /// The files are gone, as far as the residue scan saw.
    FilesErased,
    /// The receipt is stored.
    Receipted,
    /// The institution has the receipt: the remains go.
    Acknowledged,
}

/// What stands in the anchor from the first step on: all that the receipt will need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// Why.
    pub cause: WipeCause,
    /// How far.
    pub phase: WipePhase,
    /// SHA-256 of the order's payload, hexadecimal, when an order asked for it.
    pub order: Option<String>,
    /// Counts by kind, as the room above found them; empty when it was locked.
    pub counts: Vec<(String, u64)>,
    /// The journal's size when it ended.
    pub journal_size: u64,
    /// Its root, hexadecimal.
    pub journal_root: String,
    /// Wall clock at the start, milliseconds since 1970.
    pub started_ms: i64,
    /// Wall clock when the files were gone.
    pub finished_ms: Option<i64>,
    /// Keystore keys that existed and were deleted.
    pub keys_deleted: u32,
    /// Files that could not be removed.
    pub residue: u32,
    /// Whether a hold was active and not released: then database, held streams and escrow wraps stay until acknowledged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Tombstone {
    /// Whether files stay under a hold, and are ready to be collected.
    pub(super) fn holds_files(&self) -> bool {
        self.held && self.phase >= WipePhase::FilesErased
    }
}

/// Names that a wiped workspace's directory may still hold.
const REMAINS: [&str; 3] = ["anchor", "lock", "receipt.jws"];

impl Workspace {
    /// Writes the tombstone: from here on every restart goes on with the erasing.
    pub fn begin_wipe(
        &mut self,
        now: &Instant,
        cause: WipeCause,
        order: Option<WipeOrder>,
        counts: Vec<(String, u64)>,
    ) -> Result<()> {
        if self.anchor().state().tombstone.is_some() {
            return Ok(());
        }
        let (journal_size, journal_root) = {
            let state = self.anchor().state();
            (state.journal.size(), crate::crypto::hex(&state.journal.root()))
        };
        let released = order.as_ref().is_some_and(|order| order.release_holds);
        let tombstone = Tombstone {
            cause,
            phase: WipePhase::Intent,
            order: order.map(|order| order.hash),
            counts,
            journal_size,
            journal_root,
            started_ms: now.wall_ms,
            finished_ms: None,
            keys_deleted: 0,
            residue: 0,
            held: !released && !self.anchor().state().holds.is_empty(),
        };
        self.anchor_mut().put(now, false, |state| {
            state.tombstone = Some(tombstone);
            Ok(())
        })
    }

    /// Goes on with a wipe until only the receipt is missing. Idempotent: repeat it until it succeeds.
    pub fn continue_wipe(&mut self, now: &Instant) -> Result<()> {
        let Some(mut tombstone) = self.anchor().state().tombstone.clone() else { return Ok(()) };
        if tombstone.phase == WipePhase::Intent {
            tombstone.keys_deleted += self.delete_keys()?;
            tombstone.phase = WipePhase::KeysDeleted;
            self.note(now, &tombstone)?;
        }
        if tombstone.phase == WipePhase::KeysDeleted {
            let kept = tombstone.held.then(|| Kept::read(self.directory(), self.anchor().state()));
            tombstone.residue = erase_files(self.directory(), kept.as_ref())?;
            tombstone.finished_ms = Some(now.wall_ms);
            tombstone.phase = WipePhase::FilesErased;
            self.note(now, &tombstone)?;
        }
        Ok(())
    }

    /// Keeps the signed receipt beside the anchor until it is acknowledged.
    pub fn store_receipt(&mut self, now: &Instant, receipt: &[u8]) -> Result<()> {
        let Some(mut tombstone) = self.anchor().state().tombstone.clone() else {
            return Err(Error::NotAllowed { why: "nothing was erased" });
        };
        if tombstone.phase < WipePhase::FilesErased {
            return Err(Error::Internal { code: 260 });
        }
        files::write_whole(&self.receipt_path(), receipt)?;
        tombstone.phase = WipePhase::Receipted;
        self.note(now, &tombstone)
    }

    /// The stored receipt.
    pub fn receipt(&self) -> Result<Option<Vec<u8>>> {
        files::read_bounded(&self.receipt_path(), 64 * 1024)
    }

    /// The institution has the receipt: the last keys and the directory go. Repeat it until it succeeds, also after a
    /// restart; a directory without keys and vault is removed by [`Workspace::open`].
    pub fn acknowledge(&mut self, now: &Instant) -> Result<()> {
        let mut tombstone = match self.anchor().state().tombstone.clone() {
            Some(tombstone) if tombstone.phase >= WipePhase::Receipted => tombstone,
            _ => return Err(Error::NotAllowed { why: "no receipt yet" }),
        };
        if tombstone.phase == WipePhase::Receipted {
            tombstone.phase = WipePhase::Acknowledged;
            self.note(now, &tombstone)?;
        }
        // Before the anchor goes: a directory that holds more would be somebody else's.
        self.erase_held()?;
        files::erase(&self.receipt_path())?;
        self.anchor().keystore().delete(self.signing_alias())?;
        self.anchor().destroy()?;
        remove(self.directory())
    }

    /// Whether the receipt was acknowledged and only [`Workspace::acknowledge`] is left to finish.
    pub fn is_acknowledged(&self) -> bool {
        self.anchor().state().tombstone.as_ref().is_some_and(|tombstone| tombstone.phase == WipePhase::Acknowledged)
    }

    /// Deletes every keystore key but the signing key and the anchor's; gives how many there were.
    pub(super) fn delete_keys(&self) -> Result<u32> {
        let keystore = self.anchor().keystore();
        let name = self.id().text();
        let mut deleted = 0;
        let state = self.anchor().state();
        // A step deletes the generation before; one that was cut leaves two. A rekey makes its pepper before the anchor knows.
        let (pepper, epoch) = (u64::from(state.pepper), u64::from(state.epoch));
        let peppers = (pepper.saturating_sub(1)..=pepper + 1).map(|generation| alias(&name, "pepper", generation));
        let epochs = (epoch.saturating_sub(1)..=epoch).map(|generation| alias(&name, "epoch", generation));
        for alias in peppers.chain(epochs).chain([super::biometry::alias(&name)]) {
            if keystore.exists(alias.clone())? {
                keystore.delete(alias.clone())?;
                if keystore.exists(alias)? {
                    return Err(Error::KeystoreNotNow);
                }
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    fn note(&mut self, now: &Instant, tombstone: &Tombstone) -> Result<()> {
        let tombstone = tombstone.clone();
        self.anchor_mut().put(now, false, |state| {
            state.tombstone = Some(tombstone);
            Ok(())
        })
    }

    fn receipt_path(&self) -> PathBuf {
        self.directory().join("receipt.jws")
    }
}

/// Removes a workspace's directory if nothing of a vault is left in it; gives whether it did.
pub(super) fn remove_remains(directory: &Path) -> Result<bool> {
    let entries = std::fs::read_dir(directory).map_err(Error::io("listing the workspace"))?;
    for entry in entries {
        let name = entry.map_err(Error::io("listing the workspace"))?.file_name();
        if name != "anchor" && name != "lock" {
            return Ok(false);
        }
    }
    remove(directory).map(|()| true)
}

fn remove(directory: &Path) -> Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("removing the workspace")(error)),
        _ => files::sync_parent(directory),
    }
}

/// Removes everything but what must remain; gives how many files could not be removed.
fn erase_files(directory: &Path, kept: Option<&Kept>) -> Result<u32> {
    // Slots first: without keys they open nothing, but they are the shortest way to show it.
    for slots in ["slots", "slots.next"] {
        files::erase(&directory.join(slots))?;
    }
    let mut residue = 0;
    sweep(directory, kept, true, &mut residue)?;
    files::sync_parent(&directory.join("anchor"))?;
    Ok(residue)
}

fn sweep(directory: &Path, kept: Option<&Kept>, top: bool, residue: &mut u32) -> Result<()> {
    let entries = std::fs::read_dir(directory).map_err(Error::io("listing the workspace"))?;
    for entry in entries {
        let entry = entry.map_err(Error::io("listing the workspace"))?;
        let path = entry.path();
        if top && REMAINS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if let (Some(kept), Some(name)) = (kept, entry.file_name().to_str())
            && top
            && kept.keeps(name)
        {
            continue;
        }
        let kind = entry.file_type().map_err(Error::io("listing the workspace"))?;
        if kind.is_dir() {
            sweep(&path, kept, false, residue)?;
            if std::fs::remove_dir(&path).is_err() {
                *residue += 1;
            }
        } else if files::erase(&path).is_err() {
            *residue += 1;
        }
    }
    Ok(())
}
