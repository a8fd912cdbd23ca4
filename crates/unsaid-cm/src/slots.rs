//! A hash table from contexts to the fifteen bit histories of one nibble.
//!
//! A slot has 16 bytes: a check byte, then the states of the context itself (1) and of the one to
//! three bits that may follow it (2 to 15, the bits with a leading 1). The state at 1 has seen every
//! use of the slot and serves as its priority. Four neighbours share a cache line of 64 bytes; three
//! of them are searched.
//!
//! Nothing detects a collision that the check byte misses: it costs compression, never correctness,
//! because both sides collide alike. For the same reason a slot may be replaced while an earlier
//! context of the same step still points to it: callers hold
//! the slots themselves, which are cells, and see what others write.

use std::cell::Cell;

use crate::pages::{self, Pages};
use crate::prefetch::prefetch;

/// One slot: check byte, then 15 states. Several contexts of one step may hold the same.
pub(crate) type Slot = Cell<[u8; 16]>;

/// The state of a slot after these bits of a nibble, with a leading 1.
#[inline(always)]
pub(crate) fn state(slot: &Slot, nibble: usize) -> &Cell<u8> {
    let bytes: &Cell<[u8]> = slot;
    &bytes.as_slice_of_cells()[nibble & 15]
}

/// Slots of one cache line.
const LINE: usize = 4;

/// The table. Memory is taken from the system zeroed and is touched only where contexts fall.
#[derive(Debug)]
pub(crate) struct Slots {
    bytes: Vec<[u8; 16]>,
    pages: Pages,
    /// Slots before the first cache line; where the allocator puts us must not cost a second line.
    skip: usize,
    mask: usize,
}

impl Slots {
    /// A table of `bytes` (a power of two), all of it unused.
    pub(crate) fn new(bytes: usize) -> Self {
        let count = bytes / size_of::<Slot>();
        debug_assert!(count.is_power_of_two() && count >= LINE);
        let pages = Pages::new(bytes);
        let bytes = vec![[0; 16]; count + LINE - 1];
        let skip = match bytes.as_ptr().align_offset(LINE * size_of::<Slot>()) {
            skip if skip < LINE => skip,
            _ => 0,
        };
        Slots { bytes, pages, skip, mask: count - 1 }
    }

    /// Starts to load the line that [`Table::find`] will search.
    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: Hash) {
        prefetch(&self.bytes, self.skip + (hash.0 as usize & self.mask));
    }

    /// The slots, so that several can be held at once.
    #[inline(always)]
    pub(crate) fn table(&mut self) -> Table<'_> {
        let slots = &mut self.bytes[self.skip..];
        Table { slots: Cell::from_mut(slots).as_slice_of_cells(), pages: self.pages.cells(), mask: self.mask }
    }
}

/// The slots while they are in use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    slots: &'a [Slot],
    pages: &'a [Cell<u64>],
    mask: usize,
}

impl<'a> Table<'a> {
    /// As [`Slots::prefetch`].
    #[inline(always)]
    pub(crate) fn prefetch(self, hash: Hash) {
        prefetch(self.slots, hash.0 as usize & self.mask);
    }

    /// The slot of this context, found or taken from the least used neighbour.
    #[inline]
    pub(crate) fn find(self, hash: Hash) -> &'a Slot {
        let check = (hash.0 >> 24) as u8;
        let i = hash.0 as usize & self.mask;
        let slots = &self.slots[..=self.mask];
        if pages::is_new(self.pages, i * size_of::<Slot>()) {
            slots[i].set([0; 16]);
        }
        let here = |at: usize| slots[at].get()[0] == check;
        let hits = [here(i), here(i ^ 1), here(i ^ 2)];
        // One branch that cannot be foreseen instead of three.
        if hits[0] | hits[1] | hits[2] {
            let second = if hits[1] { 1 } else { 2 };
            return &slots[i ^ if hits[0] { 0 } else { second }];
        }
        let priority = |at: usize| slots[at].get()[1];
        let step = priority(i) > priority(i ^ 1) || priority(i) > priority(i ^ 2);
        let at = i ^ usize::from(step);
        // After that step this is the fourth neighbour, which was not searched.
        let step = priority(at) > priority(at ^ 3);
        let slot = &slots[at ^ (usize::from(step) * 3)];
        let mut fresh = [0; 16];
        fresh[0] = check;
        slot.set(fresh);
        slot
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
