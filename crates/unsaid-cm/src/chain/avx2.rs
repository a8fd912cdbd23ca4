//! The chain in vectors of eight 32-bit lanes, for x86-64 with AVX2.
//!
//! Lanes 0 to 9 are the mixers with the histories 1 to 10 that they add, lanes 10 to 12 the
//! refinements; history 0, which has no mixer, sits in lane 10, whose refinement has no history.
//!
//! The chain itself cannot run in parallel, but everything around it can: what each neuron adds to
//! its first input is computed before the chain starts, and all neurons and maps learn at once.

#![allow(
    unsafe_code,
    unused_unsafe,
    reason = "AVX2 intrinsics halve the time of the whole codec (OPTIMISATIONS.md); `Portable` is \
              the safe twin that tests compare it to. Newer compilers call some of them safe."
)]
// SAFETY: (for every block of this file) whoever names `Avx2` has checked that the processor has
// AVX2. Loads and stores go through references to values of exactly their size, and need no alignment.

use std::arch::x86_64::*;

use crate::logistic::{KNOTS, stretch};
use crate::mixer::{REFINEMENT_START, Refinement};
use crate::state_map::{self, COUNT_MASK, Entry, LIMIT};

use super::{CONSTANT, Chain, Kernel, Question};

/// Runs where `is_x86_feature_detected!("avx2")` holds, inside a function that enables it.
pub(crate) struct Avx2;

/// Two vectors: lanes 0 to 7 and 8 to 15.
#[derive(Clone, Copy)]
struct Lanes(__m256i, __m256i);

/// Everything that was loaded and computed for a prediction.
pub(crate) struct Step {
    t: Lanes,
    stretched: Lanes,
    rate: Lanes,
    w0: Lanes,
    w1: Lanes,
    x0: Lanes,
    out: Lanes,
}

/// The lanes 10, 11 and 12 as a mask for `blend` of the upper vector.
const REFINE: i32 = 0b0001_1100;

#[inline(always)]
fn set(x: i32) -> __m256i {
    unsafe { _mm256_set1_epi32(x) }
}

impl Lanes {
    #[inline(always)]
    fn map(self, f: impl Fn(__m256i) -> __m256i) -> Lanes {
        Lanes(f(self.0), f(self.1))
    }

    #[inline(always)]
    fn with(self, other: Lanes, f: impl Fn(__m256i, __m256i) -> __m256i) -> Lanes {
        Lanes(f(self.0, other.0), f(self.1, other.1))
    }

    #[inline(always)]
    fn add(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| unsafe { _mm256_add_epi32(a, b) })
    }

    #[inline(always)]
    fn mul(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| unsafe { _mm256_mullo_epi32(a, b) })
    }

    #[inline(always)]
    fn to_array(self) -> [u32; 16] {
        let mut array = [0; 16];
        unsafe {
            _mm256_storeu_si256(array.as_mut_ptr().cast(), self.0);
            _mm256_storeu_si256(array.as_mut_ptr().add(8).cast(), self.1);
        }
        array
    }
}

/// What lies between the stored and the true second weight of lanes 8 to 15.
#[inline(always)]
fn refinement_start() -> __m256i {
    const S: i32 = REFINEMENT_START;
    unsafe { _mm256_setr_epi32(0, 0, S, S, S, 0, 0, 0) }
}

/// An entry and a pair of weights, side by side.
#[inline(always)]
fn row<W>(entry: &Entry, weights: &W) -> __m128i {
    unsafe {
        let low = _mm_loadl_epi64((&raw const *entry).cast());
        _mm_castpd_si128(_mm_loadh_pd(_mm_castsi128_pd(low), (&raw const *weights).cast()))
    }
}

#[inline(always)]
fn weights_only(weights: &Refinement) -> __m128i {
    unsafe { _mm_castpd_si128(_mm_loadh_pd(_mm_setzero_pd(), (&raw const *weights).cast())) }
}

/// Four rows (of two lanes each, in the halves) to the four columns: t, stretched and rate, w0, w1.
#[inline(always)]
fn transpose(r0: __m256i, r1: __m256i, r2: __m256i, r3: __m256i) -> [__m256i; 4] {
    unsafe {
        let (a, b) = (_mm256_unpacklo_epi32(r0, r1), _mm256_unpacklo_epi32(r2, r3));
        let (c, d) = (_mm256_unpackhi_epi32(r0, r1), _mm256_unpackhi_epi32(r2, r3));
        [
            _mm256_unpacklo_epi64(a, b),
            _mm256_unpackhi_epi64(a, b),
            _mm256_unpacklo_epi64(c, d),
            _mm256_unpackhi_epi64(c, d),
        ]
    }
}

impl Kernel for Avx2 {
    type Step = Step;

    #[inline(always)]
    fn predict(net: &Chain, q: &Question) -> (i32, Step) {
        let mixers = &net.mixers[usize::from(q.flag)];
        let entry = |context: usize| &net.maps[context][usize::from(q.states[context])];
        let mixed = |lane: usize| row(entry(lane + 1), &mixers[lane][usize::from(q.states[lane + 1])]);
        let refined = |i: usize| &net.refine[i][usize::from(q.refine[i])];
        unsafe {
            let pair = |a: __m128i, b: __m128i| _mm256_set_m128i(b, a);
            let zero = _mm_setzero_si128();
            let low = transpose(
                pair(mixed(0), mixed(4)),
                pair(mixed(1), mixed(5)),
                pair(mixed(2), mixed(6)),
                pair(mixed(3), mixed(7)),
            );
            let high = transpose(
                pair(mixed(8), weights_only(refined(2))),
                pair(mixed(9), zero),
                pair(row(entry(0), refined(0)), zero),
                pair(weights_only(refined(1)), zero),
            );
            let [t, cache, w0, w1] = [0, 1, 2, 3].map(|i| Lanes(low[i], high[i]));
            let w1 = Lanes(w1.0, _mm256_add_epi32(w1.1, refinement_start()));
            let stretched = cache.map(|v| _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(v)));
            let rate = cache.map(|v| _mm256_srli_epi32::<16>(v));

            // A neuron gives (x * factor + ready) >> 8, where x is the value of the chain before it.
            let a = w0.map(|v| _mm256_srai_epi32::<16>(v));
            let b = w1.map(|v| _mm256_srai_epi32::<16>(v));
            let doubled = _mm256_add_epi32(b.1, b.1);
            let factor = Lanes(a.0, _mm256_blend_epi32::<REFINE>(a.1, doubled));
            let other = Lanes(b.0, _mm256_blend_epi32::<REFINE>(b.1, a.1));
            let beside = Lanes(stretched.0, _mm256_blend_epi32::<REFINE>(stretched.1, set(CONSTANT)));
            let ready = other.mul(beside).add(Lanes(set(128), set(128)));

            let mut pr = _mm_set1_epi32(entry(0).stretched());
            // Values before each neuron and outputs of each, four lanes a vector.
            let mut x0 = [zero; 4];
            let mut out = [zero; 4];
            macro_rules! neuron {
                ($group:literal, $lane:literal, $factor:expr, $ready:expr) => {
                    const ALL: i32 = 0b01_01_01_01 * $lane;
                    let product = _mm_mullo_epi32(pr, _mm_shuffle_epi32::<ALL>($factor));
                    let new = _mm_add_epi32(product, _mm_shuffle_epi32::<ALL>($ready));
                    let new = _mm_srai_epi32::<8>(new);
                    x0[$group] = _mm_blend_epi32::<{ 1 << $lane }>(x0[$group], pr);
                    out[$group] = _mm_blend_epi32::<{ 1 << $lane }>(out[$group], new);
                    pr = _mm_add_epi32(new, _mm_srai_epi32::<2>(_mm_sub_epi32(pr, new)));
                };
            }
            macro_rules! neurons {
                ($group:literal, $factor:expr, $ready:expr, $($lane:literal)*) => {
                    let (factor, ready) = ($factor, $ready);
                    $({ neuron!($group, $lane, factor, ready); })*
                };
            }
            neurons!(0, _mm256_castsi256_si128(factor.0), _mm256_castsi256_si128(ready.0), 0 1 2 3);
            neurons!(1, _mm256_extracti128_si256::<1>(factor.0), _mm256_extracti128_si256::<1>(ready.0), 0 1 2 3);
            neurons!(2, _mm256_castsi256_si128(factor.1), _mm256_castsi256_si128(ready.1), 0 1 2 3);
            neurons!(3, _mm256_extracti128_si256::<1>(factor.1), _mm256_extracti128_si256::<1>(ready.1), 0);

            let x0 = Lanes(pair(x0[0], x0[1]), pair(x0[2], x0[3]));
            let out = Lanes(pair(out[0], out[1]), pair(out[2], out[3]));
            (_mm_cvtsi128_si32(pr), Step { t, stretched, rate, w0, w1, x0, out })
        }
    }

    #[inline(always)]
    fn learn(net: &mut Chain, q: &Question, step: Step, y: bool) {
        let Step { t, stretched, rate, w0, w1, x0, out } = step;
        unsafe {
            // The neurons.
            let squashed = squash(_mm256_packs_epi32(out.0, out.1));
            let zero = _mm256_setzero_si256();
            let target = set(i32::from(y) << 12);
            let seen = w0.map(|w| {
                let count = _mm256_min_epi32(_mm256_and_si256(w, set(3)), set(2));
                _mm256_add_epi32(count, set(1))
            });
            let error = Lanes(
                _mm256_sub_epi32(target, _mm256_unpacklo_epi16(squashed, zero)),
                _mm256_sub_epi32(target, _mm256_unpackhi_epi16(squashed, zero)),
            );
            let error = error
                .mul(seen.map(|n| _mm256_sub_epi32(set(4), n)))
                .map(|e| _mm256_srai_epi32::<4>(_mm256_add_epi32(e, set(8))));
            let first = Lanes(x0.0, _mm256_blend_epi32::<REFINE>(x0.1, set(CONSTANT)));
            let doubled = _mm256_add_epi32(x0.1, x0.1);
            let second = Lanes(stretched.0, _mm256_blend_epi32::<REFINE>(stretched.1, doubled));
            let w0 = w0
                .with(seen, |w, n| _mm256_or_si256(_mm256_andnot_si256(set(3), w), n))
                .add(first.mul(error).map(|d| _mm256_andnot_si256(set(3), d)));
            let w1 = w1.add(second.mul(error));

            // The maps.
            let count = t.map(|t| _mm256_and_si256(t, set(COUNT_MASK as i32)));
            let full = count.map(|n| _mm256_cmpeq_epi32(n, set(LIMIT as i32)));
            let target = set(i32::from(y) << 22);
            let error =
                t.map(|t| _mm256_srai_epi32::<3>(_mm256_sub_epi32(target, _mm256_srli_epi32::<10>(t))));
            let go = error.mul(rate).map(|d| _mm256_andnot_si256(set(COUNT_MASK as i32), d));
            let counted = t.with(full, |t, full| _mm256_sub_epi32(_mm256_add_epi32(t, full), set(-1)));
            let t = counted.add(go);
            let low = _mm256_movemask_ps(_mm256_castsi256_ps(full.0));
            let high = _mm256_movemask_ps(_mm256_castsi256_ps(full.1));
            // Once every count is at its limit, which is soon, the rates stay.
            let rate = if low == 0xff && high & 0b111 == 0b111 { rate } else { rates(t) };

            store_weights(net, q, w0, w1);
            store_entries(net, q, t, rate);
        }
    }
}

/// The rates that belong to the counts.
#[cold]
#[inline(always)]
fn rates(t: Lanes) -> Lanes {
    let rates = t.to_array().map(|t| u32::from(state_map::rate(t)));
    unsafe {
        Lanes(_mm256_loadu_si256(rates.as_ptr().cast()), _mm256_loadu_si256(rates.as_ptr().add(8).cast()))
    }
}

/// Stores the entries whole: a load that needs the result of two stores would wait for both.
#[inline(always)]
fn store_entries(net: &mut Chain, q: &Question, t: Lanes, rate: Lanes) {
    unsafe {
        let p = t.map(|t| _mm256_srli_epi32::<20>(t)).to_array();
        let stretched = |lane: usize| i32::from(stretch(p[lane]));
        let zero = _mm_setzero_si128();
        let low = _mm_insert_epi16::<0>(zero, stretched(0));
        let low = _mm_insert_epi16::<1>(low, stretched(1));
        let low = _mm_insert_epi16::<2>(low, stretched(2));
        let low = _mm_insert_epi16::<3>(low, stretched(3));
        let low = _mm_insert_epi16::<4>(low, stretched(4));
        let low = _mm_insert_epi16::<5>(low, stretched(5));
        let low = _mm_insert_epi16::<6>(low, stretched(6));
        let low = _mm_insert_epi16::<7>(low, stretched(7));
        let high = _mm_insert_epi16::<0>(zero, stretched(8));
        let high = _mm_insert_epi16::<1>(high, stretched(9));
        let high = _mm_insert_epi16::<2>(high, stretched(10));
        let cache = Lanes(_mm256_cvtepu16_epi32(low), _mm256_cvtepu16_epi32(high));
        let cache = cache.with(rate, |s, rate| _mm256_or_si256(s, _mm256_slli_epi32::<16>(rate)));

        let even = t.with(cache, |a, b| _mm256_unpacklo_epi32(a, b));
        let odd = t.with(cache, |a, b| _mm256_unpackhi_epi32(a, b));
        let [first, rest @ ..] = &mut *net.maps;
        let mut two = |lane: usize, both: __m128i| {
            let [a, b, ..] = &mut rest[lane..] else { return };
            let a = &raw mut a[usize::from(q.states[lane + 1])];
            let b = &raw mut b[usize::from(q.states[lane + 2])];
            _mm_storel_epi64(a.cast(), both);
            _mm_storeh_pd(b.cast(), _mm_castsi128_pd(both));
        };
        two(0, _mm256_castsi256_si128(even.0));
        two(2, _mm256_castsi256_si128(odd.0));
        two(4, _mm256_extracti128_si256::<1>(even.0));
        two(6, _mm256_extracti128_si256::<1>(odd.0));
        two(8, _mm256_castsi256_si128(even.1));
        let first = &raw mut first[usize::from(q.states[0])];
        _mm_storel_epi64(first.cast(), _mm256_castsi256_si128(odd.1));
    }
}

#[inline(always)]
fn store_weights(net: &mut Chain, q: &Question, w0: Lanes, w1: Lanes) {
    unsafe {
        let w1 = Lanes(w1.0, _mm256_sub_epi32(w1.1, refinement_start()));
        // Pairs of weights, of lanes 0 1 | 4 5 and 2 3 | 6 7 of each vector.
        let even = w0.with(w1, |a, b| _mm256_unpacklo_epi32(a, b));
        let odd = w0.with(w1, |a, b| _mm256_unpackhi_epi32(a, b));
        let mixers = &mut net.mixers[usize::from(q.flag)];
        let mut two = |lane: usize, both: __m128i| {
            let [a, b, ..] = &mut mixers[lane..] else { return };
            let a = &raw mut a[usize::from(q.states[lane + 1])];
            let b = &raw mut b[usize::from(q.states[lane + 2])];
            _mm_storel_epi64(a.cast(), both);
            _mm_storeh_pd(b.cast(), _mm_castsi128_pd(both));
        };
        two(0, _mm256_castsi256_si128(even.0));
        two(2, _mm256_castsi256_si128(odd.0));
        two(4, _mm256_extracti128_si256::<1>(even.0));
        two(6, _mm256_extracti128_si256::<1>(odd.0));
        two(8, _mm256_castsi256_si128(even.1));
        let [first, second, third] = &mut net.refine;
        let tens = _mm256_castsi256_si128(odd.1);
        _mm_storel_epi64((&raw mut first[usize::from(q.refine[0])]).cast(), tens);
        _mm_storeh_pd((&raw mut second[usize::from(q.refine[1])]).cast(), _mm_castsi128_pd(tens));
        let twelve = _mm256_extracti128_si256::<1>(even.1);
        _mm_storel_epi64((&raw mut third[usize::from(q.refine[2])]).cast(), twelve);
    }
}

/// Sixteen entries of a table of `squash`: bytes, once for each half of a vector.
const fn bytes_of(first: usize, differences: bool, shift: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        let j = first + i % 16;
        let value = if differences { KNOTS[j + 1] - KNOTS[j] } else { KNOTS[j] };
        bytes[i] = (value >> shift) as u8;
        i += 1;
    }
    bytes
}

/// By half of the knots, by byte of a number.
type Table = [[[u8; 32]; 2]; 2];

/// Sixteen numbers, each from the half and the byte whose index has a clear top bit.
#[inline(always)]
fn look(table: &Table, indices: [[__m256i; 2]; 2]) -> __m256i {
    let mut sum = unsafe { _mm256_setzero_si256() };
    for half in 0..2 {
        for byte in 0..2 {
            unsafe {
                let bytes = _mm256_loadu_si256(table[half][byte].as_ptr().cast());
                sum = _mm256_or_si256(sum, _mm256_shuffle_epi8(bytes, indices[half][byte]));
            }
        }
    }
    sum
}

/// `squash` of sixteen 16-bit numbers that were saturated to 16 bits.
#[inline(always)]
fn squash(d: __m256i) -> __m256i {
    // For negative and other arguments; low and high bytes.
    const KNOT: Table =
        [[bytes_of(0, false, 0), bytes_of(0, false, 8)], [bytes_of(16, false, 0), bytes_of(16, false, 8)]];
    const RISE: Table =
        [[bytes_of(0, true, 0), bytes_of(0, true, 8)], [bytes_of(16, true, 0), bytes_of(16, true, 8)]];
    unsafe {
        let set16 = |x: i16| _mm256_set1_epi16(x);
        let above = _mm256_cmpgt_epi16(d, set16(2047));
        let below = _mm256_cmpgt_epi16(set16(-2048), d);
        let d = _mm256_min_epi16(_mm256_max_epi16(d, set16(-2048)), set16(2047));
        let w = _mm256_and_si256(d, set16(127));
        // The number of the knot (-16 to 15) in both bytes. A byte shuffle gives 0 where the top bit
        // of the index is set, which serves to select the half of a table and the byte of a number.
        let knot = _mm256_srai_epi16::<7>(d);
        let knot = _mm256_or_si256(_mm256_slli_epi16::<8>(knot), _mm256_and_si256(knot, set16(0xff)));
        let other = _mm256_xor_si256(knot, set16(i16::from_ne_bytes([0x80, 0x80])));
        let low = set16(i16::from_le_bytes([0, 0x80]));
        let high = set16(i16::from_le_bytes([0x80, 0]));
        let indices = [
            [_mm256_or_si256(other, low), _mm256_or_si256(other, high)],
            [_mm256_or_si256(knot, low), _mm256_or_si256(knot, high)],
        ];
        // Unsigned: the largest rise times 127, and 64, stay below 65536.
        let rise = _mm256_mullo_epi16(look(&RISE, indices), w);
        let rise = _mm256_srli_epi16::<7>(_mm256_add_epi16(rise, set16(64)));
        let p = _mm256_add_epi16(look(&KNOT, indices), rise);
        let p = _mm256_or_si256(p, _mm256_srli_epi16::<4>(above));
        _mm256_andnot_si256(below, p)
    }
}
