//! The learning curve: what models of less data make of the documents held back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use unsaid_core::progress::interrupted;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_lexicon::ByteStrings;

use crate::parts::Parts;
use crate::sample::at_most;
use crate::trainer::{assemble, measure};
use crate::{CurvePoint, Model, Report, TrainOptions};

/// The points use at most so much, so that they cost little.
const TRAINED: usize = 1 << 20;
const MEASURED: usize = 128 << 10;

/// A curve that is being drawn. Dropped, the drawing ends soon.
pub(crate) struct Curve {
    points: Receiver<Result<CurvePoint>>,
    stop: Arc<AtomicBool>,
}

/// Says nothing, and stops when the curve is no longer wanted.
struct Wanted(Arc<AtomicBool>);

impl Progress for Wanted {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(interrupted()) } else { Ok(()) }
    }
}

impl Drop for Curve {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Curve {
    /// Begins, on one of the workers, with models of an eighth, a quarter, half and all of a part of the
    /// data.
    pub(crate) fn begin(
        trained: &Arc<ByteStrings>,
        held: &Arc<ByteStrings>,
        options: &TrainOptions,
        workers: &dyn Workers,
    ) -> Curve {
        let (send, points) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (trained, held, options) = (Arc::clone(trained), Arc::clone(held), options.clone());
        let wanted = Wanted(Arc::clone(&stop));
        if options.curve && !held.is_empty() {
            workers.spawn(Box::new(move || {
                for part in [8, 4, 2, 1] {
                    let done = point(&trained, &held, part, &options, &wanted);
                    let failed = done.is_err();
                    if send.send(done).is_err() || failed {
                        return;
                    }
                }
            }));
        }
        Curve { points, stop }
    }

    /// Waits for the rest of it.
    pub(crate) fn finish(self, progress: &dyn Progress) -> Result<Vec<CurvePoint>> {
        let mut all = Vec::new();
        loop {
            match self.points.recv_timeout(Duration::from_millis(100)) {
                Ok(point) => all.push(point?),
                Err(RecvTimeoutError::Timeout) => progress.advance(0, 0)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(all),
            }
        }
    }
}

fn point(
    trained: &ByteStrings,
    held: &ByteStrings,
    part: usize,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<CurvePoint> {
    let held = at_most(held, MEASURED);
    let some = at_most(trained, trained.bytes().len().min(TRAINED) / part);
    if some.bytes().is_empty() {
        return Err(Error::new(ErrorKind::Internal, "a point of the learning curve has no documents"));
    }
    let parts = Parts::train(&some, options, progress)?;
    let model = Model::load(&assemble(&parts, &Report::default())?, &Limits::default())?;
    Ok(CurvePoint {
        trained_bytes: some.bytes().len() as u64,
        measured_bytes: held.bytes().len() as u64,
        levels: measure(&model, &held, progress)?,
    })
}
