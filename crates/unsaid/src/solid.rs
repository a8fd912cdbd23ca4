//! Unpacking a `.paq9a` archive as safely as an `.ff`.
//!
//! The seed's own `x` command writes names as they stand on the user's word; here they come from the
//! archive, so they pass the same checks as any other entry, and what a [seal](crate::seal) says is
//! checked before a file is published.

use std::io::{self, Read, Write};

use unsaid_archive::{Entry, EntryKind, EntryMeta, Sink};
use unsaid_cm::paq9a::Reader;
use unsaid_core::check::{Hash, Hasher};
use unsaid_core::fs::EntryPath;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use crate::seal::Seal;

/// What was found in the archive, beside what the sink was told.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Size and hash of each entry, by name, in order.
    pub entries: Vec<(Vec<u8>, u64, Hash)>,
    /// Entries whose names are not safe, and damage that ended the archive early.
    pub problems: Vec<Error>,
}

/// Decodes a `.paq9a` archive from front to back and gives each entry to `sink`. An entry that fails its
/// seal, or that the archive cuts short, goes to [`Sink::fail`]; what follows damage cannot be decoded.
///
/// # Errors
/// The archive is none, asks for more than the limits, or the sink ends the operation.
pub fn deliver<R: Read>(
    archive: R,
    sink: &mut dyn Sink,
    seal: Option<&Seal>,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Delivered> {
    let mut reader = Reader::new(archive, limits)?;
    let mut delivered = Delivered::default();
    loop {
        let name = match reader.next_entry() {
            Ok(Some(entry)) => entry.name,
            Ok(None) => break,
            Err(e) => {
                keep_or_return(e, &mut delivered)?;
                return Ok(delivered);
            }
        };
        let at = delivered.entries.len();
        let entry = match EntryPath::parse(&name, limits) {
            Ok(path) => Some(Entry::new(at as u64, EntryMeta::new(path, EntryKind::File))),
            Err(e) => {
                delivered.problems.push(e);
                None
            }
        };
        let begun = match &entry {
            Some(entry) => sink.begin(entry)?,
            None => false,
        };
        let mut out = Hashing { sink: begun.then_some(&mut *sink), hasher: Hasher::new(), size: 0 };
        let read = reader.read_entry(&mut out, progress);
        let (size, hash) = (out.size, out.hasher.finish());
        let checked = match (read, seal) {
            (Ok(_), Some(seal)) => seal.check_entry(at, &name, size, hash),
            (Ok(_), None) => Ok(()),
            (Err(e), _) => {
                let kind = e.kind();
                if let Some(entry) = &entry {
                    let again = Error::new(kind, format!("'{}': {e}", entry.meta.path));
                    if begun {
                        sink.fail(entry, again)?;
                    } else {
                        delivered.problems.push(again);
                    }
                    return if is_damage(kind) { Ok(delivered) } else { Err(e) };
                }
                keep_or_return(e, &mut delivered)?;
                return Ok(delivered);
            }
        };
        delivered.entries.push((name, size, hash));
        match (checked, &entry) {
            (Ok(()), _) if begun => sink.end()?,
            (Err(e), Some(entry)) if begun => sink.fail(entry, e)?,
            (Err(e), _) => delivered.problems.push(e),
            (Ok(()), _) => {}
        }
    }
    if let Some(seal) = seal
        && delivered.entries.len() < seal.entries.len()
    {
        delivered.problems.push(
            Error::truncated("the archive has fewer entries than its seal")
                .found(delivered.entries.len())
                .expected(seal.entries.len()),
        );
    }
    Ok(delivered)
}

fn is_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Truncated | ErrorKind::Corrupt)
}

fn keep_or_return(e: Error, delivered: &mut Delivered) -> Result<()> {
    if !is_damage(e.kind()) {
        return Err(e);
    }
    delivered.problems.push(e);
    Ok(())
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
