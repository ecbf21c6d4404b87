//! A workspace on this phone, locked: its files, its anchor, its process lock; and the way in.

use super::anchor::{Anchor, AnchorRead, AnchorState, HeadMark, LockScreenCounts, RunningTime, alias};
use super::attempts::Attempts;
use super::head::Head;
use super::keys::{self, Keys};
use super::record::Id;
use super::store::{Act, Vault};
use super::unlock::prf;
use super::{database, files};
use crate::crypto::kdf::KdfCost;
use crate::crypto::slot::{SlotHeader, make_slot};
use crate::crypto::{hex, make_bytes, make_key};
use crate::error::{Error, Result};
use crate::journal::{Code, Event, Journal, JournalKey, Segment};
use crate::memory::with_scrubbed_stack;
use crate::platform::{Instant, KeyPurpose, Keystore};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A locked workspace. One process holds it at a time.
pub struct Workspace {
    pub(super) directory: PathBuf,
    pub(super) id: Id,
    pub(super) anchor: Anchor,
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
        let inner = make_key()?;
        let wrapped_inner = keys::wrap_inner(&root, new.id, &inner)?;
        let keys = Keys::derive(root, inner, new.id, &keystore, 1)?;
        let state = AnchorState {
            generation: 0,
            workspace: name,
            enrolment: new.enrolment.text(),
            head: HeadMark { anchor_id: hex(&make_bytes::<16>()?), ..HeadMark::default() },
            pepper: 1,
            epoch: 1,
            attempts: Attempts::default(),
            biometry: None,
            trust: new.trust,
            wish: None,
            running: RunningTime::starting(now),
            lease_from_ms: 0,
            journal: new.journal_key,
            segment: Segment::start()?,
            counts: LockScreenCounts::default(),
            pending: Vec::new(),
            holds: Vec::new(),
            escrow: String::new(),
            leave: None,
            tombstone: None,
        };
        let head = Head {
            seq: 0,
            anchor_id: state.head.anchor_id.clone(),
            epoch: 1,
            pepper: 1,
            inner: wrapped_inner,
            lanes: String::new(),
            journal: Journal::default(),
            folded: String::new(),
            folded_entries: 0,
        };
        let mut vault = Vault {
            connection,
            directory: directory.clone(),
            workspace: new.id,
            keys,
            head,
            lanes: BTreeMap::new(),
            aside: Vec::new(),
            since_put: 0,
            escrow: Vec::new(),
            escrow_mark: String::new(),
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
            gone => {
                // The signing key lives from enrolment to the receipt: a phone without it never was this one.
                let ours = keystore.exists(signing_alias(id))?;
                // An acknowledged wipe that was cut between its last key and its directory, perhaps while its anchor
                // was overwritten.
                if !ours && super::wipe::remove_remains(&directory)? {
                    return Err(Error::NotFound { what: "workspace" });
                }
                return Err(match gone {
                    AnchorRead::Damaged => Error::Damaged { what: "anchor" },
                    _ if ours => Error::RolledBack { what: "anchor" },
                    _ => Error::OtherPhone,
                });
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
}

/// The alias of a workspace's signing key.
pub fn signing_alias(workspace: Id) -> String {
    format!("{}.sign", workspace.text())
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
