//! Directories as open descriptors: every call names one component, and follows no link.

use super::{Found, Identity, is_unsupported, mode_of};
use crate::fs::naming::with_temporary_name;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr as again};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// An open directory.
#[derive(Debug)]
pub(in crate::fs) struct Dir(OwnedFd);

const OPEN_DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a directory that the user named: links are followed.
    pub(in crate::fs) fn open(path: &Path) -> io::Result<Dir> {
        match again(|| rustix::fs::open(path, OPEN_DIR, Mode::empty())) {
            Err(Errno::ACCESS) => Self::open_unreadable(path),
            other => Ok(Dir(other?)),
        }
    }

    /// A directory that may be written to but not listed: enough for everything but syncing it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn open_unreadable(path: &Path) -> io::Result<Dir> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Dir(again(|| rustix::fs::open(path, flags, Mode::empty()))?))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn open_unreadable(_: &Path) -> io::Result<Dir> {
        Err(Errno::ACCESS.into())
    }

    /// Opens a directory in this one; fails for a link to one.
    pub(in crate::fs) fn open_child(&self, name: &OsStr) -> io::Result<Dir> {
        Ok(Dir(again(|| rustix::fs::openat(&self.0, name, OPEN_DIR | OFlags::NOFOLLOW, Mode::empty()))?))
    }

    /// Makes a directory in this one.
    pub(in crate::fs) fn make_child(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(again(|| rustix::fs::mkdirat(&self.0, name, mode_of(mode)))?)
    }

    /// What has the name, if anything; a link is a link.
    pub(in crate::fs) fn find(&self, name: &OsStr) -> io::Result<Option<Found>> {
        self.stat(name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// What has the name, if anything; a link is what it leads to.
    pub(in crate::fs) fn find_target(&self, name: &OsStr) -> io::Result<Option<Found>> {
        self.stat(name, AtFlags::empty())
    }

    fn stat(&self, name: &OsStr, flags: AtFlags) -> io::Result<Option<Found>> {
        match again(|| rustix::fs::statat(&self.0, name, flags)) {
            Ok(stat) => Ok(Some(Found::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// What this directory is.
    pub(in crate::fs) fn identity(&self) -> io::Result<Identity> {
        Ok(Found::of(&again(|| rustix::fs::fstat(&self.0))?).identity)
    }

    /// A new file without a name, for this user only. `None` where this directory, the file system
    /// or the kernel has no such thing, or it could not be given a name later.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::fs) fn create_unnamed(&self) -> io::Result<Option<File>> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = match again(|| rustix::fs::openat(&self.0, c".", flags, mode_of(0o600))) {
            Ok(fd) => File::from(fd),
            // Old kernels and file systems answer as if they had not seen the flag.
            Err(e) if is_unsupported(e) || e == Errno::ISDIR || e == Errno::NOENT => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        // Naming it goes through /proc, which a container may lack.
        let through_proc =
            again(|| rustix::fs::stat(super::proc_path(&file))).map(|s| Found::of(&s).identity);
        Ok((through_proc.ok() == Some(super::identity_of(&file.metadata()?))).then_some(file))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::fs) fn create_unnamed(&self) -> io::Result<Option<File>> {
        Ok(None)
    }

    /// A new file with a temporary name, for this user only.
    pub(in crate::fs) fn create_named(&self) -> io::Result<(File, OsString)> {
        with_temporary_name(|name| {
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            Ok(File::from(again(|| rustix::fs::openat(&self.0, name, flags, mode_of(0o600)))?))
        })
    }

    /// Gives the file without a name this one. `AlreadyExists` where something has it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::fs) fn name_unnamed(&self, file: &File, name: &OsStr) -> io::Result<()> {
        Ok(again(|| {
            rustix::fs::linkat(
                rustix::fs::CWD,
                super::proc_path(file),
                &self.0,
                name,
                AtFlags::SYMLINK_FOLLOW,
            )
        })?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::fs) fn name_unnamed(&self, _: &File, _: &OsStr) -> io::Result<()> {
        Err(Errno::NOSYS.into())
    }

    /// Moves `from` to `to` in this directory. `AlreadyExists` where something has that name.
    pub(in crate::fs) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        match self.rename_without_replacing(from, to) {
            Err(e) if is_unsupported(e) => {}
            other => return Ok(other?),
        }
        // A second name for the file does not replace either.
        match again(|| rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty())) {
            Ok(()) => return self.remove_file(from),
            Err(Errno::EXIST) => return Err(Errno::EXIST.into()),
            Err(_) => {}
        }
        // Neither exists here (FAT on an old kernel): look, then move. Another process may take the
        // name between the two; a file that is half there would be worse.
        match self.find(to)? {
            Some(_) => Err(Errno::EXIST.into()),
            None => self.rename_over(from, to),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_without_replacing(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        again(|| rustix::fs::renameat_with(&self.0, from, &self.0, to, rustix::fs::RenameFlags::NOREPLACE))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn rename_without_replacing(&self, _: &OsStr, _: &OsStr) -> rustix::io::Result<()> {
        Err(Errno::NOSYS)
    }

    /// Moves `from` to `to` in this directory, in place of what is there.
    pub(in crate::fs) fn rename_over(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::renameat(&self.0, from, &self.0, to))?)
    }

    /// Makes a link under a temporary name or, without one, under `name`.
    pub(in crate::fs) fn symlink(&self, target: &OsStr, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::symlinkat(target, &self.0, name))?)
    }

    /// Gives a file of this directory a second name in `other`; a link is not followed.
    pub(in crate::fs) fn hard_link(&self, name: &OsStr, other: &Dir, new: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::linkat(&self.0, name, &other.0, new, AtFlags::empty()))?)
    }

    /// Removes a file or link.
    pub(in crate::fs) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::unlinkat(&self.0, name, AtFlags::empty()))?)
    }

    /// Removes an empty directory.
    pub(in crate::fs) fn remove_dir(&self, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR))?)
    }

    /// Makes the names in this directory durable. File systems that cannot are taken at their word
    /// that they need not (as SQLite and git do); a failing disk is an error.
    pub(in crate::fs) fn sync(&self) -> io::Result<()> {
        match again(|| rustix::fs::fsync(&self.0)) {
            Err(e) if is_unsupported(e) => Ok(()),
            // An unreadable directory, see `open_unreadable`.
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Err(Errno::BADF) => {
                rustix::fs::sync();
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// Makes everything on this directory's file system durable.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::fs) fn sync_file_system(&self) -> io::Result<()> {
        match again(|| rustix::fs::syncfs(&self.0)) {
            Err(Errno::NOSYS | Errno::BADF) => {
                rustix::fs::sync();
                Ok(())
            }
            other => Ok(other?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::fs) fn sync_file_system(&self) -> io::Result<()> {
        self.sync()
    }

    /// The directory as a file, to set its mode and times.
    pub(in crate::fs) fn as_file(&self) -> io::Result<Option<File>> {
        Ok(Some(File::from(self.0.try_clone()?)))
    }
}
