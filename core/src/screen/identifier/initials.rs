//! Initials that stand for a patient: "K.W.", "JD in room 12", "pt M.K.".

use super::Search;
use super::word::{FAMILY, GIVEN, SPOT};
use crate::screen::Class;
use crate::screen::text::{Kind, List};

const NOT_INITIALS: List = List::of(&[
    "ct", "mri", "ed", "or", "er", "icu", "nicu", "picu", "ccu", "iv", "bp", "hr", "uk", "tv", "md", "rn", "np", "pa",
    "do", "gp", "ent", "pt", "dx", "tx", "hx", "rx", "ob", "gi", "gu", "us", "am", "pm", "ok", "id", "po", "npo",
    "stat", "prn", "dob", "mrn", "yo", "ii", "iii", "asap", "fyi", "the", "in", "is", "rm", "nhs", "ssn", "gmc", "er",
    "usa", "eu", "nh", "ny", "la", "tbc", "bd", "od", "qd", "tds", "sr", "ss", "te", "el", "tac", "rmn", "upp", "uci",
    "dni", "nie", "no", "si", "if", "it", "we", "on", "at", "to", "an", "be", "my", "so", "as", "by", "of", "hi", "up",
    "go", "ot", "slt", "reg", "ha", "yes", "rip",
]);
/// Dotted letters that are no person's.
const DOTTED: [&str; 40] = [
    "us", "uk", "usa", "ps", "am", "pm", "eg", "ie", "po", "no", "dob", "md", "rn", "un", "id", "cc", "bc", "ad", "dc",
    "hiv", "std", "sti", "aids", "iv", "nb", "rip", "phd", "gp", "er", "icu", "asap", "fyi", "tb", "ct", "mri", "ee",
    "uu", "ti", "dni", "aka",
];

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    let mut at = text.starts().start;
    while at < text.tokens.len() {
        let short = text.kind(at) == Some(Kind::Word) && text.norm(at).len() <= 4 && text.capital(at);
        let small = at + 4 < text.tokens.len()
            && text.norm(at).len() == 1
            && !text.capital(at)
            && text.kind(at) == Some(Kind::Word)
            && search.free(at, at);
        if small && let Some(last) = lower(search, at) {
            search.take(at, last, Class::IdentifierInitials, "initials.place");
            at = last + 1;
            continue;
        }
        let found = if short && search.free(at, at) { dotted(search, at).or_else(|| joined(search, at)) } else { None };
        match found {
            Some(last) => {
                search.take(at, last, Class::IdentifierInitials, "initials.place");
                at = last + 1;
            }
            None => at += 1,
        }
    }
}

/// "K.W.", "M.A-S.", "T.O'D.", "R. T. M.": letters with dots.
fn dotted(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    if text.norm(at).len() != 1
        || !text.is(at + 1, list!["."])
        || !text.glued(at + 1)
        || at > 0 && text.glued(at) && !text.is(at - 1, list!["(", "\"", "/", "\n"])
    {
        return None;
    }
    let mut whole = [0u8; 4];
    let (mut count, mut last, mut next) = (0, at, at);
    while count < 4
        && text.kind(next) == Some(Kind::Word)
        && text.norm(next).len() <= 2
        && text.tokens.get(next).is_some_and(|t| t.upper)
        && (text.is(next + 1, list!["."]) && text.glued(next + 1) || count > 0 && text.glued(next))
    {
        if let (Some(slot), Some(byte)) = (whole.get_mut(count), text.norm(next).as_bytes().first()) {
            *slot = *byte;
        }
        count += 1;
        last = if text.is(next + 1, list!["."]) && text.glued(next + 1) { next + 1 } else { next };
        next = last + 1;
        if text.is(next, list!["-"]) && text.glued(next) && text.glued(next + 1) {
            next += 1;
        }
    }
    let letters = std::str::from_utf8(whole.get(..count)?).ok()?;
    // "A.M. in rm 9": a time has a number before it.
    let lies = list!["am", "pm", "ed", "er", "md", "ad", "dc", "bc", "rn", "id"].holds(letters)
        && (at == 0 || !text.is_number(at - 1))
        && (text.is(last + 1, list!["in", "from"]) && (search.has(last + 2, SPOT) || text.is_number(last + 2))
            || text.is(last + 1, &DOES));
    // A sentence's last dot is not the initials'.
    (count >= 2 && (lies || !DOTTED.contains(&letters))).then_some(last)
}

/// "JB bed 12", "A McF": two or three capitals near a room, bed, ward, the word patient or an age.
fn joined(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let capitals = (2..=3).contains(&text.norm(at).len())
        && text.tokens.get(at).is_some_and(|t| t.upper)
        && !text.is(at, &NOT_INITIALS)
        && !search.is_clinical(at)
        && !search.has(at, GIVEN | FAMILY)
        && (!text.glued(at + 1) || text.kind(at + 1) == Some(Kind::Mark))
        && (at == 0 || !text.glued(at));
    if !capitals || text.tokens.get(at + 1).is_some_and(|t| t.upper && t.end - t.start > 3) {
        return None;
    }
    let beside = |i: usize| {
        search.has(i, SPOT)
            && (text.is_number(i + 1)
                || text.kind(i + 1) == Some(Kind::Mixed)
                || text.is(i, list!["room", "bed", "rm", "ward", "bay", "cama"]))
            || text.is(i, list!["pt", "patient", "paciente", "initials", "iniciales"])
            || text.is_number(i)
                && text.glued(i + 1)
                && text.norm(i + 1).len() == 1
                && text.capital(i + 1)
                && i > 0
                && text.is(i - 1, list!["on", "in"])
    };
    let near = (at.saturating_sub(4)..at).any(beside) || (at + 1..at + 5).any(beside);
    let told = at > 0
        && text.is(at - 1, list!["call", "by", "for", "visit", "see", "pt", "patient"])
        && (text.is(at + 1, list![",", "at", "from"]));
    (near || told || acts(search, at)).then_some(at)
}

/// "m.w in bay 3": dots in small letters, beside a room or bed.
fn lower(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let second = at + 2;
    let dots = text.is(at + 1, list!["."])
        && text.glued(at + 1)
        && text.glued(second)
        && text.kind(second) == Some(Kind::Word)
        && text.norm(second).len() == 1
        && !text.glued(at)
        && !text.glued(second + 2);
    if !dots || text.is(at, list!["e", "i", "a", "p"]) && text.is(second, list!["g", "e", "m"]) {
        return None;
    }
    let last = if text.is(second + 1, list!["."]) && text.glued(second + 1) { second + 1 } else { second };
    let lies = text.is(last + 1, list!["in", "from"]) && (last + 2..last + 5).any(|i| search.has(i, SPOT))
        || text.is(last + 1, &DOES);
    lies.then_some(last)
}

/// What only people do.
const DOES: List = List::of(&[
    "rang",
    "wants",
    "wanted",
    "asked",
    "asks",
    "says",
    "said",
    "lost",
    "left",
    "forgot",
    "prefers",
    "phoned",
    "texted",
    "refused",
    "declined",
    "cancelled",
    "canceled",
    "dna",
    "dnad",
    "nka",
    "rung",
    "swapped",
    "owes",
    "thinks",
    "keeps",
    "quiere",
    "pide",
    "pregunta",
    "llamo",
    "olvido",
    "dejo",
    "dijo",
    "perdio",
    "hasnt",
    "didnt",
    "doesnt",
    "wont",
    "cant",
    "turned",
    "arrived",
]);
/// Offices and bodies in capitals, which ring and want too.
const BODIES: List = List::of(&[
    "hr", "it", "gp", "dj", "vp", "cfo", "ceo", "coo", "gm", "pe", "ta", "mp", "mc", "op", "bf", "gf", "bff", "bbc",
    "itv", "dwp", "cqc", "dvla", "rac", "aa", "bt", "ee", "o2", "edf", "fbi", "cia", "cdc", "fda", "who", "icb", "pcn",
    "pals", "ccg", "ups", "dhl", "usps", "irs", "dmv", "eps", "osde", "ips", "cvs", "amr", "ems", "pd", "ngo", "nyc",
    "lax", "sf", "un", "pr", "rn", "lpn", "cna", "hca", "pod", "fit", "omg", "wtf", "lol", "idk", "tbh",
]);

/// "MW wants", "which LB?", "is MW still in", "PJW (11.08.72)", "EMB and EBM are two people": letters that act like a person.
fn acts(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    if text.is(at, &BODIES)
        || search.has(at, super::word::LOUD | super::word::OTHER | super::word::TOWN)
        || search.vocabulary(at)
    {
        return false;
    }
    let back = |words: &List| at > 0 && text.is(at - 1, words);
    let upper = |i: usize| {
        text.kind(i) == Some(Kind::Word)
            && (2..=3).contains(&text.norm(i).len())
            && text.tokens.get(i).is_some_and(|t| t.upper)
    };
    let does = text.is(at + 1, &DOES);
    // "is MW still in", "MW's mum".
    let asked = back(list!["is", "was", "has", "did"])
        && text.is(
            at + 1,
            list!["still", "back", "in", "here", "gone", "coming", "ok", "okay", "up", "there", "ring", "leave"],
        );
    let whose = text.possessive(at) && search.has(at + 1, super::word::PERSON);
    let birth = text.is(at + 1, list!["(", ",", "-"])
        && text.is_number(at + 2)
        && text.is(at + 3, list![".", "/", "-"])
        && text.glued(at + 3)
        && text.is_number(at + 4);
    let aside = text.is(at + 1, list!["("])
        && (search.has(at + 2, super::word::PERSON)
            || text.is(at + 2, list!["the"]) && search.has(at + 3, super::word::PERSON));
    let home = text.is(at + 1, list!["went", "came", "goes", "going"]) && text.is(at + 2, list!["home", "back", "by"]);
    let which = back(list!["which"]) && text.is(at + 1, list!["?", "is", ","]);
    // "EMB and EBM are two different people".
    let pair = |one: usize, other: usize| {
        upper(one)
            && upper(other)
            && text.norm(one).len().abs_diff(text.norm(other).len()) <= 1
            && !text.is(one, &NOT_INITIALS)
            && !text.is(other, &NOT_INITIALS)
            && !text.is(one, &BODIES)
            && !text.is(other, &BODIES)
            && !search.is_clinical(one)
            && !search.is_clinical(other)
    };
    let people = |i: usize| {
        (i..i + 5).any(|i| {
            text.is(i, list!["people", "patients", "swapped", "both", "share", "sharing", "mixed", "different", "two"])
        })
    };
    let paired = text.is(at + 1, list!["and", "&"]) && pair(at, at + 2) && people(at + 3)
        || at > 1 && back(list!["and", "&"]) && pair(at - 2, at) && people(at + 1);
    does || aside || home || asked || whose || birth || which || paired
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, has};

    #[test]
    fn initials_are_found_with_dots_or_beside_a_bed() {
        for (text, initials) in [
            ("K.W., our frequent flyer", "K.W."),
            ("placement for R.T. please", "R.T."),
            ("M.A-S. owes a form", "M.A-S."),
            ("T.O'D. is next", "T.O'D."),
            ("JB bed 12, reg aware", "JB"),
            ("M.G.L., la subes", "M.G.L."),
            ("R. T. M., cuarto 11", "R. T. M."),
        ] {
            assert_eq!(class_at(text, Class::IdentifierInitials).as_deref(), Some(initials), "{text}");
        }
    }

    #[test]
    fn letters_of_countries_times_and_wards_are_no_initials() {
        for text in [
            "in the U.S. today",
            "at 2 P.M. sharp",
            "P.S. bring it",
            "CT in room 3",
            "ICU bed 4 is free",
            "the H.I.V. clinic",
        ] {
            assert!(!has(text, Class::IdentifierInitials), "{text}");
        }
    }
}
