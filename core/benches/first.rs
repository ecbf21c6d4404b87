//! The first measurements: screening and assessing a draft, a vault of 10,000 notes, and a photo.
//!
//! `cargo bench -p curtain-core` prints one table (times of one thread); `docs/performance.md` says what each row includes.
//! Plain timers, no harness: every row is many rounds of the real call, sorted, with its median and its tail.
//! `-- side PATIENTS` prints bare rows for `bench-peer/run`, which sets them beside SQLCipher's. `-- screen` or `-- vault` runs one half, `-- typing` or `-- growth` a part of the first, `-- photo` one of the second.

use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant as Timer};

#[path = "first/growth.rs"]
mod growth;
#[path = "first/phone.rs"]
mod phone;
#[path = "first/photo.rs"]
mod photo;
#[path = "first/screening.rs"]
mod screening;
#[path = "first/side.rs"]
mod side;
#[path = "first/typing.rs"]
mod typing;
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
    if chosen.iter().any(|word| word == growth::FRESH) {
        return growth::fresh();
    }
    if let [word, patients] = chosen.as_slice()
        && word == side::SIDE
    {
        return side::run(patients.parse()?);
    }
    if let [word, files, keys] = chosen.as_slice()
        && word == side::MEMORY
    {
        return side::memory(files.as_ref(), keys.as_ref());
    }
    if let [word, file] = chosen.as_slice()
        && word == photo::MEMORY
    {
        return photo::memory(file.as_ref());
    }
    let wanted = |half: &str| chosen.is_empty() || chosen.iter().any(|word| word == half);
    let mut table = Table::default();
    if wanted("screen") {
        screening::run(&mut table)?;
    }
    if wanted("screen") || wanted("typing") {
        typing::run(&mut table)?;
    }
    if wanted("screen") || wanted("growth") {
        growth::run(&mut table)?;
    }
    if wanted("vault") {
        vault::run(&mut table)?;
    }
    if wanted("vault") || wanted("photo") {
        photo::run(&mut table)?;
    }
    table.print()
}

/// The rows to print.
#[derive(Default)]
struct Table(Vec<[String; 6]>);

/// In a row's second place: a line of its own.
const SAID: &str = "said";

impl Table {
    fn row(&mut self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let count = times.len();
        let at = |share: usize| times.get(count.saturating_sub(1) * share / 100).copied().unwrap_or_default();
        // Of fewer than a hundred rounds the worst is the honest tail.
        let (name, tail) = if count >= 100 { ("p99", at(99)) } else { ("max", at(100)) };
        self.0.push([what, &count.to_string(), &shown(at(0)), &shown(at(50)), &shown(tail), name].map(str::to_owned));
    }

    fn part(&mut self, title: &str) {
        self.0.push([title, "rounds", "least", "p50", "tail", ""].map(str::to_owned));
    }

    /// A line that is no row.
    fn say(&mut self, line: String) {
        let [a, b, c, d, e] = [SAID, "", "", "", ""].map(str::to_owned);
        self.0.push([line, a, b, c, d, e]);
    }

    fn print(&self) -> Done {
        let mut out = std::io::stdout().lock();
        for [what, rounds, least, middle, tail, name] in &self.0 {
            if rounds == SAID {
                writeln!(out, "{what}")?;
                continue;
            }
            if rounds == "rounds" {
                writeln!(out)?;
            }
            writeln!(
                out,
                "{}",
                format!("{what:<48} {rounds:>6} {least:>10} {middle:>10} {tail:>10} {name}").trim_end()
            )?;
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

/// Counts how often the scheduler gave this thread a processor: Linux only, elsewhere every round counts.
struct Turns(Option<std::fs::File>);

impl Turns {
    fn watch() -> Turns {
        Turns(std::fs::File::open("/proc/thread-self/schedstat").ok())
    }

    fn taken(&mut self) -> Option<u64> {
        let mut text = String::new();
        let file = self.0.as_mut()?;
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        text.split_whitespace().nth(2)?.parse().ok()
    }

    /// Times `work`; `None` for a round in which another process had this processor meanwhile.
    fn timed<T>(&mut self, work: impl FnOnce() -> T) -> (Option<Duration>, T) {
        let before = self.taken();
        let (time, result) = timed(work);
        ((before == self.taken()).then_some(time), result)
    }
}
