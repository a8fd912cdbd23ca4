//! Logarithms in integers, so that training gives the same everywhere.

/// One bit, in the unit of costs.
pub(super) const BIT: u32 = 1 << FRACTION;
const FRACTION: u32 = 10;

/// The logarithm to base 2 of `x` in [`BIT`]s, rounded down; 0 of 0.
pub(super) fn log2(x: u64) -> u32 {
    let Some(whole) = x.checked_ilog2() else { return 0 };
    // 1.0 to 2.0 as 31 bits of fraction; squaring doubles the logarithm, and its next bit comes out.
    let mut y = if whole >= 31 { x >> (whole - 31) } else { x << (31 - whole) };
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
