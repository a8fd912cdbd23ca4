//! Training, as Python sees it.

use pyo3::prelude::*;

use unsaid_records::{Level, MAX_DOCUMENT, TrainOptions, Trainer};

use crate::buffer;
use crate::errors::{exception, released};
use crate::model::Model;
use crate::pool::Pool;
use crate::signals::Signals;

/// Learns a model from documents, which are taken one after another and not all kept.
///
/// `progress` is called with the bytes worked on so far; what it raises ends the training.
#[pyfunction]
#[pyo3(signature = (documents, *, max_model_bytes = None, levels = None, curve = true, threads = 1, progress = None))]
pub fn train(
    py: Python<'_>,
    documents: &Bound<'_, PyAny>,
    max_model_bytes: Option<u64>,
    levels: Option<Vec<String>>,
    curve: bool,
    threads: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Model> {
    let mut options = TrainOptions::default();
    options.curve = curve;
    options.bytes = max_model_bytes.unwrap_or(options.bytes);
    if let Some(levels) = levels {
        let parsed: Result<Vec<Level>, _> = levels.iter().map(|level| level.parse()).collect();
        options.levels = parsed.map_err(|e| exception(py, &e))?;
    }
    let mut trainer = Trainer::new(options);
    for (number, document) in documents.try_iter()?.enumerate() {
        if number % 1024 == 0 {
            py.check_signals()?;
        }
        let document = document?;
        let held = buffer::take(&document, MAX_DOCUMENT, "a document")?;
        trainer.push(held.as_slice()).map_err(|e| exception(py, &e))?;
    }
    let signals = Signals::new(progress);
    let done = released(py, || trainer.train(&Pool::new(threads), &signals));
    let trained = signals.reason(done)?;
    Ok(Model::new(trained.model, trained.file))
}
