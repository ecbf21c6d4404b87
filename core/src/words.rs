//! Every sentence that a person reads, in two languages: one source for the core, the desk and both shells.
//!
//! `core/build.rs` turns `words/en.toml` and `words/es.toml` into the table below and fails the build when their keys or
//! placeholders differ. A leaf of the house: it knows no other room.

/// A language that Curtain speaks.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    uniffi::Enum,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Spanish: usted, neutral.
    #[serde(rename = "es")]
    Es,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Es];

    /// The BCP 47 tag: `en`, `es`.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Es => "es",
        }
    }
}

/// `(key, English, Spanish)`, sorted by key.
static TABLE: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The sentence of a key with its `{placeholders}`, or `None` if there is no such key.
pub fn find(lang: Lang, key: &str) -> Option<&'static str> {
    let row = TABLE.binary_search_by(|(name, _, _)| (*name).cmp(key)).ok().and_then(|index| TABLE.get(index))?;
    Some(match lang {
        Lang::En => row.1,
        Lang::Es => row.2,
    })
}

/// The sentence of a key with its `{placeholders}`; empty if there is no such key.
pub fn text(lang: Lang, key: &str) -> &'static str {
    find(lang, key).unwrap_or("")
}

/// The sentence of a key with each `{name}` replaced by its value. A name without a value stays as it is.
///
/// Values are taken as they are: braces inside them are not looked at again.
pub fn fill(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    fill_template(text(lang, key), values)
}

/// As [`fill`], for a sentence that does not stand in the table (a policy's own script).
pub fn fill_template(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                match values.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => out.push_str(value),
                    None => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                }
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The names between braces of a sentence, in order.
pub fn placeholders(template: &str) -> Vec<&str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// Every key, sorted.
pub fn keys() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(key, _, _)| *key)
}

/// The day and month of a wall-clock time in UTC: `3 May`, `3 de mayo`. Empty outside the calendar.
pub fn day_and_month(lang: Lang, wall_ms: i64) -> String {
    let Ok(date) = time::OffsetDateTime::from_unix_timestamp(wall_ms.div_euclid(1000)) else { return String::new() };
    let month = text(lang, &format!("date.month.{}", u8::from(date.month())));
    fill(lang, "date.day_month", &[("day", &date.day().to_string()), ("month", month)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_sentence_says_something() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TABLE.iter().all(|(_, en, es)| !en.trim().is_empty() && !es.trim().is_empty()));
    }

    #[test]
    fn a_reason_has_at_most_ninety_characters() {
        let reasons: Vec<_> = keys().filter(|key| key.starts_with("reason.")).collect();
        assert!(reasons.len() >= 47);
        for key in reasons {
            for lang in Lang::ALL {
                assert!(text(lang, key).chars().count() <= 90, "{key} in {lang:?}");
            }
        }
    }

    #[test]
    fn a_value_is_never_read_as_a_placeholder() {
        assert_eq!(fill(Lang::En, "verdict.consent", &[("patient", "{channel}")]), "Ask {channel} first");
        assert_eq!(fill_template("a {b} {c", &[("b", "x")]), "a x {c");
        assert_eq!(fill_template("{unknown}", &[]), "{unknown}");
    }

    #[test]
    fn the_voice_never_accuses_and_never_promises() {
        const NEVER: [&str; 9] =
            ["violation", "breach", "forbidden", "illegal", "unsafe", "delivered", "100 %", "guaranteed", "hipaa"];
        for key in keys() {
            for lang in Lang::ALL {
                let sentence = text(lang, key).to_lowercase();
                // A source is the name of a law.
                let cited = |word: &str| word == "hipaa" && key.starts_with("source.");
                let said = NEVER.iter().any(|word| sentence.contains(word) && !cited(word));
                assert!(!said && !sentence.contains('!'), "{key}");
            }
        }
    }

    #[test]
    fn a_date_reads_as_people_say_it() {
        let third_of_may = 1_777_766_400_000;
        assert_eq!(day_and_month(Lang::En, third_of_may), "3 May");
        assert_eq!(day_and_month(Lang::Es, third_of_may), "3 de mayo");
        assert_eq!(day_and_month(Lang::En, i64::MAX), "");
    }
}
