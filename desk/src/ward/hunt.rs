//! The search for plaintext in a phone's directory: every needle in several encodings, in every file.

use crate::error::{Error, Result};
use std::fs;
use std::path::Path;

/// What a search saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hunt {
    /// Files that were read.
    pub files: usize,
    /// Bytes in them.
    pub bytes: u64,
    /// Needles found, counted by file and encoding.
    pub hits: usize,
}

/// Looks for each needle as UTF-8, UTF-16, base64 and hexadecimal.
///
/// # Errors
/// `Failed` if a file cannot be read.
pub fn hunt(directory: &Path, needles: &[String]) -> Result<Hunt> {
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for needle in needles {
        let bytes = needle.as_bytes();
        forms.push(bytes.to_vec());
        forms.push(needle.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(data_encoding::HEXLOWER.encode(bytes).into_bytes());
        // Base64 depends on where the text starts among three bytes; the inner characters do not change.
        for skip in 0..3.min(bytes.len()) {
            let whole = &bytes[skip..bytes.len() - (bytes.len() - skip) % 3];
            forms.push(data_encoding::BASE64_NOPAD.encode(whole).into_bytes());
        }
    }
    forms.retain(|form| form.len() >= 6);
    let mut hunt = Hunt { files: 0, bytes: 0, hits: 0 };
    walk(directory, &forms, &mut hunt)?;
    Ok(hunt)
}

fn walk(directory: &Path, forms: &[Vec<u8>], hunt: &mut Hunt) -> Result<()> {
    let failed = |error: std::io::Error| Error::failed(format!("searching {}: {error}", directory.display()));
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            walk(&path, forms, hunt)?;
            continue;
        }
        let bytes = fs::read(&path).map_err(failed)?;
        hunt.files += 1;
        hunt.bytes += bytes.len() as u64;
        hunt.hits += forms.iter().filter(|form| memchr::memmem::find(&bytes, form).is_some()).count();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_every_encoding() {
        let directory = tempfile::tempdir().unwrap();
        let needle = "Laquita Fisher".to_owned();
        let utf16: Vec<u8> = needle.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let forms: [Vec<u8>; 4] = [
            needle.clone().into_bytes(),
            utf16,
            data_encoding::BASE64.encode(format!("xx{needle}yy").as_bytes()).into_bytes(),
            data_encoding::HEXLOWER.encode(needle.as_bytes()).into_bytes(),
        ];
        for form in forms {
            std::fs::write(directory.path().join("file"), [b"before ".to_vec(), form, b" after".to_vec()].concat())
                .unwrap();
            assert!(hunt(directory.path(), std::slice::from_ref(&needle)).unwrap().hits > 0);
        }
        std::fs::write(directory.path().join("file"), b"nothing here at all").unwrap();
        assert_eq!(hunt(directory.path(), &[needle]).unwrap().hits, 0);
    }
}
