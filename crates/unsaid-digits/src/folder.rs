//! Is the folder ours alone?
//!
//! Whoever can write into it decides what our archives unpack to, so a folder or file that another user owns, or
//! that a group or everyone may write to, is not used.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::path::Path;

use unsaid_core::{Error, ErrorKind, Result};

/// Makes the folder, and those above it that are not there, for its owner only; then as [`check`].
///
/// # Errors
/// As [`check`], and what the system refuses.
pub fn make(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true);
    let made = builder.create(folder);
    made.map_err(|e| Error::io("making the folder for digits of π", e).in_file(folder))?;
    check(folder).map(drop)
}

/// Whether the folder is there.
///
/// # Errors
/// [`ErrorKind::Environment`] where others may write to it, or it is no folder, or the system refuses.
pub fn check(folder: &Path) -> Result<bool> {
    let metadata = match fs::symlink_metadata(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found.map_err(|e| Error::io("looking for the folder for digits of π", e).in_file(folder))?,
    };
    if !metadata.is_dir() {
        return Err(refuse(folder, "no folder"));
    }
    match stranger(&metadata) {
        Some(found) => Err(refuse(folder, &found)),
        None => Ok(true),
    }
}

/// Opens a file of ours to read it; `None` where there is none.
///
/// # Errors
/// As [`check`], for the file.
pub fn open(path: &Path) -> Result<Option<File>> {
    let failed = |e| Error::io("opening kept digits of π", e).in_file(path);
    // Opening a pipe waits for its writer, so what it is is asked before; and again after, for it may have
    // been swapped.
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata if !metadata.as_ref().is_ok_and(Metadata::is_file) => {
            metadata.map_err(failed)?;
            return Err(refuse(path, "something that is no file"));
        }
        _ => {}
    }
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    let metadata = file.metadata().map_err(failed)?;
    match stranger(&metadata) {
        _ if !metadata.is_file() => Err(refuse(path, "something that is no file")),
        Some(found) => Err(refuse(path, &found)),
        None => Ok(Some(file)),
    }
}

fn refuse(path: &Path, found: &str) -> Error {
    Error::new(ErrorKind::Environment, "kept digits of π that are not safe to use")
        .found(found)
        .expected("what is yours and nobody else may write to")
        .in_file(path)
        .hint("remove it, or set its owner and mode (chmod go-w)")
}

/// Who else may write to it.
#[cfg(unix)]
fn stranger(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let owner = metadata.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Some(format!("what user {owner} owns"));
    }
    (metadata.mode() & 0o022 != 0).then(|| format!("mode {:04o}", metadata.mode() & 0o7777))
}

#[cfg(not(unix))]
fn stranger(_: &Metadata) -> Option<String> {
    None
}
