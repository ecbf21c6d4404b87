//! Policy: which channel may carry what, to whom, and why.

mod builtin;
mod channel;
pub mod confirm;
mod decide;
pub mod document;
mod evidence;
mod facts;
pub mod lease;
mod order;
mod pack;
mod roles;
mod rows;
mod rules;
mod table;
pub mod trace;
pub mod trust;

pub use builtin::{STRICT, US_HIPAA};
pub use channel::{Audience, Channel, ChannelKind, Destination, Verdict};
pub use decide::{Decision, DecisionInput, Reason, Severity, channel_of, decide, verdict_on};
pub use facts::{
    AttachmentKind, ConsentScope, ConsentState, Content, Fact, History, NumberFacts, NumberOwner, RosterState,
};
pub use pack::{MAX_PACK_BYTES, Pack, RULE_NAMES};
pub use rules::{
    AttemptsAction, AttemptsPolicy, Case, CaseConsent, ChannelRule, Channels, ConsentBasis, Encryption, HandoffCheck,
    Kinds, Limits, LockPolicy, QuietHours, RetentionPolicy, Status, Texts, Wording,
};
pub use table::{Cell, Cells, Effect, Row, Table, strength, verdict_from};

#[cfg(test)]
mod tests;
