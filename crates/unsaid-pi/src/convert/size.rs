//! How many bits so many digits are.

use crate::Base;

/// The point of the fixed-point logarithm.
const POINT: u32 = 40;

/// An upper bound of log2(base) · 2^40, too large by less than one in ten million.
///
/// By squaring: each time the number passes 2, the logarithm's next bit is 1. All is rounded up.
fn log2(base: Base) -> u64 {
    let base = u128::from(base.get());
    let whole = base.ilog2();
    // Between 1 and 2, with 62 bits after the point.
    let mut number = base << (62 - whole);
    let mut log = u64::from(whole);
    for _ in 0..POINT {
        number = (number * number).div_ceil(1 << 62);
        log <<= 1;
        if number >= 2 << 62 {
            number = number.div_ceil(2);
            log |= 1;
        }
    }
    // Exact for powers of two, whose number stays 1.
    if number == 1 << 62 { log } else { log + 1 }
}

/// The least number of bits, or one or a ten-millionth more, that tell `count` digits apart.
pub(crate) fn bits(base: Base, count: u64) -> u64 {
    let bits = (u128::from(count) * u128::from(log2(base))).div_ceil(1 << POINT);
    u64::try_from(bits).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_exact_for_powers_of_two_and_enough_for_all_bases() {
        for number in 2..=256 {
            let base = Base::new(number).unwrap();
            if let Some(each) = base.bits() {
                assert_eq!(bits(base, 12_345_678_901), 12_345_678_901 * u64::from(each));
                continue;
            }
            let exact = f64::from(number).log2();
            for count in [1, 2, 7, 1000, 100_000_000] {
                let least = exact * count as f64;
                let found = bits(base, count) as f64;
                assert!(
                    found >= least && found <= least * 1.000_000_1 + 1.0,
                    "base {number}: {found} for {least}"
                );
            }
        }
        assert_eq!(bits(Base::BYTE, u64::MAX), u64::MAX);
    }
}
