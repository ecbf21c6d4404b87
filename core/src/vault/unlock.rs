//! The way in: one guess, counted before it is tried; and the vault behind the right one.

use super::anchor::alias;
use super::attempts::AttemptRules;
use super::head::Head;
use super::keys::Keys;
use super::store::Vault;
use super::workspace::Workspace;
use super::{RESEAL_EVERY, database, files};
use crate::crypto::hex;
use crate::crypto::slot::{SLOT_BYTES, Slot};
use crate::error::{Error, Result};
use crate::journal::{Code, Event, Segment};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, Keystore};
use std::sync::Arc;

impl Workspace {
    /// One guess. Damage is refused before it is counted; it is counted before the KDF runs; a match opens the vault,
    /// folds what happened while locked into the journal, and starts the count over.
    pub fn unlock(&mut self, passcode: &[u8], now: &Instant, rules: AttemptRules) -> Result<Vault> {
        if self.anchor.state().tombstone.is_some() {
            return Err(Error::Erased);
        }
        self.may_guess(now, rules)?;
        let slot = self.slot()?;
        let keystore = self.anchor.keystore().clone();
        let name = self.id.text();
        let ask = prf(&keystore, &name, slot.header.pepper);
        slot.verify(&ask)?;
        check_length(passcode)?;
        self.note_locked(now, &Event::from(Code::GuessCounted), |state| {
            state.attempts.count(now);
            Ok(())
        })?;
        let root = with_scrubbed_stack(|| slot.open(passcode, &ask))?;
        let Some(root) = root else {
            let attempts = &self.anchor.state().attempts;
            let tries_left = attempts.left(rules);
            return Err(if tries_left == 0 {
                Error::Blocked
            } else {
                Error::WrongPasscode { tries_left, delay_ms: attempts.remaining_ms(now) }
            });
        };
        let opened = self.open_vault(root, now);
        if opened.is_err() {
            // The passcode was right: damage behind it must not use up guesses.
            self.anchor.put(now, false, |state| {
                state.attempts.reset();
                Ok(())
            })?;
        }
        opened
    }

    /// Whether `passcode` is the user's, for a fresh authentication: through the same counter. The open vault's puts, so
    /// that each closes the journal's epoch over all its entries.
    pub fn check_passcode(
        &mut self,
        vault: &mut Vault,
        passcode: &[u8],
        now: &Instant,
        rules: AttemptRules,
    ) -> Result<()> {
        self.may_guess(now, rules)?;
        let slot = self.slot()?;
        let keystore = self.anchor.keystore().clone();
        let name = self.id.text();
        let ask = prf(&keystore, &name, slot.header.pepper);
        slot.verify(&ask)?;
        check_length(passcode)?;
        vault.put(&mut self.anchor, now, |state| {
            state.attempts.count(now);
            Ok(())
        })?;
        if with_scrubbed_stack(|| slot.open(passcode, &ask))?.is_none() {
            let attempts = &self.anchor.state().attempts;
            let tries_left = attempts.left(rules);
            return Err(Error::WrongPasscode { tries_left, delay_ms: attempts.remaining_ms(now) });
        }
        vault.put(&mut self.anchor, now, |state| {
            state.attempts.reset();
            Ok(())
        })
    }

    fn may_guess(&self, now: &Instant, rules: AttemptRules) -> Result<()> {
        let attempts = &self.anchor.state().attempts;
        if attempts.left(rules) == 0 {
            return Err(Error::Blocked);
        }
        match attempts.remaining_ms(now) {
            0 => Ok(()),
            delay_ms => Err(Error::MustWait { delay_ms }),
        }
    }

    fn slot(&self) -> Result<Slot> {
        let bytes = files::read_bounded(&self.directory.join("slots"), SLOT_BYTES as u64)
            .map_err(|error| if matches!(error, Error::TooLarge { .. }) { SLOT_DAMAGED } else { error })?
            .ok_or(SLOT_DAMAGED)?;
        let slot = Slot::parse(&bytes)?;
        let state = self.anchor.state();
        if slot.header.workspace != self.id.0 || hex(&slot.header.enrolment) != state.enrolment {
            return Err(Error::OtherPhone);
        }
        if slot.header.pepper != state.pepper {
            return Err(Error::RolledBack { what: "slot" });
        }
        Ok(slot)
    }

    fn open_vault(&mut self, root: Secret32, now: &Instant) -> Result<Vault> {
        let connection = database::open(&self.directory.join("vault.db"))?;
        let keystore = self.anchor.keystore().clone();
        let sealed: Vec<u8> = connection
            .query_row("SELECT sealed FROM head WHERE only = 1", [], |row| row.get(0))
            .map_err(|_| Error::Damaged { what: "head" })?;
        // The head names the epoch of the key table, so it must open before the table's key can be derived.
        let head_key = crate::crypto::derive_key(&self.id.0, root.expose(), &[b"curtain head v1"])?;
        let head = Head::open(&head_key, self.id, &sealed)?;
        self.check_fresh(&head, &sealed)?;
        let keys = with_scrubbed_stack(|| Keys::derive(root, self.id, &keystore, head.epoch))?;
        let ahead = head.seq > self.anchor.state().head.seq;
        let mut vault = Vault::load(connection, self.id, keys, head)?;
        if ahead {
            // After a kill the anchor catches up first: else each unlock that is cut below would add a commit, past
            // what opening accepts. The journal's mark stays: the segment's entries were made under it.
            let (seq, hash) = (vault.seq(), hex(&vault.head_hash()?));
            self.anchor.put(now, false, |state| {
                state.head.seq = seq;
                state.head.hash = hash;
                Ok(())
            })?;
        }
        // Before any other put: what happened while locked comes before it in the journal too.
        let segment = self.anchor.state().segment.clone();
        vault.fold(&mut self.anchor, now, &segment, &Event::from(Code::Unlocked))?;
        vault.finish_epoch(&mut self.anchor, now)?;
        vault.put(&mut self.anchor, now, |state| {
            state.attempts.reset();
            state.segment = Segment::start()?;
            Ok(())
        })?;
        Ok(vault)
    }

    /// The anchored head, or after a kill that anchor and at most 32 commits more.
    fn check_fresh(&self, head: &Head, sealed: &[u8]) -> Result<()> {
        let mark = &self.anchor.state().head;
        let anchored = head.seq == mark.seq && hex(&super::head::hash(sealed)) == mark.hash;
        let later = head.anchor_id == mark.anchor_id
            && head.seq > mark.seq
            && head.seq <= mark.seq.saturating_add(u64::from(RESEAL_EVERY));
        if anchored || later { Ok(()) } else { Err(Error::RolledBack { what: "database" }) }
    }
}

/// A passcode of impossible length is no guess.
fn check_length(passcode: &[u8]) -> Result<()> {
    use crate::crypto::kdf::{MAX_PASSCODE_BYTES, MIN_PASSCODE_BYTES};
    let possible = (MIN_PASSCODE_BYTES..=MAX_PASSCODE_BYTES).contains(&passcode.len());
    if possible { Ok(()) } else { Err(Error::invalid("passcode", "length")) }
}

const SLOT_DAMAGED: Error = Error::Damaged { what: "slot" };

pub(super) fn prf<'a>(
    keystore: &'a Arc<dyn Keystore>,
    workspace: &'a str,
    pepper: u32,
) -> impl Fn([u8; 32]) -> Result<[u8; 32]> + 'a {
    move |input| {
        let output = keystore.prf(alias(workspace, "pepper", u64::from(pepper)), input.to_vec())?;
        output.try_into().map_err(|_| Error::KeystoreUnsupported)
    }
}
