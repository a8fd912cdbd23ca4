//! The bits of π after the point: what every base is made from, and what a cache keeps.

use std::fmt;

/// The first bits of a number between 0 and 1, the most significant one first, eight to a byte.
///
/// It is the number rounded down, so a shorter fraction of π is the beginning of a longer one.
#[derive(Clone, PartialEq, Eq)]
pub struct Fraction(Vec<u8>);

impl Fraction {
    /// The fraction with these bits, big-endian: the first byte is the first digit in base 256.
    pub fn from_bytes(bytes: Vec<u8>) -> Fraction {
        Fraction(bytes)
    }

    /// Its bits, big-endian.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its bits, big-endian, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// How many bits it has: eight for each byte.
    pub fn bits(&self) -> u64 {
        self.0.len() as u64 * 8
    }

    /// The 32 bits from this one on, the first of them the most significant; zeros behind the end.
    ///
    /// A table of binary digits is made with one such call for 32 - n + 1 windows of n bits.
    pub fn window(&self, from: u64) -> u32 {
        let start = usize::try_from(from / 8).unwrap_or(usize::MAX);
        let bytes = self.0.get(start..).unwrap_or(&[]);
        let five = bytes.iter().copied().chain(std::iter::repeat(0)).take(5);
        let five = five.fold(0u64, |sum, byte| sum << 8 | u64::from(byte));
        // 40 bits, of which the first `from % 8` are before the window.
        (five >> (8 - from % 8)) as u32
    }

    /// From limbs, lowest first, that are the number times 2^(64 · limbs).
    pub(crate) fn from_limbs(limbs: &[u64]) -> Fraction {
        let mut bytes = Vec::with_capacity(limbs.len() * 8);
        for limb in limbs.iter().rev() {
            bytes.extend_from_slice(&limb.to_be_bytes());
        }
        Fraction(bytes)
    }

    /// The first 64 · `count` bits as limbs, lowest first; zeros behind the end.
    pub(crate) fn limbs(&self, count: usize) -> Vec<u64> {
        let mut limbs = vec![0; count];
        for (limb, bytes) in limbs.iter_mut().rev().zip(self.0.chunks(8)) {
            let mut eight = [0; 8];
            if let Some(head) = eight.get_mut(..bytes.len()) {
                head.copy_from_slice(bytes);
            }
            *limb = u64::from_be_bytes(eight);
        }
        limbs
    }
}

/// Its length and its first digits in base 16: nobody wants to read all of it.
impl fmt::Debug for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fraction({} bits, 0.", self.bits())?;
        for byte in self.0.iter().take(8) {
            write!(f, "{byte:02X}")?;
        }
        f.write_str("…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_the_bits_from_its_place_on_and_zeros_behind_the_end() {
        let fraction = Fraction::from_bytes(vec![0x24, 0x3f, 0x6a, 0x88, 0x85, 0xa3]);
        assert_eq!(fraction.window(0), 0x243f_6a88);
        assert_eq!(fraction.window(4), 0x43f6_a888);
        assert_eq!(fraction.window(7), 0x243f_6a88_85a3_u64.rotate_left(16 + 7).wrapping_shr(32) as u32);
        assert_eq!(fraction.window(24), 0x8885_a300);
        assert_eq!(fraction.window(47), 0x8000_0000);
        assert_eq!(fraction.window(48), 0);
        assert_eq!(fraction.window(u64::MAX), 0);
    }

    #[test]
    fn limbs_are_the_first_bits_and_back() {
        let fraction = Fraction::from_bytes((1..=16).collect());
        assert_eq!(fraction.limbs(1), [0x0102_0304_0506_0708]);
        assert_eq!(fraction.limbs(3), [0, 0x090a_0b0c_0d0e_0f10, 0x0102_0304_0506_0708]);
        assert_eq!(Fraction::from_limbs(&fraction.limbs(2)), fraction);
        assert_eq!(Fraction::from_bytes(vec![1]).limbs(1), [1 << 56]);
    }

    #[test]
    fn a_fraction_is_shown_by_its_first_digits() {
        let shown = format!("{:?}", Fraction::from_bytes(vec![0x24, 0x3f]));
        assert_eq!(shown, "Fraction(16 bits, 0.243F…)");
    }
}
