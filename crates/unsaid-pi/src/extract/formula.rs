//! The series, as data: two formulas for π whose terms are powers of 2 over odd numbers.
//!
//! * F. Bellard, "A new formula to compute the n'th binary digit of pi" (1997):
//!   π = 2^-6 Σ (-1)^n 2^-10n (-2^5/(4n+1) - 1/(4n+3) + 2^8/(10n+1) - 2^6/(10n+3) - 2^2/(10n+5) - 2^2/(10n+7)
//!   + 1/(10n+9)): 0.7 terms a bit.
//! * D. Bailey, P. Borwein, S. Plouffe, "On the rapid computation of various polylogarithmic constants"
//!   (1997), the powers of 2 taken out of the denominators:
//!   π = Σ 2^-4n (4/(8n+1) - ½/(2n+1) - 1/(8n+5) - ½/(4n+3)): one term a bit.
//!
//! For the bits of π after the first `b`, every term of 2^b·π is ±2^e/m with m odd, and only its fraction
//! counts: 2^e mod m where e is not negative.

/// One formula: Σ over n of (±1)^n 2^(-step·n) Σ over `parts`.
#[derive(Debug)]
pub(super) struct Formula {
    /// Bits that one n is further than the one before.
    pub(super) step: u64,
    /// The terms with odd n have the other sign.
    pub(super) alternating: bool,
    pub(super) parts: &'static [Part],
}

/// ±2^shift / (factor·n + first).
#[derive(Debug)]
pub(super) struct Part {
    pub(super) negative: bool,
    pub(super) shift: i64,
    pub(super) factor: u64,
    pub(super) first: u64,
}

const fn part(negative: bool, shift: i64, factor: u64, first: u64) -> Part {
    Part { negative, shift, factor, first }
}

/// 0.7 terms a bit.
pub(super) const BELLARD: Formula = Formula {
    step: 10,
    alternating: true,
    parts: &[
        part(true, -1, 4, 1),
        part(true, -6, 4, 3),
        part(false, 2, 10, 1),
        part(true, 0, 10, 3),
        part(true, -4, 10, 5),
        part(true, -4, 10, 7),
        part(false, -6, 10, 9),
    ],
};

/// One term a bit.
pub(super) const BAILEY_BORWEIN_PLOUFFE: Formula = Formula {
    step: 4,
    alternating: false,
    parts: &[part(false, 2, 8, 1), part(true, -1, 2, 1), part(true, 0, 8, 5), part(true, -1, 4, 3)],
};

impl Formula {
    /// At least as many terms as there are above 2^-`bits`.
    pub(super) fn terms(&self, bits: u64) -> u64 {
        (bits / self.step + 2).saturating_mul(self.parts.len() as u64)
    }
}

impl Part {
    /// The exponent of 2 in the term n of 2^bits·π.
    pub(super) fn exponent(&self, formula: &Formula, bits: u64, n: u64) -> i64 {
        bits as i64 + self.shift - (formula.step * n) as i64
    }

    /// How many terms have an exponent that is at least `least`; it is no larger than 0.
    pub(super) fn count(&self, formula: &Formula, bits: u64, least: i64) -> u64 {
        let room = self.exponent(formula, bits, 0) - least;
        u64::try_from(room).map_or(0, |room| room / formula.step + 1)
    }

    pub(super) fn modulus(&self, n: u64) -> u64 {
        self.factor * n + self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formulas_are_pi() {
        for formula in [&BELLARD, &BAILEY_BORWEIN_PLOUFFE] {
            let mut sum = 0.0;
            for n in 0..20 {
                for part in formula.parts {
                    let negative = part.negative != (formula.alternating && n % 2 == 1);
                    let size = 2f64.powi(part.exponent(formula, 0, n) as i32) / part.modulus(n) as f64;
                    sum += if negative { -size } else { size };
                }
            }
            assert!((sum - std::f64::consts::PI).abs() < 1e-15, "{sum}");
        }
    }

    #[test]
    fn every_modulus_is_odd_and_counts_end_at_the_exponent_asked() {
        for formula in [&BELLARD, &BAILEY_BORWEIN_PLOUFFE] {
            for part in formula.parts {
                assert!((0..100).all(|n| part.modulus(n) % 2 == 1));
                for (bits, least) in [(0, 0), (3, 0), (1000, 0), (1000, -128), (0, -64)] {
                    let count = part.count(formula, bits, least);
                    assert!(part.exponent(formula, bits, count) < least);
                    assert!(count == 0 || part.exponent(formula, bits, count - 1) >= least);
                }
            }
        }
    }
}
