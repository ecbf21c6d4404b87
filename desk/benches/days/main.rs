//! 500 days of a clinician on one phone (`cargo bench -p curtain-desk --bench days [-- DAYS [SEED]]`): what they took,
//! the passcode's KDF left out, and that nothing is open, nothing lies in clear, and the journal verifies.

#![allow(clippy::print_stdout, reason = "it is what a bench is for")]

mod play;

use curtain_core::crypto::kdf::KdfCost;
use curtain_desk::error::{Error, Result};

fn main() -> Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u32>().ok());
    let (days, seed) = (numbers.next().unwrap_or(500), numbers.next().unwrap_or(1));
    let directory = tempfile::tempdir().map_err(|error| Error::failed(error.to_string()))?;
    let seen = play::play(directory.path(), days, seed.into(), KdfCost::STANDARD)?;
    println!("{} days, {} patients, {} messages a day, seed {seed}", seen.days, play::PATIENTS, play::MESSAGES);
    println!("  {:>9.1} s the days, guesses at the passcode left out", seen.days_took.as_secs_f64());
    println!("  {:>9.1} s {} guesses, each with its KDF", seen.guesses_took.as_secs_f64(), seen.guesses);
    println!("  {:>9.1} s journal exported and verified", seen.journal_took.as_secs_f64());
    println!("  {:>9.1} s files searched", seen.search_took.as_secs_f64());
    println!("  {:>9} texts handed off, {} of them stopped first", seen.handed_off, seen.stopped);
    println!("  {:>9} texts from patients", seen.inbound);
    println!("  {:>9} chart texts filed, {} patients shredded", seen.filed, seen.shredded);
    println!("  {:>9} things open in the end", seen.open);
    println!(
        "  {:>9} of {} needles found in {} files, {} KiB",
        seen.plaintext,
        seen.needles,
        seen.searched.0,
        seen.searched.1 / 1024
    );
    println!("  {:>9} journal entries verified by the desk", seen.journal);
    if seen.open > 0 || seen.plaintext > 0 || seen.journal == 0 {
        return Err(Error::failed("something was left"));
    }
    Ok(())
}
