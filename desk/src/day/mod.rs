//! `curtain day`: a scripted day on a real vault, told as TOML, with what each step must show.
//!
//! Every step is a call that a shell has, on a `Curtain` over software keys and a clock that only the script moves. The
//! hospital signs with real keys and checks what it gets with the desk's own verifier. `docs/day.md` has the format.

mod expect;
mod papers;
mod phone;
mod photos;
mod play;
mod records;
mod script;
mod step;
mod texts;

pub use script::{MAX_PEOPLE, MAX_SCRIPT_BYTES, MAX_STEPS, Script};

use crate::error::{Error, Result};
use crate::file;
use crate::ward::Stage;
use curtain_core::crypto::kdf::KdfCost;
use std::io::Write;
use std::path::Path;

/// What a day may leave in its directory, and the only names that it will overwrite there.
pub const LEAVES: [&str; 10] = [
    "policy.json",
    "policy.jws",
    "bundle.fhir.json",
    "chart.txt",
    "trace.json",
    "checkpoint.jws",
    "journal.jsonl",
    "receipt.jws",
    "register.json",
    "export.age",
];

/// Plays a script, telling it to `to`; gives a line for each expectation that did not hold.
///
/// # Errors
/// `Usage` for a script that names what is not there, `Failed` if the phone or the hospital cannot be set up.
pub fn run(script: &Script, cost: KdfCost, out: Option<&Path>, to: &mut dyn Write) -> Result<Vec<String>> {
    if let Some(out) = out {
        file::claim(out, &LEAVES)?;
    }
    let scratch = tempfile::tempdir().map_err(|error| Error::failed(format!("no temporary directory: {error}")))?;
    let mut stage = Stage::new(to, &script.title, &script.about);
    for fact in &script.not_yet {
        stage.aside(&format!("Not yet: {fact}"));
    }
    play::play(&mut stage, script, scratch.path(), cost, out)?;
    let left: Vec<&str> =
        out.map_or(Vec::new(), |out| LEAVES.into_iter().filter(|name| out.join(name).exists()).collect());
    Ok(stage.close(out.map(|out| (out, &left[..]))))
}
