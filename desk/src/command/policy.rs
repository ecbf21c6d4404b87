//! `curtain policy`

use super::{MAX_INPUT_BYTES, enrolment, hex, text, utc};
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::{Institution, check_pack, key};
use crate::policy_page;
use crate::simulate::{self, SimulateArgs};
use crate::verify::jws::{Key, verify};
use crate::verify::{identity, json};
use anstream::println;
use clap::{Args, Subcommand};
use curtain_core::crypto::json::Id;
use curtain_core::policy::Pack;
use curtain_core::policy::document::Scope;
use std::path::{Path, PathBuf};

/// Begin, check, simulate, show and sign policies
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  curtain policy new --from uk-nhs --out pack.json\n  curtain policy check pack.json\n  \
                  curtain policy page pack.json us-hipaa -o page.html\n  \
                  curtain policy simulate --from us-hipaa --to pack.json texts.jsonl\n  \
                  curtain policy sign pack.json --keys keys --group ward-4 --out policy.jws\n  \
                  curtain policy show policy.jws --keys keys"
)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Run a pack's own cases and hold it against the built-in floor
    Check {
        /// The pack's JSON
        pack: PathBuf,
    },
    /// Show which verdicts of a file of texts flip from one policy to another
    Simulate(SimulateArgs),
    /// Write a built-in pack to begin from
    New {
        /// us-hipaa, us-tcpa, uk-nhs, eu-gdpr or strict
        #[arg(long, default_value = "us-hipaa")]
        from: String,
        /// Where the pack goes
        #[arg(long)]
        out: PathBuf,
    },
    /// Show packs as a page that compliance can read and sign
    Page {
        /// Packs: files, or the names of built-in ones
        #[arg(required = true)]
        packs: Vec<PathBuf>,
        /// Where the page goes
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Check a pack, then sign it as the next version
    Sign {
        /// The pack's JSON
        pack: PathBuf,
        /// The institution's directory
        #[arg(long)]
        keys: PathBuf,
        /// Only for phones in this group
        #[arg(long, conflicts_with = "enrolment")]
        group: Option<String>,
        /// Only for this phone
        #[arg(long, value_parser = enrolment)]
        enrolment: Option<Id>,
        /// Where the policy goes
        #[arg(long)]
        out: PathBuf,
    },
    /// Verify a signed policy and show it
    Show {
        /// The signed policy
        policy: PathBuf,
        /// The institution's directory; its public keys are enough
        #[arg(long)]
        keys: PathBuf,
    },
}

/// Runs it.
pub fn run(args: PolicyArgs) -> Result<()> {
    match args.command {
        PolicyCommand::Check { pack } => {
            let text = text(file::read(&pack, MAX_INPUT_BYTES)?, "the pack")?;
            let parsed = check_pack(&text).map_err(Error::about(&pack))?;
            println!(
                "{} version {}: {} cases hold, nothing looser than the floor",
                parsed.id,
                parsed.version,
                parsed.cases.len()
            );
        }
        PolicyCommand::Simulate(args) => simulate::run(args)?,
        PolicyCommand::New { from, out } => {
            let json = Pack::builtin_json(&from).map_err(|_| {
                let names = Pack::builtin_names().collect::<Vec<_>>().join(", ");
                Error::failed(format!("there is no built-in pack '{from}'; there are: {names}"))
            })?;
            file::replace(&out, &json)?;
            println!("{}", out.display());
        }
        PolicyCommand::Page { packs, out } => {
            let packs = packs.iter().map(|path| read_pack(path)).collect::<Result<Vec<_>>>()?;
            file::replace(&out, policy_page::page(&packs)?.as_bytes())?;
            println!("{}", out.display());
        }
        PolicyCommand::Sign { pack, keys, group, enrolment, out } => {
            let text = text(file::read(&pack, MAX_INPUT_BYTES)?, "the pack")?;
            let scope = match (group, enrolment) {
                (Some(group), _) => Scope::Group(group),
                (None, Some(id)) => Scope::Enrolment(id),
                (None, None) => Scope::Institution,
            };
            let mut institution = Institution::open(&keys)?;
            let document = institution.policy(&text, scope, crate::now_ms()).map_err(Error::about(&pack))?;
            file::replace(&out, &document)?;
            println!("{}", out.display());
        }
        PolicyCommand::Show { policy, keys } => show(&policy, &keys)?,
    }
    Ok(())
}

/// A built-in pack by its name, else a file. It is shown whether or not a phone would take it: its failing cases stand on the page.
fn read_pack(path: &Path) -> Result<Pack> {
    if let Some(name) = Pack::builtin_names().find(|name| path == Path::new(name)) {
        return Ok(Pack::builtin(name)?);
    }
    Pack::parse(&file::read(path, MAX_INPUT_BYTES)?).map_err(Error::from).map_err(Error::about(path))
}

fn show(path: &Path, keys: &Path) -> Result<()> {
    let failed = |fault: crate::verify::Fault| Error::failed(format!("{}: {fault}", path.display()));
    let document = file::read(path, MAX_INPUT_BYTES)?;
    let mut trusted = Vec::new();
    for public in key::public_keys(keys, "policy")? {
        let jwk = serde_json::to_vec(&public).map_err(|_| Error::failed("a key cannot be written"))?;
        trusted.push(Key::from_json(&jwk).map_err(failed)?);
    }
    let payload = verify(&document, "curtain-policy", &trusted, 1).map_err(failed)?;
    let value = json::parse(&payload).map_err(failed)?;
    let names = ["spec", "institution", "scope", "version", "pack", "issued_ms"];
    let members = value.members(&names, &[]).map_err(failed)?;
    let pack = members.text("pack").map_err(failed)?;
    println!("policy version {}", members.int::<u64>("version").map_err(failed)?);
    println!("issued         {}", utc(members.int("issued_ms").map_err(failed)?));
    println!("document       {}", hex(&identity(&payload)));
    println!("pack           {}", hex(&identity(pack.as_bytes())));
    println!("{pack}");
    Ok(())
}
