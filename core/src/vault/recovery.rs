//! The recovery slot: a random code of 128 bits, sealed to the institution's recovery recipients and worthless without this phone's keystore.
//!
//! Typed as 27 characters of Crockford's base 32: 26 of the code, the last a check on them, so that a slip of the finger is no guess.

use super::attempts::AttemptRules;
use super::rekey::NewSlots;
use super::slots::{RECOVERY, recovery_name};
use super::store::{Act, Vault};
use super::unlock::By;
use super::workspace::Workspace;
use crate::crypto::age::{Recipient, seal_to};
use crate::crypto::{make_random, sha256};
use crate::error::{Error, Result};
use crate::memory::{tapped, with_scrubbed_stack};
use crate::platform::Instant;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 26;
/// Longest sealed code that is read, in bytes: a header for twenty recipients.
const MAX_SEALED_BYTES: u64 = 16 * 1024;

/// A recovery code.
pub struct Code(Zeroizing<[u8; 16]>);

impl Code {
    /// A fresh code.
    pub(super) fn make() -> Result<Code> {
        let mut bytes = Zeroizing::new([0u8; 16]);
        make_random(&mut *bytes)?;
        tapped("recovery code", &*bytes);
        Ok(Code(bytes))
    }

    /// Reads what a person types: case, spaces and hyphens do not matter, O is 0, I and L are 1.
    ///
    /// # Errors
    /// `Invalid` for another length or letter, and when the check does not fit: none of these is a guess.
    pub fn parse(typed: &[u8]) -> Result<Code> {
        with_scrubbed_stack(|| Code::read(typed))
    }

    fn read(typed: &[u8]) -> Result<Code> {
        const INVALID: Error = Error::Invalid { field: "recovery code", why: "not a recovery code" };
        let mut bits = Zeroizing::new([0u8; DIGITS + 1]);
        let mut count = 0;
        for byte in typed.iter().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let letter = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|known| *known == letter).ok_or(INVALID)?;
            *bits.get_mut(count).ok_or(INVALID)? = u8::try_from(digit).map_err(|_| INVALID)?;
            count += 1;
        }
        let mut out = Zeroizing::new([0u8; 16]);
        // 26 digits have 130 bits: the first two are always zero.
        if count != DIGITS + 1 || bits[0] > 7 {
            return Err(INVALID);
        }
        let number = bits[..DIGITS].iter().fold(0u128, |number, digit| number << 5 | u128::from(*digit));
        out.copy_from_slice(&number.to_be_bytes());
        let code = Code(out);
        if code.check() == bits[DIGITS] { Ok(code) } else { Err(INVALID) }
    }

    /// What opens the slot.
    pub(super) fn secret(&self) -> &[u8] {
        &*self.0
    }

    /// In groups of three: `XXX-XXX-…`.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let number = u128::from_be_bytes(*self.0);
        let mut text = Zeroizing::new(String::with_capacity(DIGITS + 9));
        for place in 0..=DIGITS {
            if place > 0 && place % 3 == 0 {
                text.push('-');
            }
            let digit = match DIGITS.checked_sub(place + 1) {
                Some(left) => usize::try_from(number >> (5 * left) & 31).unwrap_or(0),
                None => usize::from(self.check()),
            };
            text.push(char::from(ALPHABET[digit]));
        }
        tapped("recovery code as text", text.as_bytes());
        text
    }

    fn check(&self) -> u8 {
        sha256(&*self.0)[0] & 31
    }

    /// The age file from which the institution reads it.
    pub(super) fn sealed_to(&self, recipients: &[Recipient]) -> Result<Vec<u8>> {
        with_scrubbed_stack(|| seal_to(recipients, self.text().as_bytes()))
    }
}

impl Workspace {
    /// Makes a recovery slot and keeps its code sealed to `recipients`; gives the sealed file. Another code for it takes a
    /// [`Workspace::rekey`]: under the same pepper an earlier slot could be put back.
    ///
    /// # Errors
    /// `NotAllowed` while there is one; those of the keystore and the file system.
    pub fn enable_recovery(&mut self, vault: &mut Vault, now: &Instant, recipients: &[Recipient]) -> Result<Vec<u8>> {
        self.finish_rekey(vault, now)?;
        if self.has_recovery(vault)? {
            return Err(Error::NotAllowed { why: "recovery is on" });
        }
        let code = Code::make()?;
        let slot = self.make_slot(vault, RECOVERY, code.secret())?;
        let sealed = code.sealed_to(recipients)?;
        // The file has its slot's name: whichever of the two slots a cut leaves, its code lies beside it.
        self.keep(&recovery_name(slot.bytes()), &sealed)?;
        self.put_slot(vault, &slot)?;
        self.finish_rekey(vault, now)?;
        Ok(sealed)
    }

    /// The sealed code of the recovery slot in force; `None` while recovery is off. Works while locked.
    pub fn sealed_recovery(&self, vault: Option<&Vault>) -> Result<Option<Vec<u8>>> {
        let slots = self.slots(vault)?;
        let Some(slot) = slots.get(RECOVERY) else { return Ok(None) };
        self.kept(&recovery_name(slot.bytes()), MAX_SEALED_BYTES)
    }

    /// Whether there is a recovery slot.
    pub fn has_recovery(&self, vault: &Vault) -> Result<bool> {
        Ok(self.slots(Some(vault))?.get(RECOVERY).is_some())
    }

    /// Opens the vault with a recovery code, through the passcode's counter, and gives it new slots at once: the code works once.
    ///
    /// # Errors
    /// `NotFound` while recovery is off, before anything is counted; otherwise as for a passcode.
    pub fn recover(
        &mut self,
        code: &Code,
        now: &Instant,
        rules: AttemptRules,
        new: &NewSlots<'_>,
        acts: &[Act],
    ) -> Result<Vault> {
        super::unlock::check_length(new.passcode)?;
        let root = self.guess(RECOVERY, code.secret(), now, rules)?;
        let mut vault = self.let_in(root, now, By::Recovery)?;
        self.rekey(&mut vault, now, new, acts)?;
        Ok(vault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_written_and_one_slip_is_seen(bytes: [u8; 16], place in 0usize..27, other in 0usize..32) {
            let text = Code(Zeroizing::new(bytes)).text();
            prop_assert_eq!(*Code::parse(text.as_bytes()).unwrap().0, bytes);
            let sloppy = text.to_lowercase().replace('-', " ").replace('1', "l").replace('0', "o");
            prop_assert_eq!(*Code::parse(sloppy.as_bytes()).unwrap().0, bytes);
            let mut typed: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
            prop_assert_eq!(typed.len(), 27);
            typed[place] = ALPHABET[other];
            if let Ok(code) = Code::parse(&typed) {
                // One slip in 32 passes the check; then it is a guess at another code, never this one.
                prop_assert_eq!(code.secret() == bytes, typed == text.replace('-', "").into_bytes());
            }
        }

        #[test]
        fn any_bytes_are_a_code_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Code::parse(&bytes);
        }
    }
}
