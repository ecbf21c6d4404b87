//! Entry functions for fuzzers: each takes the bytes of a stranger and panics where a promise is broken.
//!
//! Built for tests and behind `dangerous-fuzzing` only. `fuzz/` drives them under coverage, `tests` below runs the same
//! functions over the seeds and some thousand mutations of them on stable. What is fuzzed and what came of it:
//! `docs/fuzzing.md`. Where a MAC or a signature stands before a parser, the entry function makes it, so that the parser
//! sees hostile bytes too.

mod documents;
mod input;
mod phone;
mod pictures;
mod seeds;
mod stored;
#[cfg(test)]
mod tests;
mod texts;

pub use documents::{deliver, jws, pack, payload, strict_json, trace, trust};
pub use phone::stolen_phone;
pub use pictures::photo;
pub use seeds::seeds;
pub use stored::{anchor, database, head, journal, record, recovery_code, slots, stream};
pub use texts::{age, assess, fhir, link, scan};

#[cfg(all(feature = "dangerous-fuzzing", not(debug_assertions)))]
compile_error!("dangerous-fuzzing must not reach a release build");

/// What reads a stranger's bytes.
pub type Entry = fn(&[u8]);

/// Every entry function by the name of its fuzz target.
pub const TARGETS: [(&str, Entry); 22] = [
    ("strict_json", strict_json),
    ("jws", jws),
    ("payload", payload),
    ("trust", trust),
    ("pack", pack),
    ("trace", trace),
    ("deliver", deliver),
    ("slots", slots),
    ("anchor", anchor),
    ("head", head),
    ("record", record),
    ("database", database),
    ("stream", stream),
    ("journal", journal),
    ("recovery_code", recovery_code),
    ("stolen_phone", stolen_phone),
    ("fhir", fhir),
    ("scan", scan),
    ("assess", assess),
    ("link", link),
    ("age", age),
    ("photo", photo),
];
