//! Promises of `unsaid_core::fs`, by what they are about.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test that fails panics")]

mod names;
mod publish;
mod root;

#[cfg(all(unix, not(unsaid_fs_std)))]
mod links;
#[cfg(all(unix, not(unsaid_fs_std)))]
mod program;
#[cfg(all(target_os = "linux", not(unsaid_fs_std)))]
mod race;
#[cfg(all(unix, not(unsaid_fs_std)))]
mod source;
#[cfg(all(target_os = "linux", not(unsaid_fs_std)))]
mod sweep;

use std::path::Path;
use unsaid_core::fs::EntryPath;
use unsaid_core::{Error, ErrorKind, Limits};

fn entry(text: &str) -> EntryPath {
    EntryPath::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Names in a folder, sorted; what a test leaves behind must be all it meant to.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}
