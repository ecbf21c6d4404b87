//! Patients on this phone: list, look up, change, shred.

use super::{Inside, Session, holds, leaving, shelf};
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::patient::{Patient, PatientSummary, similar_patients};
use crate::vault::{Act, Forget, Id, Vault};

#[uniffi::export]
impl Session {
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
