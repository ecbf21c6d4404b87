//! What a verdict depends on beside the text: the patient, what they answered, what went to their number, the group's roster.
//!
//! Read once and kept while nothing but the open draft is written: a keystroke then costs the vault nothing.

use super::enrolled::Unlocked;
use super::{AssessRequest, consents, patients, shelf};
use crate::consent::ConsentEntry;
use crate::error::Result;
use crate::message::{Message, Outcome};
use crate::patient::{ContactOwner, Patient, canonical_address};
use crate::policy::{Audience, Channel, ConsentState, History, NumberFacts, NumberOwner, Pack, RosterState};
use crate::roster::{Roster, RosterStanding};
use crate::vault::{Id, Vault};

const DAY_MS: i64 = 86_400_000;

/// What is on record about a patient, or a group, as of one commit.
pub(crate) struct Known {
    patient: Option<(Patient, Vec<ConsentEntry>, Vec<Sent>)>,
    roster: Option<Roster>,
    asked: (Option<String>, Option<String>),
    seq: u64,
}

/// One text that was handed off.
struct Sent {
    to: String,
    at_ms: i64,
    text: String,
}

impl Known {
    fn read(vault: &mut Vault, request: &AssessRequest) -> Result<Known> {
        let patient = request.patient.as_deref().map(|id| patients::one(vault, id)).transpose()?;
        let patient = match patient {
            None => None,
            Some(patient) => {
                let (history, sent) = (consents::history(vault, &patient.id)?, sent(vault, Id::parse(&patient.id)?)?);
                Some((patient, history, sent))
            }
        };
        let roster = match (&request.roster, request.audience) {
            (Some(id), Audience::Group) => Some(shelf::get(vault, vault.system_lane(), Id::parse(id)?, "roster")?),
            _ => None,
        };
        let asked = (request.patient.clone(), request.roster.clone().filter(|_| request.audience == Audience::Group));
        Ok(Known { patient, roster, asked, seq: vault.seq() })
    }

    fn answers(&self, request: &AssessRequest, seq: u64) -> bool {
        let roster = request.roster.as_ref().filter(|_| request.audience == Audience::Group);
        self.seq == seq && self.asked.0 == request.patient && self.asked.1.as_ref() == roster
    }

    /// The open draft was written, which nothing here depends on.
    pub(crate) fn follow(&mut self, before: u64, after: u64) {
        if self.seq == before {
            self.seq = after;
        }
    }

    /// The patient.
    pub(crate) fn patient(&self) -> Option<&Patient> {
        self.patient.as_ref().map(|(patient, ..)| patient)
    }

    /// The patient's answer for each channel: the chosen number or address on the chosen channel, their first elsewhere.
    pub(crate) fn consents(&self, request: &AssessRequest, pack: &Pack, now_ms: i64) -> Consents {
        let (mut chosen, mut others) = (ConsentState::NotAsked, Vec::new());
        let Some((patient, history, _)) = &self.patient else { return (chosen, others) };
        for channel in Channel::ALL {
            let kind = consents::contact_kind(channel);
            let own = patient.contacts.iter().find(|contact| contact.kind == kind && !contact.old);
            let address = request.address.as_deref().filter(|_| channel == request.channel);
            let Some(to) = address.or(own.map(|contact| contact.value.as_str())) else { continue };
            let state = consents::decision_state(history, patient, channel, to, pack, now_ms);
            if channel == request.channel {
                chosen = state;
            } else {
                others.push((channel, state));
            }
        }
        (chosen, others)
    }

    /// Whose number it is, as far as the patient's record says; an unknown number counts as somebody else's.
    pub(crate) fn number(&self, address: Option<&str>) -> NumberFacts {
        let Some(patient) = self.patient() else { return NumberFacts::default() };
        let contact = address.and_then(|address| patient.contact(address));
        let owner = match (address, contact) {
            (Some(_), None) => NumberOwner::Other,
            (_, Some(contact)) if contact.owner != ContactOwner::Patient => NumberOwner::Other,
            _ => NumberOwner::Patient,
        };
        let shared = contact.is_some_and(|contact| contact.shared_with.is_some());
        NumberFacts { owner, safeguarding: patient.safeguarding, shared, deceased: patient.deceased }
    }

    /// What went to this number before. Another spelling of the number is the same number.
    pub(crate) fn sent_before(&self, request: &AssessRequest, pack: &Pack, text: &str, now_ms: i64) -> History {
        let mut history = History::default();
        let (Some((.., sent)), Some(address)) = (&self.patient, &request.address) else { return history };
        let spellings = CONTACT_KINDS.map(|kind| canonical_address(kind, address));
        for one in sent.iter().filter(|one| spellings.contains(&one.to)) {
            let age = now_ms.saturating_sub(one.at_ms);
            history.today += u32::from(age < DAY_MS);
            history.this_week += u32::from(age < 7 * DAY_MS);
            history.duplicate |= age < i64::from(pack.limits.duplicate_hours) * 3_600_000 && one.text == text;
        }
        history
    }

    /// What the policy needs to know of the group that a text goes to.
    pub(crate) fn roster(&self, now_ms: i64) -> RosterState {
        let Some(roster) = &self.roster else { return RosterState::None };
        match roster.state(now_ms) {
            RosterStanding::Fresh { .. } if roster.has_learners() => RosterState::Learners,
            RosterStanding::Fresh { .. } => RosterState::Fresh,
            RosterStanding::Stale { days } => RosterState::Stale { days },
            RosterStanding::MemberLeft { .. } => RosterState::LeftMember,
        }
    }
}

/// On the chosen channel, and on the others.
pub(crate) type Consents = (ConsentState, Vec<(Channel, ConsentState)>);

const CONTACT_KINDS: [crate::patient::ContactKind; 2] =
    [crate::patient::ContactKind::Phone, crate::patient::ContactKind::Email];

fn sent(vault: &mut Vault, lane: Id) -> Result<Vec<Sent>> {
    let mut sent = Vec::new();
    for (_, message) in shelf::all::<Message>(vault, lane)? {
        if message.outcome != Outcome::NotSent {
            let to = canonical_address(consents::contact_kind(message.channel), &message.address);
            sent.push(Sent { to, at_ms: message.handed_ms, text: message.text });
        }
    }
    Ok(sent)
}

impl Unlocked {
    /// What is on record for a request.
    pub(crate) fn known(&mut self, request: &AssessRequest) -> Result<Known> {
        let kept = self.known.take().filter(|known| known.answers(request, self.vault.seq()));
        kept.map_or_else(|| Known::read(&mut self.vault, request), Ok)
    }
}
