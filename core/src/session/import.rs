//! The import of a FHIR R4 Bundle: patients who are not here yet, and what patients have answered elsewhere.

use super::{Inside, Session, consents, holds, patients, shelf};
use crate::chart::fhir::{self, BroughtConsent, ConsentLeftOut, ImportReport, LeftOutReason, Settled};
use crate::consent::{Allowed, ConsentEntry, Withdrawal};
use crate::crypto::hex;
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::patient::{Patient, canonical_address};
use crate::vault::{Act, Change, Id};
use crate::words::Lang;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportedPatients {
    /// Patients written.
    pub imported: u32,
    /// Patients that were on the phone already, by an identifier: left as they are.
    pub known: u32,
    /// Answers written to the patients' ledgers. An answer that its institution calls inactive may come with a withdrawal.
    pub consents: u32,
    /// Answers that the ledgers had already.
    pub consents_known: u32,
    /// Answers that do not count, one by one: nobody was asked as far as this phone knows. Show them.
    pub left_out: Vec<ConsentLeftOut>,
    /// What was left out of the patients, and why.
    pub report: ImportReport,
}

#[uniffi::export]
impl Session {
    /// Imports a FHIR R4 Bundle of Patients and their Consents, all or none. A no counts at once; a yes only if it says all
    /// that this phone's own export says, and never over a no of this phone. Not on the main thread: it may take a second.
    pub fn import_patients(&self, bundle: &[u8]) -> Result<ImportedPatients, CurtainError> {
        self.with(|inside| import(inside, bundle))
    }
}

/// One patient whom the Bundle names.
struct Target {
    /// As the phone has them, or will.
    patient: Patient,
    new: bool,
    brought: Vec<BroughtConsent>,
}

/// Everybody on the phone, seen from the Bundle.
struct Named {
    /// Whom the Bundle names, by lane.
    targets: BTreeMap<Id, Target>,
    /// The lane of each of its patients.
    place: HashMap<String, Id>,
    /// Who is here beside them.
    others: BTreeMap<Id, Patient>,
}

fn import(inside: Inside<'_>, bundle: &[u8]) -> Result<ImportedPatients> {
    let now_ms = inside.now.wall_ms;
    let vault = &mut inside.open.vault;
    let salt = vault.import_salt();
    let wordings = [Lang::En, Lang::Es].map(|lang| hex(&inside.pack.consent.sha256(lang)));
    let read = fhir::import(bundle, &salt, now_ms, &wordings)?;
    let mut result = ImportedPatients {
        imported: 0,
        known: 0,
        consents: 0,
        consents_known: 0,
        left_out: read.left_out,
        report: read.report,
    };
    let Named { mut targets, place, others } = targets(vault, read.patients, &read.claimed, &mut result)?;
    // What the Bundle calls a patient is not what the phone does.
    for left_out in &mut result.left_out {
        left_out.patient = left_out.patient.take().map(|id| place.get(&id).map(|lane| lane.text()).unwrap_or(id));
    }
    for one in read.consents {
        let (patient, channel) = match &one.entry {
            ConsentEntry::Given(consent) => (&consent.terms().patient, consent.terms().channel),
            ConsentEntry::Withdrawn(no) => (&no.patient, no.channel),
        };
        match place.get(patient).and_then(|lane| targets.get_mut(lane)) {
            Some(target) => target.brought.push(one),
            None => {
                let patient = place.get(patient).map(|lane| lane.text());
                let (channel, reason) = (Some(channel), LeftOutReason::SetAside);
                result.left_out.push(ConsentLeftOut { patient, channel, reason });
            }
        }
    }
    let (mut changes, mut refused, mut new) = (Vec::new(), false, BTreeSet::new());
    let (mut people, mut ledgers, mut refusals) = (others, HashMap::new(), Vec::new());
    for (lane, target) in targets {
        let mut ledger = if target.new { Vec::new() } else { consents::history(vault, &target.patient.id)? };
        let settled = fhir::settle(&ledger, &target.brought, &target.patient, &salt, now_ms)?;
        if target.new {
            new.insert(target.patient.id.clone());
            changes.push(shelf::put(lane, lane, &target.patient)?);
        }
        refusals.extend(settled.append.iter().filter_map(refusal).map(|no| (lane, no)));
        ledger.extend(settled.append.iter().chain(&settled.ended).cloned());
        refused |= write(lane, settled, &mut changes, &mut result)?;
        ledgers.insert(lane, ledger);
        people.insert(lane, target.patient);
    }
    for (lane, brought) in shared(&people, &refusals) {
        let Some(patient) = people.get(&lane) else { continue };
        let ledger = match ledgers.remove(&lane) {
            Some(ledger) => ledger,
            None => consents::history(vault, &patient.id)?,
        };
        let settled = fhir::settle(&ledger, &brought, patient, &salt, now_ms)?;
        refused |= write(lane, Settled { known: 0, ..settled }, &mut changes, &mut result)?;
    }
    holds::cover(inside.open, inside.workspace, inside.now, people.values().filter(|one| new.contains(&one.id)))?;
    let counts = vec![("patients", u64::from(result.imported)), ("consents", u64::from(result.consents))];
    let event = Event::counted(Code::PatientsImported, counts);
    inside.open.commit(inside.workspace, inside.now, &changes, Act::from(event))?;
    inside.open.people_changed();
    let anchor = inside.workspace.anchor_mut();
    if refused {
        // A no must survive a restored database before anybody is told.
        inside.open.vault.reseal(anchor, inside.now)?;
    } else if result.consents > 0 {
        inside.open.vault.ratchet(anchor, inside.now)?;
    }
    Ok(result)
}

/// The no that an entry says, without the words: what one person wrote is in nobody else's record.
fn refusal(entry: &ConsentEntry) -> Option<Withdrawal> {
    match entry {
        ConsentEntry::Withdrawn(no) => Some(Withdrawal { words: None, ..no.clone() }),
        ConsentEntry::Given(consent) if consent.terms().allowed == Allowed::Nothing => {
            let terms = consent.terms();
            Some(Withdrawal {
                id: terms.id.clone(),
                patient: terms.patient.clone(),
                channel: terms.channel,
                kind: terms.kind,
                address: terms.address.clone(),
                how: terms.how,
                words: None,
                recorded_by: terms.recorded_by.clone(),
                at_ms: terms.start_ms,
            })
        }
        ConsentEntry::Given(_) => None,
    }
}

/// A no for a number holds for everybody here who shares it, until they are asked themselves.
fn shared(people: &BTreeMap<Id, Patient>, refusals: &[(Id, Withdrawal)]) -> BTreeMap<Id, Vec<BroughtConsent>> {
    let mut users: HashMap<String, Vec<Id>> = HashMap::new();
    for (lane, patient) in people {
        for contact in patient.contacts.iter().filter(|contact| !contact.old) {
            users.entry(contact.canonical()).or_default().push(*lane);
        }
    }
    let mut brought: BTreeMap<Id, Vec<BroughtConsent>> = BTreeMap::new();
    for (lane, no) in refusals {
        let with = users.get(&canonical_address(no.kind, &no.address)).into_iter().flatten();
        for other in with.filter(|other| *other != lane) {
            let one = BroughtConsent { entry: ConsentEntry::Withdrawn(no.clone()), active: true };
            brought.entry(*other).or_default().push(one);
        }
    }
    brought
}

/// Appends what settled; says whether a no is among it.
fn write(lane: Id, settled: Settled, changes: &mut Vec<Change>, result: &mut ImportedPatients) -> Result<bool> {
    let mut refused = false;
    for entry in settled.append.into_iter().chain(settled.ended) {
        let id = Id::parse(entry.id())?;
        changes.push(match entry {
            ConsentEntry::Given(consent) => {
                refused |= consent.terms().allowed == Allowed::Nothing;
                shelf::put(lane, id, &consent)?
            }
            ConsentEntry::Withdrawn(no) => {
                refused = true;
                shelf::put(lane, id, &no)?
            }
        });
        result.consents = result.consents.saturating_add(1);
    }
    result.consents_known = result.consents_known.saturating_add(settled.known);
    result.left_out.extend(settled.left_out);
    Ok(refused)
}

/// Whom the Bundle names, by lane, and the lane of each of its patients: by the id of this phone's own export, by the
/// id of an earlier import, or by an identifier. A patient who was set aside is on the phone too, and not among the targets.
fn targets(
    vault: &mut crate::vault::Vault,
    brought: Vec<Patient>,
    claimed: &[String],
    result: &mut ImportedPatients,
) -> Result<Named> {
    let here = patients::all(vault)?;
    let lanes: Vec<Id> = vault.lanes().into_iter().chain(vault.set_aside().iter().copied()).collect();
    let mut known = HashMap::new();
    let mut by_lane = BTreeMap::new();
    for patient in here {
        let lane = Id::parse(&patient.id)?;
        known.extend(patient.identifiers.iter().map(|i| ((i.system.clone(), i.value.clone()), lane)));
        by_lane.insert(lane, patient);
    }
    let (mut targets, mut place) = (BTreeMap::new(), HashMap::new());
    for (patient, claimed) in brought.into_iter().zip(claimed) {
        let own = Id::parse(claimed).ok().filter(|lane| by_lane.contains_key(lane));
        let before = Some(Id::parse(&patient.id)?).filter(|lane| lanes.contains(lane));
        let identifiers: Vec<_> = patient.identifiers.iter().map(|i| (i.system.clone(), i.value.clone())).collect();
        let same = identifiers.iter().find_map(|identifier| known.get(identifier).copied());
        if let Some(lane) = own.or(before).or(same) {
            result.known = result.known.saturating_add(1);
            place.insert(patient.id, lane);
            if let Some(patient) = by_lane.remove(&lane) {
                targets.insert(lane, Target { patient, new: false, brought: Vec::new() });
            }
            continue;
        }
        patient.check()?;
        let lane = Id::parse(&patient.id)?;
        known.extend(identifiers.into_iter().map(|identifier| (identifier, lane)));
        place.insert(patient.id.clone(), lane);
        targets.insert(lane, Target { patient, new: true, brought: Vec::new() });
        result.imported = result.imported.checked_add(1).ok_or(Error::Internal { code: 430 })?;
    }
    Ok(Named { targets, place, others: by_lane })
}
