//! The first measurements: screening and assessing a draft, and a vault of 10,000 notes.
//!
//! `cargo bench -p curtain-core` prints one table (times of one thread); `docs/performance.md` says what each row includes.
//! Plain timers, no harness: every row is many rounds of the real call, sorted, with its median and its tail.
//! `-- screen` or `-- vault` runs one half.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant as Timer};

#[path = "first/screening.rs"]
mod screening;
#[path = "first/vault.rs"]
mod vault;
#[path = "first/watched.rs"]
mod watched;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Patients in the vault, and names that the screener knows.
const PATIENTS: u16 = 200;

fn main() -> Done {
    // `cargo bench` passes its own flags; only words choose.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |half: &str| chosen.is_empty() || chosen.iter().any(|word| word == half);
    let mut table = Table::default();
    if wanted("screen") {
        screening::run(&mut table)?;
    }
    if wanted("vault") {
        vault::run(&mut table)?;
    }
    table.print()
}

/// The rows to print.
#[derive(Default)]
struct Table(Vec<[String; 5]>);

impl Table {
    fn row(&mut self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let count = times.len();
        let at = |share: usize| times.get(count.saturating_sub(1) * share / 100).copied().unwrap_or_default();
        // Of fewer than a hundred rounds the worst is the honest tail.
        let (name, tail) = if count >= 100 { ("p99", at(99)) } else { ("max", at(100)) };
        self.0.push([what.to_owned(), count.to_string(), shown(at(50)), shown(tail), name.to_owned()]);
    }

    fn rate(&mut self, what: &str, number: usize, took: Duration) -> Done {
        let each = took / u32::try_from(number)?;
        let rate = format!("{:.0}/s", 1.0 / each.as_secs_f64());
        self.0.push([what.to_owned(), number.to_string(), shown(each), rate, String::new()]);
        Ok(())
    }

    fn part(&mut self, title: &str) {
        self.0.push([title.to_owned(), "rounds".to_owned(), "p50".to_owned(), "tail".to_owned(), String::new()]);
    }

    fn print(&self) -> Done {
        let mut out = std::io::stdout().lock();
        for [what, rounds, middle, tail, name] in &self.0 {
            if rounds == "rounds" {
                writeln!(out)?;
            }
            writeln!(out, "{}", format!("{what:<48} {rounds:>7} {middle:>11} {tail:>11} {name}").trim_end())?;
        }
        Ok(())
    }
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.1} us") } else { format!("{:.2} ms", micros / 1000.0) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Timer::now();
    let result = black_box(work());
    (start.elapsed(), result)
}
