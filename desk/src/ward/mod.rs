//! What every played day stands on: a hospital with its keys, a phone that it takes in, and what it checks of that phone.
//! [`crate::demo`] and [`crate::day`] play on it.

mod clock;
mod hunt;
mod stage;

pub use clock::TurnedClock;
pub use hunt::{Hunt, hunt};
pub use stage::Stage;

use crate::error::{Error, Result};
use crate::issuer::register::Entry;
use crate::issuer::{Enrolling, Institution, LeaseTerms};
use crate::{file, open, verify};
use curtain_core::crypto::json::Id;
use curtain_core::curtain::Curtain;
use curtain_core::error::CurtainError;
use serde_json::Value;

/// One day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// The built-in pack that a day begins with.
const PACK: &str = include_str!("../../../core/src/policy/packs/us-hipaa.json");

impl From<CurtainError> for Error {
    fn from(error: CurtainError) -> Error {
        Error::failed(format!("the phone answered: {error}"))
    }
}

/// The pack `us-hipaa` with an institution's own facts.
///
/// # Errors
/// None for the pack that is built in.
pub fn clinic_pack(institution: &str, clinician: &str) -> Result<Value> {
    let mut pack: Value =
        serde_json::from_str(PACK).map_err(|error| Error::failed(format!("the built-in pack: {error}")))?;
    pack["institution"] = institution.into();
    pack["clinic"] = serde_json::json!({
        "name": institution,
        "phones": ["555-123-4567"],
        "sites": ["main clinic"],
        "staff": [clinician],
        "portal_url": "https://portal.st-alder.example",
        "emergency_line": "911"
    });
    Ok(pack)
}

/// The text of a pack, as it is signed.
///
/// # Errors
/// `Failed` if it cannot be written.
pub fn pack_text(pack: &Value) -> Result<String> {
    serde_json::to_string_pretty(pack).map_err(|error| Error::failed(format!("the pack: {error}")))
}

/// A lease of so many days by both clocks, with as many of grace.
pub const fn lease_of(days: i64, grace_days: i64) -> LeaseTerms {
    LeaseTerms { length_ms: days * DAY_MS, grace_ms: grace_days * DAY_MS, max_running_ms: days * DAY_MS }
}

/// A hospital and its workspace on a phone.
#[derive(Debug)]
pub struct Ward {
    /// Who signs.
    pub hospital: Institution,
    /// The workspace's id on the phone.
    pub workspace: String,
    /// The phone's enrolment.
    pub enrolment: Id,
    /// The six words of the hospital's screen.
    pub words: Vec<String>,
    /// Whether the phone showed the same ones.
    pub words_agree: bool,
}

/// A sealed export, opened, its manifest checked.
#[derive(Clone)]
pub struct Export {
    /// The FHIR bundle.
    pub bundle: String,
    /// The chart texts.
    pub chart: String,
}

/// What an export holds is a patient's: only sizes are printed.
impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("bundle", &self.bundle.len()).field("chart", &self.chart.len()).finish()
    }
}

/// A journal, opened and verified.
#[derive(Debug, Clone)]
pub struct Journal {
    /// Its lines.
    pub lines: Vec<u8>,
    /// The key of its first epoch.
    pub first: [u8; 32],
    /// The checkpoint that it was held against, as the phone signed it.
    pub checkpoint: Vec<u8>,
    /// The same, checked.
    pub at: verify::Checkpoint,
    /// What the verifier read.
    pub read: verify::journal::Summary,
}

impl Ward {
    /// Takes a phone in: request, signed enrolment, words on both screens, workspace under a passcode.
    ///
    /// # Errors
    /// What the phone or the desk answers.
    pub fn enrol(
        curtain: &Curtain,
        mut hospital: Institution,
        clinician: &str,
        passcode: &[u8],
        now_ms: i64,
    ) -> Result<Ward> {
        let request = curtain.request()?;
        let whom = Enrolling { clinician: clinician.to_owned(), groups: Vec::new() };
        let enrolled = hospital.enrol(&request.document, &whom, now_ms)?;
        let words_agree = curtain.enrolment_words(&enrolled.document)? == enrolled.words;
        let info = curtain.enrol(&enrolled.document, passcode)?;
        Ok(Ward {
            hospital,
            workspace: info.id,
            enrolment: enrolled.entry.enrolment,
            words: enrolled.words.to_vec(),
            words_agree,
        })
    }

    /// The phone's entry in the register.
    ///
    /// # Errors
    /// `Failed` if it is not there.
    pub fn entry(&self) -> Result<Entry> {
        self.hospital.entry(&self.enrolment)
    }

    fn identity(&self, kind: &str) -> Result<String> {
        let path = self.hospital.directory().join(format!("recipient-{kind}-1.age"));
        Ok(String::from_utf8_lossy(&file::read(&path, 64 * 1024)?).into_owned())
    }

    /// Opens a sealed export with the hospital's key and checks its manifest against the register.
    ///
    /// # Errors
    /// `Failed` if it does not open, or was not signed by this phone.
    pub fn opened(&self, sealed: &[u8]) -> Result<Export> {
        let broken = |what: &str| Error::failed(format!("the export: {what}"));
        let opened = open::open(sealed, &self.identity("export")?)?;
        let whole: Value = serde_json::from_slice(&opened).map_err(|_| broken("not JSON"))?;
        let part = |name: &str| whole[name].as_str().ok_or(broken("a part is missing"));
        let (manifest, bundle, chart) = (part("manifest")?, part("bundle")?, part("chart")?);
        verify::manifest(manifest.as_bytes(), &self.entry()?, bundle.as_bytes(), chart.as_bytes())
            .map_err(|fault| broken(&fault.to_string()))?;
        Ok(Export { bundle: bundle.to_owned(), chart: chart.to_owned() })
    }

    /// Checks a sealed journal from the first key, which the hospital got at enrolment, to a checkpoint signed now.
    ///
    /// # Errors
    /// `Failed` if anything of it does not verify.
    pub fn journal(&self, curtain: &Curtain, sealed: &[u8]) -> Result<Journal> {
        let checkpoint = curtain.checkpoint(self.workspace.clone())?;
        let identity = self.identity("audit")?;
        let lines = open::open(sealed, &identity)?;
        let first = open::open(&curtain.audit_key(self.workspace.clone())?, &identity)?;
        let first = data_encoding::HEXLOWER.decode(&first).ok().and_then(|key| key.try_into().ok());
        let first: [u8; 32] = first.ok_or(Error::failed("the audit key is not 32 bytes"))?;
        let at = verify::checkpoint(&checkpoint, &self.entry()?)
            .map_err(|fault| Error::failed(format!("the checkpoint: {fault}")))?;
        let read =
            verify::journal::journal(&lines, &first, Some(&at)).map_err(|fault| Error::failed(fault.to_string()))?;
        Ok(Journal { lines, first, checkpoint, at, read })
    }
}
