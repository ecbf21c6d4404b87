//! The only room that names *ring* and *argon2*: hashes, derivation, sealing, slots, signatures.
//!
//! `derive_*` is deterministic, `make_*` draws from the operating system's generator.

pub mod age;
pub mod curve;
pub mod json;
pub mod jws;
pub mod kdf;
pub mod seal;
pub mod slot;
pub mod software;
pub mod stream;
#[cfg(test)]
mod vectors;

use crate::error::{Error, Result};
use crate::memory::Secret32;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hkdf, hmac};

/// `SHA-256(bytes)` (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha256_parts(&[bytes])
}

/// `SHA-256(part || part || …)`.
pub fn sha256_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    fixed(context.finish().as_ref())
}

/// `HMAC-SHA256(key, part || part || …)` (RFC 2104).
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    fixed(context.sign().as_ref())
}

/// `HKDF-SHA256(salt, ikm, info)`, 32 bytes (RFC 5869).
pub fn derive_key(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> Result<Secret32> {
    let mut out = zeroize::Zeroizing::new([0u8; 32]);
    derive_into(salt, ikm, info, &mut *out)?;
    Ok(Secret32::new(*out))
}

/// `HKDF-SHA256(salt, ikm, info)` into `out`, at most 255 * 32 bytes.
pub(crate) fn derive_into(salt: &[u8], ikm: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<()> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(ikm)
        .expand(info, Length(out.len()))
        .and_then(|okm| okm.fill(out))
        .map_err(|_| Error::Internal { code: 100 })
}

/// Fills `out` from the operating system's generator; a generator that fails is an error, never a default.
pub fn make_random(out: &mut [u8]) -> Result<()> {
    SystemRandom::new().fill(out).map_err(|_| Error::Internal { code: 101 })
}

/// `N` random bytes.
pub fn make_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0u8; N];
    make_random(&mut out)?;
    Ok(out)
}

/// A random key.
pub fn make_key() -> Result<Secret32> {
    let mut out = zeroize::Zeroizing::new([0u8; 32]);
    make_random(&mut *out)?;
    Ok(Secret32::new(*out))
}

/// Compares in constant time; different lengths are unequal.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    left.ct_eq(right).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The bytes of lower-case hexadecimal of exactly `2 N` digits.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0u8; N];
    out.copy_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_abc_is_the_one_of_fips_180() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(b"abc"), sha256_parts(&[b"a", b"", b"bc"]));
    }

    #[test]
    fn hmac_is_the_one_of_rfc_4231_case_2() {
        let mac = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn hkdf_is_the_one_of_rfc_5869_case_1() {
        let salt = unhex::<13>("000102030405060708090a0b0c").unwrap();
        let info = unhex::<10>("f0f1f2f3f4f5f6f7f8f9").unwrap();
        let key = derive_key(&salt, &[0x0b; 22], &[&info]).unwrap();
        assert_eq!(hex(key.expose()), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    #[test]
    fn hexadecimal_is_exact() {
        assert_eq!(unhex::<2>("00ff"), Some([0, 255]));
        assert_eq!(unhex::<2>("00f"), None);
        assert_eq!(unhex::<2>("00FF"), None);
    }
}
