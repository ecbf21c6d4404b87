//! Scores a labelled corpus on a `logistics` view: `CURTAIN_CORPUS=rows.jsonl cargo run --release -p curtain-core --example screen_corpus`.
//!
//! Each row is `{"id", "text", "label"}`. Only counts and the ids of surprising rows are printed; `SHOW=1` prints findings too.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::time::Instant;

use curtain_core::screen::{Class, Findings, NameIndex, Standing, scan};

/// Whether a `logistics` channel would stop this text.
fn stopped(findings: &Findings) -> bool {
    !findings.recognised
        || findings.findings.iter().any(|f| {
            let class = f.class.name();
            let told =
                class.starts_with("clinical.") || class.starts_with("sensitive.") || class.starts_with("attachment.");
            match f.standing {
                Standing::Stated => (told && f.class != Class::ClinicalSpecialty) || class.starts_with("identifier."),
                Standing::Named => matches!(
                    f.class,
                    Class::ClinicalMedication
                        | Class::ClinicalTestName
                        | Class::ClinicalProcedure
                        | Class::SensitiveProvider
                ),
                Standing::Slot | Standing::Mismatch | Standing::Greeting => false,
            }
        })
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var("CURTAIN_CORPUS").map_err(|_| "set CURTAIN_CORPUS to a jsonl file")?;
    let show = std::env::var("SHOW").is_ok();
    let names = NameIndex::default();
    let mut out = std::io::stdout().lock();
    let mut counts: BTreeMap<String, [u32; 5]> = BTreeMap::new();
    let mut micros = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = row.get("text").and_then(|t| t.as_str()).unwrap_or("");
        let label = row.get("label").and_then(|t| t.as_str()).unwrap_or("");
        let start = Instant::now();
        let findings = scan(text, None, &names)?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
        let has = |prefix: &str| findings.findings.iter().any(|f| f.class.name().starts_with(prefix));
        let stop = stopped(&findings);
        let count = counts.entry(label.to_owned()).or_default();
        for (slot, hit) in count.iter_mut().zip([true, stop, has("clinical."), has("sensitive."), has("identifier.")]) {
            *slot += u32::from(hit);
        }
        let surprise = match label {
            "logistics" => stop,
            "clinical" => !stop,
            "sensitive" => !stop || !has("sensitive."),
            "not_clinical" => has("clinical.") || has("sensitive."),
            "identifier" => !has("identifier."),
            _ => false,
        };
        if surprise || std::env::var("ALL").is_ok() {
            write!(out, "{label} {}", row.get("id").and_then(|t| t.as_str()).unwrap_or(""))?;
            if show {
                write!(out, " recognised={} {:?} {text}", findings.recognised, findings.language)?;
                for f in &findings.findings {
                    let (start, end) = (usize::try_from(f.span.start)?, usize::try_from(f.span.end)?);
                    write!(
                        out,
                        "\n    {} {:?} {} {:?}",
                        f.class,
                        f.standing,
                        f.rule,
                        text.get(start..end).unwrap_or("")
                    )?;
                }
            }
            writeln!(out)?;
        }
    }
    writeln!(
        out,
        "{:<14} {:>5} {:>8} {:>9} {:>10} {:>11}",
        "label", "rows", "stopped", "clinical", "sensitive", "identifier"
    )?;
    for (label, [rows, stop, clinical, sensitive, identifier]) in &counts {
        writeln!(out, "{label:<14} {rows:>5} {stop:>8} {clinical:>9} {sensitive:>10} {identifier:>11}")?;
    }
    micros.sort_by(f64::total_cmp);
    let at = |share: usize| micros.get(micros.len().saturating_sub(1) * share / 100).copied().unwrap_or(0.0);
    writeln!(out, "scan: p50 {:.1} us, p99 {:.1} us", at(50), at(99))?;
    Ok(())
}
