//! A chain of predictions: bit history after bit history, each with a say in what the ones before
//! it concluded, then three refinements.
//!
//! ```text
//! history 0 -> map -> p0 ---+
//! history 1 -> map -> p1 -> mixer -> p ---+
//! history 2 -> map -> p2 ----------> mixer -> p ... -> refine -> refine -> refine -> p
//! ```
//!
//! A mixer's weights are selected by the bit history it adds and by a flag. The chain is the same
//! for every kernel ([`Portable`], [`Avx2`]): they differ in speed, never in a bit.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;

use crate::mixer::{Refinement, Weights};
use crate::state_map::{self, StateMap};

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
pub(crate) use portable::Portable;

/// Bit histories that predict.
pub(crate) const CONTEXTS: usize = 11;

/// Every history but the first is mixed in.
const MIXERS: usize = CONTEXTS - 1;

/// Refinements at the end.
pub(crate) const REFINEMENTS: usize = 3;

/// The constant first input of a refinement.
const CONSTANT: i32 = 512;

/// What the chain has learned.
#[derive(Debug)]
pub(crate) struct Chain {
    maps: Box<[StateMap<256>; CONTEXTS]>,
    /// By flag, mixer, bit history.
    mixers: Box<[[[Weights; 256]; MIXERS]; 2]>,
    refine: [Box<[Refinement; 1 << 16]>; REFINEMENTS],
}

impl Chain {
    pub(crate) fn new() -> Self {
        Chain {
            maps: Box::new([state_map::new(); CONTEXTS]),
            mixers: Box::new([[[Weights::AVERAGE; 256]; MIXERS]; 2]),
            refine: [(); REFINEMENTS].map(|()| crate::boxed([0; 2])),
        }
    }
}

/// What is asked about the next bit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Question {
    /// The bit histories, in order.
    pub(crate) states: [u8; CONTEXTS],
    /// Selects one of two sets of mixers.
    pub(crate) flag: bool,
    /// The contexts of the refinements.
    pub(crate) refine: [u16; REFINEMENTS],
}

/// A way to run a chain.
pub(crate) trait Kernel {
    /// What [`Kernel::learn`] must know of a prediction.
    type Step;

    /// The stretched probability that the next bit is 1.
    fn predict(chain: &Chain, question: &Question) -> (i32, Self::Step);

    /// Learns that the bit was `y`. Question and step are those of the last prediction.
    fn learn(chain: &mut Chain, question: &Question, step: Self::Step, y: bool);
}
