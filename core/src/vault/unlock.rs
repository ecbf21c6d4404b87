//! The way in: one guess, counted before it is tried; and the vault behind the right one.

use super::anchor::alias;
use super::attempts::AttemptRules;
use super::head::Head;
use super::keys::{self, Keys};
use super::slots::PASSCODE;
use super::store::Vault;
use super::workspace::Workspace;
use super::{RESEAL_EVERY, database};
use crate::crypto::hex;
use crate::error::{Error, Result};
use crate::journal::{Code, Event, Segment};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, Keystore};
use std::sync::Arc;

/// What opened the vault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Passcode,
    Biometry,
    Recovery,
}

impl Workspace {
    /// One guess. Damage is refused before it is counted; it is counted before the KDF runs; a match opens the vault,
    /// folds what happened while locked into the journal, and starts the count over.
    pub fn unlock(&mut self, passcode: &[u8], now: &Instant, rules: AttemptRules) -> Result<Vault> {
        let root = self.guess(PASSCODE, passcode, now, rules)?;
        self.let_in(root, now, By::Passcode)
    }

    /// One counted guess at the slot of a number: ROOT.
    pub(super) fn guess(&mut self, number: u8, secret: &[u8], now: &Instant, rules: AttemptRules) -> Result<Secret32> {
        self.may_guess(now, rules)?;
        let slots = self.slots(None)?;
        let slot = slots.get(number).ok_or(Error::NotFound { what: "slot" })?;
        let keystore = self.anchor.keystore().clone();
        let name = self.id.text();
        let ask = prf(&keystore, &name, slot.header.pepper);
        slot.verify(&ask)?;
        check_length(secret)?;
        self.note_locked(now, &Event::from(Code::GuessCounted), |state| {
            state.attempts.count(now);
            Ok(())
        })?;
        let root = with_scrubbed_stack(|| slot.open(secret, &ask))?;
        root.ok_or_else(|| {
            let attempts = &self.anchor.state().attempts;
            match attempts.left(rules) {
                0 => Error::Blocked,
                tries_left => Error::WrongPasscode { tries_left, delay_ms: attempts.remaining_ms(now) },
            }
        })
    }

    /// The vault behind a right guess.
    pub(super) fn let_in(&mut self, root: Secret32, now: &Instant, by: By) -> Result<Vault> {
        let opened = self.open_vault(root, now, by);
        if opened.is_err() {
            // The guess was right: damage behind it must not use up guesses.
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
        let slots = self.slots(Some(vault))?;
        let slot = slots.first();
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
            if let Some(biometry) = &mut state.biometry {
                biometry.passcode_given(now);
            }
            Ok(())
        })
    }

    /// Whether a guess may be taken now.
    pub(super) fn may_guess(&self, now: &Instant, rules: AttemptRules) -> Result<()> {
        if self.anchor.state().tombstone.is_some() {
            return Err(Error::Erased);
        }
        let attempts = &self.anchor.state().attempts;
        if attempts.left(rules) == 0 {
            return Err(Error::Blocked);
        }
        match attempts.remaining_ms(now) {
            0 => Ok(()),
            delay_ms => Err(Error::MustWait { delay_ms }),
        }
    }

    /// Opens the database under ROOT and brings everything that a kill left half done to its end.
    pub(super) fn open_vault(&mut self, root: Secret32, now: &Instant, by: By) -> Result<Vault> {
        let connection = database::open(&self.directory.join("vault.db"))?;
        let keystore = self.anchor.keystore().clone();
        let sealed: Vec<u8> = connection
            .query_row("SELECT sealed FROM head WHERE only = 1", [], |row| row.get(0))
            .map_err(database::failed)?;
        // The head names the epoch of the key table, so it must open before the table's key can be derived.
        let head_key = keys::derive_head(&root, self.id)?;
        let head = Head::open(&head_key, self.id, &sealed)?;
        self.check_fresh(&head, &sealed)?;
        let keys = with_scrubbed_stack(|| {
            let inner = keys::unwrap_inner(&root, self.id, &head.inner)?;
            Keys::derive(root, inner, self.id, &keystore, head.epoch)
        })?;
        let ahead = head.seq > self.anchor.state().head.seq;
        let mut vault = Vault::load(connection, self.directory.clone(), self.id, keys, head)?;
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
        vault.fold(&mut self.anchor, now, &segment, &unlocked(by))?;
        self.finish_rekey(&mut vault, now)?;
        vault.put(&mut self.anchor, now, |state| {
            state.segment = Segment::start()?;
            match (&mut state.biometry, by) {
                (Some(biometry), By::Passcode) => biometry.passcode_given(now),
                (Some(biometry), By::Biometry) => biometry.succeeded(),
                _ => {}
            }
            // Whoever guesses at the passcode gains nothing from its owner's finger.
            if by != By::Biometry {
                state.attempts.reset();
            }
            Ok(())
        })?;
        vault.sweep_streams();
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

fn unlocked(by: By) -> Event {
    match by {
        By::Passcode => Event::from(Code::Unlocked),
        By::Biometry => Event::counted(Code::Unlocked, vec![("slot", 1)]),
        By::Recovery => Event::counted(Code::Unlocked, vec![("slot", 2)]),
    }
}

/// A passcode of impossible length is no guess.
pub(super) fn check_length(passcode: &[u8]) -> Result<()> {
    use crate::crypto::kdf::{MAX_PASSCODE_BYTES, MIN_PASSCODE_BYTES};
    let possible = (MIN_PASSCODE_BYTES..=MAX_PASSCODE_BYTES).contains(&passcode.len());
    if possible { Ok(()) } else { Err(Error::invalid("passcode", "length")) }
}

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
