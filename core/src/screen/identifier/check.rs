//! Check digits and issuing rules, each after its published definition. All take ASCII; letters are lower case.

/// Digits of a text as numbers.
fn values(digits: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    digits.bytes().filter(u8::is_ascii_digit).map(|d| u32::from(d - b'0'))
}

fn count(digits: &str) -> usize {
    digits.bytes().filter(u8::is_ascii_digit).count()
}

fn weighted(digits: &str, weights: &[u32]) -> u32 {
    values(digits).zip(weights).map(|(d, w)| d * w).sum()
}

fn same_digit(digits: &str) -> bool {
    let mut all = values(digits);
    let first = all.next();
    all.all(|d| Some(d) == first)
}

/// Modulus 11 of the NHS Data Dictionary: weights 10 to 2, check digit 11 - remainder, 11 written as 0, 10 never issued.
pub(super) fn nhs(digits: &str) -> bool {
    count(digits) == 10
        && !same_digit(digits)
        && (11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 == values(digits).next_back().unwrap_or(10)
}

/// Area, group and serial that the Social Security Administration issues.
pub(super) fn ssn(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    let (area, group, serial) = (part(0, 3), part(3, 5), part(5, 9));
    digits.len() == 9 && area > 0 && area != 666 && area < 900 && group > 0 && serial > 0
}

fn luhn_sum(digits: &str) -> u32 {
    values(digits).rev().enumerate().map(|(at, d)| if at % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d }).sum()
}

/// Luhn, ISO/IEC 7812-1.
pub(super) fn luhn(digits: &str) -> bool {
    let sum = luhn_sum(digits);
    sum > 0 && sum.is_multiple_of(10)
}

/// A US National Provider Identifier: Luhn over the prefix 80840 and its ten digits (45 CFR 162.406).
pub(super) fn npi(digits: &str) -> bool {
    digits.len() == 10 && digits.starts_with(['1', '2']) && (luhn_sum(digits) + 24).is_multiple_of(10)
}

/// The letter of a Spanish DNI: number modulo 23.
pub(super) fn dni(digits: &str, letter: &str) -> bool {
    const LETTERS: &[u8; 23] = b"trwagmyfpdxbnjzsqvhlcke";
    let Ok(number) = digits.parse::<usize>() else { return false };
    letter.len() == 1 && LETTERS.get(number % 23) == letter.as_bytes().first()
}

/// A Spanish NIE: X, Y or Z for 0, 1 or 2, then as a DNI.
pub(super) fn nie(code: &str) -> bool {
    let prefix = match code.as_bytes().first() {
        Some(b'x') => 0,
        Some(b'y') => 10_000_000,
        Some(b'z') => 20_000_000,
        _ => return false,
    };
    nie_shape(code)
        && code.get(1..8).and_then(|d| d.parse::<u32>().ok()).is_some_and(|number| {
            let whole = prefix + number;
            dni(&whole.to_string(), code.get(8..).unwrap_or(""))
        })
}

/// X, Y or Z, seven digits and a letter.
pub(super) fn nie_shape(code: &str) -> bool {
    shape(code, "l9999999l") && code.starts_with(['x', 'y', 'z'])
}

/// The check digit of a vehicle identification number, 49 CFR 565.15 (ISO 3779).
pub(super) fn vin(code: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: u8| match c {
        b'0'..=b'9' => Some(u32::from(c - b'0')),
        b'a'..=b'h' => Some(u32::from(c - b'a') + 1),
        b'j'..=b'n' => Some(u32::from(c - b'j') + 1),
        b'p' => Some(7),
        b'r' => Some(9),
        b's'..=b'z' => Some(u32::from(c - b's') + 2),
        _ => None,
    };
    let mut sum = 0;
    for (c, weight) in code.bytes().zip(WEIGHTS) {
        let Some(v) = value(c) else { return false };
        sum += v * weight;
    }
    let check = match sum % 11 {
        10 => b'x',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    code.len() == 17 && code.as_bytes().get(8) == Some(&check)
}

/// An IBAN: two letters, two digits, then modulo 97 is 1 (ISO 13616).
pub(super) fn iban(code: &str) -> bool {
    if !iban_shape(code) {
        return false;
    }
    let (head, tail) = code.split_at(4);
    let rest = tail.bytes().chain(head.bytes()).fold(0u32, |rest, c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        _ => (rest * 100 + u32::from(c.saturating_sub(b'a')) + 10) % 97,
    });
    rest == 1
}

/// Two letters, two digits, 11 to 30 letters and digits.
pub(super) fn iban_shape(code: &str) -> bool {
    let b = code.as_bytes();
    (15..=34).contains(&b.len())
        && b.iter().all(u8::is_ascii_alphanumeric)
        && b.iter().take(2).all(u8::is_ascii_alphabetic)
        && b.iter().skip(2).take(2).all(u8::is_ascii_digit)
}

/// A Mexican CURP (18) or RFC of a person (13, or 10 without its homoclave): letters, a birth date, letters.
pub(super) fn curp_shape(code: &str) -> bool {
    let b = code.as_bytes();
    let month = code.get(6..8).and_then(|m| m.parse::<u32>().ok()).is_some_and(|m| (1..=12).contains(&m));
    matches!(b.len(), 18 | 13 | 10)
        && month
        && b.iter().take(4).all(u8::is_ascii_alphabetic)
        && b.iter().skip(4).take(6).all(u8::is_ascii_digit)
        && (b.len() != 18 || b.iter().skip(10).take(6).all(u8::is_ascii_alphabetic))
}

/// The check digit of a CURP (Registro Nacional de Poblacion).
pub(super) fn curp(code: &str) -> bool {
    if code.len() != 18 || !curp_shape(code) {
        return false;
    }
    // n with a tilde stands between n and o in the official alphabet: letters from o on count one more.
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'a'..=b'n' => u32::from(c - b'a') + 10,
        _ => u32::from(c - b'a') + 11,
    };
    let sum: u32 = code.bytes().take(17).zip((2..=18).rev()).map(|(c, w)| value(c) * w).sum();
    code.bytes().next_back().map(value) == Some((10 - sum % 10) % 10)
}

/// A Chilean RUT: modulo 11, weights 2 to 7 from the right, k for 10.
pub(super) fn rut(digits: &str, check: &str) -> bool {
    let sum: u32 = values(digits).rev().zip([2, 3, 4, 5, 6, 7].into_iter().cycle()).map(|(d, w)| d * w).sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'k',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    (7..=8).contains(&digits.len()) && check.len() == 1 && check.as_bytes().first() == Some(&expected)
}

/// An Argentine CUIL or CUIT: modulo 11, weights 5 4 3 2 7 6 5 4 3 2.
pub(super) fn cuil(digits: &str) -> bool {
    let rest = weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    count(digits) == 11
        && digits.starts_with(['2', '3'])
        && values(digits).next_back() == Some(if rest == 0 { 0 } else { 11 - rest })
}

/// A Brazilian CPF: two check digits modulo 11.
pub(super) fn cpf(digits: &str) -> bool {
    let digit = |weights: &[u32]| match weighted(digits, weights) * 10 % 11 {
        10 => 0,
        other => other,
    };
    let mut ends = values(digits).rev();
    let (second, first) = (ends.next(), ends.next());
    count(digits) == 11
        && !same_digit(digits)
        && first == Some(digit(&[10, 9, 8, 7, 6, 5, 4, 3, 2]))
        && second == Some(digit(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]))
}

/// Two letters, six digits and a letter A to D: a UK national insurance number.
pub(super) fn nino_shape(code: &str) -> bool {
    shape(code, "ll999999l")
        && code.bytes().take(2).all(|c| !b"dfiquv".contains(&c))
        && code.bytes().next_back().is_some_and(|c| (b'a'..=b'd').contains(&c))
}

/// Whether a code has a shape: `9` a digit, `l` a letter, anything else itself.
pub(super) fn shape(code: &str, pattern: &str) -> bool {
    code.len() == pattern.len()
        && code.bytes().zip(pattern.bytes()).all(|(c, p)| match p {
            b'9' => c.is_ascii_digit(),
            b'l' => c.is_ascii_lowercase(),
            other => c == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_accept_published_examples_and_refuse_one_changed_digit() {
        assert!(nhs("9434765919") && !nhs("9434765918") && !nhs("1111111111"));
        assert!(luhn("4111111111111111") && !luhn("4111111111111112"));
        assert!(luhn("378282246310005") && luhn("6011111111111117"));
        assert!(npi("1234567893") && !npi("1234567890"));
        assert!(dni("12345678", "z") && !dni("12345678", "a"));
        assert!(nie("x1234567l") && !nie("x1234567m") && nie_shape("x1234567m"));
        assert!(vin("1m8gdm9axkp042788") && !vin("1m8gdm9a1kp042788") && vin("11111111111111111"));
        assert!(ssn("123456789") && !ssn("666456789") && !ssn("123006789") && !ssn("900123456"));
        assert!(iban("gb82west12345698765432") && !iban("gb82west12345698765431"));
        assert!(iban("de89370400440532013000") && iban("es9121000418450200051332"));
        assert!(curp("boxw310820hnerxn09") && !curp("boxw310820hnerxn08") && curp_shape("boxw310820hnerxn08"));
        assert!(rut("12345678", "5") && !rut("12345678", "6") && rut("11111111", "1"));
        assert!(cuil("20123456786") && !cuil("20123456787"));
        assert!(cpf("52998224725") && !cpf("52998224724") && !cpf("11111111111"));
        assert!(nino_shape("ab123456c") && !nino_shape("qq123456c") && !nino_shape("ab123456e"));
    }

    #[test]
    fn no_code_of_another_alphabet_makes_a_check_panic() {
        for code in ["", "é", "ñañañañañañañañañ", "x123456é", "gb82wést12345698765432", "boxw3108é0hneptl10"]
        {
            for check in [nhs, ssn, luhn, npi, nie, vin, iban, curp, cuil, cpf, nino_shape] {
                assert!(!check(code), "{code}");
            }
        }
    }
}
