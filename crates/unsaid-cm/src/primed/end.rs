//! Does the document end here? Asked only after bytes that a training document ended with.

use super::learned::Learned;
use super::logistic::squash;
use super::scratch::Scratch;

pub(crate) const END_INPUTS: usize = 4;
/// Sets of weights, by which training matches end here.
pub(crate) const END_SETS: usize = 4;

const BY_CONTEXT: usize = 256;
const BY_MATCH: usize = BY_CONTEXT + 4096;
const BY_PLACE: usize = BY_MATCH + END_SETS * 64;
pub(crate) const END_MAPS: usize = BY_PLACE + 16 * 64;

/// The question whether the document ends.
pub(crate) struct Ending {
    pub(crate) index: [usize; END_INPUTS],
    pub(crate) set: usize,
    /// The probability that it does, in 65536ths.
    pub(crate) p: u32,
}

impl Ending {
    /// The question here, `None` where no document ends.
    #[inline(always)]
    pub(crate) fn asked(learned: &Learned, scratch: &Scratch) -> Option<Ending> {
        let last = usize::from(*scratch.history.last()?);
        if !learned.may_end[last] {
            return None;
        }
        let set = usize::from(scratch.matches.at_end(0)) + 2 * usize::from(scratch.matches.at_end(1));
        let length = (usize::BITS - scratch.history.len().leading_zeros()).min(15) as usize;
        let index = [
            last,
            BY_CONTEXT + (scratch.context.ending() >> 20) as usize,
            BY_MATCH + set * 64 + scratch.matches.quality(0),
            BY_PLACE + length * 64 + scratch.context.column().min(63) as usize,
        ];
        let mut sum = 0i32;
        for (&i, &w) in index.iter().zip(&learned.end_weights[set]) {
            sum = sum.wrapping_add(i32::from(learned.end_maps[i][0]) * i32::from(w));
        }
        Some(Ending { index, set, p: squash(sum >> 14) })
    }
}
