//! Clinical content: terms and their endings, results, doses, changes, orders, advice and patterns of care.
//!
//! Negation, questions and family history count: "no sign of cancer" tells as much as "cancer".

mod dose;
mod grammar;
mod jest;
mod pattern;
mod result;
mod result_words;

use super::lexicon::listed::Listed;
use super::lexicon::{Classes, Hit, hits, terms as lists};
use super::text::{Kind, List, Text};
use super::{Class, Found, sensitive};

/// Every clinical and sensitive term with its meaning settled: endings read, weak words weighed, providers joined.
pub(crate) fn terms(text: &Text<'_>) -> Vec<Hit> {
    let mut found = hits(text);
    let mut covered = vec![false; text.tokens.len()];
    for hit in &found {
        if let Some(tokens) = covered.get_mut(hit.first..=hit.last) {
            tokens.fill(true);
        }
    }
    for (at, covered) in covered.iter_mut().enumerate().skip(text.starts().start).filter(|(_, covered)| !**covered) {
        if let Some((classes, rule)) = ending(text, at) {
            found.push(Hit { first: at, last: at, classes, weak: false, rule });
            *covered = true;
        }
    }
    lists::add(text, &covered, &mut found);
    found.sort_by_key(|hit| (hit.first, hit.last));
    let emergencies = emergency_footers(text);
    found.retain(|hit| {
        !(named_surgery(text, hit) || name_only(text, hit) || is_advice(hit) && in_any(&emergencies, hit.first))
    });
    sensitive::join_providers(text, &mut found);
    weigh(text, found)
}

/// "The surgery is closed", "Oak Street Surgery": a British practice, not an operation.
fn named_surgery(text: &Text<'_>, hit: &Hit) -> bool {
    const OPERATED: List = List::of(&[
        "your",
        "his",
        "her",
        "my",
        "have",
        "having",
        "had",
        "need",
        "needs",
        "needing",
        "after",
        "before",
        "for",
        "day",
        "eye",
        "back",
        "open",
        "heart",
        "of",
        "during",
        "post",
        "pre",
        "oral",
        "plastic",
        "without",
        "minor",
        "major",
        "successful",
        "emergency",
        "first",
        "second",
        "spine",
        "gum",
        "recommend",
    ]);
    if hit.first != hit.last || !text.is(hit.first, list!["surgery"]) {
        return false;
    }
    let opening = list![
        "is",
        "shut",
        "closed",
        "closes",
        "open",
        "opens",
        "hours",
        "website",
        "will",
        "has",
        "team",
        "reception",
        "phone",
        "line",
        "desk",
        "staff",
        "here",
        "message",
        "news",
        "isnt",
    ];
    let Some(before) = hit.first.checked_sub(1) else { return text.is(1, opening) };
    if text.is(before, list!["evening", "morning", "saturday", "no", "weekend"]) {
        return true;
    }
    let proper = |at: usize| text.capital(at) && !text.tokens.get(at).is_some_and(|t| t.upper && t.end - t.start > 2);
    let from = |at: usize| text.is(at, list!["from", "at", "to", "by", "ring", "call", "contact", "phone", "with"]);
    let named = proper(hit.first) && proper(before) && !text.is(before, list!["your"]);
    let practice = list!["the", "our", "this", "at", "from", "main", "branch", "in"];
    named
        || !text.is(before, &OPERATED) && text.is(before, practice)
        || before > 0 && text.is(before, list!["your", "my", "her", "his"]) && from(before - 1)
}

/// "Dr Stroke", "Bleeding Heart Yard", "calle Dolores": somebody's or some place's name.
fn is_name(text: &Text<'_>, at: usize) -> bool {
    const TITLES: List = List::of(&[
        "dr", "mr", "mrs", "ms", "miss", "prof", "doctor", "sister", "sr", "sra", "srta", "dra", "don", "dona",
        "calle", "avenida", "plaza", "doctora", "llama", "called",
    ]);
    const PLACES: List = List::of(&[
        "street", "lane", "road", "yard", "avenue", "court", "bridge", "inn", "gate", "pharmacy", "surgery", "hall",
        "close", "drive", "way", "building", "park", "square", "hill", "farm", "sons", "arms",
    ]);
    let Some(token) = text.tokens.get(at).filter(|t| t.capital && !(t.upper && t.end - t.start > 1)) else {
        return false;
    };
    if token.kind != Kind::Word {
        return false;
    }
    let back = |from: usize| match from.checked_sub(1) {
        Some(dot) if text.is(dot, list!["."]) => dot.checked_sub(1),
        other => other,
    };
    let titled = |at: usize| back(at).is_some_and(|b| text.is(b, &TITLES));
    let given =
        back(at).is_some_and(|b| (text.capital(b) || text.is(b, list!["la", "el", "las", "los", "de"])) && titled(b));
    let place = |i: usize| text.capital(i) && text.is(i, &PLACES);
    titled(at) || given || place(at + 1) || (text.capital(at + 1) || text.is(at + 1, list!["&"])) && place(at + 2)
}

/// A single clinical word that is part of a name; sensitive words stay, whatever they stand in.
fn name_only(text: &Text<'_>, hit: &Hit) -> bool {
    let everyday = hit.classes.has(Class::ClinicalSymptom) || hit.classes.has(Class::ClinicalDiagnosis);
    hit.first == hit.last && everyday && !hit.classes.sensitive_topic() && is_name(text, hit.first)
}

fn is_advice(hit: &Hit) -> bool {
    hit.classes == Classes::of(Class::ClinicalAdvice)
}

/// Sentences that every footer carries: "If you are having an emergency, go to the ER".
fn emergency_footers(text: &Text<'_>) -> Vec<std::ops::Range<usize>> {
    let footer = |range: &&std::ops::Range<usize>| {
        let says = |words: &List| (range.start..range.end).any(|i| text.is(i, words));
        says(list!["if", "si", "in", "en", "for"])
            && says(list!["emergency", "emergencies", "emergencia", "emergencias", "threatening"])
    };
    text.sentences.iter().filter(footer).cloned().collect()
}

fn in_any(ranges: &[std::ops::Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.contains(&at))
}

/// Drops weak terms in sentences that have nothing else clinical.
fn weigh(text: &Text<'_>, found: Vec<Hit>) -> Vec<Hit> {
    const CARE: List = List::of(&[
        "patient",
        "pt",
        "symptom",
        "history",
        "hx",
        "diagnosis",
        "treatment",
        "dr",
        "doctor",
        "clinical",
        "dx",
        "tx",
        "paciente",
        "medical",
    ]);
    let mut settled: Vec<Hit> = Vec::with_capacity(found.len());
    let mut hits = found.into_iter().peekable();
    for sentence in &text.sentences {
        let from = settled.len();
        let (mut strong, mut any_weak) = (false, false);
        while let Some(hit) = hits.next_if(|hit| hit.first < sentence.end) {
            strong |= !hit.weak;
            any_weak |= hit.weak;
            settled.push(hit);
        }
        if any_weak && !strong && !sentence.clone().any(|i| text.is(i, &CARE)) {
            let mut keep = from;
            for at in from..settled.len() {
                if let Some(hit) = settled.get(at).copied().filter(|hit| !hit.weak) {
                    if let Some(slot) = settled.get_mut(keep) {
                        *slot = hit;
                    }
                    keep += 1;
                }
            }
            settled.truncate(keep);
        }
    }
    settled
}

/// Greek and Latin endings that name drugs, diseases and procedures.
fn ending(text: &Text<'_>, at: usize) -> Option<(Classes, &'static str)> {
    const HIV: [&str; 3] = ["tegravir", "navir", "vudine"];
    const DRUG: [&str; 32] = [
        "pril",
        "sartan",
        "statin",
        "olol",
        "conazole",
        "prazole",
        "cillin",
        "mycin",
        "micin",
        "floxacin",
        "cycline",
        "tinib",
        "zumab",
        "ximab",
        "mumab",
        "gliptin",
        "gliflozin",
        "glutide",
        "dipine",
        "azepam",
        "azolam",
        "parin",
        "xaban",
        "triptan",
        "setron",
        "oxetine",
        "barbital",
        "caine",
        "ciclovir",
        "sulfa",
        "profen",
        "thiazide",
    ];
    const DISEASE: [&str; 9] = ["itis", "oma", "emia", "aemia", "osis", "pathy", "algia", "plegia", "iasis"];
    const PROCEDURE: [&str; 7] = ["ectomy", "oscopy", "otomy", "plasty", "ostomy", "ectomia", "oscopia"];
    const NOT: [&str; 36] = [
        "diploma",
        "aroma",
        "oklahoma",
        "tacoma",
        "sonoma",
        "idioma",
        "paloma",
        "roma",
        "osmosis",
        "hypnosis",
        "metamorphosis",
        "symbiosis",
        "academia",
        "bohemia",
        "sympathy",
        "empathy",
        "apathy",
        "telepathy",
        "april",
        "nostalgia",
        "cocaine",
        "sulfa",
        "anatomy",
        "economy",
        "autonomy",
        "astronomy",
        "taxonomy",
        "gastronomy",
        "euphemia",
        "premia",
        "diplomas",
        "aromas",
        "estoma",
        "idiomas",
        "axioma",
        "tomorrow",
    ];
    if text.kind(at) != Some(Kind::Word) {
        return None;
    }
    let word = text.norm(at);
    let word = word.strip_suffix('s').filter(|w| !w.ends_with("si") && !w.ends_with("ti")).unwrap_or(word);
    if !(7..=40).contains(&word.len()) || NOT.contains(&word) {
        return None;
    }
    // As typed, where that is another word, then without its plural ending; the last byte tells most endings apart.
    let ends_one = |word: &str, list: &[&str]| {
        let last = word.as_bytes().last();
        list.iter().any(|ending| ending.as_bytes().last() == last && word.ends_with(ending))
    };
    let whole = text.norm(at);
    let ends = |list: &[&str]| ends_one(word, list) || whole.len() != word.len() && ends_one(whole, list);
    if ends(&HIV) {
        Some((Classes::of(Class::SensitiveHiv).with(Class::ClinicalMedication), "ending.antiretroviral"))
    } else if ends(&DRUG) {
        Some((Classes::of(Class::ClinicalMedication), "ending.drug"))
    } else if ends(&PROCEDURE) {
        Some((Classes::of(Class::ClinicalProcedure), "ending.procedure"))
    } else if ends(&DISEASE) {
        Some((Classes::of(Class::ClinicalDiagnosis), "ending.disease"))
    } else {
        None
    }
}

/// What the readers of grammar share: the text, its terms by token, and the findings so far.
pub(crate) struct Reader<'a, 't> {
    text: &'a Text<'t>,
    /// For each token, the classes of the term that covers it.
    classes: Vec<Classes>,
    found: Vec<Found>,
}

impl Reader<'_, '_> {
    fn has(&self, token: usize, class: Class) -> bool {
        self.classes.get(token).is_some_and(|c| c.has(class))
    }

    fn push(&mut self, first: usize, last: usize, class: Class, rule: &'static str) {
        self.found.push(Found::stated(first, last, class, rule));
    }
}

/// Words at which some grammar may start; everything else is passed over with one look-up.
static STARTS: Listed = Listed::of(&[result::STARTS, dose::STARTS, pattern::STARTS]);

/// Every clinical and sensitive finding of a text.
pub(crate) fn find(text: &Text<'_>, hits: &[Hit]) -> Vec<Found> {
    let mut reader = Reader { text, classes: vec![Classes::default(); text.tokens.len()], found: Vec::new() };
    for hit in hits {
        for class in hit.classes.iter() {
            reader.found.push(Found::stated(hit.first, hit.last, class, hit.rule));
        }
        if let Some(tokens) = reader.classes.get_mut(hit.first..=hit.last) {
            tokens.fill(hit.classes);
        }
    }
    for sentence in &text.sentences {
        let mut scope = None;
        for at in sentence.clone() {
            let word = text.is_word(at);
            if text.is_number(at) || text.kind(at) == Some(Kind::Mark) || word && STARTS.has(text.hash(at)) {
                result::read(&mut reader, sentence, at);
                dose::read(&mut reader, sentence, &mut scope, at);
                pattern::read(&mut reader, sentence, at);
            }
        }
    }
    grammar::read(&mut reader);
    let mut found = reader.found;
    jest::quieten(text, &mut found);
    found
}
