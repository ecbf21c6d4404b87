//! `curtain policy simulate`: which verdicts of a corpus would flip, if one policy took the place of another.
//!
//! Every text is assessed twice, in the same circumstances, under the one policy and under the other. A flip is another verdict,
//! or a redirect to another place. Texts need no label; with labels the flips are counted by them.

use crate::assess::{CircumstanceArgs, Halt, Setting};
use crate::corpus::Label;
use crate::error::Result;
use crate::jsonl::{self, Lines};
use crate::paint::{Paint, Progress, WIDTH, wrapped};
use clap::{Args, ValueEnum};
use curtain_core::message::Assessment;
use curtain_core::policy::Verdict;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The arguments of `curtain policy simulate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  curtain policy simulate --from us-hipaa --to pack.json tests/corpus/en.jsonl\n  \
                  curtain policy simulate --from us-hipaa --to strict --ids rows.jsonl\n  \
                  curtain policy simulate --from old.json --to new.json --channel email --format json rows.jsonl\n\n\
                  Lines: {\"id\", \"text\", \"label\"}, other keys ignored; id and label may be left out. Labels are those\n\
                  of curtain corpus. No text is printed.\n\n\
                  Exit code: 0 whatever flips; 2 for a line that cannot be assessed, 1 for a file or a\n\
                  policy that is refused")]
pub struct SimulateArgs {
    /// The policy in force: a pack's JSON, or a built-in pack: us-hipaa, strict
    #[arg(long, value_name = "POLICY")]
    from: PathBuf,
    /// The policy that would take its place
    #[arg(long, value_name = "POLICY")]
    to: PathBuf,
    #[command(flatten)]
    circumstances: CircumstanceArgs,
    /// Also list the ids of the texts whose verdict flips
    #[arg(long)]
    ids: bool,
    /// A table to read, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Files of texts; `-` is the standard input
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
/// `Usage` (exit 2) for a line that cannot be assessed; `Failed` (exit 1) for files and policies.
pub fn run(args: SimulateArgs) -> Result<()> {
    let from = Setting::under(&args.circumstances, &args.from)?;
    let to = Setting::under(&args.circumstances, &args.to)?;
    let sizes = args.files.iter().map(|file| std::fs::metadata(file).map_or(0, |meta| meta.len()));
    let mut progress = Progress::over(sizes.sum());
    let mut outcome = Outcome::default();
    for file in &args.files {
        outcome.read(file, &from, &to, &mut progress)?;
    }
    drop(progress);
    let written = match args.format {
        Format::Text => outcome.text(&from, &to, args.ids),
        Format::Json => outcome.json(&from, &to, args.ids),
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
    #[serde(default)]
    label: Option<Label>,
}

const NEEDS: &str = "it needs \"text\", a string, and a known \"label\" if any";

/// What flips from one verdict to one other.
#[derive(Default)]
struct Flip {
    texts: u64,
    labels: BTreeMap<&'static str, u64>,
    /// Ids as JSON, in the order of the files.
    ids: Vec<String>,
}

/// What was counted.
#[derive(Default)]
struct Outcome {
    texts: u64,
    newly_stopped: u64,
    newly_open: u64,
    /// By verdict before and after.
    flips: BTreeMap<(String, String), Flip>,
}

impl Outcome {
    fn read(&mut self, file: &Path, from: &Setting, to: &Setting, progress: &mut Progress) -> Result<()> {
        let mut lines = Lines::open(file)?;
        while lines.advance()? {
            let row: Row<'_> = jsonl::object(lines.line(), NEEDS).map_err(|why| lines.wrong(why))?;
            let said = |setting: &Setting| -> Result<Assessment> {
                let (said, _) = setting.assess(&row.text).map_err(|error| lines.wrong(&error.to_string()))?;
                Ok(said)
            };
            let (before, after) = (said(from)?, said(to)?);
            // A text without an id is named by its line.
            let id = row.id.map_or_else(|| Value::from(lines.place()).to_string(), |id| id.get().to_owned());
            self.add(id, row.label, &before, &after);
            progress.step(lines.bytes());
        }
        Ok(())
    }

    fn add(&mut self, id: String, label: Option<Label>, before: &Assessment, after: &Assessment) {
        self.texts += 1;
        if before.verdict == after.verdict {
            return;
        }
        match (before.verdict.stopped(), after.verdict.stopped()) {
            (false, true) => self.newly_stopped += 1,
            (true, false) => self.newly_open += 1,
            _ => {}
        }
        let flip = self.flips.entry((name(before.verdict), name(after.verdict))).or_default();
        flip.texts += 1;
        *flip.labels.entry(label.map_or("unlabelled", Label::name)).or_default() += 1;
        flip.ids.push(id);
    }

    fn flipped(&self) -> u64 {
        self.flips.values().map(|flip| flip.texts).sum()
    }

    /// The flips, most texts first.
    fn ordered(&self) -> Vec<(&(String, String), &Flip)> {
        let mut flips: Vec<_> = self.flips.iter().collect();
        flips.sort_by_key(|(_, flip)| std::cmp::Reverse(flip.texts));
        flips
    }

    /// A table of at most 78 characters a line.
    fn text(&self, from: &Setting, to: &Setting, ids: bool) -> String {
        let paint = Paint::of_stdout();
        let (bold, dim) = (paint.bold(), paint.dim());
        let mut out = String::new();
        let policy = |setting: &Setting| format!("{} {}", setting.pack.id, setting.pack.version);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{bold}{} -> {}{bold:#}  {dim}{}{dim:#}", policy(from), policy(to), from.way());
        let flipped = self.flipped();
        let share = if self.texts == 0 { 0.0 } else { flipped as f64 * 100.0 / self.texts as f64 };
        let _ = writeln!(
            out,
            "{} texts, {flipped} verdicts flip ({share:.1} %): {} newly stopped, {} newly open",
            self.texts, self.newly_stopped, self.newly_open
        );
        if flipped > 0 {
            let _ = writeln!(out, "\n  {dim}{:<30}{:<30}{:>8}{dim:#}", "from", "to", "texts");
        }
        for ((before, after), flip) in self.ordered() {
            let _ = writeln!(out, "  {before:<30}{after:<30}{:>8}", flip.texts);
            let labels: Vec<String> = flip.labels.iter().map(|(label, texts)| format!("{label} {texts}")).collect();
            let shown = [Some(labels.join(", ")), ids.then(|| flip.ids.join(", "))];
            for line in shown.iter().flatten().flat_map(|list| wrapped(list, WIDTH - 4)) {
                let _ = writeln!(out, "    {dim}{line}{dim:#}");
            }
        }
        out
    }

    /// `{"from": {"id", "version"}, "to", "texts", "flipped", "newly_stopped", "newly_open", "flips": [{"from", "to", "texts",
    /// "labels": {label: texts}, "ids"}]}`; `ids` only if asked for.
    fn json(&self, from: &Setting, to: &Setting, ids: bool) -> String {
        let policy = |setting: &Setting| json!({"id": setting.pack.id, "version": setting.pack.version});
        let flips = self.ordered().into_iter().map(|((before, after), flip)| {
            let mut object = Map::new();
            object.insert("from".to_owned(), json!(before));
            object.insert("to".to_owned(), json!(after));
            object.insert("texts".to_owned(), json!(flip.texts));
            object.insert("labels".to_owned(), json!(flip.labels));
            if ids {
                let ids = flip.ids.iter().map(|id| serde_json::from_str::<Value>(id).unwrap_or(Value::Null));
                object.insert("ids".to_owned(), ids.collect());
            }
            Value::Object(object)
        });
        let whole = json!({
            "from": policy(from),
            "to": policy(to),
            "texts": self.texts,
            "flipped": self.flipped(),
            "newly_stopped": self.newly_stopped,
            "newly_open": self.newly_open,
            "flips": flips.collect::<Value>(),
        });
        format!("{whole:#}\n")
    }
}

/// `block`, `redirect(portal)`.
fn name(verdict: Verdict) -> String {
    match verdict {
        Verdict::Redirect { to } => format!("{}({})", verdict.name(), to.name()),
        other => other.name().to_owned(),
    }
}
