//! Where digits come from: computed, or kept from an earlier time.

use std::sync::Arc;

use unsaid_core::Result;

use crate::Base;

/// Gives digits of π. Whoever reads or writes PiZ asks nothing else.
pub trait DigitSource: Sync {
    /// Fills `out` with the digits at `from`, `from + 1`, …, one a byte, each below the base.
    ///
    /// # Errors
    /// [`unsaid_core::ErrorKind::Limit`], before any work, where that is further than the limit on digits allows
    /// or would take more memory than allowed.
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()>;

    /// At least the first `count` digits, one a byte; what was computed is kept for the next call.
    ///
    /// # Errors
    /// As [`DigitSource::digits`].
    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>>;
}
