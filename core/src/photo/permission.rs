//! What a photo may be used for: append-only answers, and which of them holds, as a pure function of time.

use crate::error::{Error, Result};
use crate::patient::{check_id, check_short, check_size, check_time, check_time_if, opaque_debug};

/// The longest time for which a patient may be taken at their word: 5 years, in milliseconds.
const MAX_TERM_MS: i64 = 5 * 366 * 86_400_000;
/// Bytes of a patient's own words kept with a withdrawal.
const MAX_WORDS: usize = 4096;

/// What a photo may be used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum,
)]
#[serde(rename_all = "snake_case")]
pub enum PhotoPurpose {
    /// The patient's own care and record.
    Care,
    /// Asking a colleague who does not treat the patient.
    SecondOpinion,
    /// Teaching.
    Teaching,
    /// Anything the public may see.
    Publication,
}

impl PhotoPurpose {
    /// All purposes, the narrowest first.
    pub const ALL: [PhotoPurpose; 4] =
        [PhotoPurpose::Care, PhotoPurpose::SecondOpinion, PhotoPurpose::Teaching, PhotoPurpose::Publication];

    /// Its name in records and codes.
    pub const fn name(self) -> &'static str {
        match self {
            PhotoPurpose::Care => "care",
            PhotoPurpose::SecondOpinion => "second_opinion",
            PhotoPurpose::Teaching => "teaching",
            PhotoPurpose::Publication => "publication",
        }
    }
}

/// On what a yes stands, and how it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum PhotoBasis {
    /// Part of routine care, with the right to object. For [`PhotoPurpose::Care`] only.
    RoutineCare,
    /// An emergency, and nobody could be asked. For [`PhotoPurpose::Care`] only.
    Emergency,
    /// The patient said yes, face to face.
    AgreedInPerson,
    /// The patient said yes in a call. Not for publication.
    AgreedByPhone,
    /// The patient signed.
    AgreedOnPaper,
}

impl PhotoBasis {
    /// Its name in records and words.
    pub const fn name(self) -> &'static str {
        match self {
            PhotoBasis::RoutineCare => "routine_care",
            PhotoBasis::Emergency => "emergency",
            PhotoBasis::AgreedInPerson => "agreed_in_person",
            PhotoBasis::AgreedByPhone => "agreed_by_phone",
            PhotoBasis::AgreedOnPaper => "agreed_on_paper",
        }
    }

    fn allows(self, purpose: PhotoPurpose) -> bool {
        match purpose {
            PhotoPurpose::Care => true,
            PhotoPurpose::SecondOpinion | PhotoPurpose::Teaching => {
                !matches!(self, PhotoBasis::RoutineCare | PhotoBasis::Emergency)
            }
            PhotoPurpose::Publication => self == PhotoBasis::AgreedOnPaper,
        }
    }
}

/// A yes for one photo and one purpose.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoConsent {
    /// Id of this record.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// Id of the photo.
    pub photo: String,
    /// What for.
    pub purpose: PhotoPurpose,
    /// On what it stands.
    pub basis: PhotoBasis,
    /// Whether the patient agreed to be recognisable in it.
    pub recognisable: bool,
    /// Who else heard it.
    pub witness: Option<String>,
    /// The clinician who recorded it.
    pub recorded_by: String,
    /// In force from (ms).
    pub start_ms: i64,
    /// Until (ms); `None` until it is withdrawn.
    pub until_ms: Option<i64>,
}

/// A no after a yes. It holds at once.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoWithdrawal {
    /// Id of this record.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// Id of the photo.
    pub photo: String,
    /// For which purpose no more.
    pub purpose: PhotoPurpose,
    /// The patient's words.
    pub words: Option<String>,
    /// The clinician who recorded it.
    pub recorded_by: String,
    /// When (ms).
    pub at_ms: i64,
}

/// One entry of a photo's append-only history. It stays when the photo goes: the answer is the evidence.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoConsentEntry {
    /// A yes.
    Given(PhotoConsent),
    /// A withdrawal.
    Withdrawn(PhotoWithdrawal),
}

opaque_debug!(PhotoConsent, PhotoWithdrawal, PhotoConsentEntry);

/// How things stand for one photo and purpose.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PhotoStanding {
    /// No answer yet.
    NotAsked,
    /// A yes, inside its time.
    InForce {
        /// Id of the record that says so.
        consent: String,
        /// Whether the patient agreed to be recognisable.
        recognisable: bool,
        /// Until when (ms).
        until_ms: Option<i64>,
    },
    /// A yes whose time is over.
    Expired,
    /// The patient withdrew.
    Withdrawn {
        /// When (ms).
        at_ms: i64,
    },
}

impl PhotoConsentEntry {
    /// Refuses a record without its parts, a basis that does not carry the purpose, an end for care.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge` over a limit.
    pub fn check(&self) -> Result<()> {
        match self {
            PhotoConsentEntry::Given(yes) => {
                check_ids(&yes.id, &yes.patient, &yes.photo)?;
                check_short("photo.consent.recorded_by", &yes.recorded_by)?;
                yes.witness.as_deref().map_or(Ok(()), |who| check_short("photo.consent.witness", who))?;
                check_time("photo.consent.start_ms", yes.start_ms)?;
                check_time_if("photo.consent.until_ms", yes.until_ms)?;
                if !yes.basis.allows(yes.purpose) {
                    return Err(Error::invalid("photo.consent.basis", "does not carry this purpose"));
                }
                let Some(until) = yes.until_ms else { return Ok(()) };
                if yes.purpose == PhotoPurpose::Care || !(1..=MAX_TERM_MS).contains(&(until - yes.start_ms)) {
                    return Err(Error::invalid(
                        "photo.consent.until_ms",
                        "for care, not after the start, or over five years",
                    ));
                }
                Ok(())
            }
            PhotoConsentEntry::Withdrawn(no) => {
                check_ids(&no.id, &no.patient, &no.photo)?;
                check_short("photo.consent.recorded_by", &no.recorded_by)?;
                check_size("photo.consent.words", no.words.as_deref().unwrap_or(""), MAX_WORDS)?;
                check_time("photo.consent.at_ms", no.at_ms)
            }
        }
    }

    /// Id of the record.
    pub fn id(&self) -> &str {
        match self {
            PhotoConsentEntry::Given(yes) => &yes.id,
            PhotoConsentEntry::Withdrawn(no) => &no.id,
        }
    }

    /// When it was given or withdrawn (ms).
    pub fn at_ms(&self) -> i64 {
        match self {
            PhotoConsentEntry::Given(yes) => yes.start_ms,
            PhotoConsentEntry::Withdrawn(no) => no.at_ms,
        }
    }

    /// The photo's id and the purpose.
    pub fn subject(&self) -> (&str, PhotoPurpose) {
        match self {
            PhotoConsentEntry::Given(yes) => (&yes.photo, yes.purpose),
            PhotoConsentEntry::Withdrawn(no) => (&no.photo, no.purpose),
        }
    }
}

fn check_ids(id: &str, patient: &str, photo: &str) -> Result<()> {
    check_id("photo.consent.id", id)?;
    check_id("photo.consent.patient", patient)?;
    check_id("photo.consent.photo", photo)
}

/// What holds for a photo and a purpose at `now_ms`. Depends on the entries, not on their order: the latest decides, at the same moment the
/// no; a no binds whatever the clock says, a yes only inside its time.
pub fn photo_standing(history: &[PhotoConsentEntry], photo: &str, purpose: PhotoPurpose, now_ms: i64) -> PhotoStanding {
    let about = history.iter().filter(|entry| entry.subject() == (photo, purpose));
    let (mut latest_yes, mut latest_no): (Option<&PhotoConsent>, Option<i64>) = (None, None);
    for entry in about {
        match entry {
            PhotoConsentEntry::Withdrawn(no) => latest_no = latest_no.max(Some(no.at_ms)),
            PhotoConsentEntry::Given(yes) if yes.start_ms <= now_ms => {
                if latest_yes.is_none_or(|best| (yes.start_ms, &yes.id) > (best.start_ms, &best.id)) {
                    latest_yes = Some(yes);
                }
            }
            PhotoConsentEntry::Given(_) => {}
        }
    }
    match (latest_yes, latest_no) {
        (yes, Some(at_ms)) if yes.is_none_or(|yes| yes.start_ms <= at_ms) => PhotoStanding::Withdrawn { at_ms },
        (None, _) => PhotoStanding::NotAsked,
        (Some(yes), _) if yes.until_ms.is_some_and(|until| now_ms >= until) => PhotoStanding::Expired,
        (Some(yes), _) => {
            PhotoStanding::InForce { consent: yes.id.clone(), recognisable: yes.recognisable, until_ms: yes.until_ms }
        }
    }
}

/// Whether care, on which a photo stands, was withdrawn: it must go, whatever else was agreed. No later yes brings it back.
pub fn photo_withdrawn(history: &[PhotoConsentEntry], photo: &str) -> bool {
    history
        .iter()
        .any(|entry| matches!(entry, PhotoConsentEntry::Withdrawn(_)) && entry.subject() == (photo, PhotoPurpose::Care))
}
