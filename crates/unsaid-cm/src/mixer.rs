//! A neuron with two inputs: the last step of a chain of predictions, and one more opinion.
//!
//! Inputs and output are in the logistic domain. The weights have 24 fractional bits, the two low
//! bits of the first one count its updates up to 3 and speed up the first two. A refinement (APM)
//! is the same neuron with a constant as first input, whose weight starts at 0.
//!
//! All arithmetic wraps, as it does in the original; no trained stream comes near that.

use crate::logistic::squash;

/// The two weights of one context. Eight bytes in this order: vector code loads them at once.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Weights {
    w0: i32,
    w1: i32,
}

impl Weights {
    /// Both inputs count one half.
    pub(crate) const AVERAGE: Weights = Weights { w0: 1 << 23, w1: 1 << 23 };

    /// The mix of `x0` and `x1`.
    #[inline]
    pub(crate) fn mix(self, x0: i32, x1: i32) -> i32 {
        // The second product does not wait for the chain, the first one does.
        let ready = x1.wrapping_mul(self.w1 >> 16).wrapping_add(128);
        x0.wrapping_mul(self.w0 >> 16).wrapping_add(ready) >> 8
    }

    /// Learns that the bit was `y` (0 or 1) when `x0` and `x1` had been mixed to `out`.
    #[inline]
    pub(crate) fn update(&mut self, x0: i32, x1: i32, out: i32, y: u32) {
        let seen = (self.w0 & 3).min(2) + 1; // 1, 2, 3, 3, ...
        let error = ((y << 12) as i32 - squash(out)) * (4 - seen);
        let error = (error + 8) >> 4;
        let w0 = self.w0 & !3 | seen;
        self.w0 = w0.wrapping_add(x0.wrapping_mul(error) & !3);
        self.w1 = self.w1.wrapping_add(x1.wrapping_mul(error));
    }
}

/// The stored form of the weights of a refinement: the difference to how they start, so that a new
/// table is memory that nobody has touched yet.
pub(crate) type Refinement = [i32; 2];

/// How the second weight of a refinement starts: its input counts one half, the constant nothing.
pub(crate) const REFINEMENT_START: i32 = 1 << 23;

/// A table of `count` refinements.
pub(crate) fn refinements(count: usize) -> Vec<Refinement> {
    vec![[0; 2]; count]
}

impl From<Refinement> for Weights {
    #[inline]
    fn from([w0, w1]: Refinement) -> Self {
        Weights { w0, w1: w1.wrapping_add(REFINEMENT_START) }
    }
}

impl From<Weights> for Refinement {
    #[inline]
    fn from(w: Weights) -> Self {
        [w.w0, w.w1.wrapping_sub(REFINEMENT_START)]
    }
}

/// Learns as [`Weights::update`] does.
#[inline]
pub(crate) fn update_refinement(stored: &mut Refinement, x0: i32, x1: i32, out: i32, y: u32) {
    let mut weights = Weights::from(*stored);
    weights.update(x0, x1, out, y);
    *stored = weights.into();
}

/// The next value of a chain: three parts of the new opinion, one of the old.
#[inline]
pub(crate) fn chain(old: i32, new: i32) -> i32 {
    // (3 new + old) >> 2, with one step less to wait for.
    new.wrapping_add(old.wrapping_sub(new) >> 2)
}
