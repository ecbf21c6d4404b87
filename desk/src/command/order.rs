//! `curtain order`

use super::{MAX_INPUT_BYTES, days, enrolment};
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::{Institution, register::Entry};
use crate::verify;
use anstream::println;
use clap::{Args, Subcommand, ValueEnum};
use curtain_core::crypto::json::{Hex, Id};
use curtain_core::policy::document::{Action, Holds};
use std::path::PathBuf;

/// Sign orders to one phone
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  curtain order wipe 3f…9c --keys keys --reason 'phone lost' --out wipe.jws\n  \
                  curtain order unlock 3f…9c --keys keys --reason 'forgotten passcode' --out unlock.jws\n  \
                  curtain order acknowledge receipt.jws --keys keys --out acknowledge.jws")]
pub struct OrderArgs {
    #[command(subcommand)]
    command: OrderCommand,
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// Erase the workspace
    Wipe {
        #[command(flatten)]
        to: To,
        /// What becomes of items under a hold; the phone asks for it while there is one
        #[arg(long)]
        holds: Option<HoldsName>,
    },
    /// End the block after too many wrong passcodes
    Unlock {
        #[command(flatten)]
        to: To,
    },
    /// Tell the phone that its receipt has arrived; the receipt is verified first
    Acknowledge {
        /// The receipt
        receipt: PathBuf,
        /// The institution's directory
        #[arg(long)]
        keys: PathBuf,
        /// Where the order goes
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
struct To {
    /// The phone's enrolment, 32 hexadecimal digits
    #[arg(value_parser = enrolment)]
    enrolment: Id,
    /// The institution's directory
    #[arg(long)]
    keys: PathBuf,
    /// Why, for the person who holds the phone
    #[arg(long)]
    reason: String,
    /// The order no longer counts after this many days; for good if not given
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_days: Option<u32>,
    /// Where the order goes
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum HoldsName {
    Keep,
    Release,
}

/// Runs it.
pub fn run(args: OrderArgs) -> Result<()> {
    match args.command {
        OrderCommand::Wipe { to, holds } => {
            let holds = holds.map(|name| match name {
                HoldsName::Keep => Holds::Keep,
                HoldsName::Release => Holds::Release,
            });
            issue(to, Action::WipeWorkspace { holds })
        }
        OrderCommand::Unlock { to } => issue(to, Action::Unlock {}),
        OrderCommand::Acknowledge { receipt, keys, out } => {
            let failed = |fault: verify::Fault| Error::failed(format!("{}: {fault}", receipt.display()));
            let document = file::read(&receipt, MAX_INPUT_BYTES)?;
            let mut institution = Institution::open(&keys)?;
            let enrolment = Hex(verify::claimed_enrolment(&document).map_err(failed)?);
            let entry: Entry = institution.entry(&enrolment)?;
            let seen = verify::receipt(&document, &entry).map_err(failed)?;
            let action = Action::Acknowledge { receipt: Hex(seen.identity) };
            let order = institution.order(&enrolment, action, "receipt verified", None, crate::now_ms())?;
            file::replace(&out, &order)?;
            println!("{}", out.display());
            Ok(())
        }
    }
}

fn issue(to: To, action: Action) -> Result<()> {
    let now = crate::now_ms();
    let expires = to.expires_days.map(|number| now.saturating_add(days(number)));
    let document = Institution::open(&to.keys)?.order(&to.enrolment, action, &to.reason, expires, now)?;
    file::replace(&to.out, &document)?;
    println!("{}", to.out.display());
    Ok(())
}
