//! A binary arithmetic coder with 16-bit probabilities, and an end that costs as few bytes as it can.
//!
//! The value of a stream is a binary fraction; the state is an interval of it, whose lower end `low`
//! and width `range` are kept in a window of 32 bits behind the bytes that have left. A decision
//! splits the interval in proportion to its probability, the lower part stands for 1. While the
//! width is below 2^24, the window moves on by a byte. A carry out of the window goes into the bytes
//! that have left already (as in G. Martin, "Range encoding", 1979).
//!
//! The end: of the numbers in the interval the encoder takes the one with the fewest bytes in the
//! window, 0 to [`WINDOW_BYTES`], and of these the smallest. The decoder takes zeros for what is not
//! there and knows afterwards whether the stream was the one that the encoder would have written
//! ([`Decoder::finish`]).

/// Bits of a probability.
pub const PROBABILITY_BITS: u32 = 16;

/// Bytes of the window: how far beyond its end a whole stream is read.
pub const WINDOW_BYTES: usize = 4;

/// The window moves on while the width is below this.
const LEAST_RANGE: u32 = 1 << 24;

/// The width of the part that stands for 1. `p` (1..=65535) is the probability of 1 in 65536ths;
/// both parts have a width of at least 1, because that of the whole is at least 2^24.
#[inline(always)]
fn split(range: u32, p: u32) -> u32 {
    debug_assert!((1..1 << PROBABILITY_BITS).contains(&p) && range >= LEAST_RANGE);
    ((u64::from(range) * u64::from(p)) >> PROBABILITY_BITS) as u32
}

/// The fewest bytes of the window that name a number in `[low, low + range)`, and the smallest such
/// number. It may be 2^32: a carry and no byte.
fn shortest(low: u32, range: u32) -> (usize, u64) {
    let (low, end) = (u64::from(low), u64::from(low) + u64::from(range));
    for bytes in 0..WINDOW_BYTES {
        let unit = 1u64 << (8 * (WINDOW_BYTES - bytes));
        let number = low.div_ceil(unit) * unit;
        if number < end {
            return (bytes, number);
        }
    }
    (WINDOW_BYTES, low)
}

/// Turns decisions into bytes, which it appends to a vector.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    /// Where the stream starts in `out`; a carry goes no further back.
    start: usize,
    low: u32,
    range: u32,
}

impl<'a> Encoder<'a> {
    /// A stream that starts at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Encoder { out, start, low: 0, range: u32::MAX }
    }

    /// Codes `bit`, whose probability of being 1 is `p` 65536ths (1..=65535).
    #[inline]
    pub fn encode(&mut self, bit: bool, p: u32) {
        let ones = split(self.range, p);
        if bit {
            self.range = ones;
        } else {
            let (low, carry) = self.low.overflowing_add(ones);
            self.low = low;
            self.range -= ones;
            if carry {
                self.carry();
            }
        }
        while self.range < LEAST_RANGE {
            self.out.push((self.low >> 24) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
    }

    /// Ends the stream.
    pub fn finish(mut self) {
        let (bytes, number) = shortest(self.low, self.range);
        if number >> 32 != 0 {
            self.carry();
        }
        self.out.extend_from_slice(&(number as u32).to_be_bytes()[..bytes]);
    }

    #[cold]
    fn carry(&mut self) {
        let start = self.start;
        for byte in self.out[start..].iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                return;
            }
        }
    }
}

/// What the end of a stream says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// These are the bytes that the encoder writes for these decisions.
    Exact,
    /// More bytes were needed than there are.
    Truncated,
    /// No encoder ends like this: bytes are left over or differ.
    Foreign,
}

/// Turns bytes back into decisions.
///
/// A stream that was cut or changed still gives decisions. The caller checks [`Decoder::starved`]
/// at its own pace, and [`Decoder::finish`] at the end.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    /// Bytes taken into the window, zeros beyond the end counted.
    taken: usize,
    /// The last four bytes taken.
    window: u32,
    /// How far the number of the stream is above the interval's lower end.
    offset: u32,
    range: u32,
    /// Whether the number was outside of the first interval, where no decision leads.
    outside: bool,
}

impl<'a> Decoder<'a> {
    /// A stream that is all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Decoder { bytes, taken: 0, window: 0, offset: 0, range: u32::MAX, outside: false };
        for _ in 0..WINDOW_BYTES {
            decoder.shift_in();
        }
        decoder.outside = decoder.offset >= decoder.range;
        decoder
    }

    /// The next decision, whose probability of being 1 is `p` 65536ths (1..=65535).
    #[inline]
    pub fn decode(&mut self, p: u32) -> bool {
        let ones = split(self.range, p);
        let bit = self.offset < ones;
        if bit {
            self.range = ones;
        } else {
            self.offset -= ones;
            self.range -= ones;
        }
        while self.range < LEAST_RANGE {
            self.range <<= 8;
            self.shift_in();
        }
        bit
    }

    /// Whether more than [`WINDOW_BYTES`] bytes beyond the end were needed: no whole stream needs
    /// them, and what was decoded since means nothing.
    #[inline]
    pub fn starved(&self) -> bool {
        self.taken > self.bytes.len().saturating_add(WINDOW_BYTES)
    }

    /// Whether the stream ends here, as the encoder would have ended it.
    pub fn finish(&self) -> Ending {
        if self.starved() {
            return Ending::Truncated;
        }
        // The bytes that have left the window.
        let left = self.taken - WINDOW_BYTES;
        if self.bytes.len() > self.taken || self.outside {
            return Ending::Foreign;
        }
        let (bytes, number) = shortest(self.window.wrapping_sub(self.offset), self.range);
        if self.bytes.len() == left + bytes && number as u32 == self.window {
            Ending::Exact
        } else {
            Ending::Foreign
        }
    }

    #[inline]
    fn shift_in(&mut self) {
        let byte = u32::from(self.bytes.get(self.taken).copied().unwrap_or(0));
        self.taken += 1;
        self.window = self.window << 8 | byte;
        self.offset = self.offset << 8 | byte;
    }
}
