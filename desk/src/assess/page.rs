//! The page of one assessment: text with marked spans, verdict, why, findings, what to send instead.

use super::Setting;
use crate::paint::{Paint, WIDTH, wrapped};
use anstyle::Style;
use curtain_core::message::{Assessment, Rewrite, RewriteKind, TextLength};
use curtain_core::policy::{Channel, Severity, Verdict};
use curtain_core::screen::Span;
use curtain_core::words::{self, Lang};

/// Writes the page, with a line break at its end.
pub(super) fn page(paint: Paint, setting: &Setting, id: Option<&str>, text: &str, said: &Assessment) -> String {
    let mut page = Page { paint, out: String::new() };
    let plain = Style::new();
    if let Some(id) = id {
        page.lines(paint.bold(), 0, id);
    }
    page.lines(paint.dim(), 0, &circumstances(setting, said));
    page.gap();
    if text.trim().is_empty() {
        page.lines(paint.dim(), 2, "(no words)");
    }
    let found = said.findings.iter().map(|found| (found.span, found.severity));
    let unknown = said.unrecognised.iter().map(|span| (*span, Severity::Blind));
    for line in paint.marked(text.trim_end(), &found.chain(unknown).collect::<Vec<_>>(), WIDTH - 2) {
        page.raw(&format!("  {line}"));
    }
    page.gap();
    let (style, dim) = (paint.verdict(said.verdict), paint.dim());
    let headline = wrapped(&said.headline, WIDTH - 22).join(" ");
    let padded = if paint == Paint::Full { format!(" {headline} ") } else { headline };
    page.raw(&format!("{style}{padded}{style:#}  {dim}{}{dim:#}", said.verdict.name()));
    page.lines(plain, 0, &said.why);
    page.findings(text, said);
    page.instead(setting, said);
    if let Some(best) = said.best {
        let bold = paint.bold();
        page.gap();
        page.raw(&format!("{bold}Best for this text{bold:#}  {}", place(best.name())));
    }
    if let Some(chart) = &said.chart_text {
        page.heading("For the chart");
        page.lines(plain, 2, chart);
    }
    // Several pages stand apart.
    if id.is_some() {
        page.gap();
    }
    page.out
}

fn circumstances(setting: &Setting, said: &Assessment) -> String {
    format!(
        "{} · policy {} {} · {}",
        setting.way(),
        setting.pack.id,
        setting.pack.version,
        length(setting.channel, said.length)
    )
}

/// `79 of 160`, with the number of texts where it takes several; characters where nothing is counted in segments.
fn length(channel: Channel, length: TextLength) -> String {
    let texted = matches!(channel, Channel::Sms | Channel::Imessage | Channel::Whatsapp);
    match (texted, length.segments) {
        (true, 1) => format!("{} of {}", length.units, length.single),
        (true, segments) => format!("{} of {}, {segments} texts", length.units, length.single),
        (false, _) => format!("{} characters", length.characters),
    }
}

/// "The portal", from the name of a place.
fn place(name: &str) -> &'static str {
    match name {
        "portal" => "The portal",
        "secure_messaging" => "Secure messaging",
        "telehealth" => "A telehealth visit",
        "email" => "Institutional email",
        "sms" => "SMS",
        "order_entry" => "Order entry",
        _ => "A phone call",
    }
}

struct Page {
    paint: Paint,
    out: String,
}

impl Page {
    fn raw(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn heading(&mut self, title: &str) {
        let bold = self.paint.bold();
        self.gap();
        self.raw(&format!("{bold}{title}{bold:#}"));
    }

    fn lines(&mut self, style: Style, indent: usize, text: &str) {
        for line in wrapped(text, WIDTH - indent) {
            self.raw(&format!("{:indent$}{style}{line}{style:#}", ""));
        }
    }

    /// Strongest first; notes by class only: they are accepted as they are.
    fn findings(&mut self, text: &str, said: &Assessment) {
        if said.findings.is_empty() && said.unrecognised.is_empty() {
            return;
        }
        self.heading("Found");
        let mut findings: Vec<_> = said.findings.iter().collect();
        findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        for found in findings.iter().filter(|found| found.severity > Severity::Note) {
            let word = match found.severity {
                Severity::Stop => "stop",
                Severity::Warn => "change",
                Severity::Blind | Severity::Note => "blind",
            };
            let (style, dim) = (self.paint.severity(found.severity), self.paint.dim());
            self.raw(&format!("  {style}{word:<8}{style:#}{}  {dim}{}{dim:#}", found.class.name(), found.rule));
            self.lines(Style::new(), 10, &found.reason);
            self.lines(dim, 10, &found.source);
            if let Some(fix) = &found.fix {
                self.lines(dim, 10, &format!("{fix}."));
            }
        }
        for span in &said.unrecognised {
            let (style, dim) = (self.paint.severity(Severity::Blind), self.paint.dim());
            self.raw(&format!("  {style}{:<8}{style:#}{dim}not a known kind of simple message{dim:#}", "unknown"));
            self.lines(Style::new(), 10, &quoted(text, *span));
        }
        let mut notes: Vec<&str> = Vec::new();
        for found in findings.iter().filter(|found| found.severity == Severity::Note) {
            if !notes.contains(&found.class.name()) {
                notes.push(found.class.name());
            }
        }
        if !notes.is_empty() {
            let dim = self.paint.dim();
            let mut word = "note";
            for line in wrapped(&notes.join(", "), WIDTH - 10) {
                self.raw(&format!("  {dim}{word:<8}{line}{dim:#}"));
                word = "";
            }
        }
    }

    fn instead(&mut self, setting: &Setting, said: &Assessment) {
        let elsewhere = match said.verdict {
            Verdict::Redirect { to } => Some(place(to.name())),
            _ => None,
        };
        if said.rewrites.is_empty() && elsewhere.is_none() {
            return;
        }
        self.heading(if said.verdict.stopped() { "Send instead" } else { "Shorter" });
        if let Some(place) = elsewhere {
            let here = if said.rewrites.is_empty() { "" } else { " Or here:" };
            self.lines(Style::new(), 2, &format!("The same text. {place} may carry it.{here}"));
        }
        for rewrite in &said.rewrites {
            let dim = self.paint.dim();
            self.raw(&format!("  {dim}{}{dim:#}", kind(setting.channel, rewrite)));
            self.lines(Style::new(), 4, &rewrite.text);
        }
    }
}

/// The beginning of a clause, in quotes.
fn quoted(text: &str, span: Span) -> String {
    const SHOWN: usize = 60;
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let said = text.get(at(span.start)..at(span.end)).unwrap_or("").trim();
    let rest = if said.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("\"{}{rest}\"", said.chars().take(SHOWN).collect::<String>())
}

fn kind(channel: Channel, rewrite: &Rewrite) -> String {
    let kind = match rewrite.kind {
        RewriteKind::SmallestChange => "smallest change",
        RewriteKind::ReadyText => "ready text",
        RewriteKind::CallUs => "ask to call",
    };
    let place = match rewrite.channel {
        same if same == channel => String::new(),
        Channel::Phone => ", said by phone".to_owned(),
        other => format!(", by {}", words::text(Lang::En, &format!("channel.{}", other.name()))),
    };
    format!("{kind}{place}, {}", length(rewrite.channel, rewrite.length))
}
