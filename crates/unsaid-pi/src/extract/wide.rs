//! The kernel for moduli that [`super::narrow`] does not take: the same with 64-bit limbs, one term after the other in
//! each of four lanes. m is below 2^60.

use super::narrow::Span;

/// Terms worked on together: their chains of multiplications overlap.
const LANES: usize = 4;

/// Adds the limbs of every term of `span` to `sums`, as [`super::narrow::add_terms`] does; the number of
/// limbs is even. Only the first [`LANES`] lanes are used.
pub(super) fn add_terms<const L: usize>(span: &Span, sums: &mut [[u64; L]]) {
    let mut rest = *span;
    while rest.count > 0 {
        add_block(&rest, sums);
        rest = rest.skip(LANES as u64);
    }
}

fn add_block<const L: usize>(span: &Span, sums: &mut [[u64; L]]) {
    // E - 64, and not below 0: there are two limbs of 32 bits at least.
    let mut m = [1u64; LANES];
    let mut e = [0u64; LANES];
    let live = span.count.min(LANES as u64) as usize;
    for l in 0..live {
        m[l] = span.modulus + span.factor * l as u64;
        e[l] = (span.exponent - span.step * l as u64).saturating_sub(32);
    }
    let mut negative_inverse = [0u64; LANES];
    for l in 0..LANES {
        let mut y = m[l].wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            y = y.wrapping_mul(2u64.wrapping_sub(m[l].wrapping_mul(y)));
        }
        negative_inverse[l] = y.wrapping_neg();
    }

    // The six highest bits of the exponent at once.
    let mut left = (64 - e[0].leading_zeros()).saturating_sub(6);
    let mut x = [0u64; LANES];
    for l in 0..LANES {
        x[l] = ((1u128 << (64 + (e[l] >> left))) % u128::from(m[l])) as u64;
    }
    // As in the narrow kernel x stays below 4m: 16m²/2^64 + m is below 2m.
    while left > 0 {
        left -= 1;
        for l in 0..LANES {
            let square = u128::from(x[l]) * u128::from(x[l]);
            let q = (square as u64).wrapping_mul(negative_inverse[l]);
            x[l] = ((square + u128::from(q) * u128::from(m[l])) >> 64) as u64;
            x[l] <<= (e[l] >> left) & 1;
        }
    }
    for l in 0..live {
        x[l] %= m[l];
        for pair in sums.chunks_exact_mut(2) {
            let q = x[l].wrapping_mul(negative_inverse[l]);
            pair[0][l] += q & 0xffff_ffff;
            pair[1][l] += q >> 32;
            x[l] = ((u128::from(x[l]) + u128::from(q) * u128::from(m[l])) >> 64) as u64;
        }
    }
}
