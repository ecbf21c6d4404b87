//! Kills inside unlock with wrong passcodes: a child guesses, and is killed at a random file call, or at a random call of the keystore,
//! before or after it answered. A spy writes down every input of the PRF before the keystore sees it: each guess that could have
//! been answered. However it is killed, there are never more of them than the anchor has counted, never more than the limit,
//! and none once it is blocked; below the limit the right passcode opens.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use curtain_core::crypto::hex;
use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::Curtain;
use curtain_core::error::CurtainError;
use curtain_core::platform::{KeyPurpose, Keystore, KeystoreError, KeystoreStrength};

use crate::day::Day;
use crate::model::{Model, Op};
use crate::shim;
use crate::ward::{Dice, Done, Place, TestClock, copy_tree, passcode};
use crate::{Tally, say, seed};

/// The policy's limit, `us-hipaa.json`'s default.
const LIMIT: usize = 10;
/// Longer than the longest delay.
const DELAY_MS: u64 = 3_700_000;

/// A keystore that tells a file what it was asked, and may end the process at a call.
struct Spy {
    inner: SoftwareKeystore,
    told: PathBuf,
    calls: AtomicU64,
    /// The call to end at, and whether its deed is done first.
    end: Option<(u64, bool)>,
    watched: PathBuf,
}

impl Spy {
    fn call<T>(&self, deed: impl FnOnce() -> Result<T, KeystoreError>) -> Result<T, KeystoreError> {
        let number = self.calls.fetch_add(1, SeqCst);
        let here = self.end.filter(|(at, _)| *at == number);
        let result = if here.is_some_and(|(_, late)| !late) { Err(KeystoreError::NotNow) } else { deed() };
        if here.is_some() {
            shim::kill_at(0);
            drop(std::fs::create_dir(self.watched.join("never")));
        }
        result
    }

    fn tell(&self, alias: &str, input: &[u8]) -> Result<(), KeystoreError> {
        let mut file =
            OpenOptions::new().append(true).create(true).open(&self.told).map_err(|_| KeystoreError::NotNow)?;
        writeln!(file, "{alias} {}", hex(input)).map_err(|_| KeystoreError::NotNow)
    }
}

impl Keystore for Spy {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        self.call(|| self.inner.create(alias, purpose))
    }
    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.call(|| self.inner.exists(alias))
    }
    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.call(|| self.inner.delete(alias))
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| {
            self.tell(&alias, &input)?;
            self.inner.prf(alias, input)
        })
    }
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.seal(alias, plaintext))
    }
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.open(alias, sealed))
    }
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.sign(alias, message))
    }
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.public_key(alias))
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        self.call(|| self.inner.strength())
    }
}

fn spied(root: &Path, passed_ms: u64, end: Option<(u64, bool)>) -> Done<Arc<Curtain>> {
    let place = Place { root: root.join("phone") };
    let inner = SoftwareKeystore::new(&place.keys())?;
    let spy = Spy { inner, told: told(root).join("asked"), calls: 0.into(), end, watched: root.to_owned() };
    let cost = KdfCost::DANGEROUS_CHEAP;
    Ok(Curtain::with_cost(&place.files(), Arc::new(spy), TestClock::at(passed_ms, false), cost)?)
}

fn told(root: &Path) -> PathBuf {
    root.ancestors().nth(2).unwrap_or(root).join("told").join("guesses")
}

/// The child: `guess DIR NUMBER MS KIND AT` makes one guess, numbered.
pub(crate) fn child(root: &Path, words: &[&str]) -> Done {
    let [number, passed_ms, kind, at] = words else { return Err("NUMBER MS KIND AT".into()) };
    let (passed_ms, at): (u64, u64) = (passed_ms.parse()?, at.parse()?);
    let end = match *kind {
        "before" => Some((at, false)),
        "after" => Some((at, true)),
        _ => None,
    };
    if *kind == "file" {
        shim::kill_at(at);
    }
    let curtain = spied(root, passed_ms, end)?;
    let id = curtain.workspaces()?.first().map(|info| info.id.clone()).ok_or("no workspace")?;
    match curtain.unlock(id, format!("wrong words to guess with {number}").as_bytes()) {
        Err(CurtainError::WrongPasscode { .. } | CurtainError::Blocked) => Ok(()),
        Err(CurtainError::KeystoreNotNow) => Ok(()),
        Err(error) => Err(format!("{error:?}").into()),
        Ok(_) => Err("a wrong passcode opened".into()),
    }
}

/// What the peppers were asked.
fn asked(root: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(told(root).join("asked")).unwrap_or_default();
    text.lines().filter(|line| line.contains(".pepper-")).map(str::to_owned).collect()
}

/// The number of failures that count, and the workspace.
fn counted(root: &Path, passed_ms: u64) -> Done<(usize, String)> {
    let curtain = Place { root: root.join("phone") }.curtain(TestClock::at(passed_ms, false))?;
    let info = curtain.workspaces()?.into_iter().next().ok_or("no workspace")?;
    Ok((LIMIT - usize::try_from(info.tries_left)?, info.id))
}

/// Kills inside unlock until there were `count`.
pub(crate) fn guesses(root: &Path, count: u64) -> Done<Tally> {
    std::fs::create_dir_all(told(root))?;
    let base = Place::new(&root.join("base"))?;
    std::fs::create_dir_all(base.files())?;
    let mut model = Model::default();
    let mut day = Day::begin(&base, TestClock::at(0, false)).map_err(|error| format!("{error:?}"))?;
    for op in [Op::Enrol(0), Op::Policy(0), Op::Unlock(0), Op::Person(0), Op::Note(0, 0), Op::Lock] {
        day.run(&model, op).map_err(|error| format!("{op:?}: {error:?}"))?;
        model.apply(op);
    }
    drop(day);
    let (mut tally, mut dice) = (Tally::default(), Dice(seed()));
    let (mut kills, mut rounds, mut blocked, mut most) = (0, 0u64, 0u64, 0);
    while kills < count {
        rounds += 1;
        match round(root, &base, &mut model.passed_ms.clone(), &mut dice) {
            Ok((killed, guessed, ended)) => {
                kills += killed;
                tally.passed += killed;
                blocked += u64::from(ended);
                most = most.max(guessed);
            }
            Err(error) => {
                tally.failed += 1;
                say(&format!("round {rounds}: {error}"))?;
                if tally.failed > 10 {
                    break;
                }
            }
        }
    }
    say(&format!(
        "guesses: {kills} kills in {rounds} phones, {blocked} to the block; at most {most} guesses could be answered"
    ))?;
    Ok(tally)
}

/// One phone: killed children guess until it blocks or until a random number is counted.
fn round(root: &Path, base: &Place, passed_ms: &mut u64, dice: &mut Dice) -> Done<(u64, usize, bool)> {
    drop(std::fs::remove_dir_all(root.join("phone")));
    drop(std::fs::remove_file(told(root).join("asked")));
    copy_tree(&base.root, &root.join("phone"))?;
    // What opening asks whatever the guess is: the known answer and the slot's MAC.
    *passed_ms += DELAY_MS;
    guess(root, 0, *passed_ms, "none", 0)?;
    let first = asked(root);
    *passed_ms += DELAY_MS;
    guess(root, 1, *passed_ms, "none", 0)?;
    let both = asked(root);
    if (first.len(), both.len()) != (3, 4) {
        return Err(format!("expected three questions and then one more: {} {}", first.len(), both.len()).into());
    }
    let stop = usize::try_from(dice.below(16))?;
    let (mut killed, mut after_block) = (0, 0);
    for number in 2.. {
        *passed_ms += DELAY_MS;
        let (kind, at) = match dice.below(4) {
            0 => ("before", dice.below(14)),
            1 => ("after", dice.below(14)),
            _ => ("file", dice.below(16)),
        };
        killed += u64::from(guess(root, number, *passed_ms, kind, at)?);
        let guessed = asked(root).len() - 2;
        let (failed, id) = counted(root, *passed_ms)?;
        if guessed > failed || guessed > LIMIT {
            return Err(format!("{guessed} guesses could be answered, {failed} are counted: {kind} {at}").into());
        }
        if failed == LIMIT {
            after_block += 1;
            if after_block < 4 {
                continue;
            }
            *passed_ms += DELAY_MS;
            let curtain = spied(root, *passed_ms, None)?;
            return match curtain.unlock(id, &passcode(0)) {
                Err(CurtainError::Blocked) if asked(root).len() - 2 == guessed => Ok((killed, guessed, true)),
                _ => Err("blocked, and yet it asked the keystore or opened".into()),
            };
        }
        if failed >= stop && stop > 1 {
            *passed_ms += DELAY_MS;
            let curtain = spied(root, *passed_ms, None)?;
            let session = curtain.unlock(id, &passcode(0)).map_err(|error| format!("{failed} counted: {error:?}"))?;
            let seen = session.patients()?.len();
            return if seen == 1 { Ok((killed, guessed, false)) } else { Err("opened, and is empty".into()) };
        }
    }
    Err("no end".into())
}

/// Whether the child was killed.
fn guess(root: &Path, number: u64, passed_ms: u64, kind: &str, at: u64) -> Done<bool> {
    let output = Command::new(std::env::current_exe()?)
        .args(["guess".as_ref(), root.as_os_str()])
        .args([number.to_string(), passed_ms.to_string(), kind.to_owned(), at.to_string()])
        .output()?;
    if !output.status.success() && output.status.code().is_some() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(output.status.code().is_none())
}
