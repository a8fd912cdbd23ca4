//! Is the next byte the one that a match expects? One decision instead of eight where the answer is
//! nearly certain, and that is most bytes of most documents.

use super::context::{FROZEN, KEY, ORDER_1, ORDER_2, ORDER_3, ORDER_4, ORDER_6, WORD};
use super::learned::{Learned, PAIRS_ROOM};
use super::logistic::squash;
use super::matches::MATCHES;
use super::mixer::{self, FLAG_INPUTS, SELECTED};
use super::prior::Prior;
use super::scratch::Scratch;
use crate::prefetch::prefetch;
use crate::state::NEXT;

/// Contexts of the training text, each together with the expected byte.
pub(crate) const HELD: usize = 7;
/// Contexts of the document itself.
pub(crate) const OWN: usize = 3;
/// Evidence without tables.
const DIRECT: usize = 3;
pub(crate) const FLAG_PAIRS: usize = HELD + OWN + DIRECT;
const _: () = assert!(2 * FLAG_PAIRS <= FLAG_INPUTS && HELD <= FROZEN);

pub(crate) const BY_QUALITY: usize = (HELD + OWN) * 256;
pub(crate) const BY_HITS: usize = BY_QUALITY + 256;
pub(crate) const BY_AGREEMENT: usize = BY_HITS + 256;
pub(crate) const FLAG_MAPS: usize = BY_AGREEMENT + 16 * 9;
pub(crate) const FLAG_SETS: usize = 3 * 256;

/// The flag is used where its probability, stretched, is at least this: 94 %.
const USED_FROM: i32 = 700;

/// A match of at least this length errs no more often than once in its length.
const LONG: usize = 512;

/// The number among the frozen contexts of the `i`-th that the training text is asked for.
#[inline(always)]
pub(crate) fn held(i: usize) -> usize {
    [ORDER_1, ORDER_2, ORDER_3, ORDER_4, ORDER_6, WORD, KEY][i]
}

/// The same for the document's own.
#[inline(always)]
pub(crate) fn own(i: usize) -> usize {
    [ORDER_1, ORDER_3, KEY][i]
}

/// The match that is believed in: the first that expects anything.
#[inline(always)]
pub(crate) fn best(expected: &[Option<u8>; MATCHES]) -> Option<usize> {
    expected.iter().position(Option::is_some)
}

/// Histories of hits and misses, a byte each, without a check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    states: Vec<u8>,
}

impl Hits {
    /// `size` is a power of two.
    pub(crate) fn new(size: usize) -> Self {
        Hits { states: vec![0; size] }
    }

    pub(crate) fn reset(&mut self, size: usize) {
        self.states.clear();
        self.states.resize(size, 0);
    }

    pub(crate) fn memory(&self) -> usize {
        self.states.capacity()
    }

    #[inline(always)]
    fn index(&self, hash: u32, expected: u8) -> usize {
        let h = (hash ^ (u32::from(expected) + 1).wrapping_mul(0x9E37_79B1)).wrapping_mul(0xC2B2_AE35);
        (h ^ h >> 15) as usize & (self.states.len() - 1)
    }

    #[inline(always)]
    pub(crate) fn prefetch(&self, hash: u32, expected: u8) {
        prefetch(&self.states, self.index(hash, expected));
    }

    #[inline(always)]
    fn get(&self, hash: u32, expected: u8) -> u8 {
        self.states[self.index(hash, expected)]
    }

    #[inline(always)]
    pub(crate) fn learn(&mut self, hash: u32, expected: u8, hit: bool) {
        let i = self.index(hash, expected);
        self.states[i] = NEXT[usize::from(hit)][self.states[i] as usize];
    }
}

/// One question.
pub(crate) struct Flag {
    pub(crate) index: [u16; FLAG_PAIRS],
    pub(crate) inputs: [i16; FLAG_INPUTS],
    pub(crate) sets: [usize; SELECTED],
    /// The probability of a hit, in 65536ths.
    pub(crate) p: u32,
    /// Whether both sides ask.
    pub(crate) used: bool,
}

impl Flag {
    /// Whether the next byte is the one that match `best` expects, `guess`.
    #[inline(always)]
    pub(crate) fn new(
        prior: &Prior,
        learned: &Learned,
        scratch: &Scratch,
        hashes: &[u32; FROZEN],
        expected: &[Option<u8>; MATCHES],
        best: usize,
        guess: u8,
    ) -> Flag {
        let mut index = [0; FLAG_PAIRS];
        for i in 0..HELD {
            index[i] = i * 256 + usize::from(prior.hits[i].get(hashes[held(i)], guess));
        }
        for i in 0..OWN {
            index[HELD + i] = (HELD + i) * 256 + usize::from(scratch.own[i].get(hashes[own(i)], guess));
        }
        let agreement =
            expected[1..].iter().fold(0, |sum, e| sum * 3 + e.map_or(0, |e| if e == guess { 1 } else { 2 }));
        let quality = scratch.matches.quality(best);
        index[HELD + OWN] = BY_QUALITY + best * 64 + quality;
        index[HELD + OWN + 1] = BY_HITS + (scratch.hits & 255) as usize;
        index[HELD + OWN + 2] = BY_AGREEMENT + (quality >> 2) * 9 + agreement;
        let mut inputs = [0; FLAG_INPUTS];
        for (pair, &i) in inputs.chunks_exact_mut(2).zip(&index) {
            pair.copy_from_slice(&learned.flag_maps[i & (PAIRS_ROOM - 1)]);
        }
        let sets =
            [best * 64 + quality, 256 + usize::from(guess), 512 + (scratch.context.last & 255) as usize];
        let w = &scratch.flag_weights;
        let d = mixer::dot(&inputs, &w[sets[0]], &w[sets[1]], &w[sets[2]]);
        // What came true for long is believed more than any weight can say.
        let length = scratch.matches.length(best);
        let least = if length >= LONG { 65536 - (65536 / length as u32).max(1) } else { 0 };
        let p = squash(d).max(least);
        Flag { index: index.map(|i| i as u16), inputs, sets, p, used: d >= USED_FROM }
    }
}
