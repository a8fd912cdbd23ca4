//! One error type: a kind that a caller can act on, and a text that a person can act on.
//!
//! Rules:
//! * The text says what was being done, what was found, what was expected, and where.
//! * The hint says what to do next, as a command or a flag when there is one.
//! * An error keeps its kind on the way up; context is added, never replaced.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller asked for something that makes no sense. Ask differently.
    Usage,
    /// The first bytes belong to no format, or to another one. Use another reader.
    NotThisFormat,
    /// The format is known, its version or a required part is newer. Use a newer reader.
    NewerVersion,
    /// The input ends before it should. Get the rest of it.
    Truncated,
    /// The input contradicts itself or fails a check. Get another copy, or recover the rest.
    Corrupt,
    /// A name in the input would lead outside the destination, or cannot be created safely.
    UnsafePath,
    /// Knowledge that the input needs (a model, a dictionary, a block) is not at hand. Fetch it.
    Missing,
    /// The input asks for more than the [`Limits`](crate::Limits) allow. Raise one, if it is trusted.
    Limit,
    /// The output is already there. Choose another name, or say that it may be replaced.
    Exists,
    /// The operating system refused: permission, space, a device. See the source.
    Environment,
    /// The user or the caller asked to stop.
    Interrupted,
    /// A promise of this library was broken. Report it.
    Internal,
}

/// An error with its kind, what was found, what was expected, the place and a hint.
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: ErrorKind,
    what: String,
    found: Option<String>,
    expected: Option<String>,
    offset: Option<u64>,
    path: Option<PathBuf>,
    hint: Option<String>,
    source: Option<io::Error>,
}

impl Error {
    /// An error of `kind`; `what` says what went wrong, without the place and without a full stop.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Error(Box::new(Parts {
            kind,
            what: what.into(),
            found: None,
            expected: None,
            offset: None,
            path: None,
            hint: None,
            source: None,
        }))
    }

    /// The input contradicts itself.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, what)
    }

    /// The input ends too early; `what` names the part that is cut.
    pub fn truncated(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Truncated, what)
    }

    /// The operating system refused; `what` says what was being done.
    ///
    /// An [`io::Error`] that carries one of our own errors gives that error back, so that a codec
    /// behind `Read` or `Write` keeps its kind.
    pub fn io(what: impl Into<String>, source: io::Error) -> Self {
        let source = match source.downcast::<Error>() {
            Ok(ours) => return ours,
            Err(other) => other,
        };
        let kind = match source.kind() {
            io::ErrorKind::AlreadyExists => ErrorKind::Exists,
            io::ErrorKind::UnexpectedEof => ErrorKind::Truncated,
            _ => ErrorKind::Environment,
        };
        let mut e = Self::new(kind, what);
        e.0.source = Some(source);
        e
    }

    /// Says what was found.
    #[must_use]
    pub fn found(mut self, found: impl fmt::Display) -> Self {
        self.0.found = Some(found.to_string());
        self
    }

    /// Says what was expected instead.
    #[must_use]
    pub fn expected(mut self, expected: impl fmt::Display) -> Self {
        self.0.expected = Some(expected.to_string());
        self
    }

    /// Names the byte of the input; the innermost place wins.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Names the file; the innermost one wins.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.0.path.get_or_insert_with(|| path.as_ref().to_owned());
        self
    }

    /// Says what to do; the innermost hint wins.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file it is about, where one was named.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The byte of the input it is about, where one was named.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// What to do next, where something can be said.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What the operating system said, where it was asked.
    pub fn io_source(&self) -> Option<&io::Error> {
        self.0.source.as_ref()
    }
}

/// One line: what, found, expected, offset, what the system said. Names are escaped by the edge.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = &self.0;
        f.write_str(&p.what)?;
        match (&p.found, &p.expected) {
            (Some(found), Some(expected)) => write!(f, ": found {found}, expected {expected}")?,
            (Some(found), None) => write!(f, ": found {found}")?,
            (None, Some(expected)) => write!(f, ": expected {expected}")?,
            (None, None) => {}
        }
        if let Some(offset) = p.offset {
            write!(f, " (at byte {offset})")?;
        }
        if let Some(source) = &p.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}

/// For codecs behind `Read` and `Write`; [`Error::io`] takes it out again.
impl From<Error> for io::Error {
    fn from(e: Error) -> Self {
        let kind = match e.kind() {
            ErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
            ErrorKind::Exists => io::ErrorKind::AlreadyExists,
            ErrorKind::Environment => e.0.source.as_ref().map_or(io::ErrorKind::Other, |s| s.kind()),
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_found_expected_and_place() {
        let e = Error::corrupt("block mode").found("0x7a").expected("'c' or 's'").at(17);
        assert_eq!(e.to_string(), "block mode: found 0x7a, expected 'c' or 's' (at byte 17)");
    }

    #[test]
    fn the_innermost_place_and_hint_win() {
        let e = Error::truncated("x").at(1).at(2).in_file("a").in_file("b").hint("h").hint("i");
        assert_eq!((e.offset(), e.path(), e.hint_text()), (Some(1), Some(Path::new("a")), Some("h")));
    }

    #[test]
    fn an_error_keeps_its_kind_through_io() {
        let io: io::Error = Error::new(ErrorKind::Limit, "too much").into();
        assert_eq!(Error::io("reading", io).kind(), ErrorKind::Limit);
        let io = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(Error::io("reading", io).kind(), ErrorKind::Environment);
    }
}
