//! Files that survive a power cut: written aside, synced, renamed, directory synced. Mode 0600 in 0700.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

/// Makes a directory only the app can read, durably: a file in it is no safer than its directory's own name.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    if !path.is_dir() {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.is_dir()) {
            make_directory(parent)?;
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(Error::io("making a directory"))?;
    }
    // Also when it is there: whoever made it may have been killed before this.
    sync_parent(path)
}

/// Replaces `path` by `bytes`, whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = path.with_extension("new");
    let written = (|| {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        step()?;
        let mut file = options.open(&aside)?;
        step()?;
        file.write_all(bytes)?;
        file.sync_all()?;
        step()?;
        fs::rename(&aside, path)
    })();
    if let Err(error) = written {
        if step().is_ok() {
            let _ = fs::remove_file(&aside);
        }
        return Err(Error::io("writing a file")(error));
    }
    sync_parent(path)
}

/// Reads a file of at most `limit` bytes; `None` when it does not exist.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("reading a file")(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::io("reading a file"))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge { field: "file", limit });
    }
    Ok(Some(bytes))
}

/// Puts `from` in the place of `to`, durably.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    step().and_then(|()| fs::rename(from, to)).map_err(Error::io("renaming a file"))?;
    sync_parent(to)
}

/// Overwrites, syncs and unlinks; a file that is not there is fine.
pub(crate) fn erase(path: &Path) -> Result<()> {
    let length = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("erasing a file")(error)),
        Ok(metadata) => metadata.len(),
    };
    step().map_err(Error::io("erasing a file"))?;
    // Overwriting reaches no old flash cell; the keys are what erases. It only shortens the life of the plain remains.
    let overwritten = OpenOptions::new().write(true).open(path).and_then(|mut file| {
        std::io::copy(&mut std::io::repeat(0).take(length), &mut file)?;
        file.sync_all()
    });
    step().and_then(|()| fs::remove_file(path)).map_err(Error::io("erasing a file"))?;
    // A read-only file still goes: unlinking is what counts once the keys are gone.
    drop(overwritten);
    sync_parent(path)
}

/// Makes renames and unlinks in the file's directory durable.
pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    step().map_err(Error::io("syncing a directory"))?;
    File::open(parent).and_then(|directory| directory.sync_all()).map_err(Error::io("syncing a directory"))
}

/// A point at which a power cut leaves something half done. Tests cut there; otherwise nothing happens.
#[cfg(not(test))]
pub(crate) fn step() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use super::faulty::step;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(read_bounded(&path, 10).unwrap().unwrap(), b"two");
        assert!(matches!(read_bounded(&path, 2), Err(Error::TooLarge { .. })));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        erase(&path).unwrap();
        erase(&path).unwrap();
        assert_eq!(read_bounded(&path, 10).unwrap(), None);
    }

    #[test]
    fn a_new_directory_is_durable_before_anything_is_put_into_it() {
        use super::super::faulty::{cut_files_after, files_healed};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("one").join("two");
        // One sync for each directory made, and again for one that is there already.
        for (steps, made) in [(1, false), (1, false), (1, false), (2, true)] {
            cut_files_after(steps);
            assert_eq!(make_directory(&path).is_ok(), made, "{steps}");
            assert_eq!(files_healed(), !made);
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("absent").join("anchor");
        assert!(matches!(write_whole(&path, b"x"), Err(Error::Io { .. })));
    }
}
