//! The promises of screening, each as a test.

mod classes;
mod golden;
mod intents;
mod live;
mod profile;
mod properties;
mod readings;
mod vetoes;

use super::{Class, Findings, NameIndex, Standing, scan};

pub(super) fn scanned(text: &str) -> Findings {
    scan(text, None, &NameIndex::default()).unwrap()
}

pub(super) fn has(text: &str, class: Class) -> bool {
    scanned(text).findings.iter().any(|f| f.class == class)
}

pub(super) fn stated(text: &str, class: Class) -> bool {
    scanned(text).findings.iter().any(|f| f.class == class && f.standing == Standing::Stated)
}

pub(super) fn has_named(text: &str, class: Class) -> bool {
    scanned(text).findings.iter().any(|f| f.class == class && f.standing == Standing::Named)
}

/// The words of the first finding of a class.
pub(super) fn class_at(text: &str, class: Class) -> Option<String> {
    let finding = scanned(text).findings.into_iter().find(|f| f.class == class)?;
    Some(text[finding.span.start as usize..finding.span.end as usize].to_owned())
}
