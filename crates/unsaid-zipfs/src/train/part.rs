//! The progress of one part of the work, which does not know of the others.

use std::sync::atomic::{AtomicU64, Ordering};

use unsaid_core::{Progress, Result};

pub(super) struct Part<'p> {
    whole: &'p dyn Progress,
    consumed: AtomicU64,
}

impl<'p> Part<'p> {
    pub(super) fn of(whole: &'p dyn Progress) -> Self {
        Part { whole, consumed: AtomicU64::new(0) }
    }

    /// The part is done, and was to consume so many bytes.
    pub(super) fn finish(self, bytes: usize) -> Result<()> {
        self.whole.advance((bytes as u64).saturating_sub(self.consumed.into_inner()), 0)
    }
}

impl Progress for Part<'_> {
    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        self.consumed.fetch_add(consumed, Ordering::Relaxed);
        self.whole.advance(consumed, produced)
    }

    fn warn(&self, message: &str) {
        self.whole.warn(message);
    }

    fn note(&self, message: &str) {
        self.whole.note(message);
    }
}
