//! How are the entries of an untrusted archive written without leaving a directory?

use super::naming::kind_name;
use super::sys::{self, Dir, Identity, Kind};
use super::{EntryPath, exists, refused};
use crate::{Error, ErrorKind, Result};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A directory beneath which the entries of an archive are written.
///
/// # The contract
///
/// * Every step from the root to an entry opens one component in the directory before it and
///   follows no link: a link in the way is [`ErrorKind::UnsafePath`], whether the archive made it,
///   it was there before, or another process puts it there in the middle of the work.
/// * The root is opened once. A link that the user names as the root is followed then, and never
///   looked at again.
/// * Files appear whole or not at all (see [`Draft`](super::Draft)), and under a new inode: what other names of
///   a replaced file stand for does not change.
/// * Hard links lead only to files that were written through this root since it was opened.
/// * Modes and times are set through open files, never by path; set-user-id, set-group-id and
///   sticky bits, owners, attributes and devices do not exist here.
/// * Files are not synced one by one: [`Root::sync`], once at the end, makes everything durable.
///   Before that a power cut may leave empty or missing files, but the death of the process may
///   not. (Where a system cannot sync a whole file system, each file is synced as it appears.)
///
/// Order, for the caller: folders and files, hard links, modes and times of folders from the
/// deepest up, symbolic links last, `sync`. Methods take `&self` and may be called from several
/// threads. Memory: 16 bytes and some slack for each file and folder made.
#[derive(Debug)]
pub struct Root {
    pub(super) path: PathBuf,
    dir: Arc<Dir>,
    /// Where the root itself lies, if it was made here.
    made_in: Option<(Dir, OsString)>,
    pub(super) sync: bool,
    pub(super) umask: u32,
    pub(super) written: Arc<Written>,
    nearest: Mutex<Nearest>,
}

/// The directory that was needed last: an archive's entries come in the order of its tree, so the
/// next one most often lies in it or just below it. One descriptor, however large the tree.
#[derive(Debug)]
struct Nearest {
    path: Vec<u8>,
    /// Components of `path`; 0 is the root.
    depth: usize,
    dir: Arc<Dir>,
}

/// What was made through a root, by identity.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) files: Mutex<HashSet<Identity>>,
    pub(super) dirs: Mutex<HashSet<Identity>>,
    /// The file system of the root.
    device: u64,
    /// A directory on each other file system that was written to.
    elsewhere: Mutex<HashMap<u64, Arc<Dir>>>,
}

impl Written {
    pub(super) fn add_file(&self, identity: Identity, dir: &Arc<Dir>) {
        if identity.device() != self.device {
            lock(&self.elsewhere).entry(identity.device()).or_insert_with(|| Arc::clone(dir));
        }
        lock(&self.files).insert(identity);
    }
}

/// The data behind a lock stays right when a thread panics: every change is one insertion.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Root {
    /// Makes a new directory, in one that exists, and opens it.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`] if something has the name; [`ErrorKind::Environment`] for what the
    /// system refuses.
    pub fn create_new(path: &Path) -> Result<Root> {
        let Some(name) = path.file_name() else {
            return Err(exists(path, "a folder"));
        };
        let above = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let above = Dir::open(above).map_err(|e| refused("opening the folder of the output", above, e))?;
        above.make_child(name, 0o777).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => exists(path, "something with the folder's name")
                .hint("choose another folder with -C, or remove this one"),
            _ => refused("making a folder", path, e),
        })?;
        let dir = above.open_child(name).map_err(|e| refused("opening a new folder", path, e))?;
        Self::new(path, dir, Some((above, name.to_owned())))
    }

    /// Opens a directory that the user named. Links to it are followed, here and never again.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`] if it is no directory; [`ErrorKind::Environment`] for what the system
    /// refuses.
    pub fn open(path: &Path) -> Result<Root> {
        let dir = Dir::open(path).map_err(|e| match e.kind() {
            io::ErrorKind::NotADirectory => exists(path, "a file").expected("a folder"),
            _ => refused("opening the folder for the output", path, e),
        })?;
        Self::new(path, dir, None)
    }

    fn new(path: &Path, dir: Dir, made_in: Option<(Dir, OsString)>) -> Result<Root> {
        let identity = dir.identity().map_err(|e| refused("opening the folder for the output", path, e))?;
        let written = Written {
            device: identity.device(),
            files: Mutex::default(),
            dirs: Mutex::default(),
            elsewhere: Mutex::default(),
        };
        let dir = Arc::new(dir);
        Ok(Root {
            path: path.to_owned(),
            made_in,
            sync: true,
            umask: sys::umask(),
            written: Arc::new(written),
            nearest: Mutex::new(Nearest { path: Vec::new(), depth: 0, dir: Arc::clone(&dir) }),
            dir,
        })
    }

    /// Leaves syncing to the system: [`Root::sync`] does nothing.
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.sync = false;
        self
    }

    /// The directory as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until everything that was written is on the disk. An archive or source may be removed
    /// only after this.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] if anything could not be written; it may be lost.
    pub fn sync(&self) -> Result<()> {
        if !self.sync {
            return Ok(());
        }
        let failed = |e| refused("syncing what was unpacked", &self.path, e);
        self.dir.sync_file_system().map_err(failed)?;
        for dir in lock(&self.written.elsewhere).values() {
            dir.sync_file_system().map_err(failed)?;
        }
        match &self.made_in {
            Some((above, _)) => above.sync().map_err(failed),
            None => Ok(()),
        }
    }

    /// Removes the root again if it was made by [`Root::create_new`] and nothing is in it: for a
    /// failure before the first entry. Otherwise nothing happens.
    pub fn discard_if_empty(self) {
        if let Some((above, name)) = &self.made_in {
            let _ = above.remove_dir(name);
        }
    }
}

/// Walking.
impl Root {
    /// The folder that the path lies in, made if need be.
    pub(super) fn folder_of(&self, path: &EntryPath) -> Result<Arc<Dir>> {
        self.walk(path, true)?.ok_or_else(|| Error::new(ErrorKind::Internal, "a folder was not made"))
    }

    /// The folder that the path lies in, if it is there.
    pub(super) fn existing_folder_of(&self, path: &EntryPath) -> Result<Option<Arc<Dir>>> {
        self.walk(path, false)
    }

    /// From the root, or from the nearest directory, one component at a time.
    fn walk(&self, path: &EntryPath, make: bool) -> Result<Option<Arc<Dir>>> {
        if let Some(problem) = sys::name_problem(path) {
            return Err(Error::new(ErrorKind::UnsafePath, "a name that cannot be made here")
                .found(format!("'{path}', which {problem}"))
                .in_file(self.place(path)));
        }
        let Some(folder) = path.parent() else { return Ok(Some(Arc::clone(&self.dir))) };
        let mut nearest = lock(&self.nearest);
        let (mut at, known) = match folder.as_bytes().strip_prefix(&*nearest.path) {
            Some(b"") => return Ok(Some(Arc::clone(&nearest.dir))),
            Some([b'/', ..]) => (Arc::clone(&nearest.dir), nearest.depth),
            _ => (Arc::clone(&self.dir), 0),
        };
        let mut depth = known;
        for component in folder.components().skip(known) {
            match self.enter(&at, component, make.then_some(0o777), path)? {
                Some(dir) => at = Arc::new(dir),
                None => return Ok(None),
            }
            depth += 1;
        }
        *nearest = Nearest { path: folder.as_bytes().to_owned(), depth, dir: Arc::clone(&at) };
        Ok(Some(at))
    }

    /// Opens a component of the path, making it with this mode if it is not there.
    pub(super) fn enter(
        &self,
        above: &Dir,
        component: &[u8],
        make: Option<u32>,
        path: &EntryPath,
    ) -> Result<Option<Dir>> {
        let name = sys::name(component);
        let failed = |e| self.refused("opening a folder", path, e);
        let in_the_way = |e: io::Error| match above.find(&name) {
            Ok(Some(found)) if found.kind == Kind::Link => {
                Error::new(ErrorKind::UnsafePath, "a symbolic link stands where a folder should be")
                    .found(format!("'{}'", super::escape(component)))
                    .in_file(self.place(path))
            }
            Ok(Some(found)) if found.kind != Kind::Dir => {
                exists(&self.place(path), kind_name(found.kind)).expected("a folder")
            }
            _ => failed(e),
        };
        match above.open_child(&name) {
            Ok(dir) => return Ok(Some(dir)),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(in_the_way(e)),
            Err(_) => {}
        }
        let Some(mode) = make else { return Ok(None) };
        let new = match above.make_child(&name, mode) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(e) => return Err(self.refused("making a folder", path, e)),
        };
        let dir = above.open_child(&name).map_err(in_the_way)?;
        if new {
            lock(&self.written.dirs).insert(dir.identity().map_err(failed)?);
        }
        Ok(Some(dir))
    }

    /// The path as the user would name it, for errors.
    pub(super) fn place(&self, path: &EntryPath) -> PathBuf {
        self.path.join(path.to_path_buf())
    }

    pub(super) fn refused(&self, what: &str, path: &EntryPath, e: io::Error) -> Error {
        match e.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.place(path), "something with the same name"),
            _ => refused(what, &self.place(path), e),
        }
    }
}
