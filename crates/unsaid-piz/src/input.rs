//! An archive's bytes, a block of whole lines at a time.

use std::io::Read;

use unsaid_core::{Error, Result};

use crate::line::{LONGEST, Place};

/// Bytes that are read at once. Small enough for a processor's own cache, and longer than any line.
pub(crate) const BLOCK: usize = 192 << 10;
const _: () = assert!(BLOCK > 2 * LONGEST);

/// Zeros behind the last byte of a block, so that whoever reads eight bytes at a time need not ask.
pub(crate) const PADDING: usize = 16;

/// Text: whole lines, but for the last of an input that is cut, and for one that is too long.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The text and at least [`PADDING`] more bytes, which are no part of it.
    bytes: Vec<u8>,
    length: usize,
}

impl Block {
    pub(crate) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The text and [`PADDING`] zeros.
    pub(crate) fn padded(&self) -> &[u8] {
        &self.bytes[..self.length + PADDING]
    }

    /// Makes it `length` bytes long, which is not more than it was.
    pub(crate) fn cut(&mut self, length: usize) {
        self.length = length;
        self.bytes[length..length + PADDING].fill(0);
    }
}

/// What remains to be read.
#[derive(Debug)]
pub(crate) struct Input<R> {
    reader: R,
    /// The beginning of a line that the last block did not have room for.
    rest: Vec<u8>,
    ended: bool,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(reader: R) -> Self {
        Input { reader, rest: Vec::new(), ended: false }
    }

    /// Gives back text that was read and not used; it comes again.
    pub(crate) fn give_back(&mut self, text: &[u8]) {
        self.rest.splice(..0, text.iter().copied());
    }

    /// The next lines, in the memory of `block`; no text where the input has ended.
    pub(crate) fn block(&mut self, mut block: Block) -> Result<Block> {
        let capacity = BLOCK.max(self.rest.len());
        if block.bytes.len() < capacity + PADDING {
            block.bytes.resize(capacity + PADDING, 0);
        }
        block.bytes[..self.rest.len()].copy_from_slice(&self.rest);
        let mut length = self.rest.len();
        self.rest.clear();
        while length < capacity && !self.ended {
            match read(&mut self.reader, &mut block.bytes[length..capacity])? {
                0 => self.ended = true,
                count => length += count,
            }
        }
        if !self.ended {
            // A line that is longer than a block is left to whoever reads it.
            let lines =
                block.bytes[..length].iter().rposition(|&byte| byte == b'\n').map_or(length, |lf| lf + 1);
            self.rest.extend_from_slice(&block.bytes[lines..length]);
            length = lines;
        }
        block.cut(length);
        Ok(block)
    }

    /// Whether anything at all is left.
    pub(crate) fn more(&mut self) -> Result<bool> {
        Ok(!self.rest.is_empty() || (!self.ended && read(&mut self.reader, &mut [0])? > 0))
    }
}

fn read(reader: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result.map_err(|e| Error::io("reading the archive", e)),
        }
    }
}

/// The line that begins at `at`, without its LF; `None` where the text ends there.
pub(crate) fn line(text: &[u8], at: usize, place: Place) -> Result<Option<&[u8]>> {
    let rest = &text[at..];
    if rest.is_empty() {
        return Ok(None);
    }
    let window = &rest[..rest.len().min(LONGEST + 1)];
    match window.iter().position(|&byte| byte == b'\n') {
        Some(length) => Ok(Some(&rest[..length])),
        None if window.len() > LONGEST => Err(place.too_long()),
        None => Err(place.cut(rest.len())),
    }
}
