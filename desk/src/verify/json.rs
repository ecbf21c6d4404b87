//! Strict JSON, by hand: every name once, integers only, depth 16, nothing behind the end (RFC 8259 narrowed).

use super::Fault;

const MAX_DEPTH: u32 = 16;

/// A value; members in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer between -2^63 and 2^64 - 1.
    Int(i128),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The members of an object that holds `required`, may hold `optional`, and nothing else.
    pub fn members(&self, required: &[&'static str], optional: &[&str]) -> Result<Members<'_>, Fault> {
        let Value::Map(members) = self else { return Err(Fault::Json("an object is missing")) };
        for name in required {
            if !members.iter().any(|(known, _)| known == name) {
                return Err(Fault::Member(name));
            }
        }
        let known = |name: &str| required.contains(&name) || optional.contains(&name);
        if members.iter().any(|(name, _)| !known(name)) {
            return Err(Fault::Json("a member that is not known"));
        }
        Ok(Members(members))
    }
}

/// The members of an object.
#[derive(Debug, Clone, Copy)]
pub struct Members<'v>(&'v [(String, Value)]);

impl<'v> Members<'v> {
    /// A member as it is.
    pub fn get(&self, name: &'static str) -> Option<&'v Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A string.
    pub fn text(&self, name: &'static str) -> Result<&'v str, Fault> {
        match self.get(name) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Fault::Member(name)),
        }
    }

    /// An integer that fits.
    pub fn int<T: TryFrom<i128>>(&self, name: &'static str) -> Result<T, Fault> {
        match self.get(name) {
            Some(Value::Int(number)) => T::try_from(*number).map_err(|_| Fault::Member(name)),
            _ => Err(Fault::Member(name)),
        }
    }

    /// A truth value.
    pub fn truth(&self, name: &'static str) -> Result<bool, Fault> {
        match self.get(name) {
            Some(Value::Bool(value)) => Ok(*value),
            _ => Err(Fault::Member(name)),
        }
    }

    /// `N` bytes in lower-case hexadecimal.
    pub fn bytes<const N: usize>(&self, name: &'static str) -> Result<[u8; N], Fault> {
        let decoded = data_encoding::HEXLOWER.decode(self.text(name)?.as_bytes()).map_err(|_| Fault::Member(name))?;
        decoded.try_into().map_err(|_| Fault::Member(name))
    }
}

/// Parses one text.
pub fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Json("not UTF-8"))?;
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.space();
    if reader.rest.is_empty() { Ok(value) } else { Err(Fault::Json("something behind the end")) }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Result<char, Fault> {
        let mut chars = self.rest.chars();
        let next = chars.next().ok_or(Fault::Json("it ends too soon"))?;
        self.rest = chars.as_str();
        Ok(next)
    }

    fn value(&mut self, depth: u32) -> Result<Value, Fault> {
        self.space();
        if depth >= MAX_DEPTH && self.rest.starts_with(['{', '[']) {
            return Err(Fault::Json("too deep"));
        }
        if self.take("{") {
            return self.map(depth);
        }
        if self.take("[") {
            return self.list(depth);
        }
        if self.take("\"") {
            return self.string().map(Value::Text);
        }
        for (token, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.take(token) {
                return Ok(value);
            }
        }
        self.number()
    }

    fn map(&mut self, depth: u32) -> Result<Value, Fault> {
        let mut members: Vec<(String, Value)> = Vec::new();
        self.space();
        if self.take("}") {
            return Ok(Value::Map(members));
        }
        loop {
            self.space();
            if !self.take("\"") {
                return Err(Fault::Json("a name is missing"));
            }
            let name = self.string()?;
            if members.iter().any(|(known, _)| *known == name) {
                return Err(Fault::Json("a name stands twice"));
            }
            self.space();
            if !self.take(":") {
                return Err(Fault::Json("a colon is missing"));
            }
            let value = self.value(depth + 1)?;
            members.push((name, value));
            self.space();
            if self.take("}") {
                return Ok(Value::Map(members));
            }
            if !self.take(",") {
                return Err(Fault::Json("a comma is missing"));
            }
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value, Fault> {
        let mut items = Vec::new();
        self.space();
        if self.take("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take("]") {
                return Ok(Value::List(items));
            }
            if !self.take(",") {
                return Err(Fault::Json("a comma is missing"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return Err(Fault::Json("a control character")),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        Ok(match self.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&unit) {
                    let low = if self.take("\\u") { self.unit()? } else { 0 };
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Fault::Json("half a surrogate pair"));
                    }
                    0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    unit
                };
                char::from_u32(code).ok_or(Fault::Json("half a surrogate pair"))?
            }
            _ => return Err(Fault::Json("an unknown escape")),
        })
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.next()?.to_digit(16).ok_or(Fault::Json("an unknown escape"))?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        const BAD: Fault = Fault::Json("not an integer");
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let (token, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let digits = token.strip_prefix('-').unwrap_or(token);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !plain || digits.len() > 1 && digits.starts_with('0') || token == "-0" || digits.len() > 20 {
            return Err(BAD);
        }
        let number: i128 = token.parse().map_err(|_| BAD)?;
        if !(i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
            return Err(BAD);
        }
        self.rest = rest;
        Ok(Value::Int(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curtain_core::crypto::json::parse_strict;

    #[test]
    fn two_parsers_written_apart_agree_on_what_is_strict() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        let texts = [
            "{}",
            "[]",
            "null",
            " true ",
            "false",
            "0",
            "-1",
            "18446744073709551615",
            "-9223372036854775808",
            "\"\"",
            r#"{"a":[1,{"b":null}],"c":"\u00e9\ud83d\ude00\n\/"}"#,
            "{\"a\" : 1 }\r\n",
            &deep(16),
            // and refused
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "{\"x\":{\"a\":1,\"a\":2}}",
            "1.0",
            "1e3",
            "-0",
            "01",
            "+1",
            "-",
            "--1",
            "18446744073709551616",
            "-9223372036854775809",
            "NaN",
            "tru",
            "nul",
            "{a:1}",
            "'a'",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"a\nb\"",
            "\"a",
            "{} {}",
            "1 2",
            "\u{feff}{}",
            "[1 2]",
            "{\"a\" 1}",
            "{1:2}",
            &deep(17),
            &deep(5000),
        ];
        let mut accepted = 0;
        for text in texts {
            let (ours, theirs) = (parse(text.as_bytes()), parse_strict(text.as_bytes()));
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}");
            accepted += u32::from(ours.is_ok());
        }
        assert_eq!(accepted, 13);
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn escapes_give_the_characters_that_they_name() {
        let value = parse(br#""\u0041\ud83d\ude00\t\"""#).unwrap();
        assert_eq!(value, Value::Text("A😀\t\"".to_owned()));
    }

    #[test]
    fn two_parsers_written_apart_agree_on_mutated_texts() {
        let seeds = [
            r#"{"a":[1,-2,{"b":null,"c":true}],"d":"\u00e9\ud83d\ude00","e":{"f":18446744073709551615}}"#,
            r#"[0,10,-1,"x\n\"y","\\",false,{},[]]"#,
        ];
        let alphabet: Vec<char> = r#"{}[]:,"\/u0189-+.eEtrfalsn dD"#.chars().chain(['\t', '\u{1}', 'é']).collect();
        // A fixed xorshift: the same texts in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut below = |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % bound as u64).unwrap()
        };
        let (mut accepted, mut refused) = (0, 0);
        for _ in 0..30_000 {
            let mut text: Vec<char> = seeds[below(seeds.len())].chars().collect();
            for _ in 0..=below(3) {
                let (at, letter) = (below(text.len()), alphabet[below(alphabet.len())]);
                match below(3) {
                    0 => text[at] = letter,
                    1 => text.insert(at, letter),
                    _ => drop(text.remove(at)),
                }
            }
            let text: String = text.into_iter().collect();
            let (ours, theirs) = (parse(text.as_bytes()), parse_strict(text.as_bytes()));
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}");
            match ours {
                Ok(value) => {
                    assert_eq!(plain(&value), theirs.unwrap(), "{text}");
                    accepted += 1;
                }
                Err(_) => refused += 1,
            }
        }
        assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
    }

    /// Our value as the core's.
    fn plain(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Int(number) => match u64::try_from(*number) {
                Ok(number) => number.into(),
                Err(_) => i64::try_from(*number).unwrap().into(),
            },
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Map(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        }
    }
}
