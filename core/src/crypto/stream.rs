//! Sealing what is too large for one blob: chunks under one single-use key, each bound to its place.
//!
//! `key || commit = HMAC-SHA512(K, salt24 || AAD)` as in [`super::seal`]; chunk `i` is AES-256-GCM under `key` with the nonce
//! `0[7] || i[4] || last[1]` (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015, which age
//! uses too). A chunk opens in its own place only, and only the last one as the last.

use super::seal::{Envelope, decrypt_into, make_single_use, reopen};
use crate::error::{Error, Result};
use crate::memory::Secret32;
use ring::aead;

/// Plaintext bytes of a chunk; the last may be shorter, and is empty only when the whole is.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes that sealing adds to a chunk.
pub const TAG_BYTES: usize = 16;

/// Seals, or opens, the chunks of one stream in their order.
pub struct Chunks {
    key: aead::LessSafeKey,
    next: u32,
}

impl Chunks {
    /// A fresh single-use key for one stream, and what the opener needs to make it again.
    ///
    /// # Errors
    /// `Internal` when there is no randomness.
    pub fn make(key: &Secret32, aad: &[&[u8]]) -> Result<(Chunks, Envelope)> {
        let (key, envelope) = make_single_use(key, aad)?;
        Ok((Chunks { key, next: 0 }, envelope))
    }

    /// The key of a stream that exists.
    ///
    /// # Errors
    /// `Damaged` when key, salt or additional data are not those of the commitment.
    pub fn open(key: &Secret32, aad: &[&[u8]], envelope: &Envelope) -> Result<Chunks> {
        Ok(Chunks { key: reopen(key, aad, envelope)?, next: 0 })
    }

    /// Seals the next chunk in place.
    ///
    /// # Errors
    /// `TooLarge` after 2^32 - 1 chunks.
    pub fn seal_next(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<()> {
        let nonce = self.nonce(last)?;
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let sealed = self.key.seal_in_place_append_tag(nonce, aead::Aad::empty(), chunk);
        sealed.map_err(|_| Error::Internal { code: 122 })
    }

    /// Opens the next chunk into `buffer`, whose wiping is the caller's.
    ///
    /// # Errors
    /// `Damaged` when it is not this stream's chunk of this place; the buffer is then wiped.
    pub fn open_next(&mut self, sealed: &[u8], last: bool, buffer: &mut Vec<u8>) -> Result<()> {
        let nonce = self.nonce(last)?;
        decrypt_into(&self.key, nonce, &[], sealed, buffer)
    }

    fn nonce(&mut self, last: bool) -> Result<[u8; 12]> {
        let mut bytes = [0u8; 12];
        bytes[7..11].copy_from_slice(&self.next.to_be_bytes());
        bytes[11] = u8::from(last);
        self.next = self.next.checked_add(1).ok_or(Error::TooLarge { field: "stream", limit: u64::from(u32::MAX) })?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Secret32 {
        Secret32::new([5; 32])
    }

    fn sealed(chunks: &[Vec<u8>]) -> (Envelope, Vec<Vec<u8>>) {
        let (mut seal, envelope) = Chunks::make(&key(), &[b"id"]).unwrap();
        let seal_one = |(number, chunk): (usize, &Vec<u8>)| {
            let mut chunk = chunk.clone();
            seal.seal_next(&mut chunk, number + 1 == chunks.len()).unwrap();
            chunk
        };
        (envelope, chunks.iter().enumerate().map(seal_one).collect())
    }

    /// What opens, up to the first refusal.
    fn opened(envelope: &Envelope, sealed: &[Vec<u8>]) -> (Vec<Vec<u8>>, bool) {
        let mut chunks = Chunks::open(&key(), &[b"id"], envelope).unwrap();
        let (mut out, mut buffer) = (Vec::new(), Vec::new());
        for (number, chunk) in sealed.iter().enumerate() {
            if chunks.open_next(chunk, number + 1 == sealed.len(), &mut buffer).is_err() {
                return (out, false);
            }
            out.push(buffer.clone());
        }
        (out, true)
    }

    proptest! {
        #[test]
        fn chunks_open_in_their_order_only(
            plain in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
            from in any::<prop::sample::Index>(),
            to in any::<prop::sample::Index>(),
            bit in any::<prop::sample::Index>(),
        ) {
            let (envelope, whole) = sealed(&plain);
            prop_assert_eq!(opened(&envelope, &whole), (plain.clone(), true));
            let (from, to) = (from.index(whole.len()), to.index(whole.len()));
            let mut bad = whole.clone();
            bad.swap(from, to);
            prop_assert_eq!(opened(&envelope, &bad).1, from == to, "exchanged");
            let mut bad = whole.clone();
            bad.remove(from);
            prop_assert!(bad.is_empty() || !opened(&envelope, &bad).1, "left out, or cut after a chunk");
            let mut bad = whole.clone();
            bad.insert(to, whole[from].clone());
            prop_assert!(!opened(&envelope, &bad).1, "given twice, or extended");
            let mut bad = whole.clone();
            let bit = bit.index(bad[from].len() * 8);
            bad[from][bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(opened(&envelope, &bad), (plain[..from].to_vec(), false), "a bit");
            let mut bad = whole.clone();
            bad[from].pop();
            prop_assert!(!opened(&envelope, &bad).1, "cut");
        }
    }

    #[test]
    fn another_key_place_or_stream_is_refused_before_any_chunk() {
        let (envelope, _) = sealed(&[b"x".to_vec()]);
        assert!(Chunks::open(&Secret32::new([6; 32]), &[b"id"], &envelope).is_err());
        assert!(Chunks::open(&key(), &[b"other"], &envelope).is_err());
        let (one, other) = (sealed(&[b"x".to_vec()]), sealed(&[b"x".to_vec()]));
        assert!(one.1 != other.1 && !opened(&one.0, &other.1).1);
    }
}
