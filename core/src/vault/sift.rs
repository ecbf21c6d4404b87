//! The streaming search: every record of many lanes, opened once into buffers that are used again, on two threads when
//! it pays.
//!
//! One thread steps SQLite and copies sealed rows into batches; a second one opens them. Whenever the second is busy, the
//! first opens a batch itself, so neither waits. The second thread is made at the first full batch: whatever is smaller
//! than one (some 50 notes of 1 KB and more: one patient) never pays for it. Rows reach the second thread sealed.

use super::database;
use super::record::{self, Id, Kind};
use super::rows::{Aad, Stored};
use super::store::Vault;
use crate::crypto::seal::{Envelope, OpenRecord, Opener};
use crate::error::{Error, Result};
use crate::memory::with_scrubbed_stack;
use rusqlite::params;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use zeroize::Zeroizing;

/// Sealed bytes of a batch: below this everything stays on the calling thread.
const BATCH_BYTES: usize = 128 * 1024;
/// Batches that wait for the second thread; with the two in work they bound the memory of a search.
const WAITING: usize = 2;

/// A record as a search sees it first: its body still sealed.
pub struct Glimpse<'a> {
    /// The lane.
    pub lane: Id,
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// Its head.
    pub head: &'a [u8],
}

/// The body of a [`Glimpse`], opened only when it is asked for.
pub struct SealedBody<'a> {
    record: &'a OpenRecord,
    sealed: &'a [u8],
    buffer: &'a mut Vec<u8>,
}

impl<'a> SealedBody<'a> {
    /// Opens it into the search's buffer.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn open(self) -> Result<&'a [u8]> {
        self.record.body_into(self.sealed, self.buffer)?;
        record::body_of(self.buffer)
    }
}

/// Rows on their way, still sealed.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    items: Vec<Item>,
}

struct Item {
    opener: Arc<Opener>,
    lane: Id,
    id: Id,
    version: u64,
    envelope: Envelope,
    head: Range<usize>,
    body: Range<usize>,
}

/// One thread's share: its state, its two buffers (wiped on drop), the lanes in which it met damage.
struct Share<S> {
    state: S,
    head: Zeroizing<Vec<u8>>,
    body: Zeroizing<Vec<u8>>,
    damaged: Vec<Id>,
}

impl<S> Share<S> {
    fn new(state: S) -> Share<S> {
        Share { state, head: Zeroizing::default(), body: Zeroizing::default(), damaged: Vec::new() }
    }

    fn open(&mut self, batch: &Batch, workspace: Id, look: &Look<'_, S>) -> Result<()> {
        for item in &batch.items {
            if self.damaged.contains(&item.lane) {
                continue;
            }
            match self.one(batch, item, workspace, look) {
                Err(Error::Damaged { .. }) => self.damaged.push(item.lane),
                other => other?,
            }
        }
        Ok(())
    }

    fn one(&mut self, batch: &Batch, item: &Item, workspace: Id, look: &Look<'_, S>) -> Result<()> {
        const LOST: Error = Error::Internal { code: 270 };
        let record = item.opener.record(&Aad::of(workspace, item.id, item.version).parts(), &item.envelope)?;
        record.head_into(batch.bytes.get(item.head.clone()).ok_or(LOST)?, &mut self.head)?;
        let (kind, head) = record::head_of(&self.head)?;
        let sealed = batch.bytes.get(item.body.clone()).ok_or(LOST)?;
        let body = SealedBody { record: &record, sealed, buffer: &mut self.body };
        look(&mut self.state, &Glimpse { lane: item.lane, id: item.id, kind, head }, body)
    }
}

type Look<'f, S> = dyn Fn(&mut S, &Glimpse<'_>, SealedBody<'_>) -> Result<()> + Sync + 'f;

/// The second thread, as the first sees it.
struct Second<'scope, S> {
    batches: SyncSender<Batch>,
    spare: Receiver<Batch>,
    handle: ScopedJoinHandle<'scope, Result<Share<S>>>,
}

impl Vault {
    /// Shows `look` every record of `lanes`, in order of lane and insertion on each thread, and gives the state of each
    /// thread (one or two, made by `start`). Lanes are verified first; one with damage is set aside, and nothing that
    /// was seen of it is in the states. `threads` above 1 allows a second one.
    ///
    /// # Errors
    /// What SQLite or `look` answers, but damage.
    pub fn sift<S: Send>(
        &mut self,
        lanes: &[Id],
        threads: usize,
        start: &(dyn Fn() -> S + Sync),
        look: &Look<'_, S>,
    ) -> Result<Vec<S>> {
        loop {
            let sound: Vec<Id> = lanes.iter().copied().filter(|lane| !self.aside.contains(lane)).collect();
            let shares = with_scrubbed_stack(|| self.pass(&sound, threads, start, look))?;
            let damaged: Vec<Id> = shares.iter().flat_map(|share| share.damaged.iter().copied()).collect();
            if damaged.is_empty() {
                return Ok(shares.into_iter().map(|share| share.state).collect());
            }
            // Something of them may have been seen before the damage: once more without them.
            for lane in damaged {
                if !self.aside.contains(&lane) {
                    self.aside.push(lane);
                }
            }
        }
    }

    fn pass<S: Send>(
        &mut self,
        lanes: &[Id],
        threads: usize,
        start: &(dyn Fn() -> S + Sync),
        look: &Look<'_, S>,
    ) -> Result<Vec<Share<S>>> {
        let workspace = self.workspace;
        std::thread::scope(|scope| {
            let mut mine = Share::new(start());
            let mut second: Option<Second<'_, S>> = None;
            let mut batch = Batch::default();
            for lane in lanes {
                let read = self.rows_of(*lane, &mut batch, &mut |full| {
                    if second.is_none() && threads > 1 {
                        second = hire(scope, workspace, start, look);
                    }
                    hand_over(full, &mut mine, second.as_ref(), workspace, look)
                });
                match read {
                    Err(Error::Damaged { .. }) => mine.damaged.push(*lane),
                    other => other?,
                }
            }
            mine.open(&batch, workspace, look)?;
            let mut shares = vec![mine];
            if let Some(Second { batches, spare, handle }) = second {
                drop((batches, spare));
                // A panic there is a panic here: the gate drops the keys.
                shares.push(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(shares)
        })
    }

    /// Copies the sealed rows of a verified lane into batches.
    fn rows_of(&mut self, lane: Id, batch: &mut Batch, full: &mut dyn FnMut(&mut Batch) -> Result<()>) -> Result<()> {
        match self.touch(lane) {
            // Set aside before anything of it was seen.
            Err(Error::Damaged { what: "patient" }) => return Ok(()),
            other => other?,
        }
        let opened = self.lanes.get(&lane).ok_or(Error::NotFound { what: "lane" })?;
        let (Some(key), Some(records)) = (&opened.key, &opened.records) else {
            return Err(Error::Internal { code: 271 });
        };
        let opener = Arc::new(Opener::new(key));
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, version, envelope, head, body FROM heads JOIN bodies USING (row) WHERE lane = ?1 ORDER BY row",
            )
            .map_err(database::failed)?;
        let mut found = statement.query(params![&lane.0[..]]).map_err(database::failed)?;
        let mut seen = 0usize;
        while let Some(row) = found.next().map_err(database::failed)? {
            let stored = Stored::read(row)?;
            let (id, version, envelope) = stored.checked(records)?;
            let (head, body) = stored.sealed();
            let (head, body) = (batch.take(head), batch.take(body));
            batch.items.push(Item { opener: opener.clone(), lane, id, version, envelope, head, body });
            seen += 1;
            if batch.bytes.len() >= BATCH_BYTES {
                full(batch)?;
            }
        }
        // Fewer rows than the manifest lists: one vanished under an open connection.
        if seen == records.len() { Ok(()) } else { Err(Error::Damaged { what: "patient" }) }
    }
}

impl Batch {
    fn take(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
    }
}

/// The second thread; `None` where none can be had, and the first does it all.
fn hire<'scope, S: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    workspace: Id,
    start: &'scope (dyn Fn() -> S + Sync),
    look: &'scope Look<'scope, S>,
) -> Option<Second<'scope, S>> {
    let (batches, incoming) = sync_channel(WAITING);
    let (emptied, spare) = channel();
    let work = move || with_scrubbed_stack(|| open_all(&incoming, &emptied, Share::new(start()), workspace, look));
    let handle = Builder::new().spawn_scoped(scope, work).ok()?;
    Some(Second { batches, spare, handle })
}

fn open_all<S>(
    incoming: &Receiver<Batch>,
    emptied: &Sender<Batch>,
    mut share: Share<S>,
    workspace: Id,
    look: &Look<'_, S>,
) -> Result<Share<S>> {
    for mut batch in incoming {
        share.open(&batch, workspace, look)?;
        batch.clear();
        // Nobody waits for it any more: it is dropped here.
        drop(emptied.send(batch));
    }
    Ok(share)
}

/// Gives a full batch to the second thread, or opens it here while that one is busy; leaves an empty one.
fn hand_over<S>(
    full: &mut Batch,
    mine: &mut Share<S>,
    second: Option<&Second<'_, S>>,
    workspace: Id,
    look: &Look<'_, S>,
) -> Result<()> {
    let Some(second) = second else {
        mine.open(full, workspace, look)?;
        full.clear();
        return Ok(());
    };
    let spare = second.spare.try_recv().unwrap_or_default();
    match second.batches.try_send(std::mem::replace(full, spare)) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
            *full = batch;
            mine.open(full, workspace, look)?;
            full.clear();
            Ok(())
        }
    }
}

#[cfg(test)]
#[path = "sift_tests.rs"]
mod tests;
