//! The software keystore, watched.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Timer};

use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::platform::{KeyPurpose, Keystore, KeystoreError, KeystoreStrength};

/// The software keystore, with a note of when each call began and ended.
pub(crate) struct Watched {
    pub(crate) inner: SoftwareKeystore,
    pub(crate) calls: Mutex<Vec<(Timer, Timer)>>,
}

impl Watched {
    fn watch<T>(&self, call: impl FnOnce(&SoftwareKeystore) -> T) -> T {
        let start = Timer::now();
        let result = call(&self.inner);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((start, Timer::now()));
        result
    }

    /// Time inside the keystore since the last question, and the longest pause between two calls: in an unlock, Argon2.
    pub(crate) fn told(&self) -> (Duration, Duration) {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner));
        let inside = calls.iter().map(|(start, end)| *end - *start).sum();
        let pauses = calls.iter().zip(calls.iter().skip(1)).map(|((_, end), (start, _))| *start - *end);
        (inside, pauses.max().unwrap_or_default())
    }
}

impl Keystore for Watched {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        self.watch(|inner| inner.create(alias, purpose))
    }
    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.watch(|inner| inner.exists(alias))
    }
    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.watch(|inner| inner.delete(alias))
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.prf(alias, input))
    }
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.seal(alias, plaintext))
    }
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.open(alias, sealed))
    }
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.sign(alias, message))
    }
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.watch(|inner| inner.public_key(alias))
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        self.inner.strength()
    }
}
