//! Where a coder's bytes go to and come from.

/// Takes the bytes of an encoder.
pub trait ByteSink {
    /// Appends one byte.
    fn push_byte(&mut self, byte: u8);
}

impl ByteSink for Vec<u8> {
    #[inline]
    fn push_byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// Gives the bytes of a decoder.
pub trait ByteSource {
    /// The next byte, or `None` where there is none: the end, or a failure that the source remembers.
    fn next_byte(&mut self) -> Option<u8>;
}

/// Reads from a slice and counts.
#[derive(Clone, Debug)]
pub struct SliceSource<'a> {
    rest: &'a [u8],
}

impl<'a> SliceSource<'a> {
    /// Starts at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        SliceSource { rest: bytes }
    }

    /// How many bytes nobody has asked for yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }
}

impl ByteSource for SliceSource<'_> {
    #[inline]
    fn next_byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }
}
