//! The check before a text leaves the phone: is this the right person, and is this their number?

use super::enrolled::Unlocked;
use super::{Inside, Session, consents, patients, shelf};
use crate::crypto::make_bytes;
use crate::error::{CurtainError, Error, Result};
use crate::journal::Code;
use crate::message::{Message, Outcome, last_four};
use crate::patient::{ContactKind, ContactPoint, Patient, canonical_address, similar_patients};
use crate::policy::{HandoffCheck, Pack};
use crate::vault::{Act, Id, Vault};

/// A number checked with the patient so long ago is stale: 90 days, in milliseconds.
pub const NUMBER_CHECKED_MS: i64 = 90 * 86_400_000;

/// What to ask before a number is used.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum NumberAsk {
    /// One tap: checked lately, used before, no patient whose name or number is nearly the same.
    Tap {
        /// The number's last four digits.
        digits: String,
    },
    /// Three tiles, one of them the number's last four digits.
    Match {
        /// In the order to show.
        tiles: Vec<String>,
    },
    /// The last four digits are typed.
    Type,
}

/// Whom and what to show before a text goes to a number.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NumberCheck {
    /// What to ask.
    pub ask: NumberAsk,
    /// When the number was last checked with the patient, milliseconds since 1970; `None` if never.
    pub verified_ms: Option<i64>,
    /// Whether that is over 90 days ago, or never was.
    pub stale: bool,
    /// Ids of patients on this phone whose names are easily confused with this one's: show both dates of birth.
    pub similar: Vec<String>,
}

#[uniffi::export]
impl Session {
    /// What to show and ask before a text goes to this number. Name, date of birth and record number stand beside it.
    pub fn number_check(&self, patient: String, address: String) -> Result<NumberCheck, CurtainError> {
        self.with(|inside| check(inside, &patient, &address))
    }

    /// Whether these are the number's last four digits: then one text may go to it, until the next lock. If not, nothing may be
    /// opened: the journal counts a near miss.
    pub fn confirm_number(&self, patient: String, address: String, digits: String) -> Result<bool, CurtainError> {
        self.with(|inside| confirm(inside, &patient, &address, &digits))
    }
}

fn number_of(patient: &Patient, address: &str) -> Result<(ContactPoint, String)> {
    const NOT_THEIRS: Error = Error::Invalid { field: "address", why: "not one of the patient's numbers" };
    let contact = patient.contact(address).filter(|contact| contact.kind == ContactKind::Phone).ok_or(NOT_THEIRS)?;
    Ok((contact.clone(), last_four(&contact.value).ok_or(NOT_THEIRS)?))
}

fn check(inside: Inside<'_>, patient: &str, address: &str) -> Result<NumberCheck> {
    asked(&mut inside.open.vault, inside.pack, inside.now.wall_ms, patient, address)
}

/// Whether a text may go to a number only after somebody confirmed it, and nobody has.
pub(crate) fn unconfirmed(open: &mut Unlocked, pack: &Pack, now_ms: i64, patient: &str, address: &str) -> Result<bool> {
    let confirmed = open.confirmed.as_ref().is_some_and(|one| *one == number(patient, address));
    Ok(!confirmed && !matches!(asked(&mut open.vault, pack, now_ms, patient, address)?.ask, NumberAsk::Tap { .. }))
}

/// A patient's number, however it is spelled.
fn number(patient: &str, address: &str) -> (String, String) {
    (patient.to_owned(), canonical_address(ContactKind::Phone, address))
}

fn asked(vault: &mut Vault, pack: &Pack, now_ms: i64, patient: &str, address: &str) -> Result<NumberCheck> {
    let patient = patients::one(vault, patient)?;
    let (contact, digits) = number_of(&patient, address)?;
    let everybody = patients::all(vault)?;
    let similar = similar_patients(&patient, &everybody);
    let stale = !contact.verified_ms.is_some_and(|at| (0..NUMBER_CHECKED_MS).contains(&now_ms.saturating_sub(at)));
    let others = other_digits(&everybody, &contact, &digits);
    let ask = match pack.handoff_check {
        HandoffCheck::Type => NumberAsk::Type,
        HandoffCheck::Auto
            if !stale
                && similar.is_empty()
                && !others.iter().any(|other| near(other, &digits))
                && used(vault, &patient, &contact)? =>
        {
            NumberAsk::Tap { digits }
        }
        HandoffCheck::Auto | HandoffCheck::Match => NumberAsk::Match { tiles: tiles(digits, &others, make_bytes()?) },
    };
    Ok(NumberCheck { ask, verified_ms: contact.verified_ms, stale, similar })
}

fn confirm(inside: Inside<'_>, patient: &str, address: &str, digits: &str) -> Result<bool> {
    let patient = patients::one(&mut inside.open.vault, patient)?;
    let (_, right) = number_of(&patient, address)?;
    inside.open.confirmed = Some(number(&patient.id, address)).filter(|_| digits == right);
    if digits == right {
        return Ok(true);
    }
    let act = Act { event: Code::NearMiss.into(), lane: Some(Id::parse(&patient.id)?) };
    inside.open.commit(inside.workspace, inside.now, &[], act)?;
    Ok(false)
}

/// Whether something went to this number before, as far as the clinician said.
fn used(vault: &mut Vault, patient: &Patient, contact: &ContactPoint) -> Result<bool> {
    let same = |message: &Message| {
        let kind = consents::contact_kind(message.channel);
        message.outcome != Outcome::NotSent
            && kind == contact.kind
            && canonical_address(kind, &message.address) == contact.canonical()
    };
    Ok(shelf::heads::<Message>(vault, Id::parse(&patient.id)?)?.iter().any(|(_, message)| same(message)))
}

/// The last four digits of every other number on this phone, each once.
fn other_digits(everybody: &[Patient], own: &ContactPoint, digits: &str) -> Vec<String> {
    let mut others: Vec<String> = everybody
        .iter()
        .flat_map(|patient| &patient.contacts)
        .filter(|contact| contact.kind == ContactKind::Phone && contact.canonical() != own.canonical())
        .filter_map(|contact| last_four(&contact.value))
        .filter(|other| other != digits)
        .collect();
    others.sort_unstable();
    others.dedup();
    others
}

/// Whether two sets of four digits differ in one place, or in two that are swapped.
fn near(left: &str, right: &str) -> bool {
    let differing: Vec<(u8, u8)> = left.bytes().zip(right.bytes()).filter(|(a, b)| a != b).collect();
    match differing[..] {
        [_] => true,
        [(a, b), (c, d)] => a == d && b == c,
        _ => false,
    }
}

/// The true digits, two of them swapped, and another number of this phone (else one digit changed), in random order.
fn tiles(digits: String, others: &[String], random: [u8; 4]) -> Vec<String> {
    let [first, second, order, turn] = random.map(usize::from);
    let mut wrong = swapped(&digits, first);
    if wrong == digits {
        // Four equal digits.
        wrong = changed(&digits, first, second);
    }
    let mut turned = others.iter().cycle().skip(second % others.len().max(1)).take(others.len());
    let other = turned.find(|other| **other != wrong).cloned();
    let mut third = other.unwrap_or_else(|| changed(&digits, order, turn));
    while third == digits || third == wrong {
        third = changed(&third, order, 0);
    }
    let mut tiles = vec![digits, wrong, third];
    tiles.rotate_left(order % 3);
    if turn % 2 == 1 {
        tiles.swap(0, 1);
    }
    tiles
}

/// The digits with the first two neighbours that differ, from `start` on, swapped.
fn swapped(digits: &str, start: usize) -> String {
    let mut bytes: Vec<char> = digits.chars().collect();
    for at in (0..3).map(|step| (start + step) % 3) {
        if bytes.get(at) != bytes.get(at + 1) && at + 1 < bytes.len() {
            bytes.swap(at, at + 1);
            break;
        }
    }
    bytes.into_iter().collect()
}

/// The digits with one of them raised by one to nine.
fn changed(digits: &str, place: usize, by: usize) -> String {
    let raise = |digit: u32| char::from_digit((digit + 1 + u32::try_from(by % 9).unwrap_or(0)) % 10, 10);
    let at = place % digits.len().max(1);
    let change = |(index, c): (usize, char)| if index == at { c.to_digit(10).and_then(raise).unwrap_or(c) } else { c };
    digits.chars().enumerate().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn near_is_one_digit_or_a_swap() {
        assert!(near("0142", "0143") && near("0142", "0124") && near("0142", "4102"));
        assert!(!near("0142", "0142") && !near("0142", "1043") && !near("0142", "9876"));
    }

    proptest! {
        #[test]
        fn three_tiles_of_which_one_is_true(
            digits in "[0-9]{4}",
            others in proptest::collection::vec("[0-9]{4}", 0..4),
            random in any::<[u8; 4]>(),
        ) {
            let others: Vec<String> = others.into_iter().filter(|other| *other != digits).collect();
            let tiles = tiles(digits.clone(), &others, random);
            prop_assert_eq!(tiles.len(), 3);
            prop_assert_eq!(tiles.iter().filter(|tile| **tile == digits).count(), 1);
            let different: std::collections::BTreeSet<_> = tiles.iter().collect();
            prop_assert_eq!(different.len(), 3);
            prop_assert!(tiles.iter().all(|tile| tile.len() == 4 && tile.bytes().all(|b| b.is_ascii_digit())));
        }
    }

    #[test]
    fn the_true_tile_stands_anywhere() {
        let place = |order, turn| {
            let tiles = tiles("0142".to_owned(), &["7788".to_owned()], [0, 0, order, turn]);
            tiles.iter().position(|tile| tile == "0142").unwrap()
        };
        let places: std::collections::BTreeSet<_> =
            (0..3).flat_map(|order| (0..2).map(move |turn| place(order, turn))).collect();
        assert_eq!(places.len(), 3);
    }
}
