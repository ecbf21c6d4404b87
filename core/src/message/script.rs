//! Scripts for hard moments and the sentences that go to the chart, filled with the clinic's facts.

use crate::policy::{Audience, Channel, Pack};
use crate::screen::{ClinicProfile, Intent};
use crate::words::{self, Lang};

use super::handoff::{CallOutcome, Outcome};

/// A script: something to say or send, by id, so that chart text can name it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Script {
    /// Its stable id: `script.redirect_patient`.
    pub id: String,
    /// The moment it is for.
    pub title: String,
    /// What to say or send.
    pub text: String,
}

/// The text may hold a name: only the id is printed.
impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a script may be filled with.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScriptFacts<'a> {
    /// The clinic's facts.
    pub profile: Option<&'a ClinicProfile>,
    /// The patient's first name.
    pub patient: Option<&'a str>,
    /// The clinician as patients know them.
    pub clinician: Option<&'a str>,
    /// The channel it is about.
    pub channel: Option<Channel>,
}

/// The scripts, in the order of the Scripts screen.
pub(super) const SCRIPTS: [&str; 8] = [
    "script.redirect_patient",
    "script.answer_colleague",
    "script.decline_number",
    "script.urgent_call_back",
    "script.reply_clinical",
    "script.reply_short",
    "script.call_only",
    "script.call_safe",
];

/// Those that go to a patient as text and end with how to reach the clinic.
const WITH_CONTACT: [&str; 4] =
    ["script.redirect_patient", "script.decline_number", "script.reply_clinical", "script.reply_short"];

impl<'a> ScriptFacts<'a> {
    /// The clinic's first phone, if known.
    pub(super) fn phone(&self) -> Option<&'a str> {
        self.profile.and_then(|profile| profile.phones.first()).map(String::as_str).filter(|phone| !phone.is_empty())
    }

    /// The values of every name that a script may hold, with neutral stand-ins.
    pub(super) fn values(&self, lang: Lang) -> [(&'static str, &'a str); 7] {
        let known =
            |value: Option<&'a str>, key: &str| value.filter(|v| !v.is_empty()).unwrap_or(words::text(lang, key));
        let of = |field: fn(&ClinicProfile) -> &String| self.profile.map(|profile| field(profile).as_str());
        let channel = self.channel.unwrap_or(Channel::Whatsapp);
        [
            ("clinic", known(of(|p| &p.name), "name.clinic")),
            ("phone", known(self.phone(), "name.phone")),
            ("portal", known(of(|p| &p.portal_url), "channel.portal")),
            ("emergency", known(of(|p| &p.emergency_line), "name.emergency")),
            ("patient", known(self.patient, "name.patient")),
            ("clinician", known(self.clinician, "name.clinic")),
            ("channel", words::text(lang, &format!("channel.{}", channel.name()))),
        ]
    }
}

/// One script, filled; `None` for an id that is none. The pack's own wording wins over the built-in one.
pub fn script(pack: &Pack, lang: Lang, id: &str, facts: &ScriptFacts<'_>) -> Option<Script> {
    if !SCRIPTS.contains(&id) {
        return None;
    }
    let mut text = words::fill_template(pack.script(lang, id), &facts.values(lang));
    let phone = facts.phone().filter(|phone| WITH_CONTACT.contains(&id) && !text.contains(phone));
    if let Some(phone) = phone {
        text.push(' ');
        text.push_str(&words::fill(lang, "script.contact", &[("phone", phone)]));
    }
    let title = words::text(lang, &format!("{id}.title")).to_owned();
    Some(Script { id: id.to_owned(), title, text })
}

/// Every script, and the consent warning.
pub fn scripts(pack: &Pack, lang: Lang, facts: &ScriptFacts<'_>) -> Vec<Script> {
    let built = SCRIPTS.iter().filter_map(|id| script(pack, lang, id, facts));
    built.chain([consent_warning(pack, lang)]).collect()
}

/// The warning that is read aloud before consent, in the pack's approved wording.
pub fn consent_warning(pack: &Pack, lang: Lang) -> Script {
    Script {
        id: "script.consent_warning".to_owned(),
        title: words::text(lang, "script.consent_warning.title").to_owned(),
        text: pack.consent.text.get(lang).to_owned(),
    }
}

fn channel_name(lang: Lang, channel: Channel) -> &'static str {
    words::text(lang, &format!("channel.{}", channel.name()))
}

/// The chart's sentence for a message: what was done, over which channel, and that no detail was in it.
pub fn chart_sentence(
    lang: Lang,
    channel: Channel,
    audience: Audience,
    intents: &[Intent],
    recognised: bool,
) -> String {
    let key = match audience {
        Audience::Colleague | Audience::Group => "chart.colleague",
        Audience::Patient if channel == Channel::Phone => "chart.phone",
        Audience::Patient if !recognised => "chart.message",
        Audience::Patient => intents
            .iter()
            .map(|intent| chart_key(*intent))
            .max_by_key(|(weight, _)| *weight)
            .map_or("chart.logistics", |(_, key)| key),
    };
    words::fill(lang, key, &[("channel", channel_name(lang, channel))])
}

/// Of several intents in one text, the weightiest names the chart's sentence.
const fn chart_key(intent: Intent) -> (u8, &'static str) {
    match intent {
        Intent::UrgentCallBack => (9, "chart.urgent_call_back"),
        Intent::AcknowledgeRedirect => (8, "chart.acknowledge_redirect"),
        Intent::ClosingChannel => (7, "chart.closing_channel"),
        Intent::ResultsAvailable => (6, "chart.results_available"),
        Intent::PrescriptionReady => (5, "chart.prescription_ready"),
        Intent::AppointmentReminder | Intent::AppointmentChange | Intent::AppointmentCancel => (4, "chart.appointment"),
        Intent::PortalNotice => (3, "chart.portal_notice"),
        Intent::CallUs => (2, "chart.call_us"),
        Intent::RunningLate | Intent::Directions | Intent::Forms | Intent::Billing | Intent::Thanks => {
            (1, "chart.logistics")
        }
    }
}

/// The chart's sentence for what the clinician said on return.
pub fn outcome_chart(lang: Lang, channel: Channel, outcome: Outcome) -> String {
    let key = match outcome {
        Outcome::Sent => "chart.outcome.sent",
        Outcome::NotSent => "chart.outcome.not_sent",
        Outcome::Unknown => "chart.outcome.unknown",
    };
    words::fill(lang, key, &[("channel", channel_name(lang, channel))])
}

/// The chart's sentence for what became of the call.
pub fn call_chart(lang: Lang, outcome: CallOutcome) -> &'static str {
    let key = match outcome {
        CallOutcome::Reached => "chart.call.reached",
        CallOutcome::PassedOn => "chart.call.passed_on",
        CallOutcome::NotReached => "chart.call.not_reached",
    };
    words::text(lang, key)
}

/// The chart's sentence for what a patient texted: verbatim, what was advised, and that boundaries were reinforced.
pub fn inbound_chart(lang: Lang, reported: &str, reply: Option<&str>) -> String {
    match reply {
        Some(reply) => words::fill(lang, "chart.inbound", &[("text", reported.trim()), ("reply", reply)]),
        None => words::fill(lang, "chart.inbound.call", &[("text", reported.trim())]),
    }
}
