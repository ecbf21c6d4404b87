//! Whether a run of capitals is somebody's name: by what its words are and what stands around them.

use super::Search;
use super::run::Part;
use super::word::{
    CALLE, FACILITY_WORD, FAMILY, FIRST, GIVEN, LOUD, MONTH, ORDINARY, OTHER, PERSON, STREET, TOWN, VERB, WITHIN,
};
use crate::screen::text::Kind;

/// Whether a run of capitals is somebody's name.
pub(super) fn judged(
    search: &Search<'_, '_>,
    first: usize,
    last: usize,
    part: Part,
    known: usize,
    unknown: usize,
) -> bool {
    let text = search.text;
    let words = (first..=last).filter(|&i| text.kind(i) == Some(Kind::Word)).count();
    let opens = search.has(first, FIRST);
    let given = search.has(first, GIVEN);
    let possessive = text.possessive(last);
    let before = search.before(first);
    let place =
        before.is_some_and(|i| search.has(i, WITHIN)) && !before.is_some_and(|i| text.is(i, list!["from", "to", "de"]));
    // "back to Crediton" is a way; "give it to Okwuosa" is a person.
    let moves = (first.saturating_sub(4)..first).any(|i| {
        text.is(
            i,
            list![
                "go",
                "going",
                "come",
                "coming",
                "drive",
                "way",
                "walk",
                "back",
                "head",
                "travel",
                "trip",
                "over",
                "directions",
                "close",
                "next",
                "near",
                "bus",
                "train",
                "road",
                "transfer",
                "up",
                "down",
                "subscribed",
                "due",
                "opted",
                "sign",
                "log",
                "access",
                "welcome",
                "moved",
            ],
        )
    });
    let way = before.is_some_and(|i| text.is(i, list!["from"]) || text.is(i, list!["to"]) && moves);
    let the = first > 0
        && (text.is(first - 1, list!["the", "an", "el", "la", "los", "las", "our", "del", "al"])
            || last == first
                && text.is(first - 1, list!["a", "un", "una"])
                && !(first > 1
                    && text.is(
                        first - 2,
                        list![
                            "dile",
                            "digale",
                            "llama",
                            "llame",
                            "avisa",
                            "avise",
                            "registrar",
                            "pregunta",
                            "ver",
                            "visitar",
                            "busco",
                            "aviso",
                        ],
                    )))
        && !(known > 0
            && text.is(
                last + 1,
                list![
                    "twins", "family", "boy", "boys", "girl", "girls", "baby", "kids", "brothers", "sisters", "lady",
                    "case",
                ],
            ));
    let person = before.is_some_and(|i| {
        search.has(i, PERSON)
            || text.is(
                i,
                list![
                    "for", "with", "about", "para", "con", "sobre", "ring", "call", "tell", "text", "ask", "de", "y",
                    "and", "by", "has", "have", "is",
                ],
            )
    });
    // "the Hendersons".
    let family = text.norm(first).strip_suffix('s').is_some_and(|one| {
        first == last && super::word::bits(one) & FAMILY != 0 && super::word::bits(one) & ORDINARY == 0
    });
    if first > 0 && text.is(first - 1, list!["the"]) && family && part == Part::Unknown {
        return true;
    }
    if search.has(first, LOUD) && known == 0 {
        return false;
    }
    if first > 0 && text.is(first - 1, list!["."]) && first > 1 && text.is(first - 2, list!["st", "mt", "ft"])
        || first > 0 && text.is(first - 1, list!["st", "mt"])
    {
        return false;
    }
    if text.is(last + 1, list!["st", "street", "road", "rd", "ave", "day", "side"]) && !possessive {
        return false;
    }
    // "Coldbath Lane", "Clínica Franklin", "calle Alfonso", "Fiesta de San José", "Harrowbeck Hosps:" are places and senders.
    let ends = last > first && search.has(last, STREET | FACILITY_WORD) && !(search.has(last, FAMILY) && given);
    let after = before.is_some_and(|i| {
        search.has(i, CALLE)
            || text.is(i, list!["san", "santa", "sede", "estacion", "consultorio", "exit", "off", "take"])
    });
    let kind = |i: usize| {
        search.has(i, FACILITY_WORD) && text.capital(i) && !text.is(i, list!["home", "care", "form", "team"])
    };
    let of = before.is_some_and(kind)
        || before.is_some_and(|i| {
            text.is(i, list!["de", "da", "del", "of", "la", "el", "los", "las"]) && i > 0 && kind(i - 1)
        });
    let sender = opens && text.is(last + 1, list![":"]) && !given;
    if ends || after || of && !possessive || sender {
        return false;
    }
    // "Preston W.": an initial after it says that even a town is a person.
    if name_facts(search, first) && text.norm(last).len() == 1 && last > first && text.capital(last) && !place {
        return true;
    }
    // "Mary Johnson", "Weronika Martinsen": a known name with anything after it.
    if given && words >= 2 && (known > 0 || unknown > 0) && !(place && part == Part::Weak) {
        return true;
    }
    match part {
        Part::Known => given || !place && (!the || words > 1),
        Part::Weak => {
            // A name that is a word too: beside another part of a name, or where an ordinary word has no capital.
            if known + unknown > 0 && words >= 2 {
                return !place && !the;
            }
            let town = search.has(first, TOWN | FACILITY_WORD | OTHER | MONTH);
            words >= 2 && !opens && !place && !the && !town && (first..=last).all(|i| search.has(i, GIVEN | FAMILY))
                || given && !opens && !place && !the && !town && !search.has(first, LOUD)
                || possessive && !town && !the && (given || !opens)
                // "Grace rang", "Bright came in": what a person does tells.
                || words == 1 && !town && !the && !place && search.has(last + 1, VERB) && (given && !text.is(last + 1, list!["and", "or", "in", "from", "to", "y", "e", "is", "that", "on"]) || !opens && !search.vocabulary(first))
        }
        Part::Unknown => {
            if place || the && !possessive {
                return false;
            }
            if possessive {
                return true;
            }
            if opens {
                let cue = search.has(last + 1, VERB)
                    || text.is(last + 1, list![",", "(", "\n", ":", "-", "&", "/"])
                    || text.is(last + 1, list!["?"]) && last == first && text.norm(first).len() > 4
                    || text.is_number(last + 1)
                    || text.kind(last + 1).is_none();
                // "Rheinhardt cancelled": what somebody did.
                let did =
                    !text.capital(last + 1) && text.norm(last + 1).len() > 4 && text.norm(last + 1).ends_with("ed");
                return words >= 2 && known + unknown >= 2
                    || words == 1
                        && (cue || did)
                        && !text.is(last + 1, list!["\n", ":"])
                        && text.norm(first).len() >= 3;
            }
            let road = before.is_some_and(|i| text.is(i, list!["on", "of", "por", "del", "than", "sobre"]));
            let short = person
                && words == 1
                && text.norm(first).len() == 2
                && text.is(last + 1, list![",", ".", "?", "and", "is"]);
            words >= 2 || short && !road || person && !road || !way && !road && text.norm(first).len() >= 3
        }
        Part::No => false,
    }
}

fn name_facts(search: &Search<'_, '_>, at: usize) -> bool {
    search.has(at, GIVEN | FAMILY)
}
