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

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(decisions: &[(bool, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes);
        for &(bit, p) in decisions {
            encoder.encode(bit, p);
        }
        encoder.finish();
        bytes
    }

    fn decisions(seed: u32, n: usize) -> Vec<(bool, u32)> {
        let mut x = seed.wrapping_mul(2) | 1;
        (0..n)
            .map(|_| {
                x = x.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
                let p = match x >> 29 {
                    0 => 1,
                    1 => 65535,
                    _ => (x >> 8 & 0xffff).max(1),
                };
                x = x.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
                ((x >> 16 & 0xffff) < p, p)
            })
            .collect()
    }

    #[test]
    fn what_was_coded_is_decoded_and_its_end_is_exact() {
        for seed in 0..500 {
            let decisions = decisions(seed, seed as usize % 97);
            let bytes = coded(&decisions);
            let mut decoder = Decoder::new(&bytes);
            for &(bit, p) in &decisions {
                assert_eq!(decoder.decode(p), bit, "{seed}");
                assert!(!decoder.starved());
            }
            assert_eq!(decoder.finish(), Ending::Exact, "{seed}");
        }
    }

    #[test]
    fn no_decisions_take_no_bytes_and_likely_ones_nearly_none() {
        assert_eq!(coded(&[]), []);
        assert!(coded(&[(true, 65535); 40_000]).len() <= 1);
        assert!(coded(&[(false, 1); 40_000]).len() <= 1);
        assert!((1999..=2002).contains(&coded(&[(false, 65535); 1000]).len()), "sixteen bits each");
    }

    #[test]
    fn b1_b2_another_stream_is_foreign_truncated_or_the_encoding_of_other_decisions() {
        for seed in 0..60 {
            let decisions = decisions(seed, 60);
            let bytes = coded(&decisions);
            let mut damaged: Vec<Vec<u8>> = (0..bytes.len()).map(|n| bytes[..n].to_vec()).collect();
            damaged.push([&bytes[..], &[0]].concat());
            for bit in 0..8 * bytes.len() {
                let mut copy = bytes.clone();
                copy[bit / 8] ^= 1 << (bit % 8);
                damaged.push(copy);
            }
            for stream in damaged {
                let mut decoder = Decoder::new(&stream);
                let other: Vec<_> = decisions.iter().map(|&(_, p)| (decoder.decode(p), p)).collect();
                assert_eq!(decoder.finish() == Ending::Exact, coded(&other) == stream, "{seed} {stream:?}");
            }
        }
    }

    #[test]
    fn b4_a_stream_is_read_no_more_than_the_window_beyond_its_end() {
        let mut decoder = Decoder::new(&[]);
        let mut n = 0;
        while !decoder.starved() {
            decoder.decode(1 << 15);
            n += 1;
        }
        // The first eight decisions leave the width at 2^24; the ninth asks for a byte.
        assert!(n <= 9, "{n}");
        assert_eq!(decoder.finish(), Ending::Truncated);
    }

    #[test]
    fn a_number_outside_of_the_first_interval_is_foreign() {
        let mut decoder = Decoder::new(&[0xff; 8]);
        assert_eq!(decoder.finish(), Ending::Foreign);
        (0..1000).for_each(|_| _ = decoder.decode(60_000));
        assert_ne!(decoder.finish(), Ending::Exact);
    }

    #[test]
    fn a_carry_stays_in_its_stream() {
        for seed in 0..200 {
            let decisions = decisions(seed, 50);
            let mut bytes = vec![0xff; 3];
            let mut encoder = Encoder::new(&mut bytes);
            decisions.iter().for_each(|&(bit, p)| encoder.encode(bit, p));
            encoder.finish();
            assert_eq!(bytes, [&[0xff; 3][..], &coded(&decisions)].concat());
        }
    }
}
