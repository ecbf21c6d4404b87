//! Holds and orders that wait, as the anchor keeps them; and the escrow wraps of what is held.
//!
//! ```text
//! escrow-<lane>.age = age file to the escrow recipients; plaintext "curtain escrow v1" || workspace[16] || lane[16] || K_lane[32]
//! ```
//!
//! A wrap is on the medium before its hold counts, and before the first record of a lane that is made under one. A held lane
//! is never re-keyed or deleted, so a wrap fits until its hold ends; a rekey leaves lane keys, and so wraps, as they are.
//! The phone cannot open a wrap: it has no identity.

use super::anchor::{Anchor, AnchorState};
use super::record::Id;
use super::rows::Lane;
use super::store::Vault;
use super::{files, keys};
use crate::crypto::age::{self, Recipient};
use crate::crypto::{hex, sha256_parts};
use crate::error::{Error, Result};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::Instant;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Most orders that wait for the next unlock.
pub const MAX_PENDING: usize = 16;
/// Most holds at a time, waiting ones included.
pub const MAX_HOLDS: usize = 16;
/// Most patients that one hold of a patient may come to cover.
pub const MAX_HELD_PATIENTS: usize = 32;
/// What a hold forbids.
pub const HELD: Error = Error::NotAllowed { why: "under a hold" };

pub(super) const ESCROW_LABEL: &[u8] = b"curtain escrow v1";
pub(super) const ESCROW_PREFIX: &str = "escrow-";
const ESCROW_SUFFIX: &str = ".age";

/// What an order asks for that needs an open vault. `who` is a digest of the room above, hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ordered {
    /// Begin a hold; of the whole workspace without `who`.
    Hold {
        /// The patient.
        who: Option<String>,
    },
    /// End a hold.
    Release {
        /// The order that began it.
        hold: String,
    },
    /// Erase a patient.
    WipePatient {
        /// The patient.
        who: String,
    },
    /// Erase what was last written before a time.
    WipeBefore {
        /// Milliseconds since 1970.
        date_ms: i64,
    },
}

/// An order that waits for the next unlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingOrder {
    /// SHA-256 of its payload, hexadecimal.
    pub order: String,
    /// What it asks for.
    pub what: Ordered,
}

/// An active hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// SHA-256 of the order's payload, hexadecimal.
    pub order: String,
    /// The patient; the whole workspace if none.
    pub who: Option<String>,
    /// The lanes that were found to be that patient's, hexadecimal. None leaves before the hold ends, whatever is changed.
    pub lanes: Vec<String>,
}

impl Hold {
    /// Whether it covers a lane.
    pub fn covers(&self, lane: Id) -> bool {
        self.who.is_none() || self.lanes.contains(&lane.text())
    }
}

impl AnchorState {
    /// Whether an active hold covers a lane.
    pub fn holds(&self, lane: Id) -> bool {
        self.holds.iter().any(|hold| hold.covers(lane))
    }

    /// Whether a hold waits to become active: until then it may be anybody's.
    pub fn awaits_hold(&self) -> bool {
        self.pending.iter().any(|one| matches!(one.what, Ordered::Hold { .. }))
    }

    /// Whether nothing of a lane may go now.
    pub fn keeps(&self, lane: Id) -> bool {
        self.awaits_hold() || self.holds(lane)
    }

    /// Whether a hold of that order is active or waits.
    pub fn knows_hold(&self, order: &str) -> bool {
        let waits = |one: &PendingOrder| one.order == order && matches!(one.what, Ordered::Hold { .. });
        self.holds.iter().any(|hold| hold.order == order) || self.pending.iter().any(waits)
    }

    /// Active holds and those that wait.
    pub fn hold_count(&self) -> usize {
        let waiting = self.pending.iter().filter(|one| matches!(one.what, Ordered::Hold { .. }));
        self.holds.len() + waiting.count()
    }
}

/// Where the wrap of a lane lies.
pub(super) fn escrow_path(directory: &Path, lane: Id) -> PathBuf {
    directory.join(escrow_name(lane))
}

/// Its name.
pub(super) fn escrow_name(lane: Id) -> String {
    format!("{ESCROW_PREFIX}{}{ESCROW_SUFFIX}", lane.text())
}

/// Whether a file name is that of a wrap.
pub(super) fn is_escrow(name: &str) -> bool {
    let lane = name.strip_prefix(ESCROW_PREFIX).and_then(|rest| rest.strip_suffix(ESCROW_SUFFIX));
    lane.is_some_and(|lane| Id::parse(lane).is_ok())
}

/// Seals a lane's key to the escrow recipients and puts it beside the vault, durably. Without recipients nothing.
pub(super) fn write_escrow(directory: &Path, workspace: Id, lane: Id, key: &Secret32, to: &[Recipient]) -> Result<()> {
    if to.is_empty() {
        return Ok(());
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(ESCROW_LABEL.len() + 64));
    for part in [ESCROW_LABEL, &workspace.0, &lane.0, key.expose()] {
        plain.extend_from_slice(part);
    }
    let sealed = with_scrubbed_stack(|| age::seal_to(to, &plain))?;
    files::write_whole(&escrow_path(directory, lane), &sealed)
}

#[cfg(test)]
impl Vault {
    /// What the wrap of a lane seals: for tests that have no escrow identity.
    pub(crate) fn dangerous_wrap(&self, lane: Id) -> Vec<u8> {
        let wrapped = &self.lanes.get(&lane).unwrap().wrapped;
        let key = keys::unwrap(&self.keys.table, self.workspace, lane, wrapped).unwrap();
        [ESCROW_LABEL, &self.workspace.0, &lane.0, key.expose()].concat()
    }
}

/// Which recipients wraps are for: a digest, so that a change shows.
fn recipients_mark(to: &[String]) -> String {
    if to.is_empty() { String::new() } else { hex(&sha256_parts(&[to.join(" ").as_bytes()])) }
}

impl Vault {
    /// To whom held lanes are sealed from now on, `age1…`; none: no wraps are written.
    pub fn set_escrow(&mut self, to: &[String]) -> Result<()> {
        self.escrow = to.iter().map(|text| Recipient::parse(text)).collect::<Result<_>>()?;
        self.escrow_mark = recipients_mark(to);
        Ok(())
    }

    /// Every lane, those set aside too.
    pub fn every_lane(&self) -> Vec<Id> {
        self.lanes.keys().copied().collect()
    }

    /// Seals the keys of these lanes to the escrow recipients, durably. A lane that is not there yet is sealed when it is
    /// made; one whose wrapped key is damaged has nothing to seal.
    pub fn write_escrow(&self, lanes: &[Id]) -> Result<()> {
        for id in lanes {
            let Some(Lane { wrapped, .. }) = self.lanes.get(id) else { continue };
            match keys::unwrap(&self.keys.table, self.workspace, *id, wrapped) {
                Ok(key) => write_escrow(&self.directory, self.workspace, *id, &key, &self.escrow)?,
                Err(Error::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings the wraps to what the holds say: missing ones are written, all if the recipients changed, and those of
    /// lanes that nothing holds any more are removed.
    pub fn renew_escrow(&mut self, anchor: &mut Anchor, now: &Instant) -> Result<()> {
        let held: Vec<Id> = self.lanes.keys().copied().filter(|lane| anchor.state().holds(*lane)).collect();
        let changed = !self.escrow.is_empty() && anchor.state().escrow != self.escrow_mark;
        let missing = |lane: &Id| changed || !escrow_path(&self.directory, *lane).exists();
        let due: Vec<Id> = held.iter().copied().filter(missing).collect();
        self.write_escrow(&due)?;
        if changed && !held.is_empty() {
            let mark = self.escrow_mark.clone();
            self.put(anchor, now, |state| {
                state.escrow = mark;
                Ok(())
            })?;
        }
        for entry in std::fs::read_dir(&self.directory).map_err(Error::io("listing the workspace"))? {
            let name = entry.map_err(Error::io("listing the workspace"))?.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(ESCROW_PREFIX)) else { continue };
            if !held.iter().any(|lane| escrow_name(*lane) == name) {
                files::erase(&self.directory.join(name))?;
            }
        }
        Ok(())
    }

    /// A hold begins: its wraps first, then the anchor, which takes the order off those that wait.
    pub fn begin_hold(&mut self, anchor: &mut Anchor, now: &Instant, hold: Hold) -> Result<()> {
        let lanes: Vec<Id> = self.lanes.keys().copied().filter(|lane| hold.covers(*lane)).collect();
        self.write_escrow(&lanes)?;
        let first = anchor.state().holds.is_empty();
        let mark = self.escrow_mark.clone();
        self.put(anchor, now, |state| {
            state.pending.retain(|one| one.order != hold.order);
            if state.holds.iter().all(|known| known.order != hold.order) {
                state.holds.push(hold);
            }
            if first {
                state.escrow = mark;
            }
            Ok(())
        })
    }

    /// A hold ends: the anchor first, then the wraps that nothing holds any more.
    pub fn end_hold(&mut self, anchor: &mut Anchor, now: &Instant, hold: &str, order: &str) -> Result<()> {
        self.put(anchor, now, |state| {
            state.pending.retain(|one| one.order != order);
            state.holds.retain(|one| one.order != hold);
            Ok(())
        })?;
        self.renew_escrow(anchor, now)
    }

    /// Lanes come under holds that name their patient, by the order's hash: before they are written for the first time, or
    /// for those that are there, wraps first.
    pub fn extend_holds(&mut self, anchor: &mut Anchor, now: &Instant, found: &[(String, Id)]) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        for hold in &anchor.state().holds {
            let more = found.iter().filter(|(order, _)| *order == hold.order).count();
            if hold.lanes.len() + more > MAX_HELD_PATIENTS {
                return Err(Error::TooLarge { field: "patients of one hold", limit: MAX_HELD_PATIENTS as u64 });
            }
        }
        self.write_escrow(&found.iter().map(|(_, lane)| *lane).collect::<Vec<_>>())?;
        self.put(anchor, now, |state| {
            for (order, lane) in found {
                let hold = state.holds.iter_mut().find(|hold| hold.order == *order);
                if let Some(hold) = hold.filter(|hold| !hold.covers(*lane)) {
                    hold.lanes.push(lane.text());
                }
            }
            Ok(())
        })
    }
}
