//! Patients on this phone: import, list, look up, change, shred.

use super::{Inside, Session, holds, leaving, shelf};
use crate::chart::fhir::{ImportReport, import_patients};
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::patient::{Patient, PatientSummary, similar_patients};
use crate::vault::{Act, Forget, Id, Vault};

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportedPatients {
    /// Patients written.
    pub imported: u32,
    /// Patients that were on the phone already, by an identifier: left as they are.
    pub known: u32,
    /// What was left out, and why.
    pub report: ImportReport,
}

#[uniffi::export]
impl Session {
    /// Imports a FHIR R4 Bundle of Patients, all or none. Not on the main thread: it may take a second.
    pub fn import_patients(&self, bundle: &[u8]) -> Result<ImportedPatients, CurtainError> {
        self.with(|inside| import(inside, bundle))
    }

    /// Every patient, by name.
    pub fn patients(&self) -> Result<Vec<PatientSummary>, CurtainError> {
        self.with(|inside| summaries(&mut inside.open.vault))
    }

    /// One patient.
    pub fn patient(&self, id: String) -> Result<Patient, CurtainError> {
        self.with(|inside| one(&mut inside.open.vault, &id))
    }

    /// Writes a patient, new (empty id) or changed; gives the id. A changed number voids its consents by itself.
    pub fn save_patient(&self, patient: Patient) -> Result<String, CurtainError> {
        self.with(|inside| save(inside, patient))
    }

    /// Ids of patients on this phone whose names are easily confused with this one's.
    pub fn similar_patients(&self, id: String) -> Result<Vec<String>, CurtainError> {
        self.with(|inside| similar(&mut inside.open.vault, &id))
    }

    /// Forgets a patient beyond recovery, whatever is on the phone about them. Needs a fresh authentication.
    pub fn shred_patient(&self, id: String, token: String) -> Result<(), CurtainError> {
        self.with(|inside| shred(inside, &id, &token))
    }
}

/// All patients; the patient's record has the id of its lane.
pub(crate) fn all(vault: &mut Vault) -> Result<Vec<Patient>> {
    let system = vault.system_lane();
    let mut patients = Vec::new();
    for lane in vault.lanes().into_iter().filter(|lane| *lane != system) {
        // A lane that was set aside is reported by `Session::state`, and missing here.
        match vault.read(lane, lane) {
            Ok(Some((row, body))) => patients.extend(shelf::whole::<Patient>(&row, body)?),
            Ok(None) | Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(patients)
}

/// The patient of an id.
pub(crate) fn one(vault: &mut Vault, id: &str) -> Result<Patient> {
    let lane = Id::parse(id)?;
    shelf::get(vault, lane, lane, "patient")
}

fn summaries(vault: &mut Vault) -> Result<Vec<PatientSummary>> {
    let mut summaries: Vec<_> = all(vault)?.iter().map(Patient::summary).collect();
    summaries.sort_by_cached_key(|summary| (summary.display_name.to_lowercase(), summary.id.clone()));
    Ok(summaries)
}

fn similar(vault: &mut Vault, id: &str) -> Result<Vec<String>> {
    let patient = one(vault, id)?;
    Ok(similar_patients(&patient, &all(vault)?))
}

fn import(inside: Inside<'_>, bundle: &[u8]) -> Result<ImportedPatients> {
    let brought = import_patients(bundle, &inside.open.vault.import_salt(), inside.now.wall_ms)?;
    let mut known: std::collections::HashSet<_> = all(&mut inside.open.vault)?
        .into_iter()
        .flat_map(|patient| patient.identifiers)
        .map(|identifier| (identifier.system, identifier.value))
        .collect();
    let vault = &inside.open.vault;
    // A patient who was set aside is on the phone too.
    let lanes: Vec<Id> = vault.lanes().into_iter().chain(vault.set_aside().iter().copied()).collect();
    let (mut changes, mut already, mut written) = (Vec::new(), 0, Vec::new());
    for patient in brought.patients {
        let identifiers: Vec<_> = patient.identifiers.iter().map(|i| (i.system.clone(), i.value.clone())).collect();
        if lanes.contains(&Id::parse(&patient.id)?) || identifiers.iter().any(|identifier| known.contains(identifier)) {
            already += 1;
            continue;
        }
        known.extend(identifiers);
        let lane = Id::parse(&patient.id)?;
        patient.check()?;
        changes.push(shelf::put(lane, lane, &patient)?);
        written.push(patient);
    }
    holds::cover(inside.open, inside.workspace, inside.now, written.iter())?;
    let imported = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let event = Event::counted(Code::PatientsImported, vec![("patients", u64::from(imported))]);
    inside.open.commit(inside.workspace, inside.now, &changes, Act::from(event))?;
    inside.open.people_changed();
    Ok(ImportedPatients { imported, known: already, report: brought.report })
}

fn save(inside: Inside<'_>, mut patient: Patient) -> Result<String> {
    let lane = if patient.id.is_empty() {
        patient.created_ms = inside.now.wall_ms;
        Id::make()?
    } else {
        let old = one(&mut inside.open.vault, &patient.id)?;
        patient.created_ms = old.created_ms;
        Id::parse(&patient.id)?
    };
    patient.id = lane.text();
    patient.updated_ms = inside.now.wall_ms;
    patient.check()?;
    holds::cover(inside.open, inside.workspace, inside.now, std::iter::once(&patient))?;
    let act = Act { event: Code::PatientChanged.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[shelf::put(lane, lane, &patient)?], act)?;
    inside.open.people_changed();
    // A number that is no longer hers voids its consents: an older database must not bring them back.
    inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    Ok(patient.id)
}

fn shred(inside: Inside<'_>, id: &str, token: &str) -> Result<()> {
    let lane = Id::parse(id)?;
    one(&mut inside.open.vault, id)?;
    holds::refuse_held(inside.workspace, lane)?;
    leaving::spend(inside.open, token, inside.now)?;
    let forget = Forget { records: Vec::new(), lanes: vec![lane] };
    let act = Act { event: Code::Shredded.into(), lane: Some(lane) };
    holds::drop_typed(inside.open, &[lane]);
    inside.open.vault.forget_for_good(inside.workspace.anchor_mut(), inside.now, &forget, &[act])
}
