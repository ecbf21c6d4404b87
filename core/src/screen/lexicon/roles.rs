//! What a word of the logistics vocabulary is: a language and a group; and what one of `words/jest.txt` does.

use super::classes::begins;

/// What a word of the logistics vocabulary is: a language and a group, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Role {
    /// Index into [`LANGUAGES`].
    pub(crate) language: u8,
    /// Its group's bit of [`group`].
    pub(crate) group: u64,
}

/// Languages with words here; the first two are screened, the others only recognised as not screened.
pub(crate) const LANGUAGES: [&str; 14] =
    ["en", "es", "fr", "de", "it", "pt", "nl", "tl", "ht", "vi", "pl", "tr", "so", "id"];

/// Groups of the vocabulary; those that begin with `k_` make an intent.
const GROUPS: [&str; 47] = [
    "function",
    "plain",
    "appointment",
    "schedule",
    "change",
    "cancel",
    "prescription",
    "pickup",
    "contact",
    "team",
    "results",
    "available",
    "portal",
    "late",
    "direction",
    "form",
    "bill",
    "thanks",
    "urgent",
    "safety",
    "filler",
    "k_appointment",
    "k_schedule",
    "k_change",
    "k_modify",
    "k_cancel",
    "k_rx",
    "k_pickup",
    "k_contact",
    "k_team",
    "k_result",
    "k_test",
    "k_available",
    "k_portal",
    "k_late",
    "k_direction",
    "k_form",
    "k_bill",
    "k_thanks",
    "k_urgent",
    "k_saw",
    "k_message",
    "k_refuse",
    "k_personal",
    "k_channel",
    "k_care",
    "k_safest",
];

impl Role {
    /// "en appointment": a language, then a group; a language of none does not compile.
    pub(super) const fn named(section: &str) -> Role {
        let mut language = 0u8;
        while !(begins(section, LANGUAGES[language as usize]) && section.as_bytes()[2] == b' ') {
            language += 1;
        }
        Role { language, group: group(section.split_at(3).1) }
    }
}

/// What a phrase of `words/jest.txt` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jest {
    /// An idiom: what it holds tells nothing.
    Idiom,
    /// A word that is said of anything: it tells nothing in a sentence about things at play.
    Everyday,
    /// Things at play: matches, printers, pizza.
    Play,
    /// What is watched, read, voted on: illness there is somebody's story.
    Story,
    /// Words of care, and whoever is spoken to or spoken of: with one of them a sentence is in earnest.
    Care,
    /// A part of the body or a feeling that people name in passing: it tells nothing where it is all that a sentence tells.
    Passing,
    /// Whoever is spoken to or of: with one of them a word in passing is in earnest.
    Person,
}

impl Jest {
    /// What a section's phrases do; a section of another name does not compile.
    pub(super) const fn named(section: &str) -> Jest {
        match section.as_bytes() {
            b"idiom" => Jest::Idiom,
            b"everyday" => Jest::Everyday,
            b"play" => Jest::Play,
            b"story" => Jest::Story,
            b"care" => Jest::Care,
            b"passing" => Jest::Passing,
            b"person" => Jest::Person,
            _ => panic!("a section of words/jest.txt that does nothing"),
        }
    }
}

/// Bits of these languages.
pub(super) const fn languages(names: &[&str]) -> u16 {
    let (mut bits, mut at) = (0, 0);
    while at < names.len() {
        let mut language = 0;
        while !(LANGUAGES[language].len() == names[at].len() && begins(names[at], LANGUAGES[language])) {
            language += 1;
        }
        bits |= 1 << language;
        at += 1;
    }
    bits
}

/// The bit of a group, zero for a name that is not one.
pub(crate) const fn group(name: &str) -> u64 {
    let mut at = 0;
    while at < GROUPS.len() {
        if GROUPS[at].len() == name.len() && begins(name, GROUPS[at]) {
            return 1 << at;
        }
        at += 1;
    }
    0
}
