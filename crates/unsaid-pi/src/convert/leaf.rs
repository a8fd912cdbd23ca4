//! The digits of a short fraction, by multiplication with words.

/// Splits words into digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    base: u64,
    /// Digits a word holds.
    digits: usize,
    /// base^digits, at most 2^64 - 1.
    power: u64,
}

impl Chunk {
    pub(super) fn new(base: u16) -> Chunk {
        let base = u64::from(base);
        let (mut digits, mut power) = (1, base);
        while let Some(next) = power.checked_mul(base) {
            (digits, power) = (digits + 1, next);
        }
        Chunk { base, digits, power }
    }

    /// Fills `out` with the first digits of the fraction in `limbs` (lowest first, the point above the highest),
    /// and leaves behind what stands after them: at least `guard` limbs.
    ///
    /// `bits` says how many bits so many digits are at most. Limbs that no digit needs any more are dropped:
    /// each time that takes away less than one unit of the lowest guard limb behind the last digit.
    pub(super) fn digits(
        self,
        limbs: &mut Vec<u64>,
        out: &mut [u8],
        guard: usize,
        bits: impl Fn(usize) -> usize,
    ) {
        let mut low = 0;
        let total = out.len();
        let mut done = 0;
        for chunk in out.chunks_mut(self.digits) {
            done += chunk.len();
            let power =
                if chunk.len() == self.digits { self.power } else { self.base.pow(chunk.len() as u32) };
            let mut carry = multiply(limbs.get_mut(low..).unwrap_or_default(), power);
            for digit in chunk.iter_mut().rev() {
                *digit = (carry % self.base) as u8;
                carry /= self.base;
            }
            let keep = bits(total - done).div_ceil(64) + guard;
            low = low.max(limbs.len().saturating_sub(keep));
        }
        limbs.drain(..low);
    }
}

/// limbs · word; what passes the highest limb is given back.
fn multiply(limbs: &mut [u64], word: u64) -> u64 {
    let mut carry = 0u64;
    for limb in limbs {
        let product = u128::from(*limb) * u128::from(word) + u128::from(carry);
        *limb = product as u64;
        carry = (product >> 64) as u64;
    }
    carry
}

/// Whether an error of 2^8 units in the lowest of these limbs, always downwards, cannot have changed a digit: only a
/// rest that is nearly 1 could have become 0 with a carry.
pub(super) fn can_be_trusted(rest: &[u64]) -> bool {
    match rest.split_first() {
        Some((lowest, higher)) => *lowest <= u64::MAX - 256 || higher.iter().any(|&limb| limb != u64::MAX),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_holds_as_many_digits_as_fit_64_bits() {
        for (base, digits) in [(2, 63), (3, 40), (10, 19), (60, 10), (255, 8), (256, 7)] {
            assert_eq!(Chunk::new(base).digits, digits, "base {base}");
        }
    }

    #[test]
    fn the_digits_of_one_third_are_threes_and_what_is_left_is_a_third() {
        let mut limbs = vec![u64::MAX / 3; 6];
        let mut out = [0; 50];
        Chunk::new(10).digits(&mut limbs, &mut out, 1, |digits| (digits * 10).div_ceil(3));
        assert_eq!(out, [3; 50]);
        assert!(limbs.len() == 1 && (limbs[0]).abs_diff(u64::MAX / 3) < 256, "{limbs:x?}");
    }

    #[test]
    fn a_rest_of_nearly_one_is_not_trusted() {
        assert!(can_be_trusted(&[u64::MAX - 256]) && can_be_trusted(&[0]) && can_be_trusted(&[u64::MAX, 1]));
        assert!(
            !can_be_trusted(&[u64::MAX - 255])
                && !can_be_trusted(&[u64::MAX, u64::MAX])
                && !can_be_trusted(&[])
        );
    }
}
