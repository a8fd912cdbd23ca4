//! Errors become exceptions, one class a kind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use unsaid_core::{Error, ErrorKind, Result};

create_exception!(unsaid, UnsaidError, PyException, "Something went wrong; `hint` says what to do.");
create_exception!(unsaid, UsageError, UnsaidError, "The call makes no sense. Ask differently.");
create_exception!(unsaid, NotThisFormatError, UnsaidError, "The bytes are something else.");
create_exception!(unsaid, NewerVersionError, UnsaidError, "Written by a newer version of unsaid.");
create_exception!(unsaid, TruncatedError, UnsaidError, "The bytes end before they should.");
create_exception!(unsaid, CorruptError, UnsaidError, "The bytes are damaged.");
create_exception!(unsaid, MissingError, UnsaidError, "A model that is needed is not at hand.");
create_exception!(unsaid, LimitError, UnsaidError, "More is needed than the limits allow.");
create_exception!(unsaid, EnvironmentError, UnsaidError, "The operating system refused.");
create_exception!(unsaid, InternalError, UnsaidError, "A promise of this library was broken: report it.");

/// Adds the classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("UnsaidError", py.get_type::<UnsaidError>())?;
    module.add("UsageError", py.get_type::<UsageError>())?;
    module.add("NotThisFormatError", py.get_type::<NotThisFormatError>())?;
    module.add("NewerVersionError", py.get_type::<NewerVersionError>())?;
    module.add("TruncatedError", py.get_type::<TruncatedError>())?;
    module.add("CorruptError", py.get_type::<CorruptError>())?;
    module.add("MissingError", py.get_type::<MissingError>())?;
    module.add("LimitError", py.get_type::<LimitError>())?;
    module.add("EnvironmentError", py.get_type::<EnvironmentError>())?;
    module.add("InternalError", py.get_type::<InternalError>())
}

/// Runs `work` with the interpreter released. A panic, which would be a bug, is an error.
pub(crate) fn released<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    let done = py.detach(|| {
        let lost = |_| Err(Error::new(ErrorKind::Internal, "a part of the library panicked"));
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(lost)
    });
    done.map_err(|e| exception(py, &e))
}

/// The exception for an error, with its hint and place.
pub(crate) fn exception(py: Python<'_>, e: &Error) -> PyErr {
    let text = match e.path() {
        Some(path) => format!("{}: {e}", path.display()),
        None => e.to_string(),
    };
    let error = match e.kind() {
        ErrorKind::Usage | ErrorKind::UnsafePath => UsageError::new_err(text),
        ErrorKind::NotThisFormat => NotThisFormatError::new_err(text),
        ErrorKind::NewerVersion => NewerVersionError::new_err(text),
        ErrorKind::Truncated => TruncatedError::new_err(text),
        ErrorKind::Corrupt => CorruptError::new_err(text),
        ErrorKind::Missing => MissingError::new_err(text),
        ErrorKind::Limit => LimitError::new_err(text),
        ErrorKind::Environment | ErrorKind::Exists => EnvironmentError::new_err(text),
        _ => InternalError::new_err(text),
    };
    let value = error.value(py);
    // An exception without them says enough.
    let _ = value.setattr("hint", e.hint_text());
    let _ = value.setattr("offset", e.offset());
    if let Some(hint) = e.hint_text() {
        let _ = value.call_method1("add_note", (hint,));
    }
    error
}
