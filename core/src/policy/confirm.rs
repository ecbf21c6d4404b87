//! The six words that a person compares on both screens before an enrolment is trusted.
//!
//! `SHA-256(identity of the request || identity of the enrolment)`, 96 bits of it as six proquints (Wilkerson 2009):
//! consonant, vowel, consonant, vowel, consonant for 4 + 2 + 4 + 2 + 4 bits. Pronounceable in English and Spanish, no
//! word list to translate, and 2^96 tries to make another pair that reads alike.

use crate::crypto::json::Digest;
use crate::crypto::sha256_parts;

/// The words, each of five letters.
pub fn words(request: &Digest, enrolment: &Digest) -> [String; 6] {
    let hash = sha256_parts(&[&request.0, &enrolment.0]);
    std::array::from_fn(|n| proquint(u16::from_be_bytes([hash[2 * n], hash[2 * n + 1]])))
}

fn proquint(bits: u16) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aiou";
    let letter = |table: &[u8], shift: u32| char::from(table[usize::from(bits >> shift) % table.len()]);
    [letter(CONSONANTS, 12), letter(VOWELS, 10), letter(CONSONANTS, 6), letter(VOWELS, 4), letter(CONSONANTS, 0)]
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::Hex;

    #[test]
    fn the_words_are_proquints_as_published() {
        // The paper's example: 127.0.0.1 is lusab-babad.
        assert_eq!((proquint(0x7f00), proquint(0x0001)), ("lusab".to_owned(), "babad".to_owned()));
        // 63.84.220.193 is gutih-tugad.
        assert_eq!((proquint(0x3f54), proquint(0xdcc1)), ("gutih".to_owned(), "tugad".to_owned()));
    }

    #[test]
    fn another_request_or_enrolment_gives_other_words() {
        let of = |a, b| words(&Hex([a; 32]), &Hex([b; 32]));
        assert_eq!(of(1, 2), of(1, 2));
        assert_ne!(of(1, 2), of(2, 1));
        assert_ne!(of(1, 2), of(1, 3));
    }
}
