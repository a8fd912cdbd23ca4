//! Threads for one batch or one training: they end with it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use unsaid_core::workers::{Job, Workers};

/// The most threads that a call may ask for.
pub(crate) const MOST: usize = 256;

/// A fixed number of threads that take jobs from one queue. With one, jobs run where they are
/// spawned.
pub(crate) struct Pool {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// So many threads, 0 for as many as the machine has; fewer where the system gives fewer.
    pub(crate) fn new(wanted: usize) -> Pool {
        let wanted = match wanted {
            0 => thread::available_parallelism().map_or(1, usize::from),
            some => some.min(MOST),
        };
        let (queue, jobs) = channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        let spawn = |_| {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name("unsaid".into()).spawn(move || work(&jobs)).ok()
        };
        let threads: Vec<_> = (0..if wanted == 1 { 0 } else { wanted }).map_while(spawn).collect();
        Pool { queue: (!threads.is_empty()).then_some(queue), threads }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting, never while a job runs.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever waits for the result of a job that panicked sees that there is none.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

impl Workers for Pool {
    fn count(&self) -> usize {
        self.threads.len().max(1)
    }

    fn spawn(&self, job: Job) {
        match &self.queue {
            None => job(),
            Some(queue) => {
                if let Err(unsent) = queue.send(job) {
                    (unsent.0)();
                }
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
