//! The part of the sum of k·2^k/C(2k, k) that has a power of one prime below the line.
//!
//! Term k is k·(1·2·…·k)/(1·3·…·(2k-1)). With p^w the power of p that is left below the line, w = the exponent of p in
//! C(2k, k), the term times p^v is a number modulo p^v: k·p^(v-w)·u, u the product of what i and 2i-1 are without
//! their factors p. Terms with w = 0 add nothing.

use super::modulo::Modulo;

/// Σ over k from 1 to `terms` of k·2^k/C(2k, k) is modulo 1 the sum of `residue`/`modulus` over the odd primes up to
/// 2·`terms`. Both for one prime; the modulus is the highest power of it that is not above 2·`terms`.
pub(super) struct Residue {
    pub(super) modulo: Modulo,
    pub(super) residue: u64,
}

impl Residue {
    /// 2·`terms` is below [`super::modulo::MODULI_BELOW`].
    pub(super) fn of(prime: u64, terms: u64) -> Residue {
        if prime * prime > 2 * terms { once(prime, terms) } else { with_powers(prime, terms) }
    }
}

/// Any prime: every term from the last to the first, in the manner of Horner.
fn with_powers(p: u64, terms: u64) -> Residue {
    let mut powers = vec![1];
    let mut power = p;
    while power <= 2 * terms {
        powers.push(power);
        power *= p;
    }
    let highest = powers.len() - 1;
    let modulo = Modulo::new(powers[highest]);
    let forms: Vec<_> = powers.iter().map(|&power| modulo.form(power)).collect();
    let take_out = |mut n: u64| {
        let mut exponent = 0;
        while n.is_multiple_of(p) {
            n /= p;
            exponent += 1;
        }
        (n, exponent)
    };
    // The exponent of p in C(2k, k), k = terms.
    let mut w: usize =
        powers.iter().skip(1).map(|power| (2 * terms / power - 2 * (terms / power)) as usize).sum();
    // numerator/denominator = Σ over j ≥ k of term j over the product of all before k.
    let (mut numerator, mut denominator) = (0, modulo.one);
    for k in (1..=terms).rev() {
        let (above, more) = take_out(k);
        let (below, less) = take_out(2 * k - 1);
        if w > 0 {
            let factor = modulo.multiply(forms[highest - w], modulo.form(k));
            numerator += modulo.multiply(factor % modulo.m, denominator);
        }
        numerator = modulo.multiply(numerator % modulo.m, modulo.form(above));
        denominator = modulo.multiply(denominator, modulo.form(below));
        w = w + more - less;
    }
    Residue { residue: modulo.divide(numerator, denominator), modulo }
}

/// A prime with p² above 2·`terms`: w is 0 or 1, and only k mod p matters.
///
/// With h = (p-1)/2 and k = jp + r, w is 1 for r above h. The product of i/(2i-1) without factors p is modulo p
///
/// * over i = 1 … h: 2^h/C(p-1, h) = ±1, call it s: 2^h is 1 where p is ±1 modulo 8, C(p-1, h) = (-1)^h;
/// * over i = 1 … p-1: -1 (Wilson), where the one 2i-1 that p divides is left out;
/// * so over h+1 … p-1: -s; where jp + h + 1 has its 2i-1 = (2j+1)p, this one gives 1/(2j+1);
/// * at i = jp: -j.
///
/// So a whole period is summed once for all j.
fn once(p: u64, terms: u64) -> Residue {
    let modulo = Modulo::new(p);
    let h = (p - 1) / 2;
    let s_positive = matches!(p % 8, 1 | 7) == h.is_multiple_of(2);
    let negate = |x: u64| 2 * p - x;
    let signed = |x: u64, positive: bool| if positive { x } else { negate(x) };
    let whole = if terms >= p { upper_half(&modulo, p - 1) } else { (0, modulo.one) };
    let last = terms / p;
    let (mut numerator, mut denominator) = (0, modulo.one);
    for j in (0..=last).rev() {
        if j == last && terms % p <= h {
            // Nothing yet; 2j+1 may be p.
            continue;
        }
        let (a, b) = if j == last { upper_half(&modulo, terms % p) } else { whole };
        // This half, and -s times what is above.
        let rest = modulo.multiply(signed(numerator, !s_positive), b);
        let sum = (modulo.multiply(a, denominator) + rest) % p;
        denominator = modulo.multiply(modulo.multiply(denominator, b), modulo.form(2 * j + 1));
        // The lower half and i = jp.
        numerator = if j == 0 {
            signed(sum, s_positive)
        } else {
            modulo.multiply(signed(sum, !s_positive) % p, modulo.form(j))
        };
        numerator %= p;
    }
    Residue { residue: modulo.divide(numerator, denominator), modulo }
}

/// Σ over r from h+1 to `end` of r·Π over i from h+1 to r of i/(2i-1) modulo p, without the factor that p divides;
/// as a fraction in Montgomery's form. Nothing where `end` is not above h.
fn upper_half(modulo: &Modulo, end: u64) -> (u64, u64) {
    let p = modulo.m;
    let first = p / 2 + 1;
    let (mut numerator, mut denominator) = (0, modulo.one);
    if end < first {
        return (numerator, denominator);
    }
    let mut r = modulo.form(end);
    for _ in first..end {
        let below = 2 * r + p - modulo.one;
        let below = if below >= 2 * p { below - 2 * p } else { below };
        numerator = modulo.multiply(numerator + modulo.multiply(r, denominator), r);
        denominator = modulo.multiply(denominator, below);
        r = if r >= modulo.one { r - modulo.one } else { r + p - modulo.one };
    }
    (modulo.multiply(numerator + modulo.multiply(r, denominator), r), denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_for_every_prime_and_number_of_terms() {
        for terms in (5..130).chain([333, 1000]) {
            for p in super::super::primes::odd_primes(3, 2 * terms) {
                if p * p > 2 * terms {
                    let (a, b) = (once(p, terms), with_powers(p, terms));
                    assert_eq!((a.residue, a.modulo.m), (b.residue, b.modulo.m), "{p}, {terms} terms");
                }
            }
        }
    }

    #[test]
    fn the_parts_of_all_primes_are_the_sum_modulo_1() {
        // π + 3 is the sum; 40 terms of it are right in 30 bits and more.
        let parts = super::super::primes::odd_primes(3, 80);
        let sum: f64 =
            parts.into_iter().map(|p| Residue::of(p, 40)).map(|r| r.residue as f64 / r.modulo.m as f64).sum();
        assert!((sum.fract() - std::f64::consts::PI.fract()).abs() < 1e-9, "{sum}");
    }
}
