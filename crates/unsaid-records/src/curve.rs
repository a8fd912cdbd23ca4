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
const TRAINED: usize = 512 << 10;
const MEASURED: usize = 128 << 10;

/// A curve that is being drawn. Dropped, the drawing ends soon.
pub(crate) struct Curve {
    points: Receiver<Result<CurvePoint>>,
    stop: Arc<AtomicBool>,
    /// What it is to be drawn of at the end, where nobody draws it on the side.
    later: Option<Data>,
}

struct Data {
    trained: Arc<ByteStrings>,
    held: Arc<ByteStrings>,
    options: TrainOptions,
}

/// Models of an eighth, a quarter, half and all of a part of the data.
const PARTS: [usize; 4] = [8, 4, 2, 1];

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
    /// Begins, on one of the workers where there are several. A single one may be the caller itself,
    /// which is to hear of the progress, and to be able to stop.
    pub(crate) fn begin(
        trained: &Arc<ByteStrings>,
        held: &Arc<ByteStrings>,
        options: &TrainOptions,
        workers: &dyn Workers,
    ) -> Curve {
        let (send, points) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let data = Data { trained: Arc::clone(trained), held: Arc::clone(held), options: options.clone() };
        let mut curve = Curve { points, stop: Arc::clone(&stop), later: None };
        if !options.curve || held.is_empty() {
            return curve;
        }
        if workers.count() < 2 {
            curve.later = Some(data);
            return curve;
        }
        let wanted = Wanted(stop);
        workers.spawn(Box::new(move || {
            for part in PARTS {
                let done = point(&data, part, &wanted);
                let failed = done.is_err();
                if send.send(done).is_err() || failed {
                    return;
                }
            }
        }));
        curve
    }

    /// Waits for the rest of it.
    pub(crate) fn finish(self, progress: &dyn Progress) -> Result<Vec<CurvePoint>> {
        if let Some(data) = &self.later {
            return PARTS.iter().map(|&part| point(data, part, progress)).collect();
        }
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

fn point(data: &Data, part: usize, progress: &dyn Progress) -> Result<CurvePoint> {
    let held = at_most(&data.held, MEASURED);
    let some = at_most(&data.trained, data.trained.bytes().len().min(TRAINED) / part);
    if some.bytes().is_empty() {
        return Err(Error::new(ErrorKind::Internal, "a point of the learning curve has no documents"));
    }
    let parts = Parts::train(&some, &data.options, progress)?;
    let model = Model::load(&assemble(&parts, &Report::default())?, &Limits::default())?;
    Ok(CurvePoint {
        trained_bytes: some.bytes().len() as u64,
        measured_bytes: held.bytes().len() as u64,
        levels: measure(&model, &held, progress)?,
    })
}
