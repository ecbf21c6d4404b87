//! Curtain: an offline secure notes and messaging core for the phone that a clinician carries at work.

uniffi::setup_scaffolding!("curtain");

pub mod chart;
pub mod consent;
pub mod crypto;
pub mod curtain;
pub mod departure;
pub mod error;
pub mod journal;
pub mod lock;
pub mod memory;
pub mod message;
pub mod note;
pub mod patient;
pub mod platform;
pub mod policy;
pub mod retention;
pub mod roster;
pub mod screen;
pub mod session;
pub mod vault;
pub mod words;
