//! Decoded groups in, checked files out.
//!
//! Nothing reaches a [`Sink`] as whole that has not passed the CRC32 of each chunk and the BLAKE3 of
//! the file. Damage to one group fails the files that have bytes in it, and only those.

use unsaid_core::check::{Hasher, crc32};
use unsaid_core::{Error, Limits, Progress, Result};

use crate::entry::Entry;
use crate::format::{CHUNK, PieceData};
use crate::method::Method;

/// Takes the files of an archive, one after the other.
pub trait Sink {
    /// A file begins. `false` leaves it out.
    ///
    /// # Errors
    /// Only what should end the whole operation; so for the other methods.
    fn begin(&mut self, entry: &Entry) -> Result<bool>;

    /// More bytes of the file that was begun; their chunk's CRC32 was right.
    fn data(&mut self, bytes: &[u8]) -> Result<()>;

    /// The file that was begun is whole, and its BLAKE3 was right.
    fn end(&mut self) -> Result<()>;

    /// The file is damaged, whether it was begun or not. What came of it must not pass for the file.
    fn fail(&mut self, entry: &Entry, error: Error) -> Result<()>;
}

/// A group's payload on its way to a decoder.
pub(crate) struct Coded {
    pub(crate) method: Method,
    pub(crate) raw_length: u64,
    pub(crate) payload: Vec<u8>,
}

impl Coded {
    /// Memory that decoding it takes, in bytes.
    pub(crate) fn memory(method: Method, raw_length: u64, payload_length: u64) -> u64 {
        method.memory().saturating_add(raw_length).saturating_add(payload_length)
    }

    pub(crate) fn decode(self, limits: &Limits, progress: &dyn Progress) -> Result<Vec<u8>> {
        let length = usize::try_from(self.raw_length).unwrap_or(usize::MAX);
        let coded = self.payload.len() as u64;
        limits.check_memory(Self::memory(self.method, self.raw_length, coded), "decoding a group")?;
        self.method.decode(self.payload, length, limits, progress)
    }
}

struct Current {
    entry: u64,
    at: u64,
    hasher: Hasher,
}

/// Follows the pieces of the groups, in order, and calls the sink.
pub(crate) struct Delivery<'a> {
    sink: &'a mut dyn Sink,
    limits: Limits,
    current: Option<Current>,
    /// The last file that failed or was left out: its further pieces are passed over.
    settled: Option<u64>,
    written: u64,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink, limits: &Limits) -> Self {
        Delivery { sink, limits: limits.clone(), current: None, settled: None, written: 0 }
    }

    /// Delivers the pieces of one group that `find` knows an entry for.
    pub(crate) fn group<'e>(
        &mut self,
        find: impl Fn(u64) -> Option<&'e Entry>,
        pieces: &[(u64, PieceData)],
        data: Result<Vec<u8>>,
    ) -> Result<()> {
        let mut rest: &[u8] = data.as_deref().unwrap_or_default();
        for (number, piece) in pieces {
            let (bytes, tail) = rest.split_at_checked(piece.length as usize).unwrap_or((&[], &[]));
            rest = tail;
            let Some(entry) = find(*number) else { continue };
            if self.settled == Some(*number) {
                continue;
            }
            self.give_up_unless(Some(*number), &find)?;
            let delivered = match &data {
                Ok(_) => self.piece(entry, piece, bytes),
                Err(e) => Err(Failed::File(about(entry, e))),
            };
            match delivered {
                Ok(()) => {}
                Err(Failed::File(error)) => {
                    self.current = None;
                    self.settled = Some(*number);
                    self.sink.fail(entry, error)?;
                }
                Err(Failed::All(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fails the file whose end never came.
    pub(crate) fn finish<'e>(mut self, find: impl Fn(u64) -> Option<&'e Entry>) -> Result<()> {
        self.give_up_unless(None, &find)
    }

    fn give_up_unless<'e>(
        &mut self,
        next: Option<u64>,
        find: &impl Fn(u64) -> Option<&'e Entry>,
    ) -> Result<()> {
        match self.current.take() {
            Some(current) if next != Some(current.entry) => match find(current.entry) {
                Some(entry) => self.sink.fail(entry, missing(entry, current.at)),
                None => Ok(()),
            },
            other => {
                self.current = other;
                Ok(())
            }
        }
    }

    fn piece(&mut self, entry: &Entry, piece: &PieceData, bytes: &[u8]) -> Result<(), Failed> {
        if piece.first_chunk == 0 {
            if !self.sink.begin(entry)? {
                self.settled = Some(entry.number);
                return Ok(());
            }
            self.current = Some(Current { entry: entry.number, at: 0, hasher: Hasher::new() });
        }
        let offset = piece.offset();
        let current = match &mut self.current {
            Some(current) if current.at == offset => current,
            Some(current) => return Err(Failed::File(missing(entry, current.at))),
            None => return Err(Failed::File(missing(entry, 0))),
        };
        for ((chunk, expected), number) in
            bytes.chunks(CHUNK as usize).zip(&piece.crcs).zip(piece.first_chunk..)
        {
            let found = crc32(chunk);
            if found != *expected {
                return Err(Failed::File(
                    Error::corrupt(format!("'{}': CRC32 of chunk {number}", entry.meta.path))
                        .found(format!("{found:08x}"))
                        .expected(format!("{expected:08x}")),
                ));
            }
            self.written += chunk.len() as u64;
            self.limits.check_output(self.written, "unpacking the archive")?;
            current.hasher.update(chunk);
            self.sink.data(chunk)?;
        }
        current.at = piece.end();
        let Some(expected) = piece.hash else { return Ok(()) };
        let found = current.hasher.finish();
        self.current = None;
        if found != expected {
            return Err(Failed::File(
                Error::corrupt(format!("'{}': BLAKE3 of the file", entry.meta.path))
                    .found(found)
                    .expected(expected),
            ));
        }
        self.sink.end().map_err(Failed::All)
    }
}

/// Whether one file failed, or everything.
enum Failed {
    File(Error),
    All(Error),
}

impl From<Error> for Failed {
    fn from(e: Error) -> Self {
        Failed::All(e)
    }
}

/// The group's error, told of one of its files.
fn about(entry: &Entry, group: &Error) -> Error {
    let error = Error::new(group.kind(), format!("'{}': {group}", entry.meta.path));
    match group.hint_text() {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn missing(entry: &Entry, at: u64) -> Error {
    Error::truncated(format!("'{}': bytes from {at} on are not in the archive", entry.meta.path))
}
