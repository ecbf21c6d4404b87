//! A phone, its hospital and its clock, and what a ward's day is made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use curtain_core::crypto::json::Hex;
use curtain_core::crypto::jws::{Ed25519Signer, Envelope, Signer};
use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::sha256;
use curtain_core::crypto::software::SoftwareKeystore;
use curtain_core::curtain::{Curtain, EnrolmentRequest};
use curtain_core::platform::{Clock, Instant, KeystoreError};
use curtain_core::policy::document::{
    Action, Enrolment, Institution, Minimum, Order, Payload, Policy, Recipients, Role, Roles, SPEC, Scope, identity,
};

pub(crate) type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(crate) const START_MS: i64 = 1_795_400_000_000;
/// A recipient of the age format, made for tests only.
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// The passcode after so many changes.
pub(crate) fn passcode(number: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = ["herons", "otters", "badgers", "lynxes", "marmots", "weasels", "ospreys", "beavers"];
    let (first, second) = (WORDS[number % 8], WORDS[number / 8 % 8]);
    format!("quiet {first} follow purple {second} {number}").into_bytes()
}

pub(crate) const WRONG: &[u8] = b"wrong passcode words here";

/// A clock that the test turns; a new boot starts at a few seconds.
pub(crate) struct TestClock {
    passed_ms: AtomicU64,
    booted_ms: u64,
    boot: String,
}

impl TestClock {
    /// At `passed_ms` after the start, in the boot that began with the start, or in a new one of a few seconds.
    pub(crate) fn at(passed_ms: u64, rebooted: bool) -> Arc<TestClock> {
        let booted_ms = if rebooted { passed_ms.saturating_sub(5_000) } else { 0 };
        Arc::new(TestClock { passed_ms: passed_ms.into(), booted_ms, boot: format!("boot {booted_ms}") })
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.passed_ms.fetch_add(ms, SeqCst);
    }

    pub(crate) fn passed_ms(&self) -> u64 {
        self.passed_ms.load(SeqCst)
    }

    pub(crate) fn wall_ms(&self) -> i64 {
        START_MS + i64::try_from(self.passed_ms()).unwrap_or(0)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Result<Instant, KeystoreError> {
        let since_boot_ms = self.passed_ms() - self.booted_ms;
        Ok(Instant { wall_ms: self.wall_ms(), since_boot_ms, boot_id: self.boot.clone() })
    }
}

/// Where a phone's files and its keystore's are.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) root: PathBuf,
}

impl Place {
    pub(crate) fn new(root: &Path) -> Done<Place> {
        std::fs::create_dir_all(root)?;
        Ok(Place { root: root.to_owned() })
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn curtain(&self, clock: Arc<TestClock>) -> curtain_core::error::Result<Arc<Curtain>> {
        let keystore = Arc::new(SoftwareKeystore::new(&self.keys())?);
        Curtain::with_cost(&self.files(), keystore, clock, KdfCost::DANGEROUS_CHEAP)
    }
}

/// An institution whose keys come from its number, so that every process has the same.
pub(crate) struct Hospital {
    id: [u8; 16],
    /// Root, policy, lease, order.
    signers: [Ed25519Signer; 4],
}

impl Hospital {
    pub(crate) fn new(number: u8) -> Done<Hospital> {
        let signer = |role: u8| Ed25519Signer::from_seed(&sha256(&[b'h', number, role]));
        Ok(Hospital { id: [number + 1; 16], signers: [signer(0)?, signer(1)?, signer(2)?, signer(3)?] })
    }

    pub(crate) fn enrol(&self, request: &EnrolmentRequest) -> Done<Vec<u8>> {
        let payload = Envelope::parse(&request.document)?.dangerous_unverified_payload().to_vec();
        let role = |of: usize| Role { threshold: 1, keys: vec![self.signers[of].public_key().clone()] };
        let to = || vec![RECIPIENT.to_owned()];
        let enrolment = Enrolment {
            spec: SPEC,
            request: identity(&payload),
            enrolment: request.enrolment.parse()?,
            institution: Institution { id: Hex(self.id), name: format!("Hospital {}", self.id[0] - 1) },
            workspace: request.enrolment.parse()?,
            groups: vec![],
            version: 1,
            roles: Roles { root: role(0), policy: role(1), lease: role(2), order: role(3) },
            recipients: Recipients { audit: to(), export: to(), recovery: to(), ..Recipients::default() },
            minimum: Minimum::default(),
            clinician: "Dr. Lee".into(),
            issued_ms: START_MS,
        };
        Ok(enrolment.sign(&[&self.signers[0]])?)
    }

    pub(crate) fn policy(&self, version: u64) -> Done<Vec<u8>> {
        let pack = include_str!("../../src/policy/packs/us-hipaa.json")
            .replace(r#""absolute_ms": 28800000"#, r#""absolute_ms": 28800000, "recovery": true"#);
        let (institution, scope) = (Hex(self.id), Scope::Institution);
        let policy = Policy { spec: SPEC, institution, scope, version, pack, issued_ms: START_MS };
        Ok(policy.sign(&[&self.signers[1]])?)
    }

    fn order(&self, enrolment: &str, number: u64, action: Action) -> Done<Vec<u8>> {
        let order = Order {
            spec: SPEC,
            institution: Hex(self.id),
            enrolment: enrolment.parse()?,
            number,
            action,
            reason: "test".into(),
            issued_ms: START_MS,
            expires_ms: None,
        };
        Ok(order.sign(&[&self.signers[3]])?)
    }

    pub(crate) fn wipe(&self, enrolment: &str) -> Done<Vec<u8>> {
        self.order(enrolment, 1, Action::WipeWorkspace { holds: None })
    }

    pub(crate) fn acknowledge(&self, enrolment: &str, receipt: &[u8]) -> Done<Vec<u8>> {
        let receipt = identity(Envelope::parse(receipt)?.dangerous_unverified_payload());
        self.order(enrolment, 2, Action::Acknowledge { receipt })
    }
}

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }
}

/// Copies a directory tree.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Done {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
