//! Large items, such as photos and exports: sealed in chunks of 64 KiB, written and read in bounded memory.
//!
//! ```text
//! record   an ordinary record of its lane; body = "curtain stream v1" || K_stream[32] || length[8] || chunks[4]
//! file     "stream-" id; "curtain stream v1" || salt[24] || commit[32] || sealed chunk 0 || sealed chunk 1 || …
//!          key || commit = HMAC-SHA512(K_stream, salt || AAD), AAD = "curtain stream v1", workspace, lane, id
//! ```
//!
//! Why a file and not rows: the write-ahead log would carry each photo twice, and a look at every page after a cut session
//! (`quick_check`) would take in all photos. Why the head is a record: the manifest covers it, so that a removed or old item shows; purging its
//! patient re-keys the record and not the photo; and a shred, a purge or a wipe makes the random K_stream unreadable in
//! every copy, whatever becomes of the file. A stream is written once under its id, and again only after it was deleted,
//! with a new K_stream: a file that is swapped or put back old does not meet its commitment.
//!
//! The file is whole on the medium before its record is committed, and removed after its record is. A kill in between
//! leaves a file without a record: the next unlock removes it, if every
//! patient verifies (else its record may have been taken out). A record without its file, or with one that is damaged,
//! refuses that item and sets nobody aside: the lane's other records are not in doubt.

use super::anchor::Anchor;
use super::record::{Change, Id, Kind, Row};
use super::store::{Act, Vault};
use super::{database, files};
use crate::crypto::make_key;
use crate::crypto::seal::Envelope;
use crate::crypto::stream::{CHUNK_BYTES, Chunks, TAG_BYTES};
use crate::error::{Error, Result};
use crate::memory::{Secret32, with_scrubbed_stack};
use crate::platform::Instant;
use rusqlite::{OptionalExtension, params};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest stream in bytes.
pub const MAX_STREAM_BYTES: u64 = 256 * 1024 * 1024;

const LABEL: &[u8] = b"curtain stream v1";
const PREFIX: &str = "stream-";
const FILE_HEAD: usize = LABEL.len() + 24 + 32;
const BODY: usize = LABEL.len() + 32 + 8 + 4;
const DAMAGED: Error = Error::Damaged { what: "stream" };

/// What a stream is written as.
pub struct NewStream<'a> {
    /// The lane: a patient's, or a system lane.
    pub lane: Id,
    /// The record; an id that is not in use.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// What lists need.
    pub head: &'a [u8],
}

/// An open stream, read chunk by chunk. While it lives the vault cannot be locked, so no key outlives the lock.
pub struct StreamReader<'v> {
    row: Row,
    length: u64,
    file: File,
    chunks: Chunks,
    left: u64,
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    vault: PhantomData<&'v mut Vault>,
}

impl Vault {
    /// Writes what `from` gives, to its end, with the record that names it; the entries of `acts` go into the record's
    /// transaction. Gives the length. Holds two chunks in memory.
    ///
    /// # Errors
    /// `NotAllowed` when the id is in use, `TooLarge` over 256 MiB, `Io` or `NoSpace` from either side; nothing is then
    /// written.
    pub fn put_stream(
        &mut self,
        anchor: &mut Anchor,
        now: &Instant,
        new: &NewStream<'_>,
        from: &mut dyn Read,
        acts: &[Act],
    ) -> Result<u64> {
        if self.has_row(new.id)? {
            return Err(Error::NotAllowed { why: "a stream is written once" });
        }
        let path = path(&self.directory, new.id);
        let aside = path.with_extension("new");
        let key = make_key()?;
        let done = with_scrubbed_stack(|| write_file(&aside, &key, &self.aad(new.lane, new.id).parts(), from))
            .and_then(|length| files::rename(&aside, &path).map(|()| length))
            .and_then(|length| {
                let body = body(&key, length);
                let (lane, id, kind, head) = (new.lane, new.id, new.kind, new.head.to_vec());
                let change = Change::Put { lane, id, kind, head, body: body.to_vec() };
                self.commit(anchor, now, &[change], acts).map(|()| length)
            });
        // A commit that stands though its reseal failed keeps its file.
        if done.is_err() && !self.has_row(new.id)? {
            drop(files::erase(&aside).and_then(|()| files::erase(&path)));
        }
        done
    }

    /// Opens a stream; its record is verified, its file must be as long as the record says.
    ///
    /// # Errors
    /// `NotFound` when the lane has no such record or it names no stream, `Damaged` for either part.
    pub fn open_stream(&mut self, lane: Id, id: Id) -> Result<StreamReader<'_>> {
        const NONE: Error = Error::NotFound { what: "stream" };
        let (row, body) = self.read(lane, id)?.ok_or(NONE)?;
        let body = Zeroizing::new(body);
        let (key, length) = parse(&body).ok_or(NONE)?;
        reader(&self.directory, self.workspace, row, &key, length)
    }

    fn aad(&self, lane: Id, id: Id) -> StreamAad {
        StreamAad { workspace: self.workspace, lane, id }
    }

    fn has_row(&self, id: Id) -> Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM heads WHERE id = ?1")
            .and_then(|mut statement| statement.query_row(params![&id.0[..]], |_| Ok(())).optional())
            .map(|found| found.is_some())
            .map_err(database::failed)
    }

    /// Removes the files of records that are gone. What cannot be removed now, the next unlock removes.
    pub(super) fn erase_streams(&self, gone: impl IntoIterator<Item = Id>) {
        for id in gone {
            drop(files::erase(&path(&self.directory, id)));
        }
    }

    /// The ids of all records of a lane, for [`Vault::erase_streams`].
    pub(super) fn ids_of(&self, lane: Id) -> Result<Vec<Id>> {
        Ok(super::rows::marks(&self.connection, lane)?.into_keys().collect())
    }

    /// At unlock: removes what a kill left, files without a record. Nothing of it keeps anybody out; and since damage
    /// erases nothing, a file whose record may only have been taken out of the database stays.
    pub(super) fn sweep_streams(&mut self) {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return };
        let mut verified = None;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(named) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            let gone = match Id::parse(named) {
                // A name of ours aside, or of nobody: no record ever named it.
                Err(_) => true,
                Ok(id) => {
                    matches!(self.has_row(id), Ok(false)) && *verified.get_or_insert_with(|| self.every_lane_verifies())
                }
            };
            if gone {
                drop(files::erase(&entry.path()));
            }
        }
    }

    fn every_lane_verifies(&mut self) -> bool {
        self.lanes().into_iter().all(|lane| self.touch(lane).is_ok()) && self.aside.is_empty()
    }
}

impl StreamReader<'_> {
    /// The record.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The whole length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The next chunk, of 64 KiB but for the last; `None` after the last. It is overwritten by the next call and wiped
    /// with the reader.
    ///
    /// # Errors
    /// `Damaged`; what was given before is authentic, and nothing comes after it.
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>> {
        let Some(after) = self.left.checked_sub(1) else { return Ok(None) };
        // Until the chunk is open there is nothing more.
        self.left = 0;
        let before = (chunks_of(self.length) - after - 1) * CHUNK_BYTES as u64;
        let plain = usize::try_from((self.length - before).min(CHUNK_BYTES as u64)).map_err(|_| DAMAGED)?;
        self.sealed.resize(plain + TAG_BYTES, 0);
        self.file.read_exact(&mut self.sealed).map_err(|_| DAMAGED)?;
        self.chunks.open_next(&self.sealed, after == 0, &mut self.plain).map_err(|_| DAMAGED)?;
        self.left = after;
        Ok(Some(&self.plain))
    }
}

/// Opens the file that a record names, and only if it is that record's.
fn reader<'v>(directory: &Path, workspace: Id, row: Row, key: &Secret32, length: u64) -> Result<StreamReader<'v>> {
    let mut file = File::open(path(directory, row.id)).map_err(|_| DAMAGED)?;
    let left = chunks_of(length);
    if file.metadata().map_err(|_| DAMAGED)?.len() != FILE_HEAD as u64 + length + left * TAG_BYTES as u64 {
        return Err(DAMAGED);
    }
    let mut start = [0u8; FILE_HEAD];
    file.read_exact(&mut start).map_err(|_| DAMAGED)?;
    let envelope = start.strip_prefix(LABEL).and_then(Envelope::parse).ok_or(DAMAGED)?;
    let aad = StreamAad { workspace, lane: row.lane, id: row.id };
    let chunks = with_scrubbed_stack(|| Chunks::open(key, &aad.parts(), &envelope)).map_err(|_| DAMAGED)?;
    let (sealed, plain) = (Vec::new(), Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES)));
    Ok(StreamReader { row, length, file, chunks, left, sealed, plain, vault: PhantomData })
}

/// The stream of a record that was opened in a held copy; `None` when the record names none.
pub(super) fn held_reader<'v>(
    directory: &Path,
    workspace: Id,
    row: Row,
    body: &[u8],
) -> Result<Option<StreamReader<'v>>> {
    parse(body).map(|(key, length)| reader(directory, workspace, row, &key, length)).transpose()
}

struct StreamAad {
    workspace: Id,
    lane: Id,
    id: Id,
}

impl StreamAad {
    fn parts(&self) -> [&[u8]; 4] {
        [LABEL, &self.workspace.0, &self.lane.0, &self.id.0]
    }
}

fn path(directory: &Path, id: Id) -> PathBuf {
    directory.join(format!("{PREFIX}{}", id.text()))
}

/// An empty stream is one empty chunk.
fn chunks_of(length: u64) -> u64 {
    length.div_ceil(CHUNK_BYTES as u64).max(1)
}

pub(super) fn body(key: &Secret32, length: u64) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(BODY));
    body.extend_from_slice(LABEL);
    body.extend_from_slice(key.expose());
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(&u32::try_from(chunks_of(length)).unwrap_or(u32::MAX).to_be_bytes());
    body
}

pub(super) fn parse(body: &[u8]) -> Option<(Secret32, u64)> {
    let (key, rest) = body.strip_prefix(LABEL)?.split_at_checked(32)?;
    let (length, chunks) = rest.split_first_chunk::<8>()?;
    let length = u64::from_be_bytes(*length);
    let chunks = u64::from(u32::from_be_bytes(chunks.try_into().ok()?));
    let sound = length <= MAX_STREAM_BYTES && chunks == chunks_of(length);
    if sound { Secret32::from_slice(key).map(|key| (key, length)) } else { None }
}

/// Seals `from` into a new file and syncs it; gives the length.
fn write_file(path: &Path, key: &Secret32, aad: &[&[u8]], from: &mut dyn Read) -> Result<u64> {
    let failed = || Error::io("writing a stream");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    files::step().map_err(failed())?;
    let mut file = options.open(path).map_err(failed())?;
    files::step().map_err(failed())?;
    let (mut chunks, envelope) = Chunks::make(key, aad)?;
    let head = [LABEL, &envelope.salt, &envelope.commit].concat();
    file.write_all(&head).map_err(failed())?;
    let buffer = || Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES));
    let (mut this, mut next) = (buffer(), buffer());
    fill(&mut this, from)?;
    let mut length = this.len() as u64;
    loop {
        // Only the end of what is given tells which chunk is the last.
        let last = this.len() < CHUNK_BYTES || fill(&mut next, from)? == 0;
        if last {
            next.clear();
        }
        length += next.len() as u64;
        if length > MAX_STREAM_BYTES {
            return Err(Error::TooLarge { field: "stream", limit: MAX_STREAM_BYTES });
        }
        chunks.seal_next(&mut this, last)?;
        files::step().and_then(|()| file.write_all(&this)).map_err(failed())?;
        if last {
            break;
        }
        std::mem::swap(&mut this, &mut next);
    }
    files::step().and_then(|()| file.sync_all()).map_err(failed())?;
    Ok(length)
}

/// Reads a chunk's worth, less only at the end; gives how much.
fn fill(buffer: &mut Vec<u8>, from: &mut dyn Read) -> Result<usize> {
    buffer.clear();
    from.take(CHUNK_BYTES as u64).read_to_end(buffer).map_err(Error::io("reading a stream"))
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
