//! What can be made beneath a [`Root`], one kind of entry after the other.

use super::metadata::set_mtime;
use super::naming::{check_free, with_temporary_name};
use super::root::lock;
use super::sys::{self, Dir, Kind};
use super::{Conflict, Draft, EntryPath, Metadata, PublishOptions, Root};
use crate::{Error, ErrorKind, Result};
use std::ffi::OsStr;
use std::io;
use std::sync::Arc;

impl Root {
    /// Makes a folder and those above it, as open as the umask lets them be. A folder that is
    /// there already is fine.
    ///
    /// # Errors
    /// [`ErrorKind::Exists`] where a file has one of the names; [`ErrorKind::UnsafePath`] where a
    /// symbolic link does, or the system cannot have such a name; [`ErrorKind::Environment`].
    pub fn make_dir(&self, path: &EntryPath) -> Result<()> {
        self.make_dir_with(path, 0o777)
    }

    /// As [`Root::make_dir`], but nobody else can look into the new folder until
    /// [`Root::set_dir_metadata`] gives it its mode: for folders whose mode is known to follow.
    ///
    /// # Errors
    /// As [`Root::make_dir`].
    pub fn make_dir_private(&self, path: &EntryPath) -> Result<()> {
        self.make_dir_with(path, 0o700)
    }

    fn make_dir_with(&self, path: &EntryPath, mode: u32) -> Result<()> {
        let above = self.folder_of(path)?;
        self.enter(&above, path.file_name(), Some(mode), path).map(|_| ())
    }

    /// A file that will have this path, in folders that are made if need be.
    ///
    /// # Errors
    /// As [`Root::make_dir`], and [`ErrorKind::Exists`] by the rules of [`Conflict`].
    pub fn draft(&self, path: &EntryPath, conflict: Conflict) -> Result<Draft> {
        let dir = self.folder_of(path)?;
        let options = PublishOptions { conflict, sync: self.sync && !sys::SYNCS_FILE_SYSTEMS };
        let (name, place) = (sys::name(path.file_name()), self.place(path));
        Draft::create(dir, name, place, options, self.umask, Some(Arc::clone(&self.written)))
    }

    /// Makes a symbolic link. Its target is not looked at, only stored: make links last, and
    /// nothing is written through them here, but whoever uses the result may follow them.
    ///
    /// # Errors
    /// As [`Root::draft`]; [`ErrorKind::Corrupt`] for a target that is empty or has a NUL in it.
    pub fn symlink(&self, path: &EntryPath, target: &[u8], conflict: Conflict) -> Result<()> {
        if target.is_empty() || target.contains(&0) {
            return Err(Error::corrupt("the target of a symbolic link")
                .found(format!("'{}'", super::escape(target)))
                .expected("a path without NUL")
                .in_file(self.place(path)));
        }
        let dir = self.folder_of(path)?;
        let (name, target) = (sys::name(path.file_name()), sys::name(target));
        let done = match check_free(&dir, &name, &self.place(path), conflict, false)? {
            None => dir.symlink(&target, &name),
            Some(_) => with_temporary_name(|t| dir.symlink(&target, t))
                .and_then(|((), temporary)| move_into_place(&dir, &temporary, &name, conflict)),
        };
        done.map_err(|e| self.refused("making a symbolic link", path, e))
    }

    /// Gives `existing`, a file written through this root, a second name.
    ///
    /// # Errors
    /// As [`Root::draft`]; [`ErrorKind::Corrupt`] if nothing has the name `existing`;
    /// [`ErrorKind::UnsafePath`] if what has it was not written here.
    pub fn hard_link(&self, existing: &EntryPath, new: &EntryPath, conflict: Conflict) -> Result<()> {
        let from_name = sys::name(existing.file_name());
        let missing = || {
            Error::corrupt("a hard link to a file that no earlier entry made")
                .found(format!("'{existing}'"))
                .in_file(self.place(new))
        };
        let foreign = || {
            Error::new(ErrorKind::UnsafePath, "a hard link to a file that this archive did not make")
                .found(format!("'{existing}'"))
                .in_file(self.place(new))
        };
        let to = self.folder_of(new)?;
        let name = sys::name(new.file_name());
        check_free(&to, &name, &self.place(new), conflict, false)?;
        let from = self.existing_folder_of(existing)?.ok_or_else(missing)?;
        let found = from.find(&from_name).map_err(|e| self.refused("looking for a file", existing, e))?;
        if !self.is_ours(&found.ok_or_else(missing)?) {
            return Err(foreign());
        }
        // Another process may have put another file there meanwhile, so look at what was linked
        // before it gets its name.
        let failed = |e| self.refused("making a hard link", new, e);
        let ((), temporary) = with_temporary_name(|t| from.hard_link(&from_name, &to, t)).map_err(failed)?;
        match to.find(&temporary) {
            Ok(Some(linked)) if self.is_ours(&linked) || !sys::LINKS_SHARE_IDENTITY => {
                move_into_place(&to, &temporary, &name, conflict).map_err(failed)
            }
            other => {
                let _ = to.remove_file(&temporary);
                Err(other.map_or_else(failed, |_| foreign()))
            }
        }
    }

    fn is_ours(&self, found: &sys::Found) -> bool {
        found.kind == Kind::File && lock(&self.written.files).contains(&found.identity)
    }

    /// Gives a folder its mode and time; returns the note of [`Metadata::clamped`]. Call it for the
    /// deepest folders first, when everything in them is there.
    ///
    /// A folder that was there before keeps its own with [`Conflict::Refuse`]. Without a mode it
    /// gets what the umask leaves of `rwxrwxrwx`.
    ///
    /// # Errors
    /// As [`Root::make_dir`]; [`ErrorKind::Corrupt`] if there is no such folder.
    pub fn set_dir_metadata(
        &self,
        path: &EntryPath,
        metadata: &Metadata,
        conflict: Conflict,
    ) -> Result<Option<String>> {
        let missing = || Error::corrupt("a folder that was not made").in_file(self.place(path));
        let above = self.existing_folder_of(path)?.ok_or_else(missing)?;
        let dir = self.enter(&above, path.file_name(), None, path)?.ok_or_else(missing)?;
        let failed = |e| self.refused("setting mode and time of a folder", path, e);
        if conflict == Conflict::Refuse {
            let identity = dir.identity().map_err(failed)?;
            if !lock(&self.written.dirs).contains(&identity) {
                return Ok(None);
            }
        }
        let Some(file) = dir.as_file().map_err(failed)? else { return Ok(None) };
        let (metadata, note) = metadata.clamped();
        let mode = metadata.mode.unwrap_or(0o777) & !self.umask;
        let tolerated = |done: io::Result<()>| match done {
            Err(e) if !sys::has_no_metadata(&e) => Err(failed(e)),
            _ => Ok(()),
        };
        tolerated(sys::set_dir_mode(&file, mode))?;
        if let Some(time) = metadata.mtime {
            tolerated(set_mtime(&file, time))?;
        }
        Ok(note)
    }
}

/// Moves what was made under a temporary name; removes that if it cannot.
fn move_into_place(dir: &Dir, temporary: &OsStr, name: &OsStr, conflict: Conflict) -> io::Result<()> {
    let moved = match conflict {
        Conflict::Refuse => dir.rename_new(temporary, name),
        Conflict::Replace => dir.rename_over(temporary, name),
    };
    // A rename between two names of one file succeeds and leaves both.
    let removed = dir.remove_file(temporary);
    match removed {
        Err(e) if moved.is_ok() && e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => moved,
    }
}
