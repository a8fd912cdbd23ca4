//! How is a file of any length read, hashed and copied without being held in memory?

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

/// Bytes that are handled at once.
pub(crate) const PIECE: usize = 1 << 16;

/// The BLAKE3 of all that is read, and its size.
///
/// # Errors
/// `Environment`; `Interrupted`.
pub fn hash_of(from: impl Read, progress: &dyn Progress) -> Result<(Hash, u64)> {
    let mut out = Hashing::new(io::sink());
    copy(from, &mut out, progress)?;
    Ok(out.finish())
}

/// Copies everything, and says how far it is.
///
/// # Errors
/// `Environment`; `Interrupted`.
pub fn copy(mut from: impl Read, to: &mut dyn Write, progress: &dyn Progress) -> Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let n = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Error::io("reading", e)),
        };
        to.write_all(&piece[..n]).map_err(|e| Error::io("writing", e))?;
        progress.advance(n as u64, 0)?;
    }
}

/// Hashes and counts what goes through it.
pub(crate) struct Hashing<W> {
    hasher: Hasher,
    size: u64,
    out: W,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(out: W) -> Self {
        Hashing { hasher: Hasher::new(), size: 0, out }
    }

    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    /// The BLAKE3 and the number of the bytes that went through.
    pub(crate) fn finish(&self) -> (Hash, u64) {
        (self.hasher.finish(), self.size)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens a file, and nothing else: a pipe would keep the reader waiting for ever. `None` where there is
/// nothing.
pub(crate) fn open_file(path: &Path) -> Result<Option<File>> {
    let failed = |e| Error::io("opening what is kept", e).in_file(path);
    let checked = |metadata: fs::Metadata| match metadata.is_file() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Environment, "what has the name of something kept is not a file")
            .in_file(path)
            .hint("remove it, then get it again")),
    };
    // Opening is what hangs, so it is asked before; and after, for it may have been swapped.
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => checked(metadata.map_err(failed)?)?,
    }
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    checked(file.metadata().map_err(failed)?)?;
    Ok(Some(file))
}

/// All bytes of a file of knowledge; what is longer than the memory allowed is not read to its end.
///
/// # Errors
/// `Environment`, or `Limit`.
pub fn read_whole(file: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.take(limits.memory.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| Error::io("reading", e))?;
    limits.check_memory(bytes.len() as u64, "the file")?;
    Ok(bytes)
}
