//! Bases that are powers of two: their digits stand in the bits.

use crate::Fraction;

/// Fills `out` with the digits at `from`, `from + 1`, … of 1 to 8 bits each; zeros behind the fraction's end.
pub(super) fn slice(fraction: &Fraction, bits: u32, from: u64, out: &mut [u8]) {
    let bits = bits.clamp(1, 8);
    let first = from.saturating_mul(u64::from(bits));
    let start = usize::try_from(first / 8).unwrap_or(usize::MAX);
    let mut bytes = fraction.bytes().get(start..).unwrap_or(&[]).iter().copied();
    let mask = (1u32 << bits) - 1;
    // The bits that were read and not yet used are the lowest `held` ones.
    let (mut window, mut held) = (0u32, 0);
    let before = (first % 8) as u32;
    if before > 0 {
        window = u32::from(bytes.next().unwrap_or(0));
        held = 8 - before;
    }
    for digit in out {
        if held < bits {
            window = window << 8 | u32::from(bytes.next().unwrap_or(0));
            held += 8;
        }
        held -= bits;
        *digit = (window >> held & mask) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_width_from_anywhere_are_the_bits_at_their_place() {
        let fraction = Fraction::from_bytes((0..40u8).map(|i| i.wrapping_mul(151) ^ 0x3f).collect());
        for bits in 1..=8 {
            for from in 0..60 {
                let mut out = [0; 30];
                slice(&fraction, bits, from, &mut out);
                for (i, digit) in (from..).zip(out) {
                    assert_eq!(u32::from(digit), fraction.window(i * u64::from(bits)) >> (32 - bits));
                }
            }
        }
    }

    #[test]
    fn behind_the_end_there_are_zeros() {
        let mut out = [9; 4];
        slice(&Fraction::from_bytes(vec![0xff]), 3, 1, &mut out);
        assert_eq!(out, [7, 6, 0, 0]);
        slice(&Fraction::from_bytes(vec![0xff]), 8, u64::MAX, &mut out);
        assert_eq!(out, [0; 4]);
    }
}
