//! Workers of all kinds, and progress that stops.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use unsaid_core::workers::Job;
use unsaid_core::{Progress, Result, Workers, progress};

/// So many threads with one queue: a job that waited for another one would block it for ever.
pub(crate) struct Pool(Sender<Job>, usize);

impl Pool {
    pub(crate) fn new(threads: usize) -> Pool {
        let (sender, receiver) = channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            std::thread::spawn(move || {
                loop {
                    let job = receiver.lock().unwrap().recv();
                    let Ok(job) = job else { return };
                    job();
                }
            });
        }
        Pool(sender, threads)
    }
}

impl Workers for Pool {
    fn count(&self) -> usize {
        self.1
    }
    fn spawn(&self, job: Job) {
        self.0.send(job).unwrap();
    }
}

/// Runs nothing, and counts what it was asked for.
#[derive(Default)]
pub(crate) struct Idle(pub(crate) AtomicUsize);

impl Workers for Idle {
    fn count(&self) -> usize {
        2
    }
    fn spawn(&self, _: Job) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Wants to stop after so many calls, and sums what it was told.
pub(crate) struct Meter {
    pub(crate) calls: AtomicUsize,
    pub(crate) units: AtomicUsize,
    pub(crate) total: AtomicUsize,
    pub(crate) stop_after: usize,
}

impl Meter {
    pub(crate) fn new(stop_after: usize) -> Meter {
        Meter {
            calls: AtomicUsize::new(0),
            units: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            stop_after,
        }
    }
}

impl Progress for Meter {
    fn begin(&self, total: Option<u64>) {
        self.total.store(total.unwrap() as usize, Ordering::Relaxed);
    }
    fn advance(&self, consumed: u64, _: u64) -> Result<()> {
        self.units.fetch_add(consumed as usize, Ordering::Relaxed);
        if self.calls.fetch_add(1, Ordering::Relaxed) >= self.stop_after {
            return Err(progress::interrupted());
        }
        Ok(())
    }
}
