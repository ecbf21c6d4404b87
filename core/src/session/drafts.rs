//! From keystroke to hand-off: drafts that survive a lock, the live assessment, and what happened afterwards.

use super::enrolled::{Pending, Unlocked, write_pending};
use super::{Inside, Session, chart, consents, holds, numbers, patients, shelf};
use crate::chart::text::{ChartLanguage, ChartParts, assemble};
use crate::crypto::make_bytes;
use crate::error::{CurtainError, Error, Result};
use crate::journal::{Code, Event};
use crate::message::{
    AssessInput, Assessment, CallOutcome, Draft, LiveScreen, Message, Outcome, assess_live, assess_traced, last_four,
    link, scripts,
};
use crate::message::{Script, ScriptFacts};
use crate::note::{ChartKind, ChartNote};
use crate::patient::Patient;
use crate::policy::{AttachmentKind, Audience, Channel, Verdict};
use crate::vault::{Act, Change, Id, Vault};
use crate::words::Lang;
use std::collections::BTreeMap;

/// A draft with its id.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SavedDraft {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The draft.
    pub draft: Draft,
}

/// A message with its id.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SavedMessage {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The message.
    pub message: Message,
}

/// What is to be assessed.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AssessRequest {
    /// The patient it is about or for.
    pub patient: Option<String>,
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// The exact number or address, once chosen.
    pub address: Option<String>,
    /// The group's roster, for a group.
    pub roster: Option<String>,
    /// What goes with the text.
    pub attachments: Vec<AttachmentKind>,
    /// The language of the reasons.
    pub lang: Lang,
}

/// A text on its way to another app.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandedOff {
    /// The message's id: ask for its outcome on return.
    pub message: String,
    /// What the shell opens.
    pub link: String,
    /// The last four digits of the number, for the check before it opens.
    pub last_four: Option<String>,
    /// What waits for the chart.
    pub chart_text: Option<String>,
    /// Whether a second way of reaching the person must be tried too.
    pub second_route: bool,
}

#[uniffi::export]
impl Session {
    /// Starts a draft; gives its id.
    pub fn new_draft(
        &self,
        patient: Option<String>,
        channel: Channel,
        audience: Audience,
    ) -> Result<String, CurtainError> {
        self.with(|inside| start(inside, patient, channel, audience))
    }

    /// What stands in the composer now. Kept in memory until `tick`, `lock` or the next draft writes it.
    pub fn type_draft(&self, id: String, text: String, cursor: u32) -> Result<(), CurtainError> {
        self.with(|inside| type_text(inside, &id, text, cursor))
    }

    /// Turns a draft to another channel.
    pub fn turn_draft(&self, id: String, channel: Channel) -> Result<(), CurtainError> {
        self.with(|inside| turn(inside, &id, channel))
    }

    /// Every draft, latest first, with what was typed last.
    pub fn drafts(&self) -> Result<Vec<SavedDraft>, CurtainError> {
        self.with(|inside| list(inside.open))
    }

    /// Throws a draft away. Not when it must be reasoned: then use `discard`.
    pub fn discard_draft(&self, id: String) -> Result<(), CurtainError> {
        self.with(|inside| discard(inside, &id))
    }

    /// What Curtain says of a text: verdict, reasons, spans, what to send instead. Fast enough for each keystroke.
    pub fn assess(&self, text: String, request: AssessRequest) -> Result<Assessment, CurtainError> {
        self.with(|mut inside| judged(&mut inside, &text, &request, assess_live))
    }

    /// The trace of what Curtain says of a text, canonical JSON without a word of it: `curtain verify trace` decides
    /// again from it. A hand-off keeps its own; this one is for a text that was stopped. Patient data.
    pub fn trace(&self, text: String, request: AssessRequest) -> Result<String, CurtainError> {
        self.with(|mut inside| Ok(judged(&mut inside, &text, &request, |input, _| assess_traced(input))?.1))
    }

    /// Hands a draft to another app. Only a text whose verdict allows it goes; there is no "send anyway". Where [`Session::number_check`]
    /// asks for more than a tap, [`Session::confirm_number`] comes first, once for each text.
    pub fn hand_off(&self, draft: String, request: AssessRequest) -> Result<HandedOff, CurtainError> {
        self.with(|inside| hand_off(inside, &draft, &request))
    }

    /// What the clinician says on return. It may be corrected later.
    pub fn record_outcome(&self, message: String, outcome: Outcome) -> Result<(), CurtainError> {
        self.with_leaving(|inside| answer(inside, &message, outcome))
    }

    /// What became of the call that an urgent message asks for; until then it stays on the checklist. It may be corrected
    /// later, and goes into the chart text that waits.
    pub fn record_call(&self, message: String, outcome: CallOutcome) -> Result<(), CurtainError> {
        self.with_leaving(|inside| called(inside, &message, outcome))
    }

    /// Every message that was handed off about a patient, in order.
    pub fn messages(&self, patient: String) -> Result<Vec<SavedMessage>, CurtainError> {
        self.with(|inside| messages(&mut inside.open.vault, &patient))
    }

    /// The scripts for hard moments, filled with the clinic's facts.
    pub fn scripts(&self, patient: Option<String>, lang: Lang) -> Result<Vec<Script>, CurtainError> {
        self.with(|inside| filled_scripts(inside, patient.as_deref(), lang))
    }
}

fn lane(vault: &Vault, patient: Option<&str>) -> Result<Id> {
    patient.map_or_else(|| Ok(vault.system_lane()), Id::parse)
}

fn start(inside: Inside<'_>, patient: Option<String>, channel: Channel, audience: Audience) -> Result<String> {
    if let Some(patient) = &patient {
        patients::one(&mut inside.open.vault, patient)?;
    }
    let (lane, id) = (lane(&inside.open.vault, patient.as_deref())?, Id::make()?);
    let draft = Draft { patient, channel, audience, text: String::new(), cursor: 0, updated_ms: inside.now.wall_ms };
    draft.check()?;
    write_pending(inside.open, inside.workspace, inside.now)?;
    inside.open.vault.commit(inside.workspace.anchor_mut(), inside.now, &[shelf::put(lane, id, &draft)?], &[])?;
    Ok(id.text())
}

/// The draft as typed, wherever it is.
fn find(open: &mut Unlocked, id: Id) -> Result<(Id, Draft)> {
    if let Some(pending) = open.pending.as_ref().filter(|pending| pending.id == id) {
        return Ok((pending.lane, pending.draft.clone()));
    }
    let lane = shelf::lane_of(&mut open.vault, id, "draft")?;
    Ok((lane, shelf::get(&mut open.vault, lane, id, "draft")?))
}

fn type_text(inside: Inside<'_>, id: &str, text: String, cursor: u32) -> Result<()> {
    let id = Id::parse(id)?;
    if inside.open.pending.as_ref().is_some_and(|pending| pending.id != id) {
        write_pending(inside.open, inside.workspace, inside.now)?;
    }
    let (lane, mut draft) = find(inside.open, id)?;
    draft.text = text;
    draft.cursor = cursor;
    draft.updated_ms = inside.now.wall_ms;
    draft.check()?;
    inside.open.pending = Some(Pending { id, lane, draft, typed: inside.now.clone() });
    Ok(())
}

fn turn(inside: Inside<'_>, id: &str, channel: Channel) -> Result<()> {
    let (lane, mut draft) = find(inside.open, Id::parse(id)?)?;
    draft.channel = channel;
    inside.open.pending = Some(Pending { id: Id::parse(id)?, lane, draft, typed: inside.now.clone() });
    write_pending(inside.open, inside.workspace, inside.now)
}

fn list(open: &mut Unlocked) -> Result<Vec<SavedDraft>> {
    let mut found: BTreeMap<Id, Draft> = BTreeMap::new();
    for lane in open.vault.lanes() {
        match shelf::all::<Draft>(&mut open.vault, lane) {
            Ok(drafts) => found.extend(drafts),
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(pending) = &open.pending {
        found.insert(pending.id, pending.draft.clone());
    }
    let mut drafts: Vec<_> = found.into_iter().map(|(id, draft)| SavedDraft { id: id.text(), draft }).collect();
    drafts.sort_by_key(|saved| std::cmp::Reverse(saved.draft.updated_ms));
    Ok(drafts)
}

fn discard(inside: Inside<'_>, id: &str) -> Result<()> {
    let id = Id::parse(id)?;
    let (lane, _) = find(inside.open, id)?;
    holds::refuse_held(inside.workspace, lane)?;
    let act = Act { event: Code::DraftDiscarded.into(), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &[Change::Delete { lane, id }], act)?;
    inside.open.pending = inside.open.pending.take().filter(|pending| pending.id != id);
    inside.open.screener.clear();
    Ok(())
}

/// The minute of the day, 0 to 1439, that many minutes ahead of UTC.
fn minute_of_day(wall_ms: i64, utc_offset: i32) -> u32 {
    let minutes = wall_ms.div_euclid(60_000).saturating_add(i64::from(utc_offset));
    u32::try_from(minutes.rem_euclid(1_440)).unwrap_or(0)
}

fn judged<T>(
    inside: &mut Inside<'_>,
    text: &str,
    request: &AssessRequest,
    judge: impl FnOnce(&AssessInput<'_>, &mut LiveScreen) -> Result<T>,
) -> Result<T> {
    let (pack, clinician, now_ms) = (inside.pack, inside.clinician, inside.now.wall_ms);
    let open = &mut *inside.open;
    let known = open.known(request)?;
    let (consent, others) = known.consents(request, pack, now_ms);
    let salt = make_bytes()?;
    let local_minute = open.utc_offset.map(|offset| minute_of_day(now_ms, offset));
    let (names, screener) = open.screening()?;
    let input = AssessInput {
        text,
        profile: pack.profile(),
        names,
        channel: request.channel,
        audience: request.audience,
        consent,
        other_consents: &others,
        roster: known.roster(now_ms),
        number: known.number(request.address.as_deref()),
        attachments: &request.attachments,
        history: known.sent_before(request, pack, text, now_ms),
        pack,
        lang: request.lang,
        now_ms,
        local_minute,
        salt,
        patient_first_name: known.patient().and_then(Patient::first_name),
        clinician: Some(clinician),
    };
    let said = judge(&input, screener);
    open.known = Some(known);
    said
}

fn hand_off(mut inside: Inside<'_>, id: &str, request: &AssessRequest) -> Result<HandedOff> {
    let id = Id::parse(id)?;
    let (lane, draft) = find(inside.open, id)?;
    if draft.patient != request.patient {
        return Err(Error::invalid("patient", "not the draft's"));
    }
    let (assessment, trace) = judged(&mut inside, &draft.text, request, |input, _| assess_traced(input))?;
    let Inside { open, workspace, pack, now, .. } = inside;
    if assessment.verdict.stopped() {
        return Err(Error::NotAllowed { why: "verdict" });
    }
    let address = match request.channel {
        Channel::Portal | Channel::Telehealth | Channel::SecureMessaging => pack.clinic.portal_url.clone(),
        _ => request.address.clone().ok_or(Error::invalid("address", "none chosen"))?,
    };
    let link = link(request.channel, &address, &draft.text)?;
    let texted = matches!(request.channel, Channel::Sms | Channel::Whatsapp | Channel::Imessage);
    if let (Some(patient), Audience::Patient, true) = (&draft.patient, request.audience, texted)
        && numbers::unconfirmed(open, pack, now.wall_ms, patient, &address)?
    {
        return Err(Error::NotAllowed { why: "confirm the number" });
    }
    let message = Message {
        patient: draft.patient.clone(),
        channel: request.channel,
        audience: request.audience,
        address: address.clone(),
        text: draft.text.clone(),
        trace,
        outcome: Outcome::Unknown,
        handed_ms: now.wall_ms,
        answered_ms: None,
        second_route: assessment.second_route,
        call: None,
        charted_ms: None,
        lang: request.lang,
    };
    message.check()?;
    // The draft becomes the message: same id, so that nothing can be handed off twice from one draft.
    let mut changes = vec![shelf::put(lane, id, &message)?];
    if let (Some(text), Some(patient)) = (&assessment.chart_text, &draft.patient) {
        let text = chart_text(text, &draft.text, request, now.wall_ms, open.utc_offset.unwrap_or(0))?;
        changes.push(consents::pending_chart(patient, id, ChartKind::Communication, &text, request.lang, now.wall_ms)?);
    }
    let mut counts = vec![("findings", assessment.findings.len() as u64)];
    counts.push(("documented", u64::from(assessment.verdict == Verdict::AllowAndDocument)));
    let act = Act { event: Event::counted(Code::HandedOff, counts), lane: Some(lane) };
    open.commit(workspace, now, &changes, act)?;
    open.confirmed = None;
    // Only now: a commit that fails keeps what was typed.
    open.pending = open.pending.take().filter(|pending| pending.id != id);
    open.screener.clear();
    // The hand-off stands: a keystore that does not answer now must not keep the link from the clinician.
    open.vault.ratchet(workspace.anchor_mut(), now)?;
    Ok(HandedOff {
        message: id.text(),
        link,
        last_four: last_four(&address),
        chart_text: assessment.chart_text,
        second_route: assessment.second_route,
    })
}

/// Date, the exact text, and the sentence that says what was done; the sentence alone where all would be too long.
fn chart_text(
    sentence: &str,
    text: &str,
    request: &AssessRequest,
    at_ms: i64,
    utc_offset_minutes: i32,
) -> Result<String> {
    let parts = ChartParts {
        at_ms,
        utc_offset_minutes,
        offered: &[],
        warning: None,
        preference: None,
        text: Some((text, request.channel)),
        outcome: None,
        decision: None,
    };
    let language = if request.lang == Lang::Es { ChartLanguage::Spanish } else { ChartLanguage::English };
    let whole = format!("{} {sentence}", assemble(&parts, language)?);
    Ok(if whole.chars().count() <= chart::MAX_CHART { whole } else { sentence.to_owned() })
}

fn answer(inside: Inside<'_>, id: &str, outcome: Outcome) -> Result<()> {
    let id = Id::parse(id)?;
    let lane = shelf::lane_of(&mut inside.open.vault, id, "message")?;
    let mut message: Message = shelf::get(&mut inside.open.vault, lane, id, "message")?;
    message.answer(outcome, inside.now.wall_ms);
    let mut changes = vec![shelf::put(lane, id, &message)?];
    // The chart text that still waits says what became of it.
    for (note_id, mut note) in shelf::heads::<ChartNote>(&mut inside.open.vault, lane)? {
        if note.source == id.text() && note.filed_ms.is_none() {
            note.text = chart::with_outcome(&note.text, message.lang, message.channel, outcome);
            changes.push(shelf::put(lane, note_id, &note)?);
        }
    }
    let act = Act { event: Event::counted(Code::OutcomeRecorded, vec![("outcome", outcome as u64)]), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &changes, act)
}

fn called(inside: Inside<'_>, id: &str, outcome: CallOutcome) -> Result<()> {
    let id = Id::parse(id)?;
    let lane = shelf::lane_of(&mut inside.open.vault, id, "message")?;
    let mut message: Message = shelf::get(&mut inside.open.vault, lane, id, "message")?;
    message.call = Some(outcome);
    let mut changes = vec![shelf::put(lane, id, &message)?];
    for (note_id, mut note) in shelf::heads::<ChartNote>(&mut inside.open.vault, lane)? {
        if note.source == id.text() && note.filed_ms.is_none() {
            note.text = chart::with_call(&note.text, message.lang, outcome);
            changes.push(shelf::put(lane, note_id, &note)?);
        }
    }
    let act = Act { event: Event::counted(Code::OutcomeRecorded, vec![("call", outcome as u64)]), lane: Some(lane) };
    inside.open.commit(inside.workspace, inside.now, &changes, act)
}

fn messages(vault: &mut Vault, patient: &str) -> Result<Vec<SavedMessage>> {
    let found = shelf::all::<Message>(vault, Id::parse(patient)?)?;
    Ok(found.into_iter().map(|(id, message)| SavedMessage { id: id.text(), message }).collect())
}

fn filled_scripts(inside: Inside<'_>, patient: Option<&str>, lang: Lang) -> Result<Vec<Script>> {
    let patient = patient.map(|id| patients::one(&mut inside.open.vault, id)).transpose()?;
    let facts = ScriptFacts {
        profile: inside.pack.profile(),
        patient: patient.as_ref().and_then(Patient::first_name),
        clinician: Some(inside.clinician),
        channel: None,
    };
    Ok(scripts(inside.pack, lang, &facts))
}
