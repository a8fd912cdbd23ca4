//! A trained model, as Python sees it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, ErrorKind, Limits};
use unsaid_records::{self as records, ModelId};

use crate::buffer;
use crate::errors::{exception, released};

/// A model file is not read further than this.
const MOST_BYTES: u64 = 1 << 30;

/// What was learned from documents. Immutable; may be shared by threads.
#[pyclass(frozen, module = "unsaid")]
pub struct Model {
    pub(crate) inner: records::Model,
    file: Arc<[u8]>,
}

impl Model {
    pub(crate) fn new(inner: records::Model, file: Vec<u8>) -> Model {
        Model { inner, file: file.into() }
    }
}

#[pymethods]
impl Model {
    /// Reads a model from a file (a path) or from the bytes of one.
    #[staticmethod]
    #[pyo3(signature = (source, *, hash = None, max_memory = None))]
    fn load(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        hash: Option<&str>,
        max_memory: Option<u64>,
    ) -> PyResult<Model> {
        let mut limits = Limits::default();
        limits.memory = max_memory.unwrap_or(limits.memory);
        let expected = hash.map(|hash| identify(py, hash)).transpose()?;
        let is_path = source.is_instance_of::<PyString>() || source.hasattr("__fspath__")?;
        let file = if is_path {
            let path: PathBuf = source.extract()?;
            released(py, || read(&path, limits.memory.min(MOST_BYTES)).map_err(|e| e.in_file(&path)))?
        } else {
            buffer::take(source, MOST_BYTES as usize, "a model")?.as_slice().to_vec()
        };
        let inner = released(py, || match &expected {
            Some(id) => records::Model::load_verified(&file, id, &limits),
            None => records::Model::load(&file, &limits),
        })?;
        Ok(Model::new(inner, file))
    }

    /// Writes the model to a file that appears whole or not at all.
    #[pyo3(signature = (path, *, overwrite = false))]
    fn save(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        let conflict = if overwrite { Conflict::Replace } else { Conflict::Refuse };
        let file = Arc::clone(&self.file);
        released(py, move || {
            let mut draft = Draft::beside(&path, &PublishOptions { conflict, sync: true })?;
            draft.write_all(&file).map_err(|e| Error::io("writing the model", e).in_file(&path))?;
            draft.publish()
        })
    }

    /// The bytes of its file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.file)
    }

    /// The hash of its file, 64 hexadecimal digits: what names it.
    #[getter]
    fn hash(&self) -> String {
        self.inner.id().to_string()
    }

    /// The levels that it can code.
    #[getter]
    fn levels(&self) -> Vec<&'static str> {
        self.inner.levels().map(records::Level::name).collect()
    }

    /// Bytes of its file.
    #[getter]
    fn size(&self) -> usize {
        self.file.len()
    }

    /// Makes the state of level `small` now, not with the first document.
    fn prime(&self, py: Python<'_>) -> PyResult<()> {
        released(py, || self.inner.prime())
    }

    /// What was measured when it was trained; None where that was not kept.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(report) = self.inner.report() else { return Ok(None) };
        let levels = PyDict::new(py);
        for level in &report.levels {
            levels.set_item(level.level.name(), level.bytes)?;
        }
        let mut curve = Vec::new();
        for point in &report.curve {
            let values = PyDict::new(py);
            for level in &point.levels {
                values.set_item(level.level.name(), level.bytes)?;
            }
            curve.push((point.trained_bytes, point.measured_bytes, values));
        }
        let dict = PyDict::new(py);
        dict.set_item("documents", report.documents)?;
        dict.set_item("bytes", report.bytes)?;
        dict.set_item("trained_bytes", report.trained_bytes)?;
        dict.set_item("held_documents", report.held_documents)?;
        dict.set_item("held_bytes", report.held_bytes)?;
        dict.set_item("levels", levels)?;
        dict.set_item("curve", curve)?;
        dict.set_item("warnings", report.warnings())?;
        Ok(Some(dict))
    }

    fn __repr__(&self) -> String {
        let levels: Vec<_> = self.levels();
        format!("<unsaid.Model {} {} bytes: {}>", self.inner.id().short(), self.size(), levels.join(", "))
    }

    fn __eq__(&self, other: &Model) -> bool {
        self.inner.id() == other.inner.id()
    }

    fn __hash__(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.inner.id().hash().0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// Pickled as its file.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        Ok((slf.get_type().getattr("load")?, (slf.get().to_bytes(py),)))
    }
}

fn identify(py: Python<'_>, hash: &str) -> PyResult<ModelId> {
    ModelId::from_hex(hash).ok_or_else(|| {
        let e = Error::new(ErrorKind::Usage, "the hash of a model").expected("64 hexadecimal digits");
        exception(py, &e)
    })
}

fn read(path: &std::path::Path, most: u64) -> unsaid_core::Result<Vec<u8>> {
    let failed = |e| Error::io("reading the model", e);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Error::new(ErrorKind::Limit, "the file is too large for a model")
            .expected(format!("at most {most} bytes")));
    }
    Ok(bytes)
}
