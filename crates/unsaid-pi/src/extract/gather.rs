//! Many independent pieces of one sum, by whoever has hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use unsaid_core::workers::Workers;
use unsaid_core::{Error, ErrorKind, Progress, Result};

/// Runs `pieces`, each with the work it is (in the unit of [`crate::Cost::work`]), and hands what they give
/// to `each`, in any order, on the caller's thread. Few are under way at the same time: memory does not grow
/// with their number. Progress is told after each, and ends everything where it says so.
///
/// # Errors
/// What `progress` says; [`ErrorKind::Internal`] where a piece was lost.
pub(super) fn gather<T, F>(
    pieces: impl IntoIterator<Item = (u64, F)>,
    workers: &dyn Workers,
    progress: &dyn Progress,
    mut each: impl FnMut(T),
) -> Result<()>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = channel();
    let stop = Stop(Arc::new(AtomicBool::new(false)));
    let mut pieces = pieces.into_iter();
    let mut under_way = 0;
    loop {
        // One more for each hand than it works on, so that none waits for us.
        while under_way < 2 * workers.count().max(1) {
            let Some((work, piece)) = pieces.next() else { break };
            let answer = Answer { to: sender.clone(), work, given: None };
            let stopped = Arc::clone(&stop.0);
            workers.spawn(Box::new(move || answer.give(&stopped, piece)));
            under_way += 1;
        }
        if under_way == 0 {
            return Ok(());
        }
        let lost = || Error::new(ErrorKind::Internal, "a piece of a computation of digits was lost");
        let (work, given) = receiver.recv().map_err(|_| lost())?;
        under_way -= 1;
        each(given.ok_or_else(lost)?);
        progress.advance(work, 0)?;
    }
}

/// Whichever way we leave, pieces that have not begun do not begin.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Answers even where the piece panics or is dropped: nobody waits for ever.
struct Answer<T> {
    to: Sender<(u64, Option<T>)>,
    work: u64,
    given: Option<T>,
}

impl<T> Answer<T> {
    fn give(mut self, stopped: &AtomicBool, piece: impl FnOnce() -> T) {
        if !stopped.load(Ordering::Relaxed) {
            self.given = Some(piece());
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        // Nobody listens any more where the computation has ended early.
        let _ = self.to.send((self.work, self.given.take()));
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::progress::Silent;
    use unsaid_core::workers::{Inline, Job};

    use super::*;

    struct Loses;

    impl Workers for Loses {
        fn count(&self) -> usize {
            3
        }

        fn spawn(&self, job: Job) {
            drop(job);
        }
    }

    #[test]
    fn every_piece_is_run_once_and_a_lost_one_is_an_error() {
        let pieces = || (0..100u64).map(|i| (1, move || i));
        let mut sum = 0;
        gather(pieces(), &Inline, &Silent, |i| sum += i).unwrap();
        assert_eq!(sum, 4950);
        let error = gather(pieces(), &Loses, &Silent, |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
}
