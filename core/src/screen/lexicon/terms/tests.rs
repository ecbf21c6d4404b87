//! What the lists promise.

use super::*;
use crate::screen::Class;
use crate::screen::lexicon::CLINICAL;
use crate::screen::{NameIndex, scan};

const LISTS: [(&str, &str); 5] = [
    ("drugs", include_str!("../../words/lexicon/drugs.txt")),
    ("diagnoses", include_str!("../../words/lexicon/diagnoses.txt")),
    ("symptoms", include_str!("../../words/lexicon/symptoms.txt")),
    ("procedures", include_str!("../../words/lexicon/procedures.txt")),
    ("labs", include_str!("../../words/lexicon/labs.txt")),
];

fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    LISTS.into_iter().flat_map(|(list, text)| {
        text.lines().map(move |line| {
            let (term, about) = line.split_once('\t').unwrap();
            (list, term, about)
        })
    })
}

/// The words and classes that the lists find in a text.
fn found(source: &str) -> Vec<(String, Vec<&'static str>)> {
    let text = Text::new(source);
    let mut hits = Vec::new();
    add(&text, &vec![false; text.tokens.len()], &mut hits);
    let words = |hit: &Hit| (hit.first..=hit.last).map(|t| text.raw(t)).collect::<Vec<_>>().join(" ");
    hits.iter().map(|hit| (words(hit), hit.classes.iter().map(Class::name).collect())).collect()
}

fn names(source: &str) -> Vec<String> {
    found(source).into_iter().map(|(words, _)| words).collect()
}

/// All classes of a whole scan.
fn classes(source: &str) -> Vec<&'static str> {
    let findings = scan(source, None, &NameIndex::default()).unwrap().findings;
    findings.into_iter().map(|finding| finding.class.name()).collect()
}

#[test]
fn a_brand_name_is_found_in_capitals_in_small_letters_and_in_the_plural() {
    for text in ["Take DULCOLAX tonight", "take dulcolax tonight", "two Dulcolaxs"] {
        let all = found(text);
        assert_eq!(all.len(), 1, "{text}");
        assert!(all[0].1.contains(&"clinical.medication"), "{text}: {all:?}");
    }
    assert_eq!(names("your Calpol and your nolotil"), ["Calpol", "nolotil"]);
}

#[test]
fn each_list_gives_its_class() {
    for (text, class) in [
        ("Mesalazine once", "clinical.medication"),
        ("it is bronchiectasis", "clinical.diagnosis"),
        ("pins and needles", "clinical.symptom"),
        ("after the fundoplication", "clinical.procedure"),
        ("your nt-proBNP", "clinical.test_name"),
        ("me duele la cabeza", "clinical.symptom"),
        ("su ácido úrico", "clinical.test_name"),
    ] {
        assert!(found(text).iter().any(|(_, classes)| classes.contains(&class)), "{text}: {:?}", found(text));
    }
}

#[test]
fn a_name_that_tells_a_sensitive_topic_carries_it() {
    for (text, class) in [
        ("your Trizivir", "sensitive.hiv"),
        ("the Buvidal injection", "sensitive.substance_use"),
        ("we talked of trichotillomania", "sensitive.mental_health"),
        ("hyperemesis again", "sensitive.reproductive"),
        ("the nuchal scan", "sensitive.reproductive"),
    ] {
        assert!(classes(text).contains(&class), "{text}: {:?}", classes(text));
    }
}

#[test]
fn the_longest_term_wins() {
    assert_eq!(names("a trigger finger release"), ["trigger finger release"]);
    assert_eq!(names("a trigger finger now"), ["trigger finger"]);
    assert_eq!(found("delirium tremens")[0].1, ["clinical.diagnosis", "sensitive.substance_use"]);
    assert_eq!(found("a delirium")[0].1, ["clinical.symptom"]);
    assert_eq!(names("24 hour urine"), ["24 hour urine"]);
    assert_eq!(names("pins-and-needles"), ["pins - and - needles"]);
}

#[test]
fn a_sentence_end_is_not_bridged() {
    assert_eq!(names("I bought pins. And needles"), [] as [&str; 0]);
}

#[test]
fn what_is_found_already_goes_first() {
    let text = Text::new("your Calpol");
    let mut hits = Vec::new();
    add(&text, &[true, true], &mut hits);
    assert_eq!(hits, []);
    let rules: Vec<_> = scan("tu ibuprofeno y tu metformin", None, &NameIndex::default())
        .unwrap()
        .findings
        .iter()
        .map(|f| f.rule)
        .collect();
    assert!(!rules.contains(&"lexicon.terms"), "{rules:?}");
}

#[test]
fn somebody_named_like_a_disease_is_somebody() {
    assert_eq!(names("See Dr. Addisons or Mrs Hashimotos"), [] as [&str; 0]);
    assert_eq!(names("it is Hashimotos"), ["Hashimotos"]);
}

#[test]
fn ordinary_words_are_not_terms() {
    for word in [
        "he",
        "she",
        "more",
        "love",
        "today",
        "tell",
        "great",
        "life",
        "hope",
        "hopes",
        "strain",
        "worries",
        "pin",
        "falls",
        "falling",
        "tired",
        "cold",
        "contact",
        "orange",
        "turkey",
        "tea",
        "mint",
        "camila",
        "heather",
        "nikki",
        "target",
        "walgreens",
        "kroger",
        "option",
        "remedy",
        "gold",
        "silver",
        "water",
        "air",
        "individual",
        "section",
        "closure",
        "visit",
        "parking",
        "clinic",
        "doctor",
        "appointment",
        "please",
        "call",
        "hoy",
        "cita",
        "llame",
        "gracias",
        "tarde",
    ] {
        assert_eq!(names(word), [] as [&str; 0], "{word}");
    }
}

#[test]
fn no_trap_is_in_a_list() {
    let traps: Vec<&str> = include_str!("../../../../lexicons/own/traps.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split(',').map(str::trim))
        .collect();
    assert!(traps.len() > 500);
    let all: std::collections::HashSet<&str> = lines().map(|(_, term, _)| term).collect();
    // What the reviewed lists call by hand is no trap for them.
    let kept: Vec<_> = traps.into_iter().filter(|trap| all.contains(trap)).collect();
    assert_eq!(kept, [] as [&str; 0]);
}

#[test]
fn the_lists_are_sorted_and_unique_and_name_their_source() {
    let mut all = std::collections::HashSet::new();
    for (list, text) in LISTS {
        assert!(text.lines().is_sorted(), "{list}");
        assert!(text.lines().count() > 300, "{list}");
    }
    for (list, term, about) in lines() {
        let mut about = about.split(' ');
        assert!(["n", "u", "i", "p", "m", "s", "o"].contains(&about.next().unwrap()), "{list}: {term}");
        assert!(about.all(|topic| Class::from_name(topic).is_some()), "{list}: {term}");
        assert!(all.insert(term), "{list}: {term} stands twice");
    }
}

#[test]
fn a_term_of_three_letters_or_less_is_from_the_hand_written_lists() {
    for (list, term, about) in lines() {
        assert!(term.len() > 3 || about.starts_with('o'), "{list}: {term}");
    }
}

#[test]
fn every_term_reads_as_the_screener_reads_it() {
    for (list, term, _) in lines() {
        let text = Text::new(term);
        let words: Vec<_> = (0..text.tokens.len()).map(|t| text.norm(t)).collect();
        assert_eq!(words.join(" "), term, "{list}");
        assert!(words.len() <= LONGEST, "{list}: {term}");
        assert!(starts(&text, 0), "{term}");
        let whole = longest(TERMS.as_ref().unwrap(), &text, 0).map(|(last, _)| last + 1);
        assert_eq!(whole, Some(words.len()), "{list}: {term}");
    }
}

#[test]
fn every_class_of_the_map_is_known() {
    for (names, classes) in NAMES.iter().zip(CLASSES.iter()) {
        assert_eq!(classes.iter().count(), names.len(), "{names:?}");
    }
}

/// `core/lexicons/make` leaves out what these endings and reviewed words tell.
#[test]
fn what_the_lists_leave_out_is_found_all_the_same() {
    for (text, class) in [
        ("lisinopril", "clinical.medication"),
        ("pitavastatin", "clinical.medication"),
        ("ustekinumab", "clinical.medication"),
        ("lapatinib", "clinical.medication"),
        ("fexofenadine and cefazolin", "clinical.medication"),
        ("pyelonephritis", "clinical.diagnosis"),
        ("hypokalaemia", "clinical.diagnosis"),
        ("acute tubulointerstitial nephritis", "clinical.diagnosis"),
        ("thoracoscopy", "clinical.procedure"),
        ("pneumonectomy", "clinical.procedure"),
        ("metformin hydrochloride", "clinical.medication"),
    ] {
        assert!(classes(text).contains(&class), "{text}: {:?}", classes(text));
    }
}

#[test]
fn the_map_stays_small() {
    let terms = lines().count();
    assert!((15_000..80_000).contains(&terms), "{terms}");
    assert!(BYTES.len() < 150_000, "{} bytes", BYTES.len());
    assert!(CLINICAL.len() < terms);
}
