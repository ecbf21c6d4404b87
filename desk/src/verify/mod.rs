//! Verification of what phones sign, written from the specification alone.
//!
//! Nothing here calls the core: JSON, JOSE, tree and MACs have their own code over other crates (`p256`, `ed25519-dalek`,
//! `sha2`, `hmac`, `hkdf`; the core uses *ring* and serde), so that one mistake is not made twice and then agreed upon.

pub mod evidence;
pub mod journal;
pub mod json;
pub mod jws;
pub mod tree;

pub use evidence::{Checkpoint, Receipt, checkpoint, claimed_enrolment, manifest, receipt, request};

/// Why something is not accepted; one clear line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Larger than 64 KiB.
    #[error("larger than 64 KiB")]
    TooLarge,
    /// Not strict JSON.
    #[error("not strict JSON ({0})")]
    Json(&'static str),
    /// Not a JWS in the narrow form.
    #[error("not a signed document ({0})")]
    Envelope(&'static str),
    /// A key that cannot be used.
    #[error("not a usable public key")]
    Key,
    /// A signature that does not hold.
    #[error("the signature does not hold")]
    Signature,
    /// Signed by too few distinct keys.
    #[error("signed by too few keys")]
    Threshold,
    /// A member is missing, unknown or out of range.
    #[error("member `{0}` is missing, unknown or out of range")]
    Member(&'static str),
    /// Written for a newer specification.
    #[error("of a newer specification: update this tool")]
    TooNew,
    /// Signed properly and still wrong.
    #[error("{0}")]
    Claim(String),
}

/// SHA-256.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The identity of a document: SHA-256 of its payload.
pub fn identity(payload: &[u8]) -> [u8; 32] {
    sha256(&[payload])
}
