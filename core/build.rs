//! Turns `words/en.toml` and `words/es.toml` into one sorted constant table, the term lists into one map, and the reviewed words
//! and the rules of the screener into constant tables.
//!
//! The build fails when the two languages do not have the same keys, or a key not the same placeholders; a list without
//! a source in some line; a word or rule that cannot be read.

#[path = "build/fold.rs"]
mod fold;
#[path = "build/grammar.rs"]
mod grammar;
#[path = "build/lexicon.rs"]
mod lexicon;
#[path = "build/tables.rs"]
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Words = BTreeMap<String, String>;
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo::rerun-if-changed=words");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    // Android 15 and later may run with pages of 16 KB; Linux's linkers, and the NDK's before r28, align for 4 KB.
    if matches!(std::env::var("CARGO_CFG_TARGET_OS")?.as_str(), "android" | "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,max-page-size=16384,-z,common-page-size=16384");
    }
    // 335 KB of relocations in 10: Android 9 (API 28) and glibc 2.36 read them packed.
    match (std::env::var("CARGO_CFG_TARGET_OS")?.as_str(), std::env::var("CARGO_CFG_TARGET_ENV")?.as_str()) {
        ("android", _) => println!("cargo::rustc-link-arg-cdylib=-Wl,--pack-dyn-relocs=relr,--use-android-relr-tags"),
        ("linux", "gnu") => println!("cargo::rustc-link-arg-cdylib=-Wl,-z,pack-relative-relocs"),
        _ => {}
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
    let lists = terms(&root, &out)?;
    let people = people(&root, &out)?;
    screener(&root, &out, &lists, &people)
}

/// Writes the tables of the reviewed words and of the grammar.
fn screener(root: &Path, out: &Path, lists: &BTreeSet<String>, people: &BTreeMap<String, u64>) -> Outcome<()> {
    let folder = root.join("src/screen/words");
    let read = |name: &str| -> Outcome<String> {
        println!("cargo::rerun-if-changed=src/screen/words/{name}.txt");
        Ok(std::fs::read_to_string(folder.join(format!("{name}.txt")))?)
    };
    let all = |names: &[&str]| names.iter().map(|name| read(name)).collect::<Outcome<Vec<String>>>();
    let mut tables = tables::Tables::default();
    for (book, files) in [
        (lexicon::Book::Clinical, &["sensitive", "places", "drugs", "conditions", "care"][..]),
        (lexicon::Book::Logistics, &["logistics", "intents"]),
        (lexicon::Book::Keywords, &["identifiers"]),
        (lexicon::Book::Jest, &["jest"]),
    ] {
        lexicon::phrases(&mut tables, book, &all(files)?)?;
    }
    let rules = all(&["grammar/en", "grammar/es", "grammar/sensitive_en", "grammar/sensitive_es"])?;
    println!("cargo::rerun-if-changed=src/screen/class.rs");
    let classes = std::fs::read_to_string(root.join("src/screen/class.rs"))?;
    let classes: Vec<String> =
        classes.lines().filter_map(|line| Some(line.split_once("=> \"")?.1.split_once('"')?.0.to_owned())).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let grammar = grammar::Grammar::parse(&rules, &classes).map_err(|line| format!("a rule cannot be read: {line}"))?;
    for word in grammar.words.keys() {
        tables.word(word);
    }
    for word in read("ordinary")?.split_whitespace() {
        tables.word(word).flags.insert("NO_SLIP");
    }
    for (word, flags) in lexicon::listed(&read("names")?, &read("identifiers")?) {
        tables.word(&word).flags.extend(flags);
    }
    let first: BTreeSet<&str> = lists.iter().filter_map(|term| term.split(' ').next()).collect();
    for (spelling, word) in &mut tables.words {
        word.facts = facts(people, spelling);
        if lists.contains(spelling) {
            word.flags.insert("NO_SLIP");
        }
        if first.contains(spelling.as_str()) {
            word.flags.insert("BEGINS");
        }
    }
    let (vocabulary, rules) = tables.written(&grammar)?;
    std::fs::write(out.join("vocabulary.rs"), vocabulary)?;
    Ok(std::fs::write(out.join("grammar.rs"), rules)?)
}

/// What the map of people says of a word: as `screen/lexicon/people.rs`, with Spanish pronouns behind a verb.
fn facts(people: &BTreeMap<String, u64>, word: &str) -> u64 {
    const PRONOUNS: [&str; 9] = ["le", "lo", "la", "me", "te", "se", "nos", "les", "los"];
    let cut = |word: &str| PRONOUNS.iter().find_map(|end| word.strip_suffix(end).map(str::len));
    let ordinary = |part: &str| part.len() >= 3 && people.get(part).is_some_and(|bits| bits & 33 != 0);
    let known = people.get(word).copied().unwrap_or(0);
    let verb = || {
        let one = (word.len() >= 6).then(|| cut(word)).flatten().and_then(|end| word.get(..end));
        one.is_some_and(|one| ordinary(one) || cut(one).and_then(|end| one.get(..end)).is_some_and(ordinary))
    };
    if known == 0 && verb() { 32 } else { known }
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
fn terms(root: &Path, out: &Path) -> Outcome<BTreeSet<String>> {
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
    Ok(entries.into_keys().collect())
}

/// A Bloom filter of the words that terms begin with, two bits each; `lexicon/terms.rs` asks it before it walks the map.
fn first_words<'a>(terms: impl Iterator<Item = &'a String>) -> Vec<u8> {
    let mut bits = vec![0u8; 1 << 14];
    for word in terms.filter_map(|term| term.split(' ').next()) {
        let hash = tables::hash(word);
        for bit in [hash & 0x1_FFFF, hash.wrapping_mul(0x9E37_79B1) >> 15] {
            if let Some(byte) = usize::try_from(bit >> 3).ok().and_then(|at| bits.get_mut(at)) {
                *byte |= 1 << (bit & 7);
            }
        }
    }
    bits
}

/// Builds the map of what a word is beside a name: folded words to bits (`screen/lexicon/people.rs`).
fn people(root: &Path, out: &Path) -> Outcome<BTreeMap<String, u64>> {
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
    std::fs::write(out.join("people.fst"), map.into_inner()?)?;
    Ok(words)
}
