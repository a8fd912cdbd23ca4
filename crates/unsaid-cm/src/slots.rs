//! A hash table from contexts to the fifteen bit histories of one nibble.
//!
//! A slot has 16 bytes: a check byte, then the states of the context itself (1) and of the one to
//! three bits that may follow it (2 to 15, the bits with a leading 1). The state at 1 has seen every
//! use of the slot and serves as its priority. Four neighbours share a cache line of 64 bytes; three
//! of them are searched.
//!
//! Nothing detects a collision that the check byte misses: it costs compression, never correctness,
//! because both sides collide alike. For the same reason a slot may be replaced while an earlier
//! context of the same step still points to it: callers keep the number of a slot, not its content.

use crate::prefetch::prefetch;

/// One slot: check byte, then 15 states.
type Slot = [u8; 16];

/// Slots of one cache line.
const LINE: usize = 4;

/// The table. Memory is taken from the system zeroed and is touched only where contexts fall.
#[derive(Debug)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    /// Slots before the first cache line; where the allocator puts us must not cost a second line.
    skip: usize,
    mask: usize,
}

impl Slots {
    /// A table of `bytes` (a power of two), all of it unused.
    pub(crate) fn new(bytes: usize) -> Self {
        let count = bytes / size_of::<Slot>();
        debug_assert!(count.is_power_of_two() && count >= LINE);
        let slots = vec![[0; 16]; count + LINE - 1];
        let skip = match slots.as_ptr().align_offset(LINE * size_of::<Slot>()) {
            skip if skip < LINE => skip,
            _ => 0,
        };
        Slots { slots, skip, mask: count - 1 }
    }

    /// Starts to load the line that [`Slots::find`] will search.
    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: Hash) {
        prefetch(&self.slots, self.skip + (hash.0 as usize & self.mask));
    }

    /// The number of the slot of this context, found or taken from the least used neighbour.
    #[inline]
    pub(crate) fn find(&mut self, hash: Hash) -> usize {
        let check = (hash.0 >> 24) as u8;
        let i = hash.0 as usize & self.mask;
        let table = &mut self.slots[self.skip..][..=self.mask];
        let here = |at: usize| table[at][0] == check;
        let hits = [here(i), here(i ^ 1), here(i ^ 2)];
        // One branch that cannot be foreseen instead of three.
        if hits[0] | hits[1] | hits[2] {
            let second = if hits[1] { 1 } else { 2 };
            return self.skip + (i ^ if hits[0] { 0 } else { second });
        }
        let priority = |at: usize| table[at][1];
        let step = priority(i) > priority(i ^ 1) || priority(i) > priority(i ^ 2);
        let at = i ^ usize::from(step);
        // After that step this is the fourth neighbour, which was not searched.
        let step = priority(at) > priority(at ^ 3);
        let at = at ^ (usize::from(step) * 3);
        table[at] = [0; 16];
        table[at][0] = check;
        self.skip + at
    }

    /// The states of a slot that [`Slots::find`] gave.
    #[inline]
    pub(crate) fn states(&mut self, slot: usize) -> &mut Slot {
        &mut self.slots[slot]
    }
}

/// A context spread over 32 bits: the low ones number the slot, the top eight are the check.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hash(u32);

impl Hash {
    #[inline(always)]
    pub(crate) fn of(key: u32) -> Self {
        Hash(key.wrapping_mul(123_456_791).rotate_left(16).wrapping_mul(234_567_891))
    }
}
