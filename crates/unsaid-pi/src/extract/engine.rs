//! Which instructions the kernel uses. The digits are the same with all.
//!
//! Here, and in `sse2` for what every x86-64 has, are the unsafe calls of this crate: a function compiled for
//! instructions may only be called where they are. They are worth it: at hexadecimal position 10^7 AVX2 takes a third
//! of the time. Tests compare both with plain division.

use super::fixed::Fixed;
use super::narrow::{self, Span};
use super::wide;

#[cfg(not(target_arch = "x86_64"))]
type Portable = narrow::Plain;
#[cfg(target_arch = "x86_64")]
type Portable = super::sse2::Sse2;

/// How terms are computed: by the vector instructions of this machine, or by what every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engine(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Engine {
    /// The fastest that this machine has.
    pub fn detected() -> Engine {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Engine(Kind::Avx2);
        }
        Engine(Kind::Portable)
    }

    /// Only what every machine has.
    pub fn portable() -> Engine {
        Engine(Kind::Portable)
    }

    /// `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
        }
    }

    /// Whether it is faster than the portable one.
    pub(super) fn is_vector(self) -> bool {
        self.0 != Kind::Portable
    }

    /// The sum of the terms of `span` with `limbs` limbs; every second one is subtracted where `alternating`.
    pub(super) fn sum(self, span: &Span, alternating: bool, limbs: usize) -> Fixed {
        match self.0 {
            Kind::Portable => sum_with::<32>(span, alternating, limbs, narrow::add_terms::<Portable, 32>),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => sum_with::<32>(span, alternating, limbs, add_terms_avx2),
        }
    }
}

fn sum_with<const L: usize>(
    span: &Span,
    alternating: bool,
    limbs: usize,
    add_narrow: impl Fn(&Span, &mut [[u64; L]]),
) -> Fixed {
    let mut sums = vec![[0u64; L]; limbs];
    // An even number of terms, so that a lane keeps its parity.
    let fit = narrow::MODULI_BELOW.saturating_sub(span.modulus).div_ceil(span.factor) & !1;
    let first = if span.last_modulus() < narrow::MODULI_BELOW { *span } else { span.take(fit) };
    add_narrow(&first, &mut sums);
    wide::add_terms(&span.skip(first.count), &mut sums);

    let lanes =
        |parity: usize| sums.iter().map(move |lanes| lanes.iter().skip(parity).step_by(2).sum::<u64>());
    let mut sum = Fixed::zero(limbs);
    sum.add(lanes(0));
    if alternating {
        sum.subtract(lanes(1))
    } else {
        sum.add(lanes(1))
    }
    sum
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "functions compiled for instructions that are known to be here")]
fn add_terms_avx2(span: &Span, sums: &mut [[u64; 32]]) {
    #[target_feature(enable = "avx2")]
    fn with_avx2(span: &Span, sums: &mut [[u64; 32]]) {
        narrow::add_terms::<super::avx2::Avx2, 32>(span, sums);
    }
    // SAFETY: only `Engine::detected` makes the engine that comes here, where the processor has AVX2.
    unsafe { with_avx2(span, sums) }
}

#[cfg(test)]
mod tests {
    use super::super::fixed::long_division;
    use super::*;

    /// As slow and plain as can be: squarings by division, then division.
    fn plain(span: &Span, alternating: bool, limbs: usize) -> Fixed {
        let mut sum = Fixed::zero(limbs);
        for i in 0..span.count {
            let m = u128::from(span.modulus + span.factor * i);
            let exponent = span.exponent + 32 - 32 * limbs as u64 - span.step * i;
            let mut rest = 1 % m;
            for bit in (0..64).rev() {
                rest = rest * rest % m;
                rest = if exponent >> bit & 1 == 1 { 2 * rest % m } else { rest };
            }
            let mut term = vec![0; limbs];
            for limb in term.iter_mut().rev() {
                *limb = ((rest << 32) / m) as u64;
                rest = (rest << 32) % m;
            }
            if alternating && i % 2 == 1 { sum.subtract(term) } else { sum.add(term) }
        }
        sum
    }

    #[test]
    fn both_engines_and_both_kernels_give_what_plain_division_gives() {
        // Around the bounds of every ladder, and beyond the narrow kernel; short ones and long ones.
        let starts =
            [1u64, 3, 11, 999, (1 << 26) - 101, (1 << 28) - 51, (1 << 30) - 77, (1 << 30) + 1, (1 << 59) + 9];
        for modulus in starts {
            for (count, limbs) in [(1, 2), (2, 4), (7, 2), (16, 6), (33, 4), (40, 2)] {
                for (factor, step, last) in
                    [(10, 10, 0), (4, 4, 3), (2, 10, 1 << 20), (8, 4, (1 << 40) + 12345)]
                {
                    let exponent = last + step * (count - 1) + 32 * (limbs as u64 - 1);
                    let span = Span { modulus, factor, exponent, step, count };
                    for alternating in [false, true] {
                        let expected = plain(&span, alternating, limbs);
                        for engine in [Engine::portable(), Engine::detected()] {
                            let got = engine.sum(&span, alternating, limbs);
                            assert_eq!(got, expected, "{engine:?} {span:?} {limbs}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_term_below_the_point_is_divided_the_same_way() {
        // 2^e/m with e = 0: the kernel and the long division meet.
        let span = Span { modulus: 12_345, factor: 2, exponent: 32 * 3, step: 2, count: 1 };
        let mut divided = [0; 4];
        long_division(127, 12_345, 4, |k, q| divided[k] = u64::from(q));
        let mut twice = Fixed::zero(4);
        twice.add(divided);
        let mut whole = twice.clone();
        whole.add(divided);
        // floor(2y) is 2·floor(y) or one more.
        let sum = Engine::portable().sum(&span, false, 4);
        let mut one_more = whole.clone();
        one_more.add([1, 0, 0, 0]);
        assert!(sum == whole || sum == one_more);
    }
}
