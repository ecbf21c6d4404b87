//! `curtain verify`

use super::{MAX_INPUT_BYTES, hex, text, trace, utc};
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::register::{Entry, KeptCheckpoint};
use crate::verify::{self, Checkpoint, Fault};
use anstream::println;
use clap::{Args, Subcommand};
use curtain_core::crypto::json::Hex;
use std::path::{Path, PathBuf};

/// Largest journal that is read, in bytes.
const MAX_JOURNAL_BYTES: u64 = 256 << 20;
/// Largest opened export that is read, in bytes.
const MAX_EXPORT_BYTES: u64 = 256 << 20;

/// Verify what a phone signed; the register is found beside the file or named with --register
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  curtain verify receipt receipt.jws --register keys/register\n  \
                  curtain verify checkpoint checkpoint.jws --register keys/register --keep\n  \
                  curtain verify trace trace.json --policy policy.jws\n  \
                  curtain verify journal journal.jsonl --first-key key.txt --checkpoint checkpoint.jws")]
pub struct VerifyArgs {
    #[command(subcommand)]
    command: VerifyCommand,
}

#[derive(Debug, Subcommand)]
enum VerifyCommand {
    /// A receipt of erasure
    Receipt {
        /// The receipt
        file: PathBuf,
        /// The register: a directory, or one entry's file
        #[arg(long)]
        register: Option<PathBuf>,
    },
    /// A checkpoint of the journal
    Checkpoint {
        /// The checkpoint
        file: PathBuf,
        /// The register: a directory, or one entry's file
        #[arg(long)]
        register: Option<PathBuf>,
        /// Keep it in the register: from then on a shorter or other journal is refused
        #[arg(long)]
        keep: bool,
    },
    /// An opened export: the phone's manifest over the bundle and the chart texts
    Export {
        /// The export, opened (`curtain open export.age --out export.json`)
        file: PathBuf,
        /// The register: a directory, or one entry's file
        #[arg(long)]
        register: Option<PathBuf>,
        /// Where the FHIR bundle goes
        #[arg(long)]
        bundle: Option<PathBuf>,
    },
    /// A trace: decides again from it and must come to the same verdict, byte for byte
    Trace {
        /// The trace
        file: PathBuf,
        /// The policy: a pack's JSON or a signed policy; else what lies beside the trace, else the built-in packs
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// A whole journal, one entry a line
    Journal {
        /// The journal
        file: PathBuf,
        /// Its first key as 64 hexadecimal digits (`curtain open audit-key.age` gives it)
        #[arg(long)]
        first_key: PathBuf,
        /// A checkpoint that it must agree with
        #[arg(long)]
        checkpoint: Option<PathBuf>,
        /// The register: a directory, or one entry's file
        #[arg(long)]
        register: Option<PathBuf>,
    },
}

/// Runs it.
pub fn run(args: VerifyArgs) -> Result<()> {
    match args.command {
        VerifyCommand::Receipt { file, register } => receipt(&file, register.as_deref()),
        VerifyCommand::Checkpoint { file, register, keep } => {
            let (checkpoint, path, mut entry) = read_checkpoint(&file, register.as_deref())?;
            println!("The checkpoint holds: {}'s phone signed it.", entry.clinician);
            println!("  journal    {} entries, root {}", checkpoint.size, hex(&checkpoint.root));
            println!("  epoch      {}", checkpoint.epoch);
            println!("  locked     {} events waiting", checkpoint.segment_length);
            println!("  issued     {} by the phone's clock", utc(checkpoint.issued_ms));
            if keep {
                entry.checkpoint = Some(KeptCheckpoint { size: checkpoint.size, root: Hex(checkpoint.root) });
                entry.write(&path)?;
                println!("Kept in {}", path.display());
            }
            Ok(())
        }
        VerifyCommand::Export { file, register, bundle } => export(&file, register.as_deref(), bundle.as_deref()),
        VerifyCommand::Trace { file, policy } => trace::run(&file, policy.as_deref()),
        VerifyCommand::Journal { file, first_key, checkpoint, register } => {
            let key = text(file::read(&first_key, 4096)?, "the first key")?;
            let key = data_encoding::HEXLOWER.decode(key.trim().as_bytes()).ok().and_then(|k| k.try_into().ok());
            let key: [u8; 32] = key.ok_or_else(|| {
                Error::failed(format!("{}: not 64 lower-case hexadecimal digits", first_key.display()))
            })?;
            let against = match &checkpoint {
                Some(path) => Some(read_checkpoint(path, register.as_deref())?.0),
                None => None,
            };
            let lines = file::read(&file, MAX_JOURNAL_BYTES)?;
            let summary = verify::journal::journal(&lines, &key, against.as_ref()).map_err(about(&file))?;
            println!("The journal holds: {} entries, root {}", summary.size, hex(&summary.root));
            for (name, number) in summary.events {
                println!("  {number:>6}  {name}");
            }
            Ok(())
        }
    }
}

fn receipt(path: &Path, register: Option<&Path>) -> Result<()> {
    let document = file::read(path, MAX_INPUT_BYTES)?;
    let enrolment = Hex(verify::claimed_enrolment(&document).map_err(about(path))?);
    let (_, entry) = Entry::find(&enrolment, path, register)?;
    let receipt = verify::receipt(&document, &entry).map_err(about(path))?;
    println!("The receipt holds: {}'s phone signed it.", entry.clinician);
    println!("  workspace  {}", hex(&receipt.workspace));
    match receipt.order {
        Some(order) => println!("  cause      order {}", hex(&order)),
        None => println!("  cause      {}", receipt.cause.replace('_', " ")),
    }
    match receipt.policy {
        Some((hash, version)) => println!("  policy     version {version}, {}", hex(&hash)),
        None => println!("  policy     the built-in strict one"),
    }
    println!("  erased     {} to {} by the phone's clock", utc(receipt.times_ms.0), utc(receipt.times_ms.1));
    println!("  keys       {} deleted as reported by its keystore ({})", receipt.keys_deleted, receipt.keystore);
    println!("  residue    none found");
    if receipt.held {
        println!("  held       ciphertext stays under a hold until acknowledged");
    }
    for (name, number) in &receipt.counts {
        println!("  {number:>9}  {name}");
    }
    println!("  journal    {} entries, root {}", receipt.journal_size, hex(&receipt.journal_root));
    println!("  receipt    {}", hex(&receipt.identity));
    Ok(())
}

fn export(path: &Path, register: Option<&Path>, out: Option<&Path>) -> Result<()> {
    let opened = file::read(path, MAX_EXPORT_BYTES)?;
    let value = verify::json::parse(&opened).map_err(about(path))?;
    let members = value.members(&["manifest", "bundle", "chart"], &[]).map_err(about(path))?;
    let manifest = members.text("manifest").map_err(about(path))?.as_bytes();
    let (bundle, chart) = (members.text("bundle").map_err(about(path))?, members.text("chart").map_err(about(path))?);
    let enrolment = Hex(verify::claimed_enrolment(manifest).map_err(about(path))?);
    let (_, entry) = Entry::find(&enrolment, path, register)?;
    verify::manifest(manifest, &entry, bundle.as_bytes(), chart.as_bytes()).map_err(about(path))?;
    println!("The export holds: {}'s phone signed it.", entry.clinician);
    println!("  bundle     {} bytes, {}", bundle.len(), hex(&verify::identity(bundle.as_bytes())));
    println!("  chart      {} bytes", chart.len());
    if let Some(out) = out {
        file::replace(out, bundle.as_bytes())?;
        println!("{}", out.display());
    }
    Ok(())
}

fn read_checkpoint(path: &Path, register: Option<&Path>) -> Result<(Checkpoint, PathBuf, Entry)> {
    let document = file::read(path, MAX_INPUT_BYTES)?;
    let enrolment = Hex(verify::claimed_enrolment(&document).map_err(about(path))?);
    let (place, entry) = Entry::find(&enrolment, path, register)?;
    let checkpoint = verify::checkpoint(&document, &entry).map_err(about(path))?;
    Ok((checkpoint, place, entry))
}

fn about(path: &Path) -> impl Fn(Fault) -> Error + '_ {
    move |fault| Error::failed(format!("{}: {fault}", path.display()))
}
