//! What people write: drafts, addresses, bundles of patients, and what is sealed for the institution.

use super::input::{Input, text};
use super::phone::{CLOCK, RECIPIENT};
use crate::chart::fhir;
use crate::crypto::age::{MAX_RECIPIENTS, Recipient, seal_to};
use crate::message::{AssessInput, LiveScreen, assess_live, assess_traced, last_four};
use crate::policy::{
    AttachmentKind, Audience, Channel, ConsentScope, ConsentState, History, NumberFacts, Pack, RosterState, US_HIPAA,
    trace,
};
use crate::screen::{self, ClinicProfile, Finding, Findings, KnownPerson, NameIndex, Screener};
use crate::words::Lang;
use std::sync::OnceLock;

struct Desk {
    pack: Pack,
    clinic: ClinicProfile,
    names: NameIndex,
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| Desk {
        pack: Pack::builtin(US_HIPAA).expect("built in"),
        clinic: ClinicProfile {
            name: "St. Alder".to_owned(),
            phones: vec!["555-123-4567".to_owned()],
            staff: vec!["Lee".to_owned()],
            ..ClinicProfile::default()
        },
        names: NameIndex::new([KnownPerson {
            names: vec!["Rosa Martinez".to_owned()],
            identifiers: vec!["X77-1234".to_owned()],
            phones: vec!["555 777 0142".to_owned()],
        }]),
    })
}

pub(super) fn assess_input<'a>(
    text: &'a str,
    channel: Channel,
    pack: &'a Pack,
    names: &'a NameIndex,
    profile: Option<&'a ClinicProfile>,
) -> AssessInput<'a> {
    AssessInput {
        text,
        profile,
        names,
        channel,
        audience: Audience::Patient,
        consent: ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
        other_consents: &[],
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        pack,
        lang: Lang::En,
        now_ms: CLOCK.wall_ms,
        local_minute: Some(12 * 60),
        salt: [9; 32],
        patient_first_name: Some("Rosa"),
        clinician: Some("Dr. Lee"),
    }
}

fn place(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A text and edits of it: a screener that follows them says what a whole scan says, and every span lies in the text.
pub fn scan(bytes: &[u8]) {
    let mut input = Input(bytes);
    let flags = input.byte();
    let desk = desk();
    let profile = (flags & 1 == 0).then_some(&desk.clinic);
    let edits: Vec<(usize, usize, String)> =
        (0..flags >> 1 & 3).map(|_| (input.short(), usize::from(input.byte()), text(input.part()))).collect();
    let mut draft = text(input.rest());
    let mut screener = Screener::new();
    let mut follow = |draft: &str| {
        let whole = screen::scan(draft, profile, &desk.names).expect("within bounds");
        let told = screener.screen(draft, profile, &desk.names).expect("within bounds");
        assert!(told == whole, "the screener and the scan disagree");
        check(draft, &whole);
    };
    follow(&draft);
    for (at, gone, new) in edits {
        let at = place(&draft, at % (draft.len() + 1));
        let end = place(&draft, at + gone).max(at);
        draft.replace_range(at..end, &new);
        follow(&draft);
    }
}

/// Spans lie in the text, on characters, in order, and agree in both units.
fn check(text: &str, findings: &Findings) {
    let spans = findings.findings.iter().map(|found| found.span).chain(findings.intents.iter().map(|found| found.span));
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = text.get(..start).expect("a span on characters");
        let inside = text.get(start..end).expect("a span on characters");
        assert!(before.encode_utf16().count() == span.start_utf16 as usize);
        assert!((before.encode_utf16().count() + inside.encode_utf16().count()) == span.end_utf16 as usize);
    }
    let key = |found: &Finding| (found.span.start, found.class, found.span.end);
    assert!(findings.findings.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "out of order or twice");
}

/// A draft in some circumstances: its trace replays, and every text that is offered instead may go.
pub fn assess(bytes: &[u8]) {
    let mut input = Input(bytes);
    let desk = desk();
    let channel = input.one(&Channel::ALL);
    let consent = input.one(&[
        ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
        ConsentState::NotAsked,
        ConsentState::Expired,
        ConsentState::Withdrawn { at_ms: 1 },
    ]);
    let flags = input.byte();
    let draft = text(input.rest());
    let attachments = [AttachmentKind::LabReport];
    let said = AssessInput {
        consent,
        audience: [Audience::Patient, Audience::Colleague, Audience::Group][usize::from(flags) % 3],
        lang: Lang::ALL[usize::from(flags >> 2 & 1)],
        profile: (flags & 8 == 0).then_some(&desk.clinic),
        attachments: if flags & 0x30 == 0x30 { &attachments } else { &[] },
        history: History { duplicate: flags & 0xc0 == 0xc0, ..History::default() },
        ..assess_input(&draft, channel, &desk.pack, &desk.names, None)
    };
    let Ok((assessed, kept)) = assess_traced(&said) else {
        return assert!(draft.len() > crate::message::MAX_DRAFT_BYTES);
    };
    assert!(trace::replay(&kept, &desk.pack).is_ok_and(|again| again.verdict == assessed.verdict));
    assert!(trace::is_about(&kept, &draft) == Ok(true));
    assert!(assess_live(&said, &mut LiveScreen::new()).is_ok_and(|live| live == assessed));
    for rewrite in &assessed.rewrites {
        let consent = if rewrite.channel == channel { consent } else { ConsentState::NotAsked };
        // What goes out instead is another text, and goes without the attachment.
        let again = AssessInput { text: &rewrite.text, channel: rewrite.channel, consent, ..said };
        let verdict = crate::message::assess(&again).expect("within bounds").verdict;
        assert!(verdict == rewrite.verdict && !verdict.stopped(), "a text is offered that may not go");
    }
}

/// An address and a text: the link carries the text byte for byte and nothing else.
pub fn link(bytes: &[u8]) {
    let mut input = Input(bytes);
    let channel = input.one(&Channel::ALL);
    let address = text(input.part());
    let draft = text(input.rest());
    drop(last_four(&address));
    let Ok(link) = crate::message::link(channel, &address, &draft) else { return };
    assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "a link that another app may read otherwise");
    let carried = ["?body=", "&text="].iter().find_map(|mark| link.split_once(mark)).map(|(_, tail)| tail);
    match channel {
        Channel::Portal | Channel::Telehealth | Channel::SecureMessaging => assert!(link == address.trim()),
        Channel::Phone => assert!(carried.is_none()),
        _ => {
            let carried = carried.unwrap_or_default();
            assert!(carried.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            assert!(unescaped(carried) == draft.as_bytes(), "another text");
        }
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        rest = match tail {
            [high, low, after @ ..] if *first == b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                out.push(digit(*high).expect("a digit") << 4 | digit(*low).expect("a digit"));
                after
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    out
}

/// A bundle from another system: what is imported passes the checks of what is typed, and twice gives the same.
pub fn fhir(bytes: &[u8]) {
    let again = || fhir::import(bytes, &[7; 32], CLOCK.wall_ms, &[]);
    let Ok(import) = again() else { return };
    assert!(usize::try_from(import.report.patients) == Ok(import.patients.len()));
    for patient in &import.patients {
        assert!(patient.check().is_ok(), "an imported patient who could not be saved");
        drop((patient.summary(), patient.display_name()));
    }
    assert!(again().is_ok_and(|again| again == import), "twice is not the same");
}

/// Recipients as text, and a file sealed to as many: its length is the format's, and nothing of it shows.
pub fn age(bytes: &[u8]) {
    let mut input = Input(bytes);
    let count = usize::from(input.byte()) % (MAX_RECIPIENTS + 2);
    let read = Recipient::parse(&text(input.part()));
    let recipient = match read {
        Ok(read) => read,
        Err(_) => Recipient::parse(RECIPIENT).expect("a recipient"),
    };
    let plain = input.rest();
    let Ok(sealed) = seal_to(&vec![recipient; count], plain) else { return };
    assert!((1..=MAX_RECIPIENTS).contains(&count));
    let header = "age-encryption.org/v1\n".len() + count * (10 + 43 + 1 + 43 + 1) + 4 + 43 + 1;
    let chunks = plain.len().div_ceil(64 * 1024).max(1);
    assert!(sealed.len() == header + 16 + plain.len() + chunks * 16);
    assert!(plain.len() < 24 || !sealed.windows(24).any(|window| window == &plain[..24]));
}
