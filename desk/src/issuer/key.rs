//! Keys in files: `ROLE-N.jwk` (private, mode 0600) with `ROLE-N.pub.jwk` beside it, and age identities as `age-keygen`
//! writes them. A real institution keeps the root's private files elsewhere; the public ones are enough to check.

use crate::error::{Error, Result};
use crate::file;
use age::secrecy::ExposeSecret;
use curtain_core::crypto::json::{decode_strict, encode};
use curtain_core::crypto::jws::{Ed25519Signer, PublicKey, Signer, make_ed25519_seed};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest key file, in bytes.
const MAX_KEY_BYTES: u64 = 4096;

/// The roles that sign.
pub const SIGNING_ROLES: [&str; 4] = ["root", "policy", "lease", "order"];
/// What age recipients are for.
pub const RECIPIENT_KINDS: [&str; 4] = ["audit", "export", "recovery", "escrow"];

/// A private JWK of Ed25519 (RFC 8037).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivateJwk {
    crv: String,
    d: String,
    kty: String,
    x: String,
}

/// Makes the next signing key of a role; gives the private file's path.
pub fn make_signing(directory: &Path, role: &str) -> Result<PathBuf> {
    let seed = make_ed25519_seed()?;
    let public = Ed25519Signer::from_seed(seed.expose())?.public_key().clone();
    let jwk = PrivateJwk {
        crv: "Ed25519".to_owned(),
        d: BASE64URL_NOPAD.encode(seed.expose()),
        kty: "OKP".to_owned(),
        x: BASE64URL_NOPAD.encode(public.bytes()),
    };
    let name = next_name(directory, role)?;
    let path = directory.join(format!("{name}.jwk"));
    file::write_new(&path, &encode(&jwk)?)?;
    file::write_new(&directory.join(format!("{name}.pub.jwk")), &encode(&public)?)?;
    Ok(path)
}

/// Makes an age identity of a kind; gives the identity file's path.
pub fn make_recipient(directory: &Path, kind: &str) -> Result<PathBuf> {
    let identity = age::x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let name = next_name(directory, &format!("recipient-{kind}"))?;
    let path = directory.join(format!("{name}.age"));
    let text = format!("# public key: {public}\n{}\n", identity.to_string().expose_secret());
    file::write_new(&path, text.as_bytes())?;
    file::write_new(&directory.join(format!("{name}.pub")), format!("{public}\n").as_bytes())?;
    Ok(path)
}

/// The public keys of a role, in order of their numbers.
pub fn public_keys(directory: &Path, role: &str) -> Result<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for path in numbered(directory, role, ".pub.jwk")? {
        keys.push(decode_strict(&file::read(&path, MAX_KEY_BYTES)?).map_err(|e| Error::about(&path)(e.into()))?);
    }
    Ok(keys)
}

/// The signers of a role whose private files are here.
pub fn signers(directory: &Path, role: &str) -> Result<Vec<Ed25519Signer>> {
    let mut signers = Vec::new();
    for path in numbered(directory, role, ".jwk")? {
        signers.push(read_signer(&path).map_err(Error::about(&path))?);
    }
    Ok(signers)
}

/// The recipients of a kind.
pub fn recipients(directory: &Path, kind: &str) -> Result<Vec<String>> {
    let mut recipients = Vec::new();
    for path in numbered(directory, &format!("recipient-{kind}"), ".pub")? {
        let text = String::from_utf8(file::read(&path, MAX_KEY_BYTES)?)
            .map_err(|_| Error::failed(format!("{}: not text", path.display())))?;
        recipients.push(text.trim().to_owned());
    }
    Ok(recipients)
}

fn read_signer(path: &Path) -> Result<Ed25519Signer> {
    let jwk: PrivateJwk = decode_strict(&file::read(path, MAX_KEY_BYTES)?)?;
    let seed = BASE64URL_NOPAD.decode(jwk.d.as_bytes()).map_err(|_| Error::failed("the key is no base64url"))?;
    let signer = Ed25519Signer::from_seed(&seed)?;
    let public = BASE64URL_NOPAD.encode(signer.public_key().bytes());
    if jwk.kty != "OKP" || jwk.crv != "Ed25519" || jwk.x != public {
        return Err(Error::failed("the private key does not belong to its public part"));
    }
    Ok(signer)
}

/// Files `STEM-N` + `ending` with N from 1 up.
fn numbered(directory: &Path, stem: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in file::names(directory)? {
        let number = name.strip_prefix(stem).and_then(|n| n.strip_prefix('-')).and_then(|n| n.strip_suffix(ending));
        if let Some(number) = number.and_then(|n| n.parse::<u32>().ok()) {
            found.push((number, directory.join(name)));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// `STEM-N` with the lowest number above all that are there, private or public.
fn next_name(directory: &Path, stem: &str) -> Result<String> {
    file::make_directory(directory)?;
    let number =
        |name: &String| -> Option<u32> { name.strip_prefix(stem)?.strip_prefix('-')?.split('.').next()?.parse().ok() };
    let highest = file::names(directory)?.iter().filter_map(number).max().unwrap_or(0);
    Ok(format!("{stem}-{}", highest.saturating_add(1)))
}
