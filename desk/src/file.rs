//! Files of the desk: bounded reads, writes that are whole or not there, keys that only their owner can read.

use crate::error::{Error, Result};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Reads at most `limit` bytes; a larger file is an error.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::failed(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(Error::failed(format!("{}: larger than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// Writes a file that must not exist yet.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    write(&mut options, path, bytes)
}

/// Replaces a file at once, or leaves the old one.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    write(&mut options, &temporary, bytes)?;
    fs::rename(&temporary, path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))
}

fn write(options: &mut fs::OpenOptions, path: &Path, bytes: &[u8]) -> Result<()> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| Error::failed(format!("{}: {error}", path.display())))
}

/// Makes a directory that only its owner can enter.
pub fn make_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))
}

/// Names of the files in a directory, sorted; a name that is no UTF-8 is not ours.
pub fn names(directory: &Path) -> Result<Vec<String>> {
    let failed = |error: std::io::Error| Error::failed(format!("{}: {error}", directory.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// A directory for results: made if it is not there; what it holds must be among `leaves`, the only names that will be
/// overwritten.
pub fn claim(directory: &Path, leaves: &[&str]) -> Result<()> {
    let refused = |what: String| Error::Usage(format!("{}: {what}; choose another with --out", directory.display()));
    match fs::read_dir(directory) {
        Ok(entries) => {
            for entry in entries {
                let name = entry.map_err(|error| refused(error.to_string()))?.file_name();
                if !leaves.iter().any(|leaf| name == *leaf) {
                    return Err(refused("holds something else".to_owned()));
                }
            }
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(|error| refused(error.to_string()))
        }
        Err(error) => Err(refused(error.to_string())),
    }
}
