//! `curtain key`

use crate::error::{Error, Result};
use crate::issuer::{Institution, key};
use anstream::println;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Make an institution's keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  curtain key init --name 'Riverside Clinic' --out keys\n  \
                  curtain key new --role policy --out keys\n  \
                  curtain key new --role recipient --for recovery --out keys")]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// A whole institution: three root keys (two must sign), two order keys (one signs, a hold takes both), one key for each
    /// other role, audit, export and escrow recipients
    Init {
        /// The institution's name, as clinicians know it
        #[arg(long)]
        name: String,
        /// A directory for the keys, the counters and the register
        #[arg(long)]
        out: PathBuf,
    },
    /// One more key
    New {
        /// What the key may sign; `recipient` opens what phones seal
        #[arg(long)]
        role: RoleName,
        /// For recipients: what they open
        #[arg(long = "for", default_value = "export")]
        kind: RecipientKind,
        /// The institution's directory
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleName {
    Root,
    Policy,
    Lease,
    Order,
    Recipient,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RecipientKind {
    Audit,
    Export,
    Recovery,
    Escrow,
}

/// Runs it.
pub fn run(args: KeyArgs) -> Result<()> {
    match args.command {
        KeyCommand::Init { name, out } => {
            if name.trim().is_empty() || name.len() > 200 {
                return Err(Error::Usage("--name: 1 to 200 bytes".to_owned()));
            }
            let institution = Institution::create(&out, &name)?;
            println!("{name}: institution {} in {}", institution.id(), out.display());
            println!("Keep the files root-*.jwk offline; the files *.pub.jwk may be seen by anybody.");
            println!("Give order-1.jwk and order-2.jwk to two people, and keep recipient-escrow-1.age offline.");
        }
        KeyCommand::New { role, kind, out } => {
            let path = match role {
                RoleName::Root => key::make_signing(&out, "root"),
                RoleName::Policy => key::make_signing(&out, "policy"),
                RoleName::Lease => key::make_signing(&out, "lease"),
                RoleName::Order => key::make_signing(&out, "order"),
                RoleName::Recipient => key::make_recipient(&out, key::RECIPIENT_KINDS[kind as usize]),
            }?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
