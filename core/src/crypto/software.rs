//! A keystore and a clock in files, for desks and tests. It calls itself [`KeystoreStrength::Software`]:
//! whoever can read its directory has its keys.

use super::{hmac_sha256, make_key, seal};
use crate::error::{Error, Result};
use crate::memory::Secret32;
use crate::platform::{Clock, Instant, KeyPurpose, Keystore, KeystoreError, KeystoreStrength};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One file an alias, mode 0600, in a directory that must not be the vault's.
pub struct SoftwareKeystore {
    directory: PathBuf,
}

impl SoftwareKeystore {
    /// Uses `directory`, making it if needed. Keep it outside the vault's directory: it stands for hardware.
    pub fn new(directory: &Path) -> Result<SoftwareKeystore> {
        fs::create_dir_all(directory).map_err(Error::io("making the keystore directory"))?;
        Ok(SoftwareKeystore { directory: directory.to_owned() })
    }

    fn path(&self, alias: &str) -> Result<PathBuf, KeystoreError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if alias.is_empty() || alias.len() > 200 || alias.starts_with('.') || !alias.chars().all(plain) {
            return Err(KeystoreError::Unsupported);
        }
        Ok(self.directory.join(alias))
    }

    /// The file holds one byte for the purpose, then the key.
    fn load(&self, alias: &str, purpose: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        let bytes = match fs::read(self.path(alias)?) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(KeystoreError::PermanentlyGone),
            Err(_) => return Err(KeystoreError::NotNow),
        };
        match bytes.split_first() {
            Some((tag, key)) if purpose.contains(tag) => Ok(key.to_vec()),
            _ => Err(KeystoreError::Unsupported),
        }
    }

    fn seal_key(&self, alias: &str) -> Result<Secret32, KeystoreError> {
        Secret32::from_slice(&self.load(alias, b"sb")?).ok_or(KeystoreError::Unsupported)
    }

    fn sign_key(&self, alias: &str) -> Result<EcdsaKeyPair, KeystoreError> {
        let pkcs8 = self.load(alias, b"e")?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new())
            .map_err(|_| KeystoreError::Unsupported)
    }
}

impl Keystore for SoftwareKeystore {
    fn create(&self, alias: String, purpose: KeyPurpose) -> Result<(), KeystoreError> {
        let random = || make_key().map(|key| key.expose().to_vec()).map_err(|_| KeystoreError::NotNow);
        let (tag, key) = match purpose {
            KeyPurpose::Prf => (b'p', random()?),
            KeyPurpose::Seal => (b's', random()?),
            KeyPurpose::SealWithBiometry => (b'b', random()?),
            KeyPurpose::Sign => {
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                    .map_err(|_| KeystoreError::NotNow)?;
                (b'e', pkcs8.as_ref().to_vec())
            }
        };
        let path = self.path(&alias)?;
        let written = (|| {
            let temporary = path.with_extension("new");
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&temporary)?;
            file.write_all(&[tag])?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        })();
        written.map_err(|_| KeystoreError::NotNow)
    }

    fn exists(&self, alias: String) -> Result<bool, KeystoreError> {
        self.path(&alias)?.try_exists().map_err(|_| KeystoreError::NotNow)
    }

    fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        match fs::remove_file(self.path(&alias)?) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(KeystoreError::NotNow),
            _ => Ok(()),
        }
    }

    fn prf(&self, alias: String, input: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        Ok(hmac_sha256(&self.load(&alias, b"p")?, &[&input]).to_vec())
    }

    fn seal(&self, alias: String, plaintext: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        seal::seal(&self.seal_key(&alias)?, &[alias.as_bytes()], &plaintext).map_err(|_| KeystoreError::NotNow)
    }

    fn open(&self, alias: String, sealed: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        seal::open(&self.seal_key(&alias)?, &[alias.as_bytes()], &sealed).map_err(|_| KeystoreError::Unsupported)
    }

    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        let signature = self.sign_key(&alias)?.sign(&SystemRandom::new(), &message);
        signature.map(|s| s.as_ref().to_vec()).map_err(|_| KeystoreError::NotNow)
    }

    fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.sign_key(&alias)?.public_key().as_ref().to_vec())
    }

    fn strength(&self) -> Result<KeystoreStrength, KeystoreError> {
        Ok(KeystoreStrength::Software)
    }
}

/// The machine's own clocks: wall time, and the time since boot where `/proc/uptime` tells it.
#[derive(Debug, Default)]
pub struct SoftwareClock;

impl Clock for SoftwareClock {
    fn now(&self) -> Result<Instant, KeystoreError> {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|_| KeystoreError::NotNow)?;
        let wall_ms = i64::try_from(since_epoch.as_millis()).map_err(|_| KeystoreError::NotNow)?;
        // A desk without /proc counts wall time as its uptime: a clock set back then locks, which is the safe side.
        let since_boot_ms = fs::read_to_string("/proc/uptime")
            .ok()
            .and_then(|text| milliseconds(text.split_whitespace().next()?))
            .unwrap_or_else(|| wall_ms.unsigned_abs());
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Ok(Instant { wall_ms, since_boot_ms, boot_id: boot_id.trim().to_owned() })
    }
}

/// `"12.34"` seconds as 12 340 ms.
fn milliseconds(seconds: &str) -> Option<u64> {
    let (whole, hundredths) = seconds.split_once('.')?;
    Some(whole.parse::<u64>().ok()? * 1000 + hundredths.parse::<u64>().ok()? * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_key_is_gone_for_good_and_a_new_one_differs() {
        let directory = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::new(directory.path()).unwrap();
        keystore.create("w.pepper-1".into(), KeyPurpose::Prf).unwrap();
        let first = keystore.prf("w.pepper-1".into(), vec![1; 32]).unwrap();
        keystore.delete("w.pepper-1".into()).unwrap();
        keystore.delete("w.pepper-1".into()).unwrap();
        assert_eq!(keystore.prf("w.pepper-1".into(), vec![1; 32]), Err(KeystoreError::PermanentlyGone));
        keystore.create("w.pepper-1".into(), KeyPurpose::Prf).unwrap();
        assert_ne!(keystore.prf("w.pepper-1".into(), vec![1; 32]).unwrap(), first);
    }

    #[test]
    fn a_key_serves_one_purpose_only() {
        let directory = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::new(directory.path()).unwrap();
        keystore.create("w.anchor-1".into(), KeyPurpose::Seal).unwrap();
        assert_eq!(keystore.prf("w.anchor-1".into(), vec![0; 32]), Err(KeystoreError::Unsupported));
        assert_eq!(keystore.create("../x".into(), KeyPurpose::Seal), Err(KeystoreError::Unsupported));
        let sealed = keystore.seal("w.anchor-1".into(), b"state".to_vec()).unwrap();
        assert_eq!(keystore.open("w.anchor-1".into(), sealed).unwrap(), b"state");
        assert_eq!(keystore.open("w.anchor-1".into(), vec![0; 80]), Err(KeystoreError::Unsupported));
    }

    #[test]
    fn it_calls_itself_software_and_its_clock_moves_on() {
        let directory = tempfile::tempdir().unwrap();
        let keystore = SoftwareKeystore::new(directory.path()).unwrap();
        assert_eq!(keystore.strength(), Ok(KeystoreStrength::Software));
        let (first, second) = (SoftwareClock.now().unwrap(), SoftwareClock.now().unwrap());
        assert!(second.since_boot_ms >= first.since_boot_ms && second.boot_id == first.boot_id);
        assert_eq!(milliseconds("12.34"), Some(12_340));
    }
}
