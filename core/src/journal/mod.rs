//! The audit journal as pure bytes: entries, an RFC 6962 tree over them, forward-secure MACs, signed checkpoints.
//!
//! Nothing here reads a clock, a file or a key store; the vault stores what this room makes, in the transaction of the
//! act that it tells about. Promise: any edit, deletion, exchange, truncation or re-sealing of entries made before the
//! present epoch is found, up to what a checkpoint or the anchor commits to. No patient text is in it.

mod checkpoint;
mod entry;
mod log;
mod segment;
pub mod tree;

pub use checkpoint::{CHECKPOINT_TYP, Checkpoint};
pub use entry::{Entry, Event, MAX_COUNTS, Stamp};
pub use log::{Journal, LogFault, Row, Sealer, State, verify, verify_folded};
pub use segment::{MAX_SEGMENT, Pending, Segment};
