//! `curtain day`

use crate::day::{self, Script};
use crate::error::{Error, Result};
use clap::Args;
use curtain_core::crypto::kdf::KdfCost;
use std::path::PathBuf;

/// A scripted day on a real encrypted vault: your own situations, told as TOML, and what each step must show
#[derive(Debug, Args)]
#[command(after_help = "docs/day.md has the format; desk/stories has days to begin from.\n\
                  Exits 0 only if every expectation held; 1 if one did not, 2 for a file that is no script.\n\n\
                  Examples:\n  curtain day desk/stories/08-patient-texts-sugars.toml\n  \
                  curtain day my-ward.toml --out day && curtain verify receipt day/receipt.jws")]
pub struct DayArgs {
    /// The script
    file: PathBuf,
    /// Where policy, exports, traces and receipt are left; must be empty or hold an earlier day
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: DayArgs) -> Result<()> {
    let script = Script::read(&args.file)?;
    let mut stdout = anstream::stdout();
    let broken =
        day::run(&script, KdfCost::STANDARD, args.out.as_deref(), &mut stdout).map_err(Error::about(&args.file))?;
    match broken.len() {
        0 => Ok(()),
        number => {
            let all = script.expectations();
            Err(Error::failed(format!("{}: {number} did not hold, {all} are stated", args.file.display())))
        }
    }
}
