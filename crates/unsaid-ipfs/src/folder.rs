//! Is this folder ours alone? A cache that others can write to is theirs.
//!
//! Blocks are verified whenever they are read, so what others could do is make us write through links
//! of theirs, or fill places of theirs; a store in such a folder is refused.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use unsaid_core::{Error, ErrorKind, Result};

/// `base` and the folders `below` it, one in the other; `None` where one is not there.
///
/// The base is what a person or a variable named, so it may be a link; what is below it may not.
///
/// # Errors
/// `Environment` for a folder that is another user's, or that every user may write to, or a link.
pub(crate) fn find(base: &Path, below: &[&str]) -> Result<Option<PathBuf>> {
    let Some(metadata) = looked(fs::metadata(base), base)? else { return Ok(None) };
    check_base(base, &metadata)?;
    let mut path = base.to_owned();
    for name in below {
        path.push(name);
        let Some(metadata) = looked(fs::symlink_metadata(&path), &path)? else { return Ok(None) };
        check_ours(&path, &metadata)?;
    }
    Ok(Some(path))
}

/// As [`find`], and makes what is not there, for its owner only.
///
/// # Errors
/// As [`find`], and what the system refuses.
pub(crate) fn make(base: &Path, below: &[&str]) -> Result<PathBuf> {
    let making = |path: &Path, e| Error::io("making a folder for blocks", e).in_file(path);
    builder().recursive(true).create(base).map_err(|e| making(base, e))?;
    let mut path = base.to_owned();
    for name in below {
        path.push(name);
        match builder().create(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(|e| making(&path, e))?,
        }
    }
    find(base, below)?.ok_or_else(|| {
        Error::new(ErrorKind::Environment, "a folder for blocks went away as it was made").in_file(&path)
    })
}

fn looked(metadata: io::Result<Metadata>, path: &Path) -> Result<Option<Metadata>> {
    match metadata {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(|e| Error::io("looking for the store of blocks", e).in_file(path)),
    }
}

fn refuse(path: &Path, found: &str) -> Error {
    Error::new(ErrorKind::Environment, "a folder for blocks that is not safe to use")
        .found(found)
        .expected("a folder of yours that others may not write to")
        .in_file(path)
        .hint("remove it or set its owner and mode (chmod 700), or set UNSAID_HOME to another folder")
}

fn check_ours(path: &Path, metadata: &Metadata) -> Result<()> {
    if metadata.is_symlink() {
        return Err(refuse(path, "a link"));
    }
    if !metadata.is_dir() {
        return Err(refuse(path, "no folder"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(refuse(path, &format!("one that user {} owns", metadata.uid())));
        }
        if metadata.mode() & 0o002 != 0 {
            return Err(refuse(path, "one that every user may write to"));
        }
    }
    Ok(())
}

fn check_base(path: &Path, metadata: &Metadata) -> Result<()> {
    if !metadata.is_dir() {
        return Err(refuse(path, "no folder"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = metadata.uid();
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(refuse(path, &format!("one that user {owner} owns")));
        }
        // With the sticky bit nobody can rename what we make there.
        if metadata.mode() & 0o002 != 0 && metadata.mode() & 0o1000 == 0 {
            return Err(refuse(path, "one that every user may write to"));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(not(unix))]
fn builder() -> DirBuilder {
    DirBuilder::new()
}
