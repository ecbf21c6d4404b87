//! `curtain corpus`: labelled texts, and how often the screener was right about them.
//!
//! Every text is assessed as `curtain assess` would, by default as a text message to a patient who agreed to logistics.
//! A labelled span is found if identifier findings cover at least half of it. A mark is right if at least half of it lies
//! in labelled spans; marks of severity `note` that touch no labelled span are accepted slots (a clinic's phone, a
//! clinician's name, an appointment's time), accuse nobody, and do not count. `identifier.combination` spans several
//! clues and is no mark of its own.

mod report;
mod score;

use crate::assess::{Halt, Setting, SettingArgs};
use crate::error::Result;
use crate::jsonl::{self, Lines};
use crate::paint::Progress;
use clap::{Args, ValueEnum};
use report::Report;
pub(crate) use score::Label;
use score::{Score, char_offsets};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Score labelled texts: what was stopped, named and found, and how fast
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  curtain corpus tests/corpus/en.jsonl tests/corpus/es.jsonl\n  \
                  curtain corpus --format json rows.jsonl > figures.json\n  \
                  curtain corpus --misses rows.jsonl\n\n\
                  Lines: {\"id\", \"text\", \"label\", \"spans\"}, other keys ignored. Labels: logistics, clinical,\n\
                  sensitive, identifier, not_clinical (private chat), grey (counted, not judged). Spans are\n\
                  [start, end, type] or {\"start\", \"end\"}, in characters, of what identifies somebody.\n\n\
                  Exit code: 0 whatever the figures; 2 for a line that cannot be scored, 1 for a file")]
pub struct CorpusArgs {
    #[command(flatten)]
    setting: SettingArgs,
    /// A table to read, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Also list the ids of the texts that did not come out as labelled
    #[arg(long)]
    misses: bool,
    /// Labelled files; `-` is the standard input
    #[arg(required = true, value_name = "F.jsonl")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs it.
///
/// # Errors
/// `Usage` (exit 2) for a line that cannot be scored; `Failed` (exit 1) for files.
pub fn run(args: CorpusArgs) -> Result<()> {
    let setting = Setting::of(&args.setting)?;
    let sizes = args.files.iter().map(|file| std::fs::metadata(file).map_or(0, |meta| meta.len()));
    let mut progress = Progress::over(sizes.sum());
    let mut scored = Vec::new();
    for file in &args.files {
        scored.push((file.display().to_string(), score(&setting, file, &mut progress)?));
    }
    drop(progress);
    let report = Report::new(scored);
    let written = match args.format {
        Format::Text => report.text(args.misses),
        Format::Json => report.json(args.misses),
    };
    let mut out = std::io::stdout().lock();
    Halt::end(out.write_all(written.as_bytes()).and_then(|()| out.flush()).map_err(Halt::from))
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    label: Label,
    #[serde(default)]
    spans: Vec<RowSpan>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RowSpan {
    Typed(usize, usize, serde::de::IgnoredAny),
    Bare(usize, usize),
    Named { start: usize, end: usize },
}

const NEEDS: &str = "it needs \"text\", a string, a known \"label\", and \"spans\" as [start, end, type] if any";

fn score(setting: &Setting, file: &Path, progress: &mut Progress) -> Result<Score> {
    let mut lines = Lines::open(file)?;
    let mut score = Score::default();
    while lines.advance()? {
        let row: Row<'_> = jsonl::object(lines.line(), NEEDS).map_err(|why| lines.wrong(why))?;
        let spans: Vec<(usize, usize)> = row
            .spans
            .iter()
            .map(|span| match span {
                RowSpan::Typed(start, end, _) | RowSpan::Bare(start, end) | RowSpan::Named { start, end } => {
                    (*start, *end)
                }
            })
            .collect();
        let spans = char_offsets(&row.text, &spans).ok_or_else(|| lines.wrong("a span lies outside the text"))?;
        let (said, nanos) = setting.assess(&row.text).map_err(|error| lines.wrong(&error.to_string()))?;
        score.add(row.id.map_or("null", RawValue::get), row.label, &spans, &said, nanos);
        progress.step(lines.bytes());
    }
    Ok(score)
}
