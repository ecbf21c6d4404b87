//! What screening costs once for a process, and how it grows with the text.

use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use curtain_core::screen::scan;

use crate::screening::{CLINICAL, LOGISTICS, SPANISH, clinic, known};
use crate::{Done, Table, timed};

/// The word that makes this program a fresh process that scans once and says what that took.
pub(crate) const FRESH: &str = "fresh";

/// Memory of this process in KiB: its own, and pages of the program file that it has touched. Linux only.
fn memory() -> Option<[u64; 2]> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some([field("RssAnon:")?, field("RssFile:")?])
}

/// The first scans of a process: nanoseconds of the first, then KiB of growth after a hundred different texts.
pub(crate) fn fresh() -> Done {
    let (names, clinic) = (known(), clinic());
    let before = memory().unwrap_or_default();
    let (first, result) = timed(|| scan(black_box("Your prescription is ready for pickup."), Some(&clinic), &names));
    result?;
    for text in [LOGISTICS, CLINICAL, SPANISH].concat().iter().cycle().take(100) {
        scan(black_box(text), Some(&clinic), &names)?;
    }
    let after = memory().unwrap_or_default();
    let grown = [0, 1].map(|at: usize| after.get(at).zip(before.get(at)).map_or(0, |(a, b)| a.saturating_sub(*b)));
    writeln!(std::io::stdout(), "{} {} {}", first.as_nanos(), grown[0], grown[1])?;
    Ok(())
}

pub(crate) fn run(table: &mut Table) -> Done {
    table.part("a fresh process");
    let mut times = Vec::new();
    let mut grown = Vec::new();
    for _ in 0..40 {
        let told = Command::new(std::env::current_exe()?).arg(FRESH).output()?.stdout;
        let told: Vec<u64> = std::str::from_utf8(&told)?.split_whitespace().flat_map(str::parse).collect();
        let [nanos, own, file] = told[..] else { return Err("the fresh process said nothing".into()) };
        times.push(Duration::from_nanos(nanos));
        grown.push((own, file));
    }
    table.row("load: its first scan", times);
    grown.sort_unstable();
    let (own, file) = grown.get(grown.len() / 2).copied().unwrap_or_default();
    table.say(format!("memory after 100 scans: +{own} KiB of its own, +{file} KiB of the program's file"));
    curve(table)
}

/// From 1 KiB to 1 MiB; text as people write it, and text that a scanner might choke on.
fn curve(table: &mut Table) -> Done {
    const SIZES: [usize; 6] = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20];
    const UNITS: [(&str, &str); 14] = [
        ("one long word", "a"),
        ("marks only", ".,;:!?/@#$()'-"),
        ("digits only", "7"),
        ("groups of digits", "555-123 4567 "),
        ("combining marks", "a\u{301}\u{302}"),
        ("H.I.V.", "H.I.V."),
        ("single letters", "h i v "),
        ("no spaces", "YourHIVtest,is/positive-and.12mg"),
        ("emoji", "👩‍⚕️"),
        ("titles", "Dr. A "),
        ("results", "results normal "),
        ("links", "https://a.b/c.d@e.f:g"),
        ("line ends", "\n"),
        ("spaces", " "),
    ];
    let written = [LOGISTICS, CLINICAL, SPANISH].concat().join(" ") + "\n";
    let mut units: Vec<(&str, &str)> = vec![("as people write", &written)];
    units.extend(UNITS);
    let (names, clinic) = (known(), clinic());
    let heads = SIZES.map(|size| format!("{:>9}", format!("{} KiB", size >> 10)));
    table.say(format!("{:<24}{}   (full scan, ms, median of 5)", "length", heads.join("")));
    for (name, unit) in units {
        let mut row = format!("{name:<24}");
        for size in SIZES {
            let mut text = unit.repeat(size / unit.len() + 1);
            let end = (0..=size).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            text.truncate(end);
            let mut times = Vec::new();
            for _ in 0..5 {
                let (time, result) = timed(|| scan(black_box(&text), Some(&clinic), &names));
                result?;
                times.push(time);
            }
            times.sort_unstable();
            let median = times.get(2).copied().unwrap_or_default();
            row += &format!("{:>9.3}", median.as_secs_f64() * 1e3);
        }
        table.say(row);
    }
    Ok(())
}
