//! Names: by position first, then the patients on this phone, then a short list; and initials beside a room.

use std::sync::LazyLock;

use super::Search;
use crate::screen::lexicon::{CLINICAL, LOGISTICS, NAMES, Words};
use crate::screen::text::Kind;
use crate::screen::{Class, Found, Standing};

const GREETINGS: [&str; 14] = [
    "hi",
    "hello",
    "dear",
    "hey",
    "hiya",
    "hola",
    "estimado",
    "estimada",
    "querido",
    "querida",
    "apreciado",
    "apreciada",
    "morning",
    "afternoon",
];
const TITLES: [&str; 14] =
    ["mr", "mrs", "ms", "miss", "mx", "mister", "sr", "sra", "srta", "don", "senor", "senora", "senorita", "madame"];
const CLINICIANS: [&str; 9] =
    ["dr", "doctor", "dra", "doctora", "prof", "professor", "nurse", "enfermera", "enfermero"];
const PEOPLE: [&str; 40] = [
    "patient",
    "pt",
    "pts",
    "client",
    "mother",
    "mom",
    "mum",
    "dad",
    "father",
    "husband",
    "wife",
    "son",
    "daughter",
    "brother",
    "sister",
    "niece",
    "nephew",
    "aunt",
    "uncle",
    "baby",
    "kid",
    "named",
    "called",
    "paciente",
    "esposo",
    "esposa",
    "hijo",
    "hija",
    "hermano",
    "hermana",
    "llamado",
    "llamada",
    "female",
    "male",
    "woman",
    "man",
    "boy",
    "girl",
    "neighbor",
    "neighbour",
];
/// Words that end the name of a hospital, clinic or other place.
pub(crate) const FACILITY: [&str; 40] = [
    "clinic",
    "hospital",
    "centre",
    "center",
    "surgery",
    "practice",
    "medical",
    "med",
    "pharmacy",
    "health",
    "healthcare",
    "office",
    "department",
    "building",
    "university",
    "college",
    "school",
    "institute",
    "group",
    "associates",
    "care",
    "street",
    "road",
    "avenue",
    "home",
    "hall",
    "house",
    "unit",
    "ward",
    "wing",
    "tower",
    "clinica",
    "centro",
    "consultorio",
    "farmacia",
    "plaza",
    "campus",
    "infirmary",
    "dental",
    "hopkins",
];
const NOT_INITIALS: [&str; 48] = [
    "ct", "mri", "ed", "or", "er", "icu", "nicu", "picu", "ccu", "iv", "bp", "hr", "uk", "tv", "md", "rn", "np", "pa",
    "do", "gp", "ent", "pt", "dx", "tx", "hx", "rx", "ob", "gi", "gu", "us", "am", "pm", "ok", "id", "po", "npo",
    "stat", "prn", "dob", "mrn", "yo", "ii", "iii", "asap", "fyi", "the", "in", "is",
];

/// Words that a name may follow.
static STARTS: LazyLock<Words<()>> = LazyLock::new(|| {
    let others: &[&str] = &["this", "soy", "habla", "name", "nombre", "thank", "thanks", "gracias", "bye"];
    [&GREETINGS[..], &TITLES, &CLINICIANS, &PEOPLE, others]
        .into_iter()
        .flatten()
        .map(|w| ((*w).to_owned(), ()))
        .collect()
});

pub(super) fn find(search: &mut Search<'_, '_>) {
    let starts = search.text.starts();
    for at in starts.clone() {
        if search.text.kind(at) == Some(Kind::Word) && STARTS.contains_key(search.text.norm(at)) {
            titled(search, at);
        }
    }
    for at in starts.clone() {
        if search.text.kind(at) == Some(Kind::Word) && STARTS.contains_key(search.text.norm(at)) {
            greeting(search, at);
            introduced(search, at);
        }
        possessive(search, at);
    }
    for at in starts.clone() {
        known(search, at);
        listed(search, at);
        initials(search, at);
    }
}

fn ordinary(word: &str) -> bool {
    LOGISTICS.word(word).is_some() || CLINICAL.word(word).is_some_and(|t| !t.weak)
}

/// A word that may be part of a name: capitalised letters that are neither logistics nor clinical.
fn proper(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    text.kind(at) == Some(Kind::Word)
        && text.capital(at)
        && search.free(at, at)
        && !text.is(at, &TITLES)
        && !text.is(at, &CLINICIANS)
        && (!ordinary(text.norm(at)) || NAMES.word(text.norm(at)).is_some() && !month_like(text.norm(at)))
}

fn month_like(word: &str) -> bool {
    matches!(word, "jan" | "may" | "june" | "april" | "august" | "mar" | "sun" | "sat" | "mark" | "will")
}

/// The last word of a name that starts at `at`: up to three capitalised words or initials.
fn name_end(search: &Search<'_, '_>, at: usize) -> usize {
    let text = search.text;
    let mut last = at;
    while last < at + 3 && !text.tokens.get(last).is_some_and(|t| t.possessive) {
        let next = last + 1;
        let initial = text.kind(next) == Some(Kind::Word)
            && text.norm(next).len() == 1
            && text.capital(next)
            && !text.is(next, &["i"])
            && !text.glued(next);
        if initial {
            last = next;
            if text.is(next + 1, &["."])
                && text.glued(next + 1)
                && proper(search, next + 2)
                && !text.glued(next + 2)
                && last < at + 2
            {
                last = next + 2;
            }
        } else if text.is(next, &["-"]) && text.glued(next) && proper(search, next + 1) {
            last = next + 1;
        } else if proper(search, next) {
            last = next;
        } else {
            break;
        }
    }
    last
}

fn push(search: &mut Search<'_, '_>, first: usize, last: usize, rule: &'static str, standing: Standing) {
    if search.free(first, last) {
        search.reserve(first, last);
        search.found.push(Found { first, last, class: Class::IdentifierName, rule, standing });
    }
}

/// "Dr. Lee" is a clinician and no patient's name; "Mrs Smith" is.
fn titled(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let (clinician, patient) = (text.is(at, &CLINICIANS), text.is(at, &TITLES));
    if !clinician && !patient || text.kind(at) != Some(Kind::Word) {
        return;
    }
    let first = if text.is(at + 1, &["."]) { at + 2 } else { at + 1 };
    if text.is(at, &["don", "ms", "miss"]) && !text.capital(at) && !text.capital(first) && !text.is(at + 1, &["."]) {
        return;
    }
    let small = text.kind(first) == Some(Kind::Word)
        && !ordinary(text.norm(first))
        && !text.is(at, &["doctor", "nurse", "don", "miss"]);
    let single = text.norm(first).len() == 1 && text.capital(first);
    if !(proper(search, first) || small && text.norm(first).len() > 1 || single) {
        return;
    }
    let last = if text.capital(first) { name_end(search, first) } else { first };
    if clinician {
        let words: Vec<&str> =
            (first..=last).filter(|&i| text.kind(i) == Some(Kind::Word)).map(|i| text.norm(i)).collect();
        let standing = match search.profile.and_then(|p| p.employs(&words)) {
            Some(false) => Standing::Mismatch,
            _ => Standing::Slot,
        };
        push(search, first, last, "name.clinician", standing);
    } else {
        push(search, first, last, "name.title", Standing::Stated);
    }
}

/// "Hi Sarah," is a greeting with a first name; "Dear Sarah Jones" says more.
fn greeting(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let thanks = text.is(at, &["thank", "thanks", "gracias", "bye"]);
    if !text.is(at, &GREETINGS) && !thanks {
        return;
    }
    let mut first = at + 1;
    if thanks && text.is(first, &["you", "u"]) {
        first += 1;
    }
    if text.is(first, &[","]) {
        first += 1;
    }
    let word = text.norm(first);
    let addressed = text.is(first + 1, &[",", "!", "\n", "-", "."])
        && !text.is(
            first,
            &[
                "there", "all", "everyone", "team", "patient", "again", "sir", "madam", "doctor", "you", "parent",
                "guardian", "your",
            ],
        );
    let is_name = proper(search, first)
        || text.capital(first)
            && text.kind(first) == Some(Kind::Word)
            && addressed
            && (NAMES.word(word).is_some() || month_like(word) || search.names.has_part(word))
        || text.kind(first) == Some(Kind::Word)
            && (NAMES.word(word).is_some() || search.names.has_part(word))
            && LOGISTICS.word(word).is_none();
    if !is_name || thanks && NAMES.word(word).is_none() && !search.names.has_part(word) {
        return;
    }
    let last = if text.capital(first) {
        name_end(search, first)
    } else {
        search.names.full_name(text, first).unwrap_or(first)
    };
    if last == first {
        push(search, first, last, "name.greeting", Standing::Greeting);
    } else {
        push(search, first, last, "name.greeting_full", Standing::Stated);
    }
}

/// "patient Mary L.", "my name is …", "her daughter Ana"; and "this is Maria from the clinic", who is staff.
fn introduced(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let mut first = at + 1;
    let sender = text.is(at, &["this"]) && text.is(at + 1, &["is"]) || text.is(at, &["soy", "habla"]);
    if sender {
        first = if text.is(at, &["this"]) { at + 2 } else { at + 1 };
        if proper(search, first) {
            let last = name_end(search, first);
            if text.is(last + 1, &["from", "at", "with", "calling", "de", "del", "en"]) {
                let words: Vec<&str> = (first..=last).map(|i| text.norm(i)).collect();
                let standing = if search.profile.and_then(|p| p.employs(&words)) == Some(false) {
                    Standing::Mismatch
                } else {
                    Standing::Slot
                };
                let own = (first..=last).all(|i| search.is_own(i));
                if !own && !text.is(last, &FACILITY) {
                    push(search, first, last, "name.sender", standing);
                }
            }
        }
        return;
    }
    let named = text.is(at, &["name", "nombre"]) && text.is(at + 1, &["is", "es", ":"]);
    if named {
        first = at + 2;
    } else if !text.is(at, &PEOPLE) {
        return;
    }
    if text.is(first, &["named", "called", "is"])
        && text.is(at, &["patient", "pt", "paciente"])
        && proper(search, first + 1)
    {
        first += 1;
    }
    if text.is(first, &[",", ":"]) {
        first += 1;
    }
    if proper(search, first) && text.norm(first).len() > 1 && !at_facility(search, first) {
        let last = name_end(search, first);
        push(search, first, last, "name.position", Standing::Stated);
    }
}

/// "Johnson's results".
fn possessive(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if !text.tokens.get(at).is_some_and(|t| t.possessive) || !proper(search, at) || at_facility(search, at) {
        return;
    }
    let about = (at + 1..=at + 3).any(|i| {
        CLINICAL.longest(text, i).is_some_and(|(t, _)| !t.weak)
            || text.is(
                i,
                &[
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
                ],
            )
    });
    if about {
        let first = if at > 0 && proper(search, at - 1) && !text.possessive(at - 1) { at - 1 } else { at };
        push(search, first, at, "name.possessive", Standing::Stated);
    }
}

fn at_facility(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    (at..at + 5)
        .take_while(|&i| i == at || text.capital(i) || text.is(i, &["of", "de", "."]))
        .any(|i| text.is(i, &FACILITY))
        || search.is_own(at)
}

/// The patients on this phone.
fn known(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if text.kind(at) != Some(Kind::Word) || !search.free(at, at) {
        return;
    }
    if let Some(last) = search.names.full_name(text, at) {
        push(search, at, last, "name.local", Standing::Stated);
        return;
    }
    let word = text.norm(at);
    if search.names.has_part(word) && !at_facility(search, at) {
        let starts = at == 0 || text.is(at - 1, &[".", "!", "?", "\n"]);
        if !ordinary(word) && (text.capital(at) || word.len() >= 4)
            || text.capital(at) && !starts && CLINICAL.word(word).is_none()
        {
            push(search, at, at, "name.local_part", Standing::Stated);
        }
    }
}

/// A capitalised given name of the short list, or any "Jane R."
fn listed(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    if !proper(search, at) || NAMES.word(text.norm(at)).is_none() || at_facility(search, at) {
        return;
    }
    let last = name_end(search, at);
    push(search, at, last, "name.list", Standing::Stated);
}

/// "JD in room 12", "pt M.K.": two or three capitals near a room, bed, ward or the word patient.
fn initials(search: &mut Search<'_, '_>, at: usize) {
    let text = search.text;
    let dotted = text.kind(at) == Some(Kind::Word)
        && text.norm(at).len() == 1
        && text.capital(at)
        && text.is(at + 1, &["."])
        && text.glued(at + 1)
        && text.glued(at + 2)
        && text.norm(at + 2).len() == 1
        && text.capital(at + 2)
        && text.kind(at + 2) == Some(Kind::Word);
    let last = if dotted { at + 2 } else { at };
    let joined = text.kind(at) == Some(Kind::Word)
        && (2..=3).contains(&text.norm(at).len())
        && text.tokens.get(at).is_some_and(|t| t.upper)
        && !text.is(at, &NOT_INITIALS)
        && !search.is_clinical(at);
    if !dotted && !joined || !search.free(at, last) || dotted && at > 0 && text.is(at - 1, &["."]) {
        return;
    }
    let near = (at.saturating_sub(4)..at).chain(last + 1..last + 6).any(|i| {
        text.is(i, &["room", "rm", "bed", "ward", "bay", "pt", "patient", "habitacion", "cama", "paciente", "sala"])
            || text.is_number(i)
                && text.glued(i + 1)
                && text.norm(i + 1).len() == 1
                && text.capital(i + 1)
                && i > 0
                && text.is(i - 1, &["on", "in"])
    });
    let shouting = joined && text.tokens.get(at + 1).is_some_and(|t| t.upper && t.end - t.start > 3);
    if near && !shouting {
        search.take(at, last, Class::IdentifierInitials, "initials.place");
    }
}
