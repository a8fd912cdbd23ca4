//! Unix: open files and directories, and what they are.

mod dir;

pub(in crate::fs) use dir::Dir;

use crate::fs::path::os_name;
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr as again};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, IntoRawFd};
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
pub(in crate::fs) enum Kind {
    File,
    Dir,
    Link,
    Fifo,
    Device,
    Socket,
}

/// A name's file, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(in crate::fs) struct Found {
    pub(in crate::fs) kind: Kind,
    pub(in crate::fs) identity: Identity,
    pub(in crate::fs) mode: u32,
}

impl Identity {
    /// Which file system it is on.
    pub(in crate::fs) fn device(&self) -> u64 {
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

/// Whether one call can make a whole file system durable, so that files need not one by one.
pub(in crate::fs) const SYNCS_FILE_SYSTEMS: bool = cfg!(any(target_os = "linux", target_os = "android"));

fn mode_of(bits: u32) -> Mode {
    Mode::from_bits_truncate(bits as rustix::fs::RawMode)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn proc_path(file: &File) -> String {
    format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file))
}

/// Whether two names of one file have one [`Identity`].
pub(in crate::fs) const LINKS_SHARE_IDENTITY: bool = true;

/// What an open file is; where it lies does not matter here.
pub(in crate::fs) fn identity(file: &File, _: &Dir, _: &OsStr) -> io::Result<Identity> {
    Ok(identity_of(&file.metadata()?))
}

fn identity_of(metadata: &std::fs::Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

/// What kernels and file systems say when they do not know a call or a flag.
fn is_unsupported(e: Errno) -> bool {
    // The first two are one number on Linux, and two on macOS.
    [Errno::OPNOTSUPP, Errno::NOTSUP, Errno::INVAL, Errno::NOSYS].contains(&e)
}

/// Whether an error of [`Dir::name_unnamed`] means that it cannot be done at all here.
pub(in crate::fs) fn cannot_name_unnamed(e: &io::Error) -> bool {
    Errno::from_io_error(e).is_some_and(|e| {
        is_unsupported(e) || [Errno::XDEV, Errno::NOENT, Errno::PERM, Errno::ACCESS].contains(&e)
    })
}

/// Whether an error of setting a mode or a time means that the file system has none of its own (FAT)
/// or keeps another user's: the file is ours, so it is not that we may not.
pub(in crate::fs) fn has_no_metadata(e: &io::Error) -> bool {
    Errno::from_io_error(e).is_some_and(|e| is_unsupported(e) || e == Errno::PERM)
}

/// Sets the permission bits of an open file; those besides `0o777` are cleared.
pub(in crate::fs) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
}

/// Sets the permission bits of an open directory. A set-group-id bit that it has stays: it came
/// from the directory above it on this system, not from an archive.
pub(in crate::fs) fn set_dir_mode(dir: &File, mode: u32) -> io::Result<()> {
    let inherited = dir.metadata()?.permissions().mode() & 0o2000;
    dir.set_permissions(std::fs::Permissions::from_mode(mode & 0o777 | inherited))
}

/// Closes one of two descriptors of the file and says what closing said: some file systems report a
/// failed write only there, and the standard library does not ask.
#[allow(unsafe_code, reason = "no safe call closes a descriptor and returns the error")]
pub(in crate::fs) fn close_checked(file: &File) -> io::Result<()> {
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
pub(in crate::fs) fn umask() -> u32 {
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
pub(in crate::fs) fn name_problem(_: &crate::fs::EntryPath) -> Option<&'static str> {
    None
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

/// Opens a file or, if `named`, what a link leads to, or a pipe. Anything else is not opened, only
/// said: opening a device can do something, and opening a pipe waits for its writer.
pub(in crate::fs) fn open_source(path: &Path, named: bool) -> io::Result<Result<Opened, Kind>> {
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
pub(in crate::fs) fn identity_at(_: &Path, metadata: &std::fs::Metadata) -> io::Result<Identity> {
    Ok(identity_of(metadata))
}

/// How many names the file has.
pub(in crate::fs) fn links(metadata: &std::fs::Metadata) -> u64 {
    metadata.nlink()
}

/// When the inode changed last: unlike the time of last change, no program can set it.
pub(in crate::fs) fn ctime(metadata: &std::fs::Metadata) -> (i64, i64) {
    (metadata.ctime(), metadata.ctime_nsec())
}

/// Where the next data of a sparse file begins, from `offset`; its end if there is none.
/// `None` where the system cannot tell.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(in crate::fs) fn next_data(file: &File, offset: u64) -> io::Result<Option<u64>> {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(offset)) {
        Ok(at) => Ok(Some(at)),
        Err(Errno::NXIO) => Ok(Some(rustix::fs::seek(file, rustix::fs::SeekFrom::End(0))?.max(offset))),
        Err(e) if is_unsupported(e) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(in crate::fs) fn next_data(_: &File, _: u64) -> io::Result<Option<u64>> {
    Ok(None)
}
