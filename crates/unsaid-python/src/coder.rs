//! Compressors and decompressors, as Python sees them.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use unsaid_core::{Error, Limits};
use unsaid_records::{
    self as records, ByteStrings, Framing, Level, MAX_DOCUMENT, MAX_OVERHEAD, Registry, batch,
};

use crate::buffer;
use crate::errors::{exception, released};
use crate::model::Model;
use crate::pool::Pool;
use crate::signals::Signals;

/// A record is a document, at most a head longer.
const MAX_RECORD: usize = MAX_DOCUMENT + MAX_OVERHEAD + 64;

/// Compresses documents, each alone.
#[pyclass(frozen, module = "unsaid")]
pub struct Compressor {
    coder: Mutex<records::Compressor>,
}

#[pymethods]
impl Compressor {
    #[new]
    #[pyo3(signature = (model, level = "balanced", *, id = true, check = true))]
    fn new(
        py: Python<'_>,
        model: &Bound<'_, Model>,
        level: &str,
        id: bool,
        check: bool,
    ) -> PyResult<Compressor> {
        let level: Level = level.parse().map_err(|e| exception(py, &e))?;
        let model = &model.get().inner;
        let coder = released(py, || records::Compressor::new(model, level, Framing { id, check }))?;
        Ok(Compressor { coder: Mutex::new(coder) })
    }

    /// The document, compressed: at most a few bytes longer than it is.
    fn compress<'py>(&self, py: Python<'py>, document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let held = buffer::take(document, MAX_DOCUMENT, "a document")?;
        let document = held.as_slice();
        let out = released(py, || {
            let mut out = Vec::new();
            lock(&self.coder).compress(document, &mut out).map(|()| out)
        })?;
        Ok(PyBytes::new(py, &out))
    }

    /// Compresses many documents, each alone, by several threads (0: all that the machine has).
    #[pyo3(signature = (documents, *, threads = 1))]
    fn compress_batch<'py>(
        &self,
        py: Python<'py>,
        documents: &Bound<'py, PyAny>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        let documents = collect(documents, MAX_DOCUMENT, "a document")?;
        let signals = Signals::new(None);
        let done = released(py, || {
            let pool = Pool::new(threads);
            let coder = lock(&self.coder).clone();
            let mut all = ByteStrings::new();
            let mut sink = |record: &[u8]| {
                all.push(record);
                Ok(())
            };
            let done = batch::compress(&coder, &documents, &pool, &signals, &mut sink);
            done.map_err(|e| numbered(&e, all.len())).map(|()| all)
        });
        list(py, &signals.reason(done)?)
    }
}

/// Decompresses what any of its models coded.
#[pyclass(frozen, module = "unsaid")]
pub struct Decompressor {
    coder: Mutex<records::Decompressor>,
}

#[pymethods]
impl Decompressor {
    #[new]
    #[pyo3(signature = (models, *, bare_model = None, max_output = MAX_DOCUMENT as u64))]
    fn new(
        py: Python<'_>,
        models: &Bound<'_, PyAny>,
        bare_model: Option<&Bound<'_, Model>>,
        max_output: u64,
    ) -> PyResult<Decompressor> {
        let models = registry(models)?;
        let mut limits = Limits::default();
        limits.output = Some(max_output);
        let mut coder = records::Decompressor::new(&models, &limits);
        if let Some(bare) = bare_model {
            coder = coder.with_bare_model(&bare.get().inner.id()).map_err(|e| exception(py, &e))?;
        }
        Ok(Decompressor { coder: Mutex::new(coder) })
    }

    /// The document of a record.
    fn decompress<'py>(&self, py: Python<'py>, record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let held = buffer::take(record, MAX_RECORD, "a record")?;
        let record = held.as_slice();
        let out = released(py, || {
            let mut out = Vec::new();
            lock(&self.coder).decompress(record, &mut out).map(|()| out)
        })?;
        Ok(PyBytes::new(py, &out))
    }

    /// The documents of many records, by several threads (0: all that the machine has). The limit
    /// on the output holds for each.
    #[pyo3(signature = (records, *, threads = 1))]
    fn decompress_batch<'py>(
        &self,
        py: Python<'py>,
        records: &Bound<'py, PyAny>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        let records = collect(records, MAX_RECORD, "a record")?;
        let signals = Signals::new(None);
        let done = released(py, || {
            let pool = Pool::new(threads);
            let coder = lock(&self.coder).clone();
            let mut all = ByteStrings::new();
            let mut sink = |document: &[u8]| {
                all.push(document);
                Ok(())
            };
            let done = batch::decompress(&coder, &records, &pool, &signals, &mut sink);
            done.map_err(|e| numbered(&e, all.len())).map(|()| all)
        });
        list(py, &signals.reason(done)?)
    }
}

/// One model, or any iterable of models.
fn registry(models: &Bound<'_, PyAny>) -> PyResult<Registry> {
    if let Ok(model) = models.cast::<Model>() {
        return Ok(Registry::from(&model.get().inner));
    }
    let mut registry = Registry::new();
    for model in models.try_iter()? {
        let model = model?;
        let model =
            model.cast::<Model>().map_err(|_| PyTypeError::new_err("models must be unsaid.Model objects"))?;
        registry.add(model.get().inner.clone());
    }
    Ok(registry)
}

fn collect(strings: &Bound<'_, PyAny>, most: usize, what: &str) -> PyResult<Arc<ByteStrings>> {
    let mut collected = ByteStrings::new();
    for (number, string) in strings.try_iter()?.enumerate() {
        if number % 1024 == 0 {
            strings.py().check_signals()?;
        }
        collected.push(buffer::take(&string?, most, what)?.as_slice());
    }
    Ok(Arc::new(collected))
}

fn list<'py>(py: Python<'py>, strings: &ByteStrings) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, strings.iter().map(|string| PyBytes::new(py, string)))
}

/// Says which of a batch it was; those before it were given.
fn numbered(e: &Error, number: usize) -> Error {
    let again = Error::new(e.kind(), format!("record {number}: {e}"));
    match e.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}

/// Every call starts afresh, so that a coder is good after an error, and after a panic too.
fn lock<T>(coder: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    coder.lock().unwrap_or_else(PoisonError::into_inner)
}
