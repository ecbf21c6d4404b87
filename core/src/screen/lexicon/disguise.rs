//! Words in disguise: spelled out, with digits for letters, broken in two.

use super::{CLINICAL, Hit, next_word, vocabulary};
use crate::screen::text::{Kind, Text};

/// "H.I.V", "h i v", "U T I": single letters that spell a term.
pub(super) fn spelled(text: &Text<'_>, at: usize) -> Option<Hit> {
    const LONGEST: usize = 14;
    let letter = |t: usize| (text.is_word(t) && text.norm(t).len() == 1).then(|| text.norm(t));
    let mut word = letter(at)?.to_owned();
    if at > 0 && letter(at - 1).is_some() && word == "s" {
        return None;
    }
    let (mut end, mut best) = (at, None);
    for _ in 0..LONGEST {
        let next = match text.kind(end + 1) {
            Some(Kind::Mark) if text.is(end + 1, list![".", "-", "_", "*", "/", "·", ",", "|", "+"]) => end + 2,
            _ => end + 1,
        };
        let Some(more) = letter(next) else { break };
        word.push_str(more);
        end = next;
        if word.len() >= 3
            && let Some(classes) = CLINICAL.in_capitals(&word)
        {
            best = Some(Hit { first: at, last: end, classes, weak: false, rule: "disguise.spaced" });
        }
    }
    best.filter(|_| word.len() <= LONGEST + 1)
}

/// "h1v", "chl@mydia", "d3pression", "5uicide".
pub(super) fn digits_for_letters(text: &Text<'_>, at: usize) -> Option<Hit> {
    let last = match text.kind(at)? {
        Kind::Mixed => at,
        Kind::Number if text.is_word(at + 1) && text.glued(at + 1) => at + 1,
        _ => return None,
    };
    let raw: String = (at..=last).map(|i| text.norm(i)).collect();
    if raw.len() < 3 || raw.len() > 40 || !raw.chars().any(char::is_alphabetic) {
        return None;
    }
    ['i', 'l'].into_iter().find_map(|one| {
        let word: String = raw
            .chars()
            .map(|c| match c {
                '1' | '!' => one,
                '0' => 'o',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .collect();
        let term = CLINICAL.word(&word).filter(|t| !t.weak)?;
        Some(Hit { first: at, last, classes: term.value, weak: false, rule: "disguise.digits" })
    })
}

/// "met.for.min", "dia-be-tes": a clinical word broken by marks into three pieces or more.
pub(super) fn pieces(text: &Text<'_>, at: usize) -> Option<Hit> {
    const MOST: usize = 5;
    let goes_on = |end: usize| {
        text.glued(end + 1)
            && text.is(end + 1, list![".", "-", "_", "*", "/", "~"])
            && text.glued(end + 2)
            && text.is_word(end + 2)
    };
    if !goes_on(at) {
        return None;
    }
    let mut word = text.norm(at).to_owned();
    let (mut end, mut pieces) = (at, 1);
    while pieces < MOST && goes_on(end) {
        word.push_str(text.norm(end + 2));
        end += 2;
        pieces += 1;
    }
    if pieces < 3 || word.len() < 6 {
        return None;
    }
    let classes = CLINICAL.in_capitals(&word)?;
    Some(Hit { first: at, last: end, classes, weak: false, rule: "disguise.pieces" })
}

/// "abor-tion", "chla*mydia", "abor tion": a sensitive word broken in two.
pub(super) fn split_word(text: &Text<'_>, at: usize) -> Option<Hit> {
    if text.kind(at)? != Kind::Word || text.norm(at).len() < 2 {
        return None;
    }
    let next = next_word(text, at)?;
    let (left, right) = (text.norm(at), text.norm(next));
    let spaced = next == at + 1 && !text.glued(next);
    let joined_len = left.len() + right.len();
    // "the rapist", "a part": two ordinary words are not a broken one.
    let ordinary = |at: usize| text.about(at).flags & vocabulary::LOGISTICS != 0;
    if text.kind(next)? != Kind::Word || !(6..=24).contains(&joined_len) || spaced && (ordinary(at) || ordinary(next)) {
        return None;
    }
    let term = CLINICAL.joined(left, right).filter(|t| !t.weak && t.value.sensitive_topic())?;
    Some(Hit { first: at, last: next, classes: term.value, weak: false, rule: "disguise.split" })
}
