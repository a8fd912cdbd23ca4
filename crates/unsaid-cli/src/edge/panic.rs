//! A panic is a broken promise of ours: exit code 70 and a request to report it, never a trace.

use std::any::Any;
use std::panic::{UnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use unsaid_core::{Error, ErrorKind};

/// The first panic of any thread: message and place.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics off the terminal and remembers the first.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = format!("{} ({place})", message(info.payload()));
        FIRST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    }));
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}

/// Runs `work`; a panic in it, or in a thread it waited for, is the returned error.
pub(crate) fn guard<T>(work: impl FnOnce() -> T + UnwindSafe) -> Result<T, Error> {
    let result = catch_unwind(work);
    let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner).take();
    outcome(result, first)
}

fn outcome<T>(result: std::thread::Result<T>, first: Option<String>) -> Result<T, Error> {
    match (result, first) {
        (Ok(value), None) => Ok(value),
        (_, Some(first)) => Err(report(&first)),
        (Err(payload), None) => Err(report(message(payload.as_ref()))),
    }
}

fn report(panic: &str) -> Error {
    Error::new(ErrorKind::Internal, "this is a bug in unsaid")
        .found(panic)
        .hint(format!("please report it, with the command and the version ({VERSION})"))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::exit::Exit;

    #[test]
    fn a_panic_becomes_exit_code_70_that_asks_for_a_report() {
        for e in [
            outcome(catch_unwind(|| panic!("broken {}", "promise")), None::<String>).map(|()| ()).unwrap_err(),
            outcome(catch_unwind(|| panic!("broken promise")), None::<String>).map(|()| ()).unwrap_err(),
        ] {
            assert_eq!(Exit::of(&e).code(), 70);
            assert!(e.to_string().contains("broken promise"), "{e}");
            assert!(e.hint_text().unwrap().contains("please report"));
        }
    }

    #[test]
    fn a_panic_in_another_thread_fails_a_run_that_came_back() {
        let e = outcome(Ok(5), Some("in a worker (pool.rs:1:1)".to_owned())).unwrap_err();
        assert_eq!(Exit::of(&e).code(), 70);
        assert_eq!(outcome(Ok(5), None).unwrap(), 5);
    }
}
