//! The two loops of the narrow kernel in AVX2, four lanes in a register.
//!
//! The values that change, eight registers of them, stay in registers through all squarings; what does not change
//! comes from memory as an operand of the multiplication. Eight chains of multiplications are enough to keep both
//! multipliers busy.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpgt_epi64,
    _mm256_extract_epi64, _mm256_mul_epu32, _mm256_mullo_epi16, _mm256_set_epi64x, _mm256_set1_epi64x,
    _mm256_setzero_si256, _mm256_shuffle_epi32, _mm256_sllv_epi64, _mm256_srl_epi64, _mm256_srli_epi64,
    _mm256_sub_epi16, _mm256_sub_epi64, _mm256_xor_si256,
};

use super::eight;
use super::narrow::{Block, Steps};

const LANES: usize = 32;

/// Lanes in fours.
type Fours = [__m256i; LANES / 4];

/// Only where the processor has AVX2.
pub(super) struct Avx2;

/// Lanes 4i to 4i + 3. What does not change is read where it is needed: copies in local arrays cost as much as a limb.
#[inline]
#[target_feature(enable = "avx2")]
fn at(lanes: &[u64; LANES], i: usize) -> __m256i {
    let [a, b, c, d] = [0, 1, 2, 3].map(|l| lanes[4 * i + l] as i64);
    _mm256_set_epi64x(d, c, b, a)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(lanes: &[u64; LANES]) -> Fours {
    [0, 1, 2, 3, 4, 5, 6, 7].map(|i| at(lanes, i))
}

#[inline]
#[target_feature(enable = "avx2")]
fn put(four: __m256i, lanes: &mut [u64]) {
    lanes[0] = _mm256_extract_epi64::<0>(four) as u64;
    lanes[1] = _mm256_extract_epi64::<1>(four) as u64;
    lanes[2] = _mm256_extract_epi64::<2>(four) as u64;
    lanes[3] = _mm256_extract_epi64::<3>(four) as u64;
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(fours: &Fours, lanes: &mut [u64; LANES]) {
    for (four, lanes) in fours.iter().zip(lanes.chunks_exact_mut(4)) {
        put(*four, lanes);
    }
}

/// The low halves alone. Not by a mask: the compiler drops it where only the low half of a product is used, and
/// then multiplies 64 bits by 64.
#[inline]
#[target_feature(enable = "avx2")]
fn low(x: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(_mm256_shuffle_epi32::<0b1010_0000>(x))
}

/// (x + qm)/2^32.
#[inline]
#[target_feature(enable = "avx2")]
fn reduce(x: __m256i, q: __m256i, m: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(_mm256_add_epi64(x, _mm256_mul_epu32(q, m)))
}

/// 2^32 times x²/2^32 mod m, not reduced fully: the low half is 0.
#[inline]
#[target_feature(enable = "avx2")]
fn square_times(x: __m256i, m: __m256i, negative_inverse: __m256i) -> __m256i {
    let square = _mm256_mul_epu32(x, x);
    _mm256_add_epi64(square, _mm256_mul_epu32(_mm256_mul_epu32(square, negative_inverse), m))
}

/// x²/2^32 mod m, not reduced fully.
#[inline]
#[target_feature(enable = "avx2")]
fn square(x: __m256i, m: __m256i, negative_inverse: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(square_times(x, m, negative_inverse))
}

#[target_feature(enable = "avx2")]
fn begin(block: &mut Block<LANES>) {
    let (m, mut x) = (load(&block.m), load(&block.x));
    let mut inverse = m;
    let (two, quarter) = (_mm256_set1_epi64x(2), _mm256_set1_epi64x(0xffff));
    eight!(i => {
        let low_m = low(m[i]);
        // 3m xor 2 is 1/m in 5 bits, every step doubles them: the first two in 16 bits.
        let mut y = _mm256_xor_si256(_mm256_add_epi64(m[i], _mm256_add_epi64(m[i], m[i])), two);
        for _ in 0..2 {
            y = _mm256_mullo_epi16(y, _mm256_sub_epi16(two, _mm256_mullo_epi16(m[i], y)));
        }
        y = _mm256_and_si256(y, quarter);
        y = _mm256_mul_epu32(y, low(_mm256_sub_epi64(two, _mm256_mul_epu32(low_m, y))));
        inverse[i] = _mm256_sub_epi64(_mm256_setzero_si256(), y);
        x[i] = low(_mm256_sub_epi64(low_m, _mm256_mul_epu32(low(x[i]), low_m)));
    });
    store(&inverse, &mut block.negative_inverse);
    store(&x, &mut block.x);
}

#[target_feature(enable = "avx2")]
fn climb<const WINDOW: u32, const REDUCE: bool>(block: &mut Block<LANES>, mut left: u32) {
    let Block { m, e, negative_inverse: inverse, .. } = &*block;
    let mut x = load(&block.x);
    let mask = _mm256_set1_epi64x(if WINDOW == 2 { 3 } else { 1 });
    while left > 0 {
        left -= WINDOW;
        let shared = if WINDOW == 2 { block.shared(left) } else { None };
        if let Some(high) = shared {
            // To the right by 32 and to the left by a window, at once.
            let shift = _mm_cvtsi32_si128(32 - (high & 3) as i32);
            eight!(i => {
                x[i] = _mm256_srl_epi64(square_times(square(x[i], at(m, i), at(inverse, i)), at(m, i), at(inverse, i)), shift);
            });
            continue;
        }
        let place = _mm_cvtsi32_si128(left as i32);
        eight!(i => {
            let mut y = square(x[i], at(m, i), at(inverse, i));
            if WINDOW == 2 {
                y = square(y, at(m, i), at(inverse, i));
            }
            y = _mm256_sllv_epi64(y, _mm256_and_si256(_mm256_srl_epi64(at(e, i), place), mask));
            if REDUCE {
                let twice = _mm256_add_epi64(at(m, i), at(m, i));
                y = _mm256_sub_epi64(y, _mm256_andnot_si256(_mm256_cmpgt_epi64(twice, y), twice));
            }
            x[i] = y;
        });
    }
    store(&x, &mut block.x);
}

#[target_feature(enable = "avx2")]
fn add_limbs(block: &mut Block<LANES>, live: &[u64; LANES], sums: &mut [[u64; LANES]]) {
    let Block { m, negative_inverse: inverse, .. } = &*block;
    let mut x = load(&block.x);
    eight!(i => x[i] = reduce(x[i], _mm256_mul_epu32(x[i], at(inverse, i)), at(m, i)));
    for sums in sums {
        let mut sum = _mm256_set_epi64x(sums[3] as i64, sums[2] as i64, sums[1] as i64, sums[0] as i64);
        eight!(i => {
            let q = _mm256_mul_epu32(x[i], at(inverse, i));
            sum = _mm256_add_epi64(sum, _mm256_and_si256(q, at(live, i)));
            x[i] = reduce(x[i], q, at(m, i));
        });
        put(sum, sums);
    }
}

#[allow(unsafe_code, reason = "functions compiled for instructions that are known to be here")]
impl Steps<LANES> for Avx2 {
    #[inline(always)]
    fn begin(block: &mut Block<LANES>) {
        // SAFETY: only `Engine::detected` makes the engine that comes here, where the processor has AVX2.
        unsafe { begin(block) }
    }

    #[inline(always)]
    fn climb<const WINDOW: u32, const REDUCE: bool>(block: &mut Block<LANES>, left: u32) {
        // SAFETY: as above.
        unsafe { climb::<WINDOW, REDUCE>(block, left) }
    }

    #[inline(always)]
    fn add_limbs(block: &mut Block<LANES>, live: &[u64; LANES], sums: &mut [[u64; LANES]]) {
        // SAFETY: as above.
        unsafe { add_limbs(block, live, sums) }
    }
}
