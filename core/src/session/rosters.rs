//! Groups and who is in them.

use super::{Inside, Session, shelf};
use crate::error::{CurtainError, Result};
use crate::journal::{Code, Event};
use crate::roster::Roster;
use crate::vault::{Act, Id, Vault};

#[uniffi::export]
impl Session {
    /// Every roster, by name.
    pub fn rosters(&self) -> Result<Vec<Roster>, CurtainError> {
        self.with(|inside| list(&mut inside.open.vault))
    }

    /// Writes a roster, a new one where its id is empty; gives its id.
    pub fn save_roster(&self, roster: Roster) -> Result<String, CurtainError> {
        self.with(|inside| save(inside, roster))
    }
}

fn list(vault: &mut Vault) -> Result<Vec<Roster>> {
    let lane = vault.system_lane();
    let mut rosters: Vec<Roster> = shelf::heads(vault, lane)?.into_iter().map(|(_, roster)| roster).collect();
    rosters.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    Ok(rosters)
}

fn save(inside: Inside<'_>, mut roster: Roster) -> Result<String> {
    let lane = inside.open.vault.system_lane();
    let id = if roster.id.is_empty() {
        Id::make()?
    } else {
        // Another record's id must not become a roster's: what lies there would be lost.
        let id = Id::parse(&roster.id)?;
        shelf::get::<Roster>(&mut inside.open.vault, lane, id, "roster")?;
        id
    };
    roster.id = id.text();
    roster.check()?;
    let act = Act::from(Event::counted(Code::RosterChanged, vec![("members", roster.members.len() as u64)]));
    inside.open.commit(inside.workspace, inside.now, &[shelf::put(lane, id, &roster)?], act)?;
    Ok(roster.id)
}
