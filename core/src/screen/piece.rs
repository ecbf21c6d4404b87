//! What is read in one piece of a text, and how the pieces' readings make the findings of the whole.
//!
//! A reading depends on the piece, on the few tokens before it and on the terms found in those: on nothing else. So a piece that
//! did not change, behind the same tokens, need not be read again; and there is no other way to read a text than this one.

use super::identifier::{self, ClueKind};
use super::intent::{self, Maxima, Memory};
use super::language::{self, Tally};
use super::lexicon::Hit;
use super::profile::{ClinicProfile, NameIndex, WordSet};
use super::text::{Kind, Letters, Text};
use super::{Class, Finding, Findings, Found, Intent, IntentMatch, Language, Span, Standing, clinical};

/// What a reading knows beside the text.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) profile: Option<&'a ClinicProfile>,
    /// The words of the clinic's own names.
    pub(super) own: &'a WordSet,
    pub(super) names: &'a NameIndex,
}

/// A finding of a piece.
#[derive(Debug, Clone, Copy)]
struct Placed {
    span: Span,
    class: Class,
    rule: &'static str,
    standing: Standing,
    /// It is one word.
    single: bool,
    /// Index of its clause.
    clause: usize,
    /// Whether it is the clinic's own; `None` if the profile does not say.
    clinics: Option<bool>,
}

/// A clause of a piece.
#[derive(Debug, Clone)]
struct Clause {
    /// From its first word to its last; `None` without one.
    span: Option<Span>,
    intents: Vec<Intent>,
    /// Nothing stands in it that logistics may not hold, and it may stand among them.
    permitted: bool,
    /// It reads like logistics by itself.
    alone: bool,
}

/// What was read in one piece. Spans and tokens count from the beginning of its context.
#[derive(Debug)]
pub(super) struct Reading {
    /// The piece in bytes and in UTF-16 units.
    pub(super) len: (u32, u32),
    /// The context, likewise.
    pub(super) back: (u32, u32),
    /// How many tokens the piece has.
    pub(super) tokens: usize,
    /// Whether it begins, and whether it ends, inside a sentence.
    pub(super) within: (bool, bool),
    /// The terms of the context, as they were known.
    pub(super) context: Vec<Hit>,
    /// The terms of the piece, and how many tokens stood before it.
    hits: Vec<Hit>,
    fresh: usize,
    letters: Letters,
    tally: Tally,
    unscreened: Vec<Span>,
    clauses: Vec<Clause>,
    /// What the recogniser made of the permitted clauses.
    maxima: Maxima,
    found: Vec<Placed>,
    clues: Vec<(Span, ClueKind, usize)>,
}

/// A window that moves over a text, and the terms in it.
pub(super) struct Window<'t> {
    pub(super) text: Text<'t>,
    hits: Vec<Hit>,
    /// What the window's first words are to the readers of identifiers, as far as it was asked.
    words: Vec<u32>,
}

impl<'t> Window<'t> {
    /// Before the byte `at`, where a piece begins, inside a sentence or not.
    pub(super) fn open(source: &'t str, at: usize, within: bool) -> Window<'t> {
        Window { text: Text::open(source, at, within), hits: Vec::new(), words: Vec::new() }
    }

    /// Moves to the next piece; `false` at the end.
    pub(super) fn advance(&mut self) -> bool {
        let Some(dropped) = self.text.next_piece() else { return false };
        self.hits.retain_mut(|hit| {
            let stays = hit.last >= dropped;
            hit.first = hit.first.saturating_sub(dropped);
            hit.last = hit.last.saturating_sub(dropped);
            stays
        });
        self.words.drain(..dropped.min(self.words.len()));
        true
    }

    /// The terms of the context, before the piece is read.
    pub(super) fn context(&self) -> &[Hit] {
        &self.hits
    }

    /// Takes over what is known of the piece already.
    pub(super) fn recall(&mut self, reading: &Reading) {
        let fresh = self.text.fresh;
        self.hits.extend(reading.hits.iter().map(|hit| Hit {
            first: (hit.first + fresh).saturating_sub(reading.fresh),
            last: (hit.last + fresh).saturating_sub(reading.fresh),
            ..*hit
        }));
    }

    /// Reads the piece.
    pub(super) fn read(&mut self, known: Known<'_>, memory: &mut Memory) -> Reading {
        let context = self.hits.clone();
        let (text, fresh) = (&self.text, self.text.fresh);
        identifier::words(text, &mut self.words);
        let mut hits = clinical::terms(text);
        hits.retain(|hit| hit.last >= fresh);
        self.hits.extend_from_slice(&hits);
        let (mut found, clues) = identifier::find(text, &self.hits, known.profile, known.own, known.names, &self.words);
        found.extend(clinical::find(text, &self.hits));
        let clauses = intent::read(text, &found, memory, |token| known.own.contains(text.norm(token)));
        found.retain(|finding| finding.last >= fresh);
        let clause_of = |first: usize| clauses.partition_point(|clause| clause.range.end <= first.max(fresh));
        let (tally, unscreened) = language::tally(text);
        // In the order of the whole, as far as it is known here.
        let mut found: Vec<_> = found.iter().map(|f| placed(text, f, clause_of(f.first), known.profile)).collect();
        found.sort_by_key(|f| (f.span.start, f.class, f.span.end, f.standing, f.rule));
        let unit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut maxima = Maxima::default();
        clauses.iter().filter_map(|clause| clause.maxima.as_ref()).for_each(|clause| maxima.join(clause));
        let size = |bytes: std::ops::Range<usize>| (unit(bytes.len()), unit(text.utf16(bytes)));
        Reading {
            len: size(text.piece.clone()),
            back: size(text.base..text.piece.start),
            tokens: text.tokens.len() - fresh,
            within: text.within,
            found,
            clues: clues
                .iter()
                .filter(|clue| clue.last >= fresh)
                .map(|clue| (text.span(clue.first, clue.last), clue.kind, clause_of(clue.first)))
                .collect(),
            clauses: clauses.into_iter().map(|clause| placed_clause(text, clause)).collect(),
            maxima,
            context,
            hits,
            fresh,
            letters: text.letters,
            tally,
            unscreened,
        }
    }
}

fn placed(text: &Text<'_>, finding: &Found, clause: usize, profile: Option<&ClinicProfile>) -> Placed {
    let words = || -> Vec<&str> {
        let words = (finding.first..=finding.last).filter(|&i| text.kind(i) != Some(Kind::Mark));
        words.map(|i| text.norm(i)).collect()
    };
    let clinics = profile.filter(|_| finding.rule != LOCAL_PHONE).and_then(|profile| match finding.class {
        Class::IdentifierPhone => profile.owns_phone(&words().join(" ")),
        Class::IdentifierUrl => profile.links_to(text.raw(finding.first)),
        Class::IdentifierAddress => profile.stands_at(&words()),
        _ => None,
    });
    let Found { first, last, class, rule, standing } = *finding;
    Placed { span: text.span(first, last), class, rule, standing, single: first == last, clause, clinics }
}

/// A patient's own number is never a slot.
const LOCAL_PHONE: &str = "phone.local";

fn placed_clause(text: &Text<'_>, clause: intent::Clause) -> Clause {
    let mut words = (clause.range.start.max(text.fresh)..clause.range.end).filter(|&i| text.norm(i) != "\n");
    let span = words.next().map(|first| text.span(first, words.next_back().unwrap_or(first)));
    let says = |asked: fn(&Maxima) -> bool| clause.maxima.as_ref().is_some_and(asked);
    let (permitted, alone) = (says(Maxima::bearable), says(Maxima::logistics));
    Clause { span, intents: clause.intents, permitted, alone }
}

impl Reading {
    /// The piece's length in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.len.0 as usize
    }

    /// The length of its context in bytes.
    pub(super) fn context_bytes(&self) -> usize {
        self.back.0 as usize
    }

    /// The clause, if it is explained; `logistics` says that all permitted clauses together read like it.
    fn explains(&self, clause: usize, logistics: bool) -> Option<&Clause> {
        self.clauses.get(clause).filter(|clause| clause.permitted && (clause.alone || logistics))
    }

    fn finding(&self, placed: &Placed, logistics: bool) -> (Standing, Class) {
        let mut standing = placed.standing;
        if let Some(clause) = self.explains(placed.clause, logistics) {
            standing = intent::standing(placed.class, placed.rule, placed.single, standing, &clause.intents);
        }
        // The clinic's own number is no identifier anywhere; a stranger's in a slot is a mismatch.
        standing = match placed.clinics {
            _ if placed.rule == LOCAL_PHONE => Standing::Stated,
            Some(true) => Standing::Slot,
            Some(false) if standing == Standing::Slot => Standing::Mismatch,
            _ => standing,
        };
        (standing, placed.class)
    }
}

/// The same span further on.
fn moved(span: Span, by: (u32, u32)) -> Span {
    Span {
        start: span.start.saturating_add(by.0),
        end: span.end.saturating_add(by.0),
        start_utf16: span.start_utf16.saturating_add(by.1),
        end_utf16: span.end_utf16.saturating_add(by.1),
    }
}

/// The findings of a text from its pieces' readings, in order.
pub(super) fn combine<'r>(readings: impl Iterator<Item = &'r Reading> + Clone) -> Findings {
    let (mut tally, mut letters, mut maxima, mut count) = (Tally::default(), Letters::default(), Maxima::default(), 0);
    for reading in readings.clone() {
        tally.add(&reading.tally);
        letters.add(&reading.letters);
        maxima.join(&reading.maxima);
        count += reading.found.len();
    }
    let language = language::decide(&tally, &letters);
    let logistics = maxima.logistics();
    // Dates and places are what logistics are made of: they point at somebody only beside something that does.
    let pointed = readings.clone().any(|reading| reading.clues.iter().any(|(_, kind, _)| !kind.is_logistics()));
    let (mut findings, mut intents) = (Vec::with_capacity(count + 1), Vec::new());
    let (mut unrecognised, mut any_unscreened) = (Vec::new(), language == Language::Unknown);
    let mut clues: (Vec<ClueKind>, Option<Span>) = (Vec::new(), None);
    let mut at = (0u32, 0u32);
    for reading in readings {
        let by = (at.0.saturating_sub(reading.back.0), at.1.saturating_sub(reading.back.1));
        at = (at.0.saturating_add(reading.len.0), at.1.saturating_add(reading.len.1));
        for (index, clause) in reading.clauses.iter().enumerate() {
            match (reading.explains(index, logistics), clause.span) {
                (Some(_), Some(span)) => {
                    let span = moved(span, by);
                    intents.extend(clause.intents.iter().map(|&intent| IntentMatch { intent, span }));
                }
                (None, Some(span)) => unrecognised.push(moved(span, by)),
                (_, None) => {}
            }
        }
        findings.extend(reading.found.iter().map(|placed| {
            let (standing, class) = reading.finding(placed, logistics);
            Finding { span: moved(placed.span, by), class, rule: placed.rule, standing }
        }));
        if language != Language::Unknown {
            any_unscreened |= !reading.unscreened.is_empty();
            findings.extend(reading.unscreened.iter().map(|&span| unscreened(moved(span, by))));
        }
        for &(span, kind, clause) in &reading.clues {
            if !pointed && reading.explains(clause, logistics).is_some() {
                continue;
            }
            if !clues.0.contains(&kind) {
                clues.0.push(kind);
            }
            let span = moved(span, by);
            clues.1 = Some(clues.1.map_or(span, |all| joined(all, span)));
        }
    }
    if language == Language::Unknown {
        findings.push(unscreened(Span { start: 0, end: at.0, start_utf16: 0, end_utf16: at.1 }));
    }
    // Two or more kinds of clues make a combination.
    if let Some(span) = clues.1.filter(|_| clues.0.len() >= 2) {
        let (class, rule) = (Class::IdentifierCombination, "combination.clues");
        findings.push(Finding { span, class, rule, standing: Standing::Stated });
    }
    let order = |f: &Finding| (f.span.start, f.class, f.span.end, f.standing, f.rule);
    if !findings.is_sorted_by_key(order) {
        findings.sort_by_key(order);
    }
    findings.dedup_by_key(|f| (f.span, f.class));
    let screened = !any_unscreened && matches!(language, Language::English | Language::Spanish);
    if !screened {
        intents.clear();
    }
    // Each clause may read like logistics, and all of them together not.
    if unrecognised.is_empty() && !logistics {
        unrecognised.push(Span { start: 0, end: at.0, start_utf16: 0, end_utf16: at.1 });
    }
    let recognised = screened && unrecognised.is_empty();
    Findings {
        findings,
        intents,
        language,
        recognised,
        unrecognised,
        clues: u32::try_from(clues.0.len()).unwrap_or(u32::MAX),
    }
}

fn unscreened(span: Span) -> Finding {
    Finding { span, class: Class::UnscreenedLanguage, rule: "language.unknown", standing: Standing::Stated }
}

fn joined(a: Span, b: Span) -> Span {
    Span {
        start: a.start.min(b.start),
        end: a.end.max(b.end),
        start_utf16: a.start_utf16.min(b.start_utf16),
        end_utf16: a.end_utf16.max(b.end_utf16),
    }
}
