//! Policy.
mod channel;
pub use channel::{Audience, Channel, ChannelKind, Destination, Verdict};
