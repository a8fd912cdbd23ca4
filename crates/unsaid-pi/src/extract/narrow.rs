//! The kernel: floor(2^32K · frac(2^e / m)) for many odd m below 2^30 at once, without a division.
//!
//! Montgomery's reduction to the base 2^32 ("Modular multiplication without trial division", 1985) does both
//! halves of the work. First x = 2^E mod m, E = e + 32K, by squarings: reducing x² makes 2^(32+2t) of
//! x = 2^(32+t), and the bit of the exponent is a shift. Then, as 2^32K·(2^e mod m) = Q·m + x, the K quotients
//! q = -x·m⁻¹ mod 2^32 that K further reductions of x take are the limbs of Q, the lowest first.
//!
//! Everything is plain loops over arrays, one lane a term, one value below 2^32 in each u64. Compiled with AVX2
//! they become vector instructions; compiled without, they give the same bytes. Nothing overflows in a lane that
//! counts; the arithmetic wraps so that no check stands in the way.

/// Terms n, n + 1, … of one part of a formula.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// m of the first term, odd.
    pub(super) modulus: u64,
    /// What m grows by.
    pub(super) factor: u64,
    /// E - 32 of the first term: what is left of the exponent when one limb of it is taken off.
    pub(super) exponent: u64,
    /// What E falls by. That of the last term is not below 0.
    pub(super) step: u64,
    /// How many terms; below 2^32, so that 2^32 limbs fit a sum.
    pub(super) count: u64,
}

impl Span {
    /// The modulus of the last term.
    pub(super) fn last_modulus(&self) -> u64 {
        self.modulus + self.factor * self.count.saturating_sub(1)
    }

    /// The same terms without the first `count`.
    pub(super) fn skip(&self, count: u64) -> Span {
        Span {
            modulus: self.modulus + self.factor * count,
            exponent: self.exponent.saturating_sub(self.step * count),
            count: self.count.saturating_sub(count),
            ..*self
        }
    }

    /// Only the first `count`.
    pub(super) fn take(&self, count: u64) -> Span {
        Span { count: self.count.min(count), ..*self }
    }
}

/// Moduli below this are for this kernel.
pub(super) const MODULI_BELOW: u64 = 1 << 30;

const LOW: u64 = 0xffff_ffff;
/// 2^52, and the bits of a double at least that large with an integer below 2^52 in its lowest bits.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// How a squaring is done.
///
/// x stays below 2^32 without being reduced to below m each time, in a bound that depends on m:
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ladder {
    /// m < 2^26: two squarings, then a shift by two bits of the exponent at once. If x < 9m then x²/2^32 + m < 2.3m,
    /// squared again < 1.1m, shifted < 8.7m.
    Pairs,
    /// m < 2^28: a squaring, a shift by one bit. If x < 4m then x²/2^32 + m < 2m, shifted < 4m.
    Single,
    /// m < 2^30: the same, and 2m are taken off where x is not below, for 16m²/2^32 + m is only < 5m.
    Reduced,
}

/// Adds the limbs of every term of `span` to `sums`: limb k (2^32k units) of the terms with the parity of
/// `lane` to `sums[k][lane]`.
#[inline(always)]
pub(super) fn add_terms<T: Lane, const L: usize>(span: &Span, sums: &mut [[u64; L]]) {
    let mut rest = *span;
    for (ladder, below) in
        [(Ladder::Pairs, 1 << 26), (Ladder::Single, 1 << 28), (Ladder::Reduced, MODULI_BELOW)]
    {
        // A block keeps even terms in even lanes, so a cut is at an even one, and the lanes past the end of a
        // block do no harm.
        let fit = (below as u64).saturating_sub(rest.modulus).div_ceil(rest.factor) & !1;
        let part = if rest.last_modulus() < below { rest } else { rest.take(fit) };
        match ladder {
            Ladder::Pairs => add_blocks::<T, L, 2, false>(&part, sums),
            Ladder::Single => add_blocks::<T, L, 1, false>(&part, sums),
            Ladder::Reduced => add_blocks::<T, L, 1, true>(&part, sums),
        }
        rest = rest.skip(part.count);
    }
}

#[inline(always)]
fn add_blocks<T: Lane, const L: usize, const WINDOW: u32, const REDUCE: bool>(
    span: &Span,
    sums: &mut [[u64; L]],
) {
    let mut rest = *span;
    while rest.count > 0 {
        add_block::<T, L, WINDOW, REDUCE>(&rest, sums);
        rest = rest.skip(L as u64);
    }
}

/// What holds a value below 2^32 in memory: as wide as a lane of the multiplication, or packed.
pub(super) trait Lane: Copy + Default {
    fn of(value: u64) -> Self;
    fn get(self) -> u64;
}

impl Lane for u64 {
    #[inline(always)]
    fn of(value: u64) -> u64 {
        value
    }

    #[inline(always)]
    fn get(self) -> u64 {
        self
    }
}

impl Lane for u32 {
    #[inline(always)]
    fn of(value: u64) -> u32 {
        value as u32
    }

    #[inline(always)]
    fn get(self) -> u64 {
        u64::from(self)
    }
}

/// The product of the low halves: one instruction for several lanes.
#[inline(always)]
fn low_product(a: u64, b: u64) -> u64 {
    (a & LOW).wrapping_mul(b & LOW)
}

/// x, less m where it is not below; both far below 2^63. Without a comparison: SSE2 has none for 64 bits.
#[inline(always)]
fn less_if_not_below(x: u64, m: u64) -> u64 {
    let less = x.wrapping_sub(m);
    less.wrapping_add(m & 0u64.wrapping_sub(less >> 63))
}

/// x²/2^32 mod m, not reduced fully.
#[inline(always)]
fn square(x: u64, m: u64, negative_inverse: u64) -> u64 {
    let square = low_product(x, x);
    let q = low_product(square, negative_inverse);
    square.wrapping_add(low_product(q, m)) >> 32
}

#[inline(always)]
fn add_block<T: Lane, const L: usize, const WINDOW: u32, const REDUCE: bool>(
    span: &Span,
    sums: &mut [[u64; L]],
) {
    let mut m = [T::default(); L];
    let mut e = [0u64; L];
    // Lanes past the end compute what nobody counts.
    let mut live = [0u64; L];
    for l in 0..L {
        m[l] = T::of(span.modulus.wrapping_add(span.factor.wrapping_mul(l as u64)));
        e[l] = span.exponent.saturating_sub(span.step.wrapping_mul(l as u64));
        live[l] = if (l as u64) < span.count { LOW } else { 0 };
    }

    // -1/m mod 2^32: 3m xor 2 is right in 5 bits, every step doubles them.
    let mut negative_inverse = [T::default(); L];
    for l in 0..L {
        let m = m[l].get() as u32;
        let mut y = m.wrapping_mul(3) ^ 2;
        for _ in 0..3 {
            y = y.wrapping_mul(2u32.wrapping_sub(m.wrapping_mul(y)));
        }
        negative_inverse[l] = T::of(u64::from(y.wrapping_neg()));
    }

    // The highest bits of the exponent, at most 15, at once: 2^(32+t) < 2^53 is a double, and so is all below.
    let bits = 64 - span.exponent.leading_zeros();
    let mut left = if WINDOW == 2 { bits.saturating_sub(3) & !1 } else { bits.saturating_sub(4) };
    let mut x = [T::default(); L];
    for l in 0..L {
        let power = f64::from_bits(e[l].wrapping_shr(left).wrapping_add(1023 + 32) << 52);
        let modulus = f64::from_bits(m[l].get() | TWO_52.to_bits()) - TWO_52;
        let quotient = (power / modulus + TWO_52) - TWO_52;
        let rest = power - quotient * modulus;
        let rest = if rest < 0.0 { rest + modulus } else { rest };
        x[l] = T::of((rest + TWO_52).to_bits() & LOW);
    }

    while left > 0 {
        left -= WINDOW;
        for l in 0..L {
            let mut y = square(x[l].get(), m[l].get(), negative_inverse[l].get());
            if WINDOW == 2 {
                y = square(y, m[l].get(), negative_inverse[l].get());
                y = y.wrapping_shl((e[l].wrapping_shr(left) & 3) as u32);
            } else {
                y = y.wrapping_add(y & 0u64.wrapping_sub(e[l].wrapping_shr(left) & 1));
            }
            x[l] = T::of(if REDUCE { less_if_not_below(y, m[l].get() << 1) } else { y });
        }
    }
    for l in 0..L {
        let mut y = x[l].get();
        if WINDOW == 2 {
            y = less_if_not_below(less_if_not_below(y, m[l].get() << 3), m[l].get() << 2);
        }
        x[l] = T::of(less_if_not_below(less_if_not_below(y, m[l].get() << 1), m[l].get()));
    }

    for sum in sums {
        for l in 0..L {
            let q = low_product(x[l].get(), negative_inverse[l].get());
            sum[l] = sum[l].wrapping_add(q & live[l]);
            x[l] = T::of(x[l].get().wrapping_add(low_product(q, m[l].get())) >> 32);
        }
    }
}
