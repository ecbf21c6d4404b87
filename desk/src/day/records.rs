//! Steps about what is kept: patients, rosters, consents, what patients text, notes and the chart.

use super::expect::Seen;
use super::play::{Day, Done, Halt, variant};
use super::script::{Contact, Person, RosterPart};
use super::step::{ConsentPart, ContactPart, EditChart, FileChart, InboundPart, NotePart, Of, Reach, Titled, Withdraw};
use curtain_core::consent::ConsentStanding;
use curtain_core::patient::{ContactOwner, ContactPoint, LawfulBasis, Patient, PatientIdentifier, PersonName, Purpose};
use curtain_core::roster::{Roster, RosterMember};
use curtain_core::session::{ConsentEntry, ConsentForm};

impl Day<'_, '_> {
    pub(super) fn save_person(&mut self, person: &Person) -> Done {
        let words = person.name.rsplit_once(' ');
        let (given, family) = words.unwrap_or(("", person.name.as_str()));
        let contacts = person.contacts.iter().map(|contact| self.contact_point(contact)).collect();
        let mrn = person.mrn.iter().map(|value| PatientIdentifier { system: "MRN".to_owned(), value: value.clone() });
        let patient = Patient {
            id: self.place().people.get(&person.key).cloned().unwrap_or_default(),
            names: vec![PersonName {
                given: given.split_whitespace().map(str::to_owned).collect(),
                family: family.to_owned(),
            }],
            date_of_birth: person.born.clone(),
            identifiers: mrn.collect(),
            contacts,
            language: person.language.clone(),
            interpreter: person.interpreter,
            safeguarding: person.safeguarding,
            deceased: person.deceased,
            purpose: Purpose::Treatment,
            basis: LawfulBasis::TreatmentOperations,
            created_ms: 0,
            updated_ms: 0,
        };
        self.needle(&person.name);
        person.mrn.iter().chain(&person.born).for_each(|text| self.needle(text));
        let id = self.session()?.save_patient(patient)?;
        self.place_mut().people.insert(person.key.clone(), id);
        Ok(())
    }

    fn contact_point(&mut self, contact: &Contact) -> ContactPoint {
        self.needle(&contact.value);
        ContactPoint {
            value: contact.value.clone(),
            kind: contact.kind(),
            owner: contact.owner.clone().map_or(ContactOwner::Patient, |who| ContactOwner::Other { who }),
            shared_with: contact.shared_with.clone(),
            safe_to_leave_message: contact.safe_to_leave_message,
            verified_ms: Some(self.clock.wall_ms()),
            old: false,
        }
    }

    pub(super) fn contact(&mut self, part: &ContactPart) -> Done {
        let session = self.session()?;
        let mut patient = session.patient(self.patient(&part.patient)?)?;
        if let Some(replaced) = &part.replaces {
            let old = patient.contacts.iter_mut().find(|contact| contact.value == *replaced);
            old.ok_or_else(|| Halt::Script(format!("patient {:?} has no such number", part.patient)))?.old = true;
        }
        patient.contacts.retain(|contact| contact.value != part.is.value);
        patient.contacts.insert(0, self.contact_point(&part.is));
        session.save_patient(patient)?;
        Ok(())
    }

    pub(super) fn save_roster(&mut self, part: &RosterPart) -> Done {
        let now_ms = self.clock.wall_ms();
        let members = part.members.iter().map(|member| RosterMember {
            name: member.name.clone(),
            role: member.role.clone(),
            until_ms: member.ends_in.map(|span| now_ms.saturating_add(span.0)),
        });
        let id = self.session()?.save_roster(Roster {
            id: self.place().rosters.get(&part.key).cloned().unwrap_or_default(),
            name: part.name.clone(),
            members: members.collect(),
            confirmed_ms: now_ms,
        })?;
        self.place_mut().rosters.insert(part.key.clone(), id);
        Ok(())
    }

    pub(super) fn similar(&mut self, of: &Of, seen: &mut Seen) -> Done {
        let patient = of.patient.as_deref().ok_or_else(|| Halt::Script("similar needs a patient".to_owned()))?;
        let ids = self.session()?.similar_patients(self.patient(patient)?)?;
        let people = &self.place().people;
        let keys = ids.iter().filter_map(|id| people.iter().find(|(_, known)| *known == id));
        seen.note("similar", keys.map(|(key, _)| key.clone()).collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn record_consent(&mut self, part: &ConsentPart) -> Done {
        let session = self.session()?;
        session.record_consent(ConsentForm {
            patient: self.patient(&part.patient)?,
            channel: part.channel,
            address: self.reached(&part.patient, part.channel, part.address.as_deref())?,
            allowed: part.allowed,
            lang: part.lang,
            alternatives: part.alternatives.clone(),
            basis: part.basis,
            how: part.how,
            witness: part.witness.clone(),
            interpreter: part.interpreter.clone(),
        })?;
        let wording = session.consent_wording(part.lang)?;
        self.stage.fact(&format!("Read aloud (version {}): \"{}\"", wording.version, wording.text));
        Ok(())
    }

    pub(super) fn withdraw(&mut self, part: &Withdraw) -> Done {
        let address = self.reached(&part.patient, part.channel, part.address.as_deref())?;
        part.words.iter().for_each(|words| self.needle(words));
        let patient = self.patient(&part.patient)?;
        self.session()?.withdraw_consent(patient, part.channel, address, part.how, part.words.clone())?;
        Ok(())
    }

    pub(super) fn consent_standing(&mut self, reach: &Reach, seen: &mut Seen) -> Done {
        let address = self.reached(&reach.patient, reach.channel, reach.address.as_deref())?;
        let standing = self.session()?.consent_standing(self.patient(&reach.patient)?, reach.channel, address)?;
        self.stage.fact(&format!("It stands: {}", variant(&standing).replace('_', " ")));
        seen.note("standing", variant(&standing));
        if let ConsentStanding::InForce { allowed, .. } = standing {
            seen.note("counts", vec![variant(&allowed)]);
        }
        Ok(())
    }

    pub(super) fn consents(&mut self, of: &Of, seen: &mut Seen) -> Done {
        let patient = of.patient.as_deref().ok_or_else(|| Halt::Script("consents needs a patient".to_owned()))?;
        let entries = self.session()?.consents(self.patient(patient)?)?;
        let day = |ms: i64| {
            let at = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok();
            at.map_or(String::new(), |at| at.date().to_string())
        };
        let texts: Vec<String> = entries
            .iter()
            .map(|entry| match entry {
                ConsentEntry::Given { terms } => format!(
                    "{} {} {}, owner {}, warning {} version {} sha256 {} in {}, offered {}, {} {}, recorded by {}, \
                     from {}, review by {}",
                    terms.channel.name(),
                    terms.address,
                    variant(&terms.allowed),
                    match &terms.owner {
                        ContactOwner::Patient => "patient",
                        ContactOwner::Other { who } => who,
                    },
                    terms.wording.id,
                    terms.wording.version,
                    terms.wording.sha256,
                    terms.wording.language,
                    terms.alternatives.iter().map(|channel| channel.name()).collect::<Vec<_>>().join(" "),
                    variant(&terms.basis),
                    variant(&terms.how),
                    terms.recorded_by,
                    day(terms.start_ms),
                    day(terms.review_by_ms),
                ),
                ConsentEntry::Withdrawn { withdrawal } => format!(
                    "{} {} withdrawn {} {}, recorded by {}",
                    withdrawal.channel.name(),
                    withdrawal.address,
                    day(withdrawal.at_ms),
                    variant(&withdrawal.how),
                    withdrawal.recorded_by,
                ),
            })
            .collect();
        texts.iter().for_each(|text| self.stage.fact(text));
        seen.note("consents", texts);
        Ok(())
    }

    pub(super) fn inbound(&mut self, part: &InboundPart, seen: &mut Seen) -> Done {
        let address = self.reached(&part.patient, part.channel, part.address.as_deref())?;
        self.needle(&part.text);
        let (session, patient) = (self.session()?, self.patient(&part.patient)?);
        let reply = session.record_inbound(patient.clone(), part.channel, address, part.text.clone(), part.lang)?;
        self.stage.fact(&format!("They write: {}", part.text));
        reply.advice.iter().for_each(|line| self.stage.fact(&format!("To the clinician: {line}")));
        reply.text.iter().for_each(|text| self.stage.fact(&format!("Reply: {text}")));
        seen.note("contact", variant(&reply.contact));
        seen.note("advice", reply.advice);
        seen.note("reply", reply.text.into_iter().collect::<Vec<_>>());
        seen.note("found", session.inbound(patient)?.into_iter().map(|inbound| inbound.text).collect::<Vec<_>>());
        self.note_chart(vec![reply.chart_text], seen);
        Ok(())
    }

    pub(super) fn note(&mut self, part: &NotePart) -> Done {
        self.needle(&part.text);
        self.needle(&part.title);
        let patient = self.patient(&part.patient)?;
        self.session()?.save_note(None, patient, part.title.clone(), part.text.clone())?;
        Ok(())
    }

    pub(super) fn chart_note(&mut self, part: &Titled) -> Done {
        let session = self.session()?;
        let notes = session.notes(self.patient(&part.patient)?)?;
        let note = notes.into_iter().find(|note| note.title == part.title);
        let note = note.ok_or_else(|| Halt::Script(format!("patient {:?} has no such note", part.patient)))?;
        session.chart_note(note.id)?;
        Ok(())
    }

    pub(super) fn chart(&mut self, patient: Option<&str>, seen: &mut Seen) -> Done {
        let patient = patient.map(|key| self.patient(key)).transpose()?;
        let mut items = self.session()?.chart_items()?;
        items.retain(|item| patient.as_ref().is_none_or(|patient| item.patient == *patient));
        seen.note("pending", items.iter().filter(|item| item.filed_ms.is_none()).count());
        self.note_chart(items.into_iter().map(|item| item.text).collect(), seen);
        Ok(())
    }

    pub(super) fn edit_chart(&mut self, part: &EditChart) -> Done {
        let session = self.session()?;
        self.needle(&part.text);
        let item = session.chart_items()?.into_iter().find(|item| item.text.contains(&part.holding));
        let item = item.ok_or_else(|| Halt::Script("no chart text holds these words".to_owned()))?;
        session.edit_chart(item.id, part.text.clone())?;
        Ok(())
    }

    pub(super) fn file_chart(&mut self, part: &FileChart, seen: &mut Seen) -> Done {
        let session = self.session()?;
        for item in session.chart_items()? {
            if item.filed_ms.is_none() && item.text.contains(&part.holding) {
                session.file_chart(item.id)?;
            }
        }
        let left = session.chart_items()?.into_iter().filter(|item| item.filed_ms.is_none()).count();
        seen.note("pending", left);
        Ok(())
    }
}
