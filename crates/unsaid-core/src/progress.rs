//! How a long operation says how far it is, warns, and learns that it should stop.

use crate::{Error, ErrorKind, Result};

/// Receives the progress of one operation. Calls come from several threads.
pub trait Progress: Sync {
    /// The operation will consume this many bytes of input, if that is known.
    fn begin(&self, total: Option<u64>) {
        let _ = total;
    }

    /// `consumed` more bytes of input were read and `produced` more bytes of output made.
    /// Called at least once a mebibyte.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] where the caller wants the operation to end now.
    fn advance(&self, consumed: u64, produced: u64) -> Result<()> {
        let _ = (consumed, produced);
        Ok(())
    }

    /// Something was left out or looks wrong, and the operation goes on. The text names the file.
    /// An operation that warned has not done everything it was asked for.
    fn warn(&self, message: &str) {
        let _ = message;
    }

    /// Something worth knowing that is no failure (fewer threads than asked for, for instance).
    fn note(&self, message: &str) {
        let _ = message;
    }
}

/// Says nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

/// The error that [`Progress::advance`] returns to stop an operation.
pub fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "stopped on request")
}
