//! Policy.
mod channel;
pub mod confirm;
pub mod document;
pub mod lease;
pub mod trust;
pub use channel::{Audience, Channel, ChannelKind, Destination, Verdict};
