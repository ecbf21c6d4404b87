//! Rooms, beds, bays and wards: where a patient lies.

use super::Search;
use super::word::{BOOKED, FACILITY_WORD, GIVEN, ORDINARY, OUR, PERSON, SPOT};
use crate::screen::text::{Kind, List, Text};
use crate::screen::{Class, Standing};

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        if text.kind(at) != Some(Kind::Word) && text.kind(at) != Some(Kind::Mixed) || !search.free(at, at) {
            continue;
        }
        let Some((last, class, rule)) = spot(search, at) else { continue };
        let standing = if the_clinics(search, at, last, class, rule) { Standing::Slot } else { Standing::Stated };
        let first =
            if at > 0 && text.is(at - 1, list!["side", "hallway"]) && search.free(at - 1, at) { at - 1 } else { at };
        search.take_as(first, last, class, rule, standing);
    }
}

/// A room that somebody is sent to, and a ward that speaks for itself, are the clinic's.
fn the_clinics(search: &Search<'_, '_>, at: usize, last: usize, class: Class, rule: &'static str) -> bool {
    const WAY: List = List::of(&[
        "wait", "hall", "floor", "come", "go", "end", "left", "right", "door", "level", "meet", "visiting", "ask",
        "call", "ring", "desk", "phone", "entrance", "report", "check", "corridor", "lift", "lifts", "elevator",
        "here", "espere", "pase", "pregunte", "via", "clinic",
    ]);
    let text = search.text;
    if class == Class::IdentifierBed {
        return false;
    }
    let way = (at.saturating_sub(6)..at).chain(last + 1..last + 6).any(|i| text.is(i, &WAY));
    let ward = rule == "room.ward" && !(at > 0 && text.is(at - 1, list!["on", "from", "in"]));
    let keyword = rule == "room.keyword";
    if ward { way || search.near_before(at, 6, OUR | BOOKED) } else { way && keyword }
}

/// "room 12", "ward 4B", "bed 7", "SR1", "b7".
fn spot(search: &Search<'_, '_>, at: usize) -> Option<(usize, Class, &'static str)> {
    let text = search.text;
    if text.kind(at) == Some(Kind::Mixed) {
        return tagged(search, at);
    }
    if text.is(at, list!["side"]) && text.is(at + 1, list!["room"]) && !text.is_number(at + 2) {
        // "he's in the side room": somebody lies there; "the side room has a kettle" does not say so.
        let within = (at.saturating_sub(2)..at).any(|i| text.is(i, list!["in", "to", "from"]));
        return within.then_some((at + 1, Class::IdentifierRoom, "room.side"));
    }
    if text.is(at, list!["on", "in", "la"]) {
        // "on 4B": a ward by its shape. "a la 501": a room in Spanish.
        if ward_shape(text, at + 1) && !text.is(at, list!["la"]) {
            return Some((at + 2, Class::IdentifierRoom, "room.ward"));
        }
        return None;
    }
    if !search.has(at, SPOT) {
        return None;
    }
    let (class, rule) = match text.norm(at) {
        "room" | "rm" | "habitacion" | "cuarto" | "hab" => (Class::IdentifierRoom, "room.keyword"),
        "ward" | "pabellon" => (Class::IdentifierRoom, "room.ward"),
        "bed" | "beds" | "bay" | "recliner" | "gurney" | "stretcher" | "cama" | "camas" | "camilla" | "chair" => {
            (Class::IdentifierBed, "bed.keyword")
        }
        "sala" => (Class::IdentifierRoom, "room.sala"),
        // Words of other things too: only with a patient's name or a bed beside them.
        "trauma" | "exam" | "villa" | "box" | "theatre" | "aislado" | "resus" => (Class::IdentifierRoom, "room.area"),
        _ => (Class::IdentifierRoom, "room.bay"),
    };
    let mut next = at + 1;
    while text.is(next, list!["#", ".", "no", "number", ":", "numero", "n", "º"]) && next < at + 4 {
        next += 1;
    }
    let bay_or_chair = text.is(at, list!["bay", "chair"]);
    if text.is_number(next) && text.norm(next).len() <= 4 {
        let letter = text.glued(next + 1) && text.is_word(next + 1) && text.norm(next + 1).len() == 1;
        // "bay 3 window": which of the bay's beds.
        if bay_or_chair && text.is(next + 1, list!["window", "door", "corner", "ventana", "puerta"]) {
            return Some((next + 1, class, rule));
        }
        if bay_or_chair
            && text.is(next + 1, list![","])
            && text.is(next + 2, list!["first", "second", "third", "fourth", "last", "far"])
        {
            return Some((side(text, next + 2), class, rule));
        }
        if text.is(at, list!["ward"])
            && text.is(next + 1, list!["end", "side"])
            && text.is(next + 2, list!["room", "bed"])
        {
            return Some((next + 2, class, rule));
        }
        // "bed 31 by the window".
        if bay_or_chair | text.is(at, list!["bed"])
            && text.is(next + 1, list!["by", "near"])
            && text.is(next + 2, list!["the"])
            && text.is(next + 3, list!["window", "door", "wall", "sink"])
        {
            return Some((next + 3, class, rule));
        }
        let unit = !letter
            && (text.glued(next + 1) && text.is_word(next + 1)
                || text.is(next + 1, list!["minutes", "am", "pm", ":", "years", "%", "hours"])
                    && text.is(next + 2, list!["am", "pm", "00", "30"]));
        if unit {
            return None;
        }
        let mut last = if letter { next + 1 } else { next };
        // "bay 4, bed 1" and "beds 9 and 10" are one place, or two.
        let step = if text.is(last + 1, list![","]) { last + 2 } else { last + 1 };
        if bay_or_chair && text.is(step, list!["bed"]) && text.is_number(step + 1) {
            last = step + 1;
        }
        return Some((last, class, rule));
    }
    // "bed six", "Room Eleven": not "room two is" as a count of rooms, which has no such order of words.
    if next == at + 1
        && text.is(next, &COUNTED)
        && text.is(at, list!["room", "rm", "bed", "bay", "ward", "cama", "cuarto", "habitacion", "cubicle"])
        && !search.has(next + 1, SPOT)
        && !text.is(next + 1, list!["weeks", "days", "hours", "times", "nights", "people", "more", "or"])
    {
        return Some((next, class, rule));
    }
    let short = text.norm(next).len() <= 4
        && (text.kind(next) == Some(Kind::Mixed) && text.norm(next).bytes().any(|c| c.is_ascii_digit())
            || text.norm(next).len() == 1 && text.tokens.get(next).is_some_and(|t| t.upper));
    if short && text.is_word(next) && !text.is(next, list!["i", "a"])
        || text.is(next, list!["a"]) && text.capital(next) && bay_or_chair
    {
        let last =
            if bay_or_chair && text.is(next + 1, list!["bed"]) && text.is_number(next + 2) { next + 2 } else { next };
        return Some((last, class, rule));
    }
    None
}

/// Numbers of rooms and beds in words; "one" is a word for anything.
const COUNTED: List = List::of(&[
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciseis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
]);
/// "second on the left": the last token of which bed of a bay.
fn side(text: &Text<'_>, at: usize) -> usize {
    let bed = if text.is(at + 1, list!["bed"]) { at + 1 } else { at };
    let on =
        text.is(bed + 1, list!["on"]) && text.is(bed + 2, list!["the"]) && text.is(bed + 3, list!["left", "right"]);
    if on { bed + 3 } else { bed }
}

/// Who lies in a room or bed.
const WHO: List = List::of(&[
    "lady",
    "gent",
    "gentleman",
    "guy",
    "bloke",
    "chap",
    "lad",
    "lass",
    "fella",
    "couple",
    "resident",
    "one",
    "family",
    "still",
    "he",
    "she",
    "hes",
    "shes",
    "him",
    "her",
    "visitor",
    "visitors",
    "relatives",
    "senor",
    "senora",
    "familia",
    "abuelo",
    "abuela",
    "ladies",
    "somebody",
]);

/// "the lady in 412", "is MW still in 412", "el señor de la 412", "412 wants a blanket": a number that is a room by who is in it.
pub(super) fn bare(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        // "the gentleman in five", "she's moved up to number 6".
        if text.is(at, &COUNTED)
            && at > 1
            && text.is(at - 1, list!["in", "from"])
            && search.free(at, at)
            && (text.is(at - 2, &WHO) && !text.is(at - 2, list!["one", "he", "she", "him", "her", "hes", "shes"])
                || text.is(at - 2, list!["patient", "man", "woman"]))
            && !search.near_after(at, 1, ORDINARY)
                | text.is(at + 1, list!["asked", "wants", "rang", "is", "has", "who", "lost", "left", "needs"])
        {
            search.take(at, at, Class::IdentifierRoom, "room.bare");
            continue;
        }
        if !text.is_number(at) || !search.free(at, at) || text.glued(at) && at > 0 && !text.is(at - 1, list!["\n", "("])
        {
            continue;
        }
        if at > 2
            && text.is(at - 1, list!["number"])
            && text.is(at - 2, list!["to", "in"])
            && text.norm(at).len() <= 3
            && (at.saturating_sub(6)..at - 2)
                .any(|i| text.is(i, list!["she", "he", "shes", "hes", "dad", "mum", "mom", "him", "her"]))
            && (at.saturating_sub(5)..at - 1).any(|i| text.is(i, list!["moved", "up", "down", "lying", "still"]))
        {
            search.take(at - 1, at, Class::IdentifierRoom, "room.bare");
            continue;
        }
        let letter = text.glued(at + 1)
            && text.kind(at + 1) == Some(Kind::Word)
            && text.norm(at + 1).len() == 1
            && text.is(at + 1, list!["a", "b", "c", "d", "e", "f", "w"])
            && (text.capital(at + 1) || text.norm(at).len() == 1);
        let last = if letter { at + 1 } else { at };
        let length = text.norm(at).len();
        let year = length == 4 && text.norm(at).starts_with(['1', '2']);
        let more = text.glued(last + 1) && text.kind(last + 1) != Some(Kind::Mark)
            || text.glued(last + 1) && text.is(last + 1, list![":", "/", "-", ".", "%"]) && text.glued(last + 2);
        if more
            || year
            || length > 4
            || text.is(
                last + 1,
                list![
                    "minutes", "mins", "min", "am", "pm", "days", "hours", "hrs", "people", "weeks", "o", "of",
                    "horas", "minutos", "dias", "years",
                ],
            )
            || super::code::of_a_thing(search, at)
        {
            continue;
        }
        let (first, lies) = lies(search, at, letter, length);
        if lies || length == 3 && !letter && asks(search, at) || letter && moved(search, at, last) {
            let class = if letter { Class::IdentifierBed } else { Class::IdentifierRoom };
            search.take(first, last, class, "room.bare");
        }
    }
}

/// Whether somebody is said to be in it: where the place begins, and whether.
fn lies(search: &Search<'_, '_>, at: usize, letter: bool, length: usize) -> (usize, bool) {
    let text = search.text;
    let spanish = at > 1 && text.is(at - 1, list!["la"]) && text.is(at - 2, list!["de", "en"]);
    let within = at > 0 && text.is(at - 1, list!["in", "from"]);
    // "Olive in 3 wants tea": a name, a number, and what she does.
    let wants = length <= 2
        && within
        && at > 1
        && text.capital(at - 2)
        && search.has(at - 2, GIVEN)
        && text.is(at + 1, list!["wants", "rang", "buzzed", "asked", "keeps", "lost", "left"]);
    // "take the flowers to 412".
    let brought = length == 3
        && at > 0
        && text.is(at - 1, list!["to", "for"])
        && (at.saturating_sub(5)..at - 1).any(|i| {
            text.is(i, list!["flowers", "tray", "meal", "tea", "papers", "visitors", "visitor", "dinner", "newspaper"])
        });
    if wants || brought {
        return (at, true);
    }
    if !spanish && !within
        || length < 2 && !letter && !spanish
        || text.is(at + 1, list!["and", "a", "y"]) && !spanish && !letter && length < 3
    {
        return (at, false);
    }
    let joint = if spanish { at - 2 } else { at - 1 };
    let Some(who) = joint.checked_sub(1) else { return (at, false) };
    let named = text.capital(who)
        && (search.has(who, GIVEN) || !search.has(who, ORDINARY | FACILITY_WORD))
        && text.kind(who) == Some(Kind::Word);
    let person =
        search.has(who, PERSON) || text.is(who, &WHO) || named || spanish && text.is(who, list!["el", "los", "las"]);
    let upper = text.tokens.get(who).is_some_and(|t| t.upper) && search.is_clinical(who);
    (at, person && !upper && (length >= 3 || letter || spanish))
}

/// "412 wants", "412's daughter": what only a person does.
fn asks(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    (at == 0 || text.is(at - 1, list![".", "\n", "!", ",", ";", "and", "?"]))
        && (text.is(at + 1, list!["wants", "buzzed", "rang", "asking", "asked", "wanted", "lost", "called"])
            || text.is(at + 1, list!["is", "still", "keeps"])
                && text.is(at + 2, list!["asking", "ringing", "wanting", "buzzing", "waiting", "after"])
            || search.has(at + 1, PERSON)
                && text.is(at + 2, list!["is", "are", "wants", "rang", "want", "asked", "called"]))
}

/// "move the flowers from 4A to 4C".
fn moved(search: &Search<'_, '_>, at: usize, last: usize) -> bool {
    let text = search.text;
    let other = |i: usize| {
        text.is_number(i) && text.glued(i + 1) && text.kind(i + 1) == Some(Kind::Word) && text.norm(i + 1).len() == 1
    };
    let to = at > 0 && text.is(at - 1, list!["from"]) && text.is(last + 1, list!["to"]) && other(last + 2);
    let from = at > 4 && text.is(at - 1, list!["to"]) && other(at - 3) && text.is(at - 4, list!["from"]);
    let family = search.has(last + 1, PERSON) && text.capital(last);
    let opens = length_two(text, at)
        && text.is(last + 1, list!["has", "wants", "buzzed", "rang", "asked", "keeps", "lost"])
        && text.capital(last);
    to || from || opens || family && text.is(last + 2, list!["is", "are", "wants", "rang", "want", "asked", "called"])
}

fn length_two(text: &Text<'_>, at: usize) -> bool {
    text.norm(at).len() <= 2
}

/// "SR1", "b7", "B3": a tag of a room or bed, after "in", "to", "from" or a name.
fn tagged(search: &Search<'_, '_>, at: usize) -> Option<(usize, Class, &'static str)> {
    let text = search.text;
    let code = text.norm(at);
    let side = code.strip_prefix("sr").is_some_and(|n| n.len() == 1 && n.bytes().all(|c| c.is_ascii_digit()));
    let bed =
        code.strip_prefix('b').is_some_and(|n| (1..=2).contains(&n.len()) && n.bytes().all(|c| c.is_ascii_digit()));
    if side {
        return Some((at, Class::IdentifierRoom, "room.tag"));
    }
    let who =
        text.is(at + 1, list!["family", "relatives", "visitors", "wants", "buzzed"]) || search.has(at + 1, PERSON);
    let moved = who
        || at > 1
            && text.is(at - 1, list!["to"])
            && text.norm(at - 2).starts_with('b')
            && text.kind(at - 2) == Some(Kind::Mixed)
        || at > 0
            && (text.is(at - 1, list!["in", "to", "from"]) && text.is(at + 1, list!["to", ",", "."])
                || text.capital(at - 1) && !text.capital(at));
    (bed && moved && !super::code::of_a_thing(search, at)).then_some((at, Class::IdentifierBed, "bed.tag"))
}

fn ward_shape(text: &Text<'_>, at: usize) -> bool {
    text.is_number(at)
        && text.norm(at).len() <= 2
        && text.glued(at + 1)
        && text.norm(at + 1).len() == 1
        && text.tokens.get(at + 1).is_some_and(|t| t.upper)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn rooms_and_beds_are_found() {
        for (text, class, place) in [
            ("she is in side room 3 now", Class::IdentifierRoom, "side room 3"),
            ("Hallway bed C is boarding", Class::IdentifierBed, "Hallway bed C"),
            ("in bay 4, bed 1 again", Class::IdentifierBed, "bay 4, bed 1"),
            ("the patient on 4B fell", Class::IdentifierRoom, "on 4B"),
            ("Su madre está en la habitación 517", Class::IdentifierRoom, "habitación 517"),
            ("camilla 14, avisen", Class::IdentifierBed, "camilla 14"),
            ("Mrs H in SR1 is up", Class::IdentifierRoom, "SR1"),
        ] {
            assert_eq!(class_at(text, class).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn a_room_to_wait_in_and_a_ward_that_calls_are_the_clinics() {
        for text in
            ["pls wait in room 2 by the fish tank", "room 4 is at the end of the hall", "Ward 6 visiting is 2pm to 8pm"]
        {
            assert!(!stated(text, Class::IdentifierRoom), "{text}");
        }
    }
}
