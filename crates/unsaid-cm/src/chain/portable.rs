//! The chain one number at a time: the definition of what every kernel must compute.

use crate::mixer::{Weights, chain, update_refinement};

use super::{CONSTANT, Chain, Kernel, MIXERS, Question, REFINEMENTS};

/// Runs everywhere.
pub(crate) struct Portable;

/// Inputs and outputs of every neuron.
pub(crate) struct Step {
    mixers: [(i32, i32, i32); MIXERS],
    refine: [(i32, i32); REFINEMENTS],
}

impl Kernel for Portable {
    type Step = Step;

    #[inline(always)]
    fn predict(net: &Chain, q: &Question) -> (i32, Step) {
        let mut step = Step { mixers: [(0, 0, 0); MIXERS], refine: [(0, 0); REFINEMENTS] };
        let [first, rest @ ..] = &*net.maps;
        let mut pr = first[usize::from(q.states[0])].stretched();
        let mixers = &net.mixers[usize::from(q.flag)];
        for (((step, map), mixer), &s) in step.mixers.iter_mut().zip(rest).zip(mixers).zip(&q.states[1..]) {
            let x1 = map[usize::from(s)].stretched();
            let out = mixer[usize::from(s)].mix(pr, x1);
            *step = (pr, x1, out);
            pr = chain(pr, out);
        }
        for ((step, refine), &context) in step.refine.iter_mut().zip(&net.refine).zip(&q.refine) {
            let x1 = pr.wrapping_mul(2);
            let out = Weights::from(refine[usize::from(context)]).mix(CONSTANT, x1);
            *step = (x1, out);
            pr = chain(pr, out);
        }
        (pr, step)
    }

    #[inline(always)]
    fn learn(net: &mut Chain, q: &Question, step: Step, y: bool) {
        let y = u32::from(y);
        for (map, &s) in net.maps.iter_mut().zip(&q.states) {
            map[usize::from(s)].update(y);
        }
        let mixers = &mut net.mixers[usize::from(q.flag)];
        for ((mixer, &(x0, x1, out)), &s) in mixers.iter_mut().zip(&step.mixers).zip(&q.states[1..]) {
            mixer[usize::from(s)].update(x0, x1, out, y);
        }
        for ((refine, &(x1, out)), &context) in net.refine.iter_mut().zip(&step.refine).zip(&q.refine) {
            update_refinement(&mut refine[usize::from(context)], CONSTANT, x1, out, y);
        }
    }
}
