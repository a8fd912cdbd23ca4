//! Documents that are mostly one byte again and again: empty pages, bitmaps, padding. They need no
//! model, and no level of one does them justice.
//!
//! A byte and how often it stands are coded with probabilities that start equal and follow what
//! comes; the length by its number of bits first (P. Elias, "Universal codeword sets", 1975).

use unsaid_core::{Error, Limits, Result};
use unsaid_entropy::fine::{Decoder, Encoder, Ending};

use crate::document::{MAX_DOCUMENT, check_size};
use crate::varint;

/// Bits of the length of the longest document.
const LENGTH_BITS: usize = MAX_DOCUMENT.ilog2() as usize;

/// The chance of a 1, in 65,536ths. It never leaves 15 to 65,521.
#[derive(Clone, Copy)]
struct Chance(u32);

impl Chance {
    fn follow(&mut self, bit: bool) {
        if bit {
            self.0 += (65_536 - self.0) >> 4;
        } else {
            self.0 -= self.0 >> 4;
        }
    }
}

/// One side of the coder: codes the decision, or says what it was.
trait Side {
    fn decide(&mut self, bit: bool, chance: &mut Chance) -> bool;
}

impl Side for Encoder<'_> {
    fn decide(&mut self, bit: bool, chance: &mut Chance) -> bool {
        self.encode(bit, chance.0);
        chance.follow(bit);
        bit
    }
}

impl Side for Decoder<'_> {
    fn decide(&mut self, _: bool, chance: &mut Chance) -> bool {
        let bit = self.decode(chance.0);
        chance.follow(bit);
        bit
    }
}

/// What both sides know.
struct Model {
    /// By the bits of the byte before this one, with a leading 1.
    byte: [Chance; 256],
    /// Whether the length has more bits than so many.
    more: [Chance; LENGTH_BITS],
    /// The bits of a length below its highest, by their number and place.
    bits: [[Chance; LENGTH_BITS]; LENGTH_BITS + 1],
}

impl Model {
    fn new() -> Self {
        let even = Chance(1 << 15);
        Model { byte: [even; 256], more: [even; LENGTH_BITS], bits: [[even; LENGTH_BITS]; LENGTH_BITS + 1] }
    }

    /// Codes a run, or reads one where `side` decodes (what is given does not matter then).
    fn run(&mut self, side: &mut impl Side, byte: u8, length: usize) -> (u8, usize) {
        let mut node = 1;
        for place in (0..8).rev() {
            let bit = side.decide(byte >> place & 1 == 1, &mut self.byte[node]);
            node = node << 1 | usize::from(bit);
        }
        let (bits, mut all) = (length.max(1).ilog2() as usize, 0);
        while all < LENGTH_BITS && side.decide(all < bits, &mut self.more[all]) {
            all += 1;
        }
        let mut read = 1;
        for place in (0..all).rev() {
            let bit = side.decide(length >> place & 1 == 1, &mut self.bits[all][place]);
            read = read << 1 | usize::from(bit);
        }
        // The leading 1 of the node is no part of the byte.
        ((node & 255) as u8, read)
    }
}

/// Whether at least half of the bytes are what stands before them.
pub(crate) fn likely(document: &[u8]) -> bool {
    let again = document.windows(2).filter(|pair| pair[0] == pair[1]).count();
    again > 0 && again >= document.len() / 2
}

/// Appends the payload of a document.
pub(crate) fn encode(document: &[u8], out: &mut Vec<u8>) {
    varint::write(document.len() as u64, out);
    let mut coded = Encoder::new(out);
    let mut model = Model::new();
    for run in document.chunk_by(|a, b| a == b) {
        model.run(&mut coded, run[0], run.len());
    }
    coded.finish();
}

/// Appends the document of a payload.
///
/// # Errors
/// `Limit` for a document longer than [`MAX_DOCUMENT`] or the limits on output and work (a unit a byte),
/// `Truncated` and `Corrupt` where no document has this payload.
pub(crate) fn decode(payload: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<()> {
    let (length, coded) = varint::read(payload, "the length of a document of runs")?;
    check_size(usize::try_from(length).unwrap_or(usize::MAX))?;
    limits.check_output(length, "a document")?;
    limits.check_work(length, "a document")?;
    let mut coded = Decoder::new(coded);
    let mut model = Model::new();
    let (mut left, mut last) = (length as usize, None);
    while left > 0 {
        let (byte, run) = model.run(&mut coded, 0, 0);
        if coded.starved() {
            return Err(Error::truncated("the runs of a document"));
        }
        if run > left || last == Some(byte) {
            return Err(Error::corrupt("the runs of a document")
                .found(format!("{run} bytes of {byte:#04x} where {left} are left"))
                .expected("runs of different bytes that fill it"));
        }
        out.resize(out.len() + run, byte);
        (left, last) = (left - run, Some(byte));
    }
    match coded.finish() {
        Ending::Exact => Ok(()),
        Ending::Truncated => Err(Error::truncated("the runs of a document")),
        Ending::Foreign => Err(Error::corrupt("what stands behind the runs of a document")),
    }
}

#[cfg(test)]
mod tests {
    use unsaid_core::ErrorKind;
    use unsaid_testkit::generate::{Kind, bytes};

    use super::*;

    fn coded(document: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(document, &mut out);
        out
    }

    fn decoded(payload: &[u8], most: u64) -> Result<Vec<u8>> {
        let (mut out, mut limits) = (Vec::new(), Limits::default());
        limits.output = Some(most);
        decode(payload, &limits, &mut out).map(|()| out)
    }

    #[test]
    fn documents_come_back() {
        let long = vec![0; MAX_DOCUMENT];
        for document in [&b""[..], b"a", b"aa", b"aab", b"abab", &long] {
            assert_eq!(decoded(&coded(document), u64::MAX).unwrap(), document);
        }
        for size in [1, 2, 100, 5000] {
            for kind in [Kind::Runs, Kind::Noise, Kind::Text] {
                let document = bytes(kind, 3, size);
                assert_eq!(decoded(&coded(&document), u64::MAX).unwrap(), document);
            }
        }
    }

    #[test]
    fn b1_b2_b3_what_is_read_is_what_would_be_written() {
        let payload = coded(&bytes(Kind::Runs, 5, 300));
        let mut changed: Vec<Vec<u8>> = (0..payload.len()).map(|n| payload[..n].to_vec()).collect();
        for at in 0..payload.len() {
            changed.extend((0..8).map(|bit| {
                let mut one = payload.clone();
                one[at] ^= 1 << bit;
                one
            }));
        }
        changed.push([&payload[..], &[0]].concat());
        for payload in changed {
            if let Ok(document) = decoded(&payload, 100_000) {
                assert_eq!(coded(&document), payload);
            }
        }
    }

    #[test]
    fn b4_b5_h2_cuts_and_lengths_that_lie_are_refused_and_limits_kept() {
        let payload = coded(&[7; 1000]);
        assert_eq!(decoded(&payload, 999).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(decoded(&payload, 1000).unwrap(), [7; 1000]);
        let mut lie = Vec::new();
        varint::write(MAX_DOCUMENT as u64 + 1, &mut lie);
        assert_eq!(decoded(&lie, u64::MAX).unwrap_err().kind(), ErrorKind::Limit);
        lie.clear();
        varint::write(MAX_DOCUMENT as u64, &mut lie);
        assert!(decoded(&lie, u64::MAX).is_err());
        assert_eq!(decoded(&[], 9).unwrap_err().kind(), ErrorKind::Truncated);
    }

    /// Bytes of `zstd -19`, one frame without magic, size, checksum and dictionary id, of `Kind::Runs` from
    /// seed 7.
    #[test]
    fn runs_are_smaller_than_zstd_makes_them() {
        for (size, zstd) in [(100, 25), (1000, 58), (10_000, 420), (100_000, 3868)] {
            let ours = coded(&bytes(Kind::Runs, 7, size)).len() + 1;
            assert!(ours < zstd, "{size}: {ours}");
        }
    }
}
