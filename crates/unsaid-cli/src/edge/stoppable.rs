//! Reading a file for as long as no signal asks to stop.
//!
//! Opening an archive is one call of the library, and where the index is lost it reads the whole file.
//! It has no progress to report yet, so that a signal is noticed where the bytes come from.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::progress::stop_if_asked;

/// A file whose next read fails with `Interrupted` after a signal.
#[derive(Debug)]
pub(crate) struct Stoppable(pub(crate) File);

impl Read for Stoppable {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        stop_if_asked()?;
        self.0.read(buf)
    }
}

impl Seek for Stoppable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
