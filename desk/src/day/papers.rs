//! Steps about signed documents, what leaves the phone, and leaving.

use super::expect::Seen;
use super::play::{Day, Done, Halt, variant};
use super::script::PolicyPart;
use super::step::{Discard, Of, OfHolds, OrderPart, Ordered};
use crate::error::Error;
use crate::issuer::{Enrolling, Institution, LeaseTerms};
use crate::verify;
use crate::ward::pack_text;
use curtain_core::crypto::json::Digest;
use curtain_core::crypto::jws::Envelope;
use curtain_core::crypto::sha256;
use curtain_core::curtain::Delivery;
use curtain_core::policy::document::{Action, HoldScope, Holds, Scope, patient_named};
use serde_json::Value;

/// Where the numbers of a table in a pack go, in the ways of RFC 7396: tables are merged, everything else is replaced.
fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, change) => *into = change.clone(),
    }
}

/// The types of a Bundle's resources.
pub(super) fn resources(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().map_or(&[][..], Vec::as_slice);
    let types = entries.iter().filter_map(|entry| entry["resource"]["resourceType"].as_str());
    types.map(str::to_owned).collect()
}

impl Day<'_, '_> {
    /// Changes the policy, signs it as the next version, delivers it.
    pub(super) fn policy(&mut self, part: &PolicyPart, seen: &mut Seen) -> Done {
        let change = serde_json::to_value(&part.change).map_err(|_| Halt::Script("the policy's change".to_owned()))?;
        let now_ms = self.clock.wall_ms();
        let place = self.place_mut();
        let mut pack = place.pack.clone();
        merge(&mut pack, &change);
        if !place.packs.is_empty() {
            pack["version"] = (place.packs.len() + 1).into();
        }
        let text = pack_text(&pack)?;
        let policy = place.ward.hospital.policy(&text, Scope::Institution, now_ms)?;
        place.pack = pack;
        place.packs.push(text.clone());
        place.policy = sha256(Envelope::parse(&policy)?.dangerous_unverified_payload());
        self.keep("policy.json", text.as_bytes())?;
        self.keep("policy.jws", &policy)?;
        self.deliver(&policy, seen)
    }

    pub(super) fn lease(&mut self, terms: LeaseTerms, seen: &mut Seen) -> Done {
        let now_ms = self.clock.wall_ms();
        let ward = &mut self.place_mut().ward;
        let lease = ward.hospital.lease(&ward.enrolment, terms, now_ms)?;
        self.deliver(&lease, seen)
    }

    pub(super) fn deliver(&mut self, document: &[u8], seen: &mut Seen) -> Done {
        let delivery = self.curtain.deliver(document)?;
        seen.note("delivery", variant(&delivery));
        if let Delivery::Refused { reason } = delivery {
            seen.note("refused", variant(&reason));
        }
        self.stage.aside(&format!("Delivered: {}", variant(&delivery)));
        Ok(())
    }

    pub(super) fn deliver_kept(&mut self, name: &str, seen: &mut Seen) -> Done {
        let document = self.documents.get(name).cloned();
        let document = document.ok_or_else(|| Halt::Script(format!("no document {name:?} was kept")))?;
        self.deliver(&document, seen)
    }

    pub(super) fn order(&mut self, part: &OrderPart, seen: &mut Seen) -> Done {
        let now_ms = self.clock.wall_ms();
        let action = match part.action {
            Ordered::Wipe => Action::WipeWorkspace {
                holds: part.holds.map(|holds| match holds {
                    OfHolds::Keep => Holds::Keep,
                    OfHolds::Release => Holds::Release,
                }),
            },
            Ordered::Leave => {
                let until = part.until.ok_or_else(|| Halt::Script("leave needs until".to_owned()))?;
                Action::Leave { until_ms: now_ms.saturating_add(until.0) }
            }
            Ordered::Hold => Action::Hold {
                scope: match &part.patient {
                    Some(patient) => HoldScope::Patient(self.named(patient)?),
                    None => HoldScope::Workspace,
                },
            },
            Ordered::Release => {
                let entry = self.place().ward.entry()?;
                let hold = entry.orders.iter().rev().find(|order| order.action == "hold").map(|order| order.hash);
                Action::Release { hold: hold.ok_or_else(|| Halt::Script("no hold was ordered".to_owned()))? }
            }
            Ordered::WipePatient => {
                let patient = part.patient.as_deref();
                let patient = patient.ok_or_else(|| Halt::Script("wipe_patient needs a patient".to_owned()))?;
                Action::WipePatient { who: self.named(patient)? }
            }
            Ordered::Unlock => Action::Unlock {},
            Ordered::Acknowledge => {
                let receipt = self.curtain.receipt(self.place().ward.workspace.clone())?;
                let receipt = receipt.ok_or_else(|| Halt::Script("there is no receipt".to_owned()))?;
                let read = verify::receipt(&receipt, &self.place().ward.entry()?);
                let read = read.map_err(|fault| Error::failed(format!("the receipt: {fault}")))?;
                Action::Acknowledge { receipt: read.identity.into() }
            }
        };
        let document = if part.by_a_stranger {
            let directory = tempfile::tempdir().map_err(|error| Error::failed(error.to_string()))?;
            let mut stranger = Institution::create(directory.path(), "Elsewhere")?;
            let request = self.curtain.request()?;
            let whom = Enrolling { clinician: "Nobody".to_owned(), groups: Vec::new() };
            let enrolled = stranger.enrol(&request.document, &whom, now_ms)?;
            stranger.order(&enrolled.entry.enrolment, action, &part.reason, None, now_ms)?
        } else {
            let ward = &mut self.place_mut().ward;
            ward.hospital.order(&ward.enrolment, action, &part.reason, None, now_ms)?
        };
        match &part.called {
            Some(name) => {
                self.documents.insert(name.clone(), document);
                Ok(())
            }
            None => self.deliver(&document, seen),
        }
    }

    /// A patient as an order names them: by the digest of their first identifier.
    fn named(&self, key: &str) -> Done<Digest> {
        let patient = self.session()?.patient(self.patient(key)?)?;
        let identifier = patient.identifiers.first();
        let identifier = identifier.ok_or_else(|| Halt::Script(format!("{key:?} has no record number")))?;
        Ok(patient_named(&identifier.system, &identifier.value))
    }

    /// Everything unfinished, sealed to the hospital, opened and checked there.
    pub(super) fn hand_over(&mut self, seen: &mut Seen) -> Done {
        let token = self.fresh()?;
        let sealed = self.session()?.hand_over(token)?;
        self.opened(&sealed, seen)
    }

    /// The hand-over has arrived: what was in it goes.
    pub(super) fn arrived(&mut self, seen: &mut Seen) -> Done {
        let token = self.fresh()?;
        seen.note("settled", self.session()?.discard_handed_over(token)?);
        Ok(())
    }

    pub(super) fn export(&mut self, of: &Of, seen: &mut Seen) -> Done {
        let patient = of.patient.as_deref().ok_or_else(|| Halt::Script("export needs a patient".to_owned()))?;
        let (patient, token) = (self.patient(patient)?, self.fresh()?);
        let sealed = self.session()?.export_patient(patient, token)?;
        self.opened(&sealed, seen)
    }

    fn opened(&mut self, sealed: &[u8], seen: &mut Seen) -> Done {
        let opened = self.place().ward.opened(sealed)?;
        self.keep("export.age", sealed)?;
        self.keep("bundle.fhir.json", opened.bundle.as_bytes())?;
        self.keep("chart.txt", opened.chart.as_bytes())?;
        let bundle: Value =
            serde_json::from_str(&opened.bundle).map_err(|_| Error::failed("the bundle is not JSON"))?;
        let types = resources(&bundle);
        self.stage.fact(&format!("The hospital opens it: {} resources, manifest signed by the phone.", types.len()));
        seen.note("resources", types);
        seen.note("verified", true);
        seen.note("bundle", vec![opened.bundle, opened.chart]);
        Ok(())
    }

    pub(super) fn journal(&mut self, seen: &mut Seen) -> Done {
        let token = self.fresh()?;
        let sealed = self.session()?.export_journal(token)?;
        let journal = self.place().ward.journal(&self.curtain, &sealed)?;
        self.keep("journal.jsonl", &journal.lines)?;
        self.keep("checkpoint.jws", &journal.checkpoint)?;
        self.stage.fact(&format!("{} entries verify from their first key to the checkpoint.", journal.read.size));
        seen.note("verified", journal.read.size == journal.at.size);
        seen.note("events", journal.read.events.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
        seen.note("journal", vec![String::from_utf8_lossy(&journal.lines).into_owned()]);
        Ok(())
    }

    pub(super) fn checklist(&mut self, seen: &mut Seen) -> Done {
        let open = self.session()?.checklist()?.open;
        let kinds: Vec<String> = open.iter().map(|item| variant(&item.kind)).collect();
        self.stage.fact(&format!("{} things to finish: {}", kinds.len(), kinds.join(", ").replace('_', " ")));
        seen.note("open", kinds);
        Ok(())
    }

    pub(super) fn discard(&mut self, part: &Discard) -> Done {
        let session = self.session()?;
        let item = session.checklist()?.open.into_iter().find(|item| variant(&item.kind) == part.kind);
        let item = item.ok_or_else(|| Halt::Script(format!("nothing open is {:?}", part.kind)))?;
        let token = self.fresh()?;
        Ok(session.discard(item.id, part.reason.into(), token)?)
    }

    pub(super) fn shred(&mut self, of: &Of) -> Done {
        let patient = of.patient.as_deref().ok_or_else(|| Halt::Script("shred needs a patient".to_owned()))?;
        let (id, token) = (self.patient(patient)?, self.fresh()?);
        Ok(self.session()?.shred_patient(id, token)?)
    }

    pub(super) fn wipe(&mut self) -> Done {
        let token = self.fresh()?;
        self.session()?.wipe(token)?;
        Ok(())
    }

    /// What compliance does with a receipt: check it with the register alone, and see that a forged one fails.
    pub(super) fn receipt(&mut self, seen: &mut Seen) -> Done {
        let entry = self.place().ward.entry()?;
        if let Some(out) = self.out {
            entry.write(&out.join("register.json"))?;
        }
        let Some(receipt) = self.curtain.receipt(self.place().ward.workspace.clone())? else {
            seen.note("verified", false);
            return Ok(());
        };
        self.keep("receipt.jws", &receipt)?;
        let read = verify::receipt(&receipt, &entry);
        seen.note("verified", read.is_ok());
        let read = read.map_err(|fault| Error::failed(format!("the receipt: {fault}")))?;
        self.stage.fact(&format!(
            "Cause {}, {} keys deleted as the keystore reports ({}), {} files and {} keys left, {} journal entries.",
            read.cause, read.keys_deleted, read.keystore, read.residue.0, read.residue.1, read.journal_size
        ));
        let mut flipped = receipt.clone();
        let middle = flipped.len() / 2;
        if let Some(byte) = flipped.get_mut(middle) {
            *byte ^= 1;
        }
        seen.note("forged", verify::receipt(&flipped, &entry).is_ok());
        seen.note("policy_named", read.policy.is_some_and(|(hash, _)| hash == self.place().policy));
        seen.note("cause", read.cause);
        seen.note("residue", read.residue.0.saturating_add(read.residue.1));
        seen.note(
            "counts",
            read.counts.into_iter().map(|(name, number)| format!("{name} {number}")).collect::<Vec<_>>(),
        );
        Ok(())
    }
}
