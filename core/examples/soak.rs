//! Screens, follows and rewrites mutated texts until time is up, and counts: `tests/run soak [minutes]`.
//!
//! `cargo run --release -p curtain-core --example soak -- minutes 10 [seed]`, or `runs 2000 [seed]`. Texts are those of
//! `tests/corpus`, cut, joined and disguised by a generator that the seed decides, so every run can be had again. Each run scans
//! a text, follows five edits of it with a `Screener` that must say what a scan says, checks every span, and every eighth assesses
//! it, rewrites included. Coverage does not guide it: the fuzzers that do need another compiler than the one in use here.

use std::error::Error;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use curtain_core::message::{AssessInput, LiveScreen, MAX_DRAFT_BYTES, assess, assess_live};
use curtain_core::policy::{
    Audience, Channel, ConsentScope, ConsentState, History, NumberFacts, Pack, RosterState, US_HIPAA,
};
use curtain_core::screen::{ClinicProfile, Findings, KnownPerson, NameIndex, Screener, scan};
use curtain_core::words::Lang;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Pieces that some reader cares about, or that make offsets differ.
const PIECES: [&str; 44] = [
    "\n",
    "\r\n",
    " ",
    "  ",
    ".",
    ". ",
    "! ",
    "? ",
    ", ",
    "; ",
    " - ",
    "-",
    "/",
    ":",
    "'s ",
    "’",
    "(",
    ")",
    "@",
    "1",
    "12",
    "2:30 pm",
    "555-123-4567",
    "Jan. 5",
    "mg",
    "Dr. ",
    "Mrs ",
    "JD in room 4",
    "MRN ",
    "H.I.V",
    "h i v ",
    "НІV",
    "chl@mydia",
    "á",
    "e\u{301}",
    "\u{200B}",
    "\u{A0}",
    "\u{2028}",
    "😊",
    "👩‍⚕️",
    "ﬁ½",
    "ＨＩＶ",
    "您的处方",
    "и",
];

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % (bound.max(1) as u64)).unwrap_or(0)
    }

    fn one<'a>(&mut self, of: &'a [String]) -> &'a str {
        let at = self.below(of.len());
        of.get(at).map_or("", String::as_str)
    }

    /// A character boundary of a text.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str, most: usize) -> std::ops::Range<usize> {
        let from = self.place(text);
        let mut to = (from + self.below(most)).min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        from..to.max(from)
    }

    fn mutate(&mut self, text: &mut String, corpus: &[String]) {
        match self.below(12) {
            0..=2 => {
                let at = self.place(text);
                let piece = PIECES.get(self.below(PIECES.len())).copied().unwrap_or(" ");
                text.insert_str(at, piece);
            }
            3 | 4 => text.replace_range(self.range(text, 12), ""),
            5 => text.replace_range(self.range(text, 400), ""),
            6 => {
                let other = self.one(corpus);
                let part = other.get(self.range(other, 200)).unwrap_or("").to_owned();
                let range = self.range(text, 20);
                text.replace_range(range, &part);
            }
            7 => {
                let part = text.get(self.range(text, 60)).unwrap_or("").repeat(1 + self.below(20));
                text.insert_str(self.place(text), &part);
            }
            8 => *text = text.chars().filter(|c| !c.is_ascii_punctuation()).collect(),
            9 => *text = if self.below(2) == 0 { text.to_uppercase() } else { text.to_lowercase() },
            10 => {
                let range = self.range(text, 80);
                let flat: String =
                    text.get(range.clone()).unwrap_or("").chars().filter(|c| !c.is_whitespace()).collect();
                text.replace_range(range, &flat);
            }
            _ => {
                let c = char::from_u32(u32::try_from(self.roll() % 0x11_0000).unwrap_or(0)).unwrap_or('\u{FFFD}');
                text.insert(self.place(text), c);
            }
        }
        // Mostly short, as drafts are.
        let most = if self.below(64) == 0 { MAX_DRAFT_BYTES } else { 3000 };
        if text.len() > most {
            let mut end = most;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
    }
}

/// What a run needs.
struct Bench {
    corpus: Vec<String>,
    pack: Pack,
    clinic: ClinicProfile,
    names: NameIndex,
}

/// How often what was called.
#[derive(Default)]
struct Counts {
    runs: u64,
    scans: u64,
    edits: u64,
    assessments: u64,
    panics: u64,
    wrong: u64,
}

fn main() -> Done {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, amount, rest @ ..] = &words[..] else { return Err("minutes N [seed], or runs N [seed]".into()) };
    let amount: f64 = amount.parse()?;
    let seed: u64 = rest.first().map_or(Ok(1), |seed| seed.parse())?;
    let mut corpus = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus"), &mut corpus)?;
    corpus.sort_unstable();
    let people = [KnownPerson {
        names: vec!["Rosa Martinez".to_owned()],
        identifiers: vec!["X77-1234".to_owned()],
        phones: vec!["555 777 0142".to_owned()],
    }];
    let clinic = ClinicProfile {
        name: "St. Alder".to_owned(),
        phones: vec!["555-123-4567".to_owned()],
        staff: vec!["Lee".to_owned()],
        ..ClinicProfile::default()
    };
    let bench = Bench { corpus, pack: Pack::builtin(US_HIPAA)?, clinic, names: NameIndex::new(people) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "soak: seed {seed}, {} texts to begin with", bench.corpus.len())?;
    std::panic::set_hook(Box::new(|_| {}));
    let (start, mut counts) = (Instant::now(), Counts::default());
    let over = |counts: &Counts| match kind.as_str() {
        "minutes" => start.elapsed() >= Duration::from_secs_f64(amount * 60.0),
        _ => counts.runs as f64 >= amount,
    };
    while !over(&counts) {
        // A run is decided by the seed and its own number, so that one can be repeated alone.
        let mut dice = Dice(seed.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ counts.runs);
        let mut text = String::new();
        let before = (counts.panics, counts.wrong);
        match catch_unwind(AssertUnwindSafe(|| run(&mut dice, &bench, &mut text, &mut counts))) {
            Ok(Ok(())) => {}
            Ok(Err(said)) => {
                counts.wrong += 1;
                writeln!(out, "run {}: {said}: {:?}", counts.runs, short(&text))?;
            }
            Err(_) => {
                counts.panics += 1;
                writeln!(out, "run {}: panic: {:?}", counts.runs, short(&text))?;
            }
        }
        if (counts.panics, counts.wrong) != before && counts.panics + counts.wrong >= 20 {
            break;
        }
        counts.runs += 1;
    }
    let Counts { runs, scans, edits, assessments, panics, wrong } = counts;
    writeln!(
        out,
        "soak: {runs} runs in {:.0} s: {scans} scans, {edits} edits followed, {assessments} assessments with rewrites; \
         {panics} panics, {wrong} wrong",
        start.elapsed().as_secs_f64()
    )?;
    if panics + wrong > 0 { Err("not clean".into()) } else { Ok(()) }
}

fn short(text: &str) -> String {
    text.chars().take(600).collect()
}

/// Collects the texts of every labelled file below a folder.
fn read(folder: &Path, corpus: &mut Vec<String>) -> Done {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, corpus)?;
        } else if path.extension().is_some_and(|end| end == "jsonl") {
            for line in std::fs::read_to_string(&path)?.lines() {
                let row: serde_json::Value = serde_json::from_str(line)?;
                corpus.extend(row.get("text").and_then(|text| text.as_str()).map(str::to_owned));
            }
        }
    }
    Ok(())
}

fn run(dice: &mut Dice, bench: &Bench, text: &mut String, counts: &mut Counts) -> Result<(), String> {
    for _ in 0..1 + dice.below(5) {
        text.push_str(dice.one(&bench.corpus));
        text.push_str(if dice.below(3) == 0 { "\n" } else { " " });
    }
    for _ in 0..dice.below(8) {
        dice.mutate(text, &bench.corpus);
    }
    let profile = (dice.below(2) == 0).then_some(&bench.clinic);
    let whole = |text: &str| scan(text, profile, &bench.names).map_err(|error| error.to_string());
    let mut screener = Screener::new();
    for edit in 0..6 {
        if edit > 0 {
            dice.mutate(text, &bench.corpus);
            counts.edits += 1;
        }
        let told = screener.screen(text, profile, &bench.names).map_err(|error| error.to_string())?;
        counts.scans += 1;
        let scanned = whole(text)?;
        if told != scanned {
            return Err("the screener and the scan disagree".to_owned());
        }
        check(text, &told)?;
    }
    if dice.below(8) == 0 {
        let mut live = LiveScreen::new();
        for _ in 0..3 {
            counts.assessments += 1;
            let input = sms(text, bench);
            let (one, other) = (assess(&input), assess_live(&input, &mut live));
            if one.map_err(|error| error.to_string())? != other.map_err(|error| error.to_string())? {
                return Err("two assessments of one text differ".to_owned());
            }
            dice.mutate(text, &bench.corpus);
        }
    }
    Ok(())
}

/// Spans lie in the text, on characters, in order, and agree in both units.
fn check(text: &str, findings: &Findings) -> Result<(), String> {
    let spans = findings.findings.iter().map(|f| f.span).chain(findings.intents.iter().map(|m| m.span));
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(before), Some(_)) = (text.get(..start), text.get(start..end)) else {
            return Err(format!("a span outside the text: {span:?}"));
        };
        if before.encode_utf16().count() != span.start_utf16 as usize {
            return Err(format!("a span that begins elsewhere in UTF-16: {span:?}"));
        }
    }
    let key = |f: &curtain_core::screen::Finding| (f.span.start, f.class, f.span.end);
    match findings.findings.windows(2).all(|pair| matches!(pair, [a, b] if key(a) < key(b))) {
        true => Ok(()),
        false => Err("findings out of order or twice".to_owned()),
    }
}

fn sms<'a>(text: &'a str, bench: &'a Bench) -> AssessInput<'a> {
    AssessInput {
        text,
        profile: Some(&bench.clinic),
        names: &bench.names,
        channel: Channel::Sms,
        audience: Audience::Patient,
        consent: ConsentState::InForce { allowed: ConsentScope::Logistics, review_due: false },
        other_consents: &[],
        roster: RosterState::None,
        number: NumberFacts::default(),
        attachments: &[],
        history: History::default(),
        pack: &bench.pack,
        lang: Lang::En,
        now_ms: 1_795_000_000_000,
        local_minute: None,
        salt: [9; 32],
        patient_first_name: Some("Rosa"),
        clinician: Some("Dr. Lee"),
    }
}
