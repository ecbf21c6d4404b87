//! What patients text first: kept word for word, answered once, then shorter, then by phone only.

use super::{Inside, Session, consents, patients, shelf};
use crate::error::{CurtainError, Result};
use crate::journal::{Code, Event};
use crate::message::{Inbound, Reply, ReplyInput, ScriptFacts, read, reply_for};
use crate::note::ChartKind;
use crate::policy::Channel;
use crate::screen::scan;
use crate::vault::{Act, Id};
use crate::words::Lang;

#[uniffi::export]
impl Session {
    /// Records what a patient texted, word for word; says what to reply and what to move to the record.
    pub fn record_inbound(
        &self,
        patient: String,
        channel: Channel,
        address: String,
        text: String,
        lang: Lang,
    ) -> Result<Reply, CurtainError> {
        self.with(|inside| record(inside, &patient, channel, address, text, lang))
    }

    /// What a patient has texted, in order.
    pub fn inbound(&self, patient: String) -> Result<Vec<Inbound>, CurtainError> {
        self.with(|inside| {
            let found = shelf::all::<Inbound>(&mut inside.open.vault, Id::parse(&patient)?)?;
            Ok(found.into_iter().map(|(_, inbound)| inbound).collect())
        })
    }
}

fn record(
    inside: Inside<'_>,
    patient: &str,
    channel: Channel,
    address: String,
    text: String,
    lang: Lang,
) -> Result<Reply> {
    let patient = patients::one(&mut inside.open.vault, patient)?;
    let (lane, id) = (Id::parse(&patient.id)?, Id::make()?);
    let earlier = shelf::heads::<Inbound>(&mut inside.open.vault, lane)?.len();
    let inbound = Inbound {
        patient: Some(patient.id.clone()),
        channel,
        address,
        text,
        received_ms: inside.now.wall_ms,
        count: u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1),
        charted_ms: None,
    };
    inbound.check()?;
    let findings = scan(&inbound.text, inside.pack.profile(), inside.open.names()?)?;
    let spanish = patient.language.as_deref().is_some_and(|tag| tag.starts_with("es"));
    let reply = reply_for(&ReplyInput {
        inbound: &inbound,
        reading: read(&inbound.text, &findings),
        pack: inside.pack,
        patient_lang: if spanish { Lang::Es } else { Lang::En },
        lang,
        facts: ScriptFacts {
            profile: inside.pack.profile(),
            patient: patient.first_name(),
            clinician: Some(inside.clinician),
            channel: Some(channel),
        },
    });
    let text = &reply.chart_text;
    let chart = consents::pending_chart(&patient.id, id, ChartKind::Inbound, text, lang, inside.now.wall_ms)?;
    let event = Event::counted(Code::InboundRecorded, vec![("count", u64::from(inbound.count))]);
    let changes = [shelf::put(lane, id, &inbound)?, chart];
    inside.open.commit(inside.workspace, inside.now, &changes, Act { event, lane: Some(lane) })?;
    // What she wrote, STOP among it, must not vanish with an older database.
    inside.open.vault.ratchet(inside.workspace.anchor_mut(), inside.now)?;
    Ok(reply)
}
