//! Codes become bits, from the most significant bit of each byte down.

use crate::profile::{Codes, Kind};

/// Writes the codes of a dictionary one after another.
#[derive(Debug)]
pub(crate) struct Writer<'c> {
    codes: &'c Codes,
    out: Vec<u8>,
    /// Bits that make no byte yet, the last one lowest.
    held: u64,
    /// How many; fewer than 8 between calls.
    count: u32,
    escaped: bool,
}

impl<'c> Writer<'c> {
    pub(crate) fn new(codes: &'c Codes) -> Self {
        Writer { codes, out: Vec::new(), held: 0, count: 0, escaped: false }
    }

    /// Bytes that are whole.
    pub(crate) fn len(&self) -> u64 {
        self.out.len() as u64
    }

    pub(crate) fn segment(&mut self, index: u32) {
        match self.codes.kind() {
            Kind::Ones(more) => {
                let mut ones = u64::from(index) + u64::from(*more);
                while ones > 32 {
                    self.put(u64::from(u32::MAX), 32);
                    ones -= 32;
                }
                self.put(((1 << ones) - 1) << 1, ones as u32 + 1);
            }
            Kind::Huffman(huffman) => {
                let (code, bits) = huffman.code(index);
                self.put(code, bits);
            }
        }
        self.escaped = false;
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.segment(self.codes.segments());
        self.put(byte.into(), 8);
        self.escaped = true;
    }

    /// At most 33 bits; there are no others in `code`.
    fn put(&mut self, code: u64, bits: u32) {
        self.held = self.held << bits | code;
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.held >> self.count) as u8);
        }
    }

    /// Fills the last byte as the profile has it.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let ones = self.codes.fills_with_ones();
        if self.count > 0 {
            let bits = 8 - self.count;
            self.put(if ones { (1 << bits) - 1 } else { 0 }, bits);
        } else if !ones && !self.escaped {
            self.out.push(0);
        }
        self.out
    }
}
