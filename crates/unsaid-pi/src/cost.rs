//! What a computation will take, known before it begins.

use unsaid_core::{Limits, Result};

/// Memory and time of a computation of digits, estimated from its size alone.
///
/// Both ways to digits (all from the first on, or some far away) say this of themselves, so that the cheaper
/// one can be chosen and a limit refuses before anything is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes held at the same time, at most, all threads together.
    pub memory: u64,
    /// Nanoseconds on one plain core, all threads together: a rough estimate, good for comparison.
    pub work: u64,
}

impl Cost {
    /// Refuses what the limits on memory and on work do not allow; `what` names the computation.
    ///
    /// # Errors
    /// [`unsaid_core::ErrorKind::Limit`].
    pub fn check(&self, limits: &Limits, what: &str) -> Result<()> {
        limits.check_memory(self.memory, what)?;
        limits.check_work(self.work, what)
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::ErrorKind;

    use super::*;

    #[test]
    fn memory_and_work_are_refused_each_for_itself() {
        let mut limits = Limits::default();
        (limits.memory, limits.work) = (100, Some(1000));
        let cost = |memory, work| Cost { memory, work }.check(&limits, "digits").map_err(|e| e.kind());
        assert_eq!(cost(100, 1000), Ok(()));
        assert_eq!(cost(101, 0), Err(ErrorKind::Limit));
        assert_eq!(cost(0, 1001), Err(ErrorKind::Limit));
    }
}
