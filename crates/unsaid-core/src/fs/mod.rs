//! How does a file appear under its final name whole or not at all, and how are entries of an
//! untrusted archive written beneath a directory?
//!
//! | type | question it answers |
//! |---|---|
//! | [`EntryPath`] | Is this name from an archive a place beneath the destination, on every system? |
//! | [`Draft`] | How is a file written that has no name until it is whole? |
//! | [`Root`] | How are the entries of an archive written without leaving a directory? |
//! | [`Metadata`] | Which mode and time of a file are kept? |
//! | [`Source`] | Is this input a file, and did it hold still while it was read? |
//! | [`Homes`] | Where does this user keep what is Unsaid's? |
//! | [`find_private`], [`make_private`] | Is this folder of a store this user's alone? |
//! | [`Lock`] | How does a store keep those who write and those who clean up apart? |
//! | [`escape()`] | How is a name shown that may contain anything? |
//!
//! On Unix every step below a directory is relative to an open descriptor and follows no symbolic
//! link. Elsewhere (and under `--cfg unsaid_fs_std`, which exists to test that code) the standard
//! library's calls by path are used: names are checked as strictly, but a process that swaps
//! directories for links *while* an archive is being unpacked is not defended against.

mod entries;
mod escape;
mod homes;
mod lock;
mod metadata;
mod naming;
mod path;
mod portable;
mod private;
mod publish;
mod root;
mod source;
mod sys;

pub use escape::escape;
pub use homes::{HOME_VARIABLE, Homes};
pub use lock::{Lock, Waiting};
pub use metadata::{Metadata, Timestamp};
pub use naming::Conflict;
pub use path::{EntryPath, SourceName};
pub use portable::{portability_problem, portable_key};
pub use private::{find_private, make_private};
pub use publish::{Draft, PublishOptions};
pub use root::Root;
pub use source::{Source, SourceKind, Stamp, remove_link, remove_source};
pub use sys::Identity;

use crate::{Error, ErrorKind};
use std::io;
use std::path::Path;

/// What the system refused, with the file and, for the usual reasons, what to do about it.
fn refused(what: &str, path: &Path, source: io::Error) -> Error {
    let hint = match source.kind() {
        io::ErrorKind::StorageFull => Some("make room there, or choose another place for the output"),
        io::ErrorKind::QuotaExceeded => Some("your quota there is used up: choose another place"),
        io::ErrorKind::FileTooLarge => Some("files there may not be this large (see `ulimit -f`)"),
        io::ErrorKind::PermissionDenied => Some("choose a place that you may write to"),
        io::ErrorKind::ReadOnlyFilesystem => Some("choose a place that can be written to"),
        _ => None,
    };
    let e = Error::io(what, source).in_file(path);
    match hint {
        Some(hint) => e.hint(hint),
        None => e,
    }
}

/// Something already has the name.
fn exists(path: &Path, found: &str) -> Error {
    Error::new(ErrorKind::Exists, "the output is already there").found(found).in_file(path)
}
