//! Signed documents: JWS general JSON serialization (RFC 7515 section 7.2.1), narrowed until one reading is left.
//!
//! The protected header holds exactly `alg`, `kid`, `typ`; there is no unprotected header. Institutions sign with
//! Ed25519 (`EdDSA`, RFC 8037), phones with P-256 (`ES256`, RFC 7518 section 3.4, fixed r || s). Signatures are checked
//! over the exact bytes before anything parses the payload. A threshold counts distinct public keys, never ids: the
//! same key under two ids was counted twice in python-tuf, tough, go-tuf and others.

use super::json::{decode_strict, encode};
use super::sha256;
use crate::error::{Error, Result};
use crate::platform::Keystore;
use data_encoding::BASE64URL_NOPAD;
use ring::signature::{self, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// Largest document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// Most signatures on one document.
pub const MAX_SIGNATURES: usize = 16;

const UNVERIFIED: Error = Error::Unverified { what: "signature" };
const MALFORMED: Error = Error::invalid("document", "not a JWS in general JSON serialization");

/// How a key signs. A key has one algorithm for life, and a header that names another is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032, RFC 8037).
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256, signature r || s of 64 bytes (RFC 7518 section 3.4).
    #[serde(rename = "ES256")]
    Es256,
}

/// A public key: 32 bytes of Ed25519, or an uncompressed SEC 1 point on P-256 (65 bytes). As JSON it is a JWK.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

/// The members of a public JWK (RFC 7517), in the order that RFC 7638 hashes them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    crv: String,
    kty: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = Error;

    fn try_from(jwk: Jwk) -> Result<PublicKey> {
        const BAD: Error = Error::invalid("key", "not a public JWK of Ed25519 or P-256");
        let coordinate = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|b| b.len() == 32).ok_or(BAD);
        match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
            ("OKP", "Ed25519", None) => PublicKey::ed25519(&coordinate(&jwk.x)?),
            ("EC", "P-256", Some(y)) => PublicKey::p256(&[&[4][..], &coordinate(&jwk.x)?, &coordinate(y)?].concat()),
            _ => Err(BAD),
        }
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Jwk {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match key.algorithm {
            Algorithm::EdDsa => Jwk { crv: "Ed25519".into(), kty: "OKP".into(), x: text(&key.bytes), y: None },
            Algorithm::Es256 => Jwk {
                crv: "P-256".into(),
                kty: "EC".into(),
                x: text(&key.bytes[1..33]),
                y: Some(text(&key.bytes[33..])),
            },
        }
    }
}

impl PublicKey {
    /// An Ed25519 key. Encodings that are not canonical and points of small order are refused: under those,
    /// one signature can hold for many messages.
    pub fn ed25519(bytes: &[u8]) -> Result<PublicKey> {
        const BAD: Error = Error::invalid("key", "not a canonical Ed25519 key of full order");
        let mut y = <[u8; 32]>::try_from(bytes).map_err(|_| BAD)?;
        y[31] &= 0x7f;
        y.reverse();
        // p = 2^255 - 19, big-endian; a canonical y is below it.
        let mut p = [0xff; 32];
        (p[0], p[31]) = (0x7f, 0xed);
        let mut minus_one = p;
        minus_one[31] = 0xec;
        let mut one = [0u8; 32];
        one[31] = 1;
        let small_order = [
            [0u8; 32],
            one,
            minus_one,
            *b"\x05\xfc\x53\x6d\x88\x02\x38\xb1\x39\x33\xc6\xd3\x05\xac\xdf\xd5\xf0\x98\xef\xf2\x89\xf4\xc3\x45\xb0\x27\xb2\xc2\x8f\x95\xe8\x26",
            *b"\x7a\x03\xac\x92\x77\xfd\xc7\x4e\xc6\xcc\x39\x2c\xfa\x53\x20\x2a\x0f\x67\x10\x0d\x76\x0b\x3c\xba\x4f\xd8\x4d\x3d\x70\x6a\x17\xc7",
        ];
        if y >= p || small_order.contains(&y) {
            return Err(BAD);
        }
        Ok(PublicKey { algorithm: Algorithm::EdDsa, bytes: bytes.to_vec() })
    }

    /// A P-256 key: 65 bytes, uncompressed. Whether it lies on the curve is checked with each signature.
    pub fn p256(point: &[u8]) -> Result<PublicKey> {
        if point.len() != 65 || point[0] != 4 {
            return Err(Error::invalid("key", "not an uncompressed point on P-256"));
        }
        Ok(PublicKey { algorithm: Algorithm::Es256, bytes: point.to_vec() })
    }

    /// How this key signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The `kid`: base64url of the RFC 7638 thumbprint with SHA-256.
    pub fn thumbprint(&self) -> Result<String> {
        Ok(BASE64URL_NOPAD.encode(&sha256(&encode(&Jwk::from(self.clone()))?)))
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn signature::VerificationAlgorithm = match self.algorithm {
            Algorithm::EdDsa => &signature::ED25519,
            Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
        };
        UnparsedPublicKey::new(algorithm, &self.bytes).verify(message, signature).is_ok()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Serialized {
    payload: String,
    signatures: Vec<SerializedSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SerializedSignature {
    protected: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: Algorithm,
    kid: String,
    typ: String,
}

struct Signature {
    header: Header,
    /// What is signed: `BASE64URL(protected) || '.' || BASE64URL(payload)`, as received.
    input: Vec<u8>,
    signature: Vec<u8>,
}

/// A document whose envelope has been read and whose signatures have not been checked yet.
pub struct Envelope {
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

impl Envelope {
    /// Reads the envelope. Nothing in it is trusted yet; the payload stays closed until [`Envelope::verify`].
    pub fn parse(bytes: &[u8]) -> Result<Envelope> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(Error::TooLarge { field: "document", limit: MAX_DOCUMENT_BYTES as u64 });
        }
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| MALFORMED);
        let outer: Serialized = decode_strict(bytes).map_err(|_| MALFORMED)?;
        if outer.signatures.is_empty() || outer.signatures.len() > MAX_SIGNATURES {
            return Err(MALFORMED);
        }
        let mut signatures = Vec::with_capacity(outer.signatures.len());
        for one in &outer.signatures {
            let header: Header = decode_strict(&decode(&one.protected)?).map_err(|_| MALFORMED)?;
            let input = [one.protected.as_bytes(), b".", outer.payload.as_bytes()].concat();
            signatures.push(Signature { header, input, signature: decode(&one.signature)? });
        }
        if signatures.iter().any(|s| s.header.typ != signatures[0].header.typ) {
            return Err(MALFORMED);
        }
        Ok(Envelope { payload: decode(&outer.payload)?, signatures })
    }

    /// The type that the headers claim; it chooses the keys to verify with, and they vouch for it.
    pub fn claimed_typ(&self) -> &str {
        self.signatures.first().map_or("", |s| &s.header.typ)
    }

    /// Whether any signature names this key.
    pub fn names(&self, key: &PublicKey) -> bool {
        key.thumbprint().is_ok_and(|kid| self.signatures.iter().any(|s| s.header.kid == kid))
    }

    /// The distinct keys among `keys` that signed this document as `typ`. One signature that none of them made is an
    /// error for the whole document.
    pub fn signers<'k>(&self, typ: &str, keys: &'k [PublicKey]) -> Result<Vec<&'k PublicKey>> {
        Envelope::distinct_signers(self.signatures.iter(), typ, keys)
    }

    fn distinct_signers<'s, 'k>(
        signatures: impl Iterator<Item = &'s Signature>,
        typ: &str,
        keys: &'k [PublicKey],
    ) -> Result<Vec<&'k PublicKey>> {
        let mut signers: Vec<&PublicKey> = Vec::new();
        for one in signatures {
            let named = |key: &&PublicKey| key.thumbprint().is_ok_and(|kid| kid == one.header.kid);
            let key = keys.iter().find(named).ok_or(UNVERIFIED)?;
            let fits = one.header.typ == typ && one.header.alg == key.algorithm;
            if !fits || !key.verifies(&one.input, &one.signature) {
                return Err(UNVERIFIED);
            }
            if !signers.iter().any(|known| known.bytes == key.bytes) {
                signers.push(key);
            }
        }
        Ok(signers)
    }

    /// The distinct keys among `keys` whose signatures are on this document, whoever else signed: only for a rotation,
    /// where the old keys must vouch before the payload may tell the new ones.
    pub fn signers_among<'k>(&self, typ: &str, keys: &'k [PublicKey]) -> Result<Vec<&'k PublicKey>> {
        let named = |one: &&Signature| keys.iter().any(|k| k.thumbprint().is_ok_and(|kid| kid == one.header.kid));
        Envelope::distinct_signers(self.signatures.iter().filter(named), typ, keys)
    }

    /// The payload, if at least `threshold` distinct keys of `keys` signed it as `typ` and nobody else did.
    pub fn verify(&self, typ: &str, keys: &[PublicKey], threshold: usize) -> Result<&[u8]> {
        if threshold == 0 || self.signers(typ, keys)?.len() < threshold {
            return Err(UNVERIFIED);
        }
        Ok(&self.payload)
    }

    /// The payload of a document that brings its own keys (an enrolment, a request), for reading those keys and
    /// nothing else: only [`Envelope::verify`] with them makes it count, and a person's comparison makes it trusted.
    pub fn dangerous_unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Something that signs: a key in memory (desk) or in the phone's keystore.
pub trait Signer {
    /// The key that verifies.
    fn public_key(&self) -> &PublicKey;
    /// Signs the message.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// An institution's Ed25519 key, in memory.
pub struct Ed25519Signer {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl Ed25519Signer {
    /// From the 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &[u8]) -> Result<Ed25519Signer> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::invalid("key", "seed"))?;
        let public = PublicKey::ed25519(pair.public_key().as_ref())?;
        Ok(Ed25519Signer { pair, public })
    }
}

impl Signer for Ed25519Signer {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }
}

/// A `Sign` alias of the phone's keystore.
pub struct KeystoreSigner<'k> {
    keystore: &'k dyn Keystore,
    alias: String,
    public: PublicKey,
}

impl<'k> KeystoreSigner<'k> {
    /// Asks the keystore for the public key, once.
    pub fn new(keystore: &'k dyn Keystore, alias: &str) -> Result<KeystoreSigner<'k>> {
        let public = PublicKey::p256(&keystore.public_key(alias.to_owned())?)?;
        Ok(KeystoreSigner { keystore, alias: alias.to_owned(), public })
    }
}

impl Signer for KeystoreSigner<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = self.keystore.sign(self.alias.clone(), message.to_vec())?;
        // A shell that hands over DER, or the wrong key, is caught here and not at the institution.
        if self.public.verifies(message, &signature) { Ok(signature) } else { Err(Error::KeystoreUnsupported) }
    }
}

/// Signs `payload` as `typ` with each signer; fails rather than make a document that nobody would accept.
pub fn sign(payload: &[u8], typ: &str, signers: &[&dyn Signer]) -> Result<Vec<u8>> {
    let text = BASE64URL_NOPAD.encode(payload);
    let mut signatures = Vec::with_capacity(signers.len());
    for signer in signers {
        let key = signer.public_key();
        let header = Header { alg: key.algorithm, kid: key.thumbprint()?, typ: typ.to_owned() };
        let protected = BASE64URL_NOPAD.encode(&encode(&header)?);
        let signature = signer.sign(&[protected.as_bytes(), b".", text.as_bytes()].concat())?;
        signatures.push(SerializedSignature { protected, signature: BASE64URL_NOPAD.encode(&signature) });
    }
    if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
        return Err(Error::invalid("signers", "number"));
    }
    let bytes = encode(&Serialized { payload: text, signatures })?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(Error::TooLarge { field: "document", limit: MAX_DOCUMENT_BYTES as u64 });
    }
    Ok(bytes)
}

/// A fresh Ed25519 seed for [`Ed25519Signer::from_seed`].
pub fn make_ed25519_seed() -> Result<crate::memory::Secret32> {
    super::make_key()
}

/// An ES256 key in memory, for tests of documents that a phone signs.
#[cfg(test)]
pub(crate) struct P256Signer(signature::EcdsaKeyPair, PublicKey);

#[cfg(test)]
impl P256Signer {
    pub(crate) fn make() -> P256Signer {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &ring::rand::SystemRandom::new()).unwrap();
        let pair =
            signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &ring::rand::SystemRandom::new()).unwrap();
        let public = PublicKey::p256(pair.public_key().as_ref()).unwrap();
        P256Signer(pair, public)
    }
}

#[cfg(test)]
impl Signer for P256Signer {
    fn public_key(&self) -> &PublicKey {
        &self.1
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.0.sign(&ring::rand::SystemRandom::new(), message).unwrap().as_ref().to_vec())
    }
}

#[cfg(test)]
#[path = "jws_tests.rs"]
mod tests;
