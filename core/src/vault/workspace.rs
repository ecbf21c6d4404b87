//! A workspace on this phone, locked: its files, its anchor, its process lock; and the way in.

use super::anchor::{Anchor, AnchorRead, AnchorState, HeadMark, LockScreenCounts, RunningTime, alias};
use super::attempts::{AttemptRules, Attempts};
use super::head::Head;
use super::keys::Keys;
use super::record::Id;
use super::store::{Act, Vault};
use super::{RESEAL_EVERY, database, files};
use crate::crypto::kdf::KdfCost;
use crate::crypto::slot::{SLOT_BYTES, Slot, SlotHeader, make_slot};
use crate::crypto::{hex, make_bytes, make_key};
use crate::error::{Error, Result};
use crate::journal::{Code, Event, Journal, JournalKey, Segment};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::{Instant, KeyPurpose, Keystore};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A locked workspace. One process holds it at a time.
pub struct Workspace {
    directory: PathBuf,
    id: Id,
    anchor: Anchor,
    _lock: File,
}

/// What a new workspace needs.
pub struct NewWorkspace<'a> {
    /// The workspace, as the enrolment names it.
    pub id: Id,
    /// This phone's enrolment.
    pub enrolment: Id,
    /// The user's passcode.
    pub passcode: &'a [u8],
    /// What a guess costs.
    pub cost: KdfCost,
    /// The first value of the journal's MAC key; its copy for the audit recipients is the caller's.
    pub journal_key: JournalKey,
    /// Trusted documents, for the room above.
    pub trust: String,
}

impl Workspace {
    /// Makes a workspace's keys, slot, database and anchor. Until the anchor is written nothing exists: a rerun starts over.
    pub fn create(
        keystore: Arc<dyn Keystore>,
        parent: &Path,
        now: &Instant,
        new: NewWorkspace<'_>,
    ) -> Result<Workspace> {
        Workspace::create_beside(keystore, parent, now, new, &[])
    }

    /// As [`Workspace::create`], with small files beside the vault that exist as soon as the workspace does.
    pub fn create_beside(
        keystore: Arc<dyn Keystore>,
        parent: &Path,
        now: &Instant,
        new: NewWorkspace<'_>,
        beside: &[(&str, &[u8])],
    ) -> Result<Workspace> {
        let directory = parent.join(new.id.text());
        if directory.join("anchor").try_exists().map_err(Error::io("making a workspace"))? {
            return Err(Error::NotAllowed { why: "the workspace exists already" });
        }
        if directory.try_exists().map_err(Error::io("making a workspace"))? {
            std::fs::remove_dir_all(&directory).map_err(Error::io("making a workspace"))?;
        }
        files::make_directory(&directory)?;
        let lock = lock(&directory)?;
        let name = new.id.text();
        keystore.create(alias(&name, "pepper", 1), KeyPurpose::Prf)?;
        keystore.create(alias(&name, "epoch", 1), KeyPurpose::Prf)?;
        let root = make_key()?;
        let header = SlotHeader::make(new.id.0, new.enrolment.0, 0, 1, new.cost)?;
        let slot = with_scrubbed_stack(|| make_slot(&header, new.passcode, &root, &prf(&keystore, &name, 1)))?;
        files::write_whole(&directory.join("slots"), &slot)?;
        for (name, bytes) in beside {
            files::write_whole(&directory.join(name), bytes)?;
        }
        let connection = database::create(&directory.join("vault.db"))?;
        let keys = Keys::derive(root, new.id, &keystore, 1)?;
        let state = AnchorState {
            generation: 0,
            workspace: name,
            enrolment: new.enrolment.text(),
            head: HeadMark { anchor_id: hex(&make_bytes::<16>()?), ..HeadMark::default() },
            pepper: 1,
            epoch: 1,
            attempts: Attempts::default(),
            trust: new.trust,
            running: RunningTime::starting(now),
            lease_from_ms: 0,
            journal: new.journal_key,
            segment: Segment::start()?,
            counts: LockScreenCounts::default(),
            tombstone: None,
        };
        let head = Head {
            seq: 0,
            anchor_id: state.head.anchor_id.clone(),
            epoch: 1,
            lanes: String::new(),
            journal: Journal::default(),
            folded: String::new(),
            folded_entries: 0,
        };
        let mut vault = Vault {
            connection,
            workspace: new.id,
            keys,
            head,
            lanes: BTreeMap::new(),
            aside: Vec::new(),
            since_put: 0,
        };
        // The anchor comes last, over the first commit: it is what makes the workspace exist.
        let mut anchor = Anchor::unwritten(keystore, &directory, state);
        vault.commit(&mut anchor, now, &[], &[Act::from(Code::Enrolled)])?;
        vault.reseal(&mut anchor, now)?;
        vault.close()?;
        Ok(Workspace { directory, id: new.id, anchor, _lock: lock })
    }

    /// Opens a workspace's directory: reads the anchor, refuses what is not this phone's or not the newest.
    pub fn open(keystore: Arc<dyn Keystore>, parent: &Path, id: Id) -> Result<Workspace> {
        let directory = parent.join(id.text());
        if !directory.try_exists().map_err(Error::io("opening a workspace"))? {
            return Err(Error::NotFound { what: "workspace" });
        }
        let lock = lock(&directory)?;
        let anchor = match Anchor::read(keystore.clone(), &directory, &id.text())? {
            AnchorRead::Value(anchor) => *anchor,
            AnchorRead::Damaged => return Err(Error::Damaged { what: "anchor" }),
            AnchorRead::Missing | AnchorRead::Stale => {
                // The signing key lives from enrolment to the receipt: a phone without it never was this one.
                let ours = keystore.exists(signing_alias(id))?;
                // An acknowledged wipe that was cut between its last key and its directory.
                if !ours && super::wipe::remove_remains(&directory)? {
                    return Err(Error::NotFound { what: "workspace" });
                }
                return Err(if ours { Error::RolledBack { what: "anchor" } } else { Error::OtherPhone });
            }
        };
        Ok(Workspace { directory, id, anchor, _lock: lock })
    }

    /// The workspace's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its anchor.
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// Its anchor, to be put.
    pub fn anchor_mut(&mut self) -> &mut Anchor {
        &mut self.anchor
    }

    /// The alias of the key that signs requests, checkpoints and receipts.
    pub fn signing_alias(&self) -> String {
        signing_alias(self.id)
    }

    /// Keeps a small file beside the vault, whole: a signed document, a checkpoint. Nothing of a patient.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        files::write_whole(&self.directory.join(name), bytes)
    }

    /// Reads what [`Workspace::keep`] wrote.
    pub fn kept(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        files::read_bounded(&self.directory.join(name), limit)
    }

    /// Removes kept files that start with `prefix`, but those named.
    pub fn sweep_kept(&self, prefix: &str, but: &[String]) -> Result<()> {
        for entry in std::fs::read_dir(&self.directory).map_err(Error::io("listing the workspace"))? {
            let entry = entry.map_err(Error::io("listing the workspace"))?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else { continue };
            if !but.iter().any(|kept| kept == name) {
                files::erase(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Journals something that happened while locked, with one anchor put.
    pub fn note_locked(
        &mut self,
        now: &Instant,
        event: &Event,
        change: impl FnOnce(&mut AnchorState) -> Result<()>,
    ) -> Result<()> {
        self.anchor.put(now, false, |state| {
            state.segment.append(&state.journal, event, now)?;
            change(state)
        })
    }

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

    /// Deletes every keystore key but the signing key and the anchor's; gives how many there were.
    pub(super) fn delete_keys(&self) -> Result<u32> {
        let keystore = self.anchor.keystore();
        let name = self.id.text();
        let mut deleted = 0;
        let state = self.anchor.state();
        // A rotation deletes the generation before; one that was cut leaves two.
        let living = |highest: u32| u64::from(highest.saturating_sub(1))..=u64::from(highest);
        let peppers = living(state.pepper).map(|generation| alias(&name, "pepper", generation));
        let epochs = living(state.epoch).map(|generation| alias(&name, "epoch", generation));
        for alias in peppers.chain(epochs) {
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
}

/// A passcode of impossible length is no guess.
fn check_length(passcode: &[u8]) -> Result<()> {
    use crate::crypto::kdf::{MAX_PASSCODE_BYTES, MIN_PASSCODE_BYTES};
    let possible = (MIN_PASSCODE_BYTES..=MAX_PASSCODE_BYTES).contains(&passcode.len());
    if possible { Ok(()) } else { Err(Error::invalid("passcode", "length")) }
}

const SLOT_DAMAGED: Error = Error::Damaged { what: "slot" };

/// The alias of a workspace's signing key.
pub fn signing_alias(workspace: Id) -> String {
    format!("{}.sign", workspace.text())
}

fn prf<'a>(
    keystore: &'a Arc<dyn Keystore>,
    workspace: &'a str,
    pepper: u32,
) -> impl Fn([u8; 32]) -> Result<[u8; 32]> + 'a {
    move |input| {
        let output = keystore.prf(alias(workspace, "pepper", u64::from(pepper)), input.to_vec())?;
        output.try_into().map_err(|_| Error::KeystoreUnsupported)
    }
}

/// One process at a time: the lock goes with the file handle, also when the process is killed.
fn lock(directory: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(directory.join("lock")).map_err(Error::io("locking the workspace"))?;
    // A process that is just ending, or a child between fork and exec, still holds the lock for a moment.
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(Error::io("locking the workspace")(error)),
        }
    }
    Err(Error::InUse)
}

const LOCK_TRIES: u32 = 15;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
