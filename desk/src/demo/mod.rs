//! `curtain demo`: a clinician's day on a real encrypted vault, from the hospital's keys to the receipt.
//!
//! Nothing here is staged: the phone is a `Curtain` over software keys, the patients come from a FHIR Bundle, every
//! verdict is the core's, and the exit code is 0 only if every expectation held.

mod day;
mod hunt;
mod stage;
mod texts;

use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

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
    let out = prepare(out)?;
    let scratch = tempfile::tempdir().map_err(|error| Error::failed(format!("no temporary directory: {error}")))?;
    let mut stage = stage::Stage::new();
    day::play(&mut stage, scratch.path(), &out)?;
    Ok(stage.close(&out, &LEAVES))
}

/// The directory, empty or holding nothing but an earlier demo.
fn prepare(out: &Path) -> Result<PathBuf> {
    let refused = |what: String| Error::Usage(format!("{}: {what}; choose another with --out", out.display()));
    match fs::read_dir(out) {
        Ok(entries) => {
            for entry in entries {
                let name = entry.map_err(|error| refused(error.to_string()))?.file_name();
                if !LEAVES.iter().any(|leaf| name == *leaf) {
                    return Err(refused("holds something else".to_owned()));
                }
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fs::create_dir_all(out).map_err(|error| refused(error.to_string()))?;
        }
        Err(error) => return Err(refused(error.to_string())),
    }
    Ok(out.to_owned())
}
