use super::*;

const TYP: &str = "curtain-test";

fn ed(number: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(&[number; 32]).unwrap()
}

fn read(bytes: &[u8], keys: &[PublicKey], threshold: usize) -> Result<Vec<u8>> {
    Envelope::parse(bytes)?.verify(TYP, keys, threshold).map(<[u8]>::to_vec)
}

/// A document with a header and signature list of our own making.
fn forge(header: &str, payload: &[u8], signer: &dyn Signer) -> String {
    let (protected, payload) = (BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(payload));
    let signature = BASE64URL_NOPAD.encode(&signer.sign(format!("{protected}.{payload}").as_bytes()).unwrap());
    format!(r#"{{"payload":"{payload}","signatures":[{{"protected":"{protected}","signature":"{signature}"}}]}}"#)
}

#[test]
fn a_signature_is_the_one_of_rfc_8037() {
    // RFC 8037 appendix A: the key, its thumbprint (A.3) and a signature over the JWS signing input (A.4).
    let seed = BASE64URL_NOPAD.decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let signer = Ed25519Signer::from_seed(&seed).unwrap();
    assert_eq!(signer.public_key().thumbprint().unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(BASE64URL_NOPAD.encode(&signer.sign(input).unwrap()), expected);
}

#[test]
fn the_example_of_rfc_7515_a_3_verifies_and_its_flip_does_not() {
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let key: PublicKey = decode_strict(jwk).unwrap();
    let input = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let mut signature = BASE64URL_NOPAD
        .decode(b"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        .unwrap();
    assert!(key.verifies(input, &signature));
    signature[5] ^= 1;
    assert!(!key.verifies(input, &signature));
}

#[test]
fn the_thumbprint_is_the_one_of_a_known_p256_key() {
    // Made with jwcrypto 1.6.1: `JWK.from_json(RFC 7515 A.3.1).thumbprint()`.
    let key: PublicKey = decode_strict(br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#).unwrap();
    assert_eq!(key.thumbprint().unwrap(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

#[test]
fn what_was_signed_verifies_with_both_algorithms() {
    let phone = P256Signer::make();
    let signers: [&dyn Signer; 2] = [&ed(1), &phone];
    for signer in signers {
        let bytes = sign(b"hello", TYP, &[signer]).unwrap();
        assert_eq!(read(&bytes, &[signer.public_key().clone()], 1).unwrap(), b"hello");
    }
}

#[test]
fn one_key_twice_counts_once() {
    let (one, two) = (ed(1), ed(2));
    let keys = [one.public_key().clone(), two.public_key().clone()];
    let twice = sign(b"x", TYP, &[&one, &one]).unwrap();
    assert_eq!(read(&twice, &keys, 2), Err(UNVERIFIED));
    // Nor does a key that the list names twice.
    let doubled = [keys[0].clone(), keys[0].clone()];
    assert_eq!(read(&twice, &doubled, 2), Err(UNVERIFIED));
    assert!(read(&sign(b"x", TYP, &[&one, &two]).unwrap(), &keys, 2).is_ok());
    assert_eq!(read(&twice, &keys, 0), Err(UNVERIFIED));
}

#[test]
fn a_key_under_another_id_is_refused() {
    let signer = ed(1);
    let keys = [signer.public_key().clone()];
    for kid in ["", "key-1", &ed(2).public_key().thumbprint().unwrap()] {
        let forged = forge(&format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}"}}"#), b"x", &signer);
        assert_eq!(read(forged.as_bytes(), &keys, 1), Err(UNVERIFIED));
    }
}

#[test]
fn a_document_of_one_type_is_none_of_another() {
    let signer = ed(1);
    let bytes = sign(b"x", "curtain-lease", &[&signer]).unwrap();
    assert_eq!(read(&bytes, &[signer.public_key().clone()], 1), Err(UNVERIFIED));
}

#[test]
fn the_header_holds_three_members_and_no_more() {
    let signer = ed(1);
    let (key, kid) = (signer.public_key().clone(), signer.public_key().thumbprint().unwrap());
    let good = forge(&format!(r#"{{"typ":"{TYP}","alg":"EdDSA","kid":"{kid}"}}"#), b"x", &signer);
    assert!(read(good.as_bytes(), std::slice::from_ref(&key), 1).is_ok());
    for header in [
        format!(r#"{{"alg":"none","kid":"{kid}","typ":"{TYP}"}}"#),
        format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"{TYP}"}}"#),
        format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"{TYP}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}","crit":["b64"],"b64":false}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}","jwk":{{}}}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYP}","typ":"{TYP}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":7,"typ":"{TYP}"}}"#),
        "[]".to_owned(),
    ] {
        assert!(read(forge(&header, b"x", &signer).as_bytes(), std::slice::from_ref(&key), 1).is_err(), "{header}");
    }
    let unprotected = good.replace(r#""signature":"#, r#""header":{"kid":"a"},"signature":"#);
    assert!(read(unprotected.as_bytes(), std::slice::from_ref(&key), 1).is_err());
}

#[test]
fn base64url_has_one_form() {
    let signer = ed(1);
    let keys = [signer.public_key().clone()];
    let text = String::from_utf8(sign(b"x", TYP, &[&signer]).unwrap()).unwrap();
    assert!(text.contains(r#""payload":"eA""#));
    for payload in ["eA==", "eB", "e A", "eA\\n", "eA.", "+A"] {
        let changed = text.replace(r#""payload":"eA""#, &format!(r#""payload":"{payload}""#));
        assert!(read(changed.as_bytes(), &keys, 1).is_err(), "{payload}");
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let (one, phone) = (ed(1), P256Signer::make());
    let keys = [one.public_key().clone(), phone.public_key().clone()];
    let bytes = sign(br#"{"version":7}"#, TYP, &[&one, &phone]).unwrap();
    assert!(read(&bytes, &keys, 2).is_ok());
    for at in 0..bytes.len() {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut flipped = bytes.clone();
            flipped[at] ^= mask;
            assert!(read(&flipped, &keys, 1).is_err(), "byte {at} mask {mask}");
        }
        assert!(read(&bytes[..at], &keys, 1).is_err(), "cut at {at}");
    }
}

#[test]
fn size_and_number_of_signatures_are_bounded() {
    let signer = ed(1);
    let key = [signer.public_key().clone()];
    assert!(matches!(sign(&vec![b'x'; 60_000], TYP, &[&signer]), Err(Error::TooLarge { .. })));
    assert!(matches!(Envelope::parse(&vec![b' '; 10_000_000]), Err(Error::TooLarge { .. })));
    assert!(sign(b"x", TYP, &[]).is_err());
    let many: Vec<&dyn Signer> = vec![&signer; MAX_SIGNATURES + 1];
    assert!(sign(b"x", TYP, &many).is_err());
    assert!(read(br#"{"payload":"eA","signatures":[]}"#, &key, 1).is_err());
}

#[test]
fn weak_ed25519_keys_are_refused() {
    let parse = |hex: &str| PublicKey::ed25519(&super::super::unhex::<32>(hex).unwrap());
    for weak in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ] {
        assert!(parse(weak).is_err(), "{weak}");
    }
    assert!(parse("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").is_ok());
    assert!(PublicKey::ed25519(&[1; 31]).is_err());
}

#[test]
fn the_keystore_signs_for_the_phone() {
    use crate::platform::KeyPurpose;
    let directory = tempfile::tempdir().unwrap();
    let keystore = crate::crypto::software::SoftwareKeystore::new(directory.path()).unwrap();
    keystore.create("w.sign".into(), KeyPurpose::Sign).unwrap();
    let signer = KeystoreSigner::new(&keystore, "w.sign").unwrap();
    let bytes = sign(b"receipt", TYP, &[&signer]).unwrap();
    assert_eq!(read(&bytes, &[signer.public_key().clone()], 1).unwrap(), b"receipt");
    // A key replaced behind the signer's back does not sign in the old one's name.
    keystore.create("w.sign".into(), KeyPurpose::Sign).unwrap();
    assert_eq!(sign(b"receipt", TYP, &[&signer]), Err(Error::KeystoreUnsupported));
}

#[test]
fn the_payload_before_verification_is_the_one_that_was_signed() {
    let document = sign(b"{\"a\":1}", TYP, &[&ed(1)]).unwrap();
    assert_eq!(Envelope::parse(&document).unwrap().dangerous_unverified_payload(), b"{\"a\":1}");
}

#[test]
fn a_document_names_the_keys_that_signed_it_and_a_key_shows_its_bytes() {
    let envelope = Envelope::parse(&sign(b"{}", TYP, &[&ed(1)]).unwrap()).unwrap();
    assert!(envelope.names(ed(1).public_key()) && !envelope.names(ed(2).public_key()));
    let key = PublicKey::ed25519(ed(1).public_key().bytes()).unwrap();
    assert!(key == *ed(1).public_key() && key.bytes().len() == 32);
}
