//! How a session reads records, for the fuzz targets: nothing here is in a release.

use super::shelf::{self, Shelved};
use crate::consent::{Consent, Withdrawal};
use crate::message::{Draft, Inbound, Message};
use crate::note::{ChartNote, Note};
use crate::patient::Patient;
use crate::roster::Roster;
use crate::vault::{Change, Id, Row};

const ID: Id = Id([3; 16]);

/// A record as it was found: read by every reader, checked, and what was read reads back.
pub(crate) fn record(kind: u8, head: &[u8], body: &[u8]) {
    let row = |kind: u8, head: &[u8]| Row { lane: ID, id: ID, version: 1, kind, head: head.to_vec() };
    let found = row(kind, head);
    drop(shelf::text_of(kind, body));
    one::<Patient>(&found, body, |read| drop((read.check(), read.summary(), read.display_name())));
    one::<Consent>(&found, body, |read| drop(read.terms().clone()));
    one::<Withdrawal>(&found, body, |read| drop(read.check()));
    one::<Note>(&found, body, |read| drop(read.check()));
    one::<Draft>(&found, body, |read| drop(read.check()));
    one::<Message>(&found, body, |read| drop(read.check()));
    one::<Inbound>(&found, body, |read| drop(read.check()));
    one::<ChartNote>(&found, body, |read| drop((read.check(), read.pending())));
    one::<Roster>(&found, body, |read| drop((read.check(), read.state(1_700_000_000_000))));
}

fn one<T: Shelved>(found: &Row, body: &[u8], look: impl Fn(&T)) {
    drop(shelf::from_head::<T>(found).inspect(|head| head.iter().for_each(&look)));
    let Ok(Some(read)) = shelf::whole::<T>(found, body.to_vec()) else { return };
    look(&read);
    let Ok(Change::Put { kind, head, body, .. }) = shelf::put(ID, ID, &read) else { return };
    let again = shelf::whole::<T>(&Row { kind, head, ..found.clone() }, body);
    let text = |record: &T| serde_json::to_vec(record).unwrap_or_default();
    assert!(again.is_ok_and(|again| again.is_some_and(|again| text(&again) == text(&read))), "a record reads back");
}
