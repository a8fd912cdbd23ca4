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

    /// The number of the slot of this context, found or taken from the least used neighbour.
    #[inline]
    pub(crate) fn find(&mut self, key: u32) -> usize {
        let hash = scramble(key);
        let check = (hash >> 24) as u8;
        let i = hash as usize & self.mask;
        let table = &mut self.slots[self.skip..][..=self.mask];
        for at in [i, i ^ 1, i ^ 2] {
            if table[at][0] == check {
                return self.skip + at;
            }
        }
        let priority = |at: usize| table[at][1];
        let mut at = i;
        if priority(at) > priority(at ^ 1) || priority(at) > priority(at ^ 2) {
            at ^= 1;
        }
        // After the step above this is the fourth neighbour, which was not searched.
        if priority(at) > priority(at ^ 3) {
            at ^= 3;
        }
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

/// Spreads a context over 32 bits: the low ones number the slot, the top eight are the check.
#[inline]
fn scramble(key: u32) -> u32 {
    key.wrapping_mul(123_456_791).rotate_left(16).wrapping_mul(234_567_891)
}
