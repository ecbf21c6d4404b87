//! What the demo prints: sections, facts, verdicts with marked spans, and the count of expectations.

use anstream::println;
use anstyle::{AnsiColor, Effects, Style};
use curtain_core::message::{Assessment, Marked, Rewrite, RewriteKind};
use curtain_core::policy::{Severity, Verdict};
use std::path::Path;
use std::time::Instant;

const WIDTH: usize = 78;

/// Counts expectations and keeps the time.
pub(super) struct Stage {
    began: Instant,
    held: u32,
    broken: Vec<String>,
    section: u32,
}

pub(super) fn bold() -> Style {
    Style::new().effects(Effects::BOLD)
}

pub(super) fn dim() -> Style {
    Style::new().effects(Effects::DIMMED)
}

fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Block => AnsiColor::Red,
        Verdict::Redirect { .. } => AnsiColor::Blue,
        Verdict::NeedsConsent => AnsiColor::Magenta,
        Verdict::Rewrite => AnsiColor::Yellow,
        Verdict::Review => AnsiColor::BrightBlack,
        Verdict::AllowAndDocument => AnsiColor::Cyan,
        Verdict::Allow => AnsiColor::Green,
    };
    Style::new().fg_color(Some(colour.into())).effects(Effects::BOLD)
}

impl Stage {
    pub(super) fn new() -> Stage {
        let (b, d) = (bold(), dim());
        println!("{b}Curtain{b:#}: a day on the ward, on a real encrypted vault");
        println!("{d}Keys in files stand for the phone's keystore; the patients are synthetic (Synthea).{d:#}");
        Stage { began: Instant::now(), held: 0, broken: Vec::new(), section: 0 }
    }

    pub(super) fn section(&mut self, title: &str) {
        self.section += 1;
        let b = bold();
        println!("\n{b}{}  {title}{b:#}", self.section);
    }

    pub(super) fn fact(&self, text: &str) {
        for line in wrapped(text, WIDTH - 3) {
            println!("   {line}");
        }
    }

    /// A fact that must hold.
    pub(super) fn expect(&mut self, holds: bool, text: &str) {
        let (mark, colour) = if holds { ("ok", AnsiColor::Green) } else { ("NOT", AnsiColor::Red) };
        let s = Style::new().fg_color(Some(colour.into()));
        for (index, line) in wrapped(text, WIDTH - 6).iter().enumerate() {
            let mark = if index == 0 { mark } else { "" };
            println!("{s}{mark:>5}{s:#} {line}");
        }
        if holds {
            self.held += 1;
        } else {
            self.broken.push(text.to_owned());
        }
    }

    /// One assessed text: channel and reader, the text with its spans, verdict, reason, what to send instead.
    pub(super) fn verdict(&mut self, number: usize, to: &str, text: &str, said: &Assessment, holds: bool) {
        let (s, d) = (style(said.verdict), dim());
        println!("\n   {d}{number:>2}  {to}{d:#}");
        let mut inside = None;
        for line in wrapped(&marked(text, &said.findings), WIDTH - 7) {
            println!("       {}", painted(&line, &mut inside));
        }
        println!("       {s}{}{s:#}  {d}({}){d:#}", said.headline, said.verdict.name());
        for line in wrapped(&said.why, WIDTH - 7) {
            println!("       {line}");
        }
        if let Verdict::Redirect { to } = said.verdict {
            println!("       {d}Instead: the same text, by {}{d:#}", to.name().replace('_', " "));
        } else if let Some(rewrite) = offered(said) {
            let channel = rewrite.channel.name().replace('_', " ");
            for line in wrapped(&format!("Instead ({channel}): {}", rewrite.text), WIDTH - 7) {
                println!("       {d}{line}{d:#}");
            }
        }
        if holds {
            self.held += 1;
        } else {
            let line = format!("text {number} was expected to be another verdict");
            let s = Style::new().fg_color(Some(AnsiColor::Red.into()));
            println!("   {s}NOT{s:#} {line}");
            self.broken.push(line);
        }
    }

    /// The last lines; `true` when every expectation held.
    pub(super) fn close(self, out: &Path, leaves: &[&str]) -> bool {
        let (b, d) = (bold(), dim());
        println!("\n{b}Left in {}{b:#}", out.display());
        for line in wrapped(&leaves.join("  "), WIDTH - 3) {
            println!("   {line}");
        }
        let seconds = self.began.elapsed().as_secs_f64();
        println!("\n{d}{seconds:.1} s, Argon2id at 64 MiB included{d:#}");
        if self.broken.is_empty() {
            println!("{b}Every one of {} expectations held.{b:#}", self.held);
            return true;
        }
        println!(
            "{b}{} of {} expectations did not hold:{b:#}",
            self.broken.len(),
            self.held as usize + self.broken.len()
        );
        for line in &self.broken {
            println!("   {line}");
        }
        false
    }
}

/// What the demo shows of the offered texts: the smallest change where that is all it takes, else a whole ready one.
fn offered(said: &Assessment) -> Option<&Rewrite> {
    let whole = said.rewrites.iter().find(|rewrite| rewrite.kind != RewriteKind::SmallestChange);
    match said.verdict {
        Verdict::Allow | Verdict::AllowAndDocument => None,
        Verdict::Rewrite => said.rewrites.first(),
        _ => whole.or(said.rewrites.first()),
    }
}

/// Colours what stands in brackets; `inside` carries an open bracket over to the next line.
fn painted(line: &str, inside: &mut Option<Style>) -> String {
    let stop = Style::new().fg_color(Some(AnsiColor::Red.into())).effects(Effects::BOLD);
    let warn = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let mut out = inside.map_or(String::new(), |style| style.to_string());
    for c in line.chars() {
        if let Some(style) = match c {
            '[' => Some(stop),
            '(' => Some(warn),
            _ => None,
        } {
            out.push_str(&style.to_string());
            *inside = Some(style);
        }
        out.push(c);
        if let (']' | ')', Some(style)) = (c, *inside) {
            out.push_str(&format!("{style:#}"));
            *inside = None;
        }
    }
    if let Some(style) = inside {
        out.push_str(&format!("{style:#}"));
    }
    out
}

/// The text with its spans: `[…]` for what stops it, `(…)` for what is better left out; notes stay unmarked.
fn marked(text: &str, findings: &[Marked]) -> String {
    let mut spans: Vec<(usize, usize, char, char)> = findings
        .iter()
        .filter_map(|finding| {
            let ends = match finding.severity {
                Severity::Stop => ('[', ']'),
                Severity::Warn | Severity::Blind => ('(', ')'),
                Severity::Note => return None,
            };
            let start = usize::try_from(finding.span.start).ok()?;
            Some((start, usize::try_from(finding.span.end).ok()?, ends.0, ends.1))
        })
        .collect();
    // The strongest and longest first; what lies inside or across it is already marked.
    spans.sort_by_key(|(start, end, open, _)| (*open != '[', *start, std::cmp::Reverse(*end)));
    let mut kept: Vec<(usize, usize, char, char)> = Vec::new();
    for span in spans {
        if kept.iter().all(|other| span.1 <= other.0 || span.0 >= other.1) {
            kept.push(span);
        }
    }
    kept.sort_unstable();
    let (mut out, mut at) = (String::new(), 0);
    for (start, end, open, close) in kept {
        out.push_str(text.get(at..start).unwrap_or(""));
        out.push(open);
        out.push_str(text.get(start..end).unwrap_or(""));
        out.push(close);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Words on lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
