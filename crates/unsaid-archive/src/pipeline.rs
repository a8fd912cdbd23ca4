//! Independent pieces of work, done by [`Workers`], collected in the order they were given.
//!
//! The caller's [`Progress`] is only ever called on the caller's thread: jobs report to a [`Relay`],
//! and whoever waits for a result passes the sums on and passes a wish to stop back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers, progress};

/// How often a waiting caller passes progress on.
const TICK: Duration = Duration::from_millis(50);

/// Between jobs and the caller's [`Progress`].
#[derive(Debug, Default)]
pub(crate) struct Relay {
    consumed: AtomicU64,
    produced: AtomicU64,
    stop: AtomicBool,
}

impl Relay {
    /// Passes what was reported since the last call on.
    fn forward(&self, to: &dyn Progress) -> Result<()> {
        let consumed = self.consumed.swap(0, Ordering::Relaxed);
        let produced = self.produced.swap(0, Ordering::Relaxed);
        to.advance(consumed, produced).inspect_err(|_| self.stop.store(true, Ordering::Relaxed))
    }
}

impl Progress for Relay {
    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        self.consumed.fetch_add(consumed, Ordering::Relaxed);
        self.produced.fetch_add(produced, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { Err(progress::interrupted()) } else { Ok(()) }
    }
}

/// Results in the order of their jobs.
pub(crate) struct Pipeline<'a, T> {
    workers: &'a dyn Workers,
    progress: &'a dyn Progress,
    relay: Arc<Relay>,
    /// Each job's result to come, and the memory that it was said to take.
    pending: VecDeque<(Receiver<T>, u64)>,
    memory: u64,
    limit: u64,
    noted: bool,
}

impl<'a, T: Send + 'static> Pipeline<'a, T> {
    /// For jobs that together take no more memory than the limit.
    pub(crate) fn new(workers: &'a dyn Workers, progress: &'a dyn Progress, limits: &Limits) -> Self {
        Pipeline {
            workers,
            progress,
            relay: Arc::default(),
            pending: VecDeque::new(),
            memory: 0,
            limit: limits.memory,
            noted: false,
        }
    }

    /// Whether another job that takes up to `memory` bytes may start now; if not, a result must be taken first.
    /// One job may always run: whether it fits at all is its own question.
    pub(crate) fn has_room(&mut self, memory: u64) -> bool {
        let workers = self.workers.count().max(1);
        if self.pending.is_empty() {
            return true;
        }
        let fits = self.memory.saturating_add(memory) <= self.limit;
        if !fits && self.pending.len() < workers && !self.noted {
            self.noted = true;
            self.progress.note(&format!(
                "{} of {workers} threads used: one group needs {} MiB of the {} MiB that --max-memory allows",
                self.pending.len(),
                memory >> 20,
                self.limit >> 20
            ));
        }
        // One more waits ready, so that no worker idles while the caller writes.
        fits && self.pending.len() <= workers
    }

    /// Starts a job that takes up to `memory` bytes. It gets the relay to report to.
    pub(crate) fn submit(&mut self, memory: u64, job: impl FnOnce(&Relay) -> T + Send + 'static) {
        let (sender, receiver): (SyncSender<T>, _) = sync_channel(1);
        let relay = Arc::clone(&self.relay);
        self.workers.spawn(Box::new(move || {
            // The receiver is gone only when the caller gave up.
            let _ = sender.send(job(&relay));
        }));
        self.pending.push_back((receiver, memory));
        self.memory = self.memory.saturating_add(memory);
    }

    /// Waits for the result of the oldest job; `None` where there is none.
    ///
    /// # Errors
    /// `Interrupted` where the caller wants to stop, `Internal` where the job died.
    pub(crate) fn next(&mut self) -> Result<Option<T>> {
        let Some((receiver, memory)) = self.pending.front() else { return Ok(None) };
        let memory = *memory;
        let result = loop {
            self.relay.forward(self.progress)?;
            match receiver.recv_timeout(TICK) {
                Ok(result) => break result,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.relay.stop.store(true, Ordering::Relaxed);
                    return Err(Error::new(ErrorKind::Internal, "a worker died while coding a group"));
                }
            }
        };
        self.pending.pop_front();
        self.memory -= memory;
        self.relay.forward(self.progress)?;
        Ok(Some(result))
    }
}

impl<T> Drop for Pipeline<'_, T> {
    /// Jobs still running end soon: nobody wants their results.
    fn drop(&mut self) {
        self.relay.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use unsaid_core::{Inline, Silent, workers::Job};

    /// Runs jobs on threads, the later ones first.
    struct Backwards(Mutex<Vec<Job>>);

    impl Workers for Backwards {
        fn count(&self) -> usize {
            3
        }
        fn spawn(&self, job: Job) {
            let mut held = self.0.lock().unwrap();
            held.push(job);
            if held.len() == 3 {
                let jobs: Vec<Job> = held.drain(..).rev().collect();
                std::thread::spawn(|| jobs.into_iter().for_each(|job| job()));
            }
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let workers = Backwards(Mutex::default());
        let mut pipeline = Pipeline::new(&workers, &Silent, &Limits::default());
        for n in 0..3 {
            pipeline.submit(1, move |_| n);
        }
        for n in 0..3 {
            assert_eq!(pipeline.next().unwrap(), Some(n));
        }
        assert_eq!(pipeline.next().unwrap(), None);
    }

    #[test]
    fn g10_a_dying_worker_is_an_error_and_no_hang() {
        struct Dropping;
        impl Workers for Dropping {
            fn count(&self) -> usize {
                1
            }
            fn spawn(&self, job: Job) {
                drop(job);
            }
        }
        let mut pipeline = Pipeline::new(&Dropping, &Silent, &Limits::default());
        pipeline.submit(1, |_| ());
        assert_eq!(pipeline.next().unwrap_err().kind(), ErrorKind::Internal);
    }

    #[test]
    fn a_wish_to_stop_reaches_the_jobs() {
        struct Stop;
        impl Progress for Stop {
            fn advance(&self, _: u64, _: u64) -> Result<()> {
                Err(progress::interrupted())
            }
        }
        let mut pipeline = Pipeline::new(&Inline, &Stop, &Limits::default());
        let relay = Arc::clone(&pipeline.relay);
        pipeline.submit(1, |relay| relay.advance(1, 1));
        assert_eq!(pipeline.next().unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(relay.advance(1, 1).unwrap_err().kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn fewer_jobs_run_where_memory_is_short() {
        struct Count(Mutex<Vec<String>>);
        impl Progress for Count {
            fn note(&self, message: &str) {
                self.0.lock().unwrap().push(message.to_owned());
            }
        }
        let notes = Count(Mutex::default());
        let workers = Backwards(Mutex::default());
        let mut pipeline: Pipeline<'_, ()> = Pipeline::new(&workers, &notes, &Limits::default());
        assert!(pipeline.has_room(u64::MAX), "one job may always try");
        pipeline.submit(1 << 30, |_| ());
        assert!(pipeline.has_room(1 << 30));
        pipeline.submit(1 << 30, |_| ());
        assert!(!pipeline.has_room(1) && !pipeline.has_room(1));
        assert_eq!(notes.0.lock().unwrap().len(), 1);
        assert!(notes.0.lock().unwrap()[0].starts_with("2 of 3 threads"));
    }
}
