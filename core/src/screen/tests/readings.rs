//! What the recogniser reads of a text, for its trainer: the same code on both sides.

use std::fmt::Write as _;

use crate::screen::intent::recogniser::{name_like, word};
use crate::screen::text::Text;

/// One sentence a line, words apart by tabs, `^` before what may be a name, an empty line between texts.
fn readings(source: &str) -> String {
    let text = Text::new(source);
    let mut out = String::new();
    let mut buffer = String::new();
    for range in &text.sentences {
        let mut words = Vec::new();
        for token in range.clone() {
            let name = if name_like(&text, token, range.start) { "^" } else { "" };
            if let Some(word) = word(&text, token, &mut buffer) {
                words.push(format!("{name}{word}"));
            }
        }
        if !words.is_empty() {
            writeln!(out, "{}", words.join("\t")).unwrap();
        }
    }
    out
}

#[test]
fn a_reading_keeps_words_questions_and_the_shape_of_numbers() {
    assert_eq!(
        readings("Hi Rosa, it's at 14:30? See https://a.example/x. Dose 20mg h1v"),
        "hi\t^rosa\tit\tat\t00\t00\t?\nsee\t<url>\ndose\t00\tmg\th0v\n"
    );
}

/// `core/recogniser/train` runs this: CURTAIN_TEXTS holds one JSON string a line, CURTAIN_READINGS gets the readings.
#[test]
#[ignore = "a tool of core/recogniser/train"]
fn readings_for_the_trainer() {
    let texts = std::fs::read_to_string(std::env::var("CURTAIN_TEXTS").unwrap()).unwrap();
    let mut out = String::new();
    for line in texts.lines() {
        let text: String = serde_json::from_str(line).unwrap();
        out.push_str(&readings(&text));
        out.push('\n');
    }
    std::fs::write(std::env::var("CURTAIN_READINGS").unwrap(), out).unwrap();
}
