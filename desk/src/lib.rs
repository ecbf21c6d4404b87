//! The institution's side of Curtain: keys and documents ([`issuer`]), verification of what phones sign ([`verify`]),
//! opening what they seal ([`open`]), what Curtain says of texts ([`assess`], [`corpus`],
//! [`simulate`]), and the command line ([`command`]).

pub mod assess;
pub mod command;
pub mod corpus;
pub mod day;
pub mod demo;
pub mod error;
pub mod file;
pub mod held;
pub mod issuer;
pub mod jsonl;
pub mod open;
pub mod paint;
pub mod policy_page;
pub mod simulate;
pub mod verify;
pub mod ward;

/// The wall clock, milliseconds since 1970-01-01 UTC.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
