//! From a passcode to 32 bytes: Argon2id (RFC 9106), its cost in the slot header and bounded both ways.

use crate::error::{Error, Result};
use crate::memory::{Secret32, tapped};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

/// Shortest passcode in bytes; what counts as strong enough for a keystore is the vault's question.
pub const MIN_PASSCODE_BYTES: usize = 6;
/// Longest passcode in bytes.
pub const MAX_PASSCODE_BYTES: usize = 1024;

/// What a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
}

impl KdfCost {
    /// The floor and the default: 64 MiB, three passes, one lane (RFC 9106 section 4, second choice).
    pub const STANDARD: KdfCost = KdfCost { memory_kib: 64 * 1024, passes: 3 };

    /// A cost from a file or a calibration: 64 to 512 MiB and 3 to 10 passes, nothing else is accepted.
    pub fn new(memory_kib: u32, passes: u32) -> Result<KdfCost> {
        let cost = KdfCost { memory_kib, passes };
        if cost == KdfCost::cheap_if_allowed()
            || ((65_536..=524_288).contains(&memory_kib) && (3..=10).contains(&passes))
        {
            Ok(cost)
        } else {
            Err(Error::invalid("kdf", "cost outside its bounds"))
        }
    }

    /// A cost for tests only, of no worth against a guesser.
    #[cfg(any(test, feature = "dangerous-cheap-kdf"))]
    pub const DANGEROUS_CHEAP: KdfCost = KdfCost { memory_kib: 64, passes: 1 };

    #[cfg(any(test, feature = "dangerous-cheap-kdf"))]
    fn cheap_if_allowed() -> KdfCost {
        KdfCost::DANGEROUS_CHEAP
    }

    #[cfg(not(any(test, feature = "dangerous-cheap-kdf")))]
    fn cheap_if_allowed() -> KdfCost {
        KdfCost::STANDARD
    }

    /// Memory in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub fn passes(self) -> u32 {
        self.passes
    }
}

#[cfg(all(feature = "dangerous-cheap-kdf", not(debug_assertions)))]
compile_error!("dangerous-cheap-kdf must not reach a release build");

/// `x = Argon2id(passcode, salt; cost)`, 32 bytes. Takes tenths of a second: not on the main thread.
pub fn derive_passcode_key(passcode: &[u8], salt: &[u8; 16], cost: KdfCost) -> Result<Secret32> {
    if !(MIN_PASSCODE_BYTES..=MAX_PASSCODE_BYTES).contains(&passcode.len()) {
        return Err(Error::invalid("passcode", "length"));
    }
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(|_| Error::Internal { code: 110 })?;
    // Our own buffer: argon2 does not wipe the large matrix by itself.
    let mut blocks = vec![Block::default(); params.block_count()];
    let mut out = zeroize::Zeroizing::new([0u8; 32]);
    let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        passcode,
        salt,
        &mut *out,
        &mut blocks,
    );
    for block in &mut blocks {
        block.zeroize();
    }
    done.map_err(|_| Error::Internal { code: 111 })?;
    tapped("passcode", passcode);
    tapped("x", &*out);
    Ok(Secret32::new(*out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_in_a_file_has_a_floor_and_a_ceiling() {
        assert!(KdfCost::new(65_536, 3).is_ok());
        assert!(KdfCost::new(65_535, 3).is_err());
        assert!(KdfCost::new(524_289, 3).is_err());
        assert!(KdfCost::new(65_536, 2).is_err());
        assert!(KdfCost::new(65_536, 11).is_err());
    }

    #[test]
    fn the_standard_cost_gives_the_pinned_key() {
        let x = derive_passcode_key(b"correct horse", &[7; 16], KdfCost::STANDARD).unwrap();
        // From the reference implementation (argon2-cffi): Argon2id, t=3, m=65536, p=1, 32 bytes.
        assert_eq!(crate::crypto::hex(x.expose()), "7b985d8fa00c9eccccf918c8cb9feaa8036af381caf6f498e099b5b849b8c18a");
    }

    #[test]
    fn salt_and_passcode_both_matter() {
        let of = |p: &[u8], s| *derive_passcode_key(p, &[s; 16], KdfCost::DANGEROUS_CHEAP).unwrap().expose();
        assert_ne!(of(b"123456", 1), of(b"123456", 2));
        assert_ne!(of(b"123456", 1), of(b"123457", 1));
    }

    #[test]
    fn a_passcode_has_a_shortest_and_a_longest_form() {
        for passcode in [&b""[..], b"12345", &[b'a'; 1025]] {
            assert!(derive_passcode_key(passcode, &[0; 16], KdfCost::DANGEROUS_CHEAP).is_err());
        }
    }
}
