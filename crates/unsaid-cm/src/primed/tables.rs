//! Bit histories by context: those of the training text, frozen, and those of a document.
//!
//! A slot has 16 bytes: a check byte, then the states of the context itself (1) and of the one to
//! three bits that may follow it (2 to 15, the bits with a leading 1). Four slots share a cache line.

use crate::prefetch::prefetch;
use crate::state::NEXT;

pub(crate) type Slot = [u8; 16];

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([Slot; 4]);

/// The context of the second nibble of a byte: the context and the first nibble with a leading 1.
#[inline(always)]
pub(crate) fn second(hash: u32, nibble: u32) -> u32 {
    (hash ^ nibble.wrapping_mul(0x9E37_79B1)).wrapping_mul(0x85EB_CA6B).rotate_left(13)
}

/// Histories of one context over the training text.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    lines: Vec<Line>,
}

impl Frozen {
    /// `slots` is a power of two, at least 4.
    pub(crate) fn new(slots: usize) -> Self {
        Frozen { lines: vec![Line([[0; 16]; 4]); slots / 4] }
    }

    #[inline(always)]
    fn line(&self, hash: u32) -> usize {
        hash as usize & (self.lines.len() - 1)
    }

    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: u32) {
        prefetch(&self.lines, self.line(hash));
    }

    /// The slot of a context; zeros where the training text has none.
    #[inline(always)]
    pub(crate) fn get(&self, hash: u32) -> Slot {
        let check = (hash >> 24) as u8 | 1;
        let line = &self.lines[self.line(hash)].0;
        // No branch: the misses of the contexts' tables overlap.
        let found = line.iter().rev().fold(0u32, |bits, slot| bits << 1 | u32::from(slot[0] == check));
        let at = (found | 1).ilog2() as usize;
        let there = 0u128.wrapping_sub(u128::from(found != 0));
        (u128::from_ne_bytes(line[at & 3]) & there).to_ne_bytes()
    }

    /// The slot of a context, made if need be at the cost of the least used one of its line.
    #[inline]
    fn slot(&mut self, hash: u32) -> &mut Slot {
        let check = (hash >> 24) as u8 | 1;
        let at = self.line(hash);
        let line = &mut self.lines[at].0;
        let mut best = 0;
        let mut found = false;
        for (i, slot) in line.iter().enumerate() {
            if slot[0] == check {
                (best, found) = (i, true);
                break;
            }
            if slot[1] < line[best][1] {
                best = i;
            }
        }
        let slot = &mut line[best];
        if !found {
            *slot = [0; 16];
            slot[0] = check;
        }
        slot
    }

    /// Learns that `byte` followed the context.
    #[inline]
    pub(crate) fn learn(&mut self, hash: u32, byte: u8) {
        let high = u32::from(byte >> 4);
        walk(self.slot(hash), high);
        walk(self.slot(second(hash, high | 16)), u32::from(byte & 15));
    }
}

/// Learns the four bits of `nibble`.
#[inline(always)]
fn walk(slot: &mut Slot, nibble: u32) {
    let mut node = 1;
    for shift in [3, 2, 1, 0] {
        let bit = (nibble >> shift & 1) as usize;
        slot[node & 15] = NEXT[bit][slot[node & 15] as usize];
        node = node << 1 | bit;
    }
}

/// Histories of one context over the document: pairs of slots, the least used makes way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    slots: Vec<Slot>,
    mask: usize,
}

impl Local {
    /// Forgets everything and has `slots` (a power of two) from now on.
    pub(crate) fn reset(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, [0; 16]);
        self.mask = slots - 1;
    }

    pub(crate) fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    /// Where the slot of a context is; it is made if need be.
    #[inline(always)]
    pub(crate) fn find(&mut self, hash: u32) -> usize {
        let check = (hash >> 24) as u8 | 1;
        let first = hash as usize & self.mask;
        let other = first ^ 1;
        if self.slots[first][0] == check {
            return first;
        }
        if self.slots[other][0] == check {
            return other;
        }
        let at = if self.slots[first][1] <= self.slots[other][1] { first } else { other };
        self.slots[at] = [0; 16];
        self.slots[at][0] = check;
        at
    }

    #[inline(always)]
    pub(crate) fn slot(&self, at: usize) -> &Slot {
        &self.slots[at]
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, at: usize, slot: Slot) {
        self.slots[at] = slot;
    }
}
