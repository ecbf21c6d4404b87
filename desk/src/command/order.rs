//! `curtain order`

use super::{MAX_INPUT_BYTES, days, enrolment};
use crate::error::{Error, Result};
use crate::file;
use crate::issuer::{Institution, register::Entry};
use crate::verify;
use anstream::println;
use clap::{Args, Subcommand, ValueEnum};
use curtain_core::crypto::json::{Digest, Hex, Id};
use curtain_core::policy::document::{Action, HoldScope, Holds, patient_named};
use std::path::PathBuf;

/// Sign orders to one phone
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  curtain order wipe 3f…9c --keys keys --reason 'phone lost' --out wipe.jws\n  \
                  curtain order unlock 3f…9c --keys keys --reason 'forgotten passcode' --out unlock.jws\n  \
                  curtain order hold 3f…9c --system MRN --value 123 --keys keys --reason 'case 7' --out hold.jws\n  \
                  curtain order release 3f…9c --hold 5a…d0 --keys keys --reason 'case 7 closed' --out release.jws\n  \
                  curtain order wipe-before 3f…9c --date 2026-01-01 --keys keys --reason 'retention' --out before.jws\n  \
                  curtain order leave 3f…9c --until 2026-03-07 --keys keys --reason 'rotation ends' --out leave.jws\n  \
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
    /// Keep everything of a patient, or of the whole phone, until a release; two order keys sign it
    Hold {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        whom: Whom,
    },
    /// End a hold; two order keys sign it
    Release {
        #[command(flatten)]
        to: To,
        /// The hold, 64 hexadecimal digits, as `curtain order hold` printed it
        #[arg(long, value_parser = digest)]
        hold: Digest,
    },
    /// Erase one patient at the next unlock; one under a hold stays
    WipePatient {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        who: Named,
    },
    /// Erase notes, messages, drafts and chart texts last written before a day (UTC) at the next unlock; held ones stay
    WipeBefore {
        #[command(flatten)]
        to: To,
        /// The day, YYYY-MM-DD
        #[arg(long, value_parser = day)]
        date: i64,
    },
    /// Say by when the copy has to be gone: the phone shows it, and from then on only leaving is open, as after a lease's end
    Leave {
        #[command(flatten)]
        to: To,
        /// The first day without it (UTC), YYYY-MM-DD; a later order's day takes its place
        #[arg(long, value_parser = day)]
        until: i64,
    },
    /// Tell the phone that its receipt has arrived; the receipt is verified first
    Acknowledge {
        /// The receipt
        receipt: PathBuf,
        /// The institution's directory
        #[arg(long)]
        keys: PathBuf,
        /// For a receipt that says held: everything that was held has been collected, and `curtain open` reads it
        #[arg(long)]
        held_collected: bool,
        /// Where the order goes
        #[arg(long)]
        out: PathBuf,
    },
}

/// A patient, by an identifier exactly as the phone's record has it; only its digest stands in the order
#[derive(Debug, Args)]
struct Named {
    /// The identifier's system, such as MRN or a URI
    #[arg(long)]
    system: String,
    /// The identifier
    #[arg(long)]
    value: String,
}

#[derive(Debug, Args)]
struct Whom {
    /// Everybody on the phone
    #[arg(long, conflicts_with_all = ["system", "value"])]
    workspace: bool,
    /// The system of the patient's identifier, exactly as the phone's record has it
    #[arg(long, requires = "value", required_unless_present = "workspace")]
    system: Option<String>,
    /// The patient's identifier; only its digest stands in the order
    #[arg(long, requires = "system")]
    value: Option<String>,
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
        OrderCommand::Hold { to, whom } => {
            let scope = match (whom.system, whom.value) {
                (Some(system), Some(value)) => HoldScope::Patient(patient_named(&system, &value)),
                _ => HoldScope::Workspace,
            };
            let (keys, enrolment) = (to.keys.clone(), to.enrolment);
            issue(to, Action::Hold { scope })?;
            // What a release must name.
            let entry = Institution::open(&keys)?.entry(&enrolment)?;
            let hold = entry.orders.last().ok_or_else(|| Error::failed("the register has no such order"))?;
            println!("hold {}", hold.hash);
            Ok(())
        }
        OrderCommand::Release { to, hold } => issue(to, Action::Release { hold }),
        OrderCommand::WipePatient { to, who } => {
            issue(to, Action::WipePatient { who: patient_named(&who.system, &who.value) })
        }
        OrderCommand::Leave { to, until } => issue(to, Action::Leave { until_ms: until }),
        OrderCommand::WipeBefore { to, date } => issue(to, Action::WipeBefore { date_ms: date }),
        OrderCommand::Acknowledge { receipt, keys, held_collected, out } => {
            let failed = |fault: verify::Fault| Error::failed(format!("{}: {fault}", receipt.display()));
            let document = file::read(&receipt, MAX_INPUT_BYTES)?;
            let mut institution = Institution::open(&keys)?;
            let enrolment = Hex(verify::claimed_enrolment(&document).map_err(failed)?);
            let entry: Entry = institution.entry(&enrolment)?;
            let seen = verify::receipt(&document, &entry).map_err(failed)?;
            if seen.held && !held_collected {
                let text = "something is held on this phone, and an acknowledgement erases it: collect it first, then say --held-collected";
                return Err(Error::failed(text));
            }
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

fn digest(text: &str) -> std::result::Result<Digest, String> {
    text.parse().map_err(|_| "64 hexadecimal digits are needed".to_owned())
}

/// A day's first millisecond in UTC, since 1970.
fn day(text: &str) -> std::result::Result<i64, String> {
    let wrong = || "a day from 1970 on is needed, as 2026-01-31".to_owned();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u8>().ok()).ok_or_else(wrong);
    let mut parts = text.split('-');
    let year =
        parts.next().filter(|year| year.len() == 4).and_then(|year| year.parse::<i32>().ok()).ok_or_else(wrong)?;
    let (month, day) = (number(parts.next())?, number(parts.next())?);
    let month = time::Month::try_from(month).map_err(|_| wrong())?;
    let date = time::Date::from_calendar_date(year, month, day).map_err(|_| wrong())?;
    let ms = date.midnight().assume_utc().unix_timestamp() * 1000;
    if parts.next().is_none() && ms >= 0 { Ok(ms) } else { Err(wrong()) }
}
