//! The fuzz targets on stable: their seeds and some mutations of them, always the same ones, so that no target rots.

use super::{Entry, TARGETS, seeds};

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % (bound.max(1) as u64)).unwrap()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(16)).min(bytes.len());
        match self.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let other = &others[self.below(others.len())];
                let from = self.below(other.len() + 1);
                let to = (from + self.below(64)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            3 => {
                let piece =
                    *[&b"\""[..], b"{", b"]", b"null", b"-1", b"18446744073709551615", b"\xff\xff\xff\xff", b"\0\0"]
                        .get(self.below(8))
                        .unwrap();
                drop(bytes.splice(at..end, piece.iter().copied()));
            }
            4 => bytes.insert(at, u8::try_from(self.roll() & 0xff).unwrap()),
            _ => {
                let with = u8::try_from(self.roll() & 0xff).unwrap();
                bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= with);
            }
        }
    }
}

/// What a mutation costs differs: the whole is to be quick without optimisation.
fn mutations(name: &str) -> usize {
    match name {
        "stolen_phone" | "deliver" | "pack" => 12,
        "database" | "anchor" | "assess" | "fhir" | "trust" => 150,
        "jws" | "scan" | "age" | "trace" => 300,
        _ => 2000,
    }
}

fn run(name: &str, entry: Entry, count: usize) {
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "{name} begins from nothing");
    seeds.iter().for_each(|seed| entry(seed));
    entry(&[]);
    let mut dice = Dice(0x00C0_FFEE);
    for _ in 0..count {
        let mut bytes = seeds[dice.below(seeds.len())].clone();
        for _ in 0..1 + dice.below(4) {
            dice.mutate(&mut bytes, &seeds);
        }
        let shown = bytes.clone();
        if std::panic::catch_unwind(|| entry(&shown)).is_err() {
            panic!("{name} breaks on {}", crate::crypto::hex(&bytes));
        }
    }
}

macro_rules! targets {
    ($($test:ident: $($name:ident),+;)+) => {
        $(#[test]
        fn $test() {
            $(run(stringify!($name), super::$name, mutations(stringify!($name)));)+
        })+

        #[test]
        fn no_target_is_left_out() {
            let here = [$($(stringify!($name)),+),+];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert!(known.iter().all(|name| here.contains(name)) && known.len() == here.len());
            let fuzz = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/fuzz_targets");
            for name in known {
                let source = std::fs::read_to_string(format!("{fuzz}/{name}.rs")).unwrap();
                assert!(source.contains(&format!("curtain_core::fuzzing::{name}(")), "{name}");
            }
        }
    };
}

#[test]
fn what_came_after_the_last_put_is_all_that_the_journal_target_lets_go() {
    // Found by the fuzzer: it asked a log without a last put for what only a put gives.
    super::journal(&crate::crypto::unhex::<16>("00010501020000000000000001000012").unwrap());
}

targets! {
    documents_of_strangers: strict_json, jws, payload, trust, trace;
    packs_of_strangers: pack;
    documents_to_a_phone: deliver;
    files_of_a_thief: slots, anchor, head, record, stream, journal, recovery_code;
    databases_of_a_thief: database;
    phones_of_a_thief: stolen_phone;
    pictures_of_strangers: photo;
    texts_of_anybody: fhir, link, age;
    drafts_of_anybody: scan, assess;
}
