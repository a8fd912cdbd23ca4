//! The mixer: stretched opinions, weighted by sets of weights that small contexts select.

/// Inputs, two a piece of evidence.
pub(crate) const INPUTS: usize = 48;

/// Sets that are added for one prediction.
pub(crate) const SELECTED: usize = 3;

/// One set of weights; 16384 is 1.
pub(crate) type Set = [i16; INPUTS];

/// The opinions of one prediction.
pub(crate) type Inputs = [i16; INPUTS];

/// The weighted sum of the inputs, stretched.
#[inline(always)]
pub(crate) fn dot(inputs: &Inputs, a: &Set, b: &Set, c: &Set) -> i32 {
    let mut sum = 0i32;
    for i in 0..INPUTS {
        let w = a[i].saturating_add(b[i]).saturating_add(c[i]);
        sum = sum.wrapping_add(i32::from(w) * i32::from(inputs[i]));
    }
    sum >> 14
}

/// Moves a set against the error.
#[inline(always)]
pub(crate) fn learn(inputs: &Inputs, set: &mut Set, gain: i32) {
    for i in 0..INPUTS {
        let step = ((i32::from(inputs[i]) * 2 * gain) >> 16) as i16;
        set[i] = set[i].saturating_add((step + 1) >> 1);
    }
}

/// What an error is worth: `bit` is what was, `p` what was predicted, in 65536ths.
#[inline(always)]
pub(crate) fn gain(bit: u32, p: u32, rate: i32) -> i32 {
    (((bit << 16) as i32 - p as i32) * rate) >> 10
}
