//! Consents: what was read out, what was answered, and what holds now.

use super::{Inside, Session, patients, shelf};
use crate::consent::{
    self, Allowed, Consent, ConsentBasis, ConsentEntry as Entry, ConsentStanding, ConsentTerms, HowGiven,
    WarningWording, Withdrawal,
};
use crate::crypto::hex;
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::note::{ChartKind, ChartNote};
use crate::patient::{ContactKind, LawfulBasis, Patient, Purpose, canonical_address};
use crate::policy::{Channel, ConsentScope, ConsentState, Pack};
use crate::vault::{Act, Change, Id, Vault};
use crate::words::{self, Lang};

const DAY_MS: i64 = 86_400_000;

/// The warning to read aloud before asking.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentWording {
    /// Its id in the policy.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of the exact words, hexadecimal: what the consent will cite.
    pub sha256: String,
    /// The words.
    pub text: String,
}

/// What a clinician fills in when a patient has answered.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentForm {
    /// The patient's id.
    pub patient: String,
    /// The channel asked about.
    pub channel: Channel,
    /// The exact number or address; must be one of the patient's, in use.
    pub address: String,
    /// What may be written; `Nothing` is the patient's no.
    pub allowed: Allowed,
    /// The language that the warning was read in.
    pub lang: Lang,
    /// What was offered instead.
    pub alternatives: Vec<Channel>,
    /// On what it stands.
    pub basis: ConsentBasis,
    /// How it was given.
    pub how: HowGiven,
    /// Who else heard it.
    pub witness: Option<String>,
    /// Who interpreted.
    pub interpreter: Option<String>,
}

/// One entry of a patient's history, newest last.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ConsentEntry {
    /// A yes or an objection.
    Given {
        /// What was agreed.
        terms: ConsentTerms,
    },
    /// A withdrawal.
    Withdrawn {
        /// What was said.
        withdrawal: Withdrawal,
    },
}

#[uniffi::export]
impl Session {
    /// The policy's warning, in a language.
    pub fn consent_wording(&self, lang: Lang) -> Result<ConsentWording, CurtainError> {
        self.with(|inside| Ok(wording(inside.pack, lang)))
    }

    /// Records an answer; nothing is ever overwritten. Gives the record's id. Its chart text waits in the chart list.
    pub fn record_consent(&self, form: ConsentForm) -> Result<String, CurtainError> {
        self.with(|inside| record(inside, form))
    }

    /// Records that a patient wants no more on this number or address. It holds at once, and for every patient on this phone
    /// who shares it, until they are asked themselves.
    pub fn withdraw_consent(
        &self,
        patient: String,
        channel: Channel,
        address: String,
        how: HowGiven,
        words: Option<String>,
    ) -> Result<String, CurtainError> {
        self.with(|inside| withdraw(inside, &patient, channel, address, how, words))
    }

    /// A patient's whole history, oldest first.
    pub fn consents(&self, patient: String) -> Result<Vec<ConsentEntry>, CurtainError> {
        self.with(|inside| history(&mut inside.open.vault, &patient).map(shown))
    }

    /// What holds now for a number or address.
    pub fn consent_standing(
        &self,
        patient: String,
        channel: Channel,
        address: String,
    ) -> Result<ConsentStanding, CurtainError> {
        self.with(|inside| standing(inside, &patient, channel, &address))
    }
}

/// Email channels go to an address, the rest to a number.
pub(crate) const fn contact_kind(channel: Channel) -> ContactKind {
    match channel {
        Channel::Email | Channel::PersonalEmail => ContactKind::Email,
        _ => ContactKind::Phone,
    }
}

/// The records of a patient's answers.
pub(crate) fn history(vault: &mut Vault, patient: &str) -> Result<Vec<Entry>> {
    let lane = Id::parse(patient)?;
    let mut entries = Vec::new();
    for row in vault.list(lane)? {
        if let Some(consent) = shelf::from_head::<Consent>(&row)? {
            entries.push(Entry::Given(consent));
        } else if let Some(withdrawal) = shelf::from_head::<Withdrawal>(&row)? {
            entries.push(Entry::Withdrawn(withdrawal));
        }
    }
    Ok(entries)
}

/// What the decision is told about consent.
pub(crate) fn decision_state(
    entries: &[Entry],
    patient: &Patient,
    channel: Channel,
    address: &str,
    pack: &Pack,
    now_ms: i64,
) -> ConsentState {
    let (entry, standing) = consent::governing(entries, patient, channel, address, now_ms);
    if let (ConsentStanding::InForce { review_due, .. }, Some(Entry::Given(given))) = (standing, entry) {
        let basis = given.terms().basis;
        if !opens(pack, channel, basis) {
            return ConsentState::BasisClosed;
        }
        if basis == ConsentBasis::EmergencyNoPreference {
            return ConsentState::InForce { allowed: ConsentScope::CallBack, review_due };
        }
    }
    match standing {
        ConsentStanding::NotAsked => ConsentState::NotAsked,
        ConsentStanding::InForce { allowed: Allowed::Clinical, review_due } => {
            ConsentState::InForce { allowed: ConsentScope::Clinical, review_due }
        }
        ConsentStanding::InForce { review_due, .. } => {
            ConsentState::InForce { allowed: ConsentScope::Logistics, review_due }
        }
        ConsentStanding::Expired => ConsentState::Expired,
        ConsentStanding::Withdrawn { at_ms } => ConsentState::Withdrawn { at_ms },
        ConsentStanding::Objected => ConsentState::Objected,
        ConsentStanding::VoidNumberChanged => ConsentState::VoidNumberChanged,
        ConsentStanding::Closed => ConsentState::BasisClosed,
    }
}

/// Whether a policy opens a channel on this basis; a no needs none.
fn opens(pack: &Pack, channel: Channel, basis: ConsentBasis) -> bool {
    basis == ConsentBasis::Objection || pack.channel(channel).is_none_or(|rule| rule.bases.contains(&basis))
}

fn wording(pack: &Pack, lang: Lang) -> ConsentWording {
    let wording = &pack.consent;
    ConsentWording {
        id: wording.id.clone(),
        version: wording.version,
        sha256: hex(&wording.sha256(lang)),
        text: wording.text.get(lang).to_owned(),
    }
}

fn shown(entries: Vec<Entry>) -> Vec<ConsentEntry> {
    let shown = entries.into_iter().map(|entry| match entry {
        Entry::Given(consent) => ConsentEntry::Given { terms: consent.terms().clone() },
        Entry::Withdrawn(withdrawal) => ConsentEntry::Withdrawn { withdrawal },
    });
    shown.collect()
}

fn standing(inside: Inside<'_>, patient: &str, channel: Channel, address: &str) -> Result<ConsentStanding> {
    let found = patients::one(&mut inside.open.vault, patient)?;
    let entries = history(&mut inside.open.vault, patient)?;
    let (entry, standing) = consent::governing(&entries, &found, channel, address, inside.now.wall_ms);
    let closed = match (standing, entry) {
        (ConsentStanding::InForce { .. }, Some(Entry::Given(given))) => {
            !opens(inside.pack, channel, given.terms().basis)
        }
        _ => false,
    };
    Ok(if closed { ConsentStanding::Closed } else { standing })
}

fn record(inside: Inside<'_>, form: ConsentForm) -> Result<String> {
    let patient = patients::one(&mut inside.open.vault, &form.patient)?;
    let contact =
        patient.contact(&form.address).ok_or(Error::invalid("consent.address", "not one of the patient's"))?;
    if !opens(inside.pack, form.channel, form.basis) {
        return Err(Error::invalid("consent.basis", "the policy does not open this channel on it"));
    }
    let (lane, id) = (Id::parse(&patient.id)?, Id::make()?);
    let wording = wording(inside.pack, form.lang);
    let now_ms = inside.now.wall_ms;
    let consent = Consent::new(ConsentTerms {
        id: id.text(),
        patient: patient.id.clone(),
        channel: form.channel,
        kind: contact_kind(form.channel),
        address: contact.value.clone(),
        owner: contact.owner.clone(),
        allowed: form.allowed,
        wording: WarningWording {
            id: wording.id,
            version: wording.version,
            sha256: wording.sha256,
            language: form.lang.tag().to_owned(),
        },
        alternatives: form.alternatives,
        basis: form.basis,
        how: form.how,
        recorded_by: inside.clinician.to_owned(),
        witness: form.witness,
        interpreter: form.interpreter,
        start_ms: now_ms,
        review_by_ms: now_ms + i64::from(inside.pack.consent.review_days) * DAY_MS,
    })?;
    // The chart is written in the institution's language; the consent itself says which language was read.
    let key = if form.allowed == Allowed::Nothing { "consent.chart_no" } else { "consent.chart" };
    let chart = pending_chart(&patient.id, id, ChartKind::Consent, words::text(Lang::En, key), Lang::En, now_ms)?;
    let changes = [shelf::put(lane, id, &consent)?, chart];
    let act = Act { event: Code::ConsentRecorded.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &changes, act)?;
    let anchor = inside.workspace.anchor_mut();
    if form.allowed == Allowed::Nothing {
        // A "no" must survive a restored database as a withdrawal must.
        inside.open.vault.reseal(anchor, inside.now)?;
    } else {
        inside.open.vault.ratchet(anchor, inside.now)?;
    }
    Ok(id.text())
}

fn withdraw(
    inside: Inside<'_>,
    patient: &str,
    channel: Channel,
    address: String,
    how: HowGiven,
    words: Option<String>,
) -> Result<String> {
    let patient = patients::one(&mut inside.open.vault, patient)?;
    let (kind, now_ms) = (contact_kind(channel), inside.now.wall_ms);
    // Whoever shares the number is written to no more either, until somebody asks them.
    let number = canonical_address(kind, &address);
    let shares = |other: &Patient| other.id != patient.id && other.contact(&number).is_some_and(|one| !one.old);
    let everybody = patients::all(&mut inside.open.vault)?;
    let mut asked = String::new();
    let (mut changes, mut acts) = (Vec::new(), Vec::new());
    for person in std::iter::once(&patient).chain(everybody.iter().filter(|other| shares(other))) {
        let (lane, id) = (Id::parse(&person.id)?, Id::make()?);
        let own = person.id == patient.id;
        let withdrawal = Withdrawal {
            id: id.text(),
            patient: person.id.clone(),
            channel,
            kind,
            address: address.clone(),
            how,
            // What one person wrote is in nobody else's record.
            words: words.clone().filter(|_| own),
            recorded_by: inside.clinician.to_owned(),
            at_ms: now_ms,
        };
        withdrawal.check()?;
        let text = words::text(Lang::En, if own { "chart.withdrawn" } else { "chart.withdrawn.shared" });
        changes.push(shelf::put(lane, id, &withdrawal)?);
        changes.push(pending_chart(&withdrawal.patient, id, ChartKind::Consent, text, Lang::En, now_ms)?);
        acts.push(Act { event: Code::ConsentWithdrawn.into(), lane: Some(lane) });
        if own {
            asked = id.text();
        }
    }
    inside.open.vault.commit(inside.workspace.anchor_mut(), inside.now, &changes, &acts)?;
    // A withdrawal must survive a restored database: the anchor covers it before anybody is told.
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    Ok(asked)
}

/// The change that writes a chart text which waits to be filed.
pub(crate) fn pending_chart(
    patient: &str,
    source: Id,
    kind: ChartKind,
    text: &str,
    lang: Lang,
    now_ms: i64,
) -> Result<Change> {
    make_chart(patient, source, kind, text, lang, now_ms).map(|(_, change)| change)
}

/// As [`pending_chart`], with the chart text's id.
pub(crate) fn make_chart(
    patient: &str,
    source: Id,
    kind: ChartKind,
    text: &str,
    lang: Lang,
    now_ms: i64,
) -> Result<(String, Change)> {
    let (lane, id) = (Id::parse(patient)?, Id::make()?);
    let note = ChartNote {
        id: id.text(),
        patient: patient.to_owned(),
        source: source.text(),
        kind,
        text: text.to_owned(),
        language: lang.tag().to_owned(),
        purpose: Purpose::Treatment,
        basis: LawfulBasis::TreatmentOperations,
        created_ms: now_ms,
        filed_ms: None,
    };
    note.check()?;
    Ok((note.id.clone(), shelf::put(lane, id, &note)?))
}
