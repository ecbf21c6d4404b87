//! Patients that can be taken for one another: names that sound or spell alike, or a family's twins.

use unicode_normalization::UnicodeNormalization;

use super::{Patient, PersonName};

/// The ids of those `among` that can be taken for `patient`, in their order; never the patient's own.
///
/// Alike are: family names within one slip (a letter changed, added, lost, or two swapped) and given names within
/// one slip or with the same initial; the same two words the other way round; the same family name and date of birth.
pub fn similar_patients(patient: &Patient, among: &[Patient]) -> Vec<String> {
    among.iter().filter(|other| other.id != patient.id && alike(patient, other)).map(|other| other.id.clone()).collect()
}

fn alike(left: &Patient, right: &Patient) -> bool {
    let same_birth = left.date_of_birth.is_some() && left.date_of_birth == right.date_of_birth;
    left.names.iter().any(|a| right.names.iter().any(|b| names_alike(a, b, same_birth)))
}

fn names_alike(left: &PersonName, right: &PersonName, same_birth: bool) -> bool {
    let parts = |name: &PersonName| (fold(name.given.first().map_or("", String::as_str)), fold(&name.family));
    let ((given_a, family_a), (given_b, family_b)) = (parts(left), parts(right));
    let swapped = !given_a.is_empty() && !family_a.is_empty() && given_a == family_b && family_a == given_b;
    let families = one_slip(&family_a, &family_b);
    let givens = one_slip(&given_a, &given_b) || (!given_a.is_empty() && given_a.first() == given_b.first());
    swapped || (families && (givens || same_birth))
}

/// Letters only, lower case, without marks: `O'Connell-Núñez` is `oconnellnunez`.
fn fold(text: &str) -> Vec<char> {
    text.nfkd().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// Equal, or one letter changed, added or lost, or two neighbours swapped. Short words (three letters) must be equal.
fn one_slip(left: &[char], right: &[char]) -> bool {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if short == long {
        return true;
    }
    if short.len() < 4 || long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (rest_short, rest_long) = (&short[start..], &long[start..]);
    if short.len() < long.len() {
        return rest_short == &rest_long[1..];
    }
    let changed = rest_short[1..] == rest_long[1..];
    let swapped = rest_short.len() >= 2
        && rest_short[0] == rest_long[1]
        && rest_short[1] == rest_long[0]
        && rest_short[2..] == rest_long[2..];
    changed || swapped
}
