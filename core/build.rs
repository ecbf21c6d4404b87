//! Turns `words/en.toml` and `words/es.toml` into one sorted constant table, and the term lists into one map.
//!
//! The build fails when the two languages do not have the same keys, or a key not the same placeholders; a list without
//! a source in some line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Words = BTreeMap<String, String>;
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo::rerun-if-changed=words");
    println!("cargo::rerun-if-changed=build.rs");
    // Android 15 and later may run with pages of 16 KB; Linux's linkers, and the NDK's before r28, align for 4 KB.
    if matches!(std::env::var("CARGO_CFG_TARGET_OS")?.as_str(), "android" | "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,max-page-size=16384,-z,common-page-size=16384");
    }
    let english = read(&root.join("words/en.toml"))?;
    let spanish = read(&root.join("words/es.toml"))?;
    let mut table = String::from("&[\n");
    for (key, en) in &english {
        let es = spanish.get(key).ok_or_else(|| format!("words/es.toml has no `{key}`"))?;
        if placeholders(en)? != placeholders(es)? {
            return Err(format!("`{key}` has other placeholders in words/es.toml than in words/en.toml").into());
        }
        writeln!(table, "    ({key:?}, {en:?}, {es:?}),")?;
    }
    if let Some(key) = spanish.keys().find(|key| !english.contains_key(*key)) {
        return Err(format!("words/en.toml has no `{key}`").into());
    }
    table.push(']');
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("words.rs"), table)?;
    terms(&root, &out)?;
    people(&root, &out)
}

/// Reads one flat table of `"key" = "sentence"`.
fn read(path: &Path) -> Outcome<Words> {
    let text = std::fs::read_to_string(path)?;
    Ok(toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// The names between braces.
fn placeholders(sentence: &str) -> Outcome<BTreeSet<&str>> {
    let mut names = BTreeSet::new();
    for part in sentence.split('{').skip(1) {
        let (name, _) = part.split_once('}').ok_or_else(|| format!("unclosed brace in: {sentence}"))?;
        names.insert(name);
    }
    Ok(names)
}

/// Builds the map of terms of `src/screen/words/lexicon`: folded words, joined by spaces, to an index into the sets of classes
/// that follow it in `terms.rs` (design.md section 4: embedded, no start-up cost, no heap).
fn terms(root: &Path, out: &Path) -> Outcome<()> {
    const LISTS: [(&str, &str); 5] = [
        ("diagnoses", "clinical.diagnosis"),
        ("drugs", "clinical.medication"),
        ("labs", "clinical.test_name"),
        ("procedures", "clinical.procedure"),
        ("symptoms", "clinical.symptom"),
    ];
    let folder = root.join("src/screen/words/lexicon");
    println!("cargo::rerun-if-changed=src/screen/words/lexicon");
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, class) in LISTS {
        let path = folder.join(format!("{name}.txt"));
        for line in std::fs::read_to_string(&path)?.lines() {
            let (term, about) =
                line.split_once('\t').ok_or_else(|| format!("{}: no source: {line}", path.display()))?;
            let classes = entries.entry(term.to_owned()).or_default();
            classes.insert(class.to_owned());
            classes.extend(about.split(' ').skip(1).map(str::to_owned));
        }
    }
    let mut uses: BTreeMap<&BTreeSet<String>, usize> = BTreeMap::new();
    for classes in entries.values() {
        *uses.entry(classes).or_default() += 1;
    }
    // The most frequent set is index 0, which costs no byte in the map.
    let mut sets: Vec<&BTreeSet<String>> = uses.keys().copied().collect();
    sets.sort_by_key(|set| std::cmp::Reverse(uses.get(set).copied()));
    let index: BTreeMap<_, u64> = sets.iter().copied().zip(0..).collect();
    let mut map = fst::MapBuilder::memory();
    for (term, classes) in &entries {
        map.insert(term, index.get(classes).copied().ok_or("a set without an index")?)?;
    }
    std::fs::write(out.join("terms.fst"), map.into_inner()?)?;
    std::fs::write(out.join("terms.bits"), first_words(entries.keys()))?;
    let mut table = String::from("&[\n");
    for set in sets {
        writeln!(table, "    &{set:?},", set = set.iter().collect::<Vec<_>>())?;
    }
    table.push(']');
    std::fs::write(out.join("terms.rs"), table)?;
    Ok(())
}

/// A Bloom filter of the words that terms begin with, two bits each; `lexicon/terms.rs` asks it before it walks the map.
fn first_words<'a>(terms: impl Iterator<Item = &'a String>) -> Vec<u8> {
    let mut bits = vec![0u8; 1 << 14];
    for word in terms.filter_map(|term| term.split(' ').next()) {
        // FNV-1a, as there.
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325, step);
        for bit in [hash & 0x1_FFFF, hash >> 32 & 0x1_FFFF] {
            if let Some(byte) = usize::try_from(bit >> 3).ok().and_then(|at| bits.get_mut(at)) {
                *byte |= 1 << (bit & 7);
            }
        }
    }
    bits
}

/// Builds the map of what a word is beside a name: folded words to bits (`screen/lexicon/people.rs`).
fn people(root: &Path, out: &Path) -> Outcome<()> {
    let folder = root.join("src/screen/words");
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    for (file, bit) in [("ordinary/en.txt", 1), ("ordinary/es.txt", 32)] {
        println!("cargo::rerun-if-changed=src/screen/words/{file}");
        for word in std::fs::read_to_string(folder.join(file))?.lines() {
            *words.entry(word.to_owned()).or_default() |= bit;
        }
    }
    for file in ["names.txt", "proper.txt"] {
        println!("cargo::rerun-if-changed=src/screen/words/{file}");
        let mut bit = 0;
        for line in std::fs::read_to_string(folder.join(file))?.lines().filter(|l| !l.starts_with('#')) {
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                bit = match section {
                    "place" => 2,
                    "other" => 4,
                    "names" | "given" => 8,
                    "family" => 16,
                    _ => return Err(format!("{file}: unknown section {section}").into()),
                };
                continue;
            }
            for word in line.split(',').map(str::trim).filter(|w| !w.is_empty()) {
                *words.entry(word.replace('ñ', "n")).or_default() |= bit;
            }
        }
    }
    let mut map = fst::MapBuilder::memory();
    for (word, bits) in &words {
        map.insert(word, *bits)?;
    }
    Ok(std::fs::write(out.join("people.fst"), map.into_inner()?)?)
}
