//! Directories as open descriptors: every call names one component, and follows no link.

use super::path::os_name;
use super::publish::with_temporary_name;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr as again};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;

/// What tells one file from all others that exist at the same time: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Dir,
    Link,
    Fifo,
    Device,
    Socket,
}

/// A name's file, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) identity: Identity,
    pub(super) mode: u32,
}

impl Identity {
    /// Which file system it is on.
    pub(super) fn device(&self) -> u64 {
        self.device
    }
}

impl Found {
    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        clippy::cast_lossless,
        reason = "the fields' types differ between systems"
    )]
    fn of(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Dir,
            FileType::Symlink => Kind::Link,
            FileType::Fifo => Kind::Fifo,
            FileType::Socket => Kind::Socket,
            _ => Kind::Device,
        };
        let identity = Identity { device: stat.st_dev as u64, inode: stat.st_ino as u64 };
        Found { kind, identity, mode: stat.st_mode as u32 & 0o777 }
    }
}

/// An open directory.
#[derive(Debug)]
pub(super) struct Dir(OwnedFd);

const OPEN_DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a directory that the user named: links are followed.
    pub(super) fn open(path: &Path) -> io::Result<Dir> {
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
    pub(super) fn open_child(&self, name: &OsStr) -> io::Result<Dir> {
        Ok(Dir(again(|| rustix::fs::openat(&self.0, name, OPEN_DIR | OFlags::NOFOLLOW, Mode::empty()))?))
    }

    /// Makes a directory in this one.
    pub(super) fn make_child(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(again(|| rustix::fs::mkdirat(&self.0, name, mode_of(mode)))?)
    }

    /// What has the name, if anything; a link is a link.
    pub(super) fn find(&self, name: &OsStr) -> io::Result<Option<Found>> {
        self.stat(name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// What has the name, if anything; a link is what it leads to.
    pub(super) fn find_target(&self, name: &OsStr) -> io::Result<Option<Found>> {
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
    pub(super) fn identity(&self) -> io::Result<Identity> {
        Ok(Found::of(&again(|| rustix::fs::fstat(&self.0))?).identity)
    }

    /// A new file without a name, for this user only. `None` where this directory, the file system
    /// or the kernel has no such thing, or it could not be given a name later.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn create_unnamed(&self) -> io::Result<Option<File>> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = match again(|| rustix::fs::openat(&self.0, c".", flags, mode_of(0o600))) {
            Ok(fd) => File::from(fd),
            // Old kernels and file systems answer as if they had not seen the flag.
            Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::ISDIR | Errno::NOENT | Errno::NOSYS) => {
                return Ok(None);
            }
            Err(e) => return Err(e.into()),
        };
        // Naming it goes through /proc, which a container may lack.
        let through_proc = again(|| rustix::fs::stat(proc_path(&file))).map(|s| Found::of(&s).identity);
        Ok((through_proc.ok() == Some(identity_of(&file.metadata()?))).then_some(file))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn create_unnamed(&self) -> io::Result<Option<File>> {
        Ok(None)
    }

    /// A new file with a temporary name, for this user only.
    pub(super) fn create_named(&self) -> io::Result<(File, OsString)> {
        with_temporary_name(|name| {
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            Ok(File::from(again(|| rustix::fs::openat(&self.0, name, flags, mode_of(0o600)))?))
        })
    }

    /// Gives the file without a name this one. `AlreadyExists` where something has it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn name_unnamed(&self, file: &File, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::linkat(CWD, proc_path(file), &self.0, name, AtFlags::SYMLINK_FOLLOW))?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn name_unnamed(&self, _: &File, _: &OsStr) -> io::Result<()> {
        Err(Errno::NOSYS.into())
    }

    /// Moves `from` to `to` in this directory. `AlreadyExists` where something has that name.
    pub(super) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        match self.rename_without_replacing(from, to) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
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
    pub(super) fn rename_over(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::renameat(&self.0, from, &self.0, to))?)
    }

    /// Makes a link under a temporary name or, without one, under `name`.
    pub(super) fn symlink(&self, target: &OsStr, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::symlinkat(target, &self.0, name))?)
    }

    /// Gives a file of this directory a second name in `other`; a link is not followed.
    pub(super) fn hard_link(&self, name: &OsStr, other: &Dir, new: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::linkat(&self.0, name, &other.0, new, AtFlags::empty()))?)
    }

    /// Removes a file or link.
    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::unlinkat(&self.0, name, AtFlags::empty()))?)
    }

    /// Removes an empty directory.
    pub(super) fn remove_dir(&self, name: &OsStr) -> io::Result<()> {
        Ok(again(|| rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR))?)
    }

    /// Makes the names in this directory durable. File systems that cannot are taken at their word
    /// that they need not (as SQLite and git do); a failing disk is an error.
    pub(super) fn sync(&self) -> io::Result<()> {
        match again(|| rustix::fs::fsync(&self.0)) {
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
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
    pub(super) fn sync_file_system(&self) -> io::Result<()> {
        match again(|| rustix::fs::syncfs(&self.0)) {
            Err(Errno::NOSYS | Errno::BADF) => {
                rustix::fs::sync();
                Ok(())
            }
            other => Ok(other?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn sync_file_system(&self) -> io::Result<()> {
        self.sync()
    }

    /// The directory as a file, to set its mode and times.
    pub(super) fn as_file(&self) -> io::Result<Option<File>> {
        Ok(Some(File::from(self.0.try_clone()?)))
    }
}

/// Whether one call can make a whole file system durable, so that files need not one by one.
pub(super) const SYNCS_FILE_SYSTEMS: bool = cfg!(any(target_os = "linux", target_os = "android"));

fn mode_of(bits: u32) -> Mode {
    Mode::from_bits_truncate(bits as rustix::fs::RawMode)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn proc_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// What an open file is; where it lies does not matter here.
pub(super) fn identity(file: &File, _: &Dir, _: &OsStr) -> io::Result<Identity> {
    Ok(identity_of(&file.metadata()?))
}

fn identity_of(metadata: &std::fs::Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

/// Whether an error of [`Dir::name_unnamed`] means that it cannot be done at all here.
pub(super) fn cannot_name_unnamed(e: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(e),
        Some(
            Errno::OPNOTSUPP
                | Errno::INVAL
                | Errno::NOSYS
                | Errno::XDEV
                | Errno::NOENT
                | Errno::PERM
                | Errno::ACCESS
        )
    )
}

/// Whether an error of setting a mode or a time means that the file system has none of its own (FAT)
/// or keeps another user's: the file is ours, so it is not that we may not.
pub(super) fn has_no_metadata(e: &io::Error) -> bool {
    matches!(Errno::from_io_error(e), Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL))
}

/// Sets the permission bits of an open file; those besides `0o777` are cleared.
pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
}

/// Sets the permission bits of an open directory. A set-group-id bit that it has stays: it came
/// from the directory above it on this system, not from an archive.
pub(super) fn set_dir_mode(dir: &File, mode: u32) -> io::Result<()> {
    let inherited = dir.metadata()?.permissions().mode() & 0o2000;
    dir.set_permissions(std::fs::Permissions::from_mode(mode & 0o777 | inherited))
}

/// Closes one of two descriptors of the file and says what closing said: some file systems report a
/// failed write only there, and the standard library does not ask.
#[allow(unsafe_code, reason = "no safe call closes a descriptor and returns the error")]
pub(super) fn close_checked(file: &File) -> io::Result<()> {
    let second = file.as_fd().try_clone_to_owned()?.into_raw_fd();
    // SAFETY: `second` was taken out of its owner on the line above, so it is open and nothing else
    // uses or closes it.
    match unsafe { rustix::io::try_close(second) } {
        // The descriptor is closed all the same.
        Err(Errno::INTR) => Ok(()),
        other => Ok(other?),
    }
}

/// The permission bits that new files do not get.
pub(super) fn umask() -> u32 {
    if let Some(bits) = umask_of_status() {
        return bits;
    }
    // Elsewhere it has to be set to be read. The value in between only takes rights away.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let mask = rustix::process::umask(mode_of(0o077));
    rustix::process::umask(mask);
    mask.bits() as u32
}

/// What Linux says in the second line of a file, so one piece of it is enough.
fn umask_of_status() -> Option<u32> {
    let mut piece = [0; 512];
    let n = File::open("/proc/self/status").and_then(|mut f| f.read(&mut piece)).ok()?;
    let line = piece[..n].split(|&b| b == b'\n').find_map(|line| line.strip_prefix(b"Umask:"))?;
    u32::from_str_radix(std::str::from_utf8(line).ok()?.trim(), 8).ok()
}

/// Whether a component can be made here: on Unix every one can.
pub(super) fn name_problem(_: &super::EntryPath) -> Option<&'static str> {
    None
}

/// A component as the system writes it.
pub(super) fn name(component: &[u8]) -> OsString {
    os_name(component)
}

/// A file that is to be read, open.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) kind: Kind,
}

/// Opens a file or, if `named`, what a link leads to, or a pipe. Anything else is not opened, only
/// said: opening a device can do something, and opening a pipe waits for its writer.
pub(super) fn open_source(path: &Path, named: bool) -> io::Result<Result<Opened, Kind>> {
    let seen = if named { again(|| rustix::fs::stat(path)) } else { again(|| rustix::fs::lstat(path)) }?;
    let wanted = |kind| kind == Kind::File || (kind == Kind::Fifo && named);
    let kind = Found::of(&seen).kind;
    if !wanted(kind) {
        return Ok(Err(kind));
    }
    let mut flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    flags.set(OFlags::NOFOLLOW, !named);
    // What stood there a moment ago may have become a pipe that nobody writes to.
    flags.set(OFlags::NONBLOCK, kind == Kind::File);
    let fd = again(|| rustix::fs::open(path, flags, Mode::empty()))?;
    let kind = Found::of(&again(|| rustix::fs::fstat(&fd))?).kind;
    if !wanted(kind) {
        return Ok(Err(kind));
    }
    let kept = rustix::fs::fcntl_getfl(&fd)?.difference(OFlags::NONBLOCK);
    rustix::fs::fcntl_setfl(&fd, kept)?;
    Ok(Ok(Opened { file: File::from(fd), kind }))
}

/// What a file is, by its metadata; where it lies does not matter here.
pub(super) fn identity_at(_: &Path, metadata: &std::fs::Metadata) -> io::Result<Identity> {
    Ok(identity_of(metadata))
}

/// How many names the file has.
pub(super) fn links(metadata: &std::fs::Metadata) -> u64 {
    metadata.nlink()
}

/// When the inode changed last: unlike the time of last change, no program can set it.
pub(super) fn ctime(metadata: &std::fs::Metadata) -> (i64, i64) {
    (metadata.ctime(), metadata.ctime_nsec())
}

/// Where the next data of a sparse file begins, from `offset`; its end if there is none.
/// `None` where the system cannot tell.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn next_data(file: &File, offset: u64) -> io::Result<Option<u64>> {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(offset)) {
        Ok(at) => Ok(Some(at)),
        Err(Errno::NXIO) => Ok(Some(rustix::fs::seek(file, rustix::fs::SeekFrom::End(0))?.max(offset))),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn next_data(_: &File, _: u64) -> io::Result<Option<u64>> {
    Ok(None)
}
