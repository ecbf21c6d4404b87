//! The command line: one file for each subcommand, thin over [`crate::issuer`], [`crate::verify`] and [`crate::open`].

pub mod day;
pub mod demo;
pub mod enrol;
pub mod fhir;
pub mod key;
pub mod lease;
pub mod open;
pub mod order;
pub mod policy;
mod trace;
pub mod verify;

use crate::error::{Error, Result};
use curtain_core::crypto::json::Id;

/// Largest document or pack that is read, in bytes.
pub const MAX_INPUT_BYTES: u64 = 64 * 1024;

/// Milliseconds of `days` days.
fn days(days: u32) -> i64 {
    i64::from(days) * 24 * 3_600_000
}

/// Parses an enrolment for clap.
fn enrolment(text: &str) -> Result<Id, String> {
    text.parse().map_err(|_| "32 lower-case hexadecimal digits".to_owned())
}

/// The text of a file's bytes.
fn text(bytes: Vec<u8>, what: &str) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::failed(format!("{what} is not UTF-8")))
}

/// `ms` since 1970 as `2026-11-23T05:00:00Z`.
fn utc(ms: i64) -> String {
    use time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{ms} ms"))
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
