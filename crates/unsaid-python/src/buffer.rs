//! Bytes that Python has.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};

use unsaid_core::{Error, ErrorKind};

use crate::errors::exception;

/// Bytes that stay as they are while the interpreter is released.
pub(crate) enum Held<'py> {
    /// `bytes` cannot change.
    Shared(Bound<'py, PyBytes>),
    /// Everything else can.
    Copied(Bound<'py, PyBytes>),
}

impl Held<'_> {
    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Held::Shared(bytes) | Held::Copied(bytes) => bytes.as_bytes(),
        }
    }
}

/// Takes bytes out of `bytes` or anything that shows its memory as bytes; refuses more than `most`
/// before they are copied.
pub(crate) fn take<'py>(value: &Bound<'py, PyAny>, most: usize, what: &str) -> PyResult<Held<'py>> {
    let py = value.py();
    if let Ok(bytes) = value.cast::<PyBytes>() {
        check(py, bytes.as_bytes().len(), most, what)?;
        return Ok(Held::Shared(bytes.clone()));
    }
    let refuse = |found: &str| {
        PyTypeError::new_err(format!("{what} must be bytes or show its memory as bytes, not {found}"))
    };
    let Ok(view) = PyMemoryView::from(value) else {
        let text = value.is_instance_of::<pyo3::types::PyString>();
        let name = value.get_type().name()?.to_string();
        return Err(refuse(&if text { format!("{name}: encode it first") } else { name }));
    };
    let format: String = view.getattr("format")?.extract()?;
    if !["B", "b", "c", "@B", "<B", "=B"].contains(&format.as_str()) {
        return Err(refuse(&format!("memory of format '{format}': say memoryview(…).cast('B')")));
    }
    check(py, view.getattr("nbytes")?.extract()?, most, what)?;
    // Gaps between the bytes are left out.
    Ok(Held::Copied(view.call_method0("tobytes")?.cast_into::<PyBytes>()?))
}

fn check(py: Python<'_>, bytes: usize, most: usize, what: &str) -> PyResult<()> {
    if bytes <= most {
        return Ok(());
    }
    let e = Error::new(ErrorKind::Limit, format!("{what} is too large"))
        .found(format!("{bytes} bytes"))
        .expected(format!("at most {most}"));
    Err(exception(py, &e))
}
