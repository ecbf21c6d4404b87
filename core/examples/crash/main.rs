//! Cuts, faults and kills on a real vault: `tests/crash/run`, which builds the shim and starts this under it.
//!
//! Modes: `record DIR`, `replay DIR IMAGES`, `faults DIR`, `kills DIR N`, `guesses DIR N`, `cuts DIR N`, `thief DIR N`. What each
//! proves stands at the head of its file. Every mode ends with `N passed, N failed`.

mod day;
mod model;
mod shim;
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
    std::fs::create_dir_all(root)?;
    let _number: Option<u64> = rest.first().map(|text| text.parse()).transpose()?;
    match *mode {
        "record" => {
            let ops = workload::record(root)?;
            say(&format!("recorded {ops} operations"))
        }
        _ => Err("no such mode".into()),
    }
}

pub(crate) fn say(line: &str) -> Done {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
