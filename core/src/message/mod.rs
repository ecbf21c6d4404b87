//! A message on its way: draft, assessment, rewrites, scripts, hand-off, and what a patient texted.

mod assess;
mod draft;
mod handoff;
mod inbound;
mod length;
mod live;
mod rewrite;
mod script;

pub use assess::{AssessInput, Assessment, ChannelVerdict, Marked, assess, assess_live, assess_traced};
pub use draft::{Draft, MAX_DRAFT_BYTES};
pub use handoff::{CallOutcome, Message, Outcome, last_four, link};
pub use inbound::{Contact, Inbound, Reading, Reply, ReplyInput, read, reply_for};
pub use length::{SmsEncoding, TextLength, plain_letters, plain_quotes};
pub use live::LiveScreen;
pub use rewrite::{Removed, Rewrite, RewriteKind};
pub use script::{
    Script, ScriptFacts, call_chart, chart_sentence, consent_warning, inbound_chart, outcome_chart, script, scripts,
};

#[cfg(test)]
mod tests;
