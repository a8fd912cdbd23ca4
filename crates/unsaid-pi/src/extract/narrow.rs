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
pub(super) fn add_terms<S: Steps<L>, const L: usize>(span: &Span, sums: &mut [[u64; L]]) {
    let mut rest = *span;
    for (ladder, below) in
        [(Ladder::Pairs, 1u64 << 26), (Ladder::Single, 1 << 28), (Ladder::Reduced, MODULI_BELOW)]
    {
        // A block keeps even terms in even lanes, so a cut is at an even one, and the lanes past the end of a
        // block do no harm.
        let fit = below.saturating_sub(rest.modulus).div_ceil(rest.factor) & !1;
        let part = if rest.last_modulus() < below { rest } else { rest.take(fit) };
        match ladder {
            Ladder::Pairs => add_blocks::<S, L, 2, false>(&part, sums),
            Ladder::Single => add_blocks::<S, L, 1, false>(&part, sums),
            Ladder::Reduced => add_blocks::<S, L, 1, true>(&part, sums),
        }
        rest = rest.skip(part.count);
    }
}

#[inline(always)]
fn add_blocks<S: Steps<L>, const L: usize, const WINDOW: u32, const REDUCE: bool>(
    span: &Span,
    sums: &mut [[u64; L]],
) {
    let mut block = Block { m: [0; L], e: [0; L], negative_inverse: [0; L], x: [0; L] };
    let mut live = [LOW; L];
    let mut rest = *span;
    for l in 0..L {
        block.m[l] = rest.modulus.wrapping_add(rest.factor.wrapping_mul(l as u64));
        block.e[l] = rest.exponent.wrapping_add(32).wrapping_sub(rest.step.wrapping_mul(l as u64));
    }
    while rest.count > 0 {
        if rest.count < L as u64 || rest.modulus == 1 {
            // Lanes past the end compute what nobody counts, and 2^e/1 has no fraction.
            for (l, live) in live.iter_mut().enumerate() {
                block.e[l] = (rest.exponent + 32).saturating_sub(rest.step.wrapping_mul(l as u64));
                *live = if (l as u64) < rest.count && block.m[l] != 1 { LOW } else { 0 };
            }
            add_block::<S, L, WINDOW, REDUCE>(&mut block, &live, sums);
            live = [LOW; L];
        } else {
            add_block::<S, L, WINDOW, REDUCE>(&mut block, &live, sums);
        }
        rest = rest.skip(L as u64);
        for l in 0..L {
            block.m[l] = block.m[l].wrapping_add(rest.factor.wrapping_mul(L as u64));
            block.e[l] = block.e[l].wrapping_sub(rest.step.wrapping_mul(L as u64));
        }
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
fn add_block<S: Steps<L>, const L: usize, const WINDOW: u32, const REDUCE: bool>(
    block: &mut Block<L>,
    live: &[u64; L],
    sums: &mut [[u64; L]],
) {
    // The highest bits of the exponent, as a number t, at once. 2^(32+t)/m is below 2^52, so rounded to a whole
    // number as a double it is less than one from what it is; and as 2^(32+t) is a multiple of 2^32 the low half
    // of m - q·m is x, between 0 and 2m.
    let most = u64::from(17 + 63 - block.m[0].leading_zeros());
    let mut left = 0;
    while block.e[0].wrapping_shr(left) > most {
        left += WINDOW;
    }
    for l in 0..L {
        let power = f64::from_bits(block.e[l].wrapping_shr(left).wrapping_add(1023 + 32) << 52);
        let modulus = f64::from_bits(block.m[l] | TWO_52.to_bits()) - TWO_52;
        block.x[l] = (power / modulus + TWO_52).to_bits();
    }
    S::begin(block);
    S::climb::<WINDOW, REDUCE>(block, left);
    S::add_limbs(block, live, sums);
}

/// One lane a term.
pub(super) struct Block<const L: usize> {
    pub(super) m: [u64; L],
    /// E, as 2^(32+E) is what x becomes; it does not rise from lane to lane.
    pub(super) e: [u64; L],
    /// -1/m mod 2^32.
    pub(super) negative_inverse: [u64; L],
    pub(super) x: [u64; L],
}

impl<const L: usize> Block<L> {
    /// The bits of the exponents from `left` on, where they are the same in all lanes: most often, for neighbours
    /// differ in the low bits only.
    #[inline(always)]
    pub(super) fn shared(&self, left: u32) -> Option<u64> {
        let high = self.e[0].wrapping_shr(left);
        (high == self.e[L - 1].wrapping_shr(left)).then_some(high)
    }
}

/// The three loops in which the time goes.
pub(super) trait Steps<const L: usize> {
    /// `negative_inverse` of m, and m - qm of the quotients q, low halves of numbers, that x holds.
    fn begin(block: &mut Block<L>);

    /// Squarings and shifts for the `left` lowest bits of the exponents, a multiple of `WINDOW`.
    fn climb<const WINDOW: u32, const REDUCE: bool>(block: &mut Block<L>, left: u32);

    /// One reduction, after which x is below m, and the limbs of the lanes that are `live`, the lowest first,
    /// added to `sums`: to any lane with the same parity.
    fn add_limbs(block: &mut Block<L>, live: &[u64; L], sums: &mut [[u64; L]]);
}

/// As the compiler makes them of loops over arrays.
pub(super) struct Plain;

impl<const L: usize> Steps<L> for Plain {
    #[inline(always)]
    fn begin(block: &mut Block<L>) {
        let Block { m, negative_inverse, x, .. } = block;
        for l in 0..L {
            // 3m xor 2 is 1/m mod 2^32 in 5 bits, every step doubles them.
            let m = m[l] as u32;
            let mut y = m.wrapping_mul(3) ^ 2;
            for _ in 0..3 {
                y = y.wrapping_mul(2u32.wrapping_sub(m.wrapping_mul(y)));
            }
            negative_inverse[l] = u64::from(y.wrapping_neg());
            x[l] = u64::from(m.wrapping_sub((x[l] as u32).wrapping_mul(m)));
        }
    }

    #[inline(always)]
    fn climb<const WINDOW: u32, const REDUCE: bool>(block: &mut Block<L>, mut left: u32) {
        while left > 0 {
            left -= WINDOW;
            let shared = if WINDOW == 2 { block.shared(left) } else { None };
            let Block { m, e, negative_inverse, x } = block;
            if let Some(high) = shared {
                let shift = (high & 3) as u32;
                for l in 0..L {
                    let y = square(x[l], m[l], negative_inverse[l]);
                    x[l] = square(y, m[l], negative_inverse[l]).wrapping_shl(shift);
                }
                continue;
            }
            for l in 0..L {
                let mut y = square(x[l], m[l], negative_inverse[l]);
                if WINDOW == 2 {
                    y = square(y, m[l], negative_inverse[l]);
                    y = y.wrapping_shl((e[l].wrapping_shr(left) & 3) as u32);
                } else {
                    y = y.wrapping_add(y & 0u64.wrapping_sub(e[l].wrapping_shr(left) & 1));
                }
                x[l] = if REDUCE { less_if_not_below(y, m[l] << 1) } else { y };
            }
        }
    }

    #[inline(always)]
    fn add_limbs(block: &mut Block<L>, live: &[u64; L], sums: &mut [[u64; L]]) {
        let Block { m, negative_inverse, x, .. } = block;
        for l in 0..L {
            let q = low_product(x[l], negative_inverse[l]);
            x[l] = x[l].wrapping_add(low_product(q, m[l])) >> 32;
        }
        for sum in sums {
            for l in 0..L {
                let q = low_product(x[l], negative_inverse[l]);
                sum[l] = sum[l].wrapping_add(q & live[l]);
                x[l] = x[l].wrapping_add(low_product(q, m[l])) >> 32;
            }
        }
    }
}
