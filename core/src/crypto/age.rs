//! Sealing files for the institution in the age v1 format (<https://age-encryption.org/v1>), X25519 recipients only.
//!
//! The phone only seals: it holds no identity, so it cannot open its own exports. The `age` crate would bring about
//! 130 crates to the phone; desk and tests open these files with it and with the stock tool.

use super::{derive_key, hmac_sha256, make_bytes};
use crate::error::{Error, Result};
use crate::memory::tapped;
use data_encoding::BASE64_NOPAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

/// Most recipients of one file.
pub const MAX_RECIPIENTS: usize = 20;

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const INTERNAL: Error = Error::Internal { code: 140 };

/// An institution's X25519 public key, `age1…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(pub(super) [u8; 32]);

impl Recipient {
    /// Reads the Bech32 text (BIP 173) that `age-keygen` prints.
    pub fn parse(text: &str) -> Result<Recipient> {
        parse_bech32(text).map(Recipient).ok_or(Error::invalid("recipient", "not an age X25519 recipient"))
    }
}

/// Seals `plaintext` so that each of `recipients` can open it alone. The result is a whole binary age file.
pub fn seal_to(recipients: &[Recipient], plaintext: &[u8]) -> Result<Vec<u8>> {
    if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
        return Err(Error::invalid("recipients", "number"));
    }
    let file_key = Zeroizing::new(make_bytes::<16>()?);
    tapped("age file key", &*file_key);
    let mut out = b"age-encryption.org/v1\n".to_vec();
    for recipient in recipients {
        write_stanza(&mut out, recipient, &file_key)?;
    }
    out.extend_from_slice(b"---");
    let mac = hmac_sha256(derive_key(&[], &*file_key, &[b"header"])?.expose(), &[&out]);
    out.extend_from_slice(format!(" {}\n", BASE64_NOPAD.encode(&mac)).as_bytes());
    let nonce = make_bytes::<16>()?;
    out.extend_from_slice(&nonce);
    let key = aead_key(derive_key(&nonce, &*file_key, &[b"payload"])?.expose())?;
    out.reserve_exact(plaintext.len() + (plaintext.len() / CHUNK + 1) * TAG);
    write_stream(&mut out, &key, plaintext)?;
    Ok(out)
}

/// `-> X25519 SHARE` and the file key wrapped under `HKDF(salt share || recipient, ikm shared secret)`.
fn write_stanza(out: &mut Vec<u8>, recipient: &Recipient, file_key: &[u8; 16]) -> Result<()> {
    let ephemeral = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(|_| INTERNAL)?;
    let share = ephemeral.compute_public_key().map_err(|_| INTERNAL)?;
    let salt = [share.as_ref(), &recipient.0].concat();
    let wrap = agree(ephemeral, recipient, |shared| derive_key(&salt, shared, &[b"age-encryption.org/v1/X25519"]))??;
    let mut body = file_key.to_vec();
    aead_key(wrap.expose())?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut body)
        .map_err(|_| INTERNAL)?;
    let (share, body) = (BASE64_NOPAD.encode(share.as_ref()), BASE64_NOPAD.encode(&body));
    out.extend_from_slice(format!("-> X25519 {share}\n{body}\n").as_bytes());
    Ok(())
}

/// X25519 (RFC 7748). ring refuses an all-zero shared secret, which is what a recipient of small order would give.
pub(super) fn agree<T>(
    ephemeral: EphemeralPrivateKey,
    recipient: &Recipient,
    derive: impl FnOnce(&[u8]) -> T,
) -> Result<T> {
    agree_ephemeral(ephemeral, &UnparsedPublicKey::new(&X25519, recipient.0), derive)
        .map_err(|_| Error::invalid("recipient", "a point of small order"))
}

/// STREAM: chunks of 64 KiB, nonce of an 11-byte counter and a last-chunk flag. Only an empty file has an empty chunk.
fn write_stream(out: &mut Vec<u8>, key: &LessSafeKey, plaintext: &[u8]) -> Result<()> {
    let last = plaintext.len().saturating_sub(1) / CHUNK;
    for number in 0..=last {
        let chunk = plaintext.chunks(CHUNK).nth(number).unwrap_or(&[]);
        let mut nonce = [0u8; 12];
        nonce[3..11].copy_from_slice(&u64::try_from(number).map_err(|_| INTERNAL)?.to_be_bytes());
        nonce[11] = u8::from(number == last);
        let start = out.len();
        out.extend_from_slice(chunk);
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut out[start..])
            .map_err(|_| INTERNAL)?;
        out.extend_from_slice(tag.as_ref());
    }
    Ok(())
}

pub(super) fn aead_key(key: &[u8; 32]) -> Result<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| INTERNAL)?))
}

/// Bech32 with prefix `age` and 32 bytes: 3 + 1 + 52 + 6 characters, lower case as age writes it.
fn parse_bech32(text: &str) -> Option<[u8; 32]> {
    const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let data = text.strip_prefix("age1").filter(|data| data.len() == 58)?;
    let values: Option<Vec<u8>> =
        data.bytes().map(|c| CHARSET.iter().position(|&k| k == c).and_then(|at| u8::try_from(at).ok())).collect();
    let values = values?;
    // The prefix expanded as BIP 173 says: high bits, zero, low bits.
    let expanded = [3, 3, 3, 0, 1, 7, 5];
    if polymod(expanded.iter().chain(&values)) != 1 {
        return None;
    }
    let (mut out, mut filled, mut bits, mut held) = ([0u8; 32], 0, 0u32, 0u32);
    for value in &values[..52] {
        held = (held << 5) | u32::from(*value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out[filled] = u8::try_from((held >> bits) & 0xff).ok()?;
            filled += 1;
        }
    }
    // 52 * 5 = 260 bits: four of padding, which must be zero.
    (filled == 32 && held & 0xf == 0).then_some(out)
}

fn polymod<'v>(values: impl Iterator<Item = &'v u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1u32, |sum, value| {
        let top = sum >> 25;
        let shifted = ((sum & 0x01ff_ffff) << 5) ^ u32::from(*value);
        GENERATOR.iter().enumerate().fold(shifted, |sum, (bit, g)| if top >> bit & 1 == 1 { sum ^ g } else { sum })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // A recipient made with `age-keygen`, and its bytes by an independent decoder in Python.
    const RECIPIENT: &str = "age17ha86ygyj0gg4r5eah4fn2n28tkku89kedyx289u29sjrp794fcqcawvht";
    const RECIPIENT_HEX: &str = "f5fa7d110493d08a8e99edea99aa6a3aed6e1cb6cb48651cbc51612187c5aa70";

    #[test]
    fn a_recipient_is_read_as_age_keygen_wrote_it() {
        assert_eq!(crate::crypto::hex(&Recipient::parse(RECIPIENT).unwrap().0), RECIPIENT_HEX);
    }

    #[test]
    fn every_mistyped_character_of_a_recipient_is_noticed() {
        for at in 0..RECIPIENT.len() {
            for replacement in "qpzl7 AQ1\u{e9}".chars() {
                let typed: String =
                    RECIPIENT.chars().enumerate().map(|(n, c)| if n == at { replacement } else { c }).collect();
                assert!(typed == RECIPIENT || Recipient::parse(&typed).is_err(), "{typed}");
            }
        }
        for text in ["", "age1", "AGE1", &RECIPIENT.to_uppercase(), &RECIPIENT[..61], &format!("{RECIPIENT}q")] {
            assert!(Recipient::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_has_the_length_that_the_format_gives_it() {
        let recipient = Recipient::parse(RECIPIENT).unwrap();
        for (plain, chunks) in [(0, 1), (1, 1), (65_536, 1), (65_537, 2), (3 * 65_536, 3)] {
            let sealed = seal_to(&[recipient.clone(), recipient.clone()], &vec![7; plain]).unwrap();
            let header = "age-encryption.org/v1\n".len() + 2 * (10 + 43 + 1 + 43 + 1) + 4 + 43 + 1;
            assert_eq!(sealed.len(), header + 16 + plain + chunks * TAG);
        }
    }

    #[test]
    fn nothing_repeats_and_nothing_shows() {
        let recipient = [Recipient::parse(RECIPIENT).unwrap()];
        let plaintext = [b'A'; 300];
        let (one, two) = (seal_to(&recipient, &plaintext).unwrap(), seal_to(&recipient, &plaintext).unwrap());
        assert_ne!(one[32..75], two[32..75]);
        assert!(!one.windows(16).any(|w| w == &plaintext[..16]));
    }

    #[test]
    fn a_point_of_small_order_and_no_recipient_are_refused() {
        assert!(seal_to(&[Recipient([0; 32])], b"x").is_err());
        assert!(seal_to(&[], b"x").is_err());
        assert!(seal_to(&vec![Recipient([9; 32]); MAX_RECIPIENTS + 1], b"x").is_err());
    }
}
