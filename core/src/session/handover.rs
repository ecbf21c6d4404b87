//! Handing over what is not in the record: every open item of the checklist as one sealed export, and what became of it.
//!
//! What was handed over is remembered by a digest of each item as it left: written to since, it counts as not handed over.

use super::leaving::{DiscardReason, OpenItem, OpenItemKind, checklist, spend};
use super::shelf::{self, Shelved};
use super::{Inside, export, patients};
use crate::chart::{Loose, fhir};
use crate::crypto::{hex, sha256_parts};
use crate::error::{Error, Result};
use crate::journal::{Code, Event};
use crate::message::{Draft, Message};
use crate::note::{ChartNote, Note};
use crate::patient::Patient;
use crate::vault::{Act, Change, Id, Row, Vault, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The latest hand-over, and how many items earlier ones settled. One for a workspace, in its own lane.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOver {
    /// When it was sealed (ms).
    at_ms: i64,
    /// Items that were thrown away since because they were handed over.
    settled: u64,
    /// Digest by item.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    items: BTreeMap<String, String>,
}

impl Shelved for HandOver {
    const KIND: crate::vault::Kind = 13;

    fn take_body(&mut self) -> Vec<u8> {
        serde_json::to_vec(&std::mem::take(&mut self.items)).unwrap_or_default()
    }

    fn put_body(&mut self, body: Vec<u8>) -> Result<()> {
        self.items = serde_json::from_slice(&body).map_err(|_| Error::Damaged { what: "record" })?;
        Ok(())
    }
}

impl HandOver {
    /// Whether an item left as it stands.
    pub(super) fn covers(&self, row: &Row, body: &[u8]) -> bool {
        self.items.get(&row.id.text()).is_some_and(|left| *left == digest(row, body))
    }

    fn names(&self, id: Id) -> bool {
        self.items.contains_key(&id.text())
    }
}

fn digest(row: &Row, body: &[u8]) -> String {
    let length = u64::try_from(row.head.len()).unwrap_or(u64::MAX).to_be_bytes();
    hex(&sha256_parts(&[b"curtain handed over", &row.kind.to_be_bytes(), &length, &row.head, body]))
}

/// The latest hand-over, with the place of its record.
pub(super) fn latest(vault: &mut Vault) -> Result<(Option<Id>, HandOver)> {
    let system = vault.system_lane();
    let found = shelf::heads::<HandOver>(vault, system)?.into_iter().next();
    let Some((id, _)) = found else { return Ok((None, HandOver::default())) };
    Ok((Some(id), shelf::get(vault, system, id, "hand-over")?))
}

/// Whether the latest hand-over holds a record as it stands now.
pub(super) fn covered(vault: &mut Vault, handed: &HandOver, lane: Id, id: Id) -> Result<bool> {
    if !handed.names(id) {
        return Ok(false);
    }
    Ok(vault.read(lane, id)?.is_some_and(|(row, body)| handed.covers(&row, &body)))
}

/// How many items went by hand-over: thrown away for it, or under a hold and unchanged since.
pub(super) fn count(vault: &mut Vault, workspace: &Workspace) -> Result<u64> {
    let (_, handed) = latest(vault)?;
    let mut count = handed.settled;
    for id in handed.items.keys() {
        let id = Id::parse(id)?;
        let Some(lane) = vault.find(id)? else { continue };
        if workspace.anchor().state().holds(lane) && covered(vault, &handed, lane, id)? {
            count += 1;
        }
    }
    Ok(count)
}

/// The open items of one lane.
struct Group {
    patient: Option<Patient>,
    lane: Id,
    items: Vec<OpenItem>,
    texts: Vec<String>,
    /// The ids of the items, and of what their chart texts are about.
    ids: BTreeSet<String>,
    /// Item, digest, and what a chart text is about.
    digests: Vec<(String, String, Option<String>)>,
}

/// Every open item, sealed to the institution; `room` is for pictures, in bytes. Where a photo's picture finds none its chart text does
/// not count as handed over: the next hand-over has it.
pub(super) fn hand_over(mut inside: Inside<'_>, token: &str, mut room: u64) -> Result<Vec<u8>> {
    super::enrolled::write_pending(inside.open, inside.workspace, inside.now)?;
    let open = checklist(&mut inside.open.vault, inside.workspace, None)?.open;
    if open.is_empty() {
        return Err(Error::NotAllowed { why: "nothing to hand over" });
    }
    spend(inside.open, token, inside.now)?;
    let mut groups = grouped(&mut inside.open.vault, open)?;
    let (mut bundles, mut loose) = (Vec::new(), None);
    for group in &mut groups {
        match &group.patient {
            Some(patient) => {
                let gathered = export::gather(&mut inside, patient, Some(&group.ids), &mut room)?;
                let whole = |about: &Option<String>| about.as_ref().is_none_or(|id| !gathered.left_out.contains(id));
                group.digests.retain(|(.., about)| whole(about));
                bundles.push(gathered.bundle);
            }
            None => loose = Some(group.texts.join("\n\n")),
        }
    }
    let now_ms = inside.now.wall_ms;
    if let Some(text) = loose {
        let origin = export::origin(&inside)?;
        bundles.push(fhir::loose(&Loose { origin: &origin, id: Id::make()?.text(), text, at_ms: now_ms })?);
    }
    let bundle = export::text_of(&fhir::joined(bundles, now_ms)?)?;
    let sealed = export::seal(&inside, &bundle, &plain(&groups, now_ms))?;
    let (record, before) = latest(&mut inside.open.vault)?;
    let digests = groups.iter().flat_map(|group| &group.digests);
    let items = digests.map(|(id, digest, _)| (id.clone(), digest.clone())).collect();
    let record = record.map_or_else(Id::make, Ok)?;
    let system = inside.open.vault.system_lane();
    let change = shelf::put(system, record, &HandOver { at_ms: now_ms, settled: before.settled, items })?;
    let acts: Vec<Act> = groups.iter().map(|group| act(Code::HandedOver, group.lane, system, &group.items)).collect();
    inside.open.vault.commit(inside.workspace.anchor_mut(), inside.now, &[change], &acts)?;
    inside.open.vault.reseal(inside.workspace.anchor_mut(), inside.now)?;
    Ok(sealed)
}

fn act(code: Code, lane: Id, system: Id, items: &[OpenItem]) -> Act {
    let mut counts = vec![("items", items.len() as u64)];
    if code == Code::DraftDiscarded {
        counts.push(("reason", DiscardReason::HandedOver as u64));
    }
    Act { event: Event::counted(code, counts), lane: Some(lane).filter(|lane| *lane != system) }
}

fn grouped(vault: &mut Vault, open: Vec<OpenItem>) -> Result<Vec<Group>> {
    let system = vault.system_lane();
    let mut groups: BTreeMap<Id, Group> = BTreeMap::new();
    for item in open {
        let lane = if item.patient.is_empty() { system } else { Id::parse(&item.patient)? };
        let group = match groups.entry(lane) {
            std::collections::btree_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let patient = (lane != system).then(|| patients::one(vault, &item.patient)).transpose()?;
                let (items, texts, digests) = (Vec::new(), Vec::new(), Vec::new());
                place.insert(Group { patient, lane, items, texts, ids: BTreeSet::new(), digests })
            }
        };
        let (row, body) = vault.read(lane, Id::parse(&item.id)?)?.ok_or(Error::NotFound { what: "item" })?;
        let digest = digest(&row, &body);
        group.ids.insert(item.id.clone());
        let (text, about) = said(&row, body)?;
        group.ids.extend(about.clone());
        group.digests.push((item.id.clone(), digest, about));
        group.texts.push(format!("[{}, {}]\n{text}", named(item.kind), minute(item.since_ms)));
        group.items.push(item);
    }
    Ok(groups.into_values().collect())
}

/// An item's text word for word, and the id of what a chart text is about.
fn said(row: &Row, body: Vec<u8>) -> Result<(String, Option<String>)> {
    if let Some(note) = shelf::from_head::<ChartNote>(row)? {
        return Ok((note.text, Some(note.source)));
    }
    if row.kind == Note::KIND {
        let note = shelf::whole::<Note>(row, body)?.ok_or(Error::NotFound { what: "item" })?;
        let text = if note.title.is_empty() { note.text } else { format!("{}: {}", note.title, note.text) };
        return Ok((text, None));
    }
    if row.kind == Draft::KIND {
        let draft = shelf::whole::<Draft>(row, body)?.ok_or(Error::NotFound { what: "item" })?;
        return Ok((draft.text, None));
    }
    let message = shelf::whole::<Message>(row, body)?.ok_or(Error::NotFound { what: "item" })?;
    Ok((format!("To {} by {}: {}", message.address, message.channel.name(), message.text), None))
}

const fn named(kind: OpenItemKind) -> &'static str {
    match kind {
        OpenItemKind::Uncharted => "Chart text, not filed",
        OpenItemKind::UnchartedNote => "Note, not in the record",
        OpenItemKind::Unsent => "Draft, not sent",
        OpenItemKind::UnknownOutcome => "Message, nobody said whether it was sent",
        OpenItemKind::NeedsCall => "Urgent message, nobody said what became of the call",
    }
}

/// A time in UTC, to the minute.
fn minute(ms: i64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (date, hour, minute) = (at.date(), at.hour(), at.minute());
    format!("{:04}-{:02}-{:02} {hour:02}:{minute:02} UTC", date.year(), u8::from(date.month()), date.day())
}

/// The items for people, patient by patient.
fn plain(groups: &[Group], now_ms: i64) -> String {
    let items: usize = groups.iter().map(|group| group.items.len()).sum();
    let mut parts = vec![format!("Handed over {}: {items} items that are not in the record.", minute(now_ms))];
    for group in groups {
        parts.push(format!("== {} ==", group.patient.as_ref().map_or_else(|| "No patient".to_owned(), heading)));
        parts.extend(group.texts.iter().cloned());
    }
    parts.join("\n\n")
}

fn heading(patient: &Patient) -> String {
    let name = patient.names.first().map(|name| format!("{} {}", name.given.join(" "), name.family));
    let mut parts = vec![name.map_or_else(|| "No name".to_owned(), |name| name.trim().to_owned())];
    parts.extend(patient.date_of_birth.as_ref().map(|date| format!("born {date}")));
    parts.extend(patient.identifiers.iter().map(|one| format!("{} {}", one.system, one.value)));
    parts.join(", ")
}

/// Throws away every item that was handed over and not written to since; gives how many.
pub(super) fn discard_all(inside: Inside<'_>, token: &str) -> Result<u32> {
    super::enrolled::write_pending(inside.open, inside.workspace, inside.now)?;
    let (record, mut handed) = latest(&mut inside.open.vault)?;
    let Some(record) = record else { return Err(Error::NotAllowed { why: "nothing was handed over" }) };
    let open = checklist(&mut inside.open.vault, inside.workspace, None)?.open;
    let system = inside.open.vault.system_lane();
    let (mut changes, mut lanes): (Vec<Change>, BTreeMap<Id, Vec<OpenItem>>) = (Vec::new(), BTreeMap::new());
    for item in open {
        let id = Id::parse(&item.id)?;
        let lane = if item.patient.is_empty() { system } else { Id::parse(&item.patient)? };
        // What a hold keeps stays, and no longer stands in the way.
        if inside.workspace.anchor().state().keeps(lane) || !covered(&mut inside.open.vault, &handed, lane, id)? {
            continue;
        }
        handed.items.remove(&item.id);
        changes.push(Change::Delete { lane, id });
        lanes.entry(lane).or_default().push(item);
    }
    spend(inside.open, token, inside.now)?;
    let count = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    if changes.is_empty() {
        return Ok(0);
    }
    handed.settled = handed.settled.saturating_add(count.into());
    changes.push(shelf::put(system, record, &handed)?);
    let acts: Vec<Act> = lanes.iter().map(|(lane, items)| act(Code::DraftDiscarded, *lane, system, items)).collect();
    inside.open.vault.commit(inside.workspace.anchor_mut(), inside.now, &changes, &acts)?;
    Ok(count)
}

/// The change that remembers that one item went by hand-over; refuses one that did not leave as it stands.
pub(super) fn settle(vault: &mut Vault, row: &Row, body: &[u8]) -> Result<Change> {
    const NOT_HANDED: Error = Error::NotAllowed { why: "not handed over as it stands" };
    let (record, mut handed) = latest(vault)?;
    let record = record.filter(|_| handed.covers(row, body)).ok_or(NOT_HANDED)?;
    handed.items.remove(&row.id.text());
    handed.settled = handed.settled.saturating_add(1);
    shelf::put(vault.system_lane(), record, &handed)
}

#[cfg(test)]
impl super::Session {
    /// As [`super::Session::hand_over`], with so much room for pictures.
    pub(crate) fn hand_over_within(
        &self,
        token: &str,
        room: u64,
    ) -> std::result::Result<Vec<u8>, crate::error::CurtainError> {
        self.with_leaving(|inside| hand_over(inside, token, room))
    }
}
