//! A phone of the benches: a vault's files, its keystore, and the notes that are written.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::journal::JournalKey;
use curtain_core::platform::{KeyPurpose, Keystore};
use curtain_core::vault::{AttemptRules, Id, NewWorkspace, Vault, Workspace, signing_alias};

use crate::vault::{NOTES_EACH, PASSCODE, at, lane, note, saved};
use crate::watched::Watched;
use crate::{Done, timed};

/// A vault's files and the keystore that belongs to them.
pub(crate) struct Phone {
    pub(crate) files: tempfile::TempDir,
    pub(crate) keys: tempfile::TempDir,
    pub(crate) watched: Arc<Watched>,
}

pub(crate) const NAME: Id = Id([7; 16]);

impl Phone {
    pub(crate) fn new(files: tempfile::TempDir) -> Done<Phone> {
        let keys = tempfile::tempdir()?;
        let watched = Arc::new(Watched { inner: SoftwareKeystore::new(keys.path())?, calls: Mutex::default() });
        let keystore: Arc<dyn Keystore> = watched.clone();
        keystore.create(signing_alias(NAME), KeyPurpose::Sign)?;
        let new = NewWorkspace {
            id: NAME,
            enrolment: Id([8; 16]),
            passcode: PASSCODE,
            cost: KdfCost::STANDARD,
            journal_key: JournalKey::make()?,
            trust: "{}".into(),
        };
        drop(Workspace::create(keystore, files.path(), &at(0), new)?);
        Ok(Phone { files, keys, watched })
    }

    pub(crate) fn path(&self) -> &Path {
        self.files.path()
    }

    /// Opens and unlocks; says how long it took without Argon2 and the keystore.
    pub(crate) fn unlock(&self, seconds: u32) -> Done<(Duration, Workspace, Vault)> {
        self.watched.told();
        let keystore: Arc<dyn Keystore> = self.watched.clone();
        let (time, opened) = timed(|| -> Done<(Workspace, Vault)> {
            let mut workspace = Workspace::open(keystore, self.path(), NAME)?;
            let vault = workspace.unlock(PASSCODE, &at(seconds), AttemptRules::default())?;
            Ok((workspace, vault))
        });
        let (inside, pause) = self.watched.told();
        let (workspace, vault) = opened?;
        Ok((time.saturating_sub(inside + pause), workspace, vault))
    }
}

/// Writes every patient's notes, fifty in a commit; the time of each note.
pub(crate) fn written(workspace: &mut Workspace, vault: &mut Vault, patients: u16) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for patient in 0..patients {
        let changes = (0..NOTES_EACH).map(|number| note(patient, number)).collect::<Done<Vec<_>>>()?;
        let (time, result) = timed(|| vault.commit(workspace.anchor_mut(), &at(2), &changes, &saved(lane(patient))));
        result?;
        times.push(time / u32::from(NOTES_EACH));
    }
    Ok(times)
}

/// A commit each, 320 times.
pub(crate) fn singles(workspace: &mut Workspace, vault: &mut Vault, patients: u16) -> Done<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..320 {
        let change = [note(number % patients, 1000 + number)?];
        let (time, result) = timed(|| vault.commit(workspace.anchor_mut(), &at(3), &change, &saved(change[0].lane())));
        result?;
        times.push(time);
    }
    Ok(times)
}
