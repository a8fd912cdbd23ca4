//! The module `unsaid._unsaid`: the record codec for Python. The package around it, with types and
//! documentation, is in `python/unsaid`.
//!
//! Rules: the interpreter is released while anything is coded or learned; no lock is held while it
//! is taken back; bytes that Python may change are copied first; no panic leaves this crate.
#![allow(unreachable_pub, reason = "the macros of pyo3 make the public names")]
#![allow(unsafe_code, reason = "the macros of pyo3 write the C side")]

mod buffer;
mod coder;
mod errors;
mod model;
mod pool;
mod signals;
mod train;

use pyo3::prelude::*;

/// The compiled part of the package `unsaid`.
#[pymodule]
fn _unsaid(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::register(module)?;
    module.add_class::<model::Model>()?;
    module.add_class::<coder::Compressor>()?;
    module.add_class::<coder::Decompressor>()?;
    module.add_function(wrap_pyfunction!(train::train, module)?)?;
    module.add("MAX_DOCUMENT", unsaid_records::MAX_DOCUMENT)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
