//! How a name stands: a patient's, a first name that is called, or somebody of the clinic who sends, is asked for or will be seen.

use super::Search;
use super::word::{BOOKED, FACILITY_WORD, FAMILY, FIRST, GIVEN, GREETING, VERB, WEEKDAY};
use crate::screen::Standing;
use crate::screen::text::{Kind, List};

/// How a name stands: somebody of the clinic who is asked for, who signs, who will be seen, is a slot.
pub(super) fn standing(search: &Search<'_, '_>, first: usize, last: usize) -> Standing {
    if staff(search, first, last) {
        Standing::Slot
    } else if first == last && vocative(search, first) {
        Standing::Greeting
    } else {
        Standing::Stated
    }
}

/// "Sunita, can you …", "thanks Megan", "…, Priyanka.": a first name that the message calls.
pub(super) fn vocative(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let opens = search.has(at, FIRST) && !text.possessive(at);
    let calls = text.is(at + 1, list![","])
        && !(text.capital(at + 2) || search.has(at + 2, VERB) && !text.is(at + 2, list!["can", "is", "que"]))
        || search.has(at + 1, GREETING)
        || at == 0
            && text.is(
                at + 1,
                list![
                    "please", "could", "can", "ring", "call", "ya", "tu", "su", "soy", "tienes", "me", "el", "la",
                    "le", "your", "you", "just",
                ],
            );
    let end = text.kind(at + 1).is_none() || text.is(at + 1, list![".", "!", "?", "\n", ",", "🫶", "👍", "🙏"]);
    let after = at > 0
        && text.is(
            at - 1,
            list![
                "thanks", "sorry", "cheers", "great", "lovely", "grand", "listo", "buenas", "vale", "perfect", "thx",
                "ta", "ok", "gusto", "siento", "da", "ready", "know", "gracias", "you", "much", "friday", "ey", "oye",
                "oiga", "hey",
            ],
        );
    let closes = at > 1 && text.is(at - 1, list![","]) && end && !text.is(at + 1, list![","]) && !text.capital(at - 2);
    opens && calls || after && end || closes && (text.kind(at + 1).is_none() || text.kind(at + 2).is_none())
}

/// What somebody of a clinic is.
const PROFESSIONS: List = List::of(&[
    "dentist",
    "hygienist",
    "doctor",
    "physio",
    "physiotherapist",
    "nurse",
    "midwife",
    "podiatrist",
    "chiropodist",
    "optometrist",
    "optician",
    "counsellor",
    "counselor",
    "dietitian",
    "dietician",
    "audiologist",
    "consultant",
    "surgeon",
    "clinician",
    "practitioner",
    "provider",
    "instructor",
    "trainer",
    "therapist",
    "orthodontist",
    "technician",
    "osteopath",
    "chiropractor",
    "pharmacist",
    "paramedic",
    "registrar",
    "receptionist",
    "phlebotomist",
    "dentista",
    "medico",
    "medica",
    "enfermera",
    "enfermero",
    "fisio",
    "fisioterapeuta",
    "terapeuta",
    "higienista",
    "matrona",
    "podologa",
]);
/// What somebody of a clinic does with you.
const SERVICES: List = List::of(&[
    "physio",
    "checkup",
    "hygiene",
    "session",
    "class",
    "therapy",
    "massage",
    "consult",
    "consultation",
    "call",
    "video",
    "checkin",
    "lesson",
    "sesion",
    "consulta",
    "revision",
    "fitting",
    "assessment",
    "cleaning",
    "seat",
    "time",
    "spot",
]);

fn staff(search: &Search<'_, '_>, first: usize, last: usize) -> bool {
    let text = search.text;
    let back = |n: usize, words: &List| first >= n && text.is(first - n, words);
    // "ask for Moira", "speak to Karen", "text Karen if", "with Sandra".
    let asked = back(1, list!["for", "to", "with", "por", "con", "a"])
        && back(
            2,
            list![
                "ask",
                "asking",
                "speak",
                "talk",
                "pregunte",
                "pregunta",
                "preguntad",
                "appointment",
                "appt",
                "cita",
                "visit",
                "seeing",
                "session",
            ],
        );
    // "it's Pauline from outpatients", "this is Tina at the desk", "soy Fabiola".
    let sends = (back(1, list!["is", "its"]) && (back(1, list!["its"]) || back(2, list!["this", "it", "name"]))
        || back(1, list!["soy", "habla", "it", "here", "its"]))
        && text.is(last + 1, list!["from", "at", "with", "here", "calling", "in", "de", "del", "en", ",", "."]);
    // "Dana in billing", "Maite de admisión", "Tina at the desk".
    let desk = text.is(last + 1, list!["in", "at", "from", "on"])
        && (last + 2..last + 5).any(|i| {
            text.is(
                i,
                list![
                    "billing",
                    "reception",
                    "desk",
                    "office",
                    "outpatients",
                    "admissions",
                    "scheduling",
                    "accounts",
                    "team",
                    "pharmacy",
                ],
            )
        });
    let will = text.is(last + 1, list!["will", "covers", "can"])
        && text.is(last + 2, list!["see", "call", "ring", "be", "meet", "you", "help"])
        && (last + 2..last + 5).any(|i| text.is(i, list!["you"]));
    // "Thanks, Jo", "ta, Pauline", "- Dana": the last words of a message.
    let end = text.kind(last + 1).is_none() || text.is(last + 1, list![".", "\n"]) && text.kind(last + 2).is_none();
    let signs = end
        && (back(1, list!["-", "\n"])
            || back(1, list![",", "!", "."])
                && back(
                    2,
                    list!["thanks", "ta", "best", "regards", "cheers", "gracias", "saludos", "love", "x", "you"],
                ));
    // "your driver is Eirlys", "it'll be Kev", "my supervisor Bethan", "me cubre Paula".
    const ROLES: List = List::of(&[
        "driver",
        "tech",
        "technician",
        "supervisor",
        "manager",
        "guide",
        "coordinator",
        "volunteer",
        "receptionist",
        "specialist",
        "therapist",
        "hygienist",
        "companero",
        "companera",
        "colega",
        "colleague",
        "assistant",
        "interpreter",
        "porter",
        "student",
        "cubre",
        "toca",
        "va",
        "lleva",
        "sending",
        "meeting",
        "llevamos",
        "atiende",
        "advisor",
        "agent",
        "counselor",
        "scheduler",
        "operator",
        "sending",
    ]);
    let role = (first.saturating_sub(4)..first).any(|i| text.is(i, &ROLES));
    let replaced = back(1, list!["be", "have"]) && (back(2, list!["ll", "will", "itll", "youll", "it", "you", "is"]));
    // "booked with Helen Marsh", "physio with Gareth Pugh": the visit stands right before.
    let service = back(1, list!["with", "con"])
        && first > 1
        && (search.has(first - 2, BOOKED) && !back(2, list!["clinic"])
            || back(2, list!["in", "down", "you", "up"]) && search.near_before(first, 6, BOOKED)
            || back(2, &SERVICES));
    // "your dentist, Helen Marsh, is", "Anil Deshpande, podiatrist": what somebody of the clinic does.
    let works = back(1, &PROFESSIONS)
        || back(1, list![",", "is", ":", "be"]) && back(2, &PROFESSIONS)
        || text.is(last + 1, list![",", "("])
            && (last + 2..last + 5).take_while(|&i| text.is_word(i)).any(|i| text.is(i, &PROFESSIONS));
    let booked = back(1, list!["with", "con"])
        && first == last
        && (search.near_before(first, 8, BOOKED | WEEKDAY)
            || (first.saturating_sub(6)..first).any(|i| text.is_number(i)));
    // "Ailsa here", "Lupe aquí de la farmacia"; "Linda, Wollafield reception" and "Bri" close a message.
    let here =
        text.is(last + 1, list!["here", "aqui", "again"]) && !back(1, list!["have", "weve", "got", "is", "was", "see"]);
    let closing = search.has(first, FIRST) && first > 4 && end_of_text(search, last);
    asked || sends || desk || will || signs || role || replaced || booked || service || works || here || closing
}

/// Whether at most five words, and no other sentence, follow: the name of who sends.
fn end_of_text(search: &Search<'_, '_>, last: usize) -> bool {
    let text = search.text;
    let end = |i: usize| text.kind(i).is_none();
    let quiet = |i: usize| text.kind(i).is_none() || text.kind(i) == Some(Kind::Mark);
    if quiet(last + 1) && quiet(last + 2) && !text.is(last + 1, list![","]) {
        return true;
    }
    text.is(last + 1, list![","])
        && (last + 2..last + 7).any(end)
        && (last + 2..last + 7).any(|i| {
            search.has(i, FACILITY_WORD)
                || text.is(
                    i,
                    list![
                        "coordinator",
                        "manager",
                        "nurse",
                        "kinesiologo",
                        "coordinacion",
                        "assistant",
                        "receptionist",
                        "citaciones",
                    ],
                )
        })
}

/// "Don Fabio, …" greets; "Mr Lowe will see you", "Mr Adeyemi's secretary" and "with Miss Rahman" are of the clinic.
pub(super) fn title_standing(search: &Search<'_, '_>, title: usize, first: usize, last: usize) -> Standing {
    let text = search.text;
    let greets = search.has(title, FIRST)
        && (text.is(last + 1, list![","])
            || text.is(title, list!["don", "dona", "senora", "senor"]) && !text.possessive(last))
        || title > 0
            && (search.has(title - 1, GREETING) || text.is(title - 1, list![","]) && search.before_greets(title));
    let first_name =
        first == last && search.has(first, GIVEN) && !search.has(first, FAMILY) || text.is(title, list!["don", "dona"]);
    if greets && first_name && first == last {
        return Standing::Greeting;
    }
    let whose = text.possessive(last)
        && text.is(last + 1, list!["clinic", "secretary", "team", "rooms", "office", "list", "nurse", "assistant"]);
    let sees = text.is(last + 1, list!["will", "can", "would", "is"])
        && text.is(last + 2, list!["see", "like", "call", "running", "ring", "phone", "now"])
        || text.is(last + 1, list!["is"]) && text.is_number(last + 2);
    let seen = title > 1
        && text.is(title - 1, list!["see", "seeing"])
        && text.is(title - 2, list!["youll", "ll", "will", "you", "can", "youre", "be"]);
    let asked = title > 1
        && text.is(title - 1, list!["for", "to", "por"])
        && text.is(title - 2, list!["ask", "asking", "speak", "report", "pregunte", "talk"]);
    // "Ms Grant is off sick today": who is away worked here.
    let away = text.is(last + 1, list!["is", "will", "has", "esta"])
        && (text.is(last + 2, list!["off", "away", "unavailable", "unable", "covering", "delayed", "running"])
            || text.is(last + 2, list!["on", "be", "had", "de"])
                && text
                    .is(last + 3, list!["leave", "holiday", "away", "off", "covering", "seeing", "to", "vacaciones"]));
    let with = title > 0
        && text.is(title - 1, list!["with", "con"])
        && (search.near_before(title, 10, BOOKED)
            || (title.saturating_sub(8)..title)
                .any(|i| text.is(i, list!["see", "sit", "offer", "speak", "talk", "pagos"])))
        || title > 1
            && text.is(title - 2, list!["see", "manager", "consultant", "secretary", "center"])
            && text.is(title - 1, list![",", "."]);
    if whose || sees || seen || with || asked || away { Standing::Slot } else { Standing::Stated }
}
