//! Counting: pure, from assessments to figures.

use curtain_core::message::Assessment;
use curtain_core::policy::Severity;
use curtain_core::screen::Class;
use serde::Deserialize;

/// What a text is labelled as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Label {
    Logistics,
    Clinical,
    Sensitive,
    Identifier,
    NotClinical,
    Grey,
}

impl Label {
    /// The name in the files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Label::Logistics => "logistics",
            Label::Clinical => "clinical",
            Label::Sensitive => "sensitive",
            Label::Identifier => "identifier",
            Label::NotClinical => "not_clinical",
            Label::Grey => "grey",
        }
    }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Share {
    pub(super) hits: u64,
    pub(super) of: u64,
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    fn join(self, other: Share) -> Share {
        Share { hits: self.hits + other.hits, of: self.of + other.of }
    }

    /// Of 1; `None` of nothing.
    pub(super) fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The 95 % interval of a share: Wilson 1927,
    /// `(p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with `z` = 1.96; `None` of nothing.
    pub(super) fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_964;
        let (p, n) = (self.value()?, self.of as f64);
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        Some((((centre - spread) / whole).max(0.0), ((centre + spread) / whole).min(1.0)))
    }
}

/// What was counted over a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    pub(super) texts: u64,
    pub(super) logistics_stopped: Share,
    pub(super) clinical_stopped: Share,
    pub(super) sensitive_stopped: Share,
    pub(super) sensitive_named: Share,
    pub(super) identifier_named: Share,
    pub(super) spans_found: Share,
    pub(super) marks_right: Share,
    pub(super) chat_clinical: Share,
    pub(super) chat_sensitive: Share,
    pub(super) grey_stopped: Share,
    /// Of all stops, those that point at words of the text: a finding in the way, or a clause that is not recognised.
    pub(super) stops_with_span: Share,
    /// Nanoseconds of each assessment.
    nanos: Vec<u64>,
    /// Ids as they stand in the file, with what was missed.
    pub(super) misses: Vec<(String, &'static str)>,
}

impl Score {
    pub(super) fn add(&mut self, id: &str, label: Label, spans: &[(usize, usize)], said: &Assessment, nanos: u128) {
        let has = |room: &str| said.findings.iter().any(|found| found.class.name().starts_with(room));
        let stopped = said.verdict.stopped();
        self.texts += 1;
        self.nanos.push(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut missed = |wrong: bool, what| {
            if wrong {
                self.misses.push((id.to_owned(), what));
            }
        };
        if stopped {
            let pointed = said.findings.iter().any(|found| found.severity > Severity::Note);
            let pointed = pointed || !said.unrecognised.is_empty();
            self.stops_with_span.count(pointed);
            missed(!pointed, "a stop without a span");
        }
        match label {
            Label::Logistics => {
                self.logistics_stopped.count(stopped);
                missed(stopped, "logistics stopped");
            }
            Label::Clinical => {
                self.clinical_stopped.count(stopped);
                missed(!stopped, "clinical not stopped");
            }
            Label::Sensitive => {
                self.sensitive_stopped.count(stopped);
                self.sensitive_named.count(has("sensitive."));
                missed(!stopped, "sensitive not stopped");
                missed(!has("sensitive."), "sensitive not named");
            }
            Label::Identifier => {
                self.identifier_named.count(has("identifier."));
                missed(!has("identifier."), "identifier not found");
            }
            Label::NotClinical => {
                self.chat_clinical.count(has("clinical."));
                self.chat_sensitive.count(has("sensitive."));
                missed(has("clinical."), "chat called clinical");
                missed(has("sensitive."), "chat called sensitive");
            }
            Label::Grey => self.grey_stopped.count(stopped),
        }
        if !spans.is_empty() {
            self.spans(spans, said);
        }
    }

    fn spans(&mut self, spans: &[(usize, usize)], said: &Assessment) {
        let byte = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let marks: Vec<((usize, usize), Severity)> = said
            .findings
            .iter()
            .filter(|found| found.class.name().starts_with("identifier."))
            .filter(|found| found.class != Class::IdentifierCombination)
            .map(|found| ((byte(found.span.start), byte(found.span.end)), found.severity))
            .collect();
        let places: Vec<(usize, usize)> = marks.iter().map(|(place, _)| *place).collect();
        for span in spans {
            self.spans_found.count(2 * covered(*span, &places) >= span.1 - span.0);
        }
        for (place, severity) in marks {
            let inside = covered(place, spans);
            if severity > Severity::Note || inside > 0 {
                self.marks_right.count(2 * inside >= place.1 - place.0);
            }
        }
    }

    /// The assessment's time at a share of the texts, in microseconds: `0.5` is the median.
    pub(super) fn micros(&self, share: f64) -> f64 {
        let mut nanos = self.nanos.clone();
        nanos.sort_unstable();
        // The nearest rank: the smallest value that so many of the texts do not exceed.
        let rank = (nanos.len() as f64 * share).ceil().max(1.0);
        let at = nanos.iter().zip(1u64..).find(|(_, n)| *n as f64 >= rank).map_or(0, |(nanos, _)| *nanos);
        at as f64 / 1000.0
    }

    pub(super) fn join(&mut self, other: &Score) {
        self.texts += other.texts;
        for (mine, theirs) in [
            (&mut self.logistics_stopped, other.logistics_stopped),
            (&mut self.clinical_stopped, other.clinical_stopped),
            (&mut self.sensitive_stopped, other.sensitive_stopped),
            (&mut self.sensitive_named, other.sensitive_named),
            (&mut self.identifier_named, other.identifier_named),
            (&mut self.spans_found, other.spans_found),
            (&mut self.marks_right, other.marks_right),
            (&mut self.chat_clinical, other.chat_clinical),
            (&mut self.chat_sensitive, other.chat_sensitive),
            (&mut self.grey_stopped, other.grey_stopped),
            (&mut self.stops_with_span, other.stops_with_span),
        ] {
            *mine = mine.join(theirs);
        }
        self.nanos.extend(&other.nanos);
        self.misses.extend(other.misses.iter().cloned());
    }
}

/// Bytes of `span` that lie in any of `others`, each counted once.
fn covered(span: (usize, usize), others: &[(usize, usize)]) -> usize {
    let mut parts: Vec<(usize, usize)> = others
        .iter()
        .map(|other| (other.0.max(span.0), other.1.min(span.1)))
        .filter(|(start, end)| start < end)
        .collect();
    parts.sort_unstable();
    let mut reached = span.0;
    let mut sum = 0;
    for (start, end) in parts {
        sum += end.saturating_sub(start.max(reached));
        reached = reached.max(end);
    }
    sum
}

/// Spans in characters as spans in UTF-8 bytes; `None` if one is empty or lies outside the text.
pub(super) fn char_offsets(text: &str, spans: &[(usize, usize)]) -> Option<Vec<(usize, usize)>> {
    if spans.is_empty() {
        return Some(Vec::new());
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let byte = |span: &(usize, usize)| Some((*ends.get(span.0)?, *ends.get(span.1)?));
    spans.iter().map(|span| byte(span).filter(|(start, end)| start < end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_the_published_interval() {
        // Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20.
        let close = |share: Share, low: f64, high: f64| {
            let (a, b) = share.interval().unwrap();
            (a - low).abs() < 5e-5 && (b - high).abs() < 5e-5
        };
        assert!(close(Share { hits: 81, of: 263 }, 0.2553, 0.3662));
        assert!(close(Share { hits: 0, of: 20 }, 0.0, 0.1611));
        assert_eq!(Share::default().interval(), None);
    }

    #[test]
    fn a_span_is_covered_once_however_many_marks_lie_on_it() {
        assert_eq!(covered((2, 10), &[(0, 4), (3, 5), (9, 20), (11, 12)]), 4);
        assert_eq!(covered((2, 10), &[(0, 20), (0, 20)]), 8);
    }

    #[test]
    fn spans_are_counted_in_characters() {
        assert_eq!(char_offsets("née Ó", &[(4, 5)]), Some(vec![(5, 7)]));
        assert_eq!(char_offsets("née", &[(0, 4)]), None);
        assert_eq!(char_offsets("née", &[(2, 1)]), None);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let score = Score { nanos: (1..=200).rev().map(|n| n * 1000).collect(), ..Score::default() };
        assert_eq!((score.micros(0.5), score.micros(0.99), score.micros(1.0)), (100.0, 198.0, 200.0));
        assert_eq!(Score::default().micros(0.5), 0.0);
    }
}
