//! Runs jobs that own what they need, in any order, and hears from all of them.
//!
//! Jobs never wait for jobs: whoever waits is the caller, and it alone speaks to [`Progress`]. So a crew cannot
//! deadlock in a pool of one thread, and runs where jobs run at once on the caller's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use unsaid_core::{Error, ErrorKind, Progress, Result, Workers, progress};

/// How long the caller waits for a result before it asks whether it should stop.
const TICK: Duration = Duration::from_millis(50);

/// What jobs and their caller tell each other.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    stop: AtomicBool,
    done: AtomicU64,
}

impl Relay {
    /// Called by jobs: so much more is done.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] where nobody wants the result any more.
    pub(crate) fn advance(&self, units: u64) -> Result<()> {
        self.done.fetch_add(units, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { Err(progress::interrupted()) } else { Ok(()) }
    }
}

/// Sends what a job made, or that it ended without: also where it panicked or never ran.
struct Report<T> {
    sender: Sender<Option<Result<T>>>,
    result: Option<Result<T>>,
}

impl<T> Report<T> {
    fn keep(&mut self, result: Result<T>) {
        self.result = Some(result);
    }
}

impl<T> Drop for Report<T> {
    fn drop(&mut self) {
        // Nobody listens any more where the caller was interrupted.
        let _ = self.sender.send(self.result.take());
    }
}

/// The jobs of one computation; `T` is what each of them gives.
pub(crate) struct Crew<'a, T> {
    workers: &'a dyn Workers,
    progress: &'a dyn Progress,
    relay: Arc<Relay>,
    sender: Sender<Option<Result<T>>>,
    receiver: Receiver<Option<Result<T>>>,
    running: usize,
    told: u64,
    total: u64,
}

impl<'a, T: Send + 'static> Crew<'a, T> {
    /// A crew that will advance `progress` by `total` units.
    pub(crate) fn new(workers: &'a dyn Workers, progress: &'a dyn Progress, total: u64) -> Self {
        let (sender, receiver) = channel();
        Crew { workers, progress, relay: Arc::default(), sender, receiver, running: 0, told: 0, total }
    }

    /// Whether a worker is free.
    pub(crate) fn has_room(&self) -> bool {
        self.running < self.workers.count().max(1)
    }

    /// Whether no job is out.
    pub(crate) fn is_idle(&self) -> bool {
        self.running == 0
    }

    /// Gives a job away.
    pub(crate) fn start(&mut self, job: impl FnOnce(&Relay) -> Result<T> + Send + 'static) {
        let relay = Arc::clone(&self.relay);
        let mut report = Report { sender: self.sender.clone(), result: None };
        self.running += 1;
        self.workers.spawn(Box::new(move || {
            report.keep(relay.advance(0).and_then(|()| job(&relay)));
        }));
    }

    /// Waits for the result of any job that is out.
    ///
    /// # Errors
    /// Those of the job; [`ErrorKind::Interrupted`] where the caller wants to stop, [`ErrorKind::Internal`] where a
    /// job died.
    pub(crate) fn wait(&mut self) -> Result<T> {
        loop {
            self.tell(self.relay.done.load(Ordering::Relaxed))?;
            match self.receiver.recv_timeout(TICK) {
                Ok(Some(result)) => {
                    self.running -= 1;
                    return result;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Internal, "a worker died while computing digits of π"));
                }
            }
        }
    }

    /// All is done: the estimate's rest is told too.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.tell(self.total)
    }

    /// Units are estimates: never more than the total is told.
    fn tell(&mut self, done: u64) -> Result<()> {
        let done = done.min(self.total);
        let more = done.saturating_sub(self.told);
        self.told += more;
        self.progress.advance(more, 0)
    }
}

impl<T> Drop for Crew<'_, T> {
    /// Jobs still running end soon: nobody wants their results.
    fn drop(&mut self) {
        self.relay.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_core::workers::Job;
    use unsaid_core::{Inline, Silent};

    #[test]
    fn every_result_arrives_once() {
        let mut crew = Crew::new(&Inline, &Silent, 0);
        for n in 0..3 {
            crew.start(move |_| Ok(n));
        }
        let mut got: Vec<i32> = (0..3).map(|_| crew.wait().unwrap()).collect();
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2]);
        assert!(crew.is_idle());
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
        let mut crew: Crew<'_, ()> = Crew::new(&Dropping, &Silent, 0);
        crew.start(|_| Ok(()));
        assert_eq!(crew.wait().unwrap_err().kind(), ErrorKind::Internal);
    }

    #[test]
    fn jobs_end_soon_where_nobody_wants_their_results() {
        let crew: Crew<'_, ()> = Crew::new(&Inline, &Silent, 0);
        let relay = Arc::clone(&crew.relay);
        assert!(relay.advance(1).is_ok());
        drop(crew);
        assert_eq!(relay.advance(1).unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
