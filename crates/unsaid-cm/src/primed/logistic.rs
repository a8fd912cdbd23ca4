//! The logistic domain with 16-bit probabilities: `stretch(p) = ln(p / (1 - p))` in 256ths, and its
//! inverse `squash`, computed at compile time in integers.

/// Stretched values are within `-LIMIT..=LIMIT`: eleven nats.
pub(crate) const LIMIT: i32 = 2815;

/// `floor(2^64 * exp(-1/256))`.
const DECAY: u128 = 18_374_827_034_086_858_296;

/// `squash` of `d - LIMIT`.
static SQUASH: [u16; 2 * LIMIT as usize + 1] = {
    let mut table = [0; 2 * LIMIT as usize + 1];
    // exp(-d/256) in 2^-64ths, for d = 0, 1, 2...
    let mut power: u128 = 1 << 64;
    let mut d = 0;
    while d <= LIMIT as usize {
        let p = ((1u128 << 80) / ((1 << 64) + power)) as u32;
        let p = if p > 65535 { 65535 } else { p };
        table[LIMIT as usize + d] = p as u16;
        table[LIMIT as usize - d] = (65536 - p) as u16;
        power = (power * DECAY) >> 64;
        d += 1;
    }
    table
};

/// The probability (2..=65534, in 65536ths) of a stretched one.
#[inline(always)]
pub(crate) fn squash(d: i32) -> u32 {
    u32::from(SQUASH[(d.clamp(-LIMIT, LIMIT) + LIMIT) as usize])
}

/// The stretched form of a probability in 65536ths: the smallest whose squash reaches it,
/// `LIMIT + 1` for 65535, which none reaches.
pub(crate) fn stretch(p: u32) -> i32 {
    SQUASH.partition_point(|&q| u32::from(q) < p) as i32 - LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_is_symmetric_rising_and_never_certain() {
        assert_eq!((squash(0), squash(i32::MIN), squash(i32::MAX)), (32768, 2, 65534));
        for d in -LIMIT..LIMIT {
            assert!(squash(d) <= squash(d + 1), "{d}");
            assert_eq!(squash(d) + squash(-d), 65536, "{d}");
        }
        // 65536 / (1 + exp(-1)) = 47910.7, rounded down.
        assert_eq!((squash(256), squash(-256)), (47910, 17626));
    }

    #[test]
    fn stretch_is_the_first_that_reaches_a_probability() {
        assert_eq!((stretch(1), stretch(32768), stretch(65535)), (-LIMIT, 0, LIMIT + 1));
        for p in 1..=65534 {
            let d = stretch(p);
            assert!(squash(d) >= p && (d == -LIMIT || squash(d - 1) < p), "{p}");
        }
    }
}
