//! `curtain`: the institution's tool.

use clap::{CommandFactory, Parser, Subcommand};
use curtain_desk::command::{day, demo, enrol, fhir, key, lease, open, order, policy, verify};
use curtain_desk::{assess, corpus};
use std::process::ExitCode;

/// Keys, documents and evidence of an institution whose clinicians carry Curtain
#[derive(Debug, Parser)]
#[command(name = "curtain", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Day(day::DayArgs),
    Assess(assess::AssessArgs),
    Corpus(corpus::CorpusArgs),
    Key(key::KeyArgs),
    Enrol(enrol::EnrolArgs),
    Policy(policy::PolicyArgs),
    Lease(lease::LeaseArgs),
    Order(order::OrderArgs),
    Verify(verify::VerifyArgs),
    Open(open::OpenArgs),
    Fhir(fhir::FhirArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Day(args) => day::run(args),
        Command::Assess(args) => assess::run(args),
        Command::Corpus(args) => corpus::run(args),
        Command::Key(args) => key::run(args),
        Command::Enrol(args) => enrol::run(args),
        Command::Policy(args) => policy::run(args),
        Command::Lease(args) => lease::run(args),
        Command::Order(args) => order::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Open(args) => open::run(args),
        Command::Fhir(args) => fhir::run(args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "curtain", &mut std::io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("curtain: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
