//! JWS general JSON serialization (RFC 7515 section 7.2.1) in the narrow form of the specification: protected header
//! exactly `alg`, `kid`, `typ`; `kid` is the RFC 7638 thumbprint; EdDSA (RFC 8037) and ES256 (RFC 7518).

use super::json::{Value, parse};
use super::{Fault, sha256};
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Verifier;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// P-256.
    P256(p256::ecdsa::VerifyingKey),
}

impl Key {
    /// From a JWK.
    pub fn from_jwk(jwk: &Value) -> Result<Key, Fault> {
        let members = jwk.members(&["crv", "kty", "x"], &["y"]).map_err(|_| Fault::Key)?;
        let coordinate = |name| -> Result<[u8; 32], Fault> {
            let bytes = BASE64URL_NOPAD.decode(members.text(name)?.as_bytes()).map_err(|_| Fault::Key)?;
            bytes.try_into().map_err(|_| Fault::Key)
        };
        match (members.text("kty")?, members.text("crv")?, members.get("y").is_some()) {
            ("OKP", "Ed25519", false) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(&coordinate("x")?).map_err(|_| Fault::Key)?;
                if key.is_weak() { Err(Fault::Key) } else { Ok(Key::Ed25519(key)) }
            }
            ("EC", "P-256", true) => {
                let (x, y) = (coordinate("x")?, coordinate("y")?);
                let point = p256::EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
                p256::ecdsa::VerifyingKey::from_encoded_point(&point).map(Key::P256).map_err(|_| Fault::Key)
            }
            _ => Err(Fault::Key),
        }
    }

    /// From the JSON text of a JWK.
    pub fn from_json(text: &[u8]) -> Result<Key, Fault> {
        Key::from_jwk(&parse(text)?)
    }

    /// The `kid` of this key.
    pub fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let canonical = match self {
            Key::Ed25519(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(key.as_bytes())),
            Key::P256(key) => {
                let point = key.to_encoded_point(false);
                let (x, y) = (text(&point.as_bytes()[1..33]), text(&point.as_bytes()[33..]));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        text(&sha256(&[canonical.as_bytes()]))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Key::Ed25519(_) => "EdDSA",
            Key::P256(_) => "ES256",
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Key::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Key::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

/// The payload bytes before anything was verified: for finding the key to verify with, and for nothing else.
pub fn dangerous_unverified_payload(document: &[u8]) -> Result<Vec<u8>, Fault> {
    if document.len() > 64 * 1024 {
        return Err(Fault::TooLarge);
    }
    let outer = parse(document)?;
    decode(outer.members(&["payload", "signatures"], &[])?.text("payload")?)
}

/// The payload, if at least `threshold` distinct keys of `keys` signed it as `typ`, and nobody else did.
pub fn verify(document: &[u8], typ: &str, keys: &[Key], threshold: usize) -> Result<Vec<u8>, Fault> {
    let payload = dangerous_unverified_payload(document)?;
    let outer = parse(document)?;
    let members = outer.members(&["payload", "signatures"], &[])?;
    let Some(Value::List(signatures)) = members.get("signatures") else {
        return Err(Fault::Envelope("no list of signatures"));
    };
    if signatures.is_empty() || signatures.len() > 16 {
        return Err(Fault::Envelope("number of signatures"));
    }
    let mut signed: Vec<&Key> = Vec::new();
    for one in signatures {
        let one = one.members(&["protected", "signature"], &[])?;
        let protected = one.text("protected")?;
        let header = parse(&decode(protected)?)?;
        let header = header.members(&["alg", "kid", "typ"], &[])?;
        if header.text("typ")? != typ {
            return Err(Fault::Envelope("another type of document"));
        }
        let kid = header.text("kid")?;
        let key = keys.iter().find(|key| key.thumbprint() == kid).ok_or(Fault::Signature)?;
        let input = format!("{protected}.{}", members.text("payload")?);
        let signature = decode(one.text("signature")?)?;
        if header.text("alg")? != key.algorithm() || !key.verifies(input.as_bytes(), &signature) {
            return Err(Fault::Signature);
        }
        if !signed.contains(&key) {
            signed.push(key);
        }
    }
    if threshold == 0 || signed.len() < threshold { Err(Fault::Threshold) } else { Ok(payload) }
}

fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Fault::Envelope("base64url"))
}
