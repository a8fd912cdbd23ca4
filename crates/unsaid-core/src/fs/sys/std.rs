//! Directories as paths, for systems without Unix calls: what the standard library offers.
//!
//! Names are checked as strictly as on Unix, and also refused if this system would read them as
//! something else. What is weaker: a process that swaps a folder for a link between a check and the
//! call after it can lead the call astray; folders are not synced; files are private only as far
//! as their folder is; modes are not applied; symbolic links are not made.

use crate::fs::naming::with_temporary_name;
use crate::fs::path::os_name;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// What tells one file from all others: here its canonical path, so hard links count as others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(PathBuf);

impl Identity {
    /// Which file system it is on: not known, and nothing is done by file system here.
    pub(in crate::fs) fn device(&self) -> u64 {
        0
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fs) enum Kind {
    File,
    Dir,
    Link,
    #[allow(dead_code, reason = "the standard library tells no pipes apart")]
    Fifo,
    Device,
    #[allow(dead_code, reason = "the standard library tells no sockets apart")]
    Socket,
}

/// A name's file, as far as it matters here.
#[derive(Clone, Debug)]
pub(in crate::fs) struct Found {
    pub(in crate::fs) kind: Kind,
    pub(in crate::fs) identity: Identity,
    pub(in crate::fs) mode: u32,
}

fn kind_of(metadata: &fs::Metadata) -> Kind {
    match metadata.file_type() {
        t if t.is_symlink() => Kind::Link,
        t if t.is_dir() => Kind::Dir,
        t if t.is_file() => Kind::File,
        _ => Kind::Device,
    }
}

/// A directory that was there when it was looked at.
#[derive(Debug)]
pub(in crate::fs) struct Dir(PathBuf);

impl Dir {
    /// Opens a directory that the user named: links are followed.
    pub(in crate::fs) fn open(path: &Path) -> io::Result<Dir> {
        let real = fs::canonicalize(path)?;
        if fs::metadata(&real)?.is_dir() { Ok(Dir(real)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Opens a directory in this one; fails for a link to one.
    pub(in crate::fs) fn open_child(&self, name: &OsStr) -> io::Result<Dir> {
        let path = self.0.join(name);
        match kind_of(&fs::symlink_metadata(&path)?) {
            Kind::Dir => Ok(Dir(path)),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Makes a directory in this one.
    pub(in crate::fs) fn make_child(&self, name: &OsStr, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    /// What has the name, if anything; a link is a link.
    pub(in crate::fs) fn find(&self, name: &OsStr) -> io::Result<Option<Found>> {
        self.found(name, fs::symlink_metadata(self.0.join(name)))
    }

    /// What has the name, if anything; a link is what it leads to.
    pub(in crate::fs) fn find_target(&self, name: &OsStr) -> io::Result<Option<Found>> {
        self.found(name, fs::metadata(self.0.join(name)))
    }

    fn found(&self, name: &OsStr, metadata: io::Result<fs::Metadata>) -> io::Result<Option<Found>> {
        match metadata {
            Ok(m) => {
                Ok(Some(Found { kind: kind_of(&m), identity: Identity(self.0.join(name)), mode: 0o666 }))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// What this directory is.
    pub(in crate::fs) fn identity(&self) -> io::Result<Identity> {
        Ok(Identity(self.0.clone()))
    }

    /// Files without names do not exist here.
    pub(in crate::fs) fn create_unnamed(&self) -> io::Result<Option<File>> {
        Ok(None)
    }

    /// A new file with a temporary name.
    pub(in crate::fs) fn create_named(&self) -> io::Result<(File, OsString)> {
        with_temporary_name(|name| {
            OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
        })
    }

    /// Files without names do not exist here.
    pub(in crate::fs) fn name_unnamed(&self, _: &File, _: &OsStr) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Moves `from` to `to` in this directory. `AlreadyExists` where something has that name.
    pub(in crate::fs) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        // A second name for the file does not replace.
        match self.hard_link(from, self, to) {
            Ok(()) => return self.remove_file(from),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(e),
            Err(_) => {}
        }
        match self.find(to)? {
            Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
            None => self.rename_over(from, to),
        }
    }

    /// Moves `from` to `to` in this directory, in place of what is there.
    pub(in crate::fs) fn rename_over(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Symbolic links are not made here: Windows asks for a privilege and for what they lead to.
    pub(in crate::fs) fn symlink(&self, _: &OsStr, _: &OsStr) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "symbolic links are not made on this system"))
    }

    /// Gives a file of this directory a second name in `other`.
    pub(in crate::fs) fn hard_link(&self, name: &OsStr, other: &Dir, new: &OsStr) -> io::Result<()> {
        fs::hard_link(self.0.join(name), other.0.join(new))
    }

    /// Removes a file or link.
    pub(in crate::fs) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Removes an empty directory.
    pub(in crate::fs) fn remove_dir(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    /// The system journals names itself.
    pub(in crate::fs) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// Every file was synced when it was published.
    pub(in crate::fs) fn sync_file_system(&self) -> io::Result<()> {
        Ok(())
    }

    /// The directory as a file, to set its times, where the system opens directories.
    pub(in crate::fs) fn as_file(&self) -> io::Result<Option<File>> {
        Ok(File::open(&self.0).ok())
    }
}

/// Whether one call can make a whole file system durable.
pub(in crate::fs) const SYNCS_FILE_SYSTEMS: bool = false;

/// Whether two names of one file have one [`Identity`].
pub(in crate::fs) const LINKS_SHARE_IDENTITY: bool = false;

/// What a file is: its place.
pub(in crate::fs) fn identity(_: &File, dir: &Dir, name: &OsStr) -> io::Result<Identity> {
    Ok(Identity(dir.0.join(name)))
}

/// What a file is: its place, whichever way led there.
pub(in crate::fs) fn identity_at(path: &Path, _: &fs::Metadata) -> io::Result<Identity> {
    fs::canonicalize(path).map(Identity)
}

/// Whether an error means that files without names cannot be named: there are none.
pub(in crate::fs) fn cannot_name_unnamed(_: &io::Error) -> bool {
    false
}

/// Whether an error of setting a time means that the file system has none.
pub(in crate::fs) fn has_no_metadata(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

/// Modes are not applied.
pub(in crate::fs) fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// Modes are not applied.
pub(in crate::fs) fn set_dir_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// The standard library does not tell what closing said.
pub(in crate::fs) fn close_checked(_: &File) -> io::Result<()> {
    Ok(())
}

/// There is no umask.
pub(in crate::fs) fn umask() -> u32 {
    0
}

/// Whether this system would read one of the components as something else.
pub(in crate::fs) fn name_problem(path: &crate::fs::EntryPath) -> Option<&'static str> {
    crate::fs::portability_problem(path)
}

/// A component as the system writes it.
pub(in crate::fs) fn name(component: &[u8]) -> OsString {
    os_name(component)
}

/// A file that is to be read, open.
pub(in crate::fs) struct Opened {
    pub(in crate::fs) file: File,
    pub(in crate::fs) kind: Kind,
}

/// Opens a file or, if `named`, what a link leads to. Anything else is only said.
pub(in crate::fs) fn open_source(path: &Path, named: bool) -> io::Result<Result<Opened, Kind>> {
    let seen = if named { fs::metadata(path) } else { fs::symlink_metadata(path) }?;
    match kind_of(&seen) {
        Kind::File => Ok(Ok(Opened { file: File::open(path)?, kind: Kind::File })),
        other => Ok(Err(other)),
    }
}

/// How many names the file has: not known here.
pub(in crate::fs) fn links(_: &std::fs::Metadata) -> u64 {
    1
}

/// Unix only.
pub(in crate::fs) fn ctime(_: &fs::Metadata) -> (i64, i64) {
    (0, 0)
}

/// Holes are read like data.
pub(in crate::fs) fn next_data(_: &File, _: u64) -> io::Result<Option<u64>> {
    Ok(None)
}
