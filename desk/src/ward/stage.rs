//! What a played day prints: sections, facts, verdicts with marked spans, and the count of expectations.

use crate::paint::{WIDTH, wrapped};
use anstyle::{AnsiColor, Effects, Style};
use curtain_core::message::{Assessment, Marked, Rewrite, RewriteKind};
use curtain_core::policy::{Severity, Verdict};
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Counts expectations and keeps the time.
pub struct Stage<'a> {
    to: &'a mut dyn Write,
    began: Instant,
    held: usize,
    broken: Vec<String>,
    section: u32,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("held", &self.held).field("broken", &self.broken.len()).finish_non_exhaustive()
    }
}

fn bold() -> Style {
    Style::new().effects(Effects::BOLD)
}

fn dim() -> Style {
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

impl<'a> Stage<'a> {
    /// A stage that writes to `to`; styles go out as escape sequences, which `anstream` strips where nobody sees them.
    pub fn new(to: &'a mut dyn Write, title: &str, below: &str) -> Stage<'a> {
        let mut stage = Stage { to, began: Instant::now(), held: 0, broken: Vec::new(), section: 0 };
        let (b, d) = (bold(), dim());
        stage.line(&format_args!("{b}{title}{b:#}"));
        for line in wrapped(below, WIDTH) {
            stage.line(&format_args!("{d}{line}{d:#}"));
        }
        stage
    }

    /// Output that nobody can take is no reason to stop a day.
    fn line(&mut self, text: &dyn Display) {
        drop(writeln!(self.to, "{text}"));
    }

    fn lines(&mut self, text: &str, indent: usize, style: Style) {
        for line in wrapped(text, WIDTH - indent) {
            self.line(&format_args!("{:indent$}{style}{line}{style:#}", ""));
        }
    }

    /// The next numbered heading.
    pub fn section(&mut self, title: &str) {
        self.section += 1;
        let (b, number) = (bold(), self.section);
        self.line(&format_args!("\n{b}{number}  {title}{b:#}"));
    }

    /// Something that is so.
    pub fn fact(&mut self, text: &str) {
        self.lines(text, 3, Style::new());
    }

    /// Something beside the point.
    pub fn aside(&mut self, text: &str) {
        self.lines(text, 3, dim());
    }

    /// A fact that must hold.
    pub fn expect(&mut self, holds: bool, text: &str) {
        let (mark, colour) = if holds { ("ok", AnsiColor::Green) } else { ("NOT", AnsiColor::Red) };
        let s = Style::new().fg_color(Some(colour.into()));
        for (index, line) in wrapped(text, WIDTH - 6).iter().enumerate() {
            let mark = if index == 0 { mark } else { "" };
            self.line(&format_args!("{s}{mark:>5}{s:#} {line}"));
        }
        if holds {
            self.held += 1;
        } else {
            self.broken.push(text.to_owned());
        }
    }

    /// One assessed text: channel and reader, the text with its spans, verdict, reason, what to send instead.
    pub fn verdict(&mut self, number: usize, to: &str, text: &str, said: &Assessment) {
        let (s, d) = (style(said.verdict), dim());
        self.line(&format_args!("\n   {d}{number:>2}  {to}{d:#}"));
        let mut inside = None;
        for line in wrapped(&marked(text, &said.findings), WIDTH - 7) {
            self.line(&format_args!("       {}", painted(&line, &mut inside)));
        }
        self.line(&format_args!("       {s}{}{s:#}  {d}({}){d:#}", said.headline, said.verdict.name()));
        self.lines(&said.why, 7, Style::new());
        if let Verdict::Redirect { to } = said.verdict {
            self.lines(&format!("Instead: the same text, by {}", to.name().replace('_', " ")), 7, d);
        } else if let Some(rewrite) = offered(said) {
            let channel = rewrite.channel.name().replace('_', " ");
            self.lines(&format!("Instead ({channel}): {}", rewrite.text), 7, d);
        }
    }

    /// A verdict that was expected: a line only where it is another.
    pub fn judged(&mut self, number: usize, holds: bool) {
        if holds {
            self.held += 1;
            return;
        }
        let line = format!("text {number} was expected to be another verdict");
        let s = Style::new().fg_color(Some(AnsiColor::Red.into()));
        self.line(&format_args!("   {s}NOT{s:#} {line}"));
        self.broken.push(line);
    }

    /// The last lines; what did not hold.
    pub fn close(mut self, left: Option<(&Path, &[&str])>) -> Vec<String> {
        let (b, d) = (bold(), dim());
        if let Some((out, leaves)) = left {
            self.line(&format_args!("\n{b}Left in {}{b:#}", out.display()));
            self.fact(&leaves.join("  "));
        }
        let seconds = self.began.elapsed().as_secs_f64();
        self.line(&format_args!("\n{d}{seconds:.1} s, each guess at a passcode included{d:#}"));
        let (held, broken) = (self.held, std::mem::take(&mut self.broken));
        if broken.is_empty() {
            self.line(&format_args!("{b}Every one of {held} expectations held.{b:#}"));
        } else {
            let all = held + broken.len();
            self.line(&format_args!("{b}{} of {all} expectations did not hold:{b:#}", broken.len()));
            broken.iter().for_each(|line| self.fact(line));
        }
        broken
    }
}

/// What is shown of the offered texts: the smallest change where that is all it takes, else a whole ready one.
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
