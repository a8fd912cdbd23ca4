//! A carry-free binary arithmetic coder with 12-bit probabilities, as used by the PAQ family
//! (M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", 2005).
//!
//! The state is an interval `[low, high]` of 32-bit numbers, both ends included. A decision splits
//! it in proportion to its probability; bytes that both ends share are final and leave at the top.
//! The lower part stands for 1. There is no carry, at the price of a few hundredths of a percent.
//!
//! The end of a stream is four bytes: the top byte of `low`, then `ff ff ff`. It marks no end;
//! the decoder must know how many decisions to ask for.

use crate::{ByteSink, ByteSource};

/// Bits of a probability.
pub const PROBABILITY_BITS: u32 = 12;

/// Bytes that [`Encoder::finish`] writes and that [`Decoder::new`] reads before the first decision.
pub const FLUSH_BYTES: usize = 4;

/// Splits the interval: the last number of its lower part, which stands for 1.
///
/// `p` (0..=4095) is the probability of 1 in 4096ths. Values below 2048 are raised by one, so that
/// a 1 is never impossible; a 0 keeps at least 1/4096 because 4095 is the largest.
#[inline]
fn split(low: u32, high: u32, p: u32) -> u32 {
    debug_assert!(p < 1 << PROBABILITY_BITS && low <= high);
    let p = p + u32::from(p < 2048);
    let range = high.wrapping_sub(low);
    low.wrapping_add((range >> 12) * p + (((range & 0xfff) * p) >> 12))
}

/// Whether the top byte of both ends is the same, and therefore final.
#[inline]
fn top_byte_is_final(low: u32, high: u32) -> bool {
    (low ^ high) >> 24 == 0
}

/// Turns decisions into bytes.
#[derive(Clone, Debug)]
pub struct Encoder {
    low: u32,
    high: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// A coder at the start of a stream.
    pub fn new() -> Self {
        Encoder { low: 0, high: u32::MAX }
    }

    /// Codes `bit`, whose probability of being 1 is `p` 4096ths (0..=4095).
    #[inline]
    pub fn encode(&mut self, bit: bool, p: u32, sink: &mut impl ByteSink) {
        let mid = split(self.low, self.high, p);
        self.high = if bit { mid } else { self.high };
        self.low = if bit { self.low } else { mid.wrapping_add(1) };
        while top_byte_is_final(self.low, self.high) {
            sink.push_byte((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
        }
    }

    /// Ends the stream with [`FLUSH_BYTES`] bytes and starts the next one.
    pub fn finish(&mut self, sink: &mut impl ByteSink) {
        sink.push_byte((self.low >> 24) as u8);
        for _ in 1..FLUSH_BYTES {
            sink.push_byte(0xff);
        }
        *self = Self::new();
    }
}

/// Turns bytes back into decisions.
///
/// A stream that was cut or changed still gives decisions. The caller checks [`Decoder::starved`]
/// at its own pace, and at the end whether the source was consumed exactly.
#[derive(Clone, Debug)]
pub struct Decoder {
    low: u32,
    high: u32,
    code: u32,
    starved: bool,
}

impl Decoder {
    /// A coder at the start of a stream; reads [`FLUSH_BYTES`] bytes.
    pub fn new(source: &mut impl ByteSource) -> Self {
        let mut decoder = Decoder { low: 0, high: u32::MAX, code: 0, starved: false };
        for _ in 0..FLUSH_BYTES {
            decoder.shift_in(source);
        }
        decoder
    }

    /// The next decision, whose probability of being 1 is `p` 4096ths (0..=4095).
    #[inline]
    pub fn decode(&mut self, p: u32, source: &mut impl ByteSource) -> bool {
        let mid = split(self.low, self.high, p);
        let bit = self.code <= mid;
        self.high = if bit { mid } else { self.high };
        self.low = if bit { self.low } else { mid.wrapping_add(1) };
        while top_byte_is_final(self.low, self.high) {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.shift_in(source);
        }
        bit
    }

    /// Whether the source has ended before a byte that was needed: what was decoded since its end
    /// means nothing.
    #[inline]
    pub fn starved(&self) -> bool {
        self.starved
    }

    #[inline]
    fn shift_in(&mut self, source: &mut impl ByteSource) {
        let byte = source.next_byte();
        self.starved |= byte.is_none();
        self.code = self.code << 8 | u32::from(byte.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SliceSource;

    #[test]
    fn an_empty_stream_is_its_flush() {
        let mut bytes = Vec::new();
        Encoder::new().finish(&mut bytes);
        assert_eq!(bytes, [0, 0xff, 0xff, 0xff]);
        let mut source = SliceSource::new(&bytes);
        assert!(!Decoder::new(&mut source).starved());
        assert_eq!(source.remaining(), 0);
    }

    #[test]
    fn a_likely_bit_costs_less_than_a_byte_and_an_unlikely_one_twelve_bits() {
        let cost = |bit: bool, p: u32| {
            let (mut encoder, mut bytes) = (Encoder::new(), Vec::new());
            for _ in 0..80_000 {
                encoder.encode(bit, p, &mut bytes);
            }
            bytes.len()
        };
        assert!((2..=4).contains(&cost(true, 4095)), "{}", cost(true, 4095));
        assert!((120_000..120_100).contains(&cost(false, 4095)), "{}", cost(false, 4095));
        // The same the other way round: 0 counts as 1.
        assert!((2..=4).contains(&cost(false, 0)), "{}", cost(false, 0));
        assert!((120_000..120_100).contains(&cost(true, 0)), "{}", cost(true, 0));
    }

    /// The interval after each decision of the worked example in `docs/formats/paq9a.md`.
    #[test]
    fn the_worked_example_of_the_format_page() {
        let (mut encoder, mut bytes) = (Encoder::new(), Vec::new());
        for (p, bit, low, high) in [
            (0, false, 0x0010_0000, 0xffff_ffff),
            (2051, false, 0x8037_fd00, 0xffff_ffff),
            (690, true, 0x8037_fd00, 0x95c6_8b01),
            (2047, false, 0x8aff_4401, 0x95c6_8b01),
            (1480, false, 0x8ee4_f19d, 0x95c6_8b01),
            (1171, false, 0x90dc_fec1, 0x95c6_8b01),
            (963, false, 0x9204_f604, 0x95c6_8b01),
            (813, false, 0x92c4_0e80, 0x95c6_8b01),
            (702, true, 0x92c4_0e80, 0x9348_4bbe),
        ] {
            encoder.encode(bit, p, &mut bytes);
            assert_eq!((encoder.low, encoder.high), (low, high), "{p}");
        }
        encoder.finish(&mut bytes);
        assert_eq!(bytes, [0x92, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn every_cut_is_noticed() {
        let (mut encoder, mut bytes) = (Encoder::new(), Vec::new());
        let decisions: Vec<(bool, u32)> = (0..300u32).map(|i| (i * i % 7 < 3, i * 37 % 4096)).collect();
        for &(bit, p) in &decisions {
            encoder.encode(bit, p, &mut bytes);
        }
        encoder.finish(&mut bytes);
        for cut in 0..=bytes.len() {
            let mut source = SliceSource::new(&bytes[..cut]);
            let mut decoder = Decoder::new(&mut source);
            let same = decisions.iter().all(|&(bit, p)| decoder.decode(p, &mut source) == bit);
            assert_eq!(decoder.starved(), cut < bytes.len(), "{cut}");
            assert!(same || decoder.starved(), "{cut}");
        }
    }

    #[test]
    fn a_finished_encoder_starts_again() {
        let (mut encoder, mut first, mut second) = (Encoder::new(), Vec::new(), Vec::new());
        for bytes in [&mut first, &mut second] {
            (0..100).for_each(|i| encoder.encode(i % 3 == 0, 1000, bytes));
            encoder.finish(bytes);
        }
        assert_eq!(first, second);
    }
}
