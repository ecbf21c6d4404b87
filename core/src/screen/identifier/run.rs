//! Names by their capitals: a run of words that no dictionary, calendar, map or clinic explains.
//!
//! Positions (a title, a greeting, "patient …") have been read before; what is left here is judged by what its words are
//! ([`super::word`]), whether their capital says anything, and what stands around them.

use super::judge::judged;
use super::standing::standing;
use super::word::{
    CALLE, CLINICIAN, FACILITY, FACILITY_WORD, FAMILY, GIVEN, GREETING, LOUD, MONTH, NAMED, ORDINARY, OTHER, PARTICLE,
    STREET, TITLE, TOWN, WEEKDAY,
};
use super::{Search, cue};
use crate::screen::lexicon::vocabulary;
use crate::screen::text::Kind;
use crate::screen::{Class, Found, Standing};

/// How much a word looks like part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Not at all.
    No,
    /// A name that is an ordinary word or a town too: "Grace", "Florence", "Hill".
    Weak,
    /// A word of no dictionary.
    Unknown,
    /// A given or family name and nothing else.
    Known,
}

impl Search<'_, '_> {
    /// What a word is to a name, whatever its capital.
    pub(super) fn part(&self, at: usize) -> Part {
        let text = self.text;
        if text.kind(at) != Some(Kind::Word) || text.norm(at).len() < 2 || !self.free(at, at) || self.is_own(at) {
            return Part::No;
        }
        let name = self.has(at, GIVEN | FAMILY);
        if self.has(at, TITLE | CLINICIAN | GREETING | MONTH | WEEKDAY) && !self.has(at, GIVEN) {
            return Part::No;
        }
        if name {
            let doubtful = self.has(at, ORDINARY | OTHER | TOWN | FACILITY_WORD | MONTH) || self.is_clinical(at);
            return if doubtful { Part::Weak } else { Part::Known };
        }
        if self.has(at, ORDINARY | OTHER | TOWN | FACILITY_WORD | STREET | CALLE | MONTH | WEEKDAY)
            || self.is_clinical(at)
            || self.vocabulary(at)
        {
            return Part::No;
        }
        Part::Unknown
    }

    /// Whether a word belongs to the vocabulary of logistics or of medicine.
    pub(super) fn vocabulary(&self, at: usize) -> bool {
        self.text.about(at).flags & (vocabulary::LOGISTICS | vocabulary::CLINICAL_PLAIN) != 0
    }

    /// A capitalised part of a name; capitals alone ("CT") need a name that is known.
    fn capital_part(&self, at: usize) -> Part {
        let text = self.text;
        if !text.capital(at) {
            return Part::No;
        }
        let part = self.part(at);
        let upper = text.tokens.get(at).is_some_and(|t| t.upper) && text.norm(at).len() > 1;
        if part == Part::Unknown && (upper || self.has(at, LOUD) || brand(text.raw(at))) { Part::No } else { part }
    }

    /// "J." or "J" between or before the words of a name: the token after it.
    fn initial(&self, at: usize) -> Option<usize> {
        let text = self.text;
        let single =
            text.kind(at) == Some(Kind::Word) && text.norm(at).len() == 1 && text.capital(at) && self.free(at, at);
        if !single || text.is(at, list!["i"]) && !text.is(at + 1, list!["."]) {
            return None;
        }
        Some(if text.is(at + 1, list!["."]) && text.glued(at + 1) { at + 2 } else { at + 1 })
    }

    /// The last token of a name that starts at `at`, and how many of its words are known and unknown.
    pub(super) fn name_end(&self, at: usize) -> (usize, usize, usize) {
        let text = self.text;
        let mut last = at;
        let (mut known, mut unknown) = (0, 0);
        let mut count = |part: Part| match part {
            Part::Known => known += 1,
            Part::Unknown => unknown += 1,
            _ => {}
        };
        count(self.part(at));
        let mut previous_given = self.has(at, GIVEN) || self.part(at) >= Part::Unknown;
        for _ in 0..5 {
            if text.possessive(last) {
                break;
            }
            let next = last + 1;
            if text.is(next, list!["-"])
                && text.glued(next)
                && text.glued(next + 1)
                && text.kind(next + 1) == Some(Kind::Word)
                && self.free(next, next + 1)
            {
                count(self.part(next + 1));
                last = next + 1;
                continue;
            }
            // "Jimmy the Post": what he is called for.
            if text.is(next, list!["the"])
                && !text.capital(next)
                && self.part(last) >= Part::Unknown
                && text.capital(next + 1)
                && text.kind(next + 1) == Some(Kind::Word)
                && !text.capital(next + 2)
                && !self.has(next + 1, LOUD | WEEKDAY | MONTH | OTHER | TOWN)
                && self.free(next, next + 1)
            {
                last = next + 1;
                break;
            }
            let part = self.capital_part(next);
            if part != Part::No {
                count(part);
                previous_given |= self.has(next, GIVEN);
                last = next;
                continue;
            }
            // "Ottoline Bright": an ordinary word with a capital after a given name; not one of logistics.
            let bright = text.capital(next)
                && text.kind(next) == Some(Kind::Word)
                && text.norm(next).len() > 1
                && previous_given
                && self.free(next, next)
                && !self
                    .has(next, OTHER | FACILITY_WORD | STREET | MONTH | WEEKDAY | TITLE | CLINICIAN | GREETING | LOUD)
                && !text.tokens.get(next).is_some_and(|t| t.upper)
                && !self.vocabulary(next)
                && !self.is_clinical(next);
            if bright {
                last = next;
                continue;
            }
            if let Some(after) = self.initial(next).filter(|_| !text.glued(next)) {
                let more = self.capital_part(after) != Part::No && !text.glued(after);
                last = if more { after } else { next };
                if more {
                    count(self.part(after));
                    continue;
                }
                break;
            }
            // "Ferreira da Silva", "Luis de la Cruz".
            let mut joint = next;
            while joint < next + 3 && self.has(joint, PARTICLE) && text.kind(joint) == Some(Kind::Word) {
                joint += 1;
            }
            if joint > next && text.is(joint, list!["-"]) && text.glued(joint) && text.glued(joint + 1) {
                joint += 1;
            }
            if joint > next && self.capital_part(joint) >= Part::Weak && self.free(next, joint) {
                count(self.part(joint));
                last = joint;
                continue;
            }
            break;
        }
        (last, known, unknown)
    }

    pub(super) fn push_name(&mut self, first: usize, last: usize, rule: &'static str, standing: Standing) {
        if self.free(first, last) {
            if let Some(tokens) = self.taken.get_mut(first..=last) {
                tokens.fill(true);
            }
            if standing == Standing::Stated
                && let Some(bits) = self.bits.get_mut(last)
            {
                *bits |= NAMED;
            }
            self.found.push(Found { first, last, class: Class::IdentifierName, rule, standing });
        }
    }
}

/// "MyChart", "AutoRefill": a capital inside a word, but for "McDonald" and the like.
pub(super) fn brand(raw: &str) -> bool {
    let inner = raw.chars().skip(1).any(char::is_uppercase);
    inner
        && !["Mc", "Mac", "De", "Di", "La", "Le", "Van", "Fitz", "O'", "O’", "D'", "D’"]
            .iter()
            .any(|start| raw.starts_with(start))
}

/// Names that no position told.
pub(super) fn find(search: &mut Search<'_, '_>) {
    let mut at = search.text.starts().start;
    while at < search.text.tokens.len() {
        at = match search.text.kind(at) {
            Some(Kind::Word) if search.free(at, at) => {
                if search.text.capital(at) {
                    capital(search, at)
                } else {
                    small(search, at)
                }
            }
            _ => at + 1,
        };
    }
}

/// "zofia nowakowska", "rosa alvarez", "joey": a given name in small letters that is no other word, or before a family name that is none.
fn small(search: &mut Search<'_, '_>, at: usize) -> usize {
    let text = search.text;
    if text.norm(at).len() >= 3
        && search.is_listed(at + 1, FAMILY)
        && search.part(at + 1) == Part::Known
        && (search.part(at) == Part::Unknown || search.is_listed(at, GIVEN))
        && !text.glued(at + 1)
        && text.kind(at + 1) == Some(Kind::Word)
        && !text.capital(at + 1)
    {
        search.push_name(at, at + 1, "name.small", Standing::Stated);
        return at + 2;
    }
    // "gutierrez, marisol": as a list has it.
    if search.is_listed(at, FAMILY)
        && text.is(at + 1, list![","])
        && text.glued(at + 1)
        && search.is_listed(at + 2, GIVEN)
        && search.part(at) == Part::Known
        && search.part(at + 2) >= Part::Weak
    {
        search.push_name(at, at + 2, "name.small", Standing::Stated);
        return at + 3;
    }
    if let Some(next) = cue::small(search, at) {
        return next;
    }
    if text.norm(at).len() < 4
        || !search.is_listed(at, GIVEN)
        || search.part(at) != Part::Known
        || search.vocabulary(at)
    {
        return at + 1;
    }
    let small = |i: usize| {
        search.part(i) >= Part::Unknown && text.norm(i).len() >= 3 && !text.glued(i) && text.kind(i) == Some(Kind::Word)
    };
    let surname = small(at + 1);
    // "doris may hargreaves": a second name that is a word too.
    let middle = search.has(at + 1, GIVEN | FAMILY | MONTH) && small(at + 2);
    let last = match () {
        () if text.possessive(at) => at,
        () if middle => at + 2,
        () if surname => at + 1,
        () => at,
    };
    let standing = standing(search, at, last);
    search.push_name(at, last, "name.small", standing);
    last + 1
}

fn capital(search: &mut Search<'_, '_>, at: usize) -> usize {
    let text = search.text;
    // The second half of "Cedars-Sinai".
    if text.glued(at) && at > 0 && text.is(at - 1, list!["-"]) && text.glued(at - 1) {
        return at + 1;
    }
    // "W. Coffin", "P CHAUDHARY": an initial and a family name.
    if let Some(family) = search.initial(at) {
        let dotted = text.is(at + 1, list!["."]);
        let strong = search.capital_part(family) >= Part::Weak;
        let word = dotted
            && text.capital(family)
            && text.norm(family).len() > 2
            && !search.vocabulary(family)
            && !search.has(family, FACILITY_WORD | STREET | OTHER | TOWN | MONTH | WEEKDAY | PARTICLE);
        let upper = text.tokens.get(family).is_some_and(|t| t.upper)
            && search.part(family) >= Part::Weak
            && text.norm(family).len() > 3;
        if (strong || word && !search.is_clinical(family) || upper)
            && !text.glued(family)
            && search.free(at, family)
            && !at_facility(search, family)
        {
            let (last, _, _) = search.name_end(family);
            let standing = standing(search, at, last);
            search.push_name(at, last, "name.initial", standing);
            return last + 1;
        }
        return at + 1;
    }
    let part = search.capital_part(at);
    if part == Part::No {
        return loud_pair(search, at).or_else(|| cue::called(search, at)).unwrap_or(at + 1);
    }
    let (last, known, unknown) = search.name_end(at);
    if at_facility(search, last) || (at..=last).any(|i| search.is_own(i)) {
        return last + 1;
    }
    if judged(search, at, last, part, known, unknown) {
        let standing = standing(search, at, last);
        search.push_name(at, last, if known > 0 { "name.list" } else { "name.capital" }, standing);
    }
    last + 1
}

/// "OLUWASEUN ADEYEMI": two words in capitals of no dictionary, in a sentence that is not all capitals.
fn loud_pair(search: &mut Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let upper = |i: usize| {
        text.tokens.get(i).is_some_and(|t| t.upper && t.end - t.start >= 4) && search.part(i) >= Part::Unknown
    };
    if search.has(at, LOUD) || !upper(at) || !(upper(at + 1) || search.has(at, GIVEN | FAMILY)) {
        return None;
    }
    let last = if upper(at + 1) { at + 1 } else { at };
    search.push_name(at, last, "name.capitals", Standing::Stated);
    Some(last + 1)
}

/// Whether the words on from `at` are a place's: "Oak Street Surgery", "St. Mary's Hospital".
pub(super) fn at_facility(search: &Search<'_, '_>, at: usize) -> bool {
    let text = search.text;
    let joint = |i: usize| text.is(i, list!["of", "de", ".", "&", "-", "and"]);
    (at..at + 5)
        .take_while(|&i| i == at || text.capital(i) || joint(i) && text.capital(i + 1) || search.has(i, FACILITY_WORD))
        .any(|i| {
            i > at
                && search.has(i, FACILITY_WORD | STREET)
                && !(text.glued(i) && text.is(i - 1, list!["-"]))
                && (text.capital(i) || i == at + 1 && text.is(i, &FACILITY) && !text.possessive(at))
                && !text.is(i, list!["bed", "room", "ward"])
        })
        || search.is_own(at)
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn names_in_prose_are_found_by_their_capitals() {
        for (text, name) in [
            ("Follow up with Satsita Umkhayev in a couple of months.", "Satsita Umkhayev"),
            ("Weronika Martinsen will be talking", "Weronika Martinsen"),
            ("my account should say Rebeca Souza", "Rebeca Souza"),
            ("is Mary Johnson seen today", "Mary Johnson"),
            ("a 54-year-old female, Sally R., was treated", "Sally R"),
            ("we've Jennifer Okoro on file", "Jennifer Okoro"),
            ("Siosaia's cousin has the key", "Siosaia"),
            ("transfer from home, W. Coffin, wheels up", "W. Coffin"),
            ("the bag is for Nathaniel Osei-Bonsu today", "Nathaniel Osei-Bonsu"),
            ("it was Luis de la Cruz again", "Luis de la Cruz"),
            ("zofia nowakowska left her glasses", "zofia nowakowska"),
            ("rosa alvarez has an appointment tomorrow", "rosa alvarez"),
            ("moved: OLUWASEUN ADEYEMI from upstairs", "OLUWASEUN ADEYEMI"),
            ("Borja Llorente viene hoy", "Borja Llorente"),
        ] {
            assert_eq!(class_at(text, Class::IdentifierName).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn ordinary_capitals_accuse_nobody() {
        for text in [
            "Will you be there on May 3?",
            "See you at Hope Street Surgery on Monday.",
            "Please log in to MyChart or WhatsApp us.",
            "Bayside Dental, 600 Harborview Blvd",
            "Your Appointment With City Clinic Is Confirmed",
            "PLEASE CALL THE CLINIC TODAY",
            "Chinese or Thai tonight?",
            "Happy Easter and Merry Christmas from London",
            "Reply YES to confirm. Parking is free.",
            "Ask for Moira at reception",
            "Su cita es en el Hospital General de Puebla",
        ] {
            assert!(!stated(text, Class::IdentifierName), "{text}");
        }
    }
}
