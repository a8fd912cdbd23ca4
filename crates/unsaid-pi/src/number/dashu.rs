//! Numbers of `dashu-int`.

use dashu_int::UBig;
use dashu_int::ops::{BitTest, SquareRoot};

use super::Natural;

/// A number of the permissive library.
#[derive(Clone)]
pub(crate) struct Portable(UBig);

/// No number has bits that an index cannot count.
fn index(bits: u64) -> usize {
    usize::try_from(bits).unwrap_or(usize::MAX)
}

impl Natural for Portable {
    // Its words have the size of the machine's, so bytes go between: 32-bit machines are right too.
    fn from_limbs(limbs: Vec<u64>) -> Self {
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        drop(limbs);
        Portable(UBig::from_le_bytes(&bytes))
    }

    fn into_limbs(self) -> Vec<u64> {
        let bytes = self.0.to_le_bytes();
        drop(self.0);
        let limb = |chunk: &[u8]| chunk.iter().rev().fold(0, |limb, &byte| limb << 8 | u64::from(byte));
        bytes.chunks(8).map(limb).collect()
    }

    fn bits(&self) -> u64 {
        self.0.bit_len() as u64
    }

    fn times(&self, other: &Self) -> Self {
        Portable(&self.0 * &other.0)
    }

    fn squared(&self) -> Self {
        Portable(self.0.sqr())
    }

    fn plus(self, other: Self) -> Self {
        Portable(self.0 + other.0)
    }

    fn minus(self, other: Self) -> Self {
        Portable(self.0 - other.0)
    }

    fn up(self, bits: u64) -> Self {
        Portable(self.0 << index(bits))
    }

    fn down(self, bits: u64) -> Self {
        Portable(self.0 >> index(bits))
    }

    fn top(&self, bits: u64) -> Self {
        Portable(&self.0 >> index(bits))
    }

    fn low(mut self, bits: u64) -> Self {
        self.0.clear_high_bits(index(bits));
        self
    }

    fn root(self) -> Self {
        Portable(self.0.sqrt())
    }

    fn over(self, divisor: Self) -> Self {
        Portable(self.0 / divisor.0)
    }
}
