//! The figures, as a table for a person or as one JSON object.

use super::score::{Score, Share};
use crate::paint::Paint;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Key, words and aim (design.md section 4) of a figure.
type Figure = (&'static str, &'static str, &'static str, fn(&Score) -> Share);

const FIGURES: [Figure; 11] = [
    ("logistics_stopped", "logistics stopped", "aim ≤ 1 %", |s| s.logistics_stopped),
    ("clinical_stopped", "clinical stopped", "aim ≥ 99.5 %", |s| s.clinical_stopped),
    ("sensitive_stopped", "sensitive stopped", "aim ≥ 99.5 %", |s| s.sensitive_stopped),
    ("sensitive_named", "sensitive named", "", |s| s.sensitive_named),
    ("identifier_named", "identifier texts marked", "", |s| s.identifier_named),
    ("span_recall", "identifier spans found", "aim ≥ 95 %", |s| s.spans_found),
    ("span_precision", "identifier marks right", "aim ≥ 85 %", |s| s.marks_right),
    ("chat_clinical", "chat called clinical", "", |s| s.chat_clinical),
    ("chat_sensitive", "chat called sensitive", "", |s| s.chat_sensitive),
    ("grey_stopped", "grey stopped", "", |s| s.grey_stopped),
    ("stops_with_span", "stops that show where", "aim 100 %", |s| s.stops_with_span),
];

/// Every file's score, and the total of several.
pub(super) struct Report {
    files: Vec<(String, Score)>,
    total: Score,
}

impl Report {
    pub(super) fn new(files: Vec<(String, Score)>) -> Report {
        let mut total = Score::default();
        for (_, score) in &files {
            total.join(score);
        }
        Report { files, total }
    }

    /// Tables of at most 78 characters.
    pub(super) fn text(&self, misses: bool) -> String {
        let paint = Paint::of_stdout();
        let mut out = String::new();
        for (name, score) in &self.files {
            table(&mut out, paint, name, score, misses);
        }
        if self.files.len() > 1 {
            table(&mut out, paint, "total", &self.total, false);
        }
        out
    }

    /// One object: `{"files": [{"file", "texts", FIGURE: {"hits", "of", "share", "low", "high"}, …}], "total": {…}}`.
    pub(super) fn json(&self, misses: bool) -> String {
        let files = self.files.iter().map(|(name, score)| {
            let mut object = figures(score);
            object.insert("file".to_owned(), json!(name));
            if misses {
                let rows = score.misses.iter().map(|(id, what)| {
                    let id = serde_json::from_str::<Value>(id).unwrap_or(Value::Null);
                    json!({"id": id, "what": what})
                });
                object.insert("misses".to_owned(), rows.collect());
            }
            Value::Object(object)
        });
        let whole = json!({"files": files.collect::<Value>(), "total": figures(&self.total)});
        format!("{whole:#}\n")
    }
}

fn figures(score: &Score) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("texts".to_owned(), json!(score.texts));
    for (key, _, _, share) in FIGURES {
        let share = share(score);
        let (low, high) = share.interval().unzip();
        let value = json!({"hits": share.hits, "of": share.of, "share": share.value(), "low": low, "high": high});
        object.insert(key.to_owned(), value);
    }
    object.insert("p50_micros".to_owned(), json!(score.micros(0.50)));
    object.insert("p99_micros".to_owned(), json!(score.micros(0.99)));
    object
}

fn table(out: &mut String, paint: Paint, name: &str, score: &Score, misses: bool) {
    let (bold, dim) = (paint.bold(), paint.dim());
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{bold}{name}{bold:#}  {} texts", score.texts);
    for (_, words, aim, share) in FIGURES {
        let share = share(score);
        let (Some(value), Some((low, high))) = (share.value(), share.interval()) else { continue };
        let of = format!("{} of {}", share.hits, share.of);
        let percent = |value: f64| format!("{:.1}", value * 100.0);
        let interval = format!("({} to {})", percent(low), percent(high));
        let line = format!("  {words:<23}{of:>14}{:>8} %  {dim}{interval:<17}{aim}{dim:#}", percent(value));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let (p50, p99) = (score.micros(0.50), score.micros(0.99));
    let _ = writeln!(out, "  {:<23}p50 {p50:.1} us, p99 {p99:.1} us", "time of an assessment");
    if misses {
        for (id, what) in &score.misses {
            let _ = writeln!(out, "  {dim}miss{dim:#} {what:<24}{}", crate::paint::wrapped(id, 46).concat());
        }
    }
    out.push('\n');
}
