//! Data becomes codes, one at a time, without any segment.
//!
//! This is the format as the page has it, written plainly; what decodes fast is compared with it.

use unsaid_core::{Error, Result};

use crate::profile::{Codes, Huffman, Kind};

/// What a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The segment with this index.
    Segment(u32),
    /// A byte that no segment covers.
    Byte(u8),
}

/// Walks Data from a place on.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    codes: &'a Codes,
    data: &'a [u8],
    /// The bit that comes next.
    at: u64,
    /// Zeros skipped before the code that came last.
    skipped: u64,
}

impl<'a> Walk<'a> {
    /// From the start.
    pub fn new(codes: &'a Codes, data: &'a [u8]) -> Self {
        Self::from_bit(codes, data, 0)
    }

    /// From a bit on where a code begins.
    pub(crate) fn from_bit(codes: &'a Codes, data: &'a [u8], at: u64) -> Self {
        Walk { codes, data, at, skipped: 0 }
    }

    /// The byte of Data that comes next.
    pub fn byte(&self) -> u64 {
        self.at / 8
    }

    /// Zeros that mean nothing, between the code that came last and the one before it, or at the end.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The next code; `None` at the end.
    ///
    /// # Errors
    /// `Truncated` within a code or an escaped byte, `Corrupt` for bits that are no code.
    pub fn next_code(&mut self) -> Result<Option<Code>> {
        let left = self.left();
        let segment = match self.codes.kind() {
            Kind::Ones(more) => {
                self.skipped = 0;
                if *more > 0 {
                    self.skipped = self.run(false);
                    self.at += self.skipped;
                } else if self.only_filling(left) {
                    self.at += left;
                }
                if self.left() == 0 {
                    return Ok(None);
                }
                self.ones((*more).into())?
            }
            Kind::Huffman(huffman) => {
                if self.only_filling(left) {
                    self.at += left;
                    return Ok(None);
                }
                self.huffman(huffman)?
            }
        };
        if segment < self.codes.segments() {
            return Ok(Some(Code::Segment(segment)));
        }
        if self.left() < 8 {
            return Err(Error::truncated("the end of Data, within an escaped byte")
                .found(format!("{} bits of it", self.left()))
                .expected(8)
                .at(self.byte()));
        }
        let byte = (self.window() >> 56) as u8;
        self.at += 8;
        Ok(Some(Code::Byte(byte)))
    }

    fn left(&self) -> u64 {
        8 * self.data.len() as u64 - self.at
    }

    /// The next bits, at least 57 of them or all that are left, then zeros.
    fn window(&self) -> u64 {
        let mut bytes = [0; 8];
        let rest = self.data.get(self.byte() as usize..).unwrap_or(&[]);
        for (to, from) in bytes.iter_mut().zip(rest) {
            *to = *from;
        }
        u64::from_be_bytes(bytes) << (self.at % 8)
    }

    /// Whether the `left` bits that are left fill the last byte.
    fn only_filling(&self, left: u64) -> bool {
        left < 8 && u64::from(self.window().leading_ones()) >= left
    }

    /// How many bits like this one come next.
    fn run(&self, ones: bool) -> u64 {
        let mut run = 0;
        let left = self.left();
        let mut ahead = self.clone();
        while run < left {
            let window = if ones { !ahead.window() } else { ahead.window() };
            let known = (64 - ahead.at % 8).min(left - run);
            let here = u64::from(window.leading_zeros()).min(known);
            run += here;
            ahead.at += here;
            if here < known {
                break;
            }
        }
        run
    }

    /// The index that ones and a zero stand for, where index 0 has `more` ones.
    fn ones(&mut self, more: u64) -> Result<u32> {
        let run = self.run(true);
        let most = u64::from(self.codes.segments()) + more;
        if run > most {
            return Err(Error::corrupt("a code beyond the dictionary")
                .found(format!("{run} ones"))
                .expected(format!("at most {most}, the escape"))
                .at(self.byte()));
        }
        if run == self.left() {
            return Err(Error::truncated("the end of Data, within a code")
                .found(format!("{run} ones"))
                .expected("a zero behind them")
                .at(self.byte()));
        }
        self.at += run + 1;
        Ok((run - more) as u32)
    }

    fn huffman(&mut self, huffman: &Huffman) -> Result<u32> {
        match huffman.look_up(self.window()) {
            Some((segment, bits)) if u64::from(bits) <= self.left() => {
                self.at += u64::from(bits);
                Ok(segment)
            }
            Some((_, bits)) => Err(Error::truncated("the end of Data, within a code")
                .found(format!("{} bits", self.left()))
                .expected(bits)
                .at(self.byte())),
            None => {
                Err(Error::corrupt("bits that are no code").found("more than the escape").at(self.byte()))
            }
        }
    }
}
