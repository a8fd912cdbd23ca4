//! Logarithms in integers, so that training gives the same everywhere.

/// One bit, in the unit of costs.
pub(super) const BIT: u32 = 1 << FRACTION;
const FRACTION: u32 = 10;

/// The logarithm to base 2 of `x` in [`BIT`]s, rounded down; 0 of 0.
pub(super) fn log2(x: u64) -> u32 {
    let Some(whole) = x.checked_ilog2() else { return 0 };
    // From 1.0 to 2.0 with 31 bits of fraction; squaring doubles the logarithm, and its next bit comes out.
    let mut y = if whole > 31 { x >> (whole - 31) } else { x << (31 - whole) };
    let mut log = whole;
    for _ in 0..FRACTION {
        y = (y * y) >> 31;
        log <<= 1;
        if y >= 1 << 32 {
            y >>= 1;
            log |= 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right_to_the_last_bit() {
        assert_eq!([0, 1, 2, 1024, 1 << 63].map(log2), [0, 0, BIT, 10 * BIT, 63 * BIT]);
        for x in (3..2000).chain([u64::MAX, 1 << 40 | 12345]) {
            let exact = (x as f64).log2() * f64::from(BIT);
            assert!((f64::from(log2(x)) - exact).abs() <= 1.01, "{x}");
        }
    }
}
