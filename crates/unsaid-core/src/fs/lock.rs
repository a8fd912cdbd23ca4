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

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::{Error, ErrorKind, Progress, Result};

/// A lock of a store, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    /// Nothing where there can be no lock.
    _file: Option<std::fs::File>,
}

/// How long a lock is waited for, and who hears of it.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// At most so long.
    pub patience: Duration,
    /// Is told what is waited for, once, and can end it.
    pub progress: &'a dyn Progress,
}

impl Lock {
    /// For adding to the store whose lock this file is, which is made where it is not there. Where nothing can be
    /// written, as in a store that is read-only, there is nothing to lock against.
    ///
    /// # Errors
    /// [`ErrorKind::Environment`] where somebody cleans up for longer than one waits; where the lock file is
    /// something else, as a link, or the system refuses. [`ErrorKind::Interrupted`].
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
    Ok(Lock { _file: None })
}

#[cfg(unix)]
fn take(path: &Path, alone: bool, waiting: &Waiting<'_>) -> Result<Lock> {
    use std::time::Instant;

    /// Nobody is told of a shorter time.
    const SHORT: Duration = Duration::from_millis(300);
    const PAUSE: Duration = Duration::from_millis(20);

    let failed = |e| Error::io("locking the store", e).in_file(path);
    let begun = Instant::now();
    let mut said = false;
    loop {
        let Some(file) = open(path, alone)? else { return Ok(Lock { _file: None }) };
        match try_lock(&file, alone) {
            // Whoever removed the whole store meanwhile removed the lock too: then it is made anew.
            Ok(true) if is_still(path, &file).map_err(failed)? => return Ok(Lock { _file: Some(file) }),
            Ok(_) => {}
            Err(e) if has_no_locks(&e) => return Ok(Lock { _file: None }),
            Err(e) => return Err(failed(e)),
        }
        let waited = begun.elapsed();
        if waited >= waiting.patience {
            return Err(busy(path, &file, alone, waiting.patience));
        }
        if waited >= SHORT && !said {
            said = true;
            let who = holders(&file);
            waiting.progress.note(&match alone {
                true => format!("waiting for {who} to end, which adds to the store"),
                false => format!("waiting for {who} to end, which removes what is not needed from the store"),
            });
        }
        waiting.progress.advance(0, 0)?;
        std::thread::sleep(PAUSE.min(waiting.patience - waited));
    }
}

#[cfg(unix)]
fn busy(path: &Path, file: &std::fs::File, alone: bool, patience: Duration) -> Error {
    let seconds = patience.as_secs();
    let (what, expected) = match alone {
        true => ("nothing is removed while somebody adds to the store", "nobody who adds to it"),
        false => {
            ("nothing is added while somebody removes what is not needed from the store", "nobody who does")
        }
    };
    Error::new(ErrorKind::Environment, what)
        .found(format!("{} after {seconds} seconds", holders(file)))
        .expected(expected)
        .in_file(path)
        .hint("wait until it has ended, or end it, then try again")
}

/// Opens the lock file and nothing else; `None` where nobody can make one.
#[cfg(unix)]
fn open(path: &Path, alone: bool) -> Result<Option<std::fs::File>> {
    use rustix::fs::OFlags;
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC).bits().cast_signed();
    let failed = |e| {
        let e = Error::io("opening the lock of the store", e).in_file(path);
        if path.is_symlink() { e.hint("a link lies where the lock belongs: remove it") } else { e }
    };
    // Over NFS only who may write may lock out everyone else.
    let there = OpenOptions::new().read(true).write(alone).custom_flags(flags).open(path);
    let file = match there {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).mode(0o600).custom_flags(flags);
            match options.open(path) {
                // Nothing can be added here either.
                Err(e) if !alone && cannot_be_written(&e) => return Ok(None),
                made => made.map_err(failed)?,
            }
        }
        there => there.map_err(failed)?,
    };
    if file.metadata().map_err(failed)?.is_file() {
        return Ok(Some(file));
    }
    Err(Error::new(ErrorKind::Environment, "what has the name of the store's lock is not a file")
        .in_file(path)
        .hint("something else lies where the lock belongs: move it away"))
}

#[cfg(unix)]
fn cannot_be_written(e: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(e.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded)
}

#[cfg(unix)]
fn try_lock(file: &std::fs::File, alone: bool) -> io::Result<bool> {
    use rustix::fs::{FlockOperation, flock};
    let operation = match alone {
        true => FlockOperation::NonBlockingLockExclusive,
        false => FlockOperation::NonBlockingLockShared,
    };
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(unix)]
fn has_no_locks(e: &io::Error) -> bool {
    use rustix::io::Errno;
    let none = [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL];
    Errno::from_io_error(e).is_some_and(|e| none.contains(&e))
}

#[cfg(unix)]
fn is_still(path: &Path, file: &std::fs::File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    Ok(std::fs::symlink_metadata(path).is_ok_and(|now| (now.dev(), now.ino()) == (ours.dev(), ours.ino())))
}

/// Who holds a lock of this file, as far as the system tells: only Linux does, and only of those it shows.
#[cfg(unix)]
fn holders(file: &std::fs::File) -> String {
    use std::os::unix::fs::MetadataExt;
    const MOST: usize = 5;
    let Ok(metadata) = file.metadata() else { return "another process".to_owned() };
    let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
    let table = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut ids = Vec::new();
    for line in table.lines() {
        // 1: FLOCK  ADVISORY  READ 1234 fe:01:56789 0 EOF
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [_, "FLOCK", _, _, id, of, ..] = fields[..] {
            if of == place && id.bytes().all(|b| b.is_ascii_digit()) && !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    if ids.is_empty() {
        return "another process".to_owned();
    }
    let named = |id: &&str| {
        let name = std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        match name.trim_end() {
            "" => format!("process {id}"),
            name => format!("process {id} ({})", super::escape(name.as_bytes())),
        }
    };
    let mut text: Vec<String> = ids.iter().take(MOST).map(named).collect();
    if ids.len() > MOST {
        text.push(format!("{} more", ids.len() - MOST));
    }
    text.join(", ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
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
    fn a_lock_that_was_removed_with_its_store_is_not_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let file = open(&path, false).unwrap().unwrap();
        assert!(is_still(&path, &file).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(!is_still(&path, &file).unwrap());
        let _new = Lock::exclusive(&path, &waiting(&crate::Silent, 0)).unwrap();
        assert!(!is_still(&path, &file).unwrap());
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
        assert!(Lock::shared(&nowhere, &waiting(&crate::Silent, 0)).unwrap()._file.is_none());
        assert!(Lock::exclusive(&nowhere, &waiting(&crate::Silent, 0)).is_err());
    }
}
