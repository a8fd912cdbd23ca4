//! LZP: predicts the next byte as the one that followed the last occurrence of a long context
//! (C. Bloom, "LZP: a new data compression algorithm", 1996).
//!
//! The history is a ring; a hash of the last bytes leads to where they last occurred. A match must
//! be verified over [`MIN_LENGTH`] bytes before it predicts, and is kept as long as it is right.

use crate::history::History;
use crate::mixer::{Refinement, Weights, chain, refinements, update_refinement};
use crate::pages::{self, Pages};
use crate::prefetch::prefetch;
use crate::state_map::{self, StateMap};

/// Verified bytes below which a match predicts nothing.
const MIN_LENGTH: u32 = 12;

/// Bytes that are compared to verify a match found by its hash.
const VERIFY: u32 = 128;

/// Contexts of each refinement: two bytes, then hashes of four and of six with the expected byte.
const REFINEMENTS: [usize; 3] = [1 << 16, 1 << 18, 1 << 20];

/// The history, its index, and the model of whether the prediction holds.
#[derive(Debug)]
pub(crate) struct Lzp {
    ring: Vec<u8>,
    index: Vec<u32>,
    index_pages: Pages,
    /// Where the predicted byte stands; positions count from the first byte and wrap at 2^32.
    source: u32,
    length: u32,
    position: u32,
    hash: u32,
    by_length: Box<StateMap<512>>,
    /// Empty until the first prediction: most small inputs never have one.
    refine: [Vec<Refinement>; 3],
    step: Step,
}

/// What the last prediction was made of.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    context: usize,
    refine: [Refined; 3],
}

/// One refinement of the last prediction.
#[derive(Clone, Copy, Debug, Default)]
struct Refined {
    context: usize,
    input: i32,
    output: i32,
}

/// The first input of the refinements.
const CONSTANT: i32 = 2048;

impl Lzp {
    /// An empty history of `ring` bytes, indexed by `index` entries (both powers of two).
    pub(crate) fn new(ring: usize, index: usize) -> Self {
        debug_assert!(ring.is_power_of_two() && index.is_power_of_two());
        Lzp {
            ring: vec![0; ring],
            index: vec![0; index],
            index_pages: Pages::new(4 * index),
            source: u32::MAX,
            length: 0,
            position: 0,
            hash: 0,
            by_length: Box::new(state_map::new()),
            refine: Default::default(),
            step: Step::default(),
        }
    }

    /// The predicted byte, if there is a prediction.
    #[inline]
    pub(crate) fn predicted(&self) -> Option<u8> {
        (self.length >= MIN_LENGTH).then(|| self.at(self.source))
    }

    #[inline]
    fn at(&self, position: u32) -> u8 {
        self.ring[position as usize & (self.ring.len() - 1)]
    }

    /// The stretched probability that the next byte is `expected`.
    pub(crate) fn confidence(&mut self, history: &History, expected: u8) -> i32 {
        if self.refine[0].is_empty() {
            self.refine = REFINEMENTS.map(refinements);
        }
        let c = u32::from(expected);
        let context = match self.length {
            n @ 0..=28 => n,
            n => 28 + u32::from(n >= 32) + u32::from(n >= 64) + u32::from(n >= 128),
        } as usize;
        let contexts = [
            history.h2.wrapping_mul(256).wrapping_add(c),
            history.h1.wrapping_mul(704).wrapping_add(c),
            history.h1.wrapping_mul(112).wrapping_add(c),
        ];
        self.step.context = context;
        let mut pr = self.by_length[context].stretched();
        for ((table, context), step) in self.refine.iter().zip(contexts).zip(&mut self.step.refine) {
            let context = context as usize & (table.len() - 1);
            let input = pr.wrapping_mul(2);
            let output = Weights::from(table[context]).mix(CONSTANT, input);
            *step = Refined { context, input, output };
            pr = chain(pr, output);
        }
        pr
    }

    /// Learns whether the prediction of [`Lzp::confidence`] held.
    fn train(&mut self, held: bool) {
        let y = u32::from(held);
        self.by_length[self.step.context].update(y);
        for (table, step) in self.refine.iter_mut().zip(&self.step.refine) {
            update_refinement(&mut table[step.context], CONSTANT, step.input, step.output, y);
        }
    }

    /// Appends a byte to the history; `expected` is what [`Lzp::predicted`] said.
    pub(crate) fn update(&mut self, byte: u8, expected: Option<u8>) {
        let held = expected == Some(byte);
        if expected.is_some() {
            self.train(held);
        }
        let slot = self.slot_after(byte);
        self.hash = slot as u32;

        let end = self.ring.len() - 1;
        self.ring[self.position as usize & end] = byte;
        self.position = self.position.wrapping_add(1);
        if held {
            self.length = self.length.saturating_add(1);
            self.source = self.source.wrapping_add(1);
        } else {
            self.source = self.indexed(slot);
            if (self.source ^ self.position) as usize & end == 0 {
                self.source = self.source.wrapping_sub(1);
            }
            self.length = self.verify();
        }
        self.index[slot] = self.position;
    }

    /// Where the index has the context that ends with `byte`.
    #[inline(always)]
    fn slot_after(&self, byte: u8) -> usize {
        self.hash.wrapping_mul(20).wrapping_add(u32::from(byte) + 1) as usize & (self.index.len() - 1)
    }

    #[inline(always)]
    fn indexed(&mut self, slot: usize) -> u32 {
        if pages::is_new(self.index_pages.cells(), 4 * slot) {
            self.index[slot] = 0;
        }
        self.index[slot]
    }

    /// Whether a literal would be a surprise.
    #[inline]
    pub(crate) fn is_sure(&self) -> bool {
        self.length >= 32
    }

    /// Starts to load the index for a byte whose upper nibble is known: the sixteen entries are
    /// neighbours.
    #[inline(always)]
    pub(crate) fn prefetch_index(&self, upper: u8) {
        prefetch(&self.index, self.slot_after(upper << 4));
        prefetch(&self.index, self.slot_after(upper << 4 | 15));
    }

    /// Starts to load the history that [`Lzp::update`] will compare if the next byte is this one.
    #[inline(always)]
    pub(crate) fn prefetch_source(&mut self, byte: u8) {
        let source = self.indexed(self.slot_after(byte)).wrapping_sub(1);
        prefetch(&self.ring, source as usize & (self.ring.len() - 1));
    }

    /// How many bytes before the source equal the last bytes, up to [`VERIFY`].
    fn verify(&self) -> u32 {
        (1..=VERIFY)
            .find(|&n| self.at(self.source.wrapping_sub(n)) != self.at(self.position.wrapping_sub(n)))
            .map_or(VERIFY, |n| n - 1)
    }
}
