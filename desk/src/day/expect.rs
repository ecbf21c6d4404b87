//! What a step may be expected to show, and whether it did.
//!
//! A fact is a text, a number, a flag, names or texts. An expectation is the fact's name, or that name with `_contain`,
//! `_lack`, `_count`, `_at_least` or `_at_most`.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use std::collections::BTreeMap;

/// What a fact is, and so what may be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `name = "…"`.
    Text,
    /// `name = 3`, `name_at_least`, `name_at_most`.
    Number,
    /// `name = true`.
    Flag,
    /// `name = […]`: all of these are among them; `name_lack`: none is; `name_count`.
    Names,
    /// `name_contain = […]`: each stands in one of them; `name_lack`: no such word stands in any; `name_count`.
    Texts,
    /// As texts, and never shown: an export, a journal.
    Document,
}

/// Every fact; `docs/day.md` says what each means.
pub(super) const FACTS: [(&str, Kind); 63] = [
    ("advice", Kind::Texts),
    ("ask", Kind::Text),
    ("best", Kind::Text),
    ("bundle", Kind::Document),
    ("cause", Kind::Text),
    ("chart", Kind::Texts),
    ("consents", Kind::Texts),
    ("contact", Kind::Text),
    ("copies", Kind::Number),
    ("counts", Kind::Names),
    ("covered", Kind::Number),
    ("delay_s", Kind::Number),
    ("deleted", Kind::Flag),
    ("delivery", Kind::Text),
    ("drafts", Kind::Texts),
    ("error", Kind::Text),
    ("events", Kind::Names),
    ("field", Kind::Text),
    ("files", Kind::Number),
    ("finds", Kind::Names),
    ("forged", Kind::Flag),
    ("found", Kind::Texts),
    ("ids", Kind::Names),
    ("intents", Kind::Names),
    ("journal", Kind::Document),
    ("last_four", Kind::Text),
    ("last_lock", Kind::Text),
    ("lease_days", Kind::Number),
    ("leaving_days", Kind::Number),
    ("link", Kind::Texts),
    ("longest_chart", Kind::Number),
    ("near", Kind::Flag),
    ("open", Kind::Names),
    ("outcomes", Kind::Names),
    ("pending", Kind::Number),
    ("photos", Kind::Number),
    ("picture", Kind::Document),
    ("plaintext", Kind::Number),
    ("policy", Kind::Text),
    ("policy_named", Kind::Flag),
    ("purposes", Kind::Names),
    ("redirect", Kind::Text),
    ("refused", Kind::Text),
    ("reply", Kind::Texts),
    ("residue", Kind::Number),
    ("resources", Kind::Names),
    ("rewrites", Kind::Texts),
    ("rewrites_pass", Kind::Flag),
    ("rule", Kind::Text),
    ("rules", Kind::Names),
    ("scripts", Kind::Texts),
    ("second_route", Kind::Flag),
    ("segments", Kind::Number),
    ("settled", Kind::Number),
    ("similar", Kind::Names),
    ("since_unlock_ms", Kind::Number),
    ("standing", Kind::Text),
    ("state", Kind::Text),
    ("stops", Kind::Names),
    ("took_ms", Kind::Number),
    ("tries_left", Kind::Number),
    ("verdict", Kind::Text),
    ("verified", Kind::Flag),
];

/// What a step showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    Text(String),
    Number(u64),
    Flag(bool),
    /// Names or texts, as the fact's kind says.
    List(Vec<String>),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Fact {
        Fact::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Fact {
        Fact::Text(text)
    }
}

impl From<u32> for Fact {
    fn from(number: u32) -> Fact {
        Fact::Number(number.into())
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Fact {
        Fact::Number(number)
    }
}

impl From<usize> for Fact {
    fn from(number: usize) -> Fact {
        Fact::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<bool> for Fact {
    fn from(flag: bool) -> Fact {
        Fact::Flag(flag)
    }
}

impl From<Vec<String>> for Fact {
    fn from(list: Vec<String>) -> Fact {
        Fact::List(list)
    }
}

/// The facts of one step, by name.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<&'static str, Fact>);

impl Seen {
    pub(super) fn note(&mut self, name: &'static str, fact: impl Into<Fact>) {
        self.0.insert(name, fact.into());
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Fact::Text(text)) => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Is,
    Contain,
    Lack,
    Count,
    AtLeast,
    AtMost,
}

const SUFFIXES: [(&str, How); 5] = [
    ("_contain", How::Contain),
    ("_lack", How::Lack),
    ("_count", How::Count),
    ("_at_least", How::AtLeast),
    ("_at_most", How::AtMost),
];

impl How {
    /// Whether it may be asked of such a fact.
    const fn asks(self, kind: Kind) -> bool {
        match kind {
            Kind::Text | Kind::Flag => matches!(self, How::Is),
            Kind::Number => matches!(self, How::Is | How::AtLeast | How::AtMost),
            Kind::Names => matches!(self, How::Is | How::Lack | How::Count | How::AtLeast),
            Kind::Texts | Kind::Document => matches!(self, How::Contain | How::Lack | How::Count | How::AtLeast),
        }
    }
}

/// One expectation of a step.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    /// As the script spells it.
    key: String,
    fact: &'static str,
    kind: Kind,
    how: How,
    wanted: Fact,
}

/// The expectations of a step.
#[derive(Debug, Default, Clone)]
pub(super) struct Expect(pub(super) Vec<Expectation>);

struct Key(String, &'static str, Kind, How);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        let key = String::deserialize(deserializer)?;
        let asked = |name: &str, how: How| {
            let found = FACTS.iter().find(|(fact, kind)| *fact == name && how.asks(*kind));
            found.map(|(fact, kind)| (*fact, *kind, how))
        };
        let whole = asked(&key, How::Is);
        let suffixed = || SUFFIXES.iter().find_map(|(end, how)| asked(key.strip_suffix(end)?, *how));
        let (fact, kind, how) =
            whole.or_else(suffixed).ok_or_else(|| D::Error::custom("nothing of this name can be expected"))?;
        Ok(Key(key, fact, kind, how))
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expect, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Expect;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table of expectations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expect, A::Error> {
                let mut all = Vec::new();
                while let Some(Key(key, fact, kind, how)) = map.next_key()? {
                    let wanted = match (how, kind) {
                        (How::Is, Kind::Text) => Fact::Text(map.next_value()?),
                        (How::Is, Kind::Flag) => Fact::Flag(map.next_value()?),
                        (How::Is, Kind::Names) | (How::Contain | How::Lack, _) => Fact::List(map.next_value()?),
                        _ => Fact::Number(map.next_value()?),
                    };
                    all.push(Expectation { key, fact, kind, how, wanted });
                }
                Ok(Expect(all))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Expect {
    /// Whether anything is expected of a fact.
    pub(super) fn names(&self, fact: &str) -> bool {
        self.0.iter().any(|expectation| expectation.fact == fact)
    }
}

impl Expectation {
    /// `Ok` with a line that says what held, `Err` with one that says what was seen in its place.
    pub(super) fn check(&self, seen: &Seen) -> Result<String, String> {
        let wanted = format!("{} = {}", self.key, shown(&self.wanted, false));
        let Some(fact) = seen.0.get(self.fact) else {
            let why = seen.text("error").map_or(String::new(), |error| format!("; the phone answered {error}"));
            return Err(format!("{wanted}: the step shows no {}{why}", self.fact));
        };
        if self.holds(fact) {
            Ok(wanted)
        } else {
            Err(format!("{wanted}: seen {}", shown(fact, self.kind == Kind::Document)))
        }
    }

    fn holds(&self, fact: &Fact) -> bool {
        match (self.how, fact, &self.wanted) {
            (How::Is, Fact::List(seen), Fact::List(wanted)) => wanted.iter().all(|name| seen.contains(name)),
            (How::Is, seen, wanted) => seen == wanted,
            (How::Contain, Fact::List(seen), Fact::List(wanted)) => {
                wanted.iter().all(|part| seen.iter().any(|text| text.contains(part.as_str())))
            }
            (How::Lack, Fact::List(seen), Fact::List(wanted)) => match self.kind {
                Kind::Names => !wanted.iter().any(|name| seen.contains(name)),
                _ => !wanted.iter().any(|word| seen.iter().any(|text| holds_word(text, word))),
            },
            (How::Count, Fact::List(seen), Fact::Number(wanted)) => count(seen) == *wanted,
            (How::AtLeast, Fact::List(seen), Fact::Number(wanted)) => count(seen) >= *wanted,
            (How::AtLeast, Fact::Number(seen), Fact::Number(wanted)) => seen >= wanted,
            (How::AtMost, Fact::Number(seen), Fact::Number(wanted)) => seen <= wanted,
            _ => false,
        }
    }
}

fn count(list: &[String]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// Whether `word` stands in `text` on its own, in any case: "CT" is not in "contact".
fn holds_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(&word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !letter(before) && !letter(after)
    })
}

fn shown(fact: &Fact, document: bool) -> String {
    match fact {
        Fact::Text(text) => format!("{:?}", short(text)),
        Fact::Number(number) => number.to_string(),
        Fact::Flag(flag) => flag.to_string(),
        Fact::List(list) if document => format!("{} documents, not shown here", list.len()),
        Fact::List(list) => {
            let list: Vec<String> = list.iter().take(12).map(|text| format!("{:?}", short(text))).collect();
            format!("[{}]", list.join(", "))
        }
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= 240 { text.to_owned() } else { text.chars().take(239).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fact of a kind, an expectation that holds of it, and one that does not, for each way of asking.
    fn samples(kind: Kind) -> (Fact, Vec<(&'static str, &'static str, &'static str)>) {
        let list = |texts: &[&str]| Fact::List(texts.iter().map(|text| (*text).to_owned()).collect());
        match kind {
            Kind::Text => ("block".into(), vec![("", "\"block\"", "\"allow\"")]),
            Kind::Number => (3u64.into(), vec![("", "3", "4"), ("_at_least", "3", "4"), ("_at_most", "3", "2")]),
            Kind::Flag => (true.into(), vec![("", "true", "false")]),
            Kind::Names => (
                list(&["one", "two"]),
                vec![
                    ("", "[\"two\"]", "[\"one\", \"tw\"]"),
                    ("_lack", "[\"three\", \"tw\"]", "[\"three\", \"two\"]"),
                    ("_count", "2", "1"),
                    ("_at_least", "2", "3"),
                ],
            ),
            Kind::Texts | Kind::Document => (
                list(&["Please contact us.", "Ring the clinic"]),
                vec![
                    ("_contain", "[\"Ring the\", \"contact\"]", "[\"Ring the\", \"ring us\"]"),
                    ("_lack", "[\"CT\", \"scan\"]", "[\"CT\", \"CLINIC\"]"),
                    ("_count", "2", "3"),
                    ("_at_least", "1", "3"),
                ],
            ),
        }
    }

    fn parsed(text: &str) -> Result<Expect, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn every_expectation_holds_of_what_it_says_and_breaks_on_anything_else() {
        for (name, kind) in FACTS {
            let (fact, asked) = samples(kind);
            for (suffix, right, wrong) in asked {
                let mut seen = Seen::default();
                let of = |value: &str| parsed(&format!("{name}{suffix} = {value}")).unwrap().0.remove(0);
                let missing = of(right).check(&seen).unwrap_err();
                assert!(missing.contains("shows no"), "{missing}");
                seen.note(name, fact.clone());
                assert!(of(right).check(&seen).is_ok(), "{name}{suffix}");
                let broken = of(wrong).check(&seen).unwrap_err();
                assert!(broken.starts_with(&format!("{name}{suffix} = ")) && broken.contains("seen "), "{broken}");
            }
        }
    }

    #[test]
    fn what_nobody_can_expect_is_refused_and_so_is_another_type() {
        for wrong in [
            "verdicts = \"block\"",
            "verdict_contain = [\"b\"]",
            "verdict = 3",
            "finds = \"clinical.result\"",
            "tries_left = \"9\"",
            "tries_left = -1",
            "plaintext_lack = [\"a\"]",
            "rewrites = [\"a\"]",
            "second_route = 1",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_page_names_every_fact_and_every_action() {
        let page = include_str!("../../../docs/day.md");
        let names = FACTS.iter().map(|(name, _)| *name).chain(super::super::step::ACTIONS.iter().copied());
        for name in names {
            let row = page.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
            assert!(row, "{name}");
        }
    }

    #[test]
    fn the_facts_are_in_order_and_no_name_can_be_read_in_two_ways() {
        assert!(FACTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, kind) in FACTS {
            for (suffix, how) in SUFFIXES {
                let both = format!("{name}{suffix}");
                assert!(!how.asks(kind) || !FACTS.iter().any(|(other, _)| *other == both), "{both}");
            }
        }
    }

    #[test]
    fn a_document_is_counted_in_errors_and_not_shown() {
        let mut seen = Seen::default();
        seen.note("bundle", vec!["Ana Rivera".to_owned()]);
        let said = parsed("bundle_lack = [\"rivera\"]").unwrap().0[0].check(&seen).unwrap_err();
        assert!(!said.contains("Ana"), "{said}");
    }
}
