//! The two loops of the narrow kernel in the vector instructions that every x86-64 has, two lanes in a register.
//!
//! From plain loops the compiler makes scalar code here: it takes a 64-bit product of two lanes for expensive and
//! does not see that the high halves are zero.

use std::arch::x86_64::{
    __m128i, _mm_add_epi64, _mm_and_si128, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm_mul_epu32,
    _mm_mullo_epi16, _mm_set_epi64x, _mm_set1_epi64x, _mm_setzero_si128, _mm_shuffle_epi32, _mm_srl_epi64,
    _mm_srli_epi64, _mm_sub_epi16, _mm_sub_epi64, _mm_unpackhi_epi64, _mm_xor_si128,
};

use super::eight;
use super::narrow::{Block, Plain, Steps};

const LANES: usize = 32;

/// Half of the lanes, in pairs.
type Pairs = [__m128i; LANES / 4];

/// What every x86-64 has.
pub(super) struct Sse2;

#[inline]
#[target_feature(enable = "sse2")]
fn load(lanes: &[u64; LANES], first: usize) -> Pairs {
    std::array::from_fn(|i| _mm_set_epi64x(lanes[first + 2 * i + 1] as i64, lanes[first + 2 * i] as i64))
}

#[inline]
#[target_feature(enable = "sse2")]
fn put(pair: __m128i, lanes: &mut [u64]) {
    lanes[0] = _mm_cvtsi128_si64(pair) as u64;
    lanes[1] = _mm_cvtsi128_si64(_mm_unpackhi_epi64(pair, pair)) as u64;
}

#[inline]
#[target_feature(enable = "sse2")]
fn store(pairs: &Pairs, lanes: &mut [u64; LANES], first: usize) {
    for (pair, lanes) in pairs.iter().zip(lanes[first..].chunks_exact_mut(2)) {
        put(*pair, lanes);
    }
}

/// The low halves alone. Not by a mask: the compiler drops it where only the low half of a product is used, and
/// then multiplies 64 bits by 64.
#[inline]
#[target_feature(enable = "sse2")]
fn low(x: __m128i) -> __m128i {
    _mm_srli_epi64::<32>(_mm_shuffle_epi32::<0b1010_0000>(x))
}

/// (x + qm)/2^32.
#[inline]
#[target_feature(enable = "sse2")]
fn reduce(x: __m128i, q: __m128i, m: __m128i) -> __m128i {
    _mm_srli_epi64::<32>(_mm_add_epi64(x, _mm_mul_epu32(q, m)))
}

/// 2^32 times x²/2^32 mod m, not reduced fully: the low half is 0.
#[inline]
#[target_feature(enable = "sse2")]
fn square_times(x: __m128i, m: __m128i, negative_inverse: __m128i) -> __m128i {
    let square = _mm_mul_epu32(x, x);
    _mm_add_epi64(square, _mm_mul_epu32(_mm_mul_epu32(square, negative_inverse), m))
}

/// x²/2^32 mod m, not reduced fully.
#[inline]
#[target_feature(enable = "sse2")]
fn square(x: __m128i, m: __m128i, negative_inverse: __m128i) -> __m128i {
    _mm_srli_epi64::<32>(square_times(x, m, negative_inverse))
}

#[target_feature(enable = "sse2")]
fn begin(block: &mut Block<LANES>) {
    let (two, quarter) = (_mm_set1_epi64x(2), _mm_set1_epi64x(0xffff));
    for first in [0, LANES / 2] {
        let (m, mut x) = (load(&block.m, first), load(&block.x, first));
        let mut inverse = m;
        eight!(i => {
            let low_m = low(m[i]);
            // 3m xor 2 is 1/m in 5 bits, every step doubles them: the first two in 16 bits.
            let mut y = _mm_xor_si128(_mm_add_epi64(m[i], _mm_add_epi64(m[i], m[i])), two);
            for _ in 0..2 {
                y = _mm_mullo_epi16(y, _mm_sub_epi16(two, _mm_mullo_epi16(m[i], y)));
            }
            y = _mm_and_si128(y, quarter);
            y = _mm_mul_epu32(y, low(_mm_sub_epi64(two, _mm_mul_epu32(low_m, y))));
            inverse[i] = _mm_sub_epi64(_mm_setzero_si128(), y);
            x[i] = low(_mm_sub_epi64(low_m, _mm_mul_epu32(low(x[i]), low_m)));
        });
        store(&inverse, &mut block.negative_inverse, first);
        store(&x, &mut block.x, first);
    }
}

/// Half of the lanes, as all do not fit the registers.
#[inline]
#[target_feature(enable = "sse2")]
fn climb_half<const WINDOW: u32>(block: &mut Block<LANES>, first: usize, mut left: u32) {
    let (m, e, inverse) =
        (load(&block.m, first), load(&block.e, first), load(&block.negative_inverse, first));
    let mut x = load(&block.x, first);
    let one = _mm_set1_epi64x(1);
    let (highest, lowest) = (block.e[first], block.e[first + LANES / 2 - 1]);
    while left > 0 {
        if WINDOW == 2 && left >= 2 && highest >> (left - 2) == lowest >> (left - 2) {
            left -= 2;
            // To the right by 32 and to the left by a window, at once.
            let shift = _mm_cvtsi32_si128(32 - ((highest >> left) & 3) as i32);
            eight!(i => {
                x[i] = _mm_srl_epi64(square_times(square(x[i], m[i], inverse[i]), m[i], inverse[i]), shift);
            });
            continue;
        }
        // No shift by lane: a bit at a time, added once more where it is 1. This stays below 4m, too.
        left -= 1;
        let place = _mm_cvtsi32_si128(left as i32);
        eight!(i => {
            let y = square(x[i], m[i], inverse[i]);
            let bit = _mm_and_si128(_mm_srl_epi64(e[i], place), one);
            let mask = _mm_sub_epi64(_mm_setzero_si128(), bit);
            x[i] = _mm_add_epi64(y, _mm_and_si128(y, mask));
        });
    }
    store(&x, &mut block.x, first);
}

#[target_feature(enable = "sse2")]
fn climb<const WINDOW: u32>(block: &mut Block<LANES>, left: u32) {
    climb_half::<WINDOW>(block, 0, left);
    climb_half::<WINDOW>(block, LANES / 2, left);
}

#[target_feature(enable = "sse2")]
fn add_limbs(block: &mut Block<LANES>, live: &[u64; LANES], sums: &mut [[u64; LANES]]) {
    for first in [0, LANES / 2] {
        let (m, inverse) = (load(&block.m, first), load(&block.negative_inverse, first));
        let (mut x, live) = (load(&block.x, first), load(live, first));
        eight!(i => x[i] = reduce(x[i], _mm_mul_epu32(x[i], inverse[i]), m[i]));
        for sums in &mut *sums {
            let mut sum = _mm_set_epi64x(sums[1] as i64, sums[0] as i64);
            eight!(i => {
                let q = _mm_mul_epu32(x[i], inverse[i]);
                sum = _mm_add_epi64(sum, _mm_and_si128(q, live[i]));
                x[i] = reduce(x[i], q, m[i]);
            });
            put(sum, sums);
        }
    }
}

#[allow(unsafe_code, reason = "functions compiled for instructions that are known to be here")]
impl Steps<LANES> for Sse2 {
    fn begin(block: &mut Block<LANES>) {
        // SAFETY: every x86-64 has SSE2.
        unsafe { begin(block) }
    }

    fn climb<const WINDOW: u32, const REDUCE: bool>(block: &mut Block<LANES>, left: u32) {
        if REDUCE {
            // Positions beyond 10^8, where most moduli are not for this kernel any more.
            return <Plain as Steps<LANES>>::climb::<WINDOW, REDUCE>(block, left);
        }
        // SAFETY: every x86-64 has SSE2.
        unsafe { climb::<WINDOW>(block, left) }
    }

    fn add_limbs(block: &mut Block<LANES>, live: &[u64; LANES], sums: &mut [[u64; LANES]]) {
        // SAFETY: every x86-64 has SSE2.
        unsafe { add_limbs(block, live, sums) }
    }
}
