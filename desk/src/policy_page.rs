//! A policy pack as one page for people: what may go where, on which ground, and lines to sign.

use crate::error::Result;
use curtain_core::crypto::hex;
use curtain_core::policy::{
    Audience, Channel, ChannelKind, ConsentBasis, Encryption, Pack, RULE_NAMES, Row, Status, Verdict, verdict_from,
};
use curtain_core::words::{self, Lang};
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = include_str!("policy_page.css");
const KINDS: [ChannelKind; 5] =
    [ChannelKind::Full, ChannelKind::Team, ChannelKind::Care, ChannelKind::Logistics, ChannelKind::Deidentified];

/// The page of one or several packs, one self-contained HTML file.
///
/// # Errors
/// When a pack's own cases cannot be run.
pub fn page(packs: &[Pack]) -> Result<String> {
    let mut sections = Vec::new();
    for pack in packs {
        sections.push(section(pack)?);
    }
    let title = packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect::<Vec<_>>().join(", ");
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Curtain policy: " (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { @for section in &sections { (section) } }
        }
    };
    Ok(whole.into_string())
}

fn section(pack: &Pack) -> Result<Markup> {
    let failing = pack.failing_cases()?;
    let limits = &pack.limits;
    Ok(html! {
        main {
            h1 { "Policy " (pack.id) " " span.version { "version " (pack.version) } }
            p.lead {
                "What Curtain lets a clinician send, and where, in " (pack.jurisdiction) ". "
                "What no rule opens is closed; there is no \"send anyway\"."
            }
            p.hash { "SHA-256 " code { (hex(&pack.hash())) } }
            h2 { "Channels" }
            table {
                thead { tr { th { "Channel" } th { "Patient" } th { "Colleague" } th { "Group" } th { "Agreement" } th { "Encryption" } th { "Consent stands on" } th { "Source" } } }
                tbody { @for channel in Channel::ALL { (channel_row(pack, channel)) } }
            }
            p.note { "Risk and safety figures of channels in a pack are the article's own, illustrative and not measured; this page leaves them out." }
            h2 { "What a text contains, and what happens then" }
            table.verdicts {
                thead { tr { th { "Found in the text" } @for kind in KINDS { th { "carries " (kind_name(kind)) } } th { "Source" } } }
                tbody { @for row in Row::ALL { (content_row(pack, row)) } }
            }
            h2 { "Limits" }
            table {
                tbody {
                    (rule(pack, "Texts to one number in 24 hours", "limits.per_day", &count(limits.per_day)))
                    (rule(pack, "Texts to one number in 7 days", "limits.per_week", &count(limits.per_week)))
                    (rule(pack, "The same text again", "limits.duplicate_hours", &format!("asked about within {} h", limits.duplicate_hours)))
                    @if let Some(quiet) = limits.quiet_hours {
                        (rule(pack, "Quiet hours", "limits.quiet_hours", &format!("{} to {}, the urgent call-back excepted", clock(quiet.from), clock(quiet.to))))
                    }
                    @if limits.sender_and_number { (rule(pack, "Each text says", "limits.sender_and_number", "who writes, and a number to call")) }
                    @if limits.opt_out_line { (rule(pack, "Each text says", "limits.opt_out_line", "how to stop the texts")) }
                }
            }
            h2 { "Lock, guesses, retention" }
            table {
                tbody {
                    (rule(pack, "Locks", "lock", &format!("after {} s without use, {} h altogether, at once in the background; finger or face {}, recovery code {}",
                        pack.lock.idle_ms / 1000, pack.lock.absolute_ms / 3_600_000, allowed(pack.lock.biometry), allowed(pack.lock.recovery))))
                    (rule(pack, "Wrong passcodes", "attempts", &format!("{}, then {}", pack.attempts.limit,
                        if pack.attempts.action == curtain_core::policy::AttemptsAction::Erase { "this copy is erased" } else { "blocked until a signed order" })))
                    (rule(pack, "Kept on the phone", "retention", &format!("messages {} days, notes {} days, drafts {} days; {}",
                        pack.retention.message_days, pack.retention.note_days, pack.retention.draft_days,
                        if pack.retention.before_charted { "also before they are in the record" } else { "never gone before they are in the record" })))
                }
            }
            h2 { "What is read to a patient" }
            @for lang in Lang::ALL { blockquote lang=(lang.tag()) { (pack.consent.text.get(lang)) } }
            table {
                tbody {
                    (rule(pack, "Wording", "consent", &format!("{}, version {}; asked again after {} days", pack.consent.id, pack.consent.version, pack.consent.review_days)))
                    (rule(pack, "Grounds", "bases", "see each channel above"))
                }
            }
            @if !pack.scripts.is_empty() {
                h2 { "Own scripts" }
                @for (key, texts) in &pack.scripts {
                    h3 { (key) }
                    @for lang in Lang::ALL { blockquote lang=(lang.tag()) { (texts.get(lang)) } }
                }
            }
            h2 { "Its own cases" }
            p { (pack.cases.len() - failing.len()) " of " (pack.cases.len()) " come out as the policy says." }
            table.cases {
                thead { tr { th { "Text" } th { "Channel" } th { "To" } th { "Consent" } th { "Expected" } th { "Holds" } } }
                tbody {
                    @for (index, case) in pack.cases.iter().enumerate() {
                        tr {
                            td { (case.text) @if let Some(minute) = case.minute { " (at " (clock(minute)) ")" } }
                            td { (words::text(Lang::En, &format!("channel.{}", case.channel.name()))) }
                            td { (audience(case.audience)) }
                            td { (consent(case)) }
                            td { (spoken(&case.verdict)) }
                            td { @if failing.iter().any(|(failed, _)| *failed == index) { strong { "no" } } @else { "yes" } }
                        }
                    }
                }
            }
            h2 { "Signed off" }
            table.sign {
                thead { tr { th { "Name" } th { "Role" } th { "Date" } th { "Signature" } } }
                tbody { @for _ in 0..3 { tr { td {} td {} td {} td {} } } }
            }
            p.note { "This page shows the pack; the phone obeys the signed document. Sign it with " code { "curtain policy sign" } "." }
        }
    })
}

fn source(pack: &Pack, name: &str) -> Markup {
    debug_assert!(RULE_NAMES.contains(&name), "{name}");
    html! { td.source { (pack.sources.get(name).map_or("", String::as_str)) } }
}

fn rule(pack: &Pack, what: &str, name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (what) } td { (value) } (source(pack, name)) } }
}

fn channel_row(pack: &Pack, channel: Channel) -> Markup {
    let name = words::text(Lang::En, &format!("channel.{}", channel.name()));
    let source = source(pack, &format!("channels.{}", channel.name()));
    let Some(rule) = pack.channel(channel) else {
        return html! { tr { th scope="row" { (name) } td.block colspan="6" { "not named: closed" } (source) } };
    };
    let carries = |audience| {
        let kind = if rule.status == Status::Off { ChannelKind::Off } else { rule.kind.of(audience) };
        html! { td class=(if kind == ChannelKind::Off { "block" } else { "" }) { (kind_name(kind)) } }
    };
    let asks = Audience::Patient;
    let consent = match rule.kind.of(asks) {
        ChannelKind::Care | ChannelKind::Logistics if rule.status != Status::Off => {
            rule.bases.iter().map(|basis| basis_name(*basis)).collect::<Vec<_>>().join(", ")
        }
        _ => "not asked".to_owned(),
    };
    html! {
        tr {
            th scope="row" { (name) }
            (carries(Audience::Patient)) (carries(Audience::Colleague)) (carries(Audience::Group))
            td { @if rule.agreement { "yes" } @else { "no" } }
            td { (encryption(rule.encryption)) }
            td { (consent) }
            (source)
        }
    }
}

fn content_row(pack: &Pack, row: Row) -> Markup {
    html! {
        tr {
            th scope="row" { (row_name(row)) }
            @for kind in KINDS {
                @let cell = pack.table.cell(row, kind).to_string();
                td class=(cell.split([':', '|', '+']).next().unwrap_or("")) { (spoken_cell(&cell)) }
            }
            (source(pack, &format!("table.{}", row_key(row))))
        }
    }
}

fn spoken_cell(cell: &str) -> String {
    let (cell, second) = cell.strip_suffix("+second_route").map_or((cell, false), |rest| (rest, true));
    let (cell, stale) = cell.split_once("|stale:").map_or((cell, None), |(rest, stale)| (rest, Some(stale)));
    let mut said = match cell {
        "note" => "shown".to_owned(),
        "call_back" => "the urgent call-back goes, else reword".to_owned(),
        other => spoken(other),
    };
    if let Some(stale) = stale {
        said = format!("{said}; with an old roster: {}", spoken(stale));
    }
    if second { format!("{said}; and call") } else { said }
}

/// A verdict's name in words: `redirect:portal` is "use the portal".
fn spoken(verdict: &str) -> String {
    match verdict_from(verdict) {
        Some(Verdict::Block) => "no".to_owned(),
        Some(Verdict::Redirect { to }) => format!("no, but {}", to.name().replace('_', " ")),
        Some(Verdict::NeedsConsent) => "ask first".to_owned(),
        Some(Verdict::Rewrite) => "reword".to_owned(),
        Some(Verdict::Review) => "not sure, ask to call".to_owned(),
        Some(Verdict::AllowAndDocument) => "goes, and to the chart".to_owned(),
        Some(Verdict::Allow) => "goes".to_owned(),
        None if verdict == "redirect" => "use another channel".to_owned(),
        None => verdict.to_owned(),
    }
}

const fn kind_name(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Full => "anything",
        ChannelKind::Team => "team communication",
        ChannelKind::Care => "non-urgent, limited",
        ChannelKind::Logistics => "logistics only",
        ChannelKind::Deidentified => "without identifiers",
        ChannelKind::Voice => "by voice",
        ChannelKind::Off => "closed",
    }
}

const fn row_name(row: Row) -> &'static str {
    match row {
        Row::Logistics => "A known kind of simple message",
        Row::Clinical => "Result, diagnosis, symptom, dose, change, advice, care by text",
        Row::Order => "An order",
        Row::Named => "A medicine, test or procedure only named",
        Row::Sensitive => "A sensitive topic",
        Row::SensitiveProvider => "A sensitive service's name",
        Row::Specialty => "Another specialty's name",
        Row::BadNews => "Bad news",
        Row::Identifiers => "Identifiers beyond a greeting's first name",
        Row::Clues => "Two or more identifying clues",
        Row::Attachment => "Image, lab report, document",
        Row::Urgent => "Something urgent",
        Row::UnknownLanguage => "A language that is not screened",
        Row::NotRecognised => "Nothing that is known as permitted",
    }
}

const fn row_key(row: Row) -> &'static str {
    match row {
        Row::Logistics => "logistics",
        Row::Clinical => "clinical",
        Row::Order => "order",
        Row::Named => "named",
        Row::Sensitive => "sensitive",
        Row::SensitiveProvider => "sensitive_provider",
        Row::Specialty => "specialty",
        Row::BadNews => "bad_news",
        Row::Identifiers => "identifiers",
        Row::Clues => "clues",
        Row::Attachment => "attachment",
        Row::Urgent => "urgent",
        Row::UnknownLanguage => "unknown_language",
        Row::NotRecognised => "not_recognised",
    }
}

const fn encryption(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::None => "none",
        Encryption::InTransit => "on the way",
        Encryption::InTransitAndAtRest => "on the way and stored",
        Encryption::EndToEnd => "end to end",
    }
}

const fn basis_name(basis: ConsentBasis) -> &'static str {
    match basis {
        ConsentBasis::PatientRequest => "the patient's request",
        ConsentBasis::ExpressConsent => "express consent",
        ConsentBasis::ImpliedDirectCare => "implied for direct care, unless objected",
        ConsentBasis::Objection => "objection",
        ConsentBasis::EmergencyNoPreference => "in an emergency the call-back alone",
    }
}

const fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Patient => "patient",
        Audience::Colleague => "colleague",
        Audience::Group => "group",
    }
}

const fn consent(case: &curtain_core::policy::Case) -> &'static str {
    use curtain_core::policy::CaseConsent;
    match case.consent {
        CaseConsent::None => "none",
        CaseConsent::Logistics => "logistics",
        CaseConsent::Clinical => "clinical",
        CaseConsent::Objected => "objected",
        CaseConsent::Emergency => "emergency",
    }
}

const fn allowed(yes: bool) -> &'static str {
    if yes { "allowed" } else { "off" }
}

fn count(limit: u32) -> String {
    if limit == 0 { "no limit".to_owned() } else { limit.to_string() }
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_rule_of_every_pack_with_its_source() {
        let names: Vec<&str> = Pack::builtin_names().collect();
        let packs: Vec<Pack> = names.iter().map(|name| Pack::builtin(name).unwrap()).collect();
        let page = page(&packs).unwrap();
        let escaped = |text: &str| html! { (text) }.into_string();
        for pack in &packs {
            assert!(page.contains(&hex(&pack.hash())), "{}", pack.id);
            for text in pack.sources.values() {
                assert!(page.contains(&escaped(text)), "{}: {text}", pack.id);
            }
            for case in &pack.cases {
                assert!(page.contains(&escaped(&case.text)), "{}", case.text);
            }
        }
        assert!(!page.contains("<script") && !page.contains("http"), "one file, nothing fetched");
    }

    #[test]
    fn nothing_in_a_pack_becomes_markup() {
        let mut json: serde_json::Value = serde_json::from_slice(&Pack::builtin_json("us-hipaa").unwrap()).unwrap();
        json["sources"]["lock"] = "<img src=x onerror=alert(1)>".into();
        let page = page(&[Pack::parse(json.to_string().as_bytes()).unwrap()]).unwrap();
        assert!(page.contains("&lt;img") && !page.contains("<img"));
    }

    #[test]
    fn a_case_that_fails_is_shown_as_failing() {
        let mut json: serde_json::Value = serde_json::from_slice(&Pack::builtin_json("us-hipaa").unwrap()).unwrap();
        json["cases"][0]["verdict"] = "block".into();
        let page = page(&[Pack::parse(json.to_string().as_bytes()).unwrap()]).unwrap();
        assert!(page.contains("<strong>no</strong>"));
    }
}
