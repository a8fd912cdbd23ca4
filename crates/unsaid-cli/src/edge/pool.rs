//! Threads for independent pieces of work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use unsaid_core::workers::{Job, Workers};

/// The default number of threads: what the machine has, at most 4.
///
/// More rarely helps a command that also reads and writes, and memory grows with each.
pub(crate) fn default_threads() -> usize {
    available().min(4)
}

/// What `-T 0` means.
pub(crate) fn available() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A fixed number of threads that take jobs from one queue; where the system gives none, jobs run
/// where they are spawned. One thread for one job at a time, too: whoever waits for it can show
/// progress and answer signals meanwhile. A job that panics ends alone: its thread goes on, and whoever waits for its result
/// sees the sender dropped.
#[derive(Debug)]
pub(crate) struct Pool {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// At most `wanted` threads (1 for 0): fewer where the system gives fewer.
    pub(crate) fn new(wanted: usize) -> Self {
        let (queue, jobs) = channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        let spawn = |i| {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name(format!("worker-{i}")).spawn(move || work(&jobs))
        };
        let threads: Vec<_> = (0..wanted.max(1)).map_while(|i| spawn(i).ok()).collect();
        Pool { queue: (!threads.is_empty()).then_some(queue), threads }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting, never while a job runs.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        run(job);
    }
}

/// The panic itself is recorded by the hook of [`super::panic`].
fn run(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(job));
}

impl Workers for Pool {
    fn count(&self) -> usize {
        self.threads.len().max(1)
    }

    fn spawn(&self, job: Job) {
        match &self.queue {
            None => run(job),
            // No receiver is left only when every thread has ended, which none does before Drop.
            Some(queue) => {
                if let Err(unsent) = queue.send(job) {
                    run(unsent.0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_job_runs_once_whatever_the_number_of_threads() {
        for threads in [0, 1, 2, 5] {
            let sum = Arc::new(AtomicUsize::new(0));
            let pool = Pool::new(threads);
            for i in 0..100 {
                let sum = Arc::clone(&sum);
                pool.spawn(Box::new(move || {
                    sum.fetch_add(i, Ordering::Relaxed);
                }));
            }
            assert_eq!(pool.count(), threads.max(1));
            drop(pool);
            assert_eq!(sum.load(Ordering::Relaxed), 4950);
        }
    }

    #[test]
    fn g10_a_panic_in_a_job_reaches_the_waiter_and_hangs_nobody() {
        for threads in [1, 2] {
            let pool = Pool::new(threads);
            for _ in 0..10 {
                let (result, waiter) = channel::<u32>();
                pool.spawn(Box::new(move || {
                    let _keep = result;
                    panic!("a broken job");
                }));
                assert!(waiter.recv().is_err());
            }
            let (result, waiter) = channel();
            pool.spawn(Box::new(move || result.send(7).unwrap()));
            assert_eq!(waiter.recv(), Ok(7));
        }
    }
}
