//! `flock`, asked for again and again, as a wait that can be stopped.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::{Lock, Waiting};
use crate::{Error, ErrorKind, Result};

pub(super) fn take(path: &Path, alone: bool, waiting: &Waiting<'_>) -> Result<Lock> {
    /// Nobody is told of a shorter time.
    const SHORT: Duration = Duration::from_millis(300);
    const PAUSE: Duration = Duration::from_millis(20);

    let failed = |e| Error::io("locking the store", e).in_file(path);
    let begun = Instant::now();
    let mut said = false;
    loop {
        let Some(file) = open(path, alone)? else { return Ok(Lock { file: None }) };
        match try_lock(&file, alone) {
            // Whoever removed the whole store meanwhile removed the lock too: then it is made anew.
            Ok(true) if is_still(path, &file).map_err(failed)? => return Ok(Lock { file: Some(file) }),
            Ok(_) => {}
            Err(e) if has_no_locks(&e) => return Ok(Lock { file: None }),
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
        thread::sleep(PAUSE.min(waiting.patience - waited));
    }
}

fn busy(path: &Path, file: &File, alone: bool, patience: Duration) -> Error {
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
fn open(path: &Path, alone: bool) -> Result<Option<File>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC).bits() as i32;
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

fn cannot_be_written(e: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(e.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded)
}

pub(super) fn release(file: &File) {
    // Where this fails, closing the file does it.
    let _ = flock(file, FlockOperation::Unlock);
}

fn try_lock(file: &File, alone: bool) -> io::Result<bool> {
    let operation = match alone {
        true => FlockOperation::NonBlockingLockExclusive,
        false => FlockOperation::NonBlockingLockShared,
    };
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

fn has_no_locks(e: &io::Error) -> bool {
    let none = [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL];
    Errno::from_io_error(e).is_some_and(|e| none.contains(&e))
}

fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    let ours = file.metadata()?;
    Ok(fs::symlink_metadata(path).is_ok_and(|now| (now.dev(), now.ino()) == (ours.dev(), ours.ino())))
}

/// Who holds a lock of this file, as far as the system tells: only Linux does, and only of those it shows.
fn holders(file: &File) -> String {
    const MOST: usize = 5;
    let Ok(metadata) = file.metadata() else { return "another process".to_owned() };
    let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
    let table = fs::read_to_string("/proc/locks").unwrap_or_default();
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
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        match name.trim_end() {
            "" => format!("process {id}"),
            name => format!("process {id} ({})", crate::fs::escape(name.as_bytes())),
        }
    };
    let mut text: Vec<String> = ids.iter().take(MOST).map(named).collect();
    if ids.len() > MOST {
        text.push(format!("{} more", ids.len() - MOST));
    }
    text.join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;
    use crate::Silent;

    #[test]
    fn a_lock_that_was_removed_with_its_store_is_not_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let file = open(&path, false).unwrap().unwrap();
        assert!(is_still(&path, &file).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_still(&path, &file).unwrap());
        let _new = take(&path, true, &Waiting { patience: Duration::ZERO, progress: &Silent }).unwrap();
        assert!(!is_still(&path, &file).unwrap());
    }
}
