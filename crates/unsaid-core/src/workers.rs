//! Who runs independent pieces of work.
//!
//! Codecs start no threads. What can use several hands (coding independent groups, for instance)
//! takes a [`Workers`] from its caller; the edge gives one with threads, tests give [`Inline`].
//! The results must not depend on which it was.

/// A piece of work.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Runs [`Job`]s, in any order, on any thread.
pub trait Workers: Sync {
    /// How many jobs run at the same time; at least 1. A bound on memory, not on the result.
    fn count(&self) -> usize;

    /// Runs the job now or later. Jobs never wait for each other.
    fn spawn(&self, job: Job);
}

/// Runs every job at once, on the caller's thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl Workers for Inline {
    fn count(&self) -> usize {
        1
    }

    fn spawn(&self, job: Job) {
        job();
    }
}
