//! From a context (a bit history, a match length) to a probability that learns.
//!
//! An entry is a 22-bit probability above a 10-bit count of how often it was updated; the n-th
//! update moves it by `1/(n + 1.5)` of the error, and the count stops at [`LIMIT`]. The stretched
//! probability and the rate of the next update are kept beside it: they are needed at the start of
//! the next prediction and known at the end of the update before, where nobody waits for them.

use crate::logistic::stretch;

/// Where the count of an entry stops, and with it the slowing of its adaptation.
pub(crate) const LIMIT: u32 = 255;

/// The bits of an entry that hold its count; [`LIMIT`] leaves the upper two unused.
pub(crate) const COUNT_MASK: u32 = 1023;

/// `16384 / (2n + 3)`: how far the n-th update goes, in 2048ths of the error's eighth.
static RATE: [u16; LIMIT as usize + 1] = {
    let mut table = [0; LIMIT as usize + 1];
    let mut n = 0;
    while n < table.len() {
        table[n] = (16384 / (2 * n + 3)) as u16;
        n += 1;
    }
    table
};

/// One context of a [`StateMap`]. Eight bytes in this order: vector code loads them at once.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Entry {
    /// Probability of 1 in the high 22 bits, count in the low 10.
    t: u32,
    stretched: i16,
    rate: u16,
}

impl Entry {
    const NEW: Entry = Entry { t: 1 << 31, stretched: 1, rate: RATE[0] };

    /// The prediction, stretched (-2047..=2047).
    #[inline]
    pub(crate) fn stretched(self) -> i32 {
        i32::from(self.stretched)
    }

    /// Learns that the bit was `y` (0 or 1).
    #[inline]
    pub(crate) fn update(&mut self, y: u32) {
        let error = ((y << 22) as i32 - (self.t >> 10) as i32) >> 3;
        let step = error.wrapping_mul(i32::from(self.rate)) as u32 & !COUNT_MASK;
        let counted = self.t + u32::from(self.t & COUNT_MASK < LIMIT);
        let t = counted.wrapping_add(step);
        *self = Entry { t, stretched: stretch(t >> 20), rate: rate(t) };
    }
}

/// The rate of the update after the count in `t`.
#[inline]
pub(crate) fn rate(t: u32) -> u16 {
    RATE[(t & LIMIT) as usize]
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
        assert_eq!(Entry::NEW.stretched, stretch(Entry::NEW.t >> 20));
        assert_eq!(Entry::NEW.rate, 5461);
    }

    #[test]
    fn the_first_update_goes_two_thirds_of_the_way_and_the_count_stops() {
        let mut e = Entry::NEW;
        e.update(1);
        assert!((e.t >> 20).abs_diff(2048 + 1365) <= 1, "{}", e.t >> 20);
        for _ in 0..1000 {
            e.update(1);
        }
        assert_eq!((e.t & COUNT_MASK, e.rate), (LIMIT, 31));
        assert!(e.t >> 20 >= 4090);
    }
}
