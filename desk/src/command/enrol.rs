//! `curtain enrol`

use super::MAX_INPUT_BYTES;
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::{Enrolling, Institution};
use anstream::println;
use clap::Args;
use std::path::PathBuf;

/// Take a phone in: answer its request with a signed enrolment
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  curtain enrol request.jws --keys keys --clinician 'Dr. Osei' --out enrolment.jws")]
pub struct EnrolArgs {
    /// The request that the phone shows or sends
    request: PathBuf,
    /// The institution's directory
    #[arg(long)]
    keys: PathBuf,
    /// The clinician's name as messages show it
    #[arg(long)]
    clinician: String,
    /// A group whose policies the phone takes; may be repeated
    #[arg(long)]
    group: Vec<String>,
    /// Where the enrolment goes
    #[arg(long)]
    out: PathBuf,
}

/// Runs it.
pub fn run(args: EnrolArgs) -> Result<()> {
    let request = file::read(&args.request, MAX_INPUT_BYTES)?;
    let mut institution = Institution::open(&args.keys)?;
    let whom = Enrolling { clinician: args.clinician, groups: args.group };
    let enrolled = institution.enrol(&request, &whom, crate::now_ms()).map_err(Error::about(&args.request))?;
    file::replace(&args.out, &enrolled.document)?;
    println!("Enrolment {} in {}", enrolled.entry.enrolment, args.out.display());
    println!("Compare these words with the phone's, then accept there:");
    println!("  {}", enrolled.words.join(" "));
    Ok(())
}
