//! What rows are made of: ids, changes, and the padding that hides lengths. The vault knows no clinical word.

use crate::crypto::{hex, make_bytes, unhex};
use crate::error::{Error, Result};

/// Longest head of a record in bytes.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Longest body of a record in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Sixteen random bytes that name a record or a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 16]);

impl Id {
    /// A fresh id.
    pub fn make() -> Result<Id> {
        Ok(Id(make_bytes()?))
    }

    /// Reads 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Id> {
        unhex(text).map(Id).ok_or(Error::invalid("id", "not 32 hexadecimal digits"))
    }

    /// 32 lower-case hexadecimal digits.
    pub fn text(&self) -> String {
        hex(&self.0)
    }
}

/// What kind of record a row is; the number is sealed inside the head.
pub type Kind = u8;

/// One change of a commit.
#[derive(Clone)]
pub enum Change {
    /// Writes a record, new or the next version of an old one.
    Put {
        /// The lane: a patient's, or a system lane. An unknown lane is made with a fresh random key.
        lane: Id,
        /// The record.
        id: Id,
        /// Its kind.
        kind: Kind,
        /// What lists need.
        head: Vec<u8>,
        /// The rest.
        body: Vec<u8>,
    },
    /// Removes a record. Its text is beyond recovery only after [`super::Vault::forget_for_good`].
    Delete {
        /// The lane.
        lane: Id,
        /// The record.
        id: Id,
    },
}

impl Change {
    /// The lane that it touches.
    pub fn lane(&self) -> Id {
        match self {
            Change::Put { lane, .. } | Change::Delete { lane, .. } => *lane,
        }
    }
}

/// A record as lists give it.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The lane.
    pub lane: Id,
    /// The record.
    pub id: Id,
    /// Its version, from 1.
    pub version: u64,
    /// Its kind.
    pub kind: Kind,
    /// Its head.
    pub head: Vec<u8>,
}

/// Heads are padded to this many bytes, bodies to [`BODY_BUCKET`]: rows of a kind look alike.
const HEAD_BUCKET: usize = 64;
const BODY_BUCKET: usize = 256;

/// `kind || length[4] || bytes || zeros` to a multiple of the bucket.
pub(crate) fn pad_head(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>> {
    pad(&[kind], bytes, HEAD_BUCKET, MAX_HEAD_BYTES, "head")
}

/// `length[4] || bytes || zeros` to a multiple of the bucket.
pub(crate) fn pad_body(bytes: &[u8]) -> Result<Vec<u8>> {
    pad(&[], bytes, BODY_BUCKET, MAX_BODY_BYTES, "body")
}

fn pad(prefix: &[u8], bytes: &[u8], bucket: usize, limit: usize, field: &'static str) -> Result<Vec<u8>> {
    if bytes.len() > limit {
        return Err(Error::TooLarge { field, limit: limit as u64 });
    }
    let length = u32::try_from(bytes.len()).map_err(|_| Error::Internal { code: 210 })?;
    let full = (prefix.len() + 4 + bytes.len()).next_multiple_of(bucket);
    let mut out = Vec::with_capacity(full);
    out.extend_from_slice(prefix);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    out.resize(full, 0);
    Ok(out)
}

/// The kind and the bytes of a padded head.
pub(crate) fn unpad_head(mut padded: Vec<u8>) -> Result<(Kind, Vec<u8>)> {
    let kind = head_of(&padded)?.0;
    strip(&mut padded, 1)?;
    Ok((kind, padded))
}

/// The bytes of a padded body.
pub(crate) fn unpad_body(mut padded: Vec<u8>) -> Result<Vec<u8>> {
    strip(&mut padded, 0)?;
    Ok(padded)
}

/// As [`unpad_head`], where the bytes lie.
pub(crate) fn head_of(padded: &[u8]) -> Result<(Kind, &[u8])> {
    let kind = *padded.first().ok_or(DAMAGED)?;
    Ok((kind, padded.get(content(padded, 1)?).ok_or(DAMAGED)?))
}

/// As [`unpad_body`], where the bytes lie.
pub(crate) fn body_of(padded: &[u8]) -> Result<&[u8]> {
    padded.get(content(padded, 0)?).ok_or(DAMAGED)
}

const DAMAGED: Error = Error::Damaged { what: "record padding" };

fn strip(padded: &mut Vec<u8>, prefix: usize) -> Result<()> {
    let content = content(padded, prefix)?;
    padded.truncate(content.end);
    padded.drain(..content.start);
    Ok(())
}

/// Where the bytes lie between prefix, length and zeros.
fn content(padded: &[u8], prefix: usize) -> Result<std::ops::Range<usize>> {
    let length = padded.get(prefix..prefix + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    let length = usize::try_from(length.ok_or(DAMAGED)?).map_err(|_| DAMAGED)?;
    let start = prefix + 4;
    if padded.len() - start < length { Err(DAMAGED) } else { Ok(start..start + length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn padding_comes_off_again(kind: u8, bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let head = pad_head(kind, &bytes).unwrap();
            prop_assert_eq!(head.len() % HEAD_BUCKET, 0);
            prop_assert_eq!(unpad_head(head).unwrap(), (kind, bytes.clone()));
            let body = pad_body(&bytes).unwrap();
            prop_assert_eq!(body.len() % BODY_BUCKET, 0);
            prop_assert_eq!(unpad_body(body).unwrap(), bytes);
        }

        #[test]
        fn any_bytes_unpad_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = unpad_head(bytes.clone());
            let _ = unpad_body(bytes);
        }
    }

    #[test]
    fn too_large_is_refused() {
        assert!(matches!(pad_head(1, &vec![0; MAX_HEAD_BYTES + 1]), Err(Error::TooLarge { .. })));
    }
}
