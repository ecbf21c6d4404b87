//! Addresses of the net inside a text: links, emails and IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Kind;

/// Addresses of the net, found on whole space-separated pieces so that their punctuation does not split them.
pub(super) fn atoms(source: &str) -> Vec<(usize, usize, Kind)> {
    let mut found = Vec::new();
    let breaks = |c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '|' | '“' | '”' | '[' | ']')
    };
    let mut at = 0;
    for piece in source.split(breaks) {
        let start = at;
        at += piece.len() + source.get(at + piece.len()..).and_then(|s| s.chars().next()).map_or(0, char::len_utf8);
        if !piece.contains(['.', '@', ':']) {
            continue;
        }
        let core = piece.trim_end_matches(['.', '!', '?', ':', '\'', '’', '…', '*']);
        let trimmed = core.trim_start_matches(['\'', '‘', '*', '-', '.', ':', '!']);
        let from = start + (core.len() - trimmed.len());
        let (skip, kind) = match atom_kind(trimmed) {
            Some(hit) => hit,
            None => continue,
        };
        found.push((from + skip, from + trimmed.len(), kind));
    }
    found
}

fn atom_kind(piece: &str) -> Option<(usize, Kind)> {
    if piece.len() < 4 {
        return None;
    }
    let lower = piece.to_ascii_lowercase();
    for scheme in ["http://", "https://", "ftp://", "www."] {
        if let Some(at) = lower.find(scheme) {
            return (piece.len() > at + scheme.len()).then_some((at, Kind::Url));
        }
    }
    if let Some((local, domain)) = lower.split_once('@') {
        // "www:" or "mailto:" before the address stays outside.
        let skip = local.rfind([':', '/', '=', '\'']).map_or(0, |k| k + 1);
        let local_ok = local.get(skip..).is_some_and(|l| {
            !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%'))
        });
        let tld = domain.rsplit('.').next().unwrap_or("");
        let domain_ok = domain.contains('.')
            && tld.len() >= 2
            && tld.chars().all(char::is_alphabetic)
            && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
        return (local_ok && domain_ok).then_some((skip, Kind::Email));
    }
    if piece.len() >= 7 && piece.parse::<Ipv4Addr>().is_ok() || piece.len() >= 6 && piece.parse::<Ipv6Addr>().is_ok() {
        return Some((0, Kind::Ip));
    }
    let host = lower.split(['/', '?', '#', ':']).next().unwrap_or("");
    let labels: Vec<&str> = host.split('.').take(8).collect();
    let (tld, rest) = labels.split_last()?;
    let known = KNOWN_TLDS.contains(tld) || lower.len() > host.len() + 1 && COUNTRY_TLDS.contains(tld);
    let shaped = !rest.is_empty()
        && rest.iter().all(|l| l.len() >= 2 && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        && rest.iter().any(|l| l.chars().any(|c| c.is_ascii_alphabetic()));
    (known && shaped && piece.split('.').skip(1).all(|l| !l.starts_with(char::is_uppercase))).then_some((0, Kind::Url))
}

const KNOWN_TLDS: [&str; 16] = [
    "com", "org", "net", "edu", "gov", "io", "uk", "health", "care", "clinic", "app", "example", "info", "eu", "ca",
    "mx",
];
const COUNTRY_TLDS: [&str; 10] = ["us", "me", "es", "co", "de", "fr", "be", "ie", "au", "in"];
