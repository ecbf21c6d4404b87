//! What a patient agreed to: append-only records, and whether one is in force, as a pure function of time.
//!
//! A consent is for one exact number or address, its owner and one channel. A later yes after a no must be an explicit
//! new record, made with the patient: no inbound word (START, YES) is a [`HowGiven`] that [`Consent::new`] accepts.
//! A no binds from the moment that it is recorded, whatever the clock says; a yes counts only inside its own time.

use crate::error::{Error, Result};
use crate::patient::{
    ContactKind, ContactOwner, Patient, canonical_address, check_address, check_count, check_hex, check_id,
    check_language, check_owner, check_short, check_size, check_time, opaque_debug,
};
use crate::policy::Channel;
pub use crate::policy::ConsentBasis;

/// How long before its review date a consent is shown as due for review: 30 days, in milliseconds.
pub const REVIEW_NOTICE_MS: i64 = 30 * 86_400_000;
/// The longest time between start and review: 5 years, in milliseconds.
const MAX_TERM_MS: i64 = 5 * 366 * 86_400_000;
/// Bytes of a patient's own words kept with a withdrawal.
const MAX_WORDS: usize = 4096;

/// What may be written. Ordered: the lesser first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum,
)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Nothing: the patient prefers not. Only with [`ConsentBasis::Objection`].
    Nothing,
    /// Appointments and call-back requests.
    Logistics,
    /// Clinical content as far as the policy lets this channel carry it, and logistics.
    Clinical,
}

/// How a yes or a no reached the clinician.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum HowGiven {
    /// Face to face.
    InPerson,
    /// In a call.
    ByPhone,
    /// Signed on paper.
    OnPaper,
    /// In the portal.
    InPortal,
    /// In a message from the patient. Withdraws, never gives.
    InboundMessage,
    /// Read from another system's record, which does not say how. Withdraws, never gives.
    Imported,
}

/// Which warning was read out: the words themselves are the policy's.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct WarningWording {
    /// Stable id, for example `sms-warning`.
    pub id: String,
    /// Version of the wording, from 1.
    pub version: u32,
    /// SHA-256 of the exact words, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The language that it was given in, BCP 47.
    pub language: String,
}

/// What was agreed, as a shell fills it in. [`Consent::new`] checks it.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct ConsentTerms {
    /// Id of this record.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// The one channel.
    pub channel: Channel,
    /// Phone or email.
    pub kind: ContactKind,
    /// The exact number or address.
    pub address: String,
    /// Whose it was when the patient answered.
    pub owner: ContactOwner,
    /// What may be written there.
    pub allowed: Allowed,
    /// The warning that was given.
    pub wording: WarningWording,
    /// What was offered instead; at least one other channel.
    pub alternatives: Vec<Channel>,
    /// On what it stands.
    pub basis: ConsentBasis,
    /// How it was given.
    pub how: HowGiven,
    /// The clinician who recorded it.
    pub recorded_by: String,
    /// Who else heard it.
    pub witness: Option<String>,
    /// Who interpreted.
    pub interpreter: Option<String>,
    /// In force from (ms).
    pub start_ms: i64,
    /// To be asked again by (ms); not in force from then on.
    pub review_by_ms: i64,
}

/// A checked consent: there is none without wording, number, owner, classes and alternatives.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "ConsentTerms", into = "ConsentTerms")]
pub struct Consent(ConsentTerms);

/// A patient's no after a yes. Needs as little as possible, and holds at once.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Id of this record.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// The channel that may no longer be used.
    pub channel: Channel,
    /// Phone or email.
    pub kind: ContactKind,
    /// The number or address.
    pub address: String,
    /// How it was said.
    pub how: HowGiven,
    /// The patient's words, if they wrote.
    pub words: Option<String>,
    /// The clinician who recorded it.
    pub recorded_by: String,
    /// When (ms).
    pub at_ms: i64,
}

/// One entry of a patient's append-only history.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentEntry {
    /// A yes, or an objection.
    Given(Consent),
    /// A withdrawal.
    Withdrawn(Withdrawal),
}

opaque_debug!(WarningWording, ConsentTerms, Consent, Withdrawal, ConsentEntry);

/// How a patient's answer for one number and channel stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ConsentStanding {
    /// No answer yet.
    NotAsked,
    /// A yes, inside its time.
    InForce {
        /// What may be written.
        allowed: Allowed,
        /// Whether fewer than [`REVIEW_NOTICE_MS`] remain: ask again soon; still valid.
        review_due: bool,
    },
    /// A yes whose review date has passed.
    Expired,
    /// The patient withdrew.
    Withdrawn {
        /// When (ms).
        at_ms: i64,
    },
    /// The patient objected.
    Objected,
    /// A yes for a number or owner that has changed since: ask again.
    VoidNumberChanged,
    /// A yes on a basis that the policy in force does not open the channel for: ask again.
    Closed,
}

impl Consent {
    /// Checks the terms; an objection allows nothing, and everything else allows something.
    ///
    /// # Errors
    /// `Invalid` with the missing or contradictory field, `TooLarge` over a limit.
    pub fn new(terms: ConsentTerms) -> Result<Consent> {
        check_id("consent.id", &terms.id)?;
        check_id("consent.patient", &terms.patient)?;
        check_address(terms.kind, &terms.address)?;
        check_owner(&terms.owner)?;
        check_short("consent.wording.id", &terms.wording.id)?;
        check_hex("consent.wording.sha256", &terms.wording.sha256, 64)?;
        check_language("consent.wording.language", &terms.wording.language)?;
        if terms.wording.version == 0 {
            return Err(Error::invalid("consent.wording.version", "zero"));
        }
        check_count("consent.alternatives", terms.alternatives.len(), Channel::ALL.len())?;
        if terms.alternatives.iter().all(|other| *other == terms.channel) {
            return Err(Error::invalid("consent.alternatives", "no other channel was offered"));
        }
        if (terms.allowed == Allowed::Nothing) != (terms.basis == ConsentBasis::Objection) {
            return Err(Error::invalid("consent.allowed", "an objection allows nothing, anything else something"));
        }
        let withdraws_only = matches!(terms.how, HowGiven::InboundMessage | HowGiven::Imported);
        if withdraws_only && terms.basis != ConsentBasis::Objection {
            return Err(Error::invalid("consent.how", "neither an inbound message nor another record gives consent"));
        }
        check_short("consent.recorded_by", &terms.recorded_by)?;
        for (field, who) in [("consent.witness", &terms.witness), ("consent.interpreter", &terms.interpreter)] {
            who.as_deref().map_or(Ok(()), |who| check_short(field, who))?;
        }
        check_time("consent.start_ms", terms.start_ms)?;
        check_time("consent.review_by_ms", terms.review_by_ms)?;
        if !(1..=MAX_TERM_MS).contains(&(terms.review_by_ms - terms.start_ms)) {
            return Err(Error::invalid("consent.review_by_ms", "not after the start, or over five years"));
        }
        Ok(Consent(terms))
    }

    /// What was agreed.
    pub fn terms(&self) -> &ConsentTerms {
        &self.0
    }
}

impl TryFrom<ConsentTerms> for Consent {
    type Error = Error;

    fn try_from(terms: ConsentTerms) -> Result<Consent> {
        Consent::new(terms)
    }
}

impl From<Consent> for ConsentTerms {
    fn from(consent: Consent) -> ConsentTerms {
        consent.0
    }
}

impl Withdrawal {
    /// Refuses a record without patient, number, clinician or time.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge` for more than 4 KiB of words.
    pub fn check(&self) -> Result<()> {
        check_id("withdrawal.id", &self.id)?;
        check_id("withdrawal.patient", &self.patient)?;
        check_address(self.kind, &self.address)?;
        check_short("withdrawal.recorded_by", &self.recorded_by)?;
        check_size("withdrawal.words", self.words.as_deref().unwrap_or(""), MAX_WORDS)?;
        check_time("withdrawal.at_ms", self.at_ms)
    }
}

impl ConsentEntry {
    /// Id of the record.
    pub fn id(&self) -> &str {
        match self {
            ConsentEntry::Given(consent) => &consent.0.id,
            ConsentEntry::Withdrawn(withdrawal) => &withdrawal.id,
        }
    }

    /// When it was given or withdrawn (ms).
    pub fn at_ms(&self) -> i64 {
        match self {
            ConsentEntry::Given(consent) => consent.0.start_ms,
            ConsentEntry::Withdrawn(withdrawal) => withdrawal.at_ms,
        }
    }

    fn subject(&self) -> (&str, Channel, String) {
        let (patient, channel, kind, address) = match self {
            ConsentEntry::Given(Consent(terms)) => (&terms.patient, terms.channel, terms.kind, &terms.address),
            ConsentEntry::Withdrawn(no) => (&no.patient, no.channel, no.kind, &no.address),
        };
        (patient, channel, canonical_address(kind, address))
    }

    /// Whether both are about one patient, channel and number or address.
    pub(crate) fn same_subject(&self, other: &ConsentEntry) -> bool {
        self.subject() == other.subject()
    }

    fn is_no(&self) -> bool {
        match self {
            ConsentEntry::Given(consent) => consent.0.allowed == Allowed::Nothing,
            ConsentEntry::Withdrawn(_) => true,
        }
    }

    /// Decides between two entries of the same moment: the more careful one is the later one.
    fn rank(&self) -> (i64, bool, std::cmp::Reverse<Allowed>, std::cmp::Reverse<i64>, &str) {
        let (allowed, until) = match self {
            ConsentEntry::Given(Consent(terms)) => (terms.allowed, terms.review_by_ms),
            ConsentEntry::Withdrawn(_) => (Allowed::Nothing, 0),
        };
        (self.at_ms(), self.is_no(), std::cmp::Reverse(allowed), std::cmp::Reverse(until), self.id())
    }
}

/// The entry that decides about this number and channel at `now_ms`, and how things stand; `None` if nobody was asked.
///
/// Depends on the entries, not on their order. A no for a number that is the patient's no more still holds for
/// the channel, until the patient says yes for the new number.
pub fn governing<'a>(
    history: &'a [ConsentEntry],
    patient: &Patient,
    channel: Channel,
    address: &str,
    now_ms: i64,
) -> (Option<&'a ConsentEntry>, ConsentStanding) {
    let contact = patient.contact(address);
    let about = |entry: &ConsentEntry| {
        let (who, which, to) = entry.subject();
        let here = [ContactKind::Phone, ContactKind::Email].iter().any(|kind| canonical_address(*kind, address) == to);
        (who == patient.id && which == channel).then(|| (here, patient.contact(&to).is_some()))
    };
    let (mut latest_no, mut latest_yes, mut void): (Option<&ConsentEntry>, Option<&ConsentEntry>, _) =
        (None, None, None);
    for entry in history {
        let Some((here, current)) = about(entry) else { continue };
        let place = match (entry.is_no(), here, current) {
            (true, true, _) | (true, false, false) => &mut latest_no,
            (false, true, _) if entry.at_ms() <= now_ms => &mut latest_yes,
            (false, false, false) => &mut void,
            _ => continue,
        };
        if place.is_none_or(|best| entry.rank() > best.rank()) {
            *place = Some(entry);
        }
    }
    // A yes counts only if it was given after every no; at the same moment the no holds.
    if let Some(no) = latest_no
        && latest_yes.is_none_or(|yes| yes.at_ms() <= no.at_ms())
    {
        let standing = match no {
            ConsentEntry::Given(_) => ConsentStanding::Objected,
            ConsentEntry::Withdrawn(withdrawal) => ConsentStanding::Withdrawn { at_ms: withdrawal.at_ms },
        };
        return (Some(no), standing);
    }
    let Some(entry @ ConsentEntry::Given(Consent(terms))) = latest_yes else {
        let standing = if void.is_some() { ConsentStanding::VoidNumberChanged } else { ConsentStanding::NotAsked };
        return (void, standing);
    };
    let standing = match contact {
        Some(contact) if contact.kind == terms.kind && contact.owner == terms.owner => {
            if now_ms >= terms.review_by_ms {
                ConsentStanding::Expired
            } else {
                let review_due = terms.review_by_ms - now_ms < REVIEW_NOTICE_MS;
                ConsentStanding::InForce { allowed: terms.allowed, review_due }
            }
        }
        _ => ConsentStanding::VoidNumberChanged,
    };
    (Some(entry), standing)
}

/// How a patient's answer for one number or address and channel stands at `now_ms`; see [`governing`].
pub fn state(
    history: &[ConsentEntry],
    patient: &Patient,
    channel: Channel,
    address: &str,
    now_ms: i64,
) -> ConsentStanding {
    governing(history, patient, channel, address, now_ms).1
}

#[cfg(test)]
pub(crate) mod tests;
