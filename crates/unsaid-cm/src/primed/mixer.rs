//! The mixer: stretched opinions, weighted by sets of weights that small contexts select.

/// Inputs about a bit and about a flag, two a piece of evidence.
pub(crate) const INPUTS: usize = 48;
pub(crate) const FLAG_INPUTS: usize = 32;

/// Sets that are added for one prediction.
pub(crate) const SELECTED: usize = 3;

/// One set of weights; 16384 is 1.
pub(crate) type Set = [i16; INPUTS];
pub(crate) type FlagSet = [i16; FLAG_INPUTS];

/// The weighted sum of the inputs, stretched.
#[inline(always)]
pub(crate) fn dot<const N: usize>(inputs: &[i16; N], a: &[i16; N], b: &[i16; N], c: &[i16; N]) -> i32 {
    let mut sum = 0i32;
    for i in 0..N {
        let w = a[i].saturating_add(b[i]).saturating_add(c[i]);
        sum = sum.wrapping_add(i32::from(w) * i32::from(inputs[i]));
    }
    sum >> 14
}

/// Moves a set against the error.
#[inline(always)]
pub(crate) fn learn<const N: usize>(inputs: &[i16; N], set: &mut [i16; N], gain: i32) {
    // Both factors fit 16 bits, which is one instruction for eight products.
    let gain = i32::from(gain as i16);
    for i in 0..N {
        let step = ((i32::from(inputs[i].wrapping_mul(2)) * gain) >> 16) as i16;
        set[i] = set[i].saturating_add((step + 1) >> 1);
    }
}

/// What an error is worth: `bit` is what was, `p` what was predicted, in 65536ths.
#[inline(always)]
pub(crate) fn gain(bit: u32, p: u32, rate: i32) -> i32 {
    (((bit << 16) as i32 - p as i32) * rate) >> 10
}
