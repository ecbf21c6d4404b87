//! Published vectors against the functions that the core uses: C2SP Wycheproof and RFC 9106.
//!
//! What the core never does is left out and counted: other key, nonce and tag lengths, which its types refuse before any cipher runs.

use super::age::{Recipient, aead_key, agree};
use super::jws::PublicKey;
use super::{derive_into, hmac_sha256, seal};
use crate::error::Error;
use ring::agreement::{EphemeralPrivateKey, X25519};
use ring::{aead, hmac};
use wycheproof::TestResult;

/// How many vectors of a set ran, and how many are of another form.
#[derive(Debug, Default, PartialEq)]
struct Ran {
    valid: usize,
    refused: usize,
    other_form: usize,
}

impl Ran {
    fn count(&mut self, result: TestResult, opened: bool, what: &str, id: usize) {
        match result {
            TestResult::Valid => self.valid += 1,
            TestResult::Invalid => self.refused += 1,
            TestResult::Acceptable => panic!("{what} {id}: the sets used here say valid or invalid"),
        }
        assert_eq!(opened, result == TestResult::Valid, "{what} {id}");
    }
}

fn ran(valid: usize, refused: usize, other_form: usize) -> Ran {
    Ran { valid, refused, other_form }
}

fn gcm_key(key: &[u8]) -> aead::LessSafeKey {
    aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, key).unwrap())
}

#[test]
fn aes_256_gcm_agrees_with_wycheproof() {
    use wycheproof::aead::{TestName, TestSet};
    let mut count = Ran::default();
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        for test in group.tests {
            let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
                count.other_form += 1;
                continue;
            };
            if (group.key_size, group.tag_size) != (256, 128) {
                count.other_form += 1;
                continue;
            }
            let (key, sealed) = (gcm_key(&test.key), [&test.ct[..], &test.tag[..]].concat());
            let opened = seal::decrypt_with(&key, nonce, &test.aad, &sealed);
            if test.result == TestResult::Valid {
                assert_eq!(opened.as_deref(), Ok(&test.pt[..]), "{}", test.tc_id);
                assert_eq!(seal::encrypt_with(&key, nonce, &test.aad, &test.pt).unwrap(), sealed, "{}", test.tc_id);
            }
            count.count(test.result, opened.is_ok(), "aes-gcm", test.tc_id);
        }
    }
    assert_eq!(count, ran(39, 27, 250));
}

#[test]
fn chacha20_poly1305_agrees_with_wycheproof() {
    use wycheproof::aead::{TestName, TestSet};
    let mut count = Ran::default();
    for group in TestSet::load(TestName::ChaCha20Poly1305).unwrap().test_groups {
        for test in group.tests {
            let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
                count.other_form += 1;
                continue;
            };
            let key = aead_key(&test.key[..].try_into().unwrap()).unwrap();
            let mut sealed = [&test.ct[..], &test.tag[..]].concat();
            let nonce = aead::Nonce::assume_unique_for_key(nonce);
            let opened = key.open_in_place(nonce, aead::Aad::from(&test.aad[..]), &mut sealed).is_ok();
            assert!(!opened || sealed.starts_with(&test.pt), "{}", test.tc_id);
            count.count(test.result, opened, "chacha20-poly1305", test.tc_id);
        }
    }
    assert_eq!(count, ran(256, 60, 9));
}

#[test]
fn hmac_agrees_with_wycheproof() {
    use wycheproof::mac::{TestName, TestSet};
    let of_512 = |key: &[u8], message: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA512, key);
        let feed = |context: &mut hmac::Context| {
            context.update(message);
            Ok(())
        };
        seal::hmac_sha512(&key, feed).unwrap().to_vec()
    };
    let of_256 = |key: &[u8], message: &[u8]| hmac_sha256(key, &[message]).to_vec();
    type Mac<'f> = &'f dyn Fn(&[u8], &[u8]) -> Vec<u8>;
    for (name, mac, expected) in [
        (TestName::HmacSha256, &of_256 as Mac<'_>, ran(66, 108, 0)),
        (TestName::HmacSha512, &of_512 as Mac<'_>, ran(66, 108, 0)),
    ] {
        let mut count = Ran::default();
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                // A shorter tag is the whole one cut.
                let made = &mac(&test.key, &test.msg)[..group.tag_size / 8];
                count.count(test.result, made == &test.tag[..], "hmac", test.tc_id);
            }
        }
        assert_eq!(count, expected, "{name:?}");
    }
}

#[test]
fn hkdf_sha256_agrees_with_wycheproof() {
    use wycheproof::hkdf::{TestName, TestSet};
    let mut count = Ran::default();
    for group in TestSet::load(TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut out = vec![0; test.size];
            let made = derive_into(&test.salt, &test.ikm, &[&test.info], &mut out);
            assert!(made.is_err() || out == test.okm[..], "{}", test.tc_id);
            count.count(test.result, made.is_ok(), "hkdf", test.tc_id);
        }
    }
    assert_eq!(count, ran(83, 3, 0));
}

#[test]
fn ed25519_agrees_with_wycheproof() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = Ran::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::ed25519(&group.key.pk).unwrap();
        for test in group.tests {
            count.count(test.result, key.verifies(&test.msg, &test.sig), "ed25519", test.tc_id);
        }
    }
    assert_eq!(count, ran(88, 63, 0));
}

#[test]
fn es256_agrees_with_wycheproof() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut count = Ran::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let key = PublicKey::p256(&group.key.key).unwrap();
        for test in group.tests {
            count.count(test.result, key.verifies(&test.msg, &test.sig), "es256", test.tc_id);
        }
    }
    assert_eq!(count, ran(173, 89, 0));
}

#[test]
fn x25519_agrees_with_wycheproof() {
    use wycheproof::xdh::{TestName, TestSet};
    const SMALL_ORDER: Error = Error::invalid("recipient", "a point of small order");
    let (mut agreed, mut refused) = (0, 0);
    for group in TestSet::load(TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let Ok(public) = test.public_key[..].try_into() else {
                panic!("{}: the age format has 32 bytes", test.tc_id)
            };
            #[allow(deprecated, reason = "the only way to give ring a private key, for vectors")]
            let private = ring::test::rand::FixedSliceRandom { bytes: &test.private_key };
            let ephemeral = EphemeralPrivateKey::generate(&X25519, &private).unwrap();
            let shared = agree(ephemeral, &Recipient(public), <[u8]>::to_vec);
            if test.shared_secret.iter().all(|byte| *byte == 0) {
                assert_eq!(shared, Err(SMALL_ORDER), "{}", test.tc_id);
                refused += 1;
            } else {
                assert_eq!(shared.unwrap(), test.shared_secret[..], "{}", test.tc_id);
                agreed += 1;
            }
        }
    }
    assert_eq!((agreed, refused), (487, 31));
}

/// RFC 9106 section 5.3. Its secret, additional data and four lanes are not what the core uses; the core's own parameters are
/// compared with the reference implementation in `kdf` and, on a real slot, in `tests/vectors/read.py`.
#[test]
fn argon2id_is_the_one_of_rfc_9106() {
    use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
    let mut builder = ParamsBuilder::new();
    builder.m_cost(32).t_cost(3).p_cost(4).data(AssociatedData::new(&[4; 12]).unwrap());
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, builder.build().unwrap()).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(super::hex(&tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}
