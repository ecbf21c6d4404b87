//! The vault under the work that `bench-peer` does on SQLCipher: one row a line, its name, a tab, the median in microseconds.
//!
//! Opening is told without Argon2 and the keystore's calls, forgetting without the keystore's: both are measured apart (`-- vault`).

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::journal::Code;
use curtain_core::platform::Keystore;
use curtain_core::session::{SearchFilter, search_on};
use curtain_core::vault::{AttemptRules, Forget, Vault, Workspace};

use crate::phone::{NAME, Phone, singles, written};
use crate::vault::{PASSCODE, at, id, lane};
use crate::{Done, timed};

/// The word that asks for this.
pub(crate) const SIDE: &str = "side";
/// The word by which it asks itself, in a process of its own.
pub(crate) const MEMORY: &str = "memory-of";

fn row(name: &str, mut times: Vec<Duration>) -> Done {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    writeln!(std::io::stdout(), "{name}\t{:.2}", middle.as_secs_f64() * 1e6)?;
    Ok(())
}

pub(crate) fn run(patients: u16) -> Done {
    let phone = Phone::new(tempfile::tempdir()?)?;
    let (_, mut workspace, mut vault) = phone.unlock(1)?;
    row("batch", written(&mut workspace, &mut vault, patients)?)?;
    row("single", singles(&mut workspace, &mut vault, patients)?)?;
    vault.close()?;
    drop(workspace);

    let mut times = Vec::new();
    let mut last = None;
    for round in 0..15 {
        if let Some((_, vault)) = last.take() {
            let _: () = Vault::close(vault)?;
        }
        let (time, workspace, vault) = phone.unlock(100 + round)?;
        times.push(time);
        last = Some((workspace, vault));
    }
    row("open", times)?;
    let Some((workspace, vault)) = last.take() else { return Err("no round".into()) };
    vault.close()?;
    drop(workspace);
    let own = std::process::Command::new(std::env::current_exe()?)
        .arg(MEMORY)
        .args([phone.path(), phone.keys.path()])
        .output()?;
    std::io::stdout().write_all(&own.stdout)?;
    let (_, mut workspace, mut vault) = phone.unlock(600)?;
    reading(&mut vault, patients)?;

    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        let phone = Phone::new(memory)?;
        let (_, mut workspace, mut vault) = phone.unlock(1)?;
        row("single_memory", singles(&mut workspace, &mut vault, patients)?)?;
    }

    let mut times = Vec::new();
    for round in 0..6 {
        let what = Forget { records: vec![(lane(3), id(2, 3, round))], lanes: Vec::new() };
        phone.watched.told();
        let (time, result) =
            timed(|| vault.forget_for_good(workspace.anchor_mut(), &at(1000), &what, &[Code::NoteSaved.into()]));
        result?;
        times.push(time.saturating_sub(phone.watched.told().0));
    }
    row("forget", times)
}

/// Prints by how much this process grows when it unlocks the vault in these directories, in KiB.
pub(crate) fn memory(files: &Path, keys: &Path) -> Done {
    let keystore: Arc<dyn Keystore> = Arc::new(SoftwareKeystore::new(keys)?);
    let before = resident()?;
    let mut workspace = Workspace::open(keystore, files, NAME)?;
    let vault = workspace.unlock(PASSCODE, &at(500), AttemptRules::default())?;
    let after = resident()?;
    drop(vault);
    writeln!(std::io::stdout(), "memory\t{}", after.saturating_sub(before))?;
    Ok(())
}

/// The memory that this process has now, in KiB: what Argon2 borrowed is given back by then.
fn resident() -> Done<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}

fn reading(vault: &mut Vault, patients: u16) -> Done {
    // Every patient is verified once, as a day's work would.
    let (mut first, mut all) = (Vec::new(), Vec::new());
    for patient in 0..patients {
        let (time, rows) = timed(|| vault.list(lane(patient)));
        first.push(time);
        all.extend(rows?.into_iter().map(|row| (row.lane, row.id)));
    }
    row("list50_first", first)?;
    let mut times = Vec::new();
    for step in 0..400u32 {
        let patient = u16::try_from(step * 7 % u32::from(patients))?;
        let (time, rows) = timed(|| vault.list(lane(patient)));
        if rows?.len() < 50 {
            return Err("a list is short".into());
        }
        times.push(time);
    }
    row("list50", times)?;
    let mut times = Vec::new();
    for step in 0..2000 {
        let (lane, id) = all.get(step * 7919 % all.len()).copied().ok_or("no rows")?;
        let (time, found) = timed(|| vault.read(lane, id));
        found?.ok_or("a note is gone")?;
        times.push(time);
    }
    row("read", times)?;
    let filter = SearchFilter { words: "zebra crossing".to_owned(), ..SearchFilter::default() };
    for (name, threads) in [("search", 1), ("search_two", 2)] {
        let mut times = Vec::new();
        for _ in 0..9 {
            let (time, found) = timed(|| search_on(vault, &filter, threads));
            if found?.total != u32::from(patients).div_ceil(20) {
                return Err("a search missed what is there".into());
            }
            times.push(time);
        }
        row(name, times)?;
    }
    Ok(())
}
