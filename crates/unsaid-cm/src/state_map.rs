//! From a context (a bit history, a match length) to a probability that learns.
//!
//! An entry is a 22-bit probability above a 10-bit count of how often it was updated; the n-th
//! update moves it by `1/(n + 1.5)` of the error, and the count stops at [`LIMIT`]. The stretched
//! probability is kept beside it: it is needed at the start of the next prediction and known at the
//! end of the update before, where nobody waits for it.

use crate::logistic::stretch;

/// Where the count of an entry stops, and with it the slowing of its adaptation.
const LIMIT: u32 = 255;

const COUNT_MASK: u32 = 1023;

/// `16384 / (2n + 3)`: the rate of the n-th update, in 8192nds of twice the error.
static RATE: [i32; LIMIT as usize + 1] = {
    let mut table = [0; LIMIT as usize + 1];
    let mut n = 0;
    while n < table.len() {
        table[n] = 16384 / (2 * n as i32 + 3);
        n += 1;
    }
    table
};

/// One context of a [`StateMap`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Probability of 1 in the high 22 bits, count in the low 10 (of which 8 are used).
    t: u32,
    stretched: i32,
}

impl Entry {
    const NEW: Entry = Entry { t: 1 << 31, stretched: 1 };

    /// The prediction, stretched (-2047..=2047).
    #[inline]
    pub(crate) fn stretched(self) -> i32 {
        self.stretched
    }

    /// Learns that the bit was `y` (0 or 1).
    #[inline]
    pub(crate) fn update(&mut self, y: u32) {
        let n = self.t & 0xff;
        let error = ((y << 22) as i32 - (self.t >> 10) as i32) >> 3;
        let step = error.wrapping_mul(RATE[n as usize]) as u32 & !COUNT_MASK;
        let t = (self.t + u32::from(n < LIMIT)).wrapping_add(step);
        *self = Entry { t, stretched: i32::from(stretch(t >> 20)) };
    }
}

/// `N` contexts.
pub(crate) type StateMap<const N: usize> = [Entry; N];

/// A map that has seen nothing: every probability is one half.
pub(crate) const fn new<const N: usize>() -> StateMap<N> {
    [Entry::NEW; N]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_entry_says_one_half_and_its_cache_is_true() {
        assert_eq!(Entry::NEW.stretched, i32::from(stretch(Entry::NEW.t >> 20)));
    }

    #[test]
    fn the_first_update_goes_two_thirds_of_the_way_and_the_count_stops() {
        let mut e = Entry::NEW;
        e.update(1);
        assert!((e.t >> 20).abs_diff(2048 + 1365) <= 1, "{}", e.t >> 20);
        for _ in 0..1000 {
            e.update(1);
        }
        assert_eq!(e.t & COUNT_MASK, LIMIT);
        assert!(e.t >> 20 >= 4090);
    }
}
