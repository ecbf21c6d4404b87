//! A keystore that fails when a test says so: at the n-th call, for some calls or for good, before or after its deed.

use crate::platform::{KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// Wraps a keystore; counts calls from the last [`Faulty::fail`].
pub(crate) struct Faulty {
    inner: Arc<dyn Keystore>,
    calls: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
    late: AtomicBool,
}

impl Faulty {
    pub(crate) fn new(inner: Arc<dyn Keystore>) -> Arc<Faulty> {
        let calls = AtomicU64::new(0);
        Arc::new(Faulty { inner, calls, first: u64::MAX.into(), last: 0.into(), late: false.into() })
    }

    /// Calls `first..=last` from here on answer `NotNow`; `late` ones do their deed before.
    pub(crate) fn fail(&self, first: u64, last: u64, late: bool) {
        self.calls.store(0, SeqCst);
        self.first.store(first, SeqCst);
        self.last.store(last, SeqCst);
        self.late.store(late, SeqCst);
    }

    /// Every call answers again.
    pub(crate) fn heal(&self) {
        self.fail(u64::MAX, 0, false);
    }

    /// Whether a call failed since [`Faulty::fail`].
    pub(crate) fn failed(&self) -> bool {
        self.calls.load(SeqCst) > self.first.load(SeqCst)
    }

    fn call<T>(&self, deed: impl FnOnce() -> Result<T, KeystoreError>) -> Result<T, KeystoreError> {
        let number = self.calls.fetch_add(1, SeqCst);
        if STEPS_LEFT.get() == 0 {
            return Err(KeystoreError::NotNow);
        }
        if !(self.first.load(SeqCst)..=self.last.load(SeqCst)).contains(&number) {
            return deed();
        }
        if self.late.load(SeqCst) {
            deed()?;
        }
        Err(KeystoreError::NotNow)
    }
}

impl Keystore for Faulty {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        self.call(|| self.inner.create(alias, purpose))
    }
    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.call(|| self.inner.exists(alias))
    }
    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.call(|| self.inner.delete(alias))
    }
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.prf(alias, input))
    }
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.seal(alias, plaintext))
    }
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.open(alias, sealed))
    }
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.sign(alias, message))
    }
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.call(|| self.inner.public_key(alias))
    }
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        self.call(|| self.inner.strength())
    }
}

std::thread_local! {
    /// How many file steps are left before this thread's power is cut.
    static STEPS_LEFT: std::cell::Cell<u64> = const { std::cell::Cell::new(u64::MAX) };
}

/// Cuts the power of this thread at the file step `left` from here: it and all after it fail, and so does every keystore.
pub(crate) fn cut_files_after(left: u64) {
    STEPS_LEFT.set(left);
}

/// The power is back; gives whether it was cut.
pub(crate) fn files_healed() -> bool {
    STEPS_LEFT.replace(u64::MAX) == 0
}

/// What `files::step` is in tests.
pub(crate) fn step() -> std::io::Result<()> {
    match STEPS_LEFT.get() {
        0 => Err(std::io::Error::other("the power was cut")),
        u64::MAX => Ok(()),
        left => {
            STEPS_LEFT.set(left - 1);
            if left == 1 { Err(std::io::Error::other("the power was cut")) } else { Ok(()) }
        }
    }
}

/// Runs SQL on a workspace's closed database, as a thief or a failing disk would.
pub(crate) fn tamper(directory: &std::path::Path, sql: &str) {
    let changed = rusqlite::Connection::open(directory.join("vault.db")).unwrap().execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
}
