//! Which segments can occur in a text at all?
//!
//! Preparing a dictionary of millions of segments for finding them takes longer than coding a small text does.
//! For one text it is enough to prepare those of which every four bytes in a row are in the text somewhere: a
//! few thousand. A table of bits by hash says so; what it lets pass and should not only takes its place.

use unsaid_lexicon::ByteStrings;

/// Bytes that are looked up together.
const GRAM: usize = 4;
/// Bits of the table for each byte of text, before rounding up.
const BITS: usize = 32;
/// The largest table has two to the power of this many bits.
const LARGEST: u32 = 28;

/// The indices of the segments that may occur in `text`, rising. All that do are among them.
pub(crate) fn present(segments: &ByteStrings, text: &[u8]) -> Vec<u32> {
    let bits = text.len().saturating_mul(BITS).next_power_of_two().trailing_zeros().clamp(12, LARGEST);
    let mut table = vec![0_u64; 1 << (bits - 6)];
    for length in 1..=GRAM {
        for gram in text.windows(length) {
            let (word, bit) = place(gram, bits);
            table[word] |= bit;
        }
    }
    let there = |gram: &[u8]| {
        let (word, bit) = place(gram, bits);
        table[word] & bit != 0
    };
    let mut indices = Vec::new();
    for (index, segment) in (0..).zip(segments.iter()) {
        if segment.len() <= text.len() && segment.windows(GRAM.min(segment.len().max(1))).all(there) {
            indices.push(index);
        }
    }
    indices
}

/// The word of the table and the bit in it for at most four bytes.
fn place(gram: &[u8], bits: u32) -> (usize, u64) {
    let key = gram.iter().fold(gram.len() as u64, |key, &byte| key << 8 | u64::from(byte));
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_segment_that_occurs_is_present(
            segments in proptest::collection::vec("[a-c]{1,9}", 0..60),
            text in "[a-c]{0,40}",
        ) {
            let strings: ByteStrings = segments.iter().collect();
            let present = present(&strings, text.as_bytes());
            for (index, segment) in (0..).zip(&segments) {
                proptest::prop_assert!(!text.contains(segment.as_str()) || present.contains(&index));
            }
            proptest::prop_assert!(present.is_sorted());
        }
    }

    #[test]
    fn few_that_do_not_occur_are_present() {
        let strings: ByteStrings = (0..100_000_u32).map(|n| format!("segment {n:x}").into_bytes()).collect();
        assert!(present(&strings, b"a segment 1a2b and others").len() < 100);
    }
}
