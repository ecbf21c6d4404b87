//! What a shell implements: hardware keys and a clock. The same in files, for desk and tests: `crypto::software`.

/// What a keystore key is for. A key serves one purpose for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum KeyPurpose {
    /// A keyed pseudo-random function (HMAC-SHA256 in hardware), see [`Keystore::prf`].
    Prf,
    /// Authenticated encryption of small blobs, see [`Keystore::seal`].
    Seal,
    /// ES256 signatures, see [`Keystore::sign`]; survives a wipe until the receipt is acknowledged.
    Sign,
    /// As `Seal`, and usable only right after a biometric check; dies when biometrics are enrolled anew.
    SealWithBiometry,
}

/// What stands behind the keystore's PRF: decides which passcodes are strong enough and is named in the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum KeystoreStrength {
    /// HMAC inside secure hardware: each guess costs a call on this phone.
    HmacHardware,
    /// ECDH inside a secure enclave over hash-to-curve points: likewise.
    EcdhHardware,
    /// A constant hardware share: a guess costs a call only once.
    ConstantShare,
    /// Keys in files: for desks and tests, it protects nothing by itself.
    Software,
}

impl KeystoreStrength {
    /// The name in receipts: `hmac_hw`, `ecdh_hw`, `constant_share`, `software`.
    pub const fn name(self) -> &'static str {
        match self {
            KeystoreStrength::HmacHardware => "hmac_hw",
            KeystoreStrength::EcdhHardware => "ecdh_hw",
            KeystoreStrength::ConstantShare => "constant_share",
            KeystoreStrength::Software => "software",
        }
    }
}

/// What can go wrong in a keystore. Anything unexpected counts as [`KeystoreError::NotNow`]: doubt never erases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeystoreError {
    /// The key does not exist and will not come back.
    #[error("the key is gone for good")]
    PermanentlyGone,
    /// The user must authenticate to the phone first; the shell does that, then calls again.
    #[error("the keystore needs the user's authentication")]
    NeedsAuth,
    /// Not available at the moment (still booting, busy, device locked): try again later.
    #[error("the keystore is not available now")]
    NotNow,
    /// This keystore cannot do that.
    #[error("the keystore does not support this")]
    Unsupported,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeystoreError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        KeystoreError::NotNow
    }
}

/// Hardware keys by alias. Implemented by the shell; it never prompts (the shell authorises first).
///
/// Calls are short and may come from any thread. Calling back into Curtain from inside one is answered
/// with `CurtainError::Reentered`. Only hashes and sealed blobs are ever handed over, never a key of the vault.
#[uniffi::export(with_foreign)]
pub trait Keystore: Send + Sync {
    /// Makes a non-exportable key. An alias that exists already is replaced by a fresh key.
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError>;
    /// Whether the alias names a key. Never guesses: a doubt is [`KeystoreError::NotNow`].
    fn exists(&self, alias: String) -> Result<bool, KeystoreError>;
    /// Destroys the key. Destroying a key that does not exist succeeds.
    fn delete(&self, alias: String) -> Result<(), KeystoreError>;
    /// `HMAC-SHA256(key, input)` or an equivalent PRF: 32 bytes in, 32 bytes out.
    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;
    /// Seals at most 64 KiB with authentication.
    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;
    /// Opens what [`Keystore::seal`] made; a blob that does not authenticate is [`KeystoreError::Unsupported`].
    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;
    /// An ES256 signature over `SHA-256(message)`, as fixed 64 bytes r || s (RFC 7518 section 3.4).
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;
    /// The public key of a `Sign` alias: 65 bytes, uncompressed SEC 1 point on P-256.
    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError>;
    /// What stands behind [`Keystore::prf`].
    fn strength(&self) -> Result<KeystoreStrength, KeystoreError>;
}

/// One reading of the phone's clocks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Instant {
    /// Wall clock, milliseconds since 1970-01-01 UTC; the user may set it to anything.
    pub wall_ms: i64,
    /// Milliseconds since boot, counting sleep (`elapsedRealtime`, `mach_continuous_time`); never goes back within a boot.
    pub since_boot_ms: u64,
    /// Names the boot: another value means that the phone restarted.
    pub boot_id: String,
}

/// The phone's clocks. Implemented by the shell.
#[uniffi::export(with_foreign)]
pub trait Clock: Send + Sync {
    /// Reads all clocks at once.
    fn now(&self) -> Result<Instant, KeystoreError>;
}

/// The test hook: a clock that reads so makes the call panic, with the session held.
#[cfg(any(test, feature = "dangerous-test-hooks"))]
pub(crate) fn panic_if_ordered(now: &Instant) {
    assert!(now.boot_id != "dangerous: panic", "forced by a test");
}
