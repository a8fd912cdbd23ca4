//! Who may add while garbage is collected? Nobody; and nothing is collected while somebody adds.

use std::time::Duration;

use unsaid_core::fs::{Lock, Waiting, make_private};
use unsaid_core::{Progress, Result};

use crate::Files;

const LOCK: &str = "lock";

/// How long whoever adds a file waits for the end of a collection.
pub(crate) const TO_ADD: Duration = Duration::from_secs(10 * 60);

/// How long a collection waits for those who add files.
pub(crate) const TO_COLLECT: Duration = Duration::from_secs(30);

impl Files {
    /// Waits at most so long for others, instead of ten minutes to add and half a minute to collect.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Files {
        (self.to_add, self.to_collect) = (patience, patience);
        self
    }

    /// Keeps garbage from being collected until what it gives is dropped: hold it from before a file is put until
    /// it is pinned. Many may at once.
    ///
    /// # Errors
    /// `Environment` where garbage is collected for longer than one waits, for a folder that others may write
    /// to, and where the system refuses; `Interrupted`.
    pub fn adding(&self, progress: &dyn Progress) -> Result<Lock> {
        // Where it cannot be made, nothing can be put either, which says why.
        match make_private(&self.base, self.below) {
            Err(e) if e.io_source().is_none() => return Err(e),
            _ => {}
        }
        Lock::shared(&self.folder().join(LOCK), &Waiting { patience: self.to_add, progress })
    }

    /// Keeps whoever adds away; nothing where there is nothing to remove.
    pub(crate) fn removing(&self, progress: &dyn Progress) -> Result<Option<Lock>> {
        if !self.is_there()? {
            return Ok(None);
        }
        let waiting = Waiting { patience: self.to_collect, progress };
        Lock::exclusive(&self.folder().join(LOCK), &waiting).map(Some)
    }
}
