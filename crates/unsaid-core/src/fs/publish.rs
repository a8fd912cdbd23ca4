//! How does a file appear under its final name whole or not at all?

use super::metadata::set_times;
use super::naming::{HOW_TO_REPLACE, check_free, with_temporary_name};
use super::root::Written;
use super::sys::{self, Dir, Found, Identity, Kind};
use super::{Conflict, Metadata, Timestamp, escape, exists, refused};
use crate::{Error, ErrorKind, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a [`Draft`] becomes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// What happens when something already has the final name.
    pub conflict: Conflict,
    /// Whether [`Draft::publish`] waits until the file and its name are on the disk. Without it the
    /// file is still whole or absent after a crash of the program, but not after one of the system.
    pub sync: bool,
}

/// Refuse what exists, and sync.
impl Default for PublishOptions {
    fn default() -> Self {
        PublishOptions { conflict: Conflict::Refuse, sync: true }
    }
}

/// A file that is being written and has no final name yet.
///
/// # The contract
///
/// * Nobody sees an incomplete file under the final name, whatever fails or is killed when: the
///   name appears in [`Draft::publish`], in one step, after the last byte, the mode and the time.
/// * Until then the file is readable by its owner only. On Linux it has no name at all, and is gone
///   when the process is; elsewhere, and where the file system cannot do that, it is called
///   `.unsaid.<16 digits>.part` in the folder of the final name, and a `kill -9` leaves that behind.
/// * Dropping a draft never publishes it, and removes a temporary name.
/// * When `publish` returns `Ok` with [`PublishOptions::sync`], bytes and name survive a power cut
///   (as far as the disk tells the truth). Only then may the source of the bytes be removed.
/// * Errors of writing, syncing and closing count, and each is final: `publish` does not try to
///   sync twice, because the second call can succeed although the bytes are lost, and a draft
///   whose `write` failed cannot be published any more.
/// * If only the last step fails, syncing the folder, `publish` returns the error but the file is
///   there, whole.
///
/// Reading and seeking are for checking what was written before it is published. Calls are not
/// buffered: write pieces of 64 KiB or so.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    name: OsString,
    dir: Arc<Dir>,
    file: File,
    temporary: Option<OsString>,
    options: PublishOptions,
    umask: u32,
    metadata: Metadata,
    atime: Option<Timestamp>,
    exact_mode: bool,
    write_failed: bool,
    written: Option<Arc<Written>>,
}

impl Draft {
    /// A file that will be called `final_path`, written in the same folder, which must exist.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`] if something has the name and may not be replaced: early, before work
    /// is spent, and checked again by `publish`. [`ErrorKind::Usage`] for a path that ends in no
    /// name. [`ErrorKind::Environment`] for what the system refuses.
    pub fn beside(final_path: &Path, options: &PublishOptions) -> Result<Draft> {
        let ends_in_separator = final_path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|&b| std::path::is_separator(b.into()));
        let Some(name) = final_path.file_name().filter(|_| !ends_in_separator) else {
            return Err(Error::new(ErrorKind::Usage, "the output has no file name")
                .found(format!("'{}'", escape(final_path.as_os_str().as_encoded_bytes())))
                .expected("the name of a file")
                .in_file(final_path));
        };
        let folder = match final_path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let dir = Dir::open(folder).map_err(|e| {
            let missing = e.kind() == io::ErrorKind::NotFound;
            let e = refused("opening the folder of the output", folder, e);
            if missing { e.hint("make the folder first") } else { e }
        })?;
        let dir = Arc::new(dir);
        Self::create(dir, name.to_owned(), final_path.to_owned(), *options, sys::umask(), None)
    }

    pub(super) fn create(
        dir: Arc<Dir>,
        name: OsString,
        path: PathBuf,
        options: PublishOptions,
        umask: u32,
        written: Option<Arc<Written>>,
    ) -> Result<Draft> {
        let follow = written.is_none();
        check_free(&dir, &name, &path, options.conflict, follow)?;
        let failed = |e| refused("creating a file in the folder of the output", &path, e);
        let (file, temporary) = match dir.create_unnamed().map_err(failed)? {
            Some(file) => (file, None),
            None => {
                let (file, temporary) = dir.create_named().map_err(failed)?;
                (file, Some(temporary))
            }
        };
        Ok(Draft {
            path,
            name,
            dir,
            file,
            temporary,
            options,
            umask,
            metadata: Metadata::default(),
            atime: None,
            exact_mode: false,
            write_failed: false,
            written,
        })
    }

    /// The name that the file will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file it is.
    ///
    /// # Errors
    /// The system does not say.
    pub fn identity(&self) -> io::Result<Identity> {
        sys::identity(&self.file, &self.dir, self.temporary.as_ref().unwrap_or(&self.name))
    }

    /// Mode and time that the published file will have; returns the note of [`Metadata::clamped`].
    ///
    /// Without a mode the file gets that of the file it replaces, or else what the umask leaves of
    /// `rw-rw-rw-`. A file system without modes or with a shorter calendar (FAT) keeps its own.
    pub fn set_metadata(&mut self, metadata: &Metadata) -> Option<String> {
        let (metadata, note) = metadata.clamped();
        self.metadata = metadata;
        note
    }

    /// The time of last access that the published file will have, within the years 1 to 9999.
    pub fn set_accessed(&mut self, time: Timestamp) {
        self.atime = Some(time.clamped());
    }

    /// The mode of [`Draft::set_metadata`] is given to the file as it is, without a look at the umask: for what
    /// a person's own file is restored from.
    pub fn keep_mode_exactly(&mut self) {
        self.exact_mode = true;
    }

    /// Gives the file, which nobody sees yet, to another user or group, by their numbers.
    ///
    /// # Errors
    /// What the system says: most users may not.
    #[cfg(unix)]
    pub fn set_owner(&mut self, user: Option<u32>, group: Option<u32>) -> io::Result<()> {
        std::os::unix::fs::fchown(&self.file, user, group)
    }

    /// Gives the file its final name. See the contract of [`Draft`].
    ///
    /// # Errors
    /// [`ErrorKind::Exists`] if something has the name by now and may not be replaced;
    /// [`ErrorKind::Environment`] for what the system refuses. The draft is gone in both cases.
    pub fn publish(mut self) -> Result<()> {
        if self.write_failed {
            return Err(Error::new(ErrorKind::Environment, "the output was not written completely")
                .in_file(&self.path));
        }
        let replaced = match self.options.conflict {
            Conflict::Refuse => None,
            Conflict::Replace => self.check_free()?,
        };
        self.complete(replaced.as_ref())?;
        if let Err(e) = self.give_name() {
            if self.temporary.is_some() || !sys::cannot_name_unnamed(&e) {
                return Err(self.refused("naming the output", e));
            }
            // The file cannot get a name after all: go on with a copy that has a temporary one.
            self.copy_to_named().map_err(|e| self.refused("copying the output", e))?;
            self.complete(replaced.as_ref())?;
            self.give_name().map_err(|e| self.refused("naming the output", e))?;
        }
        if self.options.sync {
            self.dir.sync().map_err(|e| {
                refused("the output is there and whole, but syncing its folder failed", &self.path, e)
            })?;
        }
        Ok(())
    }

    fn check_free(&self) -> Result<Option<Found>> {
        check_free(&self.dir, &self.name, &self.path, self.options.conflict, self.written.is_none())
    }

    fn refused(&self, what: &str, e: io::Error) -> Error {
        match e.kind() {
            io::ErrorKind::AlreadyExists => {
                exists(&self.path, "a file that appeared meanwhile").hint(HOW_TO_REPLACE)
            }
            io::ErrorKind::IsADirectory => exists(&self.path, "a folder").expected("no folder"),
            _ => refused(what, &self.path, e),
        }
    }

    /// Everything that must be true before the name appears.
    fn complete(&mut self, replaced: Option<&Found>) -> Result<()> {
        let new = 0o666 & !self.umask;
        let mode = match (self.metadata.mode, replaced) {
            (Some(mode), _) if self.exact_mode => mode,
            (Some(mode), _) => mode & !self.umask,
            (None, Some(Found { kind: Kind::File, mode, .. })) => *mode,
            (None, _) => new,
        };
        let tolerated = |done: io::Result<()>| match done {
            Err(e) if !sys::has_no_metadata(&e) => Err(e),
            _ => Ok(()),
        };
        let applied = tolerated(sys::set_mode(&self.file, mode))
            .and_then(|()| tolerated(set_times(&self.file, self.metadata.mtime, self.atime)));
        applied.map_err(|e| refused("setting mode and time of the output", &self.path, e))?;
        if self.options.sync {
            self.file.sync_all().map_err(|e| refused("syncing the output", &self.path, e))?;
        }
        sys::close_checked(&self.file).map_err(|e| refused("closing the output", &self.path, e))
    }

    fn give_name(&mut self) -> io::Result<()> {
        // What it is must be known before anyone can swap it.
        let identity = match &self.written {
            Some(written) => Some((Arc::clone(written), sys::identity(&self.file, &self.dir, &self.name)?)),
            None => None,
        };
        match (self.options.conflict, &self.temporary) {
            (Conflict::Refuse, None) => self.dir.name_unnamed(&self.file, &self.name)?,
            (Conflict::Refuse, Some(temporary)) => self.dir.rename_new(temporary, &self.name)?,
            (Conflict::Replace, Some(temporary)) => self.dir.rename_over(temporary, &self.name)?,
            (Conflict::Replace, None) => {
                let made = with_temporary_name(|t| self.dir.name_unnamed(&self.file, t));
                let temporary = self.temporary.insert(made?.1);
                self.dir.rename_over(temporary, &self.name)?;
            }
        }
        self.temporary = None;
        if let Some((written, identity)) = identity {
            written.add_file(identity, &self.dir);
        }
        Ok(())
    }

    fn copy_to_named(&mut self) -> io::Result<()> {
        let (mut copy, temporary) = self.dir.create_named()?;
        self.temporary = Some(temporary);
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut self.file, &mut copy)?;
        self.file = copy;
        Ok(())
    }

    /// A call that failed, as one of our errors inside an [`io::Error`], so that it names the file.
    fn failed(&self, what: &str, e: io::Error) -> io::Error {
        match e.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => e,
            _ => refused(what, &self.path, e).into(),
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|e| {
            let e = self.failed("writing the output", e);
            self.write_failed |= !matches!(e.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock);
            e
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Draft {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|e| self.failed("reading back the output", e))
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to).map_err(|e| self.failed("seeking in the output", e))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing is left to tell anyone; the name says what it is.
            let _ = self.dir.remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b20_after_a_failed_write_nothing_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut draft = Draft::beside(&path, &PublishOptions::default()).unwrap();
        draft.write_all(b"first").unwrap();
        let writable = std::mem::replace(&mut draft.file, File::open(dir.path().join("..")).unwrap());
        let e = Error::io("writing", draft.write_all(b"second").unwrap_err());
        assert_eq!((e.kind(), e.path()), (ErrorKind::Environment, Some(&*path)));
        draft.file = writable;
        draft.write_all(b"third").unwrap();
        let e = draft.publish().unwrap_err();
        assert!(e.to_string().contains("not written completely"), "{e}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
