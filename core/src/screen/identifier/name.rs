//! Names by position (greeting, title, relation, "patient …", a possessive), and the patients on this phone.

use super::Search;
use super::run::{Part, at_facility};
use super::standing::title_standing;
use super::word::{
    CLINICIAN, FACILITY_WORD, FAMILY, FIRST, GIVEN, GREETING, MONTH, OPENER, ORDINARY, OTHER, PERSON, STREET, TITLE,
    WEEKDAY,
};
use crate::screen::Standing;
use crate::screen::lexicon::CLINICAL;
use crate::screen::lexicon::vocabulary::CLINICAL_WORD;
use crate::screen::text::{Kind, List};

pub(super) fn find(search: &mut Search<'_, '_>) {
    let starts = search.text.starts();
    for at in starts.clone() {
        if search.has(at, TITLE | CLINICIAN) {
            titled(search, at);
        }
    }
    for at in starts.clone() {
        if search.has(at, GREETING) || search.has(at, OPENER) {
            greeting(search, at);
        }
        if search.has(at, PERSON) || search.has(at, OPENER) {
            introduced(search, at);
        }
        if search.text.possessive(at) {
            possessive(search, at);
        }
        if search.names.knows_anyone() {
            known(search, at);
        }
    }
}

/// A capitalised word that a position makes a name, unless it belongs to logistics or medicine.
fn proper(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    text.kind(at) == Some(Kind::Word)
        && text.capital(at)
        && text.norm(at).len() > 1
        && search.free(at, at)
        && !search.has(at, CLINICIAN | MONTH | WEEKDAY)
        && (!search.has(at, TITLE) || search.has(at, GIVEN | FAMILY))
        && (search.has(at, GIVEN | FAMILY) || !search.vocabulary(at) && !search.has(at, OTHER))
}

/// "Dr. Lee" is a clinician and no patient's name; "Mrs Smith" is.
fn titled(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if text.kind(at) != Some(Kind::Word) || !search.free(at, at) {
        return;
    }
    let clinician = search.has(at, CLINICIAN) || text.is(at, list!["lic"]);
    let first = if text.is(at + 1, list!["."]) { at + 2 } else { at + 1 };
    let dotted = first == at + 2;
    // A sister of the ward has a capital; a sister of a patient is a relation.
    if text.is(at, list!["sister", "matron", "coach", "sir", "lady", "lord", "fr", "rev", "padre", "professor", "lic"])
        && !text.capital(at)
        || text.is(at, list!["ms", "miss", "don", "dona"]) && !text.capital(at) && !text.capital(first) && !dotted
    {
        return;
    }
    let single = text.norm(first).len() == 1 && text.capital(first) && text.kind(first) == Some(Kind::Word);
    let small = text.kind(first) == Some(Kind::Word)
        && !text.glued(first)
        && text.norm(first).len() > 2
        && !search.vocabulary(first)
        && !search.has(first, ORDINARY | OTHER)
        && !search.is_clinical(first)
        && text.is(
            at,
            list![
                "mr", "mrs", "ms", "dr", "dra", "sr", "sra", "srta", "senor", "senora", "auntie", "uncle", "mx", "prof"
            ],
        );
    // "mrs k o'rourke": an initial and a name in small letters.
    let initial = text.norm(first).len() == 1
        && text.is(at, list!["mr", "mrs", "ms", "miss"])
        && text.kind(first) == Some(Kind::Word)
        && !text.is(first, list!["i", "a", "u", "r", "x"])
        && (text.is(first + 1, list!["."]) || search.part(first + 1) >= Part::Unknown);
    if !(proper(search, first) || small || single || initial) {
        return;
    }
    let last = if text.capital(first) {
        search.name_end(first).0
    } else if initial {
        let family = if text.is(first + 1, list!["."]) { first + 2 } else { first + 1 };
        if search.part(family) >= Part::Unknown { family } else { first }
    } else {
        first
    };
    // "Dr Martin Luther King Drive" and "St. Mary's" are places.
    if clinician && at_facility(search, last) && search.has(last + 1, STREET) && text.capital(last + 1) {
        return;
    }
    if clinician {
        let words: Vec<&str> =
            (first..=last).filter(|&i| text.kind(i) == Some(Kind::Word)).map(|i| text.norm(i)).collect();
        let standing = match search.profile.and_then(|p| p.employs(&words)) {
            Some(false) => Standing::Mismatch,
            _ => Standing::Slot,
        };
        search.push_name(first, last, "name.clinician", standing);
    } else {
        let standing = title_standing(search, at, first, last);
        search.push_name(first, last, "name.title", standing);
    }
}

/// "Hi Sarah," is a greeting with a first name; "Dear Sarah Jones" says more.
fn greeting(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let thanks = text.is(at, list!["thank", "thanks", "gracias", "bye"]);
    if !search.has(at, GREETING) && !thanks {
        return;
    }
    let mut first = at + 1;
    if thanks && text.is(first, list!["you", "u"]) {
        first += 1;
    }
    if text.is(first, list![","]) {
        first += 1;
    }
    if text.kind(first) != Some(Kind::Word)
        || !search.free(first, first)
        || search.has(first, TITLE | CLINICIAN | GREETING) && !search.has(first, GIVEN)
    {
        return;
    }
    let word = text.norm(first);
    let addressed = text.is(first + 1, list![",", "!", "\n", "-", "."]);
    let given = search.has(first, GIVEN) || search.names.has_part(word);
    let crowd = text.is(
        first,
        list![
            "there",
            "all",
            "everyone",
            "team",
            "patient",
            "again",
            "sir",
            "madam",
            "doctor",
            "you",
            "parent",
            "guardian",
            "your",
            "the",
            "both",
            "mom",
            "mum",
            "dad",
            "sister",
            "resident",
            "member",
            "customer",
            "friend",
            "neighbour",
            "this",
            "just",
        ],
    );
    let plain = search.has(first, ORDINARY | OTHER) || search.vocabulary(first);
    let is_name = !crowd
        && (text.capital(first)
            && (given && (!plain || addressed)
                || !plain && !search.has(first, FACILITY_WORD) && !search.is_clinical(first)
                || addressed && search.has(first, FAMILY | MONTH))
            || given && !plain
            || !text.capital(first)
                && addressed
                && !plain
                && text.norm(first).len() >= 3
                && !search.is_clinical(first));
    if !is_name || thanks && !given || at_facility(search, first) {
        return;
    }
    let last = if text.capital(first) {
        search.name_end(first).0
    } else {
        search.names.full_name(text, first).unwrap_or(if search.part(first + 1) == Part::Known {
            first + 1
        } else {
            first
        })
    };
    // "hi luca and giulia": two first names are a greeting still.
    if last == first {
        search.push_name(first, last, "name.greeting", Standing::Greeting);
    } else {
        search.push_name(first, last, "name.greeting_full", Standing::Stated);
    }
}

/// "patient Mary L.", "my name is …", "her daughter Ana"; and "this is Maria from the clinic", who is staff.
fn introduced(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let mut first = at + 1;
    let sender = text.is(at, list!["this"]) && text.is(at + 1, list!["is"]) || text.is(at, list!["soy", "habla"]);
    if sender {
        first = if text.is(at, list!["this"]) { at + 2 } else { at + 1 };
        if proper(search, first) {
            let last = search.name_end(first).0;
            if text.is(last + 1, list!["from", "at", "with", "calling", "de", "del", "en", ",", "here", "in"]) {
                let words: Vec<&str> = (first..=last).map(|i| text.norm(i)).collect();
                let standing = if search.profile.and_then(|p| p.employs(&words)) == Some(false) {
                    Standing::Mismatch
                } else {
                    Standing::Slot
                };
                let own = (first..=last).all(|i| search.is_own(i));
                if !own && !search.has(last, FACILITY_WORD) && !at_facility(search, last) {
                    search.push_name(first, last, "name.sender", standing);
                }
            }
        }
        return;
    }
    if !search.has(at, PERSON) && !text.is(at, list!["name", "nombre"]) || text.possessive(at) {
        return;
    }
    let named = text.is(at, list!["name", "nombre", "surname", "lastname", "titular"]);
    let stated = named && text.is(first, list!["is", "es", ":", "de", "was"]);
    if stated
        || text.is(first, list!["named", "called", "is", "llamado", "llamada", "llamadas"])
            && text.is(at, list!["patient", "pt", "paciente", "man", "woman"])
    {
        first += 1;
    }
    if text.is(first, list![",", ":", "(", "?"]) && (text.capital(first + 1) || !text.is(first, list![","])) {
        first += 1;
    }
    let usual = proper(search, first)
        && (!search.has(first, ORDINARY) || named || search.has(first, GIVEN | FAMILY))
        && !search.has(first, FACILITY_WORD);
    if usual && !at_facility(search, first) {
        let last = search.name_end(first).0;
        search.push_name(first, last, "name.position", Standing::Stated);
        return;
    }
    // "his wife gerda": small letters after a relation, if no dictionary knows the word.
    let relation = !named
        && !text
            .is(at, list!["called", "pt", "pts", "patient", "client", "man", "woman", "female", "male", "baby", "kid"]);
    if relation && first == at + 1 && text.norm(first).len() >= 4 && !text.glued(first) && !text.capital(first) {
        let part = search.part(first);
        if part == Part::Known || part == Part::Unknown && !search.has(at, TITLE) {
            search.push_name(first, first, "name.relation", Standing::Stated);
        }
    }
}

/// "Johnson's results", "Hartley's daughter".
fn possessive(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if !proper(search, at)
        || at_facility(search, at)
        || search.has(at, FIRST) && search.has(at, ORDINARY) && !search.has(at, GIVEN | FAMILY)
    {
        return;
    }
    const ABOUT: List = List::of(&[
        "results",
        "result",
        "test",
        "tests",
        "labs",
        "appointment",
        "chart",
        "medication",
        "scan",
        "visit",
        "prescription",
        "meds",
        "room",
        "records",
        "blood",
        "daughter",
        "son",
        "wife",
        "husband",
        "mother",
        "father",
        "mum",
        "mom",
        "dad",
        "sister",
        "brother",
        "cousin",
        "nephew",
        "niece",
        "carer",
        "parents",
        "family",
        "phone",
        "form",
        "file",
        "account",
        "discharge",
        "status",
        "condition",
        "support",
    ]);
    let about = (at + 1..=at + 3).any(|i| {
        text.is(i, &ABOUT) || search.is_clinical(i) && CLINICAL.longest(text, i).is_some_and(|(t, _)| !t.weak)
    });
    if about && (search.has(at, GIVEN | FAMILY) || !search.has(at, ORDINARY)) {
        let first = if at > 0 && proper(search, at - 1) && !text.possessive(at - 1) && search.part(at - 1) != Part::No {
            at - 1
        } else {
            at
        };
        search.push_name(first, at, "name.possessive", Standing::Stated);
    }
}

/// The patients on this phone.
fn known(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if text.kind(at) != Some(Kind::Word) || !search.free(at, at) {
        return;
    }
    if let Some(last) = search.names.full_name(text, at) {
        search.push_name(at, last, "name.local", Standing::Stated);
        return;
    }
    let word = text.norm(at);
    if search.names.has_part(word) && !at_facility(search, at) && !search.is_own(at) {
        let starts = at == 0 || text.is(at - 1, list![".", "!", "?", "\n"]);
        let ordinary = search.vocabulary(at);
        if !ordinary && (text.capital(at) || word.len() >= 4)
            || text.capital(at) && !starts && text.about(at).flags & CLINICAL_WORD == 0
        {
            search.push_name(at, at, "name.local_part", Standing::Stated);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::screen::tests::{class_at, scanned};
    use crate::screen::{Class, Standing};

    #[test]
    fn a_position_makes_a_name_of_any_word() {
        for (text, name) in [
            ("u still have mr. lindholm? ok", "lindholm"),
            ("his wife gerda is crying", "gerda"),
            ("wishing Miss Opal a good day", "Opal"),
            ("wheelchair is Mr Fry not mine", "Fry"),
            ("patient Maria G., seen", "Maria G"),
            ("a man called Derek signed", "Derek"),
            ("for MRS P CHAUDHARY then", "P CHAUDHARY"),
            ("Marjorie Fallowfield's results", "Marjorie Fallowfield"),
            ("Su esposa Marleny contesta", "Marleny"),
            ("La señora Pozuelo firma", "Pozuelo"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierName).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_clinician_and_a_greeted_first_name_keep_their_standing() {
        let standing = |text: &str| {
            scanned(text).findings.into_iter().find(|f| f.class == Class::IdentifierName).map(|f| f.standing)
        };
        assert_eq!(standing("see Dr. Lee on Friday"), Some(Standing::Slot));
        assert_eq!(standing("Hi Sarah, see you tomorrow"), Some(Standing::Greeting));
        assert_eq!(standing("Dear Sarah Jones, see you tomorrow"), Some(Standing::Stated));
        assert_eq!(standing("Hello there, see you"), None);
    }
}
