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
#[derive(Clone, Debug)]
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

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use unsaid_testkit::Rng;

    use super::*;

    /// Asks and teaches as a coder does; gives every answer.
    #[inline(always)]
    fn run<K: Kernel>(chain: &mut Chain, questions: &[(Question, bool)]) -> Vec<i32> {
        let mut answers = Vec::new();
        for (question, y) in questions {
            let (answer, step) = K::predict(chain, question);
            answers.push(answer);
            K::learn(chain, question, step, *y);
        }
        answers
    }

    #[allow(unsafe_code, reason = "calling it needs a processor with AVX2")]
    #[target_feature(enable = "avx2")]
    unsafe fn run_avx2(chain: &mut Chain, questions: &[(Question, bool)]) -> Vec<i32> {
        run::<Avx2>(chain, questions)
    }

    fn questions(rng: &mut Rng, count: usize, states: u64) -> Vec<(Question, bool)> {
        (0..count)
            .map(|_| {
                let question = Question {
                    states: [(); CONTEXTS].map(|()| rng.below(states) as u8),
                    flag: rng.below(4) == 0,
                    refine: [(); REFINEMENTS].map(|()| rng.below(50) as u16),
                };
                (question, rng.below(3) == 0)
            })
            .collect()
    }

    fn same_on_both(mut chain: Chain, questions: &[(Question, bool)]) {
        if !is_x86_feature_detected!("avx2") {
            return;
        }
        let mut twin = chain.clone();
        let portable = run::<Portable>(&mut chain, questions);
        #[allow(unsafe_code, reason = "the processor was asked")]
        // SAFETY: `is_x86_feature_detected` says that this processor has AVX2.
        let avx2 = unsafe { run_avx2(&mut twin, questions) };
        assert_eq!(portable, avx2);
        assert_eq!(format!("{chain:?}"), format!("{twin:?}"), "what was learned");
    }

    /// J2: from the start of a stream, where counts and rates still change.
    #[test]
    fn j2_avx2_learns_what_the_portable_kernel_learns() {
        let mut rng = Rng::new(1);
        for states in [1, 3, 253] {
            same_on_both(Chain::new(), &questions(&mut rng, 3000, states));
        }
    }

    /// Weights that no stream leads to: the arithmetic wraps and clamps alike.
    #[test]
    fn j2_avx2_agrees_on_extreme_weights() {
        let mut rng = Rng::new(2);
        for shift in [0, 2, 6] {
            let mut chain = Chain::new();
            let mut any = || (rng.next_u64() as i32) >> shift;
            for weights in chain.mixers.iter_mut().flatten().flatten() {
                *weights = Weights::from([any(), any()]);
            }
            for refine in chain.refine.iter_mut().flat_map(|table| &mut table[..50]) {
                *refine = [any(), any()];
            }
            same_on_both(chain, &questions(&mut rng, 2000, 253));
        }
    }
}
