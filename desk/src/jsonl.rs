//! Lines of JSON, read one by one: bounded, counted, and named by number in errors that quote nothing of them.

use crate::error::{Error, Result};
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Stdin};
use std::path::Path;

/// The longest line that is read: 16 MiB.
pub const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// The lines of a file or of the standard input.
pub struct Lines {
    name: String,
    source: Source,
    number: u64,
    line: String,
    bytes: u64,
}

enum Source {
    File(BufReader<File>),
    Stdin(BufReader<Stdin>),
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Lines {
    /// Opens a file; `-` is the standard input.
    ///
    /// # Errors
    /// `Failed` if the file cannot be opened.
    pub fn open(path: &Path) -> Result<Lines> {
        let (name, source) = if path == Path::new("-") {
            ("standard input".to_owned(), Source::Stdin(BufReader::with_capacity(256 * 1024, std::io::stdin())))
        } else {
            let file = File::open(path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))?;
            (path.display().to_string(), Source::File(BufReader::with_capacity(256 * 1024, file)))
        };
        Ok(Lines { name, source, number: 0, line: String::new(), bytes: 0 })
    }

    /// Whether the next line may keep its reader waiting: what was answered so far should be written out first.
    pub fn would_wait(&self) -> bool {
        matches!(&self.source, Source::Stdin(reader) if reader.buffer().is_empty())
    }

    /// Goes to the next line that holds anything; `false` at the end.
    ///
    /// # Errors
    /// `Failed` if reading fails; `Usage` for a line over [`MAX_LINE_BYTES`] or one that is not UTF-8.
    pub fn advance(&mut self) -> Result<bool> {
        loop {
            let mut line = std::mem::take(&mut self.line).into_bytes();
            line.clear();
            let read = match &mut self.source {
                Source::File(reader) => bounded(reader, &mut line),
                Source::Stdin(reader) => bounded(reader, &mut line),
            };
            if read.map_err(|error| Error::failed(format!("{}: {error}", self.name)))? == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
            if line.last() != Some(&b'\n') && self.bytes > MAX_LINE_BYTES {
                return Err(self.wrong("longer than 16 MiB"));
            }
            // Some editors begin a file with a byte order mark.
            if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            self.line = String::from_utf8(line).map_err(|_| self.wrong("not valid UTF-8"))?;
            if !self.line.trim().is_empty() {
                return Ok(true);
            }
        }
    }

    /// The line.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The error of the line just read: file, number and a constant.
    pub fn wrong(&self, why: &str) -> Error {
        Error::Usage(format!("{}: line {}: {why}", self.name, self.number))
    }

    /// File and number of the line just read: `rows.jsonl:7`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.name, self.number)
    }

    /// Bytes of the line just read, with its line break.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn bounded(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    reader.take(MAX_LINE_BYTES + 1).read_until(b'\n', line)
}

/// Parses a line that must be one JSON object. The error is a constant: the parser's own message would quote the line.
///
/// # Errors
/// `needs` for an object of other members, or what else is wrong.
pub fn object<'a, T: Deserialize<'a>>(line: &'a str, needs: &'static str) -> std::result::Result<T, &'static str> {
    // serde would take an array for the members in order.
    if !line.trim_start().starts_with('{') {
        return Err("not a JSON object");
    }
    serde_json::from_str(line).map_err(|error: serde_json::Error| match error.classify() {
        serde_json::error::Category::Data => needs,
        _ => "not valid JSON",
    })
}
