//! What may go?
//!
//! What is not pinned. What others need is not known here: a stream names its model, but nobody lists the
//! streams. So nothing is removed unless asked for, and what would go can be seen before. While something is
//! removed nobody adds, and what somebody adds to pin it is not removed before it is pinned
//! ([`Files::adding`]), whatever its age.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use unsaid_core::check::Hash;
use unsaid_core::fs::Lock;
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::Files;

/// One file that is not pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// Its hash.
    pub hash: Hash,
    /// Its bytes.
    pub size: u64,
}

impl Files {
    /// What is not pinned and came longer than `age` ago, in order of the hashes.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn garbage(&self, age: Duration) -> Result<Vec<Garbage>> {
        let now = SystemTime::now();
        let mut garbage = Vec::new();
        for hash in self.hashes()? {
            let path = self.path(&hash);
            let failed = |e| Error::io("looking at what is kept", e).in_file(&path);
            let metadata = match fs::symlink_metadata(&path) {
                // Somebody else collects too.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata.map_err(failed)?,
            };
            // A clock that was set back makes a file young: it stays.
            let old = metadata.modified().ok().and_then(|then| now.duration_since(then).ok());
            if !self.is_pinned(&hash) && old.is_some_and(|old| old >= age) {
                garbage.push(Garbage { hash, size: metadata.len() });
            }
        }
        Ok(garbage)
    }

    /// Keeps whoever adds away until what it gives is dropped, so that garbage stays garbage.
    ///
    /// # Errors
    /// `Environment` where others add for longer than one waits, named where the system tells who they are;
    /// for a folder that others may write to, and where the system refuses. `Interrupted`.
    pub fn collecting(&self, progress: &dyn Progress) -> Result<Collecting<'_>> {
        Ok(Collecting { files: self, _lock: self.removing(progress)? })
    }
}

/// Garbage is being collected, and nobody adds until this is dropped.
#[derive(Debug)]
pub struct Collecting<'f> {
    files: &'f Files,
    _lock: Option<Lock>,
}

impl Collecting<'_> {
    /// Removes one of the [`garbage`](Files::garbage), if it still is: what was pinned or put again since then
    /// stays. `false` where it stays, or is gone already.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn remove(&self, garbage: &Garbage, age: Duration) -> Result<bool> {
        let path = self.files.path(&garbage.hash);
        let modified = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let old = modified.and_then(|then| SystemTime::now().duration_since(then).ok());
        if self.files.is_pinned(&garbage.hash) || old.is_none_or(|old| old < age) {
            return Ok(false);
        }
        match self.files.remove(&garbage.hash) {
            Err(e) if e.kind() == ErrorKind::Missing => Ok(false),
            done => done.map(|()| true),
        }
    }
}
