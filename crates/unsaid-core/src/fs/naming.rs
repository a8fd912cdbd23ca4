//! What may have the final name already, and what is called something else until then?

use super::sys::{Dir, Found, Kind};
use super::{exists, refused};
use crate::Result;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::Path;

/// What happens when something already has the final name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// [`ErrorKind::Exists`](crate::ErrorKind::Exists), and nothing changes, however late it appears.
    #[default]
    Refuse,
    /// A file is replaced in one step: at every moment the name stands for the old file or for the
    /// new one, both whole. The old file is never opened or changed, so other names of it keep
    /// their bytes. A link is replaced, not what it leads to. Folders and devices are refused.
    Replace,
}

pub(super) const HOW_TO_REPLACE: &str = "choose another name with -o, or replace it with --force";

/// What may be replaced under the name, or nothing; an error for what may not.
///
/// `follow`: the user named it, and a link to a device (`/dev/stdout`) means the device.
pub(super) fn check_free(
    dir: &Dir,
    name: &OsStr,
    path: &Path,
    conflict: Conflict,
    follow: bool,
) -> Result<Option<Found>> {
    let looked = |e| refused("looking for the output", path, e);
    let Some(found) = dir.find(name).map_err(looked)? else { return Ok(None) };
    if conflict == Conflict::Refuse {
        let hint = if follow { HOW_TO_REPLACE } else { "nothing was replaced; see --on-conflict" };
        return Err(exists(path, kind_name(found.kind)).hint(hint));
    }
    let target = match found.kind {
        Kind::Link if follow => dir.find_target(name).map_err(looked)?.map_or(Kind::Link, |f| f.kind),
        kind => kind,
    };
    match target {
        Kind::File | Kind::Link => Ok(Some(found)),
        other => Err(exists(path, kind_name(other))
            .expected("a file to replace")
            .hint("to write to a device or pipe, write to standard output: -o - > NAME")),
    }
}

pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "a file",
        Kind::Dir => "a folder",
        Kind::Link => "a symbolic link",
        Kind::Fifo => "a named pipe",
        Kind::Device => "a device",
        Kind::Socket => "a socket",
    }
}

/// Calls `make` with new temporary names until it does not say `AlreadyExists`.
pub(super) fn with_temporary_name<T>(
    mut make: impl FnMut(&OsStr) -> io::Result<T>,
) -> io::Result<(T, OsString)> {
    let mut tries = 0;
    loop {
        tries += 1;
        // The standard library seeds every `RandomState` from the system.
        let random = RandomState::new().build_hasher().finish();
        let name = OsString::from(format!(".unsaid.{random:016x}.part"));
        match make(&name) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries < 100 => {}
            other => return Ok((other?, name)),
        }
    }
}
