//! The vault: sealed records in plain SQLite that only ever sees ciphertext, anchored in the phone's keystore.
//!
//! [`Workspace`] is the locked side (files, anchor, guesses, wipe); [`Vault`] the unlocked one (reading, the one write
//! path, forgetting). Dropping the `Vault` is the lock. The vault knows no clinical word.

mod anchor;
mod attempts;
mod biometry;
mod database;
mod files;
#[cfg(any(test, feature = "dangerous-fuzzing"))]
pub(crate) mod fuzzing;
mod head;
mod held;
mod hold;
mod journal;
mod keys;
mod migrate;
mod passcode;
mod record;
mod recovery;
mod rekey;
mod rows;
mod shred;
mod sift;
mod slots;
mod store;
mod stream;
mod unlock;
mod wipe;
mod workspace;

#[cfg(test)]
mod cut_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
mod rearranged_tests;
#[cfg(test)]
mod rekey_tests;
#[cfg(test)]
mod slots_tests;
#[cfg(test)]
mod tamper_tests;
#[cfg(test)]
mod tests;

pub use anchor::{Anchor, AnchorRead, AnchorState, HeadMark, LeaveBy, LockScreenCounts, RunningTime, alias};
pub use attempts::{AttemptRules, Attempts};
pub use biometry::{Biometry, BiometryPause, MAX_FAILURES, PASSCODE_EVERY_MS};
pub(crate) use files::{erase as erase_file, make_directory, read_bounded, write_whole};
pub use held::{HeldFile, HeldRecord, open_held};
pub use hold::{HELD, Hold, MAX_HELD_PATIENTS, MAX_HOLDS, MAX_PENDING, Ordered, PendingOrder};
pub use passcode::{PasscodeWeakness, weakness};
pub use record::{Change, Id, Kind, MAX_BODY_BYTES, MAX_HEAD_BYTES, Row};
pub use recovery::Code as RecoveryCode;
pub use rekey::NewSlots;
pub use shred::Forget;
pub use sift::{Glimpse, SealedBody};
pub use store::{Act, Vault};
pub use stream::{MAX_STREAM_BYTES, NewStream, StreamReader};
pub use wipe::{Tombstone, WipeCause, WipeOrder, WipePhase};
pub use workspace::{NewWorkspace, Workspace, signing_alias};

/// Opening accepts no more than this many commits beyond the anchor.
pub const RESEAL_EVERY: u32 = 32;

/// Kept back of these for a lock: what was typed and the lock's entry are written though the keystore is asleep.
const CLOSING_COMMITS: u32 = 2;
