//! Sums modulo 1 in fixed point, and the digits that such a sum makes certain.

/// A number modulo 1, as a multiple of 2^-32K. Little-endian limbs; addition wraps around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed(Vec<u32>);

impl Fixed {
    /// Zero with `limbs` limbs.
    pub(super) fn zero(limbs: usize) -> Fixed {
        Fixed(vec![0; limbs])
    }

    /// Adds `sums[k]`·2^32k units for every k. Whatever passes 1 is dropped.
    pub(super) fn add(&mut self, sums: impl IntoIterator<Item = u64>) {
        let mut carry = 0u64;
        for (limb, sum) in self.0.iter_mut().zip(sums) {
            let low = u64::from(*limb) + (sum & MASK) + (carry & MASK);
            *limb = low as u32;
            carry = (low >> 32) + (sum >> 32) + (carry >> 32);
        }
    }

    /// Subtracts what [`Fixed::add`] adds.
    pub(super) fn subtract(&mut self, sums: impl IntoIterator<Item = u64>) {
        self.negate();
        self.add(sums);
        self.negate();
    }

    /// Adds another number with as many limbs.
    pub(super) fn merge(&mut self, other: &Fixed) {
        self.add(other.sums());
    }

    /// As what [`Fixed::add`] takes.
    pub(super) fn sums(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|&limb| u64::from(limb))
    }

    /// Adds `units`·2^-32K.
    fn nudge(&mut self, units: u64) {
        let limbs = self.0.len();
        self.add(std::iter::once(units).chain(std::iter::repeat_n(0, limbs.saturating_sub(1))));
    }

    fn negate(&mut self) {
        let mut carry = true;
        for limb in &mut self.0 {
            let (sum, over) = (!*limb).overflowing_add(u32::from(carry));
            (*limb, carry) = (sum, over);
        }
    }

    /// Multiplies by `factor`; what passes 1 is returned.
    fn multiply(&mut self, factor: u32) -> u32 {
        let mut carry = 0;
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        carry as u32
    }

    /// The digits of this number in `base` that stay the same wherever the true value is, which is less than
    /// `error` units away on either side. At most as many as `out` holds are written.
    ///
    /// The rest of the true number after the digits that both ends of that range share is not known; where
    /// the range holds a number that ends in zeros (the margin is all 0 or all F), sharing ends early.
    ///
    /// # Returns
    /// How many are certain.
    pub(super) fn certain_digits(&self, error: u64, base: u32, out: &mut [u8]) -> usize {
        let (mut low, mut high) = (self.clone(), self.clone());
        high.nudge(error);
        low.subtract(std::iter::once(error).chain(std::iter::repeat_n(0, self.0.len().saturating_sub(1))));
        // Around 0 the range is not a range of numbers below 1.
        if low.0.iter().rev().gt(high.0.iter().rev()) {
            return 0;
        }
        for (i, digit) in out.iter_mut().enumerate() {
            let (a, b) = (low.multiply(base), high.multiply(base));
            if a != b {
                return i;
            }
            *digit = a as u8;
        }
        out.len()
    }

    /// Drops the first `bits` bits after the point; bits of 0 follow at the end.
    pub(super) fn skip_bits(&mut self, bits: u32) {
        for _ in 0..bits {
            self.multiply(2);
        }
    }
}

const MASK: u64 = 0xffff_ffff;

/// The limbs of floor(2^exponent / modulus), which is below 2^32K: given to `put` from the highest (K - 1) down.
pub(super) fn long_division(exponent: u64, modulus: u64, limbs: usize, mut put: impl FnMut(usize, u32)) {
    let mut rest = 0;
    for k in (0..limbs).rev() {
        let digit = if exponent / 32 == k as u64 { 1u32 << (exponent % 32) } else { 0 };
        if digit == 0 && rest == 0 {
            continue;
        }
        let quotient = if modulus >> 32 == 0 {
            let value = (rest << 32) | u64::from(digit);
            rest = value % modulus;
            value / modulus
        } else {
            let value = (u128::from(rest) << 32) | u128::from(digit);
            rest = (value % u128::from(modulus)) as u64;
            (value / u128::from(modulus)) as u64
        };
        put(k, quotient as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(limbs: &[u32]) -> Fixed {
        Fixed(limbs.iter().rev().copied().collect())
    }

    #[test]
    fn sums_wrap_at_one_and_carry_over_all_limbs() {
        let mut f = fixed(&[u32::MAX, u32::MAX, 5]);
        f.add([u64::MAX, 0, 0]);
        // 2^64 - 1 units are one of the highest limb less one unit.
        assert_eq!(f, fixed(&[0, u32::MAX, 4]));
        f.add([0, u64::MAX, u64::MAX]);
        let before = f.clone();
        f.subtract([7, u64::MAX, 9 << 33]);
        f.add([7, u64::MAX, 9 << 33]);
        assert_eq!(f, before);
        let mut g = fixed(&[0, 0, 0]);
        g.subtract([1, 0, 0]);
        assert_eq!(g, fixed(&[u32::MAX, u32::MAX, u32::MAX]));
    }

    #[test]
    fn a_digit_is_certain_only_where_both_ends_of_the_error_have_it() {
        let mut out = [0; 16];
        assert_eq!(fixed(&[0x1234_5678, 0x9abc_def0]).certain_digits(0x100, 16, &mut out), 13);
        assert_eq!(out[..13], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        // One unit below a number that ends in zeros: nothing after the 2 is certain, nor the 2.
        assert_eq!(fixed(&[0x12ff_ffff, 0xffff_ffff]).certain_digits(2, 16, &mut out), 1);
        // Around 0: nothing at all.
        assert_eq!(fixed(&[0, 1]).certain_digits(2, 16, &mut out), 0);
        assert_eq!(fixed(&[u32::MAX, u32::MAX]).certain_digits(2, 16, &mut out), 0);
        // One third in base 3 has an end that is not certain at once.
        assert_eq!(fixed(&[0x5555_5555, 0x5555_5555]).certain_digits(2, 3, &mut out), 0);
        assert_eq!(fixed(&[0x8000_0000, 0]).certain_digits(2, 3, &mut out[..9]), 9);
        assert_eq!(out[..9], [1; 9]);
    }

    #[test]
    fn long_division_gives_every_limb_of_the_quotient() {
        for (exponent, modulus) in
            [(95u64, 3u64), (64, 7), (63, 1), (40, 1 << 39 | 1), (95, (1 << 59) - 1), (3, 9)]
        {
            let mut got = 0u128;
            long_division(exponent, modulus, 3, |k, q| got |= u128::from(q) << (32 * k));
            assert_eq!(got, (1u128 << exponent) / u128::from(modulus), "2^{exponent} / {modulus}");
        }
    }
}
