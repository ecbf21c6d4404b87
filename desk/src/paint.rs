//! How the desk writes to a person: the verdicts' colours (the screens' own, light inks on their containers), marked
//! spans, lines of at most [`WIDTH`] characters, and a line of progress.
//!
//! Colours stand only where `anstream` finds a terminal that takes them (`NO_COLOR`, `CLICOLOR`, `TERM=dumb` are heard);
//! in a pipe spans stand in `[brackets]` and everything else is plain.

use anstyle::{AnsiColor, Effects, RgbColor, Style};
use curtain_core::policy::{Severity, Verdict};
use curtain_core::screen::Span;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Characters on a line, at most.
pub const WIDTH: usize = 78;

/// What the output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// No styles; spans in brackets.
    Plain,
    /// The terminal's own sixteen colours, which follow its theme.
    Sixteen,
    /// 24-bit colour: the screens' inks on their containers, readable on any background.
    Full,
}

impl Paint {
    /// What the standard output shows.
    pub fn of_stdout() -> Paint {
        match anstream::AutoStream::choice(&std::io::stdout()) {
            anstream::ColorChoice::Never => Paint::Plain,
            _ => match std::env::var("COLORTERM").as_deref() {
                Ok("truecolor" | "24bit") => Paint::Full,
                _ => Paint::Sixteen,
            },
        }
    }

    /// The style of a verdict's word.
    pub fn verdict(self, verdict: Verdict) -> Style {
        let (ansi, ink, container) = colours(verdict);
        match self {
            Paint::Plain => Style::new(),
            Paint::Sixteen => Style::new().fg_color(Some(ansi.into())).effects(Effects::BOLD),
            Paint::Full => Style::new()
                .fg_color(Some(rgb(ink).into()))
                .bg_color(Some(rgb(container).into()))
                .effects(Effects::BOLD),
        }
    }

    /// The style of a finding's span and word.
    pub fn severity(self, severity: Severity) -> Style {
        let colour = match severity {
            Severity::Stop => AnsiColor::Red,
            Severity::Warn => AnsiColor::Yellow,
            Severity::Blind => AnsiColor::Magenta,
            Severity::Note => return self.dim(),
        };
        self.when(Style::new().fg_color(Some(colour.into())).effects(Effects::BOLD))
    }

    /// Bold.
    pub fn bold(self) -> Style {
        self.when(Style::new().effects(Effects::BOLD))
    }

    /// Dimmed.
    pub fn dim(self) -> Style {
        self.when(Style::new().effects(Effects::DIMMED))
    }

    fn when(self, style: Style) -> Style {
        if self == Paint::Plain { Style::new() } else { style }
    }

    /// The text in lines of at most `width` characters, its own line breaks kept, with what stands in the way marked:
    /// underlined in colour, or in brackets. Notes are not marked.
    pub fn marked(self, text: &str, spans: &[(Span, Severity)], width: usize) -> Vec<String> {
        let mut strongest = vec![Severity::Note; text.len()];
        for (span, severity) in spans {
            let bytes = strongest.get_mut(byte(span.start)..byte(span.end)).unwrap_or_default();
            bytes.iter_mut().for_each(|level| *level = (*severity).max(*level));
        }
        let mut levels: Vec<(char, Severity)> = text
            .char_indices()
            .map(|(at, c)| (shown(c), strongest.get(at).copied().unwrap_or(Severity::Note)))
            .collect();
        if self == Paint::Plain {
            levels = bracketed(&levels);
        }
        folded(&levels, width).iter().map(|line| self.styled(line)).collect()
    }

    fn styled(self, line: &[(char, Severity)]) -> String {
        let mut out = String::with_capacity(line.len() + 32);
        for run in line.chunk_by(|a, b| a.1 == b.1) {
            let severity = run.first().map_or(Severity::Note, |(_, severity)| *severity);
            let style = match (self, severity) {
                (Paint::Plain, _) | (_, Severity::Note) => Style::new(),
                (_, severity) => self.severity(severity) | Effects::UNDERLINE,
            };
            out.push_str(&style.render().to_string());
            out.extend(run.iter().map(|(c, _)| *c));
            out.push_str(&style.render_reset().to_string());
        }
        out
    }
}

/// Words on lines of at most `width` characters. What could steer a terminal is shown as a mark.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let plain: Vec<(char, Severity)> = text.chars().map(|c| (shown(c), Severity::Note)).collect();
    folded(&plain, width).iter().map(|line| line.iter().map(|(c, _)| *c).collect()).collect()
}

/// Ink and container of the light scheme, and the nearest of the sixteen.
const fn colours(verdict: Verdict) -> (AnsiColor, u32, u32) {
    match verdict {
        Verdict::Block => (AnsiColor::Red, 0x0096_1A3C, 0x00FB_E8EC),
        Verdict::Redirect { .. } => (AnsiColor::Blue, 0x001D_4C9E, 0x00E5_EDFB),
        Verdict::NeedsConsent => (AnsiColor::Magenta, 0x0066_379B, 0x00F1_E8FA),
        Verdict::Rewrite => (AnsiColor::Yellow, 0x0082_4600, 0x00FC_EFD9),
        Verdict::Review => (AnsiColor::BrightBlack, 0x0047_525F, 0x00E9_ECF0),
        Verdict::AllowAndDocument => (AnsiColor::Cyan, 0x000A_6157, 0x00DA_F0EC),
        Verdict::Allow => (AnsiColor::Green, 0x001C_6A33, 0x00E2_F3E4),
    }
}

const fn rgb(hex: u32) -> RgbColor {
    let [_, red, green, blue] = hex.to_be_bytes();
    RgbColor(red, green, blue)
}

fn byte(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// A text may come from anywhere: escape sequences and reordering marks must not reach the terminal.
const fn shown(c: char) -> char {
    match c {
        '\n' => c,
        '\t' => ' ',
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => '\u{fffd}',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        c => c,
    }
}

fn bracketed(levels: &[(char, Severity)]) -> Vec<(char, Severity)> {
    let mut out = Vec::with_capacity(levels.len() + 16);
    for run in levels.chunk_by(|a, b| (a.1 > Severity::Note) == (b.1 > Severity::Note)) {
        match run.first() {
            Some((_, severity)) if *severity > Severity::Note => {
                out.push(('[', *severity));
                out.extend_from_slice(run);
                out.push((']', *severity));
            }
            _ => out.extend_from_slice(run),
        }
    }
    out
}

/// Breaks at spaces, and inside a word only where it is longer than a line.
fn folded<T: Copy>(text: &[(char, T)], width: usize) -> Vec<Vec<(char, T)>> {
    let mut lines = Vec::new();
    for paragraph in text.split(|(c, _)| *c == '\n') {
        let mut rest = paragraph;
        loop {
            if rest.len() <= width {
                lines.push(rest.to_vec());
                break;
            }
            let within = rest.get(..=width).unwrap_or(rest);
            let at = within.iter().rposition(|(c, _)| *c == ' ').filter(|at| *at > 0);
            let (line, next) = rest.split_at(at.unwrap_or(width));
            lines.push(line.to_vec());
            rest = if at.is_some() { next.get(1..).unwrap_or(&[]) } else { next };
        }
    }
    lines
}

/// One line on the standard error, rewritten in place while long work runs: only if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    total: u64,
    done: u64,
    texts: u64,
    next: Option<Instant>,
    written: bool,
}

impl Progress {
    /// Over `total` bytes; 0 if their number is not known. Says nothing in the first second.
    pub fn over(total: u64) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let next = terminal.then(|| Instant::now() + Duration::from_secs(1));
        Progress { total, done: 0, texts: 0, next, written: false }
    }

    /// One text of `bytes` bytes is done.
    pub fn step(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
        self.texts += 1;
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now < next {
            return;
        }
        self.next = Some(now + Duration::from_millis(200));
        self.written = true;
        // A progress line that cannot be written is no reason to stop.
        let _ = match (self.done.min(self.total) * 100).checked_div(self.total) {
            Some(percent) => write!(std::io::stderr(), "\r{percent:>3} %  {} texts ", self.texts),
            None => write!(std::io::stderr(), "\r{} texts ", self.texts),
        };
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.written {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(start: u32, end: u32, severity: Severity) -> (Span, Severity) {
        (Span { start, end, start_utf16: start, end_utf16: end }, severity)
    }

    #[test]
    fn a_pipe_shows_spans_in_brackets_and_no_escape() {
        let found = [finding(5, 8, Severity::Stop), finding(9, 13, Severity::Note)];
        assert_eq!(Paint::Plain.marked("Your HIV test", &found, 40), ["Your [HIV] test"]);
        assert_eq!(Paint::Plain.verdict(Verdict::Block), Style::new());
    }

    #[test]
    fn overlapping_and_adjacent_spans_are_marked_once() {
        let found = [finding(0, 6, Severity::Warn), finding(4, 9, Severity::Stop), finding(9, 10, Severity::Warn)];
        assert_eq!(Paint::Plain.marked("0123456789ab", &found, 40), ["[0123456789]ab"]);
    }

    #[test]
    fn colour_underlines_the_span_over_a_line_break() {
        let lines = Paint::Sixteen.marked("one two three", &[finding(4, 13, Severity::Stop)], 8);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.contains("\u{1b}[4m") && line.ends_with("\u{1b}[0m")));
        assert!(Paint::Full.verdict(Verdict::Block).render().to_string().contains("38;2;150;26;60"));
    }

    #[test]
    fn no_line_is_longer_than_asked_and_no_character_is_lost() {
        let text = format!("short words, {} and é\nnext", "x".repeat(50));
        let lines = wrapped(&text, 20);
        assert!(lines.iter().all(|line| line.chars().count() <= 20));
        let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(&text));
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        let lines = Paint::Sixteen.marked("a\u{1b}[2Jb\u{202e}c\rd", &[], 40);
        assert_eq!(lines, ["a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"]);
    }
}
