//! Curtain: an offline secure notes and messaging core for the phone that a clinician carries at work.
//!
//! # The tour
//!
//! The core is a house of rooms. A room may use the rooms below it and no other; `tests/ranks.rs` holds that.
//!
//! | rank | rooms | what they do |
//! |---|---|---|
//! | 1 | [`error`], [`memory`], [`platform`], [`words`] | typed errors; secrets in memory; what a shell implements; every sentence that a person reads |
//! | 2 | [`crypto`] | hashes, derivation, sealing, slots, signed documents, age files: the only room that names *ring* and *argon2* |
//! | 3 | [`journal`], [`lock`], [`screen`] | the audit log as pure bytes; when a session ends; what a text contains |
//! | 4 | [`vault`], [`policy`] | sealed records and their anchor, the only room that names rusqlite; documents, packs and decisions |
//! | 5 | [`patient`] | who it is about |
//! | 6 | [`consent`], [`roster`], [`note`], [`photo`] | what was agreed, who is in a group, what was written, what was photographed |
//! | 7 | [`message`] | from a draft to a hand-off |
//! | 8 | [`chart`] | chart texts and FHIR R4 |
//! | 9 | [`retention`], [`departure`] | what is purged when; what may erase, complete |
//! | 10 | [`session`] | one unlocked workspace |
//! | 11 | [`curtain`](mod@curtain) | everything that works while locked: where an app begins |
//!
//! Two rooms do not know each other's business: `crypto` knows no SQL, and `vault` knows no clinical word. `screen` and `policy`
//! decide without a clock, a file or chance: time and salt are arguments.
//!
//! # The way of a draft
//!
//! 1. [`screen::scan`] says what a text contains: findings with spans, the logistics that explain it, its language.
//! 2. [`policy::decide`] asks seven questions about it, channel, reader, consent and policy, and gives a verdict with its reasons.
//! 3. [`message::assess`](fn@message::assess) does both, adds what to send instead (each text screened again) and the chart sentence. It is
//!    one pure function; [`message::assess_traced`] gives the trace as well.
//! 4. [`session::Session::hand_off`] gives the link that the shell opens, if the verdict allows it, and seals message, trace and
//!    chart text with their journal entry in one transaction of [`vault::Vault::commit`], the only way that anything is written.
//! 5. The clinician says what happened, files the chart text, and [`retention`] purges what is charted and past its time.
//!
//! # Where to start
//!
//! To use it: [`curtain::Curtain::open`] with a [`platform::Keystore`] and a [`platform::Clock`], then
//! [`curtain::Curtain::unlock`], which gives a [`session::Session`]. To read it: [`vault`] for how things are kept, [`policy`] for
//! how a verdict comes about, [`departure`] for what may erase. The repository's `docs` have the formats and the threat model.

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "nothing of a patient reaches a log")]

uniffi::setup_scaffolding!("curtain");

pub mod chart;
pub mod consent;
pub mod crypto;
pub mod curtain;
pub mod departure;
pub mod error;
#[cfg(any(test, feature = "dangerous-fuzzing"))]
pub mod fuzzing;
pub mod journal;
pub mod lock;
pub mod memory;
pub mod message;
pub mod note;
pub mod patient;
pub mod photo;
pub mod platform;
pub mod policy;
pub mod retention;
pub mod roster;
pub mod screen;
pub mod session;
pub mod vault;
pub mod words;
