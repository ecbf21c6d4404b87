//! Strict JSON for signed documents: no duplicate member at any depth, integers only, bounded depth, nothing behind.
//!
//! Two parsers that disagree about one document are a signature bypass (RFC 8259 section 4 leaves duplicate names
//! open), so whatever a lenient parser might read in two ways is refused.

use crate::error::{Error, Result};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// Deepest nesting of objects and arrays that is accepted.
pub const MAX_DEPTH: usize = 16;

/// Parses one JSON text; duplicate members, floats, depth beyond [`MAX_DEPTH`], trailing bytes and invalid UTF-8 are
/// refused with [`Error::Invalid`].
pub fn parse_strict(bytes: &[u8]) -> Result<Value> {
    const NOT_STRICT: Error = Error::invalid("document", "not strict JSON");
    let text = std::str::from_utf8(bytes).map_err(|_| Error::invalid("document", "not UTF-8"))?;
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut parser).map_err(|_| NOT_STRICT)?;
    parser.end().map_err(|_| NOT_STRICT)?;
    Ok(value)
}

/// [`parse_strict`], then the type's own rules; types of documents deny unknown members.
pub fn decode_strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_value(parse_strict(bytes)?).map_err(|_| Error::invalid("document", "members"))
}

/// The compact JSON of a document's type, members in the order of its fields.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|_| Error::Internal { code: 130 })
}

/// `N` bytes that documents carry as lower-case hexadecimal of exactly `2 N` digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// A random identifier: an enrolment, a workspace, an institution.
pub type Id = Hex<16>;
/// A SHA-256.
pub type Digest = Hex<32>;

impl<const N: usize> From<[u8; N]> for Hex<N> {
    fn from(bytes: [u8; N]) -> Hex<N> {
        Hex(bytes)
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::hex(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::hex(&self.0))
    }
}

impl<const N: usize> std::str::FromStr for Hex<N> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Hex<N>> {
        super::unhex(text).map(Hex).ok_or(Error::invalid("hexadecimal", "not lower-case digits of the right length"))
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::hex(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex<N>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom("hexadecimal"))
    }
}

struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(&self) -> Result<Strict, E> {
        if self.depth < MAX_DEPTH { Ok(Strict { depth: self.depth + 1 }) } else { Err(E::custom("too deep")) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with integers only")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.deeper()?)?;
            if members.insert(name, value).is_some() {
                return Err(de::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_parsers_could_read_in_two_ways_is_refused() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":[{"c":1,"c":2}]}}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":-0}"#,
            r#"{"a":18446744073709551616}"#,
            r#"{"a":1}x"#,
            r#"{"a":1}{}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a":NaN}"#,
            "\u{feff}{}",
            r#"{"a":"\ud800"}"#,
            "",
        ] {
            assert!(parse_strict(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse_strict(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse_strict(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse_strict(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(parse_strict(nested(60_000).as_bytes()).is_err());
    }

    #[test]
    fn what_was_written_is_read_back() {
        let text = r#"{"a":[1,-2,18446744073709551615,null,true,"é\n"],"b":{}}"#;
        assert_eq!(encode(&parse_strict(text.as_bytes()).unwrap()).unwrap(), text.as_bytes());
        assert_eq!(decode_strict::<Hex<2>>(b"\"00ff\"").unwrap(), Hex([0, 255]));
        assert!(decode_strict::<Hex<2>>(b"\"00FF\"").is_err());
    }

    #[test]
    fn a_hash_is_shown_as_it_is_read() {
        assert_eq!(Hex([0, 0xab]).to_string(), "00ab");
        assert_eq!("00ab".parse::<Hex<2>>().unwrap(), Hex([0, 0xab]));
    }
}
