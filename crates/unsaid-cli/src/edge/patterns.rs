//! `*.txt`: the shell's business on Unix, ours on Windows, whose shells pass it on.

use std::ffi::OsString;

/// The files that a name stands for; a name that is no pattern, or matches nothing, is itself.
#[cfg(windows)]
pub(crate) fn expand(name: OsString) -> Vec<OsString> {
    let paths = name.to_str().filter(|text| text.contains(['*', '?'])).and_then(|text| glob::glob(text).ok());
    let found: Vec<OsString> = paths.into_iter().flatten().flatten().map(OsString::from).collect();
    if found.is_empty() { vec![name] } else { found }
}

/// What the shell has left of a pattern is a name.
#[cfg(not(windows))]
pub(crate) fn expand(name: OsString) -> Vec<OsString> {
    vec![name]
}
