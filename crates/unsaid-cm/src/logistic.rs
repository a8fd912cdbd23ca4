//! The logistic domain: `stretch(p) = ln(p / (1 - p))` and its inverse `squash`, in integers.
//!
//! Probabilities have 12 bits (0..=4095), stretched ones 8 fractional bits (-2047..=2047).
//! Both are tables of a format: changing one value changes every archive.

/// `squash` at every 128th argument from -2048 to 2048.
pub(crate) const KNOTS: [i32; 33] = [
    1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785,
    3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
];

const fn interpolate(d: i32) -> i32 {
    if d > 2047 {
        return 4095;
    }
    if d < -2048 {
        return 0;
    }
    let w = d & 127;
    let j = ((d >> 7) + 16) as usize;
    (KNOTS[j] * (128 - w) + KNOTS[j + 1] * w + 64) >> 7
}

/// Arguments outside of these give what these give.
const LEAST: i32 = -2049;
const MOST: i32 = 2048;

static SQUASH: [u16; (MOST - LEAST + 1) as usize] = {
    let mut table = [0; (MOST - LEAST + 1) as usize];
    let mut d = LEAST;
    while d <= MOST {
        table[(d - LEAST) as usize] = interpolate(d) as u16;
        d += 1;
    }
    table
};

static STRETCH: [i16; 4096] = {
    let mut table = [0; 4096];
    let mut n = 0;
    let mut x = -2047;
    while x <= 2047 {
        while n <= interpolate(x) {
            table[n as usize] = x as i16;
            n += 1;
        }
        x += 1;
    }
    table[4095] = 2047;
    table
};

/// The probability (0..=4095) of a stretched one.
#[inline]
pub(crate) fn squash(d: i32) -> i32 {
    i32::from(SQUASH[(d.clamp(LEAST, MOST) - LEAST) as usize])
}

/// The stretched form (-2047..=2047) of a probability, of which the low 12 bits count.
#[inline]
pub(crate) fn stretch(p: u32) -> i16 {
    STRETCH[(p & 4095) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_and_stretch_are_inverse_within_the_grid() {
        assert_eq!((squash(0), stretch(2048)), (2047, 1));
        assert_eq!((squash(-2048), squash(-2049), squash(i32::MIN)), (1, 0, 0));
        assert_eq!((squash(2047), squash(2048), squash(i32::MAX)), (4094, 4095, 4095));
        assert_eq!((stretch(0), stretch(4095)), (-2047, 2047));
        for p in 1..4095 {
            let x = i32::from(stretch(p));
            assert!(squash(x) >= p as i32, "{p}: the first x whose squash reaches p");
            assert!(squash(x - 1) < p as i32 || x == -2047, "{p}: no earlier one does");
        }
    }
}
