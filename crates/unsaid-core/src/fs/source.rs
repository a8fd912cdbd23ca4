//! Is this input a file, and did it hold still while it was read?

use super::sys::{self, Identity, Kind};
use super::{Draft, Metadata, Timestamp, naming::kind_name, refused};
use crate::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What kind of input a [`Source`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A regular file.
    File,
    /// A named pipe, or standard input under a name such as `/dev/stdin`.
    Fifo,
}

/// An input opened for reading, and what it was like at that moment.
///
/// Reading is not buffered. A regular file may give more bytes than [`Source::size`] (it grows, or
/// lies in `/proc`) or fewer (it shrinks): read to the end, and ask [`Source::changed`] then.
#[derive(Debug)]
pub struct Source {
    file: File,
    kind: SourceKind,
    metadata: Metadata,
    stamp: Stamp,
    links: u64,
}

/// What a source was like when it was opened. Costs no descriptor, so many can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    path: PathBuf,
    state: State,
}

/// All of this changes, or some of it, when a file is written to, replaced, renamed or linked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    identity: Identity,
    size: u64,
    mtime: Option<Timestamp>,
    ctime: (i64, i64),
}

impl State {
    fn of(path: &Path, m: &std::fs::Metadata) -> io::Result<Self> {
        let mtime = m.modified().ok().map(Timestamp::from);
        Ok(State { identity: sys::identity_at(path, m)?, size: m.len(), mtime, ctime: sys::ctime(m) })
    }
}

impl Source {
    /// Opens an input that the user named: a file, a link to one, or a named pipe (which waits for
    /// its writer).
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a folder, a device or a socket; [`ErrorKind::Environment`] for what
    /// the system refuses.
    pub fn open(path: &Path) -> Result<Source> {
        Self::open_as(path, true)
    }

    /// Opens a file that was found in a folder: nothing is followed, and nothing but a regular file
    /// is opened. Never waits, also when the file has just been replaced by a pipe.
    ///
    /// # Errors
    /// As [`Source::open`], and [`ErrorKind::Usage`] for a link or a pipe.
    pub fn open_found(path: &Path) -> Result<Source> {
        Self::open_as(path, false)
    }

    fn open_as(path: &Path, named: bool) -> Result<Source> {
        let failed = |e| refused("opening the input", path, e);
        let opened = sys::open_source(path, named).map_err(failed)?.map_err(|kind| {
            let e = Error::new(ErrorKind::Usage, "the input cannot be read as a file")
                .found(kind_name(kind))
                .expected("a file")
                .in_file(path);
            match kind {
                Kind::Device => e.hint("to read from a device, pipe it: unsaid … - < DEVICE"),
                _ => e,
            }
        })?;
        let m = opened.file.metadata().map_err(failed)?;
        Ok(Source {
            kind: if opened.kind == Kind::Fifo { SourceKind::Fifo } else { SourceKind::File },
            metadata: Metadata::of(&m),
            links: sys::links(&m),
            stamp: Stamp { path: path.to_owned(), state: State::of(path, &m).map_err(failed)? },
            file: opened.file,
        })
    }

    /// What kind of input it is.
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// The path by which it was opened.
    pub fn path(&self) -> &Path {
        &self.stamp.path
    }

    /// Bytes of a regular file when it was opened; a claim, see [`Source`]. `None` for a pipe.
    pub fn size(&self) -> Option<u64> {
        (self.kind == SourceKind::File).then_some(self.stamp.state.size)
    }

    /// Mode and time when it was opened.
    pub fn metadata(&self) -> Metadata {
        self.metadata
    }

    /// Which file it is.
    pub fn identity(&self) -> &Identity {
        &self.stamp.state.identity
    }

    /// How many names the file has; 1 where the system does not say.
    pub fn links(&self) -> u64 {
        self.links
    }

    /// What it was like when it was opened.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Whether the file was written to, replaced, renamed or linked since it was opened. Ask after
    /// reading. A pipe never changes in this sense.
    ///
    /// A file system notes times in steps (about 4 ms on most of Linux): a change in the same step
    /// as the opening that keeps the size can go unseen.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] if the system does not say.
    pub fn changed(&self) -> Result<bool> {
        if self.kind == SourceKind::Fifo {
            return Ok(false);
        }
        let now = self.file.metadata().and_then(|m| State::of(self.path(), &m));
        Ok(now.map_err(|e| refused("looking at the input again", self.path(), e))? != self.stamp.state)
    }

    /// Whether the path leads to this very file: the same path, a hard link, a symbolic link, or
    /// the same through a bind mount. An output there would destroy its input.
    pub fn same_file_as(&self, path: &Path) -> bool {
        let there = std::fs::metadata(path).and_then(|m| sys::identity_at(path, &m));
        there.is_ok_and(|identity| identity == self.stamp.state.identity)
    }

    /// Whether this is the file that `draft` is writing: a walk can find the temporary name of the
    /// archive that it is for.
    pub fn is_draft(&self, draft: &Draft) -> bool {
        draft.identity().is_ok_and(|identity| identity == self.stamp.state.identity)
    }

    /// Moves over a hole of a sparse file at the current position and says how many zero bytes it
    /// stands for; 0 where there is data, or the system cannot tell.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] if the system cannot seek.
    pub fn skip_hole(&mut self) -> Result<u64> {
        if self.kind == SourceKind::Fifo {
            return Ok(0);
        }
        let failed = |e| refused("seeking in the input", &self.stamp.path, e);
        let from = self.file.stream_position().map_err(failed)?;
        let to = sys::next_data(&self.file, from).map_err(failed)?.unwrap_or(from);
        self.file.seek(SeekFrom::Start(to)).map_err(failed)?;
        Ok(to - from)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => e,
            _ => refused("reading the input", self.path(), e).into(),
        })
    }
}

/// Removes what is not read to be packed, a symbolic link or a further name of a file, if the path still
/// leads to it as it was stamped.
///
/// # Errors
/// As [`remove_source`]. It is still there then.
pub fn remove_link(stamp: &Stamp) -> Result<()> {
    let now = Stamp::of_link(&stamp.path)?;
    let (then, now) = (&stamp.state, &now.state);
    // Removing one name of a file changes the ctime of the others.
    if (&then.identity, then.size, then.mtime) != (&now.identity, now.size, now.mtime) {
        return Err(Error::new(ErrorKind::Environment, "the input is kept")
            .found("something else")
            .expected("the link as it was packed")
            .in_file(&stamp.path));
    }
    std::fs::remove_file(&stamp.path).map_err(|e| refused("removing the input", &stamp.path, e))
}

impl Stamp {
    /// What lies at the path, itself and not what it leads to.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] if the system does not say.
    pub fn of_link(path: &Path) -> Result<Stamp> {
        let failed = |e| refused("looking at the input", path, e);
        let m = std::fs::symlink_metadata(path).map_err(failed)?;
        Ok(Stamp { path: path.to_owned(), state: State::of(path, &m).map_err(failed)? })
    }

    /// The path by which the source was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Removes a source whose bytes are safe elsewhere, if the path still leads to the file as it was
/// when it was opened. Call it only after [`Draft::publish`] or [`Root::sync`](super::Root::sync)
/// returned `Ok`.
///
/// # Errors
/// [`ErrorKind::Environment`] if the file changed, was replaced, is reached through a link, or
/// cannot be removed. It is still there then.
pub fn remove_source(stamp: &Stamp) -> Result<()> {
    let failed = |e| refused("removing the input", &stamp.path, e);
    let m = std::fs::symlink_metadata(&stamp.path).map_err(failed)?;
    let kept = |found: &str| {
        Error::new(ErrorKind::Environment, "the input is kept")
            .found(found)
            .expected("the file as it was read")
            .in_file(&stamp.path)
    };
    if !m.is_file() {
        return Err(kept(if m.is_symlink() { "a symbolic link" } else { "something that is no file" }));
    }
    if State::of(&stamp.path, &m).map_err(failed)? != stamp.state {
        return Err(kept("a file that changed since it was read"));
    }
    std::fs::remove_file(&stamp.path).map_err(failed)
}
