//! Directories sorted by the hashes of their names: which names may a node hold?
//!
//! Each node takes the next bits of the hash as the number of a place. A place holds a name whose hash leads there, or
//! another node. Every claim of a node is checked against that: fan-out, bit field, order, numbers, names.

use unsaid_core::{Error, Result};

use super::data::Data;

/// The multicodec of the only hash in use: MurmurHash3 x64, its first 64 bits.
const MURMUR3: u64 = 0x22;
/// What readers agree on.
const FANOUTS: std::ops::RangeInclusive<u64> = 8..=1024;

/// Where a node stands in its directory.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    /// Bits of the hash that a node takes.
    bits: u32,
    /// How many were taken above, and which.
    taken: u32,
    path: u64,
    /// Places that are not empty.
    filled: Vec<u8>,
}

/// A place of a node and the name that it holds, empty for another node.
pub(super) struct Place<'a> {
    pub(super) number: u64,
    pub(super) name: &'a str,
}

impl Shard {
    /// The node with this data, below `above`.
    pub(super) fn new(data: &Data, links: usize, above: Option<&Shard>) -> Result<Shard> {
        let fanout = data.fanout.unwrap_or(0);
        if !fanout.is_power_of_two() || !FANOUTS.contains(&fanout) {
            return Err(Error::corrupt("a sharded directory with an impossible fan-out")
                .found(fanout)
                .expected("a power of two from 8 to 1024"));
        }
        if data.hash != Some(MURMUR3) {
            return Err(Error::corrupt("a sharded directory with a hash that is not in use")
                .found(format!("{:?}", data.hash))
                .expected(MURMUR3));
        }
        let bits = fanout.trailing_zeros();
        if above.is_some_and(|above| above.bits != bits) {
            return Err(Error::corrupt("a sharded directory changes its fan-out").found(fanout));
        }
        let filled = data.bytes.clone().unwrap_or_default();
        let count: u64 = filled.iter().map(|byte| u64::from(byte.count_ones())).sum();
        if filled.len() as u64 > fanout / 8 || count != links as u64 {
            return Err(Error::corrupt("the bit field of a sharded directory is wrong")
                .found(format!("{count} places in {} bytes", filled.len()))
                .expected(format!("{links} places in at most {}", fanout / 8)));
        }
        let (taken, path) = above.map_or((0, 0), |above| (above.taken, above.path));
        Ok(Shard { bits, taken, path, filled })
    }

    /// Takes the name of a link apart: a number of hexadecimal digits, then the name.
    pub(super) fn place<'a>(&self, link: &'a str, last: Option<u64>) -> Result<Place<'a>> {
        let bad = |why: &str| {
            Error::corrupt("a link of a sharded directory").found(format!("{link:?}")).expected(why)
        };
        let digits = self.bits.div_ceil(4) as usize;
        let (number, name) =
            link.split_at_checked(digits).ok_or_else(|| bad(&format!("{digits} digits, then a name")))?;
        if !number.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
            return Err(bad("digits and A to F in front of the name"));
        }
        let number = u64::from_str_radix(number, 16).map_err(|e| bad(&e.to_string()))?;
        // The lowest bit is in the last byte.
        let byte = self.filled.iter().rev().nth((number / 8) as usize).copied().unwrap_or(0);
        if byte >> (number % 8) & 1 == 0 || number >> self.bits != 0 {
            return Err(bad("a place that the bit field has"));
        }
        if last.is_some_and(|last| last >= number) {
            return Err(bad("a place after the last one"));
        }
        Ok(Place { number, name })
    }

    /// The node in a place.
    pub(super) fn below(&self, number: u64) -> Result<Shard> {
        let taken = self.taken + self.bits;
        if taken + self.bits > u64::BITS {
            return Err(Error::corrupt("a sharded directory is deeper than its hash has bits"));
        }
        Ok(Shard { bits: self.bits, taken, path: self.path << self.bits | number, filled: Vec::new() })
    }

    /// Whether the hash of a name leads to a place of this node.
    pub(super) fn leads(&self, number: u64, name: &str) -> bool {
        let hash = murmur3(name.as_bytes());
        // `below` keeps the sum of bits at 64 or less.
        hash >> (u64::BITS - self.taken - self.bits) == self.path << self.bits | number
    }
}

/// The first half of MurmurHash3 x64 of 128 bits (Appleby, public domain), with the seed 0.
fn murmur3(bytes: &[u8]) -> u64 {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let k1 = |k: u64| k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    let k2 = |k: u64| k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
    let (mut h1, mut h2) = (0u64, 0u64);
    let mut blocks = bytes.chunks_exact(16);
    for block in &mut blocks {
        let (low, high) = block.split_at(8);
        h1 ^= k1(word(low));
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= k2(word(high));
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let (low, high) = blocks.remainder().split_at(blocks.remainder().len().min(8));
    h2 ^= k2(word(high));
    h1 ^= k1(word(low));
    h1 ^= bytes.len() as u64;
    h2 ^= bytes.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    let mix = |mut h: u64| {
        h ^= h >> 33;
        h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^= h >> 33;
        h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ h >> 33
    };
    mix(h1).wrapping_add(mix(h2))
}
