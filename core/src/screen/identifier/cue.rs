//! Names that only their position tells: an ordinary word with a capital where a person is called, and words of no dictionary
//! in small letters where people stand.

use super::Search;
use super::run::{Part, at_facility};
use super::standing::standing;
use super::word::{
    CLINICIAN, FACILITY_WORD, FAMILY, FIRST, GIVEN, GREETING, LOUD, MONTH, OTHER, PERSON, STREET, TITLE, TOWN, VERB,
    WEEKDAY,
};
use crate::screen::Standing;
use crate::screen::text::{Kind, List};

/// After these somebody is named, if the word is no other.
const CALLS: List = List::of(&[
    "call", "ring", "phone", "text", "called", "rang", "phoned", "texted", "llama", "llame", "chase", "chasing",
    "email", "emailed", "nudge", "meet", "collect", "recoge",
]);
/// After these even an ordinary word with a capital is a person: nobody tells a department.
const TELLS: List = List::of(&[
    "tell", "told", "remind", "reminded", "named", "thank", "avisa", "avise", "dile", "digale", "warn", "asked",
    "invite",
]);
/// Before "for": things that are for somebody.
const THINGS: List = List::of(&[
    "message",
    "messages",
    "taxi",
    "cab",
    "parcel",
    "letter",
    "letters",
    "recado",
    "flowers",
    "card",
    "post",
    "call",
    "voicemail",
    "transport",
    "note",
    "form",
    "forms",
    "bag",
    "taxis",
    "package",
    "delivery",
    "looking",
    "paquete",
    "carta",
]);
/// What only a person does, in the past.
const DID: List = List::of(&[
    "left",
    "rang",
    "called",
    "phoned",
    "forgot",
    "lost",
    "brought",
    "dropped",
    "asked",
    "wants",
    "wanted",
    "said",
    "says",
    "texted",
    "came",
    "went",
    "took",
    "missed",
    "arrived",
    "cancelled",
    "emailed",
    "prefers",
    "hasnt",
    "didnt",
    "has",
    "keeps",
    "dejo",
    "olvido",
    "llamo",
    "trajo",
    "perdio",
    "vino",
    "quiere",
    "pidio",
]);
/// Whose: "her purse", "his lift".
const WHOSE: List = List::of(&["her", "his", "su", "sus", "herself", "himself"]);

/// "tell Bear", "patient Quill in", "works with Dan", "Hyacinth left her purse": an ordinary word with a capital.
pub(super) fn called(search: &mut Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let upper = text.tokens.get(at).is_some_and(|t| t.upper);
    if upper
        || super::run::brand(text.raw(at))
        || text.kind(at) != Some(Kind::Word)
        || text.norm(at).len() < 3
        || search.has(
            at,
            LOUD | FACILITY_WORD
                | STREET
                | TOWN
                | OTHER
                | MONTH
                | WEEKDAY
                | TITLE
                | CLINICIAN
                | GREETING
                | PERSON
                | VERB,
        )
        || search.is_clinical(at)
        || search.vocabulary(at)
        || search.is_own(at)
        || text.glued(at + 1) && !matches!(text.norm(at + 1), "," | "." | "?" | "!" | ")")
    {
        return None;
    }
    let named = if search.has(at, FIRST) { owns(search, at) } else { told(search, at) || known_as(search, at) };
    if !named || at_facility(search, at) {
        return None;
    }
    let last = search.name_end(at).0;
    let standing = standing(search, at, last);
    search.push_name(at, last, "name.called", standing);
    Some(last + 1)
}

/// "goes by Dodie", "belongs to Refugio", "someone called Bear", "who is Tito?".
fn known_as(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let back = |n: usize, words: &List| at >= n && text.is(at - n, words);
    let alone = !text.capital(at + 1) || text.kind(at + 1) != Some(Kind::Word);
    alone
        && (back(1, list!["by", "as"]) && back(2, list!["goes", "known", "went", "go"])
            || back(1, list!["to"]) && back(2, list!["belongs", "belong", "belonged", "married"])
            || back(1, list!["called", "named", "llamado", "llamada"])
            || back(1, list!["is", "was"]) && back(2, list!["who"]) && text.is(at + 1, list!["?", "and", ","])
            || back(1, list!["whos"]) && text.is(at + 1, list!["?"]))
}

/// "Hyacinth left her purse": no article before, and whose it is.
fn owns(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    text.is(at + 1, &DID)
        && (at + 2..at + 5).any(|i| text.is(i, &WHOSE))
        && !text.is(
            at,
            list![
                "everyone",
                "everybody",
                "somebody",
                "someone",
                "nobody",
                "anyone",
                "who",
                "this",
                "that",
                "one",
                "she",
                "they",
                "it",
                "and",
                "also",
                "you",
            ],
        )
}

fn told(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let Some(before) = search.before(at).filter(|&i| i + 1 == at) else { return false };
    // A heading goes on in capitals: "Ask Reception Staff".
    let alone = !text.capital(at + 1) || text.kind(at + 1) != Some(Kind::Word);
    let person = search.has(before, PERSON) && !text.capital(before) && !text.possessive(before);
    let things = text.is(before, list!["for", "from", "para", "de"]) && before > 0 && text.is(before - 1, &THINGS);
    let company = text.is(before, list!["with"])
        && before > 0
        && text.is(before - 1, list!["works", "lives", "sat", "sits", "shares", "stays"]);
    let still = text.is(before, list!["is", "did", "has", "does", "was"])
        && (text.is(
            at + 1,
            list!["still", "ok", "in", "here", "coming", "back", "ring", "call", "leave", "need", "collect"],
        ));
    // "Mo and Sal": beside another who is named.
    let beside = text.is(before, list!["and", "y", "&", "n"])
        && before > 0
        && (!search.free(before - 1, before - 1) || search.has(before - 1, GIVEN) && text.capital(before - 1))
        && text.kind(before - 1) == Some(Kind::Word)
        && search.has(before - 1, GIVEN);
    alone && (beside || person || text.is(before, &TELLS) || things || company || still)
}

/// "tell chukwudi", "is tariq mahmoud still", "message for xiu": words of no dictionary in small letters.
pub(super) fn small(search: &mut Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    // Most words are short, known or stand where nobody is named; the map is asked last.
    if text.norm(at).len() < 3
        || text.glued(at) && at > 0 && !text.is(at - 1, list!["(", "\n", "/", "\""])
        || search.has(at, LOUD)
    {
        return None;
    }
    let cue = spoken(search, at);
    let acts = text.is(at + 1, &DID)
        && (!text.is(at + 1, list!["has", "keeps", "says", "went", "came"])
            || search.has(at, FIRST) && text.is(at + 1, list!["says", "keeps"]));
    // "caoimhe's mammy", "yusufs mum": whose relation, or whose letter.
    let whose = (text.possessive(at) || text.norm(at).ends_with('s'))
        && (search.has(at + 1, PERSON) || text.is(at + 1, &THEIRS));
    // "big tam", "wee malky": how a friend is told from another of his name.
    let epithet = at > 0 && text.is(at - 1, list!["big", "wee", "auld", "lil"]);
    let alike = |i: usize| {
        text.kind(i) == Some(Kind::Word)
            && !text.capital(i)
            && text.norm(i).len() >= 3
            && text.raw(i).chars().all(char::is_alphabetic)
            && search.part(i) >= Part::Unknown
            && !text.is(i, &SLANG)
    };
    // "gwilym prosser 30/11/39": two such words where a sentence begins.
    let opens = search.has(at, FIRST) && text.norm(at).len() >= 4 && text.norm(at + 1).len() >= 4;
    if cue == 0 && !acts && !whose && !epithet && !opens || !alike(at) {
        return None;
    }
    let pair = !text.glued(at + 1) && !text.possessive(at) && alike(at + 1);
    // One unknown word may be a word that is mistyped: it needs its position and what it does, or a listed name.
    let listed = search.has(at, GIVEN | FAMILY);
    let acts_after = |i: usize| {
        text.is(i, &DID)
            || text.is(
                i,
                list!["still", "is", "back", "get", "got", "want", "need", "come", "sign", "send", "bring", "have"],
            )
    };
    // "for tegwen in bed 2".
    let lies = text.is(at + 1, list!["in", "from", "en"]) && (at + 2..at + 4).any(|i| search.has(i, super::word::SPOT));
    let told = text.is_number(at + 2) || text.is(at + 2, list![",", "("]) || text.is(at + 2, &DID);
    let sure = pair && (cue > 0 || opens && told)
        || lies && text.norm(at).len() >= 4
        || listed && cue > 0
        || text.norm(at).len() >= 4 && whose
        || epithet
        || text.norm(at).len() >= 4
            && acts
            && (search.has(at, FIRST) || text.is(at + 1, list!["rang", "phoned", "texted", "emailed", "llamo"]))
        || text.norm(at).len() >= 4 && (cue > 1 || cue > 0 && acts_after(at + 1) || acts && text.is(at + 2, &WHOSE));
    if !sure {
        return None;
    }
    let first = if epithet { at - 1 } else { at };
    let last = if pair { at + 1 } else { at };
    let standing = if cue > 0 && !pair { standing(search, at, last) } else { Standing::Stated };
    search.push_name(first, last, "name.small_position", standing);
    Some(last + 1)
}

/// How surely the words before name somebody: 2 for "message for", a relation; 1 for "ring", "is … still".
fn spoken(search: &Search<'_, '_>, at: usize) -> u8 {
    let text = search.text;
    let Some(before) = at.checked_sub(1) else { return 0 };
    if text.is(before, list!["for", "from", "para"]) && before > 0 && text.is(before - 1, &THINGS)
        || search.has(before, PERSON)
            && !text.possessive(before)
            && text.is(before, list!["patient", "pt", "paciente", "named"])
    {
        return 2;
    }
    // "is that caoimhe", "are you the balwant at", "goes by dodie".
    let asks = |one: &List, two: &List| text.is(before, one) && before > 0 && text.is(before - 1, two);
    if asks(list!["this", "that"], list!["is", "was"]) && before > 1 && !text.is(before - 2, list!["what", "all", "so"])
        || asks(list!["the"], list!["you", "youre"])
        || asks(list!["by", "as"], list!["goes", "known"])
        || asks(list!["to"], list!["belongs"])
    {
        return if asks(list!["this", "that"], list!["is", "was"]) { 1 } else { 2 };
    }
    if text.is(before, &CALLS)
        || text.is(before, &TELLS)
        || text.is(before, list!["if", "about", "does", "and", "for", "is", "has", "did", "with", "its"])
        || search.has(before, PERSON) && !text.possessive(before)
    {
        return 1;
    }
    0
}

/// What is somebody's.
const THEIRS: List = List::of(&[
    "postcode", "letter", "phone", "number", "address", "coat", "bag", "keys", "room", "bed", "form", "birthday",
    "stick", "glasses",
]);
/// Words of chat that no dictionary holds.
const SLANG: List = List::of(&[
    "wanna", "gonna", "gotta", "dunno", "innit", "soz", "tmrw", "tmr", "thru", "pls", "plz", "thx", "ppl", "bcs",
    "bcos", "cuz", "wot", "wat", "dat", "dis", "dem", "nite", "nites", "lemme", "gimme", "ima", "imma", "finna",
    "bday", "appt", "appts", "resched", "msg", "msgs", "rota", "recep", "hosp", "xtra", "lolz", "hmu",
]);

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn a_position_names_an_ordinary_word_and_an_unknown_one() {
        for (text, name) in [
            ("patient Quill in bed 14 wants the paper", "Quill"),
            ("Hyacinth left her purse in reception", "Hyacinth"),
            ("can you tell Bear his lift is here", "Bear"),
            ("is Blossom still in the lounge", "Blossom"),
            ("message for chukwudi okonjo, car park closed", "chukwudi okonjo"),
            ("does anyone know if kofi umkhayev got his letter", "kofi umkhayev"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierName).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn ordinary_capitals_and_slips_of_the_thumb_accuse_nobody() {
        for text in [
            "Please ask Reception for a form.",
            "Everyone left their coats.",
            "call Tomorrow",
            "tell recption im late",
            "is Parking still free?",
            "message for patients",
            "Ring Central Booking on Monday",
            "if youre comin pls lmk",
        ] {
            assert!(!stated(text, Class::IdentifierName), "{text}");
        }
    }
}
