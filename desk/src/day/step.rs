//! The steps of a scripted day: each does one thing, through the calls that a shell has.

use super::expect::Expect;
use super::photos::{CoverPart, PhotoPart, PurposePart};
use super::script::{Contact, LeasePart, Person, PolicyPart, RosterPart, Span};
use curtain_core::consent::{Allowed, ConsentBasis, HowGiven};
use curtain_core::message::{CallOutcome, Outcome};
use curtain_core::policy::{AttachmentKind, Audience, Channel};
use curtain_core::session::DiscardReason;
use curtain_core::words::Lang;
use serde::Deserialize;

/// One step: what is done, and what it must show.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Raw")]
pub(super) struct Step {
    /// What a reader is told, if the script says it.
    pub(super) says: Option<String>,
    pub(super) act: Act,
    pub(super) expect: Expect,
}

/// Declares the actions once: the members of a step's table, and the enum of which it has exactly one.
macro_rules! actions {
    ($($name:ident $variant:ident($type:ty),)+) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            says: Option<String>,
            #[serde(default)]
            expect: Expect,
            $($name: Option<$type>,)+
        }

        /// What a step does.
        #[derive(Debug)]
        pub(super) enum Act {
            $($variant($type),)+
        }

        /// The names of all actions, as a step spells them.
        #[cfg(test)]
        pub(super) const ACTIONS: &[&str] = &[$(stringify!($name)),+];

        impl Act {
            /// As a step spells it.
            pub(super) const fn name(&self) -> &'static str {
                match self {
                    $(Act::$variant(_) => stringify!($name),)+
                }
            }
        }

        impl TryFrom<Raw> for Step {
            type Error = &'static str;

            fn try_from(raw: Raw) -> Result<Step, &'static str> {
                let mut acts = Vec::new();
                $(acts.extend(raw.$name.map(Act::$variant));)+
                match (acts.pop(), acts.pop()) {
                    (Some(act), None) => Ok(Step { says: raw.says, act, expect: raw.expect }),
                    (Some(_), Some(_)) => Err("a step does one thing, this one has two"),
                    (None, _) => Err("a step without an action"),
                }
            }
        }
    };
}

actions! {
    arrived Arrived(Nothing),
    assess Assess(Compose),
    background Background(Nothing),
    chart Chart(Of),
    chart_note ChartNote(Titled),
    called Called(CalledPart),
    checklist Checklist(Nothing),
    choose Choose(Choose),
    consent Consent(ConsentPart),
    consents Consents(Of),
    contact Contact(ContactPart),
    cover Cover(CoverPart),
    deliver Deliver(Named),
    discard Discard(Discard),
    discard_draft DiscardDraft(OfDraft),
    drafts Drafts(Nothing),
    edit_chart EditChart(EditChart),
    enrol Enrol(Enrol),
    export Export(Of),
    export_photo ExportPhoto(PurposePart),
    file_chart FileChart(FileChart),
    find_plaintext FindPlaintext(Nothing),
    hand_off HandOff(HandOffPart),
    hand_over HandOver(Nothing),
    inbound Inbound(InboundPart),
    journal Journal(Nothing),
    keep_files KeepFiles(Named),
    kill Kill(Nothing),
    lease Lease(LeasePart),
    lock Lock(Nothing),
    messages Messages(Of),
    note Note(NotePart),
    order Order(OrderPart),
    outcome Outcome(OutcomePart),
    patient Patient(Person),
    photo Photo(PhotoPart),
    photo_consent PhotoConsent(PurposePart),
    photo_withdraw PhotoWithdraw(PurposePart),
    photos Photos(Of),
    policy Policy(PolicyPart),
    receipt Receipt(Nothing),
    replay Replay(Named),
    restart Restart(Nothing),
    restore_files RestoreFiles(Named),
    roster Roster(RosterPart),
    scripts Scripts(ScriptsPart),
    search Search(SearchPart),
    shred Shred(Of),
    similar Similar(Of),
    standing Standing(Reach),
    state State(Nothing),
    trace Trace(Compose),
    turn TurnDraft(TurnDraft),
    turn_clock TurnClock(Span),
    turn_to TurnTo(Named),

    unlock Unlock(Unlock),
    wait Wait(Span),
    wipe Wipe(Nothing),
    withdraw Withdraw(Withdraw),
    write Write(Compose),
}

/// Nothing to say: `{}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A text, to whom, over which channel. A draft that is there keeps its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compose {
    pub(super) text: Option<String>,
    pub(super) draft: Option<String>,
    pub(super) patient: Option<String>,
    pub(super) channel: Option<Channel>,
    pub(super) audience: Option<Audience>,
    /// The patient's first number or address in use, if not said.
    pub(super) address: Option<String>,
    pub(super) roster: Option<String>,
    #[serde(default)]
    pub(super) attachments: Vec<AttachmentKind>,
    #[serde(default)]
    pub(super) lang: Lang,
    /// What a trace is called afterwards.
    #[serde(rename = "as")]
    pub(super) called: Option<String>,
}

/// Something by its name in the script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
}

/// About a patient, or about all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    pub(super) patient: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfDraft {
    pub(super) draft: String,
}

/// A draft goes out; the digits that the clinician picks, if not the right ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandOffPart {
    pub(super) draft: String,
    pub(super) digits: Option<String>,
}

/// An offered text is taken into the draft.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choose {
    pub(super) draft: String,
    /// Which one, from 1.
    pub(super) offer: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TurnDraft {
    pub(super) draft: String,
    pub(super) channel: Channel,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutcomePart {
    pub(super) draft: String,
    pub(super) was: Outcome,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalledPart {
    pub(super) draft: String,
    pub(super) was: CallOutcome,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentPart {
    pub(super) patient: String,
    #[serde(default = "sms")]
    pub(super) channel: Channel,
    pub(super) address: Option<String>,
    pub(super) allowed: Allowed,
    #[serde(default)]
    pub(super) lang: Lang,
    #[serde(default)]
    pub(super) alternatives: Vec<Channel>,
    pub(super) basis: ConsentBasis,
    pub(super) how: HowGiven,
    pub(super) witness: Option<String>,
    pub(super) interpreter: Option<String>,
}

fn sms() -> Channel {
    Channel::Sms
}

/// A patient's number or address for a channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reach {
    pub(super) patient: String,
    #[serde(default = "sms")]
    pub(super) channel: Channel,
    pub(super) address: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdraw {
    pub(super) patient: String,
    #[serde(default = "sms")]
    pub(super) channel: Channel,
    pub(super) address: Option<String>,
    pub(super) how: HowGiven,
    pub(super) words: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InboundPart {
    pub(super) patient: String,
    #[serde(default = "sms")]
    pub(super) channel: Channel,
    pub(super) address: Option<String>,
    pub(super) text: String,
    #[serde(default)]
    pub(super) lang: Lang,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotePart {
    pub(super) patient: String,
    pub(super) title: String,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Titled {
    pub(super) patient: String,
    pub(super) title: String,
}

/// The waiting chart text that holds some words gets other ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditChart {
    pub(super) holding: String,
    pub(super) text: String,
}

/// The waiting chart texts that hold some words are filed; all, if not said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileChart {
    #[serde(default)]
    pub(super) holding: String,
}

/// A number or address is added in front, in place of another where it says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactPart {
    pub(super) patient: String,
    pub(super) is: Contact,
    pub(super) replaces: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unlock {
    pub(super) passcode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrol {
    pub(super) institution: String,
    pub(super) clinician: String,
    pub(super) passcode: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ordered {
    Wipe,
    Unlock,
    /// Of the receipt that the phone shows.
    Acknowledge,
    /// Of a patient, or of the whole phone.
    Hold,
    /// Of the latest hold.
    Release,
    WipePatient,
    Leave,
}

/// What a wipe says of an active hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OfHolds {
    Keep,
    Release,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderPart {
    pub(super) action: Ordered,
    #[serde(default)]
    pub(super) reason: String,
    /// Whom a hold or an erasure is about.
    pub(super) patient: Option<String>,
    pub(super) holds: Option<OfHolds>,
    /// From now on, for leaving.
    pub(super) until: Option<Span>,
    /// Kept under this name and not delivered yet.
    #[serde(rename = "as")]
    pub(super) called: Option<String>,
    /// Signed by another institution.
    #[serde(default)]
    pub(super) by_a_stranger: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    InTheRecord,
    NotNeeded,
    WrongPatient,
    HandedOver,
}

impl From<Reason> for DiscardReason {
    fn from(reason: Reason) -> DiscardReason {
        match reason {
            Reason::InTheRecord => DiscardReason::InTheRecord,
            Reason::NotNeeded => DiscardReason::NotNeeded,
            Reason::WrongPatient => DiscardReason::WrongPatient,
            Reason::HandedOver => DiscardReason::HandedOver,
        }
    }
}

/// The first open item of a kind is thrown away with a reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Discard {
    /// As the checklist names it.
    pub(super) kind: String,
    pub(super) reason: Reason,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptsPart {
    pub(super) patient: Option<String>,
    #[serde(default)]
    pub(super) lang: Lang,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchPart {
    pub(super) words: String,
}
