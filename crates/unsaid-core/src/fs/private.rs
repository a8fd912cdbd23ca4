//! Is this folder ours alone? A store that others can write to is theirs.
//!
//! What a store holds is verified whenever it is read. What others could do nevertheless: make us write through
//! links of theirs or fill places of theirs, swap what was pinned for something else, remove it. So a store in such
//! a folder is refused.
//!
//! | | the base, which a person or a variable names | the folders below it |
//! |---|---|---|
//! | owner | this user or root | this user |
//! | others or a group may write | only with the sticky bit, as in `/tmp`: nobody can rename what we make there | no |
//! | a link | yes | no |
//!
//! Where there are no modes (not on Unix), only links and files in place of folders are refused.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::escape;
use crate::{Error, ErrorKind, Result};

/// `base` and the folders `below` it, one in the other; `None` where one is not there.
///
/// The base is what a person or a variable named, so it may be a link; what is below it may not.
///
/// # Errors
/// [`ErrorKind::Environment`] for a folder that is another user's, or that others may write to, or a link; the
/// hint says how to mend it.
pub fn find_private(base: &Path, below: &[&str]) -> Result<Option<PathBuf>> {
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

/// As [`find_private`], and makes what is not there, for its owner only.
///
/// # Errors
/// As [`find_private`], and what the system refuses.
pub fn make_private(base: &Path, below: &[&str]) -> Result<PathBuf> {
    let making = |path: &Path, e| Error::io("making the folder of a store", e).in_file(path);
    builder().recursive(true).create(base).map_err(|e| making(base, e))?;
    let mut path = base.to_owned();
    for name in below {
        path.push(name);
        match builder().create(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(|e| making(&path, e))?,
        }
    }
    find_private(base, below)?.ok_or_else(|| {
        Error::new(ErrorKind::Environment, "the folder of a store went away as it was made").in_file(&path)
    })
}

fn looked(metadata: io::Result<Metadata>, path: &Path) -> Result<Option<Metadata>> {
    match metadata {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(|e| Error::io("looking for the folder of a store", e).in_file(path)),
    }
}

fn refuse(path: &Path, found: &str, hint: String) -> Error {
    Error::new(ErrorKind::Environment, "the folder of a store is not safe to use")
        .found(found)
        .expected("a folder of yours that nobody else may write to")
        .in_file(path)
        .hint(hint)
}

/// For what a change of the mode does not mend.
fn elsewhere(path: &Path) -> String {
    format!("move '{}' away, or set UNSAID_HOME to another folder", shown(path))
}

fn shown(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}

fn check_ours(path: &Path, metadata: &Metadata) -> Result<()> {
    if metadata.is_symlink() {
        return Err(refuse(path, "a link", elsewhere(path)));
    }
    if !metadata.is_dir() {
        return Err(refuse(path, "no folder", elsewhere(path)));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = metadata.uid();
        if owner != rustix::process::geteuid().as_raw() {
            return Err(refuse(path, &format!("one that user {owner} owns"), elsewhere(path)));
        }
        check_mode(path, metadata.mode())?;
    }
    Ok(())
}

fn check_base(path: &Path, metadata: &Metadata) -> Result<()> {
    if !metadata.is_dir() {
        return Err(refuse(path, "no folder", elsewhere(path)));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = metadata.uid();
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(refuse(path, &format!("one that user {owner} owns"), elsewhere(path)));
        }
        // With the sticky bit nobody can rename what we make there.
        if metadata.mode() & 0o1000 == 0 {
            check_mode(path, metadata.mode())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn check_mode(path: &Path, mode: u32) -> Result<()> {
    let who = match (mode & 0o002 != 0, mode & 0o020 != 0) {
        (true, _) => "one that every user may write to",
        (false, true) => "one that its group may write to",
        (false, false) => return Ok(()),
    };
    Err(refuse(path, who, format!("look at what is in it, then: chmod go-w '{}'", shown(path))))
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
