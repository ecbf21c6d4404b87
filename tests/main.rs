//! The integration tests: one binary, over the public surface of the core and the desk.

mod bad_input;
mod ranks;
