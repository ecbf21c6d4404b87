//! How one character is folded: what is invisible, what is punctuation in disguise, what looks like a Latin letter.

/// Letters of Latin scripts, full-width and mathematical ones included.
pub(super) fn is_latin(c: char) -> bool {
    matches!(u32::from(c), 0xAA | 0xBA | 0xC0..=0x24F | 0x1D00..=0x1DBF | 0x1E00..=0x1EFF | 0xFB00..=0xFB06 | 0xFF21..=0xFF5A)
        || matches!(u32::from(c), 0x2100..=0x218F | 0x1D400..=0x1D7FF | 0x24B6..=0x24E9)
}

/// Characters that a reader does not see.
pub(super) fn invisible(c: char) -> bool {
    matches!(u32::from(c), 0xAD | 0x34F | 0x61C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE01EF)
}

/// Curly quotes, long dashes and odd line ends in their plain form.
pub(super) fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{2BC}' | '`' | '\u{B4}' => '\'',
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{AB}' | '\u{BB}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' => '-',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        '\u{2024}' | '\u{B7}' | '\u{2219}' => '.',
        '\u{2044}' | '\u{2215}' => '/',
        other => other,
    }
}

/// The Latin letter that a Cyrillic, Greek or other letter looks like.
pub(super) fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'Α' | 'А' => 'a',
        'В' | 'Β' | 'в' | 'β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' | 'ε' | 'є' => 'e',
        'һ' | 'Н' | 'Η' | 'н' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ӏ' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'М' | 'Μ' | 'м' => 'm',
        'Ν' | 'ո' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'σ' | 'օ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' | 'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' => 'y',
        'Ζ' => 'z',
        _ => return None,
    })
}
