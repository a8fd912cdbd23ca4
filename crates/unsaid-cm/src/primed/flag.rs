//! Is the next byte the one that a match expects? One decision instead of eight where the answer is
//! nearly certain, and that is most bytes of most documents.

use super::context::FROZEN;
use super::mixer::{INPUTS, Set};
use crate::state::NEXT;

/// Contexts of the training text, each together with the expected byte.
pub(crate) const HELD: usize = 12;
/// Contexts of the document itself.
pub(crate) const OWN: usize = 3;
/// Evidence without tables.
pub(crate) const DIRECT: usize = 3;
pub(crate) const FLAG_PAIRS: usize = HELD + OWN + DIRECT;
const _: () = assert!(2 * FLAG_PAIRS <= INPUTS);

pub(crate) const DIRECT_MAPS: usize = (HELD + OWN) * 256;
pub(crate) const FLAG_MAPS: usize = DIRECT_MAPS + 256 + 256 + 16 * 9;
pub(crate) const FLAG_SETS: usize = 256 + 256 + 256;

/// Which of the frozen contexts.
const CHOSEN: [usize; HELD] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const OWN_CHOSEN: [usize; OWN] = [0, 2, 9];
const _: () = assert!(FROZEN > 11);

/// Histories of hits and misses, a byte each, no check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    states: Vec<u8>,
}

impl Hits {
    pub(crate) fn new(size: usize) -> Self {
        Hits { states: vec![0; size] }
    }
    pub(crate) fn reset(&mut self, size: usize) {
        self.states.clear();
        self.states.resize(size, 0);
    }
    #[inline(always)]
    fn index(&self, hash: u32, expected: u8) -> usize {
        let h = (hash ^ (u32::from(expected) + 1).wrapping_mul(0x9E37_79B1)).wrapping_mul(0xC2B2_AE35);
        (h ^ h >> 15) as usize & (self.states.len() - 1)
    }
    #[inline(always)]
    pub(crate) fn get(&self, hash: u32, expected: u8) -> u8 {
        self.states[self.index(hash, expected)]
    }
    #[inline(always)]
    pub(crate) fn learn(&mut self, hash: u32, expected: u8, hit: bool) {
        let i = self.index(hash, expected);
        self.states[i] = NEXT[usize::from(hit)][self.states[i] as usize];
    }
}

/// Which context of the frozen ones the `i`-th is.
#[inline(always)]
pub(crate) fn chosen(i: usize) -> usize {
    CHOSEN[i]
}
#[inline(always)]
pub(crate) fn own_chosen(i: usize) -> usize {
    OWN_CHOSEN[i]
}

pub(crate) fn first_weights() -> Vec<Set> {
    let mut weights = vec![[0i16; INPUTS]; FLAG_SETS];
    for w in &mut weights[..256] {
        for i in 0..FLAG_PAIRS {
            w[2 * i] = 2500;
        }
    }
    weights
}
