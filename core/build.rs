//! Turns `words/en.toml` and `words/es.toml` into one sorted constant table.
//!
//! The build fails when the two languages do not have the same keys, or a key not the same placeholders.

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
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("words.rs"), table)?;
    Ok(())
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
