//! PiZ, and unpacking one of its archives as safely as any other.

use std::io::{self, Read, Write};

pub use unsaid_piz::*;

use unsaid_archive::{Entry, EntryKind, EntryMeta, Sink};
use unsaid_core::check::Hasher;
use unsaid_core::fs::{EntryPath, Timestamp};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Workers};
use unsaid_pi::DigitSource;

use crate::seal::Seal;
use crate::solid::Delivered;

/// Unpacks an archive and gives its one file to `sink`, called by the last component of what the archive calls
/// it, or by `name`. One that fails its seal, or that the archive cuts short, goes to [`Sink::fail`].
///
/// # Errors
/// The archive is none, asks for more than the limits, or the sink ends the operation.
#[allow(clippy::too_many_arguments, reason = "all that unpacking needs from outside")]
pub fn deliver<R: Read>(
    archive: Archive<R>,
    name: &[u8],
    sink: &mut dyn Sink,
    seal: Option<&Seal>,
    digits: &dyn DigitSource,
    limits: &Limits,
    workers: &dyn Workers,
    progress: &dyn Progress,
) -> Result<Delivered> {
    let entry = entry(archive.metadata(), name, limits)?;
    let begun = sink.begin(&entry)?;
    let mut out = Hashing { sink: begun.then_some(&mut *sink), hasher: Hasher::new(), size: 0 };
    let unpacked = archive.unpack(&mut out, digits, limits, workers, progress);
    let (size, hash) = (out.size, out.hasher.finish());
    let name = entry.meta.path.as_bytes().to_owned();
    let mut delivered = Delivered::default();
    let checked = match (unpacked, seal) {
        // Who sealed the file may have called it otherwise.
        (Ok(_), Some(seal)) => {
            let sealed = seal.entries.first().map(|e| e.name.clone()).unwrap_or_default();
            seal.check_entry(0, &sealed, size, hash)
        }
        (Ok(_), None) => Ok(()),
        (Err(e), _) if matches!(e.kind(), ErrorKind::Truncated | ErrorKind::Corrupt) => Err(e),
        (Err(e), _) => {
            if begun {
                sink.fail(&entry, Error::new(e.kind(), format!("'{}': {e}", entry.meta.path)))?;
            }
            return Err(e);
        }
    };
    delivered.entries.push((name, size, hash));
    match checked {
        Ok(()) if begun => sink.end()?,
        Err(e) if begun => sink.fail(&entry, e)?,
        Err(e) => delivered.problems.push(e),
        Ok(()) => {}
    }
    Ok(delivered)
}

/// An archive's one file, as other archives describe theirs.
///
/// # Errors
/// [`ErrorKind::UnsafePath`] where neither name is one.
pub fn entry(metadata: &Metadata, name: &[u8], limits: &Limits) -> Result<Entry> {
    let name = metadata
        .fname
        .as_deref()
        .map_or(name, |fname| fname.rsplit(std::path::is_separator).next().unwrap_or_default().as_bytes());
    let mut meta = EntryMeta::new(EntryPath::parse(name, limits)?, EntryKind::File);
    meta.mode = metadata.fmode.map(|mode| mode & 0o777);
    meta.mtime = metadata.mtime.map(|time| Timestamp { seconds: time.unix(), nanos: 0 });
    Ok(Entry::new(0, meta))
}

/// Counts, hashes and passes on.
struct Hashing<'s> {
    sink: Option<&'s mut dyn Sink>,
    hasher: Hasher,
    size: u64,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        if let Some(sink) = &mut self.sink {
            sink.data(bytes).map_err(io::Error::from)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
