//! Cutting a text: spans, clauses and sentences out of it, and what is left made whole again.

use crate::policy::Severity;
use crate::screen::{Class, Findings, Span, Standing};
use crate::words::{self, Lang};

/// A byte range of the text.
type Range = (usize, usize);

/// The text of a span; empty if it does not lie in the text.
pub(super) fn slice(text: &str, span: Span) -> &str {
    let (start, end) = range(span);
    text.get(start..end).unwrap_or("")
}

fn range(span: Span) -> Range {
    (usize::try_from(span.start).unwrap_or(usize::MAX), usize::try_from(span.end).unwrap_or(usize::MAX))
}

/// The words of a text in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The draft without the findings of severity `Warn` or `Stop`, gentlest cut first: neutral words in their place, their
/// clauses, their sentences, and at last only what a recognised intent explains.
pub(super) fn candidates(text: &str, findings: &Findings, severities: &[Severity], lang: Lang) -> Vec<String> {
    let mut flagged = merged(text, findings, severities, lang);
    let ranges: Vec<Range> = flagged.iter().map(|(range, _)| *range).collect();
    let mut out = Vec::new();
    if !ranges.is_empty() {
        // A hole in the middle of a clause leaves no sentence: there only a neutral word may stand, and only once.
        let whole = flagged.iter_mut().all(|edit| {
            if !edit.1.is_empty() && words(text).iter().any(|word| word == edit.1) {
                edit.1 = "";
                return with_preposition(text, &mut edit.0, &["for", "of", "de", "para"]);
            }
            !edit.1.is_empty()
                || stands_apart(text, edit.0)
                || ends_clause(text, edit.0.1) && with_preposition(text, &mut edit.0, &["with", "con"])
        });
        if whole {
            out.push(replace(text, &flagged));
        }
        out.push(keep_clauses(text, &ranges));
        out.push(keep(text, &sentences(text), |piece| !ranges.iter().any(|range| overlap(piece, *range))));
    }
    // What does not read like logistics goes too, clause by clause, then sentence by sentence.
    let mut unknown = ranges.clone();
    unknown.extend(findings.unrecognised.iter().map(|span| range(*span)));
    if unknown.len() > ranges.len() {
        out.push(keep_clauses(text, &unknown));
        out.push(keep(text, &sentences(text), |piece| !unknown.iter().any(|range| overlap(piece, *range))));
    }
    let explained: Vec<Range> = findings.intents.iter().map(|found| range(found.span)).collect();
    out.push(keep(text, &sentences(text), |piece| {
        explained.iter().any(|range| overlap(piece, *range)) && !ranges.iter().any(|range| overlap(piece, *range))
    }));
    out
}

fn overlap(left: Range, right: Range) -> bool {
    left.0 < right.1 && right.0 < left.1
}

/// The spans in the way, joined where nothing but space parts them, each with the neutral word that may stand there.
fn merged(text: &str, findings: &Findings, severities: &[Severity], lang: Lang) -> Vec<(Range, &'static str)> {
    let mut spans: Vec<(Range, &'static str)> = findings
        .findings
        .iter()
        .zip(severities)
        .filter(|(_, severity)| **severity >= Severity::Warn)
        .map(|(finding, _)| (range(finding.span), neutral(finding.class, finding.standing, lang)))
        .collect();
    spans.sort();
    let mut out: Vec<(Range, &'static str)> = Vec::new();
    for (span, word) in spans {
        match out.last_mut() {
            Some((last, kept)) if text.get(last.1..span.0).is_none_or(|gap| gap.trim().is_empty()) => {
                last.1 = last.1.max(span.1);
                if kept.is_empty() {
                    *kept = word;
                }
            }
            _ => out.push((span, word)),
        }
    }
    out
}

/// Whether a span stands between marks or the text's edges, so that it can go without leaving a hole.
fn stands_apart(text: &str, (start, end): Range) -> bool {
    let before = text.get(..start).unwrap_or("").trim_end();
    if before.strip_suffix('.').is_some_and(abbreviates) {
        return false;
    }
    before.chars().next_back().is_none_or(is_mark) && ends_clause(text, end)
}

fn ends_clause(text: &str, end: usize) -> bool {
    text.get(end..).unwrap_or("").trim_start_matches(' ').chars().next().is_none_or(is_mark)
}

const fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | '!' | '?' | '(' | ')' | '.' | '\n')
}

fn neutral(class: Class, standing: Standing, lang: Lang) -> &'static str {
    let key = match class {
        Class::ClinicalMedication => "neutral.medicine",
        Class::SensitiveProvider => "neutral.service",
        Class::ClinicalTestName if standing == Standing::Named => "neutral.test",
        Class::ClinicalProcedure if standing == Standing::Named => "neutral.procedure",
        _ => return "",
    };
    words::text(lang, key)
}

fn replace(text: &str, edits: &[(Range, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for ((start, end), word) in edits {
        out.push_str(text.get(at..*start).unwrap_or(""));
        out.push_str(word);
        at = *end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

fn keep(text: &str, pieces: &[Range], wanted: impl Fn(Range) -> bool) -> String {
    let kept = pieces.iter().filter(|piece| wanted(**piece)).filter_map(|(start, end)| text.get(*start..*end));
    kept.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whole sentences, and of a sentence in the way the clauses that stand alone: "…, call me" yes, "if you would like …," no.
fn keep_clauses(text: &str, cut: &[Range]) -> String {
    const LEANS: [&str; 26] = [
        "if", "when", "because", "so", "and", "or", "but", "for", "to", "with", "which", "that", "since", "as", "from",
        "si", "cuando", "porque", "y", "o", "pero", "para", "con", "que", "como", "de",
    ];
    let hit = |piece: Range| cut.iter().any(|range| overlap(piece, *range));
    let mut kept: Vec<String> = Vec::new();
    for sentence in sentences(text) {
        let said = text.get(sentence.0..sentence.1).unwrap_or("");
        if !hit(sentence) {
            kept.push(said.trim().to_owned());
            continue;
        }
        let clauses = clauses(said).into_iter().map(|(start, end)| (sentence.0 + start, sentence.0 + end));
        for (start, end) in clauses.filter(|piece| !hit(*piece)) {
            let clause = tidy(text.get(start..end).unwrap_or(""));
            let leans = words(&clause).first().is_none_or(|first| LEANS.contains(&first.as_str()));
            if !leans {
                kept.push(clause);
            }
        }
    }
    kept.join(" ")
}

/// Takes the preposition before a span along, and a title between them: "prescription for metformin", "with Dr. Johnson".
fn with_preposition(text: &str, range: &mut Range, prepositions: &[&str]) -> bool {
    let mut before = text.get(..range.0).unwrap_or("").trim_end();
    for title in ["Dr.", "Dr", "Dra.", "Dra", "Mr.", "Mrs.", "Ms."] {
        before = before.strip_suffix(title).filter(|rest| rest.ends_with(' ')).unwrap_or(before).trim_end();
    }
    let Some(cut) = prepositions.iter().find_map(|word| before.strip_suffix(word).filter(|rest| rest.ends_with(' ')))
    else {
        return false;
    };
    range.0 = cut.trim_end().len();
    true
}

/// Sentences: up to a full stop, question or exclamation mark before a space, or a line's end; not after "Dr." or "p.m.".
fn sentences(text: &str) -> Vec<Range> {
    split(text, |before, c, after| match c {
        '\n' => true,
        '.' => after.is_none_or(char::is_whitespace) && !abbreviates(before),
        '!' | '?' => after.is_none_or(char::is_whitespace),
        _ => false,
    })
}

/// Clauses: sentences cut at commas, semicolons, colons and dashes too.
fn clauses(text: &str) -> Vec<Range> {
    split(text, |before, c, after| {
        let space = after.is_none_or(char::is_whitespace);
        match c {
            '\n' => true,
            '.' => space && !abbreviates(before),
            '!' | '?' | ',' | ';' | ':' => space,
            '\u{2013}' | '\u{2014}' => true,
            '-' => space && before.ends_with(' '),
            _ => false,
        }
    })
}

fn abbreviates(before: &str) -> bool {
    const SHORT: [&str; 13] = ["dr", "dra", "sr", "sra", "mr", "mrs", "ms", "st", "no", "tel", "ext", "p.m", "a.m"];
    let word = before.rsplit(char::is_whitespace).next().unwrap_or("").to_lowercase();
    // "2 p.m. tomorrow" goes on; at the very end nothing follows anyway.
    SHORT.contains(&word.trim_start_matches(['(', '"']))
        || word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
}

fn split(text: &str, ends: impl Fn(&str, char, Option<char>) -> bool) -> Vec<Range> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|(_, c)| *c);
        if ends(text.get(start..at).unwrap_or(""), c, after) {
            let end = at + c.len_utf8();
            out.push((start, end));
            start = end;
        }
    }
    if start < text.len() {
        out.push((start, text.len()));
    }
    out
}

/// Makes what is left of a text whole: single spaces, no orphaned marks, a capital first, a full stop last.
pub(super) fn tidy(text: &str) -> String {
    let mut out = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for _ in 0..3 {
        for (from, to) in [
            (" ,", ","),
            (" .", "."),
            (" ;", ";"),
            (" ?", "?"),
            (" !", "!"),
            (",,", ","),
            (",.", "."),
            (";.", "."),
            (":.", "."),
            ("()", ""),
            ("\"\"", ""),
            ("  ", " "),
            ("the the ", "the "),
            ("The the ", "The "),
            ("la la ", "la "),
            ("your the ", "the "),
            ("su la ", "la "),
        ] {
            if out.contains(from) {
                out = out.replace(from, to);
            }
        }
    }
    let trimmed =
        out.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '\u{2013}' | '\u{2014}'));
    let trimmed = trimmed.trim_start_matches(['.', '!', '?', ' ']);
    if !trimmed.chars().any(char::is_alphabetic) {
        return String::new();
    }
    let mut whole = upper_first(trimmed);
    if !whole.ends_with(['.', '!', '?', '"', ')']) && !whole.contains("://") {
        whole.push('.');
    }
    whole
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

const DAYS: &[&str] = &[
    "today",
    "tomorrow",
    "tonight",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "hoy",
    "mañana",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const HALVES: &[&str] = &["am", "pm", "a.m", "p.m", "noon", "mediodía"];
const JOINS: &[&str] = &["at", "on", "the", "of", "a", "las", "la", "el", "de", "del", "al"];

/// When an appointment is, in the draft's own words: the first stretch of days and clock times, "tomorrow at 2 pm".
pub(super) fn when(text: &str) -> Option<String> {
    let clock = |word: &str| {
        let digits = word.trim_end_matches(['a', 'p', 'm', '.', 'h', 's', 't', 'n', 'd', 'r']);
        !digits.is_empty() && digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'/')
    };
    let mut run: Vec<&str> = Vec::new();
    let (mut sure, mut kept) = (false, 0);
    for word in text.split_whitespace().chain(["\n"]) {
        let plain = word.trim_matches(|c: char| matches!(c, ',' | '.' | ';' | '(' | ')' | '!' | '?')).to_lowercase();
        let day = DAYS.contains(&plain.as_str());
        let half = HALVES.contains(&plain.as_str());
        let timed = clock(&plain);
        if day || half || timed || !run.is_empty() && JOINS.contains(&plain.as_str()) {
            run.push(word.trim_end_matches([',', ';', ')', '!', '?']).trim_start_matches('('));
            sure |= day && plain != "may" || half || timed && plain.ends_with('m');
            if !JOINS.contains(&plain.as_str()) {
                kept = run.len();
            }
            if word.ends_with(['.', '!', '?']) && !half {
                run.truncate(kept);
                if sure {
                    break;
                }
                run.clear();
            }
            continue;
        }
        if sure {
            break;
        }
        run.clear();
    }
    run.truncate(kept);
    (sure && !run.is_empty()).then(|| run.join(" ").trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        let text = "This is Dr. Lee. Come at 2 p.m. tomorrow, call 555-123-4567. Ok?";
        let said: Vec<_> = sentences(text).iter().map(|(a, b)| text[*a..*b].trim()).collect();
        assert_eq!(said, ["This is Dr. Lee.", "Come at 2 p.m. tomorrow, call 555-123-4567.", "Ok?"]);
    }

    #[test]
    fn what_is_left_is_made_whole() {
        assert_eq!(tidy(" , call  me"), "Call me.");
        assert_eq!(tidy("Your  is ready ."), "Your is ready.");
        assert_eq!(tidy(" . , 12"), "");
        assert_eq!(tidy("at the the clinic"), "At the clinic.");
        assert_eq!(tidy("día, ,"), "Día.");
    }

    #[test]
    fn an_appointments_time_is_said_in_the_drafts_words() {
        let said = |text| when(text).unwrap_or_default();
        assert_eq!(said("Reminder: HIV clinic, tomorrow 2 pm"), "tomorrow 2 pm");
        assert_eq!(said("Your appointment is Friday, 3 May at 10:30 am, bring the form."), "Friday 3 May at 10:30 am");
        assert_eq!(said("Su cita es mañana a las 2 pm en la clínica"), "mañana a las 2 pm");
        assert_eq!(said("Take 20 units twice daily. See you on Monday."), "Monday");
        assert_eq!(said("Call 555-123-4567 about 2 of them"), "");
    }
}
