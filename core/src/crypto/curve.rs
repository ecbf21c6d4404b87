//! Hash to curve for P-256 (RFC 9380, `P256_XMD:SHA-256_SSWU_RO_`), for secure enclaves that offer ECDH and no HMAC.
//!
//! An enclave's static ECDH with a constant point gives a constant share: once it leaked, guesses cost nothing. With a point that
//! depends on the guess, `y = ECDH(key, H(guess))` costs one call of the enclave for each. The point must come from a hash whose
//! discrete logarithm nobody knows: with `s·G` anybody could compute `y` from the enclave's public key.
//!
//! **No device has run it.** That an enclave takes any point of the curve as a public key follows from its interface, and is not tried.

use crate::error::{CurtainError, Error, Result};
use p256::NistP256;
use p256::elliptic_curve::hash2curve::{ExpandMsgXmd, GroupDigest};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use sha2::Sha256;

/// The domain separation tag (RFC 9380 section 3.1): no other use of P-256 hashes to the same points.
const TAG: &[u8] = b"CURTAIN-V01-CS01-with-P256_XMD:SHA-256_SSWU_RO_";

/// A point on P-256 for an input of the PRF: 65 bytes, uncompressed (SEC 1 section 2.3.3). For shells whose enclave has only ECDH:
/// `prf(alias, input) = SHA-256(x coordinate of ECDH(key of alias, hash_to_p256(input)))`, strength `EcdhHardware`. Only hashes go in.
/// No device has run it yet.
#[uniffi::export]
pub fn hash_to_p256(input: &[u8]) -> Result<Vec<u8>, CurtainError> {
    crate::error::no_panic(|| hash_with_tag(input, TAG), || ())
}

fn hash_with_tag(input: &[u8], tag: &[u8]) -> Result<Vec<u8>> {
    let point = NistP256::hash_from_bytes::<ExpandMsgXmd<Sha256>>(&[input], &[tag])
        .map_err(|_| Error::Internal { code: 150 })?;
    Ok(point.to_affine().to_encoded_point(false).as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hex;
    use p256::elliptic_curve::sec1::FromEncodedPoint;
    use p256::{AffinePoint, EncodedPoint, SecretKey};

    /// RFC 9380 appendix J.1.1.
    #[test]
    fn the_points_are_those_of_rfc_9380() {
        let tag = b"QUUX-V01-CS02-with-P256_XMD:SHA-256_SSWU_RO_";
        let long = |head: &str, c: &str, n: usize| format!("{head}{}", c.repeat(n));
        for (message, x, y) in [
            (
                String::new(),
                "2c15230b26dbc6fc9a37051158c95b79656e17a1a920b11394ca91c44247d3e4",
                "8a7a74985cc5c776cdfe4b1f19884970453912e9d31528c060be9ab5c43e8415",
            ),
            (
                "abc".into(),
                "0bb8b87485551aa43ed54f009230450b492fead5f1cc91658775dac4a3388a0f",
                "5c41b3d0731a27a7b14bc0bf0ccded2d8751f83493404c84a88e71ffd424212e",
            ),
            (
                "abcdef0123456789".into(),
                "65038ac8f2b1def042a5df0b33b1f4eca6bff7cb0f9c6c1526811864e544ed80",
                "cad44d40a656e7aff4002a8de287abc8ae0482b5ae825822bb870d6df9b56ca3",
            ),
            (
                long("q128_", "q", 128),
                "4be61ee205094282ba8a2042bcb48d88dfbb609301c49aa8b078533dc65a0b5d",
                "98f8df449a072c4721d241a3b1236d3caccba603f916ca680f4539d2bfb3c29e",
            ),
            (
                long("a512_", "a", 512),
                "457ae2981f70ca85d8e24c308b14db22f3e3862c5ea0f652ca38b5e49cd64bc5",
                "ecb9f0eadc9aeed232dabc53235368c1394c78de05dd96893eefa62b0f4757dc",
            ),
        ] {
            let point = hash_with_tag(message.as_bytes(), tag).unwrap();
            assert_eq!(hex(&point), format!("04{x}{y}"), "{} bytes", message.len());
        }
    }

    #[test]
    fn every_guess_needs_a_call_of_its_own() {
        // The enclave's part: a key that never leaves, multiplied with a point that the core hands over.
        let enclave = SecretKey::from_slice(&[7; 32]).unwrap();
        let ecdh = |point: &[u8]| {
            let encoded = EncodedPoint::from_bytes(point).unwrap();
            let point = AffinePoint::from_encoded_point(&encoded).unwrap();
            let shared = p256::ecdh::diffie_hellman(enclave.to_nonzero_scalar(), point);
            shared.raw_secret_bytes().to_vec()
        };
        let answers: Vec<_> = (0..32u8).map(|guess| ecdh(&hash_to_p256(&[guess; 32]).unwrap())).collect();
        let unique: std::collections::BTreeSet<_> = answers.iter().collect();
        assert_eq!(unique.len(), 32);
        assert_eq!(answers[3], ecdh(&hash_to_p256(&[3; 32]).unwrap()));
    }
}
