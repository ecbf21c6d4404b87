//! `curtain demo`

use crate::error::{Error, Result};
use clap::Args;
use std::path::PathBuf;

/// A clinician's day on a real encrypted vault, from the hospital's keys to the receipt
#[derive(Debug, Args)]
#[command(after_help = "Exits 0 only if every expectation of the day held.\n\nExamples:\n  curtain demo\n  \
                  curtain demo --out day && curtain verify receipt day/receipt.jws")]
pub struct DemoArgs {
    /// Where policy, bundle, trace and receipt are left; must be empty or hold an earlier demo
    #[arg(long, default_value = "curtain-demo")]
    out: PathBuf,
}

/// Runs it.
pub fn run(args: DemoArgs) -> Result<()> {
    if crate::demo::run(&args.out)? { Ok(()) } else { Err(Error::failed("the demo's expectations did not all hold")) }
}
