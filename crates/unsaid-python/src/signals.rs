//! Control-C, and a callback of the caller's, while the interpreter is released.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use unsaid_core::{Progress, Result, progress::interrupted};

/// The interpreter is asked at most so often: taking it back may mean waiting for other threads.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets Python say that work should stop, and why.
pub(crate) struct Signals {
    callback: Option<Py<PyAny>>,
    state: Mutex<State>,
}

struct State {
    asked: Instant,
    consumed: u64,
    reason: Option<PyErr>,
}

impl Signals {
    /// `callback` is called with the bytes consumed so far.
    pub(crate) fn new(callback: Option<Py<PyAny>>) -> Signals {
        Signals { callback, state: Mutex::new(State { asked: Instant::now(), consumed: 0, reason: None }) }
    }

    /// What Python raised to stop the work; otherwise the error of the work itself.
    pub(crate) fn reason<T>(self, done: PyResult<T>) -> PyResult<T> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (done, state.reason) {
            (Err(_), Some(reason)) => Err(reason),
            (done, _) => done,
        }
    }

    fn ask(&self, consumed: u64) -> PyResult<()> {
        Python::attach(|py| {
            py.check_signals()?;
            self.callback.as_ref().map_or(Ok(()), |callback| callback.call1(py, (consumed,)).map(drop))
        })
    }
}

impl Progress for Signals {
    fn advance(&self, consumed: u64, _produced: u64) -> Result<()> {
        let so_far = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.consumed += consumed;
            if state.reason.is_some() {
                return Err(interrupted());
            }
            if state.asked.elapsed() < PAUSE {
                return Ok(());
            }
            state.asked = Instant::now();
            state.consumed
        };
        // Not under the lock: whoever has the interpreter might wait for the lock.
        self.ask(so_far).map_err(|reason| {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).reason = Some(reason);
            interrupted()
        })
    }
}
