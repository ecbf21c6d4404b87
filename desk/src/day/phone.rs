//! What happens to the phone: taken in, unlocked, left alone, killed, its files put back, searched.

use super::expect::Seen;
use super::play::{Day, Done, Halt, Place};
use super::script::PolicyPart;
use super::step::Unlock;
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::Institution;
use crate::ward::{Ward, clinic_pack, hunt};
use curtain_core::curtain::Curtain;
use curtain_core::error::CurtainError;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

impl Day<'_, '_> {
    pub(super) fn enrol(&mut self, institution: &str, clinician: &str, passcode: &str, policy: &PolicyPart) -> Done {
        let directory = self.scratch.join(format!("hospital-{}", self.places.len()));
        let hospital = Institution::create(&directory, institution)?;
        let ward = Ward::enrol(&self.curtain, hospital, clinician, passcode.as_bytes(), self.clock.wall_ms())?;
        self.stage.aside(&format!("Both screens show: {}", ward.words.join(" ")));
        if !ward.words_agree {
            return Err(Halt::Desk(Error::failed("the six words differ")));
        }
        self.needle(passcode);
        self.places.push(Place {
            ward,
            passcode: passcode.to_owned(),
            session: None,
            pack: clinic_pack(institution, clinician)?,
            packs: Vec::new(),
            people: BTreeMap::new(),
            rosters: BTreeMap::new(),
            photos: BTreeMap::new(),
            policy: [0; 32],
        });
        self.at = self.places.len() - 1;
        self.policy(policy, &mut Seen::default())
    }

    pub(super) fn turn_to(&mut self, institution: &str) -> Done {
        let found = self.places.iter().position(|place| place.ward.hospital.name() == institution);
        self.at = found.ok_or_else(|| Halt::Script(format!("no institution {institution:?} here")))?;
        Ok(())
    }

    pub(super) fn unlock(&mut self, part: &Unlock, seen: &mut Seen) -> Done {
        let began = Instant::now();
        let place = self.place();
        let passcode = part.passcode.clone().unwrap_or_else(|| place.passcode.clone());
        let opened = self.curtain.unlock(place.ward.workspace.clone(), passcode.as_bytes());
        if let Err(CurtainError::WrongPasscode { delay_ms, .. }) = &opened {
            seen.note("delay_s", delay_ms / 1000);
        }
        let session = opened?;
        self.place_mut().session = Some(session);
        self.unlocked = Some(began);
        Ok(())
    }

    /// Time passes, and the shell ticks.
    pub(super) fn wait(&mut self, ms: i64) -> Done {
        let ms = u64::try_from(ms).map_err(|_| Halt::Script("nobody waits backwards".to_owned()))?;
        // A sleeping phone wakes once an hour at the latest.
        let mut left = ms;
        while left > 0 {
            let hop = left.min(3_600_000);
            self.clock.pass(u32::try_from(hop).unwrap_or(u32::MAX));
            left -= hop;
            self.tick()?;
        }
        Ok(())
    }

    pub(super) fn tick(&self) -> Done {
        self.curtain.tick()?;
        for session in self.places.iter().filter_map(|place| place.session.as_ref()) {
            // A session that has ended says so to whoever uses it.
            drop(session.tick());
        }
        Ok(())
    }

    pub(super) fn phone(&self) -> PathBuf {
        self.scratch.join("phone")
    }

    pub(super) fn copy_of(&self, name: &str) -> Done<PathBuf> {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if plain && !name.is_empty() && name.len() <= 64 {
            Ok(self.scratch.join(format!("copy-{name}")))
        } else {
            Err(Halt::Script("a name is letters, digits, - and _".to_owned()))
        }
    }

    /// The app ends without a word and is started again.
    pub(super) fn kill(&mut self) -> Done {
        for place in &mut self.places {
            place.session = None;
        }
        // The new one stands on an empty directory until the old one has let go of the files.
        let nowhere = self.scratch.join("nowhere");
        self.curtain = Curtain::with_cost(&nowhere, self.keystore.clone(), self.clock.clone(), self.cost)?;
        self.curtain = Curtain::with_cost(&self.phone(), self.keystore.clone(), self.clock.clone(), self.cost)?;
        Ok(())
    }

    /// Somebody puts older files back; the keystore stays as it is.
    pub(super) fn restore(&mut self, name: &str) -> Done {
        let from = self.copy_of(name)?;
        if !from.is_dir() {
            return Err(Halt::Script(format!("no files were kept as {name:?}")));
        }
        for place in &mut self.places {
            place.session = None;
        }
        let nowhere = self.scratch.join("nowhere");
        self.curtain = Curtain::with_cost(&nowhere, self.keystore.clone(), self.clock.clone(), self.cost)?;
        let phone = self.phone();
        fs::remove_dir_all(&phone).map_err(|error| Error::failed(format!("{}: {error}", phone.display())))?;
        copy(&from, &phone)?;
        self.kill()
    }

    pub(super) fn find_plaintext(&mut self, seen: &mut Seen) -> Done {
        // The policy lies on the phone in clear, with its own cases: those texts are no patient's. It is signed, so in
        // base64, where the ends of a needle cannot be told.
        let packs: Vec<&String> = self.places.iter().flat_map(|place| &place.packs).collect();
        let mut needles: Vec<String> = self.needles.clone();
        let inner = |needle: &str| needle.get(2..needle.len().saturating_sub(2)).unwrap_or(needle).to_owned();
        needles.retain(|needle| !packs.iter().any(|pack| pack.contains(&inner(needle))));
        needles.sort_unstable();
        needles.dedup();
        let found = hunt(self.scratch, &needles)?;
        let (count, kib) = (needles.len(), found.bytes / 1024);
        self.stage
            .fact(&format!("{count} needles in 4 encodings, {} files, {kib} KiB: {} found", found.files, found.hits));
        seen.note("plaintext", found.hits);
        seen.note("files", found.files);
        Ok(())
    }
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::failed(format!("copying {}: {error}", from.display()));
    file::make_directory(to)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(failed)?;
        }
    }
    Ok(())
}
