//! How do many processes use one store while one of them cleans up?
//!
//! Whoever adds to a store holds a shared lock from the first byte until what was added is pinned; whoever
//! removes what nobody needs holds the exclusive one from the first look until the last removal. Readers hold
//! none: what they have open stays theirs, and what is gone is fetched again.
//!
//! The locks are the kernel's (`flock` of an empty file in the store): they go with the process, however it
//! ends, and no process number is written down that another process could have later. Where there are no such
//! locks (a file system without them, a system other than Unix) nobody waits, and only the age of what is there
//! keeps it from being removed.

#[cfg(unix)]
mod unix;

use std::path::Path;
use std::time::Duration;

use crate::{Progress, Result};

#[cfg(unix)]
use unix::{release, take};

/// A lock of a store, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    /// Nothing where there can be no lock.
    file: Option<std::fs::File>,
}

/// How long a lock is waited for, and who hears of it.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// At most so long.
    pub patience: Duration,
    /// Is told what is waited for, once, and can end it.
    pub progress: &'a dyn Progress,
}

/// Let go at once: a child that another thread is just starting has a copy of the open file until it runs its program,
/// and closing ours alone would leave it locked until then.
impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            release(file);
        }
    }
}

impl Lock {
    /// For adding to the store whose lock this file is, which is made where it is not there. Where nothing can be
    /// written, as in a store that is read-only, there is nothing to lock against.
    ///
    /// # Errors
    /// `Environment` where somebody cleans up for longer than one waits; where the lock file is
    /// something else, as a link, or the system refuses. `Interrupted`.
    pub fn shared(path: &Path, waiting: &Waiting<'_>) -> Result<Lock> {
        take(path, false, waiting)
    }

    /// For cleaning up in the store whose lock this file is.
    ///
    /// # Errors
    /// As [`shared`](Self::shared), where somebody adds to the store for longer than one waits; the error names the
    /// processes where the system tells. `Environment` where the file cannot be made.
    pub fn exclusive(path: &Path, waiting: &Waiting<'_>) -> Result<Lock> {
        take(path, true, waiting)
    }
}

#[cfg(not(unix))]
fn take(_: &Path, _: bool, _: &Waiting<'_>) -> Result<Lock> {
    Ok(Lock { file: None })
}

#[cfg(not(unix))]
fn release(_: &std::fs::File) {}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::sync::Mutex;
    use std::time::Instant;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Progress for Notes {
        fn note(&self, message: &str) {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }

    fn waiting(progress: &dyn Progress, milliseconds: u64) -> Waiting<'_> {
        Waiting { patience: Duration::from_millis(milliseconds), progress }
    }

    #[test]
    fn who_adds_is_not_alone_and_who_cleans_up_is() {
        let (dir, notes) = (tempfile::tempdir().unwrap(), Notes::default());
        let path = dir.path().join("lock");
        let first = Lock::shared(&path, &waiting(&notes, 0)).unwrap();
        let second = Lock::shared(&path, &waiting(&notes, 0)).unwrap();
        let e = Lock::exclusive(&path, &waiting(&notes, 500)).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::Environment, Some(&*path)));
        assert!(e.hint_text().unwrap().contains("try again"));
        let note = notes.0.lock().unwrap().pop().unwrap();
        if cfg!(target_os = "linux") && std::fs::read_to_string("/proc/locks").is_ok_and(|t| !t.is_empty()) {
            let me = format!("process {} (", std::process::id());
            assert!(e.to_string().contains(&me) && note.contains(&me), "{e} {note}");
        }
        assert!(notes.0.lock().unwrap().is_empty(), "it is said once");
        drop(first);
        assert!(Lock::exclusive(&path, &waiting(&notes, 0)).is_err());
        drop(second);
        let alone = Lock::exclusive(&path, &waiting(&notes, 0)).unwrap();
        assert!(Lock::shared(&path, &waiting(&notes, 0)).is_err());
        let freed = Instant::now() + Duration::from_millis(100);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(100));
                drop(alone);
            });
            Lock::shared(&path, &waiting(&notes, 60_000)).unwrap();
            assert!(Instant::now() >= freed);
        });
    }

    #[test]
    fn whoever_waits_can_be_stopped() {
        struct Stops;
        impl Progress for Stops {
            fn advance(&self, _: u64, _: u64) -> Result<()> {
                Err(crate::progress::interrupted())
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let _alone = Lock::exclusive(&path, &waiting(&Stops, 0)).unwrap();
        let e = Lock::shared(&path, &waiting(&Stops, 60_000)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn g6_a_planted_link_or_pipe_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let (path, victim) = (dir.path().join("lock"), dir.path().join("victim"));
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        for alone in [false, true] {
            assert_eq!(
                take(&path, alone, &waiting(&crate::Silent, 0)).unwrap_err().kind(),
                ErrorKind::Environment
            );
        }
        assert!(!victim.exists());
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(Lock::shared(&path, &waiting(&crate::Silent, 0)).is_err());
    }

    #[test]
    fn where_nothing_can_be_written_nobody_is_locked_out() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = dir.path().join("no/lock");
        assert!(Lock::shared(&nowhere, &waiting(&crate::Silent, 0)).unwrap().file.is_none());
        assert!(Lock::exclusive(&nowhere, &waiting(&crate::Silent, 0)).is_err());
    }
}
