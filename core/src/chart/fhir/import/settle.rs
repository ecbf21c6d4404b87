//! Which of the answers that a Bundle brought count for one patient: pure, over what the phone's own ledger says.
//!
//! 1. What the ledger has already (same channel, number or address, moment and answer) is not written again.
//! 2. A no is written, whatever else there is.
//! 3. A yes is written unless the ledger holds a no for its channel that the Bundle does not know: no file lifts a no.
//! 4. A yes that its institution calls inactive never decides here: if it would, a withdrawal of the same moment is
//!    written with it, which ends that yes and not a later one.

use std::collections::HashSet;

use super::consent::{BroughtConsent, ConsentLeftOut, LeftOutReason};
use crate::consent::{Allowed, Consent, ConsentEntry, ConsentStanding, HowGiven, Withdrawal, governing};
use crate::crypto::{hex, hmac_sha256};
use crate::error::Result;
use crate::patient::{Patient, canonical_address, opaque_debug};
use crate::policy::Channel;

/// What an import does to one patient's ledger.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Entries to append, in the Bundle's order.
    pub append: Vec<ConsentEntry>,
    /// Withdrawals to append after them, of answers that are inactive: nobody said this no.
    pub ended: Vec<ConsentEntry>,
    /// Answers that the ledger had already.
    pub known: u32,
    /// Answers that do not count.
    pub left_out: Vec<ConsentLeftOut>,
}

opaque_debug!(Settled);

/// What makes two entries the same answer, whoever recorded it under which id.
type Fact = (Channel, String, i64, Option<Allowed>);

fn fact(entry: &ConsentEntry) -> Fact {
    match entry {
        ConsentEntry::Given(consent) => {
            let terms = consent.terms();
            (terms.channel, canonical_address(terms.kind, &terms.address), terms.start_ms, Some(terms.allowed))
        }
        ConsentEntry::Withdrawn(no) => (no.channel, canonical_address(no.kind, &no.address), no.at_ms, None),
    }
}

fn is_no(fact: &Fact) -> bool {
    matches!(fact.3, None | Some(Allowed::Nothing))
}

/// The id of an answer in this vault: the same answer gets the same one again.
fn id_of(salt: &[u8; 32], patient: &str, (channel, address, at_ms, allowed): &Fact) -> String {
    let answer = format!("curtain import consent {patient} {} {at_ms} {allowed:?} {address}", channel.name());
    hex(&hmac_sha256(salt, &[answer.as_bytes()])[..16])
}

/// The entry as this phone's: its id and patient.
fn ours(entry: &ConsentEntry, id: String, patient: &str) -> Result<ConsentEntry> {
    Ok(match entry {
        ConsentEntry::Given(consent) => {
            let mut terms = consent.terms().clone();
            (terms.id, terms.patient) = (id, patient.to_owned());
            ConsentEntry::Given(Consent::new(terms)?)
        }
        ConsentEntry::Withdrawn(no) => {
            let no = Withdrawal { id, patient: patient.to_owned(), ..no.clone() };
            no.check()?;
            ConsentEntry::Withdrawn(no)
        }
    })
}

/// What of `brought` goes into `patient`'s ledger, which holds `ledger` now. `salt` is the vault's.
///
/// # Errors
/// `Invalid` for an entry that no consent can be; [`super::import`] gives none.
pub fn settle(
    ledger: &[ConsentEntry],
    brought: &[BroughtConsent],
    patient: &Patient,
    salt: &[u8; 32],
    now_ms: i64,
) -> Result<Settled> {
    let here: Vec<Fact> = ledger.iter().map(fact).collect();
    let mut there: HashSet<Fact> = brought.iter().map(|one| fact(&one.entry)).collect();
    // What rule 4 wrote for an answer that this Bundle calls inactive too.
    there.extend(brought.iter().filter(|one| !one.active).map(|one| {
        let (channel, address, at_ms, _) = fact(&one.entry);
        (channel, address, at_ms, None)
    }));
    // A no counts as known only if the Bundle holds the very same: then its institution had heard it.
    let unheard: HashSet<Channel> =
        here.iter().filter(|fact| is_no(fact) && !there.contains(fact)).map(|fact| fact.0).collect();
    let mut settled = Settled::default();
    let mut all: Vec<ConsentEntry> = ledger.to_vec();
    let mut held: HashSet<Fact> = here.into_iter().collect();
    let mut inactive: HashSet<Fact> = HashSet::new();
    for one in brought {
        let fact = fact(&one.entry);
        if !one.active && !is_no(&fact) {
            inactive.insert(fact.clone());
        }
        if held.contains(&fact) {
            settled.known = settled.known.saturating_add(1);
            continue;
        }
        if !is_no(&fact) && unheard.contains(&fact.0) {
            settled.left_out.push(ConsentLeftOut {
                patient: Some(patient.id.clone()),
                channel: Some(fact.0),
                reason: LeftOutReason::RefusedHere,
            });
            continue;
        }
        let entry = ours(&one.entry, id_of(salt, &patient.id, &fact), &patient.id)?;
        held.insert(fact);
        all.push(entry.clone());
        settled.append.push(entry);
    }
    end_inactive(&mut settled, &mut all, &inactive, patient, salt, now_ms)?;
    Ok(settled)
}

/// Rule 4. Ending one yes may bring another inactive one to the fore, so it goes on until none decides.
fn end_inactive(
    settled: &mut Settled,
    all: &mut Vec<ConsentEntry>,
    inactive: &HashSet<Fact>,
    patient: &Patient,
    salt: &[u8; 32],
    now_ms: i64,
) -> Result<()> {
    let subjects: HashSet<(Channel, String)> = inactive.iter().map(|fact| (fact.0, fact.1.clone())).collect();
    let mut subjects: Vec<_> = subjects.into_iter().collect();
    subjects.sort_by(|a, b| (a.0.name(), &a.1).cmp(&(b.0.name(), &b.1)));
    for (channel, address) in subjects {
        while let (Some(entry @ ConsentEntry::Given(consent)), ConsentStanding::InForce { .. }) =
            governing(all, patient, channel, &address, now_ms)
        {
            if !inactive.contains(&fact(entry)) {
                break;
            }
            let terms = consent.terms();
            let mut no = Withdrawal {
                id: String::new(),
                patient: patient.id.clone(),
                channel,
                kind: terms.kind,
                address: terms.address.clone(),
                how: HowGiven::Imported,
                words: None,
                recorded_by: terms.recorded_by.clone(),
                at_ms: terms.start_ms,
            };
            no.id = id_of(salt, &patient.id, &fact(&ConsentEntry::Withdrawn(no.clone())));
            no.check()?;
            let no = ConsentEntry::Withdrawn(no);
            all.push(no.clone());
            settled.ended.push(no);
        }
    }
    Ok(())
}
