//! The rekey: a new passcode, the end of the biometric slot, the use of a recovery code, all in one way.
//!
//! New ROOT, new pepper, new epoch, new slots; the key table, INNER and the head are wrapped anew. In this order:
//!
//! ```text
//! anchor names the epoch -> create pepper-p+1, epoch-n+1 -> write slots.next -> one transaction
//! -> wal_checkpoint(TRUNCATE), result checked -> delete the biometric key -> anchor -> rename over slots
//! -> delete pepper-p, epoch-n -> only then acknowledged
//! ```
//!
//! Cut before the transaction the old passcode opens, cut after it the new one; the next unlock finishes or undoes the rest.
//! Once acknowledged, the old passcode opens nothing, whatever older files are put back: its pepper is gone.

use super::anchor::{Anchor, alias};
use super::keys::{self, Keys};
use super::slots::{self, PASSCODE, RECOVERY};
use super::store::{Act, Vault};
use super::unlock::prf;
use super::workspace::Workspace;
use super::{biometry, database, files, journal, recovery, rows};
use crate::crypto::age::Recipient;
use crate::crypto::make_key;
use crate::crypto::slot::{SlotHeader, make_slot};
use crate::error::{Error, Result};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, KeyPurpose};

/// What opens the workspace after a rekey. Biometrics are off in any case: they are turned on anew.
pub struct NewSlots<'a> {
    /// The user's passcode, new or the same.
    pub passcode: &'a [u8],
    /// To whom a fresh recovery code is sealed; empty: no recovery slot.
    pub recovery: &'a [Recipient],
}

impl Workspace {
    /// Gives the vault a new ROOT, pepper and epoch under new slots; the entries of `acts` go into its transaction.
    /// Not acknowledged before the old keys are gone. After an error one of the two passcodes opens, and nothing is lost.
    ///
    /// # Errors
    /// Those of the keystore and the file system; `Invalid` for a passcode of impossible length.
    pub fn rekey(&mut self, vault: &mut Vault, now: &Instant, new: &NewSlots<'_>, acts: &[Act]) -> Result<()> {
        super::unlock::check_length(new.passcode)?;
        self.finish_rekey(vault, now)?;
        let pepper = vault.head.pepper.checked_add(1).ok_or(Error::Internal { code: 270 })?;
        let epoch = vault.head.epoch.checked_add(1).ok_or(Error::Internal { code: 271 })?;
        // The anchor covers the commit below should the phone die right after it, and names the key for a wipe.
        vault.put(&mut self.anchor, now, |state| {
            state.epoch = epoch;
            Ok(())
        })?;
        let keystore = self.anchor().keystore().clone();
        let name = self.id().text();
        for (key, generation) in [("pepper", pepper), ("epoch", epoch)] {
            keystore.create(alias(&name, key, u64::from(generation)), KeyPurpose::Prf)?;
        }
        let root = make_key()?;
        let written = with_scrubbed_stack(|| self.make_next_slots(vault, pepper, &root, new))?;
        files::write_whole(&self.next_slots_path(), &written)?;
        let inner = Secret32::from_slice(vault.keys.inner.expose()).ok_or(Error::Internal { code: 272 })?;
        let keys = with_scrubbed_stack(|| Keys::derive(root, inner, self.id(), &keystore, epoch))?;
        vault.rewrap(&self.anchor, now, keys, (pepper, epoch), acts)?;
        self.finish_rekey(vault, now)
    }

    /// The slots file of a new ROOT; a recovery code is sealed beside it first, under its slot's own name.
    fn make_next_slots(&self, vault: &Vault, pepper: u32, root: &Secret32, new: &NewSlots<'_>) -> Result<Vec<u8>> {
        let current = self.slots(Some(vault))?;
        let old = &current.first().header;
        let name = self.id().text();
        let ask = prf(self.anchor().keystore(), &name, pepper);
        let make = |number, secret: &[u8]| {
            let header = SlotHeader::make(old.workspace, old.enrolment, number, pepper, old.cost)?;
            make_slot(&header, secret, root, &ask)
        };
        let mut written = make(PASSCODE, new.passcode)?;
        if !new.recovery.is_empty() {
            let code = recovery::Code::make()?;
            let slot = make(RECOVERY, code.secret())?;
            self.keep(&slots::recovery_name(&slot), &code.sealed_to(new.recovery)?)?;
            written.extend_from_slice(&slot);
        }
        Ok(written)
    }

    /// The second half of a rekey, or the undoing of one that was cut before its transaction. Run at each unlock, and before
    /// anything else changes the slots.
    pub fn finish_rekey(&mut self, vault: &mut Vault, now: &Instant) -> Result<()> {
        let pepper = vault.head.pepper;
        let keystore = self.anchor().keystore().clone();
        let name = self.id().text();
        if self.anchor().state().pepper != pepper {
            database::checkpoint(&vault.connection)?;
            // Its slot went with the old ROOT.
            keystore.delete(biometry::alias(&name))?;
            vault.put(&mut self.anchor, now, |state| {
                state.pepper = pepper;
                state.biometry = None;
                Ok(())
            })?;
        }
        let (path, next) = (self.slots_path(), self.next_slots_path());
        if next.try_exists().map_err(Error::io("reading the slots"))? {
            if matches!(self.read_slots(&path), Ok(Some(slots)) if slots.pepper() == pepper) {
                files::erase(&next)?;
            } else {
                // Read before: whoever is here came in by these slots, or has just written them.
                self.slots(Some(vault))?;
                files::rename(&next, &path)?;
            }
        }
        let (anchored, epoch) = (self.anchor().state().epoch, vault.head.epoch);
        if anchored > epoch {
            // A step that was cut before its transaction: its keys go, and nothing needs them.
            keystore.delete(alias(&name, "pepper", u64::from(pepper) + 1))?;
            keystore.delete(alias(&name, "epoch", u64::from(anchored)))?;
            vault.put(&mut self.anchor, now, |state| {
                state.epoch = epoch;
                Ok(())
            })?;
        }
        if let Some(old) = pepper.checked_sub(1).filter(|old| *old > 0) {
            let old = alias(&name, "pepper", u64::from(old));
            if keystore.exists(old.clone())? {
                keystore.delete(old)?;
            }
        }
        self.sweep_recovery(vault)?;
        vault.finish_epoch(&mut self.anchor, now)
    }

    /// Whether a rekey was cut, and [`Workspace::finish_rekey`] has something to do before the next unlock.
    pub fn rekey_is_open(&self, vault: &Vault) -> bool {
        self.anchor().state().pepper != vault.head.pepper || self.next_slots_path().exists()
    }

    /// Removes sealed recovery codes whose slot is not in force.
    fn sweep_recovery(&self, vault: &Vault) -> Result<()> {
        let slots = self.slots(Some(vault))?;
        let kept = slots.get(RECOVERY).map(|slot| slots::recovery_name(slot.bytes()));
        self.sweep_kept(slots::RECOVERY_PREFIX, kept.as_slice())
    }
}

impl Vault {
    /// The transaction in which ROOT changes: the whole key table, INNER and the head under the new keys.
    fn rewrap(
        &mut self,
        anchor: &Anchor,
        now: &Instant,
        keys: Keys,
        generations: (u32, u32),
        acts: &[Act],
    ) -> Result<()> {
        let before = self.head.clone();
        match with_scrubbed_stack(|| self.write_rewrapped(anchor, now, &keys, generations, acts)) {
            Ok(()) => {
                self.keys = keys;
                self.since_put += 1;
                Ok(())
            }
            Err(error) => {
                self.head = before;
                self.lanes = rows::read_lanes(&self.connection)?;
                Err(error)
            }
        }
    }

    fn write_rewrapped(
        &mut self,
        anchor: &Anchor,
        now: &Instant,
        new: &Keys,
        (pepper, epoch): (u32, u32),
        acts: &[Act],
    ) -> Result<()> {
        let Vault { connection, workspace, keys, head, lanes, aside, .. } = self;
        let transaction = connection.unchecked_transaction().map_err(database::failed)?;
        for (id, lane) in lanes.iter_mut() {
            match keys::unwrap(&keys.table, *workspace, *id, &lane.wrapped) {
                Ok(key) => lane.wrapped = keys::wrap(&new.table, *workspace, *id, &key)?,
                // A wrapped key that is damaged opens under no table: it stays as it is, and the others go on.
                Err(Error::Damaged { .. }) => {
                    if !aside.contains(id) {
                        aside.push(*id);
                    }
                    continue;
                }
                Err(error) => return Err(error),
            }
            rows::put_lane(connection, *id, lane)?;
        }
        for act in acts {
            let pseudonym = act.lane.map(|lane| keys.pseudonym(lane));
            let (seq, entry) = head.journal.append(&anchor.state().journal, &act.event, pseudonym, now)?;
            journal::put_entry(connection, *workspace, keys, seq, &entry)?;
        }
        (head.pepper, head.epoch) = (pepper, epoch);
        head.inner = keys::wrap_inner(&new.root, *workspace, &new.inner)?;
        rows::write_head(connection, *workspace, new, head, lanes, anchor)?;
        files::step().map_err(Error::io("committing"))?;
        transaction.commit().map_err(database::failed)
    }
}
