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

#[cfg(test)]
mod tests {
    use super::super::{LookAnswer, PhotoLooks, may_export};
    use super::*;
    use PhotoPurpose::{Care, Publication, SecondOpinion, Teaching};
    use proptest::prelude::*;

    const T0: i64 = 1_795_000_000_000;

    fn yes(id: u8, purpose: PhotoPurpose, at_ms: i64, until_ms: Option<i64>) -> PhotoConsentEntry {
        PhotoConsentEntry::Given(PhotoConsent {
            id: format!("{id:02x}").repeat(16),
            patient: "0a".repeat(16),
            photo: "0b".repeat(16),
            purpose,
            basis: PhotoBasis::AgreedOnPaper,
            recognisable: true,
            witness: None,
            recorded_by: "Dr. Lee".into(),
            start_ms: at_ms,
            until_ms,
        })
    }

    fn no(id: u8, purpose: PhotoPurpose, at_ms: i64) -> PhotoConsentEntry {
        let (id, patient, photo) = (format!("{id:02x}").repeat(16), "0a".repeat(16), "0b".repeat(16));
        let recorded_by = "Dr. Lee".into();
        PhotoConsentEntry::Withdrawn(PhotoWithdrawal { id, patient, photo, purpose, words: None, recorded_by, at_ms })
    }

    fn standing(history: &[PhotoConsentEntry], purpose: PhotoPurpose, now_ms: i64) -> PhotoStanding {
        photo_standing(history, &"0b".repeat(16), purpose, now_ms)
    }

    fn given(id: u8, until_ms: Option<i64>) -> PhotoStanding {
        PhotoStanding::InForce { consent: format!("{id:02x}").repeat(16), recognisable: true, until_ms }
    }

    #[test]
    fn each_purpose_stands_alone_and_the_later_answer_holds() {
        let history = [yes(1, Care, T0, None), yes(2, Teaching, T0, Some(T0 + 100)), no(3, Teaching, T0 + 50)];
        assert_eq!(standing(&history, Care, T0), given(1, None));
        assert_eq!(standing(&history, SecondOpinion, T0), PhotoStanding::NotAsked);
        assert_eq!(standing(&history[..2], Teaching, T0 + 99), given(2, Some(T0 + 100)));
        assert_eq!(standing(&history[..2], Teaching, T0 + 100), PhotoStanding::Expired);
        let withdrawn = PhotoStanding::Withdrawn { at_ms: T0 + 50 };
        assert_eq!(standing(&history, Teaching, T0), withdrawn, "a no binds whatever the clock says");
        let again = [&history[..], &[yes(4, Teaching, T0 + 51, None)]].concat();
        assert_eq!(standing(&again, Teaching, T0 + 60), given(4, None));
        assert_eq!(standing(&again, Teaching, T0 + 50), withdrawn, "a yes of the future is none");
        let together = [yes(1, Teaching, T0, None), no(2, Teaching, T0)];
        assert_eq!(standing(&together, Teaching, T0), PhotoStanding::Withdrawn { at_ms: T0 });
        assert_eq!(photo_standing(&history, &"0c".repeat(16), Care, T0), PhotoStanding::NotAsked, "another photo's");
        assert!(!photo_withdrawn(&again, &"0b".repeat(16)));
        assert!(photo_withdrawn(&[no(1, Care, T0), yes(2, Care, T0 + 9, None)], &"0b".repeat(16)));
    }

    #[test]
    fn a_basis_carries_what_it_can_and_care_has_no_end() {
        use PhotoBasis::{AgreedByPhone, AgreedInPerson, AgreedOnPaper, Emergency, RoutineCare};
        let check = |purpose, basis| {
            let PhotoConsentEntry::Given(yes) = yes(1, purpose, T0, None) else { unreachable!() };
            PhotoConsentEntry::Given(PhotoConsent { basis, ..yes }).check().is_ok()
        };
        for (basis, allowed) in [
            (RoutineCare, &[Care][..]),
            (Emergency, &[Care]),
            (AgreedInPerson, &[Care, SecondOpinion, Teaching]),
            (AgreedByPhone, &[Care, SecondOpinion, Teaching]),
            (AgreedOnPaper, &PhotoPurpose::ALL),
        ] {
            assert!(
                PhotoPurpose::ALL.iter().all(|purpose| check(*purpose, basis) == allowed.contains(purpose)),
                "{basis:?}"
            );
        }
        let until = |purpose, until| yes(1, purpose, T0, Some(until)).check().is_ok();
        assert!(!until(Care, T0 + 1) && until(Publication, T0 + 1));
        assert!(!until(Teaching, T0) && !until(Teaching, T0 + MAX_TERM_MS + 1) && !until(Teaching, -5));
        assert!(no(1, Care, -1).check().is_err());
    }

    #[test]
    fn what_is_seen_decides_what_may_leave() {
        let clean = PhotoLooks {
            face: LookAnswer::Covered,
            marks: LookAnswer::NotThere,
            labels: LookAnswer::Covered,
            background: LookAnswer::NotThere,
        };
        let standing = |recognisable| PhotoStanding::InForce { consent: "c".into(), recognisable, until_ms: None };
        let goes =
            |looks: PhotoLooks, purpose, recognisable| may_export(&looks, purpose, &standing(recognisable)).is_ok();
        let shown = LookAnswer::Shown;
        let all = PhotoLooks { face: shown, marks: shown, labels: shown, background: shown };
        assert!(goes(all, Care, false), "care needs what it needs");
        for purpose in [SecondOpinion, Teaching, Publication] {
            assert!(goes(clean, purpose, false));
            for looks in [PhotoLooks { face: shown, ..clean }, PhotoLooks { marks: shown, ..clean }] {
                assert!(!goes(looks, purpose, false) && goes(looks, purpose, true));
            }
            for looks in [PhotoLooks { labels: shown, ..clean }, PhotoLooks { background: shown, ..clean }] {
                assert!(!goes(looks, purpose, true));
            }
        }
        for standing in [PhotoStanding::NotAsked, PhotoStanding::Expired, PhotoStanding::Withdrawn { at_ms: T0 }] {
            assert!(may_export(&clean, Care, &standing).is_err());
        }
    }

    #[test]
    fn records_survive_json_and_show_nothing() {
        for entry in [yes(1, Teaching, T0, Some(T0 + 9)), no(2, Care, T0)] {
            let json = serde_json::to_string(&entry).unwrap();
            assert!(serde_json::from_str::<PhotoConsentEntry>(&json).unwrap() == entry);
            assert!(serde_json::from_str::<PhotoConsentEntry>(&json.replace("recorded_by", "written_by")).is_err());
            assert!(!format!("{entry:?}").contains("Lee"));
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_answers_does_not_matter(
            answers in prop::collection::vec((any::<bool>(), 0i64..6, prop::option::of(1i64..9)), 0..8), now in 0i64..9, turn in 0usize..8,
        ) {
            let make = |(at, (said_yes, when, until)): (usize, &(bool, i64, Option<i64>))| {
                let id = u8::try_from(at).unwrap_or(0);
                if *said_yes { yes(id, Teaching, T0 + when, until.map(|until| T0 + until)) } else { no(id, Teaching, T0 + when) }
            };
            let history: Vec<_> = answers.iter().enumerate().map(make).collect();
            let mut turned = history.clone();
            turned.rotate_left(turn.min(history.len()));
            turned.reverse();
            prop_assert_eq!(standing(&history, Teaching, T0 + now), standing(&turned, Teaching, T0 + now));
        }
    }
}
