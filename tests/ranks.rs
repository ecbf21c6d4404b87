//! The house: arrows between the core's rooms point downward only, and each room keeps its own tools.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms by rank, lowest first; rooms of one rank do not know each other (design: the house).
const RANKS: &[&[&str]] = &[
    &["memory", "platform", "words"],
    &["error"],
    &["crypto"],
    &["journal", "lock", "screen"],
    &["vault", "policy"],
    &["patient"],
    &["consent", "roster", "note", "photo"],
    &["message"],
    &["chart"],
    &["retention", "departure"],
    &["session"],
    &["curtain"],
    // Not in a release: it reaches into every room.
    &["fuzzing"],
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn core_sources() -> Vec<(String, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let room = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    paths.into_iter().map(|path| (room(&path), std::fs::read_to_string(&path).unwrap(), path)).collect()
}

fn rank(room: &str) -> Option<usize> {
    RANKS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a source names with `crate::room`, also inside `use crate::{…}`.
fn named(source: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in source.match_indices("crate::") {
        let rest = &source[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 1 && c == ',' || depth == 0 {
                    rooms.insert(item.trim().split("::").next().unwrap_or("").to_owned());
                    item.clear();
                } else {
                    item.push(c);
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            rooms.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms.retain(|room| rank(room).is_some());
    rooms
}

#[test]
fn arrows_point_downward_only() {
    let mut wrong = Vec::new();
    for (room, source, path) in core_sources() {
        if room == "lib" {
            continue;
        }
        let own = rank(&room).unwrap_or_else(|| panic!("{} has no rank", path.display()));
        for other in named(&source) {
            if other != room && rank(&other).unwrap() >= own {
                wrong.push(format!("{}: {room} names {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_itself_sees_both_forms() {
    let source = "use crate::{vault::Id, screen};\nfn f() { crate::curtain::g() }";
    assert_eq!(named(source).into_iter().collect::<Vec<_>>(), ["curtain", "screen", "vault"]);
}

#[test]
fn only_crypto_names_ring_and_argon2_and_only_the_vault_names_rusqlite() {
    for (room, source, path) in core_sources() {
        let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for (library, owner) in [("ring::", "crypto"), ("argon2::", "crypto"), ("rusqlite::", "vault")] {
            let named = code
                .match_indices(library)
                .any(|(at, _)| !code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'));
            assert!(!named || room == owner, "{} names {library}", path.display());
        }
    }
}

#[test]
fn wipe_is_begun_at_known_places_only() {
    let mut callers: Vec<String> = core_sources()
        .into_iter()
        .filter(|(room, source, path)| {
            room != "vault" && source.contains(".begin_wipe(") && !path.ends_with("tests.rs")
        })
        .map(|(_, source, path)| {
            format!("{} x{}", path.file_name().unwrap().to_str().unwrap(), source.matches(".begin_wipe(").count())
        })
        .collect();
    callers.sort();
    assert_eq!(callers, ["departure.rs x1"], "every path to a wipe goes through the one list in departure.rs");
}

#[test]
fn hand_written_files_stay_short() {
    // What is over the mark today, named so that the list can only shrink.
    const LONG: &[&str] = &[];
    for (_, source, path) in core_sources() {
        let lines = source.lines().count();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(lines <= 600 || LONG.contains(&name), "{}: {lines} lines", path.display());
    }
}
