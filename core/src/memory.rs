//! Secrets in memory: the zero-on-free allocator, the stack scrub, and the type that keys live in.
//!
//! *ring* does not wipe its key schedules and moves copy keys on the stack. Measured (security.md A): either
//! cure alone leaves copies behind, both together leave none, so both are used.

use zeroize::{Zeroize, ZeroizeOnDrop};
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// How much of the stack [`with_scrubbed_stack`] overwrites after the work, in bytes.
const SCRUBBED_STACK_BYTES: usize = 96 * 1024;

/// Thirty-two secret bytes on the heap: never printed, never cloned, wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret32(Box<[u8; 32]>);

impl Secret32 {
    /// Takes the bytes over; the caller's copy is the caller's to wipe.
    pub fn new(bytes: [u8; 32]) -> Secret32 {
        tapped("a secret", &bytes);
        Secret32(Box::new(bytes))
    }

    /// Copies a slice of exactly 32 bytes, or `None`.
    pub fn from_slice(bytes: &[u8]) -> Option<Secret32> {
        let mut boxed = Box::new([0u8; 32]);
        if bytes.len() != 32 {
            return None;
        }
        boxed.copy_from_slice(bytes);
        tapped("a secret", bytes);
        Some(Secret32(boxed))
    }

    /// The bytes, for the crypto room and the vault only.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret32([redacted])")
    }
}

/// Runs `work`, then overwrites the stack below this frame, where moves and spills left copies of keys.
pub fn with_scrubbed_stack<T>(work: impl FnOnce() -> T) -> T {
    let result = run_apart(work);
    scrub();
    result
}

#[inline(never)]
fn run_apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn scrub() {
    // In words: byte by byte, volatile writes took most of the time of a short piece of work.
    let mut frame = [0u64; SCRUBBED_STACK_BYTES / 8];
    std::hint::black_box(&mut frame[..]).zeroize();
    std::hint::black_box(&frame);
}

/// Tells the memory scan of a secret; in every other build nothing at all.
#[cfg(not(feature = "dangerous-memory-tap"))]
#[inline(always)]
pub(crate) fn tapped(_name: &'static str, _bytes: &[u8]) {}

#[cfg(feature = "dangerous-memory-tap")]
pub(crate) use tap::tapped;

#[cfg(all(feature = "dangerous-memory-tap", not(debug_assertions)))]
compile_error!("dangerous-memory-tap must not reach a release build");

/// What the memory scan looks for. The copies are masked: they are never found themselves.
#[cfg(feature = "dangerous-memory-tap")]
pub mod tap {
    use std::sync::{Mutex, PoisonError};

    /// Every byte of a copy is the secret's xor this.
    pub const MASK: u8 = 0xA5;

    /// The name of a secret and its bytes, masked.
    pub type Tapped = (&'static str, Vec<u8>);

    static TAPPED: Mutex<Vec<Tapped>> = Mutex::new(Vec::new());

    pub(crate) fn tapped(name: &'static str, bytes: &[u8]) {
        let masked = bytes.iter().map(|byte| byte ^ MASK).collect();
        TAPPED.lock().unwrap_or_else(PoisonError::into_inner).push((name, masked));
    }

    /// All secrets made since the last call, in order.
    pub fn take() -> Vec<Tapped> {
        std::mem::take(&mut *TAPPED.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret32::new([0x41; 32]);
        assert_eq!(format!("{secret:?}"), "Secret32([redacted])");
    }

    #[test]
    fn only_thirty_two_bytes_make_a_secret() {
        assert!(Secret32::from_slice(&[0; 31]).is_none());
        assert!(Secret32::from_slice(&[7; 32]).is_some_and(|s| s.expose() == &[7; 32]));
    }

    #[test]
    fn the_scrub_keeps_the_result() {
        assert_eq!(with_scrubbed_stack(|| 40 + 2), 42);
    }
}
