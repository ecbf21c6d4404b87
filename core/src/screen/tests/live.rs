//! The screener that follows an edit says what a full scan says.

use proptest::prelude::*;

use crate::error::Error;
use crate::screen::{ClinicProfile, KnownPerson, MAX_SCAN_BYTES, NameIndex, Screener, scan};

/// What is typed or pasted: sentences, words, marks and traps in two languages, and what no sentence looks like.
const PIECES: [&str; 56] = [
    "Your appointment is tomorrow at 2 pm with Dr. Lee. ",
    "Su cita es mañana a las 2 de la tarde. ",
    "Please call the clinic at 555-123-4567. ",
    "Your HIV test is positive. ",
    "I saw your message. For your safety, I can't manage care by text. Please call the clinic. ",
    "The safest way is a call. ",
    "JD in room 12 is the only dialysis patient on 4B",
    "Ms. Rosa Martinez, DOB 02/11/1961, MRN 00123456, lives at 12 Elm Street",
    "Tome 500 mg de amoxicilina cada ocho horas",
    "Vous avez rendez-vous avec votre médecin demain. ",
    "Ваш рецепт готов. ",
    "your potassium came back at 5.9 mmol/L and",
    "see https://portal.example/a?b=1 or a.b@c.org ",
    "send me your sugars daily",
    "he is 91 years old",
    "Jan. 5",
    "p.m. Bring your card",
    "H.I.V",
    "h i v ",
    "chl@mydia",
    "abor-",
    "tion",
    "Unidad de ",
    "VIH",
    "oncology ",
    "clinic ",
    "results ",
    "normal",
    "good news",
    "immediately",
    "attached is your X-ray",
    "Hi Rosa,\n",
    "\n",
    "\r\n\n",
    " ",
    ". ",
    "! ",
    "? ",
    ", ",
    "; ",
    " - ",
    "a",
    "S",
    "7",
    ".",
    "'s ",
    "é",
    "e\u{301}",
    "\u{200B}",
    "😊",
    "👩‍⚕️",
    "НІV ",
    "ﬁ½ＨＩＶ",
    "\u{A0}",
    "\u{2028}",
    "and the day after that we can talk about what you said and then ",
];

/// An edit: where, how much goes, what comes.
fn edit() -> impl Strategy<Value = (usize, usize, String)> {
    let come = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        2 => "[a-zA-Z0-9 .,]{0,3}",
        2 => Just(String::new()),
        1 => prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12).prop_map(|all| all.concat()),
        1 => any::<String>(),
        1 => ("[a-z.1\u{301} ]{1,2}", 1..700usize).prop_map(|(unit, times)| unit.repeat(times)),
    ];
    let gone = prop_oneof![5 => 0..4usize, 2 => 0..60usize, 1 => 0..4000usize];
    (any::<usize>(), gone, come)
}

fn edited(text: &str, (at, gone, come): &(usize, usize, String)) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = at % (chars.len() + 1);
    let end = (at + gone).min(chars.len());
    chars[..at].iter().copied().chain(come.chars()).chain(chars[end..].iter().copied()).collect()
}

fn people() -> NameIndex {
    NameIndex::new([KnownPerson {
        names: vec!["Rosa Martinez".into()],
        identifiers: vec!["X77-1234".into()],
        phones: vec!["555 777 0142".into()],
    }])
}

fn clinic() -> ClinicProfile {
    ClinicProfile {
        name: "St. Alder".into(),
        phones: vec!["555-123-4567".into()],
        staff: vec!["Lee".into()],
        ..ClinicProfile::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn after_any_edits_the_screener_says_what_a_scan_says(
        start in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60),
        edits in prop::collection::vec(edit(), 1..16),
        clinics in any::<bool>(),
    ) {
        let (names, profile) = (people(), clinic());
        let profile = clinics.then_some(&profile);
        let mut screener = Screener::new();
        let mut text = start.concat();
        prop_assert_eq!(screener.screen(&text, profile, &names), scan(&text, profile, &names));
        for edit in &edits {
            text = edited(&text, edit);
            prop_assert_eq!(screener.screen(&text, profile, &names), scan(&text, profile, &names), "{:?}", text);
        }
    }
}

/// About two thousand characters as a clinician writes them.
fn draft() -> String {
    "Your appointment is tomorrow at 2 pm with Dr. Lee. Please bring your insurance card, the completed forms and a list \
     of what you take. Su cita es mañana a las 2 de la tarde en la clínica.\n"
        .repeat(10)
}

#[test]
fn every_key_of_a_typed_draft_reads_as_a_scan() {
    let (names, profile, text) = (people(), clinic(), draft());
    let mut screener = Screener::new();
    for (end, _) in text.char_indices().take(700) {
        let typed = &text[..end];
        let told = screener.screen(typed, Some(&profile), &names);
        assert_eq!(told, scan(typed, Some(&profile), &names), "{typed:?}");
    }
}

#[test]
fn a_key_in_a_long_draft_reads_its_neighbourhood_only() {
    let (names, mut text) = (people(), draft());
    let mut screener = Screener::new();
    screener.screen(&text, None, &names).unwrap();
    let mut most = 0;
    for at in (0..text.len()).step_by(7).filter(|&at| draft().is_char_boundary(at)) {
        if !text.is_char_boundary(at) {
            continue;
        }
        let before = screener.bytes_read();
        text.insert(at, 'x');
        screener.screen(&text, None, &names).unwrap();
        text.remove(at);
        screener.screen(&text, None, &names).unwrap();
        most = most.max((screener.bytes_read() - before) / 2);
    }
    assert!(most > 0 && most < 400, "{most} bytes of {} read for one key", text.len());
}

#[test]
fn other_people_or_another_clinic_are_noticed() {
    let text = "Martinez is still waiting, call 555-123-4567.";
    let (nobody, known, profile) = (NameIndex::default(), people(), clinic());
    let mut screener = Screener::new();
    for (profile, names) in [(None, &nobody), (None, &known), (Some(&profile), &known), (None, &known), (None, &nobody)]
    {
        assert_eq!(screener.screen(text, profile, names), scan(text, profile, names));
    }
    assert_ne!(scan(text, None, &nobody), scan(text, None, &known));
}

#[test]
fn a_text_over_the_limit_is_refused_and_the_last_one_remembered() {
    let names = NameIndex::default();
    let mut screener = Screener::new();
    screener.screen("Your HIV test", None, &names).unwrap();
    let long = "a".repeat(MAX_SCAN_BYTES + 1);
    assert!(matches!(screener.screen(&long, None, &names), Err(Error::TooLarge { field: "text", .. })));
    assert_eq!(screener.screen("Your HIV tests", None, &names), scan("Your HIV tests", None, &names));
}

#[test]
fn a_screener_prints_and_keeps_no_text_once_cleared() {
    let mut screener = Screener::new();
    screener.screen("Your tumor", None, &NameIndex::default()).unwrap();
    assert!(!format!("{screener:?}").contains("tumor"));
    screener.clear();
    assert!(format!("{screener:?}").contains("bytes: 0"));
}
