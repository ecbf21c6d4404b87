//! `curtain open`

use super::text;
use crate::error::{Error, Result};
use crate::{file, held, open};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Largest sealed file, in bytes.
const MAX_SEALED_BYTES: u64 = 1 << 30;

/// Open what a phone sealed for the institution (age v1), or a directory with what it kept under a hold
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  curtain open export.age --identity keys/recipient-export-1.age --out export.json\n  \
                  curtain open held/ --identity keys/recipient-escrow-1.age --out held.json\n  \
                  age -d -i keys/recipient-export-1.age export.age      does the same"
)]
pub struct OpenArgs {
    /// The sealed file; or a directory with vault.db and escrow-*.age: its records as JSON
    file: PathBuf,
    /// The identity file, as `curtain key` or `age-keygen` writes it
    #[arg(long, short)]
    identity: PathBuf,
    /// For a directory: where large items (photos) go, under their records' ids; not written if not given
    #[arg(long)]
    items: Option<PathBuf>,
    /// Where the content goes; to the standard output if not given
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: OpenArgs) -> Result<()> {
    let identities = text(file::read(&args.identity, 64 * 1024)?, "the identity file")?;
    let plaintext = if args.file.is_dir() {
        let records = held::read(&args.file, &identities, args.items.as_deref()).map_err(Error::about(&args.file))?;
        let mut text =
            serde_json::to_vec_pretty(&records).map_err(|_| Error::failed("the records cannot be written"))?;
        text.push(b'\n');
        text
    } else {
        let sealed = file::read(&args.file, MAX_SEALED_BYTES)?;
        open::open(&sealed, &identities).map_err(Error::about(&args.file))?
    };
    match args.out {
        Some(path) => file::replace(&path, &plaintext),
        None => {
            std::io::stdout().write_all(&plaintext).map_err(|error| Error::failed(format!("standard output: {error}")))
        }
    }
}
