//! What holds for every text.

use proptest::prelude::*;

use crate::screen::text::LOOKS;
use crate::screen::{Findings, NameIndex, scan};

fn check(text: &str) -> Findings {
    let findings = scan(text, None, &NameIndex::default()).unwrap();
    let spans = findings.findings.iter().map(|f| f.span).chain(findings.intents.iter().map(|m| m.span));
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(start <= end && text.is_char_boundary(start) && text.is_char_boundary(end), "{span:?}");
        assert_eq!(span.start_utf16 as usize, text[..start].encode_utf16().count());
        assert_eq!(span.end_utf16 as usize, text[..end].encode_utf16().count());
    }
    for pair in findings.findings.windows(2) {
        let key = |f: &crate::screen::Finding| (f.span.start, f.class, f.span.end);
        assert!(key(&pair[0]) < key(&pair[1]), "sorted and unique: {pair:?}");
    }
    assert_eq!(findings, scan(text, None, &NameIndex::default()).unwrap(), "deterministic");
    findings
}

/// Pieces that the grammars care about, in any order.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z]{1,9}",
        "[0-9]{1,11}",
        "[ .,;:!?/@#$()'’\n-]{1,3}",
        prop::sample::select(vec![
            "HIV",
            "h.i.v",
            "Dr. ",
            "Mrs ",
            "MRN ",
            "room ",
            " mg ",
            "á",
            "😊",
            "\u{200B}",
            "ﬁ",
            "½",
            "your results are ",
            "normal",
            "(01)",
            "www.",
            "://",
            "@b.co",
            "patient ",
            "99 year old",
            " on 4B",
            "p.m.",
            "NHS ",
            "attached ",
            "no ",
            "number ",
            "flat ",
            "calle ",
            "lives in ",
            "(+",
            "Hi ",
            "W. ",
            "de la ",
            "'s ",
            "the only ",
            "admitted to ",
            "ending ",
            "born ",
            "turned ",
            "JB bed ",
            "xxx-xx-",
            "GB82 WEST ",
            "zip ",
            "Mr ",
            "on the 3rd",
            ", ",
            "H",
            "І",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_scans_without_a_panic_and_with_true_spans(pieces in prop::collection::vec(piece(), 0..24)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_string_scans(text in any::<String>()) {
        check(&text);
    }
}

#[test]
fn eight_times_the_text_asks_about_eight_times_as_many_questions() {
    // Patterns that a quadratic scanner would choke on.
    for unit in [
        "a.", "h i v ", "1-", "Aa ", "@a", "(", "results ", "normal ", "JD ", "'", "1 ", "Dr. A ", "://", "á", "H.",
        "call ", "take it ", "12 Oak ",
    ] {
        let mut small = unit.repeat(1024 / unit.len());
        let asked = |text: &str| {
            let before = LOOKS.get();
            scan(text, None, &NameIndex::default()).unwrap();
            LOOKS.get() - before
        };
        // Long enough that it matters little how few tokens stand before the first pieces.
        while asked(&small) < 20_000 {
            small = small.repeat(2);
        }
        let (one, eight) = (asked(&small), asked(&small.repeat(8)));
        // If each token were compared with each it would be sixty-four times.
        assert!(eight <= one * 16, "{unit:?}: {one} questions for {} bytes, {eight} for eight times that", small.len());
    }
}
