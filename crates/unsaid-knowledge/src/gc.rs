//! What may go?
//!
//! What is not pinned. What others need is not known here: a stream names its model, but nobody lists the
//! streams. So nothing is removed unless asked for, and what would go can be seen before.

use std::fs;
use std::time::{Duration, SystemTime};

use unsaid_core::check::Hash;
use unsaid_core::{Error, Result};

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
            let metadata = fs::symlink_metadata(&path).map_err(failed)?;
            // A clock that was set back makes a file young: it stays.
            let old = metadata.modified().ok().and_then(|then| now.duration_since(then).ok());
            if !self.is_pinned(&hash) && old.is_some_and(|old| old >= age) {
                garbage.push(Garbage { hash, size: metadata.len() });
            }
        }
        Ok(garbage)
    }
}
