//! Opening what a phone sealed, with the `age` crate; the stock `age` tool opens the same files.

use crate::error::{Error, Result};
use std::io::Read;
use std::str::FromStr;

/// Largest plaintext that is opened, in bytes.
pub const MAX_OPENED_BYTES: u64 = 1 << 30;

/// The plaintext of an age file, by any of the identities in `identities` (as `age-keygen` writes them).
pub fn open(sealed: &[u8], identities: &str) -> Result<Vec<u8>> {
    let mut keys = Vec::new();
    for line in identities.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        keys.push(age::x25519::Identity::from_str(line).map_err(|_| Error::failed("not an age identity file"))?);
    }
    if keys.is_empty() {
        return Err(Error::failed("no identity in the identity file"));
    }
    let not_opened = |error: age::DecryptError| {
        Error::failed(match error {
            age::DecryptError::NoMatchingKeys => "sealed to somebody else: none of the identities opens it",
            age::DecryptError::InvalidHeader | age::DecryptError::UnknownFormat => "not an age file",
            _ => "damaged: it does not authenticate",
        })
    };
    let decryptor = age::Decryptor::new(sealed).map_err(not_opened)?;
    let reader = decryptor.decrypt(keys.iter().map(|key| key as &dyn age::Identity)).map_err(not_opened)?;
    let mut plaintext = Vec::new();
    reader
        .take(MAX_OPENED_BYTES)
        .read_to_end(&mut plaintext)
        .map_err(|_| Error::failed("damaged: it does not authenticate"))?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;
    use curtain_core::crypto::age::{Recipient, seal_to};

    #[test]
    fn the_age_crate_opens_what_the_core_seals_for_each_recipient() {
        let (one, two) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
        let recipients = [&one, &two].map(|key| Recipient::parse(&key.to_public().to_string()).unwrap());
        let stranger = age::x25519::Identity::generate();
        for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let plaintext = vec![0xa5; length];
            let sealed = seal_to(&recipients, &plaintext).unwrap();
            for key in [&one, &two] {
                assert_eq!(open(&sealed, key.to_string().expose_secret()).unwrap(), plaintext, "{length}");
            }
            assert!(open(&sealed, stranger.to_string().expose_secret()).is_err());
        }
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_refused() {
        let key = age::x25519::Identity::generate();
        let sealed = seal_to(&[Recipient::parse(&key.to_public().to_string()).unwrap()], b"a bundle").unwrap();
        let identity = key.to_string();
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(open(&flipped, identity.expose_secret()).is_err(), "{at}");
            assert!(open(&sealed[..at], identity.expose_secret()).is_err(), "cut {at}");
        }
        assert!(open(&sealed, "# only a comment\n").is_err());
        assert!(open(&sealed, "AGE-SECRET-KEY-1NONE").is_err());
    }
}
