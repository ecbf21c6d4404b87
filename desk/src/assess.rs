//! `curtain assess`: may this text go to this person over this channel, why, and what to send instead.
//!
//! One text as a page for a person, or many as jsonl for a program, in input order.

mod page;
mod setting;

use crate::error::{Error, Result};
use crate::jsonl::{self, Lines};
use crate::paint::{Paint, Progress};
use clap::{Args, ValueEnum};
use curtain_core::message::{Assessment, MAX_DRAFT_BYTES};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

pub use setting::{CircumstanceArgs, Setting, SettingArgs};

/// Say whether a text may go over a channel, why, and what to send instead
#[derive(Debug, Args)]
#[command(
    override_usage = "curtain assess [OPTIONS] <TEXT>\n       curtain assess [OPTIONS] --input <F.jsonl>",
    after_help = "Examples:\n  curtain assess \"Your HIV test is positive, call me.\"\n  \
                  curtain assess --channel email \"Your results are ready, please call.\"\n  \
                  curtain assess --input drafts.jsonl > verdicts.jsonl\n  \
                  curtain assess --policy pack.json --input - < drafts.jsonl\n\n\
                  Lines in:  {\"id\": string or number, \"text\": string}; other keys are ignored\n\
                  Lines out: {\"id\", \"verdict\", \"stopped\", \"findings\": [{\"start\", \"end\", \"class\",\n           \
                  \"severity\", \"rule\", \"reason\", \"source\"}], \"intents\": [], \"redirect\",\n           \
                  \"rewrites\": [], \"micros\", \"unrecognised\": [{\"start\", \"end\"}]}\n           \
                  in input order. start and end are UTF-8 byte offsets, reason is a sentence\n           \
                  that quotes the text, source is the article's line or the rule behind it,\n           \
                  redirect is a place or null, rewrites are texts that may go over this very\n           \
                  channel, unrecognised is what a review is about\n\n\
                  Exit code: 0 whatever the verdict; 2 for a text or line that cannot be\n\
                  assessed, named by its number, after the answers to the lines before it;\n\
                  1 for a file that cannot be read or a policy that is refused"
)]
pub struct AssessArgs {
    #[command(flatten)]
    setting: SettingArgs,
    /// A page to read, or one JSON line per text [default: text for TEXT, jsonl for --input]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Many texts, one JSON object per line; `-` is the standard input
    #[arg(long, value_name = "F.jsonl", conflicts_with = "text")]
    input: Option<PathBuf>,
    /// The text, at most 64 KiB; from the standard input if neither it nor --input is given
    #[arg(value_name = "TEXT")]
    text: Option<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

/// Why the work ended early.
pub(crate) enum Halt {
    /// The reader of the output has gone, or the disk is full.
    Output(std::io::Error),
    /// Something to tell.
    Said(Error),
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Halt {
        Halt::Output(error)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Said(error)
    }
}

impl Halt {
    /// Nobody reads on: that is no error.
    pub(crate) fn end(done: Result<(), Halt>) -> Result<()> {
        match done {
            Ok(()) => Ok(()),
            Err(Halt::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(Halt::Output(error)) => Err(Error::failed(format!("standard output: {error}"))),
            Err(Halt::Said(error)) => Err(error),
        }
    }
}

/// Runs it.
///
/// # Errors
/// `Usage` (exit 2) for a text or a line that cannot be assessed; `Failed` (exit 1) for files.
pub fn run(args: AssessArgs) -> Result<()> {
    let setting = Setting::of(&args.setting)?;
    let done = match (args.input, args.text, args.format) {
        (Some(input), _, format) => many(&setting, &input, format.unwrap_or(Format::Jsonl)),
        (None, None, Some(Format::Jsonl)) => many(&setting, Path::new("-"), Format::Jsonl),
        (None, text, format) => {
            let text = match text {
                Some(text) => text.into_string().map_err(|_| not_utf8())?,
                None => from_stdin()?,
            };
            one(&setting, &text, format.unwrap_or(Format::Text))
        }
    };
    Halt::end(done)
}

fn not_utf8() -> Error {
    Error::Usage("the text is not valid UTF-8".to_owned())
}

/// The whole standard input as one text, without its last line break.
fn from_stdin() -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Error::Usage("no text: curtain assess TEXT, or --input F.jsonl".to_owned()));
    }
    let mut bytes = Vec::new();
    // One byte and a line break over the limit is enough to know that it is too much.
    let limit = u64::try_from(MAX_DRAFT_BYTES).unwrap_or(u64::MAX).saturating_add(3);
    let read = stdin.lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Error::failed(format!("standard input: {error}")))?;
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    if bytes.len() > MAX_DRAFT_BYTES {
        return Err(Error::Usage(TOO_LARGE.to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| not_utf8())
}

const TOO_LARGE: &str = "the text is larger than 64 KiB";

fn refused(error: &curtain_core::error::Error) -> String {
    match error {
        curtain_core::error::Error::TooLarge { .. } => TOO_LARGE.to_owned(),
        other => other.to_string(),
    }
}

fn one(setting: &Setting, text: &str, format: Format) -> Result<(), Halt> {
    let (said, nanos) = setting.assess(text).map_err(|error| Error::Usage(refused(&error)))?;
    let mut out = std::io::stdout().lock();
    match format {
        Format::Text => out.write_all(page::page(Paint::of_stdout(), setting, None, text, &said).as_bytes())?,
        Format::Jsonl => {
            let id = RawValue::from_string("null".to_owned()).map_err(std::io::Error::from)?;
            write_line(&mut out, &id, setting, &said, nanos)?;
        }
    }
    Ok(out.flush()?)
}

/// A line as it comes in. Other keys are ignored.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

const NEEDS: &str = "it needs \"id\", a string or a number, and \"text\", a string";

fn many(setting: &Setting, input: &Path, format: Format) -> Result<(), Halt> {
    let mut lines = Lines::open(input)?;
    let stdout = std::io::stdout();
    // Results on the terminal show the progress themselves.
    let quiet = stdout.is_terminal();
    let mut progress = (!quiet).then(|| Progress::over(std::fs::metadata(input).map_or(0, |meta| meta.len())));
    let mut out = BufWriter::with_capacity(256 * 1024, stdout.lock());
    let paint = Paint::of_stdout();
    loop {
        if lines.would_wait() {
            out.flush()?;
        }
        if !lines.advance()? {
            return Ok(out.flush()?);
        }
        let assessed = parse(lines.line()).and_then(|row| {
            let said = setting.assess(&row.text).map_err(|error| Cow::Owned(refused(&error)))?;
            Ok((row, said))
        });
        match assessed {
            Err(why) => {
                out.flush()?;
                return Err(lines.wrong(&why).into());
            }
            Ok((row, (said, nanos))) => match format {
                Format::Jsonl => write_line(&mut out, row.id, setting, &said, nanos)?,
                Format::Text => {
                    let page = page::page(paint, setting, Some(row.id.get()), &row.text, &said);
                    out.write_all(page.as_bytes())?;
                }
            },
        }
        if let Some(progress) = &mut progress {
            progress.step(lines.bytes());
        }
    }
}

fn parse(line: &str) -> Result<Row<'_>, Cow<'static, str>> {
    let row: Row<'_> = jsonl::object(line, NEEDS).map_err(Cow::Borrowed)?;
    let id = row.id.get();
    if !id.starts_with(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        return Err(Cow::Borrowed(NEEDS));
    }
    Ok(row)
}

/// A line as it goes out. The order of members is the contract's.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a RawValue,
    verdict: &'static str,
    stopped: bool,
    findings: Vec<Found<'a>>,
    intents: Vec<&'static str>,
    redirect: Option<&'static str>,
    rewrites: Vec<&'a str>,
    micros: u64,
    unrecognised: Vec<Place>,
}

#[derive(Serialize)]
struct Found<'a> {
    start: u32,
    end: u32,
    class: &'static str,
    severity: &'static str,
    rule: &'a str,
    reason: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Place {
    start: u32,
    end: u32,
}

fn write_line(
    out: &mut impl Write,
    id: &RawValue,
    setting: &Setting,
    said: &Assessment,
    nanos: u128,
) -> std::io::Result<()> {
    let findings = said.findings.iter().map(|found| Found {
        start: found.span.start,
        end: found.span.end,
        class: found.class.name(),
        severity: found.severity.name(),
        rule: &found.rule,
        reason: &found.reason,
        source: &found.source,
    });
    // A text for another place must not be taken for one that may go here; the place is the redirect's.
    let here = said.rewrites.iter().filter(|rewrite| rewrite.channel == setting.channel);
    let answer = Answer {
        id,
        verdict: said.verdict.name(),
        stopped: said.verdict.stopped(),
        findings: findings.collect(),
        intents: said.intents.iter().map(|intent| intent.name()).collect(),
        redirect: said.redirect.map(|to| to.name()),
        rewrites: here.map(|rewrite| rewrite.text.as_str()).collect(),
        micros: u64::try_from(nanos / 1000).unwrap_or(u64::MAX),
        unrecognised: said.unrecognised.iter().map(|span| Place { start: span.start, end: span.end }).collect(),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    out.write_all(b"\n")
}
