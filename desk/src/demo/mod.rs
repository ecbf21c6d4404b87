//! `curtain demo`: a clinician's day on a real encrypted vault, from the hospital's keys to the receipt.
//!
//! Nothing here is staged: the phone is a `Curtain` over software keys, the patients come from a FHIR Bundle, every
//! verdict is the core's, and the exit code is 0 only if every expectation held.

mod day;
mod texts;

use crate::error::{Error, Result};
use crate::file;
use crate::ward::Stage;
use std::path::Path;

/// What the demo leaves in its directory, and the only names that it will overwrite there.
const LEAVES: [&str; 9] = [
    "policy.json",
    "policy.jws",
    "bundle.fhir.json",
    "chart.txt",
    "trace.json",
    "checkpoint.jws",
    "receipt.jws",
    "register.json",
    "export.age",
];

/// Runs the day; `true` when every expectation held.
pub fn run(out: &Path) -> Result<bool> {
    file::claim(out, &LEAVES)?;
    let scratch = tempfile::tempdir().map_err(|error| Error::failed(format!("no temporary directory: {error}")))?;
    let mut stdout = anstream::stdout();
    let title = "Curtain: a day on the ward, on a real encrypted vault";
    let below = "Keys in files stand for the phone's keystore; the patients are synthetic (Synthea).";
    let mut stage = Stage::new(&mut stdout, title, below);
    day::play(&mut stage, scratch.path(), out)?;
    Ok(stage.close(Some((out, &LEAVES))).is_empty())
}
