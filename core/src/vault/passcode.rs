//! Which passcodes are strong enough for the phone's keystore: pure.
//!
//! Where each guess costs a call to secure hardware ([`KeystoreStrength::HmacHardware`], [`KeystoreStrength::EcdhHardware`]) ten guesses are
//! ten guesses, and six digits do if nobody would try them first. Elsewhere somebody may guess off the phone once the keystore's share
//! leaked, so it takes four words or ten mixed characters. A short list and patterns stand in for zxcvbn, which adds 2.9 MB.

use crate::crypto::kdf::{MAX_PASSCODE_BYTES, MIN_PASSCODE_BYTES};
use crate::platform::KeystoreStrength;
use zeroize::Zeroizing;

/// Why a passcode is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum PasscodeWeakness {
    /// Fewer than six characters; on a phone without a hardware PRF fewer than ten, unless it is words.
    TooShort,
    /// More than 1024 bytes.
    TooLong,
    /// Digits alone do not do on this phone: its keystore cannot make each guess cost a call.
    DigitsOnly,
    /// Fewer than four different words on a phone that needs four.
    FewWords,
    /// Fewer than three of lower case, upper case, digits and other characters on a phone that needs them.
    NotMixed,
    /// The same characters again and again.
    Repeats,
    /// Neighbours in the alphabet, in counting or on the keyboard.
    Sequence,
    /// A date.
    Date,
    /// Among the first that anybody would try.
    Common,
    /// The clinician's or the institution's name.
    Personal,
}

impl PasscodeWeakness {
    /// Every reason.
    pub const ALL: [PasscodeWeakness; 10] = [
        PasscodeWeakness::TooShort,
        PasscodeWeakness::TooLong,
        PasscodeWeakness::DigitsOnly,
        PasscodeWeakness::FewWords,
        PasscodeWeakness::NotMixed,
        PasscodeWeakness::Repeats,
        PasscodeWeakness::Sequence,
        PasscodeWeakness::Date,
        PasscodeWeakness::Common,
        PasscodeWeakness::Personal,
    ];

    /// The key of its sentence in `words/*.toml`.
    pub const fn key(self) -> &'static str {
        match self {
            PasscodeWeakness::TooShort => "passcode.too_short",
            PasscodeWeakness::TooLong => "passcode.too_long",
            PasscodeWeakness::DigitsOnly => "passcode.digits_only",
            PasscodeWeakness::FewWords => "passcode.few_words",
            PasscodeWeakness::NotMixed => "passcode.not_mixed",
            PasscodeWeakness::Repeats => "passcode.repeats",
            PasscodeWeakness::Sequence => "passcode.sequence",
            PasscodeWeakness::Date => "passcode.date",
            PasscodeWeakness::Common => "passcode.common",
            PasscodeWeakness::Personal => "passcode.personal",
        }
    }
}

/// Fewest characters where no hardware counts the guesses.
const LONG: usize = 10;
/// Fewest words where no hardware counts the guesses.
const WORDS: usize = 4;
/// Fewest different characters.
const DISTINCT: usize = 4;

/// Written by hand: what people choose where six digits are asked for and no rule below sees why.
const COMMON_DIGITS: &str = "\
    123654 147258 159357 159753 147852 258456 258369 741852 852456 789456 456123 321654 987456 963852 102030 010203 \
    112358 314159 271828 141421 161803 123789 789123 134679 142536 748596 258741 951753 753951 357159 654123 100200 \
    123098 147369 369258 112211 520131 12345679 14725836 31415926";

/// Written by hand: what people choose where letters are asked for, without the digits and marks that they add.
const COMMON_WORDS: &str = "\
    password passwort passcode contrasena clave secret secreto letmein welcome bienvenido hello hola admin \
    administrator login access master default changeme test temp guest user root iloveyou teamo loveyou tequiero \
    love princess princesa sunshine monkey dragon football futbol baseball soccer superman batman starwars pokemon \
    whatever trustno freedom shadow michael jennifer charlie jesus jesucristo diosesamor summer winter spring autumn \
    verano invierno january december monday friday hospital clinic clinica doctor nurse enfermera medico patient \
    paciente curtain correct horse battery staple";

/// Rows of keyboards, the alphabet and counting; each is read in both directions.
const ROWS: [&str; 9] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "qazwsxedc",
    "1qaz2wsx3edc",
];

/// Why `passcode` is too weak for a keystore of this strength, or `None`. `personal` are names that anybody would try.
pub fn weakness(passcode: &[u8], strength: KeystoreStrength, personal: &[&str]) -> Option<PasscodeWeakness> {
    if passcode.len() > MAX_PASSCODE_BYTES {
        return Some(PasscodeWeakness::TooLong);
    }
    let text = String::from_utf8_lossy(passcode);
    let characters = Zeroizing::new(text.chars().collect::<Vec<char>>());
    if passcode.len() < MIN_PASSCODE_BYTES || characters.len() < MIN_PASSCODE_BYTES {
        return Some(PasscodeWeakness::TooShort);
    }
    let hardware = matches!(strength, KeystoreStrength::HmacHardware | KeystoreStrength::EcdhHardware);
    if passcode.iter().all(u8::is_ascii_digit) {
        return if hardware { weak_digits(passcode) } else { Some(PasscodeWeakness::DigitsOnly) };
    }
    let lower = Zeroizing::new(text.to_lowercase());
    weak_text(&lower, personal).or_else(|| if hardware { None } else { weak_alone(&characters, &lower) })
}

/// Digits that somebody would try among the first.
fn weak_digits(digits: &[u8]) -> Option<PasscodeWeakness> {
    let pairs = digits.len().is_multiple_of(2) && digits.chunks(2).all(|pair| pair[0] == pair[1]);
    if distinct(digits.iter()) <= 2 || repeated(digits) || pairs {
        return Some(PasscodeWeakness::Repeats);
    }
    let step = |pair: &[u8]| (10 + pair[1] - pair[0]) % 10;
    let even = digits.windows(2).all(|pair| step(pair) == step(&digits[..2]));
    let mirrored = digits.iter().eq(digits.iter().rev());
    // All but one digit in a row: 123450, 012345.
    let mut run = (1, 0);
    let mut longest = 1;
    for pair in digits.windows(2) {
        let now = step(pair);
        run = if now == run.1 && (now == 1 || now == 9) { (run.0 + 1, now) } else { (2, now) };
        longest = longest.max(run.0);
    }
    if even || mirrored || longest + 1 >= digits.len() {
        return Some(PasscodeWeakness::Sequence);
    }
    let text = std::str::from_utf8(digits).unwrap_or("");
    if is_date(text) {
        return Some(PasscodeWeakness::Date);
    }
    COMMON_DIGITS.split(' ').any(|common| common == text).then_some(PasscodeWeakness::Common)
}

/// Six or eight digits that read as a day, in the orders of day, month and year that people write.
fn is_date(text: &str) -> bool {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let day = |from| (1..=31).contains(&number(from, from + 2));
    let month = |from| (1..=12).contains(&number(from, from + 2));
    let year = |from| (1900..=2099).contains(&number(from, from + 4));
    match text.len() {
        6 => {
            (day(0) && month(2))
                || (month(0) && day(2))
                || (month(2) && day(4))
                || (year(0) && month(4))
                || (month(0) && year(2))
        }
        8 => year(4) && ((day(0) && month(2)) || (month(0) && day(2))) || year(0) && month(4) && day(6),
        _ => false,
    }
}

/// Text that somebody would try among the first, whatever the phone.
fn weak_text(lower: &str, personal: &[&str]) -> Option<PasscodeWeakness> {
    let characters = Zeroizing::new(lower.chars().collect::<Vec<char>>());
    if distinct(characters.iter()) < DISTINCT || repeated(&characters) {
        return Some(PasscodeWeakness::Repeats);
    }
    if in_rows(&characters) * 2 > characters.len() {
        return Some(PasscodeWeakness::Sequence);
    }
    // As it stands, and with the usual signs for letters read as letters.
    let plain = letters(lower, |c| c);
    let read = letters(lower, unsigned);
    for text in [&plain, &read] {
        if covered(text, COMMON_WORDS.split(' ')) {
            return Some(PasscodeWeakness::Common);
        }
    }
    let names = personal.iter().flat_map(|name| name.split(|c: char| !c.is_alphabetic()));
    let names: Vec<String> = names.filter(|part| part.chars().count() >= 3).map(str::to_lowercase).collect();
    for text in [&plain, &read] {
        if covered(text, names.iter().map(String::as_str)) {
            return Some(PasscodeWeakness::Personal);
        }
    }
    None
}

/// What a phone needs that cannot make a guess cost a call.
fn weak_alone(characters: &[char], lower: &str) -> Option<PasscodeWeakness> {
    let separator = |c: char| matches!(c, ' ' | '-' | '_' | '.' | ',');
    if characters.iter().all(|c| c.is_alphabetic() || separator(*c)) && characters.iter().any(|c| separator(*c)) {
        let mut words: Vec<&str> = lower.split(separator).filter(|word| word.chars().count() >= 3).collect();
        words.sort_unstable();
        words.dedup();
        return (words.len() < WORDS).then_some(PasscodeWeakness::FewWords);
    }
    if characters.len() < LONG {
        return Some(PasscodeWeakness::TooShort);
    }
    let kind = |c: &char| match c {
        c if c.is_lowercase() => 0,
        c if c.is_uppercase() => 1,
        c if c.is_numeric() => 2,
        _ => 3,
    };
    (distinct(characters.iter().map(kind)) < 3).then_some(PasscodeWeakness::NotMixed)
}

/// How many different items there are.
fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> usize {
    items.collect::<std::collections::BTreeSet<_>>().len()
}

/// Whether it is a shorter piece again and again, the last time perhaps cut.
fn repeated<T: PartialEq>(items: &[T]) -> bool {
    (1..=items.len() / 2).any(|period| items.iter().zip(&items[period..]).all(|(one, other)| one == other))
}

/// How many characters stand in runs of at least four neighbours.
fn in_rows(characters: &[char]) -> usize {
    let neighbours = |one: char, two: char| {
        ROWS.iter().any(|row| {
            let mut pairs = row.chars().zip(row.chars().skip(1));
            pairs.any(|(left, right)| (left, right) == (one, two) || (right, left) == (one, two))
        })
    };
    let (mut total, mut run) = (0, 1);
    for at in 1..=characters.len() {
        if at < characters.len() && neighbours(characters[at - 1], characters[at]) {
            run += 1;
        } else {
            total += if run >= 4 { run } else { 0 };
            run = 1;
        }
    }
    total
}

/// The letters of a text, each read by `read`, without accents on the usual ones.
fn letters(lower: &str, read: impl Fn(char) -> char) -> Zeroizing<String> {
    let plain = |c| match c {
        'á' | 'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'ö' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        other => other,
    };
    Zeroizing::new(lower.chars().map(|c| plain(read(c))).filter(|c| c.is_alphabetic()).collect())
}

/// The letter that a sign stands for.
fn unsigned(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether known words are all of a text, or all but three letters.
fn covered<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> bool {
    let mut found: Vec<&str> = words.filter(|word| text.contains(word)).collect();
    found.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    let mut left = Zeroizing::new(text.to_owned());
    for word in &found {
        left = Zeroizing::new(left.replace(word, ""));
    }
    !found.is_empty() && left.chars().count() <= 3
}

#[cfg(test)]
mod tests {
    use super::PasscodeWeakness::*;
    use super::*;
    use crate::words::{Lang, find};
    use proptest::prelude::*;

    const HARDWARE: KeystoreStrength = KeystoreStrength::HmacHardware;
    const NONE: KeystoreStrength = KeystoreStrength::ConstantShare;

    fn weak(text: &str, strength: KeystoreStrength) -> Option<PasscodeWeakness> {
        weakness(text.as_bytes(), strength, &["Dr. Marguerite Lee", "St. Alder"])
    }

    #[test]
    fn six_digits_do_with_hardware_unless_somebody_would_try_them() {
        for good in ["840273", "607915", "4827163", "93650718"] {
            assert_eq!(weak(good, HARDWARE), None, "{good}");
        }
        for (bad, why) in [
            ("84027", TooShort),
            ("000000", Repeats),
            ("121212", Repeats),
            ("738738", Repeats),
            ("112233", Repeats),
            ("993311", Repeats),
            ("717177", Repeats),
            ("123456", Sequence),
            ("987654", Sequence),
            ("246802", Sequence),
            ("890123", Sequence),
            ("123450", Sequence),
            ("723456", Sequence),
            ("386683", Sequence),
            ("230891", Date),
            ("082391", Date),
            ("910823", Date),
            ("198407", Date),
            ("071984", Date),
            ("23081991", Date),
            ("19910823", Date),
            ("159753", Common),
            ("314159", Common),
        ] {
            assert_eq!(weak(bad, HARDWARE), Some(why), "{bad}");
        }
    }

    #[test]
    fn most_six_digit_codes_are_free_to_choose() {
        let refused = (0..1_000_000).filter(|n| weak_digits(format!("{n:06}").as_bytes()).is_some()).count();
        assert!((80_000..130_000).contains(&refused), "{refused} of a million");
    }

    #[test]
    fn without_hardware_it_takes_four_words_or_ten_mixed() {
        for good in ["seven calm herons wade", "río-lento-cuatro-garzas", "Trumpet7!kelp", "n3ver=Odd/1"] {
            assert_eq!(weak(good, NONE), None, "{good}");
            assert_eq!(weak(good, KeystoreStrength::Software), None, "{good}");
        }
        for (bad, why) in [
            ("840273", DigitsOnly),
            ("84027360515973", DigitsOnly),
            ("seven calm herons", FewWords),
            ("calm calm herons wade", FewWords),
            ("a b c of the", FewWords),
            ("Trum7!kel", TooShort),
            ("trumpetkelpoar", NotMixed),
            ("trumpet7kelpoar", NotMixed),
            ("Password1!", Common),
            ("P@ssw0rd2024!", Common),
            ("Bienvenido2026!", Common),
            ("Hospital123!", Common),
            ("Marguerite1984!", Personal),
            ("Alder-2024-Lee", Personal),
            ("Qwertyuiop1!", Sequence),
            ("1Abcdefgh!", Sequence),
            ("aaaaaaaaaA1!", Repeats),
            ("aB1!aB1!aB1!", Repeats),
            ("password password password password", Repeats),
        ] {
            assert_eq!(weak(bad, NONE), Some(why), "{bad}");
        }
        assert_eq!(weakness(&[b'x'; 1025], NONE, &[]), Some(TooLong));
    }

    #[test]
    fn with_hardware_short_words_do_that_nobody_would_try() {
        assert_eq!(weak("kelp oar", HARDWARE), None);
        assert_eq!(weak("letmein", HARDWARE), Some(Common));
        assert_eq!(weak("abc123", HARDWARE), None);
        assert_eq!(weak("qwerty", HARDWARE), Some(Sequence));
    }

    #[test]
    fn every_reason_has_its_sentence_in_both_languages() {
        for why in PasscodeWeakness::ALL {
            for lang in Lang::ALL {
                assert!(find(lang, why.key()).is_some(), "{why:?} in {lang:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_and_hardware_never_asks_for_more(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if weakness(&bytes, NONE, &["Lee"]).is_none() {
                prop_assert_eq!(weakness(&bytes, HARDWARE, &["Lee"]), None);
            }
        }

        #[test]
        fn digits_never_do_without_hardware(digits in "[0-9]{6,40}") {
            prop_assert_eq!(weak(&digits, NONE), Some(DigitsOnly));
        }
    }
}
