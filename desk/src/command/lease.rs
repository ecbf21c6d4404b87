//! `curtain lease`

use super::{days, enrolment};
use crate::error::Result;
use crate::file;
use crate::issuer::{Institution, LeaseTerms};
use anstream::println;
use clap::{Args, Subcommand};
use curtain_core::crypto::json::Id;
use std::path::PathBuf;

/// Say how long a phone may go on without a word from its institution
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  curtain lease sign 3f…9c --keys keys --days 30 --out lease.jws")]
pub struct LeaseArgs {
    #[command(subcommand)]
    command: LeaseCommand,
}

#[derive(Debug, Subcommand)]
enum LeaseCommand {
    /// Sign the next lease of one phone
    Sign {
        /// The phone's enrolment, 32 hexadecimal digits
        #[arg(value_parser = enrolment)]
        enrolment: Id,
        /// The institution's directory
        #[arg(long)]
        keys: PathBuf,
        /// Length by the wall clock, in days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// How long after its end the phone only locks and does not erase, in days
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(0..=3650))]
        grace_days: u32,
        /// Length by running time, in days; as --days if not given
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        running_days: Option<u32>,
        /// Where the lease goes
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs it.
pub fn run(args: LeaseArgs) -> Result<()> {
    let LeaseCommand::Sign { enrolment, keys, days: length, grace_days, running_days, out } = args.command;
    let terms = LeaseTerms {
        length_ms: days(length),
        grace_ms: days(grace_days),
        max_running_ms: days(running_days.unwrap_or(length)),
    };
    let document = Institution::open(&keys)?.lease(&enrolment, terms, crate::now_ms())?;
    file::replace(&out, &document)?;
    println!("{}", out.display());
    Ok(())
}
