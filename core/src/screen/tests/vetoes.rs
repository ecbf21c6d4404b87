//! Every veto fires on its examples and stays silent on its traps: the table of `vetoes.txt`.

use super::{has, scanned};
use crate::screen::Class;

#[test]
fn every_veto_fires_on_its_words_and_stays_silent_on_its_traps() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in include_str!("vetoes.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut parts = line.splitn(3, ' ');
        let (name, sign, text) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let class = Class::from_name(name).unwrap();
        if has(text, class) != (sign == "+") {
            let seen: Vec<_> = scanned(text).findings.iter().map(|f| (f.class.name(), f.rule)).collect();
            wrong.push(format!("{line}: {seen:?}"));
        }
        rows += 1;
    }
    assert!(rows > 90);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ordinary_words_one_slip_away_from_a_sensitive_one_stay_ordinary() {
    for text in ["dental", "talking", "adoption", "turned", "heroes", "concert", "reading", "autopay"] {
        let found: Vec<_> =
            scanned(text).findings.into_iter().filter(|f| f.class.name().starts_with("sensitive.")).collect();
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}
