//! The slots file: one slot for the passcode, and while they are on one for biometrics and one for recovery.
//!
//! ```text
//! slots = slot 0 [slot 1] [slot 2]        271 bytes each, all of one pepper
//! ```
//!
//! During a rekey the next slots lie in `slots.next`. Which of the two holds says the database, in whose transaction
//! ROOT changes: `head.pepper`.

use super::record::Id;
use super::store::Vault;
use super::unlock::prf;
use super::workspace::Workspace;
use super::{database, files};
use crate::crypto::slot::{SLOT_BYTES, Slot, SlotHeader, make_slot};
use crate::crypto::{hex, sha256};
use crate::error::{Error, Result};
use crate::memory::with_scrubbed_stack;
use std::path::PathBuf;

/// The slot that the passcode opens.
pub(super) const PASSCODE: u8 = 0;
/// The slot that the share opens which a biometric key releases.
pub(super) const BIOMETRY: u8 = 1;
/// The slot that the recovery code opens.
pub(super) const RECOVERY: u8 = 2;

const SLOT_DAMAGED: Error = Error::Damaged { what: "slot" };

/// The slots of one pepper.
pub(super) struct Slots(Vec<Slot>);

impl Slots {
    /// One to three slots in order of number, the passcode's first, all of one workspace, enrolment and pepper.
    pub(super) fn parse(bytes: &[u8]) -> Result<Slots> {
        let (parts, rest) = bytes.as_chunks::<SLOT_BYTES>();
        if !(1..=3).contains(&parts.len()) || !rest.is_empty() {
            // A slot of a newer version may have another length: it says so itself.
            Slot::parse(bytes)?;
            return Err(SLOT_DAMAGED);
        }
        let slots = parts.iter().map(|part| Slot::parse(part)).collect::<Result<Vec<_>>>()?;
        let same = |pair: &[Slot]| {
            let (one, two) = (&pair[0].header, &pair[1].header);
            one.slot < two.slot
                && (one.workspace, one.enrolment, one.pepper) == (two.workspace, two.enrolment, two.pepper)
        };
        let whole = slots[0].header.slot == PASSCODE && slots[slots.len() - 1].header.slot <= RECOVERY;
        if whole && slots.windows(2).all(same) { Ok(Slots(slots)) } else { Err(SLOT_DAMAGED) }
    }

    /// The slot of a number.
    pub(super) fn get(&self, number: u8) -> Option<&Slot> {
        self.0.iter().find(|slot| slot.header.slot == number)
    }

    /// The passcode's slot, which is always there.
    pub(super) fn first(&self) -> &Slot {
        &self.0[0]
    }

    /// The generation of their pepper.
    pub(super) fn pepper(&self) -> u32 {
        self.first().header.pepper
    }

    /// The file with `slot` in the place of the one of its number.
    pub(super) fn with(&self, slot: &Slot) -> Vec<u8> {
        let number = slot.header.slot;
        let before = self.0.iter().filter(|old| old.header.slot < number);
        let after = self.0.iter().filter(|old| old.header.slot > number);
        before.chain([slot]).chain(after).flat_map(|slot| slot.bytes().iter().copied()).collect()
    }
}

/// The name of the sealed recovery code that belongs to a recovery slot.
pub(super) fn recovery_name(slot: &[u8]) -> String {
    format!("{RECOVERY_PREFIX}{}.age", hex(&sha256(slot)[..8]))
}

/// What the names of sealed recovery codes begin with.
pub(super) const RECOVERY_PREFIX: &str = "recovery-";

impl Workspace {
    pub(super) fn slots_path(&self) -> PathBuf {
        self.directory().join("slots")
    }

    pub(super) fn next_slots_path(&self) -> PathBuf {
        self.directory().join("slots.next")
    }

    /// Reads one of the two files: its form, and that it is of this workspace and enrolment.
    pub(super) fn read_slots(&self, path: &std::path::Path) -> Result<Option<Slots>> {
        let limit = 3 * SLOT_BYTES as u64;
        let bytes = files::read_bounded(path, limit)
            .map_err(|error| if matches!(error, Error::TooLarge { .. }) { SLOT_DAMAGED } else { error })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let slots = Slots::parse(&bytes)?;
        let header = &slots.first().header;
        if Id(header.workspace) != self.id() || hex(&header.enrolment) != self.anchor().state().enrolment {
            return Err(Error::OtherPhone);
        }
        Ok(Some(slots))
    }

    /// The slots in force. An open vault says itself which they are; else, if a rekey was cut, the database is asked.
    pub(super) fn slots(&self, vault: Option<&Vault>) -> Result<Slots> {
        let anchored = self.anchor().state().pepper;
        let next = self.next_slots_path();
        if !next.try_exists().map_err(Error::io("reading the slots"))? {
            let slots = self.read_slots(&self.slots_path())?.ok_or(SLOT_DAMAGED)?;
            let current = slots.pepper() == anchored;
            return if current { Ok(slots) } else { Err(Error::RolledBack { what: "slot" }) };
        }
        let pepper = match vault {
            Some(vault) => vault.head.pepper,
            None => database::pepper(&self.directory().join("vault.db"))?,
        };
        if pepper < anchored {
            return Err(Error::RolledBack { what: "database" });
        }
        for path in [self.slots_path(), next] {
            if let Ok(Some(slots)) = self.read_slots(&path)
                && slots.pepper() == pepper
                && pepper - anchored <= 1
            {
                return Ok(slots);
            }
        }
        Err(SLOT_DAMAGED)
    }

    /// Adds a slot to those in force, or replaces the one of its number, durably.
    pub(super) fn put_slot(&self, vault: &Vault, slot: &Slot) -> Result<()> {
        let slots = self.slots(Some(vault))?;
        files::write_whole(&self.slots_path(), &slots.with(slot))
    }

    /// Makes the slot of `number` in which `secret` opens the vault's ROOT, at the passcode's cost.
    pub(super) fn make_slot(&self, vault: &Vault, number: u8, secret: &[u8]) -> Result<Slot> {
        let first = self.slots(Some(vault))?;
        let header = &first.first().header;
        let header = SlotHeader::make(header.workspace, header.enrolment, number, header.pepper, header.cost)?;
        let name = self.id().text();
        let ask = prf(self.anchor().keystore(), &name, header.pepper);
        Slot::parse(&with_scrubbed_stack(|| make_slot(&header, secret, &vault.keys.root, &ask))?)
    }
}
