//! Is this name from an archive a place beneath the destination, on every system?

use super::escape;
use crate::{Error, ErrorKind, Limits, Result};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// A path of an archive's entry that leads beneath the destination.
///
/// A path in an archive is bytes with `/` between the components. It is read twice, as Unix and as
/// Windows would, on every system, and must stay beneath the destination both times:
///
/// | path | verdict |
/// |---|---|
/// | `a/b`, `-rf`, `a\nb` (a newline), bytes that are not UTF-8 | accepted |
/// | empty, `.`, `a//b`, `a/./b`, `a/`, a NUL | refused: no one spelling, or no name at all |
/// | `..`, `a/../b`, `..\x`, `a\..\b` | refused: climbs |
/// | `/etc`, `\x`, `\\server\share`, `\\?\C:\x` | refused: absolute |
/// | `C:`, `C:x`, `c:\x`, `C:/x` | refused: starts at a drive |
/// | `a\b`, `ab:c`, `x/C:y` | accepted: ordinary names on Unix; Windows cannot make them |
/// | `./a:b`, `./\x` | accepted: the one spelling of the Unix names `a:b` and `\x` |
///
/// The last line keeps a file called `a:b` on Unix from being lost: with `./` in front it starts
/// at no drive under either reading. No other path begins with `./`, so each file has one spelling.
///
/// Ordered by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Box<[u8]>);

/// What [`EntryPath::from_source`] made of a path that a user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// The path in the archive; `None` for `.` and `/`, whose entries have names but which have
    /// none themselves.
    pub path: Option<EntryPath>,
    /// Whether a leading `/` (or drive) was taken away, which the user should hear of.
    pub made_relative: bool,
}

const MARK: &[u8] = b"./";

impl EntryPath {
    /// Checks a path of an archive.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for a path that is too long or too deep; [`ErrorKind::UnsafePath`] for
    /// one that the table of [`EntryPath`] refuses.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self> {
        limits.check_path(bytes)?;
        let unsafe_path = |why: &str| {
            Error::new(ErrorKind::UnsafePath, "an unsafe path in the archive")
                .found(format!("'{}', which {why}", escape(bytes)))
                .expected("a path beneath the destination")
        };
        if bytes.is_empty() {
            return Err(unsafe_path("names nothing"));
        }
        if bytes.contains(&0) {
            return Err(unsafe_path("has a NUL in it"));
        }
        let marked = bytes.strip_prefix(MARK);
        let names = marked.unwrap_or(bytes);
        if marked.is_some() && needs_mark(names).is_none() {
            return Err(unsafe_path("has a needless './'"));
        }
        if let (None, Some(why)) = (marked, needs_mark(names)) {
            return Err(unsafe_path(why));
        }
        if names.first() == Some(&b'/') {
            return Err(unsafe_path("is absolute"));
        }
        for component in names.split(|&b| b == b'/') {
            match component {
                b"" => return Err(unsafe_path("has an empty component")),
                b"." => return Err(unsafe_path("has a component '.'")),
                b".." => return Err(unsafe_path("climbs with '..'")),
                _ if component.split(|&b| b == b'\\').any(|part| part == b"..") => {
                    return Err(unsafe_path("climbs with '..' on Windows"));
                }
                _ => {}
            }
        }
        Ok(EntryPath(bytes.into()))
    }

    /// The path in the archive of a file that a user named: without a leading `./` or `/`, without
    /// empty components and `.` between, marked with `./` where the table of [`EntryPath`] asks for it.
    ///
    /// # Errors
    /// [`ErrorKind::UnsafePath`] for a path with `..` (what it leads to has no name beneath
    /// anything); [`ErrorKind::Limit`] as for [`EntryPath::parse`].
    pub fn from_source(path: &Path, limits: &Limits) -> Result<SourceName> {
        let mut bytes = Vec::new();
        let mut made_relative = false;
        for component in path.components() {
            match component {
                Component::Prefix(_) | Component::RootDir => made_relative = true,
                Component::CurDir => {}
                Component::ParentDir => {
                    return Err(Error::new(
                        ErrorKind::UnsafePath,
                        "a path with '..' has no name in an archive",
                    )
                    .found(format!("'{}'", escape(path.as_os_str().as_encoded_bytes())))
                    .expected("a path without '..'")
                    .hint("go to the folder above it first, or name it from '/'"));
                }
                Component::Normal(name) => {
                    if !bytes.is_empty() {
                        bytes.push(b'/');
                    }
                    bytes.extend_from_slice(name.as_encoded_bytes());
                }
            }
        }
        if bytes.is_empty() {
            return Ok(SourceName { path: None, made_relative });
        }
        Ok(SourceName { path: Some(Self::marked(bytes, limits)?), made_relative })
    }

    /// The path of `name`, a single component, in the folder `self`.
    ///
    /// # Errors
    /// As [`EntryPath::parse`].
    pub fn join(&self, name: &[u8], limits: &Limits) -> Result<Self> {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Self::parse(&bytes, limits)
    }

    fn marked(mut bytes: Vec<u8>, limits: &Limits) -> Result<Self> {
        if needs_mark(&bytes).is_some() {
            bytes.splice(0..0, MARK.iter().copied());
        }
        Self::parse(&bytes, limits)
    }

    /// The bytes as they stand in the archive.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The components, outermost first; the mark `./` is none.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.strip_prefix(MARK).unwrap_or(&self.0).split(|&b| b == b'/')
    }

    /// The folder it lies in; `None` directly beneath the destination.
    pub fn parent(&self) -> Option<EntryPath> {
        self.parent_bytes().map(|b| EntryPath(b.into()))
    }

    pub(super) fn parent_bytes(&self) -> Option<&[u8]> {
        let slash = self.0.iter().rposition(|&b| b == b'/')?;
        Some(&self.0[..slash]).filter(|&b| b != b".")
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or_default()
    }

    /// The path relative to the destination. On systems whose names are not bytes, what is not
    /// UTF-8 is replaced; [`Root`](super::Root) refuses such names there.
    pub fn to_path_buf(&self) -> PathBuf {
        self.components().map(os_name).collect()
    }
}

/// Why the path needs the mark `./` to be no place on Windows that it is not on Unix.
fn needs_mark(names: &[u8]) -> Option<&'static str> {
    match names {
        [b'\\', ..] => Some("is absolute on Windows"),
        [letter, b':', ..] if letter.is_ascii_alphabetic() => Some("starts at a drive"),
        _ => None,
    }
}

#[cfg(unix)]
pub(super) fn os_name(component: &[u8]) -> std::ffi::OsString {
    <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(component).to_owned()
}

#[cfg(not(unix))]
pub(super) fn os_name(component: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(component).into_owned().into()
}

/// Escaped, see [`escape()`].
impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.0))
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}
