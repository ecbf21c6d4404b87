//! The packs that the library carries, and the floor of each jurisdiction.
//!
//! All but `strict` are `us-hipaa` with a JSON merge patch (RFC 7396) over it, so that a reader sees what differs and nothing else.

use serde_json::Value;

use super::pack::Pack;
use crate::error::{Error, Result};

/// The pack used while no policy is enrolled.
pub const STRICT: &str = "strict";
/// The desk's default pack.
pub const US_HIPAA: &str = "us-hipaa";

const BASE: &[u8] = include_bytes!("packs/us-hipaa.json");
const OTHERS: [(&str, &[u8]); 4] = [
    (STRICT, include_bytes!("packs/strict.json")),
    ("us-tcpa", include_bytes!("packs/us-tcpa.patch.json")),
    ("uk-nhs", include_bytes!("packs/uk-nhs.patch.json")),
    ("eu-gdpr", include_bytes!("packs/eu-gdpr.patch.json")),
];

impl Pack {
    /// A pack that the library carries, by its name.
    ///
    /// # Errors
    /// `NotFound` for another name.
    pub fn builtin(name: &str) -> Result<Pack> {
        Pack::parse(&Pack::builtin_json(name)?)
    }

    /// The JSON of a pack that the library carries, whole.
    ///
    /// # Errors
    /// `NotFound` for another name.
    pub fn builtin_json(name: &str) -> Result<Vec<u8>> {
        if name == US_HIPAA {
            return Ok(BASE.to_vec());
        }
        let found = OTHERS.iter().find(|(id, _)| *id == name);
        let (_, bytes) = found.ok_or(Error::NotFound { what: "built-in policy pack" })?;
        if name == STRICT {
            return Ok(bytes.to_vec());
        }
        let mut whole = json(BASE)?;
        merge(&mut whole, json(bytes)?);
        serde_json::to_vec_pretty(&whole).map_err(|_| Error::Internal { code: 511 })
    }

    /// What an institution's pack may tighten, never loosen: the built-in pack of its jurisdiction, `us-hipaa` for any other.
    ///
    /// # Errors
    /// None in a whole build.
    pub fn floor(jurisdiction: &str) -> Result<Pack> {
        Pack::builtin(match jurisdiction {
            "UK" => "uk-nhs",
            "EU" => "eu-gdpr",
            _ => US_HIPAA,
        })
    }

    /// The names of the packs that the library carries.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        [US_HIPAA].into_iter().chain(OTHERS.iter().map(|(name, _)| *name))
    }
}

fn json(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|_| Error::Internal { code: 512 })
}

/// RFC 7396: members of the patch replace, `null` removes, everything but objects is replaced whole.
fn merge(whole: &mut Value, patch: Value) {
    let Value::Object(members) = patch else {
        *whole = patch;
        return;
    };
    if !whole.is_object() {
        *whole = Value::Object(serde_json::Map::new());
    }
    let Some(object) = whole.as_object_mut() else { return };
    for (name, value) in members {
        if value.is_null() {
            object.remove(&name);
        } else {
            merge(object.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_merges_as_rfc_7396_says() {
        // The RFC's own table, appendix A.
        for (whole, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            let mut merged = json(whole.as_bytes()).unwrap();
            merge(&mut merged, json(patch.as_bytes()).unwrap());
            assert_eq!(merged, json(result.as_bytes()).unwrap(), "{whole} {patch}");
        }
    }

    #[test]
    fn every_pack_is_read_tightens_its_floor_and_keeps_its_own_cases() {
        for name in Pack::builtin_names() {
            let pack = Pack::admit(&Pack::builtin_json(name).unwrap()).unwrap();
            assert_eq!(pack.id, name);
            assert_eq!(pack.failing_cases().unwrap(), [], "{name}");
        }
        assert!(Pack::builtin("none").is_err());
    }

    #[test]
    fn every_rule_of_every_pack_says_where_it_comes_from() {
        for name in Pack::builtin_names() {
            let pack = Pack::builtin(name).unwrap();
            for rule in super::super::pack::RULE_NAMES {
                let unset = match rule {
                    "limits.quiet_hours" => pack.limits.quiet_hours.is_none(),
                    "limits.sender_and_number" => !pack.limits.sender_and_number,
                    "limits.opt_out_line" => !pack.limits.opt_out_line,
                    _ => false,
                };
                assert_eq!(pack.sources.contains_key(rule), !unset, "{name} {rule}");
            }
        }
    }
}
