//! Cuts, faults and kills on a real vault: `tests/crash/run`, which builds the shim and starts this under it.
//!
//! Modes: `record DIR`, `replay DIR IMAGES`, `faults DIR`, `kills DIR N`, `guesses DIR N`, `cuts DIR N`, `thief DIR N`. What each
//! proves stands at the head of its file. Every mode ends with `N passed, N failed`.

mod day;
mod disk;
mod faults;
mod guesses;
mod kills;
mod model;
mod replay;
mod shim;
mod thief;
mod ward;
mod workload;

use std::io::Write;
use std::path::Path;

use ward::Done;

fn main() -> Done {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [mode, root, rest @ ..] = &words[..] else { return Err("MODE DIRECTORY [NUMBER]".into()) };
    if !shim::is_here() {
        return Err("not under the shim: see tests/crash/run".into());
    }
    let root = Path::new(root);
    if *mode == "child" {
        return kills::child(root);
    }
    if *mode == "guess" {
        return guesses::child(root, rest);
    }
    std::fs::create_dir_all(root)?;
    let number: u64 = rest.first().map_or(Ok(0), |text| text.parse())?;
    let (watched, images) = (root.join("watched"), root.join("images"));
    // What an earlier run left is of no use, but for the recording that the replay reads.
    for earlier in [&watched.join(mode), &images] {
        if earlier.exists() {
            std::fs::remove_dir_all(earlier)?;
        }
        std::fs::create_dir_all(earlier)?;
    }
    std::panic::set_hook(Box::new(|_| {}));
    let tally = match *mode {
        "record" => {
            let ops = workload::record(&watched.join("record"))?;
            say(&format!("recorded {ops} operations"))?;
            Tally { passed: ops as u64, failed: 0 }
        }
        "replay" => replay::replay(&watched.join("record"), &images, number, seed())?,
        "faults" => faults::faults(&watched.join(mode), number.max(1))?,
        "kills" => kills::kills(&watched.join(mode), number)?,
        "guesses" => guesses::guesses(&watched.join(mode), number)?,
        "thief" => thief::thief(&watched.join(mode), &images, number.max(1))?,
        "cuts" => kills::cuts(&watched.join(mode), number.max(1))?,
        _ => return Err("no such mode".into()),
    };
    say(&format!("{mode}: {} passed, {} failed", tally.passed, tally.failed))?;
    if tally.failed == 0 { Ok(()) } else { Err("failed".into()) }
}

/// How many cases held and how many did not.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// `CURTAIN_SEED`, or 1.
pub(crate) fn seed() -> u64 {
    std::env::var("CURTAIN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

pub(crate) fn say(line: &str) -> Done {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
