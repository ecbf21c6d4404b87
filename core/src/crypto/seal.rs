//! Sealing with single-use keys and an explicit commitment.
//!
//! `key || commit = HMAC-SHA512(K, salt24 || AAD)`; AES-256-GCM under `key` with nonce 0 (and 1 for a record's body).
//! The salt is drawn here, never passed in, so a key is used for one head and one body and no more; AES-GCM alone
//! does not commit to its key, so `commit` is compared first (security.md, facts 3 and C2).

use super::{equal, make_bytes};
use crate::error::{Error, Result};
use crate::memory::{Secret32, tapped};
use ring::{aead, hmac};

/// Bytes that sealing adds to one blob: salt, commitment, tag.
pub const OVERHEAD: usize = 24 + 32 + 16;
const TAG: usize = 16;

/// What a record's head and body share: drawn once for each version of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Random, 24 bytes.
    pub salt: [u8; 24],
    /// Commits to the key; also what manifests list.
    pub commit: [u8; 32],
}

/// A record sealed in two parts under one single-use key.
pub struct SealedPair {
    /// Salt and commitment.
    pub envelope: Envelope,
    /// Ciphertext and tag of the head.
    pub head: Vec<u8>,
    /// Ciphertext and tag of the body.
    pub body: Vec<u8>,
}

/// Seals a record's head and body under `key`, bound to `aad`.
pub fn seal_pair(key: &Secret32, aad: &[&[u8]], head: &[u8], body: &[u8]) -> Result<SealedPair> {
    let (single_use, envelope) = make_single_use(key, aad)?;
    let head = encrypt(&single_use, 0, head)?;
    let body = encrypt(&single_use, 1, body)?;
    Ok(SealedPair { envelope, head, body })
}

/// A key made ready to open many records: the two blocks of HMAC's key are hashed once, not for each record.
pub struct Opener(hmac::Key);

/// What opens one record's head and body: its single-use key, derived once, its commitment checked.
pub struct OpenRecord(aead::LessSafeKey);

impl Opener {
    /// Makes `key` ready. Lives as long as one reading; the key itself stays where it is.
    pub fn new(key: &Secret32) -> Opener {
        Opener(hmac::Key::new(hmac::HMAC_SHA512, key.expose()))
    }

    /// The single-use key of a record.
    ///
    /// # Errors
    /// `Damaged` when key, salt or additional data are not those of the commitment.
    pub fn record(&self, aad: &[&[u8]], envelope: &Envelope) -> Result<OpenRecord> {
        let (single_use, commit) = expand(&self.0, aad, &envelope.salt)?;
        if equal(&commit, &envelope.commit) { Ok(OpenRecord(single_use)) } else { Err(DAMAGED) }
    }
}

impl OpenRecord {
    /// Opens the head.
    ///
    /// # Errors
    /// `Damaged` when it does not authenticate.
    pub fn head(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        decrypt(&self.0, 0, sealed)
    }

    /// Opens the body.
    ///
    /// # Errors
    /// `Damaged` when it does not authenticate.
    pub fn body(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        decrypt(&self.0, 1, sealed)
    }

    /// Opens the head into a buffer that a whole search shares. Wiping it afterwards is the caller's.
    ///
    /// # Errors
    /// `Damaged` when it does not authenticate; the buffer is then wiped.
    pub fn head_into(&self, sealed: &[u8], buffer: &mut Vec<u8>) -> Result<()> {
        decrypt_into(&self.0, nonce(0), &[], sealed, buffer)
    }

    /// Opens the body as [`OpenRecord::head_into`] the head.
    ///
    /// # Errors
    /// `Damaged` when it does not authenticate; the buffer is then wiped.
    pub fn body_into(&self, sealed: &[u8], buffer: &mut Vec<u8>) -> Result<()> {
        decrypt_into(&self.0, nonce(1), &[], sealed, buffer)
    }
}

/// Seals one blob: `salt || commit || ciphertext || tag`.
pub fn seal(key: &Secret32, aad: &[&[u8]], plaintext: &[u8]) -> Result<Vec<u8>> {
    let (single_use, envelope) = make_single_use(key, aad)?;
    let mut out = Vec::with_capacity(plaintext.len() + OVERHEAD);
    out.extend_from_slice(&envelope.salt);
    out.extend_from_slice(&envelope.commit);
    out.extend_from_slice(&encrypt(&single_use, 0, plaintext)?);
    Ok(out)
}

/// Opens what [`seal`] made.
pub fn open(key: &Secret32, aad: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>> {
    let envelope = Envelope::parse(sealed).ok_or(DAMAGED)?;
    Opener::new(key).record(aad, &envelope)?.head(&sealed[56..])
}

impl Envelope {
    /// The first 56 bytes of a sealed blob.
    pub fn parse(bytes: &[u8]) -> Option<Envelope> {
        let (salt, rest) = bytes.split_first_chunk::<24>()?;
        let (commit, _) = rest.split_first_chunk::<32>()?;
        Some(Envelope { salt: *salt, commit: *commit })
    }
}

const DAMAGED: Error = Error::Damaged { what: "sealed data" };

pub(super) fn make_single_use(key: &Secret32, aad: &[&[u8]]) -> Result<(aead::LessSafeKey, Envelope)> {
    let salt = make_bytes::<24>()?;
    let (single_use, commit) = expand(&Opener::new(key).0, aad, &salt)?;
    Ok((single_use, Envelope { salt, commit }))
}

/// The single-use key of an envelope, its commitment checked.
pub(super) fn reopen(key: &Secret32, aad: &[&[u8]], envelope: &Envelope) -> Result<aead::LessSafeKey> {
    Opener::new(key).record(aad, envelope).map(|record| record.0)
}

/// Every AAD part is prefixed by its length, so that no two lists of parts read alike.
fn expand(key: &hmac::Key, aad: &[&[u8]], salt: &[u8; 24]) -> Result<(aead::LessSafeKey, [u8; 32])> {
    let okm = hmac_sha512(key, |context| {
        context.update(salt);
        for part in aad {
            context.update(&u32::try_from(part.len()).map_err(|_| DAMAGED)?.to_be_bytes());
            context.update(part);
        }
        Ok(())
    })?;
    let unbound = aead::UnboundKey::new(&aead::AES_256_GCM, &okm[..32]).map_err(|_| Error::Internal { code: 120 })?;
    tapped("single-use key", &okm[..32]);
    let mut commit = [0u8; 32];
    commit.copy_from_slice(&okm[32..]);
    Ok((aead::LessSafeKey::new(unbound), commit))
}

/// `HMAC-SHA512(key, what is fed)` (RFC 2104).
pub(super) fn hmac_sha512(
    key: &hmac::Key,
    feed: impl FnOnce(&mut hmac::Context) -> Result<()>,
) -> Result<zeroize::Zeroizing<[u8; 64]>> {
    let mut context = hmac::Context::with_key(key);
    feed(&mut context)?;
    let mut out = zeroize::Zeroizing::new([0u8; 64]);
    out.copy_from_slice(context.sign().as_ref());
    Ok(out)
}

fn nonce(number: u8) -> [u8; 12] {
    let mut bytes = [0u8; 12];
    bytes[11] = number;
    bytes
}

fn encrypt(key: &aead::LessSafeKey, number: u8, plaintext: &[u8]) -> Result<Vec<u8>> {
    encrypt_with(key, nonce(number), &[], plaintext)
}

fn decrypt(key: &aead::LessSafeKey, number: u8, sealed: &[u8]) -> Result<Vec<u8>> {
    decrypt_with(key, nonce(number), &[], sealed)
}

/// AES-256-GCM with any nonce and additional data; apart only so that published vectors can reach it.
pub(super) fn encrypt_with(key: &aead::LessSafeKey, nonce: [u8; 12], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(plaintext.len() + TAG);
    buffer.extend_from_slice(plaintext);
    key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(aad), &mut buffer)
        .map_err(|_| Error::Internal { code: 121 })?;
    Ok(buffer)
}

/// Opens what [`encrypt_with`] made.
pub(super) fn decrypt_with(key: &aead::LessSafeKey, nonce: [u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    decrypt_into(key, nonce, aad, sealed, &mut buffer)?;
    Ok(buffer)
}

/// As [`decrypt_with`], into a buffer that is used again.
pub(super) fn decrypt_into(
    key: &aead::LessSafeKey,
    nonce: [u8; 12],
    aad: &[u8],
    sealed: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<()> {
    buffer.clear();
    buffer.extend_from_slice(sealed);
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    if let Ok(plaintext) = key.open_in_place(nonce, aead::Aad::from(aad), buffer) {
        let length = plaintext.len();
        buffer.truncate(length);
        Ok(())
    } else {
        // Unauthenticated plaintext must not outlive the failure.
        zeroize::Zeroize::zeroize(buffer);
        Err(DAMAGED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Secret32 {
        Secret32::new([byte; 32])
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let sealed = seal(&key(1), &[b"a", b"b"], b"a note about a patient").unwrap();
        for byte in 0..sealed.len() {
            for bit in 0..8 {
                let mut bad = sealed.clone();
                bad[byte] ^= 1 << bit;
                assert_eq!(open(&key(1), &[b"a", b"b"], &bad), Err(DAMAGED), "byte {byte} bit {bit}");
            }
        }
        assert_eq!(open(&key(1), &[b"a", b"b"], &sealed).unwrap(), b"a note about a patient");
    }

    #[test]
    fn another_place_or_key_does_not_open_it() {
        let sealed = seal(&key(1), &[b"a", b"bc"], b"x").unwrap();
        assert!(open(&key(1), &[b"ab", b"c"], &sealed).is_err());
        assert!(open(&key(2), &[b"a", b"bc"], &sealed).is_err());
        assert!(open(&key(1), &[b"a", b"bc"], &sealed[..sealed.len() - 1]).is_err());
        assert!(open(&key(1), &[b"a", b"bc"], &[]).is_err());
    }

    #[test]
    fn head_and_body_cannot_be_exchanged() {
        let pair = seal_pair(&key(3), &[b"id"], b"same", b"same").unwrap();
        assert_ne!(pair.head, pair.body);
        let record = Opener::new(&key(3)).record(&[b"id"], &pair.envelope).unwrap();
        assert!(record.head(&pair.body).is_err());
        assert_eq!(record.body(&pair.body).unwrap(), b"same");
    }

    #[test]
    fn sealing_the_same_twice_differs() {
        assert_ne!(seal(&key(1), &[], b"x").unwrap(), seal(&key(1), &[], b"x").unwrap());
    }

    #[test]
    fn a_ciphertext_of_another_key_is_refused_by_its_commitment() {
        let sealed = seal(&key(1), &[], b"x").unwrap();
        let other = seal(&key(2), &[], b"x").unwrap();
        let mut mixed = other[..56].to_vec();
        mixed.extend_from_slice(&sealed[56..]);
        assert!(open(&key(2), &[], &mixed).is_err());
        assert!(open(&key(1), &[], &mixed).is_err());
    }

    #[test]
    fn head_and_body_open_into_a_buffer_each_with_its_own_nonce() {
        let pair = seal_pair(&key(3), &[b"id"], b"head", b"body").unwrap();
        let record = Opener::new(&key(3)).record(&[b"id"], &pair.envelope).unwrap();
        let mut buffer = Vec::new();
        record.body_into(&pair.body, &mut buffer).unwrap();
        assert_eq!(buffer, b"body");
        assert!(record.body_into(&pair.head, &mut buffer).is_err() && buffer.is_empty());
        record.head_into(&pair.head, &mut buffer).unwrap();
        assert_eq!(buffer, b"head");
    }
}
