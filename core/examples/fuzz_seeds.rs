//! Writes the seeds of every fuzz target: `cargo run -p curtain-core --features dangerous-fuzzing --example fuzz_seeds -- DIRECTORY`
//! makes `DIRECTORY/<target>/<hash>`. Names and inputs already there are kept. Used by `fuzz/run`.

use curtain_core::crypto::{hex, sha256};
use curtain_core::fuzzing::{TARGETS, seeds};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out: PathBuf = std::env::args_os().nth(1).ok_or("fuzz_seeds DIRECTORY")?.into();
    for (name, _) in TARGETS {
        let directory = out.join(name);
        std::fs::create_dir_all(&directory)?;
        for seed in seeds(name) {
            std::fs::write(directory.join(hex(&sha256(&seed)[..8])), seed)?;
        }
    }
    Ok(())
}
