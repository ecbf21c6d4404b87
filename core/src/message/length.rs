//! How long a text is in SMS segments: GSM 7-bit (3GPP TS 23.038) or UCS-2.

/// How an SMS encodes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SmsEncoding {
    /// The GSM 7-bit default alphabet: 160 characters, or 153 in each of several segments.
    Gsm7,
    /// UCS-2: 70 UTF-16 units, or 67 in each of several segments.
    Ucs2,
}

/// The length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Record)]
pub struct TextLength {
    /// Characters as people count them (Unicode scalar values).
    pub characters: u32,
    /// The encoding an SMS would need.
    pub encoding: SmsEncoding,
    /// Units used: septets for GSM 7-bit, UTF-16 units for UCS-2.
    pub units: u32,
    /// Units that one SMS holds in this encoding: 160 or 70.
    pub single: u32,
    /// SMS segments, at least 1.
    pub segments: u32,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Septets of each ASCII character, 0 for those that the alphabet lacks: nearly all of what people write.
const ASCII: [u8; 128] = {
    let mut septets = [0; 128];
    let alphabets = [(BASIC.as_bytes(), 1), (EXTENDED.as_bytes(), 2)];
    let mut which = 0;
    while which < alphabets.len() {
        let (bytes, width) = alphabets[which];
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] < 128 {
                septets[bytes[at] as usize] = width;
            }
            at += 1;
        }
        which += 1;
    }
    septets
};

/// Septets of a character, 0 if the alphabet lacks it.
fn septets(c: char) -> u8 {
    match usize::try_from(u32::from(c)).ok().and_then(|code| ASCII.get(code)) {
        Some(known) => *known,
        None if BASIC.contains(c) => 1,
        None if EXTENDED.contains(c) => 2,
        None => 0,
    }
}

impl TextLength {
    /// Measures a text.
    pub fn of(text: &str) -> TextLength {
        let characters = count(text.chars().count());
        let septets = text.chars().try_fold(0u32, |sum, c| {
            let width = septets(c);
            (width > 0).then(|| sum.saturating_add(u32::from(width)))
        });
        let (encoding, units, single, part) = match septets {
            Some(units) => (SmsEncoding::Gsm7, units, 160, 153),
            None => (SmsEncoding::Ucs2, count(text.encode_utf16().count()), 70, 67),
        };
        let segments = if units <= single { 1 } else { units.div_ceil(part) };
        TextLength { characters, encoding, units, single, segments }
    }
}

fn count(units: usize) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// Replaces typographic quotes, dashes, dots and spaces, which would turn an SMS into UCS-2, by plain ones.
pub fn plain_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => out.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' | '«' | '»' => out.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{2026}' => out.push_str("..."),
            '\u{a0}' | '\u{2009}' | '\u{202f}' => out.push(' '),
            '\u{200b}'..='\u{200d}' | '\u{feff}' => {}
            other => out.push(other),
        }
    }
    out
}

/// As [`plain_quotes`], and the accented letters that the GSM alphabet lacks (`á í ó ú` and their like, not `é` or `ñ`) without
/// their accent: Spanish in one SMS instead of three. For texts that would not fit otherwise.
pub fn plain_letters(text: &str) -> String {
    let bare = |c: char| match c {
        'á' | 'â' | 'ã' => 'a',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'ê' | 'ë' => 'e',
        'È' | 'Ê' | 'Ë' => 'E',
        'í' | 'î' | 'ï' => 'i',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'ó' | 'ô' | 'õ' => 'o',
        'Ó' | 'Ò' | 'Ô' | 'Õ' => 'O',
        'ú' | 'û' => 'u',
        'Ú' | 'Ù' | 'Û' => 'U',
        'º' => 'o',
        'ª' => 'a',
        other => other,
    };
    plain_quotes(text).chars().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_phones_send_them() {
        let of = |text: &str| {
            let length = TextLength::of(text);
            (length.encoding, length.units, length.segments)
        };
        assert_eq!(of(""), (SmsEncoding::Gsm7, 0, 1));
        assert_eq!(of(&"a".repeat(160)), (SmsEncoding::Gsm7, 160, 1));
        assert_eq!(of(&"a".repeat(161)), (SmsEncoding::Gsm7, 161, 2));
        assert_eq!(of(&"a".repeat(307)), (SmsEncoding::Gsm7, 307, 3));
        assert_eq!(of("€"), (SmsEncoding::Gsm7, 2, 1));
        assert_eq!(of("mañana a las 2, ¿sí?").0, SmsEncoding::Ucs2);
        assert_eq!(of(&"á".repeat(71)), (SmsEncoding::Ucs2, 71, 2));
        assert_eq!(of("😀"), (SmsEncoding::Ucs2, 2, 1));
    }

    #[test]
    fn the_table_of_ascii_says_what_the_alphabets_say() {
        for c in (0..=0x2_0000).filter_map(char::from_u32) {
            let said = if BASIC.contains(c) { 1 } else { 2 * u8::from(EXTENDED.contains(c)) };
            assert_eq!(septets(c), said, "{c:?}");
        }
    }

    #[test]
    fn accents_go_only_where_the_alphabet_of_an_sms_lacks_them() {
        let text = "Mañana, señora Pérez: su cita está aquí, ¿sí? Llámenos al número…";
        assert_eq!(TextLength::of(text).encoding, SmsEncoding::Ucs2);
        assert_eq!(plain_letters(text), "Mañana, señora Pérez: su cita esta aqui, ¿si? Llamenos al numero...");
        assert_eq!(TextLength::of(&plain_letters(text)).encoding, SmsEncoding::Gsm7);
    }

    #[test]
    fn smart_quotes_do_not_cost_a_segment() {
        let smart = format!("I can’t manage care by text — “call us” …{}", "a".repeat(60));
        assert_eq!(TextLength::of(&smart).segments, 2);
        assert_eq!(TextLength::of(&plain_quotes(&smart)).segments, 1);
        assert_eq!(plain_quotes("can’t — “ok”…"), "can't - \"ok\"...");
    }
}
