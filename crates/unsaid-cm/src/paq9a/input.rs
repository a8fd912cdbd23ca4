//! Reading an archive in pieces of any size.

use std::io::{ErrorKind as IoKind, Read};

use unsaid_core::{Error, Result};

/// Bytes asked for at a time.
const STEP: usize = 1 << 16;

/// A buffered reader that counts, and that gives every byte once.
#[derive(Debug)]
pub(super) struct Input<R> {
    reader: R,
    buffer: Box<[u8]>,
    next: usize,
    end: usize,
    /// Bytes given so far.
    pub(super) offset: u64,
}

impl<R: Read> Input<R> {
    pub(super) fn new(reader: R) -> Self {
        Input { reader, buffer: vec![0; STEP].into_boxed_slice(), next: 0, end: 0, offset: 0 }
    }

    /// The next byte, or `None` at the end.
    #[inline]
    pub(super) fn byte(&mut self) -> Result<Option<u8>> {
        if self.next == self.end {
            self.refill()?;
        }
        let byte = self.buffer[..self.end].get(self.next).copied();
        let taken = usize::from(byte.is_some());
        self.next += taken;
        self.offset += taken as u64;
        Ok(byte)
    }

    #[cold]
    fn refill(&mut self) -> Result<()> {
        self.next = 0;
        self.end = 0;
        self.end = loop {
            match self.reader.read(&mut self.buffer) {
                Ok(n) => break n,
                Err(e) if e.kind() == IoKind::Interrupted => {}
                Err(e) => return Err(Error::io("reading the archive", e).at(self.offset)),
            }
        };
        Ok(())
    }

    /// Reads until `out` is full or the input ends.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut n = 0;
        while n < out.len() {
            if self.next == self.end {
                self.refill()?;
                if self.end == 0 {
                    break;
                }
            }
            let taken = (out.len() - n).min(self.end - self.next);
            out[n..n + taken].copy_from_slice(&self.buffer[self.next..self.next + taken]);
            self.next += taken;
            self.offset += taken as u64;
            n += taken;
        }
        Ok(n)
    }

    pub(super) fn fill_exactly(&mut self, out: &mut [u8], what: &str) -> Result<()> {
        let n = self.fill(out)?;
        if n < out.len() {
            return Err(Error::truncated(what)
                .found(format!("{n} bytes"))
                .expected(format!("{}", out.len()))
                .at(self.offset));
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<()> {
        let mut left = bytes;
        while left > 0 {
            if self.next == self.end {
                self.refill()?;
                if self.end == 0 {
                    return Err(Error::truncated("the payload of a block")
                        .found(format!("{} bytes", bytes - left))
                        .expected(format!("{bytes}"))
                        .at(self.offset));
                }
            }
            let taken = ((self.end - self.next) as u64).min(left);
            self.next += taken as usize;
            self.offset += taken;
            left -= taken;
        }
        Ok(())
    }
}
