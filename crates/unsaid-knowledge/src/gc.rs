//! What may go?
//!
//! What is not pinned. What others need is not known here: a stream names its model, but nobody lists the
//! streams. So nothing is removed unless asked for, and what would go can be seen before.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Result};

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

    /// Removes one of the [`garbage`](Self::garbage), if it still is: what was pinned or put again since then stays.
    /// `false` where it stays, or is gone already.
    ///
    /// # Errors
    /// `Environment` where the system refuses.
    pub fn collect(&self, garbage: &Garbage, age: Duration) -> Result<bool> {
        let path = self.path(&garbage.hash);
        let modified = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let old = modified.and_then(|then| SystemTime::now().duration_since(then).ok());
        if self.is_pinned(&garbage.hash) || old.is_none_or(|old| old < age) {
            return Ok(false);
        }
        match self.remove(&garbage.hash) {
            Err(e) if e.kind() == ErrorKind::Missing => Ok(false),
            done => done.map(|()| true),
        }
    }
}
