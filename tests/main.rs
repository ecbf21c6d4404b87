//! The integration tests: one binary, over the public surface of the core and the desk.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bad_input;
mod frozen;
mod ranks;
