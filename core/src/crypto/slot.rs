//! The slot: what a passcode and this phone's keystore open together.
//!
//! ```text
//! header  = magic[8] version[2] workspace[16] enrolment[16] slot[1] pepper[4] kib[4] passes[4] salt[16]
//! x       = Argon2id(passcode, salt; kib, passes)
//! y       = PRF(pepper, SHA-256("curtain guess v1" || workspace || slot || x))        one keystore call a guess
//! KEK || COMMIT = HKDF-SHA256(salt y, ikm x, info "curtain kek v1" || SHA-256(header))
//! file    = header known[32] COMMIT[32] seal(KEK, ROOT)[104] mac[32]
//! known   = SHA-256(PRF(pepper, SHA-256("curtain known answer v1" || header)))
//! mac     = PRF(pepper, SHA-256("curtain slot mac v1" || everything before it))
//! ```
//!
//! `known` and `mac` are checked before a guess is counted, so damage is never taken for a wrong passcode.

use super::kdf::{KdfCost, derive_passcode_key};
use super::{derive_into, equal, make_bytes, seal, sha256, sha256_parts};
use crate::error::{Error, Result};
use crate::memory::{Secret32, tapped};

const MAGIC: &[u8; 8] = b"CURTSLOT";
const VERSION: u16 = 1;
const HEADER: usize = 8 + 2 + 16 + 16 + 1 + 4 + 4 + 4 + 16;
const WRAPPED_ROOT: usize = seal::OVERHEAD + 32;
/// Length of a slot file in bytes.
pub const SLOT_BYTES: usize = HEADER + 32 + 32 + WRAPPED_ROOT + 32;

const DAMAGED: Error = Error::Damaged { what: "slot" };

/// A call to the keystore's PRF under this slot's pepper.
pub type Prf<'a> = &'a dyn Fn([u8; 32]) -> Result<[u8; 32]>;

/// What a slot says in clear; all of it is bound into the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotHeader {
    /// The workspace that it opens.
    pub workspace: [u8; 16],
    /// The enrolment of this phone.
    pub enrolment: [u8; 16],
    /// Number of the slot: 0 passcode, 1 biometric, 2 recovery.
    pub slot: u8,
    /// Generation of the pepper key in the keystore.
    pub pepper: u32,
    /// What a guess costs.
    pub cost: KdfCost,
    salt: [u8; 16],
}

/// A parsed slot file.
pub struct Slot {
    /// What it says in clear.
    pub header: SlotHeader,
    bytes: Vec<u8>,
}

impl SlotHeader {
    /// A header with a fresh salt.
    pub fn make(workspace: [u8; 16], enrolment: [u8; 16], slot: u8, pepper: u32, cost: KdfCost) -> Result<SlotHeader> {
        Ok(SlotHeader { workspace, enrolment, slot, pepper, cost, salt: make_bytes()? })
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(SLOT_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(&self.workspace);
        out.extend_from_slice(&self.enrolment);
        out.push(self.slot);
        out.extend_from_slice(&self.pepper.to_be_bytes());
        out.extend_from_slice(&self.cost.memory_kib().to_be_bytes());
        out.extend_from_slice(&self.cost.passes().to_be_bytes());
        out.extend_from_slice(&self.salt);
        out
    }
}

/// Makes the slot file in which `passcode` opens `root`.
pub fn make_slot(header: &SlotHeader, passcode: &[u8], root: &Secret32, prf: Prf<'_>) -> Result<Vec<u8>> {
    let mut out = header.encode();
    let known = known_answer(&out, prf)?;
    let (kek, commit) = derive_kek(header, passcode, prf)?;
    let wrapped = seal::seal(&kek, &[b"curtain root v1", &sha256(&out)], root.expose())?;
    out.extend_from_slice(&known);
    out.extend_from_slice(&commit);
    out.extend_from_slice(&wrapped);
    let mac = mac(&out, prf)?;
    out.extend_from_slice(&mac);
    Ok(out)
}

impl Slot {
    /// Reads a slot file: its form only, see [`Slot::verify`].
    pub fn parse(bytes: &[u8]) -> Result<Slot> {
        if bytes.len() < 10 || &bytes[..8] != MAGIC {
            return Err(DAMAGED);
        }
        let mut reader = Reader(&bytes[8..]);
        match u16::from_be_bytes(reader.take()?) {
            VERSION => {}
            newer if newer > VERSION => return Err(Error::TooNew { what: "slot" }),
            _ => return Err(DAMAGED),
        }
        if bytes.len() != SLOT_BYTES {
            return Err(DAMAGED);
        }
        let (workspace, enrolment, [slot]) = (reader.take()?, reader.take()?, reader.take::<1>()?);
        let pepper = u32::from_be_bytes(reader.take()?);
        let (kib, passes) = (u32::from_be_bytes(reader.take()?), u32::from_be_bytes(reader.take()?));
        let cost = KdfCost::new(kib, passes).map_err(|_| DAMAGED)?;
        let header = SlotHeader { workspace, enrolment, slot, pepper, cost, salt: reader.take()? };
        Ok(Slot { header, bytes: bytes.to_vec() })
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks that this phone's keystore made the file and answers as it did then.
    pub fn verify(&self, prf: Prf<'_>) -> Result<()> {
        let (content, stored) = self.bytes.split_at(SLOT_BYTES - 32);
        let known = known_answer(&self.bytes[..HEADER], prf)?;
        if equal(&mac(content, prf)?, stored) && equal(&known, &self.bytes[HEADER..HEADER + 32]) {
            Ok(())
        } else {
            Err(DAMAGED)
        }
    }

    /// One guess: the root key, or `None` when the passcode does not match.
    pub fn open(&self, passcode: &[u8], prf: Prf<'_>) -> Result<Option<Secret32>> {
        let (kek, commit) = derive_kek(&self.header, passcode, prf)?;
        if !equal(&commit, &self.bytes[HEADER + 32..HEADER + 64]) {
            return Ok(None);
        }
        let wrapped = &self.bytes[HEADER + 64..HEADER + 64 + WRAPPED_ROOT];
        let root =
            zeroize::Zeroizing::new(seal::open(&kek, &[b"curtain root v1", &sha256(&self.bytes[..HEADER])], wrapped)?);
        Secret32::from_slice(&root).map(Some).ok_or(DAMAGED)
    }
}

fn derive_kek(header: &SlotHeader, passcode: &[u8], prf: Prf<'_>) -> Result<(Secret32, [u8; 32])> {
    let x = derive_passcode_key(passcode, &header.salt, header.cost)?;
    let guess = sha256_parts(&[b"curtain guess v1", &header.workspace, &[header.slot], x.expose()]);
    let y = Secret32::new(prf(guess)?);
    let mut okm = zeroize::Zeroizing::new([0u8; 64]);
    let info = sha256(&header.encode());
    derive_into(y.expose(), x.expose(), &[b"curtain kek v1", &info], &mut *okm)?;
    let mut commit = [0u8; 32];
    commit.copy_from_slice(&okm[32..]);
    tapped("y", y.expose());
    tapped("KEK", &okm[..32]);
    Secret32::from_slice(&okm[..32]).map(|kek| (kek, commit)).ok_or(Error::Internal { code: 130 })
}

fn known_answer(header: &[u8], prf: Prf<'_>) -> Result<[u8; 32]> {
    Ok(sha256(&prf(sha256_parts(&[b"curtain known answer v1", header]))?))
}

fn mac(content: &[u8], prf: Prf<'_>) -> Result<[u8; 32]> {
    prf(sha256_parts(&[b"curtain slot mac v1", content]))
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hmac_sha256;

    fn phone(byte: u8) -> impl Fn([u8; 32]) -> Result<[u8; 32]> {
        move |input| Ok(hmac_sha256(&[byte; 32], &[&input]))
    }

    fn slot_file() -> Vec<u8> {
        let header = SlotHeader::make([1; 16], [2; 16], 0, 3, KdfCost::DANGEROUS_CHEAP).unwrap();
        make_slot(&header, b"123456", &Secret32::new([9; 32]), &phone(1)).unwrap()
    }

    #[test]
    fn the_right_passcode_on_the_right_phone_opens_the_root() {
        let slot = Slot::parse(&slot_file()).unwrap();
        slot.verify(&phone(1)).unwrap();
        assert_eq!(slot.open(b"123456", &phone(1)).unwrap().unwrap().expose(), &[9; 32]);
        assert!(slot.open(b"123457", &phone(1)).unwrap().is_none());
    }

    #[test]
    fn the_right_passcode_on_another_phone_opens_nothing() {
        let slot = Slot::parse(&slot_file()).unwrap();
        assert_eq!(slot.verify(&phone(2)), Err(DAMAGED));
        assert!(slot.open(b"123456", &phone(2)).unwrap().is_none());
    }

    #[test]
    fn every_flipped_bit_is_damage_and_never_a_wrong_passcode() {
        let file = slot_file();
        for byte in 0..file.len() {
            for bit in 0..8 {
                let mut bad = file.clone();
                bad[byte] ^= 1 << bit;
                match Slot::parse(&bad) {
                    Ok(slot) => assert_eq!(slot.verify(&phone(1)), Err(DAMAGED), "byte {byte} bit {bit}"),
                    Err(Error::Damaged { .. } | Error::TooNew { .. }) => {}
                    Err(other) => panic!("byte {byte} bit {bit}: {other}"),
                }
            }
        }
        for length in 0..file.len() {
            assert!(Slot::parse(&file[..length]).is_err());
        }
    }

    #[test]
    fn a_future_version_says_so() {
        let mut file = slot_file();
        file[9] = 2;
        assert!(matches!(Slot::parse(&file), Err(Error::TooNew { .. })));
    }
}
