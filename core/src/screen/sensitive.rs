//! Sensitive places: a topic and the word for a service make a provider, and the provider's span covers the topic.

use super::Class;
use super::lexicon::{Classes, Hit, next_word};
use super::text::{List, Text};

const SERVICES: List = List::of(&[
    "clinic",
    "clinics",
    "center",
    "centre",
    "department",
    "dept",
    "unit",
    "service",
    "services",
    "ward",
    "team",
    "office",
    "program",
    "programme",
    "hospital",
    "group",
    "specialist",
    "specialists",
    "nurse",
    "hotline",
    "institute",
    "house",
    "clinica",
    "centro",
    "unidad",
    "servicio",
    "servicios",
    "departamento",
    "helpline",
    "practice",
]);

/// Joins "HIV" and "clinic", "Unidad de" and "VIH", into `sensitive.provider`. `hits` are in order and stay so.
pub(crate) fn join_providers(text: &Text<'_>, hits: &mut Vec<Hit>) {
    let provider = Classes::of(Class::SensitiveProvider);
    for hit in hits.iter_mut() {
        // A drug's name before "clinic" keeps its own classes only if it reveals no topic.
        let topic = hit.classes.sensitive_topic();
        let place = hit.classes.has(Class::SensitiveProvider);
        if !topic && !place || hit.weak {
            continue;
        }
        if let Some(next) = next_word(text, hit.last).filter(|&n| text.is(n, &SERVICES)) {
            hit.last = next;
            hit.classes = provider;
            hit.rule = "provider.topic_and_service";
            continue;
        }
        let before =
            hit.first.checked_sub(2).filter(|&b| text.is(b + 1, list!["de", "of", "for"]) && text.is(b, &SERVICES));
        if let Some(first) = before {
            hit.first = first;
            hit.classes = provider;
            hit.rule = "provider.topic_and_service";
        } else if place {
            hit.rule = "provider.name";
        }
    }
    let mut end = 0;
    hits.retain(|hit| {
        let keep = hit.first >= end;
        if keep {
            end = hit.last + 1;
        }
        keep
    });
}
