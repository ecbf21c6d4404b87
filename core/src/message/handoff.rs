//! The hand-off: the link that opens the other app, and what is known afterwards. Never "delivered": Curtain cannot see that.

use serde::{Deserialize, Serialize};

use super::draft::{check_id, check_text};
use crate::error::{Error, Result};
use crate::policy::{Audience, Channel};
use crate::words::Lang;

/// What the clinician said on return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// "Yes, sent".
    Sent,
    /// "No, not sent".
    NotSent,
    /// "Not sure", or not asked yet: blocks departure.
    Unknown,
}

/// What became of the call that an urgent text asks for: a text is never the only way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The patient, or who may speak for them, was reached.
    Reached,
    /// Nobody was reached, and somebody else is looking after it: a family contact, the ward, the emergency service.
    PassedOn,
    /// Nobody was reached. It stays open.
    NotReached,
}

/// A text that was handed to another app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The patient it is about or for: 32 hex digits.
    pub patient: Option<String>,
    /// Over which channel.
    pub channel: Channel,
    /// To whom.
    pub audience: Audience,
    /// The exact number or address it went to.
    pub address: String,
    /// The exact text.
    pub text: String,
    /// The trace of the decision, canonical JSON.
    pub trace: String,
    /// What the clinician said.
    pub outcome: Outcome,
    /// When it was handed over, in milliseconds since 1970 UTC.
    pub handed_ms: i64,
    /// When the clinician answered.
    pub answered_ms: Option<i64>,
    /// Whether a second way of reaching the person must be tried.
    pub second_route: bool,
    /// What became of it.
    pub call: Option<CallOutcome>,
    /// When it was charted.
    pub charted_ms: Option<i64>,
    /// The language of its chart text.
    pub lang: Lang,
}

impl Message {
    /// Checks the bounds and the address.
    pub fn check(&self) -> Result<()> {
        check_text(&self.text)?;
        check_id(self.patient.as_deref())?;
        if self.trace.len() > crate::policy::trace::MAX_TRACE_BYTES {
            return Err(Error::TooLarge { field: "trace", limit: 256 * 1024 });
        }
        link(self.channel, &self.address, "").map(|_| ())
    }

    /// Whether the second way is still to be tried.
    pub fn needs_call(&self) -> bool {
        self.second_route && !matches!(self.call, Some(CallOutcome::Reached | CallOutcome::PassedOn))
    }

    /// The answer on return, given at `now_ms`. It may be corrected later.
    pub fn answer(&mut self, outcome: Outcome, now_ms: i64) {
        self.outcome = outcome;
        self.answered_ms = Some(now_ms);
    }
}

/// Messages are patient data: only channel and outcome are printed.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Message");
        shown.field("channel", &self.channel).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// The link that a shell opens: `sms:` (RFC 5724), `mailto:` (RFC 6068), `tel:` (RFC 3966), WhatsApp's scheme, or the
/// portal's own `https:` address, which never carries the text.
///
/// # Errors
/// `Invalid` for a number with letters or too few digits (short codes), an address that is none, a link that is not `https:`;
/// `NotAllowed` for personal email.
pub fn link(channel: Channel, address: &str, text: &str) -> Result<String> {
    check_text(text)?;
    let body = |name: &str| if text.is_empty() { String::new() } else { format!("?{name}={}", percent(text)) };
    match channel {
        Channel::Sms | Channel::Imessage => Ok(format!("sms:{}{}", phone_number(address)?, body("body"))),
        Channel::Phone => Ok(format!("tel:{}", phone_number(address)?)),
        Channel::Whatsapp => {
            let number = phone_number(address)?;
            let tail = if text.is_empty() { String::new() } else { format!("&text={}", percent(text)) };
            Ok(format!("whatsapp://send?phone={}{tail}", number.trim_start_matches('+')))
        }
        Channel::Email => Ok(format!("mailto:{}{}", email_address(address)?, body("body"))),
        Channel::Portal | Channel::Telehealth | Channel::SecureMessaging => web_address(address).map(str::to_owned),
        Channel::PersonalEmail => Err(Error::NotAllowed { why: "personal email is never handed to" }),
    }
}

/// The last four digits of a number, for the tiles of the hand-off sheet; `None` for what is no number.
pub fn last_four(address: &str) -> Option<String> {
    let number = phone_number(address).ok()?;
    number.get(number.len().checked_sub(4)?..).map(str::to_owned)
}

/// Digits with an optional leading plus; 7 to 15 of them (ITU-T E.164), so that no short code passes.
fn phone_number(address: &str) -> Result<String> {
    let refused = || Error::invalid("address", "not a phone number of a person");
    let trimmed = address.trim();
    let mut out = String::with_capacity(16);
    for (index, c) in trimmed.chars().enumerate() {
        match c {
            '0'..='9' => out.push(c),
            '+' if index == 0 => out.push(c),
            ' ' | '-' | '.' | '(' | ')' | '\u{a0}' => {}
            _ => return Err(refused()),
        }
        if out.len() > 16 {
            return Err(refused());
        }
    }
    match out.bytes().filter(u8::is_ascii_digit).count() {
        7..=15 => Ok(out),
        _ => Err(refused()),
    }
}

fn email_address(address: &str) -> Result<&str> {
    let refused = Error::invalid("address", "not an email address");
    let address = address.trim();
    let Some((local, domain)) = address.split_once('@') else { return Err(refused) };
    let local_ok = !local.is_empty() && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+'".contains(&b));
    let label = |part: &str| {
        let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        !part.is_empty() && plain && !part.starts_with('-') && !part.ends_with('-')
    };
    let domain_ok = domain.contains('.') && domain.split('.').all(label);
    match local_ok && domain_ok && address.len() <= 254 {
        true => Ok(address),
        false => Err(refused),
    }
}

fn web_address(address: &str) -> Result<&str> {
    let refused = Error::invalid("address", "not an https address");
    let address = address.trim();
    let Some(rest) = address.strip_prefix("https://") else { return Err(refused) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    // A name before an @ is how a link poses as another site.
    let host_ok = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    match host_ok && address.len() <= 2_048 && address.bytes().all(|b| b.is_ascii_graphic()) {
        true => Ok(address),
        false => Err(refused),
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn percent(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => {
                out.push('%');
                for nibble in [other >> 4, other & 15] {
                    out.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_opens_its_own_app() {
        let link = |channel, address| link(channel, address, "Call us: 2 & 3?").unwrap();
        assert_eq!(link(Channel::Sms, "+1 (555) 123-4567"), "sms:+15551234567?body=Call%20us%3A%202%20%26%203%3F");
        assert_eq!(link(Channel::Phone, "555.123.4567"), "tel:5551234567");
        assert_eq!(
            link(Channel::Email, "rosa.d@example.org"),
            "mailto:rosa.d@example.org?body=Call%20us%3A%202%20%26%203%3F"
        );
        assert_eq!(
            link(Channel::Whatsapp, "+15551234567"),
            "whatsapp://send?phone=15551234567&text=Call%20us%3A%202%20%26%203%3F"
        );
        assert_eq!(link(Channel::Portal, "https://portal.example.org/in"), "https://portal.example.org/in");
    }

    #[test]
    fn short_codes_letters_and_look_alike_links_are_refused() {
        for number in [
            "",
            "911",
            "12345",
            "555-CALL-NOW",
            "+",
            "++15551234567",
            "1555+1234567",
            "5551234567;ext=1",
            "1234567890123456",
        ] {
            assert!(link(Channel::Sms, number, "x").is_err(), "{number}");
        }
        for address in [
            "rosa",
            "rosa@",
            "@b.org",
            "a@b",
            "a@b.org?cc=x@y.org",
            "a b@c.org",
            "a@b..org",
            "a@b.org\r\nBcc: x",
            "a@b@c.org",
        ] {
            assert!(link(Channel::Email, address, "x").is_err(), "{address}");
        }
        for url in [
            "http://portal.example.org",
            "https://",
            "https://portal.org@evil.example",
            "javascript:alert(1)",
            "https://a b",
        ] {
            assert!(link(Channel::Portal, url, "x").is_err(), "{url}");
        }
        assert!(link(Channel::PersonalEmail, "a@b.org", "x").is_err());
    }

    #[test]
    fn a_links_text_comes_back_byte_for_byte() {
        let text = "¿Mañana? 😀\n100% \"ok\" & #1";
        let made = link(Channel::Sms, "5551234567", text).unwrap();
        let encoded = made.split_once("body=").unwrap().1;
        let mut bytes = Vec::new();
        let mut rest = encoded.bytes();
        while let Some(byte) = rest.next() {
            let pair = |a: u8, b: u8| u8::from_str_radix(std::str::from_utf8(&[a, b]).unwrap(), 16).unwrap();
            bytes.push(if byte == b'%' { pair(rest.next().unwrap(), rest.next().unwrap()) } else { byte });
        }
        assert_eq!(String::from_utf8(bytes).unwrap(), text);
    }

    #[test]
    fn the_tiles_show_the_last_four() {
        assert_eq!(last_four("+1 (555) 123-4567").as_deref(), Some("4567"));
        assert_eq!(last_four("911"), None);
    }
}
